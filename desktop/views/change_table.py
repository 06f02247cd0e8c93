"""What was changed after it was sent: each value as it was agreed, as it is now, and by how much it differs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtWidgets import QFrame, QVBoxLayout

from desktop.views.bill_chain import BillTable
from desktop.views.bridge import Bridge
from desktop.views.look import Look
from desktop.views.tables import Cell, Column, ColumnKind
from desktop.views.widgets import Words

if TYPE_CHECKING:
    from desktop.services.text import Text

COLUMNS = (
    Column("field", "changes-field", 220, ColumnKind.CODE, least=140, stretch=2),
    Column("line", "changes-line", 90, ColumnKind.MUTED, least=70, priority=1),
    Column("before", "changes-before", 160, least=100, stretch=1),
    Column("after", "changes-after", 160, least=100, stretch=1),
    Column("gap", "changes-gap", 110, least=84, right=True, priority=2),
)
MOST_SHOWN = 6
_PATH = re.compile(r"^(?P<table>[^\[]*)\[(?P<line>[^\]]*)\]\.(?P<field>.*)$")


class Changed(NamedTuple):
    """One value. line: the entry it stands on, "" = the header. gap: after less before, where both are numbers."""

    field: str
    line: str
    before: str
    after: str
    gap: Decimal | None


def read_change(kept: str) -> Changed:
    """What a failure keeps: "path|before|after"."""
    path, before, after = (*kept.split("|", 2), "", "")[:3]
    found = _PATH.match(path)
    field, line = (found["field"], found["line"]) if found else (path, "")
    return Changed(field, line, before, after, _gap(before, after))


def _gap(before: str, after: str) -> Decimal | None:
    try:
        gap = Decimal(after) - Decimal(before)
    except InvalidOperation:
        return None
    return gap if gap.is_finite() else None


class ChangeBox(QFrame):
    """Stands under the cure while the bill is not what was sent."""

    def __init__(self, look: Look, bridge: Bridge) -> None:
        super().__init__()
        self._look = look
        self.title = Words("", "strong", wrap=True)
        self.table = BillTable(look, bridge, COLUMNS, lambda row: change_cells(row, look.text), "changes")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(look.px(6))
        whole.addWidget(self.title)
        whole.addWidget(self.table)
        self.hide()

    def show_changes(self, kept: Sequence[str]) -> None:
        """kept: the failure's `changes`; none hides the box."""
        rows = [read_change(each) for each in kept]
        if self.table.held != rows:
            self.table.show_rows(rows)
            self.title.tell(self._look.text.say("changes-title", count=len(rows)))
            shown = min(len(rows), MOST_SHOWN) + 1
            self.table.setFixedHeight(self._look.px(32) * shown + 2)
        self.setVisible(bool(rows))


def change_cells(row: Changed, text: Text) -> Sequence[Cell]:
    """One change."""
    gap = "" if row.gap is None else f"{row.gap:+,f}"
    return (
        Cell(row.field, tip=row.field), Cell(row.line), Cell(row.before, tip=row.before),
        Cell(row.after, token="stop", tip=row.after), Cell(gap),
    )  # fmt: skip
