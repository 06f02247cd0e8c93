"""Claims that are settled by payments: a payment request takes them off, before the OA and once more before its audit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode
from desktop.sandbox.erp_bill import ErpBill
from desktop.services.workspace import RESOURCES
from desktop.store.flows import parse_flow
from tests.conftest import Clock, Stage
from tests.sync.gating import BUYER, Till

FORM, FLOW, LINES = "CN_PAYAPPLY", "payment_request", "FPAYAPPLYENTRY"


def with_offset() -> str:
    """The shipped flow with its offset switched on, as its remark says."""
    text = (RESOURCES / "flows" / "payment_request.approval.toml").read_text("utf-8")
    text = re.sub(r"(?m)^#~ ", "", text)
    return re.sub(r"(?m)^rules( *)= \[(.*)\]", r'rules\1= [\2, "claims_offset"]', text)


class Cashier(Till):
    """The house with the payment flow; offsets are on."""

    def join(self, **options: str) -> None:
        self.toy.join(self.workspace, flows=(FLOW,), **{"breaker_pause_s": "0", **options})
        self.switch("c200", on=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.workspace.flows = {FLOW: parse_flow(with_offset(), "payment_request")}

    def pay(self, *offsets: tuple[ErpBill, str]) -> ErpBill:
        """A submitted payment request of 10 000.00, with a negative line for each (claim, amount)."""
        made = self.toy.erp.payment_request(maker=BUYER)
        if offsets:
            self.offset(made, *offsets)
        return self.toy.erp.submit(FORM, made.id, BUYER)

    def offset(self, made: ErpBill, *offsets: tuple[ErpBill, str]) -> None:
        first = made.entries[LINES][0]
        same = {
            key: first[key]
            for key in ("FEACHBANKACCOUNT", "FEACHCCOUNTNAME", "FEACHBANKNAME", "FENDDATE", "FEXPECTPAYDATE")
        }
        rows = [
            {**same, "FPAYPURPOSEID": "SFKYT08_SYS", "FSETTLETYPEID": "JSFS04_SYS", "FAPPLYAMOUNTFOR": -Decimal(amount),
             "F_DQ_CLAIMNO": claim.number}
            for claim, amount in offsets
        ]  # fmt: skip
        self.toy.erp.edit(FORM, made.id, BUYER, {}, {}, {LINES: rows})

    def document(self, bill: ErpBill):
        return self.workspace.ledger.by_source("k3", FORM, FLOW, [str(bill.id)])[str(bill.id)]


@pytest.fixture
def cashier(toy: Stage, tmp_path: Path, clock: Clock) -> Iterator[Cashier]:
    made = Cashier(toy, tmp_path / "data", clock)
    yield made
    made.close()


def test_a_payment_without_its_offset_never_reaches_the_oa(cashier: Cashier) -> None:
    claim = cashier.claim("800.00", mode="3")
    payment = cashier.pay()
    cashier.run(2)
    assert cashier.stands(payment) == (S.RETURNED, "", "D")
    assert not cashier.requests(payment)
    for part in (claim.number, "800.00", "抵扣货款"):
        assert part in cashier.said(payment)
    cashier.offset(payment, (claim, "800.00"))
    cashier.toy.erp.submit(FORM, payment.id, BUYER)
    cashier.run(2)
    cashier.approve(payment)
    cashier.run(2)
    assert cashier.stands(payment) == (S.DONE, "", "C")
    following = cashier.pay()
    cashier.run()
    assert cashier.state(following) is S.REQUESTED, "nothing is open any more"


def test_a_claim_for_invoices_stops_no_payment(cashier: Cashier) -> None:
    cashier.claim("800.00", mode="1")
    payment = cashier.pay()
    cashier.run()
    assert cashier.state(payment) is S.REQUESTED


def test_a_claim_that_comes_during_the_approval_is_seen_before_the_audit(cashier: Cashier) -> None:
    payment = cashier.pay()
    cashier.run()
    cashier.claim("800.00", mode="3")
    cashier.approve(payment)
    cashier.run(3)
    assert not cashier.audits(payment)
    assert cashier.stands(payment) == (S.RETURNED, "", "D")


def test_two_payments_never_take_the_same_claim(cashier: Cashier) -> None:
    claim = cashier.claim("800.00", mode="3")
    first, second = cashier.pay((claim, "800.00")), cashier.pay((claim, "800.00"))
    cashier.run(2)
    assert cashier.state(first) is S.REQUESTED
    assert cashier.stands(second) == (S.RETURNED, "", "D")
    cashier.approve(first)
    cashier.run(2)
    assert [cashier.audits(each) for each in (first, second)] == [1, 0]


def test_an_unreadable_claim_keeps_the_payment(cashier: Cashier) -> None:
    cashier.claim("800.00", mode="9")
    payment = cashier.pay()
    cashier.run()
    assert cashier.stands(payment) == (S.FOUND, ErrorCode.CLAIM_UNREADABLE.id, "B")
    assert not cashier.requests(payment)
