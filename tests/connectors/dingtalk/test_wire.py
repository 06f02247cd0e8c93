"""DingTalk on the samples of its sheet: both hosts, instances, lists, values and decisions, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from desktop.connectors.base import exchanges
from desktop.connectors.dingtalk import reading
from desktop.connectors.dingtalk.connector import VENDOR, DingTalk
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import OaSide
from desktop.domain.record import Decision, Ref, RequestDraft, RequestStatus
from desktop.domain.system import System, SystemRole
from tests.connectors.parrot import Heard, Parrot, parrot
from tests.drawer import Drawer

SECRET = "app-secret-0123456789"
SIDE = OaSide("sales_order", "erp_key", "PROC-1", {})
REF = Ref("oa", "sales_order", "91ef1076", "91ef1076")
SINCE = datetime.now(UTC) - timedelta(days=1)


def control(kind: str, label: str, alias: str = "", **props: Any) -> dict[str, Any]:
    told = {"id": f"{kind}_{label}", "label": label, **({"bizAlias": alias} if alias else {}), **props}
    return {"componentName": kind, "props": told}


SCHEMA = {
    "success": True,
    "result": {
        "name": "销售订单审批",
        "schemaContent": {
            "items": [
                control("TextField", "ERP集成键", "erp_key"),
                {"componentName": "FieldGroup", "props": {"label": "组"}, "children": [
                    control("MoneyField", "价税合计", "amount", required=True), control("DDDateField", "单据日期"),
                ]},
                control("DDSelectField", "结算方式", "mode", options=['{"value":"发票折让","key":"1"}', '{"value":"实物补偿","key":"2"}']),
                control("DDSelectField", "紧急", "urgency", options=['{"value":"普通","key":"option_0"}']),
                control("InnerContactField", "申请人", "applicant"),
                {**control("TableField", "明细", "rows"), "children": [
                    control("TextField", "物料", "material_code"), control("NumberField", "数量", "qty"),
                ]},
                control("TextareaField", "备注", "note"),
            ]
        },
    },
}  # fmt: skip
RETURNED = json.dumps(
    [
        {
            "rowValue": [
                {"componentType": "TextField", "label": "物料", "value": "A", "key": "TextField_物料"},
                {"label": "数量", "value": "2.50", "key": "elsewhere"},
            ],
            "rowNumber": "TableField_明细_ROW1",
        }
    ]
)


def instance(**more: Any) -> dict[str, Any]:
    values = [
        {"id": "TextField_ERP集成键", "name": "ERP集成键", "value": "K-R1", "componentType": "TextField"},
        {"id": "x", "bizAlias": "amount", "name": "价税合计", "value": "1,130.00", "componentType": "MoneyField"},
        {"id": "DDSelectField_结算方式", "name": "结算方式", "value": "实物补偿", "componentType": "DDSelectField"},
        {"id": "DDSelectField_紧急", "name": "紧急", "value": "普通", "componentType": "DDSelectField"},
        {"id": "InnerContactField_申请人", "name": "申请人", "value": "王敏", "componentType": "InnerContactField",
         "extValue": '[{"emplId":"57","name":"王敏"}]'},
        {"id": "TableField_明细", "name": "明细", "value": RETURNED, "componentType": "TableField"},
        {"id": "TextareaField_备注", "name": "备注", "value": "null", "componentType": "TextareaField"},
    ]  # fmt: skip
    records = [
        {"userId": "57", "date": "2026-11-22T09:00Z", "type": "START_PROCESS_INSTANCE", "result": "NONE"},
        {"userId": "40", "date": "2026-11-22T09:30Z", "type": "EXECUTE_TASK_NORMAL", "result": "AGREE",
         "remark": "同意", "showName": "部门负责人审批"},
    ]  # fmt: skip
    told = {
        "title": "王敏提交的销售订单审批", "businessId": "202611220900000123456", "status": "RUNNING", "result": "",
        "createTime": "2026-11-22T09:00Z", "originatorUserId": "57", "bizAction": "NONE", "formComponentValues": values,
        "operationRecords": records, "tasks": [{"taskId": 1, "userId": "30", "status": "RUNNING"}], **more,
    }  # fmt: skip
    return {"success": "true", "result": told}


@pytest.fixture
def bird() -> Iterator[Parrot]:
    with parrot() as made:
        tokens = ({"accessToken": f"token-000{at}", "expireIn": 7200} for at in (1, 2, 3))
        made.told("POST v1.0/oauth2/accessToken", *tokens)
        made.told("GET forms/schemas/processCodes", SCHEMA)
        made.told("GET processInstances", instance())
        made.told("POST topapi/v2/user/get", someone)
        yield made


def someone(heard: Heard) -> dict[str, Any]:
    names = {"57": "王敏", "40": "陈杰", "30": "赵芸", "9": "单桥集成"}
    key = heard.body["userid"]
    if key not in names:
        return {"errcode": 60121, "errmsg": "找不到该用户"}
    person = {"userid": key, "name": names[key], "dept_id_list": [1, 21], "active": True}
    return {"errcode": 0, "errmsg": "ok", "result": person}


def connect(bird: Parrot, **options: str) -> DingTalk:
    own = {"corp_id": "ding1", "app_key": "key1", "user_id": "9", "old_url": bird.url, **options}
    system = System("oa", SystemRole.OA, VENDOR.id, "钉钉", bird.url, own)
    return VENDOR.connect(system, Drawer(app_secret=SECRET))  # type: ignore[return-value]


def error_of(call: Callable[..., Any], *given: Any) -> SyncError:
    with pytest.raises(SyncError) as raised:
        call(*given)
    return raised.value


def draft(**fields: str) -> RequestDraft:
    rows = ({"material_code": "A", "qty": "2.50"}, {"material_code": "B", "qty": ""})
    return RequestDraft("K-R1", "销售订单 1", "57", {"amount": "1130.00", **fields}, {"detail_1": rows})


def test_each_host_gets_the_token_in_its_own_way_and_nothing_of_it_is_kept(bird):
    kept: list[Any] = []
    exchanges.set(kept)
    connect(bird).read_request(SIDE, REF)
    exchanges.set(None)
    [asked] = bird.calls("accessToken")
    assert asked.body == {"appKey": "key1", "appSecret": SECRET}
    [read] = bird.calls("processInstances")
    assert (read.headers["x-acs-dingtalk-access-token"], read.query) == (
        "token-0001", {"processInstanceId": "91ef1076"}
    )  # fmt: skip
    old = bird.calls("user/get")[0]
    assert (old.query, "x-acs-dingtalk-access-token" in old.headers) == (
        {"access_token": "token-0001"},
        False,
    )
    assert not [secret for secret in (SECRET, "token-0001") if secret in repr(kept)]


def test_an_instance_is_created_with_labels_texts_and_rows_of_name_and_value(bird):
    bird.told("POST processInstances", {"instanceId": "91ef1076"})
    sent = draft(mode="2", note="一\n二", applicant="57", 单据日期="2026-11-22", urgency="")
    assert connect(bird).open_request(SIDE, sent) == REF
    body = next(each for each in bird.calls("processInstances") if each.method == "POST").body
    rows = [
        [{"name": "物料", "value": "A"}, {"name": "数量", "value": "2.50"}], [{"name": "物料", "value": "B"}]
    ]  # fmt: skip
    assert {name: body[name] for name in ("originatorUserId", "processCode", "deptId")} == {
        "originatorUserId": "57", "processCode": "PROC-1", "deptId": -1
    }  # fmt: skip
    told = {each["name"]: each["value"] for each in body["formComponentValues"]}
    assert json.loads(told.pop("明细")) == rows
    assert told == {
        "ERP集成键": "K-R1", "价税合计": "1130.00", "结算方式": "实物补偿", "备注": "一\r\n二", "申请人": '["57"]',
        "单据日期": "2026-11-22",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"no_such": "1"}, ErrorCode.FIELD_MISSING),
        ({"amount": "much"}, ErrorCode.NOT_A_NUMBER),
        ({"mode": "3"}, ErrorCode.REFUSED),
        ({"note": "长" * 65536}, ErrorCode.TOO_LONG),
    ],
)
def test_what_does_not_fit_the_form_is_not_sent(bird, fields, code):
    error = error_of(connect(bird).open_request, SIDE, draft(**fields))
    assert (error.code, error.certain) == (code, True)
    assert not [each for each in bird.calls("processInstances") if each.method == "POST"]


def test_a_form_is_believed_for_hours_until_something_does_not_fit(bird, monkeypatch):
    """Each look at a form is a metered call; a choice or a control that came meanwhile is met all the same."""
    clock = [1_000.0]
    monkeypatch.setattr(reading, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    ding = connect(bird)
    bird.told("POST processInstances", {"instanceId": "91ef1076"})
    for _ in range(5):
        ding.open_request(SIDE, draft())
        ding.read_request(SIDE, REF)
        clock[0] += 3_600.0
    assert len(bird.calls("processCodes")) == 1
    grown = json.loads(json.dumps(SCHEMA).replace('\\"key\\":\\"2\\"}"', '\\"key\\":\\"2\\"}", "次月抵扣"'))
    assert grown != SCHEMA
    grown["result"]["schemaContent"]["items"].append(control("TextField", "新栏", "fresh"))
    bird.told("GET forms/schemas/processCodes", grown)
    ding.open_request(SIDE, draft(mode="次月抵扣"))
    assert len(bird.calls("processCodes")) == 2
    clock[0] += 3_600.0
    later = instance()
    later["result"]["formComponentValues"].append({"id": "TextField_later", "name": "更新的栏", "value": "x"})
    bird.told("GET processInstances", later)
    for _ in range(3):
        ding.read_request(SIDE, REF)
    assert len(bird.calls("processCodes")) == 3, "a control that nobody has met: asked once"


def test_a_table_beyond_one_value_is_not_sent(bird):
    rows = tuple({"material_code": "x" * 40, "qty": "1"} for _ in range(1000))
    error = error_of(connect(bird).open_request, SIDE, RequestDraft("K", "", "57", {}, {"detail_1": rows}))
    assert (error.code, error.certain) == (ErrorCode.TOO_MANY_LINES, True)
    assert 0 < error.facts["limit"] < 1000


@pytest.mark.parametrize("person", ["", "4711"])
def test_somebody_who_is_not_there_begins_nothing(bird, person):
    error = error_of(connect(bird).open_request, SIDE, RequestDraft("K", "", person, {}, {}))
    assert (error.code, error.certain, error.facts["person"]) == (
        ErrorCode.APPLICANT_UNMAPPED, True, person
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "code", "found", "certain"),
    [
        (400, "formConverterError", ErrorCode.REFUSED, True),
        (400, "processCodeError", ErrorCode.REFUSED, True),
        (400, "processInstanceInvalidParameter", ErrorCode.APPLICANT_UNMAPPED, True),
        (400, "sysErrror", ErrorCode.SERVER_ERROR, False),
        (400, "internalError", ErrorCode.SERVER_ERROR, False),
        (500, "systemError", ErrorCode.SERVER_ERROR, False),
        (400, "InvalidAuthentication", ErrorCode.SESSION_LOST, False),
        (403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", ErrorCode.THROTTLED, True),
        (403, "Forbidden.AccessDenied.ApiCountLimitForOrg", ErrorCode.LICENCE, True),
        (403, "Forbidden.AccessDenied.IpNotInWhiteList", ErrorCode.NOT_PERMITTED, True),
        (200, '{"status":1111,"wait":5,"punish":"deny"}', ErrorCode.THROTTLED, True),
        (200, '{"status":1111,"wait":5,"source":"x5"}', ErrorCode.THROTTLED, True),
        (200, "formConverterError", ErrorCode.REFUSED, True),
        (400, "autoflowLikeTriggerRateLimited", ErrorCode.THROTTLED, True),
        (200, "<html>blocked</html>", ErrorCode.SERVER_ERROR, False),
    ],
)
def test_the_code_decides_what_a_refusal_means_and_whether_it_is_certain(bird, status, code, found, certain):
    told = code if code.startswith(("{", "<")) else {"code": code, "message": "…", "requestid": "1"}
    bird.told("POST processInstances", (status, told))
    error = error_of(connect(bird).open_request, SIDE, draft())
    assert (error.code, error.certain) == (found, certain)
    assert len([each for each in bird.calls("processInstances") if each.method == "POST"]) == 1


def test_values_come_back_by_alias_with_numbers_keys_and_ids(bird):
    found = connect(bird).read_request(SIDE, REF)
    assert found.fields == {
        "erp_key": "K-R1", "amount": Decimal("1130.00"), "单据日期": "", "mode": "2", "urgency": "普通",
        "applicant": "57", "note": "",
    }  # fmt: skip
    assert found.details == {"detail_1": ({"material_code": "A", "qty": Decimal("2.50")},)}
    assert (found.applicant, found.waiting_on, found.title) == ("57", ("赵芸",), "王敏提交的销售订单审批")


def test_times_are_the_tenants_own_although_they_end_in_z(bird):
    found = connect(bird).read_request(SIDE, REF)
    assert [each.at for each in found.opinions] == [
        datetime(2026, 11, 22, 1, 0, tzinfo=UTC), datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
    ]  # fmt: skip
    assert connect(bird, utc_offset_h="0").read_request(SIDE, REF).changed_at == datetime(
        2026, 11, 22, 9, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"status": "COMPLETED", "result": "agree"}, RequestStatus.APPROVED),
        ({"status": "COMPLETED", "result": "refuse"}, RequestStatus.REJECTED),
        ({"status": "COMPLETED", "result": ""}, RequestStatus.ENDED),
        ({"status": "COMPLETED", "result": "agree", "bizAction": "REVOKE"}, RequestStatus.ENDED),
        ({"status": "TERMINATED"}, RequestStatus.WITHDRAWN),
        ({"status": "NEW"}, RequestStatus.RUNNING),
    ],
)
def test_where_an_instance_stands(bird, told, status):
    bird.told("GET processInstances", instance(**told))
    found = connect(bird).read_request(SIDE, REF)
    assert found.status is status
    assert bool(found.waiting_on) is (status is RequestStatus.RUNNING)


def test_what_people_did(bird):
    kinds = [
        ("START_PROCESS_INSTANCE", "NONE", Decision.SUBMITTED), ("EXECUTE_TASK_NORMAL", "AGREE", Decision.APPROVED),
        ("ADD_REMARK", "NONE", Decision.REMARK), ("REDIRECT_TASK", "NONE", Decision.REMARK),
        ("EXECUTE_TASK_AGENT", "REFUSE", Decision.RETURNED), ("REDIRECT_PROCESS", "NONE", Decision.RETURNED),
        ("TERMINATE_PROCESS_INSTANCE", "NONE", Decision.WITHDRAWN), ("FINISH_PROCESS_INSTANCE", "NONE", None),
    ]  # fmt: skip
    log = [
        {"userId": "40", "date": "2026-11-22T09:00Z", "type": kind, "result": result, "remark": kind}
        for kind, result, _ in kinds
    ]
    bird.told("GET processInstances", instance(operationRecords=log))
    found = connect(bird).read_request(SIDE, REF).opinions
    assert [(each.text, each.decision) for each in found] == [
        (kind, decision) for kind, _, decision in kinds if decision
    ]
    assert found[1].person == "陈杰"


def test_people_name_an_instance_by_its_number_and_its_minute_is_searched(bird):
    minute = (datetime.now(UTC) - timedelta(days=2)).replace(second=0, microsecond=0)
    number = f"{minute + timedelta(hours=8):%Y%m%d%H%M}000123456"
    bird.told("POST instanceIds/query", {"success": True, "result": {"list": ["a", "b"], "nextToken": ""}})
    bird.told(
        "GET processInstances",
        lambda heard: instance(businessId=number if heard.query["processInstanceId"] == "b" else "1"),
    )
    oa = connect(bird)
    found = oa.read_request(SIDE, Ref("oa", "sales_order", number, number))
    assert found.ref == Ref("oa", "sales_order", "b", number)
    [asked] = [each.body for each in bird.heard if each.path.endswith("instanceIds/query")]
    at = minute.timestamp() * 1000
    assert (at - asked["startTime"], asked["endTime"] - at) == (60_000, 120_000), "in the tenant's own zone"
    for wrong in (f"{number[:-1]}7", "999999", "300123"):
        assert (
            error_of(oa.read_request, SIDE, Ref("oa", "sales_order", wrong)).code is ErrorCode.RECORD_MISSING
        )


def test_a_list_goes_by_creation_twenty_at_a_time_with_a_number_in_and_a_text_out(bird):
    pages = (
        {"result": {"list": ["a", "b"], "nextToken": "20"}, "success": True},
        {"result": {"list": ["b", "c"]}, "success": True},
    )
    bird.told("POST instanceIds/query", *pages)
    heads = list(connect(bird).requests(SIDE, SINCE))
    assert [(each.ref.key, each.settled, each.ended) for each in heads] == [
        (key, False, False) for key in "abc"
    ]  # fmt: skip
    asked = [each.body for each in bird.calls("instanceIds/query")]
    assert [each["nextToken"] for each in asked] == [0, 20]
    assert asked[0]["startTime"] == int(SINCE.timestamp() * 1000)
    assert (asked[0]["statuses"], asked[0]["maxResults"], "endTime" in asked[0]) == (["RUNNING"], 20, False)


def test_a_window_longer_than_120_days_is_asked_for_in_parts(bird):
    bird.told("POST instanceIds/query", {"result": {"list": [], "nextToken": ""}, "success": "true"})
    list(connect(bird).requests(SIDE, datetime.now(UTC) - timedelta(days=500)))
    spans = [
        (each.body.get("endTime", 0) - each.body["startTime"]) / 86_400_000
        for each in bird.calls("instanceIds/query")
    ]
    assert len(spans) == 4
    assert all(0 < span <= 120 for span in spans[:-1])


def test_what_a_lost_answer_left_is_found_by_reading_its_originators_instances(bird):
    bird.told("POST instanceIds/query", {"result": {"list": ["a", "b", "gone"]}, "success": True})

    def one(heard: Heard) -> Any:
        key = heard.query["processInstanceId"]
        if key == "gone":
            return (400, {"code": "aflowProcessInstNotExist", "message": "…"})
        values = [{"name": "ERP集成键", "value": "K-R1" if key == "b" else "OTHER-R1"}]
        return instance(formComponentValues=values)

    bird.told("GET processInstances", one)
    oa = connect(bird)
    assert [ref.key for ref in oa.find_requests(SIDE, "K-R1", "57", SINCE)] == ["b"]
    assert oa.find_rounds(SIDE, "K", "57") == [
        ("K-R1", Ref("oa", "sales_order", "b", "202611220900000123456"))
    ]
    assert bird.calls("instanceIds/query")[0].body["userIds"] == ["57"]
    reads = [each.query["processInstanceId"] for each in bird.calls("processInstances")]
    assert reads.count("a") == 1, "whose key is known is not asked for again"


def test_withdrawing_is_too_early_at_first_and_no_harm_when_it_is_done(bird):
    said = {"code": "aflowProcessInstStatusException", "message": "实例状态异常"}
    bird.told("POST processInstances/terminate", (400, said))
    oa = connect(bird)
    error = error_of(oa.cancel_request, SIDE, REF, "57", "收回")
    assert (error.code, error.certain, error.facts["seconds"]) == (ErrorCode.TOO_EARLY, True, 15)
    assert bird.calls("terminate")[0].body == {
        "processInstanceId": "91ef1076", "isSystem": False, "operatingUserId": "57", "remark": "收回"
    }  # fmt: skip
    bird.told("GET processInstances", instance(status="TERMINATED"))
    oa.cancel_request(SIDE, REF, "57", "收回")
    bird.told("GET processInstances", instance(status="COMPLETED", result="agree"))
    error = error_of(oa.cancel_request, SIDE, REF, "57", "收回")
    assert (error.code, error.certain) == (ErrorCode.REFUSED, True)


def test_a_template_that_forbids_withdrawing_is_a_plain_no_and_a_server_in_trouble_is_not(bird):
    bird.told("POST processInstances/terminate", (400, {"code": "internalError", "message": "820008"}))
    oa = connect(bird)
    error = error_of(oa.cancel_request, SIDE, REF, "57", "收回")
    assert (error.code, error.certain) == (ErrorCode.REFUSED, True) and "internalError" in error.facts["said"]
    bird.told("GET processInstances", (500, {"code": "systemError", "message": "…"}))
    error = error_of(oa.cancel_request, SIDE, REF, "57", "收回")
    assert (error.code, error.certain) == (ErrorCode.SERVER_ERROR, False), "nobody looked, nobody knows"
    bird.told("GET processInstances", instance(status="TERMINATED"))
    oa.cancel_request(SIDE, REF, "57", "收回")


@pytest.mark.parametrize("told", [{"result": False, "success": True}, {"success": True}, {}])
def test_a_deed_is_done_where_the_answer_says_so(bird, told):
    bird.told("POST processInstances/terminate", told)
    bird.told("POST processInstances/comments", told)
    oa = connect(bird)
    for call in (
        lambda: oa.cancel_request(SIDE, REF, "57", "x"),
        lambda: oa.tell_applicant(SIDE, REF, "57", "x"),
    ):
        error = error_of(call)
        assert (error.code, error.certain) == (ErrorCode.SERVER_ERROR, False)


def test_only_an_empty_token_ends_a_list(bird):
    pages = (
        {"result": {"list": [], "nextToken": "20"}, "success": True},
        {"result": {"list": ["a"], "nextToken": ""}, "success": True},
    )
    bird.told("POST instanceIds/query", *pages)
    assert [each.ref.key for each in connect(bird).requests(SIDE, SINCE)] == ["a"]
    bird.told("POST instanceIds/query", {"result": {"list": ["a"], "nextToken": "more"}, "success": True})
    assert error_of(lambda: list(connect(bird).requests(SIDE, SINCE))).code is ErrorCode.UNREADABLE


def test_a_form_of_more_controls_than_the_vendor_takes_is_not_sent(bird):
    items = [control("TextField", f"栏{at}") for at in range(160)]
    bird.told("GET forms/schemas/processCodes", {"result": {"schemaContent": {"items": items}}})
    side = OaSide("sales_order", "", "PROC-1", {})
    many = RequestDraft("K-R1", "", "57", {f"栏{at}": "x" for at in range(151)}, {})
    error = error_of(connect(bird).open_request, side, many)
    assert (error.code, error.certain) == (ErrorCode.REFUSED, True) and "151 > 150" in error.facts["said"]


def test_a_value_is_as_long_as_the_server_counts_it(bird):
    error = error_of(connect(bird).open_request, SIDE, draft(note="😀" * 33_000))
    assert (error.code, error.facts["length"]) == (ErrorCode.TOO_LONG, 66_000)


@pytest.mark.parametrize("value", ["[{", "明细", '{"rowValue":[]}'])
def test_a_table_that_cannot_be_read_is_no_empty_table(bird, value):
    told = instance()
    next(each for each in told["result"]["formComponentValues"] if each["name"] == "明细")["value"] = value
    bird.told("GET processInstances", told)
    assert connect(bird).read_request(SIDE, REF).details == {
        "detail_1": ({"material_code": value, "qty": value},)
    }


@pytest.mark.parametrize("date", ["99999999999999999999", "²", "2026-13-40T00:00Z", "", None, 1763773200000])
def test_a_time_that_is_none_stops_no_reading(bird, date):
    bird.told(
        "GET processInstances", instance(createTime=date, finishTime=date, operationRecords=[{"date": date}])
    )
    found = connect(bird).read_request(SIDE, REF).changed_at
    assert found == (datetime(2025, 11, 22, 1, tzinfo=UTC) if isinstance(date, int) else None)


def test_a_directory_that_says_no_says_nothing_about_a_person(bird):
    bird.told("POST topapi/v2/user/get", {"errcode": 400002, "errmsg": "参数错误"})
    error = error_of(connect(bird).open_request, SIDE, draft())
    assert (error.code, error.certain) == (ErrorCode.REFUSED, True)
    assert connect(bird).read_request(SIDE, REF).opinions[0].person == "57", "a name is worth no failure"


def test_a_list_of_people_that_breaks_off_is_no_list(bird):
    bird.told("POST department/listsub", {"errcode": 0, "result": [{"dept_id": "x"}]})
    for broken in (
        {"list": [{"userid": "57"}], "has_more": True},
        {"list": [], "has_more": True, "next_cursor": "y"},
        [],
    ):
        bird.told("POST user/list", {"errcode": 0, "result": broken})
        assert error_of(lambda: list(connect(bird).base_data("user"))).code is ErrorCode.UNREADABLE


def test_a_comment_is_written_by_the_integration_account_and_read_among_the_remarks(bird):
    bird.told("POST processInstances/comments", {"result": True, "success": True})
    connect(bird).tell_applicant(SIDE, REF, "57", "已生成 SPZR000001")
    assert bird.calls("comments")[0].body == {
        "processInstanceId": "91ef1076", "commentUserId": "9", "text": "已生成 SPZR000001"
    }  # fmt: skip
    assert connect(bird).remarks(SIDE, REF) == ["", "同意"]


@pytest.mark.parametrize(
    "dead",
    [
        (400, {"code": "InvalidAuthentication", "message": "不合法的access_token"}),
        (400, {"code": "AuthenticationFailed.MissingParameter", "message": "…"}),
    ],
)
def test_a_dead_token_costs_a_read_one_new_one(bird, dead):
    bird.told("GET processInstances", dead, instance())
    assert connect(bird).read_request(SIDE, REF).ref.key == REF.key
    assert len(bird.calls("accessToken")) == 2
    bird.told("GET processInstances", dead)
    assert error_of(connect(bird).read_request, SIDE, REF).code is ErrorCode.SESSION_LOST_TWICE


def test_an_old_hosts_token_trouble_hides_in_a_sub_code(bird):
    dead = {"errcode": 88, "sub_code": "40014", "sub_msg": "不合法的access_token", "errmsg": "…"}
    bird.told("POST topapi/v2/user/get", dead, someone)
    bird.told("POST processInstances", {"instanceId": "1"})
    assert connect(bird).open_request(SIDE, draft()).key == "1"
    assert len(bird.calls("accessToken")) == 2


def test_a_wrong_secret_is_told_at_the_sign_in(bird):
    bird.told("POST v1.0/oauth2/accessToken", (400, {"code": "invalidClientIdOrSecret", "message": "…"}))
    found = connect(bird).check()
    assert (found.steps[-1].name, found.steps[-1].error.code) == ("sign_in", ErrorCode.SIGN_IN_REFUSED)


def test_people_are_listed_by_department_each_once(bird):
    tree = {1: [{"dept_id": 21, "name": "销售部"}], 21: []}
    bird.told(
        "POST department/listsub",
        lambda heard: {"errcode": 0, "result": tree[heard.body["dept_id"]]},
    )
    people = {
        (1, 0): {"list": [{"userid": "30", "name": "赵芸"}], "has_more": True, "next_cursor": 1},
        (1, 1): {"list": [{"userid": "57", "name": "王敏", "job_number": "A0057", "mobile": "138"}]},
        (21, 0): {"list": [{"userid": "57", "name": "王敏"}], "has_more": False},
    }
    bird.told(
        "POST user/list",
        lambda heard: {"errcode": 0, "result": people[heard.body["dept_id"], heard.body["cursor"]]},
    )
    found = list(connect(bird).base_data("user"))
    assert [(each.key, each.code, each.mark) for each in found] == [("30", "", ""), ("57", "A0057", "138")]
    assert [each.name for each in connect(bird).base_data("department")] == ["销售部"]


def test_calls_are_counted_on_both_hosts(bird):
    oa = connect(bird, monthly_calls="500000")
    oa.read_request(SIDE, REF)
    assert oa.calls_made() == len(bird.heard)
    assert oa.capabilities.calls_a_month == 500_000
