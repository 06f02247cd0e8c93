"""DingTalk's stream: a ticket by HTTP, then events over a WebSocket that the client opened; what is not acknowledged comes again.

The WebSocket is spoken here by hand (RFC 6455, text frames): the sandbox needs no more of it.
Source: DingTalk event subscription, stream mode: frames, headers, acknowledgement, disconnect.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import socket
import struct
import threading
import time
import uuid
from collections import deque
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlparse

from desktop.sandbox.dingtalk_push import Event, events_of
from desktop.sandbox.dingtalk_settings import DingSettings
from desktop.sandbox.dingtalk_world import DingOa
from desktop.sandbox.oa_records import LogEntry, OaRequestRecord

AGAIN_S = 5.0
_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class Stream:
    """The gateway of one company.

    again_s: an event that was not acknowledged is sent again after so long.
    doubled, lost, reversed: how many of the next events come twice, not at all, or after the one that follows them.
    acknowledged: message ids that a client has taken.
    """

    def __init__(self, oa: DingOa, settings: DingSettings) -> None:
        self._oa, self._settings = oa, settings
        self.again_s = AGAIN_S
        self.doubled = self.lost = self.reversed = 0
        self.acknowledged: set[str] = set()
        self._tickets: set[str] = set()
        self._waiting: deque[Event] = deque()
        self._open: list[_Connection] = []
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None

    # --- the ticket

    def open(self, body: dict[str, Any]) -> dict[str, str] | None:
        """endpoint and ticket for one connection; None where the client's secret is wrong."""
        own = (self._settings.client_id, self._settings.client_secret)
        if (body.get("clientId"), body.get("clientSecret")) != own:
            return None
        self._listen()
        assert self._listener is not None
        port = self._listener.getsockname()[1]
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        return {"endpoint": f"ws://127.0.0.1:{port}/connect", "ticket": ticket}

    @property
    def connections(self) -> int:
        """How many clients listen now."""
        return len(self._open)

    def disconnect_all(self) -> None:
        """Asks every client to come anew."""
        for connection in list(self._open):
            connection.system("disconnect", {"reason": "server is going down"})

    def close(self) -> None:
        """No more events, no more connections."""
        if self._listener is not None:
            self._oa.listeners.remove(self._heard)
            listener, self._listener = self._listener, None
            listener.close()
        for connection in list(self._open):
            connection.end()

    # --- workings

    def _listen(self) -> None:
        with self._lock:
            if self._listener is not None:
                return
            self._listener = socket.create_server(("127.0.0.1", 0))
            self._oa.listeners.append(self._heard)
        threading.Thread(target=self._accept, name="dingtalk-stream", daemon=True).start()

    def _accept(self) -> None:
        listener = self._listener
        while listener is not None:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), name="dingtalk-stream", daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        try:
            if not self._greeted(peer):
                peer.close()
                return
            connection = _Connection(self, peer, self._settings)
            self._open.append(connection)
            self._flush()
            connection.listen()
        except (OSError, ValueError):
            peer.close()
        finally:
            self._open = [each for each in self._open if each.peer is not peer]

    def _greeted(self, peer: socket.socket) -> bool:
        """The handshake; a ticket is good once."""
        asked = b""
        while b"\r\n\r\n" not in asked:
            part = peer.recv(4096)
            if not part:
                return False
            asked += part
        head, *lines = asked.decode("latin-1").split("\r\n")
        headers = {
            name.strip().lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)
        }
        ticket = parse_qs(urlparse(head.split(" ")[1]).query).get("ticket", [""])[0]
        if ticket not in self._tickets:
            peer.sendall(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
            return False
        self._tickets.discard(ticket)
        key = headers.get("sec-websocket-key", "")
        proof = base64.b64encode(hashlib.sha1((key + _MAGIC).encode()).digest()).decode()
        peer.sendall(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {proof}\r\n\r\n".encode()
        )
        return True

    def _heard(self, record: OaRequestRecord, entry: LogEntry) -> None:
        """Sorts the event in and sends it from a thread of its own: whoever acted does not wait."""
        with self._lock:
            for event in events_of(self._oa, record, entry):
                if self.lost:
                    self.lost -= 1
                    continue
                if self.reversed and self._waiting:
                    self.reversed -= 1
                    self._waiting.insert(len(self._waiting) - 1, event)
                else:
                    self._waiting.append(event)
                if self.doubled:
                    self.doubled -= 1
                    self._waiting.append(event)
        threading.Thread(target=self._flush, name="dingtalk-stream", daemon=True).start()

    def _flush(self) -> None:
        while True:
            with self._lock:
                if not self._waiting or not self._open:
                    return
                event, connection = self._waiting.popleft(), self._open[-1]
            message = connection.event(event)
            timer = threading.Timer(self.again_s, self._again, (message, event))
            timer.daemon = True
            timer.start()

    def _again(self, message: str, event: Event) -> None:
        if message not in self.acknowledged and self._listener is not None:
            with self._lock:
                self._waiting.append(event)
            self._flush()


class _Connection:
    """One client."""

    def __init__(self, stream: Stream, peer: socket.socket, settings: DingSettings) -> None:
        self.peer = peer
        self._stream, self._settings = stream, settings
        self._id = uuid.uuid4().hex
        self._sending = threading.Lock()

    def listen(self) -> None:
        """Reads frames until the client goes."""
        while True:
            kind, content = _read_frame(self.peer)
            if kind == _CLOSE:
                self.end()
                return
            if kind == _PING:
                self._frame(_PONG, content)
            elif kind == _TEXT:
                answer = json.loads(content)
                if answer.get("code") == 200:
                    self._stream.acknowledged.add(str(answer.get("headers", {}).get("messageId", "")))

    def event(self, event: Event) -> str:
        """Sends an event; answers its message id."""
        headers = {
            "topic": "*",
            "eventId": event.id,
            "eventType": event.type,
            "eventBornTime": str(event.born_ms),
            "eventCorpId": self._settings.corp_id,
            "eventUnifiedAppId": self._settings.client_id,
        }
        return self._send("EVENT", headers, event.payload)

    def system(self, topic: str, content: dict[str, Any]) -> str:
        """Sends a word of the gateway's own: disconnect, ping."""
        return self._send("SYSTEM", {"topic": topic}, content)

    def end(self) -> None:
        """Closes."""
        self.peer.close()

    def _send(self, kind: str, headers: dict[str, str], content: dict[str, Any]) -> str:
        message = uuid.uuid4().hex
        own = {
            "appId": self._settings.client_id,
            "connectionId": self._id,
            "contentType": "application/json",
            "messageId": message,
            "time": str(int(time.time() * 1000)),
        }
        data = json.dumps(content, ensure_ascii=False)
        frame = {"specVersion": "1.0", "type": kind, "headers": {**own, **headers}, "data": data}
        with suppress(OSError):  # gone; whoever comes next gets it, since nobody acknowledged
            self._frame(_TEXT, json.dumps(frame, ensure_ascii=False).encode())
        return message

    def _frame(self, kind: int, content: bytes) -> None:
        size = len(content)
        head = bytes([0x80 | kind])
        if size < 126:
            head += bytes([size])
        elif size < 65536:
            head += bytes([126]) + struct.pack(">H", size)
        else:
            head += bytes([127]) + struct.pack(">Q", size)
        with self._sending:
            self.peer.sendall(head + content)


def _read_frame(peer: socket.socket) -> tuple[int, bytes]:
    """One frame of a client: kind and content, unmasked. Raises OSError at the end, ValueError for a bare frame."""
    first, second = _exactly(peer, 2)
    size = second & 0x7F
    if size == 126:
        (size,) = struct.unpack(">H", _exactly(peer, 2))
    elif size == 127:
        (size,) = struct.unpack(">Q", _exactly(peer, 8))
    if not second & 0x80:
        raise ValueError("a client masks its frames")
    mask, content = _exactly(peer, 4), _exactly(peer, size)
    return first & 0x0F, bytes(each ^ mask[at % 4] for at, each in enumerate(content))


def _exactly(peer: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = peer.recv(size - len(found))
        if not part:
            raise OSError("the client is gone")
        found += part
    return found
