"""How a connection test went: each step with its shape, the one that failed with what happened and what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from desktop.views.look import Look
from desktop.views.site_view import Tested
from desktop.views.states import SHAPE_SIDE
from desktop.views.widgets import Button, Mark, Words, as_tip

WIDTH = 332


class CheckPanel(QFrame):
    """Idle, running, or showing a result. stop: what the button of a running test does."""

    def __init__(self, look: Look, stop: Callable[[], object]) -> None:
        super().__init__()
        self._look = look
        px, text = look.px, look.text
        self.setProperty("role", "sunken")
        self.setFixedWidth(px(WIDTH))
        self.title = Words(text.say("check-title"), "section")
        self.when = Words(role="caption")
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.stop = Button(look, text.say("check-stop"), stop)
        self._steps = QVBoxLayout()
        self._steps.setSpacing(px(12))
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(16), px(16), px(16))
        column.setSpacing(px(8))
        for part in (self.title, self.when, self.bar):
            column.addWidget(part)
        column.addSpacing(px(4))
        column.addLayout(self._steps)
        column.addWidget(self.stop)
        column.addStretch(1)
        self.show_idle()

    def show_idle(self) -> None:
        """Nothing tested yet: what a test looks at."""
        self._clear()
        self._running(False)
        self.when.setText(self._look.text.say("check-idle"))
        self.when.setWordWrap(True)

    def show_running(self) -> None:
        """A test is on its way."""
        self._clear()
        self._running(True)
        self.when.setText(self._look.text.say("check-running"))

    def show_result(self, result: Tested, now: datetime, title: str) -> None:
        """Every step up to the first that failed; errors name the system by its title."""
        self._clear()
        self._running(False)
        text = self._look.text
        self.when.setText(
            text.say("check-when", when=text.clock(result.at, now), seconds=f"{result.seconds:.2f}")
        )
        for step in result.steps:
            self._steps.addWidget(self._step(step, title))
        if result.failed is not None:
            self._steps.addWidget(Words(text.say("check-rest"), "caption", wrap=True))

    def _step(self, step: object, title: str) -> QWidget:
        look, text, px = self._look, self._look.text, self._look.px
        ok, error = getattr(step, "ok", False), getattr(step, "error", None)
        row, words, line = QWidget(), QVBoxLayout(), QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(px(8))
        words.setSpacing(px(2))
        mark = Mark(look, "disc_tick" if ok else "square", "ok" if ok else "stop")
        name = Words(text.word("check", str(getattr(step, "name", ""))), "strong")
        name.setAccessibleName(f"{name.text()} {text.say('check-ok' if ok else 'check-failed')}")
        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(name)
        detail = str(getattr(step, "detail", ""))
        if ok and detail:
            head.addWidget(self._detail(detail, name), 1)
        else:
            head.addStretch(1)
        words.addLayout(head)
        if not ok and error is not None:
            code, facts = error.code.id, {**error.facts, "system": title}
            words.addWidget(Words(text.what(code, facts), tone="stop", wrap=True, selectable=True))
            words.addWidget(Words(text.do(code, facts), "second", wrap=True))
            words.addWidget(Words(code, "caption"))
        left = QVBoxLayout()
        left.setContentsMargins(0, px(4), 0, 0)
        left.addWidget(mark, alignment=Qt.AlignmentFlag.AlignTop)
        line.addLayout(left)
        line.addLayout(words, 1)
        row.setLayout(line)
        return row

    def _detail(self, detail: str, name: Words) -> Words:
        """What the step found, cut at the panel's edge; the whole on hover."""
        look, px = self._look, self._look.px
        taken = look.metrics("body", strong=True).horizontalAdvance(name.text())
        room = px(WIDTH - 2 * 16 - SHAPE_SIDE - 2 * 8 - 4) - taken
        told = Words(look.metrics("caption").elidedText(detail, Qt.TextElideMode.ElideRight, room), "caption")
        told.setToolTip(as_tip(detail))
        return told

    def _running(self, on: bool) -> None:
        self.bar.setVisible(on)
        self.stop.setVisible(on)

    def _clear(self) -> None:
        while (item := self._steps.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
