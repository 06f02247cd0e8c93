"""A closed accounting period: nothing is moved by itself; finance names the day, and the old one stays in the note."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode
from desktop.services.documents import open_day
from tests.sync.test_expense import bills

CLOSED = date(2026, 11, 20)


def give(works: Any, request: int, day: str) -> str:
    documents = works.workspace.documents
    number = documents.move_date("chief", works.of(request).id, day)
    works.workspace.engine.take_orders()
    return str(documents.order_result(number))


@pytest.mark.parametrize(
    ("closed", "today", "proposed"),
    [
        ("2026-10-31", "2026-11-27", "2026-11-01"), ("2026-12-31", "2027-01-05", "2027-01-01"),
        ("2026-11-20", "2026-11-27", "2026-11-27"), ("2026-11-30", "2026-11-30", "2026-12-01"),
        ("2026-08-15", "2026-11-27", "2026-09-01"), ("soon", "2026-11-27", ""),
    ],
)  # fmt: skip
def test_the_first_day_after_the_closed_month_is_proposed(closed: str, today: str, proposed: str) -> None:
    assert open_day(closed, date.fromisoformat(today)) == proposed


def test_it_waits_for_finance_and_goes_on_with_the_day_that_was_named(payroll) -> None:
    payroll.toy.erp.settings.closed_until = CLOSED
    request = payroll.agreed()
    payroll.run(3)
    assert payroll.stands(request) == (S.FOUND, ErrorCode.PERIOD_CLOSED.id)
    assert not payroll.made("ER_ExpReimbursement"), "nothing is moved by itself, however long it waits"
    assert payroll.record(request).node_type == 1, "and its applicant is not bothered with it"
    assert give(payroll, request, "2026-11-20") == "0/1 done: day_wrong"
    assert give(payroll, request, "2026-11-21") == "1/1 done"
    payroll.run(3)
    (expense,) = payroll.made("ER_ExpReimbursement")
    assert expense.head["FDate"].date() == date(2026, 11, 21) and expense.status == "C"
    assert "2026-11-20" in expense.head["FCausa"] and "chief" in expense.head["FCausa"]
    assert expense.head["FCausa"].startswith("OA "), "what stood in the note stays"
    [told] = moves(payroll, request)
    assert (told.actor, told.detail["before"], told.detail["after"]) == ("chief", "2026-11-20", "2026-11-21")
    assert payroll.stands(request)[1] == ErrorCode.PERIOD_CLOSED.id, "the voucher waits for its own yes"
    assert give(payroll, request, "2026-11-21") == "1/1 done"
    payroll.run(3)
    assert payroll.stands(request) == (S.DONE, "")
    assert bills(payroll)[2].head["FDate"].date() == date(2026, 11, 21)
    assert [each.times("Audit") for each in bills(payroll)] == [1, 1, 1] and len(moves(payroll, request)) == 2


def test_a_bill_that_stands_already_is_moved_where_it_is(payroll) -> None:
    """Saved while the period was open; closed before it was submitted."""
    request = payroll.agreed()
    with payroll.dying("submit_bill", "before the promise"):
        payroll.run()
    payroll.restart()
    payroll.toy.erp.settings.closed_until = date(2026, 11, 24)
    payroll.run(2)
    assert payroll.stands(request) == (S.SAVED, ErrorCode.PERIOD_CLOSED.id)
    assert give(payroll, request, "2026-11-23") == "1/1 done"
    payroll.run(2)
    assert payroll.stands(request) == (S.SAVED, ErrorCode.PERIOD_CLOSED.id), "that day is closed too"
    assert give(payroll, request, "2026-11-25") == "1/1 done"
    payroll.run(2)
    (expense,) = payroll.made("ER_ExpReimbursement")
    assert (expense.status, expense.head["FDate"].date()) == ("C", date(2026, 11, 25))
    assert "2026-11-20" in expense.head["FCausa"]


def moves(works: Any, request: int) -> list[Any]:
    """What the trail tells of moved dates."""
    entries = works.workspace.trail.entries(f"document:{works.of(request).id}")
    return [each for each in entries if each.action == "date_moved"]
