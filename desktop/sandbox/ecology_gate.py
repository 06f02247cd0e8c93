"""The way into the toy OA: registration, tokens, the caller's identity, session cookies; and the faults of the wire.

Source: Weaver e-cology 9, token authentication for third-party systems.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Request, Response, request

from desktop.sandbox.ecology_calls import answer, page
from desktop.sandbox.faults import Fault, Faults
from desktop.sandbox.oa import Oa

COOKIE = "ecology_JSessionid"

SIGN_IN_PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>登录</title></head>
<body><form action="/login/Login.jsp">请登录 <input name="loginid"></form></body></html>"""
BROKEN_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
BUSY_PAGE = "<html><head><title>429 Too Many Requests</title></head><body>429</body></html>"
OLD_KB_PAGE = "<html><head><title>Error 500</title></head><body><h2>HTTP ERROR 500</h2></body></html>"


class Gate:
    """Lets calls in, each as one person, and lets some of them go wrong."""

    def __init__(self, oa: Oa, faults: Faults) -> None:
        self._oa = oa
        self._faults = faults

    def run(
        self, name: str, is_write: bool, work: Callable[[str], Response], open_: bool = False
    ) -> Response:
        """One business call: identity, fault, work.

        work:  gets the caller's OA id, and answers the response.
        open_: the call needs no token; `work` gets "".
        """
        person: str | Response = "" if open_ else self.caller(request)
        if isinstance(person, Response):
            return person
        caller = person
        response = self._with_fault(name, is_write, lambda: work(caller))
        if not open_ and request.headers.get("skipsession") != "1":
            self._remember(response, caller)
        return response

    def caller(self, asked: Request) -> str | Response:
        """The OA id of the calling person, or the answer that refuses him."""
        oa, headers = self._oa, asked.headers
        allowed = oa.settings.allowed_ips
        token, app_id = headers.get("token", ""), headers.get("appid", "")
        if not token or not app_id or (allowed is not None and asked.remote_addr not in allowed):
            return self._trouble({"msg": "登录信息超时", "errorCode": "002", "status": False})
        if not oa.sign_in.token_good(app_id, token):
            return self._trouble(_token_lost(token))
        person = self._session_of(asked) or oa.sign_in.person_of(headers.get("userid", ""))
        if oa.people.active(person) is None:
            said = "该账号存在异常,单点登录失败"
            return answer({"msg": said, "code": -1, "msgShowType": "none", "status": False})
        return person

    def _session_of(self, asked: Request) -> str | None:
        """The trap: a client that sends the cookie back acts as whoever came before."""
        session = asked.cookies.get(COOKIE)
        if not session or asked.headers.get("skipsession") == "1":
            return None
        return self._oa.sign_in.session_person(session)

    def _remember(self, response: Response, person: str) -> None:
        if self._session_of(request) is None:
            response.set_cookie(COOKIE, self._oa.sign_in.open_session(person), path="/", httponly=True)

    def _trouble(self, body: dict[str, Any]) -> Response:
        return page(OLD_KB_PAGE, 500) if self._oa.settings.old_kb else answer(body)

    def _with_fault(self, name: str, is_write: bool, work: Callable[[], Response]) -> Response:
        fault = self._faults.draw(name, is_write)
        if fault is None:
            return work()
        if not fault.done:
            return self._undone(fault)
        response = work()
        if fault is Fault.SLOW:
            time.sleep(self._faults.slow_s)
        elif fault is Fault.TRUNCATED:
            _truncate(response)
        else:
            request.environ["sandbox.cut"](True, fault is Fault.REPLY_LOST)
        return response

    def _undone(self, fault: Fault) -> Response:
        if fault is Fault.RESET_BEFORE:
            request.environ["sandbox.cut"](False)
            return Response()
        if fault is Fault.SESSION_LOST:
            token = request.headers.get("token", "")
            self._oa.sign_in.drop_token(token)
            return self._trouble(_token_lost(token))
        if fault is Fault.HTML_PAGE:
            return page(SIGN_IN_PAGE)
        if fault is Fault.THROTTLED:
            return page(BUSY_PAGE, 429)
        return page(BROKEN_PAGE, 502)


def auth_routes(oa: Oa) -> Blueprint:
    """regist and applytoken: everything travels in headers."""
    routes = Blueprint("auth", __name__)

    @routes.post("/api/ec/dev/auth/regist")
    def regist() -> Response:
        app_id = request.headers.get("appid", "")
        if not oa.sign_in.register(app_id):
            said = f"注册失败,当前appid({app_id})没有权限,请检查许可证信息"
            return answer({"status": False, "code": -1, "msg": said, "errmsg": said, "msgShowType": "none"})
        known = {
            "status": True,
            "code": 0,
            "msg": "ok",
            "errcode": "0",
            "errmsg": "ok",
            "msgShowType": "none",
        }
        return answer({**known, "secrit": oa.secrit, "spk": oa.spk})

    @routes.post("/api/ec/dev/auth/applytoken")
    def apply_token() -> Response:
        headers = request.headers
        token = oa.sign_in.apply_token(
            headers.get("appid", ""), headers.get("secret", ""), headers.get("time", "")
        )
        if token is None:
            said = "secret解密失败,请检查加密内容."
            return answer({"msg": said, "code": -1, "msgShowType": "none", "status": False})
        return answer({"msg": "获取成功!", "code": 0, "msgShowType": "none", "status": True, "token": token})

    return routes


def _token_lost(token: str) -> dict[str, Any]:
    return {"msg": f"token不存在或者超时：{token}", "code": -1, "msgShowType": "none", "status": False}


def _truncate(response: Response) -> None:
    """Half of the body under its own length, as a proxy cuts it: whole as HTTP, unreadable as JSON."""
    body = response.get_data()
    response.set_data(body[: len(body) // 2])
