"""The doors of main.py, opened as a person or a service manager does: exit codes, one clear sentence, never a trace."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from desktop.domain.system import FlowSwitch, Person, Role, Route, System, SystemRole
from desktop.doors import command_line, keeping_door, site_door
from desktop.doors.command_line import main
from desktop.doors.toy import ERPS, OAS
from desktop.services.workspace import Workspace, url_of

ROOT = Path(__file__).resolve().parents[1]
DEMO_KEYS = {"flows", "rounds", "duplicates", "lost", "calls_per_document", "seconds", "ok"}
FLOW_KEYS = {"flow", "company", "documents", "done", "returned", "cancelled", "failed", "as_expected"}
ERP_KEYS = {"vendor", "url", "account", "user", "password", "app_id", "app_secret"}
OA_KEYS = {"vendor", "url", "app_id", "secrit", "spk", "user_id", "workflows"}


@dataclass(frozen=True)
class Ended:
    """How a command ended. It never told a trace, whatever happened."""

    code: int
    out: str
    err: str

    def refused(self, code: str) -> str:
        """The one sentence of a refusal that begins with `code`."""
        lines = self.err.strip().splitlines()
        assert self.code in (1, 2), self.err
        assert len(lines) == 1, self.err
        assert lines[0].startswith(f"{code}: "), lines[0]
        assert not re.search(r"[{}]|—|None", lines[0]), lines[0]
        return lines[0]


def command(*arguments: object) -> list[str]:
    return [sys.executable, str(ROOT / "main.py"), *(str(each) for each in arguments)]


def environment(**more: str) -> dict[str, str]:
    """Without a screen, without anything of this machine's own DanQiao."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DANQIAO", "DISPLAY", "WAYLAND", "QT_"))
    }
    return {**kept, "PYTHONIOENCODING": "utf-8", **more}


def run(*arguments: object, **more: str) -> Ended:
    done = subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        env=environment(**more),
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Ended(done.returncode, done.stdout, done.stderr)


def inside(capsys: pytest.CaptureFixture[str], *arguments: object) -> Ended:
    """The same door without a process of its own: for refusals by the dozen."""
    capsys.readouterr()
    code = main([str(each) for each in arguments])
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    return Ended(code, told.out, told.err)


@contextmanager
def running(*arguments: object, **more: str) -> Iterator[subprocess.Popen[str]]:
    """A command that goes on until it is told to stop."""
    process = subprocess.Popen(
        command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        env=environment(**more),
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def stopped(process: subprocess.Popen[str]) -> Ended:
    """SIGTERM, and how it ended. Five seconds are enough for anybody."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=15)
    assert time.monotonic() - began < 5
    assert "Traceback" not in err, err
    return Ended(process.returncode, out, err)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[dict[str, Any]]:
    """The sandbox as its own command serves it, and what that prints."""
    with running("sandbox", "--json") as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        assert stopped(process).code == 0


@pytest.fixture
def secrets(sandbox: dict[str, Any]) -> dict[str, str]:
    return {
        "DANQIAO_K3_APP_SECRET": sandbox["erp"]["app_secret"],
        "DANQIAO_OA_SECRIT": sandbox["oa"]["secrit"],
        "DANQIAO_OA_SPK": sandbox["oa"]["spk"],
    }


@pytest.fixture
def site_file(sandbox: dict[str, Any], tmp_path: Path) -> Path:
    """A hand-written site file for the running sandbox."""
    path = tmp_path / "site.toml"
    path.write_text(site(sandbox["erp"], sandbox["oa"]), "utf-8")
    return path


def site(erp: dict[str, Any], oa: dict[str, Any]) -> str:
    return f"""
schema = 1
[[systems]]
id = "k3"
role = "erp"
vendor = "k3cloud"
title = "金蝶云星空"
base_url = "{erp["url"]}"
[systems.options]
acct_id = "{erp["account"]}"
user = "{erp["user"]}"
app_id = "{erp["app_id"]}"
read_s = 5
[[systems]]
id = "oa"
role = "oa"
vendor = "ecology"
base_url = "{oa["url"]}"
[systems.options]
app_id = "{oa["app_id"]}"
user_id = "{oa["user_id"]}"
verify_tls = true
[[routes]]
id = "c100"
company = "100"
title = "华东机电"
erp = "k3"
oa = "oa"
[[routes.flows]]
flow = "sales_order"
on = true
every_s = 0.3
workflow = "{oa["workflows"]["sales_order"]}"
[[routes.base_data]]
kind = "user"
erp = "wangmin"
oa = "57"
"""


MADE_UP = site(
    {"url": "http://127.0.0.1:9/k3cloud/", "account": "a", "user": "u", "app_id": "i"},
    {"url": "http://127.0.0.1:9", "app_id": "i", "user_id": "9", "workflows": {"sales_order": "781"}},
)


# --- arguments and stores ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["--no-such-option"], ["no-such-command"], ["--language", "fr"], ["site"], ["site", "import"], ["site", "sing"],
        ["audit"], ["audit", "forge"], ["--demo", "--faults", "x"], ["sandbox", "--erp-port", "http"],
        ["--data", "x", "--store", "sqlite:///y.db", "--once"], ["--data"], ["site", "import", "no-such-file.toml"],
        ["sandbox", "--erp-port", "99999"], ["--demo", "check"], ["--once", "audit", "verify"], ["--erp", "k3wise", "sandbox"],
        ["--faults", "3", "--headless"], ["--oa", "dingtalk", "--once"], ["--once", "--headless"], ["--tray", "--once"],
        ["service", "install", "--system", "--window"], ["departure", "57", "--day", "2026-13-01"], ["prices"], ["invoices"],
        ["move", "in", "no-such-file.zip"], ["company", "sales_order"], ["clone", "c100", "c300"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_wrong_argument_is_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    ended = inside(capsys, *arguments)
    assert ended.code == 2
    ended.refused("PER-715")
    assert not list(tmp_path.rglob("*.db")), "nothing was made of it"


def test_a_wrong_argument_in_a_process_of_its_own(tmp_path: Path) -> None:
    ended = run("--data", tmp_path, "--language", "en", "no-such-command")
    assert ended.code == 2
    assert "What was entered is not right" in ended.refused("PER-715")
    assert ended.out == ""


def test_what_is_missing_is_called_as_the_help_calls_it(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, name in (
        (["audit"], "verify"),
        (["prices"], "scan|source"),
        (["move", "out"], "file"),
        (["service"], "install"),
    ):
        told = inside(capsys, *arguments).refused("PER-715")
        assert name in told and "doing" not in told


def test_a_number_that_no_document_has_is_said_plainly(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    Workspace.open_folder(tmp_path, memory={}).close()
    for arguments in (["evidence", "NOPE"], ["prices", "source", "NOPE"]):
        ended = inside(capsys, "--data", tmp_path, *arguments)
        assert (ended.code, ended.out) == (1, "")
        assert "NOPE" in ended.err and not re.search("—|DAT-402", ended.err)


def test_the_sentence_is_in_the_language_that_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    for chosen, word in (
        (["--language", "en"], "Correct it"),
        (["--language=en"], "Correct it"),
        ([], "请改正"),
    ):
        assert word in inside(capsys, *chosen, "no-such-command").err


def test_the_version_and_the_help(tmp_path: Path) -> None:
    assert re.match(r"DanQiao \d+\.\d+", run("--version").out)
    assert "--headless" in run("--help").out


def garbage(folder: Path) -> list[object]:
    (folder / "danqiao.db").write_bytes(b"this is no database" * 500)
    return ["--data", folder]


def somebody_elses(folder: Path) -> list[object]:
    with sqlite3.connect(folder / "danqiao.db") as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    return ["--data", folder]


def a_folder_that_is_a_file(folder: Path) -> list[object]:
    (folder / "file").write_text("x")
    return ["--data", folder / "file"]


def cut_off(folder: Path) -> list[object]:
    assert main(["--data", str(folder), "--once"]) == 1
    path = folder / "danqiao.db"
    with sqlite3.connect(path) as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        store.execute("PRAGMA journal_mode = delete")
    path.write_bytes(path.read_bytes()[:5000])
    return ["--data", folder]


def newer(folder: Path) -> list[object]:
    assert main(["--data", str(folder), "--once"]) == 1
    with sqlite3.connect(folder / "danqiao.db") as store:
        store.execute("UPDATE schema_version SET number = 99")
    return ["--data", folder]


STORES: list[tuple[Callable[[Path], list[object]], str]] = [
    (lambda _: ["--store", "postgresql://user:geheim@db.example.com/danqiao"], "PER-705"),
    (lambda _: ["--store", "sqlite:////proc/no/such/place/danqiao.db"], "PER-705"),
    (garbage, "PER-705"),
    (somebody_elses, "PER-705"),
    (a_folder_that_is_a_file, "PER-705"),
    (cut_off, "PER-705"),
    (newer, "PER-704"),
]


@pytest.mark.parametrize(
    "door", [["--once"], ["--headless"], ["audit", "verify"], ["site", "export", "-"]], ids=" ".join
)
@pytest.mark.parametrize(
    ("made", "code"), STORES, ids=["postgres", "nowhere", "garbage", "other", "a file", "cut off", "newer"]
)
def test_a_store_that_cannot_be_opened_is_one_sentence(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    made: Callable[[Path], list[object]],
    code: str,
    door: list[str],
) -> None:
    ended = inside(capsys, *made(tmp_path), *door)
    assert ended.code == 1
    assert "geheim" not in ended.refused(code)


def test_an_unreachable_store_in_a_process_of_its_own(tmp_path: Path) -> None:
    ended = run("--store", "sqlite:////proc/no/such/place/danqiao.db", "--once")
    assert ended.code == 1
    ended.refused("PER-705")


def test_what_only_reads_makes_no_store(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for door in (["audit", "verify"], ["site", "export", "-"], ["site", "register", "oa"]):
        inside(capsys, "--data", tmp_path / "new", *door).refused("PER-705")
    assert not (tmp_path / "new").exists()


# --- site files ----------------------------------------------------------------------------------------------------------

MISTAKES = [
    ("no toml", "schema = 1", "schema = = 1", "2"),
    ("a newer schema", "schema = 1", "schema = 7", "schema"),
    ("a schema that is none", "schema = 1", 'schema = "one"', "schema"),
    ("an unknown table", "schema = 1", "schema = 1\nsecrets = 1", "secrets"),
    ("an unknown key", 'title = "金蝶云星空"', 'name = "金蝶云星空"', "systems[0]"),
    ("a key that is missing", 'role = "erp"\n', "", "systems[0]"),
    ("an unknown vendor", '"k3cloud"', '"sap"', "systems[0]"),
    ("the wrong role", 'role = "erp"', 'role = "oa"', "systems[0]"),
    ("no address", "http://127.0.0.1:9/k3cloud/", "127.0.0.1", "base_url"),
    ("an address with a password in it", "http://127.0.0.1:9/k3cloud/", "http://me:geheim@127.0.0.1/k3cloud/", "base_url"),
    ("a secret", 'acct_id = "a"', 'acct_id = "a"\napp_secret = "geheim"', "app_secret"),
    ("a password", 'acct_id = "a"', 'acct_id = "a"\npassword = "geheim"', "password"),
    ("a hidden secret", 'user_id = "9"', 'user_id = "9"\nspk = "geheim"', "spk"),
    ("a required option", 'acct_id = "a"\n', "", "acct_id"),
    ("a choice that there is not", "read_s = 5", 'read_s = 5\nsign_in = "magic"', "sign_in"),
    ("options that are no table", '[systems.options]\nacct_id = "a"\nuser = "u"\napp_id = "i"\nread_s = 5', "options = 5", "systems[0].options"),
    ("systems that are no list", "[[systems]]", "[systems]", ""),
    ("the same system twice", 'id = "oa"', 'id = "k3"', "systems"),
    ("a route to nowhere", 'erp = "k3"', 'erp = "k9"', "routes[0].erp"),
    ("a route the wrong way round", 'erp = "k3"', 'erp = "oa"', "routes[0].erp"),
    ("an unknown flow", '"sales_order"', '"world_order"', "flows[0]"),
    ("no workflow", 'workflow = "781"\n', "", "flows[0]"),
    ("an interval that is none", "every_s = 0.3", 'every_s = "often"', "every_s"),
    ("an interval of nothing", "every_s = 0.3", "every_s = 0", "every_s"),
    ("an interval that never ends", "every_s = 0.3", "every_s = inf", "every_s"),
    ("a switch that is none", "on = true", 'on = "yes, please"', "flows[0]"),
    ("flows that are no list", "[[routes.flows]]", "[routes.flows]", "routes[0]"),
    ("base data that is no list", '[[routes.base_data]]\nkind = "user"', 'base_data = "user"', "routes[0]"),
    ("base data without a code", 'erp = "wangmin"\n', "", "base_data[0]"),
    ("the same base data twice", 'oa = "57"', 'oa = "57"\n[[routes.base_data]]\nkind = "user"\nerp = "wangmin"\noa = "58"', "base_data"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "place"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES]
)
def test_a_mistake_in_a_site_file_is_named_and_nothing_is_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, old: str, new: str, place: str
) -> None:
    assert old in MADE_UP
    file = tmp_path / "site.toml"
    file.write_text(MADE_UP.replace(old, new, 1), "utf-8")
    ended = inside(capsys, "--data", tmp_path / "data", "site", "import", file)
    assert ended.code == 1
    told = ended.refused("PER-710")
    assert place in told
    assert "geheim" not in told
    exported = inside(capsys, "--data", tmp_path / "data", "site", "export", "-")
    assert "k3cloud" not in exported.out


def test_a_site_file_that_is_no_text(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_bytes(MADE_UP.encode("gb18030"))
    inside(capsys, "--data", tmp_path / "data", "site", "import", tmp_path / "site.toml").refused("PER-710")
    inside(capsys, "--data", tmp_path / "data", "site", "import", tmp_path).refused("PER-715")


def test_a_site_goes_out_and_in_again(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text("\ufeff" + MADE_UP, "utf-8")
    first, second = tmp_path / "first", tmp_path / "second"
    assert inside(capsys, "--data", first, "site", "import", tmp_path / "site.toml").code == 0
    kept = inside(capsys, "--data", first, "site", "export", "-", "--keep-switches").out
    (tmp_path / "again.toml").write_text(kept, "utf-8")
    assert inside(capsys, "--data", second, "site", "import", tmp_path / "again.toml").code == 0
    assert inside(capsys, "--data", second, "site", "export", "-", "--keep-switches").out == kept
    assert "on = true" in kept
    assert inside(capsys, "--data", second, "site", "export", tmp_path / "off.toml").code == 0
    assert "on = false" in (tmp_path / "off.toml").read_text("utf-8")
    inside(capsys, "--data", second, "site", "export", tmp_path / "no" / "place.toml").refused("PER-715")


# --- one pass, and the service ------------------------------------------------------------------------------------------


def test_one_pass_over_an_imported_site_with_secrets_from_the_environment(
    site_file: Path, secrets: dict[str, str], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    assert run("--data", data, "site", "import", site_file).code == 0
    assert run("--data", data, "--once", **secrets) == Ended(0, "c100/sales_order: ok\n", "")
    missing = {name: value for name, value in secrets.items() if "SPK" not in name}
    ended = run("--data", data, "--language", "en", "--once", **missing)
    assert ended.code == 1
    assert "PER-706" in ended.out
    verified = run("--data", data, "audit", "verify")
    assert (verified.code, verified.err) == (0, "")


def test_a_server_that_is_not_there_is_told_with_its_name(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "site.toml").write_text(MADE_UP, "utf-8")
    monkeypatch.setenv("DANQIAO_K3_APP_SECRET", "made-up-secret")
    inside(capsys, "--data", tmp_path / "data", "site", "import", tmp_path / "site.toml")
    ended = inside(capsys, "--data", tmp_path / "data", "--language", "en", "--once")
    assert ended.code == 1
    assert ended.out.startswith("c100/sales_order: NET-101 k3 cannot be reached: ")
    assert "made-up-secret" not in ended.out + ended.err


def test_nothing_switched_on_is_told(tmp_path: Path) -> None:
    ended = run("--data", tmp_path, "--language", "en", "--once")
    assert ended.code == 1
    assert "site import" in ended.err


def test_the_service_works_until_it_is_told_to_stop(
    site_file: Path, secrets: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    assert inside(capsys, "--data", data, "site", "import", site_file).code == 0
    with running("--data", data, "--headless", **secrets) as service:
        assert service.stderr is not None
        assert "Ctrl+C" in service.stderr.readline()
        wait_for(lambda: runs(data) > 2)
        run("--data", data, "--once", **secrets).refused("PER-709")
        assert stopped(service).code == 0
    assert run("--data", data, "--once", **secrets).code == 0, "the lock is free again"


def test_an_idle_service_stops_at_once(tmp_path: Path) -> None:
    with running("--data", tmp_path / "data", "--headless") as service:
        assert service.stderr is not None
        service.stderr.readline()
        assert stopped(service) == Ended(0, "", "")


def runs(data: Path) -> int:
    """Passes that the service has ended, from the store itself."""
    with sqlite3.connect(f"file:{data / 'danqiao.db'}?mode=ro", uri=True) as store:
        return int(store.execute("SELECT count(*) FROM run WHERE ended_at IS NOT NULL").fetchone()[0])


def wait_for(true: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


# --- keeping ------------------------------------------------------------------------------------------------------------


def test_check_tells_everything_and_its_exit_code_is_for_monitoring(
    site_file: Path, secrets: dict[str, str], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    run("--data", data, "site", "import", site_file)
    ended = run("--data", data, "check", "--json", **secrets)
    assert (ended.code, ended.err) == (0, "")
    told = json.loads(ended.out)
    assert (told["ok"], told["level"]) == (True, "warn"), "no backup yet, and no engine"
    assert {each["level"] for each in told["findings"]} == {"ok", "warn"}
    assert not any(secret in ended.out for secret in secrets.values())
    lost = run("--data", data, "--language", "en", "check", **{**secrets, "DANQIAO_OA_SPK": ""})
    assert lost.code == 1
    assert "PER-706" in lost.out
    assert "\nfail " in lost.out


@pytest.mark.parametrize(
    ("made", "code"), STORES, ids=["postgres", "nowhere", "garbage", "other", "a file", "cut off", "newer"]
)
def test_check_of_a_store_that_cannot_be_opened_is_a_finding(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, made: Callable[[Path], list[object]], code: str
) -> None:
    ended = inside(capsys, *made(tmp_path), "check", "--json")
    assert (ended.code, ended.err) == (1, "")
    told = json.loads(ended.out)
    assert [each["code"] for each in told["findings"]] == [code]
    assert told["findings"][0]["cure"]
    assert "geheim" not in ended.out


def test_a_reconciliation_is_a_certificate_or_a_list(
    site_file: Path, secrets: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, file = tmp_path / "data", tmp_path / "proof.csv"
    run("--data", data, "site", "import", site_file)
    ended = run("--data", data, "--language", "en", "reconcile", "--to", file, **secrets)
    assert (ended.code, ended.err) == (0, "")
    assert "No difference" in ended.out
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    without = run("--data", data, "reconcile", "--json", **{**secrets, "DANQIAO_OA_SPK": ""})
    assert without.code == 1
    assert json.loads(without.out)["unread"][0]["code"] == "PER-706"
    inside(capsys, "--data", data, "reconcile", "--days", "0").refused("PER-715")
    inside(capsys, "--data", data, "reconcile", "--days", "many").refused("PER-715")
    inside(capsys, "--data", tmp_path / "new", "reconcile").refused("PER-705")


READS = [
    ["claims"], ["claims", "--passed"], ["prices", "scan"], ["prices", "source", "X1"], ["invoices", "scan"], ["reconcile"],
    ["why", "X1"], ["send", "X1", "--dry-run"], ["evidence", "X1"], ["departure", "57"], ["diagnose"], ["site", "export", "-"],
]  # fmt: skip


def test_a_command_that_reads_is_its_users_own(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever is not entered reads nothing; who works for another company reads nothing of this one."""
    (tmp_path / "site.toml").write_text(MADE_UP, "utf-8")
    store, data = tmp_path / "site.toml", tmp_path / "data"
    inside(capsys, "--data", data, "site", "import", store)
    with Workspace.open_folder(data) as workspace:
        workspace.catalog.put_route(Route("c200", "200", "South", "k3", "oa"), "chief")
        workspace.people.save("chief", Person("chief", "Chief", Role.ADMIN))
        workspace.people.save("chief", Person("south", "South", Role.CLERK, ("c200",)))
    monkeypatch.setattr(site_door, "person", lambda: "stranger")
    monkeypatch.setattr(keeping_door, "person", lambda: "stranger")
    for words in READS:
        inside(capsys, "--data", data, *words).refused("PER-716")
    monkeypatch.setattr(site_door, "person", lambda: "south")
    monkeypatch.setattr(keeping_door, "person", lambda: "south")
    told = inside(capsys, "--data", data, "reconcile", "--json")
    assert (told.code, json.loads(told.out)["unread"]) == (0, [])
    assert json.loads(inside(capsys, "--data", data, "claims", "--json").out)["claims"] == []
    inside(capsys, "--data", data, "departure", "57").refused("DAT-402")
    for words in (["diagnose"], ["site", "export", "-"]):
        inside(capsys, "--data", data, *words).refused("PER-716")


def test_a_backup_goes_out_and_back_again(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(MADE_UP, "utf-8")
    data, copy = tmp_path / "data", tmp_path / "far" / "copy.db"
    inside(capsys, "--data", data, "site", "import", tmp_path / "site.toml")
    assert inside(capsys, "--data", data, "backup", "--to", copy).code == 0
    assert inside(capsys, "--data", data, "backup", "--keep", "1").code == 0
    assert len(list((data / "backups").glob("danqiao-*.db"))) == 1
    inside(capsys, "--data", data, "backup", "--keep", "0").refused("PER-715")
    inside(capsys, "--data", data, "backup", "--to", data / "danqiao.db").refused("PER-715")
    inside(capsys, "--data", data, "backup", "--to", "/proc/no/such/place.db").refused("PER-705")
    inside(capsys, "--data", tmp_path / "new", "backup").refused("PER-705")
    ended = inside(capsys, "--data", data, "--language", "en", "restore", copy)
    assert (ended.code, "adopts" in ended.out) == (0, True)
    assert "k3cloud" in inside(capsys, "--data", data, "site", "export", "-").out
    elsewhere = inside(capsys, "--data", tmp_path / "other machine", "restore", copy)
    assert elsewhere.code == 0
    inside(capsys, "--data", data, "restore", tmp_path / "site.toml").refused("PER-705")
    inside(capsys, "--data", data, "restore", tmp_path / "absent.db").refused("PER-705")


# --- sandbox, demo, trail -----------------------------------------------------------------------------------------------


def test_the_sandbox_prints_where_and_how_to_sign_in(sandbox: dict[str, Any]) -> None:
    assert sandbox.keys() == {"erp", "oa"}
    assert sandbox["erp"].keys() == ERP_KEYS
    assert sandbox["oa"].keys() == OA_KEYS
    assert (sandbox["erp"]["vendor"], sandbox["oa"]["vendor"]) == ("k3cloud", "ecology")
    assert all(sandbox["erp"].values())
    assert all(sandbox["oa"].values())
    assert sandbox["oa"]["workflows"]["sales_order"] == "781"


def test_a_port_that_is_taken_is_told(sandbox: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    port = re.search(r":(\d+)", sandbox["erp"]["url"])
    assert port is not None
    inside(capsys, "sandbox", "--erp-port", port[1]).refused("PER-715")


def test_the_demo_without_a_screen_ends_by_itself_and_counts(tmp_path: Path) -> None:
    ended = run("--demo", "--headless", "--json", "--data", tmp_path / "data")
    assert (ended.code, ended.err) == (0, "")
    told = json.loads(ended.out)
    assert told.keys() == DEMO_KEYS
    assert all(flow.keys() == FLOW_KEYS for flow in told["flows"])
    assert (told["ok"], told["duplicates"], told["lost"]) == (True, 0, 0)
    for flow in told["flows"]:
        assert flow["as_expected"] is True
        counted = sum(flow[name] for name in ("done", "returned", "cancelled", "failed"))
        assert counted == flow["documents"] > 0
    assert len(ended.out.strip().splitlines()) == 1


def test_a_trail_that_was_changed_by_hand_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(MADE_UP, "utf-8")
    data = tmp_path / "data"
    assert inside(capsys, "--data", data, "site", "import", tmp_path / "site.toml").code == 0
    whole = inside(capsys, "--data", data, "--language", "en", "audit", "verify")
    assert (whole.code, "whole" in whole.out) == (0, True)
    with sqlite3.connect(data / "danqiao.db") as store:
        for trigger in store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            store.execute(f"DROP TRIGGER {trigger[0]}")
        changed = store.execute("UPDATE audit SET actor = 'nobody' WHERE seq = 2").rowcount
    assert changed == 1
    broken = inside(capsys, "--data", data, "--language", "en", "audit", "verify")
    assert broken.code == 1
    assert "2" in broken.out


def test_a_company_s_own_part_of_a_flow_goes_out_and_in(tmp_path, capsys) -> None:
    with Workspace.open(url_of(tmp_path)) as workspace:
        for each in ("k3", "oa"):
            role = SystemRole.ERP if each == "k3" else SystemRole.OA
            vendor = "k3cloud" if each == "k3" else "ecology"
            workspace.catalog.put_system(System(each, role, vendor, each, "http://localhost:1/"), "chief")
        switch = (FlowSwitch("sales_order", False, 15.0, ""),)
        for route in ("c100", "c200"):
            workspace.catalog.put_route(Route(route, route[1:], "", "k3", "oa", switches=switch), "chief")
    own = tmp_path / "own.toml"
    own.write_text("[[rows]]\ngroup = 'fields'\ntarget = 'note'\nexpr = \"'x'\"\n", "utf-8")
    data = ["--data", str(tmp_path)]
    assert main([*data, "company", "sales_order", "c200", "--from", str(own), "--why", "test"]) == 0
    assert "c200" in capsys.readouterr().out
    assert main([*data, "company", "sales_order", "c100", "--like", "c200"]) == 0
    capsys.readouterr()
    assert main([*data, "company", "sales_order", "c100"]) == 0
    assert 'target = "note"' in capsys.readouterr().out
    own.write_text("[settings]\n\"erp.company_field\" = 'FNote'\n", "utf-8")
    assert main([*data, "company", "sales_order", "c200", "--from", str(own)]) == 1
    assert "PER-703" in capsys.readouterr().err
    assert main([*data, "company", "sales_order", "c300"]) == 2


def test_every_pair_that_the_sandbox_plays_may_be_asked_for() -> None:
    assert tuple(ERPS) == command_line.ERPS
    assert tuple(OAS) == command_line.OAS
