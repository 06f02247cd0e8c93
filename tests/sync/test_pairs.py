"""The other pairs of vendors: the same steps stopped at the same moments, the same people in any order, the same promises.

The usual pair has its own, longer files; here the least of each in the suite, and the whole matrix with the soak runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count, product
from typing import Any

import pytest

from desktop.domain.document import DocumentState as S
from desktop.doors.demo import headless_demo
from desktop.sandbox.dingtalk_play import PLAY as DINGTALK
from desktop.sandbox.ecology_play import PLAY as ECOLOGY
from desktop.sandbox.erp_bill import ErpBill
from desktop.sandbox.faults import Fault
from desktop.sandbox.k3cloud_play import PLAY as K3CLOUD
from desktop.sandbox.k3wise_play import OLD, SPARING, TICKED, TWO_LEVELS
from desktop.sandbox.k3wise_play import PLAY as K3WISE
from tests.conftest import Clock, House, Stage, staged
from tests.sync.making import Works
from tests.sync.test_crash_matrix import CASES, LOSSES, MOMENTS, Case, assert_right
from tests.sync.test_properties import play

SECOND = (K3WISE, DINGTALK)
PAIRS = {
    f"{erp.vendor}-{oa.vendor}": (erp, oa) for erp, oa in product((K3CLOUD, K3WISE), (ECOLOGY, DINGTALK))
}
OTHERS = [name for name in PAIRS if name != "k3cloud-ecology"]

STEPS = [case for case in CASES if case.step != "close_request"]
"""A request that was refused is over at DingTalk: there is nothing to close."""


@pytest.fixture
def pair() -> Any:
    return SECOND


@pytest.fixture
def toy(served: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch, pair: Any) -> Iterator[Stage]:
    """Both worlds on the test's clocks, as the pair speaks."""
    yield staged(served, clock, monkeypatch, pair)
    for server in served[:2]:
        server.app, server.latency_ms = (lambda environ, start: []), 0.0


# --- stopped at every moment


@pytest.mark.parametrize("moment", ["before the call", "reply lost"])
@pytest.mark.parametrize("case", STEPS, ids=lambda case: case.step)
def test_a_crash_leaves_nothing_double_and_nothing_lost(house: House, case: Case, moment: str) -> None:
    _crash(house, case, moment)


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("pair", [PAIRS[name] for name in OTHERS], ids=OTHERS)
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("case", STEPS, ids=lambda case: case.step)
def test_a_crash_at_any_moment_on_any_pair(house: House, case: Case, moment: str) -> None:
    _crash(house, case, moment)


def _crash(house: House, case: Case, moment: str) -> None:
    bill = case.brink(house)
    house.clock.pass_s(20)
    with house.dying(case.step, moment):
        house.run(4)
    house.restart(after_s=200)
    house.calm(passes=60)
    assert_right(house, bill, case)


# --- answers that do not come


@pytest.mark.parametrize("loss", [Fault.REPLY_LOST, Fault.RESET_BEFORE], ids=lambda loss: loss.value)
@pytest.mark.parametrize("case", STEPS, ids=lambda case: case.step)
def test_a_lost_answer_leaves_nothing_double_and_nothing_lost(house: House, case: Case, loss: Fault) -> None:
    _lose(house, case, loss)


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("pair", [PAIRS[name] for name in OTHERS], ids=OTHERS)
@pytest.mark.parametrize(
    "loss", [*LOSSES, Fault.SESSION_LOST, Fault.SERVER_ERROR, Fault.HTML_PAGE], ids=lambda loss: loss.value
)
@pytest.mark.parametrize("case", STEPS, ids=lambda case: case.step)
def test_any_lost_answer_on_any_pair(house: House, case: Case, loss: Fault) -> None:
    _lose(house, case, loss)


def _lose(house: House, case: Case, loss: Fault) -> None:
    bill = case.brink(house)
    house.clock.pass_s(20)
    faults, call = _call_of(house.toy, case.step)
    faults.force(loss, call)
    house.calm(passes=60)
    assert faults.seen[loss] == 1
    assert_right(house, bill, case)


def _call_of(toy: Stage, step: str) -> tuple[Any, str]:
    """Where a step's call arrives, and what the vendor calls it."""
    oa, erp = toy.oa_play.words, toy.erp_play.words
    return {
        "open_request": (toy.oa_faults, oa["open"]),
        "cancel_request": (toy.oa_faults, oa["cancel"]),
        "audit_bill": (toy.erp_faults, erp["audit"]),
        "send_back": (toy.erp_faults, erp["send_back"]),
        "note_bill": (toy.erp_faults, erp["note"]),
    }[step]  # fmt: skip


# --- people in any order


def _stage(served: Any, tmp_path: Any, monkeypatch: Any, pair: Any) -> Callable[[], House]:
    number = count(1)

    def make() -> House:
        clock = Clock()
        return House(staged(served, clock, monkeypatch, pair), tmp_path / str(next(number)), clock)

    return make


def test_whatever_people_do(served: Any, tmp_path: Any, monkeypatch: Any) -> None:
    play(_stage(served, tmp_path, monkeypatch, SECOND), examples=2, steps=16, derandomize=True)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("pair", [PAIRS[name] for name in OTHERS], ids=OTHERS)
def test_whatever_people_do_for_a_long_time(served: Any, tmp_path: Any, monkeypatch: Any, pair: Any) -> None:
    play(_stage(served, tmp_path, monkeypatch, pair), examples=40, steps=40, derandomize=False)


# --- bills that are made of requests


@dataclass(frozen=True)
class Making:
    """A flow and a step of it at which the process dies. skip: how often the step comes before. refused: by the ERP."""

    flow: str
    step: str
    skip: int = 0
    refused: str = ""

    def __str__(self) -> str:
        return f"{self.flow}-{self.step}-{self.skip}"


MAKINGS = (
    Making("claim", "save_bill"),
    Making("claim", "audit_bill"),
    Making("claim", "write_back"),
    Making("claim", "return_request", refused="Submit"),
    Making("expense", "save_bill", skip=2),
    Making("inquiry", "audit_bill", skip=1),
)
MORE_MAKINGS = (
    Making("claim", "submit_bill"),
    Making("claim", "delete_bill", refused="Submit"),
    *(Making("expense", "save_bill", skip=leg) for leg in (0, 1)),
    *(Making("expense", "audit_bill", skip=leg) for leg in (0, 1)),
    *(Making("inquiry", step, skip=leg) for leg in (0, 1) for step in ("save_bill", "submit_bill")),
)
WORKS = {
    "claim": ("PAEZ_ClaimBill", 787),
    "expense": ("ER_ExpReimbursement", 786),
    "inquiry": ("SVM_InquiryBill", 785),
}


@pytest.fixture
def works(request: pytest.FixtureRequest, toy: Stage, tmp_path: Any, clock: Clock) -> Iterator[Works]:
    flow = request.getfixturevalue("making").flow
    toy.erp.price_lists()
    made = Works(toy, tmp_path / "data", clock, flow=flow, form=WORKS[flow][0], workflow=WORKS[flow][1])
    yield made
    made.close()


@pytest.mark.parametrize("making", MAKINGS, ids=str)
def test_a_crash_never_makes_a_second_bill(works: Works, making: Making) -> None:
    _make(works, making, "reply lost")


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("pair", [PAIRS[name] for name in OTHERS], ids=OTHERS)
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("making", [*MAKINGS, *MORE_MAKINGS], ids=str)
def test_a_crash_at_any_moment_never_makes_a_second_bill(works: Works, making: Making, moment: str) -> None:
    _make(works, making, moment)


def _make(works: Works, making: Making, moment: str) -> None:
    works.run()
    if making.refused:
        works.refuse(making.refused, "余额不足，不允许操作！")
    request = works.agreed()
    works.clock.pass_s(20)
    pushed = making.flow == "expense" and making.step == "save_bill" and works.toy.erp_play.pushes
    skip = (
        max(0, making.skip - 1) if pushed else making.skip
    )  # the second bill is not saved there, but pushed
    with works.dying(making.step, moment, skip=skip):
        for _ in range(6):
            works.run()
            works.clock.pass_s(20)
    works.restart(after_s=200)
    works.calm(passes=60)
    works.assert_intact()
    assert works.stands(request) == (S.RETURNED if making.refused else S.DONE, "")
    assert not works.intents()
    if making.refused:
        assert works.made() == []
        assert works.toy.oa.is_back(request)
        return
    for form in works.forms():
        (bill,) = works.made(form)
        assert bill.status == ("A" if form in works.toy.erp_play.unaudited else "C")
        assert works.done_by_us(bill, "Audit") == int(bill.status == "C")
    left = {place for place, form in enumerate(works.forms(), 1) if form in works.toy.erp_play.unaudited}
    story = works.workspace.documents.story(works.of(request).id)
    assert (story.left, story.row.left_saved) == (left, bool(left)), "what the ERP's people audit is told"
    assert works.toy.oa.is_over(request)
    assert works.toy.oa.visits(request) == 1, "told, or handed on, once"
    assert works.toy.oa.shows(request, "erp_bill_no", works.made()[0].number)


# --- the whole company


@pytest.mark.soak
@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", OTHERS)
def test_the_demo_ends_well_on_every_pair(name: str) -> None:
    erp, oa = PAIRS[name]
    assert headless_demo("zh", as_json=True, pair=(erp.vendor, oa.vendor)) == 0


# --- a tick instead of a review


@pytest.mark.parametrize("pair", [(TICKED, ECOLOGY)], ids=["tick"])
def test_a_tick_hands_a_bill_in_and_is_cleared_when_it_comes_back(house: House, pair: Any) -> None:
    house.run()
    agreed, refused, regretted = house.order(), house.order(), house.order()
    house.run()
    house.approve(agreed)
    house.reject(refused)
    house.withdraw(regretted)
    house.calm(passes=60)
    assert [house.state(bill) for bill in (agreed, refused, regretted)] == [S.DONE, S.RETURNED, S.CANCELLED]
    assert [bill.status for bill in (agreed, refused, regretted)] == ["C", "D", "D"]
    assert "太贵" in refused.head["F_DQ_NOTE"]
    house.calm(passes=60)
    assert len(house.all_requests()) == 3, "a bill that came back does not count as handed in again"


APPROVALS = {
    "sales_order": "SAL_SaleOrder", "payment_request": "CN_PAYAPPLY", "purchase_requisition": "PUR_Requisition",
    "purchase_order": "PUR_PurchaseOrder",
}  # fmt: skip


@pytest.mark.parametrize("pair", [(TICKED, ECOLOGY)], ids=["tick"])
def test_each_form_has_a_box_of_its_own(house: House, pair: Any) -> None:
    """All four approval flows: agreed is audited, refused is back with its box cleared, and nothing begins again."""
    erp, oa = house.toy.erp, house.toy.oa
    house.toy.join(house.workspace, flows=tuple(APPROVALS), breaker_pause_s="0")
    house.switch("c200", on=False)
    house.run()
    source = erp.purchase_order(submit=True)
    erp.audit("PUR_PurchaseOrder", source.id, "zhouqi")
    makers = (
        erp.sales_order, partial(erp.payment_request, source=source.number, amounts=("10.00",)), erp.requisition,
        erp.purchase_order,
    )  # fmt: skip
    agreed, refused = [make(submit=True) for make in makers], [make(submit=True) for make in makers[::2]]
    house.run(2)
    requests = {str(each.fields.get("erp_bill_no")): each.id for each in house.all_requests()}
    assert set(requests) == {bill.number for bill in (*agreed, *refused)}
    for bill in agreed:
        oa.approve_fully(requests[bill.number], "同意")
    for bill in refused:
        oa.reject(requests[bill.number], oa.request(requests[bill.number]).waiting[0], "太贵")
    house.calm(passes=60)
    assert [bill.status for bill in (*agreed, *refused)] == ["C"] * 4 + ["D"] * 2
    assert len(house.all_requests()) == 6, "a bill that came back does not count as handed in again"


BOXES = (
    Making("claim", "submit_bill"),
    Making("claim", "delete_bill", refused="Submit"),
    Making("expense", "submit_bill", skip=1),
    Making("inquiry", "submit_bill"),
)
MORE_BOXES = (
    *(Making("expense", step, skip=leg) for step in ("submit_bill", "audit_bill") for leg in (0, 1)),
    *(Making("inquiry", step, skip=leg) for step in ("submit_bill", "audit_bill") for leg in (0, 1)),
    Making("expense", "delete_bill", refused="Submit"),
    Making("inquiry", "return_request", refused="Submit"),
)


@pytest.mark.parametrize("pair", [(TICKED, ECOLOGY)], ids=["tick"])
@pytest.mark.parametrize("making", BOXES, ids=str)
def test_a_bill_that_we_make_is_handed_in_by_its_own_box(works: Works, making: Making, pair: Any) -> None:
    _make(works, making, "reply lost")


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "pair", [(TICKED, ECOLOGY), (TICKED, DINGTALK)], ids=["tick-ecology", "tick-dingtalk"]
)
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("making", [*BOXES, *MORE_BOXES], ids=str)
def test_a_crash_at_any_moment_around_a_box(works: Works, making: Making, pair: Any, moment: str) -> None:
    _make(works, making, moment)


# --- other installations of the same vendor

SITES = {"old patch": OLD, "sparing of words": SPARING, "two levels": TWO_LEVELS}


@pytest.mark.parametrize("pair", [(play, ECOLOGY) for play in SITES.values()], ids=SITES)
def test_other_patches_and_settings_end_as_well(house: House, pair: Any) -> None:
    house.run()
    agreed, refused, regretted = house.order(), house.order(), house.order()
    house.run()
    assert len(house.all_requests()) == 3
    house.approve(agreed)
    house.reject(refused)
    house.withdraw(regretted)
    house.calm(passes=60)
    assert [house.state(bill) for bill in (agreed, refused, regretted)] == [S.DONE, S.RETURNED, S.CANCELLED]
    assert [bill.status for bill in (agreed, refused, regretted)] == ["C", "D", "D"]
    assert "太贵" in refused.head["F_DQ_NOTE"]
    house.assert_intact()


HIDDEN = Making("claim", "return_request", refused="Submit")


@pytest.mark.parametrize(
    ("pair", "making"),
    [((OLD, DINGTALK), MAKINGS[0]), ((OLD, DINGTALK), HIDDEN), ((SPARING, DINGTALK), MAKINGS[0])],
    ids=["old patch", "old patch, refused", "sparing of words"],
)
def test_other_patches_never_make_a_second_bill(works: Works, making: Making, pair: Any) -> None:
    _make(works, making, "reply lost")


# --- in a hurry: the fifteen seconds


def test_a_bill_taken_back_at_once_waits_until_its_request_may_be_withdrawn(house: House) -> None:
    house.run()
    bill = house.order()
    house.run()
    house.withdraw(bill)
    house.run(3)
    assert len(house.running(bill)) == 1, "the OA does not let go of it yet"
    house.clock.pass_s(60)
    house.calm()
    assert (house.state(bill), house.running(bill)) == (S.CANCELLED, [])
    assert len(house.requests(bill)) == 1


def test_a_refused_bill_is_mended_and_goes_on_as_a_new_request(house: House) -> None:
    house.run()
    bill: ErpBill = house.order()
    house.run()
    house.reject(bill)
    house.calm(passes=60)
    assert (house.state(bill), bill.status) == (S.RETURNED, "D")
    assert "太贵" in bill.head["F_DQ_NOTE"]
    house.edit(bill)
    house.submit(bill)
    house.calm(passes=60)
    house.approve(bill, 2)
    house.calm(passes=60)
    assert (house.state(bill), bill.status, house.audits(bill)) == (S.DONE, "C", 1)
    assert len(house.requests(bill)) == 2
    house.assert_intact()
