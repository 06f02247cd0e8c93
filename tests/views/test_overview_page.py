"""The overview as a person uses it: the sentence is true, each number leads to its list, and it follows the engine."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget

from desktop.domain.errors import ErrorCode, SyncError
from desktop.views.figure_table import FigureTable
from desktop.views.overview_page import OverviewPage
from desktop.views.overview_side import Bars
from desktop.views.queue_page import QueuePage
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
    leads = [each for each in shown.health.findChildren(Button) if each.text() and each.isVisible()]
    home.press(leads[0])
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
