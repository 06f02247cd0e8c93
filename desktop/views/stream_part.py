"""How a system's stream stands, in a frame of its own on the connection's page: shape, one strong line, one that explains."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from desktop.services.systems import StreamStand, StreamState
from desktop.services.text import Text
from desktop.views.look import Look
from desktop.views.widgets import Mark, Words

_SHAPES = {
    StreamStand.STANDS: ("disc_tick", "ok"), StreamStand.AWAY: ("triangle_mark", "warn"),
    StreamStand.IDLE: ("ring_dashed", "muted"), StreamStand.OFF: ("ring_bar", "muted"),
}  # fmt: skip


class StreamPart(QFrame):
    """title: the strong line, second: what explains it."""

    def __init__(self, look: Look, state: StreamState, system: str, now: datetime) -> None:
        super().__init__()
        text, px = look.text, look.px
        self.setProperty("role", "cure")
        opening = state.stand is StreamStand.AWAY and not state.code
        shape, token = ("ring_half", "wait") if opening else _SHAPES[state.stand]
        since = text.clock(state.since, now) if state.since else ""
        self.title = Words(text.say(f"stream-{state.stand.value}", when=since), "strong")
        self.second = Words(explained(state, system, now, text), "second", wrap=True)
        words, row = QVBoxLayout(), QHBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.title)
        words.addWidget(self.second)
        row.setContentsMargins(px(12), px(8), px(8), px(8))
        row.setSpacing(px(8))
        row.addWidget(Mark(look, shape, token))
        row.addLayout(words, 1)
        self.setLayout(row)


def explained(state: StreamState, system: str, now: datetime, text: Text) -> str:
    """What follows from it, in a clerk's words. system: its title."""
    if state.stand in (StreamStand.IDLE, StreamStand.OFF):
        return text.say(f"stream-{state.stand.value}-why")
    if state.stand is StreamStand.AWAY:
        if not state.code:
            return text.say("stream-opening")
        facts = {**state.facts, "system": system}
        return text.say("stream-away-why", why=f"{text.what(state.code, facts)} {text.do(state.code, facts)}")
    if state.last_at is None:
        return text.say("stream-unheard")
    when = text.clock(state.last_at, now)
    return text.say("stream-heard" if state.today else "stream-heard-before", count=state.today, when=when)
