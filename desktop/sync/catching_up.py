"""What became of bills while this store was not looking: an old copy was put back, a copied folder started elsewhere.

The OA shows rounds that this store never promised. Whose bill is SUBMITTED, opening.py adopts it; here are the others: bills
at rest, held, or found and not sent here, whose later round has ended (or lost its bill) since. Once for each engine process,
by the first complete listing; where nothing was missed it asks nobody anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from desktop.connectors.base import TellsBegun
from desktop.domain.document import Document, DocumentState, key_part, round_key
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import (
    Bill,
    BillHead,
    BillStatus,
    Decision,
    OaRequest,
    Ref,
    RequestHead,
    RequestStatus,
)
from desktop.store.change import NewDocument
from desktop.store.ledger import Ledger
from desktop.sync.approval import EDITABLE
from desktop.sync.effect import Effects, Ends
from desktop.sync.health import concerns_system
from desktop.sync.listing import Listing, number_of
from desktop.sync.opening import DECIDING, other_engine, plain_opinion
from desktop.sync.strangers import Strangers

_AWAY = (*EDITABLE, BillStatus.VOID)
_BACK = (RequestStatus.REJECTED, RequestStatus.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class _Shown:
    """The highest round of a document that the OA shows and that no round of ours is bound to. promised: this store holds a
    promise of that very key, so that people may have said what became of it."""

    number: int
    request: Ref
    promised: bool


class CatchingUp:
    """One pass's look at what this store does not know."""

    def __init__(
        self, ends: Ends, ledger: Ledger, effects: Effects, now: Callable[[], datetime], strangers: Strangers,
        companies: Mapping[str, Sequence[str]],
    ) -> None:  # fmt: skip
        self._ends = ends
        self._ledger = ledger
        self._effects = effects
        self._now = now
        self._strangers = strangers
        self._companies = companies

    def refuse_late(self) -> None:
        """A round of a document at rest that turned up while this engine ran: another one is at work. Raises PER-708."""
        known = self._ledger.by_key_part(self._strangers.late()) if self._strangers.late() else {}
        for each in known.values():
            late = self._strangers.number(each)
            if (
                self._is_mine(each)
                and each.state.at_rest
                and late > each.round
                and self._strangers.is_late(each)
            ):
                raise other_engine(self._ends, each, round_key(each.key_part, late))

    def history(self, since: datetime | None) -> Listing | None:
        """Where a listing shows no key: what began since this store's last complete pass (a day to spare), as a listing. Ids are
        listed in pages, and only those are read that no round of ours is bound to: in the usual run none. None = the
        listing at hand tells, or nobody does."""
        oa, side = self._ends.oa, self._ends.oa_side
        if since is None or oa.capabilities.list_shows_key or not isinstance(oa, TellsBegun):
            return None
        refs = {ref.key: ref for ref in oa.begun_since(side, since - timedelta(days=1))}
        linked = self._ledger.linked_requests(oa.system.id, list(refs))
        return Listing.of(0.0, (self._head(ref) for key, ref in refs.items() if key not in linked), since)

    def _head(self, ref: Ref) -> RequestHead:
        try:
            request = self._ends.oa.read_request(self._ends.oa_side, ref)
        except SyncError as error:
            if concerns_system(error) or error.code is ErrorCode.NOT_PERMITTED:
                raise
            # Gone, or the OA cannot tell this one: whoever is about to send its bill looks for it once more.
            return RequestHead(ref, "", True, "", "", None)
        key = str(request.fields.get(self._ends.oa_side.key_field) or "")
        over = request.status is not RequestStatus.RUNNING
        return RequestHead(ref, key, over, request.node, request.applicant, request.changed_at)

    def ask_a_person(self, since: datetime) -> None:
        """An OA that lists nothing and looks nothing up: a bill that went back here and is audited now may have been agreed to
        in a round that this store does not know, or audited past the OA. Nobody but a person can tell (RUL-602)."""
        resting = self._ledger.gone_back(self._ends.route.id, self._ends.translator.flow.id, since)
        heads = (
            self._ends.erp.bill_heads(self._ends.erp_side, [each.source.key for each in resting])
            if resting
            else {}
        )
        for document in resting:
            head = heads.get(document.source.key)
            if head is None or head.status is not BillStatus.AUDITED:
                continue
            opened = self._ledger.round(document.id, document.round) is not None
            error = SyncError(ErrorCode.AUDITED_BY_HAND, certain=True, number=document.source.number)
            with self._ledger.change(self._now()) as change:
                change.close_round(document)
                again = change.next_round(document, document.round + (1 if opened else 0), "behind")
                self._effects.fail(self._ends, change, again, error)
            self._effects.tell(change)

    def learn(
        self,
        listing: Listing,
        heads: Mapping[str, BillHead],
        busy: Collection[int],
        *,
        since: datetime | None,
    ) -> None:
        """Takes the listing's unknown rounds in.

        heads: the bills that are SUBMITTED. busy: documents whose open promise is settled first. since: this store's last
        complete pass; None = it never had one, and does not look for bills that it never saw.
        """
        shown = self._shown(listing)
        if not shown:
            return
        known = self._ledger.by_key_part(list(shown))
        behind = [each for each in known.values() if self._is_behind(each, shown, busy)]
        there = [each for each in behind if each.source.key in heads]
        self._take_up([each for each in there if each.state is not DocumentState.FOUND], shown)
        self._by_their_bills([each for each in behind if each.source.key not in heads], shown)
        if since is not None:
            self._meet(set(shown) - set(known), since)

    def _shown(self, listing: Listing) -> dict[str, _Shown]:
        refs = {key: heads[0].ref for key, heads in listing.by_key.items() if len(heads) == 1}
        linked = self._ledger.linked_requests(self._ends.oa.system.id, [ref.key for ref in refs.values()])
        loose = {key: ref for key, ref in refs.items() if ref.key not in linked}
        promised = self._ledger.known_keys(list(loose)) if loose else set()
        found: dict[str, _Shown] = {}
        for key in sorted(loose, key=number_of):
            found[key.rpartition("-R")[0]] = _Shown(number_of(key), loose[key], key in promised)
        return found

    def _is_mine(self, document: Document) -> bool:
        return (document.route_id, document.flow_id) == (self._ends.route.id, self._ends.translator.flow.id)

    def _is_behind(self, document: Document, shown: Mapping[str, _Shown], busy: Collection[int]) -> bool:
        """Nothing of ours is bound to a round that the OA has. What is at rest stays so where a promise of ours came to
        nothing: a person may have settled it."""
        round_ = shown[document.key_part]
        if not self._is_mine(document) or document.id in busy or round_.number < document.round:
            return False
        if document.state is DocumentState.FOUND:
            return True
        if self._ledger.links([document]) and round_.number == document.round:
            return False
        return document.state.at_rest and not round_.promised

    # --- documents that this store knows -----------------------------------------------------------------------------------
    def _take_up(self, documents: Sequence[Document], shown: Mapping[str, _Shown]) -> None:
        """Their bills are SUBMITTED or AUDITED: the round is adopted with the bill at hand, see opening.py."""
        if not documents:
            return
        with self._ledger.change(self._now()) as change:
            for document in documents:
                change.close_round(document)
                change.heal(document)
                if document.state is not DocumentState.FOUND:
                    change.next_round(document, shown[document.key_part].number, "behind")
        self._effects.tell(change)

    def _by_their_bills(self, documents: Sequence[Document], shown: Mapping[str, _Shown]) -> None:
        if not documents:
            return
        bills = self._ends.erp.read_bills(self._ends.erp_side, [each.source.key for each in documents])
        there = [(each, bills[each.source.key]) for each in documents if each.source.key in bills]
        self._take_up([each for each, bill in there if bill.status not in _AWAY], shown)
        for document, bill in there:
            if bill.status in _AWAY:
                self._end(document, bill, shown[document.key_part])

    def _end(self, document: Document, bill: Bill, round_: _Shown) -> None:
        """A round whose bill is with its maker, or void: as it ended; where its request still runs, that is ended next."""
        try:
            request = self._ends.oa.read_request(self._ends.oa_side, round_.request)
        except SyncError as error:
            if error.code is ErrorCode.RECORD_MISSING:
                return  # deleted meanwhile: nothing is left of it
            raise
        state = _end_of(bill, request)
        number = request.ref.number or request.ref.key
        with self._ledger.change(self._now()) as change:
            change.close_round(document)
            change.heal(document)
            if round_.number != document.round:
                document = change.next_round(document, round_.number, "behind")
            with suppress(SyncError):  # a bill whose very amount cannot be read
                change.describe(document, *self._ends.translator.shown(bill), bill.ref.number)
            change.open_round(
                document, flow_version=self._ends.translator.flow.version, snapshot={}, mapped={}, digest="",
                source_changed_at=None, sent_as=request.applicant,
            )  # fmt: skip
            change.link(document, request.ref)
            if state is not DocumentState.REQUESTED:
                change.decide(
                    document, request.status.value, [plain_opinion(each) for each in request.opinions]
                )
                change.see_away([document], change.at)
                if request.status not in _BACK:
                    change.close_round(document)  # else its note and its closing are still to be made
            change.move(document, state, "adopted", request_number=number)
        self._effects.tell(change)

    # --- bills that this store never saw -----------------------------------------------------------------------------------
    def _meet(self, parts: Collection[str], since: datetime) -> None:
        """Found, sent and audited while this store was away. A key does not tell its bill, but a bill its key. One that is
        with its maker is met when it is handed in."""
        erp, flow = self._ends.erp, self._ends.translator.flow
        if not (parts and erp.capabilities.list_audited):
            return
        mine = [self._ends.route.id]
        new = []
        for head in erp.audited_bills(self._ends.erp_side, since):
            part = key_part(erp.realm(), self._ends.erp_side.form, head.ref.key, flow.id)
            if part in parts and list(self._companies.get(head.company, ())) == mine:
                new.append(NewDocument(self._ends.route.id, flow.id, head.ref, part))
        if new:
            with self._ledger.change(self._now()) as change:
                change.add(new)
            self._effects.tell(change)


def _end_of(bill: Bill, request: OaRequest) -> DocumentState:
    """What both systems say of a round whose bill is not SUBMITTED: an approver sent it back, or its maker took it."""
    if request.status is RequestStatus.RUNNING:
        return DocumentState.REQUESTED
    said = [each.decision for each in request.opinions if each.decision in DECIDING]
    returned = request.status is RequestStatus.REJECTED or (bool(said) and said[-1] is Decision.RETURNED)
    back = returned and bill.status is not BillStatus.VOID
    return DocumentState.RETURNED if back else DocumentState.CANCELLED
