"""Opens the store by its URL; the only file that knows which database it is.

SQLite in WAL mode with synchronous=FULL: an intent that a power cut can erase is no promise. One writer at a time in
a process (a lock) and between processes (BEGIN IMMEDIATE). A thread opens its connection for one question or step.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import peewee
from filelock import FileLock, Timeout

import desktop.store.migrations as migration_steps
from desktop.domain.courtesy import stand_aside
from desktop.domain.errors import ErrorCode, SyncError
from desktop.store.tables import Tables

_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "full",
    "foreign_keys": 1,
    "busy_timeout": 15_000,
    "cache_size": -2_000,
    "temp_store": "file",
}
"""A million rows in an order without an index (by state) are sorted within the cache and a file: 3 MB instead of 38, and no
slower."""
ROWS_IN_A_ROW = 256
"""So many rows of a long read between two looks whether somebody waits."""
FILE_NAME = "danqiao.db"


def url_of(folder: Path) -> str:
    """The URL of the store in a data folder."""
    return f"sqlite:///{folder / FILE_NAME}"


class Store:
    """An open store: connections, transactions, schema, engine lock."""

    def __init__(self, database: peewee.SqliteDatabase, path: Path) -> None:
        self._database = database
        self.path = path
        self.tables = Tables(database)
        self._writer = threading.RLock()
        self._engine_lock: FileLock | None = None

    @classmethod
    def open(cls, url: str, *, create: bool = True) -> Store:
        """Opens and, where needed, migrates (after copying the file).

        Raises PER-705 for a URL or file that is no store, PER-704 for a store written by a newer version.
        """
        path = path_of(url)
        if not create and not path.exists():
            raise SyncError(ErrorCode.STORE_UNREADABLE, where=str(path), said="not found")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                _begin(path)
            database = peewee.SqliteDatabase(str(path), pragmas=_PRAGMAS, autoconnect=False, timeout=15)
            store = cls(database, path)
            store._migrate()
        except (OSError, peewee.DatabaseError, sqlite3.Error) as error:
            raise SyncError(ErrorCode.STORE_UNREADABLE, where=str(path), said=str(error)) from None
        return store

    @contextmanager
    def reading(self) -> Iterator[Tables]:
        """A connection of this thread for one question."""
        opened = self._database.connect(reuse_if_open=True)
        try:
            yield self.tables
        finally:
            if opened:
                self._database.close()

    @contextmanager
    def writing(self) -> Iterator[Tables]:
        """One transaction; everything in it is on disk when the block ends, or nothing is."""
        with self._writer, self.reading() as tables:
            if self._database.in_transaction():
                yield tables
                return
            with self._database.atomic("IMMEDIATE"):
                yield tables

    def execute(self, sql: str, params: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """A plain question in SQL that both SQLite and PostgreSQL understand; inside reading() or writing()."""
        rows: list[tuple[Any, ...]] = self._database.execute_sql(sql, params).fetchall()
        return rows

    def iterate(self, sql: str, params: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        """The same, row by row, for answers of a million rows; between them it stands aside for shorter questions."""
        for number, row in enumerate(self._database.execute_sql(sql, params)):
            if number % ROWS_IN_A_ROW == 0:
                stand_aside()
            yield row

    def check(self) -> None:
        """Integrity of the file. Raises PER-705."""
        with self.reading():
            try:
                found = self._database.execute_sql("PRAGMA quick_check(1)").fetchone()[0]
            except (peewee.DatabaseError, sqlite3.Error) as error:
                found = str(error)
        if found != "ok":
            raise SyncError(ErrorCode.STORE_UNREADABLE, where=str(self.path), said=found)

    def copy_to(self, target: Path) -> None:
        """A consistent copy while the store is in use (SQLite's backup API), whole in one file."""
        with self.reading(), closing(sqlite3.connect(target)) as copy:
            self._database.connection().backup(copy)
            copy.execute("PRAGMA journal_mode = delete")

    def shrink(self, *, rewrite: bool = False) -> None:
        """Gives freed pages back to the disk, and the log's room. rewrite: a file of old, which cannot do so by itself, is
        written anew once (its size is needed again on the disk while that takes)."""
        with self._writer, self.reading():
            run = self._database.execute_sql
            if run("PRAGMA auto_vacuum").fetchone()[0] == 2:
                # as a script: the module steps a statement without columns once, which frees a single page
                self._database.connection().executescript("PRAGMA incremental_vacuum")
            elif rewrite:
                run("PRAGMA auto_vacuum = 2").fetchall()
                run("VACUUM").fetchall()
            run("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @staticmethod
    @contextmanager
    def locked(path: Path) -> Iterator[None]:
        """No engine runs on the store at `path` meanwhile. Raises PER-709 where one does."""
        lock = FileLock(f"{path}.engine", thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise SyncError(ErrorCode.STORE_BUSY, certain=True, where=str(path)) from None
        try:
            yield
        finally:
            lock.release()

    def take_engine_lock(self) -> bool:
        """True when this process is now the store's one engine. The system frees the lock on a crash."""
        lock = FileLock(
            str(self.path) + ".engine", thread_local=False
        )  # taken and freed by different threads
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return False
        self._engine_lock = lock
        return True

    def free_engine_lock(self) -> None:
        """Gives the lock back; harmless where it is not held."""
        if self._engine_lock is not None:
            self._engine_lock.release()
            self._engine_lock = None

    def close(self) -> None:
        """Frees the lock and this thread's connection."""
        self.free_engine_lock()
        if not self._database.is_closed():
            self._database.close()

    def _migrate(self) -> None:
        steps = _steps()
        with self.reading():
            version = self._version()
            if version > len(steps):
                raise SyncError(ErrorCode.STORE_NEWER, found=version, known=len(steps))
        if version and version < len(steps):
            stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
            self.copy_to(self.path.with_name(f"{self.path.stem}.before-{version + 1:04}-{stamp}.db"))
        for number, name in enumerate(steps[version:], start=version + 1):
            step = importlib.import_module(f"desktop.store.migrations.{name}")
            with self.writing():
                if self._version() != number - 1:
                    continue
                step.up(self._database)
                self._database.execute_sql("DELETE FROM schema_version")
                self._database.execute_sql("INSERT INTO schema_version (number) VALUES (?)", (number,))

    def _version(self) -> int:
        if "schema_version" not in self._database.get_tables():
            if self._database.get_tables():
                raise SyncError(
                    ErrorCode.STORE_UNREADABLE, where=str(self.path), said="a database of something else"
                )
            return 0
        row = self._database.execute_sql("SELECT number FROM schema_version").fetchone()
        return int(row[0]) if row else 0


def _begin(path: Path) -> None:
    """An empty file that can give freed pages back (Store.shrink). Only an empty one takes that; asked of a file that is in
    use, the very question is a write, so that it must not be among the pragmas of each connection."""
    with closing(sqlite3.connect(path, timeout=15)) as fresh:
        fresh.execute("PRAGMA auto_vacuum = 2")
        fresh.execute("PRAGMA journal_mode = wal")


@dataclass(frozen=True, slots=True)
class Copy:
    """What a copy of a store holds: schema version, documents, attempts, and the last line of its trail."""

    version: int
    documents: int
    attempts: int
    trail: int


def read_copy(path: Path) -> Copy:
    """Proves a copy: its integrity, and that the rows the engine lives on can be read. The file is not changed.

    Raises PER-705 for a file that is no whole store, PER-704 for one written by a newer version.
    """
    try:
        if not path.is_file():
            raise FileNotFoundError("not found")
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as copy:
            if (found := copy.execute("PRAGMA integrity_check(1)").fetchone()[0]) != "ok":
                raise sqlite3.DatabaseError(found)
            version = int(copy.execute("SELECT number FROM schema_version").fetchone()[0])
            if version > len(_steps()):
                raise SyncError(ErrorCode.STORE_NEWER, certain=True, found=version, known=len(_steps()))
            tables = "document", "attempt", "audit"
            return Copy(version, *(_rows(copy, table) for table in tables))
    except (OSError, sqlite3.Error, TypeError, ValueError) as error:
        raise SyncError(ErrorCode.STORE_UNREADABLE, certain=True, where=str(path), said=str(error)) from None


def put_in_place(copy: Path, store: Path, kept: Path) -> None:
    """Makes `copy` the store at `store`; what lies there goes to `kept` first. Only under the engine lock.

    A store that can be opened is kept as one consistent file; a broken one with its log beside it, as it lies there.
    Raises PER-705 where a file cannot be written: then the old store is still in place.
    """
    logs = [store.with_name(store.name + tail) for tail in ("-wal", "-shm")]
    fresh = store.with_name(store.name + ".restoring")
    try:
        shutil.copyfile(copy, fresh)
        with fresh.open("rb+") as written:
            os.fsync(written.fileno())
        if store.exists():
            _keep(store, kept)
        for log in logs:
            log.unlink(missing_ok=True)
        fresh.replace(store)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        said = error.strerror or type(error).__name__
        raise SyncError(ErrorCode.STORE_UNREADABLE, certain=True, where=str(store), said=said) from None


def _keep(store: Path, kept: Path) -> None:
    try:
        with closing(sqlite3.connect(store)) as old, closing(sqlite3.connect(kept)) as new:
            old.backup(new)
            new.execute("PRAGMA journal_mode = delete")
    except sqlite3.Error:
        shutil.copyfile(store, kept)
        log = store.with_name(store.name + "-wal")
        if log.exists():
            shutil.copyfile(log, kept.with_name(kept.name + "-wal"))


def _rows(copy: sqlite3.Connection, table: str) -> int:
    return int(copy.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _steps() -> list[str]:
    return sorted(name for _, name, _ in pkgutil.iter_modules(migration_steps.__path__) if name[0] == "m")


def path_of(url: str) -> Path:
    """The file of a store's URL. Raises PER-705 for a database that is not known yet."""
    if url.startswith("sqlite:///"):
        return Path(url.removeprefix("sqlite:///"))
    if "://" in url:
        raise SyncError(
            ErrorCode.STORE_UNREADABLE, where=url.split("@")[-1], said="only sqlite:/// is known yet"
        )
    return Path(url)
