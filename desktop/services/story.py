"""A document as lists and the panel show it: one row, and its whole life. Pure; documents.py reads what it is made of."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from desktop.domain.document import (
    Attempt,
    AuditEntry,
    CarriedFile,
    Document,
    DocumentState,
    Failure,
    Link,
    OwnTurn,
    Round,
)
from desktop.domain.errors import ErrorCode, FailureClass
from desktop.domain.flow import Flow, FlowKind, LegBy, LegUntil
from desktop.domain.record import Money
from desktop.store.search import Line

_NEXT_STEP = {
    DocumentState.FOUND: "open_request", DocumentState.REQUESTED: "read_decision",
    DocumentState.APPROVED: "audit_bill", DocumentState.REJECTED: "send_back",
    DocumentState.WITHDRAWN: "send_back", DocumentState.SAVED: "submit_bill", DocumentState.SUBMITTED: "audit_bill",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue.

    in_doubt, needs_person: what the state's pill says on top of the state.
    next_step: the name of the step that comes next, "" at rest or where a person is asked.
    next_try_at: when the engine tries a failed step again by itself.
    kept_out:    the name of the flow's filter that keeps the bill from being sent.
    gate:        a gate's document: checked and audited or sent back, no OA has a part in it.
    in_words:    its request does not move for us: what became of it is told by a comment.
    own_turn:    a person holds it back, or lets it go first.
    left_saved:  one of its bills is not audited by us: the ERP's own people do that.
    """

    id: int
    state: DocumentState
    round: int
    in_doubt: bool
    needs_person: bool
    code: str
    company: str
    flow_id: str
    number: str
    request_number: str
    partner: str
    amount: Money | None
    created_at: datetime
    changed_at: datetime
    next_step: str
    next_try_at: datetime | None
    kept_out: str = ""
    gate: bool = False
    in_words: bool = False
    own_turn: OwnTurn | None = None
    left_saved: bool = False


class EventKind(Enum):
    """Where a line of the timeline comes from."""

    OURS = "ours"
    OPINION = "opinion"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a document's timeline. action: the trail's word, such as "done.open_request" or "approved"."""

    at: datetime
    kind: EventKind
    who: str
    action: str
    round: int
    text: str
    attempt_id: int | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """One document's whole life, for the panel. by_hand: nothing of it was sent, so a person may have entered it. forms: the
    ERP's forms of a generation's bills, in their order; () in an approval flow. files: attachments, and why one stays behind.
    shut: the sides ("erp", "oa") whose product has no address that would open a record. files_stay: the side where files stay
    although its flow carries them, because the other side's product takes none; "" = they travel, or are not to.
    left: the legs whose bill the ERP's own people audit.
    passable: two persons may let it pass the gate. rights: the orders that whoever sits at the window may give about it;
    None = all."""

    row: Row
    document: Document
    rounds: tuple[Round, ...]
    links: tuple[Link, ...]
    attempts: tuple[Attempt, ...]
    failures: tuple[Failure, ...]
    events: tuple[Event, ...]
    by_hand: bool = False
    forms: tuple[str, ...] = ()
    files: tuple[CarriedFile, ...] = ()
    passable: bool = False
    rights: frozenset[str] | None = None
    locks_prices: bool = False
    shut: frozenset[str] = frozenset()
    files_stay: str = ""
    left: frozenset[int] = frozenset()


def row_of(line: Line, titles: Mapping[str, str], flow: Flow | None, spoken: Container[str]) -> Row:
    """flow: as the document's company has it. spoken: routes whose OA is told in words."""
    document, failure = line.document, line.failure
    code = failure.code if failure else ""
    in_doubt = bool(code) and ErrorCode.named(code).failure_class is FailureClass.IN_DOUBT
    needs_person = failure is not None and failure.next_try_at is None
    return Row(
        id=document.id, state=document.state, round=document.round, in_doubt=in_doubt, needs_person=needs_person,
        code=code, company=titles.get(document.route_id, document.route_id), flow_id=document.flow_id,
        number=document.source.number, request_number=document.request_number, partner=document.partner,
        amount=document.amount, created_at=document.created_at, changed_at=document.changed_at,
        next_step="" if needs_person else _next_step(document, flow),
        next_try_at=failure.next_try_at if failure else None, kept_out=line.kept_out, gate=is_gate(flow),
        in_words=flow is not None and flow.kind is FlowKind.GENERATION and document.route_id in spoken,
        own_turn=line.own_turn, left_saved=bool(legs_left(flow)),
    )  # fmt: skip


def _next_step(document: Document, flow: Flow | None) -> str:
    """The name of the step that comes next; a generation's leg that is as far as it goes is followed by the next bill."""
    if is_gate(flow) and document.state is DocumentState.FOUND:
        return "check_claims"
    if flow is None or flow.kind is not FlowKind.GENERATION or document.state.at_rest:
        return _NEXT_STEP.get(document.state, "")
    done = document.leg > 0 and document.state.value == flow.legs[document.leg - 1].until.value
    if not done and document.state is not DocumentState.FOUND:
        return _NEXT_STEP.get(document.state, "")
    if document.leg >= len(flow.legs):
        return "write_back"
    return "push_bill" if flow.legs[document.leg].by is LegBy.PUSH else "save_bill"


def legs_left(flow: Flow | None) -> frozenset[int]:
    """The legs of a generation whose bill we do not take as far as the audit: the ERP's own people audit it."""
    legs = flow.legs if flow is not None and flow.kind is FlowKind.GENERATION else ()
    return frozenset(number for number, leg in enumerate(legs, start=1) if leg.until is not LegUntil.AUDITED)


def is_gate(flow: Flow | None) -> bool:
    return flow is not None and flow.kind is FlowKind.GATE


def from_trail(entries: Sequence[AuditEntry]) -> list[Event]:
    events = []
    for entry in entries:
        detail: Mapping[str, Any] = entry.detail
        kind = EventKind.OURS if entry.actor == "engine" else EventKind.PERSON
        text = str(
            detail.get("reason")
            or detail.get("said")
            or detail.get("code")
            or detail.get("filter")
            or detail.get("bill")
            or ""
        )
        attempt = detail.get("attempt")
        events.append(
            Event(
                entry.at, kind, entry.actor, entry.action, int(detail.get("round") or 0), text,
                int(attempt) if attempt is not None else None,
            )
        )  # fmt: skip
    return events


def from_opinions(rounds: Sequence[Round]) -> list[Event]:
    events = []
    for each in rounds:
        for opinion in each.opinions:
            at = _time(opinion.get("at", "")) or each.opened_at
            who = " ".join(part for part in (opinion.get("node", ""), opinion.get("person", "")) if part)
            events.append(
                Event(
                    at,
                    EventKind.OPINION,
                    who,
                    str(opinion.get("decision", "")),
                    each.number,
                    opinion.get("text", ""),
                )
            )
    return events


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def named(facts: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Facts in which a system is called by its name. names: titles by id."""
    told = dict(facts)
    if "system" in told:
        told["system"] = names.get(str(told["system"]), told["system"])
    return told
