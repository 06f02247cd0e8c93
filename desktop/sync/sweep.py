"""Sweep: what people did to bills by hand since we last looked. Compares one complete listing with what we hold.

Reads only, and moves our own states; whatever follows from it (cancelling, sending) is advance.py's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from desktop.domain.document import Document, DocumentState, Round, key_part
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import BillHead, BillStatus
from desktop.store.change import Change, NewDocument
from desktop.store.ledger import Ledger
from desktop.sync.effect import Effects, Ends

MOST_GONE = 3
"""More bills than this gone in one run look like a lost right, not like deletions."""

ACCEPTED = "accepted_by_hand"
"""A round's decision where a person accepted that the bill was audited by hand."""

_WATCHED = (DocumentState.FOUND, DocumentState.REQUESTED)


@dataclass(slots=True)
class Memory:
    """What a route and flow remember from run to run, for speed only: losing it costs a read, never a promise."""

    same_content: dict[int, datetime | None] = field(default_factory=dict)


@dataclass(slots=True)
class Watched:
    """What the sweep found. away: document id -> why its running request must be cancelled."""

    away: dict[int, str] = field(default_factory=dict)


class Sweep:
    """One complete listing of submitted bills against the ledger."""

    def __init__(
        self, ends: Ends, ledger: Ledger, effects: Effects, memory: Memory, now: datetime,
        heads: Mapping[str, BillHead], companies: Mapping[str, Sequence[str]],
    ) -> None:  # fmt: skip
        self._ends = ends
        self._ledger = ledger
        self._effects = effects
        self._memory = memory
        self._now = now
        self._heads = heads
        self._companies = companies
        self._side = ends.erp_side

    def _mine(self) -> dict[str, BillHead]:
        """Bills of this route's company; those of no company, or of several, fall to the first route."""
        mine = {}
        for key, head in self._heads.items():
            routes = self._companies.get(head.company, ())
            if self._ends.route.id in routes or (not routes and self._is_first()):
                mine[key] = head
        return mine

    def _is_first(self) -> bool:
        every = sorted(route for routes in self._companies.values() for route in routes)
        return not every or every[0] == self._ends.route.id

    def discover(self, *, switched_on: bool) -> int:
        """New bills become documents, bills handed in again get their next round; answers how many."""
        mine = self._mine()
        known = self._ledger.by_source(
            self._ends.erp.system.id, self._side.form, self._ends.translator.flow.id, list(mine)
        )
        resting = [document for document in known.values() if document.state.at_rest]
        rounds = self._ledger.current_rounds(resting)
        new = [head for key, head in mine.items() if key not in known] if switched_on else []
        with self._ledger.change(self._now) as change:
            for document in change.add([self._new(head) for head in new]):
                self._check_company(change, document, mine[document.source.key])
            for document in known.values():
                self._meet_again(change, document, rounds.get(document.id), switched_on)
            self._effects.tell(change)
        self._see_away()
        return len(new)

    def _new(self, head: BillHead) -> NewDocument:
        flow = self._ends.translator.flow
        part = key_part(self._ends.erp.realm(), self._side.form, head.ref.key, flow.id)
        return NewDocument(self._ends.route.id, flow.id, head.ref, part)

    def _check_company(self, change: Change, document: Document, head: BillHead) -> None:
        routes = self._companies.get(head.company, ())
        if len(routes) == 1:
            return
        code = ErrorCode.COMPANY_AMBIGUOUS if routes else ErrorCode.COMPANY_UNKNOWN
        error = SyncError(code, certain=True, number=head.ref.number, company=head.company)
        self._effects.fail(self._ends, change, document, error)

    def _meet_again(self, change: Change, document: Document, last: Round | None, switched_on: bool) -> None:
        """A bill we know is SUBMITTED. At rest and seen away since: a new round. Otherwise nothing new."""
        if document.route_id != self._ends.route.id and document.state is DocumentState.FOUND:
            change.heal(change.reroute(document, self._ends.route.id))
        if not document.state.at_rest or not switched_on:
            return
        if last is None:
            if document.state is DocumentState.CANCELLED:
                change.next_round(document, document.round, "handed_in_again")
        elif last.closed_at and last.seen_away_at and last.seen_away_at < self._now:
            change.heal(document)
            change.next_round(document, document.round + 1, "handed_in_again")

    def _see_away(self) -> None:
        flow = self._ends.translator.flow
        unseen = [
            document
            for document in self._ledger.unseen(self._ends.route.id, flow.id)
            if document.source.key not in self._heads
        ]
        if unseen:
            with self._ledger.change(self._now) as change:
                change.see_away(unseen, self._now)

    # --- bills on their way ------------------------------------------------------------------------------------------
    def watch(self, moving: Sequence[Document], busy: set[int]) -> Watched:
        """Bills that were taken back, changed, audited by hand or are gone while their request runs.

        busy: ids with an open attempt; whatever they are at is settled first.
        """
        watched = Watched()
        free = [each for each in moving if each.state in _WATCHED and each.id not in busy]
        missing = [each for each in free if each.source.key not in self._heads]
        self._watch_present([each for each in free if each.source.key in self._heads], watched)
        if not missing:
            return watched
        heads = self._ends.erp.bill_heads(self._side, [each.source.key for each in missing])
        absent = [each for each in missing if each.source.key not in heads]
        gone = self._proved_gone(absent) if absent else []
        with self._ledger.change(self._now) as change:
            for document in missing:
                head = heads.get(document.source.key)
                if head is not None:
                    self._moved_by_hand(change, document, head, watched)
            for document in gone:
                self._taken_back(change, document, "gone", watched)
            self._effects.tell(change)
        return watched

    def _watch_present(self, present: Sequence[Document], watched: Watched) -> None:
        requested = [each for each in present if each.state is DocumentState.REQUESTED]
        rounds = self._ledger.current_rounds(requested)
        failures = self._ledger.open_failures([each.id for each in present])
        doubtful = []
        for document in requested:
            changed_at = self._heads[document.source.key].changed_at
            was = rounds[document.id].source_changed_at if document.id in rounds else None
            if changed_at != was and self._memory.same_content.get(document.id, was) != changed_at:
                doubtful.append(document)
        if doubtful:
            self._compare(doubtful, rounds, watched)
        cured = {ErrorCode.AUDITED_BY_HAND.id, ErrorCode.GONE_UNSURE.id}
        healed = [each for each in present if each.id in failures and failures[each.id][0].code in cured]
        back = {each.id for each in requested} - watched.away.keys()  # nothing to cancel any more
        healed += [
            each for each in requested
            if each.id in failures and failures[each.id][0].code == ErrorCode.CANNOT.id and each.id in back
        ]  # fmt: skip
        if healed:
            with self._ledger.change(self._now) as change:
                for document in healed:
                    change.heal(document)
                self._effects.tell(change)

    def _compare(self, doubtful: Sequence[Document], rounds: Mapping[int, Round], watched: Watched) -> None:
        """The change time moved: evidence, not proof. The content decides."""
        bills = self._ends.erp.read_bills(self._side, [each.source.key for each in doubtful])
        for document in doubtful:
            bill = bills.get(document.source.key)
            if bill is None or bill.status is not BillStatus.SUBMITTED:
                continue
            if self._ends.translator.digest(bill) != rounds[document.id].digest:
                watched.away[document.id] = "changed"
            else:
                self._memory.same_content[document.id] = bill.changed_at

    def _moved_by_hand(self, change: Change, document: Document, head: BillHead, watched: Watched) -> None:
        if head.status is BillStatus.SUBMITTED:
            return  # it came back between the listing and this look
        if head.status is BillStatus.AUDITED:
            round_ = self._ledger.round(document.id, document.round)
            if round_ is not None and round_.decision == ACCEPTED:
                watched.away[document.id] = "audited_by_hand"
                return
            error = SyncError(ErrorCode.AUDITED_BY_HAND, certain=True, number=document.source.number)
            self._effects.fail(self._ends, change, document, error)
            return
        self._taken_back(
            change, document, "void" if head.status is BillStatus.VOID else "taken_back", watched
        )

    def _taken_back(self, change: Change, document: Document, why: str, watched: Watched) -> None:
        """With a request running it must be cancelled first; before anything was sent we only note it."""
        if document.state is DocumentState.REQUESTED:
            watched.away[document.id] = why
            return
        change.close_round(document, seen_away=True)
        change.heal(document)
        change.move(document, DocumentState.CANCELLED, why)

    def _proved_gone(self, absent: Sequence[Document]) -> list[Document]:
        """Gone is a finding: a second, different read says so too while a control record can be read.

        Raises PER-712 (holds the route) when too many are gone at once, or nothing can be read at all.
        """
        keys = [each.source.key for each in absent]
        still = self._ends.erp.read_bills(self._side, keys)
        absent = [each for each in absent if each.source.key not in still]
        if len(absent) > MOST_GONE:
            raise self._right_lost(len(absent))
        if not absent or self._heads:
            return list(absent)
        control = [
            key
            for key in self._ledger.some_source_keys(self._side.form, self._ends.erp.system.id)
            if key not in keys
        ]
        if control and self._ends.erp.bill_heads(self._side, control):
            return list(absent)
        if control:
            raise self._right_lost(len(absent))
        with self._ledger.change(self._now) as change:
            for document in absent:
                error = SyncError(
                    ErrorCode.GONE_UNSURE, certain=True, number=document.source.number, count=len(absent)
                )
                self._effects.fail(self._ends, change, document, error)
            self._effects.tell(change)
        return []

    def _right_lost(self, count: int) -> SyncError:
        return SyncError(
            ErrorCode.RIGHT_LOST,
            certain=True,
            system=self._ends.erp.system.id,
            form=self._side.form,
            count=count,
        )
