"""Somebody leaves: type who, see what depends on him, name who takes over and from when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from desktop.domain.errors import SyncError
from desktop.services.departures import Departure, Strand, Tie
from desktop.views.desk import Desk
from desktop.views.figure_table import Figure, FigureTable, Line
from desktop.views.queue_rows import money_words
from desktop.views.widgets import Button, Words

SIZE = (780, 600)


class DepartureDialog(QDialog):
    """Asks house.departures; nothing of it waits on the GUI thread."""

    def __init__(self, parent: QWidget, desk: Desk, titles: Mapping[str, str]) -> None:
        super().__init__(parent)
        self._desk, self._titles = desk, titles
        self._departures, self._person = desk.house.departures, desk.house.person
        self.found: Departure | None = None
        look, say, px = desk.look, desk.look.text.say, desk.look.px
        self.setWindowTitle(say("set-departure"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*(px(each) for each in SIZE))
        self.who = self._box("departure-who")
        self.who.returnPressed.connect(self.check)
        self.look_button = Button(look, say("departure-check"), self.check, role="primary", icon="search")
        self.told = Words(role="second", wrap=True, selectable=True)
        heads = ("what", "tie", "company", "amount")
        self.table = FigureTable(
            look, say("set-departure"), [say(f"departure-{each}") for each in heads], left=(1, 2)
        )
        self.table.asked.connect(self._open)
        self.successor, self.day = self._box("departure-successor"), self._box("departure-day")
        self.day.setText(datetime.now().astimezone().date().isoformat())
        self.day.setFixedWidth(px(120))
        self.hand = Button(look, say("departure-hand", count=0), self.hand_over, role="danger")
        self.hand.setEnabled(False)
        self.shut = Button(look, say("button-close"), self.close)
        self._lay_out()

    def _box(self, name: str) -> QLineEdit:
        box = QLineEdit()
        box.setPlaceholderText(self._desk.look.text.say(name))
        box.setAccessibleName(self._desk.look.text.say(name))
        return box

    def _lay_out(self) -> None:
        px, whole = self._desk.look.px, QVBoxLayout(self)
        whole.setContentsMargins(0, px(20), 0, px(16))
        whole.setSpacing(px(12))

        def row(*widgets: QWidget) -> None:
            line = QHBoxLayout()
            line.setContentsMargins(px(24), 0, px(24), 0)
            line.setSpacing(px(8))
            for widget in widgets:
                line.addWidget(widget, int(isinstance(widget, QLineEdit | Words)))
            whole.addLayout(line)

        row(self.who, self.look_button)
        row(self.told)
        inner = QWidget()
        inner.setProperty("role", "area")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        whole.addWidget(scroll, 1)
        row(Words(self._desk.look.text.say("departure-note"), "caption", wrap=True))
        row(self.successor, self.day, self.hand, self.shut)

    # What happens ----------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Looks at the set-up and at every running request."""
        typed, departures, person = self.who.text().strip(), self._departures, self._person
        if typed:
            self.look_button.setEnabled(False)
            self.told.tell(self._desk.look.text.say("departure-looking"), "")
            self._desk.bridge.ask_long(
                lambda _: departures.check(person, typed), then=self._show, failed=self._refused, owner=self
            )  # fmt: skip

    def _show(self, found: Departure) -> None:
        self.found, text = found, self._desk.look.text
        self.look_button.setEnabled(True)
        told = text.say("departure-told", name=found.name, id=found.oa_id, count=len(found.strands))
        if found.unread:
            told += " " + " ".join(text.what(each.code.id, each.facts) for each in found.unread)
        self.told.tell(told, "warn" if found.unread else "")
        self.table.show_lines([self._line(each) for each in found.strands])
        self.hand.say(text.say("departure-hand", count=found.matches))
        self.hand.setEnabled(bool(found.matches))

    def _line(self, strand: Strand) -> Line:
        text = self._desk.look.text
        facts = {"document": strand.document_id} if strand.document_id is not None else None
        live = strand.tie in (Tie.APPROVES, Tie.APPLIES, Tie.INTEGRATES)
        return Line(
            (
                Figure(strand.what, facts),
                Figure(text.say(f"departure-tie-{strand.tie.value}"), None, "warn" if live else "text"),
                Figure(self._titles.get(strand.route_id, strand.route_id or "–"), None, "muted"),
                Figure(money_words(text, strand.amount) if strand.amount else "–"),
            )
        )

    def hand_over(self) -> None:
        """Every correspondence, from the day on."""
        found, departures, person = self.found, self._departures, self._person
        successor, day = self.successor.text().strip(), self.day.text().strip()
        if found is None or not successor:
            self.successor.setFocus()
            return
        self.hand.setEnabled(False)
        self._desk.bridge.ask(
            lambda: departures.hand_over(person, found, successor, day),
            then=partial(self._handed, day), failed=self._refused, owner=self,
        )  # fmt: skip

    def _handed(self, day: str, count: int) -> None:
        self.told.tell(self._desk.look.text.say("departure-handed", count=count, day=day), "ok")

    def _refused(self, error: SyncError) -> None:
        text, code = self._desk.look.text, error.code.id
        self.look_button.setEnabled(True)
        self.hand.setEnabled(self.found is not None and bool(self.found.matches))
        self.told.tell(f"{text.what(code, error.facts)} {text.do(code, error.facts)}", "stop")

    def _open(self, facts: Mapping[str, Any]) -> None:
        self.close()
        self._desk.go("queue", {"text": "", **facts})
