"""What is stuck, by cause, and what a person may do about all of it at once. Views ask here and nowhere else.

A bulk order is given in parts through the order table, as any other order: progress can be told, it can be stopped
between two parts, and no part can be carried out twice, whoever else presses the same button elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from desktop.domain.document import DocumentState
from desktop.domain.errors import Code, ErrorCode, FailureClass
from desktop.domain.record import Money
from desktop.services.people import Second
from desktop.services.story import named
from desktop.store.search import Blocked, Question, Search

if TYPE_CHECKING:
    from desktop.services.documents import Row
    from desktop.services.workspace import Workspace

PART = 200
"""Documents in one order: few enough that progress moves, enough that thousands take a minute."""
LOOK_S = 0.2
PATIENCE_S = 60.0
"""Nothing became of anything for so long: what is still waiting is told as waiting."""

Count = dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason that holds documents.

    facts: those of its newest failure, systems by their names; system_id: the one they speak of, "" = none.
    routes, companies: which routes it touches, and their names.  money: the greatest sum first.
    share: its part of what is blocked in the currency of its greatest sum, 0 to 1.
    shut: no address opens a bill in the ERP of one of its routes.
    """

    id: str
    code: Code
    facts: Mapping[str, Any]
    count: int
    money: tuple[Money, ...]
    share: float
    oldest_at: datetime
    next_try_at: datetime | None
    routes: tuple[str, ...]
    companies: tuple[str, ...]
    flows: tuple[str, ...]
    system_id: str
    shut: bool = False

    @property
    def in_doubt(self) -> bool:
        """True where nobody knows whether it happened."""
        return self.code.failure_class is FailureClass.IN_DOUBT


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that is stuck. causes: the costliest first, by face amounts: there is no table of rates.

    waiting: documents that wait for a person; retrying, dismissed: how many are in the other two lists.
    """

    causes: tuple[Cause, ...]
    money: tuple[Money, ...]
    waiting: int
    retrying: int
    dismissed: int


class Became(Enum):
    """What came of one document of a bulk order."""

    DONE = "done"
    FAILED = "failed"
    WAITING = "waiting"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of a result list. LEFT: the person stopped before its turn, or nothing was to be done any more."""

    row: Row
    became: Became


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a bulk order is. taken: of `asked` documents so many orders were carried out; settled: came to an end."""

    asked: int
    taken: int
    settled: int


class Failures:
    """The clerk's desk."""

    def __init__(
        self, workspace: Workspace, monotonic: Callable[[], float] = time.monotonic,
        rest: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self._workspace = workspace
        self._search = Search(workspace.store, lambda: workspace.people.seat.routes)
        self._monotonic, self._rest = monotonic, rest

    # --- what is stuck -----------------------------------------------------------------------------------------------
    def overview(self, *, retrying: bool = False) -> Overview:
        """The causes that wait for a person, or (retrying) those that the engine tries again by itself."""
        waiting = self._search.blocked(needs_person=True)
        passing = self._search.blocked(needs_person=False)
        shown = passing if retrying else waiting
        total: Count = {}
        for each in shown:
            for currency, amount in each.money.items():
                total[currency] = total.get(currency, Decimal(0)) + amount
        names = {system.id: system.title for system in self._workspace.catalog.systems().values()}
        companies = {route.id: route.title or route.company for route in self._workspace.catalog.routes()}
        shut = self._workspace.systems.shut_erps()
        causes = [_cause(each, total, names, companies, shut) for each in shown]
        causes.sort(key=lambda each: (-sum(money.amount for money in each.money), -each.count, each.id))
        overview = Overview(
            tuple(causes), _moneys(total), sum(each.count for each in waiting), sum(each.count for each in passing),
            self._search.count(Question(dismissed=True)),
        )  # fmt: skip
        return self._workspace.people.shown(overview)

    def question(self, cause: str, *, retrying: bool = False) -> Question:
        """What the list of a cause's documents shows."""
        return Question(cause=cause, needs_person=not retrying, retrying=retrying)

    # --- bulk orders -------------------------------------------------------------------------------------------------
    def resend(
        self, person: str, ids: Sequence[int], told: Callable[[Progress], None], stopped: Callable[[], bool],
        second: Second | None = None,
    ) -> list[Outcome]:  # fmt: skip
        """Tries the failed step of each again, and waits until it is known what became of them. On a thread that may wait.

        told: how far it is.  stopped: asked between two parts; what was ordered until then is carried out.
        Raises PER-750 where it is so many that a second person must say so too.
        """
        people, witness = self._workspace.people, None
        people.demand_for(person, "retry", ids)
        if len(ids) >= people.many():
            witness = people.witness(person, "resend_many", second, people.routes_of(ids))
        return self._carry_out(person, "retry", ids, {"witness": witness}, told, stopped)

    def dismiss(
        self, person: str, ids: Sequence[int], reason: str, told: Callable[[Progress], None],
        stopped: Callable[[], bool],
    ) -> list[Outcome]:  # fmt: skip
        """Leaves all of them alone, with one reason."""
        return self._carry_out(person, "dismiss", ids, {"reason": reason}, told, stopped)

    def take_back(
        self, person: str, ids: Sequence[int], told: Callable[[Progress], None], stopped: Callable[[], bool]
    ) -> list[Outcome]:
        """Takes dismissed documents up again."""
        return self._carry_out(person, "take_back", ids, {}, told, stopped)

    def _carry_out(
        self, person: str, order: str, ids: Sequence[int], detail: Mapping[str, Any],
        told: Callable[[Progress], None], stopped: Callable[[], bool],
    ) -> list[Outcome]:  # fmt: skip
        """detail: of each part's order; `witness` is the second person where there must be one."""
        before = self._positions(ids)
        ordered: list[int] = []
        for start in range(0, len(ids), PART):
            if stopped():
                break
            part = tuple(ids[start : start + PART])
            number = self._workspace.order(person, order, part, **detail)
            ordered += part
            if not self._wait_for_order(number, stopped):
                break
            told(Progress(len(ids), len(ordered), 0))
        became = self._wait_for_documents(order, ordered, before, len(ids), told, stopped)
        rows = self._workspace.documents.rows(list(ids))
        outcomes = [Outcome(row, became.get(row.id, Became.LEFT)) for row in rows]
        return sorted(outcomes, key=lambda each: _ORDER.index(each.became))

    def _wait_for_order(self, number: int, stopped: Callable[[], bool]) -> bool:
        """True when it was carried out; an engine that is not running takes it when it starts."""
        until = self._monotonic() + PATIENCE_S
        while self._workspace.ledger.order_result(number) == "":
            if stopped() or self._monotonic() > until:
                return False
            self._rest(LOOK_S)
        return True

    def _wait_for_documents(
        self, order: str, ids: Sequence[int], before: Mapping[int, tuple[Any, ...]], asked: int,
        told: Callable[[Progress], None], stopped: Callable[[], bool],
    ) -> dict[int, Became]:  # fmt: skip
        became: dict[int, Became] = {}
        until = self._monotonic() + PATIENCE_S
        while True:
            open_ids = [each for each in ids if became.get(each, Became.WAITING) is Became.WAITING]
            now = self._positions(open_ids)
            fresh = {each: _became(order, before[each], now[each]) for each in open_ids if each in now}
            if any(became.get(each) is not word for each, word in fresh.items()):
                until = self._monotonic() + PATIENCE_S
            became.update(fresh)
            settled = sum(word is not Became.WAITING for word in became.values())
            told(Progress(asked, len(ids), settled))
            if settled == len(ids) or stopped() or self._monotonic() > until:
                return became
            self._rest(LOOK_S)

    def _positions(self, ids: Sequence[int]) -> dict[int, tuple[Any, ...]]:
        """(state, round, failure's id, its tries, whether it waits for a person) of each document."""
        found = {}
        for start in range(0, len(ids), PART):
            for line in self._search.lines(ids[start : start + PART]):
                failure, document = line.failure, line.document
                held = (failure.id, failure.tries, failure.next_try_at is None) if failure else (0, 0, False)
                found[document.id] = (document.state, document.round, *held)
        return found


_ORDER = (Became.FAILED, Became.WAITING, Became.LEFT, Became.DONE)
"""What wants a person's eye comes first in a result list."""


def _became(order: str, before: tuple[Any, ...], now: tuple[Any, ...]) -> Became:
    state, _, failure, tries, needs_person = now
    if order == "dismiss":
        return Became.DONE if state is DocumentState.DISMISSED else Became.FAILED
    if order == "take_back":
        return Became.DONE if state is not DocumentState.DISMISSED else Became.FAILED
    if needs_person:
        again = (failure, tries) != before[2:4]
        return Became.FAILED if again else Became.WAITING
    moved = (state, now[1]) != before[:2]
    if failure == 0:
        return Became.DONE if moved or state.at_rest else Became.WAITING
    return Became.FAILED if (failure, tries) != before[2:4] else Became.WAITING


def _cause(
    blocked: Blocked, total: Mapping[str, Decimal], names: Mapping[str, str], companies: Mapping[str, str],
    shut: frozenset[str],
) -> Cause:  # fmt: skip
    money = _moneys(blocked.money)
    whole = total.get(money[0].currency, Decimal(0)) if money else Decimal(0)
    return Cause(
        blocked.cause, ErrorCode.named(blocked.example.code), named(blocked.example.facts, names), blocked.count, money,
        float(money[0].amount / whole) if money and whole else 0.0, blocked.oldest_at, blocked.next_try_at,
        tuple(sorted(blocked.routes)), tuple(sorted(companies.get(each, each) for each in blocked.routes)),
        tuple(sorted(blocked.flows)), str(blocked.example.facts.get("system", "")), not shut.isdisjoint(blocked.routes),
    )  # fmt: skip


def _moneys(sums: Mapping[str, Decimal]) -> tuple[Money, ...]:
    found = [Money(amount, currency) for currency, amount in sums.items() if amount]
    return tuple(sorted(found, key=lambda each: (-each.amount, each.currency)))
