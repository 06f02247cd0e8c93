"""A flow's schedule in words, for its row and its dialog."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from desktop.domain.document import Missed
from desktop.domain.schedule import Pace, Schedule
from desktop.domain.system import FlowSwitch
from desktop.services.text import Text


def schedule_words(text: Text, switch: FlowSwitch, now: datetime) -> str:
    """One line; "" for a plain interval, which its box shows already."""
    schedule, say = switch.schedule, text.say
    if schedule == Schedule():
        return ""
    parts = []
    if schedule.pace is Pace.TIMES:
        parts.append(text.joined(schedule.times))
    elif schedule.pace is Pace.CRON:
        parts.append(f"cron {schedule.cron}")
    else:
        parts.append(say("schedule-every-told", seconds=f"{switch.every_s:g}"))
    if schedule.workdays:
        parts.append(say("schedule-workdays-told"))
    if schedule.quiet is not None:
        parts.append(say("schedule-quiet-told", first=schedule.quiet[0], last=schedule.quiet[1]))
    if schedule.month_end:
        parts.append(say("schedule-month-end-told"))
    if schedule.paused_until is not None and schedule.paused_until > now:
        parts.append(say("schedule-paused-told", when=text.clock(schedule.paused_until, now)))
    return text.joined(parts, "schedule-separator")


def missed_words(text: Text, missed: Missed | None, now: datetime) -> str:
    """What was missed lately, and that it was caught up; "" = nothing."""
    if missed is None or (now - missed.until).days >= 3:
        return ""
    since, until = text.clock(missed.since, now), text.clock(missed.until, now)
    if since[:-5] == until[:-5]:  # the same day: its date once
        until = until[-5:]
    return text.say(f"schedule-missed-{missed.why}", since=since, until=until)


def times_words(text: Text, times: Sequence[datetime], now: datetime) -> str:
    """The next moments, in one line."""
    return text.joined((text.clock(each, now) for each in times), "schedule-separator")
