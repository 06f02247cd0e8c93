"""Write-ahead before each remote effect, read-back and settle after. Nothing else in the house calls an effect.

perform: 1 promise on disk, 2 the call, 3 the answer on disk, 4 look, 5 all that follows in one transaction, 6 tell.
Whatever is stopped between 1 and 5 is settled by looking, never by sending again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar

from desktop.connectors.base import ErpConnector, Exchange, OaConnector, Outcome, exchanges
from desktop.domain.document import Attempt, AttemptOutcome, Document, file_key, leg_key
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.events import DocumentsMoved, Event, FailuresChanged
from desktop.domain.flow import ErpSide, OaSide
from desktop.domain.record import Ref
from desktop.domain.system import Route, SystemRole
from desktop.store.change import Change, Intention, KeptExchange
from desktop.store.ledger import Ledger
from desktop.sync.base_table import BaseTable
from desktop.sync.change_times import ChangeTimes
from desktop.sync.health import Breaker, concerns_system, next_pause
from desktop.sync.translate import Translator


@dataclass(frozen=True, slots=True)
class End:
    """One system as a run sees it: its workers and its breaker. workers = calls at once."""

    breaker: Breaker
    pool: Executor
    workers: int
    settle_s: float
    longest_s: float


@dataclass(frozen=True, slots=True)
class Ends:
    """Everything one route and flow works with."""

    route: Route
    translator: Translator
    erp: ErpConnector
    oa: OaConnector
    erp_side: ErpSide
    oa_side: OaSide
    base: BaseTable
    revision: int
    erp_end: End
    oa_end: End
    snapshot: Callable[[Document], Mapping[str, Any]]
    """The bill as it was sent in the document's current round."""
    dates: ChangeTimes = field(default_factory=ChangeTimes)
    older: Mapping[str, Translator] = field(default_factory=dict)
    """Earlier versions of the flow that rounds under way were sent with."""
    version_of: Callable[[Document], str] = lambda _document: ""
    link_root: str = ""
    """What an address that shows people the bill begins with; our key follows. "" = nothing shows it."""

    def __post_init__(self) -> None:
        """Ends of a route cannot be built with another route's systems. Raises PER-720."""
        for system, mine in ((self.erp.system.id, self.route.erp_id), (self.oa.system.id, self.route.oa_id)):
            if system != mine:
                raise self._elsewhere(system, "")

    def refuse_strangers(self, documents: Iterable[Document]) -> None:
        """No effect is promised for a document of another route or of another system. Raises PER-720."""
        for each in documents:
            mine = (self.route.erp_id, self.route.oa_id)
            if each.route_id != self.route.id or each.source.system_id not in mine:
                raise self._elsewhere(each.source.system_id, each.source.number)

    def _elsewhere(self, system: str, number: str) -> SyncError:
        flow = self.translator.flow.id
        return SyncError(ErrorCode.OTHER_ACCOUNT_SET, certain=True, system=system, number=number, flow=flow)

    def sent_with(self, document: Document) -> Translator:
        """The version that the document's current round was sent with: only that one can tell whether the bill changed."""
        return self.older.get(self.version_of(document), self.translator) if self.older else self.translator

    def end(self, role: SystemRole) -> End:
        """The end on this side."""
        return self.erp_end if role is SystemRole.ERP else self.oa_end


class Answer(Enum):
    """Did it happen? UNSURE: the target cannot tell, tells two things, or the record changed hands."""

    YES = "yes"
    NO = "no"
    NOT_YET = "not_yet"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Found:
    """What looking brought. error: why a yes is no good news (it stands, but differs), or why it is unsure."""

    answer: Answer
    ref: Ref | None = None
    error: SyncError | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Work:
    """One document, prepared for one step. `payload` is what the step's call takes."""

    document: Document
    payload: Any
    sent_as: str = ""
    basis: Mapping[str, Any] = field(default_factory=dict)
    promise: Callable[[Change], None] | None = None
    leg: int = 0
    digest: str = ""
    """Of a file: the hash of its name and content; part of its key."""

    @property
    def intention(self) -> Intention:
        """What is promised, under the key of the round, of its leg, or of a file of either."""
        mine = self.document
        key = leg_key(mine.key_part, mine.round, self.leg) if self.leg else mine.key
        key = file_key(key, self.digest) if self.digest else key
        return Intention(mine, key, self.sent_as, self.basis, self.leg)


_In = TypeVar("_In")
_Out = TypeVar("_Out")

Held = tuple[Document, Attempt]
Refusal = tuple[Document, Attempt, SyncError]


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a flow's table: the call, how to see whether it happened, and what is true then."""

    name: str
    side: SystemRole
    batch: Callable[[Ends], int]
    call: Callable[[Ends, Sequence[Work]], list[Outcome]]
    find: Callable[[Ends, Sequence[Held], Any], dict[int, Found]]
    done: Callable[[Ends, Change, Document, Attempt, Found], Document]
    look_at_once: bool = True
    best_effort: bool = False


def one_alone(_ends: Ends) -> int:
    """A step's batch, where its call takes one record."""
    return 1


def erp_batch(ends: Ends) -> int:
    """A step's batch, where the ERP takes many in a call."""
    return ends.erp.capabilities.batch


def each_alone(works: Sequence[Work], call: Callable[[Work], Ref | None]) -> list[Outcome]:
    """A call that takes one record, for a batch of works."""
    outcomes = []
    for work in works:
        try:
            outcomes.append(Outcome(call(work)))
        except SyncError as error:
            outcomes.append(Outcome(error=error))
    return outcomes


class Effects:
    """Runs steps. One for each engine; remembers when it first looked in vain for an attempt (monotonic)."""

    def __init__(
        self, ledger: Ledger, publish: Callable[[Event], None], steps: Sequence[Step],
        now: Callable[[], datetime] = lambda: datetime.now(UTC), monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._ledger = ledger
        self._publish = publish
        self._steps = {step.name: step for step in steps}
        self._now = now
        self._monotonic = monotonic
        self._first_no: dict[int, float] = {}
        self._called: dict[int, float] = {}
        self.stopping = threading.Event()
        self.at_moment: Callable[[str, str], None] = lambda step, moment: None
        """For crash tests only: told (step, moment) at each point where a process may die."""

    # --- perform ---------------------------------------------------------------------------------------------------
    def perform(self, ends: Ends, step: Step, works: Sequence[Work], context: Any = None) -> list[Held]:
        """Tries a step on many documents; answers the attempts that still stand open.

        Stops early, leaving the rest due, when the system's breaker opens or the engine stops.
        """
        end, size = ends.end(step.side), max(1, step.batch(ends))
        chunk = size if size > 1 else max(1, end.workers * 8)
        parts = [works[start : start + chunk] for start in range(0, len(works), chunk)]

        def one(part: Sequence[Work]) -> list[Held]:
            if end.breaker.is_open() or self.stopping.is_set():
                return []
            return self._perform_chunk(ends, step, part, size, context)

        return [held for part in in_two_lanes(one, parts) for held in part]

    def _perform_chunk(
        self, ends: Ends, step: Step, works: Sequence[Work], size: int, context: Any
    ) -> list[Held]:
        ends.refuse_strangers(work.document for work in works)
        self.at_moment(step.name, "before the promise")
        with self._ledger.change(self._now()) as change:
            for work in works:
                if work.promise:
                    work.promise(change)
            attempts = change.intend(
                step.name,
                [work.intention for work in works],
            )
        self.at_moment(step.name, "before the call")
        pairs = list(zip(works, attempts, strict=True))
        parts = [pairs[start : start + size] for start in range(0, len(pairs), size)]
        calls = list(ends.end(step.side).pool.map(lambda part: self._call(ends, step, part), parts))
        self.at_moment(step.name, "reply lost")
        held, refused = self._keep_answers(ends, step, parts, calls)
        self.at_moment(step.name, "before the commit")
        if refused:
            self._settle_refused(ends, step, refused, context)
        if held and step.look_at_once:
            held = self.settle(ends, step, held, context)
        return held

    def _call(
        self, ends: Ends, step: Step, part: Sequence[tuple[Work, Attempt]]
    ) -> list[tuple[list[Outcome], list[Exchange]]]:
        """The effect on one batch; a certain refusal of the whole batch is tried again singly."""
        outcomes, kept = self._one_call(ends, step, [work for work, _ in part])
        refused = all(each.error is not None and each.error.certain for each in outcomes)
        if (
            len(part) > 1
            and refused
            and not any(each.error and concerns_system(each.error) for each in outcomes)
        ):
            return [(outcomes, kept), *[self._one_call(ends, step, [work]) for work, _ in part]]
        return [(outcomes, kept)]

    def _one_call(
        self, ends: Ends, step: Step, works: Sequence[Work]
    ) -> tuple[list[Outcome], list[Exchange]]:
        kept: list[Exchange] = []
        token = exchanges.set(kept)
        breaker = ends.end(step.side).breaker
        try:
            outcomes = step.call(ends, works)
        except SyncError as error:
            outcomes = [Outcome(error=error)] * len(works)
        except Exception as error:  # a bug of ours in a connector: nobody knows what it left behind
            outcomes = [
                Outcome(error=SyncError(ErrorCode.INTERNAL, said=f"{type(error).__name__}: {error}"))
            ] * len(works)
        finally:
            exchanges.reset(token)
        troubles = [each.error for each in outcomes if each.error and concerns_system(each.error)]
        if troubles:
            breaker.bad(troubles[0])
        else:
            breaker.good()
        return outcomes, kept

    def _keep_answers(
        self, ends: Ends, step: Step, parts: Sequence[Sequence[tuple[Work, Attempt]]],
        calls: Sequence[Sequence[tuple[list[Outcome], list[Exchange]]]],
    ) -> tuple[list[Held], list[Refusal]]:  # fmt: skip
        held: list[Held] = []
        refused: list[Refusal] = []
        called_at = self._monotonic()
        with self._ledger.change(self._now()) as change:
            for part, answers in zip(parts, calls, strict=True):
                singles = [outcome for outcomes, _ in answers[1:] for outcome in outcomes]
                outcomes = singles or answers[0][0]
                for index, (_, kept) in enumerate(answers):
                    covered = part if index == 0 else [part[index - 1]]
                    change.keep_exchanges([attempt for _, attempt in covered], [_kept(each) for each in kept])
                for (work, attempt), outcome in zip(part, outcomes, strict=True):
                    self._called[attempt.id] = called_at
                    if outcome.error is None:
                        held.append((work.document, change.keep_answer(attempt, outcome.ref)))
                    elif outcome.error.certain:
                        refused.append((work.document, attempt, outcome.error))
                    else:
                        held.append((work.document, attempt))
        self.tell(change)
        return held, refused

    def _settle_refused(self, ends: Ends, step: Step, refused: Sequence[Refusal], context: Any) -> None:
        """A "no" to something that already stands (someone was quicker) is a yes: the target's state decides."""
        stands: dict[int, Found] = {}
        if step.look_at_once and not all(concerns_system(error) for _, _, error in refused):
            try:
                stands = step.find(ends, [(document, attempt) for document, attempt, _ in refused], context)
            except SyncError as trouble:
                if not concerns_system(trouble):
                    raise
                ends.end(step.side).breaker.bad(trouble)
                return
        with self._ledger.change(self._now()) as change:
            for document, attempt, error in refused:
                found = stands.get(attempt.id)
                if found is not None and found.answer is Answer.YES:
                    self._settle_one(ends, step, change, document, attempt, found)
                else:
                    self._refused(ends, step, change, document, attempt, error)
        self.tell(change)

    def _refused(
        self, ends: Ends, step: Step, change: Change, document: Document, attempt: Attempt, error: SyncError
    ) -> None:
        """It said no, nothing happened. A system that was not reached is no fault of the document."""
        self._forget(attempt)
        change.settle(
            attempt,
            document,
            AttemptOutcome.REFUSED,
            code=error.code.id,
            said=str(error.facts.get("said", "")),
        )
        if step.best_effort or concerns_system(error):
            return
        self.fail(ends, change, document, error, attempt)

    def doubt(self, ends: Ends, step: Step, work: Work, error: SyncError) -> None:
        """Promises a step without the call, in doubt from the start: it may have been done before this store knew of it,
        and nobody but a person can tell. The same orders settle it as any other doubt."""
        document = work.document
        ends.refuse_strangers([document])
        with self._ledger.change(self._now()) as change:
            if work.promise:
                work.promise(change)
            [attempt] = change.intend(step.name, [work.intention])
            self._in_doubt(ends, step, change, document, attempt, error)
        self.tell(change)

    def fail(
        self, ends: Ends, change: Change, document: Document, error: SyncError, attempt: Attempt | None = None,
        *, next_try_at: datetime | None = None,
    ) -> None:  # fmt: skip
        """Opens or counts up the document's failure; next try: as given, else by the policy of its class."""
        error.facts.setdefault("number", document.source.number)
        if attempt is not None and "changed_at" in attempt.basis:
            error.facts.setdefault("changed_at", attempt.basis["changed_at"])
        known = self._ledger.open_failures([document.id]).get(document.id)
        tries = known[0].tries + 1 if known and known[0].code == error.code.id else 1
        pause = next_pause(error, tries)
        next_try = next_try_at or (self._now() + pause if pause else None)
        change.fail(document, error, attempt=attempt, next_try_at=next_try, revision=ends.revision)

    # --- settle ----------------------------------------------------------------------------------------------------
    def settle_all(
        self, ends: Ends, held: Sequence[Held], context: Any, steps: Sequence[Step] = ()
    ) -> list[Held]:
        """Looks what became of attempts left open, whatever step they belong to; answers those still open.

        steps: the table of the flow's kind, where it is not the one that this was made with.
        """
        table = {step.name: step for step in steps} or self._steps
        left: list[Held] = []
        for name in dict.fromkeys(attempt.step for _, attempt in held):
            mine = [
                each for each in held if each[1].step == name and each[1].outcome is AttemptOutcome.INTENT
            ]
            step = table.get(name)
            left += self.settle(ends, step, mine, context) if step and mine else mine
        return left

    def settle(self, ends: Ends, step: Step, held: Sequence[Held], context: Any = None) -> list[Held]:
        """Looks once. Reads may fail: then nothing is known and the attempts stay as they are."""
        try:
            found = step.find(ends, held, context)
        except SyncError as error:
            if concerns_system(error):
                ends.end(step.side).breaker.bad(error)
                return list(held)
            raise
        left: list[Held] = []
        with self._ledger.change(self._now()) as change:
            for document, attempt in held:
                if not self._settle_one(ends, step, change, document, attempt, found.get(attempt.id)):
                    left.append((document, attempt))
            self.at_moment(step.name, "inside the commit")
        self.tell(change)
        return left

    def _settle_one(
        self,
        ends: Ends,
        step: Step,
        change: Change,
        document: Document,
        attempt: Attempt,
        found: Found | None,
    ) -> bool:
        """True when the attempt is no longer a plain INTENT."""
        if found is None or found.answer is Answer.NOT_YET:
            return False
        if found.answer is Answer.YES:
            self._forget(attempt)
            change.settle(attempt, document, AttemptOutcome.DONE, found=found.ref.key if found.ref else "")
            moved = step.done(ends, change, document, attempt, found)
            if found.error is not None:
                self.fail(ends, change, moved, found.error, attempt)
            elif not step.best_effort:
                change.heal(moved)
            return True
        if found.answer is Answer.UNSURE and step.best_effort:
            self._forget(attempt)
            change.settle(attempt, document, AttemptOutcome.LOST)
            return True
        if found.answer is Answer.UNSURE:
            return self._in_doubt(ends, step, change, document, attempt, found.error)
        return self._not_there(ends, step, change, document, attempt)

    def _not_there(
        self, ends: Ends, step: Step, change: Change, document: Document, attempt: Attempt
    ) -> bool:
        """A "no" counts when a second one follows, long enough after the call could still have been at work."""
        if step.best_effort and attempt.answered is not None:
            self._forget(attempt)  # the other system said yes; what stands there now is somebody else's
            change.settle(attempt, document, AttemptOutcome.DONE)
            return True
        now, end = self._monotonic(), ends.end(step.side)
        first = self._first_no.setdefault(attempt.id, now)
        since_call = now - self._called.setdefault(attempt.id, now)
        if now - first < end.settle_s or since_call < end.longest_s:
            return False
        if attempt.answered is not None:
            error = SyncError(
                ErrorCode.ANSWER_NOT_FOUND_AGAIN, step=step.name, number=document.source.number,
                answered=attempt.answered.key,
            )  # fmt: skip
            return self._in_doubt(ends, step, change, document, attempt, error)
        self._forget(attempt)
        change.settle(attempt, document, AttemptOutcome.LOST)
        return True

    def _in_doubt(
        self,
        ends: Ends,
        step: Step,
        change: Change,
        document: Document,
        attempt: Attempt,
        error: SyncError | None,
    ) -> bool:
        reason = (
            error
            if error is not None
            else SyncError(
                ErrorCode.OUTCOME_UNKNOWN, step=step.name, number=document.source.number, key=attempt.key
            )
        )
        change.settle(attempt, document, AttemptOutcome.IN_DOUBT, code=reason.code.id)
        self.fail(ends, change, document, reason, attempt)
        return True

    def _forget(self, attempt: Attempt) -> None:
        self._first_no.pop(attempt.id, None)
        self._called.pop(attempt.id, None)

    def tell(self, change: Change) -> None:
        """Publishes what a committed change moved."""
        if change.moved:
            self._publish(DocumentsMoved(tuple(change.moved)))
        if change.failed:
            self._publish(FailuresChanged(tuple(change.failed)))


def in_two_lanes(work: Callable[[_In], _Out], parts: Sequence[_In]) -> list[_Out]:
    """Works off the parts in two lanes: while one writes down its answers, the other's calls are on their way.

    A document stands in one part only, so no document is ever in two hands.
    """
    if len(parts) < 2:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(2, thread_name_prefix="lane") as lanes:
        return list(lanes.map(work, parts))


def _kept(each: Exchange) -> KeptExchange:
    return KeptExchange(
        each.system_id, each.method, each.path, each.status, each.ms, each.started_at, each.request, each.answer
    )  # fmt: skip
