"""Tables as files and back: Excel, and CSV as Chinese programs write it. Knows no table of ours.

What comes from data never becomes a formula in the file, and a formula in the file never becomes data. A file may be
anything: one that cannot be read ends in MAP-514 with the place.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from desktop.domain.errors import ErrorCode, SyncError
from desktop.services.text import LANGUAGES, Text

MOST_ROWS = 200_000
MOST_BYTES = 300_000_000
"""Unpacked; a larger file is no table of ours but a bomb."""
MOST_CSV_BYTES = 60_000_000
BATCH = 500
_MOST_NUMBER = 10**15
"""Excel keeps 15 digits of a number: what is longer, such as an account, has lost its last ones unless the cell is text."""
ENCODINGS = ("utf-8-sig", "gb18030")
"""What a CSV may be written in: with a mark that Excel understands, or as older Chinese programs expect it."""
_FORMULA = re.compile(r"^'*(?:[=+@\t\r\n\uff1d\uff0b\uff20]|[-\uff0d](?![\d.,]*$))")
"""What begins so a spreadsheet may take for a formula; a Chinese Excel also in full width."""
_MERGED = re.compile(rb'<mergeCell\s+ref="([A-Z]{1,3}\d{1,7}):')
Report = Callable[[int, int, str], None]


class Refused(Exception):
    """A row that is refused. reason: key of its sentence; value: what it stumbled over."""

    def __init__(self, reason: str, value: str = "") -> None:
        super().__init__(reason)
        self.reason, self.value = reason, value


def wrong(path: Path, line: str, said: str) -> SyncError:
    """MAP-514."""
    return SyncError(ErrorCode.BASE_FILE_WRONG, certain=True, file=path.name, line=line, said=said)


def harmless(value: str) -> str:
    """Text that no spreadsheet takes for a formula; `as_meant` takes it back."""
    return f"'{value}" if _FORMULA.match(value) else value


def as_meant(value: str) -> str:
    """What was written before `harmless` guarded it."""
    return value[1:] if value.startswith("'") and _FORMULA.match(value[1:]) else value


def header_words(prefix: str, names: Sequence[str], text: Text) -> list[str]:
    """What stands above the columns, in a language."""
    return [text.say(f"{prefix}-{name}") for name in names]


# --- writing ---------------------------------------------------------------------------------------------------------------
def write_table(
    path: Path, title: str, header: Sequence[str], rows: Iterable[Sequence[str | Decimal]], widths: Sequence[int] = (), *,
    encoding: str = ENCODINGS[0], stopped: Callable[[], bool] = lambda: False,
) -> int:  # fmt: skip
    """Writes Excel or, by the file's ending, CSV; answers how many rows, -1 where it was stopped (no file then).
    A Decimal becomes a number that can be summed, all else is text. Raises MAP-514 where the disk says no, or the encoding has no such character."""
    part = path.with_name(path.name + ".part")
    try:
        if path.suffix.lower() == ".csv":
            count = _write_csv(part, header, rows, encoding, stopped)
        else:
            count = _write_book(part, title, header, rows, widths, stopped)
        if count >= 0:
            part.replace(path)
    except OSError as error:
        raise wrong(path, "-", error.strerror or str(error)) from None
    finally:
        part.unlink(missing_ok=True)
    return count


def _write_csv(
    part: Path,
    header: Sequence[str],
    rows: Iterable[Sequence[str | Decimal]],
    encoding: str,
    stopped: Callable[[], bool],
) -> int:
    count = 0
    with part.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow([harmless(each) for each in header])
        for count, row in enumerate(rows, start=1):
            if count % BATCH == 0 and stopped():
                return -1
            writer.writerow(
                [
                    f"{each:f}" if isinstance(each, Decimal) else harmless(each.replace("\0", ""))
                    for each in row
                ]
            )
    return -1 if stopped() else count


def _write_book(
    part: Path, title: str, header: Sequence[str], rows: Iterable[Sequence[str | Decimal]], widths: Sequence[int],
    stopped: Callable[[], bool],
) -> int:  # fmt: skip
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for at, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    sheet.freeze_panes = "A2"
    sheet.append(_cells(sheet, header))
    count = 0
    for count, row in enumerate(rows, start=1):
        if count % BATCH == 0 and stopped():
            sheet.close()
            return -1
        sheet.append(_cells(sheet, row))
    if stopped():
        sheet.close()
        return -1
    book.save(part)
    return count


def _cells(sheet: Any, values: Sequence[str | Decimal]) -> list[Any]:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    made = []
    for value in values:
        if isinstance(value, Decimal):
            cell = WriteOnlyCell(sheet, value)
            cell.number_format = "#,##0.00"
            made.append(cell)
            continue
        cell = WriteOnlyCell(sheet, harmless(ILLEGAL_CHARACTERS_RE.sub("", value)))
        cell.data_type, cell.number_format = "s", "@"  # text, whatever it looks like: 007 stays 007
        made.append(cell)
    return made


# --- reading ---------------------------------------------------------------------------------------------------------------
def read_table(
    path: Path, text: Text, prefix: str, names: Sequence[str], required: Sequence[str]
) -> Iterator[tuple[int, dict[str, Any]]]:  # fmt: skip
    """(row number, cells by column) below the header; empty rows are left out. Raises MAP-514.

    A cell is whatever `told` takes. The header is found by its words in either language; text tells what is wrong.
    """
    rows = _csv_rows(path) if path.suffix.lower() in (".csv", ".txt") else _book_rows(path, text)
    _, header = next(rows, (1, ()))
    places = _places(path, text, header, prefix, names, required)
    for seen, (line, cells) in enumerate(rows, start=1):
        if seen > MOST_ROWS:
            raise wrong(path, str(line), f"> {MOST_ROWS}")
        found = {name: cells[at] for name, at in places.items() if at < len(cells)}
        if any(_value(cell) not in (None, "") for cell in found.values()):
            yield line, found


def _value(cell: Any) -> Any:
    return cell if isinstance(cell, str) else getattr(cell, "value", None)


def told(cell: Any, most: int) -> str:
    """A cell as text. A formula, a date or a broken number is none: raises Refused."""
    value = _value(cell)
    if value is None:
        return ""
    if getattr(cell, "data_type", "") == "f" or (isinstance(cell, str) and cell.startswith("=")):
        raise Refused("formula", str(value))
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise Refused("not_text", str(value))
    if isinstance(value, float) and not value.is_integer():
        raise Refused("not_text", str(value))
    if isinstance(value, int | float) and abs(value) >= _MOST_NUMBER:
        raise Refused("not_text", f"{value:.0f}")
    text = as_meant(str(int(value)) if isinstance(value, float) else str(value)).strip()
    if len(text) > most:
        raise Refused("long", text)
    return text


def _book_rows(path: Path, text: Text) -> Iterator[tuple[int, Sequence[Any]]]:
    import openpyxl

    _look_inside(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=False)
    except Exception as error:  # openpyxl raises whatever its parsers raise
        raise wrong(path, "-", type(error).__name__) from None
    try:
        sheet = book.worksheets[0]
        _refuse_merged(path, text, str(getattr(sheet, "_worksheet_path", "")))
        for at, cells in enumerate(sheet.iter_rows(), start=1):
            yield (
                next((cell.row for cell in cells if getattr(cell, "value", None) not in (None, "")), at),
                cells,
            )
    except SyncError:
        raise
    except Exception as error:
        raise wrong(path, "-", type(error).__name__) from None
    finally:
        book.close()


def _look_inside(path: Path) -> None:
    """No Excel file, one with a password or of the old kind, or one that unpacks to far too much."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
        if head.startswith(b"\xd0\xcf\x11\xe0"):
            raise wrong(path, "-", "password / .xls")
        with zipfile.ZipFile(path) as packed:
            if sum(each.file_size for each in packed.infolist()) > MOST_BYTES:
                raise wrong(path, "-", f"> {MOST_BYTES // 1_000_000} MB")
            if "xl/workbook.xml" not in packed.namelist():
                raise wrong(path, "-", "xlsx?")
    except zipfile.BadZipFile:
        raise wrong(path, "-", "xlsx?") from None
    except OSError as error:
        raise wrong(path, "-", error.strerror or type(error).__name__) from None


def _refuse_merged(path: Path, text: Text, sheet: str) -> None:
    """Of merged cells only the first holds its value: whoever reads on would take the others for empty."""
    with zipfile.ZipFile(path) as packed:
        name = sheet.lstrip("/")
        if name not in packed.namelist():
            return
        with packed.open(name) as file:
            tail = b""
            while part := file.read(1 << 20):
                if found := _MERGED.search(tail + part):
                    cell = found.group(1).decode()
                    raise wrong(path, re.sub(r"\D", "", cell), text.say("file-merged", cell=cell))
                tail = part[-64:]


def _csv_rows(path: Path) -> Iterator[tuple[int, Sequence[str]]]:
    text = _decoded(path)
    first = text.split("\n", 1)[0]
    between = max((",", ";", "\t"), key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=between, strict=True)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise wrong(path, str(reader.line_num), str(error)) from None


def _decoded(path: Path) -> str:
    """UTF-8 with or without its mark, UTF-16 with one, else GB18030. Raises MAP-514 for anything else."""
    try:
        if path.stat().st_size > MOST_CSV_BYTES:
            raise wrong(path, "-", f"> {MOST_CSV_BYTES // 1_000_000} MB")
        raw = path.read_bytes()
    except OSError as error:
        raise wrong(path, "-", error.strerror or type(error).__name__) from None
    marked = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise wrong(path, "-", "CSV?")


def _places(
    path: Path, text: Text, header: Sequence[Any], prefix: str, names: Sequence[str], required: Sequence[str]
) -> Mapping[str, int]:
    """Column name -> place. Raises MAP-514 for a missing column, or one that is there twice."""
    words = {name: {name, *(Text(each).say(f"{prefix}-{name}") for each in LANGUAGES)} for name in names}
    found: dict[str, int] = {}
    for at, cell in enumerate(header):
        above = as_meant(str(_value(cell) or "")).strip()
        for name in names:
            if above in words[name]:
                if name in found:
                    raise wrong(path, "1", text.say("file-column-twice", column=above))
                found[name] = at
    if missing := [name for name in required if name not in found]:
        columns = ", ".join(text.say(f"{prefix}-{name}") for name in missing)
        raise wrong(path, "1", text.say("file-column-missing", columns=columns))
    return found
