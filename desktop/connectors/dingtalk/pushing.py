"""DingTalk: the sealed call-back as it comes in at the gateway. It only says that something happened; nothing of it is kept.

Signed by the subscription's token, encrypted by its key, and inside it stands whose it is: the app, or the company. The
sender waits 1.5 s for the word "success", sealed the same way. Source: reference oa-dingtalk, sections 8 and 8.2.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from desktop.connectors.base import Heard, Push
from desktop.connectors.dingtalk.events import hint_of
from desktop.domain.system import System

TOKEN, KEY = "push_token", "push_key"
"""Secrets: the token that signs, and the 43 characters that encrypt, as the subscription's page shows them."""

WINDOW_S = 300.0
_BLOCK = 32
_RANDOM = 16
_LENGTH = 4


def heard(push: Push, system: System, secret_of: Callable[[str], str]) -> Heard | None:
    """A call-back for this company and this app, with the sealed answer; None where anything about it is not right."""
    token, key = secret_of(TOKEN), _key_of(secret_of(KEY))
    stamp, nonce = push.query.get("timestamp", ""), push.query.get("nonce", "")
    sealed = _object(push.body).get("encrypt")
    if not (
        token and key and isinstance(sealed, str) and stamp.isascii() and stamp.isdigit() and len(stamp) <= 16
    ):
        return None
    signed = push.query.get("msg_signature") or push.query.get("signature", "")
    if not _same(signed, signature(token, stamp, nonce, sealed)):
        return None
    opened = _opened(sealed, key)
    if opened is None:
        return None
    text, owner = opened
    told, company = _object(text), system.options.get("corp_id", "").strip()
    app = system.options.get("app_key", "").strip()
    named = str(told.get("CorpId") or told.get("corpId") or "")
    if not owner or owner not in (app, company) or (company and named and named != company):
        return None
    hint = hint_of(told.get("EventType"), told.get("eventId"), told)
    return Heard(signed, int(stamp) / 1000, WINDOW_S, _answer(token, key, owner, stamp), hint)


def signature(token: str, stamp: str, nonce: str, sealed: str) -> str:
    """SHA-1 of the four texts, sorted and joined: the vendor's own rule."""
    return hashlib.sha1("".join(sorted((token, stamp, nonce, sealed))).encode("utf-8", "replace")).hexdigest()


def _answer(token: str, key: bytes, owner: str, stamp: str) -> str:
    nonce, word = secrets.token_hex(8), b"success"
    plain = secrets.token_bytes(_RANDOM) + len(word).to_bytes(_LENGTH, "big") + word + owner.encode()
    missing = _BLOCK - len(plain) % _BLOCK
    encryptor = _cipher(key).encryptor()
    raw = encryptor.update(plain + bytes([missing]) * missing) + encryptor.finalize()
    sealed = base64.b64encode(raw).decode()
    told = {"msg_signature": signature(token, stamp, nonce, sealed), "timeStamp": stamp, "nonce": nonce}
    return json.dumps({**told, "encrypt": sealed})


def _opened(sealed: str, key: bytes) -> tuple[bytes, str] | None:
    """(the text, whose it is); None where it was not encrypted by this key."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        decryptor = _cipher(key).decryptor()
        plain = decryptor.update(raw) + decryptor.finalize()
    except ValueError:  # no base64, or no whole blocks
        return None
    missing = plain[-1] if plain else 0
    if not 1 <= missing <= _BLOCK or plain[-missing:] != bytes([missing]) * missing:
        return None
    plain, start = plain[:-missing], _RANDOM + _LENGTH
    end = start + int.from_bytes(plain[_RANDOM:start], "big")
    if len(plain) < start or end > len(plain):
        return None
    return plain[start:end], plain[end:].decode("utf-8", "replace")


def _cipher(key: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def _key_of(text: str) -> bytes | None:
    try:
        key = base64.b64decode(text.strip() + "=", validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == 32 else None


def _object(text: bytes) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
