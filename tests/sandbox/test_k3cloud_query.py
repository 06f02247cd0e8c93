"""List queries of the toy K/3 Cloud: filters, columns, expansion, pages, errors in the shape of rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from desktop.sandbox.erp_bill import Refusal
from desktop.sandbox.erp_filter import filter_text, parse_filter
from tests.sandbox.test_k3cloud_signin import FORMS, Raw, raw, shared_server

__all__ = ["raw", "shared_server"]

FORM = "SAL_SaleOrder"


@pytest.fixture(autouse=True)
def signed_in(raw: Raw) -> None:
    raw.sign_in()


@pytest.fixture
def four(raw: Raw) -> Raw:
    """Four orders: numbers 1 to 4; 1 and 2 submitted; 3 has two lines; 4 is O'Neil's, with our key."""
    erp = raw.erp
    erp.sales_order(submit=True)
    erp.sales_order(customer="CUST0002", submit=True)
    erp.sales_order(lines=[("M0001", 1, "1.13"), ("M0003", 2, "1582")])
    erp.sales_order(customer="CUST0005", F_DQ_KEY="KEYKEYKEY-R1", FNote="加急%")
    return raw


@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        ("", "1234"),
        ("FDocumentStatus='B'", "12"),
        ("FDocumentStatus <> 'B'", "34"),
        ("FDocumentStatus='b' AND FCustId.FNumber = 'cust0002'", "2"),
        ("FDocumentStatus='A' or (FCustId.FNumber='CUST0002' and FDocumentStatus='B')", "234"),
        ("not (FDocumentStatus='B')", "34"),
        ("FBillNo in ('XSDD000001','XSDD000004','NOPE')", "14"),
        ("FBillNo not in ('XSDD000001')", "234"),
        ("FCustId.FName = '无锡O''Neil联合设备'", "4"),
        ("FCustId.FName like '%O''Neil%'", "4"),
        ("F_DQ_KEY like 'KEYKEYKEY-R%'", "4"),
        ("F_DQ_KEY = 'KEYKEYKEY-R1'", "4"),
        ("F_DQ_KEY = ' '", "123"),
        ("F_DQ_KEY <> ''", "4"),
        ("FNote like '加急[%]'", "4"),
        ("FBillNo like 'XSDD00000_'", "1234"),
        ("FSaleGroupId is null", ""),
        ("FSaleGroupId = 0 and FSaleGroupId.FNumber is null", "1234"),
        ("F_DQ_KEY is null", ""),
        ("FApproveDate is null", "1234"),
        ("FSaleGroupId.FNumber is not null", ""),
        ("FBillAllAmount > 3000", "3"),
        ("FBillAllAmount >= '1130' and FBillAllAmount <= 1130.00", "124"),
        ("FBillAllAmount between 1131 and 9999", "3"),
        ("FDate >= '2020-01-01' and FDate < {ts'2100-01-01 00:00:00'}", "1234"),
        ("FModifyDate < '2020-01-01 00:00:00'", ""),
        ("FIsIncludedTax = '1' and FIsIncludedTax <> 0", "1234"),
        ("FID = 0", ""),
        ("1=1", "1234"),
        ("1=0", ""),
    ],
)
def test_filters(four: Raw, where: str, numbers: str) -> None:
    rows = four.query(FORM, "FBillNo", where, OrderString="FBillNo")
    assert rows == [[f"XSDD00000{number}"] for number in numbers]


def test_a_bare_reference_is_compared_by_id(four: Raw) -> None:
    customer = four.erp.base("BD_Customer", "CUST0005", "100")
    assert customer is not None
    rows = four.query(FORM, "FBillNo,FCustId", f"FCustId={customer.id}")
    assert rows == [["XSDD000004", customer.id]]


@pytest.mark.parametrize(
    "where",
    [
        "FDocumentStatus=='B'",
        "FDocumentStatus='B",
        "FDocumentStatus",
        "(FID=1",
        "FID=1 FID=2",
        "FDate>'soon'",
        "FID in ()",
        "= 1",
    ],
)
def test_what_is_not_the_language_is_a_database_error(four: Raw, where: str) -> None:
    (row,) = four.query(FORM, "FBillNo", where)
    told = row[0]["Result"]["ResponseStatus"]
    assert (told["IsSuccess"], told["MsgCode"]) == (False, 6)
    assert "数据库执行异常" in told["Errors"][0]["Message"]


def test_the_array_form_of_a_filter(four: Raw) -> None:
    where = [
        {
            "Left": "(",
            "FieldName": "FDocumentStatus",
            "Compare": "67",
            "Value": "B",
            "Right": "",
            "Logic": "1",
        },
        {
            "Left": "",
            "FieldName": "FCustId.FName",
            "Compare": "LIKE",
            "Value": "%O'Neil%",
            "Right": ")",
            "Logic": "0",
        },
        {
            "Left": "",
            "FieldName": "FBillNo",
            "Compare": "in",
            "Value": "XSDD000001,XSDD000004",
            "Right": "",
            "Logic": "0",
        },
    ]
    assert four.query(FORM, "FBillNo", where, OrderString="FID") == [["XSDD000001"], ["XSDD000004"]]
    where[0]["Compare"] = "nonsense"
    assert four.query(FORM, "FBillNo", where)[0][0]["Result"]["ResponseStatus"]["MsgCode"] == 8


def test_a_filter_in_rows_is_the_same_as_in_text() -> None:
    rows = [{"FieldName": "FID", "Compare": "=", "Value": "1"}]
    assert parse_filter(filter_text(rows)) == parse_filter("FID = '1'")
    assert parse_filter("  ") is None
    with pytest.raises(Refusal):
        parse_filter("FID = ;")


def test_columns_of_every_kind(four: Raw) -> None:
    fields = (
        "FID,FBillNo,FDocumentStatus,FCustId,FCustId.FNumber,FCustId.FShortName,FCreatorId.FUserAccount,"
        "FSalerId.FStaffId.FStaffNumber,FDate,F_DQ_KEY,FNote,FSaleGroupId,FSaleGroupId.FName,FApproveDate,FIsIncludedTax"
    )
    (row,) = four.query(FORM, fields, "FBillNo='XSDD000001'")
    bill = four.erp.find(FORM, "XSDD000001")
    assert bill is not None
    customer = bill.head["FCustId"]
    date = f"{four.erp.today():%Y-%m-%d}T00:00:00"
    assert row == [
        bill.id, "XSDD000001", "B", customer.id, "CUST0001", "苏州精工", "wangmin",
        "A0057", date, " ", "", 0, None, None, True,
    ]  # fmt: skip


def test_numbers_carry_ten_places_and_times_are_local_without_zone(four: Raw) -> None:
    bill = four.erp.find(FORM, "XSDD000001")
    assert bill is not None
    assert bill.modified_at is not None
    body = {
        "data": {"FormId": FORM, "FieldKeys": "FBillAllAmount,FModifyDate", "FilterString": f"FID={bill.id}"}
    }
    text = four.post(FORMS + "ExecuteBillQuery", body).text
    local = (bill.modified_at + timedelta(hours=8)).replace(tzinfo=None).isoformat(timespec="milliseconds")
    assert text == f'[[1130.0000000000,"{local.removesuffix(".000")}"]]'


def test_lines_expand_with_their_ids_and_the_head_repeats(four: Raw) -> None:
    bill = four.erp.find(FORM, "XSDD000003")
    assert bill is not None
    ids = [row["FEntryID"] for row in bill.entries["FSaleOrderEntry"]]
    fields = "FBillNo,FSaleOrderEntry_FEntryID,FSaleOrderEntry_FSeq,FMaterialId.FNumber,FMaterialId.FSpecification,FQty"
    rows = four.query(FORM, fields, f"FID={bill.id}", OrderString="FSaleOrderEntry_FSeq desc")
    assert rows == [
        ["XSDD000003", ids[1], 2, "M0003", "750W 220V", 2],
        ["XSDD000003", ids[0], 1, "M0001", "M6×20 304", 1],
    ]
    assert four.query(FORM, "FBillNo", "FMaterialId.FNumber='M0003'") == [["XSDD000003"]]
    assert four.query(FORM, "FBillNo", f"FID={bill.id} and FQty>0") == [["XSDD000003"]] * 2


def test_a_bill_without_lines_gives_one_row(raw: Raw) -> None:
    bill = raw.erp.sales_order(lines=())
    fields = "FBillNo,FSaleOrderEntry_FEntryID,FMaterialId.FNumber,FEntryNote,FMaterialId"
    assert raw.query(FORM, fields) == [[bill.number, None, None, None, 0]]


def test_two_tables_give_their_product(raw: Raw) -> None:
    head = {
        "FBillTypeID": "FYBXD001_SYS", "FDate": raw.erp.today(), "FProposerID": "A0057", "FRequestDeptID": "BM000001",
        "FOrgID": "100", "FExpenseOrgId": "100", "FExpenseDeptID": "BM000001", "FCurrencyID": "PRE001",
        "FCONTACTUNITTYPE": "BD_Empinfo", "FCONTACTUNIT": "A0057",
    }  # fmt: skip
    lines: dict[str, Any] = {
        "FEntity": [{"FExpID": "CI001"}] * 2,
        "FRecInvInfo": [{"FRecInv": "I1"}, {"FRecInv": "I2"}],
    }
    raw.erp.make("ER_ExpReimbursement", head, lines, "danqiao")
    assert len(raw.query("ER_ExpReimbursement", "FExpID.FNumber,FRecInv")) == 4


# --- pages


def test_pages_by_start_and_limit_within_the_top(raw: Raw) -> None:
    for _ in range(7):
        raw.erp.sales_order()

    def page(start: int, limit: int, **more: Any) -> list[int]:
        rows = raw.query(FORM, "FBillNo", OrderString="FID asc", StartRow=start, Limit=limit, **more)
        return [int(row[0][-1]) for row in rows]

    assert [page(0, 3), page(3, 3), page(6, 3), page(9, 3)] == [[1, 2, 3], [4, 5, 6], [7], []]
    assert page(3, 3, TopRowCount=5) == [4, 5]
    assert page(0, 0, TopRowCount=2) == [1, 2]
    raw.erp.settings.max_query_rows = 4
    assert page(0, 0) == page(0, 100) == [1, 2, 3, 4]
    raw.erp.settings.over_limit_refused = True
    (row,) = raw.query(FORM, "FBillNo", Limit=5)
    assert row[0]["Result"]["ResponseStatus"]["MsgCode"] == 8


def test_order_by_several_fields(four: Raw) -> None:
    rows = four.query(FORM, "FBillNo", OrderString="FDocumentStatus desc, FBillNo desc")
    assert [row[0][-1] for row in rows] == ["2", "1", "4", "3"]


# --- errors, rights, variants


@pytest.mark.parametrize(
    ("form", "fields", "where", "text", "code"),
    [
        (FORM, "FID,FXYZ", "", "元数据中标识为FXYZ的字段不存在", 9),
        (FORM, "FCustId.FXYZ", "", "元数据中标识为FXYZ的字段不存在", 9),
        (FORM, "FBillNo.FNumber", "", "元数据中标识为FBillNo.FNumber的字段不存在", 9),
        (FORM, "FID", "FXYZ=1", "元数据中标识为FXYZ的字段不存在", 9),
        ("NO_Form", "FID", "", "业务对象不存在：NO_Form", 4),
        (FORM, "", "", "参数FieldKeys不能为空", 8),
    ],
)
def test_errors_come_as_rows(raw: Raw, form: str, fields: str, where: str, text: str, code: int) -> None:
    answer = raw.query(form, fields, where)
    told = answer[0][0]["Result"]["ResponseStatus"]
    assert (len(answer), len(answer[0])) == (1, 1)
    assert (told["Errors"][0]["Message"], told["MsgCode"], told["ErrorCode"]) == (text, code, 500)


def test_a_missing_query_right_is_an_error_and_on_v91_an_empty_list(four: Raw) -> None:
    four.erp.settings.denied.add(("danqiao", FORM, "View"))
    told = four.query(FORM, "FID")[0][0]["Result"]["ResponseStatus"]
    assert (told["Errors"][0]["Message"], told["MsgCode"]) == ("您没有该功能的操作权限", 2)
    four.erp.settings.v91_rights = True
    assert four.query(FORM, "FID") == []


def test_data_rights_filter_without_a_word(four: Raw) -> None:
    four.erp.sales_order(company="200", maker="huangwei")
    bill = four.erp.find(FORM, "XSDD000001")
    assert bill is not None
    four.erp.settings.hidden_orgs.add("200")
    assert len(four.query(FORM, "FID")) == 4
    four.erp.settings.hidden_forms.add(FORM)
    assert four.query(FORM, "FID") == []
    assert four.refusal("View", FORM, {"Id": str(bill.id)})[1] == 10
    assert four.refusal("Audit", FORM, {"Ids": str(bill.id)})[1] == 10
    assert bill.status == "B"


def test_an_installation_where_in_fails(four: Raw) -> None:
    four.erp.settings.in_operator = False
    assert four.query(FORM, "FID", "FBillNo in ('A')")[0][0]["Result"]["ResponseStatus"]["MsgCode"] == 6
    assert four.query(FORM, "FID", "FNote = ' in ('") == []


def test_bill_query_answers_objects_and_is_missing_on_old_servers(four: Raw) -> None:
    data = {"FormId": FORM, "FieldKeys": "FBillNo,FCustId.FNumber", "FilterString": "FDocumentStatus='B'"}
    assert four.post(FORMS + "BillQuery", {"data": data}).json() == [
        {"FBillNo": "XSDD000001", "FCustId.FNumber": "CUST0001"},
        {"FBillNo": "XSDD000002", "FCustId.FNumber": "CUST0002"},
    ]
    four.erp.settings.bill_query = False
    assert four.post(FORMS + "BillQuery", {"data": data}).status_code == 404


def test_base_data_stands_once_for_each_organisation(raw: Raw) -> None:
    usable = "FDocumentStatus='C' and FForbidStatus='A'"
    rows = raw.query("BD_MATERIAL", "FMATERIALID,FNumber,FUseOrgId.FNumber", f"{usable} and FNumber='M0001'")
    assert [row[2] for row in rows] == ["100", "200"]
    assert rows[0][0] != rows[1][0]
    rows = raw.query("BD_MATERIAL", "FNumber", f"{usable} and FUseOrgId.FNumber='100'", OrderString="FNumber")
    assert rows == [["M0001"], ["M0002"], ["M0003"], ["M0004"]]
    assert ["A0066"] not in raw.query("BD_Empinfo", "FStaffNumber", usable)
    assert raw.query("SEC_User", "FUserAccount,FName", "FUserAccount='wangmin'") == [["wangmin", "王敏"]]


def test_a_thousand_bills_are_listed_in_one_answer(raw: Raw) -> None:
    for _ in range(1000):
        raw.erp.sales_order(submit=True)
    assert (
        len(
            raw.query(
                FORM, "FID,FBillNo,FDocumentStatus,FModifyDate", "FDocumentStatus='B'", OrderString="FID"
            )
        )
        == 1000
    )
