"""What an audited price adjustment does to the price lists it names: old rows end, new rows begin, none ever overlap."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from desktop.sandbox.erp_bill import ErpBill, Refusal
from desktop.sandbox.erp_save import LINE_ID

_TABLE = "FPriceListEntry"
_BAND = ("FFromQty", "FToQty")
_CARRIED = (
    "FMaterialId",
    "FUnitID",
    *_BAND,
    "FPrice",
    "FTaxPrice",
    "FTaxRate",
    "FEntryEffectiveDate",
    "FEntryExpiryDate",
    "FNote",
)
_DAY = timedelta(days=1)
_ALWAYS, _FOR_EVER = (datetime.fromisoformat(day) for day in ("1900-01-01", "9999-01-01"))
_ENDLESS = Decimal("1e15")

Line = dict[str, Any]


def apply_adjustment(bill: ErpBill, new_line_id: Callable[[], int]) -> None:
    """Each line of the adjustment that names a price list becomes a row there; the row it replaces ends the day before.

    Raises Refusal, and changes nothing, where a row would overlap another one that it does not replace.
    """
    staged: dict[int, tuple[ErpBill, list[Line]]] = {}
    for line in bill.entries.get("FPATEntry", ()):
        price_list = line.get("FPriceListId")
        if price_list is None:
            continue
        _, rows = staged.setdefault(
            price_list.id, (price_list, [dict(row) for row in price_list.entries.get(_TABLE, ())])
        )
        fresh = {LINE_ID: 0, **{key: line.get(key) for key in _CARRIED}}
        for row in rows:
            if overlap(row, fresh):
                _give_way(row, fresh, price_list)
        rows.append(fresh)
    for price_list, rows in staged.values():
        for row in rows:
            row[LINE_ID] = row[LINE_ID] or new_line_id()
        price_list.entries[_TABLE] = rows


def overlap(row: Line, other: Line) -> bool:
    """Do two rows of one list give a price for the same material, unit, quantity and day?"""
    if any(row.get(key) is not other.get(key) for key in ("FMaterialId", "FUnitID")):
        return False
    (from_a, to_a), (from_b, to_b) = _band(row), _band(other)
    (first_a, last_a), (first_b, last_b) = _days(row), _days(other)
    if last_a < first_a or last_b < first_b:
        return False
    return from_a < to_b and from_b < to_a and first_a <= last_b and first_b <= last_a


def _give_way(row: Line, fresh: Line, price_list: ErpBill) -> None:
    material = fresh["FMaterialId"].number if fresh.get("FMaterialId") else ""
    if _band(row) != _band(fresh):
        raise Refusal(f"价目表{price_list.number}物料{material}的数量段与已有价格交叉，不允许审核！")
    if row[LINE_ID] == 0:
        raise Refusal(f"物料{material}在本调价单中重复，不允许审核！")
    begins = _days(fresh)[0]
    if _days(row)[0] > begins:
        raise Refusal(f"价目表{price_list.number}物料{material}已有更晚生效的价格，不允许审核！")
    row["FEntryExpiryDate"] = begins - _DAY


def _band(row: Line) -> tuple[Decimal, Decimal]:
    return row.get("FFromQty") or Decimal(0), row.get("FToQty") or _ENDLESS


def _days(row: Line) -> tuple[datetime, datetime]:
    return row.get("FEntryEffectiveDate") or _ALWAYS, row.get("FEntryExpiryDate") or _FOR_EVER
