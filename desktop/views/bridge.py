"""The only door between the GUI thread and all others.

Pages ask here and are answered on the GUI thread; the engine's events come in here from any thread. The GUI thread
itself never touches a database, a socket or a slow file: tests/views/conftest.py fails the test that does.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from desktop.domain.courtesy import give_way

if TYPE_CHECKING:  # its codes are not needed before the first paint
    from desktop.domain.errors import SyncError

_log = logging.getLogger(__name__)
GATHER_MS = 200
"""Events of the engine are gathered this long, so that a busy run redraws five times a second at most."""
STAND_ASIDE_S = 0.1
"""So long at most a patient question stands aside each time it looks."""
BUSY_MS = 150
"""Within this time nothing is shown; afterwards the page may show its skeleton."""


class Question:
    """One question on its way. A cancelled one is never answered; `work` may look at `cancelled` to stop early.

    deed: the work is no question but something that a person did: it is carried out though nobody waits for the answer."""

    def __init__(
        self,
        work: Callable[..., Any],
        then: Callable[[Any], None],
        failed: Callable[[SyncError], None],
        *,
        busy: Callable[[bool], None] | None = None,
        owner: QObject | None = None,
        progress: Callable[[int, int, str], None] | None = None,
        told: Callable[[Question, int, int, str], None] | None = None,
        deed: bool = False,
    ) -> None:
        self.deed = deed
        self.work, self.then, self.failed = work, then, failed
        self.busy, self.owner, self.progress, self._told = busy, owner, progress, told
        self.cancelled = self.shown_busy = False

    def cancel(self) -> None:
        """Drops the question: no slot of it is called any more."""
        self.cancelled = True

    def report(self, done: int, total: int, word: str = "") -> None:
        """From a long work's own thread: how far it is (total 0 = unknown), and a key or word of what is done."""
        if self._told is not None and not self.cancelled:
            self._told(self, done, total, word)


class Bridge(QObject):
    """Asks on a small pool of threads, answers on the GUI thread. One per window; `stop()` before it goes.

    changed: what the engine told in the last 200 ms, as a tuple of domain.events; a hint, never the truth.
    trouble: a SyncError that no page took.
    """

    changed = Signal(object)
    trouble = Signal(object)
    _answered = Signal(object, object, object)
    _progressed = Signal(object, int, int, str)
    _heard = Signal()

    def __init__(self, *, threads: int = 2, gather_ms: int = GATHER_MS, busy_ms: int = BUSY_MS) -> None:
        super().__init__()
        self._wanted_threads = threads
        self._busy_ms = busy_ms
        self._questions: SimpleQueue[Question | None] = SimpleQueue()
        self._patient: SimpleQueue[Question | None] = SimpleQueue()
        self._urgent, self._urgency = 0, threading.Condition()
        self._threads: list[threading.Thread] = []
        self._newest: dict[tuple[int, str], Question] = {}
        self._open: set[Question] = set()
        self._events: list[Any] = []
        self._events_lock = threading.Lock()
        self._stopped = False
        self._gather = QTimer(self, singleShot=True, interval=gather_ms)
        self._gather.timeout.connect(self._tell_changes)
        self._answered.connect(self._answer, Qt.ConnectionType.QueuedConnection)
        self._progressed.connect(self._progress, Qt.ConnectionType.QueuedConnection)
        self._heard.connect(self._start_gathering, Qt.ConnectionType.QueuedConnection)

    # Asking ----------------------------------------------------------------------------------------------------

    def ask(
        self,
        work: Callable[[], Any],
        *,
        then: Callable[[Any], None],
        failed: Callable[[SyncError], None] | None = None,
        busy: Callable[[bool], None] | None = None,
        owner: QObject | None = None,
        slot: str = "",
        patient: bool = False,
        deed: bool = False,
    ) -> Question:
        """Runs `work` on a pool thread and calls `then(answer)` or `failed(error)` on the GUI thread.

        failed: gets a SyncError always (anything else becomes BUG-901 and is logged); None = the `trouble` signal.
        busy:   called with True when 150 ms went by without an answer, and with False when it came.
        owner:  answers for a widget that is gone are dropped.
        slot:   with an owner, numbers the question: an older one of the same slot is cancelled.
        patient: sums that nobody waits for with a finger on a key: a lane of their own, and they stand aside for the rest.
        deed:   something that a person ordered: carried out even where the window closes before its turn comes.
        """
        question = Question(work, then, failed or self.trouble.emit, busy=busy, owner=owner, deed=deed)
        if owner is not None and slot:
            self._supersede((id(owner), slot), question)
        self._begin(question)
        if patient:
            self._grow("danqiao-patient", 1)
            self._patient.put(question)
        else:
            with self._urgency:
                self._urgent += 1
            self._grow("danqiao-ask", self._wanted_threads)
            self._questions.put(question)
        return question

    def ask_long(
        self,
        work: Callable[[Question], Any],
        *,
        then: Callable[[Any], None],
        failed: Callable[[SyncError], None] | None = None,
        progress: Callable[[int, int, str], None] | None = None,
        owner: QObject | None = None,
    ) -> Question:
        """Long work on a thread of its own, so that pages stay quick. `work` gets the question: it reports progress
        there and ends early where it sees `cancelled`. Otherwise as `ask`."""
        question = Question(
            work,
            then,
            failed or self.trouble.emit,
            owner=owner,
            progress=progress,
            told=lambda *told: self._emit(self._progressed, *told),
        )
        self._begin(question)
        thread = threading.Thread(target=self._do_long, args=(question,), name="danqiao-long", daemon=True)
        self._threads = [*(one for one in self._threads if one.is_alive()), thread]
        thread.start()
        return question

    def _supersede(self, key: tuple[int, str], question: Question) -> None:
        older = self._newest.get(key)
        if older is not None:
            older.cancel()
            if older.shown_busy and question.busy is not None:
                question.shown_busy = True  # the skeleton stays up until the newest answer
        self._newest[key] = question

    def _begin(self, question: Question) -> None:
        if self._stopped:
            question.cancel()
        self._open.add(question)
        if question.busy is not None:
            QTimer.singleShot(self._busy_ms, self, lambda: self._show_busy(question))

    def _grow(self, name: str, wanted: int) -> None:
        pool = [thread for thread in self._threads if thread.name == name]
        if len(pool) < wanted and not self._stopped:
            serve = self._serve_patient if name == "danqiao-patient" else self._serve
            thread = threading.Thread(target=serve, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    # On the other threads --------------------------------------------------------------------------------------

    def _serve(self) -> None:
        while (question := self._questions.get()) is not None:
            try:
                self._do(question)
            finally:
                with self._urgency:
                    self._urgent -= 1
                    self._urgency.notify_all()

    def _serve_patient(self) -> None:
        give_way.set(self._let_pass)
        while (question := self._patient.get()) is not None:
            self._let_pass()
            self._do(question)

    def _do(self, question: Question) -> None:
        if question.cancelled and not question.deed:
            self._emit(self._answered, question, None, None)
        else:
            self._emit(self._answered, question, *_outcome(question.work))

    def _let_pass(self) -> None:
        """Waits while a question that cannot wait is under way; a little only, so that nothing starves."""
        with self._urgency:
            self._urgency.wait_for(lambda: self._urgent == 0 or self._stopped, STAND_ASIDE_S)

    def _do_long(self, question: Question) -> None:
        give_way.set(self._let_pass)
        self._emit(self._answered, question, *_outcome(lambda: question.work(question)))

    def _emit(self, signal: Any, *told: Any) -> None:
        if not self._stopped:
            signal.emit(*told)

    def hear(self, event: Any) -> None:
        """Takes an event of the engine, from any thread; subscribe this to the engine's events."""
        with self._events_lock:
            self._events.append(event)
            first = len(self._events) == 1
        if first:
            self._emit(self._heard)

    # On the GUI thread -----------------------------------------------------------------------------------------

    def _answer(self, question: Question, answer: Any, error: SyncError | None) -> None:
        self._open.discard(question)
        for key in [key for key, newest in self._newest.items() if newest is question]:
            del self._newest[key]
        if not self._wanted(question):
            return
        if question.shown_busy and question.busy is not None:
            question.busy(False)
        if error is None:
            question.then(answer)
        else:
            question.failed(error)

    def _progress(self, question: Question, done: int, total: int, word: str) -> None:
        if question.progress is not None and self._wanted(question):
            question.progress(done, total, word)

    def _show_busy(self, question: Question) -> None:
        if question in self._open and question.busy is not None and self._wanted(question):
            question.shown_busy = True
            question.busy(True)

    def _wanted(self, question: Question) -> bool:
        alive = question.owner is None or shiboken6.isValid(question.owner)
        return alive and not question.cancelled and not self._stopped

    def _start_gathering(self) -> None:
        if not self._gather.isActive() and not self._stopped:
            self._gather.start()

    def _tell_changes(self) -> None:
        with self._events_lock:
            events, self._events = tuple(self._events), []
        if events and not self._stopped:
            self.changed.emit(events)

    def stop(self, wait_s: float = 5.0) -> bool:
        """Answers nothing any more, lets running work finish for at most `wait_s`; True when all threads ended."""
        self._stopped = True
        self._gather.stop()
        for question in self._open:
            question.cancel()
        for _ in self._threads:
            self._questions.put(None)
        self._patient.put(None)
        deadline = time.monotonic() + wait_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)


def tell_unforeseen(bridge: Bridge) -> Callable[[type[BaseException], BaseException, Any], None]:
    """A sys.excepthook for a window: an exception that a slot let out is logged and told in one line over the page. Without
    it Qt goes on in silence: a packaged program has no console."""

    def hook(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        from desktop.domain.errors import ErrorCode, SyncError

        _log.error("an exception that nothing caught", exc_info=(kind, error, trace))
        if threading.current_thread() is threading.main_thread():
            bridge.trouble.emit(SyncError(ErrorCode.INTERNAL, said=f"{kind.__name__}: {error}"))

    return hook


def _outcome(work: Callable[[], Any]) -> tuple[Any, SyncError | None]:
    """What the work answered, or its error as a SyncError."""
    from desktop.domain.errors import ErrorCode, SyncError

    try:
        return work(), None
    except SyncError as error:
        return None, error
    except Exception as error:
        _log.exception("work asked by a page failed")
        return None, SyncError(ErrorCode.INTERNAL, said=f"{type(error).__name__}: {error}")
