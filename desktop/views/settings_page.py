"""Settings: one line each, in groups, found by typing. What is changed is kept at once, and said beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.domain.errors import SyncError
from desktop.services.settings import SETTINGS, Kind, Setting
from desktop.views.departure_dialog import DepartureDialog
from desktop.views.desk import Command, Desk
from desktop.views.page import Area, Page
from desktop.views.page_states import EmptyState
from desktop.views.reader import ReaderDialog
from desktop.views.widgets import Button, NumberBox, Skeleton, Words

GROUPS = ("look", "running", "notices", "keeping", "program")
CONTROL, WIDTH = 220, 860


class Line(NamedTuple):
    """One setting on the page: the words that searching looks at, its widgets, and where its result is said."""

    words: str
    widget: QWidget
    told: Words
    group: str


class SettingsPage(Page):
    """Reads and keeps through Settings; the window's own settings through the desk."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, desk.look.text.say("page-settings"))
        self._settings, self._person = desk.house.settings, desk.house.person
        self.lines: dict[str, Line] = {}
        self.controls: dict[str, Any] = {}
        self._heads: dict[str, Words] = {}
        self._loading = False
        self._read = False
        self._build()

    # Building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        look, say, px = self.look, self.look.text.say, self.look.px
        self.add_search(say("settings-search")).textChanged.connect(self._filter)
        inner = QWidget()
        inner.setProperty("role", "area")
        inner.setMaximumWidth(px(WIDTH))
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(px(24), px(4), px(24), px(24))
        self._column.setSpacing(0)
        for group in GROUPS:
            head = self._heads[group] = Words(say(f"settings-{group}"), "section")
            head.setContentsMargins(0, px(16), 0, px(6))
            self._column.addWidget(head)
            for setting in (each for each in SETTINGS if each.group == group):
                self._add(setting.key, setting.name, group, self._control(setting))
            if group == "running":
                self._add_act("calendar", group, "edit", self._edit_calendar)
                self._add_act("departure", group, "user", self._check_departure)
            if group == "notices":
                self._add_act("channels", group, "right", lambda: self.desk.go("notices", {}))
            if group == "keeping":
                self._add_act("backup", group, "download", self._back_up)
            if group == "program":
                self._add_act("autostart", group, "play", self._switch_autostart)
                self._add_act("diagnosis", group, "download", self._diagnose)
                self._add_act("licences", group, "info", self._show_licences)
        self._column.addStretch(1)
        self.nothing = Words(say("settings-nothing"), "muted")
        self.nothing.hide()
        self._column.insertWidget(0, self.nothing)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inner)
        empty = EmptyState(look, say("settings-nothing"), "", icon="settings")
        self.area = Area(look, scroll, empty, self.refresh)
        self.skeleton = Skeleton(look, 10)
        self.area.addWidget(self.skeleton)
        self.body.addWidget(self.area, 1)

    def _control(self, setting: Setting) -> QWidget:
        """The widget that enters a setting."""
        say, key = self.look.text.say, setting.key
        name = say(f"set-{setting.name}")
        control: Any
        if setting.kind is Kind.CHOICE:
            control = QComboBox()
            for each in setting.choices:
                control.addItem(say(f"set-{setting.name}-{each or 'never'}"), each)
            control.activated.connect(lambda _: self._keep(setting, control.currentData()))
        elif setting.kind is Kind.NUMBER:
            control = NumberBox(self.look, name, setting.least, setting.most, int(setting.default))
            control.editingFinished.connect(lambda: self._keep(setting, control.value()))
        elif setting.kind is Kind.YES:
            control = QCheckBox(say("settings-on"))
            control.clicked.connect(lambda on: self._keep(setting, "yes" if on else "no"))
        else:
            control = QLineEdit()
            hint = f"set-{setting.name}-empty"
            control.setPlaceholderText(say(hint) if self.look.text.has(hint) else "")
            control.editingFinished.connect(lambda: self._keep(setting, control.text()))
        control.setAccessibleName(name)
        self.controls[key] = control
        entered: QWidget = control
        return entered

    def _add_act(self, name: str, group: str, icon: str, act: Callable[[], object]) -> None:
        button = Button(self.look, self.look.text.say(f"set-{name}-do"), act, icon=icon)
        self.controls[name] = button
        self._add(name, name, group, button)

    def _add(self, key: str, name: str, group: str, control: QWidget) -> None:
        say, px = self.look.text.say, self.look.px
        holder, row, words = QFrame(), QHBoxLayout(), QVBoxLayout()
        title, note, told = (
            Words(say(f"set-{name}"), "strong"),
            Words(say(f"set-{name}-note"), "second", wrap=True),
            Words(role="caption", wrap=True, selectable=True),
        )
        told.hide()
        words.setSpacing(px(2))
        for each in (title, note, told):
            words.addWidget(each)
        control.setFixedWidth(px(CONTROL))
        row.setContentsMargins(0, px(10), 0, px(10))
        row.setSpacing(px(24))
        row.addLayout(words, 1)
        row.addWidget(control, alignment=Qt.AlignmentFlag.AlignVCenter)
        line, column = QFrame(), QVBoxLayout()
        line.setProperty("role", "rule")
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(line)
        holder.setLayout(column)
        self._column.addWidget(holder)
        self.lines[key] = Line(f"{title.text()} {note.text()} {key}".lower(), holder, told, group)

    # Asking ----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Asks for every value anew; what somebody is typing just now stays."""
        house, settings = self.desk.house, self._settings
        self.desk.bridge.ask(
            lambda: (settings.values(), house.autostarts), then=self._show, failed=self._failed, busy=self._busy,
            owner=self, slot="values",
        )  # fmt: skip

    def hear(self, events: tuple[Any, ...]) -> None:
        """Settings do not change because the engine works."""

    def _busy(self, on: bool) -> None:
        if not self._read:
            self.area.setCurrentWidget(self.skeleton if on else self.area.content)

    def _failed(self, error: SyncError) -> None:
        self.area.show_error(error)

    def _show(self, told: tuple[Mapping[str, Any], bool]) -> None:
        values, autostart = told
        self._read, self._loading = True, True
        self.area.show_content()
        for setting in SETTINGS:
            value = values.get(setting.key, setting.default)
            if setting.window:
                value = self.desk.preferences.get(setting.key) or setting.default
            self._set(setting, value)
        self._show_autostart(autostart)
        self._loading = False

    def _set(self, setting: Setting, value: Any) -> None:
        control = self.controls[setting.key]
        if control.hasFocus():
            return
        if setting.kind is Kind.CHOICE:
            if control.findData(value) < 0:
                control.addItem(self.look.text.word("environment", value), value)
            control.setCurrentIndex(control.findData(value))
            control.setEnabled(value in setting.choices)  # the sandbox's environment is its own
        elif setting.kind is Kind.NUMBER:
            control.setValue(int(value))
        elif setting.kind is Kind.YES:
            control.setChecked(value == "yes")
        else:
            control.setText(str(value))

    # What the person does --------------------------------------------------------------------------------------

    def _keep(self, setting: Setting, value: Any) -> None:
        if self._loading:
            return
        if setting.window:
            self._keep_here(setting.key, str(value))
            return
        settings, person = self._settings, self._person
        self.desk.bridge.ask(
            lambda: settings.put(person, setting.key, value),
            then=lambda _: self._tell(setting.key, self.look.text.say("settings-kept"), "ok"),
            failed=partial(self._refused, setting.key), owner=self,
        )  # fmt: skip

    def _keep_here(self, key: str, value: str) -> None:
        """A setting of this window alone."""
        self.desk.remember(key, value)
        if key == "window.language":
            self.look.set_language(value)
        elif key == "window.scheme":
            self.look.set_scheme(value)
        else:
            self._tell(key, self.look.text.say("settings-kept"), "ok")

    def _refused(self, key: str, error: SyncError) -> None:
        text, code = self.look.text, error.code.id
        self._tell(key, f"{text.what(code, error.facts)} {text.do(code, error.facts)}", "stop")

    def _tell(self, key: str, words: str, tone: str) -> None:
        told = self.lines[key].told
        told.tell(words, tone)
        told.show()

    def _ask(self, key: str, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        self.desk.bridge.ask(work, then=then, failed=partial(self._refused, key), owner=self)

    def _edit_calendar(self) -> None:
        """The user's own copy, made where there is none, in whatever edits text here."""
        house = self.desk.house

        def opened(path: Path) -> None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
            self._tell("calendar", self.look.text.say("set-calendar-is", path=str(path)), "ok")

        self._ask("calendar", lambda: house.own_calendar(self._person), opened)

    def _check_departure(self) -> None:
        systems = self.desk.house.systems

        def opened(titles: Mapping[str, str]) -> None:
            self.departure = DepartureDialog(self, self.desk, titles)
            self.departure.open()

        self._ask(
            "departure",
            lambda: {each.route.id: each.route.title or each.route.company for each in systems.routes()}, opened,
        )  # fmt: skip

    def _back_up(self) -> None:
        house, say = self.desk.house, self.look.text.say
        self._tell("backup", say("set-backup-running"), "")
        self._ask(
            "backup", lambda: house.backups.make(person=self._person),
            lambda made: self._tell("backup", say("set-backup-is", path=str(made[0])), "ok"),
        )  # fmt: skip

    def _switch_autostart(self) -> None:
        house, say = self.desk.house, self.look.text.say

        def done(told: tuple[bool, str]) -> None:
            self._show_autostart(told[0])
            self._tell(
                "autostart", say("set-autostart-on" if told[0] else "set-autostart-off", path=told[1]), "ok"
            )

        self._ask("autostart", lambda: house.switch_autostart(self._person), done)

    def _show_autostart(self, on: bool) -> None:
        self.controls["autostart"].say(self.look.text.say("set-autostart-undo" if on else "set-autostart-do"))

    def _diagnose(self) -> None:
        say, house = self.look.text.say, self.desk.house
        chosen, _ = QFileDialog.getSaveFileName(
            self, say("set-diagnosis-do"), "danqiao-diagnosis.zip", "ZIP (*.zip)"
        )
        if chosen:
            self._tell("diagnosis", say("set-diagnosis-running"), "")
            self._ask(
                "diagnosis", lambda: house.diagnosis.make(Path(chosen), self._person),
                lambda path: self._tell("diagnosis", say("set-diagnosis-is", path=str(path)), "ok"),
            )  # fmt: skip

    def _show_licences(self) -> None:
        def read(told: str) -> None:
            self.reader = ReaderDialog(self, self.look, self.look.text.say("set-licences"), told)
            self.reader.open()

        self._ask("licences", self.desk.house.licences, read)

    # Searching -------------------------------------------------------------------------------------------------

    def _filter(self, typed: str) -> None:
        words = typed.lower().split()
        shown: set[str] = set()
        for line in self.lines.values():
            fits = all(word in line.words for word in words)
            line.widget.setVisible(fits)
            shown.update({line.group} if fits else ())
        for group, head in self._heads.items():
            head.setVisible(group in shown)
        self.nothing.setVisible(not shown)

    def focus_first(self) -> None:
        if self.search is not None:
            self.search.setFocus()

    def close_panel(self) -> bool:
        typed = bool(self.search and self.search.text())
        if self.search is not None:
            self.search.clear()
        return typed

    def commands(self) -> tuple[Command, ...]:
        """What this page can do."""
        return (
            Command("set-diagnosis-do", self._diagnose, "", "download"),
            Command("set-departure-do", self._check_departure, "", "user"),
            Command("set-calendar-do", self._edit_calendar, "", "edit"),
        )
