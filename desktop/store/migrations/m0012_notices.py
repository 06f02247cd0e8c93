"""What people were told: root causes as they were noticed, and the messages to each channel."""

from __future__ import annotations

from typing import Any

from desktop.store.migrations import run_all

_SQL = """
CREATE TABLE notice (
  id {id}, key TEXT NOT NULL, code TEXT NOT NULL, facts TEXT NOT NULL, count INTEGER NOT NULL, money TEXT NOT NULL,
  urgent {bool} NOT NULL, opened_at BIGINT NOT NULL, gone_at BIGINT, told_at BIGINT, over_at BIGINT);;
CREATE UNIQUE INDEX notice_open ON notice (key) WHERE over_at IS NULL;;
CREATE TABLE notice_message (
  id {id}, notice_id BIGINT NOT NULL, what TEXT NOT NULL, channel TEXT NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL,
  next_try_at BIGINT NOT NULL, code TEXT NOT NULL, facts TEXT NOT NULL, sent_at BIGINT);;
CREATE UNIQUE INDEX notice_message_once ON notice_message (notice_id, what, channel);;
CREATE INDEX notice_message_due ON notice_message (next_try_at) WHERE state = 'waiting'
"""


def up(database: Any) -> None:
    """Adds both tables."""
    run_all(database, _SQL)
