"""Why was this bill not sent? Answered from live facts: what we hold, what the ERP shows, what stands against sending it.

Reads only. The same answer is the check before a person's order to send one bill (orders.py): what it calls DUE goes with
the next pass, in the same way as any other bill, and so never twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum

from desktop.connectors.base import ErpConnector
from desktop.domain.document import AttemptOutcome, Document, DocumentState, Turn
from desktop.domain.errors import ErrorCode, FailureClass, SyncError
from desktop.domain.flow import Flow, FlowKind
from desktop.domain.record import BillHead, BillStatus, RequestDraft
from desktop.domain.system import Route
from desktop.store.catalog import Catalog
from desktop.store.ledger import Ledger
from desktop.sync import price_lock
from desktop.sync.base_table import base_table_of
from desktop.sync.reader import Reader
from desktop.sync.rules import first_objection, gather, rules_of
from desktop.sync.translate import Translator


class Reason(Enum):
    """What keeps a bill, or that nothing does. FAILED and HELD carry a code whose sentences say the rest."""

    UNKNOWN = "unknown"
    UNASKED = "unasked"
    NOT_SUBMITTED = "not_submitted"
    GONE = "gone"
    NO_COMPANY = "no_company"
    NOT_CARRIED = "not_carried"
    OFF = "off"
    STOPPED = "stopped"
    PAUSED = "paused"
    HELD = "held"
    HELD_BACK = "held_back"
    KEPT_OUT = "kept_out"
    FAILED = "failed"
    DISMISSED = "dismissed"
    MADE = "made"
    SENDING = "sending"
    SENT = "sent"
    GENERATED = "generated"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Why:
    """One answer. facts: what its sentence names. draft: what the OA would get, where nothing stands against it.

    document_id: ours, or None where we do not know the bill. again: the order to send it tries its failed step again.
    """

    reason: Reason
    number: str
    route_id: str = ""
    flow_id: str = ""
    document_id: int | None = None
    code: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    draft: RequestDraft | None = None
    again: bool = False

    @property
    def sendable(self) -> bool:
        """True where the order to send it now may be given."""
        return self.reason is Reason.DUE or self.again


Connect = Callable[[str], ErpConnector]
"""The ERP of a system id, signed in or not. Raises SyncError."""

FlowFor = Callable[[str, str], Flow | None]
"""A flow as a company (its route) has it; None where there is no such flow. Raises PER-703."""


class Inquiry:
    """Answers for one number. engine: "" = it runs, else Reason.PAUSED or Reason.STOPPED as a word."""

    def __init__(
        self, catalog: Catalog, ledger: Ledger, flows: Mapping[str, Flow], flow_for: FlowFor, connect: Connect,
        engine: str = "",
    ) -> None:  # fmt: skip
        self._catalog, self._ledger, self._flows, self._connect = catalog, ledger, flows, connect
        self._flow_for = flow_for
        self._engine = engine
        self._routes = catalog.routes()

    def why(self, number: str) -> list[Why]:
        """At least one answer; several where the number stands on several bills."""
        number = number.strip()
        held = self._ledger.numbered(number) if number else []
        if held:
            return [self._of_document(document) for document in held]
        found, troubles, asked = [], [], []
        for erp_id, route_id, flow in self._forms():
            asked.append(flow.id)
            try:
                own, erp = self._flow_for(route_id, flow.id) or flow, self._connect(erp_id)
                heads = erp.find_numbers(Translator(own).erp_side, [number]) if number else []
            except SyncError as trouble:
                troubles.append((erp_id, trouble))
                continue
            found += [self._of_head(head, own, erp_id) for head in heads]
        if found:
            return found
        if troubles:
            system, error = troubles[0]
            facts = {"number": number, "system": system, **error.facts}
            return [Why(Reason.UNASKED, number, code=error.code.id, facts=facts)]
        return [Why(Reason.UNKNOWN, number, facts={"number": number, "flows": tuple(dict.fromkeys(asked))})]

    def _forms(self) -> Iterator[tuple[str, str, Flow]]:
        """Every form of every ERP that an approval flow of some route carries, with a route whose it is."""
        seen = set()
        for route in self._routes:
            for of_group in self._flows.values():
                flow = of_group
                with suppress(SyncError):  # a company's part that does not fit: its flow is held, and says so
                    flow = self._flow_for(route.id, flow.id) or flow
                if flow.kind is FlowKind.APPROVAL and (route.erp_id, flow.erp.form) not in seen:
                    seen.add((route.erp_id, flow.erp.form))
                    yield route.erp_id, route.id, flow

    # --- a bill that we know -----------------------------------------------------------------------------------------
    def _of_document(self, document: Document) -> Why:
        flow = self._flows.get(document.flow_id)
        with suppress(SyncError):
            flow = self._flow_for(document.route_id, document.flow_id)
        facts = {
            "number": document.source.number, "request": document.request_number, "state": document.state.value,
            "flow": document.flow_id,
        }  # fmt: skip
        whole = Why(
            Reason.SENT, document.source.number, document.route_id, document.flow_id, document.id, facts=facts
        )
        if flow is None or flow.kind is not FlowKind.APPROVAL:
            return self._with_failure(replace(whole, reason=Reason.GENERATED), document)
        if document.state is DocumentState.FOUND:
            return self._of_waiting(whole, document, flow)
        if document.state is DocumentState.DISMISSED:
            rule = self._ledger.kept_out_by(document)
            reason = Reason.KEPT_OUT if rule else Reason.DISMISSED
            return replace(whole, reason=reason, facts={**facts, "rule": rule})
        if document.state in (DocumentState.RETURNED, DocumentState.CANCELLED):
            return self._of_resting(whole, document, flow)
        return self._with_failure(whole, document)

    def _with_failure(self, whole: Why, document: Document) -> Why:
        found = self._ledger.open_failures([document.id]).get(document.id)
        if found is None:
            return whole
        failure = found[0]
        facts = {**whole.facts, **failure.facts}
        return replace(whole, reason=Reason.FAILED, code=failure.code, facts=facts)

    def _of_waiting(self, whole: Why, document: Document, flow: Flow) -> Why:
        """Not sent in this round yet: what failed, else what stands in the way of the next pass."""
        failed = self._with_failure(whole, document)
        stopped = self._gate(whole)
        attempts = self._ledger.attempts(document.id)
        if any(each.outcome is AttemptOutcome.INTENT for each in attempts):
            return replace(whole, reason=Reason.SENDING)
        own = self._ledger.turns([document.id]).get(document.id)
        if own is not None and own.turn is Turn.HELD:
            facts = {**whole.facts, "person": own.person, "why": own.reason}
            return replace(whole, reason=Reason.HELD_BACK, facts=facts)
        if failed.reason is Reason.FAILED:
            doubtful = ErrorCode.named(failed.code).failure_class is FailureClass.IN_DOUBT
            return replace(failed, again=stopped is None and not doubtful)
        return stopped or self._live(whole, document.source.key, flow)

    def _of_resting(self, whole: Why, document: Document, flow: Flow) -> Why:
        """Back with its maker: handed in again or not, the ERP says."""
        head, trouble = self._head(document, flow)
        if trouble is not None:
            return replace(
                whole, reason=Reason.UNASKED, code=trouble.code.id, facts={**whole.facts, **trouble.facts}
            )
        if head is None:
            return replace(whole, reason=Reason.GONE)
        if head.status is not BillStatus.SUBMITTED:
            return _unsubmitted(whole, head.status)
        return self._gate(whole) or self._live(whole, document.source.key, flow)

    def _head(self, document: Document, flow: Flow) -> tuple[BillHead | None, SyncError | None]:
        try:
            erp = self._connect(document.source.system_id)
            heads = erp.bill_heads(Translator(flow).erp_side, [document.source.key])
        except SyncError as error:
            return None, error
        return heads.get(document.source.key), None

    # --- a bill that only the ERP knows ------------------------------------------------------------------------------
    def _of_head(self, head: BillHead, flow: Flow, erp_id: str) -> Why:
        facts: dict[str, object] = {
            "number": head.ref.number, "company": head.company, "flow": flow.id, "form": head.ref.form,
        }  # fmt: skip
        whole = Why(Reason.DUE, head.ref.number, "", flow.id, facts=facts)
        if maker := self._ledger.maker_of(erp_id, head.ref.form, head.ref.key):
            told = {**facts, "request": maker.source.number}
            return replace(whole, reason=Reason.MADE, document_id=maker.id, facts=told)
        if head.status is not BillStatus.SUBMITTED:
            return _unsubmitted(whole, head.status)
        mine = [each for each in self._routes if (each.erp_id, each.company) == (erp_id, head.company)]
        if not mine:
            return replace(whole, reason=Reason.NO_COMPANY)
        carrying = [each for each in mine if each.switch(flow.id) is not None]
        if not carrying:
            return replace(whole, reason=Reason.NOT_CARRIED, route_id=mine[0].id)
        whole = replace(whole, route_id=carrying[0].id)
        with suppress(SyncError):
            flow = self._flow_for(carrying[0].id, flow.id) or flow
        return self._gate(whole) or self._live(whole, head.ref.key, flow)

    # --- what stands in the way --------------------------------------------------------------------------------------
    def _route(self, route_id: str) -> Route | None:
        return next((each for each in self._routes if each.id == route_id), None)

    def _gate(self, whole: Why) -> Why | None:
        """Switched off, held, paused, no engine: what no bill of the flow would pass."""
        route = self._route(whole.route_id)
        switch = route.switch(whole.flow_id) if route else None
        facts = {**whole.facts, "company": route.title if route else whole.route_id, "flow": whole.flow_id}
        if route is None or switch is None:
            return replace(whole, reason=Reason.NOT_CARRIED, facts=facts)
        if not switch.on:
            return replace(whole, reason=Reason.OFF, facts=facts)
        if held := self._ledger.hold(whole.route_id, whole.flow_id):
            return replace(whole, reason=Reason.HELD, code=held[0], facts={**facts, **held[1]})
        return replace(whole, reason=Reason(self._engine), facts=facts) if self._engine else None

    def _live(self, whole: Why, key: str, flow: Flow) -> Why:
        """The bill itself, read now: a filter, a rule, a gap; else it is due, and this is what the OA would get."""
        route, translator = self._route(whole.route_id), Translator(flow)
        assert route is not None  # the gate is passed
        try:
            erp = self._connect(route.erp_id)
            bill = erp.read_bills(translator.erp_side, [key]).get(key)
            if bill is None:
                return replace(whole, reason=Reason.GONE)
            if bill.status is not BillStatus.SUBMITTED:
                return _unsubmitted(whole, bill.status)
            if rule := translator.kept_out_by(bill):
                return replace(whole, reason=Reason.KEPT_OUT, facts={**whole.facts, "rule": rule})
            rules, reader = rules_of(translator), Reader(erp)
            gather(rules, [bill], translator, reader)
            if objection := first_objection(rules, bill, translator, reader):
                raise objection.error
            base = base_table_of(self._catalog, route.id)
            locks = price_lock.shown_on(bill, translator.lock, reader)
            draft = translator.draft(bill, "", base.key, route.applicant, locks)
        except SyncError as error:
            facts = {**whole.facts, **error.facts}
            return replace(whole, reason=Reason.FAILED, code=error.code.id, facts=facts)
        return replace(whole, reason=Reason.DUE, draft=draft)


def _unsubmitted(whole: Why, status: BillStatus) -> Why:
    return replace(whole, reason=Reason.NOT_SUBMITTED, facts={**whole.facts, "status": status.value})
