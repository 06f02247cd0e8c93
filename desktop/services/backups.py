"""Copies of the store: made while the engine runs, proved at once, pruned; and one put back in the store's place.

A copy never holds a secret: those lie in the keyring or the environment. Nothing here knows documents or flows.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.domain.errors import ErrorCode, SyncError
from desktop.store.database import Copy, Store, put_in_place, read_copy

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

FOLDER = "backups"
KEEP, KEEP_DEFAULT = "backup.keep", 14
"""The preference: how many copies are kept, and how many where nobody set it."""
TROUBLE = "backup.trouble"
EVERY = timedelta(hours=24)
LOOK_S = 600.0
"""So often the engine's scheduler asks whether a copy is due: a night slept through is made up for within ten minutes."""

_STAMP = "%Y%m%dT%H%M%SZ"
log = logging.getLogger("danqiao.backups")


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy as it lies on the disk. made_at: from its name, UTC."""

    path: Path
    made_at: datetime
    size: int


class Backups:
    """The copies of one store."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @property
    def folder(self) -> Path:
        """Where the regular copies lie: beside the store."""
        return self._workspace.store.path.parent / FOLDER

    def kept(self) -> list[Backup]:
        """The regular copies, newest first."""
        found = []
        for path in self.folder.glob("danqiao-*.db"):
            try:
                at = datetime.strptime(path.stem.removeprefix("danqiao-"), _STAMP).replace(tzinfo=UTC)
                found.append(Backup(path, at, path.stat().st_size))
            except (ValueError, OSError):  # somebody's own file, or one that is just being pruned
                continue
        return sorted(found, key=lambda each: each.made_at, reverse=True)

    def make(self, target: Path | None = None, *, person: str = "engine") -> tuple[Path, Copy]:
        """A proved copy, at `target` or in the folder of regular ones (then the oldest go). An existing `target` is
        replaced only once the new copy is proved. Raises PER-705 where it cannot be written or proved."""
        self._workspace.people.demand(person, "back_up")
        now = self._workspace.now()
        path = target or self.folder / f"danqiao-{now.astimezone(UTC).strftime(_STAMP)}.db"
        if path.resolve() == self._workspace.store.path.resolve():
            raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=str(path))
        part = path.with_name(path.name + ".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
            self._workspace.store.copy_to(part)
            found = read_copy(part)
            part.replace(path)
        except OSError as error:
            raise _unwritable(path, error) from None
        except SyncError:
            raise
        except Exception as error:  # the driver's own words: a full disk, a name it cannot open
            raise _unwritable(path, error) from None
        finally:
            _drop(part)
        self._tell(person, path, found)
        if target is None:
            self.prune()
        return path, found

    def _tell(self, person: str, path: Path, found: Copy) -> None:
        detail = {"file": path.name, "documents": found.documents, "trail": found.trail}
        with self._workspace.store.writing() as tables:
            self._workspace.trail.append(tables, [(person, "backup.made", "store", detail)])

    @property
    def keep(self) -> int:
        """How many regular copies are kept, at least one."""
        given = self._workspace.catalog.preference(KEEP, KEEP_DEFAULT)
        return max(1, given) if isinstance(given, int) else KEEP_DEFAULT

    def set_keep(self, person: str, count: int) -> None:
        """How many regular copies are kept. Raises PER-715 for less than one."""
        self._workspace.people.demand(person, "back_up")
        if count < 1:
            raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"--keep {count}")
        self._workspace.catalog.set_preference(KEEP, count, actor=person)

    def prune(self) -> int:
        """Removes the oldest copies beyond `keep`; answers how many. One that a wrong clock dated ahead neither counts nor goes."""
        now = self._workspace.now()
        return sum(
            _drop(each.path) for each in [each for each in self.kept() if each.made_at <= now][self.keep :]
        )

    def make_if_due(self) -> bool:
        """For the scheduler: a copy where the newest is a day old, or none is there. Never raises; a failure is kept
        for the health check."""
        try:
            now = self._workspace.now()
            if any(timedelta(0) <= now - each.made_at < EVERY for each in self.kept()):
                return False
            self.make()
            self._workspace.catalog.set_preference(TROUBLE, {})
            return True
        except SyncError as error:
            log.warning("backup: %s", error)
            self._workspace.catalog.set_preference(
                TROUBLE, {"code": error.code.id, "facts": {k: str(v) for k, v in error.facts.items()}}
            )
        except Exception:
            log.exception("backup")
        return False


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put in place, where the former store lies now (None: there was none), and orders that were voided."""

    copy: Copy
    former: Path | None
    orders: int


def restore(copy: Path, store: Path, person: str, now: datetime) -> Restored:
    """Puts a copy in the store's place. The engine that starts on it looks before anything is sent.

    Refuses with PER-709 while an engine holds the store, PER-704 for a newer copy, PER-705 for a file that is no whole
    store. What lay there is kept beside it. Orders that waited when the copy was made are not carried out.
    """
    found = read_copy(copy)
    if copy.resolve() == store.resolve():
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=str(copy))
    former = store.with_name(f"{store.stem}.replaced-{now.astimezone(UTC).strftime(_STAMP)}.db")
    there = store.exists()
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(store, error) from None
    from desktop.services.workspace import Workspace

    with Store.locked(store):
        put_in_place(copy, store, former)
        with Workspace.open(f"sqlite:///{store}", now=lambda: now) as workspace:
            orders = workspace.ledger.void_orders(now, "restored")
            detail = {"file": copy.name, "trail": found.trail, "former": former.name if there else ""}
            with workspace.store.writing() as tables:
                workspace.trail.append(tables, [(person, "backup.restored", "store", detail)])
    return Restored(found, former if there else None, orders)


def _unwritable(path: Path, error: Exception) -> SyncError:
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return SyncError(ErrorCode.STORE_UNREADABLE, certain=True, where=str(path), said=said)


def _drop(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
