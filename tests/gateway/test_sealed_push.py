"""Pushes that come sealed: the OA's own call-back, over real HTTP, wakes the engine and nothing else."""

from __future__ import annotations

import base64
import json
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from desktop.domain.document import DocumentState as S
from desktop.sandbox.dingtalk_play import PLAY as DINGTALK
from desktop.sandbox.dingtalk_push import CallBack, Seal
from desktop.sandbox.k3cloud_play import PLAY as K3CLOUD
from tests.conftest import Clock, House, Stage, staged
from tests.gateway.test_push import EVERY_S, Moves

TOKEN, KEY = "the-subscription", base64.b64encode(os.urandom(32)).decode()[:43]


@pytest.fixture
def toy(served: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The worlds of a pair whose OA seals what it sends."""
    yield staged(served, clock, monkeypatch, (K3CLOUD, DINGTALK))
    for server in served[:2]:
        server.app, server.latency_ms = (lambda environ, start: []), 0.0


@pytest.fixture
def subscribed(house: House) -> House:
    """The subscription's secrets are in the vault."""
    house.toy.memory["oa", "push_token"], house.toy.memory["oa", "push_key"] = TOKEN, KEY
    return house


class Sender:
    """Seals by hand what the OA would send; what is told replaces the right values."""

    def __init__(self, house: House, address: str, browser: requests.Session) -> None:
        self._house, self._address, self._browser = house, address, browser
        self._own = house.toy.oa.ding

    def __call__(self, flat: dict[str, Any], **told: str) -> requests.Response:
        seal = Seal(told.get("token", TOKEN), told.get("key", KEY), told.get("owner", self._own.client_id))
        sealed = told.get("sealed") or seal.encrypt(json.dumps({"corpId": self._own.corp_id, **flat}))
        stamp = told.get("stamp", str(int(self._house.clock.now().timestamp() * 1000)))
        nonce = told.get("nonce", secrets.token_hex(6))
        query = {
            "msg_signature": told.get("signed", seal.signature(stamp, nonce, sealed)), "timestamp": stamp, "nonce": nonce,
        }  # fmt: skip
        address = f"{self._address}/push/{told.get('system', 'oa')}?{urlencode(query)}"
        return self._browser.post(address, json={"encrypt": sealed}, timeout=10)


def test_the_oas_own_call_back_carries_a_bill_through(subscribed, gateway) -> None:
    """The engine looks every ten minutes only; the OA proves the address, seals its events, and is answered in time."""
    house = subscribed
    route = next(each for each in house.workspace.catalog.routes() if each.id == "c100")
    switches = tuple(replace(each, every_s=EVERY_S) for each in route.switches)
    house.workspace.catalog.put_route(replace(route, switches=switches), "chief")
    house.run()
    bill = house.order()
    house.calm()
    house.workspace.engine.start()
    oa = house.toy.oa
    back = CallBack(oa, oa.ding, f"{gateway.address}/push/oa", TOKEN, KEY)
    assert back.start(), "check_url was not answered as the vendor wants it"
    back.doubled = 2
    try:
        moves, began = Moves(house), time.monotonic()
        house.approve(bill)
        moves.wait_for(bill, S.DONE)
        assert time.monotonic() - began < EVERY_S / 10
    finally:
        back.stop()
    assert not back.failed, "an event sent twice is answered twice"
    house.assert_intact()


def test_what_is_not_sealed_for_us_reaches_nothing(subscribed, gateway, browser, monkeypatch) -> None:
    house, woken = subscribed, list[str]()
    monkeypatch.setattr(house.workspace.engine, "hear", lambda system, _: woken.append(system))
    sender = Sender(house, gateway.address, browser)
    event = {"EventType": "bpms_instance_change", "eventId": "e1"}
    another = base64.b64encode(bytes(32)).decode()[:43]
    old = str(int((house.clock.now().timestamp() - 301) * 1000))
    for told in (
        {"token": "guessed"}, {"key": another}, {"signed": ""}, {"signed": "0" * 40}, {"owner": "another app"}, {"owner": ""},
        {"stamp": old}, {"stamp": "x"}, {"stamp": "9" * 400}, {"sealed": "no base64!"}, {"sealed": "AAAA"},
        {"sealed": base64.b64encode(os.urandom(64)).decode()}, {"system": "k3"}, {"system": "nobody"},
    ):  # fmt: skip
        refused = sender(event, **told)
        assert (refused.status_code, len(refused.content) < 2000) == (403, True), told
    assert sender({**event, "corpId": "another company"}).status_code == 403
    assert browser.post(f"{gateway.address}/push/oa", data=b"[]", timeout=10).status_code == 403
    house.toy.memory["oa", "push_key"] = "too short"
    assert sender(event).status_code == 403
    assert not woken


def test_an_event_counts_once_and_a_replay_is_refused(subscribed, gateway, browser, monkeypatch) -> None:
    house, sender = subscribed, Sender(subscribed, gateway.address, browser)
    told: list[bool] = []
    engine = house.workspace.engine
    real = engine.hear  # which of the answered pushes are news
    monkeypatch.setattr(engine, "hear", lambda *of: told.append(real(*of)) or told[-1])
    event = {"EventType": "bpms_instance_change", "eventId": "e1", "type": "finish"}
    seal = Seal(TOKEN, KEY, house.toy.oa.ding.client_id)
    same = {
        "sealed": seal.encrypt(json.dumps(event)),
        "nonce": "same",
        "stamp": str(int(house.clock.now().timestamp() * 1000)),
    }
    assert sender(event, **same).status_code == 200
    assert sender(event, **same).status_code == 403
    answer = sender(event)
    proof = seal.signature(answer.json()["timeStamp"], answer.json()["nonce"], answer.json()["encrypt"])
    assert answer.json()["msg_signature"] == proof and seal.decrypt(answer.json()["encrypt"]) == "success"
    assert sender({"EventType": "check_url"}).status_code == 200
    assert sender({"EventType": "user_add_org", "eventId": "e2"}).status_code == 200
    assert (
        sender(
            {"EventType": "bpms_task_change", "eventId": "e3"}, owner=house.toy.oa.ding.corp_id
        ).status_code
        == 200
    )
    assert sender({**event, "eventId": "e4", "type": "start"}).status_code == 200
    assert told == [True, False], (
        "sent anew it is answered only; what is no event of ours is no reason to look"
    )
