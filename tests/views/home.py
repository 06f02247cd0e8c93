"""The queue as a person has it before them: the whole house on the toy company, and a window over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from PySide6.QtCore import Qt
from pytestqt.exceptions import TimeoutError as QtTimeout
from pytestqt.qtbot import QtBot

from desktop.sandbox.erp_bill import ErpBill
from desktop.services.licences import licences
from desktop.views.bridge import Bridge
from desktop.views.look import Look
from desktop.views.main_window import MainWindow
from desktop.views.pages import pages
from desktop.views.queue_page import QueuePage
from tests.conftest import House
from tests.views.sample import Memory

T = TypeVar("T")
LONG_MS = 20_000


class Hung:
    """What pages hang on: the workspace's services, and who sits here."""

    person = "chenjing"
    watching = False
    autostarts = False

    def __init__(self, workspace: Any) -> None:
        self._workspace = workspace

    def own_calendar(self, person: str) -> Any:
        return self._workspace.calendars.make_own()

    def licences(self) -> str:
        return licences()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._workspace, name)


@dataclass
class Home:
    """House, window and queue page. Everything that reads the store runs aside, as in the program."""

    house: House
    look: Look
    bridge: Bridge
    qtbot: QtBot
    aside: Callable[[Callable[[], Any]], Any]
    preferences: Memory = field(default_factory=Memory)
    window: MainWindow = field(init=False)

    def open(self) -> QueuePage:
        """Shows the window on the queue."""
        workspace = self.house.workspace
        self.window = MainWindow(self.look, self.bridge, self.preferences, pages())
        self.qtbot.addWidget(self.window)
        self.window.show()
        self.window.setWindowState(Qt.WindowState.WindowNoState)
        self.window.resize(1440, 900)
        workspace.subscribe(self.bridge.hear)
        self.window.show_house(Hung(workspace))
        self.window.go("queue")
        return self.page

    @property
    def page(self) -> QueuePage:
        """The queue page; another one after a change of language."""
        return cast(QueuePage, self.window.current_page())

    # People and engine -----------------------------------------------------------------------------------------------

    def order(self, **more: Any) -> ErpBill:
        """Somebody submits a sales order."""
        return cast(ErpBill, self.aside(lambda: self.house.order(**more)))

    def run(self, times: int = 1) -> None:
        """Passes of the engine."""
        self.aside(lambda: self.house.run(times))

    def calm(self) -> None:
        """The engine works until nothing moves any more."""
        self.aside(self.house.calm)

    def work(self, until: Callable[[], object]) -> None:
        """Passes of the engine, until the screen says so: an order given there is taken by the next pass."""
        for _ in range(8):
            self.run()
            try:
                self.qtbot.waitUntil(lambda: bool(until()), timeout=1000)
                return
            except QtTimeout:
                continue
        raise AssertionError("the screen never said so")

    def start_engine(self) -> None:
        """From now on it works by itself, and takes orders."""
        self.aside(lambda: self.house.workspace.engine.start())

    def state(self, bill: ErpBill) -> str:
        """What our store says of a bill."""
        return str(self.aside(lambda: self.house.state(bill)).value)

    def document_id(self, bill: ErpBill) -> int:
        """Our id of a bill's document."""
        return int(self.aside(lambda: self.house.document(bill)).id)

    # What the person sees --------------------------------------------------------------------------------------------

    def wait(self, until: Callable[[], object]) -> None:
        """Waits for a condition on the screen."""
        self.qtbot.waitUntil(lambda: bool(until()), timeout=LONG_MS)

    def cells(self, key: str) -> list[str]:
        """The words of a column, top to bottom, "" where a row is not read yet."""
        rows = self.page.rows
        place = [column.key for column in rows.columns].index(key)
        found = [rows.cell(row, place) for row in range(min(rows.rowCount(), 60))]
        return [cell.text if cell is not None else "" for cell in found]

    def row_of(self, bill: ErpBill) -> int:
        """Where a bill stands; -1 where it is not shown."""
        numbers = self.cells("number")
        return numbers.index(bill.number) if bill.number in numbers else -1

    def state_of(self, bill: ErpBill) -> str:
        """The word of a bill's state on the screen."""
        row = self.row_of(bill)
        return self.cells("state")[row] if row >= 0 else ""

    def choose(self, bill: ErpBill) -> None:
        """Opens a bill's panel as a person does: its row, then Enter."""
        self.wait(lambda: self.row_of(bill) >= 0)
        table = self.page.table
        table.setFocus()
        table.selectRow(self.row_of(bill))
        self.qtbot.keyClick(table, Qt.Key.Key_Return)
        self.wait(lambda: self.page.panel.story and self.page.panel.head.number.text() == bill.number)

    def press(self, button: Any) -> None:
        """A click."""
        assert button.isVisible() and button.isEnabled(), button.text()
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def close(self) -> None:
        """Ends the window's threads, then the house."""
        self.bridge.stop()
        self.aside(self.house.close)
