"""Any table on screen as a file: the columns that are shown, in their order, every row of the list.

Words are taken on the export's own thread, page by page, as the table takes them for the eye; an amount stays a number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.views.bridge import Question as Errand
from desktop.views.queue_export import BATCH, write_file
from desktop.views.table_view import Table
from desktop.views.tables import Cell, ColumnKind

if TYPE_CHECKING:
    from desktop.services.text import Text

FILES = (".xlsx", ".csv")


def choose_file(parent: QWidget, text: Text, name: str) -> Path | None:
    """Where an export goes, Excel first; None where the person thought better of it."""
    say = text.say
    kinds = {f"{say('export-files-xlsx')} (*.xlsx)": ".xlsx", f"{say('export-files-csv')} (*.csv)": ".csv"}
    found, kind = QFileDialog.getSaveFileName(parent, say("queue-export"), f"{name}.xlsx", ";;".join(kinds))
    if not found:
        return None
    path = Path(found)
    return path if path.suffix.lower() in FILES else path.with_name(path.name + kinds.get(kind, ".xlsx"))


def table_writer(table: Table, title: str, text: Text) -> Callable[[Path, Errand], int]:
    """Takes what is on screen now (GUI thread); what it answers writes the file, on any thread. Raises CannotWrite."""
    rows, columns = table.rows, table.rows.columns
    places = [
        at
        for at, column in enumerate(columns)
        if column.kind is not ColumnKind.CHECK and not table.isColumnHidden(at)
    ]
    ids = rows.ids_of(range(rows.rowCount()))
    amounts = {at for at in places if columns[at].kind is ColumnKind.AMOUNT}
    headings: list[str] = []
    for at in places:
        headings += [rows.headers[at], text.say("column-currency")] if at in amounts else [rows.headers[at]]

    def told(errand: Errand) -> Iterator[Sequence[str | Decimal]]:
        for start in range(0, len(ids), BATCH):
            for cells in rows.read_now(ids[start : start + BATCH]):
                yield [value for at in places for value in _values(cells[at], text, amount=at in amounts)]
            errand.report(min(start + BATCH, len(ids)), len(ids))

    return lambda path, errand: write_file(path, title, headings, told(errand), errand)


def _values(cell: Cell, text: Text, *, amount: bool) -> Sequence[str | Decimal]:
    """A cell as it goes into the file; an amount and its currency stand side by side."""
    words = f"{cell.text} {cell.second}".strip()
    if not amount:
        return (words,)
    return (
        (words, "") if cell.money is None else (cell.money.amount, text.word("currency", cell.money.currency))
    )
