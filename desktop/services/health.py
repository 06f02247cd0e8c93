"""Is all well? Every step of both systems' connections, every flow's forms, the store and its keeping, in one list.

Each finding is well, a warning or a failure, and names its cure. Asked by `main.py check` and by the window. It reads
only, raises nothing, and never says a secret.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from desktop.connectors.base import ErpConnector
from desktop.connectors.registry import VENDORS
from desktop.domain.errors import ErrorCode, FailureClass, SyncError
from desktop.domain.flow import FlowKind
from desktop.domain.system import Route, System
from desktop.services.backups import TROUBLE
from desktop.services.bypass import SCANS
from desktop.services.systems import SILENT_AFTER, StreamStand
from desktop.store.vault import keyring_in_use
from desktop.sync.preflight import first_obstacle

if TYPE_CHECKING:
    from desktop.services.text import Text
    from desktop.services.workspace import Workspace

LITTLE_SPACE, NO_SPACE = 2 << 30, 200 << 20
"""Bytes free below which the disk is a warning, and a failure: SQLite must be able to write its log."""
BACKUP_OLD = timedelta(hours=50)


class Level(Enum):
    """How grave a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    area:    "system", "flow" or "house"; subject: the system's id, "route/flow", or "".
    name:    what was looked at: its label is `check-<name>`.
    error:   code and facts, where there is a code; else the cure is `check-<name>-do` with `facts`.
    """

    area: str
    subject: str
    name: str
    level: Level = Level.OK
    detail: str = ""
    error: SyncError | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def what(self, text: Text) -> str:
        """What was found, as a sentence or a plain value."""
        if self.error is not None:
            return text.what(self.error.code.id, self.error.facts)
        if self.level is not Level.OK:
            return text.say(f"check-{self.name}-what", **self.facts)
        return self.detail

    def cure(self, text: Text) -> str:
        """What to do; "" where all is well."""
        if self.error is not None:
            return text.do(self.error.code.id, self.error.facts)
        return "" if self.level is Level.OK else text.say(f"check-{self.name}-do", **self.facts)

    def told(self, text: Text) -> dict[str, str]:
        """For JSON and tables."""
        return {
            "area": self.area, "subject": self.subject, "name": self.name, "level": self.level.value,
            "label": text.say(f"check-{self.name}"), "code": self.error.code.id if self.error else "",
            "found": self.what(text), "cure": self.cure(text),
        }  # fmt: skip


class Health:
    """Looks at everything."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def check(self) -> list[Finding]:
        """All findings: systems and flows of the companies that whoever sits here sees, the house. Seconds; longer for servers that do not answer. Never raises."""
        routes = self._workspace.people.routes_seen()
        systems = list(self._workspace.catalog.systems().values())
        if self._workspace.people.seat.routes:
            used = {system for route in routes for system in (route.erp_id, route.oa_id)}
            systems = [each for each in systems if each.id in used]
        with ThreadPoolExecutor(4, thread_name_prefix="check") as pool:
            per_system = list(pool.map(self._guarded(self._system), systems))
        found = [each for some in per_system for each in some]
        if not systems:
            found.append(Finding("system", "", "none", Level.WARN))
        broken = {each.subject for each in found if each.level is Level.FAIL}
        for route in routes:
            found += self._route(route, broken)
        for look in (
            self._engine,
            self._waiting,
            self._disk,
            self._store,
            self._archive,
            self._trail,
            self._backup,
            self._bypass,
            self._keyring,
            self._calendar,
            self._reconciled,
            self._gateway,
            self._notices,
        ):
            found += self._guarded(lambda _, look=look: look())(None)  # type: ignore[misc]
        return found

    def _guarded(self, look: Callable[[Any], Iterator[Finding]]) -> Callable[[Any], list[Finding]]:
        """A look that fails is a finding itself, whatever went wrong."""

        def looked(what: Any) -> list[Finding]:
            found: list[Finding] = []
            subject = what.id if isinstance(what, System) else ""
            area = "system" if subject else "house"
            try:
                found.extend(look(what))  # what it found before an error stays
            except SyncError as error:
                found.append(Finding(area, subject, "look", Level.FAIL, error=error))
            except Exception as error:
                bug = SyncError(ErrorCode.INTERNAL, said=f"{type(error).__name__}: {error}")
                found.append(Finding(area, subject, "look", Level.FAIL, error=bug))
            return found

        return looked

    # --- the two systems -----------------------------------------------------------------------------------------------
    def _system(self, system: System) -> Iterator[Finding]:
        yield from self._secrets(system)
        connector = self._workspace.connect(system)
        try:
            for step in connector.check().steps:
                level = Level.OK if step.ok else Level.FAIL
                yield Finding("system", system.id, step.name, level, step.detail[:200], step.error)
        finally:
            connector.close()
        yield from self._stream(system)

    def _stream(self, system: System) -> Iterator[Finding]:
        """Where there is one and an engine runs: does it stand? Without it all goes on, later."""
        state = self._workspace.systems.stream(system)
        if state is None or state.stand in (StreamStand.OFF, StreamStand.IDLE):
            return
        told = state.since.isoformat(timespec="seconds") if state.since else "-"
        if state.stand is StreamStand.STANDS or not state.code:
            level = Level.OK if state.stand is StreamStand.STANDS else Level.WARN
            yield Finding("system", system.id, "stream", level, told)
            return
        error = SyncError(ErrorCode.named(state.code), certain=True, **dict(state.facts))
        yield Finding("system", system.id, "stream", Level.WARN, told, error)

    def _secrets(self, system: System) -> Iterator[Finding]:
        """Where they lie; never what they are."""
        vendor = VENDORS.get(system.vendor)
        places: list[str] = []
        for each in vendor.fields if vendor else ():
            if not each.secret:
                continue
            where = self._workspace.vault.where(system.id, each.name)
            if where:
                places.append(f"{each.name}: {where}")
            elif each.required or each.hidden:
                error = self._missing(system, each.name)
                yield Finding("system", system.id, "secrets", Level.FAIL, each.name, error)
        if places:
            yield Finding("system", system.id, "secrets", detail=", ".join(places))

    def _missing(self, system: System, name: str) -> SyncError | None:
        try:
            self._workspace.vault.drawer(system.id).get(name)
        except SyncError as error:
            return error
        return None

    # --- flows -----------------------------------------------------------------------------------------------------------
    def _route(self, route: Route, broken: set[str]) -> list[Finding]:
        found: list[Finding] = []
        for switch in (each for each in route.switches if each.on):
            subject = f"{route.id}/{switch.flow_id}"
            held = self._workspace.ledger.hold(route.id, switch.flow_id)
            if held is not None:
                error = SyncError(ErrorCode.named(held[0]), certain=True, **dict(held[1]))
                found.append(Finding("flow", subject, "held", Level.FAIL, error=error))
            if {route.erp_id, route.oa_id} & broken:
                found.append(Finding("flow", subject, "forms", Level.WARN))
                continue
            found += [replaced(each, subject) for each in self._guarded(self._forms)((route, switch.flow_id))]
        return found

    def _forms(self, asked: tuple[Route, str]) -> Iterator[Finding]:
        """Key fields and all named fields (as before a first run), and the right to list the ERP's bills."""
        route, flow_id = asked
        objections = self._workspace.check_flow(route, flow_id)
        for error in objections:
            level = Level.FAIL if first_obstacle([error]) else Level.WARN
            yield Finding("flow", "", "key_field", level, error=error)
        if not objections:
            yield Finding("flow", "", "key_field")
        if any(each.code is ErrorCode.FLOW_FILE_WRONG for each in objections):
            return
        flow = self._workspace.flow_for(route.id, flow_id)
        if flow is None or flow.kind is not FlowKind.APPROVAL:
            return
        erp = cast(ErpConnector, self._workspace.connect(self._workspace.catalog.system(route.erp_id)))
        try:
            list(islice(erp.submitted_bills(flow.erp), 1))
        finally:
            erp.close()
        yield Finding("flow", "", "rights", detail=flow.erp.form)

    # --- the house -------------------------------------------------------------------------------------------------------
    def _engine(self) -> Iterator[Finding]:
        beat = self._workspace.catalog.last_beat("engine")
        silent = beat is None or self._workspace.now() - beat[0] > SILENT_AFTER
        on = any(switch.on for route in self._workspace.catalog.routes() for switch in route.switches)
        since = beat[0].isoformat(timespec="seconds") if beat else ""
        if not (silent and on):
            yield Finding("house", "", "engine", detail=since)
        else:
            yield Finding("house", "", "engine", Level.WARN, since, facts={"since": since or "-"})

    def _waiting(self) -> Iterator[Finding]:
        """Correspondences that waiting documents lack."""
        codes = self._workspace.ledger.open_codes(self._workspace.people.seat.routes)
        gaps = sum(
            count
            for code, count in codes.items()
            if ErrorCode.named(code).failure_class is FailureClass.MAPPING
        )
        level = Level.WARN if gaps else Level.OK
        yield Finding("house", "", "correspondences", level, facts={"count": gaps})

    def _disk(self) -> Iterator[Finding]:
        store = self._workspace.store.path
        free = shutil.disk_usage(store.parent).free
        need = max(LITTLE_SPACE, 2 * store.stat().st_size)
        level = Level.FAIL if free < NO_SPACE else Level.WARN if free < need else Level.OK
        told = f"{free / (1 << 30):.1f} GB"
        yield Finding("house", "", "disk", level, told, facts={"free": told})

    def _keyring(self) -> Iterator[Finding]:
        """Where secrets would be kept on this machine. None matters only while a secret is missing: a service
        has them in its environment."""
        told, vault = keyring_in_use(), self._workspace.vault
        lacking = any(
            each.secret and each.required and not vault.where(system.id, each.name)
            for system in self._workspace.catalog.systems().values()
            if (vendor := VENDORS.get(system.vendor))
            for each in vendor.fields
        )
        yield Finding("house", "", "keyring", Level.WARN if lacking and not told else Level.OK, told or "-")

    def _calendar(self) -> Iterator[Finding]:
        """The work calendar can be read, and knows this year and, towards its end, the next one."""
        workspace = self._workspace
        calendar, today = workspace.calendars.read(), workspace.now().astimezone().date()
        used = any(each.schedule.workdays for route in workspace.catalog.routes() for each in route.switches)
        wanted = {today.year, (today + timedelta(days=45)).year}
        unsure = sorted(wanted - (calendar.years - calendar.provisional))
        level = Level.WARN if used and unsure else Level.OK
        years = ", ".join(str(each) for each in unsure)
        yield Finding("house", "", "calendar", level, workspace.calendars.path.name, facts={"years": years})

    def _reconciled(self) -> Iterator[Finding]:
        """The last comparison of the books."""
        last = next(iter(self._workspace.nightly.entries(1)), None)
        told = last.at.isoformat(timespec="seconds") if last else "-"
        level = Level.WARN if last is not None and not last.clean else Level.OK
        facts = {"at": told, "count": last.differences if last else 0}
        yield Finding("house", "", "reconciled", level, told, facts=facts)

    def _store(self) -> Iterator[Finding]:
        self._workspace.store.check()
        yield Finding("house", "", "store", detail=f"{self._workspace.store.path.stat().st_size >> 20} MB")

    def _archive(self) -> Iterator[Finding]:
        """Old calls and rounds, where any were moved there."""
        self._workspace.archive.check()
        yield Finding("house", "", "archive")

    def _trail(self) -> Iterator[Finding]:
        broken = self._workspace.trail.broken_at()
        level = Level.OK if broken is None else Level.FAIL
        yield Finding("house", "", "trail", level, facts={"number": str(broken)})

    def _backup(self) -> Iterator[Finding]:
        trouble = self._workspace.catalog.preference(TROUBLE)
        if isinstance(trouble, dict) and trouble:
            error = SyncError(ErrorCode.named(str(trouble.get("code"))), **dict(trouble.get("facts") or {}))
            yield Finding("house", "", "backup", Level.FAIL, error=error)
            return
        newest = next(iter(self._workspace.backups.kept()), None)
        old = newest is None or self._workspace.now() - newest.made_at > BACKUP_OLD
        told = newest.made_at.isoformat(timespec="seconds") if newest else "-"
        yield Finding("house", "", "backup", Level.WARN if old else Level.OK, told, facts={"at": told})

    def _gateway(self) -> Iterator[Finding]:
        """Where it is wanted: is it open?"""
        state = self._workspace.gateway.state()
        if not state.settings.on:
            return
        if state.code:
            error = SyncError(ErrorCode.named(state.code), certain=True, **dict(state.facts))
            yield Finding("house", "", "gateway", Level.FAIL, error=error)
        else:
            level = Level.OK if state.running else Level.WARN
            yield Finding(
                "house", "", "gateway", level, state.address, facts={"address": state.settings.address}
            )

    def _notices(self) -> Iterator[Finding]:
        """Ways of telling people that did not work the last time."""
        for channel in self._workspace.notices.channels():
            if channel.on:
                code, facts = channel.trouble
                error = SyncError(ErrorCode.named(code), certain=True, **dict(facts)) if code else None
                yield Finding("house", channel.id, "notices", Level.FAIL if code else Level.OK, error=error)

    def _bypass(self) -> Iterator[Finding]:
        """What the nightly scans found, and whether they could look at all. A vendor that cannot be scanned is no fault."""
        for scan in SCANS:
            found, runs = self._workspace.bypass.open(scan), self._workspace.bypass.runs(scan)
            sees = self._workspace.people.seat.sees
            broken = [
                each for each in runs if sees(each.route_id) and each.code not in ("", ErrorCode.CANNOT.id)
            ]
            if broken:
                error = SyncError(ErrorCode.named(broken[0].code), certain=True, **dict(broken[0].facts))
                yield Finding("house", broken[0].route_id, f"bypass_{scan}", Level.WARN, error=error)
                continue
            numbers = ", ".join(each.found.number for each in found[:5]) + (" …" if len(found) > 5 else "")
            told = max((each.at for each in runs), default=None)
            level = Level.WARN if found else Level.OK
            facts = {"count": len(found), "numbers": numbers}
            at = told.isoformat(timespec="seconds") if told else "-"
            yield Finding("house", "", f"bypass_{scan}", level, at, facts=facts)


def replaced(finding: Finding, subject: str) -> Finding:
    """The finding, about `subject` of a flow."""
    return Finding("flow", subject, finding.name, finding.level, finding.detail, finding.error, finding.facts)


def worst(found: list[Finding]) -> Level:
    """The gravest level among findings."""
    levels = {each.level for each in found}
    return next((level for level in (Level.FAIL, Level.WARN) if level in levels), Level.OK)
