"""Documents, as the engine asks for them: by source, by key, by flow, at rest or moving. Part of Ledger (ledger.py)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import peewee

from desktop.domain.document import MOVING_STATES, Document, DocumentState
from desktop.domain.record import Ref
from desktop.store.database import Store
from desktop.store.rows import document_of, slices
from desktop.store.search import asked


class DocumentReads:
    """Which documents there are, and which made which bill."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @contextmanager
    def session(self) -> Iterator[None]:
        """Keeps this thread's connection open over many questions: a run asks hundreds."""
        with self._store.reading():
            yield

    def by_source(self, system_id: str, form: str, flow_id: str, keys: Sequence[str]) -> dict[str, Document]:
        """Documents of these source records, by source key."""
        found: dict[str, Document] = {}
        with self._store.reading() as tables:
            rows = tables.document
            for part in slices(keys):
                query = rows.select().where(
                    rows.system_id == system_id,
                    rows.form == form,
                    rows.flow_id == flow_id,
                    rows.source_key.in_(part),
                )
                found.update({row.source_key: document_of(row) for row in query.namedtuples()})
        return found

    def numbered(self, number: str) -> list[Document]:
        """Documents whose bill or request has exactly this number, the latest first."""
        number = asked(number)
        spellings = list(dict.fromkeys((number, number.upper())))
        with self._store.reading() as tables:
            rows = tables.document
            query = rows.select().where(rows.number.in_(spellings) | rows.request_number.in_(spellings))
            return [document_of(row) for row in query.order_by(rows.id.desc()).namedtuples()]

    def by_key_part(self, parts: Sequence[str]) -> dict[str, Document]:
        """Documents by the 16 letters of their key."""
        found: dict[str, Document] = {}
        with self._store.reading() as tables:
            for part in slices(parts):
                for row in tables.document.select().where(tables.document.key_part.in_(part)).namedtuples():
                    found[row.key_part] = document_of(row)
        return found

    def by_ids(self, ids: Sequence[int]) -> list[Document]:
        """Documents by our id, in the order asked; unknown ids are left out."""
        found: dict[int, Document] = {}
        with self._store.reading() as tables:
            for part in slices(ids):
                for row in tables.document.select().where(tables.document.id.in_(part)).namedtuples():
                    found[row.id] = document_of(row)
        return [found[each] for each in ids if each in found]

    def moving(self, route_id: str, flow_id: str) -> list[Document]:
        """All documents of a flow on a route that are not at rest, oldest change first."""
        with self._store.reading() as tables:
            rows = tables.document
            states = [state.value for state in MOVING_STATES]
            query = rows.select().where(
                rows.route_id == route_id, rows.flow_id == flow_id, rows.state.in_(states)
            )
            return [document_of(row) for row in query.order_by(rows.changed_at, rows.id).namedtuples()]

    def in_window(self, route_id: str, flow_id: str, since: datetime) -> list[Document]:
        """All documents of a flow on a route that are not at rest or changed since `since`, oldest first."""
        with self._store.reading() as tables:
            rows = tables.document
            recent = rows.state.in_([state.value for state in MOVING_STATES]) | (rows.changed_at >= since)
            query = rows.select().where(rows.route_id == route_id, rows.flow_id == flow_id, recent)
            return [document_of(row) for row in query.order_by(rows.id).namedtuples()]

    def unfinished(self, route_id: str, flow_id: str) -> list[Document]:
        """Documents at rest whose current round is not closed: a note or a closing is still to be made."""
        return self._by_round(route_id, flow_id, "closed_at IS NULL")

    def unseen(self, route_id: str, flow_id: str) -> list[Document]:
        """Documents at rest, closed, whose bill was not yet seen away from SUBMITTED."""
        return self._by_round(route_id, flow_id, "closed_at IS NOT NULL AND r.seen_away_at IS NULL")

    def gone_back(self, route_id: str, flow_id: str, since: datetime) -> list[Document]:
        """Documents whose bill went back to its maker, or was taken back by him, since then."""
        with self._store.reading() as tables:
            rows = tables.document
            states = [DocumentState.RETURNED.value, DocumentState.CANCELLED.value]
            query = rows.select().where(
                rows.route_id == route_id, rows.flow_id == flow_id, rows.state.in_(states), rows.changed_at >= since
            )  # fmt: skip
            return [document_of(row) for row in query.order_by(rows.id).namedtuples()]

    def _by_round(self, route_id: str, flow_id: str, condition: str) -> list[Document]:
        moving = ", ".join(f"'{state.value}'" for state in MOVING_STATES)
        sql = (
            "SELECT d.id FROM round r JOIN document d ON d.id = r.document_id AND d.round = r.number "
            f"WHERE r.{condition} AND d.route_id = ? AND d.flow_id = ? AND d.state NOT IN ({moving})"
        )
        with self._store.reading():
            ids = [row[0] for row in self._store.execute(sql, (route_id, flow_id))]
            return self.by_ids(ids)

    def some_source_keys(self, form: str, system_id: str, limit: int = 20) -> list[str]:
        """A few bills of a form that we once read: control records when others seem gone."""
        with self._store.reading() as tables:
            rows = tables.document
            query = rows.select(rows.source_key).where(rows.form == form, rows.system_id == system_id)
            return [row.source_key for row in query.order_by(rows.changed_at.desc()).limit(limit)]

    def look_times(self, ids: Sequence[int]) -> dict[int, datetime | None]:
        """When each document is to be asked for singly (the slow clock)."""
        with self._store.reading() as tables:
            rows = tables.document
            return {
                row.id: row.look_at
                for part in slices(ids)
                for row in rows.select(rows.id, rows.look_at).where(rows.id.in_(part)).namedtuples()
            }

    def kept_out_by(self, document: Document) -> str:
        """The name of the filter that keeps the document's bill from being sent, or ""."""
        with self._store.reading() as tables:
            rows, source = tables.kept_out, document.source
            row = rows.get_or_none(
                rows.flow_id == document.flow_id,
                rows.system_id == source.system_id,
                rows.source_key == source.key,
            )
        return str(row.filter_name) if row else ""

    def any_in(self, state: DocumentState) -> bool:
        """True where some document is in a state."""
        with self._store.reading() as tables:
            return bool(
                tables.document.select(tables.document.id)
                .where(tables.document.state == state.value)
                .exists()
            )

    def count_in(self, state: DocumentState) -> int:
        """How many documents are in a state."""
        with self._store.reading() as tables:
            return int(tables.document.select().where(tables.document.state == state.value).count())

    def count_states(self, route_id: str = "", flow_id: str = "") -> dict[DocumentState, int]:
        """How many documents stand in each state."""
        with self._store.reading() as tables:
            rows = tables.document
            query = rows.select(rows.state, peewee.fn.COUNT(rows.id)).group_by(rows.state)
            if route_id:
                query = query.where(rows.route_id == route_id)
            if flow_id:
                query = query.where(rows.flow_id == flow_id)
            return {DocumentState(state): count for state, count in query.tuples()}

    # --- bills and who made them ----------------------------------------------------------------------
    def about(self, bills: Sequence[Ref]) -> dict[tuple[str, str], Document]:
        """Our latest document of each bill, or the one whose generation made it, by (form, key)."""
        wanted: dict[tuple[str, str], list[str]] = {}
        for bill in bills:
            wanted.setdefault((bill.system_id, bill.form), []).append(bill.key)
        found: dict[tuple[str, str], Document] = {}
        with self._store.reading() as tables:
            rows, links = tables.document, tables.link
            for (system_id, form), keys in wanted.items():
                for part in slices(keys):
                    made = links.select(links.erp_key, links.document_id).where(
                        links.erp_system == system_id,
                        links.erp_form == form,
                        links.erp_key.in_(part),
                        links.leg > 0,
                    )
                    ids = {row.document_id: row.erp_key for row in made}
                    of_bills = rows.select().where(
                        (rows.system_id == system_id) & (rows.form == form) & rows.source_key.in_(part)
                    )
                    of_makers = rows.select().where(rows.id.in_(list(ids)))
                    for row in (*of_bills.namedtuples(), *of_makers.namedtuples()):
                        document = document_of(row)
                        found[form, ids.get(document.id, document.source.key)] = document
        return found

    def makers_of_number(self, number: str) -> list[Document]:
        """Documents whose generation made a bill of this number, the latest first."""
        with self._store.reading() as tables:
            rows, links = tables.document, tables.link
            query = (
                rows.select()
                .join(links, on=(links.document_id == rows.id) & (links.round == rows.round))
                .where(links.erp_number == number, links.leg > 0)
                .order_by(rows.id.desc())
                .distinct()
            )
            return [document_of(row) for row in query]

    def maker_of(self, system_id: str, form: str, key: str) -> Document | None:
        """The document whose generation made this bill."""
        with self._store.reading() as tables:
            rows = tables.link
            row = rows.get_or_none(
                rows.erp_system == system_id, rows.erp_form == form, rows.erp_key == key, rows.leg > 0
            )
        return next(iter(self.by_ids([row.document_id])), None) if row else None

    def made_bills(self, system_id: str, form: str, keys: Sequence[str]) -> set[str]:
        """Which of these bills a generation of ours has made: no other flow picks them up."""
        found: set[str] = set()
        with self._store.reading() as tables:
            rows = tables.link
            for part in slices(keys):
                query = rows.select(rows.erp_key).where(
                    rows.erp_system == system_id, rows.erp_form == form, rows.erp_key.in_(part), rows.leg > 0
                )
                found.update(row.erp_key for row in query)
        return found

    def some_made_bills(self, system_id: str, form: str, route_id: str, limit: int = 20) -> list[str]:
        """Ids of the newest bills of a form that generations of this route have made: control records."""
        sql = (
            "SELECT l.erp_key FROM link l JOIN document d ON d.id = l.document_id WHERE l.leg > 0 "
            "AND l.erp_system = ? AND l.erp_form = ? AND d.route_id = ? ORDER BY l.id DESC LIMIT ?"
        )
        with self._store.reading():
            return [str(row[0]) for row in self._store.execute(sql, (system_id, form, route_id, limit))]

    def linked_requests(self, system_id: str, keys: Sequence[str]) -> dict[str, int]:
        """Which OA requests are linked: request key -> document id."""
        found: dict[str, int] = {}
        with self._store.reading() as tables:
            rows = tables.link
            for part in slices(keys):
                query = rows.select(rows.oa_key, rows.document_id).where(
                    rows.oa_system == system_id, rows.oa_key.in_(part)
                )
                found.update({row.oa_key: row.document_id for row in query})
        return found
