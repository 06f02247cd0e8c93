"""Addresses that a server hands out: over TLS with its certificate checked, no redirect followed, nothing of ours sent along."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from desktop.connectors.handed import Handed
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import System, SystemRole
from tests.tls import make_certificate


class Depot(BaseHTTPRequestHandler):
    """Serves /file, sends from /away to another place, and tells no length for /endless."""

    heard: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.heard.append(self.path)
        self.send_response(302 if self.path == "/away" else 200)
        if self.path == "/away":
            self.send_header("Location", "/file")
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            for _ in range(4000 if self.path == "/endless" else 1):
                self.wfile.write(b"x" * 5 if self.path != "/endless" else b"x" * 4096)
        except OSError:
            pass  # the reader has hung up, as it should

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def depot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = make_certificate(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Depot)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_address[1]}", Path(certificate)
    server.shutdown()
    server.server_close()


def handed(base: str = "http://127.0.0.1:9", **options: str) -> Handed:
    return Handed(System("oa", SystemRole.OA, "x", "OA", base, options))


def refused(call: Any) -> SyncError:
    with pytest.raises(SyncError) as caught:
        call()
    return caught.value


def test_the_certificate_counts_as_it_does_for_the_connection(depot: tuple[str, Path]) -> None:
    root, certificate = depot
    error = refused(lambda: handed().get(f"{root}/file?Signature=s-1", "a.pdf", 99))
    assert (
        error.code is ErrorCode.FILE_STORE
        and "NET-109" in error.facts["said"]
        and "s-1" not in str(error.facts)
    )
    assert handed(verify_tls=str(certificate)).get(f"{root}/file", "a.pdf", 99) == b"xxxxx"


def test_a_place_that_sends_on_is_not_followed_and_one_without_end_is_left(depot: tuple[str, Path]) -> None:
    root, certificate = depot
    there = handed(verify_tls=str(certificate))
    Depot.heard.clear()
    error = refused(lambda: there.get(f"{root}/away", "a.pdf", 99))
    assert (error.code, Depot.heard) == (ErrorCode.FILE_STORE, ["/away"])
    error = refused(lambda: there.get(f"{root}/endless", "a.pdf", 100_000))
    assert (error.code, error.facts["field"]) == (ErrorCode.TOO_LONG, "a.pdf")
    assert error.facts["length"] < 1_000_000, "no more than a piece beyond the limit was read"


def test_a_connection_on_a_public_host_is_never_led_back_to_this_machine(depot: tuple[str, Path]) -> None:
    root, certificate = depot
    Depot.heard.clear()
    for base in ("https://api.example.com", "http://api.example.com"):
        error = refused(
            lambda base=base: handed(base, verify_tls=str(certificate)).get(f"{root}/file", "a", 9)
        )
        assert (error.code, Depot.heard) == (ErrorCode.UNREADABLE, [])
