"""A small table of figures that paints itself: no scroll bars, no model, every figure that has a list is a link to it.

For some hundred lines at most (the overview's); lists of documents are tables.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy

from desktop.views.look import Look
from desktop.views.paint_guard import guarded_paint
from desktop.views.widgets import Painted, as_tip

ROW, EDGE, CELL = 32, 24, 12
INDENT = 16


@dataclass(frozen=True, slots=True)
class Figure:
    """One cell. facts: where a click leads; None = nowhere.  bar: a share of 1, painted instead of words.

    short: what it shows where its table has no room for the words; its tip tells them then."""

    words: str
    facts: Mapping[str, Any] | None = None
    tone: str = "text"
    tip: str = ""
    bar: float | None = None
    short: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row. role: "" plain, "group" (bold, on sunken ground), "under" (indented below a group), "total"."""

    figures: tuple[Figure, ...]
    role: str = ""


class FigureTable(Painted):
    """Headings, lines and links. asked: the facts of the figure that was clicked, or chosen by Enter.

    stretch: the column that takes the room that is left.  left: others whose words stand at the left, as it does."""

    asked = Signal(object)

    def __init__(
        self, look: Look, name: str, headings: Sequence[str], *, stretch: int = 0, left: Sequence[int] = ()
    ) -> None:
        super().__init__(look)
        self._headings, self._stretch, self._left = tuple(headings), stretch, {stretch, *left}
        self.lines: tuple[Line, ...] = ()
        self._spot: tuple[int, int] | None = None
        self._edge, self._short = look.px(CELL), False
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Other lines; what is pointed at stays where it is."""
        self.lines = tuple(lines)
        if self._figure(self._spot) is None:
            self._spot = None
        self.updateGeometry()
        self.update()

    # Measures --------------------------------------------------------------------------------------------------

    @property
    def _row(self) -> int:
        return max(self.look.px(ROW), self.look.metrics().height() + 6)

    def sizeHint(self) -> QSize:  # noqa: N802
        widths = self._least()
        return QSize(sum(widths) + 2 * self.look.px(EDGE), self._row * (len(self.lines) + 1) + 1)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(self.look.px(300), self.sizeHint().height())

    def _least(self, cell: int = 0, *, short: bool = False) -> list[int]:
        """What each column's words need, with `cell` pixels on either side; the page's edge left out."""
        look, pad = self.look, 2 * (cell or self.look.px(CELL))
        widths = [look.metrics("second").horizontalAdvance(each) + pad for each in self._headings]
        for line in self.lines:
            metrics = look.metrics(strong=line.role in ("group", "total"))
            for place, figure in enumerate(line.figures):
                words = figure.short if short and figure.short else figure.words
                room = look.px(140) if figure.bar is not None else metrics.horizontalAdvance(words)
                widths[place] = max(widths[place], room + pad)
        return widths

    def _columns(self) -> list[QRectF]:
        """Left edge and width of each column; the one that stretches takes what is left, or gives what is missing once
        the columns stand as close as they may."""
        px = self.look.px
        cell, short = self._edge, self._short = self._tightness()
        widths = self._least(cell, short=short)
        room = self.width() - 2 * (px(EDGE) - cell)
        widths[self._stretch] = max(px(120), widths[self._stretch] + room - sum(widths))
        boxes, x = [], float(px(EDGE) - cell)
        for width in widths:
            boxes.append(QRectF(x, 0, width, self._row))
            x += width
        return boxes

    def _tightness(self) -> tuple[int, bool]:
        """Pixels left and right of a cell's words, and whether long figures are told short: where all columns would
        not fit otherwise."""
        px = self.look.px
        for short in (False, True):
            widths = self._least(short=short)
            missing = sum(widths) - (self.width() - 2 * (px(EDGE) - px(CELL)))
            edge = px(CELL) - max(0, -(-missing // (2 * len(widths))))
            if edge >= px(CELL // 2):
                break
        return max(px(CELL // 2), edge), short

    def _cell(self, line: int, column: int) -> QRectF:
        return self._columns()[column].translated(0, self._row * (line + 1))

    # Painting --------------------------------------------------------------------------------------------------

    @guarded_paint
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        look, painter, boxes = self.look, QPainter(self), self._columns()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(look.font("second"))
        for place, (words, box) in enumerate(zip(self._headings, boxes, strict=True)):
            painter.setPen(look.theme["muted"])
            self._draw_words(painter, box, words, right=place not in self._left, role="second", strong=False)
        painter.fillRect(QRectF(0, self._row - 1, self.width(), 1), look.theme["line_strong"])
        for number, line in enumerate(self.lines):
            top = self._row * (number + 1)
            if top + self._row >= event.rect().top() and top <= event.rect().bottom():
                self._paint_line(painter, number, line, [box.translated(0, top) for box in boxes])

    def _paint_line(self, painter: QPainter, number: int, line: Line, boxes: Sequence[QRectF]) -> None:
        theme, top = self.look.theme, boxes[0].top()
        if line.role in ("group", "total"):
            painter.fillRect(QRectF(0, top, self.width(), self._row), theme["sunken"])
        for place, figure in enumerate(line.figures):
            self._paint_figure(painter, line, figure, boxes[place], (number, place))
        painter.fillRect(QRectF(0, top + self._row - 1, self.width(), 1), theme["line"])

    def _paint_figure(
        self, painter: QPainter, line: Line, figure: Figure, box: QRectF, spot: tuple[int, int]
    ) -> None:
        look, theme = self.look, self.look.theme
        if figure.bar is not None:
            self._paint_bar(painter, box, figure)
            return
        strong, here = line.role in ("group", "total"), spot == self._spot and figure.facts is not None
        name = spot[1] in self._left
        painter.setPen(theme["link" if here else figure.tone])
        painter.setFont(look.font(strong=strong))
        if spot[1] == self._stretch and line.role == "under":
            box = box.adjusted(look.px(INDENT), 0, 0, 0)
        words = figure.short if self._short and figure.short else figure.words
        inked = self._draw_words(painter, box, words, right=not name, role="body", strong=strong)
        if here:
            painter.fillRect(QRectF(inked.left(), inked.bottom() + 1, inked.width(), 1), theme["link"])
            if self.hasFocus():
                painter.setPen(QPen(theme["ring"], 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(box.adjusted(3, 3, -3, -4), 4, 4)

    def _paint_bar(self, painter: QPainter, box: QRectF, figure: Figure) -> None:
        inner = box.adjusted(self._edge, 0, -self._edge, 0)
        height = float(self.look.px(8))
        lane = QRectF(inner.left(), inner.center().y() - height / 2, inner.width(), height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.look.theme["line"])
        painter.drawRoundedRect(lane, 2, 2)
        painter.setBrush(self.look.theme[figure.tone])
        lane.setWidth(max(height / 2, lane.width() * min(1.0, figure.bar or 0.0)))
        painter.drawRoundedRect(lane, 2, 2)

    def _draw_words(
        self, painter: QPainter, box: QRectF, words: str, *, right: bool, role: str, strong: bool
    ) -> QRectF:
        """Draws, elided by the very font, and answers where the ink is."""
        metrics = self.look.metrics(role, strong=strong)
        inner = box.adjusted(self._edge, 0, -self._edge, 0)
        shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, int(inner.width()) + 1)
        way = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(inner, way | Qt.AlignmentFlag.AlignVCenter, shown)
        width = min(inner.width(), float(metrics.horizontalAdvance(shown)))
        left = inner.right() - width if right else inner.left()
        return QRectF(left, inner.center().y() - metrics.height() / 2, width, metrics.height())

    # Pointer and keys ------------------------------------------------------------------------------------------

    def _figure(self, spot: tuple[int, int] | None) -> Figure | None:
        if spot is None or not 0 <= spot[0] < len(self.lines):
            return None
        figures = self.lines[spot[0]].figures
        return figures[spot[1]] if 0 <= spot[1] < len(figures) else None

    def _spot_at(self, at: QPointF) -> tuple[int, int] | None:
        line = int(at.y() // self._row) - 1
        for column, box in enumerate(self._columns()):
            if box.left() <= at.x() < box.right() and 0 <= line < len(self.lines):
                return line, column
        return None

    def _point(self, spot: tuple[int, int] | None) -> None:
        figure = self._figure(spot)
        leads = figure is not None and figure.facts is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if leads else Qt.CursorShape.ArrowCursor)
        self.setToolTip(as_tip(figure.tip or figure.words) if figure is not None else "")
        if spot != self._spot:
            self._spot = spot
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._point(self._spot_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        if not self.hasFocus():
            self._point(None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._follow(self._spot_at(event.position()))

    def _follow(self, spot: tuple[int, int] | None) -> None:
        figure = self._figure(spot)
        if figure is not None and figure.facts is not None:
            self.asked.emit(figure.facts)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusInEvent(event)
        if self._spot is None and event.reason() != Qt.FocusReason.MouseFocusReason:
            self.step_to(0, 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        ways = {
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
        }
        if (key := Qt.Key(event.key())) in ways:
            self.step_to(*ways[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._follow(self._spot)
        else:
            super().keyPressEvent(event)

    def step_to(self, down: int, right: int) -> None:
        """The link so many lines and columns further; by columns, what is no link is passed over."""
        if not self.lines:
            return
        line, column = self._spot or (0, 0)
        line = max(0, min(len(self.lines) - 1, line + down))
        width = len(self.lines[line].figures)
        column = max(0, min(width - 1, column + right))
        while right and 0 < column < width - 1 and self.lines[line].figures[column].facts is None:
            column += right
        self._point((line, column))
        figure = self._figure(self._spot)
        self.setAccessibleDescription(figure.words if figure is not None else "")

    def spot_of(self, line: int, column: int) -> QPointF:
        """The middle of a cell."""
        return self._cell(line, column).center()
