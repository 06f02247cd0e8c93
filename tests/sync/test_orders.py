"""What people order, from this window or from one that does not run the engine: done once, with its line in the trail."""

from __future__ import annotations

import pytest

from desktop.domain.document import AttemptOutcome as O
from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode, SyncError
from desktop.sandbox.faults import Fault
from desktop.store.catalog import BaseRow
from tests.conftest import FORM, Crash


@pytest.fixture(params=["own window", "window beside a service"])
def window(request, house):
    """Where the order is given. The second workspace never holds the engine lock."""
    if request.param == "own window":
        yield lambda: house.workspace
        return
    house.run()
    beside = house.open(house.folder)
    yield lambda: beside
    assert not beside.owns_engine
    beside.close()


@pytest.fixture
def give(house, window):
    """Gives an order about bills and lets the engine take it; answers its result."""

    def order(name: str, *bills, **detail: object) -> str:
        ids = tuple(house.document(bill).id for bill in bills)
        number = window().order("chief", name, ids, **detail)
        assert window().ledger.order_result(number) == ""
        house.workspace.engine.take_orders()
        return window().ledger.order_result(number)

    return order


def twice(give, name: str, *bills, **detail: object) -> tuple[str, str]:
    """The same order from an impatient person."""
    return give(name, *bills, **detail), give(name, *bills, **detail)


def requested(house):
    house.run()
    bill = house.order()
    house.calm()
    return bill


def in_doubt(house):
    """Several requests of one key: the attempt is a person's question."""
    from desktop.sandbox.oa_records import DetailEdit

    house.run()
    house.toy.oa_faults.force(Fault.REPLY_LOST, "doCreateRequest")
    house.toy.oa.settings.list_hides_ms = 10**9
    bill = house.order()
    house.run()
    (mine,) = house.requests(bill)
    rows = [(0, dict(row)) for row in mine.details["detail_1"].values()]
    house.toy.oa.create(781, "57", mine.title, mine.fields, [DetailEdit("detail_1", rows)])
    house.toy.oa.settings.list_hides_ms = 0
    house.run()
    assert house.failure(bill) == ErrorCode.KEY_NOT_UNIQUE.id
    return bill


# --- retry ---------------------------------------------------------------------------------------------------------------
def test_retry_makes_a_failed_document_due(house, give) -> None:
    house.run()
    bill = house.order()
    house.toy.oa.change_workflow(781, in_force=False)
    house.run()
    assert house.failure(bill)
    house.toy.oa.change_workflow(781, in_force=True)
    house.run(3)
    assert not house.requests(bill), "it waits for a person"
    assert twice(give, "retry", bill) == ("1/1 done", "1/1 done")
    house.calm()
    assert (house.state(bill), house.failure(bill), len(house.requests(bill))) == (S.REQUESTED, "", 1)
    assert give("retry", bill) == "0/1 done: nothing_failed"


def test_retry_of_a_doubt_looks_again_and_sends_nothing(house, give) -> None:
    bill = in_doubt(house)
    assert give("retry", bill) == "1/1 done"
    house.calm()
    assert (house.failure(bill), len(house.requests(bill))) == (ErrorCode.KEY_NOT_UNIQUE.id, 2)


# --- is_there, is_not_there ------------------------------------------------------------------------------------------------
def test_is_there_binds_the_request_that_a_person_names(house, give) -> None:
    bill = in_doubt(house)
    first = house.requests(bill)[0]
    told = {"number": str(first.id), "system_id": "oa", "form": "sales_order"}
    assert twice(give, "is_there", bill, **told) == ("1/1 done", "0/1 done: not_in_doubt")
    assert (house.state(bill), house.failure(bill)) == (S.REQUESTED, "")
    house.toy.oa.approve_fully(first.id)
    house.calm()
    assert (house.state(bill), house.audits(bill)) == (S.DONE, 1)


def test_is_there_wants_a_number_that_carries_the_key_and_is_free(house, give) -> None:
    other = requested(house)
    bill = in_doubt(house)
    taken = str(house.requests(other)[0].id)
    told = {"system_id": "oa", "form": "sales_order"}
    assert give("is_there", bill, **told) == "0/1 done: number_missing"
    assert give("is_there", bill, number=taken, **told) == "0/1 done: bound_elsewhere"
    assert give("is_there", bill, number="999999", **told) == "0/1 done: not_found"
    assert house.state(bill) is S.FOUND


def test_is_not_there_sends_again_under_the_same_key(house, give) -> None:
    bill = in_doubt(house)
    for request in house.requests(bill):
        house.toy.oa.delete(request.id, "9", monitor=True)
    assert twice(give, "is_not_there", bill) == ("1/1 done", "0/1 done: not_in_doubt")
    house.calm()
    assert (house.state(bill), house.failure(bill)) == (S.REQUESTED, "")
    assert len(house.running(bill)) == 1


def test_a_doubt_about_nothing(house, give) -> None:
    bill = requested(house)
    assert give("is_there", bill, number="1") == "0/1 done: not_in_doubt"
    assert give("is_not_there", bill) == "0/1 done: not_in_doubt"
    assert house.state(bill) is S.REQUESTED


# --- decide, accept ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("decision", "state", "audits"), [("approved", S.DONE, 1), ("rejected", S.RETURNED, 0)]
)
def test_decide_after_a_forced_end(house, give, decision, state, audits) -> None:
    bill = requested(house)
    house.toy.oa.force_over(house.requests(bill)[0].id)
    house.calm()
    told = {"decision": decision, "reason": "agreed by phone"}
    assert twice(give, "decide", bill, **told) == ("1/1 done", "0/1 done: not_waiting")
    house.calm()
    assert (house.state(bill), house.audits(bill)) == (state, audits)
    if state is S.RETURNED:
        assert "agreed by phone" in bill.head["F_DQ_NOTE"]
    lines = house.workspace.trail.entries(f"document:{house.document(bill).id}")
    assert [each.actor for each in lines if each.action == f"decided_{decision}"] == ["chief"]


def test_decide_only_where_somebody_must(house, give) -> None:
    bill = requested(house)
    for decision in ("approved", "rejected", "", "whatever"):
        assert give("decide", bill, decision=decision, reason="x") == "0/1 done: not_waiting"
    house.toy.oa.force_over(house.requests(bill)[0].id)
    house.calm()
    assert give("decide", bill, decision="whatever", reason="x") == "0/1 done: not_waiting"
    assert (house.state(bill), house.audits(bill)) == (S.REQUESTED, 0)


def test_accept_what_was_audited_by_hand(house, give) -> None:
    bill = requested(house)
    house.toy.erp.audit(FORM, bill.id, "wangmin")
    house.calm()
    assert twice(give, "accept", bill, reason="agreed") == ("1/1 done", "0/1 done: not_waiting")
    house.calm()
    assert (house.state(bill), house.failure(bill), bill.status) == (S.CANCELLED, "", "C")
    assert not house.running(bill)


def test_accept_what_was_audited_before_it_was_sent(house, give) -> None:
    house.run()
    bill = house.order(customer="CUST0006")
    house.run()
    house.toy.erp.audit(FORM, bill.id, "wangmin")
    house.calm()
    assert house.failure(bill) == ErrorCode.AUDITED_BY_HAND.id
    assert give("accept", bill, reason="agreed") == "1/1 done"
    house.calm()
    assert (house.state(bill), house.failure(bill)) == (S.DISMISSED, "")


def test_accept_what_changed_around_our_audit(house, give, monkeypatch) -> None:
    bill = requested(house)
    house.approve(bill)

    def quick_hand(step: str, moment: str) -> None:
        if (step, moment) == ("audit_bill", "before the call"):
            house.withdraw(bill)
            house.edit(bill)
            house.submit(bill)

    monkeypatch.setattr(house.workspace.engine.effects, "at_moment", quick_hand)
    house.run()
    monkeypatch.undo()
    assert house.failure(bill) == ErrorCode.CHANGED_AROUND_AUDIT.id
    assert twice(give, "accept", bill, reason="the price is right") == ("1/1 done", "0/1 done: not_waiting")
    house.calm()
    assert (house.state(bill), house.failure(bill), house.audits(bill)) == (S.DONE, "", 1)


def test_accept_only_what_waits_for_it(house, give) -> None:
    assert give("accept", requested(house), reason="x") == "0/1 done: not_waiting"


# --- dismiss, take_back --------------------------------------------------------------------------------------------------------
def test_dismiss_and_take_back(house, give) -> None:
    house.run()
    bill = house.order(customer="CUST0006")
    house.run()
    assert give("dismiss", bill) == "0/1 done: reason_missing"
    assert twice(give, "dismiss", bill, reason="on paper") == ("1/1 done", "0/1 done: busy_or_at_rest")
    house.calm()
    assert (house.state(bill), house.failure(bill)) == (S.DISMISSED, "")
    assert twice(give, "take_back", bill) == ("1/1 done", "0/1 done: not_dismissed")
    house.calm()
    assert (house.state(bill), house.failure(bill)) == (S.FOUND, ErrorCode.BASE_DATA_UNMAPPED.id)


def test_what_runs_is_not_dismissed(house, give) -> None:
    bill = requested(house)
    assert give("dismiss", bill, reason="x") == "0/1 done: running"
    doubtful = in_doubt(house)
    assert give("dismiss", doubtful, reason="x") == "0/1 done: busy_or_at_rest"
    assert (house.state(bill), house.state(doubtful)) == (S.REQUESTED, S.FOUND)


def test_what_was_sent_is_not_taken_back(house, give) -> None:
    bill = requested(house)
    house.toy.oa.force_over(house.requests(bill)[0].id)
    house.calm()
    assert give("dismiss", bill, reason="never mind") == "1/1 done"
    assert give("take_back", bill) == "0/1 done: not_dismissed"
    house.calm()
    assert (house.state(bill), len(house.requests(bill))) == (S.DISMISSED, 1)
    house.withdraw(bill)
    house.calm()
    house.submit(bill)
    house.calm()
    assert (house.state(bill), len(house.requests(bill))) == (S.REQUESTED, 2)


# --- the engine's own -----------------------------------------------------------------------------------------------------------
def test_pause_and_resume(house, give) -> None:
    house.run()
    assert twice(give, "pause") == ("done", "done")
    bill = house.order()
    assert set(house.run(2).values()) == {"paused"}
    with pytest.raises(KeyError):
        house.document(bill)
    assert give("resume") == "done"
    house.calm()
    assert house.state(bill) is S.REQUESTED


def test_release_a_held_route(house, give) -> None:
    assert give("release", route_id="c100") == "not_held"
    house.run()
    house.clock.erp_s = 600
    house.run()
    assert house.hold() == ErrorCode.CLOCK_SKEW.id
    house.clock.erp_s = 0
    assert give("release", route_id="c100") == "done"
    assert house.hold() == ""


def test_run_now_lets_a_tripped_system_be_probed(house, give) -> None:
    house.join(breaker_pause_s="1000")
    house.run()
    bill = house.order()
    house.toy.oa_faults.force(Fault.SERVER_ERROR, "*", times=40)
    house.run(5)
    house.toy.oa_faults.clear()
    assert house.run()["c100/sales_order"] == "held"
    assert give("run_now") == "done"
    house.calm()
    assert house.state(bill) is S.REQUESTED


def test_an_order_nobody_knows(house, give) -> None:
    assert give("make_coffee") == "unknown"


def test_one_order_about_many_documents(house, give) -> None:
    house.run()
    good, bad = house.order(), [house.order(customer="CUST0006") for _ in range(2)]
    house.run()
    assert give("dismiss", good, *bad, reason="cleared up") == "2/3 done: running"
    assert [house.state(each) for each in (good, *bad)] == [S.REQUESTED, S.DISMISSED, S.DISMISSED]


def test_an_order_about_nothing_that_we_know(house, window) -> None:
    number = window().order("chief", "retry", (4711,))
    house.workspace.engine.take_orders()
    assert window().ledger.order_result(number) == "0/1 done"


# --- nothing lost, nothing twice -------------------------------------------------------------------------------------------------
def test_a_crash_while_an_order_is_carried_out(house, monkeypatch) -> None:
    """The order waits; the next start carries it out, once."""
    house.run()
    bill = house.order(customer="CUST0006")
    house.run()
    number = house.workspace.order("chief", "dismiss", (house.document(bill).id,), reason="on paper")

    def die(*_: object) -> None:
        raise Crash

    monkeypatch.setattr(house.workspace.ledger, "finish_order", die)
    with pytest.raises(Crash):
        house.run()
    house.restart()
    assert house.state(bill) is S.FOUND
    house.run(2)
    assert (house.workspace.ledger.order_result(number), house.state(bill)) == ("1/1 done", S.DISMISSED)
    lines = house.workspace.trail.entries(f"document:{house.document(bill).id}")
    assert [each.action for each in lines].count("dismissed") == 1


def test_an_order_that_fails_stands_in_nobodys_way(house, monkeypatch) -> None:
    """A bug of ours in one order: it says so, and the orders after it are carried out."""
    from desktop.sync import orders

    house.run()
    bills = [house.order(customer="CUST0006") for _ in range(2)]
    house.run()

    def broken(*_: object) -> str:
        raise ZeroDivisionError

    monkeypatch.setitem(orders.DEEDS, "retry", broken)
    ids = [house.document(bill).id for bill in bills]
    first = house.workspace.order("chief", "retry", (ids[0],))
    second = house.workspace.order("chief", "dismiss", (ids[1],), reason="on paper")
    house.run()
    assert ErrorCode.INTERNAL.id in house.workspace.ledger.order_result(first)
    assert house.workspace.ledger.order_result(second) == "1/1 done"
    assert [house.state(bill) for bill in bills] == [S.FOUND, S.DISMISSED]


def test_two_engines_of_one_store_are_refused(house) -> None:
    from desktop.domain.errors import SyncError

    house.run()
    beside = house.open(house.folder)
    try:
        with pytest.raises(SyncError) as refused:
            beside.engine.run_once()
        assert refused.value.code is ErrorCode.STORE_BUSY
    finally:
        beside.close()


def test_every_order_leaves_its_line_and_its_result(house, give) -> None:
    bill = requested(house)
    house.toy.oa.force_over(house.requests(bill)[0].id)
    house.calm()
    give("decide", bill, decision="approved", reason="by phone")
    actions = [each.action for each in house.workspace.trail.entries() if each.actor == "chief"]
    assert "order.decide" in actions
    assert "decided_approved" in actions
    assert house.workspace.trail.broken_at() is None


def test_outcomes_are_told_in_the_attempts(house, give) -> None:
    bill = in_doubt(house)
    give("is_not_there", bill)
    attempts = house.workspace.ledger.attempts(house.document(bill).id)
    assert [each.outcome for each in attempts] == [O.LOST]


# --- hand_over -------------------------------------------------------------------------------------------------------------
def unmapped(house):
    """Stopped before its request: nobody has matched the customer."""
    house.run()
    bill = house.order(customer="CUST0006")
    house.run()
    assert house.failure(bill) == ErrorCode.BASE_DATA_UNMAPPED.id
    return bill


def entered(house, bill, **other: str) -> str:
    """The impatient clerk enters the bill in the OA; answers the request's number."""
    fields = {
        "erp_bill_no": bill.number, "company": "100", "bill_date": str(bill.head["FDate"])[:10], "customer_name": "常州新客户（未对应）",
        "currency": "CNY", "amount": "2034.00",
    }  # fmt: skip
    return str(house.toy.oa.create(781, "57", f"手工 {bill.number}", fields | other))


TOLD = {"system_id": "oa", "form": "sales_order"}


def test_entered_by_hand_is_bound_and_never_sent_again(house, give) -> None:
    bill = unmapped(house)
    number = entered(house, bill)
    assert twice(give, "hand_over", bill, number=number, **TOLD) == ("1/1 done", "0/1 done: not_waiting")
    assert (house.state(bill), house.failure(bill)) == (S.HANDED_OVER, "")
    house.workspace.catalog.put_base_rows([BaseRow("c100", "customer", "CUST0006", "3006")], "chief")
    house.calm()
    house.restart(after_s=200)
    house.calm()
    assert [request.id for request in house.requests(bill)] == [int(number)], "no replay doubles it"
    assert house.state(bill) is S.HANDED_OVER


@pytest.mark.parametrize(
    "other",
    [{"amount": "2034.01"}, {"company": "200"}, {"customer_name": "别家"}, {"bill_date": "2020-01-01"}],
)
def test_entered_by_hand_must_be_about_the_very_bill(house, give, other) -> None:
    bill = unmapped(house)
    number = entered(house, bill, **other)
    assert give("hand_over", bill, number=number, **TOLD) == "0/1 done: differs"
    with pytest.raises(SyncError) as refused:
        house.workspace.documents.hand_over("chief", house.document(bill).id, number)
    [told] = refused.value.facts["differences"]
    assert next(iter(other.values())) in told
    assert (house.state(bill), house.failure(bill)) == (S.FOUND, ErrorCode.BASE_DATA_UNMAPPED.id)


def test_entered_by_hand_wants_a_free_request_that_is_there(house, give) -> None:
    first, second = unmapped(house), unmapped(house)
    number = entered(house, first)
    assert give("hand_over", first, number=number, **TOLD) == "1/1 done"
    assert give("hand_over", second, number=number, **TOLD) == "0/1 done: bound_elsewhere"
    assert give("hand_over", second, number="999999", **TOLD) == "0/1 done: not_found"
    assert give("hand_over", second, **TOLD) == "0/1 done: number_missing"
    sent = requested(house)
    assert give("hand_over", sent, number=number, **TOLD) == "0/1 done: not_waiting"


def test_a_bill_entered_by_hand_and_handed_in_again_begins_a_new_round(house, give) -> None:
    bill = unmapped(house)
    give("hand_over", bill, number=entered(house, bill), **TOLD)
    house.withdraw(bill)
    house.calm()
    house.workspace.catalog.put_base_rows([BaseRow("c100", "customer", "CUST0006", "3006")], "chief")
    house.submit(bill)
    house.calm()
    assert (house.state(bill), house.document(bill).round) == (S.REQUESTED, 2)
