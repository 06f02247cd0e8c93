"""What people are told when something is wrong, and when it is right again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """What goes through a channel: one title, and one or more lines. once: the same for every try of one message."""

    title: str
    lines: tuple[str, ...]
    once: str

    @property
    def text(self) -> str:
        """Title and lines, for channels that know no title."""
        return "\n".join((self.title, *self.lines))


@dataclass(frozen=True, slots=True)
class Trouble:
    """One root cause as it stands now.

    key:    what makes it this cause and no other, as long as it lasts.  code, facts: its sentence.
    count:  documents that it holds, 0 = it is about no document.  money: by currency, as text.
    since:  when it began.  urgent: told in quiet hours, too.
    """

    key: str
    code: str
    facts: Mapping[str, Any]
    since: datetime
    count: int = 0
    money: Mapping[str, str] = field(default_factory=dict)
    urgent: bool = False


class Told(Enum):
    """What a notice says."""

    TROUBLE = "trouble"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Notice:
    """One root cause as it was noticed.

    gone_at: since when it is no longer seen.  told_at, over_at: when people were told, when it was over.  None = not.
    """

    id: int
    key: str
    code: str
    facts: Mapping[str, Any]
    count: int
    urgent: bool
    opened_at: datetime
    money: Mapping[str, str]
    gone_at: datetime | None
    told_at: datetime | None
    over_at: datetime | None
    channels: Mapping[str, str] = field(default_factory=dict)
    """By channel: "waiting", "sent" or the code of why not yet."""
