"""Kingdee K/3 WISE: the wire. A token by authority code, and calls that carry it.

A read that meets a refused token is repeated once with a new one; a write never is. The authority code travels in an
address, so nothing of that call is kept. Source: reference kingdee-k3wise, sections 2 to 4.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from desktop.connectors.base import Secrets
from desktop.connectors.http import Wire
from desktop.connectors.k3wise.answers import Reply, reply_of
from desktop.connectors.k3wise.shapes import form_name
from desktop.connectors.tokens import SharedToken
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import System

_FOLDER = "K3API"


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """One token, and who it stands for."""

    value: str
    account_set: str
    user: str


class Client:
    """One account set, that of the authority code. Safe for several threads; they share one token."""

    def __init__(
        self, system: System, secrets: Secrets, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.system, self._secrets = system, secrets
        self.wire = Wire(system, cookies=False, parallel=max(1, int(system.number("parallel", 1))))
        path = urlsplit(system.base_url).path.strip("/").rsplit("/", 1)[-1]
        self._folder = "" if path.lower() == _FOLDER.lower() else f"{_FOLDER}/"
        self._tokens = SharedToken(system.id, self._fetched, monotonic)

    # --- the token -----------------------------------------------------------------------------------------------------
    def token(self) -> Token:
        """The token in force. Raises SES-203 the authority code is refused, PER-706 there is none, NET-1xx."""
        return self._tokens.current()

    def _fetched(self) -> tuple[Token, float]:
        code = self._secrets.get("authority_code")
        self.wire.hide(code, quote(code, safe=""))
        answer = self.wire.call(
            "GET", f"{self._folder}Token/Create", query={"authorityCode": code}, quiet=True
        )
        try:
            reply = reply_of(answer)
        except SyncError as error:
            if error.code is ErrorCode.SESSION_LOST:  # a refused code is told as a refused token is
                raise self._sign_in_refused("") from None
            raise
        told = reply.data if isinstance(reply.data, dict) else {}
        value = str(told.get("Token") or "")
        if not reply.ok or str(told.get("Code", "Y")).upper() == "N" or not value:
            raise self._sign_in_refused(reply.said or reply.message)
        self.wire.hide_passing(value)
        made = Token(value, str(told.get("AcctID") or ""), str(told.get("UserID") or ""))
        return made, _seconds(told.get("Validity"))

    def _sign_in_refused(self, said: str) -> SyncError:
        return SyncError(ErrorCode.SIGN_IN_REFUSED, certain=True, system=self.system.id, said=said)

    # --- calls ---------------------------------------------------------------------------------------------------------
    def read(self, form: str, operation: str, body: Any = None) -> Reply:
        """A question: asked again once with a new token where the token is refused. SES-202 when that is refused, too.

        body None = GET (templates). A "no" comes back as a Reply; the caller knows what it means.
        """
        return self._tokens.read(lambda token: self._call(form, operation, token, body))

    def effect(self, form: str, operation: str, body: Mapping[str, Any]) -> Reply:
        """*effect* One operation, sent once. Raises SES-201 (not certain: look before you repeat), NET-1xx. What fails
        before the call leaves is certain."""
        return self._tokens.effect(lambda token: self._call(form, operation, token, body))

    def _call(self, form: str, operation: str, token: Token, body: Any) -> Reply:
        path = f"{self._folder}{form_name(form)}/{operation}"
        method = "GET" if body is None else "POST"
        return reply_of(self.wire.call(method, path, body=body, query={"Token": token.value}))

    def close(self) -> None:
        """There is no sign-out; only the sockets are freed."""
        self.wire.close()


def _seconds(value: Any) -> float:
    try:
        return max(1.0, float(value))
    except (TypeError, ValueError):
        return 3600.0
