"""Before an inquiry becomes anything: would its prices fit into the lists as they stand?

The ERP refuses an adjustment whose rows would overlap others, but only at its audit, when the inquiry bill stands already.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import PriceFit
from desktop.domain.record import Bill, BillStatus, Row
from desktop.sync.expression import decimal_of, text_of
from desktop.sync.reader import Reader, Want

_ENDLESS = Decimal("1e15")


@dataclass(frozen=True, slots=True)
class _Span:
    """What one row prices: which list and goods, which quantities (to is outside), which days (both inside)."""

    price_list: str
    same: tuple[str, ...]
    band: tuple[Decimal, Decimal]
    days: tuple[str, str]

    def meets(self, other: _Span) -> bool:
        """Do both price the same goods, some quantity and some day?"""
        return (
            (self.price_list, self.same) == (other.price_list, other.same)
            and self.band[0] < other.band[1] and other.band[0] < self.band[1]
            and self.days[0] <= other.days[1] and other.days[0] <= self.days[1]
        )  # fmt: skip

    def told(self) -> str:
        """In no language: list, goods, quantities, days."""
        low, high = self.band
        band = f"{text_of(low)}…{'' if high == _ENDLESS else text_of(high)}"
        return f"{self.price_list} {' '.join(self.same)} × {band} {self.days[0]}…{self.days[1]}"


def misfit(fit: PriceFit, lines: Sequence[Row], reader: Reader, number: str) -> SyncError | None:
    """RUL-643: lines that meet a price that they do not replace (another band, a later first day), or one another."""
    fresh = [_span(fit, text_of(line.get(fit.list)), line) for line in lines]
    goods = list(dict.fromkeys(text_of(line.get(fit.same[0])) for line in lines))
    fields = tuple(sorted({*fit.same, *fit.band, *fit.days}))
    side = replace(fit.lists, tables={fit.table: fields})
    wants = [Want(side, fit.same[0], each) for each in goods if each]
    reader.gather(wants)
    held = [span for want in wants for span in _held(fit, reader.bills(want))]
    wrong = [
        f"{one.told()} ≠ {other.told()}"
        for place, one in enumerate(fresh)
        for other in (*(each for each in held if not _replaces(one, each)), *fresh[:place])
        if one.meets(other)
    ]
    if not wrong:
        return None
    return SyncError(ErrorCode.PRICE_MISFIT, certain=True, number=number, lines="; ".join(wrong))


def _replaces(one: _Span, held: _Span) -> bool:
    """The same band from the same day or later: the ERP ends the old row the day before."""
    return one.band == held.band and one.days[0] >= held.days[0]


def _held(fit: PriceFit, lists: Iterable[Bill]) -> list[_Span]:
    """Rows of audited lists that price any day at all."""
    spans = [
        _span(fit, each.ref.number, row)
        for each in lists
        if each.status is BillStatus.AUDITED
        for row in each.lines.get(fit.table, {}).values()
    ]
    return [span for span in spans if span.days[0] <= span.days[1]]


def _span(fit: PriceFit, price_list: str, row: Row) -> _Span:
    said = {name: row.get(name) for name in (*fit.same, *fit.band, *fit.days)}
    low, high = (decimal_of(said[name]) for name in fit.band)
    first, last = (text_of(said[name])[:10] for name in fit.days)
    same = tuple(text_of(said[name]) for name in fit.same)
    return _Span(price_list, same, (low, high or _ENDLESS), (first, last or "9999-12-31"))
