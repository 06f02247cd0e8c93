"""Bills of the ERP that belong together: the chain around a document, and the later bills that must be undone first.

Two small tables of bills that are at hand already; bill_chain.py reads nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.domain.record import BillStatus, Money, Ref
from desktop.views.bridge import Bridge
from desktop.views.look import Look
from desktop.views.queue_rows import money_words
from desktop.views.table_view import Table
from desktop.views.tables import Cell, Column, ColumnKind, TableModel
from desktop.views.widgets import Button, Skeleton, Words

if TYPE_CHECKING:
    from desktop.services.chain import Chain, ChainBill
    from desktop.services.text import Text

CHAIN = (
    Column("bill", "chain-bill", 300, least=210, stretch=3),
    Column("state", "column-state", 130, ColumnKind.STATE, least=116),
    Column("amount", "column-amount", 140, ColumnKind.AMOUNT, least=118),
    Column("owner", "chain-owner", 110, ColumnKind.MUTED, least=84, priority=2),
    Column("day", "chain-day", 104, ColumnKind.MUTED, least=96, priority=3),
    Column("request", "column-request", 110, ColumnKind.MUTED, least=92, priority=1),
)
UNDO = (
    Column("turn", "undo-turn", 76, ColumnKind.STRONG, least=68),
    Column("bill", "chain-bill", 240, least=190, stretch=3),
    Column("how", "undo-how", 170, least=120, stretch=1),
    Column("state", "column-state", 120, ColumnKind.STATE, least=108),
    Column("owner", "chain-owner", 100, ColumnKind.MUTED, least=80, priority=2),
    Column("amount", "column-amount", 130, ColumnKind.AMOUNT, least=112, priority=1),
)
LOOKS = {
    BillStatus.DRAFT: "found", BillStatus.CREATED: "found", BillStatus.SUBMITTED: "requested",
    BillStatus.AUDITED: "done", BillStatus.REOPENED: "rejected", BillStatus.VOID: "cancelled",
}  # fmt: skip
"""The shape and colour of a bill's state, by the name in states.STATES; its word is the ERP's."""
MOST_SHOWN = 6
"""So many rows of the undo list stand open; the rest is scrolled to."""


class BillTable(Table):
    """A table of rows that are at hand already."""

    def __init__(
        self, look: Look, bridge: Bridge, columns: Sequence[Column], cells: Callable[[Any], Sequence[Cell]], name: str
    ) -> None:  # fmt: skip
        self.held: list[Any] = []
        super().__init__(look, TableModel(columns, bridge, self._at_hand, cells), name)

    def show_rows(self, rows: Sequence[Any]) -> None:
        """These rows, top to bottom."""
        self.held = list(rows)
        self.rows.show_ids(range(len(self.held)))

    def chosen_row(self) -> Any:
        """The row with the keyboard, else the first; None where there is none."""
        at = self.currentIndex().row()
        return self.held[max(0, at)] if self.held else None

    def _at_hand(self, ids: tuple[int, ...]) -> Mapping[int, Any]:
        held = self.held
        return {at: held[at] for at in ids if at < len(held)}


class ChainSheet(QWidget):
    """The tab "chain". document_asked: another document of ours, by id.  bill_asked: a bill in the ERP, its Ref."""

    document_asked = Signal(int)
    bill_asked = Signal(object)

    def __init__(self, look: Look, bridge: Bridge) -> None:
        super().__init__()
        self._look, say = look, look.text.say
        self._shut = False
        self.note = Words(say("chain-note"), "muted", wrap=True)
        self.table = BillTable(look, bridge, CHAIN, lambda bill: chain_cells(bill, look.text), "chain")
        self.ours = Button(look, say("chain-open"), self._open_ours, icon="right")
        self.erp = Button(look, say("panel-open-erp"), self._open_erp, icon="open")
        self.bones = Skeleton(look, 4)
        top, whole = QHBoxLayout(), QVBoxLayout(self)
        whole.setContentsMargins(0, look.px(8), 0, 0)
        whole.setSpacing(look.px(8))
        top.setSpacing(look.px(8))
        top.addWidget(self.note, 1)
        top.addWidget(self.ours)
        top.addWidget(self.erp)
        whole.addLayout(top)
        whole.addWidget(self.table, 1)
        whole.addWidget(self.bones, 1)
        self.table.opened.connect(lambda _: self._open())
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._allow())
        self.forget()

    def forget(self) -> None:
        """Nothing is known yet."""
        self.table.show_rows(())
        self.note.tell(self._look.text.say("chain-note"))
        self._wait(on=False)
        self._allow()

    def show_busy(self, on: bool) -> None:
        """The ERP is being asked."""
        self._wait(on=on and not self.table.held)

    def _wait(self, *, on: bool) -> None:
        self.bones.setVisible(on)
        self.table.setVisible(not on)

    def show_chain(self, chain: Chain) -> None:
        """All bills; where the ERP cannot tell what belongs together, it says so."""
        say = self._look.text.say
        self._wait(on=False)
        self._shut = chain.shut
        self.table.show_rows(chain.bills)
        words = say("chain-blind", system=chain.blind) if chain.blind else say("chain-note")
        self.note.tell(words if chain.bills else say("chain-none"))
        here = next((at for at, bill in enumerate(chain.bills) if bill.here), None)
        if here is not None:
            self.table.selectRow(here)
        self._allow()

    def _allow(self) -> None:
        bill = self.table.chosen_row()
        self.ours.setEnabled(bill is not None and bill.document_id is not None and not bill.here)
        self.erp.setEnabled(bill is not None and not self._shut)
        self.erp.setToolTip(self._look.text.say("panel-no-link") if self._shut else "")

    def _open(self) -> None:
        if self.ours.isEnabled():
            self._open_ours()
        elif self.erp.isEnabled():
            self._open_erp()

    def _open_ours(self) -> None:
        if (bill := self.table.chosen_row()) is not None and bill.document_id is not None:
            self.document_asked.emit(bill.document_id)

    def _open_erp(self) -> None:
        if (bill := self.table.chosen_row()) is not None:
            self.bill_asked.emit(bill.ref)


class UndoBox(QFrame):
    """What must be undone in the ERP, the first deed on top. bill_asked: one of them in the ERP, its Ref."""

    bill_asked = Signal(object)

    def __init__(self, look: Look, bridge: Bridge) -> None:
        super().__init__()
        self._look = look
        self._system_id = ""
        self.title = Words("", "strong", wrap=True)
        self.next = Button(look, "", self._open_first, role="primary", icon="open")
        self.table = BillTable(look, bridge, UNDO, lambda row: undo_cells(row, look.text), "undo")
        top, whole = QHBoxLayout(), QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(look.px(6))
        top.addWidget(self.title, 1)
        top.addWidget(self.next)
        whole.addLayout(top)
        whole.addWidget(self.table)
        self.table.opened.connect(lambda _: self._ask(self.table.chosen_row()))
        self.hide()

    def show_blockers(self, system_id: str, blockers: Sequence[Mapping[str, Any]]) -> None:
        """blockers: as they are kept with the failure, each behind the one it was made of; none hides the box."""
        rows = [(at + 1, each) for at, each in enumerate(reversed(blockers))]
        self._system_id = system_id
        if [each for _, each in self.table.held] != [each for _, each in rows]:
            self.table.show_rows(rows)
        if rows:
            say, text = self._look.text.say, self._look.text
            self.title.tell(say("undo-title", count=len(rows)))
            first = rows[0][1]
            self.next.say(say("undo-open", bill=bill_name(first["form"], text), number=str(first["number"])))
            shown = min(len(rows), MOST_SHOWN) + 1
            self.table.setFixedHeight(self._look.px(32) * shown + 2)
        self.setVisible(bool(rows))

    def _open_first(self) -> None:
        self._ask(self.table.held[0] if self.table.held else None)

    def _ask(self, row: Any) -> None:
        if row is not None:
            told = row[1]
            self.bill_asked.emit(Ref(self._system_id, told["form"], told["key"], told["number"]))


def bill_name(form: str, text: Text) -> str:
    """What people call a form; one of the customer's own by its id."""
    return text.word("bill", form)


def chain_cells(bill: ChainBill, text: Text) -> Sequence[Cell]:
    """One bill of the chain, set in by how far down it stands."""
    state = bill.status.value if bill.status is not None else ""
    return (
        Cell(_branch(bill.depth) + bill_name(bill.ref.form, text), f"{bill.ref.number or bill.ref.key}{'  ◂' if bill.here else ''}"),
        Cell(text.word("bill-state", state), state=LOOKS[bill.status]) if bill.status else Cell("\u2014", token="muted"),
        Cell(money_words(text, bill.amount) if bill.amount else "", money=bill.amount),
        Cell(bill.owner), Cell(bill.day), Cell(bill.request),
    )  # fmt: skip


def undo_cells(row: tuple[int, Mapping[str, Any]], text: Text) -> Sequence[Cell]:
    """One later bill: when its turn is, what is to be done with it, and who can."""
    turn, told = row
    status = BillStatus(told["status"])
    amount = Money(Decimal(told["amount"]), told["currency"]) if told["amount"] else None
    return (
        Cell(text.say("undo-nth", turn=turn), token="link" if turn == 1 else "muted"),
        Cell(bill_name(told["form"], text), str(told["number"])),
        Cell(text.say(f"undo-{status.value}")),
        Cell(text.word("bill-state", status.value), state=LOOKS[status]),
        Cell(str(told["owner"])),
        Cell(money_words(text, amount) if amount else ""),
    )


def _branch(depth: int) -> str:
    return "\u2003" * (depth - 1) + "└ " if depth else ""
