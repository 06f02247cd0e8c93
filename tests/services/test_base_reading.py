"""Lists of base data: what changed since, the whole once a day, and the moment moves only when a list was read to its end."""

from __future__ import annotations

from typing import Any

import pytest

from desktop.domain.record import BaseItem
from desktop.sandbox.faults import Fault
from desktop.services.base_reading import merged
from desktop.services.systems import Meter
from tests.conftest import House


def rename(house: House, form: str, number: str, name: str) -> None:
    """Somebody renames a record in the ERP."""
    found = [row for row in house.toy.erp.bills(form) if row.number == number]
    assert found
    for row in found:
        row.head["FName"] = name
        row.modified_at = house.clock.erp_now()


def calls(house: House, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Filters of the ERP's queries from now on."""
    seen: list[str] = []
    from desktop.connectors.k3cloud.client import Client

    query = Client.query

    def noted(self: Any, form: str, fields: Any, where: str = "", **more: Any) -> Any:
        seen.append(where)
        return query(self, form, fields, where, **more)

    monkeypatch.setattr(Client, "query", noted)
    return seen


def test_only_what_changed_is_read_within_the_day_and_all_of_it_afterwards(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = house.workspace
    workspace.base.refresh("chenjing", lambda *_: None, lambda: False)
    held = {item.code: item for item in workspace.base_records.records("k3", "customer")}
    assert not workspace.base_reading.read_if_due(), "read just now"
    house.clock.pass_s(3 * 3_600)
    rename(house, "BD_Customer", "CUST0002", "renamed")
    seen = calls(house, monkeypatch)
    assert workspace.base_reading.read_if_due()
    assert [where for where in seen if where.startswith("FModifyDate>=")]
    now = {item.code: item for item in workspace.base_records.records("k3", "customer")}
    assert now["CUST0002"].name == "renamed" and now["CUST0002"].companies == held["CUST0002"].companies
    assert {code: item for code, item in now.items() if code != "CUST0002"} == {
        code: item for code, item in held.items() if code != "CUST0002"
    }
    told = [(each.code, each.what) for each in workspace.base.changes() if each.kind == "customer"]
    assert told == [("CUST0002", "renamed")]
    seen.clear()
    house.clock.pass_s(23 * 3_600)
    assert workspace.base_reading.read_if_due()
    assert not [where for where in seen if where.startswith("FModifyDate>=")]


def test_where_calls_are_metered_a_list_is_read_by_itself_once_a_week(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = house.workspace
    workspace.base.refresh("chenjing", lambda *_: None, lambda: False)
    monkeypatch.setattr(
        workspace.systems, "meter", lambda system: Meter(1, 10) if system.id == "oa" else None
    )
    house.clock.pass_s(2 * 86_400)
    wanted: list[tuple[str, str]] = []
    monkeypatch.setattr(workspace.base_reading, "read", lambda who, lists, *_, **__: wanted.extend(lists))
    assert workspace.base_reading.read_if_due()
    assert {system for system, _ in wanted} == {"k3"}
    house.clock.pass_s(5 * 86_400)
    workspace.base_reading.read_if_due()
    assert {system for system, _ in wanted} == {"k3", "oa"}


def test_a_reading_that_breaks_off_moves_nothing(house: House) -> None:
    workspace = house.workspace
    workspace.base.refresh("chenjing", lambda *_: None, lambda: False)
    before = workspace.base_records.refreshed()
    house.clock.pass_s(3 * 3_600)
    house.toy.erp_faults.force(Fault.REPLY_LOST, times=99)
    house.toy.oa_faults.force(Fault.REPLY_LOST, times=99)
    workspace.base_reading.read_if_due()
    assert workspace.base_records.refreshed() == before


def test_what_changed_takes_the_place_of_what_had_its_code() -> None:
    held = [BaseItem("unit", "1", "A", "a"), BaseItem("unit", "2", "B", "b"), BaseItem("unit", "3", "", "c")]
    told = merged(held, [BaseItem("unit", "9", "B", "b2"), BaseItem("unit", "4", "D", "d")])
    assert {(item.key, item.code, item.name) for item in told} == {
        ("1", "A", "a"),
        ("3", "", "c"),
        ("9", "B", "b2"),
        ("4", "D", "d"),
    }
