"""An old backup put back under running rounds, a copied data folder on a second machine, a store begun anew: the OA
knows rounds that the store does not. Nothing is sent twice, nothing is sent back by mistake, what runs is adopted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.connectors.ecology.connector import EcologyConnector
from desktop.connectors.k3cloud.connector import K3Cloud
from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode
from desktop.domain.flow import Filter
from desktop.sandbox.erp_bill import ErpBill
from desktop.store.catalog import BaseRow
from tests.conftest import FLOW, FORM, House

LATER_S = 120.0
"""So much later than the engine's start that nothing counts as older than it."""


@pytest.fixture
def backup(house, tmp_path):
    """Copies the store as it is now; answers how to put the copy back."""
    path = tmp_path / "backup.db"

    def copy() -> Path:
        house.workspace.store.copy_to(path)
        return path

    return copy


def again(house, bill) -> None:
    """Handed in again, unedited."""
    house.clock.pass_s(LATER_S)
    house.submit(bill)


# --- where the store was when it was copied, and what happened since ---------------------------------------------------
def test_a_running_round_that_the_backup_does_not_know_is_adopted(house, backup) -> None:
    house.run()
    kept = backup()
    bill = house.order()
    house.calm()
    house.restore(kept)
    house.calm()
    assert (house.state(bill), len(house.requests(bill))) == (S.REQUESTED, 1)
    house.approve(bill)
    house.calm()
    assert (house.state(bill), house.audits(bill)) == (S.DONE, 1)
    house.assert_intact()


def test_an_adopted_round_is_taken_back_like_any_other(house, backup) -> None:
    house.run()
    kept = backup()
    bill = house.order()
    house.calm()
    house.restore(kept)
    house.calm()
    house.withdraw(bill)
    house.calm()
    assert (house.state(bill), house.running(bill)) == (S.CANCELLED, [])
    round_ = house.workspace.ledger.round(house.document(bill).id, 1)
    assert round_.sent_as == "57", "withdrawn in the name of whoever opened it"


def test_approved_and_audited_since_the_backup_is_done_without_a_word(house, backup) -> None:
    house.run()
    bill = house.order()
    house.calm()
    kept = backup()
    house.approve(bill)
    house.calm()
    house.restore(kept)
    house.calm()
    assert (house.state(bill), house.failure(bill), house.audits(bill)) == (S.DONE, "", 1)


def test_found_at_the_backup_and_audited_since_is_done(house, backup) -> None:
    """The copy was made between the discovery and the send."""
    house.run()
    bill = house.order()
    with house.dying("open_request", "before the promise"):
        house.run()
    kept = backup()
    house.restart()
    house.calm()
    house.approve(bill)
    house.calm()
    assert house.state(bill) is S.DONE
    house.restore(kept)
    house.calm()
    assert (house.state(bill), house.failure(bill), house.audits(bill)) == (S.DONE, "", 1)
    assert len(house.requests(bill)) == 1


def test_rejected_and_sent_back_since_the_backup_is_not_sent_back_again(house, backup) -> None:
    house.run()
    bill = house.order()
    house.calm()
    kept = backup()
    house.reject(bill)
    house.calm()
    house.restore(kept)
    house.calm()
    assert house.state(bill).at_rest
    assert house.failure(bill) == ""
    assert house.our_acts(bill, "CancelAssign") == 1
    again(house, bill)
    house.calm()
    assert (house.state(bill), len(house.requests(bill))) == (S.REQUESTED, 2)
    assert len(house.running(bill)) == 1
    house.assert_intact()


@pytest.mark.parametrize("touched", [True, False], ids=["dated", "undated"])
@pytest.mark.parametrize("edited", [True, False], ids=["edited", "unedited"])
def test_a_second_round_that_runs_is_adopted_over_the_first(
    house, backup, edited: bool, touched: bool
) -> None:
    house.toy.erp.settings.modify_date_on_submit = touched
    house.run()
    bill = house.order()
    house.calm()
    kept = backup()
    house.reject(bill)
    house.calm()
    if edited:
        house.edit(bill)
    again(house, bill)
    house.calm()
    assert len(house.requests(bill)) == 2
    house.restore(kept)
    house.calm()
    document = house.document(bill)
    assert (document.state, document.round, house.failure(bill)) == (S.REQUESTED, 2, "")
    house.approve(bill, 2)
    house.calm()
    assert (house.state(bill), house.audits(bill), len(house.requests(bill))) == (S.DONE, 1, 2)
    assert house.our_acts(bill, "CancelAssign") == 1
    house.assert_intact()


@pytest.mark.parametrize("touched", [True, False], ids=["dated", "undated"])
def test_a_rejection_known_to_the_backup_is_not_carried_out_on_the_second_round(
    house, backup, touched
) -> None:
    """The copy holds REJECTED, not yet sent back; in truth the bill was sent back and runs again."""
    house.toy.erp.settings.modify_date_on_submit = touched
    house.run()
    bill = house.order()
    house.calm()
    house.reject(bill)
    with house.dying("send_back", "before the promise"):
        house.run()
    kept = backup()
    house.restart()
    house.calm()
    again(house, bill)
    house.calm()
    assert len(house.requests(bill)) == 2
    house.restore(kept)
    house.calm()
    assert (house.state(bill), house.document(bill).round) == (S.REQUESTED, 2)
    assert house.our_acts(bill, "CancelAssign") == 1
    house.assert_intact()


def test_a_second_round_audited_since_the_backup_is_done(house, backup) -> None:
    house.run()
    bill = house.order()
    house.calm()
    kept = backup()
    house.reject(bill)
    house.calm()
    again(house, bill)
    house.calm()
    house.approve(bill, 2)
    house.calm()
    house.restore(kept)
    house.calm()
    assert (house.state(bill), house.document(bill).round, house.failure(bill)) == (S.DONE, 2, "")
    assert house.audits(bill) == 1


def test_rounds_that_ended_are_never_counted_again(house, backup) -> None:
    """Two rounds went by that the copy does not know; the bill lies with its maker and comes back much later."""
    house.run()
    kept = backup()
    bill = house.order()
    for number in (1, 2):
        house.calm()
        house.reject(bill, number)
        house.calm()
        if number == 1:
            again(house, bill)
    house.restore(kept)
    house.calm()
    house.restart()
    house.clock.pass_s(3 * 86_400)
    house.restart()
    house.run()
    again(house, bill)
    house.calm()
    assert house.hold() == ""
    assert (house.state(bill), len(house.requests(bill)), len(house.running(bill))) == (S.REQUESTED, 3, 1)
    house.assert_intact()


def test_an_older_round_is_not_adopted_after_a_newer_one(house, backup) -> None:
    """R1 and R2 are unknown to the copy; R2 is adopted. A later start must not find R1 and begin with it."""
    house.run()
    kept = backup()
    bill = house.order()
    house.calm()
    house.reject(bill)
    house.calm()
    again(house, bill)
    house.calm()
    house.restore(kept)
    house.calm()
    house.reject(bill, 2)
    house.calm()
    again(house, bill)
    house.restart(after_s=LATER_S)
    house.calm()
    assert (house.state(bill), house.document(bill).round, len(house.requests(bill))) == (S.REQUESTED, 3, 3)
    house.assert_intact()


def test_a_promise_that_the_backup_holds_open_is_looked_for(house, backup) -> None:
    house.run()
    bill = house.order()
    with house.dying("open_request", "before the call"):
        house.run()
    kept = backup()
    house.restart(after_s=200)
    house.calm()
    house.reject(bill)
    house.calm()
    house.restore(kept)
    house.calm()
    assert (house.state(bill).at_rest, len(house.requests(bill))) == (True, 1)
    assert house.our_acts(bill, "CancelAssign") == 1


def test_many_bills_in_every_state(house, backup) -> None:
    house.run()
    old = [house.order() for _ in range(4)]
    house.calm()
    kept = backup()
    new = [house.order() for _ in range(3)]
    house.calm()
    house.approve(old[0])
    house.reject(old[1])
    house.withdraw(old[2])
    house.approve(new[0])
    house.reject(new[1])
    house.calm()
    house.restore(kept)
    house.calm()
    assert [house.failure(bill) for bill in old] == [""] * 4
    for bill in (old[1], old[2], new[1]):
        again(house, bill)
    house.calm()
    for bill in (old[1], old[2], old[3], new[1], new[2]):
        house.toy.oa.approve_fully(house.running(bill)[0].id)
    house.calm()
    assert {house.state(bill) for bill in old} == {S.DONE}
    assert {bill.status for bill in (*old, *new)} == {"C"}
    assert {house.audits(bill) for bill in (*old, *new)} == {1}
    assert [len(house.requests(bill)) for bill in (*old, *new)] == [1, 2, 2, 1, 1, 2, 1]
    house.assert_intact()


# --- rounds that came and went while the copy lay in its drawer -----------------------------------------------------------
def _away(house, backup) -> tuple[Path, dict[str, ErpBill], BaseRow]:
    """A copy in which bills are at rest, held, or found and not sent; since then each of them was handed in (once more), and
    one that the copy never saw. Answers the copy, the bills by what the copy says of them, and the correspondence that it lacks."""
    house.run()
    catalog = house.workspace.catalog
    [customer] = [each for each in catalog.base_rows("c100") if each.erp_code == "CUST0002"]
    catalog.delete_base_row("c100", "customer", "CUST0002", "chief")
    bills = {name: house.order() for name in ("returned", "taken back", "done")}
    bills["held"], bills["dismissed"] = house.order(customer="CUST0002"), house.order(customer="CUST0002")
    house.calm()
    house.reject(bills["returned"])
    house.withdraw(bills["taken back"])
    house.approve(bills["done"])
    house.calm()
    house.workspace.documents.dismiss("chief", [house.document(bills["dismissed"]).id], "by hand, later")
    house.calm()
    assert house.state(bills["dismissed"]) is S.DISMISSED
    bills["found"] = house.order()
    with house.dying("open_request", "before the promise"):
        house.run()
    kept = backup()
    assert house.failure(bills["held"]) == ErrorCode.BASE_DATA_UNMAPPED.id
    house.restart(after_s=LATER_S)
    house.workspace.catalog.put_base_rows([customer], "chief")
    house.workspace.documents.take_back("chief", [house.document(bills["dismissed"]).id])
    house.toy.erp.un_audit(FORM, bills["done"].id, "wangmin")
    for name in ("returned", "taken back", "done"):
        house.calm()
        house.submit(bills[name])
    bills["never seen"] = house.order()
    house.calm()
    assert {house.state(each) for each in bills.values()} == {S.REQUESTED}
    return kept, bills, customer


def _round(name: str) -> int:
    return 2 if name in ("returned", "taken back", "done") else 1


ENDS = {
    "audited": S.DONE, "sent back": S.RETURNED, "taken back": S.CANCELLED, "agreed and taken back": S.CANCELLED,
}  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_what_ended_while_the_copy_was_away_is_learnt_and_nobody_is_asked(house, backup, end: str) -> None:
    kept, bills, customer = _away(house, backup)
    for name, bill in bills.items():
        if end == "sent back":
            house.reject(bill, _round(name))
        if end in ("audited", "agreed and taken back"):
            house.approve(bill, _round(name))
        if end in ("taken back", "agreed and taken back"):
            house.withdraw(bill)
    house.calm()
    audits = {name: house.audits(bill) for name, bill in bills.items()}
    house.restore(kept)
    house.calm()
    house.run(2)
    if (
        end != "audited"
    ):  # what lies with its maker is met when it is handed in; nothing is there to be known before
        bills.pop("never seen")
    assert {name: house.failure(bill) for name, bill in bills.items()} == dict.fromkeys(bills, "")
    assert {name: house.state(bill) for name, bill in bills.items()} == dict.fromkeys(bills, ENDS[end])
    assert {name: house.document(bill).round for name, bill in bills.items()} == {
        name: _round(name) for name in bills
    }
    for name, bill in bills.items():
        [request] = house.requests(bill)[_round(name) - 1 :]
        link = house.workspace.ledger.links([house.document(bill)])[house.document(bill).id]
        assert (link.oa.key, house.audits(bill)) == (str(request.id), audits[name])
        assert house.running(bill) == []
    if end == "audited":
        return
    house.workspace.catalog.put_base_rows([customer], "chief")
    for bill in bills.values():
        again(house, bill)
    house.calm()
    assert {(house.document(bill).round, len(house.running(bill))) for bill in bills.values()} == {
        (2, 1),
        (3, 1),
    }
    house.assert_intact()


def test_a_flow_that_rests_for_days_after_the_copy_was_put_back_learns_as_much(house, backup) -> None:
    kept, bills, _ = _away(house, backup)
    for name, bill in bills.items():
        house.approve(bill, _round(name))
    house.calm()
    house.restore(kept)
    house.switch("c100", on=False)
    house.run(2)
    house.clock.pass_s(3 * 86_400)
    house.run(2)
    house.switch("c100", on=True)
    house.calm()
    house.run(2)
    assert {name: (house.state(bill), house.failure(bill)) for name, bill in bills.items()} == dict.fromkeys(
        bills, (S.DONE, "")
    )


def test_a_round_that_runs_is_learnt_although_its_bill_was_taken_back_since(house, backup) -> None:
    """The other engine died before it could end the requests: we end them, each once."""
    kept, bills, _ = _away(house, backup)
    bills.pop("never seen")
    for bill in bills.values():
        house.withdraw(bill)
    house.restore(kept)
    house.calm()
    assert {house.state(bill) for bill in bills.values()} == {S.CANCELLED}
    assert [house.running(bill) for bill in bills.values()] == [[]] * len(bills)
    house.assert_intact()


def test_a_filter_of_today_hides_no_request_that_runs(house, backup) -> None:
    """The look comes before every check: what the copy does not know of is adopted, whatever a rule says of the bill now."""
    house.run()
    kept = backup()
    bill = house.order()
    house.calm()
    house.restore(kept)
    flow = house.workspace.flows[FLOW]
    hidden = replace(flow, filters=(Filter("R12", "FBillAllAmount >= 9999999"),), version="hidden")
    house.workspace.flows = {FLOW: hidden}
    house.calm()
    assert (house.state(bill), len(house.running(bill))) == (S.REQUESTED, 1)


def test_learning_costs_no_call_where_nothing_was_missed(house, monkeypatch) -> None:
    """An engine that starts on its own store reads no request and no bill that is at rest."""
    house.run()
    bills = [house.order() for _ in range(3)]
    house.calm()
    house.approve(bills[0])
    house.reject(bills[1])
    house.calm()
    house.restart()
    asked: list[str] = []
    for kind, names in (
        (EcologyConnector, ("read_request", "find_rounds")),
        (K3Cloud, ("bill_heads", "read_bills", "audited_bills")),
    ):
        for name in names:
            real = getattr(kind, name)
            monkeypatch.setattr(kind, name, _noted(asked, name, real))
    house.run()
    assert [house.state(each) for each in bills] == [S.DONE, S.RETURNED, S.REQUESTED]
    assert asked == []


def _noted(asked: list[str], name: str, real: Callable[..., object]) -> Callable[..., object]:
    def call(*args: object) -> object:
        asked.append(name)
        return real(*args)

    return call


# --- a store begun anew -------------------------------------------------------------------------------------------------
def test_a_new_store_beside_a_busy_oa_adopts_what_runs(house, tmp_path, toy, clock) -> None:
    house.run()
    running, returned = house.order(), house.order()
    house.calm()
    house.reject(returned)
    house.calm()
    house.workspace.close()
    house.clock.pass_s(10 * 86_400)
    anew = House(toy, tmp_path / "anew", clock)
    try:
        anew.calm()
        assert (anew.state(running), len(anew.requests(running))) == (S.REQUESTED, 1)
        again(anew, returned)
        anew.calm()
        assert (anew.state(returned), len(anew.requests(returned))) == (S.REQUESTED, 2)
        anew.assert_intact()
    finally:
        anew.close()


# --- two machines ------------------------------------------------------------------------------------------------------
@pytest.fixture
def second(house, tmp_path, toy, clock):
    """A copy of the data folder, started on a second machine."""
    made = []

    def start() -> House:
        folder = tmp_path / "second"
        folder.mkdir()
        house.workspace.store.copy_to(folder / "danqiao.db")
        made.append(House(toy, folder, clock))
        made[0].run()
        return made[0]

    yield start
    for each in made:
        each.close()


def test_two_machines_in_turn_never_double_anything(house, second) -> None:
    house.run()
    bills = [house.order() for _ in range(3)]
    house.calm()
    other = second()
    house.clock.pass_s(LATER_S)
    new = [house.order() for _ in range(2)]
    for _ in range(3):
        house.run()
        other.run()
    house.approve(bills[0])
    house.reject(bills[1])
    for _ in range(4):
        other.run()
        house.run()
        house.clock.pass_s(5)
    house.assert_intact()
    assert other.hold() == ErrorCode.OTHER_ENGINE.id
    assert [len(house.requests(bill)) for bill in (*bills, *new)] == [1] * 5
    assert house.audits(bills[0]) == 1
    assert house.our_acts(bills[1], "CancelAssign") == 1


def test_released_after_the_first_machine_has_stopped_the_second_adopts(house, second) -> None:
    house.run()
    other = second()
    house.clock.pass_s(LATER_S)
    bill = house.order()
    house.run()
    other.run()
    assert other.hold() == ErrorCode.OTHER_ENGINE.id
    house.workspace.close()
    other.workspace.order("chief", "release", route_id="c100")
    other.calm()
    assert (other.hold(), other.state(bill), len(other.requests(bill))) == ("", S.REQUESTED, 1)
    other.approve(bill)
    other.calm()
    assert (other.state(bill), other.audits(bill)) == (S.DONE, 1)
    house.restart()


def test_a_second_round_of_the_first_machine_holds_the_second(house, second) -> None:
    house.run()
    bill = house.order()
    house.calm()
    other = second()
    house.reject(bill)
    house.calm()
    again(house, bill)
    house.calm()
    other.run(2)
    assert other.hold() == ErrorCode.OTHER_ENGINE.id
    assert len(house.requests(bill)) == 2
    assert house.our_acts(bill, "CancelAssign") == 1
    assert house.workspace.ledger.moving("c100", FLOW)
    house.assert_intact()


def test_two_engines_in_the_very_same_moment_are_noticed_on_both_sides_and_nothing_is_audited_twice(
    house, tmp_path
) -> None:
    """Both have looked, both have promised: then the other one is quicker. No system can keep us from that; both see it."""
    house.run()
    folder = tmp_path / "copy"
    folder.mkdir()
    house.workspace.store.copy_to(folder / house.workspace.store.path.name)
    other, raced = house.open(folder), []
    other.engine.run_once()
    house.clock.pass_s(LATER_S)
    bill = house.order()

    def race(step: str, where: str) -> None:
        if (step, where) == ("open_request", "before the call") and not raced:
            raced.append(step)
            other.engine.run_once()

    house.workspace.engine.effects.at_moment = race
    try:
        house.run()
        assert raced and len(house.requests(bill)) == 2, "the window that is left"
        for _ in range(3):
            other.engine.run_once()
            house.run()
        [theirs] = other.ledger.by_source("k3", FORM, FLOW, [str(bill.id)]).values()
        told = other.ledger.open_failures([theirs.id])
        assert house.failure(bill) == ErrorCode.KEY_NOT_UNIQUE.id
        assert [failure.code for failure, _ in told.values()] == [ErrorCode.KEY_NOT_UNIQUE.id]
        first, second = (each.id for each in house.requests(bill))
        house.toy.oa.approve_fully(first)
        other.engine.run_once()
        house.run(2)
        assert house.audits(bill) == 0, "nothing is concluded from two"
    finally:
        other.close()
    # The second machine is put away, its request ended; a person says: look again.
    house.toy.oa.delete(first, "9", monitor=True)
    house.workspace.documents.retry("chief", [house.document(bill).id])
    house.calm()
    house.toy.oa.approve_fully(second)
    house.calm()
    assert (house.state(bill), house.failure(bill), house.audits(bill)) == (S.DONE, "", 1)


def test_a_request_that_people_copied_stops_its_own_bill_until_the_copy_is_ended(house) -> None:
    house.run()
    bill, other = house.order(), house.order()
    house.calm()
    [ours] = house.requests(bill)
    copied = house.toy.oa.create(781, "57", ours.title, dict(ours.fields))
    house.approve(bill)
    house.approve(other)
    house.calm()
    assert (house.state(bill), house.failure(bill)) == (S.REQUESTED, ErrorCode.KEY_NOT_UNIQUE.id)
    assert (house.audits(bill), house.state(other)) == (0, S.DONE), "nobody else waits"
    house.workspace.documents.retry("chief", [house.document(bill).id])
    house.run(2)
    assert house.failure(bill) == ErrorCode.KEY_NOT_UNIQUE.id, "the copy still runs"
    house.toy.oa.delete(copied, "9", monitor=True)
    house.workspace.documents.retry("chief", [house.document(bill).id])
    house.calm()
    assert (house.state(bill), house.failure(bill), house.audits(bill)) == (S.DONE, "", 1)
