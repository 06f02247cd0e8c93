"""A first send: the rules, the translation, and the look whether the OA has a request of this bill already."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from desktop.domain.document import Document, DocumentState, Wish, round_key
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import (
    Bill,
    BillHead,
    BillStatus,
    Decision,
    OaRequest,
    Opinion,
    Ref,
    RequestDraft,
    RequestStatus,
)
from desktop.store.change import Change
from desktop.store.ledger import Ledger
from desktop.sync import approval, price_lock
from desktop.sync.carrying import Carrying
from desktop.sync.effect import Effects, Ends, Work
from desktop.sync.health import concerns_system
from desktop.sync.listing import Listing, number_of
from desktop.sync.reader import Reader
from desktop.sync.resend import edited
from desktop.sync.rules import first_objection, gather, rules_of
from desktop.sync.strangers import Strangers
from desktop.sync.sweep import KEPT_OUT, Memory
from desktop.sync.translate import Translator, mapped_of, snapshot_of

log = logging.getLogger("danqiao.opening")

_SLOW = (timedelta(minutes=1), timedelta(minutes=15))
"""The slow clock: what waits for others is asked for again after a tenth of its age, within these bounds."""

Sentence = Callable[[SyncError], str]
"""A rule's objection as the sentence that the bill's maker reads."""


def next_look(document: Document, now: datetime, bounds: tuple[timedelta, timedelta] = _SLOW) -> datetime:
    """A tenth of its age from now: what has waited for days is not asked for every minute."""
    return now + min(max((now - document.changed_at) / 10, bounds[0]), bounds[1])


def plain_opinion(opinion: Opinion) -> dict[str, str]:
    """An opinion as it is kept with its round."""
    return {
        "node": opinion.node,
        "person": opinion.person,
        "decision": opinion.decision.value,
        "text": opinion.text,
        "at": opinion.at.isoformat() if opinion.at else "",
    }


class Opening:
    """Opens requests for one run."""

    def __init__(
        self, ends: Ends, ledger: Ledger, effects: Effects, now: Callable[[], datetime], sentence: Sentence,
        memory: Memory, strangers: Strangers, reader: Reader,
    ) -> None:  # fmt: skip
        self._reader = reader
        self._rules = rules_of(ends.translator)
        self._ends = ends
        self._ledger = ledger
        self._effects = effects
        self._now = now
        self._sentence = sentence
        self._memory = memory
        self._strangers = strangers
        self._carrying = Carrying(ends, ledger, effects, now)

    def open(self, batch: Sequence[tuple[Document, Bill | None]], listing: Listing) -> None:
        """Translates and sends a batch. A bill that a rule refuses goes back to its maker instead.

        Raises what the line fails with, after what was prepared until then has been sent.
        """
        there = [bill for _, bill in batch if bill is not None and bill.status is BillStatus.SUBMITTED]
        gather(self._rules, there, self._ends.translator, self._reader)
        wishes = self._ledger.wishes([document for document, _ in batch])
        works: list[Work] = []
        trouble: SyncError | None = None
        returns: list[Work] = []
        for document, bill in batch:
            if bill is None or bill.status not in (BillStatus.SUBMITTED, BillStatus.AUDITED):
                continue  # taken back since the listing: the next sweep says so
            try:
                work = self._open_work(document, bill, listing, wishes.get(document.id))
            except (
                ArithmeticError,
                ValueError,
                TypeError,
                LookupError,
            ) as error:  # a bill that we are not up to
                log.exception("document %s", document.id)
                said = f"{type(error).__name__}: {error}"
                self._fail(document, bill, SyncError(ErrorCode.INTERNAL, certain=True, said=said))
                continue
            except SyncError as error:
                if concerns_system(error):
                    trouble = error
                    break
                if error.code is ErrorCode.OTHER_ENGINE:
                    raise
                self._fail(document, bill, error)
                continue
            if work is not None:
                (returns if isinstance(work.payload, tuple) else works).append(work)
        self._effects.perform(self._ends, approval.SEND_BACK, returns)
        self._effects.perform(self._ends, approval.OPEN_REQUEST, self._carrying.to_requests(works))
        if trouble is not None:
            raise trouble

    def _fail(
        self, document: Document, bill: Bill, error: SyncError, next_try_at: datetime | None = None
    ) -> None:
        """On this content: when the bill changes, it is looked at anew. Its partner and amount are told at once: a
        person wants to know how much waits."""
        error.facts["changed_at"] = bill.changed_at.isoformat() if bill.changed_at else ""
        with self._ledger.change(self._now()) as change:
            with suppress(SyncError):  # a bill whose very amount cannot be read
                partner, amount = self._ends.translator.shown(bill)
                change.describe(document, partner, amount, bill.ref.number)
            self._effects.fail(self._ends, change, document, error, next_try_at=next_try_at)
        self._effects.tell(change)

    def _wished(self, bill: Bill, wish: Wish) -> tuple[Ends, Bill]:
        """The ends with the version and the values that a person wants, and the bill with what that version reads."""
        now = self._ends.translator
        kept = self._ends.older.get(wish.version) if wish.version not in ("", now.flow.version) else now
        if kept is None:  # never today's mapping in its place: somebody chose the other one
            raise SyncError(ErrorCode.VERSION_GONE, certain=True, flow=now.flow.id, number=bill.ref.number)
        translator = Translator(edited(kept.flow, wish.edits)) if wish.edits else kept
        if kept is not self._ends.translator:
            found = self._ends.erp.read_bills(translator.erp_side, [bill.ref.key])
            bill = found.get(bill.ref.key, bill)
        return replace(self._ends, translator=translator), bill

    def _open_work(
        self, document: Document, bill: Bill, listing: Listing, wish: Wish | None = None
    ) -> Work | None:
        if bill.status is BillStatus.AUDITED:
            self._audited_already(document, bill, listing)
            return None
        translator = self._ends.translator
        if self._adopted(document, bill, listing):
            return None
        if name := translator.kept_out_by(bill):
            self._keep_out(document, bill, name)
            return None
        if objection := first_objection(self._rules, bill, translator, self._reader):
            if objection.send_back:
                return self._refusal_work(document, bill, objection.error)
            look_at = next_look(document, self._now()) if objection.waits else None
            self._fail(document, bill, objection.error, look_at)
            return None
        locks = price_lock.shown_on(bill, translator.lock, self._reader)
        ends = self._ends
        if wish is not None:
            ends, bill = self._wished(bill, wish)
        draft = ends.translator.draft(
            bill, document.key, self._ends.base.key, self._ends.route.applicant, locks
        )  # fmt: skip
        if self._looked_for(document, bill, draft, listing):
            return None
        if ends.link_root:
            draft = replace(draft, link=f"{ends.link_root}{draft.key}")
        return approval.open_work(document, bill, draft, ends)

    def _draft_if_any(self, document: Document, bill: Bill) -> RequestDraft | None:
        """What would be sent of a bill; None where the mapping refuses it today: what runs already runs all the same."""
        try:
            locks = price_lock.shown_on(bill, self._ends.translator.lock, self._reader)
            return self._ends.translator.draft(
                bill, document.key, self._ends.base.key, self._ends.route.applicant, locks
            )
        except SyncError as error:
            if concerns_system(error):
                raise
            return None

    def _audited_already(self, document: Document, bill: Bill, listing: Listing) -> None:
        """By an engine before us, on a request that is adopted; else by hand, before anything was sent. Looked for where it
        was found before this engine first looked."""
        if self._adopted(document, bill, listing):
            return
        began_at, draft = self._memory.began_at, self._draft_if_any(document, bill)
        old = document.source.key in self._memory.old
        before_us = old or began_at is None or document.changed_at <= began_at
        if before_us and draft is not None and self._ends.oa.capabilities.find_by_key:
            shown = self._ends.oa.find_rounds(self._ends.oa_side, document.key_part, draft.sent_as)
            if self._adopt(document, bill, draft, self._unbound(document, shown)):
                return
        raise SyncError(ErrorCode.AUDITED_BY_HAND, certain=True, number=document.source.number)

    def _keep_out(self, document: Document, bill: Bill, name: str) -> None:
        with self._ledger.change(self._now()) as change:
            self._record(change, document, bill, {}, KEPT_OUT, [])
            change.close_round(document)
            change.keep_out(self._ends.route.id, self._ends.translator.flow.id, document.source, name)
            change.move(document, DocumentState.DISMISSED, "kept_out", filter=name)
        self._effects.tell(change)

    def _refusal_work(self, document: Document, bill: Bill, error: SyncError) -> Work:
        """A rule that the maker must cure: the bill goes back with the sentence; no request was ever made."""
        said = self._sentence(error)
        head = BillHead(bill.ref, bill.status, bill.maker, bill.changed_at)
        opinion = Opinion("", "", Decision.RETURNED, said, self._now())

        def promise(change: Change) -> None:
            self._record(change, document, bill, {}, "rule", [plain_opinion(opinion)])

        digest = self._ends.translator.digest(bill)
        return approval.send_back_work(document, head, digest, said, promise)

    def _record(
        self,
        change: Change,
        document: Document,
        bill: Bill,
        mapped: Mapping[str, Any],
        decision: str,
        opinions: Sequence[Mapping[str, Any]],
        sent_as: str = "",
    ) -> None:
        partner, amount = self._ends.translator.shown(bill)
        change.describe(document, partner, amount, bill.ref.number)
        change.open_round(
            document, flow_version=self._ends.translator.flow.version, snapshot=snapshot_of(bill), mapped=mapped,
            digest=self._ends.translator.digest(bill), source_changed_at=bill.changed_at, sent_as=sent_as,
        )  # fmt: skip
        change.decide(document, decision, opinions)

    # --- look before a first send ----------------------------------------------------------------------------------------
    def _adopted(self, document: Document, bill: Bill, listing: Listing) -> bool:
        """Does the OA show a request of this bill that we do not know? Then it is adopted, never doubled, whatever a filter, a
        rule or the mapping says of the bill today.

        A round that turned up after this engine first looked, of a bill that was handed in since, means: another engine is at work.
        """
        old = document.source.key in self._memory.old
        strange = self._strangers.number(document)
        if strange and not old and self._strangers.is_late(document):
            raise other_engine(self._ends, document, round_key(document.key_part, strange))
        shown = self._shown(document, listing)
        if strange and round_key(document.key_part, strange) not in {key for key, _ in shown}:
            like = Ref(self._ends.oa.system.id, self._ends.oa_side.form, "")
            shown.append((round_key(document.key_part, strange), self._strangers.ref(document, like)))
        found = self._unbound(document, shown)
        if not found:
            return False
        draft = self._draft_if_any(document, bill)
        if draft is not None and self._ends.oa.capabilities.find_by_key:
            shown += self._ends.oa.find_rounds(self._ends.oa_side, document.key_part, draft.sent_as)
            found = self._unbound(document, shown)
        return self._adopt(document, bill, draft, found)

    def _looked_for(self, document: Document, bill: Bill, draft: RequestDraft, listing: Listing) -> bool:
        """A bill that was submitted before this engine first looked: the OA is asked for its rounds, else a person."""
        if document.source.key not in self._memory.old:
            return False
        if not self._ends.oa.capabilities.find_by_key:
            return self._asked(document, bill, draft, listing)
        shown = self._ends.oa.find_rounds(self._ends.oa_side, document.key_part, draft.sent_as)
        return self._adopt(document, bill, draft, self._unbound(document, shown))

    def _shown(self, document: Document, listing: Listing) -> list[tuple[str, Ref]]:
        keys = listing.rounds.get(document.key_part, ())
        return [(key, head.ref) for key in keys for head in listing.by_key[key]]

    def _unbound(self, document: Document, rounds: Sequence[tuple[str, Ref]]) -> list[tuple[str, Ref]]:
        """This round's requests and later ones, without those that belong to a round already."""
        if not rounds:
            return []
        linked = self._ledger.linked_requests(self._ends.oa.system.id, [ref.key for _, ref in rounds])
        return [
            (key, ref) for key, ref in rounds if ref.key not in linked and number_of(key) >= document.round
        ]

    def _asked(self, document: Document, bill: Bill, draft: RequestDraft, listing: Listing) -> bool:
        """True where nothing tells whether an old bill was sent before this store knew of it: then a person is asked.

        Not again once an attempt of this round came to nothing while this engine ran.
        """
        shows = listing.since is not None and self._ends.oa.capabilities.list_shows_key
        if shows and bill.changed_at is not None and listing.since <= bill.changed_at:  # type: ignore[operator]
            return False
        step, began_at = approval.OPEN_REQUEST, self._memory.began_at
        for each in self._ledger.attempts(document.id):
            mine = (each.step, each.key) == (step.name, document.key)
            if mine and each.ended_at is not None and began_at is not None and each.ended_at >= began_at:
                return False
        error = SyncError(ErrorCode.OUTCOME_UNKNOWN, step=step.name, number=bill.ref.number, key=document.key)
        self._effects.doubt(self._ends, step, approval.open_work(document, bill, draft, self._ends), error)
        return True

    def _adopt(
        self, document: Document, bill: Bill, draft: RequestDraft | None, rounds: Sequence[tuple[str, Ref]]
    ) -> bool:
        """Takes over the highest round that the OA has. Several requests of that round: a person must look."""
        if not rounds:
            return False
        highest = max(number_of(key) for key, _ in rounds)
        refs = {ref.key: ref for key, ref in rounds if number_of(key) == highest}
        if len(refs) > 1:
            key = round_key(document.key_part, highest)
            raise SyncError(ErrorCode.KEY_NOT_UNIQUE, form=self._ends.oa_side.form, key=key, found=len(refs))
        try:
            request = self._ends.oa.read_request(self._ends.oa_side, next(iter(refs.values())))
        except SyncError as error:
            if error.code is not ErrorCode.RECORD_MISSING:
                raise
            self._skip_round(document, highest)
            return True
        self._take_over(document, bill, draft, highest, request)
        return True

    def _skip_round(self, document: Document, number: int) -> None:
        """That round's request was deleted in the OA: its key is not used a second time."""
        with self._ledger.change(self._now()) as change:
            change.next_round(document, number + 1, "round_skipped")
        self._effects.tell(change)

    def _take_over(
        self, document: Document, bill: Bill, draft: RequestDraft | None, number: int, request: OaRequest
    ) -> None:
        """The bill's round from now on. Where it is over and the bill was handed in since, it is closed at once, and the
        next one begins."""
        mapped = mapped_of(draft) if draft is not None else {}
        changed = draft is not None and bool(self._ends.translator.changed_on_form(mapped, request))
        with self._ledger.change(self._now()) as change:
            adopted = change.next_round(document, number, "adopted") if number != document.round else document
            self._record(change, adopted, bill, mapped, "", [], sent_as=request.applicant)
            if changed:
                change.unsettle_digest(adopted)
            change.link(adopted, request.ref)
            if _handed_in_since(bill, request):
                told = [plain_opinion(each) for each in request.opinions]
                change.decide(adopted, request.status.value, told)
                change.close_round(adopted, seen_away=True)
                change.move(adopted, DocumentState.RETURNED, "adopted", request_number=request.ref.number)
            else:
                change.move(adopted, DocumentState.REQUESTED, "adopted", request_number=request.ref.number)
            change.heal(adopted)
        self._effects.tell(change)


def other_engine(ends: Ends, document: Document, key: str) -> SyncError:
    """PER-708: somebody else sends our bills."""
    return SyncError(
        ErrorCode.OTHER_ENGINE, certain=True, system=ends.oa.system.id, number=document.source.number, key=key
    )


def _handed_in_since(bill: Bill, request: OaRequest) -> bool:
    """True where a SUBMITTED bill was handed in after its request was over.

    Ended by force after a return is how an engine closes a request whose bill it has sent back: no date is needed. For
    anything else the change time decides.
    """
    if request.status is RequestStatus.RUNNING or bill.status is not BillStatus.SUBMITTED:
        return False
    decided = [each for each in request.opinions if each.decision in DECIDING]
    returned = bool(decided) and decided[-1].decision is not Decision.APPROVED
    if request.status is RequestStatus.ENDED and returned:
        return True
    decided_at = (decided[-1].at if decided else None) or request.changed_at
    return bill.changed_at is not None and decided_at is not None and bill.changed_at > decided_at


DECIDING = (Decision.APPROVED, Decision.RETURNED, Decision.WITHDRAWN)
