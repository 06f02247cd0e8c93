"""K/3 WISE and DingTalk joined: no submitted state, one bill a call, no editing of a form that runs, no node that waits for us,
no look-up by key. What holds for the first pair holds here: one request a round, one audit, nothing lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode
from desktop.sandbox.dingtalk_play import PLAY as DINGTALK
from desktop.sandbox.faults import Fault
from desktop.sandbox.k3wise_play import PLAY as WISE
from desktop.sandbox.k3wise_play import TICKED
from tests.conftest import Clock, House, staged
from tests.sync.making import Works
from tests.sync.test_crash_matrix import Case, _approved, _rejected, _submitted, _taken_back
from tests.sync.test_properties import play

PAIR = (WISE, DINGTALK)
YOUNG_S = 16
"""Before that DingTalk lets nobody withdraw an instance."""


def _taken_back_late(house: House) -> Any:
    bill = _taken_back(house)
    house.clock.pass_s(YOUNG_S)
    return bill


CASES = (
    Case("open_request", _submitted, S.REQUESTED, "B"),
    Case("cancel_request", _taken_back_late, S.CANCELLED, "D"),
    Case("audit_bill", _approved, S.DONE, "C", audits=1),
    Case("send_back", _rejected, S.RETURNED, "D", send_backs=1),
    Case("note_bill", _rejected, S.RETURNED, "D", send_backs=1),
)
CALLS = {
    "open_request": ("oa", DINGTALK.words["open"]), "cancel_request": ("oa", DINGTALK.words["cancel"]),
    "audit_bill": ("erp", WISE.words["audit"]), "send_back": ("erp", WISE.words["send_back"]),
    "note_bill": ("erp", WISE.words["note"]),
}  # fmt: skip
SHORT = ("before the call", "reply lost")
LONG = ("before the promise", "before the commit", "inside the commit")


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


def assert_right(house: House, bill: Any, case: Case) -> None:
    house.assert_intact()
    assert len(house.requests(bill)) == case.rounds
    assert house.audits(bill) == house.our_acts(bill, "Audit") == case.audits
    assert house.our_acts(bill, "CancelAssign") == case.send_backs
    assert (house.state(bill), house.failure(bill), bill.status in (case.erp_status, "A")) == (
        case.state, "", True if case.erp_status == "D" else bill.status == case.erp_status
    )  # fmt: skip
    assert not house.intents()
    if case.state is S.RETURNED:
        assert "太贵" in bill.head["F_DQ_NOTE"]
    if case.state is S.CANCELLED:
        assert not house.running(bill)
    if case.state is S.REQUESTED:
        house.approve(bill)
        house.calm()
        assert (house.state(bill), bill.status, house.audits(bill)) == (S.DONE, "C", 1)


def crash(house: House, case: Case, moment: str) -> None:
    bill = case.brink(house)
    with house.dying(case.step, moment):
        house.run(2)
    house.restart(after_s=200)
    house.calm()
    assert_right(house, bill, case)


@pytest.mark.parametrize("moment", SHORT)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.step)
def test_a_crash_leaves_nothing_double_and_nothing_lost(house: House, case: Case, moment: str) -> None:
    crash(house, case, moment)


@pytest.mark.soak
@pytest.mark.parametrize("moment", LONG)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.step)
def test_a_crash_at_every_other_moment(house: House, case: Case, moment: str) -> None:
    crash(house, case, moment)


LOST = [(case, Fault.REPLY_LOST) for case in CASES]


@pytest.mark.parametrize(("case", "loss"), LOST, ids=lambda each: getattr(each, "step", None) or each.value)
def test_a_lost_answer_is_looked_up_and_nothing_is_sent_twice(house: House, case: Case, loss: Fault) -> None:
    bill = case.brink(house)
    end, call = CALLS[case.step]
    faults = house.toy.erp_faults if end == "erp" else house.toy.oa_faults
    faults.force(loss, call)
    house.calm()
    assert faults.seen[loss] == 1
    assert_right(house, bill, case)


@pytest.fixture
def stage(served: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], House]:
    """Answers a maker of fresh houses on fresh worlds."""
    number = count(1)

    def make() -> House:
        clock = Clock()
        return House(staged(served, clock, monkeypatch, PAIR), tmp_path / str(next(number)), clock)

    return make


def test_whatever_people_do(stage: Any) -> None:
    play(stage, examples=3, steps=25, derandomize=True)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_whatever_people_do_for_a_long_time(stage: Any) -> None:
    play(stage, examples=40, steps=50, derandomize=False)


# --- what these vendors cannot do ----------------------------------------------------------------------------------------
def test_a_request_that_is_too_young_is_withdrawn_by_itself_later(house: House) -> None:
    bill = _taken_back(house)
    house.run()
    assert (house.state(bill), house.failure(bill)) == (S.REQUESTED, ErrorCode.TOO_EARLY.id)
    house.clock.pass_s(30)
    house.run(2)
    assert (house.state(bill), house.failure(bill), house.running(bill)) == (S.CANCELLED, "", [])


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
    house.workspace.engine._woken.add(("c100", "sales_order"))
    house.workspace.engine.run_flow("c100", "sales_order")
    assert house.state(bill) is S.DONE
    system = house.workspace.catalog.system("oa")
    meter = house.workspace.systems.meter(system)
    assert meter is not None
    assert (meter.allowed, meter.used > 5) == (10_000, True)


def test_a_trigger_under_which_returned_bills_wait_at_once_is_not_switched_on(house: House) -> None:
    system = house.workspace.catalog.system("k3")
    house.workspace.catalog.put_system(replace(system, options={**system.options, "trigger": "saved"}), "x")
    route = next(each for each in house.workspace.catalog.routes() if each.id == "c100")
    [error, *_] = house.workspace.systems.why_not(route, "sales_order")
    assert error.code is ErrorCode.TRIGGER_LOOPS
    assert house.run() == {"c100/sales_order": ErrorCode.TRIGGER_LOOPS.id}


def test_a_tick_hands_in_and_is_cleared_on_the_way_back(
    served: Any, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = House(staged(served, clock, monkeypatch, (TICKED, DINGTALK)), tmp_path / "data", clock)
    try:
        made.run()
        approved, rejected = made.order(), made.order()
        made.run()
        made.approve(approved)
        made.reject(rejected)
        made.calm()
        assert [made.state(bill) for bill in (approved, rejected)] == [S.DONE, S.RETURNED]
        assert (approved.status, rejected.status in "AD") == ("C", True)
        made.submit(rejected)
        made.calm()
        assert [len(made.requests(bill)) for bill in (approved, rejected)] == [1, 2]
    finally:
        made.close()


# --- an agreed request waits for its bill; a comment tells ------------------------------------------------------------------
MAKES = ("save_bill", "submit_bill", "audit_bill", "write_back")


@pytest.mark.parametrize(
    ("step", "moment"), [*((each, "reply lost") for each in MAKES), (MAKES[-1], "before the call")]
)
def test_a_crash_makes_one_bill_and_one_comment(works: Works, step: str, moment: str) -> None:
    works.run()
    request = works.agreed()
    with works.dying(step, moment):
        works.run(2)
    works.restart(after_s=200)
    works.calm()
    works.assert_intact()
    (bill,) = works.made()
    document = _of(works, request)
    assert (document.state, bill.status) == (S.DONE, "C")
    assert [works.done_by_us(bill, each) for each in ("Submit", "Audit")] == [1, 1]
    assert [each.remark.count(bill.number) > 0 for each in _comments(works, request)] == [True]


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
