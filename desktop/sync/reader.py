"""What a rule compares a bill with: other bills of the ERP, by the value of a field. One Reader for each pass.

A rule says beforehand what it wants of a batch of bills; the wants of the whole batch are read together, one call for each
form and field, and kept for the pass. A rule that wants nothing costs no call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from desktop.connectors.base import ErpConnector
from desktop.domain.flow import ErpSide
from desktop.domain.record import Bill
from desktop.sync.days import day_of
from desktop.sync.expression import text_of


@dataclass(frozen=True, slots=True)
class Want:
    """Bills of `side` (whatever their status) whose `field` equals `value`, with their lines that match.

    side:  form, header and one table at most, with the fields to be read; `field` must be among them.
    """

    side: ErpSide
    field: str
    value: str


_Key = tuple[str, str, tuple[str, ...], tuple[tuple[str, tuple[str, ...]], ...]]


class Reader:
    """Reads wants, a batch at a time, and keeps the answers for the pass. Raises what the connector raises.

    today: the day of the look in the ERP's zone, ISO; "" = by this machine's clock.
    """

    def __init__(self, erp: ErpConnector, today: str = "") -> None:
        self._erp = erp
        self.today = today or day_of(erp.system, datetime.now(UTC))
        self._found: dict[_Key, dict[str, list[Bill]]] = {}

    def gather(self, wants: Iterable[Want]) -> None:
        """Reads what is not known yet."""
        asked: dict[_Key, tuple[Want, dict[str, None]]] = {}
        for want in wants:
            if want.value and want.value not in self._found.get(_key(want), {}):
                asked.setdefault(_key(want), (want, {}))[1][want.value] = None
        for key, (want, values) in asked.items():
            self._read(key, want, list(values))

    def bills(self, want: Want) -> Sequence[Bill]:
        """The bills of one want, in the ERP's order; () for an empty value."""
        self.gather([want])
        return self._found.get(_key(want), {}).get(want.value, ())

    def _read(self, key: _Key, want: Want, values: list[str]) -> None:
        bills = self._erp.bills_with(want.side, want.field, values)
        found = self._found.setdefault(key, {})
        for value in values:
            found[value] = [cut for bill in bills if (cut := _only(bill, want.side, want.field, value))]


def _only(bill: Bill, side: ErpSide, field: str, value: str) -> Bill | None:
    """The bill with those of its lines where `field` equals `value`; None where it is another bill's answer."""
    if field in side.header:
        return bill if text_of(bill.header.get(field)) == value else None
    lines = {
        table: {entry: row for entry, row in rows.items() if text_of(row.get(field)) == value}
        for table, rows in bill.lines.items()
    }
    return (
        Bill(bill.ref, bill.status, bill.header, lines, bill.maker, bill.changed_at)
        if any(lines.values())
        else None
    )


def _key(want: Want) -> _Key:
    tables = tuple((table, tuple(fields)) for table, fields in want.side.tables.items())
    return (want.side.form, want.field, tuple(want.side.header), tables)
