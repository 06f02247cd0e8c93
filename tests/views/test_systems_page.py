"""The systems page, as an administrator uses it: over real HTTP, against the toy company."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from PySide6.QtWidgets import QApplication, QComboBox, QMenu
from pytestqt.qtbot import QtBot

from desktop.domain.document import DocumentState
from desktop.doors.toy import Toy, base_rows
from desktop.doors.window_door import WindowDoor
from desktop.sandbox import group
from desktop.views.confirm import Confirm
from desktop.views.route_panel import RoutePanel
from desktop.views.system_panel import SystemPanel
from desktop.views.systems_page import SystemsPage
from tests.views.doors import (
    LONG_MS,
    Aside,
    MemoryKeyring,
    free_port,
    given,
    house_of,
    opened,
    page_of,
    served_again,
    toy_door,
    type_into,
    words_in,
)

WORKFLOW = 781


@pytest.fixture
def toy(aside: Aside) -> Iterator[Toy]:
    """A toy company of its own: these tests stop its servers."""
    made = Toy.serve(erp_port=free_port())
    yield made
    aside(made.stop)  # a server that stops knocks at its own door, which the GUI thread may not


@pytest.fixture
def ring() -> Iterator[MemoryKeyring]:
    before, made = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def systems_page(door: WindowDoor, qtbot: QtBot) -> SystemsPage:
    page = page_of(door, qtbot, "systems", SystemsPage)
    qtbot.waitUntil(lambda: page.site is not None)
    return page


def system_panel(page: SystemsPage) -> SystemPanel:
    assert isinstance(page.panel, SystemPanel)
    return page.panel


def route_panel(page: SystemsPage) -> RoutePanel:
    assert isinstance(page.panel, RoutePanel)
    return page.panel


def show(page: SystemsPage, qtbot: QtBot, name: str) -> None:
    page.choose(name)
    qtbot.waitUntil(lambda: page.panel is not None)


def begin(page: SystemsPage, vendor: str) -> None:
    """The next step of the set-up, with one of the vendors that it offers."""
    page.lead.button.click()
    [menu] = [each for each in page.findChildren(QMenu) if each.isVisible()]
    [offered] = [each for each in menu.actions() if each.text() == vendor]
    offered.trigger()
    menu.close()


def ended(page: SystemsPage, qtbot: QtBot, system_id: str) -> list[tuple[str, bool]]:
    """Waits until the test of a system is over; its steps."""
    qtbot.waitUntil(lambda: system_id in page.tests.results and not page.tests.running, timeout=LONG_MS)
    return [(step.name, step.ok) for step in page.tests.results[system_id].steps]


def test_from_an_empty_start_to_the_first_order(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, toy: Toy, ring: MemoryKeyring, aside: Aside
) -> None:
    with opened(WindowDoor(qapp, given(tmp_path)), qtbot) as door:
        page, house = systems_page(door, qtbot), house_of(door)
        assert page.lead.isVisible() and "还没有连接任何系统" in words_in(page)

        begin(page, "金蝶云星空")  # 1: the ERP
        type_into(
            system_panel(page), base_url=toy.erp_url, acct_id=toy.erp.acct_id, user=toy.erp.user, app_id=toy.erp.app_id,
            app_secret=toy.erp.app_secret,
        )  # fmt: skip
        system_panel(page).test_typed.click()
        steps = ended(page, qtbot, "erp")
        assert all(ok for _, ok in steps) and ("sign_in", True) in steps
        system_panel(page).save.click()
        qtbot.waitUntil(lambda: page.lead.button.text().strip() == "连接 OA")
        assert ring.kept["DanQiao", "erp/app_secret"] == toy.erp.app_secret
        assert "已存在本机钥匙串里" in words_in(page) and toy.erp.app_secret not in words_in(page)

        begin(page, "泛微 e-cology 9")  # 2: the OA, which wants a registration
        type_into(
            system_panel(page),
            base_url=toy.oa_server.url,
            app_id=toy.oa.app_id,
            user_id=group.INTEGRATION_OA_ID,
        )
        assert not system_panel(page).register.isEnabled()
        system_panel(page).save.click()
        qtbot.waitUntil(lambda: system_panel(page).state is not None and page._chosen == "system:oa")
        system_panel(page).register.click()
        dialog = page.findChild(Confirm)
        assert dialog is not None and "较旧的补丁" in words_in(dialog)
        assert ("DanQiao", "oa/secrit") not in ring.kept
        dialog.deed.click()
        qtbot.waitUntil(lambda: "已在 OA 注册" in words_in(page))
        system_panel(page).test.click()
        assert all(ok for _, ok in ended(page, qtbot, "oa"))

        page.lead.button.click()  # 3: a company
        panel = route_panel(page)
        panel.title.setText("华东机电有限公司")
        panel.company.setText("100")
        panel.save.click()
        qtbot.waitUntil(lambda: page._chosen == "route:c100" and route_panel(page).state is not None)
        aside(lambda: house.workspace.catalog.put_base_rows(base_rows("c100"), "chief"))

        row = route_panel(page).rows["sales_order"]  # 4: the flow
        row.workflow.setText(str(WORKFLOW))
        row.every.setValue(1)
        row.on.click()
        qtbot.waitUntil(lambda: bool(page.site and page.site.steps_done[3]), timeout=LONG_MS)
        assert page.lead.isHidden()
        bill = toy.erp.sales_order("100", "CUST0001", "wangmin", submit=True)
        qtbot.waitUntil(lambda: len(toy.oa.requests(WORKFLOW)) == 1, timeout=LONG_MS)
        assert toy.oa.requests(WORKFLOW)[0].fields["erp_bill_no"] == bill.number

        def delivered() -> None:
            rows = aside(lambda: house.documents.find(bill.number))
            assert [row.state for row in rows] == [DocumentState.REQUESTED]  # type: ignore[attr-defined]

        qtbot.waitUntil(delivered, timeout=LONG_MS)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in (toy.erp.app_secret, toy.oa.secrit, toy.oa.spk):
        assert secret.encode() not in kept


def test_a_wrong_password_is_said_at_its_step(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, toy: Toy
) -> None:
    with toy_door(qapp, qtbot, tmp_path, toy, on=False) as door:
        page = systems_page(door, qtbot)
        show(page, qtbot, "system:k3")
        panel = system_panel(page)
        way = panel.findChild(QComboBox, "field-sign_in")
        assert way is not None
        way.setCurrentIndex(way.findData("password"))
        type_into(system_panel(page), password="wrong")
        panel.test_typed.click()
        steps = ended(page, qtbot, "k3")
        assert steps[-1] == ("sign_in", False) and all(ok for _, ok in steps[:-1])
        qtbot.waitUntil(
            lambda: "SES-203" in words_in(panel.check), timeout=5_000
        )  # drawn with the next event
        told = words_in(panel.check)
        assert "拒绝登录" in told and "核对账号、密码和密钥" in told and "SES-203" in told
        assert "后面的步骤没有再检查" in told and "wrong" not in told
        page.tests.results.clear()
        type_into(system_panel(page), password=toy.erp.password)
        panel.test_typed.click()
        assert all(ok for _, ok in ended(page, qtbot, "k3"))


def test_a_server_goes_down_and_comes_back(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, toy: Toy, aside: Aside
) -> None:
    with toy_door(qapp, qtbot, tmp_path, toy) as door:
        page, status = systems_page(door, qtbot), door.starter.window.status
        qtbot.waitUntil(lambda: status.erp.text() == "ERP 正常", timeout=LONG_MS)
        port = int(toy.erp_server.url.rsplit(":", 1)[1])
        aside(toy.erp_server.stop)
        qtbot.waitUntil(lambda: status.erp.text() == "ERP 连不上", timeout=LONG_MS)
        assert status.oa.text() == "OA 正常"
        show(page, qtbot, "route:c100")
        qtbot.waitUntil(lambda: route_panel(page).held.isVisible(), timeout=LONG_MS)
        page.test_all.click()
        assert ended(page, qtbot, "k3")[-1] == ("tcp", False)
        show(page, qtbot, "system:k3")
        assert "连不上" in words_in(system_panel(page).check)

        again = served_again(toy, port)
        try:
            qtbot.waitUntil(lambda: status.erp.text() == "ERP 正常", timeout=LONG_MS)
            show(page, qtbot, "route:c100")
            qtbot.waitUntil(lambda: route_panel(page).held.isHidden(), timeout=LONG_MS)
            bill = toy.erp.sales_order("100", "CUST0001", "wangmin", submit=True)
            qtbot.waitUntil(lambda: len(toy.oa.requests(WORKFLOW)) == 1, timeout=LONG_MS)
            assert bill.number == toy.oa.requests(WORKFLOW)[0].fields["erp_bill_no"]
        finally:
            aside(again.stop)


def test_a_flow_that_cannot_be_switched_on_says_why(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, toy: Toy, aside: Aside
) -> None:
    with toy_door(qapp, qtbot, tmp_path, toy, on=False) as door:
        page = systems_page(door, qtbot)
        show(page, qtbot, "route:c100")
        row = route_panel(page).rows["sales_order"]
        row.workflow.setText("785")  # an inquiry's form: hardly a field fits
        row.on.click()
        qtbot.waitUntil(lambda: "现在不能打开" in words_in(row), timeout=LONG_MS)
        told = words_in(row)
        assert told.count("没有字段 customer_id") == 1 and "请管理员" in told
        assert not row.on.isChecked() and row.on.isEnabled()
        bar = route_panel(page)._area.verticalScrollBar()
        qtbot.waitUntil(lambda: bar.value() > 0)  # the reasons are in view, not below the window's edge
        routes = aside(house_of(door).workspace.catalog.routes)
        assert not any(switch.on for route in routes for switch in route.switches)  # type: ignore[attr-defined]

        row.workflow.setText(str(WORKFLOW))
        row.on.click()
        qtbot.waitUntil(lambda: "已启用" in words_in(route_panel(page)), timeout=LONG_MS)
        assert route_panel(page).rows["sales_order"].on.isChecked()


def test_what_is_typed_outlives_news_and_is_not_left_by_mistake(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, toy: Toy
) -> None:
    with toy_door(qapp, qtbot, tmp_path, toy, on=False) as door:
        page = systems_page(door, qtbot)
        show(page, qtbot, "system:k3")
        panel = system_panel(page)
        type_into(system_panel(page), title="正式账套")
        before = page.site
        page.refresh()
        qtbot.waitUntil(lambda: page.site is not before)
        assert page.panel is panel and panel.form.system().title == "正式账套"
        page.choose("system:oa")
        dialog = page.findChild(Confirm)
        assert dialog is not None and page.panel is panel
        dialog.cancel.click()
        assert page.panel is panel
        panel.save.click()
        qtbot.waitUntil(lambda: page.panel is not panel)
        assert page.list.item(1).text() == "正式账套"
        slow = threading.Event()
        page._order(lambda: slow.wait(5), lambda _: page.choose("system:k3"), "saved")
        show(page, qtbot, "system:oa")
        type_into(system_panel(page), title="新的 OA")
        before = page.site
        slow.set()
        qtbot.waitUntil(lambda: page.site is not before)
        assert system_panel(page).form.system().title == "新的 OA", (
            "an answer about the last one takes nothing away"
        )


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"title": ""}, "请填写“名称”"),
        ({"base_url": "192.168.1.9/k3cloud"}, "http://"),
        ({"read_s": "soon"}, "“应答超时（秒）”应为数字"),
    ],
)
def test_a_form_that_cannot_be_right_is_not_sent(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, toy: Toy, typed: dict[str, str], sentence: str
) -> None:
    with toy_door(qapp, qtbot, tmp_path, toy, on=False) as door:
        page = systems_page(door, qtbot)
        show(page, qtbot, "system:k3")
        type_into(system_panel(page), **typed)
        calls = toy.erp_server.calls
        system_panel(page).save.click()
        assert sentence in words_in(page)
        system_panel(page).test_typed.click()
        assert not page.tests.running and toy.erp_server.calls == calls


def test_a_secret_of_the_environment_is_named_and_cannot_be_typed(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANQIAO_K3_PASSWORD", toy.erp.password)
    with toy_door(qapp, qtbot, tmp_path, toy, on=False) as door:
        page = systems_page(door, qtbot)
        show(page, qtbot, "system:k3")
        box = system_panel(page).form._boxes["password"]
        assert not box.isEnabled() and "来自环境变量" in words_in(page)
        assert toy.erp.password not in words_in(page)


def test_without_a_keyring_nothing_is_saved_and_the_way_out_is_named(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, aside: Aside
) -> None:
    import keyring.backends.fail

    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    try:
        with opened(WindowDoor(qapp, given(tmp_path)), qtbot) as door:
            page = systems_page(door, qtbot)
            begin(page, "金蝶云星空")
            type_into(
                page, base_url="http://127.0.0.1:1/k3cloud/", acct_id="1", user="u", app_secret="s3cret"
            )
            system_panel(page).save.click()
            qtbot.waitUntil(lambda: "DANQIAO_ERP_APP_SECRET" in words_in(page))
            assert aside(house_of(door).workspace.catalog.systems) == {}
            assert system_panel(page).form.secrets() == {"app_secret": "s3cret"}
            page.panel.dirty = False  # type: ignore[union-attr]
    finally:
        keyring.set_keyring(before)


def test_the_keyboard_walks_the_list(qapp: QApplication, qtbot: QtBot, tmp_path: Path, toy: Toy) -> None:
    with toy_door(qapp, qtbot, tmp_path, toy, on=False) as door:
        page = systems_page(door, qtbot)
        qtbot.waitUntil(lambda: page.panel is not None)
        assert page._chosen == "system:k3"
        seen = []
        for _ in range(5):
            page.step(1)
            seen.append(page._chosen)
        assert seen == ["system:oa", "route:c100", "route:c200", "gateway:", "gateway:"]
        assert {command.words for command in page.commands()} >= {"button-test-all", "route-add"}
        names = [page.list.accessibleName(), page.add_button.accessibleName(), page.test_all.accessibleName()]
        assert all(names)


def test_every_part_speaks_english(qapp: QApplication, qtbot: QtBot, tmp_path: Path, toy: Toy) -> None:
    from tests.views.doors import ToyDoor

    door = ToyDoor(qapp, given(tmp_path, language="en"))
    door.toy, door.on = toy, False
    with opened(door, qtbot):
        page = systems_page(door, qtbot)
        for name in ("system:k3", "system:oa", "new:k3cloud", "new:route"):
            show(page, qtbot, name)
            told = words_in(page)
            for company in group.COMPANIES:
                told = told.replace(company.name, "")
            assert not [each for each in told if "\u4e00" <= each <= "\u9fff"]
