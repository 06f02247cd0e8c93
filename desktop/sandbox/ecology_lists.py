"""The toy OA's lists: bare arrays, bare numbers, and the conditions that narrow them.

Source: Weaver e-cology 9, list endpoints of /api/workflow/paService; the misspelt keys are the vendor's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from desktop.sandbox.ecology_calls import BadJson, Call, as_int
from desktop.sandbox.ecology_print import list_item
from desktop.sandbox.oa_forms import OaWorkflow
from desktop.sandbox.oa_records import local_day
from desktop.sandbox.oa_shelf import DayRange, ListQuery

KINDS = {
    "getToDoWorkflowRequest": "todo",
    "getDoingWorkflowRequest": "todo",
    "getHandledWorkflowRequest": "handled",
    "getProcessedWorkflowRequest": "processed",
    "getMyWorkflowRequest": "mine",
    "getBeRejectWorkflowRequest": "rejected",
    "getCCWorkflowRequest": "copied",
    "getToBeReadWorkflowRequest": "unread",
    "getForwardWorkflowRequest": "forwarded",
    "getAllWorkflowRequest": "all",
}


def query_of(call: Call, kind: str) -> ListQuery:
    """The call's conditions. Keys that the OA does not know change nothing. Raises BadJson."""
    conditions = call.json("conditions", {})
    if not isinstance(conditions, dict):
        raise BadJson("conditions")
    today = local_day(call.oa.clock())
    text = {key: "" if value is None else str(value) for key, value in conditions.items()}
    archived = {"1": True, "2": False}.get(text.get("archivestatus", ""))
    node_type = text.get("nodetype", "")
    query = ListQuery(
        kind,
        title=text.get("requestname", ""),
        level=text.get("requestlevel", ""),
        workflows=_numbers(text.get("workflowIds", "")),
        created=days(text, "createdate", today),
        operated=days(text, "operatedate", today),
        received=days(text, "recievedate", today),
        archived=archived,
        node_type=int(node_type) if node_type in ("0", "1", "2", "3") else None,
        creators=_creators(call, text),
    )
    return _of_types(call, query, text.get("workflowTypes", ""))


def days(text: Mapping[str, str], name: str, today: date) -> DayRange | None:
    """The range behind `<name>select`: 1 today, 2 this week, 3 month, 4 quarter, 5 year, 6 from/to, 7 last month,
    8 last year; anything else means all."""
    select = text.get(f"{name}select", "")
    if select == "6":
        return DayRange(_day(text.get(f"{name}from", "")), _day(text.get(f"{name}to", "")))
    month = today.replace(day=1)
    if select == "7":
        last = month - timedelta(days=1)
        return DayRange(last.replace(day=1), last)
    if select == "8":
        return DayRange(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))
    firsts = {
        "1": today,
        "2": today - timedelta(days=today.weekday()),
        "3": month,
        "4": date(today.year, (today.month - 1) // 3 * 3 + 1, 1),
        "5": date(today.year, 1, 1),
    }
    return DayRange(firsts[select], today) if select in firsts else None


def _list(kind: str) -> Callable[[Call], Any]:
    def rows(call: Call) -> Any:
        query, size = query_of(call, kind), call.number("pageSize", call.oa.settings.page_size)
        start = (max(call.number("pageNo", 1), 1) - 1) * size
        found = call.oa.listing(call.person, query, start, size)
        return [list_item(call.oa, record, moment, call.person) for record, moment in found]

    return rows


def _count(kind: str) -> Callable[[Call], Any]:
    return lambda call: call.oa.count(call.person, query_of(call, kind))


def todo_by_tabs(call: Call) -> Any:
    """getToDoRequestList: tab 0 all that waits, tab 1 what was not opened yet."""
    only_unread = set(call.text("tabIds").split(",")) == {"1"}
    size = call.number("pageSize", call.oa.settings.page_size)
    found = call.oa.listing(call.person, query_of(call, "todo"), 0, 1_000_000)
    if only_unread:
        found = [(record, moment) for record, moment in found if call.person not in record.seen_by]
    start = (max(call.number("pageNo", 1), 1) - 1) * size
    page = found[start : start + size]
    return [list_item(call.oa, record, moment, call.person) for record, moment in page]


def todo_count(call: Call) -> Any:
    """getToDoRequestCount: the one call whose userId parameter counts."""
    return call.oa.count(call.text("userId") or call.person, query_of(call, "todo"))


def creatable(call: Call) -> Any:
    """getCreateWorkflowList."""
    found = _creatable(call)
    size = call.number("pageSize", call.oa.settings.page_size)
    start = (max(call.number("pageNo", 1), 1) - 1) * size
    return [_workflow_item(workflow) for workflow in found[start : start + size]]


def creatable_types(call: Call) -> Any:
    """getCreateWorkflowTypeList."""
    types = {workflow.type_id: workflow.type_name for workflow in _creatable(call)}
    return [{"workflowTypeId": str(number), "workflowTypeName": name} for number, name in types.items()]


LISTS: dict[str, Callable[[Call], Any]] = {
    "getToDoRequestList": todo_by_tabs,
    "getToDoRequestCount": todo_count,
    "getCreateWorkflowList": creatable,
    "getCreateWorkflowCount": lambda call: len(_creatable(call)),
    "getCreateWorkflowTypeList": creatable_types,
    "getCreateWorkflowTypeCount": lambda call: len(creatable_types(call)),
    **{f"{stem}List": _list(kind) for stem, kind in KINDS.items()},
    **{f"{stem}Count": _count(kind) for stem, kind in KINDS.items()},
    "getHandledWorkflowRequestList4Ofs": _list("handled"),
    "getHandledWorkflowRequestCount4Ofs": _count("handled"),
}


def _creatable(call: Call) -> list[OaWorkflow]:
    conditions = call.json("conditions", {})
    ids, types = _numbers(str(conditions.get("wfIds", ""))), _numbers(str(conditions.get("wfTypeIds", "")))
    name = str(conditions.get("wfName", ""))
    return [
        workflow
        for workflow in call.oa.creatable(call.person)
        if workflow.in_force
        and (ids is None or workflow.id in ids)
        and (types is None or workflow.type_id in types)
        and name in workflow.name
    ]


def _workflow_item(workflow: OaWorkflow) -> dict[str, str]:
    return {
        "workflowId": str(workflow.id),
        "workflowName": workflow.name,
        "workflowTypeId": str(workflow.type_id),
        "workflowTypeName": workflow.type_name,
        "formId": str(workflow.form_id),
        "isBill": "1",
    }


def _of_types(call: Call, query: ListQuery, types: str) -> ListQuery:
    wanted = _numbers(types)
    if wanted is None:
        return query
    of_type = frozenset(workflow.id for workflow in call.oa.workflows() if workflow.type_id in wanted)
    return replace(query, workflows=of_type if query.workflows is None else query.workflows & of_type)


def _creators(call: Call, text: Mapping[str, str]) -> frozenset[str] | None:
    """Creators by id (three spellings), department, subcompany or staff number; None where nobody asks."""
    ids = next((text[key] for key in ("createrid", "createrid2", "hrmcreaterid") if text.get(key)), "")
    by_place = {
        "ownerdepartmentid": "department_id",
        "creatersubcompanyid": "company_id",
        "workcode": "work_code",
    }
    asked = {attribute: text[key] for key, attribute in by_place.items() if text.get(key)}
    if not ids and not asked:
        return None
    chosen = set(ids.split(",")) if ids else {person.id for person in call.oa.people.staff()}
    persons = (call.oa.people.find(number) for number in chosen)
    return frozenset(
        person.id
        for person in persons
        if person is not None and all(getattr(person, name) == value for name, value in asked.items())
    )


def _numbers(text: str) -> frozenset[int] | None:
    parts = [part for part in text.split(",") if part.strip()]
    return frozenset(as_int(part) for part in parts) if parts else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
