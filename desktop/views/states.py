"""The one table of states: word, shape, colour, and whether it wants a person. And the shapes, painted.

A state is a word + a shape + a colour, never colour alone. The word is `state-<name>` in the text catalogue; the
names are those of DocumentState, with "doubt" and "person" for a document that an open failure holds. Those of
base data ("base_...") have their words in the prefix "base-state".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPainterPath, QPen, QPolygonF

SHAPE_SIDE = 13
"""A shape's side at the drawn base size."""


class StateLook(NamedTuple):
    """How a state meets the eye. pill: tinted, because a person must act; quiet: over, so its word is muted too."""

    shape: str
    token: str
    pill: bool = False
    quiet: bool = False

    @property
    def word_token(self) -> str:
        """The colour of the word: the state's own on a pill, else calm."""
        return self.token if self.pill else "muted" if self.quiet else "text"


STATES: dict[str, StateLook] = {
    "found": StateLook("ring_dashed", "muted"),
    "requested": StateLook("ring_half", "wait"),
    "approved": StateLook("ring_tick", "ok"),
    "rejected": StateLook("triangle", "warn"),
    "withdrawn": StateLook("ring_bar", "muted", quiet=True),
    "saved": StateLook("ring_half", "wait"),
    "submitted": StateLook("ring_half", "wait"),
    "audited": StateLook("ring_tick", "ok"),
    "cleared": StateLook("ring_tick", "ok"),
    "done": StateLook("disc_tick", "ok"),
    "returned": StateLook("triangle", "warn", pill=True),
    "made": StateLook("disc_tick", "ok"),
    "told": StateLook("triangle", "warn", pill=True),
    "cancelled": StateLook("ring_bar", "muted", quiet=True),
    "handed_over": StateLook("disc_tick", "muted", quiet=True),
    "dismissed": StateLook("ring_bar", "faint", quiet=True),
    "to_check": StateLook("ring_dashed", "muted"),
    "held": StateLook("ring_bar", "warn", pill=True),
    "kept_out": StateLook("ring_bar", "faint", quiet=True),
    "doubt": StateLook("diamond", "warn", pill=True),
    "person": StateLook("square", "stop", pill=True),
    "base_ok": StateLook("disc_tick", "ok"),
    "base_warn": StateLook("triangle_mark", "warn"),
    "base_unread": StateLook("ring", "muted", quiet=True),
}


def state_look(name: str) -> StateLook:
    """The look of a state; one that a newer store knows and we do not is shown as wanting a person."""
    return STATES.get(name, STATES["person"])


def paint_shape(painter: QPainter, shape: str, box: QRectF, colour: QColor, on: QColor) -> None:
    """Paints a shape into a square box. `on` is the colour of the mark within a filled shape."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(box.topLeft())
    unit = box.width() / SHAPE_SIDE
    painter.scale(unit, unit)
    painter.setPen(_pen(colour, 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    _SHAPES.get(shape, _square)(painter, colour, on)
    painter.restore()


def _pen(colour: QColor, width: float) -> QPen:
    return QPen(
        QBrush(colour),
        width,
        Qt.PenStyle.SolidLine,
        Qt.PenCapStyle.RoundCap,
        Qt.PenJoinStyle.RoundJoin,
    )


def _ring(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(6.5, 6.5), 4.9, 4.9)


def _ring_dashed(painter: QPainter, colour: QColor, on: QColor) -> None:
    pen = _pen(colour, 1.4)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    stroke = 2 * math.pi * 4.9 / 8 / 1.4
    pen.setDashPattern([stroke * 0.55, stroke * 0.45])
    painter.setPen(pen)
    _ring(painter)


def _ring_half(painter: QPainter, colour: QColor, on: QColor) -> None:
    _ring(painter)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPie(QRectF(3.4, 3.4, 6.2, 6.2), -90 * 16, 180 * 16)


def _tick(painter: QPainter, colour: QColor) -> None:
    painter.setPen(_pen(colour, 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF([QPointF(4.3, 6.7), QPointF(5.9, 8.3), QPointF(8.9, 5.0)]))


def _ring_tick(painter: QPainter, colour: QColor, on: QColor) -> None:
    _ring(painter)
    _tick(painter, colour)


def _disc_tick(painter: QPainter, colour: QColor, on: QColor) -> None:
    _disc(painter, colour, on)
    _tick(painter, on)


def _disc(painter: QPainter, colour: QColor, on: QColor) -> None:
    painter.setBrush(colour)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawEllipse(QPointF(6.5, 6.5), 5.6, 5.6)


def _ring_bar(painter: QPainter, colour: QColor, on: QColor) -> None:
    _ring(painter)
    painter.drawLine(QPointF(4.3, 6.5), QPointF(8.7, 6.5))


def _triangle(painter: QPainter, colour: QColor, on: QColor) -> None:
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([QPointF(6.5, 1.7), QPointF(11.9, 11.2), QPointF(1.1, 11.2)]))
    painter.setPen(_pen(on, 1.3))  # an arrow back: it went back to its maker
    painter.drawLine(QPointF(4.7, 8.7), QPointF(8.3, 8.7))
    painter.drawPolyline(QPolygonF([QPointF(6.1, 7.3), QPointF(4.7, 8.7), QPointF(6.1, 10.0)]))


def _triangle_mark(painter: QPainter, colour: QColor, on: QColor) -> None:
    """A warning that is no state of a document: the same triangle with an exclamation mark."""
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([QPointF(6.5, 1.7), QPointF(11.9, 11.2), QPointF(1.1, 11.2)]))
    painter.setPen(_pen(on, 1.4))
    painter.drawLine(QPointF(6.5, 5.2), QPointF(6.5, 7.6))
    _dot(painter, on, 9.7)


def _diamond(painter: QPainter, colour: QColor, on: QColor) -> None:
    painter.setBrush(colour)
    painter.drawPolygon(
        QPolygonF([QPointF(6.5, 0.8), QPointF(12.2, 6.5), QPointF(6.5, 12.2), QPointF(0.8, 6.5)])
    )
    mark = QPainterPath(QPointF(5.2, 5.4))
    mark.cubicTo(QPointF(5.2, 3.2), QPointF(8.2, 3.4), QPointF(7.8, 5.4))
    mark.cubicTo(QPointF(7.6, 6.3), QPointF(6.5, 6.4), QPointF(6.5, 7.5))
    painter.setPen(_pen(on, 1.25))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(mark)
    _dot(painter, on, 9.4)


def _square(painter: QPainter, colour: QColor, on: QColor) -> None:
    painter.setBrush(colour)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawRoundedRect(QRectF(1, 1, 11, 11), 2.4, 2.4)
    painter.setPen(_pen(on, 1.6))
    painter.drawLine(QPointF(6.5, 3.5), QPointF(6.5, 7.0))
    _dot(painter, on, 9.3)


def _dot(painter: QPainter, colour: QColor, y: float) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(QPointF(6.5, y), 0.85, 0.85)


def _ring_empty(painter: QPainter, colour: QColor, on: QColor) -> None:
    _ring(painter)


_SHAPES: dict[str, Callable[[QPainter, QColor, QColor], None]] = {
    "ring_dashed": _ring_dashed,
    "ring_half": _ring_half,
    "ring_tick": _ring_tick,
    "ring_bar": _ring_bar,
    "ring": _ring_empty,
    "disc": _disc,
    "disc_tick": _disc_tick,
    "triangle": _triangle,
    "triangle_mark": _triangle_mark,
    "diamond": _diamond,
    "square": _square,
}


def tabular(font: QFont) -> QFont:
    """The font with digits of one width, so that amounts and times line up."""
    font.setFeature(QFont.Tag("tnum"), 1)
    return font
