"""Listens to systems that tell what happened over a connection that we open, and wakes the engine, gathered and once each.

What is heard is a hint and nothing else. A connection that cannot be had costs freshness: it is told, and it never holds a
flow. Each system that can has one thread; there is none where no engine runs.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from desktop.connectors.base import ErpConnector, Hint, OaConnector, Streams
from desktop.domain.errors import ErrorCode, Remedy, SyncError
from desktop.domain.system import System
from desktop.store.catalog import Catalog

BREATH_S = 0.5
"""So long hints are gathered: a thousand of them are one look."""

PAUSES_S = (2.0, 5.0, 15.0, 60.0, 300.0, 900.0)
REFUSED_S = 3_600.0
"""The vendor says no: a person has to change something there, and asking costs calls."""

STEADY_S = 60.0
"""A connection that stood so long was a good one: the pauses begin anew."""

GAP_S = 30.0
"""After a gap of so long something may have been told to nobody: whatever listens looks once."""

TELLS = timedelta(days=3)
"""A stream that told nothing for so long is not relied on: the vendor's console may be set to tell us nothing."""

STEADY = timedelta(seconds=STEADY_S)
_MOST_EVENTS = 10_000
_STOP_S = 1.0

log = logging.getLogger("danqiao.listening")


class Waker:
    """Gathers hints and passes them on from a thread of its own. wake: takes a system and what was heard of it."""

    def __init__(self, wake: Callable[[str, Sequence[Hint]], object]) -> None:
        self._wake = wake
        self._events: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._told: dict[str, dict[Hint, None]] = {}
        self._lock = threading.Lock()
        self._something, self._ending = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def hear(self, system_id: str, hint: Hint) -> bool:
        """Takes a hint; False for an event that was heard before."""
        with self._lock:
            if not self._is_new(system_id, hint.event):
                return False
            place = Hint(workflow=hint.workflow, request=hint.request)
            self._told.setdefault(system_id, {})[place] = None
            if self._thread is None:
                self._ending = threading.Event()
                self._thread = threading.Thread(
                    target=self._pass_on, args=(self._ending,), name="danqiao-waker", daemon=True
                )
                self._thread.start()
        self._something.set()
        return True

    def _is_new(self, system_id: str, event: str) -> bool:
        """An event that is told anew, because our answer came too late or on another way, was looked after already."""
        if not event:
            return True
        place = (system_id, event)
        is_new = place not in self._events
        self._events[place] = None
        self._events.move_to_end(place)
        while len(self._events) > _MOST_EVENTS:
            self._events.popitem(last=False)
        return is_new

    def _pass_on(self, ending: threading.Event) -> None:
        while not ending.is_set():
            self._something.wait()
            self._something.clear()
            with self._lock:
                told, self._told = self._told, {}
            for system_id, hints in () if ending.is_set() else sorted(told.items()):
                try:
                    self._wake(system_id, list(hints))
                except Exception:
                    log.exception("waking %s", system_id)
            ending.wait(BREATH_S)

    def close(self) -> None:
        """Ends the thread; a hint that comes later begins another."""
        with self._lock:
            thread, self._thread = self._thread, None
        self._ending.set()
        self._something.set()
        if thread is not None:
            thread.join(5)


@dataclass(frozen=True, slots=True)
class Heard:
    """How a system's stream does, as its sign of life tells. code, facts: why it does not stand, "" = no reason known.
    today: events on `day`, a date of this machine. idle: nobody listens any more."""

    stands: bool = False
    since: datetime | None = None
    last_at: datetime | None = None
    day: str = ""
    today: int = 0
    code: str = ""
    facts: Mapping[str, str] | None = None
    idle: bool = False

    def told(self) -> dict[str, Any]:
        """As it is kept."""
        times = {
            name: at.isoformat() if at else ""
            for name, at in (("since", self.since), ("last_at", self.last_at))
        }
        return {
            "stands": self.stands, **times, "day": self.day, "today": self.today, "code": self.code,
            "facts": dict(self.facts or {}), "idle": self.idle,
        }  # fmt: skip


class Listener:
    """One system's ear. connector: the one in use now; note: keeps a sign of life, before: the last one; hear: passes a
    hint on."""

    def __init__(
        self, system: System, connector: Callable[[], ErpConnector | OaConnector], hear: Callable[[str, Hint], bool],
        note: Callable[[Mapping[str, Any]], None], before: Mapping[str, Any], now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.system, self.system_id = system, system.id
        self._connector, self._hear, self._note, self._now, self._monotonic = (
            connector,
            hear,
            note,
            now,
            monotonic,
        )
        self._since: datetime | None = None
        self._last_at = _when(before.get("last_at"))
        self._day, self._today = str(before.get("day", "")), int(before.get("today") or 0)
        self._error: SyncError | None = None
        self._gone_at = 0.0
        self._slept = False
        self._tries, self._came_again, self._began = 0, False, 0.0
        self._ended = False
        self.listens = False
        """True as soon as it is known that this system can be listened to."""
        self._drop = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._go, name=f"listening-{system.id}", daemon=True)

    # --- life --------------------------------------------------------------------------------------------------------
    def start(self) -> Listener:
        """Begins to listen, from a thread of its own."""
        self._gone_at = self._monotonic()
        self._thread.start()
        return self

    @property
    def in_trouble(self) -> bool:
        """True where the last connection ended with an error, and none stands since."""
        return self._error is not None

    @property
    def tells(self) -> bool:
        """True while it stands and has told something lately: what ends is heard of. What it told in days to come was told
        under a wrong clock, and counts for nothing."""
        last, since = self._last_at, self._since
        return since is not None and last is not None and -STEADY < self._now() - last < TELLS

    def again(self) -> None:
        """The connection is not to be trusted any more (this machine slept): a new one at once."""
        self._tries, self._came_again = 0, False
        self._slept = True
        self._drop.set()

    def stop(self) -> None:
        """Ends the connection."""
        self._ended = True
        self._drop.set()

    def join(self) -> None:
        """Waits a moment for its thread, which takes nothing more in any case."""
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(_STOP_S)

    def _go(self) -> None:
        while not self._ended:
            self._drop.clear()
            if self._ended:  # stopped in between
                return
            pause_s = self._once()
            if pause_s is None:
                return
            self._drop.wait(pause_s)

    def _once(self) -> float | None:
        """One connection. Answers how long to wait for the next; None = this system cannot stream."""
        self._began, error = self._monotonic(), None
        try:
            connector = self._connector()
            if not (connector.capabilities.streams and isinstance(connector, Streams)):
                return None
            self.listens = True
            connector.listen(self, self._drop)
        except SyncError as told:
            error = told
        except Exception as bug:
            log.exception("listening to %s", self.system_id)
            error = SyncError(ErrorCode.INTERNAL, said=f"{type(bug).__name__}: {bug}")
        lived_s = self._monotonic() - self._began
        if self._since is not None:
            self._gone_at, self._since = self._began + lived_s, None
        if self._ended:
            return None
        if error is not None and (self._error is None or error.code is not self._error.code):
            log.warning("stream of %s: %s", self.system_id, error.code.id)
        self._error = error
        self.tell()
        return 0.0 if self._drop.is_set() else self._pause_s(error, lived_s)

    def _pause_s(self, error: SyncError | None, lived_s: float) -> float:
        """At once after the server's own wish, but once only: a server may greet every connection with it."""
        if lived_s >= STEADY_S:
            self._tries, self._came_again = 0, False
        if error is None and not self._came_again:
            self._came_again = True
            return 0.0
        jitter = random.uniform(0.85, 1.15)
        if error is not None and error.code.remedy is not Remedy.RETRY:
            return REFUSED_S * jitter
        self._tries += 1
        return PAUSES_S[min(self._tries, len(PAUSES_S)) - 1] * jitter

    # --- what is heard (base.Ear) ----------------------------------------------------------------------------------------
    def opened(self) -> None:
        """It stands."""
        if self._ended:
            return
        self._since, self._error = self._now(), None
        self.tell()
        if self._slept or self._monotonic() - self._gone_at > GAP_S:  # asleep, a steady clock stands still
            self._hear(self.system_id, Hint())
        self._slept = False

    def take(self, hint: Hint) -> None:
        """Counted and passed on; told anew, it is neither."""
        if self._ended or not self._hear(self.system_id, hint):
            return
        at = self._now()
        day = at.astimezone().date().isoformat()
        with self._lock:
            self._day, self._today = day, self._today + 1 if day == self._day else 1
            self._last_at = at

    def tell(self) -> None:
        """A sign of life for the window, in whatever process."""
        if not self.listens:
            return
        error = self._error
        facts = {name: str(value) for name, value in error.facts.items()} if error else {}
        with self._lock:
            heard = Heard(
                self._since is not None, self._since, self._last_at, self._day, self._today,
                error.code.id if error else "", facts, self._ended,
            )  # fmt: skip
        try:
            self._note(heard.told())
        except SyncError:
            return  # a store that is busy: the next one tells


class Listeners:
    """The ears of one engine, a thread for each system that can be listened to."""

    def __init__(
        self, catalog: Catalog, connector: Callable[[str], ErpConnector | OaConnector], hear: Callable[[str, Hint], bool],
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._catalog, self._connector, self._hear, self._now = catalog, connector, hear, now
        self._ears: dict[str, Listener] = {}

    def keep(self, wanted: Collection[str]) -> None:
        """Listens to these systems and to no other; to one whose settings changed, or that is in trouble, anew."""
        systems = self._catalog.systems()
        for system_id, ear in list(self._ears.items()):
            if system_id not in wanted or systems.get(system_id) != ear.system:
                ear.stop()
                ear.tell()
                del self._ears[system_id]
            elif ear.in_trouble:
                ear.again()
        for system_id in wanted:
            if system_id in systems and system_id not in self._ears:
                self._ears[system_id] = self._ear(systems[system_id]).start()

    def _ear(self, system: System) -> Listener:
        name = beat_of(system.id)
        before = self._catalog.last_beat(name)
        return Listener(
            system, lambda: self._connector(system.id), self._hear,
            lambda told: self._catalog.beat(name, told, self._now()), before[1] if before else {}, self._now,
        )  # fmt: skip

    def again(self) -> None:
        """This machine slept: no connection is to be trusted."""
        for ear in list(self._ears.values()):
            ear.again()

    def tells(self, system_id: str) -> bool:
        """True where this system tells what ends, and has lately."""
        ear = self._ears.get(system_id)
        return ear is not None and ear.tells

    def tell(self, system_id: str = "") -> None:
        """A sign of life of this one, or of each."""
        for ear in list(self._ears.values()):
            if system_id in ("", ear.system_id):
                ear.tell()

    def stop(self) -> None:
        """Ends them all."""
        ears, self._ears = list(self._ears.values()), {}
        for ear in ears:
            ear.stop()
        for ear in ears:
            ear.join()
            ear.tell()


def beat_of(system_id: str) -> str:
    """Under which name a system's stream leaves its sign of life."""
    return f"stream.{system_id}"


def heard_of(told: Mapping[str, Any]) -> Heard:
    """A sign of life, read."""
    return Heard(
        bool(told.get("stands")), _when(told.get("since")), _when(told.get("last_at")), str(told.get("day", "")),
        int(told.get("today") or 0), str(told.get("code", "")), dict(told.get("facts") or {}),
        bool(told.get("idle")),
    )  # fmt: skip


def _when(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text or ""))
    except ValueError:
        return None
