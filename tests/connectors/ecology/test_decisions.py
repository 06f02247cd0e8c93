"""The table of section 9: where a request stands, told from its node and from what people did."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from desktop.connectors.ecology.decisions import (
    needs_logtype,
    operations,
    opinions,
    parse_time,
    status_of,
    waiting_on,
    with_logtypes,
)
from desktop.domain.record import Decision, RequestStatus
from tests.connectors.ecology.conftest import log_of

CHINA = ZoneInfo("Asia/Shanghai")
CREATE_NODE, APPROVE_NODE = "3975", "3976"


def done(*texts: str) -> Any:
    logs = [log_of(n, text, CREATE_NODE if n == 1 else APPROVE_NODE) for n, text in enumerate(texts, start=1)]
    return operations(reversed(logs), CHINA)  # the server sends the newest first


@pytest.mark.parametrize(
    ("node_type", "texts", "status"),
    [
        ("1", ["提交"], RequestStatus.RUNNING),
        ("2", ["提交", "批准"], RequestStatus.RUNNING),
        ("1", ["提交", "批准", "退回"], RequestStatus.RUNNING),
        ("3", ["提交", "批准"], RequestStatus.APPROVED),
        ("3", ["提交", "批准", "提交"], RequestStatus.APPROVED),
        ("3", ["提交", "批准", "批注"], RequestStatus.APPROVED),
        ("3", ["提交", "强制归档"], RequestStatus.ENDED),
        ("3", ["提交", "批准", "强制归档"], RequestStatus.ENDED),
        ("3", ["提交", "退回", "强制归档", "批注"], RequestStatus.ENDED),
        ("3", ["提交", "干预"], RequestStatus.ENDED),
        ("3", [], RequestStatus.ENDED),
        ("3", ["提交", "已处理"], RequestStatus.ENDED),
        ("0", ["提交", "退回"], RequestStatus.REJECTED),
        ("0", ["提交", "退回", "批注"], RequestStatus.REJECTED),
        ("0", ["提交", "撤回"], RequestStatus.WITHDRAWN),
        ("0", ["提交", "强制收回"], RequestStatus.WITHDRAWN),
        ("0", ["提交", "退回", "提交"], RequestStatus.RUNNING),
        ("0", ["提交"], RequestStatus.RUNNING),
        ("0", [], RequestStatus.RUNNING),
        ("0", ["提交", "干预"], RequestStatus.RUNNING),
    ],
)
def test_status_table(node_type: str, texts: list[str], status: RequestStatus) -> None:
    assert status_of(node_type, done(*texts)) is status


@pytest.mark.parametrize(
    ("node_type", "texts", "needed"),
    [
        ("1", ["提交", "阅办"], False),
        ("3", ["提交", "批准"], False),
        ("3", ["提交", "强制归档"], False),
        ("3", ["提交", "同意"], True),
        ("3", ["提交", "退回"], True),
        ("3", [], True),
        ("0", ["提交"], False),
        ("0", ["提交", "退回"], False),
        ("0", ["提交", "不同意"], True),
        ("0", ["提交", "批准"], True),
    ],
)
def test_the_logtype_is_asked_only_where_the_texts_do_not_carry_the_decision(
    node_type: str, texts: list[str], needed: bool
) -> None:
    assert needs_logtype(node_type, CREATE_NODE, done(*texts)) is needed


@pytest.mark.parametrize(
    ("node_type", "logtype", "status"),
    [
        ("3", "0", RequestStatus.APPROVED),
        ("3", "2", RequestStatus.APPROVED),
        ("3", "e", RequestStatus.ENDED),
        ("3", "i", RequestStatus.ENDED),
        ("0", "3", RequestStatus.REJECTED),
        ("0", "r", RequestStatus.WITHDRAWN),
    ],
)
@pytest.mark.parametrize("key", ["id", "tmpLogId", ""])
def test_a_renamed_button_is_told_by_its_logtype(
    node_type: str, logtype: str, status: RequestStatus, key: str
) -> None:
    log = [
        {"logtype": "2", "nodeid": 3975, "operatedate": "2026-11-20", "operatetime": "09:00:01"},
        {"logtype": logtype, "nodeid": 3976, "operatedate": "2026-11-20", "operatetime": "09:00:02"},
        {"logtype": "9", "nodeid": 3976, "operatedate": "2026-11-20", "operatetime": "09:00:03"},
    ]
    if key:
        log = [{**item, key: number} for number, item in enumerate(log, start=1)]
    assert status_of(node_type, with_logtypes(done("起草", "办理", "说两句"), log, CHINA)) is status
    assert status_of(node_type, with_logtypes((), log, CHINA)) is status


def test_an_operation_that_the_log_does_not_show_proves_nothing() -> None:
    assert status_of("3", with_logtypes(done("起草", "办理"), [], CHINA)) is RequestStatus.ENDED


def test_operations_within_one_second_are_told_apart_by_their_id() -> None:
    logs = [log_of(9, "批准", second=5), log_of(10, "退回", second=5)]
    assert [one.text for one in operations(reversed(logs), CHINA)] == ["批准", "退回"]


def test_opinions_are_plain_text_oldest_first() -> None:
    logs = [
        log_of(3, "同意", remark="<p>价格&nbsp;合适<script>x()</script></p>"),
        log_of(2, "保存", remark="半句"),
        log_of(1, "提交", CREATE_NODE, remark="请审批"),
    ]
    told = opinions(operations(logs, CHINA))
    assert [(one.decision, one.text, one.person) for one in told] == [
        (Decision.SUBMITTED, "请审批", "陈杰"),
        (Decision.REMARK, "价格 合适", "陈杰"),
    ]
    assert told[0].at == datetime(2026, 11, 20, 1, 0, 1, tzinfo=UTC)


def test_who_has_it_now_is_whom_the_newest_operation_passed_it_to() -> None:
    logs = [log_of(1, "提交", received="陈杰,赵芸"), log_of(2, "批注", received="王敏")]
    assert waiting_on(operations(logs, CHINA)) == ("陈杰", "赵芸")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-20 09:10:00", datetime(2026, 11, 20, 1, 10, tzinfo=UTC)),
        ("2026-11-20 09:10", datetime(2026, 11, 20, 1, 10, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 19, 16, tzinfo=UTC)),
        ("", None),
        ("昨天", None),
    ],
)
def test_times_are_the_oas_local_time(text: str, at: datetime | None) -> None:
    assert parse_time(text, CHINA) == at
