"""The same people in any order, and now they attach files, while answers to uploads are lost: no request ever shows a file
twice, or one that nobody attached, and no bill waits for a file.
"""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from desktop.domain.document import FileState
from desktop.sandbox.faults import Fault
from tests.conftest import FORM, Clock, House, staged
from tests.sync.anyorder import play_any_order
from tests.sync.test_attachments import PAIRS, on_request, travels
from tests.sync.test_properties import LOSSES, People, which
from tests.sync.test_properties import stage as stage

FILES = {"合同.pdf": b"%PDF" * 300, "清单.xlsx": b"PK" * 900, "病毒.exe": b"MZ"}


class Carriers(People):
    """People with attachments switched on."""

    @initialize()
    def travel(self) -> None:
        travels(self.house)

    @rule(at=which, name=st.sampled_from(sorted(FILES)))
    def attach(self, at: int, name: str) -> None:
        self._try(self.house.toy.erp.attach, FORM, self.bills[at].id, name, FILES[name])

    @rule(
        call=st.sampled_from(
            ("uploadFile2Doc", "AttachmentDownLoad", "getRequestResources", "commit", "uploadInfo", "keep")
        ),
        loss=st.sampled_from(LOSSES),
    )
    def lose_a_file(self, call: str, loss: Fault) -> None:
        for faults in (self.house.toy.erp_faults, self.house.toy.oa_faults):
            faults.force(loss, call)

    @invariant()
    def a_request_shows_each_file_once_and_none_that_nobody_attached(self) -> None:
        for bill in self.bills:
            for number, request in enumerate(self.house.requests(bill), start=1):
                ids = [each for each in request.fields.get("attachments", "").split(",") if each]
                shown = on_request(self.house, bill, number)
                assert len(shown) == len(ids) and shown.items() <= FILES.items() and "病毒.exe" not in shown

    def _calm(self) -> None:
        super()._calm()
        for bill in self.bills:
            document = self._document(bill)
            if document is None or bill.status != "B" or self._failure(bill):
                continue
            files = [
                each
                for each in self.house.workspace.ledger.files([document.id]).get(document.id, ())
                if each.round == document.round
            ]
            assert all(each.is_settled for each in files), (bill, files)
            carried = {each.name for each in files if each.state is FileState.CARRIED}
            assert carried == set(on_request(self.house, bill, len(self.house.requests(bill))))


def play(stage: Any, *, examples: int, steps: int, derandomize: bool) -> None:
    play_any_order(Carriers, stage, examples=examples, steps=steps, derandomize=derandomize)


def test_whatever_people_attach(stage) -> None:
    play(stage, examples=1, steps=16, derandomize=True)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_whatever_people_attach_for_a_long_time(stage) -> None:
    play(stage, examples=40, steps=40, derandomize=False)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_whatever_people_attach_where_storage_is_another_server(served, tmp_path, monkeypatch) -> None:
    number = count(1)

    def make() -> House:
        clock = Clock()
        house = staged(served, clock, monkeypatch, PAIRS["k3cloud-dingtalk"])
        return House(house, tmp_path / str(next(number)), clock)

    play(make, examples=20, steps=40, derandomize=False)
