"""The sandbox company, served and joined: two servers on loopback, and the site that joins them."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, field

from desktop.domain.system import FlowSwitch, Route, System, SystemRole
from desktop.sandbox import group
from desktop.sandbox.ecology import ecology_app
from desktop.sandbox.erp import Erp
from desktop.sandbox.erp_desk import price_list_number
from desktop.sandbox.faults import Faults
from desktop.sandbox.k3cloud import k3cloud_app
from desktop.sandbox.oa import Oa
from desktop.sandbox.server import Server
from desktop.services.workspace import Workspace
from desktop.store.catalog import BaseRow

WORKFLOWS = {
    "sales_order": "781", "payment_request": "782", "purchase_requisition": "783", "purchase_order": "784",
    "inquiry": "785", "expense": "786", "claim": "787", "purchase_invoice": "",
}  # fmt: skip
"""The flows that this version carries, and the OA workflow of each in the sandbox ("" = it needs none)."""

SHORT = {"settle_s": "0.3", "longest_s": "1.5", "read_s": "1", "connect_s": "2", "breaker_pause_s": "0.3"}
"""Time-outs and settle times of a demo: short, since these servers answer at once or never."""


@dataclass(slots=True)
class Toy:
    """The two worlds and their servers."""

    erp: Erp
    oa: Oa
    erp_server: Server
    oa_server: Server
    memory: MutableMapping[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def serve(
        cls, *, seed: int | None = None, latency_ms: float = 0.0, erp_port: int = 0, oa_port: int = 0
    ) -> Toy:
        """Starts both servers; seed = a server that loses answers now and then."""
        erp, oa = Erp(), Oa()
        erp.price_lists()
        faults = [Faults.mild(seed + index) if seed is not None else Faults() for index in range(2)]
        erp_server = Server(k3cloud_app(erp, faults[0]), port=erp_port, latency_ms=latency_ms).start()
        oa_server = Server(ecology_app(oa, faults[1]), port=oa_port, latency_ms=latency_ms).start()
        toy = cls(erp, oa, erp_server, oa_server)
        toy.memory.update(
            {("k3", "app_secret"): erp.app_secret, ("oa", "secrit"): oa.secrit, ("oa", "spk"): oa.spk}
        )
        toy.memory["oa", "sso_client_secret"] = oa.sign_in.oauth_secret
        return toy

    @property
    def erp_url(self) -> str:
        """Base address of the ERP."""
        return f"{self.erp_server.url}/k3cloud/"

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
                FlowSwitch(flow, on, every_s, workflow)
                for flow, workflow in WORKFLOWS.items()
                if flow in flows
            )
            route = Route(f"c{company.number}", company.number, company.name, "k3", "oa", "", switches)
            workspace.catalog.put_route(route, "demo")
            workspace.catalog.put_base_rows(base_rows(route.id), "demo")

    def systems(self, **options: str) -> tuple[System, System]:
        """Both systems with their sign-in data (secrets are in `memory`)."""
        own = {**SHORT, **options}
        erp_options = {"acct_id": self.erp.acct_id, "user": self.erp.user, "app_id": self.erp.app_id, **own}
        oa_options = {"app_id": self.oa.app_id, "user_id": group.INTEGRATION_OA_ID, "realm": "toy", **own}
        oa_options["sso_client_id"] = self.oa.sign_in.oauth_client_id
        oa_options["sso_app_id"] = self.oa.sign_in.sso_app_id
        return (
            System("k3", SystemRole.ERP, "k3cloud", "K/3 Cloud", self.erp_url, erp_options),
            System("oa", SystemRole.OA, "ecology", "e-cology", self.oa_server.url, oa_options),
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
