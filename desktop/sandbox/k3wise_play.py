"""How the toy K/3 WISE is served and signed in to: under multi-level review, or with a tick that hands a bill in."""

from __future__ import annotations

from dataclasses import replace

from desktop.sandbox.erp import Erp
from desktop.sandbox.faults import Faults
from desktop.sandbox.k3wise import k3wise_app, wise_erp
from desktop.sandbox.k3wise_forms import SALES_ORDER, TICK, wise_name
from desktop.sandbox.k3wise_settings import AUTHORITY_CODE, WiseSettings
from desktop.sandbox.play import App, ErpPlay


def _by_tick(erp: Erp, faults: Faults) -> App:
    return k3wise_app(erp, faults, WiseSettings(multi_level=False))


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
    app=_by_tick,
    options=lambda erp: {
        **PLAY.options(erp),
        "trigger": "tick",
        "tick_field": SALES_ORDER.custom(TICK),
        "tick_on": "Y",
    },
    words={**PLAY.words, "send_back": "Update"},
)
"""The sales order alone: each bill's tick has a name of its own."""
