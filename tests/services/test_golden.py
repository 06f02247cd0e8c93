"""Golden documents: pinned without their people, judged without a line, and no publication changes one unexplained."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.domain.errors import ErrorCode, SyncError
from desktop.sandbox.faults import Fault
from desktop.services.anonymous import Anonymous, literals
from desktop.services.mapping import Opened
from desktop.services.mapping_rows import MappingRow
from tests.conftest import FLOW, Clock, House, Stage
from tests.sync.making import Works


@pytest.fixture
def house(toy: Stage, tmp_path: Path, clock: Clock) -> Iterator[House]:
    made = House(toy, tmp_path / "data", clock)
    yield made
    made.assert_intact()
    made.close()


def opened(house: House, flow: str = FLOW) -> Opened:
    house.workspace.mapping.read_forms(flow, "c100")
    return house.workspace.mapping.open(flow, "c100")


def drafted(house: House, target: str, **changes: object) -> Opened:
    """A draft with one row of the header changed."""
    held = opened(house)
    rows = [
        replace(row, **changes) if (row.group, row.target) == ("fields", target) else row  # type: ignore[arg-type]
        for row in held.sheet.rows
    ]
    return house.workspace.mapping.save("chief", held, rows, target)


def test_names_and_numbers_become_others_and_equal_ones_stay_equal() -> None:
    disguise = Anonymous(frozenset({"\u6807\u51c6"}), b"salt")
    name = "\u82cf\u5dde\u7cbe\u5de5\u6709\u9650\u516c\u53f8"
    assert disguise.text(name) == disguise.text(name) != name and len(disguise.text(name)) == len(name)
    for told in ("13800001234", "6222021234567890123", "wangmin", "CUST0001", "Smith & Co", "XSDD000012"):
        assert disguise.text(told) != told and len(disguise.text(told)) == len(told)
    for told in ("", "B", "CNY", "1280.00", "12", "2026-11-22", "2026-11-22T00:00:00", "\u6807\u51c6"):
        assert disguise.text(told) == told
    assert Anonymous(frozenset()).text(name) != disguise.text(name)
    assert literals(["when(a = 'it''s', 'b', \"c\")"]) == {"it's", "b", "c"}


def test_a_pinned_bill_holds_nobodys_name_and_is_judged_without_a_line(house: House) -> None:
    bill = house.order()
    house.calm()
    sent = house.requests(bill)[0].fields
    golden = house.workspace.golden
    golden.pin("chief", opened(house), bill.number, "three lines")
    (kept,) = house.workspace.golden_documents.of(FLOW)
    told = json.dumps([kept.record, kept.expected, kept.title], ensure_ascii=False, default=str)
    for secret in (sent["customer_name"], bill.number, "CUST0001", "wangmin"):
        assert secret not in told
    assert kept.expected["fields"]["amount"] == sent["amount"], "amounts are what is tested"
    house.toy.erp_faults.force(Fault.REPLY_LOST, times=99)
    house.toy.oa_faults.force(Fault.REPLY_LOST, times=99)
    (judged,) = golden.judge(house.workspace.mapping.open(FLOW, "c100"))
    assert (judged.differs, judged.unjudged, judged.stops) == (False, (), False)


def test_a_publication_is_refused_while_one_differs_unexplained_and_goes_when_somebody_says_why(
    house: House,
) -> None:
    bill = house.order()
    house.calm()
    workspace = house.workspace
    workspace.golden.pin("chief", opened(house), bill.number)
    draft = drafted(house, "customer_name", expr="cut(FCustId.FName, 2)")
    (judged,) = workspace.golden.judge(draft)
    assert [each[0] for each in judged.differing] == ["customer_name"] and judged.stops
    with pytest.raises(SyncError) as refused:
        workspace.mapping.publish("chief", FLOW, "c100", "shorter")
    assert refused.value.code is ErrorCode.GOLDEN_DIFFERS and workspace.mapping.open(FLOW).releases == ()
    with pytest.raises(SyncError):
        workspace.golden.explain("chief", draft, judged.golden.id, "  ")
    workspace.golden.explain("chief", draft, judged.golden.id, "the OA shows two characters")
    other = drafted(house, "customer_name", expr="cut(FCustId.FName, 3)")
    assert workspace.golden.judge(other)[0].stops, "another difference wants another explanation"
    workspace.golden.explain("chief", other, judged.golden.id, "three")
    workspace.mapping.publish("chief", FLOW, "c100", "shorter")
    (after,) = workspace.golden.judge(workspace.mapping.open(FLOW, "c100"))
    assert not after.differs and after.golden.version == workspace.mapping.open(FLOW).in_force
    trail = [
        entry.action for entry in workspace.trail.entries(f"flow:{FLOW}") if entry.action.startswith("golden")
    ]
    assert trail == ["golden.pinned", "golden.explained", "golden.explained", "golden.renewed"]


def test_a_draft_that_could_not_send_it_at_all_is_told(house: House) -> None:
    bill = house.order()
    house.calm()
    house.workspace.golden.pin("chief", opened(house), bill.number)
    draft = drafted(house, "customer_name", expr="number(FCustId.FName, 2)")
    (judged,) = house.workspace.golden.judge(draft)
    assert judged.failed is not None and judged.failed.code is ErrorCode.NOT_A_NUMBER and judged.stops


def test_what_was_not_pinned_with_it_is_not_judged(house: House) -> None:
    bill = house.order()
    house.calm()
    house.workspace.golden.pin("chief", opened(house), bill.number)
    draft = drafted(house, "customer_name", expr="FCustId.FShortName")
    (judged,) = house.workspace.golden.judge(draft)
    assert judged.unjudged == ("customer_name",) and not judged.stops
    house.workspace.golden.unpin("chief", judged.golden)
    assert house.workspace.golden.judge(draft) == []


def test_a_new_row_differs_from_nothing(house: House) -> None:
    bill = house.order()
    house.calm()
    house.workspace.golden.pin("chief", opened(house), bill.number)
    held = opened(house)
    rows = [*held.sheet.rows, MappingRow("fields", "erp_link", "FBillNo")]
    (judged,) = house.workspace.golden.judge(house.workspace.mapping.check(held, rows))
    assert [(each[0], each[1]) for each in judged.differing] == [("erp_link", "")]


def test_a_request_that_becomes_bills_is_pinned_and_judged_alike(
    toy: Stage, tmp_path: Path, clock: Clock
) -> None:
    works = Works(toy, tmp_path / "works", clock)
    request = works.agreed()
    works.run(2)
    held = opened(works, "claim")
    document = works.of(request)
    works.workspace.golden.pin("chief", held, document.source.number)
    (kept,) = works.workspace.golden_documents.of("claim")
    told = json.dumps([kept.record, kept.expected], ensure_ascii=False, default=str)
    assert "VEN0001" not in told and "1130" in told
    (same,) = works.workspace.golden.judge(held)
    assert (same.differs, same.unjudged) == (False, ())
    amount = next(row for row in held.sheet.rows if row.target == "F_PAEZ_Amount")
    rows = [replace(row, expr="number(amount, 2) * 2") if row is amount else row for row in held.sheet.rows]
    (judged,) = works.workspace.golden.judge(works.workspace.mapping.check(held, rows))
    assert [each[0] for each in judged.differing] == ["F_PAEZ_Amount"] and judged.stops
    works.close()


def test_a_company_with_rules_of_its_own_is_judged_by_them(house: House) -> None:
    bill = house.order()
    house.calm()
    workspace = house.workspace
    held = opened(house)
    rows = [
        replace(row, expr="cut(FCustId.FName, 4)") if row.target == "customer_name" else row
        for row in held.sheet.rows
    ]
    own = workspace.companies.with_rows(FLOW, "c100", rows)
    workspace.companies.publish("chief", FLOW, "c100", own, "only here")
    workspace.golden.pin("chief", opened(house), bill.number)
    draft = drafted(house, "customer_name", expr="FCustId.FShortName")
    (judged,) = workspace.golden.judge(draft)
    assert not judged.differs, "the company keeps its own rule whatever the group does"
    other = drafted(house, "salesperson", expr="'x'")
    (judged,) = workspace.golden.judge(other)
    assert [each[0] for each in judged.differing] == ["salesperson"]
    preview = workspace.previews.preview(other, bill.number)
    assert preview is not None and len(preview.values["fields", "customer_name"][0].value) == 4
