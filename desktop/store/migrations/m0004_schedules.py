"""How each flow's runs are spread, and the times at which nobody was there to run it."""

from __future__ import annotations

from typing import Any

from desktop.store.migrations import run_all

_SQL = """
ALTER TABLE switch ADD COLUMN schedule TEXT NOT NULL DEFAULT '{}';;
CREATE TABLE missed_run (
  id {id}, route_id TEXT NOT NULL, flow_id TEXT NOT NULL, since BIGINT NOT NULL, until BIGINT NOT NULL,
  times INTEGER NOT NULL, why TEXT NOT NULL);;
CREATE INDEX missed_run_flow ON missed_run (route_id, flow_id, id)
"""


def up(database: Any) -> None:
    """Adds both."""
    run_all(database, _SQL)
