"""How trouble looks on an invented server: one decorator around every view. The faults themselves are the sandbox's."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request

from desktop.sandbox.faults import Fault, Faults

_LOGIN_PAGE = '<html><body><form>Sign in <input type="password"></form></body></html>'
_BROKEN_PAGE = "<html><body><h1>500</h1><p>something <b>broke</b></p></body></html>"


class Refused(Exception):
    """The server says no: an HTTP status, its own word for the reason, and a sentence."""

    def __init__(self, status: int, word: str, text: str = "", **more: Any) -> None:
        super().__init__(word)
        self.status = status
        self.told = {"error": word, "text": text or word, **more}


def told(content: Any, status: int = 200) -> Response:
    """`content` as this dialect writes it: numbers with a fraction travel as text."""
    text = json.dumps(content, ensure_ascii=False, default=str)
    return Response(text, status, content_type="application/json; charset=utf-8")


def serve(
    app: Flask, faults: Faults, route: str, operation: str, view: Callable[..., Any], **options: Any
) -> None:
    """Mounts `view` at `route`; `operation` is the name under which faults are scripted for it."""
    method = options.get("method", "POST")
    write = bool(options.get("write", False))

    def answer(**path: Any) -> Response:
        fault = faults.draw(operation, write)
        if fault is Fault.SESSION_LOST:
            return told({"error": "signed_out"}, 401)
        if fault is Fault.SERVER_ERROR:
            return Response(_BROKEN_PAGE, 500, content_type="text/html; charset=utf-8")
        if fault is Fault.HTML_PAGE:
            return Response(_LOGIN_PAGE, 200, content_type="text/html; charset=utf-8")
        if fault is Fault.THROTTLED:
            return told({"error": "too_many_calls"}, 429)
        if fault is Fault.RESET_BEFORE:
            request.environ["sandbox.cut"](after=False)
            return Response()
        return _after(fault, faults, _carried_out(view, path))

    app.add_url_rule(route, operation, answer, methods=[method])


def _carried_out(view: Callable[..., Any], path: dict[str, Any]) -> Response:
    try:
        return told(view(**path))
    except Refused as refused:
        return told(refused.told, refused.status)


def _after(fault: Fault | None, faults: Faults, response: Response) -> Response:
    if fault is Fault.SLOW:
        time.sleep(faults.slow_s)
    elif fault in (Fault.RESET_AFTER, Fault.REPLY_LOST):
        request.environ["sandbox.cut"](after=True, quiet=fault is Fault.REPLY_LOST)
    elif fault is Fault.TRUNCATED:
        body = response.get_data()
        response.set_data(body[: len(body) // 2])
    return response
