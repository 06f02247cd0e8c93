"""The site file as a stranger may write it, and as we write it: what goes out comes in, and what cannot be meant is refused
with its place while nothing is written."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import FlowSwitch, Route, System, SystemRole
from desktop.services.site import export_site, import_site
from desktop.services.workspace import Workspace
from desktop.store.catalog import BaseRow

SYSTEMS = """
[[systems]]
id = "k3"
role = "erp"
vendor = "k3cloud"
base_url = "https://erp.example.com/k3cloud/"
options = { acct_id = "1", user = "u", app_id = "a" }
[[systems]]
id = "oa"
role = "oa"
vendor = "ecology"
base_url = "https://oa.example.com"
options = { app_id = "D", user_id = "9" }
"""
ROUTE = '[[routes]]\nid = "c1"\ncompany = "1"\nerp = "k3"\noa = "oa"\n'


def refused(workspace: Workspace, text: str) -> SyncError:
    with pytest.raises(SyncError) as told:
        import_site(workspace, text, "site.toml", "chief")
    assert told.value.code is ErrorCode.SITE_FILE_WRONG
    assert not workspace.catalog.systems()
    return told.value


@pytest.fixture
def empty(tmp_path: Path):
    with Workspace.open_folder(tmp_path / "empty", memory={}) as workspace:
        yield workspace


def test_every_site_that_we_write_can_be_read_in(tmp_path: Path, empty: Workspace) -> None:
    """A gate needs no workflow of the OA; a company that was cloned to another OA has none yet; names are anybody's."""
    with Workspace.open_folder(tmp_path / "from", memory={}) as workspace:
        catalog = workspace.catalog
        catalog.put_system(System("k3", SystemRole.ERP, "k3cloud", "“K3” \\ 华\u202e东", "https://e/", {"acct_id": "1", "user": "u", "app_id": "a"}), "chief")  # fmt: skip
        catalog.put_system(
            System("oa", SystemRole.OA, "ecology", "OA", "https://o", {"app_id": "D", "user_id": "9"}),
            "chief",
        )
        switches = (FlowSwitch("purchase_invoice", True, 15.0, ""), FlowSwitch("sales_order", False, 0.5, ""))
        catalog.put_route(Route("c1", "1", '华东\n\'"""', "k3", "oa", "", switches), "chief")
        catalog.put_base_rows([BaseRow("c1", "customer", "=1+1", "57", "\t甲", "乙", "person")], "chief")
        text = export_site(workspace, keep_switches=True)
        assert import_site(empty, text, "site.toml", "chief") == {"systems": 2, "routes": 1, "base_data": 1}
        assert empty.catalog.routes() == catalog.routes()
        assert empty.catalog.systems() == catalog.systems()
        assert [(row.erp_code, row.erp_name) for row in empty.catalog.base_rows("c1")] == [("=1+1", "\t甲")]


def test_forty_thousand_correspondences_are_read_in_seconds(empty: Workspace) -> None:
    row = '[[routes.base_data]]\nkind = "material"\nerp = "M{0}"\noa = "{0}"\n'
    text = SYSTEMS + ROUTE + "".join(row.format(at) for at in range(40_000))
    began = time.process_time()
    with pytest.raises(
        SyncError
    ) as told:  # one is there twice: the whole list was looked through, nothing was written
        import_site(empty, text + row.format(7), "site.toml", "chief")
    assert "M7" in str(told.value.facts["said"]) and not empty.catalog.systems()
    assert time.process_time() - began < 15


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ('options = { password = "x" }', "options.password"),
        ('options = { App_Secret2 = "x" }', "options.App_Secret2"),
        ("options = 7", "options"),
    ],
)
def test_what_looks_like_a_secret_is_no_option(empty: Workspace, more: str, where: str) -> None:
    text = SYSTEMS.replace('options = { app_id = "D", user_id = "9" }', more)
    assert where in str(refused(empty, text).facts["line"])


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 100_000,
        'schema = 1\nschema = 1',
        "systems = [1]",
        SYSTEMS + ROUTE + "flows = [1]",
        SYSTEMS + ROUTE + 'flows = [{ flow = ["sales_order"], workflow = "1" }]',
        SYSTEMS + ROUTE + 'flows = [{ flow = "sales_order", workflow = [7] }]',
        SYSTEMS + ROUTE + 'flows = [{ flow = "sales_order" }]',
        SYSTEMS + ROUTE + 'flows = [{ flow = "sales_order", workflow = "1", every_s = nan }]',
        SYSTEMS + ROUTE + 'flows = [{ flow = "sales_order", workflow = "1", schedule = { quiet = ["²:00", "06:00"] } }]',
        SYSTEMS + ROUTE + 'base_data = [{ kind = "customer", erp = "A", oa = "1" }, { kind = "customer", erp = "A", oa = "2" }]',
    ],
    ids=range(10),
)  # fmt: skip
def test_a_file_of_nonsense_is_refused_and_changes_nothing(empty: Workspace, text: str) -> None:
    refused(empty, text)
