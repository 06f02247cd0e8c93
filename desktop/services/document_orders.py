"""What a person may order about a document. Each order is written down and taken by whoever runs the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from desktop.connectors.base import ErpConnector, OaConnector
from desktop.domain.document import Document, DocumentState, Failure
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import Flow, FlowKind
from desktop.services.people import Second
from desktop.services.story import is_gate
from desktop.sync.by_hand import read_bill_by_hand, read_request_by_hand
from desktop.sync.date_moving import BEFORE
from desktop.sync.drafting import Drafting
from desktop.sync.gate import PASSABLE
from desktop.sync.resend import editable, edited
from desktop.sync.translate import Translator

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Editable:
    """A field that may say something else for one resend. sent: what was sent (or would have been) the last time."""

    target: str
    label: str
    sent: str
    edit: str = ""


@dataclass(frozen=True, slots=True)
class ResendOptions:
    """then: the version of the flow that the round began with, "" where it is the one in force, or where its text is not kept
    here any more (gone)."""

    then: str
    rows: tuple[Editable, ...]
    gone: bool = False


class DocumentOrders:
    """Orders about documents, and what a person must know to give one. Part of Documents (documents.py)."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

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
            self._workspace.base_table(route.id),
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

    # --- once more --------------------------------------------------------------------------------
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
        gone = bool(then) and self._kept(then) is None
        return self._workspace.people.shown(ResendOptions("" if gone else then, rows, gone))

    def _kept(self, version: str) -> Flow | None:
        """A version's text, as far as this program can still read it."""
        with suppress(SyncError):
            return self._workspace.flow_files.version(version)
        return None

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
        force; edits: other values for this resend only. Raises PER-715 for a field that may not be edited, MAP-516 where that version is
        not kept any more, PER-716."""
        self._workspace.people.demand_for(person, "resend", (document_id,))
        document = self._workspace.ledger.by_ids([document_id])[0]
        flow = self._flow(document)
        if flow is not None:
            edited(flow, edits or {})
        if version and (flow is None or version != flow.version) and self._kept(version) is None:
            raise SyncError(
                ErrorCode.VERSION_GONE, certain=True, flow=document.flow_id, number=document.source.number
            )
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

    # --- after a look --------------------------------------------------------------------------------
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
        if not is_gate(self._workspace.flows.get(document.flow_id)):
            raise SyncError(
                ErrorCode.CANNOT, certain=True, system=document.source.system_id, what="pass_gate"
            )
        witness = people.witness(person, "pass_gate", second, (document.route_id,))
        return self._workspace.order(person, "pass_gate", (document_id,), witness=witness, reason=reason)

    def may_pass_gate(self, document: Document) -> bool:
        """True where the gate refused an invoice for what it does not deduct, and nobody let it pass yet."""
        if (
            not is_gate(self._workspace.flows.get(document.flow_id))
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

    def hold_back(self, person: str, ids: Sequence[int], reason: str) -> int:
        """Nothing is begun for these documents until somebody lets them go. A promise already made is still settled."""
        return self._workspace.order(person, "hold_back", tuple(ids), reason=reason)

    def go_first(self, person: str, ids: Sequence[int]) -> int:
        """These documents go before the others of their flow."""
        return self._workspace.order(person, "go_first", tuple(ids))

    def usual_turn(self, person: str, ids: Sequence[int]) -> int:
        """What was held back goes on, and what went first goes in its turn."""
        return self._workspace.order(person, "usual_turn", tuple(ids))

    def take_back(self, person: str, ids: Sequence[int]) -> int:
        """A dismissed document is taken up again."""
        return self._workspace.order(person, "take_back", tuple(ids))

    # --- the engine --------------------------------------------------------------------------------
    def run_now(self, person: str, route_id: str = "", flow_id: str = "") -> int:
        """Brings the next run forward."""
        return self._workspace.order(person, "run_now", (), route_id=route_id, flow_id=flow_id)

    def pause(self, person: str, why: str = "", until: datetime | None = None) -> int:
        """No further run begins, until then or until somebody resumes; kept with who, when and why."""
        end = until.isoformat() if until else ""
        return self._workspace.order(person, "pause", (), reason=why, until=end)

    def resume(self, person: str) -> int:
        """Runs begin again."""
        return self._workspace.order(person, "resume")

    def order_result(self, order_id: int) -> str | None:
        """ "" while the order waits, its result afterwards, None for an unknown one."""
        return self._workspace.ledger.order_result(order_id)

    def _flow(self, document: Document) -> Flow | None:
        """The document's flow as its company has it; the group's where that cannot be told."""
        with suppress(SyncError):
            return self._workspace.flow_for(document.route_id, document.flow_id)
        return self._workspace.flows.get(document.flow_id)


def open_day(closed: str, today: date) -> str:
    """The first day of the month after `closed` (ISO), or today where that is still to come; "" for no date."""
    try:
        day = date.fromisoformat(closed)
    except ValueError:
        return ""
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return (following if following <= today or today <= day else today).isoformat()
