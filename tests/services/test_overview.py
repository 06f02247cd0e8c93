"""The overview's figures: what both worlds were made to do is what they say, and they add up."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from desktop.domain.record import Money
from desktop.services.documents import Question
from desktop.services.overview import HANDLED_S, TYPED_S, Overview, _days, _leads, _share, company
from desktop.store.figures import Step
from tests.conftest import House


@pytest.fixture
def lived(house: House) -> House:
    """Two running, one of them stuck before its send, three done of which one came a second time."""
    house.run()
    done = [house.order() for _ in range(3)]
    house.calm()
    house.reject(done[0])
    house.calm()
    house.submit(done[0])
    house.calm()
    house.approve(done[0], 2)
    for bill in done[1:]:
        house.approve(bill)
    house.calm()
    house.order()
    house.calm()
    house.workspace.catalog.delete_base_row("c100", "customer", "CUST0002", "chief")
    house.order(customer="CUST0002")
    house.run(2)
    return house


def look(house: House) -> Overview:
    return house.workspace.overview.look()


def test_every_number_is_what_its_list_holds(lived: House) -> None:
    overview = look(lived)
    (flow,) = overview.tallies
    documents = lived.workspace.documents
    assert (flow.route_id, flow.flow_id) == ("c100", "sales_order")
    assert (flow.waiting, flow.flowing, flow.stuck, flow.today) == (1, 1, 1, 3)
    assert documents.count(Question(needs_person=True)) == flow.stuck
    assert documents.state_counts(Question()) == {"found": 1, "requested": 1, "done": 3}
    rows = documents.rows(list(documents.first_ids(Question(), "changed_at", descending=True)))
    moving = sum(
        row.amount.amount for row in rows if row.state.value in ("found", "requested") and row.amount
    )
    assert flow.under_way == (Money(moving, "PRE001"),)
    assert company(overview, "c100").under_way == overview.whole.under_way == flow.under_way
    assert flow.oldest == min(row.created_at for row in rows if row.state.value != "done")


def test_first_pass_saved_work_and_lead_times_have_their_definitions(lived: House) -> None:
    overview = look(lived)
    assert (overview.done, overview.again) == (3, 1)
    assert overview.first_pass == pytest.approx(2 / 3)
    fields = len(lived.workspace.flows["sales_order"].fields)
    assert (overview.saved.fields, overview.saved.documents) == (3 * fields, 3)
    assert overview.saved.seconds == 3 * fields * TYPED_S
    assert (overview.saved.handled, overview.saved.factor) == (0, None)
    assert [lead.name for lead in overview.leads] == ["send", "approval", "write"]
    assert all(0 <= lead.half_s <= lead.most_s for lead in overview.leads)


def test_a_failure_that_was_mended_counts_against_the_saved_time(lived: House) -> None:
    row = next(each for each in lived.workspace.catalog.base_rows("c100") if each.kind == "currency")
    (stuck,) = lived.workspace.documents.first_ids(Question(needs_person=True), "changed_at", descending=True)
    lived.workspace.catalog.put_base_rows(
        [type(row)("c100", "customer", "CUST0002", "4102", "", "", "person")], "chief"
    )
    lived.calm()
    lived.toy.oa.approve_fully(int(lived.workspace.documents.rows([stuck])[0].request_number))
    lived.calm()
    overview = look(lived)
    assert (overview.whole.stuck, overview.causes) == (0, ())
    assert (overview.done, overview.again, overview.saved.handled) == (4, 2, 1)
    assert overview.saved.factor == pytest.approx(overview.saved.seconds / HANDLED_S)
    assert overview.days[-1].failed >= 1
    assert overview.days[-1].left == 0
    assert overview.days[-1].minutes is not None


def test_causes_tell_what_blocks_how_much(lived: House) -> None:
    (cause,) = look(lived).causes
    assert (cause.code, cause.count, cause.facts["erp_code"]) == ("MAP-502", 1, "CUST0002")
    assert cause.blocked == look(lived).whole.blocked


def test_the_answer_is_kept_until_something_moves(lived: House) -> None:
    first = look(lived)
    assert look(lived) is first
    lived.order()
    lived.run()
    again = look(lived)
    assert again is not first
    assert again.whole.flowing == first.whole.flowing + 1
    lived.clock.pass_s(86_400)
    assert look(lived).whole.today == 0, "a new day has begun"


def test_nothing_yet(house: House) -> None:
    overview = look(house)
    assert overview.empty
    assert (overview.first_pass, overview.leads, len(overview.days)) == (None, (), 14)


def test_currencies_are_never_added_together(lived: House) -> None:
    with lived.workspace.store.writing():
        lived.workspace.store.execute(
            "UPDATE document SET currency = 'PRE007' WHERE state = 'found' RETURNING id"
        )
    lived.workspace.catalog.set_preference("x", 1, actor="chief")
    assert [money.currency for money in look(lived).whole.under_way] == ["PRE001", "PRE007"]


def test_percentiles_are_values_that_occurred() -> None:
    assert _share([1.0], 0.9) == 1.0
    assert [_share([float(each) for each in range(1, 11)], share) for share in (0.5, 0.9)] == [5.0, 9.0]


def test_lead_times_of_a_chain_of_bills(clock) -> None:
    at = clock.now()

    def step(name: str, began_s: float, ended_s: float) -> Step:
        return Step(1, at, name, at + timedelta(seconds=began_s), at + timedelta(seconds=ended_s))

    leads = _leads([step("save_bill", 3, 5), step("audit_bill", 8, 9), step("write_back", 20, 25)])
    assert {lead.name: lead.half_s for lead in leads} == {"send": 5.0, "write": 20.0}
    request = _leads([step("open_request", 2, 4), step("audit_bill", 100, 103)])
    assert {lead.name: lead.half_s for lead in request} == {"send": 4.0, "approval": 96.0, "write": 3.0}


def test_days_count_what_was_left(clock) -> None:
    now = clock.now()
    edges = [now, now + timedelta(days=1), now + timedelta(days=2)]
    hour = timedelta(hours=1)
    failures = [
        (now, now + hour, "A"),
        (now + hour, None, "B"),
        (now + hour, now + timedelta(days=1, hours=2), "C"),
    ]
    first, second = _days(edges, [5, 6], failures)
    assert (first.done, first.failed, first.left) == (5, 3, 2)
    assert (second.done, second.failed, second.left, second.minutes) == (6, 0, 0, None)
    assert Decimal(first.minutes or 0) == 60
