"""Reconciliations as they were found: the result whole, and what of it lists show. Plain values; services/ knows their shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desktop.store.audit import Trail
from desktop.store.database import Store

MOST = 400
"""So many are kept, the newest: a year of nights and more. Their certificates stay as files."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One reconciliation in a list. file: the name of its certificate or list of differences, "" = none was written."""

    id: int
    at: datetime
    clean: bool
    documents: int
    differences: int
    file: str


class Reconciliations:
    """Kept results."""

    def __init__(self, store: Store, trail: Trail) -> None:
        self._store, self._trail = store, trail

    def put(self, entry: Entry, content: Mapping[str, Any], person: str) -> int:
        """Keeps a result, with its line in the trail; the oldest beyond MOST go. Answers its id."""
        with self._store.writing() as tables:
            rows = tables.reconciliation
            row = rows.create(
                at=entry.at, clean=entry.clean, documents=entry.documents, differences=entry.differences,
                file=entry.file, content=dict(content),
            )  # fmt: skip
            rows.delete().where(rows.id <= row.id - MOST).execute()
            detail = {"documents": entry.documents, "differences": entry.differences, "file": entry.file}
            action = "reconcile.clean" if entry.clean else "reconcile.differs"
            self._trail.append(tables, [(person, action, "reconciliation", detail)])
            return int(row.id)

    def entries(self, limit: int = 30) -> list[Entry]:
        """The newest, newest first."""
        with self._store.reading() as tables:
            rows = tables.reconciliation
            light = (rows.id, rows.at, rows.clean, rows.documents, rows.differences, rows.file)
            return [
                Entry(row.id, row.at, bool(row.clean), row.documents, row.differences, row.file)
                for row in rows.select(*light).order_by(rows.id.desc()).limit(limit)
            ]

    def content(self, number: int) -> Mapping[str, Any] | None:
        """One result, whole."""
        with self._store.reading() as tables:
            row = tables.reconciliation.get_or_none(tables.reconciliation.id == number)
            return dict(row.content) if row else None
