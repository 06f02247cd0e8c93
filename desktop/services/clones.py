"""A new company like one that is set up already (U03): its route, switches, correspondences and what it has of its own of the
flows; and the list of what could not be taken over. Everything is switched off until a person has looked at that list.

A correspondence is taken over only where the new company's ERP knows the same record by code and name, in use and allotted to
it: what belongs to one company (an account book, a price list, a department) must never point a new one into the old one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from desktop.connectors.base import ErpConnector
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import BaseItem
from desktop.domain.system import FlowSwitch, Route
from desktop.store.catalog import BaseRow

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Lacking:
    """Correspondences of one kind that were not taken over. error: why none of the kind could be looked at."""

    kind: str
    codes: tuple[str, ...]
    error: SyncError | None = None


@dataclass(frozen=True, slots=True)
class Clone:
    """What became of it. own: flows of which the company got its own rows; against: what stands against a flow, by its id."""

    route: Route
    taken: int
    own: tuple[str, ...]
    lacking: tuple[Lacking, ...]
    against: Mapping[str, tuple[SyncError, ...]] = field(default_factory=dict)

    @property
    def has_gaps(self) -> bool:
        """True where a person has something to do before a flow is switched on."""
        return bool(self.lacking or any(self.against.values()))


class Clones:
    """Makes companies out of companies."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def clone(
        self, person: str, source: str, new: str, company: str, title: str = "", erp_id: str = "", oa_id: str = ""
    ) -> Clone:  # fmt: skip
        """source, new: route ids; erp_id, oa_id: "" = the source's systems. Raises PER-715 where `new` exists already (or left
        correspondences behind) or the company is joined to that account set, an unknown source, PER-713 for an unknown system, PER-716, and what reading raises."""
        workspace = self._workspace
        workspace.people.demand(person, "set_up")
        like, route = self._routes(source, new, company, title, erp_id, oa_id)
        taken, lacking = self._matching(like, route)
        workspace.catalog.put_route(route, person)
        if taken:
            workspace.catalog.put_base_rows(taken, person)
        own, refused = self._own(person, like, route)
        against = {
            switch.flow_id: (*workspace.check_flow(route, switch.flow_id), *refused.get(switch.flow_id, ()))
            for switch in route.switches
        }
        return Clone(route, len(taken), tuple(own), tuple(lacking), against)

    def _routes(
        self, source: str, new: str, company: str, title: str, erp_id: str, oa_id: str
    ) -> tuple[Route, Route]:
        catalog = self._workspace.catalog
        routes = {each.id: each for each in catalog.routes()}
        like = routes.get(source)
        if like is None:
            raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=source)
        erp, oa = catalog.system(erp_id or like.erp_id).id, catalog.system(oa_id or like.oa_id).id
        joined = [each.id for each in routes.values() if (each.erp_id, each.company) == (erp, company)]
        left = bool(
            catalog.base_rows(new)
        )  # of a former company of this name: nothing of it may be taken for the new one's
        if not new.strip() or not company.strip() or new in routes or joined or left:
            raise SyncError(
                ErrorCode.ARGUMENT_WRONG, certain=True, said=f"{new} {company} {', '.join(joined)}".strip()
            )
        switches = tuple(
            FlowSwitch(
                each.flow_id,
                False,
                each.every_s,
                each.workflow if oa == like.oa_id else "",
                replace(each.schedule, paused_until=None),
            )
            for each in like.switches
        )
        applicant = like.applicant if oa == like.oa_id else ""
        return like, Route(new, company, title or company, erp, oa, applicant, switches)

    def _matching(self, like: Route, route: Route) -> tuple[list[BaseRow], list[Lacking]]:
        """The source's correspondences, kind by kind: those that hold in the new company, and those that do not."""
        rows = self._workspace.catalog.base_rows(like.id)
        taken: list[BaseRow] = []
        lacking: list[Lacking] = []
        if like.oa_id != route.oa_id:  # another OA numbers its records otherwise
            return [], [Lacking(kind, codes) for kind, codes in _by_kind(rows)]
        erp = cast(ErpConnector, self._workspace.connect(self._workspace.catalog.system(route.erp_id)))
        try:
            for kind, _ in _by_kind(rows):
                mine = [row for row in rows if row.kind == kind]
                known, error = _listed(erp, kind)
                fits = [row for row in mine if _is_his(known.get(row.erp_code), row, route.company)]
                taken += [replace(row, route_id=route.id, origin="clone") for row in fits]
                missing = tuple(row.erp_code for row in mine if row not in fits)
                if missing:
                    lacking.append(Lacking(kind, missing, error))
        finally:
            erp.close()
        return taken, lacking

    def _own(
        self, person: str, like: Route, route: Route
    ) -> tuple[list[str], dict[str, tuple[SyncError, ...]]]:
        """The source's own rows of each flow, where they fit the new company, too."""
        companies, done = self._workspace.companies, []
        refused: dict[str, tuple[SyncError, ...]] = {}
        for switch in route.switches:
            own = companies.own(switch.flow_id, like.id)
            if not own:
                continue
            try:
                companies.publish(person, switch.flow_id, route.id, own, f"= {like.id}")
                done.append(switch.flow_id)
            except SyncError as error:
                refused[switch.flow_id] = (error,)
        return done, refused


def _by_kind(rows: Sequence[BaseRow]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for kind in dict.fromkeys(row.kind for row in rows):
        yield kind, tuple(row.erp_code for row in rows if row.kind == kind)


def _listed(erp: ErpConnector, kind: str) -> tuple[dict[str, BaseItem], SyncError | None]:
    """The ERP's records of a kind by code; none, and why, where it offers no list of it."""
    try:
        return {item.code: item for item in erp.base_data(kind)}, None
    except SyncError as error:
        if error.code is not ErrorCode.CANNOT:
            raise
        return {}, error


def _is_his(item: BaseItem | None, row: BaseRow, company: str) -> bool:
    return (
        item is not None
        and not item.disabled
        and (not row.erp_name or item.name == row.erp_name)
        and (not item.companies or company in item.companies)
    )
