"""A bill that cannot go back because later bills were made of it: the tree, the wait, and the applicant who is told."""

from __future__ import annotations

import html
from typing import Any

import pytest

from desktop.connectors.ecology.remarks import plain_text
from desktop.domain.document import AttemptOutcome
from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode
from desktop.sandbox.faults import Fault
from desktop.sync.blockers import later_tree
from tests.sync.test_sales_order import FORM


def held(house: Any) -> Any:
    """An order that was returned in the OA, but audited by hand and delivered meanwhile; a person says: back with it."""
    house.run()
    bill = house.order()
    house.run()
    house.reject(bill)
    house.toy.erp.audit(FORM, bill.id, "wangmin")
    delivery = house.toy.erp.add_downstream(FORM, bill.id)
    house.run()
    assert house.failure(bill) == ErrorCode.AUDITED_BY_HAND.id
    number = house.document(bill).id
    house.workspace.order("chief", "decide", (number,), decision="rejected", reason="price")
    house.run(2)
    return bill, delivery


def test_it_waits_with_the_tree_and_goes_on_by_itself_when_the_last_is_gone(house) -> None:
    bill, delivery = held(house)
    assert house.failure(bill) == ErrorCode.DOWNSTREAM_BLOCKS.id
    document = house.document(bill)
    (failure, _) = house.workspace.ledger.open_failures([document.id])[document.id]
    (told,) = failure.facts["blockers"]
    assert (told["form"], told["number"], told["status"]) == ("SAL_OUTSTOCK", delivery.number, "created")
    assert (told["amount"], told["currency"], told["depth"]) == ("2034", "PRE001", 1)
    assert failure.next_try_at is None, "a person has to undo it, so it stays in the clerk's list"
    tried = bill.times("UnAudit") + len([act for act in bill.history if act.operation == "UnAudit"])
    house.clock.pass_s(1_000)
    house.run(2)
    assert len([act for act in bill.history if act.operation == "UnAudit"]) == tried, (
        "looked at, not tried in vain"
    )
    house.toy.erp.remove_downstream(FORM, bill.id)
    house.run()
    assert house.state(bill) is S.REJECTED, "the slow clock has not come round"
    house.clock.pass_s(1_000)
    house.run()
    assert (house.state(bill), bill.status, house.failure(bill)) == (S.RETURNED, "D", "")
    house.assert_intact()


def test_the_applicant_reads_it_in_the_request_once(house) -> None:
    bill, delivery = held(house)
    house.clock.pass_s(1_000)
    house.run(3)
    (request,) = house.requests(bill)
    said = [each.remark for each in request.log if delivery.number in each.remark]
    assert len(said) == 1 and bill.number in said[0]
    actions = [each.action for each in house.workspace.trail.entries(f"document:{house.document(bill).id}")]
    assert actions.count("applicant_told") == 1


ALTERED = {
    "cut at the end": lambda remark: f"{remark[:22]}…",
    "full width": lambda remark: "".join(
        chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in plain_text(remark)
    ),
    "escaped twice": lambda remark: html.escape(html.escape(remark)),
    "wrapped": lambda remark: f"<p>&nbsp;{remark.replace('1', '<b>1</b>')}</p><p>from DanQiao</p>",
}


@pytest.mark.parametrize("fault", [Fault.REPLY_LOST, None], ids=["answer lost", "answered"])
@pytest.mark.parametrize("how", ALTERED)
def test_words_that_the_oa_stores_otherwise_are_found_by_their_mark(
    house, monkeypatch, how: str, fault
) -> None:
    """Even where the answer was lost, so that nothing but the request itself can tell that they were said."""
    said, true = [], house.toy.oa.forward

    def forward(number: int, person: str, flag: int, receivers: Any, remark: str = "") -> None:
        said.append(remark)
        true(number, person, flag, receivers, ALTERED[how](remark))

    monkeypatch.setattr(house.toy.oa, "forward", forward)
    if fault:
        house.toy.oa_faults.force(fault, "forwardRequest")
    bill, _ = held(house)
    house.clock.pass_s(1_000)
    house.calm()
    assert len(said) == 1
    attempts = house.workspace.ledger.attempts(house.document(bill).id)
    assert [each.outcome for each in attempts if each.step == "tell_applicant"] == [AttemptOutcome.DONE]


def test_words_altered_beyond_recognition_count_where_the_oa_said_yes(house, monkeypatch) -> None:
    said, true = [], house.toy.oa.forward

    def forward(number: int, person: str, flag: int, receivers: Any, remark: str = "") -> None:
        said.append(remark)
        true(number, person, flag, receivers, "…")

    monkeypatch.setattr(house.toy.oa, "forward", forward)
    bill, _ = held(house)
    house.clock.pass_s(1_000)
    house.run(3)
    assert len(said) == 1
    attempts = house.workspace.ledger.attempts(house.document(bill).id)
    assert [each.outcome for each in attempts if each.step == "tell_applicant"] == [AttemptOutcome.DONE]


def test_a_request_that_is_deleted_under_the_notice_stops_nobody_else(house) -> None:
    """Nobody is left to be told; the flow goes on with all the others."""
    with house.dying("tell_applicant", "reply lost"):
        held(house)
    (bill,) = house.toy.erp.tables[FORM].by_id.values()
    house.toy.oa.delete(house.requests(bill)[0].id, "9", monitor=True)
    house.restart(after_s=1_000)
    other = house.order()
    assert set(house.calm().values()) == {""}
    assert house.state(other) is S.REQUESTED
    attempts = house.workspace.ledger.attempts(house.document(bill).id)
    first, *later = [each.outcome for each in attempts if each.step == "tell_applicant"]
    assert first is AttemptOutcome.LOST, "nobody knows, and nobody will"
    assert set(later) <= {AttemptOutcome.REFUSED} and len(later) < 3, "the OA says that it is gone: given up"


def test_a_person_who_tries_again_too_early_gets_the_same_answer_and_nothing_is_sent(house) -> None:
    bill, _ = held(house)
    house.clock.pass_s(30)
    house.run(2)
    before = len(bill.history)
    house.workspace.order("clerk", "retry", (house.document(bill).id,))
    house.run(2)
    document = house.document(bill)
    (failure, _) = house.workspace.ledger.open_failures([document.id])[document.id]
    assert (failure.code, failure.next_try_at, len(bill.history)) == (
        ErrorCode.DOWNSTREAM_BLOCKS.id,
        None,
        before,
    )


def test_a_tree_is_read_to_its_ends_and_void_bills_stand_in_nobodys_way(house) -> None:
    erp = house.toy.erp
    order = erp.purchase_order(submit=True)
    erp.audit("PUR_PurchaseOrder", order.id, order.maker)
    payable = erp.add_downstream("PUR_PurchaseOrder", order.id)
    erp.submit(payable.form, payable.id, payable.maker)
    erp.audit(payable.form, payable.id, payable.maker)
    payment = erp.add_downstream(payable.form, payable.id)
    connector = house.workspace.connect(house.workspace.catalog.system("k3"))
    try:
        heads = connector.later_bills([ref(house, order)])
        tree = later_tree(connector, ref(house, order))
        assert [(each.bill.ref.number, each.depth) for each in tree] == [
            (payable.number, 1),
            (payment.number, 2),
        ]
        assert [each.bill.status.value for each in tree] == ["audited", "created"]
        (one,) = heads[str(order.id)]
        assert one.owner and one.amount is not None and one.amount.amount > 0
        up = connector.earlier_bills([ref(house, payment)])
        assert [each.ref.number for each in up[str(payment.id)]] == [payable.number]
        erp.void(payment.form, payment.id, payment.maker)
        assert [each.bill.ref.number for each in later_tree(connector, ref(house, order))] == [payable.number]
    finally:
        connector.close()


def ref(house: Any, bill: Any) -> Any:
    from desktop.domain.record import Ref

    return Ref("k3", bill.form, str(bill.id), bill.number)
