"""What has no counterpart, what that keeps from going on, and what probably belongs together. Part of BaseData (base_data.py)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from desktop.domain.courtesy import stand_aside
from desktop.domain.errors import ErrorCode
from desktop.domain.flow import FlowKind
from desktop.domain.record import BaseItem, Money
from desktop.domain.system import Route
from desktop.services.base_lists import ERP, OA, BaseLists
from desktop.services.base_suggestions import TAXED, Records, Suggestion, plain_mark, suggest
from desktop.services.base_weights import Weight
from desktop.store.base_data import BaseQuestion, Blocked
from desktop.store.catalog import BaseRow

_KIND = re.compile(r"^[a-z_]+$")


@dataclass(frozen=True, slots=True)
class Gap:
    """A record without a counterpart.

    side:      where the code stands: "erp" (looked for: the OA's), or "oa" (the other way round).
    name:      as its system has it, "" where its list was not read yet.
    documents: ids of the documents that wait for it; amounts: their money, one for each currency, largest first.
    last_year: how many of last year's bills name it, where that was counted.
    several:   ERP codes that all stand for this one OA key, so that nobody can tell which is meant.
    """

    route_id: str
    company: str
    kind: str
    side: str
    code: str
    name: str = ""
    documents: tuple[int, ...] = ()
    amounts: tuple[Money, ...] = ()
    state: str = ""
    suggestion: Suggestion | None = None
    several: tuple[str, ...] = ()
    last_year: int = 0

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What makes it this gap and no other."""
        return self.route_id, self.kind, self.side, self.code


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many records in use of a company and kind have a counterpart. read_at: None = the list was never read.

    weight: how much of last year's business that is, where it was counted.
    """

    route_id: str
    company: str
    kind: str
    records: int
    mapped: int
    read_at: datetime | None
    weight: Weight | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page shows at once. going: documents whose gap is closed and that the engine takes up next."""

    gaps: tuple[Gap, ...]
    going: int
    total: int
    risky: int
    coverage: tuple[Coverage, ...]
    read_at: datetime | None

    @property
    def waiting(self) -> tuple[Gap, ...]:
        """The gaps that keep a document."""
        return tuple(gap for gap in self.gaps if gap.documents)


@dataclass(slots=True)
class _Found:
    documents: list[int] = field(default_factory=list)
    amounts: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Around:
    """What all gaps of a company, kind and side share: both lists, and what is matched already."""

    own: Records
    there: Records
    elsewhere: Mapping[str, tuple[str, str]]
    taken: frozenset[str]
    several: Mapping[str, tuple[str, ...]]
    taxed: Mapping[str, tuple[str, str]]


class BaseGaps(BaseLists):
    """Gaps by money, with their proposals, and how much of what is in use has a counterpart."""

    def overview(self, *, all_records: bool = False) -> Overview:
        """Everything at a glance. all_records: also what keeps no document yet."""
        gaps, going = self.gaps(all_records=all_records)
        read = [at for at, _ in self._store.refreshed().values()]
        return Overview(
            tuple(gaps), going, self.count(BaseQuestion()), self.count(BaseQuestion(risky=True)),
            tuple(self.coverage()), min(read) if read else None,
        )  # fmt: skip

    def count_waiting(self) -> int:
        """How many gaps keep documents: the page's badge, without its proposals."""
        return len(self._waiting()[0])

    def gaps(self, *, all_records: bool = False) -> tuple[list[Gap], int]:
        """What has no counterpart, what blocks most money first, and how many documents go on by themselves."""
        found, going = self._waiting()
        routes = {each.id: each for each in self._workspace.people.routes_seen()}
        if all_records:
            for place in self._unmapped(routes.values()):
                found.setdefault(place, _Found())
        mapped = self._mapped({place[1] for place in found})
        around: dict[tuple[str, str, str], _Around] = {}
        gaps = []
        for place, held in found.items():
            stand_aside()
            route = routes.get(place[0])
            if route is None:
                continue
            if place[:3] not in around:  # once for each company, kind and side: there may be many gaps
                around[place[:3]] = self._around(route, *place[1:3], mapped)
            gaps.append(self._shown(place[1], _gap(route, place, held, around[place[:3]])))
        return sorted(self._weighed(gaps), key=_weight), going

    def _weighed(self, gaps: Sequence[Gap]) -> list[Gap]:
        _, weights = self._workspace.base_weights.kept()
        return [
            replace(gap, last_year=weight.missing[gap.code])
            if (weight := weights.get((gap.route_id, gap.kind)))
            and gap.side == ERP
            and gap.code in weight.missing
            else gap
            for gap in gaps
        ]

    def propose(self, route_id: str, kind: str) -> list[Gap]:
        """Every record in use of one company and kind without a counterpart, with its proposal: long work for a large list."""
        self._workspace.people.demand_seat("read", route_id)
        route, mapped = self._route(route_id), self._mapped({kind})
        around = self._around(route, kind, ERP, mapped)
        known, nothing, found = (
            {row.erp_code for row in mapped if row.route_id == route_id and row.oa_key},
            _Found(),
            [],
        )
        for item in self._store.records(route.erp_id, kind):
            stand_aside()
            if (
                item.code not in known
                and not item.disabled
                and (not item.companies or route.company in item.companies)
            ):
                gap = _gap(route, (route_id, kind, ERP, item.code), nothing, around)
                found.append(self._shown(kind, gap))
        return found

    def _waiting(self) -> tuple[dict[tuple[str, str, str, str], _Found], int]:
        found: dict[tuple[str, str, str, str], _Found] = {}
        flows, going = self._workspace.flows, 0
        sees = self._workspace.people.seat.sees
        blocked = [(each, gaps_of(each)) for each in self._store.blocked() if sees(each.route_id)]
        mapped = self._mapped({kind for _, lacking in blocked for kind, _ in lacking})
        known = {(row.route_id, row.kind, row.erp_code) for row in mapped if row.oa_key}
        codes: dict[tuple[str, str, str], int] = {}
        for row in mapped:
            codes[row.route_id, row.kind, row.oa_key] = codes.get((row.route_id, row.kind, row.oa_key), 0) + 1
        for each, lacking in blocked:
            flow = flows.get(each.flow_id)
            side = OA if flow is not None and flow.kind is FlowKind.GENERATION else ERP
            still = [
                (kind, code) for kind, code in lacking
                if (each.route_id, kind, code) not in known or side == OA
            ]  # fmt: skip
            if side == OA:
                still = [place for place in still if codes.get((each.route_id, *place), 0) != 1]
            going += not still
            for kind, code in still:
                held = found.setdefault((each.route_id, kind, side, code), _Found())
                held.documents.append(each.document_id)
                if each.amount is not None:
                    money = each.amount
                    held.amounts[money.currency] = held.amounts.get(money.currency, Decimal(0)) + money.amount
        return found, going

    def _mapped(self, kinds: set[str]) -> list[BaseRow]:
        """Correspondences of these kinds in every company."""
        return [row for kind in sorted(kinds) for row in self._store.mapped(kind=kind)]

    def _unmapped(self, routes: Iterable[Route]) -> Iterator[tuple[str, str, str, str]]:
        """Records in use without a counterpart, of the kinds that a flow of the company takes from the ERP."""
        for route in routes:
            forward, _ = self._kinds(route)
            for kind in sorted(forward):
                known = {row.erp_code for row in self._store.mapped(route.id, kind) if row.oa_key}
                for item in self._store.records(route.erp_id, kind):
                    allotted = not item.companies or route.company in item.companies
                    if item.code not in known and not item.disabled and allotted:
                        yield route.id, kind, ERP, item.code

    def _around(self, route: Route, kind: str, side: str, mapped: Sequence[BaseRow]) -> _Around:
        several: dict[str, tuple[str, ...]] = {}
        for row in mapped if side == OA else ():
            if (row.route_id, row.kind) == (route.id, kind):
                several[row.oa_key] = (*several.get(row.oa_key, ()), row.erp_code)
        elsewhere, taken = self._known(route, kind, side, mapped)
        own, there = self._records(route, kind, side), self._records(route, kind, ERP if side == OA else OA)
        taxed = self._taxed(route, kind, mapped) if side == ERP and kind in TAXED else {}
        return _Around(own, there, elsewhere, taken, several, taxed)

    def _taxed(self, route: Route, kind: str, mapped: Sequence[BaseRow]) -> dict[str, tuple[str, str]]:
        """By tax number what the partner is in the OA, as other companies on it say; what they disagree about is left out."""
        others = {
            each.id: self._records(each, kind, ERP).items
            for each in self._workspace.catalog.routes()
            if each.oa_id == route.oa_id and each.id != route.id
        }
        found: dict[str, dict[str, str]] = {}
        for row in mapped:
            item = others.get(row.route_id, {}).get(row.erp_code) if row.kind == kind and row.oa_key else None
            if item is not None and (number := plain_mark(kind, item.mark)):
                found.setdefault(number, {})[row.oa_key] = row.oa_name or item.name
        return {number: next(iter(keys.items())) for number, keys in found.items() if len(keys) == 1}

    def _known(
        self, route: Route, kind: str, side: str, mapped: Sequence[BaseRow]
    ) -> tuple[Mapping[str, tuple[str, str]], frozenset[str]]:
        """What other companies on the same systems have, and what this one has already given away."""
        routes = {each.id: each for each in self._workspace.catalog.routes()}
        elsewhere: dict[str, dict[str, str]] = {}
        taken = set()
        for row in mapped:
            if row.kind != kind or not row.oa_key:
                continue
            ours, theirs = (row.erp_code, row.oa_key) if side == ERP else (row.oa_key, row.erp_code)
            name = row.oa_name if side == ERP else row.erp_name
            other = routes.get(row.route_id)
            if row.route_id == route.id:
                taken.add(theirs)
            elif other is not None and (other.erp_id, other.oa_id) == (route.erp_id, route.oa_id):
                elsewhere.setdefault(ours, {})[theirs] = name
        alike = {code: next(iter(keys.items())) for code, keys in elsewhere.items() if len(keys) == 1}
        return alike, frozenset(taken)

    def coverage(self) -> list[Coverage]:
        """How much of what is in use has a counterpart, for each company and kind that a flow takes from the ERP."""
        read, found = self._store.refreshed(), []
        _, weights = self._workspace.base_weights.kept()
        for route in self._workspace.people.routes_seen():
            forward, _ = self._kinds(route)
            for kind in sorted(forward):
                records, mapped = self._store.coverage(route.id, route.erp_id, kind, route.company)
                at = read.get((route.erp_id, kind))
                found.append(
                    Coverage(
                        route.id,
                        route.title or route.company,
                        kind,
                        records,
                        mapped,
                        at[0] if at else None,
                        weights.get((route.id, kind)),
                    )
                )
        return found


def _gap(route: Route, place: tuple[str, str, str, str], held: _Found, around: _Around) -> Gap:
    _, kind, side, code = place
    own, several = around.own.items.get(code), around.several.get(code, ())
    found = None
    if not several:
        found = suggest(kind, code, own, around.there, around.elsewhere, around.taken, around.taxed)
    amounts = sorted(held.amounts.items(), key=lambda pair: -pair[1])
    return Gap(
        route.id, route.title or route.company, kind, side, code, own.name if own else "", tuple(held.documents),
        tuple(Money(amount, currency) for currency, amount in amounts), _state_of(own, around.own, route.company),
        found, several,
    )  # fmt: skip


def gaps_of(blocked: Blocked) -> list[tuple[str, str]]:
    """(kind, code) of everything that a document lacks, as its failure tells it."""
    facts = blocked.facts
    if blocked.code == ErrorCode.APPLICANT_UNMAPPED.id:
        return [("user", str(facts.get("person", "")))]
    found: list[tuple[str, str]] = []
    for part in str(facts.get("gaps", "")).split("; "):
        kind, _, code = part.partition(" ")
        if _KIND.match(kind) and code:
            found.append((kind, code))
        elif found and part:  # a code with a semicolon in it
            found[-1] = (found[-1][0], f"{found[-1][1]}; {part}")
    own = (str(facts.get("kind", "")), str(facts.get("erp_code", "")))
    return list(dict.fromkeys(found)) or ([own] if all(own) else [])


def _state_of(own: BaseItem | None, records: Records, company: str) -> str:
    """What is the matter with the record itself: "gone", "disabled", "not_allotted", or nothing."""
    if own is None:
        return "gone" if records.items else ""
    if own.disabled:
        return "disabled"
    return "not_allotted" if own.companies and company not in own.companies else ""


def _weight(gap: Gap) -> tuple[Any, ...]:
    """What blocks most comes first; sums of different currencies are not added up: the largest counts."""
    most = gap.amounts[0].amount if gap.amounts else Decimal(0)
    return (-most, -len(gap.documents), -gap.last_year, gap.kind, gap.route_id, gap.code)
