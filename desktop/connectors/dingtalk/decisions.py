"""DingTalk: what became of an instance, and what people did to it. Pure.

Refused is "completed" as well as agreed is; withdrawn has no result at all. Times are the tenant's local time although
they end in Z. Source: reference oa-dingtalk, sections 4 and 12.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from desktop.connectors.dingtalk.answers import rows_of, text_of
from desktop.domain.record import Decision, Opinion, RequestStatus

_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)")
_EXECUTED = ("EXECUTE_TASK_NORMAL", "EXECUTE_TASK_AGENT")
_TYPES = {
    "START_PROCESS_INSTANCE": Decision.SUBMITTED,
    "TERMINATE_PROCESS_INSTANCE": Decision.WITHDRAWN,
    "REDIRECT_PROCESS": Decision.RETURNED,
}
_RESULTS = {"AGREE": Decision.APPROVED, "REFUSE": Decision.RETURNED, "BACK": Decision.RETURNED}
_NO_DEED = ("FINISH_PROCESS_INSTANCE",)
_ENDED_BY_OTHERS = ("MODIFY", "REVOKE")


def status_of(told: Mapping[str, Any]) -> RequestStatus:
    """Where the instance stands. One that modifies or revokes another is nobody's yes to a bill."""
    status, result = text_of(told.get("status")).upper(), text_of(told.get("result")).lower()
    if status in ("TERMINATED", "CANCELED"):
        return RequestStatus.WITHDRAWN
    if status != "COMPLETED":
        return RequestStatus.RUNNING
    if text_of(told.get("bizAction")).upper() in _ENDED_BY_OTHERS:
        return RequestStatus.ENDED
    return {"agree": RequestStatus.APPROVED, "refuse": RequestStatus.REJECTED}.get(
        result, RequestStatus.ENDED
    )


def records(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The operations in the order in which they were done; the end of the instance is no deed of anybody's."""
    held = rows_of(told.get("operationRecords"))
    return [each for each in held if text_of(each.get("type")) not in _NO_DEED]


def opinion_of(record: Mapping[str, Any], person: str, zone: tzinfo) -> Opinion:
    """One operation as an opinion. person: the name to show."""
    return Opinion(
        node=text_of(record.get("showName")),
        person=person,
        decision=_decision(record),
        text=text_of(record.get("remark")),
        at=parse_time(record.get("date"), zone),
    )


def _decision(record: Mapping[str, Any]) -> Decision:
    kind, result = text_of(record.get("type")).upper(), text_of(record.get("result")).upper()
    if kind in _EXECUTED:
        return _RESULTS.get(result, Decision.REMARK)
    return _TYPES.get(kind, Decision.REMARK)


def waiting_users(told: Mapping[str, Any]) -> Sequence[str]:
    """Whose turn it is."""
    tasks = rows_of(told.get("tasks"))
    users = [
        text_of(each.get("userId")) for each in tasks if text_of(each.get("status")).upper() == "RUNNING"
    ]
    return list(dict.fromkeys(user for user in users if user))


def people_in(told: Mapping[str, Any]) -> frozenset[str]:
    """Everybody whom the instance itself names: who began it, who has or had a task, who did something, who was copied in."""
    named = [
        told.get("originatorUserId"),
        *_listed(told.get("ccUserIds")),
        *_listed(told.get("approverUserIds")),
    ]
    for each in (*rows_of(told.get("tasks")), *rows_of(told.get("operationRecords"))):
        named += [each.get("userId"), *_listed(each.get("ccUserIds"))]
    return frozenset(text_of(each) for each in named) - {""}


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def changed_at(told: Mapping[str, Any], zone: tzinfo) -> datetime | None:
    """When somebody last touched it; minutes are all that the vendor tells."""
    dates = [
        parse_time(each, zone)
        for each in (
            told.get("createTime"),
            told.get("finishTime"),
            *(each.get("date") for each in rows_of(told.get("operationRecords"))),
        )
    ]
    return max((each for each in dates if each is not None), default=None)


def parse_time(value: Any, zone: tzinfo) -> datetime | None:
    """`2022-08-31T11:52Z` as aware UTC: the Z notwithstanding it is local time. Milliseconds are understood, too."""
    text = text_of(value).strip()
    found = _TIME.match(text)
    try:
        if found is None:
            return datetime.fromtimestamp(int(text) / 1000, UTC) if text.isdecimal() else None
        return datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError, OSError):  # no such day, or none that a calendar holds
        return None


def zone_of(offset_h: float) -> tzinfo:
    """The tenant's zone."""
    return timezone(timedelta(hours=offset_h))
