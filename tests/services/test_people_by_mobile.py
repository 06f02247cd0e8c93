"""Where an app may not list the people but look one up by mobile, the ERP's users are still matched; and what windows ask of an
OA that meters its calls is counted like the engine's.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.domain.errors import ErrorCode
from desktop.sandbox.dingtalk_play import PLAY as DINGTALK
from desktop.sandbox.dingtalk_settings import CONTACT, MOBILE
from desktop.sandbox.k3cloud_play import PLAY as CLOUD
from tests.conftest import Clock, House, staged


@pytest.fixture
def house(served: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[House]:
    made = House(staged(served, clock, monkeypatch, (CLOUD, DINGTALK)), tmp_path / "data", clock)
    made.toy.oa.ding.permissions.discard(CONTACT)
    yield made
    made.close()


def asked(house: House) -> int:
    return int(house.toy.oa_play.counted(house.toy.oa_server.app).get("getbymobile", 0))


def read(house: House) -> list[Any]:
    users = house.workspace.users
    return users.refresh("chief", users.pairs()[0], lambda *_: None, lambda: False)


def test_people_are_looked_up_by_mobile_where_they_may_not_be_listed(house: House) -> None:
    for user in ("wangmin", "xiening"):
        for route in ("c100", "c200"):
            house.workspace.catalog.delete_base_row(route, "user", user, "chief")
    assert [each.error for each in read(house)] == [None] * 3
    found = house.workspace.users.overview()
    lines = {each.suggestion.key: each for each in found.lines if each.suggestion}
    assert set(lines) == {"wangmin", "xiening"}
    assert (lines["wangmin"].oa_id, lines["wangmin"].name) == ("57", ""), "his name may not be read"
    assert not [each for each in found.lines if each.state == "left"], "who was matched by hand stays"
    house.workspace.users.accept("chief", found.pair, list(lines.values()))
    assert house.workspace.users.erp_user("c100", "57") == "wangmin"


def test_by_itself_nobody_is_asked_for_twice(house: House) -> None:
    read(house)
    before = asked(house)
    assert before > 3
    wanted = [("oa", "user")]
    house.workspace.base_reading.read("engine", wanted, lambda *_: None, lambda: False, whole=False)
    free = [
        each for each in house.workspace.base_records.records("k3", "user") if each.mark and not each.disabled
    ]
    known = {each.mark for each in house.workspace.base_records.records("oa", "user")}
    assert asked(house) - before == len([each for each in free if each.mark not in known])
    house.workspace.base_reading.read("chief", wanted, lambda *_: None, lambda: False)
    assert asked(house) - before >= before, "a person asks for all of them anew"


def test_without_either_right_it_says_which_is_missing(house: House) -> None:
    house.toy.oa.ding.permissions.discard(MOBILE)
    errors = [each.error for each in read(house)]
    assert errors[1] is not None
    assert errors[1].code is ErrorCode.NOT_PERMITTED


def test_a_persons_questions_count_in_the_month(house: House) -> None:
    house.join(monthly_calls="10000")
    system = house.workspace.catalog.system("oa")
    before = house.workspace.systems.meter(system).used  # type: ignore[union-attr]
    read(house)
    calls = asked(house)
    told = house.workspace.systems.test(system, {})
    assert all(step.ok for step in told.steps)
    assert house.workspace.systems.meter(system).used - before > calls  # type: ignore[union-attr]
