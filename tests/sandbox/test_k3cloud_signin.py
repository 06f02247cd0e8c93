"""Signing in to the toy K/3 Cloud: operations, signature headers, sessions that end; and the raw client of its tests."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from desktop.sandbox import k3cloud_sign
from desktop.sandbox.erp import Erp
from desktop.sandbox.faults import Fault, Faults
from desktop.sandbox.k3cloud import k3cloud_app
from desktop.sandbox.server import Server

AUTH = "Kingdee.BOS.WebApi.ServicesStub.AuthService."
FORMS = "Kingdee.BOS.WebApi.ServicesStub.DynamicFormService."
CENTERS = "Kingdee.BOS.ServiceFacade.ServicesStub.Account.AccountService.GetDataCenterList"
LOST = "会话信息已丢失，请重新登录"


class Clock:
    """The server's clock: runs with the real one, moved by `ahead`."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Raw:
    """Speaks HTTP to a toy K/3 Cloud, with nothing between the test and the wire."""

    def __init__(self, server: Server) -> None:
        self.clock = Clock()
        self.erp = Erp(self.clock)
        self.faults = Faults()
        self.server = server
        server.app = k3cloud_app(self.erp, self.faults)
        self.http = requests.Session()

    def post(self, service: str, body: Any = None, **more: Any) -> requests.Response:
        """The response to one POST; `body` text goes out as it is."""
        content = body if isinstance(body, str) else json.dumps({} if body is None else body)
        url = f"{self.server.url}/k3cloud/{service}.common.kdsvc"
        return self.http.post(url, data=content.encode(), timeout=10, **more)

    def sign_in(self) -> Raw:
        erp = self.erp
        body = {"acctID": erp.acct_id, "username": erp.user, "password": erp.password, "lcid": 2052}
        assert self.post(AUTH + "ValidateUser", body).json()["LoginResultType"] == 1
        return self

    def call(self, operation: str, form: str, data: Any, **extra: Any) -> Any:
        """The answer's JSON, in the named shape."""
        return self.post(FORMS + operation, {"formid": form, "data": data, **extra}).json()

    def status(self, operation: str, form: str, data: Any, **extra: Any) -> dict[str, Any]:
        """The ResponseStatus of a call."""
        return self.call(operation, form, data, **extra)["Result"]["ResponseStatus"]

    def query(self, form: str, fields: str, where: Any = "", **more: Any) -> Any:
        data = {"FormId": form, "FieldKeys": fields, "FilterString": where, **more}
        return self.post(FORMS + "ExecuteBillQuery", {"data": data}).json()

    def refusal(self, operation: str, form: str, data: Any, **extra: Any) -> tuple[str, int]:
        """The words and the MsgCode of an answer that must be a no."""
        told = self.status(operation, form, data, **extra)
        assert told["IsSuccess"] is False
        assert told["ErrorCode"] == 500
        return told["Errors"][0]["Message"], told["MsgCode"]


@pytest.fixture(scope="module")
def shared_server() -> Iterator[Server]:
    server = Server(lambda environ, start_response: []).start()
    yield server
    server.stop()


@pytest.fixture
def raw(shared_server: Server) -> Iterator[Raw]:
    raw = Raw(shared_server)
    yield raw
    raw.http.close()


def sign_in_body(raw: Raw, **changed: Any) -> dict[str, Any]:
    erp = raw.erp
    return {"acctID": erp.acct_id, "username": erp.user, "password": erp.password, "lcid": 2052, **changed}


def lost(told: Any) -> bool:
    status = told["Result"]["ResponseStatus"]
    return status["MsgCode"] == 1 and status["Errors"][0]["Message"] == LOST


# --- the sheet's test vectors

ACCT, USER, APP = "5f0000000000aa", "demo", "100001_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u"
SECRET, STAMP = "secretsecretsecretsecretsecret12", "1767225600"
PATH = "/k3cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.View.common.kdsvc"


def test_the_vectors_of_the_sign_in_signature() -> None:
    parts = [ACCT, USER, APP, SECRET, STAMP]
    sha256 = "f6df6633c2d64f11349d7f1444e013b3ad9c223042d20d55ff914ba51b375037"
    assert k3cloud_sign.joined_hash(parts, "sha256") == sha256
    assert k3cloud_sign.joined_hash(parts, "sha1") == "74a5bc30cef9b709bfb7c9403fd6a77e99477337"
    six = "a112fabf51b50b48fe76d4ded02adca6f1c1faef47808f78b501abf626ab96fb"
    assert k3cloud_sign.joined_hash([*parts, "0"], "sha256") == six


def test_the_vector_of_the_signature_headers() -> None:
    assert k3cloud_sign.client_secret(APP) == "AAEHB1IGDwBbD1NRV1dSXgVYUAkKWwld"
    headers = {
        "X-Api-ClientID": "100001",
        "x-api-timestamp": STAMP,
        "x-api-nonce": STAMP,
        "X-Api-Signature": "MzQ1NTY5MDY2Yjc0MmMxZjliOTNmMjY2NjM1Mjc1Y2ViMTBhZGFiMjNiNGVmZGQyY2NmMjNhNDQzOGRjNDEyMw==",
        "X-Kd-Appkey": APP,
        "X-Kd-Appdata": "NWYwMDAwMDAwMDAwYWEsZGVtbywyMDUyLDEwMA==",
        "X-Kd-Signature": "M2U0ZmViN2U5YzgzNjdiNDNmMzE1NzNiZjZjNjU3YjRiNTQyNDBhMjlhMzFjMWY3YzQzNjNmNjgxNmM1MDY1Zg==",
    }
    caller = k3cloud_sign.signed_caller(headers, PATH, APP, SECRET)
    assert caller == k3cloud_sign.SignedCaller(ACCT, USER, "2052", "100", STAMP)
    for name in headers:
        assert (
            k3cloud_sign.signed_caller({**headers, name: headers[name][:-2] + "x="}, PATH, APP, SECRET)
            is None
        )
    assert k3cloud_sign.signed_caller(headers, PATH.replace("View", "Save"), APP, SECRET) is None


# --- sign-in operations


@pytest.mark.parametrize("key", ["acctID", "acctid"])
def test_a_password_opens_a_session_with_both_cookies(raw: Raw, key: str) -> None:
    body = sign_in_body(raw)
    body[key] = body.pop("acctID")
    response = raw.post(AUTH + "ValidateUser", body)
    answer = response.json()
    assert (response.status_code, answer["LoginResultType"]) == (200, 1)
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer["KDSVCSessionId"] == response.cookies["kdservice-sessionid"]
    assert "ASP.NET_SessionId" in response.cookies
    assert answer["Context"]["DBid"] == raw.erp.acct_id
    assert answer["Context"]["CurrentOrganizationInfo"]["Name"] == "华东机电有限公司"
    assert raw.query("SAL_SaleOrder", "FID") == []


def test_a_session_may_come_as_a_header(raw: Raw) -> None:
    session = raw.post(AUTH + "ValidateUser", sign_in_body(raw)).json()["KDSVCSessionId"]
    raw.http.cookies.clear()
    body = {"data": {"FormId": "SAL_SaleOrder", "FieldKeys": "FID"}}
    headers = {"kdservice-sessionid": session}
    assert raw.post(FORMS + "ExecuteBillQuery", body, headers=headers).json() == []
    assert lost(raw.post(FORMS + "ExecuteBillQuery", body).json()[0][0])


@pytest.mark.parametrize(
    ("setting", "result"), [("disabled_users", -2), ("locked_users", -3), ("expiring_users", -5)]
)
def test_users_who_may_not_sign_in(raw: Raw, setting: str, result: int) -> None:
    setattr(raw.erp.settings, setting, {raw.erp.user})
    response = raw.post(AUTH + "ValidateUser", sign_in_body(raw))
    assert (response.status_code, response.json()["LoginResultType"]) == (200, result)
    assert response.json()["Message"]
    assert not response.cookies


def test_a_wrong_password_is_http_200_and_result_0(raw: Raw) -> None:
    for changed in ({"password": "x"}, {"username": "nobody"}):
        response = raw.post(AUTH + "ValidateUser", sign_in_body(raw, **changed))
        answer = response.json()
        assert (response.status_code, answer["LoginResultType"], answer["KDSVCSessionId"]) == (200, 0, "")


def test_an_unknown_account_set_answers_as_a_lost_session(raw: Raw) -> None:
    assert lost(raw.post(AUTH + "ValidateUser", sign_in_body(raw, acctID="other")).json())


def signed(raw: Raw, algorithm: str = "sha256", ago: int = 0) -> dict[str, Any]:
    """A LoginBySign, signed here by the words of the sheet."""
    erp, stamp = raw.erp, str(int(time.time()) - ago)
    joined = "".join(sorted([erp.acct_id, "wangmin", erp.app_id, erp.app_secret, stamp]))
    sign = hashlib.new(algorithm, joined.encode()).hexdigest()
    return {"parameters": [erp.acct_id, "wangmin", erp.app_id, stamp, sign, 2052]}


def test_sign_in_by_signature(raw: Raw) -> None:
    def result(body: Any) -> int:
        return raw.post(AUTH + "LoginBySign", body).json()["LoginResultType"]

    assert result(signed(raw)) == 1
    assert result(signed(raw, "sha1")) == 0
    assert result(signed(raw, ago=400)) == 0
    raw.erp.settings.timestamp_window_s = 600
    assert result(signed(raw, ago=400)) == 1
    raw.erp.settings.sign_hash = "sha1"
    assert result(signed(raw, "sha1")) == 1
    raw.clock.ahead = timedelta(hours=2)
    assert result(signed(raw, "sha1")) == 0


def test_sign_in_by_app_secret(raw: Raw) -> None:
    erp = raw.erp
    legacy = {"format": 1, "useragent": "ApiClient", "rid": "1", "v": "1.0"}
    legacy["parameters"] = json.dumps([erp.acct_id, erp.user, erp.app_id, erp.app_secret, 2052])
    assert raw.post(AUTH + "LoginByAppSecret", legacy).json()["LoginResultType"] == 1
    wrong = {"parameters": [erp.acct_id, erp.user, erp.app_id, "no", 2052]}
    assert raw.post(AUTH + "LoginByAppSecret", wrong).json()["LoginResultType"] == 0
    admin = {"parameters": [erp.acct_id, "Administrator", erp.app_id, erp.app_secret, 2052]}
    told = raw.post(AUTH + "LoginByAppSecret", admin).json()["Result"]["ResponseStatus"]
    assert told["MsgCode"] == 15


def test_data_centres_are_listed_without_a_session(raw: Raw) -> None:
    erp = raw.erp
    assert raw.post(CENTERS).json() == [{"Id": erp.acct_id, "Number": erp.acct_number, "Name": erp.acct_name}]


# --- sessions end


def test_sessions_end_by_logout_by_time_and_by_order(raw: Raw) -> None:
    def is_lost() -> bool:
        return lost(raw.call("Submit", "SAL_SaleOrder", {"Ids": "1"}))

    raw.sign_in()
    assert not is_lost()
    raw.post(AUTH + "Logout")
    assert is_lost()
    raw.sign_in()
    raw.clock.ahead = timedelta(seconds=1100)
    assert not is_lost()
    raw.clock.ahead = timedelta(seconds=2250)
    assert not is_lost()
    raw.clock.ahead = timedelta(seconds=3500)
    assert is_lost()
    raw.sign_in()
    raw.erp.kill_sessions()
    assert is_lost()


def test_a_lost_session_has_three_shapes(raw: Raw) -> None:
    assert lost(raw.call("Audit", "SAL_SaleOrder", {"Ids": "1"}))
    (row,) = raw.query("SAL_SaleOrder", "FID")
    assert lost(row[0])
    assert lost(raw.call("View", "SAL_SaleOrder", {"Id": "1"}))
    raw.erp.settings.lost_view_is_empty = True
    assert raw.call("View", "SAL_SaleOrder", {"Id": "1"}) == {}


def test_licences_run_out(raw: Raw) -> None:
    raw.erp.settings.max_sessions = 1
    raw.sign_in()
    told = raw.post(AUTH + "ValidateUser", sign_in_body(raw)).json()["Result"]["ResponseStatus"]
    assert told["MsgCode"] == 7
    raw.post(AUTH + "Logout")
    raw.sign_in()


# --- signature headers


def header_set(raw: Raw, path: str, user: str = "danqiao", org: str = "100", ago: int = 0) -> dict[str, str]:
    """Signature headers, made here by the words of the sheet."""

    def b64hex(key: str, message: str) -> str:
        digest = hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()
        return base64.b64encode(digest.encode()).decode()

    erp, stamp = raw.erp, str(int(time.time()) - ago)
    client, hidden = erp.app_id.split("_")
    key = b"0054f397c6234378b09ca7d3e5debce7"
    secret = base64.b64encode(
        bytes(a ^ b for a, b in zip(base64.b64decode(hidden), key, strict=False))
    ).decode()
    data = f"{erp.acct_id},{user},2052,{org}"
    message = f"POST\n{path.replace('/', '%2F')}\n\nx-api-nonce:{stamp}\nx-api-timestamp:{stamp}\n"
    return {
        "X-Api-ClientID": client,
        "X-Api-Auth-Version": "2.0",
        "x-api-timestamp": stamp,
        "x-api-nonce": stamp,
        "x-api-signheaders": "x-api-timestamp,x-api-nonce",
        "X-Api-Signature": b64hex(secret, message),
        "X-Kd-Appkey": erp.app_id,
        "X-Kd-Appdata": base64.b64encode(data.encode()).decode(),
        "X-Kd-Signature": b64hex(erp.app_secret, erp.app_id + data),
    }


def test_signature_headers_need_no_sign_in(raw: Raw) -> None:
    service = FORMS + "ExecuteBillQuery"
    body = {"data": {"FormId": "SAL_SaleOrder", "FieldKeys": "FID"}}
    headers = header_set(raw, f"/k3cloud/{service}.common.kdsvc")
    response = raw.post(service, body, headers=headers)
    assert response.json() == []
    assert "kdservice-sessionid" in response.cookies
    again = raw.post(service, body, headers=headers)
    assert again.json() == []
    assert "kdservice-sessionid" not in again.cookies


def test_wrong_signature_headers_answer_as_a_lost_session(raw: Raw) -> None:
    service = FORMS + "ExecuteBillQuery"
    path, body = f"/k3cloud/{service}.common.kdsvc", {"data": {"FormId": "SAL_SaleOrder", "FieldKeys": "FID"}}
    good = header_set(raw, path)
    refused = [
        {**good, "X-Kd-Signature": good["X-Api-Signature"]},
        {**good, "X-Api-Signature": good["X-Kd-Signature"]},
        {**good, "X-Kd-Appdata": "!"},
        header_set(raw, "/k3cloud/other"),
        header_set(raw, path, user="nobody"),
        header_set(raw, path, ago=400),
    ]
    for headers in refused:
        assert lost(raw.post(service, body, headers=headers).json()[0][0])


# --- the wire


def test_paths_and_operations_in_any_case_and_404_for_the_rest(raw: Raw) -> None:
    raw.sign_in()
    body = {"data": {"FormId": "SAL_SaleOrder", "FieldKeys": "FID"}}
    url = f"{raw.server.url}/K3Cloud/{FORMS.upper()}executebillquery.common.kdsvc"
    assert raw.http.post(url, json=body, timeout=5).json() == []
    for answer in (
        raw.post(FORMS + "NoSuchThing"),
        raw.post("Some.Other.Service"),
        raw.http.get(url, timeout=5),
        raw.http.post(f"{raw.server.url}/elsewhere", timeout=5),
    ):
        assert (answer.status_code, "<html>" in answer.text) == (404, True)


def test_three_body_shapes_and_data_as_object_or_text(raw: Raw) -> None:
    raw.sign_in()
    number = raw.erp.sales_order(submit=True).number
    data = {"Numbers": [number]}
    bodies: list[Any] = [
        {"formid": "SAL_SaleOrder", "data": data},
        {"formId": "SAL_SaleOrder", "data": json.dumps(data)},
        {"parameters": ["SAL_SaleOrder", json.dumps(data)]},
        {"format": 1, "rid": "1", "parameters": json.dumps(["SAL_SaleOrder", data]), "v": "1.0"},
    ]
    for body in bodies:
        answer = raw.post(FORMS + "Audit", body).json()["Result"]["ResponseStatus"]
        assert answer["IsSuccess"] is True
        raw.erp.un_audit("SAL_SaleOrder", answer["SuccessEntitys"][0]["Id"], "danqiao")
        raw.erp.submit("SAL_SaleOrder", answer["SuccessEntitys"][0]["Id"], "wangmin")
    query = json.dumps({"FormId": "SAL_SaleOrder", "FieldKeys": "FBillNo"})
    for body in ({"data": query}, {"parameters": [query]}, {"parameters": json.dumps([query])}):
        assert raw.post(FORMS + "ExecuteBillQuery", body).json() == [[number]]


@pytest.mark.parametrize("body", ["[1, 2]", '{"data": ', "<xml/>"])
def test_a_body_that_is_no_object_is_http_500_with_text(raw: Raw, body: str) -> None:
    raw.sign_in()
    response = raw.post(FORMS + "ExecuteBillQuery", body)
    assert response.status_code == 500
    assert "JSON" in response.text or "parsing" in response.text


def test_the_date_header_tells_the_servers_clock(raw: Raw) -> None:
    raw.clock.ahead = timedelta(minutes=-7)
    at = parsedate_to_datetime(raw.post(CENTERS).headers["Date"])
    assert abs(at - datetime.now(UTC) + timedelta(minutes=7)) < timedelta(seconds=3)


def test_answers_encoded_twice(raw: Raw) -> None:
    raw.sign_in()
    raw.erp.settings.double_encoded = True
    once = raw.query("SAL_SaleOrder", "FID")
    assert once == "[]"


# --- faults


@pytest.mark.parametrize(
    ("look", "status", "begins"),
    [
        ("500", 500, "<!DOCTYPE"),
        ("503", 503, "<!DOCTYPE"),
        ("519", 519, "{"),
        ("response_error", 200, "response_error:"),
    ],
)
def test_a_server_error_in_its_looks(raw: Raw, look: str, status: int, begins: str) -> None:
    raw.sign_in()
    raw.erp.settings.server_error_as = look
    raw.faults.force(Fault.SERVER_ERROR, "executebillquery")
    body = {"data": {"FormId": "SAL_SaleOrder", "FieldKeys": "FID"}}
    response = raw.post(FORMS + "ExecuteBillQuery", body)
    assert response.status_code == status
    assert response.text.startswith(begins)
    assert raw.post(FORMS + "ExecuteBillQuery", body).json() == []


@pytest.mark.parametrize("fault", [Fault.SESSION_LOST, Fault.SERVER_ERROR, Fault.HTML_PAGE, Fault.THROTTLED])
def test_faults_that_do_nothing(raw: Raw, fault: Fault) -> None:
    raw.sign_in()
    bill = raw.erp.sales_order(submit=True)
    raw.faults.force(fault, "Audit")
    text = raw.post(FORMS + "Audit", {"formid": bill.form, "data": {"Ids": str(bill.id)}}).text
    assert "审核成功" not in text
    assert (bill.status, bill.times("Audit")) == ("B", 0)
    if fault is Fault.SESSION_LOST:
        assert lost(json.loads(text))
        raw.sign_in()
    if fault is Fault.THROTTLED:
        assert json.loads(text)["Result"]["ResponseStatus"]["MsgCode"] == 14
    assert raw.status("Audit", bill.form, {"Ids": str(bill.id)})["IsSuccess"] is True


@pytest.mark.parametrize(
    ("fault", "times"), [(Fault.RESET_BEFORE, 0), (Fault.RESET_AFTER, 1), (Fault.REPLY_LOST, 1)]
)
def test_faults_that_lose_the_answer(raw: Raw, fault: Fault, times: int) -> None:
    raw.sign_in()
    bill = raw.erp.sales_order(submit=True)
    raw.faults.force(fault, "Audit")
    with pytest.raises(requests.ConnectionError):
        raw.call("Audit", bill.form, {"Ids": str(bill.id)})
    assert bill.times("Audit") == times
    assert raw.query(bill.form, "FDocumentStatus", f"FID={bill.id}") == [["C" if times else "B"]]


def test_an_answer_cut_off_in_the_middle_and_one_that_is_late(raw: Raw) -> None:
    raw.sign_in()
    bill = raw.erp.sales_order(submit=True)
    raw.faults.force(Fault.TRUNCATED, "Audit")
    text = raw.post(FORMS + "Audit", {"formid": bill.form, "data": {"Ids": str(bill.id)}}).text
    with pytest.raises(ValueError, match=r"."):
        json.loads(text)
    assert bill.status == "C"
    raw.faults.slow_s = 0.5
    raw.faults.force(Fault.SLOW, "UnAudit")
    with pytest.raises(requests.Timeout):
        url = f"{raw.server.url}/k3cloud/{FORMS}UnAudit.common.kdsvc"
        raw.http.post(url, json={"formid": bill.form, "data": {"Ids": str(bill.id)}}, timeout=0.2)
    assert bill.times("UnAudit") == 1
