"""A sales order's ordinary ways, over real HTTP: there, back, again."""

from __future__ import annotations

from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode

FORM = "SAL_SaleOrder"


def test_approved_means_audited_once(house) -> None:
    house.run()
    bill = house.order()
    house.run()
    (request,) = house.requests(bill)
    assert house.document(bill).state is S.REQUESTED
    assert request.creator == "57", "opened in the maker's own name"
    assert request.fields["amount"] == "2034.00"
    assert len(request.details["detail_1"]) == 3
    house.toy.oa.approve_fully(request.id)
    house.run()
    assert house.document(bill).state is S.DONE
    assert (bill.status, house.audits(bill)) == ("C", 1)


def test_rejected_means_back_with_the_opinion_and_the_request_ended(house) -> None:
    house.run()
    bill = house.order()
    house.run()
    (request,) = house.requests(bill)
    house.toy.oa.reject(request.id, "40", "太贵 <b>&</b>")
    house.run()
    assert house.document(bill).state is S.RETURNED
    assert bill.status == "D"
    assert "太贵 <b>&</b>" in bill.head["F_DQ_NOTE"]
    assert house.toy.oa.request(request.id).node_type == 3, "nobody can hand it in again"
    house.run(2)
    assert len(house.requests(bill)) == 1, "a bill that lies with its maker is not sent"


def test_handed_in_again_unedited_is_a_second_round(house) -> None:
    house.run()
    bill = house.order()
    house.run()
    house.toy.oa.reject(house.requests(bill)[0].id, "40", "no")
    house.run()
    house.toy.erp.submit(FORM, bill.id, "wangmin")
    house.run()
    first, second = house.requests(bill)
    assert second.fields["erp_key"] == first.fields["erp_key"].replace("-R1", "-R2")
    house.toy.oa.approve_fully(second.id)
    house.run()
    assert (house.document(bill).state, house.document(bill).round) == (S.DONE, 2)


def test_taken_back_ends_the_request(house) -> None:
    house.run()
    bill = house.order()
    house.run()
    house.toy.erp.withdraw(FORM, bill.id, "wangmin")
    house.run()
    assert house.document(bill).state is S.CANCELLED
    assert house.requests(bill)[0].node_type in (0, 3)
    assert not house.toy.oa.pending("40")


def test_changed_while_in_approval_is_asked_again(house) -> None:
    house.run()
    bill = house.order()
    house.run()
    house.toy.erp.withdraw(FORM, bill.id, "wangmin")
    line = bill.entries["FSaleOrderEntry"][0]["FEntryID"]
    house.toy.erp.edit(FORM, bill.id, "wangmin", {}, {line: {"FQty": 900}})
    house.toy.erp.submit(FORM, bill.id, "wangmin")
    house.run(3)
    assert [each.fields["amount"] for each in house.requests(bill)] == ["2034.00", "1921.00"]
    assert house.document(bill).round == 2


def test_changed_after_the_approval_is_not_audited(house) -> None:
    """Someone approves; before our audit the bill is withdrawn, changed and submitted: what lies there was not approved."""
    house.run()
    bill = house.order()
    house.run()
    house.toy.oa.approve_fully(house.requests(bill)[0].id)
    house.toy.erp.withdraw(FORM, bill.id, "wangmin")
    line = bill.entries["FSaleOrderEntry"][0]["FEntryID"]
    house.toy.erp.edit(FORM, bill.id, "wangmin", {}, {line: {"FTaxPrice": "99"}})
    house.toy.erp.submit(FORM, bill.id, "wangmin")
    house.run(2)
    assert house.audits(bill) == 0
    assert house.document(bill).state in (S.CANCELLED, S.REQUESTED, S.APPROVED)


def test_audited_by_hand_waits_for_a_person_who_accepts(house) -> None:
    house.run()
    bill = house.order()
    house.run()
    house.toy.erp.audit(FORM, bill.id, "wangmin")
    house.run()
    assert house.failure(bill) == ErrorCode.AUDITED_BY_HAND.id
    house.workspace.order("chief", "accept", (house.document(bill).id,), reason="agreed by phone")
    house.run(2)
    assert house.document(bill).state is S.CANCELLED
    assert bill.status == "C"


def test_a_gap_in_the_base_data_keeps_the_bill_until_it_is_closed(house) -> None:
    from desktop.store.catalog import BaseRow

    house.run()
    bill = house.order(customer="CUST0006")
    house.run(2)
    assert house.failure(bill) == ErrorCode.BASE_DATA_UNMAPPED.id
    assert not house.requests(bill)
    house.workspace.catalog.put_base_rows([BaseRow("c100", "customer", "CUST0006", "3006")], "clerk")
    house.run()
    assert house.failure(bill) == ""
    assert len(house.requests(bill)) == 1


def test_a_filter_keeps_a_bill_out_and_leaves_its_name(house) -> None:
    from dataclasses import replace

    from desktop.domain.flow import Filter

    flow = house.workspace.flows["sales_order"]
    only_large = replace(
        flow, version="filtered", filters=(Filter("large orders only", "FBillAllAmount > 100000"),)
    )
    house.workspace.flows = {"sales_order": only_large}
    bill = house.order()
    house.run(2)
    assert house.document(bill).state is S.DISMISSED
    assert not house.requests(bill)
