"""A question before what cannot be undone. The button says what it does, never just yes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.views.look import Look
from desktop.views.widgets import Button, Mark, Words, foot


class Confirm(QDialog):
    """Opens over its window and waits for nobody: `act` is called when the person agrees.

    title: the question.  sentences: what will happen, one paragraph each.  deed: the words of the button.
    """

    def __init__(
        self, parent: QWidget, look: Look, title: str, sentences: tuple[str, ...], deed: str, act: Callable[[], object]
    ) -> None:  # fmt: skip
        super().__init__(parent)
        px = look.px
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(px(460))
        column, head = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(px(24), px(24), px(24), px(16))
        column.setSpacing(px(12))
        head.setSpacing(px(8))
        head.addWidget(Mark(look, "triangle_mark", "warn"))
        head.addWidget(Words(title, "section", wrap=True), 1)
        column.addLayout(head)
        for sentence in sentences:
            column.addWidget(Words(sentence, wrap=True))
        column.addSpacing(px(4))
        self.cancel = Button(look, look.text.say("button-cancel"), self.reject)
        self.deed = Button(look, deed, self.accept, role="danger")
        column.addLayout(foot(look, self.cancel, self.deed))
        self.accepted.connect(lambda: act())
        self.cancel.setFocus()
