"""Pushes: a system says that something happened. Who says so must prove it; all it can reach is an early look.

A message is signed: HMAC-SHA256 over "<timestamp>\\n<nonce>\\n<body>" with the system's `push_secret`, in lower-case hex.
The timestamp (Unix seconds) may be 60 s off, a nonce is taken once. What the body says is not read: the engine's own look
tells what happened, so that a forged, doubled, late or lost push changes nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from desktop.domain.errors import ErrorCode, SyncError

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

SECRET = "push_secret"
SKEW_S = 60.0
BREATH_S = 0.5
_MOST_NONCES = 10_000
_NONCE = range(8, 129)


def signature(secret: str, timestamp: str, nonce: str, body: bytes) -> str:
    """What a caller sends beside timestamp, nonce and body."""
    signed = f"{timestamp}\n{nonce}\n".encode() + body
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

    def hear(self, system_id: str, timestamp: str, nonce: str, signed: str, body: bytes) -> None:
        """Takes a push. Raises SES-203 for one that is not signed by the system's secret, is old, or was heard before."""
        secret = self._workspace.vault.find(system_id, SECRET) if self._known(system_id) else None
        expected = signature(secret or "", timestamp, nonce, body)
        good = hmac.compare_digest(expected.encode(), signed.encode("utf-8", "replace"))
        if not secret or not good or len(nonce) not in _NONCE or not self._fresh(timestamp):
            raise SyncError(ErrorCode.SIGN_IN_REFUSED, certain=True, system=system_id[:40], said="push")
        with self._lock:
            now = self._workspace.monotonic()
            while self._nonces and next(iter(self._nonces.values())) < now - 2 * SKEW_S:
                self._nonces.popitem(last=False)
            full = len(self._nonces) >= _MOST_NONCES
            if full or (system_id, nonce) in self._nonces:
                raise SyncError(ErrorCode.SIGN_IN_REFUSED, certain=True, system=system_id[:40], said="push")
            self._nonces[system_id, nonce] = now
            self._told.add(system_id)
        self._something.set()

    def close(self) -> None:
        """Ends the thread."""
        self._ending.set()
        self._something.set()
        self._thread.join(5)

    def _known(self, system_id: str) -> bool:
        return system_id in self._workspace.catalog.systems()

    def _fresh(self, timestamp: str) -> bool:
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            return False
        return abs(self._workspace.now().timestamp() - int(timestamp)) <= SKEW_S

    def _pass_on(self) -> None:
        while not self._ending.is_set():
            self._something.wait()
            self._something.clear()
            with self._lock:
                told, self._told = self._told, set()
            for system_id in () if self._ending.is_set() else sorted(told):
                self._workspace.engine.wake(system_id)
            self._ending.wait(BREATH_S)
