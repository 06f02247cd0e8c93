"""What a role may not, its window does not offer, and the service behind it refuses."""

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtWidgets import QLineEdit, QPushButton

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import Person, Role
from desktop.views.failures_page import FailuresPage
from desktop.views.system_panel import SystemPanel
from desktop.views.systems_page import SystemsPage
from tests.views.home import Home
from tests.views.test_failures_page import stuck


def seat(home: Home, person: Person) -> None:
    """A chief enters the house's people, and one of them sits down."""
    people = home.house.workspace.people
    people.arrive("chief")
    people.save("chief", person)
    people.arrive(person.login)


def failures(home: Home) -> FailuresPage:
    home.open()
    home.window.go("failures")
    page = cast(FailuresPage, home.window.current_page())
    home.wait(lambda: page.overview is not None)
    return page


def test_an_auditor_reads_everything_and_orders_nothing(home: Home) -> None:
    (bill,) = stuck(home, 1)
    home.aside(lambda: seat(home, Person("chenjing", "陈静", Role.AUDITOR)))
    page = failures(home)
    home.wait(lambda: page.rows.rowCount() == 1)
    assert not page.cause.resend.isEnabled() and not page.cause.ignore.isEnabled()
    page.open_bill(home.document_id(bill))
    home.wait(lambda: "只能查看" in page.panel.cure.told.text())
    assert not page.panel.cure.buttons and not page.panel.head.check.isEnabled()
    assert "取证据包" in [each.text() for each in page.panel.head.menu().actions()]
    with pytest.raises(SyncError) as refused:
        home.aside(lambda: home.house.workspace.documents.retry("chenjing", [home.house.document(bill).id]))
    assert refused.value.code is ErrorCode.NOT_ALLOWED


def test_a_clerk_reads_how_systems_are_joined_and_is_offered_no_change(home: Home) -> None:
    home.aside(lambda: seat(home, Person("chenjing", "陈静", Role.CLERK)))
    home.open()
    home.window.go("systems")
    page = cast(SystemsPage, home.window.current_page())
    home.wait(lambda: isinstance(page.panel, SystemPanel))
    assert page.add_button.isHidden() and page.test_all.isHidden()
    assert not [
        each.accessibleName()
        for each in page.panel.findChildren(QPushButton)
        if each.isVisible() and each.isEnabled() and each.property("role") != "quiet"
    ]
    assert all(each.isReadOnly() for each in page.panel.findChildren(QLineEdit))


def test_a_clerk_of_another_company_sees_no_bill_and_reaches_none(home: Home) -> None:
    (bill,) = stuck(home, 1)
    of = home.document_id(bill)
    home.aside(lambda: seat(home, Person("chenjing", "陈静", Role.CLERK, ("c200",))))
    page = failures(home)
    home.wait(lambda: page.area.currentWidget() is page.area.empty)
    page.open_bill(of)
    home.wait(lambda: page.panel.states.currentWidget() is page.panel.error)
    assert "没有权限" in page.panel.error.cause.text()
    documents = home.house.workspace.documents
    for call in (
        lambda: documents.retry("chenjing", [of]),
        lambda: documents.dismiss("chenjing", [of], "x"),
        lambda: documents.hand_over("chenjing", of, "1"),
        lambda: documents.take_back("chenjing", [of]),
        lambda: documents.pause("chenjing"),
        lambda: documents.doubt(of),
    ):
        with pytest.raises(SyncError) as refused:
            home.aside(call)
        assert refused.value.code is ErrorCode.NOT_ALLOWED
    assert home.state(bill) == "found"
