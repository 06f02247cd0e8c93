"""Pushes: a system says that something happened. Who says so must prove it; all it can reach is an early look.

A message is signed: HMAC-SHA256 over "<timestamp>\\n<nonce>\\n<body>" with the system's `push_secret`, in lower-case hex.
The timestamp (Unix seconds) may be 60 s off, a nonce is taken once. Where a vendor cannot send that, its folder knows
another form, and the answer that its sender waits for. Nothing a push says is taken for true: the engine's own look tells
what happened, so that a forged, doubled, late or lost push changes nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from desktop.connectors.base import Heard, Push
from desktop.connectors.registry import VENDORS
from desktop.domain.errors import ErrorCode, SyncError

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

SECRET = "push_secret"
SKEW_S = 60.0
BREATH_S = 0.5
_MOST_NONCES = 10_000
_MOST_EVENTS = 10_000
_NONCE = range(8, 129)
_TIMESTAMP, _SIGNED, _NONCE_NAME = "x-danqiao-timestamp", "x-danqiao-signature", "x-danqiao-nonce"


def signature(secret: str, timestamp: str, nonce: str, body: bytes) -> str:
    """What a caller sends beside timestamp, nonce and body."""
    signed = f"{timestamp}\n{nonce}\n".encode("utf-8", "replace") + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class Pushes:
    """Pushes of one gateway. A thread of its own wakes the engine, so that a flood of pushes costs one look per breath."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._nonces: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._events: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._told: set[str] = set()
        self._lock = threading.Lock()
        self._something = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._pass_on, name="danqiao-pushes", daemon=True)
        self._thread.start()

    def hear(
        self, system_id: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, str] | None = None
    ) -> str:
        """Takes a push; answers the JSON text that its sender waits for, mostly "".

        Raises SES-203 for one that is not proved by the system's secrets, is old, or was heard before."""
        push = Push({name.lower(): value for name, value in headers.items()}, query or {}, body)
        proved = self._proved(system_id, push)
        if proved is None or not self._fresh(proved):
            raise _refused(system_id)
        with self._lock:
            self._remember(system_id, proved)
            is_news = proved.looks and self._is_new(system_id, proved.event)
            if is_news:
                self._told.add(system_id)
        if is_news:
            self._something.set()
        return proved.answer

    def _remember(self, system_id: str, proved: Heard) -> None:
        """Raises SES-203 for a push that was heard before, or when nothing more can be remembered."""
        now = self._workspace.monotonic()
        for place in [place for place, until in self._nonces.items() if until < now]:
            del self._nonces[place]
        if len(self._nonces) >= _MOST_NONCES or (system_id, proved.once) in self._nonces:
            raise _refused(system_id)
        self._nonces[system_id, proved.once] = now + 2 * proved.window_s

    def _is_new(self, system_id: str, event: str) -> bool:
        """An event that is told anew, because our answer came too late, was looked after already."""
        if not event:
            return True
        place = (system_id, event)
        is_new = place not in self._events
        self._events[place] = None
        self._events.move_to_end(place)
        while len(self._events) > _MOST_EVENTS:
            self._events.popitem(last=False)
        return is_new

    def close(self) -> None:
        """Ends the thread."""
        self._ending.set()
        self._something.set()
        self._thread.join(5)

    def _proved(self, system_id: str, push: Push) -> Heard | None:
        system = self._workspace.catalog.systems().get(system_id)
        if system is None:
            return None

        def secret_of(name: str) -> str:
            return self._workspace.vault.find(system_id, name) or ""

        if _SIGNED in push.headers:
            secret = secret_of(SECRET)
            return _ours(push.headers, push.body, secret) if secret else None
        vendor = VENDORS.get(system.vendor)
        return (
            vendor.heard(push, system, secret_of) if vendor is not None and vendor.heard is not None else None
        )

    def _fresh(self, proved: Heard) -> bool:
        return proved.at is None or abs(self._workspace.now().timestamp() - proved.at) <= proved.window_s

    def _pass_on(self) -> None:
        while not self._ending.is_set():
            self._something.wait()
            self._something.clear()
            with self._lock:
                told, self._told = self._told, set()
            for system_id in () if self._ending.is_set() else sorted(told):
                self._workspace.engine.wake(system_id)
            self._ending.wait(BREATH_S)


def _ours(told: Mapping[str, str], body: bytes, secret: str) -> Heard | None:
    timestamp, nonce = told.get(_TIMESTAMP, ""), told.get(_NONCE_NAME, "")
    expected = signature(secret, timestamp, nonce, body)
    good = hmac.compare_digest(expected.encode(), told[_SIGNED].encode("utf-8", "replace"))
    readable = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12
    return Heard(nonce, float(timestamp), SKEW_S) if good and readable and len(nonce) in _NONCE else None


def _refused(system_id: str) -> SyncError:
    return SyncError(ErrorCode.SIGN_IN_REFUSED, certain=True, system=system_id[:40], said="push")
