"""A flow's rows as the table shows them: gaps on top, then group by group, each with what it brings and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from desktop.domain.errors import SyncError
from desktop.domain.record import FieldInfo
from desktop.services.text import Text
from desktop.views.tables import Cell, Column, ColumnKind

COLUMNS = (
    Column("state", "mapping-column-state", 100, ColumnKind.STATE, least=92),
    Column("target", "mapping-column-target", 190, least=120, stretch=1),
    Column("expr", "mapping-column-rule", 230, ColumnKind.CODE, least=150, stretch=2),
    Column("result", "mapping-column-result", 150, least=104, stretch=1),
    Column("type", "mapping-column-type", 184, ColumnKind.MUTED, least=172, priority=1),
)
HEADING, GAP, FREE, FREE_HEADING = 1_000_000, 2_000_000, 3_000_000, 1_999_999
"""Ids of rows that are no row of the flow: headings, and fields that no row fills yet."""
FINE, WARNED, STOPPED = "audited", "rejected", "person"
"""The looks of states.py that a row wears: a ring with a tick, a triangle, a square."""


class Entry(NamedTuple):
    """One line of the table. row: place among the flow's rows, -1 = a heading or a gap."""

    id: int
    row: int
    group: str
    target: str
    value: Any = None
    finding: Any = None
    title: str = ""


def group_title(text: Text, group: Any, count: int) -> str:
    """The heading of a group of rows."""
    return text.say(f"mapping-group-{group.kind}", count=count, leg=group.leg)


def group_tables(group: Any) -> str:
    """Which table goes into which, and of a bill that we make its form."""
    tables = f"{group.source or '-'} → {group.target}" if group.target else ""
    return "  ".join(filter(None, (group.form, tables)))


def entries(
    opened: Any, text: Text, sought: str, only_problems: bool, free: Sequence[tuple[str, FieldInfo]] = ()
) -> list[Entry]:
    """Every line, narrowed by what is typed and by whether only problems are wanted. free: fields that no row fills."""
    found: list[Entry] = []
    gaps = [
        each for each in opened.findings if each.gap and _hit(opened, each.group, each.target, "", sought)
    ]
    worst = worst_by_row(opened)
    if gaps:
        found.append(Entry(HEADING, -1, "", "", title=text.say("mapping-group-gaps", count=len(gaps))))
        found += [Entry(GAP + at, -1, each.group, each.target, finding=each) for at, each in enumerate(gaps)]
    told = {(each.group, each.target) for each in found}
    unfilled = [
        (group, info) for group, info in free
        if (group, info.key) not in told and not only_problems and _hit(opened, group, info.key, "", sought)
    ]  # fmt: skip
    if unfilled:
        found.append(
            Entry(FREE_HEADING, -1, "", "", title=text.say("mapping-group-free", count=len(unfilled)))
        )
        found += [Entry(FREE + at, -1, group, info.key) for at, (group, info) in enumerate(unfilled)]
    for place, group in enumerate(opened.sheet.groups):
        mine = []
        for at, row in enumerate(opened.sheet.rows):
            if row.group != group.id:
                continue
            finding = worst.get((row.group, row.target))
            shown = _hit(opened, row.group, row.target, row.expr, sought)
            if shown and (finding is not None or not only_problems):
                mine.append(Entry(at, at, row.group, row.target, row, finding))
        if mine or not (sought or only_problems):
            found.append(
                Entry(HEADING + place + 1, -1, group.id, "", title=group_title(text, group, len(mine)))
            )
            found += mine
    return found


def _hit(opened: Any, group: str, target: str, expr: str, sought: str) -> bool:
    info = info_of(opened, group, target)
    words = " ".join((target, expr, info.label if info else "", info.type if info else ""))
    return sought.casefold() in words.casefold()


def worst_by_row(opened: Any) -> dict[tuple[str, str], Any]:
    """The finding that counts for each row; those that stop come first in the list."""
    found: dict[tuple[str, str], Any] = {}
    for each in opened.findings:
        if not each.gap:
            found.setdefault((each.group, each.target), each)
    return found


def info_of(opened: Any, group: str, target: str) -> FieldInfo | None:
    """What is known of a target."""
    if group == "title" or not opened.sheet.has(group):
        return None  # a line of the flow that was open before, painted once more
    found: FieldInfo | None = opened.forms.target(opened.sheet.kind, opened.sheet.group(group), target)
    return found


def label_of(text: Text, opened: Any, group: str, target: str) -> str:
    """The target's name for a person: the system's own word, else its key."""
    if group == "title":
        return text.word("mapping-field", target)
    info = info_of(opened, group, target)
    return info.label if info is not None and info.label else target


def sentence(text: Text, error: SyncError) -> str:
    """What is wrong, in one sentence."""
    return text.what(error.code.id, error.facts)


def type_words(text: Text, info: FieldInfo | None, row: Any) -> str:
    """Required or not, type, length and decimals."""
    parts = []
    if info is not None:
        size = info.places if info.type == "number" else info.length if info.type in ("text", "") else None
        kind = text.word("mapping-type", info.type)
        parts.append(f"{kind} {size}" if size is not None else kind)
    if (row is not None and row.required) or (info is not None and info.required):
        parts.append(text.say("mapping-required"))
    if row is not None and row.key:
        parts.append(text.say("mapping-key"))
    return "  ".join(parts)


class RowWords:
    """Makes the cells of a line. values: what each row brings on the record at hand, by (group, target)."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self.opened: Any = None
        self.values: Mapping[tuple[str, str], Sequence[Any]] = {}
        self.own: Mapping[tuple[str, str], Any] = {}
        """What the chosen company has of its own, by place: rows that say something else than the group's."""

    def cells(self, entry: Entry) -> Sequence[Cell]:
        """One cell for each of COLUMNS."""
        text = self._text
        if entry.title:
            sheet = self.opened.sheet
            group = sheet.group(entry.group) if sheet.has(entry.group) else None
            tables = group_tables(group) if group is not None else ""
            return (
                Cell(),
                Cell(entry.title, token="muted"),
                Cell(tables, token="muted", tip=tables),
                Cell(),
                Cell(),
            )
        info, row = info_of(self.opened, entry.group, entry.target), entry.value
        label = label_of(text, self.opened, entry.group, entry.target)
        target = Cell(label, entry.target if label != entry.target else "", tip=f"{label} {entry.target}")
        kind = self._kind(entry, type_words(text, info, row))
        if row is None and entry.finding is None:
            return (
                Cell(text.say("mapping-state-free"), token="faint"),
                target,
                Cell(text.say("mapping-no-source"), token="faint"),
                Cell(),
                kind,
            )
        if row is None:
            told = sentence(text, entry.finding.error)
            return (
                self._state(entry),
                target,
                Cell(text.say("mapping-no-source"), token="stop", tip=told),
                Cell(),
                kind,
            )
        return (
            self._state(entry),
            target,
            Cell(row.expr, tip=row.note or row.expr),
            self.result(entry),
            kind,
        )

    def _kind(self, entry: Entry, words: str) -> Cell:
        """The type; before it that this company says something else, with what it says."""
        own = self.own.get((entry.group, entry.target))
        if own is None:
            return Cell(words, tip=words)
        text = self._text
        said = (
            text.say("mapping-own-row", rule=own.row.expr)
            if own.row is not None
            else text.say("mapping-own-gone")
        )
        return Cell(text.say("mapping-own-mark"), words, token="link", tip=said)

    def _state(self, entry: Entry) -> Cell:
        text, finding = self._text, entry.finding
        if finding is None:
            error = next((each.error for each in self._values(entry) if each.error is not None), None)
            if error is not None:
                return Cell(text.say("mapping-state-warn"), state=WARNED, tip=sentence(text, error))
            return Cell(text.say("mapping-state-fine"), state=FINE)
        told = sentence(text, finding.error)
        if finding.gap:
            return Cell(text.say("mapping-state-gap"), state=STOPPED, tip=told)
        if finding.stops:
            return Cell(text.say("mapping-state-stop"), state=STOPPED, tip=told)
        return Cell(text.say("mapping-state-warn"), state=WARNED, tip=told)

    def _values(self, entry: Entry) -> Sequence[Any]:
        return self.values.get((entry.group, entry.target), ())

    def result(self, entry: Entry) -> Cell:
        """What the row brings; of lines the first, with how many there are."""
        values = self._values(entry)
        if not values or (entry.finding is not None and entry.finding.stops):
            return Cell()
        first = next((each for each in values if each.error is not None), values[0])
        if first.error is not None:
            told = sentence(self._text, first.error)
            return Cell(told, token="stop", tip=told)
        more = self._text.say("mapping-more-lines", count=len(values)) if len(values) > 1 else ""
        return Cell(first.value or "-", more, token="" if first.value else "faint", tip=first.value)
