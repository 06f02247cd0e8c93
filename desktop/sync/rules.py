"""Named checks of a bill before it goes anywhere. A flow file lists the names; each rule is one function.

A finding that its maker must cure sends the bill back with the sentence; any other is a failure that stays with us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import Bill
from desktop.sync.expression import text_of
from desktop.sync.reader import Reader, Want
from desktop.sync.translate import Translator


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule objects to. send_back: the bill's maker can cure it, so it goes back to him."""

    error: SyncError
    send_back: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """One named check.

    check:        objects to a bill, or not; what it reads besides the bill it reads through the reader.
    wants:        what it will read for a bill: the wants of a whole batch are read together, before the first check.
    before_audit: it is asked again before the ERP audits the bill.
    """

    check: Callable[[Bill, Translator, Reader], Finding | None]
    wants: Callable[[Bill, Translator], Iterable[Want]] | None = None
    before_audit: bool = False


def lines_present(bill: Bill, translator: Translator, _reader: Reader) -> Finding | None:
    """A bill without a line that the flow requires has nothing to approve."""
    for lines in translator.flow.lines:
        if lines.required and not bill.lines.get(lines.source):
            error = SyncError(ErrorCode.NO_LINES, certain=True, number=bill.ref.number, table=lines.source)
            return Finding(error, send_back=False)
    return None


def total_is_sum(bill: Bill, translator: Translator, _reader: Reader) -> Finding | None:
    """The header's total is the sum of its lines, to the cent; its maker must put it right."""
    totals = translator.totals(bill)
    if totals is None or totals[0] == totals[1] or not any(bill.lines.values()):
        return None
    said = f"{text_of(totals[0])} != {text_of(totals[1])}"
    error = SyncError(ErrorCode.RULE_REFUSED, certain=True, number=bill.ref.number, said=said)
    return Finding(error, send_back=True)


RULES: dict[str, Rule] = {
    "lines_present": Rule(lines_present),
    "total_is_sum": Rule(total_is_sum),
}


def rules_of(translator: Translator, *, before_audit: bool = False) -> list[Rule]:
    """The flow's rules in the file's order; before_audit: those that are asked a second time. PER-703 for an unknown name."""
    found = []
    for name in translator.flow.rules:
        if name not in RULES:
            raise SyncError(ErrorCode.FLOW_FILE_WRONG, file=translator.flow.id, line="rules", said=name)
        found.append(RULES[name])
    return [rule for rule in found if rule.before_audit or not before_audit]


def gather(rules: Iterable[Rule], bills: Iterable[Bill], translator: Translator, reader: Reader) -> None:
    """Reads what these rules want of a batch of bills: a call for each form and field, none where nothing is wanted."""
    asking = [rule.wants for rule in rules if rule.wants is not None]
    if asking:
        reader.gather([want for bill in bills for wants in asking for want in wants(bill, translator)])


def first_objection(
    rules: Iterable[Rule], bill: Bill, translator: Translator, reader: Reader
) -> Finding | None:
    """The first objection of these rules."""
    found = (rule.check(bill, translator, reader) for rule in rules)
    return next((finding for finding in found if finding is not None), None)
