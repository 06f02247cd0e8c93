"""Documents are found by the numbers of the bills they made, of earlier rounds' requests and of their invoices."""

from __future__ import annotations

from typing import Any

from desktop.store.migrations import run_all

_SQL = """
CREATE INDEX link_erp_number ON link (erp_number);;
CREATE INDEX link_oa_number ON link (oa_number);;
CREATE INDEX reserved_value ON reserved (value)
"""


def up(database: Any) -> None:
    """Makes the indexes."""
    run_all(database, _SQL)
