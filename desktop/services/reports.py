"""The overview as a file, by itself: every day, week or month, into a folder beside the store."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.domain.errors import ErrorCode, SyncError
from desktop.services.overview_sheet import as_workbook

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

EVERY = "report.every"
"""The preference: "" (never), "day", "week" (on Mondays) or "month" (on the first)."""
CHOICES = ("", "day", "week", "month")
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
        """The overview as it is now. Raises PER-705."""
        content = as_workbook(self._workspace.overview.look(), self._workspace.text)
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
            if path is None or path.exists():
                return False
            self.write(path)
            return True
        except SyncError as error:
            log.warning("report: %s", error)
        except Exception:
            log.exception("report")
        return False

    def _period(self) -> date | None:
        every = str(self._workspace.catalog.preference(EVERY, "") or "")
        today = self._workspace.now().astimezone().date()
        if every == "week":
            return today - timedelta(days=today.weekday())
        if every == "month":
            return today.replace(day=1)
        return today if every == "day" else None
