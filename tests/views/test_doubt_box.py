"""A time-out after the OA had written: the evidence in the panel, one click, and no duplicate."""

from __future__ import annotations

from desktop.sandbox.faults import Fault
from tests.sync.test_orders import in_doubt
from tests.views.home import Home


def test_several_requests_are_shown_with_what_tells_them_apart_and_one_is_bound(home: Home) -> None:
    bill = home.aside(lambda: in_doubt(home.house))
    home.open()
    home.choose(bill)
    box = home.page.panel.doubt
    home.wait(lambda: box.isVisible() and len(box.buttons) == 2)
    first, second = home.aside(lambda: home.house.requests(bill))
    assert box.doubt is not None and box.doubt.verdict.value == "several"
    told = {each.number: each for each in box.doubt.candidates}
    assert set(told) == {str(first.id), str(second.id)}
    assert {(each.amount, each.same_amount, each.key) for each in told.values()} == {("2034.00", True, True)}
    assert all(each.at is not None for each in told.values())
    place = [each.number for each in box.doubt.candidates].index(str(first.id))
    home.wait(box.buttons[place].isVisible)
    home.press(box.buttons[place])
    home.work(lambda: home.state(bill) == "requested")
    assert home.aside(lambda: home.house.document(bill)).request_number == str(first.id)
    home.wait(lambda: not box.isVisible())


def test_a_lost_reply_is_settled_by_looking_and_nobody_is_asked(home: Home) -> None:
    """The OA wrote the request, its answer was lost: the engine finds it by the key. One request, no question."""
    home.run()
    home.house.toy.oa_faults.force(Fault.REPLY_LOST, "doCreateRequest")
    bill = home.order()
    home.open()
    home.calm()
    home.choose(bill)
    assert not home.page.panel.doubt.isVisible()
    assert (home.state(bill), len(home.aside(lambda: home.house.requests(bill)))) == ("requested", 1)
