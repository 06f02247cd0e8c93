"""Fixtures that every room may use: settable clocks, a fresh store, the toy company over real HTTP, the whole house."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from desktop.domain.document import AttemptOutcome, Document, DocumentState
from desktop.doors.toy import Toy
from desktop.sandbox.ecology_play import PLAY as ECOLOGY
from desktop.sandbox.erp_bill import ErpBill
from desktop.sandbox.faults import Faults
from desktop.sandbox.group import INTEGRATION_USER
from desktop.sandbox.k3cloud_play import PLAY as K3CLOUD
from desktop.sandbox.oa_records import OaRequestRecord
from desktop.sandbox.play import ErpPlay, OaPlay
from desktop.sandbox.server import Server
from desktop.services.workspace import Workspace
from desktop.store.database import FILE_NAME, Store

FORM, FLOW = "SAL_SaleOrder", "sales_order"
LINES = (("M0001", 1000, "1.13"), ("M0002", 20, "11.30"), ("M0004", 3, "226.00"))


class Clock:
    """Every clock of a test. They run on by themselves; time may pass for all of them, or one may be set wrong.

    machine_s, erp_s, oa_s: how many seconds each of the three wall clocks is ahead of the true time.
    """

    def __init__(self) -> None:
        self._passed = 0.0
        self.machine_s = self.erp_s = self.oa_s = 0.0

    def now(self) -> datetime:
        """This machine's wall clock."""
        return self._true() + timedelta(seconds=self.machine_s)

    def erp_now(self) -> datetime:
        """The ERP server's."""
        return self._true() + timedelta(seconds=self.erp_s)

    def oa_now(self) -> datetime:
        """The OA server's."""
        return self._true() + timedelta(seconds=self.oa_s)

    def monotonic(self) -> float:
        """This machine's steady clock."""
        return time.monotonic() + self._passed

    def pass_s(self, seconds: float) -> None:
        """Time goes by, for everybody."""
        self._passed += seconds

    def _true(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._passed)


@dataclass(slots=True)
class Stage(Toy):
    """The toy company with a hand on what goes wrong between the systems."""

    erp_faults: Faults = field(default_factory=Faults)
    oa_faults: Faults = field(default_factory=Faults)


class Crash(BaseException):
    """The process dies here. No `except Exception` may catch it."""


_SET_UP: dict[tuple[object, ...], bytes] = {}
"""Stores as they are after `join`: migrating and filling one takes ten times as long as copying it."""


@dataclass
class House:
    """The whole house on the toy company: one data folder, one engine, both worlds at hand."""

    toy: Stage
    folder: Path
    clock: Clock
    options: Mapping[str, str] = field(default_factory=dict)
    workspace: Workspace = field(init=False)

    def __post_init__(self) -> None:
        store, alike = self.folder / FILE_NAME, self._set_up_as()
        if alike in _SET_UP and not store.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            store.write_bytes(_SET_UP[alike])
        self.workspace = self.open(self.folder)
        if alike not in _SET_UP:
            self.join(**self.options)
            self.workspace.store.copy_to(copy := self.folder / "set-up.db")
            _SET_UP[alike] = copy.read_bytes()
            copy.unlink()

    def _set_up_as(self) -> tuple[object, ...]:
        """Equal for houses whose stores are alike before the first run."""
        own = tuple(
            getattr(self, each.name)
            for each in fields(self)
            if each.name not in ("toy", "folder", "clock", "workspace")
        )
        return type(self), repr(own), repr(self.toy.systems(**self.options))

    def join(self, **options: str) -> None:
        """Sets the company up (again), with other options of both systems. Only the route of company 100 is on."""
        self.toy.join(self.workspace, flows=("sales_order",), **{"breaker_pause_s": "0", **options})
        self.switch("c200", on=False)

    def switch(self, route_id: str, *, on: bool) -> None:
        """Turns a route's flows on or off."""
        route = next(each for each in self.workspace.catalog.routes() if each.id == route_id)
        switches = tuple(replace(each, on=on) for each in route.switches)
        self.workspace.catalog.put_route(replace(route, switches=switches), "chief")

    def open(self, folder: Path) -> Workspace:
        """Another window, or another machine, on a data folder."""
        return Workspace.open_folder(
            folder, memory=self.toy.memory, now=self.clock.now, monotonic=self.clock.monotonic
        )

    # --- the engine --------------------------------------------------------------------------------------------------
    def run(self, times: int = 1) -> dict[str, str]:
        """Passes over every flow; answers the codes of the last one."""
        codes: dict[str, str] = {}
        for _ in range(times):
            codes = self.workspace.engine.run_once()
        return codes

    def calm(self, *, passes: int = 30, step_s: float = 5.0, still: int = 1) -> dict[str, str]:
        """Runs, letting time pass, until nothing moves any more and nothing waits for its time; answers the last codes.

        still: so many passes must change nothing; a pass that was cut short proves little, so five of those.
        """
        codes: dict[str, str] = {}
        quiet = 0
        for _ in range(passes):
            before = self._position()
            codes = self.run()
            quiet = quiet + 1 if self._position() == before and not self._waiting() else 0
            if quiet >= (max(still, 5) if any(codes.values()) else still):
                return codes
            self.clock.pass_s(step_s)
        raise AssertionError(f"never at rest: {self.intents()}, {codes}")

    def _position(self) -> int:
        """Everything that happens leaves its line in the trail."""
        return self._count("SELECT max(seq) FROM audit")

    def _waiting(self) -> bool:
        return bool(
            self._count("SELECT count(*) FROM attempt WHERE outcome = 'intent'")
            or self._count("SELECT count(*) FROM failure WHERE closed_at IS NULL AND next_try_at IS NOT NULL")
        )

    def _count(self, sql: str) -> int:
        with self.workspace.store.reading():
            return int(self.workspace.store.execute(sql)[0][0] or 0)

    def intents(self) -> list[str]:
        """Steps whose outcome nobody knows yet."""
        held = [
            each
            for route in self.workspace.catalog.routes()
            for each in self.workspace.ledger.open_attempts(route.id, FLOW)
        ]
        return [attempt.step for _, attempt in held if attempt.outcome is AttemptOutcome.INTENT]

    @contextmanager
    def dying(self, step: str, moment: str, *, skip: int = 0) -> Iterator[None]:
        """The process dies at this moment of this step, within the block."""
        left = [skip]

        def at_moment(name: str, where: str) -> None:
            if (name, where) == (step, moment):
                left[0] -= 1
                if left[0] < 0:
                    raise Crash(f"{step}, {moment}")

        self.workspace.engine.effects.at_moment = at_moment
        with pytest.raises(Crash):
            yield
        self.workspace.engine.effects.at_moment = lambda name, where: None

    def restart(self, after_s: float = 0.0) -> None:
        """The process ends and starts anew on the same data folder."""
        self.workspace.close()
        self.clock.pass_s(after_s)
        self.workspace = self.open(self.folder)

    def restore(self, backup: Path) -> None:
        """An old copy of the store takes the place of today's, and the program starts on it."""
        self.workspace.close()
        for path in self.folder.glob(f"{FILE_NAME}*"):
            path.unlink()
        shutil.copy(backup, self.folder / FILE_NAME)
        self.workspace = self.open(self.folder)

    # --- people ------------------------------------------------------------------------------------------------------
    def order(
        self, company: str = "100", customer: str = "CUST0001", maker: str = "wangmin", **more: object
    ) -> ErpBill:
        """A submitted sales order with three lines."""
        return self.toy.erp.sales_order(company, customer, maker, LINES, submit=True, **more)  # type: ignore[arg-type]

    def submit(self, bill: ErpBill) -> None:
        self.toy.erp.submit(FORM, bill.id, bill.maker)

    def withdraw(self, bill: ErpBill) -> None:
        self.toy.erp.withdraw(FORM, bill.id, bill.maker)

    def edit(self, bill: ErpBill, **fields: object) -> None:
        """Another quantity on the first line (or whatever is told)."""
        line = bill.entries["FSaleOrderEntry"][0]["FEntryID"]
        self.toy.erp.edit(FORM, bill.id, bill.maker, {}, {line: fields or {"FQty": 900}})

    def approve(self, bill: ErpBill, number: int = 1, opinion: str = "同意") -> None:
        """Everybody agrees to the bill's n-th request."""
        self.toy.oa.approve_fully(self.requests(bill)[number - 1].id, opinion)

    def reject(self, bill: ErpBill, number: int = 1, opinion: str = "太贵") -> None:
        """Whoever has the bill's n-th request returns it."""
        request = self.requests(bill)[number - 1]
        self.toy.oa.reject(request.id, request.waiting[0], opinion)

    # --- what our store says -----------------------------------------------------------------------------------------
    def document(self, bill: ErpBill) -> Document:
        """Our document of a bill; KeyError where there is none."""
        key, form = self.toy.erp_play.key(bill), self.toy.erp_play.form(FORM)
        return self.workspace.ledger.by_source("k3", form, FLOW, [key])[key]

    def state(self, bill: ErpBill) -> DocumentState:
        return self.document(bill).state

    def failure(self, bill: ErpBill) -> str:
        """The code of the document's open failure, or ""."""
        document = self.document(bill)
        found = self.workspace.ledger.open_failures([document.id]).get(document.id)
        return found[0].code if found else ""

    def hold(self, route: str = "c100") -> str:
        """The code of what holds a route, or ""."""
        held = self.workspace.ledger.hold(route)
        return held[0] if held else ""

    # --- what the two worlds say -------------------------------------------------------------------------------------
    def requests(self, bill: ErpBill) -> list[OaRequestRecord]:
        """Every request ever made of a bill, deleted ones too, oldest first."""
        return sorted(
            (each for each in self.all_requests() if each.fields.get("erp_bill_no") == bill.number),
            key=lambda each: each.id,
        )

    def all_requests(self) -> list[OaRequestRecord]:
        """Every request ever made, deleted ones too."""
        return [*self.toy.oa.requests(), *self.toy.oa.graveyard]

    def running(self, bill: ErpBill) -> list[OaRequestRecord]:
        """The bill's requests that lie with an approver."""
        alive = {each.id for each in self.toy.oa.requests()}
        return [each for each in self.requests(bill) if each.id in alive and each.node_type in (1, 2)]

    def doubled(self) -> list[str]:
        """Our keys that more than one request ever carried."""
        keys = Counter(each.fields.get("erp_key", "") for each in self.all_requests())
        return [key for key, count in keys.items() if key and count > 1]

    def audits(self, bill: ErpBill) -> int:
        """How often the bill was truly audited, by anybody."""
        return bill.times("Audit")

    def our_acts(self, bill: ErpBill, operation: str) -> int:
        """How often the integration user carried out an operation on the bill."""
        return sum(
            1
            for act in bill.history
            if act.operation == operation and act.actor == INTEGRATION_USER and not act.result
        )

    def assert_intact(self) -> None:
        """What holds at any time: nothing twice, and a whole trail."""
        assert not self.doubled()
        assert self.workspace.trail.broken_at() is None

    def close(self) -> None:
        self.workspace.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / FILE_NAME}")
    yield opened
    opened.close()


def _nothing(environ: object, start_response: Callable[..., object]) -> list[bytes]:
    start_response("503 Service Unavailable", [])
    return []


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[Server, Server, rsa.RSAPrivateKey]]:
    """Two servers and a key for the whole session; each test puts its own two worlds behind them."""
    erp, oa = Server(_nothing).start(), Server(_nothing).start()
    yield erp, oa, rsa.generate_private_key(public_exponent=65537, key_size=2048)
    erp.stop()
    oa.stop()


def staged(
    served: tuple[Server, Server, rsa.RSAPrivateKey],
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    pair: tuple[ErpPlay, OaPlay] = (K3CLOUD, ECOLOGY),
) -> Stage:
    """Two new worlds behind the servers, on these clocks, speaking as the pair does."""
    erp_server, oa_server, key = served
    erp, oa = pair[0].world(clock.erp_now), pair[1].world(clock=clock.oa_now, key=key)
    erp.settings.timestamp_window_s = 10 * 365 * 86_400  # the client signs with the true time
    pair[1].hurry(oa)
    faults = Faults(), Faults()
    erp_server.app, oa_server.app = pair[0].app(erp, faults[0]), pair[1].app(oa, faults[1])

    class Machine(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return clock.now()

    # A refused sign-in is believed for seconds of the true time; here hours pass within one.
    monkeypatch.setattr("desktop.connectors.tokens.BELIEVED_S", 0.0)
    for module in ("http", "dingtalk.client", "dingtalk.reading"):
        monkeypatch.setattr(f"desktop.connectors.{module}.datetime", Machine)
    stage = Stage(erp, oa, erp_server, oa_server, {}, *pair, *faults)
    stage.remember()
    return stage


@pytest.fixture
def toy(
    served: tuple[Server, Server, rsa.RSAPrivateKey], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    """Both sandbox systems, over real HTTP on loopback, on the test's clocks."""
    yield staged(served, clock, monkeypatch)
    for server in served[:2]:
        server.app, server.latency_ms = _nothing, 0.0


@pytest.fixture
def house(toy: Stage, tmp_path: Path, clock: Clock) -> Iterator[House]:
    """The whole house; orders made before the first run are older than the engine's start."""
    made = House(toy, tmp_path / "data", clock)
    yield made
    made.close()
