"""The generation flow's table: OA -> ERP, once for each bill. Each step says what it calls, how to see that it happened,
what is true then. What is due, and in which order, is producing.py's business; the promise around it is effect.py's.

ends.erp_side is the side of the leg at hand; a call never mixes legs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from desktop.connectors.base import Outcome
from desktop.domain.document import Attempt, Document, DocumentState
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import ErpSide, Leg
from desktop.domain.record import (
    Bill,
    BillDraft,
    BillHead,
    BillStatus,
    OaRequest,
    Ref,
    RequestStatus,
)
from desktop.domain.system import SystemRole
from desktop.store.change import Change
from desktop.sync.carrying import ATTACH
from desktop.sync.drafting import Drafting, kept_draft
from desktop.sync.effect import Answer, Ends, Found, Held, Step, Work, each_alone, erp_batch, one_alone
from desktop.sync.translate import Difference
from desktop.sync.words import are_said, spoken

EDITABLE = (BillStatus.DRAFT, BillStatus.CREATED, BillStatus.REOPENED)
_STATE_OF = {BillStatus.SUBMITTED: DocumentState.SUBMITTED, BillStatus.AUDITED: DocumentState.AUDITED}


@dataclass(frozen=True, slots=True)
class Context:
    """What looking needs beyond both systems: the compiled flow, and what was sent as which leg of a document's round."""

    drafting: Drafting
    sent: Callable[[Document, int], Mapping[str, Any]]


def state_of(status: BillStatus) -> DocumentState:
    """What a bill of ours in this status means for its document."""
    return _STATE_OF.get(status, DocumentState.SAVED)


def waits_for_us(ends: Ends, request: OaRequest) -> bool:
    """True where the request waits for its bill: at the integration account's node, or agreed where nothing waits at one."""
    if ends.oa.capabilities.waits_when_agreed:
        return request.status is RequestStatus.APPROVED
    node = ends.oa_side.options.get("node", "")
    return request.status is RequestStatus.RUNNING and (not node or request.node == node)


# --- save_bill -----------------------------------------------------------------------------------------------------------
def save_work(
    document: Document, leg: int, draft: BillDraft, promise: Callable[[Change], None]
) -> Work:  # fmt: skip
    """The promise of save_bill: the round holds the request as it was approved, and the bill that is about to be sent."""
    return Work(document, draft, "", {"leg": leg}, promise, leg)


def _save(ends: Ends, works: Sequence[Work]) -> list[Outcome]:
    return ends.erp.save_bills(ends.erp_side, [work.payload for work in works])


def _saved(ends: Ends, held: Sequence[Held], context: Context) -> dict[int, Found]:
    """Is the bill there, with our key in it, and is it what was sent? By the answered id, else by the key.

    Several bills of one key (another engine on a copied store was at work in the same moment) are noticed here, before one
    of them is submitted: nobody goes on with his until a person has taken the other away.
    """
    side, answered = ends.erp_side, [each.answered.key for _, each in held if each.answered is not None]
    bills = ends.erp.read_bills(side, answered) if answered else {}
    twins = (
        ends.erp.find_bills(side, [each.key for _, each in held]) if ends.erp.capabilities.find_by_key else {}
    )
    found = {}
    for document, attempt in held:
        if len(heads := twins.get(attempt.key, ())) > 1:
            found[attempt.id] = Found(Answer.UNSURE, error=several(side, attempt.key, len(heads)))
            continue
        bill = bills.get(attempt.answered.key) if attempt.answered is not None else None
        if bill is None or bill.header.get(side.key_field) != attempt.key:
            looked = _by_key(ends, side, document, attempt, attempt.key)
            if looked.answer is not Answer.YES or looked.ref is None:
                found[attempt.id] = looked
                continue
            bill = ends.erp.read_bills(side, [looked.ref.key]).get(looked.ref.key)
        found[attempt.id] = _compared(context, document, attempt, bill)
    return found


def _by_key(ends: Ends, side: ErpSide, document: Document, attempt: Attempt, key: str) -> Found:
    if not ends.erp.capabilities.find_by_key:
        return Found(Answer.UNSURE, error=_unknown(document, attempt))
    heads = ends.erp.find_bills(side, [key]).get(key, ())
    if len(heads) > 1:
        return Found(Answer.UNSURE, error=several(side, key, len(heads)))
    return Found(Answer.YES, heads[0].ref) if heads else Found(Answer.NO)


def _compared(context: Context, document: Document, attempt: Attempt, bill: Bill | None) -> Found:
    if bill is None:
        return Found(Answer.NO)
    differences = context.drafting.differences(attempt.leg, context.sent(document, attempt.leg), bill)
    error = differs(ErrorCode.READ_BACK_DIFFERS, bill, differences) if differences else None
    return Found(Answer.YES, bill.ref, error, {"status": bill.status.value})


def _is_made(ends: Ends, change: Change, document: Document, attempt: Attempt, found: Found) -> Document:
    assert found.ref is not None
    bill = replace(found.ref, system_id=ends.erp.system.id, form=ends.erp_side.form)
    status = BillStatus(str(found.facts.get("status", BillStatus.CREATED.value)))
    why = "bill_pushed" if attempt.step == PUSH_BILL.name else "bill_saved"
    return made(change, document, attempt.leg, bill, status, why)


def made(
    change: Change, document: Document, leg: int, bill: Ref, status: BillStatus, why: str
) -> Document:  # fmt: skip
    """A bill of ours stands in the ERP."""
    change.link_leg(document, leg, bill)
    return change.move(
        document, state_of(status), why, request_number=bill.number or bill.key, leg=leg, bill=bill.number or bill.key
    )  # fmt: skip


# --- push_bill -----------------------------------------------------------------------------------------------------------
def push_work(
    document: Document, leg: int, source_side: ErpSide, source: Ref, options: Mapping[str, str],
    promise: Callable[[Change], None],
) -> Work:  # fmt: skip
    """The promise of push_bill: which bill is converted."""
    return Work(
        document, (source_side, source, options), "", {"leg": leg, "source": source.number}, promise, leg
    )


def _push(ends: Ends, works: Sequence[Work]) -> list[Outcome]:
    def call(work: Work) -> Ref:
        side, source, options = work.payload
        return ends.erp.push_bill(side, source, ends.erp_side, options)

    return each_alone(works, call)


def _pushed(ends: Ends, held: Sequence[Held], context: Context) -> dict[int, Found]:
    """Is there a bill that names its source? The link is the ERP's own; our key is in no pushed bill."""
    found = {}
    for document, attempt in held:
        looked = pushed_from(ends, context.drafting, document, attempt)
        if looked.answer is Answer.YES and looked.ref is not None:
            bill = ends.erp.read_bills(ends.erp_side, [looked.ref.key]).get(looked.ref.key)
            looked = _compared(context, document, attempt, bill)
        found[attempt.id] = looked
    return found


def pushed_from(ends: Ends, drafting: Drafting, document: Document, attempt: Attempt) -> Found:
    """The bill of this leg whose source link names the bill before it."""
    side = found_by_source(ends.erp_side, drafting.leg(attempt.leg))
    return _by_key(ends, side, document, attempt, str(attempt.basis.get("source", "")))


def found_by_source(side: ErpSide, leg: Leg) -> ErpSide:
    """The side by which a pushed bill is found: not by our key, but by the number of the bill it came from."""
    return replace(side, key_field=leg.source_field, header=(), tables={})


# --- submit_bill, audit_bill ---------------------------------------------------------------------------------------------
def bill_work(
    document: Document, bill: Ref, promise: Callable[[Change], None] | None = None, reason: str = ""
) -> Work:  # fmt: skip
    """The promise of submit_bill, audit_bill, take_back_bill or delete_bill: which bill."""
    return Work(document, bill, "", {"bill": bill.key, "reason": reason}, promise, document.leg)


def _submit(ends: Ends, works: Sequence[Work]) -> list[Outcome]:
    return ends.erp.submit_bills(ends.erp_side, [work.payload for work in works])


def _submitted(ends: Ends, held: Sequence[Held], _context: Context) -> dict[int, Found]:
    heads = _heads(ends, held)
    found = {}
    for document, attempt in held:
        head = heads.get(attempt.basis["bill"])
        if head is None:
            found[attempt.id] = Found(Answer.UNSURE, error=gone(document, attempt.basis["bill"]))
        elif head.status in (BillStatus.SUBMITTED, BillStatus.AUDITED):
            found[attempt.id] = Found(Answer.YES, head.ref, facts={"status": head.status.value})
        else:
            found[attempt.id] = Found(Answer.NO)
    return found


def _is_submitted(
    _ends: Ends, change: Change, document: Document, _attempt: Attempt, found: Found
) -> Document:
    return change.move(
        document, state_of(BillStatus(found.facts["status"])), "bill_submitted", bill=document.request_number
    )


def _audit(ends: Ends, works: Sequence[Work]) -> list[Outcome]:
    return ends.erp.audit_bills(ends.erp_side, [work.payload for work in works])


def _audited(ends: Ends, held: Sequence[Held], context: Context) -> dict[int, Found]:
    """Is it audited, and still what was sent?"""
    bills = ends.erp.read_bills(ends.erp_side, [attempt.basis["bill"] for _, attempt in held])
    found = {}
    for document, attempt in held:
        bill = bills.get(attempt.basis["bill"])
        if bill is None:
            found[attempt.id] = Found(Answer.UNSURE, error=gone(document, attempt.basis["bill"]))
        elif bill.status is not BillStatus.AUDITED:
            found[attempt.id] = Found(Answer.NO)
        else:
            sent = context.sent(document, attempt.leg)
            differences = context.drafting.differences(attempt.leg, sent, bill)
            error = differs(ErrorCode.CHANGED_AROUND_AUDIT, bill, differences) if differences else None
            found[attempt.id] = Found(Answer.YES, bill.ref, error)
    return found


def _is_audited(_ends: Ends, change: Change, document: Document, attempt: Attempt, _found: Found) -> Document:
    return change.move(document, DocumentState.AUDITED, "audited", bill=document.request_number)


# --- take_back_bill, delete_bill: a refused chain leaves nothing behind ----------------------------------------------------
def _take_back(ends: Ends, works: Sequence[Work]) -> list[Outcome]:
    heads = [BillHead(work.payload, BillStatus.SUBMITTED, "", None) for work in works]
    return ends.erp.send_back_bills(
        ends.erp_side, heads, [str(work.basis.get("reason", "")) for work in works]
    )


def _taken_back(ends: Ends, held: Sequence[Held], _context: Context) -> dict[int, Found]:
    heads = _heads(ends, held)
    found = {}
    for _document, attempt in held:
        head = heads.get(attempt.basis["bill"])
        away = head is None or head.status in EDITABLE
        found[attempt.id] = Found(Answer.YES if away else Answer.NO)
    return found


def _is_taken_back(
    _ends: Ends, change: Change, document: Document, _attempt: Attempt, _found: Found
) -> Document:
    return change.move(document, DocumentState.SAVED, "bill_taken_back", bill=document.request_number)


def _delete(ends: Ends, works: Sequence[Work]) -> list[Outcome]:
    return ends.erp.delete_bills(ends.erp_side, [work.payload for work in works])


def _deleted(ends: Ends, held: Sequence[Held], _context: Context) -> dict[int, Found]:
    """Absent by its id, and by our key too: a right that was lost hides a bill, it does not delete it."""
    heads = _heads(ends, held)
    found = {}
    for document, attempt in held:
        if attempt.basis["bill"] in heads:
            found[attempt.id] = Found(Answer.NO)
            continue
        looked = _by_key(ends, ends.erp_side, document, attempt, attempt.key)
        there = {Answer.YES: Answer.NO, Answer.NO: Answer.YES}.get(looked.answer, looked.answer)
        found[attempt.id] = Found(there, error=looked.error)
    return found


def _is_deleted(_ends: Ends, change: Change, document: Document, attempt: Attempt, _found: Found) -> Document:
    change.unlink_leg(document, attempt.leg)
    change.make_way(document, attempt)
    return change.move(
        document, DocumentState.FOUND, "bill_deleted", bill=document.request_number, request_number="", leg=0
    )


def _heads(ends: Ends, held: Sequence[Held]) -> dict[str, BillHead]:
    return ends.erp.bill_heads(ends.erp_side, [attempt.basis["bill"] for _, attempt in held])


# --- write_back, return_request --------------------------------------------------------------------------------------------
def hand_on_work(document: Document, values: Mapping[str, str], opinion: str) -> Work:
    """The promise of write_back: what the form gets when the request is handed on."""
    return Work(document, (values, opinion), "", {"values": dict(values), "text": opinion})


def _hand_on(ends: Ends, works: Sequence[Work]) -> list[Outcome]:
    def call(work: Work) -> Ref | None:
        values, opinion = work.payload
        if ends.oa.capabilities.waits_when_agreed:
            return _say(ends, work, opinion, WRITE_BACK)
        ends.oa.submit_request(ends.oa_side, work.document.source, "", values, opinion)
        return None

    return each_alone(works, call)


def _say(ends: Ends, work: Work, text: str, step: Step) -> Ref:
    """Words on an agreed request, under their mark. The yes is kept: words that cannot be found again even so are a person's
    to look for, and never said a second time by us."""
    said = spoken(text, work.intention.key, step.name)
    ends.oa.tell_applicant(ends.oa_side, work.document.source, "", said)
    return work.document.source


def _handed_on(ends: Ends, held: Sequence[Held], _context: Context) -> dict[int, Found]:
    """Still at our node = no. Elsewhere with the numbers on it = yes. Elsewhere without them = somebody else moved it.
    Where nothing waits at a node: do our words stand on it?"""
    found = {}
    for document, attempt in held:
        request = _request_if_any(ends, document)
        if request is None:
            found[attempt.id] = Found(Answer.UNSURE, error=left(document))
        elif ends.oa.capabilities.waits_when_agreed:
            found[attempt.id] = _said(request, attempt, str(attempt.basis["text"]))
        elif waits_for_us(ends, request):
            found[attempt.id] = Found(Answer.NO)
        elif shows(request, attempt.basis["values"]):
            found[attempt.id] = Found(Answer.YES, request.ref)
        else:
            found[attempt.id] = Found(Answer.UNSURE, error=left(document))
    return found


def _request_if_any(ends: Ends, document: Document) -> OaRequest | None:
    """None where people have deleted it meanwhile: that is this document's matter and stops nobody else's."""
    try:
        return ends.oa.read_request(ends.oa_side, document.source)
    except SyncError as error:
        if error.code is ErrorCode.RECORD_MISSING:
            return None
        raise


def _said(request: OaRequest, attempt: Attempt, text: str) -> Found:
    stands = are_said([each.text for each in request.opinions], text, attempt.key, attempt.step)
    return Found(Answer.YES, request.ref) if stands else Found(Answer.NO)


def tells(request: OaRequest, text: str, document: Document, step: Step) -> bool:
    """True where this step's words of the document's round stand on the request already, by their mark or letter by letter."""
    return are_said([each.text for each in request.opinions], text, document.key, step.name)


def shows(request: OaRequest, values: Mapping[str, str]) -> bool:
    """True where the request's form holds all these values."""

    def shown(name: str) -> str:
        value = request.fields.get(name)
        return str("" if value is None else value).strip()

    return all(shown(name) == value.strip() for name, value in values.items())


def _is_handed_on(
    ends: Ends, change: Change, document: Document, _attempt: Attempt, _found: Found
) -> Document:
    return handed_on(change, document, in_words=ends.oa.capabilities.waits_when_agreed)


def handed_on(change: Change, document: Document, *, in_words: bool) -> Document:
    """All bills stand, and the request went on with their numbers on it. in_words: it was over, and a comment tells them."""
    change.decide(document, "handed_on")
    change.close_round(document)
    return change.move(document, DocumentState.DONE, "numbers_told" if in_words else "handed_on")


def return_work(
    document: Document, reason: str, returned: int, promise: Callable[[Change], None] | None
) -> Work:
    """The promise of return_request. returned: how often it had been sent back before."""
    return Work(document, reason, "", {"reason": reason, "returned": returned}, promise)


def _return(ends: Ends, works: Sequence[Work]) -> list[Outcome]:
    def call(work: Work) -> Ref | None:
        if ends.oa.capabilities.waits_when_agreed:
            return _say(ends, work, work.payload, RETURN_REQUEST)
        ends.oa.return_request(ends.oa_side, work.document.source, "", work.payload)
        return None

    return each_alone(works, call)


def _returned(ends: Ends, held: Sequence[Held], _context: Context) -> dict[int, Found]:
    """One return more in its log than before: whatever happened since, it was with its maker. What is agreed does not go
    back: there the reason stands on it."""
    found = {}
    for document, attempt in held:
        request = _request_if_any(ends, document)
        if request is None:
            found[attempt.id] = Found(Answer.UNSURE, error=left(document))
        elif ends.oa.capabilities.waits_when_agreed:
            found[attempt.id] = _said(request, attempt, str(attempt.basis["reason"]))
        elif request.times_returned > int(attempt.basis.get("returned", 0)):
            found[attempt.id] = Found(Answer.YES, request.ref)
        elif waits_for_us(ends, request):
            found[attempt.id] = Found(Answer.NO)
        else:
            found[attempt.id] = Found(Answer.UNSURE, error=left(document))
    return found


def _is_returned(ends: Ends, change: Change, document: Document, attempt: Attempt, _found: Found) -> Document:
    in_words = ends.oa.capabilities.waits_when_agreed
    return returned(change, document, str(attempt.basis["reason"]), in_words=in_words)


def returned(change: Change, document: Document, reason: str, *, in_words: bool) -> Document:
    """Its maker knows why there is no bill. in_words: the request did not move, a comment tells it."""
    change.free(document)
    change.close_round(document)
    why = "request_told" if in_words else "request_returned"
    return change.move(document, DocumentState.RETURNED, why, reason=reason)


SAVE_BILL = Step("save_bill", SystemRole.ERP, erp_batch, _save, _saved, _is_made)
PUSH_BILL = Step("push_bill", SystemRole.ERP, one_alone, _push, _pushed, _is_made)
SUBMIT_BILL = Step("submit_bill", SystemRole.ERP, erp_batch, _submit, _submitted, _is_submitted)
AUDIT_BILL = Step("audit_bill", SystemRole.ERP, erp_batch, _audit, _audited, _is_audited)
TAKE_BACK = Step("send_back", SystemRole.ERP, erp_batch, _take_back, _taken_back, _is_taken_back)
DELETE_BILL = Step("delete_bill", SystemRole.ERP, erp_batch, _delete, _deleted, _is_deleted)
WRITE_BACK = Step("write_back", SystemRole.OA, one_alone, _hand_on, _handed_on, _is_handed_on)
RETURN_REQUEST = Step("return_request", SystemRole.OA, one_alone, _return, _returned, _is_returned)

STEPS = (
    SAVE_BILL, PUSH_BILL, ATTACH, SUBMIT_BILL, AUDIT_BILL, TAKE_BACK, DELETE_BILL, WRITE_BACK, RETURN_REQUEST
)  # fmt: skip
"""Which state each starts from and ends in, for the bill of one leg:

save_bill       FOUND, or the bill before is as far as its leg wants it  -> SAVED, leg + 1
push_bill       the bill before is as far as its leg wants it            -> SAVED, leg + 1
attach          SAVED (each attachment, best effort)                     stays
submit_bill     SAVED                                                    -> SUBMITTED
audit_bill      SUBMITTED                                                -> AUDITED
write_back      the last bill is as far as its leg wants it              -> DONE
send_back       SUBMITTED, refused for good                              -> SAVED
delete_bill     SAVED, refused for good                                  -> FOUND, no leg
return_request  FOUND, refused for good                                  -> RETURNED
"""


def mapped_with(mapped: Mapping[str, Any], leg: int, draft: BillDraft) -> dict[str, Any]:
    """A round's mapped values with one more bill."""
    return {**mapped, str(leg): kept_draft(draft)}


def differs(code: Any, bill: Bill, differences: Sequence[Difference]) -> SyncError:
    """A bill that is not what was sent, as a failure that names the first field."""
    first = differences[0]
    more = f" (+{len(differences) - 1})" if len(differences) > 1 else ""
    return SyncError(
        code, certain=True, number=bill.ref.number, field=first.field + more, sent=first.before, found=first.after
    )  # fmt: skip


def several(side: ErpSide, key: str, count: int) -> SyncError:
    """More than one bill where one belongs: a person must look."""
    return SyncError(ErrorCode.KEY_NOT_UNIQUE, form=side.form, key=key, found=count)


def gone(document: Document, bill: str) -> SyncError:
    """A bill of ours that the ERP does not show any more: a person must look."""
    return SyncError(ErrorCode.BILL_GONE, certain=True, number=document.source.number, bill=bill)


def left(document: Document) -> SyncError:
    """A request that is no longer with us although a bill was made of it: a person must look."""
    bill = document.request_number
    return SyncError(ErrorCode.REQUEST_LEFT, certain=True, number=document.source.number, bill=bill)


def _unknown(document: Document, attempt: Attempt) -> SyncError:
    return SyncError(
        ErrorCode.OUTCOME_UNKNOWN, step=attempt.step, number=document.source.number, key=attempt.key
    )  # fmt: skip
