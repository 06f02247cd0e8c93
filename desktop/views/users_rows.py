"""People of both systems in words: the columns of the users page, and what each says. No I/O, no widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from desktop.views.tables import Cell, Column, ColumnKind

if TYPE_CHECKING:
    from desktop.services.text import Text
    from desktop.services.users import PersonLine

COLUMNS = (
    Column("tick", "", 54, ColumnKind.CHECK, least=54),
    Column("person", "users-person", 210, least=150, stretch=3),
    Column("mobile", "users-mobile", 130, ColumnKind.MUTED, least=116, priority=2),
    Column("state", "users-state", 210, ColumnKind.STATE, least=170, stretch=1),
    Column("erp", "users-erp", 190, least=140, stretch=2),
    Column("why", "users-why", 170, ColumnKind.MUTED, least=120, stretch=1),
    Column("seat", "users-seat", 130, ColumnKind.MUTED, least=96, priority=1),
)
ENGLISH = {"state": (240, 200), "why": (190, 150), "seat": (150, 124)}
_CALM = {"ok": "base_ok", "none": "base_unread", "no_licence": "base_unread", "no_oa": "base_unread"}


def columns_for(language: str) -> tuple[Column, ...]:
    """With room for the words of a language."""
    wider = ENGLISH if language == "en" else {}
    return tuple(
        replace(each, width=wider[each.key][0], least=wider[each.key][1]) if each.key in wider else each
        for each in COLUMNS
    )


def look_of(state: str) -> str:
    """The name in states.STATES."""
    return _CALM.get(state, "base_warn")


def hidden(mobile: str) -> str:
    """A mobile number of which the middle is nobody's business: enough to tell two apart."""
    return f"{mobile[:3]}****{mobile[-4:]}" if len(mobile) >= 9 else mobile


def cells(line: PersonLine, ticked: bool, text: Text) -> Sequence[Cell]:
    """One cell for each of COLUMNS."""
    found = line.suggestion
    name, number = line.name or line.erp_name or line.oa_id or line.erp_user, line.staff_number
    erp = Cell(line.erp_user, line.erp_name, tip=f"{line.erp_user} {line.erp_name}".strip())
    if not line.erp_user:
        erp = Cell(found.key, found.name, token="link") if found else Cell("–", token="faint")
    why = Cell("")
    if found is not None:
        told = text.word("base-because", found.reason)
        why = Cell(f"{found.percent} %", text.word("base-reason", found.reason), tip=told)
    return (
        Cell("✓" if ticked else "", token=("on" if ticked else "off") if found else ""),
        Cell(name, number, tip=f"{name} {number}".strip()),
        Cell(hidden(line.mobile)),
        Cell(
            text.say(f"users-state-{line.state}"),
            state=look_of(line.state),
            tip=text.say(f"users-tells-{line.state}"),
        ),
        erp,
        why,
        Cell(", ".join(line.seats)),
    )
