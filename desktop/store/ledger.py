"""Documents, rounds, links, attempts, failures, runs: what the engine promises and what became of it.

Reads stand here; writes stand on Change (change.py), one transaction each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

import peewee

from desktop.domain.claim import GatePass
from desktop.domain.document import (
    MOVING_STATES,
    Attempt,
    AttemptOutcome,
    CarriedFile,
    Document,
    DocumentState,
    Failure,
    FileState,
    Link,
    Missed,
    Order,
    Round,
    Run,
    Wish,
)
from desktop.domain.record import Ref
from desktop.store.audit import Trail
from desktop.store.change import Change, KeptExchange
from desktop.store.database import Store
from desktop.store.rows import (
    attempt_of,
    document_of,
    failure_of,
    file_of,
    link_of,
    order_of,
    round_of,
    run_of,
    slices,
)


class Ledger:
    """Reads, and the door to Change."""

    def __init__(self, store: Store, trail: Trail) -> None:
        self._store = store
        self._trail = trail

        self._counted = [0, 0]

    @contextmanager
    def change(self, at: datetime) -> Iterator[Change]:
        """One transaction. `at` (aware UTC) is the moment that everything in it carries."""
        with self._store.writing() as tables:
            change = Change(tables, at)
            yield change
            self._trail.append(tables, change.lines)
        self._counted[0] += len(change.moved)
        self._counted[1] += len(change.failed)

    @contextmanager
    def session(self) -> Iterator[None]:
        """Keeps this thread's connection open over many questions: a run asks hundreds."""
        with self._store.reading():
            yield

    def count_changes(self) -> tuple[int, int]:
        """How often documents moved, and failures changed, since this ledger was opened."""
        return self._counted[0], self._counted[1]

    # --- documents -------------------------------------------------------------------------------------------------
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

    def look_times(self, ids: Sequence[int]) -> dict[int, datetime | None]:
        """When each document is to be asked for singly (the slow clock)."""
        with self._store.reading() as tables:
            rows = tables.document
            return {
                row.id: row.look_at
                for part in slices(ids)
                for row in rows.select(rows.id, rows.look_at).where(rows.id.in_(part)).namedtuples()
            }

    # --- rounds and links ------------------------------------------------------------------------------------------
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
        """The versions of the flow that current rounds of documents not at rest were sent with."""
        marks = ", ".join("?" for _ in MOVING_STATES)
        sql = (
            "SELECT DISTINCT r.flow_version FROM document d JOIN round r ON r.document_id = d.id AND r.number = d.round "
            f"WHERE d.route_id = ? AND d.flow_id = ? AND d.state IN ({marks}) AND r.flow_version <> ''"
        )
        with self._store.reading():
            rows = self._store.execute(sql, (route_id, flow_id, *(state.value for state in MOVING_STATES)))
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

    def some_made_bills(self, system_id: str, form: str, route_id: str, limit: int = 20) -> list[str]:
        """Ids of the newest bills of a form that generations of this route have made: control records."""
        sql = (
            "SELECT l.erp_key FROM link l JOIN document d ON d.id = l.document_id WHERE l.leg > 0 "
            "AND l.erp_system = ? AND l.erp_form = ? AND d.route_id = ? ORDER BY l.id DESC LIMIT ?"
        )
        with self._store.reading():
            return [str(row[0]) for row in self._store.execute(sql, (system_id, form, route_id, limit))]

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

    def all_links(self, document_id: int) -> list[Link]:
        """Every link a document ever had."""
        with self._store.reading() as tables:
            rows = tables.link
            return [
                link_of(row)
                for row in rows.select().where(rows.document_id == document_id).order_by(rows.round)
            ]

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

    # --- attempts and failures -------------------------------------------------------------------------------------
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

    def of_attempt(self, attempt_id: int) -> Document | None:
        """The document that an attempt was made for."""
        with self._store.reading() as tables:
            row = tables.attempt.get_or_none(tables.attempt.id == attempt_id)
        return next(iter(self.by_ids([row.document_id])), None) if row else None

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

    def open_codes(self) -> dict[str, int]:
        """How many documents have an open failure of each code."""
        sql = "SELECT code, COUNT(*) FROM failure WHERE closed_at IS NULL GROUP BY code"
        with self._store.reading():
            return {str(code): int(count) for code, count in self._store.execute(sql)}

    # --- runs, watermarks, holds, orders ---------------------------------------------------------------------------
    def watermark(self, route_id: str, flow_id: str) -> datetime | None:
        """When the last complete listing of the OA began."""
        with self._store.reading() as tables:
            rows = tables.watermark
            row = rows.get_or_none(rows.route_id == route_id, rows.flow_id == flow_id)
            return row.at if row else None

    def hold(self, route_id: str, flow_id: str = "") -> tuple[str, Mapping[str, Any], bool] | None:
        """Why a flow of a route (or, without flow_id, any of its flows) is held: code, facts, and whether only a
        person may release it."""
        with self._store.reading() as tables:
            rows = tables.hold
            query = rows.select().where(rows.route_id == route_id)
            if flow_id:
                query = query.where(rows.flow_id == flow_id)
            row = query.order_by(rows.since).first()
            return (row.code, row.facts, bool(row.until_person)) if row else None

    def holds(self) -> list[tuple[str, Mapping[str, Any], datetime, bool]]:
        """Everything that holds a flow now: code, facts, since when, and whether only a person may release it."""
        with self._store.reading() as tables:
            rows = tables.hold.select().order_by(tables.hold.since)
            return [(row.code, row.facts, row.since, bool(row.until_person)) for row in rows]

    def last_runs(self, limit: int = 50) -> list[Run]:
        """The newest runs, newest first."""
        with self._store.reading() as tables:
            return [run_of(row) for row in tables.run.select().order_by(tables.run.id.desc()).limit(limit)]

    def forget_runs(self, before: datetime, limit: int) -> int:
        """Deletes rows of passes that began before then, of each flow all but the last; answers how many."""
        with self._store.writing() as tables:
            rows = tables.run
            last = rows.select(peewee.fn.MAX(rows.id)).group_by(rows.route_id, rows.flow_id)
            old = rows.select(rows.id).where(rows.started_at < before, rows.id.not_in(last)).limit(limit)
            return int(rows.delete().where(rows.id.in_([row.id for row in old])).execute())

    def attempt(self, attempt_id: int) -> Attempt | None:
        """One attempt."""
        with self._store.reading() as tables:
            row = tables.attempt.get_or_none(tables.attempt.id == attempt_id)
            return attempt_of(row) if row else None

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

    def last_missed(self) -> dict[tuple[str, str], Missed]:
        """The last stretch that each flow missed, by route and flow."""
        with self._store.reading() as tables:
            rows = tables.missed_run
            newest = rows.select(peewee.fn.MAX(rows.id)).group_by(rows.route_id, rows.flow_id)
            return {
                (row.route_id, row.flow_id): Missed(
                    row.route_id, row.flow_id, row.since, row.until, row.times, row.why
                )
                for row in rows.select().where(rows.id.in_(newest))
            }

    def waiting_orders(self) -> list[Order]:
        """Orders that nobody has taken, oldest first."""
        with self._store.reading() as tables:
            rows = tables.order
            return [order_of(row) for row in rows.select().where(rows.taken_at.is_null()).order_by(rows.id)]

    @contextmanager
    def claimed(self, order: Order, at: datetime) -> Iterator[bool]:
        """One transaction in which the order is ours (True), or was taken by another (False). All that is done inside
        is on disk together with the claim, or not at all."""
        with self._store.writing() as tables:
            rows = tables.order
            taken = rows.update(taken_at=at).where(rows.id == order.id, rows.taken_at.is_null()).execute()
            yield bool(taken)

    def give_order(
        self, person: str, order: str, ids: Sequence[int], detail: Mapping[str, Any], at: datetime
    ) -> int:
        """Writes down what a person asked for; the engine takes it at its next run."""
        with self._store.writing() as tables:
            row = tables.order.create(
                person=person,
                order=order,
                document_ids=list(ids),
                detail=dict(detail),
                given_at=at,
                result="",
            )
            self._trail.append(
                tables,
                [(person, f"order.{order}", f"order:{row.id}", {"documents": list(ids), **_told_of(detail)})],
            )
            return int(row.id)

    def void_orders(self, at: datetime, result: str) -> int:
        """Takes every waiting order away undone: what a copy of the store holds was asked for in another hour."""
        with self._store.writing() as tables:
            rows = tables.order
            changed = rows.update(taken_at=at, result=result).where(rows.taken_at.is_null()).execute()
            return int(changed)

    def finish_order(self, order_id: int, result: str) -> None:
        """What became of an order."""
        with self._store.writing() as tables:
            tables.order.update(result=result).where(tables.order.id == order_id).execute()

    def order_result(self, order_id: int) -> str | None:
        """The result, "" while it waits, None for an unknown order."""
        with self._store.reading() as tables:
            row = tables.order.get_or_none(tables.order.id == order_id)
            return row.result if row else None

    def count_states(self, route_id: str = "", flow_id: str = "") -> dict[DocumentState, int]:
        """How many documents stand in each state."""
        with self._store.reading() as tables:
            from peewee import fn

            rows = tables.document
            query = rows.select(rows.state, fn.COUNT(rows.id)).group_by(rows.state)
            if route_id:
                query = query.where(rows.route_id == route_id)
            if flow_id:
                query = query.where(rows.flow_id == flow_id)
            return {DocumentState(state): count for state, count in query.tuples()}


def _gate_pass(row: Any) -> GatePass:
    return GatePass(
        row.document_id, row.digest, row.person, row.second, row.reason, row.code, row.said, row.given_at,
        row.used_round,
    )  # fmt: skip


def _told_of(detail: Mapping[str, Any]) -> dict[str, Any]:
    """What the trail tells of an order besides its documents: why, and who stood beside."""
    return {name: detail[name] for name in ("reason", "decision", "number", "second") if detail.get(name)}
