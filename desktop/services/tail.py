"""Tail differences: each line as the ERP and as the OA's form have it, quantity times price beside both, and which line takes
up the fen that are left. Read live; changes nothing. What is above the tolerance is no tail, and nothing is proposed.

Names of the fields stand in the flow file's [options]: tail_table, tail_qty, tail_price, tail_rate, tail_discount, tail_total;
tail_absorbs ("largest" or "last" line), tail_fen (tolerance of a whole bill).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, cast

from desktop.connectors.base import ErpConnector, OaConnector
from desktop.domain.document import Document
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import Flow, FlowKind, LineMapping
from desktop.domain.record import Bill, OaRequest, Row
from desktop.sync.functions import exact

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

_HUNDRED, _ZERO = Decimal(100), Decimal(0)
TOLERANCE_FEN = 5


@dataclass(frozen=True, slots=True)
class Amounts:
    """One line in one system. worked_out: quantity times price, after discount, rounded half up. tax: within the total."""

    qty: Decimal
    price: Decimal
    worked_out: Decimal
    tax: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class TailLine:
    """One line of both. oa: None where the form does not show it. gap: the form's total less the bill's. absorbs: this line
    takes up what is left of the whole bill."""

    entry: str
    erp: Amounts
    oa: Amounts | None
    gap: Decimal
    absorbs: bool = False


@dataclass(frozen=True, slots=True)
class Tail:
    """The whole bill. gap: the form's amount less the bill's. within: a tail, that one line may take up."""

    lines: tuple[TailLine, ...]
    erp_total: Decimal
    oa_total: Decimal | None
    gap: Decimal
    tolerance: Decimal
    rule: str

    @property
    def within(self) -> bool:
        """True where every line and the whole stay within the tolerance, and there is something to take up."""
        gaps = [self.gap, *(line.gap for line in self.lines)]
        seen = self.oa_total is not None and all(line.oa is not None for line in self.lines)
        return seen and any(gaps) and all(abs(gap) <= self.tolerance for gap in gaps)


@dataclass(frozen=True, slots=True)
class _Names:
    table: str
    qty: str
    price: str
    rate: str
    discount: str
    total: str

    @classmethod
    def of(cls, flow: Flow) -> _Names | None:
        told = {name: flow.options.get(f"tail_{name}", "") for name in cls.__slots__}
        return cls(**told) if told["table"] and told["qty"] and told["price"] and told["total"] else None


class Tails:
    """Answers for one document at a time."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def of(self, document_id: int) -> Tail | None:
        """None where the flow names no fields for it, or the document has no request. Raises what the systems' lines raise."""
        found = self._workspace.ledger.by_ids([document_id])
        if not found:
            raise SyncError(ErrorCode.RECORD_MISSING, system="", number=str(document_id))
        document = found[0]
        self._workspace.people.demand_seat("read", document.route_id)
        flow = self._workspace.flow_for(document.route_id, document.flow_id)
        names = _Names.of(flow) if flow is not None and flow.kind is FlowKind.APPROVAL else None
        link = self._workspace.ledger.links([document]).get(document.id)
        if flow is None or names is None or link is None:
            return None
        bill, request = self._read(document, flow, names, link.oa)
        return compare(flow, bill, request)

    def _read(self, document: Document, flow: Flow, names: _Names, request: Any) -> tuple[Bill, OaRequest]:
        catalog = self._workspace.catalog
        fields = tuple(
            name for name in (names.qty, names.price, names.rate, names.discount, names.total) if name
        )
        side = replace(flow.erp, header=(flow.amount_expr,), tables={names.table: fields})
        route = next(each for each in catalog.routes() if each.id == document.route_id)
        switch = route.switch(document.flow_id)
        erp = cast(ErpConnector, self._workspace.connect(catalog.system(document.source.system_id)))
        oa = cast(OaConnector, self._workspace.connect(catalog.system(request.system_id)))
        try:
            bill = erp.read_bills(side, [document.source.key]).get(document.source.key)
            if bill is None:
                raise SyncError(
                    ErrorCode.RECORD_MISSING, system=document.source.system_id, number=document.source.number
                )
            return bill, oa.read_request(
                replace(flow.oa, workflow=switch.workflow if switch else ""), request
            )
        finally:
            erp.close()
            oa.close()


def compare(flow: Flow, bill: Bill, request: OaRequest) -> Tail | None:
    """Pure: both sides line by line, matched by the entry id that the form carries."""
    names = _Names.of(flow)
    mapping = next((each for each in flow.lines if names and each.source == names.table), None)
    if names is None or mapping is None:
        return None
    rows = _rows_by_entry(mapping, request)
    lines = []
    for entry, row in bill.lines.get(names.table, {}).items():
        erp = _amounts(row, names)
        oa = _form_amounts(rows.get(entry), mapping, names, erp)
        lines.append(TailLine(entry, erp, oa, oa.total - erp.total if oa else _ZERO))
    header = next((each.target for each in flow.fields if _names(each.expr, flow.amount_expr)), "")
    erp_total = _number(bill.header.get(flow.amount_expr))
    oa_total = _number(request.fields.get(header)) if header and request.fields.get(header) else None
    gap = oa_total - erp_total if oa_total is not None else _ZERO
    rule = "last" if flow.options.get("tail_absorbs") == "last" else "largest"
    tail = Tail(tuple(lines), erp_total, oa_total, gap, _tolerance(flow), rule)
    return replace(tail, lines=_with_absorber(tail)) if tail.within else tail


def _with_absorber(tail: Tail) -> tuple[TailLine, ...]:
    places = range(len(tail.lines))
    chosen = (
        max(places)
        if tail.rule == "last"
        else max(places, key=lambda at: (abs(tail.lines[at].erp.total), -at))
    )
    return tuple(replace(line, absorbs=at == chosen) for at, line in enumerate(tail.lines))


def _tolerance(flow: Flow) -> Decimal:
    told = flow.options.get("tail_fen", "")
    return (Decimal(told) if told.isdigit() else Decimal(TOLERANCE_FEN)) / _HUNDRED


def _rows_by_entry(mapping: LineMapping, request: OaRequest) -> dict[str, Row]:
    by = next((each.target for each in mapping.fields if each.expr == "entry_id"), "")
    return {str(row.get(by) or ""): row for row in request.details.get(mapping.target, ())} if by else {}


def _amounts(row: Mapping[str, Any], names: _Names) -> Amounts:
    rate, discount = (_number(row.get(name)) if name else _ZERO for name in (names.rate, names.discount))
    qty, price, total = (_number(row.get(name)) for name in (names.qty, names.price, names.total))
    return _worked_out(qty, price, rate, discount, total)


def _form_amounts(
    row: Mapping[str, Any] | None, mapping: LineMapping, names: _Names, erp: Amounts
) -> Amounts | None:
    """What the form shows; a price or quantity that it does not carry is the bill's own."""
    total = _shown(row, mapping, names.total)
    if row is None or total is None:
        return None
    qty, price, rate = (
        _shown(row, mapping, name) if name else None for name in (names.qty, names.price, names.rate)
    )
    discount = _shown(row, mapping, names.discount) if names.discount else None
    return _worked_out(
        erp.qty if qty is None else qty,
        erp.price if price is None else price,
        rate or _ZERO,
        discount or _ZERO,
        total,
    )


def _shown(row: Mapping[str, Any] | None, mapping: LineMapping, field: str) -> Decimal | None:
    target = next((each.target for each in mapping.fields if _names(each.expr, field)), "")
    return (
        _number(row.get(target)) if row is not None and target and row.get(target) not in (None, "") else None
    )


def _worked_out(qty: Decimal, price: Decimal, rate: Decimal, discount: Decimal, total: Decimal) -> Amounts:
    worked = exact(qty * price * (1 - discount / _HUNDRED), 2)
    tax = exact(total - total / (1 + rate / _HUNDRED), 2) if rate > -_HUNDRED else _ZERO
    return Amounts(qty, price, worked, tax, total)


def _names(expression: str, field: str) -> bool:
    return bool(field) and re.search(rf"(?<![\w.]){re.escape(field)}(?![\w.])", expression) is not None


def _number(value: Any) -> Decimal:
    try:
        found = Decimal(str(value).replace(",", ""))
    except InvalidOperation:
        return _ZERO
    return found if found.is_finite() else _ZERO


def told(lines: Sequence[TailLine]) -> Sequence[TailLine]:
    """Only the lines that say something: those that differ, and the one that takes it up."""
    return [
        line
        for line in lines
        if line.gap or line.absorbs or line.oa is None or line.erp.worked_out != line.erp.total
    ]
