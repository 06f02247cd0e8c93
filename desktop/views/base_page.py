"""Base data: what has no counterpart, by how much it keeps; proposals accepted in bulk; every correspondence.

Reads through house.base, over the bridge alone. What each list says is in base_rows.py, the panel in base_panel.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from desktop.domain.errors import SyncError
from desktop.domain.events import FailuresChanged, RunEnded
from desktop.views.base_case_list import CaseList
from desktop.views.base_cases import CASES, case_cells
from desktop.views.base_files import BaseFiles
from desktop.views.base_panel import BasePanel
from desktop.views.base_rows import CHANGES, GAPS, LINES, BaseWords, columns_for
from desktop.views.choice_chip import ChoiceChip
from desktop.views.confirm import Confirm
from desktop.views.desk import Command, Desk
from desktop.views.page import Area, Page
from desktop.views.page_states import Banner, EmptyState
from desktop.views.saved_views import SavedView, ViewsButton, keep_columns
from desktop.views.table_view import Table
from desktop.views.tables import TableModel
from desktop.views.widgets import Button
from desktop.views.work_line import WorkLine

if TYPE_CHECKING:
    from desktop.services.base_data import (
        BaseChange,
        BaseData,
        BaseLine,
        BaseQuestion,
        Coverage,
        Gap,
        Overview,
    )

TYPING_MS, CALM_MS = 180, 700
SURE = 90
"""From this percentage on, a proposal is ticked by "tick the sure ones"."""
GAP_TAB, LINE_TAB, CASE_TAB, CHANGE_TAB = range(4)
TAB_NAMES = ("gaps", "all", "cases", "changes")
"""What a saved view calls them."""


class BasePage(Page):
    """desk.house gives `base` and `person`."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, desk.look.text.say("page-base"))
        self.base: BaseData = desk.house.base
        self.person: str = desk.house.person
        self.found: Overview | None = None
        self.ticked: set[tuple[str, str, str, str]] = set()
        self._numbers: dict[tuple[str, str, str, str], int] = {}
        self._gaps: dict[int, Gap] = {}
        self._sure_gaps: list[Gap] = []
        self._changes: dict[int, BaseChange] = {}
        self.files, self.cases = BaseFiles(self), CaseList(self)
        self._wanted: tuple[str, str, str] | None = None
        self._route = self._kind = ""
        self.words = BaseWords(desk.look.text)
        self._build()
        self._connect()

    # Building ----------------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        look, say, px = self.look, self.look.text.say, self.look.px
        self.box = self.add_search(say("base-search"))
        self.views = ViewsButton(self.desk, "base", self.view, self.show_view)
        self.add_action(self.views)
        self.read = Button(look, say("base-read"), self.files.read_both, icon="sync")
        self.accept = Button(look, say("base-accept-none"), self.accept_ticked, role="primary", icon="check")
        for button in (self.read, self.accept):
            self.add_action(button)
        self.tabs = QTabBar()
        self.tabs.setAccessibleName(say("page-base"))
        for key in ("base-tab-gaps", "base-tab-all", "case-tab", "base-tab-changes"):
            self.tabs.addTab(say(key, count=0))
        self.company = ChoiceChip(look, say("chip-company"))
        self.kind = ChoiceChip(look, say("base-kind"))
        self.more = QCheckBox(say("base-all-records"))
        self.risky = QCheckBox(say("base-risky"))
        self.sure = Button(look, "", self.tick_sure, role="quiet", icon="check")
        line = QHBoxLayout()
        line.setContentsMargins(px(24), 0, px(20), px(8))
        line.setSpacing(px(8))
        line.addWidget(self.tabs)
        for widget in (self.company, self.kind, self.more, self.risky):
            line.addWidget(widget)
        line.addStretch(1)
        line.addWidget(self.sure)
        self.take_in = Button(look, say("base-import"), self.files.ask_import, role="quiet", icon="open")
        self.give_out = Button(look, say("base-export"), self.files.ask_export, role="quiet", icon="download")
        self.new_case = Button(look, say("case-new"), self.cases.open, role="quiet", icon="plus")
        line.addWidget(self.new_case)
        line.addWidget(self.take_in)
        line.addWidget(self.give_out)
        self.list_out = Button(look, say("queue-export"), self.files.ask_export, role="icon", icon="download")
        line.addWidget(self.list_out)
        self.notice = Banner(look)
        self.work = WorkLine(look, self.desk.bridge)
        notice = QVBoxLayout()
        notice.setContentsMargins(px(24), 0, px(24), px(8))
        notice.addWidget(self.notice)
        self.foot = QFrame()
        self.foot.setLayout(notice)
        self.foot.hide()
        self.body.addLayout(line)
        self.body.addWidget(self.foot)
        self.body.addWidget(self._lists(), 1)
        self.body.addWidget(self.work)

    def _lists(self) -> QWidget:
        look, say, language = self.look, self.look.text.say, self.look.text.language
        self.gap_rows = self._model(
            GAPS, lambda: self._gaps, lambda gap: self.words.gap(gap, gap.place in self.ticked)
        )
        self.line_rows = TableModel(
            columns_for(LINES, language), self.desk.bridge, self.base.lines, self.words.line, self
        )
        self.change_rows = self._model(CHANGES, lambda: self._changes, self.words.change)
        self.gap_table = Table(look, self.gap_rows, "base")
        self.line_table = Table(look, self.line_rows, "base")
        self.line_table.sorted_by("erp", False)
        self.change_table = Table(look, self.change_rows, "base")
        self.case_rows = self._model(
            CASES, lambda: self.cases.held, lambda line: case_cells(self.look.text, line)
        )
        self.case_table = Table(look, self.case_rows, "base")
        self.tables = (self.gap_table, self.line_table, self.case_table, self.change_table)
        names = ("base-empty-gaps", "base-empty-all", "case-empty", "base-empty-changes")
        for table, name in zip(self.tables, names, strict=True):
            keep_columns(self.desk, table, f"base-{name}")
        self.areas = [
            Area(
                look,
                table,
                EmptyState(look, say(name), say(f"{name}-hint")),
                self.refresh,
            )
            for table, name in zip(self.tables, names, strict=True)
        ]
        self.stack = QStackedWidget()
        for area in self.areas:
            self.stack.addWidget(area)
        self.panel = BasePanel(look, self.desk.bridge, self.base)
        whole, row = QWidget(), QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.stack, 1)
        row.addWidget(self.panel)
        whole.setLayout(row)
        return whole

    def _model(
        self, columns: Any, held: Callable[[], Mapping[int, Any]], cells: Callable[[Any], Any]
    ) -> TableModel:
        """A list that is held whole: few rows, read at once."""

        def read(ids: tuple[int, ...]) -> Mapping[int, Any]:
            rows = held()
            return {each: rows[each] for each in ids if each in rows}

        return TableModel(columns_for(columns, self.look.text.language), self.desk.bridge, read, cells, self)

    def _connect(self) -> None:
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._narrow)
        self._calm = QTimer(self, singleShot=True, interval=CALM_MS)
        self._calm.timeout.connect(self.refresh)
        self.box.textChanged.connect(lambda _: self._typing.start())
        self.tabs.currentChanged.connect(self._turn)
        self.company.picked.connect(self._take_company)
        self.kind.picked.connect(self._take_kind)
        self.more.toggled.connect(lambda _: self.refresh())
        self.risky.toggled.connect(lambda _: self.ask_lines())
        self.gap_table.ticked.connect(self._tick)
        for table in (self.gap_table, self.line_table):
            table.chosen.connect(lambda _: self._show_chosen())
            table.opened.connect(lambda _: self._open_chosen())
        self.change_table.chosen.connect(lambda _: self._show_risk())
        self.case_table.opened.connect(lambda _: self.cases.open_chosen())
        self.line_table.sort_asked.connect(self._sort)
        self.line_rows.read_failed.connect(self.areas[LINE_TAB].show_error)
        self.panel.coverage.weigh.clicked.connect(lambda _: self.files.weigh())
        self.panel.saved.connect(self._save)
        self.panel.removed.connect(self._ask_remove)
        self.panel.bills.connect(self._see_bills)
        self.panel.closed.connect(self.close_panel)
        self._turn(GAP_TAB)

    # What the window calls ---------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Asks for the gaps, and for the list that is on screen."""
        whole = self.more.isChecked()
        self.desk.bridge.ask(
            lambda: (self.base.overview(all_records=whole), self.base.companies(), self.base.kinds()),
            then=self._show_overview, failed=self._lost, busy=self._show_bones, owner=self, slot="overview", patient=whole,
        )  # fmt: skip
        if self.tabs.currentIndex() == LINE_TAB:
            self.ask_lines()
        elif self.tabs.currentIndex() == CHANGE_TAB:
            self.ask_changes()
        self.cases.ask()

    def hear(self, events: tuple[Any, ...]) -> None:
        if (
            any(isinstance(event, FailuresChanged | RunEnded) for event in events)
            and not self._calm.isActive()
        ):
            self._calm.start()

    def arrive(self, facts: Mapping[str, Any]) -> None:
        """facts: "kind" and "code", and where known "route": that very row is put in front."""
        if facts.get("kind") and facts.get("code"):
            self.show_gap(str(facts["kind"]), str(facts.get("route", "")), str(facts["code"]))

    def show_gap(self, kind: str, company: str, code: str) -> None:
        """Puts a row in front: the gap, or where it is closed already its correspondence. company: a route id, "" = any."""
        self._wanted = (kind, company, code)
        self.box.setText("")
        self._typing.stop()
        self._take_company("", ask=False)
        self._take_kind("", ask=False)
        self.tabs.setCurrentIndex(GAP_TAB)
        self.refresh()

    def view(self) -> SavedView:
        """The page as it is now."""
        kept = {
            "tab": TAB_NAMES[self.tabs.currentIndex()], "text": self.box.text().strip(), "route": self._route, "kind": self._kind,
            "all": self.more.isChecked(), "risky": self.risky.isChecked(),
        }  # fmt: skip
        told = (self.tabs.tabText(self.tabs.currentIndex()), self.company.value if self._route else "",
                self.kind.value if self._kind else "", kept["text"])  # fmt: skip
        header = self.line_table.header
        name = "  ".join(str(part) for part in told if part)
        return SavedView(name, kept, self.table.columns_state(), header.sorted_key, header.descending)

    def show_view(self, view: SavedView) -> None:
        """Tab, filters, columns and order of a saved view; what is odd in it is left out."""
        kept = view.filters
        self._typing.stop()
        self.box.setText(str(kept.get("text", "")))
        self._take_company(str(kept.get("route", "")), ask=False)
        self._take_kind(str(kept.get("kind", "")), ask=False)
        for box, key in ((self.more, "all"), (self.risky, "risky")):
            box.setChecked(kept.get(key) is True)
        tab = kept.get("tab")
        self.tabs.setCurrentIndex(TAB_NAMES.index(tab) if tab in TAB_NAMES else GAP_TAB)
        self.table.restore_columns(view.columns or self.table.columns_state())
        if view.sort in {column.key for column in LINES if column.sortable}:
            self.line_table.sorted_by(view.sort, view.descending)
        self._narrow()
        self.refresh()

    def step(self, by: int) -> None:
        self.table.step(by)

    def close_panel(self) -> bool:
        if self.panel.shown is None:
            return False
        self.table.clearSelection()
        self.panel.show_nothing()
        self.table.setFocus()
        return True

    def focus_first(self) -> None:
        self.table.setFocus()

    def commands(self) -> tuple[Command, ...]:
        return (
            Command("base-accept-none", self.accept_ticked, "Ctrl+Return", "check"),
            Command("base-tick-sure", self.tick_sure, "", "check"),
            Command("base-read", self.files.read_both, "", "sync"),
            Command("base-weigh", self.files.weigh, "", "overview"),
            Command("case-new", self.cases.open, "", "plus"),
            Command("base-import", self.files.ask_import, "", "open"),
            Command("base-export", self.files.ask_export, "", "download"),
        )

    @property
    def table(self) -> Table:
        """The list on screen."""
        return self.tables[self.tabs.currentIndex()]

    # Gaps --------------------------------------------------------------------------------------------------------------

    def _show_bones(self, on: bool) -> None:
        if self.found is None:
            self.gap_rows.show_ids((), total=12 if on else 0)
            self.gap_rows.bones = on

    def _lost(self, error: SyncError) -> None:
        if self.found is None:
            self.areas[GAP_TAB].show_error(error)
        else:
            self.desk.bridge.trouble.emit(error)

    def _show_overview(self, told: tuple[Overview, dict[str, str], list[str]]) -> None:
        found, companies, kinds = told
        self.found = found
        say, text = self.look.text.say, self.look.text
        self.words.companies = companies
        self.company.offer(companies)
        self.kind.offer({kind: text.word("kind", kind) for kind in kinds})
        if self.ticked:
            self.ticked &= {gap.place for gap in found.gaps if gap.suggestion}
        self.badge.emit(len(found.waiting), "warn")
        waiting = found.waiting
        bills = {document for gap in waiting for document in gap.documents}
        self.second.setText(
            say("base-summary", gaps=len(waiting), count=len(bills)) if waiting else say("base-summary-none")
        )
        self.tabs.setTabText(GAP_TAB, say("base-tab-gaps", count=len(found.gaps)))
        self.tabs.setTabText(LINE_TAB, say("base-tab-all", count=found.total))
        self.risky.setText(say("base-risky-count", count=found.risky) if found.risky else say("base-risky"))
        since = (self.words.now() - found.read_at).total_seconds() if found.read_at else 0.0
        when = text.say("ago", lapse=text.lapse(since)) if since >= 60 else text.lapse(0)
        read = say("base-read-at", when=when) if found.read_at else say("base-read-never")
        self.panel.never_read = found.read_at is None
        self.panel.coverage.show_lines(found.coverage, read, self._take_coverage)
        self._show_gaps()
        self._show_going(found.going)
        self._find_wanted()

    def _show_gaps(self) -> None:
        if self.found is None:
            return
        typed = self.box.text().strip().casefold()
        narrowed = bool(typed or self._route or self._kind)
        shown = self.found.gaps if not narrowed else [
            gap for gap in self.found.gaps
            if (not self._route or gap.route_id == self._route) and (not self._kind or gap.kind == self._kind)
            and (typed in gap.code.casefold() or typed in gap.name.casefold())
        ]  # fmt: skip
        self._gaps = {self._numbers.setdefault(gap.place, len(self._numbers) + 1): gap for gap in shown}
        self._sure_gaps = [
            gap for gap in shown if gap.suggestion and gap.suggestion.percent >= SURE and not gap.state
        ]
        self.gap_rows.bones = False
        self.gap_rows.show_ids(list(self._gaps))
        say, empty = self.look.text.say, self.areas[GAP_TAB].empty
        empty.title.setText(say("base-none" if narrowed else "base-empty-gaps"))
        empty.hint.setText(say("base-none-hint" if narrowed else "base-empty-gaps-hint"))
        self.areas[GAP_TAB].show_content(bool(shown))
        if self.tabs.currentIndex() == GAP_TAB and self.panel.shown is not None:
            self._show_chosen()
        self._show_accept()

    def _show_going(self, going: int) -> None:
        if going:
            self.notice.tell("ok", self.look.text.say("base-going", count=going))
            self.notice.link.hide()
        self.foot.setVisible(bool(going))

    def _show_accept(self) -> None:
        """The one obvious button says how many; grey where nothing is ticked."""
        say = self.look.text.say
        count = len(self._ticked_gaps())
        self.accept.say(say("base-accept", count=count) if count else say("base-accept-none"))
        self.accept.setEnabled(bool(count) and not self.work.busy)
        left = (
            [gap for gap in self._sure_gaps if gap.place not in self.ticked]
            if self.ticked
            else self._sure_gaps
        )
        self.sure.setVisible(bool(left) and self.tabs.currentIndex() == GAP_TAB)
        self.sure.say(say("base-tick-sure-count", count=len(left)))
        self.gap_rows.retell()

    def _ticked_gaps(self) -> list[Gap]:
        if not self.ticked:
            return []
        return [gap for gap in self._gaps.values() if gap.place in self.ticked and gap.suggestion]

    def _tick(self, row_id: int) -> None:
        gap = self._gaps.get(row_id)
        if gap is not None and gap.suggestion:
            self.ticked ^= {gap.place}
            self._show_accept()

    def tick_sure(self) -> None:
        """Ticks every proposal on screen that is at least SURE; nothing is accepted by it."""
        self.ticked |= {gap.place for gap in self._sure_gaps}
        self._show_accept()

    def accept_ticked(self) -> None:
        """Takes the proposals that are ticked and on screen."""
        gaps = self._ticked_gaps()
        if gaps:
            self.accept.setEnabled(False)
            self.order(lambda: self.base.accept(self.person, gaps), self._accepted)

    def _accepted(self, count: int) -> None:
        self.ticked.clear()
        self.work.conclude("ok", self.look.text.say("base-accepted", count=count))

    def _find_wanted(self) -> None:
        """The row that a link named: among the gaps, else among the correspondences."""
        if self._wanted is None:
            return
        kind, company, code = self._wanted
        for row_id, gap in self._gaps.items():
            if (gap.kind, gap.code) == (kind, code) and company in ("", gap.route_id):
                self._wanted = None
                self.gap_table.choose(row_id)
                self.panel.box.setFocus()
                return
        self._wanted = None
        self.tabs.setCurrentIndex(LINE_TAB)
        self._take_kind(kind, ask=False)
        self._take_company(company, ask=False)
        self.box.setText(code)

    # Correspondences and changes ---------------------------------------------------------------------------------------

    def ask_lines(self) -> None:
        """Every correspondence that the filters leave, in order."""
        asked = self.asked()
        header = self.line_table.header
        self.desk.bridge.ask(
            lambda: self.base.ids(asked, header.sorted_key, descending=header.descending),
            then=self._show_lines, failed=self.areas[LINE_TAB].show_error, busy=self._bones_of_lines, owner=self,
            slot="lines",
        )  # fmt: skip

    @property
    def shows_lines(self) -> bool:
        """True while the correspondences are on screen."""
        return self.tabs.currentIndex() == LINE_TAB

    def asked(self) -> BaseQuestion:
        """What the filters leave."""
        from desktop.services.base_data import BaseQuestion

        return BaseQuestion(
            self.box.text(), (self._route,) if self._route else (), (self._kind,) if self._kind else (),
            self.risky.isChecked() and self.tabs.currentIndex() == LINE_TAB,
        )  # fmt: skip

    def _bones_of_lines(self, on: bool) -> None:
        if not self.line_rows.rowCount() or not on:
            self.line_rows.bones = on
        if on and not self.line_rows.rowCount():
            self.line_rows.show_ids((), total=20)

    def _show_lines(self, ids: Any) -> None:
        self.line_rows.bones = False
        self.line_rows.show_ids(ids)
        say, empty = self.look.text.say, self.areas[LINE_TAB].empty
        narrowed = bool(self.box.text().strip() or self._route or self._kind or self.risky.isChecked())
        empty.title.setText(say("base-none" if narrowed else "base-empty-all"))
        empty.hint.setText(say("base-none-hint" if narrowed else "base-empty-all-hint"))
        self.areas[LINE_TAB].show_content(bool(len(ids)))

    def ask_changes(self) -> None:
        """What the last readings noticed."""
        house = self.desk.house
        self.desk.bridge.ask(
            lambda: (self.base.changes(), {each.system.id: each.system.title for each in house.systems.systems()}),
            then=self._show_changes, failed=self.areas[CHANGE_TAB].show_error, owner=self, slot="changes",
        )  # fmt: skip

    def _show_changes(self, told: tuple[list[BaseChange], dict[str, str]]) -> None:
        typed = self.box.text().strip().casefold()
        self.words.systems = told[1]
        self._changes = {
            at: each for at, each in enumerate(told[0], start=1)
            if (typed in each.code.casefold() or typed in each.name.casefold())
            and (not self._kind or each.kind == self._kind)
        }  # fmt: skip
        self.change_rows.show_ids(list(self._changes))
        self.areas[CHANGE_TAB].show_content(bool(self._changes))

    def _show_risk(self) -> None:
        """The chosen change, and what it may harm."""
        chosen, base = self.change_table.current_id(), self.base
        change = self._changes.get(chosen) if chosen is not None else None
        if change is None or not self.change_table.selectionModel().hasSelection():
            self.panel.show_nothing()
            return
        self.desk.bridge.ask(
            lambda: base.risk(change), then=lambda risk: self.panel.show_change(change, risk), failed=self._lost, owner=self,
            slot="risk",
        )  # fmt: skip

    def _sort(self, key: str, descending: bool) -> None:
        self.line_table.sorted_by(key, descending)
        self.line_table.scrollToTop()
        self.ask_lines()

    # Special cases -----------------------------------------------------------------------------------------------------

    def show_cases(self, total: int) -> None:
        """The special cases that the filters leave; total: how many there are."""
        self.tabs.setTabText(CASE_TAB, self.look.text.say("case-tab", count=total))
        self.case_rows.show_ids(list(self.cases.held))
        self.case_rows.refresh()
        self.areas[CASE_TAB].show_content(bool(self.cases.held))

    def lost_cases(self, error: SyncError) -> None:
        """They could not be read."""
        self.areas[CASE_TAB].show_error(error)

    # Filters -----------------------------------------------------------------------------------------------------------

    def _turn(self, tab: int) -> None:
        self.stack.setCurrentIndex(tab)
        self.tabs.setTabText(tab, self.tabs.tabText(tab))  # measured anew: the chosen one is bold, thus wider
        self.more.setVisible(tab == GAP_TAB)
        self.risky.setVisible(tab == LINE_TAB)
        self.accept.setVisible(tab == GAP_TAB)
        for button in (self.take_in, self.give_out):
            button.setVisible(tab == LINE_TAB)
        self.new_case.setVisible(tab == CASE_TAB)
        self.list_out.setVisible(tab != LINE_TAB)
        self.panel.show_nothing()
        self._narrow()
        self._show_accept()

    def _narrow(self) -> None:
        tab = self.tabs.currentIndex()
        if tab == GAP_TAB:
            self._show_gaps()
        elif tab == LINE_TAB:
            self.ask_lines()
        elif tab == CASE_TAB:
            self.cases.ask()
        else:
            self.ask_changes()

    def _take_company(self, route_id: str, *, ask: bool = True) -> None:
        self._route = route_id
        self.company.show_choice(route_id)
        if ask:
            self._narrow()

    def _take_kind(self, kind: str, *, ask: bool = True) -> None:
        self._kind = kind
        self.kind.show_choice(kind)
        if ask:
            self._narrow()

    def _take_coverage(self, told: Coverage) -> None:
        """A number opens its list: what of this company and kind has no counterpart."""
        self._take_company(told.route_id, ask=False)
        self._take_kind(told.kind, ask=False)
        if self.tabs.currentIndex() != GAP_TAB:
            self.tabs.setCurrentIndex(GAP_TAB)
        if self.more.isChecked():
            self._narrow()
        self.more.setChecked(True)

    # The panel -----------------------------------------------------------------------------------------------------------

    def chosen(self) -> Gap | BaseLine | None:
        """What is chosen in the list on screen."""
        tab, row = self.tabs.currentIndex(), self.table.current_id()
        if row is None or not self.table.selectionModel().hasSelection():
            return None
        if tab == GAP_TAB:
            return self._gaps.get(row)
        found: BaseLine | None = (
            self.line_rows.value_at(self.line_table.currentIndex().row()) if tab == LINE_TAB else None
        )
        return found

    def _show_chosen(self) -> None:
        found = self.chosen()
        if found is None:
            self.panel.show_nothing()
        elif self.tabs.currentIndex() == GAP_TAB:
            self.panel.show_gap(found)  # type: ignore[arg-type]
        else:
            line: Any = found
            self.panel.show_line(line, self.words.companies.get(line.row.route_id, line.row.route_id))

    def _open_chosen(self) -> None:
        self._show_chosen()
        if self.panel.shown is not None:
            self.panel.box.setFocus()
            self.panel.box.selectAll()

    def _save(self, typed: str) -> None:
        shown: Any = self.panel.shown
        if shown is None:
            return
        self.panel.save.setEnabled(False)
        is_gap = hasattr(shown, "place")
        act = partial(self.base.close if is_gap else self.base.change, self.person, shown, typed)
        self.order(act, lambda _: self._concluded("base-saved", shown), self._trouble_of(shown))

    def _concluded(self, key: str, about: Gap | BaseLine) -> None:
        """It is done. Where the person went on to another record meanwhile, that one stays, with what is typed there."""
        self.work.conclude("ok", self.look.text.say(key))
        if _same(self.panel.shown, about):
            self.close_panel()

    def _trouble_of(self, about: Gap | BaseLine) -> Callable[[SyncError], None]:
        """Where a refusal is told: beside its record, or below the lists where that is not shown any more."""

        def told(error: SyncError) -> None:
            if _same(self.panel.shown, about):
                self.panel.show_trouble(error)
            else:
                self._tell_lost(error)

        return told

    def _ask_remove(self) -> None:
        line: Any = self.panel.shown
        say, code = self.look.text.say, line.row.erp_code
        Confirm(
            self, self.look, say("base-remove-title", code=code), (say("base-remove-what", code=code),),
            say("base-remove-deed", code=code),
            lambda: self.order(
                partial(self._remove, line), lambda _: self._concluded("base-removed", line), self._trouble_of(line)
            ),
        ).open()  # fmt: skip

    def _remove(self, line: BaseLine) -> None:
        self.base.remove(self.person, line)

    def _see_bills(self, gap: Gap) -> None:
        """The documents that wait: one alone is opened, several are listed by their company."""
        if len(gap.documents) == 1:
            self.desk.go("queue", {"document": gap.documents[0]})
        else:
            self.desk.go("queue", {"person": True, "routes": [gap.route_id]})

    def order(
        self,
        act: Callable[[], Any],
        then: Callable[[Any], None],
        failed: Callable[[SyncError], None] | None = None,
    ) -> None:
        """A change: done on a pool thread, told, and everything asked anew; a refusal leaves what was typed."""

        def done(answer: Any) -> None:
            then(answer)
            self.refresh()

        def lost(error: SyncError) -> None:
            if failed is not None:
                failed(error)
            else:
                self._tell_lost(error)
            self.refresh()

        self.desk.bridge.ask(act, then=done, failed=lost, owner=self, deed=True)

    def _tell_lost(self, error: SyncError) -> None:
        text, code = self.look.text, error.code.id
        self.work.conclude("stop", f"{text.what(code, error.facts)} {text.do(code, error.facts)}")

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.panel.setFixedWidth(self.look.px(320 if self.width() >= self.look.px(1100) else 276))


def _same(shown: Any, about: Any) -> bool:
    """True where both are the same gap, or the same correspondence."""
    if hasattr(about, "place"):
        return bool(getattr(shown, "place", None) == about.place)
    return bool(getattr(shown, "id", None) == about.id)
