"""Kingdee K/3 Cloud: a form's metadata as field infos. Reads the answer of QueryBusinessInfo; no wire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from desktop.connectors.k3cloud.answers import is_yes
from desktop.connectors.k3cloud.basedata import FORMS, BaseForm, kinds_of
from desktop.domain.record import FieldInfo

_HEAD = "FBillHead"
_CODE, _NAME = "FNumber", "FName"

_LENGTHS = ("Length", "MaxLength", "FieldLength", "EditLen")
_PLACES = ("Scale", "FieldScale", "Decimals")
"""Not in the published answer; some versions tell them, under one of these names."""


def form_fields(told: Any, forms: Mapping[str, BaseForm] = FORMS) -> tuple[FieldInfo, ...]:
    """Every field of the form, in the ERP's order.

    told: NeedReturnData of the answer. A field's type is the form id of the base data that it refers to, else the
    server's type number as text.
    forms: the account set's own base data, by kind.
    """
    kinds = kinds_of(forms)
    entries = told.get("Entrys") if isinstance(told, dict) else None
    return tuple(field for entry in _dicts(entries) for field in _fields(entry, forms, kinds))


def _fields(
    entry: dict[str, Any], forms: Mapping[str, BaseForm], kinds: Mapping[str, str]
) -> Iterator[FieldInfo]:
    key = str(entry.get("Key") or "")
    for field in _dicts(entry.get("Fields")):
        refers, name = str(field.get("LookUpObjectFormId") or "").strip(), str(field.get("Key") or "")
        kind = kinds.get(refers, "")
        yield FieldInfo(
            table="" if key == _HEAD else key,
            key=name,
            label=_label(field.get("Name")),
            type=refers or str(field.get("FieldType") or ""),
            required=is_yes(field.get("MustInput")) or field.get("MustInput") == 1,
            length=_first_number(field, _LENGTHS),
            places=_first_number(field, _PLACES),
            kind=kind,
            code_key=f"{name}.{forms[kind].code if kind else _CODE}" if refers else "",
            name_key=f"{name}.{_NAME}" if refers else "",
        )


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _label(name: Any) -> str:
    """A name in several languages is a list of Key (the language id) and Value; the session's own comes first."""
    names = [str(each.get("Value") or "") for each in _dicts(name)]
    return next((each for each in names if each), "") if isinstance(name, list) else str(name or "")


def _first_number(field: dict[str, Any], names: tuple[str, ...]) -> int | None:
    for name in names:
        value = field.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None
