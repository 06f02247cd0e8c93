"""Why may a bill that was audited around the rules stand as it is? One line of reason, or it stays on the list."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from desktop.views.look import Look
from desktop.views.widgets import Button, Words, foot


class StandDialog(QDialog):
    """Opens over its window; `close` is called with the reason."""

    def __init__(
        self, parent: QWidget, look: Look, number: str, told: str, close: Callable[[str], object]
    ) -> None:
        super().__init__(parent)
        px, say = look.px, look.text.say
        self.setWindowTitle(say("stand-title", number=number))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(px(520))
        self.reason = QLineEdit(placeholderText=say("stand-hint"))
        self.reason.setAccessibleName(say("stand-hint"))
        self.reason.setMaxLength(500)
        self.cancel = Button(look, say("button-cancel"), self.reject)
        self.deed = Button(look, say("stand-deed"), self.accept, role="primary")
        self.deed.setEnabled(False)
        self.reason.textChanged.connect(lambda typed: self.deed.setEnabled(bool(typed.strip())))
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(24), px(24), px(16))
        column.setSpacing(px(12))
        column.addWidget(Words(say("stand-title", number=number), "section", wrap=True))
        column.addWidget(Words(told, tone="stop", wrap=True, selectable=True))
        column.addWidget(self.reason)
        column.addWidget(Words(say("stand-is"), "second", wrap=True))
        column.addLayout(foot(look, self.cancel, self.deed))
        self.accepted.connect(lambda: close(self.reason.text().strip()))
        self.reason.setFocus()
