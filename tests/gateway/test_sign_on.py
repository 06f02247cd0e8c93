"""From the OA through the gateway into the ERP: who may, who may not, and what an attacker gets. Real pages, real HTTP."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from desktop.connectors.k3cloud.connector import K3Cloud
from desktop.domain.errors import ErrorCode, SyncError
from desktop.sandbox.group import EMPLOYEES
from desktop.services.sign_on import TICKET_S
from tests.gateway.conftest import delivered

MAKER = "57"
"""The OA id of wangmin, who has an ERP user."""


def key_of(house, bill) -> str:
    return house.document(bill).key


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
    assert bill.number in page.text and "客户名称" in page.text and "内六角螺丝" in page.text
    assert request.fields["amount"] in page.text.replace(",", "")
    assert "<form" not in page.text and "erp_bill_no" not in page.text
    back = re.search(r'href="([^"]+)"', page.text)
    assert back is not None and back[1].endswith(f"requestid={request.id}") and "ssoToken" not in back[1]
    assert trail(house, bill) == [(f"oa:{approver}", "sign_on.read")]


def test_who_is_marked_as_without_a_licence_reads_though_he_has_an_erp_user(
    house, gateway, signed_in
) -> None:
    bill = delivered(house)
    people = house.workspace.users
    people.mark("chief", people.pairs()[0], [MAKER], no_licence=True)
    page = signed_in(MAKER).get(f"{gateway.address}/erp/{key_of(house, bill)}", timeout=10)
    assert urlsplit(page.url).netloc == urlsplit(gateway.address).netloc
    assert trail(house, bill) == [(f"oa:{MAKER}", "sign_on.read")]


def test_an_erp_that_knows_no_addresses_shows_everybody_the_page(
    house, gateway, signed_in, monkeypatch
) -> None:
    bill = delivered(house)

    def cannot(*_: object, **__: object) -> str:
        raise SyncError(ErrorCode.CANNOT, certain=True, system="k3", what="open_link")

    monkeypatch.setattr(K3Cloud, "open_link", cannot)
    page = signed_in(MAKER).get(f"{gateway.address}/erp/{key_of(house, bill)}", timeout=10)
    assert page.status_code == 200 and bill.number in page.text
    assert trail(house, bill) == [(f"oa:{MAKER}", "sign_on.read")]


def test_who_has_left_gets_nowhere_though_his_browser_is_still_signed_in(house, gateway, browser) -> None:
    bill, left = delivered(house), next(each.oa_id for each in EMPLOYEES if each.left)
    browser.cookies.set("oa_web", house.toy.oa.sign_in.open_session(left))
    page = browser.get(f"{gateway.address}/erp/{key_of(house, bill)}", timeout=10)
    assert page.status_code == 403 and bill.number not in page.text
    assert not trail(house, bill)


@pytest.mark.parametrize("attributes", [True, False])
def test_an_oa_that_speaks_cas_vouches_for_the_person_too(
    house, gateway, signed_in, attributes: bool
) -> None:
    house.toy.oa.settings.cas_attributes = attributes  # else it tells the login name only
    house.join(sso_by="cas")
    bill = delivered(house)
    browser = signed_in(MAKER)
    back = back_address(browser, f"{gateway.address}/erp/{key_of(house, bill)}")
    assert "ticket=ST-" in back
    cookies = browser.cookies.copy()
    page = browser.get(back, timeout=10)
    assert bill.number in page.text and urlsplit(page.url).netloc == urlsplit(house.toy.erp_url).netloc
    browser.cookies.update(cookies)
    assert browser.get(back, timeout=10, allow_redirects=False).status_code == 403
    assert trail(house, bill) == [(f"oa:{MAKER}", "sign_on.opened")]


def test_a_cas_ticket_for_another_service_opens_nothing(house, gateway, signed_in) -> None:
    house.join(sso_by="cas")
    bill = delivered(house)
    browser = signed_in(MAKER)
    back = back_address(browser, f"{gateway.address}/erp/{key_of(house, bill)}")
    state = parse_qs(urlsplit(back).query)["state"][0]
    other = house.toy.oa.sign_in.cas_ticket(MAKER, "http://elsewhere.example/back")
    answer = browser.get(
        f"{gateway.address}/back?state={state}&ticket={other}", timeout=10, allow_redirects=False
    )
    assert answer.status_code == 403 and not trail(house, bill)


def test_a_clock_that_is_off_is_said_before_anything_is_signed(house, gateway, signed_in) -> None:
    bill = delivered(house)
    house.clock.erp_s = 300.0  # told in whole seconds, as the answer came
    house.run()
    answer = signed_in(MAKER).get(
        f"{gateway.address}/erp/{key_of(house, bill)}", timeout=10, allow_redirects=False
    )
    assert answer.status_code == 503 and "Location" not in answer.headers
    assert re.search(r"\b(29\d|30\d)\b", answer.text), "how far it is off"


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


def test_addresses_that_mean_nothing_are_a_short_page(gateway, browser) -> None:
    for path in (
        "/erp/AAAAAAAAAAAAAAAA-R1", "/erp/x", "/erp/..%2f..%2fetc", "/erp/https:%2f%2fevil.example", "/oa/%00",
        "/erp/' OR 1=1 --", "/", "/admin", "/erp/" + "A" * 5000, "//evil.example/%2e%2e", "/back?state=x&code=y&next=//evil",
    ):  # fmt: skip
        answer = browser.get(gateway.address + path, timeout=10, allow_redirects=False)
        assert answer.status_code in (400, 403, 404, 414), path
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


def test_the_way_back_from_a_bill_is_found_by_the_erps_own_ids(house, gateway, browser) -> None:
    bill = delivered(house)
    (request,) = house.requests(bill)
    root = f"{gateway.address}/oa"
    answer = browser.get(f"{root}/k3/{bill.form}/{bill.id}", timeout=10, allow_redirects=False)
    assert answer.headers["Location"].endswith(f"requestid={request.id}")
    for wrong in (
        f"k3/{bill.form}/1",
        f"k3/PUR_PurchaseOrder/{bill.id}",
        f"nobody/{bill.form}/{bill.id}",
        "k3/x/" + "9" * 400,
    ):
        answer = browser.get(f"{root}/{wrong}", timeout=10, allow_redirects=False)
        assert answer.status_code == 404 and "Location" not in answer.headers


def test_a_request_is_found_by_the_oas_own_number_where_its_form_carries_no_key(
    house, gateway, signed_in
) -> None:
    bill = delivered(house)
    (request,) = house.requests(bill)
    browser = signed_in(MAKER)
    page = browser.get(f"{gateway.address}/erp/oa/{request.id}", timeout=10)
    assert bill.number in page.text and urlsplit(page.url).netloc == urlsplit(house.toy.erp_url).netloc
    for wrong in ("oa/1", f"k3/{request.id}", f"oa/{bill.number}", "oa/" + "9" * 300):
        answer = browser.get(f"{gateway.address}/erp/{wrong}", timeout=10, allow_redirects=False)
        assert answer.status_code == 404 and "Location" not in answer.headers


def test_answers_are_kept_by_nobody(house, gateway, browser) -> None:
    answer = browser.get(
        f"{gateway.address}/erp/{key_of(house, delivered(house))}", timeout=10, allow_redirects=False
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    policy = answer.headers["Content-Security-Policy"]
    for word in ("default-src 'none'", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"):
        assert word in policy
    assert answer.headers["X-Frame-Options"] == "DENY" and "script-src" not in policy


def test_two_bills_are_opened_side_by_side(house, gateway, signed_in) -> None:
    bills = [delivered(house), delivered(house)]
    browser = signed_in(MAKER)
    backs = [back_address(browser, f"{gateway.address}/erp/{key_of(house, bill)}") for bill in bills]
    for bill, back in zip(bills, backs, strict=True):
        assert bill.number in browser.get(back, timeout=10).text
    assert not [each.name for each in browser.cookies if each.name.startswith("danqiao_")], "nothing is left"


def test_what_stands_in_a_bill_is_words_on_the_page(house, gateway, signed_in) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'>{{7*7}}"
    house.run()
    bill = house.order(FNote=evil)
    house.calm()
    (request,) = house.requests(bill)
    house.toy.oa.reject(request.id, request.waiting[0], f"不同意 {evil}")
    house.calm()
    house.workspace.users.mark("chief", house.workspace.users.pairs()[0], [MAKER], no_licence=True)
    page = signed_in(MAKER).get(f"{gateway.address}/erp/{key_of(house, bill)}", timeout=10)
    assert page.status_code == 200 and page.text.count("&lt;script&gt;alert(1)") == 2, (
        "the note, and the opinion"
    )
    assert "<script" not in page.text and "<img" not in page.text and "{{7*7}}" in page.text


def test_no_host_header_leads_anybody_away(house, gateway, browser) -> None:
    key = key_of(house, delivered(house))
    for path in (
        f"/erp//{key}",
        f"//erp/{key}",
        f"/erp/{key}/",
        f"/oa//{key}",
        "/static/x",
        f"/back//?state={key}",
    ):
        answer = browser.get(
            gateway.address + path, headers={"Host": "evil.example"}, timeout=10, allow_redirects=False
        )
        assert answer.status_code in (400, 404) and "Location" not in answer.headers, path
        assert "evil" not in answer.text


def test_who_comes_with_wrong_codes_again_and_again_waits(
    house, request: pytest.FixtureRequest, signed_in, monkeypatch
) -> None:
    monkeypatch.setattr("desktop.gateway.app.MOST_WRONG", 2.0)
    gateway = request.getfixturevalue("gateway")
    path = f"{gateway.address}/erp/{key_of(house, delivered(house))}"
    codes = []
    for _ in range(4):
        back = back_address(signed_in(MAKER), path)
        state = parse_qs(urlsplit(back).query)["state"][0]
        forged = f"{gateway.address}/back?state={state}&code=OC-{'0' * 32}"
        codes.append(signed_in(MAKER).get(forged, timeout=10, allow_redirects=False).status_code)
    assert codes == [403, 403, 429, 429]
