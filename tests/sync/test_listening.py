"""Listening to a system: what is heard wakes once, pauses grow, a refusal is told, and nothing spins."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from desktop.connectors.base import Capabilities, Ear, Hint
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import System, SystemRole
from desktop.store.audit import Trail
from desktop.store.catalog import Catalog
from desktop.sync.hints import AGAIN_S, KEPT_S, MOST, TRIES, Hints
from desktop.sync.listening import (
    GAP_S,
    PAUSES_S,
    REFUSED_S,
    STEADY_S,
    TELLS,
    Listener,
    Listeners,
    Waker,
    beat_of,
    heard_of,
)

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
OA = System("oa", SystemRole.OA, "some", "OA", "https://oa.example")


# --- hints ---------------------------------------------------------------------------------------------------------------
def test_a_request_that_still_runs_is_looked_at_a_few_times_and_then_left_to_the_listing() -> None:
    clock = [0.0]
    hints = Hints(lambda: clock[0])
    hints.note("R1")
    looks = 0
    for _ in range(100):
        if hints.due() == ["R1"]:
            assert hints.is_due("R1")
            looks += 1
            hints.looked("R1", over=False)
        clock[0] += AGAIN_S / 4
    assert looks == TRIES
    hints.note("R2")
    hints.looked("R2", over=True)
    assert hints.due() == [] and not hints.is_due("R2")


def test_a_request_that_nobody_knows_is_forgotten_and_a_flood_is_a_listing() -> None:
    clock = [0.0]
    hints = Hints(lambda: clock[0])
    hints.note("unknown")
    clock[0] = 50 * KEPT_S
    assert hints.due() == ["unknown"], "nobody has looked: the flow is paused"
    hints.pass_ended()
    clock[0] += KEPT_S - 1
    hints.pass_ended()
    assert hints.due() == ["unknown"]
    clock[0] += 2
    assert hints.due() == []
    hints.pass_ended()
    for number in range(MOST + 5):
        hints.note(f"R{number}")
    assert len(hints.due()) == MOST and hints.wants_listing
    hints.begin_listing()
    assert not hints.wants_listing


# --- waking --------------------------------------------------------------------------------------------------------------
def test_a_thousand_events_are_one_waking_and_each_counts_once() -> None:
    woken: list[tuple[str, Sequence[Hint]]] = []
    first, inside, onward, done = threading.Event(), threading.Event(), threading.Event(), threading.Event()

    def wake(system: str, hints: Sequence[Hint]) -> None:
        woken.append((system, hints))
        if not first.is_set():
            first.set()
            inside.set()
            onward.wait(10)
        else:
            done.set()

    waker = Waker(wake)
    assert waker.hear("oa", Hint("e0", "P", "R0"))
    assert inside.wait(10)
    fresh = [waker.hear("oa", Hint(f"e{number}", "P", f"R{number % 10}")) for number in range(1_000)]
    assert sum(fresh) == 999, "the first was heard before"
    assert not waker.hear("oa", Hint("e7", "P", "R7")) and waker.hear("other", Hint("e7"))
    onward.set()
    assert done.wait(10)
    waker.close()
    assert [(system, len(hints)) for system, hints in woken[:2]] == [("oa", 1), ("oa", 10)]


# --- connections -----------------------------------------------------------------------------------------------------------
class Waits(threading.Event):
    """An event that is told how long somebody wants to wait, and does not let him."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.pauses: list[float] = []
        self.enough = threading.Event()
        self._most = most
        self.on_enough: Callable[[], None] = lambda: None

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses.append(timeout or 0.0)
        if len(self.pauses) >= self._most:
            self.on_enough()
            self.enough.set()
        return False


@dataclass
class Script:
    """A connector that does with each connection what the script says; the last line for ever."""

    lines: list[Any]
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(streams=True))
    calls: int = 0

    def listen(self, ear: Ear, stop: threading.Event) -> None:
        line = self.lines[min(self.calls, len(self.lines) - 1)]
        self.calls += 1
        if isinstance(line, SyncError):
            raise line
        line(ear)


def listen(
    script: Script, most: int, clock: Callable[[], float] = lambda: 0.0
) -> tuple[list[float], list[dict[str, Any]]]:
    """The pauses between `most` connections, and the signs of life."""
    told: list[dict[str, Any]] = []
    ear = Listener(OA, lambda: script, lambda *_: True, told.append, {}, lambda: NOW, clock)  # type: ignore[arg-type, return-value]
    ear._drop = waits = Waits(most)
    waits.on_enough = lambda: setattr(ear, "_ended", True)
    ear.start()
    assert waits.enough.wait(10)
    ear.join()
    return waits.pauses, told


def about(seconds: Sequence[float]) -> Any:
    return pytest.approx(list(seconds), rel=0.16)


def test_a_server_that_greets_every_connection_with_disconnect_does_not_make_us_spin() -> None:
    pauses, told = listen(Script([lambda ear: ear.opened()]), 9)
    assert pauses == about([0.0, *PAUSES_S, PAUSES_S[-1], PAUSES_S[-1]])
    assert told[0]["stands"] and not told[-1]["stands"] and told[-1]["code"] == ""


def test_after_a_steady_connection_it_comes_again_at_once() -> None:
    clock = [0.0]

    def steady(ear: Ear) -> None:
        ear.opened()
        clock[0] += STEADY_S

    pauses, _ = listen(Script([steady]), 4, lambda: clock[0])
    assert pauses == [0.0, 0.0, 0.0, 0.0]


def test_a_line_that_breaks_waits_longer_each_time_and_a_refusal_an_hour() -> None:
    lost = SyncError(ErrorCode.CONNECTION_LOST, system="oa", said="x")
    pauses, told = listen(Script([lost]), 7)
    assert pauses == about([*PAUSES_S, PAUSES_S[-1]])
    refused = SyncError(ErrorCode.STREAM_REFUSED, certain=True, system="oa", said="not in stream mode")
    pauses, told = listen(Script([refused]), 3)
    assert pauses == about([REFUSED_S] * 3)
    assert told[-1]["code"] == "PER-743" and told[-1]["facts"]["said"] == "not in stream mode"


def test_after_a_gap_everything_is_looked_at_once_for_what_was_told_to_nobody() -> None:
    heard: list[Hint] = []
    clock = [0.0]

    def stands_for_a_while(ear: Ear) -> None:
        ear.opened()
        clock[0] += 1_000.0

    def after(gap_s: float, then: Callable[[Ear], None]) -> Callable[[Ear], None]:
        def line(ear: Ear) -> None:
            clock[0] += gap_s
            then(ear)

        return line

    script = Script(
        [after(gap, stands_for_a_while) for gap in (1.0, GAP_S / 2, GAP_S + 1, 1.0)]
        + [after(GAP_S, lambda ear: None), after(2.0, stands_for_a_while), after(1.0, stands_for_a_while)]
    )
    ear = Listener(
        OA, lambda: script, lambda _, hint: heard.append(hint) or True, lambda _: None, {}, lambda: NOW, lambda: clock[0]  # type: ignore[arg-type, return-value, func-returns-value]
    )  # fmt: skip
    ear._drop = waits = Waits(6)
    waits.on_enough = lambda: setattr(ear, "_ended", True)
    ear.start()
    assert waits.enough.wait(10)
    ear.join()
    assert heard == [Hint(), Hint()], "after the third and after the one that never stood"
    ear._ended, ear._since = False, None
    ear.again()
    ear.opened()
    assert len(heard) == 3, "it slept"


def test_a_stream_that_tells_nothing_is_not_relied_on() -> None:
    clock = [NOW]
    ear = Listener(OA, lambda: Script([None]), lambda *_: True, lambda _: None, {}, lambda: clock[0])  # type: ignore[arg-type, return-value]
    assert not ear.tells
    ear.opened()
    assert not ear.tells, "it stands, and who knows what the vendor's console says"
    ear.take(Hint("e1"))
    assert ear.tells
    clock[0] += TELLS
    assert not ear.tells
    ear.take(Hint("e2"))
    clock[0] -= 2 * TELLS
    assert not ear.tells, "the clock was wrong then: nothing is known of when it was"


def test_our_own_mistake_ends_no_thread(caplog) -> None:
    def broken(_: Ear) -> None:
        raise RuntimeError("a bug")

    pauses, told = listen(Script([broken]), 2)
    assert len(pauses) == 2 and told[-1]["code"] == ErrorCode.INTERNAL.id


def test_who_cannot_stream_or_does_not_want_to_is_not_listened_to() -> None:
    for connector in (
        Script([None], Capabilities()),
        SimpleNamespace(capabilities=Capabilities(streams=True)),
    ):
        told: list[dict[str, Any]] = []
        ear = Listener(OA, lambda c=connector: c, lambda *_: True, told.append, {}, lambda: NOW)  # type: ignore[misc]
        ear.start()
        ear._thread.join(10)
        assert not ear._thread.is_alive() and told == [] and not ear.listens


def test_the_sign_of_life_tells_since_when_the_last_event_and_how_many_today() -> None:
    told: list[dict[str, Any]] = []
    before = {"day": NOW.astimezone().date().isoformat(), "today": 4}
    taken, onward = threading.Event(), threading.Event()

    def three(ear: Ear) -> None:
        ear.opened()
        for event in ("a", "b", "a"):
            ear.take(Hint(event))
        taken.set()
        onward.wait(10)

    heard: set[str] = set()
    news = lambda _, hint: hint.event not in heard and not heard.add(hint.event)  # noqa: E731
    ear = Listener(OA, lambda: Script([three]), news, told.append, before, lambda: NOW).start()  # type: ignore[arg-type, return-value]
    assert taken.wait(10)
    ear.tell()
    found = heard_of(told[-1])
    assert (found.stands, found.since, found.last_at, found.today) == (True, NOW, NOW, 6)
    ear.stop()
    onward.set()
    ear._thread.join(10)
    ear.take(Hint("late"))
    ear.tell()
    assert heard_of(told[-1]).today == 6


class Held:
    """A connector whose connection stands until it is told to stop."""

    capabilities = Capabilities(streams=True)

    def __init__(self) -> None:
        self.stands = threading.Semaphore(0)
        self.standing: list[threading.Event] = []

    def listen(self, ear: Ear, stop: threading.Event) -> None:
        self.standing.append(stop)
        ear.opened()
        self.stands.release()
        stop.wait(30)


def test_one_ear_for_each_system_that_is_in_use(store) -> None:
    """Settings that changed, a system no longer in use, a machine that slept."""
    catalog, held = Catalog(store, Trail(store)), Held()
    catalog.put_system(OA, "x")
    ears = Listeners(catalog, lambda _: held, lambda *_: True, lambda: NOW)  # type: ignore[arg-type, return-value]
    ears.keep({"oa", "gone"})
    assert held.stands.acquire(timeout=10)
    ears.keep({"oa"})
    assert len(held.standing) == 1, "nothing changed"
    ears.again()
    assert held.stands.acquire(timeout=10), "slept"
    changed = System("oa", SystemRole.OA, "some", "OA", "https://other.example")
    catalog.put_system(changed, "x")
    first = ears._ears["oa"]
    ears.keep({"oa"})
    assert held.stands.acquire(timeout=10), "other settings"
    first._thread.join(10)
    assert not first._thread.is_alive() and ears._ears["oa"].system == changed
    beat = catalog.last_beat(beat_of("oa"))
    assert beat is not None and heard_of(beat[1]).stands
    last = ears._ears["oa"]
    ears.keep(set())
    last._thread.join(10)
    assert not last._thread.is_alive()
    ears.stop()
