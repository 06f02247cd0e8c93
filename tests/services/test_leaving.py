"""What leaves the house: the file for support holds no secret and no bill; a move takes everything but the secrets."""

from __future__ import annotations

import json
import logging
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode, SyncError
from desktop.doors import command_line
from desktop.doors.log_file import keep_log
from desktop.services.moving import pack, store_in, unpack
from desktop.services.workspace import url_of
from desktop.store.findings import Findings, Found
from tests.conftest import House


def test_the_file_for_support_has_what_it_needs_and_nothing_that_is_private(
    house: House, tmp_path: Path
) -> None:
    workspace = house.workspace
    bill = house.order()
    house.calm()
    handler = keep_log(house.folder, "engine")
    assert handler is not None
    secret = house.toy.erp.app_secret
    log = logging.getLogger("danqiao.test")
    log.warning("a proxy said https://joe:hunter2@proxy and %s", secret)
    logging.getLogger().removeHandler(handler)
    handler.close()
    assert secret in (house.folder / "logs/engine.log").read_text("utf-8")
    made = workspace.diagnosis.make(tmp_path / "support.zip", "chief")
    with zipfile.ZipFile(made) as bundle:
        parts = {name: bundle.read(name).decode() for name in bundle.namelist()}
    assert {
        "about.json",
        "check.json",
        "engine.json",
        "failures.json",
        "site.toml",
        "exchanges.json",
        "trail.json",
        "logs/engine.log",
    } == set(parts)
    whole = "\n".join(parts.values())
    for private in (
        *house.toy.memory.values(),
        "hunter2",
        bill.number,
        house.document(bill).partner,
        "CUST0001",
    ):
        assert private not in whole, private
    assert "***" in parts["logs/engine.log"] and "a proxy said" in parts["logs/engine.log"]
    about = json.loads(parts["about.json"])
    assert about["rows"]["document"] == 1 and "danqiao.db" in about["folder"]
    assert (
        any(each["name"] == "sign_in" for each in json.loads(parts["check.json"]))
        and json.loads(parts["engine.json"])["runs"]
    )
    assert "c100" in parts["site.toml"] and "base_data = []" in parts["site.toml"]


def test_a_move_takes_everything_and_sends_nothing_twice(house: House, tmp_path: Path) -> None:
    bills = [house.order() for _ in range(2)]
    house.calm()
    house.approve(bills[0])
    house.workspace.calendars.make_own()
    (house.folder / "flows").mkdir(exist_ok=True)
    target = tmp_path / "moved.zip"
    with pytest.raises(SyncError) as busy:  # the engine of this house still holds its store
        pack(house.workspace, target, "chief")
    assert busy.value.code is ErrorCode.STORE_BUSY and not target.exists()
    house.restart()
    packed = pack(house.workspace, target, "chief")
    assert packed.switched_off == 1
    assert not any(each.on for route in house.workspace.catalog.routes() for each in route.switches)
    house.workspace.close()

    fresh = tmp_path / "new"
    done = unpack(target, store_in(fresh), "chief", house.clock.now())
    assert done.restored.copy.documents == 2 and (fresh / "calendar.toml").exists()
    assert ("K/3 Cloud", "k3cloud-app_secret", "DANQIAO_K3_APP_SECRET") in done.missing
    with pytest.raises(SyncError):
        unpack(target, store_in(fresh), "chief", house.clock.now())
    house.folder, house.workspace = fresh, house.open(fresh)
    house.calm()
    assert house.state(bills[0]) is S.DONE and house.state(bills[1]) is S.REQUESTED
    assert len(house.all_requests()) == 2
    house.assert_intact()


def test_the_file_for_support_hides_the_ways_of_telling_people_and_what_a_scan_found(
    house: House, tmp_path: Path
) -> None:
    """A robot's address is a secret that this machine knows; a finding names the bill."""
    workspace = house.workspace
    secrets = {
        ("notice-dingtalk", "webhook"): "https://robot.example.com/send?access=4711",
        ("notice-mail", "password"): 'pa"ss wort',
    }
    for (drawer, name), value in secrets.items():
        workspace.vault.put(drawer, name, value)
    (house.folder / "logs").mkdir(exist_ok=True)
    (house.folder / "logs/engine.log").write_text("\n".join(secrets.values()) + "\nkept", "utf-8")
    error = SyncError(ErrorCode.PRICE_OFF_LOCK, number="CGDD000815", lines="1: M0001 华东供应商")
    found = Found(
        "c100",
        "purchase_order",
        "k3",
        "PUR_PurchaseOrder",
        "100815",
        "CGDD000815",
        "zhouqi",
        None,
        error.code.id,
        error.facts,
    )
    now = workspace.now()
    Findings(workspace.store, workspace.trail).keep("prices", "c100", now, now, 1, [found], [])
    parts = zipfile.ZipFile(workspace.diagnosis.make(tmp_path / "support.zip", "chief"))
    whole = "\n".join(parts.read(name).decode() for name in parts.namelist())
    for private in (*secrets.values(), "4711", "CGDD000815", "华东供应商", "zhouqi"):
        assert private not in whole, private
    rows = json.loads(parts.read("check.json"))
    assert any(row["name"] == "bypass_prices" and row["level"] == "warn" for row in rows) and "kept" in whole


def test_a_move_into_a_folder_that_moves_along_does_not_swallow_itself(house: House) -> None:
    house.restart()
    target = house.folder / "certificates" / "moved.zip"
    for _ in range(2):  # the second time one lies there already
        pack(house.workspace, target, "chief")
        with zipfile.ZipFile(target) as packed:
            assert not [name for name in packed.namelist() if "moved" in name]


@pytest.mark.parametrize("harm", ["cut", "bits", "locked", "bomb", "no zip", "twice"])
def test_a_moved_file_that_was_harmed_is_refused_with_a_sentence(
    house: House, tmp_path: Path, harm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, fresh = tmp_path / "moved.zip", tmp_path / "new"
    house.restart()
    pack(house.workspace, source, "chief")
    whole = bytearray(source.read_bytes())
    if harm == "cut":
        whole = whole[: len(whole) // 2]
    elif harm == "bits":
        whole[200:2000] = bytes(1800)
    elif harm == "locked":  # the mark of a file with a password, in its head and in the list at the end
        whole[6] |= 1
        whole[whole.index(b"PK\x01\x02") + 8] |= 1
    elif harm == "no zip":
        whole = bytearray(b"not a zip at all")
    elif harm == "bomb":
        monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=1000))
    source.write_bytes(bytes(whole))
    if harm == "twice":
        with zipfile.ZipFile(source, "a") as packed, pytest.warns(UserWarning):
            packed.writestr("store.db", b"another")
    with pytest.raises(SyncError) as refused:
        unpack(source, store_in(fresh), "chief", house.clock.now())
    assert refused.value.code in (ErrorCode.ARGUMENT_WRONG, ErrorCode.STORE_UNREADABLE)
    assert not store_in(fresh).exists()


@pytest.mark.parametrize("name", ["../evil.db", "/etc/evil", "other.txt"])
def test_a_file_that_is_none_of_ours_is_refused(tmp_path: Path, name: str) -> None:
    source = tmp_path / "moved.zip"
    with zipfile.ZipFile(source, "w") as packed:
        packed.writestr(name, "x")
    with pytest.raises(SyncError) as refused:
        unpack(
            source, store_in(tmp_path / "new"), "chief", __import__("datetime").datetime.now().astimezone()
        )
    assert refused.value.code is ErrorCode.ARGUMENT_WRONG and not (tmp_path / "new").exists()
    assert not (tmp_path / "evil.db").exists()


def test_the_doors_of_keeping(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from desktop.services.workspace import Workspace

    old, new = tmp_path / "old", tmp_path / "new"
    Workspace.open(url_of(old)).close()
    door = ["--language", "en", "--data", str(old)]
    assert (
        command_line.main([*door, "diagnose", "--to", str(tmp_path / "d.zip")]) == 0
        and (tmp_path / "d.zip").exists()
    )
    assert command_line.main([*door, "tidy", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["exchanges"] == 0
    assert command_line.main([*door, "move", "out", str(tmp_path / "m.zip")]) == 0
    assert (
        command_line.main(["--language", "en", "--data", str(new), "move", "in", str(tmp_path / "m.zip")])
        == 0
    )
    assert "In place: 0 documents" in capsys.readouterr().out and (new / "danqiao.db").exists()
    assert (
        command_line.main(["--language", "en", "--data", str(new), "move", "in", str(tmp_path / "m.zip")])
        == 2
    )
    assert "has data already" in capsys.readouterr().err
