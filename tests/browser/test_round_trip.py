"""A real browser clicks from the OA through the gateway into the ERP, and back. With its own command: run.py browser.

Both toy systems judge by themselves, from their vendors' documents: the ERP the signature, its time and its one use, the OA
codes and tokens.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from desktop.domain.system import GatewaySettings
from desktop.gateway.server import Gateway
from tests.browser.conftest import By, Person, netloc
from tests.conftest import House
from tests.gateway.conftest import delivered

pytestmark = pytest.mark.browser

MAKER, APPROVER = "57", "40"


@pytest.fixture
def gateway(house: House) -> Iterator[Gateway]:
    """Opened, and named in both toy systems as their administrators would: a link field on the form and on the bill."""
    opened = Gateway(house.workspace, GatewaySettings(on=True, port=0))
    house.toy.oa.settings.erp_address = f"{opened.address}/erp/{{erp_key}}"
    house.toy.erp.settings.oa_address = f"{opened.address}/oa/k3/{{form}}/{{id}}"
    house.toy.erp.settings.timestamp_window_s, house.toy.erp.settings.sso_once = 300, True
    yield opened
    opened.close()


def test_from_the_oa_into_the_erp_and_back(house: House, gateway: Gateway, open_browser) -> None:
    bill = delivered(house)
    person = Person(open_browser(), house)
    person.sign_in("王敏")
    request_id = person.open_request(MAKER, bill)
    person.shoot("1-oa")
    person.click("erp")  # the link field on the form
    person.waits_for(netloc(house.toy.erp_url))
    assert person.at == netloc(house.toy.erp_url), person.reads
    assert person.browser.find_element(By.ID, "user").text == "wangmin"
    assert person.browser.find_element(By.ID, "number").text == bill.number
    person.shoot("2-erp-signed-in")
    signed = person.browser.current_url
    person.choose("打开单据")
    assert bill.number in person.reads
    person.shoot("3-erp-bill")
    person.click("oa")  # the button on the bill
    person.waits_for(f"/requests/{request_id}")
    assert person.at == netloc(house.toy.oa_server.url) and bill.number in person.reads
    person.shoot("4-back-in-the-oa")
    person.browser.get(signed)
    assert "链接已经使用过" in person.reads, "the ERP itself takes a link once"
    entries = house.workspace.trail.entries(f"document:{house.document(bill).id}")
    assert [(each.actor, each.action) for each in entries if each.action.startswith("sign_on.")] == [
        (f"oa:{MAKER}", "sign_on.opened")
    ]


def test_who_has_no_erp_user_reads_the_page_and_goes_back(
    house: House, gateway: Gateway, open_browser
) -> None:
    bill = delivered(house)
    person = Person(open_browser(), house)
    person.sign_in("陈杰")
    request_id = person.open_request(APPROVER, bill)
    person.click("erp")
    person.waits_for(netloc(gateway.address))
    assert person.at == netloc(gateway.address) and bill.number in person.reads
    assert "只能查看" in person.reads and not person.browser.find_elements(By.TAG_NAME, "form")
    person.shoot("5-read-only")
    person.browser.refresh()
    assert "60 秒内有效" in person.reads, "the ticket was good once"
    person.shoot("6-used-ticket")
    person.browser.back()
    person.open_request(APPROVER, bill)
    person.click("erp")
    person.waits_for("/back?")
    person.choose("回到 OA")
    person.waits_for(f"/requests/{request_id}")


def test_who_is_not_signed_in_is_asked_by_the_oa_and_then_goes_on(
    house: House, gateway: Gateway, open_browser
) -> None:
    bill = delivered(house)
    person = Person(open_browser(), house)
    person.browser.get(f"{gateway.address}/erp/{house.document(bill).key}")
    assert person.at == netloc(house.toy.oa_server.url) and bill.number not in person.reads
    person.pick("王敏")
    person.waits_for(netloc(house.toy.erp_url))
    assert person.at == netloc(house.toy.erp_url) and bill.number in person.reads


def test_the_windows_own_links_sign_the_named_person_in_once(house: House, open_browser) -> None:
    house.toy.erp.settings.timestamp_window_s, house.toy.erp.settings.sso_once = 300, True
    bill = delivered(house)
    (request,) = house.requests(bill)
    house.workspace.users.sit("chief", "clerk", MAKER)
    documents, document = house.workspace.documents, house.document(bill)
    person, other = Person(open_browser(), house), Person(open_browser(), house)
    link = documents.open_link(document.id, "erp", person="clerk")
    person.browser.get(link)
    assert person.browser.find_element(By.ID, "user").text == "wangmin"
    assert person.browser.find_element(By.ID, "number").text == bill.number
    other.browser.get(link)
    assert "链接已经使用过" in other.reads
    link = documents.open_link(document.id, "oa", person="clerk")
    person.browser.get(link)
    person.waits_for(f"/sandbox/people/{MAKER}/requests/{request.id}")
    other.browser.get(link)
    person.waits_for("/sandbox/")
    assert bill.number not in other.reads, "the OA takes a token once"
