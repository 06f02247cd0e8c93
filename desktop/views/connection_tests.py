"""Connection tests on their way and as they went. Each runs on a thread of its own: a server that hangs must not make
pages wait, and a test can be stopped."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from desktop.domain.errors import SyncError
from desktop.domain.system import System
from desktop.services.systems import Systems
from desktop.views.bridge import Bridge, Question
from desktop.views.site_view import Tested, tested


class ConnectionTests(QObject):
    """results: the last test of each system, by its id.

    changed: a test began, ended or was stopped: the system's id.  failed: a test could not be made at all.
    """

    changed = Signal(str)
    failed = Signal(object)

    def __init__(self, bridge: Bridge, systems: Systems, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge, self._systems = bridge, systems
        self.results: dict[str, Tested] = {}
        self.running: dict[str, Question] = {}

    def start(self, system: System, secrets: Mapping[str, str]) -> None:
        """Tests a connection, saved or as typed; one test of a system at a time."""
        if system.id in self.running:
            return
        self.running[system.id] = self._bridge.ask_long(
            lambda _: tested(self._systems, system, secrets),
            then=lambda result: self._ended(system.id, result),
            failed=lambda error: self._broken(system.id, error),
            owner=self,
        )
        self.changed.emit(system.id)

    def stop(self, system_id: str) -> None:
        """The answer, whenever it comes, is dropped."""
        question = self.running.pop(system_id, None)
        if question is not None:
            question.cancel()
        self.changed.emit(system_id)

    def forget(self, system_id: str) -> None:
        """What was found is no longer true."""
        self.results.pop(system_id, None)

    def _ended(self, system_id: str, result: Tested) -> None:
        self.running.pop(system_id, None)
        self.results[system_id] = result
        self.changed.emit(system_id)

    def _broken(self, system_id: str, error: SyncError) -> None:
        self.stop(system_id)
        self.failed.emit(error)
