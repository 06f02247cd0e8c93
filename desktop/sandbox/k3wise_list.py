"""GetList of the toy K/3 WISE: its filter language (SQL conditions on [fields]), order, pages and chosen fields.

Source: Kingdee K/3 WISE API platform, GetList.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

Row = dict[str, Any]
Test = Callable[[Mapping[str, Any]], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<field>\[[^\]]+\])|(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<op><=|>=|<>|!=|=|<|>|\(|\)|,)"
    r"|(?P<word>[A-Za-z_]+))"
)


class FilterError(ValueError):
    """A filter that SQL Server refuses; the text is what it says."""


def parse_filter(text: str) -> Test:
    """The test for a filter's text; everything passes an empty one. Raises FilterError."""
    if not text.strip():
        return lambda row: True
    parser = _Parser(_tokens(text))
    test = parser.either()
    parser.end()
    return test


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise FilterError(f"“{text[place : place + 20]}”附近有语法错误。")
        kind = str(match.lastgroup)
        found.append((kind, match[kind]))
        place = match.end()
    return found


class _Parser:
    """Recursive descent over or, and, not, brackets and one comparison."""

    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self._tokens, self._place = tokens, 0

    def end(self) -> None:
        if self._place < len(self._tokens):
            raise FilterError(f"“{self._tokens[self._place][1]}”附近有语法错误。")

    def either(self) -> Test:
        tests = [self._both()]
        while self._word("or"):
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._word("and"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        if self._word("not"):
            negated = self._one()
            return lambda row: not negated(row)
        if self._op("("):
            inner = self.either()
            self._need("op", ")")
            return inner
        return self._comparison()

    def _comparison(self) -> Test:
        name = self._need("field")[1:-1].strip()
        if self._word("is"):
            negated, _ = self._word("not"), self._need("word", "null")
            return lambda row: (_of(row, name) in ("", None)) is not negated
        negated = self._word("not")
        if self._word("like"):
            like = _like(self._value())
            return lambda row: bool(like.match(str(_of(row, name)))) is not negated
        if self._word("in"):
            self._need("op", "(")
            wanted = [self._value()]
            while self._op(","):
                wanted.append(self._value())
            self._need("op", ")")
            return lambda row: any(_compare(_of(row, name), each) == 0 for each in wanted) is not negated
        op = self._need("op")
        decide = _DECIDE.get(op)
        if decide is None:
            raise FilterError(f"“{op}”附近有语法错误。")
        value = self._value()
        return lambda row: decide(_compare(_of(row, name), value))

    def _value(self) -> str:
        kind, text = self._next()
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return text
        raise FilterError(f"“{text}”附近有语法错误。")

    def _next(self) -> tuple[str, str]:
        if self._place >= len(self._tokens):
            raise FilterError("条件不完整，附近有语法错误。")
        self._place += 1
        return self._tokens[self._place - 1]

    def _need(self, kind: str, text: str = "") -> str:
        found, said = self._next()
        if found != kind or (text and said.lower() != text):
            raise FilterError(f"“{said}”附近有语法错误。")
        return said

    def _word(self, word: str) -> bool:
        return self._take("word", word)

    def _op(self, op: str) -> bool:
        return self._take("op", op)

    def _take(self, kind: str, text: str) -> bool:
        if self._place < len(self._tokens):
            found, said = self._tokens[self._place]
            if found == kind and said.lower() == text:
                self._place += 1
                return True
        return False


_DECIDE: Mapping[str, Callable[[int | None], bool]] = {
    "=": lambda order: order == 0,
    "<>": lambda order: order != 0,
    "!=": lambda order: order != 0,
    "<": lambda order: order is not None and order < 0,
    "<=": lambda order: order is not None and order <= 0,
    ">": lambda order: order is not None and order > 0,
    ">=": lambda order: order is not None and order >= 0,
}


def _of(row: Mapping[str, Any], name: str) -> Any:
    """A field in any case; a reference counts as its number. Raises FilterError for a name that is no column."""
    if name in row:
        value = row[name]
    else:
        found = next((key for key in row if key.lower() == name.lower()), None)
        if found is None:
            raise FilterError(f"列名 '{name}' 无效。")
        value = row[found]
    return value["FNumber"] if isinstance(value, dict) else value


def _compare(held: Any, wanted: str) -> int | None:
    """-1, 0 or 1; None where the two cannot be compared. Texts without regard to case, as the server's collation."""
    if isinstance(held, int | float):
        try:
            left, right = Decimal(str(held)), Decimal(wanted)
        except InvalidOperation:
            return None
        return (left > right) - (left < right)
    one, two = _sortable(str(held)), _sortable(wanted)
    return (one > two) - (one < two)


def _sortable(text: str) -> str:
    try:
        return (
            datetime.fromisoformat(text).isoformat() if len(text) >= 10 and text[4:5] == "-" else text.lower()
        )
    except ValueError:
        return text.lower()  # fmt: skip


def _like(pattern: str) -> re.Pattern[str]:
    made = "".join(".*" if each == "%" else "." if each == "_" else re.escape(each) for each in pattern)
    return re.compile(f"{made}$", re.IGNORECASE | re.DOTALL)


def ordered(rows: list[Row], order_by: str) -> list[Row]:
    """Rows in the order asked for: `[FBillNo] asc, [FDate] desc`."""
    for part in reversed([each.strip() for each in order_by.split(",") if each.strip()]):
        name, _, way = part.replace("[", "").replace("]", "").partition(" ")
        rows.sort(key=lambda row, name=name: _order_key(_of(row, name)), reverse=way.strip().lower() == "desc")  # type: ignore[misc]  # fmt: skip
    return rows


def _order_key(value: Any) -> tuple[int, Any]:
    return (0, value) if isinstance(value, int | float) else (1, str(value).lower())


def page_of(rows: list[Row], top: int, size: int, index: int) -> list[Row]:
    """One page. top, size: 0 = without limit; index begins with 1."""
    if top > 0:
        rows = rows[:top]
    if size <= 0:
        return rows
    first = max(0, index - 1) * size
    return rows[first : first + size]


def chosen(rows: Iterable[Row], fields: str) -> list[Row]:
    """Only the fields asked for, as they were written; all where nothing was. Raises FilterError."""
    names = [each.strip() for each in fields.split(",") if each.strip()]
    if not names:
        return list(rows)
    return [{name: _raw(row, name) for name in names} for row in rows]


def _raw(row: Row, name: str) -> Any:
    if name in row:
        return row[name]
    found = next((key for key in row if key.lower() == name.lower()), None)
    if found is None:
        raise FilterError(f"列名 '{name}' 无效。")
    return row[found]
