"""The people of the toy group by themselves: they act, they wait while somebody else is in their place, they stop."""

from __future__ import annotations

import pytest

from desktop.sandbox.erp import Erp
from desktop.sandbox.living import KINDS, Living, approvers, name_of
from desktop.sandbox.oa import Oa


@pytest.fixture
def living() -> Living:
    return Living(Erp(), Oa())


def request_of(living: Living, number: str, maker: str = "57") -> int:
    """The bridge's part, played by hand: a request for a bill."""
    fields = {"erp_bill_no": number, "company": "100", "amount": "100.00"}
    return living.oa.start(781, maker, fields)


def days(living: Living, ticks: int, begin_s: float = 0.0) -> None:
    for at in range(ticks):
        living.tick(begin_s + at * 10.0)


def test_a_day_begins_with_every_kind_and_two_mistakes(living: Living) -> None:
    bills = living.open_day()
    assert {bill.form for bill in bills} == {kind.form for kind in KINDS}
    assert all(bill.status == "B" for bill in bills)
    assert [bill.maker for bill in bills[-2:]] == ["lihua", "gaofei"]
    assert len(living.deeds) == len(bills)


def test_people_hand_in_now_and_then_but_not_without_end(living: Living) -> None:
    days(living, 20)
    some = len(living.bills())
    assert 3 <= some <= 20
    days(living, 200, 200.0)
    assert sum(bill.status == "B" for bill in living.bills()) <= 16


def test_approvers_decide_and_makers_mend(living: Living) -> None:
    bill = living.hand_in(KINDS[0], "100", "wangmin")
    request = request_of(living, bill.number)
    days(living, 12)
    record = living.oa.request(request)
    assert record.log and (record.node_type == 3 or record.is_rejected or record.waiting != ("40",))
    if bill.status == "B":
        living.erp.withdraw(bill.form, bill.id, "wangmin")
    submits = bill.times("Submit")
    days(living, 12, 200.0)
    assert bill.times("Submit") >= submits
    assert any(deed.act in ("approve", "reject") for deed in living.deeds)


def test_who_is_played_by_hand_does_nothing_alone(living: Living) -> None:
    living.played = frozenset({"40", "wangmin", "57"})
    request = request_of(living, living.hand_in(KINDS[0], "100", "wangmin").number)
    days(living, 30)
    assert living.oa.request(request).waiting == ("40",)
    assert [bill.maker for bill in living.bills()].count("wangmin") == 1
    living.played = frozenset()
    days(living, 12, 1000.0)
    assert living.oa.request(request).waiting != ("40",)


def test_paused_nobody_acts(living: Living) -> None:
    living.paused = True
    days(living, 30)
    assert not living.bills() and not living.deeds


def test_a_changed_number_is_laid_on_the_bill(living: Living) -> None:
    for kind in KINDS:
        bill = living.hand_in(kind, *kind.makers[0])
        living.erp.withdraw(bill.form, bill.id, bill.maker)
        living.change_number(bill, number=77)
        assert bill.entries[kind.lines][0][kind.number] == 77
        living.erp.submit(bill.form, bill.id, bill.maker)
        assert bill.status == "B"


def test_those_who_decide_are_known_by_name() -> None:
    assert set(approvers()) == {"30", "40", "41", "45"}
    assert name_of("40") == name_of("40") != "40" and name_of("nobody") == "nobody"
