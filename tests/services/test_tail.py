"""Tail differences line by line: what both systems say, which line takes up the fen, and when it is no tail any more."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from desktop.domain.errors import ErrorCode
from desktop.services.tail import _worked_out


@pytest.fixture
def agreed(house: Any) -> Any:
    """Three lines: 1130.00, 226.00, 678.00; its request is on its way."""
    house.run()
    bill = house.order()
    house.run()
    return bill


def tail_of(house: Any, bill: Any) -> Any:
    return house.workspace.documents.tail(house.document(bill).id)


def test_nothing_differs_and_nothing_is_proposed(house, agreed) -> None:
    tail = tail_of(house, agreed)
    assert (tail.erp_total, tail.oa_total, tail.gap, tail.within) == (
        Decimal("2034"),
        Decimal("2034.00"),
        0,
        False,
    )
    assert (
        [line.erp.total for line in tail.lines] == [line.oa.total for line in tail.lines] == [1130, 226, 678]
    )
    assert all(line.erp.worked_out == line.erp.total and not line.absorbs for line in tail.lines)
    assert tail.lines[0].erp.tax == Decimal("130.00")


def test_two_fen_are_taken_up_by_the_largest_line(house, agreed) -> None:
    (request,) = house.requests(agreed)
    house.toy.oa.change_field(request.id, "amount", "2034.02")
    house.approve(agreed)
    house.run()
    assert house.failure(agreed) == ErrorCode.FORM_CHANGED_IN_APPROVAL.id
    tail = tail_of(house, agreed)
    assert (tail.gap, tail.tolerance, tail.within, tail.rule) == (
        Decimal("0.02"),
        Decimal("0.05"),
        True,
        "largest",
    )
    assert [line.absorbs for line in tail.lines] == [True, False, False]


def test_above_the_tolerance_nothing_is_proposed(house, agreed) -> None:
    (request,) = house.requests(agreed)
    house.toy.oa.change_field(request.id, "amount", "2034.06")
    house.approve(agreed)
    house.run()
    tail = tail_of(house, agreed)
    assert (tail.gap, tail.within) == (Decimal("0.06"), False)
    assert not any(line.absorbs for line in tail.lines)


def test_a_line_that_the_form_has_otherwise_is_told_with_its_own_gap(house, agreed) -> None:
    (request,) = house.requests(agreed)
    entry, _row = next(iter(request.details["detail_1"].items()))
    house.toy.oa.change_line(request.id, "detail_1", entry, "amount", "1129.99")
    tail = tail_of(house, agreed)
    assert [line.gap for line in tail.lines] == [Decimal("-0.01"), 0, 0] and tail.within
    house.toy.oa.change_line(request.id, "detail_1", entry, "amount", "900.00")
    assert not tail_of(house, agreed).within


@pytest.mark.parametrize(
    ("qty", "rate", "total"), [("1E+40", "13", "1E+40"), ("1", "-100", "5"), ("1", "-250", "5")]
)
def test_numbers_that_nobody_means_end_no_panel(qty: str, rate: str, total: str) -> None:
    told = _worked_out(Decimal(qty), Decimal("1.13"), Decimal(rate), Decimal(0), Decimal(total))
    assert told.total == Decimal(total) and told.worked_out.is_finite() and told.tax.is_finite()
