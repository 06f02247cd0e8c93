"""One document's life: where it stands, what happened in both systems, what was sent, and what to do where it stopped.

Asks the services over the bridge, never waits; shows skeleton and error as a page does. queue_page.py places it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from desktop.domain.document import DocumentState
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import Ref
from desktop.views.bill_chain import ChainSheet, UndoBox
from desktop.views.bridge import Bridge
from desktop.views.cause_words import told_facts
from desktop.views.change_table import ChangeBox
from desktop.views.document_cure import Answers, Cure, CureBox
from desktop.views.document_head import DocumentHead
from desktop.views.document_legs import Record, leg_facts, leg_rail, mapped_bills
from desktop.views.document_life import Fact, facts, open_failure, rail, timeline
from desktop.views.document_rail import Rail, Timeline
from desktop.views.document_sheets import (
    Call,
    Sheet,
    bill_parts,
    calls_html,
    calls_text,
    mapped_parts,
    records_html,
    records_text,
)
from desktop.views.doubt_box import DoubtBox
from desktop.views.look import Look
from desktop.views.order_watch import OrderWatch, Told
from desktop.views.page_states import Banner, ErrorState
from desktop.views.queue_rows import is_held
from desktop.views.resend_dialog import ResendDialog
from desktop.views.second_person import SecondPerson
from desktop.views.tail_box import TailBox
from desktop.views.widgets import Button, Mark, Skeleton, Words, inset

if TYPE_CHECKING:
    from desktop.domain.document import Attempt, Round
    from desktop.services.documents import Documents, Story
    from desktop.services.evidence import Pack

TABS = ("timeline", "bill", "mapped", "sent", "answer", "chain")
FACTS = 320
"""The width of the facts beside the timeline, in drawn pixels."""


class DocumentPanel(QFrame):
    """Shows one document at a time.

    person: in whose name orders are given.
    closed: the person closed it.  ordered: an order was carried out: lists may want to look again.
    """

    closed = Signal()
    ordered = Signal()

    def __init__(self, look: Look, bridge: Bridge, documents: Documents, person: str) -> None:
        super().__init__()
        self._look, self._bridge, self._documents, self._person = look, bridge, documents, person
        self.document_id: int | None = None
        self.second: SecondPerson | None = None
        self.choices: ResendDialog | None = None
        self.story: Story | None = None
        self._every_step, self._beside = False, False
        self._attempt: int | None = None
        self._round: int | None = None
        self._facts: list[tuple[str, Mark | None, Words]] = []
        self.setAccessibleName(look.text.say("panel-title"))
        self.orders = OrderWatch(documents, bridge, lambda: look.text, self)
        self.head = DocumentHead(
            look, open_side=self.open_side, check=self.check, dismiss=self._ask_dismissal, take_back=self._take_back,
            close=self.closed.emit,
            more=(
                ("resend", "panel-resend", self._ask_resend), ("send_anew", "panel-send-anew", self._ask_anew),
                ("make_again", "panel-make-again", self._ask_again),
                ("pass_gate", "panel-pass-gate", self._ask_passing),
                ("hold_back", "panel-hold-back", self._ask_hold), ("go_first", "panel-go-first", self._go_first),
                ("usual_turn", "panel-usual-turn", self._usual_turn),
                ("read", "panel-prices", self._ask_prices), ("evidence", "evidence-take", self._ask_evidence),
            ),
        )  # fmt: skip
        self.notice = Banner(look)
        self.cure = CureBox(look, self._give_cure)
        self.doubt = DoubtBox(look, bridge, documents, self._bind)
        self.rail, self.timeline = Rail(look), Timeline(look)
        self.steps = Button(look, look.text.say("panel-all-steps"), self._toggle_steps, role="quiet")
        self.keys = Words(look.text.say("panel-keys"), "caption")
        self.bill = Sheet(look, look.text.say("panel-tab-bill"), "panel-none-bill", self._pick_round)
        self.mapped = Sheet(look, look.text.say("panel-tab-mapped"), "panel-none-mapped", self._pick_round)
        self.sent = Sheet(look, look.text.say("panel-tab-sent"), "panel-none-sent", self._pick_attempt)
        self.answer = Sheet(look, look.text.say("panel-tab-answer"), "panel-none-answer", self._pick_attempt)
        self.chain, self.undo = ChainSheet(look, bridge), UndoBox(look, bridge)
        self.changes = ChangeBox(look, bridge)
        self.tail = TailBox(look, bridge, self._accept_tail)
        self._build()

    # Building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        look, px = self._look, self._look.px
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)
        for name in TABS:
            self.tabs.addTab(look.text.say(f"panel-tab-{name}"))
        self.pages = QStackedWidget()
        self.pages.addWidget(self._life())
        for sheet in (self.bill, self.mapped, self.sent, self.answer, self.chain):
            self.pages.addWidget(self._framed(sheet))
        self.tabs.currentChanged.connect(self._turn)
        self.chain.document_asked.connect(self.show_document)
        for asking in (self.chain, self.undo):
            asking.bill_asked.connect(self._open_bill)
        row = QHBoxLayout()
        row.setContentsMargins(px(24), 0, px(24), 0)
        row.addWidget(self.tabs)
        row.addStretch(1)
        row.addWidget(self.keys)
        row.addWidget(self.steps)
        content = QWidget()
        column = QVBoxLayout(content)
        for layout in (column,):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
        rule = QFrame()
        rule.setProperty("role", "rule")
        column.addWidget(self.head)
        column.addWidget(inset(look, self.notice))
        column.addLayout(row)
        column.addWidget(rule)
        column.addWidget(self.pages, 1)
        self.states = QStackedWidget()
        waiting, self.error = QWidget(), ErrorState(look, self.refresh)
        bars = QVBoxLayout(waiting)
        bars.setContentsMargins(px(24), px(16), px(24), 0)
        bars.addWidget(Skeleton(look, 5))
        bars.addStretch(1)
        for widget in (content, waiting, self.error):
            self.states.addWidget(widget)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.states)
        self.setMinimumHeight(px(180))

    def _life(self) -> QWidget:
        """Cure, rail and timeline at the left, facts at the right."""
        px = self._look.px
        inner = QWidget()
        inner.setProperty("role", "area")
        column = self._column = QVBoxLayout(inner)
        column.setContentsMargins(px(24), px(12), px(24), px(8))
        column.setSpacing(px(12))
        column.addWidget(self.cure)
        column.addWidget(self.doubt)
        column.addWidget(self.undo)
        column.addWidget(self.changes)
        column.addWidget(self.tail)
        column.addWidget(self.rail)
        column.addWidget(self.timeline)
        column.addStretch(1)
        scroll = self._life_side = QScrollArea(widgetResizable=True)
        scroll.setWidget(inner)
        scroll.installEventFilter(self)
        self.facts = QFrame()
        self.facts.setProperty("role", "sunken")
        self._facts_grid = QGridLayout(self.facts)
        self._facts_grid.setContentsMargins(px(20), px(12), px(20), px(12))
        self._facts_grid.setHorizontalSpacing(px(16))
        self._facts_grid.setVerticalSpacing(px(6))
        self.facts_side = QScrollArea(widgetResizable=True)
        self.facts_side.setFixedWidth(px(FACTS))
        self.facts_side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.facts_side.setWidget(self.facts)
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(scroll, 1)
        row.addWidget(self.facts_side)
        return both

    def _framed(self, widget: QWidget) -> QWidget:
        frame, column = QWidget(), QVBoxLayout()
        column.setContentsMargins(self._look.px(24), 0, self._look.px(8), self._look.px(8))
        column.addWidget(widget)
        frame.setLayout(column)
        return frame

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """The cure's buttons take as many lines as the side's width wants."""
        if event.type() == QEvent.Type.Resize:
            edges = 2 * (24 + 16) + 16  # of the column and of the box, and the scroll bar's lane
            self.cure.set_room(max(1, self._life_side.width() - self._look.px(edges)))
        return False

    def set_beside(self, beside: bool) -> None:
        """Beside the list there is height and no width: the head takes three lines, the facts stand under the timeline."""
        if beside == self._beside:
            return
        self._beside = beside
        self.head.set_beside(beside)
        self.keys.setVisible(not beside)
        self.cure.set_narrow(beside)
        if beside:
            self.facts_side.takeWidget()
            self._column.insertWidget(self._column.count() - 1, self.facts)
        else:
            self._column.removeWidget(self.facts)
            self.facts_side.setWidget(self.facts)
        self.facts.show()
        self.facts_side.setVisible(not beside)

    @property
    def seen(self) -> int | None:
        """The document whose words are on screen; None while those of the one before still stand there: nothing may be
        ordered then, neither for what is seen nor for what comes."""
        shown = self.story.row.id if self.story is not None else None
        return shown if shown == self.document_id else None

    # Asking ----------------------------------------------------------------------------------------------------

    def show_document(self, document_id: int) -> None:
        """Another document."""
        if document_id != self.document_id:
            self.document_id = document_id
            self._attempt = self._round = None
            self.orders.forget()
            self.notice.hide()
        self.refresh()

    def refresh(self) -> None:
        """Asks for the document again; what is on screen stays until the answer is there."""
        wanted = self.document_id
        if wanted is None:
            return
        self._bridge.ask(
            lambda: self._documents.story(wanted), then=self._show, failed=self._lost, busy=self._wait, owner=self,
            slot="story",
        )  # fmt: skip

    def hear(self, ids: Iterable[int]) -> None:
        """The engine moved these documents."""
        if self.document_id in set(ids):
            self.refresh()

    def _wait(self, on: bool) -> None:
        if on and (self.story is None or self.story.row.id != self.document_id):
            self.states.setCurrentIndex(1)

    def _lost(self, error: SyncError) -> None:
        self.error.show_error(error)
        self.states.setCurrentIndex(2)

    # Showing ---------------------------------------------------------------------------------------------------

    def _show(self, story: Story) -> None:
        if story.row.id != self.document_id:
            return
        another = self.story is None or self.story.row.id != story.row.id
        self.story = story
        self.states.setCurrentIndex(0)
        self.head.show_story(story)
        self._show_life(story)
        self._show_facts(story)
        self._show_records(story)
        if another:
            self.sent.show_nothing()
            self.answer.show_nothing()
            self.chain.forget()
            self._ask_chain()
        self._show_attempts(story)

    def _show_life(self, story: Story) -> None:
        text = self._look.text
        if is_held(story.row):
            self.cure.show_held(story)
        elif open_failure(story) is not None or not self._dismissing(story):
            self.cure.show_story(story)
        self.doubt.show_story(story)
        failure = open_failure(story)
        self.undo.show_blockers(
            story.document.source.system_id, failure.facts.get("blockers", ()) if failure else ()
        )
        self._ask_tail(story)
        self.changes.show_changes(failure.facts.get("changes", ()) if failure else ())
        tell = leg_rail if story.forms else rail
        self.rail.show_stages(tell(story, text, datetime.now(UTC)))
        self.timeline.show_lines(timeline(story, text, every_step=self._every_step))

    def _dismissing(self, story: Story) -> bool:
        """The person is about to say why a document is to be left alone, or let pass: the box must not go under their hands."""
        about, resting = self.cure.about, story.row.state.at_rest
        meant = (
            (about == ("dismiss", story.row.id) and not resting)
            or (about == ("pass_gate", story.row.id) and story.passable)
            or (about == ("send_anew", story.row.id) and story.row.state is DocumentState.REQUESTED)
            or (about == ("make_again", story.row.id) and not resting)
            or (about == ("hold_back", story.row.id) and not resting and not is_held(story.row))
        )
        return self.cure.isVisibleTo(self) and meant

    def _toggle_steps(self) -> None:
        self._every_step = not self._every_step
        self.steps.say(self._look.text.say("panel-main-steps" if self._every_step else "panel-all-steps"))
        if self.story is not None:
            self._show_life(self.story)

    def _show_facts(self, story: Story) -> None:
        """The same facts with other values are told in place: making labels costs more than the whole answer."""
        found = (leg_facts if story.forms else facts)(story, self._look.text)
        if [fact.label for fact in found] != [label for label, _, _ in self._facts]:
            self._build_facts(found)
        for fact, (_, mark, value) in zip(found, self._facts, strict=True):
            value.tell(fact.value, "stop" if fact.token == "stop" else "")
            if mark is not None:
                mark.show_shape(fact.shape, fact.token)

    def _build_facts(self, found: Sequence[Fact]) -> None:
        grid = self._facts_grid
        while (item := grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self._facts = []
        for row, fact in enumerate(found):
            mark = Mark(self._look) if fact.shape else None
            value = Words(fact.value, selectable=True, wrap=True)
            self._facts.append((fact.label, mark, value))
            grid.addWidget(Words(fact.label, "second"), row, 0)
            grid.addWidget(self._marked(mark, value) if mark is not None else value, row, 1)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(grid.rowCount(), 1)

    def _marked(self, mark: Mark, words: Words) -> QWidget:
        box, row = QWidget(), QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self._look.px(6))
        row.addWidget(mark)
        row.addWidget(words, 1)
        box.setLayout(row)
        return box

    # Bill and mapped, by round -----------------------------------------------------------------------------------

    def _show_records(self, story: Story) -> None:
        rounds = story.rounds
        self.tabs.setTabText(1, self._look.text.say("panel-tab-request" if story.forms else "panel-tab-bill"))
        for sheet in (self.bill, self.mapped):
            names = [self._look.text.say("panel-round", round=each.number) for each in rounds]
            sheet.show_choices(names, self._place_of_round(rounds))
        if not rounds:
            self._show_record(self.bill, ())
            self._show_record(self.mapped, ())
            return
        chosen = rounds[self._place_of_round(rounds)]
        self._show_record(self.bill, [("", *bill_parts(chosen))])
        bills = mapped_bills(chosen, story, self._look.text)
        self._show_record(self.mapped, bills if story.forms else [("", *mapped_parts(chosen))])

    def _show_record(self, sheet: Sheet, parts: Sequence[Record]) -> None:
        if not any(header or lines for _, header, lines in parts):
            sheet.show_nothing("panel-none-bills" if self.story and self.story.forms else "")
            return
        look = self._look
        sheet.show_sheet(lambda: records_html(look, parts, 1 if self._beside else 3), records_text(parts))

    def _place_of_round(self, rounds: Sequence[Round]) -> int:
        numbers = [each.number for each in rounds]
        return numbers.index(self._round) if self._round in numbers else len(numbers) - 1

    def _pick_round(self, at: int) -> None:
        if self.story is not None and at < len(self.story.rounds):
            self._round = self.story.rounds[at].number
            self._show_records(self.story)

    # Sent and answer, by attempt ---------------------------------------------------------------------------------

    def _show_attempts(self, story: Story) -> None:
        names = [self._attempt_words(each) for each in story.attempts]
        for sheet in (self.sent, self.answer):
            sheet.show_choices(names, self._place_of_attempt(story.attempts))
        if self.pages.currentIndex() in (TABS.index("sent"), TABS.index("answer")):
            self._ask_calls()

    def _attempt_words(self, attempt: Attempt) -> str:
        return self._look.text.say(
            "panel-attempt", round=attempt.round, step=attempt.step, number=attempt.number,
            outcome=self._look.text.word("outcome", attempt.outcome.value),
        )  # fmt: skip

    def _place_of_attempt(self, attempts: Sequence[Attempt]) -> int:
        ids = [each.id for each in attempts]
        return ids.index(self._attempt) if self._attempt in ids else len(ids) - 1

    def _pick_attempt(self, at: int) -> None:
        if self.story is not None and at < len(self.story.attempts):
            self._attempt = self.story.attempts[at].id
            self._show_attempts(self.story)

    def _ask_calls(self) -> None:
        """Reads what one attempt sent and was answered, and makes it readable, away from the GUI thread."""
        if self.story is None or not self.story.attempts:
            return
        attempt = self.story.attempts[self._place_of_attempt(self.story.attempts)]
        self._bridge.ask(
            lambda: [Call(kept) for kept in self._documents.exchanges(attempt.id)], then=self._show_calls,
            failed=self._tell_error, owner=self, slot="calls",
        )  # fmt: skip

    def _show_calls(self, calls: Sequence[Call]) -> None:
        for sheet, side in ((self.sent, "sent"), (self.answer, "answer")):
            if calls:
                sheet.show_sheet(partial(calls_html, self._look, calls, side), calls_text(calls, side))
            else:
                sheet.show_nothing("panel-none-kept")

    def _ask_tail(self, story: Story) -> None:
        """Where values differ, both systems' lines are read, fen by fen."""
        if not self.tail.is_for(story):
            self.tail.hide()
            return
        self._bridge.ask(
            lambda: self._documents.tail(story.row.id), then=partial(self.tail.show_tail, story),
            failed=lambda _: self.tail.hide(), owner=self, slot="tail",
        )  # fmt: skip

    def _accept_tail(self, reason: str) -> None:
        """The form's fen are a tail: agreed as it is, with the reason in the trail."""
        if (wanted := self.seen) is not None:
            self._give(lambda to: to.decide(self._person, wanted, "approved", reason))

    def _ask_chain(self) -> None:
        """Asks the ERP what belongs together, while its tab is looked at."""
        if (wanted := self.document_id) is not None and self.pages.currentIndex() == TABS.index("chain"):
            self._bridge.ask(
                lambda: self._documents.chain(wanted), then=self.chain.show_chain, failed=self._tell_error,
                busy=self.chain.show_busy, owner=self, slot="chain",
            )  # fmt: skip

    def _open_bill(self, bill: Ref) -> None:
        """Any bill of the chain in the ERP."""
        if (wanted := self.seen) is not None:
            self._bridge.ask(
                lambda: self._documents.open_bill(wanted, bill), then=self._open_address, failed=self._tell_error,
                owner=self, slot="link",
            )  # fmt: skip

    def _turn(self, at: int) -> None:
        self.pages.setCurrentIndex(at)
        self.steps.setVisible(at == 0)
        self._ask_chain()
        if at in (TABS.index("sent"), TABS.index("answer")):
            self._ask_calls()

    # What the person orders --------------------------------------------------------------------------------------

    def open_side(self, side: str) -> None:
        """Opens the bill ("erp") or its request ("oa") in the browser; the address is made in a thread, and kept nowhere."""
        wanted = self.seen
        if wanted is not None:
            self._bridge.ask(
                lambda: self._documents.open_link(wanted, side, person=self._person), then=self._open_address, failed=self._tell_error,
                owner=self, slot="link",
            )  # fmt: skip

    def _open_address(self, address: str) -> None:
        self.notice.hide()
        if not QDesktopServices.openUrl(QUrl(address)):
            QGuiApplication.clipboard().setText(address)
            self.notice.tell("warn", self._look.text.say("panel-open-failed"), **self._shut_notice())

    def check(self) -> None:
        """Looks again at once: what failed is tried, all else is read anew by the next run, brought forward."""
        story = self.story
        if story is None or self.seen is None or self.orders.waiting:
            return  # a double click is one click
        if open_failure(story) is not None:
            self._give(lambda to: to.retry(self._person, [story.row.id]))
        else:
            document = story.document
            self._give(lambda to: to.run_now(self._person, document.route_id, document.flow_id))

    def _take_back(self) -> None:
        if (wanted := self.seen) is not None:
            self._give(lambda to: to.take_back(self._person, [wanted]))

    def _ask_dismissal(self) -> None:
        if self.story is not None and self.seen is not None:
            self.tabs.setCurrentIndex(0)
            self.cure.show_dismissal(self.story)

    def _ask_hold(self) -> None:
        if self.story is not None and self.seen is not None:
            self.tabs.setCurrentIndex(0)
            self.cure.show_holding(self.story)

    def _go_first(self) -> None:
        if (wanted := self.seen) is not None:
            self._give(lambda to: to.go_first(self._person, [wanted]))

    def _usual_turn(self) -> None:
        if (wanted := self.seen) is not None:
            self._give(lambda to: to.usual_turn(self._person, [wanted]))

    def _ask_passing(self) -> None:
        if self.story is not None and self.seen is not None:
            self.tabs.setCurrentIndex(0)
            self.cure.show_passing(self.story)

    def _ask_prices(self) -> None:
        """Whence its prices come: asked of the ERP now."""
        from desktop.views.price_dialog import PriceDialog

        if self.story is not None:
            row = self.story.row
            self.prices = PriceDialog(
                self, self._look, self._bridge, self._documents, row.id, row.number, self.show_document
            )
            self.prices.open()

    def _ask_resend(self) -> None:
        """Choices first; then it is ordered, once."""
        if self.story is None or self.seen is None:
            return
        of, person, documents = self.story.row.id, self._person, self._documents

        def act(version: str, edits: Mapping[str, str], reason: str) -> None:
            self._give(lambda to: to.resend(person, of, version=version, edits=edits, reason=reason))

        number = self.story.row.number
        self.choices = ResendDialog(
            self, self._look, self._bridge, number, lambda: documents.resend_options(of), act
        )
        self.choices.open()

    def _bind(self, number: str) -> None:
        """The person looked at the evidence and says: this one is it."""
        of, person = self.seen, self._person
        if of is not None:
            self._give(lambda to: to.settle(person, of, is_there=True, number=number))

    def _ask_anew(self) -> None:
        if self.story is not None and self.seen is not None:
            self.tabs.setCurrentIndex(0)
            self.cure.show_anew(self.story)

    def _ask_again(self) -> None:
        if self.story is not None and self.seen is not None:
            self.tabs.setCurrentIndex(0)
            self.cure.show_again(self.story)

    def _ask_evidence(self) -> None:
        """Where to; then it is written on a thread of its own, since the whole trail is checked first."""
        if self.story is None:
            return
        say, number = self._look.text.say, self.story.row.number
        name = self._documents.evidence_name(number)
        path, _ = QFileDialog.getSaveFileName(self, say("evidence-take"), name, say("evidence-kinds"))
        if path:
            self.take_evidence(Path(path))

    def take_evidence(self, path: Path) -> None:
        """Writes this bill's evidence pack."""
        wanted, person = self.seen, self._person
        if wanted is not None:
            self.notice.tell("wait", self._look.text.say("evidence-writing"))
            self._bridge.ask_long(
                lambda _: self._documents.take_evidence(person, wanted, path), then=self._tell_pack,
                failed=self._tell_error, owner=self,
            )  # fmt: skip

    def _tell_pack(self, pack: Pack) -> None:
        key = "evidence-made" if pack.whole else "evidence-made-broken"
        told = self._look.text.say(key, file=pack.path.name, count=pack.files, digest=f"{pack.digest[:16]}…")
        self.notice.tell("ok" if pack.whole else "stop", told, **self._shut_notice())

    def _give_cure(self, cure: Cure, typed: Answers) -> None:
        """Where the answer is that nobody does this alone, a second person is asked, and it is given again."""
        person, wanted = self._person, self.seen
        if wanted is None:
            return

        def lost(error: SyncError) -> None:
            self._order_lost(error)
            if error.code is ErrorCode.SECOND_PERSON and wanted == self.document_id:
                self.second = SecondPerson(
                    self, self._look, self._bridge, error, lambda: self._documents.confirmers(person, cure.right, [wanted]),
                    lambda second: self._give_cure(cure, typed._replace(second=second)),
                )  # fmt: skip
                self.second.open()

        self.orders.give(lambda to: cure.order(to, person, typed), self._tell_order, lost)

    def _give(self, order: Callable[[Documents], int]) -> None:
        self.orders.give(order, self._tell_order, self._order_lost)

    def _tell_order(self, told: Told) -> None:
        if self.cure.isVisibleTo(self):
            self.cure.tell(told)
        else:
            tone = "ok" if told.well else "stop" if told.over else "wait"
            self.notice.tell(tone, told.words, **(self._shut_notice() if told.over else {}))
        if told.over:
            self.refresh()
            self.ordered.emit()

    def _order_lost(self, error: SyncError) -> None:
        text = self._look.text
        self.cure.tell(Told(text.what(error.code.id, told_facts(text, error.facts)), True, False))
        self._tell_error(error)

    def _tell_error(self, error: SyncError) -> None:
        """What happened and what to do, over the tabs."""
        text, code = self._look.text, error.code.id
        facts = told_facts(text, error.facts)
        words = f"{text.what(code, facts)} {text.do(code, facts)}"
        self.notice.tell("stop", words, **self._shut_notice())

    def _shut_notice(self) -> dict[str, Any]:
        return {"link": self._look.text.say("button-close"), "act": self.notice.hide}
