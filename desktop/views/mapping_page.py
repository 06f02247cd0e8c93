"""Field mapping: a flow's rules with a real bill beside them, gaps on top, from draft to published.

What a person types is checked and shown on the bill as he types, and kept as the draft when he leaves the box. The page
holds the rows; the service tells what stands against them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from desktop.domain.errors import SyncError
from desktop.services.mapping import empty_row
from desktop.services.mapping_rows import MappingRow
from desktop.views.desk import Command, Desk
from desktop.views.mapping_deeds import Deeds
from desktop.views.mapping_edit import Editing
from desktop.views.mapping_form import RuleForm
from desktop.views.mapping_side import Side
from desktop.views.mapping_words import (
    COLUMNS,
    Entry,
    RowWords,
    entries,
    label_of,
    sentence,
)
from desktop.views.page import Area, Page
from desktop.views.page_states import Banner, EmptyState
from desktop.views.table_view import Table
from desktop.views.tables import TableModel
from desktop.views.widgets import Button, Chip, Pill, Skeleton

WAIT_MS = 50


class RuleTable(Table):
    """copied, pasted: whole rows over the clipboard, not the words that are seen."""

    copied = Signal()
    pasted = Signal()
    removed = Signal()

    def copy(self) -> None:
        self.copied.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_V and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self.pasted.emit()
        elif event.key() == Qt.Key.Key_Delete:
            self.removed.emit()
        else:
            super().keyPressEvent(event)


class MappingPage(Page):
    """Reads and writes through Mapping, previews through MappingPreview."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, desk.look.text.say("page-mapping"))
        self.service, self._previews = desk.house.mapping, desk.house.previews
        self.opened: Any = None
        self.preview: Any = None
        self.words = RowWords(self.look.text)
        self.entries: dict[int, Entry] = {}
        self._flow, self._route, self._number = "", "", ""
        self._golden: Sequence[Any] = ()
        self._show_free: bool | None = None
        self.edit, self.deeds = Editing(self), Deeds(self)
        self._build()

    @property
    def rows(self) -> tuple[MappingRow, ...]:
        """The rows as they are now, while somebody types."""
        return self.edit.held.rows

    @property
    def flow_id(self) -> str:
        """The flow on the page."""
        return self._flow

    @property
    def route_id(self) -> str:
        """The company on whose systems it is looked at."""
        return self._route

    @property
    def is_saving(self) -> bool:
        """True while the draft is on its way to the store."""
        return self.edit.is_saving

    @property
    def is_approval(self) -> bool:
        """True for a flow whose frame may be changed: rows and tables of lines."""
        return self.opened is not None and any(group.id == "title" for group in self.opened.sheet.groups)

    # --- building ----------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        look, text, px = self.look, self.look.text, self.look.px
        self.flows, self.companies = QComboBox(), QComboBox()
        self.flows.setAccessibleName(text.say("flow-name"))
        self.companies.setAccessibleName(text.say("kind-organisation"))
        for box in (self.flows, self.companies):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.flows.activated.connect(lambda at: self.open_flow(*self.flows.itemData(at)))
        self.companies.activated.connect(lambda at: self.open_flow(self._flow, self.companies.itemData(at)))
        self.state = Pill(look)
        self.publish = Button(
            look, text.say("mapping-publish"), self.deeds.ask_publish, role="primary", icon="check"
        )
        self.more = Button(look, text.say("mapping-more"), self.deeds.show_menu, role="icon", icon="more")
        for widget in (self.state, self.flows, self.companies, self.more, self.publish):
            self.add_action(widget)
        self.banner, self.notice = Banner(look), Banner(look)
        self.form = RuleForm(look)
        self.form.hide()
        self.form.edited.connect(self.edit.type_row)
        self.form.committed.connect(self.edit.commit)
        self.form.left.connect(self.focus_first)
        self.table = RuleTable(
            look, TableModel(COLUMNS, self.desk.bridge, self._read, self.words.cells), "mapping"
        )
        self.table.chosen.connect(self.show_chosen)
        self.table.opened.connect(lambda _: self.edit_rule())
        self.table.copied.connect(self.edit.copy_rows)
        self.table.pasted.connect(self.edit.paste_rows)
        self.table.removed.connect(self.edit.remove_row)
        self.side = Side(look)
        self._connect_side()
        self._toolbar()
        left, column = QWidget(), QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        column.addLayout(self._bar)
        column.addWidget(self.table, 1)
        column.addWidget(self.form)
        left.setLayout(column)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        left.setMinimumWidth(px(420))
        self.side.setMinimumWidth(px(330))
        split.addWidget(left)
        split.addWidget(self.side)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setSizes([px(760), px(440)])
        empty = EmptyState(look, text.say("mapping-empty"), text.say("mapping-empty-hint"), icon="mapping")
        self.area = Area(look, split, empty, self.refresh)
        self.skeleton = Skeleton(look, 8)
        self.area.addWidget(self.skeleton)
        above = QVBoxLayout()
        above.setContentsMargins(px(24), 0, px(24), px(4))
        above.setSpacing(px(4))
        above.addWidget(self.banner)
        above.addWidget(self.notice)
        self.body.addLayout(above)
        self.body.addWidget(self.area, 1)

    def _connect_side(self) -> None:
        side, deeds = self.side, self.deeds
        side.label = self._label_of_path
        side.picked.connect(self._pick)
        side.run_asked.connect(deeds.dry_run)
        side.stop_asked.connect(deeds.stop_run)
        side.compare_asked.connect(deeds.compare)
        side.back_asked.connect(deeds.roll_back)
        side.pin_asked.connect(deeds.ask_pin)
        side.golden.explain_asked.connect(deeds.ask_explain)
        side.golden.unpin_asked.connect(deeds.ask_unpin)
        side.show_functions(self.service.examples())

    def _toolbar(self) -> None:
        look, text, px = self.look, self.look.text, self.look.px
        box = self.add_search(text.say("mapping-search"))
        box.textChanged.connect(lambda _: self._show_rows())
        self._actions.removeWidget(box)
        box.setMinimumWidth(px(160))
        self.only = Chip(look, "", text.say("mapping-only-problems"))
        self.only.clicked.connect(lambda: self._narrow(True))
        self.only.removed.connect(lambda: self._narrow(False))
        self.free = Chip(look, "", text.say("mapping-free", count=0))
        self.free.clicked.connect(lambda: self.show_free(True))
        self.free.removed.connect(lambda: self.show_free(False))
        self._bar = QHBoxLayout()
        self._bar.setContentsMargins(px(24), px(4), px(12), 0)
        self._bar.setSpacing(px(4))
        self._bar.addWidget(box, 1)
        self._bar.addWidget(self.only)
        self._bar.addWidget(self.free)
        self._bar.addStretch(0)
        self.undo_button = Button(look, text.say("mapping-undo"), self.edit.undo, role="icon", icon="undo")
        buttons = (
            self.undo_button,
            Button(look, text.say("mapping-up"), lambda: self.edit.move_row(-1), role="icon", icon="up"),
            Button(look, text.say("mapping-down"), lambda: self.edit.move_row(1), role="icon", icon="down"),
            Button(look, text.say("mapping-add"), self.edit.add_row, role="icon", icon="plus"),
            Button(look, text.say("mapping-remove"), self.edit.remove_row, role="icon", icon="delete"),
        )
        for button in buttons:
            self._bar.addWidget(button)
        self._only_problems = False

    # --- asking ------------------------------------------------------------------------------------------------------
    def refresh(self) -> None:
        """The flows there are, and the chosen one as it stands; what is being typed stays."""
        self.desk.bridge.ask(
            self.service.choices, then=self._show_choices, failed=self._failed, busy=self._busy, owner=self, slot="choices"
        )  # fmt: skip

    def shows(self, opened: Any) -> bool:
        """True where this flow of this company is still on screen: an answer about another must not be laid over it."""
        now = self.opened
        return now is not None and (now.flow_id, now.route_id) == (opened.flow_id, opened.route_id)

    def hear(self, events: tuple[Any, ...]) -> None:
        """A pass of the engine changes no rule; the first bill to show may have come."""
        if self.opened is not None and self.preview is None:
            self._ask_numbers()

    def _busy(self, on: bool) -> None:
        if self.opened is None:
            self.area.setCurrentWidget(self.skeleton if on else self.area.content)

    def _failed(self, error: SyncError) -> None:
        if self.opened is None:
            self.area.show_error(error)
        else:
            self.tell(error)

    def tell(self, error: SyncError) -> None:
        """What stood in the way, and what to do."""
        text = self.look.text
        told = f"{sentence(text, error)} {text.do(error.code.id, error.facts)}"
        self.notice.tell("stop", told, link=text.say("button-close"), act=self.notice.hide)

    def _show_choices(self, choices: Sequence[Any]) -> None:
        text = self.look.text
        self.area.show_content(bool(choices))
        self.flows.clear()
        for each in choices:
            self.flows.addItem(text.word("flow", each.flow_id), (each.flow_id, each.routes[0][0]))
        known = {each.flow_id: each for each in choices}
        for widget in (self.flows, self.publish):
            widget.setVisible(bool(choices))
        if not choices:
            self.companies.hide()
            return
        chosen = known.get(self._flow) or next(
            (each for each in choices if each.flow_id == "sales_order"), choices[0]
        )
        self.flows.setCurrentIndex(list(known).index(chosen.flow_id))
        self._routes = {each.flow_id: each.routes for each in choices}
        if self.opened is None or self.opened.flow_id != chosen.flow_id:
            self.open_flow(chosen.flow_id, chosen.routes[0][0])

    def open_flow(self, flow_id: str, route_id: str) -> None:
        """Shows a flow on a company's systems, then reads both forms anew behind it; what is being saved is saved first."""
        self.edit.commit()
        if self.is_saving:
            QTimer.singleShot(WAIT_MS, self, lambda: self.open_flow(flow_id, route_id))
            return
        self._flow, self._route, self._number = flow_id, route_id, ""
        self.notice.hide()
        self.companies.clear()
        for each, title in self._routes.get(flow_id, ()):
            self.companies.addItem(title, each)
        self.companies.setCurrentIndex(max(0, self.companies.findData(route_id)))
        self.companies.setVisible(self.companies.count() > 1)
        self.desk.bridge.ask(
            lambda: self.service.open(flow_id, route_id), then=self._show_flow, failed=self._failed, owner=self, slot="open"
        )  # fmt: skip

    def _show_flow(self, opened: Any) -> None:
        self.preview, self.words.values = None, {}
        self.edit.begin(opened.sheet.rows)
        self._show_free = None
        self._golden, self.words.own = (), {}
        self._ask_own(opened)
        self.take(opened)
        self._choose_first()
        self._ask_numbers()
        self.deeds.judge()
        self.desk.bridge.ask(
            lambda: self.service.read_forms(opened.flow_id, opened.route_id), then=partial(self._forms_read, opened), owner=self,
            slot="forms",
        )  # fmt: skip

    def _ask_own(self, opened: Any) -> None:
        """What this company has of its own is marked in its rows."""
        companies, text = self.desk.house.companies, self.look.text

        def show(rows: Sequence[Any]) -> None:
            own = {row.place: row for row in rows if row.is_own}
            self.words.own = own
            self.second.setText(text.say("mapping-own-count", count=len(own)) if own else "")
            self.table.rows.refresh()

        self.desk.bridge.ask(
            lambda: companies.rows(opened.flow_id, opened.route_id), then=show, failed=self.tell, owner=self, slot="own"
        )  # fmt: skip

    def _forms_read(self, opened: Any, news: Any) -> None:
        text = self.look.text
        if self.opened is None or not self.shows(opened):
            return
        self.opened = replace(self.opened, forms=news.forms)
        if news.forms.trouble is not None:
            said = sentence(text, news.forms.trouble)
            key = "mapping-offline" if news.forms.read_at is not None else "mapping-never-read"
            when = text.moment(news.forms.read_at) if news.forms.read_at is not None else ""
            self.notice.tell("warn", text.say(key, when=when, said=said))
        elif news.drift:
            self._tell_drift(news.drift)
        elif news.changed:
            shown = text.joined(news.changed[:6])
            self.notice.tell("wait", text.say("mapping-forms-changed", count=len(news.changed), fields=shown))
        self.edit.check()

    def _tell_drift(self, drift: Sequence[Any]) -> None:
        """What changed in the forms since the flow was agreed on: what breaks it stops it, all else is a notice."""
        text, first = self.look.text, drift[0]
        told = text.say(
            "drift-told-breaking" if first.breaking else "drift-told", count=len(drift),
            field=f"{first.label} {first.field}".strip(),
            drift=[first.what, *([f"{first.before} → {first.after}"] if first.before else [])],
        )  # fmt: skip
        link = text.say("drift-agree" if first.breaking else "drift-seen")
        tone = "stop" if first.breaking else "wait"
        self.notice.tell(tone, told, link=link, act=self.deeds.agree_forms)
        self.notice.setToolTip(
            "\n".join(f"{each.field} {text.word('drift', each.what)}" for each in drift[:20])
        )

    # --- the record ----------------------------------------------------------------------------------------------------
    def _ask_numbers(self) -> None:
        opened = self.opened
        self.desk.bridge.ask(
            lambda: self._previews.numbers(opened), then=self._show_numbers, owner=self, slot="numbers"
        )

    def _show_numbers(self, numbers: Sequence[str]) -> None:
        self.side.show_numbers(numbers, self._number)
        self.ask_preview()

    def _pick(self, number: str) -> None:
        self._number = number
        self.ask_preview()

    def ask_preview(self) -> None:
        opened, number = self.opened, self._number
        self.desk.bridge.ask(
            lambda: self._previews.preview(opened, number), then=partial(self._show_preview, opened), failed=self._no_preview,
            owner=self, slot="preview",
        )  # fmt: skip

    def _show_preview(self, opened: Any, preview: Any) -> None:
        if not self.shows(opened):
            return
        self.preview = preview
        if preview is not None:
            self._number = preview.number
            self.side.numbers.setCurrentText(preview.number)
        self.words.values = preview.values if preview is not None else {}
        self.side.show_trouble("")
        self.side.show_preview(preview, self._label)
        self.table.rows.refresh()
        self._show_value()

    def _no_preview(self, error: SyncError) -> None:
        text = self.look.text
        self.side.show_trouble(f"{sentence(text, error)} {text.do(error.code.id, error.facts)}")

    def _label(self, group: str, target: str) -> str:
        return label_of(self.look.text, self.opened, group, target)

    def _label_of_path(self, path: str) -> str:
        """A target's name with its path ("detail_1.qty")."""
        table, _, key = path.rpartition(".")
        if self.opened is None:
            return path
        groups = [each for each in self.opened.sheet.groups if each.target == table and each.kind != "title"]
        label = next(
            (found for each in groups if (found := self._label(each.id, key or path)) != (key or path)), ""
        )
        return f"{label} {path}".strip()

    # --- rows on the screen ----------------------------------------------------------------------------------------------
    def _read(self, ids: tuple[int, ...]) -> Mapping[int, Entry]:
        """On a pool thread: the lines are at hand, nothing is read anywhere."""
        held = self.entries
        return {each: held[each] for each in ids if each in held}

    def take(self, opened: Any) -> None:
        """The rows as checked; what was typed meanwhile stays."""
        self.opened = self.words.opened = opened
        self._show_rows()
        self.show_state()
        self.side.show_versions(opened)
        self._show_value()

    def _show_rows(self) -> None:
        if self.opened is None:
            return
        sought = self.search.text() if self.search is not None else ""
        free = self.service.free(self.opened)
        wanted = self._show_free if self._show_free is not None else len(self.rows) <= 2
        self.free.setVisible(bool(free))
        self.free.show_value(self.look.text.say("mapping-free", count=len(free)), on=bool(wanted and free))
        found = entries(self.opened, self.look.text, sought, self._only_problems, free if wanted else ())
        self.entries = {each.id: each for each in found}
        self.table.rows.show_ids([each.id for each in found])
        self.table.rows.refresh()

    def _narrow(self, only_problems: bool) -> None:
        self._only_problems = only_problems
        self.only.show_value(self.look.text.say("mapping-only-problems"), on=only_problems)
        self._show_rows()

    def show_free(self, on: bool) -> None:
        """With or without the fields of the form that no row fills."""
        self._show_free = on
        self._show_rows()

    def show_state(self) -> None:
        """The draft's number, what stops it, and whether it may be published."""
        text, opened = self.look.text, self.opened
        drafted = opened.changed or self.rows != self.edit.held.first
        number = opened.next_number if drafted else max((each.number for each in opened.releases), default=1)
        key = "mapping-version-drafted" if drafted else "mapping-version-in-force"
        self.state.show_words(text.say(key, number=number), "accent" if drafted else "ok")
        stops = [each for each in opened.findings if each.stops]
        golden = [each for each in self._golden if each.stops] if drafted else []
        self.undo_button.setEnabled(self.edit.held.can_undo)
        self.publish.setEnabled(drafted and not (stops or golden) and opened.forms.read_at is not None)
        self.publish.say(
            text.say("mapping-publish-number", number=number) if drafted else text.say("mapping-publish")
        )
        why = text.say("mapping-nothing-changed") if not drafted else ""
        if stops:
            first = stops[0]
            why = text.say("mapping-stopped", count=len(stops))
            said = sentence(text, first.error)
            if first.target:
                said = text.say("mapping-said-of", field=self._label(first.group, first.target), said=said)
            link = text.say("mapping-next-problem")
            self.banner.tell("stop", f"{why} {said}", link=link, act=self.next_problem)
        elif golden:
            why = text.say("golden-stops", count=len(golden), title=golden[0].golden.title)
            self.banner.tell("stop", why, link=text.say("golden-look"), act=self._show_golden)
        else:
            self.banner.hide()
        self.publish.setToolTip(why)
        self.badge.emit(len(stops) if drafted else 0, "warn")

    # --- the chosen row ----------------------------------------------------------------------------------------------------
    def _choose_first(self) -> None:
        first = next(
            (each.id for each in self.entries.values() if not each.title and each.finding is not None), None
        )
        if first is None:
            first = next((each.id for each in self.entries.values() if not each.title), None)
        if first is not None:
            self.table.choose(first)

    def show_chosen(self, _: Any) -> None:
        self.edit.commit()
        entry = self.chosen_entry()
        if entry is None:
            self.form.show_row(None, "", fixed=True, header=True)
            return
        row = entry.value if entry.row >= 0 else empty_row(entry.group, entry.target, entry.finding)
        fixed = self.opened.sheet.group(entry.group).fixed
        self.form.show_row(row, self._label(entry.group, entry.target), fixed=fixed, header=entry.row < 0)
        self._offer(entry)
        self._show_value()

    def _offer(self, entry: Entry) -> None:
        """Completion, and for a gap a source that fits by its name; both off the GUI thread's path."""
        opened, service = self.opened, self.service

        def offered() -> tuple[list[str], list[str]]:
            group = opened.sheet.group(entry.group)
            fields = [f"{each.key}  {each.label}" for each in opened.forms.sources(opened.sheet, group)]
            found = (
                [each.expr for each in service.proposals(opened, entry.group, entry.target)]
                if entry.row < 0
                else []
            )
            return [*service.functions(), *fields], found

        def show(told: tuple[list[str], list[str]]) -> None:
            self.form.rule.offer_words(told[0])
            self.form.show_suggestion(told[1][0] if told[1] else "")

        self.form.show_suggestion("")
        self.desk.bridge.ask(offered, then=show, owner=self, slot="offer")

    def _show_value(self) -> None:
        entry = self.chosen_entry()
        if entry is None or self.form.row is None:
            return
        values = self.words.values.get((entry.group, self.form.row.target), ())
        self.form.show_value(values[0] if values else None, entry.finding)

    def edit_rule(self) -> None:
        """Enter on a row: into its rule."""
        if self.form.isVisible():
            self.form.rule.setFocus()
            self.form.rule.selectAll()

    def next_problem(self) -> None:
        """To the next row that something stands against."""
        ids = [each.id for each in self.entries.values() if each.finding is not None and not each.title]
        if ids:
            now = self.table.current_id()
            later = ids[ids.index(now) + 1 :] if now in ids else ids
            self.table.choose((later or ids)[0])
            self.table.setFocus()

    # --- what the deeds ask ------------------------------------------------------------------------------------------------
    def chosen_entry(self) -> Entry | None:
        """The chosen row or gap."""
        chosen = self.table.current_id()
        found = self.entries.get(chosen) if chosen is not None else None
        return found if found is not None and not found.title else None

    def chosen_group(self) -> Any:
        """The group of the chosen row; None where there is none."""
        entry = self.chosen_entry()
        return self.opened.sheet.group(entry.group) if entry is not None and self.opened is not None else None

    def show_anew(self, opened: Any) -> None:
        """Another draft as a whole: undo begins anew."""
        forms = opened.forms if self.opened is None or opened.forms.read_at else self.opened.forms
        self.edit.begin(opened.sheet.rows)
        self.form.row = None
        self.take(replace(opened, forms=forms))
        self._choose_first()
        self.edit.check()
        self.table.setFocus()

    def reopen(self, flow_id: str) -> None:
        """After a file was taken: its flow, as it is drafted now."""
        self._flow = flow_id
        self.opened = None
        self.refresh()

    def take_golden(self, judged: Sequence[Any]) -> None:
        """The golden documents under the draft: those that differ unexplained stop a publication."""
        text, stops = self.look.text, sum(1 for each in judged if each.stops)
        self.side.golden.show_judged(judged, self._label_of_path)
        words = text.say("golden-tab-count", count=stops) if stops else text.say("golden-tab")
        self.side.tabs.setTabText(self.side.golden_tab, words)
        self._golden = judged
        if self.opened is not None:
            self.show_state()

    def _show_golden(self) -> None:
        self.side.tabs.setCurrentIndex(self.side.golden_tab)

    # --- keyboard ------------------------------------------------------------------------------------------------------------
    def arrive(self, facts: Mapping[str, Any]) -> None:
        """Opened from a failure: its flow, and the field that it names."""
        flow = str(facts.get("flow", ""))
        if flow and flow != self._flow:
            self._flow = flow
            self.opened = None
            self.refresh()
        if facts.get("target") and self.search is not None:
            self.search.setText(str(facts["target"]))

    def step(self, by: int) -> None:
        self.table.step(by)

    def focus_first(self) -> None:
        self.table.setFocus()

    def close_panel(self) -> bool:
        if self.form.isAncestorOf(self.focusWidget()) if self.focusWidget() else False:
            self.table.setFocus()
            return True
        return False

    def choose_flow(self) -> None:
        """The keyboard goes to the box of flows."""
        self.flows.setFocus()
        self.flows.showPopup()

    def help_with_rule(self) -> None:
        """The help page of the language, at the function at the caret."""
        self.side.help_with(self.form.rule.function_at_caret())

    def commands(self) -> tuple[Command, ...]:
        deeds = self.deeds
        publish = deeds.ask_publish if self.publish.isEnabled() else self.next_problem
        return (
            Command("mapping-next-problem-command", self.next_problem, "F8", "arrow"),
            Command("mapping-take", self.edit.take_proposal, "Alt+Return", "check"),
            Command("mapping-take-all", self.edit.take_proposals, "Ctrl+Shift+Return", "check"),
            Command("mapping-publish", publish, "Ctrl+Return", "check"),
            Command("mapping-run", deeds.dry_run, "F9", "play"),
            Command("mapping-choose-flow", self.choose_flow, "Ctrl+L", "mapping"),
            Command("mapping-help", self.help_with_rule, "F1", "info"),
            Command("mapping-undo", self.edit.undo, "Ctrl+Z", "undo"),
            Command("mapping-redo", self.edit.redo, "Ctrl+Y", "undo"),
            Command("mapping-add", self.edit.add_row, "Ctrl+N", "plus"),
            Command("mapping-up", lambda: self.edit.move_row(-1), "Alt+Up", "up"),
            Command("mapping-down", lambda: self.edit.move_row(1), "Alt+Down", "down"),
            *deeds.commands(),
        )
