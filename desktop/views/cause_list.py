"""The causes, the costliest on top: what it is, how many bills, how much money with its share, who cures it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.views.cause_words import count_words, kind_words, money_of, said_of, since_words, title_of
from desktop.views.look import Look
from desktop.views.paint_guard import guarded_paint
from desktop.views.queue_rows import money_words
from desktop.views.states import SHAPE_SIDE
from desktop.views.widgets import as_tip

if TYPE_CHECKING:
    from desktop.services.failures import Cause
    from desktop.services.text import Text

CAUSE, BAR, EDGE = 76, 88, 24
_ROLE = Qt.ItemDataRole.UserRole


class _CauseItem(QListWidgetItem):
    """One cause. Its words are made when somebody asks: hundreds of sentences would hold the window up."""

    def __init__(self, text: Text, cause: Cause) -> None:
        super().__init__()
        self._text, self.cause = text, cause

    def data(self, role: int) -> Any:
        text, cause = self._text, self.cause
        if role == _ROLE:
            return cause
        if role == Qt.ItemDataRole.DisplayRole:
            return title_of(text, cause.code, cause.facts)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            title = title_of(text, cause.code, cause.facts)
            told = (title, count_words(text, cause), money_of(text, cause), *kind_words(text, cause))
            return "  ".join(part for part in told if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            title = title_of(text, cause.code, cause.facts)
            return as_tip("  ".join(part for part in (title, said_of(text, cause.facts)) if part))
        return super().data(role)


class CauseList(QListWidget):
    """chosen: the person chose another cause: its id."""

    chosen = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look, self._filling = look, False
        self.causes: tuple[Cause, ...] = ()
        self.setAccessibleName(look.text.say("failures-causes"))
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setItemDelegate(_Painter(look, self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.currentItemChanged.connect(self._moved)
        look.changed.connect(self.viewport().update)

    def show_causes(self, causes: Sequence[Cause], chosen: str) -> None:
        """Shows these, in this order; nothing is told to listeners."""
        self._filling = True
        self.causes = tuple(causes)
        while self.count() > len(causes):
            self.takeItem(self.count() - 1)
        for at, cause in enumerate(causes):
            if at < self.count():
                cast(_CauseItem, self.item(at)).cause = cause
            else:
                self.addItem(_CauseItem(self._look.text, cause))
        self.choose(chosen)
        self._filling = False
        self.viewport().update()

    def choose(self, cause_id: str) -> bool:
        """Marks a cause; False (and none is marked) where it is not here."""
        at = next((at for at, cause in enumerate(self.causes) if cause.id == cause_id), -1)
        self.setCurrentRow(at)
        return at >= 0

    def step(self, by: int) -> None:
        """To the next or previous cause."""
        at = min(max(0, self.currentRow() + by), self.count() - 1)
        if at >= 0:
            self.setCurrentRow(at)

    def _moved(self, item: QListWidgetItem | None) -> None:
        if not self._filling and item is not None:
            self.chosen.emit(item.data(_ROLE).id)


class _Painter(QStyledItemDelegate):
    """Paints a cause whole: ground, shape, title; count and money; who, and the share as a bar."""

    def __init__(self, look: Look, parent: QListWidget) -> None:
        super().__init__(parent)
        self._look = look

    def sizeHint(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        look = self._look
        lines = look.metrics("body").height() * 2 + look.metrics("second").height()
        return QSize(0, max(look.px(CAUSE), lines + look.px(16)))

    @guarded_paint
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        look, cause, box = self._look, index.data(_ROLE), QRect(option.rect)
        self._ground(painter, box, option.state)
        strong, second = look.metrics("body", strong=True), look.metrics("second")
        gap = (box.height() - strong.height() * 2 - second.height()) // 4
        left, right = box.left() + look.px(EDGE), box.right() - look.px(16)
        shape, token = ("diamond", "warn") if cause.in_doubt else ("square", "stop")
        if cause.next_try_at is not None:
            shape, token = "ring_half", "wait"
        side = look.px(SHAPE_SIDE)
        y = box.top() + gap
        pixmap = look.shape_pixmap(shape, token, "surface", painter.device().devicePixelRatioF())
        painter.drawPixmap(left, y + (strong.height() - side) // 2 + 1, pixmap)
        left += side + look.px(10)
        title = title_of(look.text, cause.code, cause.facts)
        self._put(painter, title, "body", "text", QRect(left, y, right - left, strong.height()), strong=True)
        y += strong.height() + gap
        room = self._money(
            painter, cause, QRect(left, y, right - left, strong.height()), first=index.row() == 0
        )
        age = since_words(look.text, cause, datetime.now(UTC))
        told = ((count_words(look.text, cause), "text"), (age, "muted"))
        self._row(painter, told, "body", QRect(left, y, right - left - room, strong.height()))
        y += strong.height() + gap
        bar = self._bar(
            painter,
            cause,
            QRect(right - look.px(BAR), y, look.px(BAR), second.height()),
            first=index.row() == 0,
        )
        kind, healer = kind_words(look.text, cause)
        told = ((kind, "muted"), (healer, "muted"))
        self._row(painter, told, "second", QRect(left, y, right - left - bar, second.height()))

    def _row(self, painter: QPainter, told: Sequence[tuple[str, str]], font: str, box: QRect) -> None:
        """Several words on one line, apart by room and not by a sign."""
        metrics = self._look.metrics(font)
        for words, token in told:
            self._put(painter, words, font, token, box)
            box.setLeft(box.left() + metrics.horizontalAdvance(words) + self._look.px(12))

    def _money(self, painter: QPainter, cause: Cause, box: QRect, *, first: bool) -> int:
        """The greatest sum at the right edge, further currencies named beside it; answers the room it took."""
        look = self._look
        if not cause.money:
            return 0
        words = money_words(look.text, cause.money[0])
        metrics = look.metrics("body", strong=first)
        width = metrics.horizontalAdvance(words)
        self._put(
            painter,
            words,
            "body",
            "text",
            QRect(box.right() - width - 1, box.top(), width + 2, box.height()),
            strong=first,
        )
        rest = "  ".join(money_words(look.text, each) for each in cause.money[1:])
        if not rest:
            return width + look.px(12)
        more = look.metrics("second").horizontalAdvance(rest)
        at = QRect(box.right() - width - look.px(10) - more, box.top(), more + 2, box.height())
        self._put(painter, rest, "second", "muted", at)
        return width + more + look.px(22)

    def _bar(self, painter: QPainter, cause: Cause, box: QRect, *, first: bool) -> int:
        if not cause.money:
            return 0
        theme, tall = self._look.theme, self._look.px(4)
        lane = QRectF(box.left(), box.center().y() - tall / 2, box.width(), tall)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme["line"])
        painter.drawRoundedRect(lane, tall / 2, tall / 2)
        painter.setBrush(theme["stop" if first else "muted"])
        lane.setWidth(max(float(tall), box.width() * cause.share))
        painter.drawRoundedRect(lane, tall / 2, tall / 2)
        return box.width() + self._look.px(12)

    def _put(
        self, painter: QPainter, words: str, font: str, token: str, box: QRect, *, strong: bool = False
    ) -> None:
        look = self._look
        metrics = look.metrics(font, strong=strong)
        painter.setFont(look.font(font, strong=strong))
        painter.setPen(look.theme[token])
        if box.width() < look.px(16):
            return
        shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)

    def _ground(self, painter: QPainter, box: QRect, state: QStyle.StateFlag) -> None:
        look = self._look
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, look.theme["select"])
            painter.fillRect(box.left(), box.top(), 3, box.height(), look.theme["accent"])
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, look.theme["hover"])
        painter.fillRect(box.left(), box.bottom(), box.width(), 1, look.theme["line"])
