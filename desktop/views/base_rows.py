"""Gaps, correspondences and changes of base data in words: the columns, and what each says. No I/O, no widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from desktop.views.queue_rows import money_words
from desktop.views.tables import Cell, Column, ColumnKind

if TYPE_CHECKING:
    from desktop.services.base_data import BaseChange, BaseLine, Gap
    from desktop.services.text import Text

GAPS = (
    Column("tick", "", 54, ColumnKind.CHECK, least=54),
    Column("record", "base-record", 200, least=156, stretch=3),
    Column("kind", "base-kind", 92, ColumnKind.MUTED, least=78, priority=3),
    Column("company", "column-company", 166, ColumnKind.MUTED, least=154, priority=1, stretch=1),
    Column("documents", "base-documents", 84, least=76, right=True, priority=2),
    Column("amount", "base-blocked", 150, ColumnKind.AMOUNT, least=138),
    Column("suggestion", "base-suggestion", 170, least=130, stretch=2),
    Column("why", "base-why", 156, ColumnKind.MUTED, least=144),
)
LINES = (
    Column("erp", "base-erp", 250, least=170, stretch=3, sortable=True),
    Column("oa", "base-oa", 230, least=150, stretch=3, sortable=True),
    Column("state", "base-state", 166, ColumnKind.STATE, least=152),
    Column("kind", "base-kind", 104, ColumnKind.MUTED, least=92, sortable=True),
    Column("company", "column-company", 166, ColumnKind.MUTED, least=154, priority=1, stretch=1),
    Column("changed", "base-changed", 150, ColumnKind.MUTED, least=120, priority=2),
)
CHANGES = (
    Column("at", "base-when", 110, ColumnKind.MUTED, least=96),
    Column("what", "base-what", 120, ColumnKind.STATE, least=110),
    Column("record", "base-record", 300, least=190, stretch=3),
    Column("was", "base-was", 240, ColumnKind.MUTED, least=140, stretch=2),
    Column("kind", "base-kind", 110, ColumnKind.MUTED, least=92),
    Column("system", "base-system", 130, ColumnKind.MUTED, least=96, priority=1),
)
ENGLISH = {
    "documents": (104, 92),
    "amount": (160, 138),
    "why": (172, 162),
    "kind": (118, 104),
    "state": (186, 160),
}
"""(width, least) of columns whose words are longer in English."""


def columns_for(columns: Sequence[Column], language: str) -> tuple[Column, ...]:
    """The columns with room for the words of a language."""
    wider = ENGLISH if language == "en" else {}
    return tuple(
        replace(column, width=wider[column.key][0], least=wider[column.key][1])
        if column.key in wider
        else column
        for column in columns
    )


def state_of(line: BaseLine) -> str:
    """What is the matter with a correspondence: a name under "base-state", the gravest first."""
    erp, oa = line.erp, line.oa
    if (line.erp_read and erp is None) or (line.oa_read and oa is None):
        return "gone_erp" if line.erp_read and erp is None else "gone_oa"
    if erp is not None and erp.disabled:
        return "off_erp"
    if oa is not None and oa.disabled:
        return "off_oa"
    if erp is not None and erp.companies and line.company not in erp.companies:
        return "not_allotted"
    old = line.row
    if (erp is not None and old.erp_name not in ("", erp.name)) or (
        oa is not None and old.oa_name not in ("", oa.name)
    ):
        return "renamed"
    return "ok" if line.erp_read or line.oa_read else "unread"


def look_of(state: str) -> str:
    """The name in states.STATES."""
    return f"base_{state}" if state in ("ok", "unread") else "base_warn"


class BaseWords:
    """Makes the cells of all three lists. now: the moment that ages are counted from."""

    def __init__(self, text: Text, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._text, self.now = text, now
        self.companies: dict[str, str] = {}
        self.systems: dict[str, str] = {}

    def gap(self, gap: Gap, ticked: bool) -> Sequence[Cell]:
        """One cell for each of GAPS."""
        text, found = self._text, gap.suggestion
        count = len(gap.documents)
        return (
            Cell("✓" if ticked else "", token=("on" if ticked else "off") if found else ""),
            Cell(gap.code, gap.name, tip=f"{gap.code} {gap.name}".strip()),
            Cell(text.opening("kind", gap.kind)),
            Cell(gap.company, tip=gap.company),
            self._documents(gap, count),
            self.money(gap),
            Cell(found.key, found.name, tip=f"{found.key} {found.name}")
            if found
            else Cell("–", token="faint"),
            self.why(gap),
        )

    def _documents(self, gap: Gap, count: int) -> Cell:
        """How many wait; where none does, how many of last year's bills named it."""
        if not count and gap.last_year:
            told = self._text.say("base-last-year", count=gap.last_year)
            return Cell(self._text.number(gap.last_year), token="muted", tip=told)
        return Cell(self._text.number(count) if count else "–", token="" if count else "faint")

    def money(self, gap: Gap) -> Cell:
        """The gap's largest sum, and how many further currencies there are; all of them under the pointer."""
        text = self._text
        if not gap.amounts:
            return Cell()
        told = [money_words(text, each) for each in gap.amounts]
        more = text.say("money-more", count=len(told) - 1) if len(told) > 1 else ""
        words = f"{told[0]} {more}".strip()
        return Cell(words, tip="\n".join(told) if more else "", money=None if more else gap.amounts[0])

    def why(self, gap: Gap) -> Cell:
        """Why this is proposed and how surely; or what stands in the way."""
        text = self._text
        if gap.several:
            words = text.say("base-several", count=len(gap.several))
            return Cell(words, token="warn", tip=words)
        if gap.state:
            words = text.word("base-own", gap.state)
            return Cell(words, token="warn", tip=words)
        if gap.suggestion is None:
            return Cell(text.say("base-no-suggestion"), token="faint")
        words = text.word("base-reason", gap.suggestion.reason)
        return Cell(
            f"{gap.suggestion.percent} %",
            words,
            token="text",
            tip=text.word("base-because", gap.suggestion.reason),
        )

    def line(self, line: BaseLine) -> Sequence[Cell]:
        """One cell for each of LINES."""
        text, row, state = self._text, line.row, state_of(line)
        erp = line.erp.name if line.erp is not None else row.erp_name
        oa = line.oa.name if line.oa is not None else row.oa_name
        changed = Cell(text.word("base-origin", row.origin))
        if line.changed_at is not None:
            age = text.lapse(max(0.0, (self.now() - line.changed_at).total_seconds()))
            changed = Cell(
                line.changed_by or text.word("base-origin", row.origin), age, tip=text.moment(line.changed_at)
            )
        company = self.companies.get(row.route_id, row.route_id)
        return (
            Cell(row.erp_code, erp, tip=f"{row.erp_code} {erp}".strip()),
            Cell(row.oa_key, oa, tip=f"{row.oa_key} {oa}".strip()),
            Cell(text.word("base-state", state), state=look_of(state)),
            Cell(text.opening("kind", row.kind)),
            Cell(company, tip=company),
            changed,
        )

    def change(self, change: BaseChange) -> Sequence[Cell]:
        """One cell for each of CHANGES."""
        text = self._text
        age = text.lapse(max(0.0, (self.now() - change.at).total_seconds()))
        look = "base_ok" if change.what in ("added", "enabled") else "base_warn"
        system = self.systems.get(change.system_id, change.system_id)
        return (
            Cell(age, tip=text.moment(change.at)),
            Cell(text.word("base-what", change.what), state=look),
            Cell(change.code, change.name, tip=f"{change.code} {change.name}".strip()),
            Cell(change.was, tip=change.was),
            Cell(text.opening("kind", change.kind)),
            Cell(system, tip=system),
        )
