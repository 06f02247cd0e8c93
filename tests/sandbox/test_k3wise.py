"""The toy K/3 WISE as its sheet tells it: samples of the sheet sent over real HTTP, and what must be refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from desktop.sandbox.erp import Erp
from desktop.sandbox.faults import Fault, Faults
from desktop.sandbox.k3wise import k3wise_app, wise_erp
from desktop.sandbox.k3wise_settings import AUTHORITY_CODE, WiseSettings
from desktop.sandbox.server import Server

KEY, NOTE, TICK, COMPANY = "FHeadSelfP0131", "FHeadSelfP0132", "FHeadSelfP0133", "FHeadSelfP0134"
PR = "Purchase_Requisition"


class Site:
    """A fresh world behind the server, and a client that knows nothing but the sheet."""

    def __init__(self, server: Server, multi_level: bool = True) -> None:
        self.now = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
        self.erp: Erp = wise_erp(lambda: self.now)
        self.settings = WiseSettings(multi_level=multi_level)
        self.faults = Faults()
        server.app = k3wise_app(self.erp, self.faults, self.settings)
        self.url = server.url
        self.token = self.sign_in()["Data"]["Token"]

    def sign_in(self, code: str = AUTHORITY_CODE) -> dict[str, Any]:
        answer = requests.get(f"{self.url}/K3API/Token/Create", {"authorityCode": code}, timeout=5)
        return answer.json()

    def get(self, path: str) -> dict[str, Any]:
        return requests.get(f"{self.url}/K3API/{path}", {"Token": self.token}, timeout=5).json()

    def post(self, path: str, body: Any, key: str = "Token") -> dict[str, Any]:
        answer = requests.post(f"{self.url}/K3API/{path}", params={key: self.token}, json=body, timeout=5)
        assert answer.status_code == 200
        return answer.json()

    def check(self, number: str, direction: Any, form: str = PR, **more: Any) -> dict[str, Any]:
        asked = {"FBillNo": number, "FChecker": "danqiao", "FCheckDirection": direction, **more}
        return self.post(f"{form}/CheckBill", {"Data": asked})

    def head(self, number: str, form: str = PR) -> dict[str, Any]:
        return self.post(f"{form}/GetDetail", {"Data": {"FBillNo": number}, "GetProperty": False})["Data"][
            "Page1"
        ][0]

    def saved(self) -> str:
        answer = self.post(f"{PR}/Save", {"Data": requisition()})
        assert answer["StatusCode"] == 200, answer
        return answer["Data"]["BillNo"]


def requisition(**head: Any) -> dict[str, Any]:
    """The sheet's sample, with this group's codes."""
    page1 = {
        "FTranType": 70,
        "Fdate": "2026-11-22",
        "FBizType": {"FNumber": "FPLX01", "FName": "外购入库"},
        "FDeptID": {"FNumber": "BM000002", "FName": "采购部"},
        "FRequesterID": {"FNumber": "A0061", "FName": "周琪"},
        "FBillerID": {"FNumber": "Administrator", "FName": "Administrator"},
        "FPlanCategory": {"FNumber": "STD", "FName": "标准"},
        COMPANY: {"FNumber": "100", "FName": ""},
        **head,
    }
    line = {
        "FItemID": {"FNumber": "M0001", "FName": "内六角螺丝"},
        "FUnitID": {"FNumber": "Pcs", "FName": "个"},
        "Fauxqty": 10,
        "FPlanMode": {"FNumber": "MTS", "FName": "MTS计划模式"},
        "FAPurchTime": "2026-11-25",
        "FFetchTime": "2026-12-01",
        "FEntrySelfP0131": 1.13,
    }
    return {"Page1": [page1], "Page2": [line, {**line, "Fauxqty": "2.5"}]}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server(lambda environ, start: []).start()
    yield made
    made.stop()


@pytest.fixture
def site(server: Server) -> Site:
    return Site(server)


@pytest.fixture
def ticked(server: Server) -> Site:
    return Site(server, multi_level=False)


# --- tokens


def test_a_token_is_given_for_an_authority_code_and_refused_for_another(site):
    answer = site.sign_in()
    assert (answer["StatusCode"], answer["Message"]) == (200, "Token request succeeded")
    assert (answer["Data"]["Code"], answer["Data"]["Validity"]) == ("Y", 3600)
    assert answer["Data"]["Create"] == "2026-11-22 09:00:00"
    refused = site.sign_in("wrong")
    assert (refused["StatusCode"], refused["Data"]["Code"]) == (401, "N")


def test_an_old_or_unknown_token_is_refused_at_every_operation_and_both_spellings_work(site):
    assert site.post("SO/GetList", {"Data": {}}, key="token")["StatusCode"] == 200
    site.now += timedelta(seconds=3601)
    for path in ("SO/GetList", "SO/GetDetail", "SO/Save", "SO/Update", "SO/Delete", "SO/CheckBill"):
        told = site.post(path, {"Data": {}})
        assert told["StatusCode"] != 200
        assert "Token" in told["Message"]
    assert "Token" in site.get("SO/GetTemplate")["Message"]


def test_a_wrong_path_is_a_page_of_html(site):
    for path in ("K3API/Nonsense/GetList", "K3API/SO/Nonsense", "nothing"):
        answer = requests.post(f"{site.url}/{path}", params={"Token": site.token}, json={}, timeout=5)
        assert (answer.status_code, answer.headers["Content-Type"][:9]) == (404, "text/html")


# --- reads


def test_a_template_shows_every_field_empty(site):
    page1, page2 = (site.get("so/gettemplate")["Data"][page][0] for page in ("Page1", "Page2"))
    assert page1["FCustID"] == {"FNumber": "", "FName": ""}
    assert {"FBillNo", "Fdate", "FHeadSelfS0131", "FMultiCheckStatus"} <= page1.keys()
    assert {"FItemID", "Fauxqty", "Fauxprice", "FAuxTaxPrice"} <= page2.keys()


def test_a_list_pages_orders_filters_and_picks(site):
    numbers = [site.erp.sales_order(lines=[("M0001", 10 * n, "2.26")]).number for n in range(1, 8)]
    asked = {
        "Top": "0", "PageSize": "3", "PageIndex": "2", "Filter": "[FBillNo] like '%XSDD%' and [FStatus] = 0",
        "OrderBy": "[FBillNo] desc", "SelectPage": "1", "Fields": "FBillNo,Fdate,FCustID",
    }  # fmt: skip
    found = site.post("SO/GetList", {"Data": asked})["Data"]
    assert (found["ROWCOUNT"], found["PAGESIZE"], found["PAGEINDEX"]) == (7, 3, 2)
    assert [row["FBillNo"] for row in found["DATA"]] == numbers[::-1][3:6]
    first = found["DATA"][0]
    assert first["Fdate"] == "2026-11-22T00:00:00"
    assert first["FCustID"] == {"FNumber": "CUST0001", "FName": "苏州精工科技有限公司"}
    large = {
        "Filter": "[Fauxqty] >= 40 and ([FItemID] = 'M0001' or [FItemID] = 'O''x')",
        "SelectPage": "2",
        "Top": 2,
    }
    rows = site.post("SO/GetList", {"Data": large})["Data"]
    assert (rows["ROWCOUNT"], [row["Fauxqty"] for row in rows["DATA"]]) == (4, [40, 50])
    assert site.post("SO/GetList", {"Data": {"Filter": "[FNoSuch] = 1"}})["StatusCode"] == 500
    assert site.post("SO/GetList", {"Data": {"Filter": "[FBillNo] = 'x"}})["StatusCode"] == 500
    site.settings.old_patch = True
    assert site.post("SO/GetList", {"Data": {"Filter": "[FBillNo] = 'none'"}})["Data"]["ROWCOUNT"] == 7


def test_a_code_of_one_company_sees_no_other(site):
    site.erp.sales_order("100"), site.erp.sales_order("200", maker="huangwei")
    code = next(code for code, held in site.settings.codes.items() if held.companies == frozenset({"200"}))
    site.token = site.sign_in(code)["Data"]["Token"]
    found = site.post("SO/GetList", {"Data": {"Fields": "FHeadSelfS0134"}})["Data"]["DATA"]
    assert [row["FHeadSelfS0134"]["FNumber"] for row in found] == ["200"]


@pytest.mark.parametrize(("how", "code"), [("500", 500), ("201", 201), ("empty", 200)])
def test_what_is_not_there_is_told_in_three_ways(site, how, code):
    site.settings.missing = how
    answer = site.post("SO/GetDetail", {"Data": {"FBillNo": "none"}})
    assert answer["StatusCode"] == code
    assert how != "empty" or answer["Data"] == {}


def test_base_data_is_listed_read_and_added(site):
    found = site.post(
        "Customer/GetList", {"Data": {"Filter": "[FNumber] = 'CUST0005'", "Fields": "FNumber,FName"}}
    )
    assert found["Data"]["DATA"] == [{"FNumber": "CUST0005", "FName": "无锡O'Neil联合设备"}]
    assert site.post("Material/GetDetail", {"Data": {"FNumber": "M0005"}})["Data"]["FDeleted"] == 1
    made = site.post("Supplier/Save", {"Data": {"FNumber": "01.001", "FName": "新供应商"}})
    assert (made["Data"][0]["FStatus"], made["Data"][0]["FNumber"]) == (True, "01.001")
    again = site.post("Supplier/Save", {"Data": {"FNumber": "01.001", "FName": "新供应商"}})
    assert (again["StatusCode"], again["Message"], again["Data"][0]["FStatus"]) == (201, "Faild", False)
    site.settings.base_save = "nested"
    nested = site.post("Supplier/Save", {"Data": {"FNumber": "01.002", "FName": "乙"}})["Data"][0]
    assert nested["Data"]["FStatus"] is True


# --- effects


def test_the_samples_bill_is_saved_numbered_and_read_back(site):
    answer = site.post(f"{PR}/Save", {"Data": requisition(**{KEY: "K-1", "FHeadSelfP0199": "mine"})})
    assert (answer["StatusCode"], answer["Message"]) == (200, "Successful")
    number = answer["Data"]["BillNo"]
    bill = site.erp.find("PUR_Requisition", number)
    assert (bill.id, bill.key, bill.org, bill.status) == (answer["Data"]["BillInterID"], "K-1", "", "A")
    head = site.head(number)
    assert (head[KEY], head["FHeadSelfP0199"], head["FStatus"], head["FTranType"]) == ("K-1", "mine", 0, 70)
    assert head[COMPANY]["FNumber"] == "100"
    detail = site.post(f"{PR}/GetDetail", {"Data": {"FBillNo": number}, "GetProperty": True})["Data"]
    assert [(row["FEntryID"], row["Fauxqty"], row["FAPurchTime"]) for row in detail["Page2"]] == [
        (1, 10, "2026-11-25"),
        (2, 2.5, "2026-11-25"),
    ]
    assert detail["Page2"][0]["FEntrySelfP0132"] == 11.3
    assert {"FPage", "FFieldName"} <= detail["Property"][0].keys()


@pytest.mark.parametrize(("how", "code"), [("500", 500), ("201", 201), ("row", 200)])
def test_a_wrong_reference_is_refused_in_the_ways_of_the_versions(site, how, code):
    site.settings.save_failure = how
    wrong = requisition()
    wrong["Page2"][0]["FItemID"] = {"FNumber": "none", "FName": ""}
    answer = site.post(f"{PR}/Save", {"Data": wrong})
    assert answer["StatusCode"] == code
    if code != 500:
        assert (answer["Data"][0]["FStatus"], bool(answer["Data"][0]["FMessage"])) == (False, True)
    assert site.erp.bills("PUR_Requisition") == []


def test_a_contract_has_its_lines_in_the_third_page(site):
    head = {
        "FDate": "2026-11-22",
        "FSupplyID": {"FNumber": "VEN0001", "FName": ""},
        "FHeadSelfB1934": {"FNumber": "100"},
    }
    page3 = [
        {
            "FItemID": {"FNumber": "M0004", "FName": ""},
            "FUnitID": {"FNumber": "Pcs"},
            "FQty": 5,
            "FTaxPrice": 226,
        }
    ]
    head["FCurrencyID"] = {"FNumber": "PRE001"}
    answer = site.post("Bill1000019/Save", {"Data": {"Page1": [head], "Page3": page3}})
    assert answer["StatusCode"] == 200, answer
    found = site.post("Bill1000019/GetDetail", {"Data": {"FBillNo": answer["Data"]["BillNo"]}})["Data"]
    assert (found.keys(), found["Page3"][0]["FQty"]) == ({"Page1", "Page3"}, 5)
    assert site.check(answer["Data"]["BillNo"], 1, form="Bill1000019")["StatusCode"] == 200


def test_an_update_replaces_the_lines_and_keeps_the_rest(site):
    number = site.saved()
    detail = site.post(f"{PR}/GetDetail", {"Data": {"FBillNo": number}})["Data"]
    inner = {"Page1": [{NOTE: "已退回"}], "Page2": detail["Page2"][:1]}
    assert site.post(f"{PR}/Update", {"FBillNo": number, "Data": inner})["StatusCode"] == 500, "wrong nesting"
    only_head = {"Data": {"FBillNo": number, "Data": {"Page1": [{NOTE: "x"}]}}}
    assert site.post(f"{PR}/Update", only_head)["StatusCode"] == 500, "all lines have to be sent"
    assert site.post(f"{PR}/Update", {"Data": {"FBillNo": number, "Data": inner}})["StatusCode"] == 200
    after = site.post(f"{PR}/GetDetail", {"Data": {"FBillNo": number}})["Data"]
    assert after["Page1"][0][NOTE] == "已退回"
    assert after["Page2"] == detail["Page2"][:1]


def test_a_bill_goes_through_its_review(site):
    number = site.saved()
    assert site.check(number, 2)["StatusCode"] == 500, "not in review yet"
    assert site.check(number, 4)["StatusCode"] == 500
    assert site.check(number, "1")["StatusCode"] == 200
    head = site.head(number)
    assert (head["FStatus"], head["FMultiCheckStatus"]) == (0, 1)
    assert site.check(number, 1)["StatusCode"] == 500
    assert site.check(number, 2, FChecker="Nobody")["StatusCode"] == 500
    assert site.check(number, 4)["StatusCode"] == 200
    assert site.head(number)["FMultiCheckStatus"] == 0
    site.check(number, 1)
    assert site.check(number, 2, FChecker="单桥集成", FDealComment="OA 审批通过")["StatusCode"] == 200
    head = site.head(number)
    assert (head["FStatus"], head["FCheckerID"]["FNumber"]) == (1, "danqiao")
    assert "已审核" in site.check(number, 2)["Message"]
    for path, body in (
        ("Delete", {"FBillNo": number}),
        ("Update", {"FBillNo": number, "Data": requisition()}),
    ):
        assert site.post(f"{PR}/{path}", {"Data": body})["StatusCode"] == 500
    site.settings.un_audit = ""
    assert site.check(number, 3)["StatusCode"] == 500
    site.settings.un_audit = "0"
    assert site.check(number, 0)["StatusCode"] == 200
    assert site.post(f"{PR}/Delete", {"Data": {"FBillNo": number}})["StatusCode"] == 200
    assert site.erp.find("PUR_Requisition", number) is None


def test_a_review_of_two_levels_needs_two_people(site):
    site.settings.levels = 2
    number = site.saved()
    site.check(number, 1)
    site.check(number, 2, FChecker="王敏")
    assert (site.head(number)["FStatus"], site.head(number)["FMultiCheckStatus"]) == (0, 2)
    site.check(number, 2)
    assert site.head(number)["FStatus"] == 1


def test_a_tick_hands_in_where_there_is_no_review(ticked):
    site = ticked
    number = site.saved()
    assert site.check(number, 1)["StatusCode"] == 200, "without effect"
    assert (site.head(number)[TICK], site.head(number)["FMultiCheckStatus"]) == ("N", 0)
    bill = site.erp.find("PUR_Requisition", number)
    site.erp.submit(bill.form, bill.id, "zhouqi")
    detail = site.post(f"{PR}/GetDetail", {"Data": {"FBillNo": number}})["Data"]
    assert (detail["Page1"][0][TICK], detail["Page1"][0]["FMultiCheckStatus"]) == ("Y", 0)
    assert site.check(number, 4)["StatusCode"] == 500, "nothing to reject without a review"
    cleared = {"Page1": [{TICK: "N", NOTE: "退回"}], "Page2": detail["Page2"]}
    assert site.post(f"{PR}/Update", {"Data": {"FBillNo": number, "Data": cleared}})["StatusCode"] == 200
    assert (bill.status, site.head(number)[TICK], site.head(number)[NOTE]) == ("D", "N", "退回")
    assert site.check(number, 2)["StatusCode"] == 200, "one level audits a saved bill"
    assert bill.status == "C"


def voucher(credit: Any = 500, reference: str = "K-V") -> dict[str, Any]:
    """The sheet's sample."""
    common = {
        "FAccountName": "",
        "FCurrencyNumber": "RMB",
        "FCurrencyName": "人民币",
        "FExchangeRate": 1,
        "FExplanation": "报销",
    }
    department = {"FTypeNumber": "002", "FTypeName": "部门", "FDetailNumber": "BM000001", "FDetailName": ""}
    entries = [
        {**common, "FEntryID": 0, "FAccountNumber": "6602", "FAmount": 500, "FAmountFor": 500, "FDC": 1, "DetailEntries": [department]},
        {**common, "FEntryID": 1, "FAccountNumber": "1002", "FAmount": credit, "FAmountFor": credit, "FDC": 0, "DetailEntries": []},
    ]  # fmt: skip
    head = {
        "FVoucherID": 0,
        "FNumber": 0,
        "FDate": "2026-11-22",
        "FGroup": "记",
        "FReference": reference,
        "FPreparer": "Administrator",
    }
    return {"Replace": "false", "Voucher": {**head, "Entries": entries, "CashFlow": []}}


def test_a_voucher_is_written_found_and_refused_when_it_does_not_balance(site):
    answer = site.post("VoucherData/UpdateVoucher", voucher())
    assert answer["StatusCode"] == 200
    made = int(answer["Message"][12:])
    [found] = site.post("VoucherData/QueryVoucher", {"Data": {"Filter": "[FReference] = 'K-V'"}})["Data"]
    assert (found["FVoucherID"], found["FNumber"], found["FPeriod"]) == (made, 1, 11)
    assert [(each["FDC"], each["FAmount"]) for each in found["Entries"]] == [(1, 500), (0, 500)]
    assert found["Entries"][0]["DetailEntries"][0]["FDetailNumber"] == "BM000001"
    assert site.post("VoucherData/UpdateVoucher", voucher(400))["StatusCode"] == 500
    assert len(site.erp.bills("GL_VOUCHER")) == 1


# --- trouble


def test_what_goes_wrong_on_the_wire_and_whether_the_work_was_done(site):
    site.faults.force(Fault.REPLY_LOST, "Save")
    with pytest.raises(requests.ConnectionError):
        site.saved()
    assert len(site.erp.bills("PUR_Requisition")) == 1
    for fault, status in ((Fault.SERVER_ERROR, 500), (Fault.HTML_PAGE, 200), (Fault.THROTTLED, 503)):
        site.faults.force(fault, "Save")
        answer = requests.post(
            f"{site.url}/K3API/{PR}/Save",
            params={"Token": site.token},
            json={"Data": requisition()},
            timeout=5,
        )
        assert (answer.status_code, answer.headers["Content-Type"][:9]) == (status, "text/html")
    site.faults.force(Fault.SESSION_LOST, "GetList")
    assert "Token" in site.post("SO/GetList", {"Data": {}})["Message"]
    assert len(site.erp.bills("PUR_Requisition")) == 1


def test_errors_may_come_without_a_text_and_a_person_reviews_by_hand(site):
    site.settings.empty_message = True
    assert site.post("SO/GetDetail", {"Data": {"FBillNo": "none"}})["Message"] == ""
    bill = site.erp.sales_order()
    page = f"{site.url}/sandbox/{bill.form}/{bill.id}"
    shown = requests.get(page, timeout=5).text
    assert "启动审核" in shown
    assert "未审核" in shown
    requests.post(f"{page}/submit", data={"user": "wangmin"}, timeout=5)
    assert site.head(bill.number, "SO")["FMultiCheckStatus"] == 1
