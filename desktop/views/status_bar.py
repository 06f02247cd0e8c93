"""The status bar: engine, next run, both systems, what waits for a person, and in which environment we are."""

from __future__ import annotations

import time
from typing import NamedTuple

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout

from desktop.views.look import Look
from desktop.views.paint_guard import guarded_paint
from desktop.views.states import SHAPE_SIDE
from desktop.views.theme import ENVIRONMENTS
from desktop.views.widgets import Words, dressed

_ENGINE = {
    "starting": ("ring_dashed", "muted"),
    "running": ("disc_tick", "ok"),
    "elsewhere": ("disc_tick", "ok"),
    "paused": ("ring_bar", "warn"),
    "stopped": ("square", "stop"),
}
_SYSTEM = {"ok": ("disc_tick", "ok"), "held": ("square", "stop"), "unknown": ("ring_dashed", "muted")}


class Status(NamedTuple):
    """What the bar shows.

    engine: "starting", "running", "paused", "stopped", "elsewhere".  next_in_s: None = no run is due.
    erp, oa: "ok", "held", "unknown".  person: documents that need a person.
    environment: "production", "test", "demo".
    """

    engine: str = "starting"
    next_in_s: float | None = None
    erp: str = "unknown"
    oa: str = "unknown"
    person: int = 0
    environment: str = "production"


class StatusPart(QAbstractButton):
    """Shape and word; a click leads to its page."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look, self._shape, self._token, self._second = look, "ring_dashed", "muted", ""
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        look.changed.connect(self.update)

    def tell(self, words: str, shape: str, token: str, second: str = "") -> None:
        """Other words; `second` follows muted."""
        self._shape, self._token, self._second = shape, token, second
        self.setText(words)
        self.setAccessibleName(f"{words} {second}".strip())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        look, metrics = self._look, self._look.metrics("caption")
        width = look.px(SHAPE_SIDE + 6) + metrics.horizontalAdvance(self.text()) + look.px(8)
        width += metrics.horizontalAdvance(self._second) + look.px(10) if self._second else 0
        return QSize(width, max(look.px(28), metrics.height() + 4))

    @guarded_paint
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        look, painter = self._look, QPainter(self)
        pixmap = look.shape_pixmap(self._shape, self._token, "window", self.devicePixelRatioF())
        painter.drawPixmap(0, (self.height() - look.px(SHAPE_SIDE)) // 2 + 1, pixmap)
        painter.setFont(look.font("caption"))
        metrics, x = look.metrics("caption"), look.px(SHAPE_SIDE + 6)
        loud = self.underMouse() or self.hasFocus()
        for words, token in ((self.text(), "link" if loud else "text"), (self._second, "muted")):
            painter.setPen(look.theme[token])
            painter.drawText(self.rect().adjusted(x, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)
            x += metrics.horizontalAdvance(words) + look.px(10)


class StatusBar(QFrame):
    """asked: a part was clicked: "systems" or "failures"."""

    asked = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._due_at: float | None = None
        self.setObjectName("statusbar")
        self.setFixedHeight(max(look.px(28), look.metrics("caption").height() + 6))
        self.engine, self.erp, self.oa, self.person = (StatusPart(look) for _ in range(4))
        self.environment = Words(role="caption")
        row = QHBoxLayout(self)
        row.setContentsMargins(look.px(14), 0, look.px(14), 0)
        row.setSpacing(look.px(14))
        for part, page in (
            (self.engine, "systems"),
            (self.erp, "systems"),
            (self.oa, "systems"),
            (self.person, "failures"),
        ):
            row.addWidget(part)
            part.clicked.connect(lambda _=False, page=page: self.asked.emit(page))
        row.addStretch(1)
        row.addWidget(self.environment)
        self._clock = QTimer(self, interval=1000)
        self._clock.timeout.connect(self._tell_engine)
        self.show_status(Status())

    def show_status(self, status: Status) -> None:
        """Shows what is known now; the seconds to the next run count down by themselves."""
        text, self._status = self._look.text, status
        self._due_at = None
        if status.next_in_s is not None:
            self._due_at = time.monotonic() + status.next_in_s
        (self._clock.start if self._due_at is not None else self._clock.stop)()
        self._tell_engine()
        self.erp.tell(text.word("status", f"erp-{status.erp}"), *_SYSTEM.get(status.erp, _SYSTEM["unknown"]))
        self.oa.tell(text.word("status", f"oa-{status.oa}"), *_SYSTEM.get(status.oa, _SYSTEM["unknown"]))
        self.person.setVisible(status.person > 0)
        if status.person:
            self.person.tell(text.say("status-person", count=status.person), "square", "stop")
        self.environment.setText(text.word("environment", status.environment))
        dressed(self.environment, tone=ENVIRONMENTS.get(status.environment, ""))

    def _tell_engine(self) -> None:
        text, status = self._look.text, self._status
        words = text.word("status-engine", status.engine)
        second = ""
        if self._due_at is not None:
            left = max(0, round(self._due_at - time.monotonic()))
            when = text.say("status-in-seconds", seconds=left) if left < 60 else text.lapse(left)
            second = text.say("status-next", when=when)
        self.engine.tell(words, *_ENGINE.get(status.engine, _ENGINE["stopped"]), second)
