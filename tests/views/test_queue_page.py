"""The queue page by a person's errands, on the whole house over real HTTP."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication

from desktop.domain.errors import ErrorCode, SyncError
from desktop.services.documents import Question
from desktop.services.table_file import harmless
from desktop.store.database import FILE_NAME
from desktop.views.queue_export import CannotWrite
from desktop.views.queue_filter import MOVING, Narrow, name_of
from desktop.views.queue_rows import COLUMNS, columns_for
from desktop.views.saved_views import SavedView, read_views, tell_views
from tests.bench.window_store import build
from tests.views.home import Home

MANY = 20_000


@pytest.fixture
def many(home: Home) -> Home:
    """The store holds many documents of other companies."""
    home.aside(lambda: build(home.house.folder, MANY))
    return home


# Finding and narrowing ---------------------------------------------------------------------------------------------


def test_a_bill_is_found_among_many_by_its_last_four_digits(many: Home) -> None:
    page = many.open()
    many.wait(lambda: page.rows.rowCount() == MANY and page.second.text() == "20,000 条")
    page.box.setText("7345")
    many.wait(lambda: page.second.text() == "2 条")
    many.wait(lambda: many.cells("number") == ["CGDD0017345", "CGDD0007345"])
    many.qtbot.keyClick(page.box, Qt.Key.Key_Return)
    assert page.table.hasFocus()
    many.qtbot.keyClick(page.table, Qt.Key.Key_J)
    many.qtbot.keyClick(page.table, Qt.Key.Key_Return)
    many.wait(lambda: page.panel.isVisible() and page.panel.head.number.text() == "CGDD0017345")


def test_search_by_partner_and_by_amount(many: Home) -> None:
    page = many.open()
    many.wait(lambda: page.rows.rowCount() == MANY)
    page.box.setText("昆山宝辰")
    many.wait(lambda: 0 < page.rows.rowCount() < MANY and all(many.cells("partner")))
    assert all("昆山宝辰" in partner for partner in many.cells("partner"))
    amount = many.cells("amount")[3]
    page.box.setText(amount)
    many.wait(lambda: many.cells("amount") == [amount])
    page.box.setText("nothing like it")
    many.wait(lambda: page.area.currentWidget() is page.area.empty)
    assert page.area.empty.title.text() == "没有符合条件的单据"
    many.press(page.empty_clear)
    many.wait(lambda: page.rows.rowCount() == MANY and page.area.currentWidget() is page.table)
    assert page.box.text() == ""


def test_chips_narrow_and_their_cross_widens(many: Home) -> None:
    page = many.open()
    many.wait(lambda: page.rows.rowCount() == MANY)
    menu = page.line._state_menu()
    next(action for action in menu.actions() if action.text() == "审批中").trigger()
    many.wait(lambda: 0 < page.rows.rowCount() < 1000 and set(many.cells("state")) == {"审批中"})
    next(action for action in menu.actions() if action.text() == "未了结").trigger()
    assert page.line.state.accessibleName() == "状态 未了结"
    assert not next(action for action in menu.actions() if action.text() == "已审核").isChecked()
    many.wait(lambda: {"审批中", "待送审", "已同意"} >= set(many.cells("state")) - {"需处理", ""})
    cross = QPoint(page.line.state.width() - 8, page.line.state.height() // 2)
    many.qtbot.mouseClick(page.line.state, Qt.MouseButton.LeftButton, pos=cross)
    many.wait(lambda: page.rows.rowCount() == MANY)


def test_a_click_on_a_header_sorts(many: Home) -> None:
    page = many.open()
    many.wait(lambda: page.rows.rowCount() == MANY)
    for key, descending in (
        ("amount", True),
        ("amount", False),
        ("number", False),
        ("age", True),
        ("age", False),
    ):
        place = [column.key for column in COLUMNS].index(key)
        x = page.table.header.sectionViewportPosition(place) + 20
        many.qtbot.mouseClick(page.table.header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, 10))
        sort = {"amount": "amount", "number": "number", "age": "changed_at"}[key]
        down = descending != (key == "age")
        expected = many.aside(
            lambda s=sort, d=down: many.house.workspace.documents.first_ids(Question(), s, descending=d)
        )
        many.wait(lambda e=expected: [page.rows.id_at(row) for row in range(20)] == list(e[:20]))
        assert (page.table.header.sorted_key, page.table.header.descending) == (key, descending)


def test_a_view_keeps_filters_columns_and_order_under_a_name_and_for_its_person(many: Home) -> None:
    page = many.open()
    many.wait(lambda: page.rows.rowCount() == MANY)
    many.wait(lambda: "苏州精密" in page.line._companies.values())
    route = next(key for key, name in page.line._companies.items() if name == "苏州精密")
    page.line._change(Narrow(routes=(route,), flows=("purchase_order",), days=30))
    page._sort("amount", True)
    page.table._show_column("request", False)
    menu = page.views.menu_of_views()
    assert page.views.name.text() == "苏州精密  采购订单  近 30 天", "a name is proposed"
    page.views.name.setText("每周=苏州采购 & 大额")
    page.views.save.click()
    many.wait(lambda: "views.queue.chenjing" in many.preferences.kept)
    page.clear_filters()
    page.table._show_column("request", True)
    page._sort("age", False)
    menu = page.views.menu_of_views()
    action = next(each for each in menu.actions() if each.text() == "每周=苏州采购 && 大额")
    assert not action.isChecked()
    action.trigger()
    assert page.line.narrow == Narrow(routes=(route,), flows=("purchase_order",), days=30)
    assert (page.table.header.sorted_key, page.table.header.descending) == ("amount", True)
    assert page.table._hidden == {"request"}
    assert read_views(many.preferences.kept["views.queue.chenjing"]) == page.views.views
    assert page.views._key.endswith(page.person), "another person has other views"
    page.views.drop(page.views.views[0])
    many.wait(lambda: json.loads(many.preferences.kept["views.queue.chenjing"]) == [])


def test_the_list_becomes_an_excel_file_with_amounts_that_can_be_summed(
    many: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = many.open()
    many.wait(lambda: page.rows.rowCount() == MANY)
    page.line._change(Narrow(states=("returned",)))
    many.wait(lambda: 0 < page.rows.rowCount() < MANY and page.second.text() == f"{page.rows.rowCount()} 条")
    path = tmp_path / "out.xlsx"
    monkeypatch.setattr(page, "choose_file", lambda: path)
    many.press(page.line.export)
    many.wait(lambda: page.export.folder.isVisible())
    rows = list(many.aside(lambda: list(load_workbook(path).active.iter_rows(values_only=True))))
    assert len(rows) == page.rows.rowCount() + 1 and rows[0][7:9] == ("金额", "币别")
    assert all(isinstance(row[7], int | float) for row in rows[1:]) and rows[1][0] == "已退回"


# Live, and still ---------------------------------------------------------------------------------------------------


def test_documents_move_while_one_watches(home: Home) -> None:
    first = home.order()
    page = home.open()
    home.wait(lambda: page.area.currentWidget() is page.area.empty)
    assert page.area.empty.title.text() == "还没有单据"
    home.run()
    home.wait(lambda: home.state_of(first) == "审批中")
    home.aside(lambda: home.house.approve(first))
    home.run(2)
    home.wait(lambda: home.state_of(first) == "已审核")
    assert home.cells("amount") == ["¥2,034.00"]
    assert home.cells("partner") == ["苏州精工科技有限公司"]


def test_rows_keep_their_place_under_the_reader(home: Home) -> None:
    bills = [home.order() for _ in range(4)]
    home.calm()
    page = home.open()
    home.wait(lambda: len(home.cells("number")) == 4 and all(home.cells("number")))
    before = home.cells("number")
    read = next(bill for bill in bills if bill.number == before[2])
    home.choose(read)
    late, moved = home.order(), next(bill for bill in bills if bill.number == before[3])
    home.aside(lambda: home.house.approve(moved))
    home.calm()
    home.wait(lambda: home.state_of(moved) == "已审核")  # its words are new, its place is not
    assert home.cells("number") == before
    home.wait(lambda: page.line.news.isVisible() and page.line.news.sentence.text() == "2 条有更新")
    home.press(page.line.news.link)
    home.wait(lambda: home.row_of(late) >= 0 and not page.line.news.isVisible())
    assert page.table.current_id() == home.document_id(read), "what one reads stays chosen"
    home.qtbot.keyClick(page.table, Qt.Key.Key_Escape)
    home.wait(lambda: not page.panel.isVisible())
    home.qtbot.keyClick(page.table, Qt.Key.Key_Escape)
    assert not page.is_reading()
    home.aside(lambda: home.house.approve(read))
    home.calm()
    home.wait(lambda: home.row_of(read) == 0)  # nobody reads: the newest change comes first


def test_keys_move_open_and_close(home: Home) -> None:
    for _ in range(3):
        home.order()
    home.calm()
    page = home.open()
    home.wait(lambda: len(home.cells("number")) == 3 and all(home.cells("number")))
    numbers, table = home.cells("number"), page.table
    for key in (Qt.Key.Key_J, Qt.Key.Key_J, Qt.Key.Key_Return):
        home.qtbot.keyClick(table, key)
    home.wait(lambda: page.panel.head.number.text() == numbers[1])
    home.qtbot.keyClick(table, Qt.Key.Key_K)
    home.wait(lambda: page.panel.head.number.text() == numbers[0])
    home.qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    home.wait(lambda: numbers[0] in QGuiApplication.clipboard().text())
    assert QGuiApplication.clipboard().text().startswith("状态\t单据编号\tOA 单号\t")
    home.qtbot.keyClick(table, Qt.Key.Key_Escape)
    home.wait(lambda: not page.panel.isVisible())


def test_a_link_from_elsewhere_opens_its_document(many: Home) -> None:
    page = many.open()
    many.wait(lambda: page.rows.rowCount() == MANY)
    many.window.go("queue", {"document": 345, "number": "CGDD0000345"})
    many.wait(lambda: page.panel.head.number.text() == "CGDD0000345" and page.table.current_id() == 345)
    many.window.go("queue", {"person": True})
    many.wait(lambda: page.line.narrow.person and set(many.cells("state")) == {"需处理"})
    assert page.rows.rowCount() == MANY // 4000


# The engine --------------------------------------------------------------------------------------------------------


def test_pause_watch_resume(home: Home) -> None:
    first = home.order()
    page = home.open()
    home.start_engine()
    home.wait(lambda: home.state_of(first) == "审批中")
    home.press(page.pause)
    page.asking.why.setText("盘点")
    home.press(page.asking.deed)
    home.wait(lambda: page.paused and page.notice.isVisible())
    told = page.notice.sentence.text()
    assert told.startswith("同步已暂停") and "原因：盘点，直到有人恢复" in told and not page.run.isEnabled()
    assert page.pause.accessibleName() == "恢复同步"
    late = home.order()
    runs = home.aside(lambda: len(home.house.workspace.ledger.last_runs()))
    home.house.clock.pass_s(5)  # no jump: after one, jobs go by the clock as it is, which here runs ahead
    home.aside(lambda: home.house.workspace.engine.run_flow("c100", "sales_order"))
    assert home.row_of(late) < 0, "nothing is taken up while paused"
    assert home.aside(lambda: len(home.house.workspace.ledger.last_runs())) == runs
    home.press(page.pause)
    home.wait(lambda: home.state_of(late) == "审批中")
    home.wait(lambda: not page.notice.isVisible() and page.run.isEnabled())


def test_run_now_brings_the_next_run_forward(home: Home) -> None:
    home.aside(lambda: home.house.toy.join(home.house.workspace, flows=("sales_order",), every_s=3600.0))
    page = home.open()
    home.start_engine()
    home.wait(lambda: home.aside(lambda: len(home.house.workspace.ledger.last_runs())) >= 1)
    bill = home.order()
    home.press(page.run)
    home.wait(lambda: home.state_of(bill) == "审批中")


def test_a_server_goes_down_and_comes_back(home: Home) -> None:
    bill = home.order()
    page = home.open()
    home.start_engine()
    home.wait(lambda: home.state_of(bill) == "审批中")
    server, app = home.house.toy.erp_server, home.house.toy.erp_server.app

    def down(environ: object, start_response: Any) -> list[bytes]:
        start_response("503 Service Unavailable", [])
        return []

    server.app = down
    try:
        home.wait(lambda: page.notice.isVisible() and "K/3 Cloud" in page.notice.sentence.text())
        assert "自动重试" in page.notice.sentence.text(), "what to do stands beside what happened"
        assert home.state_of(bill) == "审批中", "what is known stays readable"
    finally:
        server.app = app
    late = home.order()
    home.wait(lambda: home.state_of(late) == "审批中")
    home.wait(lambda: not page.notice.isVisible())


def test_no_engine_is_said(home: Home) -> None:
    page = home.open()
    home.wait(lambda: page.notice.isVisible() and page.notice.sentence.text().startswith("引擎没有运行"))


# When the store fails ----------------------------------------------------------------------------------------------


def test_a_list_that_cannot_be_read_says_why_and_recovers(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.order()
    home.calm()
    documents = home.house.workspace.documents
    plain = documents.first_ids

    def broken(*args: Any, **more: Any) -> Any:
        raise SyncError(ErrorCode.STORE_UNREADABLE, where="danqiao.db", said="disk I/O error")

    monkeypatch.setattr(documents, "first_ids", broken)
    page = home.open()
    home.wait(lambda: page.area.currentWidget() is page.area.error)
    assert "disk I/O error" in page.area.error.cause.text() and "磁盘" in page.area.error.cure.text()
    home.press(page.area.error.copy)
    assert "PER-705" in QGuiApplication.clipboard().text()
    monkeypatch.setattr(documents, "first_ids", plain)
    home.press(page.area.error.again)
    home.wait(lambda: len(home.cells("number")) == 1 and page.area.currentWidget() is page.table)


def test_a_slow_list_shows_its_skeleton(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    home.order()
    home.calm()
    documents, gate = home.house.workspace.documents, threading.Event()
    plain = documents.first_ids

    def slow(*args: Any, **more: Any) -> Any:
        assert gate.wait(20)
        return plain(*args, **more)

    monkeypatch.setattr(documents, "first_ids", slow)
    page = home.open()
    try:
        home.wait(lambda: page.rows.bones and page.rows.rowCount() > 10)
    finally:
        gate.set()
    home.wait(lambda: page.rows.rowCount() == 1 and not page.rows.bones)


# Export ------------------------------------------------------------------------------------------------------------


def test_the_list_is_exported_as_it_is_narrowed(
    many: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = many.open()
    many.wait(lambda: page.rows.rowCount() == MANY)
    page.line._change(Narrow(states=("returned",)))
    many.wait(lambda: 0 < page.rows.rowCount() < MANY and page.second.text() == f"{page.rows.rowCount()} 条")
    path = tmp_path / "out.csv"
    monkeypatch.setattr(page, "choose_file", lambda: path)
    many.press(page.line.export)
    many.wait(lambda: page.export.folder.isVisible())
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(path.open(encoding="utf-8-sig", newline="")))
    assert len(rows) == page.rows.rowCount() + 1
    assert rows[0][:3] == ["状态", "轮次", "单据编号"] and {row[0] for row in rows[1:]} == {"已退回"}
    assert page.export.sentence.text() == f"已导出 {page.rows.rowCount()} 条到 out.csv"


def test_a_cancelled_export_leaves_nothing_behind(
    many: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = many.open()
    many.wait(lambda: page.rows.rowCount() == MANY)
    folder = tmp_path / "there"
    folder.mkdir()
    monkeypatch.setattr(page, "choose_file", lambda: folder / "out.csv")
    many.press(page.line.export)
    many.wait(lambda: page.export.bar.value() > 0)
    assert page.export.busy
    many.press(page.export.stop)
    assert page.export.sentence.text().startswith("已取消")
    many.wait(lambda: not list(folder.iterdir()))
    monkeypatch.setattr(page, "choose_file", lambda: tmp_path / "no such folder" / "out.csv")
    many.press(page.line.export)
    many.wait(lambda: page.export.sentence.text().startswith("没能写入文件"))


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "@x", "-cmd|x", "\tx", "\n=1", "\uff1d1", "\uff0b1", "\uff0d1+2"]
)
def test_a_cell_never_becomes_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless("-12.50") == "-12.50" and harmless("苏州") == "苏州"
    assert issubclass(CannotWrite, OSError)


# Words and values --------------------------------------------------------------------------------------------------


def test_a_narrow_survives_its_preference_and_odd_ones_do_no_harm() -> None:
    narrow = Narrow("0871", ("c100",), ("sales_order",), ("done", "unheard of"), False, 7)
    assert Narrow.read(narrow.plain()) == Narrow.read(json.dumps(narrow.plain())) == narrow
    views = [SavedView("a", narrow.plain(), "{}", "age", True), SavedView("b", Narrow(person=True).plain())]
    assert read_views(tell_views(views)) == views
    for odd in (None, "", "[", "[1]", '"x"', '{"days": 5, "states": 3, "person": "yes", "text": 1}'):
        assert Narrow.read(odd) == Narrow()
        assert read_views(odd) == [] == read_views(f"[{odd or 1}]")


def test_states_open_and_person_exclude_each_other() -> None:
    narrow = Narrow().with_state("open", True)
    assert narrow.states == MOVING
    assert narrow.with_state("person", True) == Narrow(person=True)
    assert Narrow(person=True).with_state("done", True) == Narrow(states=("done",))


def test_a_filter_names_itself(home: Home) -> None:
    text = home.look.text
    assert name_of(text, Narrow(), {}) == "全部单据"
    assert name_of(text, Narrow(flows=("sales_order", "purchase_order")), {}) == "销售订单 等 2 项"


def test_every_code_has_short_words(home: Home) -> None:
    from desktop.services.text import Text

    for language in ("zh", "en"):
        text = Text(language, strict=True)
        assert [code.id for code in ErrorCode.all() if not text.has(f"short-{code.id}")] == []


def test_everything_fits_the_smallest_screen_in_both_languages(home: Home) -> None:
    for language in ("zh", "en"):
        columns = columns_for(language)
        least = sum(column.least for column in columns if column.priority == 0)
        assert least <= 1024 - 208 + 24
    bill = home.order(customer="CUST0006")
    home.calm()
    home.open()
    for language in ("zh", "en"):
        home.look.set_language(language)
        home.wait(lambda: home.page.rows.rowCount() == 1)
        home.window.resize(1280, 720)
        home.choose(bill)
        hint = home.window.minimumSizeHint()
        assert hint.width() <= 1280 and hint.height() <= 720, (language, hint)
    assert (home.house.folder / FILE_NAME).exists()
