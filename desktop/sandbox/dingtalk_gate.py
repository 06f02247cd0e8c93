"""The way into the toy DingTalk: tokens of both generations, permission points, limits, the monthly quota, faults.

Source: DingTalk server API: access token, global error codes, call limits. New answers fail with 4xx and a code, old ones with
HTTP 200 and an errcode; neither takes the other's token.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
import uuid
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Response, request

from desktop.sandbox.dingtalk_settings import DingSettings
from desktop.sandbox.dingtalk_world import DingOa
from desktop.sandbox.faults import Fault, Faults
from desktop.sandbox.oa_records import LOCAL

HEADER = "x-acs-dingtalk-access-token"

BLOCKED_PAGE = (
    "<!DOCTYPE html><html><head><title>405</title></head><body>您的访问被阻断 x5 punish</body></html>"
)
QPS = "QpsLimitForAppkeyAndApi"


class NewError(Exception):
    """An error of the new generation."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(code)
        self.code, self.message, self.status = code, message or code, status


class OldError(Exception):
    """An error of the old generation. sub_code: what stands behind errcode 88."""

    def __init__(self, errcode: int, errmsg: str, sub_code: str = "", sub_msg: str = "") -> None:
        super().__init__(errcode)
        self.errcode, self.errmsg, self.sub_code, self.sub_msg = errcode, errmsg, sub_code, sub_msg


@dataclass(frozen=True, slots=True)
class Door:
    """One API. permission: the point it needs ("" = none); metered: it counts against the quota; open: needs no token."""

    name: str
    permission: str = ""
    is_write: bool = False
    metered: bool = True
    open: bool = False


class Gate:
    """Lets calls in and counts them; lets some of them go wrong. used: metered calls by calendar month ("2026-11")."""

    def __init__(self, oa: DingOa, settings: DingSettings, faults: Faults) -> None:
        self.oa, self.settings, self.faults = oa, settings, faults
        self.used: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self._tokens: dict[str, datetime] = {}
        self._recent: defaultdict[str, deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    # --- tokens

    def new_token(self) -> str:
        """An access token, good on both hosts; older ones stay good."""
        token = secrets.token_hex(16)
        self._tokens[token] = self.oa.clock() + timedelta(seconds=self.settings.token_s)
        return token

    def drop_tokens(self) -> None:
        """All tokens die before their time."""
        self._tokens.clear()

    def _good(self, token: str) -> bool:
        until = self._tokens.get(token)
        return until is not None and self.oa.clock() < until

    def month(self) -> str:
        """The calendar month of the quota."""
        return f"{self.oa.clock().astimezone(LOCAL):%Y-%m}"

    # --- calls

    def new(self, door: Door, work: Callable[[], Any]) -> Response:
        """A call of the new generation."""

        def guarded() -> Response:
            try:
                self._admit_new(door)
                return told(work())
            except NewError as error:
                return told(
                    {"code": error.code, "message": error.message, "requestid": request_id()}, error.status
                )

        return self._with_fault(door, guarded, is_new=True)

    def old(self, door: Door, work: Callable[[], dict[str, Any]]) -> Response:
        """A call of the old generation: HTTP 200 whatever happens."""

        def guarded() -> Response:
            try:
                self._admit_old(door)
                return told({"errcode": 0, "errmsg": "ok", **work(), "request_id": request_id()})
            except OldError as error:
                return told(old_error(error))

        return self._with_fault(door, guarded, is_new=False)

    def storage(self, name: str, work: Callable[[], Response]) -> Response:
        """A call of storage, which is another house: no token, no quota. Faults are played there, too."""
        return self._with_fault(Door(name, is_write=name == "keep"), work, is_new=True)

    def _admit_new(self, door: Door) -> None:
        if self._ip_refused():
            raise NewError("Forbidden.AccessDenied.IpNotInWhiteList", "访问ip不在白名单之中", 403)
        if not door.open:
            token = request.headers.get(HEADER, "")
            if not token:
                raise NewError("AuthenticationFailed.MissingParameter", f"{HEADER} is mandatory")
            if not self._good(token):
                raise NewError("InvalidAuthentication", "不合法的access_token")
            if door.permission and door.permission not in self.settings.permissions:
                raise NewError(
                    "Forbidden.AccessDenied.AccessTokenPermissionDenied",
                    f"没有调用该接口的权限，接口权限申请：{door.permission}",
                    403,
                )
        refused = self._counted(door)
        if refused == QPS:
            raise NewError(f"Forbidden.AccessDenied.{QPS}", "应用调用该接口的QPS超过限制", 403)
        if refused:
            raise NewError("Forbidden.AccessDenied.ApiCountLimitForOrg", "企业本月的接口调用次数已用完", 403)

    def _admit_old(self, door: Door) -> None:
        if self._ip_refused():
            raise OldError(60020, "访问ip不在白名单之中")
        if not door.open:
            token = request.args.get("access_token", "")
            if not token:
                raise OldError(88, "ding talk error", "40000", "access_token is blank")
            if not self._good(token):
                raise OldError(88, "ding talk error", "40014", "不合法的access_token")
            if door.permission and door.permission not in self.settings.permissions:
                raise OldError(88, "ding talk error", "60011", "没有调用该接口的权限")
        refused = self._counted(door)
        if refused == QPS:
            raise OldError(90018, "您的服务器调用钉钉开放平台所有接口的请求都被暂时禁用了")
        if refused:
            raise OldError(90020, "企业本月的接口调用次数已用完")

    def _ip_refused(self) -> bool:
        allowed = self.settings.allowed_ips
        return allowed is not None and request.remote_addr not in allowed

    def _counted(self, door: Door) -> str:
        """ "" where the call may go on, else which limit says no."""
        with self._lock:
            self.calls[door.name] += 1
            if self.settings.qps:
                recent, now = self._recent[door.name], time.monotonic()
                while recent and now - recent[0] >= 1:
                    recent.popleft()
                if len(recent) >= self.settings.qps:
                    return QPS
                recent.append(now)
            if door.metered:
                if self.used[self.month()] >= self.settings.quota:
                    return "quota"
                self.used[self.month()] += 1
            return ""

    # --- faults

    def _with_fault(self, door: Door, work: Callable[[], Response], *, is_new: bool) -> Response:
        if self.settings.ip_banned:
            return Response(BLOCKED_PAGE, 200, content_type="text/html;charset=utf-8")
        fault = self.faults.draw(door.name, door.is_write)
        if fault is None:
            return work()
        if not fault.done:
            return self._undone(fault, is_new)
        response = work()
        if fault is Fault.SLOW:
            time.sleep(self.faults.slow_s)
        elif fault is Fault.TRUNCATED:
            body = response.get_data()
            response.set_data(body[: len(body) // 2])
        else:
            request.environ["sandbox.cut"](True, fault is Fault.REPLY_LOST)
        return response

    def _undone(self, fault: Fault, is_new: bool) -> Response:
        if fault is Fault.RESET_BEFORE:
            request.environ["sandbox.cut"](False)
            return Response()
        if fault is Fault.HTML_PAGE:
            return Response(BLOCKED_PAGE, 200, content_type="text/html;charset=utf-8")
        if fault is Fault.SESSION_LOST:
            self._tokens.pop(request.headers.get(HEADER) or request.args.get("access_token") or "", None)
            if is_new:
                return new_error("InvalidAuthentication", "不合法的access_token", 400)
            return told(old_error(OldError(88, "ding talk error", "40014", "不合法的access_token")))
        if fault is Fault.THROTTLED:
            if is_new:
                return new_error(f"Forbidden.AccessDenied.{QPS}", "应用调用该接口的QPS超过限制", 403)
            return told(old_error(OldError(90018, "调用过于频繁")))
        if is_new:
            return new_error("systemError", "系统错误", 500)
        return told(old_error(OldError(-1, "系统繁忙")))


def told(body: Any, status: int = 200) -> Response:
    """JSON as DingTalk writes it."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, content_type="application/json;charset=utf-8")


def new_error(code: str, message: str, status: int) -> Response:
    """An error of the new generation, ready to send."""
    return told({"code": code, "message": message, "requestid": request_id()}, status)


def old_error(error: OldError) -> dict[str, Any]:
    """An error of the old generation."""
    body: dict[str, Any] = {"errcode": error.errcode, "errmsg": error.errmsg, "request_id": request_id()}
    if error.sub_code:
        body |= {"sub_code": error.sub_code, "sub_msg": error.sub_msg}
        body["errmsg"] = f"ding talk error[subcode={error.sub_code},submsg={error.sub_msg}]"
    return body


def request_id() -> str:
    """The vendor's name of a call."""
    return str(uuid.uuid4()).upper()
