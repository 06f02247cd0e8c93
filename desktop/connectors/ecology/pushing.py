"""Weaver e-cology 9: pushes as a node's own action, or the integration centre's HTTP action, sends them.

The vendor has no form of its own and no signature; these two are what the reference tells to agree on.
Source: reference oa-weaver-ecology9, section 11.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from desktop.connectors.base import Heard, Push
from desktop.domain.system import System

ACTION_S = 300.0
"""An action's message may be five minutes off."""
PLAIN_S = 10.0
"""A message without a time of its own: the same again within this time is the same."""


def heard(push: Push, system: System, secret_of: Callable[[str], str]) -> Heard | None:
    """Two forms, proved by the system's `push_secret`:

    action: x-ecology-time (Unix seconds) and x-ecology-signature, lower-case hex of HMAC-SHA256(secret, time + body).
    plain:  authorization "Bearer <secret>": an action without code can send nothing but fixed words and the form's values.
    """
    secret = secret_of("push_secret")
    if not secret:
        return None
    if signed := push.headers.get("x-ecology-signature"):
        return _of_action(push.headers.get("x-ecology-time", ""), signed, push.body, secret)
    scheme, _, told = push.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and _same(told.strip(), secret):
        return Heard(hashlib.sha256(push.body).hexdigest(), None, PLAIN_S)
    return None


def _of_action(time: str, signed: str, body: bytes, secret: str) -> Heard | None:
    expected = hmac.new(secret.encode(), time.encode("utf-8", "replace") + body, hashlib.sha256).hexdigest()
    if not _same(signed, expected) or not (time.isascii() and time.isdigit() and len(time) <= 12):
        return None
    return Heard(signed, float(time), ACTION_S)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
