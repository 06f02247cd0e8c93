"""How often an OA that meters its calls is asked. A hint that names its request costs one read, whenever it comes; these are
the listings: those by themselves, those that a hint without a name makes due, and those that a person orders.

Half of the month's calls are for looking what became of requests, shared by the flows that the OA carries; the other half is
for reading what has ended and for opening, withdrawing and telling. Where the OA tells by itself what ended, a tenth is: the
listings only make sure that nothing was lost.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from desktop.connectors.base import Capabilities
from desktop.store.catalog import Catalog
from desktop.sync.sweep import Memory

_CALLS = "engine.calls."
_MONTH_S = 30 * 86_400.0
_SHARE, _SHARE_TOLD = 0.5, 0.1
_HURRY = 1 / 8
_NET_S = 86_400.0
"""A net is cast once a day where the month's calls allow it: what tells of one form's events may not tell of another's."""

_SLOW = (timedelta(minutes=1), timedelta(minutes=15))
_SLOW_METERED = (timedelta(hours=6), timedelta(hours=24))
_SLOW_LISTED = (timedelta(days=3), timedelta(days=7))
"""The slow clock's bounds: how soon a request is asked for singly again, and how late at most."""


def call_lasts_s(calls_a_month: int, flows: int, *, told: bool = False) -> float:
    """How many seconds each call of a listing must last for one of `flows` flows; 0.0 where nobody meters. told: the OA tells
    by itself, and has done so lately."""
    share = _SHARE_TOLD if told else _SHARE
    return _MONTH_S * max(1, flows) / (calls_a_month * share) if calls_a_month else 0.0


def may_list(
    memory: Memory, lasts_s: float, now_s: float, *, ordered: bool, hinted: bool = False, told: bool = False
) -> bool:
    """False while the last listing's calls still have to last. now_s: monotonic. hinted: something happened, nobody said
    where: listed at once, but a second such listing only after an eighth of that time. told: as in call_lasts_s; then a day
    is the longest, but where even half of the month's calls would not bear that."""
    if not lasts_s or ordered or memory.listed_at is None:
        return True
    lasts_s *= memory.listing_calls
    if told:
        lasts_s = min(lasts_s, max(_NET_S, lasts_s * _SHARE_TOLD / _SHARE))
    if hinted and (memory.hurried_at is None or now_s - memory.hurried_at >= lasts_s * _HURRY):
        memory.hurried_at = now_s
        return True
    return now_s - memory.listed_at >= lasts_s


def slow_clock(capabilities: Capabilities) -> tuple[timedelta, timedelta]:
    """Between which bounds a request is asked for singly: where calls are metered the listing must tell. One that shows all
    that runs does so within hours: a request that takes two days to be agreed would be asked for eight times."""
    if not (capabilities.calls_a_month > 0 and capabilities.list_requests):
        return _SLOW
    return _SLOW_LISTED if capabilities.list_open_only else _SLOW_METERED


def count_calls(catalog: Catalog, system_id: str, calls: int, now: datetime) -> None:
    """Calls more in this month; earlier months are forgotten."""
    catalog.add_up(_CALLS + system_id, month_of(now), calls)


def calls_in(catalog: Catalog, system_id: str, now: datetime) -> int:
    """How many calls this store's engine and windows have made to a system in the month of `now`."""
    held = catalog.preference(_CALLS + system_id, {})
    return int(held.get(month_of(now), 0))


def month_of(now: datetime) -> str:
    """The vendor counts by calendar months."""
    return now.astimezone().strftime("%Y-%m")
