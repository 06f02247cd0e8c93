"""The month end on one page: a checklist whose every line leads to its cure, and the bills that are on their way still."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.domain.document import Document
from desktop.domain.errors import SyncError
from desktop.services.escort import MonthEnd, Point
from desktop.views.bridge import Bridge
from desktop.views.figure_table import Figure, FigureTable, Line
from desktop.views.look import Look
from desktop.views.order_watch import OrderWatch, Told
from desktop.views.queue_filter import MOVING
from desktop.views.queue_rows import money_words
from desktop.views.rights_here import may_here
from desktop.views.widgets import Button, Words, inset

SIZE = (900, 640)
PLACES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "moving": ("queue", {"states": MOVING}), "stuck": ("failures", {}), "gaps": ("base", {}), "agreed": ("reconcile", {}),
    "unagreed": ("reconcile", {}), "outside": ("reconcile", {}), "pace": ("systems", {}), "reconciled": ("reconcile", {}),
}  # fmt: skip
"""Where each line of the checklist is cured."""


class EscortDialog(QDialog):
    """house: has `escort`, `documents` and `person`; asked on a pool thread. go: opens a page with facts, as the window does."""

    def __init__(
        self, parent: QWidget, look: Look, bridge: Bridge, titles: Mapping[str, str], house: Any,
        go: Callable[[str, Mapping[str, Any]], object],
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._look, self._titles, self._go, self._house = look, titles, go, house
        self._page: MonthEnd | None = None
        self.orders = OrderWatch(house.documents, bridge, lambda: look.text, self)
        say, px = look.text.say, look.px
        self.setWindowTitle(say("escort-title"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*(px(each) for each in SIZE))
        self.told = Words(say("day-asking"), "second", wrap=True)
        self.points = FigureTable(
            look, say("escort-points"), [say("escort-point"), say("escort-state"), say("escort-count")], left=(0, 1)
        )  # fmt: skip
        heads = ("number", "state", "flow", "company", "amount")
        self.bills = FigureTable(
            look, say("escort-bills"), [say(f"escort-{each}") for each in heads], stretch=0, left=(0, 1, 2, 3)
        )
        self.more = Words(role="second", wrap=True)
        for table in (self.points, self.bills):
            table.asked.connect(self._open)
            table.hide()
        inner = QWidget()
        inner.setProperty("role", "area")
        column, whole, foot = QVBoxLayout(inner), QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        self.heading = Words(say("escort-bills"), "section")
        self.heading.hide()
        for widget in (self.points, inset(look, self.heading), self.bills, inset(look, self.more)):
            column.addWidget(widget)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inner)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        whole.setContentsMargins(0, px(20), 0, px(16))
        whole.setSpacing(px(8))
        for widget in (Words(say("escort-title"), "section"), self.told):
            whole.addWidget(inset(look, widget))
        whole.addWidget(scroll, 1)
        foot.setContentsMargins(px(24), 0, px(24), 0)
        self.first = Button(look, say("escort-first", count=0), self._order_first)
        self.first.hide()
        self.outcome = Words(role="second", wrap=True)
        foot.addWidget(self.first)
        foot.addWidget(self.outcome, 1)
        self.shut = Button(look, say("button-close"), self.close)
        foot.addWidget(self.shut)
        whole.addLayout(foot)
        bridge.ask(house.escort.look, then=self._show, failed=self._failed, owner=self)

    def _failed(self, error: Any) -> None:
        text = self._look.text
        self.told.tell(text.what(error.code.id, error.facts), "stop")

    def _show(self, page: MonthEnd | None) -> None:
        text = self._look.text
        if page is None:
            self.told.setText(text.say("escort-over"))
            return
        undone = sum(not each.well for each in page.points)
        day = page.last.strftime("%m-%d")
        self.told.setText(text.say("escort-told", day=day, left=page.left, undone=undone))
        self.points.show_lines([self._point(each) for each in page.points])
        self.bills.show_lines([self._bill(each) for each in page.bills])
        self.more.setText(text.say("escort-more", count=page.more) if page.more else "")
        self.points.show()
        for widget in (self.heading, self.bills):
            widget.setVisible(bool(page.bills))
        self._page = page
        self.first.say(text.say("escort-first", count=len(page.bills)))
        self.first.setVisible(bool(page.bills) and may_here(self._house, "go_first"))
        self.points.setFocus()

    def _order_first(self) -> None:
        """The listed bills go before the others of their flows."""
        ids, person = [each.id for each in self._page.bills] if self._page else [], self._house.person
        self.first.setEnabled(False)
        self.orders.give(lambda to: to.go_first(person, ids), self._tell, self._refused)

    def _tell(self, told: Told) -> None:
        self.outcome.tell(told.words, "ok" if told.well else "stop" if told.over else "")
        self.first.setEnabled(told.over and not told.well)

    def _refused(self, error: SyncError) -> None:
        text = self._look.text
        self.outcome.tell(
            f"{text.what(error.code.id, error.facts)} {text.do(error.code.id, error.facts)}", "stop"
        )
        self.first.setEnabled(True)

    def _point(self, point: Point) -> Line:
        text, where = self._look.text, {"point": point.name}
        state = text.say("escort-well" if point.well else "escort-undone")
        return Line(
            (
                Figure(text.say(f"escort-point-{point.name}"), where),
                Figure(f"{'√' if point.well else '▲'} {state}", None, "ok" if point.well else "warn"),
                Figure(text.number(point.count), where if point.count else None, "text" if point.count else "muted"),
            )
        )  # fmt: skip

    def _bill(self, bill: Document) -> Line:
        text = self._look.text
        where = {"document": bill.id, "number": bill.source.number}
        return Line(
            (
                Figure(bill.source.number, where),
                Figure(text.say(f"state-{bill.state.value}")),
                Figure(text.word("flow", bill.flow_id), None, "muted"),
                Figure(self._titles.get(bill.route_id, bill.route_id), None, "muted"),
                Figure(money_words(text, bill.amount) if bill.amount else "–"),
            )
        )  # fmt: skip

    def _open(self, facts: Mapping[str, Any]) -> None:
        page, wanted = PLACES[facts["point"]] if "point" in facts else ("queue", facts)
        self.close()
        self._go(page, {"text": "", **wanted} if page == "queue" else wanted)
