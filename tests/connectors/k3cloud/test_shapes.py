"""Filters, values, Models and metadata: the vendor's notation."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from desktop.connectors.k3cloud import shapes
from desktop.connectors.k3cloud.metadata import form_fields
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import BillStatus, FieldInfo

CHINA = ZoneInfo("Asia/Shanghai")


def test_quotes_in_a_value_cannot_leave_it():
    assert shapes.quoted("O'Neil' or 1=1 --") == "'O''Neil'' or 1=1 --'"


@pytest.mark.parametrize(
    "text", ["F'x", "FID or 1=1", "", "FID;", "F.", ".F", "F..G", "FID\n", "字段", "F ID", "1F"]
)
def test_nothing_but_a_field_key_passes_for_one(text):
    with pytest.raises(SyncError) as raised:
        shapes.field_key(text)
    assert raised.value.code is ErrorCode.ARGUMENT_WRONG


@pytest.mark.parametrize(
    "text", ["FID", "FCustId.FNumber", "F_PAEZ_Text", "FDetailID.FDETAILID__FFLEX4.FNumber"]
)
def test_field_keys_pass(text):
    assert shapes.field_key(text) == text


@pytest.mark.parametrize("text", ["1,2", "1 or 1=1", "", "'", "1'"])
def test_nothing_but_an_id_passes_for_one(text):
    with pytest.raises(SyncError):
        shapes.record_key(text)
    with pytest.raises(SyncError):
        shapes.literal(text)


def test_ids_are_listed_with_or_and_with_in_where_the_server_knows_it():
    assert shapes.one_of("FID", ["1", "2"], use_in=False) == "FID=1 or FID=2"
    assert shapes.one_of("FID", ["1", "ab-c"], use_in=True) == "FID in (1,'ab-c')"


@pytest.mark.parametrize(
    ("told", "held"),
    [
        (" ", ""), ("", ""), (None, None), ("  x ", "  x "), (True, True), (7, Decimal(7)), ("张三😀", "张三😀"),
        (Decimal("100.0000000000"), Decimal("100")), (Decimal("0.10"), Decimal("0.1")), (Decimal("-0.00"), Decimal(0)),
        (Decimal("12345678901234567890.123456789"), Decimal("12345678901234567890.123456789")),
        (Decimal("1E+3"), Decimal(1000)),
    ],
)  # fmt: skip
def test_values_are_held_plain(told, held):
    assert shapes.plain(told) == held
    assert str(shapes.plain(told)) == str(held)


def test_the_servers_time_is_local_and_ours_is_not():
    assert shapes.moment("2026-08-10T00:30:15.893", CHINA) == datetime(2026, 8, 9, 16, 30, 15, 893000, UTC)
    assert shapes.moment(" ", CHINA) is None
    assert shapes.moment(None, CHINA) is None


@pytest.mark.parametrize(("letter", "cancel", "status"), [
    ("Z", None, BillStatus.DRAFT), ("A", "A", BillStatus.CREATED), ("B", "A", BillStatus.SUBMITTED),
    ("C", " ", BillStatus.AUDITED), ("D", None, BillStatus.REOPENED), ("A", "B", BillStatus.VOID),
])  # fmt: skip
def test_status_letters(letter, cancel, status):
    assert shapes.bill_status("erp", "X1", letter, cancel) is status


def test_an_unknown_status_letter_is_not_guessed():
    with pytest.raises(SyncError) as raised:
        shapes.bill_status("erp", "X1", "Q", None)
    assert (raised.value.code, raised.value.facts["number"]) == (ErrorCode.UNREADABLE, "X1")


def test_a_model_nests_dotted_targets_and_keeps_their_order():
    header = {
        "FDate": "2026-11-22",
        "FSupplierId.FNumber": "V1",
        "FPOOrderFinance.FSettleCurrId.FNumber": "PRE001",
    }
    lines = {"FPOOrderEntry": ({"FMaterialId.FNumber": "M1", "FQty": Decimal("5.5"), "FNote": None},)}
    made = shapes.model(header | {"FPOOrderFinance.FIsIncludedTax": True, "FDeptId.FNumber": ""}, lines)
    assert made == {
        "FDate": "2026-11-22",
        "FSupplierId": {"FNumber": "V1"},
        "FPOOrderFinance": {"FSettleCurrId": {"FNumber": "PRE001"}, "FIsIncludedTax": True},
        "FPOOrderEntry": [{"FMaterialId": {"FNumber": "M1"}, "FQty": Decimal("5.5")}],
    }
    assert list(made) == ["FDate", "FSupplierId", "FPOOrderFinance", "FPOOrderEntry"]


def test_a_target_cannot_be_a_value_and_a_group_at_once():
    with pytest.raises(SyncError):
        shapes.nested({"FCustId": "x", "FCustId.FNumber": "C1"})


def test_a_note_names_every_field_it_touches():
    assert shapes.touched({"F_OA_NOTE": "x", "FDeptId.FNumber": "B1"}) == ["F_OA_NOTE", "FDeptId", "FNumber"]


def test_metadata_becomes_field_infos():
    told = {
        "Entrys": [
            {
                "Key": "FBillHead",
                "Fields": [
                    {"Key": "F_SYNC_KEY", "Name": [{"Key": 2052, "Value": "同步键"}], "MustInput": 0, "FieldType": 231, "Length": 60},
                    {"Key": "FCustId", "Name": [{"Key": 2052, "Value": "客户"}], "MustInput": 1, "LookUpObjectFormId": "BD_Customer"},
                ],
            },
            {"Key": "FSaleOrderEntry", "Fields": [{"Key": "FQty", "Name": "数量", "FieldType": 106, "Scale": 10}]},
            {"Key": "FEmpty", "Fields": None},
        ]
    }  # fmt: skip
    assert form_fields(told) == (
        FieldInfo("", "F_SYNC_KEY", "同步键", "231", length=60),
        FieldInfo(
            "",
            "FCustId",
            "客户",
            "BD_Customer",
            required=True,
            kind="customer",
            code_key="FCustId.FNumber",
            name_key="FCustId.FName",
        ),
        FieldInfo("FSaleOrderEntry", "FQty", "数量", "106", places=10),
    )
    assert form_fields(None) == form_fields({}) == ()
