"""One WSGI app on a loopback port, with keep-alive, and with connections that can be made to die.

Knows nothing of vendors: a dialect (k3cloud.py, ecology.py) is the app. Threads only, no fork: it runs on Windows too.
"""

from __future__ import annotations

import errno
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Any

from cheroot import server as cheroot_server
from cheroot import wsgi
from cheroot.makefile import MakeFile

App = Callable[..., Any]

_POLL_S = 0.1
_POLL_ON_WINDOWS_S = 0.01
_IDLE_CONNECTION_S = 120


class Server:
    """One WSGI app on a loopback port, on cheroot with keep-alive.

    app:        a WSGI callable. Its environ holds "sandbox.cut", see `Cut`.
    port:       0 = any free port; `url` tells which one.
    latency_ms: every answer is delayed by it; may be changed while running.
    cuts:       how many connections were made to die, "before" and "after" the work.
    """

    def __init__(
        self, app: App, *, host: str = "127.0.0.1", port: int = 0, threads: int = 16, latency_ms: float = 0
    ) -> None:
        self.app = app
        self.latency_ms = latency_ms
        self.cuts: Counter[str] = Counter()
        self._counter = count(1)
        self._calls = 0
        self._http = _HttpServer(self, (host, port), threads)
        self._thread: threading.Thread | None = None

    def start(self) -> Server:
        """Listens and answers from now on. Answers itself, so that a server is made and started in one line."""
        self._http.prepare()
        self._thread = threading.Thread(target=self._http.serve, name="sandbox-server", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Closes the port and waits for the threads; a second call does nothing."""
        if self._thread is None:
            return
        self._http.stop()
        self._thread.join(timeout=5)
        self._thread = None

    @property
    def url(self) -> str:
        """The server's root address, without a slash at its end."""
        host, port = self._http.bind_addr
        return f"http://{host}:{port}"

    @property
    def calls(self) -> int:
        """HTTP requests taken since the start, those that were cut included."""
        return self._calls

    def count_call(self) -> None:
        """One more request (itertools.count is atomic: no lock on the way of every call)."""
        self._calls = next(self._counter)


class Cut:
    """What an app finds as environ["sandbox.cut"]: a way to make its own connection die.

    Whatever the app answers after the call is thrown away; the peer gets no byte of it.
    after: True when the work was done before (the reply is lost), False when nothing was done.
    quiet: True closes in silence (the peer reads an end of file), False resets the connection.
    """

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    def __call__(self, after: bool, quiet: bool = False) -> None:
        self._connection.dying = "quiet" if quiet else "reset"
        self._connection.cut_after_work = after


class _Connection(cheroot_server.HTTPConnection):
    """A connection that can be closed with a reset instead of a polite end."""

    dying = ""
    cut_after_work = False

    def __init__(self, server: Any, sock: socket.socket, makefile: Any = MakeFile) -> None:
        super().__init__(server, sock, makefile)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        if self.dying != "reset":
            super().close()
            return
        # No shutdown() first: it would send a FIN, and the peer would see a polite end.
        linger_zero = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_zero)
        self.rfile.close()
        self.socket.close()


class _Gateway(wsgi.Gateway_10):
    """Hands a request to the app, and lets its connection die when the app asked for it."""

    def get_environ(self) -> Any:
        environ: Any = super().get_environ()
        environ["sandbox.cut"] = Cut(self.req.conn)
        return environ

    def respond(self) -> None:
        owner: Server = self.req.server.owner
        owner.count_call()
        answer = owner.app(self.env, self.start_response)
        try:
            if owner.latency_ms > 0:
                time.sleep(owner.latency_ms / 1000)
            if self.req.conn.dying:
                owner.cuts["after" if self.req.conn.cut_after_work else "before"] += 1
                # An error that cheroot takes for a peer that went away: it closes and says nothing.
                raise ConnectionResetError(errno.ECONNRESET, "cut by the sandbox")
            for chunk in filter(None, answer):
                self.write(chunk)
            self.req.ensure_headers_sent()
        finally:
            if hasattr(answer, "close"):
                answer.close()


class _HttpServer(wsgi.Server):
    """cheroot with our gateway and connection, silent about each request."""

    ConnectionClass = _Connection

    def __init__(self, owner: Server, address: tuple[str, int], threads: int) -> None:
        super().__init__(
            address,
            owner.app,
            numthreads=threads,
            request_queue_size=128,
            timeout=_IDLE_CONNECTION_S,
            shutdown_timeout=2,
        )
        self.owner = owner
        self.gateway = _Gateway
        self.keep_alive_conn_limit = 1000
        # On Windows select() is not woken by a socket that another thread hands back: poll, or keep-alive waits.
        self.expiration_interval = _POLL_ON_WINDOWS_S if sys.platform == "win32" else _POLL_S

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        """Only what is truly wrong reaches stderr; connections that come and go are the sandbox's daily bread."""
        if level >= 40:
            super().error_log(msg, level, traceback)
