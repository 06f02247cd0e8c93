"""The toy e-cology in a browser: see what waits for a person, and decide."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from desktop.sandbox.server import Server
from tests.sandbox.test_ecology_signin import Clock, Raw, opened, serving


@pytest.fixture(scope="module")
def house() -> Iterator[Server]:
    yield from serving()


@pytest.fixture
def raw(house: Server) -> Iterator[Raw]:
    yield from opened(house, Clock())


def page(raw: Raw, path: str) -> str:
    answer = requests.get(raw.url + path, timeout=10)
    assert answer.status_code == 200
    return answer.text


def press(raw: Raw, person: str, made: int, act: str, opinion: str = "") -> requests.Response:
    url = raw.url + f"/sandbox/people/{person}/requests/{made}"
    return requests.post(url, data={"act": act, "opinion": opinion}, timeout=10)


def test_a_request_is_found_opened_returned_handed_in_again_and_approved(raw: Raw) -> None:
    fields = {
        "erp_bill_no": "XSDD1",
        "customer_id": "3004",
        "note": "<script>alert(1)</script>",
        "amount": "5",
    }
    made = raw.oa.start(781, "57", fields, {"detail_1": [{"material_code": "M0001", "qty": "2"}]})
    assert "陈杰" in page(raw, "/sandbox/")
    assert f"/sandbox/people/40/requests/{made}" in page(raw, "/sandbox/people/40")
    shown = page(raw, f"/sandbox/people/40/requests/{made}")
    assert "杭州“西湖”电子 😀 有限公司" in shown
    assert "M0001" in shown
    assert "<script>alert" not in shown
    assert "批准" in shown and "退回" in shown
    assert "单价 不对" in press(raw, "40", made, "reject", "单价 不对").text
    assert raw.oa.request(made).is_rejected
    assert "被退回" in page(raw, "/sandbox/people/57")
    press(raw, "57", made, "resubmit", "已改")
    press(raw, "57", made, "withdraw")
    assert raw.oa.request(made).log[-1].logtype == "r"
    press(raw, "57", made, "resubmit")
    assert "归档" in press(raw, "40", made, "approve", "同意").text
    record = raw.oa.request(made)
    assert (record.node_type, record.log[-1].logtype, record.log[-1].remark) == (3, "0", "<p>同意</p>")


def test_a_request_is_archived_by_force(raw: Raw) -> None:
    made = raw.oa.start(781, "57", {"amount": "5"})
    press(raw, "57", made, "force_over")
    assert (raw.oa.request(made).node_type, raw.oa.request(made).log[-1].logtype) == (3, "e")


def test_a_refusal_is_shown(raw: Raw) -> None:
    made = raw.oa.start(781, "57", {"amount": "5"})
    raw.oa.settings.action_refuses[7811] = "信用额度不足"
    answer = press(raw, "40", made, "approve")
    assert (answer.status_code, "信用额度不足" in answer.text) == (409, True)
    assert press(raw, "61", made, "approve").status_code == 409
    assert press(raw, "40", made, "nosuch").status_code == 400
    assert requests.get(raw.url + "/sandbox/people/40/requests/1", timeout=10).status_code == 404
    assert requests.get(raw.url + "/sandbox/people/66", timeout=10).status_code == 404
