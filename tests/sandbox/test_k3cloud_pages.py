"""View, metadata, attachments, single sign-on and the pages for people of the toy K/3 Cloud."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import time
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.sandbox.test_k3cloud_signin import FORMS, Raw, raw, shared_server

__all__ = ["raw", "shared_server"]

FORM = "SAL_SaleOrder"


# --- View and metadata


def test_a_tree_names_properties_without_f(raw: Raw) -> None:
    raw.sign_in()
    bill = raw.erp.sales_order(submit=True)
    result = raw.call("View", FORM, {"Id": str(bill.id)})["Result"]
    tree = result["Result"]
    assert result["ResponseStatus"]["IsSuccess"] is True
    assert (tree["Id"], tree["FFormId"], tree["BillNo"], tree["DocumentStatus"]) == (
        bill.id,
        FORM,
        bill.number,
        "B",
    )
    assert tree["CustId_Id"] == tree["CustId"]["Id"] == bill.head["FCustId"].id
    assert tree["Date"] == f"{raw.erp.today():%Y-%m-%d}T00:00:00"
    (finance,) = tree["SaleOrderFinance"]
    assert finance["BillAllAmount"] == 1130.0
    (row,) = tree["SaleOrderEntry"]
    assert (row["Seq"], row["MaterialId"]["Name"][0]["Value"], row["AllAmount"]) == (1, "内六角螺丝", 1130.0)
    assert tree["F_DQ_KEY"] == " "
    raw.erp.settings.view_status_object = False
    assert raw.call("View", FORM, {"Number": bill.number})["Result"]["ResponseStatus"] is None


def test_a_bill_that_is_not_there(raw: Raw) -> None:
    raw.sign_in()
    text, code = raw.refusal("View", FORM, {"Number": "NOPE"})
    assert (code, "传递的编码值不存在" in text) == (10, True)


def test_metadata_of_all_forms(raw: Raw) -> None:
    raw.sign_in()
    for form_id in raw.erp.forms:
        body = {"data": {"FormId": form_id}}
        info = raw.post(FORMS + "QueryBusinessInfo", body).json()["Result"]["NeedReturnData"]
        head = info["Entrys"][0]
        assert (head["Key"], head["ParentKey"]) == ("FBillHead", None)
        assert info["Operations"]
    body = {"data": {"FormId": "PAEZ_ClaimBill"}}
    entries = raw.post(FORMS + "QueryBusinessInfo", body).json()["Result"]["NeedReturnData"]["Entrys"]
    fields = {field["Key"]: field for entry in entries for field in entry["Fields"]}
    assert fields["F_PAEZ_Supplier"]["LookUpObjectFormId"] == "BD_Supplier"
    assert (fields["F_PAEZ_Supplier"]["MustInput"], fields["F_PAEZ_Remark"]["MustInput"]) == (1, 0)
    assert fields["F_DQ_KEY"]["Name"] == [{"Key": 2052, "Value": "单桥防重键"}]
    unknown = raw.post(FORMS + "QueryBusinessInfo", {"data": {"FormId": "NOPE"}}).json()
    assert unknown["Result"]["ResponseStatus"]["IsSuccess"] is False


# --- attachments


def upload(raw: Raw, bill_id: int, content: bytes, *, last: bool, file_id: str = "") -> Any:
    sent = base64.b64encode(content).decode()
    data = {"FileName": "a.pdf", "FormId": FORM, "IsLast": last, "InterId": str(bill_id), "FileId": file_id}
    return raw.post(FORMS + "AttachmentUpLoad", {"data": {**data, "SendByte": sent}}).json()["Result"]


def test_files_travel_in_chunks_both_ways(raw: Raw) -> None:
    raw.sign_in()
    bill = raw.erp.sales_order()
    content = os.urandom(1_300_000)
    first = upload(raw, bill.id, content[:700_000], last=False)
    upload(raw, bill.id, content[700_000:], last=True, file_id=first["FileId"])
    (row,) = raw.query(
        "BOS_Attachment", "FFileId,FAttachmentName", f"FBillType='{FORM}' and FInterID='{bill.id}'"
    )
    assert row == [first["FileId"], "a.pdf"]
    got, start, is_last = b"", 0, False
    while not is_last:
        data = {"FileId": row[0], "StartIndex": start}
        part = raw.post(FORMS + "AttachmentDownLoad", {"data": data}).json()["Result"]
        got += base64.b64decode(part["FilePart"])
        start, is_last = part["StartIndex"], part["IsLast"]
    assert got == content


def test_a_file_without_its_last_chunk_is_lost_though_all_said_success(raw: Raw) -> None:
    raw.sign_in()
    bill = raw.erp.sales_order()
    told = upload(raw, bill.id, b"abc", last=False)
    assert told["ResponseStatus"]["IsSuccess"] is True
    assert raw.query("BOS_Attachment", "FFileId") == []
    lost = raw.post(FORMS + "AttachmentDownLoad", {"data": {"FileId": told["FileId"]}}).json()
    assert lost["Result"]["ResponseStatus"]["IsSuccess"] is False


# --- single sign-on


def link(
    raw: Raw, *, permit: str | None = None, algorithm: str = "sha256", ago: int = 0, **changed: Any
) -> str:
    """The address of a link, made here by the words of the sheet."""
    erp, stamp = raw.erp, str(int(time.time()) - ago)
    sent = {
        "dbid": erp.acct_id,
        "username": "wangmin",
        "appid": erp.app_id,
        "timestamp": stamp,
        "lcid": "2052",
    }
    sent |= {
        "origintype": "SimPas",
        "entryrole": "",
        "formid": "",
        "formtype": "bill",
        "pkid": "",
        "otherargs": "",
    }
    sent |= changed
    parts = [sent["dbid"], sent["username"], sent["appid"], erp.app_secret, stamp]
    if permit is not None:
        parts.append(permit)
        sent["otherargs"] = "|{'permitcount':'" + permit + "'}"
    sent["signeddata"] = (
        changed.get("signeddata") or hashlib.new(algorithm, "".join(sorted(parts)).encode()).hexdigest()
    )
    ud = base64.b64encode(json.dumps({**sent, "openmode": None}).encode()).decode()
    return f"{raw.server.url}/k3cloud/html5/index.aspx?ud={quote(ud, safe='')}"


def shown(page: requests.Response, name: str) -> str:
    found = re.search(rf'id="{name}">([^<]*)<', page.text)
    return found[1] if found else ""


@pytest.mark.parametrize("permit", [None, "0"])
def test_a_good_link_shows_user_form_and_bill(raw: Raw, permit: str | None) -> None:
    bill = raw.erp.purchase_order()
    page = requests.get(link(raw, permit=permit, formid=bill.form, pkid=str(bill.id)), timeout=5)
    assert page.status_code == 200
    assert [shown(page, name) for name in ("user", "form", "pkid", "number")] == [
        "wangmin",
        bill.form,
        str(bill.id),
        bill.number,
    ]


def test_a_link_of_the_first_version(raw: Raw) -> None:
    erp, stamp = raw.erp, str(int(time.time()))
    erp.settings.sign_hash = "sha1"
    joined = "".join(sorted([erp.acct_id, "wangmin", erp.app_id, erp.app_secret, stamp]))
    sign = hashlib.sha1(joined.encode()).hexdigest()
    ud = f"|{erp.acct_id}|wangmin|{erp.app_id}|{sign}|{stamp}|2052"
    page = requests.get(f"{raw.server.url}/k3cloud/html5/index.aspx?ud={quote(ud, safe='')}", timeout=5)
    assert shown(page, "user") == "wangmin"


def test_links_that_are_refused(raw: Raw) -> None:
    def said(address: str) -> str:
        page = requests.get(address, timeout=5)
        assert page.status_code == 403
        return page.text

    assert "签名" in said(link(raw, signeddata="0" * 64))
    assert "签名" in said(link(raw, algorithm="sha1"))
    assert "过期" in said(link(raw, ago=400))
    assert "授权" in said(link(raw, username="nobody"))
    assert "数据中心" in said(link(raw, dbid="other"))
    assert "ud" in said(f"{raw.server.url}/k3cloud/html5/index.aspx?ud=%21%21")
    raw.erp.settings.sso_users = {"lihua"}
    assert "授权" in said(link(raw))
    raw.erp.settings.sso_users = None
    raw.clock.ahead = timedelta(minutes=9)
    assert "过期" in said(link(raw))


def test_a_link_for_one_use_opens_once(raw: Raw) -> None:
    once, often = link(raw, permit="1"), link(raw, permit="0")
    assert [requests.get(once, timeout=5).status_code for _ in range(2)] == [200, 403]
    assert [requests.get(often, timeout=5).status_code for _ in range(2)] == [200, 200]
    raw.erp.settings.sso_once = True
    assert requests.get(often, timeout=5).status_code == 403


# --- pages for people


def act(raw: Raw, bill: Any, name: str, user: str = "wangmin", **boxes: str) -> str:
    url = f"{raw.server.url}/sandbox/{bill.form}/{bill.id}/{name}"
    return requests.post(url, data={"user": user, **boxes}, timeout=5).text


def test_a_person_finds_bills_and_works_on_them(raw: Raw) -> None:
    bill = raw.erp.sales_order(customer="CUST0005", FNote="<script>alert(1)</script>")
    listing = requests.get(f"{raw.server.url}/sandbox/", timeout=5).text
    assert bill.number in listing
    assert "无锡O&#39;Neil联合设备" in listing
    assert "销售订单</b> (1)" in listing
    one = requests.get(f"{raw.server.url}/sandbox/{FORM}/{bill.id}", timeout=5).text
    assert "<script>" not in one
    line = bill.entries["FSaleOrderEntry"][0]["FEntryID"]
    assert "修改成功" in act(raw, bill, "edit", **{f"{line}/FQty": "2000"})
    assert (bill.head["FBillAllAmount"], bill.times("Save")) == (Decimal("2260.00"), 2)
    assert "提交成功" in act(raw, bill, "submit")
    assert "审核中" in act(raw, bill, "edit", **{f"{line}/FQty": "1"})
    for name, state in (("withdraw", "D"), ("submit", "B"), ("audit", "C"), ("un_audit", "D")):
        act(raw, bill, name)
        assert bill.status == state
    assert "只有审核中" in act(raw, bill, "withdraw")
    act(raw, bill, "lock", user="lihua")
    assert "冲突" in act(raw, bill, "submit")
    act(raw, bill, "unlock")
    assert "还没有单据" in act(raw, bill, "delete")
    assert (FORM, bill.id) in raw.erp.graveyard


@pytest.mark.parametrize("form", ["PUR_Requisition", "CN_PAYAPPLY", "GL_VOUCHER", "PAEZ_ClaimBill"])
def test_every_kind_of_bill_has_a_listing(raw: Raw, form: str) -> None:
    bill = raw.erp.requisition() if form == "PUR_Requisition" else raw.erp.payment_request()
    page = requests.get(f"{raw.server.url}/sandbox/?form={form}", timeout=5).text
    assert (bill.number in page) is (bill.form == form)
    assert requests.get(f"{raw.server.url}/sandbox/{bill.form}/{bill.id}", timeout=5).status_code == 200
    assert requests.get(f"{raw.server.url}/sandbox/{form}/1", timeout=5).status_code == 404
