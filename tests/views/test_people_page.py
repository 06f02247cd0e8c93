"""People in the window: the first one is its administrator, others sign in, and see no more than their role may."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.domain.system import Route
from desktop.doors.window_door import WindowDoor
from desktop.views.passphrase_dialog import PassphraseDialog
from desktop.views.people_page import PeoplePage
from tests.views.doors import LONG_MS, given, house_of, opened, page_of, words_in

SECRET = "horse battery staple"


@pytest.fixture
def door(qapp: QApplication, qtbot: QtBot, tmp_path: Path, aside) -> Iterator[WindowDoor]:
    """A window on a new data folder with one company, as its first user opens it."""
    with opened(WindowDoor(qapp, given(tmp_path)), qtbot) as door:
        house = house_of(door)
        aside(lambda: house.workspace.catalog.put_route(Route("c100", "100", "华东机电", "k3", "oa"), "x"))
        aside(lambda: house.workspace.catalog.put_route(Route("c200", "200", "苏州精密", "k3", "oa"), "x"))
        yield door


def fill(page: PeoplePage, qtbot: QtBot, login: str, name: str, role: str, company: str) -> None:
    """The administrator fills the form in and saves."""
    form = page.form
    qtbot.mouseClick(page.add, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(form.login, login)
    form.name.setText(name)
    form.name.textEdited.emit(name)
    form.role.setCurrentIndex(form.role.findData(role))
    form.role.activated.emit(form.role.currentIndex())
    form.every.click()
    assert not form.save.isEnabled(), "no company is chosen yet"
    form.companies[company].click()
    qtbot.mouseClick(form.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.list.count() == 2 and not form.dirty, timeout=LONG_MS)


def passphrase(page: PeoplePage, qtbot: QtBot, typed: str) -> None:
    qtbot.waitUntil(page.form.passphrase.isVisible, timeout=LONG_MS)
    qtbot.mouseClick(page.form.passphrase, Qt.MouseButton.LeftButton)
    [dialog] = page.findChildren(PassphraseDialog)
    qtbot.keyClicks(dialog.new, typed)
    qtbot.keyClicks(dialog.again, typed)
    qtbot.mouseClick(dialog.set, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.findChildren(PassphraseDialog), timeout=LONG_MS)


def test_from_the_first_user_to_a_clerk_who_signs_in(door: WindowDoor, qtbot: QtBot, aside) -> None:
    window, house, user = door.starter.window, house_of(door), getpass.getuser()
    assert window.sheet is None, "a site of one person never meets a form"
    assert (house.person, window.role) == (user, "admin")
    page = page_of(door, qtbot, "people", PeoplePage)
    qtbot.waitUntil(lambda: page.list.count() == 1, timeout=LONG_MS)
    fill(page, qtbot, "liyun", "李芸", "clerk", "c100")
    assert page.form.accounts.isChecked()
    passphrase(page, qtbot, SECRET)
    trail = aside(lambda: house.workspace.trail.entries("person:liyun"))
    assert [each.action for each in trail] == ["person.added", "person.changed"]
    assert SECRET not in str([each.detail for each in trail])

    window.ask_who()
    sheet = window.sheet
    assert sheet is not None and sheet.geometry() == window.rect()
    qtbot.waitUntil(lambda: sheet.who.count() == 2, timeout=LONG_MS)
    assert not [each for each in window.actions() if each.shortcut().toString()], "nothing works beneath it"
    sheet.who.setCurrentIndex(sheet.who.findData("liyun"))
    sheet.who.activated.emit(sheet.who.currentIndex())
    for typed in ("guess", SECRET):
        qtbot.keyClicks(sheet.passphrase, typed)
        qtbot.keyClick(sheet.passphrase, Qt.Key.Key_Return)
        if typed != SECRET:
            qtbot.waitUntil(lambda: "口令不对" in words_in(sheet), timeout=LONG_MS)
    qtbot.waitUntil(lambda: window.sheet is None, timeout=LONG_MS)
    assert (house.person, window.role) == ("liyun", "clerk")
    assert not window.sidebar.buttons["people"].isVisible()
    window.go("people")
    assert not isinstance(window.current_page(), PeoplePage), "not even by its address"
    assert aside(house.lock_after_s) == 15 * 60
    window.change_passphrase()
    own = window.passphrase
    for box, typed in ((own.old, SECRET), (own.new, "another long word"), (own.again, "another long word")):
        qtbot.keyClicks(box, typed)
    qtbot.mouseClick(own.set, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not shiboken6.isValid(own) or not own.isVisible(), timeout=LONG_MS)
    assert aside(lambda: house.people.prove("liyun", "another long word")).login == "liyun"
    assert not aside(lambda: house.people.may("liyun", "pause"))


def test_an_idle_window_asks_who_is_there(door: WindowDoor, qtbot: QtBot) -> None:
    window = door.starter.window
    qtbot.waitUntil(lambda: not door.starter.bridge._open, timeout=LONG_MS)  # how long to wait was told
    page = page_of(door, qtbot, "people", PeoplePage)
    window._watch_idle(0.05)
    qtbot.waitUntil(lambda: window.sheet is not None, timeout=LONG_MS)
    qtbot.waitUntil(lambda: window.sheet.go.isEnabled(), timeout=LONG_MS)
    window.sheet.go.click()
    qtbot.waitUntil(lambda: window.sheet is None, timeout=LONG_MS)
    assert window.current_page() is page, "whoever comes back finds what was being typed"


def test_a_stranger_sees_nothing(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, aside, monkeypatch
) -> None:
    """Another account of this machine, on a store that has its people."""
    from desktop.services.workspace import Workspace

    def entered() -> None:
        with Workspace.open_folder(tmp_path, memory={}) as workspace:
            workspace.people.arrive("chief")

    aside(entered)
    with opened(WindowDoor(qapp, given(tmp_path)), qtbot) as door:
        window = door.starter.window
        qtbot.waitUntil(lambda: window.sheet is not None, timeout=LONG_MS)
        qtbot.waitUntil(lambda: "不是本站点的人员" in words_in(window.sheet), timeout=LONG_MS)
        assert window.current_page() is None and not window.sheet.go.isEnabled()
