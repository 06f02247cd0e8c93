"""What a flow makes of one record, row by row: for the person who writes the rows. Reads only; nothing is ever sent.

The values come from the same functions that a first send uses (translate.py, drafting.py), row by row instead of whole, so
that one wrong row does not hide what the others bring.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import FieldMapping
from desktop.domain.record import Bill, OaRequest, Row, Value
from desktop.sync.base_table import Lookup
from desktop.sync.drafting import scope_of, value_of
from desktop.sync.expression import Scope, compile_expression, text_of
from desktop.sync.translate import text_for

MOST_LINES = 200
"""Lines that a preview shows; a bill may have thousands."""


@dataclass(frozen=True, slots=True)
class RowValue:
    """What one row brings. sources: each field it reads, with its value; error: why it brings nothing.

    entry: the line's id, "" for the header. looked: (kind, code, counterpart) of each look into the correspondences.
    """

    value: str
    entry: str = ""
    sources: tuple[tuple[str, str], ...] = ()
    looked: tuple[tuple[str, str, str], ...] = ()
    error: SyncError | None = None


_NO_LOCKS: Mapping[str, Row] = MappingProxyType({})


class BillPreview:
    """Rows of an approval flow on one bill. locks: what a row may show of a line's price lock, by entry id."""

    def __init__(self, bill: Bill, lookup: Lookup, locks: Mapping[str, Row] = _NO_LOCKS) -> None:
        self._bill, self._lookup, self._locks = bill, lookup, locks
        self._scope = Scope(bill.header, bill.lines)

    def header(self, row: FieldMapping) -> RowValue:
        """A row of the header."""
        return _brought(row, self._scope, self._lookup, text_for)

    def lines(self, row: FieldMapping, source: str) -> list[RowValue]:
        """A row of a table of lines, once for each line."""
        held = list(self._bill.lines.get(source, {}).items())[:MOST_LINES]
        return [_brought(row, self._line(entry, line), self._lookup, text_for) for entry, line in held]

    def _line(self, entry: str, line: Row) -> Scope:
        return replace(self._scope, line={**line, **self._locks.get(entry, {})}, entry_id=entry)


class RequestPreview:
    """Rows of a generation flow on one request. Numbers of bills that are not made yet stand as a mark."""

    def __init__(self, request: OaRequest, lookup: Lookup, today: str, wanted: set[str]) -> None:
        self._lookup = lookup
        self._scope = scope_of(request, None, None, today, wanted)

    def header(self, row: FieldMapping) -> RowValue:
        """A row of a bill's header, or of what the request gets back."""
        return _brought(row, self._scope, self._lookup, value_of)

    def lines(self, row: FieldMapping, source: str, only: str = "") -> list[RowValue]:
        """A row of a bill's lines, once for each line that is taken; source "" = one line made of the header."""
        places: Mapping[str, Row] = self._scope.lines.get(source, {}) if source else {"": {}}
        taken = []
        for place, line in list(places.items())[:MOST_LINES]:
            scope = replace(self._scope, line=line if source else None, entry_id=place)
            if _is_taken(only, scope):
                taken.append(_brought(row, scope, self._lookup, value_of))
        return taken


def _is_taken(only: str, scope: Scope) -> bool:
    try:
        return not only or bool(compile_expression(only).value(scope))
    except SyncError:
        return True  # the row's own error says more


def _brought(
    row: FieldMapping, scope: Scope, lookup: Lookup,
    make: Callable[[FieldMapping, Callable[[Scope], Value], Scope], Value],
) -> RowValue:  # fmt: skip
    looked: list[tuple[str, str, str]] = []

    def look(kind: str, code: str, by: str = "") -> str:
        found = lookup(kind, code, by) if by else lookup(kind, code)
        looked.append((kind, code, found))
        return found

    sources: tuple[tuple[str, str], ...] = ()
    try:
        expression = compile_expression(row.expr)
        sources = tuple((name, text_of(_read(name, scope))) for name in sorted(expression.names))
        value = text_of(make(row, expression.value, replace(scope, base=look)))
        return RowValue(value, scope.entry_id, sources, tuple(looked))
    except SyncError as error:
        return RowValue("", scope.entry_id, sources, tuple(looked), error)
    except (
        ArithmeticError,
        ValueError,
        TypeError,
        LookupError,
    ) as error:  # what the engine calls a bill we are not up to
        said = f"{type(error).__name__}: {error}"
        wrong = SyncError(ErrorCode.INTERNAL, certain=True, said=said)
        return RowValue("", scope.entry_id, sources, tuple(looked), wrong)


def _read(name: str, scope: Scope) -> Value:
    if scope.line is not None and name in scope.line:
        return scope.line[name]
    return scope.header.get(name)
