"""The notices page: a robot is set up, tested, and tells of what really goes wrong; what was told is read here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.doors.toy import Toy
from desktop.sandbox.robots import Robots, robots_app
from desktop.sandbox.server import Server
from desktop.views.channel_form import ChannelForm
from desktop.views.notices_page import NoticesPage
from tests.views.doors import LONG_MS, Aside, house_of, page_of, toy_door, type_into, words_in

SHOTS = os.environ.get("DANQIAO_SHOTS", "")


@pytest.fixture
def toy(aside: Aside):  # type: ignore[no-untyped-def]
    made = Toy.serve()
    yield made
    aside(made.stop)


@pytest.fixture
def robots(aside: Aside):  # type: ignore[no-untyped-def]
    made = Robots()
    server = Server(robots_app(made)).start()
    yield made, made.addresses(server.url)
    aside(server.stop)


def test_a_robot_is_set_up_tested_and_tells_what_goes_wrong(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, toy: Toy, robots, aside: Aside
) -> None:  # type: ignore[no-untyped-def]
    made, addresses = robots
    with toy_door(qapp, qtbot, tmp_path, toy) as door:
        page, house = page_of(door, qtbot, "notices", NoticesPage), house_of(door)
        qtbot.waitUntil(lambda: page.told is not None, timeout=LONG_MS)
        assert "还没有发过通知" in words_in(page)
        page.choose("dingtalk")

        def form() -> ChannelForm:
            assert page.form is not None
            return page.form

        form().on.click()
        form().save.click()
        qtbot.waitUntil(lambda: "填写的内容不对：Webhook 地址" in words_in(form()))
        type_into(form(), webhook=addresses["dingtalk"], secret="wrong")
        form().save.click()
        qtbot.waitUntil(lambda: "已保存，下一次通知" in words_in(page), timeout=LONG_MS)
        form().test.click()
        qtbot.waitUntil(lambda: "sign not match" in words_in(form()), timeout=LONG_MS)
        assert made.key not in words_in(page) and not made.heard
        type_into(form(), secret=made.secret)
        assert not form().test.isEnabled()
        form().save.click()
        qtbot.waitUntil(lambda: form().test.isEnabled(), timeout=LONG_MS)
        form().test.click()
        qtbot.waitUntil(lambda: "已收下测试消息" in words_in(form()), timeout=LONG_MS)
        assert made.heard[-1][1].startswith("单桥：测试消息")
        if SHOTS:
            door.starter.window.resize(1440, 900)
            qtbot.wait(300)
            door.starter.window.grab().save(str(Path(SHOTS) / "notices-channel.png"))

        aside(lambda: toy.erp.sales_order("100", "CUST0006", "wangmin", submit=True))  # nobody in the OA

        def told() -> bool:
            aside(house.notices.look)
            return any("CUST0006" in text for _, text in made.heard)

        qtbot.waitUntil(told, timeout=LONG_MS)
        page.choose("history")
        qtbot.waitUntil(lambda: page.rows.rowCount() == 1, timeout=LONG_MS)
        qtbot.waitUntil(lambda: page.rows.cell(0, 1) is not None and page.rows.cell(0, 1).text == "未解决")
        assert "CUST0006" in page.rows.cell(0, 2).text and "钉钉群机器人 已送达" in page.rows.cell(0, 4).text
        if SHOTS:
            qtbot.wait(200)
            door.starter.window.grab().save(str(Path(SHOTS) / "notices-history.png"))
