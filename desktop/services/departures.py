"""Somebody leaves or moves: what in the set-up and what under way depends on him, and handing it over with a date.

Reads the OA live for what lies on his desk. Changes correspondences only: a request is transferred in the OA itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, cast

from desktop.connectors.base import OaConnector
from desktop.domain.document import Document
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import FlowKind
from desktop.domain.record import Money
from desktop.domain.system import Route, SystemRole
from desktop.store.catalog import BaseRow, CaseRow
from desktop.sync.base_table import days_of_erp

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

PEOPLE = ("user", "employee")
"""Kinds of base data that are persons."""


class Tie(Enum):
    """How something depends on a person."""

    APPROVES = "approves"
    APPLIES = "applies"
    MATCHED = "matched"
    STANDS_IN = "stands_in"
    INTEGRATES = "integrates"
    USES = "uses"


@dataclass(frozen=True, slots=True)
class Strand:
    """One thing that depends on him. route_id "" = the whole house; document_id: of a bill under way."""

    tie: Tie
    route_id: str
    what: str
    document_id: int | None = None
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Departure:
    """Everything that was found about one person. unread: systems that could not be asked."""

    oa_id: str
    name: str
    strands: tuple[Strand, ...]
    unread: tuple[SyncError, ...] = ()

    @property
    def matches(self) -> int:
        """Correspondences that can be handed over."""
        return sum(each.tie in (Tie.MATCHED, Tie.STANDS_IN) for each in self.strands)


class Departures:
    """Finds and hands over."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def people(self) -> list[tuple[str, str]]:
        """(OA id, name) of everybody that a correspondence names, by name."""
        found = {row.oa_key: row.oa_name or row.erp_name or row.oa_key for row in self._rows()}
        return sorted(found.items(), key=lambda each: each[1])

    def _rows(self) -> Iterator[BaseRow]:
        for route in self._workspace.people.routes_seen():
            for row in self._workspace.catalog.base_rows(route.id):
                if row.kind in PEOPLE:
                    yield row

    def find(self, typed: str) -> tuple[str, str]:
        """The person by OA id, else by the whole name. Raises DAT-402 where nobody is called so, PER-715 where several are."""
        people = self.people()
        hits = [each for each in people if each[0] == typed.strip()] or [
            each for each in people if each[1] == typed.strip()
        ]
        if not hits:
            raise SyncError(ErrorCode.RECORD_MISSING, certain=True, system="OA", number=typed)
        if len(hits) > 1:
            said = ", ".join(f"{name} {oa_id}" for oa_id, name in hits)
            raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=said)
        return hits[0]

    # --- what depends on him ---------------------------------------------------------------------------------------------
    def check(self, person: str, typed: str) -> Departure:
        """Everything about somebody in the companies that whoever asks may see. Reads every running request: seconds. Raises DAT-402, PER-715, PER-716."""
        self._workspace.people.demand_role(person, "map_base")
        oa_id, name = self.find(typed)
        live, unread = self._on_his_desk(oa_id, name)
        return Departure(oa_id, name, (*live, *self._set_up(oa_id, name)), tuple(unread))

    def _set_up(self, oa_id: str, name: str) -> Iterator[Strand]:
        catalog = self._workspace.catalog
        for row in self._rows():
            if row.oa_key == oa_id:
                yield Strand(Tie.MATCHED, row.route_id, f"{row.kind} {row.erp_code} {row.erp_name}".strip())
        for case in catalog.base_cases():
            seen = self._workspace.people.seat.sees(case.route_id)
            if seen and case.kind in PEOPLE and case.counterpart == oa_id:
                yield Strand(Tie.MATCHED, case.route_id, f"{case.kind} {case.code} {case.valid_from}".strip())
        for route in self._workspace.people.routes_seen():
            if route.applicant == oa_id:
                yield Strand(Tie.STANDS_IN, route.id, route.title or route.company)
        for system in catalog.systems().values():
            if system.role is SystemRole.OA and system.options.get("user_id") == oa_id:
                yield Strand(Tie.INTEGRATES, "", system.title)
        for each in self._workspace.people.all():
            if each.active and each.name == name:
                yield Strand(Tie.USES, "", f"{each.login} {each.role.value}")

    def _on_his_desk(self, oa_id: str, name: str) -> tuple[list[Strand], list[SyncError]]:
        """Running requests that wait for him, or that stand in his name."""
        found: list[Strand] = []
        unread: list[SyncError] = []
        ledger, catalog = self._workspace.ledger, self._workspace.catalog
        for route in self._workspace.people.routes_seen():
            for switch in route.switches:
                flow = self._workspace.flows.get(switch.flow_id)
                if flow is None or flow.kind is not FlowKind.APPROVAL:
                    continue
                links = ledger.links(moving := ledger.moving(route.id, flow.id))
                running = [each for each in moving if each.id in links]
                if not running:
                    continue
                rounds = ledger.current_rounds(running)
                found += [
                    _strand(Tie.APPLIES, each) for each in running if each.id in rounds and rounds[each.id].sent_as == oa_id
                ]  # fmt: skip
                oa = cast(OaConnector, self._workspace.connect(catalog.system(route.oa_id)))
                side = replace(flow.oa, workflow=switch.workflow)
                try:
                    workers = max(1, int(oa.system.number("parallel", oa.capabilities.parallel)))
                    with ThreadPoolExecutor(workers, thread_name_prefix="departure") as pool:
                        read = pool.map(
                            partial(oa.read_request, side), [links[each.id].oa for each in running]
                        )
                        found += [
                            _strand(Tie.APPROVES, document)
                            for document, request in zip(running, read, strict=True)
                            if name in request.waiting_on or oa_id in request.waiting_on
                        ]
                except SyncError as error:
                    unread.append(error)
                finally:
                    oa.close()
        return found, unread

    # --- handing over ------------------------------------------------------------------------------------------------------
    def hand_over(self, person: str, found: Departure, successor: str, day: str) -> int:
        """From `day` on (ISO) the successor stands where he stood in every correspondence; today or earlier, also as the one
        who stands in for missing makers. Answers how many. Raises DAT-402, PER-715, PER-716, MAP-512."""
        workspace = self._workspace
        self._workspace.people.demand_role(person, "map_base")
        to_id, to_name = self.find(successor)
        try:
            begins = date.fromisoformat(day)
        except ValueError:
            raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=day) from None
        if to_id == found.oa_id:
            raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=successor)
        rows = [row for row in self._rows() if row.oa_key == found.oa_id]
        workspace.people.demand(person, "map_base", sorted({row.route_id for row in rows}))
        routes = [each for each in self._standing_in(found.oa_id) if begins.isoformat() <= self._day_in(each)]
        for route in routes:  # all that he may not do is refused before anything is done
            workspace.people.demand(person, "set_up", (route.id,))
        note = f"{found.name} -> {to_name}"
        for row in rows:
            workspace.cases.put(
                person,
                CaseRow(
                    0,
                    row.route_id,
                    row.kind,
                    "erp",
                    row.erp_code,
                    to_id,
                    "",
                    begins.isoformat(),
                    "",
                    to_name,
                    note,
                ),
            )
        for route in routes:
            workspace.catalog.put_route(replace(route, applicant=to_id), person)
        return len(rows) + len(routes)

    def _day_in(self, route: Route) -> str:
        """The day there, as correspondences begin with it."""
        return days_of_erp(self._workspace.catalog, route.id, self._workspace.now)()

    def _standing_in(self, oa_id: str) -> list[Route]:
        """Companies in which he stands in for makers without an account."""
        return [each for each in self._workspace.people.routes_seen() if each.applicant == oa_id]


def _strand(tie: Tie, document: Document) -> Strand:
    return Strand(
        tie,
        document.route_id,
        f"{document.source.number} {document.request_number}".strip(),
        document.id,
        document.amount,
    )
