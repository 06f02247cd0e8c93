"""Single sign-on of the toy OA: tokens for a browser, the pages that use them up, and OAuth2 for the way out.

Source: Weaver e-cology 9, ssologin/getToken and the OAuth2 provider. Where the vendor's text leaves a shape open (the
body of accessToken and profile), it is CAS's.
"""

from __future__ import annotations

import re
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from desktop.sandbox.ecology_calls import answer
from desktop.sandbox.oa import Oa
from desktop.sandbox.oa_people import OaPerson

WEB_COOKIE = "oa_web"
"""The browser's own session; the interface never reads it."""

_TOKEN = re.compile(r"^[0-9A-F]{64}$")


def sso_routes(oa: Oa) -> Blueprint:
    """Everything about signing in with a browser."""
    routes = Blueprint("sso", __name__)

    @routes.route("/ssologin/getToken", methods=["GET", "POST"])
    def get_token() -> Response:
        return _plain(_token_or_reason(oa))

    @routes.route("/ssologin/checkToken", methods=["GET", "POST"])
    def check_token() -> Response:
        return _plain(str(oa.sign_in.sso_good(request.values.get("token", ""))).lower())

    @routes.get("/wui/index.html")
    @routes.get("/spa/workflow/static4form/index.html")
    def entrance() -> ResponseReturnValue:
        token = request.args.get("ssoToken", "")
        person_id = oa.sign_in.use_sso_token(token) if _TOKEN.match(token) else web_person(oa)
        person = oa.people.active(person_id or "")
        if person is None:
            return redirect("/sandbox/?signed_in=no")
        page = Response(render_template("oa_entrance.html", person=person))
        page.set_cookie(WEB_COOKIE, oa.sign_in.open_session(person.id), httponly=True, samesite="Lax")
        return page

    @routes.get("/sandbox/sign-in")
    def choose() -> ResponseReturnValue:
        person, onward = (
            oa.people.active(request.args.get("person", "")),
            request.args.get("next", "/sandbox/"),
        )
        if not onward.startswith("/") or onward.startswith(("//", "/\\")):
            onward = "/sandbox/"
        if person is None:
            return Response(render_template("oa_sign_in.html", people=oa.people.staff(), onward=onward))
        page = redirect(onward)
        page.set_cookie(WEB_COOKIE, oa.sign_in.open_session(person.id), httponly=True, samesite="Lax")
        return page

    _add_oauth(oa, routes)
    _add_cas(oa, routes)
    return routes


def web_person(oa: Oa) -> str | None:
    """The OA id of whoever is signed in with this browser."""
    return oa.sign_in.session_person(request.cookies.get(WEB_COOKIE, ""))


def _add_oauth(oa: Oa, routes: Blueprint) -> None:
    @routes.get("/sso/oauth2.0/authorize")
    def authorize() -> ResponseReturnValue:
        asked = request.args
        onward = asked.get("redirect_uri", "")
        known = asked.get("client_id") == oa.sign_in.oauth_client_id and asked.get("response_type") == "code"
        if not known or not onward.startswith(("http://", "https://")):
            return answer({"error": "invalid_request"}, 400)
        person = web_person(oa)
        if person is None:
            return redirect(
                "/sandbox/sign-in?" + urlencode({"next": f"{request.path}?{request.query_string.decode()}"})
            )
        sent = {"code": oa.sign_in.oauth_code(person, onward)}
        if "state" in asked:
            sent["state"] = asked["state"]
        return redirect(f"{onward}{'&' if '?' in onward else '?'}{urlencode(sent)}")

    @routes.route("/sso/oauth2.0/accessToken", methods=["GET", "POST"])
    def access_token() -> Response:
        asked = request.values
        token = oa.sign_in.oauth_token(
            asked.get("client_id", ""),
            asked.get("client_secret", ""),
            asked.get("code", "") if asked.get("grant_type") == "authorization_code" else "",
            asked.get("redirect_uri", ""),
        )
        if token is None:
            return answer({"error": "invalid_grant"}, 400)
        return answer({"access_token": token, "expires_in": 7200, "token_type": "bearer"})

    @routes.get("/sso/oauth2.0/profile")
    def profile() -> Response:
        person = oa.people.active(oa.sign_in.oauth_person(request.args.get("access_token", "")) or "")
        if person is None:
            return answer({"error": "expired_accessToken"}, 401)
        facts = {
            "userid": person.id,
            "loginid": person.login,
            "workcode": person.work_code,
            "lastname": person.name,
        }
        return answer({"id": person.login, "attributes": facts})

    @routes.get("/sso/logout")
    def logout() -> ResponseReturnValue:
        page = redirect("/sandbox/")
        page.delete_cookie(WEB_COOKIE)
        return page


def _add_cas(oa: Oa, routes: Blueprint) -> None:
    """CAS 2.0: the browser gets a ticket for one service, and the service asks whose it is."""

    @routes.get("/sso/login")
    def cas_login() -> ResponseReturnValue:
        service = request.args.get("service", "")
        if not service.startswith(("http://", "https://")):
            return answer({"error": "invalid_service"}, 400)
        person = web_person(oa)
        if person is None:
            return redirect(
                "/sandbox/sign-in?" + urlencode({"next": f"/sso/login?{urlencode({'service': service})}"})
            )
        ticket = oa.sign_in.cas_ticket(person, service)
        return redirect(f"{service}{'&' if '?' in service else '?'}{urlencode({'ticket': ticket})}")

    @routes.get("/sso/serviceValidate")
    def validate() -> Response:
        asked = request.args
        found = oa.sign_in.cas_person(asked.get("ticket", ""), asked.get("service", ""))
        person = oa.people.active(found or "")
        body = render_template("oa_cas.xml", person=person, attributes=oa.settings.cas_attributes)
        return Response(body, content_type="application/xml;charset=UTF-8")


def _token_or_reason(oa: Oa) -> str:
    """A token, or in the same plain text why there is none."""
    asked, settings = request.values, oa.settings
    if request.remote_addr not in settings.sso_ips:
        return f"Token获取失败: IP: {request.remote_addr} 不在允许的IP列表中"
    if asked.get("appid") != oa.sign_in.sso_app_id:
        return "Token获取失败: 认证应用未注册"
    if settings.sso_secret and asked.get("secret") != settings.sso_secret:
        return "Token获取失败: secret错误"
    person = _meant(oa, asked.get("loginid", ""))
    if person is None:
        return "Token获取失败: 用户不存在"
    return oa.sign_in.sso_token(person.id)


def _meant(oa: Oa, login: str) -> OaPerson | None:
    return (
        oa.people.by_work_code(login) if oa.settings.sso_login_is == "workcode" else oa.people.by_login(login)
    )


def _plain(text: str) -> Response:
    return Response(text, content_type="text/plain;charset=UTF-8")
