"""Conversion rules: what bill becomes what next bill when it is pushed down, with the link back to its source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from desktop.sandbox.erp_bill import Act, ErpBill, Refusal
from desktop.sandbox.erp_fields import Form
from desktop.sandbox.erp_save import LINE_ID

if TYPE_CHECKING:
    from desktop.sandbox.erp import Erp

Draft = tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]
"""Head values and lines of the bill to be made; references are the records themselves."""

_RATE = Decimal(13)


@dataclass(frozen=True, slots=True)
class Rule:
    """One conversion. `convert` raises Refusal where the source has nothing to push."""

    id: str
    source: str
    target: str
    convert: Callable[[Erp, ErpBill], Draft]


def find_rule(forms: Mapping[str, Form], source: str, target: str, rule_id: str, *, by_default: bool) -> Rule:
    """The rule that a Push asks for. Raises Refusal where there is none."""
    if "GL_VOUCHER" in (source, target):
        raise Refusal("凭证不支持下推操作", 12)
    for rule in RULES:
        if rule.source == source and (
            rule.id == rule_id or (by_default and not rule_id and rule.target == target)
        ):
            return rule
    name = forms[target].name if target in forms else target
    raise Refusal(f"没有找到从{forms[source].name}到{name}的转换规则，或转换规则未启用", 9)


def first_rule(source: str) -> Rule | None:
    """What people usually make of a bill of this form, or None."""
    return next((rule for rule in RULES if rule.source == source), None)


def push(erp: Erp, rule: Rule, source: ErpBill, user: str, *, draft_when_refused: bool) -> ErpBill:
    """Makes the next bill of `source`, saved, or as a draft where it cannot be saved and a draft is wanted."""
    with erp.guard:
        try:
            _check_source(erp, rule, source)
            header, lines = rule.convert(erp, source)
            made = _make(erp, rule, header, lines, user, draft_when_refused)
        except Refusal as refused:
            source.history.append(Act(erp.now(), user, "Push", refused.text))
            raise
        made.sources.append((source.form, source.id))
        source.downstream.append((made.form, made.id))
        source.history.append(Act(erp.now(), user, "Push", ""))
        source.counts["Push"] += 1
        return made


def _check_source(erp: Erp, rule: Rule, source: ErpBill) -> None:
    if source.status != "C":
        raise Refusal(erp.told(source, "只有已审核的单据才允许下推！"))
    if source.close_status == "B":
        raise Refusal(erp.told(source, "单据已业务关闭，不允许下推！"))
    if any(form == rule.target for form, _ in source.downstream):
        raise Refusal(erp.told(source, "关联数量已达到可下推数量，没有可下推的数据！"))


def _make(
    erp: Erp,
    rule: Rule,
    header: dict[str, Any],
    lines: dict[str, list[dict[str, Any]]],
    user: str,
    draft: bool,
) -> ErpBill:
    try:
        return erp.make(rule.target, header, lines, user)
    except Refusal:
        if not draft:
            raise
        return erp.keep_draft(rule.target, header, lines, user)


def _expense_to_payment(erp: Erp, source: ErpBill) -> Draft:
    head = source.head
    if head.get("FRequestType") != "1":
        raise Refusal(erp.told(source, "单据没有申请付款，没有可下推的数据！"))
    org = head.get("FPayOrgId") or head.get("FOrgID")
    party = {"TYPE": head.get("FCONTACTUNITTYPE"), "": head.get("FCONTACTUNIT")}
    header = {
        "FBILLTYPEID": "FKSQ02_SYS",
        "FDATE": erp.today(),
        **_payment_orgs(org),
        **{f"FCONTACTUNIT{part}": value for part, value in party.items()},
        **{f"FRECTUNIT{part}": value for part, value in party.items()},
        "FCURRENCYID": head.get("FCurrencyID"),
        "FDEPARTMENT": head.get("FRequestDeptID"),
    }
    rows = [
        {
            "FCOSTID": line.get("FExpID"),
            "FPAYPURPOSEID": "SFKYT12_SYS",
            "FSETTLETYPEID": line.get("FSettlleTypeID") or "JSFS04_SYS",
            "FENDDATE": erp.today(),
            "FEXPECTPAYDATE": erp.today(),
            "FAPPLYAMOUNTFOR": line.get("FReqSubmitAmount"),
            "FEACHBANKACCOUNT": head.get("FBankAccountT"),
            "FEACHCCOUNTNAME": head.get("FBankAccountNameT"),
            "FEACHBANKNAME": head.get("FBankBranchT"),
            "FEXPENSEDEPTID": line.get("FExpenseDeptEntryID") or head.get("FExpenseDeptID"),
            "FDescription": line.get("FRemark"),
            **_payment_link(source, line),
        }
        for line in source.entries.get("FEntity", ())
    ]
    return header, {"FPAYAPPLYENTRY": rows}


def _requisition_to_order(erp: Erp, source: ErpBill) -> Draft:
    lines = source.entries.get("FEntity", [])
    suppliers = {line["FSuggestSupplierId"] for line in lines if line.get("FSuggestSupplierId")}
    if len(suppliers) > 1:
        raise Refusal(erp.told(source, "分录的建议供应商不一致，不能合并下推到一张采购订单！"))
    org = source.head.get("FApplicationOrgId")
    header = {
        "FBillTypeID": "CGDD01_SYS",
        "FDate": erp.today(),
        "FPurchaseOrgId": (lines[0].get("FPurchaseOrgId") if lines else None) or org,
        "FSupplierId": next(iter(suppliers), None),
        "FSettleCurrId": source.head.get("FCurrencyId") or "PRE001",
    }
    rows = [
        {
            "FMaterialId": line.get("FMaterialId"),
            "FUnitId": line.get("FUnitId"),
            "FPriceUnitId": line.get("FPriceUnitId"),
            "FQty": line.get("FApproveQty"),
            "FTaxPrice": line.get("FEvaluatePrice"),
            "FEntryTaxRate": _RATE,
            "FDeliveryDate": line.get("FArrivalDate"),
            "FRequireOrgId": line.get("FRequireOrgId"),
            "FReceiveOrgId": line.get("FReceiveOrgId"),
            "FEntrySettleOrgId": org,
            "FSrcBillTypeId": source.form,
            "FSrcBillNo": source.number,
            "FSrcEntryId": line[LINE_ID],
        }
        for line in lines
    ]
    for line in lines:
        line["FORDERJOINQTY"] = line.get("FApproveQty")
    return header, {"FPOOrderEntry": rows}


def _order_to_outstock(erp: Erp, source: ErpBill) -> Draft:
    head = source.head
    header = {
        "FBillTypeID": "XSCKD01_SYS",
        "FDate": erp.today(),
        "FSaleOrgId": head.get("FSaleOrgId"),
        "FStockOrgId": head.get("FSaleOrgId"),
        "FCustomerID": head.get("FCustId"),
        "FSettleCurrID": head.get("FSettleCurrId"),
    }
    rows = [
        {
            "FMaterialID": line.get("FMaterialId"),
            "FUnitID": line.get("FUnitID"),
            "FRealQty": line.get("FQty"),
            "FTaxPrice": line.get("FTaxPrice"),
            "FEntryTaxRate": line.get("FEntryTaxRate"),
            "FSrcType": source.form,
            "FSrcBillNo": source.number,
            "FSoorDerno": source.number,
        }
        for line in source.entries.get("FSaleOrderEntry", ())
    ]
    return header, {"FEntity": rows}


def _order_to_payable(erp: Erp, source: ErpBill) -> Draft:
    head, org, yuan = source.head, source.head.get("FPurchaseOrgId"), source.head.get("FSettleCurrId")
    header = {
        "FBillTypeID": "YFD01_SYS",
        "FDATE": erp.today(),
        "FENDDATE_H": erp.today(),
        "FSETTLEORGID": org,
        "FPAYORGID": org,
        "FPURCHASEORGID": org,
        "FSUPPLIERID": head.get("FSupplierId"),
        "FCURRENCYID": yuan,
        "FBUSINESSTYPE": "CG",
        "FMAINBOOKSTDCURRID": "PRE001",
        "FEXCHANGETYPE": "HLTX01_SYS",
        "FACCNTTIMEJUDGETIME": erp.today(),
    }
    rows = [
        {
            "FMATERIALID": line.get("FMaterialId"),
            "FPRICEUNITID": line.get("FPriceUnitId"),
            "FPriceQty": line.get("FQty"),
            "FTaxPrice": line.get("FTaxPrice"),
            "FEntryTaxRate": line.get("FEntryTaxRate"),
            "FORDERNUMBER": source.number,
            "FSOURCETYPE": source.form,
            "FSourceBillNo": source.number,
            "FSRCROWID": line[LINE_ID],
        }
        for line in source.entries.get("FPOOrderEntry", ())
    ]
    return header, {
        "FEntityDetail": rows,
        "FEntityPlan": [{"FENDDATE": erp.today(), "FPAYRATE": Decimal(100)}],
    }


def _payable_to_invoice(erp: Erp, source: ErpBill) -> Draft:
    head = source.head
    header = {
        "FBillTypeID": "CGZYFP01_SYS",
        "FDATE": erp.today(),
        "FINVOICEDATE": erp.today(),
        "FSETTLEORGID": head.get("FSETTLEORGID"),
        "FPURCHASEORGID": head.get("FPURCHASEORGID"),
        "FSUPPLIERID": head.get("FSUPPLIERID"),
        "FCURRENCYID": head.get("FCURRENCYID"),
    }
    rows = [
        {
            "FMATERIALID": line.get("FMATERIALID"),
            "FPRICEUNITID": line.get("FPRICEUNITID"),
            "FPRICEQTY": line.get("FPriceQty"),
            "FAUXTAXPRICE": line.get("FTaxPrice"),
            "FTAXRATE": line.get("FEntryTaxRate"),
            "FSOURCETYPE": source.form,
            "FSRCBILLNO": source.number,
            "FSRCROWID": line[LINE_ID],
        }
        for line in source.entries.get("FEntityDetail", ())
    ]
    return header, {"FPURCHASEICENTRY": rows}


def _supplier_payment(
    erp: Erp, source: ErpBill, keys: tuple[str, str, str], table: str, amount: str, purpose: str
) -> Draft:
    org, supplier, currency = (source.head.get(key) for key in keys)
    header = {
        "FBILLTYPEID": "FKSQ01_SYS",
        "FDATE": erp.today(),
        **_payment_orgs(org),
        "FCONTACTUNITTYPE": "BD_Supplier",
        "FCONTACTUNIT": supplier,
        "FRECTUNITTYPE": "BD_Supplier",
        "FRECTUNIT": supplier,
        "FCURRENCYID": currency,
    }
    rows = [
        {
            "FPAYPURPOSEID": purpose,
            "FSETTLETYPEID": "JSFS04_SYS",
            "FENDDATE": erp.today(),
            "FEXPECTPAYDATE": erp.today(),
            "FAPPLYAMOUNTFOR": line.get(amount),
            "FEACHBANKACCOUNT": "6222020000000000001",
            "FEACHCCOUNTNAME": supplier.name if supplier else "",
            "FEACHBANKNAME": "工商银行昆山支行",
            **_payment_link(source, line),
        }
        for line in source.entries.get(table, ())
    ]
    return header, {"FPAYAPPLYENTRY": rows}


def _payable_to_payment(erp: Erp, source: ErpBill) -> Draft:
    keys = ("FPAYORGID", "FSUPPLIERID", "FCURRENCYID")
    return _supplier_payment(erp, source, keys, "FEntityDetail", "FALLAMOUNTFOR_D", "SFKYT08_SYS")


def _order_to_payment(erp: Erp, source: ErpBill) -> Draft:
    keys = ("FPurchaseOrgId", "FSupplierId", "FSettleCurrId")
    return _supplier_payment(erp, source, keys, "FPOOrderEntry", "FAllAmount", "SFKYT09_SYS")


def _payment_orgs(org: ErpBill | None) -> dict[str, ErpBill | None]:
    return dict.fromkeys(("FPAYORGID", "FSETTLEORGID", "FAPPLYORGID"), org)


def _payment_link(source: ErpBill, line: dict[str, Any]) -> dict[str, Any]:
    link = {"FSOURCETYPE": source.form, "FSRCBILLNO": source.number}
    return {**link, "FSRCBILLID": source.id, "FSRCROWID": line[LINE_ID]}


RULES = (
    Rule("SaleOrder-OutStock", "SAL_SaleOrder", "SAL_OUTSTOCK", _order_to_outstock),
    Rule("ER_ExpReimbursement-CN_PAYAPPLY", "ER_ExpReimbursement", "CN_PAYAPPLY", _expense_to_payment),
    Rule("PUR_Requisition-PUR_PurchaseOrder", "PUR_Requisition", "PUR_PurchaseOrder", _requisition_to_order),
    Rule("PUR_PurchaseOrder-AP_Payable", "PUR_PurchaseOrder", "AP_Payable", _order_to_payable),
    Rule("PUR_PurchaseOrder-CN_PAYAPPLY", "PUR_PurchaseOrder", "CN_PAYAPPLY", _order_to_payment),
    Rule("AP_Payable-CN_PAYAPPLY", "AP_Payable", "CN_PAYAPPLY", _payable_to_payment),
    Rule("AP_Payable-IV_PURCHASEIC", "AP_Payable", "IV_PURCHASEIC", _payable_to_invoice),
)
"""The rules that are enabled in this installation; a RuleId is named after its two forms."""
