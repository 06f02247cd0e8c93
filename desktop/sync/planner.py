"""When each flow runs by itself, and what was missed while nobody was here to run it.

Knows schedules, the work calendar and this machine's zone; engine.py asks it. It starts nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from desktop.domain.document import Missed
from desktop.domain.schedule import Pace, Rhythm, WorkCalendar
from desktop.domain.system import FlowSwitch
from desktop.store.catalog import Catalog
from desktop.store.ledger import Ledger

ZONE = "schedule.zone"
"""The preference: whose wall clock schedules mean, such as "Asia/Shanghai"; "" = this machine's."""
QUIET = "schedule.quiet"
"""The preference: quiet hours of every flow that has none of its own, ["22:00", "06:00"]; [] = none."""
LEAST_GAP_S = 120.0
"""So long the engine must have been away before anything counts as missed."""
_COUNTED = 200
_NEVER = timedelta(days=3650)


class FlowTrigger(BaseTrigger):
    """The scheduler's view of a rhythm. What fell into the past is caught up by one run, never by many."""

    def __init__(self, rhythm: Rhythm) -> None:
        self.rhythm = rhythm

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The next moment; a schedule that never fires again stays, far away, until it is changed."""
        after = max(previous_fire_time, now) if previous_fire_time else now
        return self.rhythm.next_after(after) or after + _NEVER

    def __getstate__(self) -> Any:
        raise TypeError("jobs are rebuilt from the catalog, never stored")


@dataclass(frozen=True, slots=True)
class Clocks:
    """What the schedules of all flows have in common. quiet: the house's quiet hours, None = it has none."""

    zone: tzinfo
    quiet: tuple[str, str] | None
    calendar: WorkCalendar


@cache
def _local_zone() -> tzinfo:
    """This machine's zone, with its changes of the clocks."""
    found: tzinfo = BackgroundScheduler().timezone
    return found


class Planner:
    """Rhythms of all flows."""

    def __init__(self, catalog: Catalog, ledger: Ledger, calendar: Callable[[], WorkCalendar]) -> None:
        self._catalog = catalog
        self._ledger = ledger
        self.calendar = calendar

    def clocks(self) -> Clocks:
        """What all flows have in common, read once for many of them."""
        kept = self._catalog.preference(QUIET, [])
        quiet = (str(kept[0]), str(kept[1])) if isinstance(kept, list) and len(kept) == 2 else None
        return Clocks(self.zone(), quiet, self.calendar())

    def zone(self) -> tzinfo:
        """The zone of all times of day."""
        name = str(self._catalog.preference(ZONE, "") or "")
        try:
            if name:
                return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            pass  # the settings page refuses it earlier
        return _local_zone()

    def rhythm(self, switch: FlowSwitch, clocks: Clocks | None = None) -> Rhythm:
        """A flow's schedule, with the quiet hours of the whole house where it has none of its own."""
        clocks = clocks or self.clocks()
        schedule = switch.schedule
        if schedule.quiet is None and clocks.quiet is not None:
            shared = replace(schedule, quiet=clocks.quiet)
            schedule = schedule if shared.wrong() == "quiet" else shared
        return Rhythm(schedule, switch.every_s, clocks.zone, clocks.calendar)

    def first_at(
        self, switch: FlowSwitch, now: datetime, *, missed: bool = False, clocks: Clocks | None = None
    ) -> datetime:
        """When a flow first runs after a start or a change: at once by an interval or where it missed something, as soon as
        nothing holds it; else at its next time."""
        rhythm = self.rhythm(switch, clocks)
        if switch.schedule.pace is not Pace.EVERY and not missed:
            return rhythm.next_after(now) or now + _NEVER
        resumes = rhythm.held_until(now)
        while resumes is not None and resumes < now + _NEVER:
            now, resumes = resumes, rhythm.held_until(resumes)
        return now

    def may_run(self, switch: FlowSwitch, at: datetime) -> bool:
        """True where nothing keeps the flow from running by itself just now."""
        return self.rhythm(switch).held_until(at) is None

    def missed(self, since: datetime, now: datetime, why: str) -> set[tuple[str, str]]:
        """Notes every flow whose time came between `since` and now, when nobody was here; answers which."""
        gap_s = (now - since).total_seconds()
        if gap_s < LEAST_GAP_S:
            return set()
        found: list[Missed] = []
        clocks = self.clocks()
        for route in self._catalog.routes():
            for switch in route.switches:
                if not switch.on or (gap_s < 2 * switch.every_s and switch.schedule.pace is Pace.EVERY):
                    continue
                times = self.rhythm(switch, clocks).due_between(since, now, _COUNTED)
                if times:
                    found.append(Missed(route.id, switch.flow_id, times[0], now, len(times), why))
        if found:
            with self._ledger.change(now) as change:
                for each in found:
                    change.miss(each)
        return {(each.route_id, each.flow_id) for each in found}
