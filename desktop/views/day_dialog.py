"""One day's failed and late bills: cause, minutes until mended, money. Each number opens its bill."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.services.overview import Trouble
from desktop.views.bridge import Bridge
from desktop.views.figure_table import Figure, FigureTable, Line
from desktop.views.look import Look
from desktop.views.queue_rows import money_words
from desktop.views.widgets import Button, Words, inset

SIZE = (900, 560)


class DayDialog(QDialog):
    """read: asked on a pool thread. go: opens a page with facts, as the window does."""

    def __init__(
        self, parent: QWidget, look: Look, bridge: Bridge, begins: datetime, titles: Mapping[str, str],
        read: Callable[[], Sequence[Trouble]], go: Callable[[str, Mapping[str, Any]], object],
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._look, self._titles, self._go = look, titles, go
        say, px = look.text.say, look.px
        title = say("day-title", day=look.text.date(begins))
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*(px(each) for each in SIZE))
        heads = ("number", "cause", "flow", "company", "minutes", "amount")
        self.table = FigureTable(
            look, title, [say(f"day-{each}") for each in heads], stretch=1, left=(0, 2, 3)
        )
        self.table.asked.connect(self._open)
        self.told = Words(say("day-asking"), "second", wrap=True)
        inner = QWidget()
        inner.setProperty("role", "area")
        column, whole, foot = QVBoxLayout(inner), QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inner)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        whole.setContentsMargins(0, px(20), 0, px(16))
        whole.setSpacing(px(8))
        for widget in (Words(title, "section"), self.told):
            whole.addWidget(inset(look, widget))
        whole.addWidget(scroll, 1)
        foot.setContentsMargins(px(24), 0, px(24), 0)
        foot.addStretch(1)
        self.shut = Button(look, say("button-close"), self.close)
        foot.addWidget(self.shut)
        whole.addLayout(foot)
        bridge.ask(read, then=self._show, failed=self._failed, owner=self)

    def _failed(self, error: Any) -> None:
        text = self._look.text
        self.told.tell(text.what(error.code.id, error.facts), "stop")

    def _show(self, troubles: Sequence[Trouble]) -> None:
        text = self._look.text
        failed = sum(bool(each.code) for each in troubles)
        told = text.say("day-told", failed=failed, late=len(troubles) - failed)
        self.told.setText(told if troubles else text.say("day-none"))
        self.table.show_lines([self._line(each) for each in troubles])
        self.table.setVisible(bool(troubles))
        self.table.setFocus()

    def _line(self, trouble: Trouble) -> Line:
        text = self._look.text
        what = text.what(trouble.code, trouble.facts) if trouble.code else text.say("day-late")
        short = f"short-{trouble.code}" if trouble.code and text.has(f"short-{trouble.code}") else ""
        open_still = trouble.closed_at is None
        took = ((trouble.closed_at or datetime.now(UTC)) - trouble.opened_at).total_seconds()
        minutes = text.say("day-open" if open_still else "day-minutes-told", count=max(1, round(took / 60)))
        where = {"document": trouble.document_id, "number": trouble.number}
        return Line(
            (
                Figure(trouble.number, where),
                Figure(
                    f"{trouble.code} {text.say(short) if short else what}".strip(),
                    where, "text" if trouble.code else "muted", what,
                ),
                Figure(text.word("flow", trouble.flow_id), None, "muted"),
                Figure(self._titles.get(trouble.route_id, trouble.route_id), None, "muted"),
                Figure(minutes, None, "stop" if open_still else "text"),
                Figure(money_words(text, trouble.amount) if trouble.amount else "–"),
            )
        )  # fmt: skip

    def _open(self, facts: Mapping[str, Any]) -> None:
        self.close()
        self._go("queue", {"text": "", **facts})
