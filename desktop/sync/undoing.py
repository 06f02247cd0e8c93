"""A request that cannot become a bill for a reason that its maker can cure goes back to him with the sentence, as long as
nothing audited stands in the ERP: its bill is taken back, deleted, the request returned. After that a person of finance
must look.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from desktop.domain.document import Document, DocumentState, Failure, Round
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import Bill, BillStatus, Decision, OaRequest, Opinion
from desktop.store.change import Change
from desktop.sync import generation
from desktop.sync.at_hand import AGAIN, REFUSED, AtHand
from desktop.sync.effect import Step, Work
from desktop.sync.opening import plain_opinion

CURABLE = frozenset(
    {
        ErrorCode.REFUSED, ErrorCode.TOO_LONG, ErrorCode.TOO_PRECISE, ErrorCode.NO_LINES, ErrorCode.TOO_MANY_LINES,
        ErrorCode.NOT_A_NUMBER, ErrorCode.RULE_REFUSED, ErrorCode.UNBALANCED, ErrorCode.USED_ELSEWHERE,
        ErrorCode.PRICE_MISFIT,
    }
)  # fmt: skip
"""What the request's maker can cure."""

_AUDITED = ErrorCode.AUDITED_BEFORE_UNDOING

_UNDO = (
    (DocumentState.SUBMITTED, generation.TAKE_BACK),
    (DocumentState.SAVED, generation.DELETE_BILL),
    (DocumentState.FOUND, generation.RETURN_REQUEST),
)
"""What ends a refused request, from where its bill stands back to its maker."""


class Undoing:
    """Brings refused requests of one pass back to their makers."""

    def __init__(self, hand: AtHand) -> None:
        self._hand = hand
        self._ends = hand.ends

    def undo(self) -> None:
        """Takes back, deletes, returns: of every refused request whatever is next."""
        self._look_at_audited()
        for state, step in _UNDO:
            self._undo(state, step)

    def _undo(self, state: DocumentState, step: Step) -> None:
        """Those on their way back that nothing keeps, and those that were just refused."""
        hand = self._hand
        moving = [each for each in hand.moving() if each.leg <= 1 and each.state is state]
        refusing = hand.refusing(moving)
        curable = self._curable([each for each in moving if each.id not in refusing])
        due = hand.due(lambda each: each.id in refusing)
        due += [each for each in moving if each.id in curable]
        works = hand.prepared(due, lambda each: self._work(each, curable.get(each.id)))
        hand.effects.perform(hand.at(1), step, works, hand.context)

    def _look_at_audited(self) -> None:
        """A person has looked at a bill that was audited before we could undo it (RUL-616), and says: try again. Un-audited
        meanwhile, it stands where the ERP has it, and may be made anew; still audited, the chain goes on with it as it is."""
        hand = self._hand
        due = hand.due(lambda each: each.leg == 1 and each.state is DocumentState.AUDITED)
        failures = hand.ledger.open_failures([each.id for each in due])
        held = [each for each in due if each.id in failures and failures[each.id][0].code == _AUDITED.id]
        for document, bill in hand.prepared(held, lambda each: (each, hand.bill_or_end(each, 1))):
            if bill is None:
                continue
            with hand.changing() as change:
                change.heal(document)
                if bill.status is not BillStatus.AUDITED:
                    change.move(document, generation.state_of(bill.status), "bill_by_hand")

    def _overtaken(self, document: Document, bill: Bill, round_: Round) -> None:
        """Audited by hand before it was taken back or deleted: what is audited is not undone by us. As it was sent, the chain
        goes on; else a person looks at it, with what differs."""
        hand = self._hand
        differences = hand.drafting.differences(1, hand.sent(document, 1), bill)
        with hand.changing() as change:
            change.heal(document)
            change.decide(document, "", round_.opinions)
            moved = change.move(document, DocumentState.AUDITED, "make_again_overtaken", bill=bill.ref.number)
            if differences:
                hand.effects.fail(self._ends, change, moved, generation.differs(_AUDITED, bill, differences))

    def _curable(self, moving: Sequence[Document]) -> dict[int, Failure]:
        """Those whose failure their maker can cure: just refused, not on their way back yet. A no to a mere question, which no
        promise stands behind, is none to what he filled in."""
        busy = {document.id for document, _ in self._hand.open_attempts()}
        failures = self._hand.ledger.open_failures([each.id for each in moving if each.id not in busy])
        return {
            each: failure
            for each, (failure, _) in failures.items()
            if (code := ErrorCode.named(failure.code)) in CURABLE
            and (failure.attempt_id is not None or code is not ErrorCode.REFUSED)
        }

    def _work(self, document: Document, failure: Failure | None) -> Work | None:
        request = self._ends.oa.read_request(self._ends.oa_side, document.source)
        round_ = self._hand.ledger.round(document.id, document.round)
        standing = (
            document.state is not DocumentState.FOUND
        )  # else why it was made anew is no reason to return it
        under_way = round_ is not None and (
            round_.decision == REFUSED or (round_.decision == AGAIN and standing)
        )
        reason = _reason(round_) if round_ and under_way else ""
        promise = None
        if not reason:
            assert failure is not None
            reason = self._hand.setting.sentence(SyncError(ErrorCode.named(failure.code), **failure.facts))
            promise = self._refusal(document, request, round_, reason)
        if document.state is DocumentState.FOUND:
            if self._hand.ended_unseen(document):
                self._hand.end_round(document)
                return None
            said = generation.tells(request, reason, document, generation.RETURN_REQUEST)
            if self._ends.oa.capabilities.waits_when_agreed and said:
                self._is_told(document, reason, promise)
                return None
            return generation.return_work(document, reason, request.times_returned, promise)
        bill = self._hand.bill_or_end(document, 1)
        if bill is None:
            return None
        if bill.status is BillStatus.AUDITED and round_ is not None:
            self._overtaken(document, bill, round_)
            return None
        if document.state is DocumentState.SUBMITTED and bill.status in generation.EDITABLE:
            with self._hand.changing() as change:
                if promise:
                    promise(change)
                change.move(document, DocumentState.SAVED, "bill_by_hand")
            return None
        return generation.bill_work(document, bill.ref, promise, reason)

    def _is_told(
        self, document: Document, reason: str, promise: Callable[[Change], None] | None
    ) -> None:  # fmt: skip
        """The reason stands on the request already (this store is an old copy): nobody says it a second time."""
        with self._hand.changing() as change:
            if promise:
                promise(change)
            generation.returned(change, document, reason, in_words=True)

    def _refusal(
        self, document: Document, request: OaRequest, round_: Round | None, reason: str
    ) -> Callable[[Change], None]:
        in_words = self._ends.oa.capabilities.waits_when_agreed  # nothing goes back: what we say is a remark
        decision = Decision.REMARK if in_words else Decision.RETURNED
        told = plain_opinion(Opinion("", "", decision, reason, self._hand.now()))

        def promise(change: Change) -> None:
            if round_ is None:
                self._hand.open_round(change, document, request, {})
            change.decide(document, REFUSED, [*(plain_opinion(each) for each in request.opinions), told])
            change.heal(document)  # the reason lives on in the round

        return promise


def _reason(round_: Round) -> str:
    return str(round_.opinions[-1].get("text", "")) if round_.opinions else ""
