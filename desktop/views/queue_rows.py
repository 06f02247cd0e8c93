"""One line of the queue in words: the columns, and what each says of a document. No I/O, no widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from desktop.domain.document import DocumentState, Turn
from desktop.domain.record import Money
from desktop.views.tables import Cell, Column, ColumnKind

if TYPE_CHECKING:
    from desktop.services.documents import Row
    from desktop.services.text import Text

COLUMNS = (
    Column("state", "column-state", 152, ColumnKind.STATE, least=140, sortable=True),
    Column("number", "column-number", 112, least=106, sortable=True),
    Column("request", "column-request", 92, ColumnKind.MUTED, least=84, priority=3),
    Column("flow", "column-flow", 92, ColumnKind.MUTED, least=84, priority=1),
    Column("company", "column-company", 166, least=156, priority=2, stretch=1),
    Column("partner", "column-partner", 184, least=156, stretch=2, sortable=True),
    Column("step", "column-step", 180, least=164, stretch=2),
    Column("amount", "column-amount", 128, ColumnKind.AMOUNT, least=118, sortable=True),
    Column("age", "column-age", 92, ColumnKind.MUTED, least=84, right=True, sortable=True),
)
ENGLISH = {"state": (144, 128), "flow": (134, 128), "step": (206, 190)}
"""(width, least) of columns whose words are longer in English."""
SORTS = {"state": "state", "number": "number", "partner": "partner", "amount": "amount", "age": "changed_at"}
"""What the service calls the order of a column; an age grows as its time of change lies further back."""
OLD_S = 2 * 86_400
"""Unfinished and unmoved for so long, an age takes the colour of a warning."""


def columns_for(language: str) -> tuple[Column, ...]:
    """The columns with room for the words of a language."""
    wider = ENGLISH if language == "en" else {}
    return tuple(
        replace(column, width=wider[column.key][0], least=wider[column.key][1])
        if column.key in wider
        else column
        for column in COLUMNS
    )


def order_of(key: str, descending: bool) -> tuple[str, bool]:
    """(the service's order, descending) for a column and its arrow."""
    return SORTS[key], descending != (key == "age")


def is_held(row: Row) -> bool:
    """True where a person holds it back, and there is something left to do about it."""
    return row.own_turn is not None and row.own_turn.turn is Turn.HELD and not row.state.at_rest


def goes_first(row: Row) -> bool:
    """True where a person lets it go before the others, and it still has a way to go."""
    return row.own_turn is not None and row.own_turn.turn is Turn.FIRST and not row.state.at_rest


def state_name(row: Row) -> str:
    """The name in states.STATES: a person's word that it waits goes before all, a failure that wants a person before the state."""
    if is_held(row):
        return "held"
    if row.needs_person:
        return "doubt" if row.in_doubt else "person"
    if row.kept_out:
        return "kept_out"
    if row.gate and row.state is DocumentState.FOUND:
        return "to_check"
    if row.state is DocumentState.RETURNED and row.in_words:
        return "told"
    if row.state is DocumentState.DONE and row.left_saved:
        return "made"
    return row.state.value


def money_words(text: Text, money: Money | None) -> str:
    """An amount as people write it; an ERP's own currency code is told as the currency it stands for."""
    if money is None:
        return ""
    key = f"currency-{money.currency}"
    return text.money(replace(money, currency=text.say(key)) if text.has(key) else money)


class RowWords:
    """Makes a row's cells. now: the moment that ages are counted from."""

    def __init__(self, text: Text, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._text, self.now = text, now

    def cells(self, row: Row) -> Sequence[Cell]:
        """One cell for each of COLUMNS."""
        text, age_s = self._text, (self.now() - row.changed_at).total_seconds()
        state = state_name(row)
        again = text.say("state-round", round=row.round) if row.round > 1 else ""
        if goes_first(row):
            again = " ".join(filter(None, (again, text.say("state-first"))))
        late = age_s > OLD_S and not row.state.at_rest
        return (
            Cell(text.word("state", state), again, state=state, tip=self._state_tip(row, state)),
            Cell(row.number),
            Cell(row.request_number),
            Cell(text.word("flow", row.flow_id)),
            Cell(row.company, tip=row.company),
            Cell(row.partner, tip=row.partner),
            self.step(row),
            Cell(money_words(text, row.amount), money=row.amount),
            Cell(text.lapse(max(0.0, age_s)), token="warn" if late else "", tip=text.moment(row.changed_at)),
        )

    def _state_tip(self, row: Row, state: str) -> str:
        """Under a pill: what is true in both systems all the same."""
        return (
            self._text.word("state", row.state.value)
            if state not in (row.state.value, "told", "made")
            else ""
        )

    def step(self, row: Row) -> Cell:
        """What happens next, by whom or when."""
        text = self._text
        if is_held(row) and row.own_turn is not None:
            words = text.say("next-held", person=row.own_turn.person, reason=row.own_turn.reason)
            return Cell(words, token="warn", tip=words)
        if row.code:
            short = text.word("short", row.code)
            if row.needs_person:
                return Cell(short, token="warn" if row.in_doubt else "stop", tip=short)
            return Cell(self._again(row.next_try_at), short, tip=short)
        if row.state is DocumentState.RETURNED:
            return Cell(text.say("next-told" if row.in_words else "next-returned"), token="muted")
        if row.state is DocumentState.DONE and row.left_saved:
            return Cell(text.say("next-left"), token="muted")
        if row.kept_out:
            words = text.say("next-kept_out", rule=row.kept_out)
            return Cell(words, token="muted", tip=words)
        if not row.next_step:
            return Cell()
        key = f"next-{row.next_step}"
        return Cell(text.say(key) if text.has(key) else text.word("step", row.next_step))

    def _again(self, at: datetime | None) -> str:
        now = self.now()
        if at is None or at <= now:
            return self._text.say("next-retry-soon")
        return self._text.say("next-retry", when=self._text.clock(at, now))
