"""The failures page by a clerk's errands, on the whole house over real HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from openpyxl import load_workbook
from PySide6.QtCore import Qt

from desktop.domain.errors import ErrorCode, SyncError
from desktop.sandbox.erp_bill import ErpBill
from desktop.services.failures import PART
from desktop.store.catalog import BaseRow
from desktop.views.cause_words import way_to
from desktop.views.failures_page import FailuresPage
from tests.views.home import Home

UNMAPPED = "CUST0006"


def page_of(home: Home) -> FailuresPage:
    """The window on the failures page, its answer there."""
    home.open()
    home.window.go("failures")
    page = cast(FailuresPage, home.window.current_page())
    home.wait(lambda: page.overview is not None)
    return page


def stuck(home: Home, count: int, **more: Any) -> list[ErpBill]:
    """Submitted orders of a customer that the OA does not know."""
    home.run()
    bills = [home.order(customer=UNMAPPED, **more) for _ in range(count)]
    home.run()
    return bills


def match(home: Home) -> None:
    """Somebody puts the correspondence right, as the page of base data does."""
    row = BaseRow("c100", "customer", UNMAPPED, "3006", "", "", "person")
    home.aside(lambda: home.house.workspace.catalog.put_base_rows([row], "chenjing"))


def orders(home: Home, name: str) -> list[int]:
    """How many documents each order of a name was about, oldest first."""

    def read() -> list[int]:
        store = home.house.workspace.store
        with store.reading():
            sql = 'SELECT document_ids FROM person_order WHERE "order" = ? ORDER BY id'
            return [len(json.loads(row[0])) for row in store.execute(sql, (name,))]

    return cast("list[int]", home.aside(read))


def requests(home: Home, bills: list[ErpBill]) -> list[int]:
    """How many requests each bill ever had."""
    return cast("list[int]", home.aside(lambda: [len(home.house.requests(bill)) for bill in bills]))


def causes(page: FailuresPage) -> list[str]:
    """The titles of the causes, top to bottom."""
    return [page.list.item(at).text() for at in range(page.list.count())]


# The clerk's errands -----------------------------------------------------------------------------------------------


def test_47_bills_of_one_unmapped_customer_are_one_cause_and_go_out_together(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bills = stuck(home, 47)
    page = page_of(home)
    home.wait(lambda: page.rows.rowCount() == 47)
    path = tmp_path / "stuck.xlsx"
    monkeypatch.setattr(page.cause, "choose_file", lambda: path)
    home.press(page.cause.give_out)
    home.wait(lambda: page.cause.export.folder.isVisible())
    listed = list(home.aside(lambda: list(load_workbook(path).active.iter_rows(values_only=True))))
    assert {row[2] for row in listed[1:]} == {bill.number for bill in bills} and listed[1][-1] == "MAP-502"
    assert causes(page) == ["客户 CUST0006 在另一个系统里没有对应"]
    assert page.second.text() == "47 张单据，1 个原因"
    assert page.blocked.text() == "受阻 ¥95,598.00"
    assert page.cause.parts["who"].text() == "基础资料管理员"
    assert page.cause.resend.text().strip() == "重发 47 张单据"
    match(home)
    home.press(page.cause.resend)
    home.work(lambda: not page.cause.errand.busy)
    assert page.cause.errand.words.text() == "47 张：47 张已办成"
    home.wait(lambda: page.list.count() == 0)
    assert page.cause.errand.isVisible() and page.cause.errand.list.count() >= 40, "the result stays readable"
    assert page.cause.note.text() == "这个原因已经没有单据了。" and not page.cause.resend.isVisible()
    assert [home.state(bill) for bill in bills] == ["requested"] * 47
    assert requests(home, bills) == [1] * 47
    home.press(page.cause.errand.shut)
    page.refresh()
    home.wait(lambda: page.area.currentWidget() is page.area.empty)
    assert page.area.empty.title.text() == "一切正常"


def test_what_stops_again_is_told_first(home: Home) -> None:
    bills = stuck(home, 2)
    page = page_of(home)
    home.wait(lambda: page.rows.rowCount() == 2)
    home.press(page.cause.resend)
    home.work(lambda: not page.cause.errand.busy)
    assert page.cause.errand.words.text() == "2 张：2 张又停住"
    assert page.list.count() == 1 and page.rows.rowCount() == 2
    assert requests(home, bills) == [0, 0]


@pytest.mark.parametrize("way", ["held down", "double click"])
def test_an_impatient_person_sends_once(home: Home, way: str) -> None:
    bills = stuck(home, 3)
    page = page_of(home)
    home.wait(lambda: page.rows.rowCount() == 3)
    match(home)
    button = page.cause.resend
    button.setFocus()
    for _ in range(6):
        if way == "held down":
            home.qtbot.keyClick(button, Qt.Key.Key_Space)
            page._order_resend()
        else:
            home.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
            home.qtbot.mouseDClick(button, Qt.MouseButton.LeftButton)
    home.work(lambda: not page.cause.errand.busy)
    home.calm()
    assert orders(home, "retry") == [3]
    assert requests(home, bills) == [1, 1, 1]


def test_two_windows_send_once(home: Home) -> None:
    bills = stuck(home, 2)
    page = page_of(home)
    home.wait(lambda: page.rows.rowCount() == 2)
    match(home)
    ids = [home.document_id(bill) for bill in bills]
    beside = home.aside(lambda: home.house.open(home.house.folder))
    home.aside(lambda: beside.order("lihua", "retry", tuple(ids)))
    home.press(page.cause.resend)
    home.work(lambda: not page.cause.errand.busy)
    home.calm()
    home.aside(beside.close)
    assert orders(home, "retry") == [2, 2]
    assert requests(home, bills) == [1, 1]


def test_some_are_chosen_and_only_they_are_sent(home: Home) -> None:
    bills = stuck(home, 3)
    page = page_of(home)
    home.wait(lambda: page.rows.rowCount() == 3 and page.rows.value_at(2))
    page.table.setFocus()
    page.table.selectRow(0)
    assert page.cause.resend.text().strip() == "重发 3 张单据", (
        "the row that the keyboard stands on is no choice"
    )
    home.qtbot.keyClick(page.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert page.cause.resend.text().strip() == "重发所选 2 张"
    match(home)
    home.press(page.cause.resend)
    home.work(lambda: not page.cause.errand.busy)
    assert orders(home, "retry") == [2]
    assert len(bills) == 3


def test_left_alone_with_a_reason_and_taken_up_again(home: Home) -> None:
    bills = stuck(home, 2)
    page = page_of(home)
    home.wait(lambda: page.rows.rowCount() == 2)
    home.press(page.cause.ignore)
    assert not page.cause.dismiss.isEnabled() and page.cause.dismiss.text().strip() == "忽略 2 张单据"
    page.cause.reason.setText("客户已改名")
    home.press(page.cause.dismiss)
    home.work(lambda: not page.cause.errand.busy)
    home.wait(lambda: page.tabs.tabText(2) == "已忽略 2")
    assert [home.state(bill) for bill in bills] == ["dismissed"] * 2
    page.tabs.setCurrentIndex(2)
    home.wait(lambda: page.rows.rowCount() == 2 and page.cause.resend.isEnabled())
    assert page.cause.resend.text().strip() == "取消忽略，重新处理 2 张"
    home.press(page.cause.resend)
    home.work(lambda: not page.cause.errand.busy)
    assert page.cause.errand.words.text() == "2 张：2 张已办成"
    assert {home.state(bill) for bill in bills} == {"found"}


def test_it_can_be_stopped_between_two_parts(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert PART > 1
    monkeypatch.setattr("desktop.services.failures.PART", 1)
    stuck(home, 3)
    page = page_of(home)
    home.wait(lambda: page.rows.rowCount() == 3)
    home.press(page.cause.resend)
    home.wait(lambda: orders(home, "retry") == [1])
    home.press(page.cause.errand.stop)
    home.work(lambda: not page.cause.errand.busy)
    assert orders(home, "retry") == [1]
    assert "2 张没有下达" in page.cause.errand.words.text()


# The page ----------------------------------------------------------------------------------------------------------


def test_the_costliest_cause_stands_on_top_and_the_keyboard_goes_down(home: Home) -> None:
    stuck(home, 1)
    for _ in range(3):
        home.order(maker="gaofei")
    home.run()
    page = page_of(home)
    home.wait(lambda: page.list.count() == 2)
    assert causes(page)[0] == "制单人“gaofei”没有 OA 账号"
    home.qtbot.keyClick(page.list, Qt.Key.Key_Down)
    home.wait(lambda: page.cause.title.text() == "客户 CUST0006 在另一个系统里没有对应")
    page.box.setText("gaofei")
    assert causes(page) == ["制单人“gaofei”没有 OA 账号"]
    page.box.setText("nothing like it")
    assert causes(page) == [] and page.none_found.isVisible()


def test_a_bill_opens_as_in_the_queue_and_esc_leads_back(home: Home) -> None:
    (bill,) = stuck(home, 1)
    page = page_of(home)
    home.wait(lambda: page.rows.rowCount() == 1 and page.rows.value_at(0))
    page.table.setFocus()
    page.table.selectRow(0)
    home.qtbot.keyClick(page.table, Qt.Key.Key_Return)
    home.wait(lambda: page.panel_open and page.panel.story is not None)
    assert page.panel.head.number.text() == bill.number
    home.window.close_innermost()
    assert not page.panel_open
    home.wait(lambda: home.window.focusWidget() is page.table)


def test_the_helpful_words_of_every_code_are_at_hand(home: Home) -> None:
    stuck(home, 1)
    page = page_of(home)
    home.wait(lambda: page.cause.code.isVisible())
    home.press(page.cause.code)
    assert page._help is not None and page._help.page.isVisible()
    assert "MAP-502" in page._help.page.toPlainText()
    page._help.search.clear()
    told = page._help.page.toPlainText()
    assert all(code.id in told for code in ErrorCode.all())
    home.window.close_innermost()
    assert page.right.currentWidget() is page.cause


def test_nothing_stuck_says_so(home: Home) -> None:
    page = page_of(home)
    home.wait(lambda: page.area.currentWidget() is page.area.empty)
    assert page.area.empty.title.text() == "一切正常"
    assert page.cause.table.isHidden() or not page.cause.table.isVisible()


def test_a_broken_store_is_told_and_tried_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck(home, 1)
    home.open()
    whole: Callable[..., Any] = home.house.workspace.failures.overview

    def broken(**_: Any) -> Any:
        raise SyncError(ErrorCode.STORE_UNREADABLE, where="data", said="disk I/O error")

    monkeypatch.setattr(home.house.workspace.failures, "overview", broken)
    home.window.go("failures")
    page = cast(FailuresPage, home.window.current_page())
    home.wait(lambda: page.area.currentWidget() is page.area.error)
    assert page.area.error.code.text() == "PER-705"
    monkeypatch.setattr(home.house.workspace.failures, "overview", whole)
    home.press(page.area.error.again)
    home.wait(lambda: page.area.currentWidget() is page.split and page.list.count() == 1)


def test_a_slow_answer_shows_bones_meanwhile(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck(home, 1)
    home.open()
    whole, go = home.house.workspace.failures.overview, threading.Event()

    def slow(**given: Any) -> Any:
        go.wait(20)
        return whole(**given)

    monkeypatch.setattr(home.house.workspace.failures, "overview", slow)
    home.window.go("failures")
    page = cast(FailuresPage, home.window.current_page())
    home.wait(lambda: page.area.currentWidget() is page.bones)
    go.set()
    home.wait(lambda: page.area.currentWidget() is page.split)


def test_it_speaks_english(home: Home) -> None:
    stuck(home, 1)
    page_of(home)
    home.look.set_language("en")
    page = cast(FailuresPage, home.window.current_page())
    home.wait(lambda: page.list.count() == 1 and page.rows.rowCount() == 1)
    assert causes(page) == ["Customer CUST0006 has no counterpart"]
    assert page.cause.resend.text().strip() == "Resend 1 bill"
    assert page.second.text() == "1 bill, 1 cause"


def test_the_number_in_the_status_bar_opens_its_list(home: Home) -> None:
    stuck(home, 1)
    home.open()
    home.window.status.asked.emit("failures")
    home.wait(lambda: isinstance(home.window.current_page(), FailuresPage))


def test_the_badge_counts_what_waits(home: Home) -> None:
    stuck(home, 2)
    page_of(home)
    home.wait(lambda: home.window.sidebar.buttons["failures"]._count == 2)


def test_entered_by_hand_is_compared_and_bound_in_the_panel(home: Home) -> None:
    (bill,) = stuck(home, 1)
    oa = home.house.toy.oa
    fields = {
        "company": "100", "bill_date": str(bill.head["FDate"])[:10], "customer_name": "常州新客户（未对应）", "currency": "CNY",
        "amount": "2034.50",
    }  # fmt: skip
    wrong = oa.create(781, "57", "手工", fields)
    right = oa.create(781, "57", "手工", fields | {"amount": "2034"})
    page = page_of(home)
    page.open_bill(home.document_id(bill))
    box = page.panel.cure
    home.wait(lambda: box.isVisible() and box.number.isVisible())
    bind = next(button for cure, button in box.buttons if cure.needs == "number")
    assert not bind.isEnabled()
    box.number.setText(str(wrong))
    home.press(bind)
    home.wait(lambda: "金额" in box.told.text() and "2034.50" in box.told.text())
    assert home.state(bill) == "found"
    box.number.setText(str(right))
    home.press(bind)
    home.work(lambda: home.state(bill) == "handed_over")
    home.wait(lambda: page.panel.story is not None and page.panel.story.row.state.value == "handed_over")
    home.wait(lambda: page.list.count() == 0)


def test_what_a_person_must_decide_leads_to_the_bill(home: Home) -> None:
    home.run()
    bill = home.order()
    home.calm()
    home.aside(lambda: home.house.toy.erp.audit("SAL_SaleOrder", bill.id, "lihua"))
    home.calm()
    page = page_of(home)
    home.wait(lambda: page.cause.cure.isVisible())
    assert page.cause.cure.text().strip() == f"打开 {bill.number}，选择怎么办"
    assert page.cause.resend.text().strip() == "重新检查 1 张单据"
    home.press(page.cause.cure)
    home.wait(lambda: page.panel_open and page.panel.story is not None and page.panel.cure.isVisible())
    assert page.panel.cure.buttons[0][1].text().strip() == "认可手工审核，结束 OA 流程"


def test_a_missing_correspondence_leads_to_its_row(home: Home) -> None:
    stuck(home, 1)
    page = page_of(home)
    home.wait(lambda: page.rows.rowCount() == 1)
    way = way_to(page.overview.causes[0], home.look.text, {"base"})  # type: ignore[union-attr]
    assert way is not None and way.page == "base"
    assert (way.facts["kind"], way.facts["code"], way.facts["route"]) == ("customer", UNMAPPED, "c100")
    assert way_to(page.overview.causes[0], home.look.text, set()) is None  # type: ignore[union-attr]
    refused = replace(page.overview.causes[0], code=ErrorCode.REFUSED)  # type: ignore[union-attr]
    sides = [
        way.side
        for shut in (False, True)
        if (way := way_to(replace(refused, shut=shut), home.look.text, set())) is not None
    ]
    assert sides == ["erp", "here"], "an ERP without addresses opens nothing"


def test_a_view_of_the_page_is_kept_and_shown_again(home: Home) -> None:
    page = page_of(home)
    page.box.setText("CUST")
    page.tabs.setCurrentIndex(1)
    page.cause.table._show_column("flow", False)
    page.views.keep("customers")
    home.wait(lambda: "views.failures.chenjing" in home.preferences.kept)
    page.box.clear()
    page.tabs.setCurrentIndex(0)
    page.cause.table._show_column("flow", True)
    [view] = page.views.views
    page.show_view(view)
    assert (page.box.text(), page.tab, page.cause.table._hidden) == ("CUST", "retrying", {"flow"})
    page.show_view(view._replace(filters={"tab": 7, "text": None}))
    assert page.tab == "retrying"
