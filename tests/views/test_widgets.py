"""The small parts: hostile words stay words, buttons keep their size, notices tell what to do."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop.domain.errors import ErrorCode, SyncError
from desktop.views.look import Look
from desktop.views.page import Area
from desktop.views.page_states import Banner, EmptyState, ErrorState
from desktop.views.theme import RESOURCES
from desktop.views.widgets import Button, Chip, NumberBox, Pill, Words

HOSTILE = "<b>bold</b><img src=x>"


@pytest.fixture
def frame(qtbot: QtBot, look: Look) -> QWidget:
    made = QWidget()
    QVBoxLayout(made)
    qtbot.addWidget(made)
    return made


def put(frame: QWidget, widget: QWidget) -> None:
    layout = frame.layout()
    assert layout is not None
    layout.addWidget(widget)
    frame.show()


def test_words_are_never_markup(look: Look, frame: QWidget) -> None:
    words = Words(HOSTILE)
    put(frame, words)
    assert words.textFormat() is Qt.TextFormat.PlainText
    assert words.sizeHint().width() >= look.metrics().horizontalAdvance(HOSTILE)
    error = ErrorState(look)
    error.show_error(SyncError(ErrorCode.REFUSED, system="ERP", number="1", said=HOSTILE))
    assert HOSTILE in error.cause.text()
    for label in error.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText


def test_labels_of_text_are_made_in_one_place_only() -> None:
    """A bare QLabel guesses whether its text is markup; pictures may use one, words may not."""
    for path in (RESOURCES.parent / "desktop" / "views").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "QLabel":
                assert not node.args, f"{path.name}: use Words"


@pytest.mark.parametrize("role", ["primary", "secondary", "quiet", "icon", "danger"])
def test_a_focused_button_keeps_its_size(look: Look, frame: QWidget, qtbot: QtBot, role: str) -> None:
    button, other = Button(look, "重发 47 张单据", role=role, icon="sync"), Button(look, "x")
    put(frame, button)
    put(frame, other)
    with qtbot.waitActive(frame):
        frame.activateWindow()
    other.setFocus()
    before = button.sizeHint()
    button.setFocus()
    assert button.hasFocus() and button.sizeHint() == before
    assert button.accessibleName() == "重发 47 张单据"


def test_a_button_does_its_act_once_and_says_other_words(look: Look, frame: QWidget, qtbot: QtBot) -> None:
    done: list[int] = []
    button = Button(look, "R&D", lambda: done.append(1))
    put(frame, button)
    assert button.text() == "R&&D"
    button.say("47")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert done == [1] and button.accessibleName() == "47"


def test_a_chip_opens_off_and_lets_go_on(look: Look, frame: QWidget, qtbot: QtBot) -> None:
    chip = Chip(look, "状态", "审批中", on=True)
    put(frame, chip)
    told: list[str] = []
    chip.clicked.connect(lambda: told.append("clicked"))
    chip.removed.connect(lambda: told.append("removed"))
    cross = QPoint(chip.width() - 14, chip.height() // 2)
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=cross)
    chip.show_value("全部", on=False)
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(chip.width() - 14, 10))
    assert told == ["clicked", "removed", "clicked"]
    assert chip.accessibleName() == "状态 全部"


def test_a_pill_grows_with_its_words(look: Look, frame: QWidget) -> None:
    pill = Pill(look)
    put(frame, pill)
    pill.show_state("person", "需处理")
    small = pill.sizeHint().width()
    pill.show_state("handed_over", "已手工录入")
    assert pill.sizeHint().width() > small


def test_a_banner_leads_on(look: Look, frame: QWidget, qtbot: QtBot) -> None:
    banner, went = Banner(look), list[int]()
    put(frame, banner)
    assert not banner.isVisible()
    banner.tell("warn", HOSTILE, link="go", act=lambda: went.append(1))
    assert banner.isVisible() and banner.sentence.text() == HOSTILE
    qtbot.mouseClick(banner.link, Qt.MouseButton.LeftButton)
    assert went == [1]


def test_an_error_tells_cause_cure_and_copies_details(look: Look, frame: QWidget, qtbot: QtBot) -> None:
    again: list[int] = []
    error = ErrorState(look, lambda: again.append(1))
    put(frame, error)
    error.show_error(SyncError(ErrorCode.STORE_BUSY, where="D:/x"))
    assert error.cause.text() == "数据“D:/x”正被另一个程序占用。"
    assert error.cure.text() and error.code.text() == "PER-709"
    qtbot.mouseClick(error.copy, Qt.MouseButton.LeftButton)
    assert "PER-709" in QGuiApplication.clipboard().text() and "D:/x" in QGuiApplication.clipboard().text()
    qtbot.mouseClick(error.again, Qt.MouseButton.LeftButton)
    assert again == [1]


def test_the_wheel_turns_a_number_only_with_the_keyboard(look: Look, frame: QWidget, qtbot: QtBot) -> None:
    box, other = NumberBox(look, "parallel", 1, 9, 5), Button(look, "x")
    put(frame, box)
    put(frame, other)
    other.setFocus()
    turn = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(box, turn)
    assert box.value() == 5 and not turn.isAccepted()


def test_an_area_shows_one_thing_at_a_time(look: Look, frame: QWidget) -> None:
    def again() -> None: ...

    content = QWidget()
    area = Area(look, content, EmptyState(look, "t", "h"), again)
    put(frame, area)
    shown: list[Any] = []
    for show in (
        lambda: area.show_content(True),
        lambda: area.show_content(False),
        lambda: area.show_error(SyncError(ErrorCode.INTERNAL, said="x")),
    ):
        show()
        shown.append(area.currentWidget())
    assert shown == [content, area.empty, area.error]


def test_everything_painted_survives_a_switch_of_scheme(look: Look, frame: QWidget) -> None:
    for widget in (Pill(look), Chip(look, "a", "b", on=True), Button(look, "c", icon="sync"), Banner(look)):
        put(frame, widget)
    light = frame.grab().toImage()
    look.set_scheme("dark")
    assert frame.grab().toImage() != light
