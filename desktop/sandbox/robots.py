"""The groups' chat robots: what DingTalk, WeCom and Feishu answer to a message, written from their documents.

Each checks address, signature, clock and how often by itself; `heard` is what the group would read.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, jsonify, request

PER_MINUTE = 20
_HOUR_MS, _HOUR_S = 3_600_000, 3600


@dataclass
class Robots:
    """Three groups. key: the last part of each address.  fails: status with which every call is answered, 0 = none."""

    secret: str = "SECsandbox0123456789"
    key: str = "sandbox-robot-key-0001"
    heard: list[tuple[str, str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    fails: int = 0

    def addresses(self, url: str) -> dict[str, str]:
        """The robots' addresses on a server."""
        return {
            "dingtalk": f"{url}/robot/send?access_token={self.key}", "wecom": f"{url}/cgi-bin/webhook/send?key={self.key}",
            "feishu": f"{url}/open-apis/bot/v2/hook/{self.key}",
        }  # fmt: skip

    def too_often(self) -> bool:
        """More than PER_MINUTE in the last minute."""
        now = time.monotonic()
        self.times = [each for each in self.times if now - each < 60]
        self.times.append(now)
        return len(self.times) > PER_MINUTE


def robots_app(robots: Robots) -> Flask:
    """The WSGI app of all three."""
    app = Flask(__name__)

    @app.before_request
    def failing() -> Response | None:
        return Response("<html>busy</html>", robots.fails) if robots.fails else None

    app.add_url_rule("/robot/send", view_func=_view("dingtalk", lambda: _dingtalk(robots)), methods=["POST"])
    app.add_url_rule(
        "/cgi-bin/webhook/send", view_func=_view("wecom", lambda: _wecom(robots)), methods=["POST"]
    )
    app.add_url_rule(
        "/open-apis/bot/v2/hook/<key>", view_func=_view("feishu", lambda: _feishu(robots)), methods=["POST"]
    )
    return app


def _view(name: str, answer: Callable[[], dict[str, Any]]) -> Callable[..., Response]:
    def view(**_: str) -> Response:
        return jsonify(answer())

    view.__name__ = name
    return view


def _dingtalk(robots: Robots) -> dict[str, Any]:
    asked, body = request.args, request.get_json(silent=True) or {}
    if asked.get("access_token") != robots.key:
        return {"errcode": 300005, "errmsg": "token is not exist"}
    stamp = asked.get("timestamp", "")
    signed = hmac.new(robots.secret.encode(), f"{stamp}\n{robots.secret}".encode(), hashlib.sha256).digest()
    fresh = stamp.isdigit() and abs(int(stamp) - time.time() * 1000) < _HOUR_MS
    if not fresh or not hmac.compare_digest(asked.get("sign", ""), base64.b64encode(signed).decode()):
        return {"errcode": 310000, "errmsg": "sign not match"}
    if body.get("msgtype") != "text" or not (body.get("text") or {}).get("content"):
        return {"errcode": 40035, "errmsg": "缺少参数 content"}
    if robots.too_often():
        return {"errcode": 410100, "errmsg": "发送速度太快而限流"}
    robots.heard.append(("dingtalk", body["text"]["content"]))
    return {"errcode": 0, "errmsg": "ok"}


def _wecom(robots: Robots) -> dict[str, Any]:
    body = request.get_json(silent=True) or {}
    if request.args.get("key") != robots.key:
        return {"errcode": 93000, "errmsg": "invalid webhook url"}
    content = str((body.get("text") or {}).get("content", ""))
    if body.get("msgtype") != "text" or not content or len(content.encode()) > 2048:
        return {"errcode": 40058, "errmsg": "text.content exceed max length 2048"}
    if robots.too_often():
        return {"errcode": 45009, "errmsg": "api freq out of limit"}
    robots.heard.append(("wecom", content))
    return {"errcode": 0, "errmsg": "ok"}


def _feishu(robots: Robots) -> dict[str, Any]:
    body, key = request.get_json(silent=True) or {}, request.path.rpartition("/")[2]
    if key != robots.key:
        return {"code": 19001, "msg": "param invalid: incoming webhook access token invalid"}
    stamp = str(body.get("timestamp", ""))
    signed = hmac.new(f"{stamp}\n{robots.secret}".encode(), b"", hashlib.sha256).digest()
    fresh = stamp.isdigit() and abs(int(stamp) - time.time()) < _HOUR_S
    if not fresh or not hmac.compare_digest(str(body.get("sign", "")), base64.b64encode(signed).decode()):
        return {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"}
    if body.get("msg_type") != "text" or not (body.get("content") or {}).get("text"):
        return {"code": 9499, "msg": "Bad Request"}
    if robots.too_often():
        return {"code": 11232, "msg": "frequency limited psm"}
    robots.heard.append(("feishu", body["content"]["text"]))
    return {"code": 0, "data": {}, "msg": "success"}
