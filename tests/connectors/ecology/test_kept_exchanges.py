"""What is kept of a call: readable, masked, and never half a secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from desktop.connectors.base import Exchange, exchanges
from desktop.connectors.http import KEPT_CHARS, Wire
from tests.connectors.ecology.conftest import Parrot, system_at

SECRET = "5a7c0ffee5a7c0ffee5a7c0ffee5a7c0"


@pytest.fixture
def wire(parrot: Parrot) -> Iterator[Wire]:
    made = Wire(system_at(parrot.url), cookies=False)
    yield made
    made.close()


@pytest.fixture
def kept() -> Iterator[list[Exchange]]:
    calls: list[Exchange] = []
    mark = exchanges.set(calls)
    yield calls
    exchanges.reset(mark)


def test_a_form_is_kept_as_a_person_reads_it(parrot: Parrot, wire: Wire, kept: list[Exchange]) -> None:
    parrot.told("x", {"token": SECRET, "said": "好"})
    wire.call("POST", "x", form={"mainData": '[{"fieldValue":"“西湖” 100%+"}]', "pwd": SECRET})
    assert kept[0].request == 'mainData=[{"fieldValue":"“西湖” 100%+"}]&pwd=***'
    assert SECRET not in kept[0].answer


@pytest.mark.parametrize("before", range(KEPT_CHARS - 40, KEPT_CHARS + 2, 7))
def test_a_secret_across_the_cut_leaves_no_half(
    parrot: Parrot, wire: Wire, kept: list[Exchange], before: int
) -> None:
    wire.hide(SECRET)
    parrot.told("x", (200, "x" * before + SECRET + "y" * 9000))
    wire.call("GET", "x")
    assert SECRET[:5] not in kept[0].answer
    assert len(kept[0].answer) < KEPT_CHARS + 40


def test_passing_tokens_are_hidden_while_others_come(
    parrot: Parrot, wire: Wire, kept: list[Exchange]
) -> None:
    parrot.told("x", {"msg": "token不存在或者超时：latest-token", "more": SECRET})
    wire.hide(SECRET)

    def renew(number: int) -> None:
        wire.hide_passing(f"token-number-{number}")
        wire.call("GET", "x")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(renew, range(100)))
    wire.hide_passing("latest-token")
    wire.call("GET", "x")
    assert json.loads(kept[-1].answer) == {"msg": "token不存在或者超时：***", "more": "***"}
