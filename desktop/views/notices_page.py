"""Notices: what people were told, and each way of telling them: mail, group robots. When is said on the settings page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.errors import SyncError
from desktop.domain.events import NoticeTold
from desktop.domain.notice import Notice
from desktop.views.channel_form import ChannelForm
from desktop.views.confirm import Confirm
from desktop.views.desk import Command, Desk
from desktop.views.entry_list import Entry, EntryList
from desktop.views.page import Area, Page
from desktop.views.page_states import EmptyState
from desktop.views.table_view import Table
from desktop.views.tables import Cell, Column, ColumnKind, TableModel
from desktop.views.widgets import Button, Skeleton

if TYPE_CHECKING:
    from desktop.services.notices import ChannelState, Notices

LIST = 276
HISTORY = "history"
COLUMNS = (
    Column("at", "notice-at", 96, ColumnKind.MUTED, least=88),
    Column("state", "notice-state", 136, ColumnKind.STATE, least=120),
    Column("what", "notice-what", 420, least=200, stretch=3),
    Column("count", "notice-count", 112, least=104, right=True, priority=1),
    Column("told", "notice-told", 220, ColumnKind.MUTED, least=140, stretch=1),
)


class Told(NamedTuple):
    """What the page shows: every channel, and the latest notices with their words."""

    channels: Sequence[ChannelState]
    history: Sequence[tuple[Notice, str, str]]


class NoticesPage(Page):
    """desk.house gives `notices` and `person`."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, desk.look.text.say("page-notices"))
        self._notices: Notices = desk.house.notices
        self._person: str = desk.house.person
        self.told: Told | None = None
        self.form: ChannelForm | None = None
        self._chosen, self._done = HISTORY, ""
        self._lines: dict[int, tuple[Notice, str, str]] = {}
        self._build()

    def _build(self) -> None:
        look, say, px = self.look, self.look.text.say, self.look.px
        self.rules = Button(look, say("notice-rules"), lambda: self.desk.go("settings", {}), icon="settings")
        self.add_action(self.rules)
        self.list = EntryList(look, say("page-notices"))
        self.list.setMinimumWidth(px(220))
        self.list.chosen.connect(self.choose)
        self.rows = TableModel(COLUMNS, self.desk.bridge, self._read_rows, self._cells, self)
        self.table = Table(look, self.rows, "notices")
        self.nothing = EmptyState(look, say("notice-empty"), say("notice-empty-hint"), icon="check")
        self.history = Area(look, self.table, self.nothing, self.refresh)
        self.right = QStackedWidget()
        self.right.addWidget(self.history)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.list)
        self.split.addWidget(self.right)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([px(LIST), px(900)])
        whole, column = QWidget(), QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.split)
        whole.setLayout(column)
        self.area = Area(look, whole, EmptyState(look, say("notice-empty"), ""), self.refresh)
        self.skeleton = Skeleton(look, 8)
        self.area.addWidget(self.skeleton)
        self.body.addWidget(self.area, 1)

    # --- asking ------------------------------------------------------------------------------------------------------
    def refresh(self) -> None:
        """Asks for everything anew; what is being typed stays."""
        notices = self._notices
        self.desk.bridge.ask(
            lambda: Told(notices.channels(), notices.history()), then=self._show, failed=self._failed, busy=self._busy,
            owner=self, slot="notices",
        )  # fmt: skip

    def hear(self, events: tuple[Any, ...]) -> None:
        """Only what people are told of moves this page."""
        if any(isinstance(event, NoticeTold) for event in events):
            self.refresh()

    def _busy(self, on: bool) -> None:
        if self.told is None:
            self.area.setCurrentWidget(self.skeleton if on else self.area.content)

    def _failed(self, error: SyncError) -> None:
        if self.told is None:
            self.area.show_error(error)
        else:
            self.desk.bridge.trouble.emit(error)

    def _show(self, told: Told) -> None:
        self.told = told
        say = self.look.text.say
        open_now = sum(each.over_at is None and each.told_at is not None for each, _, _ in told.history)
        self.second.setText(say("notice-open", count=open_now) if open_now else "")
        self.area.show_content()
        self._lines = {each.id: (each, what, do) for each, what, do in told.history}
        self.rows.show_ids(list(self._lines))
        self.history.show_content(bool(self._lines))
        self.list.show_entries(self._entries(told), self._chosen)
        if self.form is None or not self.form.dirty:
            self._fill()

    def _entries(self, told: Told) -> list[Entry]:
        text = self.look.text
        newest = next((each for each, _, _ in told.history), None)
        second = text.moment(newest.opened_at) if newest is not None else text.say("notice-empty")
        found = [
            Entry(HISTORY, text.say("notice-history"), second, "disc", "link"),
            Entry("", text.say("set-channels")),
        ]
        for state in told.channels:
            name = text.say(f"channel-{state.id}")
            if state.trouble[0]:
                found.append(Entry(state.id, name, text.what(*state.trouble), "square", "stop"))
            elif state.on:
                found.append(Entry(state.id, name, text.say("channel-is-on"), "disc_tick", "ok"))
            else:
                found.append(Entry(state.id, name, text.say("channel-is-off"), "ring_bar", "muted"))
        return found

    # --- the history -------------------------------------------------------------------------------------------------
    def _read_rows(self, ids: tuple[int, ...]) -> Mapping[int, Any]:
        return {each: self._lines[each] for each in ids if each in self._lines}

    def _cells(self, line: tuple[Notice, str, str]) -> Sequence[Cell]:
        notice, what, do = line
        text = self.look.text
        lapse = text.lapse(max(0.0, (self._notices.now() - notice.opened_at).total_seconds()))
        state = "over" if notice.over_at else "told" if notice.told_at else "noticed"
        looks = {"over": "base_ok", "told": "base_warn", "noticed": "base_unread"}
        told = [
            f"{text.say(f'channel-{name}')} {text.word('notice-message', became)}"
            for name, became in notice.channels.items()
        ]
        return (
            Cell(lapse, tip=text.moment(notice.opened_at)),
            Cell(
                text.say(f"notice-is-{state}"),
                state=looks[state],
                tip=text.moment(notice.over_at) if notice.over_at else "",
            ),
            Cell(what, tip=f"{what} {do}"),
            Cell(text.number(notice.count) if notice.count else ""),
            Cell("  ".join(told), tip="\n".join(told)),
        )

    # --- one channel -------------------------------------------------------------------------------------------------
    def choose(self, chosen: str) -> None:
        """Shows the history, or a channel."""
        if self.form is not None and self.form.dirty and chosen != self._chosen:
            say = self.look.text.say
            self.list.choose(self._chosen)
            Confirm(
                self,
                self.look,
                say("leave-title"),
                (say("leave-what"),),
                say("leave-do"),
                lambda: self._go(chosen),
            ).open()
            return
        self._go(chosen)

    def _go(self, chosen: str) -> None:
        self._chosen, self._done = chosen, ""
        self.list.choose(chosen)
        self._fill()

    def _fill(self) -> None:
        state = (
            next((each for each in self.told.channels if each.id == self._chosen), None)
            if self.told
            else None
        )
        if (
            self.form is not None
            and state is not None
            and self.form.state == state
            and not self.form.dirty
            and not self._done
        ):
            return
        old, self.form = self.form, None
        if state is None:
            self.right.setCurrentWidget(self.history)
        else:
            self.form = form = ChannelForm(self.look, state)
            form.save_asked.connect(self._save)
            form.test_asked.connect(self._test)
            self.right.addWidget(form)
            self.right.setCurrentWidget(form)
            if self._done:
                form.show_done(self._done)
                self._done = ""
        if old is not None:
            self.right.removeWidget(old)
            old.deleteLater()

    def _save(self, on: bool, options: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        form, channel = self.form, self._chosen

        def saved(_: Any) -> None:
            if form is not None and form is self.form:
                form.dirty = False
            self._done = self.look.text.say("notice-saved")
            self.refresh()

        self._order(lambda: self._notices.save(self._person, channel, on, options, secrets), saved)

    def _test(self, options: Mapping[str, str]) -> None:
        channel = self._chosen

        def sent(_: Any) -> None:
            if self.form is not None and channel == self._chosen:
                self.form.show_done(self.look.text.say("notice-tested"))

        self._order(lambda: self._notices.test(self._person, channel, options), sent)

    def _order(self, work: Any, then: Any) -> None:
        form = self.form

        def failed(error: SyncError) -> None:
            if form is not None and form is self.form:
                form.show_error(error)

        self.desk.bridge.ask(work, then=then, failed=failed, owner=self)

    # --- what the window calls ---------------------------------------------------------------------------------------
    def arrive(self, facts: Mapping[str, Any]) -> None:
        """Opened by a link: {"channel": id}."""
        if facts.get("channel"):
            self.choose(str(facts["channel"]))

    def step(self, by: int) -> None:
        """The next or previous entry."""
        self.list.step(by)

    def focus_first(self) -> None:
        """The keyboard begins in the list."""
        self.list.setFocus()

    def commands(self) -> tuple[Command, ...]:
        """What this page can do."""
        return (Command("notice-rules", lambda: self.desk.go("settings", {}), "", "settings"),)
