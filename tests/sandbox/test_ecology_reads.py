"""Reading one request of the toy e-cology: its form, its state, its log, and what the server keeps to itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from desktop.sandbox.server import Server
from tests.sandbox.test_ecology_signin import Clock, Raw, lines, opened, pairs, serving


@pytest.fixture(scope="module")
def house() -> Iterator[Server]:
    yield from serving()


@pytest.fixture
def raw(house: Server) -> Iterator[Raw]:
    yield from opened(house, Clock())


def status(raw: Raw, made: int, person: str = "57") -> Any:
    return raw.get("getRequestStatus", person, requestId=made)["data"]


def main_fields(answer: Any) -> dict[str, Any]:
    table = answer["data"]["workflowMainTableInfo"]
    return {one["fieldName"]: one for one in table["requestRecords"][0]["workflowRequestTableFields"]}


def test_the_form_comes_back_with_stored_and_shown_values(raw: Raw) -> None:
    main = pairs(customer_id="3001", note="a<b", amount="1")
    made = raw.created(mainData=main, detailData=lines({"material_code": "A", "qty": "2"}))
    answer = raw.get("getWorkflowRequest", requestId=made)
    assert answer["code"] == "SUCCESS"
    fields = main_fields(answer)
    assert fields["customer_id"]["fieldValue"] == "3001"
    assert fields["customer_id"]["fieldShowValue"] == "苏州精工科技有限公司"
    assert fields["note"]["fieldValue"] == "a<b"
    assert (fields["requestname"]["fieldId"], fields["requestname"]["fieldValue"]) == ("-1", "销售订单 XSDD1")
    detail = answer["data"]["workflowDetailTableInfos"][0]
    assert detail["tableDBName"] == "formtable_main_118_dt1"
    row = detail["workflowRequestTableRecords"][0]
    assert [row["recordOrder"]] == list(raw.oa.request(made).details["detail_1"])
    values = {one["fieldName"]: one["fieldValue"] for one in row["workflowRequestTableFields"]}
    assert (values["material_code"], values["qty"], values["spec"]) == ("A", "2.0000", "")


def test_a_request_without_rows_has_an_empty_detail_table(raw: Raw) -> None:
    answer = raw.get("getWorkflowRequest", requestId=raw.created())
    assert answer["data"]["workflowDetailTableInfos"][0]["workflowRequestTableRecords"] == []


def test_opinions_are_html_newest_first_in_words_that_can_change(raw: Raw) -> None:
    made = raw.oa.start(781, "57", {"amount": "100000"}, opinion="请批")
    raw.oa.approve(made, "40", "单价 < 成本\n请复核")
    raw.oa.reject(made, "30", "不同意")
    raw.oa.settings.operate_texts = {(7811, "0"): "同意", (7812, "3"): ""}
    logs = raw.get("getWorkflowRequest", requestId=made)["data"]["workflowRequestLogs"]
    assert [(log["operateType"], log["remark"], log["operatorName"]) for log in logs] == [
        ("", "<p>不同意</p>", "赵芸"),
        ("同意", "<p>单价 &lt; 成本<br/>请复核</p>", "陈杰"),
        ("提交", "<p>请批</p>", "王敏"),
    ]
    assert logs[2]["receivedPersons"] == "陈杰"
    raw_logs = raw.get("getRequestLog", requestId=made)["data"]
    assert [one["logtype"] for one in raw_logs] == ["3", "0", "2"]
    assert raw_logs[0]["remarkHtml"] == "<p>不同意</p>"


def test_the_log_comes_in_pages(raw: Raw) -> None:
    made = raw.created()
    for number in range(12):
        raw.oa.note(made, "40", str(number))
    first = raw.get("getRequestLog", requestId=made)["data"]
    second = raw.get("getRequestLog", requestId=made, otherParams='{"pageSize":10,"pageNumber":2}')["data"]
    assert (len(first), len(second), first[0]["remarkHtml"]) == (10, 3, "11")


def test_opinions_as_a_bare_array_go_on_below_an_entry(raw: Raw) -> None:
    made = raw.oa.start(781, "57", {"amount": "1"})
    raw.oa.approve(made, "40", "好")
    newest, oldest = raw.post("getWorkflowRequestLogs", requestId=made, workflowId=781, pageSize=10)
    assert (newest["operateType"], oldest["operateType"]) == ("批准", "提交")
    rest = raw.post("getWorkflowRequestLogs", requestId=made, pageSize=10, endId=newest["id"])
    assert [log["id"] for log in rest] == [oldest["id"]]


def test_the_status_is_a_link_text_and_ids_are_numbers_and_texts(raw: Raw) -> None:
    made = raw.created()
    found = status(raw, made)
    assert found["status"] == "创建 至 部门负责人审批"
    assert (found["requestId"], found["workflowId"]) == (made, 781)
    assert (found["currentNodeId"], found["currentNodeType"]) == ("7811", "1")
    assert found["mainTableInfoEntity"] == {"billid": -118, "tableDbName": "formtable_main_118"}
    assert "currentNodeName" not in found
    assert "rejcetToType" in found


@pytest.mark.parametrize("bare", [False, True])
def test_the_status_may_come_without_a_code(raw: Raw, bare: bool) -> None:
    made = raw.created()
    raw.oa.settings.status_without_code = bare
    assert ("code" in raw.get("getRequestStatus", requestId=made)) is not bare


def test_who_has_it_now_is_told_by_the_operators(raw: Raw) -> None:
    made = raw.created()
    rows = raw.get("getRequestOperatorInfo", requestid=made)["data"]
    assert [(row["userid"], row["isremark"]) for row in rows] == [("57", 2), ("40", 0)]
    assert rows[0]["operatedate"] and not rows[1]["operatedate"]
    assert rows[1]["viewType"] == 0
    raw.get("getWorkflowRequest", "40", requestId=made)
    assert raw.get("getRequestOperatorInfo", requestid=made)["data"][1]["viewType"] == -2


@pytest.mark.parametrize("name", ["getRequestFlowChart", "getRequestOperatorInfo", "getRequestResources"])
def test_some_endpoints_spell_requestid_in_lower_case(raw: Raw, name: str) -> None:
    made = raw.created()
    assert raw.get(name, requestid=made)["code"] == "SUCCESS"
    assert raw.get(name, requestId=made)["errMsg"] == {"errorParam_requestid": 0}
    assert raw.get("getWorkflowRequest", requestid=made)["errMsg"] == {"errorParam_requestid": 0}
    raw.oa.settings.strict = False
    assert raw.get(name, requestId=made)["code"] == "SUCCESS"


def test_a_change_becomes_visible_late_and_the_nodes_name_later(raw: Raw) -> None:
    raw.oa.settings.visible_after_ms, raw.oa.settings.node_name_after_ms = 2000, 4000
    made = raw.created()
    assert (status(raw, made)["currentNodeType"], status(raw, made)["status"]) == ("0", "")
    raw.clock.advance(3)
    whole = raw.get("getWorkflowRequest", requestId=made)["data"]
    assert (status(raw, made)["currentNodeType"], whole["currentNodeName"]) == ("1", "创建")
    raw.clock.advance(3)
    assert raw.get("getWorkflowRequest", requestId=made)["data"]["currentNodeName"] == "部门负责人审批"
    raw.oa.approve(made, "40")
    assert status(raw, made)["currentNodeType"] == "1"
    assert len(raw.get("getRequestLog", requestId=made)["data"]) == 1
    assert raw.post("getToDoWorkflowRequestCount", "40") == 1
    raw.clock.advance(3)
    assert status(raw, made)["currentNodeType"] == "3"
    assert raw.post("getToDoWorkflowRequestCount", "40") == 0


def test_strangers_may_not_read(raw: Raw) -> None:
    made = raw.created()
    assert [
        raw.get("getWorkflowRequest", person, requestId=made)["code"] for person in ("57", "40", "9", "61")
    ] == [
        "SUCCESS",
        "SUCCESS",
        "SUCCESS",
        "NO_PERMISSION",
    ]
    raw.oa.settings.read_denied = "can_view"
    denied = raw.get("getWorkflowRequest", "61", requestId=made)
    assert (denied["code"], denied["data"]["canView"]) == ("SUCCESS", False)
    assert "workflowMainTableInfo" not in denied["data"]


@pytest.mark.parametrize("code", ["PARAM_ERROR", "NO_PERMISSION"])
def test_a_deleted_request_is_missing(raw: Raw, code: Any) -> None:
    made = raw.created()
    raw.oa.delete(made, "9", monitor=True)
    raw.oa.settings.missing_code = code
    for name in ("getWorkflowRequest", "getRequestStatus", "getRequestLog"):
        assert raw.get(name, requestId=made)["code"] == code


def test_the_monitors_right_can_be_lost_while_running(raw: Raw) -> None:
    made = raw.created()
    assert raw.post("getAllWorkflowRequestCount", "9") == 1
    raw.oa.settings.revoked.add("9")
    assert raw.get("getWorkflowRequest", "9", requestId=made)["code"] == "NO_PERMISSION"
    assert raw.post("getAllWorkflowRequestList", "9") == []
    assert raw.post("getAllWorkflowRequestCount", "9") == 0
    assert raw.get("getWorkflowRequest", "57", requestId=made)["code"] == "SUCCESS"


def test_the_form_of_a_workflow_tells_its_fields(raw: Raw) -> None:
    answer = raw.get("getCreateWorkflowRequestInfo", workflowId=787)
    fields = main_fields(answer)
    assert fields["settle_mode"]["selectvalues"] == ["1", "2", "3"]
    assert fields["settle_mode"]["selectnames"] == ["发票折让", "实物补偿", "抵扣货款"]
    assert (fields["amount"]["fieldDBType"], fields["amount"]["mand"]) == ("decimal(15,2)", True)
    assert (fields["supplier_id"]["fieldHtmlType"], fields["supplier_id"]["fieldType"]) == ("3", "161")
    assert "filedHtmlShow" in fields["amount"]
    detail = answer["data"]["workflowDetailTableInfos"][0]
    assert detail["tableDBName"] == "formtable_main_124_dt1"
    names = [
        one["fieldName"] for one in detail["workflowRequestTableRecords"][0]["workflowRequestTableFields"]
    ]
    assert names[:3] == ["order_no", "order_line", "material_code"]


def test_the_sales_order_form_is_the_contract(raw: Raw) -> None:
    answer = raw.get("getCreateWorkflowRequestInfo", workflowId=781)
    types = {name: one["fieldDBType"] for name, one in main_fields(answer).items()}
    assert types == {
        "erp_bill_no": "varchar(80)",
        "erp_key": "varchar(60)",
        "company": "varchar(50)",
        "bill_date": "char(10)",
        "customer_id": "int",
        "customer_name": "varchar(200)",
        "salesperson": "varchar(60)",
        "currency": "varchar(20)",
        "amount": "decimal(15,2)",
        "line_count": "int",
        "note": "text",
        "erp_link": "varchar(500)",
        "attachments": "text",
    }
    detail = answer["data"]["workflowDetailTableInfos"][0]["workflowRequestTableRecords"][0]
    assert {one["fieldName"]: one["fieldDBType"] for one in detail["workflowRequestTableFields"]} == {
        "entry_id": "varchar(40)",
        "material_code": "varchar(80)",
        "material_name": "varchar(200)",
        "spec": "varchar(200)",
        "unit": "varchar(40)",
        "qty": "decimal(15,4)",
        "tax_price": "decimal(15,6)",
        "tax_rate": "decimal(9,2)",
        "amount": "decimal(15,2)",
        "delivery_date": "char(10)",
    }


def test_the_form_is_shown_to_those_who_may_create_it(raw: Raw) -> None:
    raw.oa.change_workflow(781, creators=frozenset({"61"}))
    assert raw.get("getCreateWorkflowRequestInfo", workflowId=781)["code"] == "NO_PERMISSION"
    assert raw.get("getCreateWorkflowRequestInfo", workflowId=5)["code"] == "PARAM_ERROR"
    listed = raw.post("getCreateWorkflowList", pageSize=50)
    assert [one["workflowId"] for one in listed] == ["782", "783", "784", "785", "786", "787"]
    assert raw.post("getCreateWorkflowCount") == 6
    assert len(raw.post("getCreateWorkflowTypeList")) == raw.post("getCreateWorkflowTypeCount") == 2
