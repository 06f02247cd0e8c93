"""One connection: its form, its registration, its test. It tells the page what the person wants; the page asks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.domain.system import System
from desktop.services.systems import Meter, SystemState
from desktop.views.check_panel import CheckPanel
from desktop.views.form_frame import form_column, form_head
from desktop.views.look import Look
from desktop.views.page_states import Banner
from desktop.views.site_view import Tested, VendorForm
from desktop.views.stream_part import StreamPart
from desktop.views.system_form import SystemForm
from desktop.views.widgets import Button, Mark, Words, dressed

_NEARLY = 0.8


class SystemPanel(QWidget):
    """save_asked, test_asked: with the system and what was typed as its secrets; the others with the system's id."""

    save_asked = Signal(object, object)
    test_asked = Signal(object, object)
    stop_asked = Signal()
    register_asked = Signal(str)
    delete_asked = Signal(str)

    def __init__(self, look: Look, form: VendorForm, system: System, state: SystemState | None) -> None:
        super().__init__()
        self.look, self.vendor, self.state = look, form, state
        self.dirty = False
        self.system_id, self._system = system.id, system
        self.form = SystemForm(look, form, system, state)
        self.form.edited.connect(self._edited)
        self.check = CheckPanel(look, self.stop_asked.emit)
        self.banner = Banner(look)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head())
        body = QHBoxLayout()
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        body.addWidget(self._scrolled(), 1)
        body.addWidget(self.check)
        column.addLayout(body, 1)
        self._show_dirty()

    def _head(self) -> QHBoxLayout:
        look, text = self.look, self.look.text
        self.title = Words(self._system.title or text.say("system-new"), "panel")
        vendor = text.word("vendor", self.vendor.id)
        self.second = Words(vendor if vendor != self._system.title else "", "second")
        self.save = Button(look, text.say("button-save"), self._save, role="primary", icon="check")
        words = text.say("button-test")
        self.test = Button(look, words, self._test, role="primary", icon="link")
        self.test_typed = Button(look, text.say("button-test-typed"), self._test, icon="link")
        self.delete = Button(look, text.say("button-delete-system"), self._delete, role="icon", icon="delete")
        used = self.state is not None and bool(self.state.used_by)
        if self.state is None:
            self.delete.hide()
        self.delete.setEnabled(not used)
        if used:
            self.delete.setToolTip(text.say("system-used"))
        buttons = (self.delete, self.test_typed, self.test, self.save)
        return form_head(look, self.title, self.second, buttons=buttons)

    def _scrolled(self) -> QScrollArea:
        px = self.look.px
        area, column = form_column(self.look, 700)
        column.addWidget(self.banner)
        if self.vendor.registers:
            column.addWidget(self._registration())
        self._news = QVBoxLayout()
        self._news.setSpacing(px(16))
        column.addLayout(self._news)
        self._show_news()
        column.addWidget(self.form, 1)
        if self.vendor.limits:
            told = self.look.text.say("system-limits", what=list(self.vendor.limits))
            column.addWidget(Words(told, "second", wrap=True))
        return area

    def show_news(self, state: SystemState | None) -> None:
        """What goes on by itself (calls of the month, the stream), anew; what is being typed stays."""
        if state is None or self.state is None or (state.meter, state.stream) == (
            self.state.meter, self.state.stream,
        ):  # fmt: skip
            return
        self.state = state
        while (item := self._news.takeAt(0)) is not None:
            if (part := item.widget()) is not None:
                part.deleteLater()
        self._show_news()

    def _show_news(self) -> None:
        state = self.state
        if state is not None and state.stream is not None:
            name = self._system.title or self._system.id
            self.stream = StreamPart(self.look, state.stream, name, datetime.now(UTC))
            self._news.addWidget(self.stream)
        if state is not None and state.meter is not None:
            self._news.addWidget(self._meter(state.meter))

    def _meter(self, meter: Meter) -> QFrame:
        """A vendor that meters calls: how much of the month's allowance is used up, and what follows from it."""
        look, text, px = self.look, self.look.text, self.look.px
        share = meter.used / meter.allowed
        level = "stop" if share >= 1 else "warn" if share >= _NEARLY else "ok"
        shape = {"stop": "square", "warn": "triangle_mark", "ok": "disc_tick"}[level]
        frame, words, row = QFrame(), QVBoxLayout(), QHBoxLayout()
        frame.setProperty("role", "cure")
        row.setContentsMargins(px(12), px(8), px(8), px(8))
        row.setSpacing(px(8))
        words.setSpacing(0)
        self.metered = Words(text.say("meter-used", count=meter.used, limit=meter.allowed), "strong")
        words.addWidget(self.metered)
        words.addWidget(Words(text.say(f"meter-{level}"), "second", wrap=True))
        row.addWidget(Mark(look, shape, level))
        row.addLayout(words, 1)
        frame.setLayout(row)
        return frame

    def _registration(self) -> QFrame:
        """An OA that wants one: whether we are registered, where the two values lie, and the order to do it."""
        look, text, px = self.look, self.look.text, self.look.px
        names = {field.name for field in self.vendor.fields}
        kept = [each.where for each in self.state.secrets if each.field not in names] if self.state else []
        done = bool(kept) and all(kept)
        frame, words, row = QFrame(), QVBoxLayout(), QHBoxLayout()
        frame.setProperty("role", "cure")
        row.setContentsMargins(px(12), px(8), px(8), px(8))
        row.setSpacing(px(8))
        words.setSpacing(0)
        words.addWidget(Words(text.say("register-done" if done else "register-missing"), "strong"))
        hint = text.word("secret", kept[0]) if done else text.say("register-hint")
        words.addWidget(Words(hint, "second", wrap=True))
        self.register = Button(
            look, text.say("register-again" if done else "register-do"), self._register, icon="pin"
        )
        self.register.setEnabled(self.state is not None)
        if self.state is None:
            self.register.setToolTip(text.say("register-save-first"))
        row.addWidget(Mark(look, "disc_tick" if done else "triangle_mark", "ok" if done else "warn"))
        row.addLayout(words, 1)
        row.addWidget(self.register)
        frame.setLayout(row)
        return frame

    # --- what happens ------------------------------------------------------------------------------------------------
    def _edited(self) -> None:
        self.dirty = True
        self._show_dirty()

    def _show_dirty(self) -> None:
        fresh = self.state is None
        self.save.setVisible(self.dirty or fresh)
        self.test.setVisible(not self.dirty and not fresh)
        self.test_typed.setVisible(self.dirty or fresh)

    def _save(self) -> None:
        if self._is_right():
            self.save.setEnabled(False)
            self.save_asked.emit(self.form.system(), self.form.secrets())

    def _test(self) -> None:
        if self._is_right():
            self.test_asked.emit(self.form.system(), self.form.secrets())

    def _is_right(self) -> bool:
        wrong = self.form.wrong()
        if wrong:
            self.banner.tell("stop", wrong)
        else:
            self.banner.hide()
        return not wrong

    def _register(self) -> None:
        if self.state is not None:
            self.register_asked.emit(self.state.system.id)

    def _delete(self) -> None:
        if self.state is not None:
            self.delete_asked.emit(self.state.system.id)

    def show_running(self) -> None:
        """A test is on its way."""
        self.check.show_running()
        for button in (self.test, self.test_typed):
            button.setEnabled(False)

    def show_test(self, result: Tested | None) -> None:
        """A result, or None: idle (stopped, or never tested)."""
        for button in (self.test, self.test_typed):
            button.setEnabled(True)
        if result is None:
            self.check.show_idle()
        else:
            self.check.show_result(result, result.at, self._system.title or self._system.id)

    def show_error(self, error: Any) -> None:
        """An order was refused: the form keeps what was typed."""
        text, code = self.look.text, error.code.id
        self.save.setEnabled(True)
        self.banner.tell("stop", text.what(code, error.facts), second="")
        self.banner.sentence.setText(f"{text.what(code, error.facts)} {text.do(code, error.facts)}")
        dressed(self.banner, tone="stop")

    def show_done(self, sentence: str) -> None:
        """An order was carried out."""
        self.banner.tell("ok", sentence)
