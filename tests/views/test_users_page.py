"""The users page as an administrator works through it: read, accept, bind, mark; who has left stands on top."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.doors.toy import Toy
from desktop.sandbox.group import EMPLOYEES
from desktop.views.confirm import Confirm
from desktop.views.users_page import UsersPage
from tests.views.doors import LONG_MS, Aside, house_of, page_of, toy_door, words_in

SHOTS = os.environ.get("DANQIAO_SHOTS", "")
LEFT = next(each for each in EMPLOYEES if each.left)


@pytest.fixture
def toy(aside: Aside):  # type: ignore[no-untyped-def]
    made = Toy.serve()
    yield made
    aside(made.stop)


def shown(page: UsersPage) -> dict[str, tuple[str, ...]]:
    """Name -> the words of each cell, of whoever has a staff number."""
    rows = page.rows
    found = {}
    for row in range(rows.rowCount()):
        cells = [rows.cell(row, column) for column in range(rows.columnCount())]
        if all(cells) and cells[1].second:  # type: ignore[union-attr]
            found[cells[1].text] = tuple(cell.text for cell in cells)  # type: ignore[union-attr]
    return found


def choose(page: UsersPage, qtbot: QtBot, oa_id: str) -> None:
    row_id = next(each for each, line in page._lines.items() if line.oa_id == oa_id)
    page.table.choose(row_id)
    qtbot.waitUntil(lambda: page.panel.shown is not None and page.panel.shown.oa_id == oa_id)


def shoot(door, qtbot: QtBot, name: str) -> None:  # type: ignore[no-untyped-def]
    if SHOTS:
        door.starter.window.resize(1440, 900)
        qtbot.wait(300)
        door.starter.window.grab().save(str(Path(SHOTS) / f"{name}.png"))


def test_from_two_unread_lists_to_everybody_matched(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, toy: Toy, aside: Aside
) -> None:
    with toy_door(qapp, qtbot, tmp_path, toy, on=False) as door:
        house, catalog = house_of(door), house_of(door).workspace.catalog

        def spoil() -> None:
            rows = [each for each in catalog.base_rows("c100") if each.kind == "user"]
            for route in ("c100", "c200"):
                for user in ("wangmin", "lihua", "huangwei", "zhouqi"):
                    catalog.delete_base_row(route, "user", user, "chief")
            catalog.put_base_rows(
                [replace(each, oa_key=LEFT.oa_id) for each in rows if each.erp_code == "zhouqi"], "chief"
            )

        aside(spoil)
        page = page_of(door, qtbot, "users", UsersPage)
        qtbot.waitUntil(lambda: page.found is not None, timeout=LONG_MS)
        assert page.area.currentWidget() is page.area.empty and "还没有人员名单" in words_in(page)
        page.read.click()
        qtbot.waitUntil(lambda: "已读取：ERP 用户" in words_in(page), timeout=LONG_MS)
        qtbot.waitUntil(
            lambda: LEFT.name in shown(page) and shown(page)["王敏"][4] == "wangmin", timeout=LONG_MS
        )
        told = shown(page)
        assert next(iter(told)) == LEFT.name and told[LEFT.name][3] == "已离职，仍有对应"
        assert told["李华"][3] == "建议对应" and "138****0058" in told["李华"] and "陈杰" not in told
        shoot(door, qtbot, "users-todo")

        page.sure.click()  # every proposal, in bulk
        assert page.accept.text().strip() == "采纳 3 个对应"
        page.accept.click()
        qtbot.waitUntil(lambda: "已采纳 3 个对应" in words_in(page), timeout=LONG_MS)
        assert aside(lambda: house.users.erp_user("c200", "57")) == "wangmin"

        choose(page, qtbot, LEFT.oa_id)  # who has left
        assert not page.panel.binding.isVisible()
        page.panel.unbind.click()
        dialog = page.findChild(Confirm)
        assert dialog is not None
        dialog.deed.click()
        qtbot.waitUntil(lambda: page.found is not None and LEFT.name not in shown(page), timeout=LONG_MS)

        qtbot.waitUntil(lambda: "周琪" in shown(page), timeout=LONG_MS)
        choose(page, qtbot, "61")  # his own user is free again: typed by hand, a wrong one refused
        page.panel.box.setText("nobody")
        qtbot.keyClick(page.panel.box, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: page.panel.trouble.isVisible())
        page.panel.box.setText("zhouqi")
        page.panel.save.click()
        qtbot.waitUntil(lambda: "周琪 的对应已保存" in words_in(page), timeout=LONG_MS)

        page.tabs.setCurrentIndex(1)
        qtbot.waitUntil(lambda: "陈杰" in shown(page), timeout=LONG_MS)
        choose(page, qtbot, "40")
        page.table.selectAll()  # the approvers, all at once
        count = len(page._lines)
        qtbot.waitUntil(lambda: f"（{count} 人）" in page.panel.licence.text(), timeout=LONG_MS)
        shoot(door, qtbot, "users-none")
        page.panel.licence.click()
        qtbot.waitUntil(lambda: f"{count} 人已标为无 ERP 许可" in words_in(page), timeout=LONG_MS)
        qtbot.waitUntil(lambda: page.found is not None and page.found.count(("no_licence",)) == count)
        page.tabs.setCurrentIndex(4)
        choose(page, qtbot, "57")
        page.panel.seated.emit(house.person, True)
        qtbot.waitUntil(lambda: shown(page).get("王敏", ("",))[-1] == house.person, timeout=LONG_MS)
        assert aside(lambda: house.users.seat(house.person)) == "57"
        shoot(door, qtbot, "users-all")
        page.box.setText("没有这个人")
        qtbot.waitUntil(lambda: "没有找到这样的人" in words_in(page))


def test_lists_that_cannot_be_read_say_why_and_stay_as_they_were(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, toy: Toy, aside: Aside
) -> None:
    with toy_door(qapp, qtbot, tmp_path, toy, on=False) as door:
        page = page_of(door, qtbot, "users", UsersPage)
        qtbot.waitUntil(lambda: page.found is not None, timeout=LONG_MS)
        aside(toy.oa_server.stop)
        page.read.click()
        qtbot.waitUntil(lambda: page.work.isVisible() and not page.work.busy, timeout=LONG_MS)
        assert "连不上" in page.work.sentence.text()
        assert page.found is not None and page.found.read_at is None
