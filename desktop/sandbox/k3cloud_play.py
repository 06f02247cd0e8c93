"""How the toy K/3 Cloud is served and signed in to."""

from __future__ import annotations

from desktop.sandbox.erp import Erp
from desktop.sandbox.k3cloud import k3cloud_app
from desktop.sandbox.play import ErpPlay

PLAY = ErpPlay(
    vendor="k3cloud",
    name="K/3 Cloud",
    world=lambda clock: Erp(clock),
    app=k3cloud_app,
    path="/k3cloud/",
    options=lambda erp: {"acct_id": erp.acct_id, "user": erp.user, "app_id": erp.app_id},
    secrets=lambda erp: {"app_secret": erp.app_secret},
    form=lambda form: form,
    key=lambda bill: str(bill.id),
    told=lambda erp: {
        "account": erp.acct_id,
        "user": erp.user,
        "password": erp.password,
        "app_id": erp.app_id,
        "app_secret": erp.app_secret,
    },
    pushes=True,
    words={"audit": "Audit", "send_back": "CancelAssign", "note": "Save", "list": "ExecuteBillQuery"},
)
