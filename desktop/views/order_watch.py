"""Gives an order and follows it: the engine takes it when it can, and what came of it is told where it was given."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QTimer

from desktop.domain.errors import SyncError
from desktop.views.bridge import Bridge

if TYPE_CHECKING:
    from desktop.services.documents import Documents
    from desktop.services.text import Text

LOOK_MS = 250
LONG_S = 10.0
"""No engine takes longer than this unless none is running."""
GIVE_UP_S = 600.0


class Told(NamedTuple):
    """What is known of an order. over: it was carried out or refused; well: carried out."""

    words: str
    over: bool
    well: bool


class OrderWatch(QObject):
    """Orders of one page or panel. The newest one is followed; its words go to `told` on the GUI thread."""

    def __init__(
        self, documents: Documents, bridge: Bridge, text: Callable[[], Text], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._documents, self._bridge, self._text = documents, bridge, text
        self._told: Callable[[Told], None] = lambda told: None
        self._order, self._since, self._given_count = 0, 0.0, 0
        self._timer = QTimer(self, singleShot=True, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)

    @property
    def waiting(self) -> bool:
        """True while an order is not carried out yet."""
        return self._order != 0

    def give(
        self,
        order: Callable[[Documents], int],
        told: Callable[[Told], None],
        failed: Callable[[SyncError], None] | None = None,
    ) -> None:
        """Writes the order down in a thread, whatever is given after it. Answers come as they are known, the last one with
        `over`; of an order that was forgotten, or followed by another, none comes any more."""
        self._told, self._since = told, time.monotonic()
        self._order = -1
        self._given_count += 1
        mine = self._given_count

        def lost(error: SyncError) -> None:
            if mine == self._given_count:
                self._order = 0
                (failed or self._bridge.trouble.emit)(error)
            else:
                self._bridge.trouble.emit(error)

        self._bridge.ask(
            lambda: order(self._documents), then=lambda order_id: self._given(mine, order_id), failed=lost, owner=self, deed=True
        )  # fmt: skip

    def forget(self) -> None:
        """Follows the order no more: its place on the screen shows something else now."""
        self._order = 0
        self._given_count += 1
        self._timer.stop()

    def _given(self, mine: int, order_id: int) -> None:
        if mine != self._given_count:
            return
        self._order = order_id
        self._told(Told(self._text().say("order-waiting"), False, False))
        self._timer.start()

    def _look(self) -> None:
        order_id = self._order
        if order_id > 0:
            self._bridge.ask(
                lambda: self._documents.order_result(order_id), then=lambda result: self._take(order_id, result), failed=lambda _: self._timer.start(),
                owner=self, slot="look",
            )  # fmt: skip

    def _take(self, order_id: int, result: str | None) -> None:
        if self._order != order_id:
            return
        waited_s = time.monotonic() - self._since
        if result == "" and waited_s < GIVE_UP_S:
            if waited_s > LONG_S:
                self._told(Told(self._text().say("order-waiting-long"), False, False))
            self._timer.start()
            return
        self._order = 0
        well, words = result_words(self._text(), result or "unknown")
        self._told(Told(words, True, well))


def result_words(text: Text, result: str) -> tuple[bool, str]:
    """(carried out?, the words) for an order's result, such as "done" or "0/1 done: not_in_doubt"."""
    found = re.fullmatch(r"(?:(\d+)/(\d+) )?([\w-]+)(?:: (.*))?", result)
    if found is None:
        return False, text.word("order-result", result)
    done, asked, word, reasons = found.groups()
    if word == "done" and (done is None or done == asked):
        return True, text.say("order-result-done")
    if text.has(f"short-{word}"):
        return False, text.say(f"short-{word}")
    reason = (reasons or word).split(",")[0].strip()
    key = f"order-result-{reason}"
    return False, text.say(key) if text.has(key) else text.word("short", reason)
