"""Base data: what is missing and how much waits for it, what probably belongs together, and who changed what."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from desktop.domain.document import DocumentState
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import BaseItem, Money
from desktop.sandbox.erp_base import tax_number
from desktop.sandbox.faults import Fault
from desktop.services.base_data import BaseData, BaseQuestion, BaseRow
from desktop.services.base_gaps import gaps_of
from desktop.services.base_suggestions import Records, suggest
from desktop.store.base_data import Blocked
from tests.conftest import House


def nothing(done: int, total: int, word: str) -> None:
    """Progress that nobody watches."""


def read_both(house: House) -> list:
    return house.workspace.base.refresh("chenjing", nothing, lambda: False)


@pytest.fixture
def base(house: House) -> BaseData:
    return house.workspace.base


# What is missing ---------------------------------------------------------------------------------------------------------


def test_a_gap_tells_its_documents_and_their_money_and_the_costliest_comes_first(
    house: House, base: BaseData
) -> None:
    one, two = house.order(customer="CUST0006"), house.order(customer="CUST0006")
    house.order(maker="gaofei")
    house.calm()
    gaps, going = base.gaps()
    assert [(gap.kind, gap.code, len(gap.documents)) for gap in gaps] == [
        ("customer", "CUST0006", 2), ("user", "gaofei", 1)
    ]  # fmt: skip
    assert set(gaps[0].documents) == {house.document(bill).id for bill in (one, two)}
    whole = sum((house.document(bill).amount.amount for bill in (one, two)), Decimal(0))  # type: ignore[union-attr]
    assert gaps[0].amounts == (Money(whole, house.document(one).amount.currency),)  # type: ignore[union-attr]
    assert going == 0 and base.count_waiting() == 2


def test_a_document_goes_on_by_itself_once_its_gap_is_closed(house: House, base: BaseData) -> None:
    bill = house.order(customer="CUST0006")
    house.calm()
    assert house.failure(bill) == "MAP-502"
    (gap,), _ = base.gaps()
    assert base.close("chenjing", gap, "3006") == 1
    assert base.gaps() == ([], 1)  # closed here, and the engine takes it up next
    house.calm()
    assert house.state(bill) is DocumentState.REQUESTED and house.failure(bill) == ""
    assert base.gaps() == ([], 0)
    house.assert_intact()


def test_every_gap_of_a_document_is_seen_whatever_stands_in_its_codes() -> None:
    facts = {"kind": "supplier", "erp_code": "A; B", "gaps": "supplier A; B; user wang min; currency PRE"}
    blocked = Blocked(1, "X1", "c100", "f", "MAP-502", facts, None)
    assert gaps_of(blocked) == [("supplier", "A; B"), ("user", "wang min"), ("currency", "PRE")]
    older = Blocked(1, "X1", "c100", "f", "MAP-502", {"kind": "supplier", "erp_code": "A"}, None)
    assert gaps_of(older) == [("supplier", "A")]
    assert gaps_of(Blocked(1, "X1", "c100", "f", "MAP-506", {"person": "gaofei"}, None)) == [
        ("user", "gaofei")
    ]


# Proposals ---------------------------------------------------------------------------------------------------------------

HENGTAI = BaseItem("supplier", "77", "V9", "昆山恒泰（金属）有限公司")


@pytest.mark.parametrize(
    ("kind", "own", "there", "elsewhere", "taken", "expected"),
    [
        ("supplier", HENGTAI, [BaseItem("supplier", "1", "V9", "另一家")], {}, (), ("1", "code", 75)),
        ("supplier", HENGTAI, [BaseItem("supplier", "1", "v9 ", "昆山恒泰(金属)有限公司")], {}, (), ("1", "code_name", 96)),
        ("supplier", HENGTAI, [BaseItem("supplier", "1", "", "昆山恒泰 (金属) 有限公司")], {}, (), ("1", "name", 85)),
        ("supplier", HENGTAI, [], {"V9": ("5", "恒泰")}, (), ("5", "elsewhere", 95)),
        ("supplier", HENGTAI, [BaseItem("supplier", "1", "V9", "另一家", disabled=True)], {}, (), None),
        ("supplier", HENGTAI, [BaseItem("supplier", "1", "V9", "另一家")], {}, ("1",), None),
        ("supplier", HENGTAI, [BaseItem("supplier", str(n), "V9", "另一家") for n in (1, 2)], {}, (), None),
        ("supplier", replace(HENGTAI, mark="91320583ma1 0000001"), [BaseItem("supplier", "1", "X", "恒泰", mark="91320583MA10000001"),
         BaseItem("supplier", "2", "V9", "另一家")], {}, (), ("1", "tax", 78)),
        ("customer", replace(HENGTAI, mark="91320583MA10000001"), [BaseItem("customer", "1", "X", HENGTAI.name, mark="91320583MA10000001")],
         {}, (), ("1", "tax_name", 97)),
        ("supplier", replace(HENGTAI, mark="无"), [BaseItem("supplier", "1", "X", "恒泰", mark="无")], {}, (), None),
        ("employee", BaseItem("employee", "1", "V9", "王敏"), [BaseItem("user", "57", "", "王敏")], {}, (), None),
        ("employee", BaseItem("employee", "1", "V9", "王敏", mark="138 0000 0057"),
         [BaseItem("user", "57", "", "王敏", mark="+86 13800000057")], {}, (), ("57", "mark_name", 98)),
        ("employee", BaseItem("employee", "1", "V9", "王敏"), [BaseItem("user", "57", "V9", "王 敏")], {}, (), ("57", "code_name", 96)),
    ],
    ids=["code", "code and name", "name", "another company", "disabled", "taken", "two of them", "tax number", "tax number and name",
         "a word for none", "a person by name alone",
         "mobile number", "staff number"],
)  # fmt: skip
def test_a_proposal_says_why_and_how_surely(kind, own, there, elsewhere, taken, expected) -> None:
    found = suggest(kind, "V9", own, Records(there, by_key=True), elsewhere, frozenset(taken))
    assert (found and (found.key, found.reason, found.percent)) == expected


def test_a_partner_with_another_code_elsewhere_is_proposed_by_its_tax_number(
    house: House, base: BaseData
) -> None:
    house.toy.erp.add_base(
        "BD_Customer", "KH-77", {"FName": "常州新客户", "FTAXREGISTERCODE": tax_number("CUST0006")}
    )
    house.workspace.catalog.put_base_rows([BaseRow("c200", "customer", "KH-77", "3006", "", "常州")], "chief")
    bill = house.order(customer="CUST0006")
    house.calm()
    read_both(house)
    (gap,), _ = base.gaps()
    assert gap.suggestion is not None
    assert (gap.suggestion.key, gap.suggestion.reason, gap.suggestion.percent) == ("3006", "tax", 78)
    assert house.failure(bill) == "MAP-502"  # proposed, never taken by itself


def test_proposals_come_from_both_systems_and_are_taken_all_or_none(house: House, base: BaseData) -> None:
    rows = [row for row in house.workspace.catalog.base_rows("c100") if row.kind == "employee"]
    house.workspace.base_records.remove(("c100", "employee", "A0057"), "chief", seen="57")
    bill = house.order(customer="CUST0006")
    house.calm()
    read_both(house)
    house.workspace.catalog.put_base_rows(
        [BaseRow("c200", "customer", "CUST0006", "3006", "", "常州")], "chief"
    )
    (gap,), _ = base.gaps()
    assert gap.name == "常州新客户（未对应）" and gap.suggestion is not None
    assert (gap.suggestion.key, gap.suggestion.reason) == ("3006", "elsewhere")
    assert base.accept("chenjing", [gap]) == 1
    house.calm()
    assert house.state(bill) is DocumentState.REQUESTED
    with pytest.raises(SyncError) as error:
        base.accept("lihua", [gap])
    assert error.value.code is ErrorCode.BASE_ROW_CHANGED and error.value.facts["person"] == "chenjing"
    assert len(rows) > 5


def test_what_keeps_nothing_yet_is_shown_on_request(house: House, base: BaseData) -> None:
    read_both(house)
    assert base.gaps() == ([], 0)
    found = {gap.place for gap in base.gaps(all_records=True)[0]}
    assert ("c100", "customer", "erp", "CUST0006") in found
    assert ("c100", "customer", "erp", "CUST0001") not in found
    told = {(each.route_id, each.kind): (each.records, each.mapped) for each in base.coverage()}
    assert told["c100", "customer"] == (6, 5)


# Changes -----------------------------------------------------------------------------------------------------------------


def line_of(base: BaseData, code: str, kind: str = "customer"):
    found = base.id_of("c100", kind, code)
    return base.lines([found])[found] if found is not None else None


def test_a_change_says_who_and_what_it_was_before(house: House, base: BaseData) -> None:
    line = line_of(base, "CUST0001")
    assert base.change("chenjing", line, "3999") == 1
    assert line_of(base, "CUST0001").row.oa_key == "3999"
    entry = house.workspace.trail.entries("base:c100:customer:CUST0001")[-1]
    assert (entry.actor, entry.action) == ("chenjing", "base_data.changed")
    assert (entry.detail["before"]["oa_key"], entry.detail["after"]["oa_key"]) == ("3001", "3999")
    base.remove("lihua", line_of(base, "CUST0001"))
    assert line_of(base, "CUST0001") is None
    entry = house.workspace.trail.entries("base:c100:customer:CUST0001")[-1]
    assert (entry.actor, entry.action, entry.detail["before"]["oa_key"]) == (
        "lihua",
        "base_data.deleted",
        "3999",
    )
    house.assert_intact()


def test_of_two_people_the_second_is_told_and_nothing_is_lost(house: House, base: BaseData) -> None:
    seen_by_both = line_of(base, "CUST0001")
    base.change("chenjing", seen_by_both, "3777")
    for attempt in (
        lambda: base.change("lihua", seen_by_both, "3888"),
        lambda: base.remove("lihua", seen_by_both),
    ):
        with pytest.raises(SyncError) as error:
            attempt()
        assert error.value.code is ErrorCode.BASE_ROW_CHANGED
        assert (error.value.facts["person"], error.value.facts["found"]) == ("chenjing", "3777")
    assert line_of(base, "CUST0001").row.oa_key == "3777"
    base.remove("chenjing", line_of(base, "CUST0001"))
    with pytest.raises(SyncError) as error:
        base.change("lihua", seen_by_both, "3888")
    assert (error.value.facts["person"], error.value.facts["found"]) == ("chenjing", "")


def test_one_oa_record_may_stand_for_several_codes_unless_a_flow_asks_from_the_oa(
    house: House, base: BaseData
) -> None:
    from dataclasses import replace

    from desktop.domain.system import FlowSwitch

    assert (
        base.change("chenjing", line_of(base, "VEN0001", "supplier"), "4002") == 1
    )  # as VEN0002: only forward
    route = house.workspace.catalog.routes()[0]
    switches = (*route.switches, FlowSwitch("claim", False, 15.0, "787"))
    house.workspace.catalog.put_route(replace(route, switches=switches), "chief")
    with pytest.raises(SyncError) as error:
        base.change("chenjing", line_of(base, "VEN0003", "supplier"), "4002")
    assert error.value.code is ErrorCode.BASE_KEY_TAKEN
    assert line_of(base, "VEN0003", "supplier").row.oa_key == "4003"


# Reading both systems ----------------------------------------------------------------------------------------------------


def test_both_systems_are_read_and_what_changed_is_told(house: House, base: BaseData) -> None:
    told = {(each.system, each.kind): each for each in read_both(house)}
    assert told["k3", "customer"].records == 6 and told["oa", "user"].records > 10
    assert not told["oa", "customer"].offered and not any(each.error for each in told.values())
    assert base.changes() == []  # the first reading is no news
    assert line_of(base, "CUST0001").erp.name == "苏州精工科技有限公司"
    assert line_of(base, "CUST0001").erp.companies == ("100", "200")


def test_a_change_in_the_erp_is_told_and_shown_on_the_row(house: House, base: BaseData) -> None:
    read_both(house)
    assert base.count(BaseQuestion(kinds=("customer",), risky=True)) == 0
    for company in ("100", "200"):
        house.toy.erp.base("BD_Customer", "CUST0001", company).head["FName"] = "苏州精工集团"
        house.toy.erp.base("BD_Customer", "CUST0002", company).forbid_status = "B"
    house.toy.erp.base("BD_Customer", "CUST0003", "100").forbid_status = "B"
    told = {(each.code, each.what): each.was for each in changes_of(house)}
    assert told == {("CUST0001", "renamed"): "苏州精工科技有限公司", ("CUST0002", "disabled"): ""}
    assert {(each.code, each.what) for each in base.changes()} == set(told)
    assert line_of(base, "CUST0002").erp.disabled
    assert line_of(base, "CUST0003").erp.companies == ("200",)  # not allotted to this one any more
    found = base.lines(base.ids(BaseQuestion(routes=("c100",), kinds=("customer",), risky=True), "erp"))
    assert sorted(line.row.erp_code for line in found.values()) == ["CUST0001", "CUST0002", "CUST0003"]


def changes_of(house: House) -> list:
    return [change for each in read_both(house) for change in each.changes]


def test_a_list_that_was_not_read_to_its_end_stays_as_it_was(house: House, base: BaseData) -> None:
    read_both(house)
    before = house.workspace.base_records.refreshed()
    house.clock.pass_s(3600)
    house.toy.erp.base("BD_Customer", "CUST0001", "100").head["FName"] = "苏州精工集团"
    house.toy.oa_faults.force(Fault.SERVER_ERROR, times=500)
    told = read_both(house)
    assert any(each.error and each.error.code.id.startswith("NET") for each in told if each.system == "oa")
    after = house.workspace.base_records.refreshed()
    assert after["oa", "user"] == before["oa", "user"]
    assert after["k3", "customer"][0] > before["k3", "customer"][0]


def test_reading_stops_when_told_and_keeps_what_was_whole(house: House, base: BaseData) -> None:
    done: list[str] = []
    told = base.refresh("chenjing", lambda at, total, kind: done.append(kind), lambda: len(done) > 2)
    assert len(done) == 3
    kept = set(house.workspace.base_records.refreshed())
    assert kept == {(each.system, each.kind) for each in told if each.offered}


def test_a_counterpart_is_found_by_code_or_name_and_a_wrong_one_refused(house: House, base: BaseData) -> None:
    read_both(house)
    assert next(item.key for item in base.counterparts("c100", "user", "erp", "王敏")) == "57"
    assert base.resolve("c100", "user", "erp", "A0057").key == "57"
    with pytest.raises(SyncError) as error:
        base.resolve("c100", "user", "erp", "nobody")
    assert error.value.code is ErrorCode.BASE_RECORD_UNKNOWN
    assert [item.key for item in base.counterparts("c100", "supplier", "erp", "立信")] == ["4002"]
    assert base.counterparts("c100", "user", "erp", "%") == []
