"""The claim book: what is open, what an invoice must deduct, and that no order of events takes more than a claim holds."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from desktop.domain.claim import Claim, Settlement
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import Ref
from desktop.sandbox.erp_bill import ErpBill, Refusal
from desktop.sandbox.faults import Fault
from desktop.sandbox.group import INTEGRATION_USER
from desktop.sync.claim_book import Invoice, due_of, objection
from tests.conftest import Clock, staged
from tests.sync.gating import BOOKKEEPER, BUYER, CLAIM, INVOICE, Till

D = Decimal


def claim_of(
    amount: str, number: str = "C1", order: str = "", currency: str = "CNY", by: Settlement = Settlement.INVOICE,
    taken: Mapping[str, Decimal] | None = None, reserved: Mapping[str, Decimal] | None = None,
) -> Claim:  # fmt: skip
    ref = Ref("k3", CLAIM, number.lower(), number)
    return Claim(ref, "100", "V1", order, currency, D(amount), by, taken or {}, reserved or {})


def invoice_of(
    total: str, orders: frozenset[str] | None = None, currency: str = "CNY", **deductions: str
) -> Invoice:
    taken = {number: D(amount) for number, amount in deductions.items()}
    return Invoice("i1", "FP1", "100", "V1", currency, D(total), taken, orders)


# --- what is open ------------------------------------------------------------------------------------------------------
def test_an_amount_is_taken_or_set_aside_never_both() -> None:
    claim = claim_of("1000", taken={"a": D(300)}, reserved={"a": D(300), "b": D(200)})
    assert (claim.deducted, claim.held, claim.open()) == (D(300), D(200), D(500))
    assert claim.open("b") == D(700), "for itself, what is set aside for it is free"
    assert claim.open("a") == D(800)


def test_more_than_the_claim_leaves_nothing_and_never_less() -> None:
    assert claim_of("100", taken={"a": D(130)}).open() == 0


# --- what an invoice must deduct ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("total", "claims", "deductions", "due", "left"),
    [
        ("2260", [claim_of("1130")], {}, "1130", "1130"),
        ("1130", [claim_of("1130")], {"C1": "1130"}, "1130", "1130"),
        ("2260", [claim_of("5000")], {}, "2260", "0"),
        ("2260", [claim_of("300"), claim_of("200", "C2")], {}, "500", "1760"),
        ("2260", [claim_of("300", by=Settlement.GOODS)], {}, "0", "2260"),
        ("2260", [claim_of("300", currency="USD")], {}, "0", "2260"),
        ("-500", [claim_of("300")], {}, "0", "0"),
        ("2260", [claim_of("300", taken={"x": D(300)})], {}, "0", "2260"),
    ],
)  # fmt: skip
def test_what_is_due(
    total: str, claims: list[Claim], deductions: dict[str, str], due: str, left: str
) -> None:
    told = due_of(invoice_of(total, **deductions), claims)
    assert (told.due, told.total) == (D(due), D(left))


@pytest.mark.parametrize(
    ("orders", "counts"), [(None, True), (frozenset({"P1"}), True), (frozenset({"P2"}), False)]
)
def test_which_orders_count(orders: frozenset[str] | None, counts: bool) -> None:
    error = objection(invoice_of("2260", orders), [claim_of("300", order="P1")])
    assert (error is not None) is counts
    if error is not None:
        assert error.code is (ErrorCode.CLAIM_OPEN if orders else ErrorCode.CLAIM_OPEN_NO_ORDER)


def test_a_claim_of_the_order_in_another_currency_is_nobodys_to_deduct() -> None:
    claims = [claim_of("300", order="P1", currency="USD")]
    with pytest.raises(SyncError) as refused:
        objection(invoice_of("2260", frozenset({"P1"})), claims)
    assert refused.value.code is ErrorCode.CLAIM_CURRENCY
    assert objection(invoice_of("2260", frozenset({"P2"})), claims) is None


few = st.integers(0, 6).map(lambda amount: D(amount) * 50)
"""Few amounts, so that an invoice often deducts just what it must."""


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.lists(few, max_size=2), few, st.lists(few, max_size=6))
def test_whoever_passes_never_overdraws_and_owes_nothing(
    amounts: list[Decimal], gross: Decimal, tries: list[Decimal]
) -> None:
    """Invoices one after the other against the same claims: what passes is taken; no claim ever gives more than it holds,
    and an invoice that passes leaves either itself or the claims at nothing."""
    claims = [claim_of(str(amount), f"C{place}") for place, amount in enumerate(amounts)]
    for place, amount in enumerate(tries):
        deductions = {f"C{place % (len(claims) or 1)}": amount} if amount else {}
        total = gross - sum(deductions.values(), D(0))
        invoice = Invoice(f"i{place}", f"FP{place}", "100", "V1", "CNY", total, deductions, None)
        if objection(invoice, claims) is None:
            claims = [
                replace(each, taken={**each.taken, invoice.key: deductions.get(each.ref.number, D(0))})
                for each in claims
            ]
            assert invoice.total >= 0
            assert invoice.total == 0 or not any(each.open() for each in claims)
        assert all(0 <= each.deducted <= each.amount for each in claims)


# --- whatever people, faults and clock do --------------------------------------------------------------------------------
which = st.integers(0, 2)
AMOUNTS = ("0.00", "400.00", "500.00", "1000.00")


class Market(RuleBasedStateMachine):
    """Three invoices and two claims of one supplier; clerk, approver, faults, crashes and clock in any order."""

    stage: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.till: Till = self.stage()
        self.claims = [self.till.claim("1000.00"), self.till.claim("500.00")]
        self.invoices = [
            self._typed("1000.00", "500.00"),
            self._typed("1000.00", "500.00"),
            self._typed("500.00", "0.00"),
        ]

    def _typed(self, first: str, second: str) -> ErpBill:
        """A submitted invoice that takes so much off the first two claims."""
        return self.till.invoice(*self._both(first, second))

    def _both(self, first: str, second: str) -> list[tuple[ErpBill | str, str]]:
        return [
            (claim, amount)
            for claim, amount in zip(self.claims, (first, second), strict=False)
            if amount != "0.00"
        ]

    def teardown(self) -> None:
        self.till.calm(passes=60, step_s=60)
        self._nothing_overdrawn()
        for invoice in self.invoices:
            if invoice.status == "B":  # nobody waits without a reason
                assert self.till.failure(invoice), self.till.state(invoice)
        self.till.assert_intact()
        self.till.close()

    def _try(self, act: Any, *arguments: Any) -> None:
        with suppress(Refusal, KeyError):
            act(*arguments)

    # --- the clerk ---------------------------------------------------------------------------------------------------
    @rule(at=which)
    def hand_in(self, at: int) -> None:
        self._try(self.till.hand_in, self.invoices[at])

    @rule(at=which)
    def take_back(self, at: int) -> None:
        self._try(self.till.take_back, self.invoices[at])

    @rule(at=which, first=st.sampled_from(AMOUNTS), second=st.sampled_from(AMOUNTS[:3]))
    def type_anew(self, at: int, first: str, second: str) -> None:
        invoice = self.invoices[at]
        self._try(self.till.take_back, invoice)
        self._try(self.till.deduct, invoice, *self._both(first, second))
        self._try(self.till.hand_in, invoice)

    @rule(at=which)
    def delete_and_start_over(self, at: int) -> None:
        self._try(self.till.toy.erp.delete, INVOICE, self.invoices[at].id, BUYER)
        if (INVOICE, self.invoices[at].id) in self.till.toy.erp.graveyard:
            self.invoices[at] = self._typed("500.00", "0.00")

    # --- whoever approves claims ---------------------------------------------------------------------------------------
    @rule(at=st.integers(0, 1))
    def cancel_claim(self, at: int) -> None:
        """Only a claim of which nothing is deducted yet: finance un-audits no other."""
        if not self.till.deducted(self.claims[at]):
            self._try(self.till.toy.erp.un_audit, CLAIM, self.claims[at].id, BOOKKEEPER)

    @rule(at=st.integers(0, 1))
    def approve_claim(self, at: int) -> None:
        self._try(self.till.toy.erp.submit, CLAIM, self.claims[at].id, BUYER)
        self._try(self.till.toy.erp.audit, CLAIM, self.claims[at].id, BOOKKEEPER)

    @rule()
    def another_claim(self) -> None:
        if len(self.claims) < 4:
            self.claims.append(self.till.claim("300.00"))

    # --- the house -----------------------------------------------------------------------------------------------------
    @rule()
    def run(self) -> None:
        self.till.run()

    @rule(
        fault=st.sampled_from((Fault.REPLY_LOST, Fault.RESET_AFTER, Fault.RESET_BEFORE)),
        call=st.sampled_from(("Audit", "CancelAssign", "ExecuteBillQuery")),
    )
    def lose(self, fault: Fault, call: str) -> None:
        self.till.toy.erp_faults.force(fault, call)
        self.till.run()

    @rule(shut=st.booleans())
    def close_period(self, shut: bool) -> None:
        """The ERP refuses audits for a while."""
        validators = self.till.toy.erp.settings.validators
        validators.clear()
        if shut:
            validators[INVOICE, "Audit"] = "会计期间已关闭"

    @rule(seconds=st.sampled_from((5.0, 200.0, 1000.0)))
    def wait(self, seconds: float) -> None:
        self.till.clock.pass_s(seconds)
        self.till.run()

    @rule(after=st.sampled_from((0.0, 200.0)))
    def restart(self, after: float) -> None:
        self.till.restart(after)

    @rule(at=which)
    def try_again(self, at: int) -> None:
        with suppress(KeyError):
            self.till.workspace.documents.retry(BUYER, [self.till.document(self.invoices[at]).id])

    # --- what always holds ---------------------------------------------------------------------------------------------
    @invariant()
    def _nothing_overdrawn(self) -> None:
        for claim in self.claims:
            assert 0 <= self.till.deducted(claim) <= claim.head["F_PAEZ_Amount"]

    @invariant()
    def nobody_else_audits(self) -> None:
        for invoice in self.invoices:
            audits = [act for act in invoice.history if act.operation == "Audit" and not act.result]
            assert len(audits) <= 1 and all(act.actor == INTEGRATION_USER for act in audits)


@pytest.fixture
def market(served, tmp_path, monkeypatch) -> type[Market]:
    """Fresh tills on fresh worlds; one test runs many."""
    numbers = count()

    def stage() -> Till:
        clock = Clock()
        return Till(staged(served, clock, monkeypatch), tmp_path / str(next(numbers)), clock)

    return type("StagedMarket", (Market,), {"stage": staticmethod(stage)})


def _trade(market: type[Market], *, examples: int, steps: int, derandomize: bool) -> None:
    run_state_machine_as_test(
        market,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, derandomize=derandomize, deadline=None, database=None,
            phases=(Phase.generate,), suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


@pytest.mark.timeout(60)
def test_the_claim_ledger_is_never_negative_and_never_overdrawn(market: type[Market]) -> None:
    _trade(market, examples=4, steps=18, derandomize=True)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_the_claim_ledger_is_never_overdrawn_for_a_long_time(market: type[Market]) -> None:
    _trade(market, examples=60, steps=40, derandomize=False)
