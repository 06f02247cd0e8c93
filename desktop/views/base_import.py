"""What a file of correspondences would change: rows that are new, changed or refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from desktop.views.bridge import Bridge
from desktop.views.file_preview import FilePreview
from desktop.views.look import Look
from desktop.views.tables import Cell, Column, ColumnKind

if TYPE_CHECKING:
    from desktop.services.base_sheet import Preview

COLUMNS = (
    Column("line", "base-line", 70, ColumnKind.MUTED, least=60, right=True),
    Column("deed", "base-deed", 120, ColumnKind.STATE, least=110),
    Column("record", "base-record", 240, least=160, stretch=2),
    Column("before", "base-before", 130, ColumnKind.MUTED, least=90),
    Column("after", "base-after", 330, least=180, stretch=3),
    Column("company", "column-company", 150, ColumnKind.MUTED, least=100, priority=1),
)


class SheetPreview(FilePreview):
    """A file of correspondences."""

    columns, page = COLUMNS, "base"
    preview: Preview

    def __init__(
        self, parent: QWidget, look: Look, bridge: Bridge, preview: Preview, apply: Callable[[], object]
    ) -> None:  # fmt: skip
        super().__init__(parent, look, bridge, preview, "base-import", apply)

    def summary(self) -> str:
        preview = self.preview
        return self.look.text.say(
            "base-import-told", count=len(preview.changes), same=preview.same, faults=len(preview.faults)
        )

    def offer(self) -> tuple[str, bool]:
        count, say = len(self.preview.changes), self.look.text.say
        return say("base-import-deed", count=count) if count else say("base-import-nothing"), bool(count)

    def cells(self, row: Any) -> Sequence[Cell]:
        text = self.look.text
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
