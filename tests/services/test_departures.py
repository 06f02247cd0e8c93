"""Somebody leaves: everything that depends on him is found, and what can be is handed over from a day on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import Person, Role
from desktop.sandbox.group import EMPLOYEES
from desktop.services.departures import Tie
from tests.conftest import House

MAKER = next(each for each in EMPLOYEES if each.erp_user == "wangmin")
SUCCESSOR = next(each for each in EMPLOYEES if each.erp_user == "lihua")


def test_everything_that_depends_on_somebody_is_found(house: House) -> None:
    bill = house.order()
    house.calm()
    workspace = house.workspace
    approver = next(each for each in EMPLOYEES if each.oa_id == house.requests(bill)[0].waiting[0])
    mine = workspace.departures.check("chief", MAKER.oa_id)
    assert mine.name == MAKER.name and not mine.unread
    ties = [each.tie for each in mine.strands]
    assert ties.count(Tie.APPLIES) == 1 and Tie.MATCHED in ties and Tie.APPROVES not in ties
    (running,) = [each for each in mine.strands if each.tie is Tie.APPLIES]
    assert running.document_id == house.document(bill).id and running.amount == house.document(bill).amount
    if (approver.oa_id, approver.name) in workspace.departures.people():
        his = workspace.departures.check("chief", approver.name)
        assert Tie.APPROVES in [each.tie for each in his.strands]
    route = next(each for each in workspace.catalog.routes() if each.id == "c100")
    workspace.catalog.put_route(replace(route, applicant=MAKER.oa_id), "chief")
    workspace.people.save("chief", Person("chief", "Chief", Role.ADMIN))
    workspace.people.save("chief", Person("wangmin", MAKER.name, Role.CLERK))
    again = [each.tie for each in workspace.departures.check("chief", MAKER.oa_id).strands]
    assert Tie.STANDS_IN in again and Tie.USES in again


def test_what_he_may_not_hand_over_is_refused_before_anything_is_done(house: House) -> None:
    """A clerk may change correspondences, and not who stands in for a company's makers."""
    workspace = house.workspace
    route = next(each for each in workspace.catalog.routes() if each.id == "c100")
    workspace.catalog.put_route(replace(route, applicant=MAKER.oa_id), "chief")
    workspace.people.save("chief", Person("chief", "Chief", Role.ADMIN))
    workspace.people.save("chief", Person("liyun", "李芸", Role.CLERK))
    found = workspace.departures.check("liyun", MAKER.oa_id)
    today = house.clock.now().astimezone().date().isoformat()
    with pytest.raises(SyncError) as refused:
        workspace.departures.hand_over("liyun", found, SUCCESSOR.name, today)
    assert refused.value.code is ErrorCode.NOT_ALLOWED
    assert workspace.catalog.base_cases() == []
    count = workspace.departures.hand_over("chief", found, SUCCESSOR.name, today)
    assert count == len(workspace.catalog.base_cases()) + 1


def test_what_is_handed_over_counts_from_the_day_on(house: House) -> None:
    workspace, departures = house.workspace, house.workspace.departures
    found = departures.check("chief", MAKER.oa_id)
    there = house.clock.now().astimezone(ZoneInfo("Asia/Shanghai"))  # the ERP's day, not this machine's
    tomorrow = (there + timedelta(days=1)).date().isoformat()
    assert departures.hand_over("chief", found, SUCCESSOR.name, tomorrow) == sum(
        each.tie is Tie.MATCHED for each in found.strands
    )
    today_bill = house.order(maker="wangmin")
    house.calm()
    assert house.requests(today_bill)[0].creator == MAKER.oa_id
    house.clock.pass_s(2 * 86_400)
    later_bill = house.order(maker="wangmin")
    house.calm()
    assert house.requests(later_bill)[0].creator == SUCCESSOR.oa_id
    assert any(
        line.actor == "chief" and line.action == "base_case.saved"
        for line in workspace.trail.entries(limit=5000)
    )


@pytest.mark.parametrize(
    ("successor", "day"), [("nobody", "2026-12-01"), (SUCCESSOR.oa_id, "soon"), (MAKER.oa_id, "2026-12-01")]
)
def test_what_cannot_be_meant_is_refused(house: House, successor: str, day: str) -> None:
    departures = house.workspace.departures
    found = departures.check("chief", MAKER.oa_id)
    with pytest.raises(SyncError) as refused:
        departures.hand_over("chief", found, successor, day)
    assert refused.value.code in (ErrorCode.RECORD_MISSING, ErrorCode.ARGUMENT_WRONG)
    assert not house.workspace.catalog.base_cases()


def test_an_oa_that_cannot_be_asked_is_told(house: House) -> None:
    house.order()
    house.calm()
    house.toy.oa_server.app = lambda environ, start: (start("503 Service Unavailable", []), [])[1]
    found = house.workspace.departures.check("chief", MAKER.oa_id)
    assert found.unread and Tie.MATCHED in [each.tie for each in found.strands]
