"""Why was it not sent: offered where a number is typed, answered over the window, and the bill sent from there."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidgetItem
from pytestqt.qtbot import QtBot

from desktop.views.finder import Finder
from desktop.views.why_dialog import WhyDialog
from tests.views.home import Home


def offers(finder: Finder) -> list[QListWidgetItem]:
    """Where the finder offers the question."""
    items = [finder.list.item(row) for row in range(finder.list.count())]
    return [item for item in items if item.text() == finder._look.text.say("why-ask")]


def ask(home: Home, number: str) -> WhyDialog:
    """Ctrl+K, the number, Enter on the offer; waits for the answer."""
    home.window.open_finder()
    finder = home.window.finder
    assert finder is not None
    finder.box.setText(number)
    home.wait(lambda: offers(finder))
    finder._run(offers(finder)[0])
    dialog = home.window.why
    assert dialog is not None and dialog.isVisible() and not finder.isVisible()
    home.wait(lambda: dialog.sentences)
    return dialog


def press(qtbot: QtBot, button: object) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)  # type: ignore[arg-type]


def test_the_question_is_offered_for_numbers_only(home: Home) -> None:
    home.open()
    home.window.open_finder()
    finder = home.window.finder
    assert finder is not None
    for typed, offered in (("苏州", 0), ("x1", 0), ("abcd", 0), ("XSDD0001", 1)):
        finder.box.setText(typed)
        assert len(offers(finder)) == offered, typed


def test_an_unknown_number_is_answered_in_words(home: Home) -> None:
    home.open()
    dialog = ask(home, "XSDD-NONE-1")
    assert "XSDD-NONE-1" in dialog.sentences[0].text()
    assert (dialog.sends, dialog.opens) == ([], [])
    assert dialog.sentences[0].textFormat() is Qt.TextFormat.PlainText


def test_a_bill_that_may_go_is_sent_from_here_once(home: Home, qtbot: QtBot) -> None:
    home.start_engine()
    home.open()
    home.aside(lambda: home.house.workspace.documents.pause("chief"))
    home.wait(lambda: home.aside(lambda: home.house.workspace.engine.paused))
    bill = home.order()
    dialog = ask(home, bill.number)
    assert dialog.sends == [], "a paused engine sends nothing"
    dialog.close()
    home.aside(lambda: home.house.workspace.documents.resume("chief"))
    home.wait(lambda: not home.aside(lambda: home.house.workspace.engine.paused))
    home.wait(lambda: home.state_of(bill) == home.look.text.say("state-requested"))
    dialog = ask(home, bill.number)
    assert dialog.sends == []
    press(qtbot, dialog.opens[0])
    home.wait(lambda: home.page.panel.isVisible())
    assert home.aside(lambda: len(home.house.requests(bill))) == 1


def test_send_now_is_followed_and_tells_what_became_of_it(home: Home, qtbot: QtBot) -> None:
    catalog = home.house.workspace.catalog
    route = home.aside(catalog.routes)[0]
    seldom = replace(route, switches=tuple(replace(each, every_s=3600.0) for each in route.switches))
    home.aside(lambda: catalog.put_route(seldom, "chief"))
    home.start_engine()
    ledger = home.house.workspace.ledger
    home.wait(lambda: home.aside(lambda: [run for run in ledger.last_runs() if run.ended_at]))
    bill = home.order()
    home.open()
    dialog = ask(home, bill.number)
    [send] = dialog.sends
    press(qtbot, send)
    assert not send.isEnabled()
    home.wait(lambda: dialog.told.text() == home.look.text.say("why-sent-now"))
    home.wait(lambda: home.aside(lambda: len(home.house.requests(bill))) == 1)
