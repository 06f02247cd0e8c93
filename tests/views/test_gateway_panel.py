"""The gateway's switch on the systems page: opened and closed from there, and never to strangers without saying so."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.domain.system import GatewaySettings
from desktop.doors import gateway_door
from desktop.doors.toy import Toy
from desktop.services.gateway import GatewayState
from desktop.views.gateway_panel import GatewayPanel
from desktop.views.systems_page import SystemsPage
from tests.views.doors import LONG_MS, Aside, free_port, house_of, page_of, toy_door, words_in

SHOTS = os.environ.get("DANQIAO_SHOTS", "")


@pytest.fixture
def toy(aside: Aside):  # type: ignore[no-untyped-def]
    made = Toy.serve()
    yield made
    aside(made.stop)


def type_in(box, words: str) -> None:  # type: ignore[no-untyped-def]
    box.setText(words)
    box.textEdited.emit(words)


def seen(page: SystemsPage, qtbot: QtBot, until: Callable[[GatewayState], object]) -> GatewayState:
    """Asks the page anew until the gateway's state says so."""
    for _ in range(100):
        before = page.site
        page.refresh()
        qtbot.waitUntil(lambda before=before: page.site is not before, timeout=LONG_MS)
        assert page.site is not None
        if until(page.site.gateway):
            return page.site.gateway
        qtbot.wait(50)
    raise AssertionError("the page never said so")


def test_it_is_opened_watched_and_closed_from_the_window(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, toy: Toy, aside: Aside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_door, "LOOK_S", 0.05)
    with toy_door(qapp, qtbot, tmp_path, toy, on=False) as door:
        page, house = page_of(door, qtbot, "systems", SystemsPage), house_of(door)
        qtbot.waitUntil(lambda: page.site is not None)
        page.choose("gateway:")
        qtbot.waitUntil(lambda: isinstance(page.panel, GatewayPanel))

        def panel() -> GatewayPanel:
            assert isinstance(page.panel, GatewayPanel)
            return page.panel

        assert "网关未启用" in words_in(panel()) and panel().open_frame.isHidden()
        panel().on.click()
        type_in(panel().host, "0.0.0.0")
        assert panel().open_frame.isVisible()
        panel().port.setValue(free_port())
        panel().save.click()
        assert "没有证书时不能让其他电脑访问" in words_in(panel()), "not without saying so"
        type_in(panel().words, "好的")
        panel().save.click()
        assert aside(house.gateway.settings) == GatewaySettings()
        type_in(panel().certificate, str(tmp_path / "no.pem"))
        type_in(panel().private_key, str(tmp_path / "no.key"))
        panel().save.click()
        qtbot.waitUntil(lambda: "no.pem" in panel().banner.sentence.text())
        assert aside(house.gateway.settings) == GatewaySettings()

        for box in (panel().certificate, panel().private_key):
            type_in(box, "")
        type_in(panel().host, "")
        panel().save.click()

        address = seen(page, qtbot, lambda state: state.running).address
        assert "几秒内按新的设置打开" in words_in(panel())
        assert f"{address}/erp/<erp_key>" in words_in(panel()) and f"{address}/push/oa" in words_in(panel())
        answer = aside(lambda: requests.get(f"{address}/erp/x", timeout=10, proxies={"http": ""}))
        assert answer.status_code == 404  # type: ignore[attr-defined]
        qtbot.waitUntil(lambda: "网关已启用" in words_in(panel()))
        if SHOTS:
            door.starter.window.resize(1440, 900)
            qtbot.wait(300)
            door.starter.window.grab().save(str(Path(SHOTS) / "gateway-panel.png"))

        panel().on.click()
        panel().save.click()
        qtbot.waitUntil(
            lambda: house.gateways is not None and house.gateways.gateway is None, timeout=LONG_MS
        )
        qtbot.waitUntil(lambda: "网关未启用" in words_in(panel()))

        panel().on.click()  # and to the whole network, in words
        type_in(panel().host, "0.0.0.0")
        type_in(panel().words, "同一网络里的任何人都可能看到内容")
        if SHOTS:
            qtbot.wait(100)
            door.starter.window.grab().save(str(Path(SHOTS) / "gateway-open.png"))
        panel().save.click()
        seen(page, qtbot, lambda state: state.running)
        assert aside(house.gateway.settings).unencrypted == GatewaySettings.UNENCRYPTED  # type: ignore[attr-defined]
        trail = aside(lambda: house.workspace.trail.entries("gateway"))
        assert len(trail) == 3 and all(each.action == "preference" for each in trail)  # type: ignore[arg-type, attr-defined]


def test_a_port_that_is_taken_is_said_and_tried_again(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, toy: Toy, aside: Aside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_door, "LOOK_S", 0.05)
    taken = int(toy.erp_server.url.rpartition(":")[2])
    with toy_door(qapp, qtbot, tmp_path, toy, on=False) as door:
        page, house = page_of(door, qtbot, "systems", SystemsPage), house_of(door)
        aside(lambda: house.gateway.save(house.person, GatewaySettings(on=True, port=taken)))

        seen(page, qtbot, lambda state: state.code)
        page.choose("gateway:")
        qtbot.waitUntil(lambda: isinstance(page.panel, GatewayPanel) and page.panel.status.isVisible())
        assert f"127.0.0.1:{taken}" in words_in(page.panel) and "端口被占用" in words_in(page.panel)
        monkeypatch.setattr(gateway_door, "AGAIN_S", 0.05)
        aside(toy.erp_server.stop)
        qtbot.waitUntil(lambda: bool(house.gateways and house.gateways.gateway), timeout=LONG_MS)
