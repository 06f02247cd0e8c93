"""The golden documents of a flow: each with whether the draft still makes the same of it, and why not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.views.document_sheets import Paper
from desktop.views.look import Look
from desktop.views.mapping_papers import Papers
from desktop.views.states import state_look
from desktop.views.widgets import Button, Mark, Words

SAME, MEANT, DIFFERS = "audited", "rejected", "person"
"""The looks of states.py: a ring with a tick, a triangle, a square."""


class GoldenTab(QScrollArea):
    """explain_asked, unpin_asked: with the judged document."""

    explain_asked = Signal(object)
    unpin_asked = Signal(object)

    def __init__(self, look: Look, papers: Papers) -> None:
        super().__init__()
        self.look, self._papers = look, papers
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._label: Callable[[str], str] = str
        self._judged: Sequence[Any] = ()
        self.explain_buttons: dict[int, Button] = {}
        self.unpin_buttons: dict[int, Button] = {}
        look.changed.connect(self._draw)
        self._draw()

    def show_judged(self, judged: Sequence[Any], label: Callable[[str], str]) -> None:
        """All of them, what is unexplained first. label: a target's path -> its name."""
        self._judged, self._label = judged, label
        self._draw()

    def _draw(self) -> None:
        text, px = self.look.text, self.look.px
        inner, column = QWidget(), QVBoxLayout()
        inner.setProperty("role", "area")
        column.setContentsMargins(0, px(8), 0, 0)
        column.setSpacing(px(8))
        self.explain_buttons, self.unpin_buttons = {}, {}
        hint = "golden-hint" if self._judged else "golden-none"
        column.addWidget(Words(text.say(hint), "second", wrap=True))
        for judged in self._judged:
            column.addWidget(self._one(judged))
        column.addStretch(1)
        inner.setLayout(column)
        self.setWidget(inner)

    def _one(self, judged: Any) -> QWidget:
        look, text, px, golden = self.look, self.look.text, self.look.px, judged.golden
        whole, column, head = QWidget(), QVBoxLayout(), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, px(8))
        column.setSpacing(px(4))
        head.setSpacing(px(8))
        state = DIFFERS if judged.stops else MEANT if judged.differs else SAME
        seen = state_look(state)
        head.addWidget(Mark(look, seen.shape, seen.token))
        head.addWidget(Words(golden.title, "strong", selectable=True))
        words = {
            SAME: text.say("golden-same"), MEANT: text.say("golden-meant"),
            DIFFERS: text.say("golden-differs", count=max(1, len(judged.differing))),
        }[state]  # fmt: skip
        head.addWidget(Words(words, "second", tone={DIFFERS: "stop", MEANT: "warn", SAME: "ok"}[state]))
        head.addStretch(1)
        if judged.stops:
            explain = Button(look, text.say("golden-explain"), lambda: self.explain_asked.emit(judged))
            self.explain_buttons[golden.id] = explain
            head.addWidget(explain)
        unpin = Button(
            look, text.say("golden-unpin"), lambda: self.unpin_asked.emit(judged), role="icon", icon="delete"
        )
        self.unpin_buttons[golden.id] = unpin
        head.addWidget(unpin)
        column.addLayout(head)
        who = text.say("golden-pinned-by", person=golden.pinned_by, when=text.moment(golden.pinned_at))
        column.addWidget(Words("  ".join(filter(None, (who, golden.note))), "second", wrap=True))
        if judged.reason is not None:
            said = text.say("golden-reason", person=judged.reason.person, reason=judged.reason.reason)
            column.addWidget(Words(said, wrap=True))
        if judged.differs or judged.unjudged:
            paper = Paper(text.say("golden-tab"))
            paper.setLineWrapMode(Paper.LineWrapMode.WidgetWidth)
            paper.setHtml(self._papers.judged(judged, self._label))
            paper.setMinimumHeight(px(min(220, 48 + 26 * max(2, len(judged.differing)))))
            column.addWidget(paper)
        whole.setLayout(column)
        return whole
