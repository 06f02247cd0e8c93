"""stub"""

from __future__ import annotations

from desktop.connectors.base import Capabilities, ErpConnector, Secrets, Vendor, VendorField
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import System, SystemRole

CAPABILITIES = Capabilities(find_by_key=True, batch=50, parallel=2)


def connect(system: System, secrets: Secrets) -> ErpConnector:
    """placeholder until the connector is in"""
    raise SyncError(ErrorCode.CANNOT, certain=True, system=system.id, what="k3cloud")


VENDOR = Vendor(
    id="k3cloud",
    role=SystemRole.ERP,
    fields=(
        VendorField("acct_id"),
        VendorField("user"),
        VendorField("sign_in", default="sign", choices=("sign", "headers", "app_secret", "password")),
        VendorField("app_id", required=False),
        VendorField("app_secret", secret=True, required=False),
        VendorField("password", secret=True, required=False),
        VendorField("org_number", required=False),
        VendorField("lcid", default="2052", choices=("2052", "1033", "3076")),
        VendorField("sign_hash", default="sha256", choices=("sha256", "sha1")),
        VendorField("zone", default="Asia/Shanghai"),
    ),
    capabilities=CAPABILITIES,
    connect=connect,
    options=(
        VendorField("batch", required=False, default="50"),
        VendorField("read_batch", required=False, default="200"),
        VendorField("page_rows", required=False, default="2000"),
        VendorField("filter_in", required=False, default="or", choices=("or", "in")),
        VendorField("link_hash", required=False, default="sha256", choices=("sha256", "sha1")),
        VendorField("link_permit", required=False, choices=("", "0", "1")),
    ),
)
