"""Field mapping for the person who sets a flow up: rows with what stands against them, drafts, versions, publishing.

A draft is saved whatever is in it; it is published only when nothing stops it. Everything runs on pool threads. What a
draft makes of a real record is mapping_preview.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from desktop.connectors.base import ErpConnector, OaConnector
from desktop.connectors.registry import VENDORS
from desktop.domain.document import DocumentState
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import Flow, FlowKind
from desktop.domain.record import FieldInfo
from desktop.domain.system import Route
from desktop.services.mapping_check import Finding, Forms, check, stopping
from desktop.services.mapping_rows import (
    HEADER,
    Change,
    MappingRow,
    Sheet,
    differences,
    emptied,
    read_sheet,
    same_content,
    text_with,
    unified,
    with_lines,
    without_lines,
)
from desktop.services.mapping_suggest import SURE, Proposal, proposals, unfilled
from desktop.store.company_flows import laid_over, own_id
from desktop.store.flow_versions import Draft, Release
from desktop.store.flows import parse_flow
from desktop.store.form_drift import FormChange
from desktop.sync.functions import FUNCTIONS, WIDER, Example
from desktop.sync.preflight import first_obstacle
from desktop.sync.translate import Translator

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

__all__ = ["Choice", "Compared", "Mapping", "News", "Opened", "Use"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A flow to choose, with the companies that carry it: (route id, title), those where it runs first."""

    flow_id: str
    kind: FlowKind
    routes: tuple[tuple[str, str], ...]
    drafted: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A flow on the page. text: the draft's, else what is in force. releases: newest first, none = never published."""

    flow_id: str
    route_id: str
    text: str
    sheet: Sheet
    in_force: str
    draft: Draft | None
    releases: tuple[Release, ...]
    forms: Forms
    findings: tuple[Finding, ...]

    @property
    def stops(self) -> Finding | None:
        """What stops a publication."""
        return stopping(self.findings)

    @property
    def changed(self) -> bool:
        """True where the draft is not what is in force."""
        return self.draft is not None

    @property
    def next_number(self) -> int:
        """The number that the draft will be published under."""
        return max((each.number for each in self.releases), default=1) + 1


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions side by side, and as one text."""

    changes: tuple[Change, ...]
    unified: str


@dataclass(frozen=True, slots=True)
class Use:
    """A row that reads or fills a field."""

    flow_id: str
    group: str
    target: str
    expr: str


@dataclass(frozen=True, slots=True)
class News:
    """What a reading of the forms brought. changed: fields that are new, gone or different since the last one.

    drift: what is different since the flow was agreed on these forms, until a person has seen it.
    """

    forms: Forms
    changed: tuple[str, ...]
    drift: tuple[FormChange, ...] = ()


class Mapping:
    """Reads, drafts, versions."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    # --- what there is -------------------------------------------------------------------------------------------------
    def choices(self) -> list[Choice]:
        """Every flow that a company carries, by its id. A gate maps nothing: its file is settings only."""
        workspace = self._workspace
        found = []
        for flow_id, flow in sorted(workspace.flows_in_force().items()):
            seen = [each for each in self._routes(flow_id) if workspace.people.seat.sees(each.id)]
            routes = sorted(seen, key=lambda each: (not _is_on(each, flow_id), each.id))
            if routes and flow.kind is not FlowKind.GATE:
                told = tuple((route.id, route.title) for route in routes)
                names = {workspace.flow_name(route.id, flow_id) for route in routes}
                drafted = any(workspace.versions.draft(name) is not None for name in names)
                found.append(Choice(flow_id, flow.kind, told, drafted))
        return found

    def _routes(self, flow_id: str) -> list[Route]:
        return [route for route in self._workspace.catalog.routes() if route.switch(flow_id) is not None]

    def route(self, flow_id: str, route_id: str = "") -> Route:
        """The company on whose systems the flow is looked at. Raises PER-713 where none carries it."""
        routes = self._routes(flow_id)
        found = [route for route in routes if route.id == route_id]
        found += sorted(routes, key=lambda each: (not _is_on(each, flow_id), each.id))
        if not found:
            raise SyncError(ErrorCode.SYSTEM_UNKNOWN, certain=True, system=flow_id)
        return found[0]

    def open(self, flow_id: str, route_id: str = "") -> Opened:
        """The flow as it is being worked on, with what stands against it."""
        workspace, route = self._workspace, self.route(flow_id, route_id)
        name = workspace.flow_name(route.id, flow_id)
        in_force = workspace.group_flow_of(route.id, flow_id).version
        draft = workspace.versions.draft(name)
        text = draft.text if draft else workspace.flow_files.text_of(in_force)
        sheet = read_sheet(text)
        forms = self.forms(flow_id, route)
        return Opened(
            flow_id, route.id, text, sheet, in_force, draft, tuple(workspace.versions.releases(name)), forms,
            tuple(check(text, sheet, forms)),
        )  # fmt: skip

    def as_company(self, opened: Opened, route_id: str = "") -> Opened:
        """The draft as a company would have it: what is its own stays its own. For previews and everything that is compared."""
        route = route_id or opened.route_id
        own = self._workspace.companies.own(opened.flow_id, route)
        if not own:
            return opened
        try:
            text = laid_over(opened.text, own, own_id(opened.flow_id, route))
        except SyncError:  # its part does not fit this draft: a publication says so
            return opened
        return replace(opened, text=text, sheet=read_sheet(text))

    # --- both systems' forms ---------------------------------------------------------------------------------------------
    def forms(self, flow_id: str, route: Route, trouble: SyncError | None = None) -> Forms:
        """The fields as last read; none where they never were."""
        workspace = self._workspace
        flow, versions = workspace.group_flow_of(route.id, flow_id), workspace.versions
        systems, switch = workspace.catalog.systems(), route.switch(flow_id)
        oa_side = replace(flow.oa, workflow=switch.workflow if switch else "")
        erp, read_at = {}, None
        for form in _erp_forms(flow):
            if kept := versions.fields(route.erp_id, form):
                erp[form], read_at = kept
        held = versions.fields(route.oa_id, oa_side.workflow or oa_side.form)
        erp_system, oa_system = systems[route.erp_id], systems[route.oa_id]
        return Forms(
            erp_system, oa_system, VENDORS[erp_system.vendor].capabilities, VENDORS[oa_system.vendor].capabilities,
            oa_side, erp, held[0] if held else (), min(read_at, held[1]) if read_at and held else None, trouble,
        )  # fmt: skip

    def read_forms(self, flow_id: str, route_id: str) -> News:
        """Reads the fields of both forms anew and keeps them. A line that fails leaves what was kept, and says so."""
        route = self.route(flow_id, route_id)
        flow, before = self._workspace.group_flow_of(route.id, flow_id), self.forms(flow_id, route)
        trouble: SyncError | None = None
        try:
            with self.connected(route) as (erp, oa):
                for form in _erp_forms(flow):
                    self._keep(route.erp_id, form, lambda form=form: erp.fields(form))  # type: ignore[misc]
                self._keep(route.oa_id, before.oa_form, lambda: oa.fields(before.oa_side))
        except SyncError as error:
            trouble = error
        after = self.forms(flow_id, route, trouble)
        if trouble is None:
            self._watch(flow_id, route, after)
        return News(
            after, _news(before, after) if before.read_at else (), tuple(self.form_changes(flow_id, route.id))
        )

    def _watch(self, flow_id: str, route: Route, forms: Forms) -> None:
        """Compared with what the company's flow was agreed on, as the engine does on its slow clock."""
        workspace = self._workspace
        flow = workspace.flow_for(route.id, flow_id)
        if flow is None or flow.kind is FlowKind.GATE:
            return
        seen = {(route.erp_id, form): fields for form, fields in forms.erp.items() if fields}
        if forms.oa:
            seen[route.oa_id, forms.oa_form] = forms.oa
        workspace.form_watch.look(route.id, Translator(flow), forms.oa_side.workflow, seen)

    def form_changes(self, flow_id: str, route_id: str) -> list[FormChange]:
        """What changed in both forms since the flow was agreed on, and nobody has seen yet; what breaks it first."""
        return self._workspace.form_drift.unseen(flow_id, route_id)

    def agree_forms(self, person: str, flow_id: str, route_id: str) -> None:
        """The forms as they are now do no harm: the flow goes on."""
        self._workspace.people.demand(person, "publish_mapping", (route_id,))
        self._workspace.form_drift.forget(flow_id, route_id, person, "agreed")
        self._workspace.order(person, "run_now", (), route_id=route_id, flow_id=flow_id)

    def _keep(self, system_id: str, form: str, read: Callable[[], Sequence[FieldInfo]]) -> None:
        """A vendor without metadata has none to keep."""
        try:
            fields = read()
        except SyncError as error:
            if error.code is not ErrorCode.CANNOT:
                raise
            fields = ()
        self._workspace.versions.keep_fields(system_id, form, fields)

    @contextmanager
    def connected(self, route: Route) -> Iterator[tuple[ErpConnector, OaConnector]]:
        """Both ends, of our own: never those of a run."""
        workspace, opened = self._workspace, []
        try:
            for system_id in (route.erp_id, route.oa_id):
                opened.append(workspace.connect(workspace.catalog.system(system_id)))
            yield cast(ErpConnector, opened[0]), cast(OaConnector, opened[1])
        finally:
            for connector in opened:
                connector.close()

    # --- the draft -------------------------------------------------------------------------------------------------------
    def check(self, opened: Opened, rows: Sequence[MappingRow], forms: Forms | None = None) -> Opened:
        """The same with other rows, checked and not yet saved: while a person types."""
        text, known = text_with(opened.text, rows), forms or opened.forms
        sheet = read_sheet(text)
        return replace(opened, text=text, sheet=sheet, forms=known, findings=tuple(check(text, sheet, known)))

    def save(self, person: str, opened: Opened, rows: Sequence[MappingRow], what: str) -> Opened:
        """Keeps the draft, whatever stands against it. what: the row that was changed. Without a change there is no draft."""
        self._workspace.people.demand(person, "draft_mapping")
        versions = self._workspace.versions
        based_on = opened.draft.based_on if opened.draft else opened.in_force
        before, text = self._workspace.flow_files.text_of(based_on), text_with(opened.text, rows)
        if tuple(rows) == read_sheet(before).rows and same_content(text, before):
            versions.drop_draft(self.name(opened), person)
        else:
            text = _closest(before, text, rows)
            versions.save_draft(self.name(opened), text, based_on, person, what)
        return self.open(opened.flow_id, opened.route_id)

    def drop(self, person: str, opened: Opened) -> Opened:
        """Back to what is in force."""
        self._workspace.people.demand(person, "draft_mapping")
        self._workspace.versions.drop_draft(self.name(opened), person)
        return self.open(opened.flow_id, opened.route_id)

    def name(self, opened: Opened) -> str:
        """Under which name the flow on the page is kept: the general one's, or that of its systems' vendor."""
        return self._workspace.flow_name(opened.route_id, opened.flow_id)

    def functions(self) -> list[str]:
        """Every function of the language, as it is begun to be written: "cut(, )"."""
        plain = [f"{name}({', ' * (each.least - 1)})" for name, each in FUNCTIONS.items()]
        return sorted([*plain, "base('', )", "count()", "each(, )", "first()", "sum()", "entry_id"])

    def examples(self) -> dict[str, tuple[Example, ...]]:
        """Every function with its examples: the help page, and the language's test."""
        return {**{name: each.examples for name, each in FUNCTIONS.items()}, **WIDER}

    def free(self, opened: Opened) -> list[tuple[str, FieldInfo]]:
        """(group, field) of every field of the other form that no row fills."""
        return unfilled(opened.sheet, opened.forms)

    def proposals(self, opened: Opened, group_id: str, target: str) -> list[Proposal]:
        """Rules for a field that no row fills, the likeliest first."""
        return proposals(opened.sheet, opened.forms, group_id, target)

    def proposed_rows(self, opened: Opened, targets: Sequence[tuple[str, str]]) -> list[MappingRow]:
        """A row for each of these (group, target) for which one proposal is sure; a person looks at them before they
        are published."""
        rows = []
        for group_id, target in targets:
            found = self.proposals(opened, group_id, target)
            if found and found[0].percent >= SURE:
                info = opened.forms.target(opened.sheet.kind, opened.sheet.group(group_id), target)
                rows.append(
                    MappingRow(group_id, target, found[0].expr, required=bool(info and info.required))
                )
        return rows

    # --- the flow's frame: its tables of lines, and beginning anew --------------------------------------------------------
    def start_empty(self, person: str, opened: Opened) -> Opened:
        """A draft without rows: for a form that has nothing in common with the flow's."""
        self._workspace.people.demand(person, "draft_mapping")
        return self._reframe(person, opened, emptied(opened.text), "-")

    def add_lines(self, person: str, opened: Opened, source: str, target: str) -> Opened:
        """A draft with one more table of lines."""
        self._workspace.people.demand(person, "draft_mapping")
        return self._reframe(person, opened, with_lines(opened.text, source, target), f"{source} > {target}")

    def remove_lines(self, person: str, opened: Opened, group_id: str) -> Opened:
        """A draft without a table of lines and its rows."""
        self._workspace.people.demand(person, "draft_mapping")
        group = opened.sheet.group(group_id)
        return self._reframe(
            person, opened, without_lines(opened.text, group_id), f"{group.source} > {group.target}"
        )

    def _reframe(self, person: str, opened: Opened, text: str, what: str) -> Opened:
        self._workspace.people.demand(person, "draft_mapping")
        if opened.sheet.kind is not FlowKind.APPROVAL:
            raise SyncError(
                ErrorCode.ARGUMENT_WRONG, certain=True, said=f"{opened.flow_id}: {opened.sheet.kind.value}"
            )
        based_on = opened.draft.based_on if opened.draft else opened.in_force
        self._workspace.versions.save_draft(self.name(opened), text, based_on, person, what)
        return self.open(opened.flow_id, opened.route_id)

    def line_tables(self, opened: Opened) -> tuple[list[str], list[str]]:
        """Tables of both forms that may be joined: those of the ERP, and those of the OA that no group fills yet."""
        filled = {each.target for each in opened.sheet.groups}
        erp = [each.table for form in opened.forms.erp.values() for each in form if each.table]
        oa = [each.table for each in opened.forms.oa if each.table and each.table not in filled]
        return list(dict.fromkeys(erp)), list(dict.fromkeys(oa))

    def where_used(self, name: str) -> list[Use]:
        """Rows of every flow in force that read or fill a field, by the whole key or a part of it."""
        sought, found = name.strip().casefold(), []
        for flow_id, flow in sorted(self._workspace.flows_in_force().items()):
            sheet = read_sheet(self._workspace.flow_files.text_of(flow.version))
            found += [
                Use(flow_id, row.group, row.target, row.expr)
                for row in sheet.rows
                if sought and (sought in row.target.casefold() or sought in row.expr.casefold())
            ]
        return found

    # --- versions ----------------------------------------------------------------------------------------------------------
    def publish(self, person: str, flow_id: str, route_id: str, why: str) -> Release:
        """Puts the draft in force: the engine takes it with its next pass. Raises what stops it, first of all.

        The forms are read anew first, where the systems answer. MAP-508: somebody published meanwhile.
        """
        self._workspace.people.demand(person, "publish_mapping")
        self.read_forms(flow_id, route_id)
        opened = self.open(flow_id, route_id)
        if opened.draft is None:
            raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"{flow_id}: no draft")
        if opened.draft.based_on != opened.in_force:
            raise SyncError(ErrorCode.DRAFT_OUTDATED, certain=True, flow=flow_id)
        if opened.stops is not None:
            raise opened.stops.error
        golden = self._workspace.golden
        golden.refuse(opened)
        judged = golden.judge(opened)
        release = self._put_in_force(person, opened, opened.text, why)
        golden.renew(person, judged)
        return release

    def roll_back(self, person: str, flow_id: str, route_id: str, number: int) -> Release:
        """An older version is in force again, as a new one with its text. What would hold the engine stops it."""
        self._workspace.people.demand(person, "publish_mapping")
        opened = self.open(flow_id, route_id)
        version = next((each.version for each in opened.releases if each.number == number), "")
        if not version:
            raise SyncError(ErrorCode.RECORD_MISSING, certain=True, system=flow_id, number=str(number))
        text = self._workspace.flow_files.text_of(version)
        found = check(text, read_sheet(text), opened.forms)
        if obstacle := first_obstacle([each.error for each in found if each.stops]):
            raise obstacle
        why = self._workspace.text.say("mapping-back-to", number=number)
        return self._put_in_force(person, opened, text, why)

    def _put_in_force(self, person: str, opened: Opened, text: str, why: str) -> Release:
        workspace, flow = self._workspace, parse_flow(text, f"{opened.flow_id}.toml")
        if flow.kind is FlowKind.GENERATION and (count := self.under_way(opened.flow_id)):
            raise SyncError(ErrorCode.FLOW_UNDER_WAY, certain=True, flow=opened.flow_id, count=count)
        name = self.name(opened)
        workspace.companies.refuse_misfits(opened.flow_id, text, name)
        draft = opened.draft.text if opened.draft else ""
        release = workspace.versions.publish(
            name, text, flow.version, opened.in_force, person, why, draft=draft
        )
        workspace.form_drift.forget(opened.flow_id, "", person, "published")
        workspace.reload_flows()
        return release

    def under_way(self, flow_id: str, routes: Sequence[Route] = (), *, whatever: bool = False) -> int:
        """Requests of which some bills stand and some do not: their chain must end as it began. routes: of these companies,
        else of all. whatever: every document that is not at rest."""
        ledger = self._workspace.ledger
        routes = routes or self._routes(flow_id)
        moving = [each for route in routes for each in ledger.moving(route.id, flow_id)]
        held = {each.id for route in routes for each, _ in ledger.open_attempts(route.id, flow_id)}
        return sum(
            1 for each in moving if whatever or each.id in held or each.state is not DocumentState.FOUND
        )

    def compare(self, opened: Opened, older: int, newer: int = 0) -> Compared:
        """What differs between two versions; 0 = the draft, or what is in force where there is none."""
        texts = [self._text(opened, number) for number in (older, newer)]
        sheets = [read_sheet(text) for text in texts]
        return Compared(tuple(differences(sheets[0].rows, sheets[1].rows)), unified(*texts))

    def _text(self, opened: Opened, number: int) -> str:
        version = next((each.version for each in opened.releases if each.number == number), "")
        if number and not version:
            version = opened.in_force
        return self._workspace.flow_files.text_of(version) if version else opened.text


def _closest(before: str, text: str, rows: Sequence[MappingRow]) -> str:
    """The text that says what `text` says, with as few lines changed as can be."""
    if [group.id for group in read_sheet(before).groups] != [group.id for group in read_sheet(text).groups]:
        return text
    closest = text_with(before, rows)
    return closest if same_content(closest, text) else text


def _is_on(route: Route, flow_id: str) -> bool:
    switch = route.switch(flow_id)
    return switch is not None and switch.on


def _erp_forms(flow: Flow) -> tuple[str, ...]:
    forms = [leg.erp.form for leg in flow.legs] or [flow.erp.form]
    return tuple(dict.fromkeys(forms))


def _news(before: Forms, after: Forms) -> tuple[str, ...]:
    """Paths of fields that are new, gone or other than they were."""
    found: list[str] = []
    pairs = [(before.erp.get(form, ()), fields) for form, fields in after.erp.items()]
    for old, new in [*pairs, (before.oa, after.oa)]:
        was = {(each.table, each.key): each for each in old}
        now = {(each.table, each.key): each for each in new}
        for at in dict.fromkeys((*was, *now)):
            if was.get(at) != now.get(at):
                found.append(".".join(filter(None, at)))
    return tuple(found)


def empty_row(group: str, target: str, finding: Finding | None) -> MappingRow:
    """A row without a source for a field that none fills; required where the form says so."""
    return MappingRow(group or HEADER, target, "", required=finding is not None)
