"""The lists of the toy e-cology: whose they are, what narrows them, and how their rows look."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from desktop.sandbox.server import Server
from tests.sandbox.test_ecology_signin import Clock, Raw, opened, pairs, serving


@pytest.fixture(scope="module")
def house() -> Iterator[Server]:
    yield from serving()


@pytest.fixture
def raw(house: Server) -> Iterator[Raw]:
    yield from opened(house, Clock(fixed=datetime(2026, 11, 20, 15, 30, tzinfo=UTC)))


def ids(rows: Any) -> list[int]:
    return [int(row["requestId"]) for row in rows]


def listed(raw: Raw, stem: str, person: str = "57", **conditions: Any) -> list[int]:
    """The ids of a list, after the count agreed with it."""
    rows = raw.post(f"get{stem}WorkflowRequestList", person, conditions=conditions, pageSize=100)
    assert raw.post(f"get{stem}WorkflowRequestCount", person, conditions=conditions) == len(rows)
    return ids(rows)


def test_rows_are_texts_in_a_bare_array(raw: Raw) -> None:
    made = raw.created()
    (row,) = raw.post("getMyWorkflowRequestList", conditions={"requestname": "XSDD1"})
    base = row.pop("workflowBaseInfo")
    assert all(isinstance(value, str) for value in [*row.values(), *base.values()])
    assert (row["requestId"], row["createTime"]) == (str(made), "2026-11-20 23:30:00")
    assert (row["creatorName"], row["currentNodeName"]) == ("王敏", "部门负责人审批")
    assert (row["currentnodetype"], row["isbereject"]) == ("1", "")
    assert base["workflowId"] == "781"


def test_older_patches_have_the_basic_columns_only(raw: Raw) -> None:
    raw.created()
    raw.oa.settings.extended_items = False
    (row,) = raw.post("getMyWorkflowRequestList")
    assert not {"currentnodetype", "isbereject", "isremark", "viewtype"} & set(row)
    assert {"status", "lastOperateTime", "currentNodeId", "receiveTime", "sysName"} <= set(row)


def test_the_title_is_searched_by_contains(raw: Raw) -> None:
    short, longer = raw.created(title="订单 XSDD1"), raw.created(title="订单 XSDD10")
    assert listed(raw, "My", requestname="XSDD1") == [longer, short]
    assert listed(raw, "My", requestname="XSDD10") == [longer]
    assert listed(raw, "My", requestname="没有") == []


def test_pages_are_ten_rows_newest_first(raw: Raw) -> None:
    made = [raw.oa.start(781, "57", {"amount": "1"}) for _ in range(12)]
    newest = made[::-1]
    assert ids(raw.post("getMyWorkflowRequestList")) == newest[:10]
    assert ids(raw.post("getMyWorkflowRequestList", pageNo=2)) == newest[10:]
    assert ids(raw.post("getMyWorkflowRequestList", pageNo=2, pageSize=5)) == newest[5:10]
    assert raw.post("getMyWorkflowRequestList", pageNo=3) == []


def test_everybody_sees_his_own_lists(raw: Raw) -> None:
    raw.oa.settings.copied_at_archive = ("9",)
    waiting, returned, over = (raw.oa.start(781, "57", {"amount": "1"}) for _ in range(3))
    other = raw.oa.start(783, "61", {"amount": "1"})
    raw.oa.reject(returned, "40", "不行")
    raw.oa.approve(over, "40")
    assert listed(raw, "My") == [over, returned, waiting]
    assert listed(raw, "ToDo") == listed(raw, "BeReject") == [returned]
    assert listed(raw, "ToDo", "40") == [waiting] == listed(raw, "Doing", "40")
    assert listed(raw, "Handled", "40") == [returned]
    assert listed(raw, "Processed", "40") == [over]
    assert listed(raw, "CC", "9") == [over] == listed(raw, "ToBeRead", "9")
    assert listed(raw, "All", "9") == [other, over, returned, waiting]
    assert listed(raw, "All", "61") == [other]
    raw.get("getWorkflowRequest", "9", requestId=over)
    assert listed(raw, "ToBeRead", "9") == []
    (row,) = raw.post("getBeRejectWorkflowRequestList")
    assert (row["isbereject"], row["currentnodetype"]) == ("1", "0")


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ({"archivestatus": "1"}, [2]),
        ({"archivestatus": "2"}, [1, 0]),
        ({"nodetype": "0"}, [1]),
        ({"workflowIds": "781,782"}, [1, 0]),
        ({"workflowTypes": "31"}, [2]),
        ({"createrid": "61"}, [2]),
        ({"hrmcreaterid": "57"}, [1, 0]),
        ({"workcode": "A0061"}, [2]),
        ({"ownerdepartmentid": "21"}, [1, 0]),
        ({"requestlevel": "2"}, [0]),
        ({"createrid": "57", "nodetype": "1"}, [0]),
        ({"nosuchkey": "1"}, [2, 1, 0]),
    ],
)
def test_conditions_narrow_a_list(raw: Raw, conditions: dict[str, str], found: list[int]) -> None:
    made = [
        raw.created(requestLevel="2"),
        raw.created(workflowId=782, mainData=pairs(amount="1")),
        raw.oa.start(787, "61", {"amount": "1"}),
    ]
    raw.oa.reject(made[1], "40", "不行")
    raw.oa.force_over(made[2])
    assert listed(raw, "All", "9", **conditions) == [made[place] for place in found]


def test_ranges_are_whole_local_days(raw: Raw) -> None:
    """23:30 in China on the 20th; an hour later it is the 21st there, and still the 20th in UTC."""
    first = raw.created()
    raw.clock.advance(3600)
    raw.tokens.clear()
    second = raw.created()
    for kind in ("createdate", "operatedate", "recievedate"):
        day = {f"{kind}select": "6", f"{kind}from": "2026-11-21", f"{kind}to": "2026-11-21"}
        assert listed(raw, "My", **day) == [second]
        assert listed(raw, "My", **{**day, f"{kind}from": "2026-11-20"}) == [second, first]
        assert listed(raw, "My", **{f"{kind}select": "1"}) == [second]
        assert listed(raw, "My", **{f"{kind}from": "2026-11-21"}) == [second, first]
    raw.oa.approve(first, "40")
    assert listed(raw, "All", "9", operatedateselect="6", operatedatefrom="2026-11-21") == [second, first]
    assert listed(raw, "All", "9", operatedateselect="6", operatedateto="2026-11-20") == []


@pytest.mark.parametrize(
    ("select", "found"),
    [
        ("0", "abcdef"),
        ("1", "f"),
        ("2", "ef"),
        ("3", "def"),
        ("4", "cdef"),
        ("5", "bcdef"),
        ("7", "c"),
        ("8", "a"),
    ],
)
def test_named_ranges(raw: Raw, select: str, found: str) -> None:
    days = {
        "a": datetime(2025, 12, 31, 4, tzinfo=UTC),
        "b": datetime(2026, 2, 1, 4, tzinfo=UTC),
        "c": datetime(2026, 10, 5, 4, tzinfo=UTC),
        "d": datetime(2026, 11, 2, 4, tzinfo=UTC),
        "e": datetime(2026, 11, 16, 4, tzinfo=UTC),
        "f": datetime(2026, 11, 20, 4, tzinfo=UTC),
    }
    made = {}
    for name, day in days.items():
        raw.clock.fixed = day
        made[raw.oa.start(781, "57", {"amount": "1"})] = name
    rows = listed(raw, "My", createdateselect=select)
    assert "".join(made[number] for number in reversed(rows)) == found


def test_a_new_request_may_hide_from_lists_at_first(raw: Raw) -> None:
    raw.oa.settings.list_hides_ms = 5000
    made = raw.created()
    assert listed(raw, "My") == [] == listed(raw, "All", "9")
    assert raw.get("getRequestStatus", requestId=made)["code"] == "SUCCESS"
    raw.clock.advance(6)
    assert listed(raw, "My") == [made] == listed(raw, "All", "9")


def test_the_to_do_list_by_tabs_and_the_count_that_heeds_userid(raw: Raw) -> None:
    first, second = raw.created(), raw.created()
    raw.get("getWorkflowRequest", "40", requestId=first)
    assert ids(raw.post("getToDoRequestList", "40", tabIds="0")) == [second, first]
    assert ids(raw.post("getToDoRequestList", "40", tabIds="1")) == [second]
    assert raw.post("getToDoRequestCount", "57", userId="40") == 2
    assert raw.post("getToDoWorkflowRequestCount", "57", userId="40") == 0


def test_malformed_conditions_are_refused(raw: Raw) -> None:
    assert raw.post("getMyWorkflowRequestList", conditions="{")["code"] == "PARAM_ERROR"


def test_lists_are_posted_and_reads_are_got(raw: Raw) -> None:
    path = "/api/workflow/paService/"
    assert raw.ask("GET", path + "getMyWorkflowRequestList", "57").status_code == 405
    assert raw.ask("POST", path + "getWorkflowRequest", "57").status_code == 405
    assert raw.ask("POST", path + "nosuch", "57").status_code == 404
