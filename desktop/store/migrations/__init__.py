"""Numbered, frozen steps. A step imports nothing of today's tables and speaks SQL that two databases understand."""

from __future__ import annotations

from typing import Any


def run_all(database: Any, statements: str) -> None:
    """Runs statements separated by `;;`, types put in the database's own words."""
    is_sqlite = type(database).__name__.startswith("Sqlite")
    words = {
        "{id}": "INTEGER PRIMARY KEY AUTOINCREMENT" if is_sqlite else "BIGSERIAL PRIMARY KEY",
        "{blob}": "BLOB" if is_sqlite else "BYTEA",
        "{bool}": "INTEGER" if is_sqlite else "BOOLEAN",
        "{real}": "REAL" if is_sqlite else "DOUBLE PRECISION",
    }
    for word, type_name in words.items():
        statements = statements.replace(word, type_name)
    for statement in statements.split(";;"):
        if statement.strip():
            database.execute_sql(statement.strip())
