"""The lines of callers: TLS without waiting for anybody, nobody slow for long, no address with more than its share.

The web server has few threads and one that takes calls: whoever keeps one of them busy keeps everybody out.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from cheroot import wsgi
from cheroot.server import HTTPConnection, HTTPRequest
from cheroot.ssl.builtin import BuiltinSSLAdapter

from desktop.gateway.guard import household

THREADS, MOST_WAITING, PATIENCE_S = 16, 64, 10
MOST_HEAD = 32 * 1024
"""Bytes of a request's line and headers; the web server itself would take any number."""
LATE_S = 15.0
"""Within this time a caller has said his whole request, however often he sent a byte of it."""
SHARE = THREADS // 2
"""How many callers of one address are served at the same moment."""
_NO_LINE = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Lines:
    """Who is speaking on which thread, and since when."""

    def __init__(self, trusted: frozenset[str], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._trusted, self._monotonic = trusted, monotonic
        self._lock = threading.Lock()
        self._speaking: dict[int, tuple[Line, float]] = {}
        self._shares: Counter[str] = Counter()

    def begins(self, line: Line) -> bool:
        """A thread turns to this caller; False = his address has its share already."""
        address = str(line.remote_addr)
        who = household(address)
        with self._lock:
            if self._shares[who] >= SHARE and address not in self._trusted:
                return False
            self._shares[who] += 1
            self._speaking[threading.get_ident()] = (line, self._monotonic())
        return True

    def heard(self) -> None:
        """The whole request of this thread's caller is here: what takes long now is our own doing."""
        with self._lock:
            self._speaking.pop(threading.get_ident(), None)

    def ends(self, line: Line) -> None:
        """The thread is free again."""
        who = household(str(line.remote_addr))
        with self._lock:
            self._speaking.pop(threading.get_ident(), None)
            self._shares[who] -= 1
            if self._shares[who] <= 0:
                del self._shares[who]

    def hang_up_on_late(self) -> None:
        """Ends the lines of those who are still speaking after LATE_S."""
        before = self._monotonic() - LATE_S
        with self._lock:
            late = [line for line, since in self._speaking.values() if since < before]
        for line in late:
            line.hang_up()


class Request(HTTPRequest):
    """A request whose refusal ends the line, and says so. Otherwise a caller (or the proxy that speaks for many) would send
    his next one into a line that is being closed, or what is left of a refused body would count as a request of its own."""

    def read_request_headers(self) -> bool:
        """False where they are refused. Two lengths of one body are an attack upon whoever stands in front of us."""
        if not super().read_request_headers():
            return False
        if b"Transfer-Encoding" in self.inheaders and b"Content-Length" in self.inheaders:
            self.simple_response("400 Bad Request")
            return False
        return True

    def simple_response(self, status: str, msg: str = "") -> None:
        """The server's own refusals: no words."""
        self.close_connection = True
        told = f"{self.server.protocol} {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        with suppress(OSError):
            self.conn.wfile.write(told.encode())

    def send_headers(self) -> None:
        """Of an answer of the pages."""
        if int(self.status[:3]) >= 400:
            self.close_connection = True
        super().send_headers()


class Line(HTTPConnection):
    """One caller's connection."""

    RequestHandlerClass = Request

    def communicate(self) -> bool:
        """One request and its answer; True = the connection stays."""
        lines: Lines = self.server.lines
        if not lines.begins(self):
            if not isinstance(self.socket, ssl.SSLSocket):
                with suppress(OSError):
                    self.socket.sendall(_NO_LINE)
            return False
        try:
            return bool(super().communicate())
        finally:
            lines.ends(self)

    def hang_up(self) -> None:
        """From another thread: the next read ends. The plain socket's own way, so that TLS keeps its state."""
        with suppress(OSError):
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)


class LateTls(BuiltinSSLAdapter):
    """TLS that shakes hands with the first read, on a worker's thread: a caller who says nothing stops nobody."""

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, Any]]:
        wrapped = self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        return wrapped, {"wsgi.url_scheme": "https", "HTTPS": "on"}


class GatewayServer(wsgi.Server):
    """cheroot with our lines; says nothing of callers in any log."""

    ConnectionClass = Line

    def __init__(self, bind: tuple[str, int], lines: Lines, most_body: int) -> None:
        super().__init__(
            bind, lambda *_: [], numthreads=THREADS, request_queue_size=MOST_WAITING, timeout=PATIENCE_S,
            accepted_queue_size=MOST_WAITING, accepted_queue_timeout=1,
        )  # fmt: skip
        self.lines = lines
        self.max_request_body_size, self.max_request_header_size = most_body, MOST_HEAD
        self.server_name = "DanQiao"

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        """Addresses, tickets and what attackers send do not go into a log; the counts say that they came."""
