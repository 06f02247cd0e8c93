"""The overview as a person uses it: the sentence is true, each number leads to its list, and it follows the engine."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from openpyxl import load_workbook
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget

from desktop.domain.errors import ErrorCode, SyncError
from desktop.store.search import Question
from desktop.views.figure_table import FigureTable
from desktop.views.overview_page import OverviewPage
from desktop.views.overview_side import Bars, scale_of
from desktop.views.queue_page import QueuePage
from desktop.views.queue_rows import RowWords
from desktop.views.widgets import Button
from tests.views.home import Home


def page(home: Home) -> OverviewPage:
    """The overview, filled."""
    home.open()
    home.window.go("overview")
    found = cast(OverviewPage, home.window.current_page())
    home.wait(lambda: found.overview is not None)
    return found


def click(home: Home, table: FigureTable, line: int, column: int) -> None:
    at = table.spot_of(line, column)
    home.qtbot.mouseMove(table, QPoint(int(at.x()), int(at.y())))
    home.qtbot.mouseClick(table, Qt.MouseButton.LeftButton, pos=QPoint(int(at.x()), int(at.y())))


def words(table: FigureTable) -> list[list[str]]:
    return [[figure.words for figure in line.figures] for line in table.lines]


def stuck_company(home: Home) -> None:
    """Two in approval, one done, one that waits for a correspondence."""
    house = home.house
    house.run()
    bills = [house.order() for _ in range(3)]
    house.calm()
    house.approve(bills[0])
    house.calm()
    house.workspace.catalog.delete_base_row("c100", "customer", "CUST0002", "chief")
    house.order(customer="CUST0002")
    house.run(2)


def queue(home: Home, count: int) -> QueuePage:
    """The queue, once it shows so many rows."""
    home.wait(lambda: isinstance(home.window.current_page(), QueuePage))
    home.wait(lambda: home.page.rows.rowCount() == count)
    return home.page


def test_the_sentence_tells_what_needs_someone_with_its_money(home: Home) -> None:
    home.aside(lambda: stuck_company(home))
    shown = page(home)
    assert shown.sentence.text() == "1 张单据需要处理"
    amount = home.aside(lambda: home.house.workspace.overview.look().whole.blocked[0].amount)
    assert f"{amount:,.2f}" in shown.worth.text()
    home.press(shown.act)
    assert home.window._current in ("queue", "failures")


def test_every_number_opens_the_list_that_it_counts(home: Home) -> None:
    home.aside(lambda: stuck_company(home))
    shown = page(home)
    group, flow = words(shown.table)[:2]
    assert group[1:5] == flow[1:5] == ["1", "2", "1", "1"]
    for column, count in ((1, 1), (2, 2), (3, 1), (4, 1), (5, 3), (6, 1), (7, 3), (0, 4)):
        click(home, shown.table, 1, column)
        queue(home, count)
        home.window.go("overview")
        home.wait(lambda: home.window.current_page() is shown)


def test_the_keyboard_reaches_every_number(home: Home) -> None:
    home.aside(lambda: stuck_company(home))
    shown = page(home)
    shown.focus_first()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Return):
        home.qtbot.keyClick(shown.table, key)
    queue(home, 2)


def test_a_zero_leads_nowhere(home: Home) -> None:
    home.aside(lambda: (home.house.order(), home.house.calm()))
    shown = page(home)
    assert words(shown.table)[0][3] == "0"
    click(home, shown.table, 0, 3)
    assert home.window.current_page() is shown


def test_the_reason_leads_to_its_documents(home: Home) -> None:
    home.aside(lambda: stuck_company(home))
    shown = page(home)
    assert "CUST0002" in words(shown.causes)[0][0]
    cause = home.aside(lambda: home.house.workspace.overview.look().causes[0])
    click(home, shown.causes, 0, 0)
    assert home.window._current == "failures"
    failures = home.window.current_page()
    home.wait(lambda: failures._chosen == cause.cause)  # type: ignore[union-attr]


def test_all_is_well(home: Home) -> None:
    home.aside(lambda: (home.house.order(), home.house.calm()))
    shown = page(home)
    assert shown.sentence.text() == "一切正常"
    assert not shown.act.isVisible()
    assert not shown.worth.isVisible()
    assert not shown.causes.isVisible(), "no empty table stands about"


def test_it_follows_the_engine(home: Home) -> None:
    home.aside(lambda: (home.house.order(), home.house.calm()))
    shown = page(home)
    assert words(shown.table)[0][2] == "1"
    home.order()
    home.calm()
    home.wait(lambda: words(shown.table)[0][2] == "2")


def test_nothing_yet_says_what_will_come(home: Home) -> None:
    shown = page(home)
    assert shown.area.currentWidget() is shown.area.empty
    home.order()
    home.calm()
    home.wait(lambda: shown.area.currentWidget() is shown.area.content)


def test_an_error_is_told_and_tried_again(home: Home) -> None:
    overviews = home.house.workspace.overview
    whole = overviews.look

    def broken() -> object:
        raise SyncError(ErrorCode.STORE_UNREADABLE, where="x", said="disk gone")

    overviews.look = broken  # type: ignore[method-assign]
    home.open()
    home.window.go("overview")
    shown = cast(OverviewPage, home.window.current_page())
    home.wait(lambda: shown.area.currentWidget() is shown.area.error)
    overviews.look = whole  # type: ignore[method-assign]
    shown._overviews = overviews
    home.press(shown.area.error.again)
    home.wait(lambda: shown.overview is not None)


def test_figures_stand_with_their_definitions(home: Home) -> None:
    home.aside(lambda: stuck_company(home))
    shown = page(home)
    assert shown.side.first_pass.number.text() == "100.0 %"
    assert "÷" in shown.side.first_pass.definition.text()
    assert "6 秒" in shown.side.saved.definition.text()
    bars = cast(Bars, shown.side.bars)
    assert bars.days[-1].done == 1
    assert len(bars.days) == 14


def test_the_health_check_tells_what_is_not_well_and_leads_there(home: Home) -> None:
    home.aside(lambda: stuck_company(home))
    shown = page(home)
    home.press(shown.check)
    assert shown.health.isVisible()
    home.wait(lambda: shown.health.findings)
    names = {each.name for each in shown.health.findings}
    assert names == {"engine", "correspondences", "backup"}
    assert "3 项" in shown.health.sentence.text()
    home.aside(lambda: home.house.toy.memory.pop(("k3", "app_secret")))
    home.press(shown.check)
    home.wait(lambda: any(each.subject == "k3" for each in shown.health.findings))
    assert shown.health.findings[0].level.value == "fail", "the gravest first"
    assert "PER-706" not in shown.health.sentence.text()

    def leads() -> list[Button]:
        buttons = shown.health.findChildren(Button)
        return [
            each
            for each in buttons
            if each.text() and each.isVisible() and each is not shown.health.all_button
        ]

    home.wait(leads)  # laid out a moment after the findings are there
    first = leads()[0]
    shown.health.all_button.click()
    assert {"dns", "trail", "keyring"} <= {each.name for each in shown.health.findings}
    home.press(first)
    assert home.window._current == "systems"
    home.window.go("overview")
    home.wait(lambda: home.window.current_page() is shown)
    assert shown.close_panel()
    assert not shown.health.isVisible()


def test_both_languages_and_small_windows_hold(home: Home) -> None:
    home.aside(lambda: stuck_company(home))
    shown = page(home)
    home.window.switch_language()
    home.wait(lambda: home.window.current_page() is not shown)
    shown = cast(OverviewPage, home.window.current_page())
    home.wait(lambda: shown.overview is not None)
    assert shown.sentence.text() == "1 document to handle"
    home.window.resize(1280, 720)
    home.wait(lambda: home.window.width() == 1280)
    table: QWidget = shown.table
    assert table.width() <= home.window.width()
    last = shown.table._columns()[-1]
    assert last.right() <= table.width()


def test_a_days_failures_open_with_cause_and_minutes_and_lead_to_the_bill(home: Home) -> None:
    home.aside(lambda: stuck_company(home))
    shown = page(home)
    (today,) = [line for line in words(shown.daily) if line[2] == "1"]
    click(home, shown.daily, words(shown.daily).index(today), 2)
    home.wait(lambda: shown.day.table.lines)
    (line,) = words(shown.day.table)
    assert line[1].startswith("MAP-502") and "仍未解决" in line[4] and line[5].startswith("¥")
    click(home, shown.day.table, 0, 0)
    home.wait(lambda: isinstance(home.window.current_page(), QueuePage))
    home.wait(lambda: home.page.panel.head.number.text() == line[0])


def test_the_slowest_approvers_are_told_and_all_of_it_goes_into_a_workbook(
    home: Home, tmp_path: Path
) -> None:
    house = home.house

    def lived() -> None:
        bills = [house.order() for _ in range(2)]
        house.calm()
        house.clock.pass_s(7200)
        for bill in bills:
            house.approve(bill)
        house.calm()

    home.aside(lived)
    shown = page(home)
    home.wait(lambda: shown.approvers.lines)
    slowest = words(shown.approvers)[0]
    assert slowest[1] == "2" and slowest[2] == "2 小时" and slowest[0]
    target = home.aside(lambda: house.workspace.reports.write(tmp_path / "overview.xlsx"))
    book = load_workbook(target)
    assert "销售订单" in [cell.value for cell in book.worksheets[0]["B"]]
    assert slowest[0] in [cell.value for cell in book["审批最慢的人"]["A"]]


def test_a_report_is_written_once_for_each_period(home: Home) -> None:
    workspace = home.house.workspace

    def reports() -> list[str]:
        return sorted(each.name for each in workspace.reports.folder.glob("*.xlsx"))

    assert not home.aside(workspace.reports.write_if_due)
    home.aside(lambda: workspace.settings.put("chief", "report.every", "week"))
    assert home.aside(workspace.reports.write_if_due) and not home.aside(workspace.reports.write_if_due)
    home.house.clock.pass_s(7 * 86_400)
    assert home.aside(workspace.reports.write_if_due) and len(reports()) == 2


def test_near_the_months_end_what_is_under_way_is_told(home: Home) -> None:
    home.aside(lambda: (home.house.order(), home.house.calm()))
    now = home.house.clock.now()
    until = (now.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    home.house.clock.pass_s((until - now).total_seconds())
    shown = page(home)
    home.wait(shown.escort.isVisible)
    assert "在途单据 1 张" in shown.escort.sentence.text()
    home.press(shown.escort.link)
    home.wait(lambda: shown.month_end.bills.lines)
    (line,) = words(shown.month_end.bills)
    assert line[1] == "审批中"
    points = {line[0]: line[1:] for line in words(shown.month_end.points)}
    assert points["在途单据（影响本期）"] == ["▲ 待处理", "1"] and points["等人处理的单据"] == ["√ 就绪", "0"]
    assert points["一天内对账无差异（数量为差异数）"][0] == "▲ 待处理", "nobody has reconciled yet"
    assert points["没有开月末加急的流程"][1] == "1" and "还有 3 项" in shown.month_end.told.text()
    home.press(shown.month_end.first)
    home.work(lambda: shown.month_end.outcome.text() == "已执行")
    assert not shown.month_end.first.isEnabled(), "ordered once"
    click(home, shown.month_end.points, 0, 0)
    queue(home, 1)
    (of,) = home.aside(lambda: home.house.workspace.documents.all_ids(Question(), "number", descending=False))
    (row,) = home.aside(lambda: home.house.workspace.documents.rows([of]))
    assert RowWords(home.look.text).cells(row)[0].second == "优先"


@pytest.mark.parametrize(
    ("tallest", "ticks"),
    [(1, (0, 1)), (3, (0, 1, 2, 3)), (7, (0, 5, 10)), (42, (0, 20, 40, 60)), (980, (0, 500, 1000))],
)
def test_a_scale_has_few_round_numbers(tallest: int, ticks: tuple[int, ...]) -> None:
    assert scale_of(tallest) == ticks
