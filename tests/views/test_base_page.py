"""The base data page as a clerk uses it: what waits and for how much, a proposal accepted, two people at one row."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, cast

import pytest
from openpyxl import load_workbook
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QPushButton

from desktop.domain.errors import ErrorCode, SyncError
from desktop.sandbox.faults import Fault
from desktop.store.catalog import BaseRow
from desktop.views.base_page import CASE_TAB, CHANGE_TAB, GAP_TAB, LINE_TAB, BasePage
from desktop.views.confirm import Confirm
from desktop.views.document_life import facts
from desktop.views.queue_rows import money_words
from tests.views.home import Home


def open_page(home: Home, **facts: str) -> BasePage:
    home.open()
    home.window.go("base", facts or None)
    page = cast(BasePage, home.window.current_page())
    home.wait(lambda: page.found is not None)
    return page


def words(page: BasePage, key: str) -> list[str]:
    """A column of the list on screen, with its second words."""
    rows = page.table.rows
    place = [column.key for column in rows.columns].index(key)
    cells = [rows.cell(row, place) for row in range(min(rows.rowCount(), 40))]
    return [f"{cell.text} {cell.second}".strip() if cell is not None else "…" for cell in cells]


def ready(home: Home, page: BasePage, key: str, first: str) -> None:
    home.wait(lambda: words(page, key)[:1] and words(page, key)[0].startswith(first))


def keep_a_bill_waiting(home: Home) -> Any:
    """A bill of a customer that the OA has no match for here, but another company has."""
    bill = home.order(customer="CUST0006")
    home.calm()
    row = BaseRow("c200", "customer", "CUST0006", "3006", "常州新客户", "常州新客户", "chief")
    home.aside(lambda: home.house.workspace.catalog.put_base_rows([row], "chief"))
    return bill


def test_a_gap_is_shown_with_its_money_accepted_and_the_bill_goes_on(home: Home) -> None:
    bill = keep_a_bill_waiting(home)
    page = open_page(home)
    ready(home, page, "record", "CUST0006")
    amount = home.aside(lambda: home.house.document(bill)).amount
    assert words(page, "amount") == [money_words(home.look.text, amount)] and words(page, "documents") == [
        "1"
    ]
    assert words(page, "suggestion") == ["3006 常州新客户"] and words(page, "why")[0].startswith("95 %")
    assert page.second.text() == "1 个缺口卡住 1 张单据" and not page.accept.isEnabled()
    home.press(page.sure)
    assert page.accept.text().strip() == "采纳所选 1 条"
    home.press(page.accept)
    home.wait(lambda: page.found.gaps == ())
    home.calm()
    assert home.state(bill) == "requested"
    home.wait(lambda: page.second.text() == "没有卡住任何单据")
    entries = home.aside(lambda: home.house.workspace.trail.entries("base:c100:customer:CUST0006"))
    assert [(entry.actor, entry.action) for entry in entries] == [("chenjing", "base_data.added")]


def test_a_box_is_ticked_by_mouse_and_by_key_and_the_gaps_become_a_file(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_a_bill_waiting(home)
    page = open_page(home)
    ready(home, page, "record", "CUST0006")
    table, path = page.gap_table, tmp_path / "gaps.xlsx"
    monkeypatch.setattr("desktop.views.base_files.choose_file", lambda *_: path)
    home.press(page.list_out)
    home.wait(path.exists)
    listed = home.aside(lambda: list(load_workbook(path).active.iter_rows(values_only=True)))
    assert "币别" in listed[0] and listed[1][0].startswith("CUST0006")
    assert 2034 in listed[1], "an amount stays a number"
    middle = QPoint(table.columnViewportPosition(0) + 30, table.rowViewportPosition(0) + 10)
    home.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert len(page.ticked) == 1
    home.qtbot.keyClick(table, Qt.Key.Key_Space)
    assert not page.ticked and not page.accept.isEnabled()


def test_a_counterpart_is_found_while_typing(home: Home) -> None:
    bill = home.order(maker="gaofei")
    home.calm()
    page = open_page(home, kind="user", code="gaofei")
    home.press(page.read)
    home.wait(lambda: page.work.isVisible() and not page.work.busy and "已读取" in page.work.sentence.text())
    ready(home, page, "record", "gaofei")
    home.window.activateWindow()  # another test's window may have had the keyboard
    page.show_gap("user", "c100", "gaofei")
    home.wait(lambda: page.panel.box.isVisible() and page.panel.box.hasFocus())
    home.qtbot.keyClicks(page.panel.box, "A004")
    home.wait(lambda: page.panel.box.found.rowCount() > 0)
    assert "陈杰" in page.panel.box.found.item(0).text()  # found by his staff number, shown with his name
    home.wait(page.panel.box.choices.popup().isVisible)
    popup = page.panel.box.choices.popup()
    home.qtbot.keyClick(popup, Qt.Key.Key_Down)
    home.qtbot.keyClick(popup, Qt.Key.Key_Return)
    home.wait(lambda: page.panel.box.text() == "40")
    home.wait(page.panel.save.isEnabled)
    home.qtbot.wait(80)
    home.qtbot.keyClick(page.panel.box, Qt.Key.Key_Return)
    home.wait(lambda: page.found.gaps == () and page.found.going == 1)
    home.calm()
    assert home.state(bill) == "requested"


def test_a_record_that_nobody_knows_is_refused_and_stays_typed(home: Home) -> None:
    home.order(maker="gaofei")
    home.calm()
    home.aside(lambda: home.house.workspace.base.refresh("chief", lambda *_: None, lambda: False))
    page = open_page(home, kind="user", code="gaofei")
    home.wait(lambda: page.panel.shown is not None)
    page.panel.box.setText("nobody")
    home.press(page.panel.save)
    home.wait(page.panel.trouble.isVisible)
    assert "nobody" in page.panel.trouble.sentence.text() and page.panel.box.text() == "nobody"


def test_a_link_puts_that_very_row_in_front(home: Home) -> None:
    keep_a_bill_waiting(home)
    home.order(maker="gaofei")
    home.calm()
    page = open_page(home, kind="user", route="c100", code="gaofei")
    home.wait(lambda: page.panel.shown is not None)
    assert page.panel.shown.code == "gaofei" and page.table is page.gap_table
    page.show_gap("customer", "", "CUST0001")  # closed already: its correspondence
    home.wait(lambda: page.tabs.currentIndex() == LINE_TAB and page.line_rows.rowCount() > 0)
    ready(home, page, "erp", "CUST0001")
    assert {each.split()[0] for each in words(page, "erp")} == {"CUST0001"}


def test_two_people_at_one_row_the_second_is_told_and_nothing_is_lost(home: Home) -> None:
    page = open_page(home)
    page.tabs.setCurrentIndex(LINE_TAB)
    page.box.setText("CUST0001")
    home.wait(lambda: page.line_rows.rowCount() == 2)
    ready(home, page, "erp", "CUST0001")
    page.line_table.selectRow(0)
    home.wait(lambda: page.panel.shown is not None)
    other = home.aside(lambda: home.house.open(home.house.folder))
    line = page.panel.shown
    home.aside(lambda: other.base.change("lihua", line, "3777"))
    home.aside(other.close)
    page.panel.box.setText("3888")
    home.press(page.panel.save)
    home.wait(page.panel.trouble.isVisible)
    assert "lihua" in page.panel.trouble.sentence.text() and "3777" in page.panel.trouble.sentence.text()
    assert page.panel.box.text() == "3888"
    held = home.aside(lambda: home.house.workspace.base.lines([line.id]))[line.id]
    assert held.row.oa_key == "3777"


def test_what_is_typed_for_the_next_record_outlives_the_answer_about_the_last(home: Home) -> None:
    home.order(maker="gaofei")
    home.order(customer="CUST0006")
    home.calm()
    home.aside(lambda: home.house.workspace.base.refresh("chief", lambda *_: None, lambda: False))
    page = open_page(home)
    home.wait(lambda: len(page._gaps) == 2)
    first, second = page._gaps
    held = threading.Event()
    page.gap_table.choose(first)
    about = page.panel.shown
    page.order(lambda: held.wait(5), lambda _: page._concluded("base-saved", about), page._trouble_of(about))
    page.gap_table.choose(second)
    home.wait(lambda: getattr(page.panel.shown, "place", None) == page._gaps[second].place)
    page.panel.box.setText("3006")
    held.set()
    home.wait(lambda: page.work.isVisible() and not page.work.busy)
    assert page.panel.shown is not None and page.panel.box.text() == "3006"
    page._trouble_of(about)(SyncError(ErrorCode.NOT_ALLOWED, certain=True, person="x", order="match"))
    assert not page.panel.trouble.isVisible(), "the refusal is about the other record"


def test_a_correspondence_is_removed_only_after_a_question(home: Home) -> None:
    page = open_page(home)
    page.tabs.setCurrentIndex(LINE_TAB)
    page.box.setText("CUST0002")
    home.wait(lambda: page.line_rows.rowCount() == 2)
    ready(home, page, "erp", "CUST0002")
    page.line_table.selectRow(0)
    home.wait(lambda: page.panel.shown is not None)
    home.press(page.panel.delete)
    question = page.findChild(Confirm)
    assert "CUST0002" in question.deed.text()
    home.press(question.deed)
    home.wait(lambda: page.line_rows.rowCount() == 1)


def test_reading_shows_what_changed_and_what_is_at_risk(home: Home) -> None:
    page = open_page(home)
    home.press(page.read)
    home.wait(lambda: "已读取" in page.work.sentence.text())
    for company in ("100", "200"):
        home.house.toy.erp.base("BD_Customer", "CUST0002", company).forbid_status = "B"
    page.work.hide()
    home.press(page.read)
    home.wait(lambda: page.work.isVisible() and "发现 1 处变化" in page.work.sentence.text())
    page.tabs.setCurrentIndex(CHANGE_TAB)
    ready(home, page, "record", "CUST0002")
    assert words(page, "what") == ["停用"]
    page.tabs.setCurrentIndex(LINE_TAB)
    page.kind.picked.emit("customer")
    page.risky.setChecked(True)
    home.wait(lambda: page.line_rows.rowCount() == 2)
    ready(home, page, "erp", "CUST0002")
    assert words(page, "state") == ["ERP 已停用", "ERP 已停用"]


def test_a_system_that_does_not_answer_is_told_and_the_lists_stay(home: Home) -> None:
    page = open_page(home)
    home.house.toy.oa_faults.force(Fault.SERVER_ERROR, times=500)
    home.press(page.read)
    home.wait(lambda: page.work.isVisible() and not page.work.busy)
    assert "没有读完" in page.work.sentence.text()


def test_copy_takes_the_words_of_the_rows(home: Home) -> None:
    keep_a_bill_waiting(home)
    page = open_page(home)
    ready(home, page, "record", "CUST0006")
    page.gap_table.selectRow(0)
    page.gap_table.copy()
    home.wait(lambda: "CUST0006" in QApplication.clipboard().text())
    assert "客户" in QApplication.clipboard().text()


@pytest.mark.parametrize("size", [(1280, 720), (1024, 640)])
def test_everything_can_be_reached_in_a_small_window(home: Home, size: tuple[int, int]) -> None:
    keep_a_bill_waiting(home)
    page = open_page(home)
    home.window.resize(*size)
    ready(home, page, "record", "CUST0006")
    page.gap_table.selectRow(0)
    home.wait(lambda: page.panel.shown is not None)
    for button in (page.accept, page.read, page.panel.save):
        assert isinstance(button, QPushButton) and button.isVisible()
        assert home.window.rect().contains(button.mapTo(home.window, button.rect().bottomRight()))
    assert page.tabs.currentIndex() == GAP_TAB
    assert not page.gap_table.isColumnHidden([c.key for c in page.gap_rows.columns].index("amount"))


def test_a_file_with_a_wrong_row_is_looked_at_before_it_is_taken(home: Home, tmp_path: Path) -> None:
    bill = home.order(customer="CUST0006")
    home.calm()
    page = open_page(home)
    path = tmp_path / "matches.xlsx"
    page.files.export_to(path)
    home.wait(lambda: not page.work.busy and path.exists())
    book = load_workbook(path)
    sheet = book.active
    sheet.append(("华东机电有限公司", "客户", "CUST0006", "常州新客户", "3006", "常州新客户"))
    sheet.append(("华东机电有限公司", "客户", "CUST0006", "又一次", "3007", ""))
    book.save(path)
    page.files.import_from(path)
    home.wait(lambda: page.files.preview is not None and page.files.preview.isVisible())
    preview = page.files.preview
    home.wait(lambda: preview.rows.rowCount() == 2 and preview.rows.cell(0, 4) is not None)
    assert preview.rows.cell(0, 1).text == "不导入" and "已经出现过" in preview.rows.cell(0, 4).text
    assert preview.deed.text().strip() == "导入这 1 行"
    home.press(preview.deed)
    home.wait(lambda: "已导入 1 行" in page.work.sentence.text())
    home.calm()
    assert home.state(bill) == "requested"


def test_a_file_that_is_none_is_told_in_one_sentence(home: Home, tmp_path: Path) -> None:
    page = open_page(home)
    (tmp_path / "letter.xlsx").write_text("dear sirs")
    page.files.import_from(tmp_path / "letter.xlsx")
    home.wait(lambda: page.work.isVisible() and not page.work.busy)
    assert "letter.xlsx" in page.work.sentence.text() and page.files.preview is None


def test_a_gap_is_closed_from_the_failed_bill_in_three_clicks(home: Home) -> None:
    bill = keep_a_bill_waiting(home)
    home.open()
    clicks = 0

    def click(button: Any) -> None:
        nonlocal clicks
        home.press(button)
        clicks += 1

    home.window.go("failures")
    failures = cast(Any, home.window.current_page())
    home.wait(lambda: failures.cause.cure.isVisible() and failures.cause.cure.text().strip())
    click(failures.cause.cure)
    home.wait(lambda: isinstance(home.window.current_page(), BasePage))
    page = cast(BasePage, home.window.current_page())
    home.wait(lambda: page.panel.shown is not None and page.panel.use.isVisible())
    click(page.panel.use)
    home.wait(page.panel.save.isEnabled)
    click(page.panel.save)
    home.wait(lambda: page.found is not None and page.found.gaps == ())
    home.calm()
    assert home.state(bill) == "requested" and clicks == 3


def test_a_stand_in_is_written_used_counted_and_told_on_the_document(home: Home) -> None:
    bill = home.order(customer="CUST0006")
    home.calm()
    page = open_page(home)
    page.tabs.setCurrentIndex(CASE_TAB)
    home.press(page.new_case)
    home.wait(lambda: page.cases.dialog is not None and page.cases.dialog.isVisible())
    dialog = page.cases.dialog
    assert dialog is not None
    dialog.kind.setCurrentIndex(dialog.kind.findData("customer"))
    dialog.code.setText("*")
    dialog.counterpart.setText("3001")
    dialog.begins.setText("tomorrow")
    home.press(dialog.deed)
    home.wait(dialog.trouble.isVisible)
    assert "tomorrow" in dialog.trouble.sentence.text()
    dialog.begins.setText("")
    home.press(dialog.deed)
    home.wait(lambda: len(page.cases.held) == 1)
    home.calm()
    assert home.state(bill) == "requested"
    page.cases.ask()
    home.wait(lambda: next(iter(page.cases.held.values())).uses == 1)
    story = home.aside(lambda: home.house.workspace.documents.story(home.house.document(bill).id))
    told = [fact.value for fact in facts(story, home.look.text) if fact.shape == "triangle_mark"]
    assert told == ["客户 CUST0006 → 3001"]


def test_a_change_tells_which_flows_and_bills_it_may_harm(home: Home) -> None:
    bill = home.order(customer="CUST0002")
    home.calm()
    base = home.house.workspace.base
    home.aside(lambda: base.refresh("chenjing", lambda *_: None, lambda: False))
    for row in home.house.toy.erp.bills("BD_Customer"):
        if row.number == "CUST0002":
            row.head["FName"] = "renamed"
    home.aside(lambda: base.refresh("chenjing", lambda *_: None, lambda: False))
    page = open_page(home)
    page.tabs.setCurrentIndex(CHANGE_TAB)
    home.wait(lambda: page.change_rows.rowCount() == 1)
    page.change_table.selectRow(0)
    home.wait(lambda: bill.number in page.panel.waits.text())
    assert "销售订单" in page.panel.hint.text() and not page.panel.box.isVisible()
