"""Weaver e-cology 9: the protocol of connectors/base.py, spoken through client.py."""

from __future__ import annotations

from desktop.connectors.base import Capabilities, OaConnector, Secrets, Vendor, VendorField
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import System, SystemRole

CAPABILITIES = Capabilities(
    find_by_key=True, batch=1, parallel=5, cancel=True, close=True, list_requests=True, list_shows_key=True
)


def _connect(system: System, secrets: Secrets) -> OaConnector:
    raise SyncError(ErrorCode.CANNOT, certain=True, system=system.id, what="connect")


VENDOR = Vendor(
    id="ecology",
    role=SystemRole.OA,
    fields=(
        VendorField("app_id"),
        VendorField("user_id"),
        VendorField("secrit", secret=True, hidden=True),
        VendorField("spk", secret=True, hidden=True),
        VendorField("sso_secret", secret=True, required=False),
    ),
    capabilities=CAPABILITIES,
    connect=_connect,
)
