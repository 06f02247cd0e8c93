"""Two windows at the set-up of one company: what one does while the other one's check runs, or his form lies open, stays done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.conftest import FLOW, House

OTHER = "purchase_order"


def route_of(house: House, route_id: str = "c100"):
    return next(each for each in house.workspace.catalog.routes() if each.id == route_id)


def on(house: House) -> set[str]:
    return {each.flow_id for each in route_of(house).switches if each.on}


def two_flows(house: House, **states: bool) -> None:
    """Sales and purchase orders on company 100."""
    route = route_of(house)
    [sales] = route.switches
    bought = replace(sales, flow_id=OTHER, workflow=house.toy.workflow(OTHER))
    switches = tuple(replace(each, on=states[each.flow_id]) for each in (sales, bought))
    house.workspace.catalog.put_route(replace(route, switches=switches), "chief")


def while_it_asks(house: House, deed: Any) -> None:
    """Does something at the first call that reaches the ERP."""
    inner, left = house.toy.erp_server.app, [deed]

    def app(environ: Any, start: Any) -> Any:
        if left:
            left.pop()()
        return inner(environ, start)

    house.toy.erp_server.app = app


def test_what_is_switched_off_while_another_flow_is_checked_stays_off(house: House) -> None:
    two_flows(house, sales_order=True, purchase_order=False)
    other_window = house.open(house.folder)
    while_it_asks(house, lambda: other_window.systems.switch("south", "c100", FLOW, on=False))
    assert house.workspace.systems.switch("chief", "c100", OTHER, on=True) == []
    other_window.close()
    assert on(house) == {OTHER}


def test_a_route_that_moved_while_it_was_checked_is_checked_again(house: House) -> None:
    two_flows(house, sales_order=False, purchase_order=False)

    def move() -> None:
        catalog = house.workspace.catalog
        route = route_of(house)
        broken = tuple(replace(each, workflow="999999") for each in route.switches)
        catalog.put_route(replace(route, switches=broken), "south")

    while_it_asks(house, move)
    assert house.workspace.systems.switch("chief", "c100", FLOW, on=True), "the workflow of now is none"
    assert on(house) == set()


def test_an_old_form_switches_nothing_on(house: House) -> None:
    """Saved is what the form says of names and hours; the switches are as they are now, and a new company's are off."""
    two_flows(house, sales_order=True, purchase_order=True)
    form = replace(route_of(house), title="a better name")
    house.workspace.systems.switch("south", "c100", FLOW, on=False)
    house.workspace.systems.save_route("chief", form)
    assert route_of(house).title == "a better name" and on(house) == {OTHER}
    house.workspace.systems.save_route("chief", replace(form, id="c300", company="300"))
    assert not any(each.on for each in route_of(house, "c300").switches)
