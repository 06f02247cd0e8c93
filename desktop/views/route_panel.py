"""One company: which ERP account set is joined to which OA, and which flows run between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.domain.document import Run
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import FlowKind
from desktop.domain.schedule import Schedule
from desktop.domain.system import FlowSwitch, Route, System, SystemRole
from desktop.services.systems import RouteState
from desktop.services.text import Text
from desktop.views.flow_row import FlowRow, flow_head
from desktop.views.form_frame import form_column, form_head
from desktop.views.look import Look
from desktop.views.page_states import Banner
from desktop.views.schedule_words import missed_words, schedule_words
from desktop.views.site_view import Site
from desktop.views.widgets import Button, Words, as_tip, dressed

FIRST_EVERY_S = 15.0


class RoutePanel(QWidget):
    """save_asked: with the route.  switch_asked: the route as filled in, the flow's id, and on or off."""

    save_asked = Signal(object)
    switch_asked = Signal(object, str, bool)
    schedule_asked = Signal(str)
    release_asked = Signal(str)

    def __init__(self, look: Look, site: Site, route: Route, state: RouteState | None) -> None:
        super().__init__()
        self.look, self.state, self.dirty = look, state, False
        self._site, self._route = site, route
        self.rows: dict[str, FlowRow] = {}
        self.held, self.banner = Banner(look), Banner(look)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head())
        column.addWidget(self._scrolled(), 1)
        self._show_held()
        self._show_dirty()

    # --- building ----------------------------------------------------------------------------------------------------
    def _head(self) -> QHBoxLayout:
        look, text = self.look, self.look.text
        self.save = Button(look, text.say("button-save"), self._save, role="primary", icon="check")
        self.save.setFixedHeight(self.save.sizeHint().height())
        title, second = (
            Words(self._route.title or text.say("route-new"), "panel"),
            Words(self._route.company, "second"),
        )
        return form_head(look, title, second, buttons=(self.save,))

    def _scrolled(self) -> QScrollArea:
        self._area, column = form_column(self.look, 820)
        column.addWidget(self.held)
        column.addWidget(self.banner)
        column.addLayout(self._fields())
        column.addWidget(Words(self.look.text.say("route-flows"), "section"))
        column.addLayout(self._flows())
        column.addStretch(1)
        return self._area

    def _fields(self) -> QGridLayout:
        grid, px, route = QGridLayout(), self.look.px, self._route
        grid.setHorizontalSpacing(px(16))
        grid.setVerticalSpacing(px(12))
        self.title = QLineEdit(route.title)
        self.company = QLineEdit(route.company)
        self.erp = self._systems(SystemRole.ERP, route.erp_id)
        self.oa = self._systems(SystemRole.OA, route.oa_id)
        self.applicant = QLineEdit(route.applicant)
        boxes: Sequence[tuple[str, QWidget, str]] = (
            ("route-title", self.title, ""), ("route-company", self.company, "route-company-note"),
            ("route-erp", self.erp, ""), ("route-oa", self.oa, ""),
            ("route-applicant", self.applicant, "route-applicant-note"),
        )  # fmt: skip
        for at, (label, box, note) in enumerate(boxes):
            grid.addLayout(self._field(label, box, note), at // 2, at % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        for line in (self.title, self.company, self.applicant):
            line.textEdited.connect(self._edited)
        for choice in (self.erp, self.oa):
            choice.activated.connect(self._edited)
        return grid

    def _field(self, label: str, box: QWidget, note: str) -> QVBoxLayout:
        text, cell = self.look.text, QVBoxLayout()
        cell.setSpacing(self.look.px(4))
        words = Words(text.say(label), "second")
        words.setBuddy(box)
        box.setAccessibleName(words.text())
        cell.addWidget(words)
        cell.addWidget(box)
        if note:
            cell.addWidget(Words(text.say(note), "caption", wrap=True))
        cell.addStretch(1)
        return cell

    def _systems(self, role: SystemRole, chosen: str) -> QComboBox:
        box = QComboBox()
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(8)
        systems: list[System] = self._site.of_role(role)
        for system in systems:
            box.addItem(system.title or system.id, system.id)
        box.setCurrentIndex(box.findData(chosen) if chosen else 0)
        return box

    def _flows(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addLayout(flow_head(self.look))
        column.addSpacing(self.look.px(6))
        kinds = list(FlowKind)
        for flow in sorted(self._site.flows.values(), key=lambda each: kinds.index(each.kind)):
            switch = self._route.switch(flow.id) or FlowSwitch(flow.id, False, FIRST_EVERY_S, "")
            row = FlowRow(self.look, flow, switch)
            row.edited.connect(self._edited)
            row.switched.connect(self._switch)
            row.schedule_asked.connect(self.schedule_asked)
            rule = QFrame()
            rule.setProperty("role", "rule")
            column.addWidget(rule)
            column.addWidget(row)
            self.rows[flow.id] = row
        self._show_runs()
        return column

    def show_news(self, site: Site) -> None:
        """The engine went on: last runs and what holds the company, in place."""
        self._site = site
        self.state = next((each for each in site.routes if each.route.id == self._route.id), self.state)
        self._show_held()
        self._show_runs()

    def _show_runs(self) -> None:
        for flow_id, row in self.rows.items():
            last = self.state.last_runs.get(flow_id) if self.state is not None else None
            row.show_run(self._told(last, row.switch), last)
            row.show_plan(self._plan(flow_id, row.switch), self._missed(flow_id))

    def _plan(self, flow_id: str, switch: FlowSwitch) -> str:
        text, now = self.look.text, self._site.now
        told = schedule_words(text, switch, now)
        following = self.state.next_runs.get(flow_id) if self.state is not None else None
        if not told or following is None:
            return told
        return text.say("schedule-next-told", told=told, when=text.clock(following, now))

    def _missed(self, flow_id: str) -> str:
        missed = self.state.missed.get(flow_id) if self.state is not None else None
        return missed_words(self.look.text, missed, self._site.now)

    def take_schedule(self, flow_id: str, every_s: float, schedule: Schedule) -> None:
        """Keeps a flow's new schedule together with whatever else is filled in; a new company keeps it until it is saved."""
        self.rows[flow_id].take_schedule(every_s, schedule)
        self._show_runs()
        if self.state is not None:
            self._save()

    def _told(self, run: Run | None, switch: FlowSwitch) -> str:
        """One sentence about the last run."""
        text = self.look.text
        if run is None:
            return text.say("flow-never" if switch.on else "flow-off")
        when = self._ago(run.ended_at or run.started_at)
        if run.code:
            return text.say("flow-ran-badly", when=when, said=_class_word(text, run.code))
        return text.say("flow-ran", when=when, found=run.found, moved=run.moved)

    def _ago(self, at: datetime) -> str:
        text = self.look.text
        seconds = (self._site.now - at).total_seconds()
        return text.say("ago", lapse=text.lapse(seconds)) if seconds >= 60 else text.lapse(0)

    # --- what happens ------------------------------------------------------------------------------------------------
    def _show_held(self) -> None:
        state, text = self.state, self.look.text
        if state is None or not state.held_code:
            self.held.hide()
            return
        facts = self._site.named(state.held_facts)
        self.held.tell(
            "stop", f"{text.say('route-held')} {text.what(state.held_code, facts)}",
            link=text.say("route-release"), act=lambda: self.release_asked.emit(state.route.id),
        )  # fmt: skip
        self.held.sentence.setToolTip(as_tip(text.do(state.held_code, facts)))

    def _edited(self) -> None:
        self.dirty = True
        self._show_dirty()

    def _show_dirty(self) -> None:
        self.save.setVisible(self.dirty or self.state is None)

    def _wrong(self) -> str:
        text = self.look.text
        for label, box in (("route-title", self.title), ("route-company", self.company)):
            dressed(box, tone="" if box.text().strip() else "stop")
            if not box.text().strip():
                box.setFocus()
                return text.say("form-missing", field=text.say(label))
        if self.erp.currentData() is None or self.oa.currentData() is None:
            return text.say("route-no-systems")
        return ""

    def _is_right(self) -> bool:
        wrong = self._wrong()
        if wrong:
            self.banner.tell("stop", wrong)
        else:
            self.banner.hide()
        return not wrong

    def _save(self) -> None:
        if self._is_right():
            self.save.setEnabled(False)
            self.save_asked.emit(self.route())

    def _switch(self, flow_id: str, on: bool) -> None:
        row = self.rows[flow_id]
        if not self._is_right():
            row.on.setChecked(not on)
            return
        row.show_checking()
        self.switch_asked.emit(self.route(), flow_id, on)

    def route(self) -> Route:
        """The company as it is filled in; on and off stay as they are stored."""
        company = self.company.text().strip()
        return replace(
            self._route, id=self._route.id or f"c{company}", title=self.title.text().strip(), company=company,
            erp_id=str(self.erp.currentData() or ""), oa_id=str(self.oa.currentData() or ""),
            applicant=self.applicant.text().strip(), switches=tuple(row.switch for row in self.rows.values()),
        )  # fmt: skip

    def show_reasons(self, flow_id: str, reasons: Sequence[SyncError]) -> None:
        """Why a flow cannot be switched on."""
        named = [SyncError(each.code, **self._site.named(each.facts)) for each in reasons]
        self.rows[flow_id].show_reasons(named)
        self.show_flow(flow_id)

    def show_flow(self, flow_id: str = "") -> None:
        """Brings a flow's row into view, the first one where none is named; its switch takes the keyboard."""
        row = self.rows.get(flow_id) or next(iter(self.rows.values()), None)
        if row is not None:
            row.on.setFocus()
            QTimer.singleShot(
                0, row, lambda: self._area.verticalScrollBar().setValue(row.y() - self.look.px(8))
            )

    def show_error(self, error: Any) -> None:
        """An order was refused; what was typed stays."""
        text, code = self.look.text, error.code.id
        self.save.setEnabled(True)
        for row in self.rows.values():
            row.on.setEnabled(True)
            row.show_reasons(())
            row.on.setChecked(row.switch.on)
        facts = self._site.named(error.facts)
        self.banner.tell("stop", f"{text.what(code, facts)} {text.do(code, facts)}")

    def show_done(self, sentence: str) -> None:
        """An order was carried out."""
        self.banner.tell("ok", sentence)


def _class_word(text: Text, code: str) -> str:
    """What kind of trouble ended a run; the whole sentence stands in the banner while it lasts."""
    return text.word("class", ErrorCode.named(code).failure_class.name.lower())
