"""How the toy DingTalk is served and signed in to."""

from __future__ import annotations

from typing import Any

from desktop.sandbox import group
from desktop.sandbox.dingtalk import dingtalk_app
from desktop.sandbox.dingtalk_forms import process_code
from desktop.sandbox.dingtalk_settings import DingSettings
from desktop.sandbox.dingtalk_world import DingOa
from desktop.sandbox.faults import Faults
from desktop.sandbox.oa import Oa
from desktop.sandbox.play import App, OaPlay

_OWN = DingSettings()


def _hurry(oa: Oa) -> None:
    assert isinstance(oa, DingOa)
    oa.ding.qps = 0


def _app(oa: Oa, faults: Faults) -> App:
    assert isinstance(oa, DingOa)
    return dingtalk_app(oa, faults)


def _world(**given: Any) -> Oa:
    return DingOa(**given)


PLAY = OaPlay(
    vendor="dingtalk",
    name="DingTalk",
    world=_world,
    app=_app,
    options=lambda oa, root: {
        "corp_id": _OWN.corp_id,
        "app_key": _OWN.client_id,
        "user_id": group.INTEGRATION_OA_ID,
        "old_url": root,
        "login_url": root,
        "instance_url": f"{root}/aflow?procInstId={{id}}",
    },
    secrets=lambda oa: {"app_secret": _OWN.client_secret},
    workflow=process_code,
    told=lambda oa: {
        "corp_id": _OWN.corp_id,
        "app_key": _OWN.client_id,
        "app_secret": _OWN.client_secret,
        "agent_id": _OWN.agent_id,
        "user_id": group.INTEGRATION_OA_ID,
    },
    hurry=_hurry,
    counted=lambda app: dict(app.extensions["dingtalk"].calls),  # type: ignore[attr-defined]
    words={"open": "create", "cancel": "terminate", "end": "terminate", "list": "list", "upload": "commit"},
)
