"""The same with DingTalk: it shows its own page to whoever wants to prove himself, and the link stands on the form as text.

With K/3 WISE behind the gateway there is no page of the ERP to go to: everybody reads the bill.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import pytest

from desktop.domain.system import GatewaySettings
from desktop.gateway.server import Gateway
from desktop.sandbox.dingtalk_play import PLAY as DINGTALK
from desktop.sandbox.k3cloud_play import PLAY as K3CLOUD
from desktop.sandbox.k3wise_play import PLAY as K3WISE
from tests.browser.conftest import By, Person, netloc
from tests.conftest import Clock, House, Stage, staged
from tests.gateway.conftest import delivered

pytestmark = pytest.mark.browser

PAIRS = {"k3cloud-dingtalk": (K3CLOUD, DINGTALK), "k3wise-dingtalk": (K3WISE, DINGTALK)}


@pytest.fixture
def toy(served: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch, pair: Any) -> Iterator[Stage]:
    """Both worlds on the test's clocks, as the pair speaks."""
    yield staged(served, clock, monkeypatch, pair)
    for server in served[:2]:
        server.app, server.latency_ms = (lambda environ, start: []), 0.0


@pytest.fixture
def gateway(house: House) -> Iterator[Gateway]:
    """Opened, known to the engine as the place where bills are seen, and to both systems as their consoles have it."""
    opened = Gateway(house.workspace, GatewaySettings(on=True, port=0))
    known = replace(opened.settings, public_url=opened.address)
    house.workspace.catalog.set_preference("gateway", asdict(known), actor="chief")
    house.toy.oa.ding.redirects = {f"{opened.address}/back"}  # type: ignore[attr-defined]
    house.toy.erp.settings.oa_address = f"{opened.address}/oa/k3/{{form}}/{{id}}"
    house.toy.erp.settings.timestamp_window_s, house.toy.erp.settings.sso_once = 300, True
    yield opened
    opened.close()


def open_form(person: Person, house: House, who: str, request: Any) -> None:
    """From his desk: titles are the product's own, they tell no bill number."""
    person.browser.get(f"{house.toy.oa_server.url}/sandbox/people/{who}")
    person.choose(request.title)


def link_on_the_form(person: Person) -> str:
    """What the control says, as somebody copies it."""
    return person.browser.find_element(By.XPATH, "//th[text()='ERP链接']/following-sibling::td").text


@pytest.mark.parametrize("pair", [PAIRS["k3cloud-dingtalk"]], ids=["k3cloud-dingtalk"])
def test_from_the_form_into_the_erp_and_back(house: House, gateway: Gateway, open_browser, pair: Any) -> None:
    bill = delivered(house)
    (request,) = house.requests(bill)
    person = Person(open_browser(), house)
    open_form(person, house, "57", request)
    person.shoot("d1-form")
    person.browser.get(link_on_the_form(person))
    assert person.at == netloc(house.toy.oa_server.url) and bill.number not in person.reads
    person.shoot("d2-who-are-you")
    person.pick("王敏")
    person.waits_for(netloc(house.toy.erp_url))
    assert person.browser.find_element(By.ID, "user").text == "wangmin"
    assert person.browser.find_element(By.ID, "number").text == bill.number
    person.choose("打开单据")
    person.click("oa")  # the button on the bill
    person.waits_for("/aflow?procInstId=")
    assert request.title in person.reads, "DingTalk knows the browser by now"
    entries = house.workspace.trail.entries(f"document:{house.document(bill).id}")
    assert [(each.actor, each.action) for each in entries if each.action.startswith("sign_on.")] == [
        ("oa:57", "sign_on.opened")
    ]


@pytest.mark.parametrize("pair", list(PAIRS.values()), ids=list(PAIRS))
def test_an_approver_reads_the_bill_and_a_stranger_nothing(
    house: House, gateway: Gateway, open_browser, pair: Any
) -> None:
    bill = delivered(house)
    (request,) = house.requests(bill)
    person = Person(open_browser(), house)
    open_form(person, house, "40", request)
    link = link_on_the_form(person)
    person.browser.get(link)
    person.pick("陈杰")
    person.waits_for("/back?")
    assert bill.number in person.reads and "只能查看" in person.reads
    assert ("客户端" in person.reads) == (pair[0] is K3WISE)
    person.shoot(f"d3-read-only-{pair[0].vendor}")
    person.browser.refresh()
    assert "60 秒内有效" in person.reads, "the ticket was good once"
    person.browser.get(link)
    person.pick("陈杰")
    person.waits_for("/back?")
    person.choose("回到 OA")
    person.waits_for("/aflow?procInstId=")
    assert request.title in person.reads

    stranger = Person(open_browser(), house)
    stranger.browser.get(link)
    stranger.pick(_stranger(house, request))
    stranger.waits_for("/back?")
    assert "无法确认您的身份" in stranger.reads and bill.number not in stranger.reads
    stranger.shoot("d4-stranger")


def _stranger(house: House, request: Any) -> str:
    """Somebody of the company who has no part in the request."""
    there = {request.creator, *request.waiting}
    return next(
        each.name
        for each in house.toy.oa.people.staff()
        if each.active and each.boss and each.id not in there and each.work_code
    )
