"""Special cases of correspondences, and where a stand-in was sent: written with their lines in the trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from desktop.domain.errors import ErrorCode, SyncError
from desktop.store.audit import Trail
from desktop.store.catalog import CASE_FIELDS, CaseRow, Catalog
from desktop.store.database import Store


@dataclass(frozen=True, slots=True)
class FallbackUse:
    """A stand-in that was sent with a document."""

    document_id: int
    number: str
    route_id: str
    kind: str
    code: str
    counterpart: str
    at: datetime


class BaseCases:
    """Writes of special cases; reads of where stand-ins went. The cases themselves are read by Catalog.base_cases."""

    def __init__(self, store: Store, trail: Trail, catalog: Catalog) -> None:
        self._store, self._trail, self._catalog = store, trail, catalog

    def put(self, case: CaseRow, actor: str) -> int:
        """Adds or changes one; answers its id. MAP-512 where another says the same of the same days."""
        values = {name: getattr(case, name) for name in CASE_FIELDS} | {
            "changed_at": datetime.now(UTC), "changed_by": actor
        }  # fmt: skip
        with self._store.writing() as tables:
            rows = tables.base_case
            same = rows.get_or_none(
                rows.route_id == case.route_id, rows.kind == case.kind, rows.side == case.side, rows.code == case.code,
                rows.by_value == case.by_value, rows.valid_from == case.valid_from, rows.id != case.id,
            )  # fmt: skip
            if same is not None:
                raise SyncError(
                    ErrorCode.BASE_KEY_TAKEN, certain=True, kind=case.kind, erp_code=case.code, oa_key=case.counterpart,
                    other=same.counterpart,
                )  # fmt: skip
            before = {}
            if case.id:
                old = rows.get_by_id(case.id)
                before = {name: getattr(old, name) for name in CASE_FIELDS}
                rows.update(**values).where(rows.id == case.id).execute()
                case_id = case.id
            else:
                case_id = int(rows.insert(**values).execute())
            detail = {"before": before or None, "after": {name: getattr(case, name) for name in CASE_FIELDS}}
            self._catalog.changed(tables, actor, "base_case.saved", _subject(case), detail)
        return case_id

    def remove(self, case: CaseRow, actor: str) -> None:
        """Takes one away."""
        with self._store.writing() as tables:
            if tables.base_case.delete().where(tables.base_case.id == case.id).execute():
                detail = {"before": {name: getattr(case, name) for name in CASE_FIELDS}, "after": None}
                self._catalog.changed(tables, actor, "base_case.removed", _subject(case), detail)

    def uses(self, route_id: str = "", kind: str = "", limit: int = 200) -> list[FallbackUse]:
        """Documents that a stand-in was sent with, newest first."""
        tests, params = ["1 = 1"], list[str]()
        for column, value in (("f.route_id", route_id), ("f.kind", kind)):
            if value:
                tests.append(f"{column} = ?")
                params.append(value)
        sql = (
            "SELECT f.document_id, d.number, f.route_id, f.kind, f.code, f.counterpart, f.at FROM base_fallback f"
            f" JOIN document d ON d.id = f.document_id WHERE {' AND '.join(tests)} ORDER BY f.id DESC LIMIT {int(limit)}"
        )
        with self._store.reading():
            found = self._store.execute(sql, tuple(params))
        return [
            FallbackUse(id_, number, route, each, code, other, datetime.fromtimestamp(at / 1_000_000, UTC))
            for id_, number, route, each, code, other, at in found
        ]

    def counts(self) -> dict[tuple[str, str], int]:
        """How many documents a stand-in was sent with, by (route, kind)."""
        sql = "SELECT route_id, kind, COUNT(DISTINCT document_id) FROM base_fallback GROUP BY route_id, kind"
        with self._store.reading():
            return {(str(row[0]), str(row[1])): int(row[2]) for row in self._store.execute(sql)}


def _subject(case: CaseRow) -> str:
    return f"base:{case.route_id}:{case.kind}:{case.code}"
