"""A request that takes months to be agreed gets its bill, once, whatever its age and whether the engine was on or off, where
the OA lists by the time of opening and meters its calls; and what was over before the flow began stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from desktop.connectors.base import Hint
from desktop.connectors.dingtalk.connector import DingTalk
from desktop.domain.document import DocumentState as S
from desktop.domain.document import Lookout, Outlook
from desktop.domain.errors import ErrorCode, SyncError
from desktop.sandbox.dingtalk_instances import Instances
from desktop.sandbox.dingtalk_play import PLAY as DINGTALK
from desktop.sandbox.faults import Fault
from desktop.sandbox.k3wise_play import PLAY as WISE
from desktop.services.matching import Gap
from desktop.sync.agreed import place_of
from tests.conftest import Clock, Crash, staged
from tests.sync.making import EXPENSE, Works, expense_lines

DAY = 86_400.0


@pytest.fixture
def toy(served: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Any:
    return staged(served, clock, monkeypatch, (WISE, DINGTALK))


@pytest.fixture
def works(toy: Any, tmp_path: Path, clock: Clock) -> Iterator[Works]:
    made = Works(toy, tmp_path / "data", clock)
    yield made
    made.close()


def calls(works: Works, kind: str) -> int:
    return int(works.toy.oa_play.counted(works.toy.oa_server.app).get(kind, 0))


def here(works: Works) -> tuple[str, str, str]:
    """What the store calls this flow's view of the OA."""
    oa = works.workspace.connect(works.workspace.catalog.system("oa"))
    route = next(each for each in works.workspace.catalog.routes() if each.id == "c100")
    return "c100", works.flow, place_of(oa.realm(), route.switch(works.flow).workflow)


def expected(works: Works) -> dict[str, Outlook]:
    held = works.workspace.ledger.expected(*here(works))
    return {key: each.state for key, each in held.items()}


def days_go_by(works: Works, days: int, *, looks: bool = True) -> None:
    """A look every three weeks, as far as the engine is on."""
    for _ in range(0, days, 21):
        works.clock.pass_s(21 * DAY)
        if looks:
            works.run()


@pytest.mark.parametrize(
    ("days", "on"), [(42, True), (42, False), (210, True), (210, False), (420, True)],
    ids=["42, engine on", "42, engine off", "210, engine on", "210, engine off", "longer than lists go back"],
)  # fmt: skip
def test_agreed_after_months_becomes_one_bill(works: Works, days: int, on: bool) -> None:
    works.run()
    slow, refused = works.ask(), works.ask()
    works.run()
    if not on:
        works.workspace.close()
        days_go_by(works, days, looks=False)
        works.workspace = works.open(works.folder)
    else:
        days_go_by(works, days)
    works.toy.oa.approve_fully(slow)
    works.toy.oa.reject(refused, works.record(refused).waiting[0], "不同意")
    works.clock.pass_s((1.1 if days < 364 else 7.1) * DAY)
    works.calm(still=3)
    works.assert_intact()
    assert (works.stands(slow), len(works.made())) == ((S.DONE, ""), 1)
    assert Outlook.RUNNING not in expected(works).values()


def test_opened_and_agreed_while_the_engine_was_off_for_months(works: Works) -> None:
    works.run()
    works.workspace.close()
    request = works.agreed()
    days_go_by(works, 133, looks=False)
    running = works.ask()
    works.workspace = works.open(works.folder)
    works.calm(still=3)
    assert (works.stands(request), len(works.made())) == ((S.DONE, ""), 1)
    works.toy.oa.approve_fully(running)
    works.calm(still=3)
    assert works.stands(running) == (S.DONE, "")


def test_what_was_agreed_long_before_the_flow_began_stays_as_it_is(works: Works) -> None:
    before, running = works.agreed(), works.ask()
    works.clock.pass_s(42 * DAY)
    lately = works.agreed()
    works.calm(still=3)
    assert (works.stands(lately), len(works.made())) == ((S.DONE, ""), 1)
    with pytest.raises(KeyError):
        works.of(before)
    works.toy.oa.approve_fully(running)
    works.calm(still=3)
    assert (works.stands(running), len(works.made())) == ((S.DONE, ""), 2)
    works.clock.pass_s(2 * DAY)
    assert works.workspace.reconcile.run(300).clean


def test_a_crash_between_the_look_and_the_documents_loses_nothing(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    works.run()
    slow = works.ask()
    works.run()
    works.clock.pass_s(42 * DAY)
    works.toy.oa.approve_fully(slow)

    def dies(*_: Any) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr("desktop.sync.agreed.Agreed.judge", dies)
        with pytest.raises(Crash):
            works.run()
    assert list(expected(works).values()) == [Outlook.ENDED]
    works.restart(after_s=200)
    works.calm(still=3)
    works.assert_intact()
    assert (works.stands(slow), len(works.made()), expected(works)) == ((S.DONE, ""), 1, {})


def test_a_clock_that_was_wrong_hides_nothing(works: Works) -> None:
    works.run()
    works.clock.machine_s = 3 * DAY
    assert works.run()["c100/claim"] == ErrorCode.CLOCK_SKEW.id
    request = works.agreed()
    works.clock.machine_s = 0.0
    works.calm(still=3)
    assert (works.stands(request), len(works.made())) == ((S.DONE, ""), 1)
    far = works.clock.now() + timedelta(days=90)
    first = works.workspace.ledger.lookout(*here(works)).first_at  # type: ignore[union-attr]
    with works.workspace.ledger.change(works.clock.now()) as change:
        change.looked_out(*here(works), Lookout(first, far, far))
    another = works.agreed()
    works.calm(still=3)
    assert works.stands(another) == (S.DONE, "")


def test_reads_that_fail_are_made_up_for_without_another_list(works: Works) -> None:
    works.join(monthly_calls="10000")
    works.run()
    requests = [works.agreed() for _ in range(2)]
    works.workspace.engine.wake("oa")
    works.toy.oa_faults.force(Fault.RESET_BEFORE, "read")
    works.workspace.engine.run_flow("c100", works.flow)
    assert list(expected(works).values()) == [Outlook.ENDED] * 2
    listed = calls(works, "list")
    works.workspace.engine.run_flow("c100", works.flow)
    assert [works.stands(each)[0] for each in requests] == [S.DONE, S.DONE]
    assert calls(works, "list") == listed


def test_looks_cost_few_calls_and_all_of_them_are_counted(works: Works) -> None:
    works.join(monthly_calls="10000")
    before = calls(works, "list")
    works.run()
    assert calls(works, "list") - before <= 6, "the first look goes back as far as lists go"
    slow = works.ask()
    for _ in range(3):
        works.agreed()
    works.run(3)
    days_go_by(works, 84)
    listed, read = calls(works, "list"), calls(works, "read")
    works.clock.pass_s(7200)
    works.run(4)
    assert (calls(works, "list") - listed, calls(works, "read") - read) == (8, 0)
    system = works.workspace.catalog.system("oa")
    meter = works.workspace.systems.meter(system)
    assert meter is not None
    assert meter.used > 2
    works.toy.oa.approve_fully(slow)
    works.clock.pass_s(1.1 * DAY)
    works.calm(still=3)
    assert works.stands(slow)[0] is S.DONE


def test_another_companys_request_waits_until_it_is_ours(works: Works) -> None:
    works.run()
    theirs = works.agreed(company="200")
    works.run()
    assert (expected(works), works.made()) == ({works.toy.oa.shown_id(theirs): Outlook.ELSEWHERE}, [])
    read = calls(works, "read")
    works.clock.pass_s(3 * DAY)
    works.run(2)
    assert calls(works, "read") == read
    works.switch("c200", on=True)
    works.calm(still=3)
    assert works.of(theirs).route_id == "c200"
    works.clock.pass_s(2 * DAY)
    works.run()
    works.clock.pass_s(7200)
    works.run()
    assert expected(works) == {}


def test_what_one_company_has_read_the_other_does_not_read(works: Works) -> None:
    """Each read is metered: whose a request is, and that nobody agreed to it, is learnt once for all companies."""
    works.switch("c200", on=True)
    works.run()
    before = calls(works, "read")
    requests = [works.agreed() for _ in range(3)]
    refused = works.ask()
    works.toy.oa.reject(refused, works.record(refused).waiting[0], "不同意")
    works.workspace.engine.run_flow("c100", works.flow)
    read = calls(works, "read")
    works.workspace.engine.run_flow("c200", works.flow)
    assert read - before >= len(requests) + 1 and calls(works, "read") == read
    theirs = works.agreed(company="200")
    works.run(2)
    assert works.of(theirs).route_id == "c200"
    assert {works.of(each).route_id for each in requests} == {"c100"}


def test_the_reconciliation_names_what_was_agreed_and_has_no_bill(works: Works) -> None:
    works.run()
    slow = works.ask()
    works.run()
    works.clock.pass_s(70 * DAY)
    works.toy.oa.approve_fully(slow)
    works.agreed(company="200")
    fresh = works.agreed()
    works.clock.pass_s(2 * DAY)
    result = works.workspace.reconcile.run(1)
    named = {(row.kind, row.request_number) for row in result.rows if row.route_id == "c100"}
    shown = Instances(works.toy.oa, works.toy.oa.ding)
    numbers = {shown.business_id(works.record(each)) for each in (slow, fresh)}
    assert named == {(Gap.NO_BILL, number) for number in numbers}
    works.calm(still=3)
    works.clock.pass_s(2 * DAY)
    assert works.workspace.reconcile.run(1).clean


def _refusing(monkeypatch: pytest.MonkeyPatch, key: str, times: int) -> None:
    """The OA refuses to tell this one request, so often, for a reason that no sheet names."""
    real, left = DingTalk.read_request, [times]

    def read(self: DingTalk, side: Any, ref: Any) -> Any:
        if ref.key == key and left[0]:
            left[0] -= 1
            raise SyncError(ErrorCode.REFUSED, certain=True, system="oa", number=key, said="formDataError")
        return real(self, side, ref)

    monkeypatch.setattr(DingTalk, "read_request", read)


@pytest.mark.parametrize("times", [1, 99])
def test_a_request_that_cannot_be_read_fails_alone_and_is_made_later(
    works: Works, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """Nobody is told that his request was refused because one reading of it was."""
    works.run()
    bad, good = works.agreed(), works.agreed()
    with monkeypatch.context() as patched:
        _refusing(patched, works.toy.oa.shown_id(bad), times)
        codes = works.calm(still=3)
        assert not any(codes.values())
        assert works.stands(good) == (S.DONE, "")
        assert works.stands(bad) == (S.FOUND, ErrorCode.UNREADABLE.id)
        works.clock.pass_s(1.1 * DAY)  # a wide look asks what is found and waits no more
        assert not any(works.run(2).values())
    works.workspace.order("clerk", "retry", (works.of(bad).id,))
    works.calm(still=3)
    assert (works.stands(bad), len(works.made())) == ((S.DONE, ""), 2)
    works.assert_intact()


def test_a_hint_that_names_no_form_makes_no_bill_of_another_forms_request(works: Works) -> None:
    works.run()
    other = works.toy.oa.start(786, "61", EXPENSE, {"detail_1": expense_lines()})
    works.toy.oa.approve_fully(other)
    works.workspace.engine.wake("oa", [Hint(request=works.toy.oa.shown_id(other))])
    works.run(2)
    with pytest.raises(KeyError):
        works.of(other)


def test_a_hint_ahead_of_a_request_that_could_not_be_read_ends_nothing(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    works.run()
    slow = works.ask()
    works.run()
    key = works.toy.oa.shown_id(slow)
    with monkeypatch.context() as patched:
        _refusing(patched, key, 99)
        works.workspace.engine.wake("oa", [Hint(workflow=here(works)[2].rpartition("/")[2], request=key)])
        works.run(2)
    works.clock.pass_s(1.1 * DAY)
    works.run(2)
    works.toy.oa.approve_fully(slow)
    works.clock.pass_s(1.1 * DAY)
    works.workspace.order("clerk", "retry", (works.of(slow).id,))
    works.calm(still=3)
    assert (works.stands(slow), len(works.made())) == ((S.DONE, ""), 1)
