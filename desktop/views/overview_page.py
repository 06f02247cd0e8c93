"""The overview: is all well, what is it worth, and where must somebody act. Every number opens its list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.domain.errors import SyncError
from desktop.domain.record import Money
from desktop.services.health import Finding
from desktop.services.overview import Cause, Desk, Overview, Tally, company
from desktop.views import desk as desks
from desktop.views.day_dialog import DayDialog
from desktop.views.desk import Command
from desktop.views.escort_dialog import EscortDialog
from desktop.views.figure_table import Figure, FigureTable, Line
from desktop.views.health_part import HealthPart
from desktop.views.look import Look
from desktop.views.overview_side import Side, length
from desktop.views.page import Area, Page
from desktop.views.page_states import Banner, EmptyState
from desktop.views.paint_guard import guarded_paint
from desktop.views.queue_filter import MOVING
from desktop.views.queue_rows import money_words
from desktop.views.states import paint_shape
from desktop.views.widgets import Button, Painted, Skeleton, Words

FLOWING = tuple(name for name in MOVING if name != "found")
SLOWEST = 8
CALM_MS = 1500
"""A busy engine is followed this often."""
MINUTE_MS = 60_000


class OverviewPage(Page):
    """Asks Overviews; nothing here counts or sums."""

    def __init__(self, desk: desks.Desk) -> None:
        super().__init__(desk, desk.look.text.say("page-overview"))
        self._overviews = desk.house.overview
        self.overview: Overview | None = None
        self._calm = QTimer(self, singleShot=True, interval=CALM_MS)
        self._calm.timeout.connect(self.refresh)
        self._minute = QTimer(self, interval=MINUTE_MS)
        self._minute.timeout.connect(self._retell)
        self._minute.start()
        self._build()

    # Building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        look, say, px = self.look, self.look.text.say, self.look.px
        self.act = Button(look, "", self._handle, role="primary")
        self.act.hide()
        self.check = Button(look, say("overview-check"), self.look_at_health, icon="check")
        if not hasattr(self.desk.house, "health"):  # never show what has no parent yet: it would be a window
            self.check.hide()
        self.export = Button(look, say("overview-export"), self._export, icon="download")
        self.add_action(self.export)
        self.add_action(self.check)
        self.health = HealthPart(look, self._open)
        self.health.hide()
        headings = ("name", "waiting", "flowing", "stuck", "today-done", "under-way", "blocked", "oldest")
        self.table = self._table("overview-flows", headings)
        self.causes = self._table("overview-causes", ("cause", "count", "blocked", "share"))
        self.daily = self._table("overview-daily", ("day-of", "done", "failed", "left", "minutes"))
        self.approvers = self._table("overview-approvers", ("approver", "count", "half", "most", "share"))
        self.nodes = self._table("overview-nodes", ("node", "count", "half", "most", "share"))
        self.side = Side(look)
        self.side.bars.asked.connect(self._open_day)
        self.escort = Banner(look)
        left = QWidget()
        left.setProperty("role", "area")
        column = QVBoxLayout(left)
        column.setContentsMargins(0, px(8), 0, px(24))
        column.setSpacing(0)
        column.addWidget(self.health)
        self._parts: dict[FigureTable, tuple[Words, Words]] = {}
        for table, title in (
            (self.table, "overview-flows"),
            (self.causes, "overview-causes"),
            (self.daily, "overview-daily"),
            (self.approvers, "overview-approvers"),
            (self.nodes, "overview-nodes"),
        ):
            column.addLayout(self._titled(table, title))
            column.addWidget(table)
            column.addSpacing(px(16))
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(left)
        content = QWidget()
        self._lay_out(content, scroll)
        empty = EmptyState(look, say("overview-empty"), say("overview-empty-hint"), icon="overview")
        self.area = Area(look, content, empty, self.refresh)
        self.skeleton = Skeleton(look, 12)
        self.area.addWidget(self.skeleton)
        self.body.addWidget(self.area, 1)

    def _table(self, name: str, headings: tuple[str, ...]) -> FigureTable:
        say = self.look.text.say
        made = FigureTable(self.look, say(name), [say(f"overview-{each}") for each in headings])
        made.asked.connect(self._open)
        return made

    def _titled(self, table: FigureTable, title: str) -> QHBoxLayout:
        say, px, row = self.look.text.say, self.look.px, QHBoxLayout()
        row.setContentsMargins(px(24), px(8), px(24), px(4))
        row.setSpacing(px(8))
        words, second = Words(say(title), "section"), Words(say(f"{title}-is"), "second")
        row.addWidget(words)
        row.addWidget(second)
        row.addStretch(1)
        self._parts[table] = (words, second)
        return row

    def _lay_out(self, content: QWidget, scroll: QScrollArea) -> None:
        column, middle = QVBoxLayout(content), QHBoxLayout()
        for layout in (column, middle):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
        column.addLayout(self._sentence())
        above = QHBoxLayout()
        above.setContentsMargins(self.look.px(24), 0, self.look.px(24), self.look.px(8))
        above.addWidget(self.escort)
        column.addLayout(above)
        column.addWidget(self._rule())
        middle.addWidget(scroll, 1)
        line = QFrame()
        line.setProperty("role", "edge")
        line.setFixedWidth(1)
        middle.addWidget(line)
        middle.addWidget(self.side)
        column.addLayout(middle, 1)

    def _rule(self) -> QFrame:
        rule = QFrame()
        rule.setProperty("role", "rule")
        return rule

    def _sentence(self) -> QHBoxLayout:
        look, px, row = self.look, self.look.px, QHBoxLayout()
        row.setContentsMargins(px(24), px(4), px(24), px(14))
        row.setSpacing(px(14))
        self.mark = BigMark(look)
        self.sentence = Words(role="sentence")
        self.worth = Words(role="sentence", tone="stop", selectable=True)
        self.rest = Words(role="second", wrap=True)
        words, first = QVBoxLayout(), QHBoxLayout()
        words.setSpacing(px(4))
        first.setSpacing(px(14))
        first.addWidget(self.mark)
        first.addWidget(self.sentence)
        first.addWidget(self.worth)
        first.addStretch(1)
        words.addLayout(first)
        words.addWidget(self.rest)
        row.addLayout(words, 1)
        row.addWidget(self.act, alignment=Qt.AlignmentFlag.AlignVCenter)
        return row

    # Asking ----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Asks anew; while nothing moved the answer is the kept one."""
        self.desk.bridge.ask(
            self._overviews.look, then=self._show, failed=self._failed, busy=self._busy, owner=self, slot="look",
            patient=True,
        )  # fmt: skip

    def hear(self, events: tuple[Any, ...]) -> None:
        if not self._calm.isActive():
            self._calm.start()

    def _busy(self, on: bool) -> None:
        if self.overview is None:
            self.area.setCurrentWidget(self.skeleton if on else self.area.content)

    def _failed(self, error: SyncError) -> None:
        if self.overview is None:
            self.area.show_error(error)
        else:
            self.desk.bridge.trouble.emit(error)

    def focus_first(self) -> None:
        self.table.setFocus()

    def close_panel(self) -> bool:
        shown = self.health.isVisible()
        self.health.hide()
        return shown

    def commands(self) -> tuple[Command, ...]:
        handle = Command("overview-handle", self._handle, "", "queue")
        return (handle, Command("overview-check", self.look_at_health, "", "check"))

    def look_at_health(self) -> None:
        """Everything that `main.py check` looks at; seconds, so on a thread of its own."""
        if not self.check.isEnabled():
            return
        self.check.setEnabled(False)
        self.health.show_running()
        self.area.setCurrentWidget(self.area.content)
        self.desk.bridge.ask_long(
            lambda _: self.desk.house.health.check(), then=self._checked, failed=self._unchecked, owner=self
        )

    def _checked(self, found: list[Finding]) -> None:
        self.check.setEnabled(True)
        self.health.show_findings(found)

    def _unchecked(self, error: SyncError) -> None:
        self.check.setEnabled(True)
        self.health.hide()
        self.desk.bridge.trouble.emit(error)

    # Showing ---------------------------------------------------------------------------------------------------

    def _retell(self) -> None:
        if self.isVisible():
            self.refresh()

    def _show(self, overview: Overview) -> None:
        self.overview = overview
        self.area.show_content(not overview.empty)
        if self.area.currentWidget() is not self.area.content and not overview.empty:
            self.area.setCurrentWidget(self.area.content)
        now = datetime.now(UTC)
        self._show_sentence(overview, now)
        self.table.show_lines(self._flow_lines(overview, now))
        self.causes.show_lines([self._cause_line(each, overview) for each in overview.causes])
        self.daily.show_lines(self._day_lines(overview))
        self.approvers.show_lines(self._desk_lines(overview.approvers))
        self.nodes.show_lines(self._desk_lines(overview.nodes))
        self._show_escort(overview)
        for table, parts in self._parts.items():
            for widget in (table, *parts):
                widget.setVisible(bool(table.lines))
        self.side.show_overview(overview)

    def _show_sentence(self, overview: Overview, now: datetime) -> None:
        say, whole, stuck = self.look.text.say, overview.whole, overview.whole.stuck
        shape, token = ("square", "stop") if stuck else ("disc_tick", "ok")
        self.mark.show_shape(shape, token)
        self.sentence.setText(say("overview-stuck-told", count=stuck) if stuck else say("overview-well"))
        self.worth.setText(self._money(whole.blocked) if stuck else "")
        self.worth.setVisible(bool(stuck and whole.blocked))
        counts = {"flowing": whole.waiting + whole.flowing, "today": whole.today}
        told = say("overview-rest", **counts)
        if whole.under_way:
            told += self._gap() + say("overview-rest-worth", amounts=self._money(whole.under_way))
        if whole.oldest is not None:
            told += self._gap() + say("overview-rest-oldest", lapse=self._lapse(whole.oldest, now))
        self.rest.setText(told)
        self.second.setText(self.look.text.date(now))
        self.act.setVisible(bool(stuck))
        self.act.say(say("overview-act", count=stuck))

    def _show_escort(self, overview: Overview) -> None:
        """Near the month's end: what is on its way still, and the way to it."""
        text, whole = self.look.text, overview.whole
        count = whole.waiting + whole.flowing
        if overview.month_end is None or not count:
            self.escort.hide()
            return
        last, left = overview.month_end
        told = text.say("overview-escort", day=last.strftime("%m-%d"), left=left, count=count)
        amounts = self._money(whole.under_way)
        self.escort.tell(
            "warn", told, second=amounts, link=text.say("overview-escort-do"),
            act=self._open_escort,
        )  # fmt: skip

    def _open_escort(self) -> None:
        """The month end on one page."""
        titles, house = self.overview.titles if self.overview else {}, self.desk.house
        self.month_end = EscortDialog(self, self.look, self.desk.bridge, titles, house, self.desk.go)
        self.month_end.open()

    def _desk_lines(self, desks: Sequence[Desk]) -> list[Line]:
        """The slowest ones, with a bar for comparison."""
        text, longest = self.look.text, max((each.half_s for each in desks), default=0.0)
        return [
            Line(
                (
                    Figure(each.name), Figure(text.number(each.count)), Figure(length(text, each.half_s)),
                    Figure(length(text, each.most_s), None, "muted"),
                    Figure("", None, "accent_mid", bar=each.half_s / longest if longest else 0.0),
                )
            )
            for each in desks[:SLOWEST]
        ]  # fmt: skip

    def _open_day(self, begins: datetime) -> None:
        """What failed or was late on a day."""
        overview, overviews = self.overview, self._overviews
        if overview is not None:
            self.day = DayDialog(
                self, self.look, self.desk.bridge, begins, overview.titles, lambda: overviews.day(begins), self.desk.go
            )  # fmt: skip
            self.day.open()

    def _export(self) -> None:
        """The overview as a workbook, where the person says."""
        say, house = self.look.text.say, self.desk.house
        name = f"{datetime.now().astimezone():%Y-%m-%d}.xlsx"
        chosen, _ = QFileDialog.getSaveFileName(self, say("overview-export"), name, "Excel (*.xlsx)")
        if chosen:
            self.desk.bridge.ask(
                lambda: house.reports.write(Path(chosen)),
                then=lambda path: self.second.setText(say("reconcile-written", file=str(path))), owner=self,
            )  # fmt: skip

    def _gap(self) -> str:
        """Between two sentences: nothing in Chinese."""
        return "" if self.look.text.language == "zh" else " "

    def _flow_lines(self, overview: Overview, now: datetime) -> list[Line]:
        lines = []
        routes = list(dict.fromkeys(each.route_id for each in overview.tallies))
        for route in routes:
            title = overview.titles.get(route, route)
            lines.append(self._tally_line(company(overview, route), title, "group", now))
            lines += [
                self._tally_line(each, self.look.text.word("flow", each.flow_id), "under", now)
                for each in overview.tallies
                if each.route_id == route
            ]
        if len(routes) > 1:
            lines.append(self._tally_line(overview.whole, self.look.text.say("overview-total"), "total", now))
        return lines

    def _tally_line(self, tally: Tally, name: str, role: str, now: datetime) -> Line:
        where: dict[str, Any] = {"routes": (tally.route_id,) if tally.route_id else ()}
        where["flows"] = (tally.flow_id,) if tally.flow_id else ()
        found, moving = {**where, "states": ("found",)}, {**where, "states": MOVING}
        person, today = {**where, "person": True}, {**where, "states": ("done",), "days": 1}
        return Line(
            (
                Figure(name, where),
                self._count(tally.waiting, found),
                self._count(tally.flowing, {**where, "states": FLOWING}),
                self._count(tally.stuck, person, "stop"),
                self._count(tally.today, today),
                self._amount(tally.under_way, moving),
                self._amount(tally.blocked, person, "stop"),
                self._age(tally.oldest, moving, now),
            ),
            role,
        )

    def _count(self, count: int, facts: Mapping[str, Any], tone: str = "text") -> Figure:
        words = self.look.text.number(count)
        return Figure(words, facts if count else None, tone if count else "faint")

    def _amount(self, amounts: tuple[Money, ...], facts: Mapping[str, Any], tone: str = "text") -> Figure:
        if not amounts:
            return Figure("–", None, "faint")
        short = f"{self._money(amounts[:1])} +{len(amounts) - 1}" if len(amounts) > 1 else ""
        return Figure(self._money(amounts), facts, tone, short=short)

    def _age(self, since: datetime | None, facts: Mapping[str, Any], now: datetime) -> Figure:
        if since is None:
            return Figure("–", None, "faint")
        return Figure(self._lapse(since, now), facts, "muted", self.look.text.moment(since))

    def _cause_line(self, cause: Cause, overview: Overview) -> Line:
        text = self.look.text
        words = text.say(f"short-{cause.code}") if text.has(f"short-{cause.code}") else cause.code
        if telling := str(cause.facts.get("erp_code") or ""):
            words = f"{words} {telling}"
        facts = {"page": "failures", "cause": cause.cause}
        largest = max((_weight(each.blocked) for each in overview.causes), default=0.0)
        share = _weight(cause.blocked) / largest if largest else cause.count / max(1, overview.whole.stuck)
        return Line(
            (
                Figure(words, facts, "link", text.what(cause.code, cause.facts)),
                Figure(text.number(cause.count), facts),
                self._amount(cause.blocked, facts, "stop"),
                Figure("", None, "stop", bar=share),
            )
        )

    def _day_lines(self, overview: Overview) -> list[Line]:
        """The last week, newest first; only days on which anything happened."""
        text = self.look.text
        shown = [day for day in reversed(overview.days[-7:]) if day.done or day.failed]
        return [
            Line(
                (
                    Figure(text.date(day.begins), {"day": day.begins}),
                    Figure(text.number(day.done), {"states": ("done",)} if day is shown[0] else None),
                    Figure(
                        text.number(day.failed),
                        {"day": day.begins} if day.failed else None,
                        "text" if day.failed else "faint",
                    ),
                    Figure(
                        text.number(day.left),
                        {"day": day.begins} if day.left else None,
                        "stop" if day.left else "faint",
                    ),
                    Figure(
                        "–" if day.minutes is None else text.number(day.minutes),
                        tone="faint" if day.minutes is None else "text",
                    ),
                )
            )
            for day in shown
        ]

    def _money(self, amounts: tuple[Money, ...]) -> str:
        return " + ".join(money_words(self.look.text, each) for each in amounts)

    def _lapse(self, since: datetime, now: datetime) -> str:
        return self.look.text.lapse(max(0.0, (now - since).total_seconds()))

    # Leading on ------------------------------------------------------------------------------------------------

    def _handle(self) -> None:
        """To what needs a person."""
        self._open({"page": "failures"})

    def _open(self, facts: Mapping[str, Any]) -> None:
        """A figure's list. Without a page of failures the queue shows what needs a person."""
        wanted = dict(facts)
        if "day" in wanted:
            self._open_day(wanted["day"])
            return
        page = wanted.pop("page", "queue")
        if page == "queue":
            self.desk.go("queue", {"text": "", **wanted})
        elif page != "failures":
            self.desk.go(page, wanted)
        elif _has_failures():
            self.desk.go("failures", wanted)
        else:
            self.desk.go("queue", {"person": True})


class BigMark(Painted):
    """A state's shape, as tall as the sentence beside it."""

    SIDE = 26

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._shape, self._token = "ring", "muted"
        self.setFixedSize(look.px(self.SIDE), look.px(self.SIDE))

    def show_shape(self, shape: str, token: str) -> None:
        """Another shape or colour."""
        self._shape, self._token = shape, token
        self.update()

    @guarded_paint
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme, side = self.look.theme, self.look.px(self.SIDE)
        box = QRectF(0, 0, side, side)
        paint_shape(QPainter(self), self._shape, box, theme[self._token], theme["surface"])


def _weight(amounts: tuple[Money, ...]) -> float:
    """How long a bar is: a picture, not a sum."""
    return float(sum(each.amount for each in amounts))


def _has_failures() -> bool:
    from desktop.views.pages import pages

    return any(each.id == "failures" for each in pages())
