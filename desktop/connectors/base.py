"""What the engine may ask of any ERP or OA, and what a vendor declares about itself.

Reads may be repeated freely. Methods marked *effect* change the other system; only sync/effect.py calls them.
A connector holds no state but its sign-in and cached metadata, keeps nothing on disk, raises only SyncError and
never retries an effect. `SyncError.certain` is True only when the server answered, and answered no.

Effects on several records answer one Outcome per record, in the order asked. They raise only when the whole call
failed: certain = the server refused all of it (the caller tries singly), otherwise nobody knows.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from desktop.domain.errors import SyncError
from desktop.domain.flow import ErpSide, OaSide
from desktop.domain.notice import Message
from desktop.domain.record import (
    BaseItem,
    Bill,
    BillDraft,
    BillHead,
    FieldInfo,
    FileHead,
    LinkedBill,
    OaRequest,
    Ref,
    RequestDraft,
    RequestHead,
    Row,
)
from desktop.domain.system import System, SystemRole


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record of an effect: a Ref on success, else the error (never both)."""

    ref: Ref | None = None
    error: SyncError | None = None


@dataclass(frozen=True, slots=True)
class CheckStep:
    """One step of a connection test: "dns", "tcp", "tls", "sign_in", "account_set", "rights", "clock"."""

    name: str
    ok: bool
    error: SyncError | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SystemInfo:
    """What check() found. `clock_skew_s` is server minus this machine, from the Date header."""

    steps: tuple[CheckStep, ...]
    version: str = ""
    clock_skew_s: float = 0.0

    @property
    def ok(self) -> bool:
        """True when every step passed."""
        return all(step.ok for step in self.steps)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call over the wire, masked: for the attempt's history and for counting."""

    system_id: str
    method: str
    path: str
    request: str
    status: int
    answer: str
    started_at: datetime
    ms: float


exchanges: ContextVar[list[Exchange] | None] = ContextVar("exchanges", default=None)
"""When the engine sets a list here, http.py appends every call made in this context to it."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a vendor can and cannot do. The engine never relies on one that is off.

    find_by_key:      a record can be looked up by our key.
    find_days:        how far back a look-up by key reaches (0 = without limit).
    batch:            how many records one effect call may carry.
    parallel:         how many calls may run at once (default; a system's option `parallel` overrides).
    cancel:           a running request can be taken back by us.
    close:            a returned request can be ended by us.
    note_submitted:   a submitted or audited bill can be written to (else notes go in after a send-back).
    list_requests:    requests can be listed by one account (else each is asked singly).
    list_shows_key:   the listing shows the title with our key, so that it serves as read-back of a create.
    list_waiting:     the requests that wait for the integration account can be listed.
    trace:            the ERP tells which bills were made of a bill, and of which it was made.
    tell:             words can be passed to a request's applicant without moving it.
    sign_on:          the OA vouches for a browser's person (sign_on_address, signed_on).
    look_up:          bills can be looked up by the value of any field of theirs (rules that compare with other bills).
    list_files:       the attachments of a record can be listed and read.
    take_files:       files can be given to it: an OA takes them before their request is opened, an ERP onto an editable bill.
    find_file:        a file that was given shows in the listing at once, so that a lost answer can be looked up.
    list_audited:     the bills audited since a moment can be listed (scans for what was done directly in the ERP).
    read_batch:       how many bills one call may read.
    cancel_after_s:   a request cannot be taken back before it is so old (NET-110 until then).
    list_open_only:   the listing goes by the time of opening and shows what still runs: a request of ours that it lacks has
                      ended, and only reading tells how.
    list_days:        how far back a listing by the time of opening goes (0 = without limit).
    waits_when_agreed: nothing waits for us at a node. waiting_requests lists what is over instead, an agreed request waits
                      for its bill, and a comment takes the numbers, or the reason why there is no bill.
    no_links:         no address opens a record.
    plain_links:      addresses open a record, but sign nobody in: the server knows the browser, or asks who sits there.
    calls_a_month:    the vendor meters calls: so many are allowed in a calendar month (0 = it does not).
    streams:          the vendor tells what happened over a connection that we open: the connector is a Streams.
    """

    find_by_key: bool = False
    find_days: int = 0
    batch: int = 1
    parallel: int = 1
    cancel: bool = False
    close: bool = False
    note_submitted: bool = False
    list_requests: bool = False
    list_shows_key: bool = False
    list_waiting: bool = False
    look_up: bool = False
    list_audited: bool = False
    trace: bool = False
    tell: bool = False
    list_files: bool = False
    take_files: bool = False
    find_file: bool = False
    sign_on: bool = False
    read_batch: int = 200
    cancel_after_s: float = 0.0
    list_open_only: bool = False
    list_days: int = 0
    waits_when_agreed: bool = False
    no_links: bool = False
    plain_links: bool = False
    calls_a_month: int = 0
    streams: bool = False


@dataclass(frozen=True, slots=True)
class Hint:
    """A system says that something happened. Never the truth: a reason to look, and at most where.

    event:    what makes it this event and no other, where the sender names it: told anew, it is no reason any more.
    workflow: the OA's workflow that it is about, and request: the request's id there; "" = not named, anything may be meant.
    """

    event: str = ""
    workflow: str = ""
    request: str = ""


STREAM = "stream"
"""The option of a system that streams: "yes" (the default), or "no" to do without."""


class Ear(Protocol):
    """Who listens to a system."""

    def opened(self) -> None:
        """The connection stands."""
        ...

    def take(self, hint: Hint) -> None:
        """Takes a hint; when this returns, the sender may forget it."""
        ...


@runtime_checkable
class Streams(Protocol):
    """What a connector has whose vendor pushes over a connection that we open. Asked by isinstance."""

    def listen(self, ear: Ear, stop: threading.Event) -> None:
        """One connection, held until `stop` is set or the server asks for a new one; then it returns. It never comes back by
        itself: pauses are the caller's. A hint that `ear` has not taken is told again by the vendor.

        Raises NET-1xx where it was lost or never stood, SES-203 and PER-743 where the vendor refuses it."""
        ...


class Connector(Protocol):
    """What both ends share."""

    system: System
    capabilities: Capabilities

    def check(self) -> SystemInfo:
        """Every step of the connection, in order, up to the first that fails. Never raises."""
        ...

    def realm(self) -> str:
        """The account set's or tenant's own id, the same on every workstation: part of our keys."""
        ...

    def clock_skew_s(self) -> float:
        """Server clock minus ours as last seen in a Date header; 0.0 before the first call."""
        ...

    def base_data(self, kind: str) -> Iterator[BaseItem]:
        """All records of a kind ("customer", "material", "user", ...). Raises PER-714 for a kind the vendor lacks."""
        ...

    def close(self) -> None:
        """Sign out and free the sockets. Never raises."""
        ...


@runtime_checkable
class ChangedBaseData(Protocol):
    """What a connector has whose vendor tells which records of base data changed. Asked by isinstance."""

    def changed_base_data(self, kind: str, since: datetime) -> Iterator[BaseItem]:
        """Records of a kind that were made or changed at or after `since` (aware UTC), each whole; deleted ones are not
        told. Raises PER-714 as base_data does."""
        ...


@runtime_checkable
class TellsBegun(Protocol):
    """What an OA connector has whose listing shows no key (list_shows_key is off), but tells what began. Asked by isinstance."""

    def begun_since(self, side: OaSide, since: datetime) -> Iterator[Ref]:
        """Every request of the workflow begun since then (aware UTC), whoever began it, running or over: ids and nothing else."""
        ...


@runtime_checkable
class PeopleByMobile(Protocol):
    """What an OA's connector has that may not list the people but look one up. Asked by isinstance."""

    def people_by_mobile(self, mobiles: Sequence[str]) -> Iterator[BaseItem]:
        """The people who have one of these mobile numbers, a question for each; a number that nobody has is left out. Raises
        PER-701 where not even that is allowed."""
        ...


class ErpConnector(Connector, Protocol):
    """An ERP: it keeps bills."""

    def fields(self, form: str) -> tuple[FieldInfo, ...]:
        """The form's fields from the ERP's metadata; the key field must be among them before a flow is switched on."""
        ...

    def objections(self, side: ErpSide) -> list[SyncError]:
        """What in the connection's or the flow's settings stands against a flow that waits for bills of `side`; mostly
        nothing. PER-721 where a bill that was sent back would count as handed in at once."""
        ...

    def submitted_bills(self, side: ErpSide) -> Iterator[BillHead]:
        """Heads of ALL bills now SUBMITTED, page by page, in a stable order. Raises when a page is incomplete."""
        ...

    def bill_heads(self, side: ErpSide, keys: Sequence[str]) -> dict[str, BillHead]:
        """Heads by id, whatever their status. An id that the server does not show is absent from the answer."""
        ...

    def read_bills(self, side: ErpSide, keys: Sequence[str]) -> dict[str, Bill]:
        """Whole bills by id. An id that the server does not show is absent from the answer."""
        ...

    def find_bills(self, side: ErpSide, keys: Sequence[str]) -> dict[str, list[BillHead]]:
        """Bills whose key field equals one of our keys, by that key (normally one); a key that nobody carries is absent."""
        ...

    def find_numbers(self, side: ErpSide, numbers: Sequence[str]) -> list[BillHead]:
        """Heads of the bills that people call by these numbers. PER-714 where the vendor cannot look so."""
        ...

    def bills_with(self, side: ErpSide, field: str, values: Sequence[str]) -> list[Bill]:
        """Bills, whatever their status, whose header or line field `field` equals one of `values` (never ""), each with
        those lines of the side's table (one at most) that match. PER-714 where the vendor cannot look so."""
        ...

    def audited_bills(self, side: ErpSide, since: datetime) -> Iterator[BillHead]:
        """Heads of ALL bills that are AUDITED now and were audited at or after `since` (aware UTC), by whomever; their
        changed_at is the time of the audit. Raises when a page is incomplete, PER-714 where the vendor cannot tell."""
        ...

    def later_bills(self, refs: Sequence[Ref]) -> dict[str, list[LinkedBill]]:
        """The bills made directly of each of these (any forms), by its id, void ones too; absent where there is none.
        Forms that this account set does not have are passed over. PER-714 where the vendor cannot tell."""
        ...

    def earlier_bills(self, refs: Sequence[Ref]) -> dict[str, list[LinkedBill]]:
        """The bills that each of these was made of directly, by its id. PER-714 as above."""
        ...

    def bill_files(self, side: ErpSide, keys: Sequence[str]) -> dict[str, list[FileHead]]:
        """The attachments of these bills' heads by bill id, oldest first; a bill without any is absent. PER-714."""
        ...

    def read_file(self, side: ErpSide, file: FileHead, most: int) -> bytes:
        """A file's content, fetched now. Raises DAT-404 (field = its name) above `most` bytes, before more than a part of
        it was read; DAT-402 where it is gone."""
        ...

    def attach_file(self, side: ErpSide, ref: Ref, name: str, content: bytes) -> Ref:
        """*effect* One file more on an editable bill; answers the file's id. PER-714."""
        ...

    def save_bills(self, side: ErpSide, drafts: Sequence[BillDraft]) -> list[Outcome]:
        """*effect* New bills, status CREATED, our key in the key field."""
        ...

    def submit_bills(self, side: ErpSide, refs: Sequence[Ref]) -> list[Outcome]:
        """*effect* CREATED or REOPENED -> SUBMITTED."""
        ...

    def audit_bills(self, side: ErpSide, refs: Sequence[Ref]) -> list[Outcome]:
        """*effect* SUBMITTED -> AUDITED."""
        ...

    def send_back_bills(
        self, side: ErpSide, heads: Sequence[BillHead], reasons: Sequence[str]
    ) -> list[Outcome]:
        """*effect* SUBMITTED or AUDITED -> editable again; the connector picks the vendor's call by `head.status`.
        One reason for each head, for vendors whose call takes one.
        RUL-603 where downstream bills forbid it."""
        ...

    def note_bills(self, side: ErpSide, notes: Sequence[tuple[Ref, Row]]) -> list[Outcome]:
        """*effect, best effort* Header fields of an existing bill; nothing else of it may change."""
        ...

    def push_bill(self, side: ErpSide, ref: Ref, target: ErpSide, options: Mapping[str, str]) -> Ref:
        """*effect* The ERP's own conversion of one bill into the next; answers the new bill."""
        ...

    def delete_bills(self, side: ErpSide, refs: Sequence[Ref]) -> list[Outcome]:
        """*effect* Only editable bills."""
        ...

    def open_link(self, ref: Ref, user: str) -> str:
        """A short-lived address that opens this bill signed in as `user`; never stored, never logged."""
        ...


class OaConnector(Connector, Protocol):
    """An OA: it keeps approval requests."""

    def fields(self, side: OaSide) -> tuple[FieldInfo, ...]:
        """The fields of the workflow's form; tables are named "detail_1", "detail_2" in the form's order."""
        ...

    def requests(self, side: OaSide, since: datetime) -> Iterator[RequestHead]:
        """Heads of all requests of the workflow created or handled since `since` (aware UTC; may reach further back),
        whoever made them, as the monitoring account sees them. Raises when a page is incomplete."""
        ...

    def waiting_requests(self, side: OaSide, since: datetime | None = None) -> Iterator[RequestHead]:
        """Heads of ALL requests of the workflow that wait for the integration account now, whenever they came there. Where
        nothing waits at a node (see waits_when_agreed): of those opened since then that are over, agreed or not; None = of
        the last days, as the system's settings say. Raises when a page is incomplete, PER-714 where the vendor cannot tell."""
        ...

    def read_request(self, side: OaSide, ref: Ref) -> OaRequest:
        """One request: form values, details, opinions and a status proved as the vendor's sheet says.
        Raises DAT-402 when the OA says that it is not there, PER-701 when we may not see it."""
        ...

    def find_requests(self, side: OaSide, key: str, sent_as: str, since: datetime | None) -> list[Ref]:
        """Requests whose key field *equals* `key`, among those opened in the name of `sent_as`."""
        ...

    def find_rounds(self, side: OaSide, document_key: str, sent_as: str) -> list[tuple[str, Ref]]:
        """Every request whose key field begins with `document_key` + "-R", as (whole key, Ref)."""
        ...

    def request_files(self, side: OaSide, ref: Ref) -> list[FileHead]:
        """The files in the attachment fields of a request, in its order. PER-714 where the vendor cannot tell."""
        ...

    def read_file(self, side: OaSide, ref: Ref, file: FileHead, most: int) -> bytes:
        """A file's content by an address made now. Raises DAT-404 (field = its name) above `most` bytes, DAT-402 where it is
        gone."""
        ...

    def upload_file(self, side: OaSide, name: str, content: bytes, sent_as: str) -> Ref:
        """*effect* A file for a request that is still to be opened in the name of `sent_as`; answers its id. Without a
        request nobody sees it. PER-714."""
        ...

    def open_request(self, side: OaSide, draft: RequestDraft) -> Ref:
        """*effect* A new request, running, in the name of `draft.sent_as`."""
        ...

    def cancel_request(self, side: OaSide, ref: Ref, sent_as: str, reason: str) -> None:
        """*effect* Ends a running request whose bill was taken back; afterwards it is not RUNNING."""
        ...

    def close_request(self, side: OaSide, ref: Ref, sent_as: str, reason: str) -> None:
        """*effect* Ends a returned request for good, so that nobody hands it in again."""
        ...

    def submit_request(
        self, side: OaSide, ref: Ref, sent_as: str, values: Mapping[str, str], opinion: str
    ) -> None:
        """*effect* Hands the request on at the node of `sent_as`, writing `values` into the form.
        sent_as "" = the integration account; so in return_request."""
        ...

    def return_request(self, side: OaSide, ref: Ref, sent_as: str, reason: str) -> None:
        """*effect* Back to its maker with the reason."""
        ...

    def remarks(self, side: OaSide, ref: Ref) -> list[str]:
        """The words of every line in the request's log, those that moved nothing too: did our words arrive?"""
        ...

    def tell_applicant(self, side: OaSide, ref: Ref, sent_as: str, text: str) -> None:
        """*effect, best effort* Words for whoever handed it in, on the request itself; nothing moves."""
        ...

    def calls_made(self) -> int:
        """Calls that left since this connector was made, for vendors that meter them."""
        ...

    def open_link(self, ref: Ref, user: str) -> str:
        """A short-lived address that opens this request signed in as `user` (a key of base data "user"), or with "" (and
        always where links are plain) one that signs nobody in; never stored, never logged. With "" a vendor that meters
        calls is not asked. PER-701 for somebody who may not work (any more), PER-714 where no address is known."""
        ...

    def sign_on_address(self, back: str, state: str) -> str:
        """Where a browser proves to the OA who sits before it; the OA sends it on to `back` with `state` and a code.
        Raises PER-714 where the vendor or this site has no such page."""
        ...

    def signed_on(self, code: str, back: str, state: str) -> str:
        """Whom the OA vouches for, by the one-use code it gave to the browser on the way that `sign_on_address` began:
        the person's OA id. Asked of the OA itself, never read from an address. Raises PER-701 with the OA's words."""
        ...

    def may_see(self, ref: Ref, person: str) -> bool:
        """Does the OA show this request to this person (his OA id)?"""
        ...


class Secrets(Protocol):
    """One system's drawer of the vault."""

    def get(self, name: str) -> str:
        """The secret. Raises PER-706 where neither the environment nor the keyring has it."""
        ...

    def find(self, name: str) -> str | None:
        """The secret or None."""
        ...

    def put(self, name: str, value: str) -> None:
        """Stores it in the keyring. Raises PER-706 where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class VendorField:
    """One field of the connection form; its label is `field-<vendor>-<name>` in the text catalogue.

    hidden: kept in the vault by the connector itself (registration values), never typed by a person.
    """

    name: str
    secret: bool = False
    required: bool = True
    default: str = ""
    choices: tuple[str, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Push:
    """What came in at the gateway in a system's name. headers: with small letters; query: what stands in the address."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Heard:
    """A push that was proved to come from its system.

    once: what makes it this push and no other.  at: when it was sent, Unix seconds; None = its form carries no time.
    window_s: how far `at` may be off, and how long `once` is remembered.
    answer:   the JSON text that the sender waits for, "" = none.
    hint:     the reason to look; None for a proof of the address, or news of something else.
    """

    once: str
    at: float | None
    window_s: float
    answer: str = ""
    hint: Hint | None = Hint()


@dataclass(frozen=True, slots=True)
class Vendor:
    """What a vendor's folder declares; registry.py holds one line for each.

    prepare: a person's order at set-up, where the vendor wants one (registration); it may write secrets.
    heard:   proves a push in the vendor's own form by (push, system, secret by name, "" = none kept); None = it is not.
    """

    id: str
    role: SystemRole
    fields: tuple[VendorField, ...]
    capabilities: Capabilities
    connect: Callable[[System, Secrets], ErpConnector | OaConnector]
    prepare: Callable[[System, Secrets], None] | None = None
    options: Iterable[VendorField] = field(default_factory=tuple)
    heard: Callable[[Push, System, Callable[[str], str]], Heard | None] | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to tell people something: mail, a group's robot. `send` gets its options, its drawer and the message; it raises
    SyncError, certain where the message surely did not arrive."""

    id: str
    fields: tuple[VendorField, ...]
    send: Callable[[Mapping[str, str], Secrets, Message], None]
