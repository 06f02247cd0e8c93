"""The one table: how rows, header and selection are painted, and what keys and mouse do. tables.py feeds it.

row_painter.py paints all rows of an exposed area at once: Qt's own way through a delegate calls Python per cell.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QTableView,
    QWidget,
)

from desktop.views.column_fit import fitted
from desktop.views.look import Look
from desktop.views.paint_guard import guarded_paint
from desktop.views.row_painter import EDGE, PADDING, RowPainter
from desktop.views.tables import Cell, ColumnKind, TableModel

ROW, COMPACT_ROW = 32, 26
COPIED_ROWS = 10_000
KEPT_CHOSEN = 20_000
"""So many chosen rows stay chosen when the list is read anew; more is everything, and everything changed."""


class Header(QHeaderView):
    """Muted words over one strong rule; the sorted column is bold, its arrow left of a right-aligned word."""

    def __init__(self, table: Table, look: Look) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._table, self._look = table, look
        self.sorted_key, self.descending = "", False
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(look.px(40))
        self.setFixedHeight(look.px(ROW))

    @guarded_paint
    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:  # noqa: N802
        look, table = self._look, self._table
        column = table.rows.columns[logical]
        is_sorted = column.key == self.sorted_key
        painter.fillRect(rect, look.theme["surface"])
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, look.theme["line_strong"])
        left = rect.left() + look.px(EDGE if logical == table.first_column else PADDING)
        right = rect.right() + 1 - look.px(EDGE if logical == table.last_column else PADDING)
        box = QRect(left, rect.top(), max(0, right - left), rect.height() - 1)
        font = look.font("second", strong=is_sorted)
        metrics = look.metrics("second", strong=is_sorted)
        word = table.rows.headers[logical]
        arrow = look.px(12) if is_sorted else 0
        shown = metrics.elidedText(word, Qt.TextElideMode.ElideRight, box.width() - arrow)
        painter.setFont(font)
        painter.setPen(look.theme["text" if is_sorted else "muted"])
        side = Qt.AlignmentFlag.AlignRight if column.aligned_right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter, shown)
        if is_sorted:
            width = metrics.horizontalAdvance(shown)
            x = (
                box.right() + 1 - width - arrow - look.px(3)
                if column.aligned_right
                else box.left() + width + look.px(3)
            )
            name = "down" if self.descending else "up"
            pixmap = look.icon_pixmap(name, "text", 12, self.devicePixelRatioF())
            painter.drawPixmap(QPoint(x, box.top() + (box.height() - arrow) // 2 + 1), pixmap)


class Table(QTableView):
    """The table as a page uses it.

    opened:     Enter or a double click on a row: its id.
    chosen:     another row was chosen: its id, or None.
    sort_asked: a click on a sortable header: the column's key, and whether descending.
    ticked:     the box in a CHECK column was clicked, or Space pressed: the row's id.
    columns_changed: widths or hidden columns changed by the person; columns_state() is worth keeping.
    """

    opened = Signal(object)
    chosen = Signal(object)
    sort_asked = Signal(str, bool)
    ticked = Signal(object)
    columns_changed = Signal()

    def __init__(self, look: Look, rows: TableModel, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look, self.rows = look, rows
        self.hover_row, self.first_column, self.last_column = -1, 0, len(rows.columns) - 1
        self._hidden: set[str] = set()
        self._liked: dict[str, int] = {}
        self._fitting = False
        self._place: tuple[int | None, tuple[int, ...], int | None] = (None, (), None)
        self._restoring = False
        self._chosen: int | None = None
        rows.headers = tuple(look.text.say(column.title) if column.title else "" for column in rows.columns)
        rows.in_view = self.rows_in_view
        if rows.parent() is None:
            rows.setParent(self)  # it must not outlive the view that it asks what is in view
        self._build(name)

    def _build(self, name: str) -> None:
        look = self.look
        self.setAccessibleName(look.text.word("page", name))
        self.setModel(self.rows)
        self._painter = RowPainter(look)
        self.header = Header(self, look)
        self.setHorizontalHeader(self.header)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setMinimumSectionSize(1)
        self.set_compact(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.header.sectionClicked.connect(self._sort_clicked)
        self.header.sectionResized.connect(self._resized_by_hand)
        self.header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.header.customContextMenuRequested.connect(self._show_columns_menu)
        self.doubleClicked.connect(lambda index: self._open(index.row()))
        self.rows.modelAboutToBeReset.connect(self._keep_place)
        self.rows.modelReset.connect(self._restore_place)
        look.changed.connect(self.viewport().update)
        look.changed.connect(self.header.viewport().update)

    def set_compact(self, compact: bool) -> None:
        """Rows of 26 instead of 32."""
        self.verticalHeader().setDefaultSectionSize(self.look.px(COMPACT_ROW if compact else ROW))

    @guarded_paint
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        exposed, model = event.rect(), self.selectionModel()
        first, last = self.rowAt(exposed.top()), self.rowAt(exposed.bottom())
        if first < 0:
            return
        last = last if last >= 0 else self.rows.rowCount() - 1
        places = [place for place in range(len(self.rows.columns)) if not self.isColumnHidden(place)]
        spans = [(place, self.columnViewportPosition(place), self.columnWidth(place)) for place in places]
        root, painter = self.rootIndex(), QPainter(self.viewport())
        self._painter.begin(painter, self.rows, spans, self.viewport().devicePixelRatioF())
        for row in range(first, last + 1):
            ground = "select" if model.isRowSelected(row, root) else "hover" if row == self.hover_row else ""
            self._painter.paint_row(row, self.rowViewportPosition(row), self.rowHeight(row), ground)
        painter.end()

    # What is shown and chosen ----------------------------------------------------------------------------------

    def rows_in_view(self) -> tuple[int, int]:
        """First and last row that the viewport shows."""
        first = max(0, self.rowAt(0))
        last = self.rowAt(self.viewport().height() - 1)
        return first, last if last >= 0 else self.rows.rowCount() - 1

    def current_id(self) -> int | None:
        """The id of the row with the keyboard."""
        return self.rows.id_at(self.currentIndex().row())

    def selected_ids(self) -> tuple[int, ...]:
        """The ids of all selected rows, top to bottom."""
        return self.rows.ids_of(self._selected_rows())

    def choose(self, row_id: int) -> bool:
        """Makes the row of an id the current one and scrolls to it; False where it is not in the list."""
        row = self.rows.row_of(row_id)
        if row is not None:
            self.selectRow(row)
        return row is not None

    def step(self, by: int) -> None:
        """Moves to the next (1) or previous (-1) row."""
        if not self.selectionModel().hasSelection():
            by = 0  # the first key chooses where the eye already is
        row = min(max(0, self.currentIndex().row() + by), self.rows.rowCount() - 1)
        if row >= 0:
            self.selectRow(row)

    def _selected_rows(self) -> list[int]:
        spans = sorted((span.top(), span.bottom()) for span in self.selectionModel().selection().toList())
        return sorted({row for top, bottom in spans for row in range(top, bottom + 1)})

    def _open(self, row: int) -> None:
        if (row_id := self.rows.id_at(row)) is not None:
            self.opened.emit(row_id)

    def _spanned(self, row_ids: Sequence[int]) -> QItemSelection:
        """The rows of these ids, neighbours as one span: a thousand spans would be slow with every later question."""
        spans, places = QItemSelection(), self.rows.rows_of(row_ids)
        at = 0
        while at < len(places):
            end = at
            while end + 1 < len(places) and places[end + 1] == places[end] + 1:
                end += 1
            first, last = (self.rows.index(places[each], self.first_column) for each in (at, end))
            spans.select(first, last)
            at = end + 1
        return spans

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:  # noqa: N802
        super().selectionChanged(selected, deselected)
        if not self._restoring:
            self._tell_chosen()

    def _tell_chosen(self) -> None:
        """One selected row is the chosen one; of several, the row with the keyboard."""
        spans = [(span.top(), span.bottom()) for span in self.selectionModel().selection().toList()]
        current = self.currentIndex().row()
        if len(spans) == 1 and spans[0][0] == spans[0][1]:
            now = self.rows.id_at(spans[0][0])
        elif any(top <= current <= bottom for top, bottom in spans):
            now = self.rows.id_at(current)
        else:
            now = self._chosen if spans else None
        if now != self._chosen:
            self._chosen = now
            self.chosen.emit(now)

    def _keep_place(self) -> None:
        rows = self._selected_rows() if self.selectionModel() is not None else []
        self._place = (
            self.current_id(),
            self.rows.ids_of(rows) if len(rows) <= KEPT_CHOSEN else (),
            self.rows.id_at(self.rowAt(0)),
        )

    def _restore_place(self) -> None:
        """After new ids: the same record stays chosen, and the same record stays on top."""
        current, selected, top = self._place
        self._restoring = True
        try:
            if top is not None and (row := self.rows.row_of(top)) is not None:
                self.scrollTo(self.rows.index(row, 0), QAbstractItemView.ScrollHint.PositionAtTop)
            if current is not None and (row := self.rows.row_of(current)) is not None:
                index, model = self.rows.index(row, self.first_column), self.selectionModel()
                model.setCurrentIndex(index, model.SelectionFlag.NoUpdate)
                model.select(self._spanned(selected), model.SelectionFlag.Select | model.SelectionFlag.Rows)
        finally:
            self._restoring = False
        self._tell_chosen()

    # Keys, mouse, clipboard ------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in (Qt.Key.Key_J, Qt.Key.Key_K) and not event.modifiers():
            self.step(1 if event.key() == Qt.Key.Key_J else -1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex().row())
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        elif event.key() == Qt.Key.Key_Space and self._check_column() >= 0:
            for row_id in self.selected_ids():
                self.ticked.emit(row_id)
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:  # noqa: N802
        """Qt would search row by row on the GUI thread; the page's search box does it."""

    def _check_column(self) -> int:
        kinds = [column.kind for column in self.rows.columns]
        return kinds.index(ColumnKind.CHECK) if ColumnKind.CHECK in kinds else -1

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        super().mouseReleaseEvent(event)
        at = self.indexAt(event.position().toPoint())
        if at.isValid() and at.column() == self._check_column() and not event.modifiers():
            row_id = self.rows.id_at(at.row())
            if row_id is not None and event.button() == Qt.MouseButton.LeftButton:
                self.ticked.emit(row_id)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        super().mouseMoveEvent(event)
        self._hover(self.rowAt(event.position().toPoint().y()))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        super().leaveEvent(event)
        self._hover(-1)

    def _hover(self, row: int) -> None:
        if row != self.hover_row:
            for old in (self.hover_row, row):
                if old >= 0:
                    y = self.rowViewportPosition(old)
                    self.viewport().update(0, y, self.viewport().width(), self.rowHeight(old))
            self.hover_row = row

    def copy(self) -> None:
        """Puts the selected rows on the clipboard: visible columns, tab-separated, with their header."""
        ids = self.selected_ids()[:COPIED_ROWS]
        if ids:
            self.rows.read_aside(ids, self._put_on_clipboard)

    def _put_on_clipboard(self, rows: Sequence[Sequence[Cell]]) -> None:
        shown = [place for place in range(len(self.rows.columns)) if not self.isColumnHidden(place)]
        lines = ["\t".join(self.rows.headers[place] for place in shown)]
        for cells in rows:
            lines.append("\t".join(f"{cells[place].text} {cells[place].second}".strip() for place in shown))
        QGuiApplication.clipboard().setText("\n".join(lines))

    # Columns ---------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Lays the columns over the whole width; where it is too narrow, those of low importance go."""
        scale = self.look.px(1000) / 1000
        widths = fitted(self.rows.columns, self.viewport().width(), scale, self._liked, self._hidden)
        self._fitting = True
        shown = [place for place, width in enumerate(widths) if width]
        for place, width in enumerate(widths):
            self.setColumnHidden(place, not width)
            if width:
                self.setColumnWidth(place, width)
        self._fitting = False
        self.first_column, self.last_column = (shown[0], shown[-1]) if shown else (0, 0)

    def sorted_by(self, key: str, descending: bool) -> None:
        """Marks the column by which the page has sorted."""
        self.header.sorted_key, self.header.descending = key, descending
        self.header.viewport().update()

    def columns_state(self) -> str:
        """Widths and hidden columns as the person left them, as JSON for the preferences."""
        return json.dumps({"widths": self._liked, "hidden": sorted(self._hidden)})

    def restore_columns(self, state: str | None) -> None:
        """Takes what columns_state() gave; anything unreadable or unknown is ignored."""
        try:
            kept: Any = json.loads(state or "{}")
            known = {column.key for column in self.rows.columns}
            self._liked = {key: int(width) for key, width in kept.get("widths", {}).items() if key in known}
            self._hidden = set(kept.get("hidden", [])) & known
        except (ValueError, TypeError, AttributeError):
            self._liked, self._hidden = {}, set()
        self.fit()

    def columns_menu(self, parent: QWidget | None = None) -> QMenu:
        """A menu with one check mark per column; the first column always stays."""
        menu = QMenu(parent or self)
        for place, column in enumerate(self.rows.columns[1:], start=1):
            action = QAction(self.rows.headers[place], menu, checkable=True)
            action.setChecked(column.key not in self._hidden)
            action.toggled.connect(lambda on, key=column.key: self._show_column(key, on))
            menu.addAction(action)
        return menu

    def _show_column(self, key: str, on: bool) -> None:
        (self._hidden.discard if on else self._hidden.add)(key)
        self.fit()
        self.columns_changed.emit()

    def _show_columns_menu(self, at: QPoint) -> None:
        menu = self.columns_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.header.mapToGlobal(at))

    def _sort_clicked(self, place: int) -> None:
        column = self.rows.columns[place]
        if column.sortable:
            again = self.header.sorted_key == column.key
            self.sort_asked.emit(column.key, not self.header.descending if again else column.aligned_right)

    def _resized_by_hand(self, place: int, old: int, new: int) -> None:
        if not self._fitting and new > 0:
            self._liked[self.rows.columns[place].key] = new
            self.columns_changed.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        menu = QMenu(self)
        copy = menu.addAction(self.look.icon("copy"), self.look.text.say("command-copy"), self.copy)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        for action in self.actions():
            menu.addAction(action)
        columns = menu.addMenu(self.look.icon("columns"), self.look.text.say("column-choose"))
        for action in self.columns_menu(columns).actions():
            columns.addAction(action)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())
