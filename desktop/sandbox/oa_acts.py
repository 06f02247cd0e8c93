"""What the interface of the toy OA can do and read, with all its switches; oa.py adds what people do at their desks.

No HTTP: ecology.py reads the calls and prints the answers. Everybody here refuses with OaRefusal.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count, islice
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from desktop.sandbox import oa_checks
from desktop.sandbox.oa_files import FileTrouble, OaFiles
from desktop.sandbox.oa_forms import OaNode, OaTable, OaWorkflow
from desktop.sandbox.oa_moves import OaMoves, last_move
from desktop.sandbox.oa_people import ADMIN_OA_ID, OaPeople
from desktop.sandbox.oa_records import (
    PENDING,
    DetailEdit,
    Moment,
    OaRefusal,
    OaRequestRecord,
    OaSettings,
)
from desktop.sandbox.oa_shelf import ListQuery, OaShelf
from desktop.sandbox.oa_signin import OaSignIn
from desktop.sandbox.oa_workflows import workflows


def utc_now() -> datetime:
    """The true time."""
    return datetime.now(UTC)


class OaActs:
    """The world of one OA: workflows, requests and the acts of the interface. Use it as `oa.Oa`, which explains it."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        settings: OaSettings | None = None,
        people: OaPeople | None = None,
        key: rsa.RSAPrivateKey | None = None,
        erp_node_type: int = 1,
    ) -> None:
        self.clock = clock
        self.settings = settings or OaSettings()
        self.people = people or OaPeople()
        self.files = OaFiles()
        self.sign_in = OaSignIn(lambda: self.clock(), self.settings, key)
        self._workflows = {workflow.id: workflow for workflow in workflows(erp_node_type)}
        self._active = {workflow.family: workflow.id for workflow in self._workflows.values()}
        self._moves = OaMoves(self.people, self.settings, lambda: self.clock())
        self._shelf = OaShelf(self.settings)
        self._request_ids = count(300123)
        self._row_ids = count(1)
        self._lock = threading.RLock()

    # --- the interface's acts

    def create(
        self,
        workflow_id: int,
        person: str,
        title: str,
        fields: Mapping[str, Any],
        details: Sequence[DetailEdit] = (),
        *,
        level: int = 0,
        remark: str = "",
        flow_on: bool = True,
        keep_failed: bool = False,
        check_right: bool = True,
    ) -> int:
        """A new request in the name of `person`; answers its id.

        flow_on: False only saves it at the create node. keep_failed: it stays as a draft when it cannot flow on.
        check_right: False lets persons create who may not.
        Raises OaRefusal in the order of the vendor's checks: user, workflow, title, right, fields, lines, next node.
        """
        workflow = self._creatable(workflow_id, person, title, check_right)
        values, edits = self._checked(workflow, fields, details, person, creating=True)
        with self._lock:
            record = self._new(workflow, person, title, level, values, edits)
            self._shelf.add(record)
            if flow_on:
                self._flow_new(record, workflow, person, remark, keep_failed)
            return record.id

    def submit(
        self,
        request_id: int,
        person: str,
        fields: Mapping[str, Any] | None = None,
        details: Sequence[DetailEdit] = (),
        *,
        remark: str = "",
        save_only: bool = False,
        must_input: bool = False,
        to_node: int | None = None,
    ) -> None:
        """The person whose turn it is writes values and hands on (or only saves).

        must_input: refuses empty mandatory fields with FAIL. to_node: not the next node, but this one.
        """
        with self._lock:
            workflow = self._workflows[self._in_turn(request_id, person).workflow_id]
        values, edits = self._checked(workflow, fields or {}, details, person)
        with self._changing(request_id) as record:
            self._in_turn(request_id, person)
            if must_input:
                oa_checks.mandatory(workflow, {**record.fields, **values})
            self._write_rows(record, edits)
            record.fields.update(values)
            if save_only:
                self._moves.speak(record, person, "1", remark)
            else:
                self._moves.hand_on(record, workflow, person, remark, _target(workflow, to_node))

    def send_back(
        self,
        request_id: int,
        person: str,
        *,
        remark: str = "",
        to_node: int | None = None,
        straight: bool = False,
    ) -> None:
        """退回: along the node's return link (to the creator), or to an earlier node.

        straight: once handed in again, the request comes straight back to this node.
        """
        with self._changing(request_id) as record:
            here = record.now.node
            if person not in record.waiting or here.type != 1:
                state = PENDING if person in record.waiting else 2
                raise OaRefusal(
                    "NO_PERMISSION",
                    {"isremark": state, "takisremark": 0, "nodeType": str(here.type)},
                    "NO_REQUEST_REJECT_PERMISSION",
                )
            workflow = self._workflows[record.workflow_id]
            self._moves.send_back(record, person, remark, _return_target(record, workflow, to_node), straight)

    def withdraw(self, request_id: int, person: str, remark: str = "") -> None:
        """撤回: the person who handed on last takes it back, while nobody has dealt with it since."""
        with self._changing(request_id) as record:
            last = last_move(record)
            allowed = last is not None and last.person == person and last.logtype in "02"
            if last is None or not allowed or record.node_type == 3:
                raise _no_permission("NO_REQUEST_WITHDRAW_PERMISSION")
            self._moves.take_back(record, person, remark, last.node)

    def draw_back(self, request_id: int, person: str, *, monitor: bool = False, remark: str = "") -> None:
        """强制收回: an operator back to his own node; with the monitor's right to the creator (or one node back)."""
        with self._changing(request_id) as record:
            workflow = self._workflows[record.workflow_id]
            if record.node_type in (0, 3):
                raise _no_permission("NO_REQUEST_DRAWBACK_PERMISSION")
            own = [entry.node for entry in record.log if entry.person == person and entry.logtype in "02"]
            if monitor and person in self.settings.monitors:
                last = last_move(record)
                back = workflow.nodes[0] if self.settings.draw_back_to_create or last is None else last.node
            elif own:
                back = own[-1]
            else:
                raise _no_permission("NO_REQUEST_DRAWBACK_PERMISSION")
            self._moves.take_back(record, person, remark, back)

    def force_over(
        self, request_id: int, person: str = ADMIN_OA_ID, *, monitor: bool = True, remark: str = ""
    ) -> None:
        """强制归档: over, without being approved. Needs the monitor's right."""
        with self._changing(request_id) as record:
            if not monitor or person not in self.settings.monitors or record.node_type == 3:
                raise _no_permission("NO_REQUEST_FORCEOVER_PERMISSION")
            self._moves.end(record, self._workflows[record.workflow_id], person, remark)

    def delete(self, request_id: int, person: str, *, monitor: bool = False) -> None:
        """The creator while it lies at the create node, or a person with the monitor's right."""
        with self._lock:
            record = self._alive(request_id)
            as_creator = record.creator == person and record.node_type == 0
            if not as_creator and not (monitor and person in self.settings.monitors):
                raise _no_permission("NO_REQUEST_DELETE_PERMISSION")
            self._shelf.bury(record)

    def forward(
        self, request_id: int, person: str, flag: int, receivers: Sequence[str], remark: str = ""
    ) -> None:
        """Forward (1), consult (2) or transfer (3, to exactly one)."""
        with self._changing(request_id) as record:
            if flag not in (1, 2, 3) or not receivers or (flag == 3 and len(receivers) != 1):
                raise OaRefusal(
                    "PARAM_ERROR", {"forwardFlag": flag, "forwardResourceIds": ",".join(receivers)}
                )
            if any(self.people.active(receiver) is None for receiver in receivers):
                raise OaRefusal("PARAM_ERROR", {"forwardResourceIds": ",".join(receivers)})
            self._in_turn(request_id, person)
            self._moves.share(record, person, remark, flag, tuple(receivers))

    def intervene(
        self, request_id: int, person: str, node_id: int, receivers: Sequence[str], remark: str = ""
    ) -> None:
        """流程干预: the administrator moves the request to any node and any persons."""
        with self._changing(request_id) as record:
            node = self._workflows[record.workflow_id].node_of(node_id)
            if person not in self.settings.monitors:
                raise _no_permission("NO_REQUEST_INTERVENOR_PERMISSION")
            if node is None or (node.type != 3 and not receivers):
                raise OaRefusal("PARAM_ERROR", {"submitNodeId": node_id, "Intervenorid": ",".join(receivers)})
            self._moves.intervene(record, person, remark, node, () if node.type == 3 else tuple(receivers))

    def note(self, request_id: int, person: str, remark: str) -> None:
        """Saves an opinion without moving: the person whose turn it is, or one with the monitor's right."""
        with self._changing(request_id) as record:
            if person not in record.waiting and person not in self.settings.monitors:
                raise _no_permission("NO_REQUEST_SUBMIT_PERMISSION")
            self._moves.speak(record, person, "1", remark)

    # --- the interface's reads

    def read(self, request_id: int, person: str) -> tuple[OaRequestRecord, Moment]:
        """A copy, and the moment that reads show. Raises NO_PERMISSION where this person may not see it."""
        with self._lock:
            self._not_revoked(person)
            record = self._shelf.requests.get(request_id)
            if record is None:
                raise OaRefusal(self.settings.missing_code, {"errorParam_requestid": request_id})
            if not self._may_see(person, record):
                raise _no_permission("NO_REQUEST_VIEW_PERMISSION")
            record.seen_by.add(person)
            return record.copy(), record.shown(self.clock(), self.settings.visible_after_ms)

    def listing(
        self, person: str, query: ListQuery, start: int, limit: int
    ) -> list[tuple[OaRequestRecord, Moment]]:
        """A page of a list, newest first. The records are the OA's own: read them at once, change nothing."""
        with self._lock:
            found = self._shelf.find(person, self._all_versions(query), self.clock())
            return list(islice(found, start, start + limit))

    def count(self, person: str, query: ListQuery) -> int:
        """How many requests the list has."""
        with self._lock:
            return sum(1 for _ in self._shelf.find(person, self._all_versions(query), self.clock()))

    # --- below: the workings; the lock is held

    @contextmanager
    def _changing(self, request_id: int) -> Iterator[OaRequestRecord]:
        with self._lock:
            record = self._alive(request_id)
            before = record.now
            try:
                yield record
            finally:
                self._shelf.moved(record, before)
            moved = record.copy() if record.now.node != before.node else None
        if moved is not None and self.settings.after_move is not None:
            self.settings.after_move(moved)

    def _alive(self, request_id: int) -> OaRequestRecord:
        record = self._shelf.requests.get(request_id)
        if record is None:
            raise OaRefusal("PARAM_ERROR", {"errorParam_requestid": request_id})
        return record

    def _in_turn(self, request_id: int, person: str) -> OaRequestRecord:
        record = self._alive(request_id)
        if person not in record.waiting:
            raise _no_permission("NO_REQUEST_SUBMIT_PERMISSION")
        return record

    def _keeper(self, record: OaRequestRecord) -> str:
        return record.waiting[0] if record.waiting else ADMIN_OA_ID

    def _at_erp(self, record: OaRequestRecord) -> bool:
        return record.now.node.role == "erp"

    def _may_see(self, person: str, record: OaRequestRecord) -> bool:
        return (
            person in self.settings.monitors
            or person == record.creator
            or any(row.person == person for row in record.now.operators)
        )

    def _not_revoked(self, person: str) -> None:
        if person in self.settings.revoked:
            raise _no_permission("NO_REQUEST_VIEW_PERMISSION")

    def _all_versions(self, query: ListQuery) -> ListQuery:
        if query.workflows is None or not self.settings.versions_joined:
            return query
        known = [self._workflows[number].family for number in query.workflows if number in self._workflows]
        joined = [workflow.id for workflow in self._workflows.values() if workflow.family in known]
        return replace(query, workflows=frozenset(joined))

    def _creatable(self, workflow_id: int, person: str, title: str, check_right: bool) -> OaWorkflow:
        with self._lock:
            if self.people.active(person) is None:
                raise OaRefusal("USER_EXCEPTION", {"userid": person})
            if workflow_id <= 0:
                raise OaRefusal("PARAM_ERROR", {"workflowId": 0})
            if not title or len(title) > self.settings.title_length:
                raise OaRefusal("PARAM_ERROR", {"requestName": title})
            known = self._workflows.get(workflow_id)
            if known is None:
                raise OaRefusal("PARAM_ERROR", {"msg": f"流程{workflow_id}不存在"})
            workflow = self._workflows[self._active[known.family]]
            if not workflow.in_force:
                raise OaRefusal("NO_PERMISSION", {"msg": "流程未启用或已锁定"})
            if check_right and not workflow.may_create(person):
                raise OaRefusal("NO_PERMISSION", {"msg": "没有创建该流程的权限"})
            return workflow

    def _checked(
        self,
        workflow: OaWorkflow,
        fields: Mapping[str, Any],
        details: Sequence[DetailEdit],
        person: str,
        creating: bool = False,
    ) -> tuple[dict[str, str], list[tuple[OaTable, DetailEdit]]]:
        """Values as they will be stored. Fetches attachments, so it must not hold the lock."""
        if creating and not fields:
            raise OaRefusal("PARAM_ERROR", {"mainData": "新建流程主表数据不允许为空"})
        values = oa_checks.main_values(workflow, fields, self.settings)
        edits = oa_checks.detail_edits(workflow, details, self.settings)
        oa_checks.upload_directories(workflow, values, edits, self.settings)
        if creating and self.settings.mandatory_at_create:
            oa_checks.mandatory(workflow, values)
        for table, row in [(workflow.main, values), *_rows_of(edits)]:
            self._fetch(table, row, person)
        return values, edits

    def _fetch(self, table: OaTable, row: dict[str, Any], person: str) -> None:
        for name, value in row.items():
            if table.fields[name].html_type == oa_checks.ATTACHMENT and value:
                try:
                    row[name] = self.files.taken(value, person, self.clock())
                except FileTrouble as error:
                    told = {"fieldname": name, "reason": str(error)}
                    raise OaRefusal(
                        "PARAM_ERROR", {f"error_param_{name}": str(value)[:200]}, oa_checks.MAIN_FAIL, told
                    ) from error

    def _new(
        self,
        workflow: OaWorkflow,
        person: str,
        title: str,
        level: int,
        values: dict[str, str],
        edits: list[tuple[OaTable, DetailEdit]],
    ) -> OaRequestRecord:
        moment = self._moves.first_moment(workflow, person)
        rows: dict[str, dict[int, dict[str, str]]] = {table.alias: {} for table in workflow.details}
        record = OaRequestRecord(
            next(self._request_ids), workflow.id, title, level, person, values, rows, moment.at, [moment]
        )
        for table, edit in edits:
            for _, row in edit.rows:
                record.details[table.alias][next(self._row_ids)] = dict(row)
        return record

    def _flow_new(
        self, record: OaRequestRecord, workflow: OaWorkflow, person: str, remark: str, keep_failed: bool
    ) -> None:
        before = record.now
        try:
            self._moves.hand_on(record, workflow, person, remark)
        except OaRefusal:
            if not keep_failed:
                self._shelf.undo(record)
            raise
        self._shelf.moved(record, before)

    def _write_rows(self, record: OaRequestRecord, edits: list[tuple[OaTable, DetailEdit]]) -> None:
        for table, edit in edits:
            rows = record.details[table.alias]
            unknown = [
                row_id for row_id, _ in edit.rows if row_id > 0 and (edit.everything or row_id not in rows)
            ]
            if unknown:
                raise OaRefusal(
                    "PARAM_ERROR", {"errParam_detail_recordOrder": unknown[0]}, oa_checks.DETAIL_FAIL
                )
        for table, edit in edits:
            rows = record.details[table.alias]
            for row_id in list(rows) if edit.everything else edit.deleted:
                rows.pop(row_id, None)
            for row_id, row in edit.rows:
                rows.setdefault(row_id or next(self._row_ids), {}).update(row)


def _rows_of(edits: list[tuple[OaTable, DetailEdit]]) -> Iterator[tuple[OaTable, dict[str, Any]]]:
    for table, edit in edits:
        for _, row in edit.rows:
            yield table, row


def _no_permission(failure: str) -> OaRefusal:
    return OaRefusal("NO_PERMISSION", {"isremark": 2}, failure)


def _target(workflow: OaWorkflow, node_id: int | None) -> OaNode | None:
    if node_id is None:
        return None
    node = workflow.node_of(node_id)
    if node is None:
        raise OaRefusal("PARAM_ERROR", {"SubmitToNodeid": node_id})
    return node


def _return_target(record: OaRequestRecord, workflow: OaWorkflow, node_id: int | None) -> OaNode:
    """Where a return leads: the creator, or a node through which the request has come."""
    if node_id is None:
        return workflow.nodes[0]
    node = workflow.node_of(node_id)
    if node is None:
        raise OaRefusal("PARAM_ERROR", {"RejectToNodeid": node_id})
    passed = {entry.node.id for entry in record.log}
    if node.id not in passed or node.id == record.node_id:
        raise OaRefusal("PARAM_ERROR", {"Invalid_parameter_rejectRanage": node_id})
    return node
