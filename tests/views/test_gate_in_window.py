"""An invoice of the gate, as finance sees it: no OA in sight, the sentence, and what may be done about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from desktop.domain.system import Person, Role
from desktop.views.bridge import Bridge
from desktop.views.document_life import rail
from desktop.views.look import Look
from tests.conftest import Clock, Stage
from tests.sync.gating import BOOKKEEPER, INVOICE, Till
from tests.views.home import Home


@pytest.fixture
def office(
    toy: Stage, tmp_path: Path, clock: Clock, look: Look, bridge: Bridge, qtbot: QtBot, aside: Callable[..., Any]
) -> Iterator[Home]:  # fmt: skip
    made = Home(aside(lambda: Till(toy, tmp_path / "data", clock)), look, bridge, qtbot, aside)
    yield made
    made.close()


def past_the_gate(till: Till) -> Any:
    """Audited by hand while its claim was open."""
    till.claim("300.00")
    invoice = till.invoice()
    till.toy.erp.settings.validators[INVOICE, "CancelAssign"] = "不允许撤销"
    till.run()
    till.toy.erp.audit(INVOICE, invoice.id, BOOKKEEPER)
    till.run(2)
    return invoice


def test_what_went_past_the_gate_is_told_and_may_be_accepted(office: Home) -> None:
    invoice = office.aside(lambda: past_the_gate(office.house))
    office.open()
    office.choose(invoice)
    panel = office.page.panel
    assert [stage.title for stage in rail(panel.story, office.look.text, office.house.clock.now())] == [
        "ERP 提交", "核对索赔", "ERP 审核"
    ]  # fmt: skip
    assert "绕过开票控制" in panel.cure.what.text() and "300.00" in panel.cure.what.text()
    (accept, button), *_ = panel.cure.buttons
    assert accept.words == "认可这次审核"
    panel.cure.reason.setText("补在下一张发票")
    office.press(button)
    office.wait(lambda: panel.cure.told.text())
    office.run()
    assert office.state(invoice) == "dismissed"


def refused(till: Till) -> Any:
    """Sent back for an open claim; a chief and a clerk with a passphrase work here."""
    till.claim("300.00")
    invoice = till.invoice()
    till.run()
    people = till.workspace.people
    people.save("chenjing", Person("chenjing", "陈静", Role.ADMIN))
    people.save("chenjing", Person("liyun", "李芸", Role.CLERK, ("c100",)))
    people.set_passphrase("chenjing", "liyun", "horse battery staple")
    return invoice


def test_two_persons_let_an_invoice_pass_in_one_window(office: Home) -> None:
    """She gives the reason, he types his passphrase beside her; alone it does not go."""
    invoice = office.aside(lambda: refused(office.house))
    office.open()
    facts = {"number": invoice.number, "document": office.document_id(invoice)}
    office.window.go("queue", facts)
    office.wait(lambda: office.page.panel.story is not None)
    panel = office.page.panel
    [act] = [each for each in panel.head.menu().actions() if each.text() == "两人放行这张发票"]
    act.trigger()
    panel.cure.reason.setText("样品发票，索赔另行结算")
    [(_, button)] = panel.cure.buttons
    assert button.text() == f"放行 {invoice.number}"
    office.press(button)
    office.wait(lambda: panel.second is not None and panel.second.who.count() == 1)
    dialog = panel.second
    assert "两个人" in panel.cure.told.text() and not dialog.deed.isEnabled()
    office.qtbot.keyClicks(dialog.passphrase, "horse battery staple")
    office.press(dialog.deed)
    office.work(lambda: "已执行" in panel.cure.told.text() or "已执行" in panel.notice.sentence.text())
    office.aside(lambda: office.house.hand_in(invoice))
    office.run()
    assert (office.state(invoice), invoice.status) == ("done", "C")


def test_the_evidence_of_a_bill_is_taken_from_its_panel(office: Home, tmp_path: Path) -> None:
    from desktop.services.evidence_check import faults, read

    invoice = office.aside(lambda: refused(office.house))
    office.open()
    facts = {"number": invoice.number, "document": office.document_id(invoice)}
    office.window.go("queue", facts)
    office.wait(lambda: office.page.panel.story is not None)
    panel = office.page.panel
    assert "取证据包" in [each.text() for each in panel.head.menu().actions()]
    panel.take_evidence(tmp_path / "e.zip")
    office.wait(lambda: "证据包已写入 e.zip" in panel.notice.sentence.text())
    assert office.aside(lambda: faults(read(tmp_path / "e.zip"))) == []
