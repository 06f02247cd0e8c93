"""Users: which ERP user is which person of the OA, who has none, who has left, who is meant to have none.

The correspondences are base data of kind "user"; here they are looked at from the person's side, over all companies that
share the same two systems. People match by staff number or mobile, never by name alone, and a person accepts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import BaseItem
from desktop.domain.system import Route
from desktop.services.base_suggestions import Records, Suggestion, suggest
from desktop.store.catalog import BaseRow

if TYPE_CHECKING:
    from desktop.services.base_data import ListRead
    from desktop.services.workspace import Workspace

USER = "user"
_LICENCE, _SEATS = "users.no_licence", "users.seats"
STATES = ("left", "gone_erp", "several", "proposed", "none", "no_oa", "no_licence", "ok")
"""From the gravest on. left: has left and still stands for an ERP user. gone_erp: his ERP user is no more. several: stands for
more than one ERP user. proposed, none: an OA person without an ERP user. no_oa: an ERP user without an OA person."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two systems that companies join."""

    erp_id: str
    oa_id: str
    erp_title: str
    oa_title: str
    routes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person as both systems keep him.

    oa_id "" = only the ERP knows him; erp_user "" = only the OA.  suggestion: the ERP user that is probably his.
    seats: logins of DanQiao that are this person.
    """

    state: str
    oa_id: str = ""
    name: str = ""
    staff_number: str = ""
    mobile: str = ""
    erp_user: str = ""
    erp_name: str = ""
    suggestion: Suggestion | None = None
    seats: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[str, str]:
        """What makes it this line and no other."""
        return self.oa_id, self.erp_user if not self.oa_id else ""


@dataclass(frozen=True, slots=True)
class PeopleFound:
    """The page at one moment. read_at: when the older of both lists was read; None = one never was."""

    pairs: tuple[Pair, ...]
    pair: Pair | None
    lines: tuple[PersonLine, ...]
    read_at: datetime | None

    def count(self, states: Iterable[str]) -> int:
        """How many lines are in one of these states."""
        wanted = frozenset(states)
        return sum(1 for each in self.lines if each.state in wanted)


class Users:
    """What the page of users asks and orders, and what sign-on asks."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._store = workspace.base_records

    # --- sign-on asks ------------------------------------------------------------------------------------------------
    def erp_user(self, route_id: str, oa_id: str) -> str:
        """The ERP user of an OA person in a company; "" = he has none, or is meant to have none. Of several: no guess."""
        route = self._route(route_id)
        users = {row.erp_code for row in self._store.mapped(route_id, USER) if row.oa_key == oa_id}
        marked = oa_id in self._without_licence(route.oa_id)
        return users.pop() if len(users) == 1 and not marked else ""

    def seat(self, login: str) -> str:
        """The OA person who works here under this login; "" = nobody said."""
        return self._seats().get(login, "")

    def sit(self, person: str, login: str, oa_id: str) -> None:
        """An administrator says who works under a login of ours: its direct links are signed for this person alone.
        "" = for nobody."""
        self._workspace.people.demand(person, "manage_people")
        seats = self._seats()
        seats.pop(login, None)
        if oa_id:
            seats[login] = oa_id
        self._workspace.catalog.set_preference(_SEATS, seats, actor=person)

    def _seats(self) -> dict[str, str]:
        return dict(self._workspace.catalog.preference(_SEATS, {}))

    # --- the page asks -----------------------------------------------------------------------------------------------
    def pairs(self) -> tuple[Pair, ...]:
        """Every two systems that a company joins which whoever sits here sees; of its companies those alone."""
        systems, found = self._workspace.catalog.systems(), dict[tuple[str, str], list[str]]()
        for route in self._workspace.people.routes_seen():
            found.setdefault((route.erp_id, route.oa_id), []).append(route.id)
        titles = {system.id: system.title or system.id for system in systems.values()}
        return tuple(
            Pair(erp, oa, titles.get(erp, erp), titles.get(oa, oa), tuple(routes))
            for (erp, oa), routes in found.items()
        )

    def overview(self, pair_of: tuple[str, str] | None = None) -> PeopleFound:
        """Everybody of one pair of systems (the first where none is named), what wants somebody on top."""
        pairs = self.pairs()
        pair = next(
            (each for each in pairs if (each.erp_id, each.oa_id) == pair_of), pairs[0] if pairs else None
        )
        if pair is None:
            return PeopleFound((), None, (), None)
        read = self._store.refreshed()
        times = [read.get((system, USER)) for system in (pair.erp_id, pair.oa_id)]
        read_at = min(at[0] for at in times if at is not None) if all(times) else None
        order = {state: place for place, state in enumerate(STATES)}
        lines = sorted(self._lines(pair), key=lambda each: (order[each.state], each.name, each.place))
        return PeopleFound(pairs, pair, tuple(lines), read_at)

    def _lines(self, pair: Pair) -> list[PersonLine]:
        persons = self._store.records(pair.oa_id, USER)
        users = {item.code: item for item in self._store.records(pair.erp_id, USER)}
        mapped = self._mapped(pair)
        owners: dict[str, set[str]] = {}
        for erp_user, key in mapped.items():
            owners.setdefault(key, set()).add(erp_user)
        marked, proposals = self._without_licence(pair.oa_id), self._proposals(pair, persons, users, mapped)
        known = {item.key for item in persons}
        found = [
            self._person(
                item, sorted(owners.get(item.key, ())), users, item.key in marked, proposals.get(item.key)
            )
            for item in persons
            if not item.disabled or item.key in owners
        ]
        found += [
            PersonLine("left", key, "", "", "", ", ".join(sorted(codes)))
            for key, codes in owners.items()
            if persons and key not in known
        ]
        found += [
            PersonLine("no_oa", erp_user=item.code, erp_name=item.name, mobile=item.mark)
            for item in users.values()
            if item.code not in mapped
            and item.code not in {each.key for each in proposals.values()}
            and not item.disabled
        ]
        seats: dict[str, list[str]] = {}
        for login, oa_id in self._seats().items():
            seats.setdefault(oa_id, []).append(login)
        return [replace(each, seats=tuple(sorted(seats.get(each.oa_id, ())))) for each in found]

    def _person(
        self, item: BaseItem, owned: Sequence[str], users: Mapping[str, BaseItem], marked: bool,
        suggestion: Suggestion | None,
    ) -> PersonLine:  # fmt: skip
        state = "ok"
        if item.disabled:
            state = "left"
        elif len(owned) > 1:
            state = "several"
        elif owned and users and owned[0] not in users:
            state = "gone_erp"
        elif marked:
            state = "no_licence"
        elif not owned:
            state = "proposed" if suggestion is not None else "none"
        first = users.get(owned[0]) if owned else None
        return PersonLine(
            state, item.key, item.name, item.code, item.mark, ", ".join(owned), first.name if first else "",
            suggestion if state == "proposed" else None,
        )  # fmt: skip

    def _proposals(
        self,
        pair: Pair,
        persons: Sequence[BaseItem],
        users: Mapping[str, BaseItem],
        mapped: Mapping[str, str],
    ) -> dict[str, Suggestion]:
        """By OA id the ERP user that is probably his: by mobile or staff number (suggest() takes no name alone). The ERP's
        users have no staff number of their own: an employee of the ERP with the same mobile lends them his."""
        there, taken = Records(persons, by_key=True), frozenset(mapped.values())
        numbers = Records(self._store.records(pair.erp_id, "employee"), by_key=False)
        found: dict[str, list[Suggestion]] = {}
        for code, item in users.items():
            if code in mapped or item.disabled:
                continue
            same = numbers.with_mark(USER, item.mark) if item.mark else ()
            own = replace(item, code=same[0]) if len(same) == 1 else item
            told = suggest(USER, code, own, there, {}, taken)
            if told is not None:
                found.setdefault(told.key, []).append(replace(told, key=code, name=item.name))
        return {oa_id: told[0] for oa_id, told in found.items() if len(told) == 1}

    def _mapped(self, pair: Pair) -> dict[str, str]:
        return {
            row.erp_code: row.oa_key
            for row in self._store.mapped(kind=USER)
            if row.route_id in pair.routes and row.oa_key
        }

    def find_erp_users(self, erp_id: str, typed: str, limit: int = 20) -> list[BaseItem]:
        """ERP users that a person may mean, by account or name."""
        if not any(each.erp_id == erp_id for each in self._workspace.people.routes_seen()):
            return []
        return self._store.find_records(erp_id, USER, typed.strip(), limit)

    def now(self) -> datetime:
        """The moment that ages are counted from."""
        return self._workspace.now()

    # --- the page orders ---------------------------------------------------------------------------------------------
    def refresh(self, person: str, pair: Pair, report: Callable[[int, int, str], None], stopped: Callable[[], bool]) -> list[ListRead]:  # fmt: skip
        """Reads both lists of users, and the ERP's employees, whole or not at all."""
        self._workspace.people.demand_role(person, "refresh_base")
        wanted = [(pair.erp_id, USER), (pair.oa_id, USER), (pair.erp_id, "employee")]
        return self._workspace.base.read_lists(person, wanted, report, stopped)

    def accept(self, person: str, pair: Pair, lines: Sequence[PersonLine]) -> int:
        """Takes the proposals of these lines, for every company of the pair; answers how many people. MAP-511, MAP-512."""
        self._workspace.people.demand_role(person, "map_base")
        told = [(each, each.suggestion) for each in lines if each.suggestion is not None]
        rows = [
            self._row(route, found.key, found.name, each, "suggestion")
            for each, found in told
            for route in pair.routes
        ]
        self._put(person, rows, {(row.route_id, USER, row.erp_code): "" for row in rows})
        return len(told)

    def bind(self, person: str, pair: Pair, line: PersonLine, erp_user: str) -> None:
        """This person is that ERP user. Raises MAP-513 for a user that the ERP's list does not have, MAP-511, MAP-512."""
        self._workspace.people.demand_role(person, "map_base")
        users = {item.code: item for item in self._store.records(pair.erp_id, USER)}
        typed = erp_user.strip()
        if not typed or (users and typed not in users) or not line.oa_id:
            raise SyncError(ErrorCode.BASE_RECORD_UNKNOWN, certain=True, kind=USER, value=typed[:60])
        if (owner := self._mapped(pair).get(typed, line.oa_id)) != line.oa_id:
            raise SyncError(
                ErrorCode.BASE_KEY_TAKEN,
                certain=True,
                kind=USER,
                erp_code=typed,
                oa_key=line.oa_id,
                other=owner,
            )
        name = users[typed].name if typed in users else ""
        self._put(person, [self._row(route, typed, name, line, "person") for route in pair.routes], {})

    def unbind(self, person: str, pair: Pair, line: PersonLine) -> int:
        """Takes every correspondence of this person away, in every company of the pair; answers how many."""
        self._workspace.people.demand_role(person, "map_base")
        self._workspace.people.demand(person, "map_base", pair.routes)
        wanted = {each.strip() for each in line.erp_user.split(",")}
        rows = [
            row
            for row in self._store.mapped(kind=USER)
            if row.route_id in pair.routes and row.erp_code in wanted
        ]
        for row in rows:
            self._store.remove((row.route_id, USER, row.erp_code), person, seen=row.oa_key)
        return len(rows)

    def mark(self, person: str, pair: Pair, oa_ids: Sequence[str], *, no_licence: bool) -> None:
        """These people are meant to have no ERP user: by link they read the page, and nobody is asked about them."""
        self._workspace.people.demand_role(person, "map_base")
        self._workspace.people.demand(person, "map_base", self._joined(pair))  # it holds in all of them
        kept = self._without_licence(pair.oa_id)
        kept = kept | set(oa_ids) if no_licence else kept - set(oa_ids)
        held = dict(self._workspace.catalog.preference(_LICENCE, {}))
        self._workspace.catalog.set_preference(_LICENCE, {**held, pair.oa_id: sorted(kept)}, actor=person)

    def _joined(self, pair: Pair) -> list[str]:
        """Every company on this OA, whoever sees it."""
        return [each.id for each in self._workspace.catalog.routes() if each.oa_id == pair.oa_id]

    def _put(self, person: str, rows: Sequence[BaseRow], seen: Mapping[tuple[str, str, str], str]) -> None:
        self._workspace.base.put(person, rows, seen)

    def _row(self, route_id: str, erp_user: str, erp_name: str, line: PersonLine, origin: str) -> BaseRow:
        return BaseRow(route_id, USER, erp_user, line.oa_id, erp_name, line.name, origin)

    def _without_licence(self, oa_id: str) -> frozenset[str]:
        return frozenset(dict(self._workspace.catalog.preference(_LICENCE, {})).get(oa_id, ()))

    def _route(self, route_id: str) -> Route:
        found = next((each for each in self._workspace.catalog.routes() if each.id == route_id), None)
        if found is None:
            raise SyncError(ErrorCode.SYSTEM_UNKNOWN, certain=True, system=route_id)
        return found
