"""doCreateRequest of the toy e-cology: the order of its checks, its errMsg keys, and what is stored in the end."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from desktop.sandbox.server import Server
from tests.sandbox.test_ecology_signin import PA, Clock, Raw, as_json, lines, opened, pairs, serving


@pytest.fixture(scope="module")
def house() -> Iterator[Server]:
    yield from serving()


@pytest.fixture
def raw(house: Server) -> Iterator[Raw]:
    yield from opened(house, Clock())


def test_a_request_is_created_and_flows_on(raw: Raw) -> None:
    rows = lines({"material_code": "M0001", "qty": "2", "amount": "226"})
    answer = raw.create(detailData=rows, requestLevel="2", remark="<p>请审批</p>")
    made = answer["data"]["requestid"]
    assert answer == {"code": "SUCCESS", "data": {"requestid": made}, "errMsg": {}}
    assert isinstance(made, int)
    record = raw.oa.request(made)
    assert (record.creator, record.node, record.node_type, record.level) == ("57", "部门负责人审批", 1, 2)
    assert record.waiting == ("40",)
    assert [row["material_code"] for row in record.details["detail_1"].values()] == ["M0001"]
    assert [(entry.logtype, entry.remark) for entry in record.log] == [("2", "<p>请审批</p>")]


def test_a_json_body_is_taken_too(raw: Raw) -> None:
    body: dict[str, Any] = {"workflowId": 781, "requestName": "题", "mainData": pairs(amount="1")}
    headers = {"Content-Type": "application/json"}
    nested = raw.ask("POST", PA + "doCreateRequest", "57", json=body, headers=headers).json()
    body["mainData"] = as_json(body["mainData"])
    as_text = raw.ask("POST", PA + "doCreateRequest", "57", json=body, headers=headers).json()
    assert nested["code"] == as_text["code"] == "SUCCESS"


@pytest.mark.parametrize(
    ("change", "code", "err", "kind"),
    [
        ({"workflowId": "0"}, "PARAM_ERROR", {"workflowId": 0}, ""),
        ({"workflowId": "abc"}, "PARAM_ERROR", {"workflowId": 0}, ""),
        ({"mainData": "[{"}, "PARAM_ERROR", {"workflowId": 0}, ""),
        ({"mainData": '{"a":1}'}, "PARAM_ERROR", {"workflowId": 0}, ""),
        ({"detailData": "x"}, "PARAM_ERROR", {"workflowId": 0}, ""),
        ({"requestName": ""}, "PARAM_ERROR", {"requestName": ""}, ""),
        ({"workflowId": "1"}, "PARAM_ERROR", {"msg": "流程1不存在"}, ""),
        ({"mainData": "[]"}, "PARAM_ERROR", {"mainData": "新建流程主表数据不允许为空"}, ""),
        ({"mainData": pairs(nosuch="v")}, "PARAM_ERROR", {"error_param_nosuch": "v"}, "SAVE_MAIN_TABLE_FAIL"),
        (
            {"detailData": lines({"qty": "1"}, table="formtable_main_118_dt9")},
            "PARAM_ERROR",
            {"error_param_detailData_tableName": "formtable_main_118_dt9"},
            "SAVE_DETAIL_TABLE_FAIL",
        ),
        (
            {"detailData": lines({"nosuch": "1"})},
            "PARAM_ERROR",
            {"errParam_detail_nosuch": "1"},
            "SAVE_DETAIL_TABLE_FAIL",
        ),
    ],
)
def test_each_check_has_its_own_answer(
    raw: Raw, change: dict[str, Any], code: str, err: dict[str, Any], kind: str
) -> None:
    answer = raw.create(**change)
    assert (answer["code"], answer["errMsg"]) == (code, err)
    assert answer["reqFailMsg"]["msgType"] == kind
    assert raw.oa.requests() == []


def test_the_checks_come_in_the_vendors_order(raw: Raw) -> None:
    """Everything is wrong at once; each cure uncovers the next complaint."""
    wrong: dict[str, Any] = {"workflowId": "0", "requestName": "", "mainData": "[]"}
    wrong["detailData"] = lines({"nosuch": "1"})
    raw.oa.change_workflow(781, in_force=False, creators=frozenset({"61"}))
    complaints = []
    cures: list[Any] = [
        {"workflowId": "781"},
        {"requestName": "题"},
        lambda: raw.oa.change_workflow(781, in_force=True),
        lambda: raw.oa.change_workflow(781, creators=None),
        {"mainData": pairs(nosuch="1")},
        {"mainData": pairs(amount="1")},
        {"detailData": "[]"},
    ]
    for cure in cures:
        answer = raw.post("doCreateRequest", **wrong)
        complaints.append((answer["code"], next(iter(answer["errMsg"]))))
        if isinstance(cure, dict):
            wrong.update(cure)
        else:
            cure()
    assert complaints == [
        ("PARAM_ERROR", "workflowId"),
        ("PARAM_ERROR", "requestName"),
        ("NO_PERMISSION", "msg"),
        ("NO_PERMISSION", "msg"),
        ("PARAM_ERROR", "mainData"),
        ("PARAM_ERROR", "error_param_nosuch"),
        ("PARAM_ERROR", "errParam_detail_nosuch"),
    ]
    assert raw.post("doCreateRequest", **wrong)["code"] == "SUCCESS"


def test_a_wrong_content_type_looks_like_a_missing_workflow(raw: Raw) -> None:
    headers = {"Content-Type": "text/plain"}
    answer = raw.ask("POST", PA + "doCreateRequest", "57", data="workflowId=781", headers=headers).json()
    assert answer["errMsg"] == {"workflowId": 0}


def test_the_right_to_create_is_checked_unless_the_caller_waives_it(raw: Raw) -> None:
    raw.oa.change_workflow(781, creators=frozenset({"61"}))
    assert raw.create()["code"] == "NO_PERMISSION"
    assert raw.create(otherParams={"isVerifyPer": "0"})["code"] == "SUCCESS"


def test_isnextflow_0_leaves_a_draft_with_its_creator(raw: Raw) -> None:
    made = raw.created(otherParams={"isnextflow": "0"})
    record = raw.oa.request(made)
    assert (record.node_type, record.status, record.waiting, record.log) == (0, "", ("57",), [])
    raw.post("submitRequest", requestId=made)
    assert raw.oa.request(made).node_type == 1


@pytest.mark.parametrize("keep", ["0", "1"])
def test_a_request_without_a_next_person_is_deleted_or_stays_as_draft(raw: Raw, keep: str) -> None:
    answer = raw.create("30", otherParams={"delReqFlowFaild": keep})
    assert answer["code"] == "SYSTEM_INNER_ERROR"
    assert answer["reqFailMsg"]["msgInfo"]["msg"] == "下一节点没有操作者，流程无法流转"
    assert [record.node_type for record in raw.oa.requests()] == ([0] if keep == "0" else [])
    assert raw.oa.graveyard == ()


def test_the_nodes_own_action_can_refuse(raw: Raw) -> None:
    raw.oa.settings.action_refuses[7810] = "库存不足"
    answer = raw.create()
    assert answer["code"] == "SYSTEM_INNER_ERROR"
    assert answer["reqFailMsg"]["msgType"] == "AFTER_NODE_OPERATE_EX_FAIL"
    assert answer["reqFailMsg"]["msgInfo"] == {"msg": "库存不足"}


def test_the_active_version_takes_the_place_of_the_workflow_asked_for(raw: Raw) -> None:
    newer = raw.oa.add_version(781)
    made = raw.created()
    assert raw.oa.request(made).workflow_id == newer != 781
    assert raw.get("getRequestStatus", requestId=made)["data"]["workflowId"] == newer
    assert raw.post("getAllWorkflowRequestCount", "9", conditions={"workflowIds": "781"}) == 1
    raw.oa.settings.versions_joined = False
    assert raw.post("getAllWorkflowRequestCount", "9", conditions={"workflowIds": "781"}) == 0


def test_the_same_create_twice_gives_two_requests(raw: Raw) -> None:
    main = pairs(erp_key="KEY-R1", amount="1")
    assert raw.created(mainData=main) != raw.created(mainData=main)
    assert len(raw.oa.ever_created("KEY-R1")) == 2


def test_numbers_are_rounded_to_the_decimals_of_the_field(raw: Raw) -> None:
    made = raw.created(
        mainData=pairs(amount="226.005", line_count="1", bill_date="2026-11-20"),
        detailData=lines({"qty": "12.50005", "tax_price": "1.1234565", "tax_rate": "13"}),
    )
    record = raw.oa.request(made)
    assert record.fields["amount"] == "226.01"
    row = next(iter(record.details["detail_1"].values()))
    assert (row["qty"], row["tax_price"], row["tax_rate"]) == ("12.5001", "1.123457", "13.00")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("erp_key", "K" * 61),
        ("amount", "1,226.00"),
        ("amount", "12345678901234.00"),
        ("amount", "abc"),
        ("line_count", "x"),
        ("bill_date", "2026-11-20 00:00:00"),
        ("bill_date", "2026/11/20"),
        ("customer_id", "CUST0001"),
    ],
)
def test_a_value_that_does_not_fit_the_field_is_refused(raw: Raw, field: str, value: str) -> None:
    answer = raw.create(mainData=pairs(**{"amount": "1", field: value}))
    assert answer["code"] == "PARAM_ERROR"
    assert answer["errMsg"] == {f"error_param_{field}": value}
    assert answer["reqFailMsg"]["msgType"] == "SAVE_MAIN_TABLE_FAIL"


def test_a_chinese_character_can_count_three(raw: Raw) -> None:
    main = pairs(salesperson="王" * 21, amount="1")
    assert raw.create(mainData=main)["code"] == "SUCCESS"
    raw.oa.settings.chinese_counts = 3
    assert raw.create(mainData=main)["code"] == "PARAM_ERROR"


def test_mandatory_fields_are_checked_only_where_the_patch_does_so(raw: Raw) -> None:
    main = pairs(erp_bill_no="X")
    assert raw.create(mainData=main)["code"] == "SUCCESS"
    raw.oa.settings.mandatory_at_create = True
    answer = raw.create(mainData=main)
    assert (answer["code"], answer["reqFailMsg"]["msgType"]) == ("FAIL", "JUDGE_MUST_INPUT")
    assert answer["reqFailMsg"]["msgInfo"]["fieldname"] == "company"


def test_the_code_can_come_as_an_object(raw: Raw) -> None:
    raw.oa.settings.code_as_object = True
    assert raw.create()["code"] == {"name": "SUCCESS", "statusCode": "1"}
    assert raw.create(requestName="")["code"]["statusCode"] != "1"


class _Shelf(BaseHTTPRequestHandler):
    """A server from which the OA fetches an attachment itself."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"fetched")

    def log_message(self, *args: Any) -> None:
        pass


def test_attachments_are_fetched_by_the_oa(raw: Raw) -> None:
    shelf = HTTPServer(("127.0.0.1", 0), _Shelf)
    thread = threading.Thread(target=shelf.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    files = [
        {"filePath": f"http://127.0.0.1:{shelf.server_port}/a.pdf", "fileName": "a.pdf"},
        {"filePath": "base64:" + b64encode(b"inline").decode(), "fileName": "b.txt"},
    ]
    made = raw.created(workflowId=782, mainData=pairs(amount="1", attachments=files))
    shelf.shutdown()
    shelf.server_close()
    found = raw.get("getRequestResources", requestid=made)["data"]
    assert [(one["name"], one["type"]) for one in found] == [("a.pdf", 3), ("b.txt", 3)]
    contents = [raw.ask("GET", one["downloadUrl"], "57").content for one in found]
    assert contents == [b"fetched", b"inline"]


def test_an_attachment_needs_an_upload_directory_and_an_address_that_answers(raw: Raw) -> None:
    files = [{"filePath": "base64:YQ==", "fileName": "a.txt"}]
    gone = [{"filePath": "http://127.0.0.1:1/a.pdf", "fileName": "a.pdf"}]
    answer = raw.create(workflowId=782, mainData=pairs(amount="1", attachments=gone))
    assert answer["code"] == "PARAM_ERROR"
    raw.oa.settings.upload_directories = set()
    answer = raw.create(workflowId=782, mainData=pairs(amount="1", attachments=files))
    assert answer["errMsg"] == {"field_attachments": "字段未设置附件上传目录"}
