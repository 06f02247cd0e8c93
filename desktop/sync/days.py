"""The day in a system's own zone: price validity and bill dates are days there, not here."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from desktop.domain.system import System


def day_of(system: System, at: datetime) -> str:
    """The day of an aware time in the system's zone (its option `zone`), ISO."""
    try:
        return at.astimezone(ZoneInfo(system.options.get("zone", "") or "Asia/Shanghai")).date().isoformat()
    except (ZoneInfoNotFoundError, ValueError):
        return at.date().isoformat()
