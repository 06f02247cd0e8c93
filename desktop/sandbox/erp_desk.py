"""A person at the ERP's desk who types whole bills: what demos and tests need a hundred times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from desktop.sandbox import group
from desktop.sandbox.erp_base import SALES_DEPARTMENT, operator_number
from desktop.sandbox.erp_bill import ErpBill

OrderLine = tuple[str, Any, Any]
"""(material, quantity, price with tax); numbers as int, str or Decimal."""

_RATE = 13
_BANK = ("6222020000000000001", "工商银行昆山支行")


class Desk:
    """Mixed into Erp: whole bills from a few words. Every field that a customer's form requires is filled."""

    def make(
        self,
        form: str,
        header: Mapping[str, Any],
        lines: Mapping[str, Sequence[Mapping[str, Any]]],
        maker: str,
        *,
        submit: bool = False,
    ) -> ErpBill:
        """See Erp.make."""
        raise NotImplementedError

    def today(self) -> datetime:
        """See Erp.today."""
        raise NotImplementedError

    def sales_order(
        self,
        company: str = "100",
        customer: str = "CUST0001",
        maker: str = "wangmin",
        lines: Sequence[OrderLine] = (("M0001", 1000, "1.13"),),
        *,
        currency: str = "PRE001",
        submit: bool = False,
        **more: Any,
    ) -> ErpBill:
        """SAL_SaleOrder. more: further head fields, such as FNote."""
        header = {
            "FBillTypeID": "XSDD01_SYS",
            "FDate": self.today(),
            "FSaleOrgId": company,
            "FCustId": customer,
            "FSalerId": _operator(company, maker, sales=True),
            "FSaleDeptId": _department(company, SALES_DEPARTMENT),
            "FSettleCurrId": currency,
            "FExchangeTypeId": "HLTX01_SYS",
            "FSettleModeId": "JSFS04_SYS",
            **more,
        }
        rows = [
            {
                "FMaterialId": material,
                "FUnitID": "Pcs",
                "FPriceUnitId": "Pcs",
                "FStockUnitID": "Pcs",
                "FQty": quantity,
                "FTaxPrice": price,
                "FEntryTaxRate": _RATE,
                "FDeliveryDate": self.today() + timedelta(days=10),
                "FSettleOrgIds": company,
                "FReserveType": "1",
                "FOUTLMTUNIT": "SAL",
            }
            for material, quantity, price in lines
        ]
        return self.make("SAL_SaleOrder", header, {"FSaleOrderEntry": rows}, maker, submit=submit)

    def requisition(
        self,
        company: str = "100",
        supplier: str = "VEN0001",
        maker: str = "zhouqi",
        lines: Sequence[OrderLine] = (("M0002", 20, "11.30"),),
        *,
        submit: bool = False,
        **more: Any,
    ) -> ErpBill:
        """PUR_Requisition with a suggested supplier and prices."""
        person = _person(maker)
        header = {
            "FBillTypeID": "CGSQD01_SYS",
            "FApplicationDate": self.today(),
            "FRequestType": "Material",
            "FApplicationOrgId": company,
            "FApplicationDeptId": _department(company, person.department),
            "FApplicantId": person.staff_number,
            "FCurrencyId": "PRE001",
            **more,
        }
        rows = [
            {
                "FRequireOrgId": company,
                "FMaterialId": material,
                "FUnitId": "Pcs",
                "FReqQty": quantity,
                "FApproveQty": quantity,
                "FPriceUnitId": "Pcs",
                "FArrivalDate": self.today() + timedelta(days=14),
                "FPurchaseOrgId": company,
                "FReceiveOrgId": company,
                "FSuggestSupplierId": supplier,
                "FEvaluatePrice": price,
            }
            for material, quantity, price in lines
        ]
        return self.make("PUR_Requisition", header, {"FEntity": rows}, maker, submit=submit)

    def purchase_order(
        self,
        company: str = "100",
        supplier: str = "VEN0001",
        maker: str = "zhouqi",
        lines: Sequence[OrderLine] = (("M0002", 20, "11.30"),),
        *,
        currency: str = "PRE001",
        submit: bool = False,
        **more: Any,
    ) -> ErpBill:
        """PUR_PurchaseOrder."""
        header = {
            "FBillTypeID": "CGDD01_SYS",
            "FDate": self.today(),
            "FPurchaseOrgId": company,
            "FSupplierId": supplier,
            "FPurchaserId": _operator(company, maker, sales=False),
            "FPurchaseDeptId": _department(company, "采购部"),
            "FSettleCurrId": currency,
            "FExchangeTypeId": "HLTX01_SYS",
            **more,
        }
        rows = [
            {
                "FMaterialId": material,
                "FUnitId": "Pcs",
                "FPriceUnitId": "Pcs",
                "FQty": quantity,
                "FTaxPrice": price,
                "FEntryTaxRate": _RATE,
                "FDeliveryDate": self.today() + timedelta(days=14),
                "FRequireOrgId": company,
                "FReceiveOrgId": company,
                "FEntrySettleOrgId": company,
            }
            for material, quantity, price in lines
        ]
        return self.make("PUR_PurchaseOrder", header, {"FPOOrderEntry": rows}, maker, submit=submit)

    def price_list(
        self,
        company: str = "100",
        supplier: str = "VEN0001",
        prices: Sequence[tuple[str, Any]] = (("M0004", "226.00"),),
        *,
        currency: str = "PRE001",
        **more: Any,
    ) -> ErpBill:
        """PUR_PriceCategory, audited, number JM<company>-<supplier>. prices: (material, price with tax), valid for years.

        more: further fields of each line.
        """
        header = {
            "FNumber": price_list_number(company, supplier, currency),
            "FName": f"{supplier}价目表",
            "FCreateOrgId": company,
            "FSupplierID": supplier,
            "FCurrencyID": currency,
            "FIsIncludedTax": True,
        }
        rows = [
            {
                "FMaterialId": material,
                "FUnitID": "Pcs",
                "FTaxPrice": price,
                "FTaxRate": _RATE,
                "FEntryEffectiveDate": "2026-01-01",
                "FEntryExpiryDate": "2100-01-01",
                **more,
            }
            for material, price in prices
        ]
        made = self.make("PUR_PriceCategory", header, {"FPriceListEntry": rows}, "Administrator", submit=True)
        return self.audit(made.form, made.id, "Administrator")

    def price_lists(self) -> None:
        """The lists that exist before any inquiry: one for each company and supplier, with a price for one material."""
        for company in group.COMPANIES:
            for supplier in group.SUPPLIERS:
                if supplier.oa_id:
                    self.price_list(company.number, supplier.code)

    def audit(self, form: str, bill_id: int, user: str) -> ErpBill:
        """See Erp.audit."""
        raise NotImplementedError

    def payment_request(
        self,
        company: str = "100",
        supplier: str = "VEN0001",
        maker: str = "zhouqi",
        amounts: Sequence[Any] = ("10000.00",),
        *,
        source: str = "",
        submit: bool = False,
        **more: Any,
    ) -> ErpBill:
        """CN_PAYAPPLY, one line for each amount. source: number of the bill it pays, on each line."""
        account, bank = _BANK
        payee = next((item.name for item in group.SUPPLIERS if item.code == supplier), supplier)
        header = {
            "FBILLTYPEID": "FKSQ01_SYS",
            "FDATE": self.today(),
            "FPAYORGID": company,
            "FSETTLEORGID": company,
            "FAPPLYORGID": company,
            "FCONTACTUNITTYPE": "BD_Supplier",
            "FCONTACTUNIT": supplier,
            "FRECTUNITTYPE": "BD_Supplier",
            "FRECTUNIT": supplier,
            "FCURRENCYID": "PRE001",
            **more,
        }
        rows = [
            {
                "FPAYPURPOSEID": "SFKYT08_SYS",
                "FSETTLETYPEID": "JSFS04_SYS",
                "FENDDATE": self.today() + timedelta(days=8),
                "FEXPECTPAYDATE": self.today() + timedelta(days=8),
                "FAPPLYAMOUNTFOR": Decimal(str(amount)),
                "FEACHBANKACCOUNT": account,
                "FEACHCCOUNTNAME": payee,
                "FEACHBANKNAME": bank,
                "FSRCBILLNO": source,
            }
            for amount in amounts
        ]
        return self.make("CN_PAYAPPLY", header, {"FPAYAPPLYENTRY": rows}, maker, submit=submit)

    def payable(
        self,
        company: str = "100",
        supplier: str = "VEN0001",
        maker: str = "zhouqi",
        lines: Sequence[OrderLine] = (("M0002", 20, "11.30"),),
        *,
        paid: Any = 0,
        submit: bool = False,
        **more: Any,
    ) -> ErpBill:
        """AP_Payable with one instalment, of which `paid` is paid already."""
        header = {
            "FBillTypeID": "YFD01_SYS",
            "FDATE": self.today(),
            "FENDDATE_H": self.today(),
            "FSETTLEORGID": company,
            "FPAYORGID": company,
            "FPURCHASEORGID": company,
            "FSUPPLIERID": supplier,
            "FCURRENCYID": "PRE001",
            "FBUSINESSTYPE": "CG",
            "FMAINBOOKSTDCURRID": "PRE001",
            "FEXCHANGETYPE": "HLTX01_SYS",
            "FACCNTTIMEJUDGETIME": self.today(),
            **more,
        }
        rows = [
            {
                "FMATERIALID": material, "FPRICEUNITID": "Pcs", "FPriceQty": quantity, "FTaxPrice": price,
                "FEntryTaxRate": _RATE,
            }
            for material, quantity, price in lines
        ]  # fmt: skip
        plan = {"FENDDATE": self.today(), "FPAYRATE": 100, "FWRITTENOFFAMOUNTFOR": Decimal(str(paid))}
        return self.make(
            "AP_Payable", header, {"FEntityDetail": rows, "FEntityPlan": [plan]}, maker, submit=submit
        )

    def purchase_invoice(
        self,
        company: str = "100",
        supplier: str = "VEN0001",
        maker: str = "zhouqi",
        lines: Sequence[OrderLine] = (("M0002", 20, "11.30"),),
        *,
        source: str = "",
        submit: bool = False,
        **more: Any,
    ) -> ErpBill:
        """IV_PURCHASEIC. source: number of the payable that it came from, on each line."""
        header = {
            "FBillTypeID": "CGZYFP01_SYS",
            "FDATE": self.today(),
            "FINVOICENO": "",
            "FINVOICEDATE": self.today(),
            "FSETTLEORGID": company,
            "FPURCHASEORGID": company,
            "FSUPPLIERID": supplier,
            "FCURRENCYID": "PRE001",
            **more,
        }
        rows = [
            {
                "FMATERIALID": material,
                "FPRICEUNITID": "Pcs",
                "FPRICEQTY": quantity,
                "FAUXTAXPRICE": price,
                "FTAXRATE": _RATE,
                "FSOURCETYPE": "AP_Payable" if source else "",
                "FSRCBILLNO": source,
            }
            for material, quantity, price in lines
        ]
        return self.make("IV_PURCHASEIC", header, {"FPURCHASEICENTRY": rows}, maker, submit=submit)


def price_list_number(company: str, supplier: str, currency: str = "PRE001") -> str:
    """The number of a company's price list for a supplier and a currency."""
    return f"JM{company}-{supplier}" + ("" if currency == "PRE001" else f"-{currency}")


def _person(account: str) -> group.Employee:
    return next(person for person in group.EMPLOYEES if person.erp_user == account)


def _operator(company: str, account: str, *, sales: bool) -> str:
    """The operator number of the maker, or of the first who sells (buys) there."""
    there = [
        person
        for person in group.EMPLOYEES
        if person.erp_user and person.company == company and (person.department == SALES_DEPARTMENT) is sales
    ]
    chosen = [person for person in there if person.erp_user == account] or there
    return operator_number(chosen[0])


def _department(company: str, name: str) -> str | None:
    return next(
        (item.code for item in group.DEPARTMENTS if (item.name, item.company) == (name, company)), None
    )
