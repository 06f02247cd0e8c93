"""Who may use DanQiao, and as what."""

from __future__ import annotations

from typing import Any

from desktop.store.migrations import run_all

_SQL = """
CREATE TABLE person (
  login TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, routes TEXT NOT NULL, sees_accounts {bool} NOT NULL,
  secret TEXT NOT NULL, active {bool} NOT NULL)
"""


def up(database: Any) -> None:
    """Makes the table."""
    run_all(database, _SQL)
