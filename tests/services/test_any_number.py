"""Any number finds its document: bill, request of any round, voucher, invoice, our own key."""

from __future__ import annotations

from typing import Any

from desktop.domain.record import Ref
from desktop.services.documents import Question


def test_any_number_of_a_document_finds_it(house: Any) -> None:
    house.run()
    bill, other = house.order(), house.order()
    house.run()
    house.reject(bill)
    house.run(2)
    house.submit(bill)
    house.run(2)
    document = house.document(bill)
    with house.workspace.ledger.change(house.clock.now()) as change:
        change.link_leg(document, 3, Ref("k3", "GL_VOUCHER", "9001", "记-00417"))
        change.reserve(document, [("invoice_no", "24312000000123456789")])
    first, second = (str(each.id) for each in house.requests(bill))
    assert document.request_number == second != first
    found = house.workspace.documents.find
    for typed in (
        bill.number, bill.number.lower(), bill.number[-4:], first, second, "记-00417", "24312000000123456789", "243120000001",
        document.key, document.key_part.lower(), f"{document.key}-L1",
    ):  # fmt: skip
        assert [row.id for row in found(typed)] == [document.id], typed
    assert not found("00417") and not found("' OR 1=1 --"), (
        "a voucher is found from its start, and nothing is obeyed"
    )
    assert house.workspace.documents.count(Question(text=other.number)) == 1
