"""The way from nothing to the first bill: how far it is, read from the store alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop.domain.document import DocumentState
from desktop.domain.system import SystemRole
from desktop.store.base_data import BaseQuestion
from desktop.store.search import Question

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

STEPS = ("erp", "oa", "company", "flow", "base", "dry", "first")
TRIED = "guide.tried"
"""The preference: the number of the bill that was tried dry, "" = none yet."""


@dataclass(frozen=True, slots=True)
class Way:
    """Which steps are done. facts: what to say beside a step. next: the first that is not done, "" = all are."""

    done: frozenset[str]
    companies: int
    flows: int
    gaps: int
    matches: int
    tried: str
    documents: int

    @property
    def next(self) -> str:
        """The step to take now."""
        return next((step for step in STEPS if step not in self.done), "")


class Guide:
    """Looks how far the set-up is."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def look(self) -> Way:
        """How far it is, in the companies of whoever asks. A dry run counts as done once something went for good, too."""
        workspace = self._workspace
        catalog, ledger, seat = workspace.catalog, workspace.ledger, workspace.people.seat
        roles = {system.role for system in catalog.systems().values()}
        routes = workspace.people.routes_seen()
        flows = sum(switch.on for route in routes for switch in route.switches)
        matches = workspace.base.count(BaseQuestion()) if routes else 0
        gaps = workspace.base.count_waiting() if routes else 0
        tried = str(catalog.preference(TRIED, "") or "")
        mine = Question(states=(DocumentState.DONE,))
        through = workspace.documents.count(mine) if seat.routes else ledger.count_in(DocumentState.DONE)
        done = {
            "erp": SystemRole.ERP in roles, "oa": SystemRole.OA in roles, "company": bool(routes), "flow": bool(flows),
            "base": bool(matches) and not gaps, "dry": bool(tried or through), "first": bool(through),
        }  # fmt: skip
        return Way(
            frozenset(step for step in STEPS if done[step]), len(routes), flows, gaps, matches, tried, through
        )

    def note_tried(self, person: str, number: str) -> None:
        """Somebody looked at what a bill would send."""
        self._workspace.people.demand(person, "read")
        self._workspace.catalog.set_preference(TRIED, number)

    def over(self) -> bool:
        """True once a bill is through."""
        return self._workspace.ledger.any_in(DocumentState.DONE)

    def begun(self) -> bool:
        """False for a store in which nothing was ever set up."""
        return bool(self._workspace.catalog.systems())
