"""A toy Weaver e-cology 9 over HTTP: the vendor's dialect in front of `oa.Oa`.

Written from the vendor's documentation alone and shares no code with the connector: only so does a test between the
two prove something. `Server(ecology_app(oa)).start().url` is a whole OA.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import format_datetime
from typing import Any

from flask import Flask, Response, request

from desktop.sandbox.ecology_actions import ACTIONS
from desktop.sandbox.ecology_calls import BadJson, Call, answer, parameters, refused
from desktop.sandbox.ecology_documents import document_routes
from desktop.sandbox.ecology_gate import Gate, auth_routes
from desktop.sandbox.ecology_lists import LISTS
from desktop.sandbox.ecology_pages import page_routes
from desktop.sandbox.ecology_people import people_routes
from desktop.sandbox.ecology_reads import READS, request_logs
from desktop.sandbox.ecology_sso import sso_routes
from desktop.sandbox.faults import Faults
from desktop.sandbox.oa import Oa
from desktop.sandbox.oa_records import OaRefusal

MAX_BODY = 64 * 1024 * 1024

_POSTED: Mapping[str, Callable[[Call], Any]] = {**ACTIONS, **LISTS, "getWorkflowRequestLogs": request_logs}


def ecology_app(oa: Oa, faults: Faults | None = None) -> Flask:
    """The WSGI app of one OA.

    faults: what goes wrong, drawn once per business call by the endpoint's name ("doCreateRequest"); None = nothing.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY
    gate = Gate(oa, faults or Faults())
    for routes in (auth_routes(oa), people_routes(oa, gate), document_routes(oa, gate)):
        app.register_blueprint(routes)
    app.register_blueprint(sso_routes(oa))
    app.register_blueprint(page_routes(oa))

    @app.route("/api/workflow/paService/<name>", methods=["GET", "POST"])
    def pa_service(name: str) -> Response:
        table = READS if request.method == "GET" else _POSTED
        work = table.get(name)
        if work is None:
            known = name in READS or name in _POSTED
            return Response(status=405 if known else 404)
        return gate.run(name, name in ACTIONS, lambda person: _carried_out(oa, name, person, work))

    @app.after_request
    def dated(response: Response) -> Response:
        # The world's clock, so that a test can give this server a wrong time.
        response.headers["Date"] = format_datetime(oa.clock().astimezone(UTC), usegmt=True)
        return response

    return app


def _carried_out(oa: Oa, name: str, person: str, work: Callable[[Call], Any]) -> Response:
    call = Call(oa, name, person, parameters(request), request.remote_addr or "")
    try:
        return answer(work(call))
    except OaRefusal as refusal:
        return answer(refused(oa, refusal))
    except BadJson as error:
        return answer(refused(oa, OaRefusal("PARAM_ERROR", {"errorParam": str(error)})))
