"""Why was it not sent, answered from live facts; and one bill sent now, never twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.schedule import Pause, Schedule
from desktop.domain.system import Person, Role
from desktop.doors.command_line import main
from desktop.services.reasons import Answer, Reason
from desktop.store.catalog import BaseRow
from tests.conftest import Clock, House, Stage
from tests.sync.test_filters import Sieve


def ask(house: House, number: str) -> Answer:
    [answer] = house.workspace.reasons.why_not_sent(number, engine=False)
    assert answer.what and answer.do
    assert number in answer.what or answer.code
    return answer


def send(house: House, number: str) -> str:
    """A person's order to send it now; answers the order's result."""
    order = house.workspace.reasons.send_now("chief", ask(house, number))
    house.workspace.engine.take_orders()
    return house.workspace.documents.order_result(order) or ""


@pytest.fixture
def sieve(toy: Stage, tmp_path: Path, clock: Clock) -> Iterator[Sieve]:
    made = Sieve(toy, tmp_path / "data", clock)
    made.run()
    yield made
    made.close()


def test_an_unknown_number_names_what_was_asked(house) -> None:
    for number in ("CGDD-NONE", "x' or 'a'='a", "  ", "𠮷\x00;--"):
        answer = house.workspace.reasons.why_not_sent(number, engine=False)[0]
        assert (answer.reason, answer.sendable) == (Reason.UNKNOWN, False)
        assert house.workspace.text.say("flow-sales_order") in answer.what


def test_a_bill_that_is_not_submitted_says_where_it_stands(house) -> None:
    bill = house.toy.erp.sales_order("100", "CUST0001", "wangmin")
    answer = ask(house, bill.number)
    assert (answer.reason, answer.sendable) == (Reason.NOT_SUBMITTED, False)
    assert house.workspace.text.say("bill-stands-created") in answer.what
    assert send(house, bill.number) == "why_not_submitted"


def test_a_bill_just_submitted_is_due_and_shows_what_the_oa_would_get(house) -> None:
    house.run()
    bill = house.order()
    answer = ask(house, bill.number)
    assert (answer.reason, answer.sendable) == (Reason.DUE, True)
    assert answer.draft is not None and answer.draft.fields["amount"] == "2034.00"
    assert house.requests(bill) == [], "asking sends nothing"


def test_sent_now_means_sent_once(house) -> None:
    house.run()
    bill = house.order()
    assert send(house, bill.number) == "done"
    assert send(house, bill.number) == "done"
    house.run(2)
    assert send(house, bill.number) == "why_sent"
    house.run(2)
    assert (len(house.requests(bill)), house.state(bill)) == (1, S.REQUESTED)
    answer = ask(house, bill.number)
    assert answer.reason is Reason.SENT
    assert house.document(bill).request_number in answer.what
    house.assert_intact()


def test_a_request_number_is_answered_as_well(house) -> None:
    bill = house.order()
    house.run(2)
    assert ask(house, house.document(bill).request_number).reason is Reason.SENT


def test_a_company_that_is_not_joined_and_a_flow_that_is_off(house) -> None:
    other = house.order(company="200", maker="lihua")
    answer = ask(house, other.number)
    assert (answer.reason, answer.sendable) == (Reason.OFF, False)
    routes = house.workspace.catalog.routes()
    house.workspace.catalog.put_route(replace(routes[1], company="900"), "chief")
    assert ask(house, other.number).reason is Reason.NO_COMPANY
    house.workspace.catalog.put_route(replace(routes[1], switches=()), "chief")
    assert ask(house, other.number).reason is Reason.NOT_CARRIED
    assert send(house, other.number) == "why_not_carried"


def test_a_held_flow_and_a_paused_engine_say_so(house) -> None:
    house.run()
    bill = house.order()
    house.workspace.catalog.keep_pause(Pause("chief", house.clock.now()), "chief")
    order = house.workspace.reasons.send_now("chief", ask(house, bill.number))
    house.workspace.engine.take_orders()
    assert house.workspace.documents.order_result(order) == "why_paused"
    house.workspace.catalog.keep_pause(None, "chief")
    house.clock.erp_s = 3600.0
    house.run()
    answer = ask(house, bill.number)
    assert (answer.reason, answer.code, answer.sendable) == (Reason.HELD, house.hold(), False)
    assert house.hold() == "PER-707"


def test_no_engine_is_a_reason(house) -> None:
    house.run()
    bill = house.order()
    [answer] = house.workspace.reasons.why_not_sent(bill.number)
    assert answer.reason is Reason.STOPPED


def test_a_gap_is_told_before_and_after_the_first_try(house) -> None:
    house.run()
    bill = house.order(customer="CUST0006", maker="lihua")
    before = ask(house, bill.number)
    assert (before.reason, before.code, before.sendable) == (Reason.FAILED, "MAP-502", False)
    house.run()
    after = ask(house, bill.number)
    assert (after.code, after.sendable) == ("MAP-502", True), "tried again, it may go"
    assert send(house, bill.number) == "done"
    house.run()
    assert (house.failure(bill), house.requests(bill)) == ("MAP-502", [])


def test_a_bill_with_its_maker_and_one_dismissed(house) -> None:
    house.run()
    bill, other = house.order(), house.order(customer="CUST0006", maker="lihua")
    house.run()
    house.reject(bill)
    house.run(2)
    assert ask(house, bill.number).reason is Reason.NOT_SUBMITTED
    house.workspace.documents.dismiss("chief", [house.document(other).id], "测试")
    house.workspace.engine.take_orders()
    assert ask(house, other.number).reason is Reason.DISMISSED
    house.submit(bill)
    assert ask(house, bill.number).reason is Reason.DUE
    assert send(house, bill.number) == "done"
    house.run()
    assert len(house.requests(bill)) == 2


def test_a_rule_that_keeps_it_out_is_named_before_and_after(sieve) -> None:
    bill = sieve.order()
    assert ask(sieve, bill.number).reason is Reason.KEPT_OUT
    sieve.run()
    answer = ask(sieve, bill.number)
    assert (answer.reason, answer.sendable) == (Reason.KEPT_OUT, False)
    assert "R12" in answer.what
    assert send(sieve, bill.number) == "why_kept_out"


def test_an_erp_that_does_not_answer_is_said_and_nothing_is_guessed(house) -> None:
    system = house.workspace.catalog.system("k3")
    house.workspace.catalog.put_system(replace(system, base_url="http://127.0.0.1:9/k3cloud/"), "chief")
    answer = ask(house, "XSDD1")
    assert (answer.reason, answer.sendable) == (Reason.UNASKED, False)
    assert answer.code.startswith("NET-")


def test_the_doors_answer_in_words_and_in_json(house, capsys, monkeypatch) -> None:
    house.run()
    bill, store = house.order(), f"--store=sqlite:///{house.workspace.store.path}"
    monkeypatch.setattr("desktop.services.workspace.Vault", lambda **_: house.workspace.vault)
    house.workspace.close()
    assert main([store, "why", "CGDD-NONE", "--json"]) == 1
    [told] = json.loads(capsys.readouterr().out)
    assert told["reason"] == "unknown"
    assert main([store, "send", bill.number, "--dry-run", "--json"]) == 0
    [told] = json.loads(capsys.readouterr().out)
    assert (told["reason"], told["would_send"]["fields"]["amount"]) == ("due", "2034.00")
    assert house.requests(bill) == []
    assert main([store, "send", bill.number]) == 0
    assert main([store, "send", bill.number]) == 1, "there is nothing to send any more"
    assert len(house.requests(bill)) == 1
    house.workspace = house.open(house.folder)
    assert ask(house, bill.number).reason is Reason.SENT


@pytest.mark.parametrize("moment", ["before the call", "reply lost"])
def test_a_bill_that_is_being_sent_is_not_offered_again(house, moment) -> None:
    house.run()
    bill = house.order()
    with house.dying("open_request", moment):
        house.run()
    answer = ask(house, bill.number)
    assert (answer.reason, answer.sendable) == (Reason.SENDING, False)
    assert send(house, bill.number) == "why_sending"
    house.restart(after_s=200)
    house.calm()
    assert (len(house.requests(bill)), house.state(bill)) == (1, S.REQUESTED)
    house.assert_intact()


def test_a_flow_that_sleeps_says_until_when(house) -> None:
    house.run()
    bill = house.order()
    route = next(each for each in house.workspace.catalog.routes() if each.id == "c100")
    until = house.clock.now() + timedelta(hours=5)
    switches = tuple(replace(each, schedule=Schedule(paused_until=until)) for each in route.switches)
    house.workspace.catalog.put_route(replace(route, switches=switches), "chief")
    answer = ask(house, bill.number)
    assert (answer.reason, answer.sendable) == (Reason.DUE, True)
    assert house.workspace.text.moment(until) in answer.what


def test_an_order_for_one_company_sends_no_bill_of_another(house) -> None:
    """The right was asked about the company that the order names."""
    house.switch("c200", on=True)
    house.run()
    bill = house.order(company="200", maker="lihua", customer="CUST0006")
    house.run()
    of = house.document(bill)
    assert house.failure(bill) == "MAP-502"
    house.workspace.catalog.put_base_rows(
        [BaseRow("c200", "customer", "CUST0006", "4444", "", "", "test")], "chief"
    )
    people = house.workspace.people
    people.arrive("chief")
    people.save("chief", Person("li", "李芸", Role.CLERK, ("c100",)))
    told = {"number": bill.number, "route_id": "c100", "flow_id": "sales_order"}
    order = house.workspace.order("li", "send_now", (), **told)
    house.workspace.engine.take_orders()
    assert house.workspace.documents.order_result(order) == "unknown"
    assert "try_now" not in {each.action for each in house.workspace.trail.entries(f"document:{of.id}")}
    assert not [each for each in house.workspace.trail.entries(f"document:{of.id}") if each.actor == "li"]
