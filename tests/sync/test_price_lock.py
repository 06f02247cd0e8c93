"""The price lock, over real HTTP: what leaves the locked price comes back with the right one and the inquiry it came from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from desktop.domain.document import Document
from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode, SyncError
from desktop.doors import prices_door
from desktop.doors.command_line import parser
from desktop.sandbox.erp_bill import ErpBill
from desktop.store.flows import parse_flow
from desktop.sync.prices import Missing, PriceAsk, PriceRow, look_up
from tests.conftest import Clock, House, Stage

ORDER, REQUISITION = "PUR_PurchaseOrder", "PUR_Requisition"
INQUIRY = "XJ000042"
TABLES = {ORDER: "FPOOrderEntry", REQUISITION: "FEntity"}
PRICE = {ORDER: "FTaxPrice", REQUISITION: "FEvaluatePrice"}
FLOWS = {ORDER: "purchase_order", REQUISITION: "purchase_requisition"}


@dataclass
class Buying(House):
    """The house with both purchase flows; motors of VEN0001 are locked at 1500.00, in bands from 100 at 1400.00."""

    def join(self, **options: str) -> None:
        self.toy.join(self.workspace, flows=tuple(FLOWS.values()), **{"breaker_pause_s": "0", **options})
        self.switch("c200", on=False)

    def buy(self, form: str = ORDER, price: str = "1500.00", qty: object = 20, **more: Any) -> ErpBill:
        """A submitted bill with one motor line."""
        make = self.toy.erp.purchase_order if form == ORDER else self.toy.erp.requisition
        lines = more.pop("lines", (("M0003", qty, price),))
        return make(lines=lines, submit=True, **more)

    def at_desk(self, bill: ErpBill, *, header: dict[str, Any] | None = None, **line: object) -> None:
        """The bill's maker changes its first line (or header) and hands it in again."""
        first = bill.entries[TABLES[bill.form]][0]["FEntryID"]
        self.toy.erp.edit(bill.form, bill.id, bill.maker, header or {}, {first: line} if line else {})
        self.toy.erp.submit(bill.form, bill.id, bill.maker)

    def document(self, bill: ErpBill) -> Document:
        found = self.workspace.ledger.by_source("k3", bill.form, FLOWS[bill.form], [str(bill.id)])
        return found[str(bill.id)]

    def said(self, bill: ErpBill) -> str:
        """What the maker reads on his bill."""
        return str(bill.head.get("F_DQ_NOTE") or "")

    def came_back(self, bill: ErpBill) -> str:
        """Asserts that the bill lies with its maker, and answers what it says."""
        assert self.document(bill).state is S.RETURNED
        assert bill.status == "D"
        assert not self.running(bill)
        return self.said(bill)


@pytest.fixture
def buying(toy: Stage, tmp_path: Path, clock: Clock) -> Iterator[Buying]:
    erp = toy.erp
    rows = [
        {"FMaterialId": "M0003", "FTaxPrice": "1500.00", "FToQty": 100},
        {"FMaterialId": "M0003", "FTaxPrice": "1400.00", "FFromQty": 100},
        {
            "FMaterialId": "M0004", "FTaxPrice": "226.00", "FEntryEffectiveDate": "2025-01-01",
            "FEntryExpiryDate": "2025-12-31",
        },
    ]  # fmt: skip
    common = {
        "FUnitID": "Pcs", "FTaxRate": 13, "FEntryEffectiveDate": "2026-01-01", "FEntryExpiryDate": "2100-01-01",
        "FNote": INQUIRY,
    }  # fmt: skip
    head = {
        "FNumber": "JM100-VEN0001", "FName": "价目", "FCreateOrgId": "100", "FSupplierID": "VEN0001",
        "FCurrencyID": "PRE001", "FIsIncludedTax": True,
    }  # fmt: skip
    held = erp.make(
        "PUR_PriceCategory",
        head,
        {"FPriceListEntry": [{**common, **row} for row in rows]},
        "danqiao",
        submit=True,
    )
    erp.audit(held.form, held.id, "Administrator")
    made = Buying(toy, tmp_path / "data", clock)
    yield made
    made.close()


BOTH = pytest.mark.parametrize("form", [ORDER, REQUISITION])


@BOTH
def test_a_bill_at_the_locked_price_goes_its_way_and_its_approver_sees_the_inquiry(
    buying: Buying, form: str
) -> None:
    bill = buying.buy(form)
    buying.run()
    (request,) = buying.requests(bill)
    (line,) = request.details["detail_1"].values()
    assert (Decimal(line["lock_price"]), line["price_source"]) == (Decimal(1500), INQUIRY)
    if form == ORDER:
        assert Decimal(line["price_gap"]) == 0
    buying.approve(bill)
    buying.run()
    assert (bill.status, buying.document(bill).state) == ("C", S.DONE)


@BOTH
def test_another_price_comes_back_with_the_right_one_and_passes_once_corrected(
    buying: Buying, form: str
) -> None:
    bill = buying.buy(form, "1600.00")
    buying.run(2)
    said = buying.came_back(bill)
    assert "1600" in said and "1500" in said and INQUIRY in said and "#1 M0003" in said
    assert not buying.requests(bill), "the OA never saw it"
    buying.at_desk(bill, **{PRICE[form]: "1500.00"})
    buying.run(2)
    assert len(buying.requests(bill)) == 1
    buying.approve(bill)
    buying.run(2)
    assert buying.document(bill).state is S.DONE
    buying.assert_intact()


@BOTH
def test_cheaper_than_the_lock_is_not_the_lock_either(buying: Buying, form: str) -> None:
    bill = buying.buy(form, "1499.99")
    buying.run(2)
    assert "1499.99" in buying.came_back(bill)


LOOPHOLES: dict[str, tuple[dict[str, Any], str]] = {
    "the list price changed": ({"FTaxPrice": "1550.00"}, "1550"),
    "a discount": ({"FDiscountRate": "10"}, "1350"),
    "a dearer price hidden by a discount": ({"FTaxPrice": "1600.00", "FDiscountRate": "5"}, "1520"),
    "quantity moved to another band": ({"FQty": 100}, "1400"),
    "the price unit changed": ({"FPriceUnitId": "kg"}, "Pcs/kg"),
    "both units changed": ({"FUnitId": "kg", "FPriceUnitId": "kg"}, "kg → Pcs"),
    "another tax rate": ({"FEntryTaxRate": 6}, "6% → 13%"),
}


@pytest.mark.parametrize("case", LOOPHOLES)
def test_a_line_cannot_leave_its_lock(buying: Buying, case: str) -> None:
    """Handed in, taken back, changed, handed in again: each way out of the lock is seen."""
    change, said = LOOPHOLES[case]
    bill = buying.buy()
    buying.run()
    buying.toy.erp.withdraw(bill.form, bill.id, bill.maker)
    buying.at_desk(bill, **change)
    buying.run(3)
    told = buying.came_back(bill)
    assert said in told and INQUIRY in told


def test_another_currency_is_no_way_out(buying: Buying) -> None:
    bill = buying.buy(currency="PRE007")
    buying.run(2)
    assert "PRE007 → PRE001" in buying.came_back(bill)


def test_prices_without_tax_are_no_way_out(buying: Buying) -> None:
    bill = buying.buy(FIsIncludedTax=False, lines=(("M0003", 20, "1500.00"),))
    buying.run(2)
    assert INQUIRY in buying.came_back(bill)


def test_a_line_deleted_and_added_again_is_looked_at_again(buying: Buying) -> None:
    bill = buying.buy()
    buying.run()
    buying.toy.erp.withdraw(bill.form, bill.id, bill.maker)
    old = bill.entries[TABLES[ORDER]][0]
    line = {
        key: old[key]
        for key in old
        if key not in ("FEntryID", "FPrice", "FAllAmount") and old[key] is not None
    }
    line = {key: getattr(value, "number", value) for key, value in line.items()}
    buying.toy.erp.edit(
        bill.form,
        bill.id,
        bill.maker,
        {},
        {old["FEntryID"]: None},
        {TABLES[ORDER]: [{**line, "FTaxPrice": "1501"}]},
    )
    buying.toy.erp.submit(bill.form, bill.id, bill.maker)
    buying.run(3)
    assert "1501 → 1500" in buying.came_back(bill)


def test_an_old_bill_copied_with_an_expired_price_comes_back(buying: Buying) -> None:
    """Its own date is of the year in which the price held: the day of the look counts."""
    bill = buying.buy(lines=(("M0004", 5, "226.00"),), FDate="2025-06-01")
    buying.run(2)
    told = buying.came_back(bill)
    assert "2025-01-01…2025-12-31" in told and "M0004" in told


def test_every_wrong_line_is_told_at_once(buying: Buying) -> None:
    lines = (("M0003", 20, "1600"), ("M0001", 5, "1.13"), ("M0003", 150, "1500"))
    bill = buying.buy(lines=lines)
    buying.run(2)
    told = buying.came_back(bill)
    assert "#1 M0003 1600 → 1500" in told and "#3 M0003 1500 → 1400" in told and "M0001" not in told


@BOTH
def test_it_looks_again_at_the_moment_of_audit(buying: Buying, form: str) -> None:
    """Agreed in the OA; meanwhile a new inquiry replaced the price: the bill goes back instead of being audited."""
    bill = buying.buy(form)
    buying.run()
    (held,) = buying.toy.erp.tables["PUR_PriceCategory"].by_id.values()
    held.entries["FPriceListEntry"][0].update(FTaxPrice=Decimal("1450.00"), FNote="XJ000043")
    buying.approve(bill)
    buying.run(3)
    told = buying.came_back(bill)
    assert "1500 → 1450" in told and "XJ000043" in told
    assert bill.times("Audit") == 0
    kept = buying.workspace.ledger.round(buying.document(bill).id, 1)
    assert [each["decision"] for each in kept.opinions][-1] == "returned" and len(kept.opinions) > 1
    buying.at_desk(bill, **{PRICE[form]: "1450.00"})
    buying.run(2)
    buying.approve(bill, 2)
    buying.run(2)
    assert (bill.status, buying.document(bill).state) == ("C", S.DONE)
    buying.assert_intact()


def never(buying: Buying, form: str, **change: Any) -> None:
    """The flow with another lock."""
    flow = buying.workspace.flows[FLOWS[form]]
    lock = replace(flow.lock, **change)
    buying.workspace.flows = {
        **buying.workspace.flows, flow.id: replace(flow, version=f"{flow.id}-other", lock=lock)
    }  # fmt: skip


def test_a_line_that_never_had_a_price_passes_with_a_mark(buying: Buying) -> None:
    bill = buying.buy(lines=(("M0001", 5, "1.13"),))
    buying.run()
    (request,) = buying.requests(bill)
    (line,) = request.details["detail_1"].values()
    assert not line.get("lock_price"), "no price is not a price of 0"
    assert line["price_source"] == "没有锁定价"


def test_or_is_refused_where_the_flow_says_so(buying: Buying) -> None:
    never(buying, ORDER, refuse=True)
    bill = buying.buy(lines=(("M0001", 5, "1.13"),))
    buying.run(2)
    told = buying.came_back(bill)
    assert "M0001" in told and "没有锁定的价格" in told


def test_a_list_that_is_not_audited_locks_nothing(buying: Buying) -> None:
    (held,) = buying.toy.erp.tables["PUR_PriceCategory"].by_id.values()
    held.status = "A"
    bill = buying.buy(price="1600.00")
    buying.run(2)
    assert len(buying.requests(bill)) == 1


def test_two_prices_for_one_line_are_told_and_none_is_guessed(buying: Buying) -> None:
    (held,) = buying.toy.erp.tables["PUR_PriceCategory"].by_id.values()
    rows = held.entries["FPriceListEntry"]
    rows.append({**rows[0], "FEntryID": 999_999, "FTaxPrice": Decimal("1510.00")})
    bill = buying.buy()
    buying.run(2)
    assert INQUIRY in buying.came_back(bill)


def test_a_price_list_that_may_not_be_read_lets_nothing_through(buying: Buying) -> None:
    buying.toy.erp.settings.denied.add(("danqiao", "PUR_PriceCategory", "View"))
    bill = buying.buy(price="1600.00")
    buying.run(2)
    assert not buying.requests(bill)


def test_the_preflight_names_what_the_price_list_lacks(buying: Buying) -> None:
    route = next(each for each in buying.workspace.catalog.routes() if each.id == "c100")
    assert not buying.workspace.check_flow(route, "purchase_order")
    flow = buying.workspace.flows["purchase_order"]
    never(buying, ORDER, row={**flow.lock.row, "inquiry": "F_NOT_THERE"})
    told = buying.workspace.check_flow(route, "purchase_order")
    assert [(each.code, each.facts["field"]) for each in told] == [
        (ErrorCode.FIELD_MISSING, "FPriceListEntry.F_NOT_THERE")
    ]  # fmt: skip


def test_price_rows_are_read_once_for_all_bills_of_a_pass(buying: Buying) -> None:
    buying.run()
    for _ in range(10):
        buying.buy()
    before = buying.toy.erp_server.calls
    buying.run()
    assert buying.toy.erp_server.calls - before <= 2 * len(FLOWS) + 3


def test_asked_why_it_looks_at_the_lock_as_the_engine_does(buying: Buying) -> None:
    """The right price is due, with its inquiry on the form that would be sent; the wrong one is told as such."""
    buying.run()
    right, wrong = buying.buy(), buying.buy(price="1600.00")
    (due,) = buying.workspace.reasons.why_not_sent(right.number, engine=False)
    assert due.draft is not None and not due.code
    (line,) = due.draft.details["detail_1"]
    assert (line["price_source"], Decimal(line["lock_price"])) == (INQUIRY, Decimal(1500))
    (told,) = buying.workspace.reasons.why_not_sent(wrong.number, engine=False)
    assert told.code == ErrorCode.PRICE_OFF_LOCK.id and "1600 → 1500" in told.what


def test_a_dry_run_of_the_mapping_knows_the_lock(buying: Buying) -> None:
    buying.buy()
    buying.run(2)
    route = next(each for each in buying.workspace.catalog.routes() if each.id == "c100")
    buying.workspace.mapping.read_forms("purchase_order", route.id)
    opened = buying.workspace.mapping.open("purchase_order", route.id)
    same = buying.workspace.previews.dry_run(opened, 10)
    assert (same.looked_at, same.differing, same.failed) == (1, (), ())


# --- the scan: what was done directly in the ERP ---------------------------------------------------------------------------
def audited_by_hand(buying: Buying, form: str = ORDER, **more: Any) -> ErpBill:
    bill = buying.buy(form, **more)
    buying.toy.erp.audit(form, bill.id, "Administrator")
    return bill


@BOTH
def test_the_scan_finds_what_was_audited_outside_its_lock(buying: Buying, form: str) -> None:
    audited_by_hand(buying, form)
    wrong = audited_by_hand(buying, form, price="1600.00")
    buying.buy(form, "1700.00")  # not audited: the flow's own business
    scan = buying.workspace.prices.scan()
    assert scan.looked == 2
    (found,) = scan.found
    assert (found.number, found.company, found.flow_id) == (wrong.number, "100", FLOWS[form])
    assert found.error.facts["lines"] == f"#1 M0003 1600 → 1500 ({INQUIRY})"


def test_the_scan_looks_back_so_many_days_and_takes_the_price_of_the_day_of_audit(buying: Buying) -> None:
    audited_by_hand(buying, price="1600.00")
    (held,) = buying.toy.erp.tables["PUR_PriceCategory"].by_id.values()
    right = audited_by_hand(buying)
    buying.clock.pass_s(40 * 86_400)
    assert buying.workspace.prices.scan(30).looked == 0
    scan = buying.workspace.prices.scan(60)
    assert (scan.looked, len(scan.found)) == (2, 1)
    rows = held.entries["FPriceListEntry"]
    today = buying.toy.erp.today().replace(tzinfo=None)
    rows.append({**rows[0], "FEntryID": 999_998, "FTaxPrice": Decimal("1450"), "FEntryEffectiveDate": today})
    rows[0]["FEntryExpiryDate"] = today - timedelta(days=1)
    assert right.number not in [each.number for each in buying.workspace.prices.scan(60).found]


def test_a_bill_changed_after_its_approval_is_found(buying: Buying) -> None:
    """Approved and audited through us; then un-audited, changed and audited in the ERP itself."""
    bill = buying.buy()
    buying.run()
    buying.approve(bill)
    buying.run(2)
    assert not buying.workspace.prices.scan().found
    buying.toy.erp.un_audit(ORDER, bill.id, "Administrator")
    buying.at_desk(bill, FTaxPrice="1600.00")
    buying.toy.erp.audit(ORDER, bill.id, "Administrator")
    assert [each.number for each in buying.workspace.prices.scan().found] == [bill.number]


def test_the_door_tells_the_findings_and_ends_with_one(
    buying: Buying, capsys: pytest.CaptureFixture[str]
) -> None:
    given = parser().parse_args(["prices", "scan", "--json"])
    url = f"sqlite:///{buying.folder / 'danqiao.db'}"

    def door() -> tuple[int, dict[str, Any]]:
        with pytest.MonkeyPatch.context() as patch:
            for (system, name), value in buying.toy.memory.items():
                patch.setenv(f"DANQIAO_{system}_{name}".upper(), value)
            code = prices_door.prices(given, url)
        return code, json.loads(capsys.readouterr().out)

    audited_by_hand(buying)
    code, told = door()
    assert (code, told["ok"], told["looked"], told["findings"]) == (0, True, 1, [])
    bill = audited_by_hand(buying, price="1600.00")
    code, told = door()
    assert (code, told["ok"], [each["number"] for each in told["findings"]]) == (1, False, [bill.number])
    assert INQUIRY in told["findings"][0]["said"]


# --- the price book, pure --------------------------------------------------------------------------------------------------
ROW = PriceRow(
    "100", "V", "M", "Pcs", "CNY", True, Decimal(13), Decimal(0), Decimal(100), Decimal(10), Decimal("11.3"),
    "2026-01-01", "2026-12-31", INQUIRY,
)  # fmt: skip
ASK = PriceAsk(
    "1", "100", "V", "M", "Pcs", "CNY", True, Decimal(13), Decimal(5), "2026-06-01", None, Decimal("11.3")
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({}, None), ({"qty": Decimal(0)}, None), ({"qty": Decimal("99.9999")}, None), ({"day": "2026-01-01"}, None),
        ({"day": "2026-12-31"}, None), ({"unit": ""}, None), ({"tax_rate": None}, None), ({"tax_included": None}, None),
        ({"company": ""}, None), ({"company": "200"}, Missing.NONE), ({"supplier": "W"}, Missing.NONE),
        ({"supplier": ""}, Missing.NONE), ({"material": "N"}, Missing.NONE), ({"currency": "USD"}, Missing.CURRENCY),
        ({"unit": "kg"}, Missing.UNIT), ({"tax_included": False}, Missing.TAX_FLAG),
        ({"tax_rate": Decimal(6)}, Missing.TAX_RATE), ({"day": "2027-01-01"}, Missing.DAY),
        ({"day": "2025-12-31"}, Missing.DAY), ({"qty": Decimal(100)}, Missing.BAND),
    ],
)  # fmt: skip
def test_looking_up(change: dict[str, Any], missing: Missing | None) -> None:
    found = look_up([ROW], replace(ASK, **change))
    assert (found.row, found.missing) == ((ROW, None) if missing is None else (None, missing))


def test_nothing_found_is_never_a_price_of_nothing() -> None:
    assert look_up([replace(ROW, tax_price=Decimal(0))], ASK).missing is Missing.EMPTY
    assert look_up([ROW, replace(ROW, inquiry="other")], ASK).missing is Missing.SEVERAL
    assert look_up([], ASK).missing is Missing.NONE
    open_end = replace(ROW, from_qty=Decimal(100), to_qty=Decimal(0), ends="", inquiry="above")
    assert look_up([ROW, open_end], replace(ASK, qty=Decimal(100_000))).row == open_end


@pytest.mark.parametrize(
    ("wrong", "said"),
    [('otherwise = "maybe"', "otherwise"), ("nonsense = 1", "nonsense"), ("", "supplier")],
)
def test_a_lock_that_says_too_little_is_refused_with_its_place(wrong: str, said: str) -> None:
    text = (Path(__file__).parents[2] / "resources/flows/purchase_order.approval.toml").read_text("utf-8")
    if wrong:
        text = text.replace('otherwise = "allow"', wrong)
    else:
        text = text.replace('  supplier     = "FSupplierId.FNumber"\n', "")
    with pytest.raises(SyncError) as caught:
        parse_flow(text, "mine.toml")
    assert caught.value.code is ErrorCode.FLOW_FILE_WRONG
    assert said in str(caught.value.facts)
