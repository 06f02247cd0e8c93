"""DingTalk's old generation over the toy OA's staff list: users, departments, who sits before a browser.

Source: DingTalk server API, /topapi/v2/user, /topapi/v2/department; OAuth2 sign-in with a browser.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from desktop.sandbox.dingtalk_gate import NewError, OldError
from desktop.sandbox.dingtalk_settings import DingSettings
from desktop.sandbox.dingtalk_world import DingOa
from desktop.sandbox.group import COMPANIES, DEPARTMENTS
from desktop.sandbox.oa_people import OaPerson

CODE_S, USER_TOKEN_S = 300, 7200

Body = Mapping[str, Any]

_TREE: tuple[tuple[int, str, int], ...] = (
    (1, "单桥演示集团", 0),
    *((int(each.oa_id), each.name, 1) for each in COMPANIES),
    *(
        (int(each.oa_id), each.name, int(company.oa_id))
        for each in DEPARTMENTS
        for company in COMPANIES
        if company.number == each.company
    ),
    (20, "信息部", 11),
)
"""(id, name, parent)."""


class Staff:
    """The company's address book."""

    def __init__(self, oa: DingOa) -> None:
        self._oa = oa

    def by_mobile(self, body: Body) -> dict[str, Any]:
        """/topapi/v2/user/getbymobile."""
        mobile = str(body.get("mobile") or "")
        found = [each for each in self._listed() if mobile and each.mobile == mobile and each.active]
        main = next((each for each in found if not each.main_id), None)
        if main is None:
            raise OldError(60121, "找不到该用户")
        return {"result": {"userid": main.id, "exclusive_account_userid_list": []}}

    def one(self, body: Body) -> dict[str, Any]:
        """/topapi/v2/user/get."""
        person = next((each for each in self._listed() if each.id == str(body.get("userid") or "")), None)
        if person is None:
            raise OldError(60121, "找不到该用户")
        return {"result": self._shown(person)}

    def by_union_id(self, body: Body) -> dict[str, Any]:
        """/topapi/user/getbyunionid."""
        wanted = str(body.get("unionid") or "")
        person = next((each for each in self._listed() if union_id(each.id) == wanted), None)
        if person is None or not person.active:
            raise OldError(60121, "找不到该用户")
        return {"result": {"contact_type": 0, "userid": person.id}}

    def of_department(self, body: Body) -> dict[str, Any]:
        """/topapi/v2/user/list: a page of one department's people."""
        department, cursor, size = body.get("dept_id"), body.get("cursor", 0), body.get("size", 100)
        if not isinstance(department, int) or not isinstance(cursor, int) or not isinstance(size, int):
            raise OldError(40035, "不合法的参数")
        if not any(each[0] == department for each in _TREE):
            raise OldError(60003, "部门不存在")
        if not 1 <= size <= 100:
            raise OldError(40035, "size必须在1到100之间")
        people = [each for each in self._listed() if self._department(each) == department]
        page = people[cursor : cursor + size]
        result: dict[str, Any] = {"list": [self._shown(each) for each in page]}
        result["has_more"] = cursor + size < len(people)
        if result["has_more"]:
            result["next_cursor"] = cursor + size
        return {"result": result}

    def below(self, body: Body) -> dict[str, Any]:
        """/topapi/v2/department/listsub: one level only."""
        parent = body.get("dept_id", 1)
        if not any(each[0] == parent for each in _TREE):
            raise OldError(60003, "部门不存在")
        return {"result": [_department(each) for each in _TREE if each[2] == parent]}

    def department(self, body: Body) -> dict[str, Any]:
        """/topapi/v2/department/get."""
        found = next((each for each in _TREE if each[0] == body.get("dept_id")), None)
        if found is None:
            raise OldError(60003, "部门不存在")
        return {"result": _department(found)}

    def _listed(self) -> list[OaPerson]:
        return self._oa.people.staff()

    def _department(self, person: OaPerson) -> int:
        known = {each[0] for each in _TREE}
        own = int(person.department_id or 1)
        return own if own in known else 1

    def _shown(self, person: OaPerson) -> dict[str, Any]:
        return {
            "userid": person.id,
            "unionid": union_id(person.id),
            "name": person.name,
            "mobile": person.mobile,
            "email": "",
            "title": "",
            "job_number": person.work_code,
            "dept_id_list": [self._department(person)],
            "active": person.active,
        }


def _department(node: tuple[int, str, int]) -> dict[str, Any]:
    return {"dept_id": node[0], "name": node[1], "parent_id": node[2]}


def union_id(person: str) -> str:
    """A person's id across companies."""
    return f"un5a9db0c5{person}iE"


class SignOn:
    """Browser and in-client sign-in: one-use codes, user tokens."""

    def __init__(self, oa: DingOa, settings: DingSettings) -> None:
        self._oa, self._settings = oa, settings
        self._codes: dict[str, tuple[str, datetime]] = {}
        self._tokens: dict[str, tuple[str, datetime]] = {}
        self._refresh: dict[str, str] = {}
        self._sessions: dict[str, str] = {}

    def open_session(self, person: str) -> str:
        """The value of a browser's session cookie."""
        made = secrets.token_hex(16)
        self._sessions[made] = person
        return made

    def session_person(self, session: str) -> str:
        """Whose session this is, "" for nobody's."""
        return self._sessions.get(session, "")

    def code(self, person: str) -> str:
        """A code for one use within five minutes."""
        made = secrets.token_hex(16)
        self._codes[made] = (person, self._oa.clock() + timedelta(seconds=CODE_S))
        return made

    def _use(self, code: str) -> str | None:
        person, until = self._codes.pop(code, ("", self._oa.clock()))
        return person if person and self._oa.clock() < until else None

    def user_info(self, body: Body) -> dict[str, Any]:
        """/topapi/v2/user/getuserinfo: who sits in the client."""
        person = self._use(str(body.get("code") or ""))
        if person is None:
            raise OldError(40078, "不存在的临时授权码")
        told = {"userid": person, "unionid": union_id(person), "name": self._oa.people.name(person)}
        return {"result": {**told, "sys": False, "sys_level": 0, "device_id": ""}}

    def user_token(self, body: Body) -> dict[str, Any]:
        """/v1.0/oauth2/userAccessToken."""
        own = (self._settings.client_id, self._settings.client_secret)
        if (body.get("clientId"), body.get("clientSecret")) != own:
            raise NewError("invalidClientIdOrSecret", "无效的clientId或者clientSecret")
        if body.get("grantType") == "refresh_token":
            person = self._refresh.pop(str(body.get("refreshToken") or ""), None)
        else:
            person = self._use(str(body.get("code") or ""))
        if person is None:
            raise NewError("invalidParameter.authCode.notFound", "不合法的临时授权码")
        token, refresh = secrets.token_hex(16), secrets.token_hex(16)
        self._tokens[token] = (person, self._oa.clock() + timedelta(seconds=USER_TOKEN_S))
        self._refresh[refresh] = person
        told = {"accessToken": token, "refreshToken": refresh, "expireIn": USER_TOKEN_S}
        return {**told, "corpId": self._settings.corp_id}

    def me(self, token: str) -> dict[str, Any]:
        """/v1.0/contact/users/me: no userid in it."""
        person, until = self._tokens.get(token, ("", self._oa.clock()))
        if not person or self._oa.clock() >= until:
            raise NewError("InvalidAuthentication", "不合法的access_token")
        found = self._oa.people.find(person)  # the platform knows people of other companies, too
        return {
            "nick": found.name if found else person,
            "unionId": union_id(person),
            "openId": f"open{person}",
            "mobile": found.mobile if found else "",
            "email": "",
            "avatarUrl": "",
            "stateCode": "86",
        }
