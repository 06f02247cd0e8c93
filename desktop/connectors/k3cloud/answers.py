"""Kingdee K/3 Cloud: what the server's answer means. From an HTTP answer to plain values, or to a SyncError.

The server answers HTTP 200 to nearly everything, wraps one result in several shapes and tells of a lost session in
as many. All of that ends here. It never decides what to do about it: client.py and connector.py do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from desktop.connectors.http import Answer, cut, page_text
from desktop.connectors.k3cloud import words
from desktop.domain.errors import ErrorCode, SyncError

_OLD_PREFIX = "response_error:"
_TO_THE_DOOR = (401, 302, 303, 307)
"""Turned away, or sent to a login page by a proxy. 301 and 308 are no such thing: the base address is another one."""
_LOGIN_PAGE = ('type="password"', "type='password'", "type=password")

CONTEXT_LOST, NO_PERMISSION, EXCEPTION, DATABASE_FAILED = 1, 2, 4, 6
LICENCE, NOTHING_FOUND, LOCK_CONFLICT, CALL_LIMIT, ADMIN_FORBIDDEN = 7, 10, 13, 14, 15

_A_CLEAR_NO = frozenset({0, 2, 3, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15})
"""Refused before anything was done. Not among them: 1 (signed out meanwhile), 4 (an exception, perhaps after the
deed), 6 (the database failed, perhaps in the commit), and whatever a later version invents."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One element of Errors: `index` is the position in the request, None where the server gave none."""

    message: str
    field: str
    index: int | None


@dataclass(frozen=True, slots=True)
class Done:
    """One element of SuccessEntitys."""

    key: str
    number: str
    index: int | None


@dataclass(frozen=True, slots=True)
class Reply:
    """The result of one operation. `stated` is False where the server gave no ResponseStatus at all."""

    stated: bool
    ok: bool
    msg_code: int
    complaints: tuple[Complaint, ...]
    done: tuple[Done, ...]
    result: Mapping[str, Any]

    @property
    def said(self) -> str:
        """The server's words about what went wrong, each once."""
        return " / ".join(dict.fromkeys(each.message for each in self.complaints if each.message))

    @property
    def refused_whole(self) -> bool:
        """True when it said no to all of it, for a reason that leaves nothing done."""
        return self.stated and not self.ok and not self.done and is_clear_no(self.msg_code, self.said)


def is_clear_no(msg_code: int, said: str) -> bool:
    """True when this code, with these words, proves that nothing happened. No words prove nothing, save a bare code."""
    if words.says_locked(said) or words.says_no_right(said) or words.says_not_found(said):
        return True
    return msg_code in _A_CLEAR_NO and bool(said or msg_code)


def value_of(answer: Answer) -> Any:
    """The JSON value in `answer`, unpacked however often the server packed it.

    Raises SES-201 signed out, SES-203 or PER-714 refused by the vendor's gateway, NET-104 server in trouble,
    NET-105 no JSON, NET-106 too many calls. Only a gateway's refusal is certain.
    """
    text = answer.text.lstrip("\ufeff \t\r\n")
    if answer.status in _TO_THE_DOOR or _is_login_page(text):
        raise session_lost(answer.system_id)
    if answer.status == 519:
        raise _gateway_refusal(answer, text)
    if answer.status == 429:
        raise SyncError(ErrorCode.THROTTLED, certain=True, system=answer.system_id, said=page_text(text))
    if answer.status not in (200, 206):
        _raise_if_signed_out(answer.system_id, text)
        raise _server_error(answer, text, certain=answer.status == 413)
    return _unpacked(answer, text)


def _is_login_page(text: str) -> bool:
    return text.startswith("<") and any(mark in text for mark in _LOGIN_PAGE)


def session_lost(system_id: str) -> SyncError:
    """Signed out. Never certain: a write may have been carried out before the session was missed."""
    return SyncError(ErrorCode.SESSION_LOST, system=system_id)


def _raise_if_signed_out(system_id: str, text: str) -> None:
    if words.says_session_lost(text):
        raise session_lost(system_id)


def _server_error(answer: Answer, text: str, *, certain: bool = False) -> SyncError:
    said = page_text(text) or answer.headers.get("location", "")
    return SyncError(
        ErrorCode.SERVER_ERROR, certain=certain, system=answer.system_id, status=answer.status, said=said
    )


def _gateway_refusal(answer: Answer, text: str) -> SyncError:
    """The public gateway turned the call away before the ERP saw it."""
    try:
        told = replace(answer, text=text).json()
        code = int(told["errcode"])
    except (SyncError, TypeError, KeyError, ValueError):
        return _server_error(answer, text)
    said = cut(str(told.get("description_cn") or told.get("description") or code), 200)
    if code == 5001:
        return SyncError(ErrorCode.CANNOT, certain=True, system=answer.system_id, what=said)
    return SyncError(ErrorCode.SIGN_IN_REFUSED, certain=True, system=answer.system_id, said=said)


def _unpacked(answer: Answer, text: str, depth: int = 0) -> Any:
    """JSON, JSON inside a JSON string, or either behind the prefix of older servers."""
    if text.startswith(_OLD_PREFIX):
        return _behind_prefix(answer, text.removeprefix(_OLD_PREFIX), depth)
    try:
        value = replace(answer, text=text).json()
    except SyncError:
        _raise_if_signed_out(answer.system_id, text)
        raise
    if isinstance(value, str) and depth < 3:
        return _unpacked(answer, value.strip(), depth + 1)
    return value


def _behind_prefix(answer: Answer, text: str, depth: int) -> Any:
    try:
        value = _unpacked(answer, text.strip(), depth + 1)
    except SyncError as error:
        if error.code is ErrorCode.SESSION_LOST:
            raise
        raise _server_error(answer, text) from None
    if _envelope(value) is None:
        _raise_if_signed_out(answer.system_id, text)
        raise _server_error(answer, text)
    return value


def _envelope(value: Any) -> Any:
    """The dict that holds "Result", bare or in one or two lists (as list queries tell their errors); else None."""
    for _ in range(2):
        if isinstance(value, list) and value:
            value = value[0]
    return value if isinstance(value, dict) and "Result" in value else None


def rows_of(system_id: str, value: Any) -> list[list[Any]] | Reply:
    """The rows of a list query, or the Reply that stands in their place. A legal row never holds a dict."""
    if isinstance(value, list) and _envelope(value) is None:
        if any(not isinstance(row, list) for row in value):
            raise SyncError(ErrorCode.UNREADABLE, system=system_id, number="", said=cut(str(value[0]), 200))
        return value
    return reply_of(system_id, value)


def reply_of(system_id: str, value: Any) -> Reply:
    """The Reply in an operation's answer. An empty answer is a lost session that the server did not confess.

    Raises SES-201, DAT-410 (a shape that we do not know; not certain).
    """
    if value in (None, "", [], {}):
        raise session_lost(system_id)
    envelope = _envelope(value)
    if envelope is None:
        raise SyncError(ErrorCode.UNREADABLE, system=system_id, number="", said=cut(str(value), 200))
    result = envelope["Result"]
    if not isinstance(result, dict) or not result:
        raise session_lost(system_id)
    reply = _reply(result)
    if not reply.ok and not reply.done:
        if reply.msg_code == CONTEXT_LOST:
            raise session_lost(system_id)
        _raise_if_signed_out(system_id, reply.said)
    return reply


def _reply(result: Mapping[str, Any]) -> Reply:
    status = result.get("ResponseStatus")
    if not isinstance(status, dict):
        return Reply(False, False, 0, (), (), result)
    complaints = tuple(
        Complaint(str(each.get("Message") or ""), str(each.get("FieldName") or ""), _index(each))
        for each in status.get("Errors") or ()
        if isinstance(each, dict)
    )
    done = tuple(
        Done(key_text(each.get("Id")), str(each.get("Number") or ""), _index(each))
        for each in status.get("SuccessEntitys") or ()
        if isinstance(each, dict)
    )
    ok = is_yes(status.get("IsSuccess"))
    if ok and not done and (key := key_text(result.get("Id"))):
        done = (Done(key, str(result.get("Number") or ""), 0),)
    return Reply(True, ok, _number(status.get("MsgCode")), complaints, done, result)


def conversion(reply: Reply) -> Reply:
    """What a push says of the conversion itself, beside the saving of the new bill."""
    return _reply({"ResponseStatus": reply.result.get("ConvertResponseStatus")})


def is_yes(value: Any) -> bool:
    """The server writes its yes and no as bool or as text."""
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


def key_text(value: Any) -> str:
    """An internal id as text; "" for none."""
    if isinstance(value, Decimal):
        value = f"{value:f}".removesuffix(".0")
    return "" if value in (None, "", 0, "0") else str(value).strip()


def _index(element: Mapping[str, Any]) -> int | None:
    try:
        return int(element["DIndex"])
    except (KeyError, TypeError, ValueError):
        return None


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def refusal(
    system_id: str, form: str, number: str, msg_code: int, said: str, *, step: str = "", certain: bool | None = None
) -> SyncError:  # fmt: skip
    """The SyncError for one "no" of the server, by its words first and its code second.

    step:    the operation; "UnAudit" is the only one that later bills can forbid.
    certain: given where the caller knows better than code and words.
    """
    sure = is_clear_no(msg_code, said) if certain is None else certain
    said = cut(said, 500)
    if words.says_locked(said) or msg_code == LOCK_CONFLICT:
        return SyncError(ErrorCode.LOCKED_BY_USER, certain=sure, number=number, said=said)
    if words.says_no_right(said) or msg_code in (NO_PERMISSION, ADMIN_FORBIDDEN):
        return SyncError(ErrorCode.NOT_PERMITTED, certain=sure, system=system_id, number=number, said=said)
    if msg_code == LICENCE:
        return SyncError(ErrorCode.LICENCE, certain=sure, system=system_id, said=said)
    if msg_code == CALL_LIMIT:
        return SyncError(ErrorCode.THROTTLED, certain=sure, system=system_id, said=said)
    if field := words.unknown_field(said):
        return SyncError(ErrorCode.FIELD_MISSING, certain=sure, form=form, field=field, said=said)
    if step == "UnAudit" and words.says_downstream(said):
        return SyncError(ErrorCode.DOWNSTREAM_BLOCKS, certain=sure, number=number, said=said)
    if day := words.closed_day(said):
        return SyncError(ErrorCode.PERIOD_CLOSED, certain=sure, number=number, date=day, said=said)
    if words.says_not_found(said) or msg_code == NOTHING_FOUND:
        return SyncError(ErrorCode.RECORD_MISSING, certain=sure, system=system_id, number=number)
    return SyncError(ErrorCode.REFUSED, certain=sure, system=system_id, number=number, said=said)
