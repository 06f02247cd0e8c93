"""One line per vendor, and per channel that tells people something."""

from __future__ import annotations

from desktop.connectors.base import Channel, Vendor
from desktop.connectors.dingtalk.connector import VENDOR as DINGTALK
from desktop.connectors.dingtalk.robot import CHANNEL as DINGTALK_ROBOT
from desktop.connectors.ecology.connector import VENDOR as ECOLOGY
from desktop.connectors.feishu.robot import CHANNEL as FEISHU_ROBOT
from desktop.connectors.k3cloud.connector import VENDOR as K3CLOUD
from desktop.connectors.k3wise.connector import VENDOR as K3WISE
from desktop.connectors.mail import CHANNEL as MAIL
from desktop.connectors.wecom.robot import CHANNEL as WECOM_ROBOT

VENDORS: dict[str, Vendor] = {vendor.id: vendor for vendor in (K3CLOUD, K3WISE, ECOLOGY, DINGTALK)}

CHANNELS: dict[str, Channel] = {each.id: each for each in (MAIL, DINGTALK_ROBOT, WECOM_ROBOT, FEISHU_ROBOT)}
