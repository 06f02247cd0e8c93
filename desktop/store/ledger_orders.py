"""What people asked for in a window, until an engine takes it. Part of Ledger (ledger.py)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from desktop.domain.document import Order
from desktop.store.audit import Trail
from desktop.store.database import Store
from desktop.store.rows import order_of


class OrderTable:
    """Orders: written down, claimed by one engine, answered."""

    def __init__(self, store: Store, trail: Trail) -> None:
        self._store = store
        self._trail = trail

    def waiting_orders(self) -> list[Order]:
        """Orders that nobody has taken, oldest first."""
        with self._store.reading() as tables:
            rows = tables.order
            return [order_of(row) for row in rows.select().where(rows.taken_at.is_null()).order_by(rows.id)]

    @contextmanager
    def claimed(self, order: Order, at: datetime) -> Iterator[bool]:
        """One transaction in which the order is ours (True), or was taken by another (False). All that is done inside
        is on disk together with the claim, or not at all."""
        with self._store.writing() as tables:
            rows = tables.order
            taken = rows.update(taken_at=at).where(rows.id == order.id, rows.taken_at.is_null()).execute()
            yield bool(taken)

    def give_order(
        self, person: str, order: str, ids: Sequence[int], detail: Mapping[str, Any], at: datetime
    ) -> int:
        """Writes down what a person asked for; the engine takes it at its next run."""
        with self._store.writing() as tables:
            row = tables.order.create(
                person=person,
                order=order,
                document_ids=list(ids),
                detail=dict(detail),
                given_at=at,
                result="",
            )
            self._trail.append(
                tables,
                [(person, f"order.{order}", f"order:{row.id}", {"documents": list(ids), **_told_of(detail)})],
            )
            return int(row.id)

    def void_orders(self, at: datetime, result: str) -> int:
        """Takes every waiting order away undone: what a copy of the store holds was asked for in another hour."""
        with self._store.writing() as tables:
            rows = tables.order
            changed = rows.update(taken_at=at, result=result).where(rows.taken_at.is_null()).execute()
            return int(changed)

    def finish_order(self, order_id: int, result: str) -> None:
        """What became of an order."""
        with self._store.writing() as tables:
            tables.order.update(result=result).where(tables.order.id == order_id).execute()

    def order_result(self, order_id: int) -> str | None:
        """The result, "" while it waits, None for an unknown order."""
        with self._store.reading() as tables:
            row = tables.order.get_or_none(tables.order.id == order_id)
            return row.result if row else None


def _told_of(detail: Mapping[str, Any]) -> dict[str, Any]:
    """What the trail tells of an order besides its documents: why, and who stood beside."""
    return {name: detail[name] for name in ("reason", "decision", "number", "second") if detail.get(name)}
