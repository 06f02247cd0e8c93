"""Which record of the other system is probably the same one: proposals with a reason, never a decision.

Pure: lists in, proposals out. A person is never proposed by name alone: two people may share one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from desktop.domain.record import BaseItem

PEOPLE = frozenset({"employee", "user"})
TAXED = frozenset({"customer", "supplier"})
"""Kinds whose mark is a tax number."""
_BRACKETS = str.maketrans("()[]{}", "      ")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A proposal. key: what the correspondence takes.  percent: how sure.  reason: key of its words, such as
    "elsewhere" (so in another company), "code", "code_name", "mark" (mobile number), "mark_name", "tax", "tax_name", "name", "alike"."""

    key: str
    name: str
    percent: int
    reason: str


class Records:
    """A system's list of a kind, ready for looking up. by_key: the correspondence takes the key, else the code."""

    def __init__(self, items: Iterable[BaseItem], *, by_key: bool) -> None:
        self.items = {(item.key if by_key else item.code): item for item in items}
        self._codes: dict[str, list[str]] = {}
        self._names: dict[str, list[str]] = {}
        self._marks: dict[str, list[str]] = {}
        self._alike: Alike | None = None
        for key, item in self.items.items():
            if item.disabled:
                continue
            for table, value in (
                (self._codes, plain_code(item.code)), (self._names, plain_name(item.name)),
                (self._marks, plain_mark(item.kind, item.mark)),
            ):  # fmt: skip
                if value:
                    table.setdefault(value, []).append(key)

    def with_code(self, code: str) -> Sequence[str]:
        """Keys of records in use with this code."""
        return self._codes.get(plain_code(code), ())

    def with_name(self, name: str) -> Sequence[str]:
        """Keys of records in use with this name."""
        return self._names.get(plain_name(name), ())

    def with_mark(self, kind: str, mark: str) -> Sequence[str]:
        """Keys of records in use with this mobile or tax number."""
        return self._marks.get(plain_mark(kind, mark), ())

    def alike(self, name: str) -> tuple[str, int] | None:
        """(key, percent) of the one record in use whose name is clearly the most alike; None where there is none."""
        if self._alike is None:  # built for whoever asks: a list of 50 000 names takes half a second
            self._alike = Alike({name: keys for name, keys in self._names.items() if len(keys) == 1})
        return self._alike.find(plain_name(name))


class Alike:
    """Names, found by what they look like: first by their numbers, without any by the rarest pairs of characters that they
    share, then by comparison.

    Numbers must be the same: "M6 x 20" and "M6 x 25" are two bolts, however alike their names are.
    """

    def __init__(self, names: Mapping[str, Sequence[str]]) -> None:
        self._keys = names
        self._names = list(names)
        self._pairs: dict[str, list[int]] = {}
        self._numbers: dict[tuple[str, ...], list[int]] = {}
        for at, name in enumerate(self._names):
            numbers = tuple(_NUMBERS.findall(name))
            self._numbers.setdefault(numbers, []).append(at)
            for pair in _pairs(name) if not numbers else ():
                self._pairs.setdefault(pair, []).append(at)

    def find(self, name: str) -> tuple[str, int] | None:
        """(key, percent); None where nothing is alike enough, or two are about equally so."""
        found = self._best(name)
        if not found or found[0][0] < LEAST_ALIKE:
            return None
        if len(found) > 1 and found[0][0] - found[1][0] < CLEARLY:
            return None
        return self._keys[found[0][1]][0], int(found[0][0] * 0.8)

    def _best(self, name: str) -> list[tuple[float, str]]:
        from rapidfuzz import fuzz  # 2 MB, for whoever asks for proposals

        numbers = tuple(_NUMBERS.findall(name))
        near = self._numbers.get(numbers, [])[:MOST_SHARED] if numbers else self._sharing(name)
        ranked = [
            (fuzz.ratio(name, other, score_cutoff=LEAST_ALIKE - CLEARLY), other)
            for other in (self._names[at] for at in near)
        ]
        return sorted((each for each in ranked if each[0]), reverse=True)[:2]

    def _sharing(self, name: str) -> list[int]:
        """Places of names that share most pairs of characters, rare ones counted first."""
        shares: dict[int, int] = {}
        lists = sorted((self._pairs[pair] for pair in _pairs(name) if pair in self._pairs), key=len)
        for held in lists[:MOST_PAIRS]:
            if len(held) > MOST_SHARED and shares:
                break
            for at in held[:MOST_SHARED]:
                shares[at] = shares.get(at, 0) + 1
        return sorted(shares, key=shares.__getitem__, reverse=True)[:MOST_COMPARED]


LEAST_ALIKE, CLEARLY = 80, 5
MOST_PAIRS, MOST_SHARED, MOST_COMPARED = 5, 400, 25
_NUMBERS = re.compile(r"\d+")
SHORTEST_TAX_NUMBER = 10
"""Below it somebody wrote "none" in some way of his own, which many records share."""


def _pairs(name: str) -> set[str]:
    return {name[at : at + 2] for at in range(len(name) - 1)}


def plain_code(code: str) -> str:
    """A code without its dress: width, case and outer blanks."""
    return unicodedata.normalize("NFKC", code).strip().casefold()


def plain_name(name: str) -> str:
    """A name without its dress: width, case, brackets and blanks."""
    plain = unicodedata.normalize("NFKC", name).casefold().translate(_BRACKETS)
    return re.sub(r"\s+", "", plain)


def plain_mark(kind: str, mark: str) -> str:
    """A mobile number's digits, without the country's; a tax number's letters and digits, "" where it can be none."""
    if kind in TAXED:
        signs = re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", mark).upper())
        return signs if len(signs) >= SHORTEST_TAX_NUMBER and len(set(signs)) > 1 else ""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", mark))
    return digits.removeprefix("86") if len(digits) == 13 else digits


def suggest(
    kind: str, code: str, own: BaseItem | None, there: Records, elsewhere: Mapping[str, tuple[str, str]], taken: frozenset[str],
    taxed: Mapping[str, tuple[str, str]] | None = None,
) -> Suggestion | None:  # fmt: skip
    """The best proposal for one record without a counterpart, or None where nothing speaks clearly for one.

    own:       the record itself as its system keeps it, where known.
    there:     the other system's list.
    elsewhere: what other companies on the same two systems have: this code -> (key, name).
    taken:     keys that stand for another record of this company already; never proposed.
    taxed:     what other companies on the same OA have, whatever their codes: plain tax number -> (key, name).
    """
    name = own.name if own is not None else ""

    def made(keys: Sequence[str], reason: str, percent: int, named: int) -> Suggestion | None:
        """Only a single free record is a proposal; of several, nobody can know."""
        if len(keys) != 1 or keys[0] in taken:
            return None
        item = there.items[keys[0]]
        same = bool(name) and plain_name(item.name) == plain_name(name)
        return Suggestion(
            keys[0],
            item.name,
            named if same else percent,
            f"{reason}_name" if same and reason != "name" else reason,
        )

    found: list[Suggestion | None] = []
    if (known_as := elsewhere.get(code)) and known_as[0] not in taken:
        item = there.items.get(known_as[0])
        if item is None or not item.disabled:
            found.append(Suggestion(known_as[0], item.name if item else known_as[1], 95, "elsewhere"))
    if own is not None and own.mark:
        sure = ("tax", 78, 97) if kind in TAXED else ("mark", 80, 98)
        found.append(made(there.with_mark(kind, own.mark), *sure))
        if (twin := (taxed or {}).get(plain_mark(kind, own.mark))) and twin[0] not in taken:
            same = bool(name) and plain_name(twin[1]) == plain_name(name)
            found.append(Suggestion(*twin, 97 if same else 78, "tax_name" if same else "tax"))
    codes = [code, *([own.code] if own is not None and own.code else [])]
    for each in dict.fromkeys(codes):
        found.append(made(there.with_code(each), "code", 60 if kind in PEOPLE else 75, 96))
    if name and kind not in PEOPLE:
        found.append(made(there.with_name(name), "name", 85, 85))
    if (
        not any(found)
        and name
        and kind not in PEOPLE
        and (near := there.alike(name))
        and near[0] not in taken
    ):
        found.append(Suggestion(near[0], there.items[near[0]].name, near[1], "alike"))
    known = [each for each in found if each is not None]
    return max(known, key=lambda each: each.percent) if known else None
