"""Bank accounts and ID numbers, hidden from those whose work does not need them: all but the last four characters.

Found by the name of their field, wherever it stands; the same values are then hidden in every other text beside them, and
so are lone runs of 16 to 19 digits. Pure.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, TypeVar, cast

from desktop.domain.errors import SyncError

T = TypeVar("T")
KEPT = 4
LEAST = 6
"""A shorter value is no account, and would hide half of every text."""

_FIELD = re.compile(
    r"bank_?ac(?:count|nt|c)(?!.*name)|account_?(?:no|number)|bank_?(?:no|number|card)|card_?(?:no|number)|iban"
    r"|id_?card|identity_?(?:no|number|card)|id_?number|\u8eab\u4efd\u8bc1|\u94f6\u884c\u8d26\u53f7|\u94f6\u884c\u5361|\u6536\u6b3e\u8d26\u53f7|\u4ed8\u6b3e\u8d26\u53f7|\u8d26\u53f7",
    re.IGNORECASE,
)
"""The last ones are the Chinese words for: identity card, bank account, bank card, payee's and payer's account, account."""
_DIGITS = re.compile(r"(?<![\w.])(?:\d{16,19}|\d{17}[xX]|\d{4}(?:[ -]\d{4}){3}(?:[ -]\d{1,3})?)(?![\w.])")
_IN_JSON = re.compile(r'"([^"\\]{1,60})"\s*:\s*"([^"\\]{6,60})"')
_NAMING = ("field", "target", "name", "label")
_NAMED = ("sent", "found", "value", "before", "after", "erp", "oa")
_CODES = ("code", "erp_code", "oa_key")
"""What makes something a record of base data, or a correspondence: of a kind that is an account its code is the account."""
_TOLD_OF_CODES = (*_CODES, "key", "counterpart", "several", "was")
_IN_GAPS = re.compile(r"(?:^|; )(\w+) ([^;]+)")


def is_account(name: str) -> bool:
    """True where a field of this name holds an account or an ID number."""
    return bool(_FIELD.search(name))


def mask(value: str) -> str:
    """ "****1234"."""
    return "*" * 4 + value[-KEPT:] if len(value) > KEPT else "*" * 4


def hidden(whole: T) -> T:
    """The same shape (dataclasses, mappings, sequences, texts, errors) with accounts and ID numbers masked."""
    known = sorted({each for each in _accounts(whole) if len(each) >= LEAST}, key=len, reverse=True)
    return cast(T, _without(whole, known))


def _accounts(value: Any, name: str = "") -> Iterator[str]:
    """Every value that stands under an account's name, however deep below it."""
    if isinstance(value, str):
        if is_account(name):
            yield value.strip()
        elif value[:1] in ("{", "["):
            yield from (found[2] for found in _IN_JSON.finditer(value) if is_account(found[1]))
        elif name == "gaps":
            yield from (found[2].strip() for found in _IN_GAPS.finditer(value) if is_account(found[1]))
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _accounts(each, name)
    else:
        parts = _parts(value)
        yield from _codes(parts)
        naming = next((str(parts[each]) for each in _NAMING if is_account(str(parts.get(each, "")))), "")
        for key, part in parts.items():
            told = naming if naming and key in _NAMED else str(key)
            yield from _accounts(part, told if is_account(told) or not is_account(name) else name)


def _codes(parts: Mapping[Any, Any]) -> Iterator[str]:
    """The codes of a record, a correspondence, a gap or a fact about base data of a kind that is an account."""
    if not is_account(str(parts.get("kind", ""))) or not any(each in parts for each in _CODES):
        return
    proposed = getattr(parts.get("suggestion"), "key", "")
    for told in (*(parts.get(each) for each in _TOLD_OF_CODES), proposed):
        for each in told if isinstance(told, (list, tuple)) else (told,):
            if isinstance(each, str):
                yield each.strip()


def _parts(value: Any) -> dict[Any, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, SyncError):
        return dict(value.facts)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
    return {}


def _without(value: Any, known: list[str]) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return _text(value, known)
    if isinstance(value, Mapping):
        return {key: _without(part, known) for key, part in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_without(each, known) for each in value))
    if isinstance(value, (list, tuple, frozenset)):
        return type(value)(_without(each, known) for each in value)
    if isinstance(value, SyncError):
        return SyncError(value.code, certain=value.certain, **_without(value.facts, known))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {
            each.name: _without(getattr(value, each.name), known)
            for each in dataclasses.fields(value)
            if each.init
        }
        return dataclasses.replace(value, **parts)
    return value


def _text(text: str, known: list[str]) -> str:
    for each in known:
        if each in text:
            text = text.replace(each, mask(each))
    return _DIGITS.sub(lambda found: mask(found[0]), text)
