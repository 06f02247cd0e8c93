"""Base data as both systems keep it, remembered for offline work, and the correspondences as their page asks for them.

A system's list of one kind is replaced whole, and only when it was read to its end: what changed leaves a line.
Which record is which is written here with who did it and what it was before. Reads each have an index.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import BaseItem, Money
from desktop.store.audit import Line, Trail
from desktop.store.catalog import BaseRow, Catalog
from desktop.store.database import Store
from desktop.store.rows import slices
from desktop.store.search import asked
from desktop.store.tables import Tables, loads

OA_KINDS = {"employee": "user", "organisation": "company"}
"""What the OA calls a kind, where it calls it otherwise: it keeps people once, as users."""
SORTS = {
    "erp": "m.erp_code",
    "erp_name": "m.erp_name",
    "oa": "m.oa_key",
    "oa_name": "m.oa_name",
    "kind": "m.kind",
}
"""What the list may be sorted by, and its column."""
_OA_KIND = "CASE m.kind WHEN 'employee' THEN 'user' WHEN 'organisation' THEN 'company' ELSE m.kind END"
_JOINED = f"""
  FROM base_mapping m JOIN route r ON r.id = m.route_id
  LEFT JOIN base_record e ON e.system_id = r.erp_id AND e.kind = m.kind AND e.code = m.erp_code
  LEFT JOIN base_record o ON o.system_id = r.oa_id AND o.kind = {_OA_KIND} AND o.key = m.oa_key
  LEFT JOIN base_refresh er ON er.system_id = r.erp_id AND er.kind = m.kind
  LEFT JOIN base_refresh orr ON orr.system_id = r.oa_id AND orr.kind = {_OA_KIND}"""
_RISK = (
    "((er.at IS NOT NULL AND e.key IS NULL) OR (orr.at IS NOT NULL AND o.key IS NULL) OR e.disabled OR o.disabled"
    " OR (e.companies <> '[]' AND replace(e.companies, '\"' || r.company || '\"', '') = e.companies)"
    " OR (m.erp_name <> '' AND e.name <> m.erp_name) OR (m.oa_name <> '' AND o.name <> m.oa_name))"
)
"""Something is the matter with a correspondence: gone, disabled, not allotted or renamed on one side."""


@dataclass(frozen=True, slots=True)
class BaseQuestion:
    """Which correspondences a list shows; empty = all. risky: only those with something the matter."""

    text: str = ""
    routes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    risky: bool = False


@dataclass(frozen=True, slots=True)
class BaseLine:
    """A correspondence with what both systems say of it now.

    erp, oa: the record as last read; None = not in the list.  erp_read, oa_read: False where there is no list.
    """

    id: int
    row: BaseRow
    company: str
    erp: BaseItem | None
    oa: BaseItem | None
    erp_read: bool
    oa_read: bool
    changed_at: datetime | None
    changed_by: str


@dataclass(frozen=True, slots=True)
class BaseChange:
    """One change of a system's base data, as a refresh noticed it. what: added, gone, renamed, disabled, enabled."""

    system_id: str
    kind: str
    code: str
    name: str
    what: str
    was: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Blocked:
    """A document that waits for base data: its failure's facts, and the money it is about."""

    document_id: int
    number: str
    route_id: str
    flow_id: str
    code: str
    facts: Mapping[str, Any]
    amount: Money | None


class BaseRecords:
    """Reads and writes of base data; writes are audited in the same transaction."""

    def __init__(self, store: Store, trail: Trail, catalog: Catalog) -> None:
        self._store, self._trail, self._catalog = store, trail, catalog

    # --- what the systems keep -----------------------------------------------------------------------------------------
    def put_records(
        self, system_id: str, kind: str, items: Sequence[BaseItem], at: datetime
    ) -> list[BaseChange]:
        """Replaces a system's whole list of a kind; answers what changed (nothing the first time)."""
        with self._store.writing() as tables:
            first = (system_id, kind) not in self._refreshed(tables)
            before = {each.key: each for each in self._records(system_id, kind)}
            after = {each.key: each for each in items}
            changes = [] if first else _changes(system_id, kind, before, after, at)
            rows = tables.base_record
            for part in slices([key for key in before if key not in after]):
                rows.delete().where(
                    rows.system_id == system_id, rows.kind == kind, rows.key.in_(part)
                ).execute()
            for each in items:
                if before.get(each.key) != each:
                    values = {
                        "code": each.code, "name": each.name, "mark": each.mark, "companies": list(each.companies),
                        "disabled": each.disabled,
                    }  # fmt: skip
                    tables.pen.upsert(rows, {"system_id": system_id, "kind": kind, "key": each.key}, values)
            tables.base_refresh.replace(system_id=system_id, kind=kind, at=at, records=len(after)).execute()
            for change in changes:
                tables.pen.insert(
                    tables.base_change, system_id=system_id, kind=kind, code=change.code, name=change.name,
                    what=change.what, was=change.was, at=at,
                )  # fmt: skip
            return changes

    def note(self, actor: str, action: str, detail: Mapping[str, Any]) -> None:
        """A line in the trail for what changes no correspondence."""
        with self._store.writing() as tables:
            self._trail.append(tables, [(actor, action, "base_data", detail)])

    def records(self, system_id: str, kind: str) -> list[BaseItem]:
        """A system's whole list of a kind, by code."""
        with self._store.reading():
            return self._records(system_id, kind)

    def find_records(self, system_id: str, kind: str, text: str, limit: int = 20) -> list[BaseItem]:
        """Records whose code, key or name contains the text; those that begin with it first, disabled ones last."""
        text = _escaped(asked(text))
        inside, begins = f"%{text}%", f"{text}%"
        sql = (
            "SELECT kind, key, code, name, disabled, mark, companies FROM base_record WHERE system_id = ? AND kind = ?"
            " AND (code LIKE ? ESCAPE '\\' OR name LIKE ? ESCAPE '\\' OR key LIKE ? ESCAPE '\\')"
            " ORDER BY disabled, code = '', CASE WHEN code LIKE ? ESCAPE '\\' OR name LIKE ? ESCAPE '\\' THEN 0 ELSE 1 END, code LIMIT ?"
        )
        given = (system_id, kind, inside, inside, inside, begins, begins, int(limit))
        with self._store.reading():
            return [_item(*row) for row in self._store.execute(sql, given)]

    def refreshed(self) -> dict[tuple[str, str], tuple[datetime, int]]:
        """When a system's list of a kind was last read to its end, and how long it was."""
        with self._store.reading() as tables:
            return self._refreshed(tables)

    def changes(self, limit: int = 200) -> list[BaseChange]:
        """What refreshes noticed, newest first."""
        with self._store.reading() as tables:
            rows = tables.base_change.select().order_by(tables.base_change.id.desc()).limit(limit)
            return [
                BaseChange(row.system_id, row.kind, row.code, row.name, row.what, row.was, row.at)
                for row in rows
            ]

    def _refreshed(self, tables: Tables) -> dict[tuple[str, str], tuple[datetime, int]]:
        return {(row.system_id, row.kind): (row.at, row.records) for row in tables.base_refresh.select()}

    def _records(self, system_id: str, kind: str) -> list[BaseItem]:
        sql = (
            "SELECT kind, key, code, name, disabled, mark, companies FROM base_record"
            " WHERE system_id = ? AND kind = ? ORDER BY code"
        )
        return [_item(*row) for row in self._store.execute(sql, (system_id, kind))]

    # --- which is which --------------------------------------------------------------------------------------------------
    def count(self, question: BaseQuestion) -> int:
        """How many correspondences a question finds."""
        where, params = _where(question)
        joined = _JOINED if question.risky else " FROM base_mapping m"
        with self._store.reading():
            return int(self._store.execute(f"SELECT COUNT(*){joined} WHERE {where}", params)[0][0])

    def ids(self, question: BaseQuestion, sort: str = "erp", *, descending: bool = False) -> array[int]:
        """Ids of correspondences in order."""
        where, params = _where(question)
        joined = _JOINED if question.risky else " FROM base_mapping m"
        way = "DESC" if descending else "ASC"
        order = f"{SORTS[sort]} {way}, m.erp_code, m.id"
        with self._store.reading():
            found = self._store.iterate(f"SELECT m.id{joined} WHERE {where} ORDER BY {order}", params)
            return array("q", (row[0] for row in found))

    def lines(self, ids: Sequence[int]) -> dict[int, BaseLine]:
        """Correspondences by id, with what both systems say of them; those that are gone are left out."""
        found: dict[int, BaseLine] = {}
        with self._store.reading():
            for part in slices(list(ids)):
                marks = ", ".join("?" for _ in part)
                sql = (
                    "SELECT m.id, m.route_id, m.kind, m.erp_code, m.oa_key, m.erp_name, m.oa_name, m.origin, r.company,"
                    " m.changed_at, m.changed_by, er.at, orr.at, e.kind, e.key, e.code, e.name, e.disabled, e.mark,"
                    f" e.companies, o.kind, o.key, o.code, o.name, o.disabled, o.mark, o.companies{_JOINED}"
                    f" WHERE m.id IN ({marks})"
                )
                for row in self._store.execute(sql, tuple(part)):
                    found.setdefault(row[0], _line(row))
        return found

    def id_of(self, route_id: str, kind: str, erp_code: str) -> int | None:
        """The id of a correspondence."""
        sql = "SELECT id FROM base_mapping WHERE route_id = ? AND kind = ? AND erp_code = ?"
        with self._store.reading():
            found = self._store.execute(sql, (route_id, kind, erp_code))
        return int(found[0][0]) if found else None

    def mapped(self, route_id: str = "", kind: str = "") -> list[BaseRow]:
        """Correspondences of a route and kind (empty = every), by ERP code."""
        tests, params = ["1 = 1"], []
        for column, value in (("route_id", route_id), ("kind", kind)):
            if value:
                tests.append(f"{column} = ?")
                params.append(value)
        sql = (
            "SELECT route_id, kind, erp_code, oa_key, erp_name, oa_name, origin FROM base_mapping"
            f" WHERE {' AND '.join(tests)} ORDER BY route_id, kind, erp_code"
        )
        with self._store.reading():
            return [BaseRow(*row) for row in self._store.execute(sql, tuple(params))]

    def put(
        self, rows: Sequence[BaseRow], actor: str, *, seen: Mapping[tuple[str, str, str], str] | None = None,
        single: Iterable[tuple[str, str]] = (),
    ) -> int:  # fmt: skip
        """Writes correspondences, all or none; answers how many are new or changed.

        seen:   what the person saw there, as (route, kind, ERP code) -> OA key ("" = nothing); where it is another
                now, MAP-511 says who changed it.
        single: (route, kind) in which one OA key may belong to one ERP code only; else MAP-512.
        """
        alone = set(single)
        with self._store.writing() as tables:
            held = self._held({(each.route_id, each.kind) for each in rows})
            for place, found in (seen or {}).items():
                self._unchanged(place, found, held.get(place))
            changed = [each for each in rows if _differs(each, held.get(_place(each)))]
            _one_to_one([each for each in changed if (each.route_id, each.kind) in alone], rows, held)
            at = datetime.now(UTC)
            self._trail.append(
                tables, [self._write(tables, each, held.get(_place(each)), actor, at) for each in changed]
            )
            if changed:
                self._catalog.changed(tables, actor, "base_data.saved", "base_data", {"rows": len(changed)})
            return len(changed)

    def remove(self, place: tuple[str, str, str], actor: str, *, seen: str) -> None:
        """Takes a correspondence away. Raises MAP-511 where it is no longer what the person saw."""
        route_id, kind, _ = place
        with self._store.writing() as tables:
            found = self._held({(route_id, kind)}).get(place)
            self._unchanged(place, seen, found)
            if found is None:
                return
            rows = tables.base_mapping
            rows.delete().where(rows.id == found[0]).execute()
            detail = {
                "before": {"oa_key": found[1], "erp_name": found[2], "oa_name": found[3]},
                "after": None,
            }
            self._catalog.changed(tables, actor, "base_data.deleted", _subject(place), detail)

    def _held(self, places: set[tuple[str, str]]) -> dict[tuple[str, str, str], tuple[Any, ...]]:
        """(id, OA key, ERP name, OA name, changed by) of whole kinds."""
        sql = (
            "SELECT erp_code, id, oa_key, erp_name, oa_name, changed_by FROM base_mapping"
            " WHERE route_id = ? AND kind = ?"
        )
        return {
            (route_id, kind, row[0]): row[1:]
            for route_id, kind in places
            for row in self._store.execute(sql, (route_id, kind))
        }

    def _unchanged(self, place: tuple[str, str, str], seen: str, found: tuple[Any, ...] | None) -> None:
        now = found[1] if found is not None else ""
        if now != seen:
            person = (found[4] if found is not None else self._who_removed(place)) or "?"
            raise SyncError(
                ErrorCode.BASE_ROW_CHANGED,
                certain=True,
                kind=place[1],
                erp_code=place[2],
                person=person,
                found=now,
            )

    def _who_removed(self, place: tuple[str, str, str]) -> str:
        sql = "SELECT actor FROM audit WHERE subject = ? ORDER BY seq DESC LIMIT 1"
        found = self._store.execute(sql, (_subject(place),))
        return str(found[0][0]) if found else ""

    def _write(
        self, tables: Tables, row: BaseRow, found: tuple[Any, ...] | None, actor: str, at: datetime
    ) -> Line:
        keys = {"route_id": row.route_id, "kind": row.kind, "erp_code": row.erp_code}
        values = {
            "erp_name": row.erp_name, "oa_key": row.oa_key, "oa_name": row.oa_name, "origin": row.origin,
            "changed_at": at, "changed_by": actor,
        }  # fmt: skip
        tables.pen.upsert(tables.base_mapping, keys, values)
        before = (
            {"oa_key": found[1], "erp_name": found[2], "oa_name": found[3]} if found is not None else None
        )
        after = {"oa_key": row.oa_key, "erp_name": row.erp_name, "oa_name": row.oa_name, "origin": row.origin}
        action = "base_data.changed" if found is not None else "base_data.added"
        return actor, action, _subject(_place(row)), {"before": before, "after": after}

    def coverage(self, route_id: str, system_id: str, kind: str, company: str) -> tuple[int, int]:
        """(records of the ERP in use in a company, how many of them have a correspondence)."""
        sql = (
            "SELECT COUNT(*), COUNT(m.id) FROM base_record e LEFT JOIN base_mapping m"
            " ON m.route_id = ? AND m.kind = e.kind AND m.erp_code = e.code AND m.oa_key <> ''"
            " WHERE e.system_id = ? AND e.kind = ? AND NOT e.disabled"
            " AND (e.companies = '[]' OR e.companies LIKE ? ESCAPE '\\')"
        )
        with self._store.reading():
            found = self._store.execute(sql, (route_id, system_id, kind, f'%"{_escaped(company)}"%'))
        return int(found[0][0]), int(found[0][1])

    # --- what waits for it --------------------------------------------------------------------------------------------------
    def blocked(self) -> list[Blocked]:
        """Every document that an open failure keeps waiting for a correspondence."""
        sql = (
            "SELECT d.id, d.number, d.route_id, d.flow_id, f.code, f.facts, d.amount, d.currency FROM failure f"
            " JOIN document d ON d.id = f.document_id WHERE f.closed_at IS NULL AND f.code IN (?, ?) ORDER BY d.id"
        )
        codes = (ErrorCode.BASE_DATA_UNMAPPED.id, ErrorCode.APPLICANT_UNMAPPED.id)
        with self._store.reading():
            rows = self._store.execute(sql, codes)
        return [
            Blocked(
                id_, number, route_id, flow_id, code, loads(facts),
                Money(Decimal(amount), currency) if amount is not None else None,
            )
            for id_, number, route_id, flow_id, code, facts, amount, currency in rows
        ]  # fmt: skip


def _place(row: BaseRow) -> tuple[str, str, str]:
    return row.route_id, row.kind, row.erp_code


def _subject(place: tuple[str, str, str]) -> str:
    return f"base:{':'.join(place)}"


def _differs(row: BaseRow, found: tuple[Any, ...] | None) -> bool:
    return found is None or (row.oa_key, row.erp_name, row.oa_name) != tuple(found[1:4])


def _one_to_one(
    changed: Sequence[BaseRow], rows: Sequence[BaseRow], held: Mapping[tuple[str, str, str], tuple[Any, ...]]
) -> None:
    """Raises MAP-512 where an OA key would belong to two ERP codes once all is written."""
    if not changed:
        return
    owners: dict[tuple[str, str, str], set[str]] = {}
    now = {place: str(found[1]) for place, found in held.items()} | {
        _place(each): each.oa_key for each in rows
    }
    for (route_id, kind, code), key in now.items():
        owners.setdefault((route_id, kind, key), set()).add(code)
    for each in changed:
        if others := sorted(owners[each.route_id, each.kind, each.oa_key] - {each.erp_code}):
            raise SyncError(
                ErrorCode.BASE_KEY_TAKEN, certain=True, kind=each.kind, erp_code=each.erp_code, oa_key=each.oa_key,
                other=others[0],
            )  # fmt: skip


def _item(kind: str, key: str, code: str, name: str, disabled: Any, mark: str, companies: str) -> BaseItem:
    return BaseItem(kind, key, code, name, bool(disabled), mark, tuple(loads(companies)))


def _line(row: tuple[Any, ...]) -> BaseLine:
    erp = _item(*row[13:20]) if row[13] is not None else None
    oa = _item(*row[20:27]) if row[20] is not None else None
    at = datetime.fromtimestamp(row[9] / 1_000_000, UTC) if row[9] else None
    return BaseLine(
        row[0], BaseRow(*row[1:8]), row[8], erp, oa, row[11] is not None, row[12] is not None, at, row[10]
    )


def _changes(
    system_id: str, kind: str, before: Mapping[str, BaseItem], after: Mapping[str, BaseItem], at: datetime
) -> list[BaseChange]:
    def told(item: BaseItem, what: str, was: str = "") -> BaseChange:
        return BaseChange(system_id, kind, item.code or item.key, item.name, what, was, at)

    before, after = _identified(before, after)
    found = [told(item, "gone") for key, item in before.items() if key not in after]
    for key, item in after.items():
        old = before.get(key)
        if old is None:
            found.append(told(item, "added"))
            continue
        if old.name != item.name or old.code != item.code:
            found.append(told(item, "renamed", old.name if old.name != item.name else old.code))
        if old.disabled != item.disabled:
            found.append(told(item, "disabled" if item.disabled else "enabled"))
    return found


def _identified(
    before: Mapping[str, BaseItem], after: Mapping[str, BaseItem]
) -> tuple[Mapping[str, BaseItem], Mapping[str, BaseItem]]:
    """Both by code where codes tell records apart: a code that another organisation uses too may change its key."""
    old, new = ({item.code: item for item in items.values()} for items in (before, after))
    if len(old) == len(before) and len(new) == len(after) and "" not in old and "" not in new:
        return old, new
    return before, after


def _where(question: BaseQuestion) -> tuple[str, tuple[Any, ...]]:
    tests, params = ["1 = 1"], list[Any]()
    for column, values in (("m.route_id", question.routes), ("m.kind", question.kinds)):
        if values:
            tests.append(f"{column} IN ({', '.join('?' for _ in values)})")
            params += values
    if text := asked(question.text):
        columns = ("m.erp_code", "m.erp_name", "m.oa_key", "m.oa_name")
        tests.append("(" + " OR ".join(f"{column} LIKE ? ESCAPE '\\'" for column in columns) + ")")
        params += [f"%{_escaped(text)}%"] * len(columns)
    if question.risky:
        tests.append(_RISK)
    return " AND ".join(tests), tuple(params)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
