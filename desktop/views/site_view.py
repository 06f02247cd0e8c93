"""What the systems page knows at one moment: read in one go on a pool thread, shown as plain values."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from desktop.domain.errors import SyncError
from desktop.domain.flow import Flow
from desktop.domain.system import GatewaySettings, System, SystemRole
from desktop.services.gateway import GatewayState
from desktop.services.systems import EngineState, RouteState, Systems, SystemState

COMMON = (
    ("connect_s", "5"),
    ("read_s", "60"),
    ("settle_s", "30"),
    ("longest_s", "180"),
    ("rate_per_s", "0"),
    ("verify_tls", "yes"),
    ("proxy", ""),
)
"""Options that every connection takes, whatever the vendor, with what holds where they are empty."""


class Asked(NamedTuple):
    """One field of a connection's form. number: only a number will do."""

    name: str
    secret: bool = False
    required: bool = False
    default: str = ""
    choices: tuple[str, ...] = ()

    @property
    def number(self) -> bool:
        """True where the default is a number and nothing is chosen from."""
        return self.default.isdigit() and not self.choices


class VendorForm(NamedTuple):
    """What a vendor wants to know. limits: what it cannot do, as words of the catalogue ("order-...")."""

    id: str
    role: SystemRole
    fields: tuple[Asked, ...]
    more: tuple[Asked, ...]
    registers: bool
    limits: tuple[str, ...] = ()


class Tested(NamedTuple):
    """A connection test as it went. error: what failed, with its step's name, or None."""

    steps: tuple[Any, ...]
    seconds: float
    at: datetime

    @property
    def failed(self) -> Any:
        """The step that failed, or None."""
        return next((step for step in self.steps if not step.ok), None)


class Site(NamedTuple):
    """Systems, routes, flows and the engine. watching: another process runs the engine, or none does."""

    systems: tuple[SystemState, ...]
    routes: tuple[RouteState, ...]
    flows: Mapping[str, Flow]
    engine: EngineState
    vendors: Mapping[str, VendorForm]
    engine_error: SyncError | None
    now: datetime
    gateway: GatewayState = GatewayState(GatewaySettings())

    def of_role(self, role: SystemRole) -> list[System]:
        """The systems of a side."""
        return [state.system for state in self.systems if state.system.role is role]

    def held_code(self, system_id: str) -> tuple[str, Mapping[str, Any]]:
        """What holds the routes because of this system: code and facts; "" = nothing."""
        for state in self.routes:
            if state.held_code and str(state.held_facts.get("system", "")) == system_id:
                return state.held_code, state.held_facts
        return "", {}

    def answered_at(self, system_id: str) -> datetime | None:
        """When a run over this system last ended well."""
        ends = [
            run.ended_at
            for state in self.routes
            if system_id in (state.route.erp_id, state.route.oa_id)
            for run in state.last_runs.values()
            if run.ended_at is not None and not run.code
        ]
        return max(ends, default=None)

    def named(self, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        """The facts of an error with the system's title for its id: a person knows it by that."""
        titles = {state.system.id: state.system.title for state in self.systems}
        system = str(facts.get("system", ""))
        return {**facts, "system": titles[system]} if titles.get(system) else facts

    @property
    def steps_done(self) -> tuple[bool, bool, bool, bool]:
        """ERP connected, OA connected, a company joined, a flow switched on."""
        return (
            bool(self.of_role(SystemRole.ERP)),
            bool(self.of_role(SystemRole.OA)),
            bool(self.routes),
            any(switch.on for state in self.routes for switch in state.route.switches),
        )


def read_site(systems: Systems, engine_error: SyncError | None) -> Site:
    """Asks everything that the page shows. On a pool thread."""
    forms = {}
    for role in SystemRole:
        for vendor in systems.vendors(role):
            forms[vendor] = _vendor_form(systems, vendor, role)
    return Site(
        tuple(systems.systems()), tuple(systems.routes()), systems.flows(), systems.engine(), forms, engine_error,
        datetime.now(UTC), systems.gateway(),
    )  # fmt: skip


def _vendor_form(systems: Systems, vendor: str, role: SystemRole) -> VendorForm:
    fields, more = _asked(systems.fields(vendor)), _asked(systems.more_fields(vendor))
    known = {field.name for field in (*fields, *more)}
    common = tuple(Asked(name, default=default) for name, default in COMMON if name not in known)
    return VendorForm(
        vendor, role, fields, (*more, *common), systems.wants_registration(vendor), systems.limits(vendor)
    )


def _asked(fields: Iterable[Any]) -> tuple[Asked, ...]:
    return tuple(
        Asked(each.name, each.secret, each.required, each.default, tuple(each.choices)) for each in fields
    )


def tested(systems: Systems, system: System, secrets: Mapping[str, str]) -> Tested:
    """Tests a connection and takes the time. On a thread of its own."""
    began = time.monotonic()
    found = systems.test(system, secrets)
    return Tested(tuple(found.steps), time.monotonic() - began, datetime.now(UTC))
