"""The first steps: an empty store opens on them, each leads to its page, and what is done is ticked."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.doors.window_door import WindowDoor
from desktop.views.guide_page import GuidePage
from desktop.views.systems_page import SystemsPage
from tests.views.doors import LONG_MS, given, opened
from tests.views.home import Home


def test_an_empty_store_opens_on_the_first_steps(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    with opened(WindowDoor(qapp, given(tmp_path)), qtbot) as door:
        window = door.starter.window
        qtbot.waitUntil(lambda: isinstance(window.current_page(), GuidePage), timeout=LONG_MS)
        page = cast(GuidePage, window.current_page())
        qtbot.waitUntil(lambda: page.way is not None, timeout=LONG_MS)
        assert page.way is not None and (page.way.next, page.way.done) == ("erp", frozenset())
        assert [row.button.property("role") for row in page.rows.values()].count("primary") == 1
        page.rows["erp"].button.click()
        qtbot.waitUntil(lambda: isinstance(window.current_page(), SystemsPage), timeout=LONG_MS)
        systems = cast(SystemsPage, window.current_page())
        qtbot.waitUntil(lambda: systems.panel is not None or systems.site is not None, timeout=LONG_MS)


def test_what_is_done_is_ticked_as_far_as_the_first_bill(home: Home) -> None:
    house = home.house
    bill = home.order()
    home.open()
    home.window.go("guide")
    page = cast(GuidePage, home.window.current_page())
    home.wait(lambda: page.way is not None)
    assert page.way.done == {"erp", "oa", "company", "flow", "base"} and page.way.next == "dry"
    page.number.setText(bill.number)
    home.press(page.rows["dry"].button)
    home.wait(lambda: page.way.next == "first")
    home.wait(lambda: page.why.sentences)
    page.why.close()
    home.aside(lambda: (house.calm(), house.approve(bill), house.calm()))
    page.refresh()
    home.wait(lambda: not page.way.next)
    assert "全部完成" in page.told.text() and house.audits(bill) == 1
