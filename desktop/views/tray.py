"""The icon in the system's tray: how the engine is doing while no window stands open, and the way back to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from desktop.domain.events import NoticeTold
from desktop.views.look import Look
from desktop.views.main_window import MainWindow
from desktop.views.status_bar import Status

SIDE = 64
TOLD_MOST, TOLD_MS = 240, 12_000
_TOKENS = {"running": "ok", "elsewhere": "ok", "starting": "wait", "paused": "warn", "stopped": "stop"}


class Tray(QObject):
    """Shown where the desktop has a tray. pause: orders a pause (True) or its end (False)."""

    def __init__(self, look: Look, window: MainWindow, pause: Callable[[bool], object]) -> None:
        super().__init__(window)
        self._look, self._window, self._pause = look, window, pause
        self.status = Status()
        self.icon = QSystemTrayIcon(self)
        self.menu = QMenu()
        self.open_action = self.menu.addAction("", self.open_window)
        self.run_action = self.menu.addAction("", window.run_now)
        self.pause_action = self.menu.addAction("", self._switch_pause)
        self.menu.addSeparator()
        self.quit_action = self.menu.addAction("", window.quit)
        self.icon.setContextMenu(self.menu)
        self.tells: Callable[[], bool] = lambda: True
        self.icon.activated.connect(self._activated)
        self.icon.messageClicked.connect(self.open_window)
        window.status_shown.connect(self.show_status)
        look.changed.connect(lambda: self.show_status(self.status))
        look.spoken.connect(lambda: self.show_status(self.status))
        self.show_status(self.status)
        if self.is_there:
            self.icon.show()

    def hear(self, events: tuple[Any, ...]) -> None:
        """What people are told is said here, too, unless this window's person does not want it."""
        for event in events:
            if isinstance(event, NoticeTold) and self.tells() and self.icon.isVisible():
                kind = (
                    QSystemTrayIcon.MessageIcon.Warning
                    if event.grave
                    else QSystemTrayIcon.MessageIcon.Information
                )
                self.icon.showMessage(event.title, event.text[:TOLD_MOST], kind, TOLD_MS)

    @property
    def is_there(self) -> bool:
        """True where the desktop has a tray: without one a hidden window would be lost."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def show_status(self, status: Status) -> None:
        """Another state: colour, tip and what the menu offers."""
        say, word = self._look.text.say, self._look.text.word
        self.status = status
        paused = status.engine == "paused"
        told = [word("status-engine", status.engine)]
        if status.person:
            told.append(say("status-person", count=status.person))
        self.icon.setToolTip("\n".join([say("app-title"), *told]))
        self.icon.setIcon(self._drawn("stop" if status.person else _TOKENS.get(status.engine, "stop")))
        self.open_action.setText(say("tray-open"))
        self.run_action.setText(say("command-run-now"))
        self.pause_action.setText(say("order-resume" if paused else "order-pause"))
        self.pause_action.setEnabled(status.engine not in ("stopped", "starting"))
        self.quit_action.setText(say("tray-quit"))

    def _drawn(self, token: str) -> QIcon:
        """The program's icon with a dot in the colour of its state."""
        pixmap = QPixmap(self._look.icon_pixmap("app", "accent", 32, 2.0)).scaled(
            SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        pixmap.setDevicePixelRatio(1.0)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = pixmap.width()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.theme["surface"])
        painter.drawEllipse(QRectF(side * 0.56, side * 0.56, side * 0.44, side * 0.44))
        painter.setBrush(self._look.theme[token])
        painter.drawEllipse(QRectF(side * 0.62, side * 0.62, side * 0.32, side * 0.32))
        painter.end()
        return QIcon(pixmap)

    def _switch_pause(self) -> None:
        self._pause(self.status.engine != "paused")

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.open_window()

    def open_window(self) -> None:
        """Back on the screen, in front."""
        self._window.showNormal() if self._window.isMinimized() else self._window.show()
        self._window.raise_()
        self._window.activateWindow()
