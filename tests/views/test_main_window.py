"""The window: pages when they are needed, keys that work everywhere, and what it remembers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.events import DocumentsMoved
from desktop.views.bridge import Bridge
from desktop.views.desk import Hit
from desktop.views.finder import Finder
from desktop.views.look import Look
from desktop.views.main_window import MainWindow
from desktop.views.page_states import Banner
from desktop.views.status_bar import Status
from tests.views.sample import Memory, SamplePage, specs


class Found:
    """What Ctrl+K asks for bills; remembers what it was asked, and on which thread."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.opened: list[str] = []
        self.threads: set[threading.Thread] = set()

    def __call__(self, typed: str) -> list[Hit]:
        self.asked.append(typed)
        self.threads.add(threading.current_thread())
        return [Hit(f"CGDD{typed}", "苏州精工", lambda: self.opened.append(typed))]


@pytest.fixture
def memory() -> Memory:
    return Memory(window_size="1300x760")


@pytest.fixture
def found() -> Found:
    return Found()


@pytest.fixture
def ran() -> list[str]:
    return []


@pytest.fixture
def window(
    look: Look, bridge: Bridge, memory: Memory, found: Found, ran: list[str], qtbot: QtBot
) -> Iterator[MainWindow]:
    made = MainWindow(look, bridge, memory, specs(), find_bills=found, run_now=lambda: ran.append("run"))
    qtbot.addWidget(made)
    made.showNormal()
    made.resize(1280, 720)
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    yield made
    made.close()


@pytest.fixture
def page(window: MainWindow, qtbot: QtBot) -> Callable[[], SamplePage]:
    window.show_house(None)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)

    def current() -> SamplePage:
        shown = window.current_page()
        assert isinstance(shown, SamplePage)
        return shown

    return current


def finder_of(window: MainWindow) -> Finder:
    assert window.finder is not None
    return window.finder


def banner_of(window: MainWindow) -> Banner:
    assert window.trouble is not None
    return window.trouble


def key(window: MainWindow, qtbot: QtBot, pressed: Qt.Key, control: bool = False) -> None:
    held = Qt.KeyboardModifier.ControlModifier if control else Qt.KeyboardModifier.NoModifier
    qtbot.keyClick(window.focusWidget() or window, pressed, held)


def test_the_window_stands_before_the_house_is_open(window: MainWindow) -> None:
    assert window.current_page() is None
    assert set(window.sidebar.buttons) == {spec.id for spec in specs()}
    assert window.sidebar.buttons["overview"].isChecked()
    window.go("queue")
    assert window.windowTitle().startswith("单据队列")
    window.show_house(None)
    assert window.current_page() is not None and window.current_page().title.text() == "单据队列"  # type: ignore[union-attr]


def test_pages_are_built_when_first_shown(window: MainWindow, page: Callable[[], SamplePage]) -> None:
    assert set(window._pages) == {"overview"}
    first = page()
    window.go("queue", {"state": "found"})
    assert page().facts == {"state": "found"} and page().refreshed == 1
    window.go("overview")
    assert page() is first and first.refreshed == 2
    window.go("no such page")
    assert page() is first


def test_building_a_page_opens_no_stray_window(window: MainWindow, page: Callable[[], SamplePage]) -> None:
    for spec in specs():
        window.go(spec.id)
        window.show_trouble(SyncError(ErrorCode.SESSION_LOST, system="erp"))
        assert [shown for shown in QApplication.topLevelWidgets() if shown.isVisible()] == [window]
    assert page().title.text() == "设置"


def test_only_registered_pages_stand_in_the_sidebar(look: Look, bridge: Bridge, qtbot: QtBot) -> None:
    window = MainWindow(look, bridge, Memory(window_page="audit"), specs()[1:3])
    qtbot.addWidget(window)
    assert list(window.sidebar.buttons) == ["queue", "failures"]
    window.show_house(None)
    assert window.sidebar.buttons["queue"].isChecked()


def test_the_keyboard_begins_in_the_table(
    window: MainWindow, page: Callable[[], SamplePage], qtbot: QtBot
) -> None:
    assert page().table.hasFocus()
    for pressed in (Qt.Key.Key_J, Qt.Key.Key_J, Qt.Key.Key_K):
        key(window, qtbot, pressed)
    assert page().steps == [1, 1, -1]
    key(window, qtbot, Qt.Key.Key_F, control=True)
    search = page().search
    assert isinstance(search, QLineEdit) and search.hasFocus()
    key(window, qtbot, Qt.Key.Key_J)
    assert search.text() == "j" and page().steps == [1, 1, -1]


def test_f5_runs_and_esc_closes_the_innermost(
    window: MainWindow, page: Callable[[], SamplePage], ran: list[str], qtbot: QtBot
) -> None:
    refreshed = page().refreshed
    key(window, qtbot, Qt.Key.Key_F5)
    assert ran == ["run"] and page().refreshed == refreshed + 1
    page().panel_open = True
    window.show_trouble(SyncError(ErrorCode.SESSION_LOST, system="erp"))
    key(window, qtbot, Qt.Key.Key_K, control=True)
    key(window, qtbot, Qt.Key.Key_Escape)
    assert not finder_of(window).isVisible() and page().panel_open
    key(window, qtbot, Qt.Key.Key_Escape)
    assert not page().panel_open and banner_of(window).isVisible()
    key(window, qtbot, Qt.Key.Key_Escape)
    assert not banner_of(window).isVisible()


def test_the_finder_finds_pages_commands_and_bills(
    window: MainWindow, page: Callable[[], SamplePage], found: Found, qtbot: QtBot
) -> None:
    key(window, qtbot, Qt.Key.Key_K, control=True)
    assert finder_of(window).isVisible() and finder_of(window).box.hasFocus()
    finder_of(window).box.insert("审计")
    key(window, qtbot, Qt.Key.Key_Return)
    assert page().title.text() == "审计" and not finder_of(window).isVisible()
    key(window, qtbot, Qt.Key.Key_K, control=True)
    finder_of(window).box.insert("0008")
    qtbot.waitUntil(lambda: finder_of(window).list.count() == 2)
    assert found.asked == ["0008"] and threading.main_thread() not in found.threads
    key(window, qtbot, Qt.Key.Key_Return)
    assert found.opened == ["0008"]
    key(window, qtbot, Qt.Key.Key_K, control=True)
    for _ in range(8):
        key(window, qtbot, Qt.Key.Key_Down)
    key(window, qtbot, Qt.Key.Key_Up)
    assert finder_of(window).list.currentItem().text() == "设置"
    finder_of(window).box.insert("no such thing at all")
    assert finder_of(window).none.isVisible()
    assert page().title.text() == "审计"


def test_events_refresh_only_the_page_on_screen(
    window: MainWindow, page: Callable[[], SamplePage], bridge: Bridge, qtbot: QtBot
) -> None:
    first = page()
    window.go("queue")
    before = first.refreshed, page().refreshed
    with qtbot.waitSignal(bridge.changed):
        bridge.hear(DocumentsMoved((1,)))
    assert (first.refreshed, page().refreshed) == (before[0], before[1] + 1)


def test_trouble_shows_as_a_line_with_its_cure(window: MainWindow, bridge: Bridge, qtbot: QtBot) -> None:
    def fail() -> None:
        raise SyncError(ErrorCode.STORE_BUSY, where="x")

    with qtbot.waitSignal(bridge.trouble):
        bridge.ask(fail, then=lambda _: None)
    assert "占用" in banner_of(window).sentence.text() and banner_of(window).second.text()


def test_a_house_that_does_not_open_says_why(window: MainWindow, qtbot: QtBot) -> None:
    tried: list[int] = []
    window.show_closed(SyncError(ErrorCode.STORE_NEWER, found="9", known="3"), lambda: tried.append(1))
    shown: Any = window.stack.currentWidget()
    assert "9" in shown.cause.text()
    qtbot.mouseClick(shown.again, Qt.MouseButton.LeftButton)
    assert tried == [1]


def test_the_status_bar_tells_and_leads(
    window: MainWindow, page: Callable[[], SamplePage], qtbot: QtBot
) -> None:
    window.show_status(Status("running", 15, "ok", "held", 12, "demo"))
    bar = window.status
    assert bar.engine.accessibleName().startswith("引擎运行中 下次 15 秒后")
    assert bar.oa.text() == "OA 连不上" and bar.person.text() == "待处理 12"
    assert bar.environment.text() == "演示环境"
    assert window.look.theme["violet"].name() in window.hair.styleSheet()
    qtbot.mouseClick(bar.person, Qt.MouseButton.LeftButton)
    assert page().title.text() == "失败处理"
    window.show_status(Status("stopped", None, "ok", "ok", 0, "production"))
    assert not bar.person.isVisible()


def test_another_language_speaks_everywhere_at_once(
    window: MainWindow, page: Callable[[], SamplePage], memory: Memory, qtbot: QtBot
) -> None:
    window.show_person("陈静", "clerk")
    window.show_status(Status("running", None, "ok", "ok", 3, "test"))
    window.go("queue")
    window.switch_language()
    assert page().title.text() == "Queue" and window.sidebar.buttons["audit"].text() == "Audit"
    assert window.status.person.text() == "3 to handle" and window.sidebar._role.text() == "Finance"
    qtbot.waitUntil(lambda: memory.get("window.language") == "en")
    key(window, qtbot, Qt.Key.Key_F5)
    window.switch_scheme()  # what was built in the other language is gone and must not be asked to repaint
    window.switch_language()
    window.switch_scheme()
    assert page().title.text() == "单据队列"


def test_another_scheme_is_remembered(window: MainWindow, memory: Memory, qtbot: QtBot) -> None:
    window.switch_scheme()
    assert window.look.theme.name == "dark"
    qtbot.waitUntil(lambda: memory.get("window.scheme") == "dark")


def test_size_and_page_are_remembered(
    window: MainWindow, page: Callable[[], SamplePage], memory: Memory, qtbot: QtBot
) -> None:
    window.resize(1400, 800)
    window.go("systems")
    qtbot.waitUntil(lambda: memory.get("window.size") == "1400x800")
    qtbot.waitUntil(lambda: memory.get("window.page") == "systems")
    assert window.last_words() == {"window.size": "1400x800"}


@pytest.mark.parametrize("told", ["", "x", "-5x-5", "99999999999x1", "abc", "10x10", "1300x760+"])
def test_odd_sizes_in_the_preferences_do_no_harm(look: Look, bridge: Bridge, qtbot: QtBot, told: str) -> None:
    window = MainWindow(look, bridge, Memory(window_size=told), specs())
    qtbot.addWidget(window)
    assert window.width() >= 1024 and window.height() >= 640


def test_badges_of_pages_show_in_the_sidebar(window: MainWindow, page: Callable[[], SamplePage]) -> None:
    page().badge.emit(12, "stop")
    assert window.sidebar.buttons["overview"].accessibleName() == "总览 12"


def test_companies_to_choose_from(window: MainWindow) -> None:
    window.show_companies([("", "all")])
    assert window.sidebar.companies is None
    window.show_companies([("", "all"), ("7", "苏州精密")], "7")
    box = window.sidebar.companies
    assert box is not None and box.isVisible() and box.currentData() == "7"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_everything_fits_the_smallest_screen(look: Look, bridge: Bridge, qtbot: QtBot, language: str) -> None:
    look.set_language(language)
    window = MainWindow(look, bridge, Memory(), specs())
    qtbot.addWidget(window)
    window.show_house(None)
    hint = window.minimumSizeHint()
    assert hint.width() <= 1280 and hint.height() <= 720


def test_enter_opens_the_first_bill_that_was_found_not_the_question_below(
    look: Look, bridge: Bridge, qtbot: QtBot
) -> None:
    """The bills come a moment later and stand above what was there: nobody chose that."""
    over, done = QWidget(), list[str]()
    over.resize(900, 700)
    qtbot.addWidget(over)
    over.show()
    hit = Hit("XSDD000016", "销售订单", lambda: done.append("bill"))
    finder = Finder(look, bridge, lambda: (), lambda typed: [hit], over, lambda number: done.append("why"))
    finder.open()
    finder.box.setText("XSDD0000")
    qtbot.waitUntil(lambda: finder.list.count() == 3)
    qtbot.keyClick(finder.box, Qt.Key.Key_Return)
    assert done == ["bill"]
