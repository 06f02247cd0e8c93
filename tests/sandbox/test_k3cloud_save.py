"""Save, BatchSave and Draft of the toy K/3 Cloud: what is kept, what is dropped in silence, what is refused."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import pytest

from desktop.sandbox.erp_bill import ErpBill
from tests.sandbox.test_k3cloud_signin import Raw, raw, shared_server

__all__ = ["raw", "shared_server"]

ORDER: dict[str, Any] = {
    "FBillTypeID": {"FNUMBER": "XSDD01_SYS"},
    "FDate": "2026-11-22",
    "FSaleOrgId": {"FNumber": "100"},
    "FCustId": {"FNumber": "CUST0001"},
    "FSalerId": {"FNumber": "XSYA0057"},
    "F_DQ_KEY": "ABCDEFGHIJKLMNOP-R1",
    "FSaleOrderFinance": {"FSettleCurrId": {"FNumber": "PRE001"}, "FIsIncludedTax": True},
    "FSaleOrderEntry": [
        {
            "FRowType": "Standard",
            "FMaterialId": {"FNumber": "M0001"},
            "FUnitID": {"FNumber": "Pcs"},
            "FQty": 10,
            "FPriceUnitId": {"FNumber": "Pcs"},
            "FTaxPrice": 113,
            "FEntryTaxRate": 13,
            "FDeliveryDate": "2026-12-01",
            "FSettleOrgIds": {"FNumber": "100"},
            "FReserveType": "1",
            "FStockUnitID": {"FNumber": "Pcs"},
            "FOUTLMTUNIT": "SAL",
        }
    ],
}
FORM, TABLE = "SAL_SaleOrder", "FSaleOrderEntry"


def order(**changed: Any) -> dict[str, Any]:
    return {**copy.deepcopy(ORDER), **changed}


def line(**changed: Any) -> dict[str, Any]:
    return {**copy.deepcopy(ORDER[TABLE][0]), **changed}


@pytest.fixture(autouse=True)
def signed_in(raw: Raw) -> None:
    raw.sign_in()


def save(raw: Raw, model: dict[str, Any], **options: Any) -> ErpBill:
    told = raw.call("Save", FORM, {"Model": model, **options})["Result"]
    assert told["ResponseStatus"]["IsSuccess"] is True, told
    return raw.erp.bill(FORM, told["Id"])


def three_lines(raw: Raw) -> ErpBill:
    return raw.erp.sales_order(lines=[("M0001", 1, "1.13"), ("M0002", 2, "2.26"), ("M0003", 3, "3.39")])


def materials(bill: ErpBill) -> list[str]:
    return [row["FMaterialId"].number for row in bill.entries[TABLE]]


# --- new bills


def test_a_new_bill_gets_number_ids_state_and_totals(raw: Raw) -> None:
    wanted = ["FBillNo", "FCustId", "FBillAllAmount", f"{TABLE}.FEntryID", f"{TABLE}.FAllAmount"]
    result = raw.call("Save", FORM, {"Model": order(), "NeedReturnFields": wanted})["Result"]
    bill = raw.erp.bill(FORM, result["Id"])
    assert (bill.status, bill.number, bill.maker) == ("A", "XSDD000001", "danqiao")
    line_id = bill.entries[TABLE][0]["FEntryID"]
    assert result["Number"] == bill.number
    assert result["ResponseStatus"]["SuccessEntitys"] == [
        {"Id": bill.id, "Number": bill.number, "DIndex": 0, "EntryIds": {TABLE: [line_id]}}
    ]
    (returned,) = result["NeedReturnData"]
    assert returned["FBillNo"] == bill.number
    assert returned["FCustId"]["Number"] == "CUST0001"
    assert returned[TABLE] == [{"FEntryID": line_id, "FAllAmount": 1130.0}]
    head = bill.head
    assert (head["FBillAllAmount"], head["FBillAmount"], head["FBillTaxAmount"]) == (
        Decimal("1130.00"),
        Decimal("1000.00"),
        Decimal("130.00"),
    )
    assert save(raw, order()).number == "XSDD000002"


def test_yes_and_no_may_be_texts_and_data_a_text(raw: Raw) -> None:
    data = json.dumps({"IsDeleteEntry": "false", "IsVerifyBaseDataField": "true", "Model": order()})
    assert raw.status("Save", FORM, data)["IsSuccess"] is True
    told = raw.refusal("Save", FORM, data.replace("CUST0001", "CUST9999"))
    assert told == ("基础资料“客户”中不存在编码为“CUST9999”的数据", 9)


def test_an_unknown_reference_is_silently_empty(raw: Raw) -> None:
    assert save(raw, order(FSaleGroupId={"FNumber": "NOPE"})).head["FSaleGroupId"] is None
    assert raw.refusal("Save", FORM, {"Model": order(FCustId={"FNumber": "NOPE"})}) == (
        "字段“客户”是必填项",
        11,
    )
    raw.erp.settings.verify_base_data = True
    assert raw.refusal("Save", FORM, {"Model": order(FCustId={"FNumber": "NOPE"})})[1] == 9


@pytest.mark.parametrize("material", ["M0005", "M9999"])
def test_a_disabled_material_is_as_unknown_as_an_unknown_one(raw: Raw, material: str) -> None:
    model = order(**{TABLE: [line(FMaterialId={"FNumber": material})]})
    text, code = raw.refusal("Save", FORM, {"Model": model, "IsVerifyBaseDataField": True})
    assert (code, "基础资料" in text) == (9, True)


def test_base_data_of_another_organisation_is_not_found(raw: Raw) -> None:
    model = order(FSaleDeptId={"FNumber": "BM000011"})
    assert raw.refusal("Save", FORM, {"Model": model, "IsVerifyBaseDataField": True})[1] == 9
    assert save(raw, order(FSaleDeptId={"FNumber": "BM000001"})).head["FSaleDeptId"].name == "销售部"


@pytest.mark.parametrize("key", ["FCustId", "FSalerId", "FDate"])
def test_a_required_field_is_demanded_by_its_label(raw: Raw, key: str) -> None:
    model = order()
    del model[key]
    told = raw.status("Save", FORM, {"Model": model})
    label = raw.erp.forms[FORM].by_key[key].label
    assert told["Errors"] == [{"FieldName": key, "Message": f"字段“{label}”是必填项", "DIndex": 0}]
    assert told["MsgCode"] == 11
    assert raw.erp.bills(FORM) == []


def test_unknown_keys_are_ignored_and_wrong_levels_refused(raw: Raw) -> None:
    bill = save(raw, order(CustId={"FNumber": "CUST0002"}, fnote="x", FNope=1))
    assert (bill.head["FCustId"].number, bill.head.get("FNote")) == ("CUST0001", None)
    text, code = raw.refusal("Save", FORM, {"Model": order(FQty=3)})
    assert (code, text) == (9, "实体不存在此属性！[EntityType：BillHead，Property：FQty]")
    assert "FSaleOrderEntry" in raw.refusal("Save", FORM, {"Model": order(**{TABLE: [line(FCustId={})]})})[0]


def test_text_that_is_too_long_is_refused(raw: Raw) -> None:
    assert save(raw, order(F_DQ_KEY="K" * 40)).key == "K" * 40
    text, code = raw.refusal("Save", FORM, {"Model": order(F_DQ_KEY="K" * 41)})
    assert (code, "40" in text) == (11, True)


@pytest.mark.parametrize("quantity", ["ten", "1e30", True])
def test_what_is_no_number_is_refused(raw: Raw, quantity: Any) -> None:
    assert raw.refusal("Save", FORM, {"Model": order(**{TABLE: [line(FQty=quantity)]})})[1] == 8


def test_numbers_are_kept_exactly_and_rounded_to_the_field(raw: Raw) -> None:
    bill = save(
        raw, order(**{TABLE: [line(FQty=0.1, FTaxPrice=0.3), line(FQty="1.00005", FTaxPrice="99.9999995")]})
    )
    rows = bill.entries[TABLE]
    assert [row["FQty"] for row in rows] == [Decimal("0.1000"), Decimal("1.0001")]
    assert [row["FTaxPrice"] for row in rows] == [Decimal("0.300000"), Decimal("100.000000")]
    assert [row["FAllAmount"] for row in rows] == [Decimal("0.03"), Decimal("100.01")]


def test_an_own_number_that_is_taken_is_refused(raw: Raw) -> None:
    save(raw, order(FBillNo="OWN-1"))
    text, code = raw.refusal("Save", FORM, {"Model": order(FBillNo="own-1")})
    assert (code, "已存在" in text) == (11, True)


def test_order_of_keys_matters_unless_the_server_adjusts_it(raw: Raw) -> None:
    price_first = {"FTaxPrice": 113, **{key: value for key, value in line().items() if key != "FTaxPrice"}}
    assert save(raw, order(**{TABLE: [price_first]})).head["FBillAllAmount"] == 0
    adjusted = save(raw, order(**{TABLE: [price_first]}), IsAutoAdjustField=True)
    assert adjusted.head["FBillAllAmount"] == Decimal("1130.00")


def test_a_repeated_packet_is_refused_when_asked_for(raw: Raw) -> None:
    save(raw, order(), ValidateRepeatJson=True)
    assert "重复" in raw.refusal("Save", FORM, {"Model": order(), "ValidateRepeatJson": "true"})[0]
    save(raw, order())


def test_an_unknown_form_and_an_empty_model(raw: Raw) -> None:
    assert raw.refusal("Save", "NO_Form", {"Model": order()})[1] == 4
    assert raw.refusal("Save", "", {"Model": order()})[1] == 5
    assert raw.refusal("Save", FORM, {})[1] == 8


# --- changes


def test_lines_that_are_not_sent_are_deleted_by_default(raw: Raw) -> None:
    bill = three_lines(raw)
    first = bill.entries[TABLE][0]["FEntryID"]
    save(raw, {"FID": bill.id, TABLE: [{"FEntryID": first, "FQty": 5}]})
    assert [(row["FEntryID"], row["FQty"]) for row in bill.entries[TABLE]] == [(first, 5)]
    assert bill.head["FBillAllAmount"] == Decimal("5.65")


def test_without_delete_lines_stay_change_and_are_added(raw: Raw) -> None:
    bill = three_lines(raw)
    second = bill.entries[TABLE][1]["FEntryID"]
    rows = [{"FEntryID": second, "FQty": 7}, line(FMaterialId={"FNumber": "M0004"})]
    save(raw, {"FID": bill.id, TABLE: rows}, IsDeleteEntry=False)
    assert materials(bill) == ["M0001", "M0002", "M0003", "M0004"]
    assert [row["FQty"] for row in bill.entries[TABLE]] == [1, 7, 3, 10]


def test_a_table_left_out_is_untouched_and_an_empty_row_deletes_all(raw: Raw) -> None:
    bill = three_lines(raw)
    save(raw, {"FID": bill.id, "FNote": "改"})
    assert (len(bill.entries[TABLE]), bill.head["FNote"]) == (3, "改")
    save(raw, {"FID": bill.id, TABLE: [{}]})
    assert bill.entries[TABLE] == []
    assert raw.query(FORM, f"FBillNo,{TABLE}_FEntryID,FQty", f"FID={bill.id}") == [[bill.number, None, 0]]


def test_only_the_listed_fields_change(raw: Raw) -> None:
    bill = three_lines(raw)
    first = bill.entries[TABLE][0]["FEntryID"]
    model = {
        "FID": bill.id,
        "FNote": "no",
        "F_DQ_NOTE": "同意",
        TABLE: [{"FEntryID": first, "FQty": 9}, line()],
    }
    save(raw, model, NeedUpDateFields=["F_DQ_NOTE"], IsDeleteEntry="false")
    assert (bill.head.get("FNote"), bill.head["F_DQ_NOTE"]) == (None, "同意")
    assert [row["FQty"] for row in bill.entries[TABLE]] == [1, 2, 3]
    save(raw, model, NeedUpDateFields=[TABLE, "FQty"], IsDeleteEntry="false")
    assert [row["FQty"] for row in bill.entries[TABLE]] == [9, 2, 3, 10]


def test_a_line_id_from_nowhere_and_a_bill_from_nowhere_are_refused(raw: Raw) -> None:
    bill = three_lines(raw)
    assert raw.refusal("Save", FORM, {"Model": {"FID": bill.id, TABLE: [{"FEntryID": 1}]}})[1] == 9
    assert raw.refusal("Save", FORM, {"Model": {"FID": 42}})[1] == 10
    assert len(bill.entries[TABLE]) == 3


def test_a_refused_change_leaves_the_bill_as_it_was(raw: Raw) -> None:
    bill = three_lines(raw)
    before = (dict(bill.head), copy.copy(bill.entries[TABLE][0]), bill.modified_at)
    first = bill.entries[TABLE][0]["FEntryID"]
    model = {"FID": bill.id, "FNote": "x", "F_DQ_KEY": "y" * 50, TABLE: [{"FEntryID": first, "FQty": 9}]}
    assert raw.refusal("Save", FORM, {"Model": model})[1] == 11
    assert (dict(bill.head), bill.entries[TABLE][0], bill.modified_at) == before
    assert bill.times("Save") == 1


@pytest.mark.parametrize(("audited", "said"), [(False, "单据处于审核中"), (True, "单据已审核，不允许修改")])
def test_a_bill_in_approval_or_audited_is_not_written_to(raw: Raw, audited: bool, said: str) -> None:
    bill = raw.erp.sales_order(submit=True)
    if audited:
        raw.erp.audit(FORM, bill.id, "danqiao")
    text, code = raw.refusal("Save", FORM, {"Model": {"FID": bill.id, "F_DQ_NOTE": "x"}})
    assert (code, said in text) == (11, True)
    assert not bill.head.get("F_DQ_NOTE")


def test_a_reopened_bill_stays_reopened_when_saved(raw: Raw) -> None:
    bill = raw.erp.sales_order(submit=True)
    raw.erp.withdraw(FORM, bill.id, "wangmin")
    assert save(raw, {"FID": bill.id, "F_DQ_NOTE": "退回"}).status == "D"


# --- many, drafts, one transaction


def test_a_batch_keeps_the_good_ones(raw: Raw) -> None:
    models = [order(), order(FCustId={}), order(F_DQ_KEY="SECOND")]
    result = raw.call("BatchSave", FORM, {"Model": models})["Result"]
    told = result["ResponseStatus"]
    assert (told["IsSuccess"], told["MsgCode"], "Id" in result) == (False, 11, False)
    assert [row["DIndex"] for row in told["SuccessEntitys"]] == [0, 2]
    assert [row["DIndex"] for row in told["Errors"]] == [1]
    keys = [raw.erp.bill(FORM, row["Id"]).key for row in told["SuccessEntitys"]]
    assert keys == [ORDER["F_DQ_KEY"], "SECOND"]


def test_a_draft_wants_nothing_has_no_number_and_becomes_a_bill_when_saved(raw: Raw) -> None:
    result = raw.call("Draft", FORM, {"Model": {"FSaleOrgId": {"FNumber": "100"}}})["Result"]
    bill = raw.erp.bill(FORM, result["Id"])
    assert (bill.status, bill.number) == ("Z", "")
    assert "必填" in raw.refusal("Save", FORM, {"Model": {"FID": bill.id}})[0]
    assert bill.status == "Z"
    save(raw, order(FID=bill.id))
    assert (bill.status, bill.number) == ("A", "XSDD000001")
    assert raw.refusal("Draft", FORM, {"Model": {"FID": bill.id}})[1] == 11


def test_save_submit_and_audit_in_one_go_or_not_at_all(raw: Raw) -> None:
    assert save(raw, order(), IsAutoSubmitAndAudit="true").status == "C"
    raw.erp.settings.workflow_forms.add(FORM)
    assert "工作流" in raw.refusal("Save", FORM, {"Model": order(), "IsAutoSubmitAndAudit": True})[0]
    assert len(raw.erp.bills(FORM)) == 1
    old = raw.erp.sales_order()
    data = {"Model": {"FID": old.id, "FNote": "x"}, "IsAutoSubmitAndAudit": True}
    raw.refusal("Save", FORM, data)
    assert (old.status, old.head.get("FNote"), old.times("Submit")) == ("A", None, 0)


# --- vouchers


def voucher(debit: str, credit: str, **changed: Any) -> dict[str, Any]:
    common = {
        "FEXPLANATION": "报销",
        "FCURRENCYID": {"FNumber": "PRE001"},
        "FEXCHANGERATETYPE": {"FNumber": "HLTX01_SYS"},
        "FEXCHANGERATE": 1,
    }
    department = {"FDETAILID__FFLEX5": {"FNumber": "BM000001"}}
    return {
        "FAccountBookID": {"FNumber": "001"},
        "FDate": "2026-10-22",
        "FVOUCHERGROUPID": {"FNumber": "PRE001"},
        "FVOUCHERGROUPNO": "0",
        "FSourceBillKey": {"FNumber": "78050206-2fa6-40e3-b7c8-bd608146fa38"},
        "FDocumentStatus": "Z",
        "FEntity": [
            {**common, "FACCOUNTID": {"FNumber": "6602"}, "FDetailID": department, "FDEBIT": debit},
            {**common, "FACCOUNTID": {"FNumber": "1002"}, "FCREDIT": credit},
        ],
        **changed,
    }


def test_vouchers_balance_are_numbered_in_their_period_and_want_dimensions(raw: Raw) -> None:
    wanted = {"Model": voucher("500", "500"), "NeedReturnFields": ["FVOUCHERGROUPNO", "FPERIOD"]}
    first = raw.call("Save", "GL_VOUCHER", wanted)["Result"]
    assert first["NeedReturnData"] == [{"FVOUCHERGROUPNO": "1", "FPERIOD": 10}]
    assert raw.call("Save", "GL_VOUCHER", wanted)["Result"]["NeedReturnData"][0]["FVOUCHERGROUPNO"] == "2"
    assert "已存在" in raw.refusal("Save", "GL_VOUCHER", {"Model": voucher("5", "5", FVOUCHERGROUPNO="2")})[0]
    assert "借贷不平衡" in raw.refusal("Save", "GL_VOUCHER", {"Model": voucher("500", "499.99")})[0]
    bare = voucher("1", "1")
    del bare["FEntity"][0]["FDetailID"]
    assert "核算维度" in raw.refusal("Save", "GL_VOUCHER", {"Model": bare})[0]
    rows = raw.query("GL_VOUCHER", "FVOUCHERID,FDEBITTOTAL,FDetailID.FDETAILID__FFLEX5.FNumber", "FDEBIT>0")
    assert rows[0] == [first["Id"], 500, "BM000001"]


def test_the_date_before_the_book_falls_into_the_current_period(raw: Raw) -> None:
    model = voucher("1", "1")
    turned = {"FDate": model.pop("FDate"), **model}
    bill_id = raw.call("Save", "GL_VOUCHER", {"Model": turned})["Result"]["Id"]
    today = raw.erp.today()
    head = raw.erp.bill("GL_VOUCHER", bill_id).head
    assert (head["FYEAR"], head["FPERIOD"]) == (today.year, today.month)
    assert head["FDate"].month == 10


def test_a_closed_period_is_closed(raw: Raw) -> None:
    raw.erp.settings.closed_until = raw.erp.today().date()
    assert "已结账" in raw.refusal("Save", "GL_VOUCHER", {"Model": voucher("1", "1")})[0]
    save(raw, order())
