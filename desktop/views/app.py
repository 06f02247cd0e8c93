"""Starts the window: first paint first, then the house is opened in a thread, then its pages are built.

main.py calls gc.disable() before it imports this: nothing made while starting is garbage. Starter switches it on.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from desktop.services.text import Text
from desktop.views.bridge import Bridge
from desktop.views.desk import Hit, PageSpec, Preferences
from desktop.views.heaps import few_heaps
from desktop.views.look import Look
from desktop.views.main_window import MainWindow
from desktop.views.status_bar import Status

if TYPE_CHECKING:
    from PySide6.QtCore import QTranslator


class House(Protocol):
    """What the window needs of the opened workspace. All methods but `told` run on pool threads."""

    def status(self) -> Status:
        """What the status bar shows."""
        ...

    def find_bills(self, typed: str) -> Sequence[Hit]:
        """Bills for Ctrl+K."""
        ...

    def run_now(self) -> object:
        """What F5 orders."""
        ...

    def told(self, hear: Callable[[Any], None]) -> None:
        """Subscribes to the engine's events, from any thread."""
        ...

    def close(self) -> object:
        """Stops the engine and lets go of the store."""
        ...


STATUS_MS = 5000
SWITCH_S = 0.001
"""How long a busy thread may hold the interpreter while the GUI thread waits for it; Python's own 5 ms show as stutter."""
ANSWERS_S = 1.0
"""How long a closing window waits for questions on their way: nobody will read the answers."""


class Starter(QObject):
    """Holds the window and the house while the application runs.

    open_house: imports the engine and opens the workspace; runs on a pool thread after the first paint.
    preferences: a small file beside the data; read at once, so that the first paint has the right size and words.
    """

    def __init__(
        self,
        app: QApplication,
        preferences: Preferences,
        pages: Sequence[PageSpec],
        open_house: Callable[[], House],
        environment: str = "production",
    ) -> None:
        super().__init__()
        language = preferences.get("window.language") or "zh"
        self.look = Look(app, Text(language), preferences.get("window.scheme") or "light")
        self.bridge = Bridge()
        self.window = MainWindow(
            self.look, self.bridge, preferences, pages, find_bills=self._find_bills, run_now=self._run_now
        )
        self.window.show_status(Status(environment=environment))
        self.house: House | None = None
        self._app, self._open_house, self._preferences = app, open_house, preferences
        self._translator: QTranslator | None = None
        self._asked_status = QTimer(self, interval=STATUS_MS)
        self._asked_status.timeout.connect(self.ask_status)
        self.bridge.changed.connect(self.ask_status)
        self.look.spoken.connect(self._speak_qt)

    def show(self, *, hidden: bool = False) -> None:
        """Shows the window; everything slow begins only after it has been painted. hidden: it waits in the tray."""
        if not hidden:
            self.window.show()
        QTimer.singleShot(0, self, self._after_first_paint)

    def _after_first_paint(self) -> None:
        sys.setswitchinterval(SWITCH_S)
        few_heaps()
        gc.freeze()  # what stands now stays: later collections need not walk it
        gc.enable()
        self.bridge.ask(self._warm, then=lambda _: None)
        self._speak_qt()
        self.open()

    def open(self) -> None:
        """Opens the house; again after a failure."""
        self.bridge.ask(
            self._open_house,
            then=self._take_house,
            failed=lambda error: self.window.show_closed(error, self.open),
        )

    def _warm(self) -> None:
        """The first sentence with a fact loads fluent, the first page its modules: time the GUI thread should not spend."""
        from desktop.views.pages import warm

        self.look.text.say("status-person", count=1)
        warm()

    def _take_house(self, house: House) -> None:
        self.house = house
        house.told(self.bridge.hear)
        self.window.show_house(house)
        self._asked_status.start()
        self.ask_status()

    def ask_status(self, *_: object) -> None:
        """Asks what the status bar shows: every few seconds and after the engine's events."""
        if self.house is not None:
            self.bridge.ask(
                self.house.status,
                then=self.window.show_status,
                failed=lambda _: None,
                owner=self,
                slot="status",
            )

    def _find_bills(self, typed: str) -> Sequence[Hit]:
        return self.house.find_bills(typed) if self.house is not None else ()

    def _run_now(self) -> None:
        if self.house is not None:
            self.bridge.ask(self.house.run_now, then=self.ask_status)

    def _speak_qt(self) -> None:
        """Qt's own words (the menu of a line edit) follow the language."""
        from PySide6.QtCore import QLibraryInfo, QTranslator

        if self._translator is not None:
            self._app.removeTranslator(self._translator)
        self._translator = QTranslator(self)
        if self.look.text.language == "zh":
            folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
            if self._translator.load("qtbase_zh_CN", folder):
                self._app.installTranslator(self._translator)

    def stop(self) -> None:
        """After the event loop: keeps the last words, ends the threads, then the house."""
        self._asked_status.stop()
        self.bridge.stop(ANSWERS_S)
        for key, value in self.window.last_words().items():
            self._preferences.put(key, value)
        if self.house is not None:
            self.house.close()


def make_app(arguments: Sequence[str]) -> QApplication:
    """The QApplication in our style; call before anything else of views."""
    app = QApplication(list(arguments))
    if app.style().name() != "fusion":  # where it is already, setting it again costs 8 ms of the first paint
        app.setStyle("Fusion")
    app.setApplicationName("DanQiao")
    app.setDesktopFileName("danqiao")
    return app


def run(
    arguments: Sequence[str],
    preferences: Preferences,
    pages: Sequence[PageSpec],
    open_house: Callable[[], House],
    environment: str = "production",
) -> int:
    """Shows the window and answers the exit code when it has closed."""
    app = make_app(arguments)
    starter = Starter(app, preferences, pages, open_house, environment)
    starter.show()
    code = app.exec()
    starter.stop()
    return code
