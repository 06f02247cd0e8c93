"""What lists ask of a million documents: counts, ids in order, rows by id. Reads only, each one fast by an index.

A text is looked for as a number from its start, from its end ("0871" finds CGDD000871), as an exact amount, and
inside partners' names: those are few, so two Chinese characters suffice, and no word index can miss them. Numbers of
the bills it made (a payment, a voucher), of earlier rounds' requests and of its invoices are found from their start.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from desktop.domain.document import MOVING_STATES, Document, DocumentState, Failure, OwnTurn, Turn
from desktop.store.database import Store
from desktop.store.rows import document_of, failure_of, own_turn_of, slices
from desktop.store.tables import Tables

SORTS = {
    "changed_at": "changed_at", "created_at": "created_at", "number": "number", "partner": "partner",
    "amount": "amount_sort", "state": "state",
}  # fmt: skip
"""What a list may be sorted by, and its column."""

MOST_ASKED = 200
MOST_PARTNERS = 400
"""A text that is in more partners' names than this is too short to search by: the first ones are taken."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a list shows. Empty = everything.

    states: None = all; `needs_person` asks for those with a failure that waits for a person, whatever their state.
    cause:  those that an open failure of this cause holds; retrying: only where the engine tries again by itself.
    dismissed: those that a person left alone; what a filter keeps out is not among them.
    held: those that a person holds back.
    """

    text: str = ""
    routes: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()
    states: tuple[DocumentState, ...] | None = None
    needs_person: bool = False
    since: datetime | None = None
    cause: str = ""
    retrying: bool = False
    dismissed: bool = False
    held: bool = False


@dataclass(frozen=True, slots=True)
class Blocked:
    """One cause that holds documents: how many, what they are worth, since when.

    money: by currency, exact.  example: the newest failure of the cause, for its facts.
    routes, flows: which of them it touches.
    """

    cause: str
    count: int
    money: Mapping[str, Decimal]
    oldest_at: datetime
    next_try_at: datetime | None
    example: Failure
    routes: frozenset[str]
    flows: frozenset[str]


@dataclass(frozen=True, slots=True)
class Line:
    """A document with its open failure, as a list shows it. kept_out: the filter that keeps it from being sent."""

    document: Document
    failure: Failure | None
    kept_out: str = ""
    own_turn: OwnTurn | None = None


class Search:
    """Answers questions of lists. sight: the routes that whoever asks may see; () = all."""

    def __init__(self, store: Store, sight: Callable[[], tuple[str, ...]] = lambda: ()) -> None:
        self._store = store
        self._sight = sight

    def count(self, question: Question) -> int:
        """How many documents the question finds."""
        where, params = self._where(question)
        with self._store.reading():
            return int(self._store.execute(f"SELECT COUNT(*) FROM document WHERE {where}", params)[0][0])

    def ids(
        self, question: Question, sort: str = "changed_at", *, descending: bool = True, limit: int = 0
    ) -> array[int]:
        """Ids in order; `limit` 0 = all. An array of 8 bytes each: a million ids are 8 MB."""
        where, params = self._where(question)
        column, way = SORTS[sort], "DESC" if descending else "ASC"
        sql = f"SELECT id FROM document WHERE {where} ORDER BY {column} {way}, id {way}"
        if limit:
            sql += f" LIMIT {int(limit)}"
        with self._store.reading():
            return array("q", (row[0] for row in self._store.iterate(sql, params)))

    def lines(self, ids: Sequence[int]) -> list[Line]:
        """Documents with their open failures, in the order asked; ids that are gone are left out."""
        documents: dict[int, Document] = {}
        failures: dict[int, Failure] = {}
        with self._store.reading() as tables:
            for part in slices(list(ids)):
                for row in tables.document.select().where(tables.document.id.in_(part)).namedtuples():
                    if not (sight := self._sight()) or row.route_id in sight:
                        documents[row.id] = document_of(row)
                rows = tables.failure
                for row in (
                    rows.select().where(rows.document_id.in_(part), rows.closed_at.is_null()).namedtuples()
                ):
                    failures[row.document_id] = failure_of(row)
            kept = self._kept_out(tables, documents.values())
            turns = self._turns(tables, documents)
        return [
            Line(documents[each], failures.get(each), kept.get(each, ""), turns.get(each))
            for each in ids
            if each in documents
        ]

    def _turns(self, tables: Tables, wanted: Container[int]) -> dict[int, OwnTurn]:
        """What persons said about a document's turn; few have a word said about them."""
        return {
            row.document_id: own_turn_of(row) for row in tables.own_turn.select() if row.document_id in wanted
        }

    def _kept_out(self, tables: Tables, documents: Iterable[Document]) -> dict[int, str]:
        """The filter's name by document id; most lists have nothing dismissed, and ask nothing."""
        resting = {
            (each.flow_id, each.source.system_id, each.source.key): each.id
            for each in documents
            if each.state is DocumentState.DISMISSED
        }
        found = {}
        rows = tables.kept_out
        for part in slices(sorted({key for _, _, key in resting})):
            for row in rows.select().where(rows.source_key.in_(part)).namedtuples():
                document_id = resting.get((row.flow_id, row.system_id, row.source_key))
                if document_id is not None:
                    found[document_id] = str(row.filter_name)
        return found

    def state_counts(self, question: Question) -> dict[str, int]:
        """How many documents of the question stand in each state."""
        where, params = self._where(question)
        with self._store.reading():
            rows = self._store.execute(
                f"SELECT state, COUNT(*) FROM document WHERE {where} GROUP BY state", params
            )
        return {str(state): int(count) for state, count in rows}

    def needing_a_person(self) -> int:
        """How many documents wait for a person."""
        return self.count(Question(needs_person=True))

    def blocked(self, *, needs_person: bool) -> list[Blocked]:
        """Open failures by cause: those that wait for a person, or those that the engine tries again by itself.

        Reads open failures and their documents alone, whatever else the store holds; sums are exact, so they are added here.
        """
        sql = (
            "SELECT f.cause, d.amount, d.currency, f.opened_at, f.next_try_at, f.id, d.route_id, d.flow_id "
            "FROM failure f JOIN document d ON d.id = f.document_id "
            f"WHERE f.closed_at IS NULL AND {'' if needs_person else 'NOT '}d.needs_person"
        )
        sums: dict[str, _Sum] = {}
        with self._store.reading() as tables:
            sight = self._sight()
            for cause, *told in self._store.iterate(sql):
                if not sight or told[5] in sight:
                    sums.setdefault(cause, _Sum()).add(*told)
            newest = [each.example for each in sums.values()]
            rows = tables.failure
            examples = {
                row.id: failure_of(row)
                for part in slices(newest)
                for row in rows.select().where(rows.id.in_(part)).namedtuples()
            }
        return [each.blocked(cause, examples[each.example]) for cause, each in sums.items()]

    def _where(self, question: Question) -> tuple[str, tuple[Any, ...]]:
        tests: list[str] = []
        params: list[Any] = []
        for column, values in (
            ("route_id", self._sight()), ("route_id", question.routes), ("flow_id", question.flows),
        ):  # fmt: skip
            if values:
                tests.append(f"{column} IN ({_marks(values)})")
                params += values
        if question.states is not None:
            tests.append(f"state IN ({_marks(question.states)})" if question.states else "1 = 0")
            params += [state.value for state in question.states]
        if question.needs_person:
            tests.append("needs_person")
        if question.cause:
            tests.append("id IN (SELECT document_id FROM failure WHERE cause = ? AND closed_at IS NULL)")
            params.append(question.cause)
        if question.retrying:
            tests.append("NOT needs_person")
        if question.held:
            tests.append("id IN (SELECT document_id FROM own_turn WHERE turn = ?)")
            tests.append(f"state IN ({_marks(MOVING)})")
            params += [Turn.HELD.value, *(state.value for state in MOVING)]
        if question.dismissed:
            tests.append(_DISMISSED)
            params.append(DocumentState.DISMISSED.value)
        if question.since is not None:
            tests.append("changed_at >= ?")
            params.append(round(question.since.timestamp() * 1_000_000))
        if text := asked(question.text):
            test, more = self._text_test(text)
            tests.append(test)
            params += more
        return " AND ".join(tests) or "1 = 1", tuple(params)

    def _text_test(self, text: str) -> tuple[str, list[Any]]:
        """Ids found by each way of reading the text; each is a range or an equality on an index of its own."""
        ways: list[str] = []
        params: list[Any] = []
        for column, value in (
            ("number", text), ("number_tail", text[::-1]), ("request_number", text), ("request_tail", text[::-1]),
        ):  # fmt: skip
            for spelling in dict.fromkeys((value, value.upper())):
                ways.append(f"SELECT id FROM document WHERE {column} >= ? AND {column} < ?")
                params += [spelling, _after(spelling)]
        for table, column in _NUMBERS:
            for spelling in dict.fromkeys((text, text.upper())):
                ways.append(f"SELECT document_id FROM {table} WHERE {column} >= ? AND {column} < ?")
                params += [spelling, _after(spelling)]
        if _KEY.fullmatch(text.upper()):
            ways.append("SELECT id FROM document WHERE key_part = ?")
            params.append(text.upper()[:16])
        amount = _amount(text)
        if amount is not None:
            ways.append("SELECT id FROM document WHERE amount_sort = ?")
            params.append(float(amount))
        partners = self._partners(text)
        if partners:
            ways.append(f"SELECT id FROM document WHERE partner IN ({_marks(partners)})")
            params += partners
        return f"id IN ({' UNION '.join(ways)})", params

    def _partners(self, text: str) -> list[str]:
        pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        sql = "SELECT name FROM partner_name WHERE name LIKE ? ESCAPE '\\' LIMIT ?"
        with self._store.reading():
            return [str(row[0]) for row in self._store.execute(sql, (pattern, MOST_PARTNERS))]


MOVING = tuple(MOVING_STATES)

_NUMBERS = (("link", "erp_number"), ("link", "oa_number"), ("reserved", "value"))
"""Where else a document's numbers stand: bills that it made (a voucher), requests of earlier rounds, its invoices."""
_HALF = re.compile("[\ud800-\udfff]")
_KEY = re.compile(r"[A-Z2-7]{16}(-R\d+(-L\d+)?)?")

_DISMISSED = (
    "state = ? AND NOT EXISTS (SELECT 1 FROM kept_out k WHERE k.flow_id = document.flow_id"
    " AND k.system_id = document.system_id AND k.source_key = document.source_key)"
)


class _Sum:
    """What has been added up of one cause; times are the store's whole microseconds."""

    __slots__ = ("count", "example", "flows", "money", "next_try", "oldest", "routes")

    def __init__(self) -> None:
        self.count, self.example, self.oldest = 0, 0, 0
        self.next_try: int | None = None
        self.money: dict[str, Decimal] = {}
        self.routes: set[str] = set()
        self.flows: set[str] = set()

    def add(
        self, amount: str | None, currency: str, opened: int, next_try: int | None, failure_id: int, route: str, flow: str
    ) -> None:  # fmt: skip
        self.oldest = min(self.oldest, opened) if self.count else opened
        self.count += 1
        if next_try is not None:
            self.next_try = next_try if self.next_try is None else min(self.next_try, next_try)
        self.example = max(self.example, failure_id)
        if amount is not None:
            self.money[currency] = self.money.get(currency, Decimal(0)) + Decimal(amount)
        self.routes.add(route)
        self.flows.add(flow)

    def blocked(self, cause: str, example: Failure) -> Blocked:
        return Blocked(
            cause, self.count, self.money, _moment(self.oldest),
            _moment(self.next_try) if self.next_try is not None else None, example, frozenset(self.routes),
            frozenset(self.flows),
        )  # fmt: skip


def _moment(us: int) -> datetime:
    return datetime.fromtimestamp(us // 1_000_000, UTC) + timedelta(microseconds=us % 1_000_000)


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" for _ in values)


def asked(text: str) -> str:
    """What a person looks for, as a database takes it: no halves of characters, and no more than any number or name has.
    A list that somebody pasted a whole document into must not end in an error of the database."""
    return _HALF.sub("\ufffd", text.strip()[:MOST_ASKED]).strip()


def _after(prefix: str) -> str:
    """The first text that no longer begins with `prefix`, in the order of code points."""
    following = ord(prefix[-1]) + 1
    return prefix[:-1] + chr(0xE000 if following in range(0xD800, 0xE000) else min(following, 0x10FFFF))


def _amount(text: str) -> Decimal | None:
    try:
        value = Decimal(text.replace(",", "").replace("\uff0c", "").lstrip("\u00a5$ "))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
