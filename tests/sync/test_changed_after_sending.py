"""A bill that was changed after the OA agreed: what differs, and the three ways on."""

from __future__ import annotations

from typing import Any

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode, SyncError
from desktop.services.people import Witness


@pytest.fixture
def changed(house: Any) -> Any:
    """Agreed as 2034.00; before our audit its maker takes it back, makes it 1921.00 and hands it in again.

    Never a single pass: on a busy machine an answer may take longer than the toy's second (read_s), and the pass ends early.
    """
    house.run()
    bill = house.order()
    house.calm()
    house.approve(bill)
    with house.dying("audit_bill", "before the promise"):
        house.run(4)
    house.withdraw(bill)
    house.edit(bill)
    house.submit(bill)
    house.restart(after_s=200)
    house.calm()
    assert (house.failure(bill), house.state(bill)) == (ErrorCode.CHANGED_AFTER_SENDING.id, S.APPROVED)
    return bill


def changes(house: Any, bill: Any) -> list[str]:
    document = house.document(bill)
    failure, _ = house.workspace.ledger.open_failures([document.id])[document.id]
    return list(failure.facts["changes"])


def order(house: Any, bill: Any, name: str, witness: Witness | None = None, **detail: Any) -> str:
    """Gives an order and answers what became of it."""
    number = house.workspace.order("chief", name, (house.document(bill).id,), witness=witness, **detail)
    house.workspace.engine.take_orders()
    return str(house.workspace.documents.order_result(number))


def test_every_change_is_told_with_before_and_after(house, changed) -> None:
    told = [each.split("|") for each in changes(house, changed)]
    assert ["FBillAllAmount", "2034", "1921"] in told
    assert any(path.endswith("].FQty") and (before, after) == ("1000", "900") for path, before, after in told)


def test_it_is_sent_again_with_its_new_content_as_another_round(house, changed) -> None:
    assert order(house, changed, "send_again", reason="new quantity agreed by phone") == "1/1 done"
    house.calm()
    assert [each.fields["amount"] for each in house.requests(changed)] == ["2034.00", "1921.00"]
    assert (house.state(changed), house.document(changed).round) == (S.REQUESTED, 2)
    assert order(house, changed, "send_again", reason="twice") == "0/1 done: not_waiting"
    house.approve(changed, 2)
    house.calm()
    assert (house.state(changed), house.audits(changed)) == (S.DONE, 1)
    house.assert_intact()


def test_two_persons_accept_what_they_saw_and_nothing_else(house, changed) -> None:
    seen, liyun = changes(house, changed), Witness("liyun", "accept_changed")
    with pytest.raises(SyncError) as alone:
        house.workspace.order(
            "chief", "accept_changed", (house.document(changed).id,), reason="ok", seen=seen
        )
    assert alone.value.code is ErrorCode.SECOND_PERSON
    stale = order(house, changed, "accept_changed", liyun, reason="ok", seen=seen[:-1])
    assert stale == "0/1 done: changed_again" and house.audits(changed) == 0
    assert order(house, changed, "accept_changed", liyun, reason="agreed by phone", seen=seen) == "1/1 done"
    house.calm()
    assert (house.state(changed), house.audits(changed)) == (S.DONE, 1)
    [told] = [
        each for each in house.workspace.trail.entries(f"document:{house.document(changed).id}")
        if each.action == "accepted_changed"
    ]  # fmt: skip
    assert (told.actor, told.detail["second"], told.detail["changes"]) == ("chief", "liyun", seen)
    assert len(house.requests(changed)) == 1


def test_accepted_and_changed_once_more_is_not_audited(house, changed) -> None:
    """What two persons accepted is one content; another one waits for them again."""
    witness = Witness("liyun", "accept_changed")
    assert (
        order(house, changed, "accept_changed", witness, reason="ok", seen=changes(house, changed))
        == "1/1 done"
    )
    house.withdraw(changed)
    house.edit(changed, FQty=700)
    house.submit(changed)
    house.calm()
    assert house.audits(changed) == 0
