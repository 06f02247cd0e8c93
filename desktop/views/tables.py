"""The one table model: a list of ids, and rows read page by page as they come into view.

The model holds up to a million ids (8 MB) and the few thousand rows last seen. It never reads anything itself: a
row that is missing is asked for once, shows as a skeleton after 150 ms, and is painted when it comes. table_view.py paints.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from html import escape
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from desktop.domain.errors import SyncError
from desktop.domain.record import Money
from desktop.views.bridge import BUSY_MS, Bridge
from desktop.views.paint_guard import SIGN, FaultLog

PAGE_ROWS = 64
KEPT_PAGES = 24
SETTLE_MS = 30
"""While a person drags the scroll bar, pages are asked for only when the view has rested this long."""

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class ColumnKind(Enum):
    """How a column's cells are laid out and painted."""

    TEXT = "text"
    STRONG = "strong"
    MUTED = "muted"
    STATE = "state"
    AMOUNT = "amount"
    CODE = "code"
    CHECK = "check"

    @property
    def right(self) -> bool:
        """Right-aligned, header included."""
        return self is ColumnKind.AMOUNT


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    key:      its name in preferences, sorting and export.
    title:    the key of its header word in the text catalogue; "" = no word.
    width:    the width it likes, least: the width it needs; both in pixels of the drawn size.
    priority: 0 stays always; of the others the highest number goes first when the table is narrow.
    stretch:  its share of spare width; 0 = none.
    sortable: a click on the header asks for this order.
    """

    key: str
    title: str
    width: int
    kind: ColumnKind = ColumnKind.TEXT
    least: int = 0
    priority: int = 0
    stretch: int = 0
    sortable: bool = False
    right: bool = False

    @property
    def aligned_right(self) -> bool:
        """True where values and header word stand at the right edge."""
        return self.right or self.kind.right


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell shows.

    second: further words, smaller and muted, behind the first.  token: the colour of the first words.
    state:  a name of states.STATES: shape, and a pill where it wants a person.
            In a column of the kind CHECK the token is "on", "off", or "" where there is nothing to tick.
    tip:    what a resting pointer shows (the absolute time, the whole opinion), always as plain text.
    money:  the exact amount behind the words, for files.
    """

    text: str = ""
    second: str = ""
    token: str = ""
    state: str = ""
    tip: str = ""
    money: Money | None = None


@dataclass(slots=True)
class _Row:
    """A row as it was read, and its cells once they were needed."""

    value: Any
    cells: Sequence[Cell] | None = None


class TableModel(QAbstractTableModel):
    """Rows by id. GUI thread only.

    columns: what is shown.
    read:    on a pool thread: the rows of these ids, by id (a row that is gone is left out).
    cells:   on the GUI thread, once per row and only for rows in view: a row's cells, one per column, no I/O.
    """

    read_failed = Signal(object)

    def __init__(
        self,
        columns: Sequence[Column],
        bridge: Bridge,
        read: Callable[[tuple[int, ...]], Mapping[int, Any]],
        cells: Callable[[Any], Sequence[Cell]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.headers: tuple[str, ...] = tuple("" for _ in columns)
        self._bridge, self._read, self._cells_of = bridge, read, cells
        self._ids = array("q")
        self._total = 0
        self._generation = 0
        self._pages: OrderedDict[int, list[_Row | None]] = OrderedDict()
        self._older: dict[int, _Row] = {}
        self._last_page = -1
        self._asked: set[int] = set()
        self._wanted: set[int] = set()
        self.in_view: Callable[[], tuple[int, int]] = lambda: (0, PAGE_ROWS)
        self._settle = QTimer(self, singleShot=True, interval=0)
        self._settle.timeout.connect(self._ask_wanted)
        self._faults = FaultLog()
        self.bones = False
        self._patience = QTimer(self, singleShot=True, interval=BUSY_MS)
        self._patience.timeout.connect(self._show_bones)

    # Filling ---------------------------------------------------------------------------------------------------

    def show_ids(self, ids: Iterable[int], total: int | None = None) -> None:
        """Shows these ids in this order; rows known already stay visible until they are read again.

        total: how many there will be, where only the first page is known yet; the rest shows as skeleton.
        """
        new = ids if isinstance(ids, array) and ids.typecode == "q" else array("q", ids)
        known = dict(self._known_rows())
        if new == self._ids and (total or len(new)) == self._total:
            self.refresh()
            return
        self.beginResetModel()
        self._generation += 1
        self._ids, self._total = new, max(len(new), total or 0)
        self._pages.clear()
        self._asked.clear()
        self._wanted.clear()
        self._older = known
        self.endResetModel()

    def refresh(self, ids: Iterable[int] | None = None) -> None:
        """Reads rows again in place (None = all): nothing jumps, the old words stay until the new ones come."""
        touched = set(self._pages) if ids is None else self._pages_of(set(ids))
        if len(self._older) > KEPT_PAGES * PAGE_ROWS:
            self._older.clear()
        self._generation += 1
        self._asked.clear()
        for page in touched & set(self._pages):
            for row_id, row in self._page_rows(page):
                self._older[row_id] = row
            del self._pages[page]
            self._tell(page)
        first, last = self.in_view()
        for page in range(first // PAGE_ROWS, last // PAGE_ROWS + 1):
            if page not in self._pages:  # an answer on its way was just outdated: it is asked for again
                self._tell(page)

    def retell(self) -> None:
        """Makes the words of all rows anew (the language changed, a minute went by) without reading them."""
        for rows in self._pages.values():
            for row in rows:
                if row is not None:
                    row.cells = None
        if self._total:
            self.dataChanged.emit(self.index(0, 0), self.index(self._total - 1, len(self.columns) - 1))

    def _known_rows(self) -> Iterable[tuple[int, _Row]]:
        for page in self._pages:
            yield from self._page_rows(page)

    def _page_rows(self, page: int) -> Iterable[tuple[int, _Row]]:
        ids = self._ids[page * PAGE_ROWS : (page + 1) * PAGE_ROWS]
        return ((row_id, row) for row_id, row in zip(ids, self._pages[page], strict=False) if row is not None)

    def _pages_of(self, ids: set[int]) -> set[int]:
        return {page for page in self._pages if any(row_id in ids for row_id, _ in self._page_rows(page))}

    # Asking what rows hold -------------------------------------------------------------------------------------

    def id_at(self, row: int) -> int | None:
        """The id shown in a row; None where it is not known yet."""
        return self._ids[row] if 0 <= row < len(self._ids) else None

    def row_of(self, row_id: int) -> int | None:
        """The row that shows an id, or None. Milliseconds at a million rows: for one id, not for many."""
        sought, whole = array("q", (row_id,)).tobytes(), self._ids.tobytes()
        at = whole.find(sought)
        while at >= 0 and at % len(sought):  # the same bytes across two ids
            at = whole.find(sought, at + 1)
        return at // len(sought) if at >= 0 else None

    def rows_of(self, row_ids: Collection[int]) -> list[int]:
        """The rows that show these ids, top to bottom. One walk over all rows: for many ids, not for one."""
        sought = set(row_ids)
        return [row for row, row_id in enumerate(self._ids) if row_id in sought] if sought else []

    def shown_ids(self) -> tuple[int, ...]:
        """Every id in the list, in its order."""
        return tuple(self._ids)

    def value_at(self, row: int) -> Any:
        """The row as `read` gave it, or None while it is missing."""
        found = self._row(row)
        return found.value if found is not None else None

    def cell(self, row: int, column: int) -> Cell | None:
        """What a cell shows; None = not read yet, and it is being asked for (a skeleton, once `bones` is set)."""
        found = self._row(row)
        if found is None:
            if not self.bones and not self._patience.isActive():
                self._patience.start()
            return None
        if found.cells is None:
            found.cells = self._worded(found.value)
        return found.cells[column]

    def _worded(self, value: Any) -> Sequence[Cell]:
        """A row's cells. One that cannot be put into words shows neutral signs: no row may take the window away."""
        try:
            return self._cells_of(value)
        except Exception as error:
            self._faults.tell("TableModel", error)
            return [Cell(SIGN) for _ in self.columns]

    def ids_of(self, rows: Iterable[int]) -> tuple[int, ...]:
        """The ids of these rows, those not known yet left out."""
        return tuple(self._ids[row] for row in rows if row < len(self._ids))

    def read_aside(self, ids: tuple[int, ...], then: Callable[[list[Sequence[Cell]]], None]) -> None:
        """Reads any rows, in view or not, and gives their cells to `then`: for the clipboard."""
        self._bridge.ask(
            lambda: self._read(ids),
            then=lambda rows: then([self._worded(rows[row_id]) for row_id in ids if row_id in rows]),
            failed=self.read_failed.emit,
            owner=self,
            slot="aside",
        )

    def read_now(self, ids: tuple[int, ...]) -> list[Sequence[Cell]]:
        """The cells of any rows, read at once: for a thread of its own, never the GUI's."""
        rows = self._read(ids)
        return [self._worded(rows[row_id]) for row_id in ids if row_id in rows]

    def _row(self, row: int) -> _Row | None:
        page, place = divmod(row, PAGE_ROWS)
        rows = self._pages.get(page)
        if rows is not None:
            if page != self._last_page:
                self._pages.move_to_end(page)
                self._last_page = page
            return rows[place] if place < len(rows) else None
        if row >= len(self._ids):
            return None
        self._want(page)
        return self._older.get(self._ids[row])

    def _want(self, page: int) -> None:
        if page in self._asked or page in self._wanted:
            return
        self._wanted.add(page)
        self._settle.setInterval(SETTLE_MS if self._asked else 0)
        self._settle.start()

    def _ask_wanted(self) -> None:
        first, last = self.in_view()
        seen = range(first // PAGE_ROWS, last // PAGE_ROWS + 1)
        for page in sorted(self._wanted & set(seen)):
            self._ask(page)
        self._wanted.clear()  # a page that left the view is wanted again when it comes back

    def _ask(self, page: int) -> None:
        ids = tuple(self._ids[page * PAGE_ROWS : (page + 1) * PAGE_ROWS])
        generation = self._generation
        self._asked.add(page)
        self._bridge.ask(
            lambda: self._read(ids),
            then=lambda rows: self._take(page, generation, ids, rows),
            failed=lambda error: self._lost(page, generation, error),
            owner=self,
        )

    def _take(self, page: int, generation: int, ids: tuple[int, ...], rows: Mapping[int, Any]) -> None:
        if generation != self._generation:
            return
        self._asked.discard(page)
        self._pages[page] = [_Row(rows[row_id]) if row_id in rows else None for row_id in ids]
        for row_id in ids:
            self._older.pop(row_id, None)
        while len(self._pages) > KEPT_PAGES:
            self._pages.popitem(last=False)
        if not self._asked:
            self._patience.stop()
            self.bones = False
        self._tell(page)

    def _show_bones(self) -> None:
        """Rows have been missing for a while: now they may show as skeletons. Sooner would only flicker."""
        self.bones = True
        first, last = self.in_view()
        if self._total:
            last = min(last, self._total - 1)
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))

    def _lost(self, page: int, generation: int, error: SyncError) -> None:
        """The page stays asked, so that a broken store is not asked again with every repaint; refresh() frees it."""
        if generation == self._generation:
            self.read_failed.emit(error)

    def _tell(self, page: int) -> None:
        first = page * PAGE_ROWS
        last = min(first + PAGE_ROWS, self._total) - 1
        if last >= first:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))

    # What Qt asks ----------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802
        return 0 if parent.isValid() else self._total

    def columnCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in _ROLES or not index.isValid():
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if self.columns[index.column()].aligned_right else _LEFT
        cell = self.cell(index.row(), index.column())
        if cell is None:
            return "…" if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"<qt>{escape(cell.tip)}</qt>" if cell.tip else None
        return f"{cell.text} {cell.second}" if cell.second else cell.text

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self.headers[section] if section < len(self.headers) else None
        return None


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_ROLES = frozenset(
    (
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.AccessibleTextRole,
        Qt.ItemDataRole.TextAlignmentRole,
    )
)
