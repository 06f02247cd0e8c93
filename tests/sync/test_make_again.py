"""A generation from the start: its bill, not audited yet, is deleted and made anew under the same key. Never two."""

from __future__ import annotations

import pytest

from desktop.domain.document import AttemptOutcome, DocumentState
from desktop.domain.errors import ErrorCode
from tests.sync.making import KEY, Works

S, FORM = DocumentState, "PAEZ_ClaimBill"


def document(works: Works):
    [made] = works.workspace.ledger.in_window("c100", "claim", works.clock.now().replace(year=2020))
    return made


def bills(works: Works) -> list:
    return list(works.toy.erp.tables[FORM].by_id.values())


def ordered(works: Works, reason: str = "映射改过了") -> str:
    number = works.workspace.documents.make_again("liyun", document(works).id, reason)
    works.workspace.engine.take_orders()
    return str(works.workspace.ledger.order_result(number))


def held(works: Works) -> bool:
    return document(works).id in works.workspace.ledger.open_failures([document(works).id])


def saved_and_changed(works: Works) -> object:
    """Stands as SAVED and says something else than was sent."""
    with works.dying("submit_bill", "before the call"):
        works.agreed()
        works.run()
    [bill] = bills(works)
    works.toy.erp.edit(FORM, bill.id, "zhouqi", {"F_PAEZ_OrderNo": "CGDD999999"}, {})
    works.restart(after_s=200)
    works.calm()
    assert document(works).state is S.SAVED and held(works)
    return bill


def test_it_is_deleted_and_made_anew_under_the_same_key(works: Works) -> None:
    old = saved_and_changed(works)
    assert ordered(works, "") == "0/1 done: reason_missing"
    assert (ordered(works), ordered(works)) == ("1/1 done", "0/1 done: not_waiting")
    works.calm()
    [fresh] = bills(works)
    assert fresh.id != old.id and fresh.head[KEY] == old.head[KEY]
    assert fresh.head["F_PAEZ_OrderNo"] == "CGDD000118"
    assert (document(works).state, document(works).round, fresh.status) == (S.DONE, 1, "C")
    done = [
        each.step
        for each in works.workspace.ledger.attempts(document(works).id)
        if each.outcome is AttemptOutcome.DONE
    ]
    assert done.count("save_bill") == 1
    lines = works.workspace.trail.entries(f"document:{document(works).id}")
    assert [each.detail["reason"] for each in lines if each.action == "make_again"] == ["映射改过了"]
    works.assert_intact()


@pytest.mark.parametrize("step", ["delete_bill", "save_bill"])
@pytest.mark.parametrize("moment", ["before the call", "before the commit"])
def test_a_crash_on_the_way_makes_no_second_bill(works: Works, step: str, moment: str) -> None:
    saved_and_changed(works)
    assert ordered(works) == "1/1 done"
    with works.dying(step, moment):
        works.run(6)
    works.restart(after_s=200)
    works.calm()
    [fresh] = bills(works)
    assert (document(works).state, fresh.status) == (S.DONE, "C")


def test_what_is_audited_is_not_made_again(works: Works) -> None:
    works.agreed()
    works.run(3)
    assert document(works).state is S.DONE
    assert ordered(works) == "0/1 done: not_waiting"
    assert len(bills(works)) == 1 and not held(works)


# --- somebody audits it by hand before it is deleted ------------------------------------------------------------------------
def audited_by_hand(works: Works, *, as_sent: bool) -> object:
    """Ordered anew; before the next pass a person puts it right (or does not), submits and audits it in the ERP."""
    bill = saved_and_changed(works)
    assert ordered(works) == "1/1 done"
    if as_sent:
        works.toy.erp.edit(FORM, bill.id, "zhouqi", {"F_PAEZ_OrderNo": "CGDD000118"}, {})
    works.toy.erp.submit(FORM, bill.id, "zhouqi")
    works.toy.erp.audit(FORM, bill.id, "zhouqi")
    works.calm()
    return bill


def test_audited_by_hand_as_it_was_sent_it_stands_and_the_chain_goes_on(works: Works) -> None:
    bill = audited_by_hand(works, as_sent=True)
    assert bills(works) == [bill] and bill.status == "C"
    assert document(works).state is S.DONE and not held(works)
    lines = [each.action for each in works.workspace.trail.entries(f"document:{document(works).id}")]
    assert "make_again_overtaken" in lines
    works.assert_intact()


def test_audited_by_hand_with_other_content_is_a_persons_and_both_ways_on_end(works: Works) -> None:
    bill = audited_by_hand(works, as_sent=False)
    [failure] = works.workspace.ledger.open_failures([document(works).id]).values()
    assert (document(works).state, failure[0].code) == (S.AUDITED, ErrorCode.AUDITED_BEFORE_UNDOING.id)
    assert (failure[0].facts["sent"], failure[0].facts["found"]) == ("CGDD000118", "CGDD999999")
    assert bills(works) == [bill] and works.done_by_us(bill, "Delete") == 0
    # It is right as it is: a person says so, and the chain goes on with it.
    works.workspace.documents.retry("liyun", [document(works).id])
    works.calm()
    assert document(works).state is S.DONE and bills(works) == [bill]
    works.assert_intact()


def test_audited_by_hand_then_un_audited_it_can_be_made_anew_after_all(works: Works) -> None:
    bill = audited_by_hand(works, as_sent=False)
    works.toy.erp.un_audit(FORM, bill.id, "zhouqi")
    works.workspace.documents.retry("liyun", [document(works).id])
    works.calm()
    assert document(works).state is S.SAVED and held(works)
    assert ordered(works) == "1/1 done"
    works.calm()
    [fresh] = bills(works)
    assert fresh.id != bill.id and (document(works).state, fresh.status) == (S.DONE, "C")


def test_a_refused_bill_that_a_person_audits_on_its_way_out_stands(works: Works) -> None:
    """Not ordered anew, but refused for good and on its way back to its maker: what is audited is not undone."""
    works.refuse("Submit", "期间已结账")
    request = works.agreed()
    with works.dying("delete_bill", "before the promise"):
        works.run(3)
    works.allow()
    [bill] = bills(works)
    works.toy.erp.submit(FORM, bill.id, "zhouqi")
    works.toy.erp.audit(FORM, bill.id, "zhouqi")
    works.restart(after_s=200)
    works.calm()
    assert (works.stands(request), bills(works), bill.status) == ((S.DONE, ""), [bill], "C")
    assert not any(each.logtype == "3" for each in works.record(request).log), "nobody sent it back"
