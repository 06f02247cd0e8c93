"""How the toy OA prints a request: form fields, logs, operators, list items. Numbers here, texts there, as the vendor
does it. Pure: reads records, changes nothing.

Source: Weaver e-cology 9, answers of getWorkflowRequest, getRequestStatus, getRequestLog and the lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from desktop.sandbox.group import CUSTOMERS, DEPARTMENTS, MATERIALS, SUPPLIERS
from desktop.sandbox.oa import Oa
from desktop.sandbox.oa_forms import OaField, OaTable, OaWorkflow
from desktop.sandbox.oa_records import (
    COPIED,
    LOG_TEXTS,
    PENDING,
    LogEntry,
    Moment,
    OaRequestRecord,
    local_time,
)

_PICKED = {
    "customer": {item.oa_id: item.name for item in CUSTOMERS},
    "supplier": {item.oa_id: item.name for item in SUPPLIERS},
    "material": {item.oa_id: item.name for item in MATERIALS},
    "department": {item.oa_id: item.name for item in DEPARTMENTS},
}


def workflow_info(workflow: OaWorkflow) -> dict[str, Any]:
    """workflowBaseInfo of a single request: ids partly as numbers."""
    return {
        "formId": str(workflow.form_id),
        "isBill": "1",
        "workflowId": workflow.id,
        "workflowName": workflow.name,
        "workflowTypeId": str(workflow.type_id),
        "workflowTypeName": workflow.type_name,
    }


def whole(oa: Oa, record: OaRequestRecord, moment: Moment, person: str) -> dict[str, Any]:
    """data of getWorkflowRequest."""
    workflow = oa.workflow(record.workflow_id)
    in_turn = person in moment.waiting
    return {
        "requestId": str(record.id),
        "requestName": record.title,
        "requestLevel": str(record.level),
        "canView": True,
        "canEdit": in_turn,
        "createTime": local_time(record.created_at),
        "creatorId": record.creator,
        "creatorName": oa.people.name(record.creator),
        "currentNodeId": str(moment.node.id),
        "currentNodeName": node_name(oa, record),
        "lastOperateTime": local_time(moment.at),
        "lastOperatorName": oa.people.name(moment.by),
        "status": moment.status,
        "messageType": "0",
        "mustInputRemark": False,
        "subbackButtonName": ("批准" if moment.node.type == 1 else "提交") if in_turn else "",
        "rejectButtonName": "退回" if in_turn and moment.node.type == 1 else "",
        "workflowBaseInfo": workflow_info(workflow),
        **form(oa, workflow, record),
        "workflowRequestLogs": [log_item(oa, entry) for entry in opinions(record, moment)],
    }


def form(oa: Oa, workflow: OaWorkflow, record: OaRequestRecord | None) -> dict[str, Any]:
    """The main table and the details; of an empty form where there is no record."""
    main = _fields(oa, workflow.main, record.fields if record else {})
    if record is not None:
        main.insert(0, {**_title_field(), "fieldValue": record.title, "fieldShowValue": record.title})
    return {
        "workflowMainTableInfo": {
            "tableDBName": workflow.main.db_name,
            "requestRecords": [{"recordOrder": 0, "workflowRequestTableFields": main}],
        },
        "workflowDetailTableInfos": [_detail(oa, table, record) for table in workflow.details],
    }


def status(oa: Oa, record: OaRequestRecord, moment: Moment, person: str) -> dict[str, Any]:
    """data of getRequestStatus: without the name of the current node."""
    workflow = oa.workflow(record.workflow_id)
    mine = next((row for row in reversed(moment.operators) if row.person == person), None)
    return {
        "requestId": record.id,
        "requestName": record.title,
        "requestLevel": record.level,
        "workflowId": record.workflow_id,
        "creatorId": int(record.creator),
        "creatertype": 0,
        "create": record.creator == person,
        "currentNodeId": str(moment.node.id),
        "currentNodeType": str(moment.node.type),
        "currentOperateId": mine.id if mine else 0,
        "isremark": mine.state if mine else -1,
        "takisremark": 0,
        "status": moment.status,
        "needAffirmance": False,
        "rejectToNodeid": 0,
        "rejcetToType": 0,
        "submitToNodeid": 0,
        "languageid": 7,
        "workflowBaseInfo": workflow_info(workflow),
        "mainTableInfoEntity": {"billid": workflow.form_id, "tableDbName": workflow.main.db_name},
    }


def opinions(record: OaRequestRecord, moment: Moment) -> Iterable[LogEntry]:
    """What people said, newest first: a mere saving is no opinion."""
    return (entry for entry in reversed(record.log[: moment.logs]) if entry.logtype != "1")


def log_item(oa: Oa, entry: LogEntry) -> dict[str, Any]:
    """One entry of workflowRequestLogs: the kind as text, which a customer can rename or hide."""
    said = oa.settings.operate_texts.get((entry.node.id, entry.logtype), LOG_TEXTS[entry.logtype])
    day, clock = local_time(entry.at).split(" ")
    operator = oa.people.find(entry.person)
    return {
        "id": str(entry.id),
        "nodeId": str(entry.node.id),
        "nodeName": entry.node.name,
        "operateDate": day,
        "operateTime": clock,
        "operateType": said,
        "operatorId": entry.person,
        "operatorName": oa.people.name(entry.person),
        "operatorDept": operator.department_id if operator else "",
        "receivedPersons": ",".join(map(oa.people.name, entry.received)),
        "remark": entry.remark,
        "annexDocHtmls": "",
        "signDocHtmls": "",
        "signWorkFlowHtmls": "",
    }


def raw_log_item(oa: Oa, entry: LogEntry) -> dict[str, Any]:
    """One entry of getRequestLog: the kind as the logtype column has it."""
    day, clock = local_time(entry.at).split(" ")
    operator = oa.people.find(entry.person)
    return {
        "id": entry.id,
        "tmpLogId": entry.id,
        "logtype": entry.logtype,
        "nodeid": str(entry.node.id),
        "nodename": entry.node.name,
        "nodeattribute": "0",
        "operator": entry.person,
        "operatorDept": operator.department_id if operator else "",
        "operatedate": day,
        "operatetime": clock,
        "receivedPersons": ",".join(map(oa.people.name, entry.received)),
        "receivedPersonids": ",".join(entry.received),
        "destnodeid": entry.to_node,
        "remarkHtml": entry.remark,
        "annexdocids": "",
        "agenttype": "0",
    }


def operators(oa: Oa, record: OaRequestRecord, moment: Moment) -> list[dict[str, Any]]:
    """Items of getRequestOperatorInfo: who has it, who had it."""
    return [
        {
            "id": row.id,
            "groupid": place,
            "nodeid": str(row.node.id),
            "nodeName": row.node.name,
            "userid": row.person,
            "userName": oa.people.name(row.person),
            "userType": 0,
            "viewType": -2 if row.person in record.seen_by or row.operated_at else 0,
            "isremark": row.state,
            "preisremark": row.before,
            "receivedate": local_time(row.received_at)[:10],
            "receivetime": local_time(row.received_at)[11:],
            "operatedate": local_time(row.operated_at)[:10] if row.operated_at else "",
            "operatetime": local_time(row.operated_at)[11:] if row.operated_at else "",
            "agenttype": "0",
            "agentorbyagentid": "-1",
        }
        for place, row in enumerate(moment.operators)
    ]


def list_item(
    oa: Oa, record: OaRequestRecord, moment: Moment, person: str
) -> dict[str, str | dict[str, str]]:
    """One row of a list: every value is text."""
    workflow = oa.workflow(record.workflow_id)
    mine = next((row for row in reversed(moment.operators) if row.person == person), None)
    received = local_time(mine.received_at if mine else record.created_at)
    item: dict[str, str | dict[str, str]] = {
        "requestId": str(record.id),
        "requestName": record.title,
        "requestLevel": str(record.level),
        "status": moment.status,
        "createTime": local_time(record.created_at),
        "creatorId": record.creator,
        "creatorName": oa.people.name(record.creator),
        "currentNodeId": str(moment.node.id),
        "currentNodeName": node_name(oa, record),
        "receiveTime": received,
        "lastOperateTime": local_time(moment.at),
        "lastOperatorId": moment.by,
        "lastOperatorName": oa.people.name(moment.by),
        "sysName": "OA",
        "workflowBaseInfo": {
            "formId": str(workflow.form_id),
            "workflowId": str(workflow.id),
            "workflowName": workflow.name,
            "workflowTypeId": str(workflow.type_id),
            "workflowTypeName": workflow.type_name,
        },
    }
    if oa.settings.extended_items:
        creator = oa.people.find(record.creator)
        item["requestmark"] = ""
        item["creatorDepartmentId"] = creator.department_id if creator else ""
        item["currentnodetype"] = str(moment.node.type)
        item["isbereject"] = "1" if moment.rejected else ""
        item["isprocessed"] = "" if mine is None or mine.state == PENDING else "1"
        item["isremark"] = str(mine.state) if mine else ""
        item["nodeid"] = str(mine.node.id) if mine else ""
        item["operateTime"] = local_time(mine.operated_at) if mine and mine.operated_at else ""
        item["viewtype"] = "-2" if person in record.seen_by or (mine and mine.state != COPIED) else "0"
        item["userid"] = person
    return item


def node_name(oa: Oa, record: OaRequestRecord) -> str:
    """The current node's name, which may lag behind its id and type."""
    settings = oa.settings
    after = max(settings.visible_after_ms, settings.node_name_after_ms)
    return record.shown(oa.clock(), after).node.name


def shown_value(oa: Oa, field: OaField, value: str) -> str:
    """What a person sees for a stored value: the name behind an id, the option's name, file names."""
    if not value:
        return ""
    if field.options:
        return dict(field.options).get(value, "")
    if field.picks == "person":
        return oa.people.name(value)
    if field.picks:
        return _PICKED[field.picks].get(value, "")
    if field.html_type == 6:
        documents = [oa.files.find(int(part)) for part in value.split(",")]
        return ",".join(document.name for document in documents if document is not None)
    return value


def _fields(oa: Oa, table: OaTable, values: Mapping[str, str]) -> list[dict[str, Any]]:
    printed = []
    for name, field in table.fields.items():
        value = values.get(name, "")
        plain = not (field.options or field.picks or field.html_type == 6)
        shown = value if plain else shown_value(oa, field, value)
        printed.append({**_field_info(field), "fieldValue": value, "fieldShowValue": shown})
    return printed


def _detail(oa: Oa, table: OaTable, record: OaRequestRecord | None) -> dict[str, Any]:
    rows: Mapping[int, Mapping[str, str]] = {0: {}} if record is None else record.details[table.alias]
    return {
        "tableDBName": table.db_name,
        "tableFieldName": [field.label for field in table.fields.values()],
        "tableTitle": table.title,
        "workflowRequestTableRecords": [
            {"recordOrder": row_id, "workflowRequestTableFields": _fields(oa, table, row)}
            for row_id, row in rows.items()
        ],
    }


@lru_cache(maxsize=4096)
def _field_info(field: OaField) -> dict[str, Any]:
    """What is the same for a field in every request."""
    return {
        "fieldId": str(field.id),
        "fieldName": field.name,
        "fieldShowName": field.label,
        "fieldValue": "",
        "fieldShowValue": "",
        "fieldHtmlType": str(field.html_type),
        "fieldType": str(field.type),
        "fieldDBType": field.db_type,
        "fieldFormName": f"field{field.id}",
        "mand": field.mandatory,
        "edit": True,
        "view": True,
        "selectnames": [name for _, name in field.options],
        "selectvalues": [value for value, _ in field.options],
        "browserurl": f"/systeminfo/BrowserMain.jsp?type={field.picks}" if field.picks else "",
        "filedHtmlShow": "",
    }


def _title_field() -> dict[str, Any]:
    return {**_field_info(OaField(-1, "requestname", "标题", 1, 1, "varchar(400)", True)), "fieldId": "-1"}
