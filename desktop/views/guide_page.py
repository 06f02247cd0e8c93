"""The first steps: language, both connections, a company, a flow, base data, a dry run, the first bill; or the sandbox first."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QProcess, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from desktop.domain.errors import SyncError
from desktop.services.guide import STEPS, Way
from desktop.views.desk import Desk
from desktop.views.page import Area, Page
from desktop.views.page_states import EmptyState
from desktop.views.widgets import Button, Mark, Skeleton, Words

WIDTH = 760


class StepRow(QFrame):
    """One step: its mark, what it is for, and its button."""

    def __init__(self, page: GuidePage, step: str, *extra: QWidget) -> None:
        super().__init__()
        look, say, px = page.look, page.look.text.say, page.look.px
        self.mark = Mark(look)
        self.title = Words(say(f"guide-{step}"), "strong")
        self.note = Words(say(f"guide-{step}-note"), "second", wrap=True)
        self.button = Button(look, say(f"guide-{step}-do"), lambda: page.take(step))
        row, words = QHBoxLayout(self), QVBoxLayout()
        row.setContentsMargins(px(16), px(12), px(16), px(12))
        row.setSpacing(px(12))
        words.setSpacing(px(2))
        words.addWidget(self.title)
        words.addWidget(self.note)
        self.mark.setFixedHeight(self.title.sizeHint().height() + px(2))  # its middle beside the title's
        row.addWidget(self.mark, alignment=Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        for widget in extra:
            row.addWidget(widget)
        row.addWidget(self.button)

    def show_state(self, *, done: bool, now: bool, note: str) -> None:
        """Done, the one to take now (its button is the page's filled one), or later."""
        shape = ("disc_tick", "ok") if done else ("ring_half", "link") if now else ("ring", "faint")
        self.mark.show_shape(*shape)
        self.button.set_role("primary" if now else "secondary")
        self.setProperty("role", "cure" if now else "")
        self.style().unpolish(self)
        self.style().polish(self)
        self.note.setText(note)


class GuidePage(Page):
    """Asks Guide; each step opens the page on which it is taken."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, desk.look.text.say("page-guide"))
        self._guide, self._person = desk.house.guide, desk.house.person
        self.way: Way | None = None
        look, say, px = self.look, self.look.text.say, self.look.px
        self.language = Button(look, say("guide-language-do"), self._switch_language, icon="language")
        self.add_action(self.language)
        self.number = QLineEdit()
        self.number.setPlaceholderText(say("guide-number"))
        self.number.setAccessibleName(say("guide-number"))
        self.number.setFixedWidth(px(170))
        self.number.returnPressed.connect(lambda: self.take("dry"))
        inner = QWidget()
        inner.setProperty("role", "area")
        inner.setMaximumWidth(px(WIDTH))
        column = QVBoxLayout(inner)
        column.setContentsMargins(px(24), px(8), px(24), px(24))
        column.setSpacing(px(4))
        self.told = Words(role="section", wrap=True)
        column.addWidget(self.told)
        column.addSpacing(px(8))
        self.rows = {step: StepRow(self, step, *((self.number,) if step == "dry" else ())) for step in STEPS}
        for row in self.rows.values():
            column.addWidget(row)
        column.addSpacing(px(16))
        self.sandbox = StepRow(self, "sandbox")
        self.sandbox.mark.show_shape("disc", "violet")
        column.addWidget(self.sandbox)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inner)
        empty = EmptyState(look, say("page-guide"), "", icon="pin")
        self.area = Area(look, scroll, empty, self.refresh)
        self.skeleton = Skeleton(look, 10)
        self.area.addWidget(self.skeleton)
        self.body.addWidget(self.area, 1)

    # Asking ----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """How far it is."""
        self.desk.bridge.ask(
            self._guide.look, then=self._show, failed=self.area.show_error, busy=self._busy, owner=self, slot="way"
        )  # fmt: skip

    def _busy(self, on: bool) -> None:
        if self.way is None:
            self.area.setCurrentWidget(self.skeleton if on else self.area.content)

    def _show(self, way: Way) -> None:
        self.way, text = way, self.look.text
        self.area.show_content()
        self.told.setText(text.say("guide-done" if not way.next else "guide-lead"))
        facts = {
            "flow": {"count": way.flows}, "base": {"gaps": way.gaps, "matches": way.matches},
            "first": {"count": way.documents}, "company": {"count": way.companies},
        }  # fmt: skip
        for step, row in self.rows.items():
            done = step in way.done
            told = f"guide-{step}-is"
            use = done or (step == "base" and bool(way.matches or way.gaps))
            note = (
                text.say(told, **facts.get(step, {}))
                if use and text.has(told)
                else text.say(f"guide-{step}-note")
            )
            row.show_state(done=done, now=step == way.next, note=note)

    # What the person does --------------------------------------------------------------------------------------

    def take(self, step: str) -> None:
        """Opens where a step is taken."""
        way = self.way
        if step in ("erp", "oa"):
            self.desk.go("systems", {"lead": step})
        elif step in ("company", "flow"):
            self.desk.go("systems", {"lead": "route" if step == "company" else "flow"})
        elif step == "base":
            self.desk.go("base", {})
        elif step == "dry":
            self._try()
        elif step == "first":
            self.desk.go("queue", {"text": "", **({} if way and way.documents else {"states": ()})})
        else:
            self._open_sandbox()

    def _try(self) -> None:
        """What this bill would send, shown as `main.py send --dry-run` tells it; nothing is sent."""
        number = self.number.text().strip()
        if not number:
            self.number.setFocus()
            return
        from desktop.views.why_dialog import WhyDialog

        guide, person = self._guide, self._person
        self.desk.bridge.ask(
            lambda: guide.note_tried(person, number), then=lambda _: self.refresh(), failed=self._refused, owner=self
        )  # fmt: skip
        self.why = WhyDialog(self, self.look, self.desk.bridge, self.desk.house, number, self.desk.go)
        self.why.open()

    def _refused(self, error: SyncError) -> None:
        self.desk.bridge.trouble.emit(error)

    def _open_sandbox(self) -> None:
        """A second window on the toy company, with its own data that goes when it is closed."""
        program, *arguments = self.desk.house.demo_command()
        QProcess.startDetached(program, arguments)

    def _switch_language(self) -> None:
        other = "en" if self.look.text.language == "zh" else "zh"
        self.desk.remember("window.language", other)
        self.look.set_language(other)

    def hear(self, events: tuple[Any, ...]) -> None:
        self.refresh()

    def focus_first(self) -> None:
        row = self.rows.get(self.way.next) if self.way is not None else None
        (row.button if row is not None else self).setFocus()
