"""The writes of one transaction: a state, its attempt, its link and its line in the trail stand or fall together.

One face, whose writes about rounds and attempts stand in change_*.py; here are documents, and what holds or moves a flow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from desktop.domain.document import Document, DocumentState, Missed, Trigger
from desktop.domain.errors import SyncError
from desktop.domain.record import Money, Ref
from desktop.store.causes import plain_facts
from desktop.store.change_attempts import AttemptWrites, Intention, KeptExchange
from desktop.store.change_rounds import RoundWrites
from desktop.store.expected import ExpectedWrites
from desktop.store.rows import slices

__all__ = ["Change", "Intention", "KeptExchange", "NewDocument"]


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A source record seen for the first time."""

    route_id: str
    flow_id: str
    source: Ref
    key_part: str


class Change(RoundWrites, AttemptWrites, ExpectedWrites):
    """The writes of one transaction. `moved` and `failed` tell afterwards which documents to speak of."""

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

    def reroute(self, document: Document, route_id: str) -> Document:
        """Another route is responsible (its company was set up later); only before anything was sent."""
        self._update(document, route_id=route_id)
        return replace(document, route_id=route_id)

    def keep_out(self, route_id: str, flow_id: str, source: Ref, filter_name: str) -> None:
        """A record that a filter keeps out leaves a row that names the filter."""
        self._tables.kept_out.replace(
            flow_id=flow_id, system_id=source.system_id, source_key=source.key, number=source.number,
            route_id=route_id, filter_name=filter_name, at=self.at,
        ).execute()  # fmt: skip

    # --- runs, watermarks, holds ----------------------------------------------------------------------
    def begin_run(self, route_id: str, flow_id: str, trigger: Trigger) -> int:
        """A run's row; answers its id."""
        row = self._tables.run.create(
            route_id=route_id, flow_id=flow_id, trigger=trigger.value, started_at=self.at, ended_at=None, found=0,
            moved=0, failed=0, code="",
        )  # fmt: skip
        return int(row.id)

    def end_run(self, run_id: int, *, found: int, moved: int, failed: int, code: str) -> None:
        """Closes a run's row."""
        rows = self._tables.run
        rows.update(ended_at=self.at, found=found, moved=moved, failed=failed, code=code).where(
            rows.id == run_id
        ).execute()

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
