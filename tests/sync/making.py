"""The house with a generation flow, and the people of the OA who fill in its forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.domain.document import AttemptOutcome, Document, DocumentState
from desktop.sandbox.erp_bill import ErpBill
from desktop.sandbox.group import INTEGRATION_USER
from desktop.sandbox.oa_records import OaRequestRecord
from tests.conftest import House

KEY = "F_DQ_KEY"
CLAIM = {
    "company": "100", "bill_date": "2026-11-20", "supplier_id": "4001", "supplier_code": "VEN0001",
    "supplier_name": "昆山恒泰金属材料有限公司", "order_no": "CGDD000118", "settle_mode": "1", "currency": "CNY",
    "amount": "1130.00", "amount_no_tax": "1000.00", "tax_rate": "13", "reason": "来料划伤",
}  # fmt: skip
CLAIM_LINES = (
    {"material_code": "M0001", "qty": "500", "tax_price": "1.13", "amount": "565.00", "reason": "划伤"},
    {"material_code": "M0002", "qty": "50", "tax_price": "11.30", "amount": "565.00", "reason": "缺件"},
)
EXPENSE = {
    "company": "100", "bill_date": "2026-11-20", "applicant": "61", "department": "22", "currency": "CNY",
    "amount": "812.00", "approved_amount": "762.00", "payee": "周琪", "bank_name": "工商银行昆山支行",
    "bank_account": "6222020000000000061", "note": "去苏州出差",
}  # fmt: skip


def expense_lines(*invoices: str) -> tuple[dict[str, str], ...]:
    """Two lines: a ticket of 312, and 500 at the inn of which 450 were approved, 27 of them tax."""
    first, second = invoices or ("24110001", "24110002")
    return (
        {"expense_item": "CI001", "expense_item_name": "差旅费", "amount": "312.00", "approved_amount": "312.00",
         "invoice_no": first, "department": "22"},
        {"expense_item": "CI002", "amount": "500.00", "approved_amount": "450.00", "tax_rate": "6", "tax_amount": "27.00",
         "invoice_no": second},
    )  # fmt: skip


INQUIRY = {
    "company": "100", "bill_date": "2026-11-20", "applicant": "61", "department": "22", "currency": "CNY",
    "valid_from": "2026-12-01", "valid_to": "2027-11-30", "note": "年度询价",
}  # fmt: skip
MOTOR = {
    "material_id": "5003", "material_code": "M0003", "material_name": "伺服电机", "unit": "个", "tax_rate": "13",
    "currency": "CNY",
}  # fmt: skip


def inquiry_lines(**chosen: str) -> tuple[dict[str, str], ...]:
    """Two suppliers compared for one motor; the cheaper one, known to the ERP, is chosen."""
    best = {
        "supplier_id": "4001",
        "supplier_code": "VEN0001",
        "supplier_name": "昆山恒泰",
        "tax_price": "1500.00",
    }
    dear = {"supplier_id": "", "supplier_name": "没有建档的供应商", "tax_price": "1600.00", "chosen": ""}
    return ({**MOTOR, **best, "chosen": "1", **chosen}, {**MOTOR, **dear})


@dataclass
class Works(House):
    """The whole house with one generation flow on company 100."""

    flow: str = "claim"
    form: str = "PAEZ_ClaimBill"
    workflow: int = 787

    def join(self, **options: str) -> None:
        """Sets the company up (again). Only the route of company 100 is on."""
        self.toy.join(self.workspace, flows=(self.flow,), **{"breaker_pause_s": "0", **options})
        self.switch("c200", on=False)

    def _documents(self) -> list[Document]:
        ledger, routes = self.workspace.ledger, self.workspace.catalog.routes()
        return [each for route in routes for each in ledger.moving(route.id, self.flow)]

    def intents(self) -> list[str]:
        """Steps whose outcome nobody knows yet."""
        held = [
            each
            for route in self.workspace.catalog.routes()
            for each in self.workspace.ledger.open_attempts(route.id, self.flow)
        ]
        return [attempt.step for _, attempt in held if attempt.outcome is AttemptOutcome.INTENT]

    # --- people --------------------------------------------------------------------------------------------------------
    def ask(
        self, person: str = "61", lines: Sequence[Mapping[str, Any]] | None = None, **fields: object
    ) -> int:
        """Somebody fills in the flow's form; answers the request's id."""
        form, usual = {
            "claim": (CLAIM, CLAIM_LINES), "expense": (EXPENSE, expense_lines()), "inquiry": (INQUIRY, inquiry_lines()),
        }[self.flow]  # fmt: skip
        rows = usual if lines is None else lines
        return self.toy.oa.start(self.workflow, person, {**form, **fields}, {"detail_1": rows})

    def agreed(self, person: str = "61", **fields: Any) -> int:
        """A request to which everybody has said yes: it waits for the integration account."""
        request = self.ask(person, **fields)
        self.toy.oa.approve_fully(request)
        return request

    def refuse(self, operation: str, said: str, form: str = "") -> None:
        """The ERP refuses an operation from now on, with these words."""
        self.toy.erp.settings.validators[form or self.form, operation] = said

    def allow(self) -> None:
        """It refuses nothing any more."""
        self.toy.erp.settings.validators.clear()

    # --- what our store says -------------------------------------------------------------------------------------------
    def of(self, request: int) -> Document:
        """Our document of a request; KeyError where there is none."""
        form, key = self.workspace.flows[self.flow].oa.form, self.toy.oa.shown_id(request)
        return self.workspace.ledger.by_source("oa", form, self.flow, [key])[key]

    def stands(self, request: int) -> tuple[DocumentState, str]:
        """The document's state and the code of its open failure."""
        document = self.of(request)
        found = self.workspace.ledger.open_failures([document.id]).get(document.id)
        return document.state, found[0].code if found else ""

    # --- what the two worlds say ---------------------------------------------------------------------------------------
    def forms(self) -> list[str]:
        """The forms of the flow's bills, in their order."""
        return [leg.erp.form for leg in self.workspace.flows[self.flow].legs]

    def made(self, form: str = "") -> list[ErpBill]:
        """The living bills of a form, oldest first."""
        return [bill for _, bill in sorted(self.toy.erp.tables[form or self.form].by_id.items())]

    def record(self, request: int) -> OaRequestRecord:
        return self.toy.oa.request(request)

    def done_by_us(self, bill: ErpBill, operation: str) -> int:
        return sum(
            1
            for act in bill.history
            if act.operation == operation and act.actor == INTEGRATION_USER and not act.result
        )
