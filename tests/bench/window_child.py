"""The real window over a large store, offscreen, in a process of its own: what the window's bench measures.

An own step is one call from Qt into our code on the GUI thread (a slot, the model, a refresh), taken from outside: nested
calls count once, painting is measured by itself.
"""

from __future__ import annotations

import functools
import os
import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QHeaderView, QTableView

from desktop.domain.system import FlowSwitch, Route, System, SystemRole
from desktop.services.workspace import Workspace
from desktop.store.catalog import BaseRow
from desktop.views.app import Starter, make_app
from desktop.views.main_window import MainWindow
from desktop.views.pages import pages
from desktop.views.status_bar import Status
from tests.bench.child import serve

TICK_MS, TRIFLE_MS = 5, 0.05
LONG_S = 60.0


class Steps:
    """Wraps the methods of our classes and notes how long each outermost call on the GUI thread took: by the clock, waits
    for the interpreter and for a busy machine included, and by the processor alone."""

    def __init__(self) -> None:
        self.taken: list[tuple[float, str, float]] = []
        self.painted: list[float] = []
        self._depth = 0
        self._gui = threading.main_thread()

    def watch(self, owner: type[Any]) -> None:
        """Wraps every method that a class defines itself."""
        for name, method in list(vars(owner).items()):
            if isinstance(method, FunctionType) and not name.startswith("__"):
                called = f"{owner.__name__}.{name}"
                setattr(owner, name, self._wrapped(called, method, name == "paintEvent"))

    def _wrapped(self, name: str, method: Callable[..., Any], paints: bool) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            if self._depth or threading.current_thread() is not self._gui:
                return method(*args, **kwargs)
            self._depth = 1
            began, worked = time.perf_counter(), time.thread_time()
            try:
                return method(*args, **kwargs)
            finally:
                took = (time.perf_counter() - began) * 1000
                self._depth = 0
                if paints:
                    self.painted.append(took)
                else:
                    self.taken.append((took, name, (time.thread_time() - worked) * 1000))

        return call

    def told(self) -> dict[str, Any]:
        """Percentiles of the steps since the last call, and the longest one's name. What Qt asks a thousand times in no
        time (how many rows are there?) is left out: it would flatter the percentiles."""
        taken, self.taken = sorted(each for each in self.taken if each[0] >= TRIFLE_MS), []
        painted, self.painted = sorted(self.painted), []
        took, worked = [each[0] for each in taken], sorted(each[2] for each in taken)
        return {
            "steps": len(taken), "p50_ms": _at(took, 0.5), "p99_ms": _at(took, 0.99), "max_ms": _at(took, 1.0),
            "longest": taken[-1][1] if taken else "", "cpu_p99_ms": _at(worked, 0.99), "cpu_max_ms": _at(worked, 1.0),
            "paint_p50_ms": _at(painted, 0.5), "paint_max_ms": _at(painted, 1.0), "paints": len(painted),
        }  # fmt: skip


def _at(values: list[float], share: float) -> float:
    return round(values[min(len(values) - 1, int(len(values) * share))], 2) if values else 0.0


class Nothing:
    """Preferences that forget."""

    def get(self, key: str) -> str | None:
        """Nothing is kept."""
        return None

    def put(self, key: str, value: str) -> None:
        """Nothing is kept."""


class Hung:
    """The opened house, as the window and its pages see it."""

    person, watching = "bench", False

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.documents, self.systems = workspace, workspace.documents, workspace.systems
        self.failures, self.reasons, self.overview = workspace.failures, workspace.reasons, workspace.overview

    def status(self) -> Status:
        """As the program's: read from the store."""
        return Status("running", None, "ok", "ok", self.systems.engine().needs_person, "test")

    def find_bills(self, typed: str) -> tuple[()]:
        """The command box is not measured."""
        return ()

    def run_now(self) -> None:
        """F5 is not pressed."""

    def told(self, hear: Callable[[Any], None]) -> None:
        """The engine's events."""
        self.workspace.subscribe(hear)

    def close(self) -> None:
        """The bench closes its workspace itself."""


class Bench:
    """The window, and what the parent orders."""

    def __init__(self) -> None:
        self.app = make_app([])
        self.steps = Steps()
        self._gaps: list[float] = []
        self._last = 0.0

    wanted: tuple[str, ...] = ("queue",)
    """The pages of the window, the first one on screen."""

    def open(self, folder: str, erp: dict[str, Any], oa: dict[str, Any]) -> dict[str, Any]:
        """Shows the window, opens the store behind it as the program does: milliseconds from the moment when the queue page
        is asked for to its first row, and the same once more when it is asked for again."""
        secrets = {
            ("k3", "app_secret"): erp["app_secret"],
            ("oa", "secrit"): oa["secrit"],
            ("oa", "spk"): oa["spk"],
        }
        self._watch_all()
        asked: list[float] = []

        def open_house() -> Hung:
            self.workspace = Workspace.open_folder(Path(folder), memory=secrets)
            self._join(erp, oa)
            return Hung(self.workspace)

        specs = [each for each in pages() if each.id in self.wanted]
        starter = self.starter = Starter(self.app, Nothing(), specs, open_house, "test")
        self.look, self.bridge, self.window = starter.look, starter.bridge, starter.window
        shown = self.window.show_house
        self.window.show_house = lambda house: (asked.append(time.perf_counter()), shown(house))  # type: ignore[assignment,func-returns-value]
        starter.show()
        self.window.setWindowState(self.window.windowState().WindowNoState)
        self.window.resize(1440, 900)
        self.pump(lambda: bool(asked))
        self.window.go(self.wanted[0])
        self.page: Any = self.window.current_page()
        first = self._until_painted(asked[0])
        self.pump(lambda: self.page.second.text() != "")
        whole = (time.perf_counter() - asked[0]) * 1000
        self._settle()
        began = time.perf_counter()
        self.page.reload()
        again = self._until_painted(began, lambda _: self.page.list._first_on_its_way is False)
        self._settle()
        return {
            "first_row_ms": round(first, 1), "again_ms": round(again, 1), "whole_list_ms": round(whole, 1),
            "rows": self.page.rows.rowCount(),
        }  # fmt: skip

    def _join(self, erp: dict[str, Any], oa: dict[str, Any]) -> None:
        catalog = self.workspace.catalog
        own = {"acct_id": erp["account"], "user": erp["user"], "app_id": erp["app_id"]}
        catalog.put_system(System("k3", SystemRole.ERP, "k3cloud", "K3", erp["url"], own), "bench")
        other = {"app_id": oa["app_id"], "user_id": oa["user_id"], "realm": "toy", "parallel": "5"}
        catalog.put_system(System("oa", SystemRole.OA, "ecology", "OA", oa["url"], other), "bench")
        switch = FlowSwitch("sales_order", True, 0.05, "781")
        catalog.put_route(Route("c100", "100", "沙箱", "k3", "oa", "", (switch,)), "bench")
        base = [("customer", "CUST0001", "3001"), ("currency", "PRE001", "CNY"), ("user", "wangmin", "57")]
        catalog.put_base_rows([BaseRow("c100", *each) for each in base], "bench")

    def _watch_all(self) -> None:
        from desktop.views import (
            bridge,
            document_cure,
            document_head,
            document_panel,
            document_rail,
            order_watch,
            queue_chips,
            queue_export,
            queue_list,
            queue_page,
            table_view,
            tables,
        )

        for owner in (
            tables.TableModel, table_view.Table, table_view.Header, queue_list.QueueList, queue_page.QueuePage,
            queue_chips.FilterLine, queue_export.ExportLine, order_watch.OrderWatch, document_panel.DocumentPanel,
            document_cure.CureBox, document_head.DocumentHead, document_rail.Rail, document_rail.Timeline, MainWindow,
        ):  # fmt: skip
            self.steps.watch(owner)
        for name in (
            "_answer",
            "_progress",
            "_show_busy",
            "_start_gathering",
            "_tell_changes",
            "ask",
            "ask_long",
        ):
            method = getattr(bridge.Bridge, name)
            setattr(bridge.Bridge, name, self.steps._wrapped(f"Bridge.{name}", method, False))

    # Waiting -------------------------------------------------------------------------------------------------------

    def pump(self, until: Callable[[], bool], seconds: float = LONG_S) -> bool:
        """Runs the event loop until a condition holds; False where the time was up."""
        deadline, beat = time.perf_counter() + seconds, QTimer(interval=1)
        beat.start()
        while not until():
            if time.perf_counter() > deadline:
                return False
            self.app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        return True

    def _until_painted(self, began: float, fits: Callable[[Any], bool] = lambda row: True) -> float:
        """Milliseconds until the first row of the list is on the screen and fits."""

        def there() -> bool:
            row = self.page.rows.value_at(0)
            return row is not None and 0 in self.page.rows._pages and fits(row)

        if not self.pump(there):
            raise RuntimeError("the first row never came")
        self.page.table.viewport().repaint()
        return (time.perf_counter() - began) * 1000

    def beside_sums(self, times: int) -> dict[str, float]:
        """The queue asked for while the overview's sums are read: milliseconds to the first row, several times."""
        self._narrow_nothing()
        taken = []
        for _ in range(times):
            self._settle()
            self.workspace.overview._kept = None
            self.bridge.ask(self.workspace.overview.look, then=lambda _: None, patient=True)
            began = time.perf_counter()
            self.page.reload()
            taken.append(self._until_painted(began, lambda _: self.page.list._first_on_its_way is False))
        return {"median": round(statistics.median(taken), 1), "max": round(max(taken), 1)}

    # Lists ---------------------------------------------------------------------------------------------------------

    def lists(self, times: int, documents: int) -> dict[str, Any]:
        """Filter, sort and search: milliseconds to the first row of the new list, several times each."""
        from desktop.views.queue_filter import Narrow

        tails = [f"{documents * (at + 1) // (times + 2) % 10_000:04}" for at in range(times)]
        places = ("昆山", "重庆", "天津", "无锡", "广州", "东莞", "青岛")
        amounts = [f"{self._amount_at(documents * (at + 1) // (times + 2)):,.2f}" for at in range(times)]
        plans: dict[str, list[Any]] = {
            "filter_ms": [Narrow(states=(state,)) for state in ("requested", "returned", "cancelled", "done", "found")],
            "filter_company_ms": [Narrow(routes=(f"b{at}",)) for at in range(5)],
            "search_tail_ms": [Narrow(text=tail) for tail in tails],
            "search_two_ms": [Narrow(text=places[at % 7]) for at in range(times)],
            "search_amount_ms": [Narrow(text=amount) for amount in amounts],
        }  # fmt: skip
        found = {
            name: self._timed([(lambda n=narrow: self._narrow(n)) for narrow in plan])
            for name, plan in plans.items()
        }
        self._narrow(Narrow())
        columns = [("amount", True), ("number", False), ("partner", False), ("amount", False), ("age", False)]
        found["sort_ms"] = self._timed([(lambda c=column: self._sort(*c)) for column in columns])
        return found

    def _amount_at(self, document_id: int) -> Any:
        return self.workspace.documents.rows([document_id])[0].amount.amount

    def _narrow(self, narrow: Any) -> float:
        self._settle()
        before = self.page.list.asked.number
        began = time.perf_counter()
        self.page._set_narrow(narrow)
        assert self.page.list.asked.number > before
        return self._until_painted(began, lambda _: self.page.list._first_on_its_way is False)

    def _sort(self, key: str, descending: bool) -> float:
        self._settle()
        began = time.perf_counter()
        self.page._sort(key, descending)
        return self._until_painted(began, lambda _: self.page.list._first_on_its_way is False)

    def _settle(self) -> None:
        """The list before is whole: one measurement must not carry the last one's load."""
        self.pump(lambda: bool(self.page.list.settled))
        self.pump(lambda: False, 0.05)

    def _timed(self, acts: list[Callable[[], float]]) -> dict[str, float]:
        taken = sorted(act() for act in acts)
        return {"median": round(statistics.median(taken), 1), "max": round(taken[-1], 1)}

    # Steps -----------------------------------------------------------------------------------------------------------

    def scroll(self, seconds: float) -> dict[str, Any]:
        """A person scrolls: wheel by wheel, page by page, and by dragging to far places."""
        self._narrow_nothing()
        bar, began, at = self.page.table.verticalScrollBar(), time.perf_counter(), 0
        self._begin_ticks()
        self.steps.told()
        while (passed := time.perf_counter() - began) < seconds:
            if passed < seconds / 2:
                bar.setValue(bar.value() + (3 if at % 4 else 24))
            else:
                bar.setValue((at * 7_919_333) % max(1, bar.maximum()))
            at += 1
            self.pump(lambda: False, 0.03)
        told = {**self.steps.told(), **self._ticks()}
        bar.setValue(0)
        self.pump(lambda: False, 0.3)
        return told

    def _narrow_nothing(self) -> None:
        from desktop.views.queue_filter import Narrow

        if self.page.line.narrow.any:
            self._narrow(Narrow())
        self._settle()

    def engine(self, moves: int, seconds: float, read: bool) -> dict[str, Any]:
        """The engine works at full speed while the page is on screen: watched from the top, or read with the panel open and
        the next document chosen every second."""
        self._narrow_nothing()
        before, began = self._moved(), time.perf_counter()
        if not self.workspace.engine.is_started:
            self.workspace.engine.start()
        self._begin_ticks()
        self.steps.told()
        if read:
            self.page.table.selectRow(2)
            self.page.open_panel(self.page.table.current_id())
        while time.perf_counter() - began < seconds:
            self.pump(lambda: False, 1.0)
            if read:
                self.page.step(1)
        told = {**self.steps.told(), **self._ticks(), "moves": self._moved() - before, "wanted": moves}
        told["seconds"] = round(time.perf_counter() - began, 1)
        if read:
            self.page.close_panel()
            self.page.table.clearSelection()
        return told

    def _moved(self) -> int:
        return self.workspace.ledger.count_changes()[0]

    def _begin_ticks(self) -> None:
        """How long the event loop was away, by a timer that should come every few milliseconds."""
        self._gaps, self._last = [], time.perf_counter()
        self._timer = QTimer(interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self._gaps.append((now - self._last) * 1000 - TICK_MS)
        self._last = now

    def _ticks(self) -> dict[str, float]:
        self._timer.stop()
        gaps = [max(0.0, gap) for gap in sorted(self._gaps)]
        return {"loop_p99_ms": _at(gaps, 0.99), "loop_max_ms": _at(gaps, 1.0)}

    # Painting --------------------------------------------------------------------------------------------------------

    def repaint(self, times: int) -> dict[str, float]:
        """A full repaint of the table in view, beside a QStandardItemModel with the plain delegate and the same words."""
        self._narrow_nothing()
        table = self.page.table
        self.pump(lambda: all(self.page.rows.value_at(row) for row in range(*table.rows_in_view())))
        plain = self._plain_table()
        mine, bare = [], []
        for _ in range(times):  # in turn: what else the machine does falls on both
            mine.append(self._repainted(table))
            bare.append(self._repainted(plain))
        plain.deleteLater()
        ours, theirs = statistics.median(mine), statistics.median(bare)
        return {"ours_ms": round(ours, 2), "plain_ms": round(theirs, 2), "ratio": round(ours / theirs, 2)}

    @staticmethod
    def _repainted(view: QTableView) -> float:
        began = time.perf_counter()
        view.viewport().repaint()
        return (time.perf_counter() - began) * 1000

    def _plain_table(self) -> QTableView:
        table, rows = self.page.table, self.page.rows
        first, last = table.rows_in_view()
        places = [at for at in range(len(rows.columns)) if not table.isColumnHidden(at)]
        model = QStandardItemModel(last - first + 1, len(places))
        for row in range(first, last + 1):
            for at, place in enumerate(places):
                cell = rows.cell(row, place)
                model.setItem(
                    row - first, at, QStandardItem(f"{cell.text} {cell.second}".strip() if cell else "")
                )
        plain = QTableView()
        plain.setModel(model)
        model.setParent(plain)
        plain.verticalHeader().hide()
        plain.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        plain.verticalHeader().setDefaultSectionSize(table.verticalHeader().defaultSectionSize())
        plain.setWordWrap(False)
        for at, place in enumerate(places):
            plain.setColumnWidth(at, table.columnWidth(place))
        plain.resize(table.size())
        plain.show()
        self.pump(lambda: False, 0.2)
        plain.viewport().resize(table.viewport().size())
        return plain

    def close(self) -> None:
        """Ends everything."""
        self.window.close()
        self.starter.stop()
        self.workspace.close()


if __name__ == "__main__":
    bench = Bench()
    serve(
        {
            "open": bench.open, "lists": bench.lists, "scroll": bench.scroll, "engine": bench.engine,
            "repaint": bench.repaint, "close": bench.close, "beside_sums": bench.beside_sums,
        }
    )  # fmt: skip
