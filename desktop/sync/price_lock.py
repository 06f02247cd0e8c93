"""The price lock: a line of a bill keeps the price that an inquiry has brought, or the bill goes back with the right one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import Bill, Row
from desktop.sync.expression import text_of
from desktop.sync.prices import Found, LockBook, Missing, PriceAsk, PriceRow, locked_price, look_up, price_on
from desktop.sync.reader import Reader, Want

NOTHING = "–"
"""Stands in a finding where there is no price."""


@dataclass(frozen=True, slots=True)
class LineLook:
    """What one line asked for and what its lock says. place: from 1, as people count lines."""

    place: int
    ask: PriceAsk
    found: Found

    def is_kept(self, *, refuse: bool) -> bool:
        """Does the line keep to its lock? refuse: what becomes of one for which no price was ever locked."""
        if self.found.row is not None:
            return locked_price(self.found.row) == price_on(self.ask, self.found.row)
        return self.found.missing is Missing.NONE and not refuse

    def told(self) -> str:
        """The line in a sentence, in no language: place, material, what stands there -> what is locked (whence)."""
        row = self.found.row or self.found.nearest
        stands, locked = self._values(row)
        whence = f" ({self._whence(row)})" if row else ""
        return f"#{self.place} {self.ask.material} {stands} → {locked}{whence}"

    def _values(self, row: PriceRow | None) -> tuple[str, str]:
        ask, missing = self.ask, self.found.missing
        if row is None:
            return f"{ask.supplier or NOTHING} {text_of(ask.tax_price)}", NOTHING
        if self.found.row is not None:
            return text_of(price_on(ask, row)), text_of(locked_price(row))
        terms = {
            Missing.CURRENCY: (ask.currency, row.currency), Missing.UNIT: (ask.unit, row.unit),
            Missing.TAX_RATE: (_percent(ask.tax_rate), _percent(row.tax_rate)),
            Missing.DAY: (ask.day, f"{row.begins}…{row.ends}"),
            Missing.BAND: (f"× {text_of(ask.qty)}", f"{text_of(row.from_qty)}…{text_of(row.to_qty) if row.to_qty else ''}"),
        }  # fmt: skip
        return terms.get(missing, (text_of(price_on(ask, row)), NOTHING)) if missing else ("", "")

    def _whence(self, row: PriceRow) -> str:
        if self.found.missing in (None, Missing.DAY, Missing.BAND, Missing.EMPTY):
            return row.inquiry
        return f"{row.inquiry} {text_of(locked_price(row))}"


def _percent(rate: Decimal | None) -> str:
    return NOTHING if rate is None else f"{text_of(rate)}%"


def wants(bill: Bill, book: LockBook) -> list[Want]:
    """The price rows that a bill's lines need: looked up by material, for all bills of a pass at once."""
    return [Want(book.lists, book.lock.find, material) for material in book.materials(bill)]


def look(bill: Bill, book: LockBook, reader: Reader, today: str) -> list[LineLook]:
    """Every line of the bill with its lock."""
    asks = book.asks(bill, today)
    rows = {
        material: book.rows(reader.bills(Want(book.lists, book.lock.find, material)))
        for material in {ask.material for ask in asks if ask.material}
    }
    return [
        LineLook(place, ask, look_up(rows.get(ask.material, ()), ask))
        for place, ask in enumerate(asks, start=1)
    ]


def objection(bill: Bill, book: LockBook, looks: Iterable[LineLook]) -> SyncError | None:
    """RUL-641: lines that left their lock, with the right price and the inquiry. RUL-642: lines without any valid price."""
    wrong = [each for each in looks if not each.is_kept(refuse=book.lock.refuse)]
    if not wrong:
        return None
    unpriced = all(each.found.row is None and each.found.nearest is None for each in wrong)
    code = ErrorCode.NO_LOCKED_PRICE if unpriced else ErrorCode.PRICE_OFF_LOCK
    told = "; ".join(each.told() for each in wrong)
    return SyncError(code, certain=True, number=bill.ref.number, lines=told)


def shown_on(bill: Bill, book: LockBook | None, reader: Reader, day: str = "") -> dict[str, Row]:
    """What the approver's form may show of each line: lock.price, lock.inquiry, lock.gap (line less lock), by entry id.

    day: of the look, "" = the reader's today. Nothing where the flow has no lock.
    """
    if book is None:
        return {}
    return {each.ask.entry_id: _shown(each) for each in look(bill, book, reader, day or reader.today)}


def _shown(each: LineLook) -> Row:
    row = each.found.row
    if row is None:
        return {"lock.price": "", "lock.inquiry": "", "lock.gap": ""}
    gap = price_on(each.ask, row) - locked_price(row)
    return {"lock.price": locked_price(row), "lock.inquiry": row.inquiry, "lock.gap": gap}
