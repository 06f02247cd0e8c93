"""Clerk, approver, server faults and clock in any order, on a few bills: what must hold whatever they do.

At any time: one request per key, one audit by us per submission, no audit of a content that nobody approved. Once all is
calm: every submitted bill has a running request or an open failure, and nobody's desk holds a request of a bill that is
not submitted.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from desktop.domain.document import DocumentState as S
from desktop.sandbox.erp_bill import ErpBill, Refusal
from desktop.sandbox.faults import Fault
from desktop.sandbox.group import INTEGRATION_USER
from desktop.sandbox.oa_records import OaRefusal
from tests.conftest import FORM, Clock, House, staged
from tests.sync.anyorder import play_any_order

BILLS = 3
LOSSES = (Fault.REPLY_LOST, Fault.RESET_AFTER, Fault.RESET_BEFORE, Fault.TRUNCATED, Fault.SESSION_LOST)
STEPS = ("open", "cancel", "end", "audit", "send_back", "note", "*")

which = st.integers(0, BILLS - 1)


class People(RuleBasedStateMachine):
    """One company, three bills, everybody at work. `stage` builds a fresh house for each run of the machine."""

    stage: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.house: House = self.stage()
        self.house.run()
        self.bills = [self.house.order() for _ in range(BILLS)]
        self.approved: dict[str, set[str]] = defaultdict(set)

    def teardown(self) -> None:
        self._calm()
        self.house.close()

    # --- the clerk ---------------------------------------------------------------------------------------------------
    def _try(self, act: Any, *arguments: Any) -> None:
        """What a desk refuses is simply not done."""
        with suppress(Refusal, OaRefusal, KeyError):
            act(*arguments)

    @rule(at=which)
    def submit(self, at: int) -> None:
        self._try(self.house.submit, self.bills[at])

    @rule(at=which)
    def withdraw(self, at: int) -> None:
        self._try(self.house.withdraw, self.bills[at])

    @rule(at=which, quantity=st.integers(1, 3))
    def edit(self, at: int, quantity: int) -> None:
        self._try(lambda: self.house.edit(self.bills[at], FQty=quantity))

    @rule(at=which, quantity=st.integers(1, 3))
    def change_and_submit_at_once(self, at: int, quantity: int) -> None:
        self.withdraw(at)
        self.edit(at, quantity)
        self.submit(at)

    @rule(at=which)
    def hand_in_again_at_once(self, at: int) -> None:
        self.withdraw(at)
        self.submit(at)

    @rule(at=which)
    def audit_by_hand(self, at: int) -> None:
        self._try(self.house.toy.erp.audit, FORM, self.bills[at].id, "wangmin")

    @rule(at=which)
    def un_audit(self, at: int) -> None:
        self._try(self.house.toy.erp.un_audit, FORM, self.bills[at].id, "wangmin")

    @rule(at=which)
    def delete(self, at: int) -> None:
        self._try(self.house.toy.erp.delete, FORM, self.bills[at].id, self.bills[at].maker)
        if (FORM, self.bills[at].id) in self.house.toy.erp.graveyard:
            self.bills[at] = self.house.order()

    # --- the approver ------------------------------------------------------------------------------------------------
    def _on_desk(self, at: int) -> Any:
        return next(iter(self.house.running(self.bills[at])), None)

    @rule(at=which)
    def approve(self, at: int) -> None:
        if (request := self._on_desk(at)) is not None:
            self.approved[self.bills[at].number].add(_content_of_request(request))
            self.house.toy.oa.approve_fully(request.id)

    @rule(at=which)
    def reject(self, at: int) -> None:
        if (request := self._on_desk(at)) is not None:
            self.house.toy.oa.reject(request.id, request.waiting[0], "太贵")

    @rule(at=which)
    def force_over(self, at: int) -> None:
        if (request := self._on_desk(at)) is not None:
            self.house.toy.oa.force_over(request.id)

    @rule(at=which)
    def withdraw_in_the_oa(self, at: int) -> None:
        if (request := self._on_desk(at)) is not None:
            self._try(self.house.toy.oa.withdraw, request.id, request.creator)

    @rule(at=which)
    def resubmit_in_the_oa(self, at: int) -> None:
        for request in self.house.requests(self.bills[at]):
            if request.node_type == 0:
                self._try(self.house.toy.oa.resubmit, request.id, request.creator)

    # --- the engine, its servers and the clock --------------------------------------------------------------------------
    @rule()
    def run(self) -> None:
        self.house.run()

    @rule(seconds=st.sampled_from([1, 5, 200]))
    def run_a_little_later(self, seconds: int) -> None:
        self.house.clock.pass_s(seconds)
        self.house.run()

    @rule()
    def run_twice(self) -> None:
        self.house.run(2)

    @rule(at=which)
    def everybody_does_his_part(self, at: int) -> None:
        self.house.run()
        self.approve(at)
        self.house.run()

    @rule(at=which)
    def returned_and_at_once_handed_in_again(self, at: int) -> None:
        self.house.run()
        self.reject(at)
        self.house.run()
        self.submit(at)

    @rule(step=st.sampled_from(STEPS), loss=st.sampled_from(LOSSES))
    def lose_an_answer(self, step: str, loss: Fault) -> None:
        toy = self.house.toy
        call = {**toy.erp_play.words, **toy.oa_play.words}.get(step, "*")
        for faults in (toy.erp_faults, toy.oa_faults):
            faults.clear()
            faults.force(loss, call)

    @rule()
    def restart(self) -> None:
        self.house.restart(after_s=10)

    @rule(at=which, order=st.sampled_from(["retry", "accept", "approved", "rejected"]))
    def order(self, at: int, order: str) -> None:
        """A person at our window answers whatever question is open."""
        document = self._document(self.bills[at])
        if document is None:
            return
        if order in ("approved", "rejected"):
            if order == "approved":
                self.approved[self.bills[at].number].add(_content_of_bill(self.bills[at]))
            self.house.workspace.order("chief", "decide", (document.id,), decision=order, reason="asked")
        else:
            self.house.workspace.order("chief", order, (document.id,), reason="asked")

    def _document(self, bill: ErpBill) -> Any:
        play = self.house.toy.erp_play
        key, form = play.key(bill), play.form(FORM)
        return self.house.workspace.ledger.by_source("k3", form, "sales_order", [key]).get(key)

    # --- what must hold ---------------------------------------------------------------------------------------------------
    @invariant()
    def one_request_per_key(self) -> None:
        assert not self.house.doubled()

    @invariant()
    def one_audit_by_us_per_submission(self) -> None:
        for bill in self.bills:
            ours = submissions = 0
            for act in bill.history:
                if act.result:
                    continue
                if act.operation == "Submit":
                    submissions, ours = submissions + 1, 0
                if act.operation == "Audit" and act.actor == INTEGRATION_USER:
                    ours += 1
                assert ours <= 1, bill.history

    @invariant()
    def no_audit_without_an_approval_of_this_content(self) -> None:
        for bill in self.bills:
            if bill.status != "C" or _auditor(bill) != INTEGRATION_USER:
                continue
            assert _content_of_bill(bill) in self.approved[bill.number]

    def _calm(self) -> None:
        house = self.house
        house.toy.erp_faults.clear()
        house.toy.oa_faults.clear()
        house.workspace.order("chief", "release", route_id="c100")
        house.calm(passes=80)
        failures = {bill.id: self._failure(bill) for bill in self.bills}
        for bill in self.bills:
            running, failing = house.running(bill), failures[bill.id]
            if bill.status == "B":
                assert len(running) == 1 or failing, (bill, house.state(bill), "waits in vain")
            elif not failing:
                assert not running, (bill, house.state(bill), "nobody needs this request")
            if not failing and self._document(bill):
                assert house.state(bill) in _EXPECTED[bill.status], (bill, house.state(bill))
        house.assert_intact()
        assert house.hold() == ""

    def _failure(self, bill: ErpBill) -> str:
        return self.house.failure(bill) if self._document(bill) else ""


_EXPECTED = {
    "A": (S.RETURNED, S.CANCELLED, S.DONE),
    "B": (S.REQUESTED,),
    "C": (S.DONE, S.CANCELLED, S.DISMISSED, S.RETURNED),
    "D": (S.RETURNED, S.CANCELLED, S.DONE, S.DISMISSED),
}


def _auditor(bill: ErpBill) -> str:
    return next(
        each.actor for each in reversed(bill.history) if each.operation == "Audit" and not each.result
    )


def _content_of_bill(bill: ErpBill) -> str:
    return ",".join(f"{line['FQty']:.4f}" for line in bill.entries["FSaleOrderEntry"])


def _content_of_request(request: Any) -> str:
    return ",".join(f"{Decimal(row['qty']):.4f}" for row in request.details["detail_1"].values())


@pytest.fixture
def stage(served, tmp_path, monkeypatch):
    """Answers a maker of fresh houses on fresh worlds; one test runs many."""
    number = count(1)

    def make() -> House:
        clock = Clock()
        return House(staged(served, clock, monkeypatch), tmp_path / str(next(number)), clock)

    return make


def play(stage: Any, *, examples: int, steps: int, derandomize: bool) -> None:
    play_any_order(People, stage, examples=examples, steps=steps, derandomize=derandomize)


def test_whatever_people_do(stage) -> None:
    play(stage, examples=8, steps=30, derandomize=True)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_whatever_people_do_for_a_long_time(stage) -> None:
    play(stage, examples=60, steps=50, derandomize=False)
