"""The reconciliation page: made at a click, each difference leads to its one deed, the certificate is kept."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from desktop.views.queue_page import QueuePage
from desktop.views.reconcile_page import ReconcilePage
from tests.conftest import FORM
from tests.views.home import Home
from tests.views.test_overview_page import click, words


def test_a_difference_leads_to_its_bill_and_a_clean_day_to_its_certificate(home: Home) -> None:
    house = home.house

    def lived():  # type: ignore[no-untyped-def]
        house.run()
        bills = [house.order() for _ in range(2)]
        house.calm()
        house.toy.erp.audit(FORM, bills[0].id, "wangmin")
        house.clock.pass_s(1200)
        return bills

    audited, _ = home.aside(lived)
    home.open()
    home.window.go("reconcile")
    page = cast(ReconcilePage, home.window.current_page())
    home.wait(lambda: page.looked is not None)
    assert page.area.currentWidget() is page.area.empty
    home.press(page.go)
    home.wait(lambda: page.differences.lines)
    assert words(page.differences)[0][0] == audited.number and "未经 OA 同意" in words(page.differences)[0][3]
    assert words(page.unagreed)[0][0] == audited.number and "1 处差异" in page.sentence.text()
    assert home.window.sidebar.buttons["reconcile"].accessibleName() == "对账 1"
    click(home, page.differences, 0, 7)
    home.wait(lambda: isinstance(home.window.current_page(), QueuePage))
    home.wait(lambda: home.page.panel.isVisible() and home.page.panel.head.number.text() == audited.number)

    home.aside(
        lambda: (house.toy.erp.un_audit(FORM, audited.id, "wangmin"), house.submit(audited), house.calm())
    )
    home.aside(lambda: house.clock.pass_s(1200))
    home.window.go("reconcile")
    home.press(page.go)
    home.wait(lambda: page.looked.result is not None and page.looked.result.clean)
    home.wait(lambda: "零差异" in page.sentence.text())
    assert [each[1] for each in words(page.nights)] == ["零差异", "有差异"]
    assert len(home.aside(lambda: list(page.looked.folder.glob("certificate-*.pdf")))) == 1


def test_what_was_audited_around_the_gate_is_listed_until_a_person_says_why(home: Home) -> None:
    house = home.house

    def lived():  # type: ignore[no-untyped-def]
        house.toy.join(house.workspace, flows=("purchase_invoice",), breaker_pause_s="0")
        claim = {
            "FDate": house.toy.erp.today(), "F_PAEZ_OrgId": "100", "F_PAEZ_Supplier": "VEN0001", "F_PAEZ_OrderNo": "",
            "F_PAEZ_Currency": "PRE001", "F_PAEZ_Amount": Decimal("1130.00"), "F_PAEZ_Mode": "1",
        }  # fmt: skip
        made = house.toy.erp.make("PAEZ_ClaimBill", claim, {}, "zhouqi", submit=True)
        house.toy.erp.audit(made.form, made.id, "wangmin")
        house.clock.pass_s(60)
        bill = house.toy.erp.purchase_invoice("100", "VEN0001", "zhouqi", (("M0002", 200, "11.30"),))
        house.toy.erp.submit(bill.form, bill.id, "zhouqi")
        house.toy.erp.audit(bill.form, bill.id, "wangmin")
        house.workspace.bypass.scan()
        return bill

    invoice = home.aside(lived)
    home.open()
    home.window.go("reconcile")
    page = cast(ReconcilePage, home.window.current_page())
    home.wait(lambda: page.bypassed.lines)
    told = words(page.bypassed)[0]
    assert told[0] == invoice.number and "1 130.00" in told[3] and told[2] == "采购发票"
    assert home.window.sidebar.buttons["reconcile"].accessibleName() == "对账 1"
    click(home, page.bypassed, 0, 5)
    home.wait(lambda: page.stand.isVisible())
    assert not page.stand.deed.isEnabled()
    page.stand.reason.setText("已在下一张发票扣回")
    home.press(page.stand.deed)
    home.wait(lambda: not page.bypassed.lines)
    assert home.aside(lambda: house.workspace.bypass.listed()) == []
