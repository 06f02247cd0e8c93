"""K/3 Cloud on the wire: how a call is read from a body, and how answers are shaped. Knows no bills."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

from desktop.sandbox.erp_bill import ErpBill, Refusal
from desktop.sandbox.erp_query import Column, print_time, shown

LOST_TEXT = "会话信息已丢失，请重新登录"
NULL_REFERENCE = "未将对象引用设置到对象的实例。"


class BodyError(Exception):
    """A body that the server cannot read at all: HTTP 500 with plain text."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call, whatever its body's shape was.

    form: the form id, "" where the operation has none; data: the options; extra: other named keys at the top.
    positional: the parameters of the positional and the legacy shape, as they came.
    """

    operation: str
    form: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    positional: tuple[Any, ...] = ()


def read_call(operation: str, body: bytes, *, with_form: bool, parameters: Sequence[str] = ()) -> Call:
    """Reads one of the three shapes: named, positional, legacy envelope.

    with_form:  the operation takes (form id, data), else (data) alone.
    parameters: for operations with plain parameters (sign-in): their names, in order; they land in `data`.
    Raises BodyError for what is not JSON or a bare array.
    """
    sent = _parse(body)
    if not isinstance(sent, dict):
        raise BodyError("Additional text found in JSON string after parsing was complete.")
    lower = {key.lower(): value for key, value in sent.items()}
    if "parameters" in lower:
        given = lower["parameters"]
        values = tuple(_parse(given.encode()) if isinstance(given, str) else given or ())
        return _positional(operation, values, with_form, parameters)
    if parameters:
        return Call(operation, data={name: lower.get(name.lower()) for name in parameters}, extra=lower)
    return Call(operation, str(lower.get("formid") or "").strip(), _options(lower.get("data")), lower)


def _positional(operation: str, values: tuple[Any, ...], with_form: bool, parameters: Sequence[str]) -> Call:
    if parameters:
        named = dict(zip(parameters, values, strict=False))
        return Call(operation, data={name: named.get(name) for name in parameters}, positional=values)
    form = str(values[0]) if with_form and values else ""
    rest = values[1:] if with_form else values
    extra = {"opnumber": rest[0]} if len(rest) == 2 else {}
    return Call(operation, form, _options(rest[-1] if rest else None), extra, values)


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig") or "{}", parse_float=Decimal)
    except ValueError as error:
        raise BodyError(f"Unexpected character encountered while parsing value. {error}") from error


def _options(data: Any) -> dict[str, Any]:
    """The `data` of a call: an object, or a string that holds one."""
    if isinstance(data, str):
        data = _parse(data.encode()) if data.strip() else {}
    return data if isinstance(data, dict) else {}


def is_true(value: Any, default: bool = False) -> bool:
    """A yes/no as the server takes it: a bool, or the strings "true" and "false"."""
    if isinstance(value, bool):
        return value
    text = str(value if value is not None else "").strip().lower()
    return default if text == "" else text in ("true", "1")


def whole(value: Any) -> int:
    """A whole number that may come as text or be missing. Raises Refusal (MsgCode 8)."""
    try:
        return int(value or 0)
    except (TypeError, ValueError) as error:
        raise Refusal(f"参数“{value}”格式不正确", 8) from error


# --- answers


def failure(text: str, code: int, field_name: str | None = None, place: int = 0) -> dict[str, Any]:
    """An answer that says no to the whole call."""
    return {"Result": {"ResponseStatus": status([error_row(text, field_name, place)], [], [], code)}}


def refused(error: Refusal) -> dict[str, Any]:
    """The same, from a Refusal."""
    return failure(error.text, error.code, error.field_name)


def error_row(text: str, field_name: str | None, place: int) -> dict[str, Any]:
    """One element of Errors."""
    return {"FieldName": field_name, "Message": text, "DIndex": place}


def status(
    errors: Sequence[Mapping[str, Any]],
    done: Sequence[Mapping[str, Any]],
    messages: Sequence[Mapping[str, Any]],
    code: int,
) -> dict[str, Any]:
    """A ResponseStatus. It is a success only when nothing failed; what was done stands in SuccessEntitys anyway."""
    answer: dict[str, Any] = {"ErrorCode": 500} if errors else {}
    answer |= {"IsSuccess": not errors, "Errors": list(errors)}
    answer |= {
        "SuccessEntitys": list(done),
        "SuccessMessages": list(messages),
        "MsgCode": code if errors else 0,
    }
    return answer


def lost_session() -> dict[str, Any]:
    """The answer to a call without a living session."""
    return failure(LOST_TEXT, 1)


def write(value: Any) -> str:
    """JSON text; Decimals become numbers, times local text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return print_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, ErpBill):
        return value.id
    raise TypeError(f"cannot be written: {value!r}")


def write_rows(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> str:
    """Rows as arrays, without a header. Decimals carry ten places, as the database's do."""
    return "[" + ",".join("[" + ",".join(map(_cell, columns, row)) + "]" for row in rows) + "]"


def write_objects(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> str:
    """Rows as objects, keyed by the field keys as they were written."""
    keys = [json.dumps(column.path) for column in columns]
    made = (
        "{"
        + ",".join(
            f"{key}:{_cell(column, value)}" for key, column, value in zip(keys, columns, row, strict=True)
        )
        + "}"
        for row in rows
    )
    return "[" + ",".join(made) + "]"


def _cell(column: Column, value: Any) -> str:
    seen = shown(column, value)
    if isinstance(seen, str):
        return encode_basestring(seen)
    if isinstance(seen, Decimal):
        return f"{seen:.10f}"
    return json.dumps(seen)
