"""The toy OA as a person sees it in a browser: pick somebody, see what waits for him, decide. For demo and training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue

from desktop.sandbox.ecology_print import opinions, shown_value
from desktop.sandbox.oa import Oa, opinion_html
from desktop.sandbox.oa_moves import last_move
from desktop.sandbox.oa_people import OaPerson
from desktop.sandbox.oa_records import LOG_TEXTS, OaRefusal, OaRequestRecord, local_time
from desktop.sandbox.oa_shelf import ListQuery

SHOWN = 50
"""How many requests a page lists."""

Act = Callable[[Oa, int, str, str], None]

ACTS: Mapping[str, Act] = {
    "approve": lambda oa, number, person, opinion: oa.approve(number, person, opinion),
    "reject": lambda oa, number, person, opinion: oa.reject(number, person, opinion),
    "withdraw": lambda oa, number, person, opinion: oa.withdraw(number, person, opinion_html(opinion)),
    "resubmit": lambda oa, number, person, opinion: oa.resubmit(number, person, opinion=opinion),
    "force_over": lambda oa, number, person, opinion: oa.force_over(number, remark=opinion_html(opinion)),
}


def page_routes(oa: Oa) -> Blueprint:
    """The pages below /sandbox/."""
    routes = Blueprint("pages", __name__)

    @routes.app_template_filter("oa_time")
    def oa_time(at: datetime) -> str:
        return local_time(at)

    @routes.get("/sandbox/")
    def people() -> str:
        rows = [
            (person, oa.count(person.id, ListQuery("todo"))) for person in oa.people.staff() if person.active
        ]
        return render_template("oa_people.html", rows=rows, refused=request.args.get("signed_in") == "no")

    @routes.get("/sandbox/people/<person_id>")
    def desk(person_id: str) -> str:
        person = _person(oa, person_id)
        lists = [
            ("待办", oa.listing(person_id, ListQuery("todo"), 0, SHOWN)),
            ("我的申请", oa.listing(person_id, ListQuery("mine"), 0, SHOWN)),
        ]
        return render_template("oa_desk.html", person=person, lists=lists, oa=oa)

    @routes.get("/sandbox/people/<person_id>/requests/<int:request_id>")
    def show(person_id: str, request_id: int) -> ResponseReturnValue:
        return _request_page(oa, _person(oa, person_id), request_id)

    @routes.post("/sandbox/people/<person_id>/requests/<int:request_id>")
    def act(person_id: str, request_id: int) -> ResponseReturnValue:
        person, work = _person(oa, person_id), ACTS.get(request.form.get("act", ""))
        if work is None:
            abort(400)
        try:
            work(oa, request_id, person.id, request.form.get("opinion", "").strip())
        except OaRefusal as refusal:
            return _request_page(oa, person, request_id, refusal)
        return redirect(request.path)

    return routes


def _request_page(oa: Oa, person: OaPerson, request_id: int, refusal: OaRefusal | None = None) -> Response:
    try:
        record = oa.request(request_id)
    except OaRefusal:
        abort(404)
    said = "" if refusal is None else str(refusal.told.get("msg") or f"{refusal.code} {refusal.failure}")
    plain = current_app.jinja_env.filters["striptags"]
    body = render_template(
        "oa_request.html",
        person=person,
        record=record,
        workflow=oa.workflow(record.workflow_id),
        acts=_acts(oa, record, person.id),
        said=said,
        log=[(each, LOG_TEXTS[each.logtype], plain(each.remark)) for each in opinions(record, record.now)],
        erp_address=oa.settings.erp_address,
        name=oa.people.name,
        shown=lambda field, value: shown_value(oa, field, value),
    )
    return Response(body, 200 if refusal is None else 409)


def _acts(oa: Oa, record: OaRequestRecord, person: str) -> list[dict[str, Any]]:
    """The buttons that this person finds on this request."""
    in_turn, last = person in record.waiting, last_move(record)
    own_move = last is not None and last.person == person and last.logtype in "02" and record.node_type != 3
    offered = [
        ("approve", "批准", in_turn and record.node_type in (1, 2)),
        ("reject", "退回", in_turn and record.node_type == 1),
        ("resubmit", "提交", in_turn and record.node_type == 0),
        ("withdraw", "撤回", own_move),
        ("force_over", "强制归档（管理员）", record.node_type != 3),
    ]
    return [{"name": name, "label": label} for name, label, there in offered if there]


def _person(oa: Oa, person_id: str) -> OaPerson:
    person = oa.people.active(person_id)
    if person is None:
        abort(404)
    return person
