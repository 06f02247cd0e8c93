"""When a flow runs: interval, fixed times or cron, working days, quiet hours, a pause, the month end; and its next times.

What is filled in is checked while it is typed, by the service, on a pool thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from desktop.domain.errors import SyncError
from desktop.domain.schedule import Pace, Schedule
from desktop.domain.system import FlowSwitch
from desktop.views.bridge import Bridge
from desktop.views.look import Look
from desktop.views.pause_dialog import pause_end
from desktop.views.schedule_words import times_words
from desktop.views.widgets import Button, NumberBox, Words

WIDTH, LABEL = 560, 96
TYPING_MS = 300
LEAST_S, MOST_S = 1, 86_399
KEPT = "kept"
PAUSES = ("none", "hour", "tomorrow", "week")

Preview = Callable[[float, Schedule], Sequence[datetime]]


class ScheduleDialog(QDialog):
    """saved: called with seconds and schedule when the person keeps them.

    preview: the next times of what is filled in; raises PER-715 with the field. Called on a pool thread.
    run_now: orders one run at once; None = the flow cannot run yet.
    """

    def __init__(
        self, parent: QWidget, look: Look, bridge: Bridge, title: str, switch: FlowSwitch, preview: Preview,
        saved: Callable[[float, Schedule], object], run_now: Callable[[], object] | None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._look, self._bridge, self._switch = look, bridge, switch
        self._preview, self._saved, self._run_now = preview, saved, run_now
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(look.px(WIDTH))
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._ask)
        self._build_boxes()
        self._lay_out(title)
        self._show_pace()
        self._ask()

    # Building --------------------------------------------------------------------------------------------------

    def _build_boxes(self) -> None:
        look, say, schedule = self._look, self._look.text.say, self._switch.schedule
        self.pace = QComboBox()
        for each in Pace:
            self.pace.addItem(say(f"schedule-pace-{each.value}"), each.value)
        self.pace.setCurrentIndex(self.pace.findData(schedule.pace.value))
        every_s = min(MOST_S, max(LEAST_S, round(self._switch.every_s)))
        self.every = NumberBox(look, say("schedule-every"), LEAST_S, MOST_S, every_s)
        self.times = QLineEdit(" ".join(schedule.times))
        self.times.setPlaceholderText("08:30 13:00 17:30")
        self.cron = QLineEdit(schedule.cron)
        self.cron.setPlaceholderText("*/5 8-18 * * 1-5")
        self.workdays = QCheckBox(say("schedule-workdays"))
        self.workdays.setChecked(schedule.workdays)
        first, last = schedule.quiet or ("22:00", "06:00")
        self.quiet = QCheckBox(say("schedule-quiet"))
        self.quiet.setChecked(schedule.quiet is not None)
        self.quiet_first, self.quiet_last = QLineEdit(first), QLineEdit(last)
        self.pause = QComboBox()
        for name in PAUSES:
            self.pause.addItem(say(f"schedule-pause-{name}"), name)
        until = schedule.paused_until
        if until is not None and until > datetime.now(UTC):
            told = self._look.text.moment(until)
            self.pause.addItem(say("schedule-pause-until", when=told), KEPT)
            self.pause.setCurrentIndex(self.pause.count() - 1)
        self.month_end = QCheckBox(say("schedule-month-end"))
        self.month_end.setChecked(schedule.month_end)
        self.month_end_s = NumberBox(
            look, say("schedule-month-end-every"), LEAST_S, MOST_S, round(schedule.month_end_s)
        )
        self.told = Words(role="second", wrap=True)
        self.next = Words(wrap=True, selectable=True)
        for box in (self.times, self.cron, self.quiet_first, self.quiet_last):
            box.textEdited.connect(self._edited)
        for number in (self.every, self.month_end_s):
            number.valueChanged.connect(self._edited)
        for check in (self.workdays, self.quiet, self.month_end):
            check.toggled.connect(self._edited)
        self.pace.activated.connect(self._edited)
        self.pause.activated.connect(self._edited)

    def _lay_out(self, title: str) -> None:
        look, say, px = self._look, self._look.text.say, self._look.px
        whole, grid, foot = QVBoxLayout(self), QGridLayout(), QHBoxLayout()
        whole.setContentsMargins(px(24), px(20), px(24), px(16))
        whole.setSpacing(px(14))
        whole.addWidget(Words(title, "section", wrap=True))
        grid.setHorizontalSpacing(px(12))
        grid.setVerticalSpacing(px(12))
        grid.setColumnStretch(1, 1)
        self._rows: dict[str, tuple[QWidget, QWidget]] = {}
        self._row(grid, "pace", self.pace)
        self._row(grid, "every", self.every)
        self._row(grid, "times", self.times, "schedule-times-note")
        self._row(grid, "cron", self.cron, "schedule-cron-note")
        self._row(grid, "days", self.workdays)
        self._row(grid, "hours", self._beside(self.quiet, self.quiet_first, Words("–"), self.quiet_last))
        self._row(
            grid,
            "escort",
            self._beside(self.month_end, self.month_end_s, Words(say("schedule-seconds"), "second")),
        )
        self._row(grid, "pause", self.pause)
        whole.addLayout(grid)
        whole.addWidget(Words(say("schedule-next"), "caption"))
        whole.addWidget(self.next)
        whole.addWidget(self.told)
        foot.setSpacing(px(8))
        self.run = Button(look, say("schedule-run-now"), self._order_run, icon="play")
        self.run.setEnabled(self._run_now is not None)
        self.shut = Button(look, say("button-cancel"), self.reject)
        self.keep = Button(look, say("button-save"), self._keep, role="primary", icon="check")
        foot.addWidget(self.run)
        foot.addStretch(1)
        foot.addWidget(self.shut)
        foot.addWidget(self.keep)
        whole.addLayout(foot)

    def _row(self, grid: QGridLayout, name: str, box: QWidget, note: str = "") -> None:
        words = Words(self._look.text.say(f"schedule-{name}"), "second")
        words.setMinimumWidth(self._look.px(LABEL))
        words.setBuddy(box)
        box.setAccessibleName(words.text())
        at, cell = grid.rowCount(), box
        if note:
            cell = QWidget()
            column = QVBoxLayout(cell)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(self._look.px(2))
            column.addWidget(box)
            column.addWidget(Words(self._look.text.say(note), "caption", wrap=True))
        grid.addWidget(words, at, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(cell, at, 1)
        self._rows[name] = (words, cell)

    def _beside(self, *widgets: QWidget) -> QWidget:
        holder, row = QWidget(), QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self._look.px(8))
        for widget in widgets:
            if isinstance(widget, QLineEdit | NumberBox):
                widget.setFixedWidth(self._look.px(88))
            row.addWidget(widget)
        row.addStretch(1)
        holder.setLayout(row)
        return holder

    # What is filled in -----------------------------------------------------------------------------------------

    def schedule(self) -> Schedule:
        """As it is filled in, right or wrong."""
        given = (self.quiet_first.text().strip(), self.quiet_last.text().strip())
        return Schedule(
            Pace(str(self.pace.currentData())),
            tuple(self.times.text().replace(",", " ").split()),
            self.cron.text().strip(),
            self.workdays.isChecked(),
            given if self.quiet.isChecked() else None,
            self._paused_until(),
            self.month_end.isChecked(),
            float(self.month_end_s.value()),
        )

    def _paused_until(self) -> datetime | None:
        name = str(self.pause.currentData())
        if name == KEPT:
            return self._switch.schedule.paused_until
        return pause_end(name, datetime.now().astimezone())

    def every_s(self) -> float:
        """The interval; a fraction that only a site file can say stays while nobody changes it."""
        kept = self._switch.every_s
        return kept if round(kept) == self.every.value() else float(self.every.value())

    def _edited(self, *_: object) -> None:
        self._show_pace()
        self.keep.setEnabled(False)
        self._typing.start()

    def _show_pace(self) -> None:
        pace = str(self.pace.currentData())
        for name in ("every", "times", "cron"):
            for widget in self._rows[name]:
                widget.setVisible(name == pace)
        self.quiet_first.setEnabled(self.quiet.isChecked())
        self.quiet_last.setEnabled(self.quiet.isChecked())
        self.month_end_s.setEnabled(self.month_end.isChecked())
        QTimer.singleShot(0, self, self.adjustSize)

    # Asking ----------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        every_s, schedule, preview = self.every_s(), self.schedule(), self._preview
        self._bridge.ask(
            lambda: preview(every_s, schedule), then=self._show, failed=self._refused, owner=self, slot="preview"
        )  # fmt: skip

    def _show(self, times: Sequence[datetime]) -> None:
        text = self._look.text
        self.keep.setEnabled(not self._typing.isActive())
        self.told.tell("", "")
        self.next.setText(times_words(text, times, datetime.now(UTC)) or text.say("schedule-never"))

    def _refused(self, error: SyncError) -> None:
        self.next.setText("")
        field = str(error.facts.get("said", "")).partition(" ")[0]
        say = self._look.text.say
        key = f"schedule-wrong-{field}"
        words = say(key) if self._look.text.has(key) else self._look.text.what(error.code.id, error.facts)
        self.told.tell(words, "stop")

    def _keep(self) -> None:
        self._saved(self.every_s(), self.schedule())
        self.accept()

    def _order_run(self) -> None:
        if self._run_now is not None:
            self._run_now()
            self.run.setEnabled(False)
            self.told.tell(self._look.text.say("schedule-run-ordered"), "ok")
