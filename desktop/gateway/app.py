"""The gateway's pages: /erp/<key> into the ERP, /oa/<key> into the OA, /back from the OA's sign-on, /push/<system>.

It believes nobody: identity comes from the OA (services/sign_on.py), a push only makes the engine look (services/push.py).
Refusals are short pages; what went wrong inside is not told to the outside.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from flask import Flask, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from desktop.domain.errors import ErrorCode, SyncError
from desktop.services.push import Pushes
from desktop.services.sign_on import Page, SignOn
from desktop.services.text import Text

COOKIE = "danqiao_ticket"
MOST_BODY = 64 * 1024
PER_SECOND, BURST = 10.0, 40.0
_STATUS = {
    ErrorCode.RECORD_MISSING.id: 404, ErrorCode.TICKET_SPENT.id: 403, ErrorCode.NOT_PERMITTED.id: 403,
    ErrorCode.SIGN_IN_REFUSED.id: 403, ErrorCode.CANNOT.id: 501, ErrorCode.CLOCK_SKEW.id: 503,
}  # fmt: skip
_TOLD = {ErrorCode.TICKET_SPENT.id, ErrorCode.CLOCK_SKEW.id}
"""Codes whose own sentence may be told to a stranger."""

_HEADERS = {
    "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY", "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
}  # fmt: skip


def gateway_app(sign_on: SignOn, pushes: Pushes, text: Text, *, secure: bool) -> Flask:
    """The WSGI app. secure: browsers come by https, so the cookie may go no other way."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY
    crowd = Crowd()

    @app.before_request
    def not_too_many() -> ResponseReturnValue | None:
        return None if crowd.lets_in(request.remote_addr or "") else _refusal(text, "gateway-too-many", 429)

    @app.get("/erp/<key>")
    def into_the_erp(key: str) -> ResponseReturnValue:
        ticket = sign_on.begin(key)
        answer = redirect(ticket.address)
        answer.set_cookie(
            COOKIE, ticket.browser, max_age=60, path="/back", httponly=True, secure=secure, samesite="Lax"
        )
        return answer

    @app.get("/back")
    def back_from_the_oa() -> ResponseReturnValue:
        asked = request.args
        found = sign_on.finish(asked.get("state", ""), asked.get("code", ""), request.cookies.get(COOKIE, ""))
        if isinstance(found, Page):
            answer = Response(render_template("page.html", page=found, text=text))
        else:
            answer = Response(status=303, headers={"Location": found})
        answer.delete_cookie(COOKIE, path="/back")
        return answer

    @app.get("/oa/<key>")
    def into_the_oa(key: str) -> ResponseReturnValue:
        return redirect(sign_on.request_address(key))

    @app.post("/push/<system_id>")
    def push(system_id: str) -> ResponseReturnValue:
        told = request.headers
        pushes.hear(
            system_id, told.get("X-DanQiao-Timestamp", ""), told.get("X-DanQiao-Nonce", ""),
            told.get("X-DanQiao-Signature", ""), request.get_data(),
        )  # fmt: skip
        return Response(status=202)

    @app.errorhandler(SyncError)
    def refused(error: SyncError) -> ResponseReturnValue:
        status = _STATUS.get(error.code.id, 502)
        if error.code.id in _TOLD:
            return _page(
                text, text.what(error.code.id, error.facts), text.do(error.code.id, error.facts), status
            )
        return _refusal(text, f"gateway-{status}", status)

    @app.errorhandler(HTTPException)
    def wrong_address(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        return _refusal(text, "gateway-too-big" if status == 413 else "gateway-404", status)

    @app.errorhandler(Exception)
    def bug(error: Exception) -> ResponseReturnValue:
        app.logger.error("gateway: %s", type(error).__name__)  # no words of it: an address may stand in them
        return _refusal(text, "gateway-502", 500)

    @app.after_request
    def guarded(answer: Response) -> Response:
        answer.headers.update(_HEADERS)
        return answer

    return app


class Crowd:
    """How often one address may come: a bucket that fills up again. Remembers the latest thousand."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def lets_in(self, who: str) -> bool:
        """One more from this address?"""
        now = self._monotonic()
        with self._lock:
            left, since = self._buckets.pop(who, (BURST, now))
            left = min(BURST, left + (now - since) * PER_SECOND)
            self._buckets[who] = (max(0.0, left - 1.0), now)
            while len(self._buckets) > 1000:
                self._buckets.popitem(last=False)
        return left >= 1.0


def _refusal(text: Text, key: str, status: int) -> ResponseReturnValue:
    return _page(text, text.say(key), "", status)


def _page(text: Text, what: str, do: str, status: int) -> ResponseReturnValue:
    return Response(render_template("refused.html", text=text, what=what, do=do), status=status)
