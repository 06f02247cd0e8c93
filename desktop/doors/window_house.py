"""The opened workspace as the window and its pages see it. Everything here runs on pool threads.

Whoever gets the store's engine lock runs the engine; where another process holds it, this window watches: it reads the
store and writes orders, which the other engine takes.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop.domain.document import Run
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.events import Event, RunEnded
from desktop.domain.system import Person
from desktop.doors.gateway_door import GatewayKeeper
from desktop.doors.window_preferences import WindowPreferences
from desktop.services import service
from desktop.services.base_data import BaseData
from desktop.services.documents import Documents, Row
from desktop.services.failures import Failures
from desktop.services.licences import licences
from desktop.services.notices import SilenceWatch
from desktop.services.reasons import Reasons
from desktop.services.systems import EngineState, Systems
from desktop.services.text import Text
from desktop.services.workspace import Workspace
from desktop.views.desk import Hit
from desktop.views.status_bar import Status

if TYPE_CHECKING:
    from desktop.views.play import Play

FOUND_MOST = 8
log = logging.getLogger("danqiao.window")


class WindowHouse:
    """What pages hang on: `documents`, `systems`, `failures`, `person`, and `play` where the sandbox company is at hand.

    person:  who orders, as the trail will name him.
    go:      opens a page with facts; set by the door.
    after:   what else ends with the house (the sandbox company), after the store is closed.
    """

    def __init__(self, workspace: Workspace, preferences: WindowPreferences, person: str) -> None:
        self.workspace, self.person, self._account = workspace, person, person
        self.people = workspace.people
        self.trail_book = workspace.trail_book
        self.documents: Documents = workspace.documents
        self.systems: Systems = workspace.systems
        self.failures: Failures = workspace.failures
        self.reasons: Reasons = workspace.reasons
        self.overview, self.reports, self.escort = workspace.overview, workspace.reports, workspace.escort
        self.departures = workspace.departures
        self.base: BaseData = workspace.base
        self.cases = workspace.cases
        self.base_weights = workspace.base_weights
        self.health = workspace.health
        self.gateway = workspace.gateway
        self.users = workspace.users
        self.bypass = workspace.bypass
        self.nightly, self.guide = workspace.nightly, workspace.guide
        self.first_page = "" if workspace.guide.begun() else "guide"
        self.hidden_pages = frozenset({"guide"} if workspace.guide.over() else ())
        self.notices = workspace.notices
        self.silence = SilenceWatch(workspace.notices).start()
        self.settings, self.backups, self.diagnosis = (
            workspace.settings,
            workspace.backups,
            workspace.diagnosis,
        )
        self.mapping, self.previews = workspace.mapping, workspace.previews
        self.golden, self.mapping_files = workspace.golden, workspace.mapping_files
        self.companies = workspace.companies
        self.play: Play | None = None
        self.go: Callable[[str, dict[str, Any]], None] = lambda page, facts: None
        self.before: list[Callable[[], object]] = []
        self.after: list[Callable[[], object]] = []
        self.engine_error: SyncError | None = None
        self.closed = False
        self.gateways: GatewayKeeper | None = None
        self._preferences = preferences
        self._hear: Callable[[Event], None] = lambda event: None
        self._seen_run = self._seen_notice = -1
        self._starting: threading.Thread | None = None
        self._closing: threading.Thread | None = None
        preferences.attach(workspace.catalog)
        self.must_sign_in = workspace.people.arrive(person) is None

    # --- the engine --------------------------------------------------------------------------------------------------
    def start_engine(self) -> None:
        """Takes the engine in a thread of its own: checking a large file may take a while, and pages need not wait."""
        if self._closing is None and (self._starting is None or not self._starting.is_alive()):
            self._starting = threading.Thread(target=self._start_engine, name="engine-start", daemon=True)
            self._starting.start()

    def _start_engine(self) -> None:
        self.engine_error = None
        try:
            engine = self.workspace.engine
            self.workspace.store.check()
            if self._closing is None:
                if not engine.is_started:
                    engine.start()
                self.gateways = self.gateways or GatewayKeeper(self.workspace).start()
        except SyncError as error:
            self.engine_error = error if error.code is not ErrorCode.STORE_BUSY else None
        except Exception as error:
            log.exception("the engine did not start")
            self.engine_error = SyncError(ErrorCode.INTERNAL, said=f"{type(error).__name__}: {error}")

    # --- who sits here -----------------------------------------------------------------------------------------------
    def signers(self) -> list[Person]:
        """Who may take this seat: whoever has a passphrase, and this machine's user without one."""
        found = [
            each
            for each in self.people.all()
            if each.active and (each.has_secret or each.login == self._account)
        ]
        return sorted(
            found, key=lambda each: (each.login != self.person, each.login != self._account, each.name)
        )

    def take_seat(self, login: str, passphrase: str) -> Person:
        """Somebody sits here from now on: his companies, his rights, his name in the trail. Raises PER-717."""
        person = self.people.arrive(login) if login == self._account else None
        person = person or self.people.sign_in(login, passphrase)
        self.person, self.must_sign_in = person.login, False
        return person

    def lock_after_s(self) -> float:
        """How long nobody may touch the window before it asks who is there; 0 = it never does."""
        person = self.people.seat.person
        return self.people.lock_minutes() * 60.0 if person is not None and person.has_secret else 0.0

    @property
    def watching(self) -> bool:
        """True where this window reads and gives orders, and another process runs the engine (or none does)."""
        return not self.workspace.owns_engine

    def pause(self) -> int:
        """No further run begins."""
        return self.documents.pause(self.person)

    def resume(self) -> int:
        """Runs begin again."""
        return self.documents.resume(self.person)

    # --- the machine -------------------------------------------------------------------------------------------------
    @property
    def autostarts(self) -> bool:
        """True where this window opens in the tray when the user signs in."""
        return service.is_installed(self._window_plan())

    def switch_autostart(self, person: str) -> tuple[bool, str]:
        """On, or off again; answers which, and the file that makes it."""
        self.workspace.people.demand(person, "read")
        plan = self._window_plan()
        on = not service.is_installed(plan)
        if on:
            service.install(plan)
        else:
            service.uninstall(plan)
        return on, str(plan.path)

    def _window_plan(self) -> service.Plan:
        folder = self.workspace.store.path.parent
        return service.window_plan(service.own_command("--tray", "--data", str(folder)))

    def own_calendar(self, person: str) -> Path:
        """The user's own work calendar, made where there is none."""
        self.workspace.people.demand(person, "set_up")
        return self.workspace.calendars.make_own()

    def demo_command(self) -> tuple[str, ...]:
        """How the toy company is opened in a window of its own."""
        return service.own_command("--demo", "--language", self.workspace.text.language)

    def licences(self) -> str:
        """The licences of everything in the program."""
        return licences()

    # --- what the window asks ----------------------------------------------------------------------------------------
    def status(self) -> Status:
        """What the status bar shows. A watcher hears no events: here it notices that the other engine went on. What an
        administrator changed about whoever sits here, in whatever window, counts from the next look on."""
        self.people.refresh_seat()
        state = self.systems.engine()
        newest = next(iter(self.workspace.ledger.last_runs(1)), None)
        if self.watching and newest is not None:
            self._notice_run(newest)
            self._seen_notice, told = self.notices.told_since(self._seen_notice)
            if told is not None:
                self._hear(told)
        due = None
        if state.next_run_at is not None and state.running and not state.paused:
            due = max(0.0, (state.next_run_at - self.workspace.now()).total_seconds())
        return Status(
            self._engine_word(state), due, _side(state.erp_code, newest), _side(state.oa_code, newest),
            state.needs_person, state.environment,
        )  # fmt: skip

    def _engine_word(self, state: EngineState) -> str:
        if self._starting is not None and self._starting.is_alive():
            return "starting"
        if not state.running:
            return "stopped"
        if state.paused:
            return "paused"
        return "running" if state.here else "elsewhere"

    def _notice_run(self, newest: Run) -> None:
        if newest.id != self._seen_run:
            first, self._seen_run = self._seen_run < 0, newest.id
            if not first:
                self._hear(RunEnded(newest.id, newest.route_id, newest.flow_id))

    def find_bills(self, typed: str) -> Sequence[Hit]:
        """Bills for Ctrl+K."""
        return [self._hit(row) for row in self.documents.find(typed, FOUND_MOST)]

    def _hit(self, row: Row) -> Hit:
        text = self.workspace.text
        from desktop.views.queue_rows import money_words

        words = [text.word("flow", row.flow_id), row.partner, money_words(text, row.amount)]
        facts = {"document": row.id, "number": row.number}
        return Hit(row.number, "  ".join(filter(None, words)), lambda: self.go("queue", facts))

    def run_now(self) -> object:
        """What F5 orders."""
        return self.documents.run_now(self.person)

    def told(self, hear: Callable[[Any], None]) -> None:
        """Subscribes to the engine's events, from any thread."""
        self._hear = hear
        self.workspace.subscribe(hear)

    def speak(self, language: str) -> None:
        """What the engine writes into other systems, and what is exported, follows the window's language."""
        if language != self.workspace.text.language:
            self.workspace.text = Text(language)

    # --- the end -----------------------------------------------------------------------------------------------------
    def close(self, wait_s: float = 3.0) -> bool:
        """Lets running steps finish, takes no further one, closes the store. False where that took longer than `wait_s`:
        the process may end all the same, since every promise is on disk before its deed."""
        if self._closing is None:
            self._closing = threading.Thread(target=self._close, name="house-closing", daemon=True)
            self._closing.start()
        self._closing.join(wait_s)
        return self.closed

    def _close(self) -> None:
        if self.workspace.owns_engine:
            self.workspace.engine.effects.stopping.set()
        for end in self.before:
            end()
        self._preferences.save()
        if self._starting is not None:
            self._starting.join()
        self.silence.close()
        if self.gateways is not None:
            self.gateways.close()
        self.workspace.close()
        for end in self.after:
            end()
        self.closed = True


def _side(code: str, newest: Run | None) -> str:
    """Systems.engine() says "" = nothing troubles the side, "-" = not set up. Well is only what a run has asked."""
    if not code:
        return "ok" if newest is not None else "unknown"
    return "unknown" if code == "-" else "held"
