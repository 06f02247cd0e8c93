"""A document that a person holds back, and one that goes before the others: in every kind of flow, for every state."""

from __future__ import annotations

from typing import Any

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.document import Turn
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import Person, Role
from desktop.store.search import Question
from tests.sync.gating import INVOICE, Till


def taken(house: Any, number: int) -> str:
    house.workspace.engine.take_orders()
    return str(house.workspace.ledger.order_result(number))


def turn_of(house: Any, of: int) -> Turn | None:
    own = house.workspace.ledger.turns([of]).get(of)
    return own.turn if own else None


def test_what_is_held_back_is_not_sent_until_it_is_let_go(house) -> None:
    house.run()
    house.toy.oa.change_workflow(781, in_force=False)
    bill, other = house.order(), house.order()
    house.run()
    house.toy.oa.change_workflow(781, in_force=True)
    documents, of = house.workspace.documents, house.document(bill).id
    assert taken(house, documents.hold_back("liyun", [of], " ")) == "0/1 done: reason_missing"
    assert taken(house, documents.hold_back("liyun", [of], "客户要改合同")) == "1/1 done"
    both = [of, house.document(other).id]
    assert taken(house, documents.retry("liyun", both)) == "1/2 done: held_back"
    house.calm()
    assert not house.requests(bill) and house.requests(other)
    (why,) = house.workspace.reasons.why_not_sent(bill.number)
    assert "liyun" in why.what and "客户要改合同" in why.what and not why.sendable
    assert list(documents.all_ids(Question(held=True), "changed_at", descending=True)) == [of]
    (row,) = documents.rows([of])
    assert row.own_turn is not None and (row.own_turn.person, row.own_turn.reason) == (
        "liyun",
        "客户要改合同",
    )
    assert taken(house, documents.usual_turn("liyun", [of])) == "1/1 done"
    assert taken(house, documents.retry("liyun", [of])) == "1/1 done"
    house.calm()
    assert len(house.requests(bill)) == 1
    told = [each.action for each in house.workspace.trail.entries(f"document:{of}")]
    assert "turn_held" in told and "turn_usual" in told
    house.assert_intact()


def test_an_approval_waits_while_its_bill_is_held_back(house) -> None:
    house.run()
    bill = house.order()
    house.calm()
    of, documents = house.document(bill).id, house.workspace.documents
    assert taken(house, documents.hold_back("liyun", [of], "等法务")) == "1/1 done"
    house.approve(bill)
    house.calm()
    assert house.state(bill) is S.REQUESTED and not house.audits(bill)
    assert taken(house, documents.usual_turn("liyun", [of])) == "1/1 done"
    house.calm()
    assert house.state(bill) is S.DONE
    assert taken(house, documents.hold_back("liyun", [of], "太晚了")) == "0/1 done: over"
    house.assert_intact()


def test_a_generation_stops_between_two_steps(works) -> None:
    works.refuse("Audit", "单据已被其他用户修改")
    request = works.agreed()
    works.run()
    of, documents = works.of(request).id, works.workspace.documents
    assert works.stands(request)[0] is S.SUBMITTED
    assert taken(works, documents.hold_back("liyun", [of], "核对折让")) == "1/1 done"
    works.allow()
    works.clock.pass_s(86_400)
    works.run(3)
    assert works.stands(request)[0] is S.SUBMITTED
    assert taken(works, documents.usual_turn("liyun", [of])) == "1/1 done"
    works.run(3)
    assert works.stands(request) == (S.DONE, "")
    works.assert_intact()


def test_an_invoice_that_is_held_back_does_not_pass_the_gate(till: Till) -> None:
    till.toy.erp.settings.validators[INVOICE, "Audit"] = "单据已被其他用户修改"
    invoice = till.invoice()
    till.run()
    assert till.stands(invoice)[0] is S.FOUND
    of, documents = till.document(invoice).id, till.workspace.documents
    assert taken(till, documents.hold_back("liyun", [of], "等供应商说明")) == "1/1 done"
    till.toy.erp.settings.validators.clear()
    till.clock.pass_s(86_400)
    till.run(2)
    assert till.stands(invoice)[0] is S.FOUND and not till.audits(invoice)
    assert taken(till, documents.usual_turn("liyun", [of])) == "1/1 done"
    till.clock.pass_s(86_400)
    till.run(2)
    assert till.stands(invoice)[0] is S.DONE
    till.assert_intact()


def test_what_goes_first_is_sent_first(house) -> None:
    house.run()
    house.toy.oa.change_workflow(781, in_force=False)
    bills = [house.order() for _ in range(4)]
    house.run()
    house.toy.oa.change_workflow(781, in_force=True)
    documents = house.workspace.documents
    ids = [house.document(bill).id for bill in bills]
    assert taken(house, documents.go_first("liyun", [ids[2]])) == "1/1 done"
    assert taken(house, documents.retry("liyun", ids)) == "4/4 done"
    house.calm()
    promised = [house.workspace.ledger.attempts(of)[-1].id for of in ids]
    assert min(promised) == promised[2]
    assert turn_of(house, ids[2]) is Turn.FIRST
    assert taken(house, documents.usual_turn("liyun", [ids[2]])) == "1/1 done"
    assert turn_of(house, ids[2]) is None


def test_only_the_desk_may(house) -> None:
    house.run()
    bill = house.order()
    house.calm()
    people, of = house.workspace.people, house.document(bill).id
    people.arrive("chief")
    people.save("chief", Person("mapper", "顾问", Role.MAPPING))
    for order in ("hold_back", "go_first", "usual_turn"):
        with pytest.raises(SyncError) as refused:
            house.workspace.order("mapper", order, (of,), reason="x")
        assert refused.value.code is ErrorCode.NOT_ALLOWED
