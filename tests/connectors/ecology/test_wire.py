"""The connector against the reference's own sample answers, over real HTTP: what is sent, what is understood, and how
many calls it takes."""

from __future__ import annotations

import base64
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding

from desktop.connectors.base import ChangedBaseData, Exchange, exchanges
from desktop.connectors.ecology.connector import VENDOR, EcologyConnector
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import OaSide
from desktop.domain.record import Ref, RequestDraft, RequestStatus
from tests.connectors.ecology.conftest import (
    KEY,
    SECRIT,
    SPK,
    Parrot,
    field_of,
    form_body,
    log_of,
    request_body,
    row_of,
    status_body,
    system_at,
)
from tests.drawer import Drawer

DONE = {"code": "SUCCESS", "errMsg": {}}
NO = {
    "code": "NO_PERMISSION",
    "errMsg": {"isremark": 2},
    "reqFailMsg": {"msgType": "NO_REQUEST_SUBMIT_PERMISSION"},
}
DEAD_TOKEN = {"msg": "token不存在或者超时：token-0001", "code": -1, "msgShowType": "none", "status": False}
REF = Ref("oa", "781", "300123")
DRAFT = RequestDraft(
    "ABCDEFGHIJKLMNOP-R1",
    "销售订单 XSDD000123 “西湖”😀",
    "57",
    {"erp_bill_no": "XSDD000123", "amount": "1280.00"},
    {"detail_1": ({"qty": "12.5"},)},
)
FORM = form_body(
    [field_of("erp_key"), field_of("erp_bill_no"), field_of("amount", "decimal(15,2)", fieldType="3")],
    formtable_main_118_dt1=[field_of("qty", "decimal(15,4)", fieldType="3")],
)
YES_LOGS = [log_of(2, "批准", "3976"), log_of(1, "提交", "3975")]
SINCE = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)  # already the 21st in China


def listed(oa: EcologyConnector, side: OaSide) -> list[Any]:
    return list(oa.requests(side, SINCE))


# sign-in ------------------------------------------------------------------------------------------------------------


def test_registration_keeps_both_values(parrot: Parrot) -> None:
    parrot.told("regist", {"status": True, "code": 0, "msg": "ok", "secrit": SECRIT, "spk": SPK})
    drawer = Drawer()
    assert VENDOR.prepare is not None
    VENDOR.prepare(system_at(parrot.url), drawer)
    assert drawer.held == {"secrit": SECRIT, "spk": SPK}
    assert parrot.heard[0].headers["appid"] == "DANQIAO"
    assert parrot.heard[0].headers["cpk"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"status": False, "code": -1, "msg": "注册失败,该APPID无权限"}, ErrorCode.LICENCE),
        ({"status": True, "code": 0}, ErrorCode.LICENCE),
        ((502, "<html>Bad Gateway</html>"), ErrorCode.SERVER_ERROR),
        ((200, "<html>login</html>"), ErrorCode.NOT_JSON),
        ({"status": True, "secrit": SECRIT, "spk": "MIIBIjANBgkq"}, ErrorCode.SIGN_IN_REFUSED),
    ],
)
def test_a_failed_registration_keeps_nothing(parrot: Parrot, answer: Any, code: Any) -> None:
    parrot.told("regist", answer)
    drawer = Drawer(secrit="old", spk="old")
    assert VENDOR.prepare is not None
    with pytest.raises(SyncError) as caught:
        VENDOR.prepare(system_at(parrot.url), drawer)
    assert caught.value.code == code
    assert drawer.held == {"secrit": "old", "spk": "old"}


def test_the_headers_of_a_call(parrot: Parrot, oa: EcologyConnector, side: OaSide) -> None:
    parrot.told("getAllWorkflowRequestList", [])
    listed(oa, side)
    listed(oa, side)
    sign_in, first, second = parrot.heard
    assert KEY.decrypt(base64.b64decode(sign_in.headers["secret"]), padding.PKCS1v15()).decode() == SECRIT
    assert sign_in.headers["time"] == "1800"
    assert (first.person, first.headers["token"], first.headers["skipsession"]) == ("9", "token-0001", "1")
    assert first.headers["content-type"] == "application/x-www-form-urlencoded; charset=utf-8"
    assert first.headers["userid"] == second.headers["userid"], "RSA is done once per person and token"


def test_refused_at_sign_in(parrot: Parrot, oa: EcologyConnector, side: OaSide) -> None:
    parrot.told("applytoken", {"msg": "secret解密失败,请检查加密内容.", "code": -1, "status": False})
    with pytest.raises(SyncError) as caught:
        listed(oa, side)
    assert caught.value.code == ErrorCode.SIGN_IN_REFUSED
    assert "解密失败" in caught.value.facts["said"]


def test_before_registration(parrot: Parrot, side: OaSide) -> None:
    oa = EcologyConnector(system_at(parrot.url), Drawer())
    with pytest.raises(SyncError) as caught:
        listed(oa, side)
    assert caught.value.code == ErrorCode.SECRET_MISSING
    assert parrot.heard == []


def test_a_token_is_renewed_before_it_runs_out(
    parrot: Parrot, drawer: Drawer, side: OaSide, monkeypatch: Any
) -> None:
    parrot.told("getAllWorkflowRequestList", [])
    oa = EcologyConnector(system_at(parrot.url, token_s="600"), drawer)
    listed(oa, side)
    begun = time.monotonic()
    monkeypatch.setattr("desktop.connectors.ecology.signin.time.monotonic", lambda: begun + 500)
    listed(oa, side)
    assert parrot.tokens == 1
    monkeypatch.setattr("desktop.connectors.ecology.signin.time.monotonic", lambda: begun + 550)
    listed(oa, side)
    assert parrot.tokens == 2


def test_a_read_is_repeated_exactly_once(parrot: Parrot, oa: EcologyConnector, side: OaSide) -> None:
    parrot.told("getAllWorkflowRequestList", DEAD_TOKEN, [row_of(1)])
    assert len(listed(oa, side)) == 1
    assert parrot.tokens == 2
    parrot.told("getAllWorkflowRequestList", DEAD_TOKEN)
    parrot.heard.clear()
    with pytest.raises(SyncError) as caught:
        listed(oa, side)
    assert caught.value.code == ErrorCode.SESSION_LOST_TWICE
    assert len(parrot.names()) == 2


def test_an_old_patchs_page_is_taken_for_a_dead_token_once(
    parrot: Parrot, oa: EcologyConnector, side: OaSide
) -> None:
    page = (500, "<html><body>Internal Server Error</body></html>")
    parrot.told("getAllWorkflowRequestList", [], page, [], page, page, page)
    listed(oa, side)
    listed(oa, side)
    assert parrot.tokens == 2
    for tokens in (3, 3):  # a token that never worked is not renewed again
        with pytest.raises(SyncError) as caught:
            listed(oa, side)
        assert caught.value.code == ErrorCode.SERVER_ERROR
        assert parrot.tokens == tokens


def test_a_dead_token_under_an_effect_is_not_certain(
    parrot: Parrot, oa: EcologyConnector, side: OaSide
) -> None:
    parrot.told("getCreateWorkflowRequestInfo", FORM)
    parrot.told(
        "doCreateRequest", DEAD_TOKEN, {"code": "SUCCESS", "data": {"requestid": 300123}, "errMsg": {}}
    )
    with pytest.raises(SyncError) as caught:
        oa.open_request(side, DRAFT)
    assert (caught.value.code, caught.value.certain) == (ErrorCode.SESSION_LOST, False)
    assert parrot.names().count("doCreateRequest") == 1
    assert oa.open_request(side, DRAFT).key == "300123", "the next call has a new token"


def test_many_threads_renew_one_token(parrot: Parrot, oa: EcologyConnector, side: OaSide) -> None:
    parrot.told("getAllWorkflowRequestList", [])
    listed(oa, side)
    alive = {"token-0002"}
    answer = parrot.answer

    def strict(call: Any) -> Any:
        if call.name != "applytoken" and call.headers["token"] not in alive:
            return DEAD_TOKEN
        return answer(call)

    parrot.answer = strict  # type: ignore[method-assign]
    failed: list[BaseException] = []
    gate = threading.Barrier(16)

    def work() -> None:
        gate.wait()
        try:
            listed(oa, side)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert failed == []
    assert parrot.tokens == 2


# effects ------------------------------------------------------------------------------------------------------------


def test_create_says_everything_as_documented(parrot: Parrot, oa: EcologyConnector, side: OaSide) -> None:
    parrot.told("getCreateWorkflowRequestInfo", FORM)
    parrot.told("doCreateRequest", {"code": "SUCCESS", "data": {"requestid": 300123}, "errMsg": {}})
    ref = oa.open_request(side, DRAFT)
    assert ref == Ref("oa", "781", "300123", "300123")
    call = parrot.heard[-1]
    assert call.person == "57"
    assert set(call.form) == {"workflowId", "requestName", "mainData", "detailData", "otherParams"}
    assert call.form["requestName"] == f"{DRAFT.title} {DRAFT.key}"
    main = {cell["fieldName"]: cell["fieldValue"] for cell in json.loads(call.form["mainData"])}
    assert main == {"erp_bill_no": "XSDD000123", "amount": "1280.00", "erp_key": DRAFT.key}
    table = json.loads(call.form["detailData"])[0]
    assert table["tableDBName"] == "formtable_main_118_dt1"
    assert table["workflowRequestTableRecords"][0]["recordOrder"] == 0
    assert json.loads(call.form["otherParams"]) == {"isnextflow": "1", "delReqFlowFaild": "1"}


def test_the_form_is_read_once_and_again_where_it_lacks_a_field(
    parrot: Parrot, oa: EcologyConnector, side: OaSide
) -> None:
    newer = form_body(
        [field_of(name) for name in ("erp_key", "erp_bill_no", "amount", "added")],
        formtable_main_118_dt1=[field_of("qty")],
    )
    parrot.told("getCreateWorkflowRequestInfo", FORM, newer)
    parrot.told("doCreateRequest", {"code": "SUCCESS", "data": {"requestid": "300124"}})
    oa.open_request(side, DRAFT)
    oa.open_request(side, DRAFT)
    assert parrot.names().count("getCreateWorkflowRequestInfo") == 1
    more = RequestDraft(DRAFT.key, "t", "57", {**DRAFT.fields, "added": "1"})
    oa.open_request(side, more)
    assert parrot.names().count("getCreateWorkflowRequestInfo") == 2
    with pytest.raises(SyncError) as caught:
        oa.open_request(side, RequestDraft(DRAFT.key, "t", "57", {"never": "1"}))
    assert caught.value.code == ErrorCode.FIELD_MISSING
    assert caught.value.certain


@pytest.mark.parametrize("data", [None, {}, {"requestid": 0}, {"requestid": "no"}, []])
def test_a_success_without_an_id_is_not_certain(
    parrot: Parrot, oa: EcologyConnector, side: OaSide, data: Any
) -> None:
    parrot.told("getCreateWorkflowRequestInfo", FORM)
    parrot.told("doCreateRequest", {"code": "SUCCESS", "data": data})
    with pytest.raises(SyncError) as caught:
        oa.open_request(side, DRAFT)
    assert not caught.value.certain


@pytest.mark.parametrize("person", ["", "wangmin", "A0057"])
def test_only_a_numeric_id_is_a_person(
    parrot: Parrot, oa: EcologyConnector, side: OaSide, person: str
) -> None:
    parrot.told("getCreateWorkflowRequestInfo", FORM)
    with pytest.raises(SyncError) as caught:
        oa.open_request(side, RequestDraft(DRAFT.key, "t", person, {}))
    assert (caught.value.code, caught.value.certain) == (ErrorCode.APPLICANT_UNMAPPED, True)
    assert parrot.names() == []


CANCELS = [
    ("withdrawn", {}, ["withdrawRequest", "doForceOver"], None),
    (
        "somebody has dealt with it",
        {"withdrawRequest": NO},
        ["withdrawRequest", "doForceDrawBack", "doForceOver"],
        None,
    ),
    (
        "at the create node already",
        {"withdrawRequest": NO, "doForceDrawBack": NO, "getRequestStatus": status_body("3975", "0")},
        ["withdrawRequest", "doForceDrawBack", "getRequestStatus", "doForceOver"],
        None,
    ),
    (
        "gone",
        {
            "withdrawRequest": NO,
            "doForceDrawBack": NO,
            "getRequestStatus": {"code": "PARAM_ERROR", "errMsg": {}},
        },
        ["withdrawRequest", "doForceDrawBack", "getRequestStatus"],
        None,
    ),
    (
        "archived meanwhile",
        {"withdrawRequest": NO, "doForceDrawBack": NO, "getRequestStatus": status_body("3979", "3")},
        ["withdrawRequest", "doForceDrawBack", "getRequestStatus"],
        True,
    ),
    (
        "no monitor right to end it",
        {"doForceOver": NO, "getRequestStatus": status_body("3975", "0")},
        ["withdrawRequest", "doForceOver", "getRequestStatus", "deleteRequest"],
        None,
    ),
    (
        "taken back, but neither ended nor deleted",
        {"doForceOver": NO, "deleteRequest": NO, "getRequestStatus": status_body("3975", "0")},
        ["withdrawRequest", "doForceOver", "getRequestStatus", "deleteRequest"],
        False,
    ),
    (
        "inner error",
        {"withdrawRequest": {"code": "SYSTEM_INNER_ERROR", "errMsg": {}}},
        ["withdrawRequest"],
        False,
    ),
]


@pytest.mark.parametrize(("_case", "said", "calls", "certain"), CANCELS, ids=[case[0] for case in CANCELS])
def test_cancel(
    parrot: Parrot, oa: EcologyConnector, side: OaSide, _case: str, said: Any, calls: list[str], certain: Any
) -> None:
    for name in ("withdrawRequest", "doForceDrawBack", "doForceOver", "deleteRequest"):
        parrot.told(name, said.get(name, DONE))
    parrot.told("getRequestStatus", said.get("getRequestStatus", NO))
    if certain is None:
        oa.cancel_request(side, REF, "57", "单据 <收回>")
    else:
        with pytest.raises(SyncError) as caught:
            oa.cancel_request(side, REF, "57", "单据 <收回>")
        assert caught.value.certain is certain
    assert parrot.names() == calls
    persons = {call.name: call.person for call in parrot.heard}
    assert persons["withdrawRequest"] == "57"
    assert persons.get("doForceOver", "9") == "9"
    assert persons.get("deleteRequest", "57") == "57"
    monitor = next((call for call in parrot.heard if call.name == "doForceDrawBack"), None)
    assert monitor is None or json.loads(monitor.form["otherParams"]) == {"ismonitor": "1"}
    assert parrot.heard[1].form["remark"] == "单据 &lt;收回&gt;"


CLOSES = [
    ("ended", {}, ["doForceOver"], None),
    ("no right", {"doForceOver": NO}, ["doForceOver", "getRequestStatus", "deleteRequest"], None),
    (
        "ended already",
        {"doForceOver": NO, "getRequestStatus": status_body("3979", "3")},
        ["doForceOver", "getRequestStatus"],
        None,
    ),
    (
        "refused for good",
        {"doForceOver": NO, "deleteRequest": NO},
        ["doForceOver", "getRequestStatus", "deleteRequest"],
        True,
    ),
]


@pytest.mark.parametrize(("_case", "said", "calls", "certain"), CLOSES, ids=[case[0] for case in CLOSES])
def test_close(
    parrot: Parrot, oa: EcologyConnector, side: OaSide, _case: str, said: Any, calls: list[str], certain: Any
) -> None:
    for name in ("doForceOver", "deleteRequest"):
        parrot.told(name, said.get(name, DONE))
    parrot.told("getRequestStatus", said.get("getRequestStatus", status_body("3975", "0")))
    if certain is None:
        oa.close_request(side, REF, "57", "驳回")
    else:
        with pytest.raises(SyncError) as caught:
            oa.close_request(side, REF, "57", "驳回")
        assert caught.value.certain is certain
    assert parrot.names() == calls


def test_submit_and_return(parrot: Parrot, oa: EcologyConnector, side: OaSide) -> None:
    parrot.told(
        "getCreateWorkflowRequestInfo", NO
    )  # the account may act in the flow without the right to open it
    parrot.told("submitRequest", DONE)
    parrot.told("rejectRequest", {"code": {"name": "SUCCESS", "statusCode": "1"}, "errMsg": {}})
    oa.submit_request(side, REF, "9", {"erp_bill_no": "XSDD1"}, "已生成")
    call = parrot.heard[-1]
    assert json.loads(call.form["mainData"]) == [{"fieldName": "erp_bill_no", "fieldValue": "XSDD1"}]
    assert json.loads(call.form["otherParams"]) == {"src": "submit"}
    assert (call.form["workflowId"], call.form["requestId"]) == ("781", "300123")
    oa.submit_request(side, REF, "9", {}, "")
    assert "mainData" not in parrot.heard[-1].form
    oa.return_request(side, REF, "9", "科目不对")
    assert parrot.heard[-1].form == {"requestId": "300123", "remark": "科目不对"}


# reads --------------------------------------------------------------------------------------------------------------


def test_a_listing_asks_by_day_and_workflow(parrot: Parrot, oa: EcologyConnector, side: OaSide) -> None:
    parrot.told(
        "getAllWorkflowRequestList", [row_of(1, "3979", "3"), row_of(2, "3976", "1"), row_of(3, "3975", "0")]
    )
    heads = listed(oa, side)
    assert [(head.ref.key, head.settled, head.ended) for head in heads] == [
        ("1", True, True),
        ("2", False, False),
        ("3", True, False),
    ]
    assert heads[0].title == "销售订单 KEY1-R1"
    assert heads[0].changed_at == datetime(2026, 11, 20, 1, 10, tzinfo=UTC)
    form = parrot.heard[-1].form
    conditions = json.loads(form["conditions"])
    tomorrow = (datetime.now(UTC) + timedelta(hours=8, days=1)).date().isoformat()
    assert conditions == {
        "workflowIds": "781",
        "operatedateselect": "6",
        "operatedatefrom": "2026-11-20",
        "operatedateto": tomorrow,
    }
    assert (form["pageNo"], form["pageSize"]) == ("1", "200")


def test_the_basic_set_costs_two_listings_not_one_question_each(
    parrot: Parrot, oa: EcologyConnector, side: OaSide
) -> None:
    basic = [row_of(number, node, None) for number, node in ((1, "3979"), (2, "3976"), (3, "3975"))]
    parrot.told("getAllWorkflowRequestList", basic, [basic[0]], [basic[2]])
    heads = listed(oa, side)
    assert [(head.ref.key, head.settled, head.ended) for head in heads] == [
        ("1", True, True),
        ("2", False, False),
        ("3", True, False),
    ]
    filters = [json.loads(call.form["conditions"]).get("nodetype") for call in parrot.heard[1:]]
    assert filters == [None, "3", "0"]


def test_pages_are_read_to_the_end(parrot: Parrot, drawer: Drawer, side: OaSide) -> None:
    oa = EcologyConnector(system_at(parrot.url, page_size="50"), drawer)
    pages = [[row_of(number) for number in range(start, start + 50)] for start in (1, 50, 99)]
    parrot.told("getAllWorkflowRequestList", *pages, [row_of(149)])
    assert [int(head.ref.key) for head in listed(oa, side)] == list(range(1, 150))


def test_a_server_that_caps_its_pages_is_asked_on(parrot: Parrot, oa: EcologyConnector, side: OaSide) -> None:
    pages = [[row_of(number) for number in range(start, start + 20)] for start in (1, 21)]
    parrot.told("getAllWorkflowRequestList", *pages, [])
    assert len(listed(oa, side)) == 40


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((200, "<html>login</html>"), ErrorCode.NOT_JSON),
        ((200, '[{"requestId": "1"'), ErrorCode.NOT_JSON),
        ([{"requestName": "no id"}], ErrorCode.UNREADABLE),
        (["text"], ErrorCode.UNREADABLE),
        (7, ErrorCode.NOT_JSON),
        (NO, ErrorCode.NOT_PERMITTED),
    ],
)
def test_an_incomplete_page_is_an_error(
    parrot: Parrot, oa: EcologyConnector, side: OaSide, answer: Any, code: Any
) -> None:
    parrot.told("getAllWorkflowRequestList", [row_of(number) for number in range(1, 201)], answer)
    with pytest.raises(SyncError) as caught:
        listed(oa, side)
    assert caught.value.code == code


def test_a_listed_decision_costs_one_call(parrot: Parrot, oa: EcologyConnector, side: OaSide) -> None:
    parrot.told("getCreateWorkflowRequestInfo", FORM)
    parrot.told("getAllWorkflowRequestList", [row_of(300123)])
    parrot.told("getWorkflowRequest", request_body(logs=YES_LOGS))
    oa.fields(side)
    listed(oa, side)
    parrot.heard.clear()
    assert oa.read_request(side, REF).status is RequestStatus.APPROVED
    assert parrot.names() == ["getWorkflowRequest"]
    assert parrot.heard[0].form == {"requestId": "300123"}
    assert parrot.heard[0].person == "9"


def test_one_requests_archive_node_proves_nothing_for_another(
    parrot: Parrot, oa: EcologyConnector, side: OaSide
) -> None:
    """A listing may show a node before its type, or the other way round: only a running node is carried over."""
    parrot.told("getCreateWorkflowRequestInfo", FORM)
    parrot.told("getAllWorkflowRequestList", [row_of(1, "3976", "3"), row_of(2, "3977", "1")])
    parrot.told("getRequestStatus", status_body("3976", "1"))
    parrot.told("getWorkflowRequest", request_body(node="3976", logs=YES_LOGS), request_body(node="3977"))
    oa.fields(side)
    listed(oa, side)
    parrot.heard.clear()
    assert oa.read_request(side, REF).status is RequestStatus.RUNNING
    assert oa.read_request(side, REF).status is RequestStatus.RUNNING
    assert parrot.names() == ["getWorkflowRequest", "getRequestStatus", "getWorkflowRequest"]


def test_what_a_listing_said_holds_only_for_the_node_it_named(
    parrot: Parrot, oa: EcologyConnector, side: OaSide
) -> None:
    """An administrator may move a request out of the archive between the listing and the reading."""
    parrot.told("getCreateWorkflowRequestInfo", FORM)
    parrot.told("getAllWorkflowRequestList", [row_of(300123, "3979", "3")])
    parrot.told("getWorkflowRequest", request_body(node="3976", logs=YES_LOGS))
    parrot.told("getRequestStatus", status_body("3976", "1"))
    listed(oa, side)
    assert oa.read_request(side, REF).status is RequestStatus.RUNNING


def test_a_request_that_moves_between_two_readings_is_running(
    parrot: Parrot, oa: EcologyConnector, side: OaSide
) -> None:
    parrot.told("getCreateWorkflowRequestInfo", FORM)
    parrot.told("getWorkflowRequest", request_body(node="3977", logs=YES_LOGS))
    parrot.told("getRequestStatus", status_body("3979", "3"))
    assert oa.read_request(side, REF).status is RequestStatus.RUNNING


def test_a_renamed_button_costs_one_more_call_once(
    parrot: Parrot, oa: EcologyConnector, side: OaSide
) -> None:
    renamed = [log_of(2, "同意", "3976"), log_of(1, "提交", "3975")]
    log = [
        {"id": 2, "logtype": "0", "nodeid": 3976, "operatedate": "2026-11-20", "operatetime": "09:00:02"},
        {"id": 1, "logtype": "2", "nodeid": 3975, "operatedate": "2026-11-20", "operatetime": "09:00:01"},
    ]
    parrot.told("getCreateWorkflowRequestInfo", FORM)
    parrot.told("getAllWorkflowRequestList", [row_of(300123)])
    parrot.told("getWorkflowRequest", request_body(logs=renamed))
    parrot.told("getRequestLog", {"code": "SUCCESS", "data": log, "errMsg": {}})
    oa.fields(side)
    listed(oa, side)
    parrot.heard.clear()
    assert oa.read_request(side, REF).status is RequestStatus.APPROVED
    assert oa.read_request(side, REF).status is RequestStatus.APPROVED
    assert parrot.names() == ["getWorkflowRequest", "getRequestLog", "getWorkflowRequest"]
    assert json.loads(parrot.heard[1].form["otherParams"]) == {"pageSize": 200, "pageNumber": 1}


@pytest.mark.parametrize(
    ("result", "status"),
    [("1", RequestStatus.APPROVED), ("0", RequestStatus.REJECTED), ("", RequestStatus.ENDED)],
)
def test_an_agreed_result_field_has_the_last_word(
    parrot: Parrot, oa: EcologyConnector, result: str, status: RequestStatus
) -> None:
    side = OaSide("781", "erp_key", "781", {"result_field": "approve_result", "result_yes": "1"})
    main = [field_of("erp_key"), field_of("approve_result", value=result)]
    parrot.told("getCreateWorkflowRequestInfo", FORM)
    parrot.told("getWorkflowRequest", request_body(logs=YES_LOGS, main=main))
    parrot.told("getRequestStatus", status_body("3979", "3"))
    assert oa.read_request(side, REF).status is status


GONE = {"code": "PARAM_ERROR", "errMsg": {"errorParam_requestid": 300123}}
ABSENCES = [
    (GONE, GONE, "DAT-402"),
    (NO, GONE, "DAT-402"),
    ({"code": "SUCCESS", "data": {}}, {"data": None, "errMsg": {}}, "DAT-402"),
    ({"code": "SYSTEM_INNER_ERROR"}, GONE, "DAT-402"),
    (NO, NO, "PER-701"),
    (NO, status_body("3979", "3"), "PER-701"),
    (GONE, status_body("3979", "3"), "DAT-410"),
    (request_body(canView=False), GONE, "PER-701"),
]


@pytest.mark.parametrize(("first", "second", "code"), ABSENCES)
def test_gone_takes_two_different_readings(
    parrot: Parrot, oa: EcologyConnector, side: OaSide, first: Any, second: Any, code: str
) -> None:
    parrot.told("getWorkflowRequest", first)
    parrot.told("getRequestStatus", second)
    parrot.told("getCreateWorkflowRequestInfo", FORM)
    with pytest.raises(SyncError) as caught:
        oa.read_request(side, REF)
    assert caught.value.code.id == code


def test_find_compares_the_field_and_looks_as_the_same_creator(
    parrot: Parrot, oa: EcologyConnector, side: OaSide
) -> None:
    parrot.told("getMyWorkflowRequestList", [row_of(7), row_of(1000), row_of(8), row_of(9)])
    parrot.told(
        "getWorkflowRequest",
        request_body(1000, main=[field_of("erp_key", value="KEY-R1")]),
        request_body(9, main=[field_of("erp_key", value="KEY-R10")]),
        GONE,
        request_body(7, main=[field_of("erp_key", value="KEY-R1")]),
    )
    parrot.told("getRequestStatus", GONE)
    found = oa.find_requests(side, "KEY-R1", "57", SINCE)
    assert [ref.key for ref in found] == ["1000", "7"], "newest first, deleted ones and longer keys left out"
    assert {call.person for call in parrot.heard if call.name != "applytoken"} == {"57"}
    conditions = json.loads(parrot.heard[1].form["conditions"])
    assert conditions["requestname"] == "KEY-R1"
    assert conditions["createdatefrom"] == "2026-11-20"
    assert "workflowIds" not in conditions, "the OA files a request under the active version's id"


def test_a_newer_version_of_the_workflow_joins_the_listing(
    parrot: Parrot, oa: EcologyConnector, side: OaSide
) -> None:
    parrot.told("getCreateWorkflowRequestInfo", FORM)
    parrot.told("getAllWorkflowRequestList", [])
    parrot.told("getRequestStatus", status_body("3979", "3"))
    parrot.told("getWorkflowRequest", request_body(logs=YES_LOGS, workflowBaseInfo={"workflowId": 790}))
    oa.read_request(side, REF)
    listed(oa, side)
    assert json.loads(parrot.heard[-1].form["conditions"])["workflowIds"] == "781,790"


# people, links, check ------------------------------------------------------------------------------------------------


def person(number: int, **more: str) -> dict[str, str]:
    base = {"id": str(number), "loginid": f"u{number}", "workcode": f"A{number:04d}", "lastname": "张三"}
    return {**base, "status": "1", "accounttype": "0", **more}


@pytest.mark.parametrize(("rows", "total"), [("dataList", "totalSize"), ("rows", "total")])
def test_people_are_read_page_by_page(parrot: Parrot, drawer: Drawer, rows: str, total: str) -> None:
    oa = EcologyConnector(system_at(parrot.url, page_size="2"), drawer)
    staff = [
        person(1),
        person(2, status="5"),
        person(3, accounttype="1", workcode="A0001"),
        person(4, status=""),
    ]
    pages = [{"code": "1", "data": {total: 4, rows: staff[at : at + 2]}} for at in (0, 2)]
    parrot.told("getHrmUserInfoWithPage", *pages)
    assert [(one.key, one.code, one.disabled) for one in oa.base_data("user")] == [
        ("1", "A0001", False),
        ("2", "A0002", True),
        ("3", "", False),
        ("4", "A0004", False),
    ]
    assert [json.loads(call.form["params"])["curpage"] for call in parrot.heard[1:]] == [1, 2]


def test_people_who_changed_are_asked_for_by_the_oas_day(parrot: Parrot, oa: EcologyConnector) -> None:
    parrot.told("getHrmUserInfoWithPage", {"code": "1", "data": {"totalSize": 1, "dataList": [person(2)]}})
    assert isinstance(oa, ChangedBaseData)
    since = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)  # the 22nd in China
    assert [one.key for one in oa.changed_base_data("user", since)] == ["2"]
    assert json.loads(parrot.heard[-1].form["params"])["modified"] == "2026-11-22"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"code": "2", "msg": "无权限调用此接口"}, "PER-701"),
        ({"code": "1", "data": {"totalSize": 3, "dataList": []}}, "DAT-410"),
    ],
)
def test_people_refused_or_missing(parrot: Parrot, oa: EcologyConnector, answer: Any, code: str) -> None:
    parrot.told("getHrmUserInfoWithPage", answer)
    with pytest.raises(SyncError) as caught:
        list(oa.base_data("user"))
    assert caught.value.code.id == code


def test_other_base_data_is_not_the_oas(oa: EcologyConnector) -> None:
    with pytest.raises(SyncError) as caught:
        oa.base_data("material")
    assert caught.value.code == ErrorCode.CANNOT


def test_a_link_is_minted_for_one_click(parrot: Parrot, drawer: Drawer) -> None:
    drawer.put("sso_secret", "sso-secret-1")
    oa = EcologyConnector(system_at(parrot.url, sso_app_id="SSO"), drawer)
    token = "AB12" * 16
    parrot.told("getHrmUserInfoWithPage", staff(("57", "wangmin", "A0057", "1")))
    parrot.told("getToken", (200, f"{token}\n"))
    kept: list[Exchange] = []
    mark = exchanges.set(kept)
    try:
        link = oa.open_link(REF, "57")
    finally:
        exchanges.reset(mark)
    page = f"{parrot.url}/spa/workflow/static4form/index.html"
    assert link == f"{page}?ssoToken={token}#/main/workflow/req?requestid=300123"
    assert parrot.heard[-1].form == {"appid": "SSO", "loginid": "wangmin", "secret": "sso-secret-1"}
    assert token not in repr(kept)
    assert "sso-secret-1" not in repr(kept)
    assert oa.open_link(REF, "") == f"{page}#/main/workflow/req?requestid=300123"


@pytest.mark.parametrize(
    "answer",
    [
        (200, "Token获取失败: 认证应用未注册"),
        (200, ""),
        (200, "IP: 10.0.0.9"),
        (500, "AB12" * 16),
        (200, "abc123"),
        (200, "AB12" * 16 + '"><script>'),
    ],
)
def test_a_token_is_told_by_its_pattern(parrot: Parrot, oa: EcologyConnector, answer: Any) -> None:
    parrot.told("getHrmUserInfoWithPage", staff(("57", "wangmin", "A0057", "1")))
    parrot.told("getToken", answer)
    with pytest.raises(SyncError) as caught:
        oa.open_link(REF, "57")
    assert caught.value.code == ErrorCode.NOT_PERMITTED


@pytest.mark.parametrize(
    "row", [("57", "wangmin", "A0057", "5"), ("58", "lihua", "A0058", "1"), ("57", "", "A0057", "1")]
)
def test_nobody_who_has_left_or_has_no_login_is_signed_in(
    parrot: Parrot, oa: EcologyConnector, row: tuple[str, ...]
) -> None:
    parrot.told("getHrmUserInfoWithPage", staff(row))
    with pytest.raises(SyncError) as caught:
        oa.open_link(REF, "57")
    assert caught.value.code == ErrorCode.NOT_PERMITTED
    assert "getToken" not in parrot.names()


def test_where_the_oa_knows_people_by_staff_number_the_token_is_asked_for_that(
    parrot: Parrot, drawer: Drawer
) -> None:
    oa = EcologyConnector(system_at(parrot.url, sso_login="workcode"), drawer)
    parrot.told("getHrmUserInfoWithPage", staff(("57", "wangmin", "A0057", "1")))
    parrot.told("getToken", (200, "AB12" * 16))
    oa.open_link(REF, "57")
    assert parrot.heard[-1].form["loginid"] == "A0057"


def staff(*rows: tuple[str, ...]) -> Any:
    """An answer of the staff list: id, login, staff number, status each."""
    names = ("id", "loginid", "workcode", "status")
    told = [dict(zip(names, row, strict=True)) for row in rows]
    return {"code": "1", "data": {"totalSize": len(told), "dataList": told}}


ACCOUNT = {"data": {"userid": "9", "username": "单桥集成", "accountlist": []}, "status": "1"}


def test_check_goes_through_every_step(parrot: Parrot, oa: EcologyConnector) -> None:
    parrot.told("getAccountList", ACCOUNT)
    parrot.told("getAllWorkflowRequestList", [row_of(1)])
    info = oa.check()
    assert [step.name for step in info.steps] == [
        "dns", "tcp", "registered", "sign_in", "person", "rights", "clock",
    ]  # fmt: skip
    assert info.ok
    assert parrot.heard[-1].form["pageSize"] == "1"


def test_check_stops_at_the_first_that_fails(parrot: Parrot, drawer: Drawer) -> None:
    parrot.told("getAccountList", {**ACCOUNT, "data": {"userid": "57", "username": "王敏"}})
    oa = EcologyConnector(system_at(parrot.url), drawer)
    assert [(step.name, step.ok) for step in oa.check().steps][-1] == ("person", False)
    del drawer.held["spk"]
    assert [(step.name, step.ok) for step in oa.check().steps][-1] == ("registered", False)


def test_check_of_a_server_that_is_not_there(drawer: Drawer) -> None:
    steps = EcologyConnector(system_at("http://127.0.0.1:1"), drawer).check().steps
    assert [(step.name, step.ok) for step in steps] == [("dns", True), ("tcp", False)]
    assert steps[-1].error is not None
    assert steps[-1].error.code == ErrorCode.UNREACHABLE


def test_realm_is_the_same_on_every_workstation(drawer: Drawer) -> None:
    assert EcologyConnector(system_at("https://OA.example.com:8443/"), drawer).realm() == "oa.example.com"
    assert EcologyConnector(system_at("http://127.0.0.1:9", realm="group-oa"), drawer).realm() == "group-oa"


def test_a_wrong_zone_is_told_at_once(drawer: Drawer) -> None:
    with pytest.raises(SyncError) as caught:
        EcologyConnector(system_at("http://127.0.0.1:9", zone="Mars/Olympus"), drawer)
    assert caught.value.code == ErrorCode.ARGUMENT_WRONG
