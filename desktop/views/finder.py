"""Ctrl+K: any page, command or bill by typing a part of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop.views.bridge import Bridge
from desktop.views.desk import Hit
from desktop.views.look import Look
from desktop.views.paint_guard import guarded_paint
from desktop.views.sidebar import paint_key
from desktop.views.widgets import Words

WIDTH, HEIGHT = 560, 420
LEAST_LETTERS = 2
LEAST_NUMBER = 4
TYPING_MS = 150
_ELSEWHERE = (Qt.FocusReason.MouseFocusReason, Qt.FocusReason.TabFocusReason)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the finder; without `act` it is a heading."""

    title: str
    second: str = ""
    key: str = ""
    icon: str = ""
    act: Callable[[], object] | None = None

    def fits(self, words: Sequence[str]) -> bool:
        """True where every typed word stands in it."""
        whole = f"{self.title} {self.second}".casefold()
        return all(word in whole for word in words)


class EntryPainter(QStyledItemDelegate):
    """Paints a heading, or icon, title, second words and key."""

    def __init__(self, look: Look, entries: QListWidget) -> None:
        super().__init__(entries)
        self._look = look

    @guarded_paint
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        look, entry = self._look, index.data(Qt.ItemDataRole.UserRole)
        box = QRectF(option.rect)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if entry.act is None:
            self._words(painter, box.adjusted(look.px(12), look.px(6), 0, 0), entry.title, "caption", "muted")
            return
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.theme["accent_soft"])
            painter.drawRoundedRect(box.adjusted(look.px(4), 0, -look.px(4), 0), 6, 6)
        icon = look.icon_pixmap(entry.icon or "arrow", "muted", 16, option.widget.devicePixelRatioF())
        painter.drawPixmap(look.px(14), round(box.center().y() - look.px(8)), icon)
        words = box.adjusted(look.px(40), 0, -look.px(90), 0)
        used = self._words(painter, words, entry.title, "body", "text")
        self._words(painter, words.adjusted(used + look.px(10), 0, 0, 0), entry.second, "second", "muted")
        if entry.key:
            paint_key(painter, look, box.adjusted(0, 0, -look.px(14), 0), entry.key)

    def _words(self, painter: QPainter, box: QRectF, words: str, role: str, token: str) -> int:
        metrics = self._look.metrics(role)
        shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, max(0, round(box.width())))
        painter.setFont(self._look.font(role))
        painter.setPen(self._look.theme[token])
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)
        return metrics.horizontalAdvance(shown)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802
        heading = index.data(Qt.ItemDataRole.UserRole).act is None
        return QSize(self._look.px(200), self._look.px(30 if heading else 34))


class Finder(QFrame):
    """Lies over the window's upper middle while it is open.

    entries:    gives (key of the heading, its entries), asked anew each time it opens.
    find_bills: on a pool thread: the bills for what was typed; None = no bills.
    ask_why:    opens the answer why a bill number was not sent; None = not offered.
    """

    def __init__(
        self,
        look: Look,
        bridge: Bridge,
        entries: Callable[[], Sequence[tuple[str, Sequence[Entry]]]],
        find_bills: Callable[[str], Sequence[Hit]] | None,
        parent: QWidget,
        ask_why: Callable[[str], object] | None = None,
    ) -> None:
        super().__init__(parent)
        self._over, self._ask_why = parent, ask_why
        self._look, self._bridge, self._entries, self._find_bills = look, bridge, entries, find_bills
        self._groups: Sequence[tuple[str, Sequence[Entry]]] = ()
        self._bills: list[Entry] = []
        self._walked = False
        self._before: QWidget | None = None
        self.setProperty("role", "raised")
        self.setAccessibleName(look.text.say("palette-open"))
        self.box = QLineEdit(placeholderText=look.text.say("palette-hint"))
        self.box.setProperty("role", "finder")
        self.box.setAccessibleName(look.text.say("palette-hint"))
        self.list = QListWidget()
        self.list.setItemDelegate(EntryPainter(look, self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.none = Words(look.text.say("palette-none"), "muted")
        self.none.setContentsMargins(look.px(16), look.px(8), 0, look.px(12))
        self._build()
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._ask_bills)
        self.box.textChanged.connect(self._typed)
        self.box.installEventFilter(self)
        self.list.itemClicked.connect(lambda item: self._run(item))
        self.hide()

    def _build(self) -> None:
        look, sign, row, column = self._look, QLabel(), QHBoxLayout(), QVBoxLayout(self)
        sign.setPixmap(look.icon_pixmap("search", "muted", 18, self.devicePixelRatioF()))
        row.setContentsMargins(look.px(14), look.px(6), look.px(14), look.px(6))
        row.setSpacing(look.px(8))
        row.addWidget(sign)
        row.addWidget(self.box, 1)
        row.addWidget(Words("Esc", "key"), alignment=Qt.AlignmentFlag.AlignVCenter)
        rule = QFrame()
        rule.setProperty("role", "rule")
        column.setContentsMargins(1, 1, 1, look.px(6))
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(rule)
        column.addWidget(self.none)
        column.addWidget(self.list, 1)

    def open(self) -> None:
        """Shows itself, empty, with the keyboard."""
        over = self._over
        width, height = self._look.px(WIDTH), min(self._look.px(HEIGHT), over.height() - self._look.px(120))
        self.setGeometry((over.width() - width) // 2, self._look.px(72), width, height)
        self._before = over.window().focusWidget()
        self._groups = self._entries()
        self.box.clear()
        self._fill()
        self.show()
        self.raise_()
        self.box.setFocus()

    def shut(self) -> None:
        """Closes, and gives the keyboard back."""
        if self.isVisible():
            self.hide()
            if self._before is not None:
                self._before.setFocus()

    def _typed(self) -> None:
        self._bills, self._walked = [], False
        self._fill()
        if self._find_bills is not None and len(self.box.text().strip()) >= LEAST_LETTERS:
            self._typing.start()
        else:
            self._typing.stop()

    def _ask_bills(self) -> None:
        find, typed = self._find_bills, self.box.text().strip()
        if find is not None:
            self._bridge.ask(
                lambda: find(typed),
                then=lambda hits: self._take_bills(typed, hits),
                busy=self._show_searching,
                owner=self,
                slot="bills",
            )

    def _show_searching(self, on: bool) -> None:
        self.none.setText(self._look.text.say("palette-searching" if on else "palette-none"))

    def _take_bills(self, typed: str, hits: Sequence[Hit]) -> None:
        if typed != self.box.text().strip():
            return
        self._bills = [Entry(hit.title, hit.second, icon="bill", act=hit.open) for hit in hits]
        self._fill()

    def _fill(self) -> None:
        words = self.box.text().casefold().split()
        kept = self.list.currentItem()
        title = kept.data(Qt.ItemDataRole.UserRole).title if kept is not None else ""
        self.list.clear()
        shown = [
            (heading, [entry for entry in group if entry.fits(words)]) for heading, group in self._groups
        ]
        bills = [*self._bills, *self._questions(self.box.text().strip())]
        for heading, entries in [("palette-bills", bills), *shown]:
            if entries:
                self._add(Entry(self._look.text.say(heading)))
            for entry in entries:
                self._add(entry)
        self.none.setVisible(not self.list.count())
        self.list.setVisible(bool(self.list.count()))
        self._choose(title if self._walked else "")

    def _questions(self, typed: str) -> list[Entry]:
        """What looks like a number may be asked about, whether we know the bill or not."""
        ask = self._ask_why
        if ask is None or len(typed) < LEAST_NUMBER or not any(each.isdigit() for each in typed):
            return []
        return [Entry(self._look.text.say("why-ask"), typed, icon="info", act=lambda: ask(typed))]

    def _add(self, entry: Entry) -> None:
        item = QListWidgetItem(entry.title)
        item.setData(Qt.ItemDataRole.UserRole, entry)
        if entry.act is None:
            item.setFlags(Qt.ItemFlag.NoItemFlags)
        self.list.addItem(item)

    def _choose(self, title: str) -> None:
        """The entry that was chosen before, else the first."""
        rows = [row for row in range(self.list.count()) if self._entry(row).act is not None]
        same = [row for row in rows if self._entry(row).title == title]
        if rows:
            self.list.setCurrentRow((same or rows)[0])

    def _entry(self, row: int) -> Entry:
        entry: Entry = self.list.item(row).data(Qt.ItemDataRole.UserRole)
        return entry

    def _walk(self, by: int) -> None:
        self._walked = True
        row = self.list.currentRow() + by
        while 0 <= row < self.list.count() and self._entry(row).act is None:
            row += by
        if 0 <= row < self.list.count():
            self.list.setCurrentRow(row)

    def _run(self, item: QListWidgetItem | None) -> None:
        act = item.data(Qt.ItemDataRole.UserRole).act if item is not None else None
        if act is not None:
            self.shut()
            act()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Arrows, Enter and Esc of the box; it closes when the keyboard goes elsewhere."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event.key())
        if isinstance(event, QFocusEvent) and event.lostFocus() and event.reason() in _ELSEWHERE:
            self.hide()
        return False

    def _key(self, key: int) -> bool:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if key in steps:
            self._walk(steps[Qt.Key(key)])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(self.list.currentItem())
        elif key == Qt.Key.Key_Escape:
            self.shut()
        else:
            return False
        return True
