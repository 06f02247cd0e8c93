"""The tail workbench: each line in both systems, quantity times price beside it, the fen between them, and who takes them up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from desktop.domain.document import DocumentState
from desktop.domain.errors import ErrorCode
from desktop.views.bill_chain import BillTable
from desktop.views.bridge import Bridge
from desktop.views.document_life import open_failure
from desktop.views.look import Look
from desktop.views.tables import Cell, Column, ColumnKind
from desktop.views.widgets import Button, Words

if TYPE_CHECKING:
    from desktop.services.documents import Story
    from desktop.services.tail import Tail, TailLine
    from desktop.services.text import Text

COLUMNS = (
    Column("entry", "changes-line", 96, ColumnKind.MUTED, least=72),
    Column("qty", "tail-qty", 90, least=70, right=True, priority=2),
    Column("price", "tail-price", 100, least=76, right=True, priority=3),
    Column("worked", "tail-worked", 110, least=96, right=True, priority=1),
    Column("tax", "tail-tax", 100, least=76, right=True, priority=3),
    Column("erp", "tail-erp", 110, least=96, right=True),
    Column("oa", "tail-oa", 110, least=96, right=True),
    Column("gap", "tail-gap", 80, least=70, right=True),
    Column("note", "tail-note", 120, ColumnKind.MUTED, least=104, stretch=1),
)
ASKED_FOR = frozenset(
    code.id
    for code in (
        ErrorCode.FORM_CHANGED_IN_APPROVAL, ErrorCode.CHANGED_AFTER_SENDING, ErrorCode.CHANGED_AROUND_AUDIT,
        ErrorCode.READ_BACK_DIFFERS,
    )
)  # fmt: skip
"""Failures about values that differ: the lines are looked at fen by fen."""
MOST_SHOWN = 8


class TailBox(QFrame):
    """accept: the person says that the difference is a tail, with the reason that is written down."""

    def __init__(self, look: Look, bridge: Bridge, accept: Callable[[str], object]) -> None:
        super().__init__()
        self._look, self._accept = look, accept
        self._reason = ""
        self.title = Words("", "strong", wrap=True)
        self.button = Button(look, "", lambda: self._accept(self._reason))
        self.table = BillTable(look, bridge, COLUMNS, lambda line: tail_cells(line, look.text), "tail")
        head, whole = QHBoxLayout(), QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(look.px(6))
        head.addWidget(self.title, 1)
        head.addWidget(self.button)
        whole.addLayout(head)
        whole.addWidget(self.table)
        self.hide()

    def is_for(self, story: Story) -> bool:
        """True where the document's failure is about values that differ."""
        failure = open_failure(story)
        return failure is not None and failure.code in ASKED_FOR

    def show_tail(self, story: Story, tail: Tail | None) -> None:
        """Nothing to see where no line and no total differs."""
        if tail is None or not (tail.gap or any(line.gap or line.oa is None for line in tail.lines)):
            self.hide()
            return
        say = self._look.text.say
        worst = max((tail.gap, *(line.gap for line in tail.lines)), key=abs)
        facts = {
            "gap": fen(worst), "amount": f"{worst:,.2f}", "tolerance": fen(tail.tolerance),
            "rule": say(f"tail-rule-{tail.rule}"),
        }  # fmt: skip
        self.title.tell(say("tail-within" if tail.within else "tail-above", **facts))
        self._reason = say("tail-reason", **facts)
        self.button.say(say("tail-accept", **facts))
        self.button.setVisible(tail.within and self._may_accept(story))
        self.table.show_rows(tail.lines)
        shown = min(len(tail.lines), MOST_SHOWN) + 1
        self.table.setFixedHeight(self._look.px(32) * shown + 2)
        self.show()

    def _may_accept(self, story: Story) -> bool:
        """Only a form that an approver changed is judged so: a changed bill has ways of its own."""
        failure = open_failure(story)
        return (
            failure is not None
            and failure.code == ErrorCode.FORM_CHANGED_IN_APPROVAL.id
            and story.row.state is DocumentState.REQUESTED
            and (story.rights is None or "decide" in story.rights)
        )


def fen(amount: Decimal) -> int:
    """An amount in hundredths."""
    return int(amount * 100)


def tail_cells(line: TailLine, text: Text) -> Sequence[Cell]:
    """One line of both systems."""
    oa, gap = line.oa, fen(line.gap)
    worked = "" if line.erp.worked_out == line.erp.total else "warn"
    note = text.say("tail-absorbs") if line.absorbs else text.say("tail-not-shown") if oa is None else ""
    return (
        Cell(line.entry),
        Cell(text.number(line.erp.qty)),
        Cell(text.number(line.erp.price)),
        Cell(text.number(line.erp.worked_out, 2), token=worked),
        Cell(text.number(line.erp.tax, 2)),
        Cell(text.number(line.erp.total, 2)),
        Cell(text.number(oa.total, 2) if oa else "\u2014", token="stop" if gap else ""),
        Cell(f"{gap:+d}" if gap else "0", token="stop" if gap else "muted"),
        Cell(note, token="link" if line.absorbs else ""),
    )
