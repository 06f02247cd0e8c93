"""Bills that belong together: what stands in the way of a bill that must go back, and the chain around a document."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices

from desktop.views.document_panel import TABS
from tests.views.home import Home


def words(table: Any, key: str) -> list[str]:
    """A column of a bill table, top to bottom."""
    place = [column.key for column in table.rows.columns].index(key)
    cells = [table.rows.cell(row, place) for row in range(table.rows.rowCount())]
    return [f"{cell.text} {cell.second}".strip() if cell else "" for cell in cells]


def test_a_bill_kept_by_later_bills_shows_what_to_undo_first_and_opens_it(
    home: Home, monkeypatch: Any
) -> None:
    addresses: list[str] = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: addresses.append(QUrl(url).toString()) or True
    )
    bill = home.order()
    home.run(2)

    def hold() -> str:
        home.house.reject(bill)
        home.house.toy.erp.audit("SAL_SaleOrder", bill.id, "wangmin")
        number = home.house.toy.erp.add_downstream("SAL_SaleOrder", bill.id).number
        home.house.run()
        document = home.house.document(bill)
        home.house.workspace.order("chief", "decide", (document.id,), decision="rejected", reason="x")
        home.house.run(2)
        return str(number)

    delivery = home.aside(hold)
    home.open()
    home.choose(bill)
    panel = home.page.panel
    home.wait(lambda: words(panel.undo.table, "bill") == [f"销售出库单 {delivery}"])
    assert words(panel.undo.table, "turn") == ["第 1 步"] and words(panel.undo.table, "how") == ["删除"]
    assert "自动退回" in panel.undo.title.text() and delivery in panel.undo.next.accessibleName()
    home.press(panel.undo.next)
    home.wait(lambda: addresses)
    panel.tabs.setCurrentIndex(TABS.index("chain"))
    chain = [f"销售订单 {bill.number}  ◂", f"└ 销售出库单 {delivery}"]
    home.wait(lambda: words(panel.chain.table, "bill") == chain)
    assert words(panel.chain.table, "state") == ["已审核", "创建"]
    assert not panel.chain.ours.isEnabled() and panel.chain.erp.isEnabled()
    home.qtbot.keyClick(panel.chain.table, Qt.Key.Key_Return)
    home.wait(lambda: len(addresses) == 2)
    told = home.aside(lambda: home.house.workspace.documents.chain(home.house.document(bill).id))
    panel.chain.show_chain(replace(told, shut=True))
    assert not panel.chain.erp.isEnabled() and "没有可以直接打开单据的地址" in panel.chain.erp.toolTip()
    home.aside(lambda: home.house.toy.erp.remove_downstream("SAL_SaleOrder", bill.id))
    home.aside(lambda: home.house.clock.pass_s(1_000))
    home.run(2)
    home.wait(lambda: panel.undo.isHidden())
    assert home.state(bill) == "returned"


def test_a_bill_changed_after_sending_shows_each_change_and_three_ways_on(home: Home) -> None:
    bill = home.order()
    home.run(2)

    def change() -> None:
        house = home.house
        house.approve(bill)
        with house.dying("audit_bill", "before the promise"):
            house.run()
        house.withdraw(bill)
        house.edit(bill)
        house.submit(bill)
        house.clock.pass_s(200)
        house.calm()

    home.aside(change)
    home.open()
    home.choose(bill)
    panel = home.page.panel
    home.wait(lambda: "FBillAllAmount" in words(panel.changes.table, "field"))
    at = words(panel.changes.table, "field").index("FBillAllAmount")
    told = [words(panel.changes.table, key)[at] for key in ("before", "after", "gap")]
    assert told == ["2034", "1921", "-113"]
    ways = [button.text().strip() for _, button in panel.cure.buttons]
    assert ways[:3] == ["按拒绝处理，退回制单人", "按新内容重新送审", "两人确认，按现在的内容审核"]
    home.wait(lambda: panel.tail.isVisible())
    assert "超过容差 5 分" in panel.tail.title.text() and not panel.tail.button.isVisibleTo(panel)


def test_two_fen_on_the_form_are_accepted_as_a_tail_with_one_click(home: Home) -> None:
    bill = home.order()
    home.run(2)

    def fiddle() -> None:
        (request,) = home.house.requests(bill)
        home.house.toy.oa.change_field(request.id, "amount", "2034.02")
        home.house.approve(bill)
        home.house.run()

    home.aside(fiddle)
    home.open()
    home.choose(bill)
    panel = home.page.panel
    home.wait(lambda: words(panel.tail.table, "note")[:1] == ["吸收尾差"])
    assert panel.tail.title.text() == "两边相差 2 分，在容差 5 分以内，由金额最大的一行吸收。"
    home.press(panel.tail.button)
    home.work(lambda: home.state(bill) == "done")
    entries = home.aside(lambda: home.house.workspace.trail.entries(f"document:{home.document_id(bill)}"))
    [decided] = [each for each in entries if each.action == "decided_approved"]
    assert decided.detail["reason"].startswith("尾差 2 分")
