"""The toy DingTalk as a person sees it in a browser: what waits for him, his own instances; agree, refuse, withdraw, comment.

Also the page on which DingTalk asks who sits before a browser, and the page behind an instance's address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from desktop.sandbox.dingtalk_forms import shown_value
from desktop.sandbox.dingtalk_people import SignOn
from desktop.sandbox.dingtalk_settings import DingSettings
from desktop.sandbox.dingtalk_world import RUNNING, STATES, DingOa, pending, remark_text, state
from desktop.sandbox.oa import opinion_html
from desktop.sandbox.oa_people import OaPerson
from desktop.sandbox.oa_records import OaRefusal, OaRequestRecord, local_time
from desktop.sandbox.oa_shelf import ListQuery

SHOWN = 50
WEB_COOKIE = "ding_web"
"""The browser's own session; the interface never reads it."""

KINDS = {"0": "同意", "2": "发起/同意", "3": "拒绝", "r": "撤销", "e": "终止", "9": "评论", "1": "评论", "h": "转交"}  # fmt: skip

Act = Callable[[DingOa, int, str, str], object]

ACTS: Mapping[str, Act] = {
    "agree": lambda oa, number, person, text: oa.approve(number, person, text),
    "refuse": lambda oa, number, person, text: oa.reject(number, person, text),
    "withdraw": lambda oa, number, person, text: oa.withdraw(number, person, opinion_html(text)),
    "comment": lambda oa, number, person, text: oa.comment(number, person, text),
    "redirect": lambda oa, number, person, text: oa.redirect(
        number, person, request.form.get("to", ""), text
    ),
    "again": lambda oa, number, person, text: oa.start_again(number),
    "terminate": lambda oa, number, person, text: oa.force_over(number, remark=opinion_html(text)),
}


def page_routes(oa: DingOa, sign_on: SignOn, settings: DingSettings) -> Blueprint:
    """The pages below /sandbox/, and those of login.dingtalk.com and aflow.dingtalk.com."""
    routes = Blueprint("pages", __name__)

    @routes.app_template_filter("oa_time")
    def oa_time(at: datetime) -> str:
        return local_time(at)

    @routes.get("/sandbox/")
    def people() -> str:
        rows = [
            (person, oa.count(person.id, ListQuery("todo"))) for person in oa.people.staff() if person.active
        ]
        return render_template("oa_people.html", rows=rows, pending="待处理")

    @routes.get("/sandbox/people/<person_id>")
    def desk(person_id: str) -> str:
        person = _person(oa, person_id)
        own = [record for record in oa.requests() if record.creator == person.id][-SHOWN:][::-1]
        lists = [("待处理", oa.pending(person.id)[:SHOWN]), ("已发起", own)]
        return render_template("ding_desk.html", person=person, lists=lists, word=_word)

    @routes.get("/sandbox/people/<person_id>/instances/<int:number>")
    def show(person_id: str, number: int) -> ResponseReturnValue:
        return _page(oa, _person(oa, person_id), number)

    @routes.post("/sandbox/people/<person_id>/instances/<int:number>")
    def act(person_id: str, number: int) -> ResponseReturnValue:
        person, work = _person(oa, person_id), ACTS.get(request.form.get("act", ""))
        if work is None:
            abort(400)
        try:
            work(oa, number, person.id, request.form.get("opinion", "").strip())
        except OaRefusal as refusal:
            return _page(oa, person, number, str(refusal.told.get("msg") or refusal.failure or refusal.code))
        return redirect(request.path)

    _outside_routes(routes, oa, sign_on, settings)
    return routes


def _outside_routes(routes: Blueprint, oa: DingOa, sign_on: SignOn, settings: DingSettings) -> None:
    def known() -> bool:
        back = request.args.get("redirect_uri", "")
        registered = settings.redirects is None or back in settings.redirects
        return request.args.get("client_id") == settings.client_id and bool(back) and registered

    def form(action: str, title: str) -> ResponseReturnValue:
        people = [person for person in oa.people.staff() if person.active]
        here = sign_on.session_person(request.cookies.get(WEB_COOKIE, ""))
        return render_template("ding_sign_in.html", people=people, here=here, action=action, title=title)

    @routes.get("/oauth2/auth")
    def ask_who() -> ResponseReturnValue:
        if not known():
            return Response("应用不存在或redirect_uri未登记", 400, content_type="text/html;charset=utf-8")
        return form(f"/oauth2/auth?{request.query_string.decode()}", "授权登录")

    @routes.post("/oauth2/auth")
    def who() -> ResponseReturnValue:
        if not known():
            abort(400)
        person = _person(oa, request.form.get("person", ""))
        code = sign_on.code(person.id)
        told = {"authCode": code, "code": code, "state": request.args.get("state", "")}
        back = request.args.get("redirect_uri", "")
        return signed_in(person, f"{back}{'&' if '?' in back else '?'}{urlencode(told)}")

    def signed_in(person: OaPerson, onward: str) -> ResponseReturnValue:
        page = redirect(onward)
        page.set_cookie(WEB_COOKIE, sign_on.open_session(person.id), httponly=True, samesite="Lax")
        return page

    @routes.post("/sandbox/sign-in")
    def sign_in() -> ResponseReturnValue:
        onward = request.args.get("next", "")
        inside = onward.startswith("/") and not onward.startswith(("//", "/\\"))
        return signed_in(_person(oa, request.form.get("person", "")), onward if inside else "/sandbox/")

    @routes.get("/dingtalk/mobile/homepage.htm")
    @routes.get("/aflow")
    def instance() -> ResponseReturnValue:
        found = oa.request_id(request.args.get("procInstId") or request.args.get("procInsId") or "")
        if found is None:
            abort(404)
        here = sign_on.session_person(request.cookies.get(WEB_COOKIE, ""))
        if not here:
            onward = urlencode({"next": f"{request.path}?{request.query_string.decode()}"})
            return form(f"/sandbox/sign-in?{onward}", "登录演练 OA")
        record = oa.request(found)
        if here != record.creator and all(row.person != here for row in record.now.operators):
            abort(403)
        return _page(oa, _person(oa, here), found)


def _page(oa: DingOa, person: OaPerson, number: int, said: str = "") -> Response:
    try:
        record = oa.request(number)
    except OaRefusal:
        abort(404)
    workflow = oa.workflow(record.workflow_id)
    body = render_template(
        "ding_instance.html",
        person=person,
        record=record,
        workflow=workflow,
        acts=_acts(record, person.id),
        said=said,
        people=[each for each in oa.people.staff() if each.active],
        word=_word(record),
        log=[(entry, KINDS.get(entry.logtype, ""), remark_text(entry.remark)) for entry in record.log],
        name=oa.people.name,
        shown=lambda field, value: shown_value(oa, field, value)[0] if value else "",
    )
    return Response(body, 409 if said else 200)


def _acts(record: OaRequestRecord, person: str) -> list[tuple[str, str]]:
    running = state(record)[0] == RUNNING
    offered = [
        ("agree", "同意", running and pending(record, person)),
        ("refuse", "拒绝", running and pending(record, person)),
        ("withdraw", "撤销", running and record.creator == person),
        ("again", "再次提交", not running and record.creator == person),
        ("redirect", "转交给所选的人", running and pending(record, person)),
        ("comment", "评论", True),
        ("terminate", "终止（管理员）", running),
    ]
    return [(name, label) for name, label, there in offered if there]


def _word(record: OaRequestRecord) -> str:
    return STATES[state(record)]


def _person(oa: DingOa, person_id: str) -> OaPerson:
    person = oa.people.active(person_id)
    if person is None:
        abort(404)
    return person
