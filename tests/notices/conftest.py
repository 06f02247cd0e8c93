"""A mail server that others wrote, and the groups' robots, over real sockets."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from desktop.sandbox.robots import Robots, robots_app
from desktop.sandbox.server import Server
from tests.tls import make_certificate

USER, PASSWORD = "danqiao@example.com", "mail only knows this"


@dataclass
class Mailbox:
    """What arrived. refuses: an SMTP answer to every message, "" = it is taken."""

    port: int
    certificate: str
    mails: list[EmailMessage] = field(default_factory=list)
    refuses: str = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refuses:
            return self.refuses
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"

    @property
    def options(self) -> dict[str, str]:
        """How a channel reaches it."""
        return {
            "host": "127.0.0.1", "port": str(self.port), "security": "starttls", "user": USER, "from": USER,
            "to": "chen@example.com; li@example.com", "authority": self.certificate,
        }  # fmt: skip


def _known(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (
        USER.encode(),
        PASSWORD.encode(),
    )
    return AuthResult(success=good, handled=False)


class _Controller(Controller):
    """STARTTLS and a sign-in are a must."""

    tls: ssl.SSLContext

    def factory(self) -> SMTP:
        return SMTP(
            self.handler, hostname="127.0.0.1", tls_context=self.tls, require_starttls=True, auth_required=True,
            authenticator=_known,
        )  # fmt: skip


@pytest.fixture(scope="module")
def mail_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    folder: Path = tmp_path_factory.mktemp("mail")
    certificate, key = make_certificate(folder)
    with socket.socket() as probe:  # this server wants to know its port before it opens it
        probe.bind(("127.0.0.1", 0))
        box = Mailbox(int(probe.getsockname()[1]), certificate)
    controller = _Controller(box, hostname="127.0.0.1", port=box.port)
    controller.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    controller.tls.load_cert_chain(certificate, key)
    controller.start()
    yield box
    controller.stop()


@pytest.fixture
def mailbox(mail_server: Mailbox) -> Mailbox:
    mail_server.mails.clear()
    mail_server.refuses = ""
    return mail_server


@pytest.fixture(scope="module")
def robot_server() -> Iterator[tuple[Robots, Server]]:
    made = Robots()
    server = Server(robots_app(made)).start()
    yield made, server
    server.stop()


@pytest.fixture
def robots(robot_server: tuple[Robots, Server]) -> Robots:
    robot_server[0].heard.clear()
    robot_server[0].times.clear()
    robot_server[0].fails = 0
    return robot_server[0]


@pytest.fixture
def addresses(robots: Robots, robot_server: tuple[Robots, Server]) -> dict[str, str]:
    """The robots' addresses by channel."""
    return robots.addresses(robot_server[1].url)
