"""Feishu: a group's custom robot, with or without signature.

Source: Feishu Open Platform, custom bot: POST <webhook> {"timestamp", "sign", "msg_type", "content"}, sign = base64 of HMAC-SHA256
with the key timestamp + LF + secret over nothing; answer {"code", "msg"}; 5 messages a second, 100 a minute.
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

MOST_CHARS = 6000
_SIGN, _OFTEN = frozenset({19021, 19022, 19024, 19001}), frozenset({11232})


def send(options: Mapping[str, str], secrets: Secrets, message: Message) -> None:
    """Posts the message to the group. Raises SES-203 for a wrong key, NET-106 for too many, DAT-401, NET-1xx, PER-706."""
    body: dict[str, object] = {"msg_type": "text", "content": {"text": message.text[:MOST_CHARS]}}
    if secret := secrets.find("secret"):
        stamp = str(round(time.time()))
        signed = hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
        body = {"timestamp": stamp, "sign": base64.b64encode(signed).decode(), **body}
    told = post("feishu", secrets, body)
    code = told.get("code", told.get("StatusCode"))
    if code != 0:
        raise refused("feishu", f"{code} {told.get('msg', '')}", signed=code in _SIGN, often=code in _OFTEN)


CHANNEL = Channel(
    id="feishu",
    fields=(VendorField("webhook", secret=True), VendorField("secret", secret=True, required=False)),
    send=send,
)
