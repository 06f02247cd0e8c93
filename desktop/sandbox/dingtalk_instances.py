"""DingTalk's workflow APIs over the toy OA: create, read, list, terminate, execute, comment, schema.

Source: DingTalk OA approval, /v1.0/workflow. Reads the call, lets the world act, raises NewError.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from desktop.sandbox.dingtalk_forms import (
    FormError,
    process_code,
    read_form,
    schema,
    shown_form,
    workflow_of,
)
from desktop.sandbox.dingtalk_gate import NewError
from desktop.sandbox.dingtalk_settings import DingSettings
from desktop.sandbox.dingtalk_world import COMPLETED, RUNNING, TERMINATED, DingOa, remark_text, state
from desktop.sandbox.group import DEPARTMENTS
from desktop.sandbox.oa import opinion_html
from desktop.sandbox.oa_forms import OaWorkflow
from desktop.sandbox.oa_records import DONE, PENDING, LogEntry, OaRefusal, OaRequestRecord, Operator

_MOST_PER_PAGE, _WINDOW, _OLDEST = 20, timedelta(days=120), timedelta(days=365)
_STATUSES = (RUNNING, TERMINATED, COMPLETED)

ROOT = (-1, 1)
_RECORDS = {
    "0": "EXECUTE_TASK_NORMAL",
    "2": "EXECUTE_TASK_NORMAL",
    "3": "EXECUTE_TASK_NORMAL",
    "r": "TERMINATE_PROCESS_INSTANCE",
    "e": "TERMINATE_PROCESS_INSTANCE",
    "h": "REDIRECT_TASK",
    "1": "ADD_REMARK",
    "9": "ADD_REMARK",
    "a": "APPEND_TASK_BEFORE",
    "b": "ADD_REMARK",
    "7": "PROCESS_CC",
    "i": "REDIRECT_PROCESS",
}

Body = Mapping[str, Any]


class Instances:
    """Instances of one company."""

    def __init__(self, oa: DingOa, settings: DingSettings) -> None:
        self._oa, self._settings = oa, settings

    # --- create

    def create(self, body: Body) -> dict[str, Any]:
        """A new instance. There is no idempotency key: twice the same makes two."""
        workflow = self._template(str(body.get("processCode") or ""))
        person = str(body.get("originatorUserId") or "")
        if self._oa.people.active(person) is None:
            raise NewError("processInstanceInvalidParameter", f"originatorUserId无效:{person}")
        approvers = self._approvers(body)
        if not approvers:
            self._check_department(body)
        if body.get("microappAgentId") not in (None, "", self._settings.agent_id):
            raise NewError("invalidAgentId", "agentId无效")
        if body.get("bizDetailPageUrl") and not self._settings.paid:
            raise NewError("benefitStatusInvalid", "权益未生效")
        try:
            fields, details = read_form(self._oa, workflow, body.get("formComponentValues"))
            if approvers:
                made = self._oa.create_with(workflow.id, person, fields, details, approvers)
            else:
                made = self._oa.create(workflow.id, person, workflow.name, fields, details, flow_on=True)
        except FormError as error:
            raise NewError("formConverterError", f"表单控件转换失败:{error}") from error
        except OaRefusal as refusal:
            raise self._not_started(refusal) from refusal
        self._oa.by_interface.add(made)
        return {"instanceId": self._oa.shown_id(made)}

    def _template(self, code: str) -> OaWorkflow:
        workflow = workflow_of(self._oa, code)
        if workflow is None:
            raise NewError("processCodeError", "流程编码不存在")
        if workflow.family in self._settings.disabled or not workflow.in_force:
            raise NewError("processGetFailed", "流程已停用")
        if workflow.family in self._settings.suites:
            raise NewError("illegalComponent", "套件控件不支持通过接口发起")
        return workflow

    def _approvers(self, body: Body) -> list[tuple[str, tuple[str, ...]]]:
        """The steps that replace the template's own flow; none = the template decides."""
        steps = body.get("approvers") or []
        if not isinstance(steps, list) or len(steps) > 20:
            raise NewError("processInstanceInvalidParameter", "approvers无效")
        made = []
        for step in steps:
            people = tuple(map(str, step.get("userIds") or ())) if isinstance(step, Mapping) else ()
            how = str(step.get("actionType")) if isinstance(step, Mapping) else ""
            if not people or how not in ("AND", "OR", "NONE") or (how == "NONE" and len(people) > 1):
                raise NewError("processInstanceInvalidParameter", "approvers无效")
            if any(self._oa.people.active(each) is None for each in people):
                raise NewError("processInstanceInvalidParameter", "审批人不存在或已离职")
            made.append((how, people))
        return made

    def _check_department(self, body: Body) -> None:
        department = body.get("deptId")
        known = {*ROOT, 11, 12, *(int(each.oa_id) for each in DEPARTMENTS)}
        if not isinstance(department, int) or department not in known:
            raise NewError("processInstanceInvalidParameter", "deptId不能为空或部门不存在")

    def _not_started(self, refusal: OaRefusal) -> NewError:
        wrong = next((key for key in refusal.err if key.startswith(("error_param_", "errParam_detail_"))), "")
        if wrong:
            name = wrong.removeprefix("error_param_").removeprefix("errParam_detail_")
            said = refusal.told.get("reason", "")
            return NewError("formConverterError", f"表单控件转换失败:{name}:{said}")
        if refusal.failure == "NO_NEXT_OPERATOR":
            return NewError("processInstanceStartFailed", str(refusal.told.get("msg", "")))
        return NewError("processInstanceStartFailed", str(refusal.err.get("msg") or refusal.code))

    # --- read

    def read(self, instance_id: str) -> dict[str, Any]:
        """Everything of one instance."""
        record = self._record(instance_id)
        success: Any = "true" if self._settings.success_as_text else True
        return {"success": success, "result": self._shown(record)}

    def _record(self, instance_id: str) -> OaRequestRecord:
        found = self._oa.request_id(instance_id)
        if found is None:
            raise NewError("aflowProcessInstNotExist", "审批实例不存在")
        return self._oa.request(found)

    def _shown(self, record: OaRequestRecord) -> dict[str, Any]:
        workflow = self._oa.workflow(record.workflow_id)
        status, result = state(record)
        person = self._oa.people.find(record.creator)
        shown: dict[str, Any] = {
            "title": record.title,
            "businessId": self.business_id(record),
            "status": status,
            "result": result,
            "createTime": self.minute(record.created_at),
            "originatorUserId": record.creator,
            "originatorDeptId": person.department_id if person is not None else "-1",
            "originatorDeptName": person.department if person is not None else "",
            "ccUserIds": [],
            "attachedProcessInstanceIds": [],
            "bizAction": "NONE",
            "bizData": "",
            "formComponentValues": shown_form(self._oa, workflow, record),
            "operationRecords": self._records(record),
            "tasks": [self._task(record, row) for row in record.now.operators if row.node.type in (1, 2)],
        }
        if status != RUNNING:
            shown["finishTime"] = self.minute(record.last_at)
        if record.id in self._oa.by_interface:
            deciding = [row for row in record.now.operators if row.node.type in (1, 2)]
            shown["approverUserIds"] = list(dict.fromkeys(row.person for row in deciding))
        return shown

    def business_id(self, record: OaRequestRecord) -> str:
        """The human-readable number: minutes of the tenant's clock, then running digits."""
        at = record.created_at + timedelta(hours=self._settings.offset_h)
        return f"{at:%Y%m%d%H%M}{record.id:09d}"

    def minute(self, at: datetime) -> str:
        """Local minutes, with a Z that is not true."""
        local = at.astimezone(UTC) + timedelta(hours=self._settings.offset_h)
        return f"{local:%Y-%m-%dT%H:%MZ}"

    def _records(self, record: OaRequestRecord) -> list[dict[str, Any]]:
        shown = [self._one(record, entry) for entry in record.log]
        status, result = state(record)
        if status == COMPLETED:
            last = record.log[-1]
            shown.append(
                {
                    "userId": last.person,
                    "date": self.minute(last.at),
                    "type": "FINISH_PROCESS_INSTANCE",
                    "result": result.upper(),
                    "showName": "结束",
                    "activityId": f"activity_{record.node_id}",
                }
            )
        return shown

    def _one(self, record: OaRequestRecord, entry: LogEntry) -> dict[str, Any]:
        is_start = entry.node.type == 0 and entry.logtype == "2"
        kind = "START_PROCESS_INSTANCE" if is_start else _RECORDS.get(entry.logtype, "ADD_REMARK")
        decided = {"0": "AGREE", "2": "AGREE", "3": "REFUSE"}.get(entry.logtype, "NONE")
        return {
            "userId": entry.person,
            "date": self.minute(entry.at),
            "type": kind,
            "result": "NONE" if is_start else decided,
            "remark": remark_text(entry.remark),
            "showName": entry.node.name,
            "activityId": f"activity_{entry.node.id}",
            "attachments": [],
            "images": [],
            "ccUserIds": [],
        }

    def _task(self, record: OaRequestRecord, row: Operator) -> dict[str, Any]:
        status, _ = state(record)
        number = self.business_id(record)
        task: dict[str, Any] = {
            "taskId": row.id,
            "userId": row.person,
            "status": "RUNNING",
            "result": "",
            "createTime": self.minute(row.received_at),
            "activityId": f"activity_{row.node.id}",
            "taskGroupName": row.node.name,
            "processInstanceId": self._oa.shown_id(record.id),
            "pcUrl": f"aflow.dingtalk.com?procInsId={self._oa.shown_id(record.id)}&taskId={row.id}&businessId={number}",
            "mobileUrl": f"aflow.dingtalk.com?procInsId={self._oa.shown_id(record.id)}&taskId={row.id}",
        }
        if row.state != PENDING:
            task["status"] = "TERMINATED" if status == TERMINATED else "CANCELED"
            task["finishTime"] = self.minute(row.operated_at or record.last_at)
        if row.state == DONE and row.operated_at is not None:
            entry = next(
                (each for each in record.log if each.person == row.person and each.at == row.operated_at),
                None,
            )
            how = entry.logtype if entry is not None else "0"
            task |= {"status": "COMPLETED", "result": {"3": "REFUSE", "h": "REDIRECTED"}.get(how, "AGREE")}
        return task

    # --- list

    def ids(self, body: Body) -> dict[str, Any]:
        """Ids by creation time. nextToken goes in as a number and comes out as a text."""
        workflow = workflow_of(self._oa, str(body.get("processCode") or ""))
        if workflow is None:
            raise NewError("invalidProcessCode", "流程编码不存在")
        first, last = self._window(body)
        size, start = self._paging(body)
        people, statuses = self._wanted(body)
        found = [
            self._oa.shown_id(record.id)
            for record in self._oa.requests(workflow.family)
            if first <= record.created_at <= last
            and (not people or record.creator in people)
            and state(record)[0] in statuses
        ]
        page: dict[str, Any] = {"list": found[start : start + size]}
        if start + size < min(len(found), 10000):
            page["nextToken"] = str(start + size)
        return {"result": page, "success": True}

    def _window(self, body: Body) -> tuple[datetime, datetime]:
        now, begin, end = self._oa.clock(), body.get("startTime"), body.get("endTime")
        if not isinstance(begin, int) or isinstance(begin, bool):
            raise NewError("invalidInstanceListIdsStartTime", "startTime无效")
        first = datetime.fromtimestamp(begin / 1000, UTC)
        if first < now - _OLDEST or first > now + timedelta(minutes=10):
            raise NewError("invalidInstanceListIdsStartTime", "startTime超过365天")
        if end is not None and (not isinstance(end, int) or end < begin):
            raise NewError("invalidEndTime", "endTime无效")
        last = now if end is None else datetime.fromtimestamp(end / 1000, UTC)
        if last - first > _WINDOW:
            raise NewError("invalidEndTime", "时间跨度超过120天")
        return first, last

    def _paging(self, body: Body) -> tuple[int, int]:
        size, start = body.get("maxResults"), body.get("nextToken")
        if not isinstance(size, int) or not 1 <= size <= _MOST_PER_PAGE:
            raise NewError("invalidMaxResults", "maxResults必须在1到20之间")
        if not isinstance(start, int) or start < 0:
            raise NewError("invalidNextToken", "nextToken无效")
        return size, start

    def _wanted(self, body: Body) -> tuple[set[str], set[str]]:
        people, statuses = body.get("userIds") or [], body.get("statuses") or list(_STATUSES)
        if not isinstance(people, list) or len(people) > 10:
            raise NewError("invalidUserIds", "userIds不能超过10个")
        if not set(statuses) <= {"NEW", "CANCELED", *_STATUSES}:
            raise NewError("invalidParameter", "statuses无效")
        return set(map(str, people)), set(statuses)

    # --- effects on one

    def terminate(self, body: Body) -> dict[str, Any]:
        """Withdraws a running instance, 15 seconds after its creation at the earliest."""
        record = self._of(body)
        as_system, person = body.get("isSystem"), str(body.get("operatingUserId") or "")
        if not isinstance(as_system, bool):
            raise NewError("invalidInstanceTerminateIsSystem", "isSystem无效")
        if state(record)[0] != RUNNING:
            raise NewError("aflowProcessInstStatusException", "审批实例已结束")
        if self._oa.too_young(record.id, self._settings.withdraw_after_s):
            raise NewError("aflowProcessInstStatusException", "审批实例发起后15秒内不能撤销")
        if self._oa.workflow(record.workflow_id).family in self._settings.no_withdrawal:
            raise NewError("internalError", "模板不允许撤销 820008")
        remark = opinion_html(str(body.get("remark") or ""))
        if as_system:
            self._oa.force_over(record.id, person or "1", remark=remark)
        else:
            self._known(person)
            if person != record.creator:
                raise NewError("invalidInstanceTerminateOperatingUserId", "操作人不是发起人")
            self._oa.withdraw(record.id, person, remark)
        return {"result": True, "success": True}

    def execute(self, body: Body) -> dict[str, Any]:
        """Agrees to, or refuses, one task."""
        record = self._of(body)
        person, task = self._known(str(body.get("actionerUserId") or "")), body.get("taskId")
        result = body.get("result")
        if state(record)[0] != RUNNING:
            raise NewError("aflowProcessInstStatusException", "审批实例已结束")
        row = next((each for each in record.now.operators if each.id == task), None)
        if row is None or row.state != PENDING or row.person != person:
            raise NewError("invalidParameter", "任务不存在或不属于操作人")
        if result not in ("agree", "refuse"):
            raise NewError("invalidParameter", "result必须是agree或refuse")
        remark = opinion_html(str(body.get("remark") or ""))
        try:
            if result == "agree":
                self._oa.submit(record.id, person, remark=remark)
            else:
                self._oa.send_back(record.id, person, remark=remark)
        except OaRefusal as refusal:
            raise NewError("internalError", str(refusal.told.get("msg") or refusal.code)) from refusal
        return {"result": True, "success": True}

    def comment(self, body: Body) -> dict[str, Any]:
        """Says something on an instance, whatever its status."""
        record = self._of(body)
        person, text = self._known(str(body.get("commentUserId") or "")), str(body.get("text") or "")
        if not text:
            raise NewError("invalidParameter", "评论内容不能为空")
        self._oa.comment(record.id, person, text)
        return {"result": True, "success": True}

    def _of(self, body: Body) -> OaRequestRecord:
        instance = str(body.get("processInstanceId") or "")
        if not instance:
            raise NewError("invalidInstanceId", "processInstanceId不能为空")
        return self._record(instance)

    def _known(self, person: str) -> str:
        if self._oa.people.active(person) is None:
            raise NewError("userNotExist", f"用户不存在:{person}")
        return person

    # --- templates

    def schema(self, code: str) -> dict[str, Any]:
        """A template's controls."""
        workflow = workflow_of(self._oa, code)
        if workflow is None:
            raise NewError("processCodeError", "流程编码不存在")
        return {"result": schema(workflow, self._now_ms())}

    def code_of(self, name: str) -> dict[str, Any]:
        """A template's code by its name."""
        found = next((each for each in self._oa.workflows() if each.name == name), None)
        if found is None:
            raise NewError("processCodeError", "流程模板不存在")
        return {"result": {"processCode": process_code(found.family)}, "success": True}

    def templates(self, person: str, size: int, start: int) -> dict[str, Any]:
        """Templates that somebody may start."""
        self._known(person)
        found = self._oa.creatable(person)
        shown = [
            {"name": each.name, "processCode": process_code(each.family), "iconUrl": "", "url": ""}
            for each in found[start : start + size]
        ]
        result: dict[str, Any] = {"processList": shown}
        if start + size < len(found):
            result["nextToken"] = start + size
        return {"result": result}

    def forecast(self, body: Body) -> dict[str, Any]:
        """Who would decide: nobody is chosen by the originator here."""
        person = self._known(str(body.get("userId") or ""))
        workflow = self._template(str(body.get("processCode") or ""))
        boss = self._oa.people.boss(person)
        rule = {
            "activityId": f"activity_{workflow.nodes[1].id}",
            "activityName": workflow.nodes[1].name,
            "activityType": "target_management",
            "isTargetSelect": False,
            "workflowActor": {"actorKey": "manager_1", "actorType": "target_approval", "approvers": [{"userId": boss}]},
        }  # fmt: skip
        return {
            "result": {"isForecastSuccess": True, "isStaticWorkflow": False, "workflowActivityRules": [rule]}
        }

    def _now_ms(self) -> int:
        return int(self._oa.clock().timestamp() * 1000)
