"""Somebody changes a form under a running flow: what breaks it holds it with the field named, all else is a notice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from desktop.domain.document import DocumentState
from desktop.domain.record import FieldInfo
from desktop.sync.form_watch import Uses, changes
from tests.conftest import FLOW, House
from tests.sync.sentences import assert_plain
from tests.sync.test_preflight import change_oa_field, drop_erp_field

OLD = FieldInfo("", "amount", "\u91d1\u989d", "number", length=15, places=2)
TARGET = Uses(frozenset(), frozenset({"amount", "note"}), is_target=True)
SOURCE = Uses(frozenset({"amount"}), frozenset())


@pytest.mark.parametrize(
    ("uses", "after", "expected"),
    [
        (TARGET, [], ("removed", True)),
        (SOURCE, [], ("removed", True)),
        (Uses(), [], ("removed", False)),
        (TARGET, [replace(OLD, key="sum")], ("renamed", True)),
        (TARGET, [replace(OLD, places=0)], ("shortened", True)),
        (SOURCE, [replace(OLD, places=0)], ("shortened", False)),
        (TARGET, [replace(OLD, places=4)], ("lengthened", False)),
        (TARGET, [replace(OLD, type="text", length=15, places=None)], ("retyped", True)),
        (TARGET, [replace(OLD, required=True)], ("required", False)),
        (Uses(is_target=True), [replace(OLD, required=True)], ("required", True)),
        (TARGET, [replace(OLD, label="\u603b\u989d")], ("relabelled", False)),
        (TARGET, [OLD, FieldInfo("", "new", "", "text", required=True)], ("required", True)),
        (TARGET, [OLD, FieldInfo("", "new", "", "text")], ("added", False)),
    ],
)
def test_a_change_breaks_only_what_uses_it(
    uses: Uses, after: list[FieldInfo], expected: tuple[str, bool]
) -> None:
    (found, *_) = changes("oa", "781", [OLD], after, uses)
    assert (found.what, found.breaking) == expected


def test_a_line_field_is_told_with_its_table() -> None:
    line = FieldInfo("detail_1", "qty", "", "number", places=4)
    uses = Uses(frozenset(), frozenset({"detail_1.qty"}), is_target=True)
    (found,) = changes("oa", "781", [line], [replace(line, places=2)], uses)
    assert (found.field, found.before, found.after, found.breaking) == ("detail_1.qty", "4", "2", True)


SHORTER: dict[str, Any] = {"name": "customer_name", "db_type": "varchar(120)"}
REQUIRED: dict[str, Any] = {"name": "erp_link", "mandatory": True}


@pytest.mark.parametrize("change", [SHORTER, REQUIRED], ids=["shortened", "made required"])
def test_a_flow_stands_with_the_field_named_until_a_person_agrees(
    house: House, change: dict[str, Any]
) -> None:
    first = house.order()
    house.calm()
    change_oa_field(house.toy, **change)
    house.run()
    assert house.hold() == "", "the forms are read on a slow clock"
    house.clock.pass_s(3_700)
    second = house.order()
    house.run(2)
    held = house.workspace.ledger.hold("c100", FLOW)
    assert held is not None and (held[0], held[1]["field"]) == ("MAP-509", change["name"])
    assert change["name"] in assert_plain(held[0], held[1])
    assert not house.requests(second) and len(house.requests(first)) == 1
    told = house.workspace.mapping.form_changes(FLOW, "c100")
    assert [(each.field, each.breaking) for each in told] == [(change["name"], True)]
    house.workspace.mapping.agree_forms("chief", FLOW, "c100")
    house.calm()
    assert house.hold() == "" and house.state(second) is DocumentState.REQUESTED
    assert house.workspace.mapping.form_changes(FLOW, "c100") == []
    trail = [entry.action for entry in house.workspace.trail.entries(f"flow:{FLOW}")]
    assert trail == ["forms.agreed"]


def test_it_goes_on_by_itself_when_the_form_is_changed_back(house: House) -> None:
    house.order()
    house.calm()
    change_oa_field(house.toy, "customer_name", db_type="varchar(20)")
    house.clock.pass_s(3_700)
    house.run()
    assert house.hold() == "MAP-509"
    change_oa_field(house.toy, "customer_name", db_type="varchar(200)")
    house.clock.pass_s(61)
    house.run()
    assert house.hold() == ""


def test_what_breaks_nothing_is_a_notice_and_told_once(house: House) -> None:
    bill = house.order()
    house.calm()
    change_oa_field(house.toy, "customer_name", db_type="varchar(400)")
    house.clock.pass_s(3_700)
    house.calm()
    house.clock.pass_s(3_700)
    house.calm()
    assert house.hold() == "" and house.state(bill) is DocumentState.REQUESTED
    told = house.workspace.mapping.form_changes(FLOW, "c100")
    assert [(each.what, each.before, each.after, each.breaking) for each in told] == [
        ("lengthened", "200", "400", False)
    ]


def test_a_reading_in_the_page_tells_it_too_and_a_field_that_is_gone_holds_the_flow(house: House) -> None:
    house.order()
    house.calm()
    drop_erp_field(house.toy, "FNote")
    news = house.workspace.mapping.read_forms(FLOW, "c100")
    assert [(each.field, each.what, each.breaking) for each in news.drift] == [("FNote", "removed", True)]
    house.clock.pass_s(3_700)
    house.run()
    held = house.workspace.ledger.hold("c100", FLOW)
    assert held is not None and "FNote" in str(held[1])
