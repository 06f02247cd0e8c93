"""The sandbox company, served and joined: two servers on loopback, and the site that joins them."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, field

from desktop.domain.system import FlowSwitch, Route, System, SystemRole
from desktop.sandbox import group
from desktop.sandbox.dingtalk_play import PLAY as DINGTALK
from desktop.sandbox.ecology_play import PLAY as ECOLOGY
from desktop.sandbox.erp import Erp
from desktop.sandbox.erp_desk import price_list_number
from desktop.sandbox.faults import Faults
from desktop.sandbox.k3cloud_play import PLAY as K3CLOUD
from desktop.sandbox.k3wise_play import PLAY as K3WISE
from desktop.sandbox.oa import Oa
from desktop.sandbox.play import ErpPlay, OaPlay
from desktop.sandbox.server import Server
from desktop.services.workspace import Workspace
from desktop.store.catalog import BaseRow

WORKFLOWS = {
    "sales_order": "781", "payment_request": "782", "purchase_requisition": "783", "purchase_order": "784",
    "inquiry": "785", "expense": "786", "claim": "787", "purchase_invoice": "",
}  # fmt: skip
"""The flows that this version carries, and the OA workflow of each in the sandbox ("" = it needs none)."""

ERPS = {play.vendor: play for play in (K3CLOUD, K3WISE)}
OAS = {play.vendor: play for play in (ECOLOGY, DINGTALK)}
"""Every dialect by its vendor; the first of each is the usual one."""

SHORT = {
    "settle_s": "0.3", "longest_s": "1.5", "read_s": "1", "connect_s": "2", "breaker_pause_s": "0.3", "monthly_calls": "0",
}  # fmt: skip
"""Time-outs and settle times of a demo: short, since these servers answer at once or never; and no vendor's monthly
allowance, which would let a minute's demo look once."""


@dataclass(slots=True)
class Toy:
    """The two worlds, their servers, and the dialects in which they speak."""

    erp: Erp
    oa: Oa
    erp_server: Server
    oa_server: Server
    memory: MutableMapping[tuple[str, str], str] = field(default_factory=dict)
    erp_play: ErpPlay = K3CLOUD
    oa_play: OaPlay = ECOLOGY
    wires: tuple[Faults, Faults] | None = field(default=None, kw_only=True)
    """What goes wrong on the way to the ERP and to the OA."""

    @classmethod
    def serve(
        cls, *, seed: int | None = None, latency_ms: float = 0.0, erp_port: int = 0, oa_port: int = 0,
        erp: str = "", oa: str = "",
    ) -> Toy:  # fmt: skip
        """Starts both servers. seed: a server that loses answers now and then; erp, oa: vendors ("" = the usual pair)."""
        erp_play, oa_play = ERPS[erp or K3CLOUD.vendor], OAS[oa or ECOLOGY.vendor]
        bills, requests = erp_play.world(None), oa_play.world()
        bills.price_lists()
        faults = [Faults.mild(seed + index) if seed is not None else Faults() for index in range(2)]
        erp_app, oa_app = erp_play.app(bills, faults[0]), oa_play.app(requests, faults[1])
        erp_server = Server(erp_app, port=erp_port, latency_ms=latency_ms).start()
        oa_server = Server(oa_app, port=oa_port, latency_ms=latency_ms).start()
        toy = cls(bills, requests, erp_server, oa_server, {}, erp_play, oa_play, wires=(faults[0], faults[1]))
        toy.remember()
        return toy

    def remember(self) -> None:
        """Puts both systems' secrets into `memory`."""
        told = {"k3": self.erp_play.secrets(self.erp), "oa": self.oa_play.secrets(self.oa)}
        for system, secrets in told.items():
            self.memory.update({(system, name): value for name, value in secrets.items()})

    @property
    def erp_url(self) -> str:
        """Base address of the ERP."""
        return f"{self.erp_server.url}{self.erp_play.path}"

    def stop(self) -> None:
        """Stops both servers."""
        self.erp_server.stop()
        self.oa_server.stop()

    def join(
        self, workspace: Workspace, *, every_s: float = 0.3, on: bool = True, flows: Sequence[str] = tuple(WORKFLOWS),
        **options: str,
    ) -> None:  # fmt: skip
        """Sets up systems, routes and base data in a workspace, as a consultant would."""
        for system in self.systems(**options):
            workspace.catalog.put_system(system, "demo")
        for company in group.COMPANIES:
            switches = tuple(
                FlowSwitch(flow, on, every_s, self.workflow(flow)) for flow in WORKFLOWS if flow in flows
            )
            route = Route(f"c{company.number}", company.number, company.name, "k3", "oa", "", switches)
            workspace.catalog.put_route(route, "demo")
            workspace.catalog.put_base_rows(base_rows(route.id), "demo")

    def workflow(self, flow: str) -> str:
        """What a route's switch says of a flow's workflow."""
        number = WORKFLOWS[flow]
        return self.oa_play.workflow(int(number)) if number else ""

    def systems(self, **options: str) -> tuple[System, System]:
        """Both systems with their sign-in data (secrets are in `memory`)."""
        own = {**SHORT, **options}
        erp_options = {**self.erp_play.options(self.erp), **own}
        oa_options = {**self.oa_play.options(self.oa, self.oa_server.url), **own}
        erp, oa = self.erp_play, self.oa_play
        return (
            System("k3", SystemRole.ERP, erp.vendor, erp.name, self.erp_url, erp_options),
            System("oa", SystemRole.OA, oa.vendor, oa.name, self.oa_server.url, oa_options),
        )


def base_rows(route_id: str) -> list[BaseRow]:
    """Which record of the toy ERP is which in the toy OA; those without an OA id are left out on purpose."""
    kinds = {
        "customer": group.CUSTOMERS, "supplier": group.SUPPLIERS, "currency": group.CURRENCIES,
        "material": group.MATERIALS, "department": group.DEPARTMENTS,
    }  # fmt: skip
    rows = [
        BaseRow(route_id, kind, item.code, item.oa_id, item.name, item.name, "demo")
        for kind, items in kinds.items()
        for item in items
        if item.oa_id
    ]
    books = enumerate(group.COMPANIES, start=1)
    rows += [
        BaseRow(route_id, "account_book", f"{place:03d}", company.number, company.name, company.name, "demo")
        for place, company in books
    ]
    rows += [
        BaseRow(route_id, "expense_item", code, code, "", "", "demo") for code in ("CI001", "CI002", "CI003")
    ]
    rows += [
        BaseRow(route_id, "employee", person.staff_number, person.oa_id, person.name, person.name, "demo")
        for person in group.EMPLOYEES
        if person.oa_id and not person.left
    ]
    rows += [
        BaseRow(route_id, "unit", item.code, item.name, item.name, item.name, "demo") for item in group.UNITS
    ]
    rows += [
        BaseRow(
            route_id, "price_list", price_list_number(route_id[1:], item.code), f"{item.oa_id}/CNY", item.name,
            item.name, "demo",
        )
        for item in group.SUPPLIERS
        if item.oa_id
    ]  # fmt: skip
    return rows + [
        BaseRow(route_id, "user", person.erp_user, person.oa_id, person.name, person.name, "demo")
        for person in group.EMPLOYEES
        if person.erp_user and person.oa_id and not person.left
    ]
