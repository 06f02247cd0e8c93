"""A real Chromium and somebody before it. Both come from the system (Debian: chromium, chromium-driver)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from desktop.sandbox.erp_bill import ErpBill
from tests.conftest import House

webdriver = pytest.importorskip("selenium.webdriver", reason="requirements-dev.txt")
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.remote.webdriver import WebDriver  # noqa: E402
from selenium.webdriver.remote.webelement import WebElement  # noqa: E402
from selenium.webdriver.support import expected_conditions  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1100,900",
)  # fmt: skip
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
        before = self.browser.current_url
        self.browser.find_element(By.TAG_NAME, "button").click()
        WebDriverWait(self.browser, 10).until(expected_conditions.url_changes(before))

    def choose(self, name: str) -> None:
        self._find(By.PARTIAL_LINK_TEXT, name).click()

    def open_request(self, person: str, bill: ErpBill) -> int:
        """From the person's desk; answers the request's id."""
        (request,) = self._house.requests(bill)
        self.browser.get(f"{self._house.toy.oa_server.url}/sandbox/people/{person}")
        self.choose(bill.number)
        return request.id

    def click(self, element_id: str) -> None:
        self._find(By.ID, element_id).click()

    def _find(self, by: str, what: str) -> WebElement:
        """Once it is there."""
        return WebDriverWait(self.browser, 10).until(lambda browser: browser.find_element(by, what))

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
