"""The mapping page by a consultant's errands: the whole house over real HTTP, a window over it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QInputDialog

from desktop.domain.document import DocumentState
from desktop.views.mapping_page import MappingPage
from tests.views.doors import words_in
from tests.views.home import Home


def opened(home: Home) -> MappingPage:
    """The page on the sales order, both forms read."""
    home.open()
    home.window.go("mapping")
    page = home.window.current_page()
    assert isinstance(page, MappingPage)
    home.wait(lambda: page.opened is not None and page.opened.forms.read_at is not None)
    return page


def choose(home: Home, page: MappingPage, target: str, group: str = "fields") -> None:
    """Its row, as a person finds it."""
    place = next(at for at, row in enumerate(page.rows) if (row.group, row.target) == (group, target))
    home.wait(lambda: place in page.entries)
    assert page.table.choose(place)
    home.wait(lambda: page.form.isVisible() and page.form.target.text() == target)


def write(home: Home, page: MappingPage, rule: str) -> None:
    """Into the rule by Enter, typed, and left by Enter."""
    home.window.activateWindow()
    home.wait(home.window.isActiveWindow)
    page.table.setFocus()
    home.qtbot.keyClick(page.table, Qt.Key.Key_Return)
    home.wait(page.form.rule.hasFocus)
    page.form.rule.selectAll()
    home.qtbot.keyClicks(page.form.rule, rule)
    page.form.rule.popup.hide()
    home.qtbot.keyClick(page.form.rule, Qt.Key.Key_Return)
    home.wait(lambda: saved(page) and not page.edit.is_typing)


def saved(page: MappingPage) -> bool:
    return not page.is_saving and page.rows == page.opened.sheet.rows


def publish(home: Home, page: MappingPage, why: str) -> None:
    """The primary button, and why."""
    home.wait(page.publish.isEnabled)
    home.press(page.publish)
    dialog = page.findChild(QInputDialog)
    assert dialog is not None
    dialog.setTextValue(why)
    dialog.accept()
    home.wait(lambda: page.opened.draft is None and page.notice.isVisible())


def sent_name(home: Home, bill: Any) -> str:
    return str(home.house.requests(bill)[0].fields["customer_name"])


def test_from_a_wrong_rule_to_published_and_back(home: Home) -> None:
    first = home.order()
    home.calm()
    page = opened(home)
    assert not page.publish.isEnabled() and not page.banner.isVisible()
    choose(home, page, "customer_name")
    write(home, page, "FCustId.FNmae2x(")
    home.wait(page.banner.isVisible)
    assert "customer_name" in page.banner.sentence.text() or "客户" in page.banner.sentence.text()
    assert not page.publish.isEnabled() and page.state.accessibleName() == "v2 草稿"
    write(home, page, "FNoSuchField")
    home.wait(lambda: "FNoSuchField" in page.banner.sentence.text())
    assert not page.publish.isEnabled()
    write(home, page, "join('', FCustId.FName, ' *')")
    home.wait(lambda: not page.banner.isVisible())
    publish(home, page, "stars for the approver")
    second = home.order()
    home.calm()
    assert sent_name(home, second) == f"{sent_name(home, first)} *"
    home.aside(lambda: home.house.approve(first))
    home.calm()
    assert (
        home.aside(lambda: home.house.state(first)) is DocumentState.DONE
    )  # under way meanwhile, by its own version
    page.side.tabs.setCurrentIndex(2)
    home.wait(lambda: 1 in page.side.back_buttons and "stars for the approver" in words_in(page.side))
    home.press(page.side.back_buttons[1])
    home.wait(lambda: page.opened.releases[0].number == 3)
    third = home.order()
    home.calm()
    assert sent_name(home, third) == sent_name(home, first)


def test_the_preview_shows_the_values_of_a_real_bill(home: Home) -> None:
    older = home.order()
    newer = home.order(customer="CUST0002")
    home.calm()
    page = opened(home)
    home.wait(lambda: page.preview is not None)
    page.side.number.setText(older.number)
    home.qtbot.keyClick(page.side.number, Qt.Key.Key_Return)
    home.wait(lambda: page.preview.number == older.number)
    sent = home.house.requests(older)[0].fields
    assert sent["customer_name"] in page.side.form.toPlainText()
    assert older.number in page.side.form.toPlainText() and newer.number not in page.side.form.toPlainText()
    choose(home, page, "customer_id")
    home.wait(lambda: "CUST0001" in page.form.told.text() and sent["customer_id"] in page.form.told.text())
    page.form.rule.setFocus()
    page.form.rule.setText("cut(FCustId.FName, 2)")
    page.form.rule.textEdited.emit(page.form.rule.text())  # not left yet: shown while it is being typed
    home.wait(lambda: page.form.told.text().endswith(sent["customer_name"][:2]))
    page.side.number.setText("XSDD999999")
    home.qtbot.keyClick(page.side.number, Qt.Key.Key_Return)
    home.wait(lambda: page.side.trouble.isVisible() and "XSDD999999" in page.side.trouble.text())


def test_rows_are_added_moved_copied_removed_and_all_of_it_undone(home: Home) -> None:
    page = opened(home)
    before = page.rows
    choose(home, page, "note")
    page.edit.copy_rows()
    assert "FNote" in QGuiApplication.clipboard().text()
    page.edit.paste_rows()
    home.wait(lambda: saved(page) and len(page.rows) == len(before) + 1)
    home.wait(page.banner.isVisible)  # the same target twice
    home.qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    home.wait(lambda: saved(page) and page.rows == before)
    home.wait(lambda: not page.banner.isVisible())
    choose(home, page, "note")
    page.edit.move_row(-1)
    home.wait(lambda: saved(page) and page.rows != before)
    page.edit.add_row()
    home.wait(lambda: saved(page) and len(page.rows) == len(before) + 1)
    for _ in range(4):
        page.edit.undo()
    home.wait(lambda: saved(page) and page.rows == before)
    page.edit.redo()
    home.wait(lambda: saved(page) and len(page.rows) == len(before) + 1)
    page.edit.undo()
    home.wait(lambda: saved(page) and page.opened.draft is None)


def test_a_draft_waits_until_it_is_taken_up_again(home: Home) -> None:
    page = opened(home)
    choose(home, page, "note")
    write(home, page, "cut(FNote, 20)")
    page.form.note.setText("the OA shows one line")
    page.form.note.textEdited.emit(page.form.note.text())
    page.form.note.editingFinished.emit()
    home.wait(lambda: saved(page) and any(row.note for row in page.rows))
    again = home.house.workspace.mapping
    kept = home.aside(lambda: again.open("sales_order"))
    row = next(row for row in kept.sheet.rows if row.target == "note")
    assert (row.expr, row.note) == ("cut(FNote, 20)", "the OA shows one line")


def test_the_dry_run_tells_field_by_field_what_would_change(home: Home) -> None:
    bill = home.order()
    home.calm()
    page = opened(home)
    choose(home, page, "customer_name")
    write(home, page, "cut(FCustId.FName, 2)")
    home.press(page.side.run) if page.side.run.isVisible() else page.deeds.dry_run()
    home.wait(lambda: page.side.run.isEnabled() and "1 张" in page.side.run_told.text())
    told = page.side.run_paper.toPlainText()
    assert "customer_name" in told and bill.number in told and sent_name(home, bill)[:2] in told


def test_search_and_problems_only_narrow_the_table(home: Home) -> None:
    page = opened(home)
    assert page.search is not None
    page.search.setText("tax_price")
    home.wait(lambda: [each.target for each in page.entries.values() if not each.title] == ["tax_price"])
    page.search.setText("")
    page._narrow(True)
    home.wait(lambda: all(each.finding is not None for each in page.entries.values() if not each.title))


@pytest.mark.parametrize("flow", ["expense", "claim"])
def test_a_flow_from_the_oa_is_shown_bill_by_bill(home: Home, flow: str) -> None:
    workspace = home.house.workspace
    home.aside(lambda: home.house.toy.join(workspace, flows=("sales_order", flow)))
    page = opened(home)
    choices = [page.flows.itemData(at)[0] for at in range(page.flows.count())]
    assert flow in choices
    page.open_flow(flow, "c100")
    home.wait(lambda: page.opened.flow_id == flow and page.opened.forms.read_at is not None)
    assert {each.leg for each in page.opened.sheet.groups} >= {1}
    home.wait(lambda: not [each for each in page.opened.findings if each.stops])


def test_every_part_speaks_english_and_needs_no_more_than_the_smallest_window(home: Home) -> None:
    home.order()
    home.calm()
    home.look.set_language("en")
    page = opened(home)
    home.window.resize(1280, 720)
    home.wait(lambda: page.preview is not None)
    assert (home.window.width(), home.window.height()) == (1280, 720)
    assert page.side.width() >= 300 and page.table.height() > 150
    home.look.set_language("zh")


def test_an_answer_about_another_flow_is_not_laid_over_this_one(home: Home) -> None:
    """A check of the flow before that comes late: its rows would be shown here, and saved as this one's."""
    page = opened(home)
    rows = page.opened.sheet.rows
    late = replace(page.opened, flow_id="purchase_order", sheet=replace(page.opened.sheet, rows=()))
    page.edit._checked(late)
    page._show_preview(late, None)
    page._forms_read(late, None)
    assert page.opened.sheet.rows == rows and page.opened.flow_id == "sales_order"
