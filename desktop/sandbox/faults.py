"""What goes wrong between two systems, at random by a seed or by a script. Says what; the dialect says how it looks."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Fault(Enum):
    """One kind of trouble on the wire."""

    SESSION_LOST = "session lost"
    """The session is gone; nothing was done."""
    SERVER_ERROR = "server error"
    """HTTP 500 with a page of HTML; nothing was done."""
    HTML_PAGE = "html page"
    """HTTP 200 or 302 with a sign-in page of some proxy; nothing was done."""
    SLOW = "slow"
    """Done and answered, but late (`Faults.slow_s`)."""
    THROTTLED = "throttled"
    """Refused for now, too many calls; nothing was done."""
    RESET_BEFORE = "reset before"
    """The connection dies before anything was done."""
    RESET_AFTER = "reset after"
    """Done, then the connection is reset."""
    REPLY_LOST = "reply lost"
    """Done, then the connection closes in silence."""
    TRUNCATED = "truncated"
    """Done, but the answer is cut off in the middle."""

    @property
    def done(self) -> bool:
        """True when the work is carried out in spite of the fault."""
        return self in _DONE


_DONE = frozenset({Fault.SLOW, Fault.RESET_AFTER, Fault.REPLY_LOST, Fault.TRUNCATED})
_WRITES_ONLY = frozenset({Fault.RESET_BEFORE, Fault.RESET_AFTER, Fault.REPLY_LOST, Fault.TRUNCATED})


@dataclass(slots=True)
class _Script:
    """A fault that was ordered: for which operation, how often, after how many that pass."""

    fault: Fault
    operation: str
    times: int
    skip: int

    def fits(self, operation: str) -> bool:
        return self.operation in ("*", operation)


class Faults:
    """Draws a fault, or None, for each call. Safe to use from many threads.

    seed:  with the running number of the call it decides every draw; None = no random faults.
    rates: the share of calls (0..1) that get the fault. Lost replies and resets are drawn for writes only.
    slow_s: how late a SLOW answer is; the dialect sleeps.
    seen:  how often each fault was given.
    """

    def __init__(self, seed: int | None = None, rates: Mapping[Fault, float] | None = None) -> None:
        self.slow_s = 0.3
        self.seen: Counter[Fault] = Counter()
        self._seed = seed
        self._rates = dict(rates or {})
        self._number = 0
        self._scripts: list[_Script] = []
        self._lock = threading.Lock()

    @classmethod
    def mild(cls, seed: int) -> Faults:
        """The everyday mix of `sandbox --faults SEED`: bad enough to prove the engine, mild enough to get on."""
        return cls(
            seed,
            {
                Fault.REPLY_LOST: 0.01,
                Fault.RESET_AFTER: 0.005,
                Fault.RESET_BEFORE: 0.005,
                Fault.TRUNCATED: 0.002,
                Fault.SESSION_LOST: 0.01,
                Fault.SERVER_ERROR: 0.004,
                Fault.HTML_PAGE: 0.003,
                Fault.THROTTLED: 0.003,
                Fault.SLOW: 0.01,
            },
        )

    def draw(self, operation: str, is_write: bool) -> Fault | None:
        """The fault of this call, or None. Scripts come first, in the order in which they were given.

        operation: as the vendor spells it ("Audit", "doCreateRequest"); case does not matter.
        """
        with self._lock:
            fault = self._scripted(operation.lower())
            if fault is None and self._seed is not None:
                fault = self._random(is_write)
            if fault is not None:
                self.seen[fault] += 1
            return fault

    def force(self, fault: Fault, operation: str = "*", times: int = 1, skip: int = 0) -> None:
        """Scripts `fault` for the next `times` calls of `operation` ("*" = any), after `skip` of them have passed."""
        with self._lock:
            self._scripts.append(_Script(fault, operation.lower(), times, skip))

    def clear(self) -> None:
        """Forgets the scripts and stops the random faults; `seen` stays."""
        with self._lock:
            self._scripts.clear()
            self._rates.clear()

    def _scripted(self, operation: str) -> Fault | None:
        for script in self._scripts:
            if not script.fits(operation):
                continue
            if script.skip > 0:
                script.skip -= 1
                continue
            script.times -= 1
            if script.times <= 0:
                self._scripts.remove(script)
            return script.fault
        return None

    def _random(self, is_write: bool) -> Fault | None:
        self._number += 1
        drawn = random.Random(f"{self._seed}/{self._number}").random()
        for fault, rate in self._rates.items():
            drawn -= rate
            if drawn < 0:
                return None if fault in _WRITES_ONLY and not is_write else fault
        return None
