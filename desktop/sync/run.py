"""One run: one pass over one flow of one route. Orders are taken before it; here it settles, sweeps and advances.

Nothing is sent before the listings of both systems are complete, and nothing is sent while a clock is wrong.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from desktop.domain.document import AttemptOutcome, Document, DocumentState, Trigger, round_key
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.events import Event, RouteHeld, RunEnded
from desktop.domain.record import BillHead
from desktop.store.ledger import Ledger
from desktop.sync.advance import Advance, Sentence
from desktop.sync.carrying import Carrying
from desktop.sync.catching_up import CatchingUp
from desktop.sync.effect import Effects, Ends, Held
from desktop.sync.health import concerns_system
from desktop.sync.hints import Hints
from desktop.sync.listing import Listing
from desktop.sync.opening import other_engine
from desktop.sync.pace import may_list
from desktop.sync.strangers import Strangers
from desktop.sync.sweep import Memory, Sweep, Watched, is_at_home, other_account_set

CLOCK_SKEW_S = 60.0
"""Above this much difference between a server's clock and ours no effect runs."""

FIRST_LISTING = timedelta(days=100)
"""How far back the OA is listed when no listing was ever complete: an engine before us may have sent these bills, and a
bill that lies with its maker today may come back any time."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What does not change during a run.

    preflight: raises what stands against sending anything at all.
    call_lasts_s: where the OA meters calls, how long each call of a listing must last. told: it tells by itself what ended.
    ordered: a person wants a look now.
    hints: what the OA told to look at. learnt: of requests that were read: whose they are, shared by the companies' routes.
    """

    switched_on: bool
    companies: Mapping[str, Sequence[str]]
    sentence: Sentence
    preflight: Callable[[], None] = lambda: None
    skew_limit_s: float = CLOCK_SKEW_S
    call_lasts_s: float = 0.0
    told: bool = False
    ordered: bool = False
    hints: Hints = field(default_factory=lambda: Hints(time.monotonic))
    learnt: dict[str, str | None] = field(default_factory=dict)


class FlowRun:
    """One pass. Single-threaded in its decisions; only calls fan out over the systems' workers."""

    def __init__(
        self, ends: Ends, ledger: Ledger, effects: Effects, publish: Callable[[Event], None], setting: Setting,
        memory: Memory, strangers: Strangers, now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._ends = ends
        self._ledger = ledger
        self._effects = effects
        self._publish = publish
        self._setting = setting
        self._memory = memory
        self._strangers = strangers
        self._now = now
        self._monotonic = monotonic
        self._route_id = ends.route.id
        self._flow_id = ends.translator.flow.id
        self._found = 0
        self.trouble: SyncError | None = None
        """What ended the pass early."""

    def go(self, trigger: Trigger) -> str:
        """Runs the pass; answers the code that ended it early, or ""."""
        before = self._ledger.count_changes()
        with self._ledger.change(self._now()) as change:
            run_id = change.begin_run(self._route_id, self._flow_id, trigger)
        code = ""
        try:
            self._check_home()
            self._pass()
            self._setting.hints.pass_ended()
            self._release()
        except SyncError as error:
            code, self.trouble = error.code.id, error
            self._stopped_by(error)
        moved, failed = (
            after - first for after, first in zip(self._ledger.count_changes(), before, strict=True)
        )
        with self._ledger.change(self._now()) as change:
            change.end_run(run_id, found=self._found, moved=moved, failed=failed, code=code)
        self._publish(RunEnded(run_id, self._route_id, self._flow_id))
        return code

    def _check_home(self) -> None:
        """Whatever is under way belongs to the account set that this flow reads and writes now. Raises PER-720, which holds the
        flow: a route or a system was pointed elsewhere, where the same id may be another bill."""
        route, flow = self._route_id, self._flow_id
        under_way = [*self._ledger.moving(route, flow), *self._ledger.unfinished(route, flow)]
        for document in self._strays(under_way)[:1]:
            raise other_account_set(self._ends, document)

    def _strays(self, documents: Sequence[Document]) -> list[Document]:
        """Those that belong elsewhere."""
        return [document for document in documents if not is_at_home(self._ends, document)]

    def _pass(self) -> None:
        began, ends = self._now(), self._ends
        self._setting.preflight()
        heads = {head.ref.key: head for head in ends.erp.submitted_bills(ends.erp_side)}
        ends.erp_end.breaker.good()
        listing = self._list_requests()
        self._strangers.note(listing, self._ledger, ends.oa.system.id, first=self._memory.began_at is None)
        self._memory.meet(set(heads), began)
        self._settle(listing)
        self._check_clocks()
        sweep = Sweep(
            ends, self._ledger, self._effects, self._memory, began, heads, self._setting.companies,
            self._now,
        )  # fmt: skip
        self._found = sweep.discover(switched_on=self._setting.switched_on)
        moving = self._ledger.moving(self._route_id, self._flow_id)
        if self._catch_up(moving) | self._learn(listing, heads):
            moving = self._ledger.moving(self._route_id, self._flow_id)
        watched = sweep.watch(moving, self._busy())
        self._advance(listing, watched)
        if self._setting.switched_on or self._memory.caught_up:
            # Else what this store missed is still to be learnt, by the first pass that is switched on.
            with self._ledger.change(self._now()) as change:
                change.set_watermark(self._route_id, self._flow_id, began)

    def _catch_up(self, moving: Sequence[Document]) -> bool:
        """Where the OA has later rounds of a document, this store is behind (an old backup): that round is its own now."""
        strangers = self._strangers
        behind = [each for each in moving if strangers.number(each) > each.round]
        behind = [
            each for each in behind if each.state is not DocumentState.FOUND and each.id not in self._busy()
        ]
        for document in behind:
            if strangers.is_late(document):
                raise other_engine(
                    self._ends, document, round_key(document.key_part, strangers.number(document))
                )
        if behind:
            with self._ledger.change(self._now()) as change:
                for document in behind:
                    change.close_round(document)
                    change.heal(document)
                    change.next_round(document, strangers.number(document), "behind")
            self._effects.tell(change)
        return bool(behind)

    def _learn(self, listing: Listing, heads: Mapping[str, BillHead]) -> bool:
        """What ended while this store was away, once, by the first listing; see catching_up.py."""
        catching_up = CatchingUp(
            self._ends, self._ledger, self._effects, self._now, self._strangers, self._setting.companies
        )  # fmt: skip
        catching_up.refuse_late()
        if self._memory.caught_up or not self._setting.switched_on:
            return False
        since = self._ledger.watermark(self._route_id, self._flow_id)
        if not self._ends.oa.capabilities.list_requests:
            catching_up.ask_a_person(self._now() - FIRST_LISTING)
        elif listing.since is None:
            return False
        else:
            history = catching_up.history(since) or listing
            if history is not listing:
                self._strangers.note(history, self._ledger, self._ends.oa.system.id, first=True)
            catching_up.learn(history, heads, self._busy(), since=since)
        self._memory.caught_up = True
        return True

    def _list_requests(self) -> Listing:
        """Everything that happened in the OA since the last complete listing (the connector adds a day)."""
        ends = self._ends
        if not ends.oa.capabilities.list_requests:
            return Listing(self._monotonic())
        if not self._may_list():
            return Listing(self._monotonic(), hints=self._setting.hints)
        since = self._ledger.watermark(self._route_id, self._flow_id) or self._now() - FIRST_LISTING
        open_only = ends.oa.capabilities.list_open_only
        since = self._oldest_open() if open_only else since
        began = self._monotonic()
        with self._counting():
            listing = Listing.of(began, ends.oa.requests(ends.oa_side, since), since)
        ends.oa_end.breaker.good()
        listing.open_only, listing.hints = open_only, self._setting.hints
        return listing

    def _oldest_open(self) -> datetime:
        """When the oldest request that still runs as far as we know was opened, with a day to spare."""
        moving = self._ledger.moving(self._route_id, self._flow_id)
        times = [each.changed_at for each in moving if each.state is DocumentState.REQUESTED]
        return min([*times, self._now()]) - timedelta(days=1)

    def _may_list(self) -> bool:
        """Where the OA meters calls, not before the last listing's calls have lasted long enough."""
        setting = self._setting
        return may_list(
            self._memory, setting.call_lasts_s, self._monotonic(), ordered=setting.ordered,
            hinted=setting.hints.wants_listing, told=setting.told,
        )  # fmt: skip

    @contextmanager
    def _counting(self) -> Iterator[None]:
        """Remembers when a listing began and how many calls it cost, where that matters."""
        self._setting.hints.begin_listing()
        metered = bool(self._setting.call_lasts_s)
        if metered:
            before, self._memory.listed_at = self._ends.oa.calls_made(), self._monotonic()
        try:
            yield
        except SyncError:
            self._setting.hints.note("")  # what was owed still is, whatever was asked for it
            raise
        if metered:
            self._memory.listing_calls = max(1, self._ends.oa.calls_made() - before)

    def _settle(self, listing: Listing) -> None:
        held = self._ledger.open_attempts(self._route_id, self._flow_id)
        open_ones = [each for each in held if each[1].outcome is AttemptOutcome.INTENT]
        if open_ones:
            self._effects.settle_all(self._ends, open_ones, listing)

    def _busy(self) -> set[int]:
        return {document.id for document, _ in self._ledger.open_attempts(self._route_id, self._flow_id)}

    def _check_clocks(self) -> None:
        for connector in (self._ends.erp, self._ends.oa):
            skew = connector.clock_skew_s()
            if abs(skew) > self._setting.skew_limit_s:
                raise SyncError(
                    ErrorCode.CLOCK_SKEW, certain=True, system=connector.system.id, seconds=round(skew)
                )

    def _advance(self, listing: Listing, watched: Watched) -> None:
        """First what ends a document's way, then what begins one; afterwards one listing as read-back."""
        ends, busy, away = self._ends, self._busy(), watched.away
        advance = Advance(
            ends, self._ledger, self._effects, self._now, self._setting.sentence, self._memory, self._strangers
        )  # fmt: skip
        if away:
            advance.heal_ended(self._ledger.moving(self._route_id, self._flow_id), away, listing)
        by_state = self._due_by_state(advance, busy)
        requested = [each for each in by_state(DocumentState.REQUESTED) if each.id not in away]
        advance.decide(requested, listing, watched.audited)
        by_state = self._due_by_state(advance, busy)
        advance.audit(by_state(DocumentState.APPROVED))
        advance.send_back([*by_state(DocumentState.REJECTED), *by_state(DocumentState.WITHDRAWN)])
        advance.cancel([each for each in by_state(DocumentState.REQUESTED) if each.id in away], dict(away))
        unfinished = self._ledger.unfinished(self._route_id, self._flow_id)
        advance.finish([each for each in unfinished if each.id not in self._busy()])
        if self._setting.switched_on or by_state(DocumentState.FOUND):
            mine = [each for each in by_state(DocumentState.FOUND) if each.id not in watched.elsewhere]
            advance.open(mine, listing)
        self._read_back()
        if unfinished:
            advance.close_finished(self._ledger.unfinished(self._route_id, self._flow_id), self._busy())
        for end in (ends.erp_end, ends.oa_end):
            if end.breaker.is_open() and end.breaker.last is not None:
                raise end.breaker.last

    def _due_by_state(self, advance: Advance, busy: set[int]) -> Callable[[DocumentState], list[Document]]:
        due = advance.due(self._ledger.moving(self._route_id, self._flow_id), busy)
        return lambda state: [document for document in due if document.state is state]

    def _read_back(self) -> None:
        """The listing shows what was just opened or closed; what it does not show stays INTENT and is looked for."""
        held: list[Held] = self._ledger.open_attempts(self._route_id, self._flow_id)
        fresh = [each for each in held if each[1].outcome is AttemptOutcome.INTENT]
        if fresh:
            tells = self._ends.oa.capabilities.list_shows_key or not self._ends.oa.capabilities.list_open_only
            listing = self._list_requests() if tells else Listing(self._monotonic())
            self._effects.settle_all(self._ends, fresh, listing)
        Carrying(self._ends, self._ledger, self._effects, self._now).read_back()

    def _stopped_by(self, error: SyncError) -> None:
        """The run ends; the route is held where the reason will not pass by the next run."""
        if concerns_system(error):
            end = (
                self._ends.erp_end
                if error.facts.get("system") == self._ends.erp.system.id
                else self._ends.oa_end
            )
            if not end.breaker.is_open():
                end.breaker.bad(error)
            if not end.breaker.has_tripped():
                return
        until_person = error.code is ErrorCode.OTHER_ENGINE
        with self._ledger.change(self._now()) as change:
            news = change.hold(self._route_id, self._flow_id, error, until_person=until_person)
        if news:
            self._publish(RouteHeld(self._route_id, error.code.id))

    def _release(self) -> None:
        with self._ledger.change(self._now()) as change:
            released = change.release(self._route_id, self._flow_id)
        if released:
            self._publish(RouteHeld(self._route_id, ""))
