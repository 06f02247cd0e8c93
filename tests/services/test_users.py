"""Who is who: matched by staff number or mobile, never by name alone; who has left, and who is meant to have no ERP user."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop.domain.errors import SyncError
from desktop.sandbox.group import EMPLOYEES
from desktop.services.users import PeopleFound, PersonLine, Users
from tests.conftest import House

LEFT = next(each for each in EMPLOYEES if each.left)


@pytest.fixture
def people(house: House) -> Users:
    """The toy company's, both lists read."""
    found = house.workspace.users
    read = found.refresh("chief", found.pairs()[0], lambda *_: None, lambda: False)
    assert [(each.system, each.kind) for each in read] == [("k3", "user"), ("oa", "user"), ("k3", "employee")]
    assert not any(each.error for each in read)
    return found


def by_name(found: PeopleFound) -> dict[str, PersonLine]:
    """The second account of 王敏, which has no staff number, left out."""
    return {each.name or each.erp_name: each for each in found.lines if each.oa_id != "157"}


def forget(house: House, *users: str) -> None:
    for route in ("c100", "c200"):
        for user in users:
            house.workspace.catalog.delete_base_row(route, "user", user, "chief")


def test_everybody_stands_in_one_list_what_wants_somebody_on_top(house, people) -> None:
    forget(house, "wangmin", "xiening")
    found = people.overview()
    lines = by_name(found)
    assert found.pair.routes == ("c100", "c200") and found.read_at is not None
    assert lines["李华"].state == "ok" and lines["李华"].erp_user == "lihua"
    assert lines["王敏"].state == "proposed" and lines["王敏"].suggestion.key == "wangmin"
    assert lines["陈杰"].state == "none" and lines["高飞"].state == "no_oa"
    assert LEFT.name not in lines, "who has left and stands for nobody is nobody's business"
    states = [each.state for each in found.lines]
    assert states.index("proposed") < states.index("none") < states.index("no_oa") < states.index("ok")


def test_proposals_are_taken_for_every_company_of_the_two_systems_at_once(house, people) -> None:
    forget(house, "wangmin", "xiening")
    found = people.overview()
    chosen = [each for each in found.lines if each.suggestion]
    assert people.accept("chief", found.pair, chosen) == 2
    after = by_name(people.overview())
    assert after["王敏"].state == after["谢宁"].state == "ok"
    assert {people.erp_user(route, "57") for route in ("c100", "c200")} == {"wangmin"}
    with pytest.raises(SyncError) as told:  # meanwhile somebody else was quicker
        people.accept("chief", found.pair, chosen)
    assert told.value.code.id == "MAP-511"


def test_two_of_one_name_are_never_put_together_by_it(house, people) -> None:
    forget(house, "wangmin")
    store, pair = house.workspace.base_records, people.pairs()[0]
    users = [
        replace(each, mark="") if each.code == "wangmin" else each for each in store.records("k3", "user")
    ]
    store.put_records("k3", "user", users, house.clock.now())
    found = people.overview()
    assert by_name(found)["王敏"].suggestion is None, "only the name speaks for it"
    people.bind("chief", pair, next(each for each in found.lines if each.oa_id == "57"), "wangmin")
    assert people.erp_user("c100", "57") == "wangmin"


def test_who_left_and_who_stands_for_several_is_said(house, people) -> None:
    pair = people.pairs()[0]
    house.workspace.catalog.put_base_rows(
        [replace(row, oa_key=LEFT.oa_id) for row in house.workspace.catalog.base_rows("c100") if row.kind == "user" and row.erp_code == "zhouqi"]
        + [replace(row, oa_key="57") for row in house.workspace.catalog.base_rows("c200") if row.kind == "user" and row.erp_code == "xiening"],
        "chief",
    )  # fmt: skip
    forget_c200 = house.workspace.catalog.delete_base_row
    forget_c200("c200", "user", "zhouqi", "chief")
    forget_c200("c100", "user", "xiening", "chief")
    lines = by_name(people.overview())
    assert lines[LEFT.name].state == "left" and lines[LEFT.name].erp_user == "zhouqi"
    assert lines["王敏"].state == "several" and lines["王敏"].erp_user == "wangmin, xiening"
    assert people.unbind("chief", pair, lines[LEFT.name]) == 1
    assert LEFT.name not in by_name(people.overview())


def test_who_is_meant_to_have_no_erp_user_is_marked_and_read_by_sign_on(house, people) -> None:
    pair = people.pairs()[0]
    people.mark("chief", pair, ["40", "57"], no_licence=True)
    lines = by_name(people.overview())
    assert lines["陈杰"].state == lines["王敏"].state == "no_licence"
    assert people.erp_user("c100", "57") == ""
    people.mark("chief", pair, ["57"], no_licence=False)
    assert people.erp_user("c100", "57") == "wangmin"
    assert by_name(people.overview())["陈杰"].state == "no_licence"


def test_an_erp_user_is_one_persons_only(house, people) -> None:
    found = people.overview()
    line = by_name(found)["陈杰"]
    for typed, code in (("wangmin", "MAP-512"), ("nobody", "MAP-513"), ("", "MAP-513")):
        with pytest.raises(SyncError) as told:
            people.bind("chief", found.pair, line, typed)
        assert told.value.code.id == code


def test_a_list_that_was_never_read_accuses_nobody(house) -> None:
    found = house.workspace.users.overview()
    assert found.read_at is None and not found.lines
