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
_BRACKETS = str.maketrans("()[]{}", "      ")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A proposal. key: what the correspondence takes.  percent: how sure.  reason: key of its words, such as
    "elsewhere" (so in another company), "code", "code_name", "mark" (mobile number), "mark_name", "name"."""

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
        for key, item in self.items.items():
            if item.disabled:
                continue
            for table, value in (
                (self._codes, plain_code(item.code)), (self._names, plain_name(item.name)),
                (self._marks, plain_mark(item.mark)),
            ):  # fmt: skip
                if value:
                    table.setdefault(value, []).append(key)

    def with_code(self, code: str) -> Sequence[str]:
        """Keys of records in use with this code."""
        return self._codes.get(plain_code(code), ())

    def with_name(self, name: str) -> Sequence[str]:
        """Keys of records in use with this name."""
        return self._names.get(plain_name(name), ())

    def with_mark(self, mark: str) -> Sequence[str]:
        """Keys of records in use with this mobile number."""
        return self._marks.get(plain_mark(mark), ())


def plain_code(code: str) -> str:
    """A code without its dress: width, case and outer blanks."""
    return unicodedata.normalize("NFKC", code).strip().casefold()


def plain_name(name: str) -> str:
    """A name without its dress: width, case, brackets and blanks."""
    plain = unicodedata.normalize("NFKC", name).casefold().translate(_BRACKETS)
    return re.sub(r"\s+", "", plain)


def plain_mark(mark: str) -> str:
    """A mobile number's digits, without the country's."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", mark))
    return digits.removeprefix("86") if len(digits) == 13 else digits


def suggest(
    kind: str, code: str, own: BaseItem | None, there: Records, elsewhere: Mapping[str, tuple[str, str]], taken: frozenset[str]
) -> Suggestion | None:  # fmt: skip
    """The best proposal for one record without a counterpart, or None where nothing speaks clearly for one.

    own:       the record itself as its system keeps it, where known.
    there:     the other system's list.
    elsewhere: what other companies on the same two systems have: this code -> (key, name).
    taken:     keys that stand for another record of this company already; never proposed.
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
        found.append(made(there.with_mark(own.mark), "mark", 80, 98))
    codes = [code, *([own.code] if own is not None and own.code else [])]
    for each in dict.fromkeys(codes):
        found.append(made(there.with_code(each), "code", 60 if kind in PEOPLE else 75, 96))
    if name and kind not in PEOPLE:
        found.append(made(there.with_name(name), "name", 85, 85))
    known = [each for each in found if each is not None]
    return max(known, key=lambda each: each.percent) if known else None
