"""What stands against a draft, row by row: by the check that the engine itself makes before it sends anything.

The forms' fields come from what was last read of both systems, so that a draft can be checked without a line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from desktop.connectors.base import Capabilities, ErpConnector, OaConnector
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import Flow, FlowKind, OaSide
from desktop.domain.record import FieldInfo
from desktop.domain.system import System
from desktop.services.mapping_rows import BACK, HEADER, TITLE, Group, MappingRow, Sheet, text_with
from desktop.store.flows import parse_flow
from desktop.sync.expression import Expression, Scope, compile_expression, text_of
from desktop.sync.preflight import check_flow, first_obstacle
from desktop.sync.translate import Translator

_PLACES = re.compile(r"^(?:number|round)\(.*,\s*(\d+)\s*\)$", re.DOTALL)
_CUT = re.compile(r"^cut\((.*),\s*(\d{1,6})\s*\)$", re.DOTALL)
_NOTHING = "''"
_NUMBERS = ("number", "integer")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to say about a row. target "" = about a group, or the whole flow (group "").

    stops: it cannot be published so. gap: the form requires this field and no row fills it.
    """

    group: str
    target: str
    error: SyncError
    stops: bool = True
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Forms:
    """Both systems' fields of one flow on one route. erp: by form id. read_at: None = never read.

    trouble: why the last reading failed; what was read before then still serves.
    """

    erp_system: System
    oa_system: System
    erp_can: Capabilities
    oa_can: Capabilities
    oa_side: OaSide
    erp: Mapping[str, tuple[FieldInfo, ...]]
    oa: tuple[FieldInfo, ...]
    read_at: datetime | None
    trouble: SyncError | None = None

    @property
    def oa_form(self) -> str:
        """The id under which the OA knows the form."""
        return self.oa_side.workflow or self.oa_side.form

    def sources(self, sheet: Sheet, group: Group) -> list[FieldInfo]:
        """The fields that a row of this group may read, the line's own first; a table that no group takes its lines from
        is a part of the header."""
        lines = {each.source for each in sheet.groups} - {""}
        if sheet.kind is FlowKind.GENERATION:
            return _with_head(self.oa, group.source, {each.table for each in self.oa} | lines)
        return _with_head(self.erp.get(group.form or next(iter(self.erp), ""), ()), group.source, lines)

    def targets(self, kind: FlowKind, group: Group) -> list[FieldInfo]:
        """The fields that a row of this group may fill."""
        if kind is not FlowKind.GENERATION or group.kind == "back":
            return [each for each in self.oa if each.table == group.target]
        fields = self.erp.get(group.form, ())
        return [each for each in fields if not group.target or each.table == group.target]

    def target(self, kind: FlowKind, group: Group, key: str) -> FieldInfo | None:
        """What is known of a target; a dotted key ("customer.code") is told by its first part."""
        found = {each.key: each for each in self.targets(kind, group)}
        return found.get(key) or found.get(key.split(".")[0])

    def source(self, sheet: Sheet, group: Group, key: str) -> FieldInfo | None:
        """The same of a source."""
        found = {each.key: each for each in reversed(self.sources(sheet, group))}
        return found.get(key) or found.get(key.removeprefix("request.").split(".")[0])


def _with_head(fields: Iterable[FieldInfo], table: str, lines: Collection[str]) -> list[FieldInfo]:
    held = list(fields)
    mine = [each for each in held if table and each.table == table]
    return mine + [each for each in held if not each.table or each.table not in lines]


class _Told:
    """A system as its metadata was last read: all that the check asks."""

    def __init__(
        self, system: System, capabilities: Capabilities, forms: Mapping[str, tuple[FieldInfo, ...]]
    ) -> None:
        self.system, self.capabilities = system, capabilities
        self._forms = forms

    def objections(self, _side: Any) -> list[SyncError]:
        """What the connection's settings object to is no row's fault."""
        return []

    def fields(self, asked: Any) -> tuple[FieldInfo, ...]:
        """A form's fields; PER-714, as of a vendor without metadata, where they were never read."""
        form = asked if isinstance(asked, str) else (asked.workflow or asked.form)
        if form not in self._forms:
            raise SyncError(ErrorCode.CANNOT, certain=True, system=self.system.id, what="fields")
        return self._forms[form]


def compiled(row: MappingRow) -> Expression | SyncError:
    """The row's expression, or what is wrong with it."""
    try:
        return compile_expression(row.expr)
    except SyncError as error:
        return error


def tolerant(text: str, sheet: Sheet, leave_out: Iterable[Finding] = ()) -> Flow:
    """The flow with everything that can be compiled: wrong and doubled rows bring nothing. For checks and previews."""
    silent = {(each.group, each.target) for each in leave_out}
    rows, seen = [], set()
    for row in sheet.rows:
        at = (row.group, row.target)
        if not row.target or at in seen:
            continue
        seen.add(at)
        wrong = isinstance(compiled(row), SyncError) or at in silent
        rows.append(replace(row, expr=_NOTHING) if wrong else row)
    return parse_flow(text_with(text, rows), f"{sheet.flow_id}.toml")


def check(text: str, sheet: Sheet, forms: Forms) -> list[Finding]:
    """Everything that stands against a draft, what stops it first. Never raises for what a person typed."""
    found = _row_findings(sheet)
    try:
        flow = tolerant(text, sheet)
        found += _engine_findings(flow, sheet, forms)
    except SyncError as error:  # what no row can mend: another part of the file
        found.append(Finding("", "", error))
    if forms.read_at is not None:
        found += _fits(sheet, forms)
    elif forms.trouble is not None:
        found.append(Finding("", "", forms.trouble))
    return sorted(found, key=lambda each: not each.stops)


def _row_findings(sheet: Sheet) -> list[Finding]:
    found, seen = [], set()
    for row in sheet.rows:
        wrong = compiled(row)
        if isinstance(wrong, SyncError):
            found.append(Finding(row.group, row.target, wrong))
        if not row.target or (row.group, row.target) in seen:
            said = f"twice: {row.target}" if row.target else "target"
            error = SyncError(
                ErrorCode.FLOW_FILE_WRONG, certain=True, file=sheet.flow_id, line=row.group, said=said
            )
            found.append(Finding(row.group, row.target, error))
        seen.add((row.group, row.target))
    return found


def _engine_findings(flow: Flow, sheet: Sheet, forms: Forms) -> list[Finding]:
    translator = Translator(flow)
    erp = _Told(forms.erp_system, forms.erp_can, forms.erp)
    oa = _Told(forms.oa_system, forms.oa_can, {forms.oa_form: forms.oa} if forms.oa else {})
    errors = check_flow(
        translator, cast(ErpConnector, erp), translator.erp_side, cast(OaConnector, oa), forms.oa_side
    )
    return [finding for error in errors for finding in _placed(error, sheet, forms)]


def _placed(error: SyncError, sheet: Sheet, forms: Forms) -> list[Finding]:
    """A finding of the engine, at the rows that it is about."""
    gap = error.code is ErrorCode.FIELD_UNMAPPED
    stops = gap or first_obstacle([error]) is not None
    path = str(error.facts.get("target" if gap else "field", ""))
    generation = sheet.kind is FlowKind.GENERATION
    if gap:
        table, _, key = path.rpartition(".")
        group = next(
            (each.id for each in sheet.groups if each.kind == "lines" and each.target == table), HEADER
        )
        return [Finding(group, key, error, gap=True)]
    if error.code is not ErrorCode.FIELD_MISSING:
        return [Finding("", "", error, stops)]
    of_oa = error.facts.get("form") == forms.oa_form
    fills = of_oa is not generation
    form = "" if of_oa else str(error.facts.get("form", ""))
    rows = _filling(sheet, path, form) if fills else _reading(sheet, path)
    if of_oa and generation:
        rows = [*rows, *(row for row in sheet.of(BACK) if row.target == path)]
    found = [Finding(row.group, row.target, error, stops) for row in rows]
    return found or [Finding("", "", error, stops)]


def _filling(sheet: Sheet, path: str, form: str) -> list[MappingRow]:
    found = []
    for row in sheet.rows:
        group = sheet.group(row.group)
        if group.kind in ("title", "back") or (form and group.form != form):
            continue
        if path in (f"{group.target}.{row.target}" if group.target else row.target, group.target):
            found.append(row)
    return found


def _reading(sheet: Sheet, path: str) -> list[MappingRow]:
    found = []
    for row in sheet.rows:
        made, group = compiled(row), sheet.group(row.group)
        if isinstance(made, SyncError):
            continue
        names = set(made.names) | {name.removeprefix("request.") for name in made.names}
        own = {f"{group.source}.{name}" for name in names} if group.source else set()
        summed = {f"{table}.{name}" for table, columns in made.tables.items() for name in columns}
        tables = {group.source, *made.tables} - {""}
        if path in names | own | summed | tables:
            found.append(row)
    return found


def _fits(sheet: Sheet, forms: Forms) -> list[Finding]:
    """Type, length and decimals, as far as metadata tells them."""
    found = []
    for row in sheet.rows:
        made = compiled(row)
        group = sheet.group(row.group)
        target = forms.target(sheet.kind, group, row.target) if group.id != TITLE else None
        if isinstance(made, SyncError) or target is None or "." in row.target:
            continue
        found += [
            Finding(row.group, row.target, *each) for each in _misfits(row, made, target, sheet, group, forms)
        ]
    return found


def _misfits(
    row: MappingRow, made: Expression, target: FieldInfo, sheet: Sheet, group: Group, forms: Forms
) -> list[tuple[SyncError, bool]]:
    constant = _constant(row, made)
    if constant is not None:
        error = misfit(target, row.target, constant)
        return [(error, True)] if error else []
    found: list[tuple[SyncError, bool]] = []
    places = _PLACES.match(row.expr.strip())
    if places and target.places is not None and int(places[1]) > target.places:
        facts = {"field": row.target, "value": f"0.{'0' * (int(places[1]) - 1)}1", "places": target.places}
        found.append((SyncError(ErrorCode.TOO_PRECISE, certain=True, **facts), False))
    source = forms.source(sheet, group, row.expr.strip()) if row.expr.strip() in made.names else None
    if (
        source is not None and source.name_key == row.expr.strip() and target.type in _NUMBERS
    ):  # a name is no number
        facts = {"field": row.target, "value": source.label or source.key}
        found.append((SyncError(ErrorCode.NOT_A_NUMBER, certain=True, **facts), True))
    return [*found, *((error, True) for error in _too_long(row, source, target))]


def _too_long(row: MappingRow, source: FieldInfo | None, target: FieldInfo) -> Iterator[SyncError]:
    """MAP-515 where the longest text that the row can bring does not go in: a field as it is, or one cut too late."""
    expr = row.expr.strip()
    cut = _CUT.match(expr)
    named, length = (cut[1].strip(), int(cut[2])) if cut else (expr, 0)
    if not cut and source is not None and "." not in expr:
        length = source.length or 0
    if target.length and length > target.length and target.type not in _NUMBERS:
        facts = {"field": row.target, "source": named, "length": length, "limit": target.length}
        yield SyncError(ErrorCode.SOURCE_LONGER, certain=True, **facts)


def _constant(row: MappingRow, made: Expression) -> str | None:
    if made.names or made.tables or "entry_id" in row.expr or "count(" in row.expr:
        return None
    try:
        return text_of(made.value(Scope({}))) or row.default
    except (SyncError, ArithmeticError, ValueError):
        return None


def misfit(target: FieldInfo, name: str, value: str) -> SyncError | None:
    """Why a value does not go into a field as it is: too long, no number, or more decimals than it keeps."""
    if not value:
        return None
    if target.type in _NUMBERS:
        try:
            number = Decimal(value)
        except InvalidOperation:
            return SyncError(ErrorCode.NOT_A_NUMBER, certain=True, field=name, value=value[:60])
        exponent = number.normalize().as_tuple().exponent
        more = -exponent if isinstance(exponent, int) else 0
        if target.places is not None and more > target.places:
            return SyncError(
                ErrorCode.TOO_PRECISE, certain=True, field=name, value=value[:60], places=target.places
            )
        return None
    if target.length and len(value) > target.length and target.type in ("text", "memo", ""):
        return SyncError(ErrorCode.TOO_LONG, certain=True, field=name, length=len(value), limit=target.length)
    return None


def stopping(findings: Sequence[Finding]) -> Finding | None:
    """The first finding that stops a publication."""
    return next((each for each in findings if each.stops), None)
