"""Requests that wait for the integration account: the new ones become documents, one that was returned and handed in
again gets its next round, one that left us before anything was made of it is cancelled.
"""

from __future__ import annotations

from dataclasses import replace

from desktop.domain.document import Document, DocumentState, key_part
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import Decision, OaRequest, RequestHead
from desktop.store.change import Change, NewDocument
from desktop.sync.at_hand import AtHand
from desktop.sync.beginning import Beginning
from desktop.sync.expression import text_of
from desktop.sync.sweep import Memory


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
        with hand.changing() as change:
            rows = [self._new(request) for request in fresh]
            for document, request in zip(change.add(rows), fresh, strict=True):
                change.describe(document, *hand.drafting.shown(request), request.ref.number)
                self._check_company(change, document, request)
        for document in resting:
            self._meet_again(document)
        return len(fresh)

    def _new(self, request: OaRequest) -> NewDocument:
        form = self._ends.oa_side.form
        part = key_part(self._ends.oa.realm(), form, request.ref.key, self._hand.flow_id)
        return NewDocument(self._hand.route_id, self._hand.flow_id, replace(request.ref, form=form), part)

    def _company(self, request: OaRequest) -> str:
        return text_of(request.fields.get(self._ends.oa_side.options.get("company_field", ""))).strip()

    def _mine(self, head: RequestHead) -> OaRequest | None:
        """The request, where it waits here and is this route's. One that is known to be another's (whose flow may be
        switched off for months) is not read again before somebody has touched it."""
        changed_at, company = self._memory.companies.get(head.ref.key, (None, None))
        if company is not None and changed_at == head.changed_at and not self._is_mine(company):
            return None
        request = self._hand.request_here(head.ref)
        if request is None:
            return None
        company = self._company(request)
        self._memory.companies[head.ref.key] = head.changed_at, company
        return request if self._is_mine(company) else None

    def _is_mine(self, company: str) -> bool:
        """Requests of this route's company; those of no company, or of several, fall to the first route."""
        companies = self._hand.setting.companies
        routes = companies.get(company, ())
        every = sorted(route for routes in companies.values() for route in routes)
        return self._hand.route_id in routes or (not routes and every[:1] == [self._hand.route_id])

    def _check_company(self, change: Change, document: Document, request: OaRequest) -> None:
        company = self._company(request)
        routes = self._hand.setting.companies.get(company, ())
        if len(routes) == 1:
            return
        code = ErrorCode.COMPANY_AMBIGUOUS if routes else ErrorCode.COMPANY_UNKNOWN
        error = SyncError(code, certain=True, number=request.ref.number, company=company)
        self._hand.effects.fail(self._ends, change, document, error)

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

    def see_left(self) -> None:
        """Requests that left us before anything was made of them: taken back, deleted, moved on by somebody.

        Before anything was made as far as this store knows: what the ERP has of them is adopted.
        """
        hand = self._hand
        moving = [each for each in hand.moving() if each.state is DocumentState.FOUND]
        kept = hand.refusing(moving) | {document.id for document, _ in hand.open_attempts()}
        away = [each for each in moving if each.source.key not in hand.waiting and each.id not in kept]
        left = [each for each in away if hand.request_here(each.source) is None]
        for document in self._beginning.adopt(1, left):
            hand.cancel(document)
