"""K/3 WISE on the samples of its sheet: the token, lists, details, saves and reviews, over real HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from desktop.connectors.base import Outcome, exchanges
from desktop.connectors.k3wise.connector import VENDOR, K3Wise
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import ErpSide
from desktop.domain.record import BillDraft, BillHead, BillStatus, Ref
from desktop.domain.system import System, SystemRole
from tests.connectors.parrot import Heard, Parrot, parrot
from tests.drawer import Drawer

CODE = "c0ffee" * 8
SIDE = ErpSide(
    "SO", "FHeadSelfS0131", maker_field="FBillerID.FNumber", header=("FBillNo", "Fdate", "FCustID.FNumber"),
    tables={"Page2": ("FItemID.FNumber", "Fauxqty")},
)  # fmt: skip
TICKED = replace(SIDE, options={"tick_field": "FTick"})
REF = Ref("erp", "SO", "SEORD000001", "SEORD000001")
TEMPLATE = {
    "StatusCode": 200,
    "Message": "Successful",
    "Data": {
        "Page1": [
            {"FBillNo": "", "Fdate": "", "FCustID": {"FNumber": "", "FName": ""}, "FHeadSelfS0131": ""}
        ],
        "Page2": [{"FItemID": {"FNumber": "", "FName": ""}, "Fauxqty": 0}],
    },
}
DETAIL = {
    "StatusCode": 200,
    "Message": "Successful",
    "Data": {
        "Page1": [
            {
                "FBillNo": "SEORD000001", "Fdate": "2026-11-22T00:00:00", "FStatus": 0, "FMultiCheckStatus": 1,
                "FCustID": {"FNumber": "01.001", "FName": "苏州"}, "FBillerID": {"FNumber": "wangmin", "FName": "王敏"},
                "FHeadSelfS0131": "K-R1",
            }
        ],
        "Page2": [
            {"FItemID": {"FNumber": "01.01", "FName": "螺丝"}, "Fauxqty": "10.50", "FEntryID": 1},
            {"FItemID": {"FNumber": "01.02", "FName": "轴承"}, "Fauxqty": 2},
        ],
    },
}  # fmt: skip


def token(value: str = "token-0001") -> dict[str, Any]:
    data = {"AcctID": 1, "UserID": 16394, "Token": value, "Code": "Y", "Validity": 3600, "Language": "CHS"}
    return {"StatusCode": 200, "Message": "Token request succeeded", "Data": data}


def rows(*told: dict[str, Any]) -> dict[str, Any]:
    data = {"ROWCOUNT": len(told), "PAGESIZE": 50, "PAGEINDEX": 1, "DATA": list(told)}
    return {"StatusCode": 200, "Message": "Successful", "Data": data}


@pytest.fixture
def bird() -> Iterator[Parrot]:
    with parrot() as made:
        made.told("GET Token/Create", token("token-0001"), token("token-0002"))
        made.told("GET SO/GetTemplate", TEMPLATE)
        made.told("POST SO/GetDetail", DETAIL)
        yield made


def connect(bird: Parrot, code: str = CODE, **options: str) -> K3Wise:
    system = System("erp", SystemRole.ERP, VENDOR.id, "WISE", bird.url, options)
    return VENDOR.connect(system, Drawer(authority_code=code))  # type: ignore[return-value]


def error_of(call: Callable[..., Any], *given: Any) -> SyncError:
    with pytest.raises(SyncError) as raised:
        call(*given)
    return raised.value


def refused(made: list[Outcome]) -> SyncError:
    assert made[0].error is not None
    return made[0].error


def test_the_token_is_fetched_once_by_the_code_and_travels_in_the_address(bird):
    kept: list[Any] = []
    exchanges.set(kept)
    erp = connect(bird)
    bird.told("POST SO/GetList", rows())
    list(erp.submitted_bills(SIDE))
    list(erp.submitted_bills(SIDE))
    exchanges.set(None)
    [asked] = bird.calls("Token/Create")
    assert (asked.path, asked.query) == ("/K3API/Token/Create", {"authorityCode": CODE})
    assert [each.query for each in bird.calls("GetList")] == [{"Token": "token-0001"}] * 2
    assert CODE not in repr(kept)
    assert "token-0001" not in repr(kept)
    assert erp.realm() == "127.0.0.1/1"


@pytest.mark.parametrize(
    "told",
    [
        {"StatusCode": 401, "Message": "authorityCode 无效", "Data": {"Code": "N"}},
        {"StatusCode": 500, "Message": "授权码错误", "Data": {"Code": "N", "Token": ""}},
        {"StatusCode": 200, "Message": "", "Data": {"Code": "N", "Token": "x"}},
    ],
)
def test_a_refused_code_is_told_at_the_sign_in(bird, told):
    bird.told("GET Token/Create", told)
    assert error_of(connect(bird).realm).code is ErrorCode.SIGN_IN_REFUSED
    found = connect(bird).check()
    assert (found.steps[-1].name, found.steps[-1].ok) == ("sign_in", False)


def test_a_dead_token_costs_a_read_one_new_one_and_an_effect_its_answer(bird):
    dead = {"StatusCode": 500, "Message": "Token 已过期", "Data": None}
    bird.told("POST SO/GetList", dead, rows())
    erp = connect(bird)
    assert list(erp.submitted_bills(SIDE)) == []
    assert [each.query["Token"] for each in bird.calls("GetList")] == ["token-0001", "token-0002"]
    bird.told("POST SO/CheckBill", dead)
    error = error_of(erp.audit_bills, SIDE, [REF])
    assert (error.code, error.certain, len(bird.calls("CheckBill"))) == (ErrorCode.SESSION_LOST, False, 1)


def test_heads_come_from_the_list_by_the_trigger(bird):
    open_ones = [
        {
            "FBillNo": "S1",
            "FStatus": 0,
            "FMultiCheckStatus": 1,
            "FBillerID": "wangmin",
            "FHeadSelfS0131": "K",
        },
        {"FBillNo": "S2", "FStatus": "0", "FMultiCheckStatus": "0"},
        {"FBillNo": "S3", "FStatus": "Y", "FMultiCheckStatus": 1},
        {"FBillNo": "S4", "FStatus": 0, "FMultiCheckStatus": 1, "FCancellation": True},
    ]
    bird.told("POST SO/GetList", rows(*open_ones))
    [head] = connect(bird).submitted_bills(SIDE)
    assert (head.ref.key, head.maker, head.our_key, head.changed_at) == ("S1", "wangmin", "K", None)
    asked = bird.calls("GetList")[0].body["Data"]
    assert (asked["Filter"], asked["OrderBy"], asked["SelectPage"]) == ("[FStatus] = 0", "[FBillNo] asc", "1")
    assert set(asked["Fields"].split(",")) >= {"FBillNo", "FStatus", "FMultiCheckStatus", "FBillerID"}
    ticked = [{"FBillNo": "S5", "FStatus": 0, "FTick": "1"}, {"FBillNo": "S6", "FStatus": 0, "FTick": "0"}]
    bird.told("POST SO/GetList", rows(*ticked))
    erp = connect(bird, trigger="tick", tick_field="FOfAnotherForm")
    assert [head.ref.key for head in erp.submitted_bills(TICKED)] == ["S5"]
    assert "FOfAnotherForm" not in bird.calls("GetList")[-1].body["Data"]["Fields"]


def test_a_list_goes_on_behind_the_last_number(bird):
    def page(heard: Heard) -> dict[str, Any]:
        after = heard.body["Data"]["Filter"].partition("> '")[2].rstrip("'")
        numbers = [f"S{at}" for at in range(1, 6) if f"S{at}" > after][:2]
        return rows(*({"FBillNo": number, "FStatus": 0, "FMultiCheckStatus": 1} for number in numbers))

    bird.told("POST SO/GetList", page)
    erp = connect(bird, page_rows="2")
    assert [head.ref.key for head in erp.submitted_bills(SIDE)] == ["S1", "S2", "S3", "S4", "S5"]
    assert len(bird.calls("GetList")) == 3


def test_a_server_that_ignores_filters_is_paged_by_position_and_checked(bird):
    def page(heard: Heard) -> dict[str, Any]:
        at = (int(heard.body["Data"]["PageIndex"]) - 1) * 2
        told = [f"S{number}" for number in range(1, 6)][at : at + 2]
        found = rows(*({"FBillNo": number, "FStatus": 0} for number in told))
        found["Data"]["ROWCOUNT"] = 5
        return found

    bird.told("POST SO/GetList", page)
    heads = connect(bird, page_rows="2").bill_heads(SIDE, ["S4", "it's"])
    assert list(heads) == ["S4"]
    assert bird.calls("GetList")[0].body["Data"]["Filter"] == "[FBillNo] = 'S4' or [FBillNo] = 'it''s'"


def test_a_server_that_gives_fewer_rows_than_asked_for_is_read_to_its_end(bird):
    """Both ways in which it may say so: the size of its page, and how many rows there are."""
    for telling in ("PAGESIZE", "ROWCOUNT"):

        def page(heard: Heard, telling: str = telling) -> dict[str, Any]:
            after = heard.body["Data"]["Filter"].partition("> '")[2].rstrip("'")
            left = [f"S{at}" for at in range(1, 6) if f"S{at}" > after]
            found = rows(*({"FBillNo": number, "FStatus": 0, "FMultiCheckStatus": 1} for number in left[:2]))
            found["Data"][telling] = 2 if telling == "PAGESIZE" else len(left)
            return found

        bird.told("POST SO/GetList", page)
        heads = list(connect(bird).submitted_bills(SIDE))
        assert [head.ref.key for head in heads] == ["S1", "S2", "S3", "S4", "S5"]


def test_a_server_that_ignores_filters_tells_each_bill_once_and_comes_to_an_end(bird):
    def page(heard: Heard) -> dict[str, Any]:
        at = min(int(heard.body["Data"]["PageIndex"]) - 1, 1) * 2  # behind the end: the last page again
        told = [f"S{number}" for number in range(1, 5)][at : at + 2]
        found = rows(*({"FBillNo": number, "FStatus": 0, "FMultiCheckStatus": 1} for number in told))
        found["Data"]["ROWCOUNT"] = 4
        return found

    bird.told("POST SO/GetList", page)
    heads = connect(bird, page_rows="2").submitted_bills(SIDE)
    assert [head.ref.key for head in heads] == ["S1", "S2", "S3", "S4"]


def test_a_key_in_a_padded_column_is_found(bird):
    bird.told("POST SO/GetList", rows({"FBillNo": "S1  ", "FHeadSelfS0131": "K-R1      ", "FStatus": 0}))
    found = connect(bird).find_bills(SIDE, ["K-R1"])
    assert [head.ref.key for head in found["K-R1"]] == ["S1"]


def test_a_whole_bill_with_lines_by_their_number_or_place(bird):
    bill = connect(bird).read_bills(SIDE, ["SEORD000001"])["SEORD000001"]
    assert (bill.ref, bill.status, bill.maker) == (REF, BillStatus.SUBMITTED, "wangmin")
    assert bill.header["FCustID.FNumber"] == "01.001"
    assert bill.lines["Page2"] == {
        "1": {"FItemID.FNumber": "01.01", "Fauxqty": Decimal("10.5")},
        "#2": {"FItemID.FNumber": "01.02", "Fauxqty": Decimal(2)},
    }
    whole = replace(SIDE, tables={"Page2": ("FItemID.FNumber", "FCustID.FNumber")})
    [line, _] = connect(bird).read_bills(whole, ["SEORD000001"])["SEORD000001"].lines["Page2"].values()
    assert line == {"FItemID.FNumber": "01.01", "FCustID.FNumber": "01.001"}, "its head's fields, too"
    assert bird.calls("GetDetail")[0].body == {"Data": {"FBillNo": "SEORD000001"}, "GetProperty": False}


@pytest.mark.parametrize(
    "told",
    [
        {"StatusCode": 200, "Message": "Successful", "Data": {}},
        {"StatusCode": 500, "Message": "单据不存在", "Data": None},
        {"StatusCode": 201, "Message": "Faild", "Data": [{"FStatus": False, "FMessage": "没有记录"}]},
    ],
)
def test_not_found_comes_in_three_shapes_and_is_proved_by_the_list(bird, told):
    bird.told("POST SO/GetDetail", told)
    bird.told("POST SO/GetList", rows())
    assert connect(bird).read_bills(SIDE, ["X"]) == {}
    bird.told("POST SO/GetList", rows({"FBillNo": "X", "FStatus": 0}))
    assert error_of(connect(bird).read_bills, SIDE, ["X"]).code is ErrorCode.SERVER_ERROR


def test_a_new_bill_is_pages_with_our_key_and_answers_its_number(bird):
    bird.told(
        "POST SO/Save",
        {"StatusCode": 200, "Message": "Successful", "Data": {"BillInterID": 1234, "BillNo": "SEORD000012"}},
    )
    draft = BillDraft("K-R1", {"Fdate": "2026-11-22", "FCustID.FNumber": "01.001", "FDeptID.FNumber": ""},
                      {"Page2": ({"FItemID.FNumber": "01.01", "Fauxqty": Decimal("10.5")},)})  # fmt: skip
    [made] = connect(bird).save_bills(SIDE, [draft])
    assert made.ref == Ref("erp", "SO", "SEORD000012", "SEORD000012")
    assert bird.calls("Save")[0].body == {
        "Data": {
            "Page1": [{"Fdate": "2026-11-22", "FCustID": {"FNumber": "01.001"}, "FHeadSelfS0131": "K-R1"}],
            "Page2": [{"FItemID": {"FNumber": "01.01"}, "Fauxqty": 10.5}],
        }
    }


@pytest.mark.parametrize(
    ("told", "code", "certain"),
    [
        ({"StatusCode": 200, "Message": "Successful", "Data": [{"FStatus": False, "FMessage": "客户不存在"}]},
         ErrorCode.REFUSED, True),
        ({"StatusCode": 200, "Message": "", "Data": [{"FNumber": "1", "Data": {"FStatus": "false", "FMessage": "错"}}]},
         ErrorCode.REFUSED, True),
        ({"StatusCode": 201, "Message": "Faild", "Data": None}, ErrorCode.REFUSED, True),
        ({"StatusCode": 500, "Message": "", "Data": None}, ErrorCode.REFUSED, False),
        ({"StatusCode": 500, "Message": "没有操作权限", "Data": None}, ErrorCode.NOT_PERMITTED, True),
        ({"StatusCode": 500, "Message": "Timeout 时间已到。在操作完成之前超时", "Data": None}, ErrorCode.SERVER_ERROR, False),
        ({"StatusCode": 200, "Message": "Successful", "Data": {}}, ErrorCode.OUTCOME_UNKNOWN, False),
        ((500, "<html><body>Server Error in '/K3API'</body></html>"), ErrorCode.SERVER_ERROR, False),
        ("<html>cut", ErrorCode.NOT_JSON, False),
    ],
)  # fmt: skip
def test_a_row_may_fail_inside_a_200_and_words_make_a_no_certain(bird, told, code, certain):
    bird.told("POST SO/Save", told)
    erp = connect(bird)
    try:
        error = refused(erp.save_bills(SIDE, [BillDraft("K", {})]))
    except SyncError as raised:
        error = raised
    assert (error.code, error.certain) == (code, certain)


def test_the_review_is_started_passed_at_every_level_and_rejected(bird):
    fine = {"StatusCode": 200, "Message": "Successful", "Data": None}
    bird.told("POST SO/CheckBill", fine)
    erp = connect(bird, checker="张三, 李四")
    head = BillHead(REF, BillStatus.SUBMITTED, "", None)
    assert erp.submit_bills(SIDE, [REF]) == erp.audit_bills(SIDE, [REF]) == [Outcome(ref=REF)]
    assert erp.send_back_bills(SIDE, [head], ["太贵"]) == [Outcome(ref=REF)]
    told = [each.body["Data"] for each in bird.calls("CheckBill")]
    assert [(each["FCheckDirection"], each["FChecker"]) for each in told] == [
        ("1", "张三"), ("2", "张三"), ("2", "李四"), ("4", "张三"),
    ]  # fmt: skip
    assert (told[-1]["FBillNo"], told[-1]["FDealComment"]) == ("SEORD000001", "太贵")


def test_a_level_that_was_passed_before_is_no_harm_but_a_last_one_that_is_refused_is(bird):
    fine = {"StatusCode": 200, "Message": "", "Data": None}
    no = {"StatusCode": 500, "Message": "该级已审核", "Data": None}
    erp = connect(bird, checker="a,b")
    bird.told("POST SO/CheckBill", no, fine)
    assert erp.audit_bills(SIDE, [REF]) == [Outcome(ref=REF)]
    bird.told("POST SO/CheckBill", no)
    assert refused(erp.audit_bills(SIDE, [REF])).certain
    bird.told("POST SO/CheckBill", fine, no)
    assert not error_of(erp.audit_bills, SIDE, [REF]).certain


def test_what_un_audits_is_a_setting_and_without_it_nothing_is_sent(bird):
    head = BillHead(REF, BillStatus.AUDITED, "", None)
    error = refused(connect(bird).send_back_bills(SIDE, [head], [""]))
    assert (error.code, error.facts["what"], bird.calls("CheckBill")) == (ErrorCode.CANNOT, "un_audit", [])
    bird.told("POST SO/CheckBill", {"StatusCode": 500, "Message": "已生成下游单据", "Data": None})
    erp = connect(bird, un_audit="3")
    assert refused(erp.send_back_bills(SIDE, [head], [""])).code is ErrorCode.DOWNSTREAM_BLOCKS
    assert bird.calls("CheckBill")[0].body["Data"]["FCheckDirection"] == "3"


def test_a_tick_is_cleared_on_send_back_with_all_lines_as_they_stand(bird):
    ticked = {**DETAIL, "Data": {**DETAIL["Data"], "Page1": [{**DETAIL["Data"]["Page1"][0], "FTick": "1"}]}}
    bird.told("POST SO/GetDetail", ticked)
    bird.told("POST SO/Update", {"StatusCode": 200, "Message": "", "Data": None})
    head = BillHead(REF, BillStatus.SUBMITTED, "", None)
    for nesting in ("inner", "outer"):
        erp = connect(bird, trigger="tick", update_nesting=nesting)
        assert erp.send_back_bills(TICKED, [head], ["x"]) == [Outcome(ref=REF)]
    inner, outer = (each.body for each in bird.calls("Update"))
    whole = {"Page1": [{"FTick": "0"}], "Page2": DETAIL["Data"]["Page2"]}
    assert inner == {"Data": {"FBillNo": "SEORD000001", "Data": whole}}
    assert outer == {"FBillNo": "SEORD000001", "Data": {"Data": whole}}


def test_a_bill_in_approval_is_never_updated(bird):
    error = refused(connect(bird).note_bills(SIDE, [(REF, {"Fnote": "x"})]))
    assert (error.code, error.certain, bird.calls("Update")) == (ErrorCode.REFUSED, True, [])


def test_a_trigger_under_which_a_returned_bill_waits_at_once_is_refused(bird):
    assert connect(bird).objections(SIDE) == []
    [error] = connect(bird, trigger="saved").objections(SIDE)
    assert error.code is ErrorCode.TRIGGER_LOOPS
    for side, field in ((SIDE, "erp.options.tick_field"), (TICKED, "FTick")):
        [error] = connect(bird, trigger="tick").objections(side)
        assert (error.code, error.facts["field"]) == (ErrorCode.FIELD_MISSING, field)
    assert connect(bird, trigger="tick").objections(replace(SIDE, options={"tick_field": "Fdate"})) == []


def test_the_template_tells_the_fields(bird):
    told = {(each.table, each.key): each.type for each in connect(bird).fields("SO")}
    assert told["", "FCustID"] == "reference"
    assert ("Page2", "Fauxqty") in told


def test_what_the_interface_cannot_do_it_says(bird):
    erp = connect(bird)
    for call in (
        lambda: erp.open_link(REF, "x"),
        lambda: erp.push_bill(SIDE, REF, SIDE, {}),
        lambda: list(erp.base_data("currency")),
    ):
        assert (error_of(call).code, error_of(call).certain) == (ErrorCode.CANNOT, True)
    assert bird.heard == []


# --- vouchers, which have calls of their own --------------------------------------------------------------------------------
VOUCHER = ErpSide("VoucherData", "FReference", header=("FGroup", "FNumber", "FYear"),
                  tables={"Entries": ("FAccountNumber", "FDebit", "FCredit", "D002.FNumber")})  # fmt: skip
KEPT = {
    "FVoucherID": 100096, "FNumber": 7, "FYear": 2026, "FPeriod": 11, "FGroup": "记", "FReference": "K-R1-L3", "FChecked": 0,
    "Entries": [
        {"FEntryID": 0, "FAccountNumber": "6602", "FAmount": "500.0", "FDC": 1,
         "DetailEntries": [{"FTypeNumber": "002", "FDetailNumber": "BM2"}]},
        {"FEntryID": 1, "FAccountNumber": "2241", "FAmount": "500.0", "FDC": 0, "DetailEntries": []},
    ],
}  # fmt: skip


def test_a_voucher_is_made_with_sides_and_dimensions_and_answers_its_id_in_the_message(bird):
    bird.told(
        "POST VoucherData/UpdateVoucher", {"StatusCode": 200, "Message": "Voucher Id: 100096", "Data": None}
    )
    rows_of = (
        {"FAccountNumber": "6602", "D002.FNumber": "BM2", "FDebit": Decimal("500"), "FCredit": None},
        {"FAccountNumber": "2241", "FCredit": Decimal("500")},
    )
    draft = BillDraft("K-R1-L3", {"FDate": "2026-11-22", "FGroup": "记"}, {"Entries": rows_of})
    [made] = connect(bird).save_bills(VOUCHER, [draft])
    assert made.ref == Ref("erp", "VoucherData", "100096", "100096")
    body = bird.calls("UpdateVoucher")[0].body
    head, (debit, credit) = body["Voucher"], body["Voucher"]["Entries"]
    assert (body["Replace"], head["FReference"], head["FYear"], head["FPeriod"]) == (
        "false",
        "K-R1-L3",
        2026,
        11,
    )
    assert (debit["FDC"], debit["FAmount"], credit["FDC"], credit["FAmountFor"]) == (1, 500, 0, 500)
    assert debit["DetailEntries"] == [
        {"FTypeNumber": "002", "FTypeName": "", "FDetailNumber": "BM2", "FDetailName": ""}
    ]


@pytest.mark.parametrize(
    ("told", "code", "certain"),
    [
        ({"StatusCode": 500, "Message": "凭证借贷不平衡", "Data": None}, ErrorCode.REFUSED, True),
        ({"StatusCode": 200, "Message": "Successful", "Data": None}, ErrorCode.OUTCOME_UNKNOWN, False),
    ],
)
def test_a_voucher_without_an_id_is_in_doubt(bird, told, code, certain):
    bird.told("POST VoucherData/UpdateVoucher", told)
    erp, draft = connect(bird), BillDraft("K", {"FDate": "2026-11-22"}, {})
    try:
        error = refused(erp.save_bills(VOUCHER, [draft]))
    except SyncError as raised:
        error = raised
    assert (error.code, error.certain) == (code, certain)


@pytest.mark.parametrize(
    "told",
    [
        {"StatusCode": 500, "Message": "凭证不存在", "Data": None}, {"StatusCode": 200, "Message": "", "Data": []},
        {"StatusCode": 201, "Message": "Faild", "Data": [{"FStatus": False, "FMessage": "没有记录"}]},
    ],
)  # fmt: skip
def test_a_voucher_that_is_not_there_is_absent_and_no_trouble(bird, told):
    bird.told("POST VoucherData/QueryVoucher", told)
    assert connect(bird).find_bills(VOUCHER, ["K-R1-L3"]) == connect(bird).read_bills(VOUCHER, ["7"]) == {}
    bird.told("POST VoucherData/QueryVoucher", {"StatusCode": 500, "Message": "", "Data": None})
    assert not error_of(connect(bird).find_bills, VOUCHER, ["K"]).certain


def test_a_voucher_without_a_day_is_not_sent(bird):
    error = refused(connect(bird).save_bills(VOUCHER, [BillDraft("K", {"FDate": "11/22"}, {})]))
    assert (error.code, error.certain, bird.heard) == (ErrorCode.NOT_A_DATE, True, [])


def test_a_voucher_is_found_by_its_reference_and_read_by_its_id(bird):
    other = {**KEPT, "FVoucherID": 5, "FReference": "k-r1-l3"}
    bird.told("POST VoucherData/QueryVoucher", {"StatusCode": 200, "Message": "", "Data": [KEPT, other]})
    erp = connect(bird)
    found = erp.find_bills(VOUCHER, ["K-R1-L3"])
    assert {key: [head.ref.key for head in heads] for key, heads in found.items()} == {"K-R1-L3": ["100096"]}
    bill = erp.read_bills(VOUCHER, ["100096", "x"])["100096"]
    assert (bill.ref.number, bill.status, bill.header["FNumber"]) == ("记-7", BillStatus.CREATED, Decimal(7))
    assert list(bill.lines["Entries"].values()) == [
        {"FAccountNumber": "6602", "FDebit": Decimal(500), "FCredit": None, "D002.FNumber": "BM2"},
        {"FAccountNumber": "2241", "FDebit": None, "FCredit": Decimal(500), "D002.FNumber": ""},
    ]
    asked = [each.body for each in bird.calls("QueryVoucher")]
    assert asked == [{"Data": {"Filter": "[FReference] = 'K-R1-L3'"}}, {"FVoucherID": 100096}]
