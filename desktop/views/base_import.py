"""What an Excel file would change, before anything is: rows that are new, changed or refused, and the one button."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.views.bridge import Bridge
from desktop.views.look import Look
from desktop.views.table_view import Table
from desktop.views.tables import Cell, Column, ColumnKind, TableModel
from desktop.views.widgets import Button, Words

if TYPE_CHECKING:
    from desktop.services.base_sheet import Preview, SheetChange, SheetFault

COLUMNS = (
    Column("line", "base-line", 70, ColumnKind.MUTED, least=60, right=True),
    Column("deed", "base-deed", 120, ColumnKind.STATE, least=110),
    Column("record", "base-record", 240, least=160, stretch=2),
    Column("before", "base-before", 130, ColumnKind.MUTED, least=90),
    Column("after", "base-after", 330, least=180, stretch=3),
    Column("company", "column-company", 150, ColumnKind.MUTED, least=100, priority=1),
)


class SheetPreview(QDialog):
    """Refused rows first. apply: called when the person agrees; the dialog closes by itself."""

    def __init__(
        self, parent: QWidget, look: Look, bridge: Bridge, preview: Preview, apply: Callable[[], object]
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._look, self.preview = look, preview
        say, px = look.text.say, look.px
        self._rows: dict[int, Any] = dict(enumerate([*preview.faults, *preview.changes], start=1))
        self.setWindowTitle(say("base-import"))
        self.resize(px(960), px(560))
        self.rows = TableModel(COLUMNS, bridge, self._read, self._cells, self)
        self.table = Table(look, self.rows, "base")
        self.rows.show_ids(list(self._rows))
        count = len(preview.changes)
        told = say("base-import-told", count=count, same=preview.same, faults=len(preview.faults))
        self.told = Words(told, wrap=True)
        self.cancel = Button(look, say("button-cancel"), self.reject)
        words = say("base-import-deed", count=count) if count else say("base-import-nothing")
        self.deed = Button(look, words, self.accept, role="primary", icon="check")
        self.deed.setEnabled(bool(count))
        self.accepted.connect(lambda: apply())
        head, buttons, column = QVBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        head.setContentsMargins(px(24), px(16), px(24), px(8))
        head.addWidget(Words(preview.file, "panel", wrap=True))
        head.addWidget(self.told)
        buttons.setContentsMargins(px(24), px(12), px(24), px(16))
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.deed)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        column.addLayout(buttons)
        (self.deed if count else self.cancel).setFocus()

    def _read(self, ids: tuple[int, ...]) -> Mapping[int, SheetChange | SheetFault]:
        return {each: self._rows[each] for each in ids}

    def _cells(self, row: Any) -> Sequence[Cell]:
        text = self._look.text
        if hasattr(row, "reason"):
            sentence = text.say(f"base-fault-{row.reason}", value=row.value)
            return (
                Cell(str(row.line)), Cell(text.say("base-refused"), state="base_warn"), Cell(row.value, tip=row.value),
                Cell(), Cell(sentence, token="warn", tip=sentence), Cell(),
            )  # fmt: skip
        each = row.row
        deed = text.say("base-alters" if row.before else "base-adds")
        after = f"{each.oa_key} {each.oa_name}"
        return (
            Cell(str(row.line)), Cell(deed, state="base_ok"),
            Cell(each.erp_code, f"{text.word('kind', each.kind)} {each.erp_name}", tip=f"{each.erp_code} {each.erp_name}"),
            Cell(row.before), Cell(each.oa_key, each.oa_name, tip=after), Cell(row.company, tip=row.company),
        )  # fmt: skip
