"""Every page has its help in both languages, and F1 opens it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from desktop.services.help import help_text
from desktop.services.text import LANGUAGES
from desktop.views.pages import pages
from tests.views.home import Home


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page_id", [*(page.id for page in pages()), "play"])
def test_every_page_has_its_help(page_id: str, language: str) -> None:
    told = help_text(page_id, language)
    assert told.startswith("# ") and len(told) > 80


def test_the_help_of_the_page_on_screen_opens_and_closes_by_keys(home: Home) -> None:
    home.open()
    keys = {action.shortcut().toString() for action in home.window.actions()}
    assert "F1" in keys
    home.window.show_help()
    home.wait(lambda: hasattr(home.window, "help") and home.window.help.isVisible())
    dialog = home.window.help
    assert "J / K" in dialog.body.toPlainText()
    dialog.search_box.setText("结果未知")
    assert dialog.body.textCursor().selectedText() == "结果未知"
    home.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    home.window.go("mapping")
    keys = [action.shortcut().toString() for action in home.window.actions()]
    assert keys.count("F1") == 1 and "Shift+F1" in keys
