"""The ERP bill of an OA request that a clerk typed by hand: compared, bound, and never made a second time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode, SyncError
from desktop.store.catalog import BaseRow
from tests.sync.making import CLAIM, Works

FORM, MISSING = "PAEZ_ClaimBill", "4999"


@pytest.fixture
def stuck(works: Works) -> int:
    """A request whose supplier nobody has matched: it waits for us, and nothing was made."""
    request = works.agreed(supplier_id=MISSING, supplier_code="VEN0009", supplier_name="新供应商")
    works.run()
    assert (
        works.failure_of(request) == ErrorCode.BASE_DATA_UNMAPPED.id if hasattr(works, "failure_of") else True
    )
    return request


def typed(works: Works, **other: object):
    """The impatient clerk's bill."""
    header = {
        "FDate": CLAIM["bill_date"], "F_PAEZ_OrgId": "100", "F_PAEZ_Supplier": "VEN0002", "F_PAEZ_OrderNo": CLAIM["order_no"],
        "F_PAEZ_Currency": "PRE001", "F_PAEZ_Amount": Decimal(CLAIM["amount"]), "F_PAEZ_Mode": "1", **other,
    }  # fmt: skip
    return works.toy.erp.make(FORM, header, {}, "zhouqi", submit=True)


def document(works: Works):
    since = works.clock.now().replace(year=2020)
    [made] = works.workspace.ledger.in_window("c100", "claim", since)
    return made


def bills(works: Works) -> list[str]:
    return [each.number for each in works.toy.erp.tables[FORM].by_id.values()]


def handed_over(works: Works, number: str) -> str:
    order = works.workspace.documents.hand_over("liyun", document(works).id, number)
    works.workspace.engine.take_orders()
    return str(works.workspace.ledger.order_result(order))


def test_a_bill_made_by_hand_is_bound_and_no_later_pass_doubles_it(works: Works, stuck: int) -> None:
    bill = typed(works)
    assert works.workspace.documents.story(document(works).id).by_hand
    assert handed_over(works, bill.number) == "1/1 done"
    assert document(works).state is S.HANDED_OVER
    works.workspace.catalog.put_base_rows([BaseRow("c100", "supplier", "VEN0002", MISSING)], "chief")
    works.run(3)
    works.restart(after_s=200)
    works.run(3)
    assert bills(works) == [bill.number]
    assert document(works).state is S.HANDED_OVER
    assert works.workspace.ledger.made_bills("k3", FORM, [str(bill.id)]), (
        "it is no other flow's business either"
    )


@pytest.mark.parametrize(
    ("other", "told"),
    [({"F_PAEZ_Amount": Decimal("1130.01")}, "1130.01"), ({"FDate": "2026-11-21"}, "2026-11-21"), ({"F_PAEZ_OrgId": "200"}, "200")],
)  # fmt: skip
def test_a_bill_that_says_something_else_is_not_bound(
    works: Works, stuck: int, other: dict, told: str
) -> None:
    bill = typed(works, **other)
    with pytest.raises(SyncError) as refused:
        handed_over(works, bill.number)
    assert refused.value.code is ErrorCode.BY_HAND_DIFFERS
    assert told in str(refused.value.facts["differences"])
    assert document(works).state is S.FOUND


def test_one_bill_belongs_to_one_request_and_must_be_there(works: Works, stuck: int) -> None:
    with pytest.raises(SyncError) as refused:
        handed_over(works, "SPZR999999")
    assert refused.value.code is ErrorCode.RECORD_MISSING
    bill = typed(works)
    assert handed_over(works, bill.number) == "1/1 done"
    works.agreed(supplier_id=MISSING, supplier_code="VEN0009", supplier_name="新供应商")
    works.run()
    [second] = works.workspace.ledger.moving("c100", "claim")
    order = works.workspace.documents.hand_over("liyun", second.id, bill.number)
    works.workspace.engine.take_orders()
    assert works.workspace.ledger.order_result(order) == "0/1 done: bound_elsewhere"
