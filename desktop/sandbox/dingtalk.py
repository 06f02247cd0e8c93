"""The toy DingTalk over HTTP: both generations of its interface on one port, and pages for people.

Written from the vendor's published rules only; it shares no code with the client that it tests.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import format_datetime
from typing import Any

from flask import Flask, Response, request

from desktop.sandbox.dingtalk_files import Space
from desktop.sandbox.dingtalk_gate import HEADER, Door, Gate, NewError, OldError, told
from desktop.sandbox.dingtalk_instances import Instances
from desktop.sandbox.dingtalk_pages import page_routes
from desktop.sandbox.dingtalk_people import SignOn, Staff
from desktop.sandbox.dingtalk_settings import CONTACT, FORM, MOBILE, READ, WRITE, DingSettings
from desktop.sandbox.dingtalk_stream import Stream
from desktop.sandbox.dingtalk_world import DingOa
from desktop.sandbox.faults import Faults

MAX_BODY = 64 * 1024 * 1024

Body = Mapping[str, Any]


def dingtalk_app(oa: DingOa, faults: Faults | None = None, settings: DingSettings | None = None) -> Flask:
    """The WSGI app of one company. app.extensions["dingtalk"] is its Gate: tokens, counters and settings;
    "dingtalk_stream" its Stream, "dingtalk_sign_on" its SignOn.

    faults: drawn once for each call, by the names of the doors: "create", "read", "list", "terminate", "execute", "comment",
    "schema", "accessToken", "space", "uploadInfo", "commit", "download"; at storage "keep" and "fetch"; on the old host the last part of the path ("getbymobile", "listsub", "gettoken").
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    settings = settings or oa.ding
    gate = Gate(oa, settings, faults or Faults())
    app.extensions["dingtalk"] = gate
    app.extensions["dingtalk_stream"] = stream = Stream(oa, settings)
    app.extensions["dingtalk_sign_on"] = sign_on = SignOn(oa, settings)
    _token_routes(app, gate, settings, sign_on)
    _stream_route(app, gate, stream)
    _workflow_routes(app, gate, Instances(oa, settings))
    _file_routes(app, gate, Space(oa))
    _old_routes(app, gate, Staff(oa), sign_on)
    app.register_blueprint(page_routes(oa, sign_on, settings))

    @app.errorhandler(404)
    @app.errorhandler(405)
    def unknown(error: Exception) -> Response:
        if request.path.startswith("/v1.0/"):
            return told({"code": "InvalidAction.NotFound", "message": "Specified api is not found"}, 404)
        if request.path.startswith("/sandbox/"):
            return Response("没有这个页面", 404, content_type="text/html;charset=utf-8")
        return told({"errcode": 22, "errmsg": "不合法的API"})

    @app.after_request
    def dated(response: Response) -> Response:
        response.headers["Date"] = format_datetime(oa.clock().astimezone(UTC), usegmt=True)
        return response

    return app


def _json() -> Body:
    """A JSON body; a form or nothing counts as a missing body. Raises NewError."""
    if request.mimetype != "application/json":
        raise NewError("MissingBody", "body is mandatory for this action.")
    try:
        found = json.loads(request.get_data() or b"")
    except ValueError as error:
        raise NewError("InvalidParameter", "body is not JSON") from error
    if not isinstance(found, dict):
        raise NewError("InvalidParameter", "body is not an object")
    return found


def _old_json() -> Body:
    """The old generation takes JSON and forms."""
    if request.mimetype == "application/json":
        try:
            found = json.loads(request.get_data() or b"{}")
        except ValueError as error:
            raise OldError(40035, "不合法的参数") from error
        return found if isinstance(found, dict) else {}
    return {
        key: int(value) if value.isdigit() and key != "mobile" else value
        for key, value in request.form.items()
    }


def _root() -> str:
    return request.host_url.rstrip("/")


def _token_routes(app: Flask, gate: Gate, settings: DingSettings, sign_on: SignOn) -> None:
    own = (settings.client_id, settings.client_secret)
    door = Door("accessToken", metered=False, open=True)

    @app.post("/v1.0/oauth2/accessToken")
    def access_token() -> Response:
        return gate.new(door, lambda: _new_token(_json(), "appKey", "appSecret", "accessToken", "expireIn"))

    @app.post("/v1.0/oauth2/<corp>/token")
    def corp_token(corp: str) -> Response:
        def work() -> dict[str, Any]:
            body = _json()
            if corp != settings.corp_id or body.get("grant_type") != "client_credentials":
                raise NewError("invalidParameter", "corpId或grant_type无效")
            return _new_token(body, "client_id", "client_secret", "access_token", "expires_in")

        return gate.new(door, work)

    def _new_token(body: Body, key: str, secret: str, token: str, expiry: str) -> dict[str, Any]:
        if (body.get(key), body.get(secret)) != own:
            raise NewError("invalidClientIdOrSecret", "无效的clientId或者clientSecret")
        return {token: gate.new_token(), expiry: settings.token_s}

    @app.get("/gettoken")
    def get_token() -> Response:
        def work() -> dict[str, Any]:
            asked = (request.args.get("appkey"), request.args.get("appsecret"))
            if not all(asked):
                raise OldError(40035, "缺少参数 appkey or appsecret")
            if asked != own:
                raise OldError(40096, "不合法的appKey或appSecret")
            return {"access_token": gate.new_token(), "expires_in": settings.token_s}

        return gate.old(Door("gettoken", metered=False, open=True), work)

    @app.post("/v1.0/oauth2/userAccessToken")
    def user_token() -> Response:
        return gate.new(
            Door("userAccessToken", metered=False, open=True), lambda: sign_on.user_token(_json())
        )

    @app.get("/v1.0/contact/users/me")
    def me() -> Response:
        token = request.headers.get(HEADER, "")
        return gate.new(Door("me", metered=False, open=True), lambda: sign_on.me(token))


def _stream_route(app: Flask, gate: Gate, stream: Stream) -> None:
    door = Door("openConnection", metered=False, open=True)

    @app.post("/v1.0/gateway/connections/open")
    def open_connection() -> Response:
        def work() -> dict[str, str]:
            opened = stream.open(dict(_json()))
            if opened is None:
                raise NewError("authFailed", "鉴权失败", 401)
            return opened

        return gate.new(door, work)


def _workflow_routes(app: Flask, gate: Gate, instances: Instances) -> None:
    root = "/v1.0/workflow"

    def post(path: str, name: str, permission: str, work: Callable[[Body], Any], *, is_write: bool) -> None:
        door = Door(name, permission, is_write)
        app.add_url_rule(
            f"{root}/{path}", name, lambda: gate.new(door, lambda: work(_json())), methods=["POST"]
        )

    def get(path: str, name: str, permission: str, work: Callable[[], Any]) -> None:
        door = Door(name, permission)
        app.add_url_rule(f"{root}/{path}", name, lambda: gate.new(door, work), methods=["GET"])

    post("processInstances", "create", WRITE, instances.create, is_write=True)
    get("processInstances", "read", READ, lambda: instances.read(request.args.get("processInstanceId", "")))
    post("processes/instanceIds/query", "list", READ, instances.ids, is_write=False)
    post("processInstances/terminate", "terminate", WRITE, instances.terminate, is_write=True)
    post("processInstances/execute", "execute", WRITE, instances.execute, is_write=True)
    post("processInstances/comments", "comment", WRITE, instances.comment, is_write=True)
    post("processes/forecast", "forecast", READ, instances.forecast, is_write=False)
    get(
        "forms/schemas/processCodes",
        "schema",
        FORM,
        lambda: instances.schema(request.args.get("processCode", "")),
    )
    get(
        "processCentres/schemaNames/processCodes",
        "codeOfName",
        FORM,
        lambda: instances.code_of(request.args.get("name", "")),
    )

    def templates() -> Any:
        size, start = request.args.get("maxResults", 100, int), request.args.get("nextToken", 0, int)
        return instances.templates(request.args.get("userId", ""), min(size, 100), start)

    get("processes/userVisibilities/templates", "templates", FORM, templates)
    get("processes/managements/templates", "managed", FORM, templates)


def _file_routes(app: Flask, gate: Gate, space: Space) -> None:
    spaces = "/v1.0/workflow/processInstances/spaces"

    @app.post(f"{spaces}/infos/query")
    def space_info() -> Response:
        return gate.new(Door("space", WRITE), lambda: space.info(_json()))

    @app.post(f"{spaces}/files/urls/download")
    def download_grant() -> Response:
        return gate.new(Door("download", READ), lambda: space.grant(_json(), _root()))

    @app.post("/<version>/storage/spaces/<number>/files/uploadInfos/query")
    def upload_info(version: str, number: str) -> Response:
        union = request.args.get("unionId", "")
        return gate.new(
            Door("uploadInfo", WRITE), lambda: space.begin(served(version, number), _json(), _root(), union)
        )

    @app.post("/<version>/storage/spaces/<number>/files/commit")
    def commit(version: str, number: str) -> Response:
        union = request.args.get("unionId", "")
        return gate.new(
            Door("commit", WRITE, True), lambda: space.commit(served(version, number), _json(), union)
        )

    def served(version: str, number: str) -> str:
        if version != gate.settings.storage_version:
            raise NewError("InvalidAction.NotFound", "Specified api is not found", 404)
        return number

    @app.put("/sandbox/upload/<key>")
    def upload(key: str) -> Response:
        def take() -> Response:
            taken = space.put(key, request.get_data(), request.headers.get("x-oss-signature", ""))
            return Response(status=200 if taken else 403)

        return gate.storage("keep", take)

    @app.get("/sandbox/download/<ticket>")
    def download(ticket: str) -> Response:
        def give() -> Response:
            content = space.take(ticket)
            if content is None:
                return Response(status=404)
            return Response(content, content_type="application/octet-stream")

        return gate.storage("fetch", give)


def _old_routes(app: Flask, gate: Gate, staff: Staff, sign_on: SignOn) -> None:
    works: Mapping[str, Callable[[Body], dict[str, Any]]] = {
        "v2/user/getbymobile": staff.by_mobile,
        "v2/user/get": staff.one,
        "user/getbyunionid": staff.by_union_id,
        "v2/user/list": staff.of_department,
        "v2/department/listsub": staff.below,
        "v2/department/get": staff.department,
        "v2/user/getuserinfo": sign_on.user_info,
    }

    def add(path: str, work: Callable[[Body], dict[str, Any]]) -> None:
        right = MOBILE if path == "v2/user/getbymobile" else CONTACT
        door = Door(path.rpartition("/")[2] if path != "v2/department/get" else "department", right)
        app.add_url_rule(
            f"/topapi/{path}", path, lambda: gate.old(door, lambda: work(_old_json())), methods=["POST"]
        )

    for path, work in works.items():
        add(path, work)
