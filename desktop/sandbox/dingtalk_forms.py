"""DingTalk's controls over the toy OA's forms: templates, what a value looks like when sent, and how it comes back.

Source: DingTalk OA approval, form controls, form metadata and instance details.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from desktop.sandbox.oa import Oa
from desktop.sandbox.oa_forms import OaField, OaTable, OaWorkflow
from desktop.sandbox.oa_records import DetailEdit, OaRequestRecord

MOST_TEXT = 65535
YES_NO = (("1", "是"), ("0", "否"))

SPACE = 1001
"""The company's approval space."""

FILE_KEYS = ("spaceId", "fileName", "fileSize", "fileType", "fileId")

_NUMBER = re.compile(r"^-?\d+(\.\d+)?$")

_CODE = "PROC-00000000-0000-4000-8000-000000000"


class FormError(ValueError):
    """A value that the template does not take. control: the label at fault."""

    def __init__(self, control: str, why: str) -> None:
        super().__init__(f"{control}:{why}")
        self.control = control


def process_code(workflow_id: int) -> str:
    """The template's code."""
    return f"{_CODE}{workflow_id:03d}"


def workflow_of(oa: Oa, code: str) -> OaWorkflow | None:
    """The template with this code, or None."""
    return next((each for each in oa.workflows() if process_code(each.family) == code), None)


# --- controls


def component(field: OaField) -> str:
    """The control of a field."""
    if field.html_type == 3 and field.picks in ("person", "department"):
        return {"person": "InnerContactField", "department": "DepartmentField"}[field.picks]
    if field.html_type == 3 and field.type == 2:
        return "DDDateField"
    if field.html_type in (4, 5):
        return "DDSelectField"
    if field.html_type == 6:
        return "DDAttachment"
    if field.html_type == 2:
        return "TextareaField"
    if field.html_type == 1 and field.type in (2, 3):
        return "MoneyField" if field.name.endswith("amount") else "NumberField"
    return "TextField"


def control_id(kind: str, field_id: int | str) -> str:
    """A control's own id, stable."""
    return f"{kind}_{hashlib.sha256(str(field_id).encode()).hexdigest()[:12].upper()}"


def options(field: OaField) -> Sequence[tuple[str, str]]:
    """(value, text) of a select."""
    return field.options or (YES_NO if field.html_type == 4 else ())


def schema(workflow: OaWorkflow, at_ms: int) -> dict[str, Any]:
    """The form's metadata."""
    items = [_item(field) for field in workflow.main.fields.values()]
    items += [_table_item(table) for table in workflow.details]
    return {
        "name": workflow.name,
        "formCode": process_code(workflow.family),
        "formUuid": f"FORM-{workflow.family}",
        "status": "PUBLISHED",
        "gmtModified": at_ms,
        "visibleRange": "ALL",
        "schemaContent": {"title": workflow.name, "icon": "common", "items": items},
    }


def _item(field: OaField) -> dict[str, Any]:
    kind = component(field)
    props: dict[str, Any] = {
        "id": control_id(kind, field.id),
        "label": field.label,
        "required": field.mandatory,
        "bizAlias": field.name,
        "hidden": False,
        "disabled": False,
    }
    if kind == "DDDateField":
        props |= {"format": "yyyy-MM-dd", "unit": "天"}
    if kind == "DDSelectField":
        texts = [text for _, text in options(field)]
        props["options"] = [
            json.dumps({"value": text, "key": f"option_{at}"}, ensure_ascii=False)
            for at, text in enumerate(texts)
        ]
        props["objOptions"] = [{"value": text, "key": f"option_{at}"} for at, text in enumerate(texts)]
    return {"componentName": kind, "props": props}


def _table_item(table: OaTable) -> dict[str, Any]:
    props = {
        "id": control_id("TableField", table.db_name),
        "label": table.title,
        "required": False,
        "bizAlias": table.alias,
    }
    return {
        "componentName": "TableField",
        "props": props,
        "children": [_item(field) for field in table.fields.values()],
    }


# --- values that are sent


def read_form(oa: Oa, workflow: OaWorkflow, sent: Any) -> tuple[dict[str, str], list[DetailEdit]]:
    """Main values by field name, and detail rows, of formComponentValues. Raises FormError."""
    if not isinstance(sent, list) or not sent or len(sent) > 150:
        raise FormError("formComponentValues", "表单控件数量不正确")
    fields: dict[str, str] = {}
    edits: list[DetailEdit] = []
    for each in sent:
        name, value = (each.get("name"), each.get("value")) if isinstance(each, Mapping) else (None, None)
        if not isinstance(name, str) or not isinstance(value, str):
            raise FormError(str(name), "name和value必须是字符串")
        if len(value) > MOST_TEXT:
            raise FormError(name, f"控件值超过{MOST_TEXT}")
        table = next((table for table in workflow.details if table.title == name), None)
        if table is not None:
            edits.append(DetailEdit(table.alias, [(0, row) for row in _rows(oa, table, value)]))
        else:
            field = _labelled(workflow.main, name)
            fields[field.name] = _taken(oa, field, value)
    for field in workflow.main.fields.values():
        if field.mandatory and not fields.get(field.name):
            raise FormError(field.label, "必填控件不能为空")
    return fields, edits


def _rows(oa: Oa, table: OaTable, value: str) -> list[dict[str, str]]:
    if not value:
        return []
    try:
        rows = json.loads(value)
    except ValueError as error:
        raise FormError(table.title, "明细不是有效的JSON") from error
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise FormError(table.title, "明细必须是数组的数组")
    return [_table_row(oa, table, row) for row in rows]


def _table_row(oa: Oa, table: OaTable, row: Sequence[Any]) -> dict[str, str]:
    made: dict[str, str] = {}
    for cell in row:
        name, value = (cell.get("name"), cell.get("value")) if isinstance(cell, Mapping) else (None, None)
        if not isinstance(name, str) or not isinstance(value, str):
            raise FormError(table.title, "明细的name和value必须是字符串")
        field = _labelled(table, name)
        made[field.name] = _taken(oa, field, value)
    for field in table.fields.values():
        if field.mandatory and not made.get(field.name):
            raise FormError(field.label, "明细必填控件不能为空")
    return made


def _labelled(table: OaTable, label: str) -> OaField:
    found = next((field for field in table.fields.values() if field.label == label), None)
    if found is None:
        raise FormError(label, "表单中不存在该控件")
    return found


def _taken(oa: Oa, field: OaField, value: str) -> str:
    """A value as the world stores it."""
    if value == "":
        return ""
    kind = component(field)
    if kind == "DDSelectField":
        found = next((key for key, text in options(field) if text == value), None)
        if found is None:
            raise FormError(field.label, "选项不存在")
        return found
    if kind == "DDDateField":
        return _day(field, value)
    if kind == "InnerContactField":
        return _persons(oa, field, value)
    if kind == "DDAttachment":
        return _attached(oa, field, value)
    if kind in ("NumberField", "MoneyField") and not _NUMBER.match(value):
        raise FormError(field.label, "必须是数字")
    if kind == "DepartmentField" and not value.split(",")[0].isdigit():
        raise FormError(field.label, "部门不存在")
    return value


def _day(field: OaField, value: str) -> str:
    try:
        if len(value) == 10:
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise FormError(field.label, "日期格式必须是yyyy-MM-dd")


def _persons(oa: Oa, field: OaField, value: str) -> str:
    try:
        ids = json.loads(value)
    except ValueError:
        ids = None
    if not isinstance(ids, list) or any(oa.people.active(str(each)) is None for each in ids):
        raise FormError(field.label, "人员不存在或已离职")
    return ",".join(map(str, ids))


def _attached(oa: Oa, field: OaField, value: str) -> str:
    """A list of objects with all five keys, each a text; every file must lie in the approval space."""
    try:
        files = json.loads(value)
    except ValueError:
        files = None
    if not isinstance(files, list) or any(
        not isinstance(each, Mapping) or any(not isinstance(each.get(name), str) for name in FILE_KEYS)
        for each in files
    ):
        raise FormError(field.label, f"附件必须是数组，且包含{'、'.join(FILE_KEYS)}")
    for each in files:
        number = each["fileId"]
        if each["spaceId"] != str(SPACE) or not number.isdigit() or oa.files.find(int(number)) is None:
            raise FormError(field.label, "附件不在审批空间中")
    return ",".join(each["fileId"] for each in files)


# --- values that come back


def shown_form(oa: Oa, workflow: OaWorkflow, record: OaRequestRecord) -> list[dict[str, Any]]:
    """formComponentValues of an instance. An empty control may lack its value, be "" or say "null"."""
    shown = []
    for at, field in enumerate(workflow.main.fields.values()):
        kind = component(field)
        held: dict[str, Any] = {
            "id": control_id(kind, field.id),
            "name": field.label,
            "componentType": kind,
            "bizAlias": field.name,
        }
        value = record.fields.get(field.name, "")
        if value:
            text, extra = shown_value(oa, field, value)
            held |= {"value": text} | ({"extValue": extra} if extra else {})
        elif at % 3:
            held["value"] = ("", "null")[at % 3 - 1]
        shown.append(held)
    return shown + [_shown_table(oa, table, record.details[table.alias]) for table in workflow.details]


def _shown_table(oa: Oa, table: OaTable, rows: Mapping[int, Mapping[str, str]]) -> dict[str, Any]:
    own = control_id("TableField", table.db_name)
    value = [
        {"rowValue": _cells(oa, table, row, typed=number % 2 == 1), "rowNumber": f"{own}_ROW{number}"}
        for number, row in enumerate(rows.values(), start=1)
    ]
    return {
        "id": own,
        "name": table.title,
        "componentType": "TableField",
        "bizAlias": table.alias,
        "value": json.dumps(value, ensure_ascii=False),
        "extValue": json.dumps({"statValue": [], "componentName": "TableField"}),
    }


def _cells(oa: Oa, table: OaTable, row: Mapping[str, str], *, typed: bool) -> list[dict[str, Any]]:
    made = []
    for field in table.fields.values():
        value = row.get(field.name, "")
        if not value:
            continue
        kind = component(field)
        text, extra = shown_value(oa, field, value)
        cell: dict[str, Any] = {"label": field.label, "value": text, "key": control_id(kind, field.id)}
        if typed:
            cell["componentType"] = kind
        if extra:
            cell["extendValue"] = json.loads(extra)
        made.append(cell)
    return made


def shown_value(oa: Oa, field: OaField, value: str) -> tuple[str, str]:
    """A value as it comes back, and its extValue."""
    kind = component(field)
    if kind == "DDSelectField":
        keys = [key for key, _ in options(field)]
        if value not in keys:
            return value, ""
        text = dict(options(field))[value]
        extra = {"label": text, "key": f"option_{keys.index(value)}"}
        return text, json.dumps(extra, ensure_ascii=False)
    if kind == "InnerContactField":
        people = [each for each in value.split(",") if each]
        told = [{"emplId": each, "name": oa.people.name(each), "avatar": ""} for each in people]
        return ",".join(oa.people.name(each) for each in people), json.dumps(told, ensure_ascii=False)
    if kind == "DDAttachment":
        return json.dumps([_file(oa, each) for each in value.split(",") if each], ensure_ascii=False), ""
    return value, ""


def _file(oa: Oa, document_id: str) -> dict[str, str]:
    found = oa.files.find(int(document_id)) if document_id.isdigit() else None
    name = found.name if found is not None else ""
    size = str(len(found.content)) if found is not None else "0"
    return {
        "spaceId": str(SPACE),
        "fileName": name,
        "fileSize": size,
        "fileType": name.rpartition(".")[2],
        "fileId": document_id,
    }
