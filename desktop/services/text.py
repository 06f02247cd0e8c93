"""Every sentence a person reads: a code or a key becomes words in zh or en, and numbers and times take their local form.

The catalogues are Project Fluent files. Most messages are plain words; only those with facts wake fluent.runtime,
so that the first window needs neither it nor a parse of the whole file.
Not for: markup. What comes out is plain text, and the facts in it may be hostile (another system's own words).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:  # not needed before the first window stands
    from datetime import datetime, tzinfo
    from decimal import Decimal

    from desktop.domain.record import Money

LANGUAGES = ("zh", "en")
FOLDER = Path(__file__).resolve().parents[2] / "resources" / "text"
FACT_CHARS = 600
"""A fact longer than this is cut: no answer of another system may push our own words off the screen."""

_ENTRY = re.compile(r"^(-?[A-Za-z][A-Za-z0-9_-]*)[ ]*=[ ]*", re.MULTILINE)
_VARIABLE = re.compile(r"\$([A-Za-z][A-Za-z0-9_-]*)")
_UNSEEN = re.compile("[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_MISSING = "—"
_UNSAID = re.compile("[:\uff1a] ?\u2014([.\u3002])$")
"""What stands at the end of a sentence where the other system gave no words of its own: left out with its colon."""
_SYMBOLS = {"CNY": "¥", "RMB": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "JPY": "JP¥"}
_WHOLE_LIMIT = 10**15
_COUNTS = frozenset({"count", "amount", "lines", "limit", "length"})
"""Whole numbers that take a thousands separator; all others may be numbers of bills or lines, and stay as they are."""
_WORDS = {
    "currency": "currency",
    "kind": "kind",
    "step": "step",
    "flow": "flow",
    "order": "order",
    "what": "order",
    "expected": "expected",
    "drift": "drift",
}
"""Facts that are words of our own house, and the prefix under which the catalogue translates them."""


class _Entry(NamedTuple):
    """One message as it stands in its file; `plain` is its text where it needs no facts and no term."""

    source: str
    plain: str | None
    variables: frozenset[str]


class Text:
    """One language's catalogue. Safe for several threads; nothing in it raises while a person waits for words.

    language: "zh" or "en"; anything else reads as "zh".
    folder:   where the .ftl files lie.
    strict:   a missing key or fact raises KeyError (tests) instead of falling back.
    zone:     the zone in which times are told; None = this machine's.
    """

    def __init__(
        self, language: str = "zh", *, folder: Path = FOLDER, strict: bool = False, zone: tzinfo | None = None
    ) -> None:
        self.language = language if language in LANGUAGES else LANGUAGES[0]
        self._strict = strict
        self._zone = zone
        self._entries = _split((folder / f"{self.language}.ftl").read_text(encoding="utf-8"))
        self._bundle: Any = None
        self._lock = threading.RLock()

    # Sentences -------------------------------------------------------------------------------------------------

    def known_keys(self) -> frozenset[str]:
        """Every key of this language, terms left out."""
        return frozenset(key for key in self._entries if not key.startswith("-"))

    def has(self, key: str) -> bool:
        """True where the catalogue knows the key."""
        return key in self._entries

    def variables(self, key: str) -> frozenset[str]:
        """The names of the facts that a message uses."""
        return self._entries[key].variables

    def say(self, key: str, /, **facts: Any) -> str:
        """The message `key` with its facts, as one plain text.

        A fact that is missing (a failure kept by an older version) shows as a dash; a missing key shows itself.
        """
        return self._told(key, facts)

    def what(self, code_id: str, facts: Mapping[str, Any]) -> str:
        """What happened, for a code such as "MAP-502"; an unknown code reads as BUG-901."""
        return self._told(f"{_known(code_id)}-what", facts)

    def do(self, code_id: str, facts: Mapping[str, Any]) -> str:
        """What the person does next."""
        return self._told(f"{_known(code_id)}-do", facts)

    def word(self, prefix: str, name: str) -> str:
        """A word of ours ("state", "found"), or `name` itself where the catalogue has none."""
        key = f"{prefix}-{name}"
        return self._told(key, {}) if key in self._entries else plain(name)

    def opening(self, prefix: str, name: str) -> str:
        """The same word where it opens a line: English writes it with a capital there."""
        word = self.word(prefix, name)
        return word[:1].upper() + word[1:]

    def label(self, vendor: str, name: str) -> str:
        """The label of a connection field: the vendor's own, else the one all vendors share, else the name."""
        own = f"field-{vendor}-{name}"
        return self._told(own, {}) if own in self._entries else self.word("field-common", name)

    def _told(self, key: str, facts: Mapping[str, Any]) -> str:
        entry = self._entries.get(key)
        if entry is None:
            if self._strict:
                raise KeyError(key)
            return key
        if entry.plain is not None:
            return entry.plain
        given = {name: self._fact(name, value) for name, value in facts.items() if name in entry.variables}
        if self._strict and (lost := entry.variables - given.keys()):
            raise KeyError(f"{key}: {', '.join(sorted(lost))}")
        return self._resolved(key, entry, dict.fromkeys(entry.variables, _MISSING) | given)

    def _resolved(self, key: str, entry: _Entry, facts: Mapping[str, Any]) -> str:
        """Compiled once per message: a whole catalogue would take longer than the window's first paint."""
        try:
            with self._lock:
                bundle = self._bundle or self._open_bundle()
                if not bundle.has_message(key):
                    bundle.add_resource(_resource(entry.source))
                told, errors = bundle.format_pattern(bundle.get_message(key).value, facts)
        except Exception:  # a sentence that cannot be told must not take the page down with it
            if self._strict:
                raise
            return key
        if errors and self._strict:
            raise errors[0]
        return _UNSAID.sub(r"\1", " ".join(str(told).split()))

    def _open_bundle(self) -> Any:
        from fluent.runtime import FluentBundle

        self._bundle = FluentBundle([{"zh": "zh-CN"}.get(self.language, "en-GB")], use_isolating=False)
        terms = "\n".join(entry.source for key, entry in self._entries.items() if key.startswith("-"))
        self._bundle.add_resource(_resource(terms))
        return self._bundle

    def _fact(self, name: str, value: Any) -> Any:
        """A fact as Fluent takes it: whole numbers stay numbers (plurals), all else becomes plain text."""
        if isinstance(value, bool) or value is None:
            return _MISSING if value is None else str(value)
        if isinstance(value, int | float) and abs(value) < _WHOLE_LIMIT and value == int(value):
            return _whole(int(value), grouped=name in _COUNTS)
        if isinstance(value, float):
            return f"{value:g}"
        if hasattr(value, "as_tuple"):  # a Decimal keeps its own places
            return format(value, "f")
        if hasattr(value, "astimezone"):
            return self.moment(value)
        if isinstance(value, list | tuple | set | frozenset):
            return plain(self.joined([str(self._fact(name, part)) for part in value]))
        if hasattr(value, "currency"):
            return self.money(value)
        text = plain(str(value)) or _MISSING
        known = f"{_WORDS.get(name, '')}-{text}"
        return self._told(known, {}) if name in _WORDS and known in self._entries else text

    def joined(self, parts: Iterable[str], separator: str = "list-separator") -> str:
        """A list in this language: English needs a space behind its comma, and no message keeps one at its end."""
        sign = self.say(separator)
        return (sign + " " * sign.isascii()).join(parts)

    # Numbers and times -----------------------------------------------------------------------------------------

    def number(self, value: int | Decimal, places: int | None = None) -> str:
        """Thousands by comma; `places` fixes the decimals, None keeps the value's own. Never rounds unasked."""
        return f"{value:,}" if places is None else f"{value:,.{places}f}"

    def money(self, money: Money, places: int = 2) -> str:
        """ "¥1,862,400.00"; a currency without a sign of its own stands before the number as its code."""
        sign = _SYMBOLS.get(money.currency, f"{plain(money.currency)} " if money.currency else "")
        amount = self.number(abs(money.amount), places)
        return f"-{sign}{amount}" if money.amount < 0 else f"{sign}{amount}"

    def date(self, when: datetime) -> str:
        """The day, "2026-11-16", in the local zone."""
        return self._local(when).strftime("%Y-%m-%d")

    def moment(self, when: datetime) -> str:
        """Day and minute, "2026-11-16 09:12", in the local zone: for tips and details."""
        return self._local(when).strftime("%Y-%m-%d %H:%M")

    def clock(self, when: datetime, now: datetime) -> str:
        """As short as is clear: "09:12" today, "11-16 09:12" this year, else the whole."""
        there, here = self._local(when), self._local(now)
        if there.date() == here.date():
            return there.strftime("%H:%M")
        return there.strftime("%m-%d %H:%M" if there.year == here.year else "%Y-%m-%d %H:%M")

    def lapse(self, seconds: float) -> str:
        """A length of time in one unit, for lists: "21 min", "2 d"; under a minute "just now"."""
        if seconds < 60:
            return self.say("lapse-now")
        for key, unit_s in (("lapse-days", 86400), ("lapse-hours", 3600)):
            if seconds >= unit_s:
                return self.say(key, count=int(seconds // unit_s))
        return self.say("lapse-minutes", count=int(seconds // 60))

    def _local(self, when: datetime) -> datetime:
        return when.astimezone(self._zone)


def plain(text: str) -> str:
    """`text` on one line: no control characters, nothing that turns the reading direction, cut to FACT_CHARS."""
    shown = " ".join(_UNSEEN.sub(" ", text).split())
    return shown if len(shown) <= FACT_CHARS else f"{shown[:FACT_CHARS]}…"


@lru_cache(maxsize=4)
def _split(source: str) -> Mapping[str, _Entry]:
    """The entries of a catalogue without a parse: an entry begins where a line begins with `key =`."""
    source = "\n".join("" if line.startswith("#") else line for line in source.splitlines())
    starts = list(_ENTRY.finditer(source))
    ends = [start.start() for start in starts[1:]] + [len(source)]
    entries: dict[str, _Entry] = {}
    for start, end in zip(starts, ends, strict=True):
        body = source[start.end() : end].strip()
        simple = "{" not in body and "\n" not in body
        entries[start.group(1)] = _Entry(
            source[start.start() : end], body if simple else None, frozenset(_VARIABLE.findall(body))
        )
    return entries


def _whole(value: int, *, grouped: bool) -> Any:
    from fluent.runtime.types import fluent_number

    return fluent_number(value, useGrouping=grouped)


def _known(code_id: str) -> str:
    from desktop.domain.errors import ErrorCode

    return ErrorCode.named(code_id).id


def _resource(source: str) -> Any:
    from fluent.runtime import FluentResource

    return FluentResource(source)
