"""What a draft makes of real records: one beside the rules, as the approver will see it, or the last N as a dry run.

The values come by the live translation (sync/preview.py, translate.py, drafting.py); both systems are only ever read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from desktop.connectors.base import ErpConnector
from desktop.domain.document import Document, Round
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import FieldMapping, Flow, FlowKind
from desktop.domain.record import Bill, FieldInfo, OaRequest, Ref, Row
from desktop.domain.system import Route
from desktop.services.mapping import Opened
from desktop.services.mapping_check import misfit, tolerant
from desktop.services.mapping_compare import Differing, compared, reads_more, translated
from desktop.services.mapping_rows import BACK, TITLE, Group, MappingRow
from desktop.store.search import Question, Search
from desktop.sync.base_table import BaseTable, days_of_erp
from desktop.sync.drafting import Drafting
from desktop.sync.expression import text_of
from desktop.sync.preview import BillPreview, RequestPreview, RowValue
from desktop.sync.price_lock import shown_on
from desktop.sync.reader import Reader
from desktop.sync.translate import Translator

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

LAST = 20
_BATCH = 25
_SCANNED = 2_000
"""Submitted bills that are looked through for a number that our store does not know."""

Locks = Mapping[str, Row]
"""What a row may show of a line's price lock, by entry id."""
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
        self._held: dict[tuple[str, str, frozenset[str]], tuple[Bill, Locks]] = {}

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
        opened = self._workspace.mapping.as_company(opened)
        route = self._workspace.mapping.route(opened.flow_id, opened.route_id)
        flow = self._flow(opened)
        if flow.kind is FlowKind.GENERATION:
            return self._request_preview(opened, flow, route, number)
        found = self.bill(opened, Translator(flow), route, number)
        if found is None:
            return None
        bill, locks = found
        made = BillPreview(bill, self._base(route).key, locks)
        values: dict[tuple[str, str], tuple[RowValue, ...]] = {}
        for row in opened.sheet.rows:
            group = opened.sheet.group(row.group)
            mapping = _mapping(row)
            lines = made.lines(mapping, group.source) if group.kind == "lines" else [made.header(mapping)]
            values[row.group, row.target] = tuple(lines)
        title = values.get((TITLE, "title"), (RowValue(""),))[0].value
        return self._workspace.people.shown(self._shown(opened, route, bill.ref.number, title, values))

    def _flow(self, opened: Opened) -> Flow:
        """What can be read of the draft: a row whose source is not there would make the system refuse the whole reading."""
        lost = [each for each in opened.findings if each.error.code is ErrorCode.FIELD_MISSING]
        return tolerant(opened.text, opened.sheet, lost)

    def _base(self, route: Route) -> BaseTable:
        return self._workspace.base_table(route.id)

    def bill(
        self, opened: Opened, translator: Translator, route: Route, number: str
    ) -> tuple[Bill, Locks] | None:
        """A real bill of the company with all that the translator reads, and the price locks of its lines; kept at hand.
        Raises DAT-402, PER-716."""
        self._workspace.people.demand_seat("read", route.id)
        side = translator.erp_side
        names = frozenset(
            (*side.header, *(f"{t}.{n}" for t, columns in side.tables.items() for n in columns))
        )
        at = (route.id, number, names)
        if number and at in self._held:
            return self._held[at]
        locks: Locks = {}
        known = [each for each in self._documents(opened, number, 5) if number in ("", each.source.number)]
        with self._workspace.mapping.connected(route) as (erp, _):
            key = known[0].source.key if known else _submitted(erp, translator, number, route.company)
            bill = erp.read_bills(side, [key]).get(key) if key else None
            if bill is not None:
                locks = shown_on(bill, translator.lock, Reader(erp))
        if bill is None and number:
            raise SyncError(ErrorCode.RECORD_MISSING, certain=True, system=erp.system.title, number=number)
        if bill is None:
            return None
        self._held = {(route.id, bill.ref.number, names): (bill, locks)}
        return bill, locks

    def request(self, opened: Opened, flow: Flow, route: Route, number: str) -> OaRequest | None:
        """A real request of the company. Raises DAT-402, PER-716."""
        self._workspace.people.demand_seat("read", route.id)
        known = [each for each in self._documents(opened, number, 5) if number in ("", each.source.number)]
        ref = known[0].source if known else Ref(route.oa_id, flow.oa.form, number, number)
        if not ref.key:
            return None
        with self._workspace.mapping.connected(route) as (_, oa):
            request = oa.read_request(opened.forms.oa_side, ref)
        field = flow.oa.options.get("company_field", "")
        if not known and field and text_of(request.fields.get(field, "")).strip() != route.company:
            raise SyncError(ErrorCode.RECORD_MISSING, certain=True, system=route.oa_id, number=number)
        return request

    def _request_preview(self, opened: Opened, flow: Flow, route: Route, number: str) -> Preview | None:
        request = self.request(opened, flow, route, number)
        if request is None:
            return None
        drafting = Drafting(flow)
        today = days_of_erp(self._workspace.catalog, route.id, self._workspace.now)()
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
        shown = self._shown(opened, route, request.ref.number, request.title, values)
        return self._workspace.people.shown(shown)

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
        opened = self._workspace.mapping.as_company(opened)
        route = self._workspace.mapping.route(opened.flow_id, opened.route_id)
        self._workspace.people.demand_seat("read", route.id)
        flow, base = self._flow(opened), self._base(route)
        documents = self._documents(opened, "", count)
        rounds = self._workspace.ledger.whole_rounds(documents)
        sent = [(each, rounds[each.id]) for each in documents if each.id in rounds and rounds[each.id].mapped]
        differing, failed, done = list[Differing](), list[tuple[str, SyncError]](), 0
        with self._workspace.mapping.connected(route) as (erp, _):
            reader = Reader(erp)
            for start in range(0, len(sent), _BATCH):
                if not progress(done, len(sent)):
                    return self._workspace.people.shown(
                        DryRun(done, tuple(differing), tuple(failed), stopped=True)
                    )
                part = sent[start : start + _BATCH]
                live = self._live(erp, flow, part)
                for document, round_ in part:
                    number = document.source.number
                    try:
                        lying = live.get(document.source.key)
                        now = translated(flow, document, round_, lying, base, route, reader)
                    except SyncError as error:
                        failed.append((number, error))
                        continue
                    differing += [
                        Differing(*each[:1], number, *each[1:]) for each in compared(flow, round_.mapped, now)
                    ]
                done += len(part)
        progress(done, len(sent))
        return self._workspace.people.shown(DryRun(done, tuple(differing), tuple(failed)))

    def _live(
        self, erp: ErpConnector, flow: Flow, part: Sequence[tuple[Document, Round]]
    ) -> Mapping[str, Bill]:
        if flow.kind is FlowKind.GENERATION:
            return {}
        side = Translator(flow).erp_side
        needs = [
            each.source.key for each, round_ in part if reads_more(side.header, side.tables, round_.snapshot)
        ]
        return erp.read_bills(side, needs) if needs else {}


def _mapping(row: MappingRow) -> FieldMapping:
    return FieldMapping(row.target, row.expr, row.required, row.default, row.key)


def _label(opened: Opened, group: Group, target: str) -> str:
    info: FieldInfo | None = opened.forms.target(opened.sheet.kind, group, target)
    return info.label if info is not None and info.label else target


def _submitted(erp: ErpConnector, translator: Translator, number: str, company: str) -> str:
    """The key of a bill of the company that our store does not know: among those handed in now, else by its number where one
    can ask so. One account set holds the bills of many companies."""
    for place, head in enumerate(erp.submitted_bills(translator.erp_side)):
        if head.company == company and number in ("", head.ref.number):
            return head.ref.key
        if place > _SCANNED:
            break
    field = translator.flow.erp.options.get("number_field", "")
    if not (number and field and erp.capabilities.look_up):
        return ""
    found = erp.bills_with(replace(translator.flow.erp, header=(field,), tables={}), field, [number])
    heads = erp.bill_heads(translator.erp_side, [each.ref.key for each in found])
    return next((key for key, head in heads.items() if head.company == company), "")
