"""A right that is lost looks like bills that are gone; a clock that is wrong makes every time a lie. Nothing is cancelled,
sent or sent back on either, and all goes on by itself once they are right again.
"""

from __future__ import annotations

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode
from tests.conftest import FORM

US = "danqiao"


def bills_in_every_state(house, count: int) -> list:
    """`count` bills of each: its request runs, is approved, is rejected, is returned, was never mapped."""
    house.run()
    running, approved, rejected, returned = ([house.order() for _ in range(count)] for _ in range(4))
    unmapped = [house.order(customer="CUST0006") for _ in range(count)]
    house.calm()
    for bill in returned:
        house.reject(bill)
    house.calm()
    for bill in approved:
        house.approve(bill)
    for bill in rejected:
        house.reject(bill)
    return [running, approved, rejected, returned, unmapped]


def moved_by_us(house, groups) -> tuple:
    """Everything that we ever did to these bills and their requests."""
    bills = [bill for group in groups for bill in group]
    return (
        [(house.our_acts(bill, "Audit"), house.our_acts(bill, "CancelAssign")) for bill in bills],
        [[(each.id, each.node_type) for each in house.requests(bill)] for bill in bills],
    )


def assert_all_goes_on(house, groups) -> None:
    running, approved, rejected, returned, unmapped = groups
    house.calm()
    assert {house.state(bill) for bill in running} == {S.REQUESTED}
    assert {(house.state(bill), house.audits(bill)) for bill in approved} == {(S.DONE, 1)}
    assert {(house.state(bill), house.our_acts(bill, "CancelAssign")) for bill in rejected} == {
        (S.RETURNED, 1)
    }
    assert {house.failure(bill) for bill in (*running, *approved, *rejected, *returned)} == {""}
    assert {house.failure(bill) for bill in unmapped} == {ErrorCode.BASE_DATA_UNMAPPED.id}
    for bill in returned:
        house.submit(bill)
    house.calm()
    assert {(house.state(bill), len(house.requests(bill))) for bill in returned} == {(S.REQUESTED, 2)}
    assert house.hold() == ""
    house.assert_intact()


# --- the right to read bills ---------------------------------------------------------------------------------------------
def _denied_with_an_error(house) -> None:
    house.toy.erp.settings.denied.add((US, FORM, "View"))


def _denied_with_nothing(house) -> None:
    house.toy.erp.settings.v91_rights = True
    house.toy.erp.settings.denied.add((US, FORM, "View"))


def _form_hidden(house) -> None:
    house.toy.erp.settings.hidden_forms.add(FORM)


def _company_hidden(house) -> None:
    house.toy.erp.settings.hidden_orgs.add("100")


def _all_given_back(house) -> None:
    settings = house.toy.erp.settings
    settings.denied.clear()
    settings.hidden_forms.clear()
    settings.hidden_orgs.clear()


@pytest.mark.parametrize("count", [1, 2], ids=["few", "many"])
@pytest.mark.parametrize("lose", [_denied_with_an_error, _denied_with_nothing, _form_hidden, _company_hidden])
def test_a_lost_right_in_the_erp(house, lose, count) -> None:
    groups = bills_in_every_state(house, count)
    before = moved_by_us(house, groups)
    lose(house)
    for _ in range(6):
        house.run()
        house.clock.pass_s(60)
    assert moved_by_us(house, groups) == before
    assert house.hold() in (ErrorCode.RIGHT_LOST.id, ErrorCode.NOT_PERMITTED.id)
    _all_given_back(house)
    assert_all_goes_on(house, groups)


def test_a_right_lost_for_one_company_while_the_other_is_readable(house) -> None:
    """Bills of company 200 in the listing say nothing about those of company 100."""
    house.switch("c200", on=True)
    house.run()
    east, south = house.order(), house.order(company="200", maker="huangwei")
    house.calm()
    _company_hidden(house)
    for _ in range(4):
        house.run()
        house.clock.pass_s(60)
    assert (house.state(east), len(house.running(east))) == (S.REQUESTED, 1)
    assert house.state(south) is S.REQUESTED
    house.approve(south)
    house.run(2)
    assert house.state(south) is S.DONE, "the other route goes on"
    _all_given_back(house)
    house.approve(east)
    house.calm()
    assert (house.state(east), house.failure(east), house.audits(east)) == (S.DONE, "", 1)


def test_a_dismissed_bill_that_a_lost_right_hides_is_not_taken_up_again(house) -> None:
    house.run()
    unmapped, other = house.order(customer="CUST0006"), house.order()
    house.calm()
    house.workspace.order("chief", "dismiss", (house.document(unmapped).id,), reason="paper form")
    house.calm()
    _form_hidden(house)
    house.run(3)
    _all_given_back(house)
    house.calm()
    assert (house.state(unmapped), house.document(unmapped).round) == (S.DISMISSED, 1)
    assert house.state(other) is S.REQUESTED


def test_a_dismissed_bill_handed_in_again_is_a_new_round(house) -> None:
    """It had no round yet: its customer was never mapped."""
    house.run()
    unmapped = house.order(customer="CUST0006")
    house.calm()
    house.workspace.order("chief", "dismiss", (house.document(unmapped).id,), reason="wrong customer")
    house.calm()
    house.withdraw(unmapped)
    house.calm()
    customer = house.toy.erp.base("BD_Customer", "CUST0001", "100")
    house.toy.erp.edit(FORM, unmapped.id, unmapped.maker, {"FCustId": customer.number}, {})
    house.submit(unmapped)
    house.calm()
    assert (house.state(unmapped), house.failure(unmapped)) == (S.REQUESTED, "")


# --- the right to see requests -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("missing", ["PARAM_ERROR", "NO_PERMISSION"])
@pytest.mark.parametrize("count", [1, 2], ids=["few", "many"])
def test_a_lost_right_in_the_oa(house, count, missing) -> None:
    house.toy.oa.settings.missing_code = missing
    groups = bills_in_every_state(house, count)
    before = moved_by_us(house, groups)
    house.toy.oa.settings.revoked.add("9")
    for _ in range(6):
        house.run()
        house.clock.pass_s(120)
    assert moved_by_us(house, groups) == before
    assert house.hold()
    house.toy.oa.settings.revoked.clear()
    house.clock.pass_s(1000)
    assert_all_goes_on(house, groups)


def test_one_request_that_we_may_not_see_holds_nobody_else(house, monkeypatch) -> None:
    house.run()
    secret, other = house.order(), house.order()
    house.calm()
    (hidden,) = house.requests(secret)
    seen = house.toy.oa._may_see
    monkeypatch.setattr(
        house.toy.oa, "_may_see", lambda person, record: record.id != hidden.id and seen(person, record)
    )
    house.clock.pass_s(100)
    house.approve(other)
    house.run(3)
    assert house.state(other) is S.DONE
    assert (house.state(secret), house.failure(secret)) == (S.REQUESTED, ErrorCode.NOT_PERMITTED.id)
    assert house.hold() == ""


# --- clocks ------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("seconds", [600, -600], ids=["ahead", "behind"])
@pytest.mark.parametrize("whose", ["machine_s", "erp_s", "oa_s"])
def test_a_wrong_clock_stops_every_effect_and_loses_nothing(house, whose, seconds) -> None:
    groups = bills_in_every_state(house, 1)
    fresh = house.order()
    before = moved_by_us(house, groups)
    setattr(house.clock, whose, seconds)
    for _ in range(4):
        house.run()
        house.clock.pass_s(30)
    assert moved_by_us(house, groups) == before
    assert not house.requests(fresh)
    assert house.hold() == ErrorCode.CLOCK_SKEW.id
    setattr(house.clock, whose, 0)
    assert_all_goes_on(house, groups)
    assert (house.state(fresh), len(house.requests(fresh))) == (S.REQUESTED, 1)


@pytest.mark.parametrize("seconds", [600, -600], ids=["ahead", "behind"])
@pytest.mark.parametrize("whose", ["machine_s", "erp_s", "oa_s"])
def test_started_with_a_wrong_clock_that_is_set_right_while_it_runs(house, whose, seconds) -> None:
    groups = bills_in_every_state(house, 1)
    setattr(house.clock, whose, seconds)
    house.restart(after_s=200)
    house.run(2)
    assert house.hold() == ErrorCode.CLOCK_SKEW.id
    setattr(house.clock, whose, 0)
    assert_all_goes_on(house, groups)


@pytest.mark.parametrize("whose", ["machine_s", "erp_s", "oa_s"])
def test_a_lost_answer_while_a_clock_jumps_to_and_fro(house, whose) -> None:
    house.run()
    bill = house.order()
    with house.dying("open_request", "reply lost"):
        house.run()
    setattr(house.clock, whose, 600)
    house.restart(after_s=200)
    house.run(2)
    setattr(house.clock, whose, -600)
    house.run(2)
    house.clock.pass_s(100)
    house.run(2)
    setattr(house.clock, whose, 0)
    house.calm()
    assert (house.state(bill), len(house.requests(bill))) == (S.REQUESTED, 1)
    house.assert_intact()


def test_half_a_minute_of_difference_is_everyday(house) -> None:
    house.clock.erp_s, house.clock.oa_s = 30, -30
    groups = bills_in_every_state(house, 1)
    assert_all_goes_on(house, groups)


def test_handed_in_again_right_after_this_machines_clock_was_set_back(house) -> None:
    """Our own notes lie in the future then; the bill must not wait until they are past."""
    house.clock.machine_s = house.clock.erp_s = house.clock.oa_s = 600
    house.run()
    bill = house.order()
    house.calm()
    house.reject(bill)
    house.calm()
    house.clock.machine_s = house.clock.erp_s = house.clock.oa_s = 0
    house.submit(bill)
    house.run(3)
    assert (house.state(bill), house.document(bill).round) == (S.REQUESTED, 2)


def test_many_bills_that_were_truly_deleted_wait_for_a_person_who_says_so(house) -> None:
    house.run()
    bills = [house.order() for _ in range(6)]
    house.calm()
    for bill in bills[1:]:
        house.withdraw(bill)
        house.toy.erp.delete(FORM, bill.id, bill.maker)
    for _ in range(3):
        house.run()
        house.clock.pass_s(60)
    assert house.hold() == ErrorCode.RIGHT_LOST.id
    assert all(house.running(bill) for bill in bills)
    house.workspace.order("chief", "release", route_id="c100")
    house.calm()
    assert {house.state(bill) for bill in bills[1:]} == {S.CANCELLED}
    assert (house.hold(), len(house.running(bills[0]))) == ("", 1)


def test_a_release_does_not_outlive_the_pass_that_it_was_given_for(house) -> None:
    test_many_bills_that_were_truly_deleted_wait_for_a_person_who_says_so(house)
    bills = [house.order() for _ in range(5)]
    house.calm()
    _form_hidden(house)
    house.run(2)
    assert house.hold() == ErrorCode.RIGHT_LOST.id
    assert all(house.running(bill) for bill in bills)
