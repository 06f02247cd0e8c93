"""What systems told us to look at, flow by flow. A hint is never the truth: it says where to look before the next listing.

Kept in memory alone: a start lists everything anyway, and a hint that is lost costs the wait for the next listing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

AGAIN_S = 60.0
TRIES = 3
"""A request of which we heard that it ended, and that still runs, is looked at so often and so far apart: a vendor's event
may be ahead of what its interface tells."""

KEPT_S = 600.0
"""How long after a whole pass a request that we know nothing of is remembered: its opening may not be written down yet. A
flow that does not run (paused, held, quiet hours) forgets nothing."""

MOST = 5_000


@dataclass(slots=True)
class _Named:
    next_at: float
    until: float | None = None
    tries: int = 0

    def is_due(self, now: float) -> bool:
        return self.next_at <= now and (self.until is None or now <= self.until)


class Hints:
    """One flow's hints. Safe for several threads. monotonic: seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._named: dict[str, _Named] = {}
        self._anything = False
        self._lock = threading.Lock()

    def note(self, request: str) -> None:
        """Something happened to this request of the OA; "" = to any."""
        with self._lock:
            if not request or len(self._named) >= MOST:
                self._anything = True
                return
            self._named[request] = _Named(self._monotonic())

    @property
    def wants_listing(self) -> bool:
        """A hint named no request: only a listing tells which was meant."""
        return self._anything

    def begin_listing(self) -> None:
        """A listing begins: it answers what was owed."""
        self._anything = False

    def due(self) -> list[str]:
        """Requests that are to be looked at now."""
        with self._lock:
            now = self._monotonic()
            return [key for key, each in self._named.items() if each.is_due(now)]

    def is_due(self, request: str) -> bool:
        """True where this one is among them."""
        with self._lock:
            found = self._named.get(request)
            return found is not None and found.is_due(self._monotonic())

    def looked(self, request: str, *, over: bool) -> None:
        """It was looked at. over: it told all there is to tell; else it is looked at again in a while, a few times."""
        with self._lock:
            found = self._named.get(request)
            if found is None:
                return
            found.tries += 1
            found.next_at = self._monotonic() + AGAIN_S
            if over or found.tries >= TRIES:
                del self._named[request]

    def pass_ended(self) -> None:
        """A whole pass is over: whatever it did not know is kept a while longer, what was kept so long is forgotten."""
        with self._lock:
            now = self._monotonic()
            for key, each in list(self._named.items()):
                if each.until is None:
                    each.until = now + KEPT_S
                elif each.until < now:
                    del self._named[key]
