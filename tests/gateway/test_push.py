"""Pushes: they make the engine look at once, and nothing else. Whoever cannot sign reaches nothing."""

from __future__ import annotations

import hashlib
import hmac
import statistics
import threading
import time
from dataclasses import replace

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.events import DocumentsMoved
from desktop.domain.system import GatewaySettings
from desktop.gateway.server import Gateway
from desktop.sandbox.ecology_push import NodeAction
from desktop.sandbox.k3cloud_push import SubmitPlugIn
from desktop.services.push import SKEW_S
from tests.conftest import House
from tests.gateway.conftest import PUSH_SECRET

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

    def counted(*args, **told):
        passes.append(args)
        if len(passes) == 1:
            inside.set()
            onward.wait(10)
        else:
            again.set()
        return real(*args, **told)

    again = threading.Event()
    monkeypatch.setattr(engine, "_run_flow", counted)
    engine.start()
    assert inside.wait(10)
    woken = threading.Event()
    wake = engine.wake
    monkeypatch.setattr(engine, "wake", lambda *of: (wake(*of), woken.set())[0])
    assert push().status_code == 202
    assert woken.wait(10)
    onward.set()
    assert again.wait(10), "the push came while a pass had looked already"


def test_whoever_cannot_sign_reaches_nothing(house, push, monkeypatch) -> None:
    woken: list[str] = []
    monkeypatch.setattr(house.workspace.engine, "hear", lambda system, _: woken.append(system))
    for told in (
        {"secret": "guessed"}, {"signed": ""}, {"signed": "签名".encode().decode("latin-1")}, {"timestamp": "0"},
        {"timestamp": "x" * 10_000}, {"timestamp": "-5"}, {"nonce": "short"}, {"nonce": "n" * 500}, {"system": "nobody"},
        {"system": "k3"},
    ):  # fmt: skip
        assert push(**told).status_code in (400, 403, 413, 414, 431), told
    assert not woken


def test_a_store_in_trouble_costs_one_push_its_haste_and_no_more(house, push, monkeypatch) -> None:
    woken: list[str] = []
    heard = threading.Event()

    def wake(system: str, hints: object) -> int:
        woken.append(system)
        heard.set()
        raise SyncError(ErrorCode.STORE_BUSY, where="x")

    monkeypatch.setattr(house.workspace.engine, "wake", wake)
    for count in (1, 2):
        assert push().status_code == 202
        assert heard.wait(10) and len(woken) == count
        heard.clear()


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
    assert told.value.code.id == "PER-740"


SENT = b'{"event": "archived", "requestId": 300123}'


@pytest.fixture
def action(house: House, gateway: Gateway, browser):
    """Sends a push in the OA's own two forms; what is told replaces the right values."""

    def send(body: bytes = SENT, *, secret: str = PUSH_SECRET, plain: bool = False, late_s: float = 0.0):
        stamp = str(int(house.clock.now().timestamp() - late_s))
        signed = hmac.new(secret.encode(), stamp.encode() + body, hashlib.sha256).hexdigest()
        headers = {"X-Ecology-Time": stamp, "X-Ecology-Signature": signed}
        if plain:
            headers = {"Authorization": f"Bearer {secret}"}
        return browser.post(f"{gateway.address}/push/oa", data=body, headers=headers, timeout=10).status_code

    return send


def test_the_oas_own_forms_are_proved_and_heard_once(house, action) -> None:
    assert action() == 202
    assert action() == 403, "heard before"
    assert action(secret="guessed") == 403
    assert action(late_s=299) == 202
    assert action(late_s=301) == 403
    assert action(plain=True) == 202
    assert action(plain=True) == 403, "the same again at once"
    assert action(b"requestId=300124", plain=True) == 202
    assert action(b"requestId=300125", plain=True, secret="guessed") == 403
    house.clock.pass_s(60)
    assert action(plain=True) == 202, "much later it is another event"


def test_the_systems_own_pushes_carry_a_bill_through_in_seconds(slow_house, gateway) -> None:
    """The engine looks every ten minutes only; the toy systems' plug-in and node action tell it when."""
    house = slow_house
    house.toy.memory["k3", "push_secret"] = "the ERP's own"
    node = NodeAction(f"{gateway.address}/push/oa", PUSH_SECRET, house.clock.oa_now)
    plug_in = SubmitPlugIn(f"{gateway.address}/push/k3", "the ERP's own", house.clock.erp_now)
    house.run()
    house.workspace.engine.start()
    house.toy.oa.settings.after_move, house.toy.erp.settings.after_operation = node, plug_in
    took = []
    try:
        for _ in range(3):
            moves, bill = Moves(house), house.order()
            moves.wait_for(bill, S.REQUESTED)
            began = time.monotonic()
            house.approve(bill)
            moves.wait_for(bill, S.DONE)
            took.append(time.monotonic() - began)
    finally:
        house.toy.oa.settings.after_move = house.toy.erp.settings.after_operation = None
        node.ringer.stop()
        plug_in.ringer.stop()
    assert set(node.ringer.answers) <= {202} and set(plug_in.ringer.answers) == {202}
    print(f"OA approval to ERP audit: {sorted(round(each, 2) for each in took)}")
    assert statistics.median(took) < 2.0
    house.assert_intact()
