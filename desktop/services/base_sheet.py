"""Correspondences as an Excel or CSV file, and back: every row is checked, told apart by number, and nothing is applied
unseen. The files themselves are table_file.py's; a wrong one ends in MAP-514, a wrong row in a sentence with its number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop.domain.record import BASE_KINDS
from desktop.services.base_data import BaseQuestion
from desktop.services.masking import is_account
from desktop.services.table_file import (
    BATCH,
    ENCODINGS,
    Refused,
    Report,
    as_meant,
    harmless,
    header_words,
    read_table,
    told,
    write_table,
)
from desktop.services.text import LANGUAGES, Text
from desktop.store.catalog import BaseRow

__all__ = [
    "Preview",
    "SheetChange",
    "SheetFault",
    "apply_sheet",
    "as_meant",
    "harmless",
    "read_sheet",
    "write_sheet",
]

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

COLUMNS = ("company", "kind", "erp_code", "erp_name", "oa_key", "oa_name")
REQUIRED = ("company", "kind", "erp_code", "oa_key")
MOST_CHARS = 200
WIDTHS = (24, 14, 22, 36, 22, 36)


@dataclass(frozen=True, slots=True)
class SheetChange:
    """A row that would be written. before: the OA key that stands there now, "" = none."""

    line: int
    row: BaseRow
    company: str
    before: str


@dataclass(frozen=True, slots=True)
class SheetFault:
    """A row that is refused. reason: key of its sentence under "base-fault"; value: what it stumbled over."""

    line: int
    reason: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do. same: rows that stand so already."""

    file: str
    changes: tuple[SheetChange, ...]
    faults: tuple[SheetFault, ...]
    same: int


def write_sheet(
    workspace: Workspace, path: Path, question: BaseQuestion, report: Report, stopped: Callable[[], bool],
    encoding: str = ENCODINGS[0],
) -> int:  # fmt: skip
    """Writes the correspondences of a question; answers how many, or -1 where it was stopped (no file then).
    Raises MAP-514 where the disk says no."""
    text = workspace.text
    header = header_words("base-sheet", COLUMNS, text)
    rows = _told_rows(workspace, question, report)
    return write_table(
        path, text.say("page-base"), header, rows, WIDTHS, encoding=encoding, stopped=stopped
    )  # fmt: skip


def _told_rows(workspace: Workspace, question: BaseQuestion, report: Report) -> Iterator[Sequence[str]]:
    text, base = workspace.text, workspace.base
    ids, companies = base.ids(question, "kind"), base.companies()
    for start in range(0, len(ids), BATCH):
        report(start, len(ids), "")
        part = ids[start : start + BATCH]
        lines = base.lines(part)
        for row in (lines[each].row for each in part if each in lines):
            company, kind = companies.get(row.route_id, row.route_id), text.word("kind", row.kind)
            yield company, kind, row.erp_code, row.erp_name, row.oa_key, row.oa_name


def read_sheet(
    workspace: Workspace, path: Path, report: Report, stopped: Callable[[], bool]
) -> Preview | None:
    """What the file would change, row by row; None where it was stopped. Writes nothing. Raises MAP-514."""
    judge = _Judge(workspace)
    rows = read_table(path, workspace.text, "base-sheet", COLUMNS, REQUIRED)
    for seen, (line, cells) in enumerate(rows, start=1):
        if stopped():
            return None
        if seen % BATCH == 0:
            report(seen, 0, "")
        judge.take(line, cells)
    return judge.preview(path.name)


def apply_sheet(workspace: Workspace, person: str, preview: Preview) -> int:
    """Writes what the preview showed, all or nothing; answers how many. Raises MAP-511 where a row changed since."""
    seen = {(each.row.route_id, each.row.kind, each.row.erp_code): each.before for each in preview.changes}
    return workspace.base.put(person, [each.row for each in preview.changes], seen)


class _Judge:
    """Knows companies, kinds and what stands there, and tells each row new, changed, same or wrong."""

    def __init__(self, workspace: Workspace) -> None:
        self._base = workspace.base
        self._companies = self._base.companies()
        self._masked = workspace.people.seat.masked
        self._routes: dict[str, set[str]] = {}
        for route in workspace.catalog.routes():
            for name in {route.id, route.title, route.company} - {""}:
                self._routes.setdefault(name, set()).add(route.id)
        texts = [Text(language) for language in LANGUAGES]
        self._kinds = {
            word: kind
            for kind in (*BASE_KINDS, *self._base.kinds())
            for word in (kind, *(text.word("kind", kind) for text in texts))
        }
        rows = workspace.base_records.mapped()
        self._held = {(row.route_id, row.kind, row.erp_code): row for row in rows}
        self._single = self._base.single(list(self._companies))
        self._owners: dict[tuple[str, str, str], str] = {}
        for row in rows:
            self._owners.setdefault((row.route_id, row.kind, row.oa_key), row.erp_code)
        self._known: dict[tuple[str, str], frozenset[str] | None] = {}
        self._lines: dict[tuple[str, str, str], int] = {}
        self._changes: list[SheetChange] = []
        self._faults: list[SheetFault] = []
        self._same = 0

    def take(self, line: int, cells: dict[str, Any]) -> None:
        """One row of the sheet."""
        try:
            row = self._row({name: told(cells.get(name), MOST_CHARS) for name in COLUMNS})
            self._judge(line, row)
        except Refused as refused:
            self._faults.append(SheetFault(line, refused.reason, refused.value[:60]))

    def _row(self, cells: dict[str, str]) -> BaseRow:
        for name in REQUIRED:
            if not cells[name]:
                raise Refused(f"no_{name}")
        routes = self._routes.get(cells["company"], set())
        if len(routes) != 1:
            raise Refused("company", cells["company"])
        kind = self._kinds.get(cells["kind"])
        if kind is None:
            raise Refused("kind", cells["kind"])
        if self._masked and is_account(kind):
            raise Refused("account")
        (route_id,) = routes
        held = self._held.get((route_id, kind, cells["erp_code"]))
        names = (cells["erp_name"], cells["oa_name"])
        if held is not None and held.oa_key == cells["oa_key"]:
            names = (names[0] or held.erp_name, names[1] or held.oa_name)
        return BaseRow(route_id, kind, cells["erp_code"], cells["oa_key"], *names, "file")

    def _judge(self, line: int, row: BaseRow) -> None:
        place = (row.route_id, row.kind, row.erp_code)
        if place in self._lines:
            raise Refused("twice", str(self._lines[place]))
        self._lines[place] = line
        held = self._held.get(place)
        if held is not None and (held.oa_key, held.erp_name, held.oa_name) == (
            row.oa_key,
            row.erp_name,
            row.oa_name,
        ):
            self._same += 1
            return
        known = self._keys(row.route_id, row.kind)
        if known is not None and row.oa_key not in known:
            raise Refused("unknown", row.oa_key)
        owner = self._owners.setdefault((row.route_id, row.kind, row.oa_key), row.erp_code)
        if (row.route_id, row.kind) in self._single and owner != row.erp_code:
            raise Refused("taken", owner)
        company = self._companies.get(row.route_id, row.route_id)
        self._changes.append(SheetChange(line, row, company, held.oa_key if held is not None else ""))

    def _keys(self, route_id: str, kind: str) -> frozenset[str] | None:
        """Every key of the OA's list; None where it was never read."""
        if (route_id, kind) not in self._known:
            self._known[route_id, kind] = self._base.known_keys(route_id, kind)
        return self._known[route_id, kind]

    def preview(self, file: str) -> Preview:
        """All rows together."""
        return Preview(file, tuple(self._changes), tuple(self._faults), self._same)
