"""Special cases of correspondences: the list, and the box in which one is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.domain.errors import SyncError
from desktop.services.text import Text
from desktop.views.bridge import Bridge
from desktop.views.counterpart_box import CounterpartBox
from desktop.views.look import Look
from desktop.views.page_states import Banner
from desktop.views.tables import Cell, Column, ColumnKind
from desktop.views.widgets import Button, Words

CASES = (
    Column("code", "case-code", 190, least=130, stretch=2),
    Column("by", "case-by", 130, ColumnKind.MUTED, least=90),
    Column("counterpart", "case-counterpart", 190, least=130, stretch=2),
    Column("days", "case-days", 190, ColumnKind.MUTED, least=150),
    Column("state", "base-state", 110, ColumnKind.STATE, least=96),
    Column("uses", "case-uses", 96, least=84, right=True),
    Column("kind", "base-kind", 104, ColumnKind.MUTED, least=90),
    Column("company", "column-company", 160, ColumnKind.MUTED, least=110, priority=1, stretch=1),
)
ANY = "*"
_LOOKS = {"now": "base_ok", "later": "base_unread", "over": "base_unread"}


def case_cells(text: Text, line: Any) -> Sequence[Cell]:
    """One cell for each of CASES."""
    row = line.row
    code = text.say("case-any") if row.code == ANY else row.code
    side = text.say(f"case-side-{row.side}")
    days = (
        text.say("case-span", begins=row.valid_from or "…", ends=row.valid_to or "…")
        if row.valid_from or row.valid_to
        else ""
    )
    look = "base_warn" if row.code == ANY and line.uses else _LOOKS[line.state]
    return (
        Cell(code, side, tip=row.note), Cell(row.by_value), Cell(row.counterpart, row.name, tip=row.name), Cell(days),
        Cell(text.say(f"case-state-{line.state}"), state=look),
        Cell(text.number(line.uses) if line.uses else "–", token="" if line.uses else "faint"),
        Cell(text.word("kind", row.kind)), Cell(line.company, tip=line.company),
    )  # fmt: skip


class CaseDialog(QDialog):
    """save: called with the row as written; the dialog stays open until it was kept. remove: None for a new one."""

    def __init__(
        self, parent: QWidget, look: Look, bridge: Bridge, base: Any, row: Any, *, companies: Mapping[str, str],
        kinds: Sequence[str], save: Callable[[Any], None], remove: Callable[[], None] | None, uses: Sequence[Any] = (),
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._look, self._base, self._row, self._save = look, base, row, save
        say, px = look.text.say, look.px
        self.setWindowTitle(say("case-edit" if row.id else "case-new"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(px(480))
        self.company, self.kind, self.side = QComboBox(), QComboBox(), QComboBox()
        for route_id, title in companies.items():
            self.company.addItem(title, route_id)
        for kind in kinds:
            self.kind.addItem(look.text.word("kind", kind), kind)
        for side in ("erp", "oa"):
            self.side.addItem(say(f"case-side-{side}"), side)
        self.code, self.by = QLineEdit(row.code), QLineEdit(row.by_value)
        self.begins, self.ends, self.note = (
            QLineEdit(row.valid_from),
            QLineEdit(row.valid_to),
            QLineEdit(row.note),
        )
        self.counterpart = CounterpartBox(look, bridge)
        self.counterpart.setText(row.counterpart)
        for choice, value in ((self.company, row.route_id), (self.kind, row.kind), (self.side, row.side)):
            choice.setCurrentIndex(max(0, choice.findData(value)))
            choice.setEnabled(not row.id)
        self.code.setPlaceholderText(say("case-code-hint"))
        self.by.setPlaceholderText(say("case-by-hint"))
        for box in (self.begins, self.ends):
            box.setPlaceholderText(say("case-day-hint"))
        form = QFormLayout()
        form.setSpacing(px(8))
        for words, widget in (
            ("column-company", self.company), ("base-kind", self.kind), ("case-side", self.side), ("case-code", self.code),
            ("case-by", self.by), ("case-counterpart", self.counterpart), ("case-begins", self.begins), ("case-ends", self.ends),
            ("mapping-note", self.note),
        ):  # fmt: skip
            widget.setAccessibleName(say(words))
            form.addRow(say(words), widget)
        self._frame(form, remove, uses)
        for choice in (self.company, self.kind, self.side):
            choice.currentIndexChanged.connect(lambda _: self._offer())
        self._offer()
        self.code.setFocus()

    def _frame(self, form: QFormLayout, remove: Callable[[], None] | None, uses: Sequence[Any]) -> None:
        look, say, px = self._look, self._look.text.say, self._look.px
        self.trouble = Banner(look)
        self.cancel = Button(look, say("button-cancel"), self.reject)
        self.deed = Button(look, say("case-save"), self.save, role="primary", icon="check")
        column, buttons = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(px(24), px(16), px(24), px(16))
        column.setSpacing(px(8))
        column.addWidget(Words(say("case-what"), "second", wrap=True))
        column.addLayout(form)
        if uses:
            told = ", ".join(f"{each.number} ({each.code})" for each in uses[:8])
            column.addWidget(
                Words(
                    say("case-used-by", count=len(uses), numbers=told),
                    wrap=True,
                    tone="warn",
                    selectable=True,
                )
            )
        column.addWidget(self.trouble)
        if remove is not None:
            self.gone = Button(look, say("case-remove"), remove, role="danger", icon="delete")
            self.gone.clicked.connect(self.reject)
            buttons.addWidget(self.gone)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.deed)
        column.addLayout(buttons)

    def _offer(self) -> None:
        base, route, kind, side = (
            self._base,
            self.company.currentData(),
            self.kind.currentData(),
            self.side.currentData(),
        )
        self.counterpart.by_code = side == "oa"
        self.counterpart.look_for = lambda typed: base.counterparts(route, kind, side, typed)

    def written(self) -> Any:
        """The row as it is written."""
        return replace(
            self._row, route_id=self.company.currentData(), kind=self.kind.currentData(), side=self.side.currentData(),
            code=self.code.text(), by_value=self.by.text(), counterpart=self.counterpart.text(),
            valid_from=self.begins.text(), valid_to=self.ends.text(), note=self.note.text(),
        )  # fmt: skip

    def save(self) -> None:
        """Asks to keep it; a refusal is told here, and what was typed stays."""
        self.trouble.hide()
        self.deed.setEnabled(False)
        self._save(self.written())

    def show_trouble(self, error: SyncError) -> None:
        """What stood in the way."""
        text, code = self._look.text, error.code.id
        self.trouble.tell("stop", f"{text.what(code, error.facts)} {text.do(code, error.facts)}")
        self.trouble.link.hide()
        self.deed.setEnabled(True)
