"""What all writes of one transaction share: its rows, its moment, its lines in the trail. Part of Change (change.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from desktop.domain.document import Document
from desktop.store.audit import Line
from desktop.store.tables import Tables


class Writes:
    """`moved` and `failed` tell afterwards which documents to speak of."""

    def __init__(self, tables: Tables, at: datetime) -> None:
        self._tables = tables
        self._pen = tables.pen
        self.at = at
        self.lines: list[Line] = []
        self.moved: list[int] = []
        self.failed: list[int] = []

    def note(self, actor: str, action: str, document: Document | None, **detail: Any) -> None:
        """A line for the trail."""
        self.lines.append((actor, action, f"document:{document.id}" if document else "", detail))

    def _update(self, document: Document, **values: Any) -> None:
        self._pen.update(self._tables.document, values, id=document.id)

    def _update_round(self, document: Document, **values: Any) -> None:
        self._pen.update(self._tables.round, values, document_id=document.id, number=document.round)
