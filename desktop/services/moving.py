"""Moving to another workstation: everything but the secrets in one file, and the old machine at rest.

The two engines never run one company together: packing needs the engine lock and switches every flow off where it packs;
the copy has them as they were. On the new machine the engine looks in both systems before it sends anything.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.connectors.registry import VENDORS
from desktop.domain.errors import ErrorCode, SyncError
from desktop.services.backups import Restored, restore
from desktop.store.database import FILE_NAME, Store
from desktop.store.vault import variable

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

STORE, CARRIED = "store.db", ("flows", "archive", "certificates", "calendar.toml", "window.json")
"""The store's name in the file, and what is carried beside it where it is there."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Where the file lies, and how many flows were switched off here."""

    path: Path
    switched_off: int


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What was put in place, and the secrets that this machine still lacks: system, field (of its vendor), variable."""

    restored: Restored
    missing: tuple[tuple[str, str, str], ...]


def pack(workspace: Workspace, target: Path, person: str) -> Packed:
    """One file with everything. Raises PER-709 while an engine runs, PER-705 where it cannot be written, PER-716."""
    workspace.people.demand(person, "set_up")
    store = workspace.store
    with Store.locked(store.path), tempfile.TemporaryDirectory() as aside:
        copy, _ = workspace.backups.make(Path(aside) / STORE, person=person)
        part = target.with_name(target.name + ".part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            carried = [
                each for each in _carried(store.path.parent) if each.resolve() not in _ours(target, part)
            ]
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as packed:
                packed.write(copy, STORE)
                for path in carried:
                    packed.write(path, path.relative_to(store.path.parent).as_posix())
            # Off before the file has its name: a crash in between leaves nobody at work, never two.
            switched_off = _rest(workspace, person)
            part.replace(target)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise _unwritable(target, error) from None
        return Packed(target, switched_off)


def _ours(*paths: Path) -> set[Path]:
    """The file itself, where it is made in a folder that is carried: it would swallow itself until the disk is full."""
    return {each.resolve() for each in paths}


def _carried(folder: Path) -> list[Path]:
    found = []
    for name in CARRIED:
        path = folder / name
        found += [each for each in sorted(path.rglob("*")) if each.is_file()] if path.is_dir() else []
        found += [path] if path.is_file() else []
    return found


def _rest(workspace: Workspace, person: str) -> int:
    """Every flow off: what is on its way goes on elsewhere."""
    count = 0
    for route in workspace.catalog.routes():
        count += sum(each.on for each in route.switches)
        switches = tuple(replace(each, on=False) for each in route.switches)
        if switches != route.switches:
            workspace.catalog.put_route(replace(route, switches=switches), person)
    return count


def unpack(source: Path, store: Path, person: str, now: datetime) -> Unpacked:
    """Puts such a file into a data folder that has no store yet. Raises PER-715 where one lies there or the file is none of
    ours, PER-704, PER-705."""
    if store.exists():
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=str(store))
    with tempfile.TemporaryDirectory() as aside:
        folder = Path(aside)
        try:
            with zipfile.ZipFile(source) as packed:
                for each in packed.infolist():
                    first = each.filename.split("/")[0]
                    plain = ".." not in each.filename.split("/") and not each.filename.startswith("/")
                    if not plain or first not in (STORE, *CARRIED):
                        raise zipfile.BadZipFile(each.filename)
                _refuse_too_much(packed, folder, store)
                packed.extractall(folder)
        except SyncError:
            raise
        except Exception as error:  # a damaged or locked file: zipfile raises whatever its parsers raise
            said = f"{source}: {getattr(error, 'strerror', None) or error or type(error).__name__}"
            raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=said) from None
        done = restore(folder / STORE, store, person, now)
        try:
            for path in _carried(folder):
                goal = store.parent / path.relative_to(folder)
                goal.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, goal)
        except OSError as error:
            raise _unwritable(store.parent, error) from None
    return Unpacked(done, _missing(store))


def _refuse_too_much(packed: zipfile.ZipFile, *folders: Path) -> None:
    """A file that unpacks to more than there is room for is refused before it fills the disk. Raises PER-705."""
    whole = sum(each.file_size for each in packed.infolist())
    for folder in folders:
        there = next(each for each in (folder, *folder.parents) if each.is_dir())
        if whole >= shutil.disk_usage(there).free:
            said = f"{whole >> 20} MB > {shutil.disk_usage(there).free >> 20} MB"
            raise SyncError(ErrorCode.STORE_UNREADABLE, certain=True, where=str(there), said=said)


def _missing(store: Path) -> tuple[tuple[str, str, str], ...]:
    from desktop.services.workspace import Workspace

    found = []
    with Workspace.open(f"sqlite:///{store}", create=False) as workspace:
        for system in workspace.catalog.systems().values():
            vendor = VENDORS.get(system.vendor)
            secrets = [each for each in vendor.fields if each.secret] if vendor else []
            lacking = [each for each in secrets if not workspace.vault.where(system.id, each.name)]
            none_at_all = len(lacking) == len(
                secrets
            )  # which of them a way of signing in needs is the vendor's matter
            for field in lacking:
                if field.required or field.hidden or none_at_all:
                    name = variable(system.id, field.name)
                    found.append((system.title, f"{system.vendor}-{field.name}", name))
    return tuple(found)


def store_in(folder: Path) -> Path:
    """Where a data folder's store lies."""
    return folder / FILE_NAME


def _unwritable(path: Path, error: OSError) -> SyncError:
    said = error.strerror or type(error).__name__
    return SyncError(ErrorCode.STORE_UNREADABLE, certain=True, where=str(path), said=said)
