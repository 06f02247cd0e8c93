"""Windows under test: no screen, and no database or socket on the GUI thread."""

from __future__ import annotations

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.services.text import Text
from desktop.views.bridge import Bridge
from desktop.views.look import Look
from tests.conftest import Clock, House, Stage
from tests.views.home import Home

T = TypeVar("T")


class GuiThreadWaited(AssertionError):
    """The GUI thread used a database or a socket."""


class GuardedConnection(sqlite3.Connection):
    """A connection that notes every question asked on the GUI thread."""

    noted: ClassVar[list[str]] = []

    def cursor(self, *args: Any, **kwargs: Any) -> Any:
        _note("SQL")
        return super().cursor(*args, **kwargs)

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        _note("SQL")
        return super().execute(*args, **kwargs)

    def executemany(self, *args: Any, **kwargs: Any) -> Any:
        _note("SQL")
        return super().executemany(*args, **kwargs)

    def commit(self) -> None:
        _note("SQL")
        super().commit()


def _note(what: str) -> None:
    if threading.current_thread() is threading.main_thread():
        GuardedConnection.noted.append(what)
        raise GuiThreadWaited(f"{what} on the GUI thread")


@pytest.fixture(autouse=True)
def gui_thread_guard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Fails the test on any SQL or socket use on the GUI thread, even where the page swallows the exception.

    Set-up that needs a store or a server goes through `aside`, never around this guard. Yields what was noted.
    """
    GuardedConnection.noted = []
    connect, plug, plug_ex = sqlite3.connect, socket.socket.connect, socket.socket.connect_ex

    def guarded_connect(*args: Any, **kwargs: Any) -> Any:
        _note("SQL")
        return connect(*args, **{"factory": GuardedConnection, **kwargs})

    def guarded_plug(self: socket.socket, *args: Any) -> Any:
        _note("socket")
        return plug(self, *args)

    def guarded_plug_ex(self: socket.socket, *args: Any) -> Any:
        _note("socket")
        return plug_ex(self, *args)

    for module in (sqlite3, sqlite3.dbapi2):
        monkeypatch.setattr(module, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect", guarded_plug)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_plug_ex)
    yield GuardedConnection.noted
    assert not GuardedConnection.noted, f"on the GUI thread: {GuardedConnection.noted}"


@pytest.fixture(autouse=True)
def windows_go() -> Iterator[None]:
    """No window outlives its test: every style set later would be laid over all of them again."""
    yield
    for window in QApplication.topLevelWidgets():
        window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def aside() -> Callable[[Callable[[], T]], T]:
    """Runs set-up that reads or writes a store in a thread of its own, as the house does, and answers its result."""

    def run(work: Callable[[], T]) -> T:
        answers: list[T] = []
        errors: list[BaseException] = []

        def do() -> None:
            try:
                answers.append(work())
            except BaseException as error:
                errors.append(error)

        thread = threading.Thread(target=do)
        thread.start()
        thread.join(60)
        if errors:
            raise errors[0]
        return answers[0]

    return run


@pytest.fixture
def look(qapp: QApplication) -> Iterator[Look]:
    """Light theme, Chinese; a missing key raises."""
    made = Look(qapp, Text("zh", strict=True))
    yield made
    made.deleteLater()


@pytest.fixture
def bridge(qapp: QApplication) -> Iterator[Bridge]:
    """A bridge whose threads have ended when the test is over."""
    before = set(threading.enumerate())
    made = Bridge()
    yield made
    assert made.stop(), "work went on after stop()"
    assert not {thread for thread in threading.enumerate() if thread.name.startswith("danqiao")} - before


@pytest.fixture
def home(
    toy: Stage,
    tmp_path: Path,
    clock: Clock,
    look: Look,
    bridge: Bridge,
    qtbot: QtBot,
    aside: Callable[..., Any],
) -> Iterator[Home]:
    """The whole house on the toy company, made aside; its window opens with `home.open()`."""
    made = Home(aside(lambda: House(toy, tmp_path / "data", clock)), look, bridge, qtbot, aside)
    yield made
    made.close()
