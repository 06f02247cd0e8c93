"""One pass over a gate flow: a submitted invoice is audited when it deducts what is open of its supplier's claims, else it
goes back to its maker with the reason.

The steps are the approval flow's own: audit_bill, send_back, note_bill; no request is ever made. Fails closed: what cannot
be read is not audited. Claims are read right before each batch's audits, and what is set aside for the batch is written
in one transaction, so that two invoices never take the same amount.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from desktop.domain.claim import GatePass
from desktop.domain.document import AttemptOutcome, Document, DocumentState, Failure
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import Bill, BillHead, BillStatus, Decision, Opinion
from desktop.store.change import Change
from desktop.sync import approval
from desktop.sync.advance import READ_BATCH, Advance
from desktop.sync.claim_book import Books, ClaimBook, Invoice, objection
from desktop.sync.due import in_turn
from desktop.sync.effect import Work
from desktop.sync.health import concerns_system
from desktop.sync.opening import plain_opinion
from desktop.sync.reader import Reader
from desktop.sync.rules import first_objection, gather, rules_of
from desktop.sync.run import FlowRun
from desktop.sync.sweep import Sweep, Watched
from desktop.sync.translate import snapshot_of

PASSABLE = frozenset((ErrorCode.CLAIM_OPEN.id, ErrorCode.CLAIM_OPEN_NO_ORDER.id))
"""What two persons may let pass: an invoice that deducts too little. A wrong deduction must be put right."""
_LOOK_AGAIN = timedelta(minutes=15)
"""What others must put right (a claim, a link) is looked at again by itself."""


class GateSweep(Sweep):
    """What people did by hand to invoices; one that somebody audited is looked at like any other."""

    def _audited_meanwhile(
        self, change: Change, document: Document, failure: Failure | None, watched: Watched
    ) -> None:
        if failure is None or failure.code != ErrorCode.PAST_THE_GATE.id:
            watched.audited.add(document.id)


class GateRun(FlowRun):
    """One pass over one gate flow of one route."""

    def _pass(self) -> None:
        began, ends = self._now(), self._ends
        self._books = Books(ends.translator)
        self._passes: dict[int, GatePass] = {}
        self._rules = rules_of(ends.translator)
        self._setting.preflight()
        heads = {head.ref.key: head for head in ends.erp.submitted_bills(ends.erp_side)}
        ends.erp_end.breaker.good()
        self._memory.meet(set(heads), began)
        self._look()
        self._check_clocks()
        sweep = GateSweep(
            ends, self._ledger, self._effects, self._memory, began, heads, self._setting.companies, self._now
        )
        self._found = sweep.discover(switched_on=self._setting.switched_on)
        watched = sweep.watch(self._ledger.moving(self._route_id, self._flow_id), self._busy())
        advance = Advance(
            ends, self._ledger, self._effects, self._now, self._setting.sentence, self._memory, self._strangers
        )  # fmt: skip
        moving = self._ledger.moving(self._route_id, self._flow_id)
        due = [each for each in advance.due(moving, self._busy()) if each.id not in watched.elsewhere]
        by_hand = [each for each in moving if each.id in watched.audited and each not in due]
        self._decide([*due, *by_hand])
        self._finish(advance)
        with self._ledger.change(self._now()) as change:
            change.set_watermark(self._route_id, self._flow_id, began)

    def _look(self) -> None:
        """What became of attempts that were left open."""
        held = self._ledger.open_attempts(self._route_id, self._flow_id)
        open_ones = [each for each in held if each[1].outcome is AttemptOutcome.INTENT]
        if open_ones:
            self._effects.settle_all(self._ends, open_ones, None)

    def _check_clocks(self) -> None:
        skew = self._ends.erp.clock_skew_s()
        if abs(skew) > self._setting.skew_limit_s:
            system = self._ends.erp.system.id
            raise SyncError(ErrorCode.CLOCK_SKEW, certain=True, system=system, seconds=round(skew))

    # --- each invoice ----------------------------------------------------------------------------------------------------
    def _decide(self, documents: Sequence[Document]) -> None:
        """Batch by batch, oldest first: whoever came first takes a claim first, but for those that a person lets go before."""
        ordered = in_turn(self._ledger, sorted(documents, key=lambda each: each.id))
        for start in range(0, len(ordered), READ_BATCH):
            if self._effects.stopping.is_set() or self._ends.erp_end.breaker.is_open():
                break
            self._decide_batch(ordered[start : start + READ_BATCH])
        if self._ends.erp_end.breaker.is_open() and self._ends.erp_end.breaker.last is not None:
            raise self._ends.erp_end.breaker.last

    def _decide_batch(self, documents: Sequence[Document]) -> None:
        ends = self._ends
        bills = ends.erp.read_bills(ends.erp_side, [each.source.key for each in documents])
        there = [(each, bills[each.source.key]) for each in documents if each.source.key in bills]
        there = [each for each in there if each[1].status in (BillStatus.SUBMITTED, BillStatus.AUDITED)]
        if not there:
            return  # taken back or gone since the listing: the next sweep says so
        reader = Reader(ends.erp)
        gather(self._rules, [bill for _, bill in there], ends.translator, reader)
        invoices = self._books.invoices(reader, [bill for _, bill in there])
        book = self._book(reader, invoices)
        self._passes = self._ledger.gate_passes([each.id for each, _ in there])
        audits: list[Work] = []
        returns: list[Work] = []
        with self._ledger.change(self._now()) as change:
            book.set_aside(self._ledger.set_aside(ends.erp.system.id, book.keys()))
            for document, bill in there:
                work = self._judge(change, document, bill, invoices, book, reader)
                if work is not None:
                    (returns if isinstance(work.payload, tuple) else audits).append(work)
        self._effects.tell(change)
        self._effects.perform(ends, approval.SEND_BACK, returns)
        self._effects.perform(ends, approval.AUDIT_BILL, audits)

    def _book(self, reader: Reader, invoices: Mapping[str, Invoice | SyncError]) -> ClaimBook:
        """The claims of these suppliers. No claim at all is an answer only while known claims can be seen."""
        suppliers = {each.supplier for each in invoices.values() if isinstance(each, Invoice)}
        book = self._books.of_suppliers(reader, sorted(suppliers))
        if suppliers and not book.claims:
            self._check_right()
        return book

    def _check_right(self) -> None:
        """Raises PER-712 where claim bills that we made for this company cannot be seen any more: a lost right shows
        nothing, and nothing would look like "no claims"."""
        ends, side = self._ends, self._books.claim_side
        control = self._ledger.some_made_bills(ends.erp.system.id, side.form, ends.route.id)
        if control and not ends.erp.bill_heads(side, control):
            raise SyncError(
                ErrorCode.RIGHT_LOST,
                certain=True,
                system=ends.erp.system.id,
                form=side.form,
                count=len(control),
            )

    def _judge(
        self, change: Change, document: Document, bill: Bill, invoices: Mapping[str, Invoice | SyncError],
        book: ClaimBook, reader: Reader,
    ) -> Work | None:  # fmt: skip
        """One invoice, within the batch's transaction: what is set aside for it, and the work that follows."""
        invoice = invoices[bill.ref.key]
        try:
            if isinstance(invoice, SyncError):
                raise invoice
            if name := self._ends.translator.kept_out_by(bill):
                self._keep_out(change, document, bill, name)
                return None
            reason = self._rule(bill, reader) or objection(
                invoice, book.of(invoice.company, invoice.supplier)
            )
        except SyncError as error:
            if concerns_system(error):
                raise
            self._hold_back(change, document, book, bill)
            self._keep_failing(change, document, bill, error)
            return None
        if bill.status is BillStatus.AUDITED:
            self._audited_by_hand(change, document, bill, reason)
            return None
        given = self._passes.get(document.id)
        if reason is not None and given is not None and self._is_let_pass(document, bill, reason, given):
            change.use_pass(document, given)
        elif reason is not None:
            self._hold_back(change, document, book, bill)
            return self._refusal(document, bill, reason)
        taken = self._take(invoice, book)
        book.hold(bill.ref.key, taken)
        change.set_aside(document, self._ends.erp.system.id, taken)
        return self._audit_work(document, bill, invoice)

    def _rule(self, bill: Bill, reader: Reader) -> SyncError | None:
        """The first objection of the flow's own rules. Raises one that its maker cannot cure."""
        found = first_objection(self._rules, bill, self._ends.translator, reader)
        if found is not None and not found.send_back:
            raise found.error
        return found.error if found else None

    def _is_let_pass(self, document: Document, bill: Bill, reason: SyncError, given: GatePass) -> bool:
        """Two persons said so, of this very content: that it deducts too little. Nothing else is ever let pass."""
        return reason.code.id in PASSABLE and given.lets(self._ends.translator.digest(bill), document.round)

    def _take(self, invoice: Invoice, book: ClaimBook) -> dict[str, Decimal]:
        """What the invoice takes off, by the claim's id in the ERP."""
        ids = {claim.ref.number: claim.ref.key for claim in book.of(invoice.company, invoice.supplier)}
        return {ids[number]: amount for number, amount in invoice.deductions.items()}

    def _hold_back(self, change: Change, document: Document, book: ClaimBook, bill: Bill) -> None:
        """Nothing is set aside for an invoice that is not about to be audited."""
        book.hold(bill.ref.key, {})
        change.set_aside(document, self._ends.erp.system.id, {})

    def _keep_failing(self, change: Change, document: Document, bill: Bill, error: SyncError) -> None:
        error.facts["number"] = document.source.number
        error.facts["changed_at"] = bill.changed_at.isoformat() if bill.changed_at else ""
        self._effects.fail(self._ends, change, document, error, next_try_at=self._now() + _LOOK_AGAIN)

    # --- what follows ------------------------------------------------------------------------------------------------------
    def _audit_work(self, document: Document, bill: Bill, invoice: Invoice) -> Work:
        digest = self._ends.translator.digest(bill)
        takes = {number: str(amount) for number, amount in invoice.deductions.items()}
        work = approval.audit_work(document, bill, digest)
        return Work(
            document, work.payload, work.sent_as, work.basis,
            lambda change: self._record(change, document, bill, takes, "", []),
        )  # fmt: skip

    def _refusal(self, document: Document, bill: Bill, error: SyncError) -> Work:
        said = self._setting.sentence(error)
        told = {**plain_opinion(Opinion("", "", Decision.RETURNED, said, self._now())), "code": error.code.id}
        head = BillHead(bill.ref, bill.status, bill.maker, bill.changed_at)

        def promise(change: Change) -> None:
            self._record(change, document, bill, {}, "rule", [told])

        digest = self._ends.translator.digest(bill)
        return approval.send_back_work(document, head, digest, said, promise)

    def _record(
        self, change: Change, document: Document, bill: Bill, takes: Mapping[str, str], decision: str,
        opinions: Sequence[Mapping[str, str]],
    ) -> None:  # fmt: skip
        """The round with what the gate saw and what it takes off."""
        translator = self._ends.translator
        partner, amount = translator.shown(bill)
        change.describe(document, partner, amount, bill.ref.number)
        change.open_round(
            document, flow_version=translator.flow.version, snapshot=snapshot_of(bill),
            mapped={"title": "", "sent_as": "", "fields": dict(takes), "details": {}}, digest=translator.digest(bill),
            source_changed_at=bill.changed_at, sent_as="",
        )  # fmt: skip
        change.decide(document, decision, opinions)

    def _keep_out(self, change: Change, document: Document, bill: Bill, name: str) -> None:
        self._record(change, document, bill, {}, "kept_out", [])
        change.close_round(document)
        change.keep_out(self._route_id, self._flow_id, document.source, name)
        change.move(document, DocumentState.DISMISSED, "kept_out", filter=name)

    def _audited_by_hand(
        self, change: Change, document: Document, bill: Bill, reason: SyncError | None
    ) -> None:
        """Somebody was quicker than the gate. What it would have let pass is done; anything else is a person's question."""
        change.set_aside(document, self._ends.erp.system.id, {})
        if reason is not None:
            said = self._setting.sentence(reason)
            error = SyncError(ErrorCode.PAST_THE_GATE, certain=True, number=bill.ref.number, said=said)
            self._effects.fail(self._ends, change, document, error)
            return
        self._record(change, document, bill, {}, "", [])
        change.close_round(document, seen_away=True)
        change.heal(document)
        change.move(document, DocumentState.DONE, "audited_by_hand")

    def _finish(self, advance: Advance) -> None:
        """The sentence onto the bill, as far as the ERP allows; then the round is over."""
        unfinished = self._ledger.unfinished(self._route_id, self._flow_id)
        advance.finish([each for each in unfinished if each.id not in self._busy()])
        if unfinished:
            advance.close_finished(self._ledger.unfinished(self._route_id, self._flow_id), self._busy())
