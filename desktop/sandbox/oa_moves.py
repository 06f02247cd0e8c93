"""How a request goes from node to node. Changes the record it is given and nothing else; oa.py holds the lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import count

from desktop.sandbox.group import INTEGRATION_OA_ID
from desktop.sandbox.oa_forms import OaNode, OaWorkflow
from desktop.sandbox.oa_people import OaPeople
from desktop.sandbox.oa_records import (
    ARCHIVED,
    COPIED,
    DONE,
    FORWARDED,
    PENDING,
    LogEntry,
    Moment,
    OaRefusal,
    OaRequestRecord,
    OaSettings,
    Operator,
    local_day,
)

LARGE = Decimal(100000)
"""From this amount on the boss's boss decides too."""

MOVES = frozenset("023eri")
"""The log types that move a request; all others only speak."""


class OaMoves:
    """The routes through a workflow: who is next, back, away and over."""

    def __init__(self, people: OaPeople, settings: OaSettings, clock: Callable[[], datetime]) -> None:
        self._people = people
        self._settings = settings
        self._clock = clock
        self._ids = count(90001)

    def first_moment(self, workflow: OaWorkflow, creator: str) -> Moment:
        """A request that was only saved: it lies with its creator, without a link and without a log."""
        at = self._clock()
        node = workflow.nodes[0]
        row = Operator(next(self._ids), creator, node, PENDING, at)
        return Moment(at, local_day(at), node, "", False, (row,), 0, creator)

    def hand_on(
        self,
        record: OaRequestRecord,
        workflow: OaWorkflow,
        person: str,
        remark: str,
        to: OaNode | None = None,
    ) -> None:
        """Submits or approves: on to the next node, or to `to`. Raises SYSTEM_INNER_ERROR where nobody is next or
        the node's own action says no; then nothing has moved."""
        here = record.now.node
        refusal = self._settings.action_refuses.get(here.id)
        if refusal is not None:
            raise OaRefusal("SYSTEM_INNER_ERROR", {}, "AFTER_NODE_OPERATE_EX_FAIL", {"msg": refusal})
        there, handlers = self._next(record, workflow, to)
        logtype = {0: "2", 1: "0"}.get(here.type, self._settings.type2_logtype)
        record.straight_to = None
        self._move(record, there, handlers, person, logtype, remark)

    def agree_alone(self, record: OaRequestRecord, person: str, remark: str) -> None:
        """One of several who must all agree has agreed: the others still have it."""
        at, here = self._clock(), record.now.node
        self._log(record, here, person, at, "0", remark, here, ())
        rows = tuple(
            self._closed(row, person, at) if row.state == PENDING and row.person == person else row
            for row in record.now.operators
        )
        self._stands(record, at, person, rows)

    def send_back(
        self, record: OaRequestRecord, person: str, remark: str, target: OaNode, straight: bool
    ) -> None:
        """Returns the request to `target`; straight: once handed in again it comes back here at once."""
        record.straight_to = record.now.node if straight else None
        handlers = self._former_handlers(record, target)
        self._move(record, target, handlers, person, "3", remark, rejected=target.type == 0)

    def take_back(self, record: OaRequestRecord, person: str, remark: str, to: OaNode) -> None:
        """Withdraws the request to a node where it has been."""
        self._move(record, to, self._former_handlers(record, to), person, "r", remark)

    def end(
        self, record: OaRequestRecord, workflow: OaWorkflow, person: str, remark: str, logtype: str = "e"
    ) -> None:
        """Archives by force: over, and nobody has agreed. logtype: other words for it ("3" refused, "r" withdrawn)."""
        self._move(record, workflow.nodes[-1], (), person, logtype, remark)

    def intervene(
        self, record: OaRequestRecord, person: str, remark: str, to: OaNode, handlers: tuple[str, ...]
    ) -> None:
        """An administrator puts the request before other persons, at any node."""
        self._move(record, to, handlers, person, "i", remark)

    def speak(self, record: OaRequestRecord, person: str, logtype: str, remark: str) -> None:
        """Logs an opinion; the request stays where it is."""
        at = self._clock()
        self._log(record, record.now.node, person, at, logtype, remark, record.now.node, ())
        self._stands(record, at, person, record.now.operators)

    def share(
        self, record: OaRequestRecord, person: str, remark: str, flag: int, receivers: tuple[str, ...]
    ) -> None:
        """Forwards (1), consults (2) or transfers (3): the receivers get a row, a transfer also takes the turn."""
        at, here = self._clock(), record.now.node
        rows = list(record.now.operators)
        if flag == 3:
            rows = [self._closed(row, person, at) if row.person == person else row for row in rows]
        state = PENDING if flag == 3 else FORWARDED
        rows += [Operator(next(self._ids), receiver, here, state, at) for receiver in receivers]
        self._log(record, here, person, at, {1: "7", 2: "a", 3: "h"}[flag], remark, here, receivers)
        self._stands(record, at, person, tuple(rows))

    def _next(
        self, record: OaRequestRecord, workflow: OaWorkflow, to: OaNode | None
    ) -> tuple[OaNode, tuple[str, ...]]:
        if to is None and record.straight_to is not None and record.now.node.type == 0:
            to = record.straight_to
        if to is not None:
            handlers = self._former_handlers(record, to) or self._handlers(record, to)
            return to, handlers
        place = workflow.nodes.index(record.now.node)
        for node in workflow.nodes[place + 1 :]:
            handlers = self._handlers(record, node)
            if handlers or node.type == 3:
                return node, handlers
            if node.role == "head":
                break
        raise OaRefusal(
            "SYSTEM_INNER_ERROR", {}, "NO_NEXT_OPERATOR", {"msg": "下一节点没有操作者，流程无法流转"}
        )

    def _handlers(self, record: OaRequestRecord, node: OaNode) -> tuple[str, ...]:
        if node.people:
            return node.people
        boss = self._people.boss(record.creator)
        if node.role == "head":
            return (boss,) if boss else ()
        if node.role == "boss":
            above = self._people.boss(boss) if _amount(record) >= LARGE else ""
            return (above,) if above else ()
        return (INTEGRATION_OA_ID,) if node.role == "erp" else ()

    def _former_handlers(self, record: OaRequestRecord, node: OaNode) -> tuple[str, ...]:
        if node.type == 0:
            return (record.creator,)
        rows = [
            row for row in record.now.operators if row.node.id == node.id and row.state in (DONE, PENDING)
        ]
        return (rows[-1].person,) if rows else ()

    def _move(
        self,
        record: OaRequestRecord,
        to: OaNode,
        handlers: tuple[str, ...],
        person: str,
        logtype: str,
        remark: str,
        *,
        rejected: bool = False,
    ) -> None:
        at, here = self._clock(), record.now.node
        self._log(record, here, person, at, logtype, remark, to, handlers)
        rows = [
            self._closed(row, person, at) if row.state == PENDING else row for row in record.now.operators
        ]
        rows += [Operator(next(self._ids), handler, to, PENDING, at) for handler in handlers]
        if to.type == 3:
            rows += self._archive_rows(record, to, at)
        status = f"{here.name} 至 {to.name}"
        moment = Moment(at, local_day(at), to, status, rejected, tuple(rows), len(record.log), person)
        record.history.append(moment)

    def _archive_rows(self, record: OaRequestRecord, node: OaNode, at: datetime) -> list[Operator]:
        rows = [Operator(next(self._ids), record.creator, node, ARCHIVED, at)]
        copies = self._settings.copied_at_archive
        return rows + [Operator(next(self._ids), person, node, COPIED, at) for person in copies]

    def _closed(self, row: Operator, person: str, at: datetime) -> Operator:
        operated = at if row.person == person else None
        return replace(row, state=DONE, before=row.state, operated_at=operated)

    def _stands(self, record: OaRequestRecord, at: datetime, person: str, rows: tuple[Operator, ...]) -> None:
        moment = replace(
            record.now, at=at, day=local_day(at), by=person, logs=len(record.log), operators=rows
        )
        record.history.append(moment)

    def _log(
        self,
        record: OaRequestRecord,
        node: OaNode,
        person: str,
        at: datetime,
        logtype: str,
        remark: str,
        to: OaNode,
        received: Iterable[str],
    ) -> None:
        entry = LogEntry(next(self._ids), logtype, node, person, at, remark, to.id, tuple(received))
        record.log.append(entry)


def last_move(record: OaRequestRecord) -> LogEntry | None:
    """The newest log entry that moved the request, or None for a draft."""
    return next((entry for entry in reversed(record.log) if entry.logtype in MOVES), None)


def _amount(record: OaRequestRecord) -> Decimal:
    try:
        return Decimal(record.fields.get("amount") or "0")
    except InvalidOperation:
        return Decimal(0)
