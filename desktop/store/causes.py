"""Why a document is stuck, as it is kept: the facts of an error, and what makes two errors one cause."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from desktop.domain.errors import SyncError

_OWN_FACTS = frozenset(
    {
        "number", "key", "found", "sent", "length", "request", "gaps", "seconds", "value", "answered",
        "bill", "debit", "credit", "lines", "other", "count", "amount", "unpaid", "payable", "taken",
        "others", "claims", "open", "deducted", "due", "total", "differences",
    }
)  # fmt: skip
"""Facts that belong to one document and so do not take part in the cause."""


def cause_of(error: SyncError) -> str:
    """Equal for equal reasons: the code and those facts that are not the document's own."""
    number = str(error.facts.get("number", ""))
    parts = [error.code.id]
    for name in error.code.facts:
        if name in _OWN_FACTS or name not in error.facts:
            continue
        text = str(error.facts[name])
        if name == "said":
            text = re.sub(r"\d+", "#", text.replace(number, "*") if number else text)[:120]
        parts.append(f"{name}={text}")
    return "|".join(parts)


def plain_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as they are kept: words, numbers and lists."""
    return {
        name: value if isinstance(value, (str, int, bool, list)) else str(value)
        for name, value in facts.items()
    }
