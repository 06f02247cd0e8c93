"""Keeping the store small: what is old and heavy goes to the archive, and the file gives its room back.

Money documents are never deleted. How long things stay is a preference; 0 = for ever.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from desktop.domain.errors import SyncError
from desktop.store.archive import Moved

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

EXCHANGE_DAYS, ROUND_DAYS, RUN_DAYS = "retention.exchange_days", "retention.round_days", "retention.run_days"
DEFAULTS = {EXCHANGE_DAYS: 180, ROUND_DAYS: 1095, RUN_DAYS: 400}
LOOK_S = 1800.0
A_LOOK = 2000
"""So many rows a look at most: the engine's own writes never wait long."""
log = logging.getLogger("danqiao.retention")


@dataclass(frozen=True, slots=True)
class Tidied:
    """What went, and the file's size in bytes before and after."""

    moved: Moved
    runs: int
    before: int
    after: int


class Retention:
    """Archives, forgets and shrinks."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def days(self, name: str) -> int:
        """How many days one kind stays; 0 = for ever."""
        given = self._workspace.catalog.preference(name, DEFAULTS[name])
        return given if isinstance(given, int) and given >= 0 else DEFAULTS[name]

    def tidy(self, *, whole: bool = False) -> Tidied:
        """One look: moves what is due, gives room back. whole: until nothing is due; also for a file that was made before
        it could shrink by itself, which is then rewritten once. Raises PER-705."""
        store, before = self._workspace.store, self._size()
        moved, runs = self._look()
        while whole:
            more, further = self._look()
            if not more and not further:
                break
            moved = Moved(moved.exchanges + more.exchanges, moved.rounds + more.rounds)
            runs += further
        if moved or runs or whole:
            store.shrink(rewrite=whole)
        return Tidied(moved, runs, before, self._size())

    def _look(self) -> tuple[Moved, int]:
        workspace, now = self._workspace, self._workspace.now()
        archive = workspace.archive

        def before(name: str) -> timedelta | None:
            days = self.days(name)
            return timedelta(days=days) if days else None

        exchanges = rounds = runs = 0
        if (age := before(EXCHANGE_DAYS)) is not None:
            exchanges = archive.move_exchanges(now - age, A_LOOK)
        if (age := before(ROUND_DAYS)) is not None:
            rounds = archive.move_rounds(now - age, A_LOOK)
        if (age := before(RUN_DAYS)) is not None:
            runs = workspace.ledger.forget_runs(now - age, A_LOOK)
        return Moved(exchanges, rounds), runs

    def _size(self) -> int:
        path = self._workspace.store.path
        log_file = path.with_name(path.name + "-wal")
        return path.stat().st_size + (log_file.stat().st_size if log_file.exists() else 0)

    def tidy_safely(self) -> bool:
        """For the engine's scheduler. Never raises."""
        try:
            return bool(self.tidy().moved)
        except SyncError as error:
            log.warning("retention: %s", error)
        except Exception:
            log.exception("retention")
        return False
