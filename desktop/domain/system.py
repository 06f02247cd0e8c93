"""Systems, routes and people: who is joined to whom, and who may order what."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar

from desktop.domain.schedule import Schedule


class SystemRole(Enum):
    """Which side of the bridge a system stands on."""

    ERP = "erp"
    OA = "oa"


@dataclass(frozen=True, slots=True)
class System:
    """One ERP account set or one OA. Secrets live in the vault under `id`; `options` holds everything else that
    the vendor's field list and the common settings (time-outs, parallel calls, zone) name, as text."""

    id: str
    role: SystemRole
    vendor: str
    title: str
    base_url: str
    options: Mapping[str, str] = field(default_factory=dict)

    def number(self, name: str, default: float) -> float:
        """An option that is a number; a wrong text reads as the default (the systems page refuses it earlier)."""
        try:
            return float(self.options[name])
        except (KeyError, ValueError):
            return default


@dataclass(frozen=True, slots=True)
class FlowSwitch:
    """A flow on a route: on or off, how often and when it runs, and which workflow of the OA it opens there."""

    flow_id: str
    on: bool
    every_s: float
    workflow: str
    schedule: Schedule = field(default_factory=Schedule)


@dataclass(frozen=True, slots=True)
class Route:
    """One company's ERP account set joined to the OA.

    company:   the value of the flow's company field (an organisation number) that belongs to this route.
    applicant: the OA person id who stands in where a bill's maker has no counterpart; "" = nobody stands in.
    """

    id: str
    company: str
    title: str
    erp_id: str
    oa_id: str
    applicant: str = ""
    switches: tuple[FlowSwitch, ...] = ()

    def switch(self, flow_id: str) -> FlowSwitch | None:
        """The switch of one flow, or None where the route does not know it."""
        return next((switch for switch in self.switches if switch.flow_id == flow_id), None)


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """Where browsers and pushes come in; off until somebody switches it on.

    public_url:  the address that browsers use, such as "https://danqiao.example:8443" ("" = host and port).
    certificate, private_key: PEM files; without them only this very machine may come in,
    unencrypted: unless this is the sentence UNENCRYPTED, in words.
    proxies:     addresses of this site's own proxies, by commas: whom they name in X-Forwarded-For is the caller.
    """

    on: bool = False
    host: str = "127.0.0.1"
    port: int = 8790
    public_url: str = ""
    certificate: str = ""
    private_key: str = ""
    unencrypted: str = ""
    proxies: str = ""

    UNENCRYPTED: ClassVar[str] = "anyone on this network may read it"

    @property
    def is_local(self) -> bool:
        """Only this machine reaches it."""
        return self.host in ("127.0.0.1", "::1", "localhost")

    @property
    def obstacle(self) -> str:
        """Why it must not be opened like this, as the name of the setting; "" = it may."""
        if bool(self.certificate) != bool(self.private_key):
            return "certificate / private_key"
        if not self.is_local and not self.certificate and self.unencrypted != self.UNENCRYPTED:
            return "certificate"
        return ""

    @property
    def trusted(self) -> frozenset[str]:
        """The addresses of the site's own proxies."""
        return frozenset(each.strip() for each in self.proxies.split(",") if each.strip())

    @property
    def address(self) -> str:
        """The root address for browsers, without a slash at its end. Whoever listens on every address is called by name."""
        scheme = "https" if self.certificate else "http"
        host = platform.node() or self.host if self.host in ("0.0.0.0", "::") else self.host
        return (self.public_url or f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}").rstrip(
            "/"
        )


class Role(Enum):
    """What a person may order."""

    ADMIN = "admin"
    MAPPING = "mapping"
    CLERK = "clerk"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who uses DanQiao.

    login:         how the trail names him; mostly the operating system's user.
    routes:        the companies he works for; () = all.
    sees_accounts: False = bank accounts and ID numbers are shown to him masked.
    has_secret:    he signs in with a passphrase.
    """

    login: str
    name: str
    role: Role
    routes: tuple[str, ...] = ()
    sees_accounts: bool = True
    has_secret: bool = False
    active: bool = True
