"""A request of the OA that becomes bills, in the window: a stop and a number for each, told by their names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.services.documents import open_day
from desktop.views.bridge import Bridge
from desktop.views.document_legs import leg_rail
from desktop.views.document_life import timeline
from desktop.views.look import Look
from desktop.views.queue_rows import RowWords
from tests.conftest import Clock, Stage
from tests.sync.making import Works
from tests.views.home import Home


@pytest.fixture
def office(
    toy: Stage, tmp_path: Path, clock: Clock, look: Look, bridge: Bridge, qtbot: QtBot,
    aside: Callable[..., Any],
) -> Iterator[Home]:  # fmt: skip
    """The whole house with the expense flow, and a window over it."""

    def works() -> Works:
        form = "ER_ExpReimbursement"
        return Works(toy, tmp_path / "data", clock, flow="expense", form=form, workflow=786)

    made = Home(aside(works), look, bridge, qtbot, aside)
    yield made
    made.close()


def payroll(office: Home) -> Works:
    return cast(Works, office.house)


def shown(office: Home, request: int) -> Any:
    """The panel, open on this request."""
    page = office.open()
    office.wait(lambda: str(request) in office.cells("number"))
    page.table.setFocus()
    page.table.selectRow(office.cells("number").index(str(request)))
    office.qtbot.keyClick(page.table, Qt.Key.Key_Return)
    office.wait(lambda: page.panel.story and page.panel.head.number.text() == str(request))
    return page.panel


def test_a_finished_expense_tells_its_three_bills_by_name(office: Home) -> None:
    works = payroll(office)
    request = office.aside(works.agreed)
    office.calm()
    panel = shown(office, request)
    numbers = [office.aside(lambda form=form: works.made(form)[0].number) for form in works.forms()]
    rail = panel.rail.accessibleName()
    for name, number in zip(("1 费用报销单", "2 付款申请单", "3 凭证"), numbers, strict=True):
        assert f"{name} {number}" in rail.replace("  ", " ")
    assert rail.startswith("OA 提交") and "回写 OA" in rail
    saved = replace(panel.story, left=frozenset({3}), row=replace(panel.story.row, left_saved=True))
    stops = [
        stage.second
        for stage in leg_rail(saved, office.look.text, datetime.now(UTC))
        if stage.title == "3 凭证"
    ]
    assert stops[0].endswith("由财务审核"), "where the ERP's own people audit it"
    cells = RowWords(office.look.text).cells(saved.row)
    assert (cells[0].text, cells[6].text) == ("已全部生成", "有单据须由财务在 ERP 审核")
    labels = [label for label, _, _ in panel._facts]
    assert {"1 费用报销单", "2 付款申请单", "3 凭证"} <= set(labels) and "OA 单号" not in labels
    titles = [line.title for line in timeline(panel.story, office.look.text)]
    audited = ["ERP 单据已审核", "ERP 单据已提交"]
    assert titles[:10] == [
        "单号已写回 OA，流程已往下走", *audited, "已在 ERP 生成单据", *audited, "已在 ERP 下推生成单据", *audited,
        "已在 ERP 生成单据",
    ]  # fmt: skip
    assert "同意" in titles, "whoever agreed is still told"


def test_what_was_made_for_the_erp_stands_under_each_bills_name(office: Home) -> None:
    request = office.aside(payroll(office).agreed)
    office.calm()
    panel = shown(office, request)
    assert panel.tabs.tabText(1) == "OA 单据"
    told = panel.mapped._plain
    for name in ("1 费用报销单", "2 付款申请单", "3 凭证"):
        assert f"\n{name}\n" in f"\n{told}"
    assert "FReqReimbAmountSum\t762.00" in told and "FDEBIT" in told
    panel.tabs.setCurrentIndex(2)
    office.wait(
        lambda: panel.mapped._paper is not None and "2 付款申请单" in panel.mapped.paper.toPlainText()
    )


def test_on_its_way_the_bill_at_hand_is_the_one_that_waits(office: Home) -> None:
    works = payroll(office)
    office.aside(lambda: works.refuse("Submit", "期间已结账", "GL_VOUCHER"))
    request = office.aside(works.agreed)
    office.run(3)
    panel = shown(office, request)
    stops = {stage.title: stage.kind for stage in leg_rail(panel.story, office.look.text, datetime.now(UTC))}
    assert [stops[name] for name in ("1 费用报销单", "2 付款申请单", "3 凭证", "回写 OA")] == [
        "done", "done", "stop", "next",
    ]  # fmt: skip


def test_a_returned_expense_tells_why_and_what_was_undone(office: Home) -> None:
    works = payroll(office)
    office.aside(lambda: works.refuse("Submit", "期间已结账"))
    request = office.aside(works.agreed)
    office.calm()
    panel = shown(office, request)
    lines = timeline(panel.story, office.look.text)
    assert lines[0].title == "OA 流程已退回申请人" and "期间已结账" in lines[0].said
    titles = [line.title for line in lines]
    assert "已删除 ERP 里生成的单据" in titles
    row = panel.story.row
    assert RowWords(office.look.text).cells(row)[0].text == "已退回"
    cell = RowWords(office.look.text).cells(replace(row, in_words=True))[0]
    assert (cell.text, cell.state, cell.tip) == ("未生成，已告知", "told", ""), "where only words told it"


def test_finance_says_yes_to_the_day_that_is_proposed_for_a_closed_period(office: Home) -> None:
    """Closed in between: the button names the day, and nothing was moved before it was pressed."""
    works = payroll(office)
    works.toy.erp.settings.closed_until = date(2026, 11, 20)
    request = office.aside(works.agreed)
    office.calm()
    panel = shown(office, request)
    assert "2026-11-20" in panel.cure.what.text() and "结账" in panel.cure.what.text()
    day = open_day("2026-11-20", datetime.now(UTC).astimezone().date())
    buttons = {button.text().strip(): button for _, button in panel.cure.buttons}
    assert f"把日期改到 {day} 并继续" in buttons and not office.aside(
        lambda: works.made("ER_ExpReimbursement")
    )
    office.press(buttons[f"把日期改到 {day} 并继续"])
    office.work(lambda: office.aside(lambda: works.made("ER_ExpReimbursement")))
    (expense,) = office.aside(lambda: works.made("ER_ExpReimbursement"))
    assert expense.head["FDate"].date().isoformat() == day and "原日期 2026-11-20" in expense.head["FCausa"]
