"""How the gateway is set up, and how it does: what the systems page shows and changes. It does not serve anything.

Whoever runs the engine also opens the gateway, and leaves a sign of life with its counts: another window reads that.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import GatewaySettings

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

NAME = "gateway"
"""Of the preference and of the sign of life."""
SILENT_AFTER = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class GatewayState:
    """What the systems page says.

    running:  it answers now, in whatever process.  address: what browsers use.
    passed:   people let through (into the ERP, or to the page to read), refused: everybody turned away, pushes: heard.
    code, facts: why it could not be opened, "" = no reason.
    """

    settings: GatewaySettings
    running: bool = False
    address: str = ""
    passed: int = 0
    refused: int = 0
    pushes: int = 0
    passed_at: datetime | None = None
    pushed_at: datetime | None = None
    code: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


class GatewaySetup:
    """Settings and state of the gateway."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def settings(self) -> GatewaySettings:
        """As kept here; the defaults (off) where nobody set anything."""
        kept = self._workspace.catalog.preference(NAME, {})
        known = {each.name for each in fields(GatewaySettings)}
        return GatewaySettings(**{name: value for name, value in kept.items() if name in known})

    def bill_root(self) -> str:
        """What the address of a bill's page begins with, for forms that take it; our key follows. "" while it is off, and
        while this very machine alone could open what would stand in everybody's forms."""
        settings = self.settings()
        known = settings.on and (settings.public_url or (settings.port and not settings.is_local))
        return f"{settings.address}/erp/" if known else ""

    def save(self, person: str, settings: GatewaySettings) -> None:
        """Keeps the settings; whoever runs the engine opens, closes or moves the gateway within seconds.

        Raises PER-740 for settings under which it must not, or could not, be opened; nothing is kept then."""
        self._workspace.people.demand(person, "set_up")
        check_settings(settings)
        self._workspace.catalog.set_preference(NAME, asdict(settings), actor=person)

    def state(self) -> GatewayState:
        """How it does, as its last sign of life told."""
        settings = self.settings()
        beat = self._workspace.catalog.last_beat(NAME)
        if beat is None or not settings.on or self._workspace.now() - beat[0] > SILENT_AFTER:
            return GatewayState(settings)
        told = beat[1]
        return GatewayState(
            settings, bool(told.get("running")), str(told.get("address", "")), int(told.get("passed", 0)),
            int(told.get("refused", 0)), int(told.get("pushes", 0)), _when(told.get("passed_at")),
            _when(told.get("pushed_at")), str(told.get("code", "")), dict(told.get("facts") or {}),
        )  # fmt: skip


def check_settings(settings: GatewaySettings) -> None:
    """Raises PER-740 where a gateway with these settings must not be opened, or its certificate cannot be read."""
    if settings.obstacle:
        said = f'{settings.obstacle} / unencrypted = "{GatewaySettings.UNENCRYPTED}"'
        raise closed(settings, said)
    if not 0 <= settings.port <= 65_535:
        raise closed(settings, "port 0 .. 65535")
    if not settings.certificate:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            settings.certificate, settings.private_key, lambda: ""
        )
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        name = settings.private_key if "KEY" in str(error) else settings.certificate
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise closed(settings, f"{name}: {said}") from None


def closed(settings: GatewaySettings, said: str) -> SyncError:
    """PER-740: why it stays closed."""
    address = f"{settings.host}:{settings.port}"
    return SyncError(ErrorCode.GATEWAY_CLOSED, certain=True, address=address, said=said[:200])


def _when(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
