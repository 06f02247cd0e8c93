"""A first send: the rules, the translation, and the look whether the OA has a request of this bill already."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from desktop.domain.document import Document, DocumentState, round_key
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
from desktop.sync import approval
from desktop.sync.effect import Effects, Ends, Work
from desktop.sync.health import concerns_system
from desktop.sync.listing import Listing, number_of
from desktop.sync.rules import first_objection
from desktop.sync.translate import mapped_of, snapshot_of

Sentence = Callable[[SyncError], str]
"""A rule's objection as the sentence that the bill's maker reads."""


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
        old_before: datetime,
    ) -> None:  # fmt: skip
        self._ends = ends
        self._ledger = ledger
        self._effects = effects
        self._now = now
        self._sentence = sentence
        self._old_before = old_before

    def open(self, batch: Sequence[tuple[Document, Bill | None]], listing: Listing) -> None:
        """Translates and sends a batch. A bill that a rule refuses goes back to its maker instead."""
        works: list[Work] = []
        returns: list[Work] = []
        for document, bill in batch:
            if bill is None or bill.status is not BillStatus.SUBMITTED:
                continue  # taken back since the listing: the next sweep says so
            try:
                work = self._open_work(document, bill, listing)
            except SyncError as error:
                if concerns_system(error) or error.code is ErrorCode.OTHER_ENGINE:
                    raise
                self._fail(document, error)
                continue
            if work is not None:
                (returns if isinstance(work.payload, tuple) else works).append(work)
        self._effects.perform(self._ends, approval.SEND_BACK, returns)
        self._effects.perform(self._ends, approval.OPEN_REQUEST, works)

    def _fail(self, document: Document, error: SyncError) -> None:
        with self._ledger.change(self._now()) as change:
            self._effects.fail(self._ends, change, document, error)
        self._effects.tell(change)

    def _open_work(self, document: Document, bill: Bill, listing: Listing) -> Work | None:
        translator = self._ends.translator
        if name := translator.kept_out_by(bill):
            self._keep_out(document, bill, name)
            return None
        if objection := first_objection(bill, translator):
            if objection.send_back:
                return self._refusal_work(document, bill, objection.error)
            raise objection.error
        draft = translator.draft(bill, document.key, self._ends.base.key, self._ends.route.applicant)
        if self._adopted(document, bill, draft, listing):
            return None
        return approval.open_work(document, bill, draft, self._ends)

    def _keep_out(self, document: Document, bill: Bill, name: str) -> None:
        with self._ledger.change(self._now()) as change:
            self._record(change, document, bill, {}, "kept_out", [])
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
    ) -> None:
        partner, amount = self._ends.translator.shown(bill)
        change.describe(document, partner, amount, bill.ref.number)
        change.open_round(
            document, flow_version=self._ends.translator.flow.version, snapshot=snapshot_of(bill), mapped=mapped,
            digest=self._ends.translator.digest(bill), source_changed_at=bill.changed_at, sent_as="",
        )  # fmt: skip
        change.decide(document, decision, opinions)

    # --- look before a first send ----------------------------------------------------------------------------------------
    def _adopted(self, document: Document, bill: Bill, draft: RequestDraft, listing: Listing) -> bool:
        """Is there a request of this bill that we do not know? Then it is adopted, never doubled.

        Looked for where the bill changed before this engine started (a restored backup, a copied folder, another
        workstation before us). A request that someone made of a *newer* bill means: another engine is at work.
        """
        seen = listing.rounds.get(document.key_part, set())
        ours = self._ledger.known_keys(list(seen)) if seen else set()
        strange = {key for key in seen - ours if number_of(key) >= document.round}
        old = bill.changed_at is None or bill.changed_at < self._old_before
        if strange and not old:
            raise SyncError(
                ErrorCode.OTHER_ENGINE, certain=True, system=self._ends.oa.system.id, number=document.source.number,
                key=max(strange),
            )  # fmt: skip
        if not old:
            return False
        if not self._ends.oa.capabilities.find_by_key:
            if strange:
                shown = [(key, head.ref) for key in strange for head in listing.by_key[key]]
                return self._adopt(document, bill, draft, shown)
            return self._asked(document, bill, draft, listing)
        rounds = self._ends.oa.find_rounds(self._ends.oa_side, document.key_part, draft.sent_as)
        rounds += [(key, head.ref) for key in strange for head in listing.by_key[key]]
        linked = self._ledger.linked_requests(self._ends.oa.system.id, [ref.key for _, ref in rounds])
        return self._adopt(
            document, bill, draft, [(key, ref) for key, ref in rounds if ref.key not in linked]
        )

    def _asked(self, document: Document, bill: Bill, draft: RequestDraft, listing: Listing) -> bool:
        """True where nothing tells whether an old bill was sent before this store knew of it: then a person is asked.

        Not again once an attempt of this round came to nothing while this engine ran.
        """
        shows = listing.since is not None and self._ends.oa.capabilities.list_shows_key
        if shows and bill.changed_at is not None and listing.since <= bill.changed_at:  # type: ignore[operator]
            return False
        step = approval.OPEN_REQUEST
        for each in self._ledger.attempts(document.id):
            mine = (each.step, each.key) == (step.name, document.key)
            if mine and each.ended_at is not None and each.ended_at >= self._old_before:
                return False
        error = SyncError(ErrorCode.OUTCOME_UNKNOWN, step=step.name, number=bill.ref.number, key=document.key)
        self._effects.doubt(self._ends, step, approval.open_work(document, bill, draft, self._ends), error)
        return True

    def _adopt(
        self, document: Document, bill: Bill, draft: RequestDraft, rounds: Sequence[tuple[str, Ref]]
    ) -> bool:
        """Takes over the highest round that the OA has. Several requests of that round: a person must look."""
        if not rounds:
            return False
        highest = max(number_of(key) for key, _ in rounds)
        refs = {ref.key: ref for key, ref in rounds if number_of(key) == highest}
        if len(refs) > 1:
            key = round_key(document.key_part, highest)
            raise SyncError(ErrorCode.KEY_NOT_UNIQUE, form=self._ends.oa_side.form, key=key, found=len(refs))
        request = self._ends.oa.read_request(self._ends.oa_side, next(iter(refs.values())))
        self._take_over(document, bill, draft, highest, request)
        return True

    def _take_over(
        self, document: Document, bill: Bill, draft: RequestDraft, number: int, request: OaRequest
    ) -> None:
        """Same content and undecided, or decided after the bill was handed in: this round is the bill's. Otherwise the
        bill was handed in again since: that round is over, and the next one begins."""
        over = request.status is not RequestStatus.RUNNING
        decided_at = max((each.at for each in request.opinions if each.at), default=request.changed_at)
        newer = (
            over and bill.changed_at is not None and decided_at is not None and bill.changed_at > decided_at
        )
        mapped = mapped_of(draft)
        changed = bool(self._ends.translator.changed_on_form(mapped, request))
        with self._ledger.change(self._now()) as change:
            adopted = change.next_round(document, number, "adopted") if number != document.round else document
            self._record(change, adopted, bill, mapped, "", [])
            if changed:
                change.unsettle_digest(adopted)
            change.link(adopted, request.ref)
            if newer:
                change.decide(
                    adopted, request.status.value, [plain_opinion(each) for each in request.opinions]
                )
                change.close_round(adopted, seen_away=True)
                change.move(adopted, DocumentState.RETURNED, "adopted", request_number=request.ref.number)
            else:
                change.move(adopted, DocumentState.REQUESTED, "adopted", request_number=request.ref.number)
            change.heal(adopted)
        self._effects.tell(change)
