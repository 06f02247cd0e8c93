"""Special cases of base data and fallbacks that were used, golden documents, and the forms that flows were agreed on."""

from __future__ import annotations

from typing import Any

from desktop.store.migrations import run_all

_SQL = """
CREATE TABLE base_case (
  id {id}, route_id TEXT NOT NULL, kind TEXT NOT NULL, side TEXT NOT NULL, code TEXT NOT NULL, by_value TEXT NOT NULL,
  valid_from TEXT NOT NULL, valid_to TEXT NOT NULL, counterpart TEXT NOT NULL, name TEXT NOT NULL, note TEXT NOT NULL,
  changed_at BIGINT NOT NULL, changed_by TEXT NOT NULL);;
CREATE UNIQUE INDEX base_case_once ON base_case (route_id, kind, side, code, by_value, valid_from);;
CREATE TABLE base_fallback (
  id {id}, document_id BIGINT NOT NULL, round INTEGER NOT NULL, route_id TEXT NOT NULL, kind TEXT NOT NULL,
  code TEXT NOT NULL, counterpart TEXT NOT NULL, at BIGINT NOT NULL);;
CREATE UNIQUE INDEX base_fallback_once ON base_fallback (document_id, round, kind, code);;
CREATE INDEX base_fallback_kind ON base_fallback (route_id, kind, id);;
CREATE TABLE golden (
  id {id}, flow_id TEXT NOT NULL, route_id TEXT NOT NULL, title TEXT NOT NULL, note TEXT NOT NULL, version TEXT NOT NULL,
  record {blob} NOT NULL, expected {blob} NOT NULL, pinned_at BIGINT NOT NULL, pinned_by TEXT NOT NULL);;
CREATE INDEX golden_flow ON golden (flow_id, id);;
CREATE TABLE golden_reason (
  id {id}, golden_id BIGINT NOT NULL, digest TEXT NOT NULL, reason TEXT NOT NULL, person TEXT NOT NULL, at BIGINT NOT NULL);;
CREATE UNIQUE INDEX golden_reason_once ON golden_reason (golden_id, digest);;
CREATE TABLE form_agreed (
  route_id TEXT NOT NULL, flow_id TEXT NOT NULL, system_id TEXT NOT NULL, form TEXT NOT NULL, fields {blob} NOT NULL,
  agreed_at BIGINT NOT NULL, PRIMARY KEY (route_id, flow_id, system_id, form));;
CREATE TABLE form_change (
  id {id}, route_id TEXT NOT NULL, flow_id TEXT NOT NULL, system_id TEXT NOT NULL, form TEXT NOT NULL, field TEXT NOT NULL,
  label TEXT NOT NULL, what TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, breaking {bool} NOT NULL,
  at BIGINT NOT NULL, seen_at BIGINT, seen_by TEXT NOT NULL);;
CREATE INDEX form_change_flow ON form_change (flow_id, route_id, id)
"""


def up(database: Any) -> None:
    """Adds the tables."""
    run_all(database, _SQL)
