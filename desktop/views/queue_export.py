"""A list of documents as a file, Excel or CSV: written on a thread of its own, with progress and a cancel that works.

The file grows under another name and takes its own only when it is whole: a cancelled export leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar

from desktop.domain.errors import ErrorCode, SyncError
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
    "column-amount", "column-currency", "column-created", "column-changed", "column-step", "column-code",
)  # fmt: skip
WIDTHS = (12, 6, 20, 14, 14, 26, 30, 16, 8, 18, 18, 40, 10)


class CannotWrite(OSError):
    """The disk said no; what it said."""


def write_list(
    path: Path,
    documents: Documents,
    question: Question,
    sort: str,
    descending: bool,
    text: Text,
    errand: Errand,
) -> int:
    """Writes the whole list as Excel or, by the file's ending, CSV; answers how many rows, or -1 where it was cancelled.
    Raises CannotWrite."""
    words = RowWords(text)
    ids = documents.all_ids(question, sort, descending=descending)

    def rows() -> Iterator[Sequence[str | Decimal]]:
        for start in range(0, len(ids), BATCH):
            for row in documents.rows(ids[start : start + BATCH]):
                yield _cells(row, words, text)
            errand.report(min(start + BATCH, len(ids)), len(ids))

    headings = [text.say(key) for key in HEADINGS]
    return write_file(path, text.say("queue-export-name"), headings, rows(), errand, WIDTHS)


def write_file(
    path: Path, title: str, headings: Sequence[str], rows: Iterable[Sequence[str | Decimal]], errand: Errand,
    widths: Sequence[int] = (),
) -> int:  # fmt: skip
    """Rows of any list into a file. Raises CannotWrite with the disk's words."""
    from desktop.services.table_file import write_table

    try:
        return write_table(path, title, headings, rows, widths, stopped=lambda: errand.cancelled)
    except SyncError as error:
        if error.code is not ErrorCode.BASE_FILE_WRONG:
            raise
        raise CannotWrite(str(error.facts.get("said", ""))) from error


def _cells(row: Row, words: RowWords, text: Text) -> Sequence[str | Decimal]:
    step = words.step(row)
    return (
        text.word("state", state_name(row)), str(row.round), row.number, row.request_number, text.word("flow", row.flow_id),
        row.company, row.partner, row.amount.amount if row.amount else "",
        text.word("currency", row.amount.currency) if row.amount else "",
        text.moment(row.created_at), text.moment(row.changed_at), f"{step.text} {step.second}".strip(), row.code,
    )  # fmt: skip


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
