"""One sign-on: a browser comes with the key of a document, the OA says who sits before it, and the ERP's signed address of
that very bill (or, for people without an ERP user, a page to read) is the answer.

Nothing is believed that stands in an address. A ticket is good once, for one document, for 60 s, in one browser. Signed
addresses are worth a password: they are made on the click and kept nowhere.
"""

from __future__ import annotations

import hmac
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from desktop.connectors.base import OaConnector
from desktop.domain.document import Document
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import System

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

TICKET_S = 60.0
MOST_TICKETS = 5_000
SKEW_S = 60.0
_KEY = re.compile(r"([A-Z2-7]{16})(-R\d{1,4})?(-L\d{1,2})?")


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where a browser goes to prove who sits before it. `browser` is laid into its cookie and asked for on the way back."""

    address: str
    browser: str


@dataclass(frozen=True, slots=True)
class Page:
    """What somebody without an ERP user may read: the bill as it was last sent for approval."""

    number: str
    person: str
    state: str
    fields: Mapping[str, str]
    tables: Mapping[str, tuple[Mapping[str, str], ...]]


@dataclass(frozen=True, slots=True)
class _Open:
    document_id: int
    browser: str
    until: float


class SignOn:
    """Tickets of one gateway, in memory only: after a restart people click once more."""

    def __init__(self, workspace: Workspace, address: str) -> None:
        self._workspace = workspace
        self._back = f"{address}/back"
        self._tickets: OrderedDict[str, _Open] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, key: str) -> Ticket:
        """A ticket for the bill of the document with this key (as it stands on the OA form).

        Raises DAT-402 for a key nobody knows, PER-707 where the ERP's clock is off, PER-714 where the OA vouches for nobody.
        """
        document = self._document(key)
        self._clock_is_right(document)
        state, browser = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        with self._oa_of(document) as oa:
            address = oa.sign_on_address(self._back, state)
        with self._lock:
            self._forget_old()
            self._tickets[state] = _Open(document.id, browser, self._workspace.monotonic() + TICKET_S)
        return Ticket(address, browser)

    def finish(self, state: str, code: str, browser: str) -> str | Page:
        """The ERP's signed address of the bill, or the page to read. Every pass leaves its line in the trail.

        Raises SES-204 for a ticket that is used, old, or another browser's; PER-701 where the OA does not vouch for the
        person, or does not show him the request either.
        """
        with self._lock:
            ticket = self._tickets.pop(state, None)
        good = ticket is not None and hmac.compare_digest(ticket.browser.encode(), browser.encode())
        if ticket is None or not good or self._workspace.monotonic() > ticket.until or not code:
            raise SyncError(ErrorCode.TICKET_SPENT, certain=True)
        document = self._workspace.ledger.by_ids([ticket.document_id])[0]
        with self._oa_of(document) as oa:
            person = oa.signed_on(code, self._back)
            request = self._workspace.documents.record_of(document, "oa")
            if request is None or not oa.may_see(request, person):
                self._note(document, person, "refused")
                raise SyncError(
                    ErrorCode.NOT_PERMITTED, certain=True, system=document.route_id,
                    number=document.source.number, said=person,
                )  # fmt: skip
        user = self._erp_user(document, person)
        if not user:
            self._note(document, person, "read")
            return self._page(document, person)
        self._note(document, person, "opened")
        return self._workspace.documents.open_link(document.id, "erp", user)

    def request_address(self, key: str) -> str:
        """The way back: the OA's own page of the document's request. It signs nobody in: the OA asks, or knows him."""
        document = self._document(key)
        request = self._workspace.documents.record_of(document, "oa")
        if request is None:
            raise self._unknown(key)
        with self._oa_of(document) as oa:
            return oa.open_link(request, "")

    def _document(self, key: str) -> Document:
        found = _KEY.fullmatch(key)
        if found is None:
            raise self._unknown(key)
        document = self._workspace.ledger.by_key_part([found[1]]).get(found[1])
        if document is None:
            raise self._unknown(key)
        return document

    def _unknown(self, key: str) -> SyncError:
        return SyncError(ErrorCode.RECORD_MISSING, certain=True, system="", number=key[:40])

    def _erp_user(self, document: Document, person: str) -> str:
        """The ERP user whose counterpart the person is, on the document's own route; "" = he has no ERP user.

        Several ERP users of one person: no guess, he reads the page."""
        rows = self._workspace.catalog.base_rows(document.route_id)
        users = {row.erp_code for row in rows if row.kind == "user" and row.oa_key == person}
        return users.pop() if len(users) == 1 else ""

    def _page(self, document: Document, person: str) -> Page:
        round_ = self._workspace.ledger.round(document.id, document.round)
        kept = round_.snapshot if round_ is not None else {}
        tables = dict(kept.get("lines", kept.get("details", {})))
        return Page(
            document.source.number, person, document.state.value,
            _texts(kept.get("header", kept.get("fields", {}))),
            {str(table): tuple(map(_texts, _rows(rows))) for table, rows in tables.items()},
        )  # fmt: skip

    def _clock_is_right(self, document: Document) -> None:
        """A signed address carries the time: said before it fails in the ERP."""
        code = self._workspace.ledger.hold(document.route_id, document.flow_id)
        if code and code[0] == ErrorCode.CLOCK_SKEW.id:
            raise SyncError(ErrorCode.CLOCK_SKEW, certain=True, **dict(code[1]))

    def _oa_of(self, document: Document) -> _Opened:
        route = next(each for each in self._workspace.catalog.routes() if each.id == document.route_id)
        system = self._workspace.catalog.system(route.oa_id)
        return _Opened(self._workspace, system)

    def _note(self, document: Document, person: str, what: str) -> None:
        actor = f"oa:{person}"
        with self._workspace.store.writing() as tables:
            self._workspace.trail.append(
                tables,
                [(actor, f"sign_on.{what}", f"document:{document.id}", {"number": document.source.number})],
            )

    def _forget_old(self) -> None:
        now = self._workspace.monotonic()
        while self._tickets:
            state, oldest = next(iter(self._tickets.items()))
            if oldest.until >= now and len(self._tickets) < MOST_TICKETS:
                return
            del self._tickets[state]


def _rows(rows: Any) -> Iterable[Mapping[str, Any]]:
    """Lines by entry id, or in a list."""
    return rows.values() if isinstance(rows, Mapping) else rows


def _texts(row: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): "" if value is None else str(value) for name, value in row.items()}


class _Opened:
    """A connector for one question."""

    def __init__(self, workspace: Workspace, system: System) -> None:
        self._connector = workspace.connect(system)

    def __enter__(self) -> OaConnector:
        return cast(OaConnector, self._connector)

    def __exit__(self, *_: object) -> None:
        self._connector.close()
