"""Requests that may come to wait for their bill where nothing waits at a node, and how far each flow has looked for them."""

from __future__ import annotations

from typing import Any

from desktop.store.migrations import run_all

_SQL = """
CREATE TABLE expected_request (
  route_id TEXT NOT NULL, flow_id TEXT NOT NULL, place TEXT NOT NULL, request_key TEXT NOT NULL, state TEXT NOT NULL,
  opened_after BIGINT NOT NULL, asked_at BIGINT, company TEXT NOT NULL,
  PRIMARY KEY (route_id, flow_id, place, request_key));;
CREATE TABLE lookout (
  route_id TEXT NOT NULL, flow_id TEXT NOT NULL, place TEXT NOT NULL, first_at BIGINT NOT NULL, looked_at BIGINT NOT NULL,
  wide_at BIGINT NOT NULL, PRIMARY KEY (route_id, flow_id, place))
"""


def up(database: Any) -> None:
    """Adds both tables."""
    run_all(database, _SQL)
