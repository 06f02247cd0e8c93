"""What nightly scans found in the ERP: each bill once, since when, and who has looked at it; and how the last scans went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desktop.domain.errors import ErrorCode, SyncError
from desktop.store.audit import Line, Trail
from desktop.store.causes import plain_facts
from desktop.store.database import Store

MENDED = "mended"
"""Who closed a finding that a later scan of the same bill did not find any more."""


@dataclass(frozen=True, slots=True)
class Found:
    """A bill with what is wrong with it: code and facts, as a failure has them. audited_at: aware UTC."""

    route_id: str
    flow_id: str
    system_id: str
    form: str
    key: str
    number: str
    maker: str
    audited_at: datetime | None
    code: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """A finding as it is kept. first_at, last_at: the first and the last scan that found it."""

    id: int
    scan: str
    found: Found
    first_at: datetime
    last_at: datetime
    closed_by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ScanRun:
    """The last run of one scan over one company. code "" = it read everything; what a broken one found is not kept."""

    scan: str
    route_id: str
    at: datetime
    since: datetime
    looked: int
    found: int
    code: str
    facts: Mapping[str, Any]


class Findings:
    """Reads and writes; a scan is one transaction, with a line in the trail for what is new or mended."""

    def __init__(self, store: Store, trail: Trail) -> None:
        self._store, self._trail = store, trail

    def keep(
        self, scan: str, route_id: str, at: datetime, since: datetime, looked: int, found: Sequence[Found],
        seen: Iterable[tuple[str, str, str]],
    ) -> tuple[list[Found], int]:  # fmt: skip
        """Takes in a whole scan of one company. seen: (flow, form, key) of every bill that it looked at. Answers what is new,
        and how many were mended: looked at again and found well. A finding that a person closed stays closed while it says
        the same."""
        looked_at = set(seen)
        news: list[Found] = []
        lines: list[Line] = []
        with self._store.writing() as tables:
            rows = tables.scan_finding
            held = {
                (row.flow_id, row.form, row.source_key): row
                for row in rows.select().where(rows.scan == scan, rows.route_id == route_id)
            }
            for each in found:
                row = held.pop((each.flow_id, each.form, each.key), None)
                if row is None or row.closed_by == MENDED or (row.code, row.facts) != (
                    each.code, plain_facts(each.facts)
                ):  # fmt: skip
                    if row is None or row.closed_at is not None:
                        news.append(each)
                        lines.append(_line("scan.found", scan, each.number, each.code))
                    self._put(tables, scan, each, at, row.first_at if row else at)
                else:
                    rows.update(last_at=at).where(rows.id == row.id).execute()
            mended = [row for place, row in held.items() if place in looked_at and row.closed_at is None]
            for row in mended:
                rows.update(closed_at=at, closed_by=MENDED).where(rows.id == row.id).execute()
                lines.append(_line("scan.mended", scan, row.number, row.code))
            tables.scan_run.replace(
                scan=scan, route_id=route_id, at=at, since=since, looked=looked, found=len(found), code="", facts={}
            ).execute()  # fmt: skip
            self._trail.append(tables, lines)
        return news, len(mended)

    def _put(self, tables: Any, scan: str, each: Found, at: datetime, first_at: datetime) -> None:
        values = {
            "route_id": each.route_id, "number": each.number, "maker": each.maker, "audited_at": each.audited_at,
            "code": each.code, "facts": plain_facts(each.facts), "first_at": first_at, "last_at": at, "closed_at": None,
            "closed_by": "", "reason": "",
        }  # fmt: skip
        rows = tables.scan_finding
        rows.insert(
            scan=scan, flow_id=each.flow_id, system_id=each.system_id, form=each.form, source_key=each.key, **values
        ).on_conflict(
            conflict_target=[rows.scan, rows.flow_id, rows.system_id, rows.form, rows.source_key], update=values
        ).execute()  # fmt: skip

    def broke(
        self, scan: str, route_id: str, at: datetime, since: datetime, code: str, facts: Mapping[str, Any]
    ) -> None:
        """The scan of this company could not be done; what was found before stands as it was."""
        with self._store.writing() as tables:
            tables.scan_run.replace(
                scan=scan, route_id=route_id, at=at, since=since, looked=0, found=0, code=code, facts=plain_facts(facts)
            ).execute()  # fmt: skip

    def runs(self, scan: str) -> list[ScanRun]:
        """The last run over each company."""
        with self._store.reading() as tables:
            rows = tables.scan_run
            return [
                ScanRun(row.scan, row.route_id, row.at, row.since, row.looked, row.found, row.code, row.facts)
                for row in rows.select().where(rows.scan == scan).order_by(rows.route_id)
            ]

    def open(self, scan: str, routes: Sequence[str] = ()) -> list[Kept]:
        """What nobody has closed, the newest first. routes: of these companies, () = all."""
        with self._store.reading() as tables:
            rows = tables.scan_finding
            query = rows.select().where(rows.scan == scan, rows.closed_at.is_null())
            if routes:
                query = query.where(rows.route_id.in_(list(routes)))
            return [_kept(row) for row in query.order_by(rows.first_at.desc(), rows.id.desc())]

    def one(self, finding_id: int) -> Kept:
        """A finding by its id. Raises DAT-402."""
        with self._store.reading() as tables:
            row = tables.scan_finding.get_or_none(tables.scan_finding.id == finding_id)
        if row is None:
            raise SyncError(ErrorCode.RECORD_MISSING, certain=True, system="", number=str(finding_id))
        return _kept(row)

    def close(self, finding_id: int, person: str, reason: str, at: datetime) -> None:
        """A person has looked at it and says why it may stand."""
        with self._store.writing() as tables:
            rows = tables.scan_finding
            closed = rows.update(closed_at=at, closed_by=person, reason=reason).where(
                rows.id == finding_id, rows.closed_at.is_null()
            )
            if closed.execute():
                row = rows.get(rows.id == finding_id)
                detail = {"number": row.number, "code": row.code, "reason": reason}
                self._trail.append(tables, [(person, "scan.closed", f"finding:{finding_id}", detail)])


def _line(action: str, scan: str, number: str, code: str) -> Line:
    return ("engine", action, f"scan:{scan}", {"number": number, "code": code})


def _kept(row: Any) -> Kept:
    found = Found(
        row.route_id, row.flow_id, row.system_id, row.form, row.source_key, row.number, row.maker, row.audited_at,
        row.code, row.facts,
    )  # fmt: skip
    return Kept(row.id, row.scan, found, row.first_at, row.last_at, row.closed_by, row.reason)
