"""The house with the invoice gate, and the people who book claims and invoices in the ERP."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from desktop.domain.document import AttemptOutcome, Document, DocumentState
from desktop.sandbox.erp_bill import ErpBill
from desktop.services.text import Text
from tests.conftest import House

INVOICE, CLAIM, LINES = "IV_PURCHASEIC", "PAEZ_ClaimBill", "FPURCHASEICENTRY"
FLOW = "purchase_invoice"
SUPPLIER, BUYER, BOOKKEEPER = "VEN0001", "zhouqi", "wangmin"


@dataclass
class Till(House):
    """The whole house with the gate on company 100. One order of 2 260.00, its payable, and what people make of them."""

    def join(self, **options: str) -> None:
        """Sets the company up (again). Only the route of company 100 is on."""
        self.toy.join(self.workspace, flows=(FLOW,), **{"breaker_pause_s": "0", **options})
        self.switch("c200", on=False)

    # --- people --------------------------------------------------------------------------------------------------------
    def ordered(self, supplier: str = SUPPLIER, quantity: int = 200) -> ErpBill:
        """An audited order of `quantity` x 11.30."""
        lines = (("M0002", quantity, "11.30"),)
        order = self.toy.erp.purchase_order("100", supplier, BUYER, lines, submit=True)
        return self.toy.erp.audit(order.form, order.id, BOOKKEEPER)

    def payable(self, order: ErpBill) -> ErpBill:
        """The audited payable of an order."""
        head, (line,) = order.head, order.entries["FPOOrderEntry"]
        today = self.toy.erp.today()
        header = {
            "FBillTypeID": "YFD01_SYS", "FDATE": today, "FENDDATE_H": today, "FSETTLEORGID": "100", "FPAYORGID": "100",
            "FPURCHASEORGID": "100", "FSUPPLIERID": head["FSupplierId"].number, "FCURRENCYID": "PRE001",
            "FBUSINESSTYPE": "CG", "FMAINBOOKSTDCURRID": "PRE001", "FEXCHANGETYPE": "HLTX01_SYS",
            "FACCNTTIMEJUDGETIME": today,
        }  # fmt: skip
        row = {
            "FMATERIALID": "M0002", "FPRICEUNITID": "Pcs", "FPriceQty": line["FQty"], "FTaxPrice": line["FTaxPrice"],
            "FEntryTaxRate": 13, "FORDERNUMBER": order.number, "FSOURCETYPE": order.form, "FSourceBillNo": order.number,
        }  # fmt: skip
        made = self.toy.erp.make("AP_Payable", header, {"FEntityDetail": [row]}, BUYER, submit=True)
        return self.toy.erp.audit(made.form, made.id, BOOKKEEPER)

    def claim(
        self, amount: str = "1130.00", order: str = "", supplier: str = SUPPLIER, *, mode: str = "1",
        currency: str = "PRE001", company: str = "100", audited: bool = True,
    ) -> ErpBill:  # fmt: skip
        """A claim bill, audited unless told otherwise."""
        header = {
            "FDate": self.toy.erp.today(), "F_PAEZ_OrgId": company, "F_PAEZ_Supplier": supplier, "F_PAEZ_OrderNo": order,
            "F_PAEZ_Currency": currency, "F_PAEZ_Amount": Decimal(amount), "F_PAEZ_Mode": mode,
        }  # fmt: skip
        made = self.toy.erp.make(CLAIM, header, {}, BUYER, submit=True)
        return self.toy.erp.audit(CLAIM, made.id, BOOKKEEPER) if audited else made

    def invoice(
        self, *deductions: tuple[ErpBill | str, str], payable: ErpBill | None = None, supplier: str = SUPPLIER,
        quantity: int = 200, currency: str = "PRE001", submit: bool = True,
    ) -> ErpBill:  # fmt: skip
        """A purchase invoice of `quantity` x 11.30, with a negative line for each (claim, amount)."""
        made = self.toy.erp.purchase_invoice(
            "100", supplier, BUYER, (("M0002", quantity, "11.30"),), source=payable.number if payable else "",
            FCURRENCYID=currency,
        )  # fmt: skip
        if deductions:
            self.deduct(made, *deductions)
        return self.toy.erp.submit(INVOICE, made.id, BUYER) if submit else made

    def deduct(self, invoice: ErpBill, *deductions: tuple[ErpBill | str, str]) -> None:
        """The clerk types the deducting lines anew."""
        rows = [
            {
                "FMATERIALID": "M0002", "FPRICEUNITID": "Pcs", "FPRICEQTY": 1, "FAUXTAXPRICE": -Decimal(amount),
                "FTAXRATE": 13, "F_DQ_CLAIMNO": claim if isinstance(claim, str) else claim.number,
            }
            for claim, amount in deductions
        ]  # fmt: skip
        old = {line["FEntryID"]: None for line in invoice.entries[LINES][1:]}
        self.toy.erp.edit(INVOICE, invoice.id, BUYER, {}, old, {LINES: rows})

    def take_back(self, invoice: ErpBill) -> None:
        self.toy.erp.withdraw(INVOICE, invoice.id, BUYER)

    def hand_in(self, invoice: ErpBill) -> None:
        self.toy.erp.submit(INVOICE, invoice.id, BUYER)

    # --- what our store says -------------------------------------------------------------------------------------------
    def document(self, bill: ErpBill) -> Document:
        return self.workspace.ledger.by_source("k3", INVOICE, FLOW, [str(bill.id)])[str(bill.id)]

    def stands(self, bill: ErpBill) -> tuple[DocumentState, str, str]:
        """The document's state, the code of its open failure, and the invoice's status in the ERP."""
        return self.state(bill), self.failure(bill), bill.status

    def intents(self) -> list[str]:
        held = self.workspace.ledger.open_attempts("c100", FLOW)
        return [attempt.step for _, attempt in held if attempt.outcome is AttemptOutcome.INTENT]

    def said(self, bill: ErpBill) -> str:
        """What the invoice's maker reads on the bill."""
        return str(bill.head["F_DQ_NOTE"])

    def sentence(self, code: str, facts: dict[str, str], language: str = "zh") -> str:
        return Text(language, strict=True).what(code, facts)

    def deducted(self, claim: ErpBill) -> Decimal:
        """What audited invoices take off a claim, by the ERP's own word."""
        return sum(
            (
                -line["FALLAMOUNTFOR_D"]
                for invoice in self.toy.erp.tables[INVOICE].by_id.values()
                if invoice.status == "C"
                for line in invoice.entries[LINES]
                if line.get("F_DQ_CLAIMNO") == claim.number
            ),
            Decimal(0),
        )
