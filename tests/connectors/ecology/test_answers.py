"""What the vendor's answers mean, taken from the reference's samples."""

from __future__ import annotations

from typing import Any

import pytest

from desktop.connectors.ecology.answers import SUCCESS, Asked, door_error, envelope, is_yes, refusal, text_of
from desktop.domain.errors import ErrorCode, SyncError

MAKER = Asked("oa", "57", number="XSDD000123", form="781", effect=True)
OWN = Asked("oa", "9", own=True)


@pytest.mark.parametrize(
    ("body", "code", "certain"),
    [
        (
            {"msg": "token不存在或者超时：abc", "code": -1, "msgShowType": "none", "status": False},
            ErrorCode.SESSION_LOST,
            False,
        ),
        ({"msg": "登录信息超时", "errorCode": "002", "status": False}, ErrorCode.NOT_PERMITTED, True),
        (
            {"msg": "该账号存在异常,单点登录失败", "code": -1, "msgShowType": "none", "status": False},
            ErrorCode.APPLICANT_UNMAPPED,
            True,
        ),
        ({"msg": "认证信息错误", "code": -1, "status": "false"}, ErrorCode.NOT_PERMITTED, False),
    ],
)
def test_a_call_turned_away_at_the_door(body: dict[str, Any], code: Any, certain: bool) -> None:
    error = door_error(body, MAKER)
    assert error is not None
    assert (error.code, error.certain) == (code, certain)


def test_the_own_account_refused_is_the_administrators_business() -> None:
    body = {"msg": "该账号存在异常,单点登录失败", "code": -1, "status": False}
    error = door_error(body, OWN)
    assert error is not None
    assert error.code == ErrorCode.NOT_PERMITTED
    assert error.certain


@pytest.mark.parametrize("body", [[], 7, {"code": "SUCCESS"}, {"data": {}, "status": "1"}, {"status": True}])
def test_an_ordinary_answer_passes_the_door(body: Any) -> None:
    assert door_error(body, MAKER) is None


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("SUCCESS", SUCCESS),
        ({"name": "SUCCESS", "statusCode": "1"}, SUCCESS),
        ({"name": "SUCCESS", "statusCode": 1}, SUCCESS),
        ({"name": "NO_PERMISSION", "statusCode": "3"}, "NO_PERMISSION"),
        (None, ""),
    ],
)
def test_code_may_be_an_object_or_absent(code: Any, read: str) -> None:
    assert envelope({"code": code, "data": {}}, "oa").code == read


REFUSALS = [
    ("PARAM_ERROR", {"workflowId": 0}, {}, "DAT-401", True, "workflowId: 0"),
    (
        "PARAM_ERROR",
        {"mainData": "新建流程主表数据不允许为空"},
        {},
        "DAT-401",
        True,
        "mainData: 新建流程主表数据不允许为空",
    ),
    (
        "PARAM_ERROR",
        {"error_param_erp_nokey": "1"},
        {"msgType": "SAVE_MAIN_TABLE_FAIL"},
        "DAT-403",
        True,
        "SAVE_MAIN_TABLE_FAIL",
    ),
    ("PARAM_ERROR", {"errParam_detail_colour": "red"}, {}, "DAT-403", True, "red"),
    (
        "PARAM_ERROR",
        {"field_files": "字段未设置附件上传目录"},
        {},
        "DAT-401",
        True,
        "字段未设置附件上传目录",
    ),
    (
        "NO_PERMISSION",
        {"isremark": 2},
        {"msgType": "NO_REQUEST_SUBMIT_PERMISSION"},
        "PER-701",
        True,
        "isremark: 2",
    ),
    ("USER_EXCEPTION", {}, {}, "MAP-506", True, ""),
    (
        "FAIL",
        {},
        {"msgType": "JUDGE_MUST_INPUT", "msgInfo": {"fieldname": "amount", "fieldlable": "金额"}},
        "DAT-401",
        True,
        "fieldlable: 金额",
    ),
    (
        "SYSTEM_INNER_ERROR",
        {},
        {"msgType": "AFTER_NODE_OPERATE_EX_FAIL", "msgInfo": {"msg": "<b>额度不足</b>"}},
        "DAT-401",
        False,
        "额度不足",
    ),
    ("SOMETHING_NEW", {}, {}, "DAT-401", False, "SOMETHING_NEW"),
    (None, {}, {}, "NET-105", False, ""),
]


@pytest.mark.parametrize(("code", "errors", "fail", "expected", "certain", "said"), REFUSALS)
def test_a_refusal_says_what_and_whether_it_is_certain(
    code: Any, errors: dict[str, Any], fail: dict[str, Any], expected: str, certain: bool, said: str
) -> None:
    fail = {"keyParameters": {}, "otherParams": {"doAutoApprove": "0"}, "msgType": "", **fail}
    error = refusal(envelope({"code": code, "errMsg": errors, "reqFailMsg": fail}, "oa"), MAKER)
    assert (error.code.id, error.certain) == (expected, certain)
    assert said in str(error.facts.get("said", ""))
    assert "doAutoApprove" not in str(error.facts)
    assert set(error.facts) <= set(error.code.facts)


def test_an_unknown_field_is_named() -> None:
    error = refusal(envelope({"code": "PARAM_ERROR", "errMsg": {"errParam_detail_qty": "1"}}, "oa"), MAKER)
    assert (error.facts["field"], error.facts["form"]) == ("qty", "781")


@pytest.mark.parametrize("body", [[], 3, "text", None])
def test_an_envelope_must_be_an_object(body: Any) -> None:
    with pytest.raises(SyncError) as caught:
        envelope(body, "oa")
    assert caught.value.code == ErrorCode.NOT_JSON
    assert not caught.value.certain


def test_ids_and_flags_come_as_numbers_and_as_texts() -> None:
    assert [text_of(value) for value in (781, "3976", None, True)] == ["781", "3976", "", "1"]
    assert [is_yes(value) for value in (True, "true", 1, "1", False, "0", None)] == [True] * 4 + [False] * 3
