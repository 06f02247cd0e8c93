"""Two persons: past the invoice gate, for what was audited by hand, and for very many bills at once."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import Ref
from desktop.domain.system import Person, Role
from desktop.doors import site_door
from desktop.doors.command_line import main
from desktop.services.people import Second, Witness
from desktop.services.rights import MANY
from desktop.store.change import NewDocument
from tests.sync.gating import Till

CHIEF, CLERK = "chief", "liyun"
SECRET = "horse battery staple"
WORD = Second(CLERK, SECRET)


def staff(workspace, *, clerk: bool = True) -> None:
    """A chief, and a clerk of company 100 with a passphrase."""
    workspace.people.arrive(CHIEF)
    if clerk:
        workspace.people.save(CHIEF, Person(CLERK, "李芸", Role.CLERK, ("c100",)))
        workspace.people.set_passphrase(CHIEF, CLERK, SECRET)


def refusal(call) -> ErrorCode:
    with pytest.raises(SyncError) as refused:
        call()
    return refused.value.code


def refused_invoice(till: Till):
    """Sent back: it deducts nothing of 1 130.00."""
    till.claim("1130.00")
    invoice = till.invoice()
    till.run()
    assert till.state(invoice) is S.RETURNED
    return invoice


def given(till: Till, number: int) -> str:
    till.workspace.engine.take_orders()
    return till.workspace.ledger.order_result(number)


def test_two_persons_let_an_invoice_pass_once_as_it_was_refused(till: Till, capsys) -> None:
    invoice = refused_invoice(till)
    staff(till.workspace)
    documents, of = till.workspace.documents, till.document(invoice).id
    assert documents.may_pass_gate(till.document(invoice))
    for second in (None, Second(CHIEF, SECRET), Second(CLERK, "guess"), Second("nobody", SECRET)):
        code = refusal(lambda second=second: documents.pass_gate(CHIEF, of, "样品", second))
        assert code in (ErrorCode.SECOND_PERSON, ErrorCode.PASSPHRASE_WRONG)
    assert given(till, documents.pass_gate(CHIEF, of, "样品发票，索赔另行结算", WORD)) == "1/1 done"
    assert not documents.may_pass_gate(till.document(invoice))
    till.hand_in(invoice)
    till.run()
    assert till.stands(invoice) == (S.DONE, "", "C")
    assert till.our_acts(invoice, "Audit") == 1
    trail = till.workspace.trail.entries(f"document:{of}")
    [line] = [each for each in trail if each.action == "gate_passed"]
    assert (line.actor, line.detail["second"], line.detail["code"]) == (
        CHIEF,
        CLERK,
        ErrorCode.CLAIM_OPEN_NO_ORDER.id,
    )
    assert SECRET not in str([each.detail for each in till.workspace.trail.entries()])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site_door, "person", lambda: CHIEF)
        main(["--store", f"sqlite:///{till.workspace.store.path}", "claims", "--passed", "--json"])
    [row] = json.loads(capsys.readouterr().out)["passed"]
    assert (row["invoice"], row["person"], row["second"], row["used"]) == (invoice.number, CHIEF, CLERK, True)
    till.assert_intact()


def test_a_pass_is_for_the_content_that_was_refused_and_for_one_audit(till: Till) -> None:
    invoice = refused_invoice(till)
    staff(till.workspace)
    documents, of = till.workspace.documents, till.document(invoice).id
    assert given(till, documents.pass_gate(CHIEF, of, "样品", WORD)) == "1/1 done"
    line = invoice.entries["FPURCHASEICENTRY"][0]["FEntryID"]
    till.toy.erp.edit("IV_PURCHASEIC", invoice.id, "zhouqi", {}, {line: {"FPRICEQTY": 300}})
    till.hand_in(invoice)
    till.run()
    assert till.stands(invoice) == (S.RETURNED, "", "D"), "it is another invoice now"
    till.toy.erp.edit("IV_PURCHASEIC", invoice.id, "zhouqi", {}, {line: {"FPRICEQTY": 200}})
    till.hand_in(invoice)
    till.run()
    assert till.stands(invoice) == (S.DONE, "", "C")
    till.toy.erp.un_audit("IV_PURCHASEIC", invoice.id, "wangmin")
    till.run()
    till.hand_in(invoice)
    till.run(2)
    assert till.stands(invoice) == (S.RETURNED, "", "D"), "the pass is spent"


def test_a_wrong_deduction_is_put_right_and_never_let_pass(till: Till) -> None:
    claim = till.claim("1130.00")
    invoice = till.invoice((claim, "1130.01"))
    till.run()
    staff(till.workspace)
    document = till.document(invoice)
    assert not till.workspace.documents.may_pass_gate(document)
    number = till.workspace.documents.pass_gate(CHIEF, document.id, "x", WORD)
    assert given(till, number) == "0/1 done: not_passable"


def test_nobody_lets_pass_alone_not_even_round_the_service(till: Till) -> None:
    invoice = refused_invoice(till)
    of = till.document(invoice).id
    assert refusal(lambda: till.workspace.documents.pass_gate("anybody", of, "x")) is ErrorCode.SECOND_PERSON
    staff(till.workspace, clerk=False)
    assert (
        refusal(lambda: till.workspace.documents.pass_gate(CHIEF, of, "x", WORD))
        is ErrorCode.PASSPHRASE_WRONG
    )
    assert (
        refusal(lambda: till.workspace.order(CHIEF, "pass_gate", (of,), reason="x"))
        is ErrorCode.SECOND_PERSON
    )
    own = Witness(CHIEF, "pass_gate")
    forged = lambda: till.workspace.order(CHIEF, "pass_gate", (of,), witness=own, reason="x")  # noqa: E731
    assert refusal(forged) is ErrorCode.SECOND_PERSON
    number = till.workspace.ledger.give_order(CHIEF, "pass_gate", (of,), {"reason": "x"}, till.clock.now())
    assert given(till, number) == "0/1 done: second_missing"
    till.hand_in(invoice)
    till.run()
    assert till.stands(invoice) == (S.RETURNED, "", "D")


def test_very_many_bills_are_not_sent_again_alone_round_the_failures_page_either(house) -> None:
    """The order table itself asks for the second person, whatever door the order comes by."""
    workspace = house.workspace
    with workspace.ledger.change(house.clock.now()) as change:
        new = [
            NewDocument("c100", "sales_order", Ref("k3", "SAL_SaleOrder", f"x{at}", f"X{at}"), f"PART{at}")
            for at in range(MANY)
        ]
        ids = [each.id for each in change.add(new)]
    staff(workspace)
    before = len(workspace.ledger.waiting_orders())
    assert refusal(lambda: workspace.documents.retry(CHIEF, ids)) is ErrorCode.SECOND_PERSON
    forged = Witness(CLERK, "accept")
    assert (
        refusal(lambda: workspace.order(CHIEF, "retry", tuple(ids), witness=forged))
        is ErrorCode.SECOND_PERSON
    )
    assert len(workspace.ledger.waiting_orders()) == before
    seen = workspace.people.witness(CHIEF, "resend_many", WORD, ["c100"])
    assert workspace.order(CHIEF, "retry", tuple(ids), witness=seen)
    assert workspace.documents.retry(CHIEF, ids[: workspace.people.many() - 1])


def test_an_audit_by_hand_is_accepted_alone_only_where_there_is_nobody_else(house) -> None:
    house.run()
    bills = [house.order(), house.order()]
    house.calm()
    for bill in bills:
        house.toy.erp.audit("SAL_SaleOrder", bill.id, "wangmin")
    house.calm()
    documents, first, second = house.workspace.documents, *(house.document(each).id for each in bills)
    staff(house.workspace, clerk=False)
    assert documents.accept(CHIEF, first, "agreed")
    staff(house.workspace)
    assert refusal(lambda: documents.accept(CHIEF, second, "agreed")) is ErrorCode.SECOND_PERSON
    assert documents.accept(CHIEF, second, "agreed", WORD)
    house.calm()
    assert [house.failure(bill) for bill in bills] == ["", ""]
    lines = house.workspace.trail.entries(f"document:{second}")
    assert [each.detail.get("second") for each in lines if each.action == "accepted"] == [CLERK]


def test_very_many_at_once_want_a_second_person(house) -> None:
    staff(house.workspace)
    house.workspace.people.save(CHIEF, Person(CLERK, "李芸", Role.CLERK))
    ids = list(range(1, MANY + 1))
    resend = house.workspace.failures.resend
    assert refusal(lambda: resend(CHIEF, ids, lambda told: None, lambda: True)) is ErrorCode.SECOND_PERSON
    assert resend(CHIEF, ids, lambda told: None, lambda: True, Second(CLERK, SECRET)) == []


def test_what_begins_anew_near_the_months_end_wants_a_second_person(house) -> None:
    """And fewer bills at once are very many then; away from the end, and where there is nobody else, one is enough."""
    bill = house.order()
    house.calm()
    workspace, of = house.workspace, house.document(bill).id
    staff(workspace, clerk=False)
    days = {"middle": datetime(2026, 11, 12, 4, tzinfo=UTC), "end": datetime(2026, 11, 26, 4, tzinfo=UTC)}
    with pytest.MonkeyPatch.context() as patch:
        for day, at_once in (("middle", 500), ("end", 50)):
            patch.setattr(workspace, "now", lambda day=day: days[day])
            assert not workspace.people.wants_second(CHIEF, "send_anew"), "there is nobody else"
            assert workspace.people.many() == at_once
        workspace.people.save(CHIEF, Person(CLERK, "李芸", Role.CLERK, ("c100",)))
        workspace.people.set_passphrase(CHIEF, CLERK, SECRET)
        again = workspace.documents.send_anew
        for order in ("send_anew", "make_again"):
            assert (
                refusal(lambda order=order: getattr(workspace.documents, order)(CHIEF, of, "映射改过了"))
                is ErrorCode.SECOND_PERSON
            )
            round_it = lambda order=order: workspace.order(CHIEF, order, (of,), reason="x")  # noqa: E731
            assert refusal(round_it) is ErrorCode.SECOND_PERSON
        many = [of] * 50
        resend = workspace.failures.resend
        assert (
            refusal(lambda: resend(CHIEF, many, lambda told: None, lambda: True)) is ErrorCode.SECOND_PERSON
        )
        begun = iter([False])  # stopped after its first part was ordered
        resend(CHIEF, many, lambda told: None, lambda: next(begun, True), WORD)
        part = workspace.ledger.waiting_orders()[-1]
        assert (part.order, len(part.document_ids), part.detail["second"]) == ("retry", 50, CLERK)
        number = again(CHIEF, of, "映射改过了", WORD)
        patch.setattr(workspace, "now", lambda: days["middle"])
        assert not workspace.people.wants_second(CHIEF, "make_again") and workspace.people.many() == 500
    assert given(house, number) == "1/1 done"
