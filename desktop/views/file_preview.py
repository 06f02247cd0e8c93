"""What a file would change, before anything is: its rows in a table, refused ones first, and the one button."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.views.bridge import Bridge
from desktop.views.look import Look
from desktop.views.table_view import Table
from desktop.views.tables import Cell, Column, TableModel
from desktop.views.widgets import Button, Words


class FilePreview(QDialog):
    """Each kind of file says what its rows are in words. apply: called when the person agrees; the dialog closes by itself."""

    columns: tuple[Column, ...]
    page: str

    def __init__(
        self, parent: QWidget, look: Look, bridge: Bridge, preview: Any, title: str, apply: Callable[[], object]
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.look, self.preview = look, preview
        self._held: dict[int, Any] = dict(enumerate([*preview.faults, *preview.changes], start=1))
        self.setWindowTitle(look.text.say(title))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(look.px(960), look.px(560))
        self.rows = TableModel(self.columns, bridge, self._read, self.cells, self)
        self.table = Table(look, self.rows, self.page)
        self.rows.show_ids(list(self._held))
        self.accepted.connect(lambda: apply())
        self._lay_out()

    def summary(self) -> str:
        """What would change, in one or two sentences."""
        raise NotImplementedError

    def offer(self) -> tuple[str, bool]:
        """The button's words, and whether it can be pressed."""
        raise NotImplementedError

    def cells(self, row: Any) -> Sequence[Cell]:
        """A refused or a changed row, one cell per column."""
        raise NotImplementedError

    def _lay_out(self) -> None:
        look, px = self.look, self.look.px
        words, taken = self.offer()
        self.told = Words(self.summary(), wrap=True)
        self.cancel = Button(look, look.text.say("button-cancel"), self.reject)
        self.deed = Button(look, words, self.accept, role="primary", icon="check")
        self.deed.setEnabled(taken)
        head, buttons, column = QVBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        head.setContentsMargins(px(24), px(16), px(24), px(8))
        head.addWidget(Words(self.preview.file, "panel", wrap=True))
        head.addWidget(self.told)
        buttons.setContentsMargins(px(24), px(12), px(24), px(16))
        buttons.setSpacing(px(8))
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.deed)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        column.addLayout(buttons)
        (self.deed if taken else self.cancel).setFocus()

    def _read(self, ids: tuple[int, ...]) -> Mapping[int, Any]:
        return {each: self._held[each] for each in ids}
