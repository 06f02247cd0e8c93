"""A WebSocket server of our own hand: each connection is handed to the test, frame by frame. Written from RFC 6455."""

from __future__ import annotations

import base64
import hashlib
import queue
import socket
import ssl
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
PATIENCE_S = 10.0


@dataclass
class Line:
    """One connection, as the server sees it."""

    plain: socket.socket
    path: str
    headers: Mapping[str, str]

    def frame(
        self, payload: bytes, opcode: int = TEXT, *, claims: int | None = None, last: bool = True
    ) -> None:
        """A frame; claims: the length that its head tells, where that is a lie."""
        size = len(payload) if claims is None else claims
        if size < 126:
            told = bytes([size])
        else:
            told = b"\x7e" + struct.pack("!H", size) if size <= 0xFFFF else b"\x7f" + struct.pack("!Q", size)
        self.plain.sendall(bytes([opcode | (0x80 if last else 0)]) + told + payload)

    def say(self, text: str) -> None:
        self.frame(text.encode())

    def hear(self) -> tuple[int, bytes]:
        """The next frame of the client; (CLOSE, b"") where it hung up."""
        head = self._read(2)
        if len(head) < 2:
            return CLOSE, b""
        size = head[1] & 0x7F
        if size == 126:
            size = struct.unpack("!H", self._read(2))[0]
        elif size == 127:
            size = struct.unpack("!Q", self._read(8))[0]
        assert head[1] & 0x80, "a client masks"
        mask = self._read(4)
        return head[0] & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(self._read(size)))

    def _read(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            part = self.plain.recv(size - len(got))
            if not part:
                return got
            got += part
        return got

    def hang_up(self) -> None:
        self.plain.close()


@dataclass
class Whisper:
    """lines: connections in the order they came. refuse: what is answered instead of an upgrade, as it goes over the wire."""

    url: str = ""
    lines: queue.Queue[Line] = field(default_factory=queue.Queue)
    refuse: bytes = b""

    def next(self) -> Line:
        return self.lines.get(timeout=PATIENCE_S)

    def serve(self, plain: socket.socket) -> None:
        raw = b""
        while b"\r\n\r\n" not in raw:
            part = plain.recv(4096)
            if not part:
                return
            raw += part
        first, *rest = raw.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in rest if each)}
        if self.refuse:
            plain.sendall(self.refuse)
        else:
            key = base64.b64encode(hashlib.sha1(headers["sec-websocket-key"].encode() + _MAGIC).digest())
            plain.sendall(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSet-Cookie: a=b\r\n"
                b"Sec-WebSocket-Accept: " + key + b"\r\n\r\n"
            )
        self.lines.put(Line(plain, first.split(" ")[1], headers))


@contextmanager
def whisper(certificate: tuple[str, str] | None = None) -> Iterator[Whisper]:
    """A server on a loopback port; certificate: paths of certificate and key, for wss."""
    server = Whisper()
    listening = socket.create_server(("127.0.0.1", 0))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if certificate:
        context.load_cert_chain(*certificate)
    server.url = f"{'wss' if certificate else 'ws'}://127.0.0.1:{listening.getsockname()[1]}"
    taken: list[socket.socket] = []

    def one(plain: socket.socket) -> None:
        try:
            plain.settimeout(PATIENCE_S)
            if certificate:
                plain = context.wrap_socket(plain, server_side=True)
            taken.append(plain)
            server.serve(plain)
        except OSError:
            plain.close()

    def accept() -> None:
        while True:
            try:
                plain, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(plain,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server
    finally:
        listening.close()
        for each in taken:
            each.close()
