"""Weaver e-cology 9: a workflow's form. Its fields as FieldInfo, our values checked and shaped for it, its values read.

Pure. Source: reference oa-weaver-ecology9, sections 3 (mainData, detailData), 5.2 (field objects), 7 and 15.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from desktop.connectors.ecology.answers import is_yes, rows_of, text_of
from desktop.connectors.ecology.remarks import plain_text, with_breaks, without_breaks
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import FieldInfo, Row, Value

_DB_TYPE = re.compile(r"\s*([a-z]+2?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?", re.IGNORECASE)
_TEXT_TYPES = frozenset(("varchar", "varchar2", "nvarchar", "nvarchar2", "char", "nchar"))
_WHOLE_TYPES = frozenset(("int", "integer", "bigint", "smallint"))
_FRACTION_TYPES = frozenset(("decimal", "number", "numeric"))
_NUMBER_TYPES = _WHOLE_TYPES | _FRACTION_TYPES | {"float", "double"}
_SINGLE_LINE, _MULTI_LINE, _BROWSER, _CHECK, _SELECT, _FILE = "1", "2", "3", "4", "5", "6"
_SINGLE_LINE_TYPES = {"2": "integer", "3": "number", "4": "amount_in_words", "5": "number"}
_BROWSER_TYPES = {
    "1": "person", "17": "people", "2": "date", "19": "time", "4": "department", "57": "departments",
    "164": "company", "16": "request", "9": "document",
}  # fmt: skip
_CONTROLS = {_MULTI_LINE: "long_text", _CHECK: "check", _SELECT: "select", _FILE: "file"}
_SYSTEM_COLUMNS = frozenset(("requestname", "requestlevel", "messagetype"))


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form. length: what its column holds, None where unknown; places: decimals, None for text."""

    table: str
    name: str
    label: str
    html_type: str
    field_type: str
    required: bool
    length: int | None
    places: int | None
    numeric: bool
    choices: tuple[str, ...]

    @property
    def path(self) -> str:
        """How a mapping names it."""
        return f"{self.table}.{self.name}" if self.table else self.name

    def told(self) -> FieldInfo:
        """As every connector tells a field."""
        return FieldInfo(
            self.table, self.name, self.label, self.type, self.required, self.length, self.places
        )

    @property
    def type(self) -> str:
        """One word for a person: text, number, date, person, select, ..."""
        if self.html_type == _SINGLE_LINE:
            return _SINGLE_LINE_TYPES.get(self.field_type, "number" if self.numeric else "text")
        if self.html_type == _BROWSER:
            return _BROWSER_TYPES.get(self.field_type, "browser")
        return _CONTROLS.get(self.html_type, "other")


@dataclass(frozen=True, slots=True)
class Form:
    """A workflow's form: fields by table ("" = main) and name, and the database name of each detail table."""

    workflow: str
    fields: Mapping[str, Mapping[str, Field]]
    db_names: Mapping[str, str]

    def told(self) -> tuple[FieldInfo, ...]:
        """All fields, the main table first."""
        return tuple(field.told() for table in self.fields.values() for field in table.values())


@dataclass(frozen=True, slots=True)
class Draft:
    """What the checks of a value must know beside the form. number: what people call the record.

    bytes_count: a varchar's length counts UTF-8 bytes (a Chinese character is three), else characters.
    """

    system: str
    number: str
    bytes_count: bool = True


def parse_form(data: Mapping[str, Any], workflow: str) -> Form:
    """The form out of getCreateWorkflowRequestInfo's `data`; detail tables are detail_1, detail_2 in its order."""
    fields = {"": _table_fields("", _main_fields(data))}
    db_names: dict[str, str] = {}
    for number, table in enumerate(rows_of(data.get("workflowDetailTableInfos")), start=1):
        name = f"detail_{number}"
        records = rows_of(table.get("workflowRequestTableRecords"))
        fields[name] = _table_fields(
            name, rows_of(records[0].get("workflowRequestTableFields")) if records else []
        )
        db_names[name] = text_of(table.get("tableDBName"))
    return Form(workflow, fields, db_names)


def parse_values(data: Mapping[str, Any], form: Form | None) -> tuple[Row, dict[str, tuple[Row, ...]]]:
    """Main values and detail rows out of getWorkflowRequest's `data`.

    Numbers are Decimal (an empty one None), everything else is the stored text. Detail tables take their names from
    `form`, since a table hidden from the reader would shift a count; without a form they are counted.
    """
    names = {db: name for name, db in form.db_names.items()} if form else {}
    details: dict[str, tuple[Row, ...]] = dict.fromkeys(names.values(), ())
    for number, table in enumerate(rows_of(data.get("workflowDetailTableInfos")), start=1):
        name = names.get(text_of(table.get("tableDBName")), f"detail_{number}")
        records = rows_of(table.get("workflowRequestTableRecords"))
        details[name] = tuple(
            _values(rows_of(record.get("workflowRequestTableFields"))) for record in records
        )
    return _values(_main_fields(data)), details


def main_value(data: Mapping[str, Any], name: str) -> str:
    """One main field's stored text out of getWorkflowRequest's `data`; "" where it is not there."""
    found = (field for field in _main_fields(data) if text_of(field.get("fieldName")) == name)
    return next((text_of(field.get("fieldValue")) for field in found), "")


def main_data(form: Form, values: Mapping[str, str], draft: Draft) -> list[dict[str, str]]:
    """`mainData` for create and submit. Raises as `_checked` does, before anything is sent."""
    return _cells(form, "", values, draft)


def detail_data(
    form: Form, details: Mapping[str, Sequence[Mapping[str, str]]], draft: Draft
) -> list[dict[str, Any]]:
    """`detailData` of new rows; a table without rows is left out. DAT-403 for a table that the form lacks."""
    sent = []
    for table, rows in details.items():
        if table not in form.db_names:
            raise SyncError(ErrorCode.FIELD_MISSING, certain=True, form=form.workflow, field=table, said="")
        records = [
            {"recordOrder": 0, "workflowRequestTableFields": _cells(form, table, row, draft)} for row in rows
        ]
        if records:
            sent.append({"tableDBName": form.db_names[table], "workflowRequestTableRecords": records})
    return sent


def request_title(title: str, key: str, limit: int) -> str:
    """`title`, cut so that a space and our key still stand at the end, on one line."""
    words = " ".join(title.split()).removesuffix(key).rstrip()
    room = max(0, limit - len(key) - 1)
    return f"{words[:room].rstrip()} {key}".lstrip()


def _main_fields(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    main = data.get("workflowMainTableInfo")
    records = rows_of(main.get("requestRecords")) if isinstance(main, dict) else []
    fields = rows_of(records[0].get("workflowRequestTableFields")) if records else []
    return [field for field in fields if not _is_system(field)]


def _is_system(field: Mapping[str, Any]) -> bool:
    """The main record carries the title as a field, too: id "-1", "requestname"."""
    name = text_of(field.get("fieldName")).lower()
    return not name or name in _SYSTEM_COLUMNS or text_of(field.get("fieldId")).startswith("-")


def _table_fields(table: str, fields: Iterable[Mapping[str, Any]]) -> dict[str, Field]:
    parsed = (_field(table, field) for field in fields)
    return {field.name: field for field in parsed if field.name}


def _field(table: str, raw: Mapping[str, Any]) -> Field:
    length, places = _capacity(text_of(raw.get("fieldDBType")))
    return Field(
        table=table,
        name=text_of(raw.get("fieldName")),
        label=plain_text(text_of(raw.get("fieldShowName"))),
        html_type=text_of(raw.get("fieldHtmlType")),
        field_type=text_of(raw.get("fieldType")),
        required=is_yes(raw.get("mand")),
        length=length,
        places=places,
        numeric=_is_numeric(raw),
        choices=_choices(raw.get("selectvalues")),
    )


def _choices(raw: Any) -> tuple[str, ...]:
    return tuple(text_of(choice) for choice in raw) if isinstance(raw, list) else ()


def _is_numeric(raw: Mapping[str, Any]) -> bool:
    """Only single lines hold numbers: a picker's column is `int`, too, and holds an id."""
    if text_of(raw.get("fieldHtmlType")) != _SINGLE_LINE:
        return False
    if text_of(raw.get("fieldType")) in ("2", "3", "5"):
        return True
    found = _DB_TYPE.match(text_of(raw.get("fieldDBType")))
    return found is not None and found[1].lower() in _NUMBER_TYPES


def _capacity(db_type: str) -> tuple[int | None, int | None]:
    """(length, places): varchar(100) -> 100, None; decimal(15,2) -> 15, 2; int -> None, 0; text -> None, None."""
    found = _DB_TYPE.match(db_type)
    base = found[1].lower() if found else ""
    size = int(found[2]) if found and found[2] else None
    if base in _TEXT_TYPES:
        return size, None
    if base in _FRACTION_TYPES:
        return size, int(found[3] or 0) if found and size is not None else None
    return None, 0 if base in _WHOLE_TYPES else None


def _cells(form: Form, table: str, values: Mapping[str, str], draft: Draft) -> list[dict[str, str]]:
    cells = []
    for name, value in values.items():
        field = form.fields[table].get(name)
        if field is None:
            path = f"{table}.{name}" if table else name
            raise SyncError(ErrorCode.FIELD_MISSING, certain=True, form=form.workflow, field=path, said="")
        cells.append({"fieldName": name, "fieldValue": _checked(field, value, draft)})
    return cells


def _checked(field: Field, value: str, draft: Draft) -> str:
    """The value as it is sent. Raises DAT-404 too long, DAT-405 too precise, DAT-408 no number, DAT-401 no such choice."""
    if value == "":
        return value
    if field.numeric:
        return _checked_number(field, value)
    if field.html_type == _SELECT and field.choices and value not in field.choices:
        said = f"{field.path}: {value!r} is none of {', '.join(field.choices)}"
        raise SyncError(ErrorCode.REFUSED, certain=True, system=draft.system, number=draft.number, said=said)
    sent = with_breaks(value) if field.html_type == _MULTI_LINE else value
    length = len(sent.encode()) if draft.bytes_count else len(sent)
    if field.length is not None and length > field.length:
        raise SyncError(ErrorCode.TOO_LONG, certain=True, field=field.path, length=length, limit=field.length)
    return sent


def _checked_number(field: Field, value: str) -> str:
    number = _number(value)
    if number is None:
        raise SyncError(ErrorCode.NOT_A_NUMBER, certain=True, field=field.path, value=value)
    plain = f"{number:f}"
    whole, _, fraction = plain.lstrip("-").partition(".")
    if field.places is not None and len(fraction.rstrip("0")) > field.places:
        raise SyncError(
            ErrorCode.TOO_PRECISE, certain=True, field=field.path, value=value, places=field.places
        )
    room = None if field.length is None else field.length - (field.places or 0)
    if room is not None and len(whole.lstrip("0")) > room:
        raise SyncError(
            ErrorCode.TOO_LONG, certain=True, field=field.path, length=len(whole.lstrip("0")), limit=room
        )
    return plain


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _values(fields: Iterable[Mapping[str, Any]]) -> dict[str, Value]:
    return {text_of(field.get("fieldName")): _value(field) for field in fields if field.get("fieldName")}


def _value(field: Mapping[str, Any]) -> Value:
    text = text_of(field.get("fieldValue"))
    if _is_numeric(field):
        number = _number(text.replace(",", ""))  # the thousands control may store its separators
        return number if number is not None else text or None
    return without_breaks(text) if text_of(field.get("fieldHtmlType")) == _MULTI_LINE else text
