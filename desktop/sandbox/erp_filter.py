"""The server's filter language: text or rows of conditions, parsed into a small tree. Knows no forms and no bills."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from desktop.sandbox.erp_bill import Refusal


@dataclass(frozen=True, slots=True)
class Name:
    """A field path: "FCustId.FNumber"."""

    path: str


@dataclass(frozen=True, slots=True)
class Test:
    """One condition. op: = <> > >= < <= like in null; `values` are str, Decimal or None."""

    name: Name | None
    op: str
    values: tuple[Any, ...]
    literal: Any = None


@dataclass(frozen=True, slots=True)
class Both:
    """All of them."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Any of them."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    part: Node


Node = Test | Both | Either | Not

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<stamp>\{\s*(?:ts|d)\s*'(?P<stamped>[^']*)'\s*\})
    | N?'(?P<text>(?:[^']|'')*)'
    | (?P<number>-?\d+(?:\.\d+)?)(?![\w.])
    | (?P<op><>|!=|>=|<=|=|<|>)
    | (?P<mark>[(),])
    | (?P<word>[A-Za-z_][\w.]*)
    )""",
    re.VERBOSE,
)
_KEYWORDS = {"and", "or", "not", "in", "like", "is", "null", "between"}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    value: Any


def _wrong(text: str) -> Refusal:
    return Refusal(f"数据库执行异常：“{text[:80]}”附近有语法错误", 6)


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _wrong(text[at:])
        at = found.end()
        kind = found.lastgroup or ""
        if found["stamp"] is not None:
            yield _Token("value", found["stamped"])
        elif found["text"] is not None:
            yield _Token("value", found["text"].replace("''", "'"))
        elif found["number"] is not None:
            yield _Token("value", Decimal(found["number"]))
        elif kind == "word" and found["word"].lower() in _KEYWORDS:
            yield _Token(found["word"].lower(), None)
        else:
            yield _Token("word" if kind == "word" else found.group(kind), found.group(kind))


class _Parser:
    """Recursive descent: or, and, not, condition."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._rest = [*_tokens(text), _Token("end", None)]
        self._at = 0

    def whole(self) -> Node:
        node = self._either()
        self._expect("end")
        return node

    def _either(self) -> Node:
        parts = [self._both()]
        while self._accept("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Node:
        parts = [self._factor()]
        while self._accept("and"):
            parts.append(self._factor())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _factor(self) -> Node:
        if self._accept("not"):
            return Not(self._factor())
        if self._accept("("):
            node = self._either()
            self._expect(")")
            return node
        return self._condition()

    def _condition(self) -> Node:
        left = self._operand()
        if self._accept("is"):
            negated = self._accept("not")
            self._expect("null")
            return _perhaps(negated, _test(left, "null", ()))
        negated = self._accept("not")
        if self._accept("in"):
            return _perhaps(negated, _test(left, "in", tuple(self._list())))
        if self._accept("like"):
            return _perhaps(negated, _test(left, "like", (self._value(),)))
        if self._accept("between"):
            low = self._value()
            self._expect("and")
            return _perhaps(negated, Both((_test(left, ">=", (low,)), _test(left, "<=", (self._value(),)))))
        for op in ("=", "<>", "!=", ">=", "<=", ">", "<"):
            if self._accept(op):
                return _test(left, "<>" if op == "!=" else op, (self._value(),))
        raise self._stuck()

    def _list(self) -> Iterator[Any]:
        self._expect("(")
        yield self._value()
        while self._accept(","):
            yield self._value()
        self._expect(")")

    def _operand(self) -> Any:
        token = self._next()
        if token.kind == "word":
            return Name(token.value)
        if token.kind == "value":
            return token.value
        raise self._stuck()

    def _value(self) -> Any:
        token = self._next()
        if token.kind == "value":
            return token.value
        if token.kind == "null":
            return None
        raise self._stuck()

    def _next(self) -> _Token:
        token = self._rest[self._at]
        self._at += 1
        return token

    def _accept(self, kind: str) -> bool:
        if self._rest[self._at].kind != kind:
            return False
        self._at += 1
        return True

    def _expect(self, kind: str) -> None:
        if not self._accept(kind):
            raise self._stuck()

    def _stuck(self) -> Refusal:
        return _wrong(self._text)


def _test(left: Any, op: str, values: tuple[Any, ...]) -> Test:
    return Test(left, op, values) if isinstance(left, Name) else Test(None, op, values, literal=left)


def _perhaps(negated: bool, node: Node) -> Node:
    return Not(node) if negated else node


@lru_cache(maxsize=1024)
def parse_filter(text: str) -> Node | None:
    """The tree of a FilterString, or None for an empty one. Raises Refusal (MsgCode 6) for what is not the language."""
    return _Parser(text).whole() if text.strip() else None


def uses_in(node: Node | None) -> bool:
    """Whether `in (...)` stands anywhere in the filter."""
    match node:
        case Test(op=op):
            return op == "in"
        case Not(part=part):
            return uses_in(part)
        case Both(parts=parts) | Either(parts=parts):
            return any(uses_in(part) for part in parts)
    return False


_COMPARES = {
    "67": "=",
    "=": "=",
    "statusequalto": "=",
    "<>": "<>",
    "!=": "<>",
    ">": ">",
    ">=": ">=",
    "<": "<",
    "<=": "<=",
    "like": "like",
    "in": "in",
    "is null": "null",
}


def filter_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """The array form of a filter as text. Logic: "0" and, "1" or. Raises Refusal for an unknown comparison."""
    parts: list[str] = []
    for place, row in enumerate(rows):
        compare = _COMPARES.get(str(row.get("Compare", "=")).strip().lower())
        if compare is None:
            raise Refusal(f"过滤条件的比较符“{row.get('Compare')}”不正确", 8)
        condition = f"{row.get('FieldName', '')} {_right_side(compare, str(row.get('Value', '')))}"
        parts.append(f"{row.get('Left') or ''} {condition} {row.get('Right') or ''}")
        if place < len(rows) - 1:
            parts.append("or" if str(row.get("Logic", "0")) == "1" else "and")
    return " ".join(parts)


def _right_side(compare: str, value: str) -> str:
    if compare == "null":
        return "is null"
    if compare == "in":
        return f"in ({', '.join(_quoted(each) for each in value.split(','))})"
    return f"{compare} {_quoted(value)}"


def _quoted(value: str) -> str:
    return "'" + value.strip().replace("'", "''") + "'"
