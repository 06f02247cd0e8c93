"""People: who may use DanQiao, as what, and for which companies. Only administrators see this page.

A list at the left, the chosen one's form at the right. What is being typed is never overwritten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from desktop.domain.errors import SyncError
from desktop.domain.system import Person
from desktop.views.confirm import Confirm
from desktop.views.desk import Command, Desk
from desktop.views.entry_list import Entry, EntryList
from desktop.views.page import Area, Page
from desktop.views.page_states import EmptyState
from desktop.views.passphrase_dialog import PassphraseDialog
from desktop.views.person_form import PersonForm
from desktop.views.widgets import Button, NumberBox, Skeleton, Words

LIST = 276
NEW = ""
MOST_MINUTES = 240


class Told(NamedTuple):
    """What the page shows: everybody, (id, name) of the companies, and the idle lock in minutes."""

    people: Sequence[Person]
    companies: Sequence[tuple[str, str]]
    minutes: int


class PeoplePage(Page):
    """Reads and orders through People."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, desk.look.text.say("page-people"))
        self._people, self._person = desk.house.people, desk.house.person
        self.told: Told | None = None
        self._chosen = self._person
        look, text, px = self.look, self.look.text, self.look.px
        self.add = Button(look, text.say("people-add"), lambda: self.choose(NEW), icon="plus")
        self.add_action(self._lock_box())
        self.add_action(self.add)
        self.list = EntryList(look, text.say("page-people"))
        self.list.setMinimumWidth(px(220))
        self.list.chosen.connect(self.choose)
        self.form = PersonForm(look)
        self.form.save_asked.connect(self._save)
        self.form.passphrase_asked.connect(self._ask_passphrase)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.list)
        self.split.addWidget(self.form)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([px(LIST), px(900)])
        empty = EmptyState(look, text.say("people-empty"), text.say("people-empty-hint"), icon="user")
        self.area = Area(look, self.split, empty, self.refresh)
        self.skeleton = Skeleton(look, 8)
        self.area.addWidget(self.skeleton)
        self.body.addWidget(self.area, 1)

    def _lock_box(self) -> QWidget:
        """After how many minutes without a hand on it the window asks for the passphrase."""
        box, row, say = QWidget(), QHBoxLayout(), self.look.text.say
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self.look.px(6))
        self.minutes = NumberBox(self.look, say("people-lock"), 0, MOST_MINUTES, 0)
        self.minutes.setSpecialValueText(say("people-lock-never"))
        self.minutes.setSuffix(say("people-lock-minutes"))
        self.minutes.setToolTip(say("people-lock-hint"))
        self.minutes.editingFinished.connect(self._keep_minutes)
        row.addWidget(Words(say("people-lock"), "second"))
        row.addWidget(self.minutes)
        box.setLayout(row)
        return box

    # Asking ----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Asks for everybody anew."""
        people = self._people
        self.desk.bridge.ask(
            lambda: Told(people.all(), people.companies(), people.lock_minutes()), then=self._show,
            failed=self._failed, busy=self._busy, owner=self, slot="people",
        )  # fmt: skip

    def hear(self, events: tuple[Any, ...]) -> None:
        """Nothing that the engine does changes people."""

    def _busy(self, on: bool) -> None:
        if self.told is None:
            self.area.setCurrentWidget(self.skeleton if on else self.area.content)

    def _failed(self, error: SyncError) -> None:
        self.area.show_error(error)

    def _show(self, told: Told) -> None:
        self.told = told
        self.second.setText(
            self.look.text.say("people-count", count=sum(each.active for each in told.people))
        )
        if not self.minutes.hasFocus():
            self.minutes.setValue(told.minutes)
        self.area.show_content(bool(told.people) or self.form.fresh)
        self.list.show_entries([self._entry(each) for each in told.people], self._chosen)
        if not self.form.dirty:
            self._fill()

    def _entry(self, person: Person) -> Entry:
        text = self.look.text
        names = dict(self.told.companies) if self.told else {}
        where = [names.get(each, each) for each in person.routes] or [text.say("people-all-companies")]
        second = f"{text.word('role', person.role.value)}  {text.joined(where)}"
        if not person.active:
            return Entry(person.login, person.name, text.say("people-left"), "ring_bar", "muted")
        return Entry(person.login, person.name, second, "disc_tick", "ok", right=person.login)

    def _fill(self) -> None:
        if self.told is None:
            return
        person = next((each for each in self.told.people if each.login == self._chosen), None)
        self.form.show_person(person, self.told.companies)

    # Choosing and keeping ----------------------------------------------------------------------------------------

    def choose(self, login: str) -> None:
        """Shows somebody; "" = a new one."""
        if self.form.dirty and login != self._chosen:
            text = self.look.text
            self.list.choose(self._chosen)
            Confirm(
                self, self.look, text.say("leave-title"), (text.say("leave-what"),), text.say("leave-do"),
                lambda: self._go(login),
            ).open()  # fmt: skip
            return
        self._go(login)

    def _go(self, login: str) -> None:
        self._chosen = login
        self.list.choose(login)
        self._fill()

    def _save(self, person: Person) -> None:
        def saved(_: object) -> None:
            self._chosen = person.login
            self.form.show_done(self.look.text.say("people-saved", person=person.name))
            self.refresh()

        who = self._person
        self.desk.bridge.ask(
            lambda: self._people.save(who, person), then=saved, failed=self.form.show_error, owner=self
        )

    def _ask_passphrase(self, person: Person) -> None:
        people, who = self._people, self._person
        own = person.login == who and person.has_secret

        def done() -> None:
            self.form.show_done(self.look.text.say("passphrase-kept"))
            self.refresh()

        PassphraseDialog(
            self, self.look, self.desk.bridge, person.name,
            lambda new, old: people.set_passphrase(who, person.login, new, old), ask_old=own, done=done,
        ).open()  # fmt: skip

    def _keep_minutes(self) -> None:
        minutes, who = self.minutes.value(), self._person
        if self.told is not None and minutes != self.told.minutes:
            self.desk.bridge.ask(
                lambda: self._people.set_lock_minutes(who, minutes), then=lambda _: self.refresh(),
                failed=self.form.show_error, owner=self,
            )  # fmt: skip

    # What the window calls ---------------------------------------------------------------------------------------

    def arrive(self, facts: Mapping[str, Any]) -> None:
        """Opened by a link: {"login": ...}."""
        if facts.get("login"):
            self.choose(str(facts["login"]))

    def step(self, by: int) -> None:
        """The next or previous person."""
        self.list.step(by)

    def focus_first(self) -> None:
        """The keyboard begins in the list."""
        self.list.setFocus()

    def commands(self) -> tuple[Command, ...]:
        """What this page can do."""
        return (Command("people-add", lambda: self.choose(NEW), "", "plus"),)
