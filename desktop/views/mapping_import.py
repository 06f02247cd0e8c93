"""What a file would change of a flow: rows that are new, changed, gone or refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from desktop.views.bridge import Bridge
from desktop.views.file_preview import FilePreview
from desktop.views.look import Look
from desktop.views.tables import Cell, Column, ColumnKind

COLUMNS = (
    Column("line", "base-line", 70, ColumnKind.MUTED, least=60, right=True),
    Column("deed", "base-deed", 120, ColumnKind.STATE, least=110),
    Column("target", "mapping-column-target", 190, least=130, stretch=1),
    Column("before", "mapping-import-before", 250, ColumnKind.CODE, least=120, stretch=2),
    Column("after", "mapping-import-after", 330, ColumnKind.CODE, least=160, stretch=2),
)
_SAID = ("required", "default", "key", "note")


class MappingImport(FilePreview):
    """A file of a flow's rows, or a whole flow."""

    columns, page = COLUMNS, "mapping"

    def __init__(
        self, parent: QWidget, look: Look, bridge: Bridge, preview: Any, apply: Callable[[], object]
    ) -> None:  # fmt: skip
        super().__init__(parent, look, bridge, preview, "mapping-import", apply)

    def offer(self) -> tuple[str, bool]:
        preview, say = self.preview, self.look.text.say
        key = "mapping-import-new" if preview.is_new else "mapping-import-deed"
        taken = bool(preview.can_be_taken)
        return say(key, count=len(preview.changes)) if taken else say("mapping-import-nothing"), taken

    def summary(self) -> str:
        preview, say = self.preview, self.look.text.say
        told = say(
            "mapping-import-told", count=len(preview.changes), same=preview.same, faults=len(preview.faults)
        )
        if preview.faults:
            first = preview.faults[0]
            told += " " + say("mapping-import-first", line=str(first.line), said=self._said(first))
        if preview.frame:
            told += " " + say("mapping-import-frame", parts=", ".join(preview.frame))
        return told

    def cells(self, row: Any) -> Sequence[Cell]:
        return self._fault(row) if hasattr(row, "reason") else self._change(row)

    def _said(self, fault: Any) -> str:
        text = self.look.text
        if fault.error is not None:
            return text.what(fault.error.code.id, fault.error.facts)
        return text.say(f"mapping-fault-{fault.reason}", value=fault.value)

    def _fault(self, fault: Any) -> Sequence[Cell]:
        text, said = self.look.text, self._said(fault)
        line = str(fault.line) if fault.line else ""
        return (
            Cell(line), Cell(text.say("base-refused"), state="base_warn"), Cell(fault.target), Cell(),
            Cell(said, token="warn", tip=said),
        )  # fmt: skip

    def _change(self, change: Any) -> Sequence[Cell]:
        text = self.look.text
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
                label = self.look.text.say(f"mapping-sheet-{name}")
                parts.append(label if value is True else f"{label}: {value}")
        return "  ".join(parts)
