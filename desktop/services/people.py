"""People: who sits at the window, who may give an order, and how somebody proves who he is.

A store in which nobody is entered yet is open: whoever works there may do everything. The first window on it enters its
user as administrator, so that a site of one person never meets a form.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import Person, Role, Route
from desktop.services.masking import hidden, is_account
from desktop.services.rights import AT_MONTH_END, FOUR_EYES, MANY, MANY_AT_MONTH_END, RIGHTS, may
from desktop.store.people import PersonRecords

if TYPE_CHECKING:
    from argon2 import PasswordHasher

    from desktop.services.workspace import Workspace

T = TypeVar("T")
ENGINE = "engine"
"""What the engine does by itself is nobody's order."""
LEAST_CHARS = 8
LOCK, LOCK_MINUTES = "people.lock_minutes", 15
MISSES, PAUSE_S = 5, 60.0
"""After so many wrong passphrases in a row a login is refused for so long."""


@dataclass(frozen=True, slots=True)
class Second:
    """The second person's own word, typed where the first one asked for it."""

    login: str
    passphrase: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Witness:
    """A second person proved who he is, and confirmed this order. Only `People.witness` makes one."""

    login: str
    order: str


@dataclass(frozen=True, slots=True)
class Seat:
    """Who sits at this window, as far as what he sees depends on it."""

    person: Person | None = None

    @property
    def routes(self) -> tuple[str, ...]:
        """The companies that he sees; () = all. Who has left meanwhile sees none."""
        if self.person is None:
            return ()
        return self.person.routes if self.person.active else ("",)

    def sees(self, route_id: str) -> bool:
        """Whether a company is among them; "" = what is no company's."""
        return not self.routes or route_id in ("", *self.routes)

    @property
    def masked(self) -> bool:
        """Whether bank accounts and ID numbers are hidden from him."""
        return self.person is not None and not self.person.sees_accounts


class People:
    """Persons, their rights, and the seat at this process's window."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._records = PersonRecords(workspace.store, workspace.trail)
        self._misses: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()
        self.seat = Seat()

    # --- who there is --------------------------------------------------------------------------------------------------
    def all(self) -> list[Person]:
        """Everybody who was ever entered, by login."""
        return list(self._records.all().values())

    def find(self, login: str) -> Person | None:
        """A person who still works here, or None."""
        person = self._records.all().get(login)
        return person if person is not None and person.active else None

    # --- what he may -----------------------------------------------------------------------------------------------------
    def may(self, login: str, order: str, route: str = "") -> bool:
        """True where a person may give an order about a company ("" = all of them together)."""
        if login == ENGINE:
            return True
        known = self._records.all()
        return not known or may(known.get(login), order, route)

    def demand(self, login: str, order: str, routes: Iterable[str] = ("",)) -> None:
        """Raises PER-716 unless the person may give the order about every one of these companies."""
        if not all(self.may(login, order, route) for route in routes or ("",)):
            self._refuse(login, order)

    def demand_for(self, login: str, order: str, ids: Sequence[int]) -> None:
        """The same about documents: their companies count."""
        self.demand_role(login, order)
        person = self._records.all().get(login)
        if person is not None and person.routes:
            self.demand(login, order, self.routes_of(ids))

    def routes_of(self, ids: Sequence[int]) -> set[str]:
        """The companies of documents."""
        return {each.route_id for each in self._workspace.ledger.by_ids(ids)}

    def demand_role(self, login: str, order: str) -> None:
        """Raises PER-716 where the person may give the order about no company at all."""
        if login == ENGINE or not (known := self._records.all()):
            return
        person = known.get(login)
        if person is None or not may(replace(person, routes=()), order):
            self._refuse(login, order)

    def demand_seat(self, order: str, route: str = "") -> None:
        """Raises PER-716 where whoever sits at this window may not; a process without a window has no seat."""
        if self.seat.person is not None and not may(self.seat.person, order, route):
            self._refuse(self.seat.person.login, order)

    def demand_accounts(self, login: str, order: str, kinds: Iterable[str]) -> None:
        """Raises PER-716 where one who sees accounts masked would write correspondences of accounts: he cannot know which."""
        person = self.find(login)
        if person is not None and not person.sees_accounts and any(is_account(each) for each in kinds):
            self._refuse(login, order)

    # --- four eyes -------------------------------------------------------------------------------------------------------
    def seconds(self, login: str, order: str, routes: Iterable[str] = ("",)) -> list[Person]:
        """Everybody else who may give the order too."""
        wanted = list(routes) or [""]
        return [
            each
            for each in self.all()
            if each.login != login and all(may(each, order, route) for route in wanted)
        ]

    def wants_second(self, login: str, order: str) -> bool:
        """True where nobody may give the order alone: always, or because somebody else here has the role for it."""
        if login == ENGINE or order not in FOUR_EYES or (order in AT_MONTH_END and not self._at_month_end()):
            return False
        others = [each for each in self.all() if each.login != login]
        return FOUR_EYES[order] or any(may(replace(each, routes=()), order) for each in others)

    def many(self) -> int:
        """So many bills at once want a second person: fewer near the end of a month."""
        return MANY_AT_MONTH_END if self._at_month_end() else MANY

    def _at_month_end(self) -> bool:
        today = self._workspace.now().astimezone().date()
        return self._workspace.calendars.in_force().month_end(today) is not None

    def witness(
        self, login: str, order: str, second: Second | None, routes: Iterable[str] = ("",)
    ) -> Witness | None:
        """Who confirms the order; None where one person is enough.

        Raises PER-750 where nobody confirms, or one who may not; PER-717 for a wrong passphrase."""
        routes = list(routes)
        if not self.wants_second(login, order):
            return None
        if second is None:
            raise self._alone(order)
        other = self.prove(second.login, second.passphrase)
        if other.login not in {each.login for each in self.seconds(login, order, routes)}:
            raise self._alone(order)
        self._records.note(other.login, "second.confirmed", f"person:{login}", {"order": order})
        return Witness(other.login, order)

    def check_witness(self, login: str, order: str, witness: Witness | None) -> None:
        """Raises PER-750 where an order that wants a second person comes without one."""
        good = witness is not None and witness.order == order and witness.login != login
        if not good and self.wants_second(login, order):
            raise self._alone(order)

    def demand_seat_role(self, order: str) -> None:
        """Raises PER-716 where the role of whoever sits at this window has no such right, for whatever company."""
        if (person := self.seat.person) is not None and not may(replace(person, routes=()), order):
            self._refuse(person.login, order)

    def _alone(self, order: str) -> SyncError:
        return SyncError(
            ErrorCode.SECOND_PERSON, certain=True, order=self._workspace.text.word("order", order)
        )

    def _refuse(self, login: str, order: str) -> None:
        self._records.note(login, "right.refused", f"person:{login}", {"order": order})
        name = self._workspace.text.word("order", order)
        raise SyncError(ErrorCode.NOT_ALLOWED, certain=True, person=login, order=name)

    def companies(self) -> list[tuple[str, str]]:
        """(route id, name) of every company that somebody may work for."""
        return [(each.id, each.title or each.company or each.id) for each in self._workspace.catalog.routes()]

    # --- the seat --------------------------------------------------------------------------------------------------------
    def arrive(self, login: str) -> Person | None:
        """The operating system says who opened the window. Answers him where that is enough; None: he must sign in.

        In a store without people he becomes its administrator."""
        if not self._records.all():
            self._records.put(Person(login, login, Role.ADMIN), login)
        person = self.find(login)
        if person is None or person.has_secret:
            return None
        return self._sit(person)

    def attend(self, login: str) -> None:
        """Whoever runs a command reads as himself, on the operating system's word, as his orders there are given: his companies,
        accounts masked where his work needs none. A store without people is open. Raises PER-716 for one who is not entered."""
        if self._records.all():
            self.demand_role(login, "read")
            self.seat = Seat(self.find(login))

    def sign_in(self, login: str, passphrase: str) -> Person:
        """Takes the seat with a passphrase. Raises PER-717."""
        return self._sit(self.prove(login, passphrase))

    def prove(self, login: str, passphrase: str) -> Person:
        """The person whose passphrase this is. Raises PER-717: wrong, no such person, none set, or too many tries."""
        now = self._workspace.monotonic()
        with self._lock:
            misses, since = self._misses.get(login, (0, 0.0))
            waiting = misses >= MISSES and now - since < PAUSE_S
        person = self.find(login)
        secret = self._records.secret(login) if person is not None else ""
        if waiting or not _fits(secret, passphrase) or person is None:
            with self._lock:
                self._misses[login] = (misses if waiting else misses + 1, since if waiting else now)
            self._records.note(login, "sign_in.refused", f"person:{login}", {"paused": waiting})
            raise SyncError(ErrorCode.PASSPHRASE_WRONG, certain=True, person=login)
        with self._lock:
            self._misses.pop(login, None)
        return person

    def _sit(self, person: Person) -> Person:
        self.seat = Seat(person)
        self._records.note(person.login, "sign_in.done", f"person:{person.login}", {})
        return person

    def shown(self, whole: T) -> T:
        """An answer as whoever sits at the window may see it: accounts and ID numbers masked where his work needs none."""
        return hidden(whole) if self.seat.masked else whole

    def routes_seen(self) -> list[Route]:
        """The companies that whoever sits here sees."""
        return [each for each in self._workspace.catalog.routes() if self.seat.sees(each.id)]

    def rights_at_window(self, route: str) -> frozenset[str] | None:
        """What whoever sits at the window may order about a company; None = everything (nobody is entered yet)."""
        person = self.seat.person
        return None if person is None else frozenset(order for order in RIGHTS if may(person, order, route))

    def refresh_seat(self) -> None:
        """What was changed about the person at the window counts from now on."""
        if (person := self.seat.person) is not None:
            self.seat = Seat(self._records.all().get(person.login) or replace(person, active=False))

    def lock_minutes(self) -> int:
        """After so many minutes without a hand on it a window asks for the passphrase anew; 0 = never."""
        return int(self._workspace.catalog.preference(LOCK, LOCK_MINUTES))

    def set_lock_minutes(self, person: str, minutes: int) -> None:
        """The same, for every window of this store."""
        self.demand(person, "manage_people")
        before = self.lock_minutes()
        self._workspace.catalog.set_preference(LOCK, minutes)
        told = {"before": before, "after": minutes}
        self._records.note(person, "lock.changed", "people", told)

    # --- what the administrator does -------------------------------------------------------------------------------------
    def save(self, person: str, changed: Person) -> None:
        """Adds or changes somebody. Raises PER-715 for what cannot be, PER-718 where nobody would be left to manage."""
        self.demand(person, "manage_people")
        login, name = changed.login.strip(), changed.name.strip()
        if not login or login == ENGINE or not name:
            raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"{login!r} {name!r}")
        known = {route.id for route in self._workspace.catalog.routes()}
        if unknown := [route for route in changed.routes if route not in known]:
            raise SyncError(ErrorCode.SYSTEM_UNKNOWN, certain=True, system=unknown[0])
        changed = replace(changed, login=login, name=name)
        if not any(_manages(each) for each in [*(p for p in self.all() if p.login != login), changed]):
            raise SyncError(ErrorCode.LAST_ADMIN, certain=True, person=login)
        self._records.put(changed, person)
        self.refresh_seat()

    def set_passphrase(self, person: str, login: str, passphrase: str, old: str = "") -> None:
        """A new passphrase, "" takes it away. One's own wants the old one; another's is the administrator's.

        Raises PER-715 for a short one, PER-717 for a wrong old one."""
        if person != login:
            self.demand(person, "manage_people")
        elif self._records.secret(login):
            self.prove(login, old)
        found = self.find(login)
        if found is None or 0 < len(passphrase) < LEAST_CHARS:
            raise SyncError(ErrorCode.PASSPHRASE_SHORT, certain=True, least=LEAST_CHARS)
        self._records.put(found, person, secret=_hasher().hash(passphrase) if passphrase else "")
        self.refresh_seat()


def _manages(person: Person) -> bool:
    return person.active and person.role is Role.ADMIN and not person.routes


def _hasher() -> PasswordHasher:
    """Argon2id with the library's own costs: some 50 ms, 64 MiB."""
    from argon2 import PasswordHasher

    return PasswordHasher()


def _fits(secret: str, passphrase: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return bool(secret) and _hasher().verify(secret, passphrase)
    except (VerificationError, InvalidHashError):
        return False
