"""DingTalk's sign-on and an instance's page on the samples of its sheet (4, 9), over real HTTP."""

from __future__ import annotations

import contextvars
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from desktop.connectors.base import Exchange, exchanges
from desktop.domain.errors import ErrorCode
from desktop.domain.record import Ref, RequestDraft
from tests.connectors.dingtalk.test_wire import (
    REF,
    SCHEMA,
    SECRET,
    SIDE,
    connect,
    control,
    error_of,
    instance,
    someone,
)
from tests.connectors.parrot import Parrot, parrot

BACK, STATE, CODE = "https://danqiao.example:8790/back", "st-" + "x" * 30, "abcdef0123456789code"
MINE = {
    "nick": "王敏",
    "unionId": "union-57",
    "openId": "open-57",
    "mobile": "13800000057",
    "stateCode": "86",
}
TOKEN = {
    "accessToken": "the-persons-own-token",
    "refreshToken": "refresh-1",
    "expireIn": 7200,
    "corpId": "ding1",
}


@pytest.fixture
def bird() -> Iterator[Parrot]:
    with parrot() as made:
        made.told("POST v1.0/oauth2/accessToken", {"accessToken": "app-token", "expireIn": 7200})
        made.told("POST v1.0/oauth2/userAccessToken", TOKEN)
        made.told("GET v1.0/contact/users/me", MINE)
        made.told(
            "POST topapi/user/getbyunionid",
            {"errcode": 0, "errmsg": "ok", "result": {"contact_type": 0, "userid": "57"}},
        )
        made.told("GET processInstances", instance())
        made.told("GET forms/schemas/processCodes", SCHEMA)
        made.told("POST topapi/v2/user/get", someone)
        made.told("POST processInstances", {"instanceId": "new-1"})
        yield made


def test_the_browser_goes_to_the_sign_in_page_with_our_id_and_state_and_nothing_secret(bird):
    at = urlsplit(connect(bird).sign_on_address(BACK, STATE))
    assert (at.scheme, at.netloc, at.path) == ("https", "login.dingtalk.com", "/oauth2/auth")
    asked = {name: values[0] for name, values in parse_qs(at.query).items()}
    assert asked == {
        "redirect_uri": BACK, "response_type": "code", "client_id": "key1", "scope": "openid", "prompt": "consent",
        "state": STATE,
    }  # fmt: skip
    assert (
        connect(bird, login_url="https://login.example/")
        .sign_on_address(BACK, STATE)
        .startswith("https://login.example/oauth2/auth?")
    )
    assert not bird.heard


def test_a_code_becomes_a_token_a_profile_and_a_person_of_this_company_and_nothing_is_kept(bird):
    kept: list[Exchange] = []
    oa = connect(bird)

    def errand() -> None:
        exchanges.set(kept)
        assert oa.signed_on(CODE, BACK, STATE) == "57"

    contextvars.Context().run(errand)
    [exchanged], [profile], [member] = (
        bird.calls(end) for end in ("oauth2/userAccessToken", "users/me", "getbyunionid")
    )
    assert exchanged.body == {
        "clientId": "key1", "clientSecret": SECRET, "code": CODE, "grantType": "authorization_code"
    }  # fmt: skip
    assert "x-acs-dingtalk-access-token" not in exchanged.headers
    assert profile.headers["x-acs-dingtalk-access-token"] == TOKEN["accessToken"]
    assert (member.body, member.query) == ({"unionid": "union-57"}, {"access_token": "app-token"})
    told = repr(kept)
    assert [each for each in (CODE, SECRET, TOKEN["accessToken"], MINE["mobile"]) if each in told] == []


INVALID = (
    400,
    {"code": "invalidParameter.authCode.notFound", "message": "不存在的authCode", "requestid": "1"},
)


@pytest.mark.parametrize(
    ("path", "answer", "said"),
    [
        ("POST v1.0/oauth2/userAccessToken", INVALID, "不存在的authCode"),
        ("POST v1.0/oauth2/userAccessToken", {"expireIn": 7200}, "accessToken"),
        ("GET v1.0/contact/users/me", (400, {"code": "InvalidAuthentication", "message": "不合法的access_token"}), ""),
        ("GET v1.0/contact/users/me", (403, {"code": "Forbidden.AccessDenied.AccessTokenPermissionDenied", "message": "没有权限"}), "没有权限"),
        ("GET v1.0/contact/users/me", {"nick": "王敏", "openId": "open-57"}, "userid"),
        ("POST topapi/user/getbyunionid", {"errcode": 60121, "errmsg": "找不到该用户"}, "60121"),
        ("POST topapi/user/getbyunionid", {"errcode": 0, "result": {}}, "userid"),
        ("POST topapi/user/getbyunionid", {"errcode": 0, "result": {"contact_type": 1, "userid": "x1"}}, "userid"),
        ("POST topapi/user/getbyunionid", {"errcode": 0, "result": ["57"]}, "userid"),
    ],
)  # fmt: skip
def test_whom_dingtalk_does_not_vouch_for_is_nobody(bird, path: str, answer: Any, said: str) -> None:
    bird.told(path, answer)
    error = error_of(connect(bird).signed_on, CODE, BACK, STATE)
    assert (error.code, error.certain) == (ErrorCode.NOT_PERMITTED, True)
    assert said in str(error.facts["said"])
    assert CODE not in str(error.facts)


@pytest.mark.parametrize(
    ("path", "answer", "code"),
    [
        ("POST v1.0/oauth2/userAccessToken", (500, {"code": "systemError", "message": "忙"}), ErrorCode.SERVER_ERROR),
        ("POST v1.0/oauth2/userAccessToken", (400, {"code": "sysErrror", "message": "忙"}), ErrorCode.SERVER_ERROR),
        ("GET v1.0/contact/users/me", (403, {"code": "Forbidden.AccessDenied.QpsLimitForApi", "message": ""}), ErrorCode.THROTTLED),
        ("POST topapi/user/getbyunionid", {"errcode": 90020, "errmsg": "额度"}, ErrorCode.LICENCE),
        ("POST topapi/user/getbyunionid", {"errcode": -1, "errmsg": "忙"}, ErrorCode.SERVER_ERROR),
    ],
)  # fmt: skip
def test_a_server_in_trouble_is_not_the_persons_doing(bird, path: str, answer: Any, code: ErrorCode) -> None:
    bird.told(path, answer)
    assert error_of(connect(bird).signed_on, CODE, BACK, STATE).code is code


def test_who_takes_part_in_an_instance_may_see_it_and_nobody_else(bird):
    bird.told(
        "GET processInstances",
        instance(
            originatorUserId="57", ccUserIds=["61"], approverUserIds=["40", "30"],
            tasks=[{"taskId": 1, "userId": "30", "status": "RUNNING"}, {"taskId": 2, "userId": "33", "status": "CANCELED"}],
            operationRecords=[{"userId": "44", "type": "ADD_REMARK"}, {"type": "PROCESS_CC", "ccUserIds": ["62", None]}],
        ),
    )  # fmt: skip
    oa = connect(bird)
    assert [who for who in ("57", "61", "40", "30", "33", "44", "62") if not oa.may_see(REF, who)] == []
    assert [who for who in ("58", "5", "", "None", "王敏") if oa.may_see(REF, who)] == []
    bird.told("GET processInstances", (400, {"code": "aflowProcessInstNotExist", "message": "…"}))
    assert not oa.may_see(REF, "57")
    bird.told("GET processInstances", (403, {"code": "Forbidden.AccessDenied.AccessTokenPermissionDenied"}))
    assert error_of(oa.may_see, REF, "57").code is ErrorCode.NOT_PERMITTED, "ours, not his"


def test_an_instances_page_is_the_sites_own_pattern_or_what_dingtalk_tells_with_a_task(bird):
    pattern = "https://aflow.dingtalk.com/dingtalk/mobile/homepage.htm?corpid={corp}&procInstId={id}"
    oa, odd = connect(bird, instance_url=pattern), Ref("oa", "sales_order", "a/b&c=1")
    assert oa.open_link(odd, "") == pattern.replace("{corp}", "ding1").replace("{id}", "a%2Fb%26c%3D1")
    assert not bird.calls("processInstances"), "calls are metered"
    page = "aflow.dingtalk.com?procInsId=91ef1076&taskId={}&businessId=2026"
    tasks = [
        {"taskId": 1, "userId": "40", "status": "COMPLETED", "pcUrl": page.format(1)},
        {"taskId": 2, "userId": "30", "status": "RUNNING", "mobileUrl": "https://" + page.format(2)},
        {"taskId": 3, "userId": "33", "status": "NEW"},
    ]
    bird.told("GET processInstances", instance(tasks=tasks))
    oa = connect(bird)
    assert oa.open_link(REF, "40") == "https://" + page.format(1), "his own task"
    assert oa.open_link(REF, "57") == "https://" + page.format(2)
    asked = len(bird.calls("processInstances"))
    assert error_of(oa.open_link, REF, "").code is ErrorCode.CANNOT
    assert len(bird.calls("processInstances")) == asked, "for nobody it is not asked"


@pytest.mark.parametrize(
    "told", [None, "", "javascript:alert(1)", "file:///etc/passwd", "https://", "dingtalk://x/y", "https://a b/", "https://a/\r\nX: y"]
)  # fmt: skip
def test_what_no_browser_should_be_sent_to_is_no_page(bird, told: str | None) -> None:
    bird.told("GET processInstances", instance(tasks=[{"taskId": 1, "userId": "57", "pcUrl": told}]))
    error = error_of(connect(bird).open_link, REF, "57")
    assert (error.code, error.facts["what"]) == (ErrorCode.CANNOT, "open_link")


def test_the_way_to_the_bill_goes_into_a_form_that_has_a_place_for_it(bird):
    link = "https://danqiao.example:8790/erp/K-R1"
    draft = RequestDraft("K-R1", "x", "57", {"amount": "1.00"}, link=link)
    connect(bird).open_request(SIDE, draft)
    with_place = {**SCHEMA, "result": {**SCHEMA["result"]}}
    items = [*SCHEMA["result"]["schemaContent"]["items"], control("TextField", "ERP单据链接", "erp_link")]
    with_place["result"]["schemaContent"] = {"items": items}
    bird.told("GET forms/schemas/processCodes", with_place)
    for options in ({}, {"link_field": "ERP单据链接"}, {"link_field": ""}):
        connect(bird, **options).open_request(SIDE, draft)
    connect(bird).open_request(SIDE, RequestDraft("K-R1", "x", "57", {"amount": "1.00"}))
    sent = [
        {each["name"]: each["value"] for each in call.body["formComponentValues"]}
        for call in bird.heard
        if call.method == "POST" and call.path.endswith("processInstances")
    ]
    assert [each.get("ERP单据链接") for each in sent] == [None, link, link, None, None]
