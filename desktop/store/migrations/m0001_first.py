"""The first schema."""

from __future__ import annotations

from typing import Any

from desktop.store.migrations import run_all

_SQL = """
CREATE TABLE schema_version (number INTEGER NOT NULL);;
CREATE TABLE document (
  id {id}, route_id TEXT NOT NULL, flow_id TEXT NOT NULL, system_id TEXT NOT NULL, form TEXT NOT NULL,
  source_key TEXT NOT NULL, number TEXT NOT NULL, key_part TEXT NOT NULL, partner TEXT NOT NULL, amount TEXT,
  amount_sort {real}, currency TEXT NOT NULL, state TEXT NOT NULL, round INTEGER NOT NULL,
  request_number TEXT NOT NULL, created_at BIGINT NOT NULL, changed_at BIGINT NOT NULL, look_at BIGINT,
  number_tail TEXT NOT NULL, request_tail TEXT NOT NULL, needs_person {bool} NOT NULL, leg INTEGER NOT NULL DEFAULT 0);;
CREATE UNIQUE INDEX document_source ON document (system_id, form, source_key, flow_id);;
CREATE UNIQUE INDEX document_key_part ON document (key_part);;
CREATE INDEX document_changed ON document (changed_at, id);;
CREATE INDEX document_state ON document (state, changed_at, id);;
CREATE INDEX document_route ON document (route_id, flow_id, state);;
CREATE INDEX document_route_changed ON document (route_id, changed_at, id);;
CREATE INDEX document_flow_changed ON document (flow_id, changed_at, id);;
CREATE INDEX document_number ON document (number, id);;
CREATE INDEX document_request ON document (request_number, id);;
CREATE INDEX document_partner ON document (partner, id);;
CREATE INDEX document_amount ON document (amount_sort, id);;
CREATE INDEX document_number_tail ON document (number_tail, id);;
CREATE INDEX document_request_tail ON document (request_tail, id);;
CREATE INDEX document_needs_person ON document (changed_at, id) WHERE needs_person;;
CREATE INDEX document_created ON document (created_at, id);;
CREATE INDEX document_moving ON document (state, route_id, flow_id, needs_person, amount, currency, created_at)
  WHERE state IN ('found', 'requested', 'approved', 'rejected', 'withdrawn', 'saved', 'submitted', 'audited');;
CREATE TABLE partner_name (name TEXT PRIMARY KEY);;
CREATE TABLE round (
  id {id}, document_id BIGINT NOT NULL, number INTEGER NOT NULL, flow_version TEXT NOT NULL, snapshot {blob} NOT NULL,
  mapped {blob} NOT NULL, digest TEXT NOT NULL, source_changed_at BIGINT, sent_as TEXT NOT NULL,
  decision TEXT NOT NULL, opinions TEXT NOT NULL, opened_at BIGINT NOT NULL, closed_at BIGINT, seen_away_at BIGINT);;
CREATE UNIQUE INDEX round_number ON round (document_id, number);;
CREATE INDEX round_unclosed ON round (document_id) WHERE closed_at IS NULL;;
CREATE INDEX round_unseen ON round (document_id) WHERE seen_away_at IS NULL;;
CREATE TABLE link (
  id {id}, document_id BIGINT NOT NULL, round INTEGER NOT NULL, erp_system TEXT NOT NULL, erp_form TEXT NOT NULL,
  erp_key TEXT NOT NULL, erp_number TEXT NOT NULL, oa_system TEXT NOT NULL, oa_form TEXT NOT NULL,
  oa_key TEXT NOT NULL, oa_number TEXT NOT NULL, made_at BIGINT NOT NULL, leg INTEGER NOT NULL DEFAULT 0);;
CREATE UNIQUE INDEX link_request ON link (oa_system, oa_key) WHERE leg = 0;;
CREATE INDEX link_oa ON link (oa_system, oa_key);;
CREATE UNIQUE INDEX link_made ON link (erp_system, erp_form, erp_key) WHERE leg > 0;;
CREATE UNIQUE INDEX link_round ON link (document_id, round, leg);;
CREATE TABLE attempt (
  id {id}, document_id BIGINT NOT NULL, round INTEGER NOT NULL, step TEXT NOT NULL, number INTEGER NOT NULL,
  key TEXT NOT NULL, sent_as TEXT NOT NULL, basis TEXT NOT NULL, answered_key TEXT, answered_number TEXT,
  outcome TEXT NOT NULL, started_at BIGINT NOT NULL, ended_at BIGINT, leg INTEGER NOT NULL DEFAULT 0);;
CREATE TABLE reserved (kind TEXT NOT NULL, value TEXT NOT NULL, document_id BIGINT NOT NULL, PRIMARY KEY (kind, value));;
CREATE INDEX reserved_document ON reserved (document_id);;
CREATE TABLE claim_reserved (
  document_id BIGINT NOT NULL, system_id TEXT NOT NULL, claim_key TEXT NOT NULL, amount TEXT NOT NULL,
  at BIGINT NOT NULL, PRIMARY KEY (document_id, claim_key));;
CREATE INDEX claim_reserved_claim ON claim_reserved (system_id, claim_key);;
CREATE UNIQUE INDEX attempt_once ON attempt (key, step) WHERE outcome IN ('intent', 'in_doubt', 'done');;
CREATE INDEX attempt_key ON attempt (key, step);;
CREATE INDEX attempt_document ON attempt (document_id, id);;
CREATE INDEX attempt_open ON attempt (outcome) WHERE outcome IN ('intent', 'in_doubt');;
CREATE TABLE exchange (
  id {id}, system_id TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, status INTEGER NOT NULL,
  ms INTEGER NOT NULL, at BIGINT NOT NULL, request {blob} NOT NULL, answer {blob} NOT NULL);;
CREATE INDEX exchange_at ON exchange (at);;
CREATE TABLE attempt_exchange (
  attempt_id BIGINT NOT NULL, exchange_id BIGINT NOT NULL, PRIMARY KEY (attempt_id, exchange_id));;
CREATE TABLE failure (
  id {id}, document_id BIGINT NOT NULL, attempt_id BIGINT, code TEXT NOT NULL, facts TEXT NOT NULL,
  cause TEXT NOT NULL, tries INTEGER NOT NULL, revision INTEGER NOT NULL, opened_at BIGINT NOT NULL,
  next_try_at BIGINT, closed_at BIGINT, closed_by TEXT NOT NULL);;
CREATE UNIQUE INDEX failure_open ON failure (document_id) WHERE closed_at IS NULL;;
CREATE INDEX failure_document ON failure (document_id, id);;
CREATE INDEX failure_cause ON failure (cause) WHERE closed_at IS NULL;;
CREATE TABLE run (
  id {id}, route_id TEXT NOT NULL, flow_id TEXT NOT NULL, trigger TEXT NOT NULL, started_at BIGINT NOT NULL,
  ended_at BIGINT, found INTEGER NOT NULL, moved INTEGER NOT NULL, failed INTEGER NOT NULL, code TEXT NOT NULL);;
CREATE INDEX run_flow ON run (route_id, flow_id, id);;
CREATE TABLE watermark (
  route_id TEXT NOT NULL, flow_id TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (route_id, flow_id));;
CREATE TABLE kept_out (
  flow_id TEXT NOT NULL, system_id TEXT NOT NULL, source_key TEXT NOT NULL, number TEXT NOT NULL,
  route_id TEXT NOT NULL, filter_name TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (flow_id, system_id, source_key));;
CREATE TABLE hold (
  route_id TEXT NOT NULL, flow_id TEXT NOT NULL, code TEXT NOT NULL, facts TEXT NOT NULL, since BIGINT NOT NULL,
  until_person {bool} NOT NULL, PRIMARY KEY (route_id, flow_id));;
CREATE TABLE person_order (
  id {id}, person TEXT NOT NULL, "order" TEXT NOT NULL, document_ids TEXT NOT NULL, detail TEXT NOT NULL,
  given_at BIGINT NOT NULL, taken_at BIGINT, result TEXT NOT NULL);;
CREATE INDEX person_order_waiting ON person_order (id) WHERE taken_at IS NULL;;
CREATE TABLE system (
  id TEXT PRIMARY KEY, role TEXT NOT NULL, vendor TEXT NOT NULL, title TEXT NOT NULL, base_url TEXT NOT NULL,
  options TEXT NOT NULL);;
CREATE TABLE route (
  id TEXT PRIMARY KEY, company TEXT NOT NULL, title TEXT NOT NULL, erp_id TEXT NOT NULL, oa_id TEXT NOT NULL,
  applicant TEXT NOT NULL);;
CREATE TABLE switch (
  route_id TEXT NOT NULL, flow_id TEXT NOT NULL, "on" {bool} NOT NULL, every_s {real} NOT NULL,
  workflow TEXT NOT NULL, PRIMARY KEY (route_id, flow_id));;
CREATE TABLE base_mapping (
  id {id}, route_id TEXT NOT NULL, kind TEXT NOT NULL, erp_code TEXT NOT NULL, erp_name TEXT NOT NULL,
  oa_key TEXT NOT NULL, oa_name TEXT NOT NULL, origin TEXT NOT NULL, changed_at BIGINT NOT NULL DEFAULT 0,
  changed_by TEXT NOT NULL DEFAULT '');;
CREATE UNIQUE INDEX base_mapping_erp ON base_mapping (route_id, kind, erp_code);;
CREATE INDEX base_mapping_oa ON base_mapping (route_id, kind, oa_key);;
CREATE TABLE base_record (
  system_id TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL,
  mark TEXT NOT NULL, companies TEXT NOT NULL, disabled {bool} NOT NULL, PRIMARY KEY (system_id, kind, key));;
CREATE INDEX base_record_code ON base_record (system_id, kind, code);;
CREATE TABLE base_refresh (
  system_id TEXT NOT NULL, kind TEXT NOT NULL, at BIGINT NOT NULL, records INTEGER NOT NULL,
  PRIMARY KEY (system_id, kind));;
CREATE TABLE base_change (
  id {id}, system_id TEXT NOT NULL, kind TEXT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL, what TEXT NOT NULL,
  was TEXT NOT NULL, at BIGINT NOT NULL);;
CREATE TABLE preference (name TEXT PRIMARY KEY, value TEXT NOT NULL);;
CREATE TABLE flow_version (
  version TEXT PRIMARY KEY, flow_id TEXT NOT NULL, content TEXT NOT NULL, first_used_at BIGINT NOT NULL);;
CREATE TABLE flow_release (
  id {id}, flow_id TEXT NOT NULL, number INTEGER NOT NULL, version TEXT NOT NULL, person TEXT NOT NULL,
  why TEXT NOT NULL, at BIGINT NOT NULL);;
CREATE UNIQUE INDEX flow_release_number ON flow_release (flow_id, number);;
CREATE TABLE flow_draft (
  flow_id TEXT PRIMARY KEY, content TEXT NOT NULL, based_on TEXT NOT NULL, person TEXT NOT NULL, at BIGINT NOT NULL);;
CREATE TABLE form_fields (
  system_id TEXT NOT NULL, form TEXT NOT NULL, fields {blob} NOT NULL, read_at BIGINT NOT NULL,
  PRIMARY KEY (system_id, form));;
CREATE TABLE audit (
  seq BIGINT PRIMARY KEY, at BIGINT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
  detail TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL);;
CREATE INDEX audit_subject ON audit (subject, seq);;
CREATE TABLE heartbeat (name TEXT PRIMARY KEY, at BIGINT NOT NULL, detail TEXT NOT NULL)
"""

_SQLITE_ONLY = """
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END
"""

_POSTGRES_ONLY = """
CREATE RULE audit_no_update AS ON UPDATE TO audit DO INSTEAD NOTHING;;
CREATE RULE audit_no_delete AS ON DELETE TO audit DO INSTEAD NOTHING
"""


def up(database: Any) -> None:
    """Makes every table."""
    run_all(database, _SQL)
    run_all(database, _SQLITE_ONLY if type(database).__name__.startswith("Sqlite") else _POSTGRES_ONLY)
