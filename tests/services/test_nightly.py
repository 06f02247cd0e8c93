"""The reconciliation of every night: when it is due, what is kept of it, its certificate, the two lists of the morning."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.system import Person, Role
from desktop.services.matching import Gap
from desktop.services.nightly import from_plain, to_plain
from desktop.services.paper import Paragraph, Table, as_pdf
from desktop.services.text import Text
from tests.conftest import FORM, Clock, House, Stage
from tests.sync.gating import INVOICE, Till

LATER_S = 1200.0


def words_of(paper: bytes) -> str:
    """Every word that is drawn in a PDF, in order."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", paper, re.DOTALL)
    drawn = re.findall(rb"<([0-9a-f]*)> Tj", b"\n".join(zlib.decompress(each) for each in streams))
    return "\n".join(bytes.fromhex(each.decode()).decode("utf-16-be") for each in drawn)


def test_once_a_night_over_all_days_since_the_last(house: House) -> None:
    workspace, clock = house.workspace, house.clock
    workspace.catalog.set_preference("schedule.zone", "UTC")
    workspace.catalog.set_preference("reconcile.at", (clock.now() + timedelta(hours=1)).strftime("%H:%M"))
    bill = house.order()
    house.calm()
    house.approve(bill)
    house.calm()
    assert house.state(bill) is S.DONE
    assert workspace.nightly.make_if_due()  # never made yet: due at once
    assert not workspace.nightly.make_if_due()
    clock.pass_s(2 * 3600)
    assert workspace.nightly.make_if_due() and not workspace.nightly.make_if_due()
    clock.pass_s(3 * 86_400)
    assert workspace.nightly.make_if_due()
    newest = workspace.nightly.newest()
    assert newest is not None and newest.clean and (newest.at - newest.since).days == 3
    entries = workspace.nightly.entries()
    assert [(each.clean, each.documents) for each in entries] == [(True, 0), (True, 1), (True, 1)]
    assert workspace.trail.entries("reconciliation")[-1].action == "reconcile.clean"
    paper = (workspace.nightly.folder / f"{entries[0].file}.pdf").read_bytes()
    assert "零差异" in words_of(paper).replace("\n", "") and "销售订单" in words_of(paper)
    assert "零差异" in (workspace.nightly.folder / f"{entries[0].file}.csv").read_text("utf-8")
    workspace.catalog.set_preference("reconcile.at", "")
    clock.pass_s(3 * 86_400)
    assert not workspace.nightly.make_if_due()


def test_a_result_survives_the_store_and_a_person_sees_only_his_companies(house: House) -> None:
    bill = house.order()
    house.calm()
    house.toy.erp.audit(FORM, bill.id, "wangmin")
    house.clock.pass_s(LATER_S)
    workspace = house.workspace
    result = workspace.nightly.make("chief")
    assert [row.kind for row in result.rows] == [Gap.UNAPPROVED] and from_plain(to_plain(result)) == result
    assert workspace.nightly.newest() == result
    (late,) = workspace.nightly.morning(result).unagreed
    assert late.number == bill.number and late.amount == house.document(bill).amount
    workspace.people.save("chief", Person("chief", "Chief", Role.ADMIN))
    workspace.people.save("chief", Person("south", "South", Role.CLERK, ("c200",)))
    assert workspace.people.arrive("south")
    seen = workspace.nightly.newest()
    told = workspace.nightly.make("south")
    assert not told.rows and not told.compared and workspace.nightly.entries(1)[0].differences == 0
    assert workspace.nightly._kept.entries(1)[0].differences == 1, "what is kept is whole"
    assert not workspace.reconcile.run(sight=("c200",)).compared
    assert seen is not None and not seen.rows and workspace.nightly.morning(seen).unagreed == ()


def test_what_the_oa_agreed_to_and_nobody_audited_is_on_the_mornings_list(house: House) -> None:
    bill = house.order()
    house.calm()
    house.approve(bill)
    with house.dying("audit_bill", "before the call"):
        house.run()
    assert house.workspace.nightly.morning(None).agreed == ()  # a matter of minutes
    house.clock.pass_s(LATER_S)
    (late,) = house.workspace.nightly.morning(None).agreed
    assert late.number == bill.number and late.amount == house.document(bill).amount


@pytest.fixture
def till(toy: Stage, tmp_path: Path, clock: Clock) -> Iterator[Till]:
    made = Till(toy, tmp_path / "data", clock)
    yield made
    made.close()


def test_gate_flows_are_reconciled_too(till: Till) -> None:
    order = till.ordered()
    till.payable(order)
    passed, held = till.invoice(), till.invoice(("SP9999", "10.00"))
    till.calm()
    assert till.state(passed) is S.DONE and till.state(held) is S.RETURNED
    till.clock.pass_s(LATER_S)
    result = till.workspace.reconcile.run()
    assert result.clean and sum(each.documents for each in result.compared) == 2
    till.hand_in(held)
    till.toy.erp.audit(INVOICE, held.id, "wangmin")  # past the gate, while nobody looks
    till.toy.erp.un_audit(INVOICE, passed.id, "wangmin")
    till.clock.pass_s(LATER_S)
    found = {(row.number, row.kind) for row in till.workspace.reconcile.run().rows}
    assert found == {(held.number, Gap.PAST_GATE), (passed.number, Gap.ERP_STATE)}


def test_a_paper_breaks_lines_and_pages_and_keeps_every_word(house: House) -> None:
    rows = [(f"行{number}", "很长的说明" * 12, f"{number}.00") for number in range(80)]
    table = Table(("a", "b", "c"), rows, (1, 4, 1), frozenset({2}))
    paper = as_pdf("四方对账", [Paragraph("word " * 60), table], foot="单桥", at=house.clock.now())
    told = words_of(paper)
    assert paper.startswith(b"%PDF-1.5") and b"startxref" in paper
    assert (
        all(f"行{number}\n" in told for number in range(80))
        and told.replace("\n", "").count("很长的说明") == 80 * 12
    )
    pages = int(re.search(rb"/Count (\d+)", paper)[1])  # type: ignore[index]
    assert pages > 3 and told.count("\na\n") == pages  # the headings again on each
    places = [int(each) for each in re.findall(rb"\n(\d{10}) 00000 n", paper)]
    assert all(paper[at:].startswith(f"{number} 0 obj".encode()) for number, at in enumerate(places, start=1))
    assert Text("zh", strict=True).has("reconcile-foot")
