"""A new passphrase: one's own, with the old one; or another's, by the administrator."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.domain.errors import SyncError
from desktop.views.bridge import Bridge
from desktop.views.look import Look
from desktop.views.widgets import Button, Words


class PassphraseDialog(QDialog):
    """keep: sets (new, old) on a pool thread; "" takes the passphrase away.  ask_old: whether the old one is asked for."""

    def __init__(
        self, parent: QWidget, look: Look, bridge: Bridge, name: str, keep: Callable[[str, str], object], *,
        ask_old: bool, done: Callable[[], object],
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._look, self._bridge, self._keep, self._done = look, bridge, keep, done
        say, px = look.text.say, look.px
        self.setWindowTitle(say("passphrase-title", person=name))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(px(420))
        self.old, self.new, self.again = (QLineEdit(echoMode=QLineEdit.EchoMode.Password) for _ in range(3))
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(px(24), px(24), px(24), px(16))
        column.setSpacing(px(10))
        column.addWidget(Words(say("passphrase-title", person=name), "section"))
        column.addWidget(Words(say("passphrase-hint"), "second", wrap=True))
        for box, key in (
            (self.old, "passphrase-old"),
            (self.new, "passphrase-new"),
            (self.again, "passphrase-again"),
        ):
            box.setPlaceholderText(say(key))
            box.setAccessibleName(say(key))
            box.textEdited.connect(self._allow)
            column.addWidget(box)
        self.old.setVisible(ask_old)
        self.told = Words(role="second", wrap=True)
        self.remove = Button(look, say("passphrase-remove"), lambda: self._set(""), role="danger")
        self.set = Button(look, say("passphrase-set"), lambda: self._set(self.new.text()), role="primary")
        column.addWidget(self.told)
        row.addWidget(self.remove)
        row.addStretch(1)
        row.addWidget(Button(look, say("button-cancel"), self.reject))
        row.addWidget(self.set)
        column.addLayout(row)
        self._allow()

    def _allow(self) -> None:
        same = bool(self.new.text()) and self.new.text() == self.again.text()
        self.set.setEnabled(same)
        differs = bool(self.again.text()) and not same
        self.told.tell(self._look.text.say("passphrase-differs") if differs else "", "warn")

    def _set(self, typed: str) -> None:
        old = self.old.text()
        self._bridge.ask(
            lambda: self._keep(typed, old), then=lambda _: self._kept(), failed=self._refused, owner=self
        )

    def _kept(self) -> None:
        self.accept()
        self._done()

    def _refused(self, error: SyncError) -> None:
        text, code = self._look.text, error.code.id
        self.told.tell(f"{text.what(code, error.facts)} {text.do(code, error.facts)}", "stop")
