"""The form of one connection, drawn from its vendor's field list. Secrets are typed, never shown: the form says where
a stored one lies."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.domain.system import System
from desktop.services.systems import SystemState
from desktop.views.look import Look
from desktop.views.site_view import Asked, VendorForm
from desktop.views.widgets import Button, Words, dressed

Box = QLineEdit | QComboBox


class SystemForm(QWidget):
    """Asks for one System and its secrets. edited: something was changed by the person."""

    edited = Signal()

    def __init__(self, look: Look, form: VendorForm, system: System, state: SystemState | None) -> None:
        super().__init__()
        self._look, self._form, self._system = look, form, system
        self._boxes: dict[str, Box] = {}
        self._notes: dict[str, Words] = {}
        self._secrets = {each.field: each.where for each in state.secrets} if state is not None else {}
        px, text = look.px, look.text
        self._grid, self._more_grid = QGridLayout(), QGridLayout()
        for grid in (self._grid, self._more_grid):
            grid.setHorizontalSpacing(px(16))
            grid.setVerticalSpacing(px(12))
            grid.setColumnStretch(0, 1)
            grid.setColumnStretch(1, 1)
        self._cells = 0
        self._add(self._grid, Asked("title", required=True), system.title)
        self._add(self._grid, Asked("base_url", required=True), system.base_url, wide=True)
        for field in form.fields:
            self._add(self._grid, field, system.options.get(field.name, field.default))
        self.more = Button(look, text.say("form-more"), self._toggle, role="quiet", icon="right")
        self._further = QWidget()
        self._further.setLayout(self._more_grid)
        self._more_grid.setContentsMargins(0, 0, 0, 0)
        self._cells = 0
        for field in form.more:
            self._add(self._more_grid, field, system.options.get(field.name, ""))
        self._further.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(12))
        column.addLayout(self._grid)
        further = QHBoxLayout()
        further.setContentsMargins(-px(9), 0, 0, 0)  # the word stands under the labels, not its padding
        further.addWidget(self.more)
        further.addStretch(1)
        column.addLayout(further)
        column.addWidget(self._further)
        column.addStretch(1)

    # --- building ----------------------------------------------------------------------------------------------------
    def _add(self, grid: QGridLayout, field: Asked, value: str, *, wide: bool = False) -> None:
        """One field: its label above, what is to be known of it below."""
        text, look = self._look.text, self._look
        label = Words(text.label(self._form.id, field.name), "second", wrap=True)
        box = self._choice(field, value) if field.choices else self._line(field, value)
        box.setAccessibleName(label.text())
        box.setObjectName(f"field-{field.name}")
        label.setBuddy(box)
        note = Words(self._note(field), "caption", wrap=True)
        if not note.text():
            note.hide()
        self._boxes[field.name], self._notes[field.name] = box, note
        cell = QVBoxLayout()
        cell.setSpacing(look.px(4))
        for part in (label, box, note):
            cell.addWidget(part)
        cell.addStretch(1)
        if wide and self._cells % 2:
            self._cells += 1
        grid.addLayout(cell, self._cells // 2, self._cells % 2, 1, 2 if wide else 1)
        self._cells += 2 if wide else 1

    def _line(self, field: Asked, value: str) -> QLineEdit:
        box = QLineEdit("" if field.secret else value)
        box.setPlaceholderText(self._hint(field))
        box.setCursorPosition(0)  # a long value shows how it begins
        if field.secret:
            box.setEchoMode(QLineEdit.EchoMode.Password)
            box.setEnabled(self._secrets.get(field.name) != "environment")
        box.textEdited.connect(lambda: self._changed(field.name))
        return box

    def _choice(self, field: Asked, value: str) -> QComboBox:
        box = QComboBox()
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(8)  # the longest choice must not widen a narrow form
        for choice in (*field.choices, *([value] if value and value not in field.choices else [])):
            words = self._look.text.word(f"choice-{self._form.id}-{field.name}", choice) if choice else "–"
            box.addItem(words, choice)
        box.setCurrentIndex(max(0, box.findData(value or field.default)))
        box.activated.connect(lambda: self._changed(field.name))
        return box

    def _hint(self, field: Asked) -> str:
        """What stands in an empty box: where its secret lies, what holds without a value, or that it may stay empty."""
        text = self._look.text
        if field.secret and self._secrets.get(field.name):
            return text.say("secret-kept")
        if field.default:
            return field.default
        return "" if field.required else text.say("form-optional")

    def _note(self, field: Asked) -> str:
        text = self._look.text
        if field.secret:
            return text.word("secret", self._secrets.get(field.name) or "missing")
        key = f"note-{field.name}"
        return text.say(key) if text.has(key) else ""

    def _toggle(self) -> None:
        self._further.setVisible(not self._further.isVisible())
        self.more.set_icon("down" if self._further.isVisible() else "right")

    def _changed(self, name: str) -> None:
        dressed(self._boxes[name], tone="")
        self.edited.emit()

    # --- reading -----------------------------------------------------------------------------------------------------
    def system(self) -> System:
        """The connection as it is filled in; empty further options are left out, so that defaults hold."""
        kept = {field.name for field in (*self._form.fields, *self._form.more)}
        options = {name: value for name, value in self._system.options.items() if name not in kept}
        for field in (*self._form.fields, *self._form.more):
            if not field.secret and (value := self._value(field.name)):
                options[field.name] = value
        return System(
            self._system.id, self._form.role, self._form.id, self._value("title"), self._value("base_url"), options
        )  # fmt: skip

    def secrets(self) -> Mapping[str, str]:
        """What was typed into secret fields."""
        typed = {field.name: self._value(field.name) for field in self._form.fields if field.secret}
        return {name: value for name, value in typed.items() if value}

    def forget_typed(self) -> None:
        """Secrets leave the boxes as soon as they are stored."""
        for field in self._form.fields:
            if field.secret:
                box = self._boxes[field.name]
                if isinstance(box, QLineEdit):
                    box.clear()

    def _value(self, name: str) -> str:
        box = self._boxes[name]
        return str(box.currentData() or "") if isinstance(box, QComboBox) else box.text().strip()

    def wrong(self) -> str:
        """The sentence about the first field that cannot be right, marked and focused; "" = all may be."""
        for name, sentence in self._findings():
            box = self._boxes[name]
            dressed(box, tone="stop")
            if name in {field.name for field in self._form.more}:
                self._further.show()
            box.setFocus()
            return sentence
        return ""

    def _findings(self) -> list[tuple[str, str]]:
        text, found = self._look.text, []
        wanted = [Asked("title", required=True), Asked("base_url", required=True), *self._form.fields]
        for field in wanted:
            stored = field.secret and bool(self._secrets.get(field.name))
            if field.required and not stored and not self._value(field.name):
                label = text.label(self._form.id, field.name)
                found.append((field.name, text.say("form-missing", field=label)))
        if not found and not _is_address(self._value("base_url")):
            found.append(("base_url", text.say("form-address")))
        for field in (*self._form.fields, *self._form.more):
            if field.number and not _is_number(self._value(field.name)):
                label = text.label(self._form.id, field.name)
                found.append((field.name, text.say("form-number", field=label)))
        return found


def _is_address(typed: str) -> bool:
    try:
        parts = urlsplit(typed)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_number(typed: str) -> bool:
    """True for a number or nothing. A dot separates, whatever the language."""
    try:
        return not typed or 0 <= float(typed) < 1e9
    except ValueError:
        return False
