"""The toy K/3 Cloud over HTTP: paths, sign-in, the three shapes of a lost session, and faults. Bills are done elsewhere.

Written from the vendor's published rules only; it shares no code with the client that it tests.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, request

from desktop.sandbox.erp import Erp
from desktop.sandbox.erp_bill import Refusal
from desktop.sandbox.erp_pages import erp_pages
from desktop.sandbox.faults import Fault, Faults
from desktop.sandbox.iis import behind_iis, error_page
from desktop.sandbox.k3cloud_bills import Answer, Bills, query_error
from desktop.sandbox.k3cloud_files import Files
from desktop.sandbox.k3cloud_session import ASP_COOKIE, COOKIE, SIGN_IN_PARAMETERS, Gate, Session
from desktop.sandbox.k3cloud_sso import sso_pages
from desktop.sandbox.k3cloud_wire import BodyError, Call, failure, lost_session, read_call, refused, write

_ROOT = "k3cloud/"
_ENDING = ".common.kdsvc"
_AUTH = "kingdee.bos.webapi.servicesstub.authservice"
_FORMS = "kingdee.bos.webapi.servicesstub.dynamicformservice"
_ACCOUNTS = "kingdee.bos.servicefacade.servicesstub.account.accountservice"
_JSON = "application/json; charset=utf-8"
_HTML = "text/html; charset=utf-8"

_SIGN_IN_PAGE = (
    "<!DOCTYPE html><html><head><title>登录</title></head><body><form method='post' action='/login'>"
    "<input name='user'><input name='password' type='password'></form></body></html>"
)
_LISTS = ("ExecuteBillQuery", "BillQuery")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of DynamicFormService. with_form: its parameters are (form id, data), else (data)."""

    name: str
    run: Callable[[Call, Session], Answer]
    is_write: bool = False
    with_form: bool = True


def k3cloud_app(erp: Erp, faults: Faults | None = None) -> Flask:
    """The WSGI app of one account set: the web service under /k3cloud/, and pages for people under /sandbox/."""
    app = Flask(__name__)
    dialect = Dialect(erp, faults or Faults())
    app.register_blueprint(erp_pages(erp))
    app.register_blueprint(sso_pages(erp, dialect.gate))

    @app.post("/<path:path>")
    def call(path: str) -> Response:
        return dialect.answer(path)

    behind_iis(app, erp)
    return app


class Dialect:
    """Turns requests into calls and answers into responses."""

    def __init__(self, erp: Erp, faults: Faults) -> None:
        self.gate = Gate(erp)
        self._erp = erp
        self._faults = faults
        self._operations = {operation.name.lower(): operation for operation in _operations(erp)}
        self._sign_ins = {name.lower(): name for name in SIGN_IN_PARAMETERS}

    def answer(self, path: str) -> Response:
        """The response to a POST."""
        lower = path.lower()
        if not lower.startswith(_ROOT) or not lower.endswith(_ENDING):
            return _page(404, "404 - 找不到文件或目录。")
        service, _, name = lower[len(_ROOT) : -len(_ENDING)].rpartition(".")
        try:
            if service == _FORMS and self._known(name):
                operation = self._operations[name]
                return self._with_faults(operation, lambda: self._form_call(operation))
            if service == _AUTH and (name in self._sign_ins or name == "logout"):
                sign_in = Operation(self._sign_ins.get(name, "Logout"), _never)
                return self._with_faults(sign_in, lambda: self._auth_call(sign_in.name))
            if service == _ACCOUNTS and name == "getdatacenterlist":
                return self._json([self._data_center()])
        except BodyError as error:
            return Response(str(error), 500, content_type="text/plain; charset=utf-8")
        return _page(404, "404 - 找不到文件或目录。")

    def _known(self, name: str) -> bool:
        if name == "billquery" and not self._erp.settings.bill_query:
            return False
        return name in self._operations

    # --- calls

    def _form_call(self, operation: Operation) -> Response:
        call = read_call(operation.name, request.get_data(), with_form=operation.with_form)
        session, is_new = self._session()
        if session is None:
            return self._json(self._lost(operation))
        try:
            answer = operation.run(call, session)
        except Refusal as refusal:
            answer = query_error(refusal) if operation.name in _LISTS else refused(refusal)
        return self._json(answer, session if is_new else None)

    def _session(self) -> tuple[Session | None, bool]:
        """The session of this request, and whether it was opened by it (signature headers do that)."""
        if request.headers.get("X-Kd-Signature"):
            session = self.gate.by_headers(request.headers, request.path, self._session_id())
            return session, session is not None and session.id != self._session_id()
        return self.gate.find(self._session_id()), False

    def _session_id(self) -> str:
        return request.cookies.get(COOKIE) or request.headers.get(COOKIE, "")

    def _auth_call(self, name: str) -> Response:
        if name == "Logout":
            session = self.gate.find(self._session_id())
            if session is not None:
                self.gate.end(session)
            return self._json(True)
        parameters = SIGN_IN_PARAMETERS[name]
        call = read_call(name, request.get_data(), with_form=False, parameters=parameters)
        answer, session = self.gate.sign_in(call)
        return self._json(answer, session)

    def _data_center(self) -> dict[str, Any]:
        erp = self._erp
        return {"Id": erp.acct_id, "Number": erp.acct_number, "Name": erp.acct_name}

    def _lost(self, operation: Operation) -> Any:
        """A lost session, in the shape that the operation gives it."""
        if operation.name in _LISTS:
            return [[lost_session()]]
        if operation.name == "View" and self._erp.settings.lost_view_is_empty:
            return {}
        return lost_session()

    # --- faults

    def _with_faults(self, operation: Operation, work: Callable[[], Response]) -> Response:
        fault = self._faults.draw(operation.name, operation.is_write)
        if fault is None:
            return work()
        if not fault.done:
            return self._not_done(fault, operation)
        response = work()
        if fault is Fault.SLOW:
            time.sleep(self._faults.slow_s)
        elif fault is Fault.TRUNCATED:
            body = response.get_data()
            response.set_data(body[: len(body) // 2])
        else:
            request.environ["sandbox.cut"](after=True, quiet=fault is Fault.REPLY_LOST)
        return response

    def _not_done(self, fault: Fault, operation: Operation) -> Response:
        if fault is Fault.SESSION_LOST:
            session = self.gate.find(self._session_id())
            if session is not None:
                self.gate.end(session)
            return self._json(self._lost(operation))
        if fault is Fault.THROTTLED:
            told = failure("调用次数超过限制，请稍后再试", 14)
            return self._json([[told]] if operation.name in _LISTS else told)
        if fault is Fault.HTML_PAGE:
            return Response(_SIGN_IN_PAGE, 200, content_type=_HTML)
        if fault is Fault.RESET_BEFORE:
            request.environ["sandbox.cut"](after=False)
            return Response("")
        return self._server_error()

    def _server_error(self) -> Response:
        kind = self._erp.settings.server_error_as
        if kind == "519":
            told = {"errcode": 4006, "description": "timestamp expired", "description_cn": "时间戳过期"}
            return Response(write(told), 519, content_type=_JSON)
        if kind == "response_error":
            return Response("response_error:" + write(failure("服务器发生异常", 4)), 200, content_type=_JSON)
        if kind == "503":
            return _page(503, "503 - Service Unavailable")
        return _page(500, "500 - 内部服务器错误。")

    # --- responses

    def _json(self, answer: Any, session: Session | None = None) -> Response:
        text = answer if isinstance(answer, str) else write(answer)
        if self._erp.settings.double_encoded:
            text = write(text)
        response = Response(text, 200, content_type=_JSON)
        if session is not None:
            response.set_cookie(COOKIE, session.id, path="/")
            response.set_cookie(ASP_COOKIE, session.id.replace("-", "")[:24], path="/", httponly=True)
        return response


def _operations(erp: Erp) -> tuple[Operation, ...]:
    bills, files = Bills(erp), Files(erp)
    states = [
        Operation(name, bills.operate, is_write=True)
        for name in ("Submit", "CancelAssign", "Audit", "UnAudit", "Delete")
    ]
    return (
        Operation("Save", bills.save, is_write=True),
        Operation("BatchSave", bills.batch_save, is_write=True),
        Operation("Draft", bills.draft, is_write=True),
        *states,
        Operation("Push", bills.push, is_write=True),
        Operation("ExecuteOperation", bills.execute, is_write=True),
        Operation("ExcuteOperation", bills.execute, is_write=True),
        Operation("View", bills.view),
        Operation("ExecuteBillQuery", bills.query_rows, with_form=False),
        Operation("BillQuery", bills.query_objects, with_form=False),
        Operation("QueryBusinessInfo", bills.business_info, with_form=False),
        Operation("SwitchOrg", bills.switch_org, with_form=False),
        Operation("AttachmentUpLoad", files.upload, is_write=True, with_form=False),
        Operation("AttachmentDownLoad", files.download, with_form=False),
    )


def _never(call: Call, session: Session) -> Answer:
    raise AssertionError("sign-in operations run without a session")


def _page(code: int, title: str) -> Response:
    return Response(error_page(title), code, content_type=_HTML)
