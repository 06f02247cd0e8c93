"""An expense's ways, over real HTTP: expense bill, payment request by the ERP's own conversion, voucher by our mapping."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode
from tests.sync.making import KEY, expense_lines


def bills(payroll) -> tuple:
    """The expense bill, the payment request and the voucher, one each."""
    (expense,) = payroll.made()
    (payment,) = payroll.made("CN_PAYAPPLY")
    (voucher,) = payroll.made("GL_VOUCHER")
    return expense, payment, voucher


def test_an_expense_becomes_a_payment_request_and_a_voucher(payroll) -> None:
    request = payroll.agreed()
    payroll.run()
    assert payroll.stands(request) == (S.DONE, "")
    expense, payment, voucher = bills(payroll)
    assert {each.status for each in (expense, payment, voucher)} == {"C"}
    assert expense.head["FReqReimbAmountSum"] == Decimal("762.00"), "approved, not claimed"
    assert payment.head["FAPPLYAMOUNTFOR_H"] == Decimal("762.00")
    assert payment.sources == [("ER_ExpReimbursement", expense.id)]
    assert voucher.head["FDEBITTOTAL"] == voucher.head["FCREDITTOTAL"] == Decimal("762.00")
    assert [line["FDEBIT"] for line in voucher.entries["FEntity"] if line.get("FDEBIT")] == [
        Decimal("312.00"), Decimal("423.00"), Decimal("27.00"),
    ]  # fmt: skip
    assert (expense.head[KEY][-6:], voucher.head[KEY][-6:]) == ("-R1-L1", "-R1-L3")


def test_every_number_goes_back_to_the_oa(payroll) -> None:
    request = payroll.agreed()
    payroll.run()
    expense, payment, voucher = bills(payroll)
    told = payroll.record(request).fields
    assert (told["erp_bill_no"], told["payment_no"]) == (expense.number, payment.number)
    assert (told["voucher_word"], told["voucher_no"]) == ("记", str(voucher.head["FVOUCHERGROUPNO"]))
    assert (told["voucher_year"], told["voucher_period"]) == ("2026", "11")
    links = payroll.workspace.ledger.leg_links([payroll.of(request)])[payroll.of(request).id]
    assert [links[leg].erp.number for leg in (1, 2, 3)] == [expense.number, payment.number, voucher.number]


def test_an_unbalanced_voucher_is_never_sent_and_nothing_before_it(payroll) -> None:
    """The approver's total is not what his lines make: the voucher would not balance."""
    request = payroll.agreed(approved_amount="800.00")
    payroll.run(2)
    assert not payroll.made() and not payroll.made("GL_VOUCHER")
    assert payroll.stands(request) == (S.RETURNED, "")
    said = payroll.record(request).log[-1].remark
    assert "762.00" in said and "800.00" in said


@pytest.mark.parametrize("again", ["24110001", " 24110001 "])
def test_an_invoice_is_reimbursed_once(payroll, again: str) -> None:
    first = payroll.agreed()
    payroll.run()
    second = payroll.agreed(lines=expense_lines(again, "24110009"))
    twice = payroll.agreed(lines=expense_lines("24110077", "24110077"))
    payroll.run(2)
    assert [payroll.stands(each)[0] for each in (first, second, twice)] == [S.DONE, S.RETURNED, S.RETURNED]
    assert len(payroll.made()) == 1
    assert "24110001" in payroll.record(second).log[-1].remark


def test_a_returned_expense_gives_its_invoices_back(payroll) -> None:
    payroll.refuse("Submit", "期间已结账")
    refused = payroll.agreed()
    payroll.run(3)
    payroll.allow()
    other = payroll.agreed()
    payroll.run()
    assert [payroll.stands(each)[0] for each in (refused, other)] == [S.RETURNED, S.DONE]


@pytest.mark.parametrize("stands", [False, True], ids=["nothing made", "a bill stands"])
def test_a_dismissed_expense_gives_its_invoices_back_unless_its_bill_stands(payroll, stands: bool) -> None:
    """Of a bill that stands in the ERP the invoices are spent, whatever becomes of our document."""
    payroll.refuse("Submit", "期间已结账", "CN_PAYAPPLY")
    first = payroll.agreed()
    if stands:
        payroll.run(2)
    else:
        with payroll.dying("save_bill", "before the promise"):
            payroll.run()
        payroll.restart()
    payroll.workspace.order("chief", "dismiss", (payroll.of(first).id,), reason="自行处理")
    payroll.allow()
    payroll.run()
    assert payroll.stands(first)[0] is S.DISMISSED
    second = payroll.agreed()
    payroll.run(2)
    assert payroll.stands(second)[0] is (S.RETURNED if stands else S.DONE)


def test_all_gaps_of_all_three_bills_are_told_before_the_first_write(payroll) -> None:
    line = {"amount": "812.00", "approved_amount": "762.00", "expense_item": "CI999"}
    request = payroll.agreed(department="99", lines=(line,))
    payroll.workspace.catalog.delete_base_row("c100", "account_book", "001", "chief")
    payroll.run(2)
    assert payroll.stands(request) == (S.FOUND, ErrorCode.BASE_DATA_UNMAPPED.id)
    document = payroll.of(request)
    gaps = payroll.workspace.ledger.open_failures([document.id])[document.id][0].facts["gaps"]
    assert all(each in gaps for each in ("99", "CI999", "account_book 100"))
    assert not payroll.made()


def test_after_the_first_audit_a_refusal_waits_for_finance_and_goes_on_where_it_stopped(payroll) -> None:
    payroll.refuse("Submit", "期间已结账", "GL_VOUCHER")
    request = payroll.agreed()
    payroll.run(3)
    assert payroll.stands(request) == (S.SAVED, ErrorCode.REFUSED.id)
    assert payroll.of(request).leg == 3
    assert payroll.record(request).node_type == 1, "it is not returned: two audited bills stand"
    payroll.allow()
    payroll.workspace.order("clerk", "retry", (payroll.of(request).id,))
    payroll.run(2)
    assert payroll.stands(request) == (S.DONE, "")
    assert [each.times("Audit") for each in bills(payroll)] == [1, 1, 1]


def test_a_conversion_that_pays_another_amount_is_not_submitted(payroll) -> None:
    """Somebody changed the pushed payment request before it was submitted: the approved amount is not what it says."""
    request = payroll.agreed()
    with payroll.dying("submit_bill", "before the promise", skip=1):
        payroll.run()
    payroll.restart()
    (payment,) = payroll.made("CN_PAYAPPLY")
    line = payment.entries["FPAYAPPLYENTRY"][0]["FEntryID"]
    payroll.toy.erp.edit("CN_PAYAPPLY", payment.id, "danqiao", {}, {line: {"FAPPLYAMOUNTFOR": "9312.00"}})
    payroll.run(2)
    assert payroll.stands(request) == (S.SAVED, ErrorCode.CHANGED_AFTER_SENDING.id)
    assert payment.status == "A"


def test_a_pushed_bill_is_not_sent_for_approval_by_another_flow(payroll) -> None:
    """Our payment request lies SUBMITTED when the payment flow looks: it is ours, and the OA has agreed already."""
    payroll.toy.join(payroll.workspace, flows=("payment_request", "expense"), breaker_pause_s="0")
    own = payroll.toy.erp.payment_request(company="100", maker="zhouqi", submit=True)
    request = payroll.agreed()
    with payroll.dying("audit_bill", "before the promise", skip=1):
        payroll.run()
    payroll.restart()
    payment = next(each for each in payroll.made("CN_PAYAPPLY") if each is not own)
    assert payment.status == "B"
    payroll.run(2)
    sent = [each.fields["erp_bill_no"] for each in payroll.toy.oa.requests(782)]
    assert sent == [own.number]
    assert payroll.stands(request) == (S.DONE, "")


def test_a_push_that_the_erp_refuses_waits_for_finance(payroll) -> None:
    request = payroll.agreed()
    with payroll.dying("push_bill", "before the promise"):
        payroll.run()
    payroll.restart()
    (expense,) = payroll.made()
    expense.close_status = "B"
    payroll.run(3)
    assert payroll.stands(request) == (S.AUDITED, ErrorCode.REFUSED.id)
    assert not payroll.made("CN_PAYAPPLY")


def test_the_flow_file_needs_a_way_to_find_each_bill_again(payroll) -> None:
    flow = payroll.workspace.flows["expense"]
    legs = (flow.legs[0], replace(flow.legs[1], source_field="FNOTHERE"), flow.legs[2])
    payroll.workspace.flows = {"expense": replace(flow, version="lame", legs=legs)}
    payroll.agreed()
    assert payroll.run()["c100/expense"] == ErrorCode.FIELD_MISSING.id
    assert not payroll.made()
