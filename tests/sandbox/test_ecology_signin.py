"""Signing in to the toy e-cology: registration, tokens, the caller's identity, the session-cookie trap.

`Raw` is a small client of its own, written from the vendor's documentation; the other test_ecology files use it too.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from desktop.sandbox.ecology import ecology_app
from desktop.sandbox.faults import Faults
from desktop.sandbox.oa import Oa
from desktop.sandbox.server import Server

PA = "/api/workflow/paService/"


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    """One key for the whole session: making one is slow."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Clock:
    """The OA's clock: it runs, and a test may set it forward or wrong."""

    ahead: timedelta = timedelta(0)
    fixed: datetime | None = None

    def __call__(self) -> datetime:
        return (self.fixed or datetime.now(UTC)) + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


@dataclass
class Raw:
    """A bare client: no session, no cookies, no retries."""

    oa: Oa
    faults: Faults
    clock: Clock
    url: str
    tokens: dict[str, str] = field(default_factory=dict)

    def encrypted(self, text: str) -> str:
        key = load_der_public_key(b64decode(self.oa.spk))
        assert isinstance(key, rsa.RSAPublicKey)
        return b64encode(key.encrypt(text.encode(), padding.PKCS1v15())).decode()

    def token(self, **headers: str) -> dict[str, Any]:
        sent = {"appid": self.oa.app_id, "secret": self.encrypted(self.oa.secrit), **headers}
        return requests.post(self.url + "/api/ec/dev/auth/applytoken", headers=sent, timeout=10).json()

    def headers(self, person: str) -> dict[str, str]:
        if "token" not in self.tokens:
            self.tokens["token"] = self.token()["token"]
        return {
            "appid": self.oa.app_id,
            "token": self.tokens["token"],
            "userid": self.encrypted(person),
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        }

    def ask(self, method: str, path: str, person: str, **more: Any) -> requests.Response:
        headers = {**self.headers(person), **more.pop("headers", {})}
        return requests.request(method, self.url + path, headers=headers, timeout=10, **more)

    def post(self, name: str, person: str = "57", **params: Any) -> Any:
        """A form-encoded call; values that are no texts travel as JSON text."""
        form = {key: value if isinstance(value, str) else as_json(value) for key, value in params.items()}
        return self.ask("POST", PA + name, person, data=form).json()

    def get(self, name: str, person: str = "57", **params: Any) -> Any:
        return self.ask("GET", PA + name, person, params=params).json()

    def create(self, person: str = "57", title: str = "销售订单 XSDD1", **more: Any) -> Any:
        params: dict[str, Any] = {
            "workflowId": 781,
            "requestName": title,
            "mainData": pairs(erp_bill_no="XSDD1", company="100", amount="226.00"),
            **more,
        }
        return self.post("doCreateRequest", person, **params)

    def created(self, person: str = "57", **more: Any) -> int:
        return self.create(person, **more)["data"]["requestid"]


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def pairs(**fields: Any) -> list[dict[str, Any]]:
    return [{"fieldName": name, "fieldValue": value} for name, value in fields.items()]


def lines(
    *rows: Mapping[str, Any], ids: Sequence[int] = (), table: str = "formtable_main_118_dt1", **more: str
) -> list[dict[str, Any]]:
    """detailData of one table: `ids` are the rows' recordOrder, 0 where they run out."""
    orders = [*ids, *([0] * (len(rows) - len(ids)))]
    records = [
        {"recordOrder": order, "workflowRequestTableFields": pairs(**row)}
        for order, row in zip(orders, rows, strict=True)
    ]
    return [{"tableDBName": table, "workflowRequestTableRecords": records, **more}]


def opened(clock: Clock) -> Iterator[Raw]:
    """A new OA on a port of its own."""
    faults = Faults()
    oa = Oa(clock=clock, key=rsa_key())
    server = Server(ecology_app(oa, faults), threads=4).start()
    yield Raw(oa, faults, clock, server.url)
    server.stop()


@pytest.fixture
def raw() -> Iterator[Raw]:
    yield from opened(Clock())


def test_registration_tells_the_keys_to_a_known_licence_only(raw: Raw) -> None:
    regist = raw.url + "/api/ec/dev/auth/regist"
    known = requests.post(regist, headers={"appid": raw.oa.app_id, "cpk": "123"}, timeout=10).json()
    unknown = requests.post(regist, headers={"appid": "nobody", "cpk": "123"}, timeout=10).json()
    assert known["status"] is True
    assert (known["secrit"], known["spk"]) == (raw.oa.secrit, raw.oa.spk)
    key = load_der_public_key(b64decode(known["spk"]))
    assert isinstance(key, rsa.RSAPublicKey)
    assert key.key_size == 2048
    assert unknown["status"] is False
    assert "注册失败" in unknown["msg"]
    assert "secrit" not in unknown
