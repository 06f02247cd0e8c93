"""One bulk order on its way: how far it is, a stop that works, and what became of each bill, readable until it is closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout

from desktop.domain.errors import ErrorCode, SyncError
from desktop.views.bridge import Bridge, Question
from desktop.views.entry_list import ENTRY, Entry, EntryList
from desktop.views.look import Look
from desktop.views.queue_rows import money_words
from desktop.views.widgets import Button, Mark, Words

if TYPE_CHECKING:
    from desktop.services.failures import Outcome, Progress
    from desktop.services.text import Text

Told = Callable[["Progress"], None]
Work = Callable[[Told, Callable[[], bool]], "list[Outcome]"]
"""Carried out on a thread of its own: called with where to tell progress, and whether the person wants it stopped."""

SHOWN_ROWS = 3
LISTED_MOST, AT_ONCE = 2_000, 40
MARKS = {
    "done": ("disc_tick", "ok"), "failed": ("square", "stop"), "waiting": ("ring_half", "wait"), "left": ("ring_bar", "muted"),
}  # fmt: skip


class BulkErrand(QFrame):
    """ended: it is over, and lists may look again.  open_bill: a line of the result was chosen: its document.
    alone: refused, because nobody gives such an order alone: the error."""

    ended = Signal()
    alone = Signal(object)
    open_bill = Signal(int)

    def __init__(self, look: Look, bridge: Bridge) -> None:
        super().__init__()
        self._look, self._bridge = look, bridge
        self._stopping = False
        self._errand: Question | None = None
        self.outcomes: list[Outcome] = []
        say = look.text.say
        self.mark, self.words = Mark(look, "ring_half", "wait"), Words(wrap=True)
        self.bar = QProgressBar(textVisible=False)
        self.stop = Button(look, say("failures-stop"), self.halt, icon="close")
        self.shut = Button(look, say("failures-close-result"), self.close_result, role="quiet")
        self.list = EntryList(look, say("failures-result-list"))
        self.list.chosen.connect(lambda document_id: self.open_bill.emit(int(document_id)))
        head, whole = QHBoxLayout(), QVBoxLayout(self)
        head.setSpacing(look.px(8))
        head.addWidget(self.mark)
        head.addWidget(self.words, 1)
        head.addWidget(self.stop)
        head.addWidget(self.shut)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(look.px(6))
        whole.addLayout(head)
        whole.addWidget(self.bar)
        whole.addWidget(self.list)
        self.hide()

    @property
    def busy(self) -> bool:
        """True from the press until the answer: no second errand begins meanwhile."""
        return self._errand is not None

    def begin(self, work: Work) -> bool:
        """Starts it; False (and nothing happens) while one is under way: a double click is one click."""
        if self.busy:
            return False
        self._stopping, self.outcomes = False, []
        self.list.hide()
        self.shut.hide()
        self.stop.show()
        self.stop.setEnabled(True)
        self.bar.setRange(0, 0)
        self.bar.show()
        self.mark.show_shape("ring_half", "wait")
        self.words.tell(self._look.text.say("failures-giving"))
        self.show()

        def run(errand: Question) -> list[Outcome]:
            return work(
                lambda told: errand.report(told.settled + told.taken, 2 * told.asked, f"{told.settled}"),
                lambda: self._stopping or errand.cancelled,
            )

        self._errand = self._bridge.ask_long(
            run, then=self._show, failed=self._lost, progress=self._progress, owner=self
        )
        return True

    def halt(self) -> None:
        """What was ordered is carried out; nothing more is ordered."""
        self._stopping = True
        self.stop.setEnabled(False)
        self.words.tell(self._look.text.say("failures-stopping"))

    def close_result(self) -> None:
        """The person has read it."""
        if not self.busy:
            self.outcomes = []
            self.hide()

    def _progress(self, done: int, total: int, word: str) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        if not self._stopping:
            self.words.tell(self._look.text.say("failures-progress", done=int(word or 0), count=total // 2))

    def _show(self, outcomes: list[Outcome]) -> None:
        self._errand = None
        self.outcomes = outcomes
        self.bar.hide()
        self.stop.hide()
        self.shut.show()
        tally = {name: sum(each.became.value == name for each in outcomes) for name in MARKS}
        worst = next((name for name in ("failed", "waiting", "left") if tally[name]), "done")
        self.mark.show_shape(*MARKS[worst])
        self.words.tell(result_words(self._look.text, tally, len(outcomes)))
        self.list.show_entries((), "")
        self._list_more(outcomes)
        rows = min(SHOWN_ROWS, len(outcomes))
        self.list.setFixedHeight(self._look.px(ENTRY) * rows + self._look.px(4))
        self.list.setVisible(bool(outcomes))
        self.ended.emit()

    def _list_more(self, outcomes: list[Outcome]) -> None:
        """A few lines at a time: thousands of results must not hold the window up."""
        if outcomes is self.outcomes:
            done = self.list.count()
            self.list.add_entries([self._entry(each) for each in outcomes[done : done + AT_ONCE]])
            if done + AT_ONCE < min(len(outcomes), LISTED_MOST):
                QTimer.singleShot(0, self, lambda: self._list_more(outcomes))

    def _entry(self, outcome: Outcome) -> Entry:
        text, row = self._look.text, outcome.row
        shape, token = MARKS[outcome.became.value]
        second = text.say(f"failures-became-{outcome.became.value}")
        if outcome.became.value == "done":
            second = "  ".join(
                part for part in (text.say(f"state-{row.state.value}"), row.request_number) if part
            )
        elif row.code:
            second = f"{second}  {text.word('short', row.code)}"
        title = f"{row.number}  {row.partner}".strip()
        return Entry(str(row.id), title, second, shape, token, money_words(text, row.amount))

    def _lost(self, error: SyncError) -> None:
        self._errand = None
        self.bar.hide()
        self.stop.hide()
        self.shut.show()
        text, code = self._look.text, error.code.id
        self.mark.show_shape("square", "stop")
        self.words.tell(f"{text.what(code, error.facts)} {text.do(code, error.facts)}")
        self.ended.emit()
        if error.code is ErrorCode.SECOND_PERSON:
            self.alone.emit(error)


def result_words(text: Text, tally: dict[str, int], count: int) -> str:
    """ "47 bills: 45 went on, 2 stopped again"."""
    parts: Sequence[str] = [
        text.say(f"failures-tally-{name}", count=tally[name])
        for name in ("done", "failed", "waiting", "left")
        if tally[name]
    ]
    return (
        text.say("failures-result", count=count, told="  ".join(parts))
        if parts
        else text.say("failures-result-none")
    )
