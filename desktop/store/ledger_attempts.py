"""Attempts, their calls, and failures. Part of Ledger (ledger.py)."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.domain.document import Attempt, AttemptOutcome, Document, Failure
from desktop.store.change import KeptExchange
from desktop.store.ledger_documents import DocumentReads
from desktop.store.rows import attempt_of, failure_of, slices


class AttemptReads(DocumentReads):
    """What was tried on a document, and what stands in its way."""

    def open_attempts(self, route_id: str, flow_id: str) -> list[tuple[Document, Attempt]]:
        """Attempts of a flow that are INTENT or IN_DOUBT, oldest first."""
        with self._store.reading() as tables:
            attempts, documents = tables.attempt, tables.document
            query = (
                attempts.select()
                .join(documents, on=(documents.id == attempts.document_id))
                .where(
                    attempts.outcome.in_(["intent", "in_doubt"]),
                    documents.route_id == route_id,
                    documents.flow_id == flow_id,
                )
                .order_by(attempts.id)
            )
            kept = [attempt_of(row) for row in query.namedtuples()]
        owners = {document.id: document for document in self.by_ids([each.document_id for each in kept])}
        return [(owners[each.document_id], each) for each in kept]

    def attempts(self, document_id: int) -> list[Attempt]:
        """Every attempt on a document, first to last."""
        with self._store.reading() as tables:
            rows = tables.attempt
            return [
                attempt_of(row)
                for row in rows.select().where(rows.document_id == document_id).order_by(rows.id)
            ]

    def attempt(self, attempt_id: int) -> Attempt | None:
        """One attempt."""
        with self._store.reading() as tables:
            row = tables.attempt.get_or_none(tables.attempt.id == attempt_id)
            return attempt_of(row) if row else None

    def of_attempt(self, attempt_id: int) -> Document | None:
        """The document that an attempt was made for."""
        with self._store.reading() as tables:
            row = tables.attempt.get_or_none(tables.attempt.id == attempt_id)
        return next(iter(self.by_ids([row.document_id])), None) if row else None

    def done_steps(self, documents: Sequence[Document], step: str) -> set[int]:
        """Ids of those documents whose current round has this step DONE."""
        keys = {document.key: document.id for document in documents}
        found: set[int] = set()
        with self._store.reading() as tables:
            rows = tables.attempt
            for part in slices(list(keys)):
                query = rows.select(rows.key).where(
                    rows.key.in_(part), rows.step == step, rows.outcome == AttemptOutcome.DONE.value
                )
                found.update(keys[row.key] for row in query)
        return found

    def known_keys(self, keys: Sequence[str]) -> set[str]:
        """Which of these keys an attempt of ours ever carried."""
        found: set[str] = set()
        with self._store.reading() as tables:
            rows = tables.attempt
            for part in slices(keys):
                found.update(row.key for row in rows.select(rows.key).where(rows.key.in_(part)).distinct())
        return found

    def tries(self, keys: Sequence[str], step: str) -> dict[str, tuple[int, int]]:
        """How often a step was tried under each key, and how often of that it was refused."""
        found: dict[str, tuple[int, int]] = {}
        with self._store.reading() as tables:
            rows = tables.attempt
            for part in slices(keys):
                for row in rows.select(rows.key, rows.outcome).where(rows.key.in_(part), rows.step == step):
                    tries, refusals = found.get(row.key, (0, 0))
                    found[row.key] = tries + 1, refusals + (row.outcome == AttemptOutcome.REFUSED.value)
        return found

    def exchanges(self, attempt_id: int) -> list[KeptExchange]:
        """The masked calls of one attempt."""
        with self._store.reading() as tables:
            exchange, join = tables.exchange, tables.attempt_exchange
            query = (
                exchange.select()
                .join(join, on=(join.exchange_id == exchange.id))
                .where(join.attempt_id == attempt_id)
                .order_by(exchange.id)
            )
            return [
                KeptExchange(
                    row.system_id, row.method, row.path, row.status, row.ms, row.at, row.request, row.answer
                )
                for row in query
            ]  # fmt: skip

    def open_failures(self, ids: Sequence[int]) -> dict[int, tuple[Failure, int]]:
        """The open failure of each document with the catalog's revision at which it was last seen."""
        found: dict[int, tuple[Failure, int]] = {}
        with self._store.reading() as tables:
            rows = tables.failure
            for part in slices(ids):
                for row in rows.select().where(rows.document_id.in_(part), rows.closed_at.is_null()):
                    found[row.document_id] = (failure_of(row), row.revision)
        return found

    def failures(self, document_id: int) -> list[Failure]:
        """Every failure a document ever had, first to last."""
        with self._store.reading() as tables:
            rows = tables.failure
            return [
                failure_of(row)
                for row in rows.select().where(rows.document_id == document_id).order_by(rows.id)
            ]

    def open_codes(self, routes: Sequence[str] = ()) -> dict[str, int]:
        """How many documents (of these companies, () = of all) have an open failure of each code."""
        of = f" AND d.route_id IN ({', '.join('?' for _ in routes)})" if routes else ""
        joined = " JOIN document d ON d.id = f.document_id" if routes else ""
        sql = f"SELECT f.code, COUNT(*) FROM failure f{joined} WHERE f.closed_at IS NULL{of} GROUP BY f.code"
        with self._store.reading():
            return {str(code): int(count) for code, count in self._store.execute(sql, tuple(routes))}
