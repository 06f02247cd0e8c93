"""The rule of one row, edited in place below the table: completion, what it reads and brings, what is wrong, a remark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QCompleter,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
)

from desktop.views.look import Look
from desktop.views.widgets import Button, Pill, Words

_PART = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.")
_SHOWN_SOURCES = 4


class RuleBox(QLineEdit):
    """An expression, in the fixed font. Completes the word at the caret; Ctrl+Space offers all.

    left: Esc: back to the table.
    """

    left = Signal()

    def __init__(self, look: Look, name: str) -> None:
        super().__init__()
        self._look = look
        self.setAccessibleName(name)
        self.setFont(look.font("code"))
        self.setStyleSheet(f"font-family: {', '.join(repr(each) for each in look.font('code').families())}")
        self.words = QStringListModel(self)
        self.completer_ = QCompleter(self.words, self)
        self.completer_.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.completer_.setFilterMode(Qt.MatchFlag.MatchContains)
        self.completer_.setWidget(self)
        self.popup: Any = self.completer_.popup()
        self.completer_.activated.connect(self._take)
        self.textEdited.connect(lambda _: self._offer(at_least=2))

    def offer_words(self, words: Sequence[str]) -> None:
        """Field keys with their names behind, and the functions."""
        self.words.setStringList(list(words))

    def _part(self) -> tuple[int, str]:
        """Where the word at the caret begins, and the word."""
        end = start = self.cursorPosition()
        text = self.text()
        while start > 0 and text[start - 1] in _PART:
            start -= 1
        return start, text[start:end]

    def function_at_caret(self) -> str:
        """The name of the function around or before the caret, "" = none."""
        before = self.text()[: self.cursorPosition()]
        _, part = self._part()
        depth = 0
        for at in range(len(before) - 1, -1, -1):
            depth += (before[at] == ")") - (before[at] == "(")
            if depth < 0:
                start = at
                while start > 0 and before[start - 1] in _PART:
                    start -= 1
                return before[start:at]
        return part

    def _offer(self, at_least: int) -> None:
        _, part = self._part()
        if len(part) < at_least:
            self.popup.hide()
            return
        self.completer_.setCompletionPrefix(part)
        if self.completer_.completionCount():
            box = self.cursorRect()
            box.setWidth(self._look.px(360))
            self.completer_.complete(box)

    def _take(self, chosen: str) -> None:
        start, part = self._part()
        word = chosen.split("  ")[0]
        text = self.text()
        self.setText(text[:start] + word + text[start + len(part) :])
        place = word.find("''") + 1 if "''" in word else word.find("(") + 1
        self.setCursorPosition(start + (place or len(word)))
        self.textEdited.emit(self.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        popup = self.popup
        if popup.isVisible() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
            event.ignore()  # the list of words takes it
        elif event.key() == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self._offer(at_least=0)
        elif event.key() == Qt.Key.Key_Escape and not popup.isVisible():
            self.left.emit()
        else:
            super().keyPressEvent(event)


class RuleForm(QFrame):
    """edited: the row as it is now, while somebody types.  committed: the row is as it shall be (Enter, or the box left).

    left: Esc in the rule: back to the table.
    """

    edited = Signal(object)
    committed = Signal()
    left = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look, self._suggestion = look, ""
        self.row: Any = None
        text, px = look.text, look.px
        self.setProperty("role", "sunken")
        self.name, self.key_words = Words(role="panel"), Words(role="second", selectable=True)
        self.pill = Pill(look)
        self.suggest = Button(look, "", self.take_suggestion, role="quiet")
        self.rule = RuleBox(look, text.say("mapping-column-rule"))
        self.target = QLineEdit(placeholderText=text.say("mapping-target-hint"))
        self.target.setAccessibleName(text.say("mapping-column-target"))
        self.note = QLineEdit(placeholderText=text.say("mapping-note-hint"))
        self.note.setAccessibleName(text.say("mapping-note"))
        self.default = QLineEdit(placeholderText=text.say("mapping-default-hint"))
        self.default.setAccessibleName(text.say("mapping-default"))
        self.default.setToolTip(text.say("mapping-default-hint"))
        self.required = QCheckBox(text.say("mapping-required"))
        self.key = QCheckBox(text.say("mapping-key-long"))
        self.told = Words(role="second", wrap=True, selectable=True)
        head, grid, column = QHBoxLayout(), QGridLayout(), QVBoxLayout(self)
        head.setSpacing(px(8))
        for widget in (self.name, self.key_words, self.pill):
            head.addWidget(widget)
        head.addStretch(1)
        head.addWidget(self.suggest)
        grid.setHorizontalSpacing(px(8))
        grid.setVerticalSpacing(px(8))
        grid.addWidget(self.target, 0, 0)
        grid.addWidget(self.rule, 0, 1, 1, 3)
        grid.addWidget(self.default, 1, 0)
        grid.addWidget(self.note, 1, 1)
        grid.addWidget(self.required, 1, 2)
        grid.addWidget(self.key, 1, 3)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 2)
        column.setContentsMargins(px(24), px(12), px(24), px(12))
        column.setSpacing(px(8))
        column.addLayout(head)
        column.addLayout(grid)
        column.addWidget(self.told)
        for box in (self.rule, self.target, self.note, self.default):
            box.textEdited.connect(self._changed)
            box.editingFinished.connect(self._done)
        for tick in (self.required, self.key):
            tick.clicked.connect(self._changed)
            tick.clicked.connect(self._done)
        self.rule.left.connect(self.left)

    def show_row(self, row: Any, label: str, *, fixed: bool, header: bool) -> None:
        """Another row, or the same one as an undo made it. fixed: its target cannot be changed."""
        self.row = row
        self.setVisible(row is not None)
        if row is None:
            return
        self.name.setText(label)
        self.key_words.setText(row.target if label != row.target else "")
        for box, value in (
            (self.target, row.target), (self.rule, row.expr), (self.note, row.note), (self.default, row.default)
        ):  # fmt: skip
            if box.text() != value:
                box.setText(value)
                box.setCursorPosition(len(value) if box is self.rule else 0)
        self.required.setChecked(row.required)
        self.key.setChecked(row.key)
        for widget in (self.target, self.note, self.default, self.required, self.key):
            widget.setVisible(not fixed)

    def show_suggestion(self, rule: str) -> None:
        """A source that fits by its name; "" = none."""
        self._suggestion = rule
        self.suggest.setVisible(bool(rule))
        self.suggest.say(self.look.text.say("mapping-suggestion", rule=rule))

    def show_value(self, value: Any, finding: Any) -> None:
        """What is wrong with the row; else what it reads, looks up and brings."""
        text = self.look.text
        self.pill.hide()
        if finding is not None:
            error = finding.error
            tone = "stop" if finding.stops else "warn"
            self.pill.show_words(
                text.say(f"mapping-state-{'gap' if finding.gap else tone}"),
                tone,
                "square" if finding.stops else "triangle",
            )
            self.pill.show()
            self.told.tell(f"{text.what(error.code.id, error.facts)} {self._cure(error)}", tone)
        elif value is None:
            self.told.tell(text.say("mapping-no-preview"), "")
        elif value.error is not None:
            self.told.tell(text.what(value.error.code.id, value.error.facts), "stop")
        else:
            parts = [f"{name} = {found or '-'}" for name, found in value.sources[:_SHOWN_SOURCES]]
            parts += [f"{text.word('kind', kind)} {code} → {key}" for kind, code, key in value.looked]
            source = "   ".join(parts) or text.say("mapping-constant")
            self.told.tell(f"{source}   →   {value.value or '-'}", "")

    def _cure(self, error: Any) -> str:
        """What to do; on this page "go to the mapping page" is no advice."""
        return (
            ""
            if error.code.id.startswith(("MAP", "DAT", "PER-703"))
            else self.look.text.do(error.code.id, error.facts)
        )

    def _changed(self, *_: object) -> None:
        if self.row is None:
            return
        self.row = replace(
            self.row, target=self.target.text().strip(), expr=self.rule.text(), note=self.note.text(),
            default=self.default.text(), required=self.required.isChecked(), key=self.key.isChecked(),
        )  # fmt: skip
        self.edited.emit(self.row)

    def _done(self) -> None:
        self.committed.emit()

    def take_suggestion(self) -> None:
        """The proposed rule, where there is one."""
        if self._suggestion:
            self.rule.setText(self._suggestion)
            self._changed()
            self._done()
