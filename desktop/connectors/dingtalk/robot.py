"""DingTalk: a group's custom robot, signed.

Source: DingTalk Open Platform, custom robot: POST <webhook>&timestamp=<ms>&sign=<sign>, sign = base64 of HMAC-SHA256(secret,
timestamp + LF + secret); answer {"errcode", "errmsg"}; 20 messages a minute.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping

from desktop.connectors.base import Channel, Secrets, VendorField
from desktop.connectors.webhook import post, refused
from desktop.domain.notice import Message

_SIGN, _OFTEN = frozenset({300001, 300005, 310000, 400101, 40035}), frozenset({130101, 410100, 430104, 90018})
MOST_CHARS = 4000


def send(options: Mapping[str, str], secrets: Secrets, message: Message) -> None:
    """Posts the message to the group. Raises SES-203 for a wrong key, NET-106 for too many, DAT-401, NET-1xx, PER-706."""
    query = {}
    if secret := secrets.find("secret"):
        stamp = str(round(time.time() * 1000))
        signed = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
        query = {"timestamp": stamp, "sign": base64.b64encode(signed).decode()}
    body = {"msgtype": "text", "text": {"content": message.text[:MOST_CHARS]}}
    told = post("dingtalk", secrets, body, query)
    code = told.get("errcode")
    if code != 0:
        raise refused(
            "dingtalk", f"{code} {told.get('errmsg', '')}", signed=code in _SIGN, often=code in _OFTEN
        )


CHANNEL = Channel(
    id="dingtalk",
    fields=(VendorField("webhook", secret=True), VendorField("secret", secret=True, required=False)),
    send=send,
)
