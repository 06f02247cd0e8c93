"""The first send of a leg: the look whether the ERP has its bill already, then filters, checks, the draft.

The look comes first, and before every first send: a store may be older than the world (a restored backup, a copied data
folder, another workstation), and then only the ERP knows what was made of a request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from desktop.domain.document import Document, DocumentState, leg_key
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import LegBy
from desktop.domain.record import Bill, BillDraft, BillHead, OaRequest, Row
from desktop.store.change import Change
from desktop.sync import generation
from desktop.sync.at_hand import REFUSED, AtHand
from desktop.sync.date_moving import CODE as PERIOD_CLOSED
from desktop.sync.date_moving import date_field, on_named_day
from desktop.sync.drafting import request_of
from desktop.sync.effect import Step, Work
from desktop.sync.expression import text_of
from desktop.sync.health import concerns_system
from desktop.sync.price_fit import misfit
from desktop.sync.reader import Reader
from desktop.sync.words import are_said


@dataclass(frozen=True, slots=True)
class _Plan:
    """A bill about to be made. mapped: all bills of the round with this one; made: those before it; before: the day
    that it would have had, where a person may name another."""

    draft: BillDraft
    mapped: Mapping[str, Any]
    made: Mapping[int, Bill]
    before: str


class Beginning:
    """Begins the bills of one pass, leg by leg."""

    def __init__(self, hand: AtHand) -> None:
        self._hand = hand
        self._ends = hand.ends

    def make(self, leg: int) -> None:
        """Saves or pushes the bill of this leg, for every document that is ready for it."""
        hand = self._hand
        ready = hand.due(lambda each: self._is_ready(each, leg))
        refusing = hand.refusing(ready)
        fresh = self.adopt(leg, [each for each in ready if each.id not in refusing])
        if not fresh:
            return
        step = generation.PUSH_BILL if self._is_pushed(leg) else generation.SAVE_BILL
        works = hand.prepared(fresh, lambda each: self._work(each, leg))
        hand.effects.perform(hand.at(leg), step, works, hand.context)

    def _is_ready(self, document: Document, leg: int) -> bool:
        if leg == 1:
            return document.state is DocumentState.FOUND
        return document.leg == leg - 1 and self._hand.is_complete(document)

    def _is_pushed(self, leg: int) -> bool:
        return self._hand.drafting.leg(leg).by is LegBy.PUSH

    def _work(self, document: Document, leg: int) -> Work | None:
        hand, request = self._hand, self._request(document, leg)
        if leg == 1:
            if not generation.waits_for_us(self._ends, request):
                return None  # it left us this very moment: the next pass sees it gone
            if self._was_told(document, request):
                return None
            if name := hand.drafting.kept_out_by(request):
                self._keep_out(document, request, name)
                return None
            if not self._is_ours(document, request):
                return None
            self._object(document, request)
        plan = self._plan(document, leg, request)
        promise = self._promise(document, leg, request, plan.mapped, plan.before)
        if self._is_pushed(leg):
            side, options = hand.drafting.side(leg - 1), hand.drafting.leg(leg).push
            return generation.push_work(document, leg, side, plan.made[leg - 1].ref, options, promise)
        return generation.save_work(document, leg, plan.draft, promise)

    def _was_told(self, document: Document, request: OaRequest) -> bool:
        """Our words why there is no bill stand on an agreed request already, and this store (an old copy) does not know it: its
        maker may have asked anew since, so that this one stays without a bill. Raises RUL-614 where they tell the numbers of
        bills: these stood, and the ERP has them no more."""
        hand = self._hand
        if not self._ends.oa.capabilities.waits_when_agreed:
            return False
        if numbers := _said(document, request, generation.WRITE_BACK):
            raise generation.gone(document, numbers)
        reason = _said(document, request, generation.RETURN_REQUEST)
        if not reason:
            return False
        with hand.changing() as change:
            hand.open_round(change, document, request, {})
            change.decide(document, REFUSED)
            change.heal(document)
            generation.returned(change, document, reason, in_words=True)
        return True

    def _is_ours(self, document: Document, request: OaRequest) -> bool:
        """Asked before every first bill: its company may have been unknown when it came, or is another one since it went back
        to its maker. Nothing is made of it here yet, so it goes to the route that is right. Raises MAP-504, MAP-505."""
        hand = self._hand
        routes = hand.routes_of(hand.company(request))
        if len(routes) != 1:
            raise hand.no_company(request)
        if routes == [hand.route_id]:
            return True
        with hand.changing() as change:
            change.heal(change.reroute(document, routes[0]))
            change.note("engine", "rerouted", document, before=hand.route_id, after=routes[0])
        return False

    def _request(self, document: Document, leg: int) -> OaRequest:
        """The first bill is made of the request as it is, all others of what it was then."""
        if leg == 1:
            return self._hand.request(document.source)
        round_ = self._hand.ledger.round(document.id, document.round)
        assert round_ is not None
        return request_of(round_.snapshot, document.source)

    def _plan(self, document: Document, leg: int, request: OaRequest) -> _Plan:
        hand = self._hand
        made = hand.bills(document, range(1, leg))
        key = leg_key(document.key_part, document.round, leg)
        draft = hand.drafting.draft(leg, request, made, key, self._ends.base.code, hand.today())
        self._refuse_other_company(document, leg, draft.header)
        before = str(draft.header.get(date_field(hand.drafting.leg(leg))) or "")[:10]
        draft = on_named_day(draft, hand.drafting.leg(leg), self._named_day(document))
        return _Plan(draft, generation.mapped_with(self._mapped(document, leg), leg, draft), made, before)

    def _named_day(self, document: Document) -> Mapping[str, Any]:
        """What finance said of its closed period; {} where nothing of that kind keeps it."""
        found = self._hand.ledger.open_failures([document.id]).get(document.id)
        return found[0].facts if found is not None and found[0].code == PERIOD_CLOSED else {}

    def _refuse_other_company(self, document: Document, leg: int, header: Row) -> None:
        """A bill that would belong to another company than its route is not drafted, whatever a mapping says. MAP-504.

        Where the ERP calls the company by another number than the OA, a correspondence of the kind "organisation" says so.
        """
        name, mine = self._hand.drafting.leg(leg).company_field, self._ends.route.company
        told = text_of(header.get(name)) if name else mine
        known = {mine}
        with suppress(SyncError):
            known.add(self._ends.base.code("organisation", mine))
        if told not in known:
            raise SyncError(
                ErrorCode.COMPANY_UNKNOWN, certain=True, number=document.source.number, company=told
            )

    def _mapped(self, document: Document, leg: int) -> Mapping[str, Any]:
        round_ = self._hand.ledger.round(document.id, document.round) if leg > 1 else None
        return round_.mapped if round_ else {}

    def _object(self, document: Document, request: OaRequest) -> None:
        """Everything that stands against a request, before the first bill of it is sent. Raises it."""
        hand = self._hand
        if objection := hand.drafting.objection(request):
            raise objection
        drafted = hand.drafting.check(request, self._ends.base.code, hand.today())
        for number, (header, lines) in enumerate(drafted, start=1):
            self._refuse_other_company(document, number, header)
            fit = hand.drafting.leg(number).fits
            found = fit and misfit(fit, lines.get(fit.lines, ()), Reader(self._ends.erp), request.ref.number)
            if found:
                raise found
        once = hand.drafting.once(request)
        doubled = next((value for name, value in once if once.count((name, value)) > 1), "")
        if doubled:
            raise _used(document, doubled, document.source.number)
        with hand.changing() as change:
            held = change.reserve(document, once)
        for (_, value), other in held.items():
            numbers = [each.source.number for each in hand.ledger.by_ids([other])]
            raise _used(document, value, ", ".join(numbers))

    def _keep_out(self, document: Document, request: OaRequest, name: str) -> None:
        hand = self._hand
        with hand.changing() as change:
            hand.open_round(change, document, request, {})
            change.close_round(document)
            change.keep_out(hand.route_id, hand.flow_id, document.source, name)
            change.move(document, DocumentState.DISMISSED, "kept_out", filter=name)

    def _promise(
        self, document: Document, leg: int, request: OaRequest, mapped: Mapping[str, Any], before: str = ""
    ) -> Callable[[Change], None]:
        named = self._named_day(document)

        def promise(change: Change) -> None:
            if named.get("move_to") and before:
                by, days = (
                    str(named.get("move_by", "")),
                    {"before": before, "after": named["move_to"]},
                )
                change.note(by, "date_moved", document, **days)
            if leg > 1:
                change.map_leg(document, mapped)
                return
            change.describe(document, *self._hand.drafting.shown(request), request.ref.number)
            self._hand.open_round(change, document, request, mapped)

        return promise

    # --- look before a first send ----------------------------------------------------------------------------------------
    def adopt(self, leg: int, documents: Sequence[Document]) -> list[Document]:
        """Takes over those bills of this leg that stand in the ERP already; answers the documents of which nothing stands.

        One question for all of them. Several bills where one belongs are a person's to sort out.
        """
        hand, ends = self._hand, self._hand.at(leg)
        heads = self._bills_before(leg, documents)
        sought = dict(
            hand.prepared(documents, lambda each: (each.id, self._places(each, leg, heads)))
        )  # fmt: skip
        side = ends.erp_side
        if self._is_pushed(leg):
            side = generation.found_by_source(side, hand.drafting.leg(leg))
        found = ends.erp.find_bills(side, [key for places in sought.values() for key in places])
        keys = [head.ref.key for heads in found.values() for head in heads]
        others = (
            hand.ledger.made_bills(ends.erp.system.id, side.form, keys) if self._is_pushed(leg) else set()
        )

        def unless_standing(document: Document) -> Document | None:
            rounds: dict[int, list[BillHead]] = {}
            for key, number in sought[document.id].items():
                mine = [head for head in found.get(key, ()) if head.ref.key not in others]
                rounds.setdefault(number, []).extend(mine)
            standing = {number: heads for number, heads in rounds.items() if heads}
            if not standing:
                return document
            highest = max(standing)
            if len(standing[highest]) > 1:
                key = leg_key(document.key_part, highest, leg)
                raise generation.several(side, key, len(standing[highest]))
            self._take_over(document, highest, leg, standing[highest][0])
            return None

        return hand.prepared([each for each in documents if each.id in sought], unless_standing)

    def _bills_before(self, leg: int, documents: Sequence[Document]) -> Mapping[int, BillHead]:
        """For a pushed leg: the bills to be pushed as they are called now, by document id."""
        if not self._is_pushed(leg):
            return {}
        links = self._hand.ledger.leg_links(documents)
        keys = {
            each.id: links[each.id][leg - 1].erp.key
            for each in documents
            if leg - 1 in links.get(each.id, {})
        }
        heads = self._ends.erp.bill_heads(self._hand.drafting.side(leg - 1), list(keys.values()))
        return {each: heads[key] for each, key in keys.items() if key in heads}

    def _places(self, document: Document, leg: int, before: Mapping[int, BillHead]) -> dict[str, int]:
        """What the bill would be found by, and the round that it would be of. For the first bill every round that the
        request's own log makes possible: each return began one."""
        if self._is_pushed(leg):
            head = before.get(document.id)
            if head is None:
                raise generation.gone(document, document.request_number)
            return {head.ref.number: document.round}
        rounds = range(document.round, document.round + 1)
        if leg == 1:
            request = self._hand.request_if_any(document.source)
            returns = request.times_returned if request else 0
            rounds = range(1, max(document.round, returns + 1) + 1)
        return {leg_key(document.key_part, number, leg): number for number in rounds}

    def _take_over(self, document: Document, number: int, leg: int, head: BillHead) -> None:
        """The bill is this document's from now on, whatever it says; where it is not what we would send, a person looks."""
        hand, ends = self._hand, self._hand.at(leg)
        if leg == 1 and hand.request_if_any(document.source) is None:
            raise generation.left(replace(document, request_number=head.ref.number))
        request = self._request(document, leg)
        mapped, error = self._compared(replace(document, round=number), leg, request, head)
        ref = replace(head.ref, system_id=ends.erp.system.id, form=ends.erp_side.form)
        with hand.changing() as change:
            taken = document
            if number != document.round:
                taken = change.next_round(document, number, "behind")
            self._promise(taken, leg, request, mapped)(change)
            if leg == 1:
                change.reserve(taken, hand.drafting.once(request))
            change.unlink_leg(taken, leg)
            taken = generation.made(change, taken, leg, ref, head.status, "bill_adopted")
            change.heal(taken)
            if error is not None:
                hand.effects.fail(ends, change, taken, error)

    def _compared(
        self, document: Document, leg: int, request: OaRequest, head: BillHead
    ) -> tuple[Mapping[str, Any], SyncError | None]:
        """(what was sent, what stands against it) of a bill that this store never sent: what it would send now."""
        ends = self._hand.at(leg)
        try:
            plan = self._plan(document, leg, request)
        except SyncError as error:
            if concerns_system(error):
                raise
            return self._mapped(document, leg), error
        bill = ends.erp.read_bills(ends.erp_side, [head.ref.key]).get(head.ref.key)
        if bill is None:
            return plan.mapped, generation.gone(document, head.ref.number)
        differences = self._hand.drafting.differences(leg, plan.mapped[str(leg)], bill)
        if not differences:
            return plan.mapped, None
        return plan.mapped, generation.differs(ErrorCode.READ_BACK_DIFFERS, bill, differences)


def _said(document: Document, request: OaRequest, step: Step) -> str:
    """What a step of this round has said on the request, known by its mark alone; "" = nothing."""
    texts = [each.text for each in request.opinions if are_said([each.text], "", document.key, step.name)]
    return texts[-1].partition("]")[2].strip() or texts[-1] if texts else ""


def _used(document: Document, value: str, other: str) -> SyncError:
    return SyncError(
        ErrorCode.USED_ELSEWHERE, certain=True, number=document.source.number, value=value, other=other
    )  # fmt: skip
