"""A document that a person holds back, or lets go before the others."""

from __future__ import annotations

from typing import Any

from desktop.store.migrations import run_all

_SQL = """
CREATE TABLE own_turn (
  document_id BIGINT PRIMARY KEY, turn TEXT NOT NULL, person TEXT NOT NULL, reason TEXT NOT NULL, at BIGINT NOT NULL)
"""


def up(database: Any) -> None:
    """Makes the table."""
    run_all(database, _SQL)
