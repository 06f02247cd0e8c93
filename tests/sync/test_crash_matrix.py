"""Every step of the approval flow, stopped at every moment at which a process can die, or with every way of losing an
answer. Afterwards: one request a round, one audit, nothing lost, every document where it should be.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from desktop.domain.document import DocumentState as S
from desktop.sandbox.erp_bill import ErpBill
from desktop.sandbox.faults import Fault
from desktop.sync.approval import STEPS

MOMENTS = ("before the promise", "before the call", "reply lost", "before the commit", "inside the commit")


@dataclass(frozen=True)
class Case:
    """A bill on the brink of one step. `rounds`: how many requests it must have caused in the end."""

    step: str
    brink: Callable
    state: S
    erp_status: str
    rounds: int = 1
    audits: int = 0
    send_backs: int = 0
    skip: int = 0


def _submitted(house) -> ErpBill:
    house.run()
    return house.order()


def _approved(house) -> ErpBill:
    bill = _submitted(house)
    house.run()
    house.approve(bill)
    return bill


def _rejected(house) -> ErpBill:
    bill = _submitted(house)
    house.run()
    house.reject(bill)
    return bill


def _taken_back(house) -> ErpBill:
    bill = _submitted(house)
    house.run()
    house.withdraw(bill)
    return bill


CASES = (
    Case("open_request", _submitted, S.REQUESTED, "B"),
    Case("cancel_request", _taken_back, S.CANCELLED, "D"),
    Case("audit_bill", _approved, S.DONE, "C", audits=1),
    Case("send_back", _rejected, S.RETURNED, "D", send_backs=1),
    Case("note_bill", _rejected, S.RETURNED, "D", send_backs=1),
    Case("close_request", _rejected, S.RETURNED, "D", send_backs=1),
)


def test_every_step_has_its_case() -> None:
    assert {case.step for case in CASES} == {step.name for step in STEPS} - {"upload", "tell_applicant"}


def assert_right(house, bill: ErpBill, case: Case) -> None:
    """What both worlds and our store must say once all is calm."""
    house.assert_intact()
    requests = house.requests(bill)
    assert len(requests) == case.rounds
    assert house.audits(bill) == house.our_acts(bill, "Audit") == case.audits
    assert house.our_acts(bill, "CancelAssign") == case.send_backs
    assert (house.state(bill), house.failure(bill), bill.status) == (case.state, "", case.erp_status)
    assert not house.intents()
    if case.state is S.RETURNED:
        assert "太贵" in bill.head["F_DQ_NOTE"]
        assert requests[-1].node_type == 3, "nobody can hand it in again"
    if case.state is S.CANCELLED:
        assert not house.running(bill)
    if case.state is S.REQUESTED:
        _goes_on_to_its_end(house, bill)


def _goes_on_to_its_end(house, bill: ErpBill) -> None:
    house.approve(bill)
    house.calm()
    assert (house.state(bill), bill.status, house.audits(bill)) == (S.DONE, "C", 1)
    assert len(house.requests(bill)) == 1


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.step)
def test_a_crash_leaves_nothing_double_and_nothing_lost(house, case: Case, moment: str) -> None:
    bill = case.brink(house)
    with house.dying(case.step, moment):
        house.run(2)
    house.restart(after_s=200)
    house.calm()
    assert_right(house, bill, case)


@pytest.mark.parametrize("moment", ["reply lost", "before the commit"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.step)
def test_a_crash_that_strikes_again_while_it_is_mended(house, case: Case, moment: str) -> None:
    """The same moment once more, at whatever the restarted engine does next."""
    bill = case.brink(house)
    with house.dying(case.step, moment):
        house.run(2)
    house.restart(after_s=200)
    try:
        with house.dying(case.step, moment):
            for _ in range(8):
                house.run()
                house.clock.pass_s(5)
    except pytest.fail.Exception:
        pass  # mended without passing that moment again
    house.restart(after_s=200)
    house.calm()
    assert_right(house, bill, case)


# --- answers that do not come ------------------------------------------------------------------------------------------
CALLS = {
    "open_request": ("oa", "doCreateRequest"),
    "cancel_request": ("oa", "withdrawRequest"),
    "audit_bill": ("erp", "Audit"),
    "send_back": ("erp", "CancelAssign"),
    "note_bill": ("erp", "Save"),
    "close_request": ("oa", "doForceOver"),
}
LOSSES = (Fault.RESET_BEFORE, Fault.RESET_AFTER, Fault.REPLY_LOST, Fault.TRUNCATED)
REFUSALS = (Fault.SESSION_LOST, Fault.SERVER_ERROR, Fault.HTML_PAGE, Fault.THROTTLED)
LOST = [(case, loss) for case in CASES for loss in LOSSES] + [
    (case, loss) for case in CASES if case.step in ("open_request", "audit_bill") for loss in REFUSALS
]


@pytest.mark.parametrize(("case", "loss"), LOST, ids=lambda each: getattr(each, "step", None) or each.value)
def test_a_lost_answer_leaves_nothing_double_and_nothing_lost(house, case: Case, loss: Fault) -> None:
    bill = case.brink(house)
    end, call = CALLS[case.step]
    faults = house.toy.erp_faults if end == "erp" else house.toy.oa_faults
    faults.force(loss, call)
    house.calm()
    assert faults.seen[loss] == 1
    assert_right(house, bill, case)


@pytest.mark.parametrize(
    ("loss", "times"), [(Fault.RESET_BEFORE, 1), (Fault.REPLY_LOST, 1), (Fault.RESET_BEFORE, 5)]
)
def test_the_second_call_of_a_cancellation_is_lost(house, loss: Fault, times: int) -> None:
    """Withdrawn in its maker's name, and then the end by force is lost: it must not stay on his desk, however often."""
    bill = _taken_back(house)
    house.toy.oa_faults.force(loss, "doForceOver", times=times)
    house.calm()
    (request,) = house.requests(bill)
    assert (house.state(bill), request.node_type) == (S.CANCELLED, 3)


@pytest.mark.parametrize("loss", [Fault.REPLY_LOST, Fault.SESSION_LOST], ids=lambda loss: loss.value)
@pytest.mark.parametrize("read", ["getWorkflowRequest", "getAllWorkflowRequestList", "ExecuteBillQuery"])
def test_reads_that_fail_cost_time_and_nothing_else(house, read: str, loss: Fault) -> None:
    bills = [_submitted(house), house.order(), house.order()]
    faults = house.toy.erp_faults if read == "ExecuteBillQuery" else house.toy.oa_faults
    faults.force(loss, read, times=3, skip=1)
    house.calm(still=4)
    house.approve(bills[0])
    house.reject(bills[1])
    house.withdraw(bills[2])
    faults.force(loss, read, times=4, skip=2)
    house.calm(still=4)
    house.assert_intact()
    assert [house.state(bill) for bill in bills] == [S.DONE, S.RETURNED, S.CANCELLED]
    assert [len(house.requests(bill)) for bill in bills] == [1, 1, 1]


# --- a batch -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_crash_in_a_batch_of_audits(house, moment: str) -> None:
    house.run()
    bills = [house.order() for _ in range(6)]
    house.run()
    for bill in bills:
        house.approve(bill)
    with house.dying("audit_bill", moment):
        house.run(2)
    house.restart(after_s=200)
    house.calm()
    assert [house.audits(bill) for bill in bills] == [1] * 6
    assert {house.state(bill) for bill in bills} == {S.DONE}
    house.assert_intact()


# --- the process is really killed --------------------------------------------------------------------------------------
CHILD = textwrap.dedent(
    """
    import os, signal, sys
    from pathlib import Path
    from desktop.services.workspace import Workspace

    folder, step, moment = sys.argv[1:]
    workspace = Workspace.open_folder(Path(folder))

    def at_moment(name, where):
        if (name, where) == (step, moment):
            if hasattr(signal, "SIGKILL"):
                os.kill(os.getpid(), signal.SIGKILL)
            os._exit(9)

    workspace.engine.effects.at_moment = at_moment
    for _ in range(4):
        workspace.engine.run_once()
    os._exit(0)
    """
)
KILLED_AT = {
    "open_request": "reply lost",
    "cancel_request": "before the commit",
    "audit_bill": "reply lost",
    "send_back": "inside the commit",
    "note_bill": "before the call",
    "close_request": "before the call",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.step)
def test_the_process_is_really_killed(house, case: Case) -> None:
    bill = case.brink(house)
    house.workspace.close()
    secrets = {
        f"DANQIAO_{system}_{name}".upper(): value for (system, name), value in house.toy.memory.items()
    }
    moment = KILLED_AT[case.step]
    killed = subprocess.run(
        [sys.executable, "-c", CHILD, str(house.folder), case.step, moment],
        env={**os.environ, **secrets}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert killed.returncode not in (0, 1), killed.stderr
    house.restart(after_s=200)
    house.calm()
    assert_right(house, bill, case)
