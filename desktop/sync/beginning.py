"""The first send of a leg: filters, checks, the draft of its bill, and the look whether the ERP has that bill already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from desktop.domain.document import Document, DocumentState, leg_key
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import LegBy
from desktop.domain.record import Bill, BillDraft, BillHead, OaRequest
from desktop.store.change import Change
from desktop.sync import generation
from desktop.sync.at_hand import AtHand
from desktop.sync.drafting import request_of
from desktop.sync.effect import Work


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
        ready = [each for each in ready if each.id not in refusing]
        if not ready:
            return
        pushed = hand.drafting.leg(leg).by is LegBy.PUSH
        step = generation.PUSH_BILL if pushed else generation.SAVE_BILL
        works = hand.prepared(ready, lambda each: self._work(each, leg))
        hand.effects.perform(hand.at(leg), step, works, hand.context)

    def _is_ready(self, document: Document, leg: int) -> bool:
        if leg == 1:
            return document.state is DocumentState.FOUND
        return document.leg == leg - 1 and self._hand.is_complete(document)

    def _work(self, document: Document, leg: int) -> Work | None:
        hand, ends = self._hand, self._hand.at(leg)
        mapped: Mapping[str, Any] = {}
        if leg == 1:
            request = hand.request(document.source)
            if not generation.at_our_node(ends.oa_side.options, request):
                hand.cancel(document)
                return None
            if name := hand.drafting.kept_out_by(request):
                self._keep_out(document, request, name)
                return None
            self._object(document, request)
        else:
            round_ = hand.ledger.round(document.id, document.round)
            assert round_ is not None
            request, mapped = request_of(round_.snapshot, document.source), round_.mapped
        made = hand.bills(document, range(1, leg))
        key = leg_key(document.key_part, document.round, leg)
        draft = hand.drafting.draft(leg, request, made, key, self._ends.base.code, hand.today())
        promise = self._promise(document, leg, request, mapped, draft)
        if hand.drafting.leg(leg).by is LegBy.PUSH:
            return self._push_work(document, leg, made[leg - 1], promise)
        if leg == 1 and self._adopted(document, request, draft):
            return None
        return generation.save_work(document, leg, draft, promise)

    def _object(self, document: Document, request: OaRequest) -> None:
        """Everything that stands against a request, before the first bill of it is sent. Raises it."""
        hand = self._hand
        if objection := hand.drafting.objection(request):
            raise objection
        hand.drafting.check(request, self._ends.base.code, hand.today())
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
        self, document: Document, leg: int, request: OaRequest, mapped: Mapping[str, Any], draft: BillDraft
    ) -> Callable[[Change], None]:
        whole = generation.mapped_with(mapped, leg, draft)

        def promise(change: Change) -> None:
            if leg > 1:
                change.map_leg(document, whole)
                return
            change.describe(document, *self._hand.drafting.shown(request), request.ref.number)
            self._hand.open_round(change, document, request, whole)

        return promise

    def _push_work(
        self, document: Document, leg: int, source: Bill, promise: Callable[[Change], None]
    ) -> Work:
        drafting = self._hand.drafting
        side, options = drafting.side(leg - 1), drafting.leg(leg).push
        return generation.push_work(document, leg, side, source.ref, options, promise)

    # --- look before a first send ----------------------------------------------------------------------------------------
    def _adopted(self, document: Document, request: OaRequest, draft: BillDraft) -> bool:
        """Is there a bill of this request that this store does not know (a restored backup, another workstation)?

        Asked for every round that the request's own log makes possible: each return began one.
        """
        ends = self._hand.at(1)
        highest = max(document.round, generation.times_returned(request) + 1)
        if not ends.erp.capabilities.find_by_key:
            return False
        for number in range(highest, 0, -1):
            key = leg_key(document.key_part, number, 1)
            heads = ends.erp.find_bills(ends.erp_side, [key]).get(key, [])
            if len(heads) > 1:
                raise generation.several(ends.erp_side, key, len(heads))
            for head in heads:
                self._adopt(document, number, request, draft, head)
                return True
        return False

    def _adopt(
        self, document: Document, number: int, request: OaRequest, draft: BillDraft, head: BillHead
    ) -> None:
        with self._hand.changing() as change:
            taken = document
            if number != document.round:
                taken = change.next_round(document, number, "adopted")
            self._promise(taken, 1, request, {}, draft)(change)
            generation.made(change, taken, 1, head.ref, head.status, "bill_adopted")
            change.heal(taken)


def _used(document: Document, value: str, other: str) -> SyncError:
    return SyncError(
        ErrorCode.USED_ELSEWHERE, certain=True, number=document.source.number, value=value, other=other
    )  # fmt: skip
