"""What goes over the wire and what is made of it: sign-in, session, paging. Against prepared answers."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from desktop.connectors.base import Outcome
from desktop.connectors.k3cloud import signing
from desktop.connectors.k3cloud.client import Client
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import ErpSide
from desktop.domain.record import BillDraft, Ref
from desktop.domain.system import System, SystemRole
from tests.connectors.k3cloud.conftest import APP_ID, LOST, SECRETS, SIGNED_IN
from tests.drawer import Drawer

SIDE = ErpSide(form="PUR_PurchaseOrder", key_field="F_DQ_KEY")
BILL = Ref("erp", "PUR_PurchaseOrder", "100001", "CGDD000001")
AUDITED = {
    "Result": {
        "ResponseStatus": {"IsSuccess": True, "SuccessEntitys": [{"Id": 100001, "Number": "CGDD000001"}]}
    }
}


def error_of(call: Any, *given: Any) -> SyncError:
    with pytest.raises(SyncError) as raised:
        call(*given)
    return raised.value


# Sign-in


def test_the_default_sign_in_sends_a_signature_and_no_secret(script, connect):
    script.give("ExecuteBillQuery", [])
    assert list(connect().submitted_bills(SIDE)) == []
    [body] = script.of("LoginBySign")
    acct_id, user, app_id, stamp, sign, lcid = body["parameters"]
    assert (acct_id, user, app_id, lcid) == ("5f0000000000aa", "demo", APP_ID, 2052)
    assert sign == signing.sorted_hash([acct_id, user, app_id, SECRETS["app_secret"], str(stamp)], "sha256")
    assert SECRETS["app_secret"] not in json.dumps(script.asked)


@pytest.mark.parametrize(
    ("mode", "operation", "parameters"),
    [
        ("password", "ValidateUser", ["5f0000000000aa", "demo", SECRETS["password"], 1033]),
        ("app_secret", "LoginByAppSecret", ["5f0000000000aa", "demo", APP_ID, SECRETS["app_secret"], 1033]),
    ],
)
def test_older_ways_of_signing_in(script, connect, mode, operation, parameters):
    script.give(operation, SIGNED_IN)
    script.give("ExecuteBillQuery", [])
    list(connect(sign_in=mode, lcid="1033").submitted_bills(SIDE))
    assert script.of(operation) == [{"parameters": parameters}]


def test_an_older_server_gets_the_older_hash(script, connect):
    script.give("ExecuteBillQuery", [])
    list(connect(sign_hash="sha1").submitted_bills(SIDE))
    assert len(script.of("LoginBySign")[0]["parameters"][4]) == 40


def test_signature_headers_need_no_sign_in(script, connect):
    script.give("ExecuteBillQuery", [])
    connector = connect(sign_in="headers", org_number="100")
    list(connector.submitted_bills(SIDE))
    connector.close()
    [(operation, _, headers)] = script.asked
    assert operation == "ExecuteBillQuery"
    sent = {name.lower(): value for name, value in headers.items()}
    assert base64.b64decode(sent["x-kd-appdata"]).decode() == "5f0000000000aa,demo,2052,100"
    assert sent["x-kd-signature"] == signing.hex_in_base64(
        SECRETS["app_secret"], APP_ID + "5f0000000000aa,demo,2052,100"
    )


def test_the_session_travels_as_the_vendors_header_and_ends_with_a_logout(script, connect):
    script.give("ExecuteBillQuery", [])
    script.give("Logout", {})
    connector = connect()
    list(connector.submitted_bills(SIDE))
    connector.close()
    connector.close()
    assert [headers.get("kdservice-sessionid") for _, _, headers in script.asked] == [
        None,
        "session-0001",
        "session-0001",
    ]
    assert [operation for operation, _, _ in script.asked] == ["LoginBySign", "ExecuteBillQuery", "Logout"]


def test_the_organisation_is_chosen_after_the_sign_in(script, connect):
    script.give("SwitchOrg", {"Result": {"ResponseStatus": {"IsSuccess": True}}})
    script.give("ExecuteBillQuery", [])
    list(connect(org_number="200").submitted_bills(SIDE))
    assert [operation for operation, _, _ in script.asked] == ["LoginBySign", "SwitchOrg", "ExecuteBillQuery"]
    assert script.of("SwitchOrg") == [{"data": {"OrgNumber": "200"}}]


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        ({"LoginResultType": 0, "Message": "用户名或密码错误", "KDSVCSessionId": ""}, ErrorCode.SIGN_IN_REFUSED, "用户名或密码错误"),
        ({"LoginResultType": -5, "Message": "密码即将过期", "KDSVCSessionId": "x1"}, ErrorCode.SIGN_IN_REFUSED, "密码即将过期"),
        ({"LoginResultType": True, "KDSVCSessionId": "x1"}, ErrorCode.SIGN_IN_REFUSED, "LoginResultType True"),
        (LOST, ErrorCode.SIGN_IN_REFUSED, "会话信息已丢失，请重新登录"),
        ([], ErrorCode.SIGN_IN_REFUSED, "[]"),
        ({"Result": {"ResponseStatus": {"IsSuccess": False, "MsgCode": 7, "Errors": [{"Message": "许可不足"}]}}}, ErrorCode.LICENCE, "许可不足"),
    ],
)  # fmt: skip
def test_only_type_one_is_a_sign_in(script, connect, answer, code, said):
    script.give("LoginBySign", answer)
    error = error_of(list, connect().submitted_bills(SIDE))
    assert (error.code, error.facts["said"]) == (code, said)
    assert script.of("ExecuteBillQuery") == []


def test_an_effect_that_never_left_is_certain(script, connect):
    script.give("LoginBySign", {"LoginResultType": 0, "Message": "no"})
    assert error_of(connect().audit_bills, SIDE, [BILL]).certain
    assert error_of(connect(secrets={}).audit_bills, SIDE, [BILL]).certain
    assert script.of("Audit") == []


# Session lost


@pytest.mark.parametrize("lost", [LOST, [LOST], [[LOST]], json.dumps(LOST), {}])
def test_a_read_is_repeated_once_after_a_new_sign_in(script, connect, lost):
    script.give("ExecuteBillQuery", lost, [])
    assert list(connect().submitted_bills(SIDE)) == []
    assert [operation for operation, _, _ in script.asked] == ["LoginBySign", "ExecuteBillQuery"] * 2


@pytest.mark.parametrize("lost", [LOST, json.dumps(LOST), {}])
def test_an_effect_is_never_repeated(script, connect, lost):
    script.give("Audit", lost, AUDITED)
    connector = connect()
    error = error_of(connector.audit_bills, SIDE, [BILL])
    assert (error.code, error.certain) == (ErrorCode.SESSION_LOST, False)
    assert len(script.of("Audit")) == 1
    assert connector.audit_bills(SIDE, [BILL]) == [Outcome(ref=BILL)]
    assert len(script.of("LoginBySign")) == 2


def test_a_session_lost_twice_in_a_minute_stops(script, connect):
    script.give("ExecuteBillQuery", LOST)
    assert error_of(list, connect().submitted_bills(SIDE)).code is ErrorCode.SESSION_LOST_TWICE
    assert len(script.of("ExecuteBillQuery")) == 2


def test_a_session_lost_again_much_later_is_an_ordinary_expiry(script):
    clock = [0.0]
    script.give("ExecuteBillQuery", LOST, [], LOST, [])
    options = {"acct_id": "a", "user": "u", "app_id": APP_ID}
    system = System("erp", SystemRole.ERP, "k3cloud", "ERP", script.url, options)
    client = Client(system, Drawer(SECRETS), monotonic=lambda: clock[0])
    for clock[0] in (0.0, 61.0):
        assert client.query("BD_Unit", ["FUNITID"], "", order="FUNITID asc") == []
    assert len(script.of("LoginBySign")) == 3


# Queries


def heads(*keys: int) -> list[list[Any]]:
    return [[key, f"CG{key}", "B", "2026-11-22T09:00:00", "A", ""] for key in keys]


def test_a_listing_asks_for_what_comes_after_the_last_id(script, connect):
    script.give("ExecuteBillQuery", heads(1, 2), heads(3, 4), heads(5))
    assert [head.ref.key for head in connect(page_rows="2").submitted_bills(SIDE)] == [
        "1",
        "2",
        "3",
        "4",
        "5",
    ]
    asked = [body["data"] for body in script.of("ExecuteBillQuery")]
    assert [each["FilterString"] for each in asked] == [
        "FDocumentStatus='B'",
        "(FDocumentStatus='B') and FID>2",
        "(FDocumentStatus='B') and FID>4",
    ]
    assert {each["OrderString"] for each in asked} == {"FID asc"}
    assert asked[0]["FieldKeys"] == "FID,FBillNo,FDocumentStatus,FModifyDate,FCancelStatus,F_DQ_KEY"


def test_a_server_that_cuts_pages_below_our_limit_hides_nothing(script, connect):
    script.give("ExecuteBillQuery", heads(*range(1, 101)), heads(*range(101, 201)), heads(201))
    assert len(list(connect().submitted_bills(SIDE))) == 201


def test_a_page_of_a_round_length_costs_one_more_call_only_until_a_longer_one_was_seen(script, connect):
    connector = connect()
    script.give("ExecuteBillQuery", heads(*range(1, 101)), [])
    assert len(list(connector.submitted_bills(SIDE))) == 100
    assert len(script.of("ExecuteBillQuery")) == 2
    script.give("ExecuteBillQuery", heads(*range(1, 151)), heads(*range(1, 101)))
    list(connector.submitted_bills(SIDE))
    list(connector.submitted_bills(SIDE))
    assert len(script.of("ExecuteBillQuery")) == 4


def test_a_server_that_ignores_the_filter_does_not_keep_us_for_ever(script, connect):
    script.give("ExecuteBillQuery", heads(1, 2))
    assert error_of(list, connect(page_rows="2").submitted_bills(SIDE)).code is ErrorCode.UNREADABLE


def test_lines_that_move_between_two_pages_are_not_read_as_a_whole_bill(script, connect):
    side = ErpSide(form="F", tables={"E": ("FQty",)})
    first = [[1, "N1", "B", "", "", 11, 1, 5], [1, "N1", "B", "", "", 12, 2, 5]]
    script.give("ExecuteBillQuery", first, [[1, "N1", "B", "", "", 13, 3, 5]])
    error = error_of(connect(page_rows="2").read_bills, side, ["1"])
    assert (error.code, error.certain) == (ErrorCode.SERVER_ERROR, False)
    script.give(
        "ExecuteBillQuery",
        first,
        [first[1], [1, "N1", "B", "", "", 13, 3, 5]],
        [[1, "N1", "B", "", "", 13, 3, 5]],
    )
    assert list(connect(page_rows="2").read_bills(side, ["1"])["1"].lines["E"]) == ["11", "12", "13"]


def test_a_key_is_compared_letter_by_letter_whatever_the_database_thinks(script, connect):
    script.give("ExecuteBillQuery", [[*heads(1)[0][:5], "K-1"], [*heads(2)[0][:5], "k-1"]])
    assert [head.ref.key for head in connect().find_bills(SIDE, ["K-1"])["K-1"]] == ["1"]


def test_a_void_bill_is_in_nobodys_approval(script, connect):
    script.give("ExecuteBillQuery", [[1, "CG1", "B", "", "B", ""], *heads(2)])
    assert [head.ref.key for head in connect().submitted_bills(SIDE)] == ["2"]


def test_rows_of_another_width_are_not_guessed_at(script, connect):
    script.give("ExecuteBillQuery", [[1, "N1"]])
    assert error_of(list, connect().submitted_bills(SIDE)).code is ErrorCode.UNREADABLE


def test_lines_come_in_the_order_of_their_places(script, connect):
    side = ErpSide(form="F", header=("FNote",), tables={"E": ("FQty",)}, options={"cancel_field": ""})
    script.give("ExecuteBillQuery", [[1, "N", "A", "", " ", 11, 2, 5], [1, "N", "A", "", " ", 12, 1, 6]])
    bill = connect().read_bills(side, ["1"])["1"]
    assert list(bill.lines["E"]) == ["12", "11"]
    assert bill.header == {"FNote": ""}
    assert script.of("ExecuteBillQuery")[0]["data"]["FieldKeys"] == (
        "FID,FBillNo,FDocumentStatus,FModifyDate,FNote,E_FEntryID,E_FSeq,FQty"
    )


def test_each_further_table_has_its_own_query(script, connect):
    side = ErpSide(form="F", tables={"E": ("FQty",), "P": ("FSum",)}, options={"cancel_field": ""})
    script.give("ExecuteBillQuery", [[1, "N", "A", "", 11, 1, 5]], [[1, 21, 1, 7], [1, 22, 2, 8]])
    lines = connect().read_bills(side, ["1"])["1"].lines
    assert {table: [dict(row) for row in rows.values()] for table, rows in lines.items()} == {
        "E": [{"FQty": 5}],
        "P": [{"FSum": 7}, {"FSum": 8}],
    }


def test_a_line_told_twice_is_an_error_and_not_a_line(script, connect):
    side = ErpSide(form="F", tables={"E": ("FQty",)}, options={"cancel_field": ""})
    script.give("ExecuteBillQuery", [[1, "N", "A", "", 11, 1, 5], [1, "N", "A", "", 11, 1, 5]])
    assert error_of(connect().read_bills, side, ["1"]).code is ErrorCode.UNREADABLE


@pytest.mark.parametrize(("code", "said", "expected"), [
    (2, "您没有该功能的操作权限", ErrorCode.NOT_PERMITTED),
    (9, "元数据中标识为FXYZ的字段不存在", ErrorCode.FIELD_MISSING),
    (4, "业务对象不存在", ErrorCode.REFUSED),
    (6, "数据库执行异常", ErrorCode.SERVER_ERROR),
    (14, "超过调用限制", ErrorCode.THROTTLED),
])  # fmt: skip
def test_a_refused_query_is_no_empty_list(script, connect, code, said, expected):
    status = {"IsSuccess": False, "Errors": [{"Message": said, "DIndex": 0}], "MsgCode": code}
    script.give("ExecuteBillQuery", [[{"Result": {"ResponseStatus": status}}]])
    assert error_of(list, connect().submitted_bills(SIDE)).code is expected


# Effects, as sent


def test_one_new_bill_is_saved_whole(script, connect):
    script.give("Save", {"Result": {"ResponseStatus": {"IsSuccess": True}, "Id": 7, "Number": "CG7"}})
    draft = BillDraft("K1", {"FSupplierId.FNumber": "V1"}, {"FPOOrderEntry": ({"FQty": 1},)})
    assert connect().save_bills(SIDE, [draft]) == [Outcome(ref=Ref("erp", "PUR_PurchaseOrder", "7", "CG7"))]
    [body] = script.of("Save")
    assert body["formid"] == "PUR_PurchaseOrder"
    assert body["data"]["Model"] == {
        "FSupplierId": {"FNumber": "V1"},
        "F_DQ_KEY": "K1",
        "FPOOrderEntry": [{"FQty": 1}],
    }
    assert body["data"]["IsVerifyBaseDataField"] is True
    assert body["data"]["IsAutoSubmitAndAudit"] is False


def test_bills_are_named_by_id_in_one_call(script, connect):
    done = [{"Id": 1, "Number": "A", "DIndex": 0}, {"Id": 2, "Number": "B", "DIndex": 1}]
    script.give("Audit", {"Result": {"ResponseStatus": {"IsSuccess": True, "SuccessEntitys": done}}})
    connect().audit_bills(SIDE, [Ref("erp", "F", "1", "A"), Ref("erp", "F", "2", "B")])
    assert script.of("Audit") == [{"formid": "PUR_PurchaseOrder", "data": {"Numbers": [], "Ids": "1,2"}}]


def test_no_bill_no_call(script, connect):
    connector = connect()
    assert connector.audit_bills(SIDE, []) == connector.save_bills(SIDE, []) == []
    assert connector.read_bills(SIDE, []) == connector.bill_heads(SIDE, []) == {}
    assert script.asked == []


def test_notes_with_other_fields_travel_apart(script, connect):
    script.give(
        "Save",
        lambda body: {"Result": {"ResponseStatus": {"IsSuccess": True}, "Id": body["data"]["Model"]["FID"]}},
    )
    notes = [(Ref("erp", "F", "1", "A"), {"F_A": "x"}), (Ref("erp", "F", "2", "B"), {"F_B": None})]
    made = connect().note_bills(SIDE, notes)
    assert [each.ref.key for each in made] == ["1", "2"]
    sent = [body["data"] for body in script.of("Save")]
    assert [(each["Model"], each["NeedUpDateFields"], each["IsDeleteEntry"]) for each in sent] == [
        ({"FID": 1, "F_A": "x"}, ["F_A"], False),
        ({"FID": 2, "F_B": ""}, ["F_B"], False),
    ]


def pushed(*done: dict[str, Any], ok: bool = True, convert: dict[str, Any] | None = None) -> dict[str, Any]:
    status = {"IsSuccess": ok, "SuccessEntitys": list(done), "Errors": [], "MsgCode": 0}
    return {"Result": {"ResponseStatus": status, "ConvertResponseStatus": convert}}


def test_a_push_answers_the_new_bill(script, connect):
    target = ErpSide(form="CN_PAYAPPLY")
    script.give("Push", pushed({"Id": 9, "Number": "FKSQ9", "DIndex": 0}))
    made = connect().push_bill(SIDE, BILL, target, {"target_bill_type": "FKSQ007"})
    assert made == Ref("erp", "CN_PAYAPPLY", "9", "FKSQ9")
    order = script.of("Push")[0]["data"]
    assert (order["Ids"], order["TargetFormId"], order["TargetBillTypeId"]) == (
        "100001",
        "CN_PAYAPPLY",
        "FKSQ007",
    )
    assert (order["RuleId"], order["IsEnableDefaultRule"], order["IsDraftWhenSaveFail"]) == ("", True, False)


def test_a_push_that_fails_says_whether_anything_can_have_happened(script, connect):
    connector, target = connect(), ErpSide(form="CN_PAYAPPLY")
    no_rule = {"IsSuccess": False, "MsgCode": 11, "Errors": [{"Message": "没有可用的转换规则"}]}
    for answer, code, certain in (
        (pushed(ok=False, convert=no_rule), ErrorCode.REFUSED, True),
        (pushed(convert=no_rule), ErrorCode.REFUSED, True),
        (pushed(), ErrorCode.OUTCOME_UNKNOWN, False),
        (pushed({"Id": 1, "Number": "A"}, {"Id": 2, "Number": "B"}), ErrorCode.KEY_NOT_UNIQUE, False),
    ):
        script.give("Push", answer)
        error = error_of(connector.push_bill, SIDE, BILL, target, {})
        assert (error.code, error.certain) == (code, certain)


# Links and check


def test_a_link_carries_its_token_safely_in_the_address(script, connect):
    link = connect(link_permit="0").open_link(BILL, "王敏")
    parts = urlsplit(link)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{script.url}/html5/index.aspx"
    told = json.loads(base64.b64decode(parse_qs(parts.query)["ud"][0]))
    assert (told["username"], told["formid"], told["pkid"]) == ("王敏", "PUR_PurchaseOrder", "100001")
    assert script.asked == []


def test_a_wrong_account_set_is_told_by_name_before_the_sign_in(script, connect):
    script.give("GetDataCenterList", [{"Id": "other", "Number": "01", "Name": "正式账套"}])
    found = connect().check()
    assert (found.steps[-1].name, found.steps[-1].ok) == ("account_set", False)
    assert "正式账套" in found.steps[-1].error.facts["said"]
    assert script.of("LoginBySign") == []


def test_a_server_that_lists_no_account_sets_is_judged_by_the_sign_in(script, connect):
    script.give("GetDataCenterList", {"Message": "forbidden"})
    script.give("ExecuteBillQuery", [[1]])
    assert connect().check().ok


def test_a_right_that_is_missing_shows_as_an_empty_list_and_is_told(script, connect):
    script.give("GetDataCenterList", [{"Id": "5f0000000000aa", "Number": "01", "Name": "正式账套"}])
    script.give("ExecuteBillQuery", [])
    found = connect().check()
    assert (found.steps[-1].name, found.steps[-1].error.code) == ("rights", ErrorCode.NOT_PERMITTED)
    assert found.version == "8.1.0"
    assert {step.name: step.detail for step in found.steps}["account_set"] == "正式账套"


def test_a_time_zone_that_nobody_knows_is_told(connect):
    assert error_of(lambda: connect(zone="Mars/Olympus")).code is ErrorCode.ARGUMENT_WRONG
