"""Half an emoji: a column that is too short cuts one in two, and the server tells the half as "\\ud83d"."""

from __future__ import annotations

from desktop.domain.document import DocumentState as S
from tests.sync.test_bad_input import Between


def test_half_an_emoji_in_a_bill_stops_nothing(house) -> None:
    wire = Between(house.toy.erp_server)
    wire.spoil("", lambda body: body.replace(b"HALF", rb"\ud83d"), times=10_000)
    house.run()
    other, bill = house.order(), house.order(FNote="急单HALF 😀")
    house.calm()
    assert (house.state(other), house.state(bill)) == (S.REQUESTED, S.REQUESTED)
    assert house.requests(bill)[0].fields["note"] == "急单\ufffd 😀"
    house.approve(other)
    house.approve(bill)
    house.calm()
    assert (house.state(other), house.state(bill)) == (S.DONE, S.DONE)
    house.assert_intact()
