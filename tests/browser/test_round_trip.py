"""A real browser clicks from the OA through the gateway into the ERP, and back. With its own command: run.py browser.

Chromium and its driver come from the system (Debian: chromium, chromium-driver). Both toy systems judge by themselves,
from their vendors' documents: the ERP the signature, its time and its one use, the OA codes and tokens.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from desktop.domain.system import GatewaySettings
from desktop.gateway.server import Gateway
from desktop.sandbox.erp_bill import ErpBill
from tests.conftest import House
from tests.gateway.conftest import delivered

webdriver = pytest.importorskip("selenium.webdriver", reason="requirements-dev.txt")
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.remote.webdriver import WebDriver  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

pytestmark = pytest.mark.browser

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1100,900",
)  # fmt: skip
MAKER, APPROVER = "57", "40"
SHOTS = Path(os.environ.get("DANQIAO_SHOTS", ""))


@pytest.fixture
def open_browser(tmp_path: Path) -> Iterator[Callable[[], WebDriver]]:
    """Each call is a browser of its own, with nothing in it."""
    chromium, driver = (
        shutil.which("chromium") or shutil.which("chromium-browser"),
        shutil.which("chromedriver"),
    )
    if not chromium or not driver:
        pytest.fail("apt-get install chromium chromium-driver")
    opened: list[WebDriver] = []

    def start() -> WebDriver:
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for flag in (*FLAGS, f"--user-data-dir={tmp_path / f'profile-{len(opened)}'}"):
            options.add_argument(flag)
        opened.append(webdriver.Chrome(options, webdriver.ChromeService(driver)))
        return opened[-1]

    yield start
    for browser in opened:
        browser.quit()


@pytest.fixture
def gateway(house: House) -> Iterator[Gateway]:
    """Opened, and named in both toy systems as their administrators would: a link field on the form and on the bill."""
    opened = Gateway(house.workspace, GatewaySettings(on=True, port=0))
    house.toy.oa.settings.erp_address = f"{opened.address}/erp/{{erp_key}}"
    house.toy.erp.settings.oa_address = f"{opened.address}/oa/k3/{{form}}/{{id}}"
    house.toy.erp.settings.timestamp_window_s, house.toy.erp.settings.sso_once = 300, True
    yield opened
    opened.close()


class Person:
    """Somebody before a browser."""

    def __init__(self, browser: WebDriver, house: House) -> None:
        self.browser, self._house = browser, house

    def sign_in(self, name: str) -> None:
        """At the OA's own page."""
        self.browser.get(f"{self._house.toy.oa_server.url}/sandbox/sign-in")
        self.pick(name)

    def pick(self, name: str) -> None:
        """On the sign-in page."""
        box = self.browser.find_element(By.NAME, "person")
        next(each for each in box.find_elements(By.TAG_NAME, "option") if each.text.startswith(name)).click()
        self.browser.find_element(By.TAG_NAME, "button").click()

    def choose(self, name: str) -> None:
        self.browser.find_element(By.PARTIAL_LINK_TEXT, name).click()

    def open_request(self, person: str, bill: ErpBill) -> int:
        """From the person's desk; answers the request's id."""
        (request,) = self._house.requests(bill)
        self.browser.get(f"{self._house.toy.oa_server.url}/sandbox/people/{person}")
        self.browser.find_element(By.PARTIAL_LINK_TEXT, bill.number).click()
        return request.id

    def click(self, element_id: str) -> None:
        self.browser.find_element(By.ID, element_id).click()

    def waits_for(self, part: str) -> None:
        """Until the address has it: pages of the OA move on by script."""
        WebDriverWait(self.browser, 10).until(lambda browser: part in browser.current_url)

    @property
    def at(self) -> str:
        return urlsplit(self.browser.current_url).netloc

    @property
    def reads(self) -> str:
        return self.browser.find_element(By.TAG_NAME, "body").text

    def shoot(self, name: str) -> None:
        if SHOTS.name:
            self.browser.save_screenshot(str(SHOTS / f"{name}.png"))


def netloc(url: str) -> str:
    return urlsplit(url).netloc


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
