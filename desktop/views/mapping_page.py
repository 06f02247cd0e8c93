"""Field mapping: a flow's rules with a real bill beside them, gaps on top, from draft to published.

What a person types is checked and shown on the bill as he types, and kept as the draft when he leaves the box. The page
holds the rows; the service tells what stands against them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QInputDialog, QSplitter, QVBoxLayout, QWidget

from desktop.domain.errors import SyncError
from desktop.services.mapping import gap_row
from desktop.services.mapping_rows import MappingRow, as_table, from_table
from desktop.views.desk import Command, Desk
from desktop.views.mapping_form import RuleForm
from desktop.views.mapping_side import Side
from desktop.views.mapping_words import (
    COLUMNS,
    HEADING,
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

TYPING_MS = 250
DRY_RUN = 50
UNDONE_MOST = 200


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
        self._service, self._previews = desk.house.mapping, desk.house.previews
        self.opened: Any = None
        self.preview: Any = None
        self.rows: tuple[MappingRow, ...] = ()
        self.words = RowWords(self.look.text)
        self._entries: dict[int, Entry] = {}
        self._history: list[tuple[MappingRow, ...]] = []
        self._at = 0
        self._flow, self._route, self._number = "", "", ""
        self._saving = self._unsaved = False
        self._what, self._stopping = "", False
        self._run: Any = None
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._check)
        self._build()

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
            look, text.say("mapping-publish"), self.ask_publish, role="primary", icon="check"
        )
        for widget in (self.state, self.flows, self.companies, self.publish):
            self.add_action(widget)
        self.banner, self.notice = Banner(look), Banner(look)
        self.form = RuleForm(look)
        self.form.hide()
        self.form.edited.connect(self._typed)
        self.form.committed.connect(self._commit)
        self.form.left.connect(self.focus_first)
        self.table = RuleTable(
            look, TableModel(COLUMNS, self.desk.bridge, self._read, self.words.cells), "mapping"
        )
        self.table.chosen.connect(self._chosen)
        self.table.opened.connect(lambda _: self.edit_rule())
        self.table.copied.connect(self.copy_rows)
        self.table.pasted.connect(self.paste_rows)
        self.table.removed.connect(self.remove_row)
        self.side = Side(look)
        self.side.picked.connect(self._pick)
        self.side.run_asked.connect(self.dry_run)
        self.side.stop_asked.connect(self._stop_run)
        self.side.compare_asked.connect(self.compare)
        self.side.back_asked.connect(self.roll_back)
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

    def _toolbar(self) -> None:
        look, text, px = self.look, self.look.text, self.look.px
        box = self.add_search(text.say("mapping-search"))
        box.textChanged.connect(lambda _: self._show_rows())
        self._actions.removeWidget(box)
        box.setMinimumWidth(px(160))
        self.only = Chip(look, "", text.say("mapping-only-problems"))
        self.only.clicked.connect(lambda: self._narrow(True))
        self.only.removed.connect(lambda: self._narrow(False))
        self._bar = QHBoxLayout()
        self._bar.setContentsMargins(px(24), px(4), px(12), 0)
        self._bar.setSpacing(px(4))
        self._bar.addWidget(box, 1)
        self._bar.addWidget(self.only)
        self._bar.addStretch(0)
        self.undo_button = Button(look, text.say("mapping-undo"), self.undo, role="icon", icon="undo")
        buttons = (
            self.undo_button,
            Button(look, text.say("mapping-up"), lambda: self.move_row(-1), role="icon", icon="up"),
            Button(look, text.say("mapping-down"), lambda: self.move_row(1), role="icon", icon="down"),
            Button(look, text.say("mapping-add"), self.add_row, role="icon", icon="plus"),
            Button(look, text.say("mapping-remove"), self.remove_row, role="icon", icon="delete"),
        )
        for button in buttons:
            self._bar.addWidget(button)
        self._only_problems = False

    # --- asking ------------------------------------------------------------------------------------------------------
    def refresh(self) -> None:
        """The flows there are, and the chosen one as it stands; what is being typed stays."""
        self.desk.bridge.ask(
            self._service.choices, then=self._show_choices, failed=self._failed, busy=self._busy, owner=self, slot="choices"
        )  # fmt: skip

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
            self._tell(error)

    def _tell(self, error: SyncError) -> None:
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
        """Shows a flow on a company's systems, then reads both forms anew behind it."""
        self._flow, self._route, self._number = flow_id, route_id, ""
        self.notice.hide()
        self.companies.clear()
        for each, title in self._routes.get(flow_id, ()):
            self.companies.addItem(title, each)
        self.companies.setCurrentIndex(max(0, self.companies.findData(route_id)))
        self.companies.setVisible(self.companies.count() > 1)
        self.desk.bridge.ask(
            lambda: self._service.open(flow_id, route_id), then=self._show_flow, failed=self._failed, owner=self, slot="open"
        )  # fmt: skip

    def _show_flow(self, opened: Any) -> None:
        self.preview, self.words.values = None, {}
        self.rows = opened.sheet.rows
        self._history, self._at = [self.rows], 0
        self._take(opened)
        self._choose_first()
        self._ask_numbers()
        self.desk.bridge.ask(
            lambda: self._service.read_forms(opened.flow_id, opened.route_id), then=self._forms_read, owner=self, slot="forms"
        )  # fmt: skip

    def _forms_read(self, news: Any) -> None:
        text = self.look.text
        if self.opened is None:
            return
        self.opened = replace(self.opened, forms=news.forms)
        if news.forms.trouble is not None:
            said = sentence(text, news.forms.trouble)
            key = "mapping-offline" if news.forms.read_at is not None else "mapping-never-read"
            when = text.moment(news.forms.read_at) if news.forms.read_at is not None else ""
            self.notice.tell("warn", text.say(key, when=when, said=said))
        elif news.changed:
            shown = text.say("list-separator").join(news.changed[:6])
            self.notice.tell("wait", text.say("mapping-forms-changed", count=len(news.changed), fields=shown))
        self._check()

    # --- the record ----------------------------------------------------------------------------------------------------
    def _ask_numbers(self) -> None:
        opened = self.opened
        self.desk.bridge.ask(
            lambda: self._previews.numbers(opened), then=self._show_numbers, owner=self, slot="numbers"
        )

    def _show_numbers(self, numbers: Sequence[str]) -> None:
        self.side.show_numbers(numbers, self._number)
        self._ask_preview()

    def _pick(self, number: str) -> None:
        self._number = number
        self._ask_preview()

    def _ask_preview(self) -> None:
        opened, number = self.opened, self._number
        self.desk.bridge.ask(
            lambda: self._previews.preview(opened, number), then=self._show_preview, failed=self._no_preview,
            owner=self, slot="preview",
        )  # fmt: skip

    def _show_preview(self, preview: Any) -> None:
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

    # --- rows on the screen ----------------------------------------------------------------------------------------------
    def _read(self, ids: tuple[int, ...]) -> Mapping[int, Entry]:
        """On a pool thread: the lines are at hand, nothing is read anywhere."""
        held = self._entries
        return {each: held[each] for each in ids if each in held}

    def _take(self, opened: Any) -> None:
        """The rows as checked; what was typed meanwhile stays."""
        self.opened = self.words.opened = opened
        self._show_rows()
        self._show_state()
        self.side.show_versions(opened)
        self._show_value()

    def _show_rows(self) -> None:
        if self.opened is None:
            return
        sought = self.search.text() if self.search is not None else ""
        found = entries(self.opened, self.look.text, sought, self._only_problems)
        self._entries = {each.id: each for each in found}
        self.table.rows.show_ids([each.id for each in found])
        self.table.rows.refresh()

    def _narrow(self, only_problems: bool) -> None:
        self._only_problems = only_problems
        self.only.show_value(self.look.text.say("mapping-only-problems"), on=only_problems)
        self._show_rows()

    def _show_state(self) -> None:
        """The draft's number, what stops it, and whether it may be published."""
        text, opened = self.look.text, self.opened
        drafted = opened.changed or self.rows != self._history[0]
        number = opened.next_number if drafted else max((each.number for each in opened.releases), default=1)
        key = "mapping-version-drafted" if drafted else "mapping-version-in-force"
        self.state.show_words(text.say(key, number=number), "accent" if drafted else "ok")
        stops = [each for each in opened.findings if each.stops]
        self.undo_button.setEnabled(self._at > 0)
        self.publish.setEnabled(drafted and not stops and opened.forms.read_at is not None)
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
        else:
            self.banner.hide()
        self.publish.setToolTip(why)
        self.badge.emit(len(stops) if drafted else 0, "warn")

    # --- the chosen row ----------------------------------------------------------------------------------------------------
    def _entry(self) -> Entry | None:
        chosen = self.table.current_id()
        found = self._entries.get(chosen) if chosen is not None else None
        return found if found is not None and not found.title else None

    def _choose_first(self) -> None:
        first = next(
            (each.id for each in self._entries.values() if not each.title and each.finding is not None), None
        )
        if first is None:
            first = next((each.id for each in self._entries.values() if not each.title), None)
        if first is not None:
            self.table.choose(first)

    def _chosen(self, _: Any) -> None:
        self._commit()
        entry = self._entry()
        if entry is None:
            self.form.show_row(None, "", fixed=True, header=True)
            return
        row = entry.value if entry.row >= 0 else replace(gap_row(entry.finding), expr="")
        fixed = self.opened.sheet.group(entry.group).fixed
        self.form.show_row(row, self._label(entry.group, entry.target), fixed=fixed, header=entry.row < 0)
        self._offer(entry)
        self._show_value()

    def _offer(self, entry: Entry) -> None:
        """Completion, and for a gap a source that fits by its name; both off the GUI thread's path."""
        opened, service = self.opened, self._service

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
        entry = self._entry()
        if entry is None or self.form.row is None:
            return
        values = self.words.values.get((entry.group, self.form.row.target), ())
        self.form.show_value(values[0] if values else None, entry.finding)

    # --- editing -----------------------------------------------------------------------------------------------------------
    def _typed(self, row: MappingRow) -> None:
        """While somebody types: the row stands at once, the check follows."""
        entry = self._entry()
        if entry is None:
            return
        self._what = row.target
        rows = list(self.rows)
        if entry.row >= 0:
            rows[entry.row] = row
            self.rows = tuple(rows)
        elif row.expr:
            self._insert(row)
        self._typing.start()

    def _insert(self, row: MappingRow) -> None:
        """A new row, behind the last of its group; it is the chosen one then."""
        places = [at for at, each in enumerate(self.rows) if each.group == row.group]
        entry = self._entry()
        after = (
            entry.row
            if entry is not None and entry.row >= 0 and entry.group == row.group
            else max(places, default=-1)
        )
        rows = list(self.rows)
        rows.insert(after + 1, row)
        self.rows = tuple(rows)
        self._after_check = after + 1
        if entry is not None and entry.row < 0:  # what is typed on goes to the new row
            self._entries[entry.id] = entry._replace(row=after + 1, value=row)

    _after_check = -1

    def _check(self) -> None:
        opened, rows = self.opened, self.rows
        if opened is None:
            return
        self.desk.bridge.ask(
            lambda: self._service.check(opened, rows),
            then=self._checked,
            failed=self._tell,
            owner=self,
            slot="check",
        )

    def _checked(self, opened: Any) -> None:
        self.opened = replace(self.opened, text=opened.text, sheet=opened.sheet, findings=opened.findings)
        self._take(self.opened)
        place, self._after_check = self._after_check, -1
        if place >= 0 and place in self._entries:
            self.table.choose(place)
        self._reload_form()
        self._ask_preview()

    def _reload_form(self) -> None:
        """After an undo, or whatever else changed the chosen row: what is being typed is the row already."""
        entry = self._entry()
        if entry is not None and entry.row >= 0 and self.form.row != self.rows[entry.row]:
            self._chosen(entry.id)

    def _commit(self) -> None:
        """The row is as it shall be: one step of undo, and the draft is kept."""
        if self._history and self.rows != self._history[self._at]:
            self._history[self._at + 1 :] = [self.rows]
            del self._history[1 : max(1, len(self._history) - UNDONE_MOST)]
            self._at = len(self._history) - 1
            self._keep()

    def _keep(self) -> None:
        """Saves in order: one at a time, always the newest rows."""
        self._unsaved = True
        if self._saving or self.opened is None:
            return
        self._saving, self._unsaved = True, False
        opened, rows, what = self.opened, self.rows, self._what
        self.desk.bridge.ask(
            lambda: self._service.save(self.desk.house.person, opened, rows, what), then=self._kept,
            failed=self._not_kept, owner=self,
        )  # fmt: skip

    def _kept(self, saved: Any) -> None:
        self._saving = False
        if saved.flow_id != self._flow:
            return
        forms = saved.forms if self.opened is None or saved.forms.read_at else self.opened.forms
        self.opened = replace(saved, forms=forms)
        if self._unsaved:
            self._keep()
        if self.rows != saved.sheet.rows:
            self._check()
        else:
            self._take(self.opened)
            self._ask_preview()

    def _not_kept(self, error: SyncError) -> None:
        self._saving = False
        self._tell(error)

    def _edit(self, rows: Sequence[MappingRow], what: str, place: int = -1) -> None:
        """A change that is whole at once."""
        self._commit()
        self.rows, self._what, self._after_check = tuple(rows), what, place
        self._commit()
        self._check()

    def add_row(self) -> None:
        """A new row behind the chosen one."""
        entry = self._entry()
        groups = [each for each in self.opened.sheet.groups if not each.fixed] if self.opened else []
        if not groups:
            return
        mine = {each.id for each in groups}
        group = entry.group if entry is not None and entry.group in mine else groups[0].id
        places = [at for at, each in enumerate(self.rows) if each.group == group]
        after = (
            entry.row
            if entry is not None and entry.row in places
            else max(places, default=len(self.rows) - 1)
        )
        fresh = MappingRow(group, "", "''")
        self._edit([*self.rows[: after + 1], fresh, *self.rows[after + 1 :]], "", after + 1)
        self.form.target.setFocus()

    def remove_row(self) -> None:
        """Takes the chosen rows away; undo brings them back."""
        places = [each for each in self.table.selected_ids() if each < HEADING]
        gone = [at for at in places if not self.opened.sheet.group(self.rows[at].group).fixed]
        if gone:
            what = ", ".join(self.rows[at].target for at in gone)
            left = [row for at, row in enumerate(self.rows) if at not in gone]
            self.form.row = None
            self._edit(left, what, min(gone[0], len(left) - 1))

    def move_row(self, by: int) -> None:
        """One place up or down within its group."""
        entry = self._entry()
        if entry is None or entry.row < 0 or self.opened.sheet.group(entry.group).fixed:
            return
        other = entry.row + by
        if 0 <= other < len(self.rows) and self.rows[other].group == entry.group:
            rows = list(self.rows)
            rows[entry.row], rows[other] = rows[other], rows[entry.row]
            self._edit(rows, entry.target, other)

    def undo(self) -> None:
        """One step back."""
        self._commit()
        self._step_history(-1)

    def redo(self) -> None:
        """One step forward again."""
        self._step_history(1)

    def _step_history(self, by: int) -> None:
        if 0 <= self._at + by < len(self._history):
            self._at += by
            self.rows = self._history[self._at]
            self.form.row = None
            self._keep()
            self._check()

    def copy_rows(self) -> None:
        """The chosen rows, to be pasted here, in another flow, or into a spreadsheet."""
        rows = [self.rows[each] for each in self.table.selected_ids() if each < HEADING]
        if rows:
            QGuiApplication.clipboard().setText(as_table(rows))

    def paste_rows(self) -> None:
        """Rows of the clipboard, behind the chosen one; a target that is there already is named by the check."""
        entry = self._entry()
        if entry is None or self.opened.sheet.group(entry.group).fixed:
            return
        fresh = from_table(QGuiApplication.clipboard().text(), entry.group)
        if fresh:
            after = entry.row if entry.row >= 0 else len(self.rows) - 1
            self._edit([*self.rows[: after + 1], *fresh, *self.rows[after + 1 :]], fresh[0].target, after + 1)

    def edit_rule(self) -> None:
        """Enter on a row: into its rule."""
        if self.form.isVisible():
            self.form.rule.setFocus()
            self.form.rule.selectAll()

    def next_problem(self) -> None:
        """To the next row that something stands against."""
        ids = [each.id for each in self._entries.values() if each.finding is not None and not each.title]
        if ids:
            now = self.table.current_id()
            later = ids[ids.index(now) + 1 :] if now in ids else ids
            self.table.choose((later or ids)[0])
            self.table.setFocus()

    # --- versions ----------------------------------------------------------------------------------------------------------
    def ask_publish(self) -> None:
        """Asks why, then publishes."""
        self._commit()
        text = self.look.text
        dialog = QInputDialog(self)
        dialog.setWindowTitle(self.publish.text().strip())
        dialog.setLabelText(text.say("mapping-why"))
        dialog.setOkButtonText(self.publish.text().strip())
        dialog.setCancelButtonText(text.say("button-cancel"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.textValueSelected.connect(self.publish_now)
        dialog.open()

    def publish_now(self, why: str) -> None:
        """Puts the draft in force; waits for what is still being saved."""
        if self._saving:
            QTimer.singleShot(50, self, lambda: self.publish_now(why))
            return
        flow, route, person = self._flow, self._route, self.desk.house.person
        self.publish.setEnabled(False)
        self._order(lambda: self._service.publish(person, flow, route, why), "mapping-published")

    def roll_back(self, number: int) -> None:
        """An older version is in force again, at once; the list shows the way back."""
        flow, route, person = self._flow, self._route, self.desk.house.person
        self._order(lambda: self._service.roll_back(person, flow, route, number), "mapping-rolled-back")

    def _order(self, work: Callable[[], Any], done: str) -> None:
        def carried_out(release: Any) -> None:
            self.open_flow(self._flow, self._route)
            self.notice.tell("ok", self.look.text.say(done, number=release.number))

        def refused(error: SyncError) -> None:
            self._show_state()
            self._tell(error)

        self.desk.bridge.ask(work, then=carried_out, failed=refused, owner=self)

    def compare(self, older: int, newer: int) -> None:
        """Two versions side by side."""
        opened, text = self.opened, self.look.text
        names = [f"v{each}" if each else text.say("mapping-version-draft") for each in (older, newer)]
        self.desk.bridge.ask(
            lambda: self._service.compare(opened, older, newer),
            then=lambda compared: self.side.show_diff(compared, *names), failed=self._tell, owner=self, slot="diff",
        )  # fmt: skip

    # --- dry run -------------------------------------------------------------------------------------------------------------
    def dry_run(self) -> None:
        """The last documents through the draft; nothing is written anywhere."""
        self.side.tabs.setCurrentIndex(self.side.run_tab)
        if self.opened is None or self._run is not None:
            return
        opened, previews = self.opened, self._previews

        def work(question: Any) -> Any:
            def progress(done: int, total: int) -> bool:
                question.report(done, total)
                return not self._stopping

            return previews.dry_run(opened, DRY_RUN, progress)

        self._stopping = False
        self.side.show_running(0, 0)
        self._run = self.desk.bridge.ask_long(
            work, then=self._ran, failed=self._run_failed, progress=lambda done, total, _: self.side.show_running(done, total),
            owner=self,
        )  # fmt: skip

    def _stop_run(self) -> None:
        self._stopping = True

    def _ran(self, ran: Any) -> None:
        self._run = None
        self.side.show_run(ran)

    def _run_failed(self, error: SyncError) -> None:
        self._run = None
        self.side.show_run(None, sentence(self.look.text, error))

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

    def commands(self) -> tuple[Command, ...]:
        return (
            Command("mapping-next-problem-command", self.next_problem, "F8", "arrow"),
            Command(
                "mapping-publish",
                self.ask_publish if self.publish.isEnabled() else self.next_problem,
                "",
                "check",
            ),
            Command("mapping-run", self.dry_run, "F9", "play"),
            Command("mapping-undo", self.undo, "Ctrl+Z", "undo"),
            Command("mapping-redo", self.redo, "Ctrl+Y", "undo"),
            Command("mapping-add", self.add_row, "Ctrl+N", "plus"),
            Command("mapping-up", lambda: self.move_row(-1), "Alt+Up", "up"),
            Command("mapping-down", lambda: self.move_row(1), "Alt+Down", "down"),
        )
