"""One bill sent once more, with choices: the mapping as then or as now, and other values in fields that decide nothing.

Opens over the panel and waits for nobody; what the person chose is handed to `act`, once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLineEdit, QRadioButton, QVBoxLayout, QWidget

from desktop.domain.errors import SyncError
from desktop.views.bridge import Bridge
from desktop.views.look import Look
from desktop.views.widgets import Button, Skeleton, Words

if TYPE_CHECKING:
    from desktop.services.documents import ResendOptions

Act = Callable[[str, Mapping[str, str], str], object]
"""(version, "" = the one in force; edits by target; reason)"""


class ResendDialog(QDialog):
    """options: asked on a pool thread."""

    def __init__(
        self, parent: QWidget, look: Look, bridge: Bridge, number: str, options: Callable[[], ResendOptions], act: Act
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._look, self._act, self._then = look, act, ""
        self._sent: dict[str, str] = {}
        self.boxes: dict[str, QLineEdit] = {}
        say, px = look.text.say, look.px
        self.setWindowTitle(say("resend-title", number=number))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(px(560))
        self.now, self.then = QRadioButton(say("resend-now")), QRadioButton(say("resend-then"))
        self.now.setChecked(True)
        self.reason = QLineEdit(placeholderText=say("panel-reason-hint"))
        self.reason.setAccessibleName(say("panel-reason-hint"))
        self.reason.textChanged.connect(lambda _: self._allow())
        self.told = Words(role="second", wrap=True)
        self.bones = Skeleton(look, 3)
        self.deed = Button(look, say("resend-do", number=number), self._send, role="primary", icon="sync")
        self.deed.setAutoDefault(False)  # Enter in a box is no order
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(px(12))
        self._grid.setVerticalSpacing(px(6))
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(px(24), px(24), px(24), px(16))
        column.setSpacing(px(10))
        column.addWidget(Words(say("resend-title", number=number), "section"))
        column.addWidget(self.now)
        column.addWidget(self.then)
        column.addWidget(Words(say("resend-fields"), "strong"))
        column.addWidget(Words(say("resend-fields-hint"), "caption", wrap=True))
        column.addWidget(self.bones)
        column.addLayout(self._grid)
        column.addWidget(self.reason)
        column.addWidget(self.told)
        row.addStretch(1)
        cancel = Button(look, say("button-cancel"), self.reject)
        cancel.setAutoDefault(False)
        row.addWidget(cancel)
        row.addWidget(self.deed)
        column.addLayout(row)
        self.then.hide()
        self._allow()
        bridge.ask(options, then=self._show, failed=self._refused, owner=self)

    def _show(self, options: ResendOptions) -> None:
        self.bones.hide()
        self._then = options.then
        self.then.setVisible(bool(options.then))
        for at, each in enumerate(options.rows):
            box = self.boxes[each.target] = QLineEdit(each.edit)
            box.setPlaceholderText(each.sent or self._look.text.say("resend-by-mapping"))
            box.setAccessibleName(each.label)
            box.textChanged.connect(lambda _: self._allow())
            self._grid.addWidget(Words(each.label, "second"), at, 0)
            self._grid.addWidget(box, at, 1)
        if options.gone:
            self.told.tell(self._look.text.say("resend-gone"))
        elif not options.rows:
            self.told.tell(self._look.text.say("resend-no-fields"))
        self._allow()
        self.adjustSize()

    def edits(self) -> dict[str, str]:
        """What was typed, by target; an empty box leaves the field to the mapping."""
        return {target: box.text().strip() for target, box in self.boxes.items() if box.text().strip()}

    def _allow(self) -> None:
        missing = bool(self.edits()) and not self.reason.text().strip()
        self.deed.setEnabled(not missing and self.bones.isHidden())
        self.deed.setToolTip(self._look.text.say("cure-reason-needed") if missing else "")

    def _send(self) -> None:
        """Once: the dialog is gone before the order is written."""
        version = self._then if self.then.isChecked() else ""
        edits, reason = self.edits(), self.reason.text().strip()
        self.deed.setEnabled(False)
        self.accept()
        self._act(version, edits, reason)

    def _refused(self, error: SyncError) -> None:
        text, code = self._look.text, error.code.id
        self.bones.hide()
        self.told.tell(f"{text.what(code, error.facts)} {text.do(code, error.facts)}", "stop")
