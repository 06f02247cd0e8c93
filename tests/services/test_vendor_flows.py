"""A vendor's own version of a flow: for the companies whose systems are that vendor's, and for no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import FlowSwitch, Route, System, SystemRole
from desktop.services.workspace import RESOURCES, Workspace

GENERAL = (RESOURCES / "flows" / "sales_order.approval.toml").read_text("utf-8")
SWITCHES = (FlowSwitch("sales_order", False, 15.0, ""),)


def opened(folder: Path) -> Workspace:
    made = Workspace.open_folder(folder)
    for name, role, vendor in (
        ("cloud", SystemRole.ERP, "k3cloud"), ("wise", SystemRole.ERP, "k3wise"), ("ding", SystemRole.OA, "dingtalk"),
        ("eco", SystemRole.OA, "ecology"),
    ):  # fmt: skip
        made.catalog.put_system(System(name, role, vendor, name, "http://localhost:1/"), "chief")
    for route, erp, oa in (("c1", "cloud", "eco"), ("c2", "wise", "eco"), ("c3", "cloud", "ding")):
        made.catalog.put_route(Route(route, route, "", erp, oa, switches=SWITCHES), "chief")
    return made


def form_of(workspace: Workspace, route: str) -> str:
    flow = workspace.flow_for(route, "sales_order")
    assert flow is not None
    return flow.erp.form


def test_the_erps_vendor_decides_which_file_a_company_has(tmp_path: Path) -> None:
    with opened(tmp_path) as workspace:
        assert [form_of(workspace, route) for route in ("c1", "c2", "c3")] == [
            "SAL_SaleOrder",
            "SO",
            "SAL_SaleOrder",
        ]
        assert workspace.flow_name("c2", "sales_order") == "k3wise/sales_order"
        assert {flow.id for flow in workspace.flows.values()} == set(workspace.flows)
        workspace.catalog.put_route(Route("c1", "c1", "", "wise", "eco", switches=SWITCHES), "chief")
        assert form_of(workspace, "c1") == "SO"


def test_a_site_may_have_a_file_of_its_own_for_an_oa(tmp_path: Path) -> None:
    folder = tmp_path / "flows" / "dingtalk"
    folder.mkdir(parents=True)
    (folder / "sales_order.approval.toml").write_text(
        GENERAL.replace('"SAL_SaleOrder"', '"SAL_OTHER"'), "utf-8"
    )
    with opened(tmp_path) as workspace:
        assert [form_of(workspace, route) for route in ("c1", "c2", "c3")] == [
            "SAL_SaleOrder",
            "SO",
            "SAL_OTHER",
        ]


def test_a_file_that_is_another_flow_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "flows" / "k3wise"
    folder.mkdir(parents=True)
    (folder / "claim.approval.toml").write_text(GENERAL, "utf-8")
    with pytest.raises(SyncError) as raised:
        opened(tmp_path)
    assert raised.value.code is ErrorCode.FLOW_FILE_WRONG


def test_what_is_published_for_a_vendor_changes_nothing_for_others(tmp_path: Path) -> None:
    with opened(tmp_path) as workspace:
        mapping = workspace.mapping
        page = mapping.open("sales_order", "c2")
        assert page.sheet.kind.value == "approval"
        rows = [row for row in page.sheet.rows if row.target != "note"]
        drafted = mapping.save("chief", page, rows, "note")
        assert drafted.changed
        assert not mapping.open("sales_order", "c1").changed
        text = drafted.text
        workspace.versions.publish(mapping.name(drafted), text, "v", drafted.in_force, "chief", "why")
        workspace.reload_flows()
        names = [
            {row.target for row in mapping.open("sales_order", route).sheet.rows} for route in ("c1", "c2")
        ]
        assert ["note" in each for each in names] == [True, False]
        assert len(mapping.open("sales_order", "c2").releases) == 2
        assert mapping.open("sales_order", "c1").releases == ()


def test_what_a_vendor_cannot_do_is_told_in_words(tmp_path: Path) -> None:
    with opened(tmp_path) as workspace:
        systems, text = workspace.systems, workspace.text
        assert systems.limits("k3cloud") == systems.limits("ecology") == ()
        assert "open_link" in systems.limits("k3wise")
        assert {"close_request", "submit_request", "return_request"} <= set(systems.limits("dingtalk"))
        for vendor in ("k3wise", "dingtalk"):
            assert all(text.has(f"order-{what}") for what in systems.limits(vendor))
        told = text.say("system-limits", what=list(systems.limits("dingtalk")))
        assert "close_request" not in told and "结束退回的 OA 流程" in told
        meters = {state.system.id: state.meter for state in systems.systems()}
        assert meters["eco"] is None
        assert meters["ding"] is not None and (meters["ding"].used, meters["ding"].allowed) == (0, 10_000)
