"""The price book: rows of the ERP's price lists, and which of them a line of a bill must keep to. Pure; reader.py reads.

One price for each supplier, material, unit, currency, tax flag, quantity band and day. Whatever is looked for and not found
is told with its reason; nothing found is never a price of 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum

from desktop.domain.flow import ErpSide, PriceLock
from desktop.domain.record import Bill, BillStatus, Value
from desktop.sync.expression import Expression, Scope, compile_expression, decimal_of, text_of

TODAY = "today"
"""In an expression over a line: the day of the look, in the ERP's zone."""


class Missing(Enum):
    """Why there is no locked price for a line, in the order of looking."""

    NONE = "none"
    CURRENCY = "currency"
    UNIT = "unit"
    TAX_FLAG = "tax_included"
    TAX_RATE = "tax_rate"
    DAY = "day"
    BAND = "band"
    EMPTY = "empty"
    SEVERAL = "several"


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One row of an audited price list. to_qty 0: without end; begins, ends: ISO days, "" = open; rate None: not said.

    inquiry: the number of the inquiry that it came from, else the list's own number.
    """

    company: str
    supplier: str
    material: str
    unit: str
    currency: str
    tax_included: bool | None
    tax_rate: Decimal | None
    from_qty: Decimal
    to_qty: Decimal
    price: Decimal
    tax_price: Decimal
    begins: str
    ends: str
    inquiry: str


@dataclass(frozen=True, slots=True)
class PriceAsk:
    """What one line of a bill asks for, and the unit prices that stand on it. "" or None: the flow does not say it."""

    entry_id: str
    company: str
    supplier: str
    material: str
    unit: str
    currency: str
    tax_included: bool | None
    tax_rate: Decimal | None
    qty: Decimal
    day: str
    price: Decimal | None
    tax_price: Decimal


@dataclass(frozen=True, slots=True)
class Found:
    """What looking brought: the row that holds; or why there is none, with the row that comes nearest."""

    row: PriceRow | None
    missing: Missing | None = None
    nearest: PriceRow | None = None


def look_up(rows: Iterable[PriceRow], ask: PriceAsk) -> Found:
    """The row that locks this line's price.

    Rows of the supplier and the material are narrowed by currency, unit, tax flag, rate, day and quantity band; the first
    that leaves none is the reason. So a line cannot leave its lock by another unit or currency.
    """
    mine = (ask.company, ask.supplier, ask.material)
    held = [row for row in rows if (row.company if ask.company else "", row.supplier, row.material) == mine]
    if not held or not ask.supplier:
        return Found(None, Missing.NONE)
    for missing, keep in _NARROWING:
        left = [row for row in held if keep(row, ask)]
        if not left:
            return Found(None, missing, _nearest(held, ask))
        held = left
    if len(held) > 1:
        return Found(None, Missing.SEVERAL, held[0])
    if locked_price(held[0]) <= 0:
        return Found(None, Missing.EMPTY, held[0])
    return Found(held[0])


def _nearest(rows: Sequence[PriceRow], ask: PriceAsk) -> PriceRow:
    """The one to tell: one that holds on that day, else the latest."""
    return max(rows, key=lambda row: (_on_day(row, ask), _in_band(row, ask), row.begins))


def _in_band(row: PriceRow, ask: PriceAsk) -> bool:
    """From is inside, to is outside: bands that touch leave no quantity to two of them."""
    return row.from_qty <= ask.qty and (row.to_qty == 0 or ask.qty < row.to_qty)


def _on_day(row: PriceRow, ask: PriceAsk) -> bool:
    return row.begins <= ask.day and (not row.ends or ask.day <= row.ends)


_NARROWING: tuple[tuple[Missing, Callable[[PriceRow, PriceAsk], bool]], ...] = (
    (Missing.CURRENCY, lambda row, ask: not ask.currency or row.currency == ask.currency),
    (Missing.UNIT, lambda row, ask: not ask.unit or row.unit == ask.unit),
    (Missing.TAX_FLAG, lambda row, ask: None in (row.tax_included, ask.tax_included) or row.tax_included == ask.tax_included),
    (Missing.TAX_RATE, lambda row, ask: None in (row.tax_rate, ask.tax_rate) or row.tax_rate == ask.tax_rate),
    (Missing.DAY, _on_day),
    (Missing.BAND, _in_band),
)  # fmt: skip


def locked_price(row: PriceRow) -> Decimal:
    """The price that counts: with tax, unless the list says that its prices are without."""
    return row.price if row.tax_included is False else row.tax_price


def price_on(ask: PriceAsk, row: PriceRow) -> Decimal:
    """The line's price of the same kind."""
    return ask.price if row.tax_included is False and ask.price is not None else ask.tax_price


class LockBook:
    """A flow's lock, compiled: what to read of bills and lists, and both as plain rows."""

    def __init__(self, lock: PriceLock) -> None:
        self.lock = lock
        self._row = {name: compile_expression(text) for name, text in lock.row.items()}
        self._line = {name: compile_expression(text) for name, text in lock.line.items()}
        self.line_names = frozenset(name for each in self._line.values() for name in each.names) - {TODAY}
        fields = {lock.find, *(name for each in self._row.values() for name in each.names)}
        self.lists: ErpSide = replace(lock.lists, tables={lock.table: tuple(sorted(fields))})

    def materials(self, bill: Bill) -> list[str]:
        """The materials of a bill's lines: by them the price rows are looked up."""
        return list(dict.fromkeys(ask.material for ask in self.asks(bill, "") if ask.material))

    def asks(self, bill: Bill, today: str) -> list[PriceAsk]:
        """What the lines of a bill ask for, in their order. Raises DAT-408 where a number is none."""
        found = []
        for entry_id, line in bill.lines.get(self.lock.lines, {}).items():
            said = self._said(self._line, Scope({**bill.header, TODAY: today}, bill.lines, line, entry_id))
            price = decimal_of(said["price"]) if said.get("price") not in (None, "") else None
            found.append(
                PriceAsk(
                    entry_id, text_of(said.get("company")), text_of(said.get("supplier")),
                    text_of(said.get("material")), text_of(said.get("unit")), text_of(said.get("currency")),
                    _flag(said.get("tax_included")), _rate(said.get("tax_rate")), decimal_of(said.get("qty")),
                    text_of(said.get("date", today))[:10], price, decimal_of(said.get("tax_price")),
                )
            )  # fmt: skip
        return found

    def rows(self, lists: Iterable[Bill]) -> list[PriceRow]:
        """The rows of audited price lists that are in force; those of others lock nothing."""
        found = []
        for each in lists:
            for line in (
                each.lines.get(self.lock.table, {}).values() if each.status is BillStatus.AUDITED else ()
            ):
                said = self._said(self._row, Scope(each.header, each.lines, line))
                if said.get("valid", True):
                    found.append(_price_row(said, each.ref.number))
        return found

    def _said(self, expressions: Mapping[str, Expression], scope: Scope) -> dict[str, Value]:
        return {name: expression.value(scope) for name, expression in expressions.items()}


def _price_row(said: Mapping[str, Value], number: str) -> PriceRow:
    text = {name: text_of(said.get(name)).strip() for name in said}
    return PriceRow(
        text.get("company", ""), text["supplier"], text["material"], text.get("unit", ""), text.get("currency", ""),
        _flag(said.get("tax_included")), _rate(said.get("tax_rate")), decimal_of(said.get("from_qty")),
        decimal_of(said.get("to_qty")), decimal_of(said.get("price")), decimal_of(said.get("tax_price")),
        text.get("begins", "")[:10], text.get("ends", "")[:10], text.get("inquiry", "") or number,
    )  # fmt: skip


def _flag(value: Value) -> bool | None:
    if value in (None, ""):
        return None
    return value if isinstance(value, bool) else text_of(value).strip().lower() in ("1", "true")


def _rate(value: Value) -> Decimal | None:
    return None if value in (None, "") else decimal_of(value)
