"""Kingdee K/3 Cloud: the server's own sentences that tell more than its message codes do.

Texts vary by version, so they only ever sharpen an error: what became of a bill is decided by reading it again.
"""

from __future__ import annotations

import re

_SESSION_LOST = ("会话信息已丢失", "会话超时", "登录已失效", "用户未登录", "Session timeout")
_LOCKED = ("冲突，请稍候", "冲突,请稍候", "已被其他用户修改")
_NO_RIGHT = ("操作权限",)
_NOT_FOUND = ("传递的编码值不存在",)
_DOWNSTREAM = ("下游单据", "关联", "已生成")
_PERIOD = ("期间",)
_CLOSED = ("结账", "关账")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_BILL_NUMBER = re.compile('单据编号为[“"]([^”"]+)[”"]的')
_FIELD_UNKNOWN = re.compile(r"标识为\s*([\w.]+)\s*的字段不存在")


def _holds(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)


def says_session_lost(text: str) -> bool:
    """Signed out; the call may or may not have been carried out."""
    return _holds(text, _SESSION_LOST)


def says_locked(text: str) -> bool:
    """Somebody has the bill open, or has just changed it. Real servers send this with code 0 as well as 13."""
    return _holds(text, _LOCKED)


def says_no_right(text: str) -> bool:
    """The integration user may not do this."""
    return _holds(text, _NO_RIGHT)


def says_not_found(text: str) -> bool:
    """There is no such record."""
    return _holds(text, _NOT_FOUND)


def says_downstream(text: str) -> bool:
    """Later bills were made from this one. Only meaningful on an un-audit: "linked" means other things elsewhere."""
    return _holds(text, _DOWNSTREAM)


def closed_day(text: str) -> str:
    """The day that lies in a closed accounting period, ISO, as the refusal names it; "" where it speaks of no such thing."""
    found = _DAY.search(text) if _holds(text, _PERIOD) and _holds(text, _CLOSED) else None
    return found.group(0) if found else ""


def named_bill(text: str) -> str:
    """The number of the bill that a message speaks of, or ""."""
    found = _BILL_NUMBER.search(text)
    return found.group(1) if found else ""


def unknown_field(text: str) -> str:
    """The field key that the form does not have, or ""."""
    found = _FIELD_UNKNOWN.search(text)
    return found.group(1) if found else ""
