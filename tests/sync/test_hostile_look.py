"""What a second pair of eyes suspected of the youngest rooms: another company's account set, words said twice, a file that
came back, an order that overtakes a promise, a request that is gone while its files travel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from desktop.connectors.dingtalk.connector import DingTalk
from desktop.connectors.ecology.connector import EcologyConnector
from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import RequestStatus
from desktop.sandbox.dingtalk_play import PLAY as DINGTALK
from desktop.sandbox.faults import Fault
from desktop.sandbox.k3wise_play import PLAY as WISE
from desktop.store.catalog import BaseRow
from tests.conftest import Clock, House, staged
from tests.sync.making import Works
from tests.sync.test_attachments import SCAN, asked, attached, on_bill, on_request, travels
from tests.sync.test_changed_after_sending import changed
from tests.sync.test_companies import move_route

__all__ = ["changed"]


def order(house: House, about: Any, name: str, **detail: Any) -> str:
    """Gives an order about a bill or (its id) a request, and answers what became of it."""
    document = house.of(about) if isinstance(house, Works) else house.document(about)
    number = house.workspace.order("chief", name, (document.id,), **detail)
    house.workspace.engine.take_orders()
    return str(house.workspace.documents.order_result(number))


@pytest.fixture
def wise(served: Any, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Works]:
    """The second pair, whose claim bills have no field that says to whom they belong."""
    made = Works(staged(served, clock, monkeypatch, (WISE, DINGTALK)), tmp_path / "wise", clock)
    yield made
    made.close()


def test_a_request_of_no_known_company_becomes_nobody_s_bill(wise: Works) -> None:
    wise.run()
    request = wise.agreed(company="300")
    wise.run()
    assert wise.stands(request) == (S.FOUND, ErrorCode.COMPANY_UNKNOWN.id)
    move_route(wise, "c200", title="another name")  # the catalog moved: what lacks a counterpart is due again
    wise.calm()
    assert (wise.stands(request), wise.made()) == ((S.FOUND, ErrorCode.COMPANY_UNKNOWN.id), [])
    assert order(wise, request, "retry") == "1/1 done"
    wise.calm()
    assert (wise.stands(request), wise.made()) == ((S.FOUND, ErrorCode.COMPANY_UNKNOWN.id), [])


def test_a_request_whose_company_is_set_up_later_goes_there(works: Works) -> None:
    move_route(works, "c200", company="999")
    works.run()
    request = works.agreed(company="200")
    works.calm()
    assert works.of(request).route_id == "c100" and works.made() == []
    move_route(works, "c200", company="200")
    works.switch("c200", on=True)
    works.calm()
    assert works.of(request).route_id == "c200"
    assert [str(bill.head["F_PAEZ_OrgId"].number) for bill in works.made()] in ([], ["200"])


def handed_in_for(works: Works, company: str) -> int:
    """A request of company 100 that the ERP refused and that went back to its maker; he names another company and hands it in."""
    works.run()
    works.refuse("Submit", "期间已结账")
    request = works.agreed()
    works.calm()
    assert works.stands(request) == (S.RETURNED, "")
    works.allow()
    works.toy.oa.resubmit(request, "61", {"company": company})
    works.toy.oa.approve_fully(request)
    return request


def test_handed_in_again_for_a_company_that_nobody_knows_it_waits_and_becomes_no_bill(works: Works) -> None:
    move_route(works, "c200", company="999")
    request = handed_in_for(works, "200")
    works.calm()
    assert (works.stands(request), works.of(request).round) == ((S.FOUND, ErrorCode.COMPANY_UNKNOWN.id), 2)
    works.workspace.catalog.put_base_rows([BaseRow("c100", "user", "nobody", "99")], "chief")
    works.workspace.documents.retry("chief", [works.of(request).id])
    works.calm()
    assert works.stands(request) == (S.FOUND, ErrorCode.COMPANY_UNKNOWN.id)
    assert works.made() == [] and works.record(request).node_type != 0, "no bill, and nobody sent it back"
    move_route(works, "c200", company="200")
    works.switch("c200", on=True)
    works.calm()
    document = works.of(request)
    assert (document.route_id, document.round, works.stands(request)) == ("c200", 2, (S.DONE, ""))
    assert [str(bill.head["F_PAEZ_OrgId"].number) for bill in works.made()] == ["200"]
    works.assert_intact()


def test_handed_in_again_for_another_company_it_is_made_there(works: Works) -> None:
    works.switch("c200", on=True)
    request = handed_in_for(works, "200")
    works.calm()
    document = works.of(request)
    assert (document.route_id, document.round, works.stands(request)) == ("c200", 2, (S.DONE, ""))
    assert [str(bill.head["F_PAEZ_OrgId"].number) for bill in works.made()] == ["200"]
    works.assert_intact()


def test_words_that_the_oa_writes_otherwise_are_not_said_again(wise: Works, monkeypatch: Any) -> None:
    wise.run()
    request, true = wise.agreed(), wise.toy.oa.comment
    monkeypatch.setattr(
        wise.toy.oa, "comment", lambda number, person, text: true(number, person, f"{text[:3]}…")
    )
    wise.calm(passes=120, step_s=30.0)
    told = [each for each in wise.record(request).log if each.person == "9"]
    assert len(told) == 1
    assert wise.stands(request) == (S.AUDITED, ErrorCode.ANSWER_NOT_FOUND_AGAIN.id)
    assert order(wise, request, "is_there") == "1/1 done"
    wise.calm()
    assert wise.stands(request) == (S.DONE, "")


def test_numbers_whose_answer_was_lost_and_that_the_oa_writes_otherwise_are_told_once(
    wise: Works, monkeypatch: Any
) -> None:
    wise.run()
    request, true = wise.agreed(), wise.toy.oa.comment
    monkeypatch.setattr(
        wise.toy.oa, "comment", lambda number, person, text: true(number, person, f"{text[:16]}…")
    )
    wise.toy.oa_faults.force(Fault.REPLY_LOST, "comment")
    wise.calm(passes=120, step_s=30.0)
    assert wise.toy.oa_faults.seen[Fault.REPLY_LOST] == 1
    assert len([each for each in wise.record(request).log if each.person == "9"]) == 1
    assert wise.stands(request) == (S.DONE, "")


def test_a_file_that_was_taken_off_and_put_on_again_holds_up_nothing(house: House) -> None:
    travels(house)
    house.run()
    bill = attached(house, house.order(), {"合同.pdf": SCAN})
    with house.dying("open_request", "before the promise"):
        house.run(2)
    house.restart(after_s=200)
    house.toy.erp.tables["BOS_Attachment"].by_id.clear()
    attached(house, bill, {"合同.pdf": SCAN})
    assert set(house.calm().values()) == {""}
    assert (house.state(bill), on_request(house, bill)) == (S.REQUESTED, {"合同.pdf": SCAN})


def test_no_order_overtakes_an_audit_whose_outcome_nobody_knows(house: House, changed: Any) -> None:
    house.withdraw(changed)
    house.edit(changed, FQty=1000)
    house.submit(changed)
    assert order(house, changed, "retry") == "1/1 done"
    with house.dying("audit_bill", "reply lost"):
        house.run(2)
    house.restart()
    assert order(house, changed, "send_again", reason="impatient").endswith(": unsettled")
    assert order(house, changed, "decide", decision="rejected", reason="impatient").endswith(": unsettled")
    house.calm()
    assert (house.state(changed), house.audits(changed), len(house.requests(changed))) == (S.DONE, 1, 1)
    house.assert_intact()


def test_a_request_that_is_gone_keeps_no_other_s_files_back(works: Works) -> None:
    travels(works, "claim")
    works.toy.oa.settings.monitors.add("1")
    lost = asked(works, {"照片.jpg": SCAN})
    with works.dying("attach", "before the promise"):
        works.run(2)
    works.toy.oa.delete(lost, "1", monitor=True)
    works.restart(after_s=200)
    other = asked(works, {"照片.jpg": SCAN})
    works.calm()
    assert works.stands(other) == (S.DONE, "")


@pytest.mark.parametrize(("step", "amount"), [("write_back", "1130.00"), ("return_request", "999.00")])
def test_a_request_deleted_around_our_last_word_stops_no_other(works: Works, step: str, amount: str) -> None:
    works.toy.oa.settings.monitors.add("1")
    works.run()
    lost = works.agreed(amount=amount)
    with works.dying(step, "reply lost"):
        works.run(2)
    works.toy.oa.delete(lost, "1", monitor=True)
    works.restart(after_s=200)
    other = works.agreed()
    works.calm()
    assert works.stands(other) == (S.DONE, "")
    assert works.stands(lost)[1] == ErrorCode.REQUEST_LEFT.id and not works.intents()


def stopped(works: Works, request: int) -> Any:
    """Its bill stands as SAVED, was changed by hand, and a person has it made anew."""
    (bill,) = works.made()
    works.toy.erp.edit(works.form, bill.id, "zhouqi", {"F_PAEZ_OrderNo": "CGDD999999"}, {})
    works.restart(after_s=200)
    works.calm()
    assert works.stands(request) == (S.SAVED, ErrorCode.CHANGED_AFTER_SENDING.id)
    return bill


def test_a_bill_that_is_made_anew_gets_its_files_anew(works: Works) -> None:
    travels(works, "claim")
    request = asked(works, {"照片.jpg": SCAN})
    with works.dying("submit_bill", "before the promise"):
        works.run(2)
    old = stopped(works, request)
    assert on_bill(works, old) == [("照片.jpg", SCAN)]
    works.workspace.documents.make_again("liyun", works.of(request).id, "映射改过了")
    works.workspace.engine.take_orders()
    works.calm()
    (fresh,) = works.made()
    assert (fresh.id != old.id, fresh.status, works.stands(request)) == (True, "C", (S.DONE, ""))
    assert on_bill(works, fresh) == [("照片.jpg", SCAN)]


def test_what_cannot_be_made_anew_goes_back_with_the_true_reason(works: Works) -> None:
    works.run()
    request = works.agreed()
    with works.dying("submit_bill", "before the promise"):
        works.run(2)
    stopped(works, request)
    works.workspace.documents.make_again("liyun", works.of(request).id, "内部：映射改过了")
    works.workspace.engine.take_orders()
    works.toy.oa._alive(request).fields["amount"] = "999.00"
    works.calm()
    assert (works.stands(request), works.made()) == ((S.RETURNED, ""), [])
    told = works.record(request).log[-1].remark
    assert "明细金额合计与索赔金额不一致" in told and "内部" not in told


def test_a_look_that_one_creator_s_departure_spoils_stops_no_other(house: House, monkeypatch: Any) -> None:
    house.run()
    lost = house.order()
    with house.dying("open_request", "before the call"):
        house.run(2)
    house.restart(after_s=200)
    key, true = house.document(lost).key, EcologyConnector.find_requests

    def gone(self: Any, side: Any, asked: str, *rest: Any) -> Any:
        if asked == key:
            raise SyncError(ErrorCode.APPLICANT_UNMAPPED, certain=True, person="61", number="")
        return true(self, side, asked, *rest)

    monkeypatch.setattr(EcologyConnector, "find_requests", gone)
    other = house.order()
    house.calm()
    assert (house.failure(lost), house.state(other)) == (ErrorCode.APPLICANT_UNMAPPED.id, S.REQUESTED)


def test_a_listing_that_is_ahead_of_its_request_loses_nothing(wise: Works, monkeypatch: Any) -> None:
    wise.run()
    request, true, early = wise.agreed(), DingTalk.read_request, [True]

    def behind(self: Any, side: Any, ref: Any) -> Any:
        told = true(self, side, ref)
        return replace(told, status=RequestStatus.RUNNING) if early.pop() else told

    monkeypatch.setattr(DingTalk, "read_request", behind)
    wise.run()
    monkeypatch.setattr(DingTalk, "read_request", true)
    wise.calm()
    assert not early and wise.stands(request) == (S.DONE, "")
