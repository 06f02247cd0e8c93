"""Sweep: what people did to bills by hand since we last looked. Compares one complete listing with what we hold.

Reads only, and moves our own states; whatever follows from it (cancelling, sending) is advance.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from desktop.domain.document import Document, DocumentState, Failure, Round, key_part
from desktop.domain.errors import ErrorCode, FailureClass, SyncError
from desktop.domain.record import BillHead, BillStatus
from desktop.store.change import Change, NewDocument
from desktop.store.ledger import Ledger
from desktop.sync.effect import Effects, Ends

MOST_GONE = 3
"""More bills than this gone in one run look like a lost right, not like deletions."""

KEPT_OUT = "kept_out"
SEND_ANEW = "send_anew"
"""A round's decision while its running request is ended on a person's order, so that the bill is sent anew."""
"""A round's decision where a filter of the flow keeps the bill out."""

ACCEPTED = "accepted_by_hand"
"""A round's decision where a person accepted that the bill was audited by hand."""

_CHANGED = (ErrorCode.CHANGED_AFTER_SENDING.id, ErrorCode.CHANGED_AROUND_AUDIT.id)
_NO_COMPANY = (ErrorCode.COMPANY_UNKNOWN.id, ErrorCode.COMPANY_AMBIGUOUS.id)
_DECIDED = (DocumentState.APPROVED, DocumentState.REJECTED, DocumentState.WITHDRAWN)

_ABSENT_AGAIN = timedelta(minutes=15)
"""How long a bill at rest that the ERP does not show is not asked for again."""


@dataclass(slots=True)
class Memory:
    """What a route and flow remember from run to run of one engine: losing it costs a read, never a promise.

    began_at: when the first pass began. old: bills that were SUBMITTED then already and have been ever since; who knows
    what was sent of them before this engine looked. trusted: a person released the route, knowing what held it.
    companies: in a generation, (changed at, company) of the requests that wait for us and were read, by their id.
    listed_at, listing_calls: when the OA was last listed (monotonic), and what that cost, where calls are metered.
    hurried_at: when it was last listed for a hint. caught_up: what went on without this store is learnt.
    """

    began_at: datetime | None = None
    old: set[str] = field(default_factory=set)
    trusted: bool = False
    same_content: dict[int, datetime | None] = field(default_factory=dict)
    absent: dict[int, datetime] = field(default_factory=dict)
    companies: dict[str, tuple[datetime | None, str]] = field(default_factory=dict)
    listed_at: float | None = None
    listing_calls: int = 0
    caught_up: bool = False
    hurried_at: float | None = None

    def meet(self, keys: set[str], now: datetime) -> None:
        """Takes in a complete listing of submitted bills that began at `now`."""
        if self.began_at is None:
            self.began_at, self.old = now, keys
        else:
            self.old &= keys


@dataclass(slots=True)
class Watched:
    """What the sweep found.

    away: document id -> why its running request must be cancelled. audited: documents whose bill is audited while their
    request is undecided as far as we know; the OA is asked before a person is. elsewhere: not sent yet, and no longer (or
    not alone) this route's to send.
    """

    away: dict[int, str] = field(default_factory=dict)
    audited: set[int] = field(default_factory=set)
    elsewhere: set[int] = field(default_factory=set)


def _at(head: BillHead) -> str:
    return head.changed_at.isoformat() if head.changed_at else ""


def _doubtful(failure: Failure) -> bool:
    return ErrorCode.named(failure.code).failure_class is FailureClass.IN_DOUBT


def is_at_home(ends: Ends, document: Document) -> bool:
    """True where the document's bill was read in this very account set: its key carries the account set's own id."""
    source = document.source
    part = key_part(ends.erp.realm(), source.form, source.key, document.flow_id)
    return (source.system_id, document.key_part) == (ends.erp.system.id, part)


def other_account_set(ends: Ends, document: Document) -> SyncError:
    """PER-720: the flow points to an account set that is not the document's."""
    return SyncError(
        ErrorCode.OTHER_ACCOUNT_SET, certain=True, system=ends.erp.system.id, number=document.source.number,
        flow=document.flow_id,
    )  # fmt: skip


class Sweep:
    """One complete listing of submitted bills against the ledger."""

    def __init__(
        self, ends: Ends, ledger: Ledger, effects: Effects, memory: Memory, now: datetime,
        heads: Mapping[str, BillHead], companies: Mapping[str, Sequence[str]], clock: Callable[[], datetime],
    ) -> None:  # fmt: skip
        """now: when the listing began."""
        self._ends = ends
        self._ledger = ledger
        self._effects = effects
        self._memory = memory
        self._now = now
        self._heads = heads
        self._companies = companies
        self._clock = clock
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
        for document in known.values():
            if not is_at_home(self._ends, document):
                raise other_account_set(self._ends, document)
        resting = [document for document in known.values() if document.state.at_rest]
        rounds = self._ledger.current_rounds(resting)
        new = [head for key, head in mine.items() if key not in known] if switched_on else []
        ours = self._ledger.made_bills(
            self._ends.erp.system.id, self._side.form, [each.ref.key for each in new]
        )
        new = [head for head in new if head.ref.key not in ours]  # what a generation made is its own affair
        found = [each for each in known.values() if each.state is DocumentState.FOUND]
        failures = self._ledger.open_failures([each.id for each in found])
        with self._ledger.change(self._now) as change:
            for document in change.add([self._new(head) for head in new]):
                self._check_company(change, document, mine[document.source.key])
            for document in known.values():
                self._meet_again(change, document, rounds.get(document.id), switched_on)
            for document in found:
                self._look_again(change, document, mine[document.source.key], failures.get(document.id))
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

    def _look_again(
        self, change: Change, document: Document, head: BillHead, known: tuple[Failure, int] | None
    ) -> None:
        """Not sent yet: kept back while its company fits no route, let go when its maker has changed it since it failed."""
        failure, revision = known or (None, self._ends.revision)
        lost = failure is not None and failure.code in _NO_COMPANY
        if len(self._companies.get(head.company, ())) != 1:
            if not lost or revision != self._ends.revision or (failure and failure.next_try_at):
                self._check_company(change, document, head)
        elif lost or (
            failure and not _doubtful(failure) and failure.facts.get("changed_at", _at(head)) != _at(head)
        ):
            change.heal(document)

    def _meet_again(self, change: Change, document: Document, last: Round | None, switched_on: bool) -> None:
        """A bill we know is SUBMITTED. At rest and seen away since: a new round. Otherwise nothing new."""
        if not document.state.at_rest:
            fits = self._companies.get(self._heads[document.source.key].company, ())
            elsewhere = document.route_id != self._ends.route.id and len(fits) == 1
            if elsewhere and document.state is DocumentState.FOUND:
                change.heal(change.reroute(document, self._ends.route.id))
            return
        if not switched_on:
            return
        if self._kept_out_otherwise(document, last):
            change.next_round(document, document.round, "looked_at_again")
            return
        if not self._was_away(document, last):
            return
        if document.route_id != self._ends.route.id:
            document = change.reroute(document, self._ends.route.id)
        change.heal(document)
        change.next_round(document, document.round + (last is not None), "handed_in_again")

    def _kept_out_otherwise(self, document: Document, last: Round | None) -> bool:
        """A filter kept the bill out, and since then the bill or the flow file has changed: it is read and asked once more."""
        if document.state is not DocumentState.DISMISSED or last is None or last.decision != KEPT_OUT:
            return False
        changed_at = self._heads[document.source.key].changed_at
        return (changed_at, self._ends.translator.flow.version) != (last.source_changed_at, last.flow_version)

    def _was_away(self, document: Document, last: Round | None) -> bool:
        """Seen not SUBMITTED before this listing began. A time that is still to come was written by a clock that has been
        set back since."""
        if last is None:
            return document.state is DocumentState.CANCELLED
        if last.closed_at is None or last.seen_away_at is None:
            return False
        return last.seen_away_at < self._now or last.seen_away_at > self._clock()

    def _see_away(self) -> None:
        """Bills at rest that the listing lacks: away only where their own heads say so, since a lost right also shows none."""
        unseen = [
            document
            for document in self._ledger.unseen(self._ends.route.id, self._ends.translator.flow.id)
            if document.source.key not in self._heads and self._asks_again(document)
        ]
        if not unseen:
            return
        heads = self._ends.erp.bill_heads(self._side, [each.source.key for each in unseen])
        away = []
        for document in unseen:
            head = heads.get(document.source.key)
            if head is None:
                self._memory.absent[document.id] = self._now
            elif head.status is not BillStatus.SUBMITTED:
                away.append(document)
        if away:
            with self._ledger.change(self._now) as change:
                change.see_away(away, self._now)

    def _asks_again(self, document: Document) -> bool:
        looked_at = self._memory.absent.get(document.id)
        return looked_at is None or abs(self._now - looked_at) > _ABSENT_AGAIN

    # --- bills on their way ------------------------------------------------------------------------------------------
    def watch(self, moving: Sequence[Document], busy: set[int]) -> Watched:
        """Bills that were taken back, changed, audited by hand or are gone while their request runs.

        busy: ids with an open attempt; whatever they are at is settled first.
        """
        watched = Watched(elsewhere={each.id for each in moving if not self._is_mine(each)})
        failures = self._ledger.open_failures([each.id for each in moving])
        free = [each for each in moving if each.id not in busy]
        missing = [each for each in free if each.source.key not in self._heads]
        self._watch_present([each for each in free if each.source.key in self._heads], watched)
        if missing:
            self._watch_missing(missing, {key: failure for key, (failure, _) in failures.items()}, watched)
        self._heal_overtaken(moving, failures, watched)
        return watched

    def _is_mine(self, document: Document) -> bool:
        """False for a bill that is not sent yet and whose company is not this route's, as the listing tells it."""
        head = self._heads.get(document.source.key)
        if head is None or document.state is not DocumentState.FOUND:
            return True
        return list(self._companies.get(head.company, ())) == [self._ends.route.id]

    def _watch_missing(
        self, missing: Sequence[Document], failures: Mapping[int, Failure], watched: Watched
    ) -> None:
        heads = self._ends.erp.bill_heads(self._side, [each.source.key for each in missing])
        absent = [each for each in missing if each.source.key not in heads]
        gone = self._proved_gone(absent) if absent else []
        with self._ledger.change(self._now) as change:
            for document in missing:
                head = heads.get(document.source.key)
                if head is not None:
                    self._moved_by_hand(change, document, head, failures.get(document.id), watched)
            for document in gone:
                self._taken_back(change, document, "gone", watched)
            self._effects.tell(change)

    def _heal_overtaken(
        self, moving: Sequence[Document], failures: Mapping[int, tuple[Failure, int]], watched: Watched
    ) -> None:
        """A question about a request whose bill is away is answered: it will be cancelled. A refused cancellation stays."""
        overtaken = [
            each
            for each in moving
            if each.id in watched.away
            and each.id in failures
            and failures[each.id][0].attempt_id is None
            and failures[each.id][0].code != ErrorCode.CANNOT.id
        ]
        if overtaken:
            with self._ledger.change(self._now) as change:
                for document in overtaken:
                    change.heal(document)
                self._effects.tell(change)

    def _watch_present(self, present: Sequence[Document], watched: Watched) -> None:
        requested = [each for each in present if each.state is DocumentState.REQUESTED]
        rounds = self._ledger.current_rounds(requested)
        failures = self._ledger.open_failures([each.id for each in present])
        doubtful = []
        for document in requested:
            if document.id in rounds and rounds[document.id].decision == SEND_ANEW:
                watched.away[document.id] = SEND_ANEW
                continue
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
            if self._ends.sent_with(document).digest(bill) != rounds[document.id].digest:
                watched.away[document.id] = "changed"
            else:
                self._memory.same_content[document.id] = bill.changed_at

    def _moved_by_hand(
        self, change: Change, document: Document, head: BillHead, failure: Failure | None, watched: Watched
    ) -> None:
        if head.status is BillStatus.SUBMITTED:
            return  # it came back between the listing and this look
        if head.status is BillStatus.AUDITED:
            self._audited_meanwhile(change, document, failure, watched)
            return
        self._taken_back(
            change, document, "void" if head.status is BillStatus.VOID else "taken_back", watched
        )

    def _audited_meanwhile(
        self, change: Change, document: Document, failure: Failure | None, watched: Watched
    ) -> None:
        """By hand, or by an engine of which an old backup knows nothing: what the OA says decides which."""
        code = failure.code if failure else ""
        if document.state in _DECIDED:
            if document.state is DocumentState.APPROVED and code not in _CHANGED:
                change.heal(document)  # what could not be audited is
            return
        round_ = self._ledger.round(document.id, document.round)
        if document.state is DocumentState.REQUESTED and round_ is not None and round_.decision == ACCEPTED:
            watched.away[document.id] = "audited_by_hand"
        elif not code or (
            failure and code == ErrorCode.AUDITED_BY_HAND.id and failure.next_try_at is not None
        ):
            watched.audited.add(
                document.id
            )  # a person said "try again": the OA is asked once more, then he is
        elif code != ErrorCode.AUDITED_BY_HAND.id:
            error = SyncError(ErrorCode.AUDITED_BY_HAND, certain=True, number=document.source.number)
            self._effects.fail(self._ends, change, document, error)

    def _taken_back(self, change: Change, document: Document, why: str, watched: Watched) -> None:
        """With a request running it must be cancelled first; before anything was sent we only note it."""
        if document.state is DocumentState.REQUESTED:
            watched.away[document.id] = why
            return
        change.heal(document)
        if document.state in (DocumentState.REJECTED, DocumentState.WITHDRAWN):
            change.see_away([document], change.at)
            change.move(document, DocumentState.RETURNED, "returned_by_hand")
        else:
            change.close_round(document, seen_away=True)
            change.move(document, DocumentState.CANCELLED, why)

    def _proved_gone(self, absent: Sequence[Document]) -> list[Document]:
        """Gone is a finding: a second, different read says so too while a control record can be read.

        Raises PER-712 (holds the route) when too many are gone at once, or nothing can be read at all.
        """
        keys = [each.source.key for each in absent]
        still = self._ends.erp.read_bills(self._side, keys)
        absent = [each for each in absent if each.source.key not in still]
        if len(absent) > MOST_GONE and not self._memory.trusted:
            raise self._right_lost(len(absent))
        if not absent or self._mine():
            return list(absent)
        control = self._control(keys)
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

    def _control(self, keys: Sequence[str]) -> list[str]:
        """Other bills of this route that were once read: a right may be lost for one company alone."""
        known = self._ledger.some_source_keys(self._side.form, self._ends.erp.system.id, 400)
        flow = self._ends.translator.flow.id
        documents = self._ledger.by_source(self._ends.erp.system.id, self._side.form, flow, known)
        mine = {each.source.key for each in documents.values() if each.route_id == self._ends.route.id}
        return [key for key in known if key in mine and key not in keys][:20]

    def _right_lost(self, count: int) -> SyncError:
        return SyncError(
            ErrorCode.RIGHT_LOST,
            certain=True,
            system=self._ends.erp.system.id,
            form=self._side.form,
            count=count,
        )
