"""A bill that cannot go back because later bills were made of it: the tree, the wait, and the applicant who is told."""

from __future__ import annotations

from typing import Any

from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode
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
