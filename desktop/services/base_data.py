"""Base data: which record of the ERP is which in the OA, what is missing, and what probably belongs together.

Views ask here and nowhere else. Nothing is ever put together by itself: a person accepts, and the trail says who.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from desktop.domain.courtesy import stand_aside
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import Flow, FlowKind
from desktop.domain.record import BaseItem, Money
from desktop.domain.system import Route
from desktop.services.base_reading import ListRead
from desktop.services.base_suggestions import TAXED, Records, Suggestion, plain_mark, suggest
from desktop.services.base_weights import Weight
from desktop.services.masking import is_account
from desktop.store.base_data import OA_KINDS, BaseChange, BaseLine, BaseQuestion, Blocked
from desktop.store.catalog import BaseRow

if TYPE_CHECKING:
    from desktop.services.base_risk import Risk
    from desktop.services.base_sheet import Preview
    from desktop.services.workspace import Workspace

__all__ = ["BaseChange", "BaseData", "BaseLine", "BaseQuestion", "BaseRow", "Gap", "ListRead", "Suggestion"]

T = TypeVar("T")
ERP, OA = "erp", "oa"
_KIND_IN_RULE = re.compile(r"\bbase\(\s*'([a-z_]+)'")
"""The kind is always written out in a flow's rule: base('supplier', supplier_id)."""
_KIND = re.compile(r"^[a-z_]+$")
Report = Callable[[int, int, str], None]


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


class BaseData:
    """Lists, gaps, proposals, changes, and the reading of both systems' lists."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._store = workspace.base_records
        self._lists: dict[tuple[str, str, bool], tuple[datetime, Records]] = {}

    # --- what is missing -----------------------------------------------------------------------------------------------
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

    def _unmapped(self, routes: Any) -> Iterator[tuple[str, str, str, str]]:
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

    def _records(self, route: Route, kind: str, side: str) -> Records:
        """A list ready for looking up; built again when it was read again."""
        system_id, listed = (route.erp_id, kind) if side == ERP else (route.oa_id, OA_KINDS.get(kind, kind))
        read = self._store.refreshed().get((system_id, listed))
        if read is None:
            return Records((), by_key=side == OA)
        kept = self._lists.get((system_id, listed, side == OA))
        if kept is None or kept[0] != read[0]:
            made = Records(self._store.records(system_id, listed), by_key=side == OA)
            kept = self._lists[system_id, listed, side == OA] = (read[0], made)
        return kept[1]

    # --- what there is -------------------------------------------------------------------------------------------------
    def count(self, question: BaseQuestion) -> int:
        """How many correspondences a question finds."""
        return self._store.count(self._seen(question))

    def _seen(self, question: BaseQuestion) -> BaseQuestion:
        """Of the companies that whoever sits at the window sees."""
        seen = self._workspace.people.seat.routes
        if not seen:
            return question
        wanted = [each for each in question.routes if each in seen] if question.routes else seen
        return replace(question, routes=tuple(wanted) or ("",))

    def ids(self, question: BaseQuestion, sort: str, *, descending: bool = False) -> array[int]:
        """Every id in order."""
        return self._store.ids(self._seen(question), sort, descending=descending)

    def lines(self, ids: Sequence[int]) -> dict[int, BaseLine]:
        """Correspondences by id."""
        sees = self._workspace.people.seat.sees
        return {
            key: self._shown(line.row.kind, line)
            for key, line in self._store.lines(ids).items()
            if sees(line.row.route_id)
        }

    def _shown(self, kind: str, told: T) -> T:
        """The same without account numbers where the kind is an account and whoever sits here does not see them."""
        return self._workspace.people.shown(told) if is_account(kind) else told

    def id_of(self, route_id: str, kind: str, erp_code: str) -> int | None:
        """The id of a correspondence, or None."""
        return self._store.id_of(route_id, kind, erp_code)

    def changes(self) -> list[BaseChange]:
        """What the last readings of both systems noticed, newest first."""
        routes = self._workspace.people.routes_seen()
        systems = {system for route in routes for system in (route.erp_id, route.oa_id)}
        everything = not self._workspace.people.seat.routes
        return [
            self._shown(each.kind, each)
            for each in self._store.changes()
            if everything or each.system_id in systems
        ]

    def risk(self, change: BaseChange) -> Risk:
        """What a change puts at risk: flows that look the record up, and documents under way that name it."""
        from desktop.services.base_risk import risk_of

        return risk_of(self._workspace, change)

    def companies(self) -> dict[str, str]:
        """Titles of the companies by route id."""
        return {route.id: route.title or route.company for route in self._workspace.catalog.routes()}

    def kinds(self) -> list[str]:
        """Every kind that a flow uses or that has correspondences."""
        found = {row.kind for row in self._store.mapped()}
        for route in self._workspace.catalog.routes():
            found |= set().union(*self._kinds(route))
        return sorted(found)

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

    def _kinds(self, route: Route) -> tuple[set[str], set[str]]:
        """Kinds that the company's flows look up from ERP to OA, and from OA to ERP."""
        forward, back = set[str](), set[str]()
        for switch in route.switches:
            flow = self._workspace.flows_in_force().get(switch.flow_id)
            with suppress(SyncError):
                flow = self._workspace.flow_for(route.id, switch.flow_id)
            if flow is not None:
                (back if flow.kind is FlowKind.GENERATION else forward).update(kinds_of(flow))
        return forward, back

    # --- choosing a counterpart -----------------------------------------------------------------------------------------
    def counterparts(self, route_id: str, kind: str, side: str, text: str, limit: int = 20) -> list[BaseItem]:
        """Records of the other system that a person may mean. side: where the gap's own code stands."""
        self._workspace.people.demand_seat("read", route_id)
        route = self._route(route_id)
        system_id, listed = self._other(route, kind, side)
        found = self._store.find_records(system_id, listed, text.strip(), limit)
        if (system_id, listed) not in self._store.refreshed():
            found += _from_rows(self._store.mapped(kind=kind), side, text.strip(), limit)
        return self._shown(kind, found[:limit])

    def resolve(self, route_id: str, kind: str, side: str, typed: str) -> BaseItem:
        """The record a person typed: by key or code, or by a name that only one has. Raises MAP-513.

        Where the other system offers no list of the kind, what was typed is taken as it is."""
        typed = typed.strip()
        route = self._route(route_id)
        records = self._records(route, kind, ERP if side == OA else OA)
        system_id, listed = self._other(route, kind, side)
        if not typed or len(typed) > 200:
            raise SyncError(ErrorCode.BASE_RECORD_UNKNOWN, certain=True, kind=kind, value=typed[:60])
        if typed in records.items:
            return records.items[typed]
        for found in (records.with_code(typed), records.with_name(typed)):
            if len(found) == 1:
                return records.items[found[0]]
        if (system_id, listed) in self._store.refreshed():
            raise SyncError(ErrorCode.BASE_RECORD_UNKNOWN, certain=True, kind=kind, value=typed)
        return BaseItem(kind, typed, typed, "")

    def known_keys(self, route_id: str, kind: str) -> frozenset[str] | None:
        """Every key of the OA's list of a kind; None where it was never read."""
        route = self._route(route_id)
        if (route.oa_id, OA_KINDS.get(kind, kind)) not in self._store.refreshed():
            return None
        return frozenset(self._records(route, kind, OA).items)

    # --- files -----------------------------------------------------------------------------------------------------------
    def write_sheet(
        self, path: Path, question: BaseQuestion, report: Report, stopped: Callable[[], bool],
        encoding: str = "utf-8-sig",
    ) -> int:  # fmt: skip
        """Writes an Excel file, or a CSV by the file's ending; answers how many rows, -1 where it was stopped.
        Raises MAP-514."""
        from desktop.services.base_sheet import write_sheet

        return write_sheet(self._workspace, path, question, report, stopped, encoding)

    def read_sheet(self, path: Path, report: Report, stopped: Callable[[], bool]) -> Preview | None:
        """What an Excel file would change; None where it was stopped. Raises MAP-514."""
        from desktop.services.base_sheet import read_sheet

        return read_sheet(self._workspace, path, report, stopped)

    def apply_sheet(self, person: str, preview: Preview) -> int:
        """Writes what a preview showed, all or nothing. Raises MAP-511, MAP-512."""
        from desktop.services.base_sheet import apply_sheet

        self._workspace.people.demand_role(person, "map_base")
        return apply_sheet(self._workspace, person, preview)

    def _other(self, route: Route, kind: str, side: str) -> tuple[str, str]:
        return (route.erp_id, kind) if side == OA else (route.oa_id, OA_KINDS.get(kind, kind))

    def _route(self, route_id: str) -> Route:
        for route in self._workspace.catalog.routes():
            if route.id == route_id:
                return route
        raise SyncError(ErrorCode.SYSTEM_UNKNOWN, certain=True, system=route_id)

    # --- changes ---------------------------------------------------------------------------------------------------------
    def accept(self, person: str, gaps: Sequence[Gap]) -> int:
        """Takes the proposals of these gaps; answers how many. Raises MAP-511 or MAP-512, and nothing is taken then."""
        self._workspace.people.demand_role(person, "map_base")
        rows = [
            _row_of(gap, gap.suggestion.key, gap.suggestion.name, "suggestion")
            for gap in gaps
            if gap.suggestion
        ]
        return self.put(person, rows, {(row.route_id, row.kind, row.erp_code): "" for row in rows})

    def close(self, person: str, gap: Gap, typed: str) -> int:
        """Closes a gap with what a person chose or typed. Raises MAP-511, MAP-512, MAP-513."""
        self._workspace.people.demand_role(person, "map_base")
        item = self.resolve(gap.route_id, gap.kind, gap.side, typed)
        row = _row_of(gap, item.code if gap.side == OA else item.key, item.name, "person")
        return self.put(person, [row], {(row.route_id, row.kind, row.erp_code): ""})

    def change(self, person: str, line: BaseLine, typed: str) -> int:
        """Another OA record for an ERP code. Raises MAP-511 where it is no longer what the person saw, MAP-512, MAP-513."""
        self._workspace.people.demand_role(person, "map_base")
        old = line.row
        item = self.resolve(old.route_id, old.kind, ERP, typed)
        name = line.erp.name if line.erp is not None else old.erp_name
        row = BaseRow(old.route_id, old.kind, old.erp_code, item.key, name, item.name, "person")
        return self.put(person, [row], {(old.route_id, old.kind, old.erp_code): old.oa_key})

    def remove(self, person: str, line: BaseLine) -> None:
        """Takes a correspondence away. Raises MAP-511."""
        self._workspace.people.demand_role(person, "map_base")
        row = line.row
        self._workspace.people.demand(person, "map_base", (row.route_id,))
        self._workspace.people.demand_accounts(person, "map_base", (row.kind,))
        self._store.remove((row.route_id, row.kind, row.erp_code), person, seen=row.oa_key)

    def put(self, person: str, rows: Sequence[BaseRow], seen: Mapping[tuple[str, str, str], str]) -> int:
        """Writes rows, all or none, and lets the documents that wait for them go on at once. Raises PER-716."""
        self._workspace.people.demand_role(person, "map_base")
        touched = sorted({row.route_id for row in rows})
        if touched:
            self._workspace.people.demand(person, "map_base", touched)
            self._workspace.people.demand_accounts(person, "map_base", {row.kind for row in rows})
        count = self._store.put(rows, person, seen=seen, single=self.single(touched))
        if count:
            for route_id in touched:
                self._workspace.order(person, "run_now", (), route_id=route_id, flow_id="")
        return count

    def single(self, route_ids: Sequence[str]) -> set[tuple[str, str]]:
        """(route, kind) in which an OA key must belong to one ERP code: a flow looks it up from the OA's side."""
        routes = [route for route in self._workspace.catalog.routes() if route.id in route_ids]
        return {(route.id, kind) for route in routes for kind in self._kinds(route)[1]}

    # --- reading both systems -----------------------------------------------------------------------------------------------
    def refresh(self, person: str, report: Report, stopped: Callable[[], bool]) -> list[ListRead]:
        """Reads every list in use from both systems. A list is taken only when it was read to its end.

        report:  (lists done, lists in all, the kind being read).
        stopped: asked between records; what was read to its end stays."""
        return self.read_lists(person, self.wanted_lists(), report, stopped)

    def read_lists(
        self, person: str, wanted: Sequence[tuple[str, str]], report: Report, stopped: Callable[[], bool]
    ) -> list[ListRead]:
        """The same for these lists: (system id, the kind as that system calls it)."""
        self._workspace.people.demand(person, "refresh_base")
        return self._workspace.base_reading.read(person, wanted, report, stopped)

    def wanted_lists(self) -> list[tuple[str, str]]:
        """(system id, the kind as that system calls it) of every list that a flow or a correspondence needs."""
        found: dict[tuple[str, str], None] = {}
        for route in self._workspace.catalog.routes():
            kinds = set().union(*self._kinds(route)) | {row.kind for row in self._store.mapped(route.id)}
            for kind in sorted(kinds):
                found[route.erp_id, kind] = None
                found[route.oa_id, OA_KINDS.get(kind, kind)] = None
        return sorted(found)


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


def kinds_of(flow: Flow) -> set[str]:
    """Every kind of base data that a flow's rules look up."""
    return {kind for text in _texts(flow) for kind in _KIND_IN_RULE.findall(text)}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from _texts(getattr(value, each.name))
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _texts(each)


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


def _row_of(gap: Gap, key: str, name: str, origin: str) -> BaseRow:
    if gap.side == OA:
        return BaseRow(gap.route_id, gap.kind, key, gap.code, name, gap.name, origin)
    return BaseRow(gap.route_id, gap.kind, gap.code, key, gap.name, name, origin)


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


def _from_rows(rows: Sequence[BaseRow], side: str, text: str, limit: int) -> list[BaseItem]:
    """Where a system offers no list: what other correspondences already say of it."""
    found: dict[str, BaseItem] = {}
    for row in rows:
        key, name = (row.erp_code, row.erp_name) if side == OA else (row.oa_key, row.oa_name)
        if key and (text.casefold() in key.casefold() or text.casefold() in name.casefold()):
            found.setdefault(key, BaseItem(row.kind, key, key, name))
        if len(found) >= limit:
            break
    return list(found.values())
