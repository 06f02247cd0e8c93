"""One bill sent once more as a person wants it: with the mapping as then or as now, and with another value in a field that
decides nothing. Pure: what may be edited, and the flow that results.

Never edited: amounts, dates, the partner, any value of a record that the tamper check watches, our key, and what
names the bill. The wish holds for its round alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import FieldMapping, Flow
from desktop.sync.expression import compile_expression

MOST_CHARS = 2_000
_COUNTING = ("number(", "sum(", "count(", "date(")


def editable(flow: Flow) -> tuple[FieldMapping, ...]:
    """Header rows whose value a person may replace for one resend."""
    watched = _records(flow.amount_expr) | _records(flow.partner_expr)
    watched |= {record for row in flow.fields if row.key for record in _records(row.expr)}
    return tuple(row for row in flow.fields if not _decides(row, flow, watched))


def _decides(row: FieldMapping, flow: Flow, watched: frozenset[str]) -> bool:
    expr = row.expr.replace(" ", "")
    return (
        row.key
        or row.target == flow.oa.key_field
        or any(part in expr for part in _COUNTING)
        or bool(_records(row.expr) & watched)
        or _is_number_of_bill(flow, expr)
    )


def _is_number_of_bill(flow: Flow, expr: str) -> bool:
    """The bill's own number: the OA's people and we find it by that."""
    return expr == flow.erp.options.get("number_field", "")


def _records(expr: str) -> frozenset[str]:
    """What a rule reads, each as the record that it belongs to: a supplier's name is the supplier whose number is watched."""
    names = compile_expression(expr).names if expr else ()
    return frozenset(name.partition(".")[0] for name in names)


def edited(flow: Flow, edits: Mapping[str, str]) -> Flow:
    """The flow with these values instead of what its rows would say. Raises PER-715 for a field that may not be edited."""
    if not edits:
        return flow
    allowed = {row.target for row in editable(flow)}
    for target, value in edits.items():
        if target not in allowed or len(value) > MOST_CHARS:
            raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=target)
    rows = (
        replace(row, expr="''", default=edits[row.target]) if row.target in edits else row
        for row in flow.fields
    )
    return replace(flow, fields=tuple(rows))
