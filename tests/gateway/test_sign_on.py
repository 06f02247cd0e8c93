"""From the OA through the gateway into the ERP: who may, who may not, and what an attacker gets. Real pages, real HTTP."""

from __future__ import annotations

import re
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from desktop.domain.document import DocumentState
from desktop.sandbox.group import EMPLOYEES
from desktop.services.sign_on import TICKET_S

MAKER = "57"
"""The OA id of wangmin, who has an ERP user."""


def key_of(house, bill) -> str:
    return house.document(bill).key


def delivered(house):
    house.run()
    bill = house.order()
    house.calm()
    assert len(house.requests(bill)) == 1
    return bill


def trail(house, bill) -> list[tuple[str, str]]:
    lines = house.workspace.trail.entries(f"document:{house.document(bill).id}")
    return [(each.actor, each.action) for each in lines if each.action.startswith("sign_on.")]


def test_a_click_in_the_oa_opens_the_bill_in_the_erp_as_that_person(house, gateway, signed_in) -> None:
    bill = delivered(house)
    page = signed_in(MAKER).get(f"{gateway.address}/erp/{key_of(house, bill)}", timeout=10)
    assert page.ok, page.text
    assert urlsplit(page.url).netloc == urlsplit(house.toy.erp_url).netloc
    assert bill.number in page.text
    assert "wangmin" in page.text or "王敏" in page.text
    assert trail(house, bill) == [(f"oa:{MAKER}", "sign_on.opened")]


def test_who_has_no_session_in_the_oa_is_asked_there_not_here(house, gateway, browser) -> None:
    bill = delivered(house)
    page = browser.get(f"{gateway.address}/erp/{key_of(house, bill)}", timeout=10)
    assert "/sandbox/sign-in" in page.url
    assert urlsplit(page.url).netloc == urlsplit(house.toy.oa_server.url).netloc
    assert not trail(house, bill)


def test_without_an_erp_user_the_bill_is_read_only(house, gateway, signed_in) -> None:
    bill = delivered(house)
    (request,) = house.requests(bill)
    approver = request.waiting[0]
    for row in house.workspace.catalog.base_rows("c100"):
        if row.kind == "user" and row.oa_key == approver:
            house.workspace.catalog.delete_base_row("c100", "user", row.erp_code, "chief")
    page = signed_in(approver).get(f"{gateway.address}/erp/{key_of(house, bill)}", timeout=10)
    assert page.status_code == 200
    assert urlsplit(page.url).netloc == urlsplit(gateway.address).netloc
    assert bill.number in page.text
    assert "<form" not in page.text
    assert trail(house, bill) == [(f"oa:{approver}", "sign_on.read")]


def test_who_may_not_see_the_request_sees_nothing(house, gateway, signed_in) -> None:
    bill = delivered(house)
    (request,) = house.requests(bill)
    stranger = next(
        each.oa_id
        for each in EMPLOYEES
        if each.oa_id and not each.left and not house.toy.oa._may_see(each.oa_id, request)
    )
    page = signed_in(stranger).get(f"{gateway.address}/erp/{key_of(house, bill)}", timeout=10)
    assert page.status_code == 403
    assert bill.number not in page.text
    assert trail(house, bill) == [(f"oa:{stranger}", "sign_on.refused")]


def back_address(browser: requests.Session, address: str) -> str:
    """The address with state and code to which the OA sends the browser, not yet called."""
    while True:
        answer = browser.get(address, timeout=10, allow_redirects=False)
        address = answer.headers["Location"]
        if "/back?" in address:
            return address


def test_a_ticket_is_good_once(house, gateway, signed_in) -> None:
    bill = delivered(house)
    browser = signed_in(MAKER)
    back = back_address(browser, f"{gateway.address}/erp/{key_of(house, bill)}")
    cookies = browser.cookies.copy()
    assert browser.get(back, timeout=10, allow_redirects=False).status_code == 303
    browser.cookies.update(cookies)
    again = browser.get(back, timeout=10, allow_redirects=False)
    assert again.status_code == 403
    assert len(trail(house, bill)) == 1


def test_a_ticket_grows_old(house, gateway, signed_in) -> None:
    bill = delivered(house)
    back = back_address(signed_in(MAKER), f"{gateway.address}/erp/{key_of(house, bill)}")
    house.clock.pass_s(TICKET_S + 1)
    assert signed_in(MAKER).get(back, timeout=10, allow_redirects=False).status_code == 403
    assert not trail(house, bill)


def test_an_address_sent_to_somebody_else_lets_nobody_in(house, gateway, signed_in) -> None:
    bill = delivered(house)
    back = back_address(signed_in(MAKER), f"{gateway.address}/erp/{key_of(house, bill)}")
    victim = requests.get(back, timeout=10, allow_redirects=False)
    assert victim.status_code == 403
    assert not trail(house, bill)


def test_a_ticket_opens_its_own_bill_and_no_other(house, gateway, signed_in) -> None:
    first, second = delivered(house), delivered(house)
    browser = signed_in(MAKER)
    back = back_address(browser, f"{gateway.address}/erp/{key_of(house, first)}")
    page = browser.get(f"{back}&key={key_of(house, second)}", timeout=10)
    assert first.number in page.text
    assert second.number not in page.text


def test_a_code_that_the_oa_did_not_give_is_refused(house, gateway, signed_in) -> None:
    bill = delivered(house)
    back = back_address(signed_in(MAKER), f"{gateway.address}/erp/{key_of(house, bill)}")
    state = parse_qs(urlsplit(back).query)["state"][0]
    forged = f"{gateway.address}/back?state={state}&code=OC-{'0' * 32}"
    answer = signed_in(MAKER).get(forged, timeout=10, allow_redirects=False)
    assert answer.status_code == 403
    assert not trail(house, bill)


@pytest.mark.parametrize(
    "path",
    [
        "/erp/AAAAAAAAAAAAAAAA-R1", "/erp/x", "/erp/..%2f..%2fetc", "/erp/https:%2f%2fevil.example", "/oa/%00",
        "/erp/' OR 1=1 --", "/", "/admin", "/erp/" + "A" * 5000,
    ],
)  # fmt: skip
def test_addresses_that_mean_nothing_are_a_short_page(gateway, browser, path: str) -> None:
    answer = browser.get(gateway.address + path, timeout=10, allow_redirects=False)
    assert answer.status_code in (404, 414)
    assert "Location" not in answer.headers
    assert "Traceback" not in answer.text
    assert len(answer.text) < 3000


def test_the_way_back_is_the_requests_own_page_and_signs_nobody_in(house, gateway, browser) -> None:
    bill = delivered(house)
    (request,) = house.requests(bill)
    answer = browser.get(f"{gateway.address}/oa/{key_of(house, bill)}", timeout=10, allow_redirects=False)
    assert answer.status_code == 302
    assert re.fullmatch(
        rf"{re.escape(house.toy.oa_server.url)}/spa/.+requestid={request.id}", answer.headers["Location"]
    )
    assert "ssoToken" not in answer.headers["Location"]


def test_answers_are_kept_by_nobody(house, gateway, browser) -> None:
    answer = browser.get(
        f"{gateway.address}/erp/{key_of(house, delivered(house))}", timeout=10, allow_redirects=False
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_flood_is_turned_away_and_the_engine_goes_on(house, gateway) -> None:
    bill = delivered(house)
    with ThreadPoolExecutor(8) as many, requests.Session() as session:
        session.trust_env = False
        codes = list(
            many.map(lambda _: session.get(f"{gateway.address}/x", timeout=10).status_code, range(400))
        )
    assert codes.count(429) > 200
    assert set(codes) <= {404, 429}
    house.approve(bill)
    house.calm()
    assert house.state(bill) is DocumentState.DONE
    house.assert_intact()


def test_a_slow_caller_holds_nobody_up(house, gateway, browser) -> None:
    host, port = urlsplit(gateway.address).netloc.split(":")
    slow = [socket.create_connection((host, int(port)), timeout=10) for _ in range(4)]
    for each in slow:
        each.sendall(b"GET /erp/AAAA HTTP/1.1\r\nHost:")
    assert browser.get(f"{gateway.address}/x", timeout=10).status_code == 404
    for each in slow:
        each.close()
