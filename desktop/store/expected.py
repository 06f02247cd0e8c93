"""Requests that may come to wait for their bill, where an OA lets nothing wait for us at a node. Part of Ledger and of Change.

`place` is where they are listed: the OA's own id and the workflow. Another company of the OA, or another form, is another
place, of which nothing is known yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from desktop.domain.document import Expected, Lookout, Outlook
from desktop.store.change_base import Writes
from desktop.store.ledger_documents import DocumentReads
from desktop.store.rows import slices


class ExpectedReads(DocumentReads):
    """What a flow expects, and how far it has looked."""

    def lookout(self, route_id: str, flow_id: str, place: str) -> Lookout | None:
        """None where the flow has never looked there."""
        with self._store.reading() as tables:
            rows = tables.lookout
            row = rows.get_or_none(rows.route_id == route_id, rows.flow_id == flow_id, rows.place == place)
            return Lookout(row.first_at, row.looked_at, row.wide_at) if row else None

    def expected(self, route_id: str, flow_id: str, place: str) -> dict[str, Expected]:
        """By the request's id, in the order in which they were opened as far as we know."""
        with self._store.reading() as tables:
            rows = tables.expected_request
            query = rows.select().where(
                rows.route_id == route_id, rows.flow_id == flow_id, rows.place == place
            )
            return {
                row.request_key: Expected(
                    row.request_key, Outlook(row.state), row.opened_after, row.asked_at, row.company
                )
                for row in query.order_by(rows.opened_after, rows.request_key).namedtuples()
            }


class ExpectedWrites(Writes):
    """The same, within one transaction."""

    def looked_out(self, route_id: str, flow_id: str, place: str, lookout: Lookout) -> None:
        """How far the flow has looked now."""
        keys = {"route_id": route_id, "flow_id": flow_id, "place": place}
        values = {
            "first_at": lookout.first_at, "looked_at": lookout.looked_at, "wide_at": lookout.wide_at,
        }  # fmt: skip
        self._pen.upsert(self._tables.lookout, keys, values)

    def expect(self, route_id: str, flow_id: str, place: str, requests: Iterable[Expected]) -> None:
        """These are expected from now on, or are known to be in another state."""
        for each in requests:
            keys = {"route_id": route_id, "flow_id": flow_id, "place": place, "request_key": each.key}
            values = {
                "state": each.state.value, "opened_after": each.opened_after, "asked_at": each.asked_at,
                "company": each.company,
            }  # fmt: skip
            self._pen.upsert(self._tables.expected_request, keys, values)

    def expect_no_more(self, route_id: str, flow_id: str, place: str, keys: Sequence[str]) -> None:
        """They became documents, or are of no interest any more."""
        rows = self._tables.expected_request
        for part in slices(keys):
            rows.delete().where(
                rows.route_id == route_id, rows.flow_id == flow_id, rows.place == place, rows.request_key.in_(part)
            ).execute()  # fmt: skip
