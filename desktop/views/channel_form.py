"""One way of telling people: on or off, its fields, its secrets (typed, never shown), and a test message."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.domain.errors import SyncError
from desktop.services.notices import ChannelState
from desktop.views.look import Look
from desktop.views.page_states import Banner
from desktop.views.widgets import Button, Words

Box = QLineEdit | QComboBox


class ChannelForm(QWidget):
    """save_asked: on, options, secrets.  test_asked: options, secrets (kept first where any were typed)."""

    save_asked = Signal(bool, object, object)
    test_asked = Signal(object)

    def __init__(self, look: Look, state: ChannelState) -> None:
        super().__init__()
        self.look, self.state, self.dirty = look, state, False
        self.boxes: dict[str, Box] = {}
        self.banner = Banner(look)
        px, say = look.px, look.text.say
        head = QHBoxLayout()
        head.setContentsMargins(px(24), px(12), px(24), px(12))
        head.setSpacing(px(8))
        self.test = Button(look, say("notice-test-do"), self._test, icon="play")
        self.save = Button(look, say("button-save"), self._save, role="primary", icon="check")
        head.addWidget(Words(say(f"channel-{state.id}"), "panel"))
        head.addStretch(1)
        head.addWidget(self.test)
        head.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._scrolled(), 1)
        self._show_dirty()
        self._show_trouble()

    def _scrolled(self) -> QScrollArea:
        px, say = self.look.px, self.look.text.say
        inner, column, grid = QWidget(), QVBoxLayout(), QGridLayout()
        inner.setProperty("role", "area")
        inner.setMaximumWidth(px(760))
        column.setContentsMargins(px(24), px(4), px(24), px(24))
        column.setSpacing(px(16))
        self.on = QCheckBox(say("channel-on"))
        self.on.setChecked(self.state.on)
        self.on.clicked.connect(self._edited)
        grid.setHorizontalSpacing(px(16))
        grid.setVerticalSpacing(px(12))
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        for at, field in enumerate(self.state.fields):
            grid.addLayout(self._field(field.name), at // 2, at % 2)
        column.addWidget(self.banner)
        column.addWidget(Words(say(f"channel-{self.state.id}-what"), "second", wrap=True))
        column.addWidget(self.on)
        column.addLayout(grid)
        column.addStretch(1)
        inner.setLayout(column)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inner)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return area

    def _field(self, name: str) -> QVBoxLayout:
        text, cell = self.look.text, QVBoxLayout()
        field = next(each for each in self.state.fields if each.name == name)
        value, kept = self.state.options.get(name, field.default), self.state.kept.get(name, "")
        box: Box
        if field.choices:
            box = QComboBox()
            for each in field.choices:
                box.addItem(text.word(f"choice-{self.state.id}-{name}", each), each)
            box.setCurrentIndex(max(0, box.findData(value)))
            box.activated.connect(self._edited)
        else:
            box = QLineEdit("" if field.secret else value)
            box.setPlaceholderText(
                text.say("secret-kept") if kept else "" if field.required else text.say("form-optional")
            )
            if field.secret:
                box.setEchoMode(QLineEdit.EchoMode.Password)
                box.setEnabled(kept != "environment")
            box.textEdited.connect(self._edited)
        label = Words(text.label(self.state.id, name), "second")
        label.setBuddy(box)
        box.setAccessibleName(label.text())
        box.setObjectName(f"field-{name}")
        self.boxes[name] = box
        cell.setSpacing(self.look.px(4))
        cell.addWidget(label)
        cell.addWidget(box)
        note = text.word("secret", kept or "missing") if field.secret else ""
        key = f"note-{self.state.id}-{name}"
        if not note and text.has(key):
            note = text.say(key)
        if note:
            cell.addWidget(Words(note, "caption", wrap=True))
        cell.addStretch(1)
        return cell

    # --- what is shown -----------------------------------------------------------------------------------------------
    def _show_trouble(self) -> None:
        code, facts = self.state.trouble
        if code:
            text = self.look.text
            self.banner.tell(
                "stop", f"{text.say('notice-not-arrived')} {text.what(code, facts)} {text.do(code, facts)}"
            )

    def _show_dirty(self) -> None:
        self.save.setVisible(self.dirty)
        self.test.setEnabled(not self.dirty)
        self.test.setToolTip(self.look.text.say("notice-test-save-first") if self.dirty else "")

    def show_error(self, error: SyncError) -> None:
        """It was refused; what was typed stays."""
        text, code = self.look.text, error.code.id
        self.save.setEnabled(True)
        self.test.setEnabled(not self.dirty)
        self.banner.tell("stop", f"{text.what(code, error.facts)} {text.do(code, error.facts)}")

    def show_done(self, sentence: str) -> None:
        """It was done."""
        self.test.setEnabled(not self.dirty)
        self.banner.tell("ok", sentence)

    # --- what the person does ----------------------------------------------------------------------------------------
    def _edited(self) -> None:
        self.dirty = True
        self.save.setEnabled(True)
        self._show_dirty()

    def options(self) -> Mapping[str, str]:
        """What is no secret, as filled in; empty ones are left out, so that defaults hold."""
        found = {}
        for field in self.state.fields:
            if not field.secret and (value := self._value(field.name)):
                found[field.name] = value
        return found

    def secrets(self) -> Mapping[str, str]:
        """What was typed as secrets."""
        return {
            each.name: self._value(each.name)
            for each in self.state.fields
            if each.secret and self._value(each.name)
        }

    def _value(self, name: str) -> str:
        box = self.boxes[name]
        return str(box.currentData() or "") if isinstance(box, QComboBox) else box.text().strip()

    def _save(self) -> None:
        self.banner.hide()
        self.save.setEnabled(False)
        self.save_asked.emit(self.on.isChecked(), self.options(), self.secrets())

    def _test(self) -> None:
        self.banner.tell("wait", self.look.text.say("notice-testing"))
        self.test.setEnabled(False)
        self.test_asked.emit(self.options())
