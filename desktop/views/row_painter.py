"""Paints the rows of a table: ground, hair line, selection edge, words, states and skeletons.

All from one place, so that a selected row keeps the colours of its states, and so that a repaint costs what Qt's
own would. Words are laid out once and kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QStaticText

from desktop.views.look import Look
from desktop.views.paint_guard import SIGN, FaultLog
from desktop.views.states import SHAPE_SIDE, StateLook, state_look
from desktop.views.tables import Cell, Column, ColumnKind, TableModel

EDGE, PADDING, PILL = 24, 12, 22
"""Drawn pixels: the page edge of the first and last column, a cell's side, a pill's height."""
_KEPT_WORDS = 20_000
_NO_TINT = "surface"
_ANY_ROOM = 1 << 20

Laid = tuple[QStaticText, float, float]
Span = tuple[int, int, int]
"""A visible column: its place, left edge and width."""


class Lettering:
    """Laid-out words, kept: laying out Chinese costs more than painting it."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._kept: dict[tuple[str, str, int], Laid] = {}

    def words(self, text: str, font: str, room: int) -> Laid:
        """(laid-out words, width, height), elided to `room` pixels with the metrics of the very font that paints.

        font: a role of theme.SCALES, or "strong".
        """
        whole = self._kept.get((text, font, -1)) or self._lay_out(text, font, -1)
        if whole[1] <= room:
            return whole
        return self._kept.get((text, font, room)) or self._lay_out(text, font, max(0, room))

    def _lay_out(self, text: str, font: str, room: int) -> Laid:
        look, strong = self._look, font == "strong"
        role = "body" if strong else font
        shown = text
        if room >= 0:
            shown = look.metrics(role, strong=strong).elidedText(text, Qt.TextElideMode.ElideRight, room)
        laid = QStaticText(shown)
        laid.setTextFormat(Qt.TextFormat.PlainText)
        laid.prepare(font=look.font(role, strong=strong))
        size = laid.size()
        if len(self._kept) > _KEPT_WORDS:
            self._kept.clear()
        self._kept[(text, font, room)] = made = (laid, size.width(), size.height())
        return made


class RowPainter:
    """Paints rows into a viewport. begin() once per paint event, then paint_row() for each row exposed."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._letters, self._faults = Lettering(look), FaultLog()
        self._edge, self._padding, self._pill = look.px(EDGE), look.px(PADDING), look.px(PILL)
        self._readable = look.px(56)
        self._gap, self._shape, self._bar = look.px(6), look.px(SHAPE_SIDE), look.px(8)
        self._check = look.px(15) - 1
        self._fonts = {name: look.font(name) for name in ("body", "second", "caption", "code")}
        self._fonts["strong"] = look.font("body", strong=True)

    def begin(self, painter: QPainter, rows: TableModel, spans: Sequence[Span], sharpness: float) -> None:
        """Takes what is the same for all rows of one paint event."""
        self._painter, self._rows, self._sharpness = painter, rows, sharpness
        self._colours = self._look.theme.colours
        self._font = self._token = ""
        first, last = (spans[0][0], spans[-1][0]) if spans else (-1, -1)
        self._left = spans[0][1] if spans else 0
        self._width = spans[-1][1] + spans[-1][2] - self._left if spans else 0
        self._boxes: list[tuple[int, Column, int, int]] = []
        for place, x, width in spans:
            left = x + (self._edge if place == first else self._padding)
            right = x + width - (self._edge if place == last else self._padding)
            self._boxes.append((place, rows.columns[place], left, max(left, right)))

    def paint_row(self, row: int, y: int, height: int, ground: str) -> None:
        """ground: "select", "hover" or "" for a plain row."""
        painter, colours = self._painter, self._colours
        if ground:
            painter.fillRect(self._left, y, self._width, height, colours[ground])
        painter.fillRect(self._left, y + height - 1, self._width, 1, colours["line"])
        if ground == "select":
            painter.fillRect(self._left, y, 3, height, colours["accent"])
        for place, column, left, right in self._boxes:
            cell = self._rows.cell(row, place)
            try:
                self._paint_cell(cell, row, place, column, left, right, y, height)
            except Exception as error:
                self._faults.tell(f"column {column.key}", error)
                self._font = self._token = ""
                self._paint_words(Cell(SIGN), column, left, right, y, height)

    def _paint_cell(
        self, cell: Cell | None, row: int, place: int, column: Column, left: int, right: int, y: int, height: int
    ) -> None:  # fmt: skip
        if cell is None:
            if self._rows.bones:
                self._paint_skeleton(row, place, column, left, right, y + height / 2)
        elif column.kind is ColumnKind.CHECK:
            self._paint_check(cell.token, left, y + height / 2)
        elif cell.state:
            self._paint_state(cell, left, right, y, height)
        else:
            self._paint_words(cell, column, left, right, y, height)

    def _paint_words(self, cell: Cell, column: Column, left: int, right: int, y: int, height: int) -> None:
        kind = column.kind
        font = _FONTS.get(kind, "body")
        token = cell.token or ("muted" if kind is ColumnKind.MUTED else "text")
        laid = self._letters.words(cell.text, font, right - left + 1)
        x = right - laid[1] if column.aligned_right else left
        self._put(laid, font, token, x, y, height)
        if cell.second:
            self._put_second(cell.second, "second", x + laid[1] + self._gap, right, y, height)

    def _paint_check(self, token: str, left: int, middle: float) -> None:
        if not token:
            return
        painter, on, side = self._painter, token == "on", self._check
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(self._colours["accent" if on else "control"])
        painter.setBrush(self._colours["accent" if on else "surface"])
        painter.drawRoundedRect(QRectF(left + 0.5, round(middle - side / 2) - 0.5, side, side), 3, 3)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if on:
            tick = self._look.icon_pixmap("check", "on_accent", 12, self._sharpness)
            inset = (side + 1 - self._look.px(12)) / 2
            painter.drawPixmap(QPointF(left + inset, round(middle - side / 2) - 0.5 + inset), tick)
        self._token = ""

    def _put_second(self, text: str, font: str, x: float, right: int, y: int, height: int) -> None:
        """Second words: whole, or cut where enough of them is left to be read, or not at all."""
        room = round(right - x)
        if room >= self._readable or self._letters.words(text, font, _ANY_ROOM)[1] <= room:
            self._put(self._letters.words(text, font, room), font, "muted", x, y, height)

    def _put(self, laid: Laid, font: str, token: str, x: float, y: int, height: int) -> None:
        painter = self._painter
        if font != self._font:
            painter.setFont(self._fonts[font])
            self._font = font
        if token != self._token:
            painter.setPen(self._colours[token])
            self._token = token
        painter.drawStaticText(QPointF(x, y + (height - 1 - laid[2]) / 2), laid[0])

    def _paint_state(self, cell: Cell, left: int, right: int, y: int, height: int) -> None:
        seen = state_look(cell.state)
        x = left + self._gap + self._shape + self._gap
        laid = self._letters.words(cell.text, "body", right - x + 1)
        if seen.pill:
            whole = min(x - left + laid[1] + self._gap + 2, right - left)
            top = y + (height - 1 - self._pill) / 2
            self._fill_round(QRectF(left, top, whole, self._pill), 4, f"{seen.token}_soft")
        self._paint_shape(seen, left + self._gap, y + (height - self._shape) // 2)
        self._put(laid, "body", seen.word_token, x, y, height)
        x += round(laid[1]) + (2 if seen.pill else 1) * self._gap
        if cell.second:
            self._put_second(cell.second, "caption", x, right, y, height)

    def _paint_shape(self, seen: StateLook, x: int, y: int) -> None:
        on = f"{seen.token}_soft" if seen.pill else _NO_TINT
        pixmap = self._look.shape_pixmap(seen.shape, seen.token, on, self._sharpness)
        self._painter.drawPixmap(x, y, pixmap)

    def _paint_skeleton(
        self, row: int, place: int, column: Column, left: int, right: int, middle: float
    ) -> None:
        width = (right - left) * (0.45 + ((row * 7 + place * 13) % 5) * 0.11)
        x = right - width if column.aligned_right else left
        self._fill_round(QRectF(x, middle - self._bar / 2, width, self._bar), self._bar / 2, "line")

    def _fill_round(self, box: QRectF, radius: float, token: str) -> None:
        painter = self._painter
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colours[token])
        painter.drawRoundedRect(box, radius, radius)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._token = ""


_FONTS = {ColumnKind.CODE: "code", ColumnKind.STRONG: "strong"}
