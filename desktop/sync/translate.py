"""Bill fields <-> request fields, pure: no I/O, no database. One Translator per version of a flow."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from desktop.domain.claim import Gate
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import ErpSide, FieldMapping, Flow, LineMapping
from desktop.domain.record import Bill, Money, OaRequest, RequestDraft, Row, Value
from desktop.sync.base_table import Gathering, Lookup
from desktop.sync.expression import Expression, Scope, compile_expression, decimal_of, text_of
from desktop.sync.prices import LockBook


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is not what it was."""

    field: str
    before: str
    after: str


_NO_LOCKS: Mapping[str, Row] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Field:
    mapping: FieldMapping
    expression: Expression


@dataclass(frozen=True, slots=True)
class _Lines:
    mapping: LineMapping
    fields: tuple[_Field, ...]


@dataclass(frozen=True, slots=True)
class SourceReading:
    """One kind of source bill, compiled: what to read of it, and what that says of its amounts."""

    side: ErpSide
    number_field: str
    payable: Expression
    unpaid: Expression

    def amounts(self, bill: Bill) -> tuple[Decimal, Decimal]:
        """What the source is worth, and what of it is not paid yet."""
        scope = Scope(bill.header, bill.lines)
        return _number(self.payable, scope), _number(self.unpaid, scope)


class Translator:
    """A compiled flow: what to read, what to send, what must not change in between."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self._fields = tuple(_Field(row, compile_expression(row.expr)) for row in flow.fields)
        self._lines = tuple(
            _Lines(lines, tuple(_Field(row, compile_expression(row.expr)) for row in lines.fields))
            for lines in flow.lines
        )
        self._title = compile_expression(flow.title_expr)
        self._applicant = compile_expression(flow.applicant_expr)
        self._partner = compile_expression(flow.partner_expr)
        self._amount = compile_expression(flow.amount_expr) if flow.amount_expr else None
        self._currency = compile_expression(flow.currency_expr)
        self._totals = tuple(
            compile_expression(flow.options[name])
            for name in ("total_header", "total_lines")
            if name in flow.options
        )
        self.filters = tuple((each.name, compile_expression(each.expr)) for each in flow.filters)
        self.lock = LockBook(flow.lock) if flow.lock else None
        self._key_header = sorted(
            {name for each in self._fields if each.mapping.key for name in each.expression.names}
        )
        self._key_columns = self._tamper_columns()
        self.source_bills = _source_bills(flow)
        self.erp_side = self._side(flow.erp)
        self._of_header = frozenset(self.erp_side.header)
        if self.lock:
            self._key_header = sorted({*self._key_header, *(self.lock.line_names & self._of_header)})

    def _tamper_columns(self) -> dict[str, list[str]]:
        """Line fields that must not change: those of key rows of the lines, those that a key row sums up, and those by
        which a line is held to its locked price."""
        found: dict[str, set[str]] = {lines.mapping.source: set() for lines in self._lines}
        for lines in self._lines:
            for each in lines.fields:
                if each.mapping.key:
                    found[lines.mapping.source] |= each.expression.names
        for each in self._fields:
            if each.mapping.key:
                for table, names in each.expression.tables.items():
                    found.setdefault(table, set()).update(names)
        if self.lock:
            found.setdefault(self.lock.lock.lines, set()).update(self.lock.line_names)
        if gate := self.flow.gate:
            found.setdefault(gate.table, set()).update(_gate_columns(gate))
        return {table: sorted(_read(names)) for table, names in found.items()}

    def _side(self, side: ErpSide) -> ErpSide:
        """The ERP side with every field that any expression reads."""
        own = [each.expression for each in self._fields]
        own += [self._title, self._applicant, self._partner, self._currency, *self._totals]
        own += [self._amount] if self._amount else []
        own += [expression for _, expression in self.filters]
        if gate := self.flow.gate:
            own.append(compile_expression(gate.total))
        header = {name for expression in own for name in expression.names}
        header |= {gate.company, gate.supplier, gate.currency} if gate else set()
        header |= {name for name in (side.company_field, side.maker_field) if name}
        tables: dict[str, set[str]] = {lines.mapping.source: set() for lines in self._lines}
        for lines in self._lines:
            for each in lines.fields:
                tables[lines.mapping.source] |= each.expression.names
        for expression in own:
            for table, names in expression.tables.items():
                tables.setdefault(table, set()).update(names)
        if gate:
            tables.setdefault(gate.table, set()).update(_gate_columns(gate))
        if paid := self.flow.sources:
            tables.setdefault(paid.table, set()).update((paid.form, paid.number, paid.amount))
        if self.lock:
            tables.setdefault(self.lock.lock.lines, set()).update(self.lock.line_names)
        return replace(
            side,
            header=tuple(sorted(header)),
            tables={table: tuple(sorted(_read(names) - header)) for table, names in tables.items()},
        )

    def reading_for(self, older: Iterable[Translator]) -> ErpSide:
        """The ERP side, and with it what tells whether a bill sent with an older version has changed since."""
        header = set(self.erp_side.header)
        tables = {table: set(names) for table, names in self.erp_side.tables.items()}
        for each in older:
            header |= set(each._key_header)
            for table, names in each._key_columns.items():
                tables.setdefault(table, set()).update(set(names) - each._of_header)
        return replace(
            self.erp_side,
            header=tuple(sorted(header)),
            tables={table: tuple(sorted(names)) for table, names in tables.items()},
        )

    def kept_out_by(self, bill: Bill) -> str:
        """The name of the filter that keeps the bill out, or ""."""
        scope = Scope(bill.header, bill.lines)
        return next((name for name, expression in self.filters if not expression.value(scope)), "")

    def shown(self, bill: Bill) -> tuple[str, Money | None]:
        """Partner and amount, as lists show them."""
        scope = Scope(bill.header, bill.lines)
        if self._amount is None:
            return text_of(self._partner.value(scope)), None
        amount = _number(self._amount, scope)
        return text_of(self._partner.value(scope)), Money(amount, text_of(self._currency.value(scope)))

    def totals(self, bill: Bill) -> tuple[Decimal, Decimal] | None:
        """Header total and sum of the lines, where the flow names both."""
        if len(self._totals) != 2:
            return None
        scope = Scope(bill.header, bill.lines)
        header, lines = (_number(each, scope) for each in self._totals)
        return header, lines

    def draft(
        self,
        bill: Bill,
        key: str,
        lookup: Lookup,
        fallback_applicant: str,
        locks: Mapping[str, Row] = _NO_LOCKS,
    ) -> RequestDraft:
        """What the OA is to get. Every gap is collected: one MAP-502 names them all.

        locks: what a row may show of a line's price lock (lock.price, lock.inquiry, lock.gap), by entry id.

        Raises MAP-501 for an empty required field, MAP-506 where nobody can be the applicant, DAT-4xx.
        """
        gathering = Gathering(lookup)
        scope = Scope(bill.header, bill.lines, base=gathering)
        fields = {each.mapping.target: self._text(each, scope) for each in self._fields}
        details = {lines.mapping.target: self._rows(lines, bill, scope, locks) for lines in self._lines}
        title = text_of(self._title.value(scope))
        applicant = self._who(bill, lookup, fallback_applicant)
        gathering.refuse(bill.ref.number)
        self._require(fields, details)
        return RequestDraft(key, title, applicant, fields, details, gathering.fallbacks())

    def _who(self, bill: Bill, lookup: Lookup, fallback: str) -> str:
        try:
            found = text_of(self._applicant.value(Scope(bill.header, bill.lines, base=lookup)))
        except SyncError:
            found = ""
        if not (found or fallback):
            raise SyncError(ErrorCode.APPLICANT_UNMAPPED, person=bill.maker, number=bill.ref.number)
        return found or fallback

    def _text(self, each: _Field, scope: Scope) -> str:
        return text_for(each.mapping, each.expression.value, scope)

    def _rows(
        self, lines: _Lines, bill: Bill, scope: Scope, locks: Mapping[str, Row]
    ) -> tuple[Mapping[str, str], ...]:
        rows = []
        for entry_id, line in bill.lines.get(lines.mapping.source, {}).items():
            inner = replace(scope, line={**line, **locks.get(entry_id, {})}, entry_id=entry_id)
            rows.append({each.mapping.target: self._text(each, inner) for each in lines.fields})
        return tuple(rows)

    def _require(
        self, fields: Mapping[str, str], details: Mapping[str, tuple[Mapping[str, str], ...]]
    ) -> None:
        missing = [each.mapping.target for each in self._fields if each.mapping.required]
        missing = [target for target in missing if not fields[target]]
        for lines in self._lines:
            for each in lines.fields:
                target = each.mapping.target
                if each.mapping.required and any(not row[target] for row in details[lines.mapping.target]):
                    missing.append(f"{lines.mapping.target}.{target}")
        if missing:
            raise SyncError(ErrorCode.FIELD_UNMAPPED, flow=self.flow.id, target=", ".join(missing))

    # --- what must not change --------------------------------------------------------------------------------------
    def tamper_values(self, bill: Bill) -> dict[str, str]:
        """Every tamper field's value by a readable path, canonical: equal content gives equal text."""
        values = {name: _canonical(bill.header.get(name)) for name in self._key_header}
        for source, names in self._key_columns.items():
            table = bill.lines.get(source, {})
            values[source] = ",".join(sorted(table))
            for entry_id, line in table.items():
                for name in names:  # a header's value is not the line's, though another version read both
                    own = None if name in self._of_header else line.get(name)
                    values[f"{source}[{entry_id}].{name}"] = _canonical(own)
        return values

    def digest(self, bill: Bill) -> str:
        """SHA-256 over the tamper fields."""
        values = self.tamper_values(bill)
        text = "\x1e".join(f"{path}\x1f{values[path]}" for path in sorted(values))
        return hashlib.sha256(text.encode()).hexdigest()

    def differences(self, snapshot: Mapping[str, Any], bill: Bill) -> list[Difference]:
        """Which tamper fields differ between what was sent and the bill as it lies there now."""
        before, after = self.tamper_values(bill_of(snapshot, bill)), self.tamper_values(bill)
        return [
            Difference(path, before.get(path, ""), after.get(path, ""))
            for path in sorted(before.keys() | after.keys())
            if before.get(path, "") != after.get(path, "")
        ]

    def changed_on_form(self, mapped: Mapping[str, Any], request: OaRequest) -> list[Difference]:
        """Tamper fields whose value on the OA's form is not what was sent (an approver edited it)."""
        found = []
        for each in self._fields:
            if each.mapping.key:
                found += _differs(each.mapping.target, mapped["fields"], request.fields)
        for lines in self._lines:
            found += self._changed_rows(lines, mapped, request)
        return found

    def _changed_rows(self, lines: _Lines, mapped: Mapping[str, Any], request: OaRequest) -> list[Difference]:
        target = lines.mapping.target
        sent, there = list(mapped["details"].get(target, ())), list(request.details.get(target, ()))
        if len(sent) != len(there):
            return [Difference(target, str(len(sent)), str(len(there)))]
        keys = [each.mapping.target for each in lines.fields if each.mapping.key]
        by_id = next((each.mapping.target for each in lines.fields if each.mapping.expr == "entry_id"), "")
        rows = {text_of(row.get(by_id)): row for row in there} if by_id else {}
        found = []
        for index, row in enumerate(sent):
            other = rows.get(row[by_id], {}) if by_id else there[index]
            for key in keys:
                found += _differs(key, row, other, prefix=f"{target}[{row.get(by_id, index)}].")
        return found


def _source_bills(flow: Flow) -> dict[str, SourceReading]:
    """The kinds of source bills by form. Raises PER-703 where the amounts of one need more than one of its tables."""
    found = {}
    for each in flow.sources.bills if flow.sources else ():
        both = compile_expression(each.payable), compile_expression(each.unpaid)
        header = {each.number_field}.union(*(expression.names for expression in both))
        tables: dict[str, set[str]] = {}
        for expression in both:
            for table, names in expression.tables.items():
                tables.setdefault(table, set()).update(names)
        if len(tables) > 1:
            said = f"{each.erp.form}: {', '.join(sorted(tables))}"
            raise SyncError(ErrorCode.FLOW_FILE_WRONG, file=flow.id, line="sources", said=said)
        side = replace(
            each.erp, header=tuple(sorted(header)),
            tables={table: tuple(sorted(names - header)) for table, names in tables.items()},
        )  # fmt: skip
        found[each.erp.form] = SourceReading(side, each.number_field, *both)
    return found


def text_for(row: FieldMapping, value: Callable[[Scope], Value], scope: Scope) -> str:
    """What a row writes into the OA's form."""
    try:
        return text_of(value(scope)) or row.default
    except SyncError as error:
        if error.facts.get("field") == "":
            error.facts["field"] = row.target
        raise


def _gate_columns(gate: Gate) -> set[str]:
    """Line fields that say which claim a line takes off, and how much."""
    named = {gate.claim, gate.source_type, gate.source_number} - {""}
    return named | compile_expression(gate.deducted).names


def snapshot_of(bill: Bill) -> dict[str, Any]:
    """The bill as plain values, for keeping."""
    return {
        "number": bill.ref.number,
        "maker": bill.maker,
        "changed_at": bill.changed_at.isoformat() if bill.changed_at else "",
        "header": dict(bill.header),
        "lines": {
            table: {entry: dict(row) for entry, row in rows.items()} for table, rows in bill.lines.items()
        },
    }


def bill_of(snapshot: Mapping[str, Any], like: Bill) -> Bill:
    """A kept snapshot as a bill again."""
    return replace(like, header=snapshot.get("header", {}), lines=snapshot.get("lines", {}))


def mapped_of(draft: RequestDraft) -> dict[str, Any]:
    """The draft as plain values, for keeping; "fallbacks" only where a stand-in was taken."""
    details = {table: [dict(row) for row in rows] for table, rows in draft.details.items()}
    kept = {"title": draft.title, "sent_as": draft.sent_as, "fields": dict(draft.fields), "details": details}
    return {**kept, "fallbacks": [list(each) for each in draft.fallbacks]} if draft.fallbacks else kept


def _canonical(value: Value) -> str:
    if isinstance(value, Decimal):
        text = format(value, "f")
        return (text.rstrip("0").rstrip(".") if "." in text else text) if value else "0"
    return text_of(value).strip()


def _number(expression: Expression, scope: Scope) -> Decimal:
    """The expression's value. Raises DAT-408, which names the expression where it cannot name a field."""
    try:
        return decimal_of(expression.value(scope))
    except SyncError as error:
        if error.facts.get("field") == "":
            error.facts["field"] = expression.text
        raise


def _differs(name: str, sent: Mapping[str, Any], there: Row, prefix: str = "") -> list[Difference]:
    before, after = text_of(sent.get(name)), text_of(there.get(name))
    if before == after or _same_number(before, after):
        return []
    return [Difference(prefix + name, before, after)]


def _same_number(left: str, right: str) -> bool:
    try:
        return decimal_of(left) == decimal_of(right)
    except SyncError:
        return False


def _read(names: set[str]) -> set[str]:
    """Without what is no field of the ERP's."""
    return {name for name in names if not name.startswith("lock.")}
