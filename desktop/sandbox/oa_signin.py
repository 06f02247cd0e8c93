"""Who is calling the toy OA: the licence with its RSA keys, tokens, sessions, single sign-on. No HTTP.

Source: Weaver e-cology 9, token authentication (regist, applytoken), ssologin, OAuth2 provider.
"""

from __future__ import annotations

import binascii
import secrets
import threading
from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from desktop.sandbox.oa_records import OaSettings

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

KEPT = 20000
"""How many tokens, sessions and read ciphertexts are remembered; the oldest go first."""


class _Kept(Generic[K, V]):
    """A dict that forgets its oldest entries."""

    def __init__(self, limit: int = KEPT) -> None:
        self._entries: OrderedDict[K, V] = OrderedDict()
        self._limit = limit
        self._lock = threading.Lock()

    def put(self, key: K, value: V) -> None:
        with self._lock:
            self._entries[key] = value
            if len(self._entries) > self._limit:
                self._entries.popitem(last=False)

    def get(self, key: K) -> V | None:
        return self._entries.get(key)

    def pop(self, key: K) -> V | None:
        with self._lock:
            return self._entries.pop(key, None)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


class OaSignIn:
    """The licences of one OA and everything that is handed out on their strength.

    key: an RSA key made before; None = a new one of 2048 bits, when first needed.
    """

    app_id = "EC0DA9B1-0C00-4A00-9000-DANQIAO00001"
    sso_app_id = "danqiao-sso"
    oauth_client_id = "danqiao-oauth"

    def __init__(
        self, clock: Callable[[], datetime], settings: OaSettings, key: rsa.RSAPrivateKey | None = None
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._lock = threading.Lock()
        self._key = key
        self._secrit = str(uuid4())
        self._spk = ""
        self.oauth_secret = secrets.token_hex(16)
        self._tokens: _Kept[str, tuple[str, datetime]] = _Kept()
        self._ciphertexts: _Kept[str, str] = _Kept()
        self._sessions: _Kept[str, str] = _Kept()
        self._sso: _Kept[str, tuple[str, datetime]] = _Kept()
        self._codes: _Kept[str, tuple[str, str, datetime]] = _Kept()
        self._tickets: _Kept[str, tuple[str, str, datetime]] = _Kept()
        self._profiles: _Kept[str, str] = _Kept()

    @property
    def secrit(self) -> str:
        """What regist answers as `secrit`."""
        return self._secrit

    @property
    def spk(self) -> str:
        """What regist answers as `spk`: base64 of the public key's DER, one line."""
        with self._lock:
            if not self._spk:
                public = self._private().public_key()
                der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
                self._spk = b64encode(der).decode()
            return self._spk

    def register(self, app_id: str) -> bool:
        """True when the licence is known. Older servers make new keys each time, and forget all tokens."""
        if app_id != self.app_id:
            return False
        if self._settings.regist_renews:
            with self._lock:
                self._key, self._spk, self._secrit = None, "", str(uuid4())
            self._tokens.clear()
            self._ciphertexts.clear()
        return True

    def apply_token(self, app_id: str, secret: str, time_s: str) -> str | None:
        """A token, when `secret` decrypts to our secrit; else None."""
        if app_id != self.app_id or self._decrypt(secret) != self._secrit:
            return None
        ttl = float(time_s) if time_s.isdigit() else self._settings.token_ttl_s
        token = str(uuid4())
        self._tokens.put(token, (app_id, self._clock() + timedelta(seconds=ttl)))
        return token

    def token_good(self, app_id: str, token: str) -> bool:
        """True while the token of this licence is valid."""
        held = self._tokens.get(token)
        return held is not None and held[0] == app_id and self._clock() < held[1]

    def drop_token(self, token: str) -> None:
        """The token dies before its time."""
        self._tokens.pop(token)

    def drop_tokens(self) -> None:
        """All tokens die before their time, as after a restart of the OA."""
        self._tokens.clear()

    def person_of(self, ciphertext: str) -> str:
        """The id in the userid header; "" where it does not decrypt. Remembered, since RSA costs a millisecond."""
        person = self._ciphertexts.get(ciphertext)
        if person is None:
            person = self._decrypt(ciphertext)
            self._ciphertexts.put(ciphertext, person)
        return person

    def open_session(self, person: str) -> str:
        """The value of a session cookie."""
        session = secrets.token_hex(16)
        self._sessions.put(session, person)
        return session

    def session_person(self, session: str) -> str | None:
        """Whose session this is; None for an unknown one."""
        return self._sessions.get(session)

    def sso_token(self, person: str) -> str:
        """A token of 64 hex digits for one sign-in."""
        token = secrets.token_hex(32).upper()
        self._sso.put(token, (person, self._clock() + timedelta(seconds=self._settings.sso_ttl_s)))
        return token

    def sso_good(self, token: str) -> bool:
        """True while the token was neither used nor grew old."""
        held = self._sso.get(token)
        return held is not None and self._clock() < held[1]

    def use_sso_token(self, token: str) -> str | None:
        """Whose token it is, once; None the second time."""
        good = self.sso_good(token)
        held = self._sso.pop(token)
        return held[0] if good and held is not None else None

    def oauth_code(self, person: str, redirect: str) -> str:
        """A code of the OAuth2 sign-in, for one use and for this address."""
        code = "OC-" + secrets.token_hex(16)
        self._codes.put(code, (person, redirect, self._soon()))
        return code

    def cas_ticket(self, person: str, service: str) -> str:
        """A service ticket, for one use and for this service."""
        ticket = "ST-" + secrets.token_hex(16)
        self._tickets.put(ticket, (person, service, self._soon()))
        return ticket

    def cas_person(self, ticket: str, service: str) -> str | None:
        """Whose ticket it is, once, and only for the service that it was given for."""
        held = self._tickets.pop(ticket)
        good = held is not None and held[1] == service and self._clock() < held[2]
        return held[0] if held is not None and good else None

    def _soon(self) -> datetime:
        return self._clock() + timedelta(seconds=self._settings.sso_ttl_s)

    def oauth_token(self, client: str, secret: str, code: str, redirect: str) -> str | None:
        """The access token for a code; None where client, secret, code or address is wrong."""
        held = self._codes.pop(code)
        if (
            client != self.oauth_client_id
            or secret != self.oauth_secret
            or held is None
            or held[1] != redirect
            or self._clock() >= held[2]
        ):
            return None
        token = "AT-" + secrets.token_hex(16)
        self._profiles.put(token, held[0])
        return token

    def oauth_person(self, token: str) -> str | None:
        """Whose access token it is."""
        return self._profiles.get(token)

    def _private(self) -> rsa.RSAPrivateKey:
        if self._key is None:
            self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return self._key

    def _decrypt(self, ciphertext: str) -> str:
        """Base64 of PKCS#1 v1.5 -> text; "" where it is neither. OpenSSL may answer garbage for a wrong padding."""
        with self._lock:
            key = self._private()
        try:
            return key.decrypt(b64decode(ciphertext), padding.PKCS1v15()).decode("utf-8")
        except (ValueError, binascii.Error):
            return ""
