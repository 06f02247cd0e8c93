"""Editing the rows: what is typed, added, moved, taken away and undone; checked as it is typed, and kept as the draft.

Works for MappingPage: it holds the rows, the page shows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication

from desktop.domain.errors import SyncError
from desktop.services.mapping_rows import MappingRow, as_table, from_table
from desktop.views.mapping_held import HeldRows
from desktop.views.mapping_words import HEADING, Entry

if TYPE_CHECKING:
    from desktop.views.mapping_page import MappingPage

TYPING_MS = 250


class Editing(QObject):
    """One for each page. held: the rows with their steps back and forth."""

    def __init__(self, page: MappingPage) -> None:
        super().__init__(page)
        self._page = page
        self.held = HeldRows()
        self._saving = self._unsaved = False
        self._what = ""
        self._after_check = -1
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self.check)

    @property
    def is_saving(self) -> bool:
        """True while the draft is on its way to the store."""
        return self._saving or self._unsaved

    @property
    def is_typing(self) -> bool:
        """True until what was typed last is being checked."""
        return self._typing.isActive()

    def begin(self, rows: Sequence[MappingRow]) -> None:
        """Another flow, or another draft as a whole: undo begins anew."""
        self.held = HeldRows(rows)

    def type_row(self, row: MappingRow) -> None:
        """While somebody types: the row stands at once, the check follows."""
        entry = self._page.chosen_entry()
        if entry is None:
            return
        self._what = row.target
        if entry.row >= 0:
            self.held.replace(entry.row, row)
        elif row.expr:
            self._insert(row)
        self._typing.start()

    def _insert(self, row: MappingRow) -> None:
        """A new row, behind the last of its group; it is the chosen one then."""
        entry = self._page.chosen_entry()
        after = self._after(entry, row.group)
        self.held.insert(after, [row])
        self._after_check = after + 1
        if entry is not None and entry.row < 0:  # what is typed on goes to the new row
            self._page.entries[entry.id] = entry._replace(row=after + 1, value=row)

    def _after(self, entry: Entry | None, group: str) -> int:
        """Behind the chosen row where it stands in the group, else behind the group's last."""
        if entry is not None and entry.row >= 0 and entry.group == group:
            return entry.row
        return self.held.last_of(group)

    def check(self) -> None:
        opened, rows = self._page.opened, self.held.rows
        if opened is None:
            return
        self._page.desk.bridge.ask(
            lambda: self._page.service.check(opened, rows),
            then=self._checked,
            failed=self._page.tell,
            owner=self._page,
            slot="check",
        )

    def _checked(self, opened: Any) -> None:
        if not self._page.shows(opened):
            return
        self._page.opened = replace(
            self._page.opened, text=opened.text, sheet=opened.sheet, findings=opened.findings
        )
        self._page.take(self._page.opened)
        place, self._after_check = self._after_check, -1
        if place >= 0 and place in self._page.entries:
            self._page.table.choose(place)
        self._reload_form()
        self._page.ask_preview()
        self._page.deeds.judge()

    def _reload_form(self) -> None:
        """After an undo, or whatever else changed the chosen row: what is being typed is the row already."""
        entry = self._page.chosen_entry()
        if entry is not None and entry.row >= 0 and self._page.form.row != self.held.rows[entry.row]:
            self._page.show_chosen(entry.id)

    def commit(self) -> None:
        """The row is as it shall be: one step of undo, and the draft is kept."""
        if self._page.opened is not None and self.held.keep():
            self._keep()

    def _keep(self) -> None:
        """Saves in order: one at a time, always the newest rows."""
        self._unsaved = True
        if self._saving or self._page.opened is None:
            return
        self._saving, self._unsaved = True, False
        opened, rows, what = self._page.opened, self.held.rows, self._what
        self._page.desk.bridge.ask(
            lambda: self._page.service.save(self._page.desk.house.person, opened, rows, what), then=self._kept,
            failed=self._not_kept, owner=self._page, deed=True,
        )  # fmt: skip

    def _kept(self, saved: Any) -> None:
        self._saving = False
        if saved.flow_id != self._page.flow_id:
            return
        forms = saved.forms if self._page.opened is None or saved.forms.read_at else self._page.opened.forms
        self._page.opened = replace(saved, forms=forms)
        if self._unsaved:
            self._keep()
        if self.held.rows != saved.sheet.rows:
            self.check()
        else:
            self._page.take(self._page.opened)
            self._page.ask_preview()
            self._page.deeds.judge()

    def _not_kept(self, error: SyncError) -> None:
        self._saving = self._unsaved = False
        self._page.tell(error)

    def _done(self, what: str, place: int = -1) -> None:
        """A change that is whole at once."""
        self._what, self._after_check = what, place
        self.commit()
        self.check()

    def add_row(self) -> None:
        """A new row behind the chosen one."""
        entry = self._page.chosen_entry()
        groups = (
            [each.id for each in self._page.opened.sheet.groups if not each.fixed]
            if self._page.opened
            else []
        )
        if not groups:
            return
        self.commit()
        group = entry.group if entry is not None and entry.group in groups else groups[0]
        after = self._after(entry, group)
        self.held.insert(after, [MappingRow(group, "", "''")])
        self._done("", after + 1)
        self._page.form.target.setFocus()

    def remove_row(self) -> None:
        """Takes the chosen rows away; undo brings them back."""
        places = [each for each in self._page.table.selected_ids() if each < HEADING]
        gone = [at for at in places if not self._page.opened.sheet.group(self.held.rows[at].group).fixed]
        if gone:
            self.commit()
            what = ", ".join(self.held.rows[at].target for at in gone)
            self.held.remove(gone)
            self._page.form.row = None
            self._done(what, min(gone[0], len(self.held.rows) - 1))

    def move_row(self, by: int) -> None:
        """One place up or down within its group."""
        entry = self._page.chosen_entry()
        if entry is None or entry.row < 0 or self._page.opened.sheet.group(entry.group).fixed:
            return
        other = entry.row + by
        if 0 <= other < len(self.held.rows) and self.held.rows[other].group == entry.group:
            self.commit()
            self.held.swap(entry.row, other)
            self._done(entry.target, other)

    def take_proposal(self) -> None:
        """The best proposal for the chosen field that no row fills."""
        if self._page.form.isVisible():
            self._page.form.take_suggestion()

    def take_proposals(self) -> None:
        """Rows for all fields on screen that no row fills and for which one proposal is sure; undo takes them back."""
        opened = self._page.opened
        free = [
            (each.group, each.target)
            for each in self._page.entries.values()
            if each.row < 0 and not each.title
        ]
        if opened is None or not free:
            return
        self.commit()

        def take(rows: Sequence[MappingRow]) -> None:
            for row in rows:
                self.held.insert(self.held.last_of(row.group), [row])
            told = self._page.look.text.say(
                "mapping-proposals-taken", count=len(rows), left=len(free) - len(rows)
            )
            self._page.notice.tell("ok" if rows else "wait", told)
            if rows:
                self._page.form.row = None
                self._done(", ".join(row.target for row in rows)[:200])

        self._page.desk.bridge.ask(
            lambda: self._page.service.proposed_rows(opened, free), then=take, failed=self._page.tell, owner=self._page, slot="proposals"
        )  # fmt: skip

    def undo(self) -> None:
        """One step back."""
        self.commit()
        self._step_history(-1)

    def redo(self) -> None:
        """One step forward again."""
        self._step_history(1)

    def _step_history(self, by: int) -> None:
        if self.held.step(by):
            self._page.form.row = None
            self._keep()
            self.check()

    def copy_rows(self) -> None:
        """The chosen rows, to be pasted here, in another flow, or into a spreadsheet."""
        rows = [self.held.rows[each] for each in self._page.table.selected_ids() if each < HEADING]
        if rows:
            QGuiApplication.clipboard().setText(as_table(rows))

    def paste_rows(self) -> None:
        """Rows of the clipboard, behind the chosen one; a target that is there already is named by the check."""
        entry = self._page.chosen_entry()
        if entry is None or self._page.opened.sheet.group(entry.group).fixed:
            return
        fresh = from_table(QGuiApplication.clipboard().text(), entry.group)
        if fresh:
            self.commit()
            after = entry.row if entry.row >= 0 else len(self.held.rows) - 1
            self.held.insert(after, fresh)
            self._done(fresh[0].target, after + 1)
