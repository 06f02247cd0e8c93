"""The reconciliation page: made at a click, each difference leads to its one deed, the certificate is kept."""

from __future__ import annotations

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
