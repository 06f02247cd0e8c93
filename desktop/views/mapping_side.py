"""Beside the rules: a real record as the approver will see it, the versions with what differs, and the dry run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
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
from desktop.views.widgets import Button, Words

MOST_DIFFERING = 400
MOST_LINES = 60
TINTS = {"long": "warn", "rounded": "warn", "empty": "stop", "gap": "stop", "error": "stop"}


class Side(QFrame):
    """picked: a record's number was chosen or typed.  run_asked, stop_asked: the dry run.

    compare_asked: two version numbers (0 = the draft).  back_asked: a version to return to.
    """

    picked = Signal(str)
    run_asked = Signal()
    stop_asked = Signal()
    compare_asked = Signal(int, int)
    back_asked = Signal(int)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        text, px = look.text, look.px
        self._redraw: dict[Paper, Callable[[], str]] = {}
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
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.form = self._paper("mapping-tab-approver")
        self.fields = self._paper("mapping-tab-fields")
        self._add_versions()
        self._add_dry_run()
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
        whole = QVBoxLayout(inner)
        whole.setContentsMargins(0, px(8), 0, 0)
        whole.setSpacing(px(8))
        whole.addLayout(self._versions)
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
        if preview is None:
            nothing = escape(self.look.text.say("mapping-no-record"))
            self._put(self.form, lambda: f"<p style='color:{self._ink('muted')}'>{nothing}</p>")
            self._put(self.fields, str)
            return
        self._put(self.form, lambda: self._approver(preview))
        self._put(self.fields, lambda: self._field_by_field(preview, labels))

    def _ink(self, token: str) -> str:
        return self.look.theme[token].name()

    def _approver(self, preview: Any) -> str:
        """The form, two fields beside each other; what would be cut, rounded or empty is framed in place."""
        text = self.look.text
        cells = [self._form_cell(each) for each in preview.form]
        rows = "".join(f"<tr>{''.join(cells[at : at + 2])}</tr>" for at in range(0, len(cells), 2))
        parts = [
            f"<p style='margin-top: 10px'><b>{escape(preview.title)}</b></p>" if preview.title else "",
            f"<table width='100%' cellspacing='6' cellpadding='0'>{rows}</table>",
        ]
        for table in preview.tables:
            parts.append(
                f"<p><b>{escape(text.say('mapping-lines', count=len(table.rows)))}</b> {escape(table.name)}</p>"
            )
            parts.append(self._lines(table))
        return "".join(parts)

    def _form_cell(self, shown: Any) -> str:
        tint = TINTS.get(shown.state, "")
        value = escape(shown.value) or "&nbsp;"
        if shown.name and shown.name != shown.value:
            value += f" <span style='color:{self._ink('muted')}'>{escape(shown.name)}</span>"
        if tint:
            value = f"<span style='color:{self._ink(tint)}'>{escape(self._said(shown))}</span>"
            if shown.value:
                value = f"{escape(shown.value)}<br>{value}"
        frame = (
            f"border: 1px dashed {self._ink(tint)}; background-color: {self._ink(tint + '_soft')};"
            if tint
            else ""
        )
        return (
            f"<td width='50%' style='padding: 4px; {frame}'><span style='color:{self._ink('muted')}'>{escape(shown.label)}</span>"
            f"<br>{value}</td>"
        )

    def _said(self, shown: Any) -> str:
        text = self.look.text
        if shown.error is not None:
            return text.what(shown.error.code.id, shown.error.facts)
        return text.say(f"mapping-shown-{shown.state}")

    def _lines(self, table: Any) -> str:
        line, muted = self._ink("line"), self._ink("muted")
        head = "".join(
            f"<td style='color:{muted}; padding: 3px 12px 3px 0'>{_whole(each)}</td>" for each in table.labels
        )
        rows = []
        for row in table.rows[:MOST_LINES]:
            cells = []
            for each in row:
                tint = TINTS.get(each.state, "")
                style = (
                    f"border: 1px dashed {self._ink(tint)}; background-color: {self._ink(tint + '_soft')};"
                    if tint
                    else f"border-bottom: 1px solid {line};"
                )
                words = each.value or (self._said(each) if tint else "")
                cells.append(f"<td style='padding: 3px 12px 3px 0; {style}'>{_whole(words)}</td>")
            rows.append(f"<tr>{''.join(cells)}</tr>")
        return f"<table width='100%' cellspacing='0' cellpadding='0'><tr>{head}</tr>{''.join(rows)}</table>"

    def _field_by_field(self, preview: Any, labels: Callable[[str, str], str]) -> str:
        """Source value -> result -> target, row by row."""
        muted, line, rows = self._ink("muted"), self._ink("line"), []
        for (group, target), values in preview.values.items():
            for value in values[:1]:
                sources = "<br>".join(
                    f"<span style='color:{muted}'>{escape(name)}</span> {escape(found) or '-'}"
                    for name, found in value.sources
                )
                result = escape(value.value) or "-"
                if value.error is not None:
                    said = escape(self.look.text.what(value.error.code.id, value.error.facts))
                    result = f"<span style='color:{self._ink('stop')}'>{said}</span>"
                cells = (
                    sources or "&nbsp;",
                    f"→ {result}",
                    f"<span style='color:{muted}'>{escape(labels(group, target))}</span>",
                )
                rows.append(
                    "<tr>"
                    + "".join(
                        f"<td style='padding: 4px 8px 4px 0; border-bottom: 1px solid {line}'>{each}</td>"
                        for each in cells
                    )
                    + "</tr>"
                )
        return f"<table width='100%' cellspacing='0' cellpadding='0'>{''.join(rows)}</table>"

    # --- versions --------------------------------------------------------------------------------------------------------
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
        """Two versions side by side, row by row."""
        self._put(self.diff, lambda: self._diff(compared, older, newer))
        self.tabs.setCurrentIndex(2)

    def _diff(self, compared: Any, older: str, newer: str) -> str:
        muted, line = self._ink("muted"), self._ink("line")
        if not compared.changes:
            said = self.look.text.say("mapping-same" if not compared.unified else "mapping-same-rows")
            return f"<p>{escape(said)}</p><pre>{escape(compared.unified)}</pre>"
        code = "font-family: monospace; padding: 4px 6px; border-bottom: 1px solid"
        rows = [
            f"<tr><td></td><td style='color:{muted}'>{escape(older)}</td><td style='color:{muted}'>{escape(newer)}</td></tr>"
        ]
        for each in compared.changes:
            before, after = _told(each.before, each.after), _told(each.after, each.before)
            rows.append(
                f"<tr><td style='padding: 4px 6px 4px 0; border-bottom: 1px solid {line}'>{escape(each.target)}</td>"
                f"<td style='{code} {line}; background-color: {self._ink('stop_soft')}'>{escape(before)}</td>"
                f"<td style='{code} {line}; background-color: {self._ink('ok_soft')}'>{escape(after)}</td></tr>"
            )
        return f"<table width='100%' cellspacing='0' cellpadding='0'>{''.join(rows)}</table>"

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
        self._put(self.run_paper, lambda: self._ran(ran))

    def _ran(self, ran: Any) -> str:
        muted, line, parts = self._ink("muted"), self._ink("line"), []
        for number, error in ran.failed[:MOST_LINES]:
            said = escape(self.look.text.what(error.code.id, error.facts))
            parts.append(f"<p>{escape(number)} <span style='color:{self._ink('stop')}'>{said}</span></p>")
        counts = Counter(_field(each.target) for each in ran.differing)
        for field, count in counts.most_common():
            rows = [each for each in ran.differing[:MOST_DIFFERING] if _field(each.target) == field]
            parts.append(f"<p><b>{escape(field)}</b> <span style='color:{muted}'>{count}</span></p>")
            body = "".join(
                f"<tr><td style='color:{muted}; padding: 3px 8px 3px 0'>{escape(each.number)} {escape(each.target[len(field) :] if each.target.startswith(field) else '')}</td>"
                f"<td style='padding: 3px 8px 3px 0; border-bottom: 1px solid {line}'>{escape(each.before) or '-'}</td>"
                f"<td style='border-bottom: 1px solid {line}'>→ {escape(each.after) or '-'}</td></tr>"
                for each in rows
            )
            parts.append(f"<table width='100%' cellspacing='0' cellpadding='0'>{body}</table>")
        return "".join(parts)


def _whole(words: str) -> str:
    """Words that are not broken: a wide table is scrolled."""
    return f"<p style='white-space: nowrap; margin: 0'>{escape(words)}</p>"


def _field(path: str) -> str:
    """The row that a path belongs to: "detail_1[2].qty" -> "detail_1.qty"."""
    table, _, rest = path.partition("[")
    return f"{table}{rest.partition(']')[2]}" if rest else path


def _told(row: Any, other: Any) -> str:
    """A row in a comparison: its rule, and of the rest what differs from the other side."""
    if row is None:
        return "-"
    parts = [row.expr]
    for name in ("required", "default", "key", "note"):
        if other is None or getattr(row, name) != getattr(other, name):
            value = getattr(row, name)
            parts += [name if value is True else f"{name}={value}"] if value else []
    return "  ".join(parts)
