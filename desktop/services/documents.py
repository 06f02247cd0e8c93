"""Queue, one document, and what a person may order about it. Views ask here and nowhere else."""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Container, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from desktop.connectors.base import ErpConnector, OaConnector
from desktop.connectors.registry import VENDORS
from desktop.domain.document import (
    Attempt,
    AttemptOutcome,
    AuditEntry,
    CarriedFile,
    Document,
    DocumentState,
    Failure,
    Link,
    Round,
)
from desktop.domain.errors import ErrorCode, FailureClass, SyncError
from desktop.domain.flow import Flow, FlowKind, LegBy
from desktop.domain.record import Money, Ref
from desktop.domain.system import Person, System
from desktop.services.doubts import Doubt
from desktop.services.evidence import Pack
from desktop.services.people import Second
from desktop.store.change import KeptExchange
from desktop.store.search import Line, Question, Search
from desktop.sync.base_table import base_table_of
from desktop.sync.by_hand import read_bill_by_hand, read_request_by_hand
from desktop.sync.date_moving import BEFORE
from desktop.sync.drafting import Drafting
from desktop.sync.gate import PASSABLE
from desktop.sync.orders import may_hand_over
from desktop.sync.resend import editable, edited
from desktop.sync.translate import Translator

if TYPE_CHECKING:
    from desktop.services.chain import Chain
    from desktop.services.provenance import Provenance
    from desktop.services.tail import Tail
    from desktop.services.workspace import Workspace

__all__ = ["Documents", "Event", "EventKind", "Question", "Row", "Story"]

MOST_EXPORTED = 100_000
LINK_SKEW_S = 60.0
"""A clock that is further off makes signed addresses fail at the other end."""

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
    shut: the sides ("erp", "oa") whose product has no address that would open a record.
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


@dataclass(frozen=True, slots=True)
class Editable:
    """A field that may say something else for one resend. sent: what was sent (or would have been) the last time."""

    target: str
    label: str
    sent: str
    edit: str = ""


@dataclass(frozen=True, slots=True)
class ResendOptions:
    """then: the version of the flow that the round began with, "" where it is the one in force."""

    then: str
    rows: tuple[Editable, ...]


class Documents:
    """Reads go to the store; orders are written down and taken by whoever runs the engine."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._search = Search(workspace.store, lambda: workspace.people.seat.routes)

    # --- lists -------------------------------------------------------------------------------------------------------
    def count(self, question: Question) -> int:
        """How many documents a question finds."""
        return self._search.count(question)

    def first_ids(self, question: Question, sort: str, *, descending: bool, limit: int = 200) -> array[int]:
        """The first page, at once."""
        return self._search.ids(question, sort, descending=descending, limit=limit)

    def all_ids(self, question: Question, sort: str, *, descending: bool) -> array[int]:
        """Every id in order; a second for a million."""
        return self._search.ids(question, sort, descending=descending)

    def rows(self, ids: Sequence[int]) -> list[Row]:
        """Lines of the queue by id, in the order asked."""
        titles = {route.id: route.title for route in self._workspace.catalog.routes()}
        spoken = self._told_in_words()
        return [_row(line, titles, self._workspace.flows, spoken) for line in self._search.lines(ids)]

    def state_counts(self, question: Question) -> dict[str, int]:
        """Documents by state."""
        return self._search.state_counts(question)

    def count_needing_a_person(self) -> int:
        """How many documents wait for a person."""
        return self._search.needing_a_person()

    def find(self, text: str, limit: int = 20) -> list[Row]:
        """For the command box: documents by any number, partner or amount, newest first."""
        return self.rows(self.first_ids(Question(text=text), "changed_at", descending=True, limit=limit))

    def export(self, question: Question, sort: str, *, descending: bool, headings: Mapping[str, str]) -> str:
        """The list as CSV (UTF-8 with a mark, so that spreadsheets read Chinese). Cells never become formulas."""
        out = io.StringIO()
        writer = csv.writer(out)
        say = self._workspace.text.say
        writer.writerow(headings.values())
        ids = self._search.ids(question, sort, descending=descending, limit=MOST_EXPORTED)
        for start in range(0, len(ids), 500):
            for row in self.rows(ids[start : start + 500]):
                cells = {
                    "state": say(f"state-{row.state.value}"), "company": row.company, "flow": say(f"flow-{row.flow_id}"),
                    "number": row.number, "request_number": row.request_number, "partner": row.partner,
                    "amount": f"{row.amount.amount}" if row.amount else "",
                    "currency": row.amount.currency if row.amount else "", "round": str(row.round),
                    "created_at": row.created_at.isoformat(timespec="seconds"),
                    "changed_at": row.changed_at.isoformat(timespec="seconds"),
                    "next_step": row.next_step, "code": row.code,
                }  # fmt: skip
                writer.writerow([harmless(cells.get(name, "")) for name in headings])
        return "\ufeff" + out.getvalue()

    # --- one document ------------------------------------------------------------------------------------------------
    def story(self, document_id: int) -> Story:
        """Everything of one document. Raises DAT-402 where it is not here, PER-716 where it is not his to see."""
        ledger = self._workspace.ledger
        found = ledger.by_ids([document_id])
        if not found:
            raise SyncError(ErrorCode.RECORD_MISSING, system="", number=str(document_id))
        self._workspace.people.demand_seat("read", found[0].route_id)
        rounds = self._workspace.archive.whole(found[0].key_part, ledger.rounds(document_id))
        attempts = ledger.attempts(document_id)
        entries = self._workspace.trail.entries(f"document:{document_id}", limit=2_000)
        events = sorted([*_from_trail(entries), *_from_opinions(rounds)], key=lambda event: event.at)
        story = Story(
            self.rows([document_id])[0], found[0], tuple(rounds), tuple(ledger.all_links(document_id)),
            tuple(attempts), tuple(self._told(each) for each in ledger.failures(document_id)), tuple(events),
            self._by_hand(found[0]), self._forms(found[0]), tuple(ledger.files([document_id]).get(document_id, ())),
            self.may_pass_gate(found[0]), self._workspace.people.rights_at_window(found[0].route_id),
            self._locks(found[0]), self._shut(found[0]),
        )  # fmt: skip
        return self._workspace.people.shown(story)

    def _told_in_words(self) -> frozenset[str]:
        """Companies in whose OA an agreed request does not move any more: words tell what became of it."""
        systems = self._workspace.catalog.systems()
        speaking = {
            system.id
            for system in systems.values()
            if (vendor := VENDORS.get(system.vendor)) and vendor.capabilities.waits_when_agreed
        }
        return frozenset(each.id for each in self._workspace.catalog.routes() if each.oa_id in speaking)

    def _shut(self, document: Document) -> frozenset[str]:
        """The sides of the document's route that nothing opens."""
        catalog = self._workspace.catalog
        route = next((each for each in catalog.routes() if each.id == document.route_id), None)
        if route is None:
            return frozenset()
        systems = catalog.systems()
        sides = {"erp": systems.get(route.erp_id), "oa": systems.get(route.oa_id)}
        vendors = {side: VENDORS.get(system.vendor) for side, system in sides.items() if system is not None}
        return frozenset(side for side, vendor in vendors.items() if vendor and vendor.capabilities.no_links)

    def doubt(self, document_id: int) -> Doubt | None:
        """What the target shows of an attempt in doubt; see doubts.py."""
        return self._workspace.doubts.look(document_id)

    def price_sources(self, document_id: int) -> Provenance:
        """Whence the prices of its lines come, read now; see provenance.py."""
        document = next(iter(self._workspace.ledger.by_ids([document_id])), None)
        if document is not None:
            self._workspace.people.demand_seat("read", document.route_id)
        return self._workspace.provenances.of(document_id)

    def take_evidence(self, person: str, document_id: int, path: Path) -> Pack:
        """Its evidence pack; see evidence.py."""
        return self._workspace.evidence.make(person, document_id, path)

    def evidence_name(self, number: str) -> str:
        """What that pack is called."""
        return self._workspace.evidence.default_name(number)

    def confirmers(self, login: str, order: str, ids: Sequence[int]) -> list[Person]:
        """Who may be the second person of an order about these documents."""
        return self._workspace.people.seconds(login, order, self._workspace.people.routes_of(ids))

    def _by_hand(self, document: Document) -> bool:
        flow = self._flow(document)
        return (
            flow is not None
            and flow.kind is not FlowKind.GATE
            and may_hand_over(self._workspace.ledger, document)
        )

    def _flow(self, document: Document) -> Flow | None:
        """The document's flow as its company has it; the group's where that cannot be told."""
        with suppress(SyncError):
            return self._workspace.flow_for(document.route_id, document.flow_id)
        return self._workspace.flows.get(document.flow_id)

    def _locks(self, document: Document) -> bool:
        flow = self._flow(document)
        return flow is not None and flow.lock is not None

    def _forms(self, document: Document) -> tuple[str, ...]:
        flow = self._flow(document)
        return tuple(leg.erp.form for leg in flow.legs) if flow else ()

    def _told(self, failure: Failure) -> Failure:
        """With the system that it speaks of by its name."""
        names = {system.id: system.title for system in self._workspace.catalog.systems().values()}
        return replace(failure, facts=named(failure.facts, names)) if "system" in failure.facts else failure

    def exchanges(self, attempt_id: int) -> list[KeptExchange]:
        """The masked calls of an attempt, for the tabs "sent" and "answer". Raises PER-716."""
        ledger, people = self._workspace.ledger, self._workspace.people
        document, kept = ledger.of_attempt(attempt_id), ledger.exchanges(attempt_id)
        if not kept and (attempt := ledger.attempt(attempt_id)) is not None:
            kept = self._workspace.archive.exchanges(attempt)
        if document is None:
            return people.shown(kept)
        people.demand_seat("read", document.route_id)
        rounds = self._workspace.archive.whole(document.key_part, ledger.rounds(document.id))
        return people.shown((kept, rounds))[0]  # an account that a round knows is hidden in its calls

    def open_link(self, document_id: int, side: str, user: str = "", *, person: str = "") -> str:
        """A short-lived address of the bill (side "erp") or its request (side "oa"). Made on the click, never kept.

        user:   whom to sign in as (an ERP user, or an OA person's id); "" = see person.
        person: a login of ours, "" = whoever sits at this window: signed in is the person whom an administrator named
                (Users.sit). Nobody named: the OA's page signs nobody in, the ERP's is refused (PER-741). Without a window:
                the integration user.
        Raises PER-707 where the system's clock is off: a signed address carries the time.
        """
        if person:
            self._workspace.people.demand_for(person, "open_side", [document_id])
        document = self._workspace.ledger.by_ids([document_id])[0]
        if not user:
            self._workspace.people.demand_seat("open_side", document.route_id)
        ref = self.record_of(document, side)
        if ref is None:
            raise SyncError(ErrorCode.RECORD_MISSING, system=side, number=document.source.number)
        return self.link_to(document, ref, side, user, person)

    def link_to(self, document: Document, ref: Ref, side: str, user: str = "", login: str = "") -> str:
        """The same for any record that belongs to a document, such as a bill of its chain; the caller asked who may."""
        self.clock_is_right(document)
        system, seat = self._workspace.catalog.system(ref.system_id), self._workspace.people.seat.person
        login = login or (seat.login if seat is not None else "")
        if login and not user:
            user = self._who_sits(login, document, side, system)
        elif not user:
            user = system.options.get("user", "") or system.options.get("user_id", "")
        connector = self._workspace.connect(system)
        try:
            address = connector.open_link(ref, user)
            skew = connector.clock_skew_s()
            if abs(skew) > LINK_SKEW_S:
                raise SyncError(ErrorCode.CLOCK_SKEW, certain=True, system=system.id, seconds=round(skew))
            return address
        finally:
            connector.close()

    def _who_sits(self, login: str, document: Document, side: str, system: System) -> str:
        oa_id = self._workspace.users.seat(login)
        if side == "oa":
            return oa_id
        user = self._workspace.users.erp_user(document.route_id, oa_id) if oa_id else ""
        if not user:
            raise SyncError(
                ErrorCode.PERSON_UNKNOWN_HERE, certain=True, person=login, system=system.title or system.id
            )
        return user

    def clock_is_right(self, document: Document) -> None:
        """Raises PER-707 where the engine's last pass found a clock that is off: said before a link fails by it."""
        held = self._workspace.ledger.hold(document.route_id, document.flow_id)
        if held is not None and held[0] == ErrorCode.CLOCK_SKEW.id:
            raise SyncError(ErrorCode.CLOCK_SKEW, certain=True, **dict(held[1]))

    def chain(self, document_id: int) -> Chain:
        """The bills around it, as the ERP tells them now. See chain.py."""
        return self._workspace.chains.of(document_id)

    def tail(self, document_id: int) -> Tail | None:
        """Its lines in both systems, fen by fen; None where the flow names no fields for it. See tail.py."""
        return self._workspace.tails.of(document_id)

    def open_bill(self, document_id: int, bill: Ref) -> str:
        """A short-lived address of a bill of its chain."""
        return self._workspace.chains.open_bill(document_id, bill)

    def record_of(self, document: Document, side: str) -> Ref | None:
        """The bill or the request; of a generation's bills the latest."""
        ledger, flow = self._workspace.ledger, self._flow(document)
        if flow is not None and flow.kind is FlowKind.GENERATION:
            made = ledger.leg_links([document]).get(document.id, {})
            return document.source if side == "oa" else (made[max(made)].erp if made else None)
        link = ledger.links([document]).get(document.id)
        return document.source if side == "erp" else (link.oa if link else None)

    # --- orders ------------------------------------------------------------------------------------------------------
    def retry(self, person: str, ids: Sequence[int]) -> int:
        """Tries the failed step again; an attempt in doubt is looked for again."""
        return self._workspace.order(person, "retry", tuple(ids))

    def settle(self, person: str, document_id: int, *, is_there: bool, number: str = "") -> int:
        """A person settles an attempt in doubt: it is there (with its number), or it is not."""
        self._workspace.people.demand_for(person, "is_there", (document_id,))
        if not is_there:
            return self._workspace.order(person, "is_not_there", (document_id,))
        document = self._workspace.ledger.by_ids([document_id])[0]
        route = next(each for each in self._workspace.catalog.routes() if each.id == document.route_id)
        flow = self._flow(document) or self._workspace.flows[document.flow_id]
        return self._workspace.order(
            person, "is_there", (document_id,), number=number, system_id=route.oa_id, form=flow.oa.form
        )

    def hand_over(self, person: str, document_id: int, number: str) -> int:
        """Entered by hand: binds the document to the request (of a generation: the bill) `number` and closes it, where both
        are about the same.

        Compared at once, so that a person sees what differs, and again by the engine when it takes the order.
        Raises RUL-615, DAT-402, PER-716, and what the systems' lines raise.
        """
        self._workspace.people.demand_for(person, "hand_over", (document_id,))
        document = self._workspace.ledger.by_ids([document_id])[0]
        route = next(each for each in self._workspace.catalog.routes() if each.id == document.route_id)
        flow = self._workspace.flow_for(route.id, document.flow_id) or self._workspace.flows[document.flow_id]
        switch = route.switch(document.flow_id)
        if flow.kind is FlowKind.GATE or switch is None:
            raise SyncError(ErrorCode.CANNOT, system=document.source.system_id, what="hand_over")
        erp, oa = (
            self._workspace.connect(self._workspace.catalog.system(each))
            for each in (route.erp_id, route.oa_id)
        )
        base, side = (
            base_table_of(self._workspace.catalog, route.id),
            replace(flow.oa, workflow=switch.workflow),
        )
        ends = cast(ErpConnector, erp), cast(OaConnector, oa)
        try:
            if flow.kind is FlowKind.GENERATION:
                drafting = Drafting(flow)
                bill = read_bill_by_hand(drafting, side, *ends, base.code, document, number)
                once = drafting.once(ends[1].read_request(side, document.source))
                return self._workspace.order(
                    person, "hand_over", (document_id,), number=bill.ref.number, system_id=route.erp_id,
                    form=flow.legs[0].erp.form, key=bill.ref.key, once=[list(each) for each in once],
                )  # fmt: skip
            read_request_by_hand(Translator(flow), side, *ends, base.key, document, number)
        finally:
            erp.close()
            oa.close()
        return self._workspace.order(
            person, "hand_over", (document_id,), number=number, system_id=route.oa_id, form=flow.oa.form
        )

    def resend_options(self, document_id: int) -> ResendOptions:
        """How this document could be sent once more: the version of then, and the fields whose value may be replaced."""
        ledger = self._workspace.ledger
        document = ledger.by_ids([document_id])[0]
        self._workspace.people.demand_seat("read", document.route_id)
        flow = self._flow(document)
        if flow is None or flow.kind is not FlowKind.APPROVAL:
            raise SyncError(ErrorCode.CANNOT, certain=True, system=document.source.system_id, what="resend")
        round_, wish = ledger.round(document.id, document.round), ledger.wishes([document]).get(document.id)
        then = round_.flow_version if round_ is not None and round_.flow_version != flow.version else ""
        sent: Mapping[str, Any] = dict(round_.mapped.get("fields", {})) if round_ is not None else {}
        labels = self._labels(document, flow)
        edits = wish.edits if wish is not None else {}
        rows = tuple(
            Editable(row.target, labels.get(row.target, row.target), str(sent.get(row.target, "")), edits.get(row.target, ""))
            for row in editable(flow)
        )  # fmt: skip
        return self._workspace.people.shown(ResendOptions(then, rows))

    def _labels(self, document: Document, flow: Flow) -> dict[str, str]:
        """What the OA's form calls its fields; asked of the OA where it was never read. None where that cannot be."""
        mapping = self._workspace.mapping
        route = next(each for each in self._workspace.catalog.routes() if each.id == document.route_id)
        with suppress(SyncError, KeyError):
            forms = mapping.forms(flow.id, route)
            if not forms.oa:
                mapping.read_forms(flow.id, route.id)
                forms = mapping.forms(flow.id, route)
            return {each.key: each.label for each in forms.oa if each.label}
        return {}

    def resend(
        self, person: str, document_id: int, *, version: str = "", edits: Mapping[str, str] | None = None, reason: str = ""
    ) -> int:  # fmt: skip
        """Sends a document once more that nothing was sent of: version = that of then (resend_options), "" = the mapping in
        force; edits: other values for this resend only. Raises PER-715 for a field that may not be edited, PER-716."""
        self._workspace.people.demand_for(person, "resend", (document_id,))
        document = self._workspace.ledger.by_ids([document_id])[0]
        if (flow := self._flow(document)) is not None:
            edited(flow, edits or {})
        return self._workspace.order(
            person, "resend", (document_id,), version=version, edits=dict(edits or {}), reason=reason
        )

    def make_again(self, person: str, document_id: int, reason: str, second: Second | None = None) -> int:
        """From the start, of a generation: its first bill is deleted and made anew, as long as it is not audited. Raises
        PER-750 near the end of a month, where a second person must say so too."""
        return self._anew("make_again", person, document_id, reason, second)

    def send_anew(self, person: str, document_id: int, reason: str, second: Second | None = None) -> int:
        """From the start: the running request is ended, and the bill sent anew with the mapping in force. Raises the same."""
        return self._anew("send_anew", person, document_id, reason, second)

    def _anew(self, order: str, person: str, document_id: int, reason: str, second: Second | None) -> int:
        people = self._workspace.people
        people.demand_for(person, order, (document_id,))
        witness = people.witness(person, order, second, people.routes_of((document_id,)))
        return self._workspace.order(person, order, (document_id,), witness=witness, reason=reason)

    def decide(self, person: str, document_id: int, decision: str, reason: str) -> int:
        """After a forced end or a changed form: "approved" or "rejected"."""
        return self._workspace.order(person, "decide", (document_id,), decision=decision, reason=reason)

    def accept(self, person: str, document_id: int, reason: str, second: Second | None = None) -> int:
        """A bill audited by hand is accepted as it is. Raises PER-750 where a second person must say so too."""
        people = self._workspace.people
        people.demand_for(person, "accept", (document_id,))
        witness = people.witness(person, "accept", second, people.routes_of((document_id,)))
        return self._workspace.order(person, "accept", (document_id,), witness=witness, reason=reason)

    def open_day(self, failure: Failure) -> str:
        """The day to propose where a period is closed: the first one after the closed day's month, as periods are months; no
        later than today. Neither ERP's interface tells which periods are open: whether it is, the ERP says when it is tried."""
        return open_day(str(failure.facts.get("date", "")), self._workspace.now().astimezone().date())

    def move_date(self, person: str, document_id: int, day: str) -> int:
        """A bill that we made gets another date, because its period is closed; its own stays in the note and in the trail."""
        note = self._workspace.text.say("date-moved-note", before=BEFORE, person=person)
        return self._workspace.order(person, "move_date", (document_id,), day=day, note=note)

    def send_again(self, person: str, document_id: int, reason: str) -> int:
        """A bill changed after it was agreed is asked again with its content of now: a new round."""
        return self._workspace.order(person, "send_again", (document_id,), reason=reason)

    def accept_changed(
        self, person: str, document_id: int, reason: str, seen: Sequence[str], second: Second | None = None
    ) -> int:
        """Two persons let a bill be audited as it lies there, though something else was agreed; refused where it is not what
        they saw any more. seen: the failure's `changes`. Raises PER-750 without a second person."""
        people = self._workspace.people
        people.demand_for(person, "accept_changed", (document_id,))
        witness = people.witness(person, "accept_changed", second, people.routes_of((document_id,)))
        return self._workspace.order(
            person, "accept_changed", (document_id,), witness=witness, reason=reason, seen=list(seen)
        )

    def pass_gate(self, person: str, document_id: int, reason: str, second: Second | None = None) -> int:
        """Two persons let an invoice pass as the gate refused it; its maker hands it in again, unchanged.

        Raises PER-750 without a second person, PER-714 where the document is no invoice of a gate."""
        people = self._workspace.people
        people.demand_for(person, "pass_gate", (document_id,))
        document = self._workspace.ledger.by_ids([document_id])[0]
        if not _is_gate(self._workspace.flows.get(document.flow_id)):
            raise SyncError(
                ErrorCode.CANNOT, certain=True, system=document.source.system_id, what="pass_gate"
            )
        witness = people.witness(person, "pass_gate", second, (document.route_id,))
        return self._workspace.order(person, "pass_gate", (document_id,), witness=witness, reason=reason)

    def may_pass_gate(self, document: Document) -> bool:
        """True where the gate refused an invoice for what it does not deduct, and nobody let it pass yet."""
        if (
            not _is_gate(self._workspace.flows.get(document.flow_id))
            or document.state is not DocumentState.RETURNED
        ):
            return False
        round_ = self._workspace.ledger.round(document.id, document.round)
        given = self._workspace.ledger.gate_passes([document.id]).get(document.id)
        open_pass = given is not None and round_ is not None and given.lets(round_.digest, document.round + 1)
        code = round_.opinions[-1].get("code", "") if round_ is not None and round_.opinions else ""
        return code in PASSABLE and not open_pass

    def dismiss(self, person: str, ids: Sequence[int], reason: str) -> int:
        """Ignored, with a reason."""
        return self._workspace.order(person, "dismiss", tuple(ids), reason=reason)

    def take_back(self, person: str, ids: Sequence[int]) -> int:
        """A dismissed document is taken up again."""
        return self._workspace.order(person, "take_back", tuple(ids))

    def run_now(self, person: str, route_id: str = "", flow_id: str = "") -> int:
        """Brings the next run forward."""
        return self._workspace.order(person, "run_now", (), route_id=route_id, flow_id=flow_id)

    def pause(self, person: str) -> int:
        """No further run begins."""
        return self._workspace.order(person, "pause")

    def resume(self, person: str) -> int:
        """Runs begin again."""
        return self._workspace.order(person, "resume")

    def order_result(self, order_id: int) -> str | None:
        """ "" while the order waits, its result afterwards, None for an unknown one."""
        return self._workspace.ledger.order_result(order_id)


def named(facts: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Facts in which a system is called by its name. names: titles by id."""
    told = dict(facts)
    if "system" in told:
        told["system"] = names.get(str(told["system"]), told["system"])
    return told


def _is_gate(flow: Flow | None) -> bool:
    return flow is not None and flow.kind is FlowKind.GATE


def _next_step(document: Document, flow: Flow | None) -> str:
    """The name of the step that comes next; a generation's leg that is as far as it goes is followed by the next bill."""
    if _is_gate(flow) and document.state is DocumentState.FOUND:
        return "check_claims"
    if flow is None or flow.kind is not FlowKind.GENERATION or document.state.at_rest:
        return _NEXT_STEP.get(document.state, "")
    done = document.leg > 0 and document.state.value == flow.legs[document.leg - 1].until.value
    if not done and document.state is not DocumentState.FOUND:
        return _NEXT_STEP.get(document.state, "")
    if document.leg >= len(flow.legs):
        return "write_back"
    return "push_bill" if flow.legs[document.leg].by is LegBy.PUSH else "save_bill"


def _row(line: Line, titles: Mapping[str, str], flows: Mapping[str, Flow], spoken: Container[str]) -> Row:
    """spoken: routes whose OA is told in words."""
    document, failure = line.document, line.failure
    flow = flows.get(document.flow_id)
    code = failure.code if failure else ""
    in_doubt = bool(code) and ErrorCode.named(code).failure_class is FailureClass.IN_DOUBT
    needs_person = failure is not None and failure.next_try_at is None
    return Row(
        id=document.id, state=document.state, round=document.round, in_doubt=in_doubt, needs_person=needs_person,
        code=code, company=titles.get(document.route_id, document.route_id), flow_id=document.flow_id,
        number=document.source.number, request_number=document.request_number, partner=document.partner,
        amount=document.amount, created_at=document.created_at, changed_at=document.changed_at,
        next_step="" if needs_person else _next_step(document, flows.get(document.flow_id)),
        next_try_at=failure.next_try_at if failure else None, kept_out=line.kept_out, gate=_is_gate(flow),
        in_words=flow is not None and flow.kind is FlowKind.GENERATION and document.route_id in spoken,
    )  # fmt: skip


def _from_trail(entries: Sequence[AuditEntry]) -> list[Event]:
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


def _from_opinions(rounds: Sequence[Round]) -> list[Event]:
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


def open_day(closed: str, today: date) -> str:
    """The first day of the month after `closed` (ISO), or today where that is still to come; "" for no date."""
    try:
        day = date.fromisoformat(closed)
    except ValueError:
        return ""
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return (following if following <= today or today <= day else today).isoformat()


def harmless(cell: str) -> str:
    """A cell that a spreadsheet must not take for a formula."""
    return (
        f"'{cell}"
        if cell[:1] in ("=", "+", "@", "\t", "\r") or (cell[:1] == "-" and not _is_number(cell))
        else cell
    )


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).lstrip("-").isdigit()


def open_step(attempts: Sequence[Attempt]) -> Attempt | None:
    """The attempt that is in doubt, if any."""
    return next((each for each in reversed(attempts) if each.outcome is AttemptOutcome.IN_DOUBT), None)
