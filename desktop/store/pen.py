"""Plain statements for the writes that every document makes a dozen of: built once for each shape, then only bound.

A query builder spends ten times as long on the words of an INSERT as the database on carrying it out. Values go
through the fields of peewee's rows, so that both ways write the same. Private to store/.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import peewee


class Pen:
    """Writes rows of one database. Must be used inside a transaction."""

    def __init__(self, database: Any) -> None:
        self._database = database
        self._mark = database.param
        self._known: dict[tuple[Any, ...], tuple[str, list[Any]]] = {}

    def insert(self, model: Any, **values: Any) -> int:
        """A new row; answers its id."""
        return int(self._run(("insert", model, *values), self._insert_sql, values).lastrowid or 0)

    def insert_all(self, model: Any, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Many rows of one shape."""
        for row in rows:
            self.insert(model, **dict(zip(names, row, strict=True)))

    def insert_once(self, model: Any, **values: Any) -> None:
        """A new row, unless one with its primary key stands already."""
        self._run(
            ("once", model, *values), lambda m, v: f"{self._insert_sql(m, v)} ON CONFLICT DO NOTHING", values
        )

    def update(self, model: Any, values: dict[str, Any], **where: Any) -> int:
        """Rows where every named field equals (None = is empty); answers how many there were."""
        shape = ("update", model, *values, None, *((name, value is None) for name, value in where.items()))
        bound = [value for value in where.values() if value is not None]
        names = [name for name, value in where.items() if value is not None]
        return int(
            self._run(shape, lambda m, v: self._update_sql(m, v, where), values, names, bound).rowcount
        )

    def upsert(self, model: Any, keys: dict[str, Any], values: dict[str, Any]) -> None:
        """A new row, or the values of the one that has these keys."""
        shape = ("upsert", model, *keys, None, *values)
        self._run(shape, lambda m, v: self._upsert_sql(m, keys, values), {**keys, **values})

    def _run(
        self, shape: tuple[Any, ...], build: Any, values: dict[str, Any], names: Sequence[str] = (),
        bound: Sequence[Any] = (),
    ) -> Any:  # fmt: skip
        known = self._known.get(shape)
        if known is None:
            model = shape[1]
            fields = [_converter(model, name) for name in (*values, *names)]
            known = self._known[shape] = (build(model, values), fields)
        sql, converters = known
        given = [
            convert(value) for convert, value in zip(converters, (*values.values(), *bound), strict=True)
        ]
        return self._database.execute_sql(sql, given)

    def _insert_sql(self, model: Any, values: dict[str, Any]) -> str:
        columns = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join(self._mark for _ in values)
        return f'INSERT INTO "{model._meta.table_name}" ({columns}) VALUES ({marks})'

    def _update_sql(self, model: Any, values: dict[str, Any], where: dict[str, Any]) -> str:
        sets = ", ".join(f'"{name}" = {self._mark}' for name in values)
        tests = " AND ".join(
            f'"{name}" IS NULL' if value is None else f'"{name}" = {self._mark}'
            for name, value in where.items()
        )
        return f'UPDATE "{model._meta.table_name}" SET {sets} WHERE {tests}'

    def _upsert_sql(self, model: Any, keys: dict[str, Any], values: dict[str, Any]) -> str:
        sets = ", ".join(f'"{name}" = EXCLUDED."{name}"' for name in values)
        columns = ", ".join(f'"{name}"' for name in keys)
        return f"{self._insert_sql(model, {**keys, **values})} ON CONFLICT ({columns}) DO UPDATE SET {sets}"


def _converter(model: Any, name: str) -> Any:
    field: peewee.Field = model._meta.fields[name]
    return field.db_value
