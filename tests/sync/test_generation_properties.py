"""Employee, approvers, ERP people, server faults, restored backups and the clock in any order, on a few requests of a
generation flow: what must hold whatever they do.

At any time: of one request never two living bills of one form, never two payment requests of one expense, one audit by us a
bill, and no bill of a request that nobody agreed to. Once all is calm: a request that waits for us has a failure that says
why, one that is done has all its bills, audited, and its numbers, and one that is back with its maker leaves nothing behind.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from desktop.domain.document import Document
from desktop.domain.document import DocumentState as S
from desktop.sandbox.dingtalk_play import PLAY as DINGTALK
from desktop.sandbox.ecology_play import PLAY as ECOLOGY
from desktop.sandbox.erp_bill import ErpBill, Refusal
from desktop.sandbox.faults import Fault
from desktop.sandbox.k3cloud_play import PLAY as K3CLOUD
from desktop.sandbox.k3wise_play import PLAY as K3WISE
from desktop.sandbox.oa_records import OaRefusal
from tests.conftest import Clock, staged
from tests.sync.anyorder import play_any_order
from tests.sync.making import CLAIM_LINES, KEY, Works, expense_lines

REQUESTS = 5
USUAL, DISTANT = (K3CLOUD, ECOLOGY), (K3WISE, DINGTALK)
LOSSES = (Fault.REPLY_LOST, Fault.RESET_AFTER, Fault.RESET_BEFORE, Fault.TRUNCATED, Fault.SESSION_LOST)
CALLS = (
    "Save", "Submit", "Audit", "Push", "Delete", "CancelAssign", "submitRequest", "rejectRequest", "ExecuteBillQuery", "*",
)  # fmt: skip
OPERATIONS = ("Submit", "Audit")

which = st.integers(0, REQUESTS - 1)
leg = st.integers(0, 2)


class Office(RuleBasedStateMachine):
    """One company, three requests, everybody at work. `stage` builds a fresh house for each run of the machine."""

    stage: Any = None
    calls = CALLS

    def __init__(self) -> None:
        super().__init__()
        self.works: Works = self.stage()
        self.works.run()
        self.requests: list[int] = []
        self.agreed: set[int] = set()
        self.copy: Path | None = None
        for _ in range(2):
            self.ask_and_agree()

    def teardown(self) -> None:
        self._calm()
        self.works.close()

    def _try(self, act: Any, *arguments: Any, **named: Any) -> None:
        """What a desk refuses is simply not done."""
        with suppress(Refusal, OaRefusal, KeyError, IndexError):
            act(*arguments, **named)

    # --- people of the OA --------------------------------------------------------------------------------------------
    @rule()
    def ask(self) -> None:
        at = len(self.requests)
        lines = CLAIM_LINES if self.works.flow == "claim" else expense_lines(f"A{at}", f"B{at}")
        if at < REQUESTS:
            self.requests.append(self.works.ask(lines=lines))

    @rule()
    def ask_and_agree(self) -> None:
        self.ask()
        self.approve(-1)

    @rule(at=which)
    def hand_in_again(self, at: int) -> None:
        self._try(self.works.toy.oa.resubmit, self.requests[at % len(self.requests)], "61", {})

    @rule(at=which)
    def approve(self, at: int) -> None:
        at %= len(self.requests)
        self._try(self.works.toy.oa.approve_fully, self.requests[at])
        if self.works.record(self.requests[at]).waiting == ("9",):
            self.agreed.add(self.requests[at])

    @rule(at=which)
    def reject(self, at: int) -> None:
        """Whoever has it returns it: an approver, or somebody at our own account."""
        record = self.works.record(self.requests[at % len(self.requests)])
        for person in record.waiting[:1]:
            self._try(self.works.toy.oa.reject, record.id, person, "发票不清楚")

    @rule(at=which)
    def draw_back(self, at: int) -> None:
        self._try(self.works.toy.oa.draw_back, self.requests[at % len(self.requests)], "9", monitor=True)

    @rule(at=which)
    def back_and_forth(self, at: int) -> None:
        self.works.run()
        self.hand_in_again(at)
        self.approve(at)
        self.works.run()

    # --- people of the ERP -------------------------------------------------------------------------------------------
    def _bill(self, at: int, place: int) -> tuple[str, ErpBill]:
        form = self.works.forms()[place]
        return form, self.works.made(form)[at]

    @rule(at=which, place=leg)
    def submit_by_hand(self, at: int, place: int) -> None:
        self._try(lambda: self._by_hand("submit", at, place))

    @rule(at=which, place=leg)
    def audit_by_hand(self, at: int, place: int) -> None:
        self._try(lambda: self._by_hand("audit", at, place))

    @rule(at=which, place=leg)
    def delete_by_hand(self, at: int, place: int) -> None:
        self._try(lambda: self._by_hand("delete", at, place))

    def _by_hand(self, operation: str, at: int, place: int) -> None:
        form, bill = self._bill(at, place)
        getattr(self.works.toy.erp, operation)(form, bill.id, "zhouqi")

    @rule(operation=st.sampled_from(OPERATIONS), place=leg)
    def the_erp_refuses(self, operation: str, place: int) -> None:
        self._try(lambda: self.works.refuse(operation, "期间已结账", self.works.forms()[place]))

    @rule()
    def the_erp_refuses_nothing(self) -> None:
        self.works.allow()

    # --- the engine, its servers, its store and the clock ------------------------------------------------------------
    @rule()
    def run(self) -> None:
        self.works.run()

    @rule(seconds=st.sampled_from([5, 200]))
    def run_a_little_later(self, seconds: int) -> None:
        self.works.clock.pass_s(seconds)
        self.works.run()

    @rule(which_call=st.integers(0, 99), loss=st.sampled_from(LOSSES), skip=st.integers(0, 2))
    def lose_an_answer(self, which_call: int, loss: Fault, skip: int) -> None:
        call = self.calls[which_call % len(self.calls)]
        for faults in (self.works.toy.erp_faults, self.works.toy.oa_faults):
            faults.clear()
            faults.force(loss, call, skip=skip)
        self.works.run()

    @rule()
    def restart(self) -> None:
        self.works.restart(after_s=10)

    @rule()
    def keep_a_copy(self) -> None:
        self.copy = self.works.folder / "kept.db"
        self.works.workspace.store.copy_to(self.copy)

    @rule()
    def put_the_copy_back(self) -> None:
        if self.copy is not None:
            self.works.restore(self.copy)

    @initialize(operation=st.sampled_from(OPERATIONS))
    def begin_on_an_old_copy(self, operation: str) -> None:
        """Every story begins with the one that an engine which does not look would get wrong."""
        self.put_back_in_the_middle(operation, len(self.works.forms()) // 2)

    @rule(operation=st.sampled_from(OPERATIONS), place=leg)
    def put_back_in_the_middle(self, operation: str, place: int) -> None:
        """The ERP refuses for a while; a copy of the store is made then, and put back when all is done."""
        self.ask_and_agree()
        self.the_erp_refuses(operation, place)
        self.works.run()
        self.keep_a_copy()
        self._mended()
        self.put_the_copy_back()
        self._mended()

    def _mended(self) -> None:
        """The ERP refuses nothing any more, and somebody has everything tried again."""
        self.works.allow()
        for at in range(len(self.requests)):
            self.order(at, "retry")
        self.works.run()

    @rule(at=which, order=st.sampled_from(["retry", "retry", "dismiss"]))
    def order(self, at: int, order: str) -> None:
        document = self._document(self.requests[at % len(self.requests)])
        if document is not None:
            self.works.workspace.order("chief", order, (document.id,), reason="asked")

    def _document(self, request: int) -> Document | None:
        with suppress(KeyError):
            return self.works.of(request)
        return None

    # --- what must hold ----------------------------------------------------------------------------------------------
    def _made_of(self, request: int, form: str) -> list[ErpBill]:
        """Living bills of a request: by our key's document part, the pushed ones by the bill they came from."""
        document = self._document(request)
        if document is None:
            return []
        mine = [
            bill
            for bill in self.works.made(form)
            if str(bill.head.get(KEY) or "").startswith(document.key_part)
        ]
        first = self.works.forms()[0]
        if form == first or mine:
            return mine
        sources = {(first, bill.id) for bill in self._made_of(request, first)}
        return [bill for bill in self.works.made(form) if sources & set(bill.sources)]

    @invariant()
    def never_two_bills_of_one_request(self) -> None:
        for form in self.works.forms():
            bills = self.works.made(form)
            parts = Counter(str(bill.head[KEY])[:16] for bill in bills if bill.head.get(KEY))
            sources = Counter(source for bill in bills for source in bill.sources)
            assert not [each for each, many in (parts + sources).items() if many > 1], form

    @invariant()
    def each_bill_audited_by_us_once(self) -> None:
        for form in self.works.forms():
            assert all(self.works.done_by_us(bill, "Audit") <= 1 for bill in self.works.made(form))

    @invariant()
    def no_bill_of_what_nobody_agreed_to(self) -> None:
        for request in set(self.requests) - self.agreed:
            assert not any(self._made_of(request, form) for form in self.works.forms())

    def _calm(self) -> None:
        works = self.works
        works.toy.erp_faults.clear()
        works.toy.oa_faults.clear()
        works.allow()
        works.workspace.order("chief", "release", route_id="c100")
        works.calm(passes=80)
        for request in self.requests:
            self._assert_told(request)
        works.assert_intact()
        assert works.hold() == ""

    def _assert_told(self, request: int) -> None:
        document = self._document(request)
        state, failing = self.works.stands(request) if document else (None, "")
        bills = {form: self._made_of(request, form) for form in self.works.forms()}
        if self._waits(request):
            assert failing or state is S.DISMISSED, (request, state, "waits in vain")
        if failing or state is S.DISMISSED:
            return
        if state is S.DONE:
            assert self._is_done(request)
            return
        assert state in (None, S.RETURNED, S.CANCELLED), (request, state)
        assert not any(bills.values()), (request, state, "left behind")

    def _waits(self, request: int) -> bool:
        return self.works.record(request).waiting == ("9",)

    def _is_done(self, request: int) -> bool:
        record = self.works.record(request)
        return record.node_type == 3 and bool(record.fields["erp_bill_no"])


class DistantOffice(Office):
    """The same where nothing waits at a node, nothing goes back, and lists go by the time of opening: a request is agreed
    sooner or later, and a comment tells what became of it, once."""

    calls = ("Save", "CheckBill", "Update", "GetList", "comment", "read", "list", "*")

    @rule(at=which)
    def hand_in_again(self, at: int) -> None:
        """Nobody can."""

    @rule(at=which)
    def draw_back(self, at: int) -> None:
        """Nobody can."""

    @rule(at=which)
    def approve(self, at: int) -> None:
        request = self.requests[at % len(self.requests)]
        self._try(self.works.toy.oa.approve_fully, request)
        if self.works.toy.oa.waits_for_integration(request):
            self.agreed.add(request)

    @rule()
    def weeks_go_by(self) -> None:
        self.works.clock.pass_s(25 * 86_400.0)
        self.works.run()

    def _calm(self) -> None:
        self.works.clock.pass_s(
            8 * 86_400.0
        )  # what is very old is asked for once a day, what is older once a week
        super()._calm()
        for request in self.requests:
            told = Counter(self.works.toy.oa._comments(request))
            assert not [text for text, times in told.items() if times > 1], "nothing is said twice"

    def _waits(self, request: int) -> bool:
        return bool(self.works.toy.oa.waits_for_integration(request))

    def _is_done(self, request: int) -> bool:
        oa, [bill, *_] = self.works.toy.oa, self._made_of(request, self.works.forms()[0])
        return bool(oa.is_over(request) and oa.shows(request, "", bill.number))


@pytest.fixture(params=["claim", "expense"])
def flow(request) -> str:
    return request.param


@pytest.fixture
def pair():
    return USUAL


@pytest.fixture
def stage(flow, pair, served, tmp_path, monkeypatch):
    """Answers a maker of fresh houses on fresh worlds; one test runs many."""
    number = count(1)
    given = {"claim": {}, "expense": {"flow": "expense", "form": "ER_ExpReimbursement", "workflow": 786}}

    def make() -> Works:
        clock = Clock()
        toy = staged(served, clock, monkeypatch, pair)
        return Works(toy, tmp_path / str(next(number)), clock, **given[flow])

    return make


def _play(
    stage: Any, machine: type[Office] = Office, *, examples: int, steps: int, derandomize: bool
) -> None:
    play_any_order(machine, stage, examples=examples, steps=steps, derandomize=derandomize)


def test_whatever_people_do(stage) -> None:
    _play(stage, examples=3, steps=10, derandomize=True)


@pytest.mark.parametrize("pair", [DISTANT], ids=["nothing waits"])
@pytest.mark.parametrize("flow", ["claim"])
def test_whatever_people_do_where_nothing_waits(stage, flow, pair) -> None:
    _play(stage, DistantOffice, examples=2, steps=10, derandomize=True)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("pair", [DISTANT], ids=["nothing waits"])
def test_whatever_people_do_where_nothing_waits_for_a_long_time(stage, pair) -> None:
    _play(stage, DistantOffice, examples=60, steps=50, derandomize=False)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_whatever_people_do_for_a_long_time(stage) -> None:
    _play(stage, examples=60, steps=50, derandomize=False)
