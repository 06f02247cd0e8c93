"""Copies of the store: made under a running engine, proved, pruned, and put back without anything happening twice."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode, SyncError
from desktop.services.backups import TROUBLE, restore
from desktop.services.workspace import Workspace
from desktop.store.database import FILE_NAME, read_copy
from tests.conftest import House


def refused(code, work, *arguments) -> SyncError:
    with pytest.raises(SyncError) as told:
        work(*arguments)
    assert told.value.code is code
    return told.value


def put_back(house: House, copy: Path) -> None:
    """As the command does it: the program ends, the copy takes the store's place, the program starts."""
    house.workspace.close()
    restore(copy, house.folder / FILE_NAME, "chief", house.clock.now())
    house.workspace = house.open(house.folder)


def test_after_a_restore_what_runs_is_adopted_and_nothing_is_doubled(house: House) -> None:
    house.run()
    known = house.order()
    house.calm()
    copy, found = house.workspace.backups.make()
    assert (found.documents, read_copy(copy)) == (1, found)
    unknown, decided = house.order(), house.order()
    house.calm()
    house.approve(known)
    house.reject(decided)
    house.calm()
    put_back(house, copy)
    house.calm()
    assert (house.state(known), house.audits(known)) == (S.DONE, 1)
    assert (house.state(unknown), len(house.requests(unknown))) == (S.REQUESTED, 1)
    assert house.our_acts(decided, "CancelAssign") == 1
    house.approve(unknown)
    house.calm()
    assert (house.state(unknown), house.audits(unknown), len(house.requests(unknown))) == (S.DONE, 1, 1)
    house.assert_intact()


def test_a_copy_while_the_engine_runs_is_whole(house: House) -> None:
    bills = [house.order() for _ in range(8)]
    house.workspace.engine.start()
    try:
        copies = [house.workspace.backups.make(house.folder / f"copy{at}.db")[0] for at in range(6)]
    finally:
        house.workspace.engine.stop()
    for copy in copies:
        read_copy(copy)
        with Workspace.open(f"sqlite:///{copy}", create=False) as there:
            assert there.trail.broken_at() is None
    put_back(house, copies[2])
    house.calm()
    assert {len(house.requests(bill)) for bill in bills} == {1}
    house.assert_intact()


def test_the_former_store_is_kept_and_old_orders_are_void(house: House) -> None:
    bill = house.order()
    house.calm()
    house.workspace.documents.dismiss("chief", [house.document(bill).id], "by mistake")
    copy, _ = house.workspace.backups.make()
    house.workspace.engine.take_orders()
    house.workspace.close()
    done = restore(copy, house.folder / FILE_NAME, "chief", house.clock.now())
    assert done.orders == 1
    assert done.former is not None
    assert read_copy(done.former).documents == 1
    house.workspace = house.open(house.folder)
    house.calm()
    assert house.state(bill) is S.REQUESTED, "an order of another hour is not carried out"
    assert "backup.restored" in {entry.action for entry in house.workspace.trail.entries("store")}


def test_a_broken_store_is_replaced_and_kept_as_it_was(house: House) -> None:
    house.order()
    house.calm()
    copy, _ = house.workspace.backups.make()
    house.workspace.close()
    store = house.folder / FILE_NAME
    store.write_bytes(b"no database at all" * 400)
    done = restore(copy, store, "chief", house.clock.now())
    assert done.former is not None
    assert done.former.read_bytes().startswith(b"no database")
    house.workspace = house.open(house.folder)
    assert house.workspace.ledger.count_states() == {S.REQUESTED: 1}


def test_a_restore_is_refused_where_it_would_do_harm(house: House, tmp_path: Path) -> None:
    copy, _ = house.workspace.backups.make()
    store, now = house.folder / FILE_NAME, house.clock.now()
    assert house.workspace.engine is not None
    refused(ErrorCode.STORE_BUSY, restore, copy, store, "chief", now)
    house.workspace.close()
    before = store.read_bytes()
    newer, broken, alien = tmp_path / "newer.db", tmp_path / "broken.db", tmp_path / "alien.db"
    newer.write_bytes(copy.read_bytes())
    with sqlite3.connect(newer) as changed:
        changed.execute("UPDATE schema_version SET number = 99")
    broken.write_bytes(copy.read_bytes()[:9000])
    with sqlite3.connect(alien) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    refused(ErrorCode.STORE_NEWER, restore, newer, store, "chief", now)
    for path in (broken, alien, tmp_path / "absent.db", tmp_path):
        refused(ErrorCode.STORE_UNREADABLE, restore, path, store, "chief", now)
    refused(ErrorCode.ARGUMENT_WRONG, restore, store, store, "chief", now)
    assert store.read_bytes() == before
    assert not list(house.folder.glob("*.restoring"))
    house.workspace = house.open(house.folder)


def test_a_copy_is_due_once_a_day_and_the_oldest_go(house: House) -> None:
    backups = house.workspace.backups
    backups.set_keep("chief", 3)
    made = []
    for _ in range(5):
        made.append(backups.make_if_due())
        assert backups.make_if_due() is False
        house.clock.pass_s(25 * 3600)
    assert made == [True] * 5
    kept = backups.kept()
    assert len(kept) == 3
    assert house.clock.now() - kept[0].made_at < timedelta(hours=26)
    refused(ErrorCode.ARGUMENT_WRONG, backups.set_keep, "chief", 0)
    assert not list(backups.folder.glob("*.part"))


@pytest.mark.parametrize("wrong_s", [400 * 86_400, -400 * 86_400])
def test_a_clock_that_was_wrong_costs_no_older_copy(house: House, wrong_s: float) -> None:
    """One copy of a machine that woke up in another year must not make the engine copy every ten minutes from then on."""
    backups = house.workspace.backups
    backups.set_keep("chief", 3)
    for _ in range(3):
        assert backups.make_if_due()
        house.clock.pass_s(25 * 3600)
    before = {each.path for each in backups.kept()}
    house.clock.machine_s = wrong_s
    assert backups.make_if_due()
    house.clock.machine_s = 0.0
    assert wrong_s > 0 or before <= {each.path for each in backups.kept()}
    made = []
    for _ in range(12):
        made.append(backups.make_if_due())
        house.clock.pass_s(600)
    assert made.count(True) == 1, "the day's, and no more"
    assert len(before & {each.path for each in backups.kept()}) == 2


def test_the_engine_makes_the_copy_by_itself(house: House, monkeypatch) -> None:
    monkeypatch.setattr("desktop.sync.engine.CHORES_AFTER_S", 0.0)
    house.workspace.engine.start()
    try:
        for _ in range(400):
            if house.workspace.backups.kept():
                break
            house.workspace.engine.effects.stopping.wait(0.02)
    finally:
        house.workspace.engine.stop()
    assert len(house.workspace.backups.kept()) == 1


def test_a_folder_that_cannot_be_written_is_told_and_remembered(house: House) -> None:
    backups = house.workspace.backups
    backups.folder.write_text("a file where the folder should be")
    refused(ErrorCode.STORE_UNREADABLE, backups.make)
    assert backups.make_if_due() is False
    assert house.workspace.catalog.preference(TROUBLE)["code"] == "PER-705"
    backups.folder.unlink()
    assert backups.make_if_due() is True
    assert house.workspace.catalog.preference(TROUBLE) == {}


def test_a_copy_holds_no_secret(house: House) -> None:
    house.order()
    house.calm()
    copy, _ = house.workspace.backups.make()
    kept = copy.read_bytes()
    assert house.toy.memory
    for secret in house.toy.memory.values():
        assert secret.encode() not in kept
