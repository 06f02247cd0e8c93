"""Serves the gateway on its port, with the site's own certificate, or on this machine alone."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from desktop.domain.errors import SyncError
from desktop.domain.system import GatewaySettings
from desktop.gateway.app import MOST_BODY, gateway_app
from desktop.gateway.guard import Guard, Tally
from desktop.gateway.lines import LATE_S, GatewayServer, LateTls, Lines
from desktop.services.gateway import NAME, check_settings, closed
from desktop.services.push import Pushes
from desktop.services.sign_on import SignOn
from desktop.services.workspace import Workspace

log = logging.getLogger("danqiao.gateway")

BEAT_S, BEAT_AT_REST_S = 5.0, 30.0
"""How often its counts are left in the store, while they move and at rest."""


class Gateway:
    """The gateway while it is open. `address` is what browsers use, `tally` what came so far."""

    def __init__(self, workspace: Workspace, settings: GatewaySettings) -> None:
        """Opens the port. Raises PER-740 where it must not, or cannot, be opened."""
        check_settings(settings)
        self.settings, self.tally = settings, Tally()
        self._workspace = workspace
        self._lines = Lines(settings.trusted)
        self._server = GatewayServer((settings.host, settings.port), self._lines, MOST_BODY)
        try:
            if settings.certificate:
                self._server.ssl_adapter = LateTls(settings.certificate, settings.private_key)
            self._server.prepare()
        except OSError as error:
            raise closed(settings, error.strerror or str(error)) from None
        port = self._server.bind_addr[1]
        own = settings.address if settings.port else settings.address.removesuffix(":0") + f":{port}"
        self.address = own
        self._pushes = Pushes(workspace)
        app = gateway_app(
            SignOn(workspace, own), self._pushes, workspace.text, secure=own.startswith("https:"),
            heard=self._lines.heard, tally=self.tally,
        )  # fmt: skip
        self._server.wsgi_app = Guard(app, workspace.text, settings.trusted, self._lines.heard, self.tally)
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._server.serve, name="danqiao-gateway", daemon=True),
            threading.Thread(target=self._watch, name="danqiao-gateway-watch", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def _watch(self) -> None:
        """Hangs up on the late ones, and leaves a sign of life."""
        told, since = -1, BEAT_AT_REST_S
        while True:
            due = since >= BEAT_AT_REST_S or (since >= BEAT_S and told != self.tally.moved)
            if due:
                told, since = self.tally.moved, 0.0
                self._beat()
            if self._ending.wait(1.0):
                return
            since += 1.0
            self._lines.hang_up_on_late()

    def _beat(self) -> None:
        """Whatever is wrong with the store: the late ones are hung up on all the same."""
        try:
            leave_beat(self._workspace, {"running": True, "address": self.address, **self.tally.told()})
        except Exception as error:
            log.warning("gateway: %s", type(error).__name__)

    def close(self) -> None:
        """Closes the port and waits for the threads."""
        self._ending.set()
        self._server.stop()
        for thread in self._threads:
            thread.join(5)
        leave_beat(self._workspace, {"running": False, **self.tally.told()})


def leave_beat(workspace: Workspace, told: Mapping[str, Any]) -> None:
    """A sign of life for other windows. A store that is busy or gone does not end the gateway."""
    try:
        workspace.catalog.beat(NAME, told, workspace.now())
    except SyncError:
        return


def trouble(error: SyncError) -> Mapping[str, Any]:
    """What the sign of life says of a gateway that could not be opened."""
    facts = {name: str(value) for name, value in error.facts.items()}
    return {"running": False, "code": error.code.id, "facts": facts, "at": datetime.now(UTC).isoformat()}


__all__ = ["BEAT_S", "LATE_S", "Gateway", "leave_beat", "trouble"]
