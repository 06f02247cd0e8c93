"""Base data in and out: both systems' lists read anew, correspondences as files and back. Works for BasePage."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog

from desktop.views.base_import import SheetPreview
from desktop.views.list_export import choose_file, table_writer

if TYPE_CHECKING:
    from desktop.services.base_data import ListRead
    from desktop.services.base_sheet import Preview
    from desktop.views.base_page import BasePage


class BaseFiles:
    """One for each page."""

    def __init__(self, page: BasePage) -> None:
        self._page, self._text = page, page.look.text
        self.preview: SheetPreview | None = None

    # --- both systems ----------------------------------------------------------------------------------------------------
    def read_both(self) -> None:
        """Reads every list in use from both systems, with progress; it can be stopped."""
        text, base, person = self._text, self._page.base, self._page.person
        self._page.work.begin(
            lambda errand: base.refresh(person, errand.report, lambda: errand.cancelled),
            self._read_done,
            lambda done, total, kind: text.say(
                "base-reading", done=done, total=total, what=text.word("kind", kind)
            ),
            text.say("base-read-stopped"),
        )

    def _read_done(self, told: list[ListRead]) -> None:
        text, say, work = self._text, self._text.say, self._page.work
        wrong = [each for each in told if each.error is not None]
        records, changes = sum(each.records for each in told), sum(len(each.changes) for each in told)
        if wrong:
            error: Any = wrong[0].error
            kinds = ", ".join(dict.fromkeys(text.word("kind", each.kind) for each in wrong))
            work.conclude(
                "warn", f"{say('base-read-partly', kinds=kinds)} {text.what(error.code.id, error.facts)}"
            )
        else:
            work.conclude("ok", say("base-read-done", records=records, count=changes))
        self._page.refresh()

    def weigh(self) -> None:
        """Counts last year's bills, so that gaps and coverage are told by how much they matter."""
        page, text, weights = self._page, self._text, self._page.desk.house.base_weights

        def counted(count: int) -> None:
            page.work.conclude("ok", text.say("base-weighed", count=count))
            page.refresh()

        page.work.begin(
            lambda errand: weights.count(page.person, errand.report, lambda: errand.cancelled), counted,
            lambda done, total, flow: text.say("base-weighing", done=done, total=total, flow=text.word("flow", flow)),
            text.say("base-cancelled"),
        )  # fmt: skip

    # --- files -----------------------------------------------------------------------------------------------------------
    def ask_export(self) -> None:
        """Asks for a file, then writes the list on screen into it; of correspondences those that the filters leave."""
        page, say = self._page, self._text.say
        if not page.shows_lines:
            listed = choose_file(page, self._text, page.tabs.tabText(page.tabs.currentIndex()))
            if listed is not None:
                self.export_list_to(listed)
            return
        kinds = {
            f"{say('files-excel')} (*.xlsx)": "", f"{say('files-csv')} (*.csv)": "utf-8-sig",
            f"{say('files-csv-gb')} (*.csv)": "gb18030",
        }  # fmt: skip
        name = f"{say('base-export-name')}.xlsx"
        found, chosen = QFileDialog.getSaveFileName(page, say("base-export"), name, ";;".join(kinds))
        if found:
            path, encoding = Path(found), kinds.get(chosen, "")
            self.export_to(
                path if path.suffix else path.with_suffix(".csv" if encoding else ".xlsx"), encoding
            )

    def export_list_to(self, path: Path) -> None:
        """Writes the gaps or the changes as they are shown."""
        page, say = self._page, self._text.say
        write = table_writer(page.table, say("page-base"), self._text)
        self._export(lambda errand: write(path, errand), path)

    def export_to(self, path: Path, encoding: str = "") -> None:
        """Writes the correspondences, with progress; a stop leaves no file behind."""
        asked, base = self._page.asked(), self._page.base
        self._export(
            lambda errand: base.write_sheet(
                path, asked, errand.report, lambda: errand.cancelled, encoding or "utf-8-sig"
            ),
            path,
        )

    def _export(self, write: Any, path: Path) -> None:
        work, say = self._page.work, self._text.say
        work.begin(
            write, lambda count: work.conclude("ok", say("base-exported", count=count, file=path.name)),
            lambda done, total, _: say("base-exporting", done=done, total=total), say("base-cancelled"),
        )  # fmt: skip

    def ask_import(self) -> None:
        """Asks for a file, then shows what it would change."""
        say = self._text.say
        kinds = f"{say('base-files')} (*.xlsx *.csv)"
        found, _ = QFileDialog.getOpenFileName(self._page, say("base-import"), "", kinds)
        if found:
            self.import_from(Path(found))

    def import_from(self, path: Path) -> None:
        """Checks the file row by row; nothing is changed before the person has seen what would be."""
        base, say = self._page.base, self._text.say
        self._page.work.begin(
            lambda errand: base.read_sheet(path, errand.report, lambda: errand.cancelled),
            self._preview, lambda done, total, _: say("base-checking", done=done), say("base-cancelled"),
        )  # fmt: skip

    def _preview(self, preview: Preview) -> None:
        page = self._page
        act = partial(page.base.apply_sheet, page.person, preview)

        def imported(count: int) -> None:
            page.work.conclude("ok", self._text.say("base-imported", count=count))

        self.preview = SheetPreview(
            page, page.look, page.desk.bridge, preview, lambda: page.order(act, imported)
        )
        self.preview.open()
