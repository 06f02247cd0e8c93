"""What the ERP works out by itself when a bill is saved: line amounts, taxes, totals. Decimal, rounded half up."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from desktop.sandbox.erp_bill import ErpBill, Refusal

_CENT = Decimal("0.01")
_PRICE = Decimal("0.000001")
_HUNDRED = Decimal(100)
_ZERO = Decimal(0)

Line = dict[str, Any]


def work_out(bill: ErpBill) -> None:
    """Fills the computed fields of the head and the lines. Raises Refusal where an amount cannot be stored."""
    formula = _FORMULAS.get(bill.form)
    if formula is not None:
        formula(bill)


def cents(value: Decimal) -> Decimal:
    """Rounded half up to two places, as the server rounds money."""
    return value.quantize(_CENT, ROUND_HALF_UP)


def _of(line: Line, key: str) -> Decimal:
    return line.get(key) or _ZERO


def _total(bill: ErpBill, table: str, key: str) -> Decimal:
    return sum((_of(line, key) for line in bill.entries.get(table, ())), _ZERO)


def _taxed_line(line: Line, *, included: bool, net: str) -> None:
    """Price with tax leads where the bill's prices include tax, else the net price does."""
    factor = 1 + _of(line, "FEntryTaxRate") / _HUNDRED
    with_tax, without = _of(line, "FTaxPrice"), _of(line, "FPrice")
    if with_tax and (included or not without):
        without = (with_tax / factor).quantize(_PRICE, ROUND_HALF_UP)
    else:
        with_tax = (without * factor).quantize(_PRICE, ROUND_HALF_UP)
    if line.get("FIsFree"):
        with_tax = without = _ZERO
    whole = _of(line, "FQty") * with_tax * (1 - _of(line, "FDiscountRate") / _HUNDRED)
    line["FTaxPrice"], line["FPrice"] = with_tax, without
    line["FAllAmount"] = cents(whole)
    line["FEntryTaxAmount"] = cents(whole - whole / factor)
    line[net] = line["FAllAmount"] - line["FEntryTaxAmount"]


def _order(table: str, net: str) -> Callable[[ErpBill], None]:
    def work(bill: ErpBill) -> None:
        included = bill.head.get("FIsIncludedTax") is not False
        for line in bill.entries.get(table, ()):
            _taxed_line(line, included=included, net=net)
        bill.head["FBillAmount"] = _total(bill, table, net)
        bill.head["FBillTaxAmount"] = _total(bill, table, "FEntryTaxAmount")
        bill.head["FBillAllAmount"] = _total(bill, table, "FAllAmount")

    return work


def _requisition(bill: ErpBill) -> None:
    for line in bill.entries.get("FEntity", ()):
        if line.get("FApproveQty") is None:
            line["FApproveQty"] = _of(line, "FReqQty")
        line["FReqAmount"] = cents(_of(line, "FApproveQty") * _of(line, "FEvaluatePrice"))


def _payment(bill: ErpBill) -> None:
    table = "FPAYAPPLYENTRY"
    for line in bill.entries.get(table, ()):
        if not line.get("FPAYAMOUNTFOR"):
            line["FPAYAMOUNTFOR"] = _of(line, "FAPPLYAMOUNTFOR")
        line["FUnpaidAmount"] = _of(line, "FAPPLYAMOUNTFOR")
    bill.head["FAPPLYAMOUNTFOR_H"] = _total(bill, table, "FAPPLYAMOUNTFOR")
    bill.head["FPAYAMOUNTFOR_H"] = _total(bill, table, "FPAYAMOUNTFOR")


def _expense(bill: ErpBill) -> None:
    rate = bill.head.get("FExchangeRate") or Decimal(1)
    for line in bill.entries.get("FEntity", ()):
        approved, tax = _of(line, "FExpSubmitAmount"), _of(line, "FTaxSubmitAmt")
        line["FLocExpSubmitAmount"] = cents(approved * rate)
        line["FLocReqSubmitAmount"] = cents(_of(line, "FReqSubmitAmount") * rate)
        line["FLOCTAXAMOUNT"] = cents(tax * rate)
        line["FLOCNOTAXAMOUNT"] = line["FLocExpSubmitAmount"] - line["FLOCTAXAMOUNT"]
        line["FReimbNotPayAmount"] = _of(line, "FReqSubmitAmount")
    head = bill.head
    head["FExpAmountSum"] = _total(bill, "FEntity", "FExpenseAmount")
    head["FReqReimbAmountSum"] = _total(bill, "FEntity", "FExpSubmitAmount")
    head["FLocExpAmountSum"] = _total(bill, "FEntity", "FLocExpSubmitAmount")
    head["FReqAmountSum"] = _total(bill, "FEntity", "FRequestAmount")
    head["FReqPayReFoundAmountSum"] = _total(bill, "FEntity", "FReqSubmitAmount")


def _voucher(bill: ErpBill) -> None:
    debit, credit = _total(bill, "FEntity", "FDEBIT"), _total(bill, "FEntity", "FCREDIT")
    bill.head["FDEBITTOTAL"], bill.head["FCREDITTOTAL"] = debit, credit
    if debit != credit:
        raise Refusal(f"凭证借贷不平衡：借方合计{debit}，贷方合计{credit}，不允许保存！")


def _outstock(bill: ErpBill) -> None:
    for line in bill.entries.get("FEntity", ()):
        line["FAllAmount"] = cents(_of(line, "FRealQty") * _of(line, "FTaxPrice"))
    bill.head["FBillAllAmount"] = _total(bill, "FEntity", "FAllAmount")


def _payable(bill: ErpBill) -> None:
    for line in bill.entries.get("FEntityDetail", ()):
        line["FALLAMOUNTFOR_D"] = cents(_of(line, "FPriceQty") * _of(line, "FTaxPrice"))
    whole = bill.head["FALLAMOUNTFOR"] = _total(bill, "FEntityDetail", "FALLAMOUNTFOR_D")
    for plan in bill.entries.get("FEntityPlan", ()):
        plan["FPAYAMOUNTFOR"] = cents(whole * (_of(plan, "FPAYRATE") or _HUNDRED) / _HUNDRED)


def _invoice(bill: ErpBill) -> None:
    table = "FPURCHASEICENTRY"
    for line in bill.entries.get(table, ()):
        line["FALLAMOUNTFOR_D"] = cents(_of(line, "FPRICEQTY") * _of(line, "FAUXTAXPRICE"))
    whole = _total(bill, table, "FALLAMOUNTFOR_D")
    for key in ("FALLAMOUNTFOR", "FALLAMOUNT", "FAFTERTOTALTAXFOR"):
        bill.head[key] = whole


def _priced(table: str, *, included_by_default: bool) -> Callable[[ErpBill], None]:
    def work(bill: ErpBill) -> None:
        included = bill.head.get("FIsIncludedTax", included_by_default)
        for line in bill.entries.get(table, ()):
            factor = 1 + _of(line, "FTaxRate") / _HUNDRED
            if _of(line, "FTaxPrice") and (included or not _of(line, "FPrice")):
                line["FPrice"] = (_of(line, "FTaxPrice") / factor).quantize(_PRICE, ROUND_HALF_UP)
            else:
                line["FTaxPrice"] = (_of(line, "FPrice") * factor).quantize(_PRICE, ROUND_HALF_UP)

    return work


def _claim(bill: ErpBill) -> None:
    lines = bill.entries.get("F_PAEZ_Entity", ())
    for line in lines:
        if line.get("F_PAEZ_Qty") and line.get("F_PAEZ_Price"):
            line["F_PAEZ_LineAmount"] = cents(line["F_PAEZ_Qty"] * line["F_PAEZ_Price"])
    if bill.head.get("F_PAEZ_Amount") is None:
        bill.head["F_PAEZ_Amount"] = _total(bill, "F_PAEZ_Entity", "F_PAEZ_LineAmount")
    bill.head["F_PAEZ_Balance"] = _of(bill.head, "F_PAEZ_Amount") - _of(bill.head, "F_PAEZ_Deducted")


_FORMULAS: dict[str, Callable[[ErpBill], None]] = {
    "SAL_SaleOrder": _order("FSaleOrderEntry", "FAmount"),
    "PUR_PurchaseOrder": _order("FPOOrderEntry", "FEntryAmount"),
    "PUR_Requisition": _requisition,
    "SAL_OUTSTOCK": _outstock,
    "CN_PAYAPPLY": _payment,
    "ER_ExpReimbursement": _expense,
    "GL_VOUCHER": _voucher,
    "AP_Payable": _payable,
    "IV_PURCHASEIC": _invoice,
    "PUR_PriceCategory": _priced("FPriceListEntry", included_by_default=False),
    "PUR_PAT": _priced("FPATEntry", included_by_default=True),
    "SVM_InquiryBill": _priced("FEntity", included_by_default=True),
    "PAEZ_ClaimBill": _claim,
}
