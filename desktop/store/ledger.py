"""Documents, rounds, links, attempts, failures, runs: what the engine promises and what became of it.

One face, whose reads stand by subject in ledger_*.py; here is what holds a flow or moved it. Writes stand on Change
(change.py), one transaction each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import peewee

from desktop.domain.document import Missed, Run
from desktop.store.audit import Trail
from desktop.store.change import Change
from desktop.store.database import Store
from desktop.store.expected import ExpectedReads
from desktop.store.ledger_attempts import AttemptReads
from desktop.store.ledger_orders import OrderTable
from desktop.store.ledger_rounds import RoundReads
from desktop.store.rows import run_of


class Ledger(RoundReads, AttemptReads, ExpectedReads, OrderTable):
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

    def count_changes(self) -> tuple[int, int]:
        """How often documents moved, and failures changed, since this ledger was opened."""
        return self._counted[0], self._counted[1]

    # --- runs, watermarks, holds ----------------------------------------------------------------------
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

    def forget_runs(self, before: datetime, limit: int) -> int:
        """Deletes rows of passes that began before then, of each flow all but the last; answers how many."""
        with self._store.writing() as tables:
            rows = tables.run
            last = rows.select(peewee.fn.MAX(rows.id)).group_by(rows.route_id, rows.flow_id)
            old = rows.select(rows.id).where(rows.started_at < before, rows.id.not_in(last)).limit(limit)
            return int(rows.delete().where(rows.id.in_([row.id for row in old])).execute())
