"""What lists ask of a million documents: counts, ids in order, rows by id. Reads only, each one fast by an index.

A text is looked for as a number from its start, from its end ("0871" finds CGDD000871), as an exact amount, and
inside partners' names: those are few, so two Chinese characters suffice, and no word index can miss them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from desktop.domain.document import MOVING_STATES, Document, DocumentState, Failure
from desktop.store.database import Store
from desktop.store.rows import document_of, failure_of, slices
from desktop.store.tables import Tables

SORTS = {
    "changed_at": "changed_at", "created_at": "created_at", "number": "number", "partner": "partner",
    "amount": "amount_sort", "state": "state",
}  # fmt: skip
"""What a list may be sorted by, and its column."""

MOST_PARTNERS = 400
"""A text that is in more partners' names than this is too short to search by: the first ones are taken."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a list shows. Empty = everything.

    states: None = all; `needs_person` asks for those with a failure that waits for a person, whatever their state.
    """

    text: str = ""
    routes: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()
    states: tuple[DocumentState, ...] | None = None
    needs_person: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A document with its open failure, as a list shows it. kept_out: the filter that keeps it from being sent."""

    document: Document
    failure: Failure | None
    kept_out: str = ""


class Search:
    """Answers questions of lists."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def count(self, question: Question) -> int:
        """How many documents the question finds."""
        where, params = self._where(question)
        with self._store.reading():
            return int(self._store.execute(f"SELECT COUNT(*) FROM document WHERE {where}", params)[0][0])

    def ids(
        self, question: Question, sort: str = "changed_at", *, descending: bool = True, limit: int = 0
    ) -> array[int]:
        """Ids in order; `limit` 0 = all. An array of 8 bytes each: a million ids are 8 MB."""
        where, params = self._where(question)
        column, way = SORTS[sort], "DESC" if descending else "ASC"
        sql = f"SELECT id FROM document WHERE {where} ORDER BY {column} {way}, id {way}"
        if limit:
            sql += f" LIMIT {int(limit)}"
        with self._store.reading():
            return array("q", (row[0] for row in self._store.iterate(sql, params)))

    def lines(self, ids: Sequence[int]) -> list[Line]:
        """Documents with their open failures, in the order asked; ids that are gone are left out."""
        documents: dict[int, Document] = {}
        failures: dict[int, Failure] = {}
        with self._store.reading() as tables:
            for part in slices(list(ids)):
                for row in tables.document.select().where(tables.document.id.in_(part)).namedtuples():
                    documents[row.id] = document_of(row)
                rows = tables.failure
                for row in (
                    rows.select().where(rows.document_id.in_(part), rows.closed_at.is_null()).namedtuples()
                ):
                    failures[row.document_id] = failure_of(row)
            kept = self._kept_out(tables, documents.values())
        return [
            Line(documents[each], failures.get(each), kept.get(each, "")) for each in ids if each in documents
        ]

    def _kept_out(self, tables: Tables, documents: Iterable[Document]) -> dict[int, str]:
        """The filter's name by document id; most lists have nothing dismissed, and ask nothing."""
        resting = {
            (each.flow_id, each.source.system_id, each.source.key): each.id
            for each in documents
            if each.state is DocumentState.DISMISSED
        }
        found = {}
        rows = tables.kept_out
        for part in slices(sorted({key for _, _, key in resting})):
            for row in rows.select().where(rows.source_key.in_(part)).namedtuples():
                document_id = resting.get((row.flow_id, row.system_id, row.source_key))
                if document_id is not None:
                    found[document_id] = str(row.filter_name)
        return found

    def state_counts(self, question: Question) -> dict[str, int]:
        """How many documents of the question stand in each state."""
        where, params = self._where(question)
        with self._store.reading():
            rows = self._store.execute(
                f"SELECT state, COUNT(*) FROM document WHERE {where} GROUP BY state", params
            )
        return {str(state): int(count) for state, count in rows}

    def needing_a_person(self) -> int:
        """How many documents wait for a person."""
        with self._store.reading():
            return int(self._store.execute("SELECT COUNT(*) FROM document WHERE needs_person", ())[0][0])

    def _where(self, question: Question) -> tuple[str, tuple[Any, ...]]:
        tests: list[str] = []
        params: list[Any] = []
        for column, values in (("route_id", question.routes), ("flow_id", question.flows)):
            if values:
                tests.append(f"{column} IN ({_marks(values)})")
                params += values
        if question.states is not None:
            tests.append(f"state IN ({_marks(question.states)})" if question.states else "1 = 0")
            params += [state.value for state in question.states]
        if question.needs_person:
            tests.append("needs_person")
        if question.since is not None:
            tests.append("changed_at >= ?")
            params.append(round(question.since.timestamp() * 1_000_000))
        if text := question.text.strip():
            test, more = self._text_test(text)
            tests.append(test)
            params += more
        return " AND ".join(tests) or "1 = 1", tuple(params)

    def _text_test(self, text: str) -> tuple[str, list[Any]]:
        """Ids found by each way of reading the text; each is a range or an equality on an index of its own."""
        ways: list[str] = []
        params: list[Any] = []
        for column, value in (
            ("number", text), ("number_tail", text[::-1]), ("request_number", text), ("request_tail", text[::-1]),
        ):  # fmt: skip
            for spelling in dict.fromkeys((value, value.upper())):
                ways.append(f"SELECT id FROM document WHERE {column} >= ? AND {column} < ?")
                params += [spelling, _after(spelling)]
        amount = _amount(text)
        if amount is not None:
            ways.append("SELECT id FROM document WHERE amount_sort = ?")
            params.append(float(amount))
        partners = self._partners(text)
        if partners:
            ways.append(f"SELECT id FROM document WHERE partner IN ({_marks(partners)})")
            params += partners
        return f"id IN ({' UNION '.join(ways)})", params

    def _partners(self, text: str) -> list[str]:
        pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        sql = "SELECT name FROM partner_name WHERE name LIKE ? ESCAPE '\\' LIMIT ?"
        with self._store.reading():
            return [str(row[0]) for row in self._store.execute(sql, (pattern, MOST_PARTNERS))]


MOVING = tuple(MOVING_STATES)


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" for _ in values)


def _after(prefix: str) -> str:
    """The first text that no longer begins with `prefix`, in the order of code points."""
    return prefix[:-1] + chr(min(ord(prefix[-1]) + 1, 0x10FFFF))


def _amount(text: str) -> Decimal | None:
    try:
        value = Decimal(text.replace(",", "").replace("\uff0c", "").lstrip("\u00a5$ "))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
