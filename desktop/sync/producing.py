"""One pass over a generation flow: what waits for the integration account becomes bills, one step after the other.

Tells the order of a pass, and prepares the work on bills that stand: submit, audit, hand the request on. What comes in is
arriving.py's, a bill's first send beginning.py's, what is refused undoing.py's; the steps themselves are generation.py's.
"""

from __future__ import annotations

from collections.abc import Sequence

from desktop.domain.document import AttemptOutcome, Document, DocumentState
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import LegUntil
from desktop.sync import generation
from desktop.sync.agreed import Agreed
from desktop.sync.arriving import Arriving
from desktop.sync.at_hand import REACHED, STANDS, AtHand
from desktop.sync.beginning import Beginning
from desktop.sync.carrying import Carrying
from desktop.sync.date_moving import MOVE_DATE, DateMoving
from desktop.sync.effect import Work
from desktop.sync.run import FlowRun
from desktop.sync.undoing import Undoing


class GenerationRun(FlowRun):
    """One pass over one generation flow of one route."""

    def _pass(self) -> None:
        began, ends = self._now(), self._ends
        self._hand = hand = AtHand(ends, self._ledger, self._effects, self._setting, self._now)
        beginning, undoing, moving = Beginning(hand), Undoing(hand), DateMoving(hand)
        self._carrying = Carrying(ends, self._ledger, self._effects, self._now)
        self._waiting: set[int] = set()
        arriving = Arriving(hand, beginning, self._memory)
        self._setting.preflight()
        agreed = Agreed(hand) if ends.oa.capabilities.waits_when_agreed else None
        listed = self._list(agreed)
        self._look()
        self._check_clocks()
        if self._setting.switched_on and agreed is not None:
            agreed.heed(self._setting.hints.due())
            self._found = agreed.judge(arriving)
        elif self._setting.switched_on and listed:
            self._found = arriving.discover()
            if self._memory.began_at is None:
                arriving.catch_up(self._ledger.watermark(self._route_id, self._flow_id))
                self._memory.began_at = began
        if listed:
            arriving.see_left()
        for leg in range(1, hand.drafting.count + 1):
            beginning.make(leg)
            self._attach(leg)
            moving.move(leg)
            self._drive(leg, DocumentState.SAVED, LegUntil.SUBMITTED)
            self._drive(leg, DocumentState.SUBMITTED, LegUntil.AUDITED)
        undoing.undo()
        self._hand_on()
        self._look()
        for end in (ends.erp_end, ends.oa_end):
            if end.breaker.is_open() and end.breaker.last is not None:
                raise end.breaker.last
        if self._setting.switched_on:
            with self._ledger.change(self._now()) as change:
                change.set_watermark(self._route_id, self._flow_id, began)

    def _list(self, agreed: Agreed | None) -> bool:
        """Looks what waits for us, where it is its turn. Answers whether what is here may have left us: what is agreed may
        only have been deleted, and is looked at with the wide look of each day."""
        ends = self._ends
        if not self._may_list() or (agreed is not None and not self._setting.switched_on):
            return False
        left = True
        with self._counting():
            if agreed is not None:
                left = agreed.look(self._check_clocks)
            else:
                self._hand.waiting = {head.ref.key: head for head in ends.oa.waiting_requests(ends.oa_side)}
        if agreed is not None and agreed.is_unusual:
            self._memory.listing_calls = 1
        ends.oa_end.breaker.good()
        return left

    def _strays(self, documents: Sequence[Document]) -> list[Document]:
        """Those whose request's OA is not the route's, or the ERP of a bill that was made of it."""
        oa, erp = self._ends.oa.system.id, self._ends.erp.system.id
        made = self._ledger.leg_links(documents)
        return [
            each
            for each in documents
            if each.source.system_id != oa
            or any(link.leg and link.erp.system_id != erp for link in made.get(each.id, {}).values())
        ]

    def _look(self) -> None:
        """Looks what became of every attempt left open, leg by leg."""
        hand = self._hand
        held = [each for each in hand.open_attempts() if each[1].outcome is AttemptOutcome.INTENT]
        for leg in sorted({attempt.leg for _, attempt in held}):
            mine = [each for each in held if each[1].leg == leg]
            self._effects.settle_all(hand.at(leg), mine, hand.context, (*generation.STEPS, MOVE_DATE))

    def _attach(self, leg: int) -> None:
        """The request's files onto the bill, while it is editable. Those that still wait keep it from being submitted."""
        hand, ends = self._hand, self._hand.at(leg)
        if not self._carrying.on:
            return
        due = hand.due(lambda each: each.leg == leg and each.state is DocumentState.SAVED)
        refusing = hand.refusing(due)
        links = self._ledger.leg_links(due)
        bills = [
            (each, links[each.id][leg].erp)
            for each in due
            if each.id not in refusing and leg in links.get(each.id, {})
        ]
        heads = ends.erp.bill_heads(ends.erp_side, [ref.key for _, ref in bills]) if bills else {}
        editable = [
            (document, ref)
            for document, ref in bills
            if (head := heads.get(ref.key)) is not None and head.status in generation.EDITABLE
        ]
        self._waiting = self._carrying.to_bills(ends, leg, editable)

    # --- bills that stand ------------------------------------------------------------------------------------------------
    def _drive(self, leg: int, state: DocumentState, until: LegUntil) -> None:
        """Submits or audits the bills of a leg that stand in `state`, where the leg goes so far."""
        hand = self._hand
        if REACHED[hand.drafting.leg(leg).until] < REACHED[until]:
            return
        due = hand.due(lambda each: each.leg == leg and each.state is state)
        refusing = hand.refusing(due)
        waiting = self._waiting if until is LegUntil.SUBMITTED else set()
        due = [each for each in due if each.id not in refusing and each.id not in waiting]
        step = generation.SUBMIT_BILL if until is LegUntil.SUBMITTED else generation.AUDIT_BILL
        works = hand.prepared(due, lambda each: self._drive_work(each, leg))
        self._effects.perform(hand.at(leg), step, works, hand.context)

    def _drive_work(self, document: Document, leg: int) -> Work | None:
        """A bill that somebody moved on by hand is taken as it stands, as long as it says what was sent."""
        hand = self._hand
        bill = hand.bill_or_end(document, leg)
        if bill is None:
            return None
        differences = hand.drafting.differences(leg, hand.sent(document, leg), bill)
        if differences:
            raise generation.differs(ErrorCode.CHANGED_AFTER_SENDING, bill, differences)
        stands = generation.state_of(bill.status)
        if stands is document.state:
            return generation.bill_work(document, bill.ref)
        if STANDS[stands] < STANDS[document.state]:
            raise SyncError(
                ErrorCode.CHANGED_AFTER_SENDING, certain=True, number=bill.ref.number, field="status",
                sent=document.state.value, found=bill.status.value,
            )  # fmt: skip
        with hand.changing() as change:
            change.heal(document)
            change.move(document, stands, "bill_by_hand")
        return None

    # --- all bills stand ---------------------------------------------------------------------------------------------------
    def _hand_on(self) -> None:
        """The request gets the ERP's numbers and goes on; then the document is done."""
        hand = self._hand
        due = hand.due(lambda each: each.leg == hand.drafting.count and hand.is_complete(each))
        works = hand.prepared(due, self._hand_on_work)
        self._effects.perform(self._ends, generation.WRITE_BACK, works, hand.context)

    def _hand_on_work(self, document: Document) -> Work | None:
        """Where the request went on already with all numbers on it (this store is an old copy), nothing is left to do."""
        hand = self._hand
        agreed = self._ends.oa.capabilities.waits_when_agreed
        # What is agreed does not move, so that what this pass has read of it is still true; anything else may have left us.
        request = (
            hand.request(document.source)
            if agreed
            else self._ends.oa.read_request(self._ends.oa_side, document.source)
        )
        made = hand.bills(document, range(1, hand.drafting.count + 1))
        values = hand.drafting.written_back(request, made)
        numbers = [bill.ref.number for bill in made.values()]
        told = " ".join(numbers)
        if agreed:  # a form that is over takes no values: words carry them
            told = "\n".join(dict.fromkeys(value for value in (told, *values.values()) if value.strip()))
        stands = (
            generation.tells(request, told, document, generation.WRITE_BACK)
            if agreed
            else generation.shows(request, values)
        )
        if generation.waits_for_us(self._ends, request) and not (agreed and stands):
            return generation.hand_on_work(document, values, told)
        if not stands:
            raise generation.left(document)
        with hand.changing() as change:
            change.heal(document)
            generation.handed_on(change, document, in_words=agreed)
        return None
