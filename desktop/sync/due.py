"""Who may go now: what persons said about a document's turn, and whether its failure lets it be tried again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from desktop.domain.document import Document, Failure, Turn
from desktop.domain.errors import ErrorCode, FailureClass
from desktop.store.ledger import Ledger


def in_turn(ledger: Ledger, documents: Sequence[Document]) -> list[Document]:
    """The documents without those that a person holds back, and with those in front that shall go first.

    What was promised before it was held back is still looked for and settled: only nothing new is begun.
    """
    turns = ledger.turns(each.id for each in documents)
    if not turns:
        return list(documents)
    first = [each for each in documents if each.id in turns and turns[each.id].turn is Turn.FIRST]
    return [*first, *(each for each in documents if each.id not in turns)]


def may_retry(failure: Failure, revision: int, now: datetime, catalog_revision: int) -> bool:
    """True where a failure's next try is due; one of the mapping is due when the catalog is another than at its failing.

    revision: the catalog's when it failed; catalog_revision: its present one.
    """
    if failure.next_try_at is not None:
        return failure.next_try_at <= now
    mapping = ErrorCode.named(failure.code).failure_class is FailureClass.MAPPING
    return mapping and revision != catalog_revision
