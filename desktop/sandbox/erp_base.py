"""Base data of the toy ERP: the group's companies, partners and materials, and what every account set is delivered with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from desktop.sandbox import group


class Row(NamedTuple):
    """A record to be made. A value ("form", "number") in `head` becomes a reference within the same company."""

    form: str
    number: str
    head: dict[str, Any]
    disabled: bool = False


SALES_DEPARTMENT = "销售部"

_BILL_TYPES = (
    ("SAL_SaleOrder", "XSDD01_SYS", "标准销售订单"),
    ("SAL_OUTSTOCK", "XSCKD01_SYS", "标准销售出库单"),
    ("PUR_Requisition", "CGSQD01_SYS", "标准采购申请"),
    ("PUR_Requisition", "CGSQD04_SYS", "费用采购申请"),
    ("PUR_PurchaseOrder", "CGDD01_SYS", "标准采购订单"),
    ("CN_PAYAPPLY", "FKSQ01_SYS", "采购付款申请"),
    ("CN_PAYAPPLY", "FKSQ02_SYS", "费用付款申请"),
    ("ER_ExpReimbursement", "FYBXD001_SYS", "费用报销单"),
    ("AP_Payable", "YFD01_SYS", "标准应付单"),
    ("AP_Payable", "YFD02_SYS", "费用应付单"),
    ("IV_PURCHASEIC", "CGZYFP01_SYS", "采购增值税专用发票"),
)

_PLAIN: dict[str, tuple[tuple[str, str], ...]] = {
    "BD_RateType": (("HLTX01_SYS", "固定汇率"),),
    "BD_SETTLETYPE": (("JSFS01_SYS", "现金"), ("JSFS02_SYS", "现金支票"), ("JSFS04_SYS", "电汇")),
    "BD_Expense": (
        ("CI001", "差旅费"),
        ("CI002", "业务招待费"),
        ("CI003", "办公费"),
        ("FYXM14_SYS", "采购货款"),
    ),
    "BD_Account": (
        ("1002", "银行存款"),
        ("1122", "应收账款"),
        ("1221", "其他应收款"),
        ("2202", "应付账款"),
        ("2221.01.01", "应交增值税-进项税额"),
        ("2241", "其他应付款"),
        ("6602", "管理费用"),
    ),
    "BD_VOUCHERGROUP": (("PRE001", "记"),),
    "GL_SYSTEM": (("78050206-2fa6-40e3-b7c8-bd608146fa38", "手工录入"),),
    "CN_RECPAYPURPOSE": (("SFKYT08_SYS", "采购付款"), ("SFKYT09_SYS", "预付款"), ("SFKYT12_SYS", "费用报销")),
    "BD_PaymentCondition": (
        ("FKTJ01_SYS", "货到付款"),
        ("FKTJ02_SYS", "月结30天"),
        ("FKTJ03_SYS", "预付30%，余款到货"),
    ),
    "BD_TaxRate": (("SL01_SYS", "增值税13%"), ("SL02_SYS", "增值税9%"), ("SL03_SYS", "增值税6%")),
    "BD_STOCK": (("CK001", "原材料仓"), ("CK002", "成品仓")),
    "BAS_PreBaseDataOne": (("XM001", "二期厂房"), ("XM002", "新品试制")),
    "CN_BANKACNT": (("32250198877600000012", "建设银行基本户"), ("10550701040009981", "农业银行一般户")),
    "FIN_OTHERS": (("OTH0001", "其他往来单位"),),
}

_CURRENCY_CODES = {"PRE001": "CNY", "PRE007": "USD"}


def base_rows(*, by_company: bool) -> list[Row]:
    """Every record, in an order in which references can be resolved.

    by_company: True gives partners and materials once for each company, as an account set with isolated
                organisations has them; False once for all.
    """
    rows = [
        Row("ORG_Organizations", company.number, {"FName": company.name, "FOrgFunctions": "101,102,103"})
        for company in group.COMPANIES
    ]
    rows += [
        Row("BD_Currency", item.code, {"FName": item.name, "FCODE": _CURRENCY_CODES[item.code]})
        for item in group.CURRENCIES
    ]
    rows += [Row("BD_UNIT", item.code, {"FName": item.name, "FUnitGroupId": 10086}) for item in group.UNITS]
    for form, pairs in _PLAIN.items():
        rows += [Row(form, number, {"FName": name}) for number, name in pairs]
    rows += [
        Row("BOS_BillType", number, {"FName": name, "FBillFormID": form})
        for form, number, name in _BILL_TYPES
    ]
    rows += _account_books()
    companies = [company.number for company in group.COMPANIES] if by_company else [""]
    for company in companies:
        rows += _partners(company)
    rows += _people()
    rows.append(Row("SEC_User", "Administrator", {"FName": "系统管理员", "FUserAccount": "Administrator"}))
    return rows


def _account_books() -> list[Row]:
    return [
        Row(
            "BD_AccountBook",
            f"{place:03d}",
            {"FName": f"{company.name}账簿", "FAccountOrgId": ("ORG_Organizations", company.number)},
        )
        for place, company in enumerate(group.COMPANIES, start=1)
    ]


def _partners(company: str) -> list[Row]:
    used_by = {"FUseOrgId": ("ORG_Organizations", company)} if company else {}

    def row(form: str, extra: Callable[[group.Item], dict[str, Any]]) -> Callable[[group.Item], Row]:
        return lambda item: Row(
            form, item.code, {"FName": item.name, **used_by, **extra(item)}, item.disabled
        )

    yuan = ("BD_Currency", "PRE001")
    customer = row(
        "BD_Customer",
        lambda item: {
            "FShortName": item.name[:4],
            "FTRADINGCURRID": yuan,
            "FTAXREGISTERCODE": tax_number(item.code),
        },
    )
    supplier = row(
        "BD_Supplier",
        lambda item: {
            "FShortName": item.name[:4],
            "FPayCurrencyId": yuan,
            "FTaxRegisterCode": tax_number(item.code),
        },
    )
    material = row(
        "BD_MATERIAL",
        lambda item: {"FSpecification": item.spec, "FBaseUnitId": ("BD_UNIT", "Pcs"), "FErpClsID": "1"},
    )
    return [
        *map(customer, group.CUSTOMERS),
        *map(supplier, group.SUPPLIERS),
        *map(material, group.MATERIALS),
    ]


def tax_number(code: str) -> str:
    """The partner's number at the tax office: invented, of the usual eighteen characters."""
    return f"91320{'501' if code.startswith('CUST') else '583'}MA1{int(code[-4:]):07d}"


def _people() -> list[Row]:
    rows = [
        Row(
            "BD_Department",
            item.code,
            {"FName": item.name, "FUseOrgId": ("ORG_Organizations", item.company)},
            item.disabled,
        )
        for item in group.DEPARTMENTS
    ]
    for person in group.EMPLOYEES:
        used_by = {"FUseOrgId": ("ORG_Organizations", person.company)}
        post = next(
            (d for d in group.DEPARTMENTS if (d.name, d.company) == (person.department, person.company)), None
        )
        head = {
            "FName": person.name,
            "FStaffNumber": person.staff_number,
            "FMobile": person.mobile,
            **used_by,
        }
        if post is not None:
            head["FPostDept"] = ("BD_Department", post.code)
        rows.append(Row("BD_Empinfo", person.staff_number, head, person.left))
        if person.erp_user:
            user = {"FName": person.name, "FUserAccount": person.erp_user, "FPhone": person.mobile}
            rows.append(Row("SEC_User", person.erp_user, user))
            operator = {"FName": person.name, "FStaffId": ("BD_Empinfo", person.staff_number), **used_by}
            if person.department == SALES_DEPARTMENT:
                rows.append(Row("BD_Saler", operator_number(person), operator))
            else:
                rows.append(Row("BD_Buyer", operator_number(person), operator))
    return rows


def operator_number(person: group.Employee) -> str:
    """The number of a person as salesperson (XSY...) or purchaser (CGY...): it is not the staff number."""
    prefix = "XSY" if person.department == SALES_DEPARTMENT else "CGY"
    return prefix + person.staff_number
