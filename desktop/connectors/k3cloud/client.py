"""Kingdee K/3 Cloud: the wire.

Signs in, posts, and turns the server's answer into plain values or a SyncError. A read that meets a lost session is
repeated once after a new sign-in; a write never. Knows nothing of flows or documents; connector.py does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from desktop.connectors.base import Secrets
from desktop.connectors.http import Answer, Wire, cut
from desktop.connectors.k3cloud import signing
from desktop.connectors.k3cloud.answers import (
    LICENCE,
    Reply,
    key_text,
    refusal,
    reply_of,
    rows_of,
    session_lost,
    value_of,
)
from desktop.connectors.k3cloud.shapes import field_key, literal
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import System

_AUTH = "Kingdee.BOS.WebApi.ServicesStub.AuthService."
_FORMS = "Kingdee.BOS.WebApi.ServicesStub.DynamicFormService."
_ACCOUNTS = "Kingdee.BOS.ServiceFacade.ServicesStub.Account.AccountService.GetDataCenterList"

_LOST_AGAIN_S = 60.0
"""A session lost again so soon is no expiry: the authorisation is gone, and signing in for ever helps nobody."""

_LIKELY_LIMITS = (100, 200, 500, 1000)
"""Rows per answer that an administrator may have set on the server."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Session:
    """One sign-in; every loss and every new one raises the number."""

    number: int
    headers: Mapping[str, str]


@dataclass(slots=True)
class _SignIn:
    """What the threads share: the session, and how the last sign-ins went. Only touched under the lock."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    session: _Session | None = None
    number: int = 0
    tries: int = 0
    refused: SyncError | None = None
    lost_at: float = float("-inf")


class Client:
    """One account set. Safe for several threads; they share one session.

    Options of the system that it reads: sign_in ("sign", "app_secret", "password", "headers"), acct_id, user, app_id,
    lcid, org_number, sign_hash, page_rows, and those of Wire. Secrets: app_secret, password.
    """

    def __init__(
        self, system: System, secrets: Secrets, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.system = system
        self.wire = Wire(system, cookies=True)
        self.version = ""
        self._secrets = secrets
        self._monotonic = monotonic
        self._shared = _SignIn()
        self._mode = system.options.get("sign_in", "") or "sign"
        self._page_rows = max(1, int(system.number("page_rows", 2000)))
        self._longest_page = 0

    # Sign-in

    def sign_in(self) -> None:
        """Signs in where nobody has. SES-203 refused, PER-706 a secret is missing, PER-711 licence, NET-1xx."""
        self._session()

    def _session(self) -> _Session:
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
            shared.session = _Session(shared.number, headers)
            return shared.session

    def _open_session(self) -> dict[str, str]:
        self.wire.forget_cookies()
        operation, parameters = self._credentials()
        told = self._sign_in_answer(self._post(_AUTH + operation, {"parameters": parameters}, {}, quiet=True))
        token = key_text(told.get("KDSVCSessionId"))
        self.wire.hide(token)
        context = told.get("Context")
        self.version = str(context.get("DisplayVersion") or "") if isinstance(context, dict) else ""
        headers = {"kdservice-sessionid": token} if token else {}
        self._choose_organisation(headers)
        return headers

    def _credentials(self) -> tuple[str, list[Any]]:
        """The sign-in operation and its positional parameters."""
        acct_id, user, lcid = self._option("acct_id"), self._option("user"), int(self._lcid())
        if self._mode == "password":
            return "ValidateUser", [acct_id, user, self._secret("password"), lcid]
        app_id, app_secret = self._option("app_id"), self._secret("app_secret")
        if self._mode == "app_secret":
            return "LoginByAppSecret", [acct_id, user, app_id, app_secret, lcid]
        stamp = str(self._server_time())
        sign = signing.sorted_hash([acct_id, user, app_id, app_secret, stamp], self._hash())
        self.wire.hide(sign)
        return "LoginBySign", [acct_id, user, app_id, int(stamp), sign, lcid]

    def _sign_in_answer(self, answer: Answer) -> dict[str, Any]:
        """The answer of a sign-in that worked. Only LoginResultType 1 did, whatever else the answer says."""
        try:
            told = value_of(answer)
        except SyncError as error:
            if error.code is not ErrorCode.SESSION_LOST:
                raise
            raise self._sign_in_refused(cut(answer.text, 200)) from None
        if not isinstance(told, dict):
            raise self._sign_in_refused(cut(str(told), 200))
        if str(told.get("LoginResultType")) == "1":
            return told
        said, msg_code = _sign_in_complaint(told)
        if msg_code == LICENCE:
            raise refusal(self.system.id, "", "", msg_code, said)
        raise self._sign_in_refused(said or f"LoginResultType {told.get('LoginResultType')}")

    def _sign_in_refused(self, said: str) -> SyncError:
        return SyncError(ErrorCode.SIGN_IN_REFUSED, certain=True, system=self.system.id, said=cut(said, 300))

    def _choose_organisation(self, headers: Mapping[str, str]) -> None:
        """The session's organisation, where the account set names one. In "headers" mode each call carries it."""
        if not (organisation := self.system.options.get("org_number", "")):
            return
        body = {"data": {"OrgNumber": organisation}}
        reply = reply_of(self.system.id, value_of(self._post(_FORMS + "SwitchOrg", body, headers)))
        if reply.stated and not reply.ok:
            raise self._sign_in_refused(reply.said)

    def _lost(self, session: _Session) -> None:
        """Buries a lost session once, however many threads met the loss. Twice in a minute is SES-202."""
        with self._shared.lock:
            if self._shared.session is None or self._shared.session.number != session.number:
                return
            self._shared.session = None
            now = self._monotonic()
            again = now - self._shared.lost_at < _LOST_AGAIN_S
            self._shared.lost_at = now
        if again:
            raise SyncError(ErrorCode.SESSION_LOST_TWICE, system=self.system.id)

    def sign_out(self) -> None:
        """Ends the session, for open ones count against the licence, and frees the sockets. Never raises."""
        with self._shared.lock:
            session, self._shared.session = self._shared.session, None
        if session is not None and self._mode != "headers":
            with suppress(SyncError):
                self._post(_AUTH + "Logout", {}, session.headers, quiet=True)
        self.wire.close()

    # Calls

    def account_sets(self) -> list[dict[str, Any]]:
        """The server's account sets, Id, Number and Name each; needs no sign-in."""
        told = value_of(self._post(_ACCOUNTS, {}, {}))
        if not isinstance(told, list):
            raise SyncError(ErrorCode.UNREADABLE, system=self.system.id, number="", said=cut(str(told), 200))
        return [each for each in told if isinstance(each, dict)]

    def query(
        self, form: str, fields: Sequence[str], where: str, *, order: str, start: int = 0, limit: int = 0
    ) -> list[list[Any]]:
        """One page of rows that match `where`, columns as in `fields`, in the order told.

        where: the server's filter language; values through shapes.quoted, keys through shapes.field_key.
        limit: rows, 0 = a whole page. Numbers come as int and Decimal, times as the server's local text.
        Raises SES-202, NET-1xx, PER-701 no right, DAT-403 a field is unknown, DAT-401 refused, DAT-410.
        Source: Kingdee Web API, DynamicFormService.ExecuteBillQuery.
        """
        asked = {
            "FormId": field_key(form),
            "FieldKeys": ",".join(field_key(name) for name in fields),
            "FilterString": where,
            "OrderString": order,
            "TopRowCount": 0,
            "StartRow": start,
            "Limit": limit or self._page_rows,
            "SubSystemId": "",
        }
        rows = self._read("ExecuteBillQuery", {"data": asked}, lambda value: rows_of(self.system.id, value))
        if isinstance(rows, Reply):
            raise self._query_refused(form, rows)
        if any(len(row) != len(fields) for row in rows):
            raise SyncError(
                ErrorCode.UNREADABLE, system=self.system.id, number="", said=cut(str(rows[0]), 200)
            )
        return rows

    def _query_refused(self, form: str, reply: Reply) -> SyncError:
        if reply.msg_code == 6:
            return SyncError(
                ErrorCode.SERVER_ERROR, system=self.system.id, status=200, said=cut(reply.said, 300)
            )
        return refusal(self.system.id, form, "", reply.msg_code, reply.said)

    def rows(self, form: str, fields: Sequence[str], where: str, *, order: str) -> Iterator[list[Any]]:
        """Every row, page by page by position: for lines, whose order inside a bill stands still."""
        start = 0
        while True:
            page = self.query(form, fields, where, order=order, start=start)
            yield from page
            start += len(page)
            if self._is_last(len(page)):
                return

    def rows_by_key(self, form: str, key: str, fields: Sequence[str], where: str) -> Iterator[list[Any]]:
        """Every row in the order of the id field `key`, which must be fields[0].

        The next page begins after the last id, not at a position: a record that leaves the listing between two
        pages cannot push another one out of sight.
        """
        after = ""
        while True:
            filters = f"{key}>{literal(after)}" if after else ""
            both = f"({where}) and {filters}" if where and filters else where or filters
            page = self.query(form, fields, both, order=f"{key} asc")
            yield from page
            if self._is_last(len(page)):
                return
            last = key_text(page[-1][0])
            if not last or last == after:
                raise SyncError(
                    ErrorCode.UNREADABLE, system=self.system.id, number=last, said="paging stands still"
                )
            after = last

    def _is_last(self, count: int) -> bool:
        """True when a page of `count` rows ends the listing.

        A server may hold a limit below ours and cut pages silently; then bills would seem gone. So a short page of a
        likely limit's length is asked on once more, unless this server has shown longer pages before.
        """
        longest, self._longest_page = self._longest_page, max(self._longest_page, count)
        return count < self._page_rows and (count not in _LIKELY_LIMITS or count < longest)

    def metadata(self, form: str) -> Reply:
        """The form's fields and operations. Source: DynamicFormService.QueryBusinessInfo."""
        reply = self._read(
            "QueryBusinessInfo",
            {"data": {"FormId": field_key(form)}},
            lambda value: reply_of(self.system.id, value),
        )
        if reply.stated and not reply.ok:
            raise refusal(self.system.id, form, form, reply.msg_code, reply.said)
        return reply

    def effect(self, operation: str, form: str, order: Mapping[str, Any]) -> Reply:
        """*effect* One operation on one form, sent once. A "no" comes back as a Reply; the caller reads it.

        Raises SES-201 signed out (not certain: look before you repeat), NET-1xx. What fails before the call leaves
        is certain.
        """
        body = {"formid": field_key(form), "data": order}
        try:
            session = self._session()
        except SyncError as error:
            raise SyncError(error.code, certain=True, **error.facts) from None
        try:
            return reply_of(self.system.id, value_of(self._post(_FORMS + operation, body, session.headers)))
        except SyncError as error:
            if error.code is ErrorCode.SESSION_LOST:
                self._lost(session)
            raise

    def _read(self, operation: str, body: Any, understand: Callable[[Any], T]) -> T:
        """A read: once more after a new sign-in when the session was lost."""
        for last in (False, True):
            session = self._session()
            try:
                return understand(value_of(self._post(_FORMS + operation, body, session.headers)))
            except SyncError as error:
                if error.code is not ErrorCode.SESSION_LOST:
                    raise
                self._lost(session)
                if last:
                    raise
        raise session_lost(self.system.id)

    def _post(self, service: str, body: Any, headers: Mapping[str, str], *, quiet: bool = False) -> Answer:
        path = f"{service}.common.kdsvc"
        sent = dict(headers)
        if self._mode == "headers":
            sent |= self._signature(path)
        return self.wire.call("POST", path, body=body, headers=sent, quiet=quiet)

    def _signature(self, path: str) -> dict[str, str]:
        return signing.header_signature(
            self.system.base_url.rstrip("/") + "/" + path,
            acct_id=self._option("acct_id"),
            user=self._option("user"),
            app_id=self._option("app_id"),
            app_secret=self._secret("app_secret"),
            lcid=self._lcid(),
            org=self.system.options.get("org_number", "") or "0",
            timestamp=str(self._server_time()),
            nonce=str(time.time_ns()),
        )

    def link(self, form: str, key: str, user: str) -> str:
        """The `ud` value for one bill and one user; see signing.link_token."""
        options = self.system.options
        return signing.link_token(
            acct_id=self._option("acct_id"),
            user=user,
            app_id=self._option("app_id"),
            app_secret=self._secret("app_secret"),
            lcid=self._lcid(),
            form=form,
            key=key,
            timestamp=str(self._server_time()),
            algorithm=options.get("link_hash", "") or "sha256",
            permit=options.get("link_permit", ""),
        )

    def _option(self, name: str) -> str:
        if not (value := self.system.options.get(name, "")):
            raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=name)
        return value

    def _secret(self, name: str) -> str:
        value = self._secrets.get(name)
        self.wire.hide(value)
        return value

    def _lcid(self) -> str:
        return self.system.options.get("lcid", "") or "2052"

    def _hash(self) -> str:
        return self.system.options.get("sign_hash", "") or "sha256"

    def _server_time(self) -> int:
        """Unix seconds by the server's clock, which judges the signature."""
        return round(time.time() + self.wire.skew_s)


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
