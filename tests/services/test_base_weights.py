"""Gaps and coverage by last year's bills, before a single document was sent."""

from __future__ import annotations

from tests.conftest import FORM, House


def test_last_years_bills_weigh_the_gaps(house: House) -> None:
    workspace, erp = house.workspace, house.toy.erp
    for customer in ("CUST0006", "CUST0006", "CUST0001"):
        bill = house.order(customer=customer)
        erp.audit(FORM, bill.id, "administrator")
    workspace.base.refresh("chenjing", lambda *_: None, lambda: False)
    assert workspace.base_weights.count("chenjing", lambda *_: None, lambda: True) == 0, (
        "stopped: nothing is kept"
    )
    assert workspace.base_weights.kept() == (None, {})
    assert workspace.base_weights.count("chenjing", lambda *_: None, lambda: False) == 3
    at, weights = workspace.base_weights.kept()
    weight = weights["c100", "customer"]
    assert at is not None and (weight.documents, weight.covered, dict(weight.missing)) == (
        3,
        1,
        {"CUST0006": 2},
    )
    gaps, _ = workspace.base.gaps(all_records=True)
    assert (gaps[0].code, gaps[0].last_year) == ("CUST0006", 2), "the heaviest first"
    told = {each.kind: each.weight for each in workspace.base.coverage() if each.route_id == "c100"}
    assert told["customer"] == weight and told["currency"].covered == 3  # type: ignore[union-attr]
