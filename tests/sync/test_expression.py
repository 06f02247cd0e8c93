"""The language of mapping rows: every example of the help page, and every way to write it wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest

from desktop.domain.errors import ErrorCode, SyncError
from desktop.services.text import Text
from desktop.sync.expression import MAX_LENGTH, Scope, compile_expression
from desktop.sync.functions import FUNCTIONS, MAX_TEXT, WIDER, Example

EXAMPLES = [(name, each) for name, function in FUNCTIONS.items() for each in function.examples]
EXAMPLES += [(name, each) for name, examples in WIDER.items() for each in examples]


def base(kind: str, code: str, by: str = "") -> str:
    """Only VEN0001 has a counterpart."""
    if code != "VEN0001":
        raise SyncError(ErrorCode.BASE_DATA_UNMAPPED, kind=kind, erp_code=code, number="", gaps="")
    return {"": "4001", "D02": "4002"}[by]


def value(text: str, lines: object = None, **header: object) -> object:
    return compile_expression(text).value(Scope(header, lines or {}, base=base))  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=lambda each: getattr(each, "expr", each))
def test_every_example_of_the_help_page_is_true(name: str, example: Example) -> None:
    assert f"{name}(" in example.expr
    found = value(example.expr, example.lines, **example.header)
    assert (found, type(found)) == (example.result, type(example.result))


def test_every_function_is_told_in_both_languages() -> None:
    for language in ("zh", "en"):
        text = Text(language, strict=True)
        assert all(text.say(f"function-{name}") for name in (*FUNCTIONS, *WIDER))


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("0", "零元整"), ("0.05", "伍分"), ("0.50", "伍角"), ("1", "壹元整"), ("10", "壹拾元整"), ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("6007.14", "陆仟零柒元壹角肆分"), ("1680.32", "壹仟陆佰捌拾元叁角贰分"), ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("100000001", "壹亿零壹元整"), ("20010000", "贰仟零壹万元整"), ("1000200000000", "壹万零贰亿元整"), ("1000000000000", "壹万亿元整"),
        ("10050000", "壹仟零伍万元整"), ("-12.30", "负壹拾贰元叁角"), ("1000000000001.1", "壹万亿零壹元壹角"), ("", ""),
    ],
)  # fmt: skip
def test_an_amount_in_capital_figures(amount: str, told: str) -> None:
    assert value("capital(a)", a=Decimal(amount) if amount else "") == told


@pytest.mark.parametrize("amount", ["1.005", "1e16", "words"])
def test_an_amount_that_has_no_capital_figures_is_refused(amount: str) -> None:
    with pytest.raises(SyncError):
        value("capital(a)", a=amount)


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("join('', a", 11, {"comma", "close"}),
        ("a b", 3, {"operator", "end"}),
        ("1 +", 4, {"value"}),
        ("a # b", 3, {"operator"}),
        ("'open", 1, {"value"}),
        ("1 + nmber(a, 2)", 5, {"number"}),
        ("1 + number(a)", 5, {"number(a, 2)"}),
        ("2 * sum(a)", 5, {"sum(t.qty)"}),
        ("base('x')", 1, {"base('supplier', a)"}),
        ("x" * (MAX_LENGTH + 1), MAX_LENGTH, {f"short-{MAX_LENGTH}"}),
        ("base('a', " * 60 + "x" + ")" * 60, 406, {"deep-40"}),
        ("", 1, {"value"}),
    ],
)
def test_a_wrong_rule_names_the_place_and_what_was_expected(
    text: str, position: int, expected: set[str]
) -> None:
    with pytest.raises(SyncError) as wrong:
        compile_expression(text)
    facts = wrong.value.facts
    assert wrong.value.code is ErrorCode.EXPRESSION_WRONG
    assert facts["position"] == position and expected <= set(facts["expected"])
    for language in ("zh", "en"):
        told = Text(language, strict=True).what("MAP-503", facts)
        assert "expected-" not in told and str(facts["position"]) in told and len(told) < 2_000


def test_what_is_not_chosen_is_not_looked_up() -> None:
    assert value("when(a = '1', base('supplier', 'NONE'), 'x')", a="2") == "x"
    assert (
        value("choose(a, '1', base('supplier', 'NONE'), '2', base('supplier', 'VEN0001', 'D02'))", a="2")
        == "4002"
    )
    assert value("first_of(a, base('supplier', 'NONE'))", a="there") == "there"
    with pytest.raises(SyncError):
        value("when(a = '1', base('supplier', 'NONE'), 'x')", a="1")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a / b", ErrorCode.NOT_A_NUMBER),
        ("a / (b - b)", ErrorCode.NOT_A_NUMBER),
        ("date(t, 'yyyy')", ErrorCode.NOT_A_DATE),
        ("add_days(t, 1)", ErrorCode.NOT_A_DATE),
        ("add_days('2026-02-30', 1)", ErrorCode.NOT_A_DATE),
        ("round(a, 1000000000)", ErrorCode.NOT_A_NUMBER),
        ("cut(t, 1.5)", ErrorCode.NOT_A_NUMBER),
        (f"join('', {', '.join(['long'] * 20)})", ErrorCode.TOO_LONG),
        ("replace(long, 'x', 'xxxxxxxxxxxxxxxxxxxxxxxxx')", ErrorCode.TOO_LONG),
        ("each(t.a, long)", ErrorCode.TOO_LONG),
    ],
)
def test_what_cannot_be_is_a_sentence_and_never_all_memory(text: str, code: object) -> None:
    lines = {"t": {str(at): {"a": str(at)} for at in range(20)}}
    with pytest.raises(SyncError) as refused:
        value(text, lines, a=Decimal(1), b=Decimal(0), t="words", long="x" * (MAX_TEXT // 10))
    assert refused.value.code is code
