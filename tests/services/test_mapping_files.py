"""A flow's rows as Excel and CSV, a flow as one file, and a form begun from empty: nothing is applied unseen."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from desktop.domain.errors import ErrorCode, SyncError
from desktop.services.mapping import Opened
from desktop.services.mapping_rows import MappingRow, read_sheet
from desktop.services.mapping_sheet import (
    FilePreview,
    flow_file,
    read_flow,
    read_rows,
    take,
    write_flow,
    write_rows,
)
from desktop.services.mapping_suggest import unfilled
from desktop.services.workspace import RESOURCES
from desktop.store.flows import parse_flow
from tests.conftest import FLOW, Clock, House, Stage

FILES = sorted((RESOURCES / "flows").glob("*.toml"))


@pytest.fixture
def house(toy: Stage, tmp_path: Path, clock: Clock) -> Iterator[House]:
    made = House(toy, tmp_path / "data", clock)
    yield made
    made.close()


def read(house: House, flow: str = FLOW) -> Opened:
    """The flow with both forms' fields read."""
    house.workspace.mapping.read_forms(flow, "c100")
    return house.workspace.mapping.open(flow, "c100")


def there_and_back(house: House, opened: Opened, path: Path, encoding: str) -> FilePreview:
    write_rows(house.workspace.text, opened, path, encoding)
    return read_rows(house.workspace.text, opened, path)


# --- rows ------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "encoding"), [("out.xlsx", "utf-8-sig"), ("out.csv", "utf-8-sig"), ("out.csv", "gb18030")]
)
def test_rows_come_back_as_they_went_whatever_they_say(
    house: House, tmp_path: Path, name: str, encoding: str
) -> None:
    opened = read(house)
    hostile = [MappingRow("fields", f"x{at}", expr, note=note) for at, (expr, note) in enumerate(
        [("-FBillAllAmount", "=1+1"), ("+1", "@SUM(A1)"), ("'=x'", "-2+3"), ("'\u5355\u6865, \"q\"'", "\u5907\u6ce8")]
    )]  # fmt: skip
    opened = house.workspace.mapping.check(opened, [*opened.sheet.rows, *hostile])
    preview = there_and_back(house, opened, tmp_path / name, encoding)
    assert (preview.changes, preview.faults, preview.can_be_taken) == ((), (), False)
    assert preview.same == len(opened.sheet.rows)
    if name.endswith("xlsx"):
        cells = [
            cell for row in load_workbook(tmp_path / name).active.iter_rows() for cell in row if cell.value
        ]
        assert {cell.data_type for cell in cells} == {"s"}


def test_an_edited_file_becomes_a_draft_after_it_was_looked_at(house: House, tmp_path: Path) -> None:
    opened, path = read(house), tmp_path / "rules.xlsx"
    write_rows(house.workspace.text, opened, path)
    book = load_workbook(path)
    sheet = book.active
    for row in sheet.iter_rows(min_row=2):
        if row[1].value == "note":
            row[3].value, row[7].value = "cut(FNote, 20)", "one line"
    sheet.append(["lines.0", "extra", "", "FNote", "是", "", "", ""])
    sheet.delete_rows(next(row[0].row for row in sheet.iter_rows() if row[1].value == "delivery_date"))
    book.save(path)
    preview = read_rows(house.workspace.text, opened, path)
    told = {(each.target, bool(each.before), bool(each.after)) for each in preview.changes}
    assert told == {("note", True, True), ("extra", False, True), ("delivery_date", True, False)}
    assert house.workspace.versions.draft(FLOW) is None, "nothing is applied by looking"
    take(house.workspace, "chief", preview)
    rows = {(row.group, row.target): row for row in house.workspace.mapping.open(FLOW, "c100").sheet.rows}
    assert (rows["fields", "note"].expr, rows["fields", "note"].note) == ("cut(FNote, 20)", "one line")
    assert rows["lines.0", "extra"].required and ("lines.0", "delivery_date") not in rows


def test_wrong_rows_are_named_and_nothing_can_be_taken(house: House, tmp_path: Path) -> None:
    opened, path = read(house), tmp_path / "in.xlsx"
    title = next(row for row in opened.sheet.rows if row.target == "title")
    book = Workbook()
    for row in (
        ("位置", "目标字段", "规则", "必填"),
        ("title", "title", title.expr, ""),
        ("fields", "a", "join('', b", ""),
        ("fields", "b", "FNote", ""),
        ("fields", "b", "FNote", ""),
        ("nowhere", "c", "FNote", ""),
        ("fields", "", "FNote", ""),
        ("fields", "d", "x" * 5_000, ""),
        ("fields", "e", "=1+1", ""),
        ("title", "other", "FNote", ""),
        ("fields", "f", 12.5, ""),
    ):
        book.active.append(row)
    book.save(path)
    preview = read_rows(house.workspace.text, opened, path)
    assert [(each.line, each.reason) for each in preview.faults] == [
        (3, "rule"), (5, "twice"), (6, "group"), (7, "no_target"), (8, "long"), (9, "formula"), (10, "fixed"), (11, "not_text"),
    ]  # fmt: skip
    assert preview.faults[0].error is not None and preview.faults[0].error.facts["position"] == 11
    assert not preview.can_be_taken
    with pytest.raises(SyncError):
        take(house.workspace, "chief", preview)
    assert house.workspace.versions.draft(FLOW) is None


# --- a flow as one file ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_flow_file_says_the_same_in_one_order(path: Path) -> None:
    text = path.read_text("utf-8")
    whole = flow_file(text)
    assert tomllib.loads(whole) == tomllib.loads(text) and flow_file(whole) == whole
    assert whole.startswith("schema = 1\nid = ")
    parse_flow(whole, path.name)


def test_a_flow_goes_from_one_machine_to_another(
    house: House, toy: Stage, tmp_path: Path, clock: Clock
) -> None:
    opened = read(house)
    rows = [replace(row, expr="cut(FNote, 9)") if row.target == "note" else row for row in opened.sheet.rows]
    house.workspace.mapping.save("chief", opened, rows, "note")
    house.workspace.mapping.publish("chief", FLOW, "c100", "shorter")
    path = tmp_path / "sales_order.flow.toml"
    write_flow(house.workspace.mapping.open(FLOW, "c100").text, path)
    assert not [secret for secret in toy.memory.values() if secret in path.read_text("utf-8")]
    other = House(toy, tmp_path / "other", clock)
    preview = read_flow(other.workspace, None, path)
    assert [(each.target, each.after and each.after.expr) for each in preview.changes] == [
        ("note", "cut(FNote, 9)")
    ]
    assert preview.frame == () and other.workspace.versions.draft(FLOW) is None
    take(other.workspace, "chief", preview)
    assert read(other).stops is None
    other.workspace.mapping.publish("chief", FLOW, "c100", "as tested")
    bill = other.order()
    other.calm()
    assert len(other.requests(bill)) == 1
    other.close()


def test_a_flow_that_is_new_here_can_be_switched_on_after_it_was_taken(house: House, tmp_path: Path) -> None:
    text = (RESOURCES / "flows" / "sales_order.approval.toml").read_text("utf-8")
    path = tmp_path / "in.toml"
    path.write_text(text.replace('"sales_order"', '"export_order"', 1), "utf-8")
    preview = read_flow(house.workspace, None, path)
    assert preview.is_new and preview.flow_id == "export_order"
    take(house.workspace, "chief", preview)
    assert "export_order" in house.workspace.flows_in_force()


def newer(text: str) -> str:
    return text.replace("schema = 1", "schema = 2")


def with_secret(text: str) -> str:
    return text.replace("[oa]", '[oa.options]\napp_secret = "x"\n[oa]', 1)


def of_another_kind(text: str) -> str:
    return (
        (RESOURCES / "flows" / "expense.generation.toml")
        .read_text("utf-8")
        .replace('"expense"', '"sales_order"', 1)
    )


@pytest.mark.parametrize(
    ("spoil", "word"), [(newer, "2"), (with_secret, "secret"), (of_another_kind, "kind"), (lambda text: "[", ""), (lambda text: "x = 1", "")]
)  # fmt: skip
def test_a_file_that_is_no_flow_of_ours_is_refused(house: House, tmp_path: Path, spoil, word: str) -> None:
    path = tmp_path / "in.toml"
    path.write_text(spoil((RESOURCES / "flows" / "sales_order.approval.toml").read_text("utf-8")), "utf-8")
    with pytest.raises(SyncError) as refused:
        read_flow(house.workspace, None, path)
    assert refused.value.code is ErrorCode.FLOW_FILE_WRONG and word in str(refused.value.facts)
    for content in (b"\xff\xfe\x00", b" " * 2_100_000):
        path.write_bytes(content)
        with pytest.raises(SyncError):
            read_flow(house.workspace, None, path)


# --- from empty --------------------------------------------------------------------------------------------------------------
def test_a_form_is_begun_from_empty_and_filled_by_proposals(house: House, toy: Stage) -> None:
    toy.join(house.workspace, flows=("sales_order", "purchase_order"))
    mapping = house.workspace.mapping
    opened = mapping.start_empty("chief", read(house, "purchase_order"))
    assert [row.group for row in opened.sheet.rows] == ["title", "title"]
    assert {each.target for each in opened.findings if each.gap} == {"company", "amount"}
    erp, oa = mapping.line_tables(opened)
    assert "FPOOrderEntry" in erp and oa == ["detail_1"]
    opened = mapping.add_lines("chief", opened, "FPOOrderEntry", "detail_1")
    assert {each.target for each in opened.findings if each.gap} >= {"material_code", "qty"}
    free = unfilled(opened.sheet, opened.forms)
    assert ("fields", "erp_key") not in {(group, field.key) for group, field in free}
    fresh = mapping.proposed_rows(opened, [(group, field.key) for group, field in free])
    told = {(row.group, row.target): row.expr for row in fresh}
    assert told["fields", "supplier_id"] == "base('supplier', FSupplierId.FNumber)"
    assert told["fields", "amount"] == "number(FBillAllAmount, 2)"
    assert told["lines.0", "amount"] == "number(FAllAmount, 2)" and told["lines.0", "entry_id"] == "entry_id"
    assert told["lines.0", "material_name"] == "FMaterialId.FName"
    opened = mapping.save("chief", opened, [*opened.sheet.rows, *fresh], "-")
    assert opened.stops is None or {each.target for each in opened.findings if each.stops} <= {
        "company",
        "qty",
    }
    back = mapping.remove_lines("chief", opened, "lines.0")
    assert not back.sheet.has("lines.0") and read_sheet(back.text).rows == back.sheet.rows
    dropped = mapping.drop("chief", back)
    assert dropped.draft is None and dropped.sheet.has("lines.0")


def test_where_a_field_is_used_is_told_over_all_flows(house: House) -> None:
    found = house.workspace.mapping.where_used("FSupplierId.FNumber")
    assert {each.flow_id for each in found} >= {"purchase_order", "purchase_requisition"} or len(found) >= 1
    assert all("fsupplierid.fnumber" in each.expr.casefold() for each in found)
    assert house.workspace.mapping.where_used("  ") == []
