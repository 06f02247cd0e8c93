"""The crash matrix beyond the sales order: every step of the three other approval flows, and the notice to an applicant. The
suite takes the moment that hurts most (done, and the answer lost); all others are in the soak.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from desktop.domain.document import Document
from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode
from desktop.sandbox.erp_bill import ErpBill
from desktop.sync.approval import STEPS
from tests.conftest import FORM, Clock, House, Stage
from tests.sync.test_blockers import held
from tests.sync.test_crash_matrix import MOMENTS

HARDEST = "reply lost"
REST = [pytest.param(moment, marks=pytest.mark.soak) for moment in MOMENTS if moment != HARDEST]
FLOWS = {
    "CN_PAYAPPLY": "payment_request",
    "PUR_Requisition": "purchase_requisition",
    "PUR_PurchaseOrder": "purchase_order",
}


@dataclass
class Buyers(House):
    """The whole house with the three flows of purchasing and payment on company 100."""

    def join(self, **options: str) -> None:
        self.toy.join(self.workspace, flows=tuple(FLOWS.values()), **{"breaker_pause_s": "0", **options})
        self.switch("c200", on=False)

    def buy(self, form: str) -> ErpBill:
        erp = self.toy.erp
        make: dict[str, Callable[..., ErpBill]] = {
            "CN_PAYAPPLY": erp.payment_request, "PUR_Requisition": erp.requisition, "PUR_PurchaseOrder": erp.purchase_order,
        }  # fmt: skip
        return make[form](submit=True)

    def document(self, bill: ErpBill) -> Document:
        found = self.workspace.ledger.by_source("k3", bill.form, FLOWS[bill.form], [str(bill.id)])
        return found[str(bill.id)]

    def take_back(self, bill: ErpBill) -> None:
        self.toy.erp.withdraw(bill.form, bill.id, bill.maker)

    def intents(self) -> list[str]:
        ledger = self.workspace.ledger
        return [attempt.step for flow in FLOWS.values() for _, attempt in ledger.open_attempts("c100", flow)]


@pytest.fixture
def buyers(toy: Stage, tmp_path: Path, clock: Clock) -> Iterator[Buyers]:
    toy.erp.price_lists()
    made = Buyers(toy, tmp_path / "data", clock)
    yield made
    made.close()


WAYS: dict[str, tuple[str, S, str]] = {
    "open_request": ("", S.REQUESTED, "B"),
    "audit_bill": ("approve", S.DONE, "C"),
    "send_back": ("reject", S.RETURNED, "D"),
    "note_bill": ("reject", S.RETURNED, "D"),
    "close_request": ("reject", S.RETURNED, "D"),
    "cancel_request": ("take_back", S.CANCELLED, "D"),
}
"""What people do before the step, and where bill and document stand in the end."""


DEEDS = [
    step
    if step in ("open_request", "audit_bill", "send_back")
    else pytest.param(step, marks=pytest.mark.soak)
    for step in WAYS
]
"""What moves a bill; notes and ends are the sales order's in the suite, and all flows' in the soak."""


def test_every_step_is_in_a_crash_matrix() -> None:
    elsewhere = {"upload", "tell_applicant"}  # test_attachments.py, and below
    assert set(WAYS) | elsewhere == {step.name for step in STEPS}


@pytest.mark.parametrize("moment", [HARDEST, *REST])
@pytest.mark.parametrize("step", DEEDS)
@pytest.mark.parametrize("form", FLOWS)
def test_a_crash_in_any_flow_leaves_nothing_double_and_nothing_lost(
    buyers: Buyers, form: str, step: str, moment: str
) -> None:
    deed, state, status = WAYS[step]
    buyers.run()
    bill = buyers.buy(form)
    if deed:
        buyers.run()
        getattr(buyers, deed)(bill)
    with buyers.dying(step, moment):
        buyers.run(2)
    buyers.restart(after_s=200)
    buyers.calm()
    assert (buyers.state(bill), buyers.failure(bill), bill.status) == (state, "", status)
    assert len(buyers.requests(bill)) == 1 and not buyers.intents()
    assert buyers.our_acts(bill, "Audit") == (status == "C")
    assert buyers.our_acts(bill, "CancelAssign") == (state is S.RETURNED)
    buyers.assert_intact()


@pytest.mark.parametrize("moment", [HARDEST, *REST])
def test_a_crash_around_the_applicant_s_notice_tells_him_once(house: House, moment: str) -> None:
    with house.dying("tell_applicant", moment):
        held(house)
    (bill,) = house.toy.erp.tables[FORM].by_id.values()
    (delivery,) = house.toy.erp.tables["SAL_OUTSTOCK"].by_id.values()
    house.restart(after_s=1_000)
    house.calm()
    (request,) = house.requests(bill)
    said = [each.remark for each in request.log if delivery.number in each.remark]
    assert len(said) == 1, "read once, whatever died"
    assert house.failure(bill) == ErrorCode.DOWNSTREAM_BLOCKS.id
    house.assert_intact()
