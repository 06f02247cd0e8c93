"""Payment requests compared with what they pay: not above the unpaid payable, no source twice, and waiting for its source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from desktop.domain.document import Document
from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode
from desktop.sandbox.erp_bill import ErpBill
from tests.conftest import Clock, House, Stage

PAYMENT, PAYABLE, FLOW = "CN_PAYAPPLY", "AP_Payable", "payment_request"


@dataclass
class Treasury(House):
    """The whole house with the payment request flow on company 100."""

    def join(self, **options: str) -> None:
        self.toy.join(self.workspace, flows=(FLOW,), **{"breaker_pause_s": "0", **options})
        self.switch("c200", on=False)

    def document(self, bill: ErpBill) -> Document:
        return self.workspace.ledger.by_source("k3", PAYMENT, FLOW, [str(bill.id)])[str(bill.id)]

    def payable(self, *, paid: str = "0", audited: bool = True) -> ErpBill:
        """A payable of 226.00."""
        bill = self.toy.erp.payable(paid=paid, submit=True)
        if audited:
            self.toy.erp.audit(PAYABLE, bill.id, "zhouqi")
        return bill

    def expense(self) -> ErpBill:
        """A submitted expense bill of 300.00."""
        header = {
            "FBillTypeID": "FYBXD001_SYS", "FDate": self.toy.erp.today(), "FOrgID": "100", "FExpenseOrgId": "100",
            "FProposerID": "A0061", "FRequestDeptID": "BM000002", "FExpenseDeptID": "BM000002",
            "FCurrencyID": "PRE001", "FCONTACTUNITTYPE": "BD_Empinfo", "FCONTACTUNIT": "A0061", "FPayOrgId": "100",
        }  # fmt: skip
        row = {
            "FExpID": "CI001",
            "FExpenseAmount": "300.00",
            "FExpSubmitAmount": "300.00",
            "FReqSubmitAmount": "300.00",
        }
        return self.toy.erp.make("ER_ExpReimbursement", header, {"FEntity": [row]}, "zhouqi", submit=True)

    def pay(self, source: ErpBill | str, *amounts: str, **more: Any) -> ErpBill:
        """A submitted request, one line for each amount, all on the same source."""
        number = source if isinstance(source, str) else source.number
        return self.toy.erp.payment_request(amounts=amounts, source=number, submit=True, **more)

    def sentence(self, bill: ErpBill) -> dict[str, str]:
        """The facts of the document's open failure."""
        document = self.document(bill)
        found = self.workspace.ledger.open_failures([document.id]).get(document.id)
        return {key: str(value) for key, value in found[0].facts.items()} if found else {}


@pytest.fixture
def house(toy: Stage, tmp_path: Path, clock: Clock) -> Iterator[Treasury]:
    made = Treasury(toy, tmp_path / "data", clock)
    made.run()
    yield made
    made.close()


def test_a_payment_within_what_is_unpaid_is_sent_and_audited(house) -> None:
    bill = house.pay(house.payable(paid="26.00"), "150.00", "50.00")
    house.run()
    assert house.state(bill) is S.REQUESTED
    house.approve(bill)
    house.run()
    assert (house.state(bill), bill.status) == (S.DONE, "C")
    house.assert_intact()


def test_a_payment_above_what_is_unpaid_goes_back_before_the_oa_sees_it(house) -> None:
    source = house.payable(paid="26.01")
    bill = house.pay(source, "150.00", "50.00")
    house.run(2)
    assert (house.state(bill), bill.status, house.requests(bill)) == (S.RETURNED, "D", [])
    note = bill.head["F_DQ_NOTE"]
    assert all(part in note for part in (bill.number, source.number, "200", "199.99"))


def test_what_was_paid_meanwhile_is_seen_before_the_audit(house) -> None:
    source = house.payable()
    bill = house.pay(source, "226.00")
    house.run()
    house.approve(bill)
    source.entries["FEntityPlan"][0]["FWRITTENOFFAMOUNTFOR"] = source.entries["FEntityPlan"][0][
        "FPAYAMOUNTFOR"
    ]
    house.run()
    assert (house.state(bill), house.failure(bill), bill.status) == (
        S.APPROVED,
        ErrorCode.OVER_PAYABLE.id,
        "B",
    )
    facts = house.sentence(bill)
    assert (facts["source"], facts["amount"], facts["unpaid"]) == (source.number, "226", "0")
    house.run(3)
    assert house.audits(bill) == 0
    document = house.document(bill)
    house.workspace.documents.decide("chief", document.id, "rejected", "已付")
    house.run(2)
    assert (house.state(bill), bill.status) == (S.RETURNED, "D")


def test_a_source_is_not_paid_twice_and_exactly_one_request_goes(house) -> None:
    source = house.payable()
    bills = [house.pay(source, "120.00"), house.pay(source, "120.00")]
    house.run(2)
    assert [house.state(bill) for bill in bills] == [S.REQUESTED, S.RETURNED]
    assert bills[0].number in bills[1].head["F_DQ_NOTE"]
    small = house.pay(source, "106.00")
    house.run()
    assert house.state(small) is S.REQUESTED, "what is left may be paid"
    house.approve(bills[0])
    house.approve(small)
    house.run()
    assert [house.state(bill) for bill in (bills[0], small)] == [S.DONE, S.DONE]


def test_a_second_payment_audited_by_hand_stops_the_first_before_its_audit(house) -> None:
    source = house.payable()
    first = house.pay(source, "226.00")
    house.run()
    house.approve(first)
    second = house.pay(source, "100.00")
    house.toy.erp.audit(PAYMENT, second.id, "zhouqi")
    house.run()
    assert (house.state(first), house.failure(first)) == (S.APPROVED, ErrorCode.PAID_TWICE.id)
    assert second.number in house.sentence(first)["others"]
    house.toy.erp.un_audit(PAYMENT, second.id, "zhouqi")
    house.workspace.documents.retry("chief", [house.document(first).id])
    house.run()
    assert (house.state(first), first.status) == (S.DONE, "C")


def test_a_payment_waits_for_its_source_and_goes_by_itself(house, clock) -> None:
    source = house.payable(audited=False)
    bill = house.pay(source, "100.00")
    house.run(2)
    assert (house.state(bill), house.failure(bill)) == (S.FOUND, ErrorCode.WAITS_FOR_SOURCE.id)
    assert house.sentence(bill)["source"] == source.number
    assert not house.requests(bill)
    house.toy.erp.audit(PAYABLE, source.id, "zhouqi")
    clock.pass_s(16 * 60)
    house.run()
    assert (house.state(bill), house.failure(bill)) == (S.REQUESTED, "")


def test_a_payment_waits_for_its_expense_bill_and_says_so(house, clock) -> None:
    """Q11: the expense bill is not audited yet; the payment names it, and goes by itself once it is."""
    source = house.expense()
    bill = house.pay(source, "100.00")
    house.run(2)
    assert (house.state(bill), house.failure(bill)) == (S.FOUND, ErrorCode.WAITS_FOR_SOURCE.id)
    text, facts = house.workspace.text, house.sentence(bill)
    assert source.number in text.what(ErrorCode.WAITS_FOR_SOURCE.id, facts) and not house.requests(bill)
    house.toy.erp.audit(source.form, source.id, "zhouqi")
    clock.pass_s(16 * 60)
    house.run()
    assert (house.state(bill), house.failure(bill)) == (S.REQUESTED, "")


def test_an_unknown_source_is_told_and_nothing_is_sent(house) -> None:
    bill = house.pay("AP-NONE", "100.00")
    house.run()
    assert (house.state(bill), house.failure(bill)) == (S.FOUND, ErrorCode.SOURCE_UNKNOWN.id)
    assert house.sentence(bill)["source"] == "AP-NONE"
    assert not house.requests(bill)


def test_a_payment_without_a_source_is_compared_with_nothing(house) -> None:
    bill = house.toy.erp.payment_request(submit=True)
    house.run()
    assert house.state(bill) is S.REQUESTED


def test_a_hundred_payments_are_compared_in_a_handful_of_calls(house) -> None:
    sources = [house.payable() for _ in range(20)]
    house.run()
    bare = house.toy.erp_server.calls
    house.run()
    still = house.toy.erp_server.calls - bare
    bills = [house.pay(source, "100.00") for source in sources]
    before = house.toy.erp_server.calls
    house.run()
    assert all(house.state(bill) is S.REQUESTED for bill in bills)
    more = house.toy.erp_server.calls - before - still
    assert more <= 5, "one read of the bills, one for each kind of source, one for what else pays them"
