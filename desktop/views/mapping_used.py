"""Where a field is used: every row of every flow that reads or fills it, found while it is typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from desktop.views.bridge import Bridge
from desktop.views.look import Look
from desktop.views.table_view import Table
from desktop.views.tables import Cell, Column, ColumnKind, TableModel
from desktop.views.widgets import Words

TYPING_MS = 150
COLUMNS = (
    Column("flow", "flow-name", 170, least=110),
    Column("target", "mapping-column-target", 170, least=110, stretch=1),
    Column("expr", "mapping-column-rule", 360, ColumnKind.CODE, least=180, stretch=2),
)


class UsedDialog(QDialog):
    """service: Mapping, which knows every flow's rows."""

    def __init__(self, parent: QWidget, look: Look, bridge: Bridge, service: Any, sought: str) -> None:
        super().__init__(parent)
        self._look, self._bridge, self._service = look, bridge, service
        say, px = look.text.say, look.px
        self.setWindowTitle(say("mapping-used"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(px(820), px(460))
        self.box = QLineEdit(sought, placeholderText=say("mapping-used-hint"), clearButtonEnabled=True)
        self.box.setAccessibleName(say("mapping-used-hint"))
        self.told = Words(role="second")
        self._found: dict[int, Any] = {}
        self.rows = TableModel(COLUMNS, bridge, self._read, self._cells, self)
        self.table = Table(look, self.rows, "mapping")
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(16), px(16), px(16))
        column.setSpacing(px(8))
        for widget in (self.box, self.told):
            column.addWidget(widget)
        column.addWidget(self.table, 1)
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._ask)
        self.box.textChanged.connect(lambda _: self._typing.start())
        self.box.setFocus()
        self._ask()

    def _ask(self) -> None:
        sought, service = self.box.text(), self._service
        self._bridge.ask(lambda: service.where_used(sought), then=self._show, owner=self, slot="used")

    def _show(self, found: Sequence[Any]) -> None:
        self._found = dict(enumerate(found, start=1))
        self.told.setText(self._look.text.say("mapping-used-told", count=len(found)))
        self.rows.show_ids(list(self._found))
        self.rows.refresh()

    def _read(self, ids: tuple[int, ...]) -> Mapping[int, Any]:
        held = self._found
        return {each: held[each] for each in ids if each in held}

    def _cells(self, use: Any) -> Sequence[Cell]:
        flow = self._look.text.word("flow", use.flow_id)
        return Cell(flow), Cell(use.target, use.group), Cell(use.expr, tip=use.expr)
