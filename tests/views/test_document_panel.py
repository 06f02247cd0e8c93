"""The document panel by a person's errands: what happened, what was sent, what stopped, and what one does about it."""

from __future__ import annotations

import ast
import functools
import re
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from desktop.domain.errors import ErrorCode
from desktop.sandbox.erp_bill import ErpBill
from desktop.sandbox.faults import Fault
from desktop.services.text import Text
from desktop.store.catalog import BaseRow
from desktop.views.document_life import action_words, timeline
from desktop.views.document_sheets import readable
from desktop.views.order_watch import result_words
from tests.views.home import Home

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "单价高于上次 <b>&amp;</b> <img src=x>"


@pytest.fixture
def second_round(home: Home) -> ErpBill:
    """Returned once with an opinion, edited, handed in again, approved and audited."""
    bill = home.order()
    home.run(2)
    home.aside(lambda: home.house.reject(bill, opinion=HOSTILE))
    home.run(3)
    home.aside(lambda: (home.house.edit(bill), home.house.submit(bill)))
    home.run(3)
    home.aside(lambda: home.house.approve(bill, 2, opinion="同意，按合同执行"))
    home.run(3)
    assert home.state(bill) == "done"
    return bill


def press(home: Home, words: str) -> None:
    """The cure's button with these words, once it can be pressed."""

    def found() -> Any:
        buttons = {cure.words: button for cure, button in home.page.panel.cure.buttons}
        button = buttons.get(words)
        return button if button is not None and button.isVisible() and button.isEnabled() else None

    home.wait(found)
    home.press(found())
    home.wait(lambda: home.page.panel.cure.told.text())


# What one reads ------------------------------------------------------------------------------------------------------


def test_the_timeline_tells_both_systems_newest_first(home: Home, second_round: ErpBill) -> None:
    home.open()
    home.choose(second_round)
    panel = home.page.panel
    story = panel.story
    assert story is not None
    lines = timeline(story, home.look.text)
    assert [line.title for line in lines] == [
        "ERP 单据已审核", "同意", "送到 OA 审批", "再次提交，进入第 2 轮", "结束了 OA 流程", "审批意见已写回 ERP", "已退回制单人",
        "退回", "送到 OA 审批", "发现单据",
    ]  # fmt: skip
    by_title = {line.title: line for line in lines}
    assert by_title["同意"].who.startswith("陈杰") and by_title["同意"].said == "同意，按合同执行"
    assert by_title["退回"].said == HOSTILE
    assert "“" + HOSTILE + "”" in panel.timeline._said(by_title["退回"])
    assert len(timeline(story, home.look.text, every_step=True)) > len(lines)
    home.press(panel.steps)
    assert panel.steps.accessibleName() == "只显示主要步骤" and "开始送审" in panel.timeline.as_text()
    assert panel.rail.accessibleName().startswith("ERP 提交 wangmin")
    assert (
        panel.rail.accessibleName().split("  ")[-1].startswith("ERP 审核")
        or "ERP 审核" in panel.rail.accessibleName()
    )
    assert panel.head.pill.accessibleName() == "已审核  第 2 轮"
    panel.head.copy.click()
    assert QGuiApplication.clipboard().text() == second_round.number


def test_the_tabs_show_bill_mapping_sent_and_answer(home: Home, second_round: ErpBill) -> None:
    home.open()
    home.choose(second_round)
    panel = home.page.panel
    panel.tabs.setCurrentIndex(1)
    assert "FBillAllAmount" in panel.bill.paper.toPlainText() and "苏州精工" in panel.bill.paper.toPlainText()
    assert panel.bill.choice.count() == 2 and panel.bill.choice.currentText() == "第 2 轮"
    latest = panel.bill.paper.toPlainText()
    panel.bill.choice.setCurrentIndex(0)
    panel.bill.choice.activated.emit(0)
    assert panel.bill.paper.toPlainText() != latest, "the first round has the old quantity"
    panel.tabs.setCurrentIndex(2)
    assert "erp_bill_no" in panel.mapped.paper.toPlainText()
    panel.mapped.copy.click()
    assert "detail_1\n" in QGuiApplication.clipboard().text()
    panel.tabs.setCurrentIndex(3)
    home.wait(lambda: "Audit" in panel.sent.paper.toPlainText())
    send_back = next(
        at for at in range(panel.sent.choice.count()) if "退回单据" in panel.sent.choice.itemText(at)
    )
    panel.sent.choice.activated.emit(send_back)
    home.wait(lambda: "CancelAssign" in panel.sent.paper.toPlainText())
    panel.tabs.setCurrentIndex(4)
    home.wait(lambda: "SuccessEntitys" in panel.answer.paper.toPlainText())
    note = next(
        at for at in range(panel.sent.choice.count()) if "回写审批意见" in panel.sent.choice.itemText(at)
    )
    panel.answer.choice.activated.emit(note)
    panel.tabs.setCurrentIndex(3)
    home.wait(
        lambda: "<b>&amp;</b>" in panel.sent.paper.toPlainText()
    )  # foreign markup is shown, never obeyed
    secrets = [home.house.toy.erp.app_secret, home.house.toy.oa.secrit, home.house.toy.oa.spk]
    shown = panel.sent.paper.toPlainText() + panel.answer.paper.toPlainText()
    assert not [secret for secret in secrets if secret in shown]


def test_only_what_was_read_can_be_shown(home: Home) -> None:
    bill = home.order(customer="CUST0006")
    home.calm()
    home.open()
    home.choose(bill)
    panel = home.page.panel
    for sheet, words in (
        (panel.bill, "还没有读取"),
        (panel.mapped, "还没有生成"),
        (panel.sent, "还没有向"),
        (panel.answer, "还没有收到"),
    ):
        assert sheet.none.text().startswith(words) and not sheet.none.isHidden()
    assert not panel.head.oa.isEnabled() and panel.head.erp.isEnabled()


def test_it_stands_beside_a_wide_list_and_below_a_narrow_one(home: Home, second_round: ErpBill) -> None:
    from PySide6.QtCore import Qt

    home.open()
    home.choose(second_round)
    page = home.page
    assert page.split.orientation() == Qt.Orientation.Vertical and page.panel.facts_side.isVisible()
    home.window.resize(1920, 1080)
    home.wait(lambda: page.split.orientation() == Qt.Orientation.Horizontal)
    assert page.panel.facts.isVisible() and not page.panel.facts_side.isVisible()
    home.window.resize(1280, 720)
    home.wait(lambda: page.split.orientation() == Qt.Orientation.Vertical)
    assert page.panel.facts_side.isVisible() and page.panel.facts.isVisible()


# Opening in the other systems ----------------------------------------------------------------------------------------


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that the browser was given."""
    found: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: found.append(QUrl(url).toString()) or True)
    return found


def test_open_in_erp_and_oa_mints_a_link_off_the_gui_thread(
    home: Home, second_round: ErpBill, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    documents, threads = home.house.workspace.documents, []
    plain = documents.open_link

    def minting(*args: Any, **told: Any) -> str:
        threads.append(threading.current_thread())
        return plain(*args, **told)

    monkeypatch.setattr(documents, "open_link", minting)
    home.aside(lambda: home.house.workspace.users.sit("chief", "chenjing", "57"))
    home.open()
    home.choose(second_round)
    home.press(home.page.panel.head.erp)
    home.wait(lambda: len(opened) == 1)
    home.press(home.page.panel.head.oa)
    home.wait(lambda: len(opened) == 2)
    assert opened[0].startswith(home.house.toy.erp_server.url) and opened[1].startswith(
        home.house.toy.oa_server.url
    )
    assert "ud=" in opened[0] and "ssoToken=" in opened[1]
    assert threading.main_thread() not in threads


def test_nobody_is_signed_in_as_somebody_else(home: Home, second_round: ErpBill, opened: list[str]) -> None:
    home.open()
    home.choose(second_round)
    home.press(home.page.panel.head.erp)
    home.wait(lambda: home.page.panel.notice.isVisible())
    assert "还没有指定单桥用户“chenjing”" in home.page.panel.notice.sentence.text() and not opened
    home.press(home.page.panel.head.oa)
    home.wait(lambda: len(opened) == 1)
    assert "ssoToken" not in opened[0]


def test_a_link_that_cannot_be_made_says_why(home: Home, second_round: ErpBill, opened: list[str]) -> None:
    home.aside(lambda: home.house.workspace.users.sit("chief", "chenjing", "57"))
    home.open()
    home.choose(second_round)
    oa = home.aside(lambda: home.house.workspace.catalog.system("oa"))
    home.aside(
        lambda: home.house.workspace.catalog.put_system(replace(oa, base_url="http://127.0.0.1:9"), "chief")
    )
    home.press(home.page.panel.head.oa)
    home.wait(lambda: home.page.panel.notice.isVisible())
    assert home.page.panel.notice.sentence.text().startswith("连不上") and not opened


def test_no_browser_leaves_the_link_on_the_clipboard(
    home: Home, second_round: ErpBill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: False)
    home.aside(lambda: home.house.workspace.users.sit("chief", "chenjing", "57"))
    home.open()
    home.choose(second_round)
    home.press(home.page.panel.head.erp)
    home.wait(lambda: home.page.panel.notice.isVisible())
    assert QGuiApplication.clipboard().text().startswith(home.house.toy.erp_server.url)


# What stopped, and its cure --------------------------------------------------------------------------------------------


def test_a_failures_button_leads_on_and_the_document_goes_on(home: Home) -> None:
    bill = home.order(customer="CUST0006")
    home.calm()
    home.open()
    home.choose(bill)
    cure = home.page.panel.cure
    assert "CUST0006" in cure.what.text() and "基础资料" in cure.cure.text()
    assert home.state_of(bill) == "需处理" and home.cells("step")[0] == "基础资料没有对应"
    row = BaseRow("c100", "customer", "CUST0006", "3006", "常州新客户", "常州新客户", "chenjing")
    rows = home.aside(lambda: home.house.workspace.catalog.base_rows("c100"))
    home.aside(lambda: home.house.workspace.catalog.put_base_rows([*rows, row], "chenjing"))
    press(home, f"已经改好，重新处理 {bill.number}")
    home.work(lambda: home.state_of(bill) == "审批中" and not cure.isVisible())
    trail = home.aside(
        lambda: home.house.workspace.trail.entries(f"document:{home.house.document(bill).id}", limit=50)
    )
    assert ("chenjing", "retry") in [(entry.actor, entry.action) for entry in trail]


def test_an_audit_by_hand_is_accepted_with_a_reason(home: Home) -> None:
    bill = home.order()
    home.calm()
    home.aside(lambda: home.house.toy.erp.audit("SAL_SaleOrder", bill.id, "wangmin"))
    home.run()
    home.open()
    home.choose(bill)
    cure = home.page.panel.cure
    accept = next(button for each, button in cure.buttons if each.words.startswith("认可手工审核"))
    assert not accept.isEnabled() and accept.toolTip() == "先写明原因"
    cure.reason.setText("总经理电话同意")
    home.press(accept)
    home.wait(lambda: cure.told.text() == "已下达，等待引擎执行")
    home.work(lambda: home.state_of(bill) == "已撤销")
    home.wait(lambda: "总经理电话同意" in home.page.panel.timeline.as_text())
    assert home.page.panel.timeline.as_text().count("chenjing") >= 1


@pytest.mark.parametrize(
    ("answer", "ends"), [("已经办成，继续", "审批中"), ("确认没有，重新执行“退回单据”", "已退回")]
)
def test_in_doubt_a_person_looks_and_says(home: Home, answer: str, ends: str) -> None:
    home.run()
    bill = home.order()
    home.calm()

    def killed_after_the_send_back() -> None:
        home.house.reject(bill)
        with home.house.dying("send_back", "reply lost"):
            home.house.run(2)
        home.house.submit(bill)
        home.house.restart(after_s=200)
        home.house.calm()

    home.aside(killed_after_the_send_back)
    assert home.aside(lambda: home.house.failure(bill)) == ErrorCode.OUTCOME_UNKNOWN.id
    home.open()
    home.wait(lambda: home.state_of(bill) == "结果未知")
    home.choose(bill)
    press(home, answer)
    home.work(lambda: home.state_of(bill) == ends and not home.page.panel.cure.isVisible())
    home.aside(home.house.assert_intact)


def test_what_a_person_types_stays_while_the_engine_works(home: Home) -> None:
    bill = home.order(customer="CUST0006")
    home.calm()
    home.open()
    home.choose(bill)
    cure = home.page.panel.cure
    cure.reason.setText("等客户资料")
    home.order()
    home.calm()
    home.page.panel.refresh()
    home.wait(lambda: home.page.line.news.isVisible())
    assert cure.reason.text() == "等客户资料" and cure.isVisible()
    press(home, f"忽略 {bill.number}")
    home.work(lambda: home.page.panel.head.pill.accessibleName() == "已忽略")
    assert "等客户资料" in home.page.panel.timeline.as_text() and not cure.isVisible()
    menu = {action.text(): action for action in home.page.panel.head.menu().actions()}
    menu["取消忽略，重新处理"].trigger()
    home.work(lambda: home.page.panel.head.pill.accessibleName() == "需处理")


def test_an_order_that_is_refused_says_why(home: Home) -> None:
    bill = home.order()
    home.calm()
    home.open()
    home.choose(bill)
    panel, person = home.page.panel, home.page.person
    panel._give(lambda to: to.dismiss(person, [home.document_id(bill)], "x"))
    home.wait(lambda: panel.notice.isVisible() and panel.notice.sentence.text() == "已下达，等待引擎执行")
    home.work(lambda: panel.notice.sentence.text() == "这张单据还在 OA 审批中，不能忽略。")


def test_every_way_on_is_in_reach_in_the_smallest_window(home: Home) -> None:
    bill = home.order(customer="CUST0006")
    home.calm()
    home.open()
    home.window.resize(1280, 720)
    home.choose(bill)
    panel = home.page.panel
    home.wait(lambda: len(panel.cure.buttons) > 1 and panel.cure.isVisible())
    home.wait(lambda: panel._life_side.horizontalScrollBar().maximum() == 0)
    last = panel.cure.buttons[-1][1]
    assert last.geometry().right() <= panel.cure.width() <= panel._life_side.viewport().width()


def test_nothing_is_ordered_while_the_panel_goes_from_one_bill_to_the_next(
    home: Home, monkeypatch: Any
) -> None:
    """The words of the first still stand there when a key was faster than the answer: neither of both may be meant."""
    first, second = home.order(), home.order()
    home.calm()
    home.open()
    home.choose(first)
    panel, meant = home.page.panel, list[str]()
    monkeypatch.setattr(panel.orders, "give", lambda order, *_: meant.append("given"))
    panel.show_document(home.document_id(second))
    assert panel.story is not None and panel.story.row.number == first.number
    for act in (panel._take_back, panel._go_first, panel._usual_turn, panel.check, lambda: panel._bind("1")):
        act()
    assert meant == []
    home.wait(lambda: panel.story is not None and panel.story.row.number == second.number)
    panel._go_first()
    assert meant == ["given"]


def test_check_again_brings_the_run_forward(home: Home) -> None:
    home.aside(lambda: home.house.toy.join(home.house.workspace, flows=("sales_order",), every_s=3600.0))
    bill = home.order()
    home.run()
    home.open()
    home.start_engine()
    home.choose(bill)
    home.wait(lambda: home.aside(lambda: len(home.house.workspace.ledger.last_runs())) >= 2)
    home.aside(lambda: home.house.approve(bill))
    home.press(home.page.panel.head.check)
    home.wait(lambda: home.page.panel.head.pill.accessibleName() == "已审核")


def test_a_lost_document_shows_its_error(home: Home) -> None:
    home.open()
    home.page.open_panel(987654)
    home.wait(lambda: home.page.panel.states.currentWidget() is home.page.panel.error)
    assert "987654" in home.page.panel.error.cause.text()


def test_a_slow_answer_lost_on_the_wire_is_told_as_it_was(home: Home) -> None:
    home.run()
    bill = home.order()
    home.house.toy.oa_faults.force(Fault.REPLY_LOST, "doCreateRequest")
    home.calm()
    home.open()
    home.choose(bill)
    panel = home.page.panel
    assert panel.story is not None and len(home.house.requests(bill)) == 1
    assert [line.title for line in timeline(panel.story, home.look.text)] == ["送到 OA 审批", "发现单据"]


# Words -----------------------------------------------------------------------------------------------------------------


@functools.cache
def actions_in_the_code() -> set[str]:
    """Every word that the engine and people's orders write into a document's trail: the literals in the place of `why`."""
    places = {"move": 2, "next_round": 2, "note": 1, "_rest": 2, "_taken_back": 2, "_gone": 2, "made": 5}
    found: set[str] = set()
    for folder in ("sync", "store"):
        for path in (ROOT / "desktop" / folder).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                place = places.get(getattr(getattr(node, "func", None), "attr", ""), -1)
                if isinstance(node, ast.Call) and 0 <= place < len(node.args):
                    words = [
                        each.value for each in ast.walk(node.args[place]) if isinstance(each, ast.Constant)
                    ]
                    found.update(
                        word
                        for word in words
                        if isinstance(word, str) and re.fullmatch("[a-z_]{2,}[a-z]", word)
                    )
    return found


def test_a_bill_is_held_back_and_let_go_from_its_panel(home: Home) -> None:
    bill = home.order()
    home.calm()
    home.open()
    home.choose(bill)
    panel = home.page.panel
    acts = {each.text(): each for each in panel.head.menu().actions()}
    assert "优先处理" in acts
    acts["暂缓处理…"].trigger()
    (_, button) = panel.cure.buttons[0]
    assert not button.isEnabled(), "a reason is asked for"
    panel.cure.reason.setText("客户要改合同")
    press(home, f"暂缓 {bill.number}")
    home.work(lambda: "客户要改合同" in panel.cure.what.text() and panel.cure.isVisible())
    home.wait(lambda: home.state_of(bill).startswith("暂缓"))
    assert panel.head.pill.accessibleName() == "暂缓"
    assert "暂缓处理…" not in [each.text() for each in panel.head.menu().actions()]
    home.aside(lambda: home.house.approve(bill))
    home.run(3)
    assert home.state(bill) == "requested"
    press(home, f"恢复处理 {bill.number}")
    home.work(lambda: home.state_of(bill) == "已审核")
    home.wait(lambda: panel.head.pill.accessibleName() == "已审核")
    assert panel.story is not None
    told = [line.title for line in timeline(panel.story, home.look.text)]
    assert told.index("恢复正常处理") < told.index("暂缓处理")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_action_of_the_trail_has_its_sentence(language: str) -> None:
    text = Text(language, strict=True)
    known = actions_in_the_code()
    assert {
        "found",
        "requested",
        "audited",
        "dismissed",
        "handed_in_again",
        "failed",
        "retry",
        "bound",
    } <= known
    assert sorted(word for word in known if action_words(text, word, 2) == word) == []
    for outcome in ("intent", "done", "refused", "lost", "in_doubt"):
        assert text.word("step", "open_request") in action_words(text, f"{outcome}.open_request")
    assert action_words(text, "something_newer") == "something_newer"


def test_orders_tell_their_result(home: Home) -> None:
    text = home.look.text
    assert result_words(text, "done") == (True, "已执行") == result_words(text, "2/2 done")
    assert result_words(text, "0/1 done: other_key") == (False, "这个 OA 流程不是由这张单据发起的。")
    assert result_words(text, "0/1 done: NET-101") == (False, "对方系统连不上")
    assert result_words(text, "BUG-901: ValueError") == (False, "程序内部出错")
    assert result_words(text, "unknown")[0] is False


def test_every_reason_of_an_order_has_its_words() -> None:
    source = (ROOT / "desktop" / "sync" / "orders.py").read_text(encoding="utf-8")
    reasons = set(re.findall(r'return "([a-z_]+)"', source)) | set(re.findall(r'else "([a-z_]+)"', source))
    known = Text("zh", strict=True)
    assert {"not_in_doubt", "reason_missing"} <= reasons
    assert (
        sorted(each for each in reasons - {"done", "rejected"} if not known.has(f"order-result-{each}")) == []
    )


def test_bodies_are_set_out_without_changing_a_character() -> None:
    assert (
        readable('{"a":[1.10,"x:{,}\\""],"b":{}}')
        == '{\n  "a": [\n    1.10,\n    "x:{,}\\""\n  ],\n  "b": {}\n}'
    )
    assert (
        readable('id=7&mainData=[{"n":1}]&t=a&amp;b')
        == 'id = 7\nmainData = [\n  {\n    "n": 1\n  }\n]\nt = a&amp;b'
    )
    assert readable("plain") == "plain"
