"""A short list of things with their state: shape, name, and a second line. For pages that show one thing beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.views.look import Look
from desktop.views.paint_guard import guarded_paint
from desktop.views.states import SHAPE_SIDE
from desktop.views.widgets import as_tip

_ROLE = Qt.ItemDataRole.UserRole
HEADING, ENTRY = 36, 56


class Entry(NamedTuple):
    """One line. id "" = a heading.  right: a word or count at the right edge; loud: painted as a badge would be."""

    id: str
    title: str
    second: str = ""
    shape: str = ""
    token: str = "muted"
    right: str = ""
    loud: bool = False


class EntryList(QListWidget):
    """chosen: another entry was chosen by the person: its id."""

    chosen = Signal(str)

    def __init__(self, look: Look, name: str) -> None:
        super().__init__()
        self._look, self._filling = look, False
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setItemDelegate(_Painter(look, self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.currentItemChanged.connect(self._moved)
        look.changed.connect(self.viewport().update)

    def show_entries(self, entries: Sequence[Entry], chosen: str) -> None:
        """Shows these entries; nothing is told to listeners."""
        self._filling = True
        if [entry.id for entry in entries] != [self._entry(at).id for at in range(self.count())]:
            self.clear()
            for entry in entries:
                item = QListWidgetItem()
                if not entry.id:
                    item.setFlags(Qt.ItemFlag.NoItemFlags)
                self.addItem(item)
        for at, entry in enumerate(entries):
            _fill(self.item(at), entry)
        self.choose(chosen)
        self._filling = False

    def add_entries(self, entries: Sequence[Entry]) -> None:
        """Further entries behind those that are shown."""
        for entry in entries:
            item = QListWidgetItem()
            _fill(item, entry)
            self.addItem(item)

    def choose(self, entry_id: str) -> None:
        """Marks an entry; an unknown id marks none."""
        for at in range(self.count()):
            if entry_id and self._entry(at).id == entry_id:
                self.setCurrentRow(at)
                return
        self.setCurrentRow(-1)

    def step(self, by: int) -> None:
        """To the next or previous entry, headings left out."""
        at = self.currentRow() + by
        while 0 <= at < self.count() and not self._entry(at).id:
            at += by
        if 0 <= at < self.count():
            self.setCurrentRow(at)

    def _entry(self, at: int) -> Entry:
        return self.item(at).data(_ROLE) or Entry("", "")

    def _moved(self, item: QListWidgetItem | None) -> None:
        if not self._filling and item is not None and (entry := item.data(_ROLE)) and entry.id:
            self.chosen.emit(entry.id)


def _fill(item: QListWidgetItem, entry: Entry) -> None:
    item.setData(_ROLE, entry)
    item.setText(entry.title)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{entry.title} {entry.second}".strip())
    item.setToolTip(as_tip(entry.second))


class _Painter(QStyledItemDelegate):
    """Paints an entry whole: ground, edge of the chosen one, shape, two lines."""

    def __init__(self, look: Look, parent: QListWidget) -> None:
        super().__init__(parent)
        self._look = look

    def sizeHint(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        entry: Entry = index.data(_ROLE)
        lines = self._look.metrics().height() + self._look.metrics("second").height()
        tall = max(self._look.px(ENTRY), lines + self._look.px(14))
        return QSize(0, tall if entry.id else self._look.px(HEADING))

    @guarded_paint
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        look, entry = self._look, index.data(_ROLE)
        box: QRect = option.rect
        state = option.state
        if not entry.id:
            painter.setFont(look.font("caption"))
            painter.setPen(look.theme["muted"])
            words = box.adjusted(look.px(24), look.px(8), -look.px(12), 0)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, entry.title)
            return
        self._ground(painter, box, state)
        sharpness = painter.device().devicePixelRatio()
        side, left = look.px(SHAPE_SIDE), box.left() + look.px(24)
        name, second = look.metrics("body", strong=True), look.metrics("second")
        top = box.top() + (box.height() - name.height() - second.height() - look.px(2)) // 2
        if entry.shape:
            pixmap = look.shape_pixmap(entry.shape, entry.token, "surface", sharpness)
            painter.drawPixmap(left, top + (name.height() - side) // 2 + 1, pixmap)
        x, right = left + side + look.px(8), box.right() - look.px(12)
        right -= self._right(painter, box, right, top, entry)
        painter.setFont(look.font("body", strong=True))
        painter.setPen(look.theme["text"])
        shown = name.elidedText(entry.title, Qt.TextElideMode.ElideRight, right - x)
        painter.drawText(x, top + name.ascent(), shown)
        painter.setFont(look.font("second"))
        painter.setPen(look.theme[entry.token if entry.token in ("stop", "warn") else "muted"])
        shown = second.elidedText(entry.second, Qt.TextElideMode.ElideRight, box.right() - look.px(12) - x)
        painter.drawText(x, top + name.height() + look.px(2) + second.ascent(), shown)

    def _ground(self, painter: QPainter, box: QRect, state: QStyle.StateFlag) -> None:
        look = self._look
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, look.theme["select"])
            painter.fillRect(box.left(), box.top(), 3, box.height(), look.theme["accent"])
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, look.theme["hover"])
        painter.fillRect(box.left(), box.bottom(), box.width(), 1, look.theme["line"])

    def _right(self, painter: QPainter, box: QRect, right: int, top: int, entry: Entry) -> int:
        """The word at the right edge, on the title's line (a count in the middle); answers the room it took."""
        if not entry.right:
            return 0
        look, metrics = self._look, self._look.metrics("caption", strong=entry.loud)
        width = metrics.horizontalAdvance(entry.right) + (look.px(12) if entry.loud else 0)
        middle = box.center().y() if entry.loud else top + look.metrics("body", strong=True).height() // 2
        at = QRect(right - width, middle - look.px(10), width, look.px(20))
        if entry.loud:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.theme.soft("wait"))
            painter.drawRoundedRect(at, at.height() / 2, at.height() / 2)
        painter.setFont(look.font("caption", strong=entry.loud))
        painter.setPen(look.theme["wait" if entry.loud else "muted"])
        painter.drawText(at, Qt.AlignmentFlag.AlignCenter, entry.right)
        return width + look.px(8)
