"""A consultant's errands on the mapping page: a new form from empty to published by keyboard alone, with a real bill beside
it; golden documents; a form that somebody changed; rules over Excel; a company's own rules.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QInputDialog, QLineEdit

from desktop.views.confirm import Confirm
from desktop.views.mapping_page import MappingPage
from tests.sync.test_preflight import change_oa_field
from tests.views.home import Home

KEY, MOD = Qt.Key, Qt.KeyboardModifier


def press(home: Home, key: Any, mods: Any = MOD.NoModifier, *, at: Any = None) -> None:
    """A key, wherever the keyboard is."""
    target = at or QApplication.focusWidget() or home.window
    home.qtbot.keyClick(target, key, mods)


def shortcut(home: Home, key: Any, mods: Any = MOD.NoModifier) -> None:
    """A key of the window; a pop-up or dialog that has closed may have had the keyboard."""
    home.window.activateWindow()
    home.wait(home.window.isActiveWindow)
    home.qtbot.keyClick(home.window, key, mods)


def type_in(home: Home, words: str) -> None:
    focus = QApplication.focusWidget()
    assert focus is not None
    home.qtbot.keyClicks(focus, words)


def page_of(home: Home, flow: str = "sales_order") -> MappingPage:
    home.open()
    home.window.activateWindow()
    home.wait(home.window.isActiveWindow)
    home.window.go("mapping")
    page = home.window.current_page()
    assert isinstance(page, MappingPage)
    home.wait(lambda: page.opened is not None and page.opened.forms.read_at is not None)
    if flow != page.flow_id:
        page.open_flow(flow, "c100")
        home.wait(lambda: page.opened.flow_id == flow and page.opened.forms.read_at is not None)
    return page


def saved(page: MappingPage) -> bool:
    return not page.is_saving and page.rows == page.opened.sheet.rows and not page.edit.is_typing


def dialog_of(home: Home, page: Any, kind: type) -> Any:
    home.wait(lambda: page.findChild(kind) is not None and page.findChild(kind).isVisible())
    return page.findChild(kind)


def purchase_order(home: Home) -> Any:
    """A purchase order that waits to be sent, and the flow switched on for company 100."""
    toy = home.house.toy
    home.aside(lambda: toy.join(home.house.workspace, flows=("sales_order", "purchase_order")))
    return home.aside(
        lambda: toy.erp.purchase_order(
            "100", "VEN0001", "zhouqi", (("M0001", 100, "1.13"), ("M0002", 20, "11.30")), submit=True
        )
    )


def test_a_purchase_order_form_is_mapped_from_empty_to_published_by_keyboard_alone(home: Home) -> None:
    bill = purchase_order(home)
    page = page_of(home)
    shortcut(home, KEY.Key_L, MOD.ControlModifier)  # which flow
    home.wait(lambda: page.flows.view().isVisible())
    place = next(at for at in range(page.flows.count()) if page.flows.itemData(at)[0] == "purchase_order")
    for _ in range(abs(place - page.flows.currentIndex())):
        step = KEY.Key_Down if place > page.flows.currentIndex() else KEY.Key_Up
        press(home, step, at=page.flows.view())
    press(home, KEY.Key_Return, at=page.flows.view())
    home.wait(lambda: page.opened.flow_id == "purchase_order" and page.opened.forms.read_at is not None)
    page.table.setFocus()
    command(home, "mapping-empty-start")  # begin from empty, by the palette
    confirm = dialog_of(home, page, Confirm)
    press(home, KEY.Key_Tab, at=confirm.cancel)
    home.wait(confirm.deed.hasFocus)
    press(home, KEY.Key_Space, at=confirm.deed)
    home.wait(lambda: len(page.rows) == 2 and page.banner.isVisible())
    shortcut(home, KEY.Key_N, MOD.ControlModifier | MOD.ShiftModifier)  # the table of lines
    home.wait(lambda: page.deeds.dialog is not None and page.deeds.dialog.isVisible())
    lines = page.deeds.dialog
    home.qtbot.keyClicks(lines.source, "FPOOrderE")
    assert (lines.source.currentText(), lines.target.currentText()) == ("FPOOrderEntry", "detail_1")
    press(home, KEY.Key_Return, at=lines.deed)
    home.wait(lambda: page.opened.sheet.has("lines.0") and saved(page))
    home.wait(lambda: any(each.target == "qty" for each in page.entries.values()))
    shortcut(home, KEY.Key_Return, MOD.ControlModifier | MOD.ShiftModifier)  # every sure proposal
    home.wait(lambda: len(page.rows) > 12 and saved(page))
    home.wait(lambda: page.preview is not None and page.preview.number == bill.number)
    for _ in range(6):  # what is left, gap by gap
        if page.opened.stops is None:
            break
        fill_next(home, page)
    assert page.opened.stops is None, page.opened.stops
    home.wait(
        lambda: bill.number in page.side.form.toPlainText() and "113.00" in page.side.form.toPlainText()
    )
    home.wait(page.publish.isEnabled)
    shortcut(home, KEY.Key_Return, MOD.ControlModifier)
    dialog = dialog_of(home, page, QInputDialog)
    box = dialog.findChild(QLineEdit)
    home.qtbot.keyClicks(box, "new customer")
    press(home, KEY.Key_Return, at=box)
    home.wait(lambda: page.notice.isVisible() and "v2" in page.notice.sentence.text())
    home.wait(lambda: page.opened.draft is None and len(page.opened.releases) == 2)
    home.calm()
    request = home.aside(
        lambda: next(
            each for each in home.house.all_requests() if each.fields.get("erp_bill_no") == bill.number
        )
    )
    assert request.fields["amount"] == "339.00" and len(request.details["detail_1"]) == 2


WRITTEN = {"company": "FPurchaseOrgId.FNumber", "qty": "number(FQty, 4)"}


def fill_next(home: Home, page: MappingPage) -> None:
    """F8 to the next gap, its proposal by Alt+Enter, or its rule typed."""
    page.table.setFocus()
    shortcut(home, KEY.Key_F8)
    home.wait(lambda: page.form.isVisible() and page.form.row is not None)
    target = page.form.row.target
    before = page.rows
    press(home, KEY.Key_Return)
    home.wait(page.form.rule.hasFocus)
    page.form.rule.selectAll()
    type_in(home, WRITTEN[target])
    page.form.rule.popup.hide()
    press(home, KEY.Key_Return)
    home.wait(lambda: page.rows != before and saved(page))
    home.wait(lambda: page.opened.stops is None or page.opened.stops.target != target)


def command(home: Home, words: str) -> None:
    """Through the palette, as a person types it."""
    told = home.look.text.say(words)
    shortcut(home, KEY.Key_K, MOD.ControlModifier)
    home.wait(lambda: home.window.finder is not None and home.window.finder.isVisible())
    finder = home.window.finder
    finder.box.setFocus()
    finder.box.insert(told)  # as an input method does; QTest knows Latin keys only
    home.wait(lambda: finder.list.count() > 0)
    press(home, KEY.Key_Return, at=finder.box)


def test_a_golden_document_stops_a_publication_until_somebody_says_why(home: Home) -> None:
    bill = home.order()
    home.calm()
    page = page_of(home)
    home.wait(lambda: page.preview is not None and page.side.pin.isEnabled())
    home.press(page.side.pin)
    dialog = dialog_of(home, page, QInputDialog)
    dialog.setTextValue("three lines")
    dialog.accept()
    home.wait(lambda: page.side.golden.unpin_buttons)
    place = next(at for at, row in enumerate(page.rows) if row.target == "customer_name")
    page.table.choose(place)
    home.wait(lambda: page.form.isVisible() and page.form.target.text() == "customer_name")
    page.form.rule.setText("cut(FCustId.FName, 2)")
    page.form.rule.textEdited.emit(page.form.rule.text())
    page.form.committed.emit()
    home.wait(lambda: page.side.golden.explain_buttons and saved(page))
    home.wait(lambda: page.banner.isVisible() and not page.publish.isEnabled())
    assert bill.number not in page.banner.sentence.text(), "names and numbers are disguised"
    page.side.tabs.setCurrentWidget(page.side.golden)
    home.press(next(iter(page.side.golden.explain_buttons.values())))
    dialog = dialog_of(home, page, QInputDialog)
    dialog.setTextValue("the OA shows two characters")
    dialog.accept()
    home.wait(page.publish.isEnabled)


def test_a_changed_form_is_told_and_the_flow_goes_on_when_a_person_agrees(home: Home) -> None:
    home.order()
    home.calm()
    home.aside(lambda: change_oa_field(home.house.toy, "customer_name", db_type="varchar(120)"))
    page = page_of(home)
    home.wait(lambda: page.notice.isVisible() and "customer_name" in page.notice.sentence.text())
    assert "变短" in page.notice.sentence.text()
    home.press(page.notice.link)
    home.wait(lambda: "记入审计" in page.notice.sentence.text())
    home.run()
    assert home.aside(home.house.hold) == ""


def test_rules_go_to_excel_and_come_back_as_a_draft_after_they_were_looked_at(
    home: Home, tmp_path: Path
) -> None:
    page = page_of(home)
    path = tmp_path / "rules.xlsx"
    page.deeds.export_rows(path)
    home.wait(lambda: page.notice.isVisible() and path.exists())
    book = load_workbook(path)
    for row in book.active.iter_rows(min_row=2):
        if row[1].value == "note":
            row[3].value = "cut(FNote, 9)"
    book.save(path)
    page.deeds.import_rows(path)
    home.wait(lambda: page.deeds.dialog is not None and page.deeds.dialog.isVisible())
    dialog = page.deeds.dialog
    assert dialog.rows.rowCount() == 1 and dialog.deed.isEnabled() and page.opened.draft is None
    home.press(dialog.deed)
    home.wait(lambda: page.opened is not None and page.opened.draft is not None)
    assert next(row.expr for row in page.rows if row.target == "note") == "cut(FNote, 9)"


def test_help_and_where_used_are_one_key_away(home: Home) -> None:
    page = page_of(home)
    place = next(at for at, row in enumerate(page.rows) if row.target == "amount")
    page.table.choose(place)
    home.wait(lambda: page.form.isVisible())
    page.form.rule.setFocus()
    page.form.rule.setCursorPosition(8)
    shortcut(home, KEY.Key_F1)
    home.wait(lambda: page.side.tabs.currentWidget() is page.side.functions)
    assert (
        "number(a, 2)" in page.side.functions.toPlainText() and "12.50" in page.side.functions.toPlainText()
    )
    page.table.setFocus()
    shortcut(home, KEY.Key_U, MOD.ControlModifier)
    home.wait(lambda: page.deeds.dialog is not None and page.deeds.dialog.rows.rowCount() > 2)
    page.deeds.dialog.reject()


def test_a_company_gets_rules_of_its_own_and_they_are_marked(home: Home) -> None:
    page = page_of(home)
    place = next(at for at, row in enumerate(page.rows) if row.target == "note")
    page.table.choose(place)
    home.wait(lambda: page.form.isVisible() and page.form.target.text() == "note")
    page.form.rule.setText("cut(FNote, 5)")
    page.form.rule.textEdited.emit(page.form.rule.text())
    page.form.committed.emit()
    home.wait(lambda: saved(page) and page.opened.draft is not None)
    page.deeds.ask_publish_here()
    dialog = dialog_of(home, page, QInputDialog)
    dialog.setTextValue("only here")
    dialog.accept()
    home.wait(lambda: ("fields", "note") in page.words.own and page.opened.draft is None)
    bill = home.order()
    home.calm()
    assert page.second.text() and home.state(bill) == "requested"
    page.table.choose(place)
    page.deeds.ask_inherit()
    dialog = dialog_of(home, page, QInputDialog)
    dialog.setTextValue("as everybody")
    dialog.accept()
    home.wait(lambda: not page.words.own)
    page.table.choose(place)
    page.deeds.ask_inherit()  # nothing of its own any more: it says so
    assert page.notice.isVisible() and not page.findChildren(QInputDialog)


def test_one_row_of_a_draft_becomes_a_companys_own_and_the_others_stay_in_the_draft(home: Home) -> None:
    page = page_of(home)
    for target, rule in (("delivery_date", "cut(FDeliveryDate, 10)"), ("note", "cut(FNote, 5)")):
        place = next(at for at, row in enumerate(page.rows) if row.target == target)
        page.table.choose(place)
        home.wait(lambda target=target: page.form.isVisible() and page.form.target.text() == target)
        page.form.rule.setText(rule)
        page.form.rule.textEdited.emit(page.form.rule.text())
        page.form.committed.emit()
        home.wait(lambda: saved(page) and page.opened.draft is not None)
    page.deeds.ask_row_here()
    dialog = dialog_of(home, page, QInputDialog)
    dialog.accept()
    home.wait(lambda: list(page.words.own) == [("fields", "note")])
    rules = {row.target: row.expr for row in page.opened.sheet.rows if row.group == "fields"}
    assert page.opened.draft is not None and rules["note"] != "cut(FNote, 5)"
