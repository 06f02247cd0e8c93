"""The scheduler: one job per route and flow; start, stop, run now. Runs headless as well as behind a window.

Nothing of value lives in the scheduler's memory: jobs are rebuilt from the catalog at each start.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor as RunPool
from apscheduler.job import Job
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from desktop.connectors.base import ErpConnector, Hint, OaConnector
from desktop.domain.document import Document, Trigger
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.events import Event
from desktop.domain.flow import Flow, FlowKind
from desktop.domain.record import Bill, OaRequest, Ref
from desktop.domain.schedule import Pause, WorkCalendar
from desktop.domain.system import FlowSwitch, Route, System
from desktop.store.catalog import Catalog
from desktop.store.ledger import Ledger
from desktop.sync import orders
from desktop.sync.advance import Sentence
from desktop.sync.approval import STEPS, plain_changes
from desktop.sync.base_table import BaseTable, base_table_of
from desktop.sync.by_hand import read_bill_by_hand, read_request_by_hand
from desktop.sync.change_times import ChangeTimes
from desktop.sync.drafting import Drafting
from desktop.sync.effect import Effects, End, Ends
from desktop.sync.form_watch import FormWatch, MeteredForms, Noting
from desktop.sync.gate import GateRun
from desktop.sync.health import Breaker
from desktop.sync.hints import Hints
from desktop.sync.listening import Listeners, Waker
from desktop.sync.pace import call_lasts_s, count_calls
from desktop.sync.planner import FlowTrigger, Planner
from desktop.sync.preflight import check_flow, first_obstacle
from desktop.sync.producing import GenerationRun
from desktop.sync.run import FlowRun, Setting
from desktop.sync.strangers import Strangers
from desktop.sync.sweep import Memory
from desktop.sync.translate import Translator
from desktop.sync.why import FlowFor, Inquiry, Reason, Why

Connect = Callable[[System], ErpConnector | OaConnector]

BEAT_S = 30.0
CHORES_AFTER_S = 60.0
"""Documents go first after a start; what was missed while the machine slept is made up for then."""
WATCH_S = 1.0
_CHECK_AGAIN_S = 60.0
_FORMS_EVERY_S = 3_600.0
_JUMP_S = 60.0
"""A wall clock that moved so much against the monotonic one was set, or this machine slept or was put back."""

_PLAIN_WEEK = WorkCalendar()

_STRANGERS = "engine.strangers"

RUNS: Mapping[FlowKind, type[FlowRun]] = {
    FlowKind.APPROVAL: FlowRun, FlowKind.GENERATION: GenerationRun, FlowKind.GATE: GateRun
}  # fmt: skip
"""The pass of each kind of flow."""

log = logging.getLogger("danqiao.engine")


class _Line:
    """One system while the engine runs: its connector, its workers, its breaker."""

    def __init__(self, system: System, connector: ErpConnector | OaConnector) -> None:
        self.system = system
        self.connector = connector
        workers = max(1, int(system.number("parallel", connector.capabilities.parallel)))
        self.breaker = Breaker(system)
        self._counted, self._counting = 0, threading.Lock()
        self.pool = ThreadPoolExecutor(workers, thread_name_prefix=f"line-{system.id}")
        self.end = End(
            self.breaker,
            self.pool,
            workers,
            system.number("settle_s", 30.0),
            system.number("longest_s", 180.0),
        )

    def meter(self, catalog: Catalog, now: datetime) -> None:
        """Adds the calls since the last time to the month's, where the vendor meters them."""
        if not self.connector.capabilities.calls_a_month:
            return
        calls = cast(OaConnector, self.connector).calls_made()
        with self._counting:
            fresh, self._counted = calls - self._counted, calls
            if fresh:
                count_calls(catalog, self.system.id, fresh, now)

    def close(self) -> None:
        self.pool.shutdown(wait=True, cancel_futures=True)
        self.connector.close()


class Engine:
    """Moves documents. One for each store: whoever holds the store's engine lock."""

    def __init__(
        self, catalog: Catalog, ledger: Ledger, flows: Callable[[], Mapping[str, Flow]], flow_for: FlowFor,
        connect: Connect, sentence: Sentence, publish: Callable[[Event], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC), monotonic: Callable[[], float] = time.monotonic,
        version: Callable[[str], Flow | None] = lambda _version: None,
        calendar: Callable[[], WorkCalendar] = lambda: _PLAIN_WEEK,
    ) -> None:  # fmt: skip
        self._version = version
        self._catalog = catalog
        self._ledger = ledger
        self._flows = flows
        self._flow_for = flow_for
        self._connect = connect
        self._sentence = sentence
        self._publish = publish
        self._now = now
        self._monotonic = monotonic
        self.effects = Effects(ledger, publish, STEPS, now, monotonic)
        self._lines: dict[str, _Line] = {}
        self._translators: dict[str, Translator] = {}
        self._base_tables: dict[str, tuple[int, BaseTable]] = {}
        self._memories: dict[tuple[str, str], Memory] = {}
        self._checked: dict[tuple[str, ...], tuple[SyncError | None, float]] = {}
        self._oa_forms = MeteredForms(monotonic)
        self._trusted: set[tuple[str, str]] = set()
        self.troubles: dict[tuple[str, str], SyncError | None] = {}
        """What ended the last pass of each flow early, with its facts."""
        self._running: dict[tuple[str, str], threading.Lock] = {}
        self._guard = threading.Lock()
        self._scheduler: BackgroundScheduler | None = None
        self._pool: RunPool | None = None
        self._strangers = Strangers(
            catalog.preference(_STRANGERS, {}), lambda kept: catalog.set_preference(_STRANGERS, dict(kept))
        )
        self._clock_base = (now(), monotonic())
        self._woken: set[tuple[str, str]] = set()
        self._ordered: set[tuple[str, str]] = set()
        self._hints: dict[tuple[str, str], Hints] = {}
        self._learnt: dict[tuple[str, str, str], dict[str, str | None]] = {}
        self._waker = Waker(lambda system_id, hints: self.wake(system_id, hints))
        self._listeners = Listeners(
            catalog, lambda system_id: self._line(system_id).connector, self.hear, now
        )
        self.forms: FormWatch | None = None
        self.link_root: Callable[[], str] = lambda: ""
        """Tells whether both systems' forms are still those that the flow was agreed on; set by whoever built the engine."""
        self.chores: dict[str, tuple[float, Callable[[], object]]] = {}
        """What else is done regularly while the engine runs, by name: every so many seconds, by whoever built it."""
        self.planner = Planner(catalog, ledger, calendar)
        self._watcher: threading.Thread | None = None

    # --- life --------------------------------------------------------------------------------------------------------
    def start(self) -> None:
        """Begins to run every switched-on flow by its interval."""
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self.effects.stopping.clear()
        self._pool = RunPool(16)
        scheduler = BackgroundScheduler(
            executors={"default": self._pool}, timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )  # fmt: skip
        scheduler.add_job(self._beat, "interval", seconds=BEAT_S, next_run_time=self._now(), id="beat")
        scheduler.add_job(self.take_orders, "interval", seconds=1.0, id="orders")
        for name, (every_s, work) in self.chores.items():
            first = self._now() + timedelta(seconds=min(every_s, CHORES_AFTER_S))
            scheduler.add_job(work, "interval", seconds=every_s, next_run_time=first, id=name)
        scheduler.add_listener(self._run_again, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)
        self._scheduler = scheduler
        beat = self._catalog.last_beat("engine")
        self.reschedule(self.planner.missed(beat[0], self._now(), "off") if beat else set())
        scheduler.start()
        self._watcher = threading.Thread(
            target=self._watch, args=(scheduler,), name="clock-watch", daemon=True
        )
        self._watcher.start()

    def _watch(self, scheduler: BackgroundScheduler) -> None:
        """Notices by the second what the scheduler does not: that this machine slept, and that its clock was set. The
        scheduler counts on by the old clock: set back by an hour, it would stand still for an hour."""
        wall, steady, calendar = self._now(), self._monotonic(), self.planner.calendar()
        while not self.effects.stopping.wait(WATCH_S) and self._scheduler is scheduler:
            now, ticks = self._now(), self._monotonic()
            went, ticked = (now - wall).total_seconds(), ticks - steady
            try:
                if went > _JUMP_S:
                    self._listeners.again()
                    self._restart_jobs(self.planner.missed(wall, now, "asleep"))
                elif went < -1.0 or abs(went - ticked) > _JUMP_S:
                    self._restart_jobs(set())
                elif (fresh := self.planner.calendar()) is not calendar:
                    calendar = fresh
                    self.reschedule()
            except Exception:
                log.exception("after a jump of the clock")
            wall, steady = now, ticks

    def _restart_jobs(self, missed: set[tuple[str, str]]) -> None:
        """Every job's next time by the clock as it is now."""
        for job in self._jobs():
            if "/" not in job.id:
                with suppress(JobLookupError):
                    job.modify(next_run_time=self._now())
        self.reschedule(missed)

    def reschedule(self, missed: Collection[tuple[str, str]] = ()) -> None:
        """Jobs anew from the catalog (after a change of routes, and after this machine slept). missed: flows whose time
        came meanwhile: they run at once, or as soon as their quiet hours end."""
        scheduler = self._scheduler
        if scheduler is None:
            return
        wanted: dict[str, tuple[Route, FlowSwitch]] = {
            f"{route.id}/{switch.flow_id}": (route, switch)
            for route in self._catalog.routes()
            for switch in route.switches
            if switch.on or self._ledger.moving(route.id, switch.flow_id)
        }
        for job in scheduler.get_jobs():
            if "/" in job.id and job.id not in wanted:
                job.remove()
        self._listeners.keep({each for route, _ in wanted.values() for each in (route.erp_id, route.oa_id)})
        clocks = self.planner.clocks()
        for job_id, (route, switch) in wanted.items():
            late = (route.id, switch.flow_id) in missed
            first = self.planner.first_at(switch, self._now(), missed=late, clocks=clocks)
            scheduler.add_job(
                self.run_flow, FlowTrigger(self.planner.rhythm(switch, clocks)), args=(route.id, switch.flow_id), id=job_id,
                replace_existing=True, next_run_time=first,
            )  # fmt: skip

    def stop(self) -> None:
        """Lets the running steps finish and takes no further one."""
        self.effects.stopping.set()
        self._listeners.stop()
        self._waker.close()
        scheduler, self._scheduler = self._scheduler, None
        if scheduler is not None and self._pool is not None:
            # Not shutdown(wait=True): it waits for the runs under the scheduler's lock, and an order under way that
            # asks the scheduler for a run would wait for that lock for ever.
            scheduler.shutdown(wait=False)
            self._pool.shutdown(wait=True)
        if self._watcher is not None and self._watcher is not threading.current_thread():
            self._watcher.join(5.0)
        self.close_lines()

    def close_lines(self) -> None:
        """Signs out everywhere."""
        with self._guard:
            lines, self._lines = list(self._lines.values()), {}
        for line in lines:
            line.close()

    def next_run_at(self) -> datetime | None:
        """When the next run is planned."""
        times = [job.next_run_time for job in self._jobs() if "/" in job.id and job.next_run_time]
        return min(times) if times else None

    def _jobs(self) -> list[Job]:
        scheduler = self._scheduler  # stop() may take it away between two looks
        return scheduler.get_jobs() if scheduler else []

    @property
    def is_started(self) -> bool:
        """True between start() and stop()."""
        return self._scheduler is not None

    def is_running(self) -> bool:
        """True while some run is under way."""
        return any(lock.locked() for lock in list(self._running.values()))

    # --- a pause -----------------------------------------------------------------------------------------------------
    def pause(self) -> Pause | None:
        """Who paused the engine, until when; None = it goes. One whose end is over is ended here, with a line in the trail."""
        kept = self._catalog.pause()
        if kept is not None and not kept.holds(self._now()):
            self._catalog.keep_pause(None, "engine")
            return None
        return kept

    def keep_pause(self, pause: Pause | None, person: str) -> None:
        """A person pauses the engine, or lets it go on (None)."""
        self._catalog.keep_pause(pause, person)

    @property
    def paused(self) -> bool:
        """True while no run begins because a person said so."""
        return self.pause() is not None

    # --- runs --------------------------------------------------------------------------------------------------------
    def run_once(self, trigger: Trigger = Trigger.PERSON) -> dict[str, str]:
        """One pass over every flow of every route, one after the other; answers the code of each, "" = well."""
        self.take_orders()
        self._check_again()
        codes = {}
        for route in self._catalog.routes():
            for switch in route.switches:
                if switch.on or self._ledger.moving(route.id, switch.flow_id):
                    codes[f"{route.id}/{switch.flow_id}"] = self.run_flow(route.id, switch.flow_id, trigger)
        return codes

    def run_now(self, route_id: str = "", flow_id: str = "") -> None:
        """Brings the next run of these flows forward, in quiet hours, too; held systems get their probe at once. A flow that
        somebody paused goes only where it is named."""
        self._check_again()
        for line in list(self._lines.values()):
            line.breaker.probe_now()
        for job in self._jobs():
            route, _, flow = job.id.partition("/")
            named = flow_id == flow != ""
            if flow and route_id in ("", route) and (named or (not flow_id and not self._is_paused(job))):
                self._ordered.add((route, flow))
                self._woken.add((route, flow))  # a pass under way may have looked before: once more after it
                with suppress(JobLookupError):  # taken out by reschedule() or stop() in between
                    job.modify(next_run_time=self._now())

    def _is_paused(self, job: Job) -> bool:
        until = job.trigger.rhythm.schedule.paused_until
        return until is not None and self._now() < until

    def hear(self, system_id: str, hint: Hint) -> bool:
        """A system said that something happened. Hints are gathered for a breath and then wake the flows that they may be
        about; False for an event that was heard before."""
        return self._waker.hear(system_id, hint)

    def wake(self, system_id: str, hints: Sequence[Hint] = (Hint(),)) -> int:
        """Every flow that the hints may be about looks at once, and once more after a pass that is under way (it may have
        looked before it happened). Probes no held system, lifts no pause: whoever can push can only make us look. What a
        paused flow was told it looks at when it runs again. Answers how many flows run now."""
        jobs = {job.id: job for job in self._jobs()}
        count = 0
        for route in self._catalog.routes():
            if system_id not in (route.erp_id, route.oa_id):
                continue
            for switch in route.switches:
                if not self._note(route, switch, system_id, hints):
                    continue
                job = jobs.get(f"{route.id}/{switch.flow_id}")
                if job is not None and self.planner.may_run(switch, self._now()):
                    self._woken.add((route.id, switch.flow_id))
                    with suppress(JobLookupError):
                        job.modify(next_run_time=self._now())
                    count += 1
        self._listeners.tell(system_id)
        return count

    def _note(self, route: Route, switch: FlowSwitch, system_id: str, hints: Sequence[Hint]) -> bool:
        """Remembers what is to be looked at in the OA; False where none of it concerns this flow. A request whose form nobody
        named may be another form's: only a listing tells."""
        mine = [each for each in hints if each.workflow in ("", switch.workflow)]
        if system_id == route.oa_id:
            for hint in mine:
                self._hints_of(route.id, switch.flow_id).note(hint.request if hint.workflow else "")
        return bool(mine)

    def _hints_of(self, route_id: str, flow_id: str) -> Hints:
        return self._hints.setdefault((route_id, flow_id), Hints(self._monotonic))

    def _run_again(self, event: JobExecutionEvent) -> None:
        """After a pass during which a push came: the next one at once."""
        route_id, _, flow_id = event.job_id.partition("/")
        if (route_id, flow_id) in self._woken and not self.effects.stopping.is_set():
            for job in self._jobs():
                if job.id == event.job_id:
                    with suppress(JobLookupError):
                        job.modify(next_run_time=self._now())

    def run_flow(self, route_id: str, flow_id: str, trigger: Trigger = Trigger.CLOCK) -> str:
        """One pass over one flow; "" = well, else the code that ended it, "busy", "paused", "held"."""
        lock = self._running.setdefault((route_id, flow_id), threading.Lock())
        if not lock.acquire(blocking=False):
            return "busy"
        ordered = (route_id, flow_id) in self._ordered or trigger is Trigger.PERSON
        self._woken.discard((route_id, flow_id))
        self._ordered.discard((route_id, flow_id))
        try:
            if self.paused or self.effects.stopping.is_set():
                return "paused"
            with self._ledger.session():
                return self._run_flow(route_id, flow_id, trigger, ordered=ordered)
        except SyncError as error:
            log.warning("run of %s/%s: %s", route_id, flow_id, error.code.id)
            self._hold(route_id, flow_id, error)
            return error.code.id
        except Exception as error:
            log.exception("run of %s/%s", route_id, flow_id)
            self._hold(
                route_id, flow_id, SyncError(ErrorCode.INTERNAL, said=f"{type(error).__name__}: {error}")
            )
            return ErrorCode.INTERNAL.id
        finally:
            lock.release()

    def _run_flow(self, route_id: str, flow_id: str, trigger: Trigger, *, ordered: bool) -> str:
        routes = self._catalog.routes()
        route = next((each for each in routes if each.id == route_id), None)
        switch = route.switch(flow_id) if route else None
        if route is None or switch is None:
            return ErrorCode.SYSTEM_UNKNOWN.id
        held = self._ledger.hold(route_id, flow_id)
        if held and held[2]:
            return "held"
        erp, oa = self._line(route.erp_id), self._line(route.oa_id)
        known = self._flow_for(route_id, flow_id)
        needs_oa = known is None or known.kind is not FlowKind.GATE
        if erp.breaker.is_open() or (needs_oa and oa.breaker.is_open()):
            return "held"
        self._notice_clock_jump()
        ends = self._ends(route, switch, erp, oa)
        told = self._listeners.tells(route.oa_id)
        setting = Setting(
            switch.on, self._companies(routes, route, flow_id), self._sentence, lambda: self._preflight(ends),
            call_lasts_s=call_lasts_s(
                oa.connector.capabilities.calls_a_month, _flows_on(routes, route.oa_id),
                told=told,
            ),
            told=told,
            ordered=ordered, hints=self._hints_of(route_id, flow_id),
            learnt=self._learnt.setdefault((route.oa_id, switch.workflow, flow_id), {}),
        )  # fmt: skip
        memory = self._memories.setdefault((route_id, flow_id), Memory())
        run = RUNS.get(ends.translator.flow.kind, FlowRun)(
            ends, self._ledger, self.effects, self._publish, setting, memory, self._strangers, self._now,
            self._monotonic,
        )  # fmt: skip
        memory.trusted = (route_id, flow_id) in self._trusted
        code = run.go(trigger)
        oa.meter(self._catalog, self._now())
        self.troubles[route_id, flow_id] = run.trouble
        if not code:
            self._trusted.discard((route_id, flow_id))
        return code

    def _ends(self, route: Route, switch: FlowSwitch, erp: _Line, oa: _Line) -> Ends:
        flow = self._flow_for(route.id, switch.flow_id)
        if flow is None:
            raise SyncError(ErrorCode.FLOW_FILE_WRONG, file=switch.flow_id, line="", said="not found")
        translator = self._translators.get(flow.version)
        if translator is None:
            translator = self._translators[flow.version] = Translator(flow)
        # The revision before the rows: a change in between leads to another look, never to none.
        revision = self._catalog.revision()
        older = self._older(route, flow)
        return Ends(
            route=route,
            translator=translator,
            erp=erp.connector,  # type: ignore[arg-type]
            oa=oa.connector,  # type: ignore[arg-type]
            erp_side=translator.reading_for(older.values()) if older else translator.erp_side,
            oa_side=replace(flow.oa, workflow=switch.workflow),
            base=self._base_table(route.id, revision),
            revision=revision,
            erp_end=erp.end,
            oa_end=oa.end,
            snapshot=lambda document: (
                found.snapshot if (found := self._ledger.round(document.id, document.round)) else {}
            ),
            dates=self._dates(route.erp_id),
            link_root=self.link_root(),
            older=older,
            version_of=lambda document: (
                found.flow_version
                if (found := self._ledger.current_rounds([document]).get(document.id))
                else ""
            ),
        )

    def _older(self, route: Route, flow: Flow) -> dict[str, Translator]:
        """Compiled versions other than the one in force that rounds under way were sent with. Of a generation flow none:
        a new version of it is not published while bills are being made."""
        if flow.kind is FlowKind.GENERATION:
            return {}
        found = {}
        for version in self._ledger.versions_under_way(route.id, flow.id) - {flow.version}:
            with suppress(SyncError):  # a text that this program cannot read any more is as good as gone
                if version not in self._translators and (kept := self._version(version)) is not None:
                    self._translators[version] = Translator(kept)
            if version in self._translators:
                found[version] = self._translators[version]
        return found

    def _base_table(self, route_id: str, revision: int) -> BaseTable:
        """A route's correspondences; read again when the catalog moved: there may be a hundred thousand."""
        held = self._base_tables.get(route_id)
        if held is None or held[0] != revision:
            held = (revision, base_table_of(self._catalog, route_id, self._now))
            self._base_tables[route_id] = held
        return held[1]

    def _dates(self, erp_id: str) -> ChangeTimes:
        name = f"engine.change_times.{erp_id}"
        return ChangeTimes(
            self._catalog.preference(name, {}), lambda seen: self._catalog.set_preference(name, dict(seen))
        )

    def _preflight(self, ends: Ends) -> None:
        """Once for each version of a flow and each pair of systems, then on a slow clock: forms are changed under running
        flows. What stands against it is looked at again sooner, or when a person asks. Raises the first obstacle: the route is held, nothing is sent."""
        key = (ends.translator.flow.version, ends.route.erp_id, ends.route.oa_id, ends.oa_side.workflow)
        found, asked_at = self._checked.get(key, (None, None))
        pause = _FORMS_EVERY_S if found is None else _CHECK_AGAIN_S
        if asked_at is None or self._monotonic() - asked_at > pause:
            erp, oa = Noting(ends.erp), self._oa_forms.noting(ends, held=found is not None)
            found = first_obstacle(
                check_flow(
                    ends.translator,
                    cast(ErpConnector, erp),
                    ends.erp_side,
                    cast(OaConnector, oa),
                    ends.oa_side,
                )
            )
            if self.forms is not None:
                drift = self.forms.look(
                    ends.route.id, ends.translator, ends.oa_side.workflow, {**erp.seen, **oa.seen}
                )
                found = found or drift
            self._oa_forms.keep(ends, oa.seen)
            self._checked[key] = (found, self._monotonic())
        if found is not None:
            raise found

    def _check_again(self) -> None:
        """Whatever stood in the way of a flow may have been mended."""
        self._checked = {key: held for key, held in self._checked.items() if held[0] is None}
        self._oa_forms.forget()

    def _companies(self, routes: list[Route], mine: Route, flow_id: str) -> dict[str, list[str]]:
        """Company -> the routes that carry the flow, among those that share the system where its records begin."""
        flow = self._flow_for(mine.id, flow_id)
        from_oa = flow is not None and flow.kind is FlowKind.GENERATION
        found: dict[str, list[str]] = {}
        for route in routes:
            shared = route.oa_id == mine.oa_id if from_oa else route.erp_id == mine.erp_id
            if shared and route.switch(flow_id) is not None:
                found.setdefault(route.company, []).append(route.id)
        return found

    def _line(self, system_id: str) -> _Line:
        system = self._catalog.system(system_id)
        with self._guard:
            line = self._lines.get(system_id)
            if line is not None and line.system == system:
                return line
            if line is not None:
                line.close()
                self._checked.clear()
                self._oa_forms.forget()
            connector = self._connect(system)
            self._lines[system_id] = line = _Line(system, connector)
            return line

    def _hold(self, route_id: str, flow_id: str, error: SyncError) -> None:
        with self._ledger.change(self._now()) as change:
            change.hold(route_id, flow_id, error, until_person=False)

    def _notice_clock_jump(self) -> None:
        wall, steady = self._clock_base
        drift = (self._now() - wall).total_seconds() - (self._monotonic() - steady)
        if abs(drift) > _JUMP_S:
            log.warning("this machine's clock moved by %.0f s", drift)
            self.look_before_sending()
            self._clock_base = (self._now(), self._monotonic())

    def trust(self, route_id: str) -> None:
        """A person released the route: no other engine is at work, and what is gone is gone. Until the next good pass."""
        self.look_before_sending()
        route = next((each for each in self._catalog.routes() if each.id == route_id), None)
        self._trusted |= {(route_id, switch.flow_id) for switch in (route.switches if route else ())}

    def look_before_sending(self) -> None:
        """As after a start: what was sent of bills that are SUBMITTED now is looked for before a first send."""
        self._memories.clear()
        self._strangers.forgive()

    @contextmanager
    def in_hand(self, documents: Sequence[Document]) -> Iterator[bool]:
        """Keeps every run away from these documents' flows; False where a run has one of them in hand just now."""
        flows = sorted({(document.route_id, document.flow_id) for document in documents})
        taken: list[threading.Lock] = []
        try:
            for flow in flows:
                lock = self._running.setdefault(flow, threading.Lock())
                if not lock.acquire(blocking=False):
                    yield False
                    return
                taken.append(lock)
            yield True
        finally:
            for lock in taken:
                lock.release()

    def take_orders(self) -> int:
        """Carries out what people asked for in any window; answers how many orders there were."""
        return orders.take_all(self, self._ledger, self._catalog, self._now)

    def named_request(self, document: Document, number: str) -> tuple[Ref, str] | None:
        """The OA's request that a person means by `number`, and the key on its form; None where the flow's form has no key
        field.

        Raises what reading it raises: DAT-402 where there is no such request.
        """
        route = next((each for each in self._catalog.routes() if each.id == document.route_id), None)
        switch = route.switch(document.flow_id) if route else None
        flow = self._flow_for(document.route_id, document.flow_id)
        if route is None or switch is None or flow is None or not flow.oa.key_field:
            return None
        side = replace(flow.oa, workflow=switch.workflow)
        oa = cast(OaConnector, self._line(route.oa_id).connector)
        request = oa.read_request(side, Ref(route.oa_id, side.form, number, number))
        return request.ref, str(request.fields.get(side.key_field) or "")

    def read_by_hand(self, document: Document, number: str) -> OaRequest | Bill:
        """The request (of a generation: the bill) that a person made by hand, proved to be about the document's record.

        Raises RUL-615 where it is not, DAT-402 where it is not there, PER-714 for a gate.
        """
        route = next((each for each in self._catalog.routes() if each.id == document.route_id), None)
        switch = route.switch(document.flow_id) if route else None
        flow = self._flow_for(document.route_id, document.flow_id)
        if route is None or switch is None or flow is None or flow.kind is FlowKind.GATE:
            raise SyncError(ErrorCode.CANNOT, system=document.source.system_id, what="hand_over")
        base = base_table_of(self._catalog, route.id, self._now)
        if flow.kind is FlowKind.GENERATION:
            return read_bill_by_hand(
                Drafting(flow), replace(flow.oa, workflow=switch.workflow),
                cast(ErpConnector, self._line(route.erp_id).connector),
                cast(OaConnector, self._line(route.oa_id).connector), base.code, document, number,
            )  # fmt: skip
        return read_request_by_hand(
            Translator(flow), replace(flow.oa, workflow=switch.workflow),
            cast(ErpConnector, self._line(route.erp_id).connector), cast(OaConnector, self._line(route.oa_id).connector),
            base.key, document, number,
        )  # fmt: skip

    def changes_now(self, document: Document) -> tuple[str, list[str]]:
        """(digest, what differs from what was sent) of the document's bill as it lies there now, told by the version that
        its round was sent with. Raises DAT-402 where the bill is gone, PER-714 where that version is not known."""
        route = next((each for each in self._catalog.routes() if each.id == document.route_id), None)
        flow, round_ = self._flow_for(document.route_id, document.flow_id), None
        round_ = self._ledger.round(document.id, document.round)
        kept = flow if flow and round_ and flow.version == round_.flow_version else None
        kept = kept or (self._version(round_.flow_version) if round_ else None)
        if route is None or round_ is None or kept is None:
            raise SyncError(ErrorCode.CANNOT, system=document.source.system_id, what="accept_changed")
        translator = Translator(kept)
        erp = cast(ErpConnector, self._line(route.erp_id).connector)
        key = document.source.key
        bill = erp.read_bills(translator.erp_side, [key]).get(key)
        if bill is None:
            raise SyncError(
                ErrorCode.RECORD_MISSING, system=document.source.system_id, number=document.source.number
            )
        return translator.digest(bill), plain_changes(translator.differences(round_.snapshot, bill))

    def why(self, number: str) -> list[Why]:
        """Why a bill was not sent, asked over this engine's own lines."""
        return Inquiry(
            self._catalog, self._ledger, self._flows(), self._flow_for,
            lambda system_id: cast(ErpConnector, self._line(system_id).connector),
            Reason.PAUSED.value if self.paused else "",
        ).why(number)  # fmt: skip

    def _beat(self) -> None:
        told = {"paused": self.paused, "lines": sorted(self._lines)}
        self._catalog.beat("engine", told, self._now())
        self._listeners.tell()


def _flows_on(routes: Sequence[Route], oa_id: str) -> int:
    """How many switched-on flows one OA carries."""
    return sum(switch.on for route in routes if route.oa_id == oa_id for switch in route.switches)
