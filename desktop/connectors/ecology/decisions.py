"""Weaver e-cology 9: what people did to a request, and what that makes of it. Pure.

The node type says where a request stands, the newest *real* operation why: type 3 alone may be a forced end, type 0
alone may be a request that has just been created and has not moved yet, because the flow engine works asynchronously.
Source: reference oa-weaver-ecology9, sections 5.2, 5.3 and 9.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from desktop.connectors.ecology.answers import text_of
from desktop.connectors.ecology.remarks import plain_text
from desktop.domain.record import Decision, Opinion, RequestStatus

CREATE, APPROVE, SUBMIT, ARCHIVE = "0", "1", "2", "3"
NODE_TYPES = (CREATE, APPROVE, SUBMIT, ARCHIVE)

WIDE_COMMA = "\uff0c"
"""The comma between names, as Chinese pages write it."""

_SAVED = "保存"
_TEXTS = {
    "批准": Decision.APPROVED,
    "提交": Decision.SUBMITTED,
    "退回": Decision.RETURNED,
    "撤回": Decision.WITHDRAWN,
    "强制收回": Decision.WITHDRAWN,
    "强制归档": Decision.FORCED,
    "干预": Decision.FORCED,
    "批注": Decision.REMARK,
    _SAVED: Decision.REMARK,
}
"""The vendor's own words. A customer may rename a node's buttons: any other text needs the logtype."""

_LOGTYPES = {
    "0": Decision.APPROVED,
    "2": Decision.SUBMITTED,
    "3": Decision.RETURNED,
    "r": Decision.WITHDRAWN,
    "e": Decision.FORCED,
    "i": Decision.FORCED,
}
_YES = (Decision.APPROVED, Decision.SUBMITTED)
_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")


@dataclass(frozen=True, slots=True)
class Operation:
    """One log item. `decision` is None where its text is not one of the vendor's own. FORCED is a forced end as well
    as an administrator's intervention: neither is anybody's yes or no."""

    id: str
    node_id: str
    node: str
    person: str
    text: str
    decision: Decision | None
    remark: str
    received: str
    at: datetime | None

    @property
    def real(self) -> bool:
        """It may have moved the request: anything but a known remark."""
        return self.decision is not Decision.REMARK


def parse_time(text: str, zone: tzinfo) -> datetime | None:
    """The OA's local time as aware UTC; None where it is none."""
    for form in _FORMATS:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=zone).astimezone(UTC)
        except ValueError:
            continue
    return None


def operations(logs: Iterable[Mapping[str, Any]], zone: tzinfo) -> tuple[Operation, ...]:
    """`workflowRequestLogs` as operations, oldest first: by time, and by id within a second."""
    return tuple(sorted((_operation(log, zone) for log in logs), key=_age))


def with_logtypes(
    done: Sequence[Operation], log: Sequence[Mapping[str, Any]], zone: tzinfo
) -> tuple[Operation, ...]:
    """`done` with each decision as getRequestLog's `logtype` has it: a column that a customer cannot rename.

    Items match by id, else by node and time. An operation that the log does not show keeps what its text said; where
    the reader was shown no operations at all, the log's own items stand in.
    """
    if not done:
        done = tuple(sorted((_logged(item, zone) for item in log), key=_age))
    types: dict[Any, str] = {_place(_logged(item, zone)): text_of(item.get("logtype")) for item in log}
    types |= {_log_id(item): text_of(item.get("logtype")) for item in log if _log_id(item)}
    found = ((one, types.get(one.id) or types.get(_place(one))) for one in done)
    return tuple(
        replace(one, decision=_LOGTYPES.get(logtype, Decision.REMARK)) if logtype else one
        for one, logtype in found
    )


def newest(done: Sequence[Operation]) -> Operation | None:
    """The newest operation that may have moved the request."""
    return next((one for one in reversed(done) if one.real), None)


def needs_logtype(node_type: str, node_id: str, done: Sequence[Operation]) -> bool:
    """True where the texts alone do not carry the decision: renamed, missing, or at odds with the node."""
    last = newest(done)
    if node_type == ARCHIVE:
        return last is None or last.decision not in (*_YES, Decision.FORCED)
    if node_type != CREATE or last is None:
        return False
    return last.decision is None or (last.decision in _YES and last.node_id != node_id)


def status_of(node_type: str, done: Sequence[Operation]) -> RequestStatus:
    """Where the request stands. At the create node only a return or a withdrawal ends it: nothing, or a submission,
    is a request whose move is still under way. At the archive only a certain yes approves it."""
    last = newest(done)
    decision = last.decision if last else None
    if node_type == CREATE:
        decided = {Decision.RETURNED: RequestStatus.REJECTED, Decision.WITHDRAWN: RequestStatus.WITHDRAWN}
        return decided.get(decision, RequestStatus.RUNNING) if decision else RequestStatus.RUNNING
    if node_type == ARCHIVE:
        return RequestStatus.APPROVED if decision in _YES else RequestStatus.ENDED
    return RequestStatus.RUNNING


def opinions(done: Iterable[Operation]) -> tuple[Opinion, ...]:
    """What a person may read, oldest first; a mere save is no opinion."""
    return tuple(
        Opinion(one.node, one.person, one.decision or Decision.REMARK, one.remark, one.at)
        for one in done
        if one.text != _SAVED
    )


def waiting_on(done: Sequence[Operation]) -> tuple[str, ...]:
    """Whom the newest operation passed the request to."""
    last = newest(done)
    names = (last.received if last else "").replace(WIDE_COMMA, ",").split(",")
    return tuple(name.strip() for name in names if name.strip())


def _operation(log: Mapping[str, Any], zone: tzinfo) -> Operation:
    text = plain_text(text_of(log.get("operateType")))
    when = f"{text_of(log.get('operateDate'))} {text_of(log.get('operateTime'))}"
    return Operation(
        id=_log_id(log),
        node_id=text_of(log.get("nodeId")),
        node=plain_text(text_of(log.get("nodeName"))),
        person=text_of(log.get("operatorName")),
        text=text,
        decision=_TEXTS.get(text),
        remark=plain_text(text_of(log.get("remark"))),
        received=plain_text(text_of(log.get("receivedPersons"))),
        at=parse_time(when, zone),
    )


def _logged(item: Mapping[str, Any], zone: tzinfo) -> Operation:
    """An item of getRequestLog, whose keys are spelled differently."""
    when = f"{text_of(item.get('operatedate'))} {text_of(item.get('operatetime'))}"
    return Operation(
        id=_log_id(item),
        node_id=text_of(item.get("nodeid")),
        node=plain_text(text_of(item.get("nodename"))),
        person=text_of(item.get("operator")),
        text="",
        decision=None,
        remark=plain_text(text_of(item.get("remarkHtml"))),
        received=plain_text(text_of(item.get("receivedPersons"))),
        at=parse_time(when, zone),
    )


def _place(one: Operation) -> tuple[str, datetime | None]:
    return one.node_id, one.at


def _log_id(log: Mapping[str, Any]) -> str:
    return text_of(log.get("id") or log.get("tmpLogId"))


def _age(one: Operation) -> tuple[datetime, int]:
    return one.at or datetime.min.replace(tzinfo=UTC), int(one.id) if one.id.isdigit() else 0
