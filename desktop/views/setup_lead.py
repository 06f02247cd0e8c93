"""The way from nothing to the first order: connect the ERP, connect the OA, join a company, switch a flow on."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from desktop.views.look import Look
from desktop.views.widgets import Button, Mark, Words, dressed

STEPS = ("erp", "oa", "route", "flow")


class SetupLead(QFrame):
    """Four steps in a row; the next one has the page's one filled button.

    act: called with the step that the person takes: one of STEPS.
    """

    def __init__(self, look: Look, act: Callable[[str], object]) -> None:
        super().__init__()
        self._look, self._act, self._next = look, act, ""
        px, text = look.px, look.text
        self.setProperty("role", "cure")
        self._marks = [Mark(look) for _ in STEPS]
        self._names = [Words(text.say(f"lead-{step}"), "strong") for step in STEPS]
        self.title = Words(text.say("lead-title"), "section")
        self.hint = Words(role="second", wrap=True)
        self.button = Button(look, "", lambda: self._act(self._next), role="primary")
        row = QHBoxLayout()
        row.setSpacing(px(8))
        for at, (mark, name) in enumerate(zip(self._marks, self._names, strict=True)):
            if at:
                rule = QFrame()
                rule.setProperty("role", "rule")
                rule.setMinimumWidth(px(16))
                row.addWidget(rule, 1)
            row.addWidget(mark)
            row.addWidget(name)
        foot = QHBoxLayout()
        foot.addWidget(self.hint, 1)
        foot.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(12), px(16), px(12))
        column.setSpacing(px(12))
        column.addWidget(self.title)
        column.addLayout(row)
        column.addLayout(foot)

    def show_steps(self, done: tuple[bool, bool, bool, bool]) -> None:
        """Marks what is done; hidden when all is."""
        self._next = next((step for step, ready in zip(STEPS, done, strict=True) if not ready), "")
        self.setVisible(bool(self._next))
        if not self._next:
            return
        for step, ready, mark, name in zip(STEPS, done, self._marks, self._names, strict=True):
            now = step == self._next
            shape = "disc_tick" if ready else "ring_half" if now else "ring"
            mark.show_shape(shape, "ok" if ready else "link" if now else "faint")
            dressed(name, role="strong" if now else "", tone="link" if now else "")
        self.hint.setText(self._look.text.say(f"lead-{self._next}-hint"))
        self.button.say(self._look.text.say(f"lead-{self._next}-do"))
