"""A day in the life of one company: the engine runs by its own scheduler on a simulated clock, headless, as a service does.

People hand in, approve, return and take back; an answer is lost, a session goes, a correspondence is missing until noon; the
machine sleeps over lunch; a copy is made at noon; at night the books are compared. Then the disk dies, the copy of noon is
put onto a new data folder, and the engine goes on there. Short here, with 300 bills among the long runs.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from desktop.domain.document import DocumentState as S
from desktop.sandbox.erp_bill import ErpBill
from desktop.sandbox.faults import Fault
from desktop.services.backups import restore
from desktop.store.database import FILE_NAME
from tests.conftest import House

LATER_S = 1200.0


class Day:
    """The house through one day."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.bills: dict[str, list[ErpBill]] = {}

    def hand_in(self, kind: str, count: int, **more: object) -> list[ErpBill]:
        made = [self.house.order(**more) for _ in range(count)]
        self.bills.setdefault(kind, []).extend(made)
        return made

    def until(self, done: Callable[[], object], within_s: float) -> None:
        """The engine works by itself; time goes on for everybody."""
        end = time.monotonic() + within_s
        while not done():
            assert time.monotonic() < end, {
                kind: [self.house.document(each).state.value for each in some if self.known(each)]
                for kind, some in self.bills.items()
            }
            time.sleep(0.05)
            self.house.clock.pass_s(2.0)

    def known(self, bill: ErpBill) -> bool:
        return bool(self.house.workspace.ledger.numbered(bill.number))

    def at(self, state: S, kind: str, within_s: float = 60.0) -> None:
        """Until all bills of a kind are in a state."""
        self.until(
            lambda: all(self.known(each) and self.house.state(each) is state for each in self.bills[kind]),
            within_s,
        )


@pytest.mark.parametrize("count", [2, pytest.param(60, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])])
def test_a_day_in_the_life(
    house: House,
    robots,
    addresses,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    count: int,
) -> None:
    class Machine(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return house.clock.now()

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", Machine)
    monkeypatch.setattr("desktop.sync.engine.WATCH_S", 0.05)
    within_s, day, clock, workspace = 60.0 + count * 12, Day(house), house.clock, house.workspace
    workspace.catalog.set_preference("schedule.zone", "UTC")
    workspace.catalog.set_preference("reconcile.at", (clock.now() + timedelta(hours=9)).strftime("%H:%M"))
    customer = next(each for each in workspace.catalog.base_rows("c100") if each.erp_code == "CUST0002")
    workspace.catalog.delete_base_row("c100", "customer", "CUST0002", "chief")
    group = {"webhook": addresses["dingtalk"], "secret": robots.secret}
    workspace.notices.save("chief", "dingtalk", True, {}, group)
    workspace.engine.start()

    # The morning.
    house.toy.oa_faults.force(Fault.REPLY_LOST, "doCreateRequest")
    house.toy.erp_faults.force(Fault.SESSION_LOST, skip=3)
    day.hand_in("agreed", count)
    day.hand_in("returned", count)
    day.hand_in("taken back", count)
    day.hand_in("unmatched", count, customer="CUST0002")
    for kind in ("agreed", "returned", "taken back"):
        day.at(S.REQUESTED, kind, within_s)
    for bill in day.bills["agreed"]:
        house.approve(bill)
    for bill in day.bills["returned"]:
        house.reject(bill)
    for bill in day.bills["taken back"]:
        house.withdraw(bill)
    day.at(S.DONE, "agreed", within_s)
    day.at(S.RETURNED, "returned", within_s)
    day.at(S.CANCELLED, "taken back", within_s)
    day.until(lambda: all(house.failure(each) == "MAP-502" for each in day.bills["unmatched"]), within_s)

    day.until(lambda: any("CUST0002" in text for _, text in robots.heard), within_s)

    # Noon: a copy, the gap is closed, and the machine sleeps over lunch.
    noon, _ = workspace.backups.make(tmp_path / "noon.db", person="chief")
    workspace.catalog.put_base_rows([customer], "chenjing")
    day.at(S.REQUESTED, "unmatched", within_s)
    clock.pass_s(3 * 3600)
    day.until(lambda: workspace.ledger.last_missed(), 30)
    missed = workspace.ledger.last_missed()["c100", "sales_order"]
    assert missed.why == "asleep" and missed.until - missed.since > timedelta(hours=2)

    # The afternoon: what was returned comes again, and new bills.
    for bill in day.bills["returned"]:
        house.edit(bill)
        house.submit(bill)
    day.hand_in("afternoon", count)
    day.at(S.REQUESTED, "returned", within_s)
    day.at(S.REQUESTED, "afternoon", within_s)
    for bill in day.bills["returned"]:
        house.approve(bill, number=2)
    for bill in [*day.bills["unmatched"], *day.bills["afternoon"][: count // 2]]:
        house.approve(bill)
    day.at(S.DONE, "returned", within_s)
    day.at(S.DONE, "unmatched", within_s)

    # The night: the books agree, and the certificate says so.
    workspace.engine.stop()
    clock.pass_s(12 * 3600)
    house.calm(passes=60)
    clock.pass_s(LATER_S)
    assert workspace.nightly.make_if_due()
    newest = workspace.nightly.newest()
    assert newest is not None and newest.clean, newest and newest.rows
    assert sum(each.documents for each in newest.compared) == 5 * count
    assert list(workspace.nightly.folder.glob("certificate-*.pdf"))
    requests = len(house.all_requests())
    audits = {bill.number: house.audits(bill) for some in day.bills.values() for bill in some}
    house.assert_intact()

    # The disk dies: the copy of noon goes onto a new data folder, and the engine goes on there.
    workspace.close()
    shutil.rmtree(house.folder)
    house.folder = tmp_path / "new machine"
    restore(noon, house.folder / FILE_NAME, "chief", clock.now())
    house.workspace = house.open(house.folder)
    house.workspace.catalog.put_base_rows([customer], "chenjing")
    house.calm(passes=60)
    for bill in day.bills["afternoon"][count // 2 :]:
        house.approve(bill)
    clock.pass_s(LATER_S)
    house.calm(passes=60)
    house.assert_intact()
    assert len(house.all_requests()) == requests, "a restore made requests that were there already"
    ends = {kind: {house.state(each) for each in some} for kind, some in day.bills.items()}
    # What ended behind the copy's back is learnt, also what it held for want of a correspondence, or never saw.
    assert ends == {
        "agreed": {S.DONE}, "returned": {S.DONE}, "taken back": {S.CANCELLED}, "unmatched": {S.DONE}, "afternoon": {S.DONE},
    }  # fmt: skip
    assert not any(house.failure(each) for some in day.bills.values() for each in some)
    assert all(house.audits(each) == 1 for each in day.bills["afternoon"])
    for kind in ("agreed", "returned", "unmatched"):
        assert all(house.audits(each) == audits[each.number] == 1 for each in day.bills[kind]), kind
    clock.pass_s(LATER_S)
    again = house.workspace.nightly.make("chief", days=3)
    assert again.rows == (), "the comparison of that night finds nothing that nobody knows"
