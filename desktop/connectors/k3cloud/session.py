"""Kingdee K/3 Cloud: the session. Signs in by any of the vendor's ways, and lets all threads share one sign-in.

Knows how a call is signed and posted, and nothing of bills.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from desktop.connectors.base import Secrets
from desktop.connectors.http import Answer, Wire, cut, page_text
from desktop.connectors.k3cloud import signing
from desktop.connectors.k3cloud.answers import LICENCE, key_text, refusal, reply_of, value_of
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import System

_AUTH = "Kingdee.BOS.WebApi.ServicesStub.AuthService."
FORMS = "Kingdee.BOS.WebApi.ServicesStub.DynamicFormService."

_LOST_AGAIN_S = 60.0
"""A session lost again so soon is no expiry: the authorisation is gone, and signing in for ever helps nobody."""


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in; every loss and every new one raises the number."""

    number: int
    headers: Mapping[str, str]


@dataclass(slots=True)
class _Shared:
    """What the threads share: the session, and how the last sign-ins went. Only touched under the lock."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    session: Session | None = None
    number: int = 0
    tries: int = 0
    refused: SyncError | None = None
    lost_at: float = float("-inf")


class SignIn:
    """The way in to one account set.

    Options of the system: sign_in ("sign", "app_secret", "password", "headers"), acct_id, user, app_id, lcid,
    org_number, sign_hash, link_hash, link_permit. Secrets: app_secret, password.
    """

    def __init__(
        self, system: System, secrets: Secrets, wire: Wire, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.version = ""
        self._system = system
        self._wire = wire
        self._secrets = secrets
        self._monotonic = monotonic
        self._shared = _Shared()
        self._mode = system.options.get("sign_in", "") or "sign"

    def session(self) -> Session:
        """The session in force. Threads that wait here while one signs in share its success, and its failure."""
        shared = self._shared
        tries_before = shared.tries
        with shared.lock:
            if shared.session is not None:
                return shared.session
            if shared.refused is not None and shared.tries > tries_before:
                raise _copy(shared.refused)
            try:
                headers = {} if self._mode == "headers" else self._open_session()
            except SyncError as error:
                shared.tries += 1
                shared.refused = error
                raise
            shared.tries += 1
            shared.number += 1
            shared.refused = None
            shared.session = Session(shared.number, headers)
            return shared.session

    def _open_session(self) -> dict[str, str]:
        self._wire.forget_cookies()
        operation, parameters = self._credentials()
        told = self._sign_in_answer(self.post(_AUTH + operation, {"parameters": parameters}, {}, quiet=True))
        token = key_text(told.get("KDSVCSessionId"))
        self._wire.hide_passing(token)
        context = told.get("Context")
        self.version = str(context.get("DisplayVersion") or "") if isinstance(context, dict) else ""
        headers = {"kdservice-sessionid": token} if token else {}
        self._choose_organisation(headers)
        return headers

    def _credentials(self) -> tuple[str, list[Any]]:
        """The sign-in operation and its positional parameters."""
        acct_id, user, lcid = self._option("acct_id"), self._option("user"), self._lcid()
        if self._mode == "password":
            return "ValidateUser", [acct_id, user, self._secret("password"), lcid]
        app_id, app_secret = self._option("app_id"), self._secret("app_secret")
        if self._mode == "app_secret":
            return "LoginByAppSecret", [acct_id, user, app_id, app_secret, lcid]
        stamp = str(self._server_time())
        sign = signing.sorted_hash([acct_id, user, app_id, app_secret, stamp], self._hash("sign_hash"))
        self._wire.hide_passing(sign)
        return "LoginBySign", [acct_id, user, app_id, int(stamp), sign, lcid]

    def _sign_in_answer(self, answer: Answer) -> dict[str, Any]:
        """The answer of a sign-in that worked. Only LoginResultType 1 did, whatever else the answer says."""
        try:
            told = value_of(answer)
        except SyncError as error:
            if error.code is not ErrorCode.SESSION_LOST:
                raise
            raise self._sign_in_refused(page_text(answer.text)) from None
        if not isinstance(told, dict):
            raise self._sign_in_refused(cut(str(told), 200))
        if str(told.get("LoginResultType")) == "1":
            return told
        said, msg_code = _sign_in_complaint(told)
        if msg_code == LICENCE:
            raise refusal(self._system.id, "", "", msg_code, said)
        raise self._sign_in_refused(said or f"LoginResultType {told.get('LoginResultType')}")

    def _sign_in_refused(self, said: str) -> SyncError:
        return SyncError(ErrorCode.SIGN_IN_REFUSED, certain=True, system=self._system.id, said=cut(said, 300))

    def _choose_organisation(self, headers: Mapping[str, str]) -> None:
        """The session's organisation, where the account set names one. In "headers" mode each call carries it."""
        if not (organisation := self._system.options.get("org_number", "")):
            return
        body = {"data": {"OrgNumber": organisation}}
        reply = reply_of(self._system.id, value_of(self.post(FORMS + "SwitchOrg", body, headers)))
        if reply.stated and not reply.ok:
            raise self._sign_in_refused(reply.said)

    def lost(self, session: Session) -> None:
        """Buries a lost session once, however many threads met the loss. Twice in a minute is SES-202."""
        with self._shared.lock:
            if self._shared.session is None or self._shared.session.number != session.number:
                return
            self._shared.session = None
            now = self._monotonic()
            again = now - self._shared.lost_at < _LOST_AGAIN_S
            self._shared.lost_at = now
        if again:
            raise SyncError(ErrorCode.SESSION_LOST_TWICE, system=self._system.id)

    def end(self) -> None:
        """Ends the session, for open ones count against the licence, and frees the sockets. Never raises."""
        with self._shared.lock:
            session, self._shared.session = self._shared.session, None
        if session is not None and self._mode != "headers":
            with suppress(SyncError):
                self.post(_AUTH + "Logout", {}, session.headers, quiet=True)
        self._wire.close()

    def post(self, service: str, body: Any, headers: Mapping[str, str], *, quiet: bool = False) -> Answer:
        """One call, signed where no session speaks for it. quiet: nothing of it is kept."""
        path = f"{service}.common.kdsvc"
        sent = dict(headers)
        if self._mode == "headers":
            sent |= self._signature(path)
        return self._wire.call("POST", path, body=body, headers=sent, quiet=quiet)

    def _signature(self, path: str) -> dict[str, str]:
        return signing.header_signature(
            self._system.base_url.rstrip("/") + "/" + path,
            acct_id=self._option("acct_id"),
            user=self._option("user"),
            app_id=self._option("app_id"),
            app_secret=self._secret("app_secret"),
            lcid=str(self._lcid()),
            org=self._system.options.get("org_number", "") or "0",
            timestamp=str(self._server_time()),
            nonce=str(time.time_ns()),
        )

    def link(self, form: str, key: str, user: str) -> str:
        """The `ud` value for one bill and one user; see signing.link_token."""
        return signing.link_token(
            acct_id=self._option("acct_id"),
            user=user,
            app_id=self._option("app_id"),
            app_secret=self._secret("app_secret"),
            lcid=str(self._lcid()),
            form=form,
            key=key,
            timestamp=str(self._server_time()),
            algorithm=self._hash("link_hash"),
            permit=self._system.options.get("link_permit", ""),
        )

    def _option(self, name: str) -> str:
        if not (value := self._system.options.get(name, "")):
            raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=name)
        return value

    def _secret(self, name: str) -> str:
        value = self._secrets.get(name)
        self._wire.hide(value)
        return value

    def _lcid(self) -> int:
        return int(self._system.number("lcid", 2052))

    def _hash(self, option: str) -> str:
        """Installations older than May 2022 take SHA-1."""
        return "sha1" if self._system.options.get(option) == "sha1" else "sha256"

    def _server_time(self) -> int:
        """Unix seconds by the server's clock, which judges the signature."""
        return round(time.time() + self._wire.skew_s)


def _sign_in_complaint(told: Mapping[str, Any]) -> tuple[str, int]:
    """The server's words and code in a refused sign-in, wherever it has put them."""
    result = told.get("Result")
    status = result.get("ResponseStatus") if isinstance(result, dict) else None
    if not isinstance(status, dict):
        return str(told.get("Message") or ""), LICENCE if str(told.get("MsgCode")) == str(LICENCE) else 0
    errors = status.get("Errors") or [{}]
    said = str(errors[0].get("Message") or "") if isinstance(errors[0], dict) else ""
    return said, LICENCE if str(status.get("MsgCode")) == str(LICENCE) else 0


def _copy(error: SyncError) -> SyncError:
    return SyncError(error.code, certain=error.certain, **error.facts)
