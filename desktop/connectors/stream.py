"""One long WebSocket that we open: texts in, texts out, until it ends. The only user of websocket-client.

It knows no vendor and never comes back by itself. Certificates, proxy and time-outs are those of http.py. Nothing of the
address is ever told: a ticket may stand in it.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import websocket
from websocket import ABNF

from desktop.connectors.http import cut, page_text
from desktop.connectors.reach import tls_context
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import System

PING_S = 60.0
SILENT_S = 150.0
"""Nothing came for so long, no answer to a ping either: the other side is gone and nobody told us (this machine slept)."""

TICK_S = 0.5
"""How soon a stop is seen."""

MOST_BYTES = 1 << 20
LONGEST_S = 30.0
"""What one message, or the beginning, may bring and how long it may take: no server may fill this machine's memory."""

_SEND_S = 5.0
_GOODBYE_S = 0.2
_SAID = 200
_TEXT, _CLOSE = ABNF.OPCODE_TEXT, ABNF.OPCODE_CLOSE


class Stream:
    """An open connection; made by `opened`."""

    def __init__(self, system_id: str, line: _Line, frames: Any, stop: threading.Event) -> None:
        self._system_id, self._line, self._frames, self._stop = system_id, line, frames, stop
        self._heard = self._pinged = time.monotonic()

    def texts(self) -> Iterator[str]:
        """Every text that comes, until `stop` is set. What is no text is passed over. Raises NET-103 when it ended, NET-105
        for a message beyond MOST_BYTES."""
        with _told(self._system_id, stood=True):
            while not self._stop.is_set():
                text = self._next()
                self._keep_alive()
                if text is not None:
                    yield text

    def _next(self) -> str | None:
        """What came within a tick."""
        try:
            opcode, frame = self._frames.recv_data_frame(control_frame=True)
        except websocket.WebSocketTimeoutException:
            return None
        self._heard = time.monotonic()
        self._line.begin()
        if opcode == _CLOSE:
            raise SyncError(ErrorCode.CONNECTION_LOST, system=self._system_id, said="closed by the server")
        return bytes(frame.data).decode("utf-8", "replace") if opcode == _TEXT else None

    def _keep_alive(self) -> None:
        now = time.monotonic()
        if now - self._heard > SILENT_S:
            said = f"nothing came for {SILENT_S:.0f} s"
            raise SyncError(ErrorCode.CONNECTION_LOST, system=self._system_id, said=said)
        if now - self._pinged > PING_S:
            self._pinged = now
            self._with_time(self._frames.ping)

    def send(self, text: str) -> None:
        """A text on its way. Raises NET-103."""
        with _told(self._system_id, stood=True):
            self._with_time(lambda: self._frames.send(text))

    def _with_time(self, send: Callable[[], object]) -> None:
        self._frames.settimeout(_SEND_S)
        try:
            send()
        finally:
            self._frames.settimeout(TICK_S)


@contextmanager
def opened(system: System, address: str, stop: threading.Event) -> Iterator[Stream]:
    """A connection to `address` (wss://, or ws:// where the system itself is spoken to in the open), closed at the end.

    Raises NET-101 unreachable, NET-103 broken off, NET-104 refused, NET-105 no address, NET-109 TLS.
    """
    parts = _parts(system, address)
    with _told(system.id):
        line = _Line(_dialled(system, parts), stop)
        frames = websocket.WebSocket()
        try:
            _shake_hands(frames, address, line)
        except BaseException:
            line.close()
            raise
    try:
        yield Stream(system.id, line, frames, stop)
    finally:
        with suppress(Exception):  # a line that broke has nobody to say goodbye to
            line.begin()
            frames.close(timeout=_GOODBYE_S)
        line.close()


def _shake_hands(frames: Any, address: str, line: _Line) -> None:
    """The upgrade. No redirect is followed and no cookie kept: both would carry the ticket, or another account, elsewhere."""
    websocket._handshake.CookieJar.jar.clear()
    frames.connect(
        address, socket=line, suppress_origin=True, redirect_limit=0, header={"User-Agent": "DanQiao"}
    )
    line.begin()
    frames.settimeout(TICK_S)


class _Line:
    """A socket that gives up on a message that is too long, or takes too long, and when we are told to stop."""

    def __init__(self, plain: socket.socket, stop: threading.Event) -> None:
        self._plain, self._stop = plain, stop
        self.begin()

    def begin(self) -> None:
        """The next message."""
        self._left, self._until = MOST_BYTES, 0.0

    def recv(self, size: int) -> bytes:
        if self._stop.is_set():
            raise TimeoutError("stopped")
        got = self._plain.recv(min(size, 16_384))
        now = time.monotonic()
        self._until = self._until or now + LONGEST_S
        self._left -= len(got)
        if self._left < 0 or now > self._until:
            raise _TooMuch
        return got

    def close(self) -> None:
        with suppress(OSError):
            self._plain.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)


class _TooMuch(Exception):
    """A message beyond what anybody means."""


def _parts(system: System, address: str) -> SplitResult:
    """NET-105 for what is no address, NET-109 for one in the open where the system itself is spoken to encrypted."""
    try:
        parts = urlsplit(address)
        right = parts.scheme in ("ws", "wss") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        right = False
    if not right or not address.isascii() or not address.isprintable() or " " in address:
        raise SyncError(ErrorCode.NOT_JSON, system=system.id, said="no address of a stream")
    if parts.scheme == "ws" and not system.base_url.lower().startswith("http://"):
        raise SyncError(ErrorCode.TLS_REFUSED, certain=True, system=system.id, said="ws://")
    return parts


def _dialled(system: System, parts: SplitResult) -> socket.socket:
    """A socket to that host, through the system's proxy and with its certificates, as http.py would."""
    secure = parts.scheme == "wss"
    host, port = parts.hostname or "", parts.port or (443 if secure else 80)
    patience_s = system.number("connect_s", 5)
    proxy = system.options.get("proxy", "")
    plain = (
        _through(proxy, host, port, patience_s)
        if proxy
        else socket.create_connection((host, port), patience_s)
    )
    try:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if secure:
            context = tls_context(system.options.get("verify_tls", "yes"))
            plain = context.wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise
    return plain


def _through(proxy: str, host: str, port: int, patience_s: float) -> socket.socket:
    """A tunnel of an HTTP proxy. An address without a scheme is one, too."""
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    if parts.scheme != "http" or not parts.hostname:
        raise OSError("proxy: http:// only")
    headers = {}
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Proxy-Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    tunnel = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=patience_s)
    tunnel.set_tunnel(host, port, headers)
    tunnel.connect()
    return tunnel.sock


@contextmanager
def _told(system_id: str, *, stood: bool = False) -> Iterator[None]:
    """Whatever goes wrong on the way, as a SyncError by kind, without any address. stood: the connection did stand."""
    try:
        yield
    except SyncError:
        raise
    except websocket.WebSocketBadStatusException as error:
        body = error.resp_body.decode("utf-8", "replace") if isinstance(error.resp_body, bytes) else ""
        said = cut(page_text(body), _SAID) or f"HTTP {error.status_code}"
        raise SyncError(
            ErrorCode.SERVER_ERROR, system=system_id, status=error.status_code, said=said
        ) from None
    except _TooMuch:
        said = f"≥ {MOST_BYTES >> 10} kB / {LONGEST_S:.0f} s"
        raise SyncError(ErrorCode.NOT_JSON, system=system_id, said=said) from None
    except socket.gaierror as error:
        said = cut(error.strerror or "", _SAID)
        raise SyncError(ErrorCode.UNREACHABLE, certain=True, system=system_id, said=said) from None
    except (OSError, websocket.WebSocketException, http.client.HTTPException, ValueError) as error:
        code = ErrorCode.UNREACHABLE if isinstance(error, OSError) else ErrorCode.CONNECTION_LOST
        code = ErrorCode.TLS_REFUSED if isinstance(error, ssl.SSLError) else code
        raise SyncError(
            ErrorCode.CONNECTION_LOST if stood else code, system=system_id, said=_reason(error)
        ) from None


def _reason(error: Exception) -> str:
    """What an operating system, or OpenSSL, says. Other errors' words may hold what the server sent: their kind tells."""
    if isinstance(error, ssl.SSLError):
        return cut(getattr(error, "verify_message", "") or error.reason or type(error).__name__, _SAID)
    if isinstance(error, OSError):
        return cut(error.strerror or str(error) or type(error).__name__, _SAID)
    return type(error).__name__
