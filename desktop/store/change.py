"""The writes of one transaction: a state, its attempt, its link and its line in the trail stand or fall together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import peewee

from desktop.domain.claim import GatePass
from desktop.domain.document import (
    Attempt,
    AttemptOutcome,
    CarriedFile,
    Document,
    DocumentState,
    Missed,
    Trigger,
    Wish,
)
from desktop.domain.errors import SyncError
from desktop.domain.record import Money, Ref
from desktop.store.audit import Line
from desktop.store.rows import slices
from desktop.store.tables import Tables

_OWN_FACTS = frozenset(
    {
        "number",
        "key",
        "found",
        "sent",
        "length",
        "request",
        "gaps",
        "seconds",
        "value",
        "answered",
        "bill",
        "debit",
        "credit",
        "lines",
        "other",
        "count",
        "amount",
        "unpaid",
        "payable",
        "taken",
        "others",
        "claims",
        "open",
        "deducted",
        "due",
        "total",
        "differences",
    }  # fmt: skip
)
"""Facts that belong to one document and so do not take part in the cause."""


@dataclass(frozen=True, slots=True)
class Intention:
    """One effect that is about to be tried on one document."""

    document: Document
    key: str
    sent_as: str = ""
    basis: Mapping[str, Any] = field(default_factory=dict)
    leg: int = 0


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A source record seen for the first time."""

    route_id: str
    flow_id: str
    source: Ref
    key_part: str


@dataclass(frozen=True, slots=True)
class KeptExchange:
    """One masked call, as it goes into an attempt's history."""

    system_id: str
    method: str
    path: str
    status: int
    ms: float
    at: datetime
    request: str
    answer: str


class Change:
    """The writes of one transaction. `moved` and `failed` tell afterwards which documents to speak of."""

    def __init__(self, tables: Tables, at: datetime) -> None:
        self._tables = tables
        self._pen = tables.pen
        self.at = at
        self.lines: list[Line] = []
        self.moved: list[int] = []
        self.failed: list[int] = []

    def note(self, actor: str, action: str, document: Document | None, **detail: Any) -> None:
        """A line for the trail."""
        self.lines.append((actor, action, f"document:{document.id}" if document else "", detail))

    def add(self, new: Iterable[NewDocument]) -> list[Document]:
        """Documents in FOUND, round 1."""
        made = []
        for each in new:
            document_id = self._pen.insert(
                self._tables.document,
                route_id=each.route_id, flow_id=each.flow_id, system_id=each.source.system_id, form=each.source.form,
                source_key=each.source.key, number=each.source.number, key_part=each.key_part, partner="", amount=None,
                amount_sort=None, currency="", state=DocumentState.FOUND.value, round=1, request_number="",
                created_at=self.at, changed_at=self.at, look_at=None, number_tail=each.source.number[::-1], request_tail="",
                needs_person=False,
            )  # fmt: skip
            made.append(
                Document(
                    document_id, each.route_id, each.flow_id, each.source, each.key_part, "", None,
                    DocumentState.FOUND, 1, self.at, self.at,
                )
            )  # fmt: skip
            self.moved.append(document_id)
            self.note("engine", "found", made[-1], number=each.source.number, flow=each.flow_id)
        return made

    def describe(self, document: Document, partner: str, amount: Money | None, number: str) -> None:
        """What lists show of a document."""
        if partner:
            self._pen.insert_once(self._tables.partner_name, name=partner)
        self._update(
            document, partner=partner, number=number, number_tail=number[::-1], amount=str(amount.amount) if amount else None,
            amount_sort=float(amount.amount) if amount else None, currency=amount.currency if amount else "",
        )  # fmt: skip

    def move(
        self, document: Document, state: DocumentState, why: str, *, actor: str = "engine",
        request_number: str | None = None, leg: int | None = None, **detail: Any,
    ) -> Document:  # fmt: skip
        """A new state, and why. leg: which bill of a generation it speaks of from now on."""
        values: dict[str, Any] = {"state": state.value, "changed_at": self.at, "look_at": None}
        if request_number is not None:
            values["request_number"], values["request_tail"] = request_number, request_number[::-1]
        if leg is not None:
            values["leg"] = detail["leg"] = leg
        self._update(document, **values)
        self.moved.append(document.id)
        self.note(actor, why, document, state=state.value, round=document.round, **detail)
        return replace(document, state=state, changed_at=self.at, leg=document.leg if leg is None else leg)

    def next_round(self, document: Document, number: int, why: str) -> Document:
        """Back to FOUND, in a later round."""
        self._update(
            document, state=DocumentState.FOUND.value, round=number, request_number="", request_tail="", changed_at=self.at,
            look_at=None, leg=0,
        )  # fmt: skip
        rows, source = self._tables.kept_out, document.source
        rows.delete().where(
            rows.flow_id == document.flow_id,
            rows.system_id == source.system_id,
            rows.source_key == source.key,
        ).execute()
        self.moved.append(document.id)
        self.note("engine", why, document, round=number)
        return replace(
            document, state=DocumentState.FOUND, round=number, request_number="", changed_at=self.at, leg=0
        )

    def look_again(self, document_ids: Sequence[int], at: datetime | None) -> None:
        """When to ask for these documents singly."""
        rows = self._tables.document
        for part in slices(document_ids):
            rows.update(look_at=at).where(rows.id.in_(part)).execute()

    def open_round(
        self, document: Document, *, flow_version: str, snapshot: Mapping[str, Any], mapped: Mapping[str, Any],
        digest: str, source_changed_at: datetime | None, sent_as: str,
    ) -> None:  # fmt: skip
        """What is about to be sent; written again when a first try came to nothing."""
        rows = self._tables.round
        values: dict[str, Any] = {
            "flow_version": flow_version, "snapshot": snapshot, "mapped": mapped, "digest": digest,
            "source_changed_at": source_changed_at, "sent_as": sent_as, "decision": "", "opinions": [],
            "opened_at": self.at, "closed_at": None, "seen_away_at": None,
        }  # fmt: skip
        self._pen.upsert(rows, {"document_id": document.id, "number": document.round}, values)
        self._note_fallbacks(document, mapped)

    def _note_fallbacks(self, document: Document, mapped: Mapping[str, Any]) -> None:
        """Base data for which a stand-in is sent, of a request or of each bill: counted, and told with the document."""
        drafts = [mapped, *(each for each in mapped.values() if isinstance(each, Mapping))]
        for kind, code, found in (row for each in drafts for row in each.get("fallbacks", ())):
            keys = {"document_id": document.id, "round": document.round, "kind": kind, "code": code}
            values = {"route_id": document.route_id, "counterpart": found, "at": self.at}
            self._pen.upsert(self._tables.base_fallback, keys, values)

    def unsettle_digest(self, document: Document) -> None:
        """Marks an adopted round whose request says something else than the bill: the sweep will find it changed."""
        rows = self._tables.round
        rows.update(digest="", source_changed_at=None).where(
            rows.document_id == document.id, rows.number == document.round
        ).execute()

    def decide(
        self, document: Document, decision: str, opinions: Sequence[Mapping[str, Any]] | None = None
    ) -> None:
        """What the approvers said, kept whole. None = nothing new was said."""
        said = {} if opinions is None else {"opinions": list(opinions)}
        self._update_round(document, decision=decision, **said)

    def stand_for(self, document: Document, digest: str) -> None:
        """The round stands for this content from now on; the snapshot stays what was sent."""
        self._update_round(document, digest=digest)

    def close_round(self, document: Document, *, seen_away: bool = False) -> None:
        """The round is over; seen_away where the same look proved the bill not SUBMITTED."""
        values: dict[str, Any] = {"closed_at": self.at}
        if seen_away:
            values["seen_away_at"] = self.at
        self._update_round(document, **values)

    def see_away(self, documents: Sequence[Document], at: datetime) -> None:
        """The bills of these documents at rest were seen not SUBMITTED by a read begun at `at`."""
        rows = self._tables.round
        for document in documents:
            self._pen.update(
                rows, {"seen_away_at": at}, document_id=document.id, number=document.round, seen_away_at=None
            )

    def link(self, document: Document, request: Ref) -> None:
        """Binds the round to its request; one request belongs to one round."""
        source = document.source
        self._pen.insert(
            self._tables.link,
            document_id=document.id, round=document.round, erp_system=source.system_id, erp_form=source.form,
            erp_key=source.key, erp_number=source.number, oa_system=request.system_id, oa_form=request.form,
            oa_key=request.key, oa_number=request.number, made_at=self.at,
        )  # fmt: skip

    def link_leg(self, document: Document, leg: int, bill: Ref) -> None:
        """Binds a bill that a generation made to its request; one bill belongs to one document."""
        source = document.source
        self._pen.insert(
            self._tables.link,
            document_id=document.id, round=document.round, leg=leg, erp_system=bill.system_id, erp_form=bill.form,
            erp_key=bill.key, erp_number=bill.number, oa_system=source.system_id, oa_form=source.form,
            oa_key=source.key, oa_number=source.number, made_at=self.at,
        )  # fmt: skip

    def unlink_leg(self, document: Document, leg: int) -> None:
        """The bill of this leg is gone again (we deleted it before it was audited)."""
        rows = self._tables.link
        rows.delete().where(
            rows.document_id == document.id, rows.round == document.round, rows.leg == leg
        ).execute()

    def map_value(self, document: Document, leg: int, field: str, value: Any) -> None:
        """One header value of a bill that was sent is another one from now on: we changed it, by a person's order."""
        rows = self._tables.round
        row = rows.get(rows.document_id == document.id, rows.number == document.round)
        sent = dict(row.mapped.get(str(leg), {}))
        sent["header"] = {**sent.get("header", {}), field: value}
        self._update_round(document, mapped={**row.mapped, str(leg): sent})

    def make_way(self, document: Document, deleted: Attempt) -> None:
        """The bill is gone on a person's order, to be made anew under the same key: what was done to it is undone."""
        rounds, rows = self._tables.round, self._tables.attempt
        round_ = rounds.get_or_none(rounds.document_id == document.id, rounds.number == document.round)
        if round_ is not None and round_.decision == "make_again":
            files = (
                self._tables.carried_file
            )  # they hung on the bill that is gone; the new one gets them anew
            files.delete().where(
                files.document_id == document.id, files.round == document.round, files.leg == deleted.leg
            ).execute()
            rows.update(outcome=AttemptOutcome.LOST.value).where(
                rows.document_id == document.id, rows.round == document.round, rows.leg == deleted.leg,
                rows.outcome == AttemptOutcome.DONE.value, rows.id != deleted.id,
            ).execute()  # fmt: skip

    def forget_undoing(self, document: Document) -> None:
        """An earlier taking back and deleting of this round is over; it may be done once more."""
        rows = self._tables.attempt
        rows.update(outcome=AttemptOutcome.LOST.value).where(
            rows.document_id == document.id, rows.round == document.round,
            rows.step.in_(["send_back", "delete_bill"]), rows.outcome == AttemptOutcome.DONE.value,
        ).execute()  # fmt: skip

    def map_leg(self, document: Document, mapped: Mapping[str, Any]) -> None:
        """What was sent in this round, with the bill that is about to be sent."""
        self._update_round(document, mapped=mapped)
        self._note_fallbacks(document, mapped)

    def reserve(self, document: Document, values: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """Takes (kind, value) pairs for this document; answers those that another document holds, with its id.
        Where there is one, nothing was taken."""
        rows, held = self._tables.reserved, {}
        wanted = list(dict.fromkeys(values))
        for kind, value in wanted:
            row = rows.get_or_none(rows.kind == kind, rows.value == value)
            if row is not None and row.document_id != document.id:
                held[kind, value] = int(row.document_id)
        for kind, value in wanted if not held else ():
            rows.replace(kind=kind, value=value, document_id=document.id).execute()
        return held

    def free(self, document: Document) -> None:
        """Gives back whatever this document reserved."""
        rows = self._tables.reserved
        rows.delete().where(rows.document_id == document.id).execute()

    def set_aside(self, document: Document, system_id: str, claims: Mapping[str, Decimal]) -> None:
        """What this invoice is about to take off each claim (by the ERP's id), instead of what was set aside before."""
        rows = self._tables.claim_reserved
        rows.delete().where(rows.document_id == document.id).execute()
        for claim_key, amount in claims.items():
            rows.create(
                document_id=document.id,
                system_id=system_id,
                claim_key=claim_key,
                amount=str(amount),
                at=self.at,
            )

    def put_file(self, document: Document, file: CarriedFile) -> None:
        """How far an attachment of the document's round has come."""
        self._tables.carried_file.replace(
            document_id=document.id, round=file.round, leg=file.leg, source=file.source, name=file.name, size=file.size,
            digest=file.digest, state=file.state.value, tries=file.tries, target=file.target, why=file.why, at=self.at,
        ).execute()  # fmt: skip

    def wish(self, document: Document, wish: Wish, person: str, reason: str) -> None:
        """How this round is sent the next time; with neither a version nor edits: as the mapping in force says."""
        rows = self._tables.resend
        rows.delete().where(rows.document_id == document.id).execute()
        if wish.version or wish.edits:
            rows.create(
                document_id=document.id, round=document.round, version=wish.version, edits=dict(wish.edits)
            )
        told = {"version": wish.version, "edits": dict(wish.edits), "reason": reason}
        self.note(person, "resend", document, round=document.round, **told)

    def let_pass(self, given: GatePass) -> None:
        """Two persons let an invoice pass the gate as it is; of several the latest counts."""
        self._tables.gate_pass.create(
            document_id=given.document_id, digest=given.digest, person=given.person, second=given.second,
            reason=given.reason, code=given.code, said=given.said, given_at=given.given_at, used_round=None,
        )  # fmt: skip
        told = {"second": given.second, "reason": given.reason, "code": given.code}
        self.lines.append((given.person, "gate_pass_given", f"document:{given.document_id}", told))

    def use_pass(self, document: Document, given: GatePass) -> None:
        """The round that takes it; another round wants another."""
        rows = self._tables.gate_pass
        rows.update(used_round=document.round).where(
            rows.document_id == document.id, rows.given_at == given.given_at
        ).execute()
        self.note(
            given.person, "gate_passed", document, second=given.second, reason=given.reason, code=given.code
        )

    def reroute(self, document: Document, route_id: str) -> Document:
        """Another route is responsible (its company was set up later); only before anything was sent."""
        self._update(document, route_id=route_id)
        return replace(document, route_id=route_id)

    def unlink(self, document: Document) -> None:
        """Takes the current round's link away (a person bound the document elsewhere)."""
        rows = self._tables.link
        rows.delete().where(rows.document_id == document.id, rows.round == document.round).execute()

    def intend(self, step: str, intentions: Sequence[Intention]) -> list[Attempt]:
        """The promise, on disk before the call. UNIQUE (key, step) makes a second promise impossible."""
        tried = self._tried(step, [each.document.id for each in intentions])
        made = []
        for each in intentions:
            number = tried.get(each.document.id, 0) + 1
            attempt_id = self._pen.insert(
                self._tables.attempt,
                document_id=each.document.id, round=each.document.round, step=step, number=number, key=each.key,
                sent_as=each.sent_as, basis=dict(each.basis), answered_key=None, answered_number=None,
                outcome=AttemptOutcome.INTENT.value, started_at=self.at, ended_at=None, leg=each.leg,
            )  # fmt: skip
            made.append(
                Attempt(
                    attempt_id, each.document.id, each.document.round, step, number, each.key, each.sent_as,
                    each.basis, None, AttemptOutcome.INTENT, self.at, None, each.leg,
                )
            )  # fmt: skip
            self.note(
                "engine",
                f"intent.{step}",
                each.document,
                key=each.key,
                attempt=attempt_id,
                sent_as=each.sent_as,
            )
        return made

    def _tried(self, step: str, document_ids: Sequence[int]) -> dict[int, int]:
        """How often this step was tried on each document."""
        rows = self._tables.attempt
        found: dict[int, int] = {}
        for part in slices(document_ids):
            query = rows.select(rows.document_id, peewee.fn.COUNT(rows.id)).where(
                rows.document_id.in_(part), rows.step == step
            )
            found.update(query.group_by(rows.document_id).tuples())
        return found

    def keep_answer(self, attempt: Attempt, answered: Ref | None) -> Attempt:
        """The Ref of a positive answer, onto the attempt."""
        if answered is None:
            return attempt
        values = {"answered_key": answered.key, "answered_number": answered.number}
        self._pen.update(self._tables.attempt, values, id=attempt.id)
        return replace(attempt, answered=answered)

    def keep_exchanges(self, attempts: Sequence[Attempt], kept: Sequence[KeptExchange]) -> None:
        """The masked calls of these attempts; a batch's call is kept once."""
        for each in kept:
            exchange_id = self._pen.insert(
                self._tables.exchange,
                system_id=each.system_id, method=each.method, path=each.path, status=each.status, ms=round(each.ms),
                at=each.at, request=each.request, answer=each.answer,
            )  # fmt: skip
            for attempt in attempts:
                self._pen.insert(
                    self._tables.attempt_exchange, attempt_id=attempt.id, exchange_id=exchange_id
                )

    def settle(self, attempt: Attempt, document: Document, outcome: AttemptOutcome, **detail: Any) -> None:
        """What became of an attempt. IN_DOUBT stays open, all others end it."""
        ended = None if outcome is AttemptOutcome.IN_DOUBT else self.at
        self._pen.update(self._tables.attempt, {"outcome": outcome.value, "ended_at": ended}, id=attempt.id)
        self.note(
            "engine",
            f"{outcome.value}.{attempt.step}",
            document,
            key=attempt.key,
            attempt=attempt.id,
            **detail,
        )

    def fail(
        self, document: Document, error: SyncError, *, attempt: Attempt | None = None,
        next_try_at: datetime | None, revision: int = 0,
    ) -> None:  # fmt: skip
        """Opens the document's failure, or counts one more try of the same."""
        rows = self._tables.failure
        cause = cause_of(error)
        row = rows.get_or_none(rows.document_id == document.id, rows.closed_at.is_null())
        if row is not None and row.cause == cause:
            row.tries += 1
            row.next_try_at, row.facts, row.revision = next_try_at, plain_facts(error.facts), revision
            row.attempt_id = attempt.id if attempt else row.attempt_id
            row.save()
        else:
            self.heal(document, by="replaced")
            rows.create(
                document_id=document.id, attempt_id=attempt.id if attempt else None, code=error.code.id,
                facts=plain_facts(error.facts), cause=cause, tries=1, revision=revision, opened_at=self.at,
                next_try_at=next_try_at, closed_at=None, closed_by="",
            )  # fmt: skip
            self.note("engine", "failed", document, code=error.code.id, facts=plain_facts(error.facts))
        self._update(document, needs_person=next_try_at is None)
        self.failed.append(document.id)

    def add_facts(self, document: Document, **facts: Any) -> None:
        """More of what is known about the document's open failure; it counts no further try."""
        rows = self._tables.failure
        row = rows.get_or_none(rows.document_id == document.id, rows.closed_at.is_null())
        if row is not None:
            row.facts = {**row.facts, **plain_facts(facts)}
            row.save()
            self.failed.append(document.id)

    def wait_for_person(self, document: Document) -> None:
        """The open failure is a person's again: looking brought nothing new."""
        self._pen.update(self._tables.failure, {"next_try_at": None}, document_id=document.id, closed_at=None)
        self._update(document, needs_person=True)

    def heal(self, document: Document, by: str = "engine") -> None:
        """Closes the document's open failure, if any."""
        closed = self._pen.update(
            self._tables.failure,
            {"closed_at": self.at, "closed_by": by},
            document_id=document.id,
            closed_at=None,
        )
        if closed:
            self._update(document, needs_person=False)
            self.failed.append(document.id)

    def try_now(self, document: Document, by: str) -> None:
        """Makes a failed document due at once."""
        rows = self._tables.failure
        rows.update(next_try_at=self.at).where(
            rows.document_id == document.id, rows.closed_at.is_null()
        ).execute()
        self._update(document, needs_person=False)
        self.note(by, "retry", document)

    def keep_out(self, route_id: str, flow_id: str, source: Ref, filter_name: str) -> None:
        """A record that a filter keeps out leaves a row that names the filter."""
        self._tables.kept_out.replace(
            flow_id=flow_id, system_id=source.system_id, source_key=source.key, number=source.number,
            route_id=route_id, filter_name=filter_name, at=self.at,
        ).execute()  # fmt: skip

    def begin_run(self, route_id: str, flow_id: str, trigger: Trigger) -> int:
        """A run's row; answers its id."""
        row = self._tables.run.create(
            route_id=route_id, flow_id=flow_id, trigger=trigger.value, started_at=self.at, ended_at=None, found=0,
            moved=0, failed=0, code="",
        )  # fmt: skip
        return int(row.id)

    def miss(self, missed: Missed) -> None:
        """Runs that nobody was there to make."""
        self._tables.missed_run.create(
            route_id=missed.route_id, flow_id=missed.flow_id, since=missed.since, until=missed.until,
            times=missed.times, why=missed.why,
        )  # fmt: skip
        told = {
            "flow": missed.flow_id, "since": missed.since.isoformat(timespec="seconds"),
            "until": missed.until.isoformat(timespec="seconds"), "times": missed.times, "why": missed.why,
        }  # fmt: skip
        self.lines.append(("engine", "run.missed", f"route:{missed.route_id}", told))

    def end_run(self, run_id: int, *, found: int, moved: int, failed: int, code: str) -> None:
        """Closes a run's row."""
        rows = self._tables.run
        rows.update(ended_at=self.at, found=found, moved=moved, failed=failed, code=code).where(
            rows.id == run_id
        ).execute()

    def set_watermark(self, route_id: str, flow_id: str, at: datetime) -> None:
        """Moves only after a complete listing; `at` is when that listing began."""
        self._tables.watermark.replace(route_id=route_id, flow_id=flow_id, at=at).execute()

    def hold(self, route_id: str, flow_id: str, error: SyncError, *, until_person: bool) -> bool:
        """Holds a flow of a route; True when this is news."""
        rows = self._tables.hold
        row = rows.get_or_none(rows.route_id == route_id, rows.flow_id == flow_id)
        if row is not None and row.code == error.code.id:
            return False
        rows.replace(
            route_id=route_id, flow_id=flow_id, code=error.code.id, facts=plain_facts(error.facts), since=self.at,
            until_person=until_person,
        ).execute()  # fmt: skip
        self.lines.append(
            ("engine", "route.held", f"route:{route_id}", {"code": error.code.id, "flow": flow_id})
        )
        return True

    def release(self, route_id: str, flow_id: str = "", by: str = "engine") -> bool:
        """Lets a held flow (without flow_id: all of the route) go on; True when something was held."""
        rows = self._tables.hold
        query = rows.delete().where(rows.route_id == route_id)
        released = (query.where(rows.flow_id == flow_id) if flow_id else query).execute()
        if released:
            self.lines.append((by, "route.released", f"route:{route_id}", {"flow": flow_id}))
        return bool(released)

    def _update(self, document: Document, **values: Any) -> None:
        self._pen.update(self._tables.document, values, id=document.id)

    def _update_round(self, document: Document, **values: Any) -> None:
        self._pen.update(self._tables.round, values, document_id=document.id, number=document.round)


def cause_of(error: SyncError) -> str:
    """Equal for equal reasons: the code and those facts that are not the document's own."""
    number = str(error.facts.get("number", ""))
    parts = [error.code.id]
    for name in error.code.facts:
        if name in _OWN_FACTS or name not in error.facts:
            continue
        text = str(error.facts[name])
        if name == "said":
            text = re.sub(r"\d+", "#", text.replace(number, "*") if number else text)[:120]
        parts.append(f"{name}={text}")
    return "|".join(parts)


def plain_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as they are kept: words, numbers and lists."""
    return {
        name: value if isinstance(value, (str, int, bool, list)) else str(value)
        for name, value in facts.items()
    }
