"""A window on a data folder or on the sandbox company, as a person opens it, for tests that run errands in it."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import keyring.backend
import keyring.credentials
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop.doors.toy import Toy
from desktop.doors.window_door import WindowDoor
from desktop.doors.window_house import WindowHouse
from desktop.sandbox.k3cloud import k3cloud_app
from desktop.sandbox.server import Server
from desktop.services.workspace import Workspace
from desktop.views.page import Page
from desktop.views.widgets import Words

LONG_MS = 20_000
PageT = TypeVar("PageT", bound=Page)


class MemoryKeyring(keyring.backend.KeyringBackend):
    """This machine's keyring, as long as the test lasts."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.kept.pop((service, username), None)


def given(folder: Path | None = None, *, demo: bool = False, language: str = "zh") -> argparse.Namespace:
    """What the command line would give."""
    return argparse.Namespace(
        demo=demo,
        faults=None,
        erp="",
        oa="",
        data=str(folder) if folder else None,
        store=None,
        language=language,
    )


class ToyDoor(WindowDoor):
    """A window on a data folder that is joined to a toy company, its secrets in memory.

    on: whether the flows run.
    """

    toy: Toy
    on = True

    def _open_workspace(self, language: str) -> WindowHouse:
        folder = Path(self._given.data)
        workspace = Workspace.open_folder(folder, language=language, memory=self.toy.memory)
        if not workspace.catalog.systems():
            self.toy.join(workspace, every_s=0.3, on=self.on)
        return WindowHouse(workspace, self.preferences, self._person)


@contextmanager
def opened(door: WindowDoor, qtbot: QtBot) -> Iterator[WindowDoor]:
    """Shows the window, waits for its house, and closes both."""
    try:
        door.show()
        qtbot.waitUntil(lambda: door.starter.house is not None, timeout=LONG_MS)
        yield door
    finally:
        door.starter.window.close()
        assert door.close(), "the house did not close in time"


@contextmanager
def toy_door(
    qapp: QApplication, qtbot: QtBot, folder: Path, toy: Toy, *, on: bool = True
) -> Iterator[WindowDoor]:
    """The usual window of these tests."""
    door = ToyDoor(qapp, given(folder))
    door.toy, door.on = toy, on
    with opened(door, qtbot):
        yield door


def house_of(door: WindowDoor) -> WindowHouse:
    """The opened house."""
    house = door.starter.house
    assert isinstance(house, WindowHouse)
    return house


def page_of(door: WindowDoor, qtbot: QtBot, name: str, kind: type[PageT]) -> PageT:
    """Goes to a page."""
    door.starter.window.go(name)
    page = door.starter.window.current_page()
    assert isinstance(page, kind)
    return page


def type_into(panel: QWidget, **values: str) -> None:
    """Types into the fields of a form, by name."""
    for name, value in values.items():
        box = panel.findChild(QLineEdit, f"field-{name}")
        assert box is not None, name
        box.setText(value)
        box.textEdited.emit(value)


def words_in(widget: QWidget) -> str:
    """Everything that a person can read in a widget now."""
    return "\n".join(each.text() for each in widget.findChildren(Words) if each.isVisible())


def free_port() -> int:
    """A port for a server that will come back on it: only one that was named can be bound again at once."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def served_again(toy: Toy, port: int) -> Server:
    """The ERP's server comes back on its old port."""
    return Server(k3cloud_app(toy.erp), port=port).start()


Aside = Callable[[Callable[[], object]], object]
