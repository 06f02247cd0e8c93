"""Two yardsticks: the bare calls with keep-alive sessions and nothing else, and what an in-house programmer writes.

Both speak raw `requests` with the dialects' plain words. They promise nothing: no intent, no key, no read-back.
"""

from __future__ import annotations

import base64
import json
import sqlite3
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.bench.child import serve

DYNAMIC = "Kingdee.BOS.WebApi.ServicesStub.DynamicFormService."
FORM = "SAL_SaleOrder"
FIELDS = (
    "FID,FBillNo,FDocumentStatus,FModifyDate,FCustId.FNumber,FCustId.FName,FBillAllAmount,FSaleOrderEntry_FEntryID,"
    "FMaterialId.FNumber,FMaterialId.FName,FQty,FTaxPrice,FEntryTaxRate,FAllAmount"
)


class Ends:
    """Raw sessions to both servers; one session a thread."""

    def __init__(self, erp: dict[str, Any], oa: dict[str, Any]) -> None:
        self._erp, self._oa = erp, oa
        self._local = threading.local()
        self._key = load_der_public_key(base64.b64decode(oa["spk"]))
        secret = base64.b64encode(self._encrypt(oa["secrit"])).decode()
        path = f"{oa['url'].rstrip('/')}/api/ec/dev/auth/applytoken"
        answer = requests.post(path, headers={"appid": oa["app_id"], "secret": secret}, timeout=30).json()
        self._token = answer["token"]
        self._users = {user: base64.b64encode(self._encrypt(user)).decode() for user in ("57", oa["user_id"])}

    def _encrypt(self, text: str) -> bytes:
        return self._key.encrypt(text.encode(), padding.PKCS1v15())  # type: ignore[union-attr]

    def _session(self) -> requests.Session:
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False
            login = {
                "acctID": self._erp["account"], "username": self._erp["user"], "password": self._erp["password"],
                "lcid": 2052,
            }  # fmt: skip
            name = "Kingdee.BOS.WebApi.ServicesStub.AuthService.ValidateUser.common.kdsvc"
            session.post(self._erp["url"] + name, json=login, timeout=30)
            self._local.oa = requests.Session()
            self._local.oa.trust_env = False
        return session

    def erp(self, operation: str, body: dict[str, Any]) -> Any:
        """One call to the ERP."""
        url = f"{self._erp['url']}{DYNAMIC}{operation}.common.kdsvc"
        return self._session().post(url, json=body, timeout=30).json()

    def oa(self, name: str, values: dict[str, str], user: str, method: str = "POST") -> Any:
        """One call to the OA, without cookies."""
        self._session()
        headers = {
            "appid": self._oa["app_id"], "token": self._token, "userid": self._users[user], "skipsession": "1",
        }  # fmt: skip
        url = f"{self._oa['url'].rstrip('/')}/api/workflow/paService/{name}"
        session = self._local.oa
        session.cookies.clear()
        if method == "GET":
            return session.get(url, params=values, headers=headers, timeout=30).json()
        return session.post(url, data=values, headers=headers, timeout=30).json()

    def query(self, where: str, fields: str = FIELDS, limit: int = 2000) -> Any:
        """Rows of sales orders."""
        data = {
            "FormId": FORM,
            "FieldKeys": fields,
            "FilterString": where,
            "OrderString": "FID asc",
            "Limit": limit,
        }
        return self.erp("ExecuteBillQuery", {"data": data})

    def create(self, rows: list[list[Any]], key: str) -> int:
        """A request from a bill's rows."""
        head = rows[0]
        main = {
            "erp_bill_no": head[1], "erp_key": key, "customer_id": "3001", "customer_name": head[5],
            "amount": f"{head[6]:.2f}", "currency": "CNY", "line_count": str(len(rows)), "company": "100",
        }  # fmt: skip
        detail = [
            {
                "recordOrder": 0,
                "workflowRequestTableFields": [
                    {"fieldName": name, "fieldValue": str(value)}
                    for name, value in zip(
                        (
                            "entry_id",
                            "material_code",
                            "material_name",
                            "qty",
                            "tax_price",
                            "tax_rate",
                            "amount",
                        ),
                        row[7:14],
                        strict=True,
                    )
                ],
            }
            for row in rows
        ]
        values = {
            "workflowId": "781",
            "requestName": f"{head[1]} {key}",
            "mainData": json.dumps(
                [{"fieldName": name, "fieldValue": value} for name, value in main.items()]
            ),
            "detailData": json.dumps(
                [{"tableDBName": "formtable_main_118_dt1", "workflowRequestTableRecords": detail}]
            ),
        }
        return int(self.oa("doCreateRequest", values, "57")["data"]["requestid"])


class Floor:
    """The bare calls: the same number as the engine makes, on the same number of connections."""

    def __init__(self) -> None:
        self._ends: Ends | None = None

    def open(self, erp: dict[str, Any], oa: dict[str, Any], parallel: int) -> None:
        """Signs in."""
        self._ends = Ends(erp, oa)
        self._pool = ThreadPoolExecutor(parallel)
        self._ids: list[int] = []
        list(self._pool.map(lambda _: self._ends.query("FDocumentStatus='X'", "FID"), range(parallel * 2)))  # type: ignore[union-attr]

    def first(self, orders: int) -> int:
        """Reads all bills and creates a request of each."""
        assert self._ends is not None
        bills = _by_bill(self._ends.query("FDocumentStatus='B'", limit=2000), self._ends)
        self._ids = list(
            self._pool.map(lambda each: self._ends.create(each[1], f"K{each[0]}"), bills.items())
        )  # type: ignore[union-attr]
        return len(self._ids)

    def second(self, further: int) -> int:
        """Reads every request once, closes one of five, and makes as many further (ERP) calls as the engine does."""
        assert self._ends is not None
        ends = self._ends

        def read(index: int) -> None:
            ends.oa("getWorkflowRequest", {"requestId": str(self._ids[index])}, "9", "GET")

        list(self._pool.map(read, range(len(self._ids))))
        list(self._pool.map(lambda _: ends.query("FDocumentStatus='X'", "FID"), range(further)))
        return len(self._ids)


def _by_bill(rows: list[list[Any]], ends: Ends) -> dict[int, list[list[Any]]]:
    found: dict[int, list[list[Any]]] = {}
    start, page = 0, rows
    while page:
        for row in page:
            found.setdefault(row[0], []).append(row)
        start += len(page)
        if len(page) < 2000:
            break
        data = {
            "FormId": FORM, "FieldKeys": FIELDS, "FilterString": "FDocumentStatus='B'", "OrderString": "FID asc",
            "Limit": 2000, "StartRow": start,
        }  # fmt: skip
        page = ends.erp("ExecuteBillQuery", {"data": data})
    return found


class Script:
    """The in-house script: one after the other, a SQLite table that remembers what was sent, a commit each."""

    def open(self, erp: dict[str, Any], oa: dict[str, Any], parallel: int) -> None:
        """Signs in and makes the table."""
        self._ends = Ends(erp, oa)
        self._folder = tempfile.TemporaryDirectory()
        self._db = sqlite3.connect(Path(self._folder.name) / "sent.db")
        self._db.execute("create table sent (fid integer primary key, request integer, state text)")

    def first(self, orders: int) -> int:
        """Per bill: read it, create the request, remember."""
        ids = [row[0] for row in self._ends.query("FDocumentStatus='B'", "FID", 2000)]
        for fid in ids:
            rows = self._ends.query(f"FID={fid}")
            request = self._ends.create(rows, f"S{fid}")
            self._db.execute("insert into sent values (?, ?, 'sent')", (fid, request))
            self._db.commit()
        return len(ids)

    def second(self, further: int) -> int:
        """Per bill: ask the status, read the opinions, audit or take back, remember."""
        waiting = self._db.execute("select fid, request from sent where state = 'sent'").fetchall()
        for fid, request in waiting:
            status = self._ends.oa("getRequestStatus", {"requestId": str(request)}, "9", "GET")["data"]
            self._ends.oa("getWorkflowRequest", {"requestId": str(request)}, "9", "GET")
            operation = "Audit" if str(status["currentNodeType"]) == "3" else "CancelAssign"
            self._ends.erp(operation, {"formid": FORM, "data": {"Ids": str(fid)}})
            self._db.execute("update sent set state = ? where fid = ?", (operation, fid))
            self._db.commit()
        return len(waiting)


if __name__ == "__main__":
    floor, script = Floor(), Script()
    serve(
        {
            "floor_open": floor.open, "floor_first": floor.first, "floor_second": floor.second,
            "script_open": script.open, "script_first": script.first, "script_second": script.second,
            "sleep": lambda: time.sleep(0),
        }
    )  # fmt: skip
