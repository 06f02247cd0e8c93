"""DingTalk: a template's form. Its controls as FieldInfo, our values shaped for it, its values read. Pure.

A flow names a control by its alias (bizAlias), else by its label; what is sent names it by the label, which must be equal.
Tables are detail_1, detail_2 in the form's order; they come back in another shape than they were sent in.
Source: reference oa-dingtalk, sections 3 (values), 4 (table values) and 7.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from desktop.connectors.dingtalk.answers import rows_of, text_of
from desktop.connectors.http import with_whole_characters
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import FieldInfo, FileHead, Row, Value

_TABLES = ("TableField", "DDTableField")
_GROUP = "FieldGroup"
_NUMBERS = ("NumberField", "MoneyField")
_LISTS = ("DDMultiSelectField", "InnerContactField", "DDPhotoField", "RelateField")
_SILENT = ("TextNote", "CalculateField")
_FILES = "DDAttachment"
MOST = 65_535
"""Characters that the value of one control may have; a whole table is one value."""

_CONTROLS = 150
"""Controls that a new instance may name."""

_TYPES = {
    "NumberField": "number", "MoneyField": "number", "DDDateField": "date", "DDSelectField": "select",
    "InnerContactField": "person", "DepartmentField": "department", "DDAttachment": "file", "TextareaField": "long_text",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Control:
    """One control. key: how a flow names it. options: what a select takes, by the text and by the key of each choice."""

    table: str
    key: str
    id: str
    label: str
    kind: str
    required: bool
    options: Mapping[str, str]

    @property
    def path(self) -> str:
        """How a mapping names it."""
        return f"{self.table}.{self.key}" if self.table else self.key

    @property
    def numeric(self) -> bool:
        """Amounts travel as text; they are numbers all the same."""
        return self.kind in _NUMBERS

    def told(self) -> FieldInfo:
        """As every connector tells a field; the schema tells neither lengths nor decimals."""
        kind = _TYPES.get(self.kind, "text" if self.kind == "TextField" else self.kind)
        return FieldInfo(self.table, self.key, self.label, kind, self.required)


@dataclass(frozen=True, slots=True)
class Form:
    """A template's form: controls by table ("" = main) and key; the label of each table's own control."""

    process: str
    controls: Mapping[str, Mapping[str, Control]]
    tables: Mapping[str, Control]

    def told(self) -> tuple[FieldInfo, ...]:
        """All fields, the main form first."""
        return tuple(each.told() for table in self.controls.values() for each in table.values())

    @property
    def ids(self) -> set[str]:
        """Of the main form's controls, tables among them."""
        return {each.id for each in (*self.controls.get("", {}).values(), *self.tables.values())}

    def find(self, table: str, name: str) -> Control | None:
        """A control by the name that a flow gives it: its key, else its label, else its id."""
        held = self.controls.get(table, {})
        if name in held:
            return held[name]
        return next((each for each in held.values() if name in (each.label, each.id)), None)


def parse_form(items: Sequence[Mapping[str, Any]], process: str) -> Form:
    """The form out of `schemaContent.items`."""
    controls: dict[str, dict[str, Control]] = {"": {}}
    tables: dict[str, Control] = {}
    for item in _flat(items):
        control = _control("", item)
        if control.kind in _TABLES:
            name = f"detail_{len(tables) + 1}"
            tables[name] = control
            children = (_control(name, child) for child in _flat(rows_of(item.get("children"))))
            controls[name] = {each.key: each for each in children if each.label}
        elif control.label and control.kind not in _SILENT:
            controls[""][control.key] = control
    return Form(process, controls, tables)


def _flat(items: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Groups are layout only."""
    for item in items:
        if text_of(item.get("componentName")) == _GROUP:
            yield from _flat(rows_of(item.get("children")))
        else:
            yield item


def _control(table: str, item: Mapping[str, Any]) -> Control:
    props = item.get("props") if isinstance(item.get("props"), dict) else {}
    assert isinstance(props, dict)
    label, alias = text_of(props.get("label")), text_of(props.get("bizAlias"))
    kind = text_of(item.get("componentName"))
    required = text_of(props.get("required")).lower() in ("true", "1")
    return Control(table, alias or label, text_of(props.get("id")), label, kind, required, _options(props))


def _options(props: Mapping[str, Any]) -> dict[str, str]:
    """Every text by which a choice may be meant -> the text that the form takes."""
    found: dict[str, str] = {}
    options = props.get("options")
    for each in options if isinstance(options, list) else ():
        told = _json(each) if isinstance(each, str) else each
        if isinstance(told, dict):
            text = text_of(told.get("value") or told.get("label"))
            found |= {text_of(told.get("key")): text, text: text} if text else {}
        elif text_of(each):
            found[text_of(each)] = text_of(each)
    for each in rows_of(props.get("objOptions")):
        text = text_of(each.get("value"))
        found |= {text_of(each.get("key")): text, text: text} if text else {}
    found.pop("", None)
    return found


# --- what is sent ------------------------------------------------------------------------------------------------------
def sent_values(
    form: Form, fields: Mapping[str, str], details: Mapping[str, Sequence[Mapping[str, str]]], system_id: str,
    files: Mapping[str, Sequence[FileHead]] | None = None,
) -> list[dict[str, str]]:  # fmt: skip
    """formComponentValues of a new instance; empty values are left out. Raises before anything is sent: DAT-403 no such
    control, DAT-404 too long, DAT-407 a table too large, DAT-408 no number, DAT-401 no such choice."""
    sent = _cells(form, "", fields, system_id)
    sent += [_attachments(form, name, heads) for name, heads in (files or {}).items() if heads]
    for table, rows in details.items():
        control = form.tables.get(table)
        if control is None:
            raise SyncError(ErrorCode.FIELD_MISSING, certain=True, form=form.process, field=table, said="")
        cells = [_cells(form, table, row, system_id) for row in rows]
        if not cells:
            continue
        value = json.dumps(cells, ensure_ascii=False, separators=(",", ":"))
        if (long := _length(value)) > MOST:
            most = len(rows) * MOST // long
            raise SyncError(ErrorCode.TOO_MANY_LINES, certain=True, number="", lines=len(rows), limit=most)
        sent.append({"name": control.label, "value": value})
    if len(sent) > _CONTROLS:
        said = f"formComponentValues: {len(sent)} > {_CONTROLS}"
        raise SyncError(ErrorCode.REFUSED, certain=True, system=system_id, number="", said=said)
    return sent


def _cells(form: Form, table: str, values: Mapping[str, str], system_id: str) -> list[dict[str, str]]:
    cells = []
    for name, value in values.items():
        control = form.find(table, name)
        if control is None:
            path = f"{table}.{name}" if table else name
            raise SyncError(ErrorCode.FIELD_MISSING, certain=True, form=form.process, field=path, said="")
        if value != "":
            cells.append({"name": control.label, "value": _shaped(control, value, system_id)})
    return cells


def _shaped(control: Control, value: str, system_id: str) -> str:
    if control.numeric:
        number = _number(value)
        if number is None:
            raise SyncError(ErrorCode.NOT_A_NUMBER, certain=True, field=control.path, value=value)
        return f"{number:f}"
    if control.kind == "DDSelectField" and control.options:
        if value not in control.options:
            said = (
                f"{control.path}: {value!r} is none of {', '.join(dict.fromkeys(control.options.values()))}"
            )
            raise SyncError(ErrorCode.REFUSED, certain=True, system=system_id, number="", said=said)
        return control.options[value]
    if control.kind in _LISTS and not value.startswith("["):
        return json.dumps([each.strip() for each in value.split(",") if each.strip()], ensure_ascii=False)
    shaped = value.replace("\r\n", "\n").replace("\n", "\r\n") if control.kind == "TextareaField" else value
    return _fitting(control, shaped)


def _fitting(control: Control, value: str) -> str:
    if (long := _length(value)) > MOST:
        raise SyncError(ErrorCode.TOO_LONG, certain=True, field=control.path, length=long, limit=MOST)
    return value


def _length(text: str) -> int:
    """As a server counts that keeps text as UTF-16: an emoji is two."""
    return len(text) + sum(1 for each in text if each > "\uffff")


def _attachments(form: Form, name: str, files: Sequence[FileHead]) -> dict[str, str]:
    """The cell of an attachment control. A file's id is `space/file`."""
    control = form.find("", name)
    if control is None or control.kind != _FILES:
        said = control.kind if control else ""
        raise SyncError(ErrorCode.FIELD_MISSING, certain=True, form=form.process, field=name, said=said)
    rows = []
    for file in files:
        space, _, file_id = file.id.rpartition("/")
        kind = file.name.rpartition(".")[2].lower() if "." in file.name else ""
        rows.append(
            {"spaceId": space, "fileName": file.name, "fileSize": str(file.size), "fileType": kind, "fileId": file_id}
        )  # fmt: skip
    value = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return {"name": control.label, "value": _fitting(control, value)}


# --- what comes back ---------------------------------------------------------------------------------------------------
def read_values(told: Sequence[Mapping[str, Any]], form: Form) -> tuple[Row, dict[str, tuple[Row, ...]]]:
    """Main values and detail rows out of an instance's formComponentValues. Every control of the form is there; numbers are
    Decimal (an empty one None; one that is none stays text, so that it fails its own document), persons and departments their
    ids."""
    fields: dict[str, Value] = {
        key: None if each.numeric else "" for key, each in form.controls.get("", {}).items()
    }
    details: dict[str, tuple[Row, ...]] = dict.fromkeys(form.tables, ())
    for each in told:
        name, label = text_of(each.get("id")), text_of(each.get("name"))
        table = _table_of(form, name, label, text_of(each.get("componentType")))
        if table:
            details[table] = _rows(form, table, each.get("value"))
            continue
        control = _by_id(form, "", name, text_of(each.get("bizAlias")), label)
        if control is not None:
            fields[control.key] = _held(control, each.get("value"), each.get("extValue"))
    return fields, details


def file_cells(told: Sequence[Mapping[str, Any]], form: Form) -> list[Mapping[str, Any]]:
    """The attachment controls of the main form as an instance tells them, in its order; those that the template has lost since,
    too."""
    found = []
    for each in told:
        label = text_of(each.get("name"))
        control = _by_id(form, "", text_of(each.get("id")), text_of(each.get("bizAlias")), label)
        if (text_of(each.get("componentType")) or (control.kind if control else "")) == _FILES:
            found.append(each)
    return found


def attached(cells: Sequence[Mapping[str, Any]], system_id: str) -> list[FileHead]:
    """The files in these controls. Raises DAT-410 for a value that is no list of files: none may be passed over in silence."""
    return [
        head for each in cells for head in _heads(each.get("value"), text_of(each.get("name")), system_id)
    ]


def _heads(value: Any, label: str, system_id: str) -> list[FileHead]:
    if not text_of(value).strip():
        return []
    rows = _json(value) if isinstance(value, str) else value
    if not isinstance(rows, list) or any(
        not isinstance(row, dict) or not text_of(row.get("fileId")) for row in rows
    ):
        raise SyncError(ErrorCode.UNREADABLE, system=system_id, number=label, said=text_of(value)[:120])
    heads = []
    for row in rows:
        size = text_of(row.get("fileSize"))
        key = f"{text_of(row.get('spaceId'))}/{text_of(row.get('fileId'))}"
        heads.append(FileHead(key, text_of(row.get("fileName")), int(size) if size.isdigit() else 0))
    return heads


def _table_of(form: Form, control_id: str, label: str, kind: str) -> str:
    """The table that a value belongs to, or ""."""
    for name, control in form.tables.items():
        if control.id and control.id == control_id:
            return name
    if kind and kind not in _TABLES:
        return ""
    return next((name for name, control in form.tables.items() if label and control.label == label), "")


def _by_id(form: Form, table: str, control_id: str, alias: str, label: str) -> Control | None:
    held = form.controls.get(table, {}).values()
    by_id = next((each for each in held if each.id and each.id == control_id), None)
    if by_id is not None:
        return by_id
    return next((each for each in held if (alias and each.key == alias) or each.label == label), None)


def _rows(form: Form, table: str, value: Any) -> tuple[Row, ...]:
    """[{"rowValue": [cell, ...]}, ...]; the shape in which it is sent is understood, too. A table that cannot be read is no empty
    one: it is one line with its text in every field, which no amount and no base data fits."""
    rows = _json(value) if isinstance(value, str) else value
    if not isinstance(rows, list) and (text := text_of(value).strip()):
        return (dict.fromkeys(form.controls[table], text[:120]),)
    found = []
    for row in rows if isinstance(rows, list) else ():
        cells = rows_of(row.get("rowValue") if isinstance(row, dict) else row)
        values: dict[str, Value] = {
            key: None if each.numeric else "" for key, each in form.controls[table].items()
        }
        for cell in cells:
            label = text_of(cell.get("label") or cell.get("name"))
            control = _by_id(form, table, text_of(cell.get("key")), text_of(cell.get("bizAlias")), label)
            if control is not None:
                ext = cell.get("extendValue") or cell.get("extValue")
                values[control.key] = _held(control, cell.get("value"), ext)
        found.append(values)
    return tuple(found)


def _held(control: Control, value: Any, ext: Any) -> Value:
    text = text_of(value)
    if control.numeric:
        number = _number(text.replace(",", "")) if text else None
        return number if number is not None else (text or None)
    if control.kind in ("InnerContactField", "DepartmentField"):
        return _ids(ext) or text
    if control.kind == "DDSelectField":
        return _chosen(control, text)
    if control.kind == _FILES:  # for people: the names
        rows = rows_of(_json(value) if isinstance(value, str) else value)
        return ", ".join(text_of(row.get("fileName")) for row in rows) if rows else text
    return text.replace("\r\n", "\n") if control.kind == "TextareaField" else text


def _chosen(control: Control, text: str) -> str:
    """A choice by the key that the customer gave it, where that is no number of the form editor's own."""
    keys = [key for key, shown in control.options.items() if shown == text and key != text]
    return next((key for key in keys if not key.startswith("option_")), text)


def _ids(ext: Any) -> str:
    """Ids behind the names that are shown."""
    people = rows_of(_json(ext) if isinstance(ext, str) else ext)
    ids = (text_of(each.get("emplId") or each.get("id") or each.get("deptId")) for each in people)
    return ",".join(each for each in ids if each)


def _json(text: Any) -> Any:
    try:
        return with_whole_characters(json.loads(text))
    except (TypeError, ValueError):
        return None


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
