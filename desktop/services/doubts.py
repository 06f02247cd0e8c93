"""Nobody knows whether it happened: what the target itself shows of it, read now, so that a person decides on evidence.

For a request that may have been opened: every request that carries our key, and beside them those that name the bill. For a
bill that may have been made: every bill with our key. For a step on a record that stands: how that record stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, cast

from desktop.connectors.base import ErpConnector, OaConnector
from desktop.domain.document import Attempt, AttemptOutcome, Document
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import Flow, FlowKind, OaSide
from desktop.domain.record import BillHead, OaRequest, Ref
from desktop.domain.system import Route
from desktop.sync.expression import text_of

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

BACK = timedelta(minutes=10)
_MAKING = frozenset({"open_request", "save_bill", "push_bill"})


class Verdict(Enum):
    """What the evidence says. UNASKED: the target cannot be asked for our key."""

    FOUND = "found"
    NONE = "none"
    SEVERAL = "several"
    STANDS = "stands"
    UNASKED = "unasked"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One record that may be what came of it.

    amount: as its form says it; same_amount: whether that is what we sent, None where it cannot be told.
    key: whether it carries our key; bound: it belongs to another document already.
    """

    number: str
    ref: Ref
    status: str
    at: datetime | None = None
    who: str = ""
    amount: str = ""
    same_amount: bool | None = None
    key: bool = True
    bound: bool = False


@dataclass(frozen=True, slots=True)
class Doubt:
    """One attempt that nobody knows the end of, and what was found now. sent_amount: what we sent, "" = unknown."""

    step: str
    key: str
    promised_at: datetime
    verdict: Verdict
    candidates: tuple[Candidate, ...]
    sent_amount: str = ""
    system: str = ""


class Doubts:
    """Asks the target. Slow: never on the GUI thread."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def look(self, document_id: int) -> Doubt | None:
        """The evidence about a document's attempt in doubt; None where there is none (any more).

        Raises PER-716, and what the target's line raises."""
        ledger = self._workspace.ledger
        found = ledger.by_ids([document_id])
        if not found:
            raise SyncError(ErrorCode.RECORD_MISSING, certain=True, system="", number=str(document_id))
        document = found[0]
        self._workspace.people.demand_seat("read", document.route_id)
        held = (
            each for each in reversed(ledger.attempts(document_id)) if each.outcome is AttemptOutcome.IN_DOUBT
        )
        attempt = next(held, None)
        if attempt is None:
            return None
        flow = self._workspace.flow_for(document.route_id, document.flow_id)
        route = next(each for each in self._workspace.catalog.routes() if each.id == document.route_id)
        assert flow is not None
        making = attempt.step == "open_request" or attempt.step.endswith("_request")
        system = self._workspace.catalog.system(route.oa_id if making else route.erp_id)
        connector = self._workspace.connect(system)
        try:
            if making:
                doubt = self._of_request(cast(OaConnector, connector), route, flow, document, attempt)
            else:
                doubt = self._of_bill(cast(ErpConnector, connector), flow, document, attempt)
        finally:
            connector.close()
        return self._workspace.people.shown(replace(doubt, system=system.title or system.id))

    # --- requests ----------------------------------------------------------------------------------------------------------
    def _of_request(
        self, oa: OaConnector, route: Route, flow: Flow, document: Document, attempt: Attempt
    ) -> Doubt:
        switch = route.switch(flow.id)
        side = replace(flow.oa, workflow=switch.workflow if switch else "")
        sent = self._sent_amount(flow, document)
        if attempt.step != "open_request":
            return self._standing_request(oa, side, document, attempt)
        if attempt.answered is not None:
            refs = [replace(attempt.answered, system_id=oa.system.id, form=side.form)]
        elif oa.capabilities.find_by_key:
            refs = oa.find_requests(side, attempt.key, attempt.sent_as, attempt.started_at - BACK)
        else:
            return Doubt(attempt.step, attempt.key, attempt.started_at, Verdict.UNASKED, (), sent)
        candidates = tuple(
            candidate
            for ref in refs
            if (candidate := self._candidate(oa, side, flow, document, attempt, ref, sent)) is not None
        )
        return Doubt(attempt.step, attempt.key, attempt.started_at, _verdict(candidates), candidates, sent)

    def _candidate(
        self, oa: OaConnector, side: OaSide, flow: Flow, document: Document, attempt: Attempt, ref: Ref, sent: str
    ) -> Candidate | None:  # fmt: skip
        try:
            request = oa.read_request(side, ref)
        except SyncError as error:
            if error.code is ErrorCode.RECORD_MISSING:
                return None  # deleted since
            raise
        amount = text_of(request.fields.get(_amount_target(flow), "")) if _amount_target(flow) else ""
        linked = self._workspace.ledger.linked_requests(oa.system.id, [ref.key])
        return Candidate(
            request.ref.number or ref.key, ref, request.status.value, _made_at(request), request.applicant, amount,
            amount == sent if amount and sent else None,
            not side.key_field or text_of(request.fields.get(side.key_field, "")) == attempt.key,
            linked.get(ref.key, document.id) != document.id,
        )  # fmt: skip

    def _standing_request(self, oa: OaConnector, side: OaSide, document: Document, attempt: Attempt) -> Doubt:
        link = self._workspace.ledger.links([document]).get(document.id)
        candidates: tuple[Candidate, ...] = ()
        with suppress(SyncError):
            if link is not None:
                request = oa.read_request(side, link.oa)
                number = link.oa.number or link.oa.key
                candidates = (Candidate(number, link.oa, request.status.value, request.changed_at),)
        verdict = Verdict.STANDS if candidates else Verdict.NONE
        return Doubt(attempt.step, attempt.key, attempt.started_at, verdict, candidates)

    def _sent_amount(self, flow: Flow, document: Document) -> str:
        """What the OA's form was to say of the amount."""
        round_, target = self._workspace.ledger.round(document.id, document.round), _amount_target(flow)
        if round_ is None or not target or flow.kind is not FlowKind.APPROVAL:
            return ""
        return text_of(dict(round_.mapped.get("fields", {})).get(target, ""))

    # --- bills -------------------------------------------------------------------------------------------------------------
    def _of_bill(self, erp: ErpConnector, flow: Flow, document: Document, attempt: Attempt) -> Doubt:
        leg = flow.legs[attempt.leg - 1] if attempt.leg and attempt.leg <= len(flow.legs) else None
        side = leg.erp if leg is not None else flow.erp
        if attempt.step in _MAKING:
            if not erp.capabilities.find_by_key or attempt.step == "push_bill":
                return Doubt(attempt.step, attempt.key, attempt.started_at, Verdict.UNASKED, ())
            heads: Sequence[BillHead] = erp.find_bills(side, [attempt.key]).get(attempt.key, [])
            made = self._workspace.ledger.made_bills(
                erp.system.id, side.form, [each.ref.key for each in heads]
            )
            candidates = tuple(replace(_head(each), bound=each.ref.key in made) for each in heads)
            return Doubt(attempt.step, attempt.key, attempt.started_at, _verdict(candidates), candidates)
        link = self._workspace.ledger.leg_links([document]).get(document.id, {}).get(attempt.leg)
        ref = link.erp if link is not None else document.source
        head = erp.bill_heads(side, [ref.key]).get(ref.key)
        found = (_head(head),) if head is not None else ()
        return Doubt(
            attempt.step, attempt.key, attempt.started_at, Verdict.STANDS if found else Verdict.NONE, found
        )


def _head(head: BillHead) -> Candidate:
    return Candidate(
        head.ref.number or head.ref.key, head.ref, head.status.value, head.changed_at, head.maker
    )


def _verdict(candidates: Sequence[Candidate]) -> Verdict:
    if len(candidates) > 1:
        return Verdict.SEVERAL
    return Verdict.FOUND if candidates else Verdict.NONE


def _amount_target(flow: Flow) -> str:
    """The form's field that holds the amount: the first row made of what lists show as the amount."""
    amount = flow.amount_expr.replace(" ", "")
    return next((row.target for row in flow.fields if amount and amount in row.expr.replace(" ", "")), "")


def _made_at(request: OaRequest) -> datetime | None:
    """When it was handed in, as its log tells; else when it changed."""
    first = next((each.at for each in request.opinions if each.at is not None), None)
    return first or request.changed_at
