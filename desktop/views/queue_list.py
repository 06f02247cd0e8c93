"""How the queue's list is asked for, and how it keeps still: first page at once, the whole list when it is there.

A list that someone reads keeps its rows where they are: what a row says is renewed in place, and what came or went is
counted until the reader asks for it.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.domain.errors import SyncError
from desktop.views.bridge import Bridge
from desktop.views.queue_filter import Narrow
from desktop.views.queue_rows import order_of
from desktop.views.tables import TableModel

if TYPE_CHECKING:
    from desktop.services.documents import Documents, Question

FIRST = 200
"""Rows of the first page: more than any screen shows at once."""
LEAST_PAUSE_S, PAUSE_TIMES = 0.3, 5
"""A list is not read again before this pause, and not before this many times what reading it took."""
AFTER_FIRST_MS = 120
"""The whole list is asked for when the first rows have been read and painted."""
COUNTED_MOST = 10_000
SKELETONS = 40


class Asks(Protocol):
    """What a list shows: the queue's filters, or the documents of one cause."""

    def question(self, now: datetime) -> Question:
        """What the service is asked at this moment."""
        ...


class Asked(NamedTuple):
    """One question to the service, numbered so that an older answer is dropped."""

    number: int
    narrow: Asks
    key: str
    descending: bool


class QueueList(QObject):
    """Feeds the model. GUI thread only; all reading goes over the bridge.

    counted: how many documents the list has (None = more than the first page, not known yet).
    failed:  the list could not be read: a SyncError.
    news:    how many documents moved since the list was read; 0 = none, or the list is renewed.
    """

    counted = Signal(object)
    failed = Signal(object)
    news = Signal(int)

    def __init__(
        self, documents: Documents, bridge: Bridge, rows: TableModel, reading: Callable[[], bool], parent: QObject
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._documents, self._bridge, self._rows, self._reading = documents, bridge, rows, reading
        self.asked = Asked(0, Narrow(), "age", False)
        self._first_on_its_way = False
        self._whole_on_its_way: Asked | None = None
        self._whole_wanted: Asked | None = None
        self._took_s, self._read_at = 0.0, 0.0
        self._moved: set[int] = set()
        self._after_first = QTimer(self, singleShot=True, interval=AFTER_FIRST_MS)
        self._after_first.timeout.connect(lambda: self._want_whole(self.asked))
        self._settle = QTimer(self, singleShot=True)
        self._settle.timeout.connect(self._renew_if_still)

    @property
    def settled(self) -> bool:
        """True while nothing is asked for: the list on screen is the whole list."""
        waits = self._first_on_its_way or self._after_first.isActive()
        return not waits and self._whole_on_its_way is None

    # Asking ----------------------------------------------------------------------------------------------------

    def ask(self, narrow: Asks, key: str, descending: bool) -> None:
        """Another list: its first page at once, then the whole."""
        self.asked = Asked(self.asked.number + 1, narrow, key, descending)
        self._ask_first(self.asked, show_busy=True)

    def renew(self) -> None:
        """The same list again, as it is now. It stands still meanwhile."""
        if self._first_on_its_way:
            return
        self.asked = self.asked._replace(number=self.asked.number + 1)
        if self._rows.rowCount() > FIRST:
            self._want_whole(self.asked)
        else:
            self._ask_first(self.asked, show_busy=not self._rows.rowCount())

    def _ask_first(self, asked: Asked, *, show_busy: bool) -> None:
        question = asked.narrow.question(datetime.now(UTC))
        sort, descending = order_of(asked.key, asked.descending)
        self._forget_news()
        self._after_first.stop()
        self._first_on_its_way = True
        self._bridge.ask(
            lambda: self._documents.first_ids(question, sort, descending=descending, limit=FIRST),
            then=partial(self._take_first, asked), failed=self._lost, busy=self._show_bones if show_busy else None,
            owner=self, slot="first",
        )  # fmt: skip

    def _take_first(self, asked: Asked, ids: array[int]) -> None:
        self._first_on_its_way = False
        if asked != self.asked:
            return
        self._rows.bones = False
        self._rows.show_ids(ids)
        self._read_at = time.monotonic()
        if len(ids) < FIRST:
            self._took_s = 0.0
            self.counted.emit(len(ids))
        else:
            self.counted.emit(None)
            self._after_first.start()

    def _want_whole(self, asked: Asked) -> None:
        """One whole list at a time is read: typing must not pile them up."""
        if self._whole_on_its_way is not None:
            self._whole_wanted = asked
            return
        self._whole_on_its_way, self._whole_wanted = asked, None
        question = asked.narrow.question(datetime.now(UTC))
        sort, descending = order_of(asked.key, asked.descending)
        began = time.monotonic()
        self._forget_news()
        self._bridge.ask_long(
            lambda _: self._documents.all_ids(question, sort, descending=descending),
            then=partial(self._take_whole, asked, began), failed=partial(self._lost_whole, asked), owner=self,
        )  # fmt: skip

    def _take_whole(self, asked: Asked, began: float, ids: array[int]) -> None:
        self._read_at = time.monotonic()
        self._took_s = self._read_at - began
        self._whole_on_its_way = None
        if asked == self.asked:
            self._rows.bones = False
            self._rows.show_ids(ids)
            self.counted.emit(len(ids))
        if self._whole_wanted is not None:
            self._want_whole(self._whole_wanted)

    def _lost_whole(self, asked: Asked, error: SyncError) -> None:
        self._whole_on_its_way = self._whole_wanted = None
        if asked == self.asked:
            self._lost(error)

    def _lost(self, error: SyncError) -> None:
        self._first_on_its_way = False
        self._rows.bones = False
        self.failed.emit(error)

    def _show_bones(self, on: bool) -> None:
        """Skeleton rows, once a first page has kept a person waiting."""
        if on:
            self._rows.show_ids((), total=SKELETONS)
        self._rows.bones = on

    # Keeping still ---------------------------------------------------------------------------------------------

    def moved(self, ids: Iterable[int]) -> None:
        """The engine moved these documents: their rows are told anew in place, the list follows when nobody reads."""
        new = set(ids)
        self._rows.refresh(new)
        if len(self._moved) < COUNTED_MOST:
            self._moved |= new
        if not self._moved:
            return
        if self._reading():
            self.news.emit(len(self._moved))
        if not self._settle.isActive():
            self._settle.start(round(self._pause_left_s() * 1000))

    def _pause_left_s(self) -> float:
        pause_s = max(LEAST_PAUSE_S, PAUSE_TIMES * self._took_s)
        return max(0.05, self._read_at + pause_s - time.monotonic())

    def _renew_if_still(self) -> None:
        if self._moved and not self._reading():
            self.renew()
        elif self._moved:
            self.news.emit(len(self._moved))
            self._settle.start(1000)  # the reader may have gone back to the top meanwhile

    def _forget_news(self) -> None:
        self._moved.clear()
        self.news.emit(0)
