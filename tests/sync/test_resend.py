"""Sent once more as a person wants it: another value in a field that decides nothing, the mapping as then or as now, and from
the start. Never an amount, never twice."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import Person, Role
from desktop.services.workspace import RESOURCES
from desktop.store.flows import parse_flow
from desktop.sync.resend import editable, edited

FILE = "sales_order.approval.toml"
FLOWS = sorted((RESOURCES / "flows").glob("*.approval.toml"))


def stopped(house):
    """The OA refuses the request; nothing was made, and the round remembers what was sent."""
    house.run()
    bill = house.order()
    house.toy.oa.change_workflow(781, in_force=False)
    house.run()
    assert house.failure(bill) and not house.requests(bill)
    house.toy.oa.change_workflow(781, in_force=True)
    return bill


def taken(house, number: int) -> str:
    house.workspace.engine.take_orders()
    return str(house.workspace.ledger.order_result(number))


def published(house, old: str, new: str) -> str:
    """The consultant publishes a mapping with another title."""
    text = (RESOURCES / "flows" / FILE).read_text("utf-8")
    assert old in text
    fresh = parse_flow(text.replace(old, new), FILE)
    before = house.workspace.flows["sales_order"].version
    house.workspace.versions.publish(
        "sales_order", text.replace(old, new), fresh.version, before, "gao", "title"
    )
    return before


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_no_flow_lets_money_or_a_tamper_field_be_edited(path: Path) -> None:
    flow = parse_flow(path.read_text("utf-8"), path.name)
    allowed = {row.target for row in editable(flow)}
    for row in tomllib.loads(path.read_text("utf-8"))["fields"]:
        money = row.get("key") or "number(" in row["expr"] or "amount" in row["target"]
        if money or row["target"] in (
            flow.oa.key_field,
            "erp_bill_no",
            "company",
            "bank_account",
            "bill_date",
        ):
            assert row["target"] not in allowed, row
            with pytest.raises(SyncError):
                edited(flow, {row["target"]: "1"})


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_whom_the_money_is_for_is_not_renamed_for_one_request(path: Path) -> None:
    """The supplier's number is a tamper field: its name beside it would show the approver somebody else."""
    flow = parse_flow(path.read_text("utf-8"), path.name)
    watched = {
        row.expr.partition("FNumber")[0].rpartition(" ")[2]
        for row in flow.fields
        if row.key and "FNumber" in row.expr
    }
    assert flow.partner_expr not in [row.expr for row in editable(flow)]
    for row in editable(flow):
        assert not any(record and record in row.expr for record in watched), row
        assert "supplier" not in row.target and "customer" not in row.target


def test_another_value_for_this_resend_only(house) -> None:
    bill = stopped(house)
    documents, of = house.workspace.documents, house.document(bill).id
    options = documents.resend_options(of)
    assert options.then == "" and "note" in [row.target for row in options.rows]
    told = "按合同附件二执行"
    assert taken(house, documents.resend("liyun", of, edits={"note": told})) == "0/1 done: reason_missing"
    order = documents.resend("liyun", of, edits={"note": told}, reason="备注写错了")
    assert taken(house, order) == "1/1 done"
    assert taken(house, documents.resend("liyun", of, edits={"note": told}, reason="再按一次")) == "1/1 done"
    house.calm()
    [request] = house.requests(bill)
    assert (request.fields["note"], request.fields["amount"]) == (told, "2034.00")
    [line] = [each for each in house.workspace.trail.entries(f"document:{of}") if each.action == "resend"][:1]
    assert (line.actor, line.detail["edits"], line.detail["reason"]) == (
        "liyun",
        {"note": told},
        "备注写错了",
    )
    house.reject(bill)
    house.calm()
    house.submit(bill)
    house.calm()
    assert house.requests(bill)[1].fields["note"] != told, "the next round says what the bill says"
    house.assert_intact()


def test_an_amount_is_refused_by_the_service_and_by_the_engine(house) -> None:
    bill = stopped(house)
    of = house.document(bill).id
    with pytest.raises(SyncError) as refused:
        house.workspace.documents.resend("liyun", of, edits={"amount": "1.00"}, reason="x")
    assert refused.value.code is ErrorCode.ARGUMENT_WRONG
    number = house.workspace.order("liyun", "resend", (of,), edits={"amount": "1.00"}, reason="x")
    assert taken(house, number) == "1/1 done"
    house.run(2)
    assert (house.failure(bill), house.requests(bill)) == (ErrorCode.ARGUMENT_WRONG.id, [])


@pytest.mark.parametrize(("which", "title"), [("then", "销售订单"), ("now", "合同订单")])
def test_with_the_mapping_as_then_or_as_now(house, which: str, title: str) -> None:
    bill = stopped(house)
    before = published(house, "'销售订单 '", "'合同订单 '")
    house.run()
    documents, of = house.workspace.documents, house.document(bill).id
    assert documents.resend_options(of).then == before
    order = documents.resend("liyun", of, version=before if which == "then" else "", reason="x")
    assert taken(house, order) == "1/1 done"
    house.calm()
    [request] = house.requests(bill)
    assert request.title.startswith(title)
    round_ = house.workspace.ledger.round(of, 1)
    assert (round_.flow_version == before) == (which == "then")
    house.approve(bill)
    house.calm()
    assert house.state(bill) is S.DONE


def test_a_version_of_then_that_is_gone_is_refused_and_today_s_never_takes_its_place(house) -> None:
    bill = stopped(house)
    before = published(house, "'销售订单 '", "'合同订单 '")
    house.run()
    with house.workspace.store.writing() as tables:
        tables.flow_version.delete().where(tables.flow_version.version == before).execute()
    house.restart()
    house.run()
    documents, of = house.workspace.documents, house.document(bill).id
    options = documents.resend_options(of)
    assert (options.then, options.gone) == ("", True)
    with pytest.raises(SyncError) as refused:
        documents.resend("liyun", of, version=before, reason="x")
    assert refused.value.code is ErrorCode.VERSION_GONE
    number = house.workspace.order("liyun", "resend", (of,), version=before, reason="x")
    assert taken(house, number) == "1/1 done"
    house.run(2)
    assert (house.failure(bill), house.requests(bill)) == (ErrorCode.VERSION_GONE.id, [])
    assert taken(house, documents.resend("liyun", of, reason="as it is now")) == "1/1 done"
    house.calm()
    [request] = house.requests(bill)
    assert request.title.startswith("合同订单") and house.failure(bill) == ""


def test_from_the_start_the_old_request_ends_and_a_new_round_begins(house) -> None:
    house.run()
    bill = house.order()
    house.calm()
    documents, of = house.workspace.documents, house.document(bill).id
    published(house, "'销售订单 '", "'合同订单 '")
    assert taken(house, documents.send_anew("liyun", of, "")) == "0/1 done: reason_missing"
    assert taken(house, documents.send_anew("liyun", of, "映射改过了")) == "1/1 done"
    house.calm()
    first, second = house.requests(bill)
    assert [each.id for each in house.running(bill)] == [second.id]
    assert (first.title[:4], second.title[:4]) == ("销售订单", "合同订单")
    assert (house.state(bill), house.document(bill).round) == (S.REQUESTED, 2)
    assert taken(house, documents.resend("liyun", of, reason="x")) == "0/1 done: not_waiting"
    house.assert_intact()


def test_only_the_desk_may(house) -> None:
    bill = stopped(house)
    people, of = house.workspace.people, house.document(bill).id
    people.arrive("chief")
    people.save("chief", Person("mapper", "顾问", Role.MAPPING))
    for call in (
        lambda: house.workspace.documents.resend("mapper", of, reason="x"),
        lambda: house.workspace.documents.send_anew("mapper", of, "x"),
    ):
        with pytest.raises(SyncError) as refused:
            call()
        assert refused.value.code is ErrorCode.NOT_ALLOWED


def test_an_edited_flow_is_the_same_flow() -> None:
    flow = parse_flow((RESOURCES / "flows" / FILE).read_text("utf-8"), FILE)
    other = edited(flow, {"note": 'it\'s "quoted" \\ and = 1+1'})
    assert replace(other, fields=flow.fields) == flow
    assert [row.default for row in other.fields if row.target == "note"] == ['it\'s "quoted" \\ and = 1+1']
