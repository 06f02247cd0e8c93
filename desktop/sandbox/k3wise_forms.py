"""The forms that K/3 WISE has over the toy ERP's, by name; bills stand in two files beside this. No HTTP."""

from __future__ import annotations

from collections.abc import Mapping

from desktop.sandbox.k3wise_forms_finance import EXPENSE, PAYABLE, PAYMENT_REQUEST, PURCHASE_INVOICE
from desktop.sandbox.k3wise_forms_trade import (
    CLAIM,
    CONTRACT,
    INQUIRY,
    PRICE_ADJUSTMENT,
    PRICE_LIST,
    PURCHASE_ORDER,
    REQUISITION,
    SALES_ORDER,
)
from desktop.sandbox.k3wise_pages import WiseForm

FORMS: Mapping[str, WiseForm] = {
    form.name.lower(): form
    for form in (
        SALES_ORDER,
        PURCHASE_ORDER,
        REQUISITION,
        PAYMENT_REQUEST,
        PURCHASE_INVOICE,
        PAYABLE,
        INQUIRY,
        PRICE_ADJUSTMENT,
        PRICE_LIST,
        EXPENSE,
        CLAIM,
        CONTRACT,
    )
}
"""The bills by name in lower case: IIS does not mind."""

BASE: Mapping[str, tuple[str, str]] = {
    "material": ("Material", "BD_MATERIAL"),
    "supplier": ("Supplier", "BD_Supplier"),
    "customer": ("Customer", "BD_Customer"),
    "department": ("Department", "BD_Department"),
    "employee": ("Employee", "BD_Empinfo"),
}
"""Base data by name in lower case: its name, and the world's form."""

CLASSES = {"BD_Supplier": "供应商", "BD_Customer": "客户", "BD_Empinfo": "职员", "BD_Department": "部门", "FIN_OTHERS": "其他"}  # fmt: skip
"""Classes of a multi-class reference, as people read them."""


def wise_name(world_id: str) -> str:
    """The WISE name of a form of the world; the same text where there is none."""
    return next((form.name for form in FORMS.values() if form.world.id == world_id), world_id)


def world_name(name: str) -> str:
    """The other way round."""
    form = FORMS.get(name.lower())
    return form.world.id if form else name
