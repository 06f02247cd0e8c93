"""The trail as people read it: found by number, person and deed, with before and after, and never of a foreign company."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import Ref
from desktop.domain.system import Person, Role, Route
from desktop.services.trail_book import TrailQuestion
from desktop.services.workspace import Workspace
from desktop.store.change import NewDocument

EVIL = '=cmd|"/c calc"!A1'


def filled(workspace: Workspace, boss: str = "chief") -> None:
    """A day's work: two companies, a bill in each, a clerk who became an auditor, and a reason that is a formula."""
    for route, title in (("c100", "华东机电"), ("c200", "苏州精密")):
        workspace.catalog.put_route(Route(route, route[1:], title, "k3", "oa"), "setup")
        with workspace.ledger.change(workspace.now()) as change:
            [made] = change.add(
                [NewDocument(route, "sales_order", Ref("k3", "S", route, f"XSDD-{route}"), f"P{route}")]
            )
            change.note("liyun", "dismissed", made, reason=EVIL)
    workspace.people.save(boss, Person(boss, "陈主管", Role.ADMIN))
    workspace.people.save(boss, Person("liyun", "李芸", Role.CLERK, ("c100",)))
    workspace.people.save(boss, Person("liyun", "李芸", Role.AUDITOR, ("c100",)))


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open_folder(tmp_path, memory={}) as opened_one:
        filled(opened_one)
        yield opened_one


def deeds(workspace: Workspace, text: str, *, people: bool = True) -> list[str]:
    book = workspace.trail_book
    return [line.entry.action for line in book.lines(book.seqs(TrailQuestion(text, people)))]


def test_lines_are_found_by_number_person_and_deed(workspace: Workspace) -> None:
    assert deeds(workspace, "XSDD-c100") == ["dismissed"]
    assert deeds(workspace, "XSDD-c100", people=False) == ["dismissed", "found"]
    assert deeds(workspace, "person.changed") == ["person.changed"]
    assert deeds(workspace, "liyun") == ["person.changed", "person.added", "dismissed", "dismissed"]
    assert deeds(workspace, "100%") == []
    book = workspace.trail_book
    [line] = book.lines(book.seqs(TrailQuestion("person.changed")))
    assert [(each.name, each.before, each.after) for each in line.changes] == [("role", "clerk", "auditor")]


def test_people_and_companies_are_told_and_found_as_they_are_called(workspace: Workspace) -> None:
    book = workspace.trail_book
    assert deeds(workspace, "李芸") == ["person.changed", "person.added", "dismissed", "dismissed"]
    assert deeds(workspace, "苏州精密") == ["route.saved"]
    [company] = book.lines(book.seqs(TrailQuestion("苏州精密")))
    assert (company.about, company.who) == ("苏州精密", ""), "whoever was never entered has a login alone"
    mine, *_ = book.lines(book.seqs(TrailQuestion("XSDD-c100")))
    assert (mine.who, mine.entry.actor, mine.about) == ("李芸", "liyun", "")


def test_of_a_foreign_company_nothing_is_read(workspace: Workspace) -> None:
    workspace.people.arrive("liyun")
    assert deeds(workspace, "") == ["dismissed"]
    assert deeds(workspace, "XSDD-c200", people=False) == []
    workspace.people.save("chief", Person("liyun", "李芸", Role.CLERK))
    for call in (lambda: deeds(workspace, ""), workspace.trail_book.verify):
        with pytest.raises(SyncError) as refused:
            call()
        assert refused.value.code is ErrorCode.NOT_ALLOWED


def test_a_bill_that_was_tried_for_months_shows_what_happened_last(house) -> None:
    """Its timeline shows two thousand lines: the newest, not the first."""
    bill = house.order()
    house.calm()
    of = house.document(bill)
    with house.workspace.ledger.change(house.clock.now()) as change:
        for number in range(2_100):
            change.note("engine", "refused.open_request", of, reason=f"try {number}")
    texts = [event.text for event in house.workspace.documents.story(of.id).events]
    assert "try 2099" in texts and "try 0" not in texts
    assert texts.index("try 2098") < texts.index("try 2099")
