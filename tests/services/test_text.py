"""The catalogue: every code has its two sentences in both languages, and no sentence hides in the code."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from desktop.domain.errors import HEALERS, Code, ErrorCode, SyncError
from desktop.domain.record import Money
from desktop.services.text import FACT_CHARS, FOLDER, LANGUAGES, Text
from desktop.store.causes import cause_of

ROOT = FOLDER.parents[1]
DESKTOP = ROOT / "desktop"
CHINESE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]")
SHOWING = frozenset(
    [
        "setText",
        "setToolTip",
        "setWindowTitle",
        "setPlaceholderText",
        "setAccessibleName",
        "setAccessibleDescription",
        "setStatusTip",
        "setTitle",
        "setWhatsThis",
        "addAction",
        "addItem",
        "addTab",
        "drawText",
        "showMessage",
        "insertText",
        "setLabelText",
        "QLabel",
        "QPushButton",
        "QToolButton",
        "QAction",
        "QMenu",
        "QCheckBox",
        "QRadioButton",
        "QGroupBox",
    ]
)
SHANGHAI = timezone(timedelta(hours=8))


@pytest.fixture(params=LANGUAGES)
def text(request: pytest.FixtureRequest) -> Text:
    return Text(request.param, strict=True, zone=SHANGHAI)


@pytest.mark.parametrize("code", ErrorCode.all(), ids=lambda code: code.id)
@pytest.mark.parametrize("part", ["what", "do"])
def test_every_code_has_its_sentence_and_uses_only_its_facts(text: Text, code: Code, part: str) -> None:
    key = f"{code.id}-{part}"
    assert text.has(key)
    assert text.variables(key) <= set(code.facts)
    sentence = getattr(text, part)(code.id, {name: f"<{name}>" for name in code.facts})
    assert sentence.count("。" if text.language == "zh" else ". ") + sentence.endswith((".", "。")) >= 1
    assert "{" not in sentence
    assert all(f"<{name}>" in sentence for name in text.variables(key))


@pytest.mark.parametrize("code", ErrorCode.all(), ids=lambda code: code.id)
def test_every_code_says_why_and_who(text: Text, code: Code) -> None:
    why = text.say(f"{code.id}-why")
    assert why.endswith((".", "。")) and not text.variables(f"{code.id}-why")
    assert [code.id in ids for ids in HEALERS.values()].count(True) == 1, "who puts it right?"
    assert text.has(f"healer-{code.healer.value}") and text.has(f"short-{code.id}")


@pytest.mark.parametrize("code", ErrorCode.all(), ids=lambda code: code.id)
def test_causes_that_differ_have_titles_that_differ(text: Text, code: Code) -> None:
    key = f"cause-{code.id}"
    facts = dict.fromkeys(code.facts, "x")
    own = {part.split("=")[0] for part in cause_of(SyncError(code, **facts)).split("|")[1:]}
    if text.has(key):
        assert text.variables(key) <= own, "a title of many bills names no one bill"
    assert not own - {"said"} or text.has(key)


def test_a_code_whose_sentences_lost_their_code_is_noticed(text: Text) -> None:
    known = {f"{code.id}-{part}" for code in ErrorCode.all() for part in ("what", "do", "why")}
    assert {key for key in text.known_keys() if re.match(r"[A-Z]{3}-\d", key)} == known


def test_both_languages_have_the_same_keys_and_facts() -> None:
    zh, en = (Text(language, strict=True) for language in LANGUAGES)
    assert zh.known_keys() == en.known_keys()
    assert {key: zh.variables(key) for key in zh.known_keys()} == {
        key: en.variables(key) for key in en.known_keys()
    }


def test_the_quick_reader_sees_what_the_whole_parser_sees(text: Text) -> None:
    from fluent.syntax import FluentParser, ast

    resource = FluentParser().parse((FOLDER / f"{text.language}.ftl").read_text(encoding="utf-8"))
    assert not [entry for entry in resource.body if isinstance(entry, ast.Junk)]
    messages = [entry for entry in resource.body if isinstance(entry, ast.Message)]
    assert len(messages) == len({entry.id.name for entry in messages}), "a key stands twice"
    assert {entry.id.name for entry in messages} == text.known_keys()
    for entry in messages:
        elements = entry.value.elements
        if all(isinstance(element, ast.TextElement) for element in elements):
            assert text.say(entry.id.name) == "".join(element.value for element in elements)


def test_every_message_can_be_told(text: Text) -> None:
    for key in text.known_keys():
        told = text.say(key, **dict.fromkeys(text.variables(key), 2))
        assert told and "{" not in told and "\u2068" not in told


def test_words_are_translated_and_unknown_ones_stay(text: Text) -> None:
    facts = {"kind": "supplier", "erp_code": "S0231", "number": "CGDD000869"}
    assert text.word("kind", "supplier") in text.what("MAP-502", facts)
    assert "weather" in text.what("MAP-502", facts | {"kind": "weather"})
    assert text.label("k3cloud", "acct_id") != "acct_id"
    assert text.label("some_vendor", "proxy") == text.say("field-common-proxy")
    assert text.label("some_vendor", "odd_name") == "odd_name"


def test_every_field_of_a_registered_vendor_has_a_label(text: Text) -> None:
    from desktop.connectors.registry import VENDORS

    for vendor in VENDORS.values():
        for field in (*vendor.fields, *vendor.options):
            assert field.hidden or text.label(vendor.id, field.name) != field.name, (
                f"{vendor.id} {field.name}"
            )


def test_facts_are_hostile(text: Text) -> None:
    said = "<b>bold</b> { $system }\r\n\u202e\u2066evil\u0000 " + "x" * 5000
    told = text.what("DAT-401", {"system": "ERP", "number": "1", "said": said})
    assert "<b>bold</b> { $system } evil" in told
    assert not re.search("[\u0000-\u001f\u202a-\u202e\u2066-\u2069]", told)
    assert len(told) < FACT_CHARS + 200


def test_display_never_raises() -> None:
    for language in LANGUAGES:
        text = Text(language)
        assert text.say("no-such-key") == "no-such-key"
        assert "A、B" in Text("zh").do("MAP-502", {"gaps": ("A", "B")})
        assert text.what("DAT-401", {}) == text.what("DAT-401", {"system": None, "number": "", "said": None})
        assert "—" in text.what("DAT-401", {})
        assert text.what("XYZ-999", {"said": "boom"}) == text.what("BUG-901", {"said": "boom"})
        for value in (
            float("nan"),
            float("inf"),
            Decimal("NaN"),
            object(),
            b"x",
            ["a", None],
            {"a": 1},
            -1,
            10**30,
        ):
            assert text.what("DAT-405", {"field": "f", "value": value, "places": value})
    assert Text("fr").language == "zh"


def test_strict_text_tells_on_missing_keys_and_facts() -> None:
    with pytest.raises(KeyError):
        Text(strict=True).say("no-such-key")
    with pytest.raises(KeyError, match="said"):
        Text(strict=True).what("DAT-401", {"system": "ERP", "number": "1"})


def test_numbers_stay_exact_and_numbers_of_bills_stay_whole(text: Text) -> None:
    assert "12.3400" in text.what("DAT-405", {"field": "f", "value": Decimal("12.3400"), "places": 2})
    assert "20931" in text.what("RUL-608", {"number": "X", "request": 20931})
    assert "1,234" in text.say("status-person", count=1234)
    assert text.number(1234567) == "1,234,567"
    assert text.money(Money(Decimal("1862400"), "CNY")) == "¥1,862,400.00"
    assert text.money(Money(Decimal("-0.5"), "XAU")) == "-XAU 0.50"


def test_plurals() -> None:
    english = Text("en", strict=True)
    assert english.say("updates-waiting", count=1) == "1 update"
    assert english.say("updates-waiting", count=14) == "14 updates"
    assert Text("zh", strict=True).say("updates-waiting", count=14) == "14 条有更新"


def test_times_are_told_in_the_local_zone(text: Text) -> None:
    when = datetime(2026, 11, 16, 1, 12, tzinfo=UTC)
    assert text.moment(when) == "2026-11-16 09:12"
    assert text.date(when) == "2026-11-16"
    assert text.clock(when, when) == "09:12"
    assert text.clock(when, when + timedelta(days=2)) == "11-16 09:12"
    assert text.clock(when, when + timedelta(days=100)) == "2026-11-16 09:12"
    assert text.lapse(5) == text.say("lapse-now")
    assert [text.lapse(seconds)[0] for seconds in (60, 7200, 3 * 86400)] == ["1", "2", "3"]


def test_opening_a_catalogue_needs_no_fluent() -> None:
    code = (
        "import sys; from desktop.services.text import Text; text = Text('zh');"
        "[text.say(key) for key in text.known_keys() if key.startswith(('page-', 'nav-', 'app-', 'environment-'))];"
        "raise SystemExit(1 if any(name.startswith(('fluent', 'babel')) for name in sys.modules) else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


# No sentence in the code ---------------------------------------------------------------------------------------


def python_files(*, views: bool = False) -> list[Path]:
    found = sorted((DESKTOP / "views" if views else DESKTOP).rglob("*.py"))
    return [path for path in found if "sandbox" not in path.relative_to(DESKTOP).parts]


def is_vendor_file(path: Path) -> bool:
    parts = path.relative_to(DESKTOP).parts
    return parts[0] == "connectors" and len(parts) > 2


def constant_lines(tree: ast.Module) -> set[int]:
    """The lines of module-level UPPER_CASE assignments: where a vendor's own words may stand."""
    lines: set[int] = set()
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        if isinstance(node, ast.Assign | ast.AnnAssign) and names and all(name.isupper() for name in names):
            lines.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


@pytest.mark.parametrize("path", python_files(), ids=lambda path: path.relative_to(DESKTOP).as_posix())
def test_no_chinese_in_the_code(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    allowed = constant_lines(ast.parse(source)) if is_vendor_file(path) else set()
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    assert not [token for token in tokens if CHINESE.search(token.string) and token.start[0] not in allowed]


def shown(node: ast.AST) -> Iterator[str]:
    """The literals that an argument shows as they stand; what another call makes of its arguments is not ours."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in [node.func] if isinstance(node, ast.Call) else ast.iter_child_nodes(node):
        yield from shown(child)


def literals(tree: ast.AST) -> Iterator[str]:
    """String literals that are neither docstrings nor the text of an exception or of the log."""
    silent: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(getattr(node.func, "value", None), "id", "") == "_log":
            silent.update(ast.walk(node))
        if isinstance(node, ast.Expr | ast.Raise):
            value = node.value if isinstance(node, ast.Expr) else node.exc
            if isinstance(node, ast.Raise) or isinstance(value, ast.Constant):
                silent.update(ast.walk(value) if value is not None else ())
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in silent:
            yield node.value


def sentences(source: str) -> list[str]:
    """Literals that a person would read: words given to a widget, or three words in a row anywhere."""
    tree, found = ast.parse(source), []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in SHOWING:
                found += [words for value in node.args for words in shown(value)]
    found = [
        words for words in found if re.search(r"[^\W\d_]{2}", re.sub(r"</?\w+>", "", words))
    ]  # a tag is no word
    running = re.compile(r"^[A-Z\"'“]?[A-Za-z']+,? [a-z']+,? [a-z']+")
    return found + [words for words in literals(tree) if running.search(words)]


@pytest.mark.parametrize("path", python_files(views=True), ids=lambda path: path.name)
def test_no_sentence_in_the_views(path: Path) -> None:
    assert not sentences(path.read_text(encoding="utf-8"))


def test_the_search_for_sentences_finds_them() -> None:
    assert sentences("label.setText('Save')") == ["Save"]
    assert sentences("QLabel(f'{count} bills')") == [" bills"]
    assert sentences("words = 'Nothing to see here'") == ["Nothing to see here"]
    assert not sentences('"""A doc string of many words."""\nraise ValueError("no such page here")')
    assert not sentences("label.setText(text.say('page-queue') + '/')")


@pytest.mark.parametrize("path", python_files(), ids=lambda path: path.relative_to(DESKTOP).as_posix())
def test_every_key_that_the_code_says_is_in_the_catalogue(path: Path) -> None:
    known = Text(strict=True)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "say" and node.args:
            key = node.args[0]
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                assert known.has(key.value), key.value


def families(tree: ast.AST) -> Iterator[str]:
    """What keys begin with that are put together: "state-" of f"state-{name}" and of word("state", name)."""
    for node in ast.walk(tree):
        first = node.values[0] if isinstance(node, ast.JoinedStr) else None
        if isinstance(first, ast.Constant) and str(first.value).endswith("-"):
            yield str(first.value)
        word = isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "word" and node.args
        if word and isinstance(word[0], ast.Constant):
            yield f"{word[0].value}-"


def test_every_sentence_is_said_by_somebody() -> None:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in python_files()]
    said = {
        node.value for tree in trees for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }  # fmt: skip
    begun = {family for tree in trees for family in families(tree)}
    begun |= {
        "expected-",
        "audit-decision-",
        "audit-passphrase-",
    }  # tables of prefixes: text.py, trail_words.py
    ends = ("-hint", "-note", "-chosen")  # of a deed whose key begins as its button's does
    codes = {f"{code.id}-{part}" for code in ErrorCode.all() for part in ("what", "do", "why")}
    left = Text(strict=True).known_keys() - said - codes
    unsaid = {key for key in left if not key.startswith(tuple(begun)) and not key.endswith(ends)}
    assert not unsaid
