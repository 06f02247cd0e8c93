"""DingTalk: what an event means, on whichever way it came. Only that something happened, and to which instance.

Source: reference oa-dingtalk, section 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desktop.connectors.base import Hint

INSTANCE = "bpms_instance_change"
_NO_NEWS = frozenset({"start"})
"""An instance that began waits for its approvers: nothing follows from it, and we began most of them ourselves."""
_LONGEST = 128


def hint_of(kind: Any, event: Any, told: Mapping[str, Any]) -> Hint | None:
    """The reason to look, None where there is none. kind: eventType; event: eventId; told: the payload.

    Single tasks (bpms_task_change) decide nothing: the instance's own end is told, too.
    """
    if kind != INSTANCE or told.get("type") in _NO_NEWS:
        return None
    return Hint(_id(event), _id(told.get("processCode")), _id(told.get("processInstanceId")))


def _id(value: Any) -> str:
    """An id as text; whatever cannot be one is left out."""
    return value if isinstance(value, str) and len(value) <= _LONGEST and value.isprintable() else ""
