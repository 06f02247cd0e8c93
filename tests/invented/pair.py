"""The invented pair, served and joined, with the whole house on it: what tests/conftest.py has for the toy company."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from desktop.domain.document import AttemptOutcome, Document, DocumentState
from desktop.domain.system import FlowSwitch, Route, System, SystemRole
from desktop.sandbox.faults import Faults
from desktop.sandbox.server import Server
from desktop.services.workspace import Workspace
from desktop.store.catalog import BaseRow
from desktop.store.flows import parse_flow
from tests.invented.abacus_server import Books, Order, abacus_app
from tests.invented.quill_server import FORM, Desk, Paper, quill_app

FLOW = "order"
FLOW_FILE = """
schema = 1
id     = "order"
kind   = "approval"
title  = { zh = "订单审批", en = "Order approval" }
rules  = ["lines_present", "total_is_sum"]
[erp]
form          = "order"
key_field     = "bridge_key"
company_field = "company"
maker_field   = "maker"
note_field    = "bridge_note"
[oa]
form      = "order"
key_field = "erp_key"
title     = "join(' ', 'Order', number, client_name)"
applicant = "base('user', maker)"
[list]
partner  = "client_name"
amount   = "total"
currency = "currency"
[totals]
header = "total"
lines  = "sum(items.sum)"
[[fields]]
target   = "erp_bill_no"
expr     = "number"
required = true
[[fields]]
target   = "customer"
expr     = "base('customer', client)"
required = true
key      = true
[[fields]]
target = "customer_name"
expr   = "client_name"
[[fields]]
target   = "amount"
expr     = "number(total, 2)"
required = true
key      = true
[[fields]]
target = "note"
expr   = "remark"
[[lines]]
source = "items"
target = "detail_1"
fields = [
  { target = "entry_id", expr = "entry_id", required = true },
  { target = "material_code", expr = "article", required = true, key = true },
  { target = "material_name", expr = "article_name" },
  { target = "qty", expr = "number(count, 4)", required = true, key = true },
  { target = "price", expr = "number(price, 4)", key = true },
]
"""
SHORT = {"settle_s": "0.3", "longest_s": "1.5", "read_s": "1", "connect_s": "2", "breaker_pause_s": "0"}


@dataclass
class Pair:
    """Both invented servers, one engine between them, and people at both desks.

    now, monotonic: this machine's clocks.
    """

    folder: Path
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    books: Books = field(init=False)
    desk: Desk = field(init=False)
    erp_faults: Faults = field(default_factory=Faults)
    oa_faults: Faults = field(default_factory=Faults)
    workspace: Workspace = field(init=False)

    def __post_init__(self) -> None:
        self.books, self.desk = Books(self.now), Desk(self.now)
        self.erp_server = Server(abacus_app(self.books, self.erp_faults)).start()
        self.oa_server = Server(quill_app(self.desk, self.oa_faults)).start()
        self.memory = {("books", "secret"): self.books.secret, ("desk", "secret"): self.desk.secret}
        self.workspace = self._open()
        self._join()

    def _open(self) -> Workspace:
        opened = Workspace.open_folder(
            self.folder, memory=self.memory, now=self.now, monotonic=self.monotonic
        )
        opened.flows = {FLOW: parse_flow(FLOW_FILE, "order.approval.toml")}
        return opened

    def _join(self) -> None:
        catalog = self.workspace.catalog
        options = {"user": "bridge", **SHORT}
        catalog.put_system(
            System("books", SystemRole.ERP, "abacus", "Abacus", self.erp_server.url, options), "chief"
        )
        catalog.put_system(
            System("desk", SystemRole.OA, "quill", "Quill", self.oa_server.url, options), "chief"
        )
        switches = (FlowSwitch(FLOW, True, 0.3, FORM),)
        catalog.put_route(Route("r1", "100", "Northwind group", "books", "desk", "", switches), "chief")
        mapped = (
            ("user", "anna", "7"),
            ("user", "bo", "8"),
            ("customer", "C1", "K1"),
            ("customer", "C2", "K2"),
        )
        catalog.put_base_rows([BaseRow("r1", kind, code, key) for kind, code, key in mapped], "chief")

    def run(self, times: int = 1) -> dict[str, str]:
        """Passes over every flow; answers the codes of the last one."""
        codes: dict[str, str] = {}
        for _ in range(times):
            codes = self.workspace.engine.run_once()
        return codes

    def restart(self) -> None:
        """The process ends and starts anew on the same data folder."""
        self.workspace.close()
        self.workspace = self._open()

    def order(self, person: str, order: str, subject: Order, **detail: object) -> str:
        """A person's order on one document, taken at once; answers its result."""
        number = self.workspace.order(person, order, (self.document(subject).id,), **detail)
        self.workspace.engine.take_orders()
        return self.workspace.ledger.order_result(number) or ""

    def document(self, order: Order) -> Document:
        """Our document of an order; KeyError where there is none."""
        return self.workspace.ledger.by_source("books", "order", FLOW, [str(order.id)])[str(order.id)]

    def state(self, order: Order) -> DocumentState:
        """Where we say that it stands."""
        return self.document(order).state

    def failure(self, order: Order) -> str:
        """The code of its open failure, or ""."""
        document = self.document(order)
        found = self.workspace.ledger.open_failures([document.id]).get(document.id)
        return found[0].code if found else ""

    def outcomes(self, order: Order, step: str) -> list[AttemptOutcome]:
        """What became of every attempt at one step, first to last."""
        attempts = self.workspace.ledger.attempts(self.document(order).id)
        return [attempt.outcome for attempt in attempts if attempt.step == step]

    def papers(self, order: Order) -> list[Paper]:
        """Every paper ever opened of an order, oldest first."""
        return [paper for paper in self.desk.every() if paper.fields.get("erp_bill_no") == order.number]

    def close(self) -> None:
        """Stops everything."""
        self.workspace.close()
        self.erp_server.stop()
        self.oa_server.stop()


@contextmanager
def joined(folder: Path, now: Callable[[], datetime], monotonic: Callable[[], float]) -> Iterator[Pair]:
    """The pair for one test. Its two vendors must be in the registry meanwhile."""
    pair = Pair(folder, now, monotonic)
    try:
        yield pair
    finally:
        pair.close()
