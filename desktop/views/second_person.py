"""Four eyes: a second person confirms an order where the first one gave it, with a passphrase of his own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.domain.errors import SyncError
from desktop.services.people import Second
from desktop.views.bridge import Bridge
from desktop.views.look import Look
from desktop.views.widgets import Button, Mark, Words, foot

if TYPE_CHECKING:
    from desktop.domain.system import Person


class SecondPerson(QDialog):
    """others: who may confirm, asked on a pool thread.  act: gives the order again, with the second person's word."""

    def __init__(
        self, parent: QWidget, look: Look, bridge: Bridge, error: SyncError, others: Callable[[], Sequence[Person]],
        act: Callable[[Second], object],
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._look, self._act = look, act
        self._people: dict[str, Person] = {}
        say, px, text = look.text.say, look.px, look.text
        self.setWindowTitle(say("second-title"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(px(460))
        self.who = QComboBox()
        self.who.setAccessibleName(say("second-who"))
        self.who.activated.connect(lambda: self._allow())
        self.passphrase = QLineEdit(echoMode=QLineEdit.EchoMode.Password)
        self.passphrase.setPlaceholderText(say("second-passphrase"))
        self.passphrase.setAccessibleName(say("second-passphrase"))
        self.passphrase.textEdited.connect(lambda _: self._allow())
        self.told = Words(role="second", wrap=True)
        self.cancel = Button(look, say("button-cancel"), self.reject)
        self.deed = Button(look, say("second-do"), self._confirm, role="primary")
        column, head = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(px(24), px(24), px(24), px(16))
        column.setSpacing(px(12))
        head.setSpacing(px(8))
        head.addWidget(Mark(look, "triangle_mark", "warn"))
        head.addWidget(Words(text.what(error.code.id, error.facts), "section", wrap=True), 1)
        column.addLayout(head)
        column.addWidget(Words(say("second-hint"), "second", wrap=True))
        for widget in (self.who, self.passphrase, self.told):
            column.addWidget(widget)
        column.addLayout(foot(look, self.cancel, self.deed))
        self._allow()
        bridge.ask(others, then=self._show, failed=self._refused, owner=self)

    def _show(self, people: Sequence[Person]) -> None:
        self._people = {each.login: each for each in people}
        for each in people:
            words = f"{each.name}  {self._look.text.word('role', each.role.value)}"
            self.who.addItem(self._look.icon("user"), words, each.login)
        self._allow()
        if not people:
            self.told.tell(self._look.text.say("second-nobody"), "stop")
        self.passphrase.setFocus()

    def _allow(self) -> None:
        person = self._people.get(str(self.who.currentData()))
        ready = person is not None and person.has_secret
        self.passphrase.setEnabled(ready)
        self.deed.setEnabled(ready and bool(self.passphrase.text()))
        if person is not None:
            self.told.tell("" if ready else self._look.text.say("second-no-passphrase"), "warn")

    def _confirm(self) -> None:
        second = Second(str(self.who.currentData()), self.passphrase.text())
        self.passphrase.clear()
        self.accept()
        self._act(second)

    def _refused(self, error: SyncError) -> None:
        text, code = self._look.text, error.code.id
        self.told.tell(f"{text.what(code, error.facts)} {text.do(code, error.facts)}", "stop")
