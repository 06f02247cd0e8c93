"""Why was it not sent? One bill number asked of both systems, the answer in words, and the order to send it now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.domain.errors import SyncError
from desktop.views.bridge import Bridge
from desktop.views.look import Look
from desktop.views.order_watch import OrderWatch, Told
from desktop.views.widgets import Button, Mark, Words

if TYPE_CHECKING:
    from desktop.domain.record import RequestDraft
    from desktop.services.reasons import Answer

WIDTH, LEAST_HEIGHT, DRAFT_HEIGHT = 540, 130, 190
MARKS = {
    "due": ("ring_dashed", "wait"), "sent": ("disc_tick", "ok"), "sending": ("ring_half", "wait"), "made": ("disc_tick", "ok"),
    "generated": ("disc_tick", "ok"), "kept_out": ("ring_bar", "muted"), "dismissed": ("ring_bar", "muted"),
    "not_submitted": ("ring_bar", "muted"), "unknown": ("ring_bar", "muted"), "failed": ("square", "stop"),
    "held": ("square", "stop"), "held_back": ("ring_bar", "warn"), "unasked": ("triangle_mark", "warn"),
}  # fmt: skip
"""Shape and colour of a reason; what else stands in the way is a warning."""


class WhyDialog(QDialog):
    """Opens over its window and asks at once; nothing of it waits on the GUI thread.

    house: has `reasons`, `documents` and `person`. go: opens a page with facts, as the window does.
    """

    def __init__(
        self, parent: QWidget, look: Look, bridge: Bridge, house: Any, number: str,
        go: Callable[[str, dict[str, Any]], object],
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._look, self._bridge, self._house, self._number, self._go = look, bridge, house, number, go
        self.setWindowTitle(look.text.say("why-title"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(look.px(WIDTH))
        self._watch = OrderWatch(house.documents, bridge, lambda: look.text, self)
        self.told = Words(role="second", wrap=True)
        self.sends: list[Button] = []
        self.opens: list[Button] = []
        self.sentences: list[Words] = []
        self._answers = QVBoxLayout()
        self._lay_out()
        self._ask()

    def _lay_out(self) -> None:
        px, whole, foot = self._look.px, QVBoxLayout(self), QHBoxLayout()
        whole.setContentsMargins(px(24), px(20), px(24), px(16))
        whole.setSpacing(px(12))
        whole.addWidget(Words(self._number, "section", selectable=True))
        self._answers.setSpacing(px(14))
        whole.addLayout(self._answers)
        foot.setSpacing(px(8))
        foot.addWidget(self.told, 1)
        self.shut = Button(self._look, self._look.text.say("why-close"), self.close)
        foot.addWidget(self.shut, alignment=Qt.AlignmentFlag.AlignRight)
        whole.addLayout(foot)

    # Asking ----------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        self._show_asking()
        reasons, number = self._house.reasons, self._number
        self._bridge.ask(
            lambda: reasons.why_not_sent(number),
            then=self._show,
            failed=self._show_error,
            owner=self,
            slot="why",
        )

    def _show_asking(self) -> None:
        self._empty()
        self._answers.addWidget(Words(self._look.text.say("why-asking", number=self._number), "muted"))
        QTimer.singleShot(0, self, self._fit)

    def _show_error(self, error: SyncError) -> None:
        self._empty()
        text, code = self._look.text, error.code.id
        self._add(("square", "stop"), text.what(code, error.facts), text.do(code, error.facts), code)
        QTimer.singleShot(0, self, self._fit)

    def _show(self, answers: Sequence[Answer]) -> None:
        self._empty()
        if len(answers) > 1:
            self._answers.addWidget(Words(self._look.text.say("why-several", count=len(answers)), "muted"))
        for answer in answers:
            self._show_answer(answer)
        first = next(iter(self.sends or self.opens), self.shut)
        first.setFocus()
        QTimer.singleShot(0, self, self._fit)

    def _fit(self) -> None:
        """As high as its words need at its width, once they are shown; the draft scrolls in itself."""
        layout = self.layout()
        assert layout is not None
        layout.activate()
        self.setFixedHeight(max(layout.totalHeightForWidth(self.width()), self._look.px(LEAST_HEIGHT)))

    def _show_answer(self, answer: Answer) -> None:
        mark = MARKS.get(answer.reason.value, ("triangle_mark", "warn"))
        column, say, row = (
            self._add(mark, answer.what, answer.do, answer.code),
            self._look.text.say,
            QHBoxLayout(),
        )
        if answer.draft is not None:
            column.addWidget(Words(say("why-would"), "caption"))
            column.addWidget(self._draft(answer.draft))
        row.setSpacing(self._look.px(8))
        if answer.sendable:
            send = Button(self._look, say("why-send"), lambda: self._send(answer), role="primary")
            self.sends.append(send)
            row.addWidget(send)
        if answer.document_id is not None:
            facts = {"document": answer.document_id, "number": answer.number}
            show = Button(self._look, say("why-open"), lambda: self._open(facts))
            self.opens.append(show)
            row.addWidget(show)
        row.addStretch(1)
        if row.count() > 1:
            column.addLayout(row)

    def _add(self, mark: tuple[str, str], what: str, do: str, code: str) -> QVBoxLayout:
        """One answer: what, and under it what to do; answers the column that more may follow in."""
        px, holder = self._look.px, QWidget()
        row, column = QHBoxLayout(holder), QVBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(10))
        column.setSpacing(px(6))
        row.addWidget(Mark(self._look, *mark), alignment=Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        sentence = Words(what, "strong", wrap=True, selectable=True)
        self.sentences.append(sentence)
        column.addWidget(sentence)
        column.addWidget(Words(do, wrap=True, selectable=True))
        if code:
            column.addWidget(Words(code, "caption"))
        self._answers.addWidget(holder)
        return column

    def _draft(self, draft: RequestDraft) -> QWidget:
        """The fields that the OA would get, and how many rows of each table."""
        px, area, inner = self._look.px, QScrollArea(), QWidget()
        grid = QGridLayout(inner)
        grid.setContentsMargins(px(10), px(8), px(10), px(8))
        grid.setHorizontalSpacing(px(16))
        grid.setVerticalSpacing(px(4))
        grid.addWidget(Words(draft.title, "strong", wrap=True, selectable=True), 0, 0, 1, 2)
        shown = [*draft.fields.items(), *((table, f"x {len(rows)}") for table, rows in draft.details.items())]
        for at, (name, value) in enumerate(shown, start=1):
            grid.addWidget(Words(name, "caption"), at, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(Words(value, wrap=True, selectable=True), at, 1)
        grid.setColumnStretch(1, 1)
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFixedHeight(px(DRAFT_HEIGHT))
        area.setFrameShape(QFrame.Shape.StyledPanel)
        return area

    def _empty(self) -> None:
        while (taken := self._answers.takeAt(0)) is not None:
            if widget := taken.widget():
                widget.hide()
                widget.deleteLater()
        self.sends, self.opens, self.sentences = [], [], []

    # Orders ----------------------------------------------------------------------------------------------------

    def _send(self, answer: Answer) -> None:
        for button in self.sends:
            button.setEnabled(False)
        reasons, person = self._house.reasons, self._house.person
        self._watch.give(lambda _: reasons.send_now(person, answer), self._tell, self._show_error)

    def _tell(self, told: Told) -> None:
        """What became of the order; then everything is asked anew, where it was refused."""
        words = self._look.text.say("why-sent-now") if told.well and told.over else told.words
        self.told.tell(words, "ok" if told.well else "warn" if told.over else "")
        if told.over and not told.well:
            self._ask()

    def _open(self, facts: dict[str, Any]) -> None:
        self.close()
        self._go("queue", facts)
