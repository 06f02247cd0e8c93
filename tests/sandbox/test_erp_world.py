"""The toy ERP without HTTP: what people do, what is counted, what the totals are, and many hands at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from desktop.sandbox.erp import Erp
from desktop.sandbox.erp_bill import Refusal
from desktop.sandbox.erp_query import Query
from desktop.sandbox.erp_settings import ErpSettings

FORM = "SAL_SaleOrder"


@pytest.fixture
def erp() -> Erp:
    return Erp()


def test_a_bill_remembers_who_did_what_and_how_often_it_was_true(erp: Erp) -> None:
    bill = erp.sales_order()
    erp.submit(FORM, bill.id, "wangmin")
    for _ in range(2):
        with pytest.raises(Refusal, match="只有已审核"):
            erp.un_audit(FORM, bill.id, "lihua")
    erp.audit(FORM, bill.id, "danqiao")
    with pytest.raises(Refusal, match="单据已经审核"):
        erp.audit(FORM, bill.id, "danqiao")
    told = [(act.actor, act.operation, act.result == "") for act in bill.history]
    assert told == [
        ("wangmin", "Save", True),
        ("wangmin", "Submit", True),
        ("lihua", "UnAudit", False),
        ("lihua", "UnAudit", False),
        ("danqiao", "Audit", True),
        ("danqiao", "Audit", False),
    ]
    assert (bill.times("Audit"), bill.times("UnAudit")) == (1, 0)
    assert bill.maker == "wangmin"


def test_a_deleted_bill_keeps_its_history_in_the_graveyard(erp: Erp) -> None:
    bill = erp.sales_order()
    erp.delete(FORM, bill.id, "wangmin")
    assert erp.find(FORM, bill.number) is None
    assert erp.bills(FORM) == []
    assert erp.graveyard[FORM, bill.id].times("Delete") == 1


def test_a_person_edits_head_and_lines_adds_and_deletes(erp: Erp) -> None:
    bill = erp.sales_order(lines=[("M0001", 1, "1.13"), ("M0002", 2, "11.30")])
    first, second = (row["FEntryID"] for row in bill.entries["FSaleOrderEntry"])
    extra = {
        **{key: value for key, value in bill.entries["FSaleOrderEntry"][0].items() if key != "FEntryID"},
        "FQty": 3,
    }
    erp.edit(
        FORM,
        bill.id,
        "lihua",
        {"FCustId": "CUST0003"},
        {first: {"FQty": "10"}, second: None},
        {"FSaleOrderEntry": [extra]},
    )
    rows = bill.entries["FSaleOrderEntry"]
    assert [(row["FEntryID"] == first, row["FQty"]) for row in rows] == [(True, 10), (False, 3)]
    assert (bill.head["FCustId"].number, bill.head["FBillAllAmount"]) == ("CUST0003", Decimal("14.69"))
    assert bill.modifier is not None
    assert bill.modifier.number == "lihua"


def test_an_edit_that_is_refused_changes_nothing(erp: Erp) -> None:
    bill = erp.sales_order()
    line = bill.entries["FSaleOrderEntry"][0]["FEntryID"]
    with pytest.raises(Refusal, match="不存在编码"):
        erp.edit(FORM, bill.id, "wangmin", {"FCustId": "NOPE"}, {line: {"FQty": 5}})
    with pytest.raises(Refusal, match="必填"):
        erp.edit(FORM, bill.id, "wangmin", {}, {line: {"FQty": 5, "FReserveType": ""}})
    assert bill.entries["FSaleOrderEntry"][0]["FQty"] == 1000


def test_who_is_no_user_cannot_work(erp: Erp) -> None:
    with pytest.raises(LookupError):
        erp.sales_order(FNote="x", maker="chenjie")


def test_every_kind_of_bill_can_be_typed(erp: Erp) -> None:
    made = [erp.requisition(), erp.purchase_order(), erp.payment_request(), erp.purchase_invoice()]
    assert [bill.number for bill in made] == ["CGSQ000001", "CGDD000001", "FKSQ000001", "CGZP000001"]
    assert made[0].entries["FEntity"][0]["FReqAmount"] == Decimal("226.00")
    assert made[1].head["FBillAllAmount"] == Decimal("226.00")
    assert made[2].head["FAPPLYAMOUNTFOR_H"] == Decimal("10000.00")
    assert made[2].entries["FPAYAPPLYENTRY"][0]["FEACHCCOUNTNAME"] == "昆山恒泰金属材料有限公司"
    assert made[3].head["FAFTERTOTALTAXFOR"] == Decimal("226.00")
    claim = {
        "FDate": erp.today(),
        "F_PAEZ_OrgId": "100",
        "F_PAEZ_Supplier": "VEN0001",
        "F_PAEZ_Amount": "500",
    }
    assert erp.make("PAEZ_ClaimBill", claim, {}, "danqiao").head["F_PAEZ_Balance"] == Decimal("500.00")
    inquiry = {"FDate": erp.today(), "FPurchaseOrgId": "100", "FSupplierId": "VEN0001"}
    row = {"FMaterialId": "M0001", "FUnitId": "Pcs", "FTaxPrice": "1.13", "FTaxRate": 13}
    bill = erp.make("SVM_InquiryBill", inquiry, {"FEntity": [row]}, "danqiao")
    assert bill.entries["FEntity"][0]["FPrice"] == Decimal("1.000000")


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "whole", "tax"),
    [
        ("3", "11.305", 0, "33.92", "3.90"),
        ("1", "0.005", 0, "0.01", "0.00"),
        ("1000", "1.13", 5, "1073.50", "123.50"),
        ("0", "1.13", 0, "0.00", "0.00"),
        ("-2", "113", 0, "-226.00", "-26.00"),
    ],
)
def test_line_amounts(erp: Erp, quantity: str, price: str, discount: int, whole: str, tax: str) -> None:
    bill = erp.sales_order(lines=[("M0001", quantity, price)])
    line = bill.entries["FSaleOrderEntry"][0]
    erp.edit(FORM, bill.id, "wangmin", {}, {line["FEntryID"]: {"FDiscountRate": discount}})
    assert (line["FAllAmount"], line["FEntryTaxAmount"]) == (Decimal(whole), Decimal(tax))
    assert line["FAmount"] + line["FEntryTaxAmount"] == line["FAllAmount"] == bill.head["FBillAllAmount"]


def test_locks_let_the_holder_work(erp: Erp) -> None:
    bill = erp.sales_order()
    erp.lock(FORM, bill.id, "wangmin")
    with pytest.raises(Refusal, match="冲突"):
        erp.submit(FORM, bill.id, "lihua")
    erp.submit(FORM, bill.id, "wangmin")
    assert bill.status == "B"


def test_void_bills_and_closed_periods(erp: Erp) -> None:
    bill = erp.sales_order()
    erp.void(FORM, bill.id, "wangmin")
    with pytest.raises(Refusal, match="作废"):
        erp.submit(FORM, bill.id, "wangmin")
    paid = erp.payment_request(submit=True)
    erp.settings.closed_until = date(2999, 1, 1)
    with pytest.raises(Refusal, match="已结账"):
        erp.audit(paid.form, paid.id, "danqiao")
    assert paid.status == "B"


def test_the_clock_is_the_worlds() -> None:
    at = datetime(2026, 11, 22, 17, 30, 15, 893456, tzinfo=UTC)
    erp = Erp(lambda: at, ErpSettings(isolated_base_data=False))
    bill = erp.sales_order()
    assert bill.modified_at == at.replace(microsecond=893000)
    assert bill.head["FDate"] == datetime(2026, 11, 23)
    query = Query(FORM, ("FModifyDate", "FDate"))
    assert erp.query(query, "danqiao")[1] == [
        [datetime(2026, 11, 23, 1, 30, 15, 893000), datetime(2026, 11, 23)]
    ]
    assert len(erp.tables["BD_Customer"].with_number("CUST0001")) == 1


def test_our_key_is_found_over_all_forms(erp: Erp) -> None:
    one, other = erp.sales_order(F_DQ_KEY="KEY-R1"), erp.purchase_order(F_DQ_KEY="KEY-R1")
    assert erp.with_key("KEY-R1") == [one, other]
    erp.edit(FORM, one.id, "wangmin", {"F_DQ_KEY": "KEY-R2"})
    assert erp.with_key("key-r1") == [other]
    assert erp.with_key("") == []


def test_of_many_hands_exactly_one_audits(erp: Erp) -> None:
    bills = [erp.sales_order(submit=True) for _ in range(30)]
    start = threading.Barrier(6)

    def work(_: int) -> int:
        start.wait()
        won = 0
        for bill in bills:
            try:
                erp.audit(FORM, bill.id, "danqiao")
                won += 1
            except Refusal:
                pass
        return won

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(work, range(6))) == 30
    assert [bill.times("Audit") for bill in bills] == [1] * 30


def test_a_thousand_bills_are_made_and_audited(erp: Erp) -> None:
    bills = [erp.sales_order(submit=True) for _ in range(1000)]
    for bill in bills:
        erp.audit(FORM, bill.id, "danqiao")
    found: list[list[Any]] = erp.query(Query(FORM, ("FID",), "FDocumentStatus='C'", limit=2000), "danqiao")[1]
    assert len(found) == 1000
