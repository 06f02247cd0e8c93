"""The base data page over a large store, offscreen, in a process of its own: prints its figures as one line of JSON."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QEventLoop, QTimer

from desktop.services.workspace import Workspace
from desktop.views.app import Starter, make_app
from desktop.views.base_page import LINE_TAB, BasePage
from desktop.views.pages import pages
from tests.bench.window_child import Hung, Nothing

TICK_MS = 5


def main() -> None:
    """Opens the page, shows every correspondence, scrolls it, then asks for every record."""
    app, folder = make_app(["bench"]), Path(sys.argv[1])
    held: list[Workspace] = []
    asked: list[float] = []

    def open_house() -> Any:
        held.append(Workspace.open_folder(folder, memory={}))
        hung: Any = Hung(held[0])
        hung.base, hung.cases = held[0].base, held[0].cases
        return hung

    starter = Starter(app, Nothing(), [each for each in pages() if each.id == "base"], open_house, "test")
    shown = starter.window.show_house
    starter.window.show_house = lambda house: (asked.append(time.perf_counter()), shown(house))  # type: ignore[assignment,func-returns-value]
    starter.show()
    starter.window.resize(1440, 900)
    pump(lambda: bool(asked) and isinstance(starter.window.current_page(), BasePage))
    page: Any = starter.window.current_page()
    pump(lambda: page.found is not None)
    began = time.perf_counter()
    page.tabs.setCurrentIndex(LINE_TAB)
    pump(lambda: page.line_rows.rowCount() > 100 and page.line_rows.cell(0, 0) is not None)
    told: dict[str, Any] = {
        "first_rows_ms": round(1000 * (time.perf_counter() - began), 1),
        "rows": page.line_rows.rowCount(),
    }
    told |= scrolled(page)
    page.tabs.setCurrentIndex(0)
    began, waits = time.perf_counter(), list[float]()
    page.more.setChecked(True)
    pump(lambda: len(page._gaps) > 1_000, waits, 300.0)
    told |= {
        "all_records_s": round(time.perf_counter() - began, 1),
        "gaps": len(page._gaps),
        "loop_max_ms": round(max(waits), 1),
    }
    print(json.dumps(told))
    starter.bridge.stop()
    held[0].close()
    os._exit(0)


def scrolled(page: Any) -> dict[str, float]:
    """A fast scroll from top to bottom: how long each event loop turn took."""
    bar, waits = page.line_table.verticalScrollBar(), list[float]()
    for step in range(240):
        bar.setValue(bar.maximum() * step // 240)
        began = time.perf_counter()
        QEventLoop().processEvents()
        page.line_table.viewport().repaint()
        waits.append(1000 * (time.perf_counter() - began))
        pump(lambda: True)
    waits.sort()
    return {"scroll_p99_ms": round(waits[int(len(waits) * 0.99)], 1), "scroll_max_ms": round(waits[-1], 1)}


def pump(until: Any, waits: list[float] | None = None, timeout_s: float = 60.0) -> None:
    """Turns the event loop until a condition holds; waits: how late each tick of 5 ms came, in ms."""
    loop, timer, began = QEventLoop(), QTimer(), time.perf_counter()
    last = [time.perf_counter()]

    def tick() -> None:
        now = time.perf_counter()
        if waits is not None:
            waits.append(1000 * (now - last[0]) - TICK_MS)
        last[0] = now
        if until() or now - began > timeout_s:
            loop.quit()

    timer.timeout.connect(tick)
    timer.start(TICK_MS)
    loop.exec()
    if not until():
        raise TimeoutError("the page never showed it")


if __name__ == "__main__":
    main()
