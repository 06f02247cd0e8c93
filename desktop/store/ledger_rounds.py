"""Rounds and what hangs on one: links, attachments, wishes, passes of the gate, amounts set aside. Part of Ledger (ledger.py)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from desktop.domain.claim import GatePass
from desktop.domain.document import (
    MOVING_STATES,
    CarriedFile,
    Document,
    DocumentState,
    FileState,
    Link,
    OwnTurn,
    Round,
    Wish,
)
from desktop.store.ledger_documents import DocumentReads
from desktop.store.rows import document_of, file_of, link_of, own_turn_of, round_of, slices


class RoundReads(DocumentReads):
    """What was sent in each round, and what belongs to it."""

    def round(self, document_id: int, number: int) -> Round | None:
        """One round, whole."""
        with self._store.reading() as tables:
            rows = tables.round
            row = rows.get_or_none(rows.document_id == document_id, rows.number == number)
            return round_of(row) if row else None

    def whole_rounds(self, documents: Sequence[Document]) -> dict[int, Round]:
        """The current round of each document with its snapshot and mapped values, by document id."""
        wanted = {document.id: document.round for document in documents}
        with self._store.reading() as tables:
            rows = tables.round
            return {
                row.document_id: round_of(row)
                for part in slices(list(wanted))
                for row in rows.select().where(rows.document_id.in_(part)).namedtuples()
                if wanted[row.document_id] == row.number
            }

    def rounds(self, document_id: int) -> list[Round]:
        """All rounds of a document, first to last."""
        with self._store.reading() as tables:
            rows = tables.round
            return [
                round_of(row)
                for row in rows.select().where(rows.document_id == document_id).order_by(rows.number)
            ]

    def current_rounds(self, documents: Sequence[Document]) -> dict[int, Round]:
        """The current round of each document, by document id; where none was opened yet, absent.

        Without snapshot and mapped values (those are read singly): what a run needs of thousands.
        """
        wanted = {document.id: document.round for document in documents}
        found: dict[int, Round] = {}
        with self._store.reading() as tables:
            rows = tables.round
            light = [each for name, each in rows._meta.fields.items() if name not in ("snapshot", "mapped")]
            for part in slices(list(wanted)):
                for row in rows.select(*light).where(rows.document_id.in_(part)).namedtuples():
                    if wanted[row.document_id] == row.number:
                        found[row.document_id] = round_of(row, light=True)
        return found

    def versions_under_way(self, route_id: str, flow_id: str) -> set[str]:
        """The versions of the flow that current rounds of documents not at rest were sent with, or are to be sent with by a
        person's wish."""
        marks = ", ".join("?" for _ in MOVING_STATES)
        sql = (
            "SELECT DISTINCT r.flow_version FROM document d JOIN round r ON r.document_id = d.id AND r.number = d.round "
            f"WHERE d.route_id = ? AND d.flow_id = ? AND d.state IN ({marks}) AND r.flow_version <> ''"
        )
        wished = (
            sql.replace("JOIN round r", "JOIN resend r")
            .replace("r.number", "r.round")
            .replace("flow_version", "version")
        )
        given = (route_id, flow_id, *(state.value for state in MOVING_STATES))
        with self._store.reading():
            rows = self._store.execute(f"{sql} UNION {wished}", (*given, *given))
        return {str(row[0]) for row in rows}

    def links(self, documents: Sequence[Document]) -> dict[int, Link]:
        """The link of each document's current round, by document id."""
        wanted = {document.id: document.round for document in documents}
        found: dict[int, Link] = {}
        with self._store.reading() as tables:
            for part in slices(list(wanted)):
                for row in tables.link.select().where(tables.link.document_id.in_(part)).namedtuples():
                    if wanted[row.document_id] == row.round:
                        found[row.document_id] = link_of(row)
        return found

    def leg_links(self, documents: Sequence[Document]) -> dict[int, dict[int, Link]]:
        """The bills that each document's current round has made, by document id and leg."""
        wanted = {document.id: document.round for document in documents}
        found: dict[int, dict[int, Link]] = {}
        with self._store.reading() as tables:
            rows = tables.link
            for part in slices(list(wanted)):
                for row in rows.select().where(rows.document_id.in_(part), rows.leg > 0).namedtuples():
                    if wanted[row.document_id] == row.round:
                        found.setdefault(row.document_id, {})[row.leg] = link_of(row)
        return found

    def all_links(self, document_id: int) -> list[Link]:
        """Every link a document ever had."""
        with self._store.reading() as tables:
            rows = tables.link
            return [
                link_of(row)
                for row in rows.select().where(rows.document_id == document_id).order_by(rows.round)
            ]

    def set_aside(self, system_id: str, claim_keys: Sequence[str]) -> dict[str, dict[str, Decimal]]:
        """What is set aside of these claims: by the claim's id, by the invoice's id. An invoice at rest holds nothing: its
        deduction either stands in the ERP by then, or is free again."""
        found: dict[str, dict[str, Decimal]] = {}
        with self._store.reading() as tables:
            rows, documents = tables.claim_reserved, tables.document
            for part in slices(claim_keys):
                query = (
                    rows.select(rows.claim_key, rows.amount, documents.source_key)
                    .join(documents, on=(documents.id == rows.document_id))
                    .where(
                        rows.system_id == system_id, rows.claim_key.in_(part),
                        documents.state.in_([state.value for state in MOVING_STATES]),
                    )
                )  # fmt: skip
                for claim_key, amount, invoice in query.tuples():
                    found.setdefault(claim_key, {})[invoice] = Decimal(amount)
        return found

    def files(self, document_ids: Sequence[int]) -> dict[int, list[CarriedFile]]:
        """Attachments of these documents, of every round and leg, in the order of their records."""
        found: dict[int, list[CarriedFile]] = {}
        with self._store.reading() as tables:
            rows = tables.carried_file
            for part in slices(document_ids):
                query = rows.select().where(rows.document_id.in_(part))
                for row in query.order_by(rows.document_id, rows.round, rows.leg, rows.source):
                    found.setdefault(row.document_id, []).append(file_of(row))
        return found

    def with_files_uploaded(self, route_id: str, flow_id: str) -> list[Document]:
        """Documents with a request, of which nobody has looked yet whether it shows the files it was opened with."""
        with self._store.reading() as tables:
            rows, files = tables.document, tables.carried_file
            query = (
                rows.select()
                .join(files, on=(files.document_id == rows.id) & (files.round == rows.round))
                .where(
                    files.state == FileState.UPLOADED.value,
                    rows.route_id == route_id,
                    rows.flow_id == flow_id,
                    rows.state != DocumentState.FOUND.value,
                )
                .distinct()
            )
            return [document_of(row) for row in query]

    def wishes(self, documents: Sequence[Document]) -> dict[int, Wish]:
        """How persons want the current rounds of these documents sent, by document id."""
        rounds = {each.id: each.round for each in documents}
        found: dict[int, Wish] = {}
        with self._store.reading() as tables:
            rows = tables.resend
            for part in slices(list(rounds)):
                for row in rows.select().where(rows.document_id.in_(part)):
                    if rounds[row.document_id] == row.round:
                        found[row.document_id] = Wish(row.version, dict(row.edits))
        return found

    def turns(self, document_ids: Iterable[int]) -> dict[int, OwnTurn]:
        """What persons said about the turn of these documents, by document id. Few have a word said about them."""
        wanted = set(document_ids)
        with self._store.reading() as tables:
            rows = tables.own_turn.select()
            return {row.document_id: own_turn_of(row) for row in rows if row.document_id in wanted}

    def gate_passes(self, document_ids: Sequence[int]) -> dict[int, GatePass]:
        """The latest pass that two persons gave each of these invoices."""
        found: dict[int, GatePass] = {}
        with self._store.reading() as tables:
            rows = tables.gate_pass
            for part in slices(document_ids):
                for row in rows.select().where(rows.document_id.in_(part)).order_by(rows.id):
                    found[row.document_id] = _gate_pass(row)
        return found

    def passes_given(self, since: datetime | None = None) -> list[GatePass]:
        """Every pass ever given (or since then), oldest first: the report."""
        with self._store.reading() as tables:
            rows = tables.gate_pass
            query = rows.select().order_by(rows.id)
            return [_gate_pass(row) for row in (query.where(rows.given_at >= since) if since else query)]


def _gate_pass(row: Any) -> GatePass:
    return GatePass(
        row.document_id, row.digest, row.person, row.second, row.reason, row.code, row.said, row.given_at,
        row.used_round,
    )  # fmt: skip
