"""The toy OA without HTTP: the acts of people, what is kept of them, and that thousands of requests are cheap."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from desktop.sandbox.oa import Oa
from desktop.sandbox.oa_records import OaRefusal
from desktop.sandbox.oa_shelf import ListQuery


def test_a_request_goes_its_way_and_every_moment_is_kept() -> None:
    oa = Oa()
    made = oa.start(781, "57", {"erp_key": "K-R1", "amount": Decimal("226.00")}, {"detail_1": [{"qty": 2}]})
    assert [record.id for record in oa.pending("40")] == [made]
    oa.reject(made, "40", "价格 < 成本")
    assert oa.request(made).is_rejected
    assert [record.id for record in oa.pending("57")] == [made]
    oa.resubmit(made, "57", {"erp_key": "K-R2"}, {"detail_1": [{"qty": "3"}, {"qty": "4"}]})
    oa.approve(made, "40", "同意")
    record = oa.request(made)
    assert [moment.node.type for moment in record.history] == [0, 1, 0, 1, 3]
    assert [entry.logtype for entry in record.log] == ["2", "3", "2", "0"]
    assert record.log[1].remark == "<p>价格 &lt; 成本</p>"
    assert [row["qty"] for row in record.details["detail_1"].values()] == ["3.0000", "4.0000"]
    assert oa.pending("40") == [] == oa.pending("57")


def test_what_request_hands_out_is_a_copy() -> None:
    oa = Oa()
    made = oa.start(781, "57", {"amount": "1"}, {"detail_1": [{"qty": "1"}]})
    copy = oa.request(made)
    copy.fields["amount"] = "2"
    next(iter(copy.details["detail_1"].values()))["qty"] = "9"
    copy.log.clear()
    again = oa.request(made)
    assert again.fields["amount"] == "1.00"
    assert [row["qty"] for row in again.details["detail_1"].values()] == ["1.0000"]
    assert len(again.log) == 1


def test_an_approver_changes_the_form_without_deciding() -> None:
    oa = Oa()
    made = oa.start(781, "57", {"amount": "1"}, {"detail_1": [{"qty": "1"}]})
    (row_id,) = oa.request(made).details["detail_1"]
    oa.change_field(made, "amount", Decimal("2.5"))
    oa.change_line(made, "detail_1", row_id, "qty", "7")
    record = oa.request(made)
    assert (record.fields["amount"], record.details["detail_1"][row_id]["qty"]) == ("2.50", "7.0000")
    assert (record.node_type, record.log[-1].logtype, record.log[-1].person) == (1, "1", "40")
    with pytest.raises(OaRefusal):
        oa.change_field(made, "nosuch", "1")


def test_the_graveyard_remembers_what_was_deleted() -> None:
    oa = Oa()
    made = oa.start(781, "57", {"erp_key": "K", "amount": "1"})
    oa.withdraw(made, "57")
    oa.delete(made, "57")
    with pytest.raises(OaRefusal):
        oa.request(made)
    assert [record.id for record in oa.graveyard] == [made]
    assert [record.id for record in oa.ever_created("K")] == [made]
    assert oa.requests() == []


def test_the_oas_own_flows_end_with_the_integration_account() -> None:
    oa = Oa()
    for workflow in (785, 786, 787):
        made = oa.start(workflow, "61", {"amount": "100000"})
        assert oa.request(made).waiting == ("41",)
        oa.approve_fully(made)
        record = oa.request(made)
        assert (record.node, record.waiting) == ("ERP处理", ("9",))
        assert [entry.person for entry in record.log] == ["61", "41", "30"]


def test_a_node_of_type_2_hands_on_and_never_returns() -> None:
    oa = Oa(erp_node_type=2)
    made = oa.start(787, "61", {"amount": "1"})
    oa.approve_fully(made)
    with pytest.raises(OaRefusal):
        oa.reject(made, "9", "不行")
    oa.approve(made, "9")
    assert (oa.request(made).node_type, oa.request(made).log[-1].logtype) == (3, "2")


@pytest.mark.parametrize("workflow", [781, 782, 783, 784, 785, 786, 787])
def test_every_form_takes_the_key_and_the_common_fields(workflow: int) -> None:
    oa = Oa()
    fields = {
        "erp_bill_no": "N1",
        "erp_key": "K",
        "company": "100",
        "amount": "1",
        "erp_link": "http://x",
        "note": "n",
    }
    made = oa.start(workflow, "61", fields)
    assert oa.request(made).fields == {**fields, "amount": "1.00"}
    form = oa.workflow(workflow)
    assert form.main.db_name == f"formtable_main_{-form.form_id}"
    assert [table.db_name for table in form.details] == [f"{form.main.db_name}_dt1"]


def test_a_thousand_requests_are_listed_and_counted() -> None:
    oa = Oa()
    for number in range(1000):
        oa.start(781, "57", {"erp_key": f"K{number}", "amount": "1"}, {"detail_1": [{"qty": "1"}] * 3})
    for _ in range(100):
        assert oa.count("9", ListQuery("all", title="王敏", workflows=frozenset({781}))) == 1000
        assert len(oa.listing("57", ListQuery("mine"), 0, 10)) == 10


def test_many_threads_make_no_two_of_one() -> None:
    oa = Oa()
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: oa.start(781, "57", {"amount": "1"}), range(200)))
        outcomes = list(pool.map(lambda number: _approved(oa, number), made + made))
    assert len(set(made)) == 200
    assert sum(outcomes) == 200
    assert oa.count("57", ListQuery("mine", archived=True)) == 200


def _approved(oa: Oa, number: int) -> bool:
    try:
        oa.approve(number, "40")
    except OaRefusal:
        return False
    return True
