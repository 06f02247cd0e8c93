"""Systems, routes, flow switches, secrets and the sign-in check. Views ask here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

from desktop.connectors.base import STREAM, Secrets, SystemInfo, VendorField
from desktop.connectors.registry import VENDORS
from desktop.domain.document import Missed, Run
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import Flow
from desktop.domain.schedule import Pause, Schedule
from desktop.domain.system import FlowSwitch, GatewaySettings, Route, System, SystemRole
from desktop.services.gateway import GatewayState
from desktop.sync.listening import beat_of, heard_of
from desktop.sync.pace import calls_in
from desktop.sync.planner import Planner

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

SILENT_AFTER = timedelta(seconds=120)
"""A heartbeat older than this means that no engine runs."""


@dataclass(frozen=True, slots=True)
class SecretState:
    """Where a secret is: "memory", "environment", "keyring" or "" (missing). Never the secret itself."""

    field: str
    where: str


@dataclass(frozen=True, slots=True)
class Meter:
    """Calls of this month against what the vendor allows in one."""

    used: int
    allowed: int


class StreamStand(Enum):
    """How a system's stream stands: OFF by its settings, IDLE = no engine runs, or no flow wants it."""

    STANDS = "stands"
    AWAY = "away"
    IDLE = "idle"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class StreamState:
    """The connection over which a system tells what happened. since: it stands since then; last_at: when it told something
    last; today: how often today. code, facts: why it does not stand, "" = not known (being opened)."""

    stand: StreamStand
    since: datetime | None = None
    last_at: datetime | None = None
    today: int = 0
    code: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SystemState:
    """A system as its page shows it. meter: where the vendor meters calls. stream: where it has one."""

    system: System
    secrets: tuple[SecretState, ...]
    used_by: tuple[str, ...]
    meter: Meter | None = None
    stream: StreamState | None = None


@dataclass(frozen=True, slots=True)
class RouteState:
    """A route with why it is held (code "" = it is not), its flows' last and next runs, and what they missed last."""

    route: Route
    held_code: str
    held_facts: Mapping[str, object]
    last_runs: Mapping[str, Run]
    next_runs: Mapping[str, datetime | None]
    missed: Mapping[str, Missed]


@dataclass(frozen=True, slots=True)
class EngineState:
    """What the status bar says. `here`: this process runs the engine; else another does, or none (running False). pause: who
    paused it, when, why and until when; it is kept in the store, whoever runs the engine."""

    running: bool
    here: bool
    paused: bool
    working: bool
    next_run_at: datetime | None
    erp_code: str
    oa_code: str
    needs_person: int
    environment: str
    pause: Pause | None = None


class Systems:
    """Set-up, and how the systems are doing."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    # --- what there is -------------------------------------------------------------------------------------------------
    def vendors(self, role: SystemRole) -> list[str]:
        """Vendor ids of a side."""
        return [vendor.id for vendor in VENDORS.values() if vendor.role is role]

    def fields(self, vendor_id: str) -> tuple[VendorField, ...]:
        """What a connection form asks for; hidden fields are kept by the connector itself."""
        return tuple(field for field in VENDORS[vendor_id].fields if not field.hidden)

    def more_fields(self, vendor_id: str) -> tuple[VendorField, ...]:
        """Further options with defaults, for the form's second part."""
        return tuple(VENDORS[vendor_id].options)

    def limits(self, vendor_id: str) -> tuple[str, ...]:
        """What this vendor cannot do and the engine works around, as words of the catalogue ("order-...")."""
        able = VENDORS[vendor_id].capabilities
        cannot: tuple[tuple[str, bool], ...]
        if VENDORS[vendor_id].role is SystemRole.ERP:
            cannot = (
                ("later_bills", able.trace),
                ("audited_bills", able.list_audited),
                ("attach_file", able.take_files),
            )
        else:
            cannot = (
                ("cancel_request", able.cancel), ("close_request", able.close),
                ("submit_request", not able.waits_when_agreed), ("return_request", not able.waits_when_agreed),
                ("upload_file", able.take_files),
            )  # fmt: skip
        return tuple(what for what, can in (*cannot, ("open_link", not able.no_links)) if not can)

    def shut_erps(self) -> frozenset[str]:
        """The routes whose ERP has no address that opens a bill."""
        catalog, systems = self._workspace.catalog, self._workspace.catalog.systems()
        shut = {
            system.id
            for system in systems.values()
            if (vendor := VENDORS.get(system.vendor)) and vendor.capabilities.no_links
        }
        return frozenset(route.id for route in catalog.routes() if route.erp_id in shut)

    def wants_registration(self, vendor_id: str) -> bool:
        """True where a person must order a registration once."""
        return VENDORS[vendor_id].prepare is not None

    def systems(self) -> list[SystemState]:
        """All systems with where their secrets are."""
        routes = self._workspace.catalog.routes()
        found = []
        for system in self._workspace.catalog.systems().values():
            vendor = VENDORS.get(system.vendor)
            names = [field.name for field in vendor.fields if field.secret] if vendor else []
            secrets = tuple(SecretState(name, self._workspace.vault.where(system.id, name)) for name in names)
            used = tuple(route.id for route in routes if system.id in (route.erp_id, route.oa_id))
            found.append(SystemState(system, secrets, used, self.meter(system), self.stream(system)))
        return found

    def stream(self, system: System) -> StreamState | None:
        """How the stream does, by its last sign of life; None where the vendor has none."""
        vendor = VENDORS.get(system.vendor)
        if vendor is None or not vendor.capabilities.streams:
            return None
        if system.options.get(STREAM, "yes") == "no":
            return StreamState(StreamStand.OFF)
        beat, now = self._workspace.catalog.last_beat(beat_of(system.id)), self._workspace.now()
        heard = heard_of(beat[1]) if beat is not None else None
        if beat is None or heard is None or heard.idle or now - beat[0] > SILENT_AFTER:
            return StreamState(StreamStand.IDLE)
        today = heard.today if heard.day == now.astimezone().date().isoformat() else 0
        stand = StreamStand.STANDS if heard.stands else StreamStand.AWAY
        return StreamState(stand, heard.since, heard.last_at, today, heard.code, dict(heard.facts or {}))

    def meter(self, system: System) -> Meter | None:
        """This month's calls, as this store's engine and windows counted them; None where the vendor does not meter, or allows any
        number (option monthly_calls = 0)."""
        vendor = VENDORS.get(system.vendor)
        if vendor is None or not vendor.capabilities.calls_a_month:
            return None
        allowed = int(system.number("monthly_calls", vendor.capabilities.calls_a_month))
        if allowed <= 0:
            return None
        return Meter(calls_in(self._workspace.catalog, system.id, self._workspace.now()), allowed)

    def routes(self) -> list[RouteState]:
        """The companies that whoever sits here sees, with their state."""
        runs: dict[tuple[str, str], Run] = {}
        for run in self._workspace.ledger.last_runs(200):
            runs.setdefault((run.route_id, run.flow_id), run)
        found: list[RouteState] = []
        missed, planner = self._workspace.ledger.last_missed(), self._planner()
        now, clocks = self._workspace.now(), planner.clocks()
        for route in self._workspace.people.routes_seen():
            held = self._workspace.ledger.hold(route.id)
            last = {flow: run for (route_id, flow), run in runs.items() if route_id == route.id}
            mine = {flow: each for (route_id, flow), each in missed.items() if route_id == route.id}
            following = {
                each.flow_id: planner.rhythm(each, clocks).next_after(now)
                for each in route.switches
                if each.on
            }
            code, facts = (held[0], held[1]) if held else ("", {})
            found.append(RouteState(route, code, facts, last, following, mine))
        return found

    def _planner(self) -> Planner:
        workspace = self._workspace
        return Planner(workspace.catalog, workspace.ledger, workspace.calendars.in_force)

    def flows(self) -> dict[str, Flow]:
        """The flows in force."""
        return dict(self._workspace.flows)

    # --- changes -------------------------------------------------------------------------------------------------------
    def save_system(self, person: str, system: System, secrets: Mapping[str, str]) -> None:
        """Saves a connection; secrets go to the keyring first. Raises PER-706 (nothing is saved then), PER-710."""
        self._workspace.people.demand(person, "set_up")
        vendor = VENDORS.get(system.vendor)
        if vendor is None or vendor.role is not system.role:
            raise SyncError(ErrorCode.SYSTEM_UNKNOWN, certain=True, system=system.vendor)
        for each in vendor.fields:
            if each.required and not each.secret and not (system.options.get(each.name) or each.default):
                raise SyncError(
                    ErrorCode.SITE_FILE_WRONG, certain=True, file=system.id, line=each.name, said="missing"
                )
        for name, value in secrets.items():
            if value:
                self._workspace.vault.put(system.id, name, value)
        self._workspace.catalog.put_system(system, person)
        self._workspace.order(person, "reschedule")

    def delete_system(self, person: str, system_id: str) -> None:
        """Removes a system that no route uses."""
        self._workspace.people.demand(person, "set_up")
        self._workspace.catalog.delete_system(system_id, person)

    def register(self, person: str, system_id: str) -> None:
        """A person's order: the OA registers us, its two values go to the keyring. On old OAs this ends all tokens."""
        self._workspace.people.demand(person, "set_up")
        system = self._workspace.catalog.system(system_id)
        prepare = VENDORS[system.vendor].prepare
        if prepare is None:
            raise SyncError(ErrorCode.CANNOT, certain=True, system=system_id, what="register")
        prepare(system, self._workspace.vault.drawer(system_id))

    def test(self, system: System, secrets: Mapping[str, str]) -> SystemInfo:
        """Tests a connection, saved or not: every step up to the first that fails. Typed secrets go before stored.

        Raises PER-716: a secret that is kept here is used against the address that was typed."""
        self._workspace.people.demand_seat("set_up")
        vendor = VENDORS.get(system.vendor)
        if vendor is None:
            raise SyncError(ErrorCode.SYSTEM_UNKNOWN, certain=True, system=system.vendor)
        typed = _Typed(self._workspace.vault.drawer(system.id), secrets)
        connector = self._workspace.counted(vendor.connect(system, typed))
        try:
            return connector.check()
        finally:
            connector.close()

    def save_route(self, person: str, route: Route) -> None:
        """Saves a route; which of its flows are on is `switch`'s alone, however old the form is. Raises PER-713 where a system
        is missing or stands on the wrong side, PER-715 for a schedule that cannot be meant."""
        self._workspace.people.demand_role(person, "set_up")
        self._workspace.people.demand(person, "set_up", (route.id,))
        for switch in route.switches:
            _check_schedule(switch.every_s, switch.schedule)
        systems = self._workspace.catalog.systems()
        for system_id, role in ((route.erp_id, SystemRole.ERP), (route.oa_id, SystemRole.OA)):
            if system_id not in systems or systems[system_id].role is not role:
                raise SyncError(ErrorCode.SYSTEM_UNKNOWN, certain=True, system=system_id)
        with self._workspace.store.writing():
            held = next((each for each in self._workspace.catalog.routes() if each.id == route.id), None)
            on = {each.flow_id for each in held.switches if each.on} if held else set()
            switches = tuple(replace(each, on=each.flow_id in on) for each in route.switches)
            self._workspace.catalog.put_route(replace(route, switches=switches), person)
        self._workspace.order(person, "reschedule")

    def switch(self, person: str, route_id: str, flow_id: str, *, on: bool) -> list[SyncError]:
        """Switches a flow. Answers why it cannot be switched on, in which case nothing was changed."""
        self._workspace.people.demand(person, "set_up", (route_id,))
        route = self._route(route_id)
        if on and (reasons := self.why_not(route, flow_id)):
            return reasons
        with self._workspace.store.writing():  # the check took seconds: what others did meanwhile stays done
            now = self._route(route_id)
            same = not on or _joins(now, flow_id) == _joins(route, flow_id)
            if same:
                switches = tuple(
                    replace(each, on=on) if each.flow_id == flow_id else each for each in now.switches
                )
                self._workspace.catalog.put_route(replace(now, switches=switches), person)
        if not same:  # it was moved to other systems: what was checked is not what would run
            return self.switch(person, route_id, flow_id, on=on)
        self._workspace.order(person, "reschedule")
        return []

    def _route(self, route_id: str) -> Route:
        found = next((each for each in self._workspace.catalog.routes() if each.id == route_id), None)
        if found is None:
            raise SyncError(ErrorCode.SYSTEM_UNKNOWN, certain=True, system=route_id)
        return found

    def next_times(self, every_s: float, schedule: Schedule, count: int = 5) -> list[datetime]:
        """The next times of a schedule, kept or not. Raises PER-715 with the field that cannot be meant."""
        _check_schedule(every_s, schedule)
        rhythm, at = (
            self._planner().rhythm(FlowSwitch("", True, every_s, "", schedule)),
            self._workspace.now(),
        )
        found: list[datetime] = []
        while len(found) < count and (following := rhythm.next_after(at)) is not None:
            found.append(following)
            at = following
        return found

    def run_flow_now(self, person: str, route_id: str, flow_id: str) -> int:
        """One flow's next run at once, though it is paused or its hours are quiet."""
        return self._workspace.order(person, "run_now", (), route_id=route_id, flow_id=flow_id)

    def why_not(self, route: Route, flow_id: str) -> list[SyncError]:
        """Why a flow cannot be switched on, read from both systems' metadata; empty = it can."""
        return self._workspace.check_flow(route, flow_id)

    def release(self, person: str, route_id: str) -> int:
        """Lets a held route go on."""
        return self._workspace.order(person, "release", (), route_id=route_id)

    def gateway(self) -> GatewayState:
        """How the gateway is set up, and how it does."""
        return self._workspace.gateway.state()

    def save_gateway(self, person: str, settings: GatewaySettings) -> None:
        """Keeps the gateway's settings. Raises PER-740 where it must not, or could not, be opened with them."""
        self._workspace.people.demand(person, "set_up")
        self._workspace.gateway.save(person, settings)

    # --- how it is doing ---------------------------------------------------------------------------------------------------
    def engine(self) -> EngineState:
        """For the status bar."""
        workspace = self._workspace
        here = workspace.owns_engine
        beat = workspace.catalog.last_beat("engine")
        alive = beat is not None and workspace.now() - beat[0] < SILENT_AFTER
        codes, pause = self._codes(), workspace.catalog.pause()
        pause = pause if pause is not None and pause.holds(workspace.now()) else None
        return EngineState(
            running=(here and workspace.engine.is_started) or (not here and alive),
            here=here,
            paused=pause is not None,
            working=here and workspace.engine.is_running(),
            next_run_at=workspace.engine.next_run_at() if here else None,
            erp_code=codes[SystemRole.ERP],
            oa_code=codes[SystemRole.OA],
            needs_person=workspace.documents.count_needing_a_person(),
            environment=str(workspace.catalog.preference("environment", "production")),
            pause=pause,
        )

    def _codes(self) -> dict[SystemRole, str]:
        """The code that troubles a side, from the routes held; "" = well, "-" = not set up."""
        systems = self._workspace.catalog.systems()
        codes = {
            role: "" if any(each.role is role for each in systems.values()) else "-" for role in SystemRole
        }
        for route in self._workspace.catalog.routes():
            held = self._workspace.ledger.hold(route.id)
            if held is None or not held[0]:
                continue
            named = systems.get(str(held[1].get("system", "")))
            for role in [named.role] if named else list(SystemRole):
                codes[role] = held[0]
        return codes


class _Typed:
    """Secrets as just typed into the form, then the vault's."""

    def __init__(self, drawer: Secrets, typed: Mapping[str, str]) -> None:
        self._drawer = drawer
        self._typed = typed

    def get(self, name: str) -> str:
        return self._typed.get(name) or self._drawer.get(name)

    def find(self, name: str) -> str | None:
        return self._typed.get(name) or self._drawer.find(name)

    def put(self, name: str, value: str) -> None:
        self._drawer.put(name, value)


def _joins(route: Route, flow_id: str) -> tuple[str, ...]:
    """What a check before switching on looked at."""
    switch = route.switch(flow_id)
    return route.erp_id, route.oa_id, route.company, switch.workflow if switch else ""


def _check_schedule(every_s: float, schedule: Schedule) -> None:
    wrong = schedule.wrong() or ("" if 0 < every_s < 86_400 else "every_s")
    if wrong:
        value = every_s if wrong == "every_s" else getattr(schedule, wrong)
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"{wrong} = {_plainly(value)}")


def _plainly(value: object) -> str:
    return ", ".join(str(each) for each in value) if isinstance(value, tuple) else str(value)
