"""One flow of a company: its switch, its last run, its interval, its workflow in the OA, and why it cannot be on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.domain.document import Run
from desktop.domain.errors import SyncError
from desktop.domain.flow import Flow, FlowKind
from desktop.domain.schedule import Pace, Schedule
from desktop.domain.system import FlowSwitch
from desktop.views.look import Look
from desktop.views.widgets import Button, Mark, NumberBox, Words

LEAST_S, MOST_S = 1, 86_400
SWITCH, NAME, EVERY, WORKFLOW = 76, 128, 124, 112
"""Widths of the columns, head and rows alike; the last run takes the rest."""


def flow_head(look: Look) -> QHBoxLayout:
    """The words above the columns."""
    line, text, px = QHBoxLayout(), look.text, look.px
    line.setSpacing(px(12))
    for key, width in (
        ("", SWITCH), ("flow-name", NAME), ("flow-last", 0), ("flow-every", EVERY), ("flow-workflow", WORKFLOW)
    ):  # fmt: skip
        words = Words(text.say(key) if key else "", "second")
        if width:
            words.setFixedWidth(px(width))
        line.addWidget(words, 0 if width else 1)
    return line


class FlowRow(QFrame):
    """edited: interval, schedule or workflow changed.  switched: the person wants the flow on or off.
    schedule_asked: the person wants to see or change when it runs."""

    edited = Signal()
    switched = Signal(str, bool)
    schedule_asked = Signal(str)

    def __init__(self, look: Look, flow: Flow, switch: FlowSwitch) -> None:
        super().__init__()
        self._look, self._switch = look, switch
        px = look.px
        self._gate = flow.kind is FlowKind.GATE
        self._build_boxes(look.text.word("flow", flow.id))
        line = QHBoxLayout()
        line.setSpacing(px(12))
        line.addWidget(self.on)
        line.addWidget(self._names(flow))
        line.addWidget(self._last(), 1)
        line.addWidget(self._pacing())
        line.addWidget(self.workflow)
        self._why = QVBoxLayout()
        self._why.setContentsMargins(px(SWITCH + 12), 0, 0, px(4))
        self._why.setSpacing(px(8))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(8), 0, px(8))
        column.setSpacing(px(4))
        column.addLayout(line)
        column.addLayout(self._why)

    def _build_boxes(self, name: str) -> None:
        look, text, px, switch = self._look, self._look.text, self._look.px, self._switch
        self.on = QCheckBox(text.say("flow-on"))
        self.on.setAccessibleName(f"{name} {text.say('flow-on')}")
        self.on.setFixedWidth(px(SWITCH))
        self.on.setChecked(switch.on)
        self.on.clicked.connect(lambda on: self.switched.emit(switch.flow_id, on))
        self.workflow = QLineEdit(switch.workflow)
        self.workflow.setAccessibleName(f"{name} {text.say('flow-workflow')}")
        self.workflow.setFixedWidth(px(WORKFLOW))
        self.workflow.textEdited.connect(self.edited)
        if self._gate:
            self.workflow.setEnabled(False)
            self.workflow.setPlaceholderText(text.say("flow-no-workflow"))
        every_s = max(LEAST_S, round(switch.every_s))
        self.every = NumberBox(look, f"{name} {text.say('flow-every')}", LEAST_S, MOST_S, every_s)
        self.every.setFixedHeight(self.workflow.sizeHint().height())
        self.every.valueChanged.connect(self.edited)
        self.when = Button(
            look, text.say("schedule-open", flow=name), lambda: self.schedule_asked.emit(switch.flow_id),
            role="icon", icon="clock",
        )  # fmt: skip

    def _names(self, flow: Flow) -> QWidget:
        text, names, column = self._look.text, QWidget(), QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(Words(text.word("flow", flow.id), "strong"))
        column.addWidget(Words(text.word("kind_of_flow", flow.kind.value), "caption"))
        column.addStretch(1)
        names.setLayout(column)
        names.setFixedWidth(self._look.px(NAME))
        return names

    def _last(self) -> QWidget:
        last, row, column = QWidget(), QHBoxLayout(), QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self._look.px(2))
        row.setSpacing(self._look.px(6))
        self._ran_mark, self._ran = Mark(self._look), Words(role="second", wrap=True)
        self.plan, self.missed = (
            Words(role="caption", wrap=True),
            Words(role="caption", tone="warn", wrap=True),
        )
        row.addWidget(self._ran_mark)
        row.addWidget(self._ran, 1)
        column.addLayout(row)
        column.addWidget(self.plan)
        column.addWidget(self.missed)
        last.setLayout(column)
        return last

    def _pacing(self) -> QWidget:
        holder, row = QWidget(), QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self._look.px(4))
        row.addWidget(self.every, 1)
        row.addWidget(self.when)
        holder.setLayout(row)
        holder.setFixedWidth(self._look.px(EVERY))
        return holder

    @property
    def switch(self) -> FlowSwitch:
        """Interval, schedule and workflow as they are filled in; on or off as it is stored."""
        return FlowSwitch(
            self._switch.flow_id, self._switch.on, float(self.every.value()), self.workflow.text().strip(),
            self._switch.schedule,
        )  # fmt: skip

    def take_schedule(self, every_s: float, schedule: Schedule) -> None:
        """Another schedule, not saved yet."""
        self._switch = replace(self._switch, schedule=schedule)
        self.every.setValue(max(LEAST_S, round(every_s)))
        self.edited.emit()

    def show_plan(self, plan: str, missed: str) -> None:
        """When it runs, where that is more than an interval, and what it missed lately ("" = nothing)."""
        self.every.setEnabled(self._switch.schedule.pace is Pace.EVERY)
        for words, told in ((self.plan, plan), (self.missed, missed)):
            words.setText(told)
            words.setVisible(bool(told))

    def show_run(self, told: str, run: Run | None) -> None:
        """The last run, as one sentence."""
        failed = run is not None and bool(run.code)
        self._ran_mark.setVisible(run is not None)
        self._ran_mark.show_shape("square" if failed else "disc_tick", "stop" if failed else "ok")
        self._ran.tell(told, "stop" if failed else "")

    def show_checking(self) -> None:
        """Both systems are being asked whether the flow can run."""
        self.on.setEnabled(False)
        self._clear()
        self._why.addWidget(Words(self._look.text.say("flow-checking"), "second"))

    def show_reasons(self, reasons: Sequence[SyncError]) -> None:
        """Why it cannot be switched on: every reason with what to do. None: it is as the person wanted."""
        self._clear()
        self.on.setEnabled(True)
        if not reasons:
            return
        self.on.setChecked(False)
        self._why.addWidget(Words(self._look.text.say("flow-why", count=len(reasons)), "strong", tone="stop"))
        for reason in reasons:
            self._why.addWidget(self._reason(reason))

    def _reason(self, reason: SyncError) -> QWidget:
        text, px = self._look.text, self._look.px
        holder, row, words, left = QWidget(), QHBoxLayout(), QVBoxLayout(), QVBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(8))
        words.setSpacing(px(2))
        told, do = text.what(reason.code.id, reason.facts), text.do(reason.code.id, reason.facts)
        words.addWidget(Words(told, wrap=True, selectable=True))
        words.addWidget(Words(do, "second", wrap=True))
        left.setContentsMargins(0, px(4), 0, 0)
        left.addWidget(Mark(self._look, "square", "stop"), alignment=Qt.AlignmentFlag.AlignTop)
        row.addLayout(left)
        row.addLayout(words, 1)
        holder.setLayout(row)
        return holder

    def _clear(self) -> None:
        while (item := self._why.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
