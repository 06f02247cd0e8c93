"""From rows to the domain's words. Private to store/."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from desktop.domain.document import (
    Attempt,
    AttemptOutcome,
    CarriedFile,
    Document,
    DocumentState,
    Failure,
    FileState,
    Link,
    Order,
    OwnTurn,
    Round,
    Run,
    Trigger,
    Turn,
)
from desktop.domain.record import Money, Ref

_SLICE = 500
"""How many ids one question carries: below every database's limit of variables."""


def slices(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Parts of a list, each small enough for one question."""
    for start in range(0, len(values), _SLICE):
        yield values[start : start + _SLICE]


def document_of(row: Any) -> Document:
    """A document\'s row as the domain knows it."""
    amount = Money(Decimal(row.amount), row.currency) if row.amount is not None else None
    return Document(
        row.id, row.route_id, row.flow_id, Ref(row.system_id, row.form, row.source_key, row.number), row.key_part,
        row.partner, amount, DocumentState(row.state), row.round, row.created_at, row.changed_at, row.request_number,
        row.leg,
    )  # fmt: skip


def round_of(row: Any, *, light: bool = False) -> Round:
    """A round\'s row as the domain knows it."""
    return Round(
        row.document_id, row.number, row.flow_version, {} if light else row.snapshot, {} if light else row.mapped,
        row.digest, row.source_changed_at, row.sent_as, row.decision, tuple(row.opinions), row.opened_at,
        row.closed_at, row.seen_away_at,
    )  # fmt: skip


def link_of(row: Any) -> Link:
    """A link\'s row as the domain knows it."""
    return Link(
        row.document_id, row.round, Ref(row.erp_system, row.erp_form, row.erp_key, row.erp_number),
        Ref(row.oa_system, row.oa_form, row.oa_key, row.oa_number), row.made_at, row.leg,
    )  # fmt: skip


def attempt_of(row: Any) -> Attempt:
    """A attempt\'s row as the domain knows it."""
    answered = None if row.answered_key is None else Ref("", "", row.answered_key, row.answered_number or "")
    return Attempt(
        row.id, row.document_id, row.round, row.step, row.number, row.key, row.sent_as, row.basis, answered,
        AttemptOutcome(row.outcome), row.started_at, row.ended_at, row.leg,
    )  # fmt: skip


def file_of(row: Any) -> CarriedFile:
    """An attachment\'s row as the domain knows it."""
    return CarriedFile(
        row.document_id, row.round, row.leg, row.source, row.name, row.size, row.digest, FileState(row.state), row.tries,
        row.target, row.why, row.at,
    )  # fmt: skip


def failure_of(row: Any) -> Failure:
    """A failure\'s row as the domain knows it."""
    return Failure(
        row.id, row.document_id, row.attempt_id, row.code, row.facts, row.cause, row.tries, row.opened_at,
        row.next_try_at, row.closed_at, row.closed_by,
    )  # fmt: skip


def run_of(row: Any) -> Run:
    """A run\'s row as the domain knows it."""
    return Run(
        row.id, row.route_id, row.flow_id, Trigger(row.trigger), row.started_at, row.ended_at, row.found, row.moved,
        row.failed, row.code,
    )  # fmt: skip


def own_turn_of(row: Any) -> OwnTurn:
    """What a person said about a document's turn."""
    return OwnTurn(Turn(row.turn), row.person, row.reason, row.at)


def order_of(row: Any) -> Order:
    """A order\'s row as the domain knows it."""
    return Order(
        row.id, row.person, row.order, tuple(row.document_ids), row.detail, row.given_at, row.taken_at, row.result
    )  # fmt: skip
