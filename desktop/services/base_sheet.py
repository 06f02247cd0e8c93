"""Correspondences as an Excel file, and back: every row is checked, told apart by number, and nothing is applied unseen.

What comes from data never becomes a formula in the file, and a formula in the file never becomes data. A file may be
anything: a wrong one ends in MAP-514, a wrong row in a sentence with its number.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop.domain.errors import ErrorCode, SyncError
from desktop.services.base_data import BaseQuestion
from desktop.services.text import LANGUAGES, Text
from desktop.store.catalog import BaseRow

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

COLUMNS = ("company", "kind", "erp_code", "erp_name", "oa_key", "oa_name")
REQUIRED = ("company", "kind", "erp_code", "oa_key")
MOST_ROWS = 200_000
MOST_BYTES = 300_000_000
"""Unpacked; a larger file is no list of base data but a bomb."""
MOST_CHARS = 200
WIDTHS = (24, 14, 22, 36, 22, 36)
BATCH = 500
_FORMULA = re.compile(r"^'*(?:[=+@\t\r]|-(?![\d.,]*$))")
Report = Callable[[int, int, str], None]


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
    workspace: Workspace, path: Path, question: BaseQuestion, report: Report, stopped: Callable[[], bool]
) -> int:
    """Writes the correspondences of a question; answers how many, or -1 where it was stopped (no file then).
    Raises MAP-514 where the disk says no."""
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    text, base = workspace.text, workspace.base
    book = Workbook(write_only=True)
    sheet = book.create_sheet(text.say("page-base"))
    for at, width in enumerate(WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    sheet.freeze_panes = "A2"
    sheet.append(_cells(sheet, [text.say(f"base-sheet-{name}") for name in COLUMNS]))
    ids, companies = base.ids(question, "kind"), base.companies()
    for start in range(0, len(ids), BATCH):
        if stopped():
            sheet.close()
            return -1
        report(start, len(ids), "")
        part = ids[start : start + BATCH]
        lines = base.lines(part)
        for row in (lines[each].row for each in part if each in lines):
            company = companies.get(row.route_id, row.route_id)
            values = (
                company,
                text.word("kind", row.kind),
                row.erp_code,
                row.erp_name,
                row.oa_key,
                row.oa_name,
            )
            sheet.append(_cells(sheet, values))
    return -1 if stopped() else _saved(book, path, len(ids))


def _saved(book: Any, path: Path, count: int) -> int:
    """The file grows under another name: one that is not whole never has its own."""
    part = path.with_name(path.name + ".part")
    try:
        book.save(part)
        part.replace(path)
    except OSError as error:
        raise _wrong(path, "-", error.strerror or str(error)) from None
    finally:
        part.unlink(missing_ok=True)
    return count


def _cells(sheet: Any, values: Sequence[str]) -> list[Any]:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    made = []
    for value in values:
        cell = WriteOnlyCell(sheet, harmless(ILLEGAL_CHARACTERS_RE.sub("", value)))
        cell.data_type, cell.number_format = "s", "@"  # text, whatever it looks like: 007 stays 007
        made.append(cell)
    return made


def harmless(value: str) -> str:
    """Text that no spreadsheet takes for a formula; `as_meant` takes it back."""
    return f"'{value}" if _FORMULA.match(value) else value


def as_meant(value: str) -> str:
    """What was written before `harmless` guarded it."""
    return value[1:] if value.startswith("'") and _FORMULA.match(value[1:]) else value


def read_sheet(
    workspace: Workspace, path: Path, report: Report, stopped: Callable[[], bool]
) -> Preview | None:
    """What the file would change, row by row; None where it was stopped. Writes nothing. Raises MAP-514."""
    judge = _Judge(workspace)
    for seen, (line, cells) in enumerate(_rows(path), start=1):
        if stopped():
            return None
        if seen > MOST_ROWS:
            raise _wrong(path, str(line), f"> {MOST_ROWS}")
        if seen % BATCH == 0:
            report(seen, 0, "")
        judge.take(line, cells)
    return judge.preview(path.name)


def apply_sheet(workspace: Workspace, person: str, preview: Preview) -> int:
    """Writes what the preview showed, all or nothing; answers how many. Raises MAP-511 where a row changed since."""
    seen = {(each.row.route_id, each.row.kind, each.row.erp_code): each.before for each in preview.changes}
    return workspace.base.put(person, [each.row for each in preview.changes], seen)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(row number, cells by column) below the header. Raises MAP-514."""
    import openpyxl

    _look_inside(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=False)
    except Exception as error:  # openpyxl raises whatever its parsers raise
        raise _wrong(path, "-", type(error).__name__) from None
    try:
        rows = iter(book.worksheets[0].iter_rows())
        places = _places(path, next(rows, ()))
        for cells in rows:
            found = {name: cells[at] for name, at in places.items() if at < len(cells)}
            if any(cell.value not in (None, "") for cell in found.values()):
                yield next(cell.row for cell in found.values() if cell.value not in (None, "")), found
    except SyncError:
        raise
    except Exception as error:
        raise _wrong(path, "-", type(error).__name__) from None
    finally:
        book.close()


def _look_inside(path: Path) -> None:
    """No Excel file, one with a password or of the old kind, or one that unpacks to far too much."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
        if head.startswith(b"\xd0\xcf\x11\xe0"):
            raise _wrong(path, "-", "password / .xls")
        with zipfile.ZipFile(path) as packed:
            if sum(each.file_size for each in packed.infolist()) > MOST_BYTES:
                raise _wrong(path, "-", f"> {MOST_BYTES // 1_000_000} MB")
            if "xl/workbook.xml" not in packed.namelist():
                raise _wrong(path, "-", "xlsx?")
    except zipfile.BadZipFile:
        raise _wrong(path, "-", "xlsx?") from None
    except OSError as error:
        raise _wrong(path, "-", error.strerror or type(error).__name__) from None


def _places(path: Path, header: Sequence[Any]) -> dict[str, int]:
    """Column name -> place, by the words of either language."""
    words = {name: {name, *(Text(each).say(f"base-sheet-{name}") for each in LANGUAGES)} for name in COLUMNS}
    found: dict[str, int] = {}
    for at, cell in enumerate(header):
        told = str(cell.value or "").strip()
        for name in COLUMNS:
            if told in words[name]:
                found.setdefault(name, at)
    if missing := [name for name in REQUIRED if name not in found]:
        said = ", ".join(Text(LANGUAGES[0]).say(f"base-sheet-{name}") for name in missing)
        raise _wrong(path, "1", said)
    return found


def _wrong(path: Path, line: str, said: str) -> SyncError:
    return SyncError(ErrorCode.BASE_FILE_WRONG, certain=True, file=path.name, line=line, said=said)


class _Refused(Exception):
    def __init__(self, reason: str, value: str = "") -> None:
        super().__init__(reason)
        self.reason, self.value = reason, value


class _Judge:
    """Knows companies, kinds and what stands there, and tells each row new, changed, same or wrong."""

    def __init__(self, workspace: Workspace) -> None:
        self._base = workspace.base
        self._companies = self._base.companies()
        self._routes: dict[str, set[str]] = {}
        for route in workspace.catalog.routes():
            for name in {route.id, route.title, route.company} - {""}:
                self._routes.setdefault(name, set()).add(route.id)
        texts = [Text(language) for language in LANGUAGES]
        self._kinds = {
            word: kind
            for kind in self._base.kinds()
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
            row = self._row({name: _told(name, cells.get(name)) for name in COLUMNS})
            self._judge(line, row)
        except _Refused as refused:
            self._faults.append(SheetFault(line, refused.reason, refused.value[:60]))

    def _row(self, told: dict[str, str]) -> BaseRow:
        for name in REQUIRED:
            if not told[name]:
                raise _Refused(f"no_{name}")
        routes = self._routes.get(told["company"], set())
        if len(routes) != 1:
            raise _Refused("company", told["company"])
        kind = self._kinds.get(told["kind"])
        if kind is None:
            raise _Refused("kind", told["kind"])
        (route_id,) = routes
        held = self._held.get((route_id, kind, told["erp_code"]))
        names = (told["erp_name"], told["oa_name"])
        if held is not None and held.oa_key == told["oa_key"]:
            names = (names[0] or held.erp_name, names[1] or held.oa_name)
        return BaseRow(route_id, kind, told["erp_code"], told["oa_key"], *names, "file")

    def _judge(self, line: int, row: BaseRow) -> None:
        place = (row.route_id, row.kind, row.erp_code)
        if place in self._lines:
            raise _Refused("twice", str(self._lines[place]))
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
            raise _Refused("unknown", row.oa_key)
        owner = self._owners.setdefault((row.route_id, row.kind, row.oa_key), row.erp_code)
        if (row.route_id, row.kind) in self._single and owner != row.erp_code:
            raise _Refused("taken", owner)
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


def _told(name: str, cell: Any) -> str:
    """A cell as text. A formula, a date or a broken number is no code."""
    value = getattr(cell, "value", None)
    if value is None:
        return ""
    if (
        getattr(cell, "data_type", "") == "f"
        or not isinstance(value, str | int | float)
        or isinstance(value, bool)
    ):
        raise _Refused("formula" if getattr(cell, "data_type", "") == "f" else "not_text", str(value))
    if isinstance(value, float) and not value.is_integer():
        raise _Refused("not_text", str(value))
    text = as_meant(str(int(value)) if isinstance(value, float) else str(value)).strip()
    if len(text) > MOST_CHARS:
        raise _Refused("long", text)
    return text
