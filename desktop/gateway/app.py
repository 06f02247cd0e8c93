"""The gateway's pages: /erp/<key> into the ERP, /oa/... into the OA, /back from the OA's sign-on, /push/<system>.

It believes nobody: identity comes from the OA (services/sign_on.py), a push only makes the engine look (services/push.py).
Refusals are short pages; what went wrong inside is not told to the outside.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from desktop.domain.errors import ErrorCode, SyncError
from desktop.gateway.guard import Crowd, Tally
from desktop.services.push import Pushes
from desktop.services.sign_on import Page, SignOn, Ticket, place_of
from desktop.services.text import Text

COOKIE = "danqiao_"
WRONG_PER_S, MOST_WRONG = 1 / 30, 20.0
"""So many refused proofs of one address at once, and then so few: each costs the OA calls, which some vendors meter."""
MOST_BODY = 64 * 1024
_STATUS = {
    ErrorCode.RECORD_MISSING.id: 404, ErrorCode.TICKET_SPENT.id: 403, ErrorCode.NOT_PERMITTED.id: 403,
    ErrorCode.SIGN_IN_REFUSED.id: 403, ErrorCode.CANNOT.id: 501, ErrorCode.CLOCK_SKEW.id: 503,
}  # fmt: skip
_TOLD = {ErrorCode.TICKET_SPENT.id, ErrorCode.CLOCK_SKEW.id}
"""Codes whose own sentence may be told to a stranger."""

_HEADERS = {
    "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin", "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}  # fmt: skip


def gateway_app(
    sign_on: SignOn, pushes: Pushes, text: Text, *, secure: bool, heard: Callable[[], None], tally: Tally
) -> Flask:
    """The WSGI app.

    secure: browsers come by https, so the cookie may go no other way.
    heard:  told when a request was read to its end, on its thread; tally: counts what came of it.
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY
    app.url_map.merge_slashes = False  # it would send people on to wherever their Host header says
    wrong = Crowd(per_s=WRONG_PER_S, burst=MOST_WRONG)
    prefix = f"__Host-{COOKIE}" if secure else COOKIE

    @app.before_request
    def read_whole() -> None:
        request.get_data(cache=True)
        heard()

    @app.get("/erp/<key>")
    def into_the_erp(key: str) -> ResponseReturnValue:
        return proved_first(sign_on.begin(key))

    @app.get("/erp/<system_id>/<number>")
    def into_the_erp_from_a_request(system_id: str, number: str) -> ResponseReturnValue:
        return proved_first(sign_on.begin_of_request(system_id, number))

    def proved_first(ticket: Ticket) -> ResponseReturnValue:
        """To the OA, which says who sits there."""
        answer = redirect(ticket.address)
        answer.set_cookie(
            prefix + ticket.place, ticket.browser, max_age=60, httponly=True, secure=secure, samesite="Lax"
        )
        return answer

    @app.get("/back")
    def back_from_the_oa() -> ResponseReturnValue:
        asked, who = request.args, str(request.remote_addr)
        if not wrong.has_room(who):
            return _refusal(text, "gateway-too-many", 429)
        state, code = asked.get("state", ""), asked.get("code", "") or asked.get("ticket", "")
        cookie = prefix + place_of(state)
        try:
            found = sign_on.finish(state, code, request.cookies.get(cookie, ""))
        except SyncError as error:
            if error.code is ErrorCode.NOT_PERMITTED:
                wrong.lets_in(who)
            raise
        tally.add("passed")
        if isinstance(found, Page):
            answer = Response(render_template("page.html", page=found, text=text))
        else:
            answer = Response(status=303, headers={"Location": found})
        answer.delete_cookie(cookie, httponly=True, secure=secure, samesite="Lax")
        return answer

    @app.get("/oa/<key>")
    def into_the_oa(key: str) -> ResponseReturnValue:
        return redirect(sign_on.request_address(key))

    @app.get("/oa/<system_id>/<form>/<bill_id>")
    def into_the_oa_from_a_bill(system_id: str, form: str, bill_id: str) -> ResponseReturnValue:
        return redirect(sign_on.request_of_bill(system_id, form, bill_id))

    @app.post("/push/<system_id>")
    def push(system_id: str) -> ResponseReturnValue:
        told = pushes.hear(system_id, dict(request.headers), request.get_data(), request.args.to_dict())
        tally.add("pushes")
        return Response(told, content_type="application/json") if told else Response(status=202)

    @app.errorhandler(SyncError)
    def refused(error: SyncError) -> ResponseReturnValue:
        status = _STATUS.get(error.code.id, 502)
        if error.code is ErrorCode.CANNOT and error.facts.get("what") == "open_link":
            return _refusal(text, "gateway-no-address", status)
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
        if answer.status_code >= 400:
            tally.add("refused")
        return answer

    return app


def _refusal(text: Text, key: str, status: int) -> ResponseReturnValue:
    return _page(text, text.say(key), "", status)


def _page(text: Text, what: str, do: str, status: int) -> ResponseReturnValue:
    return Response(render_template("refused.html", text=text, what=what, do=do), status=status)
