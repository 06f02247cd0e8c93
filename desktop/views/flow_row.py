"""One flow of a company: its switch, its interval, its workflow in the OA, its last run, and why it cannot be on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout

from desktop.domain.document import Run
from desktop.domain.errors import SyncError
from desktop.domain.flow import Flow
from desktop.domain.system import FlowSwitch
from desktop.views.look import Look
from desktop.views.states import SHAPE_SIDE
from desktop.views.widgets import Mark, NumberBox, Words

LEAST_S, MOST_S = 1, 86_400


class FlowRow(QFrame):
    """edited: interval or workflow changed.  switched: the person wants the flow on or off."""

    edited = Signal()
    switched = Signal(str, bool)

    def __init__(self, look: Look, flow: Flow, switch: FlowSwitch) -> None:
        super().__init__()
        self._look, self._switch = look, switch
        text, px = look.text, look.px
        name = text.word("flow", flow.id)
        self.on = QCheckBox(text.say("flow-on"))
        self.on.setAccessibleName(f"{name} {text.say('flow-on')}")
        self.on.setChecked(switch.on)
        self.on.clicked.connect(lambda on: self.switched.emit(switch.flow_id, on))
        self.every = NumberBox(
            look, text.say("flow-every"), LEAST_S, MOST_S, max(LEAST_S, round(switch.every_s))
        )
        self.every.setFixedWidth(px(84))
        self.every.valueChanged.connect(self.edited)
        self.workflow = QLineEdit(switch.workflow)
        self.workflow.setAccessibleName(text.say("flow-workflow"))
        self.workflow.setFixedWidth(px(96))
        self.workflow.textEdited.connect(self.edited)
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(Words(name, "strong"))
        names.addWidget(Words(text.word("kind_of_flow", flow.kind.value), "caption"))
        ran = QHBoxLayout()
        ran.setSpacing(px(6))
        self._ran_mark, self._ran = Mark(look), Words(role="second")
        ran.addWidget(self._ran_mark)
        ran.addWidget(self._ran)
        ran.addStretch(1)
        line = QHBoxLayout()
        line.setSpacing(px(12))
        line.addWidget(self.on)
        line.addLayout(names, 1)
        line.addWidget(Words(text.say("flow-every"), "second"))
        line.addWidget(self.every)
        line.addWidget(Words(text.say("flow-workflow"), "second"))
        line.addWidget(self.workflow)
        self._why = QVBoxLayout()
        self._why.setContentsMargins(px(SHAPE_SIDE + 8), 0, 0, 0)
        self._why.setSpacing(px(8))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(8), 0, px(8))
        column.setSpacing(px(4))
        column.addLayout(line)
        below = QHBoxLayout()
        below.setContentsMargins(px(SHAPE_SIDE + 8), 0, 0, 0)
        below.addLayout(ran)
        column.addLayout(below)
        column.addLayout(self._why)

    @property
    def switch(self) -> FlowSwitch:
        """Interval and workflow as they are filled in; on or off as it is stored."""
        return FlowSwitch(
            self._switch.flow_id, self._switch.on, float(self.every.value()), self.workflow.text().strip()
        )

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
        text, px = self._look.text, self._look.px
        self._clear()
        self.on.setEnabled(True)
        if not reasons:
            return
        self.on.setChecked(False)
        self._why.addWidget(Words(text.say("flow-why", count=len(reasons)), "strong", tone="stop"))
        for reason in reasons:
            row, words = QHBoxLayout(), QVBoxLayout()
            row.setSpacing(px(8))
            words.setSpacing(px(2))
            told, do = text.what(reason.code.id, reason.facts), text.do(reason.code.id, reason.facts)
            words.addWidget(Words(told, wrap=True, selectable=True))
            words.addWidget(Words(do, "second", wrap=True))
            holder = QFrame()
            row.setContentsMargins(0, 0, 0, 0)
            mark = Mark(self._look, "square", "stop")
            column = QVBoxLayout()
            column.addWidget(mark)
            column.addStretch(1)
            row.addLayout(column)
            row.addLayout(words, 1)
            holder.setLayout(row)
            self._why.addWidget(holder)

    def _clear(self) -> None:
        while (item := self._why.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
