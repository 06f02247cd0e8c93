"""What people and servers do at the worst moment, one test each. Restored backups and second machines: test_restored.py;
lost rights and wrong clocks: test_rights_and_clocks.py.
"""

from __future__ import annotations

import pytest

from desktop.domain.document import AttemptOutcome
from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode
from desktop.sandbox.faults import Fault
from desktop.sandbox.oa_records import DetailEdit
from desktop.store.catalog import BaseRow
from tests.conftest import FORM


@pytest.fixture
def requested(house):
    """A bill whose request lies with its approver."""
    house.run()
    bill = house.order()
    house.calm()
    return bill


def give(house, bill, order: str, **detail: object) -> str:
    """A person's order, carried out at once; answers its result."""
    number = house.workspace.order("chief", order, (house.document(bill).id,), **detail)
    house.workspace.engine.take_orders()
    return house.workspace.ledger.order_result(number)


# --- what the OA shows late --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("lost", [None, Fault.REPLY_LOST], ids=["answered", "answer lost"])
def test_a_request_that_the_listing_does_not_show_yet(house, lost) -> None:
    house.join(settle_s="30", longest_s="180")
    house.run()
    house.toy.oa.settings.list_hides_ms = 100_000
    bill = house.order()
    if lost:
        house.toy.oa_faults.force(lost, "doCreateRequest")
    house.calm(passes=60, step_s=10)
    assert (house.state(bill), len(house.requests(bill))) == (S.REQUESTED, 1)
    house.assert_intact()


def test_a_request_that_shows_after_it_was_given_up_is_taken_and_not_doubled(house) -> None:
    """Later than any server should be; but before the next send it stands in the listing."""
    house.run()
    house.toy.oa.settings.list_hides_ms = 1_000_000
    house.toy.oa_faults.force(Fault.REPLY_LOST, "doCreateRequest")
    bill = house.order()
    with house.dying("open_request", "before the promise", skip=1):
        for _ in range(10):
            house.run()
            house.clock.pass_s(5)
    assert [each.outcome for each in house.workspace.ledger.attempts(house.document(bill).id)] == [
        AttemptOutcome.LOST
    ]
    house.toy.oa.settings.list_hides_ms = 0
    house.calm()
    assert (house.state(bill), len(house.requests(bill))) == (S.REQUESTED, 1)


@pytest.mark.parametrize("longest_s", ["180", "1.5"], ids=["known to be slow", "slower than told"])
def test_states_that_show_late_change_nothing_twice(house, longest_s) -> None:
    house.join(settle_s="10", longest_s=longest_s)
    house.toy.oa.settings.visible_after_ms = 20_000
    house.run()
    bills = [house.order() for _ in range(4)]
    house.calm()
    house.clock.pass_s(30)
    house.approve(bills[0])
    house.reject(bills[1])
    house.withdraw(bills[2])
    for _ in range(3):
        house.calm(passes=60)
        house.clock.pass_s(120)
    assert [house.state(bill) for bill in bills] == [S.DONE, S.RETURNED, S.CANCELLED, S.REQUESTED]
    assert [house.audits(bill) for bill in bills] == [1, 0, 0, 0]
    assert [house.our_acts(bill, "CancelAssign") for bill in bills] == [0, 1, 0, 0]
    house.assert_intact()


# --- who opens, and where ----------------------------------------------------------------------------------------------
def test_a_maker_remapped_after_a_lost_answer_is_looked_for_under_the_old_name(house) -> None:
    house.run()
    house.toy.oa.settings.list_hides_ms = 10**9
    house.toy.oa.settings.monitors.clear()
    house.toy.oa_faults.force(Fault.REPLY_LOST, "doCreateRequest")
    bill = house.order()
    house.run()
    house.workspace.catalog.put_base_rows([BaseRow("c100", "user", "wangmin", "58")], "clerk")
    house.toy.oa.settings.list_hides_ms = 0
    house.calm()
    (request,) = house.requests(bill)
    assert (house.state(bill), request.creator) == (S.REQUESTED, "57")


def test_two_routes_on_one_workflow_never_mix(house) -> None:
    house.switch("c200", on=True)
    house.run()
    east = [house.order() for _ in range(3)]
    south = [house.order(company="200", maker="huangwei") for _ in range(3)]
    house.calm()
    for bills, company in ((east, "100"), (south, "200")):
        assert [len(house.requests(bill)) for bill in bills] == [1, 1, 1]
        assert {house.requests(bill)[0].fields["company"] for bill in bills} == {company}
        assert {house.document(bill).route_id for bill in bills} == {f"c{company}"}
        house.approve(bills[0])
        house.reject(bills[1])
    house.restart(after_s=200)
    house.calm()
    for bills in (east, south):
        assert [house.state(bill) for bill in bills] == [S.DONE, S.RETURNED, S.REQUESTED]
        assert [house.audits(bill) for bill in bills] == [1, 0, 0]
    assert (house.hold("c100"), house.hold("c200")) == ("", "")
    house.assert_intact()


def test_several_requests_of_one_key_are_a_question_for_a_person(house, requested) -> None:
    """Somebody copied our request by hand, key and all, while the answer was lost."""
    house.toy.oa_faults.force(Fault.REPLY_LOST, "doCreateRequest")
    house.toy.oa.settings.list_hides_ms = 10**9
    bill = house.order()
    house.run()
    (mine,) = house.requests(bill)
    rows = [(0, dict(row)) for row in mine.details["detail_1"].values()]
    twin = house.toy.oa.create(781, "57", mine.title, mine.fields, [DetailEdit("detail_1", rows)])
    house.toy.oa.settings.list_hides_ms = 0
    house.run()
    assert house.failure(bill) == ErrorCode.KEY_NOT_UNIQUE.id
    for _ in range(5):
        house.run()
        house.clock.pass_s(60)
    assert len(house.requests(bill)) == 2, "nothing more is sent"
    house.toy.oa.delete(twin, "9", monitor=True)
    assert give(house, bill, "retry") == "1/1 done"
    house.calm()
    assert (house.state(bill), house.failure(bill)) == (S.REQUESTED, "")
    house.approve(bill)
    house.calm()
    assert house.audits(bill) == 1


# --- by hand in the OA ---------------------------------------------------------------------------------------------------
def test_a_returned_request_handed_in_again_by_hand_before_we_saw_it(house, requested) -> None:
    """The return was overtaken: the request runs, the bill stays where it is."""
    house.reject(requested)
    (request,) = house.requests(requested)
    house.toy.oa.resubmit(request.id, "57")
    house.calm()
    assert (house.state(requested), requested.status) == (S.REQUESTED, "B")
    house.approve(requested)
    house.calm()
    assert (house.state(requested), house.audits(requested)) == (S.DONE, 1)
    assert house.our_acts(requested, "CancelAssign") == 0


@pytest.mark.parametrize("moment", [("send_back", "reply lost"), ("close_request", "before the call")])
def test_a_returned_request_handed_in_again_by_hand_before_we_closed_it(house, requested, moment) -> None:
    """The bill is back with its maker; whatever the OA's approvers say to the old request moves nothing."""
    house.reject(requested)
    with house.dying(*moment):
        house.run(2)
    (request,) = house.requests(requested)
    house.toy.oa.resubmit(request.id, "57")
    house.restart(after_s=200)
    house.run()
    house.calm()
    assert (house.state(requested), requested.status, house.running(requested)) == (S.RETURNED, "D", [])
    assert house.audits(requested) == 0
    house.submit(requested)
    house.calm()
    assert len(house.requests(requested)) == 2
    house.assert_intact()


def test_a_returned_request_cannot_be_handed_in_again_once_it_is_closed(house, requested) -> None:
    house.reject(requested)
    house.calm()
    (request,) = house.requests(requested)
    with pytest.raises(Exception, match="NO_PERMISSION"):
        house.toy.oa.resubmit(request.id, "57")


def test_an_answer_to_an_older_round_changes_nothing(house, requested) -> None:
    """Closing was refused three times; the old request is approved while the second round runs."""
    house.toy.oa_faults.force(Fault.SERVER_ERROR, "doForceOver", times=99)
    house.toy.oa_faults.force(Fault.SERVER_ERROR, "deleteRequest", times=99)
    house.reject(requested)
    house.calm(passes=60)
    house.toy.oa_faults.clear()
    house.submit(requested)
    house.calm()
    first, second = house.requests(requested)
    house.toy.oa.resubmit(first.id, "57")
    house.toy.oa.approve_fully(first.id)
    house.calm()
    assert (house.state(requested), requested.status) == (S.REQUESTED, "B")
    house.toy.oa.reject(second.id, "40", "still too dear")
    house.calm()
    assert (house.state(requested), house.audits(requested)) == (S.RETURNED, 0)


def test_a_request_deleted_in_the_oa_waits_for_a_person(house, requested) -> None:
    (request,) = house.requests(requested)
    house.toy.oa.delete(request.id, "9", monitor=True)
    house.clock.pass_s(70)
    house.run(2)
    assert house.failure(requested) == ErrorCode.REQUEST_GONE.id
    assert (requested.status, len(house.requests(requested))) == ("B", 1)
    assert give(house, requested, "decide", decision="rejected", reason="deleted by mistake") == "1/1 done"
    house.calm()
    assert (house.state(requested), requested.status) == (S.RETURNED, "D")
    house.submit(requested)
    house.calm()
    assert (house.state(requested), len(house.requests(requested))) == (S.REQUESTED, 2)
    house.assert_intact()


def test_a_request_deleted_and_its_bill_taken_back_needs_nobody(house, requested) -> None:
    (request,) = house.requests(requested)
    house.toy.oa.delete(request.id, "9", monitor=True)
    house.clock.pass_s(70)
    house.run(2)
    house.withdraw(requested)
    house.calm()
    assert (house.state(requested), house.failure(requested)) == (S.CANCELLED, "")


@pytest.mark.parametrize(
    ("decision", "state", "status", "audits"),
    [("approved", S.DONE, "C", 1), ("rejected", S.RETURNED, "D", 0)],
)
def test_a_forced_end_is_no_approval_a_person_decides(
    house, requested, decision, state, status, audits
) -> None:
    house.toy.oa.force_over(house.requests(requested)[0].id)
    house.calm()
    assert (house.failure(requested), requested.status) == (ErrorCode.FORCED_END.id, "B")
    house.clock.pass_s(100_000)
    house.calm()
    assert house.audits(requested) == 0, "it waits however long"
    assert give(house, requested, "decide", decision=decision, reason="by phone") == "1/1 done"
    house.calm()
    assert (house.state(requested), requested.status, house.audits(requested)) == (state, status, audits)


def test_an_approver_edits_the_form(house, requested) -> None:
    (request,) = house.requests(requested)
    house.toy.oa.change_field(request.id, "amount", "1.00")
    house.approve(requested)
    house.calm()
    assert (house.failure(requested), house.audits(requested)) == (ErrorCode.FORM_CHANGED_IN_APPROVAL.id, 0)
    assert give(house, requested, "decide", decision="approved", reason="meant the old amount") == "1/1 done"
    house.calm()
    assert (house.state(requested), house.audits(requested)) == (S.DONE, 1)


@pytest.mark.parametrize("what", ["a line's price", "a line more", "a line less", "another line's id"])
def test_an_approver_edits_the_lines(house, requested, what) -> None:
    (request,) = house.requests(requested)
    rows = request.details["detail_1"]
    first = next(iter(rows))
    oa = house.toy.oa
    if what == "a line's price":
        oa.change_line(request.id, "detail_1", first, "tax_price", "0.01")
    elif what == "another line's id":
        oa.change_line(request.id, "detail_1", first, "entry_id", "1")
    else:
        kept = [dict(row) for row in rows.values()]
        kept = [*kept, kept[0]] if what == "a line more" else kept[1:]
        edits = [DetailEdit("detail_1", [(0, row) for row in kept], everything=True)]
        oa.submit(request.id, "40", {}, edits, save_only=True)
    house.approve(requested)
    house.calm()
    assert (house.failure(requested), house.audits(requested)) == (ErrorCode.FORM_CHANGED_IN_APPROVAL.id, 0)


def test_an_approver_edits_what_is_no_tamper_field(house, requested) -> None:
    house.toy.oa.change_field(house.requests(requested)[0].id, "note", "urgent")
    house.approve(requested)
    house.calm()
    assert (house.state(requested), house.audits(requested)) == (S.DONE, 1)


# --- by hand in the ERP --------------------------------------------------------------------------------------------------
def deleted(house, bill) -> None:
    house.withdraw(bill)
    house.toy.erp.delete(FORM, bill.id, bill.maker)


def test_a_bill_deleted_before_it_was_sent(house) -> None:
    house.run()
    unmapped, other = house.order(customer="CUST0006"), house.order()
    house.run()
    deleted(house, unmapped)
    house.calm()
    assert (house.state(unmapped), house.failure(unmapped)) == (S.CANCELLED, "")
    assert house.state(other) is S.REQUESTED


def test_a_bill_deleted_while_its_request_runs(house, requested) -> None:
    other = house.order()
    house.calm()
    deleted(house, requested)
    house.calm()
    assert (house.state(requested), house.running(requested)) == (S.CANCELLED, [])
    assert house.state(other) is S.REQUESTED


def test_a_bill_deleted_after_its_approval(house, requested) -> None:
    house.order()
    house.calm()
    house.approve(requested)
    with house.dying("audit_bill", "before the promise"):
        house.run(2)
    deleted(house, requested)
    house.restart(after_s=200)
    house.calm()
    assert (house.state(requested), house.failure(requested)) == (S.CANCELLED, "")


def test_a_bill_deleted_after_its_return(house, requested) -> None:
    house.reject(requested)
    with house.dying("note_bill", "before the promise"):
        house.run(2)
    house.toy.erp.delete(FORM, requested.id, requested.maker)
    house.restart(after_s=200)
    house.calm(passes=60)
    assert (house.state(requested), house.failure(requested)) == (S.RETURNED, "")
    assert house.requests(requested)[0].node_type == 3


def test_the_last_bill_of_all_deleted_is_a_question(house, requested) -> None:
    """Nothing else can be read: deleted, or a right that is lost? A person knows."""
    deleted(house, requested)
    house.calm()
    assert house.failure(requested) == ErrorCode.GONE_UNSURE.id
    assert house.running(requested)
    house.order()
    house.calm()
    assert (house.state(requested), house.failure(requested)) == (S.CANCELLED, "")


def test_changed_between_our_look_and_the_audit(house, requested, monkeypatch) -> None:
    """The ERP has no conditional audit: it is found out afterwards, and said."""
    house.approve(requested)

    def quick_hand(step: str, moment: str) -> None:
        if (step, moment) == ("audit_bill", "before the call"):
            house.withdraw(requested)
            house.edit(requested)
            house.submit(requested)

    monkeypatch.setattr(house.workspace.engine.effects, "at_moment", quick_hand)
    house.run()
    monkeypatch.undo()
    house.calm()
    assert house.failure(requested) == ErrorCode.CHANGED_AROUND_AUDIT.id
    (failure,) = [
        each for each in house.workspace.ledger.failures(house.document(requested).id) if not each.closed_at
    ]
    assert "FQty" in str(failure.facts) or "amount" in str(failure.facts).lower()
    assert house.audits(requested) == 1


def test_what_was_audited_though_it_had_changed_is_undone_by_hand_and_asked_again(
    house, requested, monkeypatch
):
    test_changed_between_our_look_and_the_audit(house, requested, monkeypatch)
    house.toy.erp.un_audit(FORM, requested.id, "wangmin")
    house.calm()
    house.submit(requested)
    house.calm()
    assert (house.state(requested), house.failure(requested)) == (S.REQUESTED, "")
    assert [each.fields["amount"] for each in house.requests(requested)] == ["2034.00", "1921.00"]
    house.approve(requested, 2)
    house.calm()
    assert (house.state(requested), requested.status) == (S.DONE, "C")


def test_changed_after_the_approval_waits_and_goes_on_once_its_maker_takes_it_back(house, requested) -> None:
    house.approve(requested)
    with house.dying("audit_bill", "before the promise"):
        house.run()
    house.withdraw(requested)
    house.edit(requested)
    house.submit(requested)
    house.restart(after_s=200)
    house.calm()
    assert (house.failure(requested), house.audits(requested)) == (ErrorCode.CHANGED_AFTER_SENDING.id, 0)
    house.withdraw(requested)
    house.calm()
    assert (house.state(requested), house.failure(requested)) == (S.CANCELLED, "")
    house.submit(requested)
    house.calm()
    assert (house.state(requested), len(house.requests(requested))) == (S.REQUESTED, 2)


def test_changed_after_the_approval_and_a_person_lets_it_be_asked_again(house, requested) -> None:
    house.approve(requested)
    with house.dying("audit_bill", "before the promise"):
        house.run()
    house.withdraw(requested)
    house.edit(requested)
    house.submit(requested)
    house.restart(after_s=200)
    house.calm()
    assert give(house, requested, "decide", decision="approved", reason="no").startswith("0/1")
    assert give(house, requested, "decide", decision="rejected", reason="other prices") == "1/1 done"
    house.calm()
    assert (house.state(requested), len(house.requests(requested))) == (S.REQUESTED, 2)
    assert house.our_acts(requested, "CancelAssign") == 0, "its maker handed it in himself"


def test_un_audited_after_a_question_about_the_audit(house, requested) -> None:
    house.toy.erp.audit(FORM, requested.id, "wangmin")
    house.calm()
    assert house.failure(requested) == ErrorCode.AUDITED_BY_HAND.id
    house.toy.erp.un_audit(FORM, requested.id, "wangmin")
    house.calm()
    assert (house.state(requested), house.failure(requested), house.running(requested)) == (
        S.CANCELLED,
        "",
        [],
    )
    house.submit(requested)
    house.calm()
    assert (house.state(requested), len(house.requests(requested))) == (S.REQUESTED, 2)


def test_audited_by_hand_after_the_approval_and_before_our_look(house, requested) -> None:
    house.approve(requested)
    house.toy.erp.audit(FORM, requested.id, "wangmin")
    house.calm()
    assert (house.state(requested), house.failure(requested), house.audits(requested)) == (S.DONE, "", 1)


def test_audited_by_hand_and_then_rejected_is_not_un_audited_by_itself(house, requested) -> None:
    house.toy.erp.audit(FORM, requested.id, "wangmin")
    house.reject(requested)
    house.calm()
    assert (house.failure(requested), requested.status) == (ErrorCode.AUDITED_BY_HAND.id, "C")


def test_an_audited_bill_un_audited_and_handed_in_again_is_a_new_round(house, requested) -> None:
    house.approve(requested)
    house.calm()
    house.toy.erp.un_audit(FORM, requested.id, "wangmin")
    house.submit(requested)
    house.calm()
    assert (house.state(requested), house.document(requested).round) == (S.REQUESTED, 2)
    house.approve(requested, 2)
    house.calm()
    assert (house.state(requested), house.audits(requested)) == (S.DONE, 2)
    house.assert_intact()


# --- sent back, and at once handed in again --------------------------------------------------------------------------------
def _killed_after_send_back(house, bill) -> None:
    house.reject(bill)
    with house.dying("send_back", "reply lost"):
        house.run(2)
    house.submit(bill)
    house.restart(after_s=200)
    house.calm()


def test_killed_after_a_send_back_whose_maker_submits_again_at_once(house, requested) -> None:
    _killed_after_send_back(house, requested)
    assert (house.failure(requested), requested.status) == (ErrorCode.OUTCOME_UNKNOWN.id, "B")
    house.clock.pass_s(100_000)
    house.calm()
    assert house.our_acts(requested, "CancelAssign") == 1, "not sent back twice, however long it lies"
    assert len(house.requests(requested)) == 1


def test_in_doubt_and_a_person_says_it_was_sent_back(house, requested) -> None:
    _killed_after_send_back(house, requested)
    assert give(house, requested, "is_there") == "1/1 done"
    house.calm()
    assert (house.state(requested), house.document(requested).round) == (S.REQUESTED, 2)
    assert house.our_acts(requested, "CancelAssign") == 1
    house.approve(requested, 2)
    house.calm()
    assert house.audits(requested) == 1
    house.assert_intact()


def test_in_doubt_and_a_person_says_it_was_not_sent_back(house, requested) -> None:
    _killed_after_send_back(house, requested)
    assert give(house, requested, "is_not_there") == "1/1 done"
    house.calm()
    assert (house.state(requested), requested.status) == (S.RETURNED, "D")
    assert house.our_acts(requested, "CancelAssign") == 2, "because a person said so"
    house.submit(requested)
    house.calm()
    assert (house.state(requested), len(house.requests(requested))) == (S.REQUESTED, 2)


def test_killed_after_a_send_back_whose_maker_edits_and_submits_at_once(house, requested) -> None:
    """Other content can only come from a bill that was with its maker: no question is needed."""
    house.reject(requested)
    with house.dying("send_back", "reply lost"):
        house.run(2)
    house.edit(requested)
    house.submit(requested)
    house.restart(after_s=200)
    house.calm()
    assert (house.state(requested), house.document(requested).round) == (S.REQUESTED, 2)
    assert house.our_acts(requested, "CancelAssign") == 1


def test_the_erp_said_yes_and_the_maker_was_quicker_than_our_look(house, requested) -> None:
    house.reject(requested)
    with house.dying("send_back", "before the commit"):
        house.run(2)
    house.submit(requested)
    house.restart(after_s=200)
    house.calm()
    assert (house.state(requested), house.document(requested).round) == (S.REQUESTED, 2)
    assert house.our_acts(requested, "CancelAssign") == 1


# --- other installations -----------------------------------------------------------------------------------------------------
def test_a_withdrawal_that_leads_to_created_instead_of_reopened(house, requested) -> None:
    house.toy.erp.settings.cancel_assign_to = "A"
    other = house.order()
    house.calm()
    house.reject(requested)
    house.withdraw(other)
    house.calm()
    assert [(house.state(each), each.status) for each in (requested, other)] == [
        (S.RETURNED, "A"),
        (S.CANCELLED, "A"),
    ]
    house.submit(requested)
    house.calm()
    assert house.document(requested).round == 2


@pytest.fixture
def undated(house):
    """A server whose operations leave the change time alone."""
    settings = house.toy.erp.settings
    settings.modify_date_on_submit = settings.modify_date_on_audit = False


def test_an_undated_server_goes_every_ordinary_way(house, undated) -> None:
    house.run()
    bills = [house.order() for _ in range(4)]
    house.calm()
    house.approve(bills[0])
    house.reject(bills[1])
    house.withdraw(bills[2])
    house.calm()
    house.submit(bills[1])
    house.submit(bills[2])
    house.withdraw(bills[3])
    house.edit(bills[3])
    house.submit(bills[3])
    house.calm()
    assert [house.document(bill).round for bill in bills] == [1, 2, 2, 2]
    for bill in bills[1:]:
        house.approve(bill, 2)
    house.calm()
    assert [house.audits(bill) for bill in bills] == [1, 1, 1, 1]
    assert [len(house.requests(bill)) for bill in bills] == [1, 2, 2, 2]
    house.assert_intact()


def test_an_undated_server_lost_audits_and_send_backs(house, undated) -> None:
    house.run()
    bills = [house.order() for _ in range(2)]
    house.calm()
    house.approve(bills[0])
    house.reject(bills[1])
    house.toy.erp_faults.force(Fault.REPLY_LOST, "Audit")
    house.toy.erp_faults.force(Fault.REPLY_LOST, "CancelAssign")
    house.calm()
    assert [house.state(bill) for bill in bills] == [S.DONE, S.RETURNED]
    assert (house.audits(bills[0]), house.our_acts(bills[1], "CancelAssign")) == (1, 1)


@pytest.mark.parametrize("before", ["audit", "send back"])
def test_an_undated_server_killed_after_a_send_back_handed_in_again_at_once(house, undated, before) -> None:
    """Nothing tells the second submission from the first: a person is asked rather than the bill sent back twice. The
    engine knows the ERP's habit from whatever it did there before.
    """
    house.run()
    first, bill = house.order(), house.order()
    house.calm()
    house.approve(first) if before == "audit" else house.reject(first)
    house.calm()
    _killed_after_send_back(house, bill)
    assert house.our_acts(bill, "CancelAssign") == 1
    assert (house.failure(bill), bill.status) == (ErrorCode.OUTCOME_UNKNOWN.id, "B")


# --- a route that changes ---------------------------------------------------------------------------------------------------
def test_a_flow_switched_off_finishes_what_is_on_its_way(house, requested) -> None:
    house.switch("c100", on=False)
    late = house.order()
    house.approve(requested)
    house.calm()
    assert house.state(requested) is S.DONE
    with pytest.raises(KeyError):
        house.document(late)
    house.switch("c100", on=True)
    house.calm()
    assert house.state(late) is S.REQUESTED


def test_a_bill_locked_by_a_user_is_audited_once_he_has_closed_it(house, requested) -> None:
    house.toy.erp.lock(FORM, requested.id, "wangmin")
    house.approve(requested)
    house.run(2)
    assert house.failure(requested) == ErrorCode.LOCKED_BY_USER.id
    house.toy.erp.unlock(FORM, requested.id)
    house.calm()
    assert (house.state(requested), house.failure(requested), house.audits(requested)) == (S.DONE, "", 1)


def test_a_refused_send_back_and_done_by_hand(house, requested) -> None:
    house.toy.erp.settings.denied.add(("danqiao", FORM, "CancelAssign"))
    house.reject(requested)
    house.calm()
    assert (house.state(requested), requested.status) == (S.REJECTED, "B")
    assert house.failure(requested)
    house.withdraw(requested)
    house.calm()
    assert (house.state(requested), house.failure(requested)) == (S.RETURNED, "")
    assert house.requests(requested)[0].node_type == 3


def test_a_refused_audit_and_done_by_hand(house, requested) -> None:
    house.toy.erp.settings.denied.add(("danqiao", FORM, "Audit"))
    house.approve(requested)
    house.calm()
    assert house.failure(requested)
    house.toy.erp.audit(FORM, requested.id, "wangmin")
    house.calm()
    assert (house.state(requested), house.failure(requested)) == (S.DONE, "")


def test_a_note_that_does_not_stand_blocks_nothing(house, requested) -> None:
    """Its maker wrote something else into the field at once; the ERP had said yes."""
    house.reject(requested)

    def overwrite(step: str, moment: str) -> None:
        if (step, moment) == ("note_bill", "reply lost"):
            house.toy.erp.edit(FORM, requested.id, "wangmin", {"F_DQ_NOTE": "mine"}, {})

    house.workspace.engine.effects.at_moment = overwrite
    house.calm(passes=60)
    house.clock.pass_s(300)
    house.calm(passes=60)
    assert (house.state(requested), house.failure(requested), house.intents()) == (S.RETURNED, "", [])
    house.submit(requested)
    house.calm()
    assert house.document(requested).round == 2


def test_a_bill_that_moves_to_another_company_while_it_lies_with_its_maker(house, requested) -> None:
    house.switch("c200", on=True)
    house.reject(requested)
    house.calm()
    assert house.state(requested) is S.RETURNED
    other = house.toy.erp.values.base("ORG_Organizations", "200", "")
    requested.head["FSaleOrgId"] = other
    house.workspace.catalog.put_base_rows([BaseRow("c200", "user", "wangmin", "71")], "clerk")
    house.submit(requested)
    house.calm()
    document = house.document(requested)
    assert (document.state, document.route_id, document.round) == (S.REQUESTED, "c200", 2)
    assert house.requests(requested)[1].creator == "71"


# --- a bad line ----------------------------------------------------------------------------------------------------------------
def fail_every(faults, call: str, number: int) -> None:
    for index in range(20):
        faults.force(Fault.SERVER_ERROR, call, skip=number - 1 + index * number)


def test_looks_before_a_first_send_that_fail_now_and_then_hold_nobody_up(house) -> None:
    bills = [house.order() for _ in range(30)]
    fail_every(house.toy.oa_faults, "getMyWorkflowRequestList", 7)
    for _ in range(8):
        house.run()
    assert {house.state(bill) for bill in bills} == {S.REQUESTED}
    assert {len(house.requests(bill)) for bill in bills} == {1}


@pytest.mark.parametrize(
    ("step", "call"), [("open_request", "getMyWorkflowRequestList"), ("cancel_request", "getWorkflowRequest")]
)
def test_looks_after_a_lost_answer_that_fail_now_and_then_hold_nobody_up(house, step, call) -> None:
    house.run()
    bills = [house.order() for _ in range(20)]
    if step == "open_request":
        house.toy.oa.settings.monitors.clear()  # the listing shows nothing; the makers' own lists do
    else:
        house.calm()
        for bill in bills:
            house.withdraw(bill)
    with house.dying(step, "reply lost"):
        house.run()
    house.restart(after_s=200)
    fail_every(house.toy.oa_faults, call, 5)
    for _ in range(8):
        house.run()
        house.clock.pass_s(5)
    assert not house.intents()
    assert {len(house.requests(bill)) for bill in bills} == {1}
