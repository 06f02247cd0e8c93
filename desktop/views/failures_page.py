"""What is stuck, by cause: the costliest on top, beside it what to do about the chosen one, and its bills.

Reads through house.failures and house.documents, over the bridge alone. The list is cause_list.py, one cause
cause_panel.py, a bill of it the queue's own document_panel.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QSplitter, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from desktop.domain.events import DocumentsMoved, FailuresChanged, RunEnded
from desktop.views.cause_list import CauseList
from desktop.views.cause_panel import CausePanel
from desktop.views.cause_words import joined, kind_words, said_of, title_of
from desktop.views.desk import Command, Desk
from desktop.views.page import Area, Page
from desktop.views.page_states import EmptyState
from desktop.views.queue_rows import money_words
from desktop.views.saved_views import SavedView, ViewsButton
from desktop.views.widgets import Skeleton, Words

if TYPE_CHECKING:
    from desktop.services.failures import Cause, Failures, Overview
    from desktop.views.code_help import CodeHelp
    from desktop.views.document_panel import DocumentPanel

TABS = ("waiting", "retrying", "dismissed")
SOON_MS = 600
"""The engine's events are answered this much later: a busy run asks for the causes twice a second at most."""
LIST, LEAST_LIST = 375, 300


class FailuresPage(Page):
    """desk.house gives `failures`, `documents` and `person`."""

    def __init__(self, desk: Desk) -> None:
        from desktop.views.pages import pages

        super().__init__(desk, desk.look.text.say("page-failures"))
        self._failures: Failures = desk.house.failures
        self.overview: Overview | None = None
        self._chosen = ""
        self._wanted: dict[str, Any] = {}
        look, say = desk.look, desk.look.text.say
        self.blocked = Words(role="strong", tone="stop")
        self.views = ViewsButton(desk, "failures", self.view, self.show_view)
        self.box = self.add_search(say("failures-search"))
        self.add_action(self.views)
        self.box.setMinimumWidth(look.px(280))
        self.tabs = QTabBar()
        self.list = CauseList(look)
        self.none_found = Words(say("failures-none-found"), "second", wrap=True)
        self.order = Words(say("failures-order"), "second")
        self.cause = CausePanel(desk, {page.id for page in pages()})
        self.right = QStackedWidget()
        self._panel: DocumentPanel | None = None
        self._help: CodeHelp | None = None
        self._build()
        self._connect()

    # Building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        look, px = self.look, self.look.px
        self._actions.insertWidget(0, self.blocked)
        self._actions.insertSpacing(1, px(8))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        for name in TABS:
            self.tabs.addTab(look.text.say(f"failures-tab-{name}", count=0))
        self.tabs.setAccessibleName(look.text.say("page-failures"))
        row, rule = QVBoxLayout(), QFrame()
        row.setContentsMargins(px(22), 0, px(24), 0)
        row.addWidget(self.tabs)
        rule.setProperty("role", "rule")
        self.right.addWidget(self.cause)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self._left())
        self.split.addWidget(self.right)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([px(LIST), px(4 * LIST)])
        empty = EmptyState(
            look, look.text.say("failures-empty-title"), look.text.say("failures-empty-hint"), icon="proved"
        )
        self.area = Area(look, self.split, empty, self.refresh)
        self.bones = self._waiting()
        self.area.addWidget(self.bones)
        self.body.addLayout(row)
        self.body.addWidget(rule)
        self.body.addWidget(self.area, 1)

    def _left(self) -> QWidget:
        px = self.look.px
        self.left, column = QWidget(), QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for words in (self.order, self.none_found):
            words.setContentsMargins(px(24), px(10), px(12), px(10))
            column.addWidget(words)
        column.addWidget(self.list, 1)
        self.none_found.hide()
        self.left.setLayout(column)
        self.left.setMinimumWidth(px(LEAST_LIST))
        return self.left

    def _waiting(self) -> QWidget:
        frame, column = QWidget(), QVBoxLayout()
        column.setContentsMargins(self.look.px(24), self.look.px(16), self.look.px(24), 0)
        column.addWidget(Skeleton(self.look, 10))
        column.addStretch(1)
        frame.setLayout(column)
        return frame

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(self._turn)
        self.list.chosen.connect(self._choose)
        self.cause.opened.connect(self.open_bill)
        self.cause.acted.connect(self.ask)
        self.cause.help_asked.connect(self.show_help)
        self.cause.table.chosen.connect(self._follow)
        self.box.textChanged.connect(lambda _: self._show_list())
        self._soon = QTimer(self, singleShot=True, interval=SOON_MS)
        self._soon.timeout.connect(self.ask)

    # What the window calls -------------------------------------------------------------------------------------

    @property
    def tab(self) -> str:
        """Which list is shown: one of TABS."""
        return TABS[max(0, self.tabs.currentIndex())]

    @property
    def table(self) -> Any:
        """The bills of the chosen cause."""
        return self.cause.table

    @property
    def rows(self) -> Any:
        """Their model."""
        return self.cause.rows

    def refresh(self) -> None:
        self.ask()
        if self.panel_open and self._panel is not None:
            self._panel.refresh()

    def ask(self) -> None:
        """Asks what is stuck; what is on screen stays until the answer is there."""
        retrying = self.tab == "retrying"
        self.desk.bridge.ask(
            lambda: self._failures.overview(retrying=retrying), then=self._show, failed=self.area.show_error,
            busy=self._wait, owner=self, slot="overview",
        )  # fmt: skip

    def hear(self, events: tuple[Any, ...]) -> None:
        moved: set[int] = set()
        for event in events:
            if isinstance(event, DocumentsMoved | FailuresChanged):
                moved |= set(event.document_ids)
        if not moved and not any(isinstance(event, RunEnded) for event in events):
            return
        if not self._soon.isActive():
            self._soon.start()
        if moved and self._panel is not None and self.panel_open:
            self._panel.hear(moved)

    def arrive(self, facts: Mapping[str, Any]) -> None:
        """facts: "cause" (its id) or "code" chooses it; "document" opens a bill; "help" (a code) says what it means;
        "tab" is one of TABS."""
        if facts.get("tab") in TABS:
            self.tabs.setCurrentIndex(TABS.index(facts["tab"]))
        if facts.get("help"):
            self.show_help(str(facts["help"]))
        elif "document" in facts:
            self.open_bill(int(facts["document"]))
        elif "cause" in facts or "code" in facts:
            self._wanted = dict(facts)
            self.show_cause()

    def view(self) -> SavedView:
        """The page as it is now: which list, what is sought, how its bills are laid out."""
        table, typed = self.cause.table, self.box.text().strip()
        name = "  ".join(
            part for part in (self.tabs.tabText(max(0, self.tabs.currentIndex())), typed) if part
        )
        kept = {"tab": self.tab, "text": typed}
        return SavedView(name, kept, table.columns_state(), table.header.sorted_key, table.header.descending)

    def show_view(self, view: SavedView) -> None:
        """A saved view; what is odd in it is left out."""
        self.box.setText(str(view.filters.get("text", "")))
        if view.filters.get("tab") in TABS:
            self.tabs.setCurrentIndex(TABS.index(str(view.filters["tab"])))
        self.cause.lay_out(view)
        self._show_list()

    def step(self, by: int) -> None:
        (self.table if self.panel_open or self.table.hasFocus() else self.list).step(by)

    def close_panel(self) -> bool:
        if self.right.currentWidget() is not self.cause:
            self.show_cause()
            self.table.setFocus()
            return True
        if self.cause.asking.isVisible():
            self.cause.leave_dismissal()
            return True
        if self.table.selectionModel().hasSelection():
            self.table.clearSelection()
            return True
        return False

    def focus_first(self) -> None:
        self.list.setFocus()

    def commands(self) -> tuple[Command, ...]:
        return (
            Command("failures-command-resend", self._order_resend, "", "sync"),
            Command("failures-command-cure", self.cause.follow, "", "right"),
            Command("failures-command-dismiss", self.cause.ask_dismissal, "", "close"),
            Command("failures-help", lambda: self.show_help(""), "F1", "info"),
        )

    def _order_resend(self) -> None:
        if self.cause.resend.isEnabled():
            self.cause.order_resend()

    # Showing ---------------------------------------------------------------------------------------------------

    def _wait(self, on: bool) -> None:
        if on and self.overview is None:
            self.area.setCurrentWidget(self.bones)

    def _turn(self) -> None:
        """Another list: what was chosen in the old one is let go."""
        self._chosen = ""
        self.overview = None
        self.show_cause()
        self.ask()

    def _show(self, overview: Overview) -> None:
        if self.overview is not None and self.list.underMouse():
            overview = replace(overview, causes=_in_place(overview.causes, self.overview.causes))
        self.overview = overview
        text = self.look.text
        for at, count in enumerate((overview.waiting, overview.retrying, overview.dismissed)):
            self.tabs.setTabText(at, text.say(f"failures-tab-{TABS[at]}", count=count))
        self.badge.emit(overview.waiting, "stop")
        bills = sum(cause.count for cause in overview.causes)
        self.second.tell(
            text.say("failures-second", count=bills, causes=len(overview.causes)) if bills else ""
        )
        money = joined(text, [money_words(text, each) for each in overview.money])
        self.blocked.tell(text.say("failures-blocked", money=money) if money else "")
        self._choose_wanted(overview.causes)
        if self.tab == "dismissed":
            self._show_dismissed(overview.dismissed)
        else:
            self._show_list()

    def _choose_wanted(self, causes: Sequence[Cause]) -> None:
        if self._wanted:
            wanted, self._wanted = self._wanted, {}
            found = (
                each
                for each in causes
                if each.id == wanted.get("cause") or each.code.id == wanted.get("code")
            )
            if (cause := next(found, None)) is not None:
                self._chosen = cause.id

    def _show_dismissed(self, count: int) -> None:
        self.left.hide()
        self._say_empty("failures-empty-dismissed", "failures-empty-dismissed-hint")
        if count or self.cause.errand.isVisible():
            self.cause.show_dismissed(count)
        self.area.show_content(bool(count) or not self.cause.errand.isHidden())

    def _show_list(self) -> None:
        """The causes that the search leaves; the chosen one stays chosen while it is there, or its result is being read."""
        if self.overview is None or self.tab == "dismissed":
            return
        self.left.show()
        causes = [cause for cause in self.overview.causes if self._is_sought(cause)]
        reading = not self.cause.errand.isHidden()
        retrying = self.tab == "retrying"
        self._say_empty(
            *(
                ("failures-empty-retrying", "failures-empty-retrying-hint")
                if retrying
                else ("failures-empty-title", "failures-empty-hint")
            )
        )
        known = {cause.id: cause for cause in causes}
        if self._chosen not in known and causes and not (reading and self._chosen):
            self._chosen = causes[0].id
        self.list.show_causes(causes, self._chosen)
        self.none_found.setVisible(not causes and bool(self.overview.causes))
        if self._chosen in known:
            self.cause.show_cause(known[self._chosen], retrying=retrying)
        else:
            self.cause.show_gone()
        self.area.show_content(bool(self.overview.causes) or reading)

    def _say_empty(self, title: str, hint: str) -> None:
        self.area.empty.title.setText(self.look.text.say(title))
        self.area.empty.hint.setText(self.look.text.say(hint))

    def _is_sought(self, cause: Cause) -> bool:
        text, sought = self.look.text, self.box.text().strip().casefold()
        if not sought:
            return True
        words = (
            title_of(text, cause.code, cause.facts), cause.code.id, said_of(text, cause.facts), *kind_words(text, cause),
            *cause.companies, *(text.word("flow", flow) for flow in cause.flows),
        )  # fmt: skip
        return sought in " ".join(words).casefold()

    def _choose(self, cause_id: str) -> None:
        self._chosen = cause_id
        if not self.cause.errand.busy:
            self.cause.errand.close_result()
        self.show_cause()
        self._show_list()

    # The right side --------------------------------------------------------------------------------------------

    def show_cause(self) -> None:
        """The cause again, instead of a bill or the help."""
        self.right.setCurrentWidget(self.cause)

    def show_help(self, code_id: str) -> None:
        """What a code means; "" = all of them."""
        if self._help is None:
            from desktop.views.code_help import CodeHelp

            self._help = CodeHelp(self.look)
            self._help.closed.connect(self.show_cause)
            self.right.addWidget(self._help)
        self._help.show_code(code_id)
        self.area.setCurrentWidget(self.split)
        self.right.setCurrentWidget(self._help)

    @property
    def panel(self) -> DocumentPanel:
        """One bill; built when it is first needed."""
        if self._panel is None:
            from desktop.views.document_panel import DocumentPanel

            self._panel = DocumentPanel(
                self.look, self.desk.bridge, self.desk.house.documents, self.desk.house.person
            )
            self._panel.set_beside(True)
            self._panel.closed.connect(self.close_panel)
            self._panel.ordered.connect(self.ask)
            self.right.addWidget(self._panel)
        return self._panel

    @property
    def panel_open(self) -> bool:
        """True while a bill is shown."""
        return self._panel is not None and self.right.currentWidget() is self._panel

    def open_bill(self, document_id: int) -> None:
        """A bill of the cause, in the place of the cause; Esc leads back."""
        self.panel.show_document(document_id)
        self.area.setCurrentWidget(self.split)
        self.right.setCurrentWidget(self.panel)

    def _follow(self, document_id: int | None) -> None:
        if document_id is not None and self.panel_open:
            self.panel.show_document(document_id)


def _in_place(new: Sequence[Cause], old: Sequence[Cause]) -> tuple[Cause, ...]:
    """The new causes in the order in which they stand under the pointer; what came meanwhile goes to the end."""
    places = {cause.id: at for at, cause in enumerate(old)}
    return tuple(sorted(new, key=lambda cause: places.get(cause.id, len(places))))
