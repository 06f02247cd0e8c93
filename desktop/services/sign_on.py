"""One sign-on: a browser comes with the key of a document, the OA says who sits before it, and the ERP's signed address of
that very bill (or, for people without an ERP user, a page to read) is the answer.

Nothing is believed that stands in an address. A ticket is good once, for one document, for 60 s, in one browser. Signed
addresses are worth a password: they are made on the click and kept nowhere.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from desktop.connectors.base import OaConnector
from desktop.domain.document import Document
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import Flow
from desktop.domain.record import FieldInfo, Money
from desktop.domain.system import System

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

TICKET_S = 60.0
MOST_TICKETS = 5_000
_MOST_ID = 64
_KEY = re.compile(r"([A-Z2-7]{16})(-R\d{1,4})?(-L\d{1,2})?")


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where a browser goes to prove who sits before it. `browser` is laid into its cookie `place` and asked for on the way
    back: a cookie for each ticket, so that two bills may be opened side by side."""

    address: str
    browser: str
    place: str


@dataclass(frozen=True, slots=True)
class Page:
    """What may be read where the ERP itself cannot be opened: the request as it was last sent, by the labels of the OA's form.

    flow, state: keys of words.  amount: with its currency.  back: the OA's page of the request, "" = it has no address.
    why:         "no_user" = nobody of the ERP is this person, "no_address" = no address opens a bill of this ERP, "no_bill" =
                 the request has no bill yet.
    bills:       (form, number) of what was made of the request in the ERP, in its order.
    """

    number: str
    flow: str
    state: str
    partner: str
    amount: str
    sent_at: datetime | None
    fields: Mapping[str, str]
    tables: tuple[tuple[Mapping[str, str], ...], ...]
    opinions: tuple[Mapping[str, str], ...]
    back: str
    person: str
    why: str = "no_user"
    bills: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Open:
    document_id: int
    browser: str
    until: float


def place_of(state: str) -> str:
    """Where the browser's half of a ticket lies."""
    return hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()[:16]


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
        return self._ticket_for(self._document(key))

    def begin_of_request(self, system_id: str, number: str) -> Ticket:
        """The same by the OA's own number of the request: forms of a generation flow carry no key of ours."""
        oa_of = {route.id: route.oa_id for route in self._workspace.catalog.routes()}
        found = self._workspace.ledger.numbered(number) if len(number) <= _MOST_ID else []
        document = next((each for each in found if oa_of.get(each.route_id) == system_id), None)
        request = self._workspace.documents.record_of(document, "oa") if document is not None else None
        if document is None or request is None or number not in (request.key, request.number):
            raise self._unknown(number)
        return self._ticket_for(document)

    def _ticket_for(self, document: Document) -> Ticket:
        self._workspace.documents.clock_is_right(document)
        state, browser = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        with self._oa_of(document) as oa:
            address = oa.sign_on_address(self._back, state)
        with self._lock:
            self._forget_old()
            self._tickets[state] = _Open(document.id, browser, self._workspace.monotonic() + TICKET_S)
        return Ticket(address, browser, place_of(state))

    def finish(self, state: str, code: str, browser: str) -> str | Page:
        """The ERP's signed address of the bill, or the page to read. Every pass leaves its line in the trail.

        Raises SES-204 for a ticket that is used, old, or another browser's; PER-701 where the OA does not vouch for the
        person, or does not show him the request either.
        """
        with self._lock:
            ticket = self._tickets.pop(state, None)
        good = ticket is not None and hmac.compare_digest(
            ticket.browser.encode(), browser.encode("utf-8", "replace")
        )
        if ticket is None or not good or self._workspace.monotonic() > ticket.until or not code:
            raise SyncError(ErrorCode.TICKET_SPENT, certain=True)
        document = self._workspace.ledger.by_ids([ticket.document_id])[0]
        with self._oa_of(document) as oa:
            person = self._proved(oa, document, code, state)
            user = self._workspace.users.erp_user(document.route_id, person)
            why = self._why_not(document, user)
            address = self._signed(document, user) if not why else ""
            if not address:
                self._note(document, person, "read")
                return self._page(document, person, why or "no_address", self._way_back(oa, document, person))
        self._note(document, person, "opened")
        return address

    def _proved(self, oa: OaConnector, document: Document, code: str, state: str) -> str:
        """Who it is, by the OA's own word; it also shows him the request."""
        person = oa.signed_on(code, self._back, state)
        request = self._workspace.documents.record_of(document, "oa")
        if request is None or not oa.may_see(request, person):
            self._note(document, person, "refused")
            raise SyncError(
                ErrorCode.NOT_PERMITTED, certain=True, system=document.route_id, number=document.source.number,
                said=person,
            )  # fmt: skip
        return person

    def _why_not(self, document: Document, user: str) -> str:
        """Why the ERP's own page cannot be opened, see Page; "" = it can, as far as we know."""
        documents = self._workspace.documents
        if documents.record_of(document, "erp") is None:
            return "no_bill"
        if "erp" in documents.shut_sides(document):
            return "no_address"
        return "" if user else "no_user"

    def _signed(self, document: Document, user: str) -> str:
        """The ERP's signed address of the bill; "" for an ERP that knows none: there everybody reads the page."""
        try:
            return self._workspace.documents.open_link(document.id, "erp", user)
        except SyncError as error:
            if error.code is not ErrorCode.CANNOT:
                raise
            return ""

    def request_address(self, key: str) -> str:
        """The way back: the OA's own page of the document's request. It signs nobody in: the OA asks, or knows him. Raises
        DAT-402 for a key nobody knows, PER-714 where the OA tells no address."""
        document = self._document(key)
        with self._oa_of(document) as oa:
            return self._request_page(oa, document, "")

    def _request_page(self, oa: OaConnector, document: Document, person: str) -> str:
        request = self._workspace.documents.record_of(document, "oa")
        if request is None:
            raise self._unknown(document.key)
        return oa.open_link(request, person if oa.capabilities.plain_links else "")

    def request_of_bill(self, system_id: str, form: str, bill_id: str) -> str:
        """The same for a bill's page in the ERP, which knows its own form and id but not our key. Of several flows that
        carry the bill, the latest document counts."""
        if len(bill_id) > _MOST_ID or len(form) > _MOST_ID:
            raise self._unknown(bill_id)
        found = [
            document
            for flow_id in self._workspace.flows
            for document in self._workspace.ledger.by_source(system_id, form, flow_id, [bill_id]).values()
        ]
        if not found:
            raise self._unknown(bill_id)
        return self.request_address(max(found, key=lambda each: each.id).key)

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

    def _way_back(self, oa: OaConnector, document: Document, person: str) -> str:
        """Without it the page is still worth reading."""
        try:
            return self._request_page(oa, document, person)
        except SyncError:
            return ""

    def _page(self, document: Document, person: str, why: str, back: str) -> Page:
        """What was sent to the OA, which this very person may read there: nothing more of the bill."""
        round_ = self._workspace.ledger.round(document.id, document.round)
        mapped: Mapping[str, Any] = round_.mapped if round_ is not None else {}
        snapshot: Mapping[str, Any] = round_.snapshot if round_ is not None else {}
        sent = mapped if "fields" in mapped else snapshot
        labels = self._labels(document)
        return Page(
            document.source.number, document.flow_id, document.state.value, document.partner,
            self._money(document.amount) if document.amount else "",
            round_.opened_at if round_ is not None else None,
            _labelled(sent.get("fields", {}), labels),
            tuple(tuple(_labelled(row, labels) for row in _rows(rows)) for rows in sent.get("details", {}).values()),
            tuple(_texts(each) for each in (round_.opinions if round_ is not None else ())),
            back, person, why, self._made(document),
        )  # fmt: skip

    def _made(self, document: Document) -> tuple[tuple[str, str], ...]:
        legs = self._workspace.ledger.leg_links([document]).get(document.id, {})
        bills = [legs[leg].erp for leg in sorted(legs)]
        return tuple((bill.form, bill.number or bill.key) for bill in bills if bill is not None)

    def _money(self, amount: Money) -> str:
        text, key = self._workspace.text, f"currency-{amount.currency}"
        return text.money(replace(amount, currency=text.say(key)) if text.has(key) else amount)

    def _labels(self, document: Document) -> Mapping[str, str]:
        """What the OA's form calls its fields; where nobody read it yet it is read now. Without labels keys must do."""
        route = next(each for each in self._workspace.catalog.routes() if each.id == document.route_id)
        switch, flow = route.switch(document.flow_id), self._workspace.flows.get(document.flow_id)
        if switch is None or flow is None:
            return {}
        kept = self._workspace.versions.fields(route.oa_id, switch.workflow)
        try:
            fields = kept[0] if kept is not None else self._read_fields(document, flow, switch.workflow)
        except SyncError:
            return {}
        return {each.key: each.label for each in fields if each.label}

    def _read_fields(self, document: Document, flow: Flow, workflow: str) -> tuple[FieldInfo, ...]:
        with self._oa_of(document) as oa:
            fields = oa.fields(replace(flow.oa, workflow=workflow))
            self._workspace.versions.keep_fields(oa.system.id, workflow, fields)
            return fields

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


def _labelled(row: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, str]:
    return {labels.get(name, name): value for name, value in _texts(row).items() if value}


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
