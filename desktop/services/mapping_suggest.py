"""Where a field that no row fills may get its value: proposals by label, key and type. A person takes them, or does not.

Pure: fields in, expressions out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from desktop.domain.flow import FlowKind
from desktop.domain.record import FieldInfo
from desktop.services.mapping_check import Forms
from desktop.services.mapping_rows import Sheet
from desktop.services.text import LANGUAGES, Text

SURE, LEAST = 90, 72
"""In percent: from SURE on a proposal is among those that are taken together; below LEAST nothing is proposed."""
_ENTRY_ID = "entry_id"
_KEYED = ("browser", "person", "department", "company", "select")
"""Types whose value is a key of the other system, not words."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule for a target. percent: how alike the two fields are."""

    expr: str
    percent: int
    source: str


def proposals(sheet: Sheet, forms: Forms, group_id: str, target: str) -> list[Proposal]:
    """The best first; empty where nothing is alike enough."""
    group = sheet.group(group_id)
    wanted = forms.target(sheet.kind, group, target)
    if wanted is None:
        return []
    if target == _ENTRY_ID and group.kind in ("lines", "leg_lines"):
        return [Proposal(_ENTRY_ID, 100, "")]
    found: dict[str, Proposal] = {}
    for source in forms.sources(sheet, group):
        percent, wants_name = _alike(wanted, source)
        percent -= 0 if source.table in ("", group.source) else 1
        if percent >= LEAST and _fits(wanted, source):
            expr = _dressed(sheet.kind, wanted, source, wants_name)
            if expr not in found or found[expr].percent < percent:
                found[expr] = Proposal(expr, percent, source.key)
    return sorted(found.values(), key=lambda each: -each.percent)[:5]


def unfilled(sheet: Sheet, forms: Forms) -> list[tuple[str, FieldInfo]]:
    """(group, field) of everything that both forms' tables have and no row fills; key fields are ours and left out."""
    found = []
    for group in sheet.groups:
        if group.fixed:
            continue
        filled = {row.target for row in sheet.of(group.id)}
        filled |= {target.split(".")[0] for target in filled}
        for field in forms.targets(sheet.kind, group):
            own = (not field.table and field.key == forms.oa_side.key_field) or field.type in (
                "file",
                "other",
            )
            if field.key not in filled and not own and (group.target or not field.table):
                found.append((group.id, field))
    return found


def _alike(wanted: FieldInfo, source: FieldInfo) -> tuple[int, bool]:
    """(percent, is its name meant?) of two fields, by label, then by key."""
    names, codes = _words("suggest-name-words"), _words("suggest-code-words")
    label, other = _plain(wanted.label), _plain(source.label)
    if source.code_key:
        other = _without(other, codes)[0]
    bare, named = _without(label, names) if source.code_key else (label, "")
    if source.code_key and not named:
        bare = _without(label, codes)[0]
    best = _rank(bare, other) - (bare != label)
    if _plain_key(wanted.key) == _plain_key(source.key):
        best = max(best, 88)
    return best - (1 if wanted.table and not source.table else 0), bool(named) or _is_words(wanted)


def _without(label: str, words: Sequence[str]) -> tuple[str, str]:
    """A label without its last word where it is one of these, and that word."""
    found = next((word for word in words if label.endswith(word) and label != word), "")
    return label.removesuffix(found), found


def _rank(one: str, other: str) -> int:
    """Equal, one within the other, one a synonym of the other, or merely alike."""
    from rapidfuzz import fuzz

    if not (one and other):
        return 0
    if one == other:
        return 100
    same = dict(pair.split("=") for pair in _words("suggest-synonyms"))
    if same.get(one, one) in other or one in other or other in one:
        return 80
    return int(fuzz.ratio(one, other) * 0.85)


def _is_words(wanted: FieldInfo) -> bool:
    """A plain text box of the form that is not said to hold a code shows a name."""
    label = _plain(wanted.label)
    coded = _words("suggest-code-words")
    return wanted.type in ("text", "long_text") and not any(label.endswith(word) for word in coded)


def _fits(wanted: FieldInfo, source: FieldInfo) -> bool:
    """A reference is no number and no day; words do not go into a check box."""
    if wanted.type in ("number", "integer", "date", "time"):
        return not source.code_key
    return wanted.type != "check"


def _dressed(kind: FlowKind, wanted: FieldInfo, source: FieldInfo, wants_name: bool) -> str:
    """The source as the target takes it."""
    if kind is FlowKind.GENERATION:
        if wanted.code_key and wanted.kind and source.type in _KEYED:
            return f"base('{wanted.kind}', {source.key})"
        return source.key
    if source.code_key:
        if wanted.type in _KEYED:
            return f"base('{source.kind}', {source.code_key})" if source.kind else source.code_key
        return source.name_key if wants_name else source.code_key
    if wanted.type == "number" and wanted.places is not None:
        return f"number({source.key}, {wanted.places})"
    return f"date({source.key})" if wanted.type == "date" else source.key


def _plain(label: str) -> str:
    """A label without its dress: width, case, brackets with what is in them, and what is said of no field in particular."""
    plain = unicodedata.normalize("NFKC", label).casefold()
    plain = re.sub(r"\(.*?\)|[\s%:*_-]", "", plain)
    for word in ("erp", "oa"):
        plain = plain.replace(word, "")
    return plain


def _plain_key(key: str) -> str:
    return key.lower().removeprefix("f").replace("_", "")


@lru_cache(maxsize=8)
def _words(key: str) -> Sequence[str]:
    """Words of both languages: the labels are in either."""
    told: Iterable[str] = (Text(language).say(key) for language in LANGUAGES)
    return tuple(dict.fromkeys(word.strip() for each in told for word in each.split("/")))
