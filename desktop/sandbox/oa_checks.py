"""What the toy OA checks before it writes a form: names, values, mandatory fields. Pure, raises OaRefusal.

Source: Weaver e-cology 9, order of checks of doCreateRequest and its errMsg keys.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from desktop.sandbox.oa_forms import OaField, OaTable, OaWorkflow, WrongValue
from desktop.sandbox.oa_records import DetailEdit, OaRefusal, OaSettings

MAIN_FAIL = "SAVE_MAIN_TABLE_FAIL"
DETAIL_FAIL = "SAVE_DETAIL_TABLE_FAIL"

ATTACHMENT = 6


def main_values(workflow: OaWorkflow, values: Mapping[str, Any], settings: OaSettings) -> dict[str, Any]:
    """The main fields as they will be stored (attachments untouched)."""
    taken: dict[str, Any] = {}
    for name, value in values.items():
        found = workflow.main.fields.get(name)
        try:
            taken[name] = _value(found, value, settings)
        except WrongValue as error:
            said = {"fieldname": name, "reason": str(error)}
            raise OaRefusal("PARAM_ERROR", {f"error_param_{name}": value}, MAIN_FAIL, said) from error
    return taken


def detail_edits(
    workflow: OaWorkflow, edits: Sequence[DetailEdit], settings: OaSettings
) -> list[tuple[OaTable, DetailEdit]]:
    """Each edit with its table, and with the values as they will be stored (attachments untouched)."""
    checked = []
    for edit in edits:
        table = workflow.detail(edit.table)
        if table is None:
            raise OaRefusal("PARAM_ERROR", {"error_param_detailData_tableName": edit.table}, DETAIL_FAIL)
        rows = [(row_id, _row(table, values, settings)) for row_id, values in edit.rows]
        checked.append((table, DetailEdit(edit.table, rows, edit.deleted, edit.everything)))
    return checked


def upload_directories(
    workflow: OaWorkflow,
    values: Mapping[str, Any],
    edits: Sequence[tuple[OaTable, DetailEdit]],
    settings: OaSettings,
) -> None:
    """Refuses an attachment whose field has no upload directory."""
    allowed = settings.upload_directories
    if allowed is None:
        return
    used = [found for name in values if (found := workflow.main.fields[name]).html_type == ATTACHMENT]
    for table, edit in edits:
        used += [
            found
            for _, row in edit.rows
            for name in row
            if (found := table.fields[name]).html_type == ATTACHMENT
        ]
    for found in used:
        if found.name not in allowed:
            raise OaRefusal("PARAM_ERROR", {f"field_{found.name}": "字段未设置附件上传目录"}, MAIN_FAIL)


def mandatory(workflow: OaWorkflow, fields: Mapping[str, str]) -> None:
    """Refuses a form whose mandatory main fields are not all filled."""
    for place, found in enumerate(workflow.main.fields.values()):
        if found.mandatory and not fields.get(found.name):
            told = {
                "tablename": workflow.main.db_name,
                "tableindex": place,
                "fieldId": str(found.id),
                "fieldname": found.name,
                "fieldlable": found.label,
            }
            raise OaRefusal("FAIL", {}, "JUDGE_MUST_INPUT", told)


def _row(table: OaTable, values: Mapping[str, Any], settings: OaSettings) -> dict[str, Any]:
    taken: dict[str, Any] = {}
    for name, value in values.items():
        try:
            taken[name] = _value(table.fields.get(name), value, settings)
        except WrongValue as error:
            said = {"tablename": table.db_name, "fieldname": name, "reason": str(error)}
            raise OaRefusal("PARAM_ERROR", {f"errParam_detail_{name}": value}, DETAIL_FAIL, said) from error
    return taken


def _value(found: OaField | None, value: Any, settings: OaSettings) -> Any:
    if found is None:
        raise WrongValue("no such field")
    if found.html_type == ATTACHMENT:
        return value
    if isinstance(value, (list, dict)):
        value = json.dumps(value, ensure_ascii=False)
    return found.taken("" if value is None else str(value), settings.chinese_counts)
