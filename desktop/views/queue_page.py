"""The queue: every document, live, and the panel of the one that is chosen.

Reads through house.documents and house.systems, over the bridge alone. What the list asks for and how it keeps still
is in queue_list.py; filters in queue_chips.py; the panel in document_panel.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QByteArray, QPoint, Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QSplitter, QVBoxLayout

from desktop.domain.errors import SyncError
from desktop.domain.events import DocumentsMoved, FailuresChanged, RouteHeld, RunEnded
from desktop.views.desk import Command, Desk
from desktop.views.list_export import choose_file
from desktop.views.order_watch import OrderWatch, Told
from desktop.views.page import Area, Page
from desktop.views.page_states import Banner, EmptyState
from desktop.views.pause_dialog import PauseDialog, told_of
from desktop.views.queue_chips import FilterLine
from desktop.views.queue_export import ExportLine, write_list
from desktop.views.queue_filter import Narrow, name_of, ready_views
from desktop.views.queue_list import QueueList
from desktop.views.queue_rows import SORTS, RowWords, columns_for, order_of
from desktop.views.rights_here import may_here
from desktop.views.saved_views import SavedView, ViewsButton
from desktop.views.table_view import Table
from desktop.views.tables import TableModel
from desktop.views.widgets import Button

if TYPE_CHECKING:
    from desktop.services.documents import Documents, Row
    from desktop.services.systems import EngineState, RouteState, Systems
    from desktop.views.document_panel import DocumentPanel

TYPING_MS = 180
"""A search begins when the keys have rested this long."""
MINUTE_MS = 60_000
LOOK_MS, FIRST_LOOK_MS = 4_000, 150
BESIDE = 1500
"""From this page width (drawn pixels) on, the panel stands beside the list."""
PANEL_SHARE = 0.4
IDLE_MS = 700
"""The list has been on screen for so long: now the panel is built, before anybody waits for it."""


class Surroundings(NamedTuple):
    """How the engine and its systems are doing, read in one go."""

    engine: EngineState
    routes: tuple[RouteState, ...]
    titles: Mapping[str, str]
    flows: tuple[str, ...]


class QueuePage(Page):
    """desk.house gives `documents`, `systems` and `person`."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, desk.look.text.say("page-queue"))
        self.documents: Documents = desk.house.documents
        self._systems: Systems = desk.house.systems
        self.person: str = desk.house.person
        self.paused = False
        self._wanted: int | None = None
        self._placed = False
        look, text = desk.look, desk.look.text
        self.box = self.add_search(text.say("queue-search"))
        self.box.setMinimumWidth(look.px(280))
        self.pause = Button(look, text.say("queue-pause"), self.toggle_pause, icon="pause")
        self.run = Button(look, text.say("order-run_now"), self.order_run, role="primary", icon="sync")
        self.pause.setEnabled(may_here(desk.house, "pause"))
        self.run.setEnabled(may_here(desk.house, "run_now"))
        self.add_action(self.pause)
        self.add_action(self.run)
        self.words = RowWords(text)
        self.rows = TableModel(columns_for(text.language), desk.bridge, self._read, self.words.cells, self)
        self.table = Table(look, self.rows, "queue")
        self.table.sorted_by("age", False)
        self.list = QueueList(self.documents, desk.bridge, self.rows, self.is_reading, self)
        self.views = ViewsButton(desk, "queue", self.view, self.show_view, self._ready_views)
        self.line = FilterLine(look, self.views)
        self.empty_clear = Button(look, text.say("queue-clear"), self.clear_filters, icon="close")
        empty = EmptyState(
            look, text.say("queue-empty-title"), text.say("queue-empty-hint"), action=self.empty_clear
        )
        self.area = Area(look, self.table, empty, self.reload)
        self._panel: DocumentPanel | None = None
        self.notice, self.export = Banner(look), ExportLine(look, desk.bridge)
        self.orders = OrderWatch(self.documents, desk.bridge, lambda: look.text, self)
        self._build()
        self._connect()
        self.table.restore_columns(desk.preferences.get("queue.columns"))

    # Building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        px = self.look.px
        self.split = QSplitter(Qt.Orientation.Vertical)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.area)
        self.split.setStretchFactor(0, 1)
        self.area.setMinimumSize(px(320), px(140))
        foot = QVBoxLayout()
        foot.setContentsMargins(px(24), 0, px(24), px(8))
        foot.addWidget(self.notice)
        self.foot = QFrame()
        self.foot.setLayout(foot)
        self.foot.hide()
        self.body.addWidget(self.line)
        self.body.addWidget(self.split, 1)
        self.body.addWidget(self.export)
        self.body.addWidget(self.foot)

    def _connect(self) -> None:
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._search)
        self.box.textChanged.connect(lambda _: self._typing.start())
        self.box.returnPressed.connect(self._search_now)
        self.line.changed.connect(self._narrow)
        self.line.columns_asked.connect(self._show_columns)
        self.line.export_asked.connect(self.ask_export)
        self.line.refresh_asked.connect(self.show_news)
        self.list.counted.connect(self._show_count)
        self.list.failed.connect(self._show_error)
        self.list.news.connect(self.line.show_news)
        self.rows.read_failed.connect(self._show_error)
        self.table.opened.connect(self.open_panel)
        self.table.chosen.connect(self._follow)
        self.table.sort_asked.connect(self._sort)
        self.table.columns_changed.connect(
            lambda: self.desk.remember("queue.columns", self.table.columns_state())
        )
        self._moved = QTimer(self, singleShot=True, interval=500)
        self._moved.timeout.connect(self._keep_split)
        self.split.splitterMoved.connect(lambda *_: self._moved.start())
        self._minute = QTimer(self, interval=MINUTE_MS)
        self._minute.timeout.connect(self.rows.retell)
        self._idle = QTimer(self, singleShot=True, interval=IDLE_MS)
        self._idle.timeout.connect(lambda: self.panel)
        self._looking = QTimer(self, interval=LOOK_MS)
        self._looking.timeout.connect(self.look_around)

    # What the window calls -------------------------------------------------------------------------------------

    def refresh(self) -> None:
        if self.list.asked.number:
            self.list.renew()
            self.look_around()
        else:
            self.reload()
            QTimer.singleShot(FIRST_LOOK_MS, self, self.look_around)  # the rows come first
        if self.panel_open:
            self.panel.refresh()

    def hear(self, events: tuple[Any, ...]) -> None:
        moved = {
            document_id
            for event in events
            if isinstance(event, DocumentsMoved | FailuresChanged)
            for document_id in event.document_ids
        }
        if moved:
            self.list.moved(moved)
            if self.panel_open:
                self.panel.hear(moved)
        elif self.watching and any(isinstance(event, RunEnded) for event in events):
            self._catch_up()
        if any(isinstance(event, RouteHeld) for event in events):
            self.look_around()

    @property
    def watching(self) -> bool:
        """True where another process runs the engine: it tells that a run ended, not what moved."""
        return bool(getattr(self.desk.house, "watching", False))

    def _catch_up(self) -> None:
        if self.is_reading():
            self.rows.refresh()
        else:
            self.list.renew()
        if self.panel_open:
            self.panel.refresh()

    def arrive(self, facts: Mapping[str, Any]) -> None:
        """facts: "document" (and its "number") opens its panel; "person", "held", "states", "routes", "flows" narrow the list."""
        if "document" in facts:
            self._wanted = int(facts["document"])
            self._set_narrow(Narrow(text=str(facts.get("number", ""))))
            self.open_panel(self._wanted)
        else:
            self._set_narrow(Narrow.read(facts))

    def step(self, by: int) -> None:
        self.table.step(by)

    def close_panel(self) -> bool:
        if self.panel_open:
            self.panel.hide()
            self.table.setFocus()
            return True
        if self.table.selectionModel().hasSelection():
            self.table.clearSelection()
            return True
        return False

    def focus_first(self) -> None:
        self.table.setFocus()

    def commands(self) -> tuple[Command, ...]:
        return (
            Command("queue-resume" if self.paused else "queue-pause", self.toggle_pause, "", "play" if self.paused else "pause"),
            Command("queue-open-panel", self._open_current, "", "bill"),
            Command("queue-clear", self.clear_filters, "", "filter"),
            Command("queue-export", self.ask_export, "", "download"),
        )  # fmt: skip

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._minute.start()
        self._looking.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        super().hideEvent(event)
        self._minute.stop()
        self._looking.stop()

    # The list --------------------------------------------------------------------------------------------------

    def _read(self, ids: tuple[int, ...]) -> Mapping[int, Row]:
        """On a pool thread."""
        return {row.id: row for row in self.documents.rows(ids)}

    def is_reading(self) -> bool:
        """True while someone looks at particular rows: they must not move under the eye or the pointer."""
        scrolled = self.table.verticalScrollBar().value() > 0
        return scrolled or self.table.hover_row >= 0 or self.table.selectionModel().hasSelection()

    def reload(self) -> None:
        """The list from its beginning."""
        self.list.ask(self.line.narrow, self.table.header.sorted_key, self.table.header.descending)

    def show_news(self) -> None:
        """The person asked for what came meanwhile: the newest on top."""
        self.table.scrollToTop()
        self.list.renew()

    def _sort(self, key: str, descending: bool) -> None:
        self.table.sorted_by(key, descending)
        self.table.scrollToTop()
        self.reload()

    def _search_now(self) -> None:
        self._typing.stop()
        self._search()
        self.table.setFocus()

    def _search(self) -> None:
        typed = self.box.text().strip()
        if typed != self.line.narrow.text:
            self._narrow(replace(self.line.narrow, text=typed))

    def _narrow(self, narrow: Narrow) -> None:
        narrow = replace(
            narrow, text=self.box.text().strip() if narrow.text == self.line.narrow.text else narrow.text
        )
        self._set_narrow(narrow)

    def _set_narrow(self, narrow: Narrow) -> None:
        self.line.show_narrow(narrow)
        if self.box.text().strip() != narrow.text:
            self.box.blockSignals(True)
            self.box.setText(narrow.text)
            self.box.blockSignals(False)
        self.table.scrollToTop()
        self.reload()

    def view(self) -> SavedView:
        """The list as it is now."""
        narrow, header = self.line.narrow, self.table.header
        return SavedView(
            name_of(self.look.text, narrow, self.line.companies), narrow.plain(), self.table.columns_state(),
            header.sorted_key, header.descending,
        )  # fmt: skip

    def show_view(self, view: SavedView) -> None:
        """Filters, columns and order of a saved view."""
        if view.columns:
            self.table.restore_columns(view.columns)
            self.desk.remember("queue.columns", self.table.columns_state())
        if view.sort in SORTS:
            self.table.sorted_by(view.sort, view.descending)
        self._set_narrow(Narrow.read(view.filters))

    def _ready_views(self) -> list[SavedView]:
        return ready_views(self.look.text, self.line.companies)

    def clear_filters(self) -> None:
        """Everything again."""
        self._set_narrow(Narrow())

    def _show_count(self, count: int | None) -> None:
        if count is not None:
            self.second.setText(self.look.text.say("queue-count", count=count))
        narrowed = self.line.narrow.any
        say = self.look.text.say
        self.area.empty.title.setText(say("queue-none-title" if narrowed else "queue-empty-title"))
        self.area.empty.hint.setText(say("queue-none-hint" if narrowed else "queue-empty-hint"))
        self.empty_clear.setVisible(narrowed)
        self.area.show_content(count != 0)
        if self._panel is None and count is not None:
            self._idle.start()
        if self._wanted is not None and self.table.choose(self._wanted):
            self._wanted = None

    def _show_error(self, error: SyncError) -> None:
        self.area.show_error(error)

    def _show_columns(self, at: QPoint) -> None:
        menu = self.table.columns_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)

    # The panel -------------------------------------------------------------------------------------------------

    @property
    def panel(self) -> DocumentPanel:
        """Built when it is first needed: the list must not wait for it."""
        if self._panel is None:
            from desktop.views.document_panel import DocumentPanel

            self._panel = DocumentPanel(self.look, self.desk.bridge, self.documents, self.person)
            self._panel.hide()
            self._panel.closed.connect(self.close_panel)
            self._panel.ordered.connect(self.look_around)
            self.split.addWidget(self._panel)
        return self._panel

    @property
    def panel_open(self) -> bool:
        """True while a document is shown."""
        return self._panel is not None and self._panel.isVisible()

    def open_panel(self, document_id: int) -> None:
        """Shows a document beside or below the list."""
        first = not self.panel_open
        self.panel.show_document(document_id)
        if first:
            self.panel.show()
            self._place_panel()
            QTimer.singleShot(0, self, self._keep_in_view)

    def _keep_in_view(self) -> None:
        if self.table.currentIndex().isValid():
            self.table.scrollTo(self.table.currentIndex())

    def _open_current(self) -> None:
        if (document_id := self.table.current_id()) is not None:
            self.open_panel(document_id)

    def _follow(self, document_id: int | None) -> None:
        if document_id is not None and self.panel_open:
            self.panel.show_document(document_id)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._place_panel()

    def _place_panel(self) -> None:
        beside = self.width() >= self.look.px(BESIDE)
        turned = beside != (self.split.orientation() == Qt.Orientation.Horizontal)
        if turned:
            self.split.setOrientation(Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical)
        if self._panel is None:
            return
        self._panel.set_beside(beside)
        if self.panel_open and (turned or self.split.sizes()[1] == 0 or not self._placed):
            self._restore_split(beside)
            self._placed = True

    def _restore_split(self, beside: bool) -> None:
        kept = self.desk.preferences.get(f"queue.split.{int(beside)}") or ""
        if kept and self.split.restoreState(QByteArray.fromBase64(QByteArray(kept.encode()))):
            return
        room = self.split.width() if beside else self.split.height()
        self.split.setSizes([round(room * (1 - PANEL_SHARE)), round(room * PANEL_SHARE)])

    def _keep_split(self) -> None:
        beside = self.split.orientation() == Qt.Orientation.Horizontal
        kept = bytes(self.split.saveState().toBase64().data()).decode()
        self.desk.remember(f"queue.split.{int(beside)}", kept)

    # The engine ------------------------------------------------------------------------------------------------

    def look_around(self) -> None:
        """Asks how the engine and its systems are doing."""
        self.desk.bridge.ask(
            self._surroundings, then=self._show_surroundings, failed=lambda _: None, owner=self, slot="engine"
        )

    def _surroundings(self) -> Surroundings:
        routes = tuple(self._systems.routes())
        titles = {}
        if any(each.held_code for each in routes):
            titles = {each.system.id: each.system.title for each in self._systems.systems()}
        return Surroundings(self._systems.engine(), routes, titles, tuple(self._systems.flows()))

    def _show_surroundings(self, found: Surroundings) -> None:
        companies = {each.route.id: each.route.title or each.route.company for each in found.routes}
        self.line.show_choices(companies, found.flows)
        self._show_paused(found.engine.paused)
        held = next((each for each in found.routes if each.held_code), None)
        say = self.look.text.say
        if held is not None:
            self._show_held(held, found.titles)
        elif self.paused:
            told = (
                say("queue-paused"),
                told_of(self.look.text, found.engine.pause),
                say("queue-paused-more"),
            )
            self._tell("warn", " ".join(each for each in told if each))
        elif not found.engine.running:
            self._tell("stop", f"{say('queue-stopped')} {say('queue-stopped-more')}")
        else:
            self.foot.hide()

    def _show_held(self, held: RouteState, titles: Mapping[str, str]) -> None:
        text, known = self.look.text, dict(held.held_facts)
        known["system"] = titles.get(str(known.get("system", "")), known.get("system", ""))
        words = f"{text.what(held.held_code, known)} {text.do(held.held_code, known)}"
        self._tell(
            "stop",
            words,
            link=text.say("page-systems"),
            act=partial(self.desk.go, "systems", {"route": held.route.id}),
        )

    def _tell(self, tone: str, words: str, **link: Any) -> None:
        self.notice.tell(tone, words, **link)
        self.foot.show()

    def _show_paused(self, paused: bool) -> None:
        """While paused the way on is to resume: that button takes the place of the grey one."""
        say = self.look.text.say
        self.paused = paused
        self.pause.say(say("queue-resume" if paused else "queue-pause"))
        self.pause.set_role("primary" if paused else "secondary")
        self.pause.set_icon("play" if paused else "pause")
        self.run.set_role("secondary" if paused else "primary")
        self.run.setEnabled(not paused and may_here(self.desk.house, "run_now"))

    def toggle_pause(self) -> None:
        """No further run begins (asked why, and until when), or runs begin again."""
        person = self.person
        if self.paused:
            self.orders.give(lambda to: to.resume(person), self._ordered, self._order_lost)
            return
        self.asking = PauseDialog(self, self.look, self._pause)
        self.asking.open()

    def _pause(self, why: str, until: datetime | None) -> None:
        person = self.person
        self.orders.give(lambda to: to.pause(person, why, until), self._ordered, self._order_lost)

    def order_run(self) -> None:
        """Every flow looks now."""
        person = self.person
        self.orders.give(lambda to: to.run_now(person), self._ordered, self._order_lost)

    def _ordered(self, told: Told) -> None:
        for button in (self.pause, self.run):
            button.setEnabled(told.over and (button is self.pause or not self.paused))
        if told.over:
            self.look_around()

    def _order_lost(self, error: SyncError) -> None:
        self._ordered(Told("", True, False))
        self.desk.bridge.trouble.emit(error)

    # Export ----------------------------------------------------------------------------------------------------

    def ask_export(self) -> None:
        """Asks for a file, then writes the whole list into it."""
        if not self.export.busy and (path := self.choose_file()) is not None:
            question = self.line.narrow.question(self.words.now())
            sort, descending = order_of(self.table.header.sorted_key, self.table.header.descending)
            self.export.begin(path, partial(self._write, path, question, sort, descending))

    def _write(self, path: Path, question: Any, sort: str, descending: bool, errand: Any) -> int:
        """On a thread of its own."""
        return write_list(path, self.documents, question, sort, descending, self.look.text, errand)

    def choose_file(self) -> Path | None:
        """Where the export goes; None where the person thought better of it."""
        return choose_file(self, self.look.text, self.look.text.say("queue-export-name"))
