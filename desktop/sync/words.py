"""Words of ours on a request, and how they are found again though the OA stores them in other ones. Pure.

A short mark stands before them, made of the promise's key and step: plain letters and digits, so that no escaping, no other
blanks, no full-width form and no cut at the end takes it away. It is looked for instead of the words; the words themselves
count as well (an earlier version said them without a mark, and people may have copied them).
"""

from __future__ import annotations

import base64
import hashlib
import html
import unicodedata
from collections.abc import Iterable

_LETTERS = 8


def mark_of(key: str, step: str) -> str:
    """The mark of one promise: the same on every workstation, and in every try of it."""
    digest = hashlib.sha256(f"{key}|{step}".encode()).digest()
    return "DQ" + base64.b32encode(digest).decode()[:_LETTERS]


def spoken(text: str, key: str, step: str) -> str:
    """The text as it is said: its mark before it."""
    return f"[{mark_of(key, step)}] {text}"


def are_said(remarks: Iterable[str], text: str, key: str, step: str) -> bool:
    """True where one of these remarks carries the promise's mark, or is its very words."""
    mark, words = mark_of(key, step), _bare(text)
    return any(mark in said or (said == words and bool(words)) for said in map(_bare, remarks))


def _bare(text: str) -> str:
    """Without blanks, entities and width: what is left of words however an OA stores them."""
    return "".join(unicodedata.normalize("NFKC", html.unescape(html.unescape(text))).split())
