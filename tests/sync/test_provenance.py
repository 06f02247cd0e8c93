"""Whence a line's price comes: from an inquiry in the OA to the order that keeps to it, and how a line left its lock."""

from __future__ import annotations

import json

import pytest

from desktop.domain.errors import ErrorCode, SyncError
from desktop.doors import source_door
from desktop.doors.command_line import parser
from tests.sync.making import Works


def order(works: Works, price: str, material: str = "M0003"):
    return works.toy.erp.purchase_order("100", "VEN0001", "zhouqi", ((material, 2, price),), submit=True)


def test_a_price_is_followed_back_to_its_inquiry(sourcing: Works, capsys: pytest.CaptureFixture[str]) -> None:
    sourcing.run()
    request = sourcing.agreed(valid_from="2026-11-01")
    sourcing.calm()
    (bill,) = sourcing.made()
    sourcing.toy.join(sourcing.workspace, flows=("inquiry", "purchase_order"), breaker_pause_s="0")
    kept, left = order(sourcing, "1500.00"), order(sourcing, "1480.00")
    sourcing.run()
    (told,) = sourcing.workspace.provenances.of_number(kept.number)
    (line,) = told.lines
    assert line.kept and line.why == "" and line.row is not None
    assert (line.row.inquiry, line.row.begins, line.row.tax_included) == (bill.number, "2026-11-01", True)
    inquiry = line.inquiry
    assert inquiry is not None and (inquiry.number, inquiry.request) == (bill.number, str(request))
    assert [(each.supplier, each.chosen) for each in inquiry.offers] == [
        ("昆山恒泰", True),
        ("没有建档的供应商", False),
    ]
    assert inquiry.offers[0].price.startswith("1500") and any(each[1] for each in inquiry.opinions)
    (alarm,) = sourcing.workspace.provenances.of_number(left.number)
    assert (alarm.lines[0].kept, alarm.lines[0].why) == (False, "price")
    given = parser().parse_args(["prices", "source", kept.number, "--json"])
    url = f"sqlite:///{sourcing.folder / 'danqiao.db'}"
    with pytest.MonkeyPatch.context() as patch:
        for (system, name), value in sourcing.toy.memory.items():
            patch.setenv(f"DANQIAO_{system}_{name}".upper(), value)
        assert source_door.source(given, url) == 0
        (shown,) = json.loads(capsys.readouterr().out)["bills"]
        assert shown["lines"][0]["inquiry"]["offers"][0]["chosen"] is True
        plain = parser().parse_args(["prices", "source", left.number])
        assert source_door.source(plain, url) == 1
    assert "昆山恒泰" in capsys.readouterr().out


def test_what_locks_no_price_has_no_source(works: Works) -> None:
    works.run()
    request = works.agreed()
    works.run()
    with pytest.raises(SyncError) as refused:
        works.workspace.provenances.of(works.of(request).id)
    assert refused.value.code is ErrorCode.CANNOT
    assert not works.workspace.provenances.of_number("CGDD-NONE")
