"""The same people in any order, and beside them somebody who puts old copies of the store back: nothing is sent or audited a
second time, and once all is calm every bill's state is true again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from desktop.domain.document import DocumentState as S
from desktop.sandbox.group import INTEGRATION_USER
from tests.sync.anyorder import play_any_order
from tests.sync.test_pairs import OTHERS, PAIRS, SECOND, _stage
from tests.sync.test_properties import People, _auditor, stage, which

__all__ = ["stage"]


ENDS = ("approve", "approve", "reject", "withdraw")


class PeopleAndCopies(People):
    """`copy`: the store as it once was; it is put back as often as anybody likes."""

    def __init__(self) -> None:
        super().__init__()
        self.copy: Path | None = None

    @rule()
    def keep_a_copy(self) -> None:
        self.copy = self.house.folder / "kept.db"
        self.copy.unlink(missing_ok=True)
        self.house.workspace.store.copy_to(self.copy)

    @rule()
    def put_the_copy_back(self) -> None:
        if self.copy is not None:
            self.house.restore(self.copy)
            self.house.run()

    @initialize(end=st.sampled_from(ENDS))
    def begin_behind_a_copy(self, end: str) -> None:
        """Every story begins with the one that an engine which only looks at what runs would get wrong."""
        self.a_whole_round_behind_the_copy(0, end)

    @rule(at=which, end=st.sampled_from(ENDS))
    def a_whole_round_behind_the_copy(self, at: int, end: str) -> None:
        """A bill is with its maker when a copy is made; then a round comes and goes, and the copy is put back."""
        self.house.run()
        self.reject(at)
        self.house.run(2)
        self.keep_a_copy()
        self.submit(at)
        self.house.run(2)
        getattr(self, end)(at)
        self.house.run(2)
        self.put_the_copy_back()

    def _calm(self) -> None:
        """What we audited, in whichever life of the store, is DONE in this one."""
        super()._calm()
        for bill in self.bills:
            ours = bill.status == "C" and _auditor(bill) == INTEGRATION_USER
            if ours and self._document(bill) and not self._failure(bill):
                assert self.house.state(bill) is S.DONE, (bill, self.house.state(bill), bill.history)


def play(stage: Any, *, examples: int, steps: int, derandomize: bool) -> None:
    play_any_order(PeopleAndCopies, stage, examples=examples, steps=steps, derandomize=derandomize)


def test_whatever_people_do_on_old_copies(stage) -> None:
    play(stage, examples=4, steps=20, derandomize=True)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_whatever_people_do_on_old_copies_for_a_long_time(stage) -> None:
    play(stage, examples=60, steps=40, derandomize=False)


def test_whatever_people_do_on_old_copies_where_no_listing_shows_a_key(served, tmp_path, monkeypatch) -> None:
    play(_stage(served, tmp_path, monkeypatch, SECOND), examples=2, steps=14, derandomize=True)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("pair", [PAIRS[name] for name in OTHERS], ids=OTHERS)
def test_whatever_people_do_on_old_copies_of_any_pair(served, tmp_path, monkeypatch, pair: Any) -> None:
    play(_stage(served, tmp_path, monkeypatch, pair), examples=40, steps=40, derandomize=False)
