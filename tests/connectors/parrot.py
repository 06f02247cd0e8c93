"""A server that gives prepared answers and remembers what it was asked: a sheet's samples over real HTTP, for any vendor."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Heard:
    """One call: verb, path, query, headers in lower case, the JSON body (the bytes where it is none)."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


@dataclass
class Parrot:
    """say["POST SO/GetList"]: answers by verb and end of the path, used up in order, the last one for ever.

    An answer is a JSON value or bytes, (status, JSON value, text or bytes), or a function of the call that makes one of these.
    """

    url: str = ""
    say: dict[str, list[Any]] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def told(self, what: str, *answers: Any) -> None:
        self.say[what] = list(answers)

    def calls(self, end: str) -> list[Heard]:
        """The calls whose path ends so."""
        return [each for each in self.heard if each.path.endswith(end)]

    def answer(self, heard: Heard) -> tuple[int, Any]:
        with self.lock:
            self.heard.append(heard)
            for what, answers in self.say.items():
                method, _, end = what.partition(" ")
                if heard.method == method and heard.path.endswith(end):
                    found = answers.pop(0) if len(answers) > 1 else answers[0]
                    found = found(heard) if isinstance(found, Callable) else found  # type: ignore[arg-type]
                    return found if isinstance(found, tuple) else (200, found)
        return 404, "<html>no such path</html>"


def _body(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return raw


@contextmanager
def parrot() -> Iterator[Parrot]:
    """A parrot on a loopback port."""
    bird = Parrot()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            parts = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            heard = Heard(self.command, parts.path, query, headers, _body(raw))
            status, told = bird.answer(heard)
            text = told if isinstance(told, str | bytes) else json.dumps(told, ensure_ascii=False)
            body = text.encode() if isinstance(text, str) else text
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = _do  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    bird.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield bird
    finally:
        server.shutdown()
        server.server_close()
