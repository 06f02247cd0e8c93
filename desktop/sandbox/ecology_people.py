"""The toy OA's staff pages: persons, departments, subcompanies; and who a token user is.

Source: Weaver e-cology 9, /api/hrm/resful (spelled so) and /api/hrm/login/getAccountList.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from hashlib import md5
from typing import Any

from flask import Blueprint, Response, request

from desktop.sandbox.ecology_calls import answer, as_int, parameters
from desktop.sandbox.ecology_gate import Gate
from desktop.sandbox.group import COMPANIES, DEPARTMENTS
from desktop.sandbox.oa import Oa
from desktop.sandbox.oa_people import OaPerson

KEY_LIVES_MS = 5 * 60 * 1000
MADE_ON = "2026-01-05 09:00:00"
"""When the toy staff list was last changed."""

Row = dict[str, str]


def people_routes(oa: Oa, gate: Gate) -> Blueprint:
    """The HRM interface."""
    routes = Blueprint("people", __name__)

    @routes.post("/api/hrm/resful/<name>")
    def staff(name: str) -> Response:
        source = _SOURCES.get(name)
        if source is None:
            return Response(status=404)
        try:
            params = _params()
        except ValueError:
            return answer({"code": "-1", "msg": "参数格式错误"})
        open_ = _address_or_key_allowed(oa, params)
        if not open_ and not request.headers.get("token"):
            return answer({"code": "2", "msg": "无权限调用此接口"})
        return gate.run(name, False, lambda _: answer(_page(oa, source(oa), params)), open_)

    @routes.get("/api/hrm/login/getAccountList")
    def account_list() -> Response:
        return gate.run("getAccountList", False, lambda person: answer(_account(oa, person)))

    return routes


def _params() -> dict[str, Any]:
    """`params` as JSON text in a form field, or as an object in a JSON body, with key and ts beside it."""
    outer = parameters(request)
    inner = outer.get("params", {})
    if isinstance(inner, str):
        inner = json.loads(inner or "{}")
    if not isinstance(inner, dict):
        raise ValueError("params")
    return {"key": outer.get("key", ""), "ts": outer.get("ts", ""), **inner}


def _address_or_key_allowed(oa: Oa, params: Mapping[str, Any]) -> bool:
    """The other two ways in: a listed address, or the key made of identifier and time."""
    if request.remote_addr in oa.settings.hrm_ips:
        return True
    identifier, stamp = oa.settings.hrm_identifier, str(params.get("ts", ""))
    if not identifier or not stamp.isdigit():
        return False
    wanted = md5(f"{identifier}{stamp}".encode(), usedforsecurity=False).hexdigest().upper()
    fresh = abs(oa.clock().timestamp() * 1000 - int(stamp)) <= KEY_LIVES_MS
    return fresh and hmac.compare_digest(wanted, str(params.get("key", "")))


def _page(oa: Oa, rows: list[Row], params: Mapping[str, Any]) -> dict[str, Any]:
    """One page of the rows that fit every filter; a filter that the rows do not know lets all pass."""
    kept = [row for row in rows if all(_fits(row, name, str(value)) for name, value in params.items())]
    size, number = as_int(params.get("pagesize"), 20), max(as_int(params.get("curpage"), 1), 1)
    shown = kept[(number - 1) * size : number * size]
    if oa.settings.hrm_rows:
        return {"code": "1", "data": {"total": len(kept), "rows": shown}}
    page = {"totalSize": len(kept), "page": number, "pageSize": size, "dataList": shown}
    return {"code": "1", "data": page}


def _fits(row: Row, name: str, wanted: str) -> bool:
    if not wanted or name not in row:
        return True
    if name in ("created", "modified"):
        return row[name] >= wanted
    return row[name] == wanted


def _persons(oa: Oa) -> list[Row]:
    return [_person(person) for person in oa.people.staff()]


def _person(person: OaPerson) -> Row:
    return {
        "id": person.id,
        "loginid": person.login,
        "workcode": person.work_code,
        "lastname": person.name,
        "departmentid": person.department_id,
        "departmentname": person.department,
        "departmentcode": "",
        "subcompanyid1": person.company_id,
        "subcompanyname": person.company,
        "jobtitle": "9",
        "mobile": person.mobile,
        "email": f"{person.login}@oa.example" if person.login else "",
        "managerid": person.boss,
        "status": person.status,
        "accounttype": "1" if person.main_id else "0",
        "belongto": person.main_id,
        "created": MADE_ON,
        "modified": MADE_ON,
    }


def _departments(oa: Oa) -> list[Row]:
    company_ids = {company.number: company.oa_id for company in COMPANIES}
    known = [(item.oa_id, item.name, item.code, company_ids[item.company], "0") for item in DEPARTMENTS]
    known += [("20", "IT", "", COMPANIES[0].oa_id, "0"), ("29", "已撤销部门", "", COMPANIES[0].oa_id, "1")]
    return [
        {
            "id": number,
            "departmentname": name,
            "departmentmark": name,
            "departmentcode": code,
            "supdepid": "0",
            "subcompanyid1": company,
            "canceled": canceled,
            "showorder": str(place),
            "created": MADE_ON,
            "modified": MADE_ON,
        }
        for place, (number, name, code, company, canceled) in enumerate(known)
    ]


def _subcompanies(oa: Oa) -> list[Row]:
    return [
        {
            "id": company.oa_id,
            "subcompanyname": company.name,
            "subcompanydesc": company.name,
            "subcompanycode": company.number,
            "supsubcomid": "0",
            "canceled": "0",
            "showorder": str(place),
            "created": MADE_ON,
            "modified": MADE_ON,
        }
        for place, company in enumerate(COMPANIES)
    ]


def _job_titles(oa: Oa) -> list[Row]:
    return [{"id": "9", "jobtitlename": "职员", "jobtitlemark": "职员", "canceled": "0"}]


_SOURCES: Mapping[str, Callable[[Oa], list[Row]]] = {
    "getHrmUserInfoWithPage": _persons,
    "getHrmdepartmentWithPage": _departments,
    "getHrmsubcompanyWithPage": _subcompanies,
    "getJobtitleInfoWithPage": _job_titles,
}


def _account(oa: Oa, person_id: str) -> dict[str, Any]:
    person = oa.people.find(person_id)
    if person is None:
        return {"status": "-1", "data": {}}
    data = {
        "userid": person.id,
        "username": person.name,
        "deptid": person.department_id,
        "deptname": person.department,
        "subcompanyid": person.company_id,
        "subcompanyname": person.company,
        "accountlist": [],
    }
    return {"data": data, "status": "1"}
