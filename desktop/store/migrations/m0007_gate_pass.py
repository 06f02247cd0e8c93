"""Invoices that two persons let pass the gate."""

from __future__ import annotations

from typing import Any

from desktop.store.migrations import run_all

_SQL = """
CREATE TABLE gate_pass (
  id {id}, document_id BIGINT NOT NULL, digest TEXT NOT NULL, person TEXT NOT NULL, second TEXT NOT NULL,
  reason TEXT NOT NULL, code TEXT NOT NULL, said TEXT NOT NULL, given_at BIGINT NOT NULL, used_round INTEGER);;
CREATE INDEX gate_pass_document ON gate_pass (document_id, id)
"""


def up(database: Any) -> None:
    """Makes the table."""
    run_all(database, _SQL)
