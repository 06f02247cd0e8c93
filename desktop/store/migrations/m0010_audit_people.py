"""What people did is found among a million lines of the engine."""

from __future__ import annotations

from typing import Any

from desktop.store.migrations import run_all

_SQL = "CREATE INDEX audit_people ON audit (seq) WHERE actor <> 'engine'"


def up(database: Any) -> None:
    """Makes the index."""
    run_all(database, _SQL)
