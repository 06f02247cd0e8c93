"""Writes about attempts and failures. Part of Change (change.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import peewee

from desktop.domain.document import Attempt, AttemptOutcome, Document
from desktop.domain.errors import SyncError
from desktop.domain.record import Ref
from desktop.store.causes import cause_of, plain_facts
from desktop.store.change_base import Writes
from desktop.store.rows import slices


@dataclass(frozen=True, slots=True)
class Intention:
    """One effect that is about to be tried on one document."""

    document: Document
    key: str
    sent_as: str = ""
    basis: Mapping[str, Any] = field(default_factory=dict)
    leg: int = 0


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


class AttemptWrites(Writes):
    """What is promised, what became of it, and what stands in a document's way."""

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

    # --- failures ----------------------------------------------------------------------
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
