"""What each state of a document promises about both systems, and where one of them says otherwise.

Reads a flow's records live through the connectors' list reads, in as few calls as these allow. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from desktop.connectors.base import ErpConnector, OaConnector
from desktop.domain.document import Document, Expected, Link, Lookout, Outlook, Round
from desktop.domain.document import DocumentState as State
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import Flow, LegUntil, OaSide
from desktop.domain.record import Bill, BillStatus, Money, OaRequest, Ref, RequestStatus
from desktop.domain.system import Route
from desktop.store.ledger import Ledger
from desktop.sync.agreed import MARGIN, place_of
from desktop.sync.drafting import Drafting
from desktop.sync.expression import text_of
from desktop.sync.listing import key_in, part_of
from desktop.sync.sweep import ACCEPTED
from desktop.sync.translate import Difference, Translator

CHUNK = 100
_FEW = 3
"""More absent bills than this, and none that is there: a right is gone, not the bills."""
_GONE = "gone"
_ON_ITS_WAY = timedelta(days=1)
"""Where calls are metered the engine may look hours later."""


class Gap(Enum):
    """What can differ."""

    NOT_HERE = "not_here"
    NO_BILL = "no_bill"
    STRANGER = "stranger"
    ERP_GONE = "erp_gone"
    ERP_STATE = "erp_state"
    UNAPPROVED = "unapproved"
    OA_GONE = "oa_gone"
    OA_STATE = "oa_state"
    ERP_VALUE = "erp_value"
    OA_VALUE = "oa_value"
    BILL_GONE = "bill_gone"
    BILL_STATE = "bill_state"
    BILL_VALUE = "bill_value"
    PAST_GATE = "past_gate"
    STUCK = "stuck"


@dataclass(frozen=True, slots=True)
class Found:
    """One gap of a document, and where values differ which."""

    kind: Gap
    field: str = ""
    sent: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A document beside what both systems say of it now. changed_at: the younger of their change times."""

    document: Document
    erp: str
    oa: str
    changed_at: datetime | None
    gaps: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Stray:
    """A record of one of the systems that we know nothing of."""

    kind: Gap
    key: str
    number: str
    request_number: str
    erp: str
    oa: str
    changed_at: datetime | None


@dataclass(slots=True)
class Seen:
    """Everything that one flow of one route showed."""

    matches: list[Match] = field(default_factory=list)
    strays: list[Stray] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pair:
    """Both ends of a flow on a route, and workers for the OA's single reads. companies: every one that has this flow."""

    route: Route
    flow: Flow
    erp: ErpConnector
    oa: OaConnector
    oa_side: OaSide
    ledger: Ledger
    pool: Executor
    now: datetime
    companies: frozenset[str] = frozenset()

    def requests(self, refs: Mapping[int, Ref]) -> dict[int, OaRequest | None]:
        """Requests by document id; None where the OA says that there is none. Raises everything else."""

        def read(ref: Ref) -> OaRequest | None:
            try:
                return self.oa.read_request(self.oa_side, ref)
            except SyncError as error:
                if error.code is ErrorCode.RECORD_MISSING:
                    return None
                raise

        return dict(zip(refs, self.pool.map(read, refs.values()), strict=True))

    def running(self, opened: Mapping[str, datetime]) -> set[str]:
        """Which of these requests (id: when it was opened at the latest) still run, by one listing: where calls are metered,
        reading each of them every night would cost a call, and its values are compared when it ends. Empty elsewhere."""
        able = self.oa.capabilities
        if not (able.calls_a_month and able.list_open_only and opened):
            return set()
        listed = self.oa.requests(self.oa_side, min(opened.values()) - timedelta(days=1))
        return {head.ref.key for head in listed if not head.settled} & opened.keys()

    def right_lost(self, form: str, count: int) -> SyncError:
        """Nothing at all is shown: a right that is gone answers like bills that are."""
        return SyncError(
            ErrorCode.RIGHT_LOST, certain=True, system=self.erp.system.id, form=form, count=count
        )


_EDITABLE = frozenset({BillStatus.DRAFT, BillStatus.CREATED, BillStatus.REOPENED, BillStatus.VOID})
_BILL: Mapping[State, frozenset[BillStatus]] = {
    State.FOUND: frozenset({BillStatus.SUBMITTED}), State.REQUESTED: frozenset({BillStatus.SUBMITTED}),
    State.APPROVED: frozenset({BillStatus.SUBMITTED}), State.REJECTED: frozenset({BillStatus.SUBMITTED}),
    State.WITHDRAWN: frozenset({BillStatus.SUBMITTED}), State.DONE: frozenset({BillStatus.AUDITED}),
    State.RETURNED: _EDITABLE, State.CANCELLED: _EDITABLE,
}  # fmt: skip
_ENDED = frozenset(RequestStatus) - {RequestStatus.RUNNING}
_REQUEST: Mapping[State, frozenset[RequestStatus]] = {
    State.REQUESTED: frozenset({RequestStatus.RUNNING}),
    State.APPROVED: frozenset({RequestStatus.APPROVED, RequestStatus.ENDED}),
    State.DONE: frozenset({RequestStatus.APPROVED, RequestStatus.ENDED}),
    State.REJECTED: _ENDED - {RequestStatus.APPROVED}, State.WITHDRAWN: _ENDED - {RequestStatus.APPROVED},
    State.RETURNED: _ENDED, State.CANCELLED: _ENDED,
}  # fmt: skip
"""ENDED stands where a person may have decided after a forced end; the trail has that decision."""
_VALUED = frozenset({State.REQUESTED, State.APPROVED, State.DONE})


class Approvals:
    """ERP -> OA -> ERP."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._translator = Translator(pair.flow)
        self._side = self._translator.erp_side

    def read(self, documents: Sequence[Document], since: datetime, *, on: bool) -> Seen:
        """All documents beside their bills and requests; then what the listings show and we do not know."""
        pair, seen = self._pair, Seen()
        compared = [each for each in documents if each.state is not State.DISMISSED]
        bills = self._bills(compared)
        links = pair.ledger.links(compared)
        under_way = {
            links[each.id].oa.key: each.changed_at
            for each in compared
            if each.state is State.REQUESTED and each.id in links
        }
        running = pair.running(under_way)
        requests = pair.requests({key: link.oa for key, link in links.items() if link.oa.key not in running})
        rounds = pair.ledger.whole_rounds(compared)
        for document in compared:
            bill, round_ = bills.get(document.source.key), rounds.get(document.id)
            request = requests.get(document.id)
            gaps = [*self._bill_gaps(document, bill, round_)]
            runs = document.id in links and links[document.id].oa.key in running
            if document.id in links and not runs:
                gaps += self._request_gaps(document, request, round_)
            times = [each.changed_at for each in (bill, request) if each is not None and each.changed_at]
            seen.matches.append(
                Match(
                    document, bill.status.value if bill else _GONE,
                    RequestStatus.RUNNING.value if runs
                    else request.status.value if request else _GONE if document.id in links else "",
                    max(times, default=None), tuple(gaps),
                )
            )  # fmt: skip
        if on:
            seen.strays += self._bills_unknown()
            seen.strays += self._requests_unknown(since)
        return seen

    def _bills(self, documents: Sequence[Document]) -> dict[str, Bill]:
        keys = [each.source.key for each in documents]
        found: dict[str, Bill] = {}
        for start in range(0, len(keys), CHUNK):
            found |= self._pair.erp.read_bills(self._side, keys[start : start + CHUNK])
        if not found and len(keys) > _FEW:
            raise self._pair.right_lost(self._side.form, len(keys))
        return found

    def _bill_gaps(self, document: Document, bill: Bill | None, round_: Round | None) -> list[Found]:
        state = document.state
        if bill is None:
            return [] if state in (State.RETURNED, State.CANCELLED) else [Found(Gap.ERP_GONE)]
        if bill.status is BillStatus.AUDITED and state is not State.DONE:
            accepted = round_ is not None and round_.decision == ACCEPTED
            kind = Gap.ERP_STATE if state is State.APPROVED else Gap.UNAPPROVED
            return [] if accepted else [Found(kind)]
        if bill.status not in _BILL.get(state, frozenset(BillStatus)):
            return [Found(Gap.ERP_STATE)]
        if state not in _VALUED or round_ is None:
            return []
        if round_.flow_version == self._pair.flow.version and round_.snapshot:
            return _first(Gap.ERP_VALUE, self._translator.differences(round_.snapshot, bill))
        amount = self._translator.shown(bill)[1]
        if amount is not None and document.amount is not None and amount != document.amount:
            return [Found(Gap.ERP_VALUE, "amount", *_told_apart(document.amount, amount))]
        return []

    def _request_gaps(
        self, document: Document, request: OaRequest | None, round_: Round | None
    ) -> list[Found]:
        state = document.state
        if request is None:
            return [] if state in (State.RETURNED, State.CANCELLED) else [Found(Gap.OA_GONE)]
        if request.status not in _REQUEST.get(state, frozenset(RequestStatus)):
            return [] if state is State.REQUESTED and self._is_on_its_way(request) else [Found(Gap.OA_STATE)]
        same = round_ is not None and round_.flow_version == self._pair.flow.version
        if state not in _VALUED or round_ is None or not same or "fields" not in round_.mapped:
            return []
        return _first(Gap.OA_VALUE, self._translator.changed_on_form(round_.mapped, request))

    def _is_on_its_way(self, request: OaRequest) -> bool:
        """Just decided, where calls are metered: the engine's next look may be hours away."""
        at = request.changed_at
        metered = self._pair.oa.capabilities.calls_a_month > 0
        return metered and at is not None and self._pair.now - at < _ON_ITS_WAY

    def _bills_unknown(self) -> list[Stray]:
        """Bills in approval of this company that we have never seen."""
        pair, form = self._pair, self._side.form
        heads = {
            head.ref.key: head
            for head in pair.erp.submitted_bills(self._side)
            if head.company == pair.route.company
        }
        known = pair.ledger.by_source(pair.erp.system.id, form, pair.flow.id, list(heads))
        made = pair.ledger.made_bills(pair.erp.system.id, form, list(heads))
        return [
            Stray(Gap.NOT_HERE, f"{form}/{key}", head.ref.number, "", head.status.value, "", head.changed_at)
            for key, head in heads.items()
            if key not in known and key not in made
        ]

    def _requests_unknown(self, since: datetime) -> list[Stray]:
        """Requests that carry a key of ours, and no document does."""
        pair = self._pair
        if not (pair.oa.capabilities.list_requests and pair.oa.capabilities.list_shows_key):
            return []  # a listing without titles names no key
        heads = [
            (part_of(key), head)
            for head in pair.oa.requests(pair.oa_side, since - timedelta(days=1))
            if (key := key_in(head.title))
        ]
        known = pair.ledger.by_key_part([part for part, _ in heads])
        return [
            Stray(
                Gap.STRANGER, f"{head.ref.system_id}/{head.ref.key}", "", head.ref.number or head.ref.key, "",
                "ended" if head.ended else "running", head.changed_at,
            )
            for part, head in heads
            if part not in known
        ]  # fmt: skip


class Gates(Approvals):
    """Invoices that the gate audits or sends back: ERP against store; no OA takes part."""

    def _bill_gaps(self, document: Document, bill: Bill | None, round_: Round | None) -> list[Found]:
        gaps = super()._bill_gaps(document, bill, round_)
        return [Found(Gap.PAST_GATE) if each.kind is Gap.UNAPPROVED else each for each in gaps]

    def _requests_unknown(self, since: datetime) -> list[Stray]:
        return []


def _told_apart(sent: Money, found: Money) -> tuple[str, str]:
    """Both amounts so that a person sees what differs: the same number in another currency is told with it."""
    if sent.currency == found.currency:
        return sent.plain, found.plain
    return f"{sent.plain} {sent.currency}", f"{found.plain} {found.currency}"


_UNTIL: Mapping[LegUntil, frozenset[BillStatus]] = {
    LegUntil.SAVED: frozenset(BillStatus) - {BillStatus.VOID},
    LegUntil.SUBMITTED: frozenset({BillStatus.SUBMITTED, BillStatus.AUDITED}),
    LegUntil.AUDITED: frozenset({BillStatus.AUDITED}),
}


class Generations:
    """OA -> ERP, with each bill of the chain."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._drafting = Drafting(pair.flow)

    def read(self, documents: Sequence[Document], since: datetime, *, on: bool) -> Seen:
        """All documents beside their request and every bill made of it; then requests that wait and we do not know."""
        pair, seen = self._pair, Seen()
        compared = [each for each in documents if each.state is not State.DISMISSED]
        requests = pair.requests({each.id: each.source for each in compared})
        links = pair.ledger.leg_links(compared)
        bills = self._bills(links)
        rounds = pair.ledger.whole_rounds(compared)
        for document in compared:
            request, made = requests[document.id], links.get(document.id, {})
            mine = {leg: bills.get((leg, link.erp.key)) for leg, link in made.items()}
            gaps = [*self._request_gaps(document, request), *self._leg_gaps(document, mine)]
            gaps += self._value_gaps(document, mine, rounds.get(document.id))
            last = mine[max(mine)] if mine else None
            times = [each.changed_at for each in (request, last) if each is not None and each.changed_at]
            seen.matches.append(
                Match(
                    document, (last.status.value if last else _GONE) if mine else "",
                    request.status.value if request else _GONE, max(times, default=None), tuple(gaps),
                )
            )  # fmt: skip
        if on and pair.oa.capabilities.waits_when_agreed:
            seen.strays += self._agreed_unknown(since)
        elif on and pair.oa.capabilities.list_waiting:
            seen.strays += self._unknown()
        return seen

    def _bills(self, links: Mapping[int, Mapping[int, Link]]) -> dict[tuple[int, str], Bill]:
        found: dict[tuple[int, str], Bill] = {}
        for leg in range(1, self._drafting.count + 1):
            keys = [made[leg].erp.key for made in links.values() if leg in made]
            side, seen = self._drafting.side(leg), 0
            for start in range(0, len(keys), CHUNK):
                part = self._pair.erp.read_bills(side, keys[start : start + CHUNK])
                seen += len(part)
                found |= {(leg, key): bill for key, bill in part.items()}
            if not seen and len(keys) > _FEW:
                raise self._pair.right_lost(side.form, len(keys))
        return found

    def _request_gaps(self, document: Document, request: OaRequest | None) -> list[Found]:
        if request is None:
            return [Found(Gap.OA_GONE)]
        if document.state.at_rest and document.state is not State.DONE:
            return []
        amount = self._drafting.shown(request)[1]
        if amount is not None and document.amount is not None and amount != document.amount:
            return [Found(Gap.OA_VALUE, "amount", *_told_apart(document.amount, amount))]
        return []

    def _leg_gaps(self, document: Document, mine: Mapping[int, Bill | None]) -> list[Found]:
        gaps = []
        for leg, bill in mine.items():
            whole = document.state is State.DONE or leg < document.leg
            if document.state in (State.RETURNED, State.CANCELLED):
                if bill is not None and bill.status is not BillStatus.VOID:
                    gaps.append(Found(Gap.BILL_STATE, bill.ref.number))
            elif bill is None:
                gaps.append(Found(Gap.BILL_GONE, f"{self._drafting.side(leg).form}"))
            elif whole and bill.status not in _UNTIL[self._drafting.leg(leg).until]:
                gaps.append(Found(Gap.BILL_STATE, bill.ref.number))
        if document.state is State.DONE and len(mine) < self._drafting.count:
            gaps.append(Found(Gap.BILL_GONE, self._drafting.side(self._drafting.count).form))
        return gaps

    def _value_gaps(
        self, document: Document, mine: Mapping[int, Bill | None], round_: Round | None
    ) -> list[Found]:
        if round_ is None or round_.flow_version != self._pair.flow.version:
            return []
        gaps: list[Found] = []
        for leg, bill in mine.items():
            sent = round_.mapped.get(str(leg))
            if bill is not None and isinstance(sent, Mapping) and document.state is not State.RETURNED:
                gaps += _first(Gap.BILL_VALUE, self._drafting.differences(leg, sent, bill))
        return gaps

    def _unknown(self) -> list[Stray]:
        pair = self._pair
        heads = {head.ref.key: head for head in pair.oa.waiting_requests(pair.oa_side)}
        known = pair.ledger.by_source(pair.oa.system.id, pair.flow.oa.form, pair.flow.id, list(heads))
        return [
            Stray(
                Gap.NOT_HERE, f"{pair.oa.system.id}/{key}", "", head.ref.number or key, "", "running",
                head.changed_at,
            )
            for key, head in heads.items()
            if key not in known
        ]  # fmt: skip

    # --- where nothing waits for us at a node ------------------------------------------------------------------------------
    def _agreed_unknown(self, since: datetime) -> list[Stray]:
        """Requests that are agreed and have no document, whatever their age: those opened in the window or since the engine
        last looked, and those that it holds for running and that run no more. What was over before the flow's first look is
        not its business; what was agreed since the last look, within a day, is on its way."""
        pair, place = self._pair, place_of(self._pair.oa.realm(), self._pair.oa_side.workflow)
        lookout = pair.ledger.lookout(pair.route.id, pair.flow.id, place)
        held = pair.ledger.expected(pair.route.id, pair.flow.id, place)
        start = max(min(since, lookout.looked_at), lookout.first_at) - MARGIN if lookout else None
        keys = {head.ref.key for head in pair.oa.waiting_requests(pair.oa_side, start)}
        keys |= self._run_no_more(held) | {each.key for each in held.values() if each.state is Outlook.ENDED}
        keys -= {each.key for each in held.values() if self._is_settled(each)}
        keys -= set(pair.ledger.by_source(pair.oa.system.id, pair.flow.oa.form, pair.flow.id, list(keys)))
        refs = {
            number: Ref(pair.oa.system.id, pair.oa_side.form, key, key)
            for number, key in enumerate(sorted(keys))
        }
        found = [each for each in pair.requests(refs).values() if each and self._is_left_out(each, lookout)]
        return [
            Stray(
                Gap.NO_BILL, f"{pair.oa.system.id}/{each.ref.key}", "", each.ref.number, "", each.status.value,
                each.changed_at,
            )
            for each in found
        ]  # fmt: skip

    def _run_no_more(self, held: Mapping[str, Expected]) -> set[str]:
        ours = {each.key: each.opened_after for each in held.values() if each.state is Outlook.RUNNING}
        if not ours:
            return set()
        return set(ours) - {
            head.ref.key
            for head in self._pair.oa.requests(self._pair.oa_side, min(ours.values()))
            if not head.settled
        }

    def _is_settled(self, expected: Expected) -> bool:
        theirs = expected.state is Outlook.ELSEWHERE and expected.company != self._pair.route.company
        return theirs or expected.state is Outlook.OVER

    def _is_left_out(self, request: OaRequest, lookout: Lookout | None) -> bool:
        pair, at = self._pair, request.changed_at
        company = text_of(request.fields.get(pair.oa_side.options.get("company_field", ""))).strip()
        if request.status is not RequestStatus.APPROVED:
            return False
        if company != pair.route.company and company in pair.companies:
            return False
        if lookout is None or at is None:
            return True
        on_its_way = at >= lookout.looked_at and pair.now - at < _ON_ITS_WAY
        return at >= lookout.first_at and not on_its_way


def _first(kind: Gap, differences: Sequence[Difference]) -> list[Found]:
    """One row for a bill, however many of its fields differ: the first, which is the header's where that differs."""
    if not differences:
        return []
    first = differences[0]
    return [Found(kind, first.field, first.before, first.after)]
