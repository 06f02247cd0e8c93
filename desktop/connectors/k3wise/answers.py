"""Kingdee K/3 WISE: what an answer means. From an HTTP answer to a Reply, or to a SyncError.

HTTP 200 comes with nearly everything; the outcome stands in StatusCode, and a row may fail inside a 200.
Source: reference kingdee-k3wise, sections 3 and 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from desktop.connectors.http import Answer, cut, page_text
from desktop.connectors.k3wise import words
from desktop.domain.errors import ErrorCode, SyncError

_TO_THE_DOOR = (401, 302, 303, 307)
_NOT_TAKEN = (429, 503)
"""IIS answers 503 by itself when its queue is full or its application is not there: nobody has seen the call."""

_PAGE_HEAD = 4_000
DONE, REFUSED_TOKEN = 200, 401


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. said: the server's words about a failure, of the whole or of a row ("" where it gave none).

    ok: StatusCode 200 and no FStatus false anywhere in Data.
    """

    code: int
    message: str
    data: Any
    ok: bool
    said: str


def reply_of(answer: Answer) -> Reply:
    """The Reply in an answer.

    Raises SES-201 the token is refused, NET-104 IIS is in trouble, NET-105 no JSON, NET-106 too many calls, DAT-410
    a shape that we do not know. Only "too many calls" is certain.
    """
    text = answer.text.lstrip("\ufeff \t\r\n")
    if answer.status in _TO_THE_DOOR or (text.startswith("<") and words.says_sign_in(text[:_PAGE_HEAD])):
        raise SyncError(ErrorCode.SESSION_LOST, system=answer.system_id)
    if answer.status in _NOT_TAKEN:
        raise SyncError(ErrorCode.THROTTLED, certain=True, system=answer.system_id, said=page_text(text))
    if answer.status != 200:
        raise SyncError(
            ErrorCode.SERVER_ERROR, system=answer.system_id, status=answer.status, said=page_text(text)
        )
    told = answer.json()
    if not isinstance(told, dict) or "StatusCode" not in told:
        raise SyncError(ErrorCode.UNREADABLE, system=answer.system_id, number="", said=cut(str(told), 200))
    return _reply(answer.system_id, told)


def _reply(system_id: str, told: Mapping[str, Any]) -> Reply:
    code, message, content = _number(told.get("StatusCode")), str(told.get("Message") or ""), told.get("Data")
    failed = [row for row in _dicts(content) if "FStatus" in row and is_no(row["FStatus"])]
    rows = [str(row.get("FMessage") or "") for row in failed] or [
        str(row.get("FMessage") or "") for row in _dicts(content)
    ]
    said = " / ".join(dict.fromkeys(each for each in rows if each))
    if code != DONE and (code == REFUSED_TOKEN or words.says_token(message)):
        raise SyncError(ErrorCode.SESSION_LOST, system=system_id)
    told_no = code != DONE or bool(failed)
    return Reply(code, message, content, not told_no, cut(said or message, 500) if told_no else "")


def _dicts(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every object in Data that may tell of a row: one, several, or one inside a row's own Data."""
    if isinstance(value, dict):
        yield value
        yield from _dicts(value.get("Data"))
    elif isinstance(value, list):
        for each in value:
            yield from _dicts(each)


def is_no(value: Any) -> bool:
    """FStatus of a row comes as bool or as text."""
    return value is False or str(value).strip().lower() in ("false", "0", "n")


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def refusal(
    system_id: str,
    form: str,
    number: str,
    reply: Reply,
    *,
    un_audit: bool = False,
    certain: bool | None = None,
) -> SyncError:
    """The SyncError for one "no": by its words. Without any words, or with those of a time-out, nothing proves that nothing
    happened.

    certain: given where the caller knows better (an earlier call of the same errand did something).
    """
    said = reply.said
    sure = bool(said) if certain is None else certain
    shown = said or f"StatusCode {reply.code}"
    if words.says_unsure(said):
        return SyncError(ErrorCode.SERVER_ERROR, system=system_id, status=reply.code, said=shown)
    if words.says_locked(said):
        return SyncError(ErrorCode.LOCKED_BY_USER, certain=sure, number=number, said=shown)
    if words.says_no_right(said):
        return SyncError(ErrorCode.NOT_PERMITTED, certain=sure, system=system_id, number=number, said=shown)
    if un_audit and words.says_downstream(said):
        return SyncError(ErrorCode.DOWNSTREAM_BLOCKS, certain=sure, number=number, said=shown)
    return SyncError(ErrorCode.REFUSED, certain=sure, system=system_id, number=number, said=shown)
