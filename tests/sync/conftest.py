"""Fixtures of the generation flows and of the gate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Clock, Stage
from tests.notices.conftest import addresses, robot_server, robots  # noqa: F401 -- fixtures of a day in the life
from tests.sync.gating import Till
from tests.sync.making import Works


@pytest.fixture
def works(toy: Stage, tmp_path: Path, clock: Clock) -> Iterator[Works]:
    """The house with the claim flow."""
    made = Works(toy, tmp_path / "data", clock)
    yield made
    made.close()


@pytest.fixture
def payroll(toy: Stage, tmp_path: Path, clock: Clock) -> Iterator[Works]:
    """The house with the expense flow: three bills a request."""
    made = Works(
        toy, tmp_path / "data", clock, flow="expense", form="ER_ExpReimbursement", workflow=786
    )  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def sourcing(toy: Stage, tmp_path: Path, clock: Clock) -> Iterator[Works]:
    """The house with the inquiry flow: an inquiry bill and a price adjustment for each request."""
    toy.erp.price_lists()
    made = Works(
        toy, tmp_path / "data", clock, flow="inquiry", form="SVM_InquiryBill", workflow=785
    )  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def till(toy: Stage, tmp_path: Path, clock: Clock) -> Iterator[Till]:
    """The house with the invoice gate."""
    made = Till(toy, tmp_path / "data", clock)
    yield made
    made.close()
