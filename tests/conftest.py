"""Fixtures that every room may use: a settable clock, a fresh store, the toy company over real HTTP, the whole house."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desktop.domain.document import Document
from desktop.doors.toy import Toy
from desktop.sandbox.erp_bill import ErpBill
from desktop.sandbox.oa_records import OaRequestRecord
from desktop.services.workspace import Workspace
from desktop.store.database import Store

FORM, FLOW = "SAL_SaleOrder", "sales_order"


class Clock:
    """This machine's two clocks. They run on by themselves; a test may move them, together or apart."""

    def __init__(self) -> None:
        self._wall = timedelta()
        self._steady = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + self._wall

    def monotonic(self) -> float:
        return time.monotonic() + self._steady

    def pass_s(self, seconds: float) -> None:
        """Time goes by, for both."""
        self._wall += timedelta(seconds=seconds)
        self._steady += seconds

    def set_back_s(self, seconds: float) -> None:
        """Somebody sets the wall clock; the steady one knows nothing of it."""
        self._wall -= timedelta(seconds=seconds)


@dataclass
class House:
    """The whole house on the toy company: one data folder, one engine, both worlds at hand."""

    toy: Toy
    folder: Path
    clock: Clock
    options: dict[str, str] = field(default_factory=dict)
    workspace: Workspace = field(init=False)

    def __post_init__(self) -> None:
        self.workspace = self.open(self.folder)
        self.toy.join(self.workspace, **self.options)

    def open(self, folder: Path) -> Workspace:
        return Workspace.open_folder(
            folder, memory=self.toy.memory, now=self.clock.now, monotonic=self.clock.monotonic
        )

    def run(self, times: int = 1) -> dict[str, str]:
        """Passes over every flow; answers the codes of the last one."""
        codes: dict[str, str] = {}
        for _ in range(times):
            codes = self.workspace.engine.run_once()
        return codes

    def restart(self, after_s: float = 0.0) -> None:
        """The process ends and starts anew on the same data folder."""
        self.workspace.close()
        self.clock.pass_s(after_s)
        self.workspace = self.open(self.folder)

    def order(
        self, company: str = "100", customer: str = "CUST0001", maker: str = "wangmin", **more: object
    ) -> ErpBill:
        """A submitted sales order with three lines."""
        lines = (("M0001", 1000, "1.13"), ("M0002", 20, "11.30"), ("M0004", 3, "226.00"))
        return self.toy.erp.sales_order(company, customer, maker, lines, submit=True, **more)  # type: ignore[arg-type]

    def document(self, bill: ErpBill) -> Document:
        """Our document of a bill; KeyError where there is none."""
        return self.workspace.ledger.by_source("k3", FORM, FLOW, [str(bill.id)])[str(bill.id)]

    def failure(self, bill: ErpBill) -> str:
        """The code of the document's open failure, or ""."""
        document = self.document(bill)
        found = self.workspace.ledger.open_failures([document.id]).get(document.id)
        return found[0].code if found else ""

    def requests(self, bill: ErpBill) -> list[OaRequestRecord]:
        """Every request ever made of a bill, deleted ones too, oldest first."""
        every = [*self.toy.oa.requests(), *self.toy.oa.graveyard]
        return sorted(
            (each for each in every if each.fields.get("erp_bill_no") == bill.number),
            key=lambda each: each.id,
        )

    def audits(self, bill: ErpBill) -> int:
        """How often the bill was truly audited."""
        return bill.times("Audit")

    def close(self) -> None:
        self.workspace.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'danqiao.db'}")
    yield opened
    opened.close()


@pytest.fixture
def toy() -> Iterator[Toy]:
    """Both sandbox servers, over real HTTP on loopback."""
    served = Toy.serve()
    yield served
    served.stop()


@pytest.fixture
def house(toy: Toy, tmp_path: Path, clock: Clock) -> Iterator[House]:
    """The whole house; orders made before the first run are older than the engine's start unless it ran once."""
    made = House(toy, tmp_path / "data", clock)
    yield made
    made.close()
