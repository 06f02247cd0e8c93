"""Stream mode from end to end, over real HTTP and a real WebSocket: an event wakes the engine, reading tells the truth."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.events import DocumentsMoved
from desktop.sandbox.dingtalk_play import PLAY as DINGTALK
from desktop.sandbox.dingtalk_stream import Stream
from desktop.sandbox.k3cloud_play import PLAY as K3CLOUD
from desktop.sync.listening import beat_of, heard_of
from tests.conftest import Clock, House, staged
from tests.sync.making import Works

EVERY_S = 0.5
"""How often the engine looks at the ERP. The OA it lists when the last listing's calls have lasted: hours here."""
FEW_CALLS = {"monthly_calls": "200"}


@pytest.fixture
def toy(served: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    stage = staged(served, clock, monkeypatch, (K3CLOUD, DINGTALK))
    yield stage
    stream_of(stage).close()


def stream_of(toy: Any) -> Stream:
    return toy.oa_server.app.extensions["dingtalk_stream"]


@pytest.fixture
def house(toy: Any, tmp_path, clock: Clock) -> Iterator[House]:
    made = House(toy, tmp_path / "data", clock, FEW_CALLS)
    yield made
    made.close()


@pytest.fixture
def works(toy: Any, tmp_path, clock: Clock) -> Iterator[Works]:
    made = Works(toy, tmp_path / "data", clock, FEW_CALLS)
    yield made
    made.close()


def counted(house: House) -> dict[str, int]:
    """Calls by their kind, as the OA counts them."""
    return house.toy.oa_play.counted(house.toy.oa_server.app)


class Started:
    """An engine whose stream stands."""

    def __init__(self, house: House) -> None:
        self.house, self.stream = house, stream_of(house.toy)
        self._moved = threading.Event()
        house.workspace.subscribe(lambda event: isinstance(event, DocumentsMoved) and self._moved.set())
        for route in house.workspace.catalog.routes():
            switches = tuple(replace(each, every_s=EVERY_S) for each in route.switches)
            house.workspace.catalog.put_route(replace(route, switches=switches), "chief")
        house.workspace.engine.start()
        self.wait(lambda: self.stream.connections == 1)
        self.wait(lambda: not house.workspace.engine.is_running())

    def wait(self, found: Callable[[], bool], most_s: float = 20.0) -> float:
        """Until it is so; answers how many seconds it took."""
        began = time.monotonic()
        while not found():
            assert time.monotonic() - began < most_s
            self._moved.wait(0.02)
            self._moved.clear()
        return time.monotonic() - began


def test_from_approval_to_audit_in_seconds_though_it_is_listed_every_few_hours(house: House) -> None:
    house.run()
    bills = [house.order() for _ in range(4)]
    house.run(2)
    started = Started(house)
    started.stream.doubled = started.stream.reversed = 2
    before = counted(house)
    house.approve(bills[0])
    took_s = started.wait(lambda: house.state(bills[0]) is S.DONE)
    house.reject(bills[1])
    started.wait(lambda: house.state(bills[1]) is S.RETURNED)
    after = counted(house)
    print(f"approval to audit: {took_s:.2f} s")
    assert took_s < 10
    assert after.get("list", 0) == before.get("list", 0), "nothing was listed for it"
    assert after["read"] - before.get("read", 0) == 2, "each request that ended was read once"
    assert [house.state(bill) for bill in bills[2:]] == [S.REQUESTED] * 2
    told = house.workspace.catalog.last_beat(beat_of("oa"))
    assert told is not None and heard_of(told[1]).stands and heard_of(told[1]).today >= 1
    house.assert_intact()


def test_what_happened_while_nobody_listened_is_found_by_the_listing(house: House) -> None:
    """The engine was off; a lost event; and a `disconnect` with an event right after it."""
    house.run()
    bills = [house.order() for _ in range(3)]
    house.run(2)
    house.approve(bills[0])  # nobody listens
    house.restart()
    started = Started(house)
    started.wait(lambda: house.state(bills[0]) is S.DONE)
    started.stream.again_s = 0.2  # what nobody acknowledged is told again
    started.stream.disconnect_all()
    house.approve(bills[1])
    started.wait(lambda: house.state(bills[1]) is S.DONE)
    started.stream.lost = 10
    house.approve(bills[2])
    house.workspace.engine.run_now()
    started.wait(lambda: house.state(bills[2]) is S.DONE)
    began = time.monotonic()
    house.workspace.engine.stop()
    assert time.monotonic() - began < 5
    started.wait(lambda: started.stream.connections == 0)
    house.assert_intact()


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 12))])
def test_whatever_becomes_of_the_events_each_bill_ends_as_it_was_decided(house: House, seed: int) -> None:
    """Twice, out of order, lost, and asked to come again in between; what was lost the next listing finds."""
    dice = random.Random(seed)
    house.run()
    bills = [house.order() for _ in range(10)]
    house.run(2)
    started = Started(house)
    stream = started.stream
    stream.again_s = 0.2
    decided = {}
    for bill in bills:
        match dice.randrange(4):
            case 0:
                stream.doubled += 2
            case 1:
                stream.reversed += 1
            case 2:
                stream.lost += dice.randrange(3)
            case _:
                stream.disconnect_all()
        if decided.setdefault(bill.id, dice.random() < 0.7):
            house.approve(bill)
        else:
            house.reject(bill)
    stream.lost = 0
    house.workspace.engine.run_now()
    wanted = {bill.id: S.DONE if decided[bill.id] else S.RETURNED for bill in bills}
    started.wait(lambda: all(house.state(bill) is wanted[bill.id] for bill in bills))
    assert all(house.audits(bill) == decided[bill.id] for bill in bills)
    house.assert_intact()


def test_an_agreed_request_gets_its_bill_in_seconds_without_a_listing(works: Works) -> None:
    works.run()
    started = Started(works)
    lists = counted(works).get("list", 0)
    request, refused = works.agreed(), works.ask()
    started.wait(lambda: bool(works.made()))
    started.wait(lambda: works.of(request).state is S.DONE)
    before = counted(works)
    works.toy.oa.reject(refused, works.record(refused).waiting[0], "不同意")
    started.wait(lambda: counted(works)["read"] > before["read"])
    assert counted(works).get("list", 0) == lists
    (bill,) = works.made()
    assert bill.status == "C"
    works.assert_intact()


def test_a_stream_that_is_switched_off_or_refused_fails_nothing(house: House) -> None:
    house.toy.memory["oa", "app_secret"], right = "wrong", house.toy.memory["oa", "app_secret"]
    house.workspace.engine.start()
    catalog, waited = house.workspace.catalog, threading.Event()
    while (beat := catalog.last_beat(beat_of("oa"))) is None or not heard_of(beat[1]).code:
        assert not waited.wait(0.02)
    assert (heard_of(beat[1]).stands, heard_of(beat[1]).code) == (False, "SES-203")
    house.toy.memory["oa", "app_secret"] = right
    house.workspace.engine.reschedule()  # as after every change of the settings: tried again at once
    stream = stream_of(house.toy)
    while not stream.connections:
        assert not waited.wait(0.02)
    house.workspace.engine.stop()
    house.join(stream="no")
    house.workspace.engine.start()
    off = house.workspace.engine._listeners._ears["oa"]
    off._thread.join(10)
    assert not off._thread.is_alive() and not off.listens
