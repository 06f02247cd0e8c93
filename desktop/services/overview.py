"""What the overview shows: where everything stands, what it is worth, how long it takes, and what it saves.

Every figure is defined here and nowhere else. The answer is kept until something moves.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from desktop.domain.document import DocumentState
from desktop.domain.flow import Flow
from desktop.domain.record import Money
from desktop.services.masking import hidden
from desktop.services.reconcile import total
from desktop.store.figures import SAMPLE, Done, Figures, Open, Standing, Step, Trouble

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

__all__ = [
    "HANDLED_S",
    "SAMPLE",
    "TYPED_S",
    "WINDOW",
    "Cause",
    "Day",
    "Overview",
    "Overviews",
    "Tally",
    "Trouble",
    "company",
]

DAYS = 14
"""Days of the bars; today is the last one."""
WINDOW = timedelta(days=30)
"""What the first-pass rate and the saved work look back over."""
TYPED_S, HANDLED_S = 6, 300
"""Assumptions of the saved work: seconds to type one field, and to handle one failure."""
LATE_S = 900.0
"""A document that took longer than this to reach the other side, without any failure, was late."""
FIRST = frozenset({"open_request", "save_bill"})
LAST = frozenset({"audit_bill", "write_back"})


@dataclass(frozen=True, slots=True)
class Tally:
    """One company's flow (or a company, flow_id ""; or everything, both ""). stuck is part of the others."""

    route_id: str
    flow_id: str
    waiting: int = 0
    flowing: int = 0
    stuck: int = 0
    today: int = 0
    under_way: tuple[Money, ...] = ()
    blocked: tuple[Money, ...] = ()
    oldest: datetime | None = None

    @property
    def idle(self) -> bool:
        """True where nothing stands and nothing was done today."""
        return not (self.waiting or self.flowing or self.stuck or self.today)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why documents wait for a person: equal reasons together, the one that blocks most first."""

    cause: str
    code: str
    facts: Mapping[str, object]
    count: int
    blocked: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """One day: what was done, what failed on it, and how many of those were not mended on the same day.

    minutes: how long the mended ones took, the median (None: none was)."""

    begins: datetime
    done: int
    failed: int
    left: int
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Lead:
    """How long a part of the way takes, in seconds: half of the documents, and nine in ten, take no longer.

    name: "send" (found until the other side has it), "approval" (until decided), "write" (until it is done)."""

    name: str
    half_s: float
    most_s: float


@dataclass(frozen=True, slots=True)
class Desk:
    """How long requests lie on somebody's desk, or at a node: half of them, and nine in ten, no longer, in seconds."""

    name: str
    count: int
    half_s: float
    most_s: float


@dataclass(frozen=True, slots=True)
class Saved:
    """Fields that nobody typed a second time within WINDOW, and what that is by the stated assumptions.

    handled: documents that ever had a failure.  factor: time to type them all, by time to handle those; None: no failure."""

    fields: int = 0
    documents: int = 0
    seconds: int = 0
    handled: int = 0
    factor: float | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """One look at everything. tallies: flows, in the order of companies. first_pass: None before anything was done."""

    at: datetime
    titles: Mapping[str, str]
    whole: Tally
    tallies: tuple[Tally, ...] = ()
    causes: tuple[Cause, ...] = ()
    days: tuple[Day, ...] = ()
    done: int = 0
    again: int = 0
    leads: tuple[Lead, ...] = ()
    approvers: tuple[Desk, ...] = ()
    nodes: tuple[Desk, ...] = ()
    month_end: tuple[date, int] | None = None
    """Near the end of a month: its last day, and the working days that are left, today included."""
    saved: Saved = field(default_factory=Saved)

    @property
    def first_pass(self) -> float | None:
        """Done in one round and without any failure, by all that were done within WINDOW."""
        return (self.done - self.again) / self.done if self.done else None

    @property
    def empty(self) -> bool:
        """True where no document was ever carried, as far as anyone can see here."""
        return self.whole.idle and not self.done and not any(each.done for each in self.days)


class Overviews:
    """Makes overviews, and keeps the last one while nothing moves."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._figures = Figures(workspace.store)
        self._lock = threading.Lock()
        self._kept: tuple[tuple[object, ...], Overview] | None = None

    def look(self) -> Overview:
        """The overview of all companies that the person at the window sees. Some 100 ms over a million documents; nothing
        while all rests."""
        people = self._workspace.people
        return people.shown(self._looked(people.seat.routes))

    def whole(self) -> Overview:
        """Of all companies, whoever sits here, accounts masked: for what is written or mailed by itself, to be read by whom
        nobody knows."""
        return hidden(self._looked(()))

    def _looked(self, sight: tuple[str, ...]) -> Overview:
        now = self._workspace.now()
        key = (self._figures.mark(), now.astimezone().date(), self._workspace.catalog.revision(), sight)
        with self._lock:
            if self._kept is None or self._kept[0] != key:
                self._kept = (key, self._make(now, sight))
            return self._kept[1]

    def _make(self, now: datetime, sight: tuple[str, ...]) -> Overview:
        figures = self._figures
        routes = [each for each in self._workspace.catalog.routes() if not sight or each.id in sight]
        ids = {each.id for each in routes}
        edges = _midnights(now)
        standing = [each for each in figures.standing() if each.route_id in ids]
        today = {
            (each.route_id, each.flow_id): each.count
            for each in figures.done(edges[-2])
            if each.route_id in ids
        }
        done = [each for each in figures.done(now - WINDOW) if each.route_id in ids]
        tallies = _tallies([each.id for each in routes], standing, today)
        failures, opinions = figures.failures_since(edges[0], sight), figures.opinions(sight)
        return Overview(
            at=now, titles={each.id: each.title or each.company or each.id for each in routes},
            whole=_added("", "", tallies), tallies=tuple(tallies),
            causes=_causes(each for each in figures.open_failures() if each.route_id in ids),
            days=_days(edges, figures.done_between(edges, sight), failures),
            done=sum(each.count for each in done), again=sum(each.again for each in done), leads=_leads(figures.steps(sight)),
            saved=_saved(done, self._workspace.flows), approvers=_desks(opinions, "person"),
            nodes=_desks(opinions, "node"), month_end=self.month_end(now),
        )  # fmt: skip

    def month_end(self, now: datetime) -> tuple[date, int] | None:
        """Within three working days of it: the month's last day, and the working days that are left, today included."""
        calendar, today = self._workspace.calendars.in_force(), now.astimezone().date()
        last = calendar.month_end(today)
        if last is None:
            return None
        days = (today + timedelta(days=each) for each in range((last - today).days + 1))
        return last, sum(calendar.is_workday(each) for each in days)

    def day(self, begins: datetime) -> list[Trouble]:
        """What failed or was late on one day, whatever became of it since; of companies that may be seen here."""
        ends = (begins.astimezone().replace(tzinfo=None) + timedelta(days=1)).astimezone()
        people = self._workspace.people
        return people.shown(self._figures.troubles(begins, ends, LATE_S, people.seat.routes))


def company(overview: Overview, route_id: str) -> Tally:
    """One company's flows added up."""
    return _added(route_id, "", [each for each in overview.tallies if each.route_id == route_id])


def _midnights(now: datetime) -> list[datetime]:
    """The local midnights that begin each of the last DAYS days, and the one that ends today."""
    today = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return [(today - timedelta(days=DAYS - 1 - back)).astimezone() for back in range(DAYS + 1)]


def _tallies(
    routes: Sequence[str], standing: Sequence[Standing], today: Mapping[tuple[str, str], int]
) -> list[Tally]:
    groups: dict[tuple[str, str], list[Standing]] = {key: [] for key in today}
    for each in standing:
        groups.setdefault((each.route_id, each.flow_id), []).append(each)
    order = {route: place for place, route in enumerate(routes)}
    return [
        _tally(route, flow, groups[route, flow], today.get((route, flow), 0))
        for route, flow in sorted(groups, key=lambda key: (order[key[0]], key[1]))
    ]


def _tally(route: str, flow: str, standing: Sequence[Standing], today: int) -> Tally:
    moving = [each for each in standing if not each.state.at_rest]
    stuck = [each for each in standing if each.needs_person]
    waiting = sum(each.count for each in moving if each.state is DocumentState.FOUND)
    return Tally(
        route, flow, waiting, sum(each.count for each in moving) - waiting, sum(each.count for each in stuck), today,
        total(money for each in moving for money in each.money), total(money for each in stuck for money in each.money),
        min((each.since for each in moving), default=None),
    )  # fmt: skip


def _added(route: str, flow: str, tallies: Sequence[Tally]) -> Tally:
    return Tally(
        route, flow, sum(each.waiting for each in tallies), sum(each.flowing for each in tallies),
        sum(each.stuck for each in tallies), sum(each.today for each in tallies),
        total(money for each in tallies for money in each.under_way),
        total(money for each in tallies for money in each.blocked),
        min((each.oldest for each in tallies if each.oldest is not None), default=None),
    )  # fmt: skip


def _causes(waiting: Iterable[Open]) -> tuple[Cause, ...]:
    groups: dict[str, list[Open]] = {}
    for each in waiting:
        groups.setdefault(each.cause, []).append(each)
    causes = [
        Cause(
            cause, rows[0].code, rows[0].facts, len(rows), total(each.amount for each in rows if each.amount)
        )
        for cause, rows in groups.items()
    ]

    def weight(cause: Cause) -> tuple[Decimal, int]:
        return sum((each.amount for each in cause.blocked), Decimal(0)), cause.count

    return tuple(sorted(causes, key=weight, reverse=True))


def _days(
    edges: Sequence[datetime], done: Sequence[int], failures: Sequence[tuple[datetime, datetime | None, str]]
) -> tuple[Day, ...]:
    days = []
    for begins, ends, count in zip(edges, edges[1:], done, strict=False):
        mine = [(opened, closed) for opened, closed, _ in failures if begins <= opened < ends]
        took = sorted((closed - opened).total_seconds() for opened, closed in mine if closed is not None)
        left = sum(closed is None or closed >= ends for _, closed in mine)
        minutes = round(_share(took, 0.5) / 60) if took else None
        days.append(Day(begins, count, len(mine), left, minutes))
    return tuple(days)


def _leads(steps: Sequence[Step]) -> tuple[Lead, ...]:
    """From the first send's and the last write's attempts of each document."""
    sent: dict[int, Step] = {}
    ended: dict[int, Step] = {}
    for each in steps:
        if each.step in FIRST:
            sent.setdefault(each.document_id, each)
        if each.step in LAST:
            ended[each.document_id] = each
    both = [(sent[key], ended[key]) for key in sent if key in ended]
    approvals = [pair for pair in both if pair[0].step == "open_request"]
    found = {
        "send": [(first.ended_at - first.created_at).total_seconds() for first, _ in both],
        "approval": [(last.started_at - first.ended_at).total_seconds() for first, last in approvals],
        "write": [
            (last.ended_at - (last.started_at if first.step == "open_request" else first.ended_at)).total_seconds()
            for first, last in both
        ],
    }  # fmt: skip
    return tuple(
        Lead(name, max(0.0, _share(sorted(took), 0.5)), max(0.0, _share(sorted(took), 0.9)))
        for name, took in found.items()
        if took
    )


def _desks(rounds: Sequence[tuple[datetime, Sequence[Mapping[str, str]]]], by: str) -> tuple[Desk, ...]:
    """From the opinions: each lay there since the one before it (or since the request was opened). The slowest first."""
    took: dict[str, list[float]] = {}
    for opened, opinions in rounds:
        since = opened
        for each in opinions:
            at = _moment(each.get("at", ""))
            if at is None or at < since:
                continue
            if name := str(each.get(by, "")).strip():
                took.setdefault(name, []).append((at - since).total_seconds())
            since = at
    desks = [
        Desk(name, len(times), _share(sorted(times), 0.5), _share(sorted(times), 0.9))
        for name, times in took.items()
    ]
    return tuple(sorted(desks, key=lambda each: each.half_s, reverse=True))


def _moment(told: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(told)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo is not None else None


def _share(ordered: Sequence[float], share: float) -> float:
    """The smallest value that this share of all does not exceed (nearest rank)."""
    rank = -(-len(ordered) * share // 1)
    return ordered[max(0, int(rank) - 1)]


def _saved(done: Sequence[Done], flows: Mapping[str, Flow]) -> Saved:
    """Header fields only: lines are more, and left out so that the figure is never too high."""
    fields = sum(each.count * _fields(flows[each.flow_id]) for each in done if each.flow_id in flows)
    handled = sum(each.failed for each in done)
    seconds, spent = fields * TYPED_S, handled * HANDLED_S
    return Saved(
        fields, sum(each.count for each in done), seconds, handled, seconds / spent if spent else None
    )


def _fields(flow: Flow) -> int:
    """What one document's header takes to type: the request's fields, or those of every bill we fill in."""
    return len(flow.fields) + sum(len(leg.fields) for leg in flow.legs)
