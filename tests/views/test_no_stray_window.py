"""No widget is shown before it stands in the window: it would flash up as a window of its own and take the keyboard."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

from desktop.views.pages import pages
from tests.views.home import Home


class Watch(QObject):
    """Notes every widget that is shown as a window."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(type(watched).__name__)
        return False


def test_every_page_opens_within_the_one_window(home: Home, qapp: QApplication) -> None:
    home.order()
    home.calm()
    watch = Watch()
    qapp.installEventFilter(watch)
    try:
        home.open()
        for spec in pages():
            home.window.go(spec.id)
            qapp.processEvents()
    finally:
        qapp.removeEventFilter(watch)
    assert watch.shown == ["MainWindow"]
    assert qapp.activeWindow() is home.window
