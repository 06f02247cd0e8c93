"""The functions of mapping rows: what each does, and examples that are its test and its help page.

Pure. What looks beyond its arguments (base, sum, count, first, each, entry_id) is the compiler's, in expression.py; its
examples stand here too, in WIDER.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any, cast

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import Row, Value

MAX_TEXT = 1_000_000
"""Characters that a row may bring: a rule that doubles a long text must end in a sentence, not in all memory."""
MAX_PLACES = 30
MOST_DIGITS = 60
WIDE = Context(prec=4 * MOST_DIGITS, rounding=ROUND_HALF_UP)
"""Wide enough that no sum or product of amounts is ever rounded unasked."""


@dataclass(frozen=True, slots=True)
class Example:
    """An expression, the header and lines it sees, and what it brings."""

    expr: str
    header: Row
    result: Value
    lines: Mapping[str, Mapping[str, Row]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language: how many arguments, what it does, and its examples.

    lazy: its arguments come as functions, so that what is not chosen is not looked up.
    """

    least: int
    most: int
    apply: Callable[..., Value]
    examples: tuple[Example, ...]
    lazy: bool = False


def text_of(value: Value) -> str:
    """A value as text: numbers plain, never with an exponent; nothing as the empty text."""
    if value.__class__ is str:
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal):
        return format(value, "f")
    return value


def decimal_of(value: Value) -> Decimal:
    """A value as a number; nothing is 0. Raises DAT-408."""
    if value.__class__ is Decimal:  # first: to ask a Decimal whether it is "" costs more than all the rest
        number: Any = value
    elif isinstance(value, bool) or value is None or value == "":
        return Decimal(int(bool(value)))
    else:
        try:
            number = Decimal(value)
        except InvalidOperation:
            raise SyncError(ErrorCode.NOT_A_NUMBER, field="", value=str(value)[:60]) from None
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS:
        raise SyncError(ErrorCode.NOT_A_NUMBER, field="", value=str(value)[:60])
    return cast(Decimal, number)


def truth(value: Value) -> bool:
    """Nothing, "" and 0 are no."""
    return value not in (None, "", False) and value != 0


def alike(left: Value, right: Value) -> tuple[Any, Any]:
    """Both as numbers where one is a number, else both as text."""
    if isinstance(left, Decimal) or isinstance(right, Decimal):
        return decimal_of(left), decimal_of(right)
    return text_of(left), text_of(right)


def bounded(text: str) -> str:
    """The text, or DAT-404 where it is longer than any form keeps."""
    if len(text) > MAX_TEXT:
        raise SyncError(ErrorCode.TOO_LONG, field="", length=len(text), limit=MAX_TEXT)
    return text


def exact(number: Decimal, places: int) -> Decimal:
    """Rounded half up to so many places."""
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, WIDE)


def _count_of(value: Value, most: int) -> int:
    """A whole number of characters, days or places. Raises DAT-408."""
    number = decimal_of(value)
    if abs(number) > most or number != int(number):
        raise SyncError(ErrorCode.NOT_A_NUMBER, field="", value=text_of(value)[:60])
    return int(number)


# --- dates ---------------------------------------------------------------------------------------------------------------
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_PATTERN = re.compile(r"yyyy|yy|MM|M|dd|d")


def _day(value: Value) -> date | None:
    """The day of a date or time as systems write it; None for nothing. Raises DAT-411."""
    text = text_of(value).strip()
    if not text:
        return None
    found = _DAY.match(text)
    try:
        return date(*map(int, found.groups())) if found else _refuse_day(text)
    except ValueError:
        return _refuse_day(text)


def _refuse_day(text: str) -> date:
    raise SyncError(ErrorCode.NOT_A_DATE, field="", value=text[:60])


def _date(value: Value, pattern: Value = None) -> Value:
    if pattern is None:
        found = re.match(r"(\d{4})-(\d{2})-(\d{2})", text_of(value).strip())
        return found.group(0) if found else ""
    day = _day(value)
    if day is None:
        return ""
    words = {
        "yyyy": f"{day.year:04d}", "yy": f"{day.year % 100:02d}", "MM": f"{day.month:02d}", "M": str(day.month),
        "dd": f"{day.day:02d}", "d": str(day.day),
    }  # fmt: skip
    return _PATTERN.sub(lambda found: words[found.group(0)], text_of(pattern))


def _add_days(value: Value, days: Value) -> Value:
    day = _day(value)
    return "" if day is None else (day + timedelta(days=_count_of(days, 40_000))).isoformat()


# --- numbers ---------------------------------------------------------------------------------------------------------------
def _number(value: Value, places: Value) -> Value:
    """Exactly so many places. A number that holds more is refused, not rounded: nothing is lost silently."""
    number, count = decimal_of(value), _count_of(places, MAX_PLACES)
    rounded = exact(number, count)
    if rounded != number:
        raise SyncError(ErrorCode.TOO_PRECISE, field="", value=text_of(number), places=count)
    return rounded


def _round(value: Value, places: Value) -> Value:
    return exact(decimal_of(value), _count_of(places, MAX_PLACES))


def _thousands(value: Value, places: Value) -> Value:
    return format(decimal_of(_number(value, places)), ",f")


_DIGITS = "\u96f6\u58f9\u8d30\u53c1\u8086\u4f0d\u9646\u67d2\u634c\u7396"
"""The ten capital digits, from ling to jiu."""
_TENS = ("", "\u62fe", "\u4f70", "\u4edf")
"""Shi, bai, qian."""
_GROUPS = ("", "\u4e07", "\u4ebf", "\u4e07\u4ebf")
"""Each four places: wan, yi, wan yi."""
_YUAN, _JIAO, _FEN, _WHOLE, _MINUS = "\u5143", "\u89d2", "\u5206", "\u6574", "\u8d1f"
_ZERO = _DIGITS[0]


def _capital(value: Value) -> Value:
    """An amount as cheques and vouchers spell it. Source: the rules for filling in bills of the People's Bank of China."""
    if text_of(value) == "":
        return ""
    amount = decimal_of(_number(value, Decimal(2)))
    fen = int(abs(amount) * 100)
    whole, jiao, fen = fen // 100, fen // 10 % 10, fen % 10
    if whole >= 10**16:
        raise SyncError(ErrorCode.NOT_A_NUMBER, field="", value=text_of(value)[:60])
    told = _whole(whole) + _YUAN if whole else ""
    if jiao:
        told += _DIGITS[jiao] + _JIAO
    elif fen and told:
        told += _ZERO
    told += _DIGITS[fen] + _FEN if fen else ""
    told = told or _ZERO + _YUAN
    return (_MINUS if amount < 0 else "") + told + (_WHOLE if not (jiao or fen) else "")


def _whole(number: int) -> str:
    """Whole yuan: groups of four places; a group that begins with zeros, or follows one, is joined by one zero."""
    groups = []
    while number:
        groups.append(number % 10_000)
        number //= 10_000
    told, gap, units = "", False, _GROUPS
    for at in range(len(groups) - 1, -1, -1):
        part = groups[at]
        if part:
            told += (_ZERO if told and (gap or part < 1_000) else "") + _four(part)
            told += units[at] if at != 3 or groups[2] == 0 else units[1]
        gap = not part
    return told


def _four(number: int) -> str:
    """Up to 9 999, without leading or trailing zeros; zeros within are told once."""
    told, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            told += (_ZERO if told and gap else "") + _DIGITS[digit] + _TENS[place]
        gap = not digit
    return told


# --- words -----------------------------------------------------------------------------------------------------------------
def _join(separator: Value, *parts: Value) -> Value:
    return bounded(text_of(separator).join(text_of(each) for each in parts))


def _cut(value: Value, length: Value) -> Value:
    return text_of(value)[: max(0, _count_of(length, MAX_TEXT))]


def _part(value: Value, start: Value, length: Value) -> Value:
    """From the first character = 1."""
    begin = max(1, _count_of(start, MAX_TEXT)) - 1
    return text_of(value)[begin : begin + max(0, _count_of(length, MAX_TEXT))]


def _replace(value: Value, old: Value, new: Value) -> Value:
    text, sought, other = text_of(value), text_of(old), text_of(new)
    if not sought:
        return text
    if len(text) + text.count(sought) * (len(other) - len(sought)) > MAX_TEXT:
        raise SyncError(ErrorCode.TOO_LONG, field="", length=len(text), limit=MAX_TEXT)
    return text.replace(sought, other)


def _pad(value: Value, length: Value, filler: Value) -> Value:
    return text_of(value).rjust(_count_of(length, 1_000), (text_of(filler) or " ")[0])


# --- choices ---------------------------------------------------------------------------------------------------------------
Later = Callable[[], Value]


def _when(test: Later, yes: Later, no: Later) -> Value:
    return yes() if truth(test()) else no()


def _choose(value: Later, *pairs: Later) -> Value:
    """Value by value; the last one, where their number is odd, is what is left."""
    found = value()
    for at in range(0, len(pairs) - 1, 2):
        left, right = alike(found, pairs[at]())
        if left == right:
            return pairs[at + 1]()
    return pairs[-1]() if len(pairs) % 2 else ""


def _first_of(*values: Later) -> Value:
    for each in values:
        if (found := each()) not in (None, ""):
            return found
    return ""


def _most(values: Iterable[Value], choose: Callable[[Iterable[Decimal]], Decimal]) -> Value:
    return choose(decimal_of(each) for each in values)


def added(values: Iterable[Value]) -> Decimal:
    """The sum, never rounded."""
    total = Decimal()
    for value in values:
        total = WIDE.add(total, decimal_of(value))
    return total


def told_once(values: Iterable[Value], separator: str) -> str:
    """Each different value once, in order; nothing is left out."""
    return bounded(separator.join(dict.fromkeys(text for text in map(text_of, values) if text)))


def _example(expr: str, result: Value, **header: Value) -> Example:
    return Example(expr, header, result)


FUNCTIONS: dict[str, Function] = {
    "date": Function(1, 2, _date, (
        _example("date(a)", "2026-11-22", a="2026-11-22T00:00:00"),
        _example("date(a, 'yyyy/M/d')", "2026/3/5", a="2026-03-05"),
        _example("date(a, 'dd.MM.yy')", "05.03.26", a="2026-03-05"),
        _example("date(a)", "", a=""),
    )),
    "add_days": Function(2, 2, _add_days, (
        _example("add_days(a, 30)", "2026-12-22", a="2026-11-22"),
        _example("add_days(a, -1)", "2026-02-28", a="2026-03-01"),
    )),
    "number": Function(2, 2, _number, (
        _example("number(a, 2)", Decimal("12.50"), a=Decimal("12.5000000000")),
        _example("number(a, 0)", Decimal("3"), a=Decimal("3.0")),
    )),
    "round": Function(2, 2, _round, (
        _example("round(a, 2)", Decimal("2.68"), a=Decimal("2.675")),
        _example("round(a, 2)", Decimal("-2.68"), a=Decimal("-2.675")),
    )),
    "thousands": Function(2, 2, _thousands, (
        _example("thousands(a, 2)", "1,862,400.00", a=Decimal("1862400")),
    )),
    "capital": Function(1, 1, _capital, (
        _example("capital(a)", "\u58f9\u4edf\u8086\u4f70\u96f6\u7396\u5143\u4f0d\u89d2", a=Decimal("1409.50")),
        _example("capital(a)", "\u53c1\u4f70\u8d30\u62fe\u4f0d\u5143\u96f6\u8086\u5206", a=Decimal("325.04")),
        _example("capital(a)", "\u58f9\u62fe\u4e07\u96f6\u4f0d\u62fe\u5143\u6574", a=Decimal("100050")),
    )),
    "abs": Function(1, 1, lambda value: abs(decimal_of(value)), (
        _example("abs(a)", Decimal("3.50"), a=Decimal("-3.50")),
    )),
    "least": Function(2, 30, lambda *values: _most(values, min), (
        _example("least(a, 100)", Decimal("87"), a=Decimal("87")),
    )),
    "most": Function(2, 30, lambda *values: _most(values, max), (
        _example("most(a - 10, 0)", Decimal("0"), a=Decimal("3")),
    )),
    "join": Function(1, 30, _join, (
        _example("join('-', a, 7)", "x-7", a="x"),
    )),
    "cut": Function(2, 2, _cut, (
        _example("cut(a, 2)", "\u5355\u6865", a="\u5355\u6865\u96c6\u6210"),
    )),
    "part": Function(3, 3, _part, (
        _example("part(a, 3, 4)", "2026", a="PO2026-118"),
    )),
    "replace": Function(3, 3, _replace, (
        _example("replace(a, '-', '/')", "A/1/2", a="A-1-2"),
    )),
    "trim": Function(1, 1, lambda value: text_of(value).strip(), (
        _example("trim(a)", "M-01", a="  M-01 "),
    )),
    "upper": Function(1, 1, lambda value: text_of(value).upper(), (
        _example("upper(a)", "CNY", a="cny"),
    )),
    "lower": Function(1, 1, lambda value: text_of(value).lower(), (
        _example("lower(a)", "wangmin", a="WangMin"),
    )),
    "pad": Function(3, 3, _pad, (
        _example("pad(a, 6, '0')", "000118", a="118"),
    )),
    "length": Function(1, 1, lambda value: Decimal(len(text_of(value))), (
        _example("length(a)", Decimal(4), a="\u5355\u6865\u96c6\u6210"),
    )),
    "contains": Function(2, 2, lambda value, part: text_of(part) in text_of(value), (
        _example("contains(a, 'rush')", True, a="rush order"),
    )),
    "when": Function(3, 3, _when, (
        _example("when(a > 100, 'big', 'small')", "big", a=Decimal("100.01")),
        _example("when(a = 'X' or not b, 1, 2)", Decimal("2"), a="Y", b="1"),
    ), lazy=True),
    "choose": Function(3, 61, _choose, (
        _example("choose(a, 'B', 'waiting', 'C', 'audited', 'other')", "audited", a="C"),
        _example("choose(a, 'B', 'waiting', 'C', 'audited', 'other')", "other", a="Z"),
    ), lazy=True),
    "first_of": Function(1, 30, _first_of, (
        _example("first_of(a, b, 'none')", "spare", a="", b="spare"),
    ), lazy=True),
    "text": Function(1, 1, lambda value: text_of(value), (
        _example("text(a)", "10.50", a=Decimal("10.50")),
    )),
}  # fmt: skip
"""Plain functions, in the order of the help page."""

_LINES: Mapping[str, Mapping[str, Row]] = {
    "t": {
        "1": {"qty": Decimal("2"), "name": "bolt"},
        "2": {"qty": Decimal("5"), "name": "nut"},
        "3": {"qty": Decimal("1"), "name": "bolt"},
    }
}
WIDER: dict[str, tuple[Example, ...]] = {
    "base": (Example("base('supplier', a)", {"a": "VEN0001"}, "4001"),),
    "sum": (Example("sum(t.qty)", {}, Decimal("8"), _LINES),),
    "count": (
        Example("count(t)", {}, Decimal("3"), _LINES),
        Example("count(t, qty > 1)", {}, Decimal("2"), _LINES),
    ),
    "first": (Example("first(t.name)", {}, "bolt", _LINES),),
    "each": (Example("each(t.name, ', ')", {}, "bolt, nut", _LINES),),
}
"""What looks beyond its arguments. The example of base: VEN0001 stands for 4001."""
