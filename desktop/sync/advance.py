"""Advance: every document that is due, brought one step further. Prepares the work; effect.py does it.

Preparing is reading, checking and translating; a document that cannot be prepared gets its failure here, before
anything was promised.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from desktop.domain.document import AttemptOutcome, Document, DocumentState, Link, Round
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import (
    Bill,
    BillHead,
    BillStatus,
    Decision,
    OaRequest,
    Opinion,
    Ref,
    RequestStatus,
)
from desktop.store.change import Change
from desktop.store.ledger import Ledger
from desktop.sync import approval, blockers
from desktop.sync.blockers import Blockers
from desktop.sync.days import day_of
from desktop.sync.due import in_turn, may_retry
from desktop.sync.effect import Effects, Ends, Work, in_two_lanes
from desktop.sync.health import concerns_system
from desktop.sync.hints import Hints
from desktop.sync.listing import Listing
from desktop.sync.opening import Opening, Sentence, next_look, plain_opinion
from desktop.sync.pace import slow_clock
from desktop.sync.reader import Reader
from desktop.sync.rules import Finding, Rule, first_objection, gather, rules_of
from desktop.sync.strangers import Strangers
from desktop.sync.sweep import Memory

READ_BATCH = 200
"""Bills for one read: large enough that reading costs a call per hundred, small enough to stop in between."""

NOTE_LENGTH = 255
_SEND_BACK = approval.SEND_BACK.name
_UNSEEN = (ErrorCode.NOT_PERMITTED, ErrorCode.RECORD_MISSING)
_POST_REFUSALS, _POST_TRIES = 3, 20
"""A note or a closing that was refused so often, or went so often without an answer, is given up: it never blocks. An
unanswered one takes the server's longest time-out to be called lost, so that twenty of them outlast an hour's outage."""


class Advance:
    """The documents of one run, by what they wait for."""

    def __init__(
        self, ends: Ends, ledger: Ledger, effects: Effects, now: Callable[[], datetime], sentence: Sentence,
        memory: Memory, strangers: Strangers,
    ) -> None:  # fmt: skip
        self._ends = ends
        self._ledger = ledger
        self._effects = effects
        self._now = now
        self._sentence = sentence
        self._memory = memory
        self._strangers = strangers
        self._slow = slow_clock(ends.oa.capabilities)
        self._first_look = self._slow[0]
        self._reader = Reader(ends.erp, day_of(ends.erp.system, now()))

    # --- who is due --------------------------------------------------------------------------------------------------
    def due(self, documents: Sequence[Document], busy: set[int]) -> list[Document]:
        """Those without an open attempt, without a failure that keeps them, and that no person holds back."""
        failures = self._ledger.open_failures([document.id for document in documents])
        now = self._now()
        held = [key for key, (failure, _) in failures.items() if failure.code == blockers.CODE]
        looks = self._ledger.look_times(held) if held else {}
        free = []
        for document in documents:
            known = failures.get(document.id)
            looked_for = document.id in looks and (looks[document.id] or now) <= now
            again = known and may_retry(*known, now, self._ends.revision)
            if document.id in busy or (known and not looked_for and not again):
                continue
            free.append(document)
        return in_turn(self._ledger, free)

    def _bills(self, documents: Sequence[Document]) -> Iterator[list[tuple[Document, Bill | None]]]:
        """The documents' bills, a batch at a time, read by as many workers as the ERP allows."""
        parts = [documents[start : start + READ_BATCH] for start in range(0, len(documents), READ_BATCH)]

        def read(part: Sequence[Document]) -> list[tuple[Document, Bill | None]]:
            found = self._ends.erp.read_bills(self._ends.erp_side, [each.source.key for each in part])
            return [(document, found.get(document.source.key)) for document in part]

        for batch in self._ends.erp_end.pool.map(read, parts):
            if self._effects.stopping.is_set():
                return
            yield batch

    def _fail(self, document: Document, error: SyncError, next_try_at: datetime | None = None) -> None:
        with self._ledger.change(self._now()) as change:
            self._effects.fail(self._ends, change, document, error, next_try_at=next_try_at)
        self._effects.tell(change)

    # --- REQUESTED: what did they decide? ------------------------------------------------------------------------------
    def decide(self, documents: Sequence[Document], listing: Listing, audited: Collection[int]) -> None:
        """Reads those requests that the listing shows as settled, and the old ones on the slow clock.

        audited: documents whose bill is audited already; a yes makes that right, anything else is a person's question.
        """
        links = self._ledger.links(documents)
        documents = self._without_twins(documents, links, listing)
        looks = self._ledger.look_times([document.id for document in documents])
        asked: list[tuple[Document, Ref]] = []
        fresh: list[Document] = []
        for document in documents:
            link = links.get(document.id)
            if link is None:
                continue
            look_at = looks.get(document.id) or document.changed_at + self._first_look
            settled = listing.shows_ended(link.oa.key) or document.id in audited
            if settled or look_at <= self._now():
                asked.append((document, link.oa))
            elif looks.get(document.id) is None:
                fresh.append(document)
        self._set_slow_clock(fresh)
        step = self._ends.oa_end.workers * 8

        others = [link.oa for key, link in links.items() if key not in {each.id for each, _ in asked}]

        def one(part: Sequence[tuple[Document, Ref]]) -> None:
            if not (self._effects.stopping.is_set() or self._ends.oa_end.breaker.is_open()):
                self._decide_part(part, audited, others, listing.hints)

        in_two_lanes(one, [asked[start : start + step] for start in range(0, len(asked), step)])

    def _without_twins(
        self, documents: Sequence[Document], links: Mapping[int, Link], listing: Listing
    ) -> list[Document]:
        """Two requests of one round: somebody copied ours, or another engine on a copied store opened one in the same moment.
        Nothing is concluded from either before a person has ended the other."""
        twins: dict[int, int] = {}
        for document in documents:
            shown = listing.by_key.get(document.key, ())
            if len(shown) > 1 and document.id in links:
                own = links[document.id].oa.key
                others = [head for head in shown if head.ref.key != own and not head.ended]
                if others and not self._was_named(document):
                    twins[document.id] = len(others) + 1
        for document in documents if twins else ():
            if document.id in twins:
                form, found = self._ends.oa_side.form, twins[document.id]
                self._fail(
                    document, SyncError(ErrorCode.KEY_NOT_UNIQUE, form=form, key=document.key, found=found)
                )
        return [each for each in documents if each.id not in twins]

    def _was_named(self, document: Document) -> bool:
        """A person has said already which of them counts ("is there", of this round's doubt)."""
        doubts = {
            each.attempt_id
            for each in self._ledger.failures(document.id)
            if each.code == ErrorCode.KEY_NOT_UNIQUE.id and each.attempt_id is not None
        }
        return any(
            each.id in doubts and each.key == document.key for each in self._ledger.attempts(document.id)
        )

    def _set_slow_clock(self, documents: Sequence[Document]) -> None:
        if not documents:
            return
        with self._ledger.change(self._now()) as change:
            for document in documents:
                change.look_again([document.id], document.changed_at + self._first_look)

    def _decide_part(
        self, asked: Sequence[tuple[Document, Ref]], audited: Collection[int], others: Sequence[Ref],
        hints: Hints | None,
    ) -> None:  # fmt: skip
        answers = list(self._ends.oa_end.pool.map(self._read_request, [ref for _, ref in asked]))
        self._check_right(answers, [ref for _, ref in asked], others)
        rounds = self._ledger.whole_rounds([document for document, _ in asked])
        with self._ledger.change(self._now()) as change:
            for (document, ref), answer in zip(asked, answers, strict=True):
                if isinstance(answer, SyncError):
                    self._unread(change, document, ref, answer)
                elif document.id in audited and answer.status is not RequestStatus.APPROVED:
                    error = SyncError(ErrorCode.AUDITED_BY_HAND, certain=True, number=document.source.number)
                    self._effects.fail(self._ends, change, document, error)
                else:
                    self._decided(change, document, rounds.get(document.id), answer)
        self._effects.tell(change)
        if hints is not None:
            for (_, ref), answer in zip(asked, answers, strict=True):
                hints.looked(ref.key, over=_is_over(answer))

    def _check_right(
        self, answers: Sequence[OaRequest | SyncError], asked: Sequence[Ref], others: Sequence[Ref]
    ) -> None:
        """Requests that the OA does not show while it shows no other either: a right is lost, and nothing is concluded.

        Raises PER-712, which holds the flow.
        """
        unseen = [each for each in answers if isinstance(each, SyncError) and each.code in _UNSEEN]
        if not unseen or any(isinstance(each, OaRequest) for each in answers):
            return
        controls = [*others[:2], *self._older_requests({ref.key for ref in (*asked, *others)})]
        read = [self._read_request(ref) for ref in controls]
        if any(isinstance(each, OaRequest) for each in read):
            return
        if controls or any(each.code is ErrorCode.NOT_PERMITTED for each in unseen):
            raise SyncError(
                ErrorCode.RIGHT_LOST, certain=True, system=self._ends.oa.system.id,
                form=self._ends.oa_side.workflow, count=len(unseen),
            )  # fmt: skip

    def _older_requests(self, besides: Collection[str]) -> list[Ref]:
        """A few requests of this flow that were once read."""
        ends = self._ends
        keys = self._ledger.some_source_keys(ends.erp_side.form, ends.erp.system.id, 50)
        flow = ends.translator.flow.id
        known = self._ledger.by_source(ends.erp.system.id, ends.erp_side.form, flow, keys)
        links = self._ledger.links([each for each in known.values() if each.route_id == ends.route.id])
        return [link.oa for link in links.values() if link.oa.key not in besides][:2]

    def _read_request(self, ref: Ref) -> OaRequest | SyncError:
        try:
            request = self._ends.oa.read_request(self._ends.oa_side, ref)
        except SyncError as error:
            if concerns_system(error):
                self._ends.oa_end.breaker.bad(error)
            return error
        self._ends.oa_end.breaker.good()
        return request

    def _unread(self, change: Change, document: Document, ref: Ref, error: SyncError) -> None:
        """Missing in the OA is a finding that a person confirms: the bill lies submitted and nobody approves it."""
        if concerns_system(error):
            return
        if error.code is ErrorCode.RECORD_MISSING:
            error = SyncError(
                ErrorCode.REQUEST_GONE,
                certain=True,
                number=document.source.number,
                request=ref.number or ref.key,
            )
        self._effects.fail(self._ends, change, document, error)

    def _decided(self, change: Change, document: Document, round_: Round | None, request: OaRequest) -> None:
        if request.status is RequestStatus.RUNNING:
            change.look_again([document.id], next_look(document, self._now(), self._slow))
            return
        opinions = [plain_opinion(opinion) for opinion in request.opinions]
        change.decide(document, request.status.value, opinions)
        if request.status is RequestStatus.ENDED:
            error = SyncError(
                ErrorCode.FORCED_END,
                certain=True,
                number=document.source.number,
                request=request.ref.number or request.ref.key,
            )
            self._effects.fail(self._ends, change, document, error)
            return
        changed = (
            self._ends.sent_with(document).changed_on_form(round_.mapped, request)
            if round_ and round_.mapped
            else []
        )
        if request.status is RequestStatus.APPROVED and changed:
            error = approval.changed_error(ErrorCode.FORM_CHANGED_IN_APPROVAL, document, changed)
            self._effects.fail(self._ends, change, document, error)
            return
        change.heal(document)
        change.move(document, DocumentState(request.status.value), request.status.value, node=request.node)

    # --- APPROVED: audit -----------------------------------------------------------------------------------------------
    def audit(self, documents: Sequence[Document]) -> None:
        """Audits what lies there unchanged; everything else is said, not done."""
        rounds = self._ledger.current_rounds(documents)
        rules = rules_of(self._ends.translator, before_audit=True)
        for batch in self._bills(documents):
            there = [bill for _, bill in batch if bill is not None and bill.status is BillStatus.SUBMITTED]
            gather(rules, there, self._ends.translator, self._reader)
            works = []
            for document, bill in batch:
                work = self._audit_work(document, bill, rounds.get(document.id), rules)
                if work is not None:
                    works.append(work)
            self._effects.perform(self._ends, approval.AUDIT_BILL, works)

    def _audit_work(
        self, document: Document, bill: Bill | None, round_: Round | None, rules: Sequence[Rule]
    ) -> Work | None:
        if bill is None or round_ is None:
            return None  # gone or not: the sweep finds out
        same = self._ends.sent_with(document).digest(bill) == round_.digest
        if bill.status is BillStatus.SUBMITTED and same:
            objection = self._objection(bill, rules)
            if objection and objection.agreed_too:
                self._refuse_agreed(document, round_, objection.error)
                return None
            if objection:
                look_at = next_look(document, self._now()) if objection.waits else None
                self._fail(document, objection.error, look_at)
                return None
            return approval.audit_work(document, bill, round_.digest)
        if bill.status in (*approval.EDITABLE, BillStatus.VOID):
            self._rest(document, DocumentState.CANCELLED, "taken_back_after_approval")
        elif bill.status is BillStatus.AUDITED and same:
            self._rest(document, DocumentState.DONE, "audited_by_hand_after_approval")
        else:
            code = (
                ErrorCode.CHANGED_AROUND_AUDIT
                if bill.status is BillStatus.AUDITED
                else ErrorCode.CHANGED_AFTER_SENDING
            )
            differences = self._ends.sent_with(document).differences(self._ends.snapshot(document), bill)
            self._fail(document, approval.changed_error(code, document, differences))
        return None

    def _objection(self, bill: Bill, rules: Sequence[Rule]) -> Finding | None:
        """What a rule objects to in a bill that the OA has agreed to: the bill stays where it is, and the sentence says so."""
        try:
            return first_objection(rules, bill, self._ends.translator, self._reader)
        except SyncError as error:
            if concerns_system(error):
                raise
            return Finding(error, send_back=False)

    def _refuse_agreed(self, document: Document, round_: Round, error: SyncError) -> None:
        """The OA agreed, a rule does not any more: the bill goes back with the sentence, as if it had been rejected."""
        said = plain_opinion(Opinion("", "", Decision.RETURNED, self._sentence(error), self._now()))
        with self._ledger.change(self._now()) as change:
            change.decide(document, "rule", [*round_.opinions, said])
            change.heal(document)
            change.move(document, DocumentState.REJECTED, "rule")
        self._effects.tell(change)

    def _rest(self, document: Document, state: DocumentState, why: str) -> None:
        """At rest without any call: the bill was seen not SUBMITTED by this very look."""
        with self._ledger.change(self._now()) as change:
            change.close_round(document, seen_away=True)
            change.heal(document)
            change.move(document, state, why)
        self._effects.tell(change)

    # --- REJECTED, WITHDRAWN: send back --------------------------------------------------------------------------------
    def send_back(self, documents: Sequence[Document]) -> None:
        """Back to their makers, with the opinions; bills already there are only noted as such."""
        if not documents:
            return
        behind = Blockers(self._ends, self._ledger, self._effects, self._now, self._sentence)
        held = behind.still_held(documents)
        documents = [each for each in documents if each.id not in held]
        rounds = self._ledger.current_rounds(documents)
        for start in range(0, len(documents), READ_BATCH):
            part = documents[start : start + READ_BATCH]
            heads = self._ends.erp.bill_heads(self._ends.erp_side, [each.source.key for each in part])
            works = []
            for document in part:
                work = self._send_back_work(document, heads.get(document.source.key), rounds.get(document.id))
                if work is not None:
                    works.append(work)
            self._effects.perform(self._ends, approval.SEND_BACK, works)
            behind.look([work.document for work in works])

    def _send_back_work(self, document: Document, head: BillHead | None, round_: Round | None) -> Work | None:
        if head is None or round_ is None:
            return None
        if head.status in (*approval.EDITABLE, BillStatus.VOID):
            self._returned_already(document)
            return None
        if (
            head.status is BillStatus.SUBMITTED
            and _is_newer(head, round_)
            and not self._vouched(document, head)
        ):
            self._returned_already(document)
            return None
        return approval.send_back_work(document, head, round_.digest, said_of(round_.opinions))

    def _vouched(self, document: Document, head: BillHead) -> bool:
        """True where the bill was touched before somebody settled that it had not been sent back."""
        lost = [
            each.ended_at
            for each in self._ledger.attempts(document.id)
            if (each.step, each.key, each.outcome) == (_SEND_BACK, document.key, AttemptOutcome.LOST)
        ]
        return bool(lost and lost[-1] and head.changed_at and head.changed_at <= lost[-1])

    def _returned_already(self, document: Document) -> None:
        with self._ledger.change(self._now()) as change:
            change.see_away([document], change.at)
            change.heal(document)
            change.move(document, DocumentState.RETURNED, "returned_by_hand")
        self._effects.tell(change)

    # --- after a round: notes and closings -----------------------------------------------------------------------------
    def finish(self, documents: Sequence[Document]) -> None:
        """Writes the opinions back as far as the site allows and ends the returned request; then the round closes."""
        rounds = self._ledger.current_rounds(documents)
        links = self._ledger.links(documents)
        noted = self._finish_step(documents, approval.NOTE_BILL.name, self._wants_note)
        works = [
            approval.note_work(each, note_text(each, rounds[each.id], self._said_to_maker(rounds[each.id])))
            for each in noted
            if each.id in rounds
        ]
        self._effects.perform(self._ends, approval.NOTE_BILL, works)
        closing = self._finish_step(
            documents, approval.CLOSE_REQUEST.name, lambda each: self._wants_close(each, links)
        )
        closing = [each for each in closing if each.id in rounds]
        self._effects.perform(
            self._ends, approval.CLOSE_REQUEST,
            [approval.request_work(each, links[each.id].oa, rounds[each.id], "returned") for each in closing],
        )  # fmt: skip

    def close_finished(self, documents: Sequence[Document], busy: set[int]) -> None:
        """Closes the rounds that want nothing any more."""
        links = self._ledger.links(documents)
        wanting = {
            each.id for each in self._finish_step(documents, approval.NOTE_BILL.name, self._wants_note)
        }
        wanting |= {
            each.id
            for each in self._finish_step(
                documents, approval.CLOSE_REQUEST.name, lambda each: self._wants_close(each, links)
            )
        }
        finished = [each for each in documents if each.id not in wanting and each.id not in busy]
        if finished:
            with self._ledger.change(self._now()) as change:
                for document in finished:
                    change.close_round(document)

    def _finish_step(
        self, documents: Sequence[Document], step: str, wants: Callable[[Document], bool]
    ) -> list[Document]:
        wanting = [each for each in documents if wants(each)]
        done = self._ledger.done_steps(wanting, step)
        tried = self._ledger.tries([each.key for each in wanting], step)

        def given_up(document: Document) -> bool:
            tries, refusals = tried.get(document.key, (0, 0))
            return tries >= _POST_TRIES or refusals >= _POST_REFUSALS

        return [each for each in wanting if each.id not in done and not given_up(each)]

    def _wants_note(self, document: Document) -> bool:
        if not self._ends.erp_side.note_field:
            return False
        if document.state is DocumentState.DONE:
            return self._ends.erp.capabilities.note_submitted
        return document.state is DocumentState.RETURNED

    def _wants_close(self, document: Document, links: Mapping[int, Link]) -> bool:
        return (
            document.state in (DocumentState.RETURNED, DocumentState.CANCELLED)
            and self._ends.oa.capabilities.close
            and document.id in links
        )

    def _said_to_maker(self, round_: Round) -> str:
        return (
            str(round_.opinions[-1].get("text", "")) if round_.decision == "rule" and round_.opinions else ""
        )

    # --- REQUESTED, but its bill is away: cancel -------------------------------------------------------------------------
    def cancel(self, documents: Sequence[Document], away: dict[int, str]) -> None:
        """Ends running requests whose bill was taken back, changed, voided or deleted."""
        if not self._ends.oa.capabilities.cancel:
            self._see_ended(documents, away)
            return
        links, rounds = self._ledger.links(documents), self._ledger.current_rounds(documents)
        works = [
            approval.request_work(each, links[each.id].oa, rounds[each.id], away[each.id])
            for each in documents
            if each.id in links and each.id in rounds
        ]
        self._effects.perform(self._ends, approval.CANCEL_REQUEST, works)

    def heal_ended(self, documents: Sequence[Document], away: Collection[int], listing: Listing) -> None:
        """A cancellation that was refused is due again once the listing shows that somebody ended the request."""
        waiting = [each for each in documents if each.id in away]
        links = self._ledger.links(waiting)
        ended = [
            each
            for each in waiting
            if each.id in links
            and (head := listing.by_ref.get(links[each.id].oa.key)) is not None
            and head.ended
        ]
        if ended:
            with self._ledger.change(self._now()) as change:
                for document in ended:
                    change.heal(document)
            self._effects.tell(change)

    def _see_ended(self, documents: Sequence[Document], away: Mapping[int, str]) -> None:
        """Where we cannot end a request its people are told, and it is looked at by the slow clock until they have."""
        links = self._ledger.links(documents)
        asked = [(document, links[document.id].oa) for document in documents if document.id in links]
        answers = list(self._ends.oa_end.pool.map(self._read_request, [ref for _, ref in asked]))
        with self._ledger.change(self._now()) as change:
            for (document, _), answer in zip(asked, answers, strict=True):
                if isinstance(answer, OaRequest) and answer.status is RequestStatus.RUNNING:
                    self._cannot_cancel(change, document)
                elif isinstance(answer, OaRequest) or answer.code is ErrorCode.RECORD_MISSING:
                    told = answer.opinions if isinstance(answer, OaRequest) else ()
                    change.decide(document, "cancelled", [plain_opinion(each) for each in told])
                    change.close_round(document, seen_away=True)
                    change.heal(document)
                    change.move(document, DocumentState.CANCELLED, "cancelled", reason=away[document.id])
                elif not concerns_system(answer):
                    self._effects.fail(self._ends, change, document, answer)
        self._effects.tell(change)

    def _cannot_cancel(self, change: Change, document: Document) -> None:
        error = SyncError(
            ErrorCode.CANNOT, certain=True, system=self._ends.oa.system.id, what=approval.CANCEL_REQUEST.name
        )
        look_at = next_look(document, self._now())
        self._effects.fail(self._ends, change, document, error, next_try_at=look_at)

    # --- FOUND: open -----------------------------------------------------------------------------------------------
    def open(self, documents: Sequence[Document], listing: Listing) -> None:
        """Sends what is new; see opening.py."""
        opening = Opening(
            self._ends, self._ledger, self._effects, self._now, self._sentence, self._memory, self._strangers,
            self._reader,
        )  # fmt: skip
        for batch in self._bills(documents):
            opening.open(batch, listing)


def _is_over(answer: OaRequest | SyncError) -> bool:
    """Whether a look told all that a hint could mean."""
    if isinstance(answer, SyncError):
        return answer.code is ErrorCode.RECORD_MISSING
    return answer.status is not RequestStatus.RUNNING


def _is_newer(head: BillHead, round_: Round) -> bool:
    """True where the bill was touched after it was sent: handed in again already."""
    return (
        head.changed_at is not None
        and round_.source_changed_at is not None
        and head.changed_at != round_.source_changed_at
    )


def said_of(opinions: Sequence[Mapping[str, Any]]) -> str:
    """The last words of whoever returned it, for the bill's maker."""
    last = next((each for each in reversed(opinions) if each.get("text")), None)
    return ": ".join(part for part in (last["person"], last["text"]) if part) if last else ""


def note_text(document: Document, round_: Round, said: str = "") -> str:
    """OA number, round and opinions, newest first, cut to the field; the whole is kept with the round."""
    if said:
        return said[:NOTE_LENGTH]
    parts = [f"OA {document.request_number} R{document.round}"]
    for each in reversed(round_.opinions):
        if each.get("text") or each.get("decision") in (Decision.APPROVED.value, Decision.RETURNED.value):
            parts.append(
                f"{each.get('at', '')[:10]} {each.get('person', '')}: {each.get('text', '')}".strip()
            )
    text = " | ".join(parts)
    return text if len(text) <= NOTE_LENGTH else text[: NOTE_LENGTH - 1] + "…"
