"""What people made of a flow on the mapping page: its draft, its published versions, and the fields of both forms as last
read. The published text of a flow is laid over its file (flows.py); texts themselves are kept once, by their digest.

What a company has of its own of a flow is drafted and published in the same way, under `<flow>@<route>` (company_flows.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import FieldInfo
from desktop.store.audit import Trail
from desktop.store.catalog import move_revision
from desktop.store.database import Store

DRAFT, PUBLISHED, ARCHIVED = "draft", "published", "archived"


@dataclass(frozen=True, slots=True)
class Release:
    """One version of a flow: who put it in force, when and why. state: "published" for the last one, else "archived".

    number: counts up from 1; 1 is the file as it was before anything was published. version: the digest of its text.
    """

    number: int
    version: str
    person: str
    why: str
    at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What is being worked on. based_on: the version that was in force when the draft was begun."""

    text: str
    based_on: str
    person: str
    at: datetime


def published(store: Store) -> dict[str, str]:
    """The text last published of each flow, by flow id; flows that nobody published are absent."""
    sql = (
        "SELECT r.flow_id, v.content FROM flow_release r JOIN flow_version v ON v.version = r.version "
        "WHERE r.number = (SELECT max(l.number) FROM flow_release l WHERE l.flow_id = r.flow_id)"
    )
    with store.reading():
        return {str(flow_id): str(text) for flow_id, text in store.execute(sql)}


def published_for(store: Store, flow_id: str) -> str:
    """The text last published under one id; "" where nothing was."""
    sql = (
        "SELECT v.content FROM flow_release r JOIN flow_version v ON v.version = r.version "
        "WHERE r.flow_id = ? ORDER BY r.number DESC LIMIT 1"
    )
    with store.reading():
        rows = store.execute(sql, (flow_id,))
    return str(rows[0][0]) if rows else ""


class FlowVersions:
    """Drafts and versions; every write leaves its line in the trail."""

    def __init__(self, store: Store, trail: Trail) -> None:
        self._store = store
        self._trail = trail

    def newest(self) -> int:
        """Grows with every publication, of whatever flow and in whatever window."""
        with self._store.reading():
            return int(self._store.execute("SELECT max(id) FROM flow_release")[0][0] or 0)

    def releases(self, flow_id: str) -> list[Release]:
        """Every version that was in force, newest first."""
        with self._store.reading() as tables:
            rows = tables.flow_release
            found = list(rows.select().where(rows.flow_id == flow_id).order_by(rows.number.desc()))
        return [
            Release(row.number, row.version, row.person, row.why, row.at, ARCHIVED if place else PUBLISHED)
            for place, row in enumerate(found)
        ]

    def publish(
        self, flow_id: str, text: str, version: str, before: str, person: str, why: str, *, draft: str | None = None
    ) -> Release:  # fmt: skip
        """Puts a text in force, and takes the draft away. before: the version in force until now, which becomes number 1
        where nothing was published yet. Text, version and trail are one transaction.

        draft: the draft as it was when all that stands against it was looked at: MAP-508 where another version is in force
        meanwhile, or somebody worked on at the draft."""
        now = datetime.now(UTC)
        with self._store.writing() as tables:
            rows = tables.flow_release
            last = self._store.execute("SELECT max(number) FROM flow_release WHERE flow_id = ?", (flow_id,))[
                0
            ][0]
            if not last:
                rows.create(flow_id=flow_id, number=1, version=before, person="", why="", at=now)
            if draft is not None:
                self._unchanged(flow_id, before, draft, int(last or 1))
            number = int(last or 1) + 1
            tables.flow_version.insert(
                version=version, flow_id=flow_id, content=text, first_used_at=now
            ).on_conflict_ignore().execute()
            rows.create(flow_id=flow_id, number=number, version=version, person=person, why=why, at=now)
            tables.flow_draft.delete().where(tables.flow_draft.flow_id == flow_id).execute()
            move_revision(tables)
            told = {"number": number, "version": version, "before": before, "reason": why}
            self._trail.append(tables, [(person, "mapping.published", f"flow:{flow_id}", told)])
        return Release(number, version, person, why, now, PUBLISHED)

    def _unchanged(self, flow_id: str, before: str, draft: str, number: int) -> None:
        found = self._store.execute(
            "SELECT version FROM flow_release WHERE flow_id = ? AND number = ?", (flow_id, number)
        )
        held = self._store.execute("SELECT content FROM flow_draft WHERE flow_id = ?", (flow_id,))
        if [row[0] for row in found] != [before] or any(row[0] != draft for row in held):
            raise SyncError(ErrorCode.DRAFT_OUTDATED, certain=True, flow=flow_id)

    def draft(self, flow_id: str) -> Draft | None:
        """The draft, or None where the flow is as published."""
        with self._store.reading() as tables:
            row = tables.flow_draft.get_or_none(tables.flow_draft.flow_id == flow_id)
        return Draft(row.content, row.based_on, row.person, row.at) if row else None

    def save_draft(self, flow_id: str, text: str, based_on: str, person: str, what: str) -> None:
        """Keeps the draft as it stands; what: the row that was changed, for the trail."""
        with self._store.writing() as tables:
            tables.flow_draft.replace(
                flow_id=flow_id, content=text, based_on=based_on, person=person, at=datetime.now(UTC)
            ).execute()
            self._trail.append(tables, [(person, "mapping.drafted", f"flow:{flow_id}", {"row": what})])

    def drop_draft(self, flow_id: str, person: str) -> None:
        """Back to what is in force."""
        with self._store.writing() as tables:
            if tables.flow_draft.delete().where(tables.flow_draft.flow_id == flow_id).execute():
                self._trail.append(tables, [(person, "mapping.draft_dropped", f"flow:{flow_id}", {})])

    # --- the fields of both forms, for work without a line -----------------------------------------------------------
    def fields(self, system_id: str, form: str) -> tuple[tuple[FieldInfo, ...], datetime] | None:
        """A form's fields as last read, and when."""
        with self._store.reading() as tables:
            rows = tables.form_fields
            row = rows.get_or_none(rows.system_id == system_id, rows.form == form)
        return (tuple(_field(each) for each in row.fields), row.read_at) if row else None

    def keep_fields(self, system_id: str, form: str, fields: Iterable[FieldInfo]) -> None:
        """Remembers what a system told of a form."""
        with self._store.writing() as tables:
            tables.form_fields.replace(
                system_id=system_id,
                form=form,
                fields=[asdict(each) for each in fields],
                read_at=datetime.now(UTC),
            ).execute()


def _field(kept: Mapping[str, Any]) -> FieldInfo:
    return FieldInfo(**kept)
