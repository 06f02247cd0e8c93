"""The state table of the toy K/3 Cloud over the wire: each operation from each state, batches, locks, rights, pushing."""

from __future__ import annotations

from typing import Any

import pytest

from desktop.sandbox.erp_bill import ErpBill
from tests.sandbox.test_k3cloud_signin import FORMS, Raw, raw, shared_server

__all__ = ["raw", "shared_server"]

FORM = "SAL_SaleOrder"


@pytest.fixture(autouse=True)
def signed_in(raw: Raw) -> None:
    raw.sign_in()


def in_state(raw: Raw, state: str) -> ErpBill:
    if state == "Z":
        return raw.erp.keep_draft(FORM, {"FSaleOrgId": "100"}, {}, "wangmin")
    bill = raw.erp.sales_order(submit=state in "BCD")
    if state in "CD":
        raw.erp.audit(FORM, bill.id, "danqiao")
    if state == "D":
        raw.erp.un_audit(FORM, bill.id, "danqiao")
    assert bill.status == state
    return bill


ALLOWED = {
    ("Submit", "A"): "B",
    ("Submit", "D"): "B",
    ("CancelAssign", "B"): "D",
    ("Audit", "B"): "C",
    ("UnAudit", "C"): "D",
    ("Delete", "Z"): "",
    ("Delete", "A"): "",
    ("Delete", "D"): "",
}
DONE = {
    "Submit": "提交成功！",
    "CancelAssign": "撤销成功！",
    "Audit": "审核成功！",
    "UnAudit": "反审核成功！",
    "Delete": "删除成功！",
}


@pytest.mark.parametrize("state", "ZABCD")
@pytest.mark.parametrize("operation", DONE)
def test_every_operation_from_every_state(raw: Raw, operation: str, state: str) -> None:
    bill = in_state(raw, state)
    before = bill.times(operation)
    told = raw.status(operation, FORM, {"Ids": str(bill.id)})
    ends = ALLOWED.get((operation, state))
    if ends is None:
        assert (told["IsSuccess"], told["ErrorCode"], told["MsgCode"]) == (False, 500, 11)
        assert told["Errors"][0]["Message"].startswith(f"单据编号为“{bill.number}”的销售订单，")
        assert (bill.status, bill.times(operation)) == (state, before)
        assert raw.erp.bill(FORM, bill.id) is bill
        return
    assert told["SuccessEntitys"] == [{"Id": bill.id, "Number": bill.number or None, "DIndex": 0}]
    assert told["SuccessMessages"][0]["Message"] == f"单据编号为“{bill.number}”的销售订单，{DONE[operation]}"
    assert (told["IsSuccess"], told["MsgCode"], bill.times(operation)) == (True, 0, before + 1)
    found = raw.query(FORM, "FDocumentStatus", f"FID={bill.id}")
    assert found == ([[ends]] if ends else [])
    assert ((FORM, bill.id) in raw.erp.graveyard) is (ends == "")


def test_the_known_words_for_a_bill_that_is_audited_already(raw: Raw) -> None:
    bill = in_state(raw, "C")
    assert raw.refusal("Audit", FORM, {"Ids": str(bill.id)}) == (
        f"单据编号为“{bill.number}”的销售订单，单据已经审核！",
        11,
    )


def test_where_a_withdrawal_leads_is_a_setting(raw: Raw) -> None:
    raw.erp.settings.cancel_assign_to = "A"
    bill = in_state(raw, "B")
    assert raw.status("CancelAssign", FORM, {"Numbers": [bill.number]})["IsSuccess"] is True
    assert bill.status == "A"


def test_a_batch_is_judged_bill_by_bill_and_ids_win_over_numbers(raw: Raw) -> None:
    bills = [in_state(raw, state) for state in "BABC"]
    ids = ",".join(str(bill.id) for bill in bills)
    told = raw.status("Audit", FORM, {"Ids": f"{ids},42", "Numbers": ["NOPE"]})
    assert (told["IsSuccess"], told["MsgCode"]) == (False, 11)
    assert [row["DIndex"] for row in told["SuccessEntitys"]] == [0, 2]
    assert [row["DIndex"] for row in told["SuccessMessages"]] == [0, 2]
    assert [row["DIndex"] for row in told["Errors"]] == [1, 3, 4]
    assert [bill.status for bill in bills] == ["C", "A", "C", "C"]
    numbers = raw.status("UnAudit", FORM, {"Numbers": [bills[0].number, "NOPE"], "Ids": ""})
    assert ([row["Number"] for row in numbers["SuccessEntitys"]], numbers["MsgCode"]) == (
        [bills[0].number],
        10,
    )
    assert raw.refusal("Submit", FORM, {"Ids": "", "Numbers": []})[1] == 8


def test_a_bill_with_next_bills_is_not_un_audited(raw: Raw) -> None:
    bill = in_state(raw, "C")
    raw.erp.add_downstream(FORM, bill.id)
    text, code = raw.refusal("UnAudit", FORM, {"Ids": str(bill.id)})
    assert (code, "下游单据" in text, bill.status) == (11, True, "C")
    raw.erp.remove_downstream(FORM, bill.id)
    assert raw.status("UnAudit", FORM, {"Ids": str(bill.id)})["IsSuccess"] is True


def test_a_running_workflow_blocks_the_audit_unless_told_otherwise(raw: Raw) -> None:
    bill = in_state(raw, "B")
    bill.workflow_running = True
    assert "工作流" in raw.refusal("Audit", FORM, {"Ids": str(bill.id)})[0]
    assert "工作流" in raw.refusal("Audit", FORM, {"Ids": str(bill.id), "IsVerifyProcInst": "true"})[0]
    assert raw.status("Audit", FORM, {"Ids": str(bill.id), "IsVerifyProcInst": False})["IsSuccess"] is True


@pytest.mark.parametrize("code", [0, 13])
def test_a_bill_that_somebody_has_open_gives_a_lock_conflict(raw: Raw, code: int) -> None:
    raw.erp.settings.lock_code = code
    bill = in_state(raw, "B")
    raw.erp.lock(FORM, bill.id, "wangmin")
    told = raw.status("Audit", FORM, {"Ids": str(bill.id)})
    number = bill.number
    text = f"“wangmin”使用业务单据：“销售订单”业务操作-“[销售订单-{number}-修改]”冲突，请稍候再使用。"
    assert told["Errors"] == [{"FieldName": None, "Message": text, "DIndex": 0}]
    assert (told["IsSuccess"], told["MsgCode"], bill.status) == (False, code, "B")
    raw.erp.unlock(FORM, bill.id)
    assert raw.status("Audit", FORM, {"Ids": str(bill.id)})["IsSuccess"] is True


def test_function_rights_are_msgcode_2(raw: Raw) -> None:
    bill = in_state(raw, "B")
    raw.erp.settings.denied.add(("danqiao", FORM, "Audit"))
    assert raw.refusal("Audit", FORM, {"Ids": str(bill.id)}) == ("您没有该功能的操作权限", 2)
    assert raw.status("CancelAssign", FORM, {"Ids": str(bill.id)})["IsSuccess"] is True
    raw.erp.settings.denied.add(("*", "CN_PAYAPPLY", "*"))
    assert raw.refusal("Save", "CN_PAYAPPLY", {"Model": {"FID": 0}})[1] == 2
    assert raw.refusal("View", "CN_PAYAPPLY", {"Id": "1"})[1] == 2


def test_the_change_time_moves_with_each_operation_that_is_set_to_move_it(raw: Raw) -> None:
    settings = raw.erp.settings
    settings.modify_date_on_submit = settings.modify_date_on_audit = False
    bill = raw.erp.sales_order()
    made = bill.modified_at
    for operation in ("Submit", "Audit", "UnAudit", "Submit", "CancelAssign"):
        raw.status(operation, FORM, {"Ids": str(bill.id)})
    assert (bill.modified_at, bill.status) == (made, "D")
    settings.modify_date_on_submit = True
    raw.status("Submit", FORM, {"Ids": str(bill.id)})
    assert bill.modified_at is not None
    assert made is not None
    assert bill.modified_at > made


# --- other operations


def execute(raw: Raw, number: str, data: dict[str, Any], form: str = FORM, spelling: str = "Execute") -> Any:
    return raw.status(f"{spelling}Operation", form, data, opNumber=number)


def test_operations_by_number_tell_nothing_of_each_bill(raw: Raw) -> None:
    bill = in_state(raw, "A")
    told = execute(raw, "Cancel", {"Ids": str(bill.id)})
    assert (told["IsSuccess"], told["SuccessEntitys"], bill.cancel_status) == (True, [], "B")
    assert "作废" in raw.refusal("Submit", FORM, {"Ids": str(bill.id)})[0]
    assert execute(raw, "Cancel", {"Ids": str(bill.id)})["MsgCode"] == 12
    raw.erp.settings.operation_tells_each = True
    assert execute(raw, "Uncancel", {"Ids": str(bill.id)})["SuccessEntitys"][0]["Id"] == bill.id
    assert bill.cancel_status == "A"


def test_closing_bills_and_lines(raw: Raw) -> None:
    bill = in_state(raw, "C")
    assert execute(raw, "YLBillClose", {"Ids": str(bill.id)})["IsSuccess"] is True
    line_id = bill.entries["FSaleOrderEntry"][0]["FEntryID"]
    told = execute(raw, "YLMRPClose", {"PkEntryIds": [{"Id": str(bill.id), "EntryIds": str(line_id)}]})
    assert told["IsSuccess"] is True
    assert raw.query(FORM, "FCloseStatus,FMrpCloseStatus", f"FID={bill.id}") == [["B", "B"]]
    assert execute(raw, "YLUnBillClose", {"Numbers": [bill.number]})["IsSuccess"] is True
    assert bill.close_status == "A"


def test_base_data_can_be_forbidden(raw: Raw) -> None:
    assert execute(raw, "Forbid", {"Numbers": ["CUST0002"]}, form="BD_Customer")["IsSuccess"] is True
    rows = raw.query("BD_Customer", "FNumber", "FForbidStatus='B' and FUseOrgId.FNumber='100'")
    assert rows == [["CUST0002"]]


@pytest.mark.parametrize("number", ["NoSuch", "Audit2"])
def test_an_unknown_operation_number_is_refused(raw: Raw, number: str) -> None:
    bill = in_state(raw, "C")
    assert execute(raw, number, {"Ids": str(bill.id)})["MsgCode"] == 3


def test_one_spelling_works_and_the_other_is_a_null_reference(raw: Raw) -> None:
    bill = in_state(raw, "A")
    data = {"Ids": str(bill.id)}
    null = "未将对象引用设置到对象的实例"
    assert null in execute(raw, "Cancel", data, spelling="Excute")["Errors"][0]["Message"]
    inside = raw.status("ExecuteOperation", FORM, {**data, "opNumber": "Cancel"})
    assert null in inside["Errors"][0]["Message"]
    assert raw.refusal("ExecuteOperation", FORM, data)[1] == 3
    raw.erp.settings.operation_spellings = {"ExcuteOperation"}
    assert execute(raw, "Cancel", data, spelling="Excute")["IsSuccess"] is True
    body = {"parameters": [FORM, "Uncancel", data]}
    assert raw.post(FORMS + "ExcuteOperation", body).json()["Result"]["ResponseStatus"]["IsSuccess"] is True


# --- pushing


def expense(raw: Raw, *, audited: bool = True, **changed: Any) -> ErpBill:
    head = {
        "FBillTypeID": "FYBXD001_SYS",
        "FDate": raw.erp.today(),
        "FCausa": "出差费用",
        "FProposerID": "A0057",
        "FRequestDeptID": "BM000001",
        "FOrgID": "100",
        "FExpenseOrgId": "100",
        "FExpenseDeptID": "BM000001",
        "FCurrencyID": "PRE001",
        "FCONTACTUNITTYPE": "BD_Empinfo",
        "FCONTACTUNIT": "A0057",
        "FRequestType": "1",
        "FBankBranchT": "工商银行",
        "FBankAccountNameT": "王敏",
        "FBankAccountT": "622202",
        **changed,
    }
    amounts = ("500", "480.50")
    rows = [
        {"FExpID": "CI001", "FExpenseAmount": 500, "FExpSubmitAmount": amount, "FReqSubmitAmount": amount}
        for amount in amounts
    ]
    bill = raw.erp.make("ER_ExpReimbursement", head, {"FEntity": rows}, "danqiao", submit=True)
    if audited:
        raw.erp.audit(bill.form, bill.id, "danqiao")
    return bill


PUSH = {"TargetFormId": "CN_PAYAPPLY", "IsEnableDefaultRule": "true"}


def test_an_expense_becomes_a_payment_request_linked_to_it(raw: Raw) -> None:
    source = expense(raw)
    result = raw.call("Push", source.form, {"Numbers": [source.number], **PUSH})["Result"]
    (made,) = result["ResponseStatus"]["SuccessEntitys"]
    assert result["ConvertResponseStatus"]["SuccessEntitys"][0]["Id"] == source.id
    rows = raw.query(
        "CN_PAYAPPLY",
        "FID,FDocumentStatus,FAPPLYAMOUNTFOR_H,FCONTACTUNIT.FNumber,FSRCBILLNO,FAPPLYAMOUNTFOR",
        f"FSRCBILLNO='{source.number}'",
        OrderString="FPAYAPPLYENTRY_FEntryID",
    )
    assert rows == [
        [made["Id"], "A", 980.5, "A0057", source.number, 500],
        [made["Id"], "A", 980.5, "A0057", source.number, 480.5],
    ]
    assert made["EntryIds"]["FPAYAPPLYENTRY"]
    assert source.times("Push") == 1


def test_pushing_twice_is_refused_until_the_next_bill_is_gone(raw: Raw) -> None:
    source = expense(raw)
    data = {"Ids": str(source.id), **PUSH}
    made = raw.status("Push", source.form, data)["SuccessEntitys"][0]["Id"]
    assert "关联数量" in raw.refusal("Push", source.form, data)[0]
    assert "下游单据" in raw.refusal("UnAudit", source.form, {"Ids": str(source.id)})[0]
    assert raw.status("Delete", "CN_PAYAPPLY", {"Ids": str(made)})["IsSuccess"] is True
    assert raw.status("Push", source.form, data)["IsSuccess"] is True


def test_what_cannot_be_pushed(raw: Raw) -> None:
    waiting = expense(raw, audited=False)
    assert "只有已审核" in raw.refusal("Push", waiting.form, {"Ids": str(waiting.id), **PUSH})[0]
    unpaid = expense(raw, FRequestType="0")
    assert "没有申请付款" in raw.refusal("Push", unpaid.form, {"Ids": str(unpaid.id), **PUSH})[0]
    no_rule = {"Ids": str(unpaid.id), "TargetFormId": "AP_Payable", "IsEnableDefaultRule": True}
    assert raw.refusal("Push", unpaid.form, no_rule)[1] == 9
    off = {"Ids": str(unpaid.id), "TargetFormId": "CN_PAYAPPLY"}
    assert raw.refusal("Push", unpaid.form, off)[1] == 9
    assert "凭证" in raw.refusal("Push", "GL_VOUCHER", {"Ids": "1", **PUSH})[0]


def test_a_next_bill_that_cannot_be_saved_is_refused_or_kept_as_a_draft(raw: Raw) -> None:
    source = expense(raw, FBankAccountT="")
    data = {"Ids": str(source.id), "RuleId": "ER_ExpReimbursement-CN_PAYAPPLY"}
    assert "对方银行账号" in raw.refusal("Push", source.form, data)[0]
    assert raw.erp.bills("CN_PAYAPPLY") == []
    told = raw.status("Push", source.form, {**data, "IsDraftWhenSaveFail": "true"})
    (made,) = told["SuccessEntitys"]
    assert made["Number"] is None
    assert raw.erp.bill("CN_PAYAPPLY", made["Id"]).status == "Z"


def test_the_chain_from_requisition_to_invoice(raw: Raw) -> None:
    bill = raw.erp.requisition(lines=[("M0001", 100, "1.13"), ("M0002", 3, "11.30")], submit=True)
    chain = [
        ("PUR_PurchaseOrder", "FBillAllAmount"),
        ("AP_Payable", "FALLAMOUNTFOR"),
        ("IV_PURCHASEIC", "FAFTERTOTALTAXFOR"),
    ]
    for target, total in chain:
        raw.status("Audit", bill.form, {"Ids": str(bill.id)})
        told = raw.status(
            "Push", bill.form, {"Ids": str(bill.id), "TargetFormId": target, "IsEnableDefaultRule": "true"}
        )
        assert told["IsSuccess"] is True, told
        bill = raw.erp.bill(target, told["SuccessEntitys"][0]["Id"])
        assert raw.query(target, total, f"FID={bill.id}") == [[146.9]]
        raw.status("Submit", target, {"Ids": str(bill.id)})
    (payable,) = raw.erp.bills("AP_Payable")
    (order,) = raw.erp.bills("PUR_PurchaseOrder")
    assert raw.query("IV_PURCHASEIC", "FSRCBILLNO", "FPURCHASEICENTRY_FSeq=1") == [[payable.number]]
    assert raw.query("AP_Payable", "FORDERNUMBER", "FEntityDetail_FSeq=2") == [[order.number]]


def test_an_audited_price_adjustment_ends_the_old_price_and_begins_the_new(raw: Raw) -> None:
    erp, org = raw.erp, "100"
    row = {"FMaterialId": "M0001", "FUnitID": "Pcs", "FTaxRate": 13}
    listed = {
        **row,
        "FTaxPrice": "1.13",
        "FEntryEffectiveDate": "2026-01-01",
        "FEntryExpiryDate": "2100-01-01",
    }
    head = {
        "FName": "价目",
        "FCreateOrgId": org,
        "FSupplierID": "VEN0001",
        "FCurrencyID": "PRE001",
        "FIsIncludedTax": True,
    }
    prices = erp.make("PUR_PriceCategory", head, {"FPriceListEntry": [listed]}, "zhouqi", submit=True)
    erp.audit(prices.form, prices.id, "danqiao")
    change = {**row, "FPriceListId": prices.number, "FTaxPrice": "1.20"}
    change |= {"FEntryEffectiveDate": "2026-12-01", "FEntryExpiryDate": "2100-01-01"}
    lines = {"FPATEntry": [change]}
    bill = erp.make("PUR_PAT", {"FDate": erp.today(), "FCreateOrgId": org}, lines, "zhouqi", submit=True)
    assert raw.status("Audit", "PUR_PAT", {"Ids": str(bill.id)})["IsSuccess"] is True
    rows = raw.query(
        "PUR_PriceCategory", "FTaxPrice,FPrice,FEntryExpiryDate", OrderString="FEntryEffectiveDate"
    )
    assert rows == [[1.13, 1, "2026-11-30T00:00:00"], [1.2, 1.061947, "2100-01-01T00:00:00"]]
    assert raw.refusal("UnAudit", "PUR_PAT", {"Ids": str(bill.id)})[1] == 11
