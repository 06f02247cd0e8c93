"""A box in which a person finds a record of the other system by code or name, over the list as last read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLineEdit

from desktop.views.bridge import Bridge
from desktop.views.look import Look

if TYPE_CHECKING:
    from desktop.domain.record import BaseItem

TYPING_MS = 150
SHOWN_MOST = 12


class CounterpartBox(QLineEdit):
    """Type, choose with the arrows, Enter. Its text is the key; the service resolves whatever else was typed.

    entered: Enter where nothing was being chosen: what stands there is meant.
    look_for: on a pool thread: records for what was typed; set anew with each record that is shown.
    by_code: the key of a record is its code (the ERP's), else the system's own (the OA's).
    """

    entered = Signal()

    def __init__(self, look: Look, bridge: Bridge) -> None:
        super().__init__()
        self._look, self._bridge = look, bridge
        self.look_for: Callable[[str], Sequence[BaseItem]] = lambda typed: ()
        self.by_code = False
        self.setClearButtonEnabled(True)
        self.found = QStandardItemModel(self)
        self.choices = QCompleter(self.found, self)
        self.choices.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.choices.setCompletionRole(Qt.ItemDataRole.UserRole)
        self.choices.setMaxVisibleItems(SHOWN_MOST)
        self.setCompleter(self.choices)
        self._chosen = False
        self.choices.activated.connect(self._choose)
        self.returnPressed.connect(lambda: QTimer.singleShot(0, self, self._enter))
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self.look_up)
        self.textEdited.connect(lambda _: self._typing.start())

    def _choose(self) -> None:
        """The same Enter that chooses from the list must not count as the one that saves."""
        self._chosen = True
        self._typing.stop()
        QTimer.singleShot(50, self, self._forget)

    def _forget(self) -> None:
        self._chosen = False

    def _enter(self) -> None:
        if not self._chosen:
            self.entered.emit()

    def look_up(self) -> None:
        """Asks for what is typed; nothing typed shows nothing."""
        typed = self.text().strip()
        if typed:
            self._bridge.ask(
                partial(self.look_for, typed), then=partial(self._show, typed), failed=lambda _: None, owner=self, slot="find"
            )  # fmt: skip

    def _show(self, typed: str, items: Sequence[BaseItem]) -> None:
        if typed != self.text().strip():
            return  # another record is shown by now: these are not its counterparts
        self.found.clear()
        for item in items:
            key = item.code if self.by_code else item.key
            code = f"{key}  " if key == item.code or not item.code else f"{key}  {item.code}  "
            off = f"  ({self._look.text.say('base-own-disabled')})" if item.disabled else ""
            row = QStandardItem(f"{code}{item.name}{off}")
            row.setData(key, Qt.ItemDataRole.UserRole)
            row.setEditable(False)
            self.found.appendRow(row)
        if items and self.hasFocus():
            self.choices.complete()
