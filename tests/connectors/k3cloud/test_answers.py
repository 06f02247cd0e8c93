"""Every shape in which the server answers, as its documents and other people's clients have seen them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from desktop.connectors.http import Answer
from desktop.connectors.k3cloud.answers import Reply, key_text, refusal, reply_of, rows_of, value_of
from desktop.domain.errors import ErrorCode, SyncError

LOST = "会话信息已丢失，请重新登录"
LOCK = "“demo”使用业务单据：“销售订单”业务操作-“[销售订单-XSDD000028-修改]”冲突，请稍候再使用。"


def came(text: str, status: int = 200) -> Answer:
    return Answer("erp", status, text, {})


def result(
    *, ok: bool | str, code: int | str = 0, said: str = "", done: list[Any] | None = None, **more: Any
) -> Any:
    errors = [{"FieldName": None, "Message": said, "DIndex": 0}] if said else []
    status = {
        "ErrorCode": 500,
        "IsSuccess": ok,
        "Errors": errors,
        "SuccessEntitys": done or [],
        "MsgCode": code,
    }
    return {"Result": {"ResponseStatus": status} | more}


def reply(value: Any) -> Reply:
    return reply_of("erp", value_of(came(json.dumps(value, ensure_ascii=False))))


def refused_with(call: Any, *given: Any) -> SyncError:
    with pytest.raises(SyncError) as raised:
        call(*given)
    return raised.value


# Session lost


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(result(ok=False, code=1, said=LOST)),
        json.dumps([result(ok=False, code=1, said=LOST)]),
        json.dumps([[result(ok=False, code=1, said=LOST)]]),
        json.dumps(result(ok="false", code="1", said="")),
        json.dumps(result(ok=False, code=0, said="登录已失效")),
        json.dumps(json.dumps(result(ok=False, code=1, said=LOST))),
        json.dumps(json.dumps(json.dumps([[result(ok=False, code=1, said=LOST)]]))),
        "response_error:" + json.dumps(result(ok=False, code=1, said=LOST)),
        "response_error:" + LOST,
        json.dumps("response_error:" + LOST),
        LOST,
        "{}",
        "null",
        '{"Result": null}',
        '{"Result": {}}',
        '<html><form action="/login"><input type="password"></form></html>',
    ],
)
def test_a_lost_session_is_recognised_in_every_shape_and_is_never_certain(text):
    for read in (reply_of, rows_of):
        error = refused_with(lambda read=read: read("erp", value_of(came(text))))
        assert error.code is ErrorCode.SESSION_LOST
        assert not error.certain


@pytest.mark.parametrize("status", [401, 302])
def test_a_refusal_at_the_door_is_a_lost_session(status):
    assert refused_with(value_of, came("", status)).code is ErrorCode.SESSION_LOST


def test_an_empty_list_of_rows_is_no_lost_session():
    assert rows_of("erp", value_of(came("[]"))) == []


def test_a_batch_that_did_something_is_not_taken_for_a_lost_session():
    told = reply(result(ok=False, code=11, said="用户未登录", done=[{"Id": 1, "Number": "A", "DIndex": 0}]))
    assert told.done[0].key == "1"


def test_a_server_that_moved_is_no_lost_session():
    error = refused_with(value_of, Answer("erp", 301, "", {"location": "https://erp.example.test/k3cloud/"}))
    assert (error.code, error.facts["said"]) == (ErrorCode.SERVER_ERROR, "https://erp.example.test/k3cloud/")


# Trouble outside the result


@pytest.mark.parametrize(
    ("text", "status", "code", "certain"),
    [
        ("<html><h1>Server Error</h1></html>", 500, ErrorCode.SERVER_ERROR, False),
        ("<html>Service Unavailable</html>", 503, ErrorCode.SERVER_ERROR, False),
        ("<html>not here</html>", 404, ErrorCode.SERVER_ERROR, False),
        ("<html>too large</html>", 413, ErrorCode.SERVER_ERROR, True),
        ("Additional text found in JSON string", 500, ErrorCode.SERVER_ERROR, False),
        ("slow down", 429, ErrorCode.THROTTLED, True),
        ('{"errcode": 4006, "description": "timestamp expired"}', 519, ErrorCode.SIGN_IN_REFUSED, True),
        ('{"errcode": 5001, "description": "no such api"}', 519, ErrorCode.CANNOT, True),
        ("<html>gateway</html>", 519, ErrorCode.SERVER_ERROR, False),
        ("<html>maintenance</html>", 200, ErrorCode.NOT_JSON, False),
        ('{"Result": {"ResponseStatus": {"IsSuc', 200, ErrorCode.NOT_JSON, False),
        ("", 200, ErrorCode.NOT_JSON, False),
        ('response_error:{"Message": "Object reference not set"}', 200, ErrorCode.SERVER_ERROR, False),
        ("response_error:something broke", 200, ErrorCode.SERVER_ERROR, False),
    ],
)
def test_trouble_outside_the_result_has_its_own_code(text, status, code, certain):
    error = refused_with(value_of, came(text, status))
    assert (error.code, error.certain) == (code, certain)
    assert "<" not in str(error.facts.get("said", ""))


@pytest.mark.parametrize("value", [{"Message": "?"}, [1, 2], "words", 7, [{"a": 1}]])
def test_a_shape_that_nobody_knows_is_unreadable(value):
    for read in (reply_of, rows_of):
        error = refused_with(read, "erp", value)
        assert (error.code, error.certain) == (ErrorCode.UNREADABLE, False)


# Rows and replies


def test_what_is_no_number_of_this_world_spoils_no_other_row():
    rows = value_of(came('[["a", NaN, 1e999999, 12.50], ["b", 1, 2, 3.00]]'))
    assert rows_of("erp", rows) == [["a", "NaN", "1e999999", Decimal("12.50")], ["b", 1, 2, Decimal("3.00")]]


def test_rows_keep_their_numbers_exact():
    assert rows_of("erp", value_of(came('[[100001, 0.1, "x", null, true]]'))) == [
        [100001, Decimal("0.1"), "x", None, True]
    ]


def test_the_error_of_a_list_query_is_not_taken_for_a_row():
    told = rows_of("erp", [[result(ok=False, code=9, said="元数据中标识为FXYZ的字段不存在")]])
    assert isinstance(told, Reply)
    error = refusal("erp", "SAL_SaleOrder", "", told.msg_code, told.said)
    assert (error.code, error.facts["field"], error.facts["form"]) == (
        ErrorCode.FIELD_MISSING,
        "FXYZ",
        "SAL_SaleOrder",
    )


@pytest.mark.parametrize(("told", "expected"), [(True, True), ("true", True), ("True", True), (False, False), ("false", False), (None, False), ("", False)])  # fmt: skip
def test_success_is_told_as_a_bool_or_as_text(told, expected):
    assert reply(result(ok=told)).ok is expected


def test_a_saved_bill_without_success_entities_is_read_from_the_result():
    told = reply(result(ok=True, Id=105016, Number="XSDD000001"))
    assert [(each.key, each.number) for each in told.done] == [("105016", "XSDD000001")]


def test_a_failed_save_has_no_bill_however_the_id_is_spelt():
    assert reply(result(ok=False, code=11, said="no", Id=7, Number="X")).done == ()


def test_an_answer_without_a_status_states_nothing():
    told = reply({"Result": {"Result": {"Id": 1}, "ResponseStatus": None}})
    assert (told.stated, told.ok, told.refused_whole) == (False, False, False)


@pytest.mark.parametrize(("told", "key"), [(100001, "100001"), ("a-1 ", "a-1"), (Decimal("100001.0"), "100001"), (0, ""), ("0", ""), (None, ""), (" ", "")])  # fmt: skip
def test_an_id_is_text_and_nought_is_none(told, key):
    assert key_text(told) == key


# What a "no" means


@pytest.mark.parametrize(
    ("code", "said", "expected", "certain"),
    [
        (11, "字段“客户”是必填项", ErrorCode.REFUSED, True),
        (12, "不可操作", ErrorCode.REFUSED, True),
        (0, "单据已经审核！", ErrorCode.REFUSED, True),
        (0, "", ErrorCode.REFUSED, False),
        (4, "未将对象引用设置到对象的实例", ErrorCode.REFUSED, False),
        (6, "数据库执行异常", ErrorCode.REFUSED, False),
        (99, "a later version's reason", ErrorCode.REFUSED, False),
        (2, "您没有该功能的操作权限", ErrorCode.NOT_PERMITTED, True),
        (4, "您没有该功能的操作权限", ErrorCode.NOT_PERMITTED, True),
        (15, "不允许管理员登录", ErrorCode.NOT_PERMITTED, True),
        (7, "许可数不足", ErrorCode.LICENCE, True),
        (14, "调用次数超限", ErrorCode.THROTTLED, True),
        (13, "x", ErrorCode.LOCKED_BY_USER, True),
        (0, LOCK, ErrorCode.LOCKED_BY_USER, True),
        (4, LOCK, ErrorCode.LOCKED_BY_USER, True),
        (10, "没有数据", ErrorCode.RECORD_MISSING, True),
        (4, "传递的编码值不存在", ErrorCode.RECORD_MISSING, True),
    ],
)
def test_a_refusal_is_named_and_certain_only_where_nothing_can_have_happened(code, said, expected, certain):
    error = refusal("erp", "F", "X1", code, said)
    assert (error.code, error.certain) == (expected, certain)
    assert set(error.facts) <= set(expected.facts)


@pytest.mark.parametrize("said", ["存在下游单据，不能反审核", "单据已关联", "已生成出库单"])
def test_later_bills_forbid_an_un_audit_and_nothing_else(said):
    assert refusal("erp", "F", "X1", 11, said, step="UnAudit").code is ErrorCode.DOWNSTREAM_BLOCKS
    assert refusal("erp", "F", "X1", 11, said, step="Audit").code is ErrorCode.REFUSED
