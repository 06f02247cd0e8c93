"""Users: which ERP user is which person of the OA. What wants somebody stands on top; proposals are accepted in bulk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QTabBar, QVBoxLayout, QWidget

from desktop.domain.errors import SyncError
from desktop.views.choice_chip import ChoiceChip
from desktop.views.confirm import Confirm
from desktop.views.desk import Command, Desk
from desktop.views.page import Area, Page
from desktop.views.page_states import EmptyState
from desktop.views.table_view import Table
from desktop.views.tables import TableModel
from desktop.views.users_panel import UsersPanel
from desktop.views.users_rows import cells, columns_for
from desktop.views.widgets import Button
from desktop.views.work_line import WorkLine

if TYPE_CHECKING:
    from desktop.services.base_data import ListRead
    from desktop.services.text import Text
    from desktop.services.users import Pair, PeopleFound, PersonLine, Users

TYPING_MS = 180
TABS: tuple[tuple[str, frozenset[str]], ...] = (
    ("todo", frozenset({"left", "gone_erp", "several", "proposed"})),
    ("none", frozenset({"none"})),
    ("no_oa", frozenset({"no_oa"})),
    ("no_licence", frozenset({"no_licence"})),
    ("all", frozenset()),
)
Place = tuple[str, str]


class UsersPage(Page):
    """desk.house gives `users`, `people` and `person`."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, desk.look.text.say("page-users"))
        self.users: Users = desk.house.users
        self.person: str = desk.house.person
        self.found: PeopleFound | None = None
        self.ticked: set[Place] = set()
        self._pair = ""
        self._numbers: dict[Place, int] = {}
        self._lines: dict[int, PersonLine] = {}
        self._build()
        self._connect()

    # --- building ----------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        look, say, px = self.look, self.look.text.say, self.look.px
        self.box = self.add_search(say("users-search"))
        self.read = Button(look, say("users-read"), self.read_both, icon="sync")
        self.accept = Button(look, say("users-accept-none"), self.accept_ticked, role="primary", icon="check")
        for button in (self.read, self.accept):
            self.add_action(button)
        self.tabs = QTabBar()
        self.tabs.setAccessibleName(say("page-users"))
        for name, _ in TABS:
            self.tabs.addTab(say(f"users-tab-{name}", count=0))
        self.pair_chip = ChoiceChip(look, say("users-pair"))
        self.sure = Button(look, "", self.tick_all, role="quiet", icon="check")
        line = QHBoxLayout()
        line.setContentsMargins(px(24), 0, px(20), px(8))
        line.setSpacing(px(8))
        line.addWidget(self.tabs)
        line.addWidget(self.pair_chip)
        line.addStretch(1)
        line.addWidget(self.sure)
        self.rows = TableModel(
            columns_for(look.text.language), self.desk.bridge, self._read_rows, self._cells, self
        )
        self.table = Table(look, self.rows, "users")
        empty = EmptyState(look, say("users-empty"), say("users-empty-hint"), icon="user")
        self.area = Area(look, self.table, empty, self.refresh)
        self.panel = UsersPanel(look, self.desk.bridge, self.users)
        self.work = WorkLine(look, self.desk.bridge)
        whole, row = QWidget(), QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.area, 1)
        row.addWidget(self.panel)
        whole.setLayout(row)
        column = QVBoxLayout()
        column.addLayout(line)
        self.body.addLayout(column)
        self.body.addWidget(whole, 1)
        self.body.addWidget(self.work)

    def _connect(self) -> None:
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._show_lines)
        self.box.textChanged.connect(lambda _: self._typing.start())
        self.tabs.currentChanged.connect(self._turn)
        self.pair_chip.picked.connect(self._take_pair)
        self.table.ticked.connect(self._tick)
        self.table.chosen.connect(lambda _: self._show_chosen())
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._show_chosen())
        self.table.opened.connect(lambda _: self.panel.box.setFocus())
        panel = self.panel
        panel.bound.connect(self._bind)
        panel.unbound.connect(self._ask_to_unbind)
        panel.marked.connect(self._mark)
        panel.seated.connect(self._sit)
        panel.closed.connect(self.close_panel)

    def _read_rows(self, ids: tuple[int, ...]) -> Mapping[int, Any]:
        return {each: self._lines[each] for each in ids if each in self._lines}

    def _cells(self, line: PersonLine) -> Any:
        return cells(line, line.place in self.ticked, self.look.text)

    # --- asking ------------------------------------------------------------------------------------------------------
    def refresh(self) -> None:
        """Asks for everybody of the chosen two systems."""
        chosen = tuple(self._pair.split("\n")) if self._pair else None
        people = self.desk.house.people
        self.desk.bridge.ask(
            lambda: (self.users.overview(chosen), people.all()),  # type: ignore[arg-type]
            then=self._show, failed=self._failed, busy=self._busy, owner=self, slot="users",
        )  # fmt: skip

    def hear(self, events: tuple[Any, ...]) -> None:
        """Nothing that the engine does moves people."""

    def _busy(self, on: bool) -> None:
        if self.found is None:
            self.rows.show_ids((), total=12 if on else 0)
            self.rows.bones = on

    def _failed(self, error: SyncError) -> None:
        if self.found is None:
            self.area.show_error(error)
        else:
            self.desk.bridge.trouble.emit(error)

    def _show(self, told: tuple[PeopleFound, Any]) -> None:
        found, people = told
        self.found = found
        say, text = self.look.text.say, self.look.text
        self.panel.logins = [(each.login, each.name) for each in people if each.active]
        self.ticked &= {each.place for each in found.lines if each.suggestion}
        to_do = found.count(TABS[0][1])
        self.badge.emit(to_do, "warn")
        if found.read_at is None:
            self.second.setText(say("users-never-read"))
        else:
            when = ago(text, (self.users.now() - found.read_at).total_seconds())
            self.second.setText(say("users-summary", count=to_do, when=when))
        for at, (name, states) in enumerate(TABS):
            self.tabs.setTabText(
                at, say(f"users-tab-{name}", count=found.count(states) if states else len(found.lines))
            )
        self.pair_chip.offer({_key(pair): f"{pair.erp_title} – {pair.oa_title}" for pair in found.pairs})
        self.pair_chip.show_choice(
            _key(found.pair) if found.pair is not None and len(found.pairs) > 1 else ""
        )
        self.pair_chip.setVisible(len(found.pairs) > 1)
        self.read.setEnabled(found.pair is not None)
        self._show_lines()

    def _turn(self, tab: int) -> None:
        self.tabs.setTabText(tab, self.tabs.tabText(tab))  # measured anew: the chosen one is bold, thus wider
        self._show_lines()

    def _show_lines(self) -> None:
        if self.found is None:
            return
        states, typed = TABS[self.tabs.currentIndex()][1], self.box.text().strip().casefold()
        shown = [
            each for each in self.found.lines
            if (not states or each.state in states)
            and typed in " ".join((each.name, each.staff_number, each.erp_user, each.erp_name, each.oa_id, *each.seats)).casefold()
        ]  # fmt: skip
        self._lines = {self._numbers.setdefault(each.place, len(self._numbers) + 1): each for each in shown}
        self.rows.bones = False
        self.rows.show_ids(list(self._lines))
        say, empty = self.look.text.say, self.area.empty
        key = (
            "users-empty"
            if self.found.read_at is None
            else "users-none"
            if typed
            else f"users-none-{TABS[self.tabs.currentIndex()][0]}"
        )
        empty.title.setText(say(key))
        empty.hint.setText(say("users-empty-hint") if self.found.read_at is None else "")
        self.area.show_content(bool(shown))
        if self.panel.shown is not None:
            self._show_chosen()
        self._show_accept()

    # --- proposals ---------------------------------------------------------------------------------------------------
    def _show_accept(self) -> None:
        say, count = self.look.text.say, len(self._ticked_lines())
        self.accept.say(say("users-accept", count=count) if count else say("users-accept-none"))
        self.accept.setEnabled(bool(count) and not self.work.busy)
        left = [each for each in self._lines.values() if each.suggestion and each.place not in self.ticked]
        self.sure.setVisible(bool(left))
        self.sure.say(say("users-tick-all", count=len(left)))
        self.rows.retell()

    def _ticked_lines(self) -> list[PersonLine]:
        return [each for each in self._lines.values() if each.place in self.ticked and each.suggestion]

    def _tick(self, row_id: int) -> None:
        line = self._lines.get(row_id)
        if line is not None and line.suggestion:
            self.ticked ^= {line.place}
            self._show_accept()

    def tick_all(self) -> None:
        """Ticks every proposal on screen; nothing is accepted by it."""
        self.ticked |= {each.place for each in self._lines.values() if each.suggestion}
        self._show_accept()

    def accept_ticked(self) -> None:
        """Takes the proposals that are ticked and on screen."""
        lines, pair = self._ticked_lines(), self._pair_now()
        if lines and pair is not None:
            self.accept.setEnabled(False)
            say = self.look.text.say
            self._order(
                lambda: self.users.accept(self.person, pair, lines),
                lambda count: say("users-accepted", count=count),
            )

    # --- one person --------------------------------------------------------------------------------------------------
    def _pair_now(self) -> Pair | None:
        return self.found.pair if self.found is not None else None

    def _show_chosen(self) -> None:
        row_id, pair = self.table.current_id(), self._pair_now()
        line = self._lines.get(row_id) if row_id is not None else None
        if line is None or pair is None:
            self.panel.show_nothing()
        else:
            self.panel.show_line(line, pair, len(self._marked_with(line)))

    def _on_chosen(
        self, work: Callable[[Pair, PersonLine], Any], done: str, line: PersonLine | None = None
    ) -> None:
        """line: whom a question named; None = whom the panel shows."""
        line, pair, say = line or self.panel.shown, self._pair_now(), self.look.text.say
        if line is not None and pair is not None:
            name = line.name or line.erp_name
            self._order(lambda: work(pair, line), lambda _: say(done, name=name), here=True)

    def _bind(self, typed: str) -> None:
        self._on_chosen(lambda pair, line: self.users.bind(self.person, pair, line, typed), "users-bound")

    def _marked_with(self, line: PersonLine) -> list[str]:
        """Everybody selected who may be marked as the chosen one may."""
        undo = line.state == "no_licence"
        chosen = [self._lines[each] for each in self.table.selected_ids() if each in self._lines]
        same = [
            each.oa_id
            for each in chosen
            if each.oa_id and (each.state == "no_licence") == undo and each.state != "left"
        ]
        return same if line.oa_id in same else [line.oa_id]

    def _mark(self, without: bool) -> None:
        line, say = self.panel.shown, self.look.text.say
        if line is None:
            return
        oa_ids = self._marked_with(line)
        done = say("users-marked" if without else "users-unmarked", name=line.name, count=len(oa_ids))
        pair = self._pair_now()
        if pair is not None:
            self._order(
                lambda: self.users.mark(self.person, pair, oa_ids, no_licence=without),
                lambda _: done,
                here=True,
            )

    def _sit(self, login: str, on: bool) -> None:
        self._on_chosen(
            lambda _, line: self.users.sit(self.person, login, line.oa_id if on else ""), "users-seated"
        )

    def _ask_to_unbind(self) -> None:
        line, say = self.panel.shown, self.look.text.say
        if line is not None:
            title = say("users-unbind-title", name=line.name, user=line.erp_user)
            unbind = partial(
                self._on_chosen,
                lambda pair, one: self.users.unbind(self.person, pair, one),
                "users-unbound",
                line,
            )
            Confirm(self, self.look, title, (say("users-unbind-what"),), say("users-unbind"), unbind).open()

    def _order(self, work: Callable[[], Any], done: Callable[[Any], str], *, here: bool = False) -> None:
        """Carries something out, says so, and reads anew. here: a refusal stands in the panel."""

        def carried_out(answer: Any) -> None:
            self.work.conclude("ok", done(answer))
            self.refresh()

        def refused(error: SyncError) -> None:
            if here and self.panel.shown is not None:
                self.panel.show_trouble(error)
            else:
                text, code = self.look.text, error.code.id
                self.work.conclude("stop", f"{text.what(code, error.facts)} {text.do(code, error.facts)}")
            self.refresh()

        self.desk.bridge.ask(work, then=carried_out, failed=refused, owner=self, deed=True)

    # --- reading both systems ----------------------------------------------------------------------------------------
    def read_both(self) -> None:
        """Reads the people of both systems."""
        pair, say = self._pair_now(), self.look.text.say
        if pair is None:
            return
        self.work.begin(
            lambda question: self.users.refresh(self.person, pair, question.report, lambda: question.cancelled),
            self._was_read, lambda done, total, word: say("users-reading", done=done, total=total), say("users-stopped"),
        )  # fmt: skip
        self._show_accept()

    def _was_read(self, told: list[ListRead]) -> None:
        text = self.look.text
        lost = [each.error for each in told if each.error is not None]
        if lost:
            code = lost[0].code.id
            self.work.conclude("stop", f"{text.what(code, lost[0].facts)} {text.do(code, lost[0].facts)}")
        else:
            erp, oa = (each.records for each in told[:2])
            self.work.conclude("ok", text.say("users-was-read", erp=erp, oa=oa))
        self.refresh()

    def _take_pair(self, chosen: str) -> None:
        self._pair = chosen
        self.ticked.clear()
        self.close_panel()
        self.refresh()

    # --- what the window calls ---------------------------------------------------------------------------------------
    def arrive(self, facts: Mapping[str, Any]) -> None:
        """Opened by a link: {"person": any of his names or numbers}."""
        if facts.get("person"):
            self.tabs.setCurrentIndex(len(TABS) - 1)
            self.box.setText(str(facts["person"]))

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
            Command("users-read", self.read_both, "", "sync"),
            Command("users-accept-none", self.accept_ticked, "Ctrl+Return", "check"),
        )


def ago(text: Text, seconds: float) -> str:
    """ "2 min ago", or that it was just now."""
    return text.say("ago", lapse=text.lapse(seconds)) if seconds >= 60 else text.lapse(0)


def _key(pair: Pair) -> str:
    return f"{pair.erp_id}\n{pair.oa_id}"
