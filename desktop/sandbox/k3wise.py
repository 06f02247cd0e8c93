"""The toy K/3 WISE over HTTP: paths, authority codes and tokens, the envelope of every answer, and faults.

Written from the vendor's published rules only; it shares no code with the client that it tests.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import Flask, Response, request

from desktop.sandbox.erp import Erp
from desktop.sandbox.erp_pages import erp_pages
from desktop.sandbox.erp_settings import ErpSettings
from desktop.sandbox.erp_values import to_local
from desktop.sandbox.faults import Fault, Faults
from desktop.sandbox.iis import behind_iis, error_page
from desktop.sandbox.k3wise_calls import Told, Wise
from desktop.sandbox.k3wise_settings import Authority, WiseSettings

_HTML = "text/html; charset=utf-8"
_WRITES = frozenset({"save", "update", "delete", "checkbill", "updatevoucher"})

REVIEW = {"submit": "启动审核", "withdraw": "驳回", "audit": "审核", "un_audit": "反审核"}
TICKED = {"submit": "提交OA（打勾）", "withdraw": "取消提交（去勾）", "audit": "审核", "un_audit": "反审核"}
"""What people press, where bills are under multi-level review and where they are handed in by a tick."""


def wise_erp(clock: Callable[[], datetime] | None = None) -> Erp:
    """The world as this ERP keeps it: base data once for all."""
    return Erp(clock, ErpSettings(isolated_base_data=False))


def k3wise_app(erp: Erp, faults: Faults | None = None, settings: WiseSettings | None = None) -> Flask:
    """The WSGI app of one account set: the interface under /K3API/, and pages for people under /sandbox/."""
    app = Flask(__name__)
    dialect = Dialect(erp, faults or Faults(), settings or WiseSettings())
    app.extensions["wise"] = dialect
    reviewed = dialect.settings.multi_level
    waits = "多级审核中" if reviewed else "未审核（已提交OA）"
    states = {"Z": "暂存", "A": "未审核", "B": waits, "C": "已审核", "D": "未审核（退回）"}
    app.register_blueprint(erp_pages(erp, REVIEW if reviewed else TICKED, states))

    @app.route("/<path:path>", methods=["GET", "POST"])
    def call(path: str) -> Response:
        return dialect.answer(path)

    behind_iis(app, erp)
    return app


@dataclass(frozen=True, slots=True)
class Token:
    """A token and until when it is good."""

    caller: Authority
    until: datetime


class Dialect:
    """Turns requests into operations and what they tell into responses. settings may be changed while it runs."""

    def __init__(self, erp: Erp, faults: Faults, settings: WiseSettings) -> None:
        self.settings = settings
        self._erp, self._faults = erp, faults
        self._wise = Wise(erp, settings)
        self._tokens: dict[str, Token] = {}
        self._epoch = erp.session_epoch
        self._asleep = True
        erp.settings.submitted_is_open = not settings.multi_level

    def drop_tokens(self) -> None:
        """All tokens die before their time."""
        self._tokens.clear()

    def answer(self, path: str) -> Response:
        """The response to any request."""
        if self._asleep and self.settings.first_answer_s:
            time.sleep(self.settings.first_answer_s)
        self._asleep = False
        parts = path.split("/")
        if len(parts) != 3 or parts[0].lower() != "k3api":
            return _page(404, "404 - 找不到文件或目录。")
        form, operation = parts[1], parts[2]
        is_token = (form.lower(), operation.lower()) == ("token", "create")
        if (request.method == "GET") is not (is_token or operation.lower() == "gettemplate"):
            return _page(405, "405 - 不允许用于访问此页的 HTTP 谓词。")
        work = (lambda: self._token()) if is_token else (lambda: self._operation(form, operation))
        return self._with_faults(operation, work)

    # --- tokens

    def _token(self) -> Response:
        caller = self.settings.codes.get(request.args.get("authorityCode", ""))
        if caller is None:
            refused = {"Code": "N", "Token": "", "Validity": 0}
            return self._told(Told(401, "authorityCode验证失败", refused))
        token = secrets.token_hex(64)
        now = self._erp.now()
        self._tokens[token] = Token(caller, now + timedelta(seconds=self.settings.validity_s))
        local = to_local(now)
        assert local is not None
        data = {
            "AcctID": caller.acct_id,
            "UserID": self._user_id(caller.user),
            "Token": token,
            "Code": "Y",
            "Validity": self.settings.validity_s,
            "IPAddress": request.remote_addr or "",
            "Language": "CHS",
            "Create": local.isoformat(" ", "seconds"),
        }
        return self._told(Told(200, "Token request succeeded", data))

    def _user_id(self, account: str) -> int:
        record = self._erp.user_record(account)
        return record.id if record is not None else 0

    def _caller(self) -> Authority | None:
        if self._epoch != self._erp.session_epoch:
            self._epoch = self._erp.session_epoch
            self._tokens.clear()
        held = self._tokens.get(self._sent_token())
        return held.caller if held is not None and self._erp.now() < held.until else None

    def _sent_token(self) -> str:
        return request.args.get("Token") or request.args.get("token") or ""

    # --- operations

    def _operation(self, form: str, operation: str) -> Response:
        caller = self._caller()
        if caller is None:
            return self._told(Told(401, "Token is invalid or has expired"))
        body: Any = {}
        if request.method == "POST":
            try:
                body = json.loads(request.get_data().decode("utf-8-sig") or "{}", parse_float=Decimal)
            except ValueError:
                return self._told(Told(500, "请求数据不是有效的JSON"))
        if not isinstance(body, Mapping):
            return self._told(Told(500, "请求数据格式不正确"))
        told = self._wise.run(form, operation, body, caller)
        return _page(404, "404 - 找不到文件或目录。") if told is None else self._told(told)

    def _told(self, told: Told) -> Response:
        message = "" if told.code != 200 and self.settings.empty_message else told.message
        envelope = {"StatusCode": told.code, "Message": message, "Data": told.data}
        text = json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
        return Response(text, 200, content_type="application/json; charset=utf-8")

    # --- faults

    def _with_faults(self, operation: str, work: Callable[[], Response]) -> Response:
        fault = self._faults.draw(operation, operation.lower() in _WRITES)
        if fault is None:
            return work()
        if not fault.done:
            return self._not_done(fault)
        response = work()
        if fault is Fault.SLOW:
            time.sleep(self._faults.slow_s)
        elif fault is Fault.TRUNCATED:
            body = response.get_data()
            response.set_data(body[: len(body) // 2])
        else:
            request.environ["sandbox.cut"](after=True, quiet=fault is Fault.REPLY_LOST)
        return response

    def _not_done(self, fault: Fault) -> Response:
        if fault is Fault.SESSION_LOST:
            self._tokens.pop(self._sent_token(), None)
            return self._told(Told(401, "Token is invalid or has expired"))
        if fault is Fault.THROTTLED:
            response = _page(503, "503 - 服务不可用。")
            response.headers["Retry-After"] = "1"
            return response
        if fault is Fault.HTML_PAGE:
            return _page(200, "登录")
        if fault is Fault.RESET_BEFORE:
            request.environ["sandbox.cut"](after=False)
            return Response("")
        return _page(500, "500 - 内部服务器错误。")


def _page(code: int, title: str) -> Response:
    return Response(error_page(title), code, content_type=_HTML)
