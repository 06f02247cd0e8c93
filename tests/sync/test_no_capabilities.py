"""The invented pair: a vendor that can do nothing beyond the least. The engine must not rely on a flag that is off.

Nothing lists, nothing is found by our key, nothing is taken back or ended, one record for each call. So each request is
asked for singly, a lost answer is a person's question, and nothing is ever sent twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from desktop.connectors.base import Capabilities
from desktop.connectors.registry import VENDORS
from desktop.domain.document import AttemptOutcome as O
from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode
from desktop.domain.flow import Attachments
from desktop.sandbox.faults import Fault
from desktop.services.text import Text
from tests.invented.abacus import VENDOR as ABACUS
from tests.invented.pair import FLOW, Pair, joined
from tests.invented.quill import VENDOR as QUILL


@pytest.fixture
def pair(tmp_path: Path, clock: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    for vendor in (ABACUS, QUILL):
        monkeypatch.setitem(VENDORS, vendor.id, vendor)
    with joined(tmp_path / "data", clock.now, clock.monotonic) as made:
        yield made


def test_every_flag_is_off() -> None:
    assert ABACUS.capabilities == QUILL.capabilities == Capabilities()
    assert not any(
        getattr(Capabilities(), flag)
        for flag in (
            "find_by_key",
            "cancel",
            "close",
            "note_submitted",
            "list_requests",
            "list_shows_key",
            "list_files",
            "take_files",
        )
    )
    assert (Capabilities().batch, Capabilities().parallel) == (1, 1)


def test_approved_means_audited_once(pair: Pair, clock: Any) -> None:
    pair.run()
    orders = [pair.books.order() for _ in range(3)]
    pair.run()
    for order in orders:
        (paper,) = pair.papers(order)
        assert paper.by == "7", "opened in the maker's own name"
        pair.desk.approve_fully(paper.id)
    clock.pass_s(70)
    assert pair.run(2) == {f"r1/{FLOW}": ""}
    assert [pair.state(order) for order in orders] == [S.DONE] * 3
    assert [(order.state, order.done["approve"]) for order in orders] == [("done", 1)] * 3
    assert [len(pair.papers(order)) for order in orders] == [1] * 3


@pytest.mark.parametrize("must", [False, True])
def test_a_vendor_that_takes_no_files_holds_up_nothing_unless_files_must_go(pair: Pair, must: bool) -> None:
    workspace, field = pair.workspace, next(iter(pair.workspace.flows[FLOW].fields)).target
    rules = Attachments(field=field, must=must)
    workspace.flows = {FLOW: replace(workspace.flows[FLOW], attachments=rules, version=f"files-{must}")}
    pair.run()
    order = pair.books.order()
    codes = pair.run(2)
    if must:
        assert codes == {f"r1/{FLOW}": ErrorCode.CANNOT.id} and pair.papers(order) == []
    else:
        assert codes == {f"r1/{FLOW}": ""} and len(pair.papers(order)) == 1


def test_rejected_means_back_with_the_opinion(pair: Pair, clock: Any) -> None:
    pair.run()
    order = pair.books.order()
    pair.run()
    pair.desk.reject(pair.papers(order)[0].id, "too dear")
    clock.pass_s(70)
    pair.run(3)
    assert (pair.state(order), order.state, order.done["give_back"]) == (S.RETURNED, "back", 1)
    assert "too dear" in order.head["bridge_note"]
    assert len(pair.papers(order)) == 1, "an order that lies with its maker is not sent"
    pair.books.act("submit", order.id)
    pair.run(2)
    assert [paper.fields["erp_key"][-3:] for paper in pair.papers(order)] == ["-R1", "-R2"]


def test_each_request_is_asked_for_singly_and_ever_more_slowly(pair: Pair, clock: Any) -> None:
    pair.run()
    orders = [pair.books.order() for _ in range(4)]
    pair.run()
    before = pair.desk.asked["read"]
    pair.run(5)
    assert pair.desk.asked["read"] == before, "not before a minute is over"
    asked = []
    for minutes in (2, 2, 60, 60, 600):
        clock.pass_s(60 * minutes)
        pair.run(5)
        asked.append(pair.desk.asked["read"] - before)
        before = pair.desk.asked["read"]
    assert asked == [4, 4, 4, 4, 4], "once each, however often it runs"
    clock.pass_s(120)
    pair.run(5)
    assert pair.desk.asked["read"] == before, "what has waited for hours is not asked for every two minutes"
    pair.desk.approve_fully(pair.papers(orders[0])[0].id)
    clock.pass_s(15 * 60)
    pair.run(2)
    assert pair.state(orders[0]) is S.DONE


@pytest.mark.parametrize("fault", [Fault.REPLY_LOST, Fault.RESET_BEFORE, Fault.TRUNCATED, Fault.SERVER_ERROR])
def test_a_lost_answer_is_a_question_for_a_person_and_never_a_second_request(
    pair: Pair, clock: Any, fault: Fault
) -> None:
    pair.run()
    first, lost, last = (pair.books.order() for _ in range(3))
    pair.oa_faults.force(fault, "open", skip=1)
    pair.run()
    assert pair.outcomes(lost, "open_request") == [O.IN_DOUBT]
    assert pair.failure(lost) == ErrorCode.OUTCOME_UNKNOWN.id
    for _ in range(5):
        clock.pass_s(7200)
        pair.run()
    assert pair.order("clerk", "retry", lost) == "1/1 done", (
        "it is looked for again, as far as the vendor can"
    )
    pair.run(2)
    assert pair.failure(lost) == ErrorCode.OUTCOME_UNKNOWN.id
    assert len(pair.papers(lost)) == (1 if fault.done else 0)
    assert [len(pair.papers(order)) for order in (first, last)] == [1, 1], "the others went their way"


def test_a_person_finds_it_and_it_goes_on(pair: Pair, clock: Any) -> None:
    pair.run()
    order = pair.books.order()
    pair.oa_faults.force(Fault.REPLY_LOST, "open")
    pair.run()
    (paper,) = pair.papers(order)
    told = {"system_id": "desk", "form": "order"}
    assert pair.order("clerk", "is_there", order, number=str(paper.id), **told) == "1/1 done"
    assert (pair.state(order), pair.failure(order)) == (S.REQUESTED, "")
    pair.desk.approve_fully(paper.id)
    clock.pass_s(70)
    pair.run(2)
    assert (pair.state(order), order.done["approve"], len(pair.papers(order))) == (S.DONE, 1, 1)


def test_a_person_who_names_another_request_is_not_believed(pair: Pair) -> None:
    pair.run()
    lost, other = pair.books.order(), pair.books.order()
    pair.oa_faults.force(Fault.REPLY_LOST, "open")
    pair.run()
    told = {"system_id": "desk", "form": "order"}
    for number, reason in (
        (str(pair.papers(other)[0].id), "bound_elsewhere"),
        (str(pair.desk.open("order", "8", "by hand", {"erp_key": "X-R1"}, {}).id), "other_key"),
        ("4711", "not_found"),
        ("", "number_missing"),
    ):
        assert pair.order("clerk", "is_there", lost, number=number, **told) == f"0/1 done: {reason}"
    assert pair.outcomes(lost, "open_request") == [O.IN_DOUBT]


def test_a_person_finds_nothing_and_it_is_sent_once_more(pair: Pair) -> None:
    pair.run()
    order = pair.books.order()
    pair.oa_faults.force(Fault.RESET_BEFORE, "open")
    pair.run()
    assert not pair.papers(order)
    assert pair.order("clerk", "is_not_there", order) == "1/1 done"
    pair.run(3)
    assert pair.outcomes(order, "open_request") == [O.LOST, O.DONE]
    assert (pair.state(order), len(pair.papers(order))) == (S.REQUESTED, 1)


def test_an_audit_whose_answer_is_lost_is_looked_up_and_not_repeated(pair: Pair, clock: Any) -> None:
    pair.run()
    order = pair.books.order()
    pair.run()
    pair.desk.approve_fully(pair.papers(order)[0].id)
    clock.pass_s(70)
    pair.erp_faults.force(Fault.REPLY_LOST, "approve")
    pair.run(2)
    assert (pair.state(order), order.done["approve"]) == (S.DONE, 1)
    assert pair.outcomes(order, "audit_bill") == [O.DONE]


def test_an_old_order_that_nothing_can_look_up_is_asked_of_a_person_first(pair: Pair, clock: Any) -> None:
    """A restored backup, a copied folder, another machine: who can say that it was never sent?"""
    known, unknown = pair.books.order(), pair.books.order()
    clock.pass_s(600)
    pair.run(2)
    assert not pair.desk.papers
    assert pair.failure(known) == pair.failure(unknown) == ErrorCode.OUTCOME_UNKNOWN.id
    key = pair.document(known).key
    paper = pair.desk.open("order", "7", "sent before", {"erp_key": key, "erp_bill_no": known.number}, {})
    pair.order("clerk", "is_there", known, number=str(paper.id), system_id="desk", form="order")
    pair.order("clerk", "is_not_there", unknown)
    pair.run(3)
    assert [len(pair.papers(order)) for order in (known, unknown)] == [1, 1]
    assert [pair.state(order) for order in (known, unknown)] == [S.REQUESTED, S.REQUESTED]


def test_after_a_restored_copy_a_bill_that_went_back_here_and_is_audited_now_is_a_persons_question(
    pair: Pair, clock: Any, tmp_path: Path
) -> None:
    """It may have been agreed to in a round that the copy does not know, or audited past the OA: nobody else can tell."""
    pair.run()
    later, still = pair.books.order(), pair.books.order()
    pair.run()
    for order in (later, still):
        pair.desk.reject(pair.papers(order)[0].id, "too dear")
    clock.pass_s(70)
    pair.run(3)
    pair.books.act("submit", later.id)
    pair.books.act("approve", later.id)  # by an engine of which this store knows nothing
    pair.restart()
    pair.run(2)
    assert (pair.state(later), pair.failure(later)) == (S.FOUND, ErrorCode.AUDITED_BY_HAND.id)
    assert (pair.state(still), pair.failure(still)) == (S.RETURNED, "")
    text = Text("zh", strict=True)
    assert "OA" in text.do(ErrorCode.AUDITED_BY_HAND.id, {"number": "1"})
    pair.order("clerk", "accept", later, reason="agreed, see OA")
    pair.restart()
    pair.run(2)
    assert (pair.state(later), pair.failure(later), len(pair.papers(later))) == (S.DISMISSED, "", 1)


def test_taken_back_while_the_oa_cannot_end_it_the_clerk_is_told(pair: Pair, clock: Any) -> None:
    pair.run()
    order, other = pair.books.order(), pair.books.order()
    pair.run()
    (paper,) = pair.papers(order)
    pair.books.act("give_back", order.id)
    pair.run(2)
    assert (pair.state(order), pair.failure(order)) == (S.REQUESTED, ErrorCode.CANNOT.id)
    document = pair.document(order)
    failure, _ = pair.workspace.ledger.open_failures([document.id])[document.id]
    for text in (Text("zh", strict=True), Text("en", strict=True)):
        assert text.say("step-cancel_request") in text.what(failure.code, failure.facts)
        assert text.do(failure.code, failure.facts)
    reads = pair.desk.asked["read"]
    pair.run(5)
    assert pair.desk.asked["read"] == reads, "it is not asked for at every run"
    pair.desk.end(paper.id)
    pair.desk.approve_fully(pair.papers(other)[0].id)
    clock.pass_s(120)
    pair.run(2)
    assert (pair.state(order), pair.failure(order)) == (S.CANCELLED, "")
    assert (pair.state(other), other.done["approve"]) == (S.DONE, 1)
    pair.books.act("submit", order.id)
    pair.run(2)
    assert [each.fields["erp_key"][-3:] for each in pair.papers(order)] == ["-R1", "-R2"]


def test_handed_in_again_unchanged_before_anybody_ended_it_goes_on(pair: Pair, clock: Any) -> None:
    pair.run()
    order = pair.books.order()
    pair.run()
    pair.books.act("give_back", order.id)
    pair.run()
    assert pair.failure(order) == ErrorCode.CANNOT.id
    pair.books.act("submit", order.id)
    pair.run()
    assert pair.failure(order) == ""
    pair.desk.approve_fully(pair.papers(order)[0].id)
    clock.pass_s(300)
    pair.run(2)
    assert (pair.state(order), order.done["approve"], len(pair.papers(order))) == (S.DONE, 1, 1)


def test_changed_while_in_approval_is_not_audited_on_the_old_yes(pair: Pair, clock: Any) -> None:
    pair.run()
    order = pair.books.order()
    pair.run()
    pair.books.act("give_back", order.id)
    pair.books.edit(order.id, {"count": 99})
    pair.books.act("submit", order.id)
    pair.run()
    assert pair.failure(order) == ErrorCode.CANNOT.id
    pair.desk.approve_fully(pair.papers(order)[0].id)
    clock.pass_s(120)
    pair.run(3)
    assert order.done["approve"] == 0
    assert [paper.fields["amount"] for paper in pair.papers(order)] == ["15.00", "148.50"]


def test_a_site_that_asks_for_batches_does_not_get_them(pair: Pair, clock: Any) -> None:
    from dataclasses import replace

    system = pair.workspace.catalog.system("books")
    pair.workspace.catalog.put_system(replace(system, options={**system.options, "batch": "50"}), "chief")
    pair.run()
    orders = [pair.books.order() for _ in range(3)]
    pair.run()
    for order in orders:
        pair.desk.approve_fully(pair.papers(order)[0].id)
    clock.pass_s(70)
    pair.erp_faults.force(Fault.REPLY_LOST, "approve", skip=1)
    pair.run(2)
    attempts = [pair.workspace.ledger.attempts(pair.document(order).id)[-1] for order in orders]
    assert [len(pair.workspace.ledger.exchanges(attempt.id)) for attempt in attempts] == [1, 1, 1]
    assert [order.done["approve"] for order in orders] == [1, 1, 1]


def test_an_order_with_deliveries_is_tried_once_an_hour_where_nobody_tells_them(
    pair: Pair, clock: Any
) -> None:
    """The ERP cannot say what stands in the way, and the OA cannot be told: it is asked by trying, seldom."""
    pair.run()
    order = pair.books.order()
    pair.run()
    pair.desk.reject(pair.papers(order)[0].id, "too dear")
    pair.books.act("approve", order.id)
    order.later = 1
    clock.pass_s(70)
    pair.run()
    assert pair.failure(order) == ErrorCode.AUDITED_BY_HAND.id
    assert pair.order("chief", "decide", order, decision="rejected", reason="x") == "1/1 done"
    pair.run(2)
    assert pair.failure(order) == ErrorCode.DOWNSTREAM_BLOCKS.id
    for _ in range(3):
        clock.pass_s(600)
        pair.run(2)
    assert pair.outcomes(order, "send_back") == [O.REFUSED], "not every few minutes"
    order.later = 0
    clock.pass_s(3_600)
    pair.run(3)
    assert (pair.state(order), order.state) == (S.RETURNED, "back")
