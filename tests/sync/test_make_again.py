"""A generation from the start: its bill, not audited yet, is deleted and made anew under the same key. Never two."""

from __future__ import annotations

import pytest

from desktop.domain.document import AttemptOutcome, DocumentState
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
