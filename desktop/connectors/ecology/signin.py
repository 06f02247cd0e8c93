"""Weaver e-cology 9: registration, token, and the headers of a call.

The token belongs to our licence (appid), the person to each single call: `userid` is RSA-encrypted (PKCS#1 v1.5) with
the OA's public key. Source: reference oa-weaver-ecology9, section 1.
"""

from __future__ import annotations

import base64
import binascii
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from desktop.connectors.base import Secrets
from desktop.connectors.http import Answer, Wire, cut, page_text
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import System

_REGIST = "api/ec/dev/auth/regist"
_APPLY = "api/ec/dev/auth/applytoken"
TOKEN_S = 1800


def register(system: System, secrets: Secrets) -> None:
    """Registers our licence and keeps the OA's answer (`secrit`, `spk`) in the vault. A person orders it, at set-up:
    on older patches every call makes the tokens and values of all who share the licence worthless.

    Raises PER-711 where the OA does not know the licence, NET-104/105, PER-706 without a vault.
    """
    wire = Wire(system, cookies=False, parallel=1)
    try:
        headers = {"appid": system.options.get("app_id", ""), "cpk": _own_public_key()}
        body = _sign_in_body(wire.call("POST", _REGIST, headers=headers, quiet=True))
    finally:
        wire.close()
    secrit, spk = body.get("secrit") or body.get("secret"), body.get("spk")
    if body.get("status") is False or not secrit or not spk:
        raise SyncError(ErrorCode.LICENCE, certain=True, system=system.id, said=_said(body))
    _public_key(str(spk), system.id)
    secrets.put("secrit", str(secrit))
    secrets.put("spk", str(spk))


@dataclass(slots=True, eq=False)
class Token:
    """One token, with the ciphertexts made for its life. `proven`: a call has succeeded with it."""

    value: str
    key: rsa.RSAPublicKey
    good_until: float
    ciphers: dict[str, str] = field(default_factory=dict)
    proven: bool = False


class SignIn:
    """Holds the one token that all threads share."""

    def __init__(self, wire: Wire, system: System, secrets: Secrets) -> None:
        self._wire, self._system, self._secrets = wire, system, secrets
        self._app_id = system.options.get("app_id", "")
        self._token_s = max(60, int(system.number("token_s", TOKEN_S)))
        self._token: Token | None = None
        self._lock = threading.Lock()

    def token(self, *, instead_of: Token | None = None) -> Token:
        """The token in force. A new one is applied for where there is none, where it is about to run out, or where it
        is still `instead_of`: of many threads that found the same token dead, one renews and the others wait.

        Raises SES-203 when the OA refuses the licence, PER-706 before registration, NET-1xx.
        """
        with self._lock:
            held = self._token
            if held is None or held is instead_of or time.monotonic() >= held.good_until:
                self._token = held = None  # a failed renewal must not leave a dead token in force
                self._token = held = self._apply()
            return held

    def renew(self) -> Token:
        """A new token, whatever stands: for the connection test."""
        return self.token(instead_of=self._token)

    def drop(self, token: Token) -> None:
        """The next call applies for a new token, unless another thread has done so already."""
        with self._lock:
            if self._token is token:
                self._token = None

    def headers(self, token: Token, person: str) -> Mapping[str, str]:
        """The headers of a call in the name of `person` (numeric OA id)."""
        cipher = token.ciphers.get(person)
        if cipher is None:
            cipher = token.ciphers[person] = _encrypted(token.key, person)
        return {"appid": self._app_id, "token": token.value, "userid": cipher, "skipsession": "1"}

    def registered(self) -> tuple[str, rsa.RSAPublicKey]:
        """What registration left in the vault. PER-706 before it, SES-203 when the key is none."""
        secrit, spk = self._secrets.get("secrit"), self._secrets.get("spk")
        self._wire.hide(secrit, spk)
        return secrit, _public_key(spk, self._system.id)

    def _apply(self) -> Token:
        secrit, key = self.registered()
        headers = {"appid": self._app_id, "secret": _encrypted(key, secrit), "time": str(self._token_s)}
        begun = time.monotonic()
        body = _sign_in_body(self._wire.call("POST", _APPLY, headers=headers, quiet=True))
        value = str(body.get("token") or "")
        if body.get("status") is False or not value:
            raise SyncError(ErrorCode.SIGN_IN_REFUSED, certain=True, system=self._system.id, said=_said(body))
        self._wire.hide_passing(value)
        spare_s = min(60.0, self._token_s / 2)  # a token that dies under an effect costs a look-up
        return Token(value, key, begun + self._token_s - spare_s)


def _sign_in_body(answer: Answer) -> dict[str, Any]:
    if answer.status != 200:
        raise SyncError(
            ErrorCode.SERVER_ERROR, system=answer.system_id, status=answer.status, said=page_text(answer.text)
        )
    body = answer.json()
    if not isinstance(body, dict):
        raise SyncError(ErrorCode.NOT_JSON, system=answer.system_id, said=cut(str(body), 120))
    return body


def _said(body: Mapping[str, Any]) -> str:
    return cut(str(body.get("msg") or body.get("errmsg") or ""), 200)


def _encrypted(key: rsa.RSAPublicKey, text: str) -> str:
    return base64.b64encode(key.encrypt(text.encode(), padding.PKCS1v15())).decode()


def _public_key(spk: str, system_id: str) -> rsa.RSAPublicKey:
    try:
        key = serialization.load_der_public_key(base64.b64decode(spk, validate=False))
    except (ValueError, binascii.Error):
        key = None
    if not isinstance(key, rsa.RSAPublicKey):
        raise SyncError(
            ErrorCode.SIGN_IN_REFUSED, certain=True, system=system_id, said="spk is not an RSA key"
        )
    return key


def _own_public_key() -> str:
    """The OA stores a client key and never uses it; a true one pleases every build."""
    public = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()
