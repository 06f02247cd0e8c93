"""Once a night the engine looks at what was audited directly in the ERP: prices outside their lock, invoices past the gate.

What it finds is kept until a later night finds the bill well, or a person says why it may stand. A night that this machine
slept through is made up for. One company that cannot be read stops no other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.events import ScanEnded
from desktop.domain.notice import Trouble
from desktop.domain.system import Route
from desktop.services.scans import Looked
from desktop.store.findings import Findings, Found, Kept, ScanRun

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

LOOK_S = 900.0
"""How often the engine asks whether the night's scan is due."""
HOUR = 1
"""The night begins at this hour of this machine's own time."""
DAYS = 30
SCANS = ("prices", "invoices")

log = logging.getLogger("danqiao.bypass")


@dataclass(frozen=True, slots=True)
class Bypassed:
    """An open finding as a page shows it. document_id None: this store has no document of the bill."""

    kept: Kept
    company: str
    document_id: int | None


class Bypass:
    """The nightly scans and what they found."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._findings = Findings(workspace.store, workspace.trail)

    # --- what there is -------------------------------------------------------------------------------------------------
    def open(self, scan: str) -> list[Kept]:
        """Findings that nobody has closed, newest first, of the companies that this window may see."""
        return self._findings.open(scan, self._workspace.people.seat.routes)

    def listed(self) -> list[Bypassed]:
        """Every open finding of both scans, newest first, with its company's name and our document."""
        titles = {route.id: route.title or route.company for route in self._workspace.catalog.routes()}
        found = []
        for each in sorted(
            (kept for scan in SCANS for kept in self.open(scan)), key=lambda each: each.first_at, reverse=True
        ):
            bill = each.found
            held = self._workspace.ledger.by_source(bill.system_id, bill.form, bill.flow_id, [bill.key])
            document = held.get(bill.key)
            title = titles.get(bill.route_id, bill.route_id)
            found.append(Bypassed(each, title, document.id if document else None))
        return found

    def runs(self, scan: str) -> list[ScanRun]:
        """How the last scan over each company went."""
        return self._findings.runs(scan)

    def troubles(self) -> Iterator[Trouble]:
        """Every open finding, for the notices: told once, and once when it is mended or a person said why it may stand."""
        for scan in SCANS:
            for kept in self._findings.open(scan):
                yield Trouble(f"bypass:{kept.id}", kept.found.code, kept.found.facts, kept.first_at)

    # --- the night -------------------------------------------------------------------------------------------------------
    def scan_if_due(self) -> bool:
        """Scans where the last scan was before this night. True where it was done."""
        begun = self._begun()
        if all(self._is_done(scan, begun) for scan in SCANS) or self._workspace.engine.paused:
            return False
        self.scan()
        return True

    def _begun(self) -> datetime:
        local = self._workspace.now().astimezone()
        night = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
        return night if local >= night else night - timedelta(days=1)

    def _is_done(self, scan: str, begun: datetime) -> bool:
        done = {run.route_id for run in self.runs(scan) if run.at >= begun}
        return {route.id for route in self._workspace.catalog.routes()} <= done

    def scan(self) -> None:
        """Both scans over every company, now. Never raises what one company's systems raise."""
        looks = {"prices": self._workspace.prices.look, "invoices": self._workspace.invoices.look}
        for scan in SCANS:
            for route in self._workspace.catalog.routes():
                self._scan(scan, route, looks[scan])

    def _scan(self, scan: str, route: Route, look: Callable[[Route, datetime], Iterator[Looked]]) -> None:
        at = self._workspace.now()
        since = at - timedelta(days=DAYS)
        try:
            looked = list(look(route, since))
        except SyncError as error:
            log.warning("scan %s of %s: %s", scan, route.id, error.code.id)
            self._findings.broke(scan, route.id, at, since, error.code.id, error.facts)
            return
        found = [
            Found(
                route.id, each.flow_id, route.erp_id, each.form, each.key, each.outside.number, each.outside.maker,
                each.outside.audited_at, each.outside.error.code.id, each.outside.error.facts,
            )
            for each in looked
            if each.outside is not None
        ]  # fmt: skip
        seen = [(each.flow_id, each.form, each.key) for each in looked]
        news, _ = self._findings.keep(scan, route.id, at, since, len(looked), found, seen)
        self._workspace.publish(ScanEnded(scan, route.id, len(news), len(found)))

    # --- what a person says ------------------------------------------------------------------------------------------------
    def close(self, person: str, finding_id: int, reason: str) -> None:
        """It may stand as it is, and why. It comes back where the bill says something else later."""
        self._workspace.people.demand_role(person, "accept")
        route_id = self._findings.one(finding_id).found.route_id
        self._workspace.people.demand(person, "accept", (route_id,))
        if not reason.strip():
            raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said="reason")
        self._findings.close(finding_id, person, reason.strip(), self._workspace.now())
