"""Bills that belong together: what stands in the way of a bill that must go back, and the chain around a document."""

from __future__ import annotations

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
    home.aside(lambda: home.house.toy.erp.remove_downstream("SAL_SaleOrder", bill.id))
    home.aside(lambda: home.house.clock.pass_s(1_000))
    home.run(2)
    home.wait(lambda: panel.undo.isHidden())
    assert home.state(bill) == "returned"
