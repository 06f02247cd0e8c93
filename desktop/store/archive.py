"""What is old and heavy, in a file of its own: calls as they went over the wire, and the contents of finished rounds.

Documents, links, attempts, failures and the trail never leave the store: they say what was done, and that nothing is done
twice. Rows are put into the archive and made durable there before they go from the store; a crash in between leaves them
in both. Each is named by what it is, not by a number of ours: a restored store counts anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from desktop.domain.document import Attempt, Round
from desktop.domain.errors import ErrorCode, SyncError
from desktop.store.change import KeptExchange
from desktop.store.database import Store
from desktop.store.rows import slices
from desktop.store.tables import PackedField, TimeField

FILE_NAME = "danqiao-archive.db"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS exchange (
  id INTEGER PRIMARY KEY, system_id TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, status INTEGER NOT NULL,
  ms INTEGER NOT NULL, at INTEGER NOT NULL, request BLOB NOT NULL, answer BLOB NOT NULL,
  UNIQUE (system_id, at, path, method));
CREATE TABLE IF NOT EXISTS attempt_exchange (
  attempt_key TEXT NOT NULL, step TEXT NOT NULL, attempt_at INTEGER NOT NULL, exchange_id INTEGER NOT NULL,
  PRIMARY KEY (attempt_key, step, attempt_at, exchange_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS round (
  key_part TEXT NOT NULL, number INTEGER NOT NULL, snapshot BLOB NOT NULL, mapped BLOB NOT NULL,
  PRIMARY KEY (key_part, number)) WITHOUT ROWID;
"""
_SAME = "SELECT id, request, answer FROM exchange WHERE system_id = ? AND at = ? AND path = ? AND method = ?"
_TIME, _PACKED = TimeField(), PackedField()
EMPTY = _PACKED.db_value({})
"""What a round's contents are in the store once they lie in the archive."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How many calls and rounds went over."""

    exchanges: int = 0
    rounds: int = 0

    def __bool__(self) -> bool:
        return bool(self.exchanges or self.rounds)


def _put_call(archive: sqlite3.Connection, columns: str, values: list[Any]) -> int:
    """The call's id in the archive. A clock that ticks slowly gives two calls one moment: the second is kept a microsecond
    later, never under the first one's content. The very same call, moved again after a crash, stands once."""
    system, method, path, _, _, at, request, answer = values
    marks = ", ".join("?" * len(values))
    while True:
        found = archive.execute(_SAME, (system, at, path, method)).fetchone()
        if found is None:
            told = [*values[:5], at, *values[6:]]
            return int(
                archive.execute(f"INSERT INTO exchange ({columns}) VALUES ({marks})", told).lastrowid or 0
            )
        if (found[1], found[2]) == (request, answer):
            return int(found[0])
        at += 1


class Archive:
    """The archive beside one store."""

    def __init__(self, store: Store, path: Path) -> None:
        self._store, self.path = store, path

    # --- moving ----------------------------------------------------------------------------------------------------------
    def move_exchanges(self, before: datetime, limit: int) -> int:
        """Calls made before then, the oldest first; answers how many. Raises PER-705."""
        columns = "system_id, method, path, status, ms, at, request, answer"
        calls_sql = f"SELECT id, {columns} FROM exchange WHERE at < ? ORDER BY at LIMIT ?"
        with self._store.reading():
            calls = self._store.execute(calls_sql, (_TIME.db_value(before), limit))
            ids = [row[0] for row in calls]
            made = [row for part in slices(ids) for row in self._attempts_of(part)]
        if not calls:
            return 0
        with self._writing() as archive:
            places = {}
            for number, *values in calls:
                places[number] = _put_call(archive, columns, values)
            archive.executemany(
                "INSERT OR IGNORE INTO attempt_exchange VALUES (?, ?, ?, ?)",
                [(key, step, at, places[number]) for number, key, step, at in made],
            )
        with self._store.writing() as tables:
            for part in slices(ids):
                tables.attempt_exchange.delete().where(
                    tables.attempt_exchange.exchange_id.in_(part)
                ).execute()
                tables.exchange.delete().where(tables.exchange.id.in_(part)).execute()
        return len(ids)

    def _attempts_of(self, ids: Sequence[int]) -> list[tuple[Any, ...]]:
        marks = ", ".join("?" for _ in ids)
        sql = (
            "SELECT j.exchange_id, a.key, a.step, a.started_at FROM attempt_exchange j JOIN attempt a ON a.id = j.attempt_id "
            f"WHERE j.exchange_id IN ({marks})"
        )
        return self._store.execute(sql, tuple(ids))

    def move_rounds(self, before: datetime, limit: int) -> int:
        """Contents of closed rounds of documents that are DONE and did not change since `before`. Raises PER-705."""
        sql = (
            "SELECT r.id, d.key_part, r.number, r.snapshot, r.mapped FROM document d JOIN round r ON r.document_id = d.id "
            "WHERE d.state = 'done' AND d.changed_at < ? AND r.closed_at IS NOT NULL AND r.seen_away_at IS NOT NULL "
            "AND r.snapshot <> ? ORDER BY d.changed_at LIMIT ?"
        )
        with self._store.reading():
            rows = self._store.execute(sql, (_TIME.db_value(before), EMPTY, limit))
        if not rows:
            return 0
        with self._writing() as archive:
            archive.executemany("INSERT OR REPLACE INTO round VALUES (?, ?, ?, ?)", [row[1:] for row in rows])
        with self._store.writing() as tables:
            for row in rows:
                tables.round.update(snapshot={}, mapped={}).where(tables.round.id == row[0]).execute()
        return len(rows)

    # --- reading ---------------------------------------------------------------------------------------------------------
    def check(self) -> None:
        """Integrity of the file, where there is one: what is only shown leaves out what cannot be read. Raises PER-705."""
        if not self.path.exists():
            return
        try:
            with closing(sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True)) as archive:
                found = archive.execute("PRAGMA quick_check(1)").fetchone()[0]
        except (OSError, sqlite3.Error) as error:
            found = str(error)
        if found != "ok":
            raise SyncError(ErrorCode.STORE_UNREADABLE, certain=True, where=str(self.path), said=found)

    def exchanges(self, attempt: Attempt) -> list[KeptExchange]:
        """The calls of an attempt that lie here."""
        sql = (
            "SELECT x.system_id, x.method, x.path, x.status, x.ms, x.at, x.request, x.answer FROM attempt_exchange j "
            "JOIN exchange x ON x.id = j.exchange_id WHERE j.attempt_key = ? AND j.step = ? AND j.attempt_at = ? ORDER BY x.at"
        )
        asked = (attempt.key, attempt.step, _TIME.db_value(attempt.started_at))
        return [
            KeptExchange(
                system, method, path, status, ms, _TIME.python_value(at), _PACKED.python_value(request),  # type: ignore[arg-type]
                _PACKED.python_value(answer),
            )
            for system, method, path, status, ms, at, request, answer in self._ask(sql, asked)
        ]  # fmt: skip

    def contents(self, key_part: str, number: int) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
        """Snapshot and mapped values of a round that lie here."""
        sql = "SELECT snapshot, mapped FROM round WHERE key_part = ? AND number = ?"
        found = self._ask(sql, (key_part, number))
        return (_PACKED.python_value(found[0][0]), _PACKED.python_value(found[0][1])) if found else None

    def whole(self, key_part: str, rounds: Sequence[Round]) -> list[Round]:
        """The rounds, with their contents from here where the store has none any more."""
        found = []
        for each in rounds:
            kept = None if each.snapshot or each.mapped else self.contents(key_part, each.number)
            found.append(replace(each, snapshot=kept[0], mapped=kept[1]) if kept else each)
        return found

    def _ask(self, sql: str, params: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        if not self.path.exists():
            return []
        try:
            with closing(sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True)) as archive:
                return archive.execute(sql, params).fetchall()
        except sqlite3.Error:
            return []  # told by the health check; what is asked here is only shown

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One durable transaction."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=15)) as archive:
                archive.execute("PRAGMA synchronous = FULL")
                archive.executescript(_SCHEMA)
                with archive:
                    yield archive
        except (OSError, sqlite3.Error) as error:
            raise SyncError(
                ErrorCode.STORE_UNREADABLE, certain=True, where=str(self.path), said=str(error)
            ) from None
