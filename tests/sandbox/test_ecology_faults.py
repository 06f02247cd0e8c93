"""What goes wrong on the toy e-cology's wire, and whether the work was done then."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import requests

from desktop.sandbox.faults import Fault
from desktop.sandbox.server import Server
from tests.sandbox.test_ecology_signin import PA, Clock, Raw, as_json, opened, pairs, serving


@pytest.fixture(scope="module")
def house() -> Iterator[Server]:
    yield from serving()


@pytest.fixture
def raw(house: Server) -> Iterator[Raw]:
    yield from opened(house, Clock())


def create(raw: Raw) -> requests.Response:
    form = {"workflowId": "781", "requestName": "题", "mainData": as_json(pairs(erp_key="K-R1", amount="1"))}
    return raw.ask("POST", PA + "doCreateRequest", "57", data=form)


@pytest.mark.parametrize("fault", [Fault.RESET_AFTER, Fault.REPLY_LOST, Fault.TRUNCATED])
def test_the_answer_is_lost_but_the_request_stands(raw: Raw, fault: Fault) -> None:
    raw.faults.force(fault, "doCreateRequest")
    with pytest.raises(requests.RequestException):
        create(raw).json()
    assert len(raw.oa.ever_created("K-R1")) == 1
    assert create(raw).json()["code"] == "SUCCESS"


def test_a_reset_before_the_work_leaves_nothing(raw: Raw) -> None:
    raw.faults.force(Fault.RESET_BEFORE, "doCreateRequest")
    with pytest.raises(requests.ConnectionError):
        create(raw)
    assert raw.oa.ever_created("K-R1") == []


@pytest.mark.parametrize(
    ("fault", "status"), [(Fault.SERVER_ERROR, 502), (Fault.HTML_PAGE, 200), (Fault.THROTTLED, 429)]
)
def test_a_page_of_html_instead_of_an_answer(raw: Raw, fault: Fault, status: int) -> None:
    raw.faults.force(fault, "doCreateRequest")
    answer = create(raw)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html;charset=UTF-8")
    assert raw.oa.ever_created("K-R1") == []


def test_a_lost_session_needs_a_new_token(raw: Raw) -> None:
    raw.faults.force(Fault.SESSION_LOST, "doCreateRequest")
    old = raw.headers("57")["token"]
    assert create(raw).json()["msg"] == f"token不存在或者超时：{old}"
    assert create(raw).json()["code"] == -1
    raw.tokens.clear()
    assert create(raw).json()["code"] == "SUCCESS"


def test_all_tokens_die_with_a_restart(raw: Raw) -> None:
    assert create(raw).json()["code"] == "SUCCESS"
    raw.oa.sign_in.drop_tokens()
    assert create(raw).json()["code"] == -1


def test_a_slow_answer_is_an_answer(raw: Raw) -> None:
    raw.faults.slow_s = 0.05
    raw.faults.force(Fault.SLOW, "doCreateRequest")
    started = time.monotonic()
    assert create(raw).json()["code"] == "SUCCESS"
    assert time.monotonic() - started >= 0.05


def test_only_the_named_call_goes_wrong_and_every_business_call_is_drawn(raw: Raw) -> None:
    raw.faults.force(Fault.SERVER_ERROR, "getRequestStatus")
    assert create(raw).status_code == 200
    assert raw.ask("GET", PA + "getRequestStatus?requestId=300123", "57").status_code == 502
    for name in ("getMyWorkflowRequestList", "getHrmUserInfoWithPage"):
        raw.faults.force(Fault.SERVER_ERROR, name)
    assert raw.ask("POST", PA + "getMyWorkflowRequestList", "57").status_code == 502
    assert raw.ask("POST", "/api/hrm/resful/getHrmUserInfoWithPage", "57").status_code == 502
