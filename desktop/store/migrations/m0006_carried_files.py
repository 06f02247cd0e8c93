"""Attachments on their way: which file of which record, how far it came, and why it stays behind."""

from __future__ import annotations

from typing import Any

from desktop.store.migrations import run_all

_SQL = """
CREATE TABLE carried_file (
  document_id BIGINT NOT NULL, round INTEGER NOT NULL, leg INTEGER NOT NULL, source TEXT NOT NULL, name TEXT NOT NULL,
  size BIGINT NOT NULL, digest TEXT NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL, target TEXT NOT NULL,
  why TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (document_id, round, leg, source));;
CREATE INDEX carried_file_uploaded ON carried_file (document_id) WHERE state = 'uploaded'
"""


def up(database: Any) -> None:
    """Adds the table."""
    run_all(database, _SQL)
