"""What we carry from one system to the other, and everything we remember of the way."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from desktop.domain.record import Money, Ref


class DocumentState(Enum):
    """A state says what is true in both systems. A failure is no state; it hangs on the document."""

    FOUND = "found"
    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    SAVED = "saved"
    SUBMITTED = "submitted"
    AUDITED = "audited"
    DONE = "done"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    HANDED_OVER = "handed_over"
    DISMISSED = "dismissed"

    @property
    def at_rest(self) -> bool:
        """True where the engine has nothing left to do until the record is handed in again."""
        return self in _AT_REST


_AT_REST = frozenset(
    {
        DocumentState.DONE,
        DocumentState.RETURNED,
        DocumentState.CANCELLED,
        DocumentState.HANDED_OVER,
        DocumentState.DISMISSED,
    }
)
MOVING_STATES = tuple(state for state in DocumentState if not state.at_rest)


@dataclass(frozen=True, slots=True)
class Document:
    """A source record's whole life, one row. Unique by (source system, form, key, flow), whatever the route.

    key_part: 16 letters that name this record on every workstation; a round's key is `<key_part>-R<round>`.
    partner:  who it is about, as lists show it; request_number: what people call the current OA request.
    leg:      which bill of a generation the state speaks of, from 1; 0 = none yet (approval flows have no legs).
    """

    id: int
    route_id: str
    flow_id: str
    source: Ref
    key_part: str
    partner: str
    amount: Money | None
    state: DocumentState
    round: int
    created_at: datetime
    changed_at: datetime
    request_number: str = ""
    leg: int = 0

    @property
    def key(self) -> str:
        """Our key for the current round."""
        return round_key(self.key_part, self.round)


@dataclass(frozen=True, slots=True)
class Round:
    """One approval round. `snapshot` is the bill as it was sent, `mapped` what was sent, `digest` over the tamper
    fields. seen_away_at: when the bill was last seen not SUBMITTED after this round closed."""

    document_id: int
    number: int
    flow_version: str
    snapshot: Mapping[str, Any]
    mapped: Mapping[str, Any]
    digest: str
    source_changed_at: datetime | None
    sent_as: str
    decision: str
    opinions: tuple[Mapping[str, Any], ...]
    opened_at: datetime
    closed_at: datetime | None
    seen_away_at: datetime | None


@dataclass(frozen=True, slots=True)
class Link:
    """The binding between a bill and a request; one OA request belongs to one round. leg: which bill of a generation's
    chain, 0 in an approval flow."""

    document_id: int
    round: int
    erp: Ref
    oa: Ref
    made_at: datetime
    leg: int = 0


class AttemptOutcome(Enum):
    """INTENT: promised, not yet settled. LOST: proved absent. IN_DOUBT: a person must look."""

    INTENT = "intent"
    DONE = "done"
    REFUSED = "refused"
    LOST = "lost"
    IN_DOUBT = "in_doubt"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at one effect, on disk before the call.

    basis:    what `prepare` saw of the record (its change time, its digest), to tell later whether it changed hands.
    answered: the Ref of a positive answer; from then on a "no" can only mean IN_DOUBT.
    """

    id: int
    document_id: int
    round: int
    step: str
    number: int
    key: str
    sent_as: str
    basis: Mapping[str, Any]
    answered: Ref | None
    outcome: AttemptOutcome
    started_at: datetime
    ended_at: datetime | None
    leg: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a document cannot go on. Facts, never sentences; `cause` is equal for equal reasons."""

    id: int
    document_id: int
    attempt_id: int | None
    code: str
    facts: Mapping[str, Any]
    cause: str
    tries: int
    opened_at: datetime
    next_try_at: datetime | None
    closed_at: datetime | None = None
    closed_by: str = ""


class FileState(Enum):
    """WAITING: still to go. UPLOADED: in the OA, its request not opened yet. LEFT_OUT: stays behind, `why` says why."""

    WAITING = "waiting"
    UPLOADED = "uploaded"
    CARRIED = "carried"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class CarriedFile:
    """One attachment on its way from one system to the other, in one round (and leg) of a document.

    source, target: the two systems' own ids of it. digest: SHA-256 of its content, "" before it was read.
    why: what its last try came to, without words of any language ("25.0 MB > 20 MB", ".exe", "NET-102").
    """

    document_id: int
    round: int
    leg: int
    source: str
    name: str
    size: int = 0
    digest: str = ""
    state: FileState = FileState.WAITING
    tries: int = 0
    target: str = ""
    why: str = ""
    at: datetime | None = None

    @property
    def is_settled(self) -> bool:
        """True where nothing more is done about it in this round."""
        return self.state in (FileState.CARRIED, FileState.LEFT_OUT)


class Outlook(Enum):
    """RUNNING: as far as we know. ENDED: it runs no more, and only reading it tells how. OVER: ended, and nobody agreed.
    ELSEWHERE: agreed, and another company's."""

    RUNNING = "running"
    ENDED = "ended"
    OVER = "over"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Expected:
    """A request that may come to wait for its bill, where nothing waits for us at a node. No document yet.

    opened_after: it was not opened before then. asked_at: when it was last read singly. company: whose it is, once read.
    """

    key: str
    state: Outlook
    opened_after: datetime
    asked_at: datetime | None = None
    company: str = ""


@dataclass(frozen=True, slots=True)
class Lookout:
    """How far a flow has looked for such requests. first_at: its first look, looked_at: its last, wide_at: the last that went
    back as far as it takes."""

    first_at: datetime
    looked_at: datetime
    wide_at: datetime


class Trigger(Enum):
    """Why a run began."""

    CLOCK = "clock"
    PERSON = "person"
    PUSH = "push"


@dataclass(frozen=True, slots=True)
class Run:
    """One pass of the engine over one flow of one route. `code` is empty on full success."""

    id: int
    route_id: str
    flow_id: str
    trigger: Trigger
    started_at: datetime
    ended_at: datetime | None
    found: int = 0
    moved: int = 0
    failed: int = 0
    code: str = ""


@dataclass(frozen=True, slots=True)
class Missed:
    """Runs of a flow that nobody was there to make, from the first one missed until they were caught up by one.

    why: "off" (the engine did not run) or "asleep" (the machine slept, or its clock was set forward)."""

    route_id: str
    flow_id: str
    since: datetime
    until: datetime
    times: int
    why: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the trail; `hash` covers the line and the hash before it."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Wish:
    """How a person wants a document's round sent once more. version: of the flow, "" = the one in force; edits: values for
    target fields, instead of what the mapping says."""

    version: str
    edits: Mapping[str, str]


class Turn(Enum):
    """A document's own place among the others, by a person's word. HELD: nothing is begun for it until somebody lets it go;
    FIRST: it goes before the others of its flow."""

    HELD = "held"
    FIRST = "first"


@dataclass(frozen=True, slots=True)
class OwnTurn:
    """Who gave a document its turn, why and when. It stays with the document, whatever round it is in, until it is lifted."""

    turn: Turn
    person: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Order:
    """What a person asked for. A window writes it, the engine takes it."""

    id: int
    person: str
    order: str
    document_ids: tuple[int, ...]
    detail: Mapping[str, Any]
    given_at: datetime
    taken_at: datetime | None = None
    result: str = ""


def key_part(realm: str, form: str, source_key: str, flow_id: str) -> str:
    """The 16 letters that name a source record on every workstation alike.

    realm: the account set's own id, not our name for the system.
    """
    digest = hashlib.sha256("\x1f".join((realm, form.lower(), source_key, flow_id)).encode()).digest()
    return base64.b32encode(digest).decode()[:16]


def round_key(part: str, number: int) -> str:
    """The key of one round: what is written into the target and looked for there."""
    return f"{part}-R{number}"


def file_key(key: str, digest: str) -> str:
    """The key of one attachment: that of its round or leg, and a hash of its name and content."""
    return f"{key}-F{digest[:16]}"


def leg_key(part: str, number: int, leg: int) -> str:
    """The key of one bill of a generation: what stands in its key field."""
    return f"{round_key(part, number)}-L{leg}"
