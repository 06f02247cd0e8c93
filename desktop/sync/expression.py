"""The closed little language of mapping rows: parsed by a grammar, compiled to closures, never evaluated as Python.

A name reads a field ("FCustId.FNumber"); in a line row it reads the line first and then the header. Arithmetic is
Decimal. Every function stands in FUNCTIONS with examples that are its test and its help.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import LarkError, UnexpectedInput

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import Row, Value

MAX_LENGTH = 4_000
MAX_DEPTH = 40
_MOST_DIGITS = 60
_WIDE = Context(prec=4 * _MOST_DIGITS, rounding=ROUND_HALF_UP)
"""Wide enough that no sum or product of amounts is ever rounded unasked."""

_GRAMMAR = r"""
?start: either
?either: both ("or" both)*
?both: test ("and" test)*
?test: "not" test -> negation
     | total (COMPARE total)?
?total: product (SIGN product)*
?product: atom (FACTOR atom)*
?atom: NUMBER -> number
     | TEXT -> text
     | NAME "(" [either ("," either)*] ")" -> call
     | NAME -> name
     | SIGN atom -> signed
     | "(" either ")"
COMPARE: "!=" | "<=" | ">=" | "=" | "<" | ">"
SIGN: "+" | "-"
FACTOR: "*" | "/"
NUMBER: /[0-9]+(\.[0-9]+)?/
TEXT: /'([^']|'')*'/ | /"[^"]*"/
NAME: /(?!(?:and|or|not)\b)[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*/
%ignore /\s+/
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression sees: the header, the tables of lines, one line of them, and the correspondence table.

    base: kind and ERP code -> OA key; raises MAP-502 where there is none.
    """

    header: Row
    lines: Mapping[str, Mapping[str, Row]] = field(default_factory=dict)
    line: Row | None = None
    entry_id: str = ""
    base: Callable[[str, str], str] | None = None


Compiled = Callable[[Scope], Value]


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled row. names: fields it reads; tables: line fields it sums or counts, by table; kinds: base data."""

    text: str
    value: Compiled
    names: frozenset[str]
    tables: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language: how many arguments, what it does, and examples (expression, header, result)."""

    least: int
    most: int
    apply: Callable[..., Value]
    examples: tuple[tuple[str, Mapping[str, Value], Value], ...]


def text_of(value: Value) -> str:
    """A value as text: numbers plain, never with an exponent; nothing as the empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal):
        return format(value, "f")
    return value


def decimal_of(value: Value) -> Decimal:
    """A value as a number; nothing is 0. Raises DAT-408."""
    if isinstance(value, bool) or value is None or value == "":
        return Decimal(int(bool(value)))
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise SyncError(ErrorCode.NOT_A_NUMBER, field="", value=str(value)[:60]) from None
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        raise SyncError(ErrorCode.NOT_A_NUMBER, field="", value=str(value)[:60])
    return number


def _truth(value: Value) -> bool:
    return value not in (None, "", False) and value != 0


def _date(value: Value) -> Value:
    found = re.match(r"(\d{4})-(\d{2})-(\d{2})", text_of(value).strip())
    return found.group(0) if found else ""


def _number(value: Value, places: Value) -> Value:
    """Exactly so many places. A number that holds more is refused, not rounded: nothing is lost silently."""
    number, count = decimal_of(value), int(decimal_of(places))
    rounded = _exact(number, count)
    if rounded != number:
        raise SyncError(ErrorCode.TOO_PRECISE, field="", value=text_of(number), places=count)
    return rounded


def _round(value: Value, places: Value) -> Value:
    return _exact(decimal_of(value), int(decimal_of(places)))


def _exact(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _WIDE)


FUNCTIONS: dict[str, Function] = {
    "date": Function(1, 1, _date, (
        ("date(a)", {"a": "2026-11-22T00:00:00"}, "2026-11-22"),
        ("date(a)", {"a": ""}, ""),
    )),
    "number": Function(2, 2, _number, (
        ("number(a, 2)", {"a": Decimal("12.5000000000")}, Decimal("12.50")),
        ("number(a, 0)", {"a": Decimal("3.0")}, Decimal("3")),
    )),
    "round": Function(2, 2, _round, (
        ("round(a, 2)", {"a": Decimal("2.675")}, Decimal("2.68")),
        ("round(a, 2)", {"a": Decimal("-2.675")}, Decimal("-2.68")),
    )),
    "join": Function(1, 30, lambda sep, *parts: text_of(sep).join(text_of(each) for each in parts), (
        ("join('-', a, 7)", {"a": "x"}, "x-7"),
    )),
    "cut": Function(2, 2, lambda value, length: text_of(value)[: int(decimal_of(length))], (
        ("cut(a, 2)", {"a": "\u5355\u6865\u96c6\u6210"}, "\u5355\u6865"),
    )),
    "when": Function(3, 3, lambda test, yes, no: yes if _truth(test) else no, (
        ("when(a > 100, 'big', 'small')", {"a": Decimal("100.01")}, "big"),
        ("when(a = 'X' or not b, 1, 2)", {"a": "Y", "b": "1"}, Decimal("2")),
    )),
    "text": Function(1, 1, lambda value: text_of(value), (
        ("text(a)", {"a": Decimal("10.50")}, "10.50"),
    )),
}  # fmt: skip
"""Plain functions; base, sum, count, first and entry_id are part of the compiler since they look beyond their arguments."""


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False)


@lru_cache(maxsize=4_096)
def compile_expression(text: str) -> Expression:
    """Parses and compiles. Raises MAP-503 with the position and what was expected."""
    if len(text) > MAX_LENGTH:
        raise _wrong(text[:60], MAX_LENGTH, f"at most {MAX_LENGTH} characters")
    try:
        tree: Any = _parser().parse(text)
    except UnexpectedInput as error:
        expected = getattr(error, "expected", None) or getattr(error, "allowed", None) or ()
        names = ", ".join(sorted(str(each) for each in expected)[:8])
        raise _wrong(text, (getattr(error, "column", 0) or 0), names) from None
    except (LarkError, RecursionError) as error:
        raise _wrong(text, 0, str(error)[:80]) from None
    compiler = _Compiler(text)
    value = compiler.compile(tree, 0)
    tables = {table: frozenset(names) for table, names in compiler.tables.items()}
    return Expression(text, value, frozenset(compiler.names), tables)


def _wrong(text: str, position: int, expected: str) -> SyncError:
    return SyncError(ErrorCode.EXPRESSION_WRONG, expression=text, position=position, expected=expected)


class _Compiler:
    """One expression on its way from tree to closure."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.names: set[str] = set()
        self.tables: dict[str, set[str]] = {}

    def compile(self, node: Any, depth: int) -> Compiled:
        if depth > MAX_DEPTH:
            raise _wrong(self._source, 0, f"at most {MAX_DEPTH} levels")
        return getattr(self, f"_on_{node.data}")(node, depth + 1)

    def _on_number(self, node: Tree[Token], _depth: int) -> Compiled:
        number = Decimal(str(node.children[0]))
        return lambda _scope: number

    def _on_text(self, node: Tree[Token], _depth: int) -> Compiled:
        raw = str(node.children[0])
        word = raw[1:-1].replace("''", "'") if raw[0] == "'" else raw[1:-1]
        return lambda _scope: word

    def _on_name(self, node: Tree[Token], _depth: int) -> Compiled:
        name = str(node.children[0])
        if name == "entry_id":
            return lambda scope: scope.entry_id
        self.names.add(name)

        def read(scope: Scope) -> Value:
            if scope.line is not None and name in scope.line:
                return scope.line[name]
            return scope.header.get(name)

        return read

    def _on_signed(self, node: Tree[Token], depth: int) -> Compiled:
        inner, minus = self.compile(node.children[1], depth), str(node.children[0]) == "-"
        return lambda scope: -decimal_of(inner(scope)) if minus else decimal_of(inner(scope))

    def _on_negation(self, node: Tree[Token], depth: int) -> Compiled:
        inner = self.compile(node.children[0], depth)
        return lambda scope: not _truth(inner(scope))

    def _on_either(self, node: Tree[Token], depth: int) -> Compiled:
        parts = [self.compile(child, depth) for child in node.children]
        return lambda scope: any(_truth(part(scope)) for part in parts)

    def _on_both(self, node: Tree[Token], depth: int) -> Compiled:
        parts = [self.compile(child, depth) for child in node.children]
        return lambda scope: all(_truth(part(scope)) for part in parts)

    def _on_test(self, node: Tree[Token], depth: int) -> Compiled:
        left, right = self.compile(node.children[0], depth), self.compile(node.children[2], depth)
        compare = _COMPARE[str(node.children[1])]
        return lambda scope: compare(*_alike(left(scope), right(scope)))

    def _on_total(self, node: Tree[Token], depth: int) -> Compiled:
        return self._fold(node, depth)

    def _on_product(self, node: Tree[Token], depth: int) -> Compiled:
        return self._fold(node, depth)

    def _fold(self, node: Tree[Token], depth: int) -> Compiled:
        parts = [self.compile(child, depth) for child in node.children[::2]]
        signs = [str(child) for child in node.children[1::2]]

        def value(scope: Scope) -> Value:
            result = decimal_of(parts[0](scope))
            for sign, part in zip(signs, parts[1:], strict=True):
                result = _calculate(sign, result, decimal_of(part(scope)))
            return result

        return value

    def _on_call(self, node: Tree[Token], depth: int) -> Compiled:
        name, arguments = str(node.children[0]), [child for child in node.children[1:] if child is not None]
        if name == "count" and len(arguments) == 2:
            return self._count_where(arguments, depth)
        if name in ("sum", "count", "first"):
            return self._over_lines(name, arguments)
        if name == "base":
            return self._base(arguments, depth)
        function = FUNCTIONS.get(name)
        if function is None:
            raise _wrong(
                self._source, _column(node), ", ".join([*FUNCTIONS, "base", "sum", "count", "first"])
            )
        if not function.least <= len(arguments) <= function.most:
            raise _wrong(self._source, _column(node), f"{name}: {function.least}-{function.most}")
        parts, apply = [self.compile(child, depth) for child in arguments], function.apply
        return lambda scope: apply(*[part(scope) for part in parts])

    def _over_lines(self, name: str, arguments: Sequence[Any]) -> Compiled:
        path = str(arguments[0].children[0]) if len(arguments) == 1 and arguments[0].data == "name" else ""
        table, _, column = path.partition(".")
        if not table or bool(column) != (name != "count"):
            raise _wrong(self._source, 0, "count(table)" if name == "count" else f"{name}(table.field)")
        self.tables.setdefault(table, set())
        if name == "count":
            return lambda scope: Decimal(len(scope.lines.get(table, {})))
        self.tables[table].add(column)
        if name == "first":
            return lambda scope: next((row.get(column) for row in scope.lines.get(table, {}).values()), None)
        return lambda scope: _added(row.get(column) for row in scope.lines.get(table, {}).values())

    def _count_where(self, arguments: Sequence[Any], depth: int) -> Compiled:
        """count(table, test): how many lines meet a test; in it a name reads the line first, as in a line row."""
        table = str(arguments[0].children[0]) if arguments[0].data == "name" else ""
        if not table or "." in table:
            raise _wrong(self._source, 0, "count(table, test)")
        inner = _Compiler(self._source)
        test = inner.compile(arguments[1], depth)
        self.tables.setdefault(table, set()).update(inner.names)
        for other, names in inner.tables.items():
            self.tables.setdefault(other, set()).update(names)

        def value(scope: Scope) -> Decimal:
            rows = scope.lines.get(table, {})
            met = [_truth(test(replace(scope, line=row, entry_id=entry))) for entry, row in rows.items()]
            return Decimal(sum(met))

        return value

    def _base(self, arguments: Sequence[Any], depth: int) -> Compiled:
        if len(arguments) != 2:
            raise _wrong(self._source, 0, "base(kind, code)")
        kind, code = (self.compile(child, depth) for child in arguments)

        def value(scope: Scope) -> Value:
            found = text_of(code(scope))
            if not found:
                return ""
            if scope.base is None:
                return found
            return scope.base(text_of(kind(scope)), found)

        return value


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _alike(left: Value, right: Value) -> tuple[Any, Any]:
    """Both as numbers where one is a number, else both as text."""
    if isinstance(left, Decimal) or isinstance(right, Decimal):
        return decimal_of(left), decimal_of(right)
    return text_of(left), text_of(right)


def _added(values: Iterable[Value]) -> Decimal:
    total = Decimal()
    for value in values:
        total = _WIDE.add(total, decimal_of(value))
    return total


def _calculate(sign: str, left: Decimal, right: Decimal) -> Decimal:
    if sign == "+":
        return _WIDE.add(left, right)
    if sign == "-":
        return _WIDE.subtract(left, right)
    if sign == "*":
        return _WIDE.multiply(left, right)
    if right == 0:
        raise SyncError(ErrorCode.NOT_A_NUMBER, field="", value=f"{text_of(left)} / 0")
    return left / right


def _column(node: Tree[Token]) -> int:
    return getattr(node.children[0], "column", 0) or 0
