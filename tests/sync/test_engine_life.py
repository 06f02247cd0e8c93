"""Start and stop of the engine while something is under way."""

from __future__ import annotations

import threading
from dataclasses import replace

from desktop.domain.document import Trigger


def test_stop_ends_though_an_order_under_way_asks_the_scheduler(house, monkeypatch) -> None:
    """The scheduler's own shutdown waits for the runs under its lock: an order that asked for a run then hung for ever."""
    engine = house.workspace.engine
    begun, ended = threading.Event(), threading.Event()

    def order(*_args: object, trigger: Trigger = Trigger.CLOCK) -> str:
        begun.set()
        while not engine._pool._pool._shutdown:  # the very moment
            engine.run_now()
        engine.run_now()
        ended.set()
        return ""

    monkeypatch.setattr(engine, "run_flow", order)
    engine.start()
    assert begun.wait(10)
    stopper = threading.Thread(target=engine.stop, daemon=True)
    stopper.start()
    stopper.join(20)
    assert not stopper.is_alive(), "stop() waits for ever"
    assert ended.is_set()
    assert engine.next_run_at() is None


def test_an_order_during_a_pass_is_followed_by_another_pass(house, monkeypatch) -> None:
    """The scheduler starts no second pass of a flow, and forgets that one was asked for: the order was lost for an interval."""
    engine = house.workspace.engine
    begun, free, again = threading.Event(), threading.Event(), threading.Event()
    calls: list[str] = []

    def passing(route_id: str, flow_id: str, trigger: Trigger, **_more: object) -> str:
        calls.append(flow_id)
        if len(calls) > 1:
            again.set()
            return ""
        begun.set()
        assert free.wait(20)
        return ""

    house.switch("c200", on=False)
    route = next(each for each in house.workspace.catalog.routes() if each.id == "c100")
    house.workspace.catalog.put_route(
        replace(route, switches=(replace(route.switches[0], every_s=600.0),)), "chief"
    )
    monkeypatch.setattr(engine, "_run_flow", passing)
    engine.start()
    assert begun.wait(20)
    engine.run_now()
    free.set()
    assert again.wait(20), "the order was forgotten"
