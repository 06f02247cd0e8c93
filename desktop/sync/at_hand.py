"""What every part of one pass over a generation flow has at hand: both ends, the compiled flow, the requests that wait,
what is due, the bills that stand. Reads and our own store only; no remote effect begins here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from desktop.domain.document import Document, DocumentState, Link
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import ErpSide, LegUntil
from desktop.domain.record import Bill, BillStatus, Decision, OaRequest, Ref, RequestHead
from desktop.store.change import Change
from desktop.store.ledger import Ledger
from desktop.sync import generation
from desktop.sync.days import day_of
from desktop.sync.drafting import Drafting, kept_request
from desktop.sync.due import in_turn, may_retry
from desktop.sync.effect import Effects, Ends, Held
from desktop.sync.expression import text_of
from desktop.sync.health import concerns_system, unread
from desktop.sync.opening import plain_opinion
from desktop.sync.run import Setting

_T = TypeVar("_T")

REFUSED = "refused"
"""A round's decision while its request is on its way back to its maker."""
AGAIN = "make_again"
"""A round's decision while its first bill is taken back and deleted on a person's order, to be made anew."""

REACHED = {LegUntil.SAVED: 0, LegUntil.SUBMITTED: 1, LegUntil.AUDITED: 2}
STANDS = {DocumentState.SAVED: 0, DocumentState.SUBMITTED: 1, DocumentState.AUDITED: 2}
"""How far a leg goes, and how far a bill has come, on one scale."""


class AtHand:
    """One pass over one generation flow of one route. A request is read once a pass."""

    def __init__(
        self, ends: Ends, ledger: Ledger, effects: Effects, setting: Setting, now: Callable[[], datetime]
    ) -> None:
        self.ends = ends
        self.ledger = ledger
        self.effects = effects
        self.setting = setting
        self.now = now
        self.route_id = ends.route.id
        self.flow_id = ends.translator.flow.id
        self.drafting = Drafting(ends.translator.flow)
        self.context = generation.Context(self.drafting, self.sent)
        self.waiting: Mapping[str, RequestHead] = {}
        """The requests that wait for the integration account, by id."""
        self._requests: dict[str, OaRequest] = {}

    def at(self, leg: int) -> Ends:
        """The ends as one leg sees them."""
        return replace(self.ends, erp_side=self.drafting.side(max(leg, 1)))

    @contextmanager
    def changing(self) -> Iterator[Change]:
        """One transaction; what it moved is told afterwards."""
        with self.ledger.change(self.now()) as change:
            yield change
        self.effects.tell(change)

    def today(self) -> str:
        """The day in the ERP's zone, ISO."""
        return day_of(self.ends.erp.system, self.now())

    # --- companies -------------------------------------------------------------------------------------------------------
    def company(self, request: OaRequest) -> str:
        """Whose request it is, as its form says."""
        return text_of(request.fields.get(self.ends.oa_side.options.get("company_field", ""))).strip()

    def routes_of(self, company: str) -> list[str]:
        """The routes that carry this flow for a company. One is right, none or several is a failure."""
        return list(self.setting.companies.get(company, ()))

    def no_company(self, request: OaRequest) -> SyncError:
        """Why a request belongs to no route: nobody knows its company, or several routes do."""
        company = self.company(request)
        code = ErrorCode.COMPANY_AMBIGUOUS if self.routes_of(company) else ErrorCode.COMPANY_UNKNOWN
        return SyncError(code, certain=True, number=request.ref.number, company=company)

    # --- documents -------------------------------------------------------------------------------------------------------
    def open_attempts(self) -> list[Held]:
        """Promises that nobody has settled."""
        return self.ledger.open_attempts(self.route_id, self.flow_id)

    def moving(self) -> list[Document]:
        """Documents that are not at rest."""
        return self.ledger.moving(self.route_id, self.flow_id)

    def due(self, wanted: Callable[[Document], bool]) -> list[Document]:
        """Documents that nothing keeps: no open attempt, no failure that waits for somebody, no person's word."""
        busy = {document.id for document, _ in self.open_attempts()}
        moving = [each for each in self.moving() if each.id not in busy and wanted(each)]
        failures = self.ledger.open_failures([each.id for each in moving])
        now, revision = self.now(), self.ends.revision
        free = [
            each for each in moving if each.id not in failures or may_retry(*failures[each.id], now, revision)
        ]
        return in_turn(self.ledger, free)

    def refusing(self, documents: Sequence[Document]) -> set[int]:
        """Those whose request is on its way back to its maker, or whose bill is on its way out to be made anew."""
        rounds = self.ledger.current_rounds(documents)
        standing = {each.id for each in documents if each.state is not DocumentState.FOUND}
        return {
            each
            for each, round_ in rounds.items()
            if round_.decision == REFUSED or (round_.decision == AGAIN and each in standing)
        }

    def is_complete(self, document: Document) -> bool:
        """The bill at hand is as far as its leg wants it."""
        stands = STANDS.get(document.state, -1)
        return document.leg > 0 and stands >= REACHED[self.drafting.leg(document.leg).until]

    def prepared(self, documents: Sequence[Document], prepare: Callable[[Document], _T | None]) -> list[_T]:
        """What `prepare` made of those that it could; the others get their failure."""
        made = []
        for document in documents:
            if self.effects.stopping.is_set():
                break
            try:
                one = prepare(document)
            except SyncError as error:
                self._fail(document, error)
                continue
            if one is not None:
                made.append(one)
        return made

    def _fail(self, document: Document, error: SyncError) -> None:
        if concerns_system(error):
            raise error
        with self.changing() as change:
            self.effects.fail(self.ends, change, document, error)

    def cancel(self, document: Document) -> None:
        """Its request left us before anything was made of it."""
        with self.changing() as change:
            change.free(document)
            change.close_round(document)
            change.heal(document)
            change.move(document, DocumentState.CANCELLED, "request_taken_back")

    def open_round(
        self, change: Change, document: Document, request: OaRequest, mapped: Mapping[str, Any]
    ) -> None:
        """The round as it begins: the request as it was agreed to, and what is about to be sent of it."""
        change.open_round(
            document, flow_version=self.drafting.flow.version, snapshot=kept_request(request), mapped=mapped,
            digest="", source_changed_at=request.changed_at, sent_as="",
        )  # fmt: skip
        change.decide(document, "", [plain_opinion(each) for each in request.opinions])

    # --- a round that ended while this store was not looking ---------------------------------------------------------------
    def ended_unseen(self, document: Document) -> bool:
        """Of a document without a bill, or whose first bill is gone: True where its request was returned since its round
        began. That is the end of a refused round, of which this store (an old copy) knows only the beginning."""
        round_ = self.ledger.round(document.id, document.round)
        request = self.request_if_any(document.source)
        began_with = round_.snapshot.get("returned") if round_ else None
        if request is None or began_with is None:
            return False
        return request.times_returned > int(began_with)

    def end_round(self, document: Document) -> None:
        """To its maker, or, where he handed it in again since, on to the next round."""
        moves = [
            each for each in self.request(document.source).opinions if each.decision is not Decision.REMARK
        ]
        with self.changing() as change:
            change.free(document)
            change.unlink_leg(document, 1)
            change.close_round(document)
            change.heal(document)
            if moves and moves[-1].decision is Decision.RETURNED:
                change.move(document, DocumentState.RETURNED, "request_returned", request_number="", leg=0)
            else:
                change.next_round(document, document.round + 1, "behind")

    # --- requests --------------------------------------------------------------------------------------------------------
    def request(self, ref: Ref) -> OaRequest:
        """A request, read once a pass."""
        found = self._requests.get(ref.key)
        if found is None:
            try:
                found = self._requests[ref.key] = self.ends.oa.read_request(self.ends.oa_side, ref)
            except SyncError as error:
                raise unread(error, ref.number or ref.key) from None
        return found

    def request_if_any(self, ref: Ref) -> OaRequest | None:
        """None where the OA says that there is none (any more)."""
        try:
            return self.request(ref)
        except SyncError as error:
            if error.code is ErrorCode.RECORD_MISSING:
                return None
            raise

    def request_here(self, ref: Ref) -> OaRequest | None:
        """None where it left us between the listing and this look."""
        request = self.request_if_any(ref)
        if request is None or not generation.waits_for_us(self.ends, request):
            return None
        return request

    # --- bills -----------------------------------------------------------------------------------------------------------
    def sent(self, document: Document, leg: int) -> Mapping[str, Any]:
        """What was sent as this leg of the document's round: header and lines."""
        round_ = self.ledger.round(document.id, document.round)
        found = round_.mapped.get(str(leg)) if round_ else None
        return found or {"header": {}, "lines": {}}

    def bills(self, document: Document, legs: Sequence[int]) -> dict[int, Bill]:
        """The bills made so far. Raises RUL-614 where the ERP does not show one of them any more."""
        links = self.ledger.leg_links([document]).get(document.id, {})
        return {leg: self._bill(document, links.get(leg), self.drafting.side(leg)) for leg in legs}

    def bill_or_end(self, document: Document, leg: int) -> Bill | None:
        """The bill of this leg. None where it is gone because its round ended unseen: then the round is ended here, too."""
        try:
            return self.bills(document, [leg])[leg]
        except SyncError as error:
            if error.code is not ErrorCode.BILL_GONE or leg > 1 or not self.ended_unseen(document):
                raise
        self.end_round(document)
        return None

    def _bill(self, document: Document, link: Link | None, side: ErpSide) -> Bill:
        bill = self.ends.erp.read_bills(side, [link.erp.key]).get(link.erp.key) if link else None
        if bill is None or bill.status is BillStatus.VOID:
            raise generation.gone(document, link.erp.number if link else "")
        return bill
