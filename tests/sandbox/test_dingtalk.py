"""The toy DingTalk as its sheet tells it: both generations on one port, instances, lists, limits, people, pushes."""

from __future__ import annotations

import base64
import json
import os
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
import requests
from flask import Flask, Response, request

from desktop.sandbox.dingtalk import dingtalk_app
from desktop.sandbox.dingtalk_forms import process_code
from desktop.sandbox.dingtalk_gate import HEADER
from desktop.sandbox.dingtalk_people import union_id
from desktop.sandbox.dingtalk_push import CallBack, Seal
from desktop.sandbox.dingtalk_settings import READ, DingSettings
from desktop.sandbox.dingtalk_world import DingOa
from desktop.sandbox.faults import Fault, Faults
from desktop.sandbox.server import Server

CODE = process_code(781)
INSTANCES = "/v1.0/workflow/processInstances"
IDS = "/v1.0/workflow/processes/instanceIds/query"


class Site:
    """A fresh company behind the server, and a client that knows nothing but the sheet."""

    def __init__(self, server: Server) -> None:
        self.now = datetime(2026, 11, 22, 7, 34, 37, tzinfo=UTC)
        self.oa = DingOa(clock=lambda: self.now)
        self.settings, self.faults = DingSettings(qps=0), Faults()
        app = dingtalk_app(self.oa, self.faults, self.settings)
        self.gate, self.stream = app.extensions["dingtalk"], app.extensions["dingtalk_stream"]
        server.app, self.url = app, server.url
        self.token = self.gate.new_token()

    def new(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, dict[str, Any]]:
        answer = requests.request(
            method, self.url + path, params=query, json=body, headers={HEADER: self.token}, timeout=5
        )
        return answer.status_code, answer.json()

    def old(self, path: str, body: Any) -> dict[str, Any]:
        answer = requests.post(
            f"{self.url}/topapi/{path}", params={"access_token": self.token}, json=body, timeout=5
        )
        assert answer.status_code == 200
        return answer.json()

    def create(self, **more: Any) -> str:
        status, told = self.new("POST", INSTANCES, draft(**more))
        assert (status, list(told)) == (200, ["instanceId"]), told
        return told["instanceId"]

    def read(self, instance: str) -> dict[str, Any]:
        status, told = self.new("GET", INSTANCES, processInstanceId=instance)
        assert status == 200
        assert told["success"] in (True, "true")
        return told["result"]

    def refused(self, path: str, body: Any) -> str:
        status, told = self.new("POST", path, body)
        assert status == 400
        assert told["message"]
        return told["code"]

    def number(self, instance: str) -> int:
        found = self.oa.request_id(instance)
        assert found is not None
        return found


def draft(amount: str = "12.50", lines: Any = None, values: Any = (), **more: Any) -> dict[str, Any]:
    rows = [[{"name": "物料编码", "value": "A"}, {"name": "数量", "value": "2"}]] if lines is None else lines
    sent = [
        {"name": "公司", "value": "100", "details": []},
        {"name": "价税合计", "value": amount, "details": []},
        {"name": "ERP集成键", "value": "K-R1"},
        {"name": "明细", "value": json.dumps(rows)},
        *values,
    ]
    return {
        "originatorUserId": "57", "processCode": CODE, "deptId": 1, "formComponentValues": sent, "RequestId": "x", **more,
    }  # fmt: skip


def value_of(result: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in result["formComponentValues"] if each["name"] == name)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server(lambda environ, start: []).start()
    yield made
    made.stop()


@pytest.fixture
def site(server: Server) -> Site:
    return Site(server)


# --- tokens of two generations


def test_each_generation_takes_its_own_token_in_its_own_place(site):
    own = {"appKey": site.settings.client_id, "appSecret": site.settings.client_secret}
    status, told = site.new("POST", "/v1.0/oauth2/accessToken", own)
    assert (status, set(told), told["expireIn"]) == (200, {"accessToken", "expireIn"}, 7200)
    status, told = site.new("POST", "/v1.0/oauth2/accessToken", {**own, "appSecret": "x"})
    assert (status, told["code"]) == (400, "invalidClientIdOrSecret")
    form = requests.post(f"{site.url}/v1.0/oauth2/accessToken", data=own, timeout=5)
    assert form.status_code == 400
    query = {"appkey": own["appKey"], "appsecret": own["appSecret"]}
    good = requests.get(f"{site.url}/gettoken", query, timeout=5).json()
    assert (good["errcode"], good["expires_in"]) == (0, 7200)
    assert (
        requests.get(f"{site.url}/gettoken", {**query, "appsecret": "x"}, timeout=5).json()["errcode"]
        == 40096
    )
    assert requests.get(f"{site.url}/gettoken", timeout=5).json()["errcode"] == 40035
    corp = {"client_id": own["appKey"], "client_secret": own["appSecret"], "grant_type": "client_credentials"}
    status, told = site.new("POST", f"/v1.0/oauth2/{site.settings.corp_id}/token", corp)
    assert (status, set(told)) == (200, {"access_token", "expires_in"})

    for place in (
        {"params": {"access_token": site.token}},
        {"headers": {"Authorization": f"Bearer {site.token}"}},
    ):
        answer = requests.get(site.url + INSTANCES, timeout=5, **place)
        assert (answer.status_code, answer.json()["code"]) == (400, "AuthenticationFailed.MissingParameter")
    old = requests.post(f"{site.url}/topapi/v2/user/get", headers={HEADER: site.token}, json={}, timeout=5)
    assert (old.status_code, old.json()["errcode"], old.json()["sub_code"]) == (200, 88, "40000")


def test_an_expired_token_and_a_missing_right_are_told_apart(site):
    site.settings.permissions.remove(READ)
    status, told = site.new("GET", INSTANCES, processInstanceId="x")
    assert (status, told["code"]) == (403, "Forbidden.AccessDenied.AccessTokenPermissionDenied")
    site.now += timedelta(seconds=7201)
    status, told = site.new("GET", INSTANCES, processInstanceId="x")
    assert (status, told["code"]) == (400, "InvalidAuthentication")
    old = site.old("v2/user/get", {"userid": "57"})
    assert (old["errcode"], old["sub_code"]) == (88, "40014")


def test_an_unknown_path_says_so_in_the_manner_of_its_host(site):
    assert site.new("POST", "/v1.0/nothing", {})[0] == 404
    assert site.old("v2/nothing", {})["errcode"] == 22


# --- instances


def test_what_is_created_comes_back_in_another_shape(site):
    instance = site.create()
    result = site.read(instance)
    assert (result["status"], result["result"], result["originatorUserId"]) == ("RUNNING", "", "57")
    assert result["title"] == "王敏提交的销售订单审批"
    assert result["createTime"] == "2026-11-22T15:34Z", "local minutes with a Z that is not true"
    assert (len(result["businessId"]), result["businessId"][:12]) == (21, "202611221534")
    assert result["approverUserIds"] == ["40"]
    assert value_of(result, "ERP集成键")["value"] == "K-R1"
    assert value_of(result, "ERP集成键")["bizAlias"] == "erp_key"
    table = value_of(result, "明细")
    [row] = json.loads(table["value"])
    assert row["rowNumber"].startswith("TableField_")
    assert row["rowNumber"].endswith("_ROW1")
    assert {cell["label"]: cell["value"] for cell in row["rowValue"]} == {"物料编码": "A", "数量": "2"}
    assert all(cell["key"].split("_")[0] in ("TextField", "NumberField") for cell in row["rowValue"])
    [task] = result["tasks"]
    assert (task["userId"], task["status"], task["taskGroupName"]) == ("40", "RUNNING", "部门负责人审批")
    assert task["pcUrl"].startswith("aflow.dingtalk.com?procInsId=")
    assert [each["type"] for each in result["operationRecords"]] == ["START_PROCESS_INSTANCE"]
    site.settings.offset_h, site.settings.success_as_text = 0, True
    assert site.read(instance)["createTime"] == "2026-11-22T07:34Z"
    assert site.create() != instance, "there is no idempotency key"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"processCode": "PROC-none"}, "processCodeError"),
        ({"originatorUserId": "66"}, "processInstanceInvalidParameter"),
        ({"deptId": None}, "processInstanceInvalidParameter"),
        ({"deptId": 999}, "processInstanceInvalidParameter"),
        ({"values": [{"name": "没有的控件", "value": "1"}]}, "formConverterError"),
        ({"values": [{"name": "单据日期", "value": "2026/11/22"}]}, "formConverterError"),
        ({"values": [{"name": "备注", "value": "x" * 65536}]}, "formConverterError"),
        ({"lines": {"rows": []}}, "formConverterError"),
        ({"lines": [[{"name": "数量", "value": "2"}]]}, "formConverterError"),
        ({"lines": [[{"name": "物料编码", "value": "A"}, {"name": "数量", "value": 2}]]}, "formConverterError"),
        ({"amount": "1,200.00"}, "formConverterError"),
        ({"amount": ""}, "formConverterError"),
        ({"bizDetailPageUrl": "https://x"}, "benefitStatusInvalid"),
        ({"microappAgentId": 5}, "invalidAgentId"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_a_wrong_draft_is_refused_by_name_and_leaves_nothing(site, change, code):
    assert site.refused(INSTANCES, draft(**change)) == code
    assert site.oa.requests() == []


def test_switched_off_and_suite_templates_and_persons_without_a_boss_start_nothing(site):
    site.settings.disabled.add(781)
    assert site.refused(INSTANCES, draft()) == "processGetFailed"
    site.settings.disabled.clear()
    site.settings.suites.add(781)
    assert site.refused(INSTANCES, draft()) == "illegalComponent"
    site.settings.suites.clear()
    assert site.refused(INSTANCES, draft(originatorUserId="30")) == "processInstanceStartFailed"


def test_selects_people_and_departments_come_back_in_their_own_ways(site):
    sent = [
        {"name": "公司", "value": "100"},
        {"name": "索赔金额(含税)", "value": "1130.00"},
        {"name": "结算方式", "value": "发票折让"},
        {"name": "申请人", "value": '["61"]'},
        {"name": "申请部门", "value": "22"},
        {"name": "索赔原因", "value": "一\r\n二"},
    ]
    body = {
        "originatorUserId": "61",
        "processCode": process_code(787),
        "deptId": 22,
        "formComponentValues": sent,
    }
    status, told = site.new("POST", INSTANCES, body)
    assert status == 200, told
    result = site.read(told["instanceId"])
    mode, person = value_of(result, "结算方式"), value_of(result, "申请人")
    assert (mode["value"], json.loads(mode["extValue"])) == (
        "发票折让",
        {"label": "发票折让", "key": "option_0"},
    )
    assert (person["value"], json.loads(person["extValue"])[0]["emplId"]) == ("周琪", "61")
    assert value_of(result, "申请部门")["value"] == "22"
    empty = [
        each.get("value", "-")
        for each in result["formComponentValues"]
        if each["name"] in ("备注", "ERP链接", "单据日期")
    ]
    assert set(empty) <= {"-", "", "null"}
    wrong = [*sent[:2], {"name": "结算方式", "value": "1"}]
    assert site.refused(INSTANCES, {**body, "formComponentValues": wrong}) == "formConverterError"


def test_agreed_refused_and_withdrawn_each_end_in_their_own_words(site):
    agreed, refused, withdrawn = site.create(), site.create(amount="200000"), site.create()
    site.oa.approve(site.number(agreed), "40", "同意 <发货>")
    site.oa.approve(site.number(refused), "40", "一级同意")
    site.oa.reject(site.number(refused), "30", "太贵")
    site.oa.withdraw(site.number(withdrawn), "57")
    told = [site.read(each) for each in (agreed, refused, withdrawn)]
    assert [(each["status"], each["result"]) for each in told] == [
        ("COMPLETED", "agree"),
        ("COMPLETED", "refuse"),
        ("TERMINATED", ""),
    ]
    records = [[(one["type"], one["result"]) for one in each["operationRecords"]] for each in told]
    start, finish = ("START_PROCESS_INSTANCE", "NONE"), "FINISH_PROCESS_INSTANCE"
    assert records[0] == [start, ("EXECUTE_TASK_NORMAL", "AGREE"), (finish, "AGREE")]
    assert records[1][-2:] == [("EXECUTE_TASK_NORMAL", "REFUSE"), (finish, "REFUSE")]
    assert records[2] == [start, ("TERMINATE_PROCESS_INSTANCE", "NONE")]
    assert told[0]["operationRecords"][1]["remark"] == "同意 <发货>"
    assert [(task["status"], task["result"]) for task in told[1]["tasks"]] == [
        ("COMPLETED", "AGREE"),
        ("COMPLETED", "REFUSE"),
    ]
    assert told[2]["tasks"][0]["status"] == "TERMINATED"
    assert told[0]["finishTime"] == "2026-11-22T15:34Z"
    assert site.new("GET", INSTANCES, processInstanceId="none")[1]["code"] == "aflowProcessInstNotExist"


def test_nobody_withdraws_in_the_first_fifteen_seconds_or_after_the_end(site):
    instance = site.create()
    asked = {"processInstanceId": instance, "isSystem": True, "operatingUserId": "57", "remark": "单据已收回"}
    assert site.refused(f"{INSTANCES}/terminate", asked) == "aflowProcessInstStatusException"
    site.now += timedelta(seconds=16)
    assert (
        site.refused(f"{INSTANCES}/terminate", {**asked, "isSystem": None})
        == "invalidInstanceTerminateIsSystem"
    )
    other = {**asked, "isSystem": False, "operatingUserId": "58"}
    assert site.refused(f"{INSTANCES}/terminate", other) == "invalidInstanceTerminateOperatingUserId"
    site.settings.no_withdrawal.add(781)
    assert site.refused(f"{INSTANCES}/terminate", asked) == "internalError"
    site.settings.no_withdrawal.clear()
    assert site.new("POST", f"{INSTANCES}/terminate", asked) == (200, {"result": True, "success": True})
    assert site.read(instance)["status"] == "TERMINATED"
    assert site.read(instance)["operationRecords"][-1]["remark"] == "单据已收回"
    assert site.refused(f"{INSTANCES}/terminate", asked) == "aflowProcessInstStatusException"
    assert site.refused(f"{INSTANCES}/terminate", {**asked, "processInstanceId": ""}) == "invalidInstanceId"


def test_a_task_is_executed_by_its_own_person_and_comments_may_follow(site):
    instance = site.create()
    task = site.read(instance)["tasks"][0]["taskId"]
    asked = {
        "processInstanceId": instance,
        "taskId": task,
        "actionerUserId": "40",
        "result": "agree",
        "remark": "好",
    }
    assert site.refused(f"{INSTANCES}/execute", {**asked, "actionerUserId": "41"}) == "invalidParameter"
    assert site.new("POST", f"{INSTANCES}/execute", asked)[1] == {"result": True, "success": True}
    assert site.refused(f"{INSTANCES}/execute", asked) == "aflowProcessInstStatusException"
    comment = {"processInstanceId": instance, "commentUserId": "9", "text": "已生成 CGDD000001"}
    assert site.new("POST", f"{INSTANCES}/comments", comment)[0] == 200
    assert site.read(instance)["operationRecords"][2]["type"] == "ADD_REMARK"
    assert site.read(instance)["status"] == "COMPLETED"


def test_a_person_starts_one_and_it_is_refused_and_started_again(site):
    made = site.oa.start(787, "61", {"company": "100", "amount": "10"})
    result = site.read(site.oa.shown_id(made))
    assert "approverUserIds" not in result
    [last] = result["tasks"]
    asked = {"processInstanceId": site.oa.shown_id(made), "taskId": last["taskId"], "actionerUserId": "41"}
    assert site.new("POST", f"{INSTANCES}/execute", {**asked, "result": "refuse", "remark": "无"})[0] == 200
    assert site.read(site.oa.shown_id(made))["result"] == "refuse"
    again = site.oa.start_again(made, {"amount": "11"})
    assert site.read(site.oa.shown_id(again))["status"] == "RUNNING"


# --- lists


def test_ids_are_listed_by_creation_time_page_by_page(site):
    made = []
    for _ in range(23):
        made.append(site.create())
        site.now += timedelta(minutes=1)
    site.oa.approve_fully(site.number(made[0]))
    begin = int((site.now - timedelta(hours=1)).timestamp() * 1000)
    asked: dict[str, Any] = {"processCode": CODE, "startTime": begin, "nextToken": 0, "maxResults": 20}
    first = site.new("POST", IDS, asked)[1]["result"]
    assert (first["list"], first["nextToken"]) == (made[:20], "20")
    second = site.new("POST", IDS, {**asked, "nextToken": 20})[1]
    assert (second["result"]["list"], second["success"]) == (made[20:], True)
    assert not second["result"].get("nextToken")
    done = {**asked, "statuses": ["COMPLETED"]}
    assert site.new("POST", IDS, done)[1]["result"]["list"] == [made[0]], "by creation, not by end"
    assert site.new("POST", IDS, {**asked, "userIds": ["58"]})[1]["result"]["list"] == []
    day = 86_400_000
    for change, code in (
        ({"processCode": "none"}, "invalidProcessCode"),
        ({"maxResults": 21}, "invalidMaxResults"),
        ({"nextToken": "20"}, "invalidNextToken"),
        ({"startTime": begin - 366 * day}, "invalidInstanceListIdsStartTime"),
        ({"startTime": begin - 121 * day}, "invalidEndTime"),
        ({"endTime": begin - 1}, "invalidEndTime"),
        ({"userIds": [str(n) for n in range(11)]}, "invalidUserIds"),
    ):
        assert site.refused(IDS, {**asked, **change}) == code


def test_a_schema_tells_every_control(site):
    status, told = site.new("GET", "/v1.0/workflow/forms/schemas/processCodes", processCode=process_code(787))
    assert status == 200
    items = {each["props"]["label"]: each for each in told["result"]["schemaContent"]["items"]}
    assert items["公司"]["props"]["required"] is True
    mode = items["结算方式"]["props"]["options"]
    assert json.loads(mode[0]) == {"value": "发票折让", "key": "option_0"}
    assert items["明细"]["componentName"] == "TableField"
    assert {"物料编码", "数量"} <= {each["props"]["label"] for each in items["明细"]["children"]}
    path = "/v1.0/workflow/processCentres/schemaNames/processCodes"
    assert site.new("GET", path, name="索赔折让审批")[1]["result"]["processCode"] == process_code(787)


# --- limits and trouble


def test_too_many_calls_a_second_and_a_month(site):
    site.settings.qps = 3
    codes = [site.new("GET", INSTANCES, processInstanceId="x")[1]["code"] for _ in range(4)]
    assert codes[:3] == ["aflowProcessInstNotExist"] * 3
    assert codes[3] == "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"
    site.settings.qps, site.settings.quota = 0, site.gate.used[site.gate.month()] + 1
    site.create()
    status, told = site.new("POST", INSTANCES, draft())
    assert (status, told["code"]) == (403, "Forbidden.AccessDenied.ApiCountLimitForOrg")
    assert site.old("v2/user/get", {"userid": "57"})["errcode"] == 90020
    site.now += timedelta(days=10)
    site.token = site.gate.new_token()
    assert site.create(), "a new month"
    site.settings.allowed_ips = set()
    assert site.new("POST", INSTANCES, draft())[1]["code"].endswith("IpNotInWhiteList")
    site.settings.ip_banned = True
    assert "punish" in requests.get(site.url + INSTANCES, timeout=5).text


def test_what_goes_wrong_on_the_wire_and_whether_the_work_was_done(site):
    for fault, stands in ((Fault.REPLY_LOST, 1), (Fault.RESET_BEFORE, 1), (Fault.RESET_AFTER, 2)):
        site.faults.force(fault, "create")
        with pytest.raises(requests.ConnectionError):
            site.create()
        assert len(site.oa.ever_created("K-R1")) == stands
    site.faults.force(Fault.SERVER_ERROR, "create")
    assert site.new("POST", INSTANCES, draft())[1]["code"] == "systemError"
    site.faults.force(Fault.THROTTLED, "create")
    assert "QpsLimit" in site.new("POST", INSTANCES, draft())[1]["code"]
    site.faults.force(Fault.SESSION_LOST, "create")
    assert site.new("POST", INSTANCES, draft())[1]["code"] == "InvalidAuthentication"
    assert len(site.oa.ever_created("K-R1")) == 2


# --- people, files, sign-on


def test_people_and_departments_of_the_old_generation(site):
    assert site.old("v2/user/getbymobile", {"mobile": "13800000057"})["result"]["userid"] == "57"
    assert site.old("v2/user/getbymobile", {"mobile": "13800000066"})["errcode"] == 60121
    person = site.old("v2/user/get", {"userid": "61"})["result"]
    assert (person["name"], person["job_number"], person["dept_id_list"]) == ("周琪", "A0061", [22])
    assert site.old("user/getbyunionid", {"unionid": person["unionid"]})["result"]["userid"] == "61"
    assert site.old("user/getbyunionid", {"unionid": "x"})["errcode"] == 60121
    found, waiting = set(), [1]
    while waiting:
        department = waiting.pop()
        below = site.old("v2/department/listsub", {"dept_id": department})["result"]
        waiting += [each["dept_id"] for each in below]
        cursor: int | None = 0
        while cursor is not None:
            page = site.old("v2/user/list", {"dept_id": department, "cursor": cursor, "size": 3})["result"]
            found |= {each["userid"] for each in page["list"]}
            cursor = page.get("next_cursor") if page["has_more"] else None
    assert {"57", "61", "72", "9", "66"} <= found


def test_a_file_goes_up_hangs_on_an_instance_and_comes_down(site):
    space = site.new("POST", f"{INSTANCES}/spaces/infos/query", {"userId": "61", "agentId": 1})[1]["result"][
        "spaceId"
    ]
    path, union = f"/v1.0/storage/spaces/{space}/files", f"unionId={union_id('61')}"
    begin = {"protocol": "HEADER_SIGNATURE", "multipart": False}
    assert site.new("POST", f"{path}/uploadInfos/query?unionId=nobody", begin)[0] == 400
    assert site.new("POST", f"/v2.0{path[5:]}/uploadInfos/query?{union}", begin)[0] == 404
    begun = site.new("POST", f"{path}/uploadInfos/query?{union}", begin)[1]
    signed = begun["headerSignatureInfo"]
    assert requests.put(signed["resourceUrls"][0], b"%PDF", timeout=5).status_code == 403
    assert (
        requests.put(signed["resourceUrls"][0], b"%PDF", headers=signed["headers"], timeout=5).status_code
        == 200
    )
    commit = {"uploadKey": begun["uploadKey"], "name": "a.pdf"}
    file_id = site.new("POST", f"{path}/commit?{union}", commit)[1]["dentry"]["id"]
    sent = {"spaceId": str(space), "fileName": "a.pdf", "fileSize": "4", "fileType": "pdf", "fileId": file_id}
    for wrong in (
        "x",
        sent,
        [{**sent, "fileSize": 4}],
        [{**sent, "spaceId": "7"}],
        [{**sent, "fileId": "1"}],
    ):
        told = site.new("POST", INSTANCES, draft(values=[{"name": "附件", "value": json.dumps(wrong)}]))
        assert (told[0], told[1]["code"]) == (400, "formConverterError")
    instance = site.create(values=[{"name": "附件", "value": json.dumps([sent])}])
    [held] = json.loads(value_of(site.read(instance), "附件")["value"])
    assert set(held) == {"spaceId", "fileName", "fileSize", "fileType", "fileId"}
    asked = {"processInstanceId": instance, "fileId": held["fileId"], "withCommentAttatchment": False}
    granted = site.new("POST", f"{INSTANCES}/spaces/files/urls/download", asked)[1]["result"]
    assert requests.get(granted["downloadUri"], timeout=5).content == b"%PDF"


def test_a_browser_proves_who_sits_before_it(site):
    asked = {
        "client_id": site.settings.client_id,
        "redirect_uri": "http://127.0.0.1:9/back",
        "state": "s1",
        "response_type": "code",
    }
    page = f"{site.url}/oauth2/auth"
    assert "王敏" in requests.get(page, asked, timeout=5).text
    sent = requests.post(page, params=asked, data={"person": "57"}, allow_redirects=False, timeout=5)
    back = parse_qs(urlparse(sent.headers["Location"]).query)
    assert (back["state"], back["authCode"]) == (["s1"], back["code"])
    own = {"clientId": site.settings.client_id, "clientSecret": site.settings.client_secret}
    body = {**own, "code": back["authCode"][0], "grantType": "authorization_code"}
    token = site.new("POST", "/v1.0/oauth2/userAccessToken", body)[1]
    me = requests.get(
        f"{site.url}/v1.0/contact/users/me", headers={HEADER: token["accessToken"]}, timeout=5
    ).json()
    assert "userid" not in me
    assert site.old("user/getbyunionid", {"unionid": me["unionId"]})["result"]["userid"] == "57"
    assert site.new("POST", "/v1.0/oauth2/userAccessToken", body)[0] == 400, "for one use"
    assert site.old("v2/user/getuserinfo", {"code": "x"})["errcode"] == 40078


def test_people_decide_by_hand_in_their_pages(site):
    instance = site.create()
    number = site.number(instance)
    assert "王敏提交的" in requests.get(f"{site.url}/sandbox/people/40", timeout=5).text
    page = f"{site.url}/sandbox/people/40/instances/{number}"
    assert "拒绝" in requests.get(page, timeout=5).text
    requests.post(page, data={"act": "redirect", "to": "41", "opinion": "请孙磊看"}, timeout=5)
    moved = site.read(instance)
    assert [(task["userId"], task["status"], task["result"]) for task in moved["tasks"]] == [
        ("40", "COMPLETED", "REDIRECTED"),
        ("41", "RUNNING", ""),
    ]
    assert moved["operationRecords"][1]["type"] == "REDIRECT_TASK"
    page = page.replace("people/40", "people/41")
    requests.post(page, data={"act": "refuse", "opinion": "太贵 <b>"}, timeout=5)
    assert site.read(instance)["operationRecords"][2]["remark"] == "太贵 <b>"
    late = requests.post(page, data={"act": "agree"}, timeout=5)
    assert late.status_code == 409
    requests.post(f"{site.url}/sandbox/people/57/instances/{number}", data={"act": "again"}, timeout=5)
    assert len(site.oa.ever_created("K-R1")) == 2


# --- push


class Listener:
    """A call-back address as a gateway would have it: opens, checks, answers sealed."""

    def __init__(self, seal: Seal) -> None:
        self.heard: list[dict[str, Any]] = []
        self.arrived = threading.Event()
        app = Flask(__name__)

        @app.post("/callback")
        def callback() -> Response:
            sealed, query = request.get_json()["encrypt"], request.args
            assert query["signature"] == seal.signature(query["timestamp"], query["nonce"], sealed)
            self.heard.append(json.loads(seal.decrypt(sealed)))
            if (
                self.heard[-1].get("type") == "finish"
                and self.heard[-1]["EventType"] == "bpms_instance_change"
            ):
                self.arrived.set()
            answer = seal.encrypt("success")
            told = {
                "timeStamp": "1",
                "nonce": "n",
                "encrypt": answer,
                "msg_signature": seal.signature("1", "n", answer),
            }
            return Response(json.dumps(told), content_type="application/json")

        self.server = Server(app).start()


def test_events_are_signed_sealed_and_taken(site):
    key = base64.b64encode(os.urandom(32)).decode()[:43]
    seal = Seal("token", key, site.settings.client_id)
    listener = Listener(seal)
    push = CallBack(site.oa, site.settings, f"{listener.server.url}/callback", "token", key)
    try:
        assert push.start()
        instance = site.create()
        site.oa.approve(site.number(instance), "40")
        assert listener.arrived.wait(5)
        first = list(listener.heard)
        listener.arrived.clear()
        push.lost = push.doubled = 1
        site.oa.approve(site.number(site.create()), "40")
        assert listener.arrived.wait(5)
    finally:
        push.stop()
        listener.server.stop()
    kinds = [(each["EventType"], each.get("type"), each.get("result")) for each in first]
    assert kinds == [
        ("check_url", None, None),
        ("bpms_instance_change", "start", None),
        ("bpms_task_change", "start", None),
        ("bpms_task_change", "finish", "agree"),
        ("bpms_instance_change", "finish", "agree"),
    ]
    again = [each["eventId"] for each in listener.heard[len(first) :]]
    assert len(again) == 4 and len(set(again)) == 3, "one was lost, one came twice"
    last = first[-1]
    assert (last["processInstanceId"], last["processCode"], last["staffId"]) == (instance, CODE, "57")
    assert last["createTime"] == int(site.now.timestamp() * 1000)
    with pytest.raises(ValueError, match="owner"):
        Seal("token", key, "another").decrypt(seal.encrypt("x"))
    assert not CallBack(site.oa, site.settings, "http://127.0.0.1:9/", "t", key).start()


class StreamClient:
    """The client's half of the stream: a ticket, the handshake, masked frames."""

    def __init__(self, site: Site) -> None:
        own = {"clientId": site.settings.client_id, "clientSecret": site.settings.client_secret}
        asked = {
            **own,
            "subscriptions": [{"type": "EVENT", "topic": "*"}],
            "ua": "test",
            "localIp": "127.0.0.1",
        }
        status, opened = site.new("POST", "/v1.0/gateway/connections/open", asked)
        assert status == 200
        self.address = urlparse(opened["endpoint"])
        self.ticket = opened["ticket"]
        self.peer = self._connected()

    def _connected(self) -> socket.socket:
        peer = socket.create_connection((self.address.hostname, self.address.port), timeout=5)
        asked = f"GET {self.address.path}?ticket={self.ticket} HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\r\n"
        peer.sendall(asked.encode())
        self.greeting = peer.recv(4096).split(b"\r\n\r\n", 1)[0].decode()
        return peer

    def frame(self) -> dict[str, Any]:
        head = self._exactly(2)
        size = head[1]
        if size == 126:
            size = int.from_bytes(self._exactly(2), "big")
        return json.loads(self._exactly(size))

    def _exactly(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            part = self.peer.recv(size - len(found))
            assert part, "the gateway is gone"
            found += part
        return found

    def acknowledge(self, frame: dict[str, Any]) -> None:
        headers = {"contentType": "application/json", "messageId": frame["headers"]["messageId"]}
        content = json.dumps({"code": 200, "headers": headers, "message": "OK", "data": "{}"}).encode()
        mask = b"\x01\x02\x03\x04"
        body = bytes(each ^ mask[at % 4] for at, each in enumerate(content))
        self.peer.sendall(b"\x81" + bytes([0x80 | 126]) + len(content).to_bytes(2, "big") + mask + body)


def test_the_stream_brings_events_and_again_what_nobody_acknowledged(site):
    status, told = site.new("POST", "/v1.0/gateway/connections/open", {"clientId": "x", "clientSecret": "y"})
    assert (status, told["code"]) == (401, "authFailed")
    client = StreamClient(site)
    stream = site.stream
    try:
        assert "101" in client.greeting
        assert "HSmrc0sMlYUkAGmm5OPpG2HaGWk=" in client.greeting, "RFC 6455's proof of this key"
        stream.again_s = 0.05
        instance = site.create()
        first = client.frame()
        assert (first["type"], first["headers"]["eventType"]) == ("EVENT", "bpms_instance_change")
        payload = json.loads(first["data"])
        assert (payload["type"], payload["processInstanceId"]) == ("start", instance)
        ids = [first["headers"]["eventId"]]
        while ids.count(first["headers"]["eventId"]) < 2:
            ids.append(client.frame()["headers"]["eventId"])
        stream.again_s = 60.0
        client.acknowledge(first)
        stream.disconnect_all()
        while (last := client.frame())["type"] != "SYSTEM":
            pass
        assert last["headers"]["topic"] == "disconnect"
        client._connected().close()
        assert "401" in client.greeting, "a ticket is good once"
    finally:
        stream.close()


def test_approvers_that_are_told_replace_the_templates_flow(site):
    both = {"actionType": "AND", "userIds": ["40", "41"]}
    instance = site.create(deptId=None, approvers=[both, {"actionType": "OR", "userIds": ["30", "45"]}])
    assert site.read(instance)["approverUserIds"] == ["40", "41"]
    number = site.number(instance)
    site.oa.approve(number, "41", "好")
    waiting = {task["userId"]: task["status"] for task in site.read(instance)["tasks"]}
    assert waiting == {"40": "RUNNING", "41": "COMPLETED"}, "all of them must agree"
    site.oa.approve(number, "40")
    site.oa.approve(number, "45")
    result = site.read(instance)
    assert (result["status"], result["result"]) == ("COMPLETED", "agree")
    states = {task["userId"]: (task["status"], task["result"]) for task in result["tasks"]}
    assert states["45"] == ("COMPLETED", "AGREE")
    assert states["30"] == ("CANCELED", ""), "one of them was enough"
    asked = {
        "processCode": CODE,
        "startTime": int(site.now.timestamp() * 1000) - 1000,
        "nextToken": 0,
        "maxResults": 20,
    }
    assert site.new("POST", IDS, asked)[1]["result"]["list"] == [instance]
    for wrong in (
        {"actionType": "AND", "userIds": ["66"]},
        {"actionType": "SOME", "userIds": ["40"]},
        {"actionType": "OR"},
    ):
        assert site.refused(INSTANCES, draft(approvers=[wrong])) == "processInstanceInvalidParameter"
