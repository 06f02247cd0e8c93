"""Driving a request of the toy e-cology from node to node, by everybody who may and by those who may not."""

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


def done(answer: Any) -> None:
    assert answer == {"code": "SUCCESS", "errMsg": {}}


def test_approval_leads_to_the_archive(raw: Raw) -> None:
    made = raw.created()
    done(raw.post("submitRequest", "40", requestId=made, remark="<p>同意</p>", otherParams={"src": "submit"}))
    record = raw.oa.request(made)
    assert (record.node_type, record.status) == (3, "部门负责人审批 至 归档")
    assert [entry.logtype for entry in record.log] == ["2", "0"]


def test_a_large_amount_goes_to_the_bosss_boss_too(raw: Raw) -> None:
    made = raw.created(mainData=pairs(amount="100000"))
    done(raw.post("submitRequest", "40", requestId=made))
    assert raw.oa.request(made).waiting == ("30",)
    done(raw.post("submitRequest", "30", requestId=made))
    assert raw.oa.request(made).node_type == 3


@pytest.mark.parametrize("name", ["submitRequest", "rejectRequest"])
def test_only_the_person_whose_turn_it_is_may_act(raw: Raw, name: str) -> None:
    made = raw.created()
    answer = raw.post(name, "61", requestId=made)
    assert answer["code"] == "NO_PERMISSION"
    assert answer["errMsg"]["isremark"] == 2
    if name == "submitRequest":
        assert answer["reqFailMsg"]["msgType"] == "NO_REQUEST_SUBMIT_PERMISSION"


def test_a_returned_request_keeps_its_id_for_the_second_round(raw: Raw) -> None:
    made = raw.created(
        mainData=pairs(erp_key="K-R1", amount="1"),
        detailData=lines({"material_code": "A"}, {"material_code": "B"}),
    )
    done(raw.post("rejectRequest", "40", requestId=made, remark="<p>价格不对</p>"))
    record = raw.oa.request(made)
    assert (record.node_type, record.is_rejected, record.waiting) == (0, True, ("57",))
    assert record.status == "部门负责人审批 至 创建"
    again = lines({"material_code": "C"}, deleteAll="1")
    done(raw.post("submitRequest", requestId=made, mainData=pairs(erp_key="K-R2"), detailData=again))
    record = raw.oa.request(made)
    assert (record.node_type, record.is_rejected, record.fields["erp_key"]) == (1, False, "K-R2")
    assert [row["material_code"] for row in record.details["detail_1"].values()] == ["C"]
    assert [entry.logtype for entry in record.log] == ["2", "3", "2"]
    assert (
        [one.id for one in raw.oa.ever_created("K-R1")]
        == [made]
        == [one.id for one in raw.oa.ever_created("K-R2")]
    )


def test_rows_keep_their_ids_and_change_one_by_one(raw: Raw) -> None:
    rows = lines({"material_code": "A", "qty": "1"}, {"material_code": "B"}, {"material_code": "C"})
    made = raw.created(detailData=rows)
    first, second, third = raw.oa.request(made).details["detail_1"]
    edit = lines({"qty": "7"}, {"material_code": "D"}, ids=[first], deleteKeys=f"{second}")
    done(raw.post("submitRequest", "40", requestId=made, detailData=edit, otherParams={"src": "save"}))
    kept = raw.oa.request(made).details["detail_1"]
    assert list(kept)[:2] == [first, third]
    assert kept[first] == {"material_code": "A", "qty": "7.0000"}
    assert [row["material_code"] for row in kept.values()] == ["A", "C", "D"]
    unknown = raw.post("submitRequest", "40", requestId=made, detailData=lines({"qty": "1"}, ids=[second]))
    assert unknown["errMsg"] == {"errParam_detail_recordOrder": second}


def test_src_save_moves_nothing_and_is_no_opinion(raw: Raw) -> None:
    made = raw.created()
    done(
        raw.post(
            "submitRequest", "40", requestId=made, mainData=pairs(note="改"), otherParams={"src": "save"}
        )
    )
    assert raw.oa.request(made).node_type == 1
    logs = raw.get("getWorkflowRequest", requestId=made)["data"]["workflowRequestLogs"]
    assert [log["operateType"] for log in logs] == ["提交"]
    kinds = [one["logtype"] for one in raw.get("getRequestLog", requestId=made)["data"]]
    assert kinds == ["1", "2"]


def test_judge_must_input_refuses_an_empty_mandatory_field(raw: Raw) -> None:
    made = raw.created(mainData=pairs(amount="1"))
    answer = raw.post("submitRequest", "40", requestId=made, otherParams={"judgeFormMustInput": "1"})
    assert (answer["code"], answer["reqFailMsg"]["msgType"]) == ("FAIL", "JUDGE_MUST_INPUT")
    assert set(answer["reqFailMsg"]["msgInfo"]) == {
        "tablename",
        "tableindex",
        "fieldId",
        "fieldname",
        "fieldlable",
    }
    assert raw.oa.request(made).node_type == 1


def test_returning_needs_a_node_of_type_1(raw: Raw) -> None:
    made = raw.created(otherParams={"isnextflow": "0"})
    answer = raw.post("rejectRequest", requestId=made)
    assert answer["code"] == "NO_PERMISSION"
    assert answer["errMsg"] == {"isremark": 0, "takisremark": 0, "nodeType": "0"}


def test_a_return_to_a_middle_node_is_no_rejection(raw: Raw) -> None:
    made = raw.created(mainData=pairs(amount="100000"))
    raw.post("submitRequest", "40", requestId=made)
    target = {"RejectToType": "0", "RejectToNodeid": "7811"}
    done(raw.post("rejectRequest", "30", requestId=made, otherParams=target))
    record = raw.oa.request(made)
    assert (record.node_type, record.is_rejected, record.waiting) == (1, False, ("40",))


@pytest.mark.parametrize(
    ("target", "key"),
    [
        ({"RejectToType": "0"}, "RejectToNodeid"),
        ({"RejectToNodeid": "7810"}, "RejectToNodeid"),
        ({"RejectToType": "0", "RejectToNodeid": "5"}, "RejectToNodeid"),
        ({"RejectToType": "0", "RejectToNodeid": "x"}, "Invalid_parameter_RejectToNodeid"),
        ({"RejectToType": "0", "RejectToNodeid": "7819"}, "Invalid_parameter_rejectRanage"),
    ],
)
def test_a_return_to_a_wrong_node_is_refused(raw: Raw, target: dict[str, str], key: str) -> None:
    made = raw.created()
    answer = raw.post("rejectRequest", "40", requestId=made, otherParams=target)
    assert (answer["code"], list(answer["errMsg"])) == ("PARAM_ERROR", [key])


@pytest.mark.parametrize(("value", "waits"), [("0", "30"), ("1", "40")])
def test_issubmitdirect_comes_straight_back(raw: Raw, value: str, waits: str) -> None:
    made = raw.created(mainData=pairs(amount="100000"))
    raw.post("submitRequest", "40", requestId=made)
    raw.post("rejectRequest", "30", requestId=made, otherParams={"isSubmitDirect": value})
    done(raw.post("submitRequest", requestId=made))
    assert raw.oa.request(made).waiting == (waits,)


def test_the_submitter_may_withdraw_until_somebody_dealt_with_it(raw: Raw) -> None:
    made = raw.created(mainData=pairs(amount="100000"))
    assert raw.post("withdrawRequest", "40", requestId=made)["code"] == "NO_PERMISSION"
    done(raw.post("withdrawRequest", requestId=made))
    record = raw.oa.request(made)
    assert (record.node_type, record.is_rejected, record.log[-1].logtype) == (0, False, "r")
    raw.post("submitRequest", requestId=made)
    raw.post("submitRequest", "40", requestId=made)
    assert raw.post("withdrawRequest", requestId=made)["code"] == "NO_PERMISSION"
    assert raw.oa.request(made).waiting == ("30",)


@pytest.mark.parametrize(("to_create", "node"), [(True, 0), (False, 1)])
def test_a_monitor_draws_a_request_back(raw: Raw, to_create: bool, node: int) -> None:
    raw.oa.settings.draw_back_to_create = to_create
    made = raw.created(mainData=pairs(amount="100000"))
    raw.post("submitRequest", "40", requestId=made)
    assert raw.post("doForceDrawBack", "9", requestId=made)["code"] == "NO_PERMISSION"
    done(raw.post("doForceDrawBack", "9", requestId=made, otherParams={"ismonitor": "1"}))
    record = raw.oa.request(made)
    assert (record.node_type, record.log[-1].logtype) == (node, "r")


def test_an_operator_draws_back_to_his_own_node(raw: Raw) -> None:
    made = raw.created(mainData=pairs(amount="100000"))
    raw.post("submitRequest", "40", requestId=made)
    done(raw.post("doForceDrawBack", "40", requestId=made))
    assert raw.oa.request(made).waiting == ("40",)


def test_force_over_ends_without_an_approval(raw: Raw) -> None:
    made = raw.created()
    assert (
        raw.post("doForceOver", "57", requestId=made, otherParams={"ismonitor": "1"})["code"]
        == "NO_PERMISSION"
    )
    done(raw.post("doForceOver", "9", requestId=made, otherParams={"ismonitor": "1"}))
    record = raw.oa.request(made)
    assert (record.node_type, record.log[-1].logtype) == (3, "e")


def test_delete_by_the_creator_at_the_create_node_or_by_a_monitor(raw: Raw) -> None:
    made = raw.created(mainData=pairs(erp_key="K1", amount="1"))
    assert raw.post("deleteRequest", requestId=made)["code"] == "NO_PERMISSION"
    raw.post("withdrawRequest", requestId=made)
    done(raw.post("deleteRequest", requestId=made))
    other = raw.created(mainData=pairs(erp_key="K1", amount="1"))
    done(raw.post("deleteRequest", "9", requestId=other, otherParams={"ismonitor": "1"}))
    assert raw.get("getRequestStatus", requestId=made)["code"] == "PARAM_ERROR"
    assert raw.post("submitRequest", "40", requestId=other)["code"] == "PARAM_ERROR"
    assert [record.id for record in raw.oa.graveyard] == [made, other]
    assert len(raw.oa.ever_created("K1")) == 2
    assert raw.post("getMyWorkflowRequestCount") == 0


@pytest.mark.parametrize(
    ("flag", "logtype", "waiting"), [("1", "7", ("40",)), ("2", "a", ("40",)), ("3", "h", ("41",))]
)
def test_forwarding_shares_and_transferring_hands_over(
    raw: Raw, flag: str, logtype: str, waiting: Any
) -> None:
    made = raw.created()
    done(raw.post("forwardRequest", "40", requestId=made, forwardFlag=flag, forwardResourceIds="41"))
    record = raw.oa.request(made)
    assert (record.log[-1].logtype, record.waiting) == (logtype, waiting)
    assert raw.post("getForwardWorkflowRequestCount", "41") == (0 if flag == "3" else 1)


def test_a_transfer_takes_exactly_one_person(raw: Raw) -> None:
    made = raw.created()
    answer = raw.post("forwardRequest", "40", requestId=made, forwardFlag="3", forwardResourceIds="41,30")
    assert answer["code"] == "PARAM_ERROR"


def test_an_administrator_intervenes(raw: Raw) -> None:
    made = raw.created()
    params = {"requestId": made, "submitNodeId": 7812, "Intervenorid": "30", "remark": "x"}
    assert raw.post("doIntervenor", "57", **params)["code"] == "NO_PERMISSION"
    done(raw.post("doIntervenor", "9", **params))
    record = raw.oa.request(made)
    assert (record.node_id, record.waiting, record.log[-1].logtype) == (7812, ("30",), "i")


def test_an_opinion_can_be_saved_without_moving(raw: Raw) -> None:
    made = raw.created()
    assert raw.post("saveRequestLog", "61", requestId=made, remark="x")["code"] == "NO_PERMISSION"
    done(raw.post("saveRequestLog", "40", requestId=made, remark="想一想"))
    assert raw.oa.request(made).log[-1].logtype == "1"


def test_the_integration_accounts_node_hands_on_with_numbers_or_returns(raw: Raw) -> None:
    fields = {"company": "100", "amount": "300", "supplier_id": "4001"}
    first, second = (raw.oa.start(787, "61", fields) for _ in range(2))
    for made in (first, second):
        raw.oa.approve_fully(made)
        assert raw.oa.request(made).waiting == ("9",)
    done(raw.post("submitRequest", "9", requestId=first, mainData=pairs(erp_bill_no="CLM1")))
    done(raw.post("rejectRequest", "9", requestId=second, remark="ERP: 供应商被禁用"))
    assert (raw.oa.request(first).node_type, raw.oa.request(first).fields["erp_bill_no"]) == (3, "CLM1")
    assert raw.oa.request(second).is_rejected


@pytest.mark.parametrize(
    "name", ["submitRequest", "rejectRequest", "withdrawRequest", "deleteRequest", "doForceOver"]
)
def test_a_missing_request_id_is_named(raw: Raw, name: str) -> None:
    assert raw.post(name)["errMsg"] == {"errorParam_requestid": 0}
    assert raw.post(name, requestid="300123")["errMsg"] == {"errorParam_requestid": 0}
    assert raw.post(name, requestId="7")["errMsg"] == {"errorParam_requestid": 7}


def test_some_patches_want_the_workflow_at_submit(raw: Raw) -> None:
    made = raw.created()
    raw.oa.settings.submit_needs_workflow = True
    assert raw.post("submitRequest", "40", requestId=made)["code"] == "PARAM_ERROR"
    done(raw.post("submitRequest", "40", requestId=made, workflowId=781))
