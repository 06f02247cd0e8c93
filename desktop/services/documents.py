"""Queue, one document, and what a person may order about it. Views ask here and nowhere else.

How a document is shown stands in story.py, what may be ordered in document_orders.py.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.connectors.base import Capabilities
from desktop.connectors.registry import VENDORS
from desktop.domain.document import Document, Failure
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import Flow, FlowKind
from desktop.domain.record import Ref
from desktop.domain.system import Person, System
from desktop.services.document_orders import DocumentOrders, Editable, ResendOptions, open_day
from desktop.services.doubts import Doubt
from desktop.services.evidence import Pack
from desktop.services.story import (
    Event,
    EventKind,
    Row,
    Story,
    from_opinions,
    from_trail,
    legs_left,
    named,
    row_of,
)
from desktop.store.change import KeptExchange
from desktop.store.search import Question, Search
from desktop.sync.orders import may_hand_over

if TYPE_CHECKING:
    from desktop.services.chain import Chain
    from desktop.services.provenance import Provenance
    from desktop.services.tail import Tail
    from desktop.services.workspace import Workspace

__all__ = [
    "Documents",
    "Editable",
    "Event",
    "EventKind",
    "Question",
    "ResendOptions",
    "Row",
    "Story",
    "open_day",
]

LINK_SKEW_S = 60.0
"""A clock that is further off makes signed addresses fail at the other end."""


class Documents(DocumentOrders):
    """Reads go to the store; orders are written down and taken by whoever runs the engine."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._search = Search(workspace.store, lambda: workspace.people.seat.routes)

    # --- lists --------------------------------------------------------------------------------
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
        with (
            self._workspace.ledger.session()
        ):  # a flow asks a few small questions for each company: one connection for all
            return self._rows(ids)

    def _rows(self, ids: Sequence[int]) -> list[Row]:
        titles = {route.id: route.title for route in self._workspace.catalog.routes()}
        spoken, flows = self._told_in_words(), dict[tuple[str, str], Flow | None]()

        def flow_of(document: Document) -> Flow | None:
            where = document.route_id, document.flow_id
            if where not in flows:
                flows[where] = self._flow(document) or self._workspace.flows.get(document.flow_id)
            return flows[where]

        return [row_of(line, titles, flow_of(line.document), spoken) for line in self._search.lines(ids)]

    def state_counts(self, question: Question) -> dict[str, int]:
        """Documents by state."""
        return self._search.state_counts(question)

    def count_needing_a_person(self) -> int:
        """How many documents wait for a person."""
        return self._search.needing_a_person()

    def find(self, text: str, limit: int = 20) -> list[Row]:
        """For the command box: documents by any number, partner or amount, newest first."""
        return self.rows(self.first_ids(Question(text=text), "changed_at", descending=True, limit=limit))

    # --- one document --------------------------------------------------------------------------------
    def story(self, document_id: int) -> Story:
        """Everything of one document. Raises DAT-402 where it is not here, PER-716 where it is not his to see."""
        ledger = self._workspace.ledger
        found = ledger.by_ids([document_id])
        if not found:
            raise SyncError(ErrorCode.RECORD_MISSING, system="", number=str(document_id))
        self._workspace.people.demand_seat("read", found[0].route_id)
        rounds = self._workspace.archive.whole(found[0].key_part, ledger.rounds(document_id))
        attempts = ledger.attempts(document_id)
        entries = self._workspace.trail.newest(f"document:{document_id}", 2_000)
        events = sorted([*from_trail(entries), *from_opinions(rounds)], key=lambda event: event.at)
        story = Story(
            self.rows([document_id])[0], found[0], tuple(rounds), tuple(ledger.all_links(document_id)),
            tuple(attempts), tuple(self._told(each) for each in ledger.failures(document_id)), tuple(events),
            self._by_hand(found[0]), self._forms(found[0]), tuple(ledger.files([document_id]).get(document_id, ())),
            self.may_pass_gate(found[0]), self._workspace.people.rights_at_window(found[0].route_id),
            self._locks(found[0]), self.shut_sides(found[0]), self._files_stay(found[0]),
            legs_left(self._flow(found[0])),
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

    def shut_sides(self, document: Document) -> frozenset[str]:
        """The sides of the document's route that nothing opens."""
        return frozenset(side for side, able in self._able(document).items() if able.no_links)

    def _able(self, document: Document) -> dict[str, Capabilities]:
        """What the products on both sides of the document's route can do, as far as they are known."""
        catalog = self._workspace.catalog
        route = next((each for each in catalog.routes() if each.id == document.route_id), None)
        if route is None:
            return {}
        systems = catalog.systems()
        sides = {"erp": systems.get(route.erp_id), "oa": systems.get(route.oa_id)}
        vendors = {side: VENDORS.get(system.vendor) for side, system in sides.items() if system is not None}
        return {side: vendor.capabilities for side, vendor in vendors.items() if vendor}

    def _files_stay(self, document: Document) -> str:
        """The side where the record's files stay, although its flow would carry them."""
        try:
            flow = self._workspace.flow_for(document.route_id, document.flow_id)
        except SyncError:  # the company's part does not fit: that is told elsewhere
            return ""
        able = self._able(document)
        if flow is None or flow.attachments is None or len(able) < 2:
            return ""
        gives, takes = ("oa", "erp") if flow.attachments.leg else ("erp", "oa")
        return "" if able[gives].list_files and able[takes].take_files else gives

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

    def _locks(self, document: Document) -> bool:
        flow = self._flow(document)
        return flow is not None and flow.lock is not None

    def _forms(self, document: Document) -> tuple[str, ...]:
        """Where a vendor's file stands in for the group's, people still call its bills as they call the group's: a form of
        the customer's own there is a number."""
        flow, group = self._flow(document), self._workspace.flows.get(document.flow_id)
        if flow is None:
            return ()
        named = group if group is not None and len(group.legs) == len(flow.legs) else flow
        return tuple(leg.erp.form for leg in named.legs)

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

    # --- in the systems --------------------------------------------------------------------------------
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
        ours = system.options.get("user", "") or system.options.get("user_id", "")
        if login and not user:
            user = self._who_sits(login, document, side, system)
        elif not user:
            user = ours
        connector = self._workspace.connect(system)
        user = user or (ours if connector.capabilities.plain_links else "")  # nobody is signed in by it
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
