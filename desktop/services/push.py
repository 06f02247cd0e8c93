"""Pushes: a system says that something happened. Who says so must prove it; all it can reach is an early look.

A message is signed: HMAC-SHA256 over "<timestamp>\\n<nonce>\\n<body>" with the system's `push_secret`, in lower-case hex.
The timestamp (Unix seconds) may be 60 s off, a nonce is taken once. Where a vendor cannot send that, its folder knows
another form. What the body says is not read: the engine's own look tells what happened, so that a forged, doubled, late
or lost push changes nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from desktop.connectors.base import Heard
from desktop.connectors.registry import VENDORS
from desktop.domain.errors import ErrorCode, SyncError

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

SECRET = "push_secret"
SKEW_S = 60.0
BREATH_S = 0.5
_MOST_NONCES = 10_000
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
        self._told: set[str] = set()
        self._lock = threading.Lock()
        self._something = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._pass_on, name="danqiao-pushes", daemon=True)
        self._thread.start()

    def hear(self, system_id: str, headers: Mapping[str, str], body: bytes) -> None:
        """Takes a push. Raises SES-203 for one that is not signed by the system's secret, is old, or was heard before."""
        told = {name.lower(): value for name, value in headers.items()}
        proved = self._proved(system_id, told, body)
        if proved is None or not self._fresh(proved):
            raise _refused(system_id)
        with self._lock:
            now = self._workspace.monotonic()
            for place in [place for place, until in self._nonces.items() if until < now]:
                del self._nonces[place]
            if len(self._nonces) >= _MOST_NONCES or (system_id, proved.once) in self._nonces:
                raise _refused(system_id)
            self._nonces[system_id, proved.once] = now + 2 * proved.window_s
            self._told.add(system_id)
        self._something.set()

    def close(self) -> None:
        """Ends the thread."""
        self._ending.set()
        self._something.set()
        self._thread.join(5)

    def _proved(self, system_id: str, told: Mapping[str, str], body: bytes) -> Heard | None:
        system = self._workspace.catalog.systems().get(system_id)
        secret = self._workspace.vault.find(system_id, SECRET) if system is not None else None
        if system is None or not secret:
            return None
        if _SIGNED in told:
            return _ours(told, body, secret)
        vendor = VENDORS.get(system.vendor)
        return vendor.heard(told, body, secret) if vendor is not None and vendor.heard is not None else None

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
