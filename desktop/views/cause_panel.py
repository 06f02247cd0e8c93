"""One cause whole: what happened, why, what to do, who; the vendor's own words; the cure; and the bills that it holds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.domain.errors import Remedy, SyncError
from desktop.views.bulk_errand import BulkErrand, Work
from desktop.views.cause_words import money_of, said_of, title_of, told_facts, way_to, what_of
from desktop.views.desk import Desk
from desktop.views.list_export import choose_file
from desktop.views.queue_export import ExportLine, write_list
from desktop.views.queue_list import QueueList
from desktop.views.queue_rows import RowWords, columns_for, order_of
from desktop.views.rights_here import may_here
from desktop.views.saved_views import SavedView, keep_columns
from desktop.views.second_person import SecondPerson
from desktop.views.table_view import Table
from desktop.views.tables import Cell, Column, ColumnKind, TableModel
from desktop.views.widgets import Button, Pill, Words

if TYPE_CHECKING:
    from desktop.domain.system import Person
    from desktop.services.documents import Documents, Question, Row
    from desktop.services.failures import Cause, Failures
    from desktop.services.people import Second

SHOWN = ("number", "flow", "company", "partner", "stands", "amount", "age")
"""The queue's columns that say something here; all bills of a cause have the same next step."""
PARTS = ("what", "why", "do", "who")


class Held(NamedTuple):
    """What the table lists: the documents of a cause, or (cause "") those that were dismissed."""

    cause: str
    retrying: bool

    def question(self, now: datetime) -> Question:
        """What the service is asked."""
        from desktop.services.documents import Question

        if not self.cause:
            return Question(dismissed=True)
        return Question(cause=self.cause, needs_person=not self.retrying, retrying=self.retrying)


class CausePanel(QWidget):
    """opened: a bill is to be shown: its document.  acted: something was done: lists may look again.
    help_asked: what a code means.

    pages: ids of the pages that stand, for the way to a cure.
    """

    opened = Signal(int)
    acted = Signal()
    help_asked = Signal(str)

    def __init__(self, desk: Desk, pages: Collection[str]) -> None:
        super().__init__()
        self._desk, self._look, self._pages = desk, desk.look, pages
        self._documents: Documents = desk.house.documents
        self._failures: Failures = desk.house.failures
        self.person: str = desk.house.person
        self.cause: Cause | None = None
        self.held = Held("", False)
        self._gone = False
        look, say = desk.look, desk.look.text.say
        self.title = Words(role="panel", wrap=True, selectable=True)
        self.pill = Pill(look)
        self.code = Button(look, "", self._ask_help, role="quiet")
        self.second = Words(role="second", selectable=True)
        self.parts = {part: Words(wrap=True, selectable=True) for part in PARTS}
        self.said = Words(role="muted", wrap=True, selectable=True)
        self.cure = Button(look, "", self.follow, role="primary", icon="right")
        self.resend = Button(look, "", self.order_resend, role="secondary", icon="sync")
        self.ignore = Button(look, say("failures-dismiss"), self.ask_dismissal)
        self.reason = QLineEdit(placeholderText=say("panel-reason-hint"))
        self.reason.setAccessibleName(say("panel-reason-hint"))
        self.dismiss = Button(look, "", self.order_dismissal)
        self.keep = Button(look, say("button-cancel"), self.leave_dismissal, role="quiet")
        self.errand = BulkErrand(look, desk.bridge)
        self.give_out = Button(look, say("queue-export"), self.ask_export, role="icon", icon="download")
        self.export = ExportLine(look, desk.bridge)
        self.listed = Words(role="strong")
        self.worth = Words(role="second")
        self.words = RowWords(look.text)
        self.rows = TableModel(_columns(look.text.language), desk.bridge, self._read, self._cells, self)
        self.table = Table(look, self.rows, "failures")
        self.list = QueueList(self._documents, desk.bridge, self.rows, self.is_reading, self)
        self._build()
        self._connect()

    # Building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        px = self._look.px
        head, whole = QWidget(), QVBoxLayout(self)
        column = QVBoxLayout(head)
        column.setContentsMargins(px(24), px(12), px(24), px(8))
        column.setSpacing(px(8))
        first, second = QHBoxLayout(), QHBoxLayout()
        first.setSpacing(px(8))
        first.addWidget(self.title, 1)
        first.addWidget(self.ignore, alignment=Qt.AlignmentFlag.AlignTop)
        second.setSpacing(px(8))
        for widget in (self.pill, self.code, self.second):
            second.addWidget(widget)
        second.addStretch(1)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(self._box())
        column.addWidget(self._dismissal())
        column.addWidget(self.errand)
        line = QHBoxLayout()
        line.setSpacing(px(8))
        line.addWidget(self.listed)
        line.addWidget(self.worth)
        line.addStretch(1)
        line.addWidget(self.give_out)
        column.addLayout(line)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(head)
        whole.addWidget(self.table, 1)
        whole.addWidget(self.export)
        self.table.setMinimumHeight(px(100))
        self.table.sorted_by("amount", True)
        keep_columns(self._desk, self.table, "failures")

    def _box(self) -> QWidget:
        """The only box of the page: the four answers, the other side's words, and the buttons."""
        px, say = self._look.px, self._look.text.say
        self.box = QFrame()
        self.box.setProperty("role", "cure")
        self.answers = QWidget()
        column, grid, row = QVBoxLayout(self.box), QGridLayout(self.answers), QHBoxLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        column.setContentsMargins(px(16), px(12), px(16), px(12))
        column.setSpacing(px(8))
        grid.setHorizontalSpacing(px(12))
        grid.setVerticalSpacing(px(6))
        for at, part in enumerate(PARTS):
            grid.addWidget(Words(say(f"failures-part-{part}"), "second"), at, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(self.parts[part], at, 1)
        self.said_label = Words(say("failures-part-said"), "second")
        grid.addWidget(self.said_label, len(PARTS), 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.said, len(PARTS), 1)
        grid.setColumnStretch(1, 1)
        row.setSpacing(px(8))
        self.note = Words(say("failures-resend-note"), "second")
        row.addWidget(self.note)
        row.addStretch(1)
        row.addWidget(self.resend)
        row.addWidget(self.cure)
        column.addWidget(self.answers)
        column.addLayout(row)
        return self.box

    def _dismissal(self) -> QWidget:
        px = self._look.px
        self.asking = QWidget()
        row = QHBoxLayout(self.asking)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(8))
        row.addWidget(self.reason, 1)
        row.addWidget(self.dismiss)
        row.addWidget(self.keep)
        self.asking.hide()
        return self.asking

    def _connect(self) -> None:
        self.table.opened.connect(lambda row_id: self.opened.emit(int(row_id)))
        self.table.sort_asked.connect(self._sort)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._count())
        self.list.counted.connect(lambda _: self._count())
        self.rows.dataChanged.connect(lambda *_: self._offer_cure())  # now the first bill's number is known
        self.list.failed.connect(self._desk.bridge.trouble.emit)
        self.rows.read_failed.connect(self._desk.bridge.trouble.emit)
        self.reason.textChanged.connect(self._allow)
        self.errand.ended.connect(self._ended)
        self.errand.alone.connect(self._ask_second)
        self.other: SecondPerson | None = None
        self.errand.open_bill.connect(self.opened.emit)

    # Showing ---------------------------------------------------------------------------------------------------

    def show_cause(self, cause: Cause, *, retrying: bool) -> None:
        """Another cause, or the same as it is now: what the person has chosen and typed stays."""
        held = Held(cause.id, retrying)
        another = held != self.held
        self.cause, self._gone = cause, False
        self._tell_cause(cause)
        if another:
            self._take(held)
        else:
            self.list.renew()
        self._count()

    def show_dismissed(self, count: int) -> None:
        """What people left alone."""
        self.cause, self._gone = None, False
        self.title.tell(self._look.text.say("failures-dismissed-title", count=count))
        for widget in (self.pill, self.code, self.second, self.answers):
            widget.hide()
        held = Held("", False)
        if held != self.held or not self.list.asked.number:
            self._take(held)
        else:
            self.list.renew()
        self._count()

    def show_gone(self) -> None:
        """The cause holds nothing any more; what came of the last order is still to be read."""
        self._gone = True
        self.list.renew()
        self._count()

    def _take(self, held: Held) -> None:
        self.held = held
        self.leave_dismissal()
        self.errand.close_result()
        self.table.clearSelection()
        self.table.scrollToTop()
        self._ask()

    def _tell_cause(self, cause: Cause) -> None:
        text, code = self._look.text, cause.code.id
        self.title.tell(title_of(text, cause.code, cause.facts))
        tone = "wait" if cause.next_try_at else "warn" if cause.in_doubt else "stop"
        shape = {"wait": "ring_half", "warn": "diamond", "stop": "square"}[tone]
        self.pill.show_words(text.say(f"class-{cause.code.failure_class.name.lower()}"), tone, shape)
        self.code.say(code)
        self.code.setToolTip(text.say("failures-help"))
        now = datetime.now(UTC)
        told = [text.say("failures-first", when=text.clock(cause.oldest_at, now))]
        if cause.next_try_at:
            told.append(text.say("cure-next", when=text.clock(cause.next_try_at, now)))
        told.append(text.say("failures-touches", flows=len(cause.flows), companies=len(cause.companies)))
        self.second.tell("    ".join(told))
        facts = told_facts(text, cause.facts, cause.count)
        answers = {
            "what": what_of(text, code, facts), "why": text.say(f"{code}-why"), "do": text.do(code, facts),
            "who": text.say(f"healer-{cause.code.healer.value}"),
        }  # fmt: skip
        for part, words in self.parts.items():
            words.tell(answers[part])
        said = said_of(text, facts)
        self.said.tell(said)
        self.said.setVisible(bool(said))
        self.said_label.setVisible(bool(said))
        for widget in (self.pill, self.code, self.second, self.answers):
            widget.show()

    def _ask(self) -> None:
        self.list.ask(self.held, self.table.header.sorted_key, self.table.header.descending)

    def _sort(self, key: str, descending: bool) -> None:
        self.table.sorted_by(key, descending)
        self._ask()

    def _read(self, ids: tuple[int, ...]) -> Mapping[int, Row]:
        """On a pool thread."""
        return {row.id: row for row in self._documents.rows(ids)}

    def _cells(self, row: Row) -> Sequence[Cell]:
        found = dict(
            zip(
                (column.key for column in columns_for(self._look.text.language)),
                self.words.cells(row),
                strict=True,
            )
        )
        found["stands"] = Cell(self._look.text.word("state", row.state.value))
        return [found[key] for key in SHOWN]

    def lay_out(self, view: SavedView) -> None:
        """Columns and order of a saved view."""
        if view.columns:
            self.table.restore_columns(view.columns)
        if view.sort in {column.key for column in self.rows.columns if column.sortable}:
            self._sort(view.sort, view.descending)

    def ask_export(self) -> None:
        """Asks for a file, then writes the bills of this cause into it."""
        if not self.export.busy and (path := self.choose_file()) is not None:
            question = self.held.question(self.words.now())
            sort, down = order_of(self.table.header.sorted_key, self.table.header.descending)
            documents, text = self._documents, self._look.text
            self.export.begin(
                path, lambda errand: write_list(path, documents, question, sort, down, text, errand)
            )

    def choose_file(self) -> Path | None:
        """Where the export goes; None where the person thought better of it."""
        return choose_file(self, self._look.text, self.title.text()[:40].replace("/", " "))

    def is_reading(self) -> bool:
        """True while someone looks at particular rows."""
        return self.table.hover_row >= 0 or self.table.verticalScrollBar().value() > 0

    # What may be done ------------------------------------------------------------------------------------------

    def chosen_ids(self) -> tuple[int, ...]:
        """The rows that the person marked, where it is more than the one that the keyboard stands on."""
        ids = self.table.selected_ids()
        return ids if len(ids) > 1 else ()

    def _count(self) -> None:
        """Every button says what it does and to how many."""
        text, cause, busy = self._look.text, self.cause, self.errand.busy
        chosen, total = len(self.chosen_ids()), self.rows.rowCount()
        count = chosen or total
        dismissed = not self.held.cause
        key = self._deed()
        self.resend.say(text.say(f"{key}-chosen" if chosen else key, count=count))
        may = may_here(self._desk.house, "retry" if self.held.cause else "take_back")
        self.resend.setEnabled(bool(count) and not busy and may)
        self.resend.setToolTip("" if may else text.say("cure-only-look"))
        self.dismiss.say(text.say("failures-dismiss-do", count=count))
        self.ignore.setVisible(not dismissed)
        self.ignore.setEnabled(bool(count) and not busy and may_here(self._desk.house, "dismiss"))
        self.listed.tell(text.say("failures-dismissed-bills" if dismissed else "failures-held-bills"))
        worth = money_of(text, cause) if cause is not None and not dismissed and total else ""
        told = [text.say("failures-bills", count=total), worth]
        if chosen:
            told.append(text.say("failures-chosen", count=chosen))
        self.worth.tell("    ".join(part for part in told if part))
        self.note.tell(text.say("failures-gone" if self._gone else f"{key}-note"), "")
        self.resend.setVisible(not self._gone)
        self._offer_cure()
        self._allow()

    def _deed(self) -> str:
        """What the button does, as a key. Where a person must decide, to try again is only to look again."""
        if not self.held.cause:
            return "failures-take-back"
        decides = self.cause is not None and self.cause.code.remedy is Remedy.DECIDE
        return "failures-check" if decides else "failures-resend"

    def _offer_cure(self) -> None:
        text, cause = self._look.text, self.cause
        way = way_to(cause, text, self._pages) if cause is not None and self.held.cause else None
        number = self._number_at_hand()
        shown = way is not None and (not way.side or bool(number)) and not self._gone
        if way is not None and shown:
            words = text.say(f"failures-open-{way.side}", number=number) if way.side else way.words
            self.cure.say(words)
            self.cure.set_icon("open" if way.side == "erp" else "right")
        self.cure.setVisible(shown)
        leads = shown and way is not None and way.side not in ("erp", "here")
        self.cure.set_role("primary" if leads else "secondary")
        self.resend.set_role("secondary" if leads else "primary")

    def _number_at_hand(self) -> str:
        """The bill that is chosen, else the first: what "open in the ERP" opens."""
        row = self.rows.value_at(max(0, self.table.currentIndex().row())) if self.rows.rowCount() else None
        return row.number if row is not None else ""

    def _allow(self) -> None:
        typed = bool(self.reason.text().strip())
        self.dismiss.setEnabled(typed and not self.errand.busy)
        self.dismiss.setToolTip("" if typed else self._look.text.say("cure-reason-needed"))

    def follow(self) -> None:
        """To the place of the cure."""
        cause = self.cause
        way = way_to(cause, self._look.text, self._pages) if cause is not None else None
        if way is None:
            return
        if way.page:
            self._desk.go(way.page, way.facts)
            return
        row = self.rows.value_at(max(0, self.table.currentIndex().row()))
        if row is not None and way.side in ("panel", "here"):
            self.opened.emit(row.id)
        elif row is not None:
            self._desk.bridge.ask(
                lambda: self._documents.open_link(row.id, way.side, person=self.person),
                then=self._open_address,
                owner=self,
                slot="link",
            )

    def _ask_help(self) -> None:
        if self.cause is not None:
            self.help_asked.emit(self.cause.code.id)

    def _open_address(self, address: str) -> None:
        if not QDesktopServices.openUrl(QUrl(address)):
            QGuiApplication.clipboard().setText(address)
            self.note.tell(self._look.text.say("panel-open-failed"), "warn")

    # Orders ----------------------------------------------------------------------------------------------------

    def order_resend(self) -> None:
        """All of them again (or those marked), once: while it is under way the button is grey and the errand refuses."""
        deed = self._failures.resend if self.held.cause else self._failures.take_back
        self._begin(lambda ids: partial(_carried_out, deed, self.person, ids))

    def _ask_second(self, error: SyncError) -> None:
        """So many that nobody orders it alone: a colleague confirms, and it is ordered again."""

        meant = self._meant()

        def others() -> Sequence[Person]:
            return self._documents.confirmers(self.person, "resend_many", meant())

        def again(second: Second) -> None:
            resend, person = self._failures.resend, self.person
            self._begin(lambda ids: lambda told, stopped: resend(person, ids(), told, stopped, second))

        self.other = SecondPerson(self, self._look, self._desk.bridge, error, others, again)
        self.other.open()

    def ask_dismissal(self) -> None:
        """A reason first."""
        self.asking.show()
        self.reason.setFocus()

    def leave_dismissal(self) -> None:
        """Nothing is left alone."""
        self.asking.hide()
        self.reason.clear()

    def order_dismissal(self) -> None:
        """All of them (or those marked) are left alone, with the reason."""
        reason, failures, person = self.reason.text().strip(), self._failures, self.person
        if reason:
            self._begin(
                lambda ids: lambda told, stopped: failures.dismiss(person, ids(), reason, told, stopped)
            )

    def _begin(self, work: Callable[[Callable[[], Sequence[int]]], Work]) -> None:
        """Those marked, or all that the list shows and the button counted: what comes meanwhile nobody has seen."""
        if self.errand.begin(work(self._meant())):
            self._count()

    def _meant(self) -> Callable[[], Sequence[int]]:
        """Which bills an order is about, for another thread; a list that is not whole yet is read to its end there."""
        chosen, question = self.chosen_ids(), self.held.question(self.words.now())
        if not chosen and self.list.settled:
            chosen = self.rows.shown_ids()
        return lambda: chosen or self._documents.all_ids(question, "amount", descending=True)

    def _ended(self) -> None:
        self.leave_dismissal()
        self.list.renew()
        self._count()
        self.acted.emit()


def _carried_out(deed: Any, person: str, ids: Callable[[], Sequence[int]], told: Any, stopped: Any) -> Any:
    return deed(person, ids(), told, stopped)


def _columns(language: str) -> tuple[Column, ...]:
    stands = Column("stands", "failures-stands", 84, ColumnKind.MUTED, least=76, priority=3)
    known = {column.key: column for column in columns_for(language)} | {"stands": stands}
    known["number"] = replace(known["number"], width=128, least=120)  # first here, it has the page's edge too
    return tuple(known[key] for key in SHOWN)
