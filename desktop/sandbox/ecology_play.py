"""How the toy e-cology is served and signed in to."""

from __future__ import annotations

from typing import Any

from desktop.sandbox import group
from desktop.sandbox.ecology import ecology_app
from desktop.sandbox.oa import Oa
from desktop.sandbox.play import OaPlay


def _options(oa: Oa, root: str) -> dict[str, str]:
    own = {"app_id": oa.app_id, "user_id": group.INTEGRATION_OA_ID, "realm": "toy", "upload_folder": "77"}
    return {**own, "sso_client_id": oa.sign_in.oauth_client_id, "sso_app_id": oa.sign_in.sso_app_id}


def _secrets(oa: Oa) -> dict[str, str]:
    return {"secrit": oa.secrit, "spk": oa.spk, "sso_client_secret": oa.sign_in.oauth_secret}


def _world(**given: Any) -> Oa:
    return Oa(**given)


PLAY = OaPlay(
    vendor="ecology",
    name="e-cology",
    world=_world,
    app=ecology_app,
    options=_options,
    secrets=_secrets,
    workflow=str,
    told=lambda oa: {
        "app_id": oa.app_id,
        "secrit": oa.secrit,
        "spk": oa.spk,
        "user_id": group.INTEGRATION_OA_ID,
    },
    words={
        "open": "doCreateRequest",
        "cancel": "withdrawRequest",
        "end": "doForceOver",
        "list": "getAllWorkflowRequestList",
        "upload": "uploadFile2Doc",
    },
)
