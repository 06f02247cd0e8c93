"""Whence a price comes, in the window: the menu of an order, each line with its lock, the inquiry one click away."""

from __future__ import annotations

from decimal import Decimal

from tests.sync.making import INQUIRY, inquiry_lines
from tests.views.home import Home


def test_an_order_tells_whence_its_prices_come(home: Home) -> None:
    house = home.house
    house.toy.erp.price_lists()

    def lived():  # type: ignore[no-untyped-def]
        house.toy.join(house.workspace, flows=("inquiry", "purchase_order"), breaker_pause_s="0")
        house.run()
        lines = {"detail_1": inquiry_lines(valid_from="2026-11-01")}
        request = house.toy.oa.start(785, "61", {**INQUIRY, "valid_from": "2026-11-01"}, lines)
        house.toy.oa.approve_fully(request)
        for _ in range(6):
            house.run()
        order = house.toy.erp.purchase_order(
            "100", "VEN0001", "zhouqi", (("M0003", 2, Decimal("1480.00")),), submit=True
        )
        house.run(2)
        found = house.workspace.ledger.by_source("k3", order.form, "purchase_order", [str(order.id)])
        return request, order, found[str(order.id)].id

    request, order, document = home.aside(lived)
    home.open()
    home.window.go("queue", {"document": document, "number": order.number})
    panel = home.page.panel
    home.wait(lambda: panel.isVisible() and panel.head.number.text() == order.number)
    act = next(each for each in panel.head.menu().actions() if each.text() == "价格来源")
    act.trigger()
    dialog = panel.prices
    home.wait(lambda: dialog.shown is not None)
    told = "\n".join(each.text() for each in dialog.sentences)
    assert "单价与锁价不一致" in told and "1500" in told and "昆山恒泰" in told and "✓ 中选" in told
    (button,) = dialog.opens
    assert str(request) in button.text()
    home.press(button)
    home.wait(lambda: panel.head.number.text() == str(request))
