"""What the engine does where K/3 WISE and DingTalk cannot do as the first pair: a listing of what still runs, calls that are
metered, a trigger that must not loop, an agreed request that waits for its bill and is told by a comment. Crashes, lost
answers and people in any order stand in test_pairs.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from desktop.connectors.dingtalk.connector import DingTalk
from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import OaSide
from desktop.domain.record import OaRequest, Ref
from desktop.sandbox.dingtalk_instances import Instances
from desktop.sandbox.dingtalk_play import PLAY as DINGTALK
from desktop.sandbox.faults import Fault
from desktop.sandbox.k3wise_play import PLAY as WISE
from desktop.services.matching import Gap
from tests.conftest import Clock, House, staged
from tests.sync.making import Works

PAIR = (WISE, DINGTALK)


@pytest.fixture
def toy(served: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Any:
    return staged(served, clock, monkeypatch, PAIR)


@pytest.fixture
def house(toy: Any, tmp_path: Path, clock: Clock) -> Iterator[House]:
    made = House(toy, tmp_path / "data", clock)
    yield made
    made.close()


@pytest.fixture
def works(toy: Any, tmp_path: Path, clock: Clock) -> Iterator[Works]:
    made = Works(toy, tmp_path / "data", clock)
    yield made
    made.close()


# --- what these vendors cannot do ----------------------------------------------------------------------------------------
def test_only_a_request_that_the_listing_lacks_is_read(house: House) -> None:
    house.run()
    bills = [house.order() for _ in range(3)]
    house.run(2)
    house.approve(bills[1])
    before = len(_reads(house))
    house.run()
    assert len(_reads(house)) - before == 1
    assert [house.state(bill) for bill in bills] == [S.REQUESTED, S.DONE, S.REQUESTED]


def _reads(house: House) -> list[int]:
    """Reads of single instances so far, as the toy counts them."""
    counted = house.toy.oa_play.counted(house.toy.oa_server.app)
    return [0] * counted.get("read", 0)


def test_a_metered_listing_waits_its_turn_and_a_push_does_not(house: House) -> None:
    house.join(monthly_calls="10000")
    house.run()
    bill = house.order()
    house.run()
    house.approve(bill)
    assert house.workspace.engine.run_flow("c100", "sales_order") == ""
    assert house.state(bill) is S.REQUESTED, "the last listing's calls still have to last"
    house.workspace.engine.wake("oa")
    house.workspace.engine.run_flow("c100", "sales_order")
    assert house.state(bill) is S.DONE
    system = house.workspace.catalog.system("oa")
    meter = house.workspace.systems.meter(system)
    assert meter is not None
    assert (meter.allowed, meter.used > 5) == (10_000, True)


def test_a_listing_that_breaks_off_is_still_owed(house: House) -> None:
    house.join(monthly_calls="10000")
    house.run()
    bill = house.order()
    house.run()
    house.approve(bill)
    engine = house.workspace.engine
    engine.wake("oa")
    house.toy.oa_faults.force(Fault.RESET_BEFORE, "list")
    assert engine.run_flow("c100", "sales_order") != ""
    assert house.state(bill) is S.REQUESTED
    house.clock.pass_s(120)
    engine.run_flow("c100", "sales_order")
    assert house.state(bill) is S.DONE, "two minutes later, not when the next listing is due"


def test_the_reconciliation_lists_what_runs_and_reads_what_is_over(house: House) -> None:
    house.join(monthly_calls="10000")
    house.run()
    bills = [house.order() for _ in range(5)]
    house.run(2)
    house.approve(bills[0])
    house.run()
    house.clock.pass_s(3_600)
    before = len(_reads(house))
    assert house.workspace.reconcile.run(1).clean
    assert len(_reads(house)) - before == 1, "the agreed one; those that run are in one list"
    house.reject(bills[1])
    house.toy.oa.delete(house.requests(bills[2])[0].id, "9", monitor=True)
    house.clock.pass_s(90_000)
    found = {row.number: row.kind for row in house.workspace.reconcile.run(1).rows}
    assert found == {bills[1].number: Gap.OA_STATE, bills[2].number: Gap.OA_GONE}


def test_what_was_decided_since_a_metered_look_is_no_difference_for_a_day(house: House) -> None:
    house.join(monthly_calls="10000")
    house.run()
    bill = house.order()
    house.run()
    house.approve(bill)
    house.clock.pass_s(3600)
    assert house.workspace.reconcile.run(1).rows == ()
    house.clock.pass_s(25 * 3600)
    assert [row.kind for row in house.workspace.reconcile.run(3).rows] == [Gap.OA_STATE]


def test_a_trigger_under_which_returned_bills_wait_at_once_is_not_switched_on(house: House) -> None:
    system = house.workspace.catalog.system("k3")
    house.workspace.catalog.put_system(replace(system, options={**system.options, "trigger": "saved"}), "x")
    route = next(each for each in house.workspace.catalog.routes() if each.id == "c100")
    [error, *_] = house.workspace.systems.why_not(route, "sales_order")
    assert error.code is ErrorCode.TRIGGER_LOOPS
    assert house.run() == {"c100/sales_order": ErrorCode.TRIGGER_LOOPS.id}


def test_people_see_and_name_the_number_while_the_id_stays_the_key(house: House) -> None:
    house.run()
    seen, held = house.order(), [house.order(customer="CUST0006") for _ in range(2)]
    house.run(2)
    [request] = house.requests(seen)
    shown = dingtalk_number(house, request)
    assert house.document(seen).request_number == shown
    assert house.workspace.ledger.links([house.document(seen)])[house.document(seen).id].oa == Ref(
        "oa", "sales_order", house.toy.oa.shown_id(request.id), shown
    )
    for bill, by_id in zip(held, (True, False), strict=True):
        fields = {
            "erp_bill_no": bill.number, "company": "100", "bill_date": str(bill.head["FDate"])[:10],
            "customer_name": "常州新客户（未对应）", "currency": "CNY", "amount": "2034.00",
        }  # fmt: skip
        made = house.toy.oa.request(house.toy.oa.create(781, "57", "手工", fields))
        number = dingtalk_number(house, made)
        typed = house.toy.oa.shown_id(made.id) if by_id else number
        house.workspace.documents.hand_over("chief", house.document(bill).id, typed)
        house.run()
        assert (house.state(bill), house.document(bill).request_number) == (S.HANDED_OVER, number)


def dingtalk_number(house: House, request: Any) -> str:
    """What people call the request, as its pages show it."""
    return Instances(house.toy.oa, house.toy.oa.ding).business_id(request)


# --- an old copy of the store: the listing shows no key, so what began since is listed, and read where nobody knows it -----
@pytest.mark.parametrize("end", [S.DONE, S.RETURNED])
def test_what_ended_while_a_copy_was_away_is_learnt(house: House, tmp_path: Path, end: S) -> None:
    house.run()
    returned = house.order()
    house.run(2)
    house.reject(returned)
    house.calm()
    found = house.order()
    with house.dying("open_request", "before the promise"):
        house.run()
    kept = tmp_path / "copy.db"
    house.workspace.store.copy_to(kept)
    house.restart(after_s=120)
    house.submit(returned)
    house.calm()
    for bill, number in ((returned, 2), (found, 1)):
        house.approve(bill, number) if end is S.DONE else house.reject(bill, number)
    house.calm()
    house.clock.pass_s(120)
    house.restore(kept)
    house.calm()
    house.run(2)
    for bill, number in ((returned, 2), (found, 1)):
        assert (house.state(bill), house.document(bill).round, house.failure(bill)) == (end, number, "")
        assert len(house.requests(bill)) == number
    if end is S.RETURNED:
        for bill in (returned, found):
            house.submit(bill)
        house.calm()
        assert [len(house.running(bill)) for bill in (returned, found)] == [1, 1]
    house.assert_intact()


def test_one_request_that_cannot_be_read_keeps_no_old_copy_from_learning_the_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.run()
    bill, other = house.order(), house.order()
    with house.dying("open_request", "before the promise"):
        house.run()
    house.restart()
    kept = house.workspace.backups.make()[0]
    house.calm()
    for each in (bill, other):
        house.approve(each)
    house.calm()
    assert {house.state(bill), house.state(other)} == {S.DONE}
    dark = house.workspace.ledger.links([house.document(other)])[house.document(other).id].oa.key
    real = DingTalk.read_request

    def read(self: DingTalk, side: OaSide, ref: Ref) -> OaRequest:
        if ref.key == dark:
            raise SyncError(ErrorCode.REFUSED, certain=True, system="oa", number=dark, said="formDataError")
        return real(self, side, ref)

    monkeypatch.setattr(DingTalk, "read_request", read)
    house.clock.pass_s(120)
    house.restore(kept)
    assert not any(house.calm().values())
    assert (house.state(bill), house.failure(bill)) == (S.DONE, "")
    assert len(house.requests(other)) == 1


def test_an_engine_that_starts_on_its_own_store_reads_no_request_and_lists_once_more(house: House) -> None:
    house.run()
    bills = [house.order() for _ in range(3)]
    house.run(2)
    house.approve(bills[0])
    house.reject(bills[1])
    house.calm()
    house.restart()
    before, asked = len(_reads(house)), house.toy.oa_play.counted(house.toy.oa_server.app)
    house.run()
    counted = house.toy.oa_play.counted(house.toy.oa_server.app)
    assert len(_reads(house)) == before
    assert counted.get("list", 0) - asked.get("list", 0) <= 2


# --- an agreed request waits for its bill; a comment tells ------------------------------------------------------------------
def test_numbers_are_told_once_in_a_comment(works: Works) -> None:
    works.run()
    request = works.agreed()
    with works.dying("write_back", "reply lost"):
        works.run(2)
    works.restart(after_s=200)
    works.calm(still=3)
    works.assert_intact()
    (bill,) = works.made()
    assert (_of(works, request).state, bill.status) == (S.DONE, "C")
    [told] = _comments(works, request)
    assert bill.number in told.remark
    assert _moves(works)[-1] == "numbers_told", "nothing was handed on: the request was over"


@pytest.mark.parametrize("moment", ["before the call", "reply lost"])
def test_what_cannot_become_a_bill_is_told_once(works: Works, moment: str) -> None:
    works.run()
    request = works.agreed(amount="999.00")
    with works.dying("return_request", moment):
        works.run(2)
    works.restart(after_s=200)
    works.calm()
    assert (_of(works, request).state, works.made()) == (S.RETURNED, [])
    [told] = _comments(works, request)
    assert "明细金额合计与索赔金额不一致" in told.remark
    works.calm(still=3)
    assert len(_comments(works, request)) == 1
    [row] = works.workspace.documents.rows([_of(works, request).id])
    assert (row.in_words, _moves(works)[-1]) == (True, "request_told"), "nothing was returned"
    story = works.workspace.documents.story(row.id)
    assert not [each for each in story.events if each.action == "returned"]
    assert story.forms == ("PAEZ_ClaimBill",), "called as people call it, not by the number of a form"


def test_an_old_copy_makes_no_bill_of_what_its_maker_was_told_has_none(works: Works) -> None:
    """He may have asked anew since: what was refused then would be paid twice."""
    works.run()
    request = works.agreed()
    with works.dying("save_bill", "before the promise"):
        works.run()
    works.restart()
    kept = works.workspace.backups.make()[0]
    works.refuse("Audit", "单位不一致")
    works.calm(still=3)
    assert (_of(works, request).state, len(_comments(works, request))) == (S.RETURNED, 1)
    works.allow()
    works.restore(kept)
    works.calm(still=3)
    assert (works.stands(request), works.made()) == ((S.RETURNED, ""), [])
    assert len(_comments(works, request)) == 1
    works.assert_intact()


def test_an_old_copy_makes_no_bill_anew_whose_numbers_were_told_and_that_people_took_away(
    works: Works,
) -> None:
    works.run()
    request = works.agreed()
    with works.dying("save_bill", "before the promise"):
        works.run()
    works.restart()
    kept = works.workspace.backups.make()[0]
    works.calm(still=3)
    (bill,) = works.made()
    works.toy.erp.tables[works.form].by_id.pop(bill.id)
    works.restore(kept)
    works.calm(still=3)
    assert (works.stands(request), works.made()) == ((S.FOUND, ErrorCode.BILL_GONE.id), [])
    assert len(_comments(works, request)) == 1


def test_a_refused_request_becomes_nothing_and_is_asked_for_once(works: Works) -> None:
    works.run()
    request = works.ask()
    record = works.record(request)
    works.toy.oa.reject(request, record.waiting[0], "不同意")
    works.run()
    before = len(_reads(works))
    works.run(3)
    assert (works.made(), len(_reads(works)) - before) == ([], 0)


def _of(works: Works, request: int) -> Any:
    key = works.toy.oa.shown_id(request)
    form = works.workspace.flows[works.flow].oa.form
    return works.workspace.ledger.by_source("oa", form, works.flow, [key])[key]


def _comments(works: Works, request: int) -> list[Any]:
    """What the integration account wrote on it."""
    return [each for each in works.record(request).log if each.person == "9"]


def _moves(works: Works) -> list[str]:
    """What the trail says of the documents' states."""
    return [each.action for each in works.workspace.trail.entries() if each.detail.get("state")]
