"""People, documents and single sign-on of the toy e-cology."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import md5
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from desktop.sandbox.server import Server
from tests.sandbox.test_ecology_signin import Clock, Raw, as_json, opened, pairs, serving

USERS = "/api/hrm/resful/getHrmUserInfoWithPage"


@pytest.fixture(scope="module")
def house() -> Iterator[Server]:
    yield from serving()


@pytest.fixture
def raw(house: Server) -> Iterator[Raw]:
    yield from opened(house, Clock())


def staff(raw: Raw, **params: Any) -> Any:
    return raw.ask("POST", USERS, "9", data={"params": as_json(params)}).json()


def test_the_staff_list_has_all_kinds_of_people(raw: Raw) -> None:
    answer = staff(raw, pagesize=100, curpage=1)
    assert answer["code"] == "1"
    rows = {row["id"]: row for row in answer["data"]["dataList"]}
    assert answer["data"]["totalSize"] == len(rows)
    assert {row["status"] for row in rows.values()} == set("01234567")
    assert (rows["57"]["workcode"], rows["57"]["lastname"], rows["57"]["accounttype"]) == (
        "A0057",
        "王敏",
        "0",
    )
    assert (rows["157"]["workcode"], rows["157"]["accounttype"]) == ("A0057", "1")
    assert rows["66"]["status"] == "5"
    assert any(not row["workcode"] for row in rows.values())
    assert "1" not in rows


def test_the_staff_list_is_paged_and_filtered(raw: Raw) -> None:
    first, second = staff(raw), staff(raw, curpage=2)
    assert len(first["data"]["dataList"]) == 20
    assert first["data"]["totalSize"] == 20 + len(second["data"]["dataList"])
    assert [row["id"] for row in staff(raw, workcode="A0057")["data"]["dataList"]] == ["57", "157"]
    assert [row["id"] for row in staff(raw, loginid="zhouqi")["data"]["dataList"]] == ["61"]
    body = {"params": {"id": "40"}}
    in_json = raw.ask("POST", USERS, "9", json=body, headers={"Content-Type": "application/json"}).json()
    assert [row["lastname"] for row in in_json["data"]["dataList"]] == ["陈杰"]
    raw.oa.settings.hrm_rows = True
    assert staff(raw, id="40")["data"]["total"] == 1


def test_departments_and_subcompanies(raw: Raw) -> None:
    departments = raw.ask("POST", "/api/hrm/resful/getHrmdepartmentWithPage", "9").json()["data"]["dataList"]
    assert {row["id"]: row["departmentcode"] for row in departments}["22"] == "BM000002"
    assert [row["departmentname"] for row in departments if row["canceled"] == "1"] == ["已撤销部门"]
    companies = raw.ask("POST", "/api/hrm/resful/getHrmsubcompanyWithPage", "9").json()["data"]["dataList"]
    assert [row["id"] for row in companies] == ["11", "12"]


def test_three_ways_into_the_staff_list(raw: Raw) -> None:
    url = raw.url + USERS
    refused = requests.post(url, data={"params": "{}"}, timeout=10).json()
    assert (refused["code"] != "1", refused["msg"]) == (True, "无权限调用此接口")
    raw.oa.settings.hrm_identifier = "danqiao"
    stamp = str(int(raw.clock().timestamp() * 1000))
    key = md5(f"danqiao{stamp}".encode(), usedforsecurity=False).hexdigest().upper()
    keyed = {"params": as_json({"id": "57"}), "key": key, "ts": stamp}
    assert requests.post(url, data=keyed, timeout=10).json()["code"] == "1"
    raw.clock.advance(301)
    assert requests.post(url, data=keyed, timeout=10).json()["code"] == "2"
    raw.oa.settings.hrm_ips = {"127.0.0.1"}
    assert requests.post(url, data={"params": "{}"}, timeout=10).json()["code"] == "1"


def test_a_token_user_learns_who_he_is(raw: Raw) -> None:
    answer = raw.ask("GET", "/api/hrm/login/getAccountList", "57").json()
    assert answer["status"] == "1"
    assert (answer["data"]["userid"], answer["data"]["username"]) == ("57", "王敏")


def test_a_document_is_uploaded_used_and_downloaded(raw: Raw) -> None:
    headers = {key: value for key, value in raw.headers("57").items() if key != "Content-Type"}
    url = raw.url + "/api/doc/upload/uploadFile2Doc"
    form, files = {"category": "12", "name": "报价单.pdf"}, {"file": ("x.pdf", b"%PDF")}
    answer = requests.post(url, headers=headers, data=form, files=files, timeout=10).json()
    number = answer["data"]["fileid"]
    made = raw.created(workflowId=786, mainData=pairs(amount="1", attachments=str(number)))
    (found,) = raw.get("getRequestResources", requestid=made)["data"]
    assert found["name"] == "报价单.pdf"
    assert raw.ask("GET", found["downloadUrl"], "57").content == b"%PDF"
    spoiled = re.sub("ddcode=.*", "ddcode=other", found["downloadUrl"])
    assert b"%PDF" not in raw.ask("GET", spoiled, "57").content
    unknown = raw.create(workflowId=786, mainData=pairs(amount="1", attachments="4711"))
    assert unknown["code"] == "PARAM_ERROR"


def sso(raw: Raw, **form: str) -> str:
    sent = {"appid": raw.oa.sign_in.sso_app_id, "loginid": "wangmin", **form}
    answer = requests.post(raw.url + "/ssologin/getToken", data=sent, timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain;charset=UTF-8")
    return answer.text


def test_the_sso_token_is_plain_text_and_for_one_use(raw: Raw) -> None:
    token = sso(raw)
    assert re.fullmatch("[0-9A-F]{64}", token)
    made = raw.created()
    check = raw.url + "/ssologin/checkToken"
    assert requests.post(check, data={"token": token}, timeout=10).text == "true"
    page = (
        raw.url + f"/spa/workflow/static4form/index.html?ssoToken={token}#/main/workflow/req?requestid={made}"
    )
    with requests.Session() as browser:
        entered = browser.get(page, timeout=10)
        assert "王敏" in entered.text
        assert browser.cookies["oa_web"]
    assert requests.post(check, data={"token": token}, timeout=10).text == "false"
    again = requests.get(page, timeout=10)
    assert "登录链接无效或已使用" in again.text


def test_the_sso_token_grows_old(raw: Raw) -> None:
    token = sso(raw)
    raw.clock.advance(61)
    again = requests.get(raw.url + f"/wui/index.html?ssoToken={token}#/main", timeout=10)
    assert "登录链接无效或已使用" in again.text


def test_why_there_is_no_sso_token_is_told_in_text(raw: Raw) -> None:
    assert sso(raw, appid="other") == "Token获取失败: 认证应用未注册"
    assert not re.match("^[0-9A-F]+$", sso(raw, loginid="nobody"))
    assert not re.match("^[0-9A-F]+$", sso(raw, loginid="qianbo"))
    raw.oa.settings.sso_secret = "s3"
    assert "secret" in sso(raw)
    assert len(sso(raw, secret="s3")) == 64
    raw.oa.settings.sso_login_is = "workcode"
    assert len(sso(raw, secret="s3", loginid="A0057")) == 64
    raw.oa.settings.sso_ips = {"10.0.0.1"}
    assert "IP: 127.0.0.1" in sso(raw)


def test_the_oa_signs_people_in_elsewhere_by_oauth2(raw: Raw) -> None:
    back = "http://127.0.0.1:1/back"
    ask = {"client_id": "danqiao-oauth", "response_type": "code", "redirect_uri": back, "state": "x1"}
    authorize = raw.url + "/sso/oauth2.0/authorize"
    with requests.Session() as browser:
        unknown = browser.get(authorize, params=ask, allow_redirects=False, timeout=10)
        assert unknown.headers["Location"].startswith("/sandbox/sign-in?next=")
        signed_in = browser.get(
            raw.url + unknown.headers["Location"] + "&person=61", allow_redirects=False, timeout=10
        )
        onward = browser.get(raw.url + signed_in.headers["Location"], allow_redirects=False, timeout=10)
    sent = parse_qs(urlsplit(onward.headers["Location"]).query)
    assert (onward.headers["Location"].startswith(back), sent["state"]) == (True, ["x1"])
    trade = {
        "client_id": "danqiao-oauth",
        "client_secret": raw.oa.sign_in.oauth_secret,
        "grant_type": "authorization_code",
        "code": sent["code"][0],
        "redirect_uri": back,
    }
    url = raw.url + "/sso/oauth2.0/accessToken"
    token = requests.post(url, data=trade, timeout=10).json()["access_token"]
    profile = requests.get(
        raw.url + "/sso/oauth2.0/profile", params={"access_token": token}, timeout=10
    ).json()
    assert (profile["id"], profile["attributes"]["workcode"]) == ("zhouqi", "A0061")
    assert requests.post(url, data=trade, timeout=10).json() == {"error": "invalid_grant"}
    wrong = requests.get(authorize, params={**ask, "client_id": "other"}, allow_redirects=False, timeout=10)
    assert wrong.status_code == 400


def test_signing_in_leads_nowhere_but_here(raw: Raw) -> None:
    url = raw.url + "/sandbox/sign-in?person=57&next="
    for elsewhere in ("//evil.example/", "http://evil.example/", "/\\evil.example"):
        answer = requests.get(url + elsewhere, allow_redirects=False, timeout=10)
        assert answer.headers["Location"] == "/sandbox/"
