"""The approval flow's table: ERP -> OA -> ERP. Each step says what it calls, how to see that it happened, what is
true then. What is due, and in which order, is run.py's business; the promise around each call is effect.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from desktop.connectors.base import Outcome
from desktop.domain.document import Attempt, Document, DocumentState, Round
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import Bill, BillHead, BillStatus, Ref, RequestDraft, RequestStatus
from desktop.domain.system import SystemRole
from desktop.store.change import Change
from desktop.sync.carrying import UPLOAD
from desktop.sync.effect import Answer, Ends, Found, Held, Step, Work, each_alone, erp_batch, one_alone
from desktop.sync.health import concerns_system
from desktop.sync.listing import Listing
from desktop.sync.translate import Difference, mapped_of, snapshot_of
from desktop.sync.words import are_said, spoken

EDITABLE = (BillStatus.DRAFT, BillStatus.CREATED, BillStatus.REOPENED)
_SEARCH_BACK = timedelta(days=1)
"""How far before an attempt a search begins: wider than any clock skew under which effects run at all."""

_AWAY_CODES = (ErrorCode.RECORD_MISSING,)
_OF_ONE = (ErrorCode.RECORD_MISSING, ErrorCode.APPLICANT_UNMAPPED)
_WITH_CREATOR = (RequestStatus.REJECTED.value, RequestStatus.WITHDRAWN.value)


# --- open_request ----------------------------------------------------------------------------------------------------
def open_work(
    document: Document, bill: Bill, draft: RequestDraft, ends: Ends, *, basis: Mapping[str, Any] | None = None
) -> Work:
    """The promise of open_request: the round with everything that is about to be sent."""
    digest = ends.translator.digest(bill)
    partner, amount = ends.translator.shown(bill)  # may refuse the bill: here, not in the middle of a promise

    def promise(change: Change) -> None:
        change.describe(document, partner, amount, bill.ref.number)
        change.open_round(
            document, flow_version=ends.translator.flow.version, snapshot=snapshot_of(bill), mapped=mapped_of(draft),
            digest=digest, source_changed_at=bill.changed_at, sent_as=draft.sent_as,
        )  # fmt: skip

    seen = {"digest": digest, "changed_at": _when(bill.changed_at), **(basis or {})}
    return Work(document, draft, draft.sent_as, seen, promise)


def _open(ends: Ends, works: Sequence[Work]) -> list[Outcome]:
    return each_alone(works, lambda work: ends.oa.open_request(ends.oa_side, work.payload))


def _opened(ends: Ends, held: Sequence[Held], context: Any) -> dict[int, Found]:
    """Is the request there? By the listing; else by its id; else by our key as the same creator."""
    listing: Listing | None = context

    def look(document: Document, attempt: Attempt) -> Found | None:
        heads = listing.by_key.get(attempt.key, []) if listing else []
        if len(heads) > 1:
            return _several(ends, attempt, len(heads))
        if heads:
            return Found(Answer.YES, heads[0].ref)
        if listing is None or attempt.outcome is not attempt.outcome.INTENT:
            return None
        return _look_for_request(ends, document, attempt)

    return _as_far_as_it_goes(held, look)


def _as_far_as_it_goes(
    held: Sequence[Held], look: Callable[[Document, Attempt], Found | None]
) -> dict[int, Found]:
    """One look for each. What was found before the line failed counts; the rest is looked for at the next pass."""
    found: dict[int, Found] = {}
    for document, attempt in held:
        try:
            seen = look(document, attempt)
        except SyncError as error:
            if found and concerns_system(error):
                break
            if error.code not in _OF_ONE:
                raise
            seen = Found(Answer.UNSURE, error=error)  # this one's matter: it stops nobody else's
        if seen is not None:
            found[attempt.id] = seen
    return found


def _look_for_request(ends: Ends, document: Document, attempt: Attempt) -> Found:
    if attempt.answered is not None:
        ref = replace(attempt.answered, system_id=ends.oa.system.id, form=ends.oa_side.form)
        try:
            seen = ends.oa.read_request(ends.oa_side, ref)
        except SyncError as error:
            if error.code in _AWAY_CODES:
                return Found(Answer.NO)
            raise
        return Found(Answer.YES, replace(ref, number=seen.ref.number or ref.number))
    if not ends.oa.capabilities.find_by_key:
        if ends.oa.capabilities.list_requests and ends.oa.capabilities.list_shows_key:
            return Found(Answer.NO)
        return Found(Answer.UNSURE, error=_unknown(document, attempt))
    refs = ends.oa.find_requests(
        ends.oa_side, attempt.key, attempt.sent_as, attempt.started_at - _SEARCH_BACK
    )
    if len(refs) > 1:
        return _several(ends, attempt, len(refs))
    return Found(Answer.YES, refs[0]) if refs else Found(Answer.NO)


def _several(ends: Ends, attempt: Attempt, count: int) -> Found:
    error = SyncError(ErrorCode.KEY_NOT_UNIQUE, form=ends.oa_side.form, key=attempt.key, found=count)
    return Found(Answer.UNSURE, error=error)


def _is_requested(
    _ends: Ends, change: Change, document: Document, _attempt: Attempt, found: Found
) -> Document:
    assert found.ref is not None
    change.link(document, found.ref)
    return change.move(
        document, DocumentState.REQUESTED, "requested", request_number=found.ref.number or found.ref.key
    )


# --- cancel_request, close_request -------------------------------------------------------------------------------------
def request_work(document: Document, request: Ref, round_: Round, why: str) -> Work:
    """The promise of cancel_request or close_request."""
    return Work(document, (request, why), round_.sent_as, {"request": request.key, "why": why})


def _cancel(ends: Ends, works: Sequence[Work]) -> list[Outcome]:
    def call(work: Work) -> None:
        request, why = work.payload
        ends.oa.cancel_request(ends.oa_side, request, work.sent_as, why)

    return each_alone(works, call)


def _close(ends: Ends, works: Sequence[Work]) -> list[Outcome]:
    def call(work: Work) -> None:
        request, why = work.payload
        ends.oa.close_request(ends.oa_side, request, work.sent_as, why)

    return each_alone(works, call)


def _ended(over: Sequence[RequestStatus]) -> Callable[[Ends, Sequence[Held], Any], dict[int, Found]]:
    """Is the request over? By the listing where it proves an end, else by reading it."""

    def find(ends: Ends, held: Sequence[Held], context: Any) -> dict[int, Found]:
        listing: Listing | None = context

        def look(_document: Document, attempt: Attempt) -> Found:
            key = str(attempt.basis.get("request", ""))
            head = listing.by_ref.get(key) if listing else None
            if head is not None and head.ended:
                return Found(Answer.YES, head.ref)
            return _read_end(ends, key, over)

        return _as_far_as_it_goes(held, look)

    return find


def _read_end(ends: Ends, key: str, over: Sequence[RequestStatus]) -> Found:
    ref = Ref(ends.oa.system.id, ends.oa_side.form, key)
    try:
        status = ends.oa.read_request(ends.oa_side, ref).status
    except SyncError as error:
        if error.code in _AWAY_CODES:
            return Found(Answer.YES, ref)
        raise
    return Found(Answer.YES if status in over else Answer.NO, ref, facts={"status": status.value})


def _is_cancelled(
    _ends: Ends, change: Change, document: Document, attempt: Attempt, found: Found
) -> Document:
    """A request that only lies with its creator again (our second call was lost) is still to be ended."""
    change.decide(document, "cancelled", [])
    change.see_away([document], change.at)
    if found.facts.get("status") not in _WITH_CREATOR:
        change.close_round(document)
    return change.move(
        document, DocumentState.CANCELLED, "cancelled", reason=str(attempt.basis.get("why", ""))
    )


def _is_closed(_ends: Ends, change: Change, document: Document, _attempt: Attempt, _found: Found) -> Document:
    change.note("engine", "closed", document)
    return document


# --- audit_bill --------------------------------------------------------------------------------------------------------
def audit_work(document: Document, bill: Bill, digest: str) -> Work:
    """The promise of audit_bill: on which content, last changed when."""
    return Work(document, bill.ref, "", {"digest": digest, "changed_at": _when(bill.changed_at)})


def _audit(ends: Ends, works: Sequence[Work]) -> list[Outcome]:
    return ends.erp.audit_bills(ends.erp_side, [work.payload for work in works])


def _audited(ends: Ends, held: Sequence[Held], _context: Any) -> dict[int, Found]:
    """Is the bill audited, and is it still what was approved?"""
    bills = ends.erp.read_bills(ends.erp_side, [document.source.key for document, _ in held])
    found = {}
    for document, attempt in held:
        bill = bills.get(document.source.key)
        if bill is None or bill.status is not BillStatus.AUDITED:
            found[attempt.id] = _not_audited(document, attempt, bill)
        elif ends.sent_with(document).digest(bill) == attempt.basis.get("digest"):
            ends.dates.note(attempt.step, moved=_touched(attempt, bill.changed_at))
            found[attempt.id] = Found(Answer.YES, bill.ref)
        else:
            differences = ends.sent_with(document).differences(ends.snapshot(document), bill)
            error = changed_error(ErrorCode.CHANGED_AROUND_AUDIT, document, differences)
            found[attempt.id] = Found(Answer.YES, bill.ref, error)
    return found


def _not_audited(document: Document, attempt: Attempt, bill: Bill | None) -> Found:
    """Submitted and untouched = no. Touched since we looked = someone else was there: a person must look."""
    if bill is not None and bill.status is BillStatus.SUBMITTED and _touched(attempt, bill.changed_at):
        return Found(Answer.UNSURE, error=_unknown(document, attempt))
    return Found(Answer.NO)


def _is_audited(ends: Ends, change: Change, document: Document, _attempt: Attempt, found: Found) -> Document:
    if not (ends.erp.capabilities.note_submitted and ends.erp_side.note_field and found.error is None):
        change.close_round(document, seen_away=True)
    return change.move(document, DocumentState.DONE, "audited")


# --- send_back ---------------------------------------------------------------------------------------------------------
def send_back_work(
    document: Document,
    head: BillHead,
    digest: str,
    reason: str,
    promise: Callable[[Change], None] | None = None,
) -> Work:
    """The promise of send_back: what the bill looked like when we decided."""
    basis = {
        "digest": digest,
        "changed_at": _when(head.changed_at),
        "status": head.status.value,
        "reason": reason,
    }
    return Work(document, (head, reason), "", basis, promise)


def _send_back(ends: Ends, works: Sequence[Work]) -> list[Outcome]:
    heads, reasons = [work.payload[0] for work in works], [work.payload[1] for work in works]
    return ends.erp.send_back_bills(ends.erp_side, heads, reasons)


def _sent_back(ends: Ends, held: Sequence[Held], _context: Any) -> dict[int, Found]:
    """Is the bill with its maker again? One that is SUBMITTED may have been sent back and handed in again at once."""
    heads = ends.erp.bill_heads(ends.erp_side, [document.source.key for document, _ in held])
    found: dict[int, Found] = {}
    touched: list[Held] = []
    for document, attempt in held:
        head = heads.get(document.source.key)
        if head is None or head.status in EDITABLE or head.status is BillStatus.VOID:
            if head is not None:
                ends.dates.note(attempt.step, moved=_touched(attempt, head.changed_at))
            found[attempt.id] = Found(Answer.YES, document.source)
        elif head.status.value == attempt.basis.get("status") and not _may_be_back(ends, attempt, head):
            found[attempt.id] = Found(Answer.NO)
        else:
            touched.append((document, attempt))
    if touched:
        found.update(_sent_back_and_handed_in(ends, touched))
    return found


def _may_be_back(ends: Ends, attempt: Attempt, head: BillHead) -> bool:
    """Touched since we looked; or it lies there untouched in an ERP whose change time stands still."""
    return _touched(attempt, head.changed_at) or ends.dates.stand_still


def _sent_back_and_handed_in(ends: Ends, touched: Sequence[Held]) -> dict[int, Found]:
    """The ERP's own yes, or edited content, proves that the bill was with its maker; unedited content proves nothing."""
    bills = ends.erp.read_bills(ends.erp_side, [document.source.key for document, _ in touched])
    found = {}
    for document, attempt in touched:
        bill = bills.get(document.source.key)
        edited = bill is not None and ends.sent_with(document).digest(bill) != attempt.basis.get("digest")
        if attempt.answered is not None or edited:
            found[attempt.id] = Found(Answer.YES, document.source)
        else:
            found[attempt.id] = Found(Answer.UNSURE, error=_unknown(document, attempt))
    return found


def _is_returned(
    _ends: Ends, change: Change, document: Document, attempt: Attempt, _found: Found
) -> Document:
    change.see_away([document], change.at)
    return change.move(
        document, DocumentState.RETURNED, "returned", reason=str(attempt.basis.get("reason", ""))
    )


# --- note_bill ---------------------------------------------------------------------------------------------------------
def note_work(document: Document, text: str) -> Work:
    """The promise of note_bill."""
    return Work(document, text, "", {"note": text})


def _note(ends: Ends, works: Sequence[Work]) -> list[Outcome]:
    field = ends.erp_side.note_field
    return ends.erp.note_bills(
        ends.erp_side, [(work.document.source, {field: work.payload}) for work in works]
    )


def _noted(ends: Ends, held: Sequence[Held], _context: Any) -> dict[int, Found]:
    field = ends.erp_side.note_field
    side = replace(ends.erp_side, header=(field,), tables={})
    bills = ends.erp.read_bills(side, [document.source.key for document, _ in held])
    found = {}
    for document, attempt in held:
        bill = bills.get(document.source.key)
        stands = (
            bill is not None
            and str(bill.header.get(field) or "").strip() == str(attempt.basis["note"]).strip()
        )
        found[attempt.id] = Found(Answer.YES if stands else Answer.NO, document.source)
    return found


def _is_noted(_ends: Ends, change: Change, document: Document, _attempt: Attempt, _found: Found) -> Document:
    change.note("engine", "noted", document)
    return document


# --- tell_applicant ----------------------------------------------------------------------------------------------------
def tell_work(document: Document, request: Ref, round_: Round, text: str) -> Work:
    """The promise of tell_applicant."""
    return Work(document, (request, text), round_.sent_as, {"request": request.key, "text": text})


def _tell(ends: Ends, works: Sequence[Work]) -> list[Outcome]:
    def call(work: Work) -> Ref:
        request: Ref = work.payload[0]
        text: str = work.payload[1]
        said = spoken(text, work.intention.key, TELL_APPLICANT.name)
        ends.oa.tell_applicant(ends.oa_side, request, work.sent_as, said)
        return request  # the yes is kept: words that the OA writes otherwise are not said again

    return each_alone(works, call)


def _told(ends: Ends, held: Sequence[Held], _context: Any) -> dict[int, Found]:
    def look(_document: Document, attempt: Attempt) -> Found:
        ref = Ref(ends.oa.system.id, ends.oa_side.form, str(attempt.basis["request"]))
        try:
            remarks = ends.oa.remarks(ends.oa_side, ref)
        except SyncError as error:
            if error.code in _AWAY_CODES:
                return Found(Answer.UNSURE)  # people have deleted it: nobody is left to be told
            raise
        stands = are_said(remarks, str(attempt.basis["text"]), attempt.key, attempt.step)
        return Found(Answer.YES if stands else Answer.NO, ref)

    return _as_far_as_it_goes(held, look)


def _is_told(_ends: Ends, change: Change, document: Document, _attempt: Attempt, _found: Found) -> Document:
    change.note("engine", "applicant_told", document)
    return document


OPEN_REQUEST = Step(
    "open_request", SystemRole.OA, one_alone, _open, _opened, _is_requested, look_at_once=False
)  # fmt: skip
CANCEL_REQUEST = Step(
    "cancel_request", SystemRole.OA, one_alone, _cancel,
    _ended((RequestStatus.ENDED, RequestStatus.WITHDRAWN, RequestStatus.APPROVED, RequestStatus.REJECTED)),
    _is_cancelled,
)  # fmt: skip
CLOSE_REQUEST = Step(
    "close_request", SystemRole.OA, one_alone, _close, _ended((RequestStatus.ENDED, RequestStatus.APPROVED)), _is_closed,
    look_at_once=False, best_effort=True,
)  # fmt: skip
AUDIT_BILL = Step("audit_bill", SystemRole.ERP, erp_batch, _audit, _audited, _is_audited)
SEND_BACK = Step("send_back", SystemRole.ERP, erp_batch, _send_back, _sent_back, _is_returned)
NOTE_BILL = Step("note_bill", SystemRole.ERP, erp_batch, _note, _noted, _is_noted, best_effort=True)
TELL_APPLICANT = Step(
    "tell_applicant", SystemRole.OA, one_alone, _tell, _told, _is_told, best_effort=True
)  # fmt: skip

STEPS = (
    UPLOAD,
    OPEN_REQUEST,
    CANCEL_REQUEST,
    AUDIT_BILL,
    SEND_BACK,
    NOTE_BILL,
    CLOSE_REQUEST,
    TELL_APPLICANT,
)
"""Which state each starts from and ends in:

upload          FOUND (each attachment, best effort)   stays
open_request    FOUND                                  -> REQUESTED
cancel_request  REQUESTED, bill taken back or changed  -> CANCELLED
audit_bill      APPROVED                               -> DONE
send_back       REJECTED, WITHDRAWN, FOUND (by a rule) -> RETURNED
note_bill       RETURNED, DONE (best effort)           stays
close_request   RETURNED, CANCELLED (best effort)      stays
tell_applicant  REJECTED, WITHDRAWN, kept by later bills (best effort)  stays
"""


MOST_CHANGES = 200


def changed_error(code: Any, document: Document, differences: Sequence[Difference]) -> SyncError:
    """A digest that differs, as a failure that names the first field, and tells all of them (field, before, after)."""
    first = differences[0] if differences else Difference("", "", "")
    more = f" (+{len(differences) - 1})" if len(differences) > 1 else ""
    return SyncError(
        code, certain=True, number=document.source.number, field=first.field + more, sent=first.before,
        found=first.after, changes=plain_changes(differences),
    )  # fmt: skip


def plain_changes(differences: Sequence[Difference]) -> list[str]:
    """As they are kept with a failure, and compared with what a person saw."""
    return [f"{each.field}|{each.before}|{each.after}" for each in differences[:MOST_CHANGES]]


def _unknown(document: Document, attempt: Attempt) -> SyncError:
    return SyncError(
        ErrorCode.OUTCOME_UNKNOWN, step=attempt.step, number=document.source.number, key=attempt.key
    )  # fmt: skip


def _when(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _touched(attempt: Attempt, changed_at: datetime | None) -> bool:
    """True where the change time moved since we looked, or where the server does not tell one."""
    known = str(attempt.basis.get("changed_at", ""))
    return not known or known != _when(changed_at)
