"""What is done with a flow as a whole: versions, publication, dry run, golden documents, files, and its tables of lines.

Works for MappingPage and asks the services over its bridge; what a row says is the page's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu

from desktop.domain.errors import SyncError
from desktop.views.confirm import Confirm
from desktop.views.desk import Command
from desktop.views.mapping_import import MappingImport
from desktop.views.mapping_lines import LinesDialog
from desktop.views.mapping_used import UsedDialog
from desktop.views.mapping_words import sentence

if TYPE_CHECKING:
    from desktop.views.mapping_page import MappingPage

DRY_RUN = 50
WAIT_MS = 50


class Deeds(QObject):
    """One for each page."""

    def __init__(self, page: MappingPage) -> None:
        super().__init__(page)
        self._page, self._house = page, page.desk.house
        self._bridge, self._text = page.desk.bridge, page.look.text
        self._run: Any = None
        self._stopping = False
        self.dialog: Any = None

    def order(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """A change on a pool thread; a refusal is told, and what was typed stays."""
        page = self._page

        def refused(error: SyncError) -> None:
            page.show_state()
            page.tell(error)

        self._bridge.ask(work, then=then, failed=refused, owner=page)

    # --- versions ----------------------------------------------------------------------------------------------------------
    def ask_publish(self) -> None:
        """Asks why, then publishes."""
        self._page.edit.commit()
        words = self._page.publish.text().strip()
        self._ask(words, self._text.say("mapping-why"), words, self.publish_now)

    def _ask(self, title: str, question: str, deed: str, act: Callable[[str], None], typed: str = "") -> None:
        """One line of text. act: called with it when the person agrees."""
        dialog = QInputDialog(self._page)
        dialog.setWindowTitle(title)
        dialog.setLabelText(question)
        dialog.setTextValue(typed)
        dialog.setOkButtonText(deed)
        dialog.setCancelButtonText(self._text.say("button-cancel"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.textValueSelected.connect(act)
        dialog.open()

    def publish_now(self, why: str) -> None:
        """Puts the draft in force; waits for what is still being saved."""
        page = self._page
        if page.is_saving:
            QTimer.singleShot(WAIT_MS, page, lambda: self.publish_now(why))
            return
        flow, route, person = page.flow_id, page.route_id, self._house.person
        page.publish.setEnabled(False)
        self._release(lambda: self._house.mapping.publish(person, flow, route, why), "mapping-published")

    def roll_back(self, number: int) -> None:
        """An older version is in force again, at once; the list shows the way back."""
        flow, route, person = self._page.flow_id, self._page.route_id, self._house.person
        self._release(
            lambda: self._house.mapping.roll_back(person, flow, route, number), "mapping-rolled-back"
        )

    def _release(self, work: Callable[[], Any], done: str) -> None:
        def carried_out(release: Any) -> None:
            self._page.open_flow(self._page.flow_id, self._page.route_id)
            self._page.notice.tell("ok", self._text.say(done, number=release.number))

        self.order(work, carried_out)

    def compare(self, older: int, newer: int) -> None:
        """Two versions side by side."""
        page, text = self._page, self._text
        names = [f"v{each}" if each else text.say("mapping-version-draft") for each in (older, newer)]
        opened = page.opened
        self._bridge.ask(
            lambda: self._house.mapping.compare(opened, older, newer),
            then=lambda compared: page.side.show_diff(compared, *names), failed=page.tell, owner=page, slot="diff",
        )  # fmt: skip

    def ask_drop(self) -> None:
        """Asks, then takes the draft away."""
        page, say = self._page, self._text.say
        if page.opened is None or page.opened.draft is None:
            return
        Confirm(
            page, page.look, say("mapping-drop-title"), (say("mapping-drop-what"),), say("mapping-drop"),
            lambda: self._reframe(self._house.mapping.drop),
        ).open()  # fmt: skip

    # --- the frame -----------------------------------------------------------------------------------------------------------
    def _reframe(self, work: Callable[..., Any], *more: Any) -> None:
        """Another draft as a whole: undo begins anew."""
        page, opened, person = self._page, self._page.opened, self._house.person
        page.edit.commit()

        def act() -> None:
            if page.is_saving:
                QTimer.singleShot(WAIT_MS, page, act)
                return
            self.order(
                lambda: work(person, opened if work == self._house.mapping.drop else page.opened, *more),
                page.show_anew,
            )

        act()

    def ask_empty(self) -> None:
        """Asks, then begins a form from empty."""
        page, say = self._page, self._text.say
        if page.opened is not None and page.is_approval:
            count = len(page.rows)
            Confirm(
                page, page.look, say("mapping-empty-title"), (say("mapping-empty-what", count=count),),
                say("mapping-empty-deed", count=count), lambda: self._reframe(self._house.mapping.start_empty),
            ).open()  # fmt: skip

    def ask_lines(self) -> None:
        """Which table of the ERP goes into which of the OA."""
        page = self._page
        if page.opened is None or not page.is_approval:
            return
        opened = page.opened

        def show(tables: tuple[Sequence[str], Sequence[str]]) -> None:
            if not all(tables):
                page.notice.tell("wait", self._text.say("mapping-lines-none"))
                return
            self.dialog = LinesDialog(
                page, page.look, *tables, act=partial(self._reframe, self._house.mapping.add_lines)
            )
            self.dialog.open()

        self._bridge.ask(
            lambda: self._house.mapping.line_tables(opened), then=show, failed=page.tell, owner=page
        )

    def ask_without_lines(self) -> None:
        """Asks, then takes the chosen row's table of lines away."""
        page, say, group = self._page, self._text.say, self._page.chosen_group()
        if group is not None and group.kind == "lines":
            count = sum(1 for row in page.rows if row.group == group.id)
            tables = f"{group.source} → {group.target}"
            Confirm(
                page, page.look, say("mapping-lines-remove-title", tables=tables),
                (say("mapping-lines-remove-what", count=count),), say("mapping-lines-remove", count=count),
                lambda: self._reframe(self._house.mapping.remove_lines, group.id),
            ).open()  # fmt: skip

    def agree_forms(self) -> None:
        """The changed forms do no harm: the flow goes on."""
        page = self._page
        flow, route, person = page.flow_id, page.route_id, self._house.person

        def agreed(_: Any) -> None:
            page.notice.tell("ok", self._text.say("drift-agreed"))

        self.order(lambda: self._house.mapping.agree_forms(person, flow, route), agreed)

    def ask_publish_here(self) -> None:
        """Asks why, then gives the chosen company alone what the draft changes."""
        page, text = self._page, self._text
        page.edit.commit()
        if page.opened is None or page.opened.draft is None:
            return
        company = page.companies.currentText()
        title = text.say("mapping-own-title", company=company)
        self._ask(
            title, text.say("mapping-why"), text.say("mapping-own-deed", company=company), self._publish_here
        )

    def _publish_here(self, why: str) -> None:
        page, house = self._page, self._house
        if page.is_saving:
            QTimer.singleShot(WAIT_MS, page, lambda: self._publish_here(why))
            return
        opened, person = page.opened, house.person

        def work() -> Any:
            own = house.companies.with_rows(opened.flow_id, opened.route_id, opened.sheet.rows)
            release = house.companies.publish(person, opened.flow_id, opened.route_id, own, why)
            house.mapping.drop(person, opened)
            return release

        self._release(work, "mapping-own-published")

    def ask_row_here(self) -> None:
        """Asks why, then gives the chosen company alone what the draft says in the chosen row."""
        page, text = self._page, self._text
        page.edit.commit()
        entry = page.chosen_entry()
        if entry is None or entry.value is None or page.opened is None or page.opened.draft is None:
            page.notice.tell("", text.say("mapping-own-row-none"))
            return
        title = text.say("mapping-own-row-title", row=entry.target, company=page.companies.currentText())
        self._ask(
            title, text.say("mapping-why"), text.say("mapping-own-make"), partial(self._row_here, entry)
        )

    def _row_here(self, entry: Any, why: str) -> None:
        page, house = self._page, self._house
        if page.is_saving:
            QTimer.singleShot(WAIT_MS, page, lambda: self._row_here(entry, why))
            return
        opened, person, place = page.opened, house.person, (entry.group, entry.target)

        def work() -> Any:
            held = house.companies.rows(opened.flow_id, opened.route_id)
            rows = [each.row for each in held if each.row is not None and each.place != place]
            mine = next(row for row in opened.sheet.rows if (row.group, row.target) == place)
            own = house.companies.with_rows(opened.flow_id, opened.route_id, [*rows, mine])
            release = house.companies.publish(person, opened.flow_id, opened.route_id, own, why)
            before = next((each.inherited for each in held if each.place == place), None)
            left = [before if row is mine else row for row in opened.sheet.rows]
            house.mapping.save(person, opened, [row for row in left if row is not None], entry.target)
            return release

        self._release(work, "mapping-own-published")

    def ask_inherit(self) -> None:
        """Asks why, then lets the chosen company's row follow the group again."""
        page, text = self._page, self._text
        entry = page.chosen_entry()
        if entry is None or page.opened is None or (entry.group, entry.target) not in page.words.own:
            page.notice.tell("", text.say("mapping-own-not"))
            return
        title = text.say("mapping-own-again-title", row=entry.target, company=page.companies.currentText())
        act = partial(self._inherit, (entry.group, entry.target))
        self._ask(title, text.say("mapping-why"), text.say("mapping-own-again"), act)

    def _inherit(self, place: tuple[str, str], why: str) -> None:
        companies, person = self._house.companies, self._house.person
        flow, route = self._page.flow_id, self._page.route_id

        def work() -> Any:
            own = companies.without(companies.own(flow, route), [place])
            return companies.publish(person, flow, route, own, why)

        self._release(work, "mapping-own-inherited")

    # --- dry run -------------------------------------------------------------------------------------------------------------
    def dry_run(self) -> None:
        """The last documents through the draft; nothing is written anywhere."""
        page = self._page
        page.side.tabs.setCurrentIndex(page.side.run_tab)
        if page.opened is None or self._run is not None:
            return
        opened, previews = page.opened, self._house.previews

        def work(question: Any) -> Any:
            def progress(done: int, total: int) -> bool:
                question.report(done, total)
                return not self._stopping

            return previews.dry_run(opened, DRY_RUN, progress)

        self._stopping = False
        page.side.show_running(0, 0)
        self._run = self._bridge.ask_long(
            work, then=self._ran, failed=self._run_failed,
            progress=lambda done, total, _: page.side.show_running(done, total), owner=page,
        )  # fmt: skip

    def stop_run(self) -> None:
        """Ends it after the documents in hand."""
        self._stopping = True

    def _ran(self, ran: Any) -> None:
        self._run = None
        self._page.side.show_run(ran)

    def _run_failed(self, error: SyncError) -> None:
        self._run = None
        self._page.side.show_run(None, sentence(self._text, error))

    # --- golden documents ------------------------------------------------------------------------------------------------------
    def judge(self) -> None:
        """The golden documents under the draft."""
        page, opened = self._page, self._page.opened
        if opened is not None:
            self._bridge.ask(
                lambda: self._house.golden.judge(opened), then=page.take_golden, failed=page.tell, owner=page, slot="golden"
            )  # fmt: skip

    def ask_pin(self) -> None:
        """Asks what it stands for, then pins the record on screen."""
        page, text = self._page, self._text
        if page.opened is None or page.preview is None:
            return
        number, opened, person = page.preview.number, page.opened, self._house.person

        def pinned(_: Any) -> None:
            page.notice.tell("ok", text.say("golden-pinned", number=number))
            page.side.tabs.setCurrentWidget(page.side.golden)
            self.judge()

        def act(note: str) -> None:
            self.order(lambda: self._house.golden.pin(person, opened, number, note.strip()), pinned)

        deed = text.say("golden-pin")
        self._ask(deed, text.say("golden-pin-why", number=number), deed, act)

    def ask_explain(self, judged: Any) -> None:
        """Asks why the differences are meant."""
        text, opened, person = self._text, self._page.opened, self._house.person

        def act(reason: str) -> None:
            golden = self._house.golden
            self.order(
                lambda: golden.explain(person, opened, judged.golden.id, reason), lambda _: self.judge()
            )

        question = text.say("golden-explain-why", count=max(1, len(judged.differing)))
        self._ask(text.say("golden-explain"), question, text.say("golden-explain"), act)

    def ask_unpin(self, judged: Any) -> None:
        """Asks, then takes a golden document away."""
        page, say, person = self._page, self._text.say, self._house.person
        title = judged.golden.title
        Confirm(
            page, page.look, say("golden-unpin-title", title=title), (say("golden-unpin-what"),), say("golden-unpin"),
            lambda: self.order(lambda: self._house.golden.unpin(person, judged.golden), lambda _: self.judge()),
        ).open()  # fmt: skip

    # --- files -----------------------------------------------------------------------------------------------------------------
    def ask_export_rows(self) -> None:
        """Asks for a file, then writes the rows."""
        say = self._text.say
        kinds = {f"{say('files-excel')} (*.xlsx)": "", f"{say('files-csv')} (*.csv)": "utf-8-sig", f"{say('files-csv-gb')} (*.csv)": "gb18030"}  # fmt: skip
        found, kind = QFileDialog.getSaveFileName(
            self._page, say("mapping-rows-export"), f"{self._page.flow_id}.xlsx", ";;".join(kinds)
        )
        if found:
            encoding = kinds.get(kind, "")
            path = Path(found)
            self.export_rows(
                path if path.suffix else path.with_suffix(".csv" if encoding else ".xlsx"), encoding
            )

    def export_rows(self, path: Path, encoding: str = "") -> None:
        """Writes the rows as they stand."""
        opened, files = self._page.opened, self._house.mapping_files
        self.order(
            lambda: files.write_rows(opened, path, encoding or "utf-8-sig"),
            lambda count: self._page.notice.tell(
                "ok", self._text.say("base-exported", count=count, file=path.name)
            ),
        )

    def ask_import_rows(self) -> None:
        """Asks for a file, then shows what it would change."""
        say = self._text.say
        found, _ = QFileDialog.getOpenFileName(
            self._page, say("mapping-rows-import"), "", f"{say('base-files')} (*.xlsx *.csv)"
        )
        if found:
            self.import_rows(Path(found))

    def import_rows(self, path: Path) -> None:
        """Nothing is changed before the person has seen what would be."""
        page, opened = self._page, self._page.opened
        page.edit.commit()
        self.order(lambda: self._house.mapping_files.read_rows(opened, path), self._preview_file)

    def ask_export_flow(self) -> None:
        """Asks for a file, then writes the whole flow."""
        say, name = self._text.say, f"{self._page.flow_id}.flow.toml"
        found, _ = QFileDialog.getSaveFileName(
            self._page, say("mapping-flow-export"), name, f"{say('files-flow')} (*.toml)"
        )
        if found:
            self.export_flow(Path(found))

    def export_flow(self, path: Path) -> None:
        """Writes the flow as it stands in the draft."""
        opened = self._page.opened
        self.order(
            lambda: self._house.mapping_files.write_flow(opened, path),
            lambda _: self._page.notice.tell("ok", self._text.say("mapping-flow-exported", file=path.name)),
        )

    def ask_import_flow(self) -> None:
        """Asks for a file, then shows what it would change."""
        say = self._text.say
        found, _ = QFileDialog.getOpenFileName(
            self._page, say("mapping-flow-import"), "", f"{say('files-flow')} (*.toml)"
        )
        if found:
            self.import_flow(Path(found))

    def import_flow(self, path: Path) -> None:
        """Nothing is changed before the person has seen what would be."""
        opened = self._page.opened
        self.order(lambda: self._house.mapping_files.read_flow(opened, path), self._preview_file)

    def _preview_file(self, preview: Any) -> None:
        page, person = self._page, self._house.person

        def taken(_: Any) -> None:
            page.notice.tell("ok", self._text.say("mapping-file-taken", file=preview.file))
            page.reopen(preview.flow_id)

        def act() -> None:
            self.order(lambda: self._house.mapping_files.take(person, preview), taken)

        self.dialog = MappingImport(page, page.look, self._bridge, preview, act)
        self.dialog.open()

    # --- where a field is used ---------------------------------------------------------------------------------------------------
    def ask_used(self) -> None:
        """Every row of every flow that reads or fills a field."""
        page = self._page
        entry = page.chosen_entry()
        self.dialog = UsedDialog(
            page, page.look, self._bridge, self._house.mapping, entry.target if entry else ""
        )
        self.dialog.open()

    # --- menu ------------------------------------------------------------------------------------------------------------------
    def commands(self) -> tuple[Command, ...]:
        """What the "more" menu and the palette offer."""
        return (
            Command("mapping-empty-start", self.ask_empty, "", "empty"),
            Command("mapping-lines-add", self.ask_lines, "Ctrl+Shift+N", "plus"),
            Command("mapping-lines-remove-command", self.ask_without_lines, "", "delete"),
            Command("mapping-rows-export", self.ask_export_rows, "", "download"),
            Command("mapping-rows-import", self.ask_import_rows, "", "open"),
            Command("mapping-flow-export", self.ask_export_flow, "", "download"),
            Command("mapping-flow-import", self.ask_import_flow, "", "open"),
            Command("mapping-used", self.ask_used, "Ctrl+U", "search"),
            Command("golden-pin", self.ask_pin, "Ctrl+G", "pin"),
            Command("mapping-own", self.ask_publish_here, "", "company"),
            Command("mapping-own-make", self.ask_row_here, "", "company"),
            Command("mapping-own-again", self.ask_inherit, "", "undo"),
            Command("mapping-drop", self.ask_drop, "", "undo"),
        )

    def show_menu(self) -> None:
        """The "more" menu, below its button."""
        page = self._page
        menu = QMenu(page)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for command in self.commands():
            action = menu.addAction(page.look.icon(command.icon, "muted"), self._text.say(command.words))
            action.triggered.connect(partial(_act, command))
        menu.popup(page.more.mapToGlobal(page.more.rect().bottomLeft()))


def _act(command: Command, *_: object) -> None:
    command.act()
