"""The line above the queue: a chip for company, flow, state and time, saved views, news, columns and export."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from desktop.domain.document import DocumentState
from desktop.views.look import Look
from desktop.views.page_states import Banner
from desktop.views.queue_filter import (
    DAYS,
    MOVING,
    Narrow,
    several,
    state_words,
    time_words,
)
from desktop.views.widgets import Button, Chip


class ChoiceMenu(QMenu):
    """A menu whose check marks can be set one after the other: a click on one does not close it."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        action = self.activeAction()
        if (
            action is not None
            and action.isCheckable()
            and action.actionGroup() is None
            and action.isEnabled()
        ):
            action.toggle()
            event.accept()
        else:
            super().mouseReleaseEvent(event)


class FilterLine(QWidget):
    """What the list is narrowed to, and what can be done with the whole list.

    views: the button with the saved views.  changed: another filter: a Narrow.
    columns_asked: where the menu of columns opens.  export_asked, refresh_asked: a person clicked.
    """

    changed = Signal(object)
    columns_asked = Signal(QPoint)
    export_asked = Signal()
    refresh_asked = Signal()

    def __init__(self, look: Look, views: QWidget) -> None:
        super().__init__()
        self._look, self.narrow, self.views = look, Narrow(), views
        self._companies: dict[str, str] = {}
        self._flows: tuple[str, ...] = ()
        say = look.text.say
        self.company, self.flow, self.state, self.time = (
            Chip(look, say(key), "") for key in ("chip-company", "chip-flow", "chip-state", "chip-time")
        )
        self.news = Banner(look)
        self.columns = Button(look, say("column-choose"), self._ask_columns, role="icon", icon="columns")
        self.export = Button(look, say("queue-export"), self.export_asked.emit, role="icon", icon="download")
        self._lay_out()
        self._wire(self.company, self._company_menu, {"routes": ()})
        self._wire(self.flow, self._flow_menu, {"flows": ()})
        self._wire(self.state, self._state_menu, {"states": (), "person": False, "held": False})
        self._wire(self.time, self._time_menu, {"days": 0})
        self.show_narrow(self.narrow)

    def _lay_out(self) -> None:
        px, row = self._look.px, QHBoxLayout(self)
        row.setContentsMargins(px(24), 0, px(20), px(8))
        row.setSpacing(px(8))
        for widget in (self.company, self.flow, self.state, self.time, self.views):
            row.addWidget(widget)
        row.addStretch(1)
        self.news.setMinimumHeight(px(28))
        self.news.sentence.setWordWrap(False)
        row.addWidget(self.news)
        row.addWidget(self.columns)
        row.addWidget(self.export)
        self.setMinimumHeight(px(42))

    def _wire(self, chip: Chip, menu: Callable[[], QMenu], nothing: Mapping[str, object]) -> None:
        chip.clicked.connect(lambda: self._open(chip, menu()))
        chip.removed.connect(lambda: self._change(replace(self.narrow, **nothing)))  # type: ignore[arg-type]

    # What is shown ---------------------------------------------------------------------------------------------

    @property
    def companies(self) -> Mapping[str, str]:
        """Route id -> company, as far as known."""
        return self._companies

    def show_choices(self, companies: Mapping[str, str], flows: Sequence[str]) -> None:
        """What can be chosen: route id -> company, and flow ids."""
        self._companies, self._flows = dict(companies), tuple(flows)
        self.show_narrow(self.narrow)

    def show_narrow(self, narrow: Narrow) -> None:
        """Shows a filter without telling anybody."""
        self.narrow, text = narrow, self._look.text
        routes = [self._companies.get(route, route) for route in narrow.routes]
        self.company.show_value(several(text, routes), on=bool(narrow.routes))
        flows = [text.word("flow", flow) for flow in narrow.flows]
        self.flow.show_value(several(text, flows), on=bool(narrow.flows))
        self.state.show_value(
            state_words(text, narrow), on=bool(narrow.states or narrow.person or narrow.held)
        )
        self.time.show_value(time_words(text, narrow.days), on=bool(narrow.days))

    def show_news(self, count: int) -> None:
        """How many documents moved since the list was read; 0 = none. Moves nothing."""
        if count:
            say = self._look.text.say
            self.news.tell(
                "",
                say("updates-waiting", count=count),
                link=say("button-refresh"),
                act=self.refresh_asked.emit,
            )
        else:
            self.news.hide()

    def _change(self, narrow: Narrow) -> None:
        if narrow != self.narrow:
            self.show_narrow(narrow)
            self.changed.emit(narrow)

    # Menus -----------------------------------------------------------------------------------------------------

    def _open(self, under: QWidget, menu: QMenu) -> None:
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(under.mapToGlobal(QPoint(0, under.height() + self._look.px(4))))

    def _add(self, menu: QMenu, words: str, on: bool, act: Callable[[bool], object]) -> QAction:
        action = QAction(words.replace("&", "&&"), menu, checkable=True)
        action.setChecked(on)
        action.toggled.connect(act)
        menu.addAction(action)
        return action

    def _company_menu(self) -> QMenu:
        menu = ChoiceMenu(self)
        for route, name in self._companies.items():
            self._add(menu, name, route in self.narrow.routes, partial(self._choose_route, route))
        return menu

    def _flow_menu(self) -> QMenu:
        menu = ChoiceMenu(self)
        for flow in self._flows:
            words = self._look.text.word("flow", flow)
            self._add(menu, words, flow in self.narrow.flows, partial(self._choose_flow, flow))
        return menu

    def _state_menu(self) -> QMenu:
        menu, text = ChoiceMenu(self), self._look.text
        marks: dict[str, QAction] = {}
        for name in ("open", "person", "held", *(state.value for state in DocumentState)):
            act = partial(self._choose_state, marks, name)
            marks[name] = self._add(menu, text.word("state", name), _is_on(self.narrow, name), act)
            if name == "held":
                menu.addSeparator()
        return menu

    def _time_menu(self) -> QMenu:
        menu, group = QMenu(self), QActionGroup(self)
        for days in DAYS:
            words = time_words(self._look.text, days)
            group.addAction(
                self._add(menu, words, days == self.narrow.days, partial(self._choose_days, days))
            )
        return menu

    def _choose_route(self, route: str, on: bool) -> None:
        self._change(replace(self.narrow, routes=_with(self.narrow.routes, route, on)))

    def _choose_flow(self, flow: str, on: bool) -> None:
        self._change(replace(self.narrow, flows=_with(self.narrow.flows, flow, on)))

    def _choose_days(self, days: int, on: bool) -> None:
        if on:
            self._change(replace(self.narrow, days=days))

    def _choose_state(self, marks: Mapping[str, QAction], name: str, on: bool) -> None:
        """The groups and the single states exclude each other: the open menu shows it at once."""
        self._change(self.narrow.with_state(name, on))
        for other, action in marks.items():
            action.blockSignals(True)
            action.setChecked(_is_on(self.narrow, other))
            action.blockSignals(False)

    # Columns --------------------------------------------------------------------------------------------------------

    def _ask_columns(self) -> None:
        self.columns_asked.emit(self.columns.mapToGlobal(QPoint(0, self.columns.height())))


def _with(names: tuple[str, ...], name: str, on: bool) -> tuple[str, ...]:
    left = tuple(each for each in names if each != name)
    return (*left, name) if on else left


def _is_on(narrow: Narrow, name: str) -> bool:
    if name in ("person", "held"):
        return narrow.person if name == "person" else narrow.held
    if name == "open":
        return bool(narrow.states) and set(narrow.states) == set(MOVING)
    return name in narrow.states
