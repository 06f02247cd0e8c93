"""A gateway on the whole house, and a browser that follows its redirects through the sandbox's real pages."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

import pytest
import requests

from desktop.domain.system import GatewaySettings
from desktop.gateway.server import Gateway
from desktop.services.push import SECRET, signature
from tests.conftest import House

PUSH_SECRET = "only the OA knows this"


@pytest.fixture
def gateway(house: House) -> Iterator[Gateway]:
    """Opened on a free port of this machine."""
    house.toy.memory["oa", SECRET] = PUSH_SECRET
    opened = Gateway(house.workspace, GatewaySettings(on=True, port=0))
    yield opened
    opened.close()


@pytest.fixture
def browser() -> Iterator[requests.Session]:
    """Somebody's browser: cookies and redirects."""
    session = requests.Session()
    session.trust_env = False
    yield session
    session.close()


@pytest.fixture
def signed_in(house: House, browser: requests.Session) -> Callable[[str], requests.Session]:
    """The browser, signed in to the OA as this person (OA id)."""

    def sign_in(person: str) -> requests.Session:
        assert browser.get(f"{house.toy.oa_server.url}/sandbox/sign-in?person={person}", timeout=10).ok
        return browser

    return sign_in


@pytest.fixture
def push(house: House, gateway: Gateway, browser: requests.Session) -> Callable[..., requests.Response]:
    """Sends a push in our own form; what is told replaces the right values."""

    def send(
        system: str = "oa", body: bytes = b"{}", secret: str = PUSH_SECRET, **told: str
    ) -> requests.Response:
        timestamp = told.get("timestamp", str(int(house.clock.now().timestamp())))
        nonce = told.get("nonce", secrets.token_hex(8))
        headers = {
            "X-DanQiao-Timestamp": timestamp, "X-DanQiao-Nonce": nonce,
            "X-DanQiao-Signature": told.get("signed", signature(secret, timestamp, nonce, body)),
        }  # fmt: skip
        return browser.post(f"{gateway.address}/push/{system}", data=body, headers=headers, timeout=10)

    return send


def delivered(house: House):  # type: ignore[no-untyped-def]
    """An order whose request lies with its approver."""
    house.run()
    bill = house.order()
    house.calm()
    assert len(house.requests(bill)) == 1
    return bill
