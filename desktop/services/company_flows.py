"""Flows of a group, company by company: which rows and settings a company has of its own, and which it inherits.

A company's part is published and rolled back like the flow of the group, and holds only what differs: the rest follows the
group's next publication by itself.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import Flow, FlowKind
from desktop.domain.system import Route
from desktop.services.mapping_check import check, stopping
from desktop.services.mapping_rows import MappingRow, Sheet, read_sheet, row_values
from desktop.store.company_flows import (
    AT,
    NOTHING,
    Own,
    Place,
    laid_over,
    own_id,
    own_text,
    read_own,
    table_of,
)
from desktop.store.flow_versions import Release
from desktop.store.flows import parse_flow
from desktop.sync.translate import Translator

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

_ROWS = ("fields", "lines", "write_back", "filters", "checks")


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """One row of a flow in one company. row None = the company leaves it out; inherited None = the group has no such row."""

    place: Place
    row: MappingRow | None
    inherited: MappingRow | None

    @property
    def is_own(self) -> bool:
        """True where the company says something else than the group."""
        return self.row != self.inherited


@dataclass(frozen=True, slots=True)
class CompanySetting:
    """One setting outside the rows, by its dotted path. None = not set."""

    path: str
    value: Any
    inherited: Any

    @property
    def is_own(self) -> bool:
        """True where the company says something else than the group."""
        return bool(self.value != self.inherited)


class CompanyFlows:
    """Reads and publishes what companies have of their own. A company is named by its route's id."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    # --- what there is -------------------------------------------------------------------------------------------------
    def companies(self, flow_id: str) -> list[str]:
        """Routes that have something of their own of this flow."""
        return [
            route.id for route in self._workspace.catalog.routes() if self.own(flow_id, route.id)
        ]  # fmt: skip

    def own(self, flow_id: str, route_id: str) -> Own:
        """What a company has of its own of a flow; empty = nothing. Raises PER-703."""
        return read_own(self.own_text(flow_id, route_id), own_id(flow_id, route_id))

    def own_text(self, flow_id: str, route_id: str) -> str:
        """The same as the text that is published, exported and drafted."""
        releases = self.releases(flow_id, route_id)
        return self._text_of(releases[0].version) if releases else NOTHING

    def text(self, flow_id: str, route_id: str, own: Own | None = None) -> str:
        """The whole flow as the company has it, or would have it with `own`. Raises PER-703."""
        own = self.own(flow_id, route_id) if own is None else own
        base = self._group_text(flow_id, route_id)
        return laid_over(base, own, own_id(flow_id, route_id)) if own else base

    def rows(self, flow_id: str, route_id: str) -> list[CompanyRow]:
        """Every row of the flow in this company's order, those it leaves out at the end; own ones are told by `is_own`."""
        group = _by_place(read_sheet(self._group_text(flow_id, route_id)))
        mine = _by_place(read_sheet(self.text(flow_id, route_id)))
        found = [CompanyRow(place, row, group.get(place)) for place, row in mine.items()]
        return found + [CompanyRow(place, None, row) for place, row in group.items() if place not in mine]

    def settings(self, flow_id: str, route_id: str) -> list[CompanySetting]:
        """Every setting outside the rows, by path."""
        group, mine = (
            dict(_leaves(tomllib.loads(text)))
            for text in (self._group_text(flow_id, route_id), self.text(flow_id, route_id))
        )
        return [CompanySetting(path, mine.get(path), group.get(path)) for path in sorted({*group, *mine})]

    def releases(self, flow_id: str, route_id: str) -> list[Release]:
        """Every version of the company's part, newest first; none = it never had one."""
        return self._workspace.versions.releases(own_id(flow_id, route_id))

    # --- changing it -----------------------------------------------------------------------------------------------------
    def with_rows(self, flow_id: str, route_id: str, rows: Iterable[MappingRow]) -> Own:
        """What the company would have of its own if these were all rows of its flow. Nothing is written."""
        base = self._group_text(flow_id, route_id)
        group, wanted = _by_place(read_sheet(base)), {(row.group, row.target): row for row in rows}
        held = self.own(flow_id, route_id)
        own = {place: each for place, each in held.rows.items() if place[0] in ("filters", "checks")}
        own |= {
            place: row_values(row) for place, row in wanted.items() if row != group.get(place)
        }  # fmt: skip
        own |= {place: {} for place in group if place not in wanted}
        content = tomllib.loads(base)
        tables = {each: table_of(content, each, flow_id) for each, _ in own if "lines" in each.split(".")}
        return Own(own, held.settings, tables)

    def without(self, own: Own, places: Sequence[Place] = (), paths: Sequence[str] = ()) -> Own:
        """The same with these rows and settings inherited again."""
        rows = {place: each for place, each in own.rows.items() if place not in places}
        settings = {path: value for path, value in own.settings.items() if path not in paths}
        return Own(rows, settings, own.tables)

    def publish(
        self, person: str, flow_id: str, route_id: str, own: Own, why: str, based_on: str | None = None
    ) -> Release:  # fmt: skip
        """Puts the company's part in force: the engine takes it with its next pass. Raises what stands against it.

        based_on: the version that the person saw ("" = none); MAP-508 where another one is in force meanwhile.
        """
        self._demand(person, route_id)
        workspace, name = self._workspace, own_id(flow_id, route_id)
        releases = self.releases(flow_id, route_id)
        before = releases[0].version if releases else _digest(NOTHING)
        if based_on is not None and before != (based_on or _digest(NOTHING)):
            raise SyncError(ErrorCode.DRAFT_OUTDATED, certain=True, flow=flow_id)
        route = workspace.mapping.route(flow_id, route_id)
        if route.id != route_id:
            raise SyncError(ErrorCode.SYSTEM_UNKNOWN, certain=True, system=route_id)
        self._refuse(flow_id, route, self.text(flow_id, route_id, own))
        text = own_text(own)
        release = workspace.versions.publish(name, text, _digest(text), before, person, why)
        workspace.reload_flows()
        return release

    def roll_back(self, person: str, flow_id: str, route_id: str, number: int) -> Release:
        """An older part is in force again, as a new version with its text; number 1 is the flow of the group alone."""
        self._demand(person, route_id)
        found = [each for each in self.releases(flow_id, route_id) if each.number == number]
        if not found:
            raise SyncError(ErrorCode.RECORD_MISSING, certain=True, system=flow_id, number=str(number))
        own = read_own(self._text_of(found[0].version), own_id(flow_id, route_id))
        why = self._workspace.text.say("mapping-back-to", number=number)
        return self.publish(person, flow_id, route_id, own, why)

    def copy(self, person: str, source: str, target: str, why: str) -> list[str]:
        """Gives a company what another one has of its own, flow by flow; answers the flows. Raises at the first that does
        not fit, before it is written."""
        self._demand(person, target)
        done = []
        for flow_id in sorted(self._workspace.flows_in_force()):
            own = self.own(flow_id, source)
            if own and own != self.own(flow_id, target):
                self.publish(person, flow_id, target, own, why)
                done.append(flow_id)
        return done

    def _demand(self, person: str, route_id: str) -> None:
        self._workspace.people.demand_role(person, "publish_mapping")
        self._workspace.people.demand(person, "publish_mapping", (route_id,))

    def refuse_misfits(self, flow_id: str, text: str, kept_as: str = "") -> None:
        """Before the group's flow gets this text: does what every company has of its own still fit it? Raises PER-703.

        kept_as: the general flow's name (""), or a vendor's: whose companies are asked."""
        for route_id in self.companies(flow_id):
            if self._workspace.flow_name(route_id, flow_id) != (kept_as or flow_id):
                continue
            name = own_id(flow_id, route_id)
            parse_flow(laid_over(text, self.own(flow_id, route_id), name), name)

    def _refuse(self, flow_id: str, route: Route, text: str) -> None:
        """What stands against this text as the company's flow: first what is wrong with it, then what is under way."""
        workspace = self._workspace
        flow = parse_flow(text, own_id(flow_id, route.id))
        if flow.kind is FlowKind.GATE:
            Translator(flow)
        elif found := stopping(check(text, read_sheet(text), workspace.mapping.forms(flow_id, route))):
            raise found.error
        now = workspace.group_flow_of(route.id, flow_id)
        with suppress(SyncError):  # what is in force may not fit any more: whatever replaces it is better
            now = workspace.flow_for(route.id, flow_id) or now
        moved = _forms(flow) != _forms(now)
        if not (moved or flow.kind is FlowKind.GENERATION):
            return
        if count := workspace.mapping.under_way(flow_id, [route], whatever=moved):
            raise SyncError(ErrorCode.FLOW_UNDER_WAY, certain=True, flow=flow_id, count=count)

    def _group_text(self, flow_id: str, route_id: str) -> str:
        flow = self._workspace.group_flow_of(route_id, flow_id)
        return self._workspace.flow_files.text_of(flow.version)

    def _text_of(self, version: str) -> str:
        return NOTHING if version == _digest(NOTHING) else self._workspace.flow_files.text_of(version)


def _forms(flow: Flow) -> tuple[str, str]:
    return flow.erp.form, flow.oa.form


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _by_place(sheet: Sheet) -> dict[Place, MappingRow]:
    return {(row.group, row.target): row for row in sheet.rows}


def _leaves(content: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Settings by path; tables are gone into, lists of plain values are one value."""
    for name, value in content.items():
        path = f"{prefix}{name}"
        if name in _ROWS:
            continue
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}.")
        elif isinstance(value, list) and name == "legs":
            for index, each in enumerate(value):
                yield from _leaves(each, f"{path}.{index}.")
        else:
            yield path, value


__all__ = ["AT", "CompanyFlows", "CompanyRow", "CompanySetting", "Own", "own_id", "own_text", "read_own"]
