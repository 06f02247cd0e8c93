"""How each system is doing: a breaker that opens after several failures in a row, and the pauses in between.

One lost answer concerns one attempt. Several in a row concern the system: its routes are held, once, until a run
that is let through finds the system well again.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from desktop.domain.errors import ErrorCode, FailureClass, Remedy, SyncError
from desktop.domain.system import System

PAUSES_S = (20.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0)
"""The ladder of pauses; after its end a person is asked."""

_OF_ONE_DOCUMENT = frozenset({ErrorCode.LOCKED_BY_USER, ErrorCode.TOO_EARLY, ErrorCode.FILE_STORE})
"""Transient, but the document's own trouble and not the system's: where it keeps its files is another server."""


def concerns_system(error: SyncError) -> bool:
    """True where the error says nothing of the document and everything of the connection."""
    if error.code in (ErrorCode.LICENCE, ErrorCode.SECRET_MISSING):
        return True
    return (
        error.failure_class in (FailureClass.TRANSIENT, FailureClass.SESSION)
        and error.code not in _OF_ONE_DOCUMENT
    )


def unread(error: SyncError, number: str) -> SyncError:
    """A no to our question is none to the record: a request that the OA refuses to tell is unreadable, and nobody's to cure by
    filling it in again. Any other error is itself."""
    if error.code is not ErrorCode.REFUSED:
        return error
    system, said = error.facts.get("system", ""), str(error.facts.get("said", ""))
    return SyncError(ErrorCode.UNREADABLE, certain=True, system=system, number=number, said=said)


def next_pause(error: SyncError, tries: int, scale: float = 1.0) -> timedelta | None:
    """How long to wait before try number `tries` + 1; None = a person must act first."""
    if error.code.remedy is not Remedy.RETRY or tries > len(PAUSES_S):
        return None
    return timedelta(seconds=PAUSES_S[max(tries, 1) - 1] * scale * random.uniform(0.85, 1.15))


class Breaker:
    """One system's breaker. Options of the system: breaker_after (3 failures in a row), breaker_pause_s (20)."""

    def __init__(self, system: System, clock: Callable[[], float] = time.monotonic) -> None:
        self._after = int(system.number("breaker_after", 3))
        self._scale = system.number("breaker_pause_s", PAUSES_S[0]) / PAUSES_S[0]
        self._clock = clock
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._opened = 0
        self._closed_until = 0.0
        self.last: SyncError | None = None

    def good(self) -> None:
        """The system answered."""
        with self._lock:
            self._in_a_row = self._opened = 0
            self._closed_until, self.last = 0.0, None

    def bad(self, error: SyncError) -> None:
        """The system failed; after several in a row nobody is let through for a while."""
        with self._lock:
            self._in_a_row += 1
            self.last = error
            if self._in_a_row >= self._after or error.code.remedy is not Remedy.RETRY:
                pause = PAUSES_S[min(self._opened, len(PAUSES_S) - 1)] * self._scale
                self._opened += 1
                self._closed_until = self._clock() + pause * random.uniform(0.85, 1.15)

    def is_open(self) -> bool:
        """True while nobody is let through."""
        with self._lock:
            return self._clock() < self._closed_until

    def has_tripped(self) -> bool:
        """True from the trip until the next good answer: the route counts as held."""
        with self._lock:
            return self._opened > 0

    def probe_now(self) -> None:
        """A person asks: the next run is let through."""
        with self._lock:
            self._closed_until = 0.0
