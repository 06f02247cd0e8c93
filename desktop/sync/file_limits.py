"""What can be said against an attachment before it travels, and how its name and the reason are written. Pure."""

from __future__ import annotations

import re

from desktop.domain.document import CarriedFile
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import Attachments

_NAME = 120
"""Characters that a file's name may have: systems take 100 to 255, some count bytes."""

_IN_A_PATH = re.compile(r'[/\\:*?"<>|\r\n\t]+')
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udfff]")
"""Control characters and those that change the direction of writing, by which an .exe looks like a .pdf."""


def plain_name(name: str) -> str:
    """A file's name as it goes to the other system: no path, nothing that a screen would hide or turn round, its ending kept
    when it is cut. Never empty. What was sent under it is looked for under it."""
    shown = _HIDDEN.sub("", _IN_A_PATH.sub("_", name)).strip(" .")
    stem, dot, ending = shown.rpartition(".")
    if len(shown) > _NAME and dot and len(ending) < 16:
        return f"{stem[: _NAME - len(ending) - 1].rstrip(' .')}.{ending}"
    return shown[:_NAME] or "_"


def objection_to(file: CarriedFile, place: int, rules: Attachments) -> str:
    """What can be said against a file before it is read, "" = nothing. place: which of its record's files it is, from 0."""
    ending = file.name.rpartition(".")[2].lower()
    if place >= rules.most:
        return f"{place + 1} > {rules.most}"
    if rules.kinds and ending not in rules.kinds:
        return f".{ending}" if "." in file.name else file.name[-20:]
    if file.size > rules.largest:
        return f"{_size(file.size)} > {_size(rules.largest)}"
    return ""


def why_not(error: SyncError, largest: int) -> str:
    """An error without words of any language, short enough for a list."""
    if error.code is ErrorCode.TOO_LONG:
        return f"{_size(int(error.facts.get('length', 0)))} > {_size(largest)}"
    said = str(error.facts.get("said") or error.facts.get("what") or "")[:80]
    return f"{error.code.id} {said}".strip()


def _size(count: int) -> str:
    return f"{count / (1 << 20):.1f} MB" if count >= 1 << 20 else f"{count / 1024:.0f} KB"
