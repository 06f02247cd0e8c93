"""Special cases of correspondences for a person: by department, by day, of several which, and stand-ins with their use.

Checked here before anything is written: the counterpart must be a record of the other system's list where that was read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import BASE_KINDS
from desktop.services.masking import is_account
from desktop.store.base_cases import FallbackUse
from desktop.store.catalog import CaseRow
from desktop.sync.base_table import ANY, ERP, OA, days_of_erp

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

__all__ = ["ANY", "CaseLine", "CaseRow", "FallbackUse", "SpecialCases"]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}$")
KINDS = (*BASE_KINDS, "user", "account_book", "price_list", "cost_center")


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A special case as its list shows it. uses: documents that a stand-in was sent with. state: "now", "later", "over"."""

    row: CaseRow
    company: str
    state: str
    uses: int


class SpecialCases:
    """Reads, checks, writes; a change lets the documents that wait go on."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def kinds(self) -> tuple[str, ...]:
        """Every kind that a special case may be about."""
        return KINDS

    def lines(self) -> list[CaseLine]:
        """Every special case; stand-ins first, since they are what somebody ought to look at."""
        workspace = self._workspace
        titles, counts = workspace.base.companies(), workspace.base_cases.counts()
        routes = [route.id for route in workspace.catalog.routes()]
        days = {each: days_of_erp(workspace.catalog, each, workspace.now)() for each in routes}
        here = workspace.now().astimezone().date().isoformat()
        found = [
            CaseLine(
                row, titles.get(row.route_id, row.route_id), _state(row, days.get(row.route_id, here)),
                counts.get((row.route_id, row.kind), 0) if row.code == ANY else 0,
            )
            for row in workspace.catalog.base_cases()
            if workspace.people.seat.sees(row.route_id)
        ]  # fmt: skip
        found = [workspace.people.shown(each) if is_account(each.row.kind) else each for each in found]
        return sorted(
            found, key=lambda each: (each.row.code != ANY, each.company, each.row.kind, each.row.code)
        )

    def uses(self, row: CaseRow) -> Sequence[FallbackUse]:
        """Documents that this stand-in was sent with, newest first."""
        self._workspace.people.demand_seat("read", row.route_id)
        return self._workspace.base_cases.uses(row.route_id, row.kind) if row.code == ANY else ()

    def put(self, person: str, row: CaseRow) -> int:
        """Adds or changes one; answers its id. Raises PER-716, MAP-512, MAP-513, DAT-411."""
        workspace = self._workspace
        workspace.people.demand(person, "map_base", (row.route_id,))
        workspace.people.demand_accounts(person, "map_base", (row.kind,))
        checked = self._checked(row)
        case_id = workspace.base_cases.put(checked, person)
        workspace.order(person, "run_now", (), route_id=row.route_id, flow_id="")
        return case_id

    def remove(self, person: str, row: CaseRow) -> None:
        """Takes one away. Raises PER-716."""
        self._workspace.people.demand(person, "map_base", (row.route_id,))
        self._workspace.people.demand_accounts(person, "map_base", (row.kind,))
        self._workspace.base_cases.remove(row, person)

    def _checked(self, row: CaseRow) -> CaseRow:
        told = {
            name: getattr(row, name).strip()
            for name in ("code", "counterpart", "by_value", "valid_from", "valid_to", "note")
        }
        row = replace(row, **told)
        if row.kind not in KINDS or row.side not in (ERP, OA) or not row.code or not row.counterpart:
            value = row.code or row.counterpart or row.kind
            raise SyncError(ErrorCode.BASE_RECORD_UNKNOWN, certain=True, kind=row.kind, value=value)
        for name in ("valid_from", "valid_to"):
            _check_day(name, getattr(row, name))
        if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
            raise SyncError(ErrorCode.NOT_A_DATE, certain=True, field="valid_to", value=row.valid_to)
        item = self._workspace.base.resolve(row.route_id, row.kind, row.side, row.counterpart)
        counterpart = item.code if row.side == OA else item.key
        return replace(row, counterpart=counterpart or row.counterpart, name=item.name)


def _check_day(name: str, value: str) -> None:
    try:
        if value and not (_DAY.match(value) and date.fromisoformat(value)):
            raise ValueError(value)
    except ValueError:
        raise SyncError(ErrorCode.NOT_A_DATE, certain=True, field=name, value=value[:40]) from None


def _state(row: CaseRow, today: str) -> str:
    if row.valid_to and row.valid_to < today:
        return "over"
    return "later" if row.valid_from > today else "now"
