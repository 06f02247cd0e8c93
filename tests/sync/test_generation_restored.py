"""An old copy of the store put back while a chain of three bills was on its way: the ERP has bills, and the OA has seen
moves, that the store does not know. No bill is made a second time, nothing is returned by mistake, what stands is adopted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode
from desktop.sandbox.erp_bill import ErpBill, Refusal
from desktop.sandbox.erp_fields import Form
from desktop.sandbox.erp_save import check_required
from desktop.sandbox.faults import Fault
from tests.sync.making import KEY, Works, expense_lines
from tests.sync.test_generation_crashes import Case, kill

WAY = (
    "save_bill", "submit_bill", "audit_bill", "push_bill", "submit_bill", "audit_bill", "save_bill", "submit_bill",
    "audit_bill", "write_back",
)  # fmt: skip
"""The steps of an expense, in their order; a place on the way is the step that is due there."""
NAMES = (
    "found", "expense saved", "expense submitted", "expense audited", "payment pushed", "payment submitted",
    "payment audited", "voucher saved", "voucher submitted", "voucher audited",
)  # fmt: skip
LATER = {4: "payment pushed", 7: "voucher saved", 9: "voucher audited", 10: "done"}
"""Where the world may be when the old copy is put back."""


@pytest.fixture
def backup(payroll: Works, tmp_path: Path):
    path = tmp_path / "backup.db"

    def copy() -> Path:
        payroll.workspace.store.copy_to(path)
        return path

    return copy


def walk(payroll: Works, here: int, there: int) -> None:
    """From one place on the way to another; there the process dies."""
    if there == len(WAY):
        payroll.calm()
        return
    if here == there:
        return
    with payroll.dying(WAY[there], "before the promise", skip=WAY[here:there].count(WAY[there])):
        payroll.run(2)


def assert_made_once(payroll: Works, *requests: int) -> None:
    """One bill a leg for each request, each submitted and audited once; the numbers are on the form, and it is DONE."""
    payroll.assert_intact()
    assert [payroll.stands(each) for each in requests] == [(S.DONE, "")] * len(requests)
    for form in payroll.forms():
        bills = payroll.made(form)
        assert len(bills) == len(requests), form
        assert {bill.status for bill in bills} == {"C"}
        assert all(payroll.done_by_us(bill, act) == 1 for bill in bills for act in ("Submit", "Audit"))
        keys = [bill.head[KEY] for bill in bills if bill.head.get(KEY)]
        assert len(set(keys)) == len(keys)
    for request in requests:
        record = payroll.record(request)
        handed_on = [each for each in record.log if each.person == "9" and each.logtype != "3"]
        assert (record.node_type, len(handed_on)) == (3, 1), "handed on once"
        links = payroll.workspace.ledger.leg_links([payroll.of(request)])[payroll.of(request).id]
        told = (record.fields["erp_bill_no"], record.fields["payment_no"])
        assert told == (links[1].erp.number, links[2].erp.number)
        assert len(links) == 3


@pytest.mark.parametrize(
    ("here", "there"),
    [(here, there) for there in LATER for here in range(there)],
    ids=lambda place: {**dict(enumerate(NAMES)), **LATER}[place].replace(" ", "-"),
)
def test_an_old_copy_makes_no_bill_a_second_time(payroll: Works, backup, here: int, there: int) -> None:
    payroll.run()
    request = payroll.agreed()
    with payroll.dying(WAY[0], "before the promise"):
        payroll.run()
    walk(payroll, 0, here)
    kept = backup()
    payroll.restart()
    walk(payroll, here, there)
    payroll.restore(kept)
    payroll.calm()
    assert_made_once(payroll, request)


@pytest.mark.parametrize("there", [4, 7])
@pytest.mark.parametrize("loss", [Fault.REPLY_LOST, Fault.RESET_BEFORE], ids=lambda loss: loss.value)
def test_the_look_itself_may_fail_and_nothing_is_sent_blindly(
    payroll: Works, backup, loss: Fault, there: int
) -> None:
    payroll.run()
    request = payroll.agreed()
    with payroll.dying("push_bill", "before the promise"):
        payroll.run()
    kept = backup()
    payroll.restart()
    walk(payroll, 3, there)
    payroll.restore(kept)
    for skip in range(6):
        payroll.toy.erp_faults.clear()
        payroll.toy.erp_faults.force(loss, "ExecuteBillQuery", times=2, skip=skip)
        payroll.run()
    payroll.toy.erp_faults.clear()
    payroll.calm()
    assert_made_once(payroll, request)


def test_a_copy_with_an_open_promise_looks_for_that_bill_and_for_the_next(payroll: Works, backup) -> None:
    payroll.run()
    request = payroll.agreed()
    with payroll.dying("push_bill", "before the call"):
        payroll.run()
    kept = backup()
    payroll.restart(after_s=200)
    payroll.calm()
    payroll.restore(kept)
    payroll.calm()
    assert_made_once(payroll, request)


KILLED = (Case("push_bill", ("erp", "Push")), Case("save_bill", ("erp", "Save"), skip=1))


@pytest.mark.parametrize("case", KILLED, ids=lambda case: case.step)
def test_killed_in_the_middle_and_put_back_on_an_older_copy(payroll: Works, backup, case: Case) -> None:
    """The process dies at the call; its promise is gone with the store that held it."""
    payroll.run()
    request = payroll.agreed()
    with payroll.dying(case.step, "before the promise", skip=case.skip):
        payroll.run()
    kept = backup()
    payroll.restart()
    kill(payroll, case, "reply lost")
    payroll.restore(kept)
    payroll.calm()
    assert_made_once(payroll, request)


def test_many_requests_everywhere_on_the_way(payroll: Works, backup) -> None:
    """One look for all of them: three were begun before the copy, three after it."""
    payroll.run()
    old = [payroll.agreed(lines=expense_lines(f"A{n}", f"B{n}")) for n in range(3)]
    with payroll.dying("push_bill", "before the promise"):
        payroll.run()
    kept = backup()
    payroll.restart()
    new = [payroll.agreed(lines=expense_lines(f"C{n}", f"D{n}")) for n in range(3)]
    with payroll.dying("submit_bill", "before the promise", skip=2):
        payroll.run()
    payroll.restore(kept)
    payroll.calm()
    assert_made_once(payroll, *old, *new)


def test_a_second_machine_on_a_copied_folder_in_turn(payroll: Works, tmp_path: Path) -> None:
    payroll.run()
    request = payroll.agreed()
    with payroll.dying("push_bill", "before the promise"):
        payroll.run()
    folder = tmp_path / "second"
    folder.mkdir()
    payroll.workspace.store.copy_to(folder / "danqiao.db")
    payroll.restart()
    other = Works(
        payroll.toy, folder, payroll.clock, flow=payroll.flow, form=payroll.form, workflow=payroll.workflow
    )
    try:
        for _ in range(4):
            payroll.run()
            other.run()
        other.calm()
        assert_made_once(other, request)
    finally:
        other.close()
    payroll.calm()
    assert_made_once(payroll, request)


# --- a round that ended since ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("again", [False, True], ids=["with its maker", "handed in again"])
@pytest.mark.parametrize("here", ["submit_bill", "delete_bill", "return_request"])
def test_a_refused_round_that_ended_since_is_not_ended_twice(
    payroll: Works, backup, here: str, again: bool
) -> None:
    payroll.run()
    payroll.refuse("Submit", "期间已结账")
    request = payroll.agreed()
    with payroll.dying(here, "before the promise"):
        payroll.run(2)
    kept = backup()
    payroll.restart()
    payroll.calm()
    payroll.allow()
    assert payroll.stands(request) == (S.RETURNED, "")
    if again:
        payroll.toy.oa.resubmit(request, "61", {})
        payroll.toy.oa.approve_fully(request)
        with payroll.dying("push_bill", "before the promise"):
            payroll.run(2)
    payroll.restore(kept)
    payroll.calm()
    returned = sum(each.logtype == "3" for each in payroll.record(request).log)
    assert returned == 1, "returned once"
    if again:
        assert_made_once(payroll, request)
        assert payroll.made()[0].head[KEY].endswith("-R2-L1")
    else:
        assert payroll.stands(request) == (S.RETURNED, "") or payroll.of(request).state is S.CANCELLED
        assert not payroll.made()


# --- requests that were over before the old copy looked again -----------------------------------------------------------
@pytest.mark.parametrize("known", [False, True], ids=["unknown to the copy", "at rest in the copy"])
def test_a_request_done_since_the_copy_is_learnt_and_its_invoices_stay_taken(
    payroll: Works, backup, known: bool
) -> None:
    """It waits for us no more: only our key in the ERP tells that its bills were made."""
    payroll.run()
    if known:
        payroll.refuse("Submit", "期间已结账")
        request = payroll.agreed(lines=expense_lines("A1", "B1"))
        payroll.calm()
        assert payroll.stands(request) == (S.RETURNED, "")
    kept = backup()
    payroll.allow()
    if known:
        payroll.toy.oa.resubmit(request, "61", {})
        payroll.toy.oa.approve_fully(request)
    else:
        request = payroll.agreed(lines=expense_lines("A1", "B1"))
    payroll.calm()
    payroll.restore(kept)
    payroll.calm()
    assert_made_once(payroll, request)
    again = payroll.agreed(lines=expense_lines("A1", "B2"))
    payroll.calm()
    assert payroll.stands(again) == (S.RETURNED, ""), "the same invoice twice"
    assert len(payroll.made()) == 1


def test_what_others_finished_without_us_is_not_learnt(payroll: Works, backup) -> None:
    """A request that went past us without a bill of ours is nobody's business here."""
    payroll.run()
    kept = backup()
    payroll.toy.oa.reject(payroll.ask(), "41", "不批")
    payroll.restore(kept)
    payroll.calm()
    assert not payroll._documents() and payroll.hold() == ""


# --- what stands is not what would be sent ------------------------------------------------------------------------------
def test_a_bill_that_says_something_else_is_adopted_and_waits_for_a_person(payroll: Works, backup) -> None:
    payroll.run()
    request = payroll.agreed()
    with payroll.dying("push_bill", "before the promise"):
        payroll.run()
    kept = backup()
    payroll.restart()
    walk(payroll, 3, 4)
    (payment,) = payroll.made("CN_PAYAPPLY")
    line = payment.entries["FPAYAPPLYENTRY"][0]["FEntryID"]
    payroll.toy.erp.edit("CN_PAYAPPLY", payment.id, "danqiao", {}, {line: {"FAPPLYAMOUNTFOR": "9312.00"}})
    payroll.restore(kept)
    payroll.calm()
    assert payroll.stands(request) == (S.SAVED, ErrorCode.READ_BACK_DIFFERS.id)
    assert (len(payroll.made("CN_PAYAPPLY")), payment.status) == (1, "A")


def test_a_request_that_a_check_would_refuse_now_is_not_returned_while_its_bills_stand(
    payroll: Works, backup
) -> None:
    """After the copy somebody else's request took the invoice in this store: the look comes before every check."""
    payroll.run()
    kept = backup()
    request = payroll.agreed()
    with payroll.dying("write_back", "before the promise"):
        payroll.run()
    payroll.restore(kept)
    with payroll.workspace.ledger.change(payroll.clock.now()) as change:
        other = change.add([_nobodys(payroll)])[0]
        change.reserve(other, [("invoice", "24110001")])
    payroll.calm()
    assert payroll.stands(request) == (S.DONE, "")
    assert payroll.record(request).node_type == 3


def _nobodys(payroll: Works):
    from desktop.domain.record import Ref
    from desktop.store.change import NewDocument

    return NewDocument("c200", payroll.flow, Ref("oa", "expense", "1", "1"), "A" * 16)


def test_a_request_deleted_in_the_oa_while_its_bill_stands_is_a_persons_question(
    payroll: Works, backup
) -> None:
    payroll.run()
    request = payroll.agreed()
    with payroll.dying("save_bill", "before the promise"):
        payroll.run()
    kept = backup()
    payroll.restart()
    walk(payroll, 0, 3)
    payroll.toy.oa.delete(request, "9", monitor=True)
    payroll.restore(kept)
    payroll.calm()
    assert payroll.stands(request) == (S.FOUND, ErrorCode.REQUEST_LEFT.id)
    assert len(payroll.made()) == 1


@contextmanager
def a_rival(payroll: Works, tmp_path: Path, moment: str) -> Iterator[None]:
    """Another engine on a copy of the store, that makes a whole pass at this moment of our first bill."""
    folder = tmp_path / "copy"
    folder.mkdir()
    payroll.workspace.store.copy_to(folder / payroll.workspace.store.path.name)
    other, raced = payroll.open(folder), []

    def race(step: str, where: str) -> None:
        if (step, where) == ("save_bill", moment) and not raced:
            raced.append(step)
            other.engine.run_once()

    payroll.workspace.engine.effects.at_moment = race
    try:
        yield
    finally:
        other.close()


@pytest.mark.parametrize("moment", ["before the call", "reply lost"])
def test_two_engines_in_the_same_moment_never_take_a_bill_on_twice(
    payroll: Works, tmp_path: Path, moment: str
) -> None:
    """Both have looked, both have promised: then the other one is quicker by a call, or by a whole chain."""
    payroll.run()
    request = payroll.agreed()
    with a_rival(payroll, tmp_path, moment):
        payroll.run(3)
    expenses = payroll.made(payroll.forms()[0])
    assert sum(each.status == "C" for each in expenses) <= 1 and len(payroll.made("GL_VOUCHER")) <= 1
    if len(expenses) > 1:
        assert payroll.stands(request)[1] == ErrorCode.KEY_NOT_UNIQUE.id
        draft = next(each for each in expenses if each.status == "A")
        payroll.toy.erp.delete(draft.form, draft.id, draft.maker)
        payroll.workspace.documents.retry("chief", [payroll.of(request).id])
    payroll.calm()
    assert_made_once(payroll, request)


def test_where_the_erp_keeps_our_key_field_unique_the_same_moment_makes_one_bill(
    payroll: Works, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set up in the ERP, that closes the window: the second save is refused, and a "no" to what stands already is a yes."""
    payroll.run()
    request = payroll.agreed()

    def unique(form: Form, bill: ErpBill) -> None:
        check_required(form, bill)
        others = payroll.toy.erp.tables[bill.form].by_id.values()
        if any(each is not bill and each.head.get(KEY) == bill.head.get(KEY) != "" for each in others):
            raise Refusal("字段“外部单号”的值重复", 11, KEY)

    monkeypatch.setattr("desktop.sandbox.erp_save.check_required", unique)
    with a_rival(payroll, tmp_path, "before the call"):
        payroll.run()
    payroll.calm()
    assert len(payroll.made()) == 1
    assert_made_once(payroll, request)
