"""The demo company in one's own hands: choose somebody, see what waits for him, decide; type, take back and mend bills.

At the right of each bill stands what all three say of it: the ERP, DanQiao, and the OA.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QSplitter, QVBoxLayout, QWidget

from desktop.domain.errors import SyncError
from desktop.views.desk import Command, Desk
from desktop.views.entry_list import Entry, EntryList
from desktop.views.page import Area, Page
from desktop.views.page_states import Banner, EmptyState
from desktop.views.play import SCENES, Play, PlayBill, PlayDeed, PlayRequest, PlayScene
from desktop.views.table_view import Table
from desktop.views.tables import Cell, Column, ColumnKind, TableModel
from desktop.views.widgets import Button, NumberBox, Words

FOLLOW_MS = 2000
NOBODY = "nobody"

REQUESTS = (
    Column("number", "play-number", 130, least=112),
    Column("partner", "play-partner", 220, least=140, stretch=2),
    Column("maker", "play-maker", 90, ColumnKind.MUTED, least=72, priority=1),
    Column("node", "play-node", 150, ColumnKind.MUTED, least=110, priority=2),
    Column("since", "play-since", 90, ColumnKind.MUTED, least=76, right=True),
    Column("amount", "play-amount", 140, ColumnKind.AMOUNT, least=110),
)
BILLS = (
    Column("number", "play-number", 118, least=112),
    Column("flow", "flow-name", 128, ColumnKind.MUTED, least=120, priority=2),
    Column("partner", "play-partner", 190, least=130, stretch=2),
    Column("erp", "play-erp", 96, least=90),
    Column("ours", "play-ours", 118, ColumnKind.STATE, least=110),
    Column("oa", "play-oa", 180, ColumnKind.MUTED, least=150, stretch=1),
    Column("amount", "play-amount", 126, ColumnKind.AMOUNT, least=110, priority=1),
)
DEEDS = {
    "submit": ("ring_dashed", "muted"), "approve": ("ring_tick", "ok"), "reject": ("triangle", "warn"),
    "withdraw": ("ring_bar", "muted"), "edit": ("ring", "muted"),
}  # fmt: skip


class PlayPage(Page):
    """Reads through house.play, which only the demo has."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, desk.look.text.say("page-play"))
        self._play: Play = desk.house.play
        self.scene: PlayScene | None = None
        self._person = ""
        self._requests: dict[int, PlayRequest] = {}
        self._bills: dict[int, PlayBill] = {}
        self._build()
        self._follow = QTimer(self, interval=FOLLOW_MS)
        self._follow.timeout.connect(self._follow_if_seen)
        self._follow.start()

    # --- building ----------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        look, text, px = self.look, self.look.text, self.look.px
        self.erp_page = Button(look, text.say("play-erp-page"), lambda: self._browse(0), icon="open")
        self.oa_page = Button(look, text.say("play-oa-page"), lambda: self._browse(1), icon="open")
        self.pause = Button(look, text.say("play-pause"), self._pause, icon="pause")
        self.scenes = Button(look, text.say("play-scenes"), self._offer_scenes, icon="play")
        for button in (self.scenes, self.erp_page, self.oa_page, self.pause):
            self.add_action(button)
        self.banner = Banner(look)
        above = QVBoxLayout()
        above.setContentsMargins(px(24), 0, px(24), px(8))
        above.addWidget(self.banner)
        self.people = EntryList(look, text.say("play-people"))
        self.people.chosen.connect(self._take)
        self.people.setMinimumWidth(px(220))
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.people)
        self.split.addWidget(self._stage())
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([px(250), px(900)])
        empty = EmptyState(look, text.say("empty-title"), text.say("empty-hint"))
        self.area = Area(look, self.split, empty, self.refresh)
        self.body.addLayout(above)
        self.body.addWidget(self.area, 1)

    def _stage(self) -> QWidget:
        look, px = self.look, self.look.px
        stage, column = QWidget(), QVBoxLayout()
        self._column = column
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.requests = TableModel(
            REQUESTS, self.desk.bridge, self._read(lambda: self._requests), self._request_cells, self
        )
        self.request_table = Table(look, self.requests, "requests")
        self.request_table.chosen.connect(lambda _: self._show_may())
        self.no_requests = Words(role="second")
        self.no_requests.setContentsMargins(px(24), px(8), px(24), px(8))
        self.bills = TableModel(
            BILLS, self.desk.bridge, self._read(lambda: self._bills), self._bill_cells, self
        )
        self.bill_table = Table(look, self.bills, "bills")
        self.bill_table.chosen.connect(lambda _: self._show_may())
        self.oa_part = self._part(self._oa_head(), self.no_requests, self.request_table)
        column.addWidget(self.oa_part, 2)
        column.addWidget(self._part(self._erp_head(), self.bill_table), 3)
        column.addWidget(self._news(), 0)
        stage.setLayout(column)
        return stage

    def _part(self, head: QHBoxLayout, *parts: QWidget) -> QWidget:
        px, holder, column = self.look.px, QWidget(), QVBoxLayout()
        head.setContentsMargins(px(24), px(8), px(24), px(8))
        head.setSpacing(px(8))
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        for part in parts:
            column.addWidget(part)
        holder.setLayout(column)
        return holder

    def _oa_head(self) -> QHBoxLayout:
        look, text, head = self.look, self.look.text, QHBoxLayout()
        self.opinion = QLineEdit(placeholderText=text.say("play-opinion"))
        self.opinion.setAccessibleName(text.say("play-opinion"))
        self.opinion.setFixedWidth(look.px(280))
        self.approve = Button(
            look, text.say("play-approve"), lambda: self._decide(True), role="primary", icon="check"
        )
        self.reject = Button(look, text.say("play-reject"), lambda: self._decide(False), icon="undo")
        self.oa_title = Words(text.say("play-waits"), "section")
        head.addWidget(self.oa_title)
        head.addStretch(1)
        for part in (self.opinion, self.reject, self.approve):
            head.addWidget(part)
        return head

    def _erp_head(self) -> QHBoxLayout:
        look, text, head = self.look, self.look.text, QHBoxLayout()
        self.erp_title = Words(text.say("play-orders"), "section")
        self.quantity_label = Words(text.say("play-quantity"), "second")
        self.quantity = NumberBox(look, text.say("play-quantity"), 1, 1_000_000, 1)
        self.quantity.setFixedWidth(look.px(110))
        self.edit = Button(look, text.say("play-edit"), lambda: self._act("edit"), icon="edit")
        self.withdraw = Button(look, text.say("play-withdraw"), lambda: self._act("withdraw"), icon="undo")
        self.submit = Button(look, text.say("play-submit"), lambda: self._act("submit"), icon="up")
        self.make = Button(look, text.say("play-make"), self._make, icon="plus")
        head.addWidget(self.erp_title)
        head.addStretch(1)
        for part in (self.quantity_label, self.quantity, self.edit, self.withdraw, self.submit, self.make):
            head.addWidget(part)
        return head

    def _news(self) -> QWidget:
        """What the people did last, newest first: a line of three."""
        px, holder, row = self.look.px, QWidget(), QHBoxLayout()
        row.setContentsMargins(px(24), px(6), px(24), px(6))
        self.ticker = Words(role="second")
        row.addWidget(self.ticker, 1)
        holder.setLayout(row)
        return holder

    # --- asking ------------------------------------------------------------------------------------------------------
    def refresh(self) -> None:
        """Asks for the scene as the person in hand sees it."""
        person = self._person
        self.desk.bridge.ask(
            lambda: self._play.scene(person),
            then=self._show,
            failed=self.area.show_error,
            owner=self,
            slot="scene",
        )

    def hear(self, events: tuple[Any, ...]) -> None:
        """The scene follows by its own clock."""

    def _follow_if_seen(self) -> None:
        if self.isVisible():
            self.refresh()

    def _show(self, scene: PlayScene) -> None:
        text = self.look.text
        self.scene = scene
        self.area.show_content()
        entries = [Entry(NOBODY, text.say("play-nobody"), text.say("play-nobody-hint"), "ring", "muted")]
        entries += [
            Entry(
                each.id, each.name, each.place, "disc" if each.id == scene.person else "ring",
                "violet" if each.id == scene.person else "muted", str(each.waiting) if each.waiting else "", True,
            )
            for each in scene.people
        ]  # fmt: skip
        self.people.show_entries(entries, scene.person or NOBODY)
        self.pause.say(text.say("play-resume" if scene.paused else "play-pause"))
        self.pause.set_icon("play" if scene.paused else "pause")
        self._fill(scene)
        self._show_may()
        self._tell_news(scene.deeds[:3])

    def _fill(self, scene: PlayScene) -> None:
        text, name = self.look.text, self._name()
        self._requests = {each.id: each for each in scene.requests}
        self._bills = {each.id: each for each in scene.bills}
        self.requests.show_ids(self._requests)
        self.bills.show_ids(self._bills)
        self.oa_part.setVisible(bool(scene.person))
        self.oa_title.setText(text.say("play-waits", name=name, count=len(scene.requests)))
        self.no_requests.setText(text.say("play-waits-none", name=name))
        self.no_requests.setVisible(not scene.requests)
        for part in (self.request_table, self.opinion, self.approve, self.reject):
            part.setVisible(bool(scene.requests))
        self._column.setStretchFactor(self.oa_part, 2 if scene.requests else 0)
        self.erp_title.setText(
            text.say("play-orders-of", name=name) if self._makes() else text.say("play-orders")
        )
        self.second.setText(text.say("play-hand", name=name) if scene.person else text.say("play-watch"))
        if scene.requests and self.request_table.current_id() is None:
            self.request_table.choose(scene.requests[0].id)

    def _tell_news(self, deeds: Sequence[PlayDeed]) -> None:
        text = self.look.text
        told = [
            f"{text.say(f'deed-{deed.act}', who=deed.who, number=deed.number)}"
            + (f" “{deed.text}”" if deed.text else "")
            for deed in deeds
        ]
        self.ticker.setText("      ".join(told))

    def _read(self, kept: Callable[[], Mapping[int, Any]]) -> Callable[[tuple[int, ...]], Mapping[int, Any]]:
        """Rows of the scene in hand; it is replaced whole, never changed, since tables read on pool threads."""

        def read(ids: tuple[int, ...]) -> Mapping[int, Any]:
            scene = kept()
            return {row_id: scene[row_id] for row_id in ids if row_id in scene}

        return read

    def _request_cells(self, request: PlayRequest) -> Sequence[Cell]:
        text, scene = self.look.text, self.scene
        lapse = text.lapse((scene.now - request.since).total_seconds()) if scene is not None else ""
        return (
            Cell(request.number), Cell(request.partner or "–"), Cell(request.maker), Cell(request.node),
            Cell(lapse, tip=text.moment(request.since)), Cell(text.money(request.amount)),
        )  # fmt: skip

    def _bill_cells(self, bill: PlayBill) -> Sequence[Cell]:
        text = self.look.text
        ours = text.word("state", bill.ours) if bill.ours else ""
        return (
            Cell(bill.number), Cell(text.word("flow", bill.flow)), Cell(bill.partner or "–"),
            Cell(text.word("bill-status", bill.erp)), Cell(ours, state=bill.ours), Cell(bill.node or "–"),
            Cell(text.money(bill.amount) if bill.amount is not None else "–"),
        )  # fmt: skip

    # --- who and what may --------------------------------------------------------------------------------------------
    def _name(self) -> str:
        people = self.scene.people if self.scene is not None else ()
        return next((each.name for each in people if each.id == self._person), "")

    def _makes(self) -> bool:
        people = self.scene.people if self.scene is not None else ()
        return any(each.id == self._person and each.makes for each in people)

    def _show_may(self) -> None:
        bill = self._bills.get(self.bill_table.current_id() or 0)
        may, makes = bill.may if bill is not None else frozenset(), self._makes()
        for name, parts in (
            ("submit", (self.submit,)),
            ("withdraw", (self.withdraw,)),
            ("edit", (self.edit, self.quantity, self.quantity_label)),
        ):
            for part in parts:
                part.setVisible(makes)
                part.setEnabled(name in may)
        self.make.setVisible(makes)
        if bill is not None and not self.quantity.hasFocus():
            self.quantity.setValue(bill.quantity)
        chosen = self.request_table.current_id() in self._requests
        self.approve.setEnabled(chosen)
        self.reject.setEnabled(chosen)

    # --- acts --------------------------------------------------------------------------------------------------------
    def _take(self, person: str) -> None:
        self._person = "" if person == NOBODY else person
        self.banner.hide()
        self.refresh()

    def _do(self, work: Callable[[], object], done: str = "") -> None:
        def carried_out(_: object) -> None:
            self.banner.hide()
            if done:
                self.banner.tell("ok", done)
            self.refresh()

        self.desk.bridge.ask(work, then=carried_out, failed=self._refused, owner=self)

    def _refused(self, error: SyncError) -> None:
        text, code = self.look.text, error.code.id
        self.banner.tell("warn", text.what(code, error.facts))
        self.refresh()

    def _decide(self, yes: bool) -> None:
        request, person, opinion = self.request_table.current_id(), self._person, self.opinion.text().strip()
        if request is None:
            return
        if not yes and not opinion:
            self.banner.tell("warn", self.look.text.say("play-opinion-missing"))
            self.opinion.setFocus()
            return
        self.opinion.clear()
        self._do(lambda: self._play.decide(person, request, yes=yes, opinion=opinion))

    def _make(self) -> None:
        person = self._person
        self._do(lambda: self._play.make(person))

    def _act(self, act: str) -> None:
        bill, person, quantity = self.bill_table.current_id(), self._person, self.quantity.value()
        if bill is not None:
            self._do(lambda: self._play.act(person, bill, act, quantity))

    def _pause(self) -> None:
        on = self.scene is None or not self.scene.paused
        self._do(lambda: self._play.pause(on))

    def _offer_scenes(self) -> None:
        menu = QMenu(self)
        for name in SCENES:
            menu.addAction(self.look.text.say(f"play-scene-{name}"), partial(self.stage, name))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.scenes.mapToGlobal(self.scenes.rect().bottomLeft()))

    def stage(self, name: str) -> None:
        """Sets a scene up, then says which bill to watch and what will be seen."""
        say, play = self.look.text.say, self._play

        def told(number: str) -> None:
            self.banner.tell(
                "", say(f"play-scene-{name}-told", number=number), link=say("play-scene-watch"),
                act=lambda: self.desk.go("queue", {"text": number}),
            )  # fmt: skip
            self.refresh()

        self.banner.tell("wait", say("play-scene-setting"))
        self.desk.bridge.ask_long(lambda _: play.stage(name), then=told, failed=self._refused, owner=self)

    def _browse(self, which: int) -> None:
        def opened(told: tuple[str, str]) -> None:
            QDesktopServices.openUrl(QUrl(told[which]))

        self.desk.bridge.ask(self._play.addresses, then=opened, owner=self)

    # --- what the window calls ---------------------------------------------------------------------------------------
    def step(self, by: int) -> None:
        """The next or previous bill."""
        self.bill_table.step(by)

    def focus_first(self) -> None:
        """The keyboard begins with the people."""
        self.people.setFocus()

    def commands(self) -> tuple[Command, ...]:
        """What this page can do."""
        return (
            Command("play-pause-switch", self._pause, "", "pause"),
            Command("play-erp-page", lambda: self._browse(0), "", "open"),
            Command("play-oa-page", lambda: self._browse(1), "", "open"),
        )
