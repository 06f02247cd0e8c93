"""Vouchers of the toy K/3 WISE: one call writes them, one asks for them; they have no pages.

Source: Kingdee K/3 WISE API platform, VoucherData (UpdateVoucher, QueryVoucher); head names as in the vendor's older SOAP type.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from desktop.sandbox import group
from desktop.sandbox.erp import Erp
from desktop.sandbox.erp_bill import ErpBill, Refusal
from desktop.sandbox.erp_fields import KEY_FIELD, NOTE_FIELD
from desktop.sandbox.k3wise_list import parse_filter
from desktop.sandbox.k3wise_view import plain

FORM, TABLE = "GL_VOUCHER", "FEntity"

_CURRENCIES = {"RMB": "PRE001", "CNY": "PRE001", "USD": "PRE007"}
_DIMENSIONS = {"001": "FFLEX6", "002": "FFLEX5", "003": "FFLEX7", "008": "FFLEX4"}
"""Item classes: 001 customer, 002 department, 003 employee, 008 supplier."""

SAVED_PREFIX = "Voucher Id: "
"""Twelve characters stand before the new id in the Message."""


class Vouchers:
    """The vouchers of one account set."""

    def __init__(self, erp: Erp) -> None:
        self._erp = erp

    def update(self, body: Mapping[str, Any], user: str, companies: frozenset[str] | None) -> ErpBill:
        """A new voucher. Raises Refusal: unbalanced, unknown account, no lines."""
        sent = body.get("Voucher")
        if not isinstance(sent, Mapping):
            raise Refusal("凭证数据格式不正确")
        if int(_number(sent.get("FVoucherID"))):
            raise Refusal("不支持覆盖已有凭证")
        entries = sent.get("Entries")
        if not isinstance(entries, list) or not entries:
            raise Refusal("凭证没有分录")
        book = min(companies) if companies else group.COMPANIES[0].number
        number = int(_number(sent.get("FNumber")))
        head = {
            "FAccountBookID": self._book(book),
            "FDate": str(sent.get("FDate") or ""),
            "FVOUCHERGROUPID": self._group(str(sent.get("FGroup") or "")),
            "FVOUCHERGROUPNO": str(number),
            "FATTACHMENTS": int(_number(sent.get("FAttachments"))),
            "FSourceBillKey": "78050206-2fa6-40e3-b7c8-bd608146fa38",
            KEY_FIELD: str(sent.get("FReference") or ""),
            NOTE_FIELD: str(sent.get("FExplanation") or ""),
        }
        lines = [self._line(entry) for entry in entries]
        return self._erp.make(FORM, head, {TABLE: lines}, user)

    def query(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Vouchers by FVoucherID, or by a Filter as GetList has it. Raises FilterError."""
        asked = body.get("Data") if isinstance(body.get("Data"), Mapping) else body
        assert isinstance(asked, Mapping)
        shown = [self.shown(bill) for bill in self._erp.bills(FORM)]
        if wanted := int(_number(asked.get("FVoucherID"))):
            return [each for each in shown if each["FVoucherID"] == wanted]
        test = parse_filter(str(asked.get("Filter") or ""))
        return [each for each in shown if test(each)]

    def shown(self, bill: ErpBill) -> dict[str, Any]:
        """A voucher as it is written."""
        head = bill.head
        return {
            "FVoucherID": bill.id,
            "FNumber": int(head.get("FVOUCHERGROUPNO") or 0),
            "FSerialNum": bill.id,
            "FDate": plain(head.get("FDate")),
            "FTransDate": plain(head.get("FBUSDATE") or head.get("FDate")),
            "FYear": head.get("FYEAR"),
            "FPeriod": head.get("FPERIOD"),
            "FGroup": head["FVOUCHERGROUPID"].name if head.get("FVOUCHERGROUPID") else "",
            "FExplanation": head.get(NOTE_FIELD) or "",
            "FReference": head.get(KEY_FIELD) or "",
            "FAttachments": head.get("FATTACHMENTS") or 0,
            "FPreparer": bill.creator.number if bill.creator else "",
            "FChecked": int(bill.status == "C"),
            "FPoster": "NONE",
            "FCashier": "NONE",
            "FDebitTotal": plain(head.get("FDEBITTOTAL")),
            "FCreditTotal": plain(head.get("FCREDITTOTAL")),
            "Entries": [_shown_line(number, line) for number, line in enumerate(bill.entries.get(TABLE, ()))],
            "CashFlow": [],
        }

    def _book(self, company: str) -> str:
        place = next((at for at, each in enumerate(group.COMPANIES, start=1) if each.number == company), 1)
        return f"{place:03d}"

    def _group(self, name: str) -> str:
        found = next((each for each in self._erp.bills("BD_VOUCHERGROUP") if each.name == name), None)
        if found is None:
            raise Refusal(f"凭证字“{name}”不存在")
        return found.number

    def _line(self, entry: Any) -> dict[str, Any]:
        if not isinstance(entry, Mapping):
            raise Refusal("凭证分录格式不正确")
        amount, is_debit = _number(entry.get("FAmount")), int(_number(entry.get("FDC"))) == 1
        currency = str(entry.get("FCurrencyNumber") or "")
        line = {
            "FEXPLANATION": str(entry.get("FExplanation") or ""),
            "FACCOUNTID": str(entry.get("FAccountNumber") or ""),
            "FCURRENCYID": _CURRENCIES.get(currency, currency),
            "FEXCHANGERATETYPE": "HLTX01_SYS",
            "FEXCHANGERATE": entry.get("FExchangeRate") or 1,
            "FAMOUNTFOR": _number(entry.get("FAmountFor")),
            "FDEBIT": amount if is_debit else Decimal(0),
            "FCREDIT": Decimal(0) if is_debit else amount,
            "FSETTLENO": entry.get("FSettleNo") or "",
        }
        details = entry.get("DetailEntries") or []
        dimensions = {
            _DIMENSIONS[str(each.get("FTypeNumber"))]: str(each.get("FDetailNumber") or "")
            for each in details
            if isinstance(each, Mapping) and str(each.get("FTypeNumber")) in _DIMENSIONS
        }
        return {**line, "FDetailID": dimensions} if dimensions else line


def _shown_line(number: int, line: Mapping[str, Any]) -> dict[str, Any]:
    debit = line.get("FDEBIT") or Decimal(0)
    account, currency = line.get("FACCOUNTID"), line.get("FCURRENCYID")
    classes = {dimension: kind for kind, dimension in _DIMENSIONS.items()}
    return {
        "FEntryID": number,
        "FAccountNumber": account.number if account else "",
        "FAccountName": account.name if account else "",
        "FCurrencyNumber": "RMB" if currency is None or currency.number == "PRE001" else currency.number,
        "FCurrencyName": currency.name if currency else "",
        "FExchangeRate": plain(line.get("FEXCHANGERATE")),
        "FAmount": plain(debit or line.get("FCREDIT") or Decimal(0)),
        "FAmountFor": plain(line.get("FAMOUNTFOR")),
        "FDC": int(bool(debit)),
        "FExplanation": line.get("FEXPLANATION") or "",
        "DetailEntries": [
            {"FTypeNumber": classes.get(key, key), "FDetailNumber": record.number, "FDetailName": record.name}
            for key, record in (line.get("FDetailID") or {}).items()
        ],
    }


def _number(value: Any) -> Decimal:
    try:
        return Decimal(str(value if value not in (None, "") else 0))
    except InvalidOperation as error:
        raise Refusal(f"“{value}”不是有效的数字") from error
