"""A store of every earlier version, with rows in all its tables, opened by today's program: nothing is lost, everything that
the program knows can be read, and a step that fails leaves the store as it was."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import peewee
import pytest

import desktop.store.database as database
from desktop.domain.errors import ErrorCode, SyncError
from desktop.store.database import FILE_NAME, Store, read_copy

STEPS = database._steps()
Rows = dict[str, list[dict[str, Any]]]


def made_at(version: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store as the program of that version made it."""
    with monkeypatch.context() as then:
        then.setattr(database, "_steps", lambda: STEPS[:version])
        Store.open(f"sqlite:///{folder / FILE_NAME}").close()
    return folder / FILE_NAME


def tables_of(file: sqlite3.Connection) -> Iterator[str]:
    for (name,) in file.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    ).fetchall():
        if name != "schema_version":
            yield name


def filled(path: Path) -> None:
    """Two rows in every table, a value of its kind in every column."""
    with closing(sqlite3.connect(path)) as file, file:
        for table in tables_of(file):
            columns = file.execute(f"PRAGMA table_info({table})").fetchall()
            for number in (1, 2):
                values = [_value(name, kind, number) for _, name, kind, *_ in columns]
                names = ", ".join(f'"{name}"' for _, name, *_ in columns)
                file.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(values))})", values)


def _value(name: str, kind: str, number: int) -> Any:
    if kind == "BLOB":
        return zlib.compress(f'[{{"at":{number}}}]'.encode())
    if kind in ("INTEGER", "BIGINT", "REAL"):
        return number
    return str(number)  # also what JSON and an amount can be read from


def rows_of(path: Path) -> Rows:
    with closing(sqlite3.connect(path)) as file:
        file.row_factory = sqlite3.Row
        return {
            table: [dict(row) for row in file.execute(f"SELECT * FROM {table} ORDER BY 1")]
            for table in tables_of(file)
        }  # fmt: skip


@pytest.mark.parametrize("version", range(1, len(STEPS)))
def test_a_store_of_an_earlier_version_loses_nothing(
    version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made_at(version, tmp_path, monkeypatch)
    filled(path)
    before = rows_of(path)
    store = Store.open(f"sqlite:///{path}")
    try:
        after = rows_of(path)
        for table, rows in before.items():
            kept = [{name: row[name] for name in old} for old, row in zip(rows, after[table], strict=True)]
            assert kept == rows, table
        [copy] = tmp_path.glob(f"*.before-{version + 1:04}-*.db")
        assert rows_of(copy) == before and read_copy(copy).version == version
        with store.reading() as tables:
            for model in vars(tables).values():
                if isinstance(model, type) and issubclass(model, peewee.Model):
                    assert list(model.select().dicts()) is not None
        with pytest.raises(peewee.IntegrityError), store.writing() as tables:
            tables.audit.delete().execute()
        assert read_copy(path).version == len(STEPS)
    finally:
        store.close()
    Store.open(f"sqlite:///{path}").close()
    assert len(list(tmp_path.glob("*.before-*"))) == 1, "once is enough"


def test_a_step_that_fails_half_way_leaves_the_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full, or the process dies: what the step did until then is undone, and the next start tries again."""
    version = len(STEPS) - 1
    path = made_at(version, tmp_path, monkeypatch)
    filled(path)
    before = rows_of(path)
    last = database.importlib.import_module(f"desktop.store.migrations.{STEPS[-1]}")
    whole = last.up

    def dies(opened: Any) -> None:
        whole(opened)
        raise peewee.OperationalError("database or disk is full")

    with monkeypatch.context() as full:
        full.setattr(last, "up", dies)
        with pytest.raises(SyncError) as refused:
            Store.open(f"sqlite:///{path}")
    assert refused.value.code is ErrorCode.STORE_UNREADABLE
    assert rows_of(path) == before and read_copy(path).version == version
    Store.open(f"sqlite:///{path}").close()
    assert read_copy(path).version == len(STEPS)
