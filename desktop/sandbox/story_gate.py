"""What the people of finance do in a demo: orders become payables, payables become invoices, and some forget a claim."""

from __future__ import annotations

from collections.abc import Callable, Generator
from decimal import Decimal

from desktop.sandbox.erp import Erp
from desktop.sandbox.erp_bill import ErpBill
from desktop.sandbox.erp_push import find_rule, push

Steps = Generator[None, None, None]
Told = tuple[str, ErpBill, Callable[[ErpBill], Steps], str]
"""A tale's name, its invoice, what people do, and where it ends."""

_INVOICE, _LINES = "IV_PURCHASEIC", "FPURCHASEICENTRY"
_FAITHFUL, _CLAIMED = "VEN0003", "VEN0002"


class Billing:
    """One company's purchase invoices. They know nothing of the gate; they only see what comes back."""

    def __init__(self, erp: Erp, company: str, maker: str) -> None:
        self.erp = erp
        self.company = company
        self.maker = maker

    def tales(self) -> list[Told]:
        """An invoice without claims, one that forgets its claim, one that takes a part, one that takes too much."""
        plain = self._invoice(self._order(_FAITHFUL))
        order = self._order(_CLAIMED)
        claim, forgetful = self._claim(order, "30.00"), self._invoice(order)
        large = self._order(_CLAIMED)
        whole, least = self._claim(large, "900.00"), self._invoice(large)
        self._deduct(least, whole, "226.00")
        other = self._order(_CLAIMED)
        small, greedy = self._claim(other, "20.00"), self._invoice(other)
        self._deduct(greedy, small, "25.00")
        for invoice in (plain, forgetful, least, greedy):
            self.erp.submit(_INVOICE, invoice.id, self.maker)
        return [
            ("invoice without claims", plain, self._passes, "done"),
            ("invoice forgets its claim, deducts it", forgetful, lambda each: self._mends(each, claim, "30.00"), "done"),
            ("claim above the invoice", least, self._passes, "done"),
            ("deducts more than is open", greedy, self._comes_back, "returned"),
        ]  # fmt: skip

    def _order(self, supplier: str) -> ErpBill:
        made = self.erp.purchase_order(
            self.company, supplier, self.maker, (("M0002", 20, "11.30"),), submit=True
        )
        return self.erp.audit(made.form, made.id, self.maker)

    def _invoice(self, order: ErpBill) -> ErpBill:
        payable = self._pushed(order, "AP_Payable")
        self.erp.submit(payable.form, payable.id, self.maker)
        return self._pushed(self.erp.audit(payable.form, payable.id, self.maker), _INVOICE)

    def _pushed(self, source: ErpBill, form: str) -> ErpBill:
        rule = find_rule(self.erp.forms, source.form, form, "", by_default=True)
        return push(self.erp, rule, source, self.maker, draft_when_refused=False)

    def _claim(self, order: ErpBill, amount: str) -> ErpBill:
        head = {
            "FDate": self.erp.today(), "F_PAEZ_OrgId": self.company, "F_PAEZ_Supplier": _CLAIMED,
            "F_PAEZ_OrderNo": order.number, "F_PAEZ_Amount": Decimal(amount), "F_PAEZ_Mode": "1",
        }  # fmt: skip
        made = self.erp.make("PAEZ_ClaimBill", head, {}, self.maker, submit=True)
        return self.erp.audit(made.form, made.id, self.maker)

    def _deduct(self, invoice: ErpBill, claim: ErpBill, amount: str) -> None:
        row = {
            "FMATERIALID": "M0002", "FPRICEUNITID": "Pcs", "FPRICEQTY": 1, "FAUXTAXPRICE": -Decimal(amount), "FTAXRATE": 13,
            "F_DQ_CLAIMNO": claim.number,
        }  # fmt: skip
        self.erp.edit(_INVOICE, invoice.id, self.maker, {}, {}, {_LINES: [row]})

    # --- what people do ----------------------------------------------------------------------------------------------------
    def _passes(self, invoice: ErpBill) -> Steps:
        while invoice.status != "C":
            yield

    def _comes_back(self, invoice: ErpBill) -> Steps:
        while invoice.status not in "AD":
            yield

    def _mends(self, invoice: ErpBill, claim: ErpBill, amount: str) -> Steps:
        yield from self._comes_back(invoice)
        self._deduct(invoice, claim, amount)
        self.erp.submit(_INVOICE, invoice.id, self.maker)
        yield from self._passes(invoice)
