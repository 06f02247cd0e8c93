"""The engine as a service: what is written for Linux and Windows, what is called, and what a person is told."""

from __future__ import annotations

import configparser
import shlex
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path

import pytest

from desktop.domain.errors import ErrorCode, SyncError
from desktop.doors import command_line
from desktop.services import service
from desktop.services.service import Plan, Ran
from desktop.services.workspace import Workspace

COMMAND = ("/opt/Dan Qiao/python", "main.py", "--headless", "--data", '/home/o"neil/100%/$HOME')


class System:
    """An operating system that notes what is asked of it."""

    def __init__(self, code: int = 0) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.code = code

    def __call__(self, command: Sequence[str]) -> Ran:
        self.asked.append(tuple(command))
        return Ran(self.code, "Access denied")


def test_a_unit_starts_this_very_command_again_and_again(tmp_path: Path) -> None:
    plan, system = service.service_plan(COMMAND, system=False, windows=False, home=tmp_path), System()
    done = service.install(plan, system)
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(done.path.read_text("utf-8"))
    assert tuple(shlex.split(unit["Service"]["ExecStart"].replace("%%", "%").replace("$$", "$"))) == COMMAND
    assert unit["Service"]["Restart"] == "on-failure" and unit["Install"]["WantedBy"] == "default.target"
    assert system.asked == [
        ("systemctl", "--user", "daemon-reload"),
        ("systemctl", "--user", "enable", "--now", "danqiao.service"),
    ]
    assert service.is_installed(plan) and service.is_running(plan, system)
    assert service.uninstall(plan, system) and not done.path.exists()
    assert ("systemctl", "--user", "disable", "--now", "danqiao.service") in system.asked
    assert service.uninstall(plan, system) is None


def test_a_windows_task_never_ends_by_itself_and_runs_once(tmp_path: Path) -> None:
    command = (
        r"C:\Program Files\Python\python.exe",
        r"C:\Dan & Qiao\main.py",
        "--headless",
        "--data",
        r"D:\a b",
    )
    plan, system = service.service_plan(command, system=False, windows=True, home=tmp_path), System()
    done = service.install(plan, system)
    assert done.path.read_bytes()[:2] in (b"\xff\xfe", b"\xfe\xff")
    task = ElementTree.fromstring(done.path.read_text("utf-16").split("?>", 1)[1])
    space = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    found = {each.tag.removeprefix(space): each.text for each in task.iter()}
    assert found["Command"] == r"C:\Program Files\Python\pythonw.exe"
    assert found["Arguments"] == r'"C:\Dan & Qiao\main.py" --headless --data "D:\a b"'
    assert (found["ExecutionTimeLimit"], found["MultipleInstancesPolicy"]) == ("PT0S", "IgnoreNew")
    assert [each[1] for each in system.asked] == ["/Create", "/Run"] and str(done.path) in system.asked[0]


def test_the_window_waits_in_the_tray_after_sign_in(tmp_path: Path) -> None:
    plan = service.window_plan((*COMMAND[:2], "--tray"), windows=False, home=tmp_path)
    done = service.install(plan, System())
    assert done.path == tmp_path / ".config/autostart/danqiao.desktop"
    assert 'Exec="/opt/Dan Qiao/python" "main.py" "--tray"' in done.path.read_text("utf-8")


def test_what_the_system_refuses_is_told_and_what_it_lacks_is_left_to_a_person(tmp_path: Path) -> None:
    plan = service.service_plan(COMMAND, system=False, windows=False, home=tmp_path)
    with pytest.raises(SyncError) as refused:
        service.install(plan, System(1))
    assert refused.value.code is ErrorCode.SERVICE_REFUSED and refused.value.facts["said"] == "Access denied"
    assert service.install(plan, System(127)).left[1] == "systemctl --user enable --now danqiao.service"


def test_the_door_installs_tells_the_state_and_takes_it_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setattr(service, "_run", System(127))
    data = tmp_path / "data"
    door = ["--data", str(data), "--language", "en", "service"]
    assert command_line.main([*door, "install"]) == 0
    told = capsys.readouterr().out
    assert "danqiao.service" in told and "enable --now" in told
    assert str(data) in plan_text(tmp_path)
    assert command_line.main([*door, "status"]) == 1  # no store yet
    with Workspace.open_folder(data) as workspace:
        workspace.catalog.beat("engine", {}, workspace.now())
    assert command_line.main([*door, "status"]) == 0
    assert "The engine runs" in capsys.readouterr().out
    assert command_line.main([*door, "uninstall"]) == 0 and not list(tmp_path.rglob("danqiao.service"))


def plan_text(home: Path) -> str:
    plan: Plan = service.service_plan((), system=False, home=home)
    return plan.path.read_text(plan.encoding)
