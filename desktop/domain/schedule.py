"""When a flow runs: by interval, at fixed times or by a cron line, on working days, outside quiet hours.

Pure: given a moment, a zone and a calendar, the next moment. Times of day are wall-clock times of `zone`, so that a change
of the clocks moves nothing; a time that a change leaves out runs right after it, a doubled one runs once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum
from functools import lru_cache
from typing import Any

_FAR = timedelta(days=4 * 366)
_DAY = timedelta(days=1)
_CRON = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
MONTH_END_DAYS = 3
"""The month end begins so many working days before the last day of a month."""


class Pace(Enum):
    """What decides when a flow runs."""

    EVERY = "every"
    TIMES = "times"
    CRON = "cron"


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Which days are worked on: Monday to Friday, but for holidays and for weekends that are worked instead.

    years:  the years that the calendar knows; provisional: those of them that nobody has confirmed yet.
    """

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()
    provisional: frozenset[int] = frozenset()

    def is_workday(self, day: date) -> bool:
        """True where people work on that day."""
        if day in self.workdays:
            return True
        return day.weekday() < 5 and day not in self.holidays

    def month_end(self, day: date) -> date | None:
        """The last day of the month where `day` is within MONTH_END_DAYS working days of it, else None."""
        last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - _DAY
        left = sum(self.is_workday(day + timedelta(days=each)) for each in range((last - day).days + 1))
        return last if left <= MONTH_END_DAYS else None


@dataclass(frozen=True, slots=True)
class Pause:
    """The whole engine stands still because a person said so. until: aware UTC, None = until a person resumes it."""

    by: str
    at: datetime
    why: str = ""
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """False where its end is over."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Schedule:
    """How a flow's runs are spread. The interval itself stands on the switch (`every_s`).

    times:        "08:30", in order, for Pace.TIMES.  cron: five fields, for Pace.CRON.
    workdays:     only on days that the work calendar knows as such.
    quiet:        ("22:00", "06:00"): no run by itself in between; may pass midnight.
    paused_until: no run by itself before then (aware UTC).
    month_end:    near the end of a month neither quiet hours nor days off hold, and the interval is `month_end_s` at most.
    """

    pace: Pace = Pace.EVERY
    times: tuple[str, ...] = ()
    cron: str = ""
    workdays: bool = False
    quiet: tuple[str, str] | None = None
    paused_until: datetime | None = None
    month_end: bool = False
    month_end_s: float = 15.0

    def wrong(self) -> str:
        """The name of the first field that cannot be meant; "" = all are well."""
        if self.pace is Pace.TIMES and (not self.times or any(clock_of(each) is None for each in self.times)):
            return "times"
        if self.pace is Pace.CRON and (read_cron(self.cron) is None or not _ever(self.cron)):
            return "cron"
        if self.quiet is not None:
            first, last = (clock_of(each) for each in self.quiet)
            if first is None or last is None or first == last:
                return "quiet"
        return "" if 1 <= self.month_end_s < 86_400 else "month_end_s"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A schedule with all that it takes to tell a moment."""

    schedule: Schedule
    every_s: float
    zone: tzinfo = UTC
    calendar: WorkCalendar = field(default_factory=WorkCalendar)

    def next_after(self, after: datetime) -> datetime | None:
        """The first moment later than `after` at which the flow runs by itself; None where there is none in years."""
        end, at = after + _FAR, after
        while at < end:
            found = self._next_beat(at)
            if found is None:
                return None
            resumes = self.held_until(found)
            if resumes is None:
                return found
            if self.schedule.pace is Pace.EVERY:
                # An interval begins anew where it was held, on the very moment.
                while resumes is not None and resumes < end:
                    found, resumes = resumes, self.held_until(resumes)
                return found if resumes is None else None
            at = max(found, resumes - timedelta(microseconds=1))
        return None

    def held_until(self, at: datetime) -> datetime | None:
        """Until when no run begins by itself, as seen at `at`; None = it may begin."""
        schedule = self.schedule
        if schedule.paused_until is not None and at < schedule.paused_until:
            return schedule.paused_until
        here = at.astimezone(self.zone)
        if schedule.month_end and self.calendar.month_end(here.date()):
            return None
        if schedule.workdays and not self.calendar.is_workday(here.date()):
            return self._wall(here.date() + _DAY, time())
        if schedule.quiet is not None:
            return self._quiet_until(here, schedule.quiet)
        return None

    def _quiet_until(self, here: datetime, quiet: tuple[str, str]) -> datetime | None:
        first, last = (clock_of(each) or time() for each in quiet)
        now = here.timetz().replace(tzinfo=None)
        over_night = last <= first
        inside = (now >= first or now < last) if over_night else first <= now < last
        if not inside:
            return None
        day = here.date() + (_DAY if over_night and now >= first else timedelta())
        until = self._wall(day, last)
        # In an hour that the clocks tell twice the first of both is over already.
        return until if until > here else self._wall(day, last.replace(fold=1))

    def due_between(self, after: datetime, until: datetime, most: int = 1000) -> list[datetime]:
        """The moments after `after`, up to and with `until`, at which it would have run; `most` of them."""
        found: list[datetime] = []
        at = after
        while len(found) < most:
            following = self.next_after(at)
            if following is None or following > until:
                break
            found.append(following)
            at = following
        return found

    def _next_beat(self, after: datetime) -> datetime | None:
        schedule = self.schedule
        if schedule.pace is Pace.EVERY:
            every_s = max(0.05, self.every_s)
            here = after.astimezone(self.zone).date()
            if schedule.month_end and self.calendar.month_end(here):
                every_s = min(every_s, schedule.month_end_s)
            return after + timedelta(seconds=every_s)
        if schedule.pace is Pace.TIMES:
            clocks = sorted({clock for each in schedule.times if (clock := clock_of(each)) is not None})
            return self._first(after, lambda day: iter(clocks), 400)
        fields = read_cron(schedule.cron)
        return None if fields is None else self._first(after, fields.times, _FAR.days)

    def _first(self, after: datetime, times: Any, days: int) -> datetime | None:
        day = after.astimezone(self.zone).date() - _DAY
        for _ in range(days + 2):
            for clock in times(day):
                if (at := self._wall(day, clock)) > after:
                    return at
            day += _DAY
        return None

    def _wall(self, day: date, clock: time) -> datetime:
        """The moment of a wall-clock time. Left out by a change of the clocks: just as long after the change."""
        return datetime.combine(day, clock, self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron line, read. `either`: day of month and weekday both given, one of them is enough."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool

    def times(self, day: date) -> Iterator[time]:
        """The times of a day, in order."""
        if day.month not in self.months:
            return
        by_day, by_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        if (by_day or by_week) if self.either else (by_day and by_week):
            for hour in self.hours:
                for minute in self.minutes:
                    yield time(hour, minute)


@lru_cache(maxsize=256)
def read_cron(line: str) -> Cron | None:
    """Five fields: minute, hour, day, month, weekday (0 and 7 = Sunday); `*`, lists, ranges, steps. None: not readable."""
    parts = line.split()
    if len(parts) != 5:
        return None
    sets = [_cron_field(part, low, high) for part, (low, high) in zip(parts, _CRON, strict=True)]
    if any(not each for each in sets):
        return None
    minutes, hours, days, months, weekdays = sets
    either = not parts[2].startswith("*") and not parts[4].startswith("*")
    return Cron(
        tuple(sorted(minutes)), tuple(sorted(hours)), frozenset(days), frozenset(months),
        frozenset(each % 7 for each in weekdays), either,
    )  # fmt: skip


def _cron_field(text: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        numbers = [each for each in (first if span != "*" else "", last, step) if each]
        if not all(each.isascii() and each.isdigit() and len(each) < 3 for each in numbers) or not span:
            return set()
        if (dash and not last) or ("/" in part and not (step and int(step))):
            return set()
        begin = low if span == "*" else int(first)
        end = high if span == "*" or (step and not dash) else int(last or first)
        if not low <= begin <= end <= high:
            return set()
        found.update(range(begin, end + 1, int(step or 1)))
    return found


@lru_cache(maxsize=256)
def _ever(line: str) -> bool:
    """False for a line that no day fits, such as the 31st of February."""
    return Rhythm(Schedule(Pace.CRON, cron=line), 0).next_after(datetime(2026, 1, 1, tzinfo=UTC)) is not None


def clock_of(text: str) -> time | None:
    """ "9:30" or "09:30" as a time of day; None where it is none."""
    hours, _, minutes = text.partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and len(hours) <= 2 and len(minutes) == 2):
        return None
    return time(int(hours), int(minutes)) if int(hours) < 24 and int(minutes) < 60 else None


def as_kept(schedule: Schedule) -> dict[str, Any]:
    """Plain values, only what differs from a plain interval: for the store and the site file."""
    plain: dict[str, Any] = {"pace": schedule.pace.value, "times": list(schedule.times), "cron": schedule.cron,
                             "workdays": schedule.workdays, "quiet": list(schedule.quiet or ()),
                             "paused_until": schedule.paused_until.isoformat() if schedule.paused_until else "",
                             "month_end": schedule.month_end, "month_end_s": schedule.month_end_s}  # fmt: skip
    usual = {"pace": "every", "month_end_s": 15.0}
    return {name: value for name, value in plain.items() if value and value != usual.get(name)}


def from_kept(kept: Mapping[str, Any]) -> Schedule:
    """The inverse of as_kept. Raises ValueError with the name of a field that cannot be read."""
    known = {"pace", "times", "cron", "workdays", "quiet", "paused_until", "month_end", "month_end_s"}
    for name in kept:
        if name not in known:
            raise ValueError(name)
    try:
        name = "pace"
        pace = Pace(str(kept.get("pace", "every")))
        name = "times"
        times = tuple(_list(kept.get("times", ())))
        name = "quiet"
        quiet = tuple(_list(kept.get("quiet", ())))
        if len(quiet) not in (0, 2):
            raise ValueError
        name = "paused_until"
        told = str(kept.get("paused_until") or "")
        until = datetime.fromisoformat(told) if told else None
        if until is not None and until.tzinfo is None:
            raise ValueError
        name = "month_end_s"
        month_end_s = float(kept.get("month_end_s", 15.0))
        for name in ("workdays", "month_end"):
            if type(kept.get(name, False)) is not bool:
                raise ValueError
    except (TypeError, ValueError):
        raise ValueError(name) from None
    schedule = Schedule(
        pace, times, str(kept.get("cron", "")), bool(kept.get("workdays")), (quiet[0], quiet[1]) if quiet else None,
        until.astimezone(UTC) if until else None, bool(kept.get("month_end")), month_end_s,
    )  # fmt: skip
    if wrong := schedule.wrong():
        raise ValueError(wrong)
    return schedule


def _list(given: Any) -> list[str]:
    if not isinstance(given, list | tuple) or not all(isinstance(each, str) for each in given):
        raise ValueError
    return list(given)
