"""One call of the toy OA's interface: its parameters in, its envelope out. Knows neither the world nor who calls.

Source: Weaver e-cology 9, call conventions of /api/workflow/paService.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from flask import Request, Response

from desktop.sandbox.oa import Oa
from desktop.sandbox.oa_records import OaRefusal

FORM = "application/x-www-form-urlencoded"

LOWER_CASE = frozenset({"getRequestFlowChart", "getRequestOperatorInfo", "getRequestResources"})
"""The endpoints whose parameter is spelled `requestid`."""


class BadJson(ValueError):
    """A parameter that should be JSON is not."""


@dataclass(slots=True)
class Call:
    """What is asked, by whom. params hold texts (a form) or any JSON value (a JSON body)."""

    oa: Oa
    name: str
    person: str
    params: dict[str, Any] = field(default_factory=dict)
    address: str = ""

    def text(self, name: str) -> str:
        """The parameter as text; "" where it is missing."""
        value = self.params.get(name)
        return (
            ""
            if value is None
            else value
            if isinstance(value, str)
            else json.dumps(value, ensure_ascii=False)
        )

    def number(self, name: str, default: int = 0) -> int:
        """The parameter as an integer; `default` where it is missing or unreadable."""
        return as_int(self.params.get(name), default)

    def json(self, name: str, default: Any) -> Any:
        """The parameter as a JSON value, whether it came as one or as text. Raises BadJson."""
        value = self.params.get(name)
        if value is None or value == "":
            return default
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            raise BadJson(name) from error

    def options(self) -> Mapping[str, Any]:
        """The parameter otherParams. Raises BadJson."""
        value = self.json("otherParams", {})
        if not isinstance(value, dict):
            raise BadJson("otherParams")
        return value

    def request_id(self) -> int:
        """The request's id, under the name that this endpoint documents. Raises PARAM_ERROR."""
        right, wrong = ("requestid", "requestId") if self.name in LOWER_CASE else ("requestId", "requestid")
        found = self.number(right)
        if found <= 0 and not self.oa.settings.strict:
            found = self.number(wrong)
        if found <= 0:
            raise OaRefusal("PARAM_ERROR", {"errorParam_requestid": 0})
        return found


def as_int(value: Any, default: int = 0) -> int:
    """A number or its text as an integer; `default` where it is neither."""
    if isinstance(value, bool) or value is None:
        return default
    try:
        return int(str(value).strip())
    except ValueError:
        return default


def parameters(request: Request) -> dict[str, Any]:
    """Query and body together. The body is tried as JSON first, then as a form; anything else counts as nothing."""
    found: dict[str, Any] = dict(request.args.items())
    kind = request.mimetype
    if kind == "multipart/form-data":
        found.update(request.form.items())
        return found
    body = request.get_data()
    if body.lstrip()[:1] == b"{":
        try:
            parsed = json.loads(body)
        except ValueError:
            return found
        found.update(parsed)
    elif kind == FORM:
        found.update(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return found


def success(oa: Oa, **more: Any) -> dict[str, Any]:
    """The envelope of a call that was carried out."""
    return {"code": _code(oa, "SUCCESS"), **more, "errMsg": {}}


def with_data(oa: Oa, content: Any) -> dict[str, Any]:
    """The envelope of a read."""
    return {"code": _code(oa, "SUCCESS"), "data": content, "errMsg": {}, "reqFailMsg": _fail_msg("", {})}


def refused(oa: Oa, refusal: OaRefusal) -> dict[str, Any]:
    """The envelope of a no."""
    fail = _fail_msg(refusal.failure, refusal.told)
    return {"code": _code(oa, refusal.code), "data": {}, "errMsg": refusal.err, "reqFailMsg": fail}


def answer(payload: Any, status: int = 200) -> Response:
    """JSON as the OA writes it: UTF-8, Chinese unescaped."""
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status, content_type="application/json;charset=UTF-8")


def page(html: str, status: int = 200) -> Response:
    """A page of HTML."""
    return Response(html.encode(), status, content_type="text/html;charset=UTF-8")


def _code(oa: Oa, code: str) -> Any:
    if not oa.settings.code_as_object:
        return code
    return {"name": code, "statusCode": "1" if code == "SUCCESS" else "0"}


def _fail_msg(kind: str, told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "keyParameters": {},
        "msgInfo": dict(told),
        "msgType": kind,
        "otherParams": {"doAutoApprove": "0"},
    }
