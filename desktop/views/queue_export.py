"""The queue as a CSV file: written on a thread of its own, row by row, with progress and a cancel that works.

The file grows under another name and takes its own only when it is whole: a cancelled export leaves nothing behind.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar

from desktop.domain.errors import SyncError
from desktop.views.bridge import Bridge
from desktop.views.bridge import Question as Errand
from desktop.views.look import Look
from desktop.views.queue_rows import RowWords, state_name
from desktop.views.widgets import Button, Mark, Words

if TYPE_CHECKING:
    from desktop.services.documents import Documents, Question, Row
    from desktop.services.text import Text

BATCH = 500
HEADINGS = (
    "column-state", "column-round", "column-number", "column-request", "column-flow", "column-company", "column-partner",
    "column-amount", "column-currency", "column-created", "column-changed", "column-step",
)  # fmt: skip
_FORMULA = re.compile(r"^(?:[=+@\t\r]|-(?![\d.,]*$))")


class CannotWrite(OSError):
    """The disk said no; what it said."""


def write_csv(
    path: Path,
    documents: Documents,
    question: Question,
    sort: str,
    descending: bool,
    text: Text,
    errand: Errand,
) -> int:
    """Writes the whole list; answers how many rows, or -1 where it was cancelled. UTF-8 with a mark, so that
    spreadsheets read Chinese. Raises CannotWrite."""
    part = path.with_name(path.name + ".part")
    try:
        count = _write_rows(part, documents, question, sort, descending, text, errand)
        if count < 0:
            return -1
        part.replace(path)
        return count
    except OSError as error:
        raise CannotWrite(error.strerror or str(error)) from error
    finally:
        part.unlink(missing_ok=True)


def _write_rows(
    part: Path, documents: Documents, question: Question, sort: str, descending: bool, text: Text, errand: Errand
) -> int:  # fmt: skip
    words, ids = RowWords(text), documents.all_ids(question, sort, descending=descending)
    with part.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([text.say(key) for key in HEADINGS])
        for start in range(0, len(ids), BATCH):
            if errand.cancelled:
                return -1
            rows = documents.rows(ids[start : start + BATCH])
            writer.writerows([[harmless(cell) for cell in _cells(row, words, text)] for row in rows])
            errand.report(min(start + BATCH, len(ids)), len(ids))
    return -1 if errand.cancelled else len(ids)


def _cells(row: Row, words: RowWords, text: Text) -> Sequence[str]:
    amount = (f"{row.amount.amount}", row.amount.currency) if row.amount else ("", "")
    step = words.step(row)
    return (
        text.word("state", state_name(row)), str(row.round), row.number, row.request_number, text.word("flow", row.flow_id),
        row.company, row.partner, amount[0], text.word("currency", amount[1]) if amount[1] else "",
        text.moment(row.created_at), text.moment(row.changed_at), f"{step.text} {step.second}".strip(),
    )  # fmt: skip


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


class ExportLine(QFrame):
    """One line: how far the export is, and afterwards what came of it. Stays until it is closed."""

    def __init__(self, look: Look, bridge: Bridge) -> None:
        super().__init__()
        self._look, self._bridge = look, bridge
        self._errand: Errand | None = None
        self._path = Path()
        self.setProperty("role", "sunken")
        self.mark = Mark(look, "ring_half", "wait")
        self.sentence = Words()
        self.bar = QProgressBar(textVisible=False)
        self.bar.setFixedWidth(look.px(220))
        say = look.text.say
        self.stop = Button(look, say("queue-export-stop"), self.cancel, role="quiet")
        self.folder = Button(look, say("queue-export-folder"), self._open_folder, role="quiet", icon="open")
        self.shut = Button(look, say("button-close"), self.hide, role="icon", icon="close")
        row = QHBoxLayout(self)
        row.setContentsMargins(look.px(24), look.px(4), look.px(16), look.px(4))
        row.setSpacing(look.px(8))
        for widget in (self.mark, self.sentence, self.bar, self.stop, self.folder):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.shut)
        self.hide()

    @property
    def busy(self) -> bool:
        """True while a file is being written."""
        return self._errand is not None

    def begin(self, path: Path, write: Callable[[Errand], int]) -> None:
        """Starts an export; one at a time."""
        if self.busy:
            return
        self._path = path
        self._show("ring_half", "wait", self._look.text.say("queue-exporting", done=0, count=0), running=True)
        self._errand = self._bridge.ask_long(
            lambda errand: self._outcome(write, errand), then=self._done, failed=self._failed, progress=self._progress,
            owner=self,
        )  # fmt: skip

    @staticmethod
    def _outcome(write: Callable[[Errand], int], errand: Errand) -> int | CannotWrite:
        try:
            return write(errand)
        except CannotWrite as error:
            return error

    def _progress(self, done: int, total: int, word: str) -> None:
        say, number = self._look.text.say, self._look.text.number
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.sentence.tell(say("queue-exporting", done=number(done), count=total))

    def _done(self, count: int | CannotWrite) -> None:
        self._errand = None
        say = self._look.text.say
        if isinstance(count, CannotWrite):
            self._show("square", "stop", say("queue-export-failed", said=str(count)))
        else:
            self._show("disc_tick", "ok", say("queue-exported", count=count, file=self._path.name), made=True)
            self.sentence.setToolTip(str(self._path))

    def _failed(self, error: SyncError) -> None:
        self._errand = None
        self._show("square", "stop", self._look.text.what(error.code.id, error.facts))

    def cancel(self) -> None:
        """Stops the export; its half file goes."""
        if self._errand is not None:
            self._errand.cancel()
            self._errand = None
            self._show("ring_bar", "muted", self._look.text.say("queue-export-cancelled"))

    def _show(
        self, shape: str, token: str, sentence: str, *, running: bool = False, made: bool = False
    ) -> None:
        self.mark.show_shape(shape, token)
        self.sentence.tell(sentence)
        self.bar.setVisible(running)
        self.stop.setVisible(running)
        self.folder.setVisible(made)
        self.shut.setVisible(not running)
        self.show()

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._path.parent)))
