"""The rail, where a document stands, and the timeline, what happened to it: painted, since both are read, not pressed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetrics,
    QGuiApplication,
    QHelpEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip

from desktop.views.document_life import Line, Stage
from desktop.views.look import Look
from desktop.views.paint_guard import guarded_paint
from desktop.views.states import SHAPE_SIDE
from desktop.views.widgets import Painted

STAGE, MARK_GAP = 132, 6
LINE = 30
_KINDS = {
    "done": ("disc_tick", "ok"), "now": ("ring_half", "wait"), "next": ("ring", "faint"), "back": ("triangle", "warn"),
    "off": ("ring_bar", "muted"), "stop": ("square", "stop"),
}  # fmt: skip
_ONE_LINE = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine


class Rail(Painted):
    """The stops of the current round, from left to right."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._stages: Sequence[Stage] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_stages(self, stages: Sequence[Stage]) -> None:
        """Shows other stops."""
        self._stages = tuple(stages)
        self.setAccessibleName("  ".join(f"{stage.title} {stage.second}".strip() for stage in stages))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        look = self.look
        tall = (
            look.px(SHAPE_SIDE + MARK_GAP)
            + look.metrics("second").height()
            + look.metrics("caption").height()
        )
        return QSize(look.px(300), tall + 2)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(look_width(self.look), self.sizeHint().height())

    @guarded_paint
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if not self._stages:
            return
        look, painter = self.look, QPainter(self)
        wide = min(look.px(STAGE), self.width() // len(self._stages))
        side, gap = look.px(SHAPE_SIDE), look.px(MARK_GAP)
        for at, stage in enumerate(self._stages):
            shape, token = _KINDS[stage.kind]
            x = at * wide
            self.paint_mark(painter, shape, token, "surface", x, side / 2)
            if at + 1 < len(self._stages):
                done = stage.kind == "done" and self._stages[at + 1].kind != "next"
                painter.setPen(QPen(look.theme["ok" if done else "line_strong"], 1.5))
                painter.drawLine(QPointF(x + side + gap, side / 2), QPointF(x + wide - gap, side / 2))
            self._words(painter, stage, x, side + gap, wide - look.px(8))

    def _words(self, painter: QPainter, stage: Stage, x: int, y: int, room: int) -> None:
        look = self.look
        loud = stage.kind in ("now", "stop", "back")
        metrics, second = look.metrics("second", strong=loud), look.metrics("caption")
        painter.setFont(look.font("second", strong=loud))
        painter.setPen(look.theme["faint" if stage.kind == "next" else "text"])
        shown = metrics.elidedText(stage.title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRect(x, y, room, metrics.height()), _ONE_LINE, shown)
        painter.setFont(look.font("caption"))
        tone = {"now": "wait", "stop": "stop", "back": "warn", "next": "faint"}.get(stage.kind, "muted")
        painter.setPen(look.theme[tone])
        shown = second.elidedText(stage.second, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRect(x, y + metrics.height(), room, second.height()), _ONE_LINE, shown)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self._stages:
            wide = min(self.look.px(STAGE), self.width() // len(self._stages))
            at = event.pos().x() // max(1, wide)
            stage = self._stages[at] if at < len(self._stages) else None
            QToolTip.showText(
                event.globalPos(), plain_tip(f"{stage.title}  {stage.second}") if stage else "", self
            )
            return True
        return super().event(event)


def look_width(look: Look) -> int:
    """The least width at which a rail or a timeline can still be read."""
    return look.px(280)


def plain_tip(words: str) -> str:
    """A tip that is never taken for markup."""
    from html import escape

    return f"<qt>{escape(words)}</qt>" if words.strip() else ""


class Timeline(Painted):
    """The lines of a document's life, newest first. As tall as its lines; lives in a scroll area."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._lines: Sequence[Line] = ()
        self._laid: dict[tuple[Line, int], tuple[int, int, int]] = {}
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumWidth(look_width(look))

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Shows other lines."""
        if tuple(lines) == self._lines:
            return
        self._lines = tuple(lines)
        self._laid.clear()
        self.setAccessibleName(self.look.text.say("panel-tab-timeline"))
        self.setAccessibleDescription(self.as_text())
        self.updateGeometry()
        self.update()

    def as_text(self) -> str:
        """All lines as plain text, for the clipboard and for a screen reader."""
        text = self.look.text
        return "\n".join(
            "\t".join((text.moment(line.at), line.title, line.who, line.said)).rstrip()
            for line in self._lines
        )

    # Measures --------------------------------------------------------------------------------------------------

    def _left(self) -> int:
        """Where the words begin: after the time and the shape."""
        return self._time_room() + self.look.px(SHAPE_SIDE + 20)

    def _time_room(self) -> int:
        return self.look.metrics("second").horizontalAdvance("00-00 00:00") + self.look.px(12)

    def _said(self, line: Line) -> str:
        said = self.look.text.say("said-quoted", said=line.said) if line.said else ""
        times = self.look.text.say("panel-times", count=line.times) if line.times > 1 else ""
        return "  ".join(filter(None, (said, times)))

    def _layout(self, line: Line, wide: int) -> tuple[int, int, int]:
        """(x of who, x of what was said or -1 where it stands below, height of the line). Kept: Qt asks for it often."""
        kept = self._laid.get((line, wide))
        if kept is None:
            kept = self._laid[line, wide] = self._lay_out(line, wide)
        return kept

    def _lay_out(self, line: Line, wide: int) -> tuple[int, int, int]:
        look, left = self.look, self._left()
        title = look.metrics(strong=True).horizontalAdvance(line.title)
        who_x = left + title + look.px(10)
        who = look.metrics().horizontalAdvance(line.who)
        said_x = who_x + (who + look.px(10) if line.who else 0)
        said = self._said(line)
        tall = max(look.px(LINE), look.metrics().height() + look.px(8))
        if not said or said_x + look.metrics("second").horizontalAdvance(said) <= wide:
            return who_x, said_x, tall
        box = _wrapped(look.metrics("second"), said, wide - left)
        return who_x, -1, tall + box.height()

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        return sum(self._layout(line, width)[2] for line in self._lines) + self.look.px(8)

    def sizeHint(self) -> QSize:  # noqa: N802
        wide = max(self.width(), look_width(self.look))
        return QSize(look_width(self.look), self.heightForWidth(wide))

    # Painting --------------------------------------------------------------------------------------------------

    @guarded_paint
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter, y = QPainter(self), 0
        now = datetime.now(UTC)
        for at, line in enumerate(self._lines):
            tall = self._layout(line, self.width())[2]
            if y + tall >= event.rect().top() and y <= event.rect().bottom():
                self._paint_line(painter, line, y, tall, now, last=at + 1 == len(self._lines))
            y += tall

    def _paint_line(
        self, painter: QPainter, line: Line, y: int, tall: int, now: datetime, *, last: bool
    ) -> None:
        look, theme = self.look, self.look.theme
        who_x, said_x, _ = self._layout(line, self.width())
        row = max(look.px(LINE), look.metrics().height() + look.px(8))
        side, mark_x = look.px(SHAPE_SIDE), self._time_room()
        if not last:
            painter.setPen(QPen(theme["line_strong"], 1))
            x = mark_x + side / 2
            painter.drawLine(
                QPointF(x, y + row / 2 + side / 2 + 3), QPointF(x, y + tall + row / 2 - side / 2 - 3)
            )
        self.paint_mark(painter, line.shape, line.token, "surface", mark_x, y + row / 2)
        self._words(
            painter, "second", "muted", QRect(0, y, self._time_room(), row), look.text.clock(line.at, now)
        )
        self._words(
            painter, "body", "text", QRect(self._left(), y, self.width(), row), line.title, strong=True
        )
        room = self.width() - who_x
        shown = look.metrics().elidedText(line.who, Qt.TextElideMode.ElideRight, room)
        self._words(painter, "body", "text", QRect(who_x, y, room, row), shown)
        said = self._said(line)
        if said and said_x >= 0:
            self._words(painter, "second", "muted", QRect(said_x, y, self.width() - said_x, row), said)
        elif said:
            painter.setFont(look.font("second"))
            painter.setPen(theme["muted"])
            below = QRect(self._left(), y + row - look.px(4), self.width() - self._left(), tall)
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap, said)

    def _words(
        self, painter: QPainter, role: str, token: str, box: QRect, words: str, *, strong: bool = False
    ) -> None:  # fmt: skip
        painter.setFont(self.look.font(role, strong=strong))
        painter.setPen(self.look.theme[token])
        painter.drawText(QRectF(box), _ONE_LINE, words)

    # The whole moment on hover, the whole text by the menu -----------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            line = self._line_at(event.pos().y())
            words = f"{self.look.text.moment(line.at)}  {line.who}" if line is not None else ""
            QToolTip.showText(event.globalPos(), plain_tip(words), self)
            return True
        return super().event(event)

    def _line_at(self, y: int) -> Line | None:
        for line in self._lines:
            y -= self._layout(line, self.width())[2]
            if y < 0:
                return line
        return None

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        menu = QMenu(self)
        menu.addAction(self.look.icon("copy"), self.look.text.say("panel-copy-all"), self.copy)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def copy(self) -> None:
        """All lines to the clipboard."""
        QGuiApplication.clipboard().setText(self.as_text())


def _wrapped(metrics: QFontMetrics, words: str, wide: int) -> QRect:
    """The room that words take when they wrap."""
    return metrics.boundingRect(QRect(0, 0, max(40, wide), 10_000), Qt.TextFlag.TextWordWrap, words)
