"""What a payment request pays: the source bills of its lines, and how much of them is open. Reads through the reader.

A source is named by form and number; the lines of one request that pay the same source are added up. "Taken" is what other
living requests (submitted or audited) ask of the same source, those that came before this one: audited ones, then the
longer unchanged, then the lower id. So of two that together ask too much exactly one is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from desktop.domain.record import Bill, BillStatus, Row
from desktop.sync.expression import decimal_of, text_of
from desktop.sync.reader import Reader, Want
from desktop.sync.translate import SourceReading, Translator

_LIVING = (BillStatus.SUBMITTED, BillStatus.AUDITED)


@dataclass(frozen=True, slots=True)
class Paid:
    """What one request asks of one source. form "" = the line does not say what kind of bill that is."""

    form: str
    number: str
    amount: Decimal


def paid_by(bill: Bill, translator: Translator) -> list[Paid]:
    """The sources of a request's lines, each with the sum asked of it; lines without a source are left out."""
    sums: dict[tuple[str, str], Decimal] = {}
    for form, number, amount in _lines(bill, translator):
        sums[form, number] = sums.get((form, number), Decimal(0)) + amount
    return [Paid(form, number, amount) for (form, number), amount in sums.items()]


def _lines(bill: Bill, translator: Translator) -> Iterator[tuple[str, str, Decimal]]:
    named = translator.flow.sources
    if named is None:
        return
    for row in bill.lines.get(named.table, {}).values():
        number = text_of(row.get(named.number)).strip()
        if number:
            yield text_of(row.get(named.form)).strip(), number, decimal_of(row.get(named.amount))


def source_wants(bill: Bill, translator: Translator) -> Iterator[Want]:
    """The source bills themselves."""
    for paid in paid_by(bill, translator):
        yield from (_want(reading, paid.number) for reading in _readings(paid, translator))


def taken_wants(bill: Bill, translator: Translator) -> Iterator[Want]:
    """The source bills, and all requests that pay them."""
    yield from source_wants(bill, translator)
    for paid in paid_by(bill, translator):
        yield _payers(bill, translator, paid.number)


def find_source(paid: Paid, translator: Translator, reader: Reader) -> tuple[Bill, SourceReading] | None:
    """The source bill and how to read it; None where the ERP shows none, or its kind is not in the flow file."""
    for reading in _readings(paid, translator):
        for bill in reader.bills(_want(reading, paid.number)):
            if bill.status is not BillStatus.VOID:
                return bill, reading
    return None


def taken_of(paid: Paid, bill: Bill, translator: Translator, reader: Reader) -> list[tuple[str, Decimal]]:
    """Number and amount of each living request that came before this one and asks of the same source."""
    found = []
    for other in reader.bills(_payers(bill, translator, paid.number)):
        if other.ref.key == bill.ref.key or other.status not in _LIVING or _place(other) > _place(bill):
            continue
        asked = [
            amount
            for form, _, amount in _lines(other, translator)
            if form in ("", paid.form) or not paid.form
        ]
        if asked:
            found.append((other.ref.number, sum(asked, Decimal(0))))
    return found


def _place(bill: Bill) -> tuple[bool, str, int, str]:
    changed = bill.changed_at.isoformat() if bill.changed_at else ""
    return bill.status is not BillStatus.AUDITED, changed, len(bill.ref.key), bill.ref.key


def _readings(paid: Paid, translator: Translator) -> Sequence[SourceReading]:
    known = translator.source_bills
    if paid.form:
        return [known[paid.form]] if paid.form in known else []
    return list(known.values())


def _want(reading: SourceReading, number: str) -> Want:
    return Want(reading.side, reading.number_field, number)


def _payers(bill: Bill, translator: Translator, number: str) -> Want:
    named = translator.flow.sources
    assert named is not None  # only asked for where a line names a source
    columns: Row = dict.fromkeys((named.form, named.number, named.amount))
    side = replace(translator.erp_side, header=(), tables={named.table: tuple(columns)})
    return Want(side, named.number, number)
