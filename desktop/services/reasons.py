"""Why was this bill not sent, in words; and the order to send it now. Views and doors ask here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from desktop.connectors.base import ErpConnector
from desktop.domain.record import RequestDraft
from desktop.store.search import asked
from desktop.sync.why import Inquiry, Reason, Why

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

__all__ = ["Answer", "Reason", "Reasons"]

SOON = timedelta(minutes=10)
"""A run that comes within this time needs no word."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One bill's answer. what: why it was not sent, or that it was. do: what the person may do. draft: a dry run."""

    reason: Reason
    number: str
    what: str
    do: str
    code: str
    sendable: bool
    document_id: int | None
    route_id: str
    flow_id: str
    draft: RequestDraft | None

    def told(self) -> dict[str, Any]:
        """As one JSON object."""
        draft = self.draft
        return {
            "number": self.number, "reason": self.reason.value, "code": self.code, "what": self.what, "do": self.do,
            "sendable": self.sendable, "route": self.route_id, "flow": self.flow_id, "document": self.document_id,
            "would_send": None if draft is None else {
                "title": draft.title, "sent_as": draft.sent_as, "fields": dict(draft.fields),
                "details": {table: [dict(row) for row in rows] for table, rows in draft.details.items()},
            },
        }  # fmt: skip


class Reasons:
    """Asks what we hold and both systems' own words; slow, so never on the GUI thread."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def why_not_sent(self, number: str, *, engine: bool = True) -> list[Answer]:
        """At least one answer for a bill's (or its request's) number. engine: whether a stopped engine is a reason."""
        people = self._workspace.people
        seen = people.seat.routes
        answers = [self._answer(each) for each in self._ask(asked(number), engine)]
        return people.shown([each for each in answers if not seen or each.route_id in ("", *seen)])

    def send_now(self, person: str, answer: Answer) -> int:
        """Orders the engine to send this bill with its next pass, now; it looks at everything again first."""
        self._workspace.people.demand_role(person, "send_now")
        self._workspace.people.demand(person, "send_now", (answer.route_id,))
        ids = (answer.document_id,) if answer.document_id else ()
        return self._workspace.order(
            person, "send_now", ids, number=answer.number, route_id=answer.route_id, flow_id=answer.flow_id
        )

    def _ask(self, number: str, engine: bool) -> list[Why]:
        workspace = self._workspace
        opened: dict[str, ErpConnector] = {}

        def connect(system_id: str) -> ErpConnector:
            if system_id not in opened:
                opened[system_id] = cast(ErpConnector, workspace.connect(workspace.catalog.system(system_id)))
            return opened[system_id]

        try:
            stands = self._engine_word() if engine else ""
            return Inquiry(
                workspace.catalog, workspace.ledger, workspace.flows_in_force(), workspace.flow_for, connect, stands
            ).why(number)  # fmt: skip
        finally:
            for connector in opened.values():
                connector.close()

    def _engine_word(self) -> str:
        state = self._workspace.systems.engine()
        if state.paused and state.running:
            return Reason.PAUSED.value
        return "" if state.running else Reason.STOPPED.value

    def _answer(self, why: Why) -> Answer:
        text, facts = self._workspace.text, self._facts(why)
        if why.code:
            what, do = text.what(why.code, why.facts), text.do(why.code, why.facts)
            if text.has(f"why-{why.reason.value}"):
                what = f"{text.say(f'why-{why.reason.value}', **facts)} {what}"
        else:
            what, do = (
                text.say(f"why-{why.reason.value}", **facts),
                text.say(f"why-{why.reason.value}-do", **facts),
            )
        if why.reason is Reason.DUE and (later := self._later(why)) is not None:
            what = f"{what} {text.say('why-due-later', when=text.moment(later))}"
        return Answer(
            why.reason, why.number, what, do, why.code, why.sendable, why.document_id, why.route_id, why.flow_id,
            why.draft,
        )  # fmt: skip

    def _later(self, why: Why) -> datetime | None:
        """When the flow runs by itself, where its schedule lets it wait: fixed times, quiet hours, a pause, a day off."""
        routes = self._workspace.catalog.routes()
        route = next((each for each in routes if each.id == why.route_id), None)
        switch = route.switch(why.flow_id) if route is not None else None
        if switch is None:
            return None
        following = next(iter(self._workspace.systems.next_times(switch.every_s, switch.schedule, 1)), None)
        soon = self._workspace.now() + SOON
        return following if following is not None and following > soon else None

    def _facts(self, why: Why) -> Mapping[str, object]:
        """States and statuses as words."""
        text, facts = self._workspace.text, dict(why.facts)
        for name, prefix in (("state", "state"), ("status", "bill-stands")):
            if name in facts:
                facts[name] = text.word(prefix, str(facts[name]))
        if "flows" in facts:
            facts["flows"] = [text.word("flow", each) for each in why.facts["flows"]]  # type: ignore[attr-defined]
        return facts
