"""Single sign-on into the toy K/3 Cloud: a link is decoded, judged, and shows where it leads."""

from __future__ import annotations

import threading

from flask import Blueprint, Response, render_template, request

from desktop.sandbox.erp import Erp
from desktop.sandbox.erp_bill import ErpBill
from desktop.sandbox.k3cloud_session import Gate
from desktop.sandbox.k3cloud_sign import SignedLink, read_link

_REFUSED = 403


def sso_pages(erp: Erp, gate: Gate) -> Blueprint:
    """GET <base>html5/index.aspx?ud=...: the page that a click on a link opens."""
    pages = Blueprint("sso", __name__)
    used: set[str] = set()
    lock = threading.Lock()

    @pages.get("/<root>/html5/index.aspx")
    def open_link(root: str) -> Response | tuple[str, int]:
        if root.lower() != "k3cloud":
            return render_template("erp_sso.html", refused="找不到页面"), 404
        link = read_link(request.args.get("ud", ""))
        reason = _judge(erp, gate, link)
        if link is not None and not reason:
            once = erp.settings.sso_once or link.permit_count == "1"
            with lock:
                if once and link.signature in used:
                    reason = "链接已经使用过，请重新打开"
                used.add(link.signature)
        if link is None or reason:
            return render_template("erp_sso.html", refused=reason), _REFUSED
        page = render_template("erp_sso.html", refused="", link=link, bill=_bill(erp, link), erp=erp)
        return Response(page, content_type="text/html; charset=utf-8")

    return pages


def _judge(erp: Erp, gate: Gate, link: SignedLink | None) -> str:
    """Why the link is refused, "" where it is good."""
    if link is None:
        return "登录参数ud不正确"
    if link.acct_id != erp.acct_id:
        return "数据中心不存在"
    if link.app_id != erp.app_id or not link.is_signed(erp.app_secret, erp.settings.sign_hash):
        return "第三方系统登录签名校验失败"
    if not gate.is_fresh(link.timestamp):
        return "链接已过期，时间戳超出允许范围"
    permitted = erp.settings.sso_users
    if erp.user_record(link.user) is None or (permitted is not None and link.user not in permitted):
        return "用户不存在或未被授权使用第三方系统登录"
    return ""


def _bill(erp: Erp, link: SignedLink) -> ErpBill | None:
    if link.form not in erp.forms or not link.bill_id.isdigit():
        return None
    return erp.seen(link.form, int(link.bill_id))
