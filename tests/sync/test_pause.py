"""A person pauses the whole engine: that is kept in the store, with who, when, why and until when, and outlives the process."""

from __future__ import annotations

from datetime import timedelta

from desktop.domain.document import DocumentState as S
from desktop.doors.command_line import _told


def order(house, name: str, **detail: object) -> str:
    number = house.workspace.order("chief", name, (), **detail)
    house.workspace.engine.take_orders()
    return str(house.workspace.documents.order_result(number))


def deeds(house) -> list[tuple[str, str]]:
    kept = house.workspace.trail.entries("engine")
    return [(each.actor, each.action) for each in kept]


def test_a_pause_outlives_the_process_and_any_window_can_end_it(house) -> None:
    house.run()
    assert order(house, "pause", reason="stock-taking") == "done"
    bill = house.order()
    house.restart(after_s=600)
    assert set(house.run().values()) == {"paused"}
    told = _told(house.workspace, "c100/sales_order", "paused")
    assert "chief" in told and told.endswith(": stock-taking"), "the command line says who, too"
    state = house.workspace.systems.engine()
    assert state.paused and state.pause is not None
    assert (state.pause.by, state.pause.why, state.pause.until) == ("chief", "stock-taking", None)
    watching = house.open(house.folder)
    try:
        assert watching.systems.engine().pause == state.pause, "a window that watches knows it at once"
        watching.documents.resume("chief")
    finally:
        watching.close()
    house.run()
    assert house.state(bill) is S.REQUESTED
    assert not house.workspace.systems.engine().paused
    assert deeds(house) == [("chief", "engine.paused"), ("chief", "engine.resumed")]


def test_a_pause_with_an_end_ends_by_itself_and_the_trail_says_so(house) -> None:
    house.run()
    until = house.clock.now() + timedelta(hours=1)
    house.workspace.documents.pause("chief", "stock-taking", until)
    bill = house.order()
    house.run(2)
    house.restart(after_s=3000)
    assert set(house.run().values()) == {"paused"}
    house.clock.pass_s(700)
    house.run()
    assert house.state(bill) is S.REQUESTED
    assert deeds(house)[-1] == ("engine", "engine.resumed")


def test_an_end_that_is_over_or_no_time_at_all_pauses_nothing(house) -> None:
    before = house.clock.now() - timedelta(minutes=1)
    assert order(house, "pause", until=before.isoformat()) == "time_wrong"
    assert order(house, "pause", until="tomorrow") == "time_wrong"
    assert not house.workspace.engine.paused
