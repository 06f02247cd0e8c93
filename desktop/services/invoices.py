"""The scan for purchase invoices that were audited although a claim was open that they should have deducted (X23): audited
by hand while the gate was off or went around it, or changed after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from desktop.connectors.base import ErpConnector
from desktop.domain.claim import Claim
from desktop.domain.document import DocumentState
from desktop.domain.errors import SyncError
from desktop.domain.flow import FlowKind
from desktop.domain.record import Bill, BillHead, BillStatus
from desktop.domain.system import Route
from desktop.services.scans import BATCH, Looked, Outside, Scan, must_list, whole
from desktop.sync.claim_book import Books, ClaimBook, Invoice, objection
from desktop.sync.reader import Reader
from desktop.sync.sweep import ACCEPTED
from desktop.sync.translate import Translator

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace


class Invoices:
    """What a person may ask about invoices past the gate. Reads only."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def scan(self, days: int = 30) -> Scan:
        """Every invoice audited in the last days, by whomever, against the claims of its supplier and order that stood at the
        moment of its audit and are still open. Raises PER-714 for an ERP that cannot list them, and what reading raises."""
        since = self._workspace.now() - timedelta(days=days)
        routes = self._workspace.people.routes_seen()
        return whole(since, (each for route in routes for each in self.look(route, since)))

    def look(self, route: Route, since: datetime) -> Iterator[Looked]:
        """Every audited invoice of one company since then; nothing where it has no gate."""
        flows = [self._workspace.flow_for(route.id, switch.flow_id) for switch in route.switches]
        gates = [Translator(flow) for flow in flows if flow and flow.kind is FlowKind.GATE]
        if not gates:
            return
        erp = cast(ErpConnector, self._workspace.connect(self._workspace.catalog.system(route.erp_id)))
        try:
            must_list(erp)
            for translator in gates:
                yield from self._look(erp, translator, route, since)
        finally:
            erp.close()

    def _look(
        self, erp: ErpConnector, translator: Translator, route: Route, since: datetime
    ) -> Iterator[Looked]:
        side, books = translator.erp_side, Books(translator)
        heads = [head for head in erp.audited_bills(side, since) if head.company == route.company]
        later = {head.ref.key: head.changed_at for head in erp.audited_bills(books.claim_side, since)}
        for start in range(0, len(heads), BATCH):
            part = heads[start : start + BATCH]
            bills = erp.read_bills(side, [head.ref.key for head in part])
            there = [bills[head.ref.key] for head in part if head.ref.key in bills]
            there = [bill for bill in there if bill.status is BillStatus.AUDITED]
            reader = Reader(erp)
            invoices = books.invoices(reader, there)
            suppliers = {each.supplier for each in invoices.values() if isinstance(each, Invoice)}
            book = books.of_suppliers(reader, sorted(suppliers))
            accepted = self._accepted(erp, translator, there)
            for head in part:
                if head.ref.key not in invoices:
                    continue
                known = head.ref.key in accepted or bool(translator.kept_out_by(bills[head.ref.key]))
                error = None if known else _objection(invoices[head.ref.key], book, head, later)
                outside = _outside(route, translator, head, error) if error else None
                yield Looked(translator.flow.id, side.form, head.ref.key, outside)

    def _accepted(self, erp: ErpConnector, translator: Translator, bills: Sequence[Bill]) -> set[str]:
        """Invoices of which a person, or two of them at the gate, have said that they may stand as they are."""
        ledger, flow = self._workspace.ledger, translator.flow.id
        keys = [bill.ref.key for bill in bills]
        held = ledger.by_source(erp.system.id, translator.erp_side.form, flow, keys)
        rounds = ledger.current_rounds(list(held.values()))
        passes = ledger.gate_passes([document.id for document in held.values()])
        let_pass = {each for each, given in passes.items() if given.used_round is not None}
        return {
            key for key, document in held.items()
            if document.state is DocumentState.DISMISSED
            or document.id in let_pass
            or (document.id in rounds and rounds[document.id].decision == ACCEPTED)
        }  # fmt: skip


def _objection(
    invoice: Invoice | SyncError, book: ClaimBook, head: BillHead, later: Mapping[str, datetime | None]
) -> SyncError | None:
    """What the gate would have said at the moment of the audit. A claim that was audited after it could not be deducted."""
    if isinstance(invoice, SyncError):
        return invoice
    try:
        claims = [
            each for each in book.of(invoice.company, invoice.supplier) if not _came_later(each, head, later)
        ]
        return objection(invoice, [replace(each, reserved={}) for each in claims])
    except SyncError as error:
        return error


def _came_later(claim: Claim, head: BillHead, later: Mapping[str, datetime | None]) -> bool:
    at = later.get(claim.ref.key)
    return at is not None and head.changed_at is not None and at > head.changed_at


def _outside(route: Route, translator: Translator, head: BillHead, error: SyncError) -> Outside:
    error.facts["number"] = head.ref.number
    return Outside(
        route.id, route.company, translator.flow.id, head.ref.number, head.maker, head.changed_at, error
    )
