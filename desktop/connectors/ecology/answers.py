"""Weaver e-cology 9: what an answer says. Pure: bodies go in, values or a SyncError come out.

Source: reference oa-weaver-ecology9, sections 1.4 (refused at the door), 2 (envelope, codes), 3 and 4 (refusals).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from desktop.connectors.ecology.remarks import plain_text
from desktop.connectors.http import cut
from desktop.domain.errors import ErrorCode, SyncError

SUCCESS = "SUCCESS"
_ACCOUNT_WRONG = ("账号存在异常", "单点登录失败")
_UNKNOWN_FIELD = re.compile(r"^(?:error_param_|errParam_detail_)(?P<field>.+)$")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked for what: the facts that an error needs.

    own:    the person is the system's own account, so a refusal is the administrator's business.
    effect: the call changes the OA, so that only a refusal before it ran is certain.
    """

    system: str
    person: str
    own: bool = False
    number: str = ""
    form: str = ""
    effect: bool = False


@dataclass(frozen=True, slots=True)
class Envelope:
    """The common envelope. `code` is "" where the server sent none; `said` is one line for a person."""

    code: str
    data: Any
    errors: Mapping[str, Any]
    said: str


def door_error(body: Any, asked: Asked) -> SyncError | None:
    """The error of a call that the token check or the session filter turned away, or None.

    A dead token is SES-201 and never certain here: an effect is looked for before it is sent again.
    """
    if not isinstance(body, dict):
        return None
    said = _message(body)
    if str(body.get("errorCode", "")) == "002":
        return _not_permitted(asked, said, certain=True)
    if str(body.get("status", "")).lower() != "false":
        return None
    if any(words in said for words in _ACCOUNT_WRONG):
        return person_error(asked, said)
    if "token" in said.lower():
        return SyncError(ErrorCode.SESSION_LOST, system=asked.system)
    return _not_permitted(asked, said, certain=False)


def person_error(asked: Asked, said: str) -> SyncError:
    """The person in whose name we called is missing or has left. The OA refused before anything ran."""
    if asked.own:
        return _not_permitted(asked, said, certain=True)
    return SyncError(ErrorCode.APPLICANT_UNMAPPED, certain=True, person=asked.person, number=asked.number)


def envelope(body: Any, system: str) -> Envelope:
    """The body as an Envelope. NET-105 for anything that is no JSON object."""
    if not isinstance(body, dict):
        raise SyncError(ErrorCode.NOT_JSON, system=system, said=cut(repr(body), 120))
    errors = body.get("errMsg")
    words = [*_leaves(errors), *_leaves(body.get("reqFailMsg")), _message(body)]
    return Envelope(
        code=_code(body.get("code")),
        data=body.get("data"),
        errors=errors if isinstance(errors, dict) else {},
        said=cut("; ".join(word for word in words if word), 300),
    )


def refusal(answer: Envelope, asked: Asked) -> SyncError:
    """The error for an envelope that is no success.

    Certain for the codes by which the OA refuses beforehand. SYSTEM_INNER_ERROR on an effect is not: the request may
    stand half-way (a draft that was kept, a node that was left). An unknown code proves nothing either.
    """
    said = answer.said or answer.code
    if answer.code == "PARAM_ERROR":
        if field := unknown_field(answer.errors):
            return SyncError(
                ErrorCode.FIELD_MISSING, certain=True, form=asked.form, field=field, said=answer.said
            )
        return _refused(asked, said, certain=True)
    if answer.code == "FAIL":
        return _refused(asked, said, certain=True)
    if answer.code == "NO_PERMISSION":
        return _not_permitted(asked, said, certain=True)
    if answer.code == "USER_EXCEPTION":
        return person_error(asked, said)
    if answer.code == "":
        return SyncError(ErrorCode.NOT_JSON, system=asked.system, said=said)
    return _refused(asked, said, certain=False)


def unknown_field(errors: Mapping[str, Any]) -> str:
    """The field that the form lacks, out of `error_param_<field>` or `errParam_detail_<field>`; else ""."""
    for key in errors:
        if found := _UNKNOWN_FIELD.match(str(key)):
            return found["field"]
    return ""


def text_of(value: Any) -> str:
    """Ids and values come as numbers in one place and as texts in another: always text here, None is ""."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return f"{value}"


def is_yes(value: Any) -> bool:
    """Flags come as true, "true", 1 or "1"."""
    return text_of(value).strip().lower() in ("1", "true")


def rows_of(value: Any) -> list[dict[str, Any]]:
    """A list of objects; anything else in it, or in its place, is left out."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _code(raw: Any) -> str:
    if isinstance(raw, dict):
        return SUCCESS if text_of(raw.get("statusCode")) == "1" else text_of(raw.get("name") or "UNKNOWN")
    return text_of(raw)


def _message(body: Mapping[str, Any]) -> str:
    return text_of(body.get("msg") or body.get("errmsg") or body.get("message"))


def _leaves(value: Any, name: str = "") -> Iterator[str]:
    """The words inside a refusal, each with its key; switches that say nothing to a person are left out."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("otherParams", "keyParameters"):
                yield from _leaves(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, name)
    elif text := plain_text(text_of(value)):
        yield f"{name}: {text}" if name not in ("", "msg", "msgInfo") else text


def _refused(asked: Asked, said: str, *, certain: bool) -> SyncError:
    return SyncError(ErrorCode.REFUSED, certain=certain, system=asked.system, number=asked.number, said=said)


def _not_permitted(asked: Asked, said: str, *, certain: bool) -> SyncError:
    return SyncError(
        ErrorCode.NOT_PERMITTED, certain=certain, system=asked.system, number=asked.number, said=said
    )
