"""The toy OA's actions on requests: create, submit, return, withdraw, end, delete. Reads the call, lets the world act.

Source: Weaver e-cology 9, action endpoints of /api/workflow/paService and the order of their checks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from desktop.sandbox.ecology_calls import BadJson, Call, as_int, success
from desktop.sandbox.oa_records import DetailEdit, OaRefusal

Answer = dict[str, Any]


def create(call: Call) -> Answer:
    """doCreateRequest. Whatever cannot be read ends in the same words as a missing workflow."""
    try:
        fields, details, options = main_data(call), detail_data(call), call.options()
    except BadJson as error:
        raise OaRefusal("PARAM_ERROR", {"workflowId": 0}) from error
    made = call.oa.create(
        call.number("workflowId"),
        call.person,
        call.text("requestName"),
        fields,
        details,
        level=call.number("requestLevel"),
        remark=call.text("remark"),
        flow_on=str(options.get("isnextflow", "1")) != "0",
        keep_failed=str(options.get("delReqFlowFaild", "1")) == "0",
        check_right=str(options.get("isVerifyPer", "1")) != "0",
    )
    return success(call.oa, data={"requestid": made})


def submit(call: Call) -> Answer:
    """submitRequest: approve, or hand in again."""
    if call.oa.settings.submit_needs_workflow and call.number("workflowId") <= 0:
        raise OaRefusal("PARAM_ERROR", {"errorParam_requestid": 0})
    request_id = call.request_id()
    options = call.options()
    call.oa.submit(
        request_id,
        call.person,
        main_data(call),
        detail_data(call),
        remark=call.text("remark"),
        save_only=options.get("src") == "save",
        must_input=str(options.get("judgeFormMustInput", "")) == "1",
        to_node=as_int(options.get("SubmitToNodeid")) or None,
    )
    return success(call.oa)


def reject(call: Call) -> Answer:
    """rejectRequest: along the return link, or with RejectToType 0 and RejectToNodeid to a chosen node."""
    options = call.options()
    straight = str(options.get("isSubmitDirect", "")) == call.oa.settings.direct_value
    call.oa.send_back(
        call.request_id(),
        call.person,
        remark=call.text("remark"),
        to_node=_reject_target(options),
        straight=straight,
    )
    return success(call.oa)


def withdraw(call: Call) -> Answer:
    """withdrawRequest."""
    call.oa.withdraw(call.request_id(), call.person, call.text("remark"))
    return success(call.oa)


def draw_back(call: Call) -> Answer:
    """doForceDrawBack."""
    call.oa.draw_back(call.request_id(), call.person, monitor=_as_monitor(call), remark=call.text("remark"))
    return success(call.oa)


def force_over(call: Call) -> Answer:
    """doForceOver."""
    call.oa.force_over(call.request_id(), call.person, monitor=_as_monitor(call), remark=call.text("remark"))
    return success(call.oa)


def delete(call: Call) -> Answer:
    """deleteRequest."""
    call.oa.delete(call.request_id(), call.person, monitor=_as_monitor(call))
    return success(call.oa)


def forward(call: Call) -> Answer:
    """forwardRequest: forward 1, consult 2, transfer 3."""
    receivers = _ids(call.text("forwardResourceIds"))
    call.oa.forward(
        call.request_id(), call.person, call.number("forwardFlag"), receivers, call.text("remark")
    )
    return success(call.oa)


def intervene(call: Call) -> Answer:
    """doIntervenor."""
    receivers = _ids(call.text("Intervenorid"))
    call.oa.intervene(
        call.request_id(), call.person, call.number("submitNodeId"), receivers, call.text("remark")
    )
    return success(call.oa)


def save_log(call: Call) -> Answer:
    """saveRequestLog."""
    call.oa.note(call.request_id(), call.person, call.text("remark"))
    return success(call.oa)


ACTIONS: Mapping[str, Callable[[Call], Answer]] = {
    "doCreateRequest": create,
    "submitRequest": submit,
    "rejectRequest": reject,
    "withdrawRequest": withdraw,
    "doForceDrawBack": draw_back,
    "doForceOver": force_over,
    "forwardRequest": forward,
    "doIntervenor": intervene,
    "deleteRequest": delete,
    "saveRequestLog": save_log,
}


def main_data(call: Call) -> dict[str, Any]:
    """mainData as values by field name. Raises BadJson where it is not a list of fieldName and fieldValue."""
    return _values(call.json("mainData", []))


def detail_data(call: Call) -> list[DetailEdit]:
    """detailData as edits. Raises BadJson."""
    tables = call.json("detailData", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise BadJson("detailData")
    return [
        DetailEdit(
            str(table.get("tableDBName", "")),
            [_row(record) for record in table.get("workflowRequestTableRecords") or ()],
            [as_int(part) for part in str(table.get("deleteKeys") or "").split(",") if part.strip()],
            str(table.get("deleteAll", "")) == "1",
        )
        for table in tables
    ]


def _row(record: Any) -> tuple[int, dict[str, Any]]:
    if not isinstance(record, dict):
        raise BadJson("detailData")
    return as_int(record.get("recordOrder")), _values(record.get("workflowRequestTableFields") or [])


def _values(pairs: Any) -> dict[str, Any]:
    if not isinstance(pairs, list) or not all(isinstance(one, dict) and "fieldName" in one for one in pairs):
        raise BadJson("fieldName")
    return {str(one["fieldName"]): one.get("fieldValue", "") for one in pairs}


def _reject_target(options: Mapping[str, Any]) -> int | None:
    """The chosen node. A free target needs both parameters; one alone is refused."""
    kind, node = options.get("RejectToType"), options.get("RejectToNodeid")
    if kind in (None, "") and node in (None, ""):
        return None
    if str(kind) != "0" or node in (None, ""):
        raise OaRefusal("PARAM_ERROR", {"RejectToNodeid": node})
    number = as_int(node)
    if number <= 0:
        raise OaRefusal("PARAM_ERROR", {"Invalid_parameter_RejectToNodeid": node})
    return number


def _as_monitor(call: Call) -> bool:
    return str(call.options().get("ismonitor", "")) == "1"


def _ids(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
