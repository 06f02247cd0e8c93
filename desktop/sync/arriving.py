"""Requests that wait for the integration account: the new ones become documents, one that was returned and handed in
again gets its next round, one that left us before anything was made of it is cancelled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from desktop.domain.document import Document, DocumentState, key_part, leg_key
from desktop.domain.errors import SyncError
from desktop.domain.record import Decision, OaRequest, Ref, RequestHead, RequestStatus
from desktop.store.change import Change, NewDocument
from desktop.sync import generation
from desktop.sync.at_hand import AtHand
from desktop.sync.beginning import Beginning
from desktop.sync.run import FIRST_LISTING
from desktop.sync.sweep import Memory

_ROUNDS = range(1, 10)
"""Rounds of a request that another copy of the store may have made a bill of: nobody hands the same one in ten times."""


class Arriving:
    """What came to our node, and what went from it, since the last pass."""

    def __init__(self, hand: AtHand, beginning: Beginning, memory: Memory) -> None:
        self._hand = hand
        self._beginning = beginning
        self._memory = memory
        self._ends = hand.ends

    def discover(self) -> int:
        """New requests become documents, those handed in again get their next round; answers how many are new."""
        hand, seen = self._hand, self._hand.waiting
        side = self._ends.oa_side
        known = hand.ledger.by_source(self._ends.oa.system.id, side.form, hand.flow_id, list(seen))
        companies = self._memory.companies
        self._memory.companies = {key: told for key, told in companies.items() if key in seen}
        new = [self._mine(head) for key, head in seen.items() if key not in known]
        resting = [each for each in known.values() if each.state.at_rest and each.route_id == hand.route_id]
        fresh = [request for request in new if request is not None]
        self.take_in(fresh)
        for document in resting:
            self._meet_again(document)
        return len(fresh)

    def take_in(
        self, fresh: Sequence[OaRequest], also: Callable[[Change], None] = lambda change: None
    ) -> None:
        """These requests become documents; `also` is written with them."""
        with self._hand.changing() as change:
            rows = [self._new(request) for request in fresh]
            for document, request in zip(change.add(rows), fresh, strict=True):
                change.describe(document, *self._hand.drafting.shown(request), request.ref.number)
                self._check_company(change, document, request)
            also(change)

    def take_unread(self, change: Change, unread: Sequence[tuple[Ref, SyncError]]) -> None:
        """Requests that the OA cannot tell become documents that say so. Whose they are, and whether they are agreed, is
        asked before anything is made of them, see beginning.py."""
        for document, (_, error) in zip(
            change.add([self._of(ref) for ref, _ in unread]), unread, strict=True
        ):
            self._hand.effects.fail(self._ends, change, document, error)

    def _new(self, request: OaRequest) -> NewDocument:
        return self._of(request.ref)

    def _of(self, request: Ref) -> NewDocument:
        ref = replace(request, form=self._ends.oa_side.form)
        return NewDocument(self._hand.route_id, self._hand.flow_id, ref, self._key_part(ref))

    def _key_part(self, ref: Ref) -> str:
        return key_part(self._ends.oa.realm(), self._ends.oa_side.form, ref.key, self._hand.flow_id)

    def _mine(self, head: RequestHead) -> OaRequest | None:
        """The request, where it waits here and is this route's. One that is known to be another's (whose flow may be
        switched off for months) is not read again before somebody has touched it."""
        changed_at, company = self._memory.companies.get(head.ref.key, (None, None))
        if company is not None and changed_at == head.changed_at and not self.is_mine(company):
            return None
        request = self._hand.request_here(head.ref)  # a listing may be ahead
        if request is None:
            return None
        company = self._hand.company(request)
        self._memory.companies[head.ref.key] = head.changed_at, company
        return request if self.is_mine(company) else None

    def is_mine(self, company: str) -> bool:
        """Requests of this route's company; those of no company, or of several, fall to the first route."""
        companies = self._hand.setting.companies
        routes = companies.get(company, ())
        every = sorted(route for routes in companies.values() for route in routes)
        return self._hand.route_id in routes or (not routes and every[:1] == [self._hand.route_id])

    def _check_company(self, change: Change, document: Document, request: OaRequest) -> None:
        if len(self._hand.routes_of(self._hand.company(request))) != 1:
            self._hand.effects.fail(self._ends, change, document, self._hand.no_company(request))

    def _meet_again(self, document: Document) -> None:
        """Returned (or gone from us) and waiting again, with somebody's yes after the last return: the next round.

        A document that is DONE has made its bills; it makes none a second time.
        """
        if document.state not in (DocumentState.RETURNED, DocumentState.CANCELLED):
            return
        request = self._hand.request_here(document.source)
        moves = [each for each in request.opinions if each.decision is not Decision.REMARK] if request else []
        if request is None or (moves and moves[-1].decision is Decision.RETURNED):
            return
        opened = self._hand.ledger.round(document.id, document.round) is not None
        with self._hand.changing() as change:
            change.heal(document)
            change.next_round(document, document.round + (1 if opened else 0), "handed_in_again")

    # --- an old copy of the store ------------------------------------------------------------------------------------------
    def catch_up(self, since: datetime | None) -> None:
        """Learns what was made of requests that went on while this store was not looking: it may be an old copy, or another
        workstation's. Such a request waits for us no more, so that only the ERP can tell, by our key.

        since: the last complete pass of this store; None = it never had one, and the last days are asked for.
        """
        hand, oa = self._hand, self._ends.oa
        if oa.capabilities.waits_when_agreed:
            return  # an old copy looks back as far as it is old: a first send looks for its bill anyway
        if not (oa.capabilities.list_requests and self._ends.erp.capabilities.find_by_key):
            return
        listed = oa.requests(self._ends.oa_side, since or hand.now() - FIRST_LISTING)
        away = {head.ref.key: head for head in listed if head.ref.key not in hand.waiting}
        parts = {key: self._key_part(head.ref) for key, head in away.items()}
        found = self._rounds_made(list(parts.values()))
        made = {key: found[part] for key, part in parts.items() if part in found}
        known = hand.ledger.by_source(oa.system.id, self._ends.oa_side.form, hand.flow_id, list(made))
        new = [away[key].ref for key in made if key not in known]
        behind = [each for each in map(self._learn, new) if each is not None]
        behind += [
            again for key, each in known.items() if (again := self._reopened(each, made[key])) is not None
        ]
        self._beginning.adopt(1, behind)

    def _rounds_made(self, parts: Sequence[str]) -> dict[str, int]:
        """By a document's part of our keys: the highest round of which the ERP has the first bill."""
        hand = self._hand
        keys = {leg_key(part, number, 1): (part, number) for part in parts for number in _ROUNDS}
        made: dict[str, int] = {}
        for key in self._ends.erp.find_bills(hand.at(1).erp_side, list(keys)) if keys else ():
            part, number = keys[key]
            made[part] = max(number, made.get(part, 0))
        return made

    def _learn(self, ref: Ref) -> Document | None:
        """A request that this store never saw, as a document that is about to find its bill."""
        request = self._hand.request_if_any(ref)
        if request is None:
            return None
        if self._hand.routes_of(self._hand.company(request)) != [self._hand.route_id]:
            return None
        with self._hand.changing() as change:
            document = change.add([self._new(request)])[0]
            change.describe(document, *self._hand.drafting.shown(request), request.ref.number)
        return document

    def _reopened(self, document: Document, number: int) -> Document | None:
        """A document at rest here, of which a later round was made elsewhere."""
        mine = document.route_id == self._hand.route_id
        over = document.state in (DocumentState.RETURNED, DocumentState.CANCELLED)
        if not (mine and over and number > document.round):
            return None
        with self._hand.changing() as change:
            change.heal(document)
            return change.next_round(document, number, "behind")

    def see_left(self) -> None:
        """Requests that left us before anything was made of them: taken back, deleted, moved on by somebody.

        Before anything was made as far as this store knows: what the ERP has of them is adopted.
        """
        hand = self._hand
        moving = [each for each in hand.moving() if each.state is DocumentState.FOUND]
        kept = hand.refusing(moving) | {document.id for document, _ in hand.open_attempts()}
        away = [each for each in moving if each.source.key not in hand.waiting and each.id not in kept]
        left = hand.prepared(away, lambda each: each if self._has_left(each) else None)
        for document in self._beginning.adopt(1, left):
            hand.cancel(document)

    def _has_left(self, document: Document) -> bool:
        """One that still runs where nothing waits for us (it was heard of too early, and could not be read) has yet to come."""
        request = self._hand.request_if_any(document.source)
        if request is None:
            return True
        to_come = self._ends.oa.capabilities.waits_when_agreed and request.status is RequestStatus.RUNNING
        return not to_come and not generation.waits_for_us(self._ends, request)
