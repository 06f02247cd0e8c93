"""One bill sent once more as a person wants it: with the mapping as then or as now, and with another value in a field that
decides nothing. Pure: what may be edited, and the flow that results.

Never edited: amounts, dates, the partner, what the tamper check watches, our key, and what names the bill. The wish holds for its round alone.
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
    money = _names(flow.amount_expr)
    return tuple(row for row in flow.fields if not _decides(row, flow, money))


def _decides(row: FieldMapping, flow: Flow, money: frozenset[str]) -> bool:
    expr = row.expr.replace(" ", "")
    names = _names(row.expr)
    return (
        row.key
        or row.target == flow.oa.key_field
        or any(part in expr for part in _COUNTING)
        or bool(names & money)
        or _is_number_of_bill(flow, expr)
        or row.expr == flow.partner_expr
    )


def _is_number_of_bill(flow: Flow, expr: str) -> bool:
    """The bill's own number: the OA's people and we find it by that."""
    return expr == flow.erp.options.get("number_field", "")


def _names(expr: str) -> frozenset[str]:
    return frozenset(compile_expression(expr).names) if expr else frozenset()


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
