"""The month end on one page (X19): what is on its way still, what keeps it, and what was looked at. Reads the store alone.

A bill has no period of its own here: whatever is on its way in the month's last working days touches the period that closes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from desktop.domain.document import Document
from desktop.services.bypass import SCANS

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

LISTED = 200
"""So many bills stand on the page, the oldest first; the list behind it has all of them."""
FRESH = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Point:
    """One line of the checklist. name: key of its words under "escort-point"; well: nothing is left to do about it."""

    name: str
    count: int
    well: bool


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """The page. last: the month's last day; left: its working days that are left, today included; more: bills not listed."""

    last: date
    left: int
    points: tuple[Point, ...]
    bills: tuple[Document, ...]
    more: int


class Escort:
    """Makes the page for the companies that whoever asks may see."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def look(self) -> MonthEnd | None:
        """None where the month's end is further away than three working days."""
        workspace = self._workspace
        days = workspace.overview.month_end(workspace.now())
        if days is None:
            return None
        bills = self._moving()
        return MonthEnd(*days, self._points(len(bills)), tuple(bills[:LISTED]), max(0, len(bills) - LISTED))

    def _moving(self) -> list[Document]:
        ledger = self._workspace.ledger
        found = [
            document
            for route in self._workspace.people.routes_seen()
            for switch in route.switches
            for document in ledger.moving(route.id, switch.flow_id)
        ]
        return sorted(found, key=lambda each: (each.created_at, each.id))

    def _points(self, moving: int) -> tuple[Point, ...]:
        workspace = self._workspace
        result = workspace.nightly.newest()
        morning = workspace.nightly.morning(result)
        counts = {
            "moving": moving,
            "stuck": workspace.documents.count_needing_a_person(),
            "gaps": workspace.base.count_waiting(),
            "agreed": len(morning.agreed),
            "unagreed": len(morning.unagreed),
            "outside": sum(len(workspace.bypass.open(scan)) for scan in SCANS),
            "pace": self._slow(),
        }
        fresh = result is not None and workspace.now() - result.at <= FRESH
        reconciled = Point(
            "reconciled", len(result.rows) if result else 0, bool(result and fresh and result.clean)
        )
        return (*(Point(name, count, not count) for name, count in counts.items()), reconciled)

    def _slow(self) -> int:
        """Flows that are on and keep their ordinary hours: the month end's pace is not set for them."""
        return sum(
            each.on and not each.schedule.month_end
            for route in self._workspace.people.routes_seen()
            for each in route.switches
        )
