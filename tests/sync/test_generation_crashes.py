"""Every step of the generation flow, stopped at every moment at which a process can die, or with every way of losing an
answer. Afterwards: one bill a leg, one audit, nothing left behind, every document where it should be.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from desktop.domain.document import DocumentState as S
from desktop.sandbox.faults import Fault
from desktop.sync.generation import STEPS
from tests.sync.making import KEY, Works
from tests.sync.test_crash_matrix import CHILD, MOMENTS


@dataclass(frozen=True)
class Case:
    """A request on the brink of one step. refused: what the ERP refuses, so that the step comes at all.

    call: the end and the name of the step's call over the wire. skip: how often it comes before, for earlier bills.
    """

    step: str
    call: tuple[str, str]
    refused: str = ""
    state: S = S.DONE
    skip: int = 0


CLAIM_CASES = (
    Case("save_bill", ("erp", "Save")),
    Case("submit_bill", ("erp", "Submit")),
    Case("audit_bill", ("erp", "Audit")),
    Case("write_back", ("oa", "submitRequest")),
    Case("send_back", ("erp", "CancelAssign"), "Audit", S.RETURNED),
    Case("delete_bill", ("erp", "Delete"), "Submit", S.RETURNED),
    Case("return_request", ("oa", "rejectRequest"), "Submit", S.RETURNED),
)
EXPENSE_CASES = (
    Case("push_bill", ("erp", "Push")),
    Case("save_bill", ("erp", "Save"), skip=1),
    *(Case("submit_bill", ("erp", "Submit"), skip=leg) for leg in (1, 2)),
    *(Case("audit_bill", ("erp", "Audit"), skip=leg) for leg in (1, 2)),
    Case("write_back", ("oa", "submitRequest")),
)
INQUIRY_CASES = tuple(
    Case(step, call, skip=leg)
    for leg in (0, 1)
    for step, call in (
        ("save_bill", ("erp", "Save")), ("submit_bill", ("erp", "Submit")), ("audit_bill", ("erp", "Audit"))
    )
)  # fmt: skip
SHORT_INQUIRY = (
    *(pytest.param(case, marks=pytest.mark.soak) for case in INQUIRY_CASES[:3]),
    *INQUIRY_CASES[3:],
)
"""The inquiry bill itself takes the very steps of the claim bill; what differs is the price adjustment behind it."""
SAID = "余额不足，不允许操作！"


def test_every_step_has_its_case() -> None:
    assert {case.step for case in (*CLAIM_CASES, *EXPENSE_CASES)} == {step.name for step in STEPS} - {
        "attach"  # test_attachments.py
    }


def on_the_brink(works: Works, case: Case) -> int:
    works.run()
    if case.refused:
        works.refuse(case.refused, SAID)
    return works.agreed()


def assert_right(works: Works, request: int, case: Case) -> None:
    """What both worlds and our store must say once all is calm."""
    works.assert_intact()
    record = works.record(request)
    assert works.stands(request) == (case.state, "")
    assert not works.intents()
    if case.state is S.DONE:
        for form in works.forms():
            (bill,) = works.made(form)
            assert bill.status == "C"
            assert [works.done_by_us(bill, each) for each in ("Submit", "Audit")] == [1, 1]
            assert not bill.head.get(KEY) or "-R1-L" in bill.head[KEY]
        assert record.node_type == 3
        assert record.fields["erp_bill_no"] == works.made()[0].number
        assert sum(each.person == "9" for each in record.log) == 1, "handed on once"
    else:
        assert not works.made()
        assert (record.node_type, record.waiting) == (0, (record.creator,))
        assert sum(each.logtype == "3" for each in record.log) == 1, "returned once"
        assert SAID in record.log[-1].remark


def crashing(works: Works, request: int, case: Case, moment: str) -> None:
    with works.dying(case.step, moment, skip=case.skip):
        works.run(2)
    works.restart(after_s=200)
    works.calm()
    assert_right(works, request, case)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("case", CLAIM_CASES, ids=lambda case: case.step)
def test_a_crash_leaves_nothing_double_and_nothing_lost(works: Works, case: Case, moment: str) -> None:
    crashing(works, on_the_brink(works, case), case, moment)


def named(case: object) -> str:
    return f"{case.step}-{case.skip}" if isinstance(case, Case) else str(getattr(case, "value", case))


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("case", EXPENSE_CASES, ids=named)
def test_a_crash_anywhere_in_a_chain_of_three(payroll: Works, case: Case, moment: str) -> None:
    crashing(payroll, on_the_brink(payroll, case), case, moment)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("case", SHORT_INQUIRY, ids=named)
def test_a_crash_never_adjusts_a_price_twice(sourcing: Works, case: Case, moment: str) -> None:
    crashing(sourcing, on_the_brink(sourcing, case), case, moment)
    assert_one_price(sourcing)


def assert_one_price(sourcing: Works) -> None:
    lists = sourcing.toy.erp.tables["PUR_PriceCategory"].by_id.values()
    rows = [row for each in lists for row in each.entries["FPriceListEntry"]]
    assert [row["FTaxPrice"] for row in rows if row["FMaterialId"].number == "M0003"] == [1500]


LOSSES = (Fault.RESET_BEFORE, Fault.RESET_AFTER, Fault.REPLY_LOST, Fault.TRUNCATED, Fault.SESSION_LOST)


def losing(works: Works, case: Case, loss: Fault) -> None:
    request = on_the_brink(works, case)
    end, call = case.call
    faults = works.toy.erp_faults if end == "erp" else works.toy.oa_faults
    faults.force(loss, call, skip=case.skip)
    works.calm()
    assert faults.seen[loss] == 1
    assert_right(works, request, case)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.value)
@pytest.mark.parametrize("case", CLAIM_CASES, ids=lambda case: case.step)
def test_a_lost_answer_leaves_nothing_double_and_nothing_lost(works: Works, case: Case, loss: Fault) -> None:
    losing(works, case, loss)


@pytest.mark.parametrize("loss", LOSSES, ids=named)
@pytest.mark.parametrize("case", EXPENSE_CASES[:5], ids=named)
def test_a_lost_answer_in_a_chain_of_three(payroll: Works, case: Case, loss: Fault) -> None:
    losing(payroll, case, loss)


@pytest.mark.parametrize("loss", LOSSES, ids=named)
@pytest.mark.parametrize("case", INQUIRY_CASES[3:], ids=named)
def test_a_lost_answer_never_adjusts_a_price_twice(sourcing: Works, case: Case, loss: Fault) -> None:
    losing(sourcing, case, loss)
    assert_one_price(sourcing)


@pytest.mark.parametrize("loss", [Fault.REPLY_LOST, Fault.SESSION_LOST], ids=lambda loss: loss.value)
@pytest.mark.parametrize("read", ["getWorkflowRequest", "getToDoWorkflowRequestList", "ExecuteBillQuery"])
def test_reads_that_fail_cost_time_and_nothing_else(works: Works, read: str, loss: Fault) -> None:
    requests = [on_the_brink(works, CLAIM_CASES[0]) for _ in range(3)]
    faults = works.toy.erp_faults if read == "ExecuteBillQuery" else works.toy.oa_faults
    faults.force(loss, read, times=3, skip=1)
    works.calm()
    works.assert_intact()
    assert [works.stands(each) for each in requests] == [(S.DONE, "")] * 3
    assert [bill.times("Audit") for bill in works.made()] == [1, 1, 1]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_crash_in_a_batch_of_saves(works: Works, moment: str) -> None:
    works.run()
    requests = [works.agreed() for _ in range(5)]
    with works.dying("save_bill", moment):
        works.run(2)
    works.restart(after_s=200)
    works.calm()
    assert {works.stands(each) for each in requests} == {(S.DONE, "")}
    assert len({bill.head[KEY] for bill in works.made()}) == len(works.made()) == 5


KILLED_AT = ("reply lost", "before the commit", "inside the commit")


@pytest.mark.parametrize("place", range(len(CLAIM_CASES)), ids=[case.step for case in CLAIM_CASES])
def test_the_process_is_really_killed(works: Works, place: int) -> None:
    case = CLAIM_CASES[place]
    request = on_the_brink(works, case)
    killed(works, case, KILLED_AT[place % len(KILLED_AT)])
    assert_right(works, request, case)


def killed(works: Works, case: Case, moment: str) -> None:
    kill(works, case, moment)
    works.restart(after_s=200)
    works.calm()


def kill(works: Works, case: Case, moment: str) -> None:
    """A process of its own runs the engine and is killed at this moment of the step's first time."""
    works.workspace.close()
    secrets = {
        f"DANQIAO_{system}_{name}".upper(): value for (system, name), value in works.toy.memory.items()
    }
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(works.folder), case.step, moment],
        env={**os.environ, **secrets}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert child.returncode not in (0, 1), child.stderr


def test_the_process_is_really_killed_while_the_erp_converts(payroll: Works) -> None:
    request = on_the_brink(payroll, EXPENSE_CASES[0])
    killed(payroll, EXPENSE_CASES[0], "reply lost")
    assert_right(payroll, request, EXPENSE_CASES[0])
