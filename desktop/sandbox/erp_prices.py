"""What an audited price adjustment does to the price lists it names: old rows end, new rows begin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from desktop.sandbox.erp_bill import ErpBill
from desktop.sandbox.erp_save import LINE_ID

_TABLE = "FPriceListEntry"
_SAME_PRICE = ("FMaterialId", "FUnitID", "FFromQty", "FToQty")
_CARRIED = (
    *_SAME_PRICE,
    "FPrice",
    "FTaxPrice",
    "FTaxRate",
    "FEntryEffectiveDate",
    "FEntryExpiryDate",
    "FNote",
)


def apply_adjustment(bill: ErpBill, new_line_id: Callable[[], int]) -> None:
    """Each line of the adjustment that names a price list becomes a row there; the row it replaces ends the day before."""
    for line in bill.entries.get("FPATEntry", ()):
        price_list = line.get("FPriceListId")
        if price_list is None:
            continue
        rows = price_list.entries.setdefault(_TABLE, [])
        begins = line.get("FEntryEffectiveDate")
        for row in rows:
            if begins and _same(row, line) and _runs_at(row, begins):
                row["FEntryExpiryDate"] = begins - timedelta(days=1)
        rows.append({LINE_ID: new_line_id(), **{key: line.get(key) for key in _CARRIED}})


def _same(row: dict[str, Any], line: dict[str, Any]) -> bool:
    return all((row.get(key) or 0) == (line.get(key) or 0) for key in _SAME_PRICE)


def _runs_at(row: dict[str, Any], at: datetime) -> bool:
    begins, ends = row.get("FEntryEffectiveDate"), row.get("FEntryExpiryDate")
    return (begins is None or begins < at) and (ends is None or ends >= at)
