"""Named checks of a bill before it goes anywhere. A flow file lists the names; each rule is one function.

A finding that its maker must cure sends the bill back with the sentence; any other is a failure that stays with us.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import Bill
from desktop.sync.expression import text_of
from desktop.sync.translate import Translator


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule objects to. send_back: the bill's maker can cure it, so it goes back to him."""

    error: SyncError
    send_back: bool


def lines_present(bill: Bill, translator: Translator) -> Finding | None:
    """A bill without a line that the flow requires has nothing to approve."""
    for lines in translator.flow.lines:
        if lines.required and not bill.lines.get(lines.source):
            error = SyncError(ErrorCode.NO_LINES, certain=True, number=bill.ref.number, table=lines.source)
            return Finding(error, send_back=False)
    return None


def total_is_sum(bill: Bill, translator: Translator) -> Finding | None:
    """The header's total is the sum of its lines, to the cent; its maker must put it right."""
    totals = translator.totals(bill)
    if totals is None or totals[0] == totals[1] or not any(bill.lines.values()):
        return None
    said = f"{text_of(totals[0])} != {text_of(totals[1])}"
    error = SyncError(ErrorCode.RULE_REFUSED, certain=True, number=bill.ref.number, said=said)
    return Finding(error, send_back=True)


RULES: dict[str, Callable[[Bill, Translator], Finding | None]] = {
    "lines_present": lines_present,
    "total_is_sum": total_is_sum,
}


def first_objection(bill: Bill, translator: Translator) -> Finding | None:
    """The first objection of the flow's rules, in the file's order. Raises PER-703 for a rule nobody knows."""
    for name in translator.flow.rules:
        rule = RULES.get(name)
        if rule is None:
            raise SyncError(ErrorCode.FLOW_FILE_WRONG, file=translator.flow.id, line="rules", said=name)
        if finding := rule(bill, translator):
            return finding
    return None
