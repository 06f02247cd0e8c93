"""The nightly scans: invoices past the gate and prices outside their lock are found, kept, told, mended or accepted."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.events import Event, NoticeTold, ScanEnded
from desktop.domain.system import Person, Role
from desktop.doors import prices_door
from desktop.doors.command_line import parser
from desktop.sandbox.erp_bill import ErpBill
from desktop.sandbox.faults import Fault
from desktop.services.health import Level
from desktop.services.people import Seat
from desktop.store.findings import Findings
from tests.sync.gating import BOOKKEEPER, INVOICE, Till

DAY_S = 86_400


def by_hand(till: Till, bill: ErpBill) -> ErpBill:
    """A colleague with the right to do so audits it in the ERP, while DanQiao is off."""
    return till.toy.erp.audit(bill.form, bill.id, BOOKKEEPER)


def unmend(till: Till, bill: ErpBill, *deductions: tuple[ErpBill, str]) -> None:
    """Un-audited, deducted, audited again, all by hand."""
    till.toy.erp.un_audit(INVOICE, bill.id, BOOKKEEPER)
    till.deduct(bill, *deductions)
    till.toy.erp.submit(INVOICE, bill.id, bill.maker)
    by_hand(till, bill)


def test_only_what_the_gate_would_have_refused_at_its_audit_is_found(till: Till) -> None:
    early = by_hand(till, till.invoice())
    till.clock.pass_s(120)
    claim = till.claim("1130.00")
    till.clock.pass_s(120)
    forgot = by_hand(till, till.invoice())
    other = by_hand(till, till.invoice(supplier="VEN0002"))
    good = till.invoice((claim, "1130.00"))
    till.run(2)
    scan = till.workspace.invoices.scan()
    assert scan.looked == 4 and not scan.found, "recovered since by another invoice"
    till.toy.erp.un_audit(INVOICE, good.id, BOOKKEEPER)
    (found,) = till.workspace.invoices.scan().found
    assert (found.number, found.maker, found.error.code) == (
        forgot.number,
        forgot.maker,
        ErrorCode.CLAIM_OPEN_NO_ORDER,
    )
    assert found.error.facts["due"] == "1 130.00" and early.number != other.number
    till.workspace.people.seat = Seat(Person("south", "South", Role.CLERK, ("c200",)))
    assert till.workspace.invoices.scan().looked == 0, "another company's"
    till.workspace.people.seat = Seat()
    till.clock.pass_s(40 * DAY_S)
    assert till.workspace.invoices.scan(30).looked == 0


def test_what_a_person_accepted_is_no_finding(till: Till) -> None:
    till.claim("300.00")
    till.clock.pass_s(60)
    till.run()
    bill = till.invoice()
    till.toy.erp.settings.validators[INVOICE, "CancelAssign"] = "不允许撤销"
    till.run()
    by_hand(till, bill)
    till.run(2)
    assert till.failure(bill) == ErrorCode.PAST_THE_GATE.id
    assert [each.number for each in till.workspace.invoices.scan().found] == [bill.number]
    till.workspace.documents.accept("boss", till.document(bill).id, "补在下一张")
    till.run()
    assert not till.workspace.invoices.scan().found


def test_the_engine_scans_once_a_night_and_keeps_what_it_finds(till: Till) -> None:
    heard: list[Event] = []
    till.workspace.subscribe(heard.append)
    night, engine = till.workspace.bypass, till.workspace.engine
    assert "bypass" in engine.chores
    claim = till.claim("1130.00")
    till.clock.pass_s(60)
    bill = by_hand(till, till.invoice())
    assert night.scan_if_due() and not night.scan_if_due(), "once a night"
    (kept,) = night.open("invoices")
    assert (kept.found.number, kept.found.code, kept.found.key) == (bill.number, "RUL-632", str(bill.id))
    fresh = [each for each in heard if isinstance(each, ScanEnded) and each.scan == "invoices"]
    assert [(each.route_id, each.fresh, each.found) for each in fresh] == [("c100", 1, 1), ("c200", 0, 0)]
    told = {each.name: each for each in till.workspace.health.check() if each.area == "house"}
    assert (
        told["bypass_invoices"].level is Level.WARN
        and bill.number in told["bypass_invoices"].facts["numbers"]
    )
    assert told["bypass_prices"].level is Level.OK
    heard.clear()
    till.clock.pass_s(DAY_S)
    assert engine.chores["bypass"][1]()
    assert [each.id for each in night.open("invoices")] == [kept.id], "the same one, not told again"
    assert [each.fresh for each in heard if isinstance(each, ScanEnded)] == [0] * 4
    unmend(till, bill, (claim, "1130.00"))
    till.clock.pass_s(DAY_S)
    night.scan_if_due()
    assert night.open("invoices") == []
    lines = [each.action for each in till.workspace.trail.entries("scan:invoices")]
    assert lines == ["scan.found", "scan.mended"]
    till.assert_intact()


def test_a_finding_is_told_once_and_once_when_it_is_over(till: Till) -> None:
    told: list[NoticeTold] = []
    till.workspace.subscribe(lambda event: told.append(event) if isinstance(event, NoticeTold) else None)
    claim = till.claim("1130.00")
    till.clock.pass_s(60)
    bill = by_hand(till, till.invoice())
    till.workspace.bypass.scan()
    for _ in range(3):
        till.workspace.notices.look()
    (notice,) = told
    assert notice.grave and "1 130.00" in f"{notice.title} {notice.text}"
    unmend(till, bill, (claim, "1130.00"))
    till.clock.pass_s(DAY_S)
    till.workspace.bypass.scan()
    till.workspace.notices.look()
    till.clock.pass_s(300)
    till.workspace.notices.look()
    assert [each.grave for each in told] == [True, False]


def test_a_person_says_why_it_may_stand_and_it_stays_so_until_it_says_something_else(till: Till) -> None:
    till.claim("1130.00")
    till.clock.pass_s(60)
    by_hand(till, till.invoice())
    night = till.workspace.bypass
    night.scan()
    (kept,) = night.open("invoices")
    with pytest.raises(SyncError) as refused:
        night.close("chief", kept.id, "  ")
    assert refused.value.code is ErrorCode.ARGUMENT_WRONG
    night.close("chief", kept.id, "已与供应商另行结算")
    night.scan()
    assert night.open("invoices") == []
    at, other = (
        kept.first_at + timedelta(days=1),
        replace(kept.found, facts={**kept.found.facts, "due": "7.00"}),
    )
    place = [(kept.found.flow_id, kept.found.form, kept.found.key)]
    news, mended = Findings(till.workspace.store, till.workspace.trail).keep(
        "invoices", "c100", at, at, 1, [other], place
    )
    assert (news, mended) == ([other], 0) and [each.id for each in night.open("invoices")] == [kept.id]


def test_a_company_that_cannot_be_read_is_told_and_what_was_found_stands(till: Till) -> None:
    till.claim("1130.00")
    till.clock.pass_s(60)
    by_hand(till, till.invoice())
    night = till.workspace.bypass
    night.scan()
    till.toy.erp_faults.force(Fault.SERVER_ERROR, "ExecuteBillQuery", times=200)
    night.scan()
    assert len(night.open("invoices")) == 1
    assert {run.code for run in night.runs("invoices")} == {ErrorCode.SERVER_ERROR.id}
    till.toy.erp_faults.clear()
    told = {each.name: each for each in till.workspace.health.check() if each.area == "house"}
    assert told["bypass_invoices"].level is Level.WARN and told["bypass_invoices"].error is not None


def test_the_door_beside_the_prices(till: Till, capsys: pytest.CaptureFixture[str]) -> None:
    till.claim("1130.00")
    till.clock.pass_s(60)
    bill = by_hand(till, till.invoice())
    given = parser().parse_args(["invoices", "scan", "--json"])
    with pytest.MonkeyPatch.context() as patch:
        for (system, name), value in till.toy.memory.items():
            patch.setenv(f"DANQIAO_{system}_{name}".upper(), value)
        assert prices_door.invoices(given, f"sqlite:///{till.folder / 'danqiao.db'}") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["looked"], [each["number"] for each in told["findings"]]) == (
        False,
        1,
        [bill.number],
    )
    assert "1 130.00" in told["findings"][0]["said"]
