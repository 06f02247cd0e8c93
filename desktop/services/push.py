"""Pushes: a system says that something happened. Who says so must prove it; all it can reach is an early look.

A message is signed: HMAC-SHA256 over "<timestamp>\\n<nonce>\\n<body>" with the system's `push_secret`, in lower-case hex.
The timestamp (Unix seconds) may be 60 s off, a nonce is taken once. Where a vendor cannot send that, its folder knows
another form, and the answer that its sender waits for. Nothing a push says is taken for true: the engine's own look tells
what happened, so that a forged, doubled, late or lost push changes nothing. The engine gathers what it hears.
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
_MOST_NONCES = 10_000
_NONCE = range(8, 129)
_TIMESTAMP, _SIGNED, _NONCE_NAME = "x-danqiao-timestamp", "x-danqiao-signature", "x-danqiao-nonce"


def signature(secret: str, timestamp: str, nonce: str, body: bytes) -> str:
    """What a caller sends beside timestamp, nonce and body."""
    signed = f"{timestamp}\n{nonce}\n".encode("utf-8", "replace") + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class Pushes:
    """Pushes of one gateway."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._nonces: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._lock = threading.Lock()

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
        if proved.hint is not None:
            self._workspace.engine.hear(system_id, proved.hint)
        return proved.answer

    def _remember(self, system_id: str, proved: Heard) -> None:
        """Raises SES-203 for a push that was heard before, or when nothing more can be remembered."""
        now = self._workspace.monotonic()
        for place in [place for place, until in self._nonces.items() if until < now]:
            del self._nonces[place]
        if len(self._nonces) >= _MOST_NONCES or (system_id, proved.once) in self._nonces:
            raise _refused(system_id)
        self._nonces[system_id, proved.once] = now + 2 * proved.window_s

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


def _ours(told: Mapping[str, str], body: bytes, secret: str) -> Heard | None:
    timestamp, nonce = told.get(_TIMESTAMP, ""), told.get(_NONCE_NAME, "")
    expected = signature(secret, timestamp, nonce, body)
    good = hmac.compare_digest(expected.encode(), told[_SIGNED].encode("utf-8", "replace"))
    readable = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12
    return Heard(nonce, float(timestamp), SKEW_S) if good and readable and len(nonce) in _NONCE else None


def _refused(system_id: str) -> SyncError:
    return SyncError(ErrorCode.SIGN_IN_REFUSED, certain=True, system=system_id[:40], said="push")
