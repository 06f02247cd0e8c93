"""The toy OA as DingTalk's users know it: a refusal ends an instance, a withdrawal too, and nobody hands in again.

Over the same people, workflows and requests as the other dialect; no HTTP.
Source: DingTalk OA approval, status model and operation records.
"""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from desktop.sandbox.dingtalk_settings import DingSettings
from desktop.sandbox.group import INTEGRATION_OA_ID
from desktop.sandbox.oa import Oa, opinion_html
from desktop.sandbox.oa_forms import OaField, OaNode, OaWorkflow
from desktop.sandbox.oa_moves import last_move
from desktop.sandbox.oa_people import ADMIN_OA_ID
from desktop.sandbox.oa_records import PENDING, DetailEdit, LogEntry, OaRefusal, OaRequestRecord

RUNNING, COMPLETED, TERMINATED = "RUNNING", "COMPLETED", "TERMINATED"

STATES = {
    (RUNNING, ""): "审批中",
    (COMPLETED, "agree"): "已通过",
    (COMPLETED, "refuse"): "已拒绝",
    (TERMINATED, ""): "已撤销",
}

Listener = Callable[[OaRequestRecord, LogEntry], None]


class DingOa(Oa):
    """Oa with DingTalk's rules. Its templates end with the last approver: nothing waits for an integration account.

    listeners:    told of every log entry after it happened; they must not wait.
    by_interface: ids of the requests that the interface started.
    ding:         the switches of its interface.
    """

    ends_at_a_no = True

    def __init__(self, **given: Any) -> None:
        super().__init__(**{"erp_node_type": 0, **given})
        self.listeners: list[Listener] = []
        self.by_interface: set[int] = set()
        self.ding = DingSettings()
        self._ids_by_instance: dict[str, int] = {}
        self._workflows = {number: _unbounded(workflow) for number, workflow in self._workflows.items()}
        self._tenant = uuid.uuid4()

    # --- ids

    def shown_id(self, request_id: int) -> str:
        """The instance id."""
        return str(uuid.uuid5(self._tenant, str(request_id)))

    def request_id(self, instance_id: str) -> int | None:
        """The request behind an instance id, or None."""
        found = self._ids_by_instance.get(instance_id)
        return found if found in self._shelf.requests else None

    def place(self, record: OaRequestRecord) -> str:
        """See Oa.place: how it ended, once it has."""
        return record.node if state(record)[0] == RUNNING else STATES[state(record)]

    # --- what people and the interface do

    def create(
        self,
        workflow_id: int,
        person: str,
        title: str,
        fields: Mapping[str, Any],
        details: Sequence[DetailEdit] = (),
        **more: Any,
    ) -> int:
        """See Oa.create; the title is the product's own."""
        made = super().create(workflow_id, person, self._title(workflow_id, person), fields, details, **more)
        self._ids_by_instance[self.shown_id(made)] = made
        record = self.request(made)
        self._announce(record, record.log)
        return made

    def create_with(
        self,
        workflow_id: int,
        person: str,
        fields: Mapping[str, Any],
        details: Sequence[DetailEdit],
        approvers: Sequence[tuple[str, tuple[str, ...]]],
    ) -> int:
        """A new instance whose approvers are told instead of the template's: ("AND" | "OR" | "NONE", userids) for each step."""
        title = self._title(workflow_id, person)
        made = super().create(workflow_id, person, title, fields, details, flow_on=False)
        with self._changing(made) as record:
            template = self._workflows[record.workflow_id]
            steps = [
                OaNode(made * 100 + at, "审批人", 1, "told", people, how == "AND")
                for at, (how, people) in enumerate(approvers, start=1)
            ]
            own = replace(template, id=-made, nodes=(template.nodes[0], *steps, template.nodes[-1]))
            self._workflows[own.id] = own
            self._shelf.rehome(record, own.id)
            self._ids_by_instance[self.shown_id(made)] = made
            self._moves.hand_on(record, own, person, "")
        return made

    def submit(self, request_id: int, person: str, *given: Any, **more: Any) -> None:
        """See Oa.submit; where all must agree, the last of them hands on."""
        with self._lock:
            record = self._in_turn(request_id, person)
            if record.now.node.all_of_them and len(record.waiting) > 1:
                with self._changing(request_id) as changing:
                    self._moves.agree_alone(changing, person, str(more.get("remark", "")))
                return
        super().submit(request_id, person, *given, **more)

    def send_back(
        self,
        request_id: int,
        person: str,
        *,
        remark: str = "",
        to_node: int | None = None,
        straight: bool = False,
    ) -> None:
        """拒绝: one refusal ends the instance."""
        with self._changing(request_id) as record:
            self._in_turn(request_id, person)
            self._moves.end(record, self._workflows[record.workflow_id], person, remark, "3")

    def withdraw(self, request_id: int, person: str, remark: str = "") -> None:
        """撤销: the originator ends his running instance, whoever has it."""
        with self._changing(request_id) as record:
            if record.creator != person or state(record)[0] != RUNNING:
                raise OaRefusal("NO_PERMISSION", {}, "NO_REQUEST_WITHDRAW_PERMISSION")
            self._moves.end(record, self._workflows[record.workflow_id], person, remark, "r")

    def force_over(
        self, request_id: int, person: str = ADMIN_OA_ID, *, monitor: bool = True, remark: str = ""
    ) -> None:
        """An administrator (or the interface as the system) ends a running instance."""
        with self._changing(request_id) as record:
            if state(record)[0] != RUNNING:
                raise OaRefusal("NO_PERMISSION", {}, "NO_REQUEST_FORCEOVER_PERMISSION")
            self._moves.end(record, self._workflows[record.workflow_id], person, remark, "e")

    def resubmit(self, request_id: int, person: str, *given: Any, **more: Any) -> None:
        """There is no such act: whoever wants it again starts a new instance."""
        raise OaRefusal("NO_PERMISSION", {}, "NO_REQUEST_SUBMIT_PERMISSION")

    def _title(self, workflow_id: int, person: str) -> str:
        return f"{self.people.name(person)}提交的{self.workflow(workflow_id).name}"

    def start_again(
        self,
        request_id: int,
        fields: Mapping[str, Any] | None = None,
        details: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    ) -> int:
        """再次提交: a new instance with the old one's form, changed as told; answers its id."""
        old = self.request(request_id)
        rows = {alias: list(lines.values()) for alias, lines in old.details.items()}
        return self.start(
            old.workflow_id, old.creator, {**old.fields, **(fields or {})}, {**rows, **(details or {})}
        )

    def hand_in_again(
        self,
        request_id: int,
        fields: Mapping[str, Any] | None = None,
        details: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    ) -> int:
        """See Oa.hand_in_again."""
        return self.start_again(request_id, fields, details)

    def visits(self, request_id: int) -> int:
        """See Oa.visits: each is a comment."""
        return len(self._comments(request_id))

    def is_back(self, request_id: int) -> bool:
        """Its maker was told why it came to nothing."""
        return state(self.request(request_id))[1] == "refuse" or self.visits(request_id) > 0

    def is_over(self, request_id: int) -> bool:
        """Agreed, and the integration account has said what became of it."""
        return state(self.request(request_id)) == (COMPLETED, "agree") and self.visits(request_id) > 0

    def waits_for_integration(self, request_id: int) -> bool:
        """Agreed, and the integration account has not said anything yet."""
        return state(self.request(request_id)) == (COMPLETED, "agree") and not self.visits(request_id)

    def shows(self, request_id: int, field: str, number: str) -> bool:
        """Does a comment of the integration account tell this number?"""
        return any(number in each for each in self._comments(request_id))

    def _comments(self, request_id: int) -> list[str]:
        log = self.request(request_id).log
        return [
            remark_text(each.remark)
            for each in log
            if each.person == INTEGRATION_OA_ID and each.logtype == "9"
        ]

    def comment(self, request_id: int, person: str, text: str) -> None:
        """评论: anybody of the company."""
        with self._changing(request_id) as record:
            self._moves.speak(record, person, "9", opinion_html(text))

    def redirect(self, request_id: int, person: str, to: str, text: str = "") -> None:
        """转交: somebody else's turn."""
        self.forward(request_id, person, 3, [to], opinion_html(text))

    def too_young(self, request_id: int, seconds: float) -> bool:
        """Was it created less than so long ago?"""
        return self.clock() < self.request(request_id).created_at + timedelta(seconds=seconds)

    # --- below: the workings

    @contextmanager
    def _changing(self, request_id: int) -> Iterator[OaRequestRecord]:
        with super()._changing(request_id) as record:
            before = len(record.log)
            yield record
        self._announce(record.copy(), record.log[before:])

    def _announce(self, record: OaRequestRecord, entries: Sequence[LogEntry]) -> None:
        for entry in entries:
            for listener in self.listeners:
                listener(record, entry)


def _unbounded(workflow: OaWorkflow) -> OaWorkflow:
    """A template's controls have neither length nor decimals of their own: what is sent is what is kept."""
    tables = [
        replace(table, fields={name: _free(field) for name, field in table.fields.items()})
        for table in (workflow.main, *workflow.details)
    ]
    return replace(workflow, main=tables[0], details=tuple(tables[1:]))


def _free(field: OaField) -> OaField:
    return replace(field, db_type="text") if field.html_type in (1, 2) else field


def state(record: OaRequestRecord) -> tuple[str, str]:
    """status and result of an instance; the result is "" while it runs and when it was terminated."""
    if record.node_type != 3:
        return RUNNING, ""
    last = last_move(record)
    how = last.logtype if last is not None else "0"
    if how in ("r", "e"):
        return TERMINATED, ""
    return COMPLETED, "refuse" if how == "3" else "agree"


def remark_text(remark: str) -> str:
    """The plain text of a remark."""
    text = re.sub(r"<br\s*/?>", "\n", remark)
    return html.unescape(re.sub(r"</?p>", "", text))


def pending(record: OaRequestRecord, person: str) -> bool:
    """Is it this person's turn?"""
    return any(row.person == person and row.state == PENDING for row in record.now.operators)
