"""The window as it is opened: first paint before everything, one engine for a store, closed within 5 s with nothing lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.domain.document import DocumentState
from desktop.doors.toy import Toy
from desktop.doors.window_door import WindowDoor, data_folder
from desktop.sandbox.server import App
from desktop.services.workspace import Workspace
from desktop.store.database import FILE_NAME
from desktop.views.page_states import ErrorState
from desktop.views.systems_page import SystemsPage
from tests.views.doors import LONG_MS, Aside, given, house_of, opened, page_of, toy_door, words_in

ROOT = Path(__file__).resolve().parents[2]
CLOSE_S = 5.0
WORKFLOW = 781


@pytest.fixture
def toy(aside: Aside) -> Iterator[Toy]:
    made = Toy.serve()
    yield made
    aside(made.stop)


def test_a_second_window_watches_and_gives_orders(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, toy: Toy, aside: Aside
) -> None:
    first = aside(lambda: Workspace.open_folder(tmp_path, memory=toy.memory))
    assert isinstance(first, Workspace)
    aside(lambda: toy.join(first, every_s=600))
    aside(lambda: first.engine.start())
    with toy_door(qapp, qtbot, tmp_path, toy) as door:
        window, house = door.starter.window, house_of(door)
        qtbot.waitUntil(lambda: window.status.engine.text() == "引擎在另一个窗口运行", timeout=LONG_MS)
        assert house.watching and house.engine_error is None
        page = page_of(door, qtbot, "systems", SystemsPage)
        qtbot.waitUntil(lambda: "由那边执行" in words_in(page.engine_banner))
        heard: list[object] = []
        door.starter.bridge.changed.connect(heard.append)
        toy.erp.sales_order("100", "CUST0001", "wangmin", submit=True)
        window.run_now()  # an order, which the other engine takes
        qtbot.waitUntil(lambda: len(toy.oa.requests(WORKFLOW)) == 1, timeout=LONG_MS)
        qtbot.waitUntil(lambda: bool(heard), timeout=LONG_MS)  # it notices what it is not told

        aside(first.close)
        house.start_engine()  # what the banner offers when no engine runs
        qtbot.waitUntil(lambda: not house.watching, timeout=LONG_MS)
        qtbot.waitUntil(lambda: aside(house.systems.engine).running, timeout=LONG_MS)  # type: ignore[attr-defined]


def test_a_window_that_has_closed_leaves_the_engine_to_the_next(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, toy: Toy
) -> None:
    for _ in range(2):
        with toy_door(qapp, qtbot, tmp_path, toy) as door:
            engine = door.starter.window.status.engine
            qtbot.waitUntil(lambda engine=engine: engine.text() == "引擎运行中", timeout=LONG_MS)
        assert not [
            each for each in threading.enumerate() if each.name.startswith(("danqiao", "line-", "house"))
        ]


def test_the_window_remembers_in_the_catalog_and_knows_before_the_store_is_open(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, aside: Aside
) -> None:
    with opened(WindowDoor(qapp, given(tmp_path, language="")), qtbot) as door:
        window = door.starter.window
        window.showNormal()
        window.resize(1180, 700)
        window.switch_scheme()
        window.switch_language()
        assert window.windowTitle().endswith("DanQiao") and window.look.text.language == "en"
        qtbot.waitUntil(lambda: door.preferences.get("window.language") == "en")
        qtbot.waitUntil(lambda: house_of(door).workspace.text.language == "en")

    def kept() -> object:
        with Workspace.open_folder(tmp_path) as workspace:
            return workspace.catalog.preference("window")

    told = aside(kept)
    assert isinstance(told, dict)
    assert (told["window.scheme"], told["window.language"], told["window.size"]) == ("dark", "en", "1180x700")

    again = WindowDoor(qapp, given(tmp_path, language=""))
    assert again.starter.house is None and again.starter.look.theme.name == "dark"
    assert again.starter.window.size().width() == 1180 and again.starter.look.text.language == "en"
    once = WindowDoor(qapp, given(tmp_path, language="zh"))
    assert once.starter.look.text.language == "zh"
    (tmp_path / "window.json").write_text("not json")
    assert WindowDoor(qapp, given(tmp_path, language="")).starter.look.text.language == "zh"
    with opened(WindowDoor(qapp, given(tmp_path, language="")), qtbot) as door:
        assert (
            door.preferences.get("window.scheme") == "dark"
        )  # the catalog is right, and the copy is made anew
    assert json.loads((tmp_path / "window.json").read_text("utf-8"))["window.language"] == "en"


def test_a_store_that_is_none_is_said_and_can_be_tried_again(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a database at all, but long enough to be read as one" * 40)
    door = WindowDoor(qapp, given(tmp_path))
    door.show()
    window = door.starter.window
    qtbot.waitUntil(lambda: isinstance(window.stack.currentWidget(), ErrorState), timeout=LONG_MS)
    assert "PER-705" in words_in(window.stack.currentWidget())
    (tmp_path / FILE_NAME).unlink()
    window.stack.currentWidget().again.click()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: door.starter.house is not None, timeout=LONG_MS)
    window.close()
    assert door.close()


def test_a_window_closed_before_its_house_stands_leaves_nothing_open(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, aside: Aside
) -> None:
    door = WindowDoor(qapp, given(tmp_path))
    door.show()
    qtbot.waitUntil(lambda: bool(door.starter.bridge._threads))
    door.starter.window.close()
    assert door.close()

    def free() -> bool:
        with Workspace.open_folder(tmp_path) as workspace:
            return workspace.store.take_engine_lock()

    assert aside(free)


def test_where_the_data_lies() -> None:
    assert data_folder(given(Path("/srv/danqiao"))) == Path("/srv/danqiao")
    told = given()
    told.store = "sqlite:////srv/other/danqiao.db"
    assert data_folder(told) == Path("/srv/other")
    told.store = "postgresql://somewhere/danqiao"
    assert data_folder(told) is None
    told.store = None
    found = data_folder(told)
    assert found is not None and found.name == "DanQiao"


def test_nothing_heavy_stands_before_the_first_paint(tmp_path: Path) -> None:
    code = (
        "import argparse, sys\n"
        "from desktop.views.app import make_app\n"
        "from desktop.doors.window_door import WindowDoor\n"
        f"given = argparse.Namespace(demo=True, faults=None, data={str(tmp_path)!r}, store=None, language='', erp='', oa='')\n"
        "WindowDoor(make_app([]), given)\n"
        "print(' '.join(sorted({name.split('.')[0] for name in sys.modules})))\n"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = {"fluent", "babel", "peewee", "requests", "apscheduler", "keyring", "sqlite3", "flask", "lark"}
    assert not heavy & set(told.stdout.split())


# The whole program, as it is started --------------------------------------------------------------------------


def started(folder: Path, toy: Toy) -> subprocess.Popen[bytes]:
    """The program with a window on a screen that nobody sees; its secrets come from the environment."""
    secrets = {
        f"DANQIAO_{system.upper()}_{name.upper()}": value for (system, name), value in toy.memory.items()
    }
    return subprocess.Popen(
        [sys.executable, "main.py", "--data", str(folder)],
        cwd=ROOT,
        env={**os.environ, **secrets, "QT_QPA_PLATFORM": "offscreen"},
        stderr=subprocess.PIPE,
    )


def silent_after_create(app: App, answers: threading.Event) -> App:
    """An OA that makes the request and keeps its answer to itself until `answers` is set."""

    def silent(environ: dict[str, Any], start_response: Any) -> Any:
        told = app(environ, start_response)
        if "doCreateRequest" in environ["PATH_INFO"]:
            answers.wait(60)
        return told

    return silent


def until(condition: object, within_s: float = 30.0) -> None:
    """Waits for a condition outside of Qt."""
    end = time.monotonic() + within_s
    pause = threading.Event()
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        pause.wait(0.02)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM ends a process there at once")
def test_closing_while_a_call_hangs_takes_less_than_5_s_and_loses_nothing(
    tmp_path: Path, toy: Toy, aside: Aside
) -> None:
    def prepare() -> None:
        with Workspace.open_folder(tmp_path, memory=toy.memory) as workspace:
            toy.join(workspace, every_s=0.2, read_s="60", longest_s="60")

    aside(prepare)
    answers = threading.Event()
    toy.oa_server.app = silent_after_create(toy.oa_server.app, answers)
    program = started(tmp_path, toy)
    try:
        bill = toy.erp.sales_order("100", "CUST0001", "wangmin", submit=True)
        aside(lambda: until(lambda: len(toy.oa.requests(WORKFLOW)) == 1))  # made; the answer never arrives
        began = time.monotonic()
        program.send_signal(signal.SIGTERM)
        code = program.wait(timeout=20)
        took_s = time.monotonic() - began
        assert code == 0, program.stderr.read().decode() if program.stderr else ""
        assert took_s < CLOSE_S
    finally:
        program.kill()
        program.communicate()
        answers.set()

    def next_start() -> list[DocumentState]:
        with Workspace.open_folder(tmp_path, memory=toy.memory) as workspace:
            workspace.engine.start()
            until(lambda: _states(workspace, bill.number) == [DocumentState.REQUESTED])
            return _states(workspace, bill.number)

    assert aside(next_start) == [DocumentState.REQUESTED]
    requests = [each for each in toy.oa.requests(WORKFLOW) if each.fields["erp_bill_no"] == bill.number]
    assert len(requests) == 1


def _states(workspace: Workspace, number: str) -> list[DocumentState]:
    return [row.state for row in workspace.documents.find(number)]
