"""In front of the pages: who comes how often, and what came so far. Turning somebody away costs next to nothing here,
so that a flood leaves the machine to the engine."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from desktop.services.text import Text

PER_SECOND, BURST = 10.0, 40.0
PER_SECOND_IN_ALL, BURST_IN_ALL = 100.0, 400.0
_REMEMBERED = 1000
App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Tally:
    """Counts since the gateway was opened. `moved` grows with each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.moved = self.passed = self.refused = self.pushes = 0
        self._passed_at = self._pushed_at = ""

    def add(self, what: str) -> None:
        """what: "passed", "refused" or "pushes"."""
        now = datetime.now(UTC).isoformat()
        with self._lock:
            self.moved += 1
            setattr(self, what, getattr(self, what) + 1)
            if what == "passed":
                self._passed_at = now
            elif what == "pushes":
                self._pushed_at = now

    def told(self) -> dict[str, Any]:
        """For the sign of life."""
        with self._lock:
            return {
                "passed": self.passed, "refused": self.refused, "pushes": self.pushes, "passed_at": self._passed_at,
                "pushed_at": self._pushed_at,
            }  # fmt: skip


class Crowd:
    """How often one address may come: a bucket that fills up again. Remembers the latest thousand."""

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, *, per_s: float = PER_SECOND, burst: float = BURST
    ) -> None:  # fmt: skip
        self._monotonic, self._per_s, self._burst = monotonic, per_s, burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def has_room(self, who: str) -> bool:
        """Would one more from this address come in? It does not count as one."""
        with self._lock:
            return self._left(who, self._monotonic()) >= 1.0

    def _left(self, who: str, now: float) -> float:
        left, since = self._buckets.get(who, (self._burst, now))
        return min(self._burst, left + (now - since) * self._per_s)

    def lets_in(self, who: str) -> bool:
        """One more from this address?"""
        now = self._monotonic()
        with self._lock:
            left = self._left(who, now)
            self._buckets[who] = (left - 1.0 if left >= 1.0 else left, now)
            self._buckets.move_to_end(who)
            while len(self._buckets) > _REMEMBERED:
                self._buckets.popitem(last=False)
        return left >= 1.0


class Guard:
    """The WSGI app that browsers meet first."""

    def __init__(
        self, app: App, text: Text, trusted: frozenset[str], heard: Callable[[], None], tally: Tally
    ) -> None:
        self._app, self._trusted, self._heard, self._tally = app, trusted, heard, tally
        self._each, self._all = Crowd(), Crowd(per_s=PER_SECOND_IN_ALL, burst=BURST_IN_ALL)
        words = text.say("gateway-too-many")
        self._page = f'<!doctype html><meta charset="utf-8"><title>429</title><p>{words}</p>'.encode()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        who = household(caller(environ, self._trusted))
        if self._each.lets_in(who) and self._all.lets_in(""):
            environ["REMOTE_ADDR"] = who
            return self._app(environ, start_response)
        self._heard()
        self._tally.add("refused")
        length = str(len(self._page))
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", length),
            ("Cache-Control", "no-store"),
            ("Retry-After", "5"),
        ]
        start_response("429 Too Many Requests", headers)
        return [self._page]


def household(address: str) -> str:
    """Whoever has an IPv6 address has billions of them: those of one network count as one."""
    try:
        told = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(told, ipaddress.IPv4Address) or told.ipv4_mapped is not None:
        return address
    return str(ipaddress.IPv6Network((int(told) >> 64 << 64, 64)))


def caller(environ: dict[str, Any], trusted: frozenset[str]) -> str:
    """The caller's address. Only the site's own proxies are believed about it: the last name that is not one of theirs."""
    who = str(environ.get("REMOTE_ADDR", ""))
    if who not in trusted:
        return who
    named = [each.strip() for each in str(environ.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
    return next((each for each in reversed(named) if each and each not in trusted), who)[:64]
