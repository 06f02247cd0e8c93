"""Systems, routes, switches, base data mappings and preferences: what a person sets up once.

Every write moves `revision`, so that the engine notices a change without comparing anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.schedule import Pause, Schedule, as_kept, from_kept
from desktop.domain.system import FlowSwitch, Route, System, SystemRole
from desktop.store.audit import Trail
from desktop.store.company_flows import AT
from desktop.store.database import Store
from desktop.store.tables import Tables

_REVISION = "catalog.revision"
_PAUSE = "engine.pause"


@dataclass(frozen=True, slots=True)
class BaseRow:
    """One correspondence: this code in the ERP is that key in the OA."""

    route_id: str
    kind: str
    erp_code: str
    oa_key: str
    erp_name: str = ""
    oa_name: str = ""
    origin: str = "person"


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A special case of a correspondence. side: where its code stands ("erp": its counterpart is an OA key).

    code:      "*" = a stand-in for whatever has no counterpart.
    by_value:  the department, expense type ... for which it holds; "" = for all.
    valid_from, valid_to: first and last day, "2026-12-01"; "" = without end.
    id:        0 = not kept yet.
    """

    id: int
    route_id: str
    kind: str
    side: str
    code: str
    counterpart: str
    by_value: str = ""
    valid_from: str = ""
    valid_to: str = ""
    name: str = ""
    note: str = ""
    changed_at: datetime | None = None
    changed_by: str = ""

    def holds_on(self, day: str) -> bool:
        """Is it valid on this day?"""
        return self.valid_from <= day and (not self.valid_to or day <= self.valid_to)


CASE_FIELDS = (
    "route_id", "kind", "side", "code", "counterpart", "by_value", "valid_from", "valid_to", "name", "note",
)  # fmt: skip
"""What is kept of a special case, in the order of CaseRow."""


class Catalog:
    """Reads and writes of the set-up; writes are audited in the same transaction."""

    def __init__(self, store: Store, trail: Trail) -> None:
        self._store = store
        self._trail = trail

    def systems(self) -> dict[str, System]:
        """All systems by id."""
        with self._store.reading() as tables:
            return {
                row.id: System(row.id, SystemRole(row.role), row.vendor, row.title, row.base_url, row.options)
                for row in tables.system.select().order_by(tables.system.id)
            }

    def system(self, system_id: str) -> System:
        """One system. Raises PER-713."""
        found = self.systems().get(system_id)
        if found is None:
            raise SyncError(ErrorCode.SYSTEM_UNKNOWN, system=system_id)
        return found

    def routes(self) -> list[Route]:
        """All routes with their switches, by id."""
        with self._store.reading() as tables:
            switches: dict[str, list[FlowSwitch]] = {}
            for row in tables.switch.select().order_by(tables.switch.flow_id):
                switches.setdefault(row.route_id, []).append(
                    FlowSwitch(row.flow_id, bool(row.on), row.every_s, row.workflow, _schedule(row.schedule))
                )
            return [
                Route(
                    row.id, row.company, row.title, row.erp_id, row.oa_id, row.applicant,
                    tuple(switches.get(row.id, ())),
                )
                for row in tables.route.select().order_by(tables.route.id)
            ]  # fmt: skip

    def base_rows(self, route_id: str) -> list[BaseRow]:
        """Every correspondence of a route."""
        with self._store.reading() as tables:
            rows = tables.base_mapping
            return [
                BaseRow(
                    row.route_id, row.kind, row.erp_code, row.oa_key, row.erp_name, row.oa_name, row.origin
                )
                for row in rows.select().where(rows.route_id == route_id).order_by(rows.kind, rows.erp_code)
            ]

    def base_cases(self, route_id: str = "") -> list[CaseRow]:
        """The special cases of a route ("" = of all)."""
        with self._store.reading() as tables:
            rows = tables.base_case
            found = rows.select().order_by(
                rows.route_id, rows.kind, rows.code, rows.by_value, rows.valid_from
            )
            held = found.where(rows.route_id == route_id) if route_id else found
            return [
                CaseRow(
                    id=row.id,
                    changed_at=row.changed_at,
                    changed_by=row.changed_by,
                    **{name: getattr(row, name) for name in CASE_FIELDS},
                )
                for row in held
            ]

    def revision(self) -> int:
        """Grows with every change of the catalog."""
        return int(self.preference(_REVISION, 0))

    def preference(self, name: str, default: Any = None) -> Any:
        """A preference's value."""
        with self._store.reading() as tables:
            row = tables.preference.get_or_none(tables.preference.name == name)
            return default if row is None else row.value

    def set_preference(self, name: str, value: Any, *, actor: str = "") -> None:
        """Sets a preference; audited where a person did it."""
        with self._store.writing() as tables:
            row = tables.preference.get_or_none(tables.preference.name == name)
            tables.preference.replace(name=name, value=value).execute()
            if actor:
                told = {"value": value, "before": row.value if row else None, "after": value}
                self._trail.append(tables, [(actor, "preference", name, told)])

    def add_up(self, name: str, key: str, more: int) -> None:
        """Adds to what a preference counts under `key`, in one transaction: several at once lose nothing. Other keys are
        forgotten."""
        with self._store.writing() as tables:
            row = tables.preference.get_or_none(tables.preference.name == name)
            before = int(row.value.get(key, 0)) if row else 0
            tables.preference.replace(name=name, value={key: before + more}).execute()

    def pause(self) -> Pause | None:
        """Who paused the engine, as it was kept; its end may be over."""
        kept = self.preference(_PAUSE)
        if not isinstance(kept, dict):
            return None
        until = datetime.fromisoformat(kept["until"]) if kept.get("until") else None
        return Pause(str(kept["by"]), datetime.fromisoformat(kept["at"]), str(kept.get("why", "")), until)

    def keep_pause(self, pause: Pause | None, actor: str) -> None:
        """The engine stands still, or goes on (None). It outlives the process, and every window sees it."""
        with self._store.writing() as tables:
            if pause is None:
                gone = tables.preference.delete().where(tables.preference.name == _PAUSE).execute()
                if gone:
                    self._trail.append(tables, [(actor, "engine.resumed", "engine", {})])
                return
            until = pause.until.isoformat() if pause.until else ""
            kept = {"by": pause.by, "at": pause.at.isoformat(), "why": pause.why, "until": until}
            tables.preference.replace(name=_PAUSE, value=kept).execute()
            told = {"reason": pause.why, "until": until}
            self._trail.append(tables, [(actor, "engine.paused", "engine", told)])

    def put_system(self, system: System, actor: str) -> None:
        """Adds or replaces a system."""
        with self._store.writing() as tables:
            before = self.systems().get(system.id)
            tables.system.replace(
                id=system.id, role=system.role.value, vendor=system.vendor, title=system.title,
                base_url=system.base_url, options=dict(system.options),
            ).execute()  # fmt: skip
            told = {
                "base_url": system.base_url,
                "before": _told_system(before),
                "after": _told_system(system),
            }
            self.changed(tables, actor, "system.saved", f"system:{system.id}", told)

    def delete_system(self, system_id: str, actor: str) -> None:
        """Removes a system that no route uses. Raises PER-713 where one does."""
        with self._store.writing() as tables:
            rows = tables.route
            used = rows.select().where((rows.erp_id == system_id) | (rows.oa_id == system_id)).count()
            if used:
                raise SyncError(ErrorCode.SYSTEM_UNKNOWN, system=system_id)
            tables.system.delete().where(tables.system.id == system_id).execute()
            self.changed(tables, actor, "system.deleted", f"system:{system_id}", {})

    def put_route(self, route: Route, actor: str) -> None:
        """Adds or replaces a route with all its switches."""
        with self._store.writing() as tables:
            before = next((each for each in self.routes() if each.id == route.id), None)
            tables.route.replace(
                id=route.id, company=route.company, title=route.title, erp_id=route.erp_id, oa_id=route.oa_id,
                applicant=route.applicant,
            ).execute()  # fmt: skip
            tables.switch.delete().where(tables.switch.route_id == route.id).execute()
            for switch in route.switches:
                tables.switch.create(
                    route_id=route.id, flow_id=switch.flow_id, on=switch.on, every_s=switch.every_s,
                    workflow=switch.workflow, schedule=as_kept(switch.schedule),
                )  # fmt: skip
            told: dict[str, Any] = {
                "flows": [switch.flow_id for switch in route.switches if switch.on],
                "company": route.company,
            }
            if schedules := {
                each.flow_id: kept for each in route.switches if (kept := as_kept(each.schedule))
            }:
                told["schedules"] = schedules
            told |= {"before": _told_route(before), "after": _told_route(route)}
            self.changed(tables, actor, "route.saved", f"route:{route.id}", told)

    def delete_route(self, route_id: str, actor: str) -> None:
        """Removes a route that carries no document."""
        with self._store.writing() as tables:
            if tables.document.select().where(tables.document.route_id == route_id).exists():
                raise SyncError(ErrorCode.CANNOT, system=route_id, what="delete")
            tables.route.delete().where(tables.route.id == route_id).execute()
            tables.switch.delete().where(tables.switch.route_id == route_id).execute()
            for rows in (
                tables.flow_release,
                tables.flow_draft,
            ):  # a new company of this name inherits nothing of it
                held = [row.flow_id for row in rows.select(rows.flow_id).distinct()]
                mine = [each for each in held if each.partition(AT)[2] == route_id]
                rows.delete().where(rows.flow_id.in_(mine)).execute()
            self.changed(tables, actor, "route.deleted", f"route:{route_id}", {})

    def put_base_rows(self, rows: Iterable[BaseRow], actor: str) -> int:
        """Adds or replaces correspondences; answers how many."""
        count = 0
        with self._store.writing() as tables:
            table = tables.base_mapping
            for each in rows:
                values: dict[str, Any] = {
                    "erp_name": each.erp_name, "oa_key": each.oa_key, "oa_name": each.oa_name, "origin": each.origin,
                    "changed_at": datetime.now(UTC), "changed_by": actor,
                }  # fmt: skip
                table.insert(
                    route_id=each.route_id, kind=each.kind, erp_code=each.erp_code, **values
                ).on_conflict(
                    conflict_target=[table.route_id, table.kind, table.erp_code], update=values
                ).execute()
                count += 1
            self.changed(tables, actor, "base_data.saved", "base_data", {"rows": count})
        return count

    def delete_base_row(self, route_id: str, kind: str, erp_code: str, actor: str) -> None:
        """Removes one correspondence."""
        with self._store.writing() as tables:
            rows = tables.base_mapping
            rows.delete().where(
                rows.route_id == route_id, rows.kind == kind, rows.erp_code == erp_code
            ).execute()
            self.changed(
                tables, actor, "base_data.deleted", "base_data", {"kind": kind, "erp_code": erp_code}
            )

    def beat(self, name: str, detail: Mapping[str, Any], at: datetime) -> None:
        """A sign of life."""
        with self._store.writing() as tables:
            tables.heartbeat.replace(name=name, at=at, detail=dict(detail)).execute()

    def last_beat(self, name: str) -> tuple[datetime, Mapping[str, Any]] | None:
        """When and what the last sign of life was."""
        with self._store.reading() as tables:
            row = tables.heartbeat.get_or_none(tables.heartbeat.name == name)
            return (row.at, row.detail) if row else None

    def changed(
        self, tables: Tables, actor: str, action: str, subject: str, detail: Mapping[str, Any]
    ) -> None:
        """The catalog moved on: its line in the trail, in the caller's transaction."""
        move_revision(tables)
        self._trail.append(tables, [(actor, action, subject, detail)])


def _told_system(system: System | None) -> dict[str, Any]:
    """A system as the trail tells of it; its options hold no secret."""
    if system is None:
        return {}
    return {
        "title": system.title,
        "base_url": system.base_url,
        "vendor": system.vendor,
        "options": dict(system.options),
    }


def _told_route(route: Route | None) -> dict[str, Any]:
    """A company as the trail tells of it, with its flows: "on every 15 s, workflow 781"."""
    if route is None:
        return {}
    flows = {
        each.flow_id: {"on": each.on, "every_s": f"{each.every_s:g}", "workflow": each.workflow, **as_kept(each.schedule)}
        for each in route.switches
    }  # fmt: skip
    return {
        "title": route.title, "company": route.company, "erp": route.erp_id, "oa": route.oa_id, "applicant": route.applicant,
        "flows": flows,
    }  # fmt: skip


def move_revision(tables: Tables) -> None:
    """What was mended is looked at again: documents that a mapping failure holds are due. Inside Store.writing()."""
    row = tables.preference.get_or_none(tables.preference.name == _REVISION)
    tables.preference.replace(name=_REVISION, value=(row.value if row else 0) + 1).execute()


def _schedule(kept: Mapping[str, Any]) -> Schedule:
    """A row that nobody can read (a newer program's, or a hand's) runs by its plain interval: never not at all."""
    try:
        return from_kept(kept)
    except ValueError:
        return Schedule()
