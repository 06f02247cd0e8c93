"""The closed little language of mapping rows: parsed by a grammar, compiled to closures, never evaluated as Python.

A name reads a field ("customer.code"); in a line row it reads the line first and then the header. Arithmetic is
Decimal. Every function stands in functions.py with examples that are its test and its help.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache, partial
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import LarkError, UnexpectedInput

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import Row, Value
from desktop.sync.functions import FUNCTIONS, WIDE, WIDER, added, alike, decimal_of, text_of, told_once, truth

__all__ = ["Compiled", "Expression", "Scope", "compile_expression", "decimal_of", "text_of"]

MAX_LENGTH = 4_000
MAX_DEPTH = 40

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

    base: kind, ERP code (and what chooses among several) -> OA key; raises MAP-502 where there is none.
    """

    header: Row
    lines: Mapping[str, Mapping[str, Row]] = field(default_factory=dict)
    line: Row | None = None
    entry_id: str = ""
    base: Callable[..., str] | None = None


Compiled = Callable[[Scope], Value]


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled row. names: fields it reads; tables: line fields it sums or counts, by table; kinds: base data."""

    text: str
    value: Compiled
    names: frozenset[str]
    tables: Mapping[str, frozenset[str]]


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False)


_TERMINALS = {
    "NUMBER": "value", "TEXT": "value", "NAME": "value", "NOT": "value", "LPAR": "open", "SIGN": "operator",
    "FACTOR": "operator", "COMPARE": "operator", "AND": "operator", "OR": "operator", "COMMA": "comma", "RPAR": "close",
    "$END": "end",
}  # fmt: skip
"""What the grammar may expect, in words that the catalogue translates ("expected-value")."""
_TOO_DEEP = f"deep-{MAX_DEPTH}"


@lru_cache(maxsize=4_096)
def compile_expression(text: str) -> Expression:
    """Parses and compiles. Raises MAP-503 with the position, from 1, and what was expected there."""
    if len(text) > MAX_LENGTH:
        raise _wrong(text[:60], MAX_LENGTH, [f"short-{MAX_LENGTH}"])
    try:
        tree: Any = _parser().parse(text)
    except UnexpectedInput as error:
        raise _wrong(text, _place(text, error), _expected(error)) from None
    except (LarkError, RecursionError):
        raise _wrong(text, 1, [_TOO_DEEP]) from None
    compiler = _Compiler(text)
    try:
        value = compiler.compile(tree, 0)
    except RecursionError:
        raise _wrong(text, 1, [_TOO_DEEP]) from None
    tables = {table: frozenset(names) for table, names in compiler.tables.items()}
    return Expression(text, value, frozenset(compiler.names), tables)


def _expected(error: UnexpectedInput) -> list[str]:
    """In a few words: where a value may stand, its sign and bracket need no word of their own."""
    parser = getattr(error, "interactive_parser", None)
    names = parser.accepts() if parser is not None else getattr(error, "allowed", None) or ()
    words = list(dict.fromkeys(word for name, word in _TERMINALS.items() if name in names))
    less = ("open", "operator") if "value" in words else ("open",)
    return [word for word in words if word not in less]


def _place(text: str, error: UnexpectedInput) -> int:
    """The character that was not expected; one behind the last where the rule ends too early."""
    token = getattr(error, "token", None)
    if token is not None and token.type == "$END":
        return len(text) + 1
    return (error.pos_in_stream or 0) + 1


def _wrong(text: str, position: int, expected: Sequence[str]) -> SyncError:
    return SyncError(
        ErrorCode.EXPRESSION_WRONG, expression=text, position=position, expected=list(expected) or ["value"]
    )


class _Compiler:
    """One expression on its way from tree to closure."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.names: set[str] = set()
        self.tables: dict[str, set[str]] = {}

    def compile(self, node: Any, depth: int) -> Compiled:
        if depth > MAX_DEPTH:
            raise _wrong(self._source, _column(node), [_TOO_DEEP])
        compiled: Compiled = getattr(self, f"_on_{node.data}")(node, depth + 1)
        return compiled

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
        return lambda scope: not truth(inner(scope))

    def _on_either(self, node: Tree[Token], depth: int) -> Compiled:
        parts = [self.compile(child, depth) for child in node.children]
        return lambda scope: any(truth(part(scope)) for part in parts)

    def _on_both(self, node: Tree[Token], depth: int) -> Compiled:
        parts = [self.compile(child, depth) for child in node.children]
        return lambda scope: all(truth(part(scope)) for part in parts)

    def _on_test(self, node: Tree[Token], depth: int) -> Compiled:
        left, right = self.compile(node.children[0], depth), self.compile(node.children[2], depth)
        compare = _COMPARE[str(node.children[1])]
        return lambda scope: compare(*alike(left(scope), right(scope)))

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
            return self._count_where(node, arguments, depth)
        if name in ("sum", "count", "first", "each"):
            return self._over_lines(node, name, arguments)
        if name == "base":
            return self._base(node, arguments, depth)
        function = FUNCTIONS.get(name)
        if function is None:
            known = [*FUNCTIONS, *WIDER]
            raise _wrong(self._source, _column(node), get_close_matches(name, known) or sorted(known))
        if not function.least <= len(arguments) <= function.most:
            raise _wrong(self._source, _column(node), [function.examples[0].expr])
        parts, apply = [self.compile(child, depth) for child in arguments], function.apply
        if function.lazy:
            return lambda scope: apply(*[partial(part, scope) for part in parts])
        if len(parts) == 1:
            (only,) = parts
            return lambda scope: apply(only(scope))
        if len(parts) == 2:
            one, two = parts
            return lambda scope: apply(one(scope), two(scope))
        return lambda scope: apply(*[part(scope) for part in parts])

    def _over_lines(self, node: Tree[Token], name: str, arguments: Sequence[Any]) -> Compiled:
        wanted = 2 if name == "each" else 1
        path = (
            str(arguments[0].children[0]) if len(arguments) == wanted and arguments[0].data == "name" else ""
        )
        table, _, column = path.partition(".")
        if not table or bool(column) != (name != "count"):
            raise _wrong(self._source, _column(node), [WIDER[name][0].expr])
        self.tables.setdefault(table, set())
        if name == "count":
            return lambda scope: Decimal(len(scope.lines.get(table, {})))
        self.tables[table].add(column)
        if name == "first":
            return lambda scope: next((row.get(column) for row in scope.lines.get(table, {}).values()), None)
        if name == "each":
            between = self.compile(arguments[1], 0)
            return lambda scope: told_once(
                (row.get(column) for row in scope.lines.get(table, {}).values()), text_of(between(scope))
            )
        return lambda scope: added(row.get(column) for row in scope.lines.get(table, {}).values())

    def _count_where(self, node: Tree[Token], arguments: Sequence[Any], depth: int) -> Compiled:
        """count(table, test): how many lines meet a test; in it a name reads the line first, as in a line row."""
        table = str(arguments[0].children[0]) if arguments[0].data == "name" else ""
        if not table or "." in table:
            raise _wrong(self._source, _column(node), [WIDER["count"][1].expr])
        inner = _Compiler(self._source)
        test = inner.compile(arguments[1], depth)
        self.tables.setdefault(table, set()).update(inner.names)
        for other, names in inner.tables.items():
            self.tables.setdefault(other, set()).update(names)

        def value(scope: Scope) -> Decimal:
            rows = scope.lines.get(table, {})
            met = [truth(test(replace(scope, line=row, entry_id=entry))) for entry, row in rows.items()]
            return Decimal(sum(met))

        return value

    def _base(self, node: Tree[Token], arguments: Sequence[Any], depth: int) -> Compiled:
        """base(kind, code), or base(kind, code, by): `by` chooses among several counterparts, such as a department."""
        if len(arguments) not in (2, 3):
            raise _wrong(self._source, _column(node), [WIDER["base"][0].expr])
        kind, code, *rest = (self.compile(child, depth) for child in arguments)

        def value(scope: Scope) -> Value:
            found = text_of(code(scope))
            if not found:
                return ""
            if scope.base is None:
                return found
            if rest:
                return scope.base(text_of(kind(scope)), found, text_of(rest[0](scope)))
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


def _calculate(sign: str, left: Decimal, right: Decimal) -> Decimal:
    if sign == "+":
        return WIDE.add(left, right)
    if sign == "-":
        return WIDE.subtract(left, right)
    if sign == "*":
        return WIDE.multiply(left, right)
    if right == 0:
        raise SyncError(ErrorCode.NOT_A_NUMBER, field="", value=f"{text_of(left)} / 0")
    return left / right


def _column(node: Any) -> int:
    """The character at which a node begins, from 1."""
    if isinstance(node, Token):
        return (node.start_pos or 0) + 1
    return _column(node.children[0]) if getattr(node, "children", None) else 1
