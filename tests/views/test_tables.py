"""The table: a million ids, rows asked for once, and nothing jumps."""

from __future__ import annotations

import statistics
import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pytest
from PySide6.QtCore import QAbstractItemModel, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QStandardItem, QStandardItemModel
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QTableView, QWidget
from pytestqt.qtbot import QtBot

from desktop.domain.errors import ErrorCode, SyncError
from desktop.views.bridge import Bridge
from desktop.views.column_fit import fitted
from desktop.views.look import Look
from desktop.views.paint_guard import SIGN, guarded_paint
from desktop.views.table_view import Table
from desktop.views.tables import KEPT_PAGES, PAGE_ROWS, Cell, Column, TableModel
from tests.views import sample

MILLION = 1_000_000


class Reader:
    """A source that remembers what it was asked, and may be told to fail."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []
        self.suffix = ""
        self.broken = False

    def __call__(self, ids: tuple[int, ...]) -> Mapping[int, str]:
        self.asked.append(ids)
        if self.broken:
            raise SyncError(ErrorCode.STORE_BUSY, where="x")
        return {row_id: f"{row_id}{self.suffix}" for row_id in ids if row_id != 13}


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def model(bridge: Bridge, reader: Reader) -> TableModel:
    columns = (Column("a", "", 100), Column("b", "", 100, right=True))
    return TableModel(columns, bridge, reader, lambda text: (Cell(text), Cell("<b>", "more", tip="<i>")))


@pytest.fixture
def table(look: Look, bridge: Bridge, qtbot: QtBot) -> Table:
    rows = TableModel(sample.COLUMNS, bridge, sample.read, lambda row: sample.cells_of(look, row))
    made = Table(look, rows, "queue")
    qtbot.addWidget(made)
    made.resize(1232, 960)
    return made


def text(model: QAbstractItemModel, row: int) -> Any:
    return model.data(model.index(row, 0))


def test_qts_own_tester_finds_no_fault(model: TableModel, qtbot: QtBot) -> None:
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show_ids(range(200))
    qtbot.waitUntil(lambda: text(model, 5) == "5")
    model.show_ids(range(100, 150))
    model.refresh()
    model.show_ids(())
    assert model.rowCount() == 0


def test_a_missing_page_is_asked_for_once_and_shown_as_a_skeleton(
    model: TableModel, reader: Reader, qtbot: QtBot
) -> None:
    model.show_ids(range(1000))
    assert model.cell(3, 0) is None and text(model, 3) == "…"
    assert [text(model, row) for row in range(PAGE_ROWS)] == ["…"] * PAGE_ROWS
    with qtbot.waitSignal(model.dataChanged) as told:
        pass
    assert reader.asked == [tuple(range(PAGE_ROWS))]
    assert (told.args[0].row(), told.args[1].row()) == (0, PAGE_ROWS - 1)
    assert text(model, 3) == "3" and model.value_at(3) == "3"
    assert model.cell(13, 0) is None, "a row that is gone stays a skeleton"


def test_a_million_ids(model: TableModel, reader: Reader, qtbot: QtBot) -> None:
    ids = array("q", range(MILLION, 0, -1))
    started = time.perf_counter()
    model.show_ids(ids)
    assert time.perf_counter() - started < 5, "ids are swapped, not read one by one"
    assert model.rowCount() == MILLION
    model.in_view = lambda: (MILLION - 20, MILLION - 1)
    assert text(model, MILLION - 1) == "…"
    qtbot.waitUntil(lambda: text(model, MILLION - 1) == "1")
    assert model.row_of(1) == MILLION - 1 and model.row_of(MILLION + 1) is None
    assert sum(len(asked) for asked in reader.asked) <= PAGE_ROWS


def test_only_pages_in_view_are_asked_for(model: TableModel, reader: Reader, qtbot: QtBot) -> None:
    model.show_ids(range(MILLION))
    for row in range(0, MILLION, 10_000):  # a drag over the whole list
        text(model, row)
    model.in_view = lambda: (500_000, 500_030)
    text(model, 500_000)
    qtbot.waitUntil(lambda: text(model, 500_000) == "500000")
    assert len(reader.asked) == 1


def test_rows_kept_are_limited(model: TableModel, qtbot: QtBot) -> None:
    model.show_ids(range(MILLION))
    for page in range(KEPT_PAGES + 5):
        row = page * PAGE_ROWS
        model.in_view = partial(lambda shown: (shown, shown), row)
        text(model, row)
        qtbot.waitUntil(partial(lambda shown: text(model, shown) == str(shown), row))
    assert len(model._pages) == KEPT_PAGES
    assert 0 not in model._pages


def test_late_answers_are_dropped(model: TableModel, reader: Reader, qtbot: QtBot) -> None:
    model.show_ids(range(10))
    text(model, 0)
    model._ask_wanted()  # on its way
    reader.suffix = " new"
    model.show_ids(range(100, 110))
    text(model, 0)
    qtbot.waitUntil(lambda: text(model, 0) == "100 new")


def test_a_refresh_keeps_the_old_words_until_the_new_come(
    model: TableModel, reader: Reader, qtbot: QtBot
) -> None:
    model.show_ids(range(100))
    text(model, 0)
    qtbot.waitUntil(lambda: text(model, 0) == "0")
    reader.suffix = " new"
    with qtbot.assertNotEmitted(model.modelReset):
        model.refresh([5])
        model.show_ids(range(100))
    assert text(model, 0) == "0"
    qtbot.waitUntil(lambda: text(model, 0) == "0 new")
    model.show_ids(range(50, 100))
    assert text(model, 1) == "51 new", "another list shows the rows that it knows at once"


def test_a_list_still_growing_shows_its_whole_length(model: TableModel, reader: Reader, qtbot: QtBot) -> None:
    model.show_ids(range(64), total=5000)
    assert model.rowCount() == 5000 and model.id_at(4000) is None
    model.in_view = lambda: (4000, 4020)
    assert model.cell(4000, 0) is None
    model._ask_wanted()
    assert reader.asked == []


def test_a_store_that_fails_is_told_once(model: TableModel, reader: Reader, qtbot: QtBot) -> None:
    reader.broken = True
    model.show_ids(range(10))
    with qtbot.waitSignal(model.read_failed) as told:
        text(model, 0)
    assert told.args[0].code is ErrorCode.STORE_BUSY
    text(model, 0)
    model._ask_wanted()
    assert len(reader.asked) == 1
    reader.broken = False
    model.refresh()
    qtbot.waitUntil(lambda: text(model, 0) == "0")


def test_tips_show_hostile_words_as_plain_text(model: TableModel, qtbot: QtBot) -> None:
    model.show_ids(range(3))
    text(model, 0)
    qtbot.waitUntil(lambda: text(model, 0) == "0")
    assert model.data(model.index(0, 1), Qt.ItemDataRole.ToolTipRole) == "<qt>&lt;i&gt;</qt>"
    assert model.data(model.index(0, 1)) == "<b> more"


def test_keys_walk_open_and_copy(table: Table, qtbot: QtBot) -> None:
    table.rows.show_ids(range(100))
    with qtbot.waitExposed(table):
        table.show()
    qtbot.waitUntil(lambda: table.rows.cell(0, 0) is not None)
    chosen: list[Any] = []
    table.chosen.connect(chosen.append)
    for key in (Qt.Key.Key_J, Qt.Key.Key_J, Qt.Key.Key_K):
        qtbot.keyClick(table, key)
    assert chosen == [0, 1, 0]
    with qtbot.waitSignal(table.opened) as opened:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened.args == [0]
    table.selectAll()
    assert len(table.selected_ids()) == 100
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text().count("\n") == 100)
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[1].split("\t")[1] == "CGDD000874" and "\t¥356,200.00\t" in lines[1]
    assert lines[7].startswith("审批中 第 3 轮\t")


def test_the_chosen_record_and_the_top_one_keep_their_place(table: Table, qtbot: QtBot) -> None:
    table.rows.show_ids(range(1000))
    table.show()
    table.scrollTo(table.rows.index(500, 0), Table.ScrollHint.PositionAtTop)
    assert table.choose(510)
    top = table.rows.id_at(table.rowAt(0))
    with qtbot.assertNotEmitted(table.chosen):
        table.rows.show_ids([*range(2000, 2020), *range(1000)])
    assert table.current_id() == 510 and table.selected_ids() == (510,)
    assert table.rows.id_at(table.rowAt(0)) == top
    with qtbot.waitSignal(table.chosen):
        table.rows.show_ids(range(400))


def test_many_chosen_rows_stay_chosen_when_the_list_is_read_anew(table: Table, qtbot: QtBot) -> None:
    """A button that says "resend the 300 chosen" must not say "resend all" a moment later."""
    table.rows.show_ids(range(1, 1001))
    table.selectRow(9)
    table.setFocus()
    spans = table._spanned([*range(10, 210), *range(400, 500)])
    table.selectionModel().select(spans, table.selectionModel().SelectionFlag.ClearAndSelect | table.selectionModel().SelectionFlag.Rows)  # fmt: skip
    chosen = table.selected_ids()
    assert len(chosen) == 300
    table.rows.show_ids([2000, *(each for each in range(1, 1001) if each != 450)])
    assert table.selected_ids() == tuple(each for each in chosen if each != 450)


def test_sorting_is_asked_of_the_page(table: Table, qtbot: QtBot) -> None:
    table.rows.show_ids(range(10))
    table.show()
    asked: list[tuple[str, bool]] = []
    table.sort_asked.connect(lambda key, down: asked.append((key, down)))
    table.sort_asked.connect(table.sorted_by)
    amount = next(place for place, column in enumerate(sample.COLUMNS) if column.key == "amount")
    for place in (amount, amount, 2):
        at = QPoint(table.header.sectionViewportPosition(place) + 20, 10)
        qtbot.mouseClick(table.header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert asked == [("amount", True), ("amount", False)]


def test_columns_drop_by_importance_and_are_remembered(table: Table) -> None:
    table.show()
    table.resize(1400, 400)
    assert not [place for place in range(9) if table.isColumnHidden(place)]
    table.resize(900, 400)
    hidden = [sample.COLUMNS[place].key for place in range(9) if table.isColumnHidden(place)]
    assert hidden[-1:] == ["maker"]
    table.resize(1400, 400)
    table.header.resizeSection(4, 300)
    table._show_column("flow", False)
    kept = table.columns_state()
    table.restore_columns("no json")
    assert not table.isColumnHidden(2)
    table.restore_columns(kept)
    assert table.isColumnHidden(2) and table.columnWidth(4) >= 300


@pytest.mark.parametrize("room", [300, 700, 1000, 1072, 1232, 1720, 3000])
def test_columns_fill_the_width_exactly(room: int) -> None:
    widths = fitted(sample.COLUMNS, room, 1.0, {"partner": 260}, {"flow"})
    needed = sum(column.least for column in sample.COLUMNS if not column.priority and column.key != "flow")
    assert sum(widths) == max(room, needed)
    for width, column in zip(widths, sample.COLUMNS, strict=True):
        assert width == 0 or width >= column.least
    assert widths[2] == 0


def median_ms(work: Callable[[], Any], times: int = 15) -> float:
    work()
    spent = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        spent.append((time.perf_counter() - started) * 1000)
    return statistics.median(spent)


def cpp_table(look: Look, rows: Sequence[sample.SampleRow], qtbot: QtBot) -> QTableView:
    """The yardstick: Qt's own model and delegate with the same words, font and geometry."""
    model = QStandardItemModel(len(rows), len(sample.COLUMNS))
    for place, row in enumerate(rows):
        for column, cell in enumerate(sample.cells_of(look, row)):
            item = QStandardItem(f"{cell.text} {cell.second}".strip())
            if sample.COLUMNS[column].aligned_right:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            model.setItem(place, column, item)
    view = QTableView()
    qtbot.addWidget(view)
    view.setModel(model)
    model.setParent(view)
    view.setShowGrid(False)
    view.verticalHeader().hide()
    view.verticalHeader().setDefaultSectionSize(look.px(32))
    view.resize(1232, 960)
    for column, width in enumerate(fitted(sample.COLUMNS, 1222, 1.0, {}, ())):
        view.setColumnWidth(column, width)
    return view


def test_a_full_repaint_costs_at_most_half_more_than_qts_own(table: Table, look: Look, qtbot: QtBot) -> None:
    plain = cpp_table(look, list(sample.read(range(29)).values()), qtbot)
    table.rows.show_ids(range(29))
    for view in (plain, table):
        with qtbot.waitExposed(view):
            view.show()
    qtbot.waitUntil(lambda: table.rows.cell(0, 0) is not None)
    ours, theirs = [], []
    for _ in range(3):
        theirs.append(median_ms(plain.viewport().repaint))
        ours.append(median_ms(table.viewport().repaint))
    assert min(ours) <= 3 * min(theirs), f"{min(ours):.1f} ms against {min(theirs):.1f} ms"


def test_own_steps_on_the_gui_thread_stay_under_a_frame(model: TableModel) -> None:
    """A guard against gross slowness; the figures are the benchmark's (`python run.py bench window`)."""
    ids = array("q", range(MILLION))
    model.show_ids(ids)
    spent = []
    for page in range(200):
        asked = tuple(range(page * PAGE_ROWS, (page + 1) * PAGE_ROWS))
        rows = {row_id: str(row_id) for row_id in asked}
        started = time.perf_counter()
        model._take(page, model._generation, asked, rows)
        for row in asked[:40]:
            text(model, row)
        spent.append(time.perf_counter() - started)
    assert sorted(spent)[int(len(spent) * 0.99)] < 0.16


class Unreadable:
    """A value whose words cannot be made, as a newer store or a vendor's oddity may hold."""

    def __str__(self) -> str:
        raise ValueError("no words")


def test_a_cell_that_cannot_be_put_into_words_shows_a_sign_and_is_logged_once(
    look: Look, bridge: Bridge, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    def cells(text: str) -> Sequence[Cell]:
        return (
            Cell(str(Unreadable()) if text == "2" else text),
            Cell("x", token="nowhere" if text == "3" else ""),
        )

    rows = TableModel((Column("a", "", 100), Column("b", "", 100)), bridge, Reader(), cells)
    made = Table(look, rows, "queue")
    qtbot.addWidget(made)
    made.resize(400, 300)
    rows.show_ids(range(5))
    qtbot.waitUntil(lambda: rows.value_at(4) == "4")
    for _ in range(3):
        assert not made.grab().isNull(), "the paint event came to its end"
    assert [text(rows, row) for row in range(4)] == ["0", "1", SIGN, "3"]
    faults = [record.getMessage() for record in caplog.records if record.name.endswith("paint_guard")]
    assert sorted(faults) == ["TableModel could not be painted", "column b could not be painted"]


def test_an_exception_in_a_paint_event_is_logged_and_the_painter_is_let_go(
    qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(QWidget):
        @guarded_paint
        def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
            painter = QPainter(self)
            painter.drawText(0, 0, str(Unreadable()))

    made = Broken()
    qtbot.addWidget(made)
    assert not made.grab().isNull() and not made.grab().isNull()
    assert [record.getMessage() for record in caplog.records] == ["Broken could not be painted"]
