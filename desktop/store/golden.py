"""Golden documents: anonymised records that a flow's mapping must go on translating as it does, and why one may differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from desktop.store.audit import Trail
from desktop.store.database import Store


@dataclass(frozen=True, slots=True)
class Golden:
    """record: what is translated; expected: what came of it under `version`, the flow in force then."""

    id: int
    flow_id: str
    route_id: str
    title: str
    note: str
    version: str
    record: Mapping[str, Any]
    expected: Mapping[str, Any]
    pinned_at: datetime
    pinned_by: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why certain differences of a golden document are meant. digest: of those differences."""

    digest: str
    reason: str
    person: str
    at: datetime


class GoldenDocuments:
    """Reads and writes; every write leaves its line in the trail."""

    def __init__(self, store: Store, trail: Trail) -> None:
        self._store, self._trail = store, trail

    def of(self, flow_id: str) -> list[Golden]:
        """Those of a flow, oldest first."""
        with self._store.reading() as tables:
            rows = tables.golden.select().where(tables.golden.flow_id == flow_id).order_by(tables.golden.id)
            return [
                Golden(
                    row.id, row.flow_id, row.route_id, row.title, row.note, row.version, row.record, row.expected,
                    row.pinned_at, row.pinned_by,
                )
                for row in rows
            ]  # fmt: skip

    def reasons(self, flow_id: str) -> dict[tuple[int, str], Reason]:
        """(golden id, digest of the differences) -> why."""
        with self._store.reading() as tables:
            mine = tables.golden.select(tables.golden.id).where(tables.golden.flow_id == flow_id)
            rows = tables.golden_reason.select().where(tables.golden_reason.golden_id.in_(mine))
            return {
                (row.golden_id, row.digest): Reason(row.digest, row.reason, row.person, row.at)
                for row in rows
            }

    def pin(
        self, person: str, flow_id: str, route_id: str, title: str, note: str, version: str, record: Mapping[str, Any],
        expected: Mapping[str, Any],
    ) -> int:  # fmt: skip
        """Keeps one; answers its id."""
        with self._store.writing() as tables:
            golden_id = int(
                tables.golden.insert(
                    flow_id=flow_id, route_id=route_id, title=title, note=note, version=version, record=record,
                    expected=expected, pinned_at=datetime.now(UTC), pinned_by=person,
                ).execute()
            )  # fmt: skip
            detail = {"golden": golden_id, "title": title, "note": note}
            self._trail.append(tables, [(person, "golden.pinned", f"flow:{flow_id}", detail)])
        return golden_id

    def unpin(self, person: str, golden: Golden) -> None:
        """Takes one away, with what was said of it."""
        with self._store.writing() as tables:
            tables.golden_reason.delete().where(tables.golden_reason.golden_id == golden.id).execute()
            if tables.golden.delete().where(tables.golden.id == golden.id).execute():
                detail = {"golden": golden.id, "title": golden.title}
                self._trail.append(tables, [(person, "golden.unpinned", f"flow:{golden.flow_id}", detail)])

    def explain(
        self, person: str, golden: Golden, digest: str, reason: str, differences: Sequence[Mapping[str, str]]
    ) -> None:
        """These differences are meant."""
        with self._store.writing() as tables:
            rows = tables.golden_reason
            rows.delete().where(rows.golden_id == golden.id, rows.digest == digest).execute()
            rows.create(
                golden_id=golden.id, digest=digest, reason=reason, person=person, at=datetime.now(UTC)
            )
            detail = {
                "golden": golden.id,
                "title": golden.title,
                "reason": reason,
                "differences": list(differences),
            }
            self._trail.append(tables, [(person, "golden.explained", f"flow:{golden.flow_id}", detail)])

    def renew(self, person: str, golden: Golden, version: str, expected: Mapping[str, Any]) -> None:
        """What differed and was explained is expected from now on: it was published."""
        with self._store.writing() as tables:
            tables.golden.update(expected=expected, version=version).where(
                tables.golden.id == golden.id
            ).execute()
            tables.golden_reason.delete().where(tables.golden_reason.golden_id == golden.id).execute()
            detail = {"golden": golden.id, "title": golden.title, "version": version}
            self._trail.append(tables, [(person, "golden.renewed", f"flow:{golden.flow_id}", detail)])
