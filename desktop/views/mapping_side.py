"""Beside the rules: a real record as the approver will see it, the versions with what differs, the dry run, the golden
documents, and the help of the language. What stands on the papers is mapping_papers.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.views.document_sheets import Paper
from desktop.views.look import Look
from desktop.views.mapping_golden import GoldenTab
from desktop.views.mapping_papers import Papers
from desktop.views.widgets import Button, Words


class Side(QFrame):
    """picked: a record's number was chosen or typed.  run_asked, stop_asked: the dry run.

    compare_asked: two version numbers (0 = the draft).  back_asked: a version to return to.  pin_asked: the record on
    screen shall become a golden document.
    """

    picked = Signal(str)
    run_asked = Signal()
    stop_asked = Signal()
    compare_asked = Signal(int, int)
    back_asked = Signal(int)
    pin_asked = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        text, px = look.text, look.px
        self.papers = Papers(look)
        self.label: Callable[[str], str] = str
        """A target's name, from its path; set by the page."""
        self._redraw: dict[Paper, Callable[[], str]] = {}
        self._compared: Any = None
        self._at = self._count = 0
        self.numbers, self.number = QComboBox(editable=True), QLineEdit()
        self.numbers.setLineEdit(self.number)
        self.numbers.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.numbers.setAccessibleName(text.say("mapping-preview-bill"))
        self.number.setPlaceholderText(text.say("mapping-preview-bill"))
        self.numbers.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.numbers.setMinimumContentsLength(12)
        self.numbers.activated.connect(lambda _: self.picked.emit(self.numbers.currentText().strip()))
        self.number.returnPressed.connect(lambda: self.picked.emit(self.numbers.currentText().strip()))
        self.trouble = Words(role="second", wrap=True, tone="stop", selectable=True)
        self.trouble.hide()
        head, column = QHBoxLayout(), QVBoxLayout(self)
        head.setSpacing(px(8))
        head.addWidget(Words(text.say("mapping-preview"), "section"))
        head.addWidget(self.numbers, 1)
        self.pin = Button(look, text.say("golden-pin"), self.pin_asked.emit, role="icon", icon="pin")
        self.pin.setEnabled(False)
        head.addWidget(self.pin)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setProperty("tight", True)
        self.form = self._paper("mapping-tab-approver")
        self.fields = self._paper("mapping-tab-fields")
        self._add_versions()
        self._add_dry_run()
        self.golden = GoldenTab(look, self.papers)
        self.golden_tab = self.tabs.addTab(self.golden, text.say("golden-tab"))
        self.functions = self._paper("mapping-tab-functions")
        foot = Words(text.say("mapping-read-only"), "caption", wrap=True)
        column.setContentsMargins(px(16), px(4), px(16), px(8))
        column.setSpacing(px(8))
        column.addLayout(head)
        column.addWidget(self.trouble)
        column.addWidget(self.tabs, 1)
        column.addWidget(foot)
        look.changed.connect(self._draw_anew)

    # --- building ----------------------------------------------------------------------------------------------------
    def _paper(self, name: str) -> Paper:
        """A tab of paper, which scrolls."""
        paper = self._new_paper(name)
        self.tabs.addTab(paper, self.look.text.say(name))
        return paper

    def _new_paper(self, name: str) -> Paper:
        paper = Paper(self.look.text.say(name))
        paper.setLineWrapMode(Paper.LineWrapMode.WidgetWidth)
        return paper

    def _add_versions(self) -> None:
        text, px = self.look.text, self.look.px
        inner, self._versions = QWidget(), QVBoxLayout()
        inner.setProperty("role", "area")
        self._versions.setSpacing(px(4))
        self.diff = self._new_paper("mapping-tab-versions")
        look = self.look
        self.as_one = QCheckBox(text.say("mapping-diff-unified"))
        self.as_one.toggled.connect(lambda _: self._draw_diff())
        self.back = Button(
            look, text.say("mapping-diff-back"), lambda: self.step_diff(-1), role="icon", icon="up"
        )
        self.forth = Button(
            look, text.say("mapping-diff-forth"), lambda: self.step_diff(1), role="icon", icon="down"
        )
        line = QHBoxLayout()
        line.addStretch(1)
        for widget in (self.as_one, self.back, self.forth):
            line.addWidget(widget)
            widget.hide()
        whole = QVBoxLayout(inner)
        whole.setContentsMargins(0, px(8), 0, 0)
        whole.setSpacing(px(8))
        whole.addLayout(self._versions)
        whole.addLayout(line)
        whole.addWidget(self.diff, 1)
        area = QScrollArea(widgetResizable=True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        self.diff.setMinimumHeight(px(200))
        self.tabs.addTab(area, text.say("mapping-tab-versions"))
        self.back_buttons: dict[int, Button] = {}
        self._version_lines: list[QWidget] = []

    def _add_dry_run(self) -> None:
        look, text, px = self.look, self.look.text, self.look.px
        inner, line = QWidget(), QHBoxLayout()
        self.run = Button(look, text.say("mapping-run"), self.run_asked.emit, icon="play")
        self.stop = Button(
            look, text.say("mapping-run-stop"), self.stop_asked.emit, role="quiet", icon="close"
        )
        self.bar = QProgressBar(textVisible=False)
        self.run_told = Words(role="second", wrap=True)
        self.run_paper = self._new_paper("mapping-tab-run")
        for widget in (self.stop, self.bar):
            widget.hide()
        line.addWidget(self.run)
        line.addWidget(self.stop)
        line.addWidget(self.bar, 1)
        line.addStretch(0)
        whole = QVBoxLayout(inner)
        whole.setContentsMargins(0, px(8), 0, 0)
        whole.setSpacing(px(8))
        whole.addLayout(line)
        whole.addWidget(self.run_told)
        whole.addWidget(self.run_paper, 1)
        self.run_told.setText(text.say("mapping-run-hint"))
        self.run_tab = self.tabs.addTab(inner, text.say("mapping-tab-run"))

    def _put(self, paper: Paper, make: Callable[[], str]) -> None:
        """Another sheet; the reader's place stays."""
        self._redraw[paper] = make
        place = paper.verticalScrollBar().value()
        paper.setHtml(make())
        paper.verticalScrollBar().setValue(place)

    def _draw_anew(self) -> None:
        for paper, make in self._redraw.items():
            paper.setHtml(make())

    # --- the record ----------------------------------------------------------------------------------------------------
    def show_numbers(self, numbers: Sequence[str], chosen: str) -> None:
        """Records to choose from."""
        self.numbers.blockSignals(True)
        self.numbers.clear()
        self.numbers.addItems(list(numbers))
        self.numbers.setCurrentText(chosen or (numbers[0] if numbers else ""))
        self.numbers.blockSignals(False)

    def show_trouble(self, words: str) -> None:
        """Why there is no preview; "" = there is one."""
        self.trouble.setText(words)
        self.trouble.setVisible(bool(words))

    def show_preview(self, preview: Any, labels: Callable[[str, str], str]) -> None:
        """A record through the draft; None = there is none yet. labels: (group, target) -> its name."""
        papers = self.papers
        self.pin.setEnabled(preview is not None)
        if preview is None:
            self._put(self.form, lambda: papers.nothing("mapping-no-record"))
            self._put(self.fields, str)
            return
        self._put(self.form, lambda: papers.approver(preview))
        self._put(self.fields, lambda: papers.field_by_field(preview, labels))

    def show_versions(self, opened: Any) -> None:
        """The draft and every version that was in force, newest first."""
        text = self.look.text
        for widget in self._version_lines:
            self._versions.removeWidget(widget)
            widget.deleteLater()
        self._version_lines = []
        self.back_buttons = {}
        if not opened.releases:
            self._add_line(Words(text.say("mapping-never-published"), "second", wrap=True))
        if opened.changed:
            self._add_line(self._version_line(opened.next_number, "draft", opened.draft, opened))
        for release in opened.releases:
            self._add_line(self._version_line(release.number, release.state, release, opened))

    def _add_line(self, widget: QWidget) -> None:
        self._version_lines.append(widget)
        self._versions.addWidget(widget)

    def _version_line(self, number: int, state: str, held: Any, opened: Any) -> QWidget:
        look, text = self.look, self.look.text
        line, row = QWidget(), QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look.px(8))
        row.addWidget(Words(f"v{number}", "strong"))
        tones = {"draft": "warn", "published": "ok"}
        row.addWidget(Words(text.say(f"mapping-version-{state}"), "second", tone=tones.get(state, "")))
        who = "  ".join(filter(None, (text.moment(held.at), held.person or text.say("mapping-shipped"))))
        why = getattr(held, "why", "")
        words = Words(f"{who}  {why}" if why else who, "second", wrap=True)
        row.addWidget(words, 1)
        newest = opened.releases[0].number if opened.releases else 0
        if state == "archived":
            compare = Button(
                look,
                text.say("mapping-compare"),
                lambda: self.compare_asked.emit(number, newest),
                role="quiet",
            )
            back = Button(look, text.say("mapping-back"), lambda: self.back_asked.emit(number), role="quiet")
            back.setAccessibleName(text.say("mapping-back-to", number=number))
            self.back_buttons[number] = back
            row.addWidget(compare)
            row.addWidget(back)
        elif state == "draft":
            row.addWidget(
                Button(
                    look,
                    text.say("mapping-compare"),
                    lambda: self.compare_asked.emit(newest or 1, 0),
                    role="quiet",
                )
            )
        line.setLayout(row)
        return line

    def show_diff(self, compared: Any, older: str, newer: str) -> None:
        """Two versions side by side, row by row; or as one text."""
        self._compared, self._at = (compared, older, newer), -1
        self._draw_diff()
        self.tabs.setCurrentIndex(2)

    def _draw_diff(self) -> None:
        compared, older, newer = self._compared
        papers = self.papers
        as_one = self.as_one.isChecked()
        self._put(
            self.diff, lambda: papers.unified(compared) if as_one else papers.diff(compared, older, newer)
        )
        count = compared.unified.count("@@ -") if as_one else len(compared.changes)
        self._count = count
        for widget in (self.as_one, self.back, self.forth):
            widget.setVisible(bool(compared.unified))
            widget.setEnabled(widget is self.as_one or count > 0)

    def step_diff(self, by: int) -> None:
        """To the next (1) or previous (-1) difference."""
        if self._count:
            self._at = (self._at + by) % self._count
            self.diff.scrollToAnchor(f"d{self._at}")

    # --- dry run -----------------------------------------------------------------------------------------------------------
    def show_running(self, done: int, total: int) -> None:
        """How far the dry run is."""
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.run.setEnabled(False)
        for widget in (self.stop, self.bar):
            widget.show()
        self.run_told.tell(self.look.text.say("mapping-running", done=done, total=total), "")

    def show_run(self, ran: Any, error: str = "") -> None:
        """What the dry run found, grouped by field: sent then -> would be sent now."""
        text = self.look.text
        self.run.setEnabled(True)
        for widget in (self.stop, self.bar):
            widget.hide()
        if ran is None:
            self.run_told.tell(error, "stop")
            return
        key = "mapping-run-stopped" if ran.stopped else "mapping-run-ended"
        told = text.say(key, count=ran.looked_at, differing=len(ran.differing), failed=len(ran.failed))
        self.run_told.tell(told, "warn" if ran.differing or ran.failed else "ok")
        papers, label = self.papers, self.label
        self._put(self.run_paper, lambda: papers.ran(ran, label))

    # --- help --------------------------------------------------------------------------------------------------------------
    def show_functions(self, told: Any) -> None:
        """The help page of the language."""
        papers = self.papers
        self._put(self.functions, lambda: papers.functions(told))

    def help_with(self, name: str) -> None:
        """The help page, at a function."""
        self.tabs.setCurrentWidget(self.functions)
        if name:
            self.functions.scrollToAnchor(name)
