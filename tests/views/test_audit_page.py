"""The audit page: who did what, with before and after; the proof, and a trail that somebody has tampered with."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import openpyxl
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.doors.window_door import WindowDoor
from desktop.views.audit_page import AuditPage
from desktop.views.list_export import table_writer
from tests.services.test_trail_book import filled
from tests.views.doors import LONG_MS, given, house_of, opened, page_of, words_in


def tampered(path: Path) -> None:
    """Somebody opens the file with a tool, takes the guard away, and changes one word."""
    with closing(sqlite3.connect(path)) as file:
        file.execute("DROP TRIGGER audit_no_update")
        file.execute(
            "UPDATE audit SET actor = 'nobody' WHERE action = 'person.added' AND subject = 'person:liyun'"
        )
        file.commit()


def test_the_page_shows_before_and_after_proves_the_trail_and_writes_it_down(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, aside
) -> None:  # fmt: skip
    with opened(WindowDoor(qapp, given(tmp_path)), qtbot) as door:
        house = house_of(door)
        aside(lambda: filled(house.workspace, house.person))
        page = page_of(door, qtbot, "audit", AuditPage)
        page.arrive({"text": "person:liyun"})
        qtbot.waitUntil(lambda: page.rows.rowCount() == 2 and page.line() is not None, timeout=LONG_MS)
        qtbot.waitUntil(lambda: "修改人员" in words_in(page.side), timeout=LONG_MS)
        assert (
            "角色" in words_in(page.side) and "财务" in words_in(page.side) and "审计" in words_in(page.side)
        )
        page.verify.click()
        qtbot.waitUntil(lambda: "没有一行被改动" in page.banner.sentence.text(), timeout=LONG_MS)
        aside(lambda: tampered(house.workspace.store.path))
        page.verify.click()
        qtbot.waitUntil(lambda: "对不上" in page.banner.sentence.text(), timeout=LONG_MS)
        page.box.setText("XSDD")
        qtbot.waitUntil(lambda: (line := page.line()) is not None and "XSDD" in line.number, timeout=LONG_MS)
        write = table_writer(page.table, "审计", page.look.text)
        page.file_line.begin(tmp_path / "trail.xlsx", lambda errand: write(tmp_path / "trail.xlsx", errand))
        qtbot.waitUntil(lambda: not page.file_line.busy, timeout=LONG_MS)
        cells = [
            cell
            for row in openpyxl.load_workbook(tmp_path / "trail.xlsx").worksheets[0].iter_rows()
            for cell in row
        ]
        assert any("calc" in str(cell.value) for cell in cells)
        assert not [cell for cell in cells if cell.data_type == "f"], "a reason never becomes a formula"
