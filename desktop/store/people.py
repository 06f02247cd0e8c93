"""Persons: who may use DanQiao, and as what. Each change leaves its line in the trail, with before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desktop.domain.system import Person, Role
from desktop.store.audit import Trail
from desktop.store.database import Store


class PersonRecords:
    """Reads and writes persons. Knows nothing of rights."""

    def __init__(self, store: Store, trail: Trail) -> None:
        self._store, self._trail = store, trail

    def all(self) -> dict[str, Person]:
        """Every person by login, those who left too."""
        with self._store.reading() as tables:
            rows = list(tables.person.select().order_by(tables.person.login))
        return {row.login: _person(row) for row in rows}

    def secret(self, login: str) -> str:
        """The hash of a person's passphrase; "" = none."""
        with self._store.reading() as tables:
            row = tables.person.get_or_none(tables.person.login == login)
        return row.secret if row else ""

    def put(self, person: Person, actor: str, *, secret: str | None = None) -> None:
        """Adds or changes a person. secret: the hash of a new passphrase; "" takes it away, None leaves it."""
        with self._store.writing() as tables:
            rows = tables.person
            row = rows.get_or_none(rows.login == person.login)
            before = _person(row) if row else None
            kept = (row.secret if row else "") if secret is None else secret
            rows.replace(
                login=person.login, name=person.name, role=person.role.value, routes=list(person.routes),
                sees_accounts=person.sees_accounts, secret=kept, active=person.active,
            ).execute()  # fmt: skip
            after = _person(rows.get_by_id(person.login))
            told: dict[str, Any] = {"before": told_of(before), "after": told_of(after)}
            if secret is not None:
                told["passphrase"] = "set" if secret else "removed"
            action = "person.changed" if before else "person.added"
            self._trail.append(tables, [(actor, action, f"person:{person.login}", told)])

    def note(self, actor: str, action: str, subject: str, detail: Mapping[str, Any]) -> None:
        """A line about somebody's coming and going, or about what he was shown."""
        with self._store.writing() as tables:
            self._trail.append(tables, [(actor, action, subject, detail)])


def told_of(person: Person | None) -> dict[str, Any]:
    """A person as the trail tells of him; {} = he was not here."""
    if person is None:
        return {}
    return {
        "name": person.name, "role": person.role.value, "routes": list(person.routes),
        "sees_accounts": person.sees_accounts, "passphrase": person.has_secret, "active": person.active,
    }  # fmt: skip


def _person(row: Any) -> Person:
    return Person(
        row.login, row.name, Role(row.role), tuple(row.routes), bool(row.sees_accounts), bool(row.secret),
        bool(row.active),
    )  # fmt: skip
