"""How both invented connectors speak: a pass in a header, plain JSON, an HTTP status that means what it says.

Reads sign in once more where the session was lost; an effect is sent once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from desktop.connectors.base import CheckStep, Secrets, SystemInfo
from desktop.connectors.http import Answer, Wire, page_text
from desktop.connectors.reach import reach
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import System

Refusal = Callable[[str, str, str, Mapping[str, Any]], SyncError]
"""(word, text, number, whole answer) -> the error of a certain no."""

_BELIEVED_S = 5.0
"""A refused sign-in is believed for so long: the next thread does not knock again."""


class Door:
    """One server, signed in. Safe for several threads."""

    def __init__(self, system: System, secrets: Secrets, refusal: Refusal) -> None:
        self.system = system
        self.wire = Wire(system, cookies=False)
        self.tenant = ""
        self._secrets = secrets
        self._refusal = refusal
        self._token = ""
        self._lock = threading.Lock()
        self._refused: tuple[SyncError, float] | None = None

    def read(self, method: str, path: str, body: Any = None, query: Mapping[str, str] | None = None) -> Any:
        """A question: asked again after one new sign-in where the session was lost. SES-202 when that is lost, too."""
        token = self._token or self.sign_in("")
        try:
            return self._said(self._call(method, path, token, body, query), "")
        except SyncError as error:
            if error.code is not ErrorCode.SESSION_LOST:
                raise
        token = self.sign_in(token)
        try:
            return self._said(self._call(method, path, token, body, query), "")
        except SyncError as error:
            if error.code is ErrorCode.SESSION_LOST:
                raise SyncError(ErrorCode.SESSION_LOST_TWICE, system=self.system.id) from None
            raise

    def effect(self, path: str, body: Any, number: str = "") -> Any:
        """A deed, sent once. A lost session is told, never certain, and the next call signs in anew."""
        token = self._token or self.sign_in("")
        try:
            return self._said(self._call("POST", path, token, body, None), number)
        except SyncError as error:
            if error.code is ErrorCode.SESSION_LOST:
                self._drop(token)
            raise

    def sign_in(self, stale: str) -> str:
        """A pass other than `stale`; one thread fetches it for all."""
        with self._lock:
            if self._token and self._token != stale:
                return self._token
            if self._refused and time.monotonic() - self._refused[1] < _BELIEVED_S:
                raise self._refused[0]
            try:
                self._token = self._fetched()
            except SyncError as error:
                if error.code is ErrorCode.SIGN_IN_REFUSED:
                    self._refused = (error, time.monotonic())
                raise
            return self._token

    def _fetched(self) -> str:
        secret = self._secrets.get("secret")
        self.wire.hide(secret)
        body = {"user": self.system.options.get("user", ""), "secret": secret}
        answer = self.wire.call("POST", "session", body=body, quiet=True)
        if answer.status == 403:
            said = str(answer.json().get("text", ""))
            raise SyncError(ErrorCode.SIGN_IN_REFUSED, certain=True, system=self.system.id, said=said)
        found = self._said(answer, "")
        self.wire.hide_passing(found["pass"])
        self.tenant = str(found["tenant"])
        return str(found["pass"])

    def _drop(self, token: str) -> None:
        with self._lock:
            if self._token == token:
                self._token = ""

    def _call(self, method: str, path: str, token: str, body: Any, query: Mapping[str, str] | None) -> Answer:
        return self.wire.call(method, path, body=body, query=query, headers={"X-Pass": token})

    def _said(self, answer: Answer, number: str) -> Any:
        if answer.status == 401 or (
            answer.text.lstrip().startswith("<") and 'type="password"' in answer.text
        ):
            raise SyncError(ErrorCode.SESSION_LOST, system=self.system.id)
        if answer.status == 429:
            raise SyncError(ErrorCode.THROTTLED, certain=True, system=self.system.id, said="429")
        if answer.status >= 500:
            said = page_text(answer.text)
            raise SyncError(ErrorCode.SERVER_ERROR, system=self.system.id, status=answer.status, said=said)
        content = answer.json()
        if answer.status >= 400:
            raise self._refusal(str(content.get("error")), str(content.get("text")), number, content)
        return content

    def check(self) -> SystemInfo:
        """Every step of the connection up to the first that fails. Never raises."""
        steps = list(reach(self.system))
        for name, step in (
            ("sign_in", self._try_sign_in),
            ("account_set", lambda: self.tenant),
            ("rights", lambda: str(self.read("GET", "rights")["may"])),
            ("clock", lambda: f"{self.wire.skew_s:+.1f} s"),
        ):
            if not steps[-1].ok:
                break
            try:
                steps.append(CheckStep(name, True, detail=step()))
            except SyncError as error:
                steps.append(CheckStep(name, False, error))
        return SystemInfo(tuple(steps), clock_skew_s=self.wire.skew_s)

    def _try_sign_in(self) -> str:
        self.sign_in(self._token)
        return ""

    def realm(self) -> str:
        """The tenant's own id, as the sign-in tells it."""
        if not self.tenant:
            self.sign_in("")
        return self.tenant

    def close(self) -> None:
        """A pass dies by itself; only the sockets are freed."""
        self.wire.close()
