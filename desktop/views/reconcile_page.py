"""The reconciliation in the window: the last result, every difference with its one action, and the morning's two lists, and what
was audited around the rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.domain.errors import SyncError
from desktop.domain.record import Money
from desktop.services.bypass import Bypassed
from desktop.services.certificate import sentence, unread
from desktop.services.matching import Gap
from desktop.services.nightly import Entry, Late, Morning
from desktop.services.reconcile import Reconciliation, Row
from desktop.views.desk import Command, Desk
from desktop.views.figure_table import Figure, FigureTable, Line
from desktop.views.overview_page import BigMark
from desktop.views.page import Area, Page
from desktop.views.page_states import Banner, EmptyState
from desktop.views.queue_rows import money_words
from desktop.views.widgets import Button, NumberBox, Skeleton, Words

SHOWN = 300
"""So many lines of a list are painted; the file has all of them."""
NIGHTS = 14
SYNCS = frozenset({Gap.ERP_STATE, Gap.OA_STATE})


class Looked(NamedTuple):
    """What the page knows at one moment."""

    result: Reconciliation | None
    morning: Morning
    entries: Sequence[Entry]
    folder: Path
    bypassed: Sequence[Bypassed]


class ReconcilePage(Page):
    """Asks Nightly; nothing here compares or sums."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, desk.look.text.say("page-reconcile"))
        self._nightly = desk.house.nightly
        self._bypass = desk.house.bypass
        self.looked: Looked | None = None
        self._build()

    # Building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        look, say, px = self.look, self.look.text.say, self.look.px
        self.days = NumberBox(look, say("reconcile-days"), 1, 366, 1)
        self.days.setSuffix(say("reconcile-days-suffix"))
        self.days.setFixedHeight(px(30))
        self.export = Button(look, say("reconcile-export"), self._export, icon="download")
        self.go = Button(look, say("reconcile-go"), self.reconcile, role="primary", icon="check")
        for widget in (self.days, self.export, self.go):
            self.add_action(widget)
        self.banner = Banner(look)
        self.mark, self.sentence = BigMark(look), Words(role="sentence", wrap=True)
        self.when = Words(role="second", wrap=True)
        self.unread = Words(tone="stop", wrap=True, selectable=True)
        late = ("number", "company", "flow", "request", "amount", "age")
        self.differences = self._table(
            "differences",
            ("number", "company", "flow", "kind", "erp", "oa", "amount", "act"),
            3,
            (0, 1, 2, 4, 5),
        )
        self.agreed = self._table("agreed", late, 1, (0, 2, 3))
        self.unagreed = self._table("unagreed", late, 1, (0, 2, 3))
        self.bypassed = self._table(
            "bypassed", ("number", "company", "flow", "wrong", "audited", "act"), 3, (0, 1, 2, 4)
        )
        self.nights = self._table("nights", ("at", "result", "documents", "count", "file"), 1, (0,))
        self._parts: dict[FigureTable, tuple[Words, Words]] = {}
        inner = QWidget()
        inner.setProperty("role", "area")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, px(8), 0, px(24))
        column.setSpacing(0)
        for table, name in (
            (self.differences, "differences"), (self.agreed, "agreed"), (self.unagreed, "unagreed"),
            (self.bypassed, "bypassed"), (self.nights, "nights"),
        ):  # fmt: skip
            column.addLayout(self._titled(table, name))
            column.addWidget(table)
            column.addSpacing(px(16))
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inner)
        self._lay_out(scroll)

    def _table(self, name: str, headings: Sequence[str], stretch: int, left: Sequence[int]) -> FigureTable:
        say = self.look.text.say
        words = [say(f"reconcile-column-{each}") for each in headings]
        made = FigureTable(self.look, say(f"reconcile-{name}"), words, stretch=stretch, left=left)
        made.asked.connect(self._follow)
        return made

    def _titled(self, table: FigureTable, name: str) -> QHBoxLayout:
        say, px, row = self.look.text.say, self.look.px, QHBoxLayout()
        row.setContentsMargins(px(24), px(8), px(24), px(4))
        row.setSpacing(px(8))
        words, second = (
            Words(say(f"reconcile-{name}"), "section"),
            Words(say(f"reconcile-{name}-is"), "second"),
        )
        row.addWidget(words)
        row.addWidget(second)
        row.addStretch(1)
        self._parts[table] = (words, second)
        return row

    def _lay_out(self, scroll: QScrollArea) -> None:
        look, say, px = self.look, self.look.text.say, self.look.px
        content, head, words = QWidget(), QHBoxLayout(), QVBoxLayout()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        head.setContentsMargins(px(24), px(4), px(24), px(14))
        head.setSpacing(px(14))
        words.setSpacing(px(4))
        for each in (self.sentence, self.when, self.unread):
            words.addWidget(each)
        head.addWidget(self.mark, alignment=Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        rule = QFrame()
        rule.setProperty("role", "rule")
        column.addLayout(head)
        column.addWidget(rule)
        column.addWidget(scroll, 1)
        empty = EmptyState(look, say("reconcile-empty"), say("reconcile-empty-hint"), icon="proved")
        self.area = Area(look, content, empty, self.refresh)
        self.skeleton = Skeleton(look, 12)
        self.area.addWidget(self.skeleton)
        above = QVBoxLayout()
        above.setContentsMargins(px(24), 0, px(24), 0)
        above.addWidget(self.banner)
        self.body.addLayout(above)
        self.body.addWidget(self.area, 1)

    # Asking ----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """The last result, the lists and the nights before."""
        nightly, bypass = self._nightly, self._bypass

        def look() -> Looked:
            result = nightly.newest()
            morning, entries = nightly.morning(result), nightly.entries(NIGHTS)
            return Looked(result, morning, entries, nightly.folder, bypass.listed())

        self.desk.bridge.ask(
            look, then=self._show, failed=self._failed, busy=self._busy, owner=self, slot="look"
        )

    def hear(self, events: tuple[Any, ...]) -> None:
        """A result stays as it is while the engine works on."""

    def _busy(self, on: bool) -> None:
        if self.looked is None:
            self.area.setCurrentWidget(self.skeleton if on else self.area.content)

    def _failed(self, error: SyncError) -> None:
        self.go.setEnabled(True)
        if self.looked is None:
            self.area.show_error(error)
        else:
            text, code = self.look.text, error.code.id
            self.banner.tell("stop", f"{text.what(code, error.facts)} {text.do(code, error.facts)}")

    def reconcile(self) -> None:
        """Reads both systems now: seconds to minutes, on a thread of its own."""
        if not self.go.isEnabled():
            return
        self.go.setEnabled(False)
        nightly, person, days = self._nightly, self.desk.house.person, self.days.value()
        self.banner.tell("wait", self.look.text.say("reconcile-running", count=days))
        self.desk.bridge.ask_long(
            lambda _: nightly.make(person, days), then=self._made, failed=self._failed, owner=self
        )

    def _made(self, _: Reconciliation) -> None:
        self.go.setEnabled(True)
        self.banner.hide()
        self.refresh()

    # Showing ---------------------------------------------------------------------------------------------------

    def _show(self, looked: Looked) -> None:
        self.looked, text = looked, self.look.text
        result, morning = looked.result, looked.morning
        self.export.setEnabled(result is not None)
        self.area.show_content(bool(result is not None or morning.agreed or looked.bypassed))
        shape = ("disc_tick", "ok") if result is not None and result.clean else ("square", "stop")
        self.mark.show_shape(*(shape if result is not None else ("ring_dashed", "muted")))
        self.sentence.setText(sentence(result, text) if result else text.say("reconcile-none-yet"))
        now = datetime.now(UTC)
        self.when.setText(self._told_when(result, now) if result else "")
        missing = unread(result, text) if result else []
        self.unread.setText("\n".join(missing))
        self.unread.setVisible(bool(missing))
        rows = result.rows if result else ()
        self.differences.show_lines([self._difference(row) for row in rows[:SHOWN]])
        self.agreed.show_lines([self._late(each, now, "stop") for each in morning.agreed[:SHOWN]])
        self.unagreed.show_lines([self._late(each, now, "stop") for each in morning.unagreed[:SHOWN]])
        self.bypassed.show_lines([self._around(each) for each in looked.bypassed[:SHOWN]])
        self.nights.show_lines([self._night(each) for each in looked.entries])
        for table, parts in self._parts.items():
            for widget in (table, *parts):
                widget.setVisible(bool(table.lines))
        self.badge.emit(len(rows) + len(looked.bypassed), "stop")

    def _told_when(self, result: Reconciliation, now: datetime) -> str:
        text = self.look.text
        since = (now - result.at).total_seconds()
        lapse = text.say("ago", lapse=text.lapse(since)) if since >= 60 else text.lapse(0)
        window = text.say("reconcile-window-told", since=text.moment(result.since))
        return text.say("reconcile-when", at=text.moment(result.at), ago=lapse, window=window)

    def _difference(self, row: Row) -> Line:
        text = self.look.text
        told = text.say(f"gap-{row.kind.value}")
        if row.field:
            told = text.say("reconcile-values", told=told, field=row.field, sent=row.sent, found=row.found)
        do = text.say(f"gap-{row.kind.value}-do")
        act, facts = self._action(row)
        where = self._where(row.document_id, row.number)
        return Line(
            (
                Figure(row.number or row.request_number, where),
                Figure(row.company, None, "muted"),
                Figure(text.word("flow", row.flow_id), None, "muted"),
                Figure(told, where, "stop", f"{told} {do}"),
                Figure(text.word("match", row.erp) if row.erp else "–", None, "muted"),
                Figure(text.word("match", row.oa) if row.oa else "–", None, "muted"),
                self._money(row.amount),
                Figure(act, facts, "link", do),
            )
        )

    def _action(self, row: Row) -> tuple[str, Mapping[str, Any]]:
        """The one thing to do about it, and how it is followed."""
        say = self.look.text.say
        if row.kind is Gap.STUCK:
            return say("reconcile-act-failure"), {"page": "failures", "document": row.document_id}
        if row.kind in SYNCS and row.document_id is not None:
            return say("reconcile-act-sync"), {"sync": (row.route_id, row.flow_id)}
        if row.document_id is not None:
            return say("reconcile-act-open"), self._where(row.document_id, row.number) or {}
        return say("reconcile-act-why"), {"why": row.number or row.request_number}

    def _where(self, document_id: int | None, number: str) -> Mapping[str, Any] | None:
        return (
            {"page": "queue", "document": document_id, "number": number} if document_id is not None else None
        )

    def _late(self, late: Late, now: datetime, tone: str) -> Line:
        text, where = self.look.text, self._where(late.document_id, late.number)
        age = text.lapse(max(0.0, (now - late.since).total_seconds())) if late.since else "–"
        return Line(
            (
                Figure(late.number or late.request_number, where),
                Figure(late.company, None, "muted"),
                Figure(text.word("flow", late.flow_id), None, "muted"),
                Figure(late.request_number or "–", None, "muted"),
                self._money(late.amount),
                Figure(age, where, tone, text.moment(late.since) if late.since else ""),
            )
        )

    def _around(self, each: Bypassed) -> Line:
        """A bill that somebody audited around its rules, directly in the ERP; or a person says why it may stand."""
        text, bill = self.look.text, each.kept.found
        told = text.what(bill.code, bill.facts)
        where = self._where(each.document_id, bill.number)
        at = text.moment(bill.audited_at) if bill.audited_at else "–"
        act = text.say("reconcile-act-stand")
        return Line(
            (
                Figure(bill.number, where),
                Figure(each.company, None, "muted"),
                Figure(text.word("flow", bill.flow_id), None, "muted"),
                Figure(told, where, "stop", f"{told} {text.do(bill.code, bill.facts)}"),
                Figure(at, None, "muted"),
                Figure(act, {"stand": each.kept.id, "number": bill.number, "told": told}, "link"),
            )
        )

    def _night(self, entry: Entry) -> Line:
        text = self.look.text
        told = text.say("reconcile-night-clean" if entry.clean else "reconcile-night-differs")
        number = text.number
        return Line(
            (
                Figure(text.moment(entry.at)),
                Figure(told, None, "ok" if entry.clean else "stop"),
                Figure(number(entry.documents)),
                Figure(number(entry.differences), None, "stop" if entry.differences else "faint"),
                Figure("PDF", {"file": entry.file}, "link") if entry.file else Figure("–"),
            )
        )

    def _money(self, amount: Money | None) -> Figure:
        return Figure(
            money_words(self.look.text, amount) if amount else "–", None, "text" if amount else "faint"
        )

    # What the person does --------------------------------------------------------------------------------------

    def _follow(self, facts: Mapping[str, Any]) -> None:
        if "stand" in facts:
            self._ask_stand(int(facts["stand"]), str(facts["number"]), str(facts["told"]))
        elif "sync" in facts:
            self._sync(*facts["sync"])
        elif "why" in facts:
            self._ask_why(str(facts["why"]))
        elif "file" in facts:
            self._open_file(str(facts["file"]))
        else:
            wanted = dict(facts)
            self.desk.go(wanted.pop("page"), wanted)

    def _sync(self, route_id: str, flow_id: str) -> None:
        """One pass over the flow; whatever the engine can settle by itself is gone from the next result."""
        house, text = self.desk.house, self.look.text
        done = text.say("reconcile-synced", flow=text.word("flow", flow_id))
        self.desk.bridge.ask(
            lambda: house.systems.run_flow_now(house.person, route_id, flow_id),
            then=lambda _: self.banner.tell("ok", done), failed=self._failed, owner=self,
        )  # fmt: skip

    def _ask_stand(self, finding: int, number: str, told: str) -> None:
        """Why may it stand? Only with a reason; it comes back where the bill says something else later."""
        from desktop.views.stand_dialog import StandDialog

        def close(reason: str) -> None:
            bypass, person = self._bypass, self.desk.house.person
            self.desk.bridge.ask(
                lambda: bypass.close(person, finding, reason),
                then=lambda _: self.refresh(), failed=self._failed, owner=self,
            )  # fmt: skip

        self.stand = StandDialog(self, self.look, number, told, close)
        self.stand.open()

    def _ask_why(self, number: str) -> None:
        from desktop.views.why_dialog import WhyDialog

        self.why = WhyDialog(self, self.look, self.desk.bridge, self.desk.house, number, self.desk.go)
        self.why.open()

    def _open_file(self, name: str) -> None:
        if self.looked is None:
            return
        paper = self.looked.folder / f"{name}.pdf"
        opener: Callable[[QUrl], bool] = QDesktopServices.openUrl
        if not opener(QUrl.fromLocalFile(str(paper))):
            self.banner.tell("warn", self.look.text.say("reconcile-file-is", path=str(paper)))

    def _export(self) -> None:
        """The result as two files of the same name, where the person says."""
        if self.looked is None or self.looked.result is None:
            return
        result, say = self.looked.result, self.look.text.say
        name = f"{result.at.astimezone():%Y-%m-%d}.pdf"
        chosen, _ = QFileDialog.getSaveFileName(
            self, say("reconcile-export"), name, "PDF + CSV (*.pdf *.csv)"
        )
        if chosen:
            path = Path(chosen)
            self.desk.bridge.ask(
                lambda: self._nightly.write(result, path.parent, path.stem),
                then=lambda paths: self.banner.tell("ok", say("reconcile-written", file=str(paths[1]))),
                failed=self._failed, owner=self,
            )  # fmt: skip

    # What the window calls -------------------------------------------------------------------------------------

    def focus_first(self) -> None:
        self.differences.setFocus()

    def close_panel(self) -> bool:
        shown = self.banner.isVisible()
        self.banner.hide()
        return shown

    def commands(self) -> tuple[Command, ...]:
        """What this page can do."""
        return (
            Command("reconcile-go", self.reconcile, "", "check"),
            Command("reconcile-export", self._export, "", "download"),
        )
