"""Sign-on on the other pairs: DingTalk proves people by its own page and its directory, K/3 WISE has no page to send them to.

The OA's page stands where its own address is: who sits there presses its button (Visitor.prove); codes are one-use there, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import GatewaySettings
from desktop.gateway.server import Gateway
from desktop.sandbox.dingtalk_play import PLAY as DINGTALK
from desktop.sandbox.ecology_play import PLAY as ECOLOGY
from desktop.sandbox.erp_bill import ErpBill
from desktop.sandbox.k3cloud_play import PLAY as K3CLOUD
from desktop.sandbox.k3wise_play import PLAY as K3WISE
from desktop.sandbox.oa_people import ADMIN_OA_ID
from desktop.services.sign_on import TICKET_S
from desktop.sync.pace import calls_in
from tests.conftest import Clock, House, Stage, staged
from tests.gateway.conftest import delivered
from tests.sync.making import Works

MAKER, APPROVER, STRANGER = "57", "40", "58"
NEW, OLD = (K3CLOUD, DINGTALK), (K3WISE, DINGTALK)
WISE_ECOLOGY = (K3WISE, ECOLOGY)


@pytest.fixture
def pair() -> Any:
    return NEW


@pytest.fixture
def toy(served: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch, pair: Any) -> Iterator[Stage]:
    """Both worlds on the test's clocks, as the pair speaks."""
    yield staged(served, clock, monkeypatch, pair)
    for server in served[:2]:
        server.app, server.latency_ms = (lambda environ, start: []), 0.0


@dataclass
class Visitor:
    """Somebody's browser before the gateway."""

    house: House
    gateway: Gateway
    browser: requests.Session

    def ask(self, path: str) -> str:
        """Clicks on a link of the gateway; answers the OA's page to which it leads."""
        answer = self.browser.get(self.gateway.address + path, timeout=10, allow_redirects=False)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["Location"])

    def prove(self, page: str, person: str) -> str:
        """Signs in on the OA's page as this person; answers where it sends the browser on."""
        answer = self.browser.post(page, data={"person": person}, timeout=10, allow_redirects=False)
        return str(answer.headers["Location"])

    def get(self, address: str) -> requests.Response:
        return self.browser.get(address, timeout=10, allow_redirects=False)

    def come(self, path: str, person: str) -> requests.Response:
        """The whole way, as far as the gateway's last word."""
        return self.get(self.prove(self.ask(path), person))

    def trail(self, bill: ErpBill) -> list[tuple[str, str]]:
        found = self.house.workspace.trail.entries(f"document:{self.house.document(bill).id}")
        return [(each.actor, each.action) for each in found if each.action.startswith("sign_on.")]


@pytest.fixture
def visitor(house: House, gateway: Gateway, browser: requests.Session) -> Visitor:
    return Visitor(house, gateway, browser)


def path_of(house: House, bill: ErpBill) -> str:
    return f"/erp/{house.document(bill).key}"


def test_who_takes_part_in_the_request_opens_the_bill_signed_in(house: House, visitor: Visitor) -> None:
    bill = delivered(house)
    page = visitor.ask(path_of(house, bill))
    assert page.startswith(f"{house.toy.oa_server.url}/oauth2/auth?") and bill.number not in page
    assert parse_qs(urlsplit(page).query)["redirect_uri"] == [f"{visitor.gateway.address}/back"]
    house.join(monthly_calls="10000")
    before = calls_in(house.workspace.catalog, "oa", house.workspace.now())
    answer = visitor.get(visitor.prove(page, MAKER))
    assert answer.status_code == 303 and "ud=" in answer.headers["Location"]
    month = calls_in(house.workspace.catalog, "oa", house.workspace.now())
    assert month - before == 5, "token, code, profile, address book, instance: the vendor meters them"
    opened = visitor.browser.get(answer.headers["Location"], timeout=10)
    assert bill.number in opened.text and urlsplit(opened.url).netloc == urlsplit(house.toy.erp_url).netloc
    by_number = visitor.come(
        f"/erp/oa/{house.workspace.documents.record_of(house.document(bill), 'oa').number}", MAKER
    )
    assert by_number.status_code == 303, "by the number that people see"
    assert visitor.trail(bill) == [(f"oa:{MAKER}", "sign_on.opened")] * 2


@pytest.mark.parametrize(
    "pair", [NEW, OLD, WISE_ECOLOGY], ids=["k3cloud-dingtalk", "k3wise-dingtalk", "k3wise-ecology"]
)
def test_an_approver_sees_the_bill_and_finds_his_way_back(house: House, visitor: Visitor, pair: Any) -> None:
    bill = delivered(house)
    (request,) = house.requests(bill)
    (approver,) = request.waiting
    if pair[1] is ECOLOGY:
        visitor.browser.get(f"{house.toy.oa_server.url}/sandbox/sign-in?person={approver}", timeout=10)
        page = visitor.browser.get(visitor.gateway.address + path_of(house, bill), timeout=10)
    else:
        for row in house.workspace.catalog.base_rows("c100"):
            if row.kind == "user" and row.oa_key == approver and pair[0] is K3CLOUD:
                house.workspace.catalog.delete_base_row("c100", "user", row.erp_code, "chief")
        page = visitor.come(path_of(house, bill), approver)
    assert page.status_code == 200 and urlsplit(page.url).netloc == urlsplit(visitor.gateway.address).netloc
    text = page.text
    assert bill.number in text and "内六角螺丝" in text and request.fields["amount"] in text.replace(",", "")
    assert ("客户端" in text) == (pair[0] is K3WISE), "why it is not the ERP itself"
    back = text.partition('<a href="')[2].partition('"')[0].replace("&amp;", "&")
    assert back.startswith(house.toy.oa_server.url)
    if pair[1] is DINGTALK:
        assert request.title in visitor.browser.get(back, timeout=10).text, "the browser's own session"
    assert visitor.trail(bill) == [(f"oa:{approver}", "sign_on.read")]


@pytest.mark.parametrize("pair", [OLD], ids=["k3wise-dingtalk"])
def test_from_the_bill_to_the_request_by_the_erps_own_number(
    house: House, visitor: Visitor, pair: Any
) -> None:
    bill = delivered(house)
    (request,) = house.requests(bill)
    document = house.document(bill)
    address = visitor.ask(f"/oa/k3/{document.source.form}/{quote(document.source.key)}")
    assert address == visitor.ask(f"/oa/{document.key}") and "code" not in address
    there = visitor.browser.get(address, timeout=10)
    assert "登录" in there.text and request.title not in there.text, "it signs nobody in"
    there = visitor.browser.post(there.url, data={"person": MAKER}, timeout=10)
    assert there.status_code == 200
    assert house.workspace.documents.story(document.id).shut == {"erp"}
    assert house.workspace.systems.shut_erps() == {"c100", "c200"}, "no button leads there"
    assert house.workspace.documents.chain(document.id).shut
    assert house.workspace.documents.open_link(document.id, "oa") == address
    with pytest.raises(SyncError) as refused:
        house.workspace.documents.open_link(document.id, "erp")
    assert refused.value.code is ErrorCode.CANNOT


def test_the_form_carries_the_link_and_it_leads_to_the_bill(house: House, visitor: Visitor) -> None:
    on = replace(visitor.gateway.settings, public_url=visitor.gateway.address)
    house.workspace.catalog.set_preference("gateway", asdict(on), actor="chief")
    bill = delivered(house)
    (request,) = house.requests(bill)
    link = request.fields["erp_link"]
    assert link == f"{visitor.gateway.address}/erp/{request.fields['erp_key']}"
    assert visitor.come(link.removeprefix(visitor.gateway.address), APPROVER).status_code in (200, 303)
    house.workspace.catalog.set_preference("gateway", asdict(GatewaySettings()), actor="chief")
    (second,) = house.requests(delivered(house))
    assert not second.fields.get("erp_link"), "no link that leads nowhere"


def test_without_a_known_address_strangers_cost_no_calls_and_the_proved_find_their_task(
    house: House, visitor: Visitor
) -> None:
    house.join(instance_url="")
    bill = delivered(house)
    counted = house.toy.oa_play.counted
    assert counted is not None
    before = counted(house.toy.oa_server.app)
    for path in (f"/oa/{house.document(bill).key}", f"/oa/k3/{bill.form}/{bill.id}"):
        answer = visitor.get(visitor.gateway.address + path)
        assert answer.status_code == 501 and "按编号查找" in answer.text
    assert counted(house.toy.oa_server.app) == before
    people = house.workspace.users
    people.mark("chief", people.pairs()[0], [MAKER], no_licence=True)
    page = visitor.come(path_of(house, bill), MAKER)
    assert page.status_code == 200 and 'href="https://aflow.dingtalk.com?procInsId=' in page.text


@pytest.mark.parametrize("pair", [OLD, NEW], ids=["k3wise-dingtalk", "k3cloud-dingtalk"])
def test_a_request_that_began_in_the_oa_leads_to_what_was_made_of_it(
    toy: Stage, clock: Clock, tmp_path: Path, browser: requests.Session, pair: Any
) -> None:
    works = Works(toy, tmp_path / "data", clock)
    gateway = Gateway(works.workspace, GatewaySettings(on=True, port=0))
    try:
        visitor = Visitor(works, gateway, browser)
        works.run()
        waiting = works.agreed(supplier_id="4999", supplier_code="VEN0999")  # nobody's counterpart
        works.run(2)
        page = visitor.come(f"/erp/oa/{works.of(waiting).source.number}", "61")
        assert page.status_code == 200 and "还没有生成 ERP 单据" in page.text
        request = works.agreed()
        works.calm()
        answer = visitor.come(f"/erp/oa/{works.of(request).source.number}", "61")
        (bill,) = works.made()
        if pair is NEW:
            assert answer.status_code == 303 and "ud=" in answer.headers["Location"]
        else:
            assert answer.status_code == 200 and "客户端" in answer.text
            assert f"<th>索赔单</th><td>{bill.number}</td>" in answer.text
    finally:
        gateway.close()
        works.close()


# --- attacks


def test_what_is_not_proved_here_and_now_opens_nothing(house: House, visitor: Visitor) -> None:
    first, second = delivered(house), delivered(house)
    path = path_of(house, first)

    # The code of a sign-in is good once, at the OA, whatever ticket it is shown with.
    back = visitor.prove(visitor.ask(path), MAKER)
    code = parse_qs(urlsplit(back).query)["code"][0]
    cookies = visitor.browser.cookies.copy()
    assert visitor.get(back).status_code == 303
    visitor.browser.cookies.update(cookies)
    assert visitor.get(back).status_code == 403, "the ticket is spent"
    state = parse_qs(urlsplit(visitor.ask(path)).query)["state"][0]
    root = f"{visitor.gateway.address}/back"
    assert visitor.get(f"{root}?state={state}&code={code}").status_code == 403, "so is the code"

    # A code that nobody gave, and none at all.
    for told in ("&code=" + "0" * 32, "&code=", "", "&authCode=x&error=access_denied"):
        state = parse_qs(urlsplit(visitor.ask(path)).query)["state"][0]
        assert visitor.get(f"{root}?state={state}{told}").status_code == 403

    # A ticket opens its own bill, in its own browser, in time.
    back = visitor.prove(visitor.ask(path), MAKER)
    opened = visitor.browser.get(f"{back}&key={house.document(second).key}&next=//evil.example", timeout=10)
    assert first.number in opened.text and second.number not in opened.text
    back = visitor.prove(visitor.ask(path), MAKER)
    assert requests.get(back, timeout=10, allow_redirects=False).status_code == 403, "another's browser"
    assert visitor.get(back).status_code == 403, "and the ticket is gone"
    back = visitor.prove(visitor.ask(path), MAKER)
    house.clock.pass_s(TICKET_S + 1)
    assert visitor.get(back).status_code == 403, "too late"
    assert visitor.trail(first) == [(f"oa:{MAKER}", "sign_on.opened")] * 2 and not visitor.trail(second)


def test_who_is_not_of_this_company_or_has_no_part_in_the_request_sees_nothing(
    house: House, visitor: Visitor
) -> None:
    bill = delivered(house)
    path, root = path_of(house, bill), f"{visitor.gateway.address}/back"
    sign_on = house.toy.oa_server.app.extensions["dingtalk_sign_on"]
    for outsider in (
        "777001",
        ADMIN_OA_ID,
        "66",
    ):  # another company's, one not in the directory, one who has left: 60121
        state = parse_qs(urlsplit(visitor.ask(path)).query)["state"][0]
        answer = visitor.get(f"{root}?state={state}&code={sign_on.code(outsider)}")
        assert answer.status_code == 403 and bill.number not in answer.text
    assert not visitor.trail(bill), "nobody of the company came"
    answer = visitor.come(path, STRANGER)
    assert answer.status_code == 403 and bill.number not in answer.text
    assert visitor.trail(bill) == [(f"oa:{STRANGER}", "sign_on.refused")]


def test_the_sign_in_page_sends_nobody_to_another_host(house: House, visitor: Visitor) -> None:
    bill = delivered(house)
    house.toy.oa.ding.redirects = {f"{visitor.gateway.address}/back"}  # as its console has it
    evil = "http://evil.example/back"
    for path in (
        f"{path_of(house, bill)}?redirect_uri={evil}",
        f"{path_of(house, bill)}?back={evil}&next={evil}",
    ):
        page = visitor.ask(path)
        assert "evil" not in page
        assert visitor.prove(page, MAKER).startswith(f"{visitor.gateway.address}/back?")
    own = quote(f"{visitor.gateway.address}/back", safe="")
    bent = page.replace(own, quote(evil, safe=""))
    assert bent != page and visitor.get(bent).status_code == 400
    answer = visitor.browser.get(page, headers={"Host": "evil.example"}, timeout=10)
    assert answer.status_code == 200
    asked = visitor.browser.get(
        visitor.gateway.address + path_of(house, bill), headers={"Host": "evil.example"}, timeout=10,
        allow_redirects=False,
    )  # fmt: skip
    assert "evil" not in asked.headers["Location"], "whoever the caller says we are"
