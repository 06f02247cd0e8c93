"""What the people of the toy group do in a demo: each tale is one bill's way, told step by step.

A tale is a generator: it acts through the two worlds' own desks and yields while it waits for the other side. It
knows nothing of the bridge; whether the bridge did its work is read from the two worlds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from desktop.sandbox.erp import Erp
from desktop.sandbox.erp_bill import ErpBill, Refusal
from desktop.sandbox.group import INTEGRATION_USER
from desktop.sandbox.oa import Oa
from desktop.sandbox.oa_records import OaRequestRecord
from desktop.sandbox.story_gate import Billing

FLOWS = {
    "SAL_SaleOrder": "sales_order",
    "CN_PAYAPPLY": "payment_request",
    "PUR_Requisition": "purchase_requisition",
    "PUR_PurchaseOrder": "purchase_order",
    "IV_PURCHASEIC": "purchase_invoice",
}
"""Which flow a form's bills travel by."""

_EDITS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "SAL_SaleOrder": ("FSaleOrderEntry", {"FTaxPrice": "1.05"}, {"FQty": 900}),
    "CN_PAYAPPLY": (
        "FPAYAPPLYENTRY",
        {"FAPPLYAMOUNTFOR": "9500.00"},
        {"FEACHBANKACCOUNT": "6222020000000000099"},
    ),
    "PUR_Requisition": ("FEntity", {"FEvaluatePrice": "10.90"}, {"FReqQty": 25, "FApproveQty": 25}),
    "PUR_PurchaseOrder": ("FPOOrderEntry", {"FTaxPrice": "10.90"}, {"FQty": 25}),
}
"""How a maker changes the first line: after a return, and while in approval."""

_OFF_LOCK = (("M0004", 5, "230.00"),)
_LOCKED = {"PUR_Requisition": {"FEvaluatePrice": "226.00"}, "PUR_PurchaseOrder": {"FTaxPrice": "226.00"}}
"""A line that is not at the price of the supplier's list, and how its maker puts it right."""

ARCHIVED, CREATING = 3, 0

CONTRACT = ("采购合同（双方盖章）.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 64)
"""A file's name and content."""

_COMPANY = ("FSaleOrgId", "FPAYORGID", "FApplicationOrgId", "FPurchaseOrgId", "FSETTLEORGID")

Steps = Generator[None, None, None]


@dataclass(slots=True)
class Tale:
    """One bill's way. ends: done, returned, cancelled or failed; sent: how many requests it must have caused."""

    name: str
    bill: ErpBill
    company: str
    ends: str
    sent: int
    steps: Steps
    over: bool = False
    trouble: str = ""

    @property
    def number(self) -> str:
        """What people call it."""
        return self.bill.number

    @property
    def flow(self) -> str:
        """The flow that this bill travels by."""
        return FLOWS[self.bill.form]


class Story:
    """All tales of the demo. tick() lets everyone act who can; it never waits."""

    def __init__(self, erp: Erp, oa: Oa, *, files: bool = False) -> None:
        """files: attachments travel in company 100, so somebody attaches one."""
        self.erp = erp
        self.oa = oa
        self._files = files
        self.tales: list[Tale] = []
        for company, maker in (("100", "wangmin"), ("200", "huangwei")):
            self._tell_of(company, maker)
        for company, maker in (("100", "zhouqi"), ("200", "xiening")):
            self._tell_of_purchases(company, maker)
        self._tell_of_mistakes()

    def _tell_of(self, company: str, maker: str) -> None:
        plain: list[tuple[str, Callable[[ErpBill], Steps], str, int]] = [
            ("approved", self._approved, "done", 1),
            ("rejected, edited, approved", self._rejected_edited, "done", 2),
            ("rejected, handed in unedited, approved", self._rejected_unedited, "done", 2),
            ("rejected for good", self._rejected, "returned", 1),
            ("taken back by its maker", self._taken_back, "cancelled", 1),
            ("taken back and deleted", self._deleted, "cancelled", 1),
            ("changed while in approval, approved", self._changed, "done", 2),
            ("audited by hand", self._audited_by_hand, "cancelled", 1),
            ("withdrawn in the OA", self._withdrawn_in_oa, "returned", 1),
            ("changed behind the ERP's back, approved", self._tampered, "failed", 1),
        ]
        if self._files and company == "100":
            bill = self._order(company, "CUST0001", maker)
            self.erp.attach(bill.form, bill.id, *CONTRACT)
            self._add("approved, its contract attached", bill, self._attached, "done", 1)
        for name, steps, ends, sent in plain:
            self._add(name, self._order(company, "CUST0001", maker), steps, ends, sent)
        for customer in ("CUST0002", "CUST0003", "CUST0004", "CUST0005"):
            self._add(
                f"approved ({customer})", self._order(company, customer, maker), self._approved, "done", 1
            )
        large = self.erp.sales_order(company, "CUST0003", maker, (("M0003", 100, "1582.00"),), submit=True)
        self._add("approved by two", large, self._approved, "done", 1)

    def _tell_of_purchases(self, company: str, maker: str) -> None:
        """The other bills: agreed, returned and corrected, returned and handed in as it was, taken back, changed."""
        tales: list[tuple[str, Callable[[ErpBill], Steps], str, int]] = [
            ("approved", self._approved, "done", 1),
            ("rejected, edited, approved", self._rejected_edited, "done", 2),
            ("rejected for good", self._rejected, "returned", 1),
            ("taken back by its maker", self._taken_back, "cancelled", 1),
            ("changed while in approval, approved", self._changed, "done", 2),
        ]
        for make in (self.erp.payment_request, self.erp.requisition, self.erp.purchase_order):
            for name, steps, ends, sent in tales:
                self._add(name, make(company=company, maker=maker, submit=True), steps, ends, sent)

        payment = self.erp.payment_request(company=company, maker=maker, submit=True)
        self._add("bank account changed behind the ERP's back", payment, self._tampered, "failed", 1)
        for make in (self.erp.requisition, self.erp.purchase_order):
            bill = make(company=company, maker=maker, lines=_OFF_LOCK, submit=True)
            self._add("price outside its lock, corrected, approved", bill, self._off_lock, "done", 1)

        for name, invoice, acts, ends in Billing(self.erp, company, maker).tales():
            self._add(name, invoice, acts, ends, 0)

    def _tell_of_mistakes(self) -> None:
        self._add("customer not mapped", self._order("100", "CUST0006", "lihua"), self._nothing, "failed", 0)
        self._add(
            "maker without OA account", self._order("100", "CUST0001", "gaofei"), self._nothing, "failed", 0
        )

    def _order(self, company: str, customer: str, maker: str) -> ErpBill:
        lines = (("M0001", 1000, "1.13"), ("M0002", 20, "11.30"), ("M0004", 3, "226.00"))
        return self.erp.sales_order(company, customer, maker, lines, submit=True)

    def _add(self, name: str, bill: ErpBill, steps: Callable[[ErpBill], Steps], ends: str, sent: int) -> None:
        company = next(bill.head[key].number for key in _COMPANY if bill.head.get(key) is not None)
        self.tales.append(Tale(name, bill, company, ends, sent, steps(bill)))

    # --- acting ------------------------------------------------------------------------------------------------------
    def tick(self) -> None:
        """Everybody does what he can do now."""
        self._known = self._by_bill()
        for tale in self.tales:
            if tale.over or tale.trouble:
                continue
            try:
                next(tale.steps)
            except StopIteration:
                tale.over = True
            except Refusal as refusal:
                tale.trouble = str(refusal)

    @property
    def over(self) -> bool:
        """True when every tale is told (or went wrong)."""
        return all(tale.over or tale.trouble for tale in self.tales)

    def _by_bill(self) -> dict[str, list[OaRequestRecord]]:
        found: dict[str, list[OaRequestRecord]] = {}
        for record in (*self.oa.requests(), *self.oa.graveyard):
            found.setdefault(record.fields.get("erp_bill_no", ""), []).append(record)
        return found

    def _request(self, bill: ErpBill, number: int = 1) -> Generator[None, None, OaRequestRecord]:
        """Waits for the bill's n-th request."""
        while True:
            records = sorted(self._known.get(bill.number, []), key=lambda each: each.id)
            if len(records) >= number and records[number - 1].node_type not in (CREATING, ARCHIVED):
                return records[number - 1]
            yield

    def _status(self, bill: ErpBill, *wanted: str) -> Steps:
        while bill.status not in wanted:
            yield

    def _ended(self, request: OaRequestRecord) -> Steps:
        """Waits until a request no longer runs."""
        while any(
            each.id == request.id and each.node_type not in (CREATING, ARCHIVED)
            for each in self.oa.requests()
        ):
            yield

    # --- tales -------------------------------------------------------------------------------------------------------
    def _approved(self, bill: ErpBill, number: int = 1) -> Steps:
        request = yield from self._request(bill, number)
        self.oa.approve_fully(request.id, "同意，按合同执行")
        yield from self._status(bill, "C")

    def _rejected(self, bill: ErpBill) -> Steps:
        request = yield from self._request(bill)
        self.oa.reject(request.id, request.waiting[0], "单价高于上次，请重新谈价 <b>&amp;</b>")
        yield from self._status(bill, "A", "D")

    def _rejected_edited(self, bill: ErpBill) -> Steps:
        yield from self._rejected(bill)
        table, correction, _ = _EDITS[bill.form]
        self.erp.edit(bill.form, bill.id, bill.maker, {}, {bill.entries[table][0]["FEntryID"]: correction})
        self.erp.submit(bill.form, bill.id, bill.maker)
        yield from self._approved(bill, 2)

    def _rejected_unedited(self, bill: ErpBill) -> Steps:
        yield from self._rejected(bill)
        self.erp.submit(bill.form, bill.id, bill.maker)
        yield from self._approved(bill, 2)

    def _off_lock(self, bill: ErpBill) -> Steps:
        """It comes back before anybody in the OA has seen it."""
        yield from self._status(bill, "A", "D")
        line = bill.entries[_EDITS[bill.form][0]][0]["FEntryID"]
        self.erp.edit(bill.form, bill.id, bill.maker, {}, {line: _LOCKED[bill.form]})
        self.erp.submit(bill.form, bill.id, bill.maker)
        yield from self._approved(bill)

    def _taken_back(self, bill: ErpBill) -> Steps:
        request = yield from self._request(bill)
        self.erp.withdraw(bill.form, bill.id, bill.maker)
        yield from self._ended(request)

    def _deleted(self, bill: ErpBill) -> Steps:
        request = yield from self._request(bill)
        self.erp.withdraw(bill.form, bill.id, bill.maker)
        self.erp.delete(bill.form, bill.id, bill.maker)
        yield from self._ended(request)

    def _changed(self, bill: ErpBill) -> Steps:
        yield from self._request(bill)
        self.erp.withdraw(bill.form, bill.id, bill.maker)
        table, _, change = _EDITS[bill.form]
        self.erp.edit(bill.form, bill.id, bill.maker, {}, {bill.entries[table][0]["FEntryID"]: change})
        self.erp.submit(bill.form, bill.id, bill.maker)
        yield from self._approved(bill, 2)

    def _audited_by_hand(self, bill: ErpBill) -> Steps:
        request = yield from self._request(bill)
        self.erp.audit(bill.form, bill.id, "wangmin")
        yield from self._ended(request)

    def _tampered(self, bill: ErpBill) -> Steps:
        """Somebody writes into the database while everybody agrees: no change time moves, and nothing may be audited."""
        request = yield from self._request(bill)
        table, _, change = _EDITS[bill.form]
        with self.erp.guard:
            line = bill.entries[table][0]
            line.update({name: type(line[name])(value) for name, value in change.items()})
            self.oa.approve_fully(request.id, "同意")

    def _attached(self, bill: ErpBill) -> Steps:
        """Its approvers see the file that its maker attached."""
        request = yield from self._request(bill)
        shown = [
            self.oa.files.find(int(each)) for each in request.fields.get("attachments", "").split(",") if each
        ]
        if [(each.name, each.content) for each in shown if each is not None] != [CONTRACT]:
            raise Refusal("the contract is not on the request")
        yield from self._approved(bill)

    def _withdrawn_in_oa(self, bill: ErpBill) -> Steps:
        request = yield from self._request(bill)
        self.oa.withdraw(request.id, request.creator)
        yield from self._status(bill, "A", "D")

    def _nothing(self, _bill: ErpBill) -> Steps:
        """It must never arrive in the OA; that is looked at in the end."""
        return
        yield

    # --- the truth, from the two worlds alone --------------------------------------------------------------------------
    def requests_of(self, bill: ErpBill) -> list[OaRequestRecord]:
        """Every request ever made of a bill, deleted ones too."""
        return self._by_bill().get(bill.number, [])

    def duplicates(self) -> int:
        """Requests beyond one per key, and audits by the bridge beyond one per submission."""
        keys: Counter[str] = Counter(
            record.fields.get("erp_key", "") for record in (*self.oa.requests(), *self.oa.graveyard)
        )
        doubled = sum(count - 1 for key, count in keys.items() if key and count > 1)
        surplus = sum(max(0, len(self.requests_of(tale.bill)) - tale.sent) for tale in self.tales)
        audits = sum(max(0, self._audits(tale.bill) - 1) for tale in self.tales)
        return max(doubled, surplus) + audits

    def lost(self) -> int:
        """Bills whose people wait in vain: a request that never came, an approval never carried out."""
        missing = sum(max(0, tale.sent - len(self.requests_of(tale.bill))) for tale in self.tales)
        return missing + sum(1 for tale in self.tales if not tale.over)

    def _audits(self, bill: ErpBill) -> int:
        return sum(1 for act in bill.history if act.operation == "Audit" and act.actor == INTEGRATION_USER)

    def stands(self, tale: Tale) -> bool:
        """Is the bill where its tale says it ends?"""
        status = tale.bill.status
        right = {
            "done": status == "C",
            "returned": status in "AD",
            "cancelled": status in "ADC",
            "failed": status == "B",
        }[tale.ends]
        return right and tale.over and len(self.requests_of(tale.bill)) == tale.sent
