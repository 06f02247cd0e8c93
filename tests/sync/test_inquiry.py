"""An inquiry's ways, over real HTTP: what was compared becomes an inquiry bill, the chosen prices an adjustment of the lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode, SyncError
from desktop.sandbox.erp import Erp
from desktop.sandbox.erp_bill import Refusal
from desktop.sandbox.erp_prices import overlap
from desktop.sync.expression import Scope, compile_expression
from tests.sync.making import KEY, MOTOR, Works, inquiry_lines

LIST, TABLE = "PUR_PriceCategory", "FPriceListEntry"


def rows_of(
    erp: Erp, supplier: str = "VEN0001", company: str = "100", material: str = "M0003"
) -> list[tuple]:
    """(price with tax, first day, last day, note) of a supplier's rows, in the order of their first day."""
    (held,) = [each for each in erp.tables[LIST].by_id.values() if each.number == f"JM{company}-{supplier}"]
    rows = [row for row in held.entries[TABLE] if row["FMaterialId"].number == material]
    return sorted(
        (
            row["FTaxPrice"], row["FEntryEffectiveDate"].date().isoformat(), row["FEntryExpiryDate"].date().isoformat(),
            row.get("FNote") or "",
        )
        for row in rows
    )  # fmt: skip


def assert_no_overlap(erp: Erp) -> None:
    for held in erp.tables[LIST].by_id.values():
        rows = held.entries[TABLE]
        doubled = [
            (held.number, one, other)
            for place, one in enumerate(rows)
            for other in rows[place + 1 :]
            if overlap(one, other)
        ]
        assert not doubled


def test_an_inquiry_becomes_a_bill_and_a_price(sourcing: Works) -> None:
    request = sourcing.agreed()
    sourcing.run()
    assert sourcing.stands(request) == (S.DONE, "")
    (inquiry,), (adjustment,) = sourcing.made(), sourcing.made("PUR_PAT")
    assert (inquiry.status, adjustment.status) == ("C", "C")
    assert (inquiry.head[KEY][-6:], adjustment.head[KEY][-6:]) == ("-R1-L1", "-R1-L2")
    compared = inquiry.entries["FEntity"]
    assert [each["FTaxPrice"] for each in compared] == [Decimal("1500"), Decimal("1600")]
    assert compared[0]["FEntrySupplierId"].number == "VEN0001" and compared[1].get("FEntrySupplierId") is None
    assert "没有建档的供应商" in compared[1]["FEntryNote"]
    assert rows_of(sourcing.toy.erp) == [(Decimal("1500"), "2026-12-01", "2027-11-30", inquiry.number)]
    told = sourcing.record(request).fields
    assert (told["erp_bill_no"], told["inquiry_no"]) == (inquiry.number, inquiry.number)
    assert adjustment.number in told["erp_result"]
    sourcing.assert_intact()


def test_a_corrected_inquiry_replaces_the_price_without_gap_or_overlap(sourcing: Works) -> None:
    """The old price stays valid until the day before the new one begins; the audited list itself is never un-audited."""
    sourcing.agreed()
    sourcing.run()
    second = sourcing.agreed(valid_from="2027-03-01", lines=inquiry_lines(tax_price="1450.00"))
    sourcing.run()
    assert sourcing.stands(second) == (S.DONE, "")
    assert [row[:3] for row in rows_of(sourcing.toy.erp)] == [
        (Decimal("1450"), "2027-03-01", "2027-11-30"), (Decimal("1500"), "2026-12-01", "2027-02-28"),
    ]  # fmt: skip
    lists = sourcing.toy.erp.tables[LIST].by_id.values()
    assert not any(act.operation in ("UnAudit", "Save") for each in lists for act in each.history[3:])
    assert_no_overlap(sourcing.toy.erp)


def test_several_suppliers_and_bands_are_one_adjustment(sourcing: Works) -> None:
    lines = (
        *inquiry_lines(qty_from="0", qty_to="100"),
        {**inquiry_lines(qty_from="100", tax_price="1400")[0]},
        {**inquiry_lines(supplier_id="4002", tax_price="1490", valid_from="2027-01-01")[0]},
    )
    sourcing.agreed(lines=lines)
    sourcing.run()
    (adjustment,) = sourcing.made("PUR_PAT")
    assert len(adjustment.entries["FPATEntry"]) == 3
    assert [row[0] for row in rows_of(sourcing.toy.erp)] == [Decimal("1400"), Decimal("1500")]
    assert rows_of(sourcing.toy.erp, "VEN0002")[0][:2] == (Decimal("1490"), "2027-01-01")
    assert_no_overlap(sourcing.toy.erp)


WRONG = {
    "nobody chosen": (inquiry_lines(chosen=""), {}, "没有勾选"),
    "no price": (inquiry_lines(tax_price=""), {}, "为空或为零"),
    "price zero": (inquiry_lines(tax_price="0"), {}, "为空或为零"),
    "price negative": (inquiry_lines(tax_price="-1"), {}, "为空或为零"),
    "no tax rate": (inquiry_lines(tax_rate=""), {}, "税率"),
    "no unit": (inquiry_lines(unit=""), {}, "单位"),
    "two currencies": (inquiry_lines(currency="USD"), {}, "币别"),
    "no first day": (inquiry_lines(), {"valid_from": ""}, "生效日期"),
    "ends before it begins": (inquiry_lines(), {"valid_to": "2026-11-30"}, "失效日期早于"),
    "band upside down": (inquiry_lines(qty_from="100", qty_to="10"), {}, "数量段"),
}


@pytest.mark.parametrize("case", WRONG)
def test_an_inquiry_that_says_too_little_goes_back_before_anything_is_made(
    sourcing: Works, case: str
) -> None:
    lines, fields, said = WRONG[case]
    request = sourcing.agreed(lines=lines, **fields)
    sourcing.run(2)
    assert not sourcing.made() and not sourcing.made("PUR_PAT")
    assert sourcing.stands(request) == (S.RETURNED, "")
    assert said in sourcing.record(request).log[-1].remark


def test_a_supplier_without_a_price_list_is_a_gap_that_is_told_with_all_others(sourcing: Works) -> None:
    request = sourcing.agreed(lines=inquiry_lines(supplier_id="4004", unit="箱"))
    sourcing.run(2)
    assert sourcing.stands(request) == (S.FOUND, ErrorCode.BASE_DATA_UNMAPPED.id)
    document = sourcing.of(request)
    facts = sourcing.workspace.ledger.open_failures([document.id])[document.id][0].facts
    assert all(each in facts["gaps"] for each in ("price_list 4004/CNY", "supplier 4004", "unit 箱"))
    assert not sourcing.made()


def test_a_returned_inquiry_is_corrected_and_becomes_one_price(sourcing: Works) -> None:
    request = sourcing.agreed(lines=inquiry_lines(tax_price="0"))
    sourcing.run(2)
    sourcing.toy.oa.resubmit(request, "61", {}, {"detail_1": inquiry_lines()})
    sourcing.toy.oa.approve_fully(request)
    sourcing.run(2)
    assert sourcing.stands(request) == (S.DONE, "")
    assert len(rows_of(sourcing.toy.erp)) == len(sourcing.made()) == 1
    assert sourcing.made("PUR_PAT")[0].head[KEY].endswith("-R2-L2")


MISFITS = {
    "before a later price": ({"valid_from": "2026-12-31"}, inquiry_lines()),
    "another band across it": ({}, inquiry_lines(qty_from="50", qty_to="200")),
    "twice in one inquiry": (
        {"valid_from": "2027-02-01"},
        (inquiry_lines()[0], inquiry_lines(tax_price="1490")[0]),
    ),
}


@pytest.mark.parametrize("case", MISFITS)
def test_a_price_that_conflicts_with_another_goes_back_before_anything_is_made(
    sourcing: Works, case: str
) -> None:
    fields, lines = MISFITS[case]
    sourcing.agreed(valid_from="2027-01-01")
    sourcing.run()
    other = sourcing.agreed(lines=lines, **fields)
    sourcing.run(2)
    assert sourcing.stands(other) == (S.RETURNED, "")
    assert "JM100-VEN0001 M0003 Pcs" in sourcing.record(other).log[-1].remark
    assert len(sourcing.made()) == len(sourcing.made("PUR_PAT")) == len(rows_of(sourcing.toy.erp)) == 1


def test_a_correction_from_the_same_day_replaces_the_price_whole(sourcing: Works) -> None:
    sourcing.agreed()
    sourcing.run()
    again = sourcing.agreed(lines=inquiry_lines(tax_price="1480.00"))
    sourcing.run()
    assert sourcing.stands(again) == (S.DONE, "")
    third = sourcing.agreed(lines=inquiry_lines(tax_price="1470.00"))
    sourcing.run()
    assert sourcing.stands(third) == (S.DONE, ""), "a row that prices no day is in nobody's way"
    assert [row[0] for row in rows_of(sourcing.toy.erp) if row[1] <= row[2]] == [Decimal("1470")]
    assert_no_overlap(sourcing.toy.erp)


def test_what_the_erp_refuses_after_the_inquiry_bill_waits_for_a_person(sourcing: Works) -> None:
    """Its own words, for finance; after the cure the chain goes on at the halted step."""
    sourcing.refuse("Audit", "调价单须由财务审核", "PUR_PAT")
    request = sourcing.agreed()
    sourcing.run(3)
    assert sourcing.stands(request) == (S.SUBMITTED, ErrorCode.REFUSED.id)
    assert not rows_of(sourcing.toy.erp)
    sourcing.toy.erp.settings.validators.clear()
    sourcing.toy.erp.audit("PUR_PAT", sourcing.made("PUR_PAT")[0].id, "Administrator")
    sourcing.workspace.order("clerk", "retry", (sourcing.of(request).id,))
    sourcing.run(2)
    assert sourcing.stands(request) == (S.DONE, "")


def test_the_preflight_names_what_the_price_list_lacks(sourcing: Works) -> None:
    route = next(each for each in sourcing.workspace.catalog.routes() if each.id == "c100")
    assert not sourcing.workspace.check_flow(route, "inquiry")
    flow = sourcing.workspace.flows["inquiry"]
    lame = replace(flow.legs[1], fits=replace(flow.legs[1].fits, band=("FFromQty", "F_NOT_THERE")))
    sourcing.workspace.flows = {"inquiry": replace(flow, version="lame", legs=(flow.legs[0], lame))}
    told = sourcing.workspace.check_flow(route, "inquiry")
    assert [each.facts["field"] for each in told] == ["FPriceListEntry.F_NOT_THERE"]


DAYS = st.integers(0, 400).map(lambda day: datetime.fromordinal(datetime(2026, 6, 1).toordinal() + day))
CHANGE = st.tuples(DAYS, st.integers(0, 500), st.sampled_from([(0, 0), (0, 100), (100, 0), (50, 200)]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CHANGE, min_size=1, max_size=8))
def test_the_rows_of_the_erps_price_lists_never_overlap(changes: list) -> None:
    """Whatever adjustments come, in whatever order: a refused one changes nothing, an audited one leaves no day double."""
    erp = Erp()
    held = erp.price_list(prices=(("M0003", "1582"),))
    for begins, lasts, (first, last) in changes:
        line = {
            "FPriceListId": held.number, "FMaterialId": "M0003", "FUnitID": "Pcs", "FTaxPrice": "1500", "FTaxRate": 13,
            "FFromQty": first, "FToQty": last, "FEntryEffectiveDate": begins,
            "FEntryExpiryDate": datetime.fromordinal(begins.toordinal() + lasts),
        }  # fmt: skip
        bill = erp.make(
            "PUR_PAT",
            {"FDate": erp.today(), "FCreateOrgId": "100"},
            {"FPATEntry": [line]},
            "zhouqi",
            submit=True,
        )
        before = [dict(row) for row in held.entries[TABLE]]
        try:
            erp.audit("PUR_PAT", bill.id, "danqiao")
        except Refusal:
            assert held.entries[TABLE] == before
        assert_no_overlap(erp)


ROWS = {"t": {"1": {"a": Decimal(2), "b": ""}, "2": {"a": Decimal(5), "b": "x"}}}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("count(t, a > 2)", 1),
        ("count(t, a > limit)", 2),
        ("count(t, not b)", 1),
        ("count(t, t.a)", 0),
        ("count(u, a)", 0),
    ],
)
def test_lines_are_counted_by_a_test(text: str, found: int) -> None:
    expression = compile_expression(text)
    assert expression.value(Scope({"limit": Decimal(1)}, ROWS)) == found
    assert not expression.names, "what the test reads belongs to the lines"


def test_what_a_test_reads_is_asked_of_the_lines() -> None:
    assert compile_expression("count(t, a > 2 and b)").tables == {"t": {"a", "b"}}
    with pytest.raises(SyncError) as caught:
        compile_expression("count(t.a, a > 2)")
    assert caught.value.code is ErrorCode.EXPRESSION_WRONG


def test_a_motor_is_known_by_its_code_where_the_form_has_no_pick(sourcing: Works) -> None:
    line = {**inquiry_lines()[0], **MOTOR, "material_id": ""}
    sourcing.agreed(lines=(line,))
    sourcing.run()
    assert len(rows_of(sourcing.toy.erp)) == 1
