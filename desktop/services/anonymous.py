"""A record without its people: every name and number becomes another of the same shape, equal ones stay equal.

Kept are amounts, days, short marks ("B", "CNY") and the words that the flow's own rules compare with, so that the rules do
with the copy what they do with the original. The salt is thrown away: there is no way back.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import Any

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?$")
_AMOUNT = re.compile(r"[+-]?\d{1,12}(\.\d+)?$")
_LONG_NUMBER = re.compile(r"\d{7,}")
_SHORT = 4
_WORDS = "\u7532\u4e59\u4e19\u4e01\u620a\u5df1\u5e9a\u8f9b\u58ec\u7678\u6c5f\u6cb3\u6e56\u6d77\u5c71\u6797\u7530\u77f3\u91d1\u6728"
"""Characters that stand for any Chinese character."""


class Anonymous:
    """One record's disguise. keep: texts that must stay as they are."""

    def __init__(self, keep: frozenset[str], salt: bytes | None = None) -> None:
        self._keep = keep
        self._salt = salt or secrets.token_bytes(16)

    def of(self, value: Any) -> Any:
        """The same shape with other names: for texts, and for mappings and lists of them; all else stays."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {key: self.of(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.of(each) for each in value]
        return value

    def text(self, value: str) -> str:
        """Another text of the same shape, or the same one where it names nobody."""
        if self._stays(value):
            return value
        stream = hashlib.sha256(self._salt + value.encode()).digest()
        return "".join(_other(char, stream[at % len(stream)] + at) for at, char in enumerate(value))

    def _stays(self, value: str) -> bool:
        if not value or value in self._keep or _DAY.match(value):
            return True
        if _AMOUNT.match(value) and not (_LONG_NUMBER.search(value) and "." not in value):
            return True
        return len(value) <= _SHORT and value.isascii() and (value.isupper() or value.isdigit())


def _other(char: str, seed: int) -> str:
    if char.isascii() and char.isdigit():
        return str(1 + seed % 9)
    if char.isascii() and char.isalpha():
        base = "A" if char.isupper() else "a"
        return chr(ord(base) + seed % 26)
    return _WORDS[seed % len(_WORDS)] if ord(char) > 0x2E80 else char


def literals(expressions: list[str]) -> frozenset[str]:
    """Every fixed text of these expressions."""
    found = set()
    for text in expressions:
        found |= {one.replace("''", "'") for one in re.findall(r"'((?:[^']|'')*)'", text)}
        found |= set(re.findall(r'"([^"]*)"', text))
    return frozenset(found)
