"""What people ask for, carried out by the engine: retry, settle an attempt in doubt, decide, dismiss, bind, hold.

An order names documents; each is looked at again before anything is done, since the order may be older than the
document's state. Every order leaves its result and its line in the trail.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from desktop.domain.claim import GatePass
from desktop.domain.document import Attempt, AttemptOutcome, Document, DocumentState, Order, Turn, Wish
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import Bill, Ref
from desktop.domain.schedule import Pause
from desktop.store.catalog import Catalog
from desktop.store.change import Change
from desktop.store.ledger import Ledger
from desktop.sync import approval, generation
from desktop.sync.at_hand import AGAIN
from desktop.sync.gate import PASSABLE
from desktop.sync.sweep import ACCEPTED, SEND_ANEW
from desktop.sync.why import Why

if TYPE_CHECKING:
    from desktop.sync.engine import Engine

log = logging.getLogger("danqiao.orders")

Deed = Callable[[Change, Ledger, Document, Order], str]
"""One document's part of an order; answers "done" or the reason why not, as a word."""


def take_all(engine: Engine, ledger: Ledger, catalog: Catalog, now: Callable[[], datetime]) -> int:
    """Takes and carries out every waiting order whose documents no run has in hand; answers how many."""
    return sum(_take_safely(engine, ledger, order, now) for order in ledger.waiting_orders())


def _take_safely(engine: Engine, ledger: Ledger, order: Order, now: Callable[[], datetime]) -> bool:
    """A bug of ours in one order is that order's result; the ones after it are carried out."""
    try:
        return _take(engine, ledger, order, now)
    except Exception as error:
        log.exception("order %s", order.id)
        with ledger.claimed(order, now()) as mine:
            if mine:
                ledger.finish_order(order.id, f"{ErrorCode.INTERNAL.id}: {type(error).__name__}")
        return mine


def _take(engine: Engine, ledger: Ledger, order: Order, now: Callable[[], datetime]) -> bool:
    """Claim, deed and result are one transaction: a crash leaves the order waiting, and nobody carries it out twice."""
    documents = ledger.by_ids(order.document_ids)
    with engine.in_hand(documents) as free:
        if not free:
            return False
        order = _with_digests(engine, documents, order)
        order, refused = _asked_before(engine, ledger, documents, order)
        answers = engine.why(str(order.detail.get("number", ""))) if order.order == "send_now" else []
        with ledger.claimed(order, now()) as mine:
            if not mine:
                return False
            if order.order == "send_now":
                result, changes = _send_now(ledger, answers, order, now)
            else:
                result, changes = _carry_out(engine, ledger, documents, order, refused, now)
            ledger.finish_order(order.id, result)
    for change in changes:
        engine.effects.tell(change)
    _afterwards(engine, order)
    return True


def _with_digests(engine: Engine, documents: Sequence[Document], order: Order) -> Order:
    """Where a changed bill is accepted: its content now, by document id; absent where it is not what the persons saw."""
    if order.order != "accept_changed":
        return order
    digests = {}
    for document in documents:
        with suppress(SyncError):
            digest, changes = engine.changes_now(document)
            if changes == list(order.detail.get("seen", ())):
                digests[document.id] = digest
    return replace(order, detail={**order.detail, "digests": digests})


def _asked_before(
    engine: Engine, ledger: Ledger, documents: Sequence[Document], order: Order
) -> tuple[Order, dict[int, str]]:
    """What must be asked of another system before a deed: the order with the requests that are meant by its number, and the
    reasons why not, both by document id."""
    ask = {"is_there": _that_one, "hand_over": _about_it}.get(order.order)
    if ask is None:
        return order, {}
    told = {document.id: ask(engine, ledger, document, order) for document in documents}
    requests = {document_id: each for document_id, each in told.items() if isinstance(each, Ref)}
    refused = {document_id: each for document_id, each in told.items() if isinstance(each, str) and each}
    return replace(order, detail={**order.detail, "requests": requests}), refused


def _meant(document: Document, order: Order) -> Ref:
    """The request that a person named: as the OA told it, or, where nobody could be asked, by the number alone."""
    number, form = str(order.detail.get("number", "")).strip(), str(order.detail.get("form", ""))
    seen = order.detail.get("requests", {}).get(document.id)
    system_id = str(order.detail.get("system_id", ""))
    return replace(seen, form=form) if seen else Ref(system_id, form, number, number)


def _carry_out(
    engine: Engine, ledger: Ledger, documents: Sequence[Document], order: Order, refused: Mapping[int, str],
    now: Callable[[], datetime],
) -> tuple[str, list[Change]]:  # fmt: skip
    if order.order in ("pause", "resume"):
        return _pause(engine, order, now()), []
    if order.order in ("reschedule", "run_now"):
        return "done", []
    if order.order == "release":
        with ledger.change(now()) as change:
            released = change.release(str(order.detail.get("route_id", "")), by=order.person)
        return ("done" if released else "not_held"), [change]
    deed = DEEDS.get(order.order)
    if deed is None:
        return "unknown", []
    results: list[str] = []
    changes: list[Change] = []
    turns = ledger.turns(order.document_ids) if order.order in _GOING_ON else {}
    for document in documents:
        held = document.id in turns and turns[document.id].turn is Turn.HELD
        reason = refused.get(document.id, "") or _unsettled(ledger, document, order) or "held_back" * held
        if reason:
            results.append(reason)
            continue
        with ledger.change(now()) as change:
            results.append(deed(change, ledger, document, order))
        changes.append(change)
    return f"{results.count('done')}/{len(order.document_ids)} done" + _reasons(results), changes


def _unsettled(ledger: Ledger, document: Document, order: Order) -> str:
    """A person's decision does not overtake a promise whose outcome nobody knows: it may have happened. Else ""."""
    open_ones = (AttemptOutcome.INTENT, AttemptOutcome.IN_DOUBT)
    busy = order.order in _AFTER_ALL_IS_KNOWN and any(
        each.outcome in open_ones and each.step not in _BEST_EFFORT for each in ledger.attempts(document.id)
    )
    return "unsettled" if busy else ""


def _send_now(
    ledger: Ledger, answers: Sequence[Why], order: Order, now: Callable[[], datetime]
) -> tuple[str, list[Change]]:
    """One bill by its number: looked at anew before anything is done. What may go, goes with the pass that this order brings
    forward, in the same way as every other bill; what failed is due again."""
    route, flow = str(order.detail.get("route_id", "")), str(order.detail.get("flow_id", ""))
    # A right is one for the company that the order names: the same number elsewhere is not meant.
    mine = [each for each in answers if each.route_id in ("", route)] if route else list(answers)
    mine = [each for each in mine if each.flow_id == flow] or mine
    able = [each for each in mine if each.sendable]
    if not able:
        return f"why_{mine[0].reason.value}" if mine else "unknown", []
    with ledger.change(now()) as change:
        for each in able:
            documents = ledger.by_ids([each.document_id] if each.document_id else [])
            for document in documents if each.again else ():
                change.try_now(document, order.person)
            told = documents[0] if documents else None
            change.note(order.person, "send_now", told, number=each.number)
    return "done", [change]


def _pause(engine: Engine, order: Order, now: datetime) -> str:
    """Kept in the store, in the order's own transaction: a restart does not end it. Detail: reason, until (ISO, "" = open)."""
    if order.order == "resume":
        engine.keep_pause(None, order.person)
        return "done"
    told = str(order.detail.get("until") or "")
    try:
        until = datetime.fromisoformat(told) if told else None
    except ValueError:
        return "time_wrong"
    if until is not None and (until.tzinfo is None or until <= now):
        return "time_wrong"
    engine.keep_pause(Pause(order.person, now, _reason(order), until), order.person)
    return "done"


def _afterwards(engine: Engine, order: Order) -> None:
    """What concerns the engine itself; nothing of it is worth a transaction."""
    if order.order == "reschedule":
        engine.reschedule()
    elif order.order != "pause":
        if order.order == "release":
            engine.trust(str(order.detail.get("route_id", "")))
        engine.run_now(str(order.detail.get("route_id", "")), str(order.detail.get("flow_id", "")))


def _reasons(results: list[str]) -> str:
    others = sorted({each for each in results if each != "done"})
    return f": {', '.join(others)}" if others else ""


def _open_attempt(ledger: Ledger, document: Document, outcome: AttemptOutcome) -> Attempt | None:
    return next((each for each in reversed(ledger.attempts(document.id)) if each.outcome is outcome), None)


def _retry(change: Change, ledger: Ledger, document: Document, order: Order) -> str:
    """Due at once. An attempt in doubt is not retried: it is looked for again."""
    doubtful = _open_attempt(ledger, document, AttemptOutcome.IN_DOUBT)
    if doubtful is not None:
        change.settle(doubtful, document, AttemptOutcome.INTENT, by=order.person)
        change.heal(document, by=order.person)
        return "done"
    failure = ledger.open_failures([document.id]).get(document.id)
    if failure is None:
        return "nothing_failed"
    if failure[0].code == ErrorCode.KEY_NOT_UNIQUE.id and document.state is DocumentState.REQUESTED:
        change.heal(
            document, by=order.person
        )  # two requests, says the next listing again, where that is still so
        change.note(order.person, "retry", document)
        return "done"
    change.try_now(document, order.person)
    return "done"


def _that_one(engine: Engine, ledger: Ledger, document: Document, order: Order) -> str | Ref:
    """A person's word is checked where it can be: the request that is named must carry the key that was sent. A reason why
    not, the request, or "" where there is nothing to ask."""
    attempt = _open_attempt(ledger, document, AttemptOutcome.IN_DOUBT)
    number = str(order.detail.get("number", "")).strip()
    if attempt is None or attempt.step != "open_request" or not number:
        return ""
    if ledger.linked_requests(str(order.detail.get("system_id", "")), [number]):
        return "bound_elsewhere"
    try:
        named = engine.named_request(document, number)
    except SyncError as error:
        return "not_found" if error.code is ErrorCode.RECORD_MISSING else error.code.id
    if named is None:
        return ""
    return named[0] if named[1] == attempt.key else "other_key"


def _about_it(engine: Engine, ledger: Ledger, document: Document, order: Order) -> str | Ref:
    """A request entered by hand must be about the very bill, and nobody else's: the request (of a generation "", the order
    names the bill), or a reason why not."""
    number = str(order.detail.get("number", "")).strip()
    if not number:
        return "number_missing"
    if not may_hand_over(ledger, document):
        return "not_waiting"
    try:
        found = engine.read_by_hand(document, number)
        if isinstance(found, Bill) and found.ref.key != str(order.detail.get("key", "")):
            return "differs"
    except SyncError as error:
        known = {ErrorCode.RECORD_MISSING: "not_found", ErrorCode.BY_HAND_DIFFERS: "differs"}
        return known.get(error.code, error.code.id)
    return "" if isinstance(found, Bill) else found.ref


def may_hand_over(ledger: Ledger, document: Document) -> bool:
    """True where nothing of this round was sent, or may have been: a failure holds it before its request."""
    unsettled = any(
        each.round == document.round and each.outcome in (AttemptOutcome.INTENT, AttemptOutcome.IN_DOUBT)
        for each in ledger.attempts(document.id)
    )
    held = document.id in ledger.open_failures([document.id])
    bound = ledger.links([document]) or ledger.leg_links([document])
    return document.state is DocumentState.FOUND and held and not unsettled and not bound


def _hand_over(change: Change, ledger: Ledger, document: Document, order: Order) -> str:
    """Entered in the OA by hand: bound to that request and closed, so that nothing sends it again. One request belongs to
    one round: the store refuses a second."""
    if not may_hand_over(ledger, document):
        return "not_waiting"
    if order.detail.get("key"):
        return _bill_handed_over(change, ledger, document, order)
    request = _meant(document, order)
    if ledger.linked_requests(request.system_id, [request.key]):
        return "bound_elsewhere"
    change.heal(document, by=order.person)
    _close_round(change, ledger, document)
    change.link(document, request)
    change.move(
        document, DocumentState.HANDED_OVER, "handed_over", actor=order.person,
        request_number=request.number or request.key, reason=_reason(order),
    )  # fmt: skip
    return "done"


def _bill_handed_over(change: Change, ledger: Ledger, document: Document, order: Order) -> str:
    """The same of a generation: the ERP's bill was made by hand. What may be used once only is spent with it."""
    detail = order.detail
    bill = Ref(
        str(detail.get("system_id", "")),
        str(detail.get("form", "")),
        str(detail["key"]),
        str(detail.get("number", "")),
    )
    if ledger.made_bills(bill.system_id, bill.form, [bill.key]):
        return "bound_elsewhere"
    if change.reserve(document, [(str(kind), str(value)) for kind, value in detail.get("once", [])]):
        return "used_elsewhere"
    change.heal(document, by=order.person)
    _close_round(change, ledger, document)
    change.link_leg(document, 1, bill)
    change.move(
        document, DocumentState.HANDED_OVER, "handed_over", actor=order.person, request_number=bill.number, leg=1,
        reason=_reason(order),
    )  # fmt: skip
    return "done"


def _is_there(change: Change, ledger: Ledger, document: Document, order: Order) -> str:
    """A person says: it happened; the number tells where."""
    attempt = _open_attempt(ledger, document, AttemptOutcome.IN_DOUBT)
    if attempt is None:
        return "not_in_doubt"
    if attempt.step == "open_request":
        if not str(order.detail.get("number", "")).strip():
            return "number_missing"
        request = _meant(document, order)
        if ledger.linked_requests(request.system_id, [request.key]):
            return "bound_elsewhere"
        change.settle(attempt, document, AttemptOutcome.DONE, by=order.person)
        change.link(document, request)
        change.heal(document, by=order.person)
        shown = request.number or request.key
        change.move(document, DocumentState.REQUESTED, "bound", actor=order.person, request_number=shown)
        return "done"
    if attempt.answered is not None and attempt.step in (
        generation.WRITE_BACK.name,
        generation.RETURN_REQUEST.name,
    ):
        return _words_are_there(change, document, attempt, order)
    change.settle(attempt, document, AttemptOutcome.INTENT, by=order.person)
    change.heal(document, by=order.person)
    if attempt.step == "send_back":
        change.settle(attempt, document, AttemptOutcome.DONE, by=order.person)
        change.see_away([document], change.at)
        change.move(document, DocumentState.RETURNED, "returned", actor=order.person)
    return "done"


def _words_are_there(change: Change, document: Document, attempt: Attempt, order: Order) -> str:
    """The OA said yes to words that we cannot find again letter by letter; a person has read them there."""
    change.settle(attempt, document, AttemptOutcome.DONE, by=order.person)
    change.heal(document, by=order.person)
    if attempt.step == generation.WRITE_BACK.name:
        generation.handed_on(change, document, in_words=True)
    else:
        generation.returned(change, document, str(attempt.basis.get("reason", "")), in_words=True)
    return "done"


def _is_not_there(change: Change, ledger: Ledger, document: Document, order: Order) -> str:
    """A person says: it did not happen; the step is due again."""
    attempt = _open_attempt(ledger, document, AttemptOutcome.IN_DOUBT)
    if attempt is None:
        return "not_in_doubt"
    change.settle(attempt, document, AttemptOutcome.LOST, by=order.person)
    change.heal(document, by=order.person)
    return "done"


def _decide(change: Change, ledger: Ledger, document: Document, order: Order) -> str:
    """A person decides what no answer of the OA does: after a forced end, a changed form, a deleted request. What was
    approved and then changed can only be rejected: it is asked again."""
    decision = str(order.detail.get("decision", ""))
    states = {"approved": DocumentState.APPROVED, "rejected": DocumentState.REJECTED}
    failure = ledger.open_failures([document.id]).get(document.id)
    if failure is None or decision not in states:
        return "not_waiting"
    changed = failure[0].code in _ONLY_REJECTED and decision == "rejected"
    waiting = document.state is DocumentState.REQUESTED and failure[0].code in _DECIDING
    if failure[0].code == ErrorCode.AUDITED_BY_HAND.id and decision == "approved":
        return "not_waiting"  # to accept is another order: it ends the request that still runs
    if not (waiting or (changed and document.state is DocumentState.APPROVED)):
        return "not_waiting"
    change.heal(document, by=order.person)
    change.decide(document, decision, [_opinion(order)])
    change.move(document, states[decision], f"decided_{decision}", actor=order.person, reason=_reason(order))
    return "done"


def _accept(change: Change, ledger: Ledger, document: Document, order: Order) -> str:
    """A bill that someone audited by hand, or changed around our audit, is accepted as it is: a running request is ended,
    nothing else is done."""
    failure = ledger.open_failures([document.id]).get(document.id)
    if failure is None or failure[0].code not in _ACCEPTABLE:
        return "not_waiting"
    change.heal(document, by=order.person)
    if document.state is DocumentState.DONE:
        change.note(order.person, "accepted", document, reason=_reason(order), **_second(order))
    elif document.state is DocumentState.REQUESTED:
        change.decide(document, ACCEPTED, [_opinion(order)])
        change.note(order.person, "accepted", document, reason=_reason(order), **_second(order))
    else:
        _close_round(change, ledger, document)
        change.see_away([document], change.at)
        change.move(
            document, DocumentState.DISMISSED, "accepted", actor=order.person, reason=_reason(order), **_second(order)
        )  # fmt: skip
    return "done"


def _send_again(change: Change, ledger: Ledger, document: Document, order: Order) -> str:
    """A bill that was changed after the OA agreed is asked again with what it holds now: the next round, its own request."""
    failure = ledger.open_failures([document.id]).get(document.id)
    changed = failure is not None and failure[0].code == ErrorCode.CHANGED_AFTER_SENDING.id
    if not changed or document.state is not DocumentState.APPROVED:
        return "not_waiting"
    change.heal(document, by=order.person)
    change.close_round(document)
    change.note(order.person, "send_again", document, reason=_reason(order))
    change.next_round(document, document.round + 1, "sent_again")
    return "done"


def _move_date(change: Change, ledger: Ledger, document: Document, order: Order) -> str:
    """A bill of ours that a closed period keeps: finance names the day that it shall have; the next pass moves and submits it."""
    failure = ledger.open_failures([document.id]).get(document.id)
    closed = failure is not None and failure[0].code == ErrorCode.PERIOD_CLOSED.id
    try:
        day = date.fromisoformat(str(order.detail.get("day", ""))).isoformat()
    except ValueError:
        return "day_wrong"
    if failure is None or not closed or document.state not in _MOVABLE:
        return "not_waiting"
    before = str(failure[0].facts.get("date", ""))
    if day <= before:
        return "day_wrong"
    note = str(order.detail.get("note", "")) or before
    change.add_facts(document, move_to=day, move_by=order.person, move_note=note)
    change.try_now(document, order.person)
    return "done"


_MOVABLE = (DocumentState.FOUND, DocumentState.SAVED, DocumentState.AUDITED)
"""A bill of ours is still to be made, or still editable; one that a person made (APPROVED) goes back to that person."""


def _accept_changed(change: Change, ledger: Ledger, document: Document, order: Order) -> str:
    """Two persons answer for what lies there instead of what was agreed: that very content may be audited, no other."""
    failure = ledger.open_failures([document.id]).get(document.id)
    changed = failure is not None and failure[0].code == ErrorCode.CHANGED_AFTER_SENDING.id
    second, digest = str(order.detail.get("second", "")), order.detail.get("digests", {}).get(document.id)
    if not _reason(order):
        return "reason_missing"
    if not second or second == order.person:
        return "second_missing"
    if not changed or document.state is not DocumentState.APPROVED:
        return "not_waiting"
    if not digest:
        return "changed_again"
    change.heal(document, by=order.person)
    change.stand_for(document, digest)
    change.note(
        order.person, "accepted_changed", document, reason=_reason(order), changes=list(order.detail["seen"]),
        **_second(order),
    )  # fmt: skip
    return "done"


def _pass_gate(change: Change, ledger: Ledger, document: Document, order: Order) -> str:
    """Two persons let an invoice pass as the gate refused it: bound to what it said then, good for one audit."""
    second, round_ = str(order.detail.get("second", "")), ledger.round(document.id, document.round)
    if not _reason(order):
        return "reason_missing"
    if not second or second == order.person:
        return "second_missing"
    refused = round_ is not None and round_.decision == "rule" and bool(round_.digest)
    if document.state is not DocumentState.RETURNED or round_ is None or not refused:
        return "not_waiting"
    last = round_.opinions[-1] if round_.opinions else {}
    code, said = str(last.get("code", "")), str(last.get("text", ""))
    if code not in PASSABLE:
        return "not_passable"
    change.let_pass(
        GatePass(document.id, round_.digest, order.person, second, _reason(order), code, said, change.at)
    )
    return "done"


def _resend(change: Change, ledger: Ledger, document: Document, order: Order) -> str:
    """Sent once more as the person wants it: with the mapping as then or now, with other values in fields that decide
    nothing (resend.py). Nothing of this round may have been sent."""
    edits = {str(name): str(value) for name, value in dict(order.detail.get("edits", {})).items()}
    if edits and not _reason(order):
        return "reason_missing"
    if not may_hand_over(ledger, document):
        return "not_waiting"
    change.wish(document, Wish(str(order.detail.get("version", "")), edits), order.person, _reason(order))
    change.try_now(document, order.person)
    return "done"


def _make_again(change: Change, ledger: Ledger, document: Document, order: Order) -> str:
    """From the start, of a generation: its first bill, not audited yet, is taken back and deleted, and made anew with the
    mapping in force."""
    if not _reason(order):
        return "reason_missing"
    open_ones = (AttemptOutcome.INTENT, AttemptOutcome.IN_DOUBT)
    busy = any(each.outcome in open_ones for each in ledger.attempts(document.id))
    stands = document.state in (DocumentState.SAVED, DocumentState.SUBMITTED) and document.leg == 1
    round_ = ledger.round(document.id, document.round)
    if busy or not stands or round_ is None or document.id not in ledger.open_failures([document.id]):
        return "not_waiting"
    change.heal(document, by=order.person)
    change.forget_undoing(document)
    change.decide(document, AGAIN, [*round_.opinions, _opinion(order)])
    change.note(order.person, "make_again", document, round=document.round, reason=_reason(order))
    return "done"


def _send_anew(change: Change, ledger: Ledger, document: Document, order: Order) -> str:
    """From the start: the running request is ended, and the bill is sent anew, as a new round."""
    if not _reason(order):
        return "reason_missing"
    open_ones = (AttemptOutcome.INTENT, AttemptOutcome.IN_DOUBT)
    busy = any(each.outcome in open_ones for each in ledger.attempts(document.id))
    if document.state is not DocumentState.REQUESTED or busy:
        return "not_requested"
    change.heal(document, by=order.person)
    change.decide(document, SEND_ANEW, [_opinion(order)])
    change.note(order.person, "send_anew", document, round=document.round, reason=_reason(order))
    return "done"


def _dismiss(change: Change, ledger: Ledger, document: Document, order: Order) -> str:
    """Ignored with a reason; a document with a running request or an open attempt is not."""
    if not _reason(order):
        return "reason_missing"
    if document.state.at_rest or any(
        each.outcome in (AttemptOutcome.INTENT, AttemptOutcome.IN_DOUBT)
        for each in ledger.attempts(document.id)
    ):
        return "busy_or_at_rest"
    if document.state is not DocumentState.FOUND and document.id not in ledger.open_failures([document.id]):
        return "running"
    if not ledger.leg_links([document]):
        change.free(document)  # of bills that stand the invoices are spent
    change.heal(document, by=order.person)
    _close_round(change, ledger, document)
    change.move(document, DocumentState.DISMISSED, "dismissed", actor=order.person, reason=_reason(order))
    return "done"


def _close_round(change: Change, ledger: Ledger, document: Document) -> None:
    """A round that never began is written down as well: by it the bill is known when it is handed in again."""
    if ledger.round(document.id, document.round) is None:
        change.open_round(
            document, flow_version="", snapshot={}, mapped={}, digest="", source_changed_at=None, sent_as=""
        )
    change.close_round(document)


def _take_back(change: Change, ledger: Ledger, document: Document, order: Order) -> str:
    """A dismissed document is taken up again where nothing was sent in its round."""
    if document.state is not DocumentState.DISMISSED or ledger.links([document]):
        return "not_dismissed"
    change.next_round(document, document.round, "taken_up_again")
    return "done"


def _turn(turn: Turn | None) -> Deed:
    def deed(change: Change, ledger: Ledger, document: Document, order: Order) -> str:
        """Held back with a reason, let go before the others, or treated like any other again."""
        if turn is Turn.HELD and not _reason(order):
            return "reason_missing"
        if turn is not None and document.state in _OVER:
            return "over"
        held = ledger.turns([document.id]).get(document.id)
        if (held.turn if held else None) is not turn:
            change.give_turn(document, turn, order.person, _reason(order))
        return "done"

    return deed


_OVER = (DocumentState.DONE, DocumentState.HANDED_OVER)


def _second(order: Order) -> dict[str, Any]:
    """Who else said yes, for the trail; nobody where the site has one person."""
    return {"second": str(order.detail["second"])} if order.detail.get("second") else {}


def _reason(order: Order) -> str:
    return str(order.detail.get("reason", "")).strip()


def _opinion(order: Order) -> Mapping[str, Any]:
    return {
        "node": "", "person": order.person, "decision": str(order.detail.get("decision", "")), "text": _reason(order),
        "at": order.given_at.isoformat(),
    }  # fmt: skip


_DECIDING = (
    ErrorCode.FORCED_END.id,
    ErrorCode.FORM_CHANGED_IN_APPROVAL.id,
    ErrorCode.REQUEST_GONE.id,
    ErrorCode.AUDITED_BY_HAND.id,
)
_ONLY_REJECTED = (
    ErrorCode.CHANGED_AFTER_SENDING.id,
    ErrorCode.OVER_PAYABLE.id,
    ErrorCode.PAID_TWICE.id,
    ErrorCode.SOURCE_UNKNOWN.id,
    ErrorCode.PERIOD_CLOSED.id,
)
"""Approved in the OA, and yet the ERP may not have it: it goes back to its maker, or the cause is cured and it is tried again."""
_ACCEPTABLE = (
    ErrorCode.AUDITED_BY_HAND.id,
    ErrorCode.CHANGED_AROUND_AUDIT.id,
    ErrorCode.PAST_THE_GATE.id,
)

_AFTER_ALL_IS_KNOWN = ("decide", "accept", "send_again", "move_date", "accept_changed")
_GOING_ON = ("retry", "resend", "send_again", "send_anew", "make_again")
"""What somebody holds back is let go before it is sent once more."""
_BEST_EFFORT = frozenset(step.name for step in (*approval.STEPS, *generation.STEPS) if step.best_effort)

DEEDS: dict[str, Deed] = {
    "retry": _retry,
    "is_there": _is_there,
    "is_not_there": _is_not_there,
    "decide": _decide,
    "accept": _accept,
    "send_again": _send_again,
    "move_date": _move_date,
    "accept_changed": _accept_changed,
    "dismiss": _dismiss,
    "take_back": _take_back,
    "hand_over": _hand_over,
    "pass_gate": _pass_gate,
    "resend": _resend,
    "send_anew": _send_anew,
    "make_again": _make_again,
    "hold_back": _turn(Turn.HELD),
    "go_first": _turn(Turn.FIRST),
    "usual_turn": _turn(None),
}
