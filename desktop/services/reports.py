"""The overview as a file, by itself: every day, week or month, into a folder beside the store."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.notice import Message
from desktop.services.overview import Overview
from desktop.services.overview_sheet import as_workbook

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

EVERY = "report.every"
"""The preference: "" (never), "day", "week" (on Mondays) or "month" (on the first)."""
CHOICES = ("", "day", "week", "month")
MAILED = "report.mailed"
"""The preference: the file whose figures were mailed last."""
FOLDER, LOOK_S = "reports", 900.0
log = logging.getLogger("danqiao.reports")


class Reports:
    """Writes reports."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @property
    def folder(self) -> Path:
        """Where those lie that are written by themselves."""
        return self._workspace.store.path.parent / FOLDER

    def write(self, path: Path) -> Path:
        """The overview as it is now, as whoever sits here sees it. Raises PER-705."""
        return self._write(path, self._workspace.overview.look())

    def _write(self, path: Path, overview: Overview) -> Path:
        content = as_workbook(overview, self._workspace.text)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            said = error.strerror or type(error).__name__
            raise SyncError(ErrorCode.STORE_UNREADABLE, certain=True, where=str(path), said=said) from None
        return path

    def write_if_due(self) -> bool:
        """For the engine's scheduler: the report of the period that began last, once. Never raises."""
        try:
            begins = self._period()
            path = self.folder / f"overview-{begins:%Y-%m-%d}.xlsx" if begins else None
            if path is None:
                return False
            fresh = not path.exists()
            if fresh:
                self._write(path, self._workspace.overview.whole())
            self._mail(path)
            return fresh
        except SyncError as error:
            log.warning("report: %s", error)
        except Exception:
            log.exception("report")
        return False

    def _mail(self, path: Path) -> None:
        """Its figures by mail, once, where mail is switched on; until it went, every look tries again."""
        catalog = self._workspace.catalog
        if catalog.preference(MAILED, "") != path.name and self._workspace.notices.announce(
            self.message(path)
        ):
            catalog.set_preference(MAILED, path.name)

    def message(self, path: Path) -> Message:
        """What the mail says: the figures on top of the overview, and where the workbook lies."""
        text, overview = self._workspace.text, self._workspace.overview.whole()
        say, whole = text.say, overview.whole
        rate = overview.first_pass
        lines = [
            say("report-done", count=overview.done), say("overview-rest", flowing=whole.waiting + whole.flowing, today=whole.today),
            say("overview-stuck-told", count=whole.stuck) if whole.stuck else say("overview-well"),
            f"{say('overview-first-pass')}: {'-' if rate is None else f'{rate * 100:.1f} %'}",
            *(f"{each.code} {text.what(each.code, each.facts)} ({each.count})" for each in overview.causes[:5]),
            say("reconcile-written", file=str(path)),
        ]  # fmt: skip
        return Message(say("report-title", day=path.stem.removeprefix("overview-")), tuple(lines), path.name)

    def _period(self) -> date | None:
        every = str(self._workspace.catalog.preference(EVERY, "") or "")
        today = self._workspace.now().astimezone().date()
        if every == "week":
            return today - timedelta(days=today.weekday())
        if every == "month":
            return today.replace(day=1)
        return today if every == "day" else None
