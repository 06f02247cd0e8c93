"""A flow's schedule in the window: opened from its company, checked while typed, kept, told in its row."""

from __future__ import annotations

from desktop.domain.schedule import Pace
from desktop.views.route_panel import RoutePanel
from desktop.views.schedule_dialog import ScheduleDialog
from desktop.views.systems_page import SystemsPage
from tests.views.doors import words_in
from tests.views.home import Home


def test_fixed_times_on_working_days_are_kept_from_the_company(home: Home) -> None:
    home.open()
    home.window.go("systems")
    page = home.window.current_page()
    assert isinstance(page, SystemsPage)
    home.wait(lambda: page.site is not None)
    page.choose("route:c100")
    home.wait(lambda: isinstance(page.panel, RoutePanel))
    home.press(page.panel.rows["sales_order"].when)
    dialog = page.schedule
    assert isinstance(dialog, ScheduleDialog)
    home.wait(dialog.keep.isEnabled)

    dialog.pace.setCurrentIndex(dialog.pace.findData("times"))
    dialog.pace.activated.emit(dialog.pace.currentIndex())
    dialog.times.setText("8.30")
    dialog.times.textEdited.emit("8.30")
    home.wait(lambda: "08:30" in dialog.told.text())
    assert (not dialog.keep.isEnabled() and dialog.every.isHidden()) or not dialog.every.isVisible()
    dialog.times.setText("08:30, 13:00")
    dialog.times.textEdited.emit("08:30, 13:00")
    dialog.workdays.setChecked(True)
    home.wait(dialog.keep.isEnabled)
    assert dialog.next.text().count("08:30") + dialog.next.text().count("13:00") == 5
    home.press(dialog.keep)

    def kept():  # type: ignore[no-untyped-def]
        routes = home.aside(lambda: home.house.workspace.catalog.routes())
        return next(each for each in routes if each.id == "c100").switch("sales_order").schedule

    home.wait(lambda: kept().pace is Pace.TIMES)
    assert kept().times == ("08:30", "13:00") and kept().workdays
    home.wait(lambda: "08:30、13:00，仅工作日；下次" in words_in(page))
