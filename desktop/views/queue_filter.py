"""What the queue is narrowed to: company, flow, state, time and text. Pure values, and how they are told and kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from desktop.domain.document import MOVING_STATES, DocumentState
from desktop.views.saved_views import SavedView

if TYPE_CHECKING:
    from desktop.services.documents import Question
    from desktop.services.text import Text

MOVING = tuple(state.value for state in MOVING_STATES)
DAYS = (0, 1, 7, 30, 90)
"""What the time chip offers; 0 = any time, 1 = since midnight."""


@dataclass(frozen=True, slots=True)
class Narrow:
    """The filters of the queue. Empty = everything.

    states: names of DocumentState.  person: those that need a person, whatever their state.  days: of DAYS.
    held: those that a person holds back.
    """

    text: str = ""
    routes: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    person: bool = False
    days: int = 0
    held: bool = False

    def question(self, now: datetime) -> Question:
        """What the service is asked. now: an aware moment; "today" begins at this machine's midnight."""
        from desktop.services.documents import Question

        since = None
        if self.days:
            midnight = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
            since = midnight if self.days == 1 else now - timedelta(days=self.days)
        known = tuple(DocumentState(state) for state in self.states if state in _STATES)
        return Question(self.text, self.routes, self.flows, known or None, self.person, since, held=self.held)

    @property
    def any(self) -> bool:
        """True where it leaves something out."""
        return self != Narrow()

    def with_state(self, name: str, on: bool) -> Narrow:
        """A state switched on or off; "open" stands for all that are unfinished, "person" and "held" exclude the others."""
        if name in ("person", "held"):
            return replace(self, states=(), person=on and name == "person", held=on and name == "held")
        if name == "open":
            return replace(self, states=MOVING if on else (), person=False, held=False)
        left = tuple(state for state in self.states if state != name)
        return replace(self, states=(*left, name) if on else left, person=False, held=False)

    def plain(self) -> dict[str, Any]:
        """As a saved view holds it; read() takes it back."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }

    @classmethod
    def read(cls, kept: Any) -> Narrow:
        """What plain() gave, or the same as JSON; anything odd in it is left out."""
        try:
            found = dict(json.loads(kept) if isinstance(kept, str) else kept)
        except (ValueError, TypeError):
            return cls()
        clean: dict[str, Any] = {}
        for field in fields(cls):
            value = found.get(field.name)
            if field.name in ("routes", "flows", "states") and isinstance(value, list | tuple):
                clean[field.name] = tuple(str(each) for each in value)
            elif (field.name == "text" and isinstance(value, str)) or (
                field.name in ("person", "held") and isinstance(value, bool)
            ):
                clean[field.name] = value
        if found.get("days") in DAYS:
            clean["days"] = int(found["days"])
        return cls(**clean)


_STATES = frozenset(state.value for state in DocumentState)


def several(text: Text, names: Sequence[str]) -> str:
    """One name, or the first and how many more."""
    if len(names) < 2:
        return names[0] if names else text.say("chip-any")
    return text.say("chip-more", first=names[0], count=len(names) - (text.language == "en"))


def state_words(text: Text, narrow: Narrow) -> str:
    """What the state chip says."""
    if narrow.person or narrow.held:
        return text.say("state-person" if narrow.person else "state-held")
    if narrow.states and set(narrow.states) == set(MOVING):
        return text.say("state-open")
    return several(text, [text.word("state", state) for state in narrow.states])


def time_words(text: Text, days: int) -> str:
    """What the time chip says."""
    named = {0: "time-any", 1: "time-today"}
    return text.say(named[days]) if days in named else text.say("time-days", days=days)


def name_of(text: Text, narrow: Narrow, companies: Mapping[str, str]) -> str:
    """A name for a view, made of what it does: nobody must invent one."""
    parts = [narrow.text] if narrow.text else []
    if narrow.routes:
        parts.append(several(text, [companies.get(route, route) for route in narrow.routes]))
    if narrow.flows:
        parts.append(several(text, [text.word("flow", flow) for flow in narrow.flows]))
    if narrow.states or narrow.person or narrow.held:
        parts.append(state_words(text, narrow))
    if narrow.days:
        parts.append(time_words(text, narrow.days))
    return "  ".join(parts) or text.say("queue-view-all")


def ready_views(text: Text, companies: Mapping[str, str]) -> list[SavedView]:
    """What everybody is offered: everything, the unfinished, those that wait for a person, done today."""
    ready = (Narrow(), Narrow(states=MOVING), Narrow(person=True), Narrow(states=("done",), days=1))
    return [SavedView(name_of(text, each, companies), each.plain()) for each in ready]
