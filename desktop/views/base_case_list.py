"""The list of special cases on the base data page, and what is done with one. Works for BasePage."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from desktop.domain.errors import SyncError
from desktop.services.base_cases import CaseRow
from desktop.views.base_cases import CaseDialog

if TYPE_CHECKING:
    from desktop.views.base_page import BasePage


class CaseList:
    """One for each page. held: the lines on screen, by row id."""

    def __init__(self, page: BasePage) -> None:
        self._page, self._text = page, page.look.text
        self.held: dict[int, Any] = {}
        self.dialog: CaseDialog | None = None

    def ask(self) -> None:
        """Every special case, and how often each stand-in was sent."""
        page = self._page
        page.desk.bridge.ask(
            page.desk.house.cases.lines, then=self._show, failed=page.lost_cases, owner=page, slot="cases"
        )

    def _show(self, lines: Sequence[Any]) -> None:
        self.held = {at: line for at, line in enumerate(lines, start=1) if self._is_wanted(line.row)}
        self._page.show_cases(len(lines))

    def _is_wanted(self, row: Any) -> bool:
        asked = self._page.asked()
        words = f"{row.code} {row.counterpart} {row.name} {row.by_value}".casefold()
        return (
            row.route_id in (asked.routes or (row.route_id,))
            and row.kind in (asked.kinds or (row.kind,))
            and asked.text.strip().casefold() in words
        )

    def open_chosen(self) -> None:
        """The chosen one, to be changed or taken away."""
        chosen = self._page.case_table.current_id()
        line = self.held.get(chosen) if chosen is not None else None
        if line is not None:
            self.open(line.row)

    def open(self, row: Any = None) -> None:
        """The box of a special case; without a row that of a new one."""
        page, cases, companies = self._page, self._page.desk.house.cases, self._page.words.companies
        if not companies:
            return
        asked = page.asked()
        route = asked.routes[0] if asked.routes else next(iter(companies))
        fresh = CaseRow(0, route, asked.kinds[0] if asked.kinds else "account", "erp", "", "")
        shown = row or fresh

        def show(uses: Any) -> None:
            self.dialog = CaseDialog(
                page, page.look, page.desk.bridge, page.base, shown, companies=companies, kinds=cases.kinds(),
                save=self._save, remove=partial(self._remove, shown) if shown.id else None, uses=uses,
            )  # fmt: skip
            self.dialog.open()

        page.desk.bridge.ask(lambda: cases.uses(shown), then=show, failed=page.lost_cases, owner=page)

    def _save(self, row: Any) -> None:
        page, dialog = self._page, self.dialog

        def kept(_: Any) -> None:
            if dialog is not None:
                dialog.accept()
            page.work.conclude("ok", self._text.say("case-saved"))

        def refused(error: SyncError) -> None:
            if dialog is not None:
                dialog.show_trouble(error)

        page.order(lambda: page.desk.house.cases.put(page.person, row), kept, refused)

    def _remove(self, row: Any) -> None:
        page, told = self._page, self._text.say("case-removed")
        page.order(
            lambda: page.desk.house.cases.remove(page.person, row), lambda _: page.work.conclude("ok", told)
        )
