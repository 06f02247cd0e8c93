"""What a file would change of a flow, before anything is: rows that are new, changed, gone or refused, and one button."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.views.bridge import Bridge
from desktop.views.look import Look
from desktop.views.table_view import Table
from desktop.views.tables import Cell, Column, ColumnKind, TableModel
from desktop.views.widgets import Button, Words

COLUMNS = (
    Column("line", "base-line", 70, ColumnKind.MUTED, least=60, right=True),
    Column("deed", "base-deed", 120, ColumnKind.STATE, least=110),
    Column("target", "mapping-column-target", 190, least=130, stretch=1),
    Column("before", "mapping-import-before", 250, ColumnKind.CODE, least=120, stretch=2),
    Column("after", "mapping-import-after", 330, ColumnKind.CODE, least=160, stretch=2),
)
_SAID = ("required", "default", "key", "note")


class MappingImport(QDialog):
    """Refused rows first. apply: called when the person agrees; the dialog closes by itself."""

    def __init__(
        self, parent: QWidget, look: Look, bridge: Bridge, preview: Any, apply: Callable[[], object]
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._look, self.preview = look, preview
        say, px = look.text.say, look.px
        self._held: dict[int, Any] = dict(enumerate([*preview.faults, *preview.changes], start=1))
        self.setWindowTitle(say("mapping-import"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(px(960), px(540))
        self.rows = TableModel(COLUMNS, bridge, self._read, self._cells, self)
        self.table = Table(look, self.rows, "mapping")
        self.rows.show_ids(list(self._held))
        self.told = Words(self._summary(), wrap=True)
        self.cancel = Button(look, say("button-cancel"), self.reject)
        key = "mapping-import-new" if preview.is_new else "mapping-import-deed"
        words = (
            say(key, count=len(preview.changes)) if preview.can_be_taken else say("mapping-import-nothing")
        )
        self.deed = Button(look, words, self.accept, role="primary", icon="check")
        self.deed.setEnabled(preview.can_be_taken)
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
        (self.deed if preview.can_be_taken else self.cancel).setFocus()

    def _summary(self) -> str:
        preview, say = self.preview, self._look.text.say
        told = say(
            "mapping-import-told", count=len(preview.changes), same=preview.same, faults=len(preview.faults)
        )
        if preview.faults:
            first = preview.faults[0]
            told += " " + say("mapping-import-first", line=str(first.line), said=self._said(first))
        if preview.frame:
            told += " " + say("mapping-import-frame", parts=", ".join(preview.frame))
        return told

    def _read(self, ids: tuple[int, ...]) -> Mapping[int, Any]:
        return {each: self._held[each] for each in ids}

    def _cells(self, row: Any) -> Sequence[Cell]:
        return self._fault(row) if hasattr(row, "reason") else self._change(row)

    def _said(self, fault: Any) -> str:
        text = self._look.text
        if fault.error is not None:
            return text.what(fault.error.code.id, fault.error.facts)
        return text.say(f"mapping-fault-{fault.reason}", value=fault.value)

    def _fault(self, fault: Any) -> Sequence[Cell]:
        text, said = self._look.text, self._said(fault)
        line = str(fault.line) if fault.line else ""
        return (
            Cell(line), Cell(text.say("base-refused"), state="base_warn"), Cell(fault.target), Cell(),
            Cell(said, token="warn", tip=said),
        )  # fmt: skip

    def _change(self, change: Any) -> Sequence[Cell]:
        text = self._look.text
        words = (
            "base-adds"
            if change.before is None
            else "mapping-goes"
            if change.after is None
            else "base-alters"
        )
        before, after = self._told(change.before, change.after), self._told(change.after, change.before)
        return (
            Cell(), Cell(text.say(words), state="base_ok" if change.after is not None else "base_warn"),
            Cell(change.target, change.group), Cell(before, tip=before), Cell(after, tip=after),
        )  # fmt: skip

    def _told(self, row: Any, other: Any) -> str:
        """A row's rule, and of the rest what differs from the other side."""
        if row is None:
            return ""
        parts = [row.expr]
        for name in _SAID:
            value = getattr(row, name)
            if value and (other is None or getattr(other, name) != value):
                label = self._look.text.say(f"mapping-sheet-{name}")
                parts.append(label if value is True else f"{label}: {value}")
        return "  ".join(parts)
