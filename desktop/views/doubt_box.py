"""Nobody knows whether it happened: what the target shows of it now, each record with what tells it from others.

Asks by itself when a document in doubt is shown, and again on a button. A record is bound with one click.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout

from desktop.domain.errors import SyncError
from desktop.views.bridge import Bridge
from desktop.views.look import Look
from desktop.views.widgets import Button, Mark, Words

if TYPE_CHECKING:
    from desktop.services.documents import Documents, Story
    from desktop.services.doubts import Candidate, Doubt

_MARKS = {
    "found": ("disc_tick", "ok"), "none": ("ring_bar", "muted"), "several": ("diamond", "warn"), "stands": ("disc", "wait"),
    "unasked": ("triangle_mark", "warn"),
}  # fmt: skip


class DoubtBox(QFrame):
    """bind: the person says that this record is it: its number as the target knows it."""

    def __init__(
        self, look: Look, bridge: Bridge, documents: Documents, bind: Callable[[str], object]
    ) -> None:
        super().__init__()
        self._look, self._bridge, self._documents, self._bind = look, bridge, documents, bind
        self._about: tuple[int, int] | None = None
        self.doubt: Doubt | None = None
        self.buttons: list[Button] = []
        say, px = look.text.say, look.px
        self.setProperty("role", "cure")
        self.mark, self.words = Mark(look, "ring_half", "wait"), Words(wrap=True)
        self.again = Button(look, say("doubt-again"), self.ask, role="quiet", icon="sync")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(px(16))
        self._grid.setVerticalSpacing(px(6))
        head, whole = QHBoxLayout(), QVBoxLayout(self)
        head.setSpacing(px(8))
        head.addWidget(self.mark)
        head.addWidget(self.words, 1)
        head.addWidget(self.again)
        whole.setContentsMargins(px(16), px(10), px(16), px(10))
        whole.setSpacing(px(8))
        whole.addLayout(head)
        whole.addLayout(self._grid)
        self.hide()

    def show_story(self, story: Story) -> None:
        """Asks for the evidence of a document in doubt, once for each doubt; hides for any other."""
        doubtful = [each for each in story.attempts if each.outcome.value == "in_doubt"]
        if not doubtful:
            self._about = None
            self.hide()
            return
        about = (story.row.id, doubtful[-1].id)
        self.show()
        if about != self._about:
            self._about = about
            self.ask()

    def ask(self) -> None:
        """Reads the target now."""
        if self._about is None:
            return
        document_id = self._about[0]
        self._clear()
        self.mark.show_shape("ring_half", "wait")
        self.words.tell(self._look.text.say("doubt-asking"), "")
        self._bridge.ask(
            lambda: self._documents.doubt(document_id), then=self._show, failed=self._lost, owner=self, slot="doubt"
        )  # fmt: skip

    def _clear(self) -> None:
        self.buttons = []
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()

    def _show(self, doubt: Doubt | None) -> None:
        self.doubt = doubt
        if doubt is None:
            self.hide()
            return
        text, verdict = self._look.text, doubt.verdict.value
        self.mark.show_shape(*_MARKS[verdict])
        when = text.moment(doubt.promised_at)
        self.words.tell(
            text.say(
                f"doubt-{verdict}", system=doubt.system, key=doubt.key, when=when, count=len(doubt.candidates)
            )
        )
        making = verdict in ("found", "several") and doubt.step == "open_request"
        for row, each in enumerate(doubt.candidates):
            self._add(row, each, doubt, bindable=making)

    def _add(self, row: int, each: Candidate, doubt: Doubt, *, bindable: bool) -> None:
        text = self._look.text
        same = {True: "doubt-same", False: "doubt-differs", None: ""}[each.same_amount]
        amount = f"{each.amount} {text.say(same, sent=doubt.sent_amount) if same else ''}".strip()
        status = text.word("match", each.status)
        parts = (
            each.number, amount, text.moment(each.at) if each.at else "", status, each.who,
            text.say("doubt-key" if each.key else "doubt-no-key"),
        )  # fmt: skip
        for column, words in enumerate(parts):
            tone = "stop" if column == 1 and each.same_amount is False else ""
            self._grid.addWidget(
                Words(words, "strong" if column == 0 else "", tone=tone, selectable=True), row, column
            )
        if bindable:
            button = Button(self._look, text.say("doubt-bind"), lambda: self._bind(each.ref.key))
            button.setEnabled(not each.bound and each.key)
            button.setToolTip(text.say("order-result-bound_elsewhere") if each.bound else "")
            self.buttons.append(button)
            self._grid.addWidget(button, row, len(parts))
        self._grid.setColumnStretch(len(parts) + 1, 1)

    def _lost(self, error: SyncError) -> None:
        text, code = self._look.text, error.code.id
        self.mark.show_shape("square", "stop")
        self.words.tell(f"{text.what(code, error.facts)} {text.do(code, error.facts)}", "stop")
