"""Special cases of correspondences: by department, by day, of several which, and the stand-in that is never silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from desktop.domain.document import DocumentState
from desktop.domain.errors import ErrorCode, SyncError
from desktop.store.catalog import BaseRow, CaseRow
from desktop.sync.base_table import BaseTable, Gathering, base_table_of
from tests.conftest import House

ROWS = [
    ("account", "6602", "A1"),
    ("account", "6603", "A9"),
    ("account", "6604", "A9"),
    ("employee", "E1", "30"),
]


def case(code: str, counterpart: str, **more: str) -> CaseRow:
    kind = more.pop("kind", "account")
    return CaseRow(0, "c100", kind, more.pop("side", "erp"), code, counterpart, **more)


def table(day: str, *cases: CaseRow) -> BaseTable:
    return BaseTable(ROWS, cases, lambda: day)


def test_one_code_stands_for_several_by_department() -> None:
    held = table("2026-11-27", case("6602", "A2", by_value="D02"))
    assert [held.key("account", "6602", by) for by in ("", "D01", "D02")] == ["A1", "A1", "A2"]


def test_a_case_holds_from_its_first_day_to_its_last() -> None:
    moved = case("E1", "31", kind="employee", valid_from="2026-12-01", valid_to="2026-12-31")
    later = case("E1", "32", kind="employee", valid_from="2026-12-15")
    days = ("2026-11-30", "2026-12-01", "2026-12-14", "2026-12-15", "2027-01-01")
    assert [table(day, moved, later).key("employee", "E1") for day in days] == ["30", "31", "31", "32", "32"]


def test_a_case_begins_at_midnight_of_the_erp_wherever_this_machine_stands(house: House) -> None:
    """A server that keeps UTC would send to the old one until eight in the morning of Shanghai."""
    workspace = house.workspace
    row = CaseRow(0, "c100", "employee", "erp", "E1", "31", valid_from="2026-12-01")
    workspace.base_cases.put(row, "chief")
    workspace.catalog.put_base_rows([BaseRow("c100", "employee", "E1", "30", "", "", "x")], "chief")
    system = workspace.catalog.system("k3")
    for zone, midnight in (
        ("", "2026-11-30T16:00"),
        ("Europe/Berlin", "2026-11-30T23:00"),
        ("Pacific/Auckland", "2026-11-30T11:00"),
    ):
        options = {**system.options, "zone": zone}
        workspace.catalog.put_system(replace(system, options=options), "chief")
        at = datetime.fromisoformat(midnight).replace(tzinfo=UTC)
        told = [
            base_table_of(workspace.catalog, "c100", lambda moment=moment: moment).key("employee", "E1")
            for moment in (at - timedelta(seconds=1), at)
        ]
        assert told == ["30", "31"], zone


def test_of_several_codes_a_rule_says_which_is_meant() -> None:
    with pytest.raises(SyncError) as refused:
        table("2026-11-27").code("account", "A9")
    assert refused.value.code is ErrorCode.BASE_DATA_UNMAPPED
    held = table("2026-11-27", case("A9", "6604", side="oa"), case("A9", "6603", side="oa", by_value="D02"))
    assert (held.code("account", "A9"), held.code("account", "A9", "D02")) == ("6604", "6603")


def test_a_stand_in_is_taken_only_where_nothing_else_is_and_is_remembered() -> None:
    gathering = Gathering(table("2026-11-27", case("*", "A0")).key)
    assert (gathering("account", "6602"), gathering("account", "9999"), gathering("employee", "E9")) == (
        "A1",
        "A0",
        "?",
    )
    assert gathering.fallbacks() == (("account", "9999", "A0"),)
    with pytest.raises(SyncError) as refused:
        gathering.refuse("B1")
    assert refused.value.facts["gaps"] == "employee E9"


def test_a_bill_that_a_stand_in_carried_says_so_and_is_counted(house: House) -> None:
    bill = house.order(customer="CUST0006")
    house.calm()
    assert house.failure(bill) == "MAP-502"
    house.workspace.base_cases.put(case("*", "3001", kind="customer"), "chief")
    house.calm()
    assert house.state(bill) is DocumentState.REQUESTED
    assert house.requests(bill)[0].fields["customer_id"] == "3001"
    cases = house.workspace.base_cases
    assert cases.counts() == {("c100", "customer"): 1}
    assert [(use.number, use.code) for use in cases.uses("c100")] == [(bill.number, "CUST0006")]
    trail = house.workspace.trail.entries("base:c100:customer:*")
    assert [(entry.actor, entry.action) for entry in trail] == [("chief", "base_case.saved")]
