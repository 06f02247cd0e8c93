"""A fresh process up to the end of its first paint: `bare` is a QMainWindow with one Chinese word, `ours` is the window.

Prints the milliseconds of this process until then, by the processor and by the wall.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from typing import Any


def bare() -> None:
    """The yardstick: whatever shows a word loads the same fonts."""
    from PySide6.QtCore import Qt, QTimer
    from PySide6.QtWidgets import QApplication, QLabel, QMainWindow

    app = QApplication([])
    window = _told(QMainWindow, QTimer)()
    window.resize(1440, 900)
    label = QLabel("单桥")
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    window.setCentralWidget(label)
    window.show()
    app.exec()


def ours() -> None:
    """The window as `python run.py` opens it; the house is opened after this moment, so it is left out."""
    gc.disable()
    from PySide6.QtCore import QTimer

    from desktop.views import app as module
    from desktop.views.main_window import MainWindow
    from desktop.views.pages import pages

    class Nothing:
        def get(self, key: str) -> str | None:
            return None

        def put(self, key: str, value: str) -> None:
            raise AssertionError(key)

    module.MainWindow = _told(MainWindow, QTimer)
    starter: Any = module.Starter(module.make_app([]), Nothing(), pages(), lambda: None)  # type: ignore[arg-type,return-value]
    starter._after_first_paint = lambda: None
    starter.show()
    module.QApplication.exec()


def _told(window: type[Any], timer: Any) -> type[Any]:
    class Told(window):
        def paintEvent(self, event: Any) -> None:  # noqa: N802
            super().paintEvent(event)
            timer.singleShot(0, _painted)

    return Told


def _painted() -> None:
    wall = time.monotonic() - float(os.environ["BENCH_STARTED"])
    print(json.dumps({"wall_ms": wall * 1000, "cpu_ms": time.process_time() * 1000}), flush=True)
    os._exit(0)


if __name__ == "__main__":
    (bare if sys.argv[1] == "bare" else ours)()
