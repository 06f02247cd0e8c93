"""Base data: which record of the ERP is which in the OA, what is missing, and what probably belongs together.

Views ask here and nowhere else. Nothing is ever put together by itself: a person accepts, and the trail says who. What is
missing stands in base_gaps.py.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import BaseItem
from desktop.services.base_gaps import BaseGaps, Coverage, Gap, Overview
from desktop.services.base_lists import ERP, OA
from desktop.services.base_reading import ListRead
from desktop.services.base_suggestions import Suggestion
from desktop.store.base_data import OA_KINDS, BaseChange, BaseLine, BaseQuestion
from desktop.store.catalog import BaseRow

if TYPE_CHECKING:
    from desktop.services.base_risk import Risk
    from desktop.services.base_sheet import Preview

__all__ = [
    "BaseChange", "BaseData", "BaseLine", "BaseQuestion", "BaseRow", "Coverage", "Gap", "ListRead", "Overview", "Suggestion",
]  # fmt: skip

Report = Callable[[int, int, str], None]


class BaseData(BaseGaps):
    """Lists, gaps, proposals, changes, and the reading of both systems' lists."""

    # --- what there is --------------------------------------------------------------------------------
    def ids(self, question: BaseQuestion, sort: str, *, descending: bool = False) -> array[int]:
        """Every id in order."""
        return self._store.ids(self._seen(question), sort, descending=descending)

    def lines(self, ids: Sequence[int]) -> dict[int, BaseLine]:
        """Correspondences by id."""
        sees = self._workspace.people.seat.sees
        return {
            key: self._shown(line.row.kind, line)
            for key, line in self._store.lines(ids).items()
            if sees(line.row.route_id)
        }

    def id_of(self, route_id: str, kind: str, erp_code: str) -> int | None:
        """The id of a correspondence, or None."""
        return self._store.id_of(route_id, kind, erp_code)

    def changes(self) -> list[BaseChange]:
        """What the last readings of both systems noticed, newest first."""
        routes = self._workspace.people.routes_seen()
        systems = {system for route in routes for system in (route.erp_id, route.oa_id)}
        everything = not self._workspace.people.seat.routes
        return [
            self._shown(each.kind, each)
            for each in self._store.changes()
            if everything or each.system_id in systems
        ]

    def risk(self, change: BaseChange) -> Risk:
        """What a change puts at risk: flows that look the record up, and documents under way that name it."""
        from desktop.services.base_risk import risk_of

        return risk_of(self._workspace, change)

    def companies(self) -> dict[str, str]:
        """Titles of the companies by route id."""
        return {route.id: route.title or route.company for route in self._workspace.catalog.routes()}

    def kinds(self) -> list[str]:
        """Every kind that a flow uses or that has correspondences."""
        found = {row.kind for row in self._store.mapped()}
        for route in self._workspace.catalog.routes():
            found |= set().union(*self._kinds(route))
        return sorted(found)

    # --- choosing a counterpart --------------------------------------------------------------------------------
    def counterparts(self, route_id: str, kind: str, side: str, text: str, limit: int = 20) -> list[BaseItem]:
        """Records of the other system that a person may mean. side: where the gap's own code stands."""
        self._workspace.people.demand_seat("read", route_id)
        route = self._route(route_id)
        system_id, listed = self._other(route, kind, side)
        found = self._store.find_records(system_id, listed, text.strip(), limit)
        if (system_id, listed) not in self._store.refreshed():
            found += _from_rows(self._store.mapped(kind=kind), side, text.strip(), limit)
        return self._shown(kind, found[:limit])

    def resolve(self, route_id: str, kind: str, side: str, typed: str) -> BaseItem:
        """The record a person typed: by key or code, or by a name that only one has. Raises MAP-513.

        Where the other system offers no list of the kind, what was typed is taken as it is."""
        typed = typed.strip()
        route = self._route(route_id)
        records = self._records(route, kind, ERP if side == OA else OA)
        system_id, listed = self._other(route, kind, side)
        if not typed or len(typed) > 200:
            raise SyncError(ErrorCode.BASE_RECORD_UNKNOWN, certain=True, kind=kind, value=typed[:60])
        if typed in records.items:
            return records.items[typed]
        for found in (records.with_code(typed), records.with_name(typed)):
            if len(found) == 1:
                return records.items[found[0]]
        if (system_id, listed) in self._store.refreshed():
            raise SyncError(ErrorCode.BASE_RECORD_UNKNOWN, certain=True, kind=kind, value=typed)
        return BaseItem(kind, typed, typed, "")

    def known_keys(self, route_id: str, kind: str) -> frozenset[str] | None:
        """Every key of the OA's list of a kind; None where it was never read."""
        route = self._route(route_id)
        if (route.oa_id, OA_KINDS.get(kind, kind)) not in self._store.refreshed():
            return None
        return frozenset(self._records(route, kind, OA).items)

    # --- files --------------------------------------------------------------------------------
    def write_sheet(
        self, path: Path, question: BaseQuestion, report: Report, stopped: Callable[[], bool],
        encoding: str = "utf-8-sig",
    ) -> int:  # fmt: skip
        """Writes an Excel file, or a CSV by the file's ending; answers how many rows, -1 where it was stopped.
        Raises MAP-514."""
        from desktop.services.base_sheet import write_sheet

        return write_sheet(self._workspace, path, question, report, stopped, encoding)

    def read_sheet(self, path: Path, report: Report, stopped: Callable[[], bool]) -> Preview | None:
        """What an Excel file would change; None where it was stopped. Raises MAP-514."""
        from desktop.services.base_sheet import read_sheet

        return read_sheet(self._workspace, path, report, stopped)

    def apply_sheet(self, person: str, preview: Preview) -> int:
        """Writes what a preview showed, all or nothing. Raises MAP-511, MAP-512."""
        from desktop.services.base_sheet import apply_sheet

        self._workspace.people.demand_role(person, "map_base")
        return apply_sheet(self._workspace, person, preview)

    # --- changes --------------------------------------------------------------------------------
    def accept(self, person: str, gaps: Sequence[Gap]) -> int:
        """Takes the proposals of these gaps; answers how many. Raises MAP-511 or MAP-512, and nothing is taken then."""
        self._workspace.people.demand_role(person, "map_base")
        rows = [
            _row_of(gap, gap.suggestion.key, gap.suggestion.name, "suggestion")
            for gap in gaps
            if gap.suggestion
        ]
        return self.put(person, rows, {(row.route_id, row.kind, row.erp_code): "" for row in rows})

    def close(self, person: str, gap: Gap, typed: str) -> int:
        """Closes a gap with what a person chose or typed. Raises MAP-511, MAP-512, MAP-513."""
        self._workspace.people.demand_role(person, "map_base")
        item = self.resolve(gap.route_id, gap.kind, gap.side, typed)
        row = _row_of(gap, item.code if gap.side == OA else item.key, item.name, "person")
        return self.put(person, [row], {(row.route_id, row.kind, row.erp_code): ""})

    def change(self, person: str, line: BaseLine, typed: str) -> int:
        """Another OA record for an ERP code. Raises MAP-511 where it is no longer what the person saw, MAP-512, MAP-513."""
        self._workspace.people.demand_role(person, "map_base")
        old = line.row
        item = self.resolve(old.route_id, old.kind, ERP, typed)
        name = line.erp.name if line.erp is not None else old.erp_name
        row = BaseRow(old.route_id, old.kind, old.erp_code, item.key, name, item.name, "person")
        return self.put(person, [row], {(old.route_id, old.kind, old.erp_code): old.oa_key})

    def remove(self, person: str, line: BaseLine) -> None:
        """Takes a correspondence away. Raises MAP-511."""
        self._workspace.people.demand_role(person, "map_base")
        row = line.row
        self._workspace.people.demand(person, "map_base", (row.route_id,))
        self._workspace.people.demand_accounts(person, "map_base", (row.kind,))
        self._store.remove((row.route_id, row.kind, row.erp_code), person, seen=row.oa_key)

    def put(self, person: str, rows: Sequence[BaseRow], seen: Mapping[tuple[str, str, str], str]) -> int:
        """Writes rows, all or none, and lets the documents that wait for them go on at once. Raises PER-716."""
        self._workspace.people.demand_role(person, "map_base")
        touched = sorted({row.route_id for row in rows})
        if touched:
            self._workspace.people.demand(person, "map_base", touched)
            self._workspace.people.demand_accounts(person, "map_base", {row.kind for row in rows})
        count = self._store.put(rows, person, seen=seen, single=self.single(touched))
        if count:
            for route_id in touched:
                self._workspace.order(person, "run_now", (), route_id=route_id, flow_id="")
        return count

    def single(self, route_ids: Sequence[str]) -> set[tuple[str, str]]:
        """(route, kind) in which an OA key must belong to one ERP code: a flow looks it up from the OA's side."""
        routes = [route for route in self._workspace.catalog.routes() if route.id in route_ids]
        return {(route.id, kind) for route in routes for kind in self._kinds(route)[1]}

    # --- reading both systems --------------------------------------------------------------------------------
    def refresh(self, person: str, report: Report, stopped: Callable[[], bool]) -> list[ListRead]:
        """Reads every list in use from both systems. A list is taken only when it was read to its end.

        report:  (lists done, lists in all, the kind being read).
        stopped: asked between records; what was read to its end stays."""
        return self.read_lists(person, self.wanted_lists(), report, stopped)

    def read_lists(
        self, person: str, wanted: Sequence[tuple[str, str]], report: Report, stopped: Callable[[], bool]
    ) -> list[ListRead]:
        """The same for these lists: (system id, the kind as that system calls it)."""
        self._workspace.people.demand(person, "refresh_base")
        return self._workspace.base_reading.read(person, wanted, report, stopped)

    def wanted_lists(self) -> list[tuple[str, str]]:
        """(system id, the kind as that system calls it) of every list that a flow or a correspondence needs."""
        found: dict[tuple[str, str], None] = {}
        for route in self._workspace.catalog.routes():
            kinds = set().union(*self._kinds(route)) | {row.kind for row in self._store.mapped(route.id)}
            for kind in sorted(kinds):
                found[route.erp_id, kind] = None
                found[route.oa_id, OA_KINDS.get(kind, kind)] = None
        return sorted(found)


def _row_of(gap: Gap, key: str, name: str, origin: str) -> BaseRow:
    if gap.side == OA:
        return BaseRow(gap.route_id, gap.kind, key, gap.code, name, gap.name, origin)
    return BaseRow(gap.route_id, gap.kind, gap.code, key, gap.name, name, origin)


def _from_rows(rows: Sequence[BaseRow], side: str, text: str, limit: int) -> list[BaseItem]:
    """Where a system offers no list: what other correspondences already say of it."""
    found: dict[str, BaseItem] = {}
    for row in rows:
        key, name = (row.erp_code, row.erp_name) if side == OA else (row.oa_key, row.oa_name)
        if key and (text.casefold() in key.casefold() or text.casefold() in name.casefold()):
            found.setdefault(key, BaseItem(row.kind, key, key, name))
        if len(found) >= limit:
            break
    return list(found.values())
