"""Keeps the gateway as the site wants it, beside a running engine: opened, closed or moved when somebody changes that."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import GatewaySettings
from desktop.services.workspace import Workspace

if TYPE_CHECKING:
    from desktop.gateway.server import Gateway

LOOK_S = 2.0
AGAIN_S = 30.0
"""One that could not be opened (its port was taken, its certificate was being renewed) is tried again so often."""
log = logging.getLogger("danqiao.gateway")


class GatewayKeeper:
    """Looks every LOOK_S seconds whether the settings changed. `gateway` is the opened one, or None.

    error: why it could not be opened with the settings in force."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.gateway: Gateway | None = None
        self.error: SyncError | None = None
        self._tried: GatewaySettings | None = None
        self._tried_at = 0.0
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="danqiao-gateway-keeper", daemon=True)

    def start(self) -> GatewayKeeper:
        """From now on."""
        self.look()
        self._thread.start()
        return self

    def look(self) -> None:
        """Makes the gateway what the settings say."""
        with self._lock:
            wanted, now = self._workspace.gateway.settings(), self._workspace.monotonic()
            again = self.error is not None and now - self._tried_at >= AGAIN_S
            if (wanted == self._tried and not again) or self._ending.is_set():
                return
            self._tried, self._tried_at, self.error = wanted, now, None
            if self.gateway is not None:
                self.gateway.close()
                self.gateway = None
            if wanted.on:
                self._open(wanted)

    def _open(self, wanted: GatewaySettings) -> None:
        from desktop.gateway.server import Gateway, leave_beat, trouble  # loaded where somebody wants it

        try:
            self.gateway = Gateway(self._workspace, wanted)
        except SyncError as error:
            self.error = error
            leave_beat(self._workspace, trouble(error))

    def _keep(self) -> None:
        while not self._ending.wait(LOOK_S):
            try:
                self.look()
            except SyncError as error:
                log.warning("gateway: %s", error.code.id)
            except Exception as error:
                self.error = SyncError(ErrorCode.INTERNAL, said=type(error).__name__)
                log.warning("gateway: %s", type(error).__name__)

    def close(self) -> None:
        """Closes the gateway; nothing opens it again."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(5)
        with self._lock:
            if self.gateway is not None:
                self.gateway.close()
                self.gateway = None
