"""A chip that offers one choice out of a menu: a company, a kind."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu

from desktop.views.look import Look
from desktop.views.widgets import Chip


class ChoiceChip(Chip):
    """picked: the id that was chosen, "" = all."""

    picked = Signal(str)

    def __init__(self, look: Look, name: str) -> None:
        super().__init__(look, name, look.text.say("base-any"))
        self._any = look.text.say("base-any")
        self._offered: dict[str, str] = {}
        self.choice = ""
        self.clicked.connect(self._open)
        self.removed.connect(lambda: self.picked.emit(""))

    def offer(self, choices: Mapping[str, str]) -> None:
        """What may be chosen: id -> words."""
        self._offered = dict(choices)
        self.show_choice(self.choice)

    def show_choice(self, choice: str) -> None:
        """Shows a choice without telling anybody."""
        self.choice = choice
        self.show_value(self._offered.get(choice, choice) or self._any, on=bool(choice))

    def menu(self) -> QMenu:
        """The choices, the one in force ticked."""
        menu = QMenu(self)
        for choice, words in self._offered.items():
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(choice == self.choice)
            action.triggered.connect(lambda _=False, picked=choice: self.picked.emit(picked))
        return menu

    def _open(self) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.mapToGlobal(QPoint(0, self.height() + 2)))
