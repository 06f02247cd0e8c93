"""Kingdee K/3 WISE: vouchers, which have calls of their own: no pages, no template, no review.

UpdateVoucher makes one; its id stands at the end of the answer's message. A voucher is found by its reference, where our key
is. A flow names a line's sides FDebit and FCredit, and a dimension by its class: "D002.FNumber" is the department's number.
Source: reference kingdee-k3wise, section 6.4; what QueryVoucher takes is inferred.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal
from typing import Any

from desktop.connectors.k3wise import words
from desktop.connectors.k3wise.answers import refusal
from desktop.connectors.k3wise.client import Client
from desktop.connectors.k3wise.shapes import is_yes, leaf, plain, quoted, text_of
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import ErpSide
from desktop.domain.record import Bill, BillDraft, BillHead, BillStatus, FieldInfo, Ref, Row, Value
from desktop.domain.system import System

FORM = "VoucherData"
LINES = "Entries"
KEY = "FReference"
_ID = re.compile(r"(\d+)\D*$")
_DIMENSION = re.compile(r"D(\d{3})\.FNumber")
_NUMBERS = frozenset(
    ("FNumber", "FYear", "FPeriod", "FAttachments", "FAmount", "FAmountFor", "FExchangeRate")
)
_HEAD = (
    "FNumber", "FDate", "FTransDate", "FYear", "FPeriod", "FGroup", "FExplanation", KEY, "FAttachments", "FPreparer",
)  # fmt: skip
_LINE = (
    "FAccountNumber",
    "FCurrencyNumber",
    "FExchangeRate",
    "FExplanation",
    "FAmountFor",
    "FDebit",
    "FCredit",
)
_DIMENSIONS = 20


@dataclass(frozen=True, slots=True)
class _Side:
    """A line's side, as the interface says it: 1 debit, 0 credit."""

    dc: int
    amount: Decimal


class Vouchers:
    """Vouchers of one account set. Option of the system: checker (who prepares them)."""

    def __init__(self, client: Client, system: System, zone: tzinfo) -> None:
        self._client, self._system, self._zone = client, system, zone

    def fields(self) -> tuple[FieldInfo, ...]:
        """What a flow may name; there is no template that would tell."""
        dimensions = [f"D{number:03d}" for number in range(1, _DIMENSIONS + 1)]
        heads = [FieldInfo("", name, name, "number" if name in _NUMBERS else "text") for name in _HEAD]
        return (*heads, *(FieldInfo(LINES, name, name, "text") for name in (*_LINE, *dimensions)))

    def save(self, side: ErpSide, draft: BillDraft) -> Ref:
        """A new voucher with our key as its reference. Raises the ERP's refusal."""
        rows = draft.lines.get(LINES, ())
        made = {**draft.header, KEY: draft.key}
        day = _day(text_of(made.get("FDate")))
        head: dict[str, Any] = {
            "FVoucherID": 0, "FNumber": 0, "FSerialNum": 0, "FTransDate": day.isoformat(), "FYear": day.year,
            "FPeriod": day.month, "FReference": draft.key, "FAttachments": 0, "FCashier": "NONE", "FPoster": "NONE",
            "FHandler": "", "FPreparer": self._system.options.get("checker", "").split(",")[0].strip(),
        }  # fmt: skip
        head |= {name: value for name, value in made.items() if value is not None}
        head |= {LINES: [_entry(place, row) for place, row in enumerate(rows)], "CashFlow": []}
        reply = self._client.effect(FORM, "UpdateVoucher", {"Replace": "false", "Voucher": head})
        if not reply.ok:
            raise refusal(self._system.id, FORM, "", reply)
        found = _ID.search(reply.message)
        if found is None:
            raise SyncError(ErrorCode.OUTCOME_UNKNOWN, step="UpdateVoucher", number="", key=draft.key)
        return Ref(self._system.id, FORM, found[1], found[1])

    def by_ids(self, side: ErpSide, keys: Sequence[str]) -> dict[str, Bill]:
        """Vouchers by id, a call for each."""
        found: dict[str, Bill] = {}
        for key in dict.fromkeys(key for key in keys if key.isascii() and key.isdigit()):
            for told in self._query({"FVoucherID": int(key)}):
                if text_of(told.get("FVoucherID")) == key:
                    found[key] = self._bill(side, told)
        return found

    def with_keys(self, side: ErpSide, keys: Sequence[str]) -> dict[str, list[BillHead]]:
        """Vouchers by their reference, letter by letter."""
        found: dict[str, list[BillHead]] = {}
        for key in dict.fromkeys(keys):
            for told in self._query({"Data": {"Filter": f"[{KEY}] = {quoted(key)}"}}):
                if text_of(told.get(KEY)) == key:
                    found.setdefault(key, []).append(self.head(side, self._bill(side, told), key))
        return found

    def head(self, side: ErpSide, bill: Bill, key: str = "") -> BillHead:
        """The head of a voucher."""
        return BillHead(bill.ref, bill.status, bill.maker, None, key or text_of(bill.header.get(KEY)))

    def _query(self, body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        reply = self._client.read(FORM, "QueryVoucher", dict(body))
        if not reply.ok and words.says_not_found(reply.said):
            return []
        if not reply.ok:
            raise refusal(self._system.id, FORM, "", reply)
        told = reply.data if isinstance(reply.data, list) else [reply.data]
        return [each for each in told if isinstance(each, dict) and each.get("FVoucherID")]

    def _bill(self, side: ErpSide, told: Mapping[str, Any]) -> Bill:
        """What people call a voucher: its word and its number within the period."""
        key = text_of(told.get("FVoucherID"))
        number = f"{text_of(told.get('FGroup'))}-{text_of(told.get('FNumber'))}"
        status = BillStatus.AUDITED if is_yes(told.get("FChecked")) else BillStatus.CREATED
        header = {name: plain(leaf(told, name), numeric=name in _NUMBERS) for name in (*side.header, KEY)}
        names = side.tables.get(LINES, ())
        rows = told.get(LINES)
        entries: Iterable[Any] = rows if isinstance(rows, list) else ()
        lines = {
            str(place): {name: _line_value(row, name) for name in names}
            for place, row in enumerate(entries, start=1)
            if isinstance(row, dict)
        }
        maker = text_of(told.get("FPreparer"))
        return Bill(Ref(self._system.id, FORM, key, number), status, header, {LINES: lines}, maker, None)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise SyncError(ErrorCode.NOT_A_DATE, certain=True, field="FDate", value=text[:40]) from None


def _entry(place: int, row: Row) -> dict[str, Any]:
    """One line: FDebit or FCredit as FDC and amount, dimensions as DetailEntries."""
    side = _side(row)
    entry: dict[str, Any] = {
        "FEntryID": place, "FAccountName": "", "FCurrencyName": "", "FExchangeRate": 1, "FAmount": side.amount,
        "FAmountFor": side.amount, "FDC": side.dc, "FQuantity": 0, "FUnitPrice": 0, "FMeasureUnit": None,
        "FMeasureUnitUUID": None, "FSettleNo": None, "FSettleTypeName": "", "FTransNo": "",
    }  # fmt: skip
    dimensions = []
    for name, value in row.items():
        if name in ("FDebit", "FCredit") or value in (None, ""):
            continue
        if found := _DIMENSION.fullmatch(name):
            told = {
                "FTypeNumber": found[1],
                "FTypeName": "",
                "FDetailNumber": text_of(value),
                "FDetailName": "",
            }
            dimensions.append(told)
        else:
            entry[name] = value
    return {**entry, "DetailEntries": dimensions}


def _side(row: Row) -> _Side:
    debit, credit = (plain(row.get(name), numeric=True) for name in ("FDebit", "FCredit"))
    if isinstance(debit, Decimal) and debit:
        return _Side(1, debit)
    return _Side(0, credit if isinstance(credit, Decimal) else Decimal(0))


def _line_value(row: Mapping[str, Any], name: str) -> Value:
    if name in ("FDebit", "FCredit"):
        mine = text_of(row.get("FDC")) == ("1" if name == "FDebit" else "0")
        return plain(row.get("FAmount"), numeric=True) if mine else None
    if found := _DIMENSION.fullmatch(name):
        held = row.get("DetailEntries")
        return next(
            (
                text_of(each.get("FDetailNumber"))
                for each in (held if isinstance(held, list) else ())
                if isinstance(each, dict) and text_of(each.get("FTypeNumber")) == found[1]
            ),
            "",
        )
    return plain(leaf(row, name), numeric=name in _NUMBERS)
