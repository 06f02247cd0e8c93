"""The gateway's table in the site file: what it says is kept, and what would open it to strangers is refused."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from desktop.domain.errors import SyncError
from desktop.domain.system import GatewaySettings
from desktop.services.site import export_site, import_site


def test_it_is_off_until_the_file_switches_it_on(house) -> None:
    assert house.workspace.gateway.settings() == GatewaySettings()
    assert "gateway" not in export_site(house.workspace)
    import_site(house.workspace, "[gateway]\non = true\nport = 9000", "site.toml", "chief")
    assert house.workspace.gateway.settings() == GatewaySettings(on=True, port=9000)


def test_it_is_exported_switched_off_like_the_flows(house) -> None:
    import_site(house.workspace, "[gateway]\non = true\nport = 9000", "site.toml", "chief")
    told = export_site(house.workspace)
    import_site(house.workspace, told, "site.toml", "chief")
    assert house.workspace.gateway.settings() == GatewaySettings(on=False, port=9000)


@pytest.mark.parametrize(
    "row",
    [
        'host = "0.0.0.0"', 'host = "0.0.0.0"\nunencrypted = "yes"', 'certificate = "a.pem"', "port = 70000",
        'port = "9000"', 'public_url = "ftp://x"', "password = 1", 'on = "yes"',
    ],
)  # fmt: skip
def test_what_would_open_it_to_strangers_or_means_nothing_is_refused(house, row: str) -> None:
    with pytest.raises(SyncError) as told:
        import_site(house.workspace, f"[gateway]\n{row}", "site.toml", "chief")
    assert told.value.code.id == "PER-710"
    assert house.workspace.gateway.settings() == GatewaySettings()


def test_in_words_it_may_be_opened_unencrypted(house) -> None:
    words = GatewaySettings.UNENCRYPTED
    import_site(
        house.workspace, f'[gateway]\nhost = "0.0.0.0"\nunencrypted = "{words}"', "site.toml", "chief"
    )
    assert house.workspace.gateway.settings().obstacle == ""


@pytest.mark.parametrize(
    ("settings", "root"),
    [
        (GatewaySettings(), ""),
        (GatewaySettings(on=True), ""),
        (GatewaySettings(on=True, public_url="https://danqiao.example/"), "https://danqiao.example/erp/"),
        (GatewaySettings(public_url="https://danqiao.example/"), ""),
        (GatewaySettings(on=True, host="10.0.0.7", port=8790, certificate="a", private_key="b"), "https://10.0.0.7:8790/erp/"),
        (GatewaySettings(on=True, host="10.0.0.7", port=0), ""),
    ],
)  # fmt: skip
def test_forms_get_only_an_address_that_others_can_open(house, settings: GatewaySettings, root: str) -> None:
    house.workspace.catalog.set_preference("gateway", asdict(settings))
    assert house.workspace.gateway.bill_root() == root
