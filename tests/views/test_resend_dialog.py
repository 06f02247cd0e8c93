"""Resend with choices, as a clerk does it: another note, a reason, once, however often it is pressed."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.views.home import Home


def refused(home: Home):
    """The OA's workflow is switched off for a moment: the bill stops."""
    home.run()
    bill = home.order()
    home.aside(lambda: home.house.toy.oa.change_workflow(781, in_force=False))
    home.run()
    home.aside(lambda: home.house.toy.oa.change_workflow(781, in_force=True))
    home.open()
    home.choose(bill)
    return bill


def menu(home: Home, words: str) -> None:
    [act] = [each for each in home.page.panel.head.menu().actions() if each.text() == words]
    act.trigger()


def test_another_note_for_one_bill_sent_once(home: Home) -> None:
    bill = refused(home)
    panel = home.page.panel
    menu(home, "按选项重发…")
    home.wait(lambda: panel.choices is not None and "note" in panel.choices.boxes)
    dialog = panel.choices
    assert dialog is not None and "amount" not in dialog.boxes and not dialog.then.isVisible()
    dialog.boxes["note"].setText("按合同附件二执行")
    assert not dialog.deed.isEnabled(), "a reason first"
    dialog.reason.setText("备注写错了")
    home.qtbot.keyClick(dialog.reason, Qt.Key.Key_Return)
    assert dialog.isVisible(), "Enter in a box is no order"
    home.qtbot.mouseDClick(dialog.deed, Qt.MouseButton.LeftButton)
    home.qtbot.mouseClick(dialog.deed, Qt.MouseButton.LeftButton) if dialog.isVisible() else None
    home.work(lambda: home.state(bill) == "requested")
    [request] = home.aside(lambda: home.house.requests(bill))
    assert request.fields["note"] == "按合同附件二执行"
    given = home.aside(lambda: [each.action for each in home.house.workspace.trail.entries()])
    assert given.count("order.resend") == 1


def test_from_the_start_after_a_reason(home: Home) -> None:
    home.run()
    bill = home.order()
    home.calm()
    home.open()
    home.choose(bill)
    menu(home, "撤回 OA 流程，从头重新送审")
    [(_, button)] = home.page.panel.cure.buttons
    assert not button.isEnabled()
    home.page.panel.cure.reason.setText("映射改过了")
    home.press(button)
    home.work(lambda: home.aside(lambda: home.house.document(bill)).round == 2)
    home.calm()
    assert len(home.aside(lambda: home.house.running(bill))) == 1
