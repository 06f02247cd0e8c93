"""The vendor's own SDK against the toy K/3 Cloud: it signs, saves, submits, queries and pushes as at a customer's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from k3cloud_webapi_sdk.main import K3CloudApiSdk

from desktop.sandbox.erp import Erp
from desktop.sandbox.erp_bill import ErpBill
from desktop.sandbox.k3cloud import k3cloud_app
from desktop.sandbox.server import Server
from tests.sandbox.test_k3cloud_save import FORM, TABLE, order

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def erp() -> Erp:
    return Erp()


@pytest.fixture(scope="module")
def server(erp: Erp) -> Iterator[Server]:
    server = Server(k3cloud_app(erp)).start()
    yield server
    server.stop()


def client(server: Server, erp: Erp, **changed: Any) -> K3CloudApiSdk:
    asked = {
        "acct_id": erp.acct_id,
        "user_name": erp.user,
        "app_id": erp.app_id,
        "app_secret": erp.app_secret,
    }
    sdk = K3CloudApiSdk(f"{server.url}/k3cloud/", timeout=10)
    sdk.InitConfig(**{**asked, **changed}, server_url=f"{server.url}/k3cloud/", org_num=100)
    return sdk


@pytest.fixture
def sdk(server: Server, erp: Erp) -> K3CloudApiSdk:
    return client(server, erp)


def told(text: str) -> dict[str, Any]:
    """The ResponseStatus of an answer."""
    return json.loads(text)["Result"]["ResponseStatus"]


def done(text: str) -> list[dict[str, Any]]:
    status = told(text)
    assert status["IsSuccess"] is True, status
    return status["SuccessEntitys"]


def saved(sdk: K3CloudApiSdk, erp: Erp) -> ErpBill:
    answer = json.loads(sdk.Save(FORM, {"Model": order()}))["Result"]
    return erp.bill(FORM, answer["Id"])


def statuses(sdk: K3CloudApiSdk, bill: ErpBill) -> list[list[Any]]:
    fields = {"FormId": bill.form, "FieldKeys": "FBillNo,FDocumentStatus", "FilterString": f"FID={bill.id}"}
    return json.loads(sdk.ExecuteBillQuery(fields))


def test_it_signs_in_by_headers_and_keeps_its_session(sdk: K3CloudApiSdk, erp: Erp) -> None:
    assert json.loads(sdk.GetDataCenters())[0]["Id"] == erp.acct_id
    query = {
        "FormId": "BD_Customer",
        "FieldKeys": "FNumber",
        "FilterString": "FUseOrgId.FNumber='100'",
        "Limit": 1,
    }
    assert json.loads(sdk.ExecuteBillQuery(query)) == [["CUST0001"]]
    assert sdk.cookiesStore.SID


@pytest.mark.parametrize(
    "changed",
    [{"app_secret": "wrong"}, {"user_name": "nobody"}, {"acct_id": "other"}, {"app_id": "200001_AAAA"}],
)
def test_wrong_credentials_lose_the_session(server: Server, erp: Erp, changed: dict[str, str]) -> None:
    status = told(client(server, erp, **changed).View(FORM, {"Id": "1"}))
    assert (status["IsSuccess"], status["MsgCode"]) == (False, 1)


def test_save_submit_audit_un_audit_submit_withdraw_delete(sdk: K3CloudApiSdk, erp: Erp) -> None:
    bill = saved(sdk, erp)
    one = {"Numbers": [bill.number]}
    assert statuses(sdk, bill) == [[bill.number, "A"]]
    assert done(sdk.Submit(FORM, one)) == [{"Id": bill.id, "Number": bill.number, "DIndex": 0}]
    assert done(sdk.Audit(FORM, {"Ids": str(bill.id)}))[0]["Number"] == bill.number
    assert statuses(sdk, bill) == [[bill.number, "C"]]
    assert told(sdk.Audit(FORM, one))["Errors"][0]["Message"].endswith("单据已经审核！")
    done(sdk.UnAudit(FORM, one))
    assert statuses(sdk, bill) == [[bill.number, "D"]]
    done(sdk.Submit(FORM, one))
    assert done(sdk.CancelAssign(FORM, one))
    assert statuses(sdk, bill) == [[bill.number, "D"]]
    done(sdk.Delete(FORM, one))
    assert statuses(sdk, bill) == []
    dead = erp.graveyard[FORM, bill.id]
    assert dict(dead.counts) == {
        "Save": 1,
        "Submit": 2,
        "Audit": 1,
        "UnAudit": 1,
        "CancelAssign": 1,
        "Delete": 1,
    }


def test_view_shows_the_whole_bill(sdk: K3CloudApiSdk, erp: Erp) -> None:
    bill = saved(sdk, erp)
    tree = json.loads(sdk.View(FORM, {"Number": bill.number}))["Result"]["Result"]
    assert (tree["Id"], tree["BillNo"], tree["DocumentStatus"]) == (bill.id, bill.number, "A")
    assert tree["CustId"]["Name"] == [{"Key": 2052, "Value": "苏州精工科技有限公司"}]
    assert [(row["MaterialId"]["Number"], row["Qty"]) for row in tree["SaleOrderEntry"]] == [("M0001", 10.0)]


def test_batch_save_at_once_and_by_task(sdk: K3CloudApiSdk, erp: Erp) -> None:
    packet = {"Model": [order(F_DQ_KEY="T1"), order(FCustId={}), order(F_DQ_KEY="T3")]}
    for answer in (sdk.BatchSave(FORM, packet), sdk.BatchSaveQuery(FORM, packet)):
        status = told(answer)
        assert [row["DIndex"] for row in status["SuccessEntitys"]] == [0, 2]
        assert [row["FieldName"] for row in status["Errors"]] == ["FCustId"]
    assert len(erp.with_key("T1")) == 2


def test_drafts_operations_metadata_and_organisation(sdk: K3CloudApiSdk, erp: Erp) -> None:
    (draft,) = done(sdk.Draft(FORM, {"Model": {"FSaleOrgId": {"FNumber": "100"}}}))
    assert erp.bill(FORM, draft["Id"]).status == "Z"
    erp.settings.operation_spellings.add("ExcuteOperation")
    assert told(sdk.ExcuteOperation(FORM, "Cancel", {"Ids": str(draft["Id"])}))["IsSuccess"] is True
    assert erp.bill(FORM, draft["Id"]).cancel_status == "B"
    info = json.loads(sdk.QueryBusinessInfo({"FormId": FORM}))["Result"]["NeedReturnData"]
    keys = {field["Key"] for entry in info["Entrys"] for field in entry["Fields"]}
    assert {"FBillNo", "F_DQ_KEY", "FSettleCurrId", "FQty"} <= keys
    assert told(sdk.SwitchOrg({"OrgNumber": "200"}))["IsSuccess"] is True


def test_bill_query_gives_objects(sdk: K3CloudApiSdk, erp: Erp) -> None:
    bill = saved(sdk, erp)
    fields = {"FormId": FORM, "FieldKeys": f"FBillNo,{TABLE}_FEntryID", "FilterString": f"FID={bill.id}"}
    line_id = bill.entries[TABLE][0]["FEntryID"]
    assert json.loads(sdk.BillQuery(fields)) == [{"FBillNo": bill.number, f"{TABLE}_FEntryID": line_id}]


def test_push_makes_the_next_bill(sdk: K3CloudApiSdk, erp: Erp) -> None:
    source = erp.requisition(submit=True)
    done(sdk.Audit(source.form, {"Ids": str(source.id)}))
    push = {"Ids": str(source.id), "TargetFormId": "PUR_PurchaseOrder", "IsEnableDefaultRule": "true"}
    (made,) = done(sdk.Push(source.form, push))
    order_made = erp.bill("PUR_PurchaseOrder", made["Id"])
    assert order_made.sources == [(source.form, source.id)]
    assert order_made.entries["FPOOrderEntry"][0]["FSrcBillNo"] == source.number


def test_attachments_go_up_and_come_down(sdk: K3CloudApiSdk, erp: Erp) -> None:
    bill = saved(sdk, erp)
    part = {
        "FileName": "合同.txt",
        "FormId": FORM,
        "IsLast": True,
        "InterId": str(bill.id),
        "SendByte": "aGVsbG8=",
    }
    file_id = json.loads(sdk.attachmentUpload(part))["Result"]["FileId"]
    down = json.loads(sdk.attachmentDownLoad({"FileId": file_id, "StartIndex": 0}))["Result"]
    assert (down["FilePart"], down["FileName"], down["FileSize"], down["IsLast"]) == (
        "aGVsbG8=",
        "合同.txt",
        5,
        True,
    )


def test_a_dead_session_is_opened_anew_by_the_next_signed_call(sdk: K3CloudApiSdk, erp: Erp) -> None:
    bill = saved(sdk, erp)
    erp.kill_sessions()
    assert statuses(sdk, bill) == [[bill.number, "A"]]
