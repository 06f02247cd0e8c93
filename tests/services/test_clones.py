"""A new company like one that is set up: what holds there is taken over, what does not is listed, and nothing is on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.schedule import Schedule
from desktop.doors import clone_door
from desktop.doors.command_line import parser
from desktop.services.company_flows import Own
from tests.conftest import FLOW, House

NAME = ("fields", "customer_name")


def free(house: House) -> None:
    """Company 200 is not joined yet."""
    house.workspace.catalog.delete_route("c200", "chief")


def test_what_holds_in_the_new_company_is_taken_over_and_nothing_is_on(house: House) -> None:
    free(house)
    workspace = house.workspace
    workspace.companies.publish("chief", FLOW, "c100", Own({NAME: {"expr": "FCustId.FNumber"}}), "x")
    hours = Schedule(quiet=("01:00", "01:01"), month_end=True)
    like = next(each for each in workspace.catalog.routes() if each.id == "c100")
    paused = replace(hours, paused_until=house.clock.now() + timedelta(days=1))
    switches = tuple(replace(each, schedule=paused) for each in like.switches)
    workspace.catalog.put_route(replace(like, switches=switches), "chief")
    made = workspace.clones.clone("chief", "c100", "c300", "200", "华南")
    route = next(each for each in workspace.catalog.routes() if each.id == "c300")
    assert route == made.route and (route.company, route.title, route.erp_id) == ("200", "华南", "k3")
    assert {switch.schedule for switch in route.switches} == {hours}, "its hours, without somebody's pause"
    assert not any(switch.on for switch in route.switches) and route.switches[0].workflow == "781"
    assert made.own == (FLOW,) and workspace.companies.companies(FLOW) == ["c100", "c300"]
    old, new = (
        {(row.kind, row.erp_code): row for row in workspace.catalog.base_rows(each)}
        for each in ("c100", "c300")
    )
    assert made.taken == len(new) > 0 and {row.origin for row in new.values()} == {"clone"}
    lacking = {each.kind: set(each.codes) for each in made.lacking}
    assert {"account_book", "price_list"} <= set(lacking), "what is one company's own is never taken over"
    assert not {"account_book", "price_list"} & {kind for kind, _ in new}
    assert lacking["department"] >= {"BM000001", "BM000002"}, "departments of the other company"
    assert ("customer", "CUST0001") in new and new["customer", "CUST0001"].oa_key == old[
        "customer", "CUST0001"
    ].oa_key
    assert made.has_gaps and not made.against[FLOW]
    house.switch("c300", on=True)
    bill = house.order(company="200", maker="wangmin")
    house.calm()
    assert len(house.requests(bill)) == 1


def test_a_company_is_not_made_twice_and_not_out_of_nothing(house: House) -> None:
    clones, routes = house.workspace.clones, house.workspace.catalog.routes()
    for source, new, company, code in (
        ("c100", "c200", "300", ErrorCode.ARGUMENT_WRONG), ("c100", "c300", "200", ErrorCode.ARGUMENT_WRONG),
        ("c100", "", "300", ErrorCode.ARGUMENT_WRONG), ("c100", "c300", " ", ErrorCode.ARGUMENT_WRONG), ("c900", "c300", "300", ErrorCode.ARGUMENT_WRONG),
    ):  # fmt: skip
        with pytest.raises(SyncError) as refused:
            clones.clone("chief", source, new, company)
        assert refused.value.code is code
    with pytest.raises(SyncError):
        clones.clone("chief", "c100", "c300", "300", erp_id="k9")
    assert house.workspace.catalog.routes() == routes


def test_another_oa_has_other_ids_and_the_door_lists_the_gaps(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    free(house)
    catalog = house.workspace.catalog
    catalog.put_system(replace(catalog.system("oa"), id="oa2"), "chief")
    given = parser().parse_args(["clone", "c100", "c300", "--company", "200", "--oa", "oa2", "--json"])
    with pytest.MonkeyPatch.context() as patch:
        for (system, name), value in house.toy.memory.items():
            patch.setenv(f"DANQIAO_{system}_{name}".upper(), value)
        assert clone_door.clone(given, f"sqlite:///{house.folder / 'danqiao.db'}") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["correspondences"], told["ok"]) == (0, False) and told["lacking"]
    route = next(each for each in catalog.routes() if each.id == "c300")
    assert route.oa_id == "oa2" and route.switches[0].workflow == "" and route.applicant == ""
