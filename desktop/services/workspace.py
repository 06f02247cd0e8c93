"""Opens a data folder: builds store, engine and services, and hands them down. No module-level singletons anywhere."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, MutableMapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import cast

from desktop.connectors.base import ErpConnector, OaConnector
from desktop.connectors.registry import VENDORS
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.events import Event
from desktop.domain.flow import Flow
from desktop.domain.system import Route, System
from desktop.services.backups import LOOK_S, Backups
from desktop.services.base_cases import SpecialCases
from desktop.services.base_data import BaseData
from desktop.services.base_reading import LOOK_S as BASE_LOOK_S
from desktop.services.base_reading import BaseReading
from desktop.services.base_weights import Weights
from desktop.services.bypass import LOOK_S as BYPASS_LOOK_S
from desktop.services.bypass import Bypass
from desktop.services.chain import Chains
from desktop.services.claims import Claims
from desktop.services.clones import Clones
from desktop.services.company_flows import CompanyFlows
from desktop.services.departures import Departures
from desktop.services.diagnosis import Diagnosis
from desktop.services.documents import Documents
from desktop.services.doubts import Doubts
from desktop.services.escort import Escort
from desktop.services.evidence import Evidence
from desktop.services.failures import Failures
from desktop.services.gateway import GatewaySetup
from desktop.services.golden import GoldenService
from desktop.services.guide import Guide
from desktop.services.health import Health
from desktop.services.invoices import Invoices
from desktop.services.mapping import Mapping
from desktop.services.mapping_preview import MappingPreview
from desktop.services.mapping_sheet import MappingFiles
from desktop.services.nightly import LOOK_S as NIGHT_LOOK_S
from desktop.services.nightly import Nightly
from desktop.services.notices import LOOK_S as NOTICE_LOOK_S
from desktop.services.notices import Notices
from desktop.services.overview import Overviews
from desktop.services.people import People, Witness
from desktop.services.prices import Prices
from desktop.services.provenance import Provenances
from desktop.services.reasons import Reasons
from desktop.services.reconcile import Reconcile
from desktop.services.reports import LOOK_S as REPORT_LOOK_S
from desktop.services.reports import Reports
from desktop.services.retention import LOOK_S as TIDY_LOOK_S
from desktop.services.retention import Retention
from desktop.services.rights import FOUR_EYES
from desktop.services.settings import Settings
from desktop.services.systems import Systems
from desktop.services.tail import Tails
from desktop.services.text import Text
from desktop.services.trail_book import TrailBook
from desktop.services.users import Users
from desktop.store.archive import FILE_NAME as ARCHIVE_NAME
from desktop.store.archive import Archive
from desktop.store.audit import Trail
from desktop.store.base_cases import BaseCases
from desktop.store.base_data import BaseRecords
from desktop.store.calendars import Calendars
from desktop.store.catalog import Catalog
from desktop.store.database import Store, path_of, url_of
from desktop.store.flow_versions import FlowVersions
from desktop.store.flows import OF, FlowFiles
from desktop.store.form_drift import FormDrift
from desktop.store.golden import GoldenDocuments
from desktop.store.ledger import Ledger
from desktop.store.vault import Vault
from desktop.sync.base_table import BaseTable, base_table_of
from desktop.sync.engine import Engine
from desktop.sync.form_watch import FormWatch
from desktop.sync.pace import count_calls
from desktop.sync.preflight import check_flow
from desktop.sync.translate import Translator

__all__ = ["RESOURCES", "Workspace", "path_of", "url_of"]

RESOURCES = Path(__file__).resolve().parents[2] / "resources"

log = logging.getLogger("danqiao.workspace")


class Workspace:
    """One open store with all that stands on it. Use as a context manager, or close()."""

    def __init__(
        self, store: Store, vault: Vault, text: Text, now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.store = store
        self.now = now
        self.monotonic = monotonic
        self.vault = vault
        self.text = text
        self.trail = Trail(store)
        self.catalog = Catalog(store, self.trail)
        self.base_records = BaseRecords(store, self.trail, self.catalog)
        self.base_cases = BaseCases(store, self.trail, self.catalog)
        self.ledger = Ledger(store, self.trail)
        self.flow_files = FlowFiles(store, RESOURCES / "flows", store.path.parent / "flows")
        self.archive = Archive(store, store.path.parent / "archive" / ARCHIVE_NAME)
        self.calendars = Calendars(
            RESOURCES / "calendars" / "china.toml", store.path.parent / "calendar.toml"
        )
        self._listeners: list[Callable[[Event], None]] = []
        self._listeners_lock = threading.Lock()
        self._engine: Engine | None = None
        self.versions = FlowVersions(store, self.trail)
        self.golden_documents = GoldenDocuments(store, self.trail)
        self.form_drift = FormDrift(store, self.trail)
        self.form_watch = FormWatch(self.form_drift, now)
        self.reload_flows()
        self.people = People(self)
        self.documents = Documents(self)
        self.doubts = Doubts(self)
        self.evidence = Evidence(self)
        self.trail_book = TrailBook(self)
        self.reasons = Reasons(self)
        self.chains = Chains(self)
        self.tails = Tails(self)
        self.failures = Failures(self)
        self.systems = Systems(self)
        self.prices = Prices(self)
        self.provenances = Provenances(self)
        self.claims = Claims(self)
        self.invoices = Invoices(self)
        self.bypass = Bypass(self)
        self.mapping = Mapping(self)
        self.companies = CompanyFlows(self)
        self.clones = Clones(self)
        self.golden = GoldenService(self)
        self.mapping_files = MappingFiles(self)
        self.previews = MappingPreview(self)
        self.backups = Backups(self)
        self.health = Health(self)
        self.gateway = GatewaySetup(self)
        self.base_weights = Weights(self)
        self.base = BaseData(self)
        self.base_reading = BaseReading(self)
        self.cases = SpecialCases(self)
        self.users = Users(self)
        self.notices = Notices(self)
        self.notices.sources.append(self.bypass.troubles)
        self.reconcile = Reconcile(self)
        self.nightly = Nightly(self)
        self.retention = Retention(self)
        self.reports, self.escort = Reports(self), Escort(self)
        self.departures = Departures(self)
        self.settings = Settings(self)
        self.guide = Guide(self)
        self.diagnosis = Diagnosis(self)
        self.overview = Overviews(self)

    @classmethod
    def open(
        cls, url: str, *, language: str = "zh", memory: MutableMapping[tuple[str, str], str] | None = None,
        create: bool = True, now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> Workspace:  # fmt: skip
        """Opens the store at `url`. memory: where a sandbox's secrets live; now, monotonic: this machine's clocks.
        Raises PER-704, PER-705, PER-703."""
        return cls(Store.open(url, create=create), Vault(memory=memory), Text(language), now, monotonic)

    @classmethod
    def open_folder(cls, folder: Path, **kwargs: object) -> Workspace:
        """Opens the store of a data folder."""
        return cls.open(url_of(folder), **kwargs)  # type: ignore[arg-type]

    @property
    def engine(self) -> Engine:
        """This process's engine. Takes the store's engine lock; raises PER-709 where another process holds it."""
        if self._engine is None:
            if not self.store.take_engine_lock():
                raise SyncError(ErrorCode.STORE_BUSY, where=str(self.store.path))
            self.store.check()
            self._engine = Engine(
                self.catalog, self.ledger, self.flows_in_force, self.flow_for, self.line, self._sentence, self.publish, self.now,
                self.monotonic, self.flow_files.version, self.calendars.in_force,
            )  # fmt: skip
            self._engine.forms = self.form_watch
            self._engine.link_root = self.gateway.bill_root
            self._engine.chores["base"] = (BASE_LOOK_S, self.base_reading.read_if_due)
            self._engine.chores["backup"] = (LOOK_S, self.backups.make_if_due)
            self._engine.chores["retention"] = (TIDY_LOOK_S, self.retention.tidy_safely)
            self._engine.chores["report"] = (REPORT_LOOK_S, self.reports.write_if_due)
            self._engine.chores["reconcile"] = (NIGHT_LOOK_S, self.nightly.make_if_due)
            self._engine.chores["notices"] = (NOTICE_LOOK_S, self.notices.look)
            self._engine.chores["bypass"] = (BYPASS_LOOK_S, self.bypass.scan_if_due)
        return self._engine

    @property
    def owns_engine(self) -> bool:
        """True where this process runs the engine; otherwise it reads and writes orders."""
        return self._engine is not None

    def connect(self, system: System) -> ErpConnector | OaConnector:
        """A connector for a person's question; where the vendor meters calls, what it took is counted when it is closed.
        Raises PER-713 for a vendor nobody knows."""
        return self.counted(self.line(system))

    def line(self, system: System) -> ErpConnector | OaConnector:
        """A connector whose calls are counted by whoever holds it: the engine, run by run. Raises PER-713."""
        vendor = VENDORS.get(system.vendor)
        if vendor is None:
            raise SyncError(ErrorCode.SYSTEM_UNKNOWN, certain=True, system=system.vendor)
        return vendor.connect(system, self.vault.drawer(system.id))

    def counted(self, connector: ErpConnector | OaConnector) -> ErpConnector | OaConnector:
        """This connector; its closing adds its calls to the month's, where the vendor meters them."""
        close, system = connector.close, connector.system
        if not connector.capabilities.calls_a_month:
            return connector

        def close_and_count() -> None:
            close()
            calls = cast(OaConnector, connector).calls_made()
            connector.close = close  # type: ignore[method-assign]
            if calls:
                count_calls(self.catalog, system.id, calls, self.now())

        connector.close = close_and_count  # type: ignore[method-assign]
        return connector

    def check_flow(self, route: Route, flow_id: str) -> list[SyncError]:
        """Why a flow cannot run on a route, from both systems' metadata; empty = it can."""
        switch = route.switch(flow_id)
        try:
            flow = self.flow_for(route.id, flow_id)
        except SyncError as error:
            return [error]
        if switch is None or flow is None:
            return [
                SyncError(ErrorCode.FLOW_FILE_WRONG, certain=True, file=flow_id, line="", said="not found")
            ]
        connectors: list[ErpConnector | OaConnector] = []
        try:
            for system_id in (route.erp_id, route.oa_id):
                connectors.append(self.connect(self.catalog.system(system_id)))
            translator = Translator(flow)
            return check_flow(
                translator, connectors[0], translator.erp_side, connectors[1],  # type: ignore[arg-type]
                replace(flow.oa, workflow=switch.workflow),
            )  # fmt: skip
        except SyncError as error:
            return [error]
        finally:
            for connector in connectors:
                connector.close()

    def base_table(self, route_id: str) -> BaseTable:
        """A company's correspondences as they stand now."""
        return base_table_of(self.catalog, route_id, self.now)

    def reload_flows(self) -> None:
        """Reads the flow files again, and what was published over them."""
        self._flows_seen = self.versions.newest()
        self.flows = self.flow_files.all()
        self._of_vendors = self.flow_files.of_vendors()
        self._vendors: tuple[int, dict[str, tuple[str, ...]]] = (-1, {})
        self._of_companies: dict[tuple[str, str], tuple[Flow, Flow | SyncError]] = {}

    def flows_in_force(self) -> dict[str, Flow]:
        """The flows of the group as they are published now, in whatever window that was done."""
        if self.versions.newest() != self._flows_seen:
            self.reload_flows()
        return self.flows

    def group_flow(self, route_id: str, flow_id: str) -> Flow | None:
        """A flow of the group as it is for the vendors of a company's systems. None where there is no such flow."""
        return self.named_flow(self.flow_name(route_id, flow_id))

    def group_flow_of(self, route_id: str, flow_id: str) -> Flow:
        """The same, of a flow that there is. KeyError where there is none."""
        found = self.group_flow(route_id, flow_id)
        if found is None:
            raise KeyError(flow_id)
        return found

    def flow_name(self, route_id: str, flow_id: str) -> str:
        """Under which name that flow is kept, drafted and published: the vendor's own version goes before the general one,
        the ERP's before the OA's."""
        self.flows_in_force()
        names = [f"{vendor}{OF}{flow_id}" for vendor in self._vendors_of(route_id)]
        return next((name for name in names if name in self._of_vendors), flow_id)

    def named_flow(self, name: str) -> Flow | None:
        """The flow in force under a name."""
        return self._of_vendors.get(name) or self.flows_in_force().get(name)

    def _vendors_of(self, route_id: str) -> tuple[str, ...]:
        """The vendors of a route's ERP and OA; read again when the catalog moved."""
        revision = self.catalog.revision()
        if self._vendors[0] != revision:
            systems = self.catalog.systems()
            found = {
                route.id: tuple(
                    systems[each].vendor for each in (route.erp_id, route.oa_id) if each in systems
                )
                for route in self.catalog.routes()
            }
            self._vendors = (revision, found)
        return self._vendors[1].get(route_id, ())

    def flow_for(self, route_id: str, flow_id: str) -> Flow | None:
        """A flow as a company has it: the group's, with what is its own. None where there is no such flow.

        Raises PER-703 where the company's part does not fit the group's flow any more: that flow of that company stands."""
        flow, of_companies = self.group_flow(route_id, flow_id), self._of_companies
        if flow is None:
            return None
        found: Flow | SyncError
        held = of_companies.get((route_id, flow_id))
        if held is not None and held[0] is flow:
            found = held[1]
        else:
            try:
                found = self.flow_files.of_company(flow, route_id)
            except SyncError as error:
                found = error
            of_companies[route_id, flow_id] = flow, found
        if isinstance(found, SyncError):
            raise SyncError(found.code, certain=True, **found.facts)
        return found

    def order(
        self, person: str, order: str, ids: tuple[int, ...] = (), *, witness: Witness | None = None, **detail: object
    ) -> int:  # fmt: skip
        """Writes an order; whoever runs the engine takes it. Answers its id. Raises PER-716, PER-750.

        witness: the second person, where the order wants one."""
        if ids:
            self.people.demand_for(person, order, ids)
            meant = "resend_many" if order == "retry" and len(ids) >= self.people.many() else order
            if meant in FOUR_EYES:
                self.people.check_witness(person, meant, witness)
        else:
            self.people.demand(person, order, (str(detail.get("route_id", "")),))
        if witness is not None:
            detail["second"] = witness.login
        return self.ledger.give_order(person, order, ids, detail, self.now())

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Hears every event, on the thread that caused it; answers how to stop hearing."""
        with self._listeners_lock:
            self._listeners.append(listener)

        def drop() -> None:
            with self._listeners_lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return drop

    def publish(self, event: Event) -> None:
        """Tells everyone; a listener that fails is our bug and stops nobody."""
        with self._listeners_lock:
            listeners = list(self._listeners)
        for listener in listeners:
            try:
                listener(event)
            except Exception:
                log.exception("a listener failed")

    def _sentence(self, error: SyncError) -> str:
        return self.text.what(error.code.id, error.facts)

    def close(self) -> None:
        """Stops the engine and closes the store."""
        if self._engine is not None:
            self._engine.stop()
            self._engine = None
        self.store.close()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
