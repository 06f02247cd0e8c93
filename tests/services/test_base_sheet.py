"""Correspondences as an Excel file and back: hostile cells, wrong rows, files that are none."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from desktop.domain.errors import ErrorCode, SyncError
from desktop.services.base_data import BaseData, BaseQuestion, BaseRow
from desktop.services.base_sheet import as_meant, harmless
from tests.conftest import House

HEAD = ("公司", "资料类型", "ERP 编码", "ERP 名称", "OA 编号", "OA 名称")
COMPANY = "华东机电有限公司"


def nothing(done: int, total: int, word: str) -> None:
    """Progress that nobody watches."""


@pytest.fixture
def base(house: House) -> BaseData:
    return house.workspace.base


def export(base: BaseData, path: Path, **narrow: object) -> int:
    return base.write_sheet(path, BaseQuestion(**narrow), nothing, lambda: False)  # type: ignore[arg-type]


def look(base: BaseData, path: Path):
    return base.read_sheet(path, nothing, lambda: False)


def written(path: Path, *rows: tuple[object, ...], head: tuple[str, ...] = HEAD) -> Path:
    book = Workbook()
    for row in (head, *rows):
        book.active.append(row)
    book.save(path)
    return path


HOSTILE = (
    "=1+1",
    "+86 21",
    "-2+3",
    "@SUM(A1)",
    "'=x",
    "''@y",
    "\t=z",
    "\uff1d1+1",
    "\uff20SUM(A1)",
    "007",
    "-12.5",
    "O'Neil",
    "苏州“精工”",
)


@pytest.mark.parametrize("value", HOSTILE)
def test_what_is_guarded_comes_back_as_it_was(value: str) -> None:
    assert as_meant(harmless(value)) == value
    assert harmless(value)[0] not in "=+@\t\uff1d\uff20"


def test_an_exported_file_comes_back_unchanged_and_holds_no_formula(
    house: House, base: BaseData, tmp_path: Path
) -> None:
    hostile = [BaseRow("c100", "customer", f"X{at}", value.strip(), value.strip(), value.strip()) for at, value in enumerate(HOSTILE)]  # fmt: skip
    house.workspace.catalog.put_base_rows(hostile, "chief")
    count = export(base, tmp_path / "out.xlsx")
    assert count == base.count(BaseQuestion()) and not (tmp_path / "out.xlsx.part").exists()
    sheet = load_workbook(tmp_path / "out.xlsx").active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}
    preview = look(base, tmp_path / "out.xlsx")
    assert (preview.changes, preview.faults, preview.same) == ((), (), count)


def test_a_wrong_row_is_refused_with_its_number_and_the_others_are_told_apart(
    house: House, base: BaseData, tmp_path: Path
) -> None:
    path = written(
        tmp_path / "in.xlsx",
        (COMPANY, "客户", "CUST0001", "", "3001", ""),
        (COMPANY, "客户", "CUST0002", "上海宏远贸易有限公司", 3999, "上海"),
        (COMPANY, "供应商", "VEN0004", "天津", "4004", "天津"),
        (COMPANY, "供应商", "VEN0004", "天津", "4005", "天津"),
        ("没有这家公司", "客户", "A", "", "1", ""),
        (COMPANY, "星座", "A", "", "1", ""),
        (COMPANY, "客户", "A", "", "=1+1", ""),
        (COMPANY, "客户", "B", "", None, ""),
        (COMPANY, "客户", "C", "", 1.5, ""),
        (COMPANY, "客户", "D" * 300, "", "1", ""),
        (None, None, None, None, None, None),
    )  # fmt: skip
    preview = look(base, path)
    assert [(each.line, each.row.erp_code, each.before, each.row.oa_key) for each in preview.changes] == [
        (3, "CUST0002", "3002", "3999"), (4, "VEN0004", "", "4004")
    ]  # fmt: skip
    assert [(each.line, each.reason) for each in preview.faults] == [
        (5, "twice"), (6, "company"), (7, "kind"), (8, "formula"), (9, "no_oa_key"), (10, "not_text"), (11, "long"),
    ]  # fmt: skip
    assert preview.same == 1 and preview.faults[0].value == "4"
    assert base.id_of("c100", "supplier", "VEN0004") is None, "nothing is applied by looking"
    assert base.apply_sheet("chenjing", preview) == 2
    entry = house.workspace.trail.entries("base:c100:customer:CUST0002")[-1]
    assert (entry.actor, entry.detail["before"]["oa_key"], entry.detail["after"]["oa_key"]) == (
        "chenjing",
        "3002",
        "3999",
    )


def test_a_number_that_excel_cut_is_refused(base: BaseData, tmp_path: Path) -> None:
    """Excel keeps 15 digits: of an account that was typed as a number the last ones are noughts."""
    path = written(
        tmp_path / "in.xlsx",
        (COMPANY, "客户", 622202123456789, "", "1", ""),
        (COMPANY, "客户", 6222021234567890000, "", "1", ""),
        (COMPANY, "客户", 6.22202123456789e18, "", "1", ""),
        (COMPANY, "客户", "6222021234567890123", "", "1", ""),
    )
    preview = look(base, path)
    assert [each.row.erp_code for each in preview.changes] == ["622202123456789", "6222021234567890123"]
    assert [(each.line, each.reason) for each in preview.faults] == [(3, "not_text"), (4, "not_text")]


def test_a_key_that_the_oa_does_not_have_is_refused(house: House, base: BaseData, tmp_path: Path) -> None:
    base.refresh("chenjing", nothing, lambda: False)
    path = written(
        tmp_path / "in.xlsx",
        (COMPANY, "用户", "gaofei", "", "57x", ""),
        (COMPANY, "用户", "gaofei", "", "30", ""),
    )
    preview = look(base, path)
    assert [(each.line, each.reason) for each in preview.faults] == [(2, "unknown"), (3, "twice")]


def test_nothing_is_applied_where_somebody_changed_a_row_since(
    house: House, base: BaseData, tmp_path: Path
) -> None:
    path = written(
        tmp_path / "in.xlsx",
        (COMPANY, "客户", "CUST0006", "", "3006", ""),
        (COMPANY, "客户", "CUST0001", "", "3777", ""),
    )
    preview = look(base, path)
    (line,) = base.lines([base.id_of("c100", "customer", "CUST0001")]).values()
    base.change("lihua", line, "3555")
    with pytest.raises(SyncError) as error:
        base.apply_sheet("chenjing", preview)
    assert error.value.code is ErrorCode.BASE_ROW_CHANGED and error.value.facts["person"] == "lihua"
    assert base.id_of("c100", "customer", "CUST0006") is None


def no_excel(path: Path) -> None:
    path.write_text("company,kind\n1,2")


def with_password(path: Path) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)


def another_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("hello.txt", "hello")


def broken_inside(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("xl/workbook.xml", "<not xml")


def bomb(path: Path) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("xl/workbook.xml", "w", force_zip64=True) as inner,
    ):
        for _ in range(310):
            inner.write(b" " * 1_000_000)


def without_a_column(path: Path) -> None:
    written(path, (COMPANY, "客户", "A"), head=HEAD[:3])


def merged(path: Path) -> None:
    book = Workbook()
    for row in (HEAD, (COMPANY, "客户", "A", "", "1", ""), (COMPANY, "客户", "B", "", "2", "")):
        book.active.append(row)
    book.active.merge_cells("E2:E3")
    book.save(path)


def with_a_column_twice(path: Path) -> None:
    written(path, (COMPANY, "客户", "A", "", "1", "", "2"), head=(*HEAD, HEAD[4]))


def empty(path: Path) -> None:
    written(path, head=())


def absent(path: Path) -> None:
    path.unlink(missing_ok=True)


@pytest.mark.parametrize(
    "spoil", [
        no_excel, with_password, another_zip, broken_inside, bomb, without_a_column, with_a_column_twice, merged, empty, absent
    ],
    ids=lambda spoil: spoil.__name__,
)  # fmt: skip
def test_a_file_that_is_none_ends_in_one_sentence(base: BaseData, tmp_path: Path, spoil) -> None:
    spoil(tmp_path / "in.xlsx")
    with pytest.raises(SyncError) as error:
        look(base, tmp_path / "in.xlsx")
    assert error.value.code is ErrorCode.BASE_FILE_WRONG and error.value.facts["file"] == "in.xlsx"


def test_a_stopped_export_leaves_nothing_behind(base: BaseData, tmp_path: Path) -> None:
    assert base.write_sheet(tmp_path / "out.xlsx", BaseQuestion(), nothing, lambda: True) == -1
    assert list(tmp_path.glob("out*")) == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16", "utf-8"])
def test_a_csv_of_any_usual_encoding_comes_back_unchanged(
    house: House, base: BaseData, tmp_path: Path, encoding: str
) -> None:
    hostile = [BaseRow("c100", "customer", f"X{at}", value.strip(), value.strip(), "\u5355\u6865") for at, value in enumerate(HOSTILE)]  # fmt: skip
    house.workspace.catalog.put_base_rows(hostile, "chief")
    path = tmp_path / "out.csv"
    written_in = encoding if encoding in ("utf-8-sig", "gb18030") else "utf-8"
    count = base.write_sheet(path, BaseQuestion(), nothing, lambda: False, written_in)
    path.write_bytes(path.read_bytes().decode(written_in).encode(encoding))
    cells = path.read_bytes().decode(encoding).replace("\ufeff", "").split(",")
    assert not [each for each in cells if each.lstrip('"')[:1] in ("=", "+", "@")]
    preview = look(base, path)
    assert (preview.changes, preview.faults, preview.same) == ((), (), count)


def test_a_csv_that_is_wrong_names_row_and_reason(base: BaseData, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"{';'.join(HEAD)}\n{COMPANY};客户;A;;=1+1;\n{COMPANY};客户;B;;7;\n", "gb18030")
    preview = look(base, path)
    assert [(each.line, each.reason) for each in preview.faults] == [(2, "formula")] and len(
        preview.changes
    ) == 1
    for content in (b'a,"b\nc', b"\xff\x00\x81", b"\0\0\0\0"):
        path.write_bytes(content)
        with pytest.raises(SyncError) as error:
            look(base, path)
        assert error.value.code is ErrorCode.BASE_FILE_WRONG
