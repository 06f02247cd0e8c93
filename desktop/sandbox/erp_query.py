"""List queries: columns by field key, rows by filter, lines expanded, pages by row number."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from desktop.sandbox.erp_bill import ErpBill, Refusal, Table
from desktop.sandbox.erp_fields import KEY_FIELD, Field, FieldKind, Form
from desktop.sandbox.erp_filter import Both, Either, Node, Not, Test, parse_filter
from desktop.sandbox.erp_save import LINE_ID
from desktop.sandbox.erp_values import parse_time, to_local

Lines = dict[str, dict[str, Any] | None]
"""The line that a row stands on, by table: None where the bill has no lines."""

Getter = Callable[[ErpBill, Lines], Any]

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": eq,
    "<>": ne,
    ">": gt,
    ">=": ge,
    "<": lt,
    "<=": le,
}
_NO_LINES: Sequence[None] = (None,)
_PARTY_PROPS = {"fnumber": "number", "fname": "name", "fid": "id"}


@dataclass(frozen=True, slots=True)
class Column:
    """A field path made ready. table: key of the lines it reads, "" for the head. kind: of the value it gives."""

    path: str
    table: str
    kind: FieldKind
    places: int
    blank: str | None
    get: Getter


@dataclass(frozen=True, slots=True)
class Query:
    """A list query as the wire brings it. limit 0 = as many as the server gives; top 0 = no upper bound."""

    form: str
    fields: tuple[str, ...]
    where: str = ""
    order: str = ""
    start: int = 0
    limit: int = 0
    top: int = 0


class Reader:
    """Answers queries over the tables. Holds compiled columns, nothing of the bills."""

    def __init__(self, forms: Mapping[str, Form], tables: Mapping[str, Table]) -> None:
        self._forms = forms
        self._tables = tables
        self._columns: dict[tuple[str, str], Column] = {}

    def column(self, form: Form, path: str) -> Column:
        """The column of a field path. Raises Refusal (MsgCode 9) when the metadata does not know it."""
        known = self._columns.get((form.id, path))
        if known is None:
            known = self._columns[form.id, path] = _compile(self._forms, form, path)
        return known

    def rows(
        self, query: Query, max_rows: int, visible: Callable[[ErpBill], bool] | None = None
    ) -> tuple[list[Column], list[list[Any]]]:
        """The columns and the rows of raw values (None for empty).

        visible: the data rights of the asker; what it hides is missing without a word.
        Raises Refusal.
        """
        form = self._forms.get(query.form)
        if form is None:
            raise Refusal(f"业务对象不存在：{query.form}", 4)
        if not query.fields:
            raise Refusal("参数FieldKeys不能为空", 8)
        columns = [self.column(form, path) for path in query.fields]
        order = self._order(form, query.order)
        node = parse_filter(query.where)
        tested = list(self._tested(form, node)) if node else []
        used = [*columns, *(column for column, _ in order), *tested]
        tables = list(dict.fromkeys(column.table for column in used if column.table))
        test = self._compile_test(form, node) if node else None
        found = self._found(form, node, visible)
        if not tables:
            matched: list[tuple[ErpBill, Lines]] = [
                (bill, {}) for bill in found if test is None or test(bill, {})
            ]
        else:
            expanded = (row for bill in found for row in _expand(bill, tables))
            matched = [row for row in expanded if test is None or test(*row)]
        for column, backwards in reversed(order):
            matched.sort(key=partial(_sort_key, column), reverse=backwards)
        page = matched[query.start : _end(query, max_rows)]
        getters = [column.get for column in columns]
        return columns, [[get(bill, lines) for get in getters] for bill, lines in page]

    def _found(
        self, form: Form, node: Node | None, visible: Callable[[ErpBill], bool] | None
    ) -> Iterable[ErpBill]:
        table = self._tables[form.id]
        few = _candidates(form, table, node) if node else None
        found: Iterable[ErpBill] = (
            table.by_id.values() if few is None else sorted(few, key=lambda bill: bill.id)
        )
        return found if visible is None else filter(visible, found)

    def _order(self, form: Form, text: str) -> list[tuple[Column, bool]]:
        order: list[tuple[Column, bool]] = []
        for part in filter(None, (part.strip() for part in text.split(","))):
            path, _, direction = part.partition(" ")
            order.append((self.column(form, path), direction.strip().lower() == "desc"))
        return order

    def _tested(self, form: Form, node: Node) -> Iterator[Column]:
        match node:
            case Test(name=name):
                if name is not None:
                    yield self.column(form, name.path)
            case Not(part=part):
                yield from self._tested(form, part)
            case Both(parts=parts) | Either(parts=parts):
                for part in parts:
                    yield from self._tested(form, part)

    def _compile_test(self, form: Form, node: Node) -> Callable[[ErpBill, Lines], bool]:
        match node:
            case Not(part=part):
                inner = self._compile_test(form, part)
                return lambda bill, lines: not inner(bill, lines)
            case Both(parts=parts):
                tests = [self._compile_test(form, part) for part in parts]
                return lambda bill, lines: all(test(bill, lines) for test in tests)
            case Either(parts=parts):
                tests = [self._compile_test(form, part) for part in parts]
                return lambda bill, lines: any(test(bill, lines) for test in tests)
            case Test():
                return self._compile_one(form, node)

    def _compile_one(self, form: Form, test: Test) -> Callable[[ErpBill, Lines], bool]:
        if test.name is None:
            given = _comparable(FieldKind.TEXT, _as_text(test.literal))
            fits = _fits(FieldKind.TEXT, test.op, tuple(map(_as_text, test.values)))
            return lambda bill, lines: fits(given)
        column = self.column(form, test.name.path)
        if test.op == "null":
            # What a query shows as null is null: an empty reference is 0, and most empty texts are blanks.
            return lambda bill, lines: shown(column, column.get(bill, lines)) is None
        fits, get, kind = _fits(column.kind, test.op, test.values), column.get, column.kind
        return lambda bill, lines: fits(_comparable(kind, get(bill, lines)))


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


def _end(query: Query, max_rows: int) -> int:
    end = query.start + (min(query.limit, max_rows) if query.limit > 0 else max_rows)
    return min(end, query.top) if query.top > 0 else end


def _expand(bill: ErpBill, tables: Sequence[str]) -> Iterator[tuple[ErpBill, Lines]]:
    """One row a line; a bill without lines still gives one row. Two tables give their product, as the server does."""
    rows: list[Lines] = [{}]
    for table in tables:
        lines: Sequence[dict[str, Any] | None] = bill.entries.get(table) or _NO_LINES
        rows = [{**row, table: line} for row in rows for line in lines]
    return ((bill, row) for row in rows)


def _candidates(form: Form, table: Table, node: Node) -> list[ErpBill] | None:
    """Records that alone can fit, from an index; None = all must be looked at. Spares a scan for look-ups by key."""
    match node:
        case Test(name=name, op="=" | "in", values=values) if name is not None:
            found = [_indexed(form, table, name.path, value) for value in values]
            return None if None in found else [bill for each in found for bill in each or ()]
        case Either(parts=parts):
            every = [_candidates(form, table, part) for part in parts]
            if None in every:
                return None
            return list({bill.id: bill for each in every for bill in each or ()}.values())
        case Both(parts=parts):
            some = [each for each in (_candidates(form, table, part) for part in parts) if each is not None]
            return min(some, key=len) if some else None
    return None


def _indexed(form: Form, table: Table, path: str, value: Any) -> list[ErpBill] | None:
    known = form.by_lower.get(path.lower())
    if known is None or value is None:
        return None
    text = str(value).rstrip()
    if known.attr == "id":
        bill = table.by_id.get(int(text)) if text.isdigit() else None
        return [bill] if bill else []
    if known.attr == "number":
        return table.with_number(text)
    if known.attr == "status":
        return table.with_status(text.upper())
    return table.with_key(text) if known.key == KEY_FIELD else None


def _sort_key(column: Column, row: tuple[ErpBill, Lines]) -> tuple[bool, Any]:
    value = _comparable(column.kind, column.get(*row))
    return (value is not None, value)


def _comparable(kind: FieldKind, value: Any) -> Any:
    """The value as it is compared: text without case and trailing blanks, numbers with empty as 0."""
    if kind is FieldKind.TEXT:
        return str(value or "").rstrip().casefold()
    if kind in (FieldKind.NUMBER, FieldKind.WHOLE):
        return value or 0
    if kind in (FieldKind.DATE, FieldKind.TIME):
        return value
    return value.id if isinstance(value, ErpBill) else value or 0


def _literal(kind: FieldKind, value: Any) -> Any:
    """A literal as a value of `kind`. Raises Refusal (MsgCode 6) where the database could not convert it."""
    try:
        if value is None:
            return None
        if kind is FieldKind.TEXT:
            return str(value).rstrip().casefold()
        if kind in (FieldKind.DATE, FieldKind.TIME):
            return parse_time(value)
        if kind is FieldKind.YES_NO:
            return str(value).lower() in ("1", "true")
        return Decimal(str(value).strip() or "0")
    except (ValueError, InvalidOperation) as error:
        raise Refusal(f"数据库执行异常：将值“{value}”转换为字段类型时失败", 6) from error


def _fits(kind: FieldKind, op: str, values: tuple[Any, ...]) -> Callable[[Any], bool]:
    if op == "null":
        return lambda value: value is None
    if op == "like":
        pattern = _like(str(values[0] or ""))
        return lambda value: pattern.fullmatch(_as_text(value)) is not None
    if op == "in":
        wanted = {_literal(kind, value) for value in values}
        return lambda value: value in wanted
    compare, literal = _COMPARISONS[op], _literal(kind, values[0])
    if literal is None:
        return lambda value: False
    return lambda value: value is not None and compare(value, literal)


def _like(pattern: str) -> re.Pattern[str]:
    """SQL's LIKE: % any text, _ one character, [abc] one of them."""
    parts = re.split(r"(%|_|\[[^\]]*\])", pattern.casefold())
    made = [
        ".*" if part == "%" else "." if part == "_" else part if part[:1] == "[" else re.escape(part)
        for part in parts
    ]
    return re.compile("".join(made), re.DOTALL)


def unknown_field(path: str) -> Refusal:
    """The answer to a field key that the metadata does not know."""
    return Refusal(f"元数据中标识为{path}的字段不存在", 9)


def _compile(forms: Mapping[str, Form], form: Form, path: str) -> Column:
    key, _, tail = path.partition(".")
    special = _line_column(form, path)
    if special is not None:
        return special
    known = form.by_lower.get(key.lower())
    if known is None:
        raise unknown_field(path)
    entity = form.entity(known.entity)
    table = entity.key if entity and entity.is_lines else ""
    get = _value_getter(known, table)
    if not tail:
        blank = known.blank
        if known.kind in (FieldKind.REF, FieldKind.PARTY):
            return Column(path, table, FieldKind.REF, 0, None, get)
        return Column(path, table, known.kind, known.places, blank, get)
    return _through_reference(forms, known, path, tail, table, get)


def _line_column(form: Form, path: str) -> Column | None:
    """`<Entity>_FEntryID` and `<Entity>_FSeq`."""
    for entity in form.tables:
        if path.lower() == f"{entity.key}_{LINE_ID}".lower():
            return Column(
                path, entity.key, FieldKind.WHOLE, 0, None, partial(_line_value, entity.key, LINE_ID)
            )
        if path.lower() == f"{entity.key}_FSeq".lower():
            return Column(path, entity.key, FieldKind.WHOLE, 0, None, partial(_seq, entity.key))
    return None


def _line_value(table: str, key: str, bill: ErpBill, lines: Lines) -> Any:
    line = lines[table]
    return None if line is None else line.get(key)


def _seq(table: str, bill: ErpBill, lines: Lines) -> int | None:
    line = lines[table]
    return None if line is None else bill.entries[table].index(line) + 1


def _value_getter(known: Field, table: str) -> Getter:
    if table:
        return partial(_line_value, table, known.key)
    if known.attr:
        attr = known.attr
        if known.kind is FieldKind.TIME:
            return lambda bill, lines: to_local(getattr(bill, attr))
        return lambda bill, lines: getattr(bill, attr)
    key = known.key
    return lambda bill, lines: bill.head.get(key)


def _through_reference(
    forms: Mapping[str, Form], known: Field, path: str, tail: str, table: str, get: Getter
) -> Column:
    if known.kind is FieldKind.FLEX:
        return _through_flex(known, path, tail, table, get)
    if known.kind not in (FieldKind.REF, FieldKind.PARTY):
        raise unknown_field(path)
    attr = _PARTY_PROPS.get(tail.lower())
    if known.kind is FieldKind.PARTY or tail.lower() in ("fname", "fnumber"):
        if attr is None:
            raise unknown_field(path)
        kind = FieldKind.WHOLE if attr == "id" else FieldKind.TEXT
        return Column(path, table, kind, 0, None, _of_record(get, lambda record: getattr(record, attr)))
    inner = _compile(forms, forms[known.lookup], tail)
    return Column(
        path, table, inner.kind, inner.places, None, _of_record(get, lambda record: inner.get(record, {}))
    )


def _through_flex(known: Field, path: str, tail: str, table: str, get: Getter) -> Column:
    """`FDetailID.FDETAILID__FFLEX5.FNumber`: a dimension of the line's account."""
    dimension, _, prop = tail.upper().rpartition("__")[2].partition(".")
    attr = _PARTY_PROPS.get(prop.lower() or "fnumber")
    if attr is None:
        raise unknown_field(path)

    def value(bill: ErpBill, lines: Lines) -> Any:
        record = (get(bill, lines) or {}).get(dimension)
        return getattr(record, attr) if record else None

    return Column(path, table, FieldKind.TEXT, 0, None, value)


def _of_record(get: Getter, read: Callable[[ErpBill], Any]) -> Getter:
    def value(bill: ErpBill, lines: Lines) -> Any:
        record = get(bill, lines)
        return read(record) if record is not None else None

    return value


def shown(column: Column, value: Any) -> Any:
    """A raw value as the wire shows it, dates as text; Decimals stay Decimal, for the writer to print with ten places."""
    kind = column.kind
    if kind is FieldKind.TEXT:
        return value if value else column.blank
    if kind is FieldKind.NUMBER:
        return value if value is not None else Decimal(0)
    if kind in (FieldKind.DATE, FieldKind.TIME):
        return print_time(value)
    if kind is FieldKind.YES_NO:
        return bool(value)
    if kind is FieldKind.REF:
        return value.id if value is not None else 0
    if kind is FieldKind.FLEX:
        return sum(record.id for record in value.values()) if value else 0
    return value


def print_time(at: datetime | None) -> str | None:
    """Local time without zone: "2026-08-10T00:00:00", with a fraction where there is one."""
    if at is None:
        return None
    text = at.isoformat(timespec="milliseconds")
    return text.removesuffix(".000")
