"""Kingdee K/3 Cloud: the wire.

Signs in, posts, and turns the server's answer into plain values or a SyncError. A read that meets a lost session is
repeated once after a new sign-in; a write never. Knows nothing of flows or documents; connector.py does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from desktop.connectors.base import Secrets
from desktop.connectors.http import Wire, cut
from desktop.connectors.k3cloud.answers import (
    DATABASE_FAILED,
    Reply,
    key_text,
    refusal,
    reply_of,
    rows_of,
    value_of,
)
from desktop.connectors.k3cloud.session import FORMS, Session, SignIn
from desktop.connectors.k3cloud.shapes import field_key, literal
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import System

_ACCOUNTS = "Kingdee.BOS.ServiceFacade.ServicesStub.Account.AccountService.GetDataCenterList.common.kdsvc"

_LIKELY_LIMITS = (100, 200, 500, 1000)
"""Rows per answer that an administrator may have set on the server."""

T = TypeVar("T")


class Client:
    """One account set. Safe for several threads; they share one session.

    Options of the system that it reads: page_rows, and those of SignIn and Wire.
    """

    def __init__(
        self, system: System, secrets: Secrets, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.system = system
        self.wire = Wire(system, cookies=True)
        self._sign_in = SignIn(system, secrets, self.wire, monotonic)
        self._page_rows = max(2, int(system.number("page_rows", 2000)))
        self._longest_page = 0

    @property
    def version(self) -> str:
        """The server's version as the last sign-in told it, or ""."""
        return self._sign_in.version

    def sign_in(self) -> None:
        """Signs in where nobody has. SES-203 refused, PER-706 a secret is missing, PER-711 licence, NET-1xx."""
        self._sign_in.session()

    def sign_out(self) -> None:
        """Ends the session and frees the sockets. Never raises."""
        self._sign_in.end()

    def link(self, form: str, key: str, user: str) -> str:
        """The `ud` value that opens one bill signed in as `user`."""
        return self._sign_in.link(form, key, user)

    def account_sets(self) -> list[dict[str, Any]]:
        """The server's account sets, Id, Number and Name each; needs no sign-in."""
        told = value_of(self.wire.call("POST", _ACCOUNTS, body={}))
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
        if reply.msg_code == DATABASE_FAILED:
            return SyncError(
                ErrorCode.SERVER_ERROR, system=self.system.id, status=200, said=cut(reply.said, 300)
            )
        return refusal(self.system.id, form, "", reply.msg_code, reply.said)

    def rows(self, form: str, fields: Sequence[str], where: str, *, order: str) -> Iterator[list[Any]]:
        """Every row, page by page by position, for lines. Raises NET-104 when the rows moved between two pages.

        Each page begins with the last row of the one before: if that row is another one now, something came or went,
        and lines would be missing or double.
        """
        page = self.query(form, fields, where, order=order)
        yield from page
        read = len(page)
        while not self._is_last(len(page)):
            last = page[-1]
            page = self.query(form, fields, where, order=order, start=read - 1)
            if not page or page[0] != last:
                said = "rows moved between two pages"
                raise SyncError(ErrorCode.SERVER_ERROR, system=self.system.id, status=200, said=said)
            yield from page[1:]
            read += len(page) - 1

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
            session = self._sign_in.session()
        except SyncError as error:
            raise SyncError(error.code, certain=True, **error.facts) from None
        return self._once(session, operation, body, lambda value: reply_of(self.system.id, value))

    def download(self, order: Mapping[str, Any]) -> Reply:
        """One part of an attachment. Source: DynamicFormService.AttachmentDownLoad."""
        return self._read(
            "AttachmentDownLoad", {"data": order}, lambda value: reply_of(self.system.id, value)
        )

    def upload(self, order: Mapping[str, Any]) -> Reply:
        """*effect* One part of an attachment, sent once. Source: DynamicFormService.AttachmentUpLoad."""
        try:
            session = self._sign_in.session()
        except SyncError as error:
            raise SyncError(error.code, certain=True, **error.facts) from None
        return self._once(
            session, "AttachmentUpLoad", {"data": order}, lambda value: reply_of(self.system.id, value)
        )

    def _read(self, operation: str, body: Any, understand: Callable[[Any], T]) -> T:
        """A read: once more after a new sign-in when the session was lost."""
        try:
            return self._once(self._sign_in.session(), operation, body, understand)
        except SyncError as error:
            if error.code is not ErrorCode.SESSION_LOST:
                raise
        return self._once(self._sign_in.session(), operation, body, understand)

    def _once(self, session: Session, operation: str, body: Any, understand: Callable[[Any], T]) -> T:
        """One call; the session is buried where the answer, in whatever shape, says that it is lost."""
        try:
            return understand(value_of(self._sign_in.post(FORMS + operation, body, session.headers)))
        except SyncError as error:
            if error.code is ErrorCode.SESSION_LOST:
                self._sign_in.lost(session)
            raise
