"""What `python run.py package` built: it is started, as a customer starts it, away from the sources."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from desktop import VERSION

BUILT = Path(__file__).resolve().parents[1] / "dist" / "DanQiao"
CONSOLE = BUILT / ("danqiao-console.exe" if os.name == "nt" else "danqiao-console")
PROGRAM = BUILT / ("DanQiao.exe" if os.name == "nt" else "DanQiao")
pytestmark = [pytest.mark.package, pytest.mark.timeout(300)]


def started(*arguments: str, cwd: Path, program: Path = CONSOLE) -> subprocess.CompletedProcess[str]:
    bare = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))
    }
    return subprocess.run(
        [str(program), *arguments], cwd=cwd, env={**bare, "QT_QPA_PLATFORM": "offscreen"}, capture_output=True, text=True,
        timeout=240, check=False, encoding="utf-8",
    )  # fmt: skip


def test_it_says_its_version(tmp_path: Path) -> None:
    assert started("--version", cwd=tmp_path).stdout.strip() == f"DanQiao {VERSION}"


def test_the_whole_demo_runs_in_it(tmp_path: Path) -> None:
    ran = started("--demo", "--headless", "--json", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout.splitlines()[-1])


def test_a_store_is_made_checked_and_backed_up_by_it(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "data"), "--language", "en")
    assert started(*data, "--once", cwd=tmp_path).returncode == 1  # nothing is switched on yet
    told = json.loads(started(*data, "check", "--json", cwd=tmp_path).stdout)
    assert {each["name"] for each in told["findings"]} >= {"store", "trail", "disk", "backup"}
    assert started(*data, "backup", cwd=tmp_path).returncode == 0
    assert started(*data, "audit", "verify", cwd=tmp_path).returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="a signal closes it there otherwise")
def test_its_window_opens_and_closes(tmp_path: Path) -> None:
    bare = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    data = tmp_path / "data"
    with subprocess.Popen(
        [str(PROGRAM), "--data", str(data)], cwd=tmp_path, env=bare, stderr=subprocess.PIPE
    ) as window:
        end = time.monotonic() + 60
        while not (data / "window.json").exists() and not (data / "danqiao.db").exists():
            assert window.poll() is None and time.monotonic() < end, "no window"
            time.sleep(0.1)
        time.sleep(1.0)  # it goes on to build its first page
        assert window.poll() is None
        window.send_signal(signal.SIGTERM)
        assert window.wait(30) == 0, window.stderr.read() if window.stderr else ""
