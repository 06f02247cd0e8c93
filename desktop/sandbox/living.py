"""The toy group on an ordinary day: its people hand in orders, decide, change their minds, and mend what came back.

Thread-free: tick(now_s) lets everybody act whose time has come and never waits. It acts through the two worlds' own desks
and knows nothing of the bridge; unlike story.py it has no end and expects nothing.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from desktop.sandbox import group
from desktop.sandbox.erp import Erp
from desktop.sandbox.erp_bill import ErpBill, Refusal
from desktop.sandbox.oa import Oa
from desktop.sandbox.oa_records import OaRefusal, OaRequestRecord

MOST_RUNNING = 16
"""So many orders in approval are enough: new ones wait, or the list would only grow."""
KEPT_DEEDS = 40

YES = ("同意", "同意，按合同执行", "价格与框架协议一致", "请尽快发货", "已核对信用额度，同意")
NO = ("单价高于上次，请重新谈价", "交期太紧，请与客户确认", "付款条件请改为月结 60 天", "数量与合同不符")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of bill that people make: its form, its line table, the number that they change, who makes it, how often."""

    flow: str
    form: str
    lines: str
    number: str
    makers: tuple[tuple[str, str], ...]
    weight: int


SELLERS = (("100", "wangmin"), ("100", "lihua"), ("200", "huangwei"))
BUYERS = (("100", "zhouqi"), ("200", "xiening"))
KINDS = (
    Kind("sales_order", "SAL_SaleOrder", "FSaleOrderEntry", "FQty", SELLERS, 5),
    Kind("purchase_order", "PUR_PurchaseOrder", "FPOOrderEntry", "FQty", BUYERS, 3),
    Kind("purchase_requisition", "PUR_Requisition", "FEntity", "FReqQty", BUYERS, 2),
    Kind("payment_request", "CN_PAYAPPLY", "FPAYAPPLYENTRY", "FAPPLYAMOUNTFOR", BUYERS, 2),
)
KIND_OF = {kind.form: kind for kind in KINDS}
MATERIALS = {item.code: item for item in group.MATERIALS if not item.disabled}
CUSTOMERS = tuple(item.code for item in group.CUSTOMERS if item.oa_id)
SUPPLIERS = tuple(item.code for item in group.SUPPLIERS if item.oa_id)
QUANTITIES = {"M0001": (500, 8000), "M0002": (20, 900), "M0003": (1, 60), "M0004": (5, 240)}


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did: "submit", "approve", "reject", "withdraw" or "edit"; text is his opinion or change."""

    at: datetime
    who: str
    act: str
    number: str
    text: str = ""


class Living:
    """tick() from one thread, or from a test's own clock; the switches may be turned from any thread.

    paused: nobody acts.  played: OA ids and ERP accounts of people in somebody's hand; they do nothing by themselves.
    pace:   2.0 = everybody is twice as quick.
    """

    def __init__(self, erp: Erp, oa: Oa, *, seed: int = 7, pace: float = 1.0) -> None:
        self.erp, self.oa = erp, oa
        self.paused = False
        self.played: frozenset[str] = frozenset()
        self.deeds: deque[Deed] = deque(maxlen=KEPT_DEEDS)
        self._random = random.Random(seed)
        self._pace = pace
        self._order_at: float | None = None
        self._due: dict[tuple[str, int, int], float] = {}
        self._given_up: set[int] = set()

    # --- the day -----------------------------------------------------------------------------------------------------
    def open_day(self, bills: int = 9) -> list[ErpBill]:
        """What lies on the desks in the morning: some bills of each kind, one of a customer nobody has joined, one of a
        maker whom the OA does not know."""
        made = []
        for at in range(bills):
            kind = KINDS[at % len(KINDS)]
            made.append(self.hand_in(kind, *kind.makers[at // len(KINDS) % len(kind.makers)]))
        made.append(self.hand_in(KINDS[0], "100", "lihua", partner="CUST0006"))
        made.append(self.hand_in(KINDS[0], "100", "gaofei"))
        return made

    def tick(self, now_s: float) -> None:
        """Everybody does what is due. now_s: any steady clock, in seconds."""
        if self.paused:
            return
        self._decide(now_s)
        self._mend(now_s)
        if self._order_at is None or now_s >= self._order_at:
            first, self._order_at = self._order_at is None, now_s + self._after(9, 24)
            if not first and self._running() < MOST_RUNNING:
                kind = self._random.choices(KINDS, [each.weight for each in KINDS])[0]
                company, maker = self._random.choice(kind.makers)
                if maker not in self.played:
                    self._try(lambda: self.hand_in(kind, company, maker))

    def hand_in(self, kind: Kind, company: str, maker: str, *, partner: str = "") -> ErpBill:
        """A maker types a bill and submits it. partner: the customer's or supplier's code; "" = any that is joined."""
        bill = self._typed(kind, company, maker, partner)
        self.note(maker, "submit", bill.number)
        return bill

    def _typed(self, kind: Kind, company: str, maker: str, partner: str) -> ErpBill:
        chance, desk = self._random, self.erp
        codes = chance.sample(sorted(MATERIALS), chance.randint(1, 3))
        lines = [(code, chance.randint(*QUANTITIES[code]), str(MATERIALS[code].price)) for code in codes]
        supplier = partner or chance.choice(SUPPLIERS)
        if kind.flow == "sales_order":
            customer = partner or chance.choice(CUSTOMERS)
            return desk.sales_order(company, customer, maker, lines, submit=True)
        if kind.flow == "purchase_order":
            return desk.purchase_order(company, supplier, maker, lines, submit=True)
        if kind.flow == "purchase_requisition":
            return desk.requisition(company, supplier, maker, lines, submit=True)
        return desk.payment_request(
            company, supplier, maker, [f"{chance.randint(20, 4000) * 100}.00"], submit=True
        )

    def note(self, person: str, act: str, number: str, text: str = "") -> None:
        """Remembers a deed; person: OA id or ERP account."""
        self.deeds.append(Deed(self.oa.clock(), name_of(person), act, number, text))

    # --- approvers ---------------------------------------------------------------------------------------------------
    def _decide(self, now_s: float) -> None:
        for person in approvers():
            for request in self.oa.pending(person) if person not in self.played else ():
                number = request.fields.get("erp_bill_no", "")
                if (
                    request.node_type == 1
                    and number
                    and self._is_due("decide", request.id, request.node_id, now_s)
                ):
                    self._try(lambda request=request, person=person: self._say(request, person))  # type: ignore[misc]

    def _say(self, request: OaRequestRecord, person: str) -> None:
        number = request.fields["erp_bill_no"]
        if self._random.random() < 0.18:
            text = self._random.choice(NO)
            self.oa.reject(request.id, person, text)
            self.note(person, "reject", number, text)
            return
        text = self._random.choice(YES)
        self.oa.approve(request.id, person, text)
        self.note(person, "approve", number, text)

    # --- makers ------------------------------------------------------------------------------------------------------
    def _mend(self, now_s: float) -> None:
        for bill in self.bills():
            if bill.maker in self.played or bill.id in self._given_up:
                continue
            if bill.status in "AD" and bill.counts["Submit"] and self._is_due("mend", bill.id, 0, now_s):
                self._try(lambda bill=bill: self._hand_in_again(bill))  # type: ignore[misc]
            elif bill.status == "B" and self._changes_his_mind(bill, now_s):
                self._try(lambda bill=bill: self._take_back(bill))  # type: ignore[misc]

    def _hand_in_again(self, bill: ErpBill) -> None:
        if self._random.random() < 0.12:
            self._given_up.add(bill.id)
            return
        if self._random.random() < 0.75:
            self.change_number(bill, factor="0.9")
        self.erp.submit(bill.form, bill.id, bill.maker)
        self.note(bill.maker, "submit", bill.number)

    def _changes_his_mind(self, bill: ErpBill, now_s: float) -> bool:
        """One bill in sixteen is taken back by its maker while others decide on it."""
        return (
            (bill.id * 7) % 16 == 3
            and bill.counts["Submit"] == 1
            and self._is_due("regret", bill.id, 0, now_s)
        )

    def _take_back(self, bill: ErpBill) -> None:
        self.erp.withdraw(bill.form, bill.id, bill.maker)
        self.note(bill.maker, "withdraw", bill.number)

    def change_number(self, bill: ErpBill, *, factor: str = "", number: int = 0) -> None:
        """The maker changes the first line's quantity, or its amount where it has none."""
        kind = KIND_OF[bill.form]
        line = bill.entries[kind.lines][0]
        fresh = number or max(1, int(Decimal(line[kind.number]) * Decimal(factor)))
        changes = {kind.number: fresh} | ({"FApproveQty": fresh} if kind.form == "PUR_Requisition" else {})
        self.erp.edit(bill.form, bill.id, bill.maker, {}, {line["FEntryID"]: changes})
        self.note(bill.maker, "edit", bill.number, str(fresh))

    def bills(self) -> list[ErpBill]:
        """All bills of these kinds, oldest first."""
        return sorted(
            (bill for kind in KINDS for bill in self.erp.bills(kind.form)), key=lambda bill: bill.id
        )

    # --- time --------------------------------------------------------------------------------------------------------
    def _is_due(self, what: str, record: int, place: int, now_s: float) -> bool:
        """True once, some while after it was first asked about."""
        key = (what, record, place)
        due = self._due.setdefault(key, now_s + self._after(7, 40))
        if now_s < due:
            return False
        del self._due[key]
        return True

    def _after(self, least_s: float, most_s: float) -> float:
        return self._random.uniform(least_s, most_s) / self._pace

    def _running(self) -> int:
        return sum(1 for bill in self.bills() if bill.status == "B")

    def _try(self, act: Callable[[], object]) -> None:
        """The bridge may have been quicker: what is refused then is nobody's trouble."""
        try:
            act()
        except (Refusal, OaRefusal):
            return


def approvers() -> list[str]:
    """OA ids of those who decide on bills: the makers' bosses, and theirs."""
    bosses = {person.oa_id: person.boss for person in group.EMPLOYEES}
    accounts = {account for _, account in (*SELLERS, *BUYERS)}
    found: set[str] = set()
    for person in [each.oa_id for each in group.EMPLOYEES if each.erp_user in accounts]:
        above = bosses.get(person, "")
        while above:
            found.add(above)
            above = bosses.get(above, "")
    return sorted(found)


def name_of(person: str) -> str:
    """The name behind an OA id or an ERP account."""
    return next(
        (each.name for each in group.EMPLOYEES if person and person in (each.oa_id, each.erp_user)), person
    )
