"""Filters: a bill that a rule of the flow keeps out leaves a row that says so, costs nothing, and is judged anew when it changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from desktop.domain.document import DocumentState as S
from desktop.sandbox.erp_bill import ErpBill
from desktop.services.documents import Question, Row
from desktop.services.workspace import RESOURCES
from tests.conftest import Clock, House, Stage

SHIPPED = RESOURCES / "flows" / "sales_order.approval.toml"
FILTER = '\n[[filters]]\nname = "{name}"\nexpr = "FBillAllAmount >= {least}"\n'


@dataclass
class Sieve(House):
    """The whole house; its sales order flow has a filter by the amount."""

    def put_filter(self, name: str, least: int) -> None:
        """A consultant lays a flow file with this filter over the shipped one."""
        own = self.folder / "flows"
        own.mkdir(parents=True, exist_ok=True)
        text = SHIPPED.read_text("utf-8") + (FILTER.format(name=name, least=least) if name else "")
        (own / SHIPPED.name).write_text(text, "utf-8")

    def __post_init__(self) -> None:
        self.put_filter("R12", 2500)
        House.__post_init__(self)

    def enlarge(self, bill: ErpBill) -> None:
        """Its maker takes it back, orders more, and submits it again, all between two passes."""
        self.withdraw(bill)
        self.edit(bill, FQty=5000)
        self.submit(bill)

    def row(self, bill: ErpBill) -> Row:
        [row] = self.workspace.documents.rows([self.document(bill).id])
        return row


@pytest.fixture
def house(toy: Stage, tmp_path: Path, clock: Clock) -> Iterator[Sieve]:
    made = Sieve(toy, tmp_path / "data", clock)
    made.run()
    yield made
    made.close()


def test_a_bill_kept_out_has_a_row_that_names_the_rule_and_blocks_nothing(house) -> None:
    bill, larger = house.order(), house.order()
    house.enlarge(larger)
    house.run()
    row = house.row(bill)
    assert (row.state, row.kept_out, row.needs_person, row.number) == (S.DISMISSED, "R12", False, bill.number)
    assert house.requests(bill) == []
    assert house.state(larger) is S.REQUESTED
    assert house.row(larger).kept_out == ""
    assert house.workspace.documents.count(Question(states=(S.DISMISSED,))) == 1
    told = house.workspace.documents.story(row.id).events
    assert [each.text for each in told if each.action == "kept_out"] == ["R12"]


def test_a_bill_kept_out_costs_no_call_in_later_passes(house) -> None:
    house.run()
    before = house.toy.erp_server.calls
    house.run()
    bare = house.toy.erp_server.calls - before
    for _ in range(5):
        house.order()
    house.run()
    before = house.toy.erp_server.calls
    house.run(3)
    assert house.toy.erp_server.calls - before == 3 * bare


def test_a_bill_kept_out_is_judged_again_when_it_changes(house) -> None:
    bill = house.order()
    house.run()
    house.enlarge(bill)
    house.run()
    assert (house.state(bill), house.row(bill).kept_out) == (S.REQUESTED, "")
    assert len(house.requests(bill)) == 1


def test_a_bill_kept_out_is_judged_again_when_the_rule_changes(house) -> None:
    bill = house.order()
    house.run(2)
    house.put_filter("R13", 3000)
    house.workspace.reload_flows()
    house.run()
    assert house.row(bill).kept_out == "R13"
    house.put_filter("", 0)
    house.workspace.reload_flows()
    house.run()
    assert (house.state(bill), house.row(bill).kept_out) == (S.REQUESTED, "")
    house.assert_intact()
