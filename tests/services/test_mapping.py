"""A draft is checked by the engine's own check, shown on a real bill, published, rolled back: over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.domain.document import DocumentState
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import Person, Role
from desktop.sandbox.faults import Fault
from desktop.services.mapping import Opened, empty_row
from desktop.services.mapping_check import Forms
from desktop.services.mapping_rows import MappingRow, as_table, differences, from_table, read_sheet, text_with
from desktop.services.workspace import RESOURCES
from desktop.store.flows import parse_flow
from tests.conftest import FLOW, Clock, House, Stage

FLOW_FILES = sorted((RESOURCES / "flows").glob("*.toml"))


@pytest.fixture
def house(toy: Stage, tmp_path: Path, clock: Clock) -> Iterator[House]:
    made = House(toy, tmp_path / "data", clock)
    yield made
    made.assert_intact()
    made.close()


def read(house: House) -> Opened:
    """The flow with both forms' fields read."""
    house.workspace.mapping.read_forms(FLOW, "c100")
    return house.workspace.mapping.open(FLOW, "c100")


def with_row(opened: Opened, target: str, group: str = "fields", **changes: object) -> list[MappingRow]:
    """The rows with one changed."""
    rows = list(opened.sheet.rows)
    place = next(at for at, row in enumerate(rows) if (row.group, row.target) == (group, target))
    rows[place] = replace(rows[place], **changes)  # type: ignore[arg-type]
    return rows


def draft(house: House, target: str, group: str = "fields", **changes: object) -> Opened:
    """A draft with one row changed."""
    opened = read(house)
    return house.workspace.mapping.save("chief", opened, with_row(opened, target, group, **changes), target)


# --- rows <-> file ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", FLOW_FILES, ids=lambda path: path.name)
def test_every_group_of_every_flow_is_written_and_read_back(path: Path) -> None:
    text = path.read_text("utf-8")
    sheet = read_sheet(text)
    assert text_with(text, sheet.rows) == text
    for group in sheet.groups:
        rows = [
            replace(row, expr=f"{row.expr} ", note="why") if row.group == group.id else row
            for row in sheet.rows
        ]
        if not group.fixed:
            rows.append(MappingRow(group.id, "new", "'a''b \"c\"'", True, "d", True))
        written = text_with(text, rows)
        again = read_sheet(written)
        for each in sheet.groups:
            expected = [row for row in rows if row.group == each.id]
            if group.id == "title" == each.id:
                expected = [replace(row, note="") for row in expected]
            assert again.of(each.id) == expected
        if group.id != "title":
            parse_flow(written, path.name)


def test_one_changed_row_changes_one_line_of_the_file() -> None:
    text = (RESOURCES / "flows" / "sales_order.approval.toml").read_text("utf-8")
    sheet = read_sheet(text)
    rows = [replace(row, expr="FX") if row.target == "delivery_date" else row for row in sheet.rows]
    changed = [
        pair
        for pair in zip(text.splitlines(), text_with(text, rows).splitlines(), strict=True)
        if pair[0] != pair[1]
    ]
    assert changed == [
        (
            '  { target = "delivery_date", expr = "date(FDeliveryDate)" },',
            '  { target = "delivery_date", expr = "FX" },',
        )
    ]
    assert [(each.target, each.after and each.after.expr) for each in differences(sheet.rows, rows)] == [
        ("delivery_date", "FX")
    ]


def test_rows_go_over_the_clipboard() -> None:
    rows = [
        MappingRow("fields", "a", "FNote", True, "-", True, "a note\nin two lines"),
        MappingRow("fields", "b", "1"),
    ]
    back = from_table(as_table(rows), "lines.0")
    assert back == [
        replace(rows[0], group="lines.0", note="a note in two lines"),
        replace(rows[1], group="lines.0"),
    ]
    assert from_table("anything\nelse", "fields") == []


# --- the check ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"expr": "FNoSuchField"}, ErrorCode.FIELD_MISSING),
        ({"expr": "shout(FNote)"}, ErrorCode.EXPRESSION_WRONG),
        ({"expr": "join('', FNote"}, ErrorCode.EXPRESSION_WRONG),
        ({"target": "no_such_target"}, ErrorCode.FIELD_MISSING),
        ({"target": "customer_id"}, ErrorCode.FLOW_FILE_WRONG),
        ({"target": "amount_x"}, ErrorCode.FIELD_MISSING),
        ({"target": "line_count", "expr": "'many'"}, ErrorCode.NOT_A_NUMBER),
        ({"target": "line_count", "expr": "FCustId.FName"}, ErrorCode.NOT_A_NUMBER),
    ],
)
def test_a_wrong_row_is_named_and_not_published(house: House, changes: dict[str, str], code: object) -> None:
    opened = read(house)
    assert opened.stops is None
    rows = [
        row
        for row in opened.sheet.rows
        if changes.get("target") != "line_count" or row.target != "line_count"
    ]
    place = next(at for at, row in enumerate(rows) if row.target == "note")
    rows[place] = replace(rows[place], **changes)
    opened = house.workspace.mapping.save("chief", opened, rows, "note")
    stops = opened.stops
    assert stops is not None and stops.error.code is code and stops.target == changes.get("target", "note")
    with pytest.raises(SyncError) as refused:
        house.workspace.mapping.publish("chief", FLOW, "c100", "")
    assert refused.value.code is code
    assert house.workspace.mapping.open(FLOW).releases == ()


def lengths_told(opened: Opened, house: House) -> Forms:
    """The fields as an ERP of a version that tells their lengths would describe them."""
    held = {form: house.toy.erp.forms[form] for form in opened.forms.erp}
    lengths = {
        (form, field.key): field.length
        for form, known in held.items()
        for entity in known.entities
        for field in entity.fields
        if field.length
    }
    erp = {
        form: tuple(replace(each, length=lengths.get((form, each.key))) for each in fields)
        for form, fields in opened.forms.erp.items()
    }
    return replace(opened.forms, erp=erp)


def test_a_longer_source_is_not_published_unless_it_is_cut(house: House) -> None:
    opened = read(house)
    told = lengths_told(opened, house)
    source = next(each for fields in told.erp.values() for each in fields if each.key == "FNote")
    assert source.length
    shorter = source.length - 1
    oa = [
        replace(each, length=shorter) if (each.table, each.key) == ("", "note") else each for each in told.oa
    ]

    def stops(expr: str) -> SyncError | None:
        forms = replace(told, oa=tuple(oa))
        found = house.workspace.mapping.check(opened, with_row(opened, "note", expr=expr), forms).stops
        return found and found.error

    for expr in ("FNote", f"cut(FNote, {source.length})"):
        error = stops(expr)
        assert error is not None and error.code is ErrorCode.SOURCE_LONGER
        assert (error.facts["source"], error.facts["limit"]) == ("FNote", shorter)
    assert stops(f"cut(FNote, {shorter})") is None


def test_every_shipped_flow_can_be_published_on_the_toy_systems(house: House) -> None:
    house.toy.join(house.workspace, on=False)
    found = []
    for path in FLOW_FILES:
        flow = path.name.split(".")[0]
        house.workspace.mapping.read_forms(flow, "c100")
        opened = house.workspace.mapping.open(flow, "c100")
        assert opened.forms.erp and opened.forms.trouble is None, flow
        checked = house.workspace.mapping.check(opened, opened.sheet.rows, lengths_told(opened, house))
        found += [(flow, each.group, each.target, each.error) for each in checked.findings if each.stops]
    assert not found, "\n".join(map(str, found))


def test_a_required_field_without_a_row_is_a_gap_with_a_suggestion(house: House) -> None:
    opened = read(house)
    rows = [row for row in opened.sheet.rows if row.target != "customer_name"]
    field = next(each for each in opened.forms.oa if each.key == "customer_name" and not each.table)
    others = [each for each in opened.forms.oa if each is not field]
    forms = replace(opened.forms, oa=(*others, replace(field, required=True)))
    checked = house.workspace.mapping.check(opened, rows, forms)
    assert checked.stops is not None and checked.stops.gap
    asked = empty_row(checked.stops.group, checked.stops.target, checked.stops)
    assert (asked.target, asked.required) == ("customer_name", True)
    filled = [*rows, replace(asked, expr="FCustId.FName")]
    assert house.workspace.mapping.check(opened, filled, forms).stops is None


def test_a_draft_is_checked_without_a_line_by_what_was_read_before(house: House) -> None:
    read(house)
    house.toy.erp_faults.force(Fault.REPLY_LOST, times=99)
    news = house.workspace.mapping.read_forms(FLOW, "c100")
    assert news.forms.trouble is not None and news.forms.read_at is not None
    opened = house.workspace.mapping.open(FLOW)
    found = house.workspace.mapping.check(opened, with_row(opened, "note", expr="FNoSuchField")).stops
    assert found is not None and (found.target, found.error.facts["field"]) == ("note", "FNoSuchField")


# --- versions ----------------------------------------------------------------------------------------------------------
def test_published_taken_by_the_next_pass_and_rolled_back(house: House) -> None:
    mapping = house.workspace.mapping
    first = house.order()
    house.calm()
    draft(house, "customer_name", expr="join('', FCustId.FName, ' *')")
    release = mapping.publish("chief", FLOW, "c100", "stars")
    assert (release.number, mapping.open(FLOW).draft) == (2, None)
    second = house.order()
    house.calm()
    mapping.roll_back("chief", FLOW, "c100", 1)
    third = house.order()
    house.calm()
    names = [house.requests(bill)[0].fields["customer_name"] for bill in (first, second, third)]
    assert names[1] == f"{names[0]} *" and names[2] == names[0]
    versions = [
        house.workspace.ledger.round(house.document(bill).id, 1).flow_version
        for bill in (first, second, third)
    ]  # type: ignore[union-attr]
    assert versions[0] == versions[2] != versions[1]
    told = [(each.number, each.state, each.why) for each in mapping.open(FLOW).releases]
    assert [each[:2] for each in told] == [(3, "published"), (2, "archived"), (1, "archived")] and told[1][
        2
    ] == "stars"
    compared = mapping.compare(mapping.open(FLOW), 1, 2)
    assert [each.target for each in compared.changes] == ["customer_name"] and "+expr" in compared.unified
    trail = [entry.action for entry in house.workspace.trail.entries(f"flow:{FLOW}")]
    assert trail == ["mapping.drafted", "mapping.published", "mapping.published"]


def test_what_somebody_published_meanwhile_is_not_overwritten(house: House) -> None:
    draft(house, "note", expr="cut(FNote, 20)")
    opened = house.workspace.mapping.open(FLOW)
    text = text_with(opened.text, with_row(opened, "salesperson", expr="FCreatorId.FUserAccount"))
    house.workspace.versions.publish(FLOW, text, parse_flow(text, "x").version, opened.in_force, "other", "")
    house.workspace.versions.save_draft(FLOW, opened.text, opened.in_force, "chief", "note")
    with pytest.raises(SyncError) as refused:
        house.workspace.mapping.publish("chief", FLOW, "c100", "")
    assert refused.value.code is ErrorCode.DRAFT_OUTDATED


def test_a_document_that_the_mapping_held_goes_on_after_the_publication(house: House) -> None:
    wrong = draft(house, "note", expr="FNote", required=True)
    assert wrong.stops is None
    house.workspace.mapping.publish("chief", FLOW, "c100", "")
    bill = house.order()
    house.calm()
    assert house.failure(bill)
    draft(house, "note", expr="'-'", required=True)
    house.workspace.mapping.publish("chief", FLOW, "c100", "mended")
    house.calm()
    assert house.state(bill) is DocumentState.REQUESTED and house.requests(bill)[0].fields["note"] == "-"


# --- on a real bill ------------------------------------------------------------------------------------------------------
def test_a_real_bill_shows_what_each_row_brings_and_nothing_is_written(house: House) -> None:
    bill = house.order()
    opened = read(house)
    preview = house.workspace.previews.preview(opened, bill.number)
    assert preview is not None and preview.number == bill.number
    name = preview.values["fields", "customer_name"][0]
    assert name.value and name.sources == (("FCustId.FName", name.value),)
    customer = preview.values["fields", "customer_id"][0]
    assert customer.looked[0][:2] == ("customer", "CUST0001") and customer.looked[0][2] == customer.value
    assert len(preview.values["lines.0", "material_code"]) == 3
    house.calm()
    sent = house.requests(bill)[0].fields
    for shown in preview.form:
        assert shown.state == "" and sent.get(shown.target, "") in (shown.value, f"{shown.value}.00"), shown
    assert len(house.requests(bill)) == 1 and bill.times("Save") == 1


def test_the_approver_preview_shows_what_is_cut_rounded_and_empty(house: House) -> None:
    bill = house.order()
    opened = read(house)
    rows = with_row(opened, "customer_name", expr="join('', " + ", ".join(["FCustId.FName"] * 29) + ")")
    rows = [
        replace(row, expr="FBillAllAmount / 7") if row.target == "amount" and row.group == "fields" else row
        for row in rows
    ]
    rows = [replace(row, expr="FNoSuchField", required=True) if row.target == "note" else row for row in rows]
    checked = house.workspace.mapping.check(opened, rows)
    preview = house.workspace.previews.preview(checked, bill.number)
    assert preview is not None
    states = {each.target: each.state for each in preview.form if each.state}
    assert states == {"customer_name": "long", "amount": "rounded", "note": "error"}


def test_a_dry_run_tells_then_and_now_and_sends_nothing(house: House) -> None:
    bills = [house.order() for _ in range(3)]
    house.calm()
    opened = read(house)
    same = house.workspace.previews.dry_run(opened, 10)
    assert (same.looked_at, same.differing, same.failed) == (3, (), ())
    rows = with_row(
        opened, "note", expr="FCustId.FShortName"
    )  # never read before: taken from the bill as it is now
    rows = [replace(row, expr="FQty") if row.target == "qty" else row for row in rows]
    before = len(house.all_requests())
    ran = house.workspace.previews.dry_run(house.workspace.mapping.check(opened, rows), 10)
    assert {each.number for each in ran.differing} | {bill.number for bill in bills} == {
        bill.number for bill in bills
    }
    assert {each.target for each in ran.differing} >= {"detail_1[1].qty"}
    stopped = house.workspace.previews.dry_run(opened, 10, lambda done, total: False)
    assert stopped.stopped and stopped.looked_at == 0 and len(house.all_requests()) == before


def test_a_preview_is_of_a_bill_of_the_company_and_of_one_that_may_be_seen(house: House) -> None:
    """One account set holds the bills of both companies, and the store knows neither bill yet."""
    there = house.order(company="200", maker="lihua")
    previews, people = house.workspace.previews, house.workspace.people
    opened = read(house)
    assert previews.preview(opened, "") is None, "of company 100 nothing is handed in"
    here = house.order()
    found = previews.preview(opened, "")
    assert found is not None and found.number == here.number
    for number in (there.number, house.toy.erp.sales_order("200", "CUST0001", "lihua").number):
        with pytest.raises(SyncError) as refused:
            previews.preview(opened, number)
        assert refused.value.code is ErrorCode.RECORD_MISSING
    people.arrive("chief")
    people.save("chief", Person("gao", "顾问", Role.MAPPING, ("c100",)))
    people.arrive("gao")
    mapping = house.workspace.mapping
    assert {route for choice in mapping.choices() for route, _ in choice.routes} == {"c100"}
    other = mapping.open(FLOW, "c200")
    for read_it in (
        lambda: previews.preview(other, there.number), lambda: previews.preview(other, ""), lambda: previews.dry_run(other, 5),
        lambda: house.workspace.golden.pin("gao", other, there.number),
    ):  # fmt: skip
        with pytest.raises(SyncError) as refused:
            read_it()
        assert refused.value.code is ErrorCode.NOT_ALLOWED
    assert previews.preview(mapping.open(FLOW, "c100"), here.number) is not None


def test_a_draft_that_another_window_works_on_is_not_taken_away_by_a_publication(house: House) -> None:
    """All that stands against a draft is looked at before it is put in force: what is saved meanwhile was not looked at."""
    versions = house.workspace.versions
    opened = draft(house, "note", expr="'-'")
    assert opened.draft is not None
    told = opened.draft.text, parse_flow(opened.draft.text, "x").version, opened.in_force, "chief", ""
    versions.save_draft(FLOW, opened.draft.text + "\n# more", opened.in_force, "south", "note")
    with pytest.raises(SyncError) as refused:
        versions.publish(FLOW, *told, draft=opened.draft.text)
    assert refused.value.code is ErrorCode.DRAFT_OUTDATED and versions.releases(FLOW) == []
    assert versions.draft(FLOW).text.endswith("# more")
    versions.save_draft(FLOW, opened.draft.text, opened.in_force, "south", "note")
    versions.publish(FLOW, *told, draft=opened.draft.text)
    with pytest.raises(SyncError):  # another one is in force by now
        versions.publish(FLOW, *told, draft=opened.draft.text)
    assert len(versions.releases(FLOW)) == 2
