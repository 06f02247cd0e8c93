"""When flows run: schedules, the work calendar, what a night off or asleep leaves behind, a clock that was set."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.schedule import Pace, Rhythm, Schedule, as_kept, from_kept, read_cron
from desktop.services.site import export_site, import_site
from desktop.services.workspace import RESOURCES
from desktop.store.calendars import Calendars, read_calendar
from tests.conftest import Clock, House

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
CHINA = read_calendar(RESOURCES / "calendars" / "china.toml")


def at(told: str, zone: tzinfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(told).replace(tzinfo=zone)


def nexts(
    schedule: Schedule, after: str, count: int = 1, *, every_s: float = 60, zone: tzinfo = SHANGHAI
) -> list[str]:
    """The next times, on the wall clock of the zone."""
    rhythm, now, found = Rhythm(schedule, every_s, zone, CHINA), at(after, zone), []
    while len(found) < count and (following := rhythm.next_after(now)):
        found.append(following.astimezone(zone).strftime("%m-%d %H:%M"))
        now = following
    return found


TIMES = Schedule(Pace.TIMES, times=("08:30", "13:00"))


@pytest.mark.parametrize(
    ("schedule", "after", "expected"),
    [
        (Schedule(), "2026-03-02T10:00", ["03-02 10:01", "03-02 10:02"]),
        (Schedule(quiet=("22:00", "06:00")), "2026-03-02T21:59", ["03-03 06:00", "03-03 06:01"]),
        (Schedule(quiet=("12:00", "13:30")), "2026-03-02T12:10", ["03-02 13:30", "03-02 13:31"]),
        (TIMES, "2026-03-02T08:30", ["03-02 13:00", "03-03 08:30"]),
        # National Day 2026: off from October 1st to 7th, and Saturday the 10th is worked instead.
        (replace(TIMES, times=("08:30",), workdays=True), "2026-09-30T09:00", ["10-08 08:30", "10-09 08:30", "10-10 08:30", "10-12 08:30"]),
        (Schedule(workdays=True), "2026-02-14T23:59:30", ["02-24 00:00", "02-24 00:01"]),
        (Schedule(Pace.CRON, cron="0 9-10 1,15 * *"), "2026-03-02T10:00", ["03-15 09:00", "03-15 10:00", "04-01 09:00"]),
        (Schedule(Pace.CRON, cron="*/30 8 * * 1"), "2026-03-02T08:10", ["03-02 08:30", "03-09 08:00"]),
        (Schedule(Pace.CRON, cron="0 0 13 * 5"), "2026-03-02T00:00", ["03-06 00:00", "03-13 00:00", "03-20 00:00"]),
        (Schedule(paused_until=at("2026-03-04T07:00")), "2026-03-02T10:00", ["03-04 07:00", "03-04 07:01"]),
        (replace(TIMES, paused_until=at("2026-03-04T08:30")), "2026-03-02T10:00", ["03-04 08:30", "03-04 13:00"]),
        (Schedule(workdays=True, month_end=True, month_end_s=60), "2026-10-31T23:58:30", ["10-31 23:59", "11-02 00:00"]),
    ],
)  # fmt: skip
def test_the_next_times_of_a_schedule(schedule: Schedule, after: str, expected: list[str]) -> None:
    assert nexts(schedule, after, len(expected)) == expected


def test_a_change_of_the_clocks_moves_no_time_of_day() -> None:
    """In Berlin 02:30 is left out on March 29th, and comes twice on October 25th."""
    daily = Schedule(Pace.TIMES, times=("02:30",))
    spring = Rhythm(daily, 60, BERLIN).due_between(
        at("2026-03-28T12:00", BERLIN), at("2026-03-30T12:00", BERLIN)
    )
    assert [each.astimezone(UTC).strftime("%d %H:%M") for each in spring] == ["29 01:30", "30 00:30"]
    autumn = Rhythm(daily, 60, BERLIN).due_between(
        at("2026-10-24T12:00", BERLIN), at("2026-10-26T12:00", BERLIN)
    )
    assert [each.astimezone(UTC).strftime("%d %H:%M") for each in autumn] == ["25 00:30", "26 01:30"]


def test_quiet_hours_that_end_in_a_doubled_hour_end_once_and_never_before_now() -> None:
    """A moment that lies behind would be asked for again and again by whoever waits for the next one."""
    rhythm = Rhythm(Schedule(quiet=("22:00", "02:30")), 60, BERLIN)
    for minute in range(60):
        for fold in (0, 1):
            now = at(f"2026-10-25T02:{minute:02}", BERLIN).replace(fold=fold).astimezone(UTC)
            found = rhythm.next_after(now)
            assert found is not None and found > now
    second = at("2026-10-25T02:10", BERLIN).replace(fold=1)
    assert rhythm.held_until(second) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("told", ["²:30", "8:0²", "24:00", "8.30", "", "a:b"])
def test_what_is_no_time_of_day_is_refused(told: str) -> None:
    assert Schedule(Pace.TIMES, times=(told,)).wrong() == "times"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "* * * *",
        "60 * * * *",
        "* * 0 * *",
        "5-1 * * * *",
        "a * * * *",
        "*/0 * * * *",
        "* * 31 2 *",
        "٣ * * * *",
    ],
)
def test_a_cron_line_that_cannot_be_meant_is_refused(line: str) -> None:
    assert Schedule(Pace.CRON, cron=line).wrong() == "cron"


def test_sunday_has_two_numbers() -> None:
    assert read_cron("0 0 * * 0") == read_cron("0 0 * * 7")


def test_the_month_end_begins_three_working_days_before_its_last_day() -> None:
    days = [date(2026, 11, 1) + timedelta(days=each) for each in range(30)]
    assert [day.day for day in days if CHINA.month_end(day)] == [26, 27, 28, 29, 30]


def test_a_schedule_survives_the_store_and_the_site_file(house: House) -> None:
    schedule = Schedule(
        Pace.TIMES, ("08:30",), "", True, ("22:00", "06:00"), at("2026-12-01T08:00").astimezone(UTC), True, 30
    )
    assert from_kept(as_kept(schedule)) == schedule and as_kept(Schedule()) == {}
    house.workspace.systems.save_route("chenjing", planned(house, schedule))
    assert switch_of(house).schedule == schedule
    line = house.workspace.trail.entries("route:c100")[-1]
    assert line.actor == "chenjing" and line.detail["schedules"]["sales_order"]["times"] == ["08:30"]
    told = export_site(house.workspace)
    house.workspace.systems.save_route("chenjing", planned(house, Schedule()))
    import_site(house.workspace, told, "site.toml", "chief")
    assert switch_of(house).schedule == schedule
    with pytest.raises(SyncError) as refused:
        import_site(house.workspace, told.replace("08:30", "8.30"), "site.toml", "chief")
    assert refused.value.code is ErrorCode.SITE_FILE_WRONG and "schedule.times" in str(
        refused.value.facts["line"]
    )
    with pytest.raises(SyncError) as refused:
        house.workspace.systems.save_route("chenjing", planned(house, Schedule(Pace.CRON, cron="soon")))
    assert refused.value.code is ErrorCode.ARGUMENT_WRONG and switch_of(house).schedule == schedule


def test_the_users_own_calendar_is_used_and_a_broken_one_is_told(tmp_path: Path) -> None:
    calendars = Calendars(RESOURCES / "calendars" / "china.toml", tmp_path / "calendar.toml")
    assert calendars.read() is calendars.read() and not calendars.read().is_workday(date(2026, 10, 1))
    own = calendars.make_own()
    own.write_text('[2026]\nholidays = ["2026-12-24..2026-12-31"]\nworkdays = ["2026-10-01"]\n', "utf-8")
    assert not calendars.read().is_workday(date(2026, 12, 28)) and calendars.read().is_workday(
        date(2026, 10, 1)
    )
    own.write_text('[2026]\nholidays = ["2026-13-24"]\n', "utf-8")
    with pytest.raises(SyncError) as wrong:
        calendars.read()
    assert wrong.value.code is ErrorCode.CALENDAR_WRONG and wrong.value.facts["said"] == "2026-13-24"
    assert calendars.in_force() == CHINA


# The engine -------------------------------------------------------------------------------------------------------


@pytest.fixture
def simulated(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """The scheduler goes by the house's clock, and looks at it often."""

    class Machine(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return house.clock.now()

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", Machine)
    monkeypatch.setattr("desktop.sync.engine.WATCH_S", 0.05)
    return house


def planned(house: House, schedule: Schedule, every_s: float = 0.2):  # type: ignore[no-untyped-def]
    route = next(each for each in house.workspace.catalog.routes() if each.id == "c100")
    switches = tuple(replace(each, schedule=schedule, every_s=every_s) for each in route.switches)
    return replace(route, switches=switches)


def switch_of(house: House):  # type: ignore[no-untyped-def]
    return next(each for each in house.workspace.catalog.routes() if each.id == "c100").switches[0]


def plan(house: House, schedule: Schedule, every_s: float = 0.2) -> None:
    house.workspace.catalog.set_preference("schedule.zone", "UTC")
    house.workspace.systems.save_route("chief", planned(house, schedule, every_s))


def wait(until: Callable[[], object], within_s: float = 20.0) -> None:
    end = time.monotonic() + within_s
    while not until():
        assert time.monotonic() < end, "never"
        time.sleep(0.02)


def runs(house: House) -> int:
    return sum(run.ended_at is not None for run in house.workspace.ledger.last_runs(500))


def hours_from(clock: Clock, hours: float) -> str:
    return (clock.now() + timedelta(hours=hours)).strftime("%H:%M")


def test_a_night_slept_through_is_caught_up_once_and_told(simulated: House) -> None:
    house, clock = simulated, simulated.clock
    plan(house, Schedule(Pace.TIMES, (hours_from(clock, 2), hours_from(clock, 3))))
    bill = house.order()
    house.workspace.engine.start()
    wait(lambda: house.workspace.catalog.last_beat("engine"))
    clock.pass_s(6 * 3600)
    wait(lambda: runs(house))
    missed = house.workspace.ledger.last_missed()["c100", "sales_order"]
    assert (missed.times, missed.why) == (2, "asleep") and missed.since.strftime("%H:%M") == hours_from(
        clock, -4
    )
    house.workspace.engine.stop()
    assert runs(house) == 1 and len(house.requests(bill)) == 1
    state = next(each for each in house.workspace.systems.routes() if each.route.id == "c100")
    assert state.missed["sales_order"] == missed and state.next_runs["sales_order"] > clock.now()


def test_what_was_due_while_the_program_was_off_runs_at_the_start_and_nothing_else(simulated: House) -> None:
    house, clock = simulated, simulated.clock
    plan(house, Schedule(Pace.TIMES, (hours_from(clock, 5),)))
    house.workspace.engine.start()
    wait(lambda: house.workspace.catalog.last_beat("engine"))
    house.restart(3 * 3600)  # nothing was due
    house.workspace.engine.start()
    wait(lambda: house.workspace.catalog.last_beat("engine")[0] > clock.now() - timedelta(hours=1))
    assert not house.workspace.ledger.last_missed() and not runs(house)
    house.restart(3 * 3600)
    house.workspace.engine.start()
    wait(lambda: runs(house))
    assert house.workspace.ledger.last_missed()["c100", "sales_order"].why == "off"


def test_a_clock_set_back_stops_nothing(simulated: House) -> None:
    house = simulated
    plan(house, Schedule())
    house.workspace.engine.start()
    wait(lambda: runs(house))
    house.clock.machine_s = -7200.0
    before = runs(house)
    wait(lambda: runs(house) > before + 2)


def test_a_pause_holds_but_for_who_names_the_flow(simulated: House) -> None:
    house, clock = simulated, simulated.clock
    plan(house, Schedule(paused_until=clock.now() + timedelta(days=1)))
    engine = house.workspace.engine
    engine.start()
    engine.run_now()
    assert engine.wake("k3") == 0
    house.workspace.systems.run_flow_now("chenjing", "c100", "sales_order")
    wait(lambda: runs(house))
    engine.stop()
    assert runs(house) == 1
