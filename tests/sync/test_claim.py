"""A claim's ways, over real HTTP: from the OA into the ERP, refused, returned, handed in again."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from desktop.connectors.base import Exchange, exchanges
from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode
from desktop.domain.flow import Filter
from desktop.sandbox.faults import Fault
from desktop.sandbox.group import INTEGRATION_USER
from desktop.services.doubts import Verdict
from desktop.store.catalog import BaseRow
from tests.sync.making import KEY


def test_a_claim_becomes_an_audited_bill_and_its_number_goes_back(works) -> None:
    request = works.agreed()
    works.run()
    (bill,) = works.made()
    assert (bill.status, bill.head["F_PAEZ_Amount"], bill.head["F_PAEZ_Supplier"].number) == (
        "C", Decimal("1130.00"), "VEN0001",
    )  # fmt: skip
    assert bill.head[KEY] == f"{works.of(request).key_part}-R1-L1"
    assert len(bill.entries["F_PAEZ_Entity"]) == 2
    record = works.record(request)
    assert record.node_type == 3, "handed on to the archive"
    assert record.fields["erp_bill_no"] == bill.number
    assert bill.number in record.fields["erp_result"]
    assert works.stands(request) == (S.DONE, "")
    works.run(2)
    assert len(works.made()) == 1
    works.assert_intact()


def test_what_the_erp_refuses_goes_back_to_its_maker_with_the_erps_words(works) -> None:
    request = works.agreed(lines=({"material_code": "M9999", "qty": "1", "amount": "1130.00"},))
    works.run(2)
    record = works.record(request)
    assert not works.made()
    assert (record.node_type, record.waiting) == (0, ("61",))
    assert works.stands(request) == (S.RETURNED, "")
    assert "M9999" in works.toy.oa.request(request).log[-1].remark


def test_handed_in_again_it_is_the_next_round_and_one_bill(works) -> None:
    request = works.agreed(lines=({"material_code": "M9999", "qty": "1", "amount": "1130.00"},))
    works.run(2)
    lines = {"detail_1": ({"material_code": "M0001", "qty": "1", "amount": "1130.00"},)}
    works.toy.oa.resubmit(request, "61", {}, lines)
    works.toy.oa.approve_fully(request)
    works.run(2)
    (bill,) = works.made()
    assert bill.head[KEY].endswith("-R2-L1")
    assert works.stands(request) == (S.DONE, "")


@pytest.mark.parametrize("refused_at", ["Submit", "Audit"])
def test_a_chain_that_is_refused_half_way_leaves_no_bill_behind(works, refused_at: str) -> None:
    works.refuse(refused_at, "余额不足，不允许操作！")
    request = works.agreed()
    works.run(3)
    assert not works.made()
    assert works.stands(request) == (S.RETURNED, "")
    assert "余额不足" in works.record(request).log[-1].remark
    works.allow()
    works.toy.oa.resubmit(request, "61", {})
    works.toy.oa.approve_fully(request)
    works.run(2)
    assert [bill.status for bill in works.made()] == ["C"]
    works.assert_intact()


def test_a_refused_check_never_reaches_the_erp(works) -> None:
    request = works.agreed(amount="999.00")
    works.run(2)
    assert not works.made()
    assert works.record(request).node_type == 0
    assert "明细金额合计" in works.record(request).log[-1].remark


def test_all_gaps_are_told_at_once_and_it_goes_on_by_itself(works) -> None:
    request = works.agreed(supplier_id="4004", currency="EUR")
    works.run(2)
    assert works.stands(request) == (S.FOUND, ErrorCode.BASE_DATA_UNMAPPED.id)
    assert not works.made()
    document = works.of(request)
    facts = works.workspace.ledger.open_failures([document.id])[document.id][0].facts
    assert "4004" in facts["gaps"] and "EUR" in facts["gaps"]
    rows = [
        BaseRow("c100", "supplier", "VEN0004", "4004"), BaseRow("c100", "currency", "PRE007", "EUR")
    ]  # fmt: skip
    works.workspace.catalog.put_base_rows(rows, "clerk")
    works.run()
    assert works.stands(request) == (S.DONE, "")


def test_a_request_of_another_company_is_left_to_its_own_route(works) -> None:
    works.agreed(company="200")
    nobodys = works.agreed(company="999")
    works.run()
    assert not works.made()
    assert works.stands(nobodys) == (S.FOUND, ErrorCode.COMPANY_UNKNOWN.id)
    works.switch("c200", on=True)
    works.run()
    (bill,) = works.made()
    assert bill.head["F_PAEZ_OrgId"].number == "200"


def test_a_request_of_a_company_whose_flow_is_off_is_read_once(works) -> None:
    other = works.agreed(company="200")

    def reads() -> int:
        kept: list[Exchange] = []
        token = exchanges.set(kept)
        works.run()
        exchanges.reset(token)
        return sum("getWorkflowRequest" in each.path for each in kept)

    assert reads() == 1
    assert [reads(), reads()] == [0, 0]
    works.toy.oa.reject(other, "9", "公司填错")
    works.run()
    works.clock.pass_s(5)
    works.toy.oa.resubmit(other, "61", {"company": "100"})
    works.toy.oa.approve_fully(other)
    works.run(2)
    assert works.stands(other) == (S.DONE, "")
    assert len(works.made()) == 1


def test_a_request_that_is_drawn_back_before_its_bill_is_cancelled(works) -> None:
    request = works.agreed(supplier_id="4004")
    works.run()
    works.toy.oa.draw_back(request, "9", monitor=True)
    works.run()
    assert works.stands(request) == (S.CANCELLED, "")
    works.toy.oa.resubmit(request, "61", {"supplier_id": "4001"})
    works.toy.oa.approve_fully(request)
    works.run(2)
    assert works.stands(request) == (S.DONE, "")
    assert len(works.made()) == 1


def test_a_bill_changed_between_save_and_audit_is_not_audited(works) -> None:
    request = works.agreed()
    with works.dying("submit_bill", "before the promise"):
        works.run()
    works.restart()
    (bill,) = works.made()
    works.toy.erp.edit(works.form, bill.id, "danqiao", {"F_PAEZ_Amount": "9999.00"}, {})
    works.run(2)
    assert works.stands(request) == (S.SAVED, ErrorCode.CHANGED_AFTER_SENDING.id)
    assert (bill.status, works.record(request).node_type) == ("A", 1)


def test_a_bill_submitted_by_hand_is_taken_as_it_stands(works) -> None:
    request = works.agreed()
    with works.dying("submit_bill", "before the promise"):
        works.run()
    works.restart()
    (bill,) = works.made()
    works.toy.erp.submit(works.form, bill.id, "zhouqi")
    works.run(2)
    assert works.stands(request) == (S.DONE, "")
    assert (bill.status, works.done_by_us(bill, "Submit")) == ("C", 0)


def test_a_bill_that_somebody_deleted_waits_for_a_person(works) -> None:
    request = works.agreed()
    with works.dying("submit_bill", "before the promise"):
        works.run()
    works.restart()
    (bill,) = works.made()
    works.toy.erp.delete(works.form, bill.id, "zhouqi")
    works.run(2)
    assert works.stands(request) == (S.SAVED, ErrorCode.BILL_GONE.id)
    assert works.record(request).node_type == 1


def test_a_restored_store_adopts_its_bill_and_makes_no_second(works, tmp_path) -> None:
    works.run()
    backup = tmp_path / "backup.db"
    works.workspace.store.copy_to(backup)
    request = works.agreed()
    with works.dying("write_back", "before the promise"):
        works.run()
    works.restore(backup)
    works.run(2)
    assert len(works.made()) == 1
    assert works.stands(request) == (S.DONE, "")


def test_a_last_node_that_only_hands_on_leaves_the_refusal_to_a_person(works) -> None:
    """Type 2 of the integration account's node: the OA refuses the return; nothing is tried over and over."""
    nodes = works.toy.oa.workflow(787).nodes
    works.toy.oa.change_workflow(
        787, nodes=tuple(replace(each, type=2) if each.role == "erp" else each for each in nodes)
    )
    request = works.agreed(amount="999.00")
    works.run(4)
    state, code = works.stands(request)
    assert (state, code[:3]) == (S.FOUND, "PER")
    tried = works.workspace.ledger.attempts(works.of(request).id)
    assert [each.step for each in tried] == ["return_request"]


def test_the_preflight_names_what_the_forms_lack(works) -> None:
    flow = works.workspace.flows["claim"]
    leg = replace(flow.legs[0], erp=replace(flow.legs[0].erp, key_field="F_NOT_THERE"))
    works.workspace.flows = {"claim": replace(flow, version="lame", legs=(leg,))}
    works.agreed()
    assert works.run()["c100/claim"] == ErrorCode.KEY_FIELD_MISSING.id
    assert not works.made()


def test_an_oa_that_cannot_list_what_waits_carries_no_generation(works, monkeypatch) -> None:
    from desktop.connectors.ecology import connector

    monkeypatch.setattr(connector, "CAPABILITIES", replace(connector.CAPABILITIES, list_waiting=False))
    works.agreed()
    assert works.run()["c100/claim"] == ErrorCode.CANNOT.id
    assert not works.made()


def test_what_waited_for_months_is_found_all_the_same(works) -> None:
    """The to-do list has no range of days: a flow that is switched on late forgets nothing."""
    request = works.agreed()
    works.clock.pass_s(90 * 86_400)
    works.run()
    assert works.stands(request) == (S.DONE, "")


def test_the_list_tells_the_next_step_and_the_link_leads_to_the_bill(works) -> None:
    from desktop.services.documents import Documents

    works.join(link="plain")
    request = works.agreed()
    documents = Documents(works.workspace)
    told = []
    for step in ("save_bill", "submit_bill", "audit_bill", "write_back"):
        with works.dying(step, "before the promise"):
            works.run()
        told.append(documents.story(works.of(request).id).row.next_step)
        works.restart()
        documents = Documents(works.workspace)
    assert told == ["save_bill", "submit_bill", "audit_bill", "write_back"]
    (_bill,) = works.made()
    link = documents.open_link(works.of(request).id, "erp")
    assert link.startswith(works.toy.erp_url) and "ud=" in link
    assert str(request) in documents.open_link(works.of(request).id, "oa")
    kept = works.workspace.ledger.round(works.of(request).id, 1)
    assert kept.snapshot["header"]["order_no"] == "CGDD000118"
    assert kept.mapped["1"]["header"]["F_PAEZ_OrderNo"] == "CGDD000118"


def test_a_filter_keeps_a_request_out_and_leaves_its_name(works) -> None:
    flow = works.workspace.flows["claim"]
    only_large = (Filter("large claims only", "amount > 100000"),)
    works.workspace.flows = {"claim": replace(flow, version="filtered", filters=only_large)}
    request = works.agreed()
    works.run(2)
    assert works.stands(request) == (S.DISMISSED, "")
    assert not works.made()
    assert works.record(request).waiting == ("9",)


def test_a_flow_that_is_switched_off_finishes_what_it_began_and_begins_nothing(works) -> None:
    begun = works.agreed()
    with works.dying("audit_bill", "before the promise"):
        works.run()
    works.restart()
    works.switch("c100", on=False)
    works.agreed()
    works.run(2)
    assert works.stands(begun) == (S.DONE, "")
    assert len(works.made()) == 1


def test_the_evidence_of_a_bill_of_which_nobody_knows_is_what_the_erp_has_under_its_key(
    works, monkeypatch
) -> None:
    """The answer to the save is lost, and the ERP has two bills of the key: a person sees both, then the one that is left."""
    whole = works.toy.erp.save

    def twice(*given, **named):
        whole(*given, **named)
        return whole(*given, **named)

    monkeypatch.setattr(works.toy.erp, "save", twice)
    works.toy.erp_faults.force(Fault.REPLY_LOST, "Save")
    request = works.agreed()
    works.run()
    monkeypatch.setattr(works.toy.erp, "save", whole)
    works.calm(passes=10)
    one, other = works.made()
    of = works.of(request)
    assert works.stands(request) == (S.FOUND, ErrorCode.KEY_NOT_UNIQUE.id)
    doubt = works.workspace.doubts.look(of.id)
    assert (doubt.step, doubt.key, doubt.verdict) == ("save_bill", one.head[KEY], Verdict.SEVERAL)
    told = {each.number: (each.status, each.bound, each.at is not None) for each in doubt.candidates}
    assert told == {bill.number: ("created", False, True) for bill in (one, other)}
    works.toy.erp.delete(works.form, other.id, INTEGRATION_USER)
    doubt = works.workspace.doubts.look(of.id)
    assert (doubt.verdict, [each.number for each in doubt.candidates]) == (Verdict.FOUND, [one.number])
    works.workspace.documents.settle("chief", of.id, is_there=True, number=one.number)
    works.calm(passes=20)
    assert works.stands(request) == (S.DONE, "") and [bill.number for bill in works.made()] == [one.number]
    assert works.workspace.doubts.look(of.id) is None
    works.assert_intact()
