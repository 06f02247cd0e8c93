"""A server that gives prepared answers and remembers what it was asked: for shapes the sandbox has no switch for."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from desktop.connectors.k3cloud.connector import K3Cloud
from desktop.domain.system import System, SystemRole
from tests.drawer import Drawer

APP_ID = "100001_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u"
SECRETS = {"app_secret": "secretsecretsecretsecretsecret12", "password": "pass-word-word"}
SIGNED_IN = {
    "LoginResultType": 1,
    "KDSVCSessionId": "session-0001",
    "Context": {"UserName": "demo", "DisplayVersion": "8.1.0"},
}
LOST = {
    "Result": {
        "ResponseStatus": {
            "IsSuccess": False,
            "Errors": [{"Message": "会话信息已丢失，请重新登录", "DIndex": 0}],
            "MsgCode": 1,
        }
    }
}


class Script:
    """Answers by operation ("ExecuteBillQuery"), each list used up in order; its last answer is given for ever.

    An answer is a value (sent as JSON), or a function of the request's body that makes one.
    """

    def __init__(self) -> None:
        self.answers: dict[str, deque[Any]] = {}
        self.asked: list[tuple[str, Any, dict[str, str]]] = []
        self.url = ""
        self.give("LoginBySign", SIGNED_IN)

    def give(self, operation: str, *answers: Any) -> None:
        self.answers[operation] = deque(answers)

    def of(self, operation: str) -> list[Any]:
        """The bodies of all calls of one operation."""
        return [body for name, body, _ in self.asked if name == operation]

    def answer(self, path: str, body: Any, headers: dict[str, str]) -> bytes:
        operation = path.removesuffix(".common.kdsvc").rsplit(".", 1)[-1]
        self.asked.append((operation, body, headers))
        queue = self.answers[operation]
        value = queue.popleft() if len(queue) > 1 else queue[0]
        return json.dumps(value(body) if callable(value) else value, ensure_ascii=False).encode()


@pytest.fixture
def script() -> Iterator[Script]:
    made = Script()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            text = made.answer(self.path, body, dict(self.headers.items()))
            self.send_response(200)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/k3cloud"
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def connect(script: Script) -> Callable[..., K3Cloud]:
    """A connector on the script; keyword arguments are options of the system."""

    def make(secrets: Mapping[str, str] = SECRETS, **options: str) -> K3Cloud:
        told = {"acct_id": "5f0000000000aa", "user": "demo", "app_id": APP_ID} | options
        return K3Cloud(System("erp", SystemRole.ERP, "k3cloud", "ERP", script.url, told), Drawer(secrets))

    return make
