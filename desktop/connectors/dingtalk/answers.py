"""DingTalk: what an answer means. Two generations of the interface, each with its own rules; never mixed.

New host: HTTP status and `code`. Old host: HTTP 200 always, `errcode`. It is the code that decides, not the status: one
code comes under several. Source: reference oa-dingtalk, sections 0, 3 and 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desktop.connectors.http import Answer, cut, page_text
from desktop.domain.errors import ErrorCode, SyncError

_TOKEN = ("InvalidAuthentication", "AuthenticationFailed.MissingParameter")
_THROTTLED = (
    "QpsLimitForAppkeyAndApi",
    "QpmLimitForAppkeyAndApi",
    "QpsLimitForApi",
    "autoflowLikeTriggerRateLimited",
)
_QUOTA = "ApiCountLimitForOrg"
_PERSON = frozenset({"processInstanceInvalidParameter", "userNotExist"})
_NOT_THERE = frozenset({"aflowProcessInstNotExist", "invalidInstanceId"})
_NOT_PERMITTED = frozenset({"needAuth", "processSetupNoPermission", "processGroupGetFailed"})
_UNKNOWN_OUTCOME = frozenset({"sysErrror", "internalError", "systemError", ""})
"""Whatever else is said with a code was refused before anything was done."""

_NO_CODE = frozenset({"", "0", "ok"})
"""What a body may say beside a success; any other code is a failure, whatever the status."""

_BLOCKED = "1111"
"""The status within the body of a block of this machine's address."""

_OLD_NOT_THERE = "60121"
_OLD_TOKEN = frozenset({"40014", "42001", "40001", "40000", "41001"})
_OLD_THROTTLED = frozenset({"90018", "90002"})
_OLD_BUSY = frozenset({"-1"})


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom or what a call was about, for the sentence of its error."""

    system: str
    number: str = ""
    form: str = ""


def token_of(system_id: str, answer: Answer) -> tuple[str, float]:
    """(token, seconds it lives). Raises SES-203 for a wrong pair of id and secret, NET-1xx."""
    told = _object(answer)
    token = str(told.get("accessToken") or "")
    if answer.status == 200 and token:
        return token, _seconds(told.get("expireIn"))
    if answer.status >= 500 or not told.get("code"):
        raise _server_error(answer, str(told.get("message") or ""))
    _raise_if_throttled(system_id, str(told.get("code")), str(told.get("message") or ""))
    said = _said(told)
    raise SyncError(ErrorCode.SIGN_IN_REFUSED, certain=True, system=system_id, said=said)


def new_result(answer: Answer, asked: Asked) -> Mapping[str, Any]:
    """The body of a new-host answer that succeeded. Raises what its code means."""
    told = _object(answer)
    good = (
        str(told.get("success", "true")).lower() == "true" and text_of(told.get("code")).lower() in _NO_CODE
    )
    if 200 <= answer.status < 300 and good:
        return told
    raise refusal(str(told.get("code") or ""), _said(told), answer, asked)


def refusal(code: str, said: str, answer: Answer, asked: Asked) -> SyncError:
    """The error for a new-host code. Certain for what is refused beforehand, by the split of section 3."""
    if any(code.startswith(word) for word in _TOKEN):
        return SyncError(ErrorCode.SESSION_LOST, system=asked.system)
    _raise_if_throttled(asked.system, code, said)
    if code.startswith("Forbidden") or code in _NOT_PERMITTED:
        return SyncError(
            ErrorCode.NOT_PERMITTED, certain=True, system=asked.system, number=asked.number, said=said
        )
    if code in _NOT_THERE:
        return SyncError(ErrorCode.RECORD_MISSING, certain=True, system=asked.system, number=asked.number)
    if code in _PERSON:
        return SyncError(ErrorCode.APPLICANT_UNMAPPED, certain=True, person=asked.number, number="")
    if code in _UNKNOWN_OUTCOME or answer.status >= 500:
        return _server_error(answer, said)
    return SyncError(ErrorCode.REFUSED, certain=True, system=asked.system, number=asked.number, said=said)


def _raise_if_throttled(system_id: str, code: str, said: str) -> None:
    """Too many calls for now is a reason to wait; a month's allowance that is used up is the administrator's."""
    if any(word in code for word in _THROTTLED):
        raise SyncError(ErrorCode.THROTTLED, certain=True, system=system_id, said=said)
    if _QUOTA in code:
        raise SyncError(ErrorCode.LICENCE, certain=True, system=system_id, said=said)


def old_result(answer: Answer, asked: Asked) -> Any:
    """`result` of an old-host answer with errcode 0. Raises what its errcode means; 88 hides the true one in sub_code."""
    told = _object(answer)
    if answer.status != 200:
        raise _server_error(answer, _said(told))
    code = str(told.get("errcode", ""))
    if code == "0":
        return told.get("result", told)
    true_code = str(told.get("sub_code") or "") if code == "88" else code
    said = cut(f"{true_code} {told.get('sub_msg') or told.get('errmsg') or ''}".strip(), 300)
    if true_code in _OLD_TOKEN:
        raise SyncError(ErrorCode.SESSION_LOST, system=asked.system)
    if true_code in _OLD_THROTTLED:
        raise SyncError(ErrorCode.THROTTLED, certain=True, system=asked.system, said=said)
    if true_code == "90020":
        raise SyncError(ErrorCode.LICENCE, certain=True, system=asked.system, said=said)
    if true_code in ("60011", "60020"):
        raise SyncError(
            ErrorCode.NOT_PERMITTED, certain=True, system=asked.system, number=asked.number, said=said
        )
    if true_code in _OLD_BUSY or not true_code:
        raise _server_error(answer, said)
    raise SyncError(ErrorCode.REFUSED, certain=True, system=asked.system, number=asked.number, said=said)


def says_nobody(error: SyncError) -> bool:
    """True where the directory says that there is no such person; any other refusal says nothing about him."""
    return error.code is ErrorCode.REFUSED and str(error.facts.get("said")).startswith(_OLD_NOT_THERE)


def _object(answer: Answer) -> Mapping[str, Any]:
    """The body as an object. A block of this machine's address answers with a page, or with `punish`: wait."""
    text = answer.text.lstrip("\ufeff \t\r\n")
    if answer.status == 429:
        raise SyncError(ErrorCode.THROTTLED, certain=True, system=answer.system_id, said=page_text(text))
    if text.startswith("<"):
        if 'type="password"' in text.replace("'", '"') or answer.status in (302, 303, 307):
            raise SyncError(ErrorCode.SESSION_LOST, system=answer.system_id)
        raise _server_error(answer, page_text(text))
    if answer.status >= 500 and not text.startswith("{"):
        raise _server_error(answer, page_text(text))
    told = answer.json()
    if not isinstance(told, dict):
        raise SyncError(ErrorCode.UNREADABLE, system=answer.system_id, number="", said=cut(str(told), 200))
    if "punish" in told or str(told.get("status")) == _BLOCKED:
        raise SyncError(ErrorCode.THROTTLED, certain=True, system=answer.system_id, said=cut(str(told), 200))
    return told


def _server_error(answer: Answer, said: str) -> SyncError:
    shown = said or f"HTTP {answer.status}"
    return SyncError(ErrorCode.SERVER_ERROR, system=answer.system_id, status=answer.status, said=shown)


def _said(told: Mapping[str, Any]) -> str:
    return cut(" ".join(str(told.get(name)) for name in ("code", "message") if told.get(name)), 300)


def _seconds(value: Any) -> float:
    try:
        return max(60.0, float(value))
    except (TypeError, ValueError):
        return 7200.0


def text_of(value: Any) -> str:
    """Ids and values come as numbers in one place and as texts in another; an empty control may say "null"."""
    if value is None or value == "null":
        return ""
    return str(value)


def rows_of(value: Any) -> list[dict[str, Any]]:
    """A list of objects; anything else in it, or in its place, is left out."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
