"""Request fields -> bills, pure: no I/O, no database. One Drafting per version of a generation flow.

An expression sees the request's form fields by their names, its rows as "detail_1", and beside them:
request.number, request.creator, request.today, request.<field> (the main form's, where a row has a field of the same
name), and of bills made before legN.number, legN.id and legN.<field>.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import Check, ErpSide, FieldMapping, Flow, Leg, LegBy, LineMapping
from desktop.domain.record import Bill, BillDraft, Money, OaRequest, Ref, RequestStatus, Row, Value
from desktop.sync.base_table import Gathering, Lookup
from desktop.sync.expression import Expression, Scope, compile_expression, decimal_of, text_of
from desktop.sync.translate import Difference

_LEG_NAME = re.compile(r"leg([1-9])\.(.+)")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?=$|[T ])")
_NOT_YET = "0"
"""What a bill that is not made yet tells of itself when all bills are drafted to look for gaps."""

Bills = Mapping[int, Bill]
"""Bills made so far, by leg."""


@dataclass(frozen=True, slots=True)
class _Field:
    mapping: FieldMapping
    expression: Expression


@dataclass(frozen=True, slots=True)
class _Lines:
    mapping: LineMapping
    fields: tuple[_Field, ...]
    only: Expression | None


class _Leg:
    """One compiled leg. side: with every field that is read back of its bill."""

    def __init__(self, leg: Leg, read: set[str]) -> None:
        self.leg = leg
        self.fields = tuple(_Field(row, compile_expression(row.expr)) for row in leg.fields)
        self.lines = tuple(
            _Lines(
                lines, tuple(_Field(row, compile_expression(row.expr)) for row in lines.fields),
                compile_expression(lines.only) if lines.only else None,
            )
            for lines in leg.lines
        )  # fmt: skip
        self.key_header = [row.target for row in leg.fields if row.key]
        self.key_columns: dict[str, list[str]] = {}
        for lines in leg.lines:
            held = self.key_columns.setdefault(lines.target, [])
            held += [row.target for row in lines.fields if row.key and row.target not in held]
        names = {*self.key_header, *read, leg.erp.key_field} - {""}
        tables = {table: tuple(columns) for table, columns in self.key_columns.items() if columns}
        self.side = replace(leg.erp, header=tuple(sorted(names)), tables=tables)


class Drafting:
    """A compiled generation flow: what to send, what to read back, what to hand to the OA in the end."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self._back = tuple(_Field(row, compile_expression(row.expr)) for row in flow.write_back)
        self._checks = tuple((each, compile_expression(each.expr)) for each in flow.checks)
        self._filters = tuple((each.name, compile_expression(each.expr)) for each in flow.filters)
        self._shown = tuple(
            compile_expression(text)
            for text in (flow.partner_expr, flow.amount_expr or "''", flow.currency_expr)
        )
        self._legs = [_Leg(leg, read) for leg, read in zip(flow.legs, self._read_names(), strict=True)]

    def _read_names(self) -> list[set[str]]:
        """What later bills and the write-back read of each bill."""
        rows = [*self.flow.write_back]
        for leg in self.flow.legs:
            rows += [*leg.fields, *(row for lines in leg.lines for row in lines.fields)]
        found: list[set[str]] = [set() for _ in self.flow.legs]
        for name in {name for row in rows for name in compile_expression(row.expr).names}:
            match = _LEG_NAME.fullmatch(name)
            if match and match[2] not in ("number", "id") and int(match[1]) <= len(found):
                found[int(match[1]) - 1].add(match[2])
        return found

    @property
    def count(self) -> int:
        """How many bills a request becomes."""
        return len(self._legs)

    def leg(self, number: int) -> Leg:
        """A leg as the flow file has it; numbers from 1."""
        return self._legs[number - 1].leg

    def side(self, number: int) -> ErpSide:
        """The ERP side of a leg, with every field that is read of its bill."""
        return self._legs[number - 1].side

    def request_names(self) -> dict[str, set[str]]:
        """Every field of the request's form that the flow reads or writes, by table; "" = the main form."""
        head = {each.mapping.target for each in self._back} | {self.flow.oa.options.get("company_field", "")}
        tables: dict[str, set[str]] = {}
        whole = [expression for _, expression in (*self._checks, *self._filters)]
        whole += [*self._shown, *(each.expression for each in self._back)]
        for held in self._legs:
            whole += [each.expression for each in held.fields]
            for lines in held.lines:
                names = tables.setdefault(lines.mapping.source, set())
                for expression in (*(each.expression for each in lines.fields), lines.only):
                    names |= expression.names if expression else set()
        for expression in whole:
            head |= expression.names
            for table, columns in expression.tables.items():
                tables.setdefault(table, set()).update(columns)
        for path in self.flow.once.values():
            tables.setdefault(path.rpartition(".")[0], set()).add(path.rpartition(".")[2])
        tables[""] = tables.get("", set()) | head
        every = {name for names in tables.values() for name in names}
        own = {name.partition(".")[2] for name in every if name.startswith("request.")}
        tables[""] |= own - {"number", "creator", "today"}
        return {
            table: {name for name in names if name and "." not in name} for table, names in tables.items()
        }

    # --- what the request says -----------------------------------------------------------------------------------------
    def kept_out_by(self, request: OaRequest) -> str:
        """The name of the filter that keeps the request out, or ""."""
        scope = scope_of(request, {}, None)
        return next((name for name, expression in self._filters if not expression.value(scope)), "")

    def shown(self, request: OaRequest) -> tuple[str, Money | None]:
        """Partner and amount, as lists show them; an amount that is no number shows as none."""
        scope = scope_of(request, {}, None)
        partner, amount, currency = (each.value(scope) for each in self._shown)
        try:
            money = Money(decimal_of(amount), text_of(currency)) if self.flow.amount_expr else None
        except SyncError:
            money = None
        return text_of(partner), money

    def once(self, request: OaRequest) -> list[tuple[str, str]]:
        """(name, value) of everything that may be used only once, as often as the request names it."""
        found = []
        for name, path in self.flow.once.items():
            table, _, column = path.rpartition(".")
            rows: Sequence[Row] = request.details.get(table, ()) if table else (request.fields,)
            found += [
                (name, value) for value in (text_of(row.get(column)).strip().upper() for row in rows) if value
            ]
        return found

    def objection(self, request: OaRequest) -> SyncError | None:
        """The first check of the flow that the request does not meet."""
        scope = scope_of(request, {}, None)
        for check, expression in self._checks:
            if not expression.value(scope):
                return _refused(request, check)
        return None

    # --- bills -----------------------------------------------------------------------------------------------------------
    def check(
        self, request: OaRequest, lookup: Lookup, today: str
    ) -> list[tuple[Row, Mapping[str, Sequence[Row]]]]:
        """Drafts every bill before the first is sent; answers the header and the lines of each. All gaps of all bills come in one MAP-502.

        Raises MAP-501 for an empty required field, RUL-611 where a bill's two sides differ, DAT-4xx.
        """
        gather = Gathering(lookup)
        drafts = [self._rows(number, request, None, gather, today) for number in range(1, self.count + 1)]
        gather.refuse(request.ref.number)
        for held, (header, lines) in zip(self._legs, drafts, strict=True):
            self._require(held, header, lines)
            _balance(held.leg, lines, request.ref.number)
        return list(drafts)

    def draft(
        self, number: int, request: OaRequest, made: Bills, key: str, lookup: Lookup, today: str
    ) -> BillDraft:
        """One bill. For a pushed leg: what the ERP's own conversion must have brought about."""
        gather = Gathering(lookup)
        header, lines = self._rows(number, request, made, gather, today)
        gather.refuse(request.ref.number)
        held = self._legs[number - 1]
        self._require(held, header, lines)
        _balance(held.leg, lines, request.ref.number)
        return BillDraft(key, header, lines, gather.fallbacks())

    def told(self, number: int, request: OaRequest, lookup: Lookup) -> dict[str, tuple[FieldMapping, Any]]:
        """What a bill's key fields and its dates would say, as far as the request tells: a row whose correspondence is missing
        is left out, and so is a date that the request does not have."""
        scope = scope_of(request, None, lookup, "", self.wanted())
        found: dict[str, tuple[FieldMapping, Any]] = {}
        for each in self._legs[number - 1].fields:
            if each.mapping.key or "date(" in each.mapping.expr:
                with suppress(SyncError):
                    value = _value(each, scope)
                    if each.mapping.key or text_of(value):
                        found[each.mapping.target] = each.mapping, value
        return found

    def _rows(
        self, number: int, request: OaRequest, made: Bills | None, lookup: Lookup, today: str
    ) -> tuple[Row, dict[str, tuple[Row, ...]]]:
        held = self._legs[number - 1]
        scope = scope_of(request, made, lookup, today, self.wanted())
        header = {each.mapping.target: _value(each, scope) for each in held.fields}
        tables: dict[str, tuple[Row, ...]] = {}
        for lines in held.lines:
            tables[lines.mapping.target] = (*tables.get(lines.mapping.target, ()), *_line_rows(lines, scope))
        return header, tables

    def wanted(self) -> set[str]:
        """Every name of bills that are not made yet, for placeholders."""
        return {
            f"leg{number}.{name}"
            for number, held in enumerate(self._legs, start=1)
            for name in (*held.side.header, "number", "id")
        }

    def _require(self, held: _Leg, header: Row, lines: Mapping[str, Sequence[Row]]) -> None:
        if held.leg.by is LegBy.PUSH:
            return
        missing = [
            each.mapping.target
            for each in held.fields
            if each.mapping.required and not text_of(header[each.mapping.target])
        ]
        for table in held.lines:
            rows = lines.get(table.mapping.target, ())
            if table.mapping.required and not rows:
                raise SyncError(ErrorCode.NO_LINES, certain=True, number="", table=table.mapping.source)
            for each in table.fields:
                target = each.mapping.target
                if each.mapping.required and any(target in row and not text_of(row[target]) for row in rows):
                    missing.append(f"{table.mapping.target}.{target}")
        if missing:
            told = ", ".join(dict.fromkeys(missing))
            raise SyncError(ErrorCode.FIELD_UNMAPPED, certain=True, flow=self.flow.id, target=told)

    def differences(self, number: int, sent: Mapping[str, Any], bill: Bill) -> list[Difference]:
        """Which key fields of a bill are not what was sent (for a pushed bill: not what was expected)."""
        held, header = self._legs[number - 1], sent.get("header", {})
        found = [
            Difference(name, _plain(header.get(name)), _plain(bill.header.get(name)))
            for name in held.key_header
            if _plain(header.get(name)) != _plain(bill.header.get(name))
        ]
        for table, columns in held.key_columns.items():
            if not columns:
                continue
            before = sorted(
                "/".join(_plain(row.get(name)) for name in columns) for row in sent["lines"].get(table, ())
            )
            rows = bill.lines.get(table, {}).values()
            after = sorted("/".join(_plain(row.get(name)) for name in columns) for row in rows)
            if before != after:
                found.append(Difference(table, "; ".join(before), "; ".join(after)))
        return found

    def written_back(self, request: OaRequest, made: Bills) -> dict[str, str]:
        """What the request's form gets when it is handed on."""
        scope = scope_of(request, made, None)
        return {each.mapping.target: text_of(_value(each, scope)) for each in self._back}


def kept_request(request: OaRequest) -> dict[str, Any]:
    """The request as plain values, for keeping: what was approved. In the shape of every kept record, so that one sheet
    shows them all."""
    return {
        "number": request.ref.number,
        "title": request.title,
        "maker": request.applicant,
        "changed_at": request.changed_at.isoformat() if request.changed_at else "",
        "returned": request.times_returned,
        "header": dict(request.fields),
        "lines": {
            table: {str(place): dict(row) for place, row in enumerate(rows)}
            for table, rows in request.details.items()
        },
    }


def request_of(kept: Mapping[str, Any], ref: Ref) -> OaRequest:
    """A kept request again."""
    changed_at = kept.get("changed_at")
    return OaRequest(
        ref, kept.get("title", ""), RequestStatus.RUNNING, kept.get("header", {}),
        {table: tuple(rows.values()) for table, rows in kept.get("lines", {}).items()}, kept.get("maker", ""), (), "",
        datetime.fromisoformat(changed_at) if changed_at else None,
    )  # fmt: skip


def kept_draft(draft: BillDraft) -> dict[str, Any]:
    """A draft as plain values, for keeping; "fallbacks" only where a stand-in was taken."""
    lines = {table: [dict(row) for row in rows] for table, rows in draft.lines.items()}
    kept: dict[str, Any] = {"header": dict(draft.header), "lines": lines}
    return {**kept, "fallbacks": [list(each) for each in draft.fallbacks]} if draft.fallbacks else kept


def scope_of(
    request: OaRequest, made: Bills | None, lookup: Lookup | None, today: str = "", wanted: set[str] | None = None
) -> Scope:  # fmt: skip
    """What a request's expressions see. made: None = no bill is made yet; whatever they will tell stands as a placeholder."""
    header: dict[str, Value] = dict(request.fields)
    header.update({f"request.{name}": value for name, value in request.fields.items()})
    header["request.number"] = request.ref.number
    header["request.creator"] = request.applicant
    header["request.today"] = today
    if made is None:
        header.update(dict.fromkeys(wanted or (), _NOT_YET))
    for number, bill in (made or {}).items():
        header.update({f"leg{number}.{name}": value for name, value in bill.header.items()})
        header[f"leg{number}.number"], header[f"leg{number}.id"] = bill.ref.number, bill.ref.key
    lines = {
        table: {str(place): row for place, row in enumerate(rows)} for table, rows in request.details.items()
    }
    return Scope(header, lines, base=lookup)


def _line_rows(lines: _Lines, scope: Scope) -> tuple[Row, ...]:
    if not lines.mapping.source:
        return (_row(lines, scope),) if lines.only is None or lines.only.value(scope) else ()
    rows = []
    for place, row in scope.lines.get(lines.mapping.source, {}).items():
        inner = replace(scope, line=row, entry_id=place)
        if lines.only is None or lines.only.value(inner):
            rows.append(_row(lines, inner))
    return tuple(rows)


def _row(lines: _Lines, scope: Scope) -> Row:
    return {each.mapping.target: _value(each, scope) for each in lines.fields}


def _value(each: _Field, scope: Scope) -> Value:
    return value_of(each.mapping, each.expression.value, scope)


def value_of(row: FieldMapping, value: Callable[[Scope], Value], scope: Scope) -> Value:
    """What a row writes into a bill."""
    try:
        found = value(scope)
    except SyncError as error:
        if error.facts.get("field") == "":
            error.facts["field"] = row.target
        raise
    return row.default if found in (None, "") else found


def _balance(leg: Leg, lines: Mapping[str, Sequence[Row]], number: str) -> None:
    """The two sides of a voucher are equal to the cent, or it is never sent."""
    if len(leg.balance) != 2:
        return
    sums = []
    for path in leg.balance:
        table, _, column = path.partition(".")
        sums.append(sum((decimal_of(row.get(column)) for row in lines.get(table, ())), Decimal()))
    if sums[0] != sums[1]:
        table, _, column = leg.balance[0].partition(".")
        told = "; ".join(
            "/".join(text_of(row.get(path.partition(".")[2])) or "0" for path in leg.balance)
            for row in lines.get(table, ())
        )
        raise SyncError(
            ErrorCode.UNBALANCED, certain=True, number=number, debit=text_of(sums[0]), credit=text_of(sums[1]), lines=told
        )  # fmt: skip


def _plain(value: Value) -> str:
    """Canonical: nothing and zero are alike, a day is a day with or without its midnight."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else ""
    text = text_of(value).strip()
    found = _DATE.match(text)
    return found.group(0) if found else text


def _refused(request: OaRequest, check: Check) -> SyncError:
    return SyncError(ErrorCode.RULE_REFUSED, certain=True, number=request.ref.number, said=check.said)
