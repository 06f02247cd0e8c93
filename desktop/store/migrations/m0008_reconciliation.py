"""What reconciliations found."""

from __future__ import annotations

from typing import Any

from desktop.store.migrations import run_all

_SQL = """
CREATE TABLE reconciliation (
  id {id}, at BIGINT NOT NULL, clean {bool} NOT NULL, documents INTEGER NOT NULL, differences INTEGER NOT NULL,
  file TEXT NOT NULL, content {blob} NOT NULL)
"""


def up(database: Any) -> None:
    """Adds the table."""
    run_all(database, _SQL)
