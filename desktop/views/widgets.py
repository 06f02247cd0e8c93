"""The small parts that every page is built of: words, buttons, chips, pills, badges. page_states.py has the bigger ones.

Words given to them are already told by the catalogue. All text is shown as plain text, whatever is in it.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QWidget,
)

from desktop.views.look import Look
from desktop.views.paint_guard import guarded_paint
from desktop.views.states import SHAPE_SIDE, state_look

_ICON_TOKENS = {"primary": "on_accent", "quiet": "link", "icon": "muted", "danger": "stop"}


def dressed(widget: QWidget, **properties: str) -> None:
    """Sets properties that the style sheet reads, and has the widget drawn anew."""
    for name, value in properties.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def as_tip(words: str) -> str:
    """Words for a tool tip: Qt would take another system's words for markup there."""
    return f"<qt>{escape(words)}</qt>" if words else ""


class Words(QLabel):
    """A label. Plain text always: another system's words must not become markup.

    role: "sentence", "number", "title", "panel", "section", "strong", "muted", "second", "caption", "faint", "key".
    tone: "", "ok", "wait", "warn", "stop", "violet", "link".
    """

    def __init__(
        self, text: str = "", role: str = "", *, tone: str = "", wrap: bool = False, selectable: bool = False
    ) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setProperty("tone", tone)
        self.setWordWrap(wrap)
        self.setText(text)
        if role == "key":
            self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        if selectable:
            self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def tell(self, text: str, tone: str | None = None) -> None:
        """Other words, and another tone where one is given."""
        self.setText(text)
        if tone is not None and tone != self.property("tone"):
            dressed(self, tone=tone)


class Button(QPushButton):
    """A push button in one of our roles: "primary", "secondary", "quiet", "icon", "danger".

    An icon button shows no words; they become its accessible name and its tip.
    """

    def __init__(
        self,
        look: Look,
        words: str,
        act: Callable[[], object] | None = None,
        *,
        role: str = "secondary",
        icon: str = "",
    ) -> None:
        super().__init__()
        self._look, self._icon, self._role = look, icon, role
        self.setProperty("role", role)
        self.setAccessibleName(words)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        if role == "icon":
            self.setToolTip(words)
        else:
            self.setText(_spaced(words, icon))
        if act is not None:
            self.clicked.connect(lambda: act())
        self._draw_icon()
        look.changed.connect(self._draw_icon)

    def say(self, words: str) -> None:
        """Other words, for a button that says what and how many."""
        self.setAccessibleName(words)
        self.setText(_spaced(words, self._icon))

    def set_role(self, role: str) -> None:
        """Another role: where the obvious button is grey, the next step takes its place."""
        if role != self._role:
            self._role = role
            dressed(self, role=role)
            self._draw_icon()

    def set_icon(self, name: str) -> None:
        """Another icon."""
        self._icon = name
        self._draw_icon()

    def _draw_icon(self) -> None:
        if self._icon:
            side = self._look.px(16)
            self.setIconSize(QSize(side, side))
            self.setIcon(self._look.icon(self._icon, _ICON_TOKENS.get(self._role, "text")))


def _spaced(words: str, icon: str) -> str:
    """Qt sets an icon 4 px from its word; ours stands 6 px away. An ampersand is a letter here, not a shortcut."""
    return ("\u2009" if icon else "") + words.replace("&", "&&")


class NumberBox(QSpinBox):
    """A whole number. The wheel turns it only while it has the keyboard: scrolling a form must change nothing."""

    def __init__(self, look: Look, words: str, least: int, most: int, value: int) -> None:
        super().__init__()
        self.setAccessibleName(words)
        self.setRange(least, most)
        self.setValue(value)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().setTextMargins(
            look.px(6), 0, 0, 0
        )  # the style sheet's padding does not reach in there

    def setSuffix(self, words: str) -> None:  # noqa: N802
        """The unit, a space behind the number: no catalogue keeps one at its start."""
        super().setSuffix(f" {words}")

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class Painted(QWidget):
    """A widget that paints itself with the look's colours, and again when they change."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        look.changed.connect(self.update)

    def paint_mark(self, painter: QPainter, shape: str, token: str, on: str, x: float, middle: float) -> None:
        """A state's shape, its middle at `middle`."""
        pixmap = self.look.shape_pixmap(shape, token, on, self.devicePixelRatioF())
        painter.drawPixmap(round(x), round(middle - self.look.px(SHAPE_SIDE) / 2), pixmap)


class Mark(Painted):
    """A state's shape alone; the word stands beside it or in the accessible name."""

    def __init__(self, look: Look, shape: str = "ring", token: str = "muted") -> None:
        super().__init__(look)
        self._shape, self._token = shape, token
        side = look.px(SHAPE_SIDE)
        self.setFixedSize(side, side + 1)

    def show_shape(self, shape: str, token: str) -> None:
        """Another shape or colour."""
        self._shape, self._token = shape, token
        self.update()

    @guarded_paint
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        self.paint_mark(painter, self._shape, self._token, "surface", 0, self.height() / 2)


class Pill(Painted):
    """A tinted state: shape and word on the soft ground of its colour."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._words, self._shape, self._token = "", "", "wait"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_state(self, state: str, words: str) -> None:
        """A state of states.STATES."""
        seen = state_look(state)
        self.show_words(words, seen.token, seen.shape)

    def show_words(self, words: str, tone: str, shape: str = "") -> None:
        """Any words in a tone ("ok", "wait", "warn", "stop", "violet", "accent", "muted")."""
        self._words, self._token, self._shape = words, tone, shape
        self.setAccessibleName(words)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        look = self.look
        shape = look.px(SHAPE_SIDE + 6) if self._shape else 0
        width = look.metrics("second").horizontalAdvance(self._words) + shape + look.px(16)
        return QSize(width, max(look.px(22), look.metrics("second").height()))

    @guarded_paint
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        look, painter = self.look, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.theme.soft(self._token))
        painter.drawRoundedRect(self.rect(), 4, 4)
        x, token = look.px(8), "link" if self._token == "accent" else self._token
        if self._shape:
            ground = f"{self._token}_soft" if f"{self._token}_soft" in look.theme.colours else "hover"
            self.paint_mark(painter, self._shape, token, ground, x, self.height() / 2)
            x += look.px(SHAPE_SIDE + 6)
        painter.setFont(look.font("second"))
        painter.setPen(look.theme[token])
        painter.drawText(self.rect().adjusted(x, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self._words)


def inset(look: Look, widget: QWidget) -> QWidget:
    """With the page's edge at both sides."""
    held = QWidget()
    row = QHBoxLayout(held)
    row.setContentsMargins(look.px(24), 0, look.px(24), 0)
    row.addWidget(widget)
    return held


def foot(look: Look, *buttons: QWidget) -> QHBoxLayout:
    """A dialog's last line: its buttons at the right, the deed last."""
    row = QHBoxLayout()
    row.setSpacing(look.px(8))
    row.addStretch(1)
    for button in buttons:
        row.addWidget(button)
    return row


def badge_size(look: Look, words: str) -> QSize:
    """The room a badge needs."""
    height = look.px(20)
    return QSize(
        max(height, look.metrics("caption", strong=True).horizontalAdvance(words) + look.px(12)), height
    )


def paint_badge(painter: QPainter, look: Look, box: QRectF, words: str, tone: str) -> None:
    """A badge's ground and words, for widgets that paint themselves whole."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.theme.soft(tone))
    painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
    painter.setFont(look.font("caption", strong=True))
    painter.setPen(look.theme[tone])
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


class Chip(QAbstractButton):
    """A filter: muted name and value. Off it opens a menu (clicked); on, its cross takes the filter away (removed)."""

    removed = Signal()

    def __init__(self, look: Look, name: str, value: str, *, on: bool = False) -> None:
        super().__init__()
        self._look, self._name, self._hover = look, name, False
        self._value, self._on = value, on
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.show_value(value, on=on)
        look.changed.connect(self.update)

    @property
    def value(self) -> str:
        """What it says."""
        return self._value

    def show_value(self, value: str, *, on: bool) -> None:
        """Another value; `on` where it narrows the list."""
        self._value, self._on = value, on
        self.setAccessibleName(f"{self._name} {value}")
        self.setToolTip(self._look.text.say("chip-remove", name=self._name) if on else "")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        look, metrics = self._look, self._look.metrics("second")
        name = metrics.horizontalAdvance(self._name) + look.px(6) if self._name else 0
        width = look.px(10) + name + metrics.horizontalAdvance(self._value) + look.px(6 + 12 + 10)
        return QSize(width, max(look.px(28), metrics.height() + 4))

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802
        self._hover = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        self._hover = False
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        crossed = self._on and event.position().x() > self.width() - self._look.px(26)
        if crossed and self.rect().contains(event.position().toPoint()):
            self.setDown(False)
            self.removed.emit()
        else:
            super().mouseReleaseEvent(event)

    @guarded_paint
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        look, theme, painter = self._look, self._look.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge, width = ("ring", 2) if self.hasFocus() else ("accent" if self._on else "line_strong", 1)
        painter.setPen(QPen(theme[edge], width))
        painter.setBrush(theme["accent_soft" if self._on else "hover" if self._hover else "surface"])
        inset = width / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 6, 6)
        painter.setFont(look.font("second"))
        x, metrics = look.px(10), look.metrics("second")
        for words, token in ((self._name, "muted"), (self._value, "link" if self._on else "text")):
            painter.setPen(theme[token])
            painter.drawText(self.rect().adjusted(x, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)
            x += metrics.horizontalAdvance(words) + look.px(6) if words else 0
        icon = look.icon_pixmap(
            "close" if self._on else "down", "link" if self._on else "muted", 12, self.devicePixelRatioF()
        )
        painter.drawPixmap(self.width() - look.px(22), (self.height() - look.px(12)) // 2 + 1, icon)


class Skeleton(Painted):
    """Bars where words will be; for a panel or a form that is being read."""

    def __init__(self, look: Look, lines: int = 6) -> None:
        super().__init__(look)
        self._lines = lines
        self.setMinimumHeight(look.px(32) * lines)

    @guarded_paint
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter, height = QPainter(self), self.look.px(8)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.look.theme["line"])
        for line in range(self._lines):
            y = self.look.px(32) * line + self.look.px(12)
            width = self.width() * (0.35 + (line * 5 % 4) * 0.15)
            painter.drawRoundedRect(QRectF(0, y, width, height), height / 2, height / 2)
