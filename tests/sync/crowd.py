"""Makers and approvers of many bills, each with a plan of their own, drawn by a seed: what a soak run plays against the
engine. Plans act through the two worlds' own desks and know nothing of the bridge.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from desktop.domain.document import DocumentState as S
from desktop.sandbox.erp_bill import ErpBill
from desktop.sandbox.oa_records import OaRequestRecord
from tests.conftest import FORM, House

Steps = Generator[None, None, None]
ALIVE = (1, 2)


@dataclass
class Tale:
    """One bill's plan, and where it must end. sent: how many requests it causes; audits: how many are ours."""

    name: str
    bill: ErpBill
    steps: Steps
    sent: int
    audits: int
    ends: tuple[S, ...]
    status: str
    over: bool = False


class Crowd:
    """All bills of a soak and whoever works on them. tick() lets everybody act who can."""

    def __init__(self, house: House, seed: int, count: int) -> None:
        self._house = house
        self._erp, self._oa = house.toy.erp, house.toy.oa
        self._random = random.Random(f"crowd/{seed}")
        self._deleting = 0
        self._requests: dict[str, list[OaRequestRecord]] = {}
        self.tales = [self._tale() for _ in range(count)]

    def _tale(self) -> Tale:
        plans: tuple[tuple[int, Callable[[ErpBill], Steps], int, int, tuple[S, ...], str], ...] = (
            (60, self._approved, 1, 1, (S.DONE,), "C"),
            (8, self._rejected_for_good, 1, 0, (S.RETURNED,), "D"),
            (8, self._rejected_edited, 2, 1, (S.DONE,), "C"),
            (7, self._rejected_unedited, 2, 1, (S.DONE,), "C"),
            (4, self._rejected_twice, 3, 1, (S.DONE,), "C"),
            (4, self._taken_back, 1, 0, (S.CANCELLED,), "D"),
            (3, self._taken_back_and_again, 2, 1, (S.DONE,), "C"),
            (3, self._changed, 2, 1, (S.DONE,), "C"),
            (1, self._deleted, 1, 0, (S.CANCELLED,), "gone"),
            (2, self._withdrawn_in_oa, 1, 0, (S.RETURNED,), "D"),
        )
        weights = [each[0] for each in plans]
        _, plan, sent, audits, ends, status = self._random.choices(plans, weights)[0]
        bill = self._house.order()
        return Tale(plan.__name__.strip("_"), bill, plan(bill), sent, audits, ends, status)

    # --- acting ------------------------------------------------------------------------------------------------------
    def tick(self) -> None:
        """Everybody who can acts, most of the time: people do not all jump at once."""
        self._look()
        self._deleting = 0
        for tale in self.tales:
            if not tale.over and self._random.random() < 0.8:
                tale.over = next(tale.steps, "over") == "over"

    def _look(self) -> None:
        self._requests = {}
        for record in self._house.all_requests():
            self._requests.setdefault(record.fields.get("erp_bill_no", ""), []).append(record)

    @property
    def over(self) -> bool:
        return all(tale.over for tale in self.tales)

    def _request(self, bill: ErpBill, number: int) -> Generator[None, None, OaRequestRecord]:
        """Waits until the bill's n-th request lies with somebody."""
        while True:
            found = sorted(self._requests.get(bill.number, []), key=lambda each: each.id)
            if len(found) >= number and found[number - 1].node_type in ALIVE:
                return found[number - 1]
            yield

    def _approve(self, bill: ErpBill, number: int = 1) -> Steps:
        request = yield from self._request(bill, number)
        self._oa.approve_fully(request.id)
        while bill.status != "C":
            yield

    def _reject(self, bill: ErpBill, number: int = 1) -> Steps:
        request = yield from self._request(bill, number)
        self._oa.reject(request.id, request.waiting[0], "太贵")
        while bill.status != "D":
            yield

    def _away(self, bill: ErpBill) -> Steps:
        """Withdrawn by its maker; waits until the request has gone from everybody's desk."""
        request = yield from self._request(bill, 1)
        self._house.withdraw(bill)
        while any(each.id == request.id and each.node_type != 3 for each in self._requests[bill.number]):
            yield

    # --- plans -------------------------------------------------------------------------------------------------------
    def _approved(self, bill: ErpBill) -> Steps:
        yield from self._approve(bill)

    def _rejected_for_good(self, bill: ErpBill) -> Steps:
        yield from self._reject(bill)

    def _rejected_edited(self, bill: ErpBill) -> Steps:
        yield from self._reject(bill)
        self._house.edit(bill)
        self._house.submit(bill)
        yield from self._approve(bill, 2)

    def _rejected_unedited(self, bill: ErpBill) -> Steps:
        yield from self._reject(bill)
        yield
        self._house.submit(bill)
        yield from self._approve(bill, 2)

    def _rejected_twice(self, bill: ErpBill) -> Steps:
        for number in (1, 2):
            yield from self._reject(bill, number)
            self._house.edit(bill, FQty=900 - number)
            self._house.submit(bill)
        yield from self._approve(bill, 3)

    def _taken_back(self, bill: ErpBill) -> Steps:
        yield from self._away(bill)

    def _taken_back_and_again(self, bill: ErpBill) -> Steps:
        yield from self._away(bill)
        self._house.submit(bill)
        yield from self._approve(bill, 2)

    def _changed(self, bill: ErpBill) -> Steps:
        yield from self._request(bill, 1)
        self._house.withdraw(bill)
        self._house.edit(bill)
        self._house.submit(bill)
        yield from self._approve(bill, 2)

    def _deleted(self, bill: ErpBill) -> Steps:
        yield from self._request(bill, 1)
        while self._deleting:  # one at a time: many at once look like a lost right
            yield
        self._deleting += 1
        self._house.withdraw(bill)
        self._erp.delete(FORM, bill.id, bill.maker)
        while any(each.node_type in ALIVE for each in self._requests[bill.number]):
            yield

    def _withdrawn_in_oa(self, bill: ErpBill) -> Steps:
        request = yield from self._request(bill, 1)
        self._oa.withdraw(request.id, request.creator)
        while bill.status != "D":
            yield

    # --- the truth ---------------------------------------------------------------------------------------------------
    def verdict(self) -> dict[str, Any]:
        """Counted from the two worlds; `wrong` also where our store says something else than they do."""
        self._look()
        house = self._house
        keys = Counter(each.fields.get("erp_key", "") for each in house.all_requests())
        documents = {int(each.source.key): each for each in self._documents()}
        duplicates = sum(count - 1 for key, count in keys.items() if key)
        lost, wrong = [], []
        for tale in self.tales:
            sent = len(self._requests.get(tale.bill.number, []))
            audits = house.our_acts(tale.bill, "Audit")
            duplicates += max(0, sent - tale.sent) + max(0, audits - tale.audits)
            document = documents.get(tale.bill.id)
            if not tale.over or sent < tale.sent or audits < tale.audits or document is None:
                lost.append(f"{tale.name} {tale.bill.number}")
            elif document.state not in tale.ends or document.round != tale.sent or not self._stands(tale):
                wrong.append(f"{tale.name} {tale.bill.number} {document.state.value}")
        return {"duplicates": duplicates, "lost": lost, "wrong": wrong}

    def _documents(self) -> list[Any]:
        keys = [str(tale.bill.id) for tale in self.tales]
        return list(self._house.workspace.ledger.by_source("k3", FORM, "sales_order", keys).values())

    def _stands(self, tale: Tale) -> bool:
        if tale.status == "gone":
            return (FORM, tale.bill.id) in self._erp.graveyard
        return tale.bill.status == tale.status
