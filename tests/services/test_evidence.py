"""The evidence pack of a bill that travelled over real HTTP: whole, checkable without us, and without a secret."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import Person, Role
from desktop.doors.command_line import main
from desktop.services.evidence_check import faults, read


@pytest.fixture
def travelled(house):
    """A bill that was returned once, submitted again, and is audited."""
    house.run()
    bill = house.order()
    house.calm()
    house.reject(bill)
    house.calm()
    house.submit(bill)
    house.calm()
    house.approve(bill, 2, "同意，按合同付款")
    house.calm()
    return bill


def checked(pack: Path) -> subprocess.CompletedProcess[str]:
    """By the script in the pack itself, in a Python that knows nothing of us."""
    folder = pack.with_suffix("")
    with zipfile.ZipFile(pack) as opened:
        opened.extractall(folder)
    command = [sys.executable, "-I", str(folder / "verify.py"), str(pack)]
    return subprocess.run(command, capture_output=True, text=True, cwd="/")


def rewritten(pack: Path, name: str, change) -> Path:
    """A forger changes one file of the pack."""
    forged = pack.with_name(f"forged-{name.replace('/', '-')}.zip")
    with zipfile.ZipFile(pack) as old, zipfile.ZipFile(forged, "w") as new:
        for each in old.namelist():
            new.writestr(each, change(old.read(each)) if each == name else old.read(each))
    return forged


def test_a_pack_holds_everything_and_proves_itself(house, travelled, tmp_path, capsys) -> None:
    of = house.document(travelled)
    made = main(
        ["--store", f"sqlite:///{house.workspace.store.path}", "evidence", travelled.number, "--to", str(tmp_path / "e.zip")]
    )  # fmt: skip
    assert made == 0 and "SHA-256" in capsys.readouterr().out
    pack = tmp_path / "e.zip"
    files = read(pack)
    assert {"README.txt", "verify.py", "document.json", "timeline.csv", "trail.json", "rounds/01.json", "rounds/02.json"} <= set(files)  # fmt: skip
    assert [name for name in files if name.startswith("mapping/")]
    assert len([name for name in files if name.startswith("calls/")]) >= 8
    assert "同意，按合同付款" in files["timeline.csv"].decode() and "太贵" in files["rounds/01.json"].decode()
    assert travelled.number in files["README.txt"].decode()
    for secret in house.toy.memory.values():
        assert not [name for name, content in files.items() if secret.encode() in content]
    found = checked(pack)
    assert (found.returncode, found.stderr) == (0, "") and "WHOLE" in found.stdout
    [line] = [
        each for each in house.workspace.trail.entries(f"document:{of.id}") if each.action == "evidence.taken"
    ]
    assert line.detail["manifest"] in found.stdout, "the trail remembers which pack was taken"


def test_one_changed_letter_shows(house, travelled, tmp_path) -> None:
    pack = tmp_path / "e.zip"
    house.workspace.evidence.make("chief", house.document(travelled).id, pack)
    assert "rounds/01.json: changed" in faults(
        read(rewritten(pack, "rounds/01.json", lambda old: old + b" "))
    )

    def another_actor(old: bytes) -> bytes:
        proof = json.loads(old)
        proof["lines"][3]["actor"] = "somebody"
        return json.dumps(proof).encode()

    told = faults(read(rewritten(pack, "trail.json", another_actor)))
    assert [each for each in told if each.startswith("trail line")]
    assert checked(rewritten(pack, "trail.json", another_actor)).returncode == 1


def test_who_may_take_a_pack_and_what_is_masked_in_it(house, travelled, tmp_path) -> None:
    people, evidence, of = house.workspace.people, house.workspace.evidence, house.document(travelled)
    people.arrive("chief")
    people.save("chief", Person("mapper", "顾问", Role.MAPPING))
    people.save("chief", Person("auditor", "审计", Role.AUDITOR, sees_accounts=False))
    people.save("chief", Person("far", "李芸", Role.CLERK, ("c200",)))
    for login in ("mapper", "far", "stranger"):
        with pytest.raises(SyncError) as refused:
            evidence.make(login, of.id, tmp_path / "no.zip")
        assert refused.value.code is ErrorCode.NOT_ALLOWED
    assert not (tmp_path / "no.zip").exists()
    with house.workspace.ledger.change(house.clock.now()) as change:
        change.note("chief", "noted", of, bank_account="6222021234567890123")
    for login, seen in (("chief", True), ("auditor", False)):
        evidence.make(login, of.id, tmp_path / f"{login}.zip")
        files = read(tmp_path / f"{login}.zip")
        assert any(b"6222021234567890123" in content for content in files.values()) == seen
        assert faults(files) == []


def test_a_pack_of_an_old_bill_has_the_calls_that_lie_in_the_archive(house, travelled, tmp_path) -> None:
    of = house.document(travelled)
    house.workspace.evidence.make("chief", of.id, tmp_path / "young.zip")
    house.clock.pass_s(1200 * 86_400)
    assert house.workspace.retention.tidy().moved.exchanges
    house.workspace.evidence.make("chief", of.id, tmp_path / "old.zip")
    young, old = (
        {
            name: content
            for name, content in read(tmp_path / f"{age}.zip").items()
            if name.startswith("calls/")
        }
        for age in ("young", "old")
    )
    assert young and old == young


def test_no_pack_is_made_while_the_archive_cannot_be_read_and_the_check_says_so(
    house, travelled, tmp_path
) -> None:
    of, workspace = house.document(travelled), house.workspace
    house.clock.pass_s(1200 * 86_400)
    workspace.retention.tidy()

    def level() -> str:
        found = [each for each in workspace.health.check() if each.area == "house" and each.error is not None]
        return ", ".join(str(each.error.facts.get("where", "")) for each in found)

    assert str(workspace.archive.path) not in level()
    whole = workspace.archive.path.read_bytes()
    for harmed in (whole[:5000], b"no database" * 500, bytes(len(whole))):
        workspace.archive.path.write_bytes(harmed)
        with pytest.raises(SyncError) as refused:
            workspace.evidence.make("chief", of.id, tmp_path / "e.zip")
        assert refused.value.code is ErrorCode.STORE_UNREADABLE and not (tmp_path / "e.zip").exists()
        assert str(workspace.archive.path) in level()
    workspace.archive.path.write_bytes(whole)
    assert workspace.evidence.make("chief", of.id, tmp_path / "e.zip").whole


def test_an_account_that_the_trail_alone_spells_out_is_masked_too(house, travelled, tmp_path) -> None:
    """By its kind, not by its field; and in the words of another line."""
    people, of = house.workspace.people, house.document(travelled)
    people.arrive("chief")
    people.save("chief", Person("auditor", "审计", Role.AUDITOR, sees_accounts=False))
    with house.workspace.ledger.change(house.clock.now()) as change:
        gap = SyncError(
            ErrorCode.BASE_DATA_UNMAPPED,
            kind="bank_account",
            erp_code="3100152031",
            number="x",
            gaps="bank_account 3100152031",
        )
        change.fail(of, gap, next_try_at=None)
        change.note("chief", "noted", of, reason="account 3100152031 is the old one")
    house.workspace.evidence.make("auditor", of.id, tmp_path / "e.zip")
    files = read(tmp_path / "e.zip")
    assert not [name for name, content in files.items() if b"3100152031" in content]
    assert faults(files) == []


def test_a_pack_that_cannot_be_written_leaves_nothing(house, travelled, tmp_path) -> None:
    with pytest.raises(SyncError) as refused:
        house.workspace.evidence.make("chief", house.document(travelled).id, tmp_path / "none" / "e.zip")
    assert refused.value.code is ErrorCode.STORE_UNREADABLE
    assert main(["--store", f"sqlite:///{house.workspace.store.path}", "evidence", "XSDD999999"]) == 1
