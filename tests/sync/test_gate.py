"""The invoice gate over real HTTP: what passes, what goes back and with which words, and what never passes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal

import pytest

from desktop.domain.claim import Settlement
from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode
from desktop.domain.system import Person, Role
from desktop.sandbox.faults import Fault
from desktop.services.people import Seat
from tests.sync.gating import BOOKKEEPER, CLAIM, FLOW, INVOICE, LINES, Till
from tests.sync.sentences import assert_plain
from tests.sync.test_crash_matrix import CHILD, LOSSES, MOMENTS

DONE, BACK, KEPT = (S.DONE, "", "C"), (S.RETURNED, "", "D"), (S.FOUND, ErrorCode.CLAIM_CURRENCY.id, "B")


def test_an_invoice_without_claims_is_audited_by_the_integration_user(till: Till) -> None:
    invoice = till.invoice()
    till.run()
    assert till.stands(invoice) == DONE
    assert till.our_acts(invoice, "Audit") == 1
    assert not till.all_requests(), "no OA has a part in it"
    till.run(2)
    assert till.audits(invoice) == 1
    till.assert_intact()


def test_a_forgotten_claim_comes_back_with_the_sentence_and_passes_once_deducted(till: Till) -> None:
    order = till.ordered()
    payable, claim = till.payable(order), till.claim("1130.00", order.number)
    invoice = till.invoice(payable=payable)
    till.run()
    assert till.stands(invoice) == BACK
    said = till.said(invoice)
    for part in ("VEN0001", order.number, "1 130.00", claim.number, "不能审核", invoice.number):
        assert part in said
    assert "PRE001" not in said, "a currency is told by its name, not by the ERP's code"
    assert not till.audits(invoice)
    till.deduct(invoice, (claim, "1130.00"))
    till.hand_in(invoice)
    till.run()
    assert till.stands(invoice) == DONE
    assert till.deducted(claim) == Decimal("1130.00")
    assert till.document(invoice).round == 2
    till.assert_intact()


def test_a_claim_above_the_invoice_takes_all_of_it_and_its_rest_stays_open(till: Till) -> None:
    claim = till.claim("5000.00")
    invoice = till.invoice((claim, "2000.00"))
    till.run()
    assert till.stands(invoice) == BACK, "it can bear 2 260.00"
    till.deduct(invoice, (claim, "2260.00"))
    till.hand_in(invoice)
    till.run()
    assert till.stands(invoice) == DONE
    following = till.invoice((claim, "2740.00"), quantity=400)
    till.run()
    assert till.stands(following) == DONE
    assert till.deducted(claim) == Decimal("5000.00")
    last = till.invoice()
    till.run()
    assert till.stands(last) == DONE


def test_partial_deductions_over_several_claims(till: Till) -> None:
    first, second = till.claim("500.00"), till.claim("700.00")
    short = till.invoice((first, "500.00"), (second, "699.99"))
    till.run()
    assert till.stands(short) == BACK
    till.deduct(short, (first, "500.00"), (second, "700.00"))
    till.hand_in(short)
    till.run()
    assert till.stands(short) == DONE


@pytest.mark.parametrize(("deduction", "words"), [("1130.01", "超过未扣金额 1 130.00"), ("-10.00", "不可用")])
def test_a_wrong_deduction_goes_back(till: Till, deduction: str, words: str) -> None:
    claim = till.claim("1130.00")
    invoice = till.invoice((claim, deduction))
    till.run()
    assert till.stands(invoice) == BACK
    assert claim.number in till.said(invoice) and words in till.said(invoice)


@pytest.mark.parametrize(
    "whose", ["nobody's", "another supplier's", "not audited", "another company's", "settled by payments"]
)
def test_a_claim_number_that_does_not_fit_goes_back(till: Till, whose: str) -> None:
    claims = {
        "nobody's": lambda: "SPZR999999",
        "another supplier's": lambda: till.claim(supplier="VEN0002"),
        "not audited": lambda: till.claim(audited=False),
        "another company's": lambda: till.claim(company="200"),
        "settled by payments": lambda: till.claim(mode="3"),
    }
    invoice = till.invoice((claims[whose](), "100.00"))
    till.run()
    assert till.stands(invoice) == BACK
    assert "不可用" in till.said(invoice)


def test_more_than_the_invoice_goes_back(till: Till) -> None:
    claim = till.claim("5000.00")
    invoice = till.invoice((claim, "3000.00"))
    till.run()
    assert till.stands(invoice) == BACK
    assert "超过扣减前金额" in till.said(invoice)


def test_only_claims_of_the_invoices_orders_count(till: Till) -> None:
    mine, other = till.ordered(), till.ordered()
    till.claim("300.00", other.number)
    invoice = till.invoice(payable=till.payable(mine))
    till.run()
    assert till.stands(invoice) == DONE
    claim = till.claim("200.00")
    second = till.invoice(payable=till.payable(mine))
    till.run()
    assert till.stands(second) == BACK, "a claim that names no order counts for each"
    assert claim.number in till.said(second)


def test_without_a_way_to_the_order_the_supplier_counts_and_the_sentence_says_so(till: Till) -> None:
    order = till.ordered()
    claim = till.claim("300.00", order.number)
    invoice = till.invoice()
    till.run()
    assert till.stands(invoice) == BACK
    assert "找不到对应的采购订单" in till.said(invoice) and claim.number in till.said(invoice)


def test_settled_in_kind_or_on_payments_stops_no_invoice_unless_the_file_says_so(till: Till) -> None:
    till.claim("300.00", mode="2")
    till.claim("300.00", mode="3")
    first = till.invoice()
    till.run()
    assert till.stands(first) == DONE
    flow = till.workspace.flows[FLOW]
    modes = {**flow.gate.claims.modes, "2": Settlement.INVOICE}
    strict = replace(flow.gate, claims=replace(flow.gate.claims, modes=modes))
    till.workspace.flows = {FLOW: replace(flow, version="strict", gate=strict)}
    second = till.invoice()
    till.run()
    assert till.stands(second) == BACK


# --- at the moment of the audit -----------------------------------------------------------------------------------------
def test_a_claim_that_comes_while_the_audit_is_refused_is_seen_at_the_next_look(till: Till) -> None:
    till.toy.erp.settings.validators[INVOICE, "Audit"] = "会计期间已关闭"
    invoice = till.invoice()
    till.run()
    assert till.stands(invoice) == (S.FOUND, ErrorCode.REFUSED.id, "B")
    till.toy.erp.settings.validators.clear()
    till.claim("300.00")
    till.workspace.order("zhouqi", "retry", (till.document(invoice).id,))
    till.run()
    assert till.stands(invoice) == BACK
    assert not till.audits(invoice)


def test_what_is_set_aside_for_one_invoice_is_not_there_for_another(till: Till) -> None:
    """Two invoices take the same claim at once; the second is told what is left, and gets it when the first goes back."""
    claim = till.claim("1000.00")
    first, second = till.invoice((claim, "1000.00")), till.invoice((claim, "1000.00"))
    till.run()
    assert till.stands(first) == DONE
    assert till.stands(second) == BACK
    assert till.deducted(claim) == Decimal("1000.00")


def test_what_is_set_aside_is_released_when_the_invoice_is_taken_back(till: Till) -> None:
    claim = till.claim("1000.00")
    till.toy.erp.settings.validators[INVOICE, "Audit"] = "会计期间已关闭"
    first = till.invoice((claim, "1000.00"))
    till.run()
    assert till.stands(first)[0] is S.FOUND
    second = till.invoice((claim, "1000.00"))
    till.run()
    assert till.stands(second) == BACK, "set aside for the first"
    assert "超过未扣金额 0.00" in till.said(second)
    till.toy.erp.settings.validators.clear()
    till.take_back(first)
    till.hand_in(second)
    till.run(2)
    assert till.stands(first)[0] is S.CANCELLED
    assert till.stands(second) == DONE


def test_a_cancelled_claim_is_released_and_its_deduction_no_longer_fits(till: Till) -> None:
    claim = till.claim("1000.00")
    plain = till.invoice()
    till.run()
    assert till.stands(plain) == BACK
    till.toy.erp.un_audit(CLAIM, claim.id, BOOKKEEPER)
    till.hand_in(plain)
    deducting = till.invoice((claim, "1000.00"))
    till.run()
    assert till.stands(plain) == DONE
    assert till.stands(deducting) == BACK


def test_an_invoice_changed_around_its_audit_is_told(till: Till) -> None:
    """Taken back, changed and handed in between our look and the ERP's audit: DONE, with RUL-610 for a person."""
    invoice = till.invoice()

    def change(step: str, moment: str) -> None:
        if (step, moment) == ("audit_bill", "before the call"):
            till.take_back(invoice)
            line = invoice.entries[LINES][0]["FEntryID"]
            till.toy.erp.edit(INVOICE, invoice.id, "zhouqi", {}, {line: {"FPRICEQTY": 300}})
            till.hand_in(invoice)

    till.workspace.engine.effects.at_moment = change
    till.run()
    assert till.stands(invoice) == (S.DONE, ErrorCode.CHANGED_AROUND_AUDIT.id, "C")


# --- past the gate -------------------------------------------------------------------------------------------------------
def test_an_invoice_audited_by_hand_is_a_persons_question_where_its_claim_is_open(till: Till) -> None:
    till.claim("300.00")
    till.run()
    invoice = till.invoice()
    till.toy.erp.settings.validators[INVOICE, "CancelAssign"] = "不允许撤销"
    till.run()
    till.toy.erp.audit(INVOICE, invoice.id, BOOKKEEPER)
    till.run(2)
    document = till.document(invoice)
    assert till.stands(invoice) == (S.FOUND, ErrorCode.PAST_THE_GATE.id, "C")
    facts = till.workspace.ledger.open_failures([document.id])[document.id][0].facts
    assert "300.00" in assert_plain(ErrorCode.PAST_THE_GATE.id, facts)
    till.workspace.documents.accept("boss", document.id, "补在下一张")
    till.run()
    assert till.stands(invoice) == (S.DISMISSED, "", "C")


def test_one_that_the_gate_would_have_let_pass_is_done(till: Till) -> None:
    till.toy.erp.settings.validators[INVOICE, "Audit"] = "会计期间已关闭"
    invoice = till.invoice()
    till.run()
    till.toy.erp.settings.validators.clear()
    till.toy.erp.audit(INVOICE, invoice.id, BOOKKEEPER)
    till.run()
    assert till.stands(invoice) == DONE


# --- fails closed --------------------------------------------------------------------------------------------------------
def test_what_cannot_be_read_is_not_audited(till: Till) -> None:
    claim = till.claim("300.00", mode="9")
    invoice = till.invoice((claim, "300.00"))
    others = till.invoice(supplier="VEN0002")
    till.run()
    assert till.stands(invoice) == (S.FOUND, ErrorCode.CLAIM_UNREADABLE.id, "B")
    assert till.stands(others) == DONE
    till.toy.erp.un_audit(CLAIM, claim.id, BOOKKEEPER)
    till.toy.erp.edit(CLAIM, claim.id, BOOKKEEPER, {"F_PAEZ_Mode": "1"})
    till.toy.erp.submit(CLAIM, claim.id, BOOKKEEPER)
    till.toy.erp.audit(CLAIM, claim.id, BOOKKEEPER)
    till.clock.pass_s(1000)
    till.run()
    assert till.stands(invoice) == DONE


def test_a_claim_of_the_same_order_in_another_currency_waits_for_finance(till: Till) -> None:
    order = till.ordered()
    till.claim("300.00", order.number, currency="PRE007")
    invoice = till.invoice(payable=till.payable(order))
    till.run()
    assert till.stands(invoice) == KEPT


@pytest.mark.parametrize("loss", [Fault.REPLY_LOST, Fault.SERVER_ERROR, Fault.TRUNCATED, Fault.SESSION_LOST])
def test_reads_that_fail_let_nothing_pass(till: Till, loss: Fault) -> None:
    till.claim("300.00")
    invoice = till.invoice()
    for skip in range(4):
        till.toy.erp_faults.force(loss, "ExecuteBillQuery", times=2, skip=skip)
        till.run()
        assert not till.audits(invoice)
    till.calm(still=3)
    assert till.stands(invoice) == BACK


def test_a_lost_right_on_the_claims_is_no_absence_of_claims(till: Till) -> None:
    """The claim flow of this company made claim bills; the day they cannot be seen, nothing passes."""
    till.toy.join(till.workspace, flows=("claim", FLOW), breaker_pause_s="0")
    till.switch("c200", on=False)
    request = till.toy.oa.start(787, "61", _claim_form(), {"detail_1": ()})
    till.toy.oa.approve_fully(request)
    till.run()
    (made,) = till.toy.erp.tables[CLAIM].by_id.values()
    assert made.status == "C"
    invoice = till.invoice()
    till.toy.erp.settings.hidden_forms = {CLAIM}
    assert till.run()[f"c100/{FLOW}"] == ErrorCode.RIGHT_LOST.id
    assert till.stands(invoice) == (S.FOUND, "", "B")
    till.toy.erp.settings.hidden_forms = set()
    till.run()
    assert till.stands(invoice) == BACK


def _claim_form() -> dict[str, str]:
    from tests.sync.making import CLAIM as FORM

    return {**FORM, "order_no": ""}


def test_the_oa_may_be_away(till: Till) -> None:
    till.toy.oa_server.app = lambda environ, start: (start("503 Service Unavailable", []), [b""])[1]
    invoice = till.invoice()
    till.run()
    assert till.stands(invoice) == DONE


def test_a_form_that_lacks_the_claim_field_holds_the_gate(till: Till) -> None:
    flow = till.workspace.flows[FLOW]
    lame = replace(flow.gate, claims=replace(flow.gate.claims, mode="F_NOT_THERE"))
    till.workspace.flows = {FLOW: replace(flow, version="lame", gate=lame)}
    invoice = till.invoice()
    assert till.run()[f"c100/{FLOW}"] == ErrorCode.FIELD_MISSING.id
    assert not till.audits(invoice)


def test_a_gate_that_is_off_audits_nothing(till: Till) -> None:
    till.switch("c100", on=False)
    invoice = till.invoice()
    till.run(2)
    assert invoice.status == "B"


# --- crashes -------------------------------------------------------------------------------------------------------------
BRINKS = ("audit_bill", "send_back", "note_bill")


def _brink(till: Till, step: str):
    claim = till.claim("1000.00")
    return claim, till.invoice((claim, "1000.00")) if step == "audit_bill" else till.invoice()


def _assert_right(till: Till, step: str, claim, invoice) -> None:
    passed = step == "audit_bill"
    assert till.stands(invoice) == (DONE if passed else BACK)
    assert till.audits(invoice) == till.our_acts(invoice, "Audit") == int(passed)
    assert till.our_acts(invoice, "CancelAssign") == int(not passed)
    assert till.deducted(claim) == (Decimal(1000) if passed else 0)
    assert passed or claim.number in till.said(invoice)
    assert not till.intents()
    till.assert_intact()


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("step", BRINKS)
def test_a_crash_leaves_nothing_double_and_nothing_lost(till: Till, step: str, moment: str) -> None:
    claim, invoice = _brink(till, step)
    with till.dying(step, moment):
        till.run(2)
    till.restart(after_s=200)
    till.calm()
    _assert_right(till, step, claim, invoice)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.value)
@pytest.mark.parametrize(
    ("step", "call"), [("audit_bill", "Audit"), ("send_back", "CancelAssign"), ("note_bill", "Save")]
)
def test_a_lost_answer_leaves_nothing_double_and_nothing_lost(
    till: Till, step: str, call: str, loss: Fault
) -> None:
    claim, invoice = _brink(till, step)
    till.toy.erp_faults.force(loss, call)
    till.calm()
    _assert_right(till, step, claim, invoice)


@pytest.mark.parametrize(
    ("step", "moment"),
    [("audit_bill", "reply lost"), ("send_back", "inside the commit"), ("note_bill", "before the call")],
)
def test_the_process_is_really_killed(till: Till, step: str, moment: str) -> None:
    claim, invoice = _brink(till, step)
    till.workspace.close()
    secrets = {f"DANQIAO_{system}_{name}".upper(): value for (system, name), value in till.toy.memory.items()}
    killed = subprocess.run(
        [sys.executable, "-c", CHILD, str(till.folder), step, moment],
        env={**os.environ, **secrets}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert killed.returncode not in (0, 1), killed.stderr
    till.restart(after_s=200)
    till.calm()
    _assert_right(till, step, claim, invoice)


def test_an_older_store_finds_what_was_audited_meanwhile(till: Till, tmp_path) -> None:
    till.run()
    backup = tmp_path / "backup.db"
    claim = till.claim("1000.00")
    invoice = till.invoice((claim, "1000.00"))
    till.toy.erp.settings.validators[INVOICE, "Audit"] = "会计期间已关闭"
    till.run()
    till.workspace.store.copy_to(backup)
    till.toy.erp.settings.validators.clear()
    till.workspace.order("zhouqi", "retry", (till.document(invoice).id,))
    till.run()
    till.restore(backup)
    till.calm()
    assert till.stands(invoice) == DONE
    assert till.audits(invoice) == 1


# --- the radar and the words -----------------------------------------------------------------------------------------------
def test_the_radar_tells_before_the_invoice_is_typed(till: Till, capsys) -> None:
    from desktop.doors.claims_door import claims as door
    from desktop.doors.command_line import parser

    order = till.ordered()
    claim = till.claim("1130.00", order.number)
    till.claim("300.00", "CGDD999999")
    till.claim("50.00", order.number, mode="2")
    taken = till.invoice((claim, "1000.00"), payable=till.payable(order), quantity=1000)
    till.toy.erp.settings.validators[INVOICE, "Audit"] = "会计期间已关闭"
    till.take_back(taken)
    till.deduct(taken, (claim, "1130.00"))
    till.hand_in(taken)
    till.run()
    radar = till.workspace.claims.radar(order=order.number, gross=Decimal("2260.00"))
    told = {
        line.claim.ref.number: (line.claim.deducted, line.claim.held, line.open, line.waits)
        for line in radar.claims
    }
    assert told[claim.number] == (0, Decimal("1130.00"), 0, False)
    assert len(told) == 2 and not radar.due
    till.take_back(taken)
    till.run()
    (due,) = till.workspace.claims.radar("VEN0001", order.number, Decimal("2260.00")).due
    assert (due.open, due.due, due.total) == (Decimal("1130.00"), Decimal("1130.00"), Decimal("1130.00"))
    (due,) = till.workspace.claims.radar().due
    assert (due.open, due.total) == (Decimal("1430.00"), None)
    till.workspace.people.seat = Seat(Person("south", "South", Role.CLERK, ("c200",)))
    elsewhere = till.workspace.claims.radar()
    assert not elsewhere.claims and not elsewhere.due, "another company's claims are nobody else's"
    till.workspace.close()
    with pytest.MonkeyPatch.context() as patch:
        for (system, name), value in till.toy.memory.items():
            patch.setenv(f"DANQIAO_{system}_{name}".upper(), value)
        url = f"sqlite:///{till.folder / 'danqiao.db'}"
        assert (
            door(
                parser().parse_args(["claims", "--order", order.number, "--gross", "2,260.00", "--json"]), url
            )
            == 0
        )
        (told_due,) = json.loads(capsys.readouterr().out)["due"]
        assert (told_due["must_deduct"], told_due["invoice_total"]) == ("1130.00", "1130.00")
        assert door(parser().parse_args(["claims"]), url) == 0
        table = capsys.readouterr().out
        assert claim.number in table and "未扣" in table
    till.workspace = till.open(till.folder)


def test_the_panel_speaks_of_a_check_and_of_no_request(till: Till) -> None:
    from desktop.services.documents import Documents
    from desktop.services.text import Text
    from desktop.views.document_cure import cures
    from desktop.views.document_life import facts, rail, timeline
    from desktop.views.queue_rows import RowWords

    till.claim("300.00")
    invoice = till.invoice()
    with till.dying("send_back", "before the promise"):
        till.run()
    text, now = Text("zh", strict=True), till.clock.now()
    story = Documents(till.workspace).story(till.document(invoice).id)
    assert [each.title for each in rail(story, text, now)] == ["ERP 提交", "核对索赔", "ERP 审核"]
    assert RowWords(text).cells(story.row)[0].text == "待核对"
    till.restart(200)
    till.calm()
    story = Documents(till.workspace).story(till.document(invoice).id)
    assert [each.kind for each in rail(story, text, now)] == ["done", "done", "back"]
    assert any("300.00" in line.said for line in timeline(story, text))
    assert facts(story, text) and not cures(story, text)
