"""The site file: systems, routes, flow switches and base data of one site as one readable file without secrets.

Secrets come from environment variables DANQIAO_<SYSTEM_ID>_<FIELD> or the keyring. See docs/site-file.md.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import tomlkit

from desktop.connectors.base import Vendor
from desktop.connectors.registry import VENDORS
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.schedule import Schedule, as_kept, from_kept
from desktop.domain.system import FlowSwitch, GatewaySettings, Route, System, SystemRole
from desktop.services.gateway import NAME as GATEWAY
from desktop.services.workspace import Workspace
from desktop.store.catalog import BaseRow

SCHEMA = 1
_SYSTEM = {"id", "role", "vendor", "title", "base_url", "options"}
_ROUTE = {"id", "company", "title", "erp", "oa", "applicant", "flows", "base_data"}
_FLOW = {"flow", "on", "every_s", "workflow", "schedule"}
_NO_SECRETS = "a secret does not belong into a site file"
_LIKE_A_SECRET = re.compile(
    r"secret|secrit|passw|passphrase|(?:^|_)pwd|token$|private_?key|credential", re.IGNORECASE
)
_BASE = {"kind", "erp", "oa", "erp_name", "oa_name"}


def import_site(workspace: Workspace, text: str, file: str, actor: str) -> dict[str, int]:
    """Checks the whole file, then writes it all. Answers counts. Raises PER-710 and leaves everything as it was; PER-716."""
    workspace.people.demand(actor, "set_up")
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = re.search(r"line (\d+)", str(error))
        raise _wrong(file, place[1] if place else "1", str(error)) from None
    schema = content.get("schema", 0)
    if type(schema) is not int or not 0 <= schema <= SCHEMA:
        raise _wrong(file, "schema", f"{schema!r}: {SCHEMA}")
    _only(content, {"schema", "systems", "routes", "gateway"}, file, "")
    gateway = _gateway(content["gateway"], file) if "gateway" in content else None
    systems = [
        _system(row, file, f"systems[{index}]") for index, row in enumerate(_rows(content, "systems", file))
    ]
    _unique([each.id for each in systems], file, "systems")
    known = {**workspace.catalog.systems(), **{system.id: system for system in systems}}
    routes, base = [], []
    for index, row in enumerate(_rows(content, "routes", file)):
        where = f"routes[{index}]"
        routes.append(_route(row, known, set(workspace.flows), file, where))
        base += _base_rows(row, routes[-1].id, file, where)
    _unique([each.id for each in routes], file, "routes")
    with workspace.store.writing():
        for system in systems:
            workspace.catalog.put_system(system, actor)
        for route in routes:
            workspace.catalog.put_route(route, actor)
        workspace.catalog.put_base_rows(base, actor)
        if gateway is not None:
            workspace.catalog.set_preference(GATEWAY, asdict(gateway), actor=actor)
    return {"systems": len(systems), "routes": len(routes), "base_data": len(base)}


def export_site(workspace: Workspace, *, keep_switches: bool = False, base_data: bool = True) -> str:
    """The site as a file. Flows arrive switched off unless keep_switches: two engines must not run one company."""
    document = tomlkit.document()
    document.add("schema", tomlkit.item(SCHEMA))
    systems = tomlkit.aot()
    for system in workspace.catalog.systems().values():
        systems.append(tomlkit.item(_system_row(system)))
    routes = tomlkit.aot()
    for route in workspace.catalog.routes():
        base = workspace.catalog.base_rows(route.id) if base_data else []
        routes.append(tomlkit.item(_route_row(route, base, keep_switches)))
    gateway = workspace.gateway.settings()
    if gateway != GatewaySettings():
        document.add("gateway", tomlkit.item({**asdict(gateway), "on": gateway.on and keep_switches}))
    document.add("systems", systems)
    document.add("routes", routes)
    return tomlkit.dumps(document)


def read_file(path: Path) -> str:
    """The file's text. Raises PER-715 where there is none to read, PER-710 where it is no text."""
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        said = f"{path}: {error.strerror or type(error).__name__}"
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=said) from None
    except UnicodeDecodeError as error:
        raise _wrong(path.name, str(error.object[: error.start].count(b"\n") + 1), "UTF-8") from None


def _system(row: Mapping[str, Any], file: str, where: str) -> System:
    _only(row, _SYSTEM, file, where)
    _has(row, ("id", "role", "vendor", "base_url"), file, where)
    vendor = VENDORS.get(str(row["vendor"]))
    if vendor is None:
        raise _wrong(file, where, f"vendor {row['vendor']!r}: {', '.join(sorted(VENDORS))}")
    if row["role"] != vendor.role.value:
        raise _wrong(file, where, f"role {row['role']!r}: {vendor.role.value}")
    if not str(row["base_url"]).startswith(("http://", "https://")):
        raise _wrong(file, where, "base_url: http:// / https://")
    if "@" in str(row["base_url"]).split("//")[1].split("/")[0]:
        raise _wrong(file, f"{where}.base_url", _NO_SECRETS)
    given = row.get("options", {})
    _only(given, set(given) if isinstance(given, Mapping) else set(), file, f"{where}.options")
    options = {str(name): _option(value) for name, value in given.items()}
    _check_options(vendor, options, file, where)
    return System(
        str(row["id"]),
        SystemRole(row["role"]),
        vendor.id,
        str(row.get("title", row["id"])),
        str(row["base_url"]),
        options,
    )


def _check_options(vendor: Vendor, options: Mapping[str, str], file: str, where: str) -> None:
    known = {field.name for field in (*vendor.fields, *vendor.options)}
    for name in options:  # of another vendor, or misspelt: it would lie in the store and in every export
        if name not in known and _LIKE_A_SECRET.search(name):
            raise _wrong(file, f"{where}.options.{name}", _NO_SECRETS)
    for field in (*vendor.fields, *vendor.options):
        if field.secret and field.name in options:
            raise _wrong(file, f"{where}.options.{field.name}", _NO_SECRETS)
        if field.required and not field.secret and not field.default and not options.get(field.name):
            raise _wrong(file, f"{where}.options.{field.name}", "missing")
        if field.choices and options.get(field.name, field.default) not in ("", *field.choices):
            raise _wrong(file, f"{where}.options.{field.name}", " / ".join(field.choices))


def _option(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _route(
    row: Mapping[str, Any], systems: Mapping[str, System], flows: set[str], file: str, where: str
) -> Route:
    _only(row, _ROUTE, file, where)
    _has(row, ("id", "company", "erp", "oa"), file, where)
    for name, role in (("erp", SystemRole.ERP), ("oa", SystemRole.OA)):
        system = systems.get(str(row[name]))
        if system is None or system.role is not role:
            raise _wrong(file, f"{where}.{name}", f"no {role.value} system {row[name]!r}")
    switches = []
    for index, each in enumerate(_list(row, "flows", file, where)):
        place = f"{where}.flows[{index}]"
        _only(each, _FLOW, file, place)
        _has(each, ("flow",), file, place)
        if type(each.get("workflow")) not in (
            str,
            int,
        ):  # "" where the flow needs none, or nobody has said yet which
            raise _wrong(file, place, "missing: workflow")
        if str(each["flow"]) not in flows:
            raise _wrong(file, place, f"flow {each['flow']!r}: {', '.join(sorted(flows))}")
        try:
            every_s = float(each.get("every_s", 15))
        except (TypeError, ValueError):
            raise _wrong(file, f"{place}.every_s", "a number of seconds") from None
        if type(each.get("on", False)) is not bool:
            raise _wrong(file, f"{place}.on", "true / false")
        if not 0 < every_s < 86_400:
            raise _wrong(file, f"{place}.every_s", "0 < every_s < 86400")
        schedule = _schedule(each.get("schedule", {}), file, f"{place}.schedule")
        switches.append(
            FlowSwitch(str(each["flow"]), each.get("on", False), every_s, str(each["workflow"]), schedule)
        )
    return Route(
        str(row["id"]), str(row["company"]), str(row.get("title", row["id"])), str(row["erp"]), str(row["oa"]),
        str(row.get("applicant", "")), tuple(switches),
    )  # fmt: skip


def _schedule(given: Any, file: str, where: str) -> Schedule:
    if not isinstance(given, Mapping):
        raise _wrong(file, where, "a table")
    try:
        return from_kept(given)
    except ValueError as error:
        raise _wrong(file, f"{where}.{error}", str(given.get(str(error), "missing"))) from None


def _base_rows(row: Mapping[str, Any], route_id: str, file: str, where: str) -> list[BaseRow]:
    found = []
    for index, each in enumerate(_list(row, "base_data", file, where)):
        place = f"{where}.base_data[{index}]"
        _only(each, _BASE, file, place)
        _has(each, ("kind", "erp", "oa"), file, place)
        found.append(
            BaseRow(
                route_id, str(each["kind"]), str(each["erp"]), str(each["oa"]), str(each.get("erp_name", "")),
                str(each.get("oa_name", "")), "site_file",
            )
        )  # fmt: skip
    _unique([f"{each.kind} {each.erp_code}" for each in found], file, f"{where}.base_data")
    return found


def _system_row(system: System) -> dict[str, Any]:
    vendor = VENDORS.get(system.vendor)
    hidden = {field.name for field in (*vendor.fields, *vendor.options) if field.secret} if vendor else set()
    options = {name: value for name, value in sorted(system.options.items()) if name not in hidden}
    return {
        "id": system.id, "role": system.role.value, "vendor": system.vendor, "title": system.title,
        "base_url": system.base_url, "options": options,
    }  # fmt: skip


def _route_row(route: Route, base: Iterable[BaseRow], keep_switches: bool) -> dict[str, Any]:
    return {
        "id": route.id, "company": route.company, "title": route.title, "erp": route.erp_id, "oa": route.oa_id,
        "applicant": route.applicant,
        "flows": [
            {"flow": each.flow_id, "on": each.on and keep_switches, "every_s": each.every_s, "workflow": each.workflow}
            | ({"schedule": kept} if (kept := as_kept(each.schedule)) else {})
            for each in route.switches
        ],
        "base_data": [
            {"kind": each.kind, "erp": each.erp_code, "oa": each.oa_key, "erp_name": each.erp_name, "oa_name": each.oa_name}
            for each in base
        ],
    }  # fmt: skip


def _gateway(row: Any, file: str) -> GatewaySettings:
    """The table [gateway]; what would open it to strangers is refused here already."""
    defaults = asdict(GatewaySettings())
    _only(row, set(defaults), file, "gateway")
    for name, value in row.items():
        if type(value) is not type(defaults[name]):
            raise _wrong(file, f"gateway.{name}", type(defaults[name]).__name__)
    settings = GatewaySettings(**row)
    if not 0 <= settings.port <= 65_535:
        raise _wrong(file, "gateway.port", "0 .. 65535")
    if settings.public_url and not settings.public_url.startswith(("http://", "https://")):
        raise _wrong(file, "gateway.public_url", "http:// / https://")
    if settings.obstacle:
        said = f'certificate + private_key / unencrypted = "{GatewaySettings.UNENCRYPTED}"'
        raise _wrong(file, f"gateway.{settings.obstacle}", said)
    return settings


def _rows(content: Mapping[str, Any], name: str, file: str) -> list[Any]:
    rows = content.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _wrong(file, name, f"[[{name}]]")
    return rows


def _list(row: Mapping[str, Any], name: str, file: str, where: str) -> list[Any]:
    rows = row.get(name, [])
    if not isinstance(rows, list):
        raise _wrong(file, f"{where}.{name}", f"[[routes.{name}]]")
    return rows


def _only(given: Mapping[str, Any], known: set[str], file: str, where: str) -> None:
    if not isinstance(given, Mapping):
        raise _wrong(file, where, "a table")
    if unknown := sorted(set(given) - known):
        raise _wrong(file, where or unknown[0], f"unknown: {', '.join(unknown)}")


def _has(row: Mapping[str, Any], names: Iterable[str], file: str, where: str) -> None:
    if missing := [name for name in names if row.get(name) in (None, "")]:
        raise _wrong(file, where, f"missing: {', '.join(missing)}")


def _unique(names: list[str], file: str, where: str) -> None:
    if doubled := sorted(name for name, count in Counter(names).items() if count > 1):
        raise _wrong(file, where, f"twice: {', '.join(doubled)}")


def _wrong(file: str, where: str, said: str) -> SyncError:
    return SyncError(ErrorCode.SITE_FILE_WRONG, certain=True, file=file, line=where, said=said)
