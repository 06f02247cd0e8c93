"""The overview's right column: what was done day by day, and the figures that tell how well it goes. Own painting only."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from desktop.services.overview import HANDLED_S, SAMPLE, TYPED_S, WINDOW, Day, Overview
from desktop.services.text import Text
from desktop.views.look import Look
from desktop.views.paint_guard import guarded_paint
from desktop.views.widgets import Painted, Words, as_tip

WIDTH = 300


class Bars(Painted):
    """Days side by side: done, and of what failed that day what was left, over a scale. Hovering tells a day in words.

    asked: the beginning of the day that was clicked."""

    asked = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.days: tuple[Day, ...] = ()
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(self.look.px(200), self.look.px(118) + self.look.metrics("caption").height())

    def show_days(self, days: tuple[Day, ...]) -> None:
        """Oldest first; the last one is today."""
        self.days = days
        self.setAccessibleName("; ".join(day_words(self.look.text, day) for day in days))
        self.update()

    @guarded_paint
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if not self.days:
            return
        look, theme, painter = self.look, self.look.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        floor, left = float(look.px(112)), self._left()
        ticks = scale_of(max(1, *(max(day.done, day.left) for day in self.days)))
        tallest, room = ticks[-1], floor - look.px(8)
        self._paint_scale(painter, ticks, floor, room, left)
        step = (self.width() - left) / len(self.days)
        painter.setPen(Qt.PenStyle.NoPen)
        for place, day in enumerate(self.days):
            x, width = left + place * step + step * 0.12, step * 0.76
            last = place == len(self.days) - 1
            for count, token in ((day.done, "accent" if last else "accent_mid"), (day.left, "stop")):
                if count:
                    height = max(2.0, room * count / tallest)
                    painter.setBrush(theme[token])
                    painter.drawRoundedRect(QRectF(x, floor - height, width, height), 2, 2)
        painter.fillRect(QRectF(left, floor, self.width() - left, 1), theme["line_strong"])
        self._paint_words(painter, floor)

    def _left(self) -> float:
        """The room of the scale's numbers."""
        tallest = scale_of(max(1, *(max(day.done, day.left) for day in self.days)))[-1]
        return float(self.look.metrics("caption").horizontalAdvance(str(tallest)) + self.look.px(8))

    def _paint_scale(
        self, painter: QPainter, ticks: tuple[int, ...], floor: float, room: float, left: float
    ) -> None:
        """Hair lines with their numbers."""
        look = self.look
        painter.setFont(look.font("caption"))
        height = look.metrics("caption").height()
        for tick in ticks:
            y = floor - room * tick / ticks[-1]
            painter.fillRect(QRectF(left, y, self.width() - left, 1), look.theme["line"])
            painter.setPen(look.theme["muted"])
            box = QRectF(0, y - height / 2, left - look.px(6), height)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(tick))

    def _place(self, x: float) -> int:
        left = self._left()
        return int((x - left) * len(self.days) / max(1.0, self.width() - left)) if x >= left else -1

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        place = self._place(event.position().x()) if self.days else -1
        if 0 <= place < len(self.days):
            self.asked.emit(self.days[place].begins)

    def _paint_words(self, painter: QPainter, floor: float) -> None:
        look, text = self.look, self.look.text
        painter.setFont(look.font("caption"))
        box = QRectF(self._left(), floor + 4, self.width() - self._left(), self.height() - floor - 4)
        painter.setPen(look.theme["muted"])
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft, self.days[0].begins.strftime("%m-%d"))
        painter.drawText(
            box, Qt.AlignmentFlag.AlignHCenter, self.days[len(self.days) // 2].begins.strftime("%m-%d")
        )
        painter.setPen(look.theme["text"])
        told = text.say("overview-bar-today", count=self.days[-1].done)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight, told)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        place = self._place(event.position().x()) if self.days else -1
        if 0 <= place < len(self.days):
            self.setToolTip(as_tip(day_words(self.look.text, self.days[place])))


def scale_of(tallest: int) -> tuple[int, ...]:
    """At most four round numbers from 0 to at least `tallest`."""
    step = 1
    while step * 3 < tallest:
        step = step * 2 if str(step)[0] in "15" else step // 2 * 5
    return tuple(range(0, step * -(-tallest // step) + 1, step))


def day_words(text: Text, day: Day) -> str:
    """One day as a sentence."""
    told = {"day": day.begins.strftime("%m-%d"), "done": day.done, "failed": day.failed, "left": day.left}
    return text.say("overview-day", **told)


class Key(Painted):
    """A colour and what it stands for."""

    def __init__(self, look: Look, token: str, words: str) -> None:
        super().__init__(look)
        self._token, self._words = token, words
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        metrics = self.look.metrics("caption")
        return QSize(metrics.horizontalAdvance(self._words) + self.look.px(16), metrics.height())

    @guarded_paint
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        look, painter, side = self.look, QPainter(self), self.look.px(9)
        painter.fillRect(QRectF(0, (self.height() - side) / 2, side, side).toRect(), look.theme[self._token])
        painter.setFont(look.font("caption"))
        painter.setPen(look.theme["muted"])
        painter.drawText(
            self.rect().adjusted(look.px(14), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self._words
        )


class Told(QWidget):
    """A figure: its name, the number, and its definition beside it."""

    def __init__(self, look: Look, name: str, definition: str) -> None:
        super().__init__()
        self.number = Words(role="number")
        self.definition = Words(definition, "caption", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(2))
        column.addWidget(Words(name, "second"))
        column.addWidget(self.number)
        column.addWidget(self.definition)


class Side(QScrollArea):
    """The column, scrolled where the window is low."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        say, px = look.text.say, look.px
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFixedWidth(px(WIDTH))
        self.bars = Bars(look)
        days = WINDOW.days
        self.first_pass = Told(look, say("overview-first-pass"), say("overview-first-pass-is", days=days))
        self.leads = [Words(role="second") for _ in range(3)]
        self.lead_names = [Words() for _ in range(3)]
        self.saved = Told(look, say("overview-saved"), "")
        inner = QWidget()
        inner.setProperty("role", "area")
        column = QVBoxLayout(inner)
        column.setContentsMargins(px(20), px(16), px(20), px(16))
        column.setSpacing(px(8))
        column.addLayout(self._bars_head())
        column.addWidget(self.bars)
        for part in (self.first_pass, self._lead_part(), self.saved):
            column.addSpacing(px(4))
            column.addWidget(self._rule())
            column.addSpacing(px(2))
            column.addWidget(part)
        column.addStretch(1)
        self.setWidget(inner)

    def _rule(self) -> QFrame:
        rule = QFrame()
        rule.setProperty("role", "rule")
        return rule

    def _bars_head(self) -> QVBoxLayout:
        look, say = self._look, self._look.text.say
        head, keys = QVBoxLayout(), QHBoxLayout()
        head.setSpacing(look.px(4))
        keys.setSpacing(look.px(12))
        head.addWidget(Words(say("overview-bars"), "section"))
        keys.addWidget(Key(look, "accent_mid", say("overview-key-done")))
        keys.addWidget(Key(look, "stop", say("overview-key-left")))
        keys.addStretch(1)
        head.addLayout(keys)
        return head

    def _lead_part(self) -> QWidget:
        look, say, part = self._look, self._look.text.say, QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(4))
        column.addWidget(Words(say("overview-lead"), "second"))
        for name, value in zip(self.lead_names, self.leads, strict=True):
            row = QHBoxLayout()
            row.addWidget(name)
            row.addStretch(1)
            row.addWidget(value)
            column.addLayout(row)
        column.addWidget(Words(say("overview-lead-is", count=SAMPLE), "caption", wrap=True))
        return part

    def show_overview(self, overview: Overview) -> None:
        """The figures of one look."""
        text = self._look.text
        self.bars.show_days(overview.days)
        rate = overview.first_pass
        self.first_pass.number.setText(text.say("overview-none") if rate is None else f"{rate * 100:.1f} %")
        for place, (name, value) in enumerate(zip(self.lead_names, self.leads, strict=True)):
            lead = overview.leads[place] if place < len(overview.leads) else None
            for words in (name, value):
                words.setVisible(lead is not None)
            if lead is not None:
                name.setText(text.say(f"overview-lead-{lead.name}"))
                half, most = length(text, lead.half_s), length(text, lead.most_s)
                value.setText(text.say("overview-lead-told", half=half, most=most))
        if not overview.leads:
            self.lead_names[0].show()
            self.lead_names[0].setText(text.say("overview-none"))
        self._show_saved(overview)

    def _show_saved(self, overview: Overview) -> None:
        text, saved = self._look.text, overview.saved
        told = text.say("overview-saved-fields", count=text.number(saved.fields))
        self.saved.number.setText(told)
        assumed = {
            "days": WINDOW.days, "documents": saved.documents, "seconds": TYPED_S,
            "hours": f"{saved.seconds / 3600:.1f}",
        }  # fmt: skip
        words = text.say("overview-saved-is", **assumed)
        if saved.factor is not None:
            factor = text.say(
                "overview-saved-factor", factor=f"{saved.factor:.1f}", handled=saved.handled, minutes=HANDLED_S // 60
            )  # fmt: skip
            words += ("" if text.language == "zh" else " ") + factor
        self.saved.definition.setText(words)


def length(text: Text, seconds: float) -> str:
    """A length of time, also under a minute."""
    return text.say("overview-seconds", count=round(seconds)) if seconds < 60 else text.lapse(seconds)
