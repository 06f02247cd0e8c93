"""Serves the gateway on its port, with the site's own certificate, or on this machine alone."""

from __future__ import annotations

import threading

from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import GatewaySettings
from desktop.gateway.app import MOST_BODY, gateway_app
from desktop.services.push import Pushes
from desktop.services.sign_on import SignOn
from desktop.services.workspace import Workspace

_THREADS, _MOST_WAITING, _PATIENCE_S = 8, 64, 10


class Gateway:
    """The gateway while it is open. `address` is what browsers use."""

    def __init__(self, workspace: Workspace, settings: GatewaySettings) -> None:
        if settings.obstacle:
            raise _wrong(settings.obstacle)
        self._pushes = Pushes(workspace)
        self._server = wsgi.Server(
            (settings.host, settings.port), lambda *_: [], numthreads=_THREADS, request_queue_size=_MOST_WAITING,
            timeout=_PATIENCE_S, accepted_queue_size=_MOST_WAITING, accepted_queue_timeout=1,
        )  # fmt: skip
        self._server.max_request_body_size = MOST_BODY
        self._server.server_name = "DanQiao"
        try:
            if settings.certificate:
                self._server.ssl_adapter = BuiltinSSLAdapter(settings.certificate, settings.private_key)
            self._server.prepare()
        except OSError as error:
            self._pushes.close()
            raise _wrong(f"{settings.host}:{settings.port}: {error.strerror or error}") from None
        port = self._server.bind_addr[1]
        own = settings.address if settings.port else settings.address.removesuffix(":0") + f":{port}"
        self.address = own
        self._server.wsgi_app = gateway_app(
            SignOn(workspace, own), self._pushes, workspace.text, secure=own.startswith("https:")
        )
        self._thread = threading.Thread(target=self._server.serve, name="danqiao-gateway", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Closes the port and waits for the threads."""
        self._server.stop()
        self._thread.join(5)
        self._pushes.close()


def _wrong(said: str) -> SyncError:
    return SyncError(ErrorCode.SITE_FILE_WRONG, certain=True, file="gateway", line="gateway", said=said)
