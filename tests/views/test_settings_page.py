"""Settings: kept at once and checked by the service, found by typing, in the trail by who changed them."""

from __future__ import annotations

from typing import Any, cast

import pytest
from PySide6.QtWidgets import QComboBox, QLineEdit

from desktop.views.settings_page import SettingsPage
from tests.views.home import Home


def page(home: Home) -> SettingsPage:
    home.open()
    home.window.go("settings")
    found = cast(SettingsPage, home.window.current_page())
    home.wait(lambda: found._read)
    return found


def typed(control: QLineEdit, words: str) -> None:
    control.setText(words)
    control.editingFinished.emit()


def kept(home: Home, key: str) -> Any:
    return home.aside(lambda: home.house.workspace.catalog.preference(key))


def test_what_is_set_is_kept_checked_and_audited(home: Home) -> None:
    shown = page(home)
    quiet = shown.controls["schedule.quiet"]
    typed(quiet, "22:00")
    home.wait(lambda: shown.lines["schedule.quiet"].told.property("tone") == "stop")
    assert kept(home, "schedule.quiet") is None
    typed(quiet, "22:00 – 06:00")
    home.wait(lambda: shown.lines["schedule.quiet"].told.text() == "已保存。")
    assert kept(home, "schedule.quiet") == ["22:00", "06:00"]
    days = shown.controls["retention.exchange_days"]
    days.setValue(365)
    days.editingFinished.emit()
    home.wait(lambda: kept(home, "retention.exchange_days") == 365)
    line = home.aside(lambda: home.house.workspace.trail.entries("retention.exchange_days")[-1])
    assert (line.actor, line.detail["value"]) == ("chenjing", 365)
    choice: QComboBox = shown.controls["environment"]
    choice.setCurrentIndex(choice.findData("test"))
    choice.activated.emit(choice.currentIndex())
    home.wait(lambda: kept(home, "environment") == "test")


@pytest.mark.parametrize(
    ("words", "found"),
    [("备份", {"backup.keep", "backup"}), ("language", {"window.language"}), ("没有这个", set())],
)
def test_settings_are_found_by_typing(home: Home, words: str, found: set[str]) -> None:
    shown = page(home)
    assert shown.search is not None
    shown.search.setText(words)
    visible = {key for key, line in shown.lines.items() if line.widget.isVisible()}
    assert visible >= found and (bool(visible) == bool(found)) and shown.nothing.isVisible() == (not found)
    assert home.window.current_page() is shown
    home.window.close_innermost()
    assert len([key for key, line in shown.lines.items() if line.widget.isVisible()]) == len(shown.lines)


def test_the_licences_open_and_the_own_calendar_is_made(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        "desktop.views.settings_page.QDesktopServices.openUrl", lambda url: opened.append(url.toLocalFile())
    )
    shown = page(home)
    home.press(shown.controls["licences"])
    home.wait(lambda: hasattr(shown, "reader") and "LGPL" in shown.reader.body.toPlainText())
    shown.reader.close()
    home.press(shown.controls["calendar"])
    home.wait(lambda: opened)
    assert opened[0].endswith("calendar.toml") and home.aside(home.house.workspace.calendars.own.exists)
