"""The audit page: what people did, newest first, found by any number, person or deed; with before and after, and the proof
that nobody has changed the trail. Only administrators and auditors see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from desktop.domain.errors import SyncError
from desktop.services.trail_book import TrailLine, TrailQuestion, Verdict
from desktop.views.bridge import Question as Errand
from desktop.views.desk import Command, Desk
from desktop.views.list_export import choose_file, table_writer
from desktop.views.page import Area, Page
from desktop.views.page_states import Banner, EmptyState
from desktop.views.queue_export import ExportLine
from desktop.views.saved_views import SavedView, ViewsButton, keep_columns
from desktop.views.table_view import Table
from desktop.views.tables import TableModel
from desktop.views.trail_words import (
    COLUMNS,
    about_words,
    cells_of,
    deed_words,
    value_name,
    value_words,
    who_words,
)
from desktop.views.widgets import Button, Words

TYPING_MS = 250
SIDE = 330


class AuditPage(Page):
    """Asks TrailBook; the trail is never written from here."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, desk.look.text.say("page-audit"))
        self._book = desk.house.trail_book
        self.verifying: Errand | None = None
        self.shown: TrailLine | None = None
        self._build()

    # Building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        look, say, px = self.look, self.look.text.say, self.look.px
        self.box = self.add_search(say("audit-search"))
        self._typed = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typed.timeout.connect(self.refresh)
        self.box.textChanged.connect(lambda _: self._typed.start())
        self.people = QCheckBox(say("audit-people-only"))
        self.people.setChecked(True)
        self.people.clicked.connect(self.refresh)
        self.export = Button(look, say("queue-export"), self._export, icon="download")
        self.verify = Button(look, say("audit-verify"), self.prove, role="primary", icon="proved")
        self.views = ViewsButton(self.desk, "audit", self.view, self.show_view)
        for widget in (self.people, self.views, self.export, self.verify):
            self.add_action(widget)
        self.banner, self.file_line = Banner(look), ExportLine(look, self.desk.bridge)
        self.rows = TableModel(
            COLUMNS, self.desk.bridge, self._read, lambda line: cells_of(line, look.text), self
        )
        self.table = Table(look, self.rows, "audit")
        keep_columns(self.desk, self.table, "audit")
        self.table.chosen.connect(lambda _: self._show_chosen())
        self.rows.dataChanged.connect(lambda *_: self._show_chosen())
        self.table.opened.connect(lambda _: self.open_bill())
        self.side = QWidget()
        self.side.setProperty("role", "area")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(px(12))
        self._grid.setVerticalSpacing(px(6))
        self.deed, self.about = (
            Words(role="panel", wrap=True),
            Words(role="second", wrap=True, selectable=True),
        )
        self.open = Button(look, say("audit-open-bill"), self.open_bill, icon="right")
        self.hash = Words(role="caption", wrap=True, selectable=True)
        column = QVBoxLayout(self.side)
        column.setContentsMargins(px(20), px(16), px(20), px(16))
        column.setSpacing(px(8))
        for part in (self.deed, self.about, self.open):
            column.addWidget(part)
        column.addLayout(self._grid)
        column.addStretch(1)
        column.addWidget(self.hash)
        self._lay_out()

    def _lay_out(self) -> None:
        look, px, say = self.look, self.look.px, self.look.text.say
        scroll = QScrollArea(widgetResizable=True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self.side)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.table)
        self.split.addWidget(scroll)
        self.split.setStretchFactor(0, 1)
        self.split.setSizes([px(1000), px(SIDE)])
        scroll.setMinimumWidth(px(300))
        empty = EmptyState(look, say("audit-empty"), say("audit-empty-hint"), icon="audit")
        self.area = Area(look, self.split, empty, self.refresh)
        above = QHBoxLayout()
        above.setContentsMargins(px(24), 0, px(24), px(8))
        above.addWidget(self.banner)
        self.body.addLayout(above)
        self.body.addWidget(self.file_line)
        self.body.addWidget(self.area, 1)
        self._show_chosen()

    # Asking ----------------------------------------------------------------------------------------------------

    def _read(self, seqs: Sequence[int]) -> Mapping[int, TrailLine]:
        return {line.entry.seq: line for line in self._book.lines(list(seqs))}

    def view(self) -> SavedView:
        """What is sought now, and how the lines are laid out."""
        typed = self.box.text().strip()
        name = typed or self.people.text()
        return SavedView(name, {"text": typed, "people": self.people.isChecked()}, self.table.columns_state())

    def show_view(self, view: SavedView) -> None:
        """A saved view."""
        self.box.setText(str(view.filters.get("text", "")))
        self.people.setChecked(view.filters.get("people") is True)
        if view.columns:
            self.table.restore_columns(view.columns)
        self.refresh()

    def refresh(self) -> None:
        """Asks anew: what is typed, with or without the engine's own lines."""
        question = TrailQuestion(self.box.text(), self.people.isChecked())
        self.desk.bridge.ask(
            lambda: self._book.seqs(question), then=self._show, failed=self._failed, owner=self, slot="trail"
        )  # fmt: skip

    def hear(self, events: tuple[Any, ...]) -> None:
        """The engine goes on: its lines are looked at when somebody asks for them, not at each of its steps."""

    def _failed(self, error: SyncError) -> None:
        self.area.show_error(error)

    def _show(self, seqs: Sequence[int]) -> None:
        self.rows.show_ids(seqs)
        self.second.setText(self.look.text.say("audit-count", count=len(seqs)))
        self.area.show_content(bool(len(seqs)))
        if len(seqs) and not self.table.selectionModel().hasSelection():
            self.table.selectRow(0)
        self._show_chosen()

    # One line ----------------------------------------------------------------------------------------------------

    def line(self) -> TrailLine | None:
        """The chosen one, as far as it was read."""
        row = self.table.currentIndex().row()
        found = self.rows.value_at(row) if row >= 0 else None
        return found if isinstance(found, TrailLine) else None

    def _show_chosen(self) -> None:
        line, text = self.line(), self.look.text
        if line is not None and line == self.shown:
            return
        self.shown = line
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self.open.setVisible(line is not None and line.document_id is not None)
        if line is None:
            self.deed.tell(text.say("audit-choose"))
            self.about.tell("")
            self.hash.tell("")
            return
        entry = line.entry
        self.deed.tell(deed_words(entry.action, text, int(entry.detail.get("round") or 0)))
        login = entry.actor if line.who else ""
        parts = (text.moment(entry.at), who_words(line, text), login, about_words(line, text))
        self.about.tell("  ".join(filter(None, parts)))
        pieces = (
            entry.hash[at : at + 16] for at in range(0, len(entry.hash), 16)
        )  # so that it can be broken
        self.hash.tell(text.say("audit-hash", seq=str(entry.seq), hash="\u200b".join(pieces)))
        if any(change.before for change in line.changes):
            for column, key in enumerate(("audit-before", "audit-after"), start=1):
                self._grid.addWidget(Words(text.say(key), "caption"), 0, column)
        for row, change in enumerate(line.changes, start=1):
            self._add_change(row, line, change)
        self._grid.setColumnStretch(2, 1)

    def _add_change(self, row: int, line: TrailLine, change: Any) -> None:
        text = self.look.text
        path, _, last = change.name.rpartition(".")
        name = " ".join(filter(None, (path, value_name(last, text) if last else "")))
        self._grid.addWidget(Words(name, "second", wrap=True), row, 0)
        before = value_words(change, change.before, text) if any(each.before for each in line.changes) else ""
        self._grid.addWidget(Words(before, "muted", wrap=True, selectable=True), row, 1)
        self._grid.addWidget(
            Words(value_words(change, change.after, text), wrap=True, selectable=True), row, 2
        )

    def open_bill(self) -> None:
        """The bill that the line is about."""
        line = self.line()
        if line is not None and line.document_id is not None:
            self.desk.go("queue", {"document": line.document_id, "number": line.number})

    # Proof and file ------------------------------------------------------------------------------------------------

    def prove(self) -> None:
        """Every hash from the first line on; with progress, and a stop."""
        if self.verifying is not None:
            return
        self.verify.setEnabled(False)
        self._tell_progress(0, 0)
        self.verifying = self.desk.bridge.ask_long(
            lambda errand: self._book.verify(errand.report, lambda: errand.cancelled), then=self._proved,
            failed=self._not_proved, progress=lambda done, total, _: self._tell_progress(done, total), owner=self,
        )  # fmt: skip

    def _tell_progress(self, done: int, total: int) -> None:
        text = self.look.text
        told = text.say("audit-verifying", done=text.number(done), count=text.number(total))
        self.banner.tell("wait", told, link=text.say("audit-stop"), act=self._stop)

    def _stop(self) -> None:
        if self.verifying is not None:
            self.verifying.cancel()
        self._ended()
        self.banner.hide()

    def _ended(self) -> None:
        self.verifying = None
        self.verify.setEnabled(True)

    def _proved(self, verdict: Verdict | None) -> None:
        self._ended()
        if verdict is None:
            return
        text = self.look.text
        shut = {"link": text.say("button-close"), "act": self.banner.hide}
        if verdict.broken_at is None:
            words = text.say("audit-whole", count=verdict.lines)
            self.banner.tell("ok", words, second=f"{verdict.head[:16]}…", **shut)  # type: ignore[arg-type]
        else:
            self.banner.tell("stop", text.say("audit-broken", number=str(verdict.broken_at)), **shut)  # type: ignore[arg-type]

    def _not_proved(self, error: SyncError) -> None:
        self._ended()
        text, code = self.look.text, error.code.id
        self.banner.tell("stop", f"{text.what(code, error.facts)} {text.do(code, error.facts)}")

    def _export(self) -> None:
        text = self.look.text
        title = text.say("page-audit")
        write = table_writer(self.table, title, text)
        path = choose_file(self, text, title)
        if path is not None:
            self.file_line.begin(path, partial(write, path))

    # What the window calls ---------------------------------------------------------------------------------------

    def arrive(self, facts: Mapping[str, Any]) -> None:
        """Opened by a link: {"text": what to look for}."""
        if "text" in facts:
            self.box.setText(str(facts["text"]))

    def step(self, by: int) -> None:
        """The next or previous line."""
        self.table.step(by)

    def focus_first(self) -> None:
        """The keyboard begins in the table."""
        self.table.setFocus()

    def commands(self) -> tuple[Command, ...]:
        """What this page can do."""
        return (
            Command("audit-verify", self.prove, "", "proved"),
            Command("queue-export", self._export, "", "download"),
        )
