"""The window: shown at once, the workspace opened in a thread afterwards, the engine stopped when it closes.

Light at the top: Qt and the window's frame are all that the first paint may cost.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from desktop.doors.window_preferences import WindowPreferences

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from desktop.doors.window_house import WindowHouse
    from desktop.views.app import Starter
    from desktop.views.tray import Tray

CLOSE_S = 4.5
"""How long a closing window waits for answers and running steps; it is gone within 5 s."""


class WindowDoor:
    """One window on one store, or on the sandbox company. Holds every house that was opened, so that each is closed.

    given: demo, faults, data, store and language of the command line.
    """

    def __init__(self, app: QApplication, given: argparse.Namespace) -> None:
        from desktop.views.app import Starter
        from desktop.views.pages import pages

        self._app, self._given = app, given
        self._houses: list[WindowHouse] = []
        self.tray: Tray | None = None
        self.preferences = WindowPreferences(None if given.demo else data_folder(given))
        if given.language:
            self.preferences.use("window.language", given.language)
        specs = pages()
        if given.demo:
            specs.append(_play_page())
        environment = "demo" if given.demo else self.preferences.get("window.environment") or "production"
        self.starter: Starter = Starter(app, self.preferences, specs, self._open_house, environment)
        self._person = "demo" if given.demo else _person()
        self.starter.window.show_person(self._person_shown(), "")
        self.starter.look.spoken.connect(self._spoken)

    def _person_shown(self) -> str:
        return self.starter.look.text.say("play-admin") if self._given.demo else self._person

    def show(self) -> None:
        """Shows the window; the house is opened after its first paint. Started for the tray, it stays hidden there."""
        from PySide6.QtCore import QTimer

        if getattr(self._given, "tray", False) and self._make_tray().is_there:
            self.starter.show(hidden=True)
            return
        self.starter.show()
        QTimer.singleShot(0, self.starter, self._make_tray)

    def _make_tray(self) -> Tray:
        """The icon in the tray; while the person wants it, closing the window leaves the engine at work."""
        from desktop.views.tray import Tray

        window = self.starter.window
        if self.tray is None:
            tray = self.tray = Tray(self.starter.look, window, self._pause)
            tray.tells = lambda: self.preferences.get("window.notices") != "no"
            self.starter.bridge.changed.connect(tray.hear)
            window.stays = lambda: tray.is_there and self.preferences.get("window.tray") == "yes"
        return self.tray

    def _pause(self, on: bool) -> None:
        house = self._houses[-1] if self._houses else None
        if house is not None:
            self.starter.bridge.ask(house.pause if on else house.resume, then=self.starter.ask_status)

    def _open_house(self) -> WindowHouse:
        """On a pool thread."""
        language = self.preferences.get("window.language") or "zh"
        if self._given.demo:
            from desktop.doors.window_demo import open_demo

            house = open_demo(
                self.preferences,
                language,
                seed=self._given.faults,
                person=self._person,
                pair=(self._given.erp, self._given.oa),
            )
        else:
            house = self._open_workspace(language)
        house.go = self.starter.window.go
        self._houses.append(house)
        house.start_engine()
        return house

    def _open_workspace(self, language: str) -> WindowHouse:
        from desktop.doors.command_line import store_url
        from desktop.doors.log_file import keep_log
        from desktop.doors.window_house import WindowHouse
        from desktop.services.workspace import Workspace

        workspace = Workspace.open(store_url(self._given), language=language)
        keep_log(workspace.store.path.parent, "window")
        house = WindowHouse(workspace, self.preferences, self._person)
        environment = str(workspace.catalog.preference("environment", "production"))
        if environment != (self.preferences.get("window.environment") or "production"):
            self.preferences.put("window.environment", environment)
        return house

    def _spoken(self) -> None:
        if self._given.demo:  # the only one whose name is a word of ours
            self.starter.window.show_person(self._person_shown(), self.starter.window.role)
        for house in self._houses:
            house.speak(self.starter.look.text.language)

    def close(self) -> bool:
        """After the event loop. False where some step still runs: the process must then end without waiting for it."""
        self.preferences.hold()
        deadline = time.monotonic() + CLOSE_S
        self.starter.stop()
        closed = [house.close(max(0.0, deadline - time.monotonic())) for house in self._houses]
        return all(closed)


def open_window(given: argparse.Namespace) -> int:
    """Shows the window and answers the exit code when it has closed."""
    gc.disable()  # nothing made while starting is garbage; views.app switches it on
    if given.store and given.data:
        from desktop.domain.errors import ErrorCode, SyncError

        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said="--data / --store")
    from desktop.views.app import make_app
    from desktop.views.bridge import tell_unforeseen

    app = make_app(sys.argv[:1])
    door = WindowDoor(app, given)
    sys.excepthook = tell_unforeseen(door.starter.bridge)
    door.show()
    with closing_on_signals(door.starter.window.quit):
        code = int(app.exec())
    if not door.close():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(
            code
        )  # a call to another system hangs; its intent is on disk and is settled at the next start
    return code


def data_folder(given: argparse.Namespace) -> Path | None:
    """The folder in which the store lies, or None where the store's URL does not tell."""
    if given.store:
        path = str(given.store).removeprefix("sqlite:///")
        return None if "://" in path else Path(path).expanduser().resolve().parent
    if given.data:
        return Path(given.data).expanduser().resolve()
    from desktop.doors.command_line import default_folder

    return default_folder()


@contextlib.contextmanager
def closing_on_signals(close: Callable[[], object]):  # type: ignore[no-untyped-def]
    """SIGTERM and Ctrl+C close the window. Qt waits in C++, where Python's handlers do not run: a socket wakes it."""
    from PySide6.QtCore import QSocketNotifier

    heard, told = socket.socketpair()
    for each in (heard, told):
        each.setblocking(False)

    def note(number: int, frame: FrameType | None) -> None:
        """The byte on the socket is what counts."""

    before = {name: signal.signal(name, note) for name in (signal.SIGTERM, signal.SIGINT)}
    woken = signal.set_wakeup_fd(told.fileno())
    notifier = QSocketNotifier(heard.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(lambda *_: close())
    try:
        yield
    finally:
        notifier.setEnabled(False)
        signal.set_wakeup_fd(woken)
        for name, handler in before.items():
            signal.signal(name, handler)
        heard.close()
        told.close()


def _person() -> str:
    """Who orders: the account of this machine's user."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "operator"


def _play_page():  # type: ignore[no-untyped-def]
    from desktop.views.desk import Desk, PageSpec
    from desktop.views.page import Page

    def make(desk: Desk) -> Page:
        from desktop.views.play_page import PlayPage

        return PlayPage(desk)

    return PageSpec("play", "page-play", "play", make, "nav-demo")
