"""The demo in the window: the company lives, and a person may take anybody's place."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.doors import window_demo
from desktop.doors.window_demo import SandboxPlay
from desktop.doors.window_door import WindowDoor
from desktop.views.play_page import PlayPage
from tests.views.doors import LONG_MS, given, house_of, opened, page_of


@pytest.fixture
def door(qapp: QApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[WindowDoor]:
    """The demo; its people stand still where a test does not wake them, so that a test decides who acts."""
    monkeypatch.setattr(window_demo, "EVERY_S", 0.3)
    monkeypatch.setattr(window_demo, "TICK_S", 3600.0)
    with opened(WindowDoor(qapp, given(demo=True)), qtbot) as made:
        yield made


def play_page(door: WindowDoor, qtbot: QtBot) -> PlayPage:
    page = page_of(door, qtbot, "play", PlayPage)
    qtbot.waitUntil(lambda: page.scene is not None, timeout=LONG_MS)
    return page


def sandbox(door: WindowDoor) -> SandboxPlay:
    play = house_of(door).play
    assert isinstance(play, SandboxPlay)
    return play


def take(page: PlayPage, qtbot: QtBot, person: str) -> None:
    page._take(person)
    qtbot.waitUntil(lambda: page.scene is not None and page.scene.person == person, timeout=LONG_MS)


def test_the_demo_says_that_it_is_one_and_ends_without_a_trace(door: WindowDoor, qtbot: QtBot) -> None:
    window, workspace = door.starter.window, house_of(door).workspace
    assert window.status.environment.text() == "演示环境"
    qtbot.waitUntil(lambda: window.status.engine.text() == "引擎运行中", timeout=LONG_MS)
    assert window.status.environment.text() == "演示环境"
    folder, toy = workspace.store.path.parent, sandbox(door)._toy
    assert folder.exists() and "danqiao-demo-" in folder.name
    window.close()
    assert door.close()
    assert not folder.exists()
    assert toy.erp_server._thread is None and toy.oa_server._thread is None
    assert "living" not in {each.name for each in threading.enumerate()}


def test_a_bill_by_hand_from_its_maker_to_its_audit(door: WindowDoor, qtbot: QtBot) -> None:
    page = play_page(door, qtbot)
    sandbox(door).living.deeds.clear()
    take(page, qtbot, "57")
    assert not page.approve.isVisible() and page.make.isVisible()
    before = len(page._bills)
    page.make.click()
    qtbot.waitUntil(lambda: len(page._bills) == before + 1, timeout=LONG_MS)
    bill = next(iter(page._bills.values()))

    take(page, qtbot, "40")
    qtbot.waitUntil(lambda: bill.number in {each.number for each in page._requests.values()}, timeout=LONG_MS)

    def request_id() -> int:
        return next(each.id for each in page._requests.values() if each.number == bill.number)

    qtbot.waitUntil(lambda: page.request_table.choose(request_id()))
    page.reject.click()
    assert "意见" in page.banner.sentence.text()  # a return needs one
    page.opinion.setText("单价高于上次")
    page.reject.click()
    take(page, qtbot, "57")

    def erp_status(status: str) -> bool:
        page.refresh()
        return bool(page._bills) and page._bills[bill.id].erp == status

    qtbot.waitUntil(lambda: erp_status("D"), timeout=LONG_MS)
    qtbot.waitUntil(lambda: page.bill_table.choose(bill.id))
    assert page.submit.isEnabled() and page.edit.isEnabled() and not page.withdraw.isEnabled()
    page.quantity.setValue(page._bills[bill.id].quantity + 5)
    page.edit.click()
    qtbot.waitUntil(lambda: any(deed.act == "edit" for deed in sandbox(door).living.deeds), timeout=LONG_MS)
    page.submit.click()
    take(page, qtbot, "40")
    qtbot.waitUntil(lambda: bill.number in {each.number for each in page._requests.values()}, timeout=LONG_MS)
    qtbot.waitUntil(lambda: page.request_table.choose(request_id()))
    page.opinion.setText("同意")
    page.approve.click()
    decided = ("submit", "reject", "edit", "submit", "approve")
    qtbot.waitUntil(
        lambda: (
            tuple(deed.act for deed in sandbox(door).living.deeds if deed.number == bill.number) == decided
        ),
        timeout=LONG_MS,
    )


def test_what_came_too_late_is_said(door: WindowDoor, qtbot: QtBot) -> None:
    page = play_page(door, qtbot)
    take(page, qtbot, "40")
    qtbot.waitUntil(lambda: bool(page._requests), timeout=LONG_MS)
    request = page.request_table.current_id() or 0
    page._follow.stop()
    oa = sandbox(door)._toy.oa
    oa.withdraw(request, oa.request(request).creator)
    page.approve.click()
    qtbot.waitUntil(page.banner.isVisible, timeout=LONG_MS)
    assert "RUL" not in page.banner.sentence.text() and str(request) in page.banner.sentence.text()


def test_the_company_can_be_paused_and_left_alone(door: WindowDoor, qtbot: QtBot) -> None:
    page = play_page(door, qtbot)
    living = sandbox(door).living
    page.pause.click()
    qtbot.waitUntil(lambda: living.paused and "继续" in page.pause.text(), timeout=LONG_MS)
    page.pause.click()
    qtbot.waitUntil(lambda: not living.paused, timeout=LONG_MS)
    take(page, qtbot, "57")
    assert living.played == {"57", "wangmin"}
    take(page, qtbot, "")
    assert living.played == frozenset()
    erp, oa = sandbox(door).addresses()
    assert erp.endswith("/sandbox/") and oa.endswith("/sandbox/") and erp != oa


def test_the_scenes_of_the_training_play_as_they_say(door: WindowDoor, qtbot: QtBot) -> None:
    page, workspace, play = play_page(door, qtbot), house_of(door).workspace, sandbox(door)

    def document(number: str):  # type: ignore[no-untyped-def]
        return next(iter(workspace.ledger.numbered(number)), None)

    def set_up(name: str) -> str:
        page.stage(name)
        qtbot.waitUntil(lambda: name_told(name) in page.banner.sentence.text(), timeout=40_000)
        return page.banner.sentence.text().split(" ")[0] if name != "session_lost" else ""

    def name_told(name: str) -> str:
        return {"reply_lost": "会丢失一次", "session_lost": "会话已失效", "later_bills": "已被手工审核"}[name]

    def aside(work):  # type: ignore[no-untyped-def]
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(work).result(30)

    number = set_up("reply_lost")
    qtbot.waitUntil(
        lambda: aside(lambda: bool(d := document(number)) and bool(d.request_number)), timeout=30_000
    )
    requests = [each for each in play._toy.oa.requests() if each.fields.get("erp_bill_no") == number]
    assert len(requests) == 1
    set_up("session_lost")
    qtbot.waitUntil(lambda: play._toy.wires[0].seen.total() > 0, timeout=30_000)
    number = set_up("later_bills")
    qtbot.waitUntil(
        lambda: aside(lambda: document(number).id in workspace.ledger.open_failures([document(number).id])),
        timeout=30_000,
    )
