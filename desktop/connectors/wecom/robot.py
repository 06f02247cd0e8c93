"""WeCom: a group's robot. Its address is its key.

Source: WeCom developer documentation, group robot: POST <webhook>, text of at most 2048 bytes; answer {"errcode", "errmsg"};
20 messages a minute.
"""

from __future__ import annotations

from collections.abc import Mapping

from desktop.connectors.base import Channel, Secrets, VendorField
from desktop.connectors.webhook import post, refused
from desktop.domain.notice import Message

MOST_BYTES = 2048
_KEY, _OFTEN = frozenset({93000, 40008}), frozenset({45009, 45033})


def send(options: Mapping[str, str], secrets: Secrets, message: Message) -> None:
    """Posts the message to the group. Raises SES-203 for a wrong key, NET-106 for too many, DAT-401, NET-1xx, PER-706."""
    told = post("wecom", secrets, {"msgtype": "text", "text": {"content": fitted(message.text)}})
    code = told.get("errcode")
    if code != 0:
        raise refused("wecom", f"{code} {told.get('errmsg', '')}", signed=code in _KEY, often=code in _OFTEN)


def fitted(text: str) -> str:
    """As much of the text as MOST_BYTES hold, no character cut in two."""
    return text.encode()[:MOST_BYTES].decode("utf-8", "ignore")


CHANNEL = Channel(id="wecom", fields=(VendorField("webhook", secret=True),), send=send)
