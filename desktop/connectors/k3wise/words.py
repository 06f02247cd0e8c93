"""Kingdee K/3 WISE: what its sentences tell beyond the status code.

The texts come from the middle tier and vary by version; they only sharpen an error. What became of a bill is decided by
reading it again.
"""

from __future__ import annotations

_SIGN_IN = ("登录", "login", 'type="password"', "type='password'", "type=password")
_LOCKED = ("其他用户", "冲突", "正在使用", "网络控制")
_NO_RIGHT = ("没有权限", "无权", "权限不足", "没有操作权限")
_UNSURE = ("超时", "timeout", "timed out", "time-out", "死锁", "deadlock", "连接已断开", "connection")
_NOT_FOUND = (
    "单据不存在",
    "凭证不存在",
    "没有记录",
    "不存在该单据",
    "找不到单据",
    "未找到",
    "没有找到",
    "not found",
    "not exist",
)
_DOWNSTREAM = ("下游", "关联", "已生成")
_FIELD = ("字段", "field")


def _holds(text: str, words: tuple[str, ...]) -> bool:
    low = text.lower()
    return any(word in low for word in words)


def says_token(text: str) -> bool:
    """The token is refused: expired, or never given."""
    return "token" in text.lower()


def says_sign_in(page: str) -> bool:
    """A page of some proxy that wants a person to sign in."""
    return _holds(page, _SIGN_IN)


def says_unsure(text: str) -> bool:
    """The middle tier lost sight of its own database: the deed may have been done."""
    return _holds(text, _UNSURE)


def says_locked(text: str) -> bool:
    """Somebody has the bill open."""
    return _holds(text, _LOCKED)


def says_no_right(text: str) -> bool:
    """The user of the authority code, or the checker, may not do this."""
    return _holds(text, _NO_RIGHT)


def says_not_found(text: str) -> bool:
    """There is no such bill."""
    return _holds(text, _NOT_FOUND)


def says_downstream(text: str) -> bool:
    """Later bills were made from this one. Only meaningful of an un-audit."""
    return _holds(text, _DOWNSTREAM)


def says_field(text: str) -> bool:
    """A field is not known to the form."""
    return _holds(text, _FIELD)
