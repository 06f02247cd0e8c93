"""Is all well? Each thing that can be wrong is made wrong on the sandbox, found, and told with its cure."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace

import pytest

from desktop.domain.flow import Flow
from desktop.domain.schedule import Schedule
from desktop.services.health import Finding, Level, worst
from desktop.services.text import Text
from desktop.store.database import FILE_NAME
from tests.conftest import House


def looked(house: House) -> list[Finding]:
    found = house.workspace.health.check()
    for language in ("zh", "en"):
        text = Text(language, strict=True)
        for each in found:
            told = each.told(text)
            assert told["cure"] or each.level is Level.OK, told
            assert not any(secret in str(told) for secret in house.toy.memory.values())
    return found


def wrong(found: list[Finding]) -> set[tuple[str, str, str]]:
    """What is not well: subject, name, level or code."""
    return {
        (each.subject, each.name, each.error.code.id if each.error else each.level.value)
        for each in found
        if each.level is not Level.OK
    }


@pytest.fixture
def well(house: House) -> House:
    """A company at which nothing is wrong: the engine has just run, and a copy is there."""
    house.run()
    house.workspace.engine._beat()
    house.workspace.backups.make()
    return house


def test_all_is_well(well: House) -> None:
    found = looked(well)
    assert wrong(found) == set()
    names = {each.name for each in found}
    assert {"dns", "tcp", "sign_in", "account_set", "rights", "clock", "secrets", "key_field"} <= names
    assert {
        "engine",
        "correspondences",
        "disk",
        "store",
        "trail",
        "backup",
        "keyring",
        "calendar",
        "reconciled",
    } <= names
    assert worst(found) is Level.OK


def erp_down(house: House) -> None:
    house.toy.erp_server.app = lambda environ, start: (start("503 Service Unavailable", []), [])[1]


def wrong_secret(house: House) -> None:
    house.toy.memory["k3", "app_secret"] = "not the key at all"


def no_secret(house: House) -> None:
    del house.toy.memory["k3", "app_secret"]


def not_registered(house: House) -> None:
    del house.toy.memory["oa", "spk"]


def clock_wrong(house: House) -> None:
    house.clock.oa_s = 300


def no_host(house: House) -> None:
    system = house.workspace.catalog.system("k3")
    house.workspace.catalog.put_system(replace(system, base_url="http://no-such-host.invalid/k3cloud/"), "x")


WRONG: list[tuple[Callable[[House], None], str, str, str]] = [
    (no_host, "k3", "dns", "NET-108"),
    (erp_down, "k3", "", ""),
    (wrong_secret, "k3", "sign_in", "SES-203"),
    (no_secret, "k3", "sign_in", "PER-706"),
    (not_registered, "oa", "secrets", "PER-706"),
    (clock_wrong, "oa", "clock", "PER-707"),
]


@pytest.mark.parametrize(("spoil", "system", "step", "code"), WRONG, ids=[row[0].__name__ for row in WRONG])
def test_a_connection_that_fails_is_told_at_its_step(
    well: House, spoil: Callable[[House], None], system: str, step: str, code: str
) -> None:
    spoil(well)
    found = looked(well)
    assert worst(found) is Level.FAIL
    of_system = {row for row in wrong(found) if row[0] == system}
    assert of_system if not step else (system, step, code) in of_system, of_system
    assert ("c100/sales_order", "forms", "warn") in wrong(found), "and that the flow was not looked at"


def test_a_key_field_that_is_gone(well: House) -> None:
    well.workspace.flows = {
        name: flow if name != "sales_order" else _other_key(flow)
        for name, flow in well.workspace.flows.items()
    }
    assert ("c100/sales_order", "key_field", "PER-702") in wrong(looked(well))


def _other_key(flow: Flow) -> Flow:
    return replace(flow, erp=replace(flow.erp, key_field="F_NOT_THERE"))


def test_documents_that_wait_for_a_correspondence(well: House) -> None:
    row = next(
        each
        for each in well.workspace.catalog.base_rows("c100")
        if (each.kind, each.erp_code) == ("customer", "CUST0001")
    )
    well.workspace.catalog.delete_base_row("c100", row.kind, row.erp_code, "chief")
    bill = well.order()
    well.run(2)
    assert well.failure(bill) == "MAP-502"
    assert ("", "correspondences", "warn") in wrong(looked(well))


def test_silence_and_an_old_backup(well: House) -> None:
    well.clock.pass_s(3 * 86_400)
    assert {("", "engine", "warn"), ("", "backup", "warn")} <= wrong(looked(well))


def test_a_backup_that_failed(well: House) -> None:
    for each in well.workspace.backups.kept():
        each.path.unlink()
    well.workspace.backups.folder.rmdir()
    well.workspace.backups.folder.write_text("in the way")
    well.workspace.backups.make_if_due()
    assert ("", "backup", "PER-705") in wrong(looked(well))


def test_a_trail_that_was_changed(well: House) -> None:
    with sqlite3.connect(well.folder / FILE_NAME) as store:
        for trigger in store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            store.execute(f"DROP TRIGGER {trigger[0]}")
        store.execute("UPDATE audit SET actor = 'nobody' WHERE seq = 2")
    assert ("", "trail", "fail") in wrong(looked(well))


def test_a_full_disk(well: House, monkeypatch) -> None:
    monkeypatch.setattr("desktop.services.health.NO_SPACE", 1 << 60)
    assert ("", "disk", "fail") in wrong(looked(well))


def test_a_look_that_breaks_is_a_finding_itself(well: House, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("what a mess")

    monkeypatch.setattr("desktop.services.health.shutil.disk_usage", broken)
    found = looked(well)
    assert ("", "look", "BUG-901") in wrong(found)
    assert "trail" in {each.name for each in found}, "the rest was looked at all the same"


def test_nothing_set_up(store, tmp_path) -> None:
    from desktop.services.workspace import Workspace

    with Workspace.open_folder(tmp_path) as workspace:
        assert ("", "none", "warn") in wrong(workspace.health.check())


def test_a_calendar_that_nobody_confirmed_is_told_where_flows_go_by_it(well: House) -> None:
    workspace = well.workspace
    workspace.calendars.make_own().write_text('[2020]\nholidays = ["2020-01-01"]\n', "utf-8")
    assert wrong(looked(well)) == set(), "no flow goes by it"
    route = next(each for each in workspace.catalog.routes() if each.id == "c100")
    switches = tuple(replace(each, schedule=Schedule(workdays=True)) for each in route.switches)
    workspace.catalog.put_route(replace(route, switches=switches), "chief")
    assert wrong(looked(well)) == {("", "calendar", "warn")}
    workspace.calendars.own.write_text("[2020", "utf-8")
    assert ("", "look", "PER-730") in wrong(looked(well))


def test_differences_of_the_last_night_are_told(well: House) -> None:
    bill = well.order()
    well.calm()
    well.toy.erp.audit("SAL_SaleOrder", bill.id, "wangmin")
    well.clock.pass_s(1200)
    well.workspace.engine._beat()
    well.workspace.nightly.make("chief")
    assert ("", "reconciled", "warn") in wrong(looked(well))
