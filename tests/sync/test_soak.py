"""Many bills, many people, answers and sessions lost at random: nothing double, nothing lost, nothing wrong.

The short form runs with every test; the long one by `python run.py test -m soak`.
"""

from __future__ import annotations

import time

import pytest

from desktop.domain.errors import ErrorCode
from desktop.sandbox.faults import Fault, Faults
from tests.conftest import FLOW
from tests.sync.crowd import Crowd

RATES = {Fault.REPLY_LOST: 0.008, Fault.RESET_AFTER: 0.006, Fault.TRUNCATED: 0.006, Fault.SESSION_LOST: 0.01}
"""2 % of the answers to writes are lost, 1 % of all calls find their session gone."""

MUCH_WORSE = {fault: rate * 5 for fault, rate in RATES.items()} | {
    Fault.RESET_BEFORE: 0.03,
    Fault.SERVER_ERROR: 0.02,
    Fault.HTML_PAGE: 0.01,
    Fault.THROTTLED: 0.02,
}


def soak(house, seed: int, count: int, rates: dict[Fault, float], *, restart_every: int = 0) -> None:
    """Plays one seed to its end; fails with what is not as it should be."""
    for index, faults in enumerate((house.toy.erp_faults, house.toy.oa_faults)):
        drawn = Faults(seed * 2 + index, rates)
        faults._seed, faults._rates = drawn._seed, drawn._rates
    house.join(read_s="0.5", settle_s="0.3", longest_s="1", breaker_pause_s="0")
    house.run()
    crowd = Crowd(house, seed, count)
    for number in range(400):
        house.run()
        crowd.tick()
        house.clock.pass_s(5)
        if restart_every and number % restart_every == restart_every - 1:
            house.restart(after_s=200)
        if crowd.over and number > 3:
            break
    house.toy.erp_faults.clear()
    house.toy.oa_faults.clear()
    house.calm(passes=60)
    verdict = crowd.verdict()
    assert verdict == {"duplicates": 0, "lost": [], "wrong": []}, f"seed {seed}: {verdict}"
    assert house.workspace.trail.broken_at() is None
    assert (house.hold(), open_failures(house)) == ("", {})


def open_failures(house) -> dict[str, int]:
    """Open failures by code; a soak leaves none."""
    ids = [
        row[0]
        for row in _rows(
            house, "SELECT document_id FROM failure WHERE closed_at IS NULL AND document_id IS NOT NULL"
        )
    ]
    found = house.workspace.ledger.open_failures(ids)
    codes = [failure.code for failure, _ in found.values()]
    return {code: codes.count(code) for code in codes}


def _rows(house, sql: str) -> list[tuple]:
    with house.workspace.store.reading():
        return house.workspace.store.execute(sql)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_short_soak(house, seed) -> None:
    soak(house, seed, 40, RATES)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(20))
def test_five_hundred_orders(house, seed) -> None:
    began = time.monotonic()
    soak(house, seed, 500, RATES)
    seen = house.toy.erp_faults.seen + house.toy.oa_faults.seen
    print(
        f"seed {seed}: 500 orders, {time.monotonic() - began:.1f} s, {sum(seen.values())} faults {dict(seen)}"
    )


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(100, 110))
def test_much_worse_weather(house, seed) -> None:
    soak(house, seed, 100, MUCH_WORSE)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(200, 210))
def test_restarted_again_and_again(house, seed) -> None:
    soak(house, seed, 100, RATES, restart_every=3)
    assert ErrorCode.INTERNAL.id not in {row[0] for row in _rows(house, "SELECT code FROM run")}
    assert house.workspace.ledger.moving("c100", FLOW) == []
