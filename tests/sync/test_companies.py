"""Many organisations: whatever belongs to one account set is never written to another, whoever moves a route or a system."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode
from desktop.sandbox.erp import Erp
from desktop.sandbox.k3cloud import k3cloud_app
from desktop.sandbox.server import Server
from tests.conftest import FORM, LINES, House

OTHER = "k3b"


class Second:
    """Another account set on a server of its own, with a bill of the same id, number and content as the first one's."""

    def __init__(self, house: House) -> None:
        self.erp = Erp(house.clock.erp_now)
        self.erp.settings.timestamp_window_s = 10 * 365 * 86_400
        self.erp.acct_id = "ffff0000-other-account-set"
        self.server = Server(k3cloud_app(self.erp)).start()
        first = house.workspace.catalog.system("k3")
        options = {**first.options, "acct_id": self.erp.acct_id, "app_id": self.erp.app_id}
        self.system = replace(
            first, id=OTHER, base_url=f"{self.server.url}/k3cloud/", options=options
        )  # fmt: skip
        house.toy.memory[OTHER, "app_secret"] = self.erp.app_secret
        house.workspace.catalog.put_system(self.system, "chief")

    def order(self, company: str = "100"):
        return self.erp.sales_order(company, "CUST0001", "wangmin", LINES, submit=True)


@pytest.fixture
def second(house: House) -> Iterator[Second]:
    made = Second(house)
    yield made
    made.server.stop()


def move_route(house: House, route_id: str = "c100", **changes: str) -> None:
    route = next(each for each in house.workspace.catalog.routes() if each.id == route_id)
    house.workspace.catalog.put_route(replace(route, **changes), "chief")


def test_two_account_sets_with_the_same_bill_never_meet(house, second) -> None:
    move_route(house, "c200", company="100", erp_id=OTHER)
    house.switch("c200", on=True)
    house.run()
    bill, twin = house.order(), second.order()
    assert (twin.id, twin.number) == (bill.id, bill.number)
    house.run()
    both = sorted(house.requests(bill), key=lambda each: each.id)
    assert len(both) == 2, "each has a request of its own"
    key = house.document(bill).key
    mine = next(each for each in both if each.fields["erp_key"] == key)
    house.toy.oa.approve_fully(mine.id)
    house.run(2)
    assert (bill.status, twin.status) == ("C", "B")
    assert [act.operation for act in twin.history if act.actor != "wangmin"] == []
    assert second.erp is not house.toy.erp
    house.assert_intact()


def test_a_bill_of_another_company_is_not_sent_by_this_one(house, second) -> None:
    move_route(house, "c200", erp_id=OTHER)
    house.run()
    stray = house.order(company="200", maker="lihua")
    house.run(2)
    assert house.failure(stray) == ErrorCode.COMPANY_UNKNOWN.id
    assert house.requests(stray) == []


@pytest.mark.parametrize("state", [S.REQUESTED, S.APPROVED, S.REJECTED])
def test_a_route_moved_to_another_account_set_writes_nothing_there(house, second, state) -> None:
    house.run()
    bill, twin = house.order(), second.order()
    house.run()
    if state is S.APPROVED:
        house.approve(bill)
    elif state is S.REJECTED:
        house.reject(bill)
    move_route(house, erp_id=OTHER)
    house.run(3)
    assert house.hold() == ErrorCode.OTHER_ACCOUNT_SET.id
    assert [act.operation for act in twin.history if act.actor != "wangmin"] == []
    assert bill.status == "B"
    move_route(house, erp_id="k3")
    house.calm()
    expected = {S.REQUESTED: S.REQUESTED, S.APPROVED: S.DONE, S.REJECTED: S.RETURNED}
    assert (house.state(bill), house.hold()) == (expected[state], "")
    assert len(house.requests(bill)) == 1
    house.assert_intact()


def test_a_system_pointed_at_another_account_set_writes_nothing_there(house, second) -> None:
    house.run()
    bill, done, twin = house.order(), house.order(), second.order()
    second.order()
    house.run()
    house.approve(bill)
    house.approve(done, 1)
    first = house.workspace.catalog.system("k3")
    house.toy.memory["k3", "app_secret"] = second.erp.app_secret
    house.workspace.catalog.put_system(replace(second.system, id="k3"), "chief")
    house.run(2)
    assert house.hold() == ErrorCode.OTHER_ACCOUNT_SET.id
    assert [act.operation for act in twin.history if act.actor != "wangmin"] == []
    house.toy.memory["k3", "app_secret"] = house.toy.erp.app_secret
    house.workspace.catalog.put_system(first, "chief")
    house.calm()
    assert (house.state(bill), house.state(done)) == (S.DONE, S.DONE)
    house.workspace.catalog.put_system(replace(second.system, id="k3"), "chief")
    house.toy.memory["k3", "app_secret"] = second.erp.app_secret
    house.run()
    assert house.hold() == ErrorCode.OTHER_ACCOUNT_SET.id, "bills at rest are not taken for the twins, either"
    assert bill.form == FORM
