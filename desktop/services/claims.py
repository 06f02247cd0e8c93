"""The claim radar: what is open of whose claims, and what an invoice must deduct, before it is typed. Reads the ERP now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from desktop.connectors.base import ErpConnector
from desktop.domain.claim import NOTHING, Claim, GatePass
from desktop.domain.document import Document
from desktop.domain.errors import SyncError
from desktop.domain.flow import Flow, FlowKind
from desktop.domain.system import Route
from desktop.sync.claim_book import Books, ClaimBook, Invoice, due_of
from desktop.sync.reader import Reader
from desktop.sync.translate import Translator

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One claim. waits: an invoice of its orders does not pass before it is deducted."""

    company: str
    claim: Claim
    open: Decimal
    waits: bool


@dataclass(frozen=True, slots=True)
class DueLine:
    """What the next invoice of a supplier must deduct. total: what it may come to; None where no amount was asked for."""

    company: str
    supplier: str
    currency: str
    open: Decimal
    due: Decimal
    total: Decimal | None


@dataclass(frozen=True, slots=True)
class GatePassLine:
    """One invoice that passed the gate though it deducts too little, and who said so."""

    document: Document
    given: GatePass


@dataclass(frozen=True, slots=True)
class Radar:
    """Claims by company, supplier and number; `troubles`: claims that cannot be read."""

    claims: tuple[ClaimLine, ...]
    due: tuple[DueLine, ...]
    troubles: tuple[SyncError, ...]


class Claims:
    """Asks the ERP of every company that has a gate and that whoever asks may see."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def radar(self, supplier: str = "", order: str = "", gross: Decimal | None = None) -> Radar:
        """Open and settled claims, of one supplier, for one order (with those that name none), or all.

        gross: what the invoice would come to before deductions. Raises what the ERP answers with.
        """
        claims: list[ClaimLine] = []
        due: list[DueLine] = []
        troubles: list[SyncError] = []
        for route, flow in self._gates():
            book = self._book(route, flow, supplier)
            for (company, party), error in sorted(book.broken.items()):
                if company == route.company and supplier in ("", party):
                    troubles.append(error)
            mine = [
                claim
                for (company, party), found in sorted(book.claims.items())
                if company == route.company and supplier in ("", party)
                for claim in sorted(found, key=lambda each: each.ref.number)
                if not order or claim.order in ("", order)
            ]
            claims += [ClaimLine(route.company, each, each.open(), _waits(each, order)) for each in mine]
            due += _due(route.company, mine, order, gross)
        return Radar(tuple(claims), tuple(due), tuple(troubles))

    def passed(self) -> list[GatePassLine]:
        """The report: every invoice that two persons let pass, oldest first, of the companies that whoever asks may see."""
        given = self._workspace.ledger.passes_given()
        documents = {
            each.id: each for each in self._workspace.ledger.by_ids([each.document_id for each in given])
        }
        sight = self._workspace.people.seat.routes
        return [
            GatePassLine(documents[each.document_id], each)
            for each in given
            if each.document_id in documents and (not sight or documents[each.document_id].route_id in sight)
        ]

    def _gates(self) -> list[tuple[Route, Flow]]:
        workspace = self._workspace
        gates = [flow for flow in workspace.flows_in_force().values() if flow.kind is FlowKind.GATE]
        return [
            (route, workspace.flow_for(route.id, flow.id) or flow)
            for route in workspace.people.routes_seen()
            for flow in gates
            if route.switch(flow.id)
        ]

    def _book(self, route: Route, flow: Flow, supplier: str) -> ClaimBook:
        workspace = self._workspace
        connector = cast(ErpConnector, workspace.connect(workspace.catalog.system(route.erp_id)))
        try:
            books, reader = Books(Translator(flow)), Reader(connector)
            book = (
                books.of_suppliers(reader, [supplier])
                if supplier
                else books.of_company(reader, route.company)
            )
        finally:
            connector.close()
        book.set_aside(workspace.ledger.set_aside(route.erp_id, book.keys()))
        return book


def _waits(claim: Claim, order: str) -> bool:
    return bool(due_of(_invoice(claim, order, claim.amount), [claim]).owed)


def _invoice(like: Claim, order: str, gross: Decimal) -> Invoice:
    """The invoice that somebody is about to type."""
    orders = frozenset({order}) if order else None
    return Invoice("", "", like.company, like.supplier, like.currency, gross, {}, orders)


def _due(company: str, claims: Iterable[Claim], order: str, gross: Decimal | None) -> list[DueLine]:
    groups: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        groups.setdefault((claim.supplier, claim.currency), []).append(claim)
    found = []
    for (supplier, currency), mine in groups.items():
        whole = sum((each.amount for each in mine), NOTHING)
        told = due_of(_invoice(mine[0], order, whole if gross is None else gross), mine)
        if told.owed:
            total = None if gross is None else told.total
            found.append(DueLine(company, supplier, currency, told.open, told.due, total))
    return found
