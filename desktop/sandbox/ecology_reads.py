"""The toy OA's reads of one request, and the form's metadata.

Source: Weaver e-cology 9, GET endpoints of /api/workflow/paService.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from desktop.sandbox import ecology_print as printed
from desktop.sandbox.ecology_calls import Call, as_int, with_data
from desktop.sandbox.oa_records import LogEntry, Moment, OaRefusal, OaRequestRecord, local_time


def whole_request(call: Call) -> Any:
    """getWorkflowRequest."""
    try:
        record, moment = call.oa.read(call.request_id(), call.person)
    except OaRefusal as refusal:
        if refusal.code == "NO_PERMISSION" and call.oa.settings.read_denied == "can_view":
            return with_data(
                call.oa, {"requestId": call.text("requestId"), "canView": False, "canEdit": False}
            )
        raise
    return with_data(call.oa, printed.whole(call.oa, record, moment, call.person))


def request_status(call: Call) -> Any:
    """getRequestStatus; some servers leave the code out."""
    record, moment = call.oa.read(call.request_id(), call.person)
    answer = with_data(call.oa, printed.status(call.oa, record, moment, call.person))
    if call.oa.settings.status_without_code:
        return {"data": answer["data"], "errMsg": {}}
    return answer


def request_log(call: Call) -> Any:
    """getRequestLog: pages of the logtype column, newest first."""
    record, moment = call.oa.read(call.request_id(), call.person)
    options = call.options()
    size, number = as_int(options.get("pageSize"), 10), max(as_int(options.get("pageNumber"), 1), 1)
    newest = _newest(record, moment)[(number - 1) * size : number * size]
    return with_data(call.oa, [printed.raw_log_item(call.oa, entry) for entry in newest])


def request_logs(call: Call) -> Any:
    """getWorkflowRequestLogs: a bare array, newest first; endId goes on below that entry."""
    record, moment = call.oa.read(call.request_id(), call.person)
    end = call.number("endId")
    found = [entry for entry in printed.opinions(record, moment) if end <= 0 or entry.id < end]
    return [printed.log_item(call.oa, entry) for entry in found[: call.number("pageSize", 10)]]


def operator_info(call: Call) -> Any:
    """getRequestOperatorInfo."""
    record, moment = call.oa.read(call.request_id(), call.person)
    return with_data(call.oa, printed.operators(call.oa, record, moment))


def resources(call: Call) -> Any:
    """getRequestResources: the attachments, with addresses that are bound to the asking person."""
    record, _ = call.oa.read(call.request_id(), call.person)
    workflow = call.oa.workflow(record.workflow_id)
    attached = [
        document_id
        for name, field in workflow.main.fields.items()
        if field.html_type == 6
        for document_id in record.fields.get(name, "").split(",")
        if document_id
    ]
    return with_data(call.oa, [_resource(call, record.id, int(document_id)) for document_id in attached])


def flow_chart(call: Call) -> Any:
    """getRequestFlowChart: an address that needs a single sign-on token."""
    record, _ = call.oa.read(call.request_id(), call.person)
    return with_data(call.oa, {"chartUrl": f"/workflow/workflowDesign/readOnly.html?requestid={record.id}"})


def form_info(call: Call) -> Any:
    """getCreateWorkflowRequestInfo: the form of the active version, for persons who may create it."""
    workflow_id = call.number("workflowId")
    known = next((one for one in call.oa.workflows() if workflow_id in (one.id, one.family)), None)
    if known is None:
        raise OaRefusal("PARAM_ERROR", {"workflowId": workflow_id})
    if not known.in_force or not known.may_create(call.person):
        raise OaRefusal("NO_PERMISSION", {"msg": "没有创建该流程的权限"})
    create_node = known.nodes[0]
    return with_data(
        call.oa,
        {
            "requestName": known.name,
            "currentNodeId": str(create_node.id),
            "currentNodeName": create_node.name,
            "canEdit": True,
            "canView": True,
            "workflowBaseInfo": printed.workflow_info(known),
            **printed.form(call.oa, known, None),
        },
    )


READS: Mapping[str, Callable[[Call], Any]] = {
    "getWorkflowRequest": whole_request,
    "getRequestStatus": request_status,
    "getRequestLog": request_log,
    "getRequestOperatorInfo": operator_info,
    "getRequestResources": resources,
    "getRequestFlowChart": flow_chart,
    "getCreateWorkflowRequestInfo": form_info,
}


def _newest(record: OaRequestRecord, moment: Moment) -> list[LogEntry]:
    return list(reversed(record.log[: moment.logs]))


def _resource(call: Call, request_id: int, document_id: int) -> dict[str, Any]:
    document = call.oa.files.find(document_id)
    if document is None:
        return {}
    day, clock = local_time(document.created_at).split(" ")
    code = call.oa.files.code(document_id, call.person)
    address = f"/weaver/weaver.file.FileDownload?fileid={document_id}&download=1&requestid={request_id}&ddcode={code}"
    return {
        "id": str(document_id),
        "name": document.name,
        "type": 3,
        "downloadUrl": address,
        "createdate": day,
        "createtime": clock,
        "createrid": document.creator,
        "createrName": call.oa.people.name(document.creator),
    }
