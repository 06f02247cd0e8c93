"""What the nightly scans found in the ERP, and how each scan went."""

from __future__ import annotations

from typing import Any

from desktop.store.migrations import run_all

_SQL = """
CREATE TABLE scan_run (
  scan TEXT NOT NULL, route_id TEXT NOT NULL, at BIGINT NOT NULL, since BIGINT NOT NULL, looked INTEGER NOT NULL,
  found INTEGER NOT NULL, code TEXT NOT NULL, facts TEXT NOT NULL, PRIMARY KEY (scan, route_id));;
CREATE TABLE scan_finding (
  id {id}, scan TEXT NOT NULL, route_id TEXT NOT NULL, flow_id TEXT NOT NULL, system_id TEXT NOT NULL, form TEXT NOT NULL,
  source_key TEXT NOT NULL, number TEXT NOT NULL, maker TEXT NOT NULL, audited_at BIGINT, code TEXT NOT NULL,
  facts TEXT NOT NULL, first_at BIGINT NOT NULL, last_at BIGINT NOT NULL, closed_at BIGINT, closed_by TEXT NOT NULL,
  reason TEXT NOT NULL);;
CREATE UNIQUE INDEX scan_finding_bill ON scan_finding (scan, flow_id, system_id, form, source_key);;
CREATE INDEX scan_finding_open ON scan_finding (scan, route_id) WHERE closed_at IS NULL
"""


def up(database: Any) -> None:
    """Adds both tables."""
    run_all(database, _SQL)
