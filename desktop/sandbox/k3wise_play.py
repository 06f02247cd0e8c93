"""How the toy K/3 WISE is served and signed in to: under multi-level review, or with a tick that hands a bill in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from desktop.sandbox.erp import Erp
from desktop.sandbox.faults import Faults
from desktop.sandbox.k3wise import k3wise_app, wise_erp
from desktop.sandbox.k3wise_forms import wise_name
from desktop.sandbox.k3wise_settings import AUTHORITY_CODE, WiseSettings
from desktop.sandbox.play import App, ErpPlay


def _playing(**switches: Any) -> Callable[[Erp, Faults], App]:
    return lambda erp, faults: k3wise_app(erp, faults, WiseSettings(**switches))


PLAY = ErpPlay(
    vendor="k3wise",
    name="K/3 WISE",
    world=wise_erp,
    app=k3wise_app,
    path="/K3API/",
    options=lambda erp: {"un_audit": WiseSettings().un_audit},
    secrets=lambda erp: {"authority_code": AUTHORITY_CODE},
    form=wise_name,
    key=lambda bill: bill.number,
    told=lambda erp: {
        "authority_code": AUTHORITY_CODE,
        "user": erp.user,
        "un_audit": WiseSettings().un_audit,
    },
    unaudited=frozenset({"GL_VOUCHER"}),
    words={"audit": "CheckBill", "send_back": "CheckBill", "note": "Update", "list": "GetList"},
)

TICKED = replace(
    PLAY,
    app=_playing(multi_level=False),
    options=lambda erp: {**PLAY.options(erp), "trigger": "tick"},
    words={**PLAY.words, "send_back": "Update"},
)
"""Each bill's tick has a name of its own: the flow files tell it."""

OLD = replace(PLAY, app=_playing(old_patch=True, save_failure="row", missing="empty", base_detail="page"))
"""Before patch PT127053: filters are ignored, and a refusal hides in a StatusCode of 200."""

SPARING = replace(
    PLAY,
    app=_playing(update_nesting="outer", save_failure="201", missing="201", empty_message=True),
    options=lambda erp: {**PLAY.options(erp), "update_nesting": "outer"},
)
"""Errors without a word, and the other nesting of an update."""

TWO_LEVELS = replace(
    PLAY,
    app=_playing(levels=2),
    options=lambda erp: {**PLAY.options(erp), "checker": "wangmin,danqiao"},
)
"""Two people must pass a bill; the integration user is the second."""
