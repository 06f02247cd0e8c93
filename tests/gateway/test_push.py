"""Pushes: they make the engine look at once, and nothing else. Whoever cannot sign reaches nothing."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.errors import SyncError
from desktop.domain.events import DocumentsMoved
from desktop.domain.system import GatewaySettings
from desktop.gateway.server import Gateway
from desktop.services.push import SKEW_S
from tests.conftest import House

EVERY_S = 600.0


@pytest.fixture
def slow_house(house: House) -> House:
    """An engine that looks by itself every ten minutes only."""
    route = next(each for each in house.workspace.catalog.routes() if each.id == "c100")
    switches = tuple(replace(each, every_s=EVERY_S) for each in route.switches)
    house.workspace.catalog.put_route(replace(route, switches=switches), "chief")
    return house


class Moves:
    """Waits for a bill to reach a state, told by the engine's events."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._moved = threading.Event()
        house.workspace.subscribe(lambda event: isinstance(event, DocumentsMoved) and self._moved.set())

    def wait_for(self, bill, state: S, most_s: float = 20.0) -> float:
        """Answers how many seconds it took."""
        began = time.monotonic()
        while time.monotonic() - began < most_s:
            self._moved.clear()
            found = self._house.workspace.ledger.by_source(
                "k3", "SAL_SaleOrder", "sales_order", [str(bill.id)]
            )
            if found and next(iter(found.values())).state is state:
                return time.monotonic() - began
            self._moved.wait(0.5)
        raise AssertionError(f"never {state}")


def test_from_approval_to_audit_in_seconds_though_the_engine_looks_every_ten_minutes(
    slow_house, push
) -> None:
    house, moves = slow_house, Moves(slow_house)
    house.toy.memory["k3", "push_secret"] = "the ERP's own"
    house.run()
    house.workspace.engine.start()
    bill = house.order()
    assert push("k3", secret="the ERP's own").status_code == 202
    moves.wait_for(bill, S.REQUESTED)
    house.approve(bill)
    assert push().status_code == 202
    assert moves.wait_for(bill, S.DONE) < EVERY_S / 10
    house.assert_intact()


def test_a_push_during_a_pass_is_not_lost(slow_house, push, monkeypatch) -> None:
    engine = slow_house.workspace.engine
    inside, onward, passes = threading.Event(), threading.Event(), []
    real = engine._run_flow

    def counted(*args):
        passes.append(args)
        if len(passes) == 1:
            inside.set()
            onward.wait(10)
        else:
            again.set()
        return real(*args)

    again = threading.Event()
    monkeypatch.setattr(engine, "_run_flow", counted)
    engine.start()
    assert inside.wait(10)
    woken = threading.Event()
    wake = engine.wake
    monkeypatch.setattr(engine, "wake", lambda system: (wake(system), woken.set())[0])
    assert push().status_code == 202
    assert woken.wait(10)
    onward.set()
    assert again.wait(10), "the push came while a pass had looked already"


@pytest.mark.parametrize(
    "told",
    [
        {"secret": "guessed"},
        {"signed": ""},
        {"signed": "签名"},
        {"timestamp": "0"},
        {"timestamp": "x" * 100_00},
        {"timestamp": "-5"},
        {"nonce": "short"},
        {"nonce": "n" * 500},
        {"system": "nobody"},
        {"system": "k3"},
    ],
)
def test_whoever_cannot_sign_reaches_nothing(house, push, monkeypatch, told) -> None:
    woken: list[str] = []
    monkeypatch.setattr(house.workspace.engine, "wake", woken.append)
    if told.get("signed"):
        told = {**told, "signed": told["signed"].encode().decode("latin-1")}
    assert push(**told).status_code in (400, 403, 413, 414, 431)
    assert not woken


def test_a_push_heard_again_reaches_nothing(house, push) -> None:
    assert push(nonce="the-same-nonce").status_code == 202
    assert push(nonce="the-same-nonce").status_code == 403


def test_an_old_push_reaches_nothing(house, push) -> None:
    late = str(int(house.clock.now().timestamp() - SKEW_S - 5))
    assert push(timestamp=late).status_code == 403


def test_ten_megabytes_are_refused(house, gateway, push) -> None:
    try:
        status = push(body=b"x" * 10_000_000).status_code
    except OSError:  # the door was shut while we were still talking
        status = 413
    assert status == 413
    assert push().status_code == 202


@pytest.mark.parametrize(
    "settings",
    [
        GatewaySettings(on=True, host="0.0.0.0"),
        GatewaySettings(on=True, host="0.0.0.0", unencrypted="yes"),
        GatewaySettings(on=True, certificate="only.pem"),
        GatewaySettings(on=True, certificate="no.pem", private_key="no.key"),
    ],
)
def test_it_never_opens_to_strangers_unencrypted(house, settings) -> None:
    with pytest.raises(SyncError) as told:
        Gateway(house.workspace, settings)
    assert told.value.code.id == "PER-710"
