"""What support needs, in one file that may leave the house: set-up, health, figures, logs. No secret, no bill, no partner.

Every text that goes in is searched for every secret that this machine knows, in whatever form it may stand there.
"""

from __future__ import annotations

import base64
import io
import json
import platform
import re
import sys
import urllib.parse
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop import VERSION
from desktop.connectors.registry import CHANNELS, VENDORS
from desktop.domain.errors import ErrorCode, SyncError
from desktop.services.health import Finding, Level
from desktop.services.notices import drawer_of

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

LOG_FOLDER = "logs"
LOG_TAIL = 400_000
"""So many bytes of each log's end."""
_TABLES = (
    "document", "round", "link", "attempt", "exchange", "failure", "run", "hold", "person_order", "base_mapping",
    "base_record", "audit", "missed_run", "reconciliation",
)  # fmt: skip
_LEAST_SECRET = 4
_PRIVATE_FACTS = frozenset(
    {
        "number",
        "numbers",
        "lines",
        "person",
        "erp_code",
        "gaps",
        "value",
        "claim",
        "supplier",
        "partner",
        "sent",
        "found",
    }
)
_STARS = "***"


class Diagnosis:
    """Makes the bundle."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def make(self, target: Path, person: str) -> Path:
        """Writes the bundle; answers where. Raises PER-705 where it cannot be written, PER-716."""
        self._workspace.people.demand(person, "back_up")
        hidden = self._secrets()
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, text in self._parts():
                bundle.writestr(name, masked(text, hidden))
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(packed.getvalue())
        except OSError as error:
            said = error.strerror or type(error).__name__
            raise SyncError(ErrorCode.STORE_UNREADABLE, certain=True, where=str(target), said=said) from None
        return target

    def default_target(self) -> Path:
        """Beside the store, named by the moment."""
        stamp = self._workspace.now().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        return self._workspace.store.path.parent / f"danqiao-diagnosis-{stamp}.zip"

    def _secrets(self) -> list[str]:
        """Every secret of every system, as it may stand in a text."""
        found: set[str] = set()
        for system in self._workspace.catalog.systems().values():
            vendor = VENDORS.get(system.vendor)
            names = [each.name for each in vendor.fields if each.secret] if vendor else []
            for name in (*names, "push_secret"):
                if value := self._workspace.vault.find(system.id, name):
                    found.update(_spelled(value))
        for channel in CHANNELS.values():  # a robot's address is one, too
            for field in (each for each in channel.fields if each.secret):
                if value := self._workspace.vault.find(drawer_of(channel.id), field.name):
                    found.update(_spelled(value))
        return sorted(found, key=len, reverse=True)

    def _parts(self) -> Iterator[tuple[str, str]]:
        for name, part in (
            ("about.json", self._about), ("check.json", self._check), ("engine.json", self._engine),
            ("failures.json", self._failures), ("site.toml", self._site), ("exchanges.json", self._exchanges),
            ("trail.json", self._trail),
        ):  # fmt: skip
            try:
                told = part()
            except Exception as error:  # a broken store is what a bundle is made for
                told = f"{type(error).__name__}: {error}"
            yield name, told if isinstance(told, str) else _json(told)
        for path in sorted((self._workspace.store.path.parent / LOG_FOLDER).glob("*.log*")):
            yield f"logs/{path.name}", _tail(path)

    def _about(self) -> dict[str, Any]:
        store = self._workspace.store
        counts = {}
        with store.reading():
            for table in _TABLES:
                counts[table] = store.execute(f"SELECT count(*) FROM {table}")[0][0]
            version = store.execute("SELECT number FROM schema_version")[0][0]
        return {
            "danqiao": VERSION, "python": sys.version, "platform": platform.platform(), "built": bool(getattr(sys, "frozen", False)),
            "schema": version, "bytes": store.path.stat().st_size, "rows": counts,
            "folder": sorted(each.name for each in store.path.parent.iterdir()),
        }  # fmt: skip

    def _check(self) -> list[dict[str, str]]:
        """What was found without whom it is about: a step of a connection test names the bill that it read, a scan those
        that it found."""
        text, found = self._workspace.text, self._workspace.health.check()
        told = [each.told(text) for each in found]
        return [
            {**row, "found": "", "cure": ""} if _names_somebody(each) else row
            for row, each in zip(told, found, strict=True)
        ]

    def _engine(self) -> dict[str, Any]:
        ledger, catalog = self._workspace.ledger, self._workspace.catalog
        beat = catalog.last_beat("engine")
        held = {}
        for route in catalog.routes():
            for switch in route.switches:
                if hold := ledger.hold(route.id, switch.flow_id):
                    held[f"{route.id}/{switch.flow_id}"] = {"code": hold[0], "until_person": hold[2]}
        return {
            "beat": beat[0] if beat else None, "held": held,
            "missed": [[*key, each.since, each.until, each.times, each.why] for key, each in ledger.last_missed().items()],
            "runs": [
                [run.route_id, run.flow_id, run.trigger.value, run.started_at, run.ended_at, run.found, run.moved, run.failed, run.code]
                for run in ledger.last_runs(300)
            ],
        }  # fmt: skip

    def _failures(self) -> dict[str, int]:
        return dict(self._workspace.ledger.open_codes())

    def _site(self) -> str:
        """Systems, routes and switches; base data is the customer's, and stays."""
        from desktop.services.site import export_site

        return export_site(self._workspace, keep_switches=True, base_data=False)

    def _exchanges(self) -> list[list[Any]]:
        """When what was called and how it ended; not what was said."""
        store = self._workspace.store
        sql = "SELECT at, system_id, method, path, status, ms FROM exchange ORDER BY id DESC LIMIT 300"
        with store.reading():
            return [[*row[:3], str(row[3]).partition("?")[0], *row[4:]] for row in store.execute(sql)]

    def _trail(self) -> list[list[Any]]:
        """What was done, without whom it was about."""
        store = self._workspace.store
        sql = "SELECT seq, at, action FROM audit ORDER BY seq DESC LIMIT 500"
        with store.reading():
            return [list(row) for row in store.execute(sql)]


def _names_somebody(finding: Finding) -> bool:
    """True where its words may name a bill, a person or a partner; its code and count say enough."""
    facts = finding.error.facts if finding.error is not None else finding.facts
    well = finding.area == "system" and finding.level is Level.OK
    return well or bool(facts.keys() & _PRIVATE_FACTS)


def masked(text: str, secrets: list[str]) -> str:
    """The text with every secret starred."""
    for each in secrets:
        text = text.replace(each, _STARS)
    return re.sub(r"://[^/\s:@]+:[^/\s@]+@", f"://{_STARS}@", text)


def _spelled(value: str) -> Iterator[str]:
    """A secret as it is, quoted for addresses, in JSON, and in base64."""
    if len(value) < _LEAST_SECRET:
        return
    yield value
    yield urllib.parse.quote(value, safe="")
    yield urllib.parse.quote_plus(value)
    yield json.dumps(value)[1:-1]
    yield base64.b64encode(value.encode()).decode()


def _json(value: Mapping[str, Any] | list[Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - LOG_TAIL))
            return log.read().decode("utf-8", "replace")
    except OSError as error:
        return str(error)
