"""Guards the pinned toolkit: a PySide6 that loses references must not come in by an upgrade."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from typing import Any

import pytest
from PySide6.QtCore import QAbstractTableModel, QEvent, QIdentityProxyModel, QModelIndex, QObject

CALLS = 1000
NOWHERE = QModelIndex()


class Silent(QAbstractTableModel):
    """A model whose data() answers None, as ours does for every role that it does not serve."""

    def rowCount(self, parent: Any = NOWHERE) -> int:  # noqa: N802
        return 1

    def columnCount(self, parent: Any = NOWHERE) -> int:  # noqa: N802
        return 1

    def data(self, index: Any, role: int = 0) -> Any:
        return None


class Watcher(QObject):
    """An event filter that lets everything pass."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        return False


def lost(what: object, before: int) -> float:
    """References lost per call."""
    return (before - sys.getrefcount(what)) / CALLS


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None and False never die from 3.12 on")
def test_calls_from_qt_into_python_keep_the_count_of_none() -> None:
    """PySide6 6.12.0 on Python 3.11 dropped one reference to None per call, until the process aborted."""
    model, proxy = Silent(), QIdentityProxyModel()
    proxy.setSourceModel(model)
    index = proxy.index(0, 0)
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        proxy.data(index, 1)
    assert abs(lost(None, before)) < 0.1


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None and False never die from 3.12 on")
def test_calls_from_qt_into_python_keep_the_count_of_false() -> None:
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance() or QApplication([])
    watched, watcher = QObject(), Watcher()
    watched.installEventFilter(watcher)
    before = sys.getrefcount(False)
    for _ in range(CALLS):
        QApplication.sendEvent(watched, QEvent(QEvent.Type.User))
    assert abs(lost(False, before)) < 0.1
    assert app is not None
