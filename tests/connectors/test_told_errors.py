"""What the wire says of a call that failed: never the address with the secret in it, nor half of one."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.connectors.http import Wire
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import System, SystemRole
from tests.tls import make_certificate

SECRET = "c0de" * 30


def refused(base: str, **options: str) -> SyncError:
    """The error of a call that carries a secret in its address, as some vendors want it."""
    wire = Wire(System("k3", SystemRole.ERP, "k3", "k3", base, options), cookies=False)
    wire.hide(SECRET)
    try:
        with pytest.raises(SyncError) as raised:
            wire.call("GET", "K3API/Token/Create", query={"authorityCode": SECRET}, quiet=True)
    finally:
        wire.close()
    return raised.value


def answering(answer: bytes, context: ssl.SSLContext | None = None) -> tuple[socket.socket, int]:
    """A server that says one thing to everybody, whatever they ask."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(line, server_side=True) if context else line as spoken:
                    spoken.recv(4096)
                    spoken.sendall(answer)
            except OSError:
                pass

    threading.Thread(target=serve, daemon=True).start()
    return listener, int(listener.getsockname()[1])


@pytest.fixture
def unsigned(tmp_path: Path) -> Iterator[int]:
    """A server whose certificate nobody trusts (as one that ran out)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*make_certificate(tmp_path))
    listener, port = answering(b"", context)
    yield port
    listener.close()


def test_a_certificate_that_nobody_trusts_gives_no_secret_away(unsigned: int) -> None:
    error = refused(f"https://127.0.0.1:{unsigned}")
    assert error.code is ErrorCode.TLS_REFUSED and error.certain
    assert "certificate" in error.facts["said"].lower(), "the reason is still told"
    assert "c0de" not in str(error.facts) and "authorityCode" not in str(error.facts)


def test_a_proxy_that_refuses_gives_no_secret_away() -> None:
    listener, port = answering(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
    try:
        error = refused("https://k3.example.invalid", proxy=f"http://user:{SECRET}@127.0.0.1:{port}")
    finally:
        listener.close()
    assert "c0de" not in str(error.facts) and "authorityCode" not in str(error.facts)
    assert "407" in error.facts["said"]
