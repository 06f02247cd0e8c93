"""Which table of lines of the ERP goes into which of the OA: two boxes and one button."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QVBoxLayout, QWidget

from desktop.views.look import Look
from desktop.views.widgets import Button, Words, foot


class LinesDialog(QDialog):
    """act: called with both tables when the person agrees."""

    def __init__(
        self, parent: QWidget, look: Look, erp: Sequence[str], oa: Sequence[str], *, act: Callable[[str, str], object]
    ) -> None:  # fmt: skip
        super().__init__(parent)
        say, px = look.text.say, look.px
        self.setWindowTitle(say("mapping-lines-add"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(px(420))
        self.source, self.target = QComboBox(), QComboBox()
        self.source.addItems(list(erp))
        self.target.addItems(list(oa))
        self.source.setAccessibleName(say("mapping-lines-source"))
        self.target.setAccessibleName(say("mapping-lines-target"))
        self.cancel = Button(look, say("button-cancel"), self.reject)
        self.deed = Button(look, say("mapping-lines-deed"), self.accept, role="primary", icon="check")
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(16), px(24), px(16))
        column.setSpacing(px(8))
        for words, box in (("mapping-lines-source", self.source), ("mapping-lines-target", self.target)):
            column.addWidget(Words(say(words), "second"))
            column.addWidget(box)
        column.addSpacing(px(8))
        column.addLayout(foot(look, self.cancel, self.deed))
        self.accepted.connect(lambda: act(self.source.currentText(), self.target.currentText()))
        self.source.setFocus()
