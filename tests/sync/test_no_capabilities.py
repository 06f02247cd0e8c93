"""The invented pair: a vendor that can do nothing beyond the least. The engine must not rely on a flag that is off.

Nothing lists, nothing is found by our key, nothing is taken back or ended, one record for each call. So each request is
asked for singly, a lost answer is a person's question, and nothing is ever sent twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.connectors.base import Capabilities
from desktop.connectors.registry import VENDORS
from desktop.domain.document import AttemptOutcome as O
from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode
from desktop.sandbox.faults import Fault
from tests.invented.abacus import VENDOR as ABACUS
from tests.invented.pair import FLOW, Pair, joined
from tests.invented.quill import VENDOR as QUILL


@pytest.fixture
def pair(tmp_path: Path, clock: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    for vendor in (ABACUS, QUILL):
        monkeypatch.setitem(VENDORS, vendor.id, vendor)
    with joined(tmp_path / "data", clock.now, clock.monotonic) as made:
        yield made


def test_every_flag_is_off() -> None:
    assert ABACUS.capabilities == QUILL.capabilities == Capabilities()
    assert not any(
        getattr(Capabilities(), flag)
        for flag in ("find_by_key", "cancel", "close", "note_submitted", "list_requests", "list_shows_key")
    )
    assert (Capabilities().batch, Capabilities().parallel) == (1, 1)


def test_approved_means_audited_once(pair: Pair, clock: Any) -> None:
    pair.run()
    orders = [pair.books.order() for _ in range(3)]
    pair.run()
    for order in orders:
        (paper,) = pair.papers(order)
        assert paper.by == "7", "opened in the maker's own name"
        pair.desk.approve_fully(paper.id)
    clock.pass_s(70)
    assert pair.run(2) == {f"r1/{FLOW}": ""}
    assert [pair.state(order) for order in orders] == [S.DONE] * 3
    assert [(order.state, order.done["approve"]) for order in orders] == [("done", 1)] * 3
    assert [len(pair.papers(order)) for order in orders] == [1] * 3
