"""A flow is published while bills are under way: they keep the version they were sent with, new ones get the new."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.domain.document import DocumentState
from desktop.store.flows import parse_flow
from tests.conftest import FLOW, Clock, House, Stage


@pytest.fixture
def house(toy: Stage, tmp_path: Path, clock: Clock) -> Iterator[House]:
    made = House(toy, tmp_path / "data", clock)
    yield made
    made.assert_intact()
    made.close()


def publish(house: House, *changes: tuple[str, str]) -> str:
    """Puts the flow in force with these words exchanged; answers its version."""
    workspace = house.workspace
    before = workspace.flow_files.text(FLOW)
    text = before
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    flow = parse_flow(text, "draft")
    old_version = workspace.flows_in_force()[FLOW].version
    workspace.versions.publish(FLOW, text, flow.version, old_version, "chief", "test")
    return flow.version


FEWER_KEYS = ('target = "currency"\nexpr   = "base(\'currency\', FSettleCurrId.FNumber)"\nkey    = true', (
    'target = "currency"\nexpr   = "base(\'currency\', FSettleCurrId.FNumber)"'
))  # fmt: skip
MORE_KEYS = ('target = "note"\nexpr   = "FNote"', 'target = "note"\nexpr   = "FNote"\nkey    = true')
OTHER_NAME = ('expr   = "FCustId.FName"', "expr   = \"join('', FCustId.FName, ' *')\"")


@pytest.mark.parametrize("change", [FEWER_KEYS, MORE_KEYS], ids=["a key less", "a key more"])
def test_a_round_keeps_the_version_that_it_was_sent_with(house: House, change: tuple[str, str]) -> None:
    first = house.order()
    house.calm()
    before = house.workspace.ledger.round(house.document(first).id, 1)
    new = publish(house, change, OTHER_NAME)
    house.withdraw(first)
    house.submit(first)  # its change time moved, its content did not
    house.calm()
    assert house.state(first) is DocumentState.REQUESTED and len(house.requests(first)) == 1
    second = house.order()
    house.calm()
    names = [house.requests(bill)[0].fields["customer_name"] for bill in (first, second)]
    assert names[1] == f"{names[0]} *"
    house.approve(first)
    house.approve(second)
    house.calm()
    assert house.state(first) is house.state(second) is DocumentState.DONE
    after = [house.workspace.ledger.round(house.document(bill).id, 1) for bill in (first, second)]
    assert before and after[0] and after[1]
    assert after[0].flow_version == before.flow_version and after[1].flow_version == new


def test_a_changed_bill_is_still_noticed_by_its_own_version(house: House) -> None:
    bill = house.order()
    house.calm()
    publish(house, FEWER_KEYS)
    house.withdraw(bill)
    house.edit(bill, FQty=900)
    house.submit(bill)
    house.calm()
    document = house.document(bill)
    assert document.round == 2 and len(house.running(bill)) == 1


def test_after_a_restart_the_older_version_is_still_at_hand(house: House) -> None:
    bill = house.order()
    house.calm()
    publish(house, MORE_KEYS)
    house.restart()
    house.approve(bill)
    house.calm()
    assert house.state(bill) is DocumentState.DONE and house.audits(bill) == 1


def test_another_window_publishes_and_the_running_engine_takes_it(house: House) -> None:
    house.run()
    other = house.open(house.folder)
    text = other.flow_files.text(FLOW).replace(*OTHER_NAME, 1)
    before = other.flows[FLOW].version
    other.versions.publish(FLOW, text, parse_flow(text, "draft").version, before, "chief", "test")
    other.close()
    bill = house.order()
    house.calm()
    assert house.requests(bill)[0].fields["customer_name"].endswith(" *")
