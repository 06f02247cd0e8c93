"""The four-way reconciliation: real differences are made by hand in both worlds, and each is found, once, with its money.
A company at which nothing differs gets its certificate.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.record import Money
from desktop.sandbox.erp_bill import ErpBill
from desktop.services.certificate import as_csv, as_json
from desktop.services.matching import Gap, _told_apart
from desktop.services.reconcile import Reconciliation
from desktop.services.text import Text
from tests.conftest import FORM, Clock, House, Stage
from tests.sync.making import Works

LATER_S = 1200.0


def compared(house: House, days: int = 1) -> Reconciliation:
    """As the morning after shows it: nothing of it is of the last minutes."""
    house.clock.pass_s(LATER_S)
    return house.workspace.reconcile.run(days)


def gaps(result: Reconciliation) -> list[tuple[str, str]]:
    return [(row.number, row.kind.value) for row in result.rows]


def lived(house: House) -> dict[str, ErpBill]:
    """One bill in each state that people leave them in."""
    house.run()
    bills = {name: house.order() for name in ("running", "done", "returned", "taken back")}
    house.calm()
    house.approve(bills["done"])
    house.reject(bills["returned"])
    house.withdraw(bills["taken back"])
    house.calm()
    return bills


def test_a_clean_company_gets_a_certificate(house: House) -> None:
    bills = lived(house)
    result = compared(house)
    assert (gaps(result), result.clean) == ([], True)
    (flow,) = [each for each in result.compared if each.documents]
    assert (flow.documents, flow.done, flow.moving) == (4, 1, 1)
    total = sum(house.document(bill).amount.amount for bill in bills.values())  # type: ignore[union-attr]
    assert [(each.amount, each.currency) for each in result.amounts] == [(total, "PRE001")]
    for language, word in (("zh", "零差异"), ("en", "No difference")):
        told = as_csv(result, Text(language, strict=True))
        assert word in told
        assert str(total) in told
    assert as_json(result, Text("zh"))["clean"] is True


@pytest.mark.parametrize(
    ("amount", "told"),
    [("1E+30", f"1{'0' * 30}.00"), ("0E-10", "0.00"), ("1E+5", "100000.00"), ("2034.0000000000", "2034.00"), ("-0.125", "-0.125"), ("12.5", "12.50"),
     ("123456789012345678901234567890.10", "123456789012345678901234567890.10"), ("7", "7.00")],
)  # fmt: skip
def test_an_amount_in_a_file_is_a_plain_number(amount: str, told: str) -> None:
    """Kingdee tells amounts with ten places: nothing at all would be "0E-10" in the certificate."""
    assert Money(Decimal(amount), "CNY").plain == told


def test_another_currency_shows_where_the_number_is_the_same() -> None:
    yuan, dollars = Money(Decimal("2034.00"), "CNY"), Money(Decimal("2034"), "USD")
    assert _told_apart(yuan, dollars) == ("2034.00 CNY", "2034.00 USD")
    assert _told_apart(yuan, Money(Decimal("2034.01"), "CNY")) == ("2034.00", "2034.01")


def audited_by_hand(house: House, bills: dict[str, ErpBill]) -> str:
    house.toy.erp.audit(FORM, bills["running"].id, "wangmin")
    return "running"


def request_deleted(house: House, bills: dict[str, ErpBill]) -> str:
    request = house.requests(bills["running"])[0]
    house.toy.oa.delete(request.id, "9", monitor=True)
    return "running"


def approved_unnoticed(house: House, bills: dict[str, ErpBill]) -> str:
    house.approve(bills["running"])
    return "running"


def amount_changed_on_the_form(house: House, bills: dict[str, ErpBill]) -> str:
    house.toy.oa.change_field(house.requests(bills["running"])[0].id, "amount", "1.00")
    return "running"


def bill_deleted(house: House, bills: dict[str, ErpBill]) -> str:
    bill = bills["done"]
    house.toy.erp.un_audit(FORM, bill.id, "wangmin")
    house.toy.erp.delete(FORM, bill.id, bill.maker)
    return "done"


def unaudited(house: House, bills: dict[str, ErpBill]) -> str:
    house.toy.erp.un_audit(FORM, bills["done"].id, "wangmin")
    return "done"


def changed_after_the_audit(house: House, bills: dict[str, ErpBill]) -> str:
    bill = bills["done"]
    house.toy.erp.un_audit(FORM, bill.id, "wangmin")
    house.edit(bill)
    house.submit(bill)
    house.toy.erp.audit(FORM, bill.id, "wangmin")
    return "done"


def handed_in_again_unnoticed(house: House, bills: dict[str, ErpBill]) -> str:
    house.submit(bills["returned"])
    return "returned"


def audited_after_it_was_taken_back(house: House, bills: dict[str, ErpBill]) -> str:
    bill = bills["taken back"]
    house.submit(bill)
    house.toy.erp.audit(FORM, bill.id, "wangmin")
    return "taken back"


HANDS: list[tuple[Callable[[House, dict[str, ErpBill]], str], Gap]] = [
    (audited_by_hand, Gap.UNAPPROVED),
    (request_deleted, Gap.OA_GONE),
    (approved_unnoticed, Gap.OA_STATE),
    (amount_changed_on_the_form, Gap.OA_VALUE),
    (bill_deleted, Gap.ERP_GONE),
    (unaudited, Gap.ERP_STATE),
    (changed_after_the_audit, Gap.ERP_VALUE),
    (handed_in_again_unnoticed, Gap.ERP_STATE),
    (audited_after_it_was_taken_back, Gap.UNAPPROVED),
]


@pytest.mark.parametrize(("hand", "kind"), HANDS, ids=[hand.__name__ for hand, _ in HANDS])
def test_what_a_hand_did_is_found(
    house: House, hand: Callable[[House, dict[str, ErpBill]], str], kind: Gap
) -> None:
    bills = lived(house)
    bill = bills[hand(house, bills)]
    early = house.workspace.reconcile.run()
    result = compared(house)
    assert gaps(result) == [(bill.number, kind.value)]
    assert not result.clean
    (row,) = result.rows
    assert row.amount == house.document(bill).amount
    assert set(gaps(early)) <= set(gaps(result)), (
        "what may be a matter of minutes is not told as a difference"
    )
    if kind in (Gap.ERP_VALUE, Gap.OA_VALUE):
        assert row.field
        assert row.sent != row.found
    for language in ("zh", "en"):
        text = Text(language, strict=True)
        (told,) = as_json(result, text)["differences"]
        assert told["cure"]
        lines = list(csv.reader(io.StringIO(as_csv(result, text))))
        assert bill.number in lines[-1]


def test_a_bill_that_the_engine_never_saw(house: House) -> None:
    lived(house)
    bill = house.order()
    result = compared(house)
    assert gaps(result) == [(bill.number, "not_here")]


def test_a_request_with_a_key_that_nobody_here_has(
    house: House, tmp_path: Path, toy: Stage, clock: Clock
) -> None:
    house.run()
    bill = house.order()
    house.calm()
    other = House(toy, tmp_path / "other", clock)
    try:
        result = compared(other)
        assert {row.kind for row in result.rows} == {Gap.NOT_HERE, Gap.STRANGER}
        assert house.document(bill).request_number in {row.request_number for row in result.rows}
    finally:
        other.close()


def test_a_document_that_waits_for_a_person_is_told_with_its_code(house: House) -> None:
    row = next(
        each
        for each in house.workspace.catalog.base_rows("c100")
        if (each.kind, each.erp_code) == ("customer", "CUST0001")
    )
    house.workspace.catalog.delete_base_row("c100", row.kind, row.erp_code, "chief")
    bill = house.order()
    house.run(2)
    result = compared(house)
    assert gaps(result) == [(bill.number, "stuck")]
    assert result.rows[0].code == "MAP-502"


def test_what_the_engine_settles_afterwards_is_gone(house: House) -> None:
    bills = lived(house)
    approved_unnoticed(house, bills)
    assert not compared(house).clean
    house.calm()
    assert house.state(bills["running"]) is S.DONE
    assert compared(house).clean


def test_a_system_that_cannot_be_read_is_no_certificate(house: House) -> None:
    lived(house)
    house.toy.oa_server.app = lambda environ, start: (start("503 Service Unavailable", []), [])[1]
    result = compared(house)
    assert result.rows == ()
    assert not result.clean
    assert [each.unread.code.id for each in result.compared if each.unread]
    assert as_json(result, Text("en", strict=True))["unread"]


def test_old_documents_are_outside_the_window_unless_they_are_under_way(house: House) -> None:
    bills = lived(house)
    house.clock.pass_s(3 * 86_400)
    unaudited(house, bills)
    result = compared(house, days=1)
    assert sum(each.documents for each in result.compared) == 1
    assert gaps(compared(house, days=5)) == [(bills["done"].number, "erp_state")]


# --- bills that a generation made --------------------------------------------------------------------------------------
@pytest.fixture
def works(toy: Stage, tmp_path: Path, clock: Clock) -> Iterator[Works]:
    made = Works(toy, tmp_path / "data", clock)
    yield made
    made.close()


def test_a_made_bill_is_compared_with_what_was_agreed(works: Works) -> None:
    works.run()
    request = works.agreed()
    works.calm()
    assert works.stands(request) == (S.DONE, "")
    assert compared(works).clean
    (bill,) = works.made()
    works.toy.erp.un_audit(works.form, bill.id, "wangmin")
    assert [row.kind for row in compared(works).rows] == [Gap.BILL_STATE]
    works.toy.erp.delete(works.form, bill.id, bill.maker)
    result = compared(works)
    assert [row.kind for row in result.rows] == [Gap.BILL_GONE]
    assert result.rows[0].amount is not None


def test_a_request_that_waits_and_was_never_seen(works: Works) -> None:
    works.run()
    works.agreed()
    assert [row.kind for row in compared(works).rows] == [Gap.NOT_HERE]
