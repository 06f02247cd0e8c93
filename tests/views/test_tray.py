"""The icon in the tray, and a window that only hides while the tray holds it."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from desktop.domain.events import NoticeTold
from desktop.views.bridge import Bridge
from desktop.views.look import Look
from desktop.views.main_window import MainWindow
from desktop.views.pages import pages
from desktop.views.status_bar import Status
from desktop.views.tray import Tray
from tests.views.sample import Memory


def test_the_tray_tells_the_state_and_gives_the_window_back(
    look: Look, bridge: Bridge, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered: list[object] = []
    window = MainWindow(look, bridge, Memory(), pages(), run_now=lambda: ordered.append("run"))
    qtbot.addWidget(window)
    window.show()
    tray = Tray(look, window, ordered.append)
    window.show_status(Status(engine="running", person=3))
    calm = tray.icon.icon().pixmap(64, 64).toImage()
    assert tray.icon.toolTip().splitlines()[1:] == ["引擎运行中", "待处理 3"]
    window.show_status(Status(engine="running"))
    assert tray.icon.icon().pixmap(64, 64).toImage() != calm
    tray.pause_action.trigger()
    window.show_status(Status(engine="paused"))
    tray.pause_action.trigger()
    tray.run_action.trigger()
    assert ordered == [True, False, "run"]

    window.stays = lambda: True
    window.close()
    assert not window.isVisible()
    tray.open_action.trigger()
    assert window.isVisible()
    monkeypatch.setattr("PySide6.QtWidgets.QApplication.quit", lambda: ordered.append("quit"))
    tray.quit_action.trigger()
    assert not window.isVisible() and ordered[-1] == "quit"


def test_what_people_are_told_pops_up_unless_the_window_does_not_want_it(
    look: Look, bridge: Bridge, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = MainWindow(look, bridge, Memory(), pages())
    qtbot.addWidget(window)
    tray, shown = Tray(look, window, lambda on: None), list[str]()
    monkeypatch.setattr(tray.icon, "isVisible", lambda: True)
    monkeypatch.setattr(tray.icon, "showMessage", lambda title, text, *_: shown.append(f"{title}|{text}"))
    bridge.changed.connect(tray.hear)
    bridge.hear(NoticeTold("单桥：连不上 ERP", "x" * 1000, True))
    qtbot.waitUntil(lambda: len(shown) == 1)
    assert shown[0].startswith("单桥：连不上 ERP|x") and len(shown[0]) < 300
    tray.tells = lambda: False
    tray.hear((NoticeTold("单桥", "y", False),))
    assert len(shown) == 1
