"""What a draft makes of real records: one beside the rules, as the approver will see it, or the last N as a dry run.

The values come by the live translation (sync/preview.py, translate.py, drafting.py); both systems are only ever read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

from desktop.connectors.base import ErpConnector
from desktop.domain.document import Document, Round
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import FieldMapping, Flow, FlowKind
from desktop.domain.record import Bill, BillStatus, FieldInfo, Ref, RequestDraft, Row
from desktop.domain.system import Route
from desktop.services.mapping import Opened
from desktop.services.mapping_check import misfit, tolerant
from desktop.services.mapping_rows import BACK, TITLE, Group, MappingRow
from desktop.store.search import Question, Search
from desktop.sync.base_table import BaseTable, base_table_of
from desktop.sync.drafting import Drafting, kept_draft, request_of
from desktop.sync.preview import BillPreview, RequestPreview, RowValue
from desktop.sync.price_lock import shown_on
from desktop.sync.reader import Reader
from desktop.sync.translate import Translator, bill_of, mapped_of

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

LAST = 20
_BATCH = 25
_SCANNED = 2_000
"""Submitted bills that are looked through for a number that our store does not know."""

Progress = Callable[[int, int], bool]
"""How far a dry run is, and how much there is; False = stop."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One field as the approver will see it. state: "" fits, "long" is refused or cut, "rounded", "empty" though
    required, "gap" no row fills it, "error". name: what stands behind a key in the correspondences."""

    target: str
    label: str
    value: str
    name: str = ""
    state: str = ""
    error: SyncError | None = None


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table of lines as the approver will see it."""

    name: str
    labels: tuple[str, ...]
    rows: tuple[tuple[Shown, ...], ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A draft on one record. values: what each row brings, by (group, target); several for lines."""

    number: str
    title: str
    values: Mapping[tuple[str, str], tuple[RowValue, ...]]
    form: tuple[Shown, ...]
    tables: tuple[ShownTable, ...]


@dataclass(frozen=True, slots=True)
class Differing:
    """A value that would be sent otherwise than it was."""

    target: str
    number: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """The last documents through the draft. failed: (number, why) of those that could not be sent so."""

    looked_at: int
    differing: tuple[Differing, ...]
    failed: tuple[tuple[str, SyncError], ...]
    stopped: bool = False


class MappingPreview:
    """Reads records and lets a draft translate them."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._search = Search(workspace.store, lambda: workspace.people.seat.routes)
        self._held: dict[tuple[str, str, frozenset[str]], Any] = {}

    def numbers(self, opened: Opened, limit: int = LAST) -> list[str]:
        """The records to choose from, the last seen first."""
        return [each.source.number for each in self._documents(opened, "", limit)]

    def _documents(self, opened: Opened, number: str, limit: int) -> list[Document]:
        question = Question(text=number, routes=(opened.route_id,), flows=(opened.flow_id,))
        ids = self._search.ids(question, "changed_at", descending=True, limit=limit)
        return self._workspace.ledger.by_ids(list(ids))

    # --- one record --------------------------------------------------------------------------------------------------
    def preview(self, opened: Opened, number: str) -> Preview | None:
        """The draft on a record; number "" = the last one seen, None where there is none yet.

        A record that was read stays at hand as long as the draft reads the same fields. Raises DAT-402, NET, SES.
        """
        route = self._workspace.mapping.route(opened.flow_id, opened.route_id)
        flow = self._flow(opened)
        if flow.kind is FlowKind.GENERATION:
            return self._request_preview(opened, flow, route, number)
        translator = Translator(flow)
        bill = self._bill(opened, translator, route, number)
        if bill is None:
            return None
        made = BillPreview(bill, self._base(route).key)
        values: dict[tuple[str, str], tuple[RowValue, ...]] = {}
        for row in opened.sheet.rows:
            group = opened.sheet.group(row.group)
            mapping = _mapping(row)
            lines = made.lines(mapping, group.source) if group.kind == "lines" else [made.header(mapping)]
            values[row.group, row.target] = tuple(lines)
        title = values.get((TITLE, "title"), (RowValue(""),))[0].value
        return self._shown(opened, route, bill.ref.number, title, values)

    def _flow(self, opened: Opened) -> Flow:
        """What can be read of the draft: a row whose source is not there would make the system refuse the whole reading."""
        lost = [each for each in opened.findings if each.error.code is ErrorCode.FIELD_MISSING]
        return tolerant(opened.text, opened.sheet, lost)

    def _base(self, route: Route) -> BaseTable:
        return base_table_of(self._workspace.catalog, route.id)

    def _bill(self, opened: Opened, translator: Translator, route: Route, number: str) -> Bill | None:
        side = translator.erp_side
        names = frozenset(
            (*side.header, *(f"{t}.{n}" for t, columns in side.tables.items() for n in columns))
        )
        at = (route.id, number, names)
        if number and at in self._held:
            return self._held[at]
        known = [each for each in self._documents(opened, number, 5) if number in ("", each.source.number)]
        with self._workspace.mapping.connected(route) as (erp, _):
            key = known[0].source.key if known else _submitted(erp, translator, number)
            bill = erp.read_bills(side, [key]).get(key) if key else None
        if bill is None and number:
            raise SyncError(ErrorCode.RECORD_MISSING, certain=True, system=erp.system.title, number=number)
        if bill is not None:
            self._held = {(route.id, bill.ref.number, names): bill}
        return bill

    def _request_preview(self, opened: Opened, flow: Flow, route: Route, number: str) -> Preview | None:
        known = [each for each in self._documents(opened, number, 5) if number in ("", each.source.number)]
        ref = known[0].source if known else Ref(route.oa_id, flow.oa.form, number, number)
        if not ref.key:
            return None
        with self._workspace.mapping.connected(route) as (_, oa):
            request = oa.read_request(opened.forms.oa_side, ref)
        drafting = Drafting(flow)
        today = self._workspace.now().date().isoformat()
        made = RequestPreview(request, self._base(route).code, today, drafting.wanted())
        only = {
            f"legs.{leg}.lines.{place}": lines.only
            for leg, each in enumerate(flow.legs) for place, lines in enumerate(each.lines)
        }  # fmt: skip
        values = {}
        for row in opened.sheet.rows:
            group, mapping = opened.sheet.group(row.group), _mapping(row)
            inner = (
                made.lines(mapping, group.source, only.get(group.id, ""))
                if group.kind == "leg_lines"
                else None
            )
            values[row.group, row.target] = tuple(inner) if inner is not None else (made.header(mapping),)
        return self._shown(opened, route, request.ref.number, request.title, values)

    # --- as it will be seen ----------------------------------------------------------------------------------------------
    def _shown(
        self, opened: Opened, route: Route, number: str, title: str,
        values: Mapping[tuple[str, str], tuple[RowValue, ...]],
    ) -> Preview:  # fmt: skip
        names = {(row.kind, row.oa_key): row.oa_name for row in self._workspace.catalog.base_rows(route.id)}
        sheet, form, tables = opened.sheet, list[Shown](), list[ShownTable]()
        for group in sheet.groups:
            rows = [row for row in sheet.of(group.id) if row.target]
            if group.id in (TITLE, BACK):
                continue
            columns = [
                [self._field(opened, group, row, each, names) for each in values[group.id, row.target]]
                for row in rows
            ]
            gaps = [each for each in opened.findings if each.gap and each.group == group.id]
            missing = [
                Shown(each.target, _label(opened, group, each.target), "", state="gap") for each in gaps
            ]
            if group.kind in ("lines", "leg_lines"):
                labels = [_label(opened, group, row.target) for row in rows] + [
                    each.label for each in missing
                ]
                count = max((len(column) for column in columns), default=0)
                lines = [
                    (*(column[at] for column in columns if at < len(column)), *missing) for at in range(count)
                ]
                tables.append(ShownTable(group.target, tuple(labels), tuple(lines)))
            else:
                form += [*missing, *(column[0] for column in columns if column)]
        return Preview(number, title, values, tuple(form), tuple(tables))

    def _field(
        self,
        opened: Opened,
        group: Group,
        row: MappingRow,
        value: RowValue,
        names: Mapping[tuple[str, str], str],
    ) -> Shown:
        info = opened.forms.target(opened.sheet.kind, group, row.target)
        label = _label(opened, group, row.target)
        name = next((names.get((kind, key), "") for kind, _, key in value.looked if key == value.value), "")
        stops = next(
            (
                each
                for each in opened.findings
                if each.stops and (each.group, each.target) == (group.id, row.target)
            ),
            None,
        )
        error = stops.error if stops is not None else value.error
        if error is not None:
            return Shown(row.target, label, "", state="error", error=error)
        if not value.value:
            wanted = row.required or (info is not None and info.required)
            return Shown(row.target, label, "", state="empty" if wanted else "")
        error = misfit(info, row.target, value.value) if info is not None and "." not in row.target else None
        state = "" if error is None else "rounded" if error.code is ErrorCode.TOO_PRECISE else "long"
        return Shown(row.target, label, value.value, name, state, error)

    # --- dry run -----------------------------------------------------------------------------------------------------------
    def dry_run(self, opened: Opened, count: int, progress: Progress = lambda done, total: True) -> DryRun:
        """The last `count` documents through the draft, compared with what was sent of them. Nothing is written anywhere.

        What a draft reads beyond what was kept then is read of the record as it lies there now.
        """
        route = self._workspace.mapping.route(opened.flow_id, opened.route_id)
        flow, base = self._flow(opened), self._base(route)
        documents = self._documents(opened, "", count)
        rounds = self._workspace.ledger.whole_rounds(documents)
        sent = [(each, rounds[each.id]) for each in documents if each.id in rounds and rounds[each.id].mapped]
        differing, failed, done = list[Differing](), list[tuple[str, SyncError]](), 0
        with self._workspace.mapping.connected(route) as (erp, _):
            reader = Reader(erp)
            for start in range(0, len(sent), _BATCH):
                if not progress(done, len(sent)):
                    return DryRun(done, tuple(differing), tuple(failed), stopped=True)
                part = sent[start : start + _BATCH]
                live = self._live(erp, flow, part)
                for document, round_ in part:
                    number = document.source.number
                    try:
                        lying = live.get(document.source.key)
                        now = _translated(flow, document, round_, lying, base, route, reader)
                    except SyncError as error:
                        failed.append((number, error))
                        continue
                    differing += [
                        Differing(*each[:1], number, *each[1:])
                        for each in _compared(flow, round_.mapped, now)
                    ]
                done += len(part)
        progress(done, len(sent))
        return DryRun(done, tuple(differing), tuple(failed))

    def _live(
        self, erp: ErpConnector, flow: Flow, part: Sequence[tuple[Document, Round]]
    ) -> Mapping[str, Bill]:
        if flow.kind is FlowKind.GENERATION:
            return {}
        side = Translator(flow).erp_side
        needs = [
            each.source.key for each, round_ in part if _reads_more(side.header, side.tables, round_.snapshot)
        ]
        return erp.read_bills(side, needs) if needs else {}


def _mapping(row: MappingRow) -> FieldMapping:
    return FieldMapping(row.target, row.expr, row.required, row.default, row.key)


def _label(opened: Opened, group: Group, target: str) -> str:
    info: FieldInfo | None = opened.forms.target(opened.sheet.kind, group, target)
    return info.label if info is not None and info.label else target


def _submitted(erp: ErpConnector, translator: Translator, number: str) -> str:
    """The key of a bill that our store does not know: among those handed in now, else by its number where one can ask so."""
    for place, head in enumerate(erp.submitted_bills(translator.erp_side)):
        if number in ("", head.ref.number):
            return head.ref.key
        if place > _SCANNED:
            break
    field = translator.flow.erp.options.get("number_field", "")
    if not (number and field and erp.capabilities.look_up):
        return ""
    found = erp.bills_with(replace(translator.flow.erp, header=(field,), tables={}), field, [number])
    return found[0].ref.key if found else ""


def _reads_more(
    header: Iterable[str], tables: Mapping[str, Iterable[str]], snapshot: Mapping[str, Any]
) -> bool:
    kept = snapshot.get("header", {})
    if any(name not in kept for name in header):
        return True
    for table, names in tables.items():
        lines = snapshot.get("lines", {}).get(table, {}).values()
        if any(name not in line for line in lines for name in names):
            return True
    return False


def _translated(
    flow: Flow, document: Document, round_: Round, live: Bill | None, base: BaseTable, route: Route, reader: Reader,
) -> Mapping[str, Any]:  # fmt: skip
    if flow.kind is FlowKind.GENERATION:
        return _bills_of(Drafting(flow), document, round_, base)
    like = live or Bill(
        document.source, BillStatus.SUBMITTED, {}, {}, str(round_.snapshot.get("maker", "")), None
    )
    bill = bill_of(_laid_over(live, round_.snapshot), like)
    translator = Translator(flow)
    day = round_.opened_at.astimezone(UTC).date().isoformat()
    locks = shown_on(bill, translator.lock, reader, day)
    draft: RequestDraft = translator.draft(bill, document.key, base.key, route.applicant, locks)
    return mapped_of(draft)


def _bills_of(drafting: Drafting, document: Document, round_: Round, base: BaseTable) -> Mapping[str, Any]:
    """Bills as they would be drafted before the first is made: what later bills take over of earlier ones is left out."""
    request = request_of(round_.snapshot, document.source)
    today = round_.opened_at.astimezone(UTC).date().isoformat()
    held = drafting.draft(1, request, {}, document.key, base.code, today)
    return {"1": kept_draft(held)}


def _laid_over(live: Bill | None, snapshot: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was kept counts; what was not read then is as it is now."""
    if live is None:
        return snapshot
    lines: dict[str, dict[str, Row]] = {}
    for table, rows in {**live.lines, **snapshot.get("lines", {})}.items():
        there = live.lines.get(table, {})
        lines[table] = {entry: {**there.get(entry, {}), **row} for entry, row in rows.items()}
    return {"header": {**live.header, **snapshot.get("header", {})}, "lines": lines}


def _compared(flow: Flow, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(target, then, now) of every value that differs; a line's values are told with the line's number."""
    if flow.kind is FlowKind.GENERATION:
        return _compared_records(before.get("1", {}), after["1"], "header", "lines")
    found = (
        [] if before.get("title") == after["title"] else [("title", str(before.get("title")), after["title"])]
    )
    return found + _compared_records(before, after, "fields", "details")


def _compared_records(
    before: Mapping[str, Any], after: Mapping[str, Any], head: str, tables: str
) -> list[tuple[str, str, str]]:
    found = _compared_values(before.get(head, {}), after[head], "")
    for table in dict.fromkeys((*before.get(tables, {}), *after[tables])):
        was, now = list(before.get(tables, {}).get(table, ())), list(after[tables].get(table, ()))
        for place in range(max(len(was), len(now))):
            old, new = (rows[place] if place < len(rows) else {} for rows in (was, now))
            found += _compared_values(old, new, f"{table}[{place + 1}].")
    return found


def _compared_values(
    before: Mapping[str, Any], after: Mapping[str, Any], path: str
) -> list[tuple[str, str, str]]:
    names = dict.fromkeys((*before, *after))
    told = [(name, _plain(before.get(name)), _plain(after.get(name))) for name in names]
    return [(path + name, old, new) for name, old, new in told if old != new]


def _plain(value: Any) -> str:
    return "" if value is None else format(value, "f") if hasattr(value, "as_tuple") else str(value)
