"""One line for long work of a page: how far it is, a stop that works, and afterwards what came of it until it is closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar

from desktop.domain.errors import SyncError
from desktop.views.bridge import Bridge, Question
from desktop.views.look import Look
from desktop.views.widgets import Button, Mark, Words


class WorkLine(QFrame):
    """One work at a time. told: words of its progress, from (done, total, word)."""

    def __init__(self, look: Look, bridge: Bridge) -> None:
        super().__init__()
        self._look, self._bridge = look, bridge
        self._errand: Question | None = None
        self._told: Callable[[int, int, str], str] = lambda done, total, word: ""
        self._stopped = ""
        self.setProperty("role", "sunken")
        self.mark = Mark(look, "ring_half", "wait")
        self.sentence = Words(wrap=True)
        self.bar = QProgressBar(textVisible=False)
        self.bar.setFixedWidth(look.px(200))
        self.stop = Button(look, look.text.say("base-stop"), self.cancel, role="quiet")
        self.shut = Button(look, look.text.say("button-close"), self.hide, role="icon", icon="close")
        row = QHBoxLayout(self)
        row.setContentsMargins(look.px(24), look.px(4), look.px(16), look.px(4))
        row.setSpacing(look.px(8))
        row.addWidget(self.mark)
        row.addWidget(self.sentence, 1)
        for widget in (self.bar, self.stop, self.shut):
            row.addWidget(widget)
        self.hide()

    @property
    def busy(self) -> bool:
        """True while something is under way."""
        return self._errand is not None

    def begin(
        self, work: Callable[[Question], Any], then: Callable[[Any], None], told: Callable[[int, int, str], str],
        stopped: str,
    ) -> None:  # fmt: skip
        """Starts a work; nothing where one is under way. stopped: what a stop says afterwards."""
        if self.busy:
            return
        self._told, self._stopped = told, stopped
        self._show("ring_half", "wait", told(0, 0, ""), running=True)
        self.bar.setRange(0, 0)
        self._errand = self._bridge.ask_long(
            work,
            then=lambda answer: self._done(answer, then),
            failed=self._failed,
            progress=self._progress,
            owner=self,
        )

    def conclude(self, tone: str, words: str) -> None:
        """What came of it: "ok", "warn" or "stop"."""
        shape = {"ok": "disc_tick", "warn": "triangle_mark", "stop": "square"}[tone]
        self._show(shape, tone, words)

    def cancel(self) -> None:
        """Ends the work; what it had finished stays."""
        if self._errand is not None:
            self._errand.cancel()
            self._errand = None
            self._show("ring_bar", "muted", self._stopped)

    def _progress(self, done: int, total: int, word: str) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.sentence.tell(self._told(done, total, word))

    def _done(self, answer: Any, then: Callable[[Any], None]) -> None:
        self._errand = None
        self.hide()
        then(answer)

    def _failed(self, error: SyncError) -> None:
        self._errand = None
        text, code = self._look.text, error.code.id
        self.conclude("stop", f"{text.what(code, error.facts)} {text.do(code, error.facts)}")

    def _show(self, shape: str, token: str, words: str, *, running: bool = False) -> None:
        self.mark.show_shape(shape, token)
        self.sentence.tell(words)
        self.bar.setVisible(running)
        self.stop.setVisible(running)
        self.shut.setVisible(not running)
        self.show()
