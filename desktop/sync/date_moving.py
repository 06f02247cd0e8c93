"""A bill of ours whose date lies in a closed accounting period: moved to the day that a person of finance named, and to no other.

Only a bill that we made and that is still editable is moved; the day it had stays in its note and in the trail. Nothing is
ever moved by itself. Whose bill it is that a person made, it goes back to that person (the approval flow's own way).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from desktop.connectors.base import Outcome
from desktop.domain.document import Attempt, Document, DocumentState
from desktop.domain.errors import ErrorCode
from desktop.domain.flow import Leg
from desktop.domain.record import BillDraft, Ref, Row
from desktop.domain.system import SystemRole
from desktop.store.change import Change
from desktop.sync.at_hand import AtHand
from desktop.sync.effect import Answer, Ends, Found, Held, Step, Work
from desktop.sync.generation import EDITABLE, Context, gone

CODE = ErrorCode.PERIOD_CLOSED.id
NOTE_LENGTH = 255
BEFORE = "{before}"
"""Stands in the ordered note for the day that the bill really had."""


def date_field(leg: Leg) -> str:
    """The header field that holds the bill's date, as the flow file names it; "" = its bills cannot be moved."""
    return leg.erp.options.get("date_field", "")


def on_named_day(draft: BillDraft, leg: Leg, facts: Mapping[str, Any]) -> BillDraft:
    """A bill that is not made yet, on the day that finance named for it; as it is where none was named."""
    field, note, day = date_field(leg), leg.erp.options.get("date_note", ""), str(facts.get("move_to", ""))
    before = str(draft.header.get(field) or "")[:10]
    if not field or not day or before == day:
        return draft
    header = {**draft.header, field: day}
    if note:
        header[note] = _noted(draft.header.get(note), facts, before)
    return replace(draft, header=header)


def _noted(value: Any, facts: Mapping[str, Any], before: str) -> str:
    """The note with the day that it had; what stood there is cut, the day is not."""
    told = str(facts.get("move_note", "")).replace(BEFORE, before) or before
    room = NOTE_LENGTH - len(told) - 1
    return f"{str(value or '')[:room]} {told}".strip()


class DateMoving:
    """The bills of one pass that a person wants on another day."""

    def __init__(self, hand: AtHand) -> None:
        self._hand = hand

    def move(self, leg: int) -> None:
        """Moves those of a leg that are ordered so; the pass submits them afterwards, as every other."""
        hand, flow_leg = self._hand, self._hand.drafting.leg(leg)
        if not date_field(flow_leg):
            return
        due = hand.due(lambda each: each.leg == leg and each.state is DocumentState.SAVED)
        failures = hand.ledger.open_failures([each.id for each in due])
        ordered = {
            each.id: failures[each.id][0].facts
            for each in due
            if each.id in failures
            and failures[each.id][0].code == CODE
            and failures[each.id][0].facts.get("move_to")
        }
        wanted = [each for each in due if each.id in ordered]
        if wanted:
            works = hand.prepared(wanted, lambda each: self._work(each, leg, ordered[each.id]))
            hand.effects.perform(hand.at(leg), MOVE_DATE, works, hand.context)

    def _work(self, document: Document, leg: int, facts: Mapping[str, Any]) -> Work | None:
        """None where the bill is on that day already, or with somebody else: the next step finds out."""
        hand, flow_leg = self._hand, self._hand.drafting.leg(leg)
        link = hand.ledger.leg_links([document])[document.id][leg]
        field, note = date_field(flow_leg), flow_leg.erp.options.get("date_note", "")
        side = replace(
            hand.drafting.side(leg), header=tuple(name for name in (field, note) if name), tables={}
        )
        bill = hand.ends.erp.read_bills(side, [link.erp.key]).get(link.erp.key)
        if bill is None:
            raise gone(document, link.erp.number)
        before, day = str(bill.header.get(field) or "")[:10], str(facts["move_to"])
        if bill.status not in EDITABLE or before == day:
            return None
        row: dict[str, Any] = {field: day}
        if note:
            row[note] = _noted(bill.header.get(note), facts, before)
        basis = {
            "bill": bill.ref.key,
            "field": field,
            "day": day,
            "before": before,
            "by": str(facts.get("move_by", "")),
        }
        return Work(document, (bill.ref, row), "", basis, None, leg, digest=f"D{day.replace('-', '')}")


def _move(ends: Ends, works: Sequence[Work]) -> list[Outcome]:
    notes: list[tuple[Ref, Row]] = [work.payload for work in works]
    return ends.erp.note_bills(ends.erp_side, notes)


def _moved(ends: Ends, held: Sequence[Held], _context: Context) -> dict[int, Found]:
    found = {}
    for document, attempt in held:
        field, key = str(attempt.basis["field"]), str(attempt.basis["bill"])
        bill = ends.erp.read_bills(replace(ends.erp_side, header=(field,), tables={}), [key]).get(key)
        if bill is None:
            found[attempt.id] = Found(Answer.UNSURE, error=gone(document, key))
            continue
        stands = str(bill.header.get(field) or "")[:10] == attempt.basis["day"]
        found[attempt.id] = Found(Answer.YES if stands else Answer.NO, bill.ref)
    return found


def _is_moved(_ends: Ends, change: Change, document: Document, attempt: Attempt, _found: Found) -> Document:
    """What was sent says the new day from now on; who wanted it and what stood there is in the trail."""
    basis = attempt.basis
    change.map_value(document, attempt.leg, str(basis["field"]), basis["day"])
    change.note(
        str(basis["by"]) or "engine", "date_moved", document, before=basis["before"], after=basis["day"],
        bill=document.request_number,
    )  # fmt: skip
    return document


MOVE_DATE = Step("move_date", SystemRole.ERP, lambda _ends: 1, _move, _moved, _is_moved)
