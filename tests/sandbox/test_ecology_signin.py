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


def serving() -> Iterator[Server]:
    """One port for all tests of a file: starting and stopping is slow. Its app changes from test to test."""
    house = Server(lambda environ, start_response: [], threads=4).start()
    yield house
    house.stop()


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


def opened(house: Server, clock: Clock) -> Iterator[Raw]:
    """A new OA, with nothing in it."""
    faults = Faults()
    oa = Oa(clock=clock, key=rsa_key())
    house.app = ecology_app(oa, faults)
    yield Raw(oa, faults, clock, house.url)


@pytest.fixture(scope="module")
def house() -> Iterator[Server]:
    yield from serving()


@pytest.fixture
def raw(house: Server) -> Iterator[Raw]:
    yield from opened(house, Clock())


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


@pytest.mark.parametrize("renews", [False, True])
def test_registering_again_renews_the_keys_on_old_patches_only(raw: Raw, renews: bool) -> None:
    raw.oa.settings.regist_renews = renews
    before, made = raw.oa.secrit, raw.created()
    requests.post(raw.url + "/api/ec/dev/auth/regist", headers={"appid": raw.oa.app_id}, timeout=10)
    after = raw.get("getRequestStatus", requestId=made)
    assert (raw.oa.secrit != before) is renews
    assert ("token不存在或者超时" in after.get("msg", "")) is renews


def test_a_wrong_secret_is_told_with_http_200(raw: Raw) -> None:
    for wrong in ("rubbish", raw.encrypted("not the secrit"), b64encode(b"x" * 256).decode()):
        answer = raw.token(secret=wrong)
        assert answer["status"] is False
        assert answer["msg"] == "secret解密失败,请检查加密内容."
        assert "token" not in answer


def test_a_token_lives_as_long_as_was_asked(raw: Raw) -> None:
    short, usual = raw.token(time="60")["token"], raw.token()["token"]
    raw.clock.advance(61)
    raw.tokens["token"] = short
    assert raw.get("getRequestStatus", requestId=1)["msg"] == f"token不存在或者超时：{short}"
    raw.tokens["token"] = usual
    assert raw.post("getMyWorkflowRequestCount") == 0
    raw.clock.advance(1800)
    assert raw.post("getMyWorkflowRequestCount")["code"] == -1


def test_a_call_without_token_headers_meets_the_session_filter(raw: Raw) -> None:
    answer = requests.post(raw.url + PA + "getMyWorkflowRequestCount", timeout=10)
    assert answer.status_code == 200
    assert answer.json() == {"msg": "登录信息超时", "errorCode": "002", "status": False}


@pytest.mark.parametrize(
    "userid", ["57", "", "999", "66"], ids=["not encrypted", "empty", "unknown", "has left"]
)
def test_a_user_who_cannot_be_told_is_refused(raw: Raw, userid: str) -> None:
    sent = userid if userid in ("57", "") else raw.encrypted(userid)
    answer = raw.ask("POST", PA + "getMyWorkflowRequestCount", "57", headers={"userid": sent}).json()
    assert answer == {
        "msg": "该账号存在异常,单点登录失败",
        "code": -1,
        "msgShowType": "none",
        "status": False,
    }


def test_an_old_patch_answers_token_trouble_with_a_broken_page(raw: Raw) -> None:
    raw.oa.settings.old_kb = True
    answer = raw.ask("POST", PA + "getMyWorkflowRequestCount", "57", headers={"token": "gone"})
    assert answer.status_code == 500
    assert answer.text.startswith("<html>")


def test_a_client_that_keeps_cookies_acts_in_the_wrong_name(raw: Raw) -> None:
    first = raw.ask("POST", PA + "getMyWorkflowRequestCount", "57")
    cookie = {"ecology_JSessionid": first.cookies["ecology_JSessionid"]}
    form = {"workflowId": "781", "requestName": "题", "mainData": as_json(pairs(amount="1"))}
    trapped = raw.ask("POST", PA + "doCreateRequest", "61", data=form, cookies=cookie).json()
    careful = raw.ask(
        "POST", PA + "doCreateRequest", "61", data=form, cookies=cookie, headers={"skipsession": "1"}
    )
    assert raw.oa.request(trapped["data"]["requestid"]).creator == "57"
    assert raw.oa.request(careful.json()["data"]["requestid"]).creator == "61"
    assert "Set-Cookie" not in careful.headers


def test_only_listed_addresses_may_call(raw: Raw) -> None:
    raw.oa.settings.allowed_ips = {"10.0.0.1"}
    assert raw.post("getMyWorkflowRequestCount")["errorCode"] == "002"


def test_the_date_header_is_the_clock_of_the_oa(raw: Raw) -> None:
    raw.clock.fixed = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)
    assert (
        raw.ask("POST", PA + "getMyWorkflowRequestCount", "57").headers["Date"]
        == "Fri, 20 Nov 2026 01:02:03 GMT"
    )
