"""One listing of the OA's requests, taken at one moment, and what our keys tell in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from desktop.domain.record import RequestHead
from desktop.sync.hints import Hints

_KEY = re.compile(r"([A-Z2-7]{16})-R(\d{1,4})$")


def key_in(title: str) -> str:
    """Our key at the end of a title, or ""."""
    found = _KEY.search(title.strip())
    return found.group(0) if found else ""


def part_of(key: str) -> str:
    """The document's part of a key."""
    return key.rpartition("-R")[0]


def number_of(key: str) -> int:
    """The round's number in a key; 0 where it is none."""
    tail = key.rpartition("-R")[2]
    return int(tail) if tail.isdigit() else 0


@dataclass(slots=True)
class Listing:
    """Heads by key, by document part and by the OA's id.

    began: monotonic, before the first page was asked for. since: whatever happened since then is in it; None = nothing.
    open_only: it shows what still runs of what was opened since then, and nothing else. hints: what the OA told besides.
    """

    began: float
    since: datetime | None = None
    by_key: dict[str, list[RequestHead]] = field(default_factory=dict)
    by_ref: dict[str, RequestHead] = field(default_factory=dict)
    rounds: dict[str, set[str]] = field(default_factory=dict)
    open_only: bool = False
    hints: Hints | None = None

    def shows_ended(self, key: str) -> bool:
        """True where the request with this id may have left the running state; only reading it decides."""
        if self.hints is not None and self.hints.is_due(key):
            return True
        head = self.by_ref.get(key)
        return head.settled if head is not None else self.open_only

    @classmethod
    def of(cls, began: float, heads: Iterable[RequestHead], since: datetime | None = None) -> Listing:
        """A listing from its pages; a request seen on two pages counts once."""
        listing = cls(began, since)
        for head in heads:
            if head.ref.key in listing.by_ref:
                listing.by_ref[head.ref.key] = head
                continue
            listing.by_ref[head.ref.key] = head
            if key := key_in(head.title):
                listing.by_key.setdefault(key, []).append(head)
                listing.rounds.setdefault(part_of(key), set()).add(key)
        return listing
