"""Start and stop of the engine while something is under way."""

from __future__ import annotations

import threading

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
