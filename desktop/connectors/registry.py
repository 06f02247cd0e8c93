"""One line per vendor."""

from __future__ import annotations

from desktop.connectors.base import Vendor
from desktop.connectors.dingtalk.connector import VENDOR as DINGTALK
from desktop.connectors.ecology.connector import VENDOR as ECOLOGY
from desktop.connectors.k3cloud.connector import VENDOR as K3CLOUD
from desktop.connectors.k3wise.connector import VENDOR as K3WISE

VENDORS: dict[str, Vendor] = {vendor.id: vendor for vendor in (K3CLOUD, K3WISE, ECOLOGY, DINGTALK)}
