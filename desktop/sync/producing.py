"""One run of a generation flow: what waits for the integration account becomes bills, one step after the other.

Prepares the work of generation.py's steps: reads, checks, drafts. A request that cannot become a bill for a reason that
its maker can cure goes back to him with the sentence, as long as nothing audited stands in the ERP; after that a person
of finance must look.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from desktop.domain.document import (
    AttemptOutcome,
    Document,
    DocumentState,
    Failure,
    Link,
    Round,
    key_part,
    leg_key,
)
from desktop.domain.errors import ErrorCode, FailureClass, SyncError
from desktop.domain.flow import ErpSide, LegBy, LegUntil
from desktop.domain.record import (
    Bill,
    BillDraft,
    BillHead,
    BillStatus,
    Decision,
    OaRequest,
    Opinion,
    Ref,
    RequestHead,
)
from desktop.store.change import Change, NewDocument
from desktop.sync import generation
from desktop.sync.drafting import Drafting, kept_request, request_of
from desktop.sync.effect import Ends, Held, Work
from desktop.sync.expression import text_of
from desktop.sync.health import concerns_system
from desktop.sync.opening import plain_opinion
from desktop.sync.run import FlowRun

REFUSED = "refused"
"""A round's decision while its request is on its way back to its maker."""

_CURABLE = frozenset(
    {
        ErrorCode.REFUSED, ErrorCode.TOO_LONG, ErrorCode.TOO_PRECISE, ErrorCode.NO_LINES, ErrorCode.TOO_MANY_LINES,
        ErrorCode.NOT_A_NUMBER, ErrorCode.RULE_REFUSED, ErrorCode.UNBALANCED, ErrorCode.USED_ELSEWHERE,
    }
)  # fmt: skip
"""What the request's maker can cure."""

_REACHED = {LegUntil.SAVED: 0, LegUntil.SUBMITTED: 1, LegUntil.AUDITED: 2}
_STANDS = {DocumentState.SAVED: 0, DocumentState.SUBMITTED: 1, DocumentState.AUDITED: 2}
_UNDO = (
    (DocumentState.SUBMITTED, generation.TAKE_BACK),
    (DocumentState.SAVED, generation.DELETE_BILL),
    (DocumentState.FOUND, generation.RETURN_REQUEST),
)
"""What ends a refused request, from where its bill stands back to its maker."""


@dataclass(slots=True)
class _Seen:
    """What this pass has read: requests by id, and the requests that wait for us."""

    waiting: Mapping[str, RequestHead]
    requests: dict[str, OaRequest] = field(default_factory=dict)


class GenerationRun(FlowRun):
    """One pass over one generation flow of one route."""

    def _pass(self) -> None:
        ends = self._ends
        self._drafting = Drafting(ends.translator.flow)
        self._context = generation.Context(self._drafting, self._sent)
        self._setting.preflight()
        self._seen = _Seen({head.ref.key: head for head in ends.oa.waiting_requests(ends.oa_side)})
        ends.oa_end.breaker.good()
        self._look()
        self._check_clocks()
        if self._setting.switched_on:
            self._found = self._discover()
        self._see_left()
        for leg in range(1, self._drafting.count + 1):
            self._make(leg)
            self._submit(leg)
            self._audit(leg)
        self._undo()
        self._hand_on()
        self._look()
        for end in (ends.erp_end, ends.oa_end):
            if end.breaker.is_open() and end.breaker.last is not None:
                raise end.breaker.last

    # --- what is where ---------------------------------------------------------------------------------------------------
    def _at(self, leg: int) -> Ends:
        """The ends as one leg sees them."""
        return replace(self._ends, erp_side=self._drafting.side(max(leg, 1)))

    def _look(self) -> None:
        """Looks what became of every attempt left open, leg by leg."""
        held = [each for each in self._open() if each[1].outcome is AttemptOutcome.INTENT]
        for leg in sorted({attempt.leg for _, attempt in held}):
            mine = [each for each in held if each[1].leg == leg]
            self._effects.settle_all(self._at(leg), mine, self._context, generation.STEPS)

    def _open(self) -> list[Held]:
        return self._ledger.open_attempts(self._route_id, self._flow_id)

    def _due(self, wanted: Callable[[Document], bool]) -> list[Document]:
        """Documents that nothing keeps: no open attempt, no failure that waits for somebody."""
        busy = {document.id for document, _ in self._open()}
        moving = [each for each in self._moving() if each.id not in busy and wanted(each)]
        failures = self._ledger.open_failures([each.id for each in moving])
        return [each for each in moving if each.id not in failures or self._may_retry(*failures[each.id])]

    def _moving(self) -> list[Document]:
        return self._ledger.moving(self._route_id, self._flow_id)

    def _may_retry(self, failure: Failure, revision: int) -> bool:
        if failure.next_try_at is not None:
            return failure.next_try_at <= self._now()
        mapping = ErrorCode.named(failure.code).failure_class is FailureClass.MAPPING
        return mapping and revision != self._ends.revision

    def _refusing(self, documents: Sequence[Document]) -> set[int]:
        """Those whose request is on its way back to its maker."""
        rounds = self._ledger.current_rounds(documents)
        return {each for each, round_ in rounds.items() if round_.decision == REFUSED}

    def _sent(self, document: Document, leg: int) -> Mapping[str, Any]:
        round_ = self._ledger.round(document.id, document.round)
        found = round_.mapped.get(str(leg)) if round_ else None
        return found or {"header": {}, "lines": {}}

    def _request(self, ref: Ref) -> OaRequest:
        found = self._seen.requests.get(ref.key)
        if found is None:
            found = self._seen.requests[ref.key] = self._ends.oa.read_request(self._ends.oa_side, ref)
        return found

    def _fail(self, document: Document, error: SyncError) -> None:
        if concerns_system(error):
            raise error
        with self._ledger.change(self._now()) as change:
            self._effects.fail(self._ends, change, document, error)
        self._effects.tell(change)

    def _prepared(
        self, documents: Sequence[Document], prepare: Callable[[Document], Work | None]
    ) -> list[Work]:
        """Works of those that can be prepared; the others get their failure."""
        works = []
        for document in documents:
            if self._effects.stopping.is_set():
                break
            try:
                work = prepare(document)
            except SyncError as error:
                self._fail(document, error)
                continue
            if work is not None:
                works.append(work)
        return works

    def _today(self) -> str:
        name = self._ends.erp.system.options.get("zone", "") or "Asia/Shanghai"
        try:
            return self._now().astimezone(ZoneInfo(name)).date().isoformat()
        except (ZoneInfoNotFoundError, ValueError):
            return self._now().date().isoformat()

    # --- requests that wait for us -----------------------------------------------------------------------------------------
    def _discover(self) -> int:
        """New requests become documents; one that was returned and is handed in again gets its next round."""
        side, seen = self._ends.oa_side, self._seen.waiting
        known = self._ledger.by_source(self._ends.oa.system.id, side.form, self._flow_id, list(seen))
        new = [self._request_or_none(head.ref) for key, head in seen.items() if key not in known]
        resting = [each for each in known.values() if each.state.at_rest and each.route_id == self._route_id]
        fresh = [request for request in new if request is not None and self._is_mine(request)]
        with self._ledger.change(self._now()) as change:
            rows = [self._new(request) for request in fresh]
            for document, request in zip(change.add(rows), fresh, strict=True):
                change.describe(document, *self._drafting.shown(request), request.ref.number)
                self._check_company(change, document, request)
        self._effects.tell(change)
        for document in resting:
            self._meet_again(document)
        return len(fresh)

    def _new(self, request: OaRequest) -> NewDocument:
        form = self._ends.oa_side.form
        part = key_part(self._ends.oa.realm(), form, request.ref.key, self._flow_id)
        return NewDocument(self._route_id, self._flow_id, replace(request.ref, form=form), part)

    def _request_or_none(self, ref: Ref) -> OaRequest | None:
        """None where it left us between the listing and this look."""
        try:
            request = self._request(ref)
        except SyncError as error:
            if error.code is ErrorCode.RECORD_MISSING:
                return None
            raise
        return request if generation.at_our_node(self._ends.oa_side.options, request) else None

    def _company(self, request: OaRequest) -> str:
        return text_of(request.fields.get(self._ends.oa_side.options.get("company_field", ""))).strip()

    def _is_mine(self, request: OaRequest) -> bool:
        """Requests of this route's company; those of no company, or of several, fall to the first route."""
        routes = self._setting.companies.get(self._company(request), ())
        every = sorted(route for routes in self._setting.companies.values() for route in routes)
        return self._route_id in routes or (not routes and every[:1] == [self._route_id])

    def _check_company(self, change: Change, document: Document, request: OaRequest) -> None:
        company = self._company(request)
        routes = self._setting.companies.get(company, ())
        if len(routes) == 1:
            return
        code = ErrorCode.COMPANY_AMBIGUOUS if routes else ErrorCode.COMPANY_UNKNOWN
        error = SyncError(code, certain=True, number=request.ref.number, company=company)
        self._effects.fail(self._ends, change, document, error)

    def _meet_again(self, document: Document) -> None:
        """Returned (or gone from us) and waiting again, with somebody's yes after the last return: the next round.

        A document that is DONE has made its bills; it makes none a second time.
        """
        if document.state not in (DocumentState.RETURNED, DocumentState.CANCELLED):
            return
        request = self._request_or_none(document.source)
        moves = [each for each in request.opinions if each.decision is not Decision.REMARK] if request else []
        if request is None or (moves and moves[-1].decision is Decision.RETURNED):
            return
        opened = self._ledger.round(document.id, document.round) is not None
        with self._ledger.change(self._now()) as change:
            change.heal(document)
            change.next_round(document, document.round + (1 if opened else 0), "handed_in_again")
        self._effects.tell(change)

    def _see_left(self) -> None:
        """Requests that left us before anything was made of them: taken back, deleted, moved on by somebody."""
        moving = [each for each in self._moving() if each.state is DocumentState.FOUND]
        kept = self._refusing(moving) | {document.id for document, _ in self._open()}
        for document in moving:
            if document.source.key in self._seen.waiting or document.id in kept:
                continue
            if self._request_or_none(document.source) is None:
                self._cancel(document)

    def _cancel(self, document: Document) -> None:
        with self._ledger.change(self._now()) as change:
            change.free(document)
            change.close_round(document)
            change.heal(document)
            change.move(document, DocumentState.CANCELLED, "request_taken_back")
        self._effects.tell(change)

    # --- one bill --------------------------------------------------------------------------------------------------------
    def _make(self, leg: int) -> None:
        """Begins a leg: saves or pushes its bill, for every document that is ready for it."""
        ready = self._due(lambda each: self._is_ready(each, leg))
        refusing = self._refusing(ready)
        ready = [each for each in ready if each.id not in refusing]
        if not ready:
            return
        pushed = self._drafting.leg(leg).by is LegBy.PUSH
        step = generation.PUSH_BILL if pushed else generation.SAVE_BILL
        works = self._prepared(ready, lambda each: self._make_work(each, leg))
        self._effects.perform(self._at(leg), step, works, self._context)

    def _is_ready(self, document: Document, leg: int) -> bool:
        if leg == 1:
            return document.state is DocumentState.FOUND
        return document.leg == leg - 1 and self._is_complete(document)

    def _is_complete(self, document: Document) -> bool:
        """The bill at hand is as far as its leg wants it."""
        stands = _STANDS.get(document.state, -1)
        return document.leg > 0 and stands >= _REACHED[self._drafting.leg(document.leg).until]

    def _make_work(self, document: Document, leg: int) -> Work | None:
        ends = self._at(leg)
        mapped: Mapping[str, Any] = {}
        if leg == 1:
            request = self._request(document.source)
            if not generation.at_our_node(ends.oa_side.options, request):
                self._cancel(document)
                return None
            if name := self._drafting.kept_out_by(request):
                self._keep_out(document, request, name)
                return None
            self._object(document, request)
        else:
            round_ = self._ledger.round(document.id, document.round)
            assert round_ is not None
            request, mapped = request_of(round_.snapshot, document.source), round_.mapped
        made = self._bills(document, range(1, leg))
        key = leg_key(document.key_part, document.round, leg)
        draft = self._drafting.draft(leg, request, made, key, self._ends.base.code, self._today())
        promise = self._promise(document, leg, request, mapped, draft)
        if self._drafting.leg(leg).by is LegBy.PUSH:
            return self._push_work(document, leg, made[leg - 1], promise)
        if leg == 1 and self._adopted(document, request, draft):
            return None
        return generation.save_work(document, leg, draft, promise)

    def _object(self, document: Document, request: OaRequest) -> None:
        """Everything that stands against a request, before the first bill of it is sent. Raises it."""
        if objection := self._drafting.objection(request):
            raise objection
        self._drafting.check(request, self._ends.base.code, self._today())
        once = self._drafting.once(request)
        doubled = next((value for name, value in once if once.count((name, value)) > 1), "")
        if doubled:
            raise _used(document, doubled, document.source.number)
        with self._ledger.change(self._now()) as change:
            held = change.reserve(document, once)
        for (_, value), other in held.items():
            numbers = [each.source.number for each in self._ledger.by_ids([other])]
            raise _used(document, value, ", ".join(numbers))

    def _promise(
        self, document: Document, leg: int, request: OaRequest, mapped: Mapping[str, Any], draft: BillDraft
    ) -> Callable[[Change], None]:
        whole = generation.mapped_with(mapped, leg, draft)

        def promise(change: Change) -> None:
            if leg > 1:
                change.map_leg(document, whole)
                return
            change.describe(document, *self._drafting.shown(request), request.ref.number)
            self._open_round(change, document, request, whole)

        return promise

    def _open_round(
        self, change: Change, document: Document, request: OaRequest, mapped: Mapping[str, Any]
    ) -> None:
        change.open_round(
            document, flow_version=self._drafting.flow.version, snapshot=kept_request(request), mapped=mapped,
            digest="", source_changed_at=request.changed_at, sent_as="",
        )  # fmt: skip
        change.decide(document, "", [plain_opinion(each) for each in request.opinions])

    def _keep_out(self, document: Document, request: OaRequest, name: str) -> None:
        with self._ledger.change(self._now()) as change:
            self._open_round(change, document, request, {})
            change.close_round(document)
            change.keep_out(self._route_id, self._flow_id, document.source, name)
            change.move(document, DocumentState.DISMISSED, "kept_out", filter=name)
        self._effects.tell(change)

    def _push_work(
        self, document: Document, leg: int, source: Bill, promise: Callable[[Change], None]
    ) -> Work:
        side, options = self._drafting.side(leg - 1), self._drafting.leg(leg).push
        return generation.push_work(document, leg, side, source.ref, options, promise)

    def _adopted(self, document: Document, request: OaRequest, draft: BillDraft) -> bool:
        """Is there a bill of this request that this store does not know (a restored backup, another workstation)?

        Asked for every round that the request's own log makes possible: each return began one.
        """
        ends, highest = self._at(1), max(document.round, generation.times_returned(request) + 1)
        if not ends.erp.capabilities.find_by_key:
            return False
        for number in range(highest, 0, -1):
            key = leg_key(document.key_part, number, 1)
            heads = {head.ref.key: head for head in ends.erp.find_bills(ends.erp_side, key)}
            if len(heads) > 1:
                raise SyncError(ErrorCode.KEY_NOT_UNIQUE, form=ends.erp_side.form, key=key, found=len(heads))
            for head in heads.values():
                self._adopt(document, number, request, draft, head)
                return True
        return False

    def _adopt(
        self, document: Document, number: int, request: OaRequest, draft: BillDraft, head: BillHead
    ) -> None:
        with self._ledger.change(self._now()) as change:
            taken = document
            if number != document.round:
                taken = change.next_round(document, number, "adopted")
            self._promise(taken, 1, request, {}, draft)(change)
            generation.made(change, taken, 1, head.ref, head.status, "bill_adopted")
            change.heal(taken)
        self._effects.tell(change)

    # --- bills that stand ------------------------------------------------------------------------------------------------
    def _bills(self, document: Document, legs: Sequence[int]) -> dict[int, Bill]:
        """The bills made so far. Raises RUL-614 where the ERP does not show one of them any more."""
        links = self._ledger.leg_links([document]).get(document.id, {})
        return {leg: self._bill(document, links.get(leg), self._drafting.side(leg)) for leg in legs}

    def _bill(self, document: Document, link: Link | None, side: ErpSide) -> Bill:
        bill = self._ends.erp.read_bills(side, [link.erp.key]).get(link.erp.key) if link else None
        if bill is None or bill.status is BillStatus.VOID:
            raise generation.gone(document, link.erp.number if link else "")
        return bill

    def _submit(self, leg: int) -> None:
        self._drive(leg, DocumentState.SAVED, LegUntil.SUBMITTED)

    def _audit(self, leg: int) -> None:
        self._drive(leg, DocumentState.SUBMITTED, LegUntil.AUDITED)

    def _drive(self, leg: int, state: DocumentState, until: LegUntil) -> None:
        """Submits or audits the bills of a leg that stand in `state`, where the leg goes so far."""
        if _REACHED[self._drafting.leg(leg).until] < _REACHED[until]:
            return
        due = self._due(lambda each: each.leg == leg and each.state is state)
        refusing = self._refusing(due)
        due = [each for each in due if each.id not in refusing]
        step = generation.SUBMIT_BILL if until is LegUntil.SUBMITTED else generation.AUDIT_BILL
        works = self._prepared(due, lambda each: self._drive_work(each, leg))
        self._effects.perform(self._at(leg), step, works, self._context)

    def _drive_work(self, document: Document, leg: int) -> Work | None:
        """A bill that somebody moved on by hand is taken as it stands, as long as it says what was sent."""
        bill = self._bills(document, [leg])[leg]
        differences = self._drafting.differences(leg, self._sent(document, leg), bill)
        if differences:
            raise generation.differs(ErrorCode.CHANGED_AFTER_SENDING, bill, differences)
        stands = generation.state_of(bill.status)
        if stands is document.state:
            return generation.bill_work(document, bill.ref)
        if _STANDS[stands] < _STANDS[document.state]:
            raise SyncError(
                ErrorCode.CHANGED_AFTER_SENDING, certain=True, number=bill.ref.number, field="status",
                sent=document.state.value, found=bill.status.value,
            )  # fmt: skip
        with self._ledger.change(self._now()) as change:
            change.heal(document)
            change.move(document, stands, "bill_by_hand")
        self._effects.tell(change)
        return None

    # --- refused for good --------------------------------------------------------------------------------------------------
    def _undo(self) -> None:
        """Back to its maker with the reason, as long as nothing audited stands: taken back, deleted, returned."""
        begun = self._refusing(self._moving())
        fresh = {document.id: failure for document, failure in self._curable() if document.id not in begun}
        for state, step in _UNDO:
            due = self._to_undo(state, fresh)
            works = self._prepared(due, lambda each: self._undo_work(each, fresh.get(each.id)))
            self._effects.perform(self._at(1), step, works, self._context)

    def _to_undo(self, state: DocumentState, fresh: Mapping[int, Failure]) -> list[Document]:
        """Those on their way back that nothing keeps, and those that were just refused."""
        moving = [each for each in self._moving() if each.state is state]
        refusing = self._refusing(moving)
        due = self._due(lambda each: each.state is state and each.id in refusing)
        return due + [each for each in moving if each.id in fresh and each.id not in refusing]

    def _curable(self) -> list[tuple[Document, Failure]]:
        """Documents whose failure their maker can cure, with nothing audited behind them."""
        busy = {document.id for document, _ in self._open()}
        moving = [
            each
            for each in self._moving()
            if each.leg <= 1 and each.state is not DocumentState.AUDITED and each.id not in busy
        ]
        failures = self._ledger.open_failures([each.id for each in moving])
        return [
            (each, failures[each.id][0])
            for each in moving
            if each.id in failures and ErrorCode.named(failures[each.id][0].code) in _CURABLE
        ]

    def _undo_work(self, document: Document, failure: Failure | None) -> Work | None:
        request = self._ends.oa.read_request(self._ends.oa_side, document.source)
        round_ = self._ledger.round(document.id, document.round)
        reason = _reason(round_) if round_ and round_.decision == REFUSED else ""
        promise = None
        if not reason:
            assert failure is not None
            reason = self._setting.sentence(SyncError(ErrorCode.named(failure.code), **failure.facts))
            promise = self._refusal(document, request, round_, reason)
        if document.state is DocumentState.FOUND:
            return generation.return_work(document, reason, generation.times_returned(request), promise)
        bill = self._bills(document, [1])[1]
        if document.state is DocumentState.SUBMITTED and bill.status in generation.EDITABLE:
            with self._ledger.change(self._now()) as change:
                if promise:
                    promise(change)
                change.move(document, DocumentState.SAVED, "bill_by_hand")
            self._effects.tell(change)
            return None
        return generation.bill_work(document, bill.ref, promise, reason)

    def _refusal(
        self, document: Document, request: OaRequest, round_: Round | None, reason: str
    ) -> Callable[[Change], None]:
        told = plain_opinion(Opinion("", "", Decision.RETURNED, reason, self._now()))

        def promise(change: Change) -> None:
            if round_ is None:
                self._open_round(change, document, request, {})
            change.decide(document, REFUSED, [told])
            change.heal(document)  # the reason lives on in the round

        return promise

    # --- all bills stand ---------------------------------------------------------------------------------------------------
    def _hand_on(self) -> None:
        """The request gets the ERP's numbers and goes on; then the document is done."""
        due = self._due(lambda each: each.leg == self._drafting.count and self._is_complete(each))
        works = self._prepared(due, self._hand_on_work)
        self._effects.perform(self._ends, generation.WRITE_BACK, works, self._context)

    def _hand_on_work(self, document: Document) -> Work:
        request = self._ends.oa.read_request(self._ends.oa_side, document.source)
        if not generation.at_our_node(self._ends.oa_side.options, request):
            raise generation.left(document)
        made = self._bills(document, range(1, self._drafting.count + 1))
        values = self._drafting.written_back(request, made)
        return generation.hand_on_work(document, values, " ".join(bill.ref.number for bill in made.values()))


def _reason(round_: Round) -> str:
    return str(round_.opinions[-1].get("text", "")) if round_.opinions else ""


def _used(document: Document, value: str, other: str) -> SyncError:
    return SyncError(
        ErrorCode.USED_ELSEWHERE, certain=True, number=document.source.number, value=value, other=other
    )  # fmt: skip
