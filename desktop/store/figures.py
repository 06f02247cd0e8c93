"""The figures of the overview: aggregates over a million documents, each by an index that already stands.

Reads only. Money is summed here or by the callers as Decimal: SQLite's sums are floats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

from desktop.domain.document import MOVING_STATES, DocumentState
from desktop.domain.record import Money
from desktop.store.database import Store
from desktop.store.tables import loads

_MOVING = ", ".join(f"'{state.value}'" for state in MOVING_STATES)
SAMPLE = 1000
"""Lead times are those of so many documents, the ones done last."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The documents of one company's flow that stand in one state, those apart that wait for a person. since: the oldest's."""

    route_id: str
    flow_id: str
    state: DocumentState
    needs_person: bool
    count: int
    money: tuple[Money, ...]
    since: datetime


@dataclass(frozen=True, slots=True)
class Open:
    """One failure that waits for a person, with its document's money."""

    route_id: str
    code: str
    cause: str
    facts: dict[str, object]
    amount: Money | None


@dataclass(frozen=True, slots=True)
class Done:
    """What one company's flow finished within a window; again: those that needed a second round or had a failure;
    failed: those that had a failure."""

    route_id: str
    flow_id: str
    count: int
    again: int
    failed: int


@dataclass(frozen=True, slots=True)
class Step:
    """One attempt that succeeded, of a finished document; times in UTC."""

    document_id: int
    created_at: datetime
    step: str
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Trouble:
    """A document that failed, or was late, on some day. code "": it was only late. closed_at None: not mended yet."""

    document_id: int
    route_id: str
    flow_id: str
    number: str
    amount: Money | None
    code: str
    facts: dict[str, object]
    opened_at: datetime
    closed_at: datetime | None


class _Pile:
    """Documents that are added up: how many, their money by currency, the oldest's time in microseconds."""

    def __init__(self) -> None:
        self.count, self.oldest = 0, 2**63
        self._sums: dict[str, Decimal] = {}

    def add(self, amount: str | None, currency: str, at: int) -> None:
        """One more."""
        self.count += 1
        self.oldest = min(self.oldest, at)
        if amount is not None:
            self._sums[currency] = self._sums.get(currency, Decimal(0)) + Decimal(amount)

    def money(self) -> tuple[Money, ...]:
        """In the order of the currencies."""
        return tuple(Money(self._sums[currency], currency) for currency in sorted(self._sums))


class Figures:
    """Answers the overview's questions."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def mark(self) -> int:
        """Grows with whatever happens: everything leaves its line in the trail."""
        with self._store.reading():
            return int(self._store.execute("SELECT MAX(seq) FROM audit")[0][0] or 0)

    def standing(self) -> list[Standing]:
        """All documents under way; and those at rest that wait for a person all the same. Added up row by row: a group has
        tens of thousands of them."""
        columns = "route_id, flow_id, state, needs_person, amount, currency, created_at"
        sql = (
            f"SELECT {columns} FROM document WHERE state IN ({_MOVING}) UNION ALL "
            f"SELECT {columns} FROM document WHERE needs_person AND state NOT IN ({_MOVING})"
        )
        piles: dict[tuple[str, str, str, bool], _Pile] = {}
        with self._store.reading():
            for route, flow, state, person, *told in self._store.iterate(sql):
                piles.setdefault((route, flow, state, bool(person)), _Pile()).add(*told)
        return [
            Standing(route, flow, DocumentState(state), person, pile.count, pile.money(), _time(pile.oldest))
            for (route, flow, state, person), pile in piles.items()
        ]

    def open_failures(self) -> list[Open]:
        """Every failure that waits for a person."""
        sql = (
            "SELECT d.route_id, f.code, f.cause, f.facts, d.amount, d.currency FROM document d "
            "JOIN failure f ON f.document_id = d.id AND f.closed_at IS NULL WHERE d.needs_person"
        )
        with self._store.reading():
            return [
                Open(route, code, cause, dict(loads(facts)), _money(amount, currency))
                for route, code, cause, facts, amount, currency in self._store.iterate(sql)
            ]

    def done(self, since: datetime) -> list[Done]:
        """What came to DONE since `since`, by company and flow."""
        sql = (
            "SELECT route_id, flow_id, COUNT(*), SUM(CASE WHEN round > 1 OR failed THEN 1 ELSE 0 END), "
            "SUM(CASE WHEN failed THEN 1 ELSE 0 END) FROM (SELECT route_id, flow_id, round, EXISTS "
            "(SELECT 1 FROM failure f WHERE f.document_id = document.id) AS failed "
            "FROM document WHERE state = 'done' AND changed_at >= ?) finished GROUP BY route_id, flow_id"
        )
        with self._store.reading():
            rows = self._store.execute(sql, (_us(since),))
        return [
            Done(route, flow, int(count), int(again), int(bad)) for route, flow, count, again, bad in rows
        ]

    def done_between(self, edges: Sequence[datetime], routes: Sequence[str] = ()) -> list[int]:
        """How many came to DONE between each two neighbouring edges. routes: of these companies alone; () = of all."""
        sql = "SELECT COUNT(*) FROM document WHERE state = 'done' AND changed_at >= ? AND changed_at < ?"
        sql += _of("route_id", routes)
        with self._store.reading():
            return [
                int(self._store.execute(sql, (_us(first), _us(last), *routes))[0][0])
                for first, last in pairwise(edges)
            ]

    def failures_since(
        self, since: datetime, routes: Sequence[str] = ()
    ) -> list[tuple[datetime, datetime | None, str]]:
        """(opened, closed, code) of every failure opened since `since`. routes: of these companies alone."""
        sql = "SELECT opened_at, closed_at, code FROM failure WHERE opened_at >= ?"
        if routes:
            sql += f" AND document_id IN (SELECT id FROM document WHERE {_of('route_id', routes)[5:]})"
        with self._store.reading():
            return [
                (_time(opened), _time(closed) if closed is not None else None, str(code))
                for opened, closed, code in self._store.iterate(sql, (_us(since), *routes))
            ]

    def opinions(self, routes: Sequence[str] = ()) -> list[tuple[datetime, list[dict[str, str]]]]:
        """(opened, opinions) of every round of the SAMPLE documents that were done last."""
        sql = (
            f"SELECT r.opened_at, r.opinions FROM (SELECT id FROM document WHERE state = 'done'{_of('route_id', routes)} "
            "ORDER BY changed_at DESC LIMIT ?) d JOIN round r ON r.document_id = d.id WHERE r.opinions <> '[]'"
        )
        with self._store.reading():
            return [(_time(at), loads(told)) for at, told in self._store.iterate(sql, (*routes, SAMPLE))]

    def troubles(
        self, begins: datetime, ends: datetime, late_s: float, routes: Sequence[str] = ()
    ) -> list[Trouble]:
        """Every failure opened within a day, and every document found in it whose first send took longer than `late_s`
        without any failure; the longest first."""
        columns = "d.id, d.route_id, d.flow_id, d.number, d.amount, d.currency"
        seen = _of("d.route_id", routes)
        failed = (
            f"SELECT {columns}, f.code, f.facts, f.opened_at, f.closed_at FROM failure f "
            f"JOIN document d ON d.id = f.document_id WHERE f.opened_at >= ? AND f.opened_at < ?{seen}"
        )
        late = (
            f"SELECT {columns}, '', '{{}}', d.created_at, MIN(a.ended_at) FROM document d "
            "JOIN attempt a ON a.document_id = d.id AND a.outcome = 'done' AND a.step IN ('open_request', 'save_bill') "
            f"WHERE d.created_at >= ? AND d.created_at < ?{seen} AND NOT EXISTS "
            "(SELECT 1 FROM failure f WHERE f.document_id = d.id) GROUP BY d.id HAVING MIN(a.ended_at) - d.created_at > ?"
        )
        window = (_us(begins), _us(ends), *routes)
        with self._store.reading():
            rows = [
                *self._store.execute(failed, window),
                *self._store.execute(late, (*window, round(late_s * 1e6))),
            ]
        found = [
            Trouble(
                int(key), route, flow, number, _money(amount, currency), code, dict(loads(facts)), _time(opened),
                _time(closed) if closed is not None else None,
            )
            for key, route, flow, number, amount, currency, code, facts, opened, closed in rows
        ]  # fmt: skip
        now = datetime.now(UTC)
        return sorted(found, key=lambda each: (each.closed_at or now) - each.opened_at, reverse=True)

    def steps(self, routes: Sequence[str] = ()) -> list[Step]:
        """The successful attempts of the SAMPLE documents that were done last, document by document."""
        sql = (
            "SELECT d.id, d.created_at, a.step, a.started_at, a.ended_at FROM "
            f"(SELECT id, created_at FROM document WHERE state = 'done'{_of('route_id', routes)} "
            "ORDER BY changed_at DESC LIMIT ?) d "
            "JOIN attempt a ON a.document_id = d.id WHERE a.outcome = 'done' AND a.ended_at IS NOT NULL "
            "ORDER BY d.id, a.id"
        )
        with self._store.reading():
            return [
                Step(int(key), _time(created), str(step), _time(started), _time(ended))
                for key, created, step, started, ended in self._store.iterate(sql, (*routes, SAMPLE))
            ]


def _of(column: str, routes: Sequence[str]) -> str:
    """ " AND route_id IN (?, ?)", or "" where all are asked for."""
    return f" AND {column} IN ({', '.join('?' for _ in routes)})" if routes else ""


def _money(amount: str | None, currency: str) -> Money | None:
    return None if amount is None else Money(Decimal(amount), currency)


def _time(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1_000_000, UTC)


def _us(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)
