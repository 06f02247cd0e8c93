"""The nightly scan for prices outside their lock: bills audited by whomever, changed directly in the ERP or around us (X23)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from desktop.connectors.base import ErpConnector
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import Bill, BillHead
from desktop.domain.system import Route
from desktop.services.scans import BATCH, Looked, Outside, Scan, must_list, whole
from desktop.sync import price_lock
from desktop.sync.days import day_of
from desktop.sync.prices import LockBook
from desktop.sync.reader import Reader
from desktop.sync.translate import Translator

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace


class Prices:
    """What a person may ask about locked prices. Reads only."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def scan(self, days: int = 30) -> Scan:
        """Every audited bill of the last days, of each company and flow with a price lock, against the price of the day of
        its audit. Raises PER-714 for an ERP that cannot list them, and what reading raises: half a scan proves nothing."""
        since = self._workspace.now() - timedelta(days=days)
        routes = self._workspace.people.routes_seen()
        return whole(since, (each for route in routes for each in self.look(route, since)))

    def look(self, route: Route, since: datetime) -> Iterator[Looked]:
        """Every audited bill of one company since then; nothing where no flow of it has a price lock."""
        flows = [self._workspace.flow_for(route.id, switch.flow_id) for switch in route.switches]
        locked = [Translator(flow) for flow in flows if flow and flow.lock]
        if not locked:
            return
        erp = cast(ErpConnector, self._workspace.connect(self._workspace.catalog.system(route.erp_id)))
        try:
            for translator in locked:
                yield from _look(erp, translator, route, since)
        finally:
            erp.close()


def _look(erp: ErpConnector, translator: Translator, route: Route, since: datetime) -> Iterator[Looked]:
    """One answer for each audited bill of the company."""
    must_list(erp)
    side, book, reader = translator.erp_side, cast(LockBook, translator.lock), Reader(erp)
    heads = [head for head in erp.audited_bills(side, since) if head.company == route.company]
    for start in range(0, len(heads), BATCH):
        part = heads[start : start + BATCH]
        bills = erp.read_bills(side, [head.ref.key for head in part])
        reader.gather(want for bill in bills.values() for want in price_lock.wants(bill, book))
        for head in part:
            bill = bills.get(head.ref.key)
            if bill is not None:
                outside = _outside(erp, translator, route, head, bill, reader)
                yield Looked(translator.flow.id, side.form, head.ref.key, outside)


def _outside(
    erp: ErpConnector, translator: Translator, route: Route, head: BillHead, bill: Bill, reader: Reader
) -> Outside | None:
    book = cast(LockBook, translator.lock)
    day = day_of(erp.system, head.changed_at) if head.changed_at else ""
    try:
        error = price_lock.objection(bill, book, price_lock.look(bill, book, reader, day))
    except SyncError as unreadable:  # a number that is none: this bill is a finding, the others are looked at
        if not unreadable.certain and unreadable.code is not ErrorCode.NOT_A_NUMBER:
            raise
        error = unreadable
    if error is None:
        return None
    return Outside(
        route.id, route.company, translator.flow.id, bill.ref.number, head.maker, head.changed_at, error
    )
