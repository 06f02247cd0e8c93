"""How a person wants one bill sent once more: with which version of the mapping, and with what instead of what it says."""

from __future__ import annotations

from typing import Any

from desktop.store.migrations import run_all

_SQL = """
CREATE TABLE resend (
  document_id BIGINT PRIMARY KEY, round INTEGER NOT NULL, version TEXT NOT NULL, edits TEXT NOT NULL)
"""


def up(database: Any) -> None:
    """Makes the table."""
    run_all(database, _SQL)
