"""Lines of the trail in words: what was done, to what, and what changed. No widgets, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from desktop.views.document_life import action_words
from desktop.views.tables import Cell, Column, ColumnKind

if TYPE_CHECKING:
    from desktop.services.text import Text
    from desktop.services.trail_book import Changed, TrailLine

COLUMNS = (
    Column("at", "audit-at", 144, ColumnKind.MUTED, least=132),
    Column("who", "audit-who", 128, least=104),
    Column("deed", "audit-deed", 212, ColumnKind.STRONG, least=196, stretch=2),
    Column("about", "audit-about", 160, least=124, stretch=1),
    Column("changes", "audit-changes", 344, ColumnKind.MUTED, least=140, stretch=3),
    Column("seq", "audit-seq", 72, ColumnKind.MUTED, least=64, right=True, priority=2),
)
MOST_TOLD = 3


def cells_of(line: TrailLine, text: Text) -> Sequence[Cell]:
    """A line's cells, one per column."""
    entry = line.entry
    deed = deed_words(entry.action, text, int(entry.detail.get("round") or 0))
    stop = "stop" if entry.action in ("right.refused", "sign_in.refused") else ""
    told = "  ".join(change_words(each, text) for each in line.changes[:MOST_TOLD])
    return (
        Cell(text.moment(entry.at)),
        Cell(who_words(line, text), entry.actor if line.who else ""),
        Cell(deed, token=stop, tip=f"{deed}  {entry.action}"),
        Cell(about_words(line, text), tip=line.entry.subject),
        Cell(told, tip=told),
        Cell(str(entry.seq)),
    )


def who_words(line: TrailLine, text: Text) -> str:
    """Our own engine by its word; people as they are called, else by their login."""
    return text.say("audit-engine") if line.entry.actor == "engine" else line.who or line.entry.actor


def deed_words(action: str, text: Text, round_number: int = 0) -> str:
    """What was done."""
    kind, _, what = action.partition(".")
    if kind == "order" and what:
        return text.say("deed-order", order=text.word("order", what))
    key = f"deed-{action.replace('.', '-')}"
    return text.say(key) if text.has(key) else action_words(text, action, round_number)


def about_words(line: TrailLine, text: Text) -> str:
    """What it was done to: a bill by its number, all else by its kind and name."""
    if line.number:
        return text.say("audit-and-more", number=line.number, more=line.more) if line.more else line.number
    kind, _, name = line.entry.subject.partition(":")
    if kind == "flow":
        return text.word("flow", name.partition("@")[0])
    known = text.word("audit-subject", kind)
    return f"{known} {line.about or name}".strip() if name else known


def change_words(change: Changed, text: Text) -> str:
    """ "Role: clerk -> admin"."""
    name = value_name(change.name.rpartition(".")[2] or change.name, text)
    path = change.name.rpartition(".")[0]
    if path.startswith("flows."):
        path = text.word("flow", path.removeprefix("flows."))
    label = f"{path} {name}".strip() if path else name
    before, after = (value_words(change, each, text) for each in (change.before, change.after))
    if not label:
        return text.say("audit-from-to", before=before, after=after)
    if not change.before:
        return text.say("audit-is", name=label, after=after)
    return text.say("audit-was-is", name=label, before=before, after=after)


def value_name(name: str, text: Text) -> str:
    """What a value is called; how many records of a kind a system has is told by the kind's word."""
    system, _, kind = name.rpartition(" ")
    return f"{system} {text.word('kind', kind)}" if system else text.word("audit-value", name)


def value_words(change: Changed, value: str, text: Text) -> str:
    """A value as a person reads it; "" is said to be nothing."""
    if not value:
        return text.say("audit-nothing")
    prefix = {
        "role": "role", "state": "state", "order": "order", "decision": "audit-decision", "passphrase": "audit-passphrase",
    }.get(change.name)  # fmt: skip
    return text.word(prefix, value) if prefix else text.word("audit-yes-no", value)
